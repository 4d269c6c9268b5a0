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
# # Does ZENITH find flatter minima on digits, and do they generalise?
#
# From the spec of a study to a conclusion the data support, in about two minutes on two CPU cores. Everything here is real:
# scikit-learn's digits, a small CNN, and training runs made while the notebook runs.
#
# The default study (`make study`) has eight seeds and five fixed schedules; this one is smaller, so that it fits a coffee
# break: two schedules, seven seeds.

# %%
import tempfile
from pathlib import Path

import numpy as np
import torch

import landscape as ls
from landscape.study import MeasureSpec, StudySpec, analyse
from zenith import tasks, train

torch.set_num_threads(1)

# %% [markdown]
# ## 1. The spec
#
# A spec holds everything that determines the numbers. With seven paired seeds the smallest p an exact sign-flip test can
# give is 2/2⁷ = 0.016, and 0.031 after Holm's correction for two comparisons, so a difference *can* become visible at 0.05.
# `window="auto"` sets ZENITH's window to 5 % of the step budget: the paper's 500 steps would last almost this whole run.

# %%
spec = StudySpec(
    name="digits-notebook",
    task="digits",
    methods=("zenith", "constant", "cosine"),
    seeds=tuple(range(7)),
    epochs=20,
    batch_size=32,
    checkpoints=6,
    measure=MeasureSpec(trace_probes=16, line_points=21, plane_points=25),
)
steps = 20 * -(-1437 // 32)
print(f"{steps} steps a run, W = {spec.window_for(steps)}")

# %% [markdown]
# ## 2. Train and measure
#
# Within a seed all methods start from bit-identical weights and see the same batches in the same order. A run that is
# finished is found in the folder and not run again, so an interrupted cell can simply be run again.

# %%
folder = Path(tempfile.mkdtemp()) / spec.name
study = ls.run_study(spec, folder)

# %% [markdown]
# ## 3. Look
#
# Everything measured is one xarray `DataTree` with named dimensions. (A dimension is called `method`, and `method=` is also
# an option of xarray's `sel`, so select with a dictionary.)

# %%
study.tree

# %%
end = study.tree["curvature"].to_dataset().isel(step=-1, k=0)
end["eigenvalue"].sel({"method": "zenith"}).round(2)

# %% [markdown]
# The pairing is proved, not promised: the hash of the initial weights and the hash of every batch index seen.

# %%
hashes = study.tree["runs"].to_dataset()[["initial_weights_sha256", "batch_order_sha256"]]
for seed in (0, 1):
    print(seed, {name: {str(h)[:12] for h in hashes[name].sel({"seed": seed}).values} for name in hashes})

# %% [markdown]
# Displays take arrays and draw; the same classes drew the figures in the study's folder.

# %%
traces = study.tree["traces"].to_dataset()
methods = list(spec.methods)
norm, lr = (
    ls.plot.TraceDisplay(
        traces["step"], traces[name].transpose("method", "seed", "step"), methods, ylabel=label, yscale=scale, window=10
    )
    for name, label, scale in (("gradient_norm", "gradient norm", "log"), ("lr", "applied learning rate", "linear"))
)
ls.plot.StackedTraceDisplay([norm, lr]).plot()

# %% [markdown]
# The Hessian of a cross-entropy loss shrinks with the loss itself, so sharpness must be read against training loss: each pair of
# methods is compared at its end points, and where both had reached the same loss.

# %%
from IPython.display import Image

Image(str(folder / "figures" / "sharpness_against_loss.png"), width=480)

# %%
Image(str(folder / "figures" / "plane_seed0.png"), width=480)

# %% [markdown]
# ## 4. Test
#
# Paired over seeds: geometric mean ratio with its 95 % interval, exact sign-flip p, Holm-adjusted over the two comparisons.

# %%
analysis = analyse(study)
for name in ("lambda_max", "lambda_max_matched", "adaptive_sharpness"):
    for c in analysis.comparisons[name]:
        low, high = c.ratio_interval
        print(
            f"{c.measure:48s} zenith/{c.reference:9s} {c.ratio:5.2f} [{low:.2f}, {high:.2f}]  p_Holm = {c.p_holm:.3f}"
        )

# %% [markdown]
# ## 5. Conclude
#
# The sentences the data support. "Not shown" means what it says: it is not equality.

# %%
print(*analysis.conclusion, sep="\n\n")
print("\nLimits:")
print(*analysis.notes, sep="\n")

# %% [markdown]
# `report.html` in the study's folder holds all figures, tables and the protocol of every number.
#
# ## 6. The same measures on a model of your own
#
# `Objective` takes any PyTorch model. Here: a run trained in this cell, its three largest Hessian eigenvalues by Lanczos, the
# largest checked by power iteration, and a line along the top eigenvector, whose second difference must be the eigenvalue.

# %%
run = train("digits", "cosine", seed=11, epochs=10, batch_size=32)
model = tasks.get("digits").make_model()
model.load_state_dict(run.final)
X, y = tasks.get("digits").load(None).train.batch(torch.arange(1437))

loss = ls.Objective(model, torch.nn.CrossEntropyLoss(), (X, y))
pairs = ls.top_eigenpairs(loss, k=3)
check = ls.top_eigenpairs(loss, k=1, method="power")
print("Lanczos  ", np.round(pairs.values, 4), "residuals", pairs.residuals.round(5), pairs.message)
print("power    ", np.round(check.values, 4), "residuals", check.residuals.round(5), check.message)

# %%
h = 0.02
line = ls.line(loss, pairs.vectors[0], np.array([-h, 0.0, h]))
second = float(line["loss"][0] - 2 * line["loss"][1] + line["loss"][2]) / h**2
print(f"second difference {second:.3f}, eigenvalue {pairs.values[0]:.3f}")
