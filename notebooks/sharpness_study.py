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
# # A sharpness study: does ZENITH find flatter minima on digits, and do they generalise?
#
# From the spec of a study to the sentences that the data support. Everything here is real: scikit-learn's digits, a
# small CNN, and training runs made while the notebook runs. The default study (`make study`) has eight seeds and five
# fixed schedules; this one has two schedules and seven seeds, so that it fits a coffee break.
#
# [ZENITH](https://arxiv.org/abs/2601.15212) sets the learning rate from the gradient norms it has seen. Its claim is
# flatter minima. The question is put so that it can be answered with no.

# %%
import tempfile
from pathlib import Path

import torch

import landscape as ls
from landscape.study import MeasureSpec, StudySpec

torch.set_num_threads(1)

# %% [markdown]
# ## 1. The spec
#
# A spec holds everything that determines the numbers. Decide on the number of seeds before looking: with seven pairs,
# the smallest p that an exact sign test can give is 2/2⁷ = 0.016, and 0.031 after Holm's correction for two
# comparisons. With five seeds nothing could have become significant at 0.05, whatever the data.
#
# Sharpness is measured on a fixed random subset of 512 training images, the same for all runs, to keep this page fast.
# That tends to raise the values (few samples overestimate), and the report says so. The default study takes all images.
#
# `window="auto"` sets ZENITH's window to 5 % of the step budget: the paper's 500 steps would last most of this whole
# run.

# %%
spec = StudySpec(
    name="digits-notebook",
    task="digits",
    methods=("zenith", "constant", "cosine"),
    seeds=tuple(range(7)),
    epochs=12,
    batch_size=32,
    checkpoints=5,
    measure=MeasureSpec(
        samples=512, trace_probes=16, sharpness_samples=16, line_points=11, plane_points=19, spectrum_steps=32
    ),
)
steps = spec.epochs * -(-1437 // 32)
print(f"{steps} steps a run, W = {spec.window_for(steps)}")

# %% [markdown]
# ## 2. Train and measure
#
# Within a seed all methods start from bit-identical weights and see the same batches in the same order. A finished run
# is found in the folder and not run again, so an interrupted cell can simply be run again. (`progress=False` only keeps
# this page short.)

# %%
folder = Path(tempfile.mkdtemp()) / spec.name
study = ls.run_study(spec, folder, progress=False)

# %% [markdown]
# Everything measured is one xarray `DataTree` with named dimensions.

# %%
end = study.tree["curvature"].to_dataset().isel(step=-1, k=0)
end["eigenvalue"].to_pandas().round(2)

# %% [markdown]
# Before believing any of it, two checks. Did every eigenvalue converge? And are the pairs pairs: the same initial
# weights, the same order of batches? The hashes prove the second.

# %%
runs = study.tree["runs"].to_dataset()
print("end points whose eigenvalue converged:", int(end["converged"].sum()), "of", end["converged"].size)
for name in ("initial_weights_sha256", "batch_order_sha256"):
    different = [len(set(runs[name].sel({"seed": seed}).values)) for seed in spec.seeds]
    print(f"{name}: distinct values per seed over {runs.sizes['optimizer']} methods:", different)

# %% [markdown]
# ## 3. Look
#
# First at the training itself: what the rule saw, and what it did.

# %%
ls.plot.StackedTraceDisplay.from_study(study, ("gradient_norm", "lr")).plot()

# %% [markdown]
# The Hessian of a cross-entropy loss shrinks with the loss itself, so sharpness must be read against training loss.
# Time runs from right to left: compare curves at the same loss, not only their ends.

# %%
ls.plot.TrajectoryScatterDisplay.from_study(study).plot()

# %% [markdown]
# A plane through one seed's end points and along its paths. It holds only part of what happened: the axes say how much
# of the variance, and the note how far the runs are from the plane.

# %%
ls.plot.TrajectoriesDisplay.from_study(study).plot()

# %% [markdown]
# The top eigenvalue is one of 6,090. How many lie above each threshold, at one seed's end points: where whole spectra
# are apart, the claim does not hang on one direction. The bands hold what random vectors and Lanczos steps leave open.

# %%
ls.plot.EigenvalueCountDisplay.from_study(study).plot()

# %% [markdown]
# ## 4. Test
#
# Per seed, ZENITH over each schedule; paired. Ratios are geometric means with a 95 % interval, p is exact.

# %%
ls.plot.PairedDisplay.from_study(study, "lambda_max").plot()

# %% [markdown]
# ## 5. Conclude
#
# All comparisons in one table, and below it the sentences of the report. They follow from the numbers by fixed rules;
# nobody chose them. "Not shown" means what it says: it is not equality. What limits them is folded away under *Limits*.

# %%
study.analysis

# %% [markdown]
# **What would mislead:** the end points alone (the run that fitted harder looks flatter, see [which
# measure](which_measure.ipynb)); one seed; picking the measure after seeing which one agrees; a shorter budget, in
# which a rule that waits for its window has no time to act; and calling a correlation over three methods a cause.
#
# ## 6. Keep
#
# `report.html` in the study's folder holds all figures, tables and the protocol of every number, and is drawn again
# from the data at any time with `landscape figures FOLDER`. The folder needs nothing of ours to be read: TOML, JSON,
# netCDF, safetensors.

# %%
for path in sorted(p.relative_to(folder) for p in folder.iterdir() if not p.name.startswith(".")):
    print(path)
