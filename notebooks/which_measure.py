# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which measure of sharpness, and how each can mislead
#
# There is no such thing as *the* sharpness of a network. Each measure answers one question, and each has a way to give
# a confident answer to a question you did not ask. Here five of these are provoked on purpose, on a real network, so
# that you recognise them:
#
# 1. **Rescaling**: λ_max can be made as large as one likes without changing the network's function.
# 2. **The loss level**: whoever fits longer is flatter by every plain measure.
# 3. **Random directions** do not see the sharp ones.
# 4. **Few samples** overestimate.
# 5. **Batch norm**: train and eval mode have different landscapes.
#
# [The reference page](../docs/which-measure.md) has definitions, invariances, costs and sources.

# %%
import numpy as np
import pandas as pd
import torch

import landscape as ls
from landscape.stats.matched_loss import at_matched_loss, matched_loss_level
from zenith import tasks, train

torch.set_num_threads(1)
pd.set_option("display.float_format", "{:.4g}".format)

task = tasks.get("digits")
data = task.load(None)
X, y = data.train.batch(torch.arange(len(data.train)))
criterion = torch.nn.CrossEntropyLoss()

run = train("digits", "cosine", seed=0, epochs=10, batch_size=32)
model = task.model()
model.load_state_dict(run.final)
loss = ls.Objective(model, criterion, (X, y))
run

# %% [markdown]
# ## 1. Rescaling: the same function, another λ_max
#
# ReLU is positively homogeneous: multiply one layer (weights and bias) by *a* and divide the next layer's weights by
# *a*, and the network computes the same function ([Dinh et al. 2017](https://arxiv.org/abs/1703.04933)). The Hessian's
# block of the layer that shrank grows by *a*², and λ_max with it.


# %%
def rescaled(state, a):
    """The same function: the first layer times a, the second one's weights divided by a."""
    state = {name: tensor.clone() for name, tensor in state.items()}
    state["0.weight"] *= a
    state["0.bias"] *= a
    state["2.weight"] /= a
    return state


def measures(objective):
    """λ_max and average-case sharpness, each plain and adaptive."""
    with ls.curvature.AdaptiveHessianOperator(objective, "elementwise") as adaptive:
        return {
            "loss": objective.value(),
            "λ_max": ls.top_eigenpairs(objective).values[0],
            "trace": ls.hessian_trace(objective, probes=32, seed=1).value,
            "average case, plain": ls.sharpness.average_sharpness(objective, rho=0.01, adaptive=False).value,
            "adaptive λ_max": ls.top_eigenpairs(adaptive).values[0],
            "average case, adaptive": ls.sharpness.average_sharpness(objective, rho=0.05).value,
        }


scales = (1, 3, 10)
table = pd.DataFrame({f"a = {a}": measures(loss.at(rescaled(run.final, a))) for a in scales})
table

# %% [markdown]
# The loss and the last two rows do not move: same function, same adaptive sharpness. The plain measures grow with *a*,
# for networks nobody could tell apart by their outputs.
#
# The growth can be predicted: the second layer's block of the Hessian becomes *a*² times what it was. λ_max is never
# below the largest eigenvalue of a block, and for large *a* this block dominates.

# %%
block = ls.top_eigenpairs(loss.restrict("2.weight")).values[0]
for a in scales:
    seen = table.loc["λ_max", f"a = {a}"]
    print(f"a = {a:2d}: a² λ_max of the block = {a**2 * block:6.1f}, λ_max seen = {seen:6.1f}")
change = (table.max(axis=1) / table.min(axis=1) - 1)[["loss", "adaptive λ_max", "average case, adaptive"]]
print(f"\nlargest relative change of what should not change: {change.max():.1e}")

# %% [markdown]
# **So:** compare λ_max only between runs of one architecture whose scales are alike (same initialisation, same weight
# decay, same normalisation). Otherwise use an adaptive measure, and state which scale c it is relative to:
# *elementwise* is invariant under rescaling neuron by neuron, *filterwise* only layer by layer. An L2 penalty in the
# objective breaks either, because the penalty does see the scale.
#
# ## 2. The loss comes first
#
# The Hessian of a cross-entropy loss vanishes as the predictions become confident. So along a run that keeps on
# fitting, sharpness falls in the end, and of two runs the one that fitted harder looks flatter. Here are two of equal
# seed and budget: ZENITH, and a constant learning rate. Each corner of a line is a checkpoint; time runs from right to
# left.

# %%
runs = {name: train("digits", name, seed=0, epochs=40, batch_size=32, window=90) for name in ("zenith", "constant")}
along = {}
for name, each in runs.items():
    points, start = [], None
    for step, state in each.checkpoints.items():
        here = loss.at(state)
        start = ls.top_eigenpairs(here, start=start)  # begin where the last checkpoint ended
        points.append((step, here.value(), start.values[0]))
    along[name] = pd.DataFrame(points, columns=["step", "training loss", "λ_max"])
losses, tops = ([frame[column].values for frame in along.values()] for column in ("training loss", "λ_max"))
level = matched_loss_level(losses)
ls.plot.TrajectoryScatterDisplay(
    np.array(losses)[:, None],
    np.array(tops)[:, None],
    list(along),
    matched_level=level,
    ylabel="top Hessian eigenvalue",
).plot()

# %%
ends = pd.DataFrame(
    {
        name: {
            "training loss at the end": fitted[-1],
            "λ_max at the end": top[-1],
            f"λ_max at training loss {level:.2g}": at_matched_loss(fitted, top, level),
        }
        for name, fitted, top in zip(along, losses, tops, strict=True)
    }
).T
ends

# %%
_, at_end, at_level = ends.loc["zenith"] / ends.loc["constant"]
print(f"λ_max of ZENITH over that of the constant rate: {at_end:.2f} at the end, {at_level:.2f} at equal loss.")

# %% [markdown]
# **So:** the ratio at the end mixes two things, how far each run has fitted and how sharp the place is. At matched loss
# the first is taken out. One seed proves neither; [a study](sharpness_study.ipynb) compares several, with paired tests.
# Matching has a price, too: it compares the end of the slower run with an earlier point of the faster one.
#
# ## 3. Random directions do not see the sharp ones
#
# λ_max is the largest curvature over all directions; a random unit direction has curvature trace / *p* on average.
# Random slices, filter-normalised or not, show the second.

# %%
top = ls.top_eigenpairs(loss)
trace = ls.hessian_trace(loss)
curvatures, cosines = [], []
with ls.HessianOperator(loss) as hessian:
    v = hessian.flatten(top.vectors[0])
    for seed in range(50):
        u = hessian.probe(torch.Generator().manual_seed(seed))
        u /= u.norm()
        curvatures.append(float(u @ (hessian @ u)))
        cosines.append(abs(float(u @ v)))
p = loss.num_parameters
print(f"λ_max                                    {top.values[0]:.4f}")
print(f"trace / p                                {trace.value / p:.6f}")
print(f"curvature of 50 random directions, mean  {np.mean(curvatures):.6f}")
print(f"                                largest  {max(curvatures):.6f}")
print(f"largest |cosine| with the eigenvector    {max(cosines):.3f}   (1/√p = {p**-0.5:.3f})")

# %%
share = max(curvatures) / top.values[0]
print(f"The sharpest of 50 random directions has {share:.1%} of the curvature of the sharpest there is.")

# %% [markdown]
# **So:** do not call a minimum flat because two random directions look flat. If a picture should show sharpness, put
# the top eigenvector on one axis, and write the curvature next to it (`ls.slices.plane_quality` reads it off the grid).
#
# The opposite error exists, too: λ_max says nothing about the bulk. Both numbers are cheap; report both.
#
# ## 4. Few samples overestimate
#
# The largest eigenvalue is a convex function of the matrix, and the full Hessian is the mean over batches. By Jensen's
# inequality the λ_max of a batch is too large on average. (A single batch, or the mean of a few, can still come out
# below.)

# %%
batches = ls.curvature.minibatch_curvature(loss, [16, 64, 256], batches=16)
batches

# %%
for size, bias in zip(batches.batch_sizes, batches.bias(), strict=True):
    print(f"{size:4d} samples: on average {bias.value:+.2f} ± {bias.standard_error:.2f} of {batches.full:.2f}")

# %% [markdown]
# **So:** λ_max on different numbers of samples cannot be compared, and "the sharpness of a batch" is a measure of its
# own: it also measures how much samples disagree. How many samples *are* enough is a question of the [last
# notebook](bigger.ipynb).
#
# ## 5. Batch norm: which function are you measuring?
#
# A network with batch norm is two functions. In eval mode (running statistics, frozen) it is the one you deploy. In
# train mode the statistics of each batch are part of the function, and it is the one that was trained. Frozen
# statistics belong to the weights at the centre of the picture, and away from it they are wrong.

# %%
torch.manual_seed(0)
normed = torch.nn.Sequential(
    torch.nn.Conv2d(1, 8, 3, padding=1),
    torch.nn.BatchNorm2d(8),
    torch.nn.ReLU(),
    torch.nn.Conv2d(8, 16, 3, stride=2, padding=1),
    torch.nn.BatchNorm2d(16),
    torch.nn.ReLU(),
    torch.nn.Flatten(),
    torch.nn.Linear(16 * 16, 10),
)
optimizer = torch.optim.SGD(normed.parameters(), lr=0.05)
generator = torch.Generator().manual_seed(0)
for _ in range(4):
    for rows in torch.randperm(len(X), generator=generator).split(64):
        optimizer.zero_grad()
        criterion(normed(X[rows]), y[rows]).backward()
        optimizer.step()

modes = {mode: ls.Objective(normed, criterion, (X, y), batchnorm=mode) for mode in ("frozen", "batch", "recomputed")}
direction = ls.random_direction(modes["frozen"], seed=0)
alphas = np.linspace(-1, 1, 21)
lines = {mode: ls.line(objective, direction, alphas) for mode, objective in modes.items()}
ls.plot.LineComparisonDisplay(
    alphas,
    [[line["loss"]] for line in lines.values()],
    list(lines),
    xlabel="α along a filter-normalised random direction",
).plot()

# %%
for mode in ("frozen", "batch"):
    print(f"λ_max, batchnorm={mode!r:8}: {ls.top_eigenpairs(modes[mode]).values[0]:.3f}")
worst = float((lines["frozen"]["loss"] / lines["recomputed"]["loss"]).max())
print(f"On this line, frozen statistics make the loss up to {worst:.1f} times that with recomputed ones.")

# %% [markdown]
# **So:** say which. *Frozen* answers "what if the deployed weights are perturbed"; *recomputed* (a pass over the data
# at every point, no derivatives) is right between models and far from the centre; *batch* depends on how the data are
# cut into batches. Every protocol here records it; a picture without it cannot be reproduced.
#
# ## What to report
#
# - λ_max **and** trace, with residual and standard error, on a stated number of samples, in a stated mode;
# - an adaptive measure next to them;
# - everything at the end **and** at matched training loss;
# - several paired seeds, and the test error, so that "flatter" is not sold as "generalises better".
#
# None of these is a measure of generalisation. Where that was looked for, the answer was mixed ([Andriushchenko et al.
# 2023](https://arxiv.org/abs/2302.07011)): a correlation has to be shown on the runs it is claimed for, and could have
# come out the other way.
