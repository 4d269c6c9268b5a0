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
# # Ten minutes: the loss landscape of your own model
#
# You have a PyTorch model, a loss and data. This page takes you from there to the sharpest direction of the loss, a
# line and a plane through your weights, and says how far to trust each number. Only the model and the data are yours
# to replace.
#
# The example is real but small: an MLP on scikit-learn's handwritten digits, trained by a plain PyTorch loop.

# %%
import numpy as np
import torch
import xarray as xr
from IPython.display import display
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import landscape as ls

torch.set_num_threads(1)
torch.manual_seed(0)

digits = load_digits()
X = torch.tensor((digits.data - digits.data.mean()) / digits.data.std(), dtype=torch.float32)
y = torch.tensor(digits.target)
train, test = train_test_split(np.arange(len(y)), test_size=360, stratify=y, random_state=0)

model = torch.nn.Sequential(torch.nn.Linear(64, 48), torch.nn.ReLU(), torch.nn.Linear(48, 10))
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
dataset = torch.utils.data.TensorDataset(X[train], y[train])
loader = torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True)
for _ in range(8):
    for inputs, targets in loader:
        optimizer.zero_grad()
        criterion(model(inputs), targets).backward()
        optimizer.step()

before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
random_state = torch.get_rng_state()

# %% [markdown]
# ## 1. An objective: the loss as a function of the weights
#
# `Objective` fixes everything that the loss depends on besides the weights: the data (all of it, weighted right for a
# ragged last batch), eval mode, frozen batch-norm statistics, precision. `data` may be a pair of tensors, a
# `DataLoader` without shuffling or any list of batches; for models that do not fit `criterion(model(input), target)`
# pass `loss=lambda model, batch: ...`. Metrics are evaluated along with the loss.


# %%
def accuracy(model, batch):
    return (model(batch[0]).argmax(1) == batch[1]).float().mean()


loss = ls.Objective(model, criterion, (X[train], y[train]), metrics={"accuracy": accuracy})
unseen = ls.Objective(model, criterion, (X[test], y[test]), metrics={"accuracy": accuracy})
print(f"training loss {loss.value():.4f}, test loss {unseen.value():.4f}")
loss

# %% [markdown]
# Unfold *Protocol* above: it is what a reader of your paper needs to measure the same thing. Every result below has
# one.
#
# Two habits that would mislead: measuring on a training batch instead of the data set (a batch overestimates
# sharpness), and leaving the model in training mode (dropout and batch statistics make another function).
#
# ## 2. The sharpest direction

# %%
pairs = ls.top_eigenpairs(loss, k=3)
pairs

# %% [markdown]
# An eigenvalue λ is the second derivative of the loss along its unit eigenvector. The *residual* ‖Hv − λv‖ proves that
# an eigenvalue lies as near as that. The *bound* is about what was not seen: none lies above the first one, at most one
# above the second, and so on, except with probability 0.01. The whole matrix is never formed; the message says how many
# Hessian-vector products it took instead.
#
# Do not take our word for it: along the first eigenvector, the second difference of the loss itself must be the first
# eigenvalue.

# %%
h = 0.02
below, centre, above = ls.line(loss, pairs.vectors[0], [-h, 0.0, h])["loss"].values
print(f"second difference {(below - 2 * centre + above) / h**2:.3f}, eigenvalue {pairs.values[0]:.3f}")

# %% [markdown]
# What an answer looks like that is *not* good enough: the products ran out. It is returned, because nothing computed is
# lost, and it says so in its first line.

# %%
ls.top_eigenpairs(loss, k=3, max_products=6)

# %% [markdown]
# ## 3. More than one direction
#
# The largest eigenvalue is one of several thousand. The trace sums all of them, and the spectral density shows how they
# are distributed: nearly all are close to zero, and a handful stand out, often about as many as there are classes. Both
# are Monte-Carlo estimates, so both come with an error.

# %%
ls.hessian_trace(loss)

# %%
density = ls.spectral_density(loss, probes=4, steps=40)
ls.plot.SpectrumDisplay.from_density(density, eigenvalues=pairs.values).plot()

# %% [markdown]
# ## 4. A line
#
# Along the top eigenvector, and along a random direction. The random one is filter-normalised ([Li et al.
# 2018](https://arxiv.org/abs/1712.09913)): its length in each neuron is that of the weights, so α = 1 is a change as
# large as the weights. The eigenvector has length 1; it is scaled here to the random one's length, so that α means the
# same for both.

# %%
random = ls.random_direction(loss, seed=0)
length = float(sum(tensor.square().sum() for tensor in random.values()) ** 0.5)
sharp = {name: length * tensor for name, tensor in pairs.vectors[0].items()}
alphas = np.linspace(-0.5, 0.5, 41)
lines = {
    name: ls.line(loss, direction, alphas)
    for name, direction in {"top eigenvector": sharp, "random direction": random}.items()
}
ls.plot.LineComparisonDisplay(
    alphas,
    [[line["loss"]] for line in lines.values()],
    list(lines),
    xlabel=f"α (steps of length {length:.1f})",
).plot()


# %%
def bend(line, alpha=0.1):
    """Mean rise of the loss to both sides: the slope cancels, the curvature stays."""
    return float(line["loss"].interp(alpha=[-alpha, alpha]).mean() - loss.value())


ratio = bend(lines["top eigenvector"]) / bend(lines["random direction"])
print(f"To both sides of the weights, the loss rises {ratio:.0f} times as much along the eigenvector.")

# %% [markdown]
# **What would mislead:** a random direction in thousands of dimensions is almost orthogonal to the few sharp ones, so
# random slices look flat whatever the largest eigenvalue is. They show the typical direction, not the worst.
#
# ## 5. A plane
#
# Training and test loss over the two sharpest directions, on the same points. The result is an xarray `Dataset`: index
# it by name, save it with `to_netcdf`, plot it with anything. Its attributes hold the protocol.

# %%
plane = ls.plane({"train": loss, "test": unseen}, pairs.vectors[:2], np.linspace(-1, 1, 25))
with xr.set_options(display_expand_attrs=False):
    display(plane)

# %%
ls.plot.PlaneDisplay(
    plane,
    variable="train_loss",
    orthonormal=True,
    xlabel="first eigenvector",
    ylabel="second eigenvector",
).plot()

# %% [markdown]
# A picture can be turned into numbers. `plane_quality` compares the curvature in the picture with the eigenvalues, says
# how much of the area is convex, and counts minima with their depth.

# %%
ls.slices.plane_quality(plane, variable="train_loss", reference=pairs, directions=pairs.vectors[:2])

# %% [markdown]
# ## 6. Your model was only borrowed
#
# Weights, gradients, buffers, modes and the random state are as they were: go on training where you were.

# %%
unchanged = all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
print("weights as they were:", unchanged)
print("in training mode as before:", model.training)
print("random state as it was:", torch.equal(random_state, torch.get_rng_state()))

# %% [markdown]
# **Next:** [a whole study](sharpness_study.ipynb), from a spec to what the data support; [which measure of sharpness
# when](which_measure.ipynb), and how each can mislead; [trajectories](trajectories.ipynb) of optimizers on a plane;
# [figures for a paper](paper_figures.ipynb); [bigger models](bigger.ipynb).
