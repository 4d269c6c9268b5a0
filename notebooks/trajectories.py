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
# # Inspecting optimizer trajectories
#
# Where did an optimizer go, and what did it see on the way? This page projects training runs onto a plane, says what
# the projection loses, and then opens the explorer: plane, traces and sharpness of all runs under one slider of steps.

# %%
import os
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import landscape as ls
from zenith import tasks, train

torch.set_num_threads(1)

task = tasks.get("digits")
split = task.load(None).train
X, y = split.batch(torch.arange(len(split)))
loss = ls.Objective(task.model(), torch.nn.CrossEntropyLoss(), (X, y))

runs = {
    method: train("digits", method, seed=0, epochs=12, batch_size=32, window=27, checkpoints=18)
    for method in ("zenith", "constant", "cosine")
}
runs["zenith"]

# %% [markdown]
# A run keeps its weights after some steps, denser at the beginning, where the loss moves most. Runs of one seed start
# from the same weights and see the same batches in the same order, so whatever separates them is the method.
#
# ## 1. A plane that holds the paths
#
# `project` takes states (in memory, or files, which are read one at a time) and finds the plane of their first two
# principal components.

# %%
states = {method: list(run.checkpoints.values()) for method, run in runs.items()}
trajectory = ls.project(states)
trajectory

# %% [markdown]
# **How much does that share mean?** Less than it seems. The first two principal components hold most of a random walk
# in many dimensions, too ([Antognini and Sohl-Dickstein 2018](https://arxiv.org/abs/1806.08805)). Three random walks
# from one point, with as many steps in as many dimensions:

# %%
generator = torch.Generator().manual_seed(0)
walks = {}
for method, each in states.items():
    steps = torch.randn(len(each), loss.num_parameters, generator=generator)
    steps[0] = 0
    walks[method] = [loss.unflatten(position) for position in steps.cumsum(0)]
for name, found in {"three runs": trajectory, "random walks": ls.project(walks)}.items():
    first, both = np.cumsum(found.explained_variance_ratio[:2])
    print(f"{name:12s}  first component {first:.0%}, first two {both:.0%}")

# %% [markdown]
# So compare with walks before reading a shape into a path. What counts for the picture is something else: is the loss
# that the plane shows at a checkpoint the loss that the checkpoint has?

# %%
alphas, betas = (
    np.linspace(low - 0.25 * (high - low) - 0.3, high + 0.25 * (high - low) + 0.3, 25)
    for low, high in zip(trajectory.coordinates.min(0), trajectory.coordinates.max(0), strict=True)
)
plane = ls.plane(loss.at(trajectory.origin), trajectory.directions, alphas, betas)
losses = ls.trajectory.checkpoint_losses(loss, trajectory, states)
for method, each in losses.items():
    last = {name: float(each[name][-1]) for name in ("loss", "loss_on_plane", "off_plane")}
    print(
        f"{method:9s} ends at loss {last['loss']:.3f}; the plane shows {last['loss_on_plane']:.3f} there, "
        f"{last['off_plane']:.2f} away"
    )

# %% [markdown]
# Each dot below has the colour of its own loss. Where a dot stands out from its surroundings, the plane does not show
# that checkpoint. The three paths nearly coincide, so each has a panel, with the others thin below it.

# %%
ls.plot.TrajectoriesDisplay(
    plane,
    trajectories=trajectory.paths,
    explained_variance=trajectory.explained_variance_ratio,
    off_plane=trajectory.distances,
    losses={method: each["loss"] for method, each in losses.items()},
    orthonormal=True,
    xlabel="PC 1",
    ylabel="PC 2",
).plot()

# %% [markdown]
# Is the plane one in which the loss is sharp? The cosines between its axes and the top eigenvector tell; their squares
# add up to the share of the eigenvector that the plane holds.

# %%
top = ls.top_eigenpairs(loss.at(states["zenith"][-1]))
share = float((trajectory.cosines(top.vectors[0]) ** 2).sum())
print(f"The plane holds {share:.1%} of the sharpest direction at ZENITH's end (λ_max = {top.values[0]:.2f}).")

# %% [markdown]
# **What would mislead:** reading sharpness off such a plane. It is spanned by where the runs went, not by where the
# loss is steep.
#
# ## 2. The explorer
#
# Everything together: the plane (contours or 3-D), the traces of loss, gradient norm, learning rate, µ and Z, sharpness
# along the way, and a slider that moves all of them. Brush a span of steps in a trace and it lights up on the plane;
# hover for exact values; click a checkpoint and measure there. It works without a network.

# %%
folder = Path(tempfile.mkdtemp())
explorer = ls.explore(plane, trajectory=trajectory, runs=runs, losses=losses, objective=loss)

# The widget where there is a browser to show it; on a page that was executed without one, its picture.
in_browser = "JPY_SESSION_NAME" in os.environ or "__vsc_ipynb_file__" in globals()
explorer if in_browser else Image.open(explorer.export_figure(folder / "view.png")).reduce(2)

# %% [markdown]
# What is clicked can be typed, too, which makes a session reproducible: the step, what is hidden, and a measurement at
# a checkpoint.

# %%
explorer.step = 200
explorer.hidden_methods = ["constant"]
measured = explorer.measure("zenith", sorted(runs["zenith"].checkpoints)[9])
print("after step", measured.step, "-", measured.text)

# %% [markdown]
# The current view as Python, to be changed and kept with the paper:

# %%
print(explorer.code())

# %% [markdown]
# For colleagues without Python, the same view is one HTML file that needs no network. `report.html` of a study holds it
# as well, and `landscape explore STUDY` writes it from the command line.

# %%
page = explorer.save_html(folder / "explorer.html")
print(f"{page.name}: {page.stat().st_size / 2**20:.1f} MiB, everything included")

# %% [markdown]
# ## 3. Live
#
# While a run trains in a cell, the widget follows: `train("digits", "zenith", on_progress=explorer.follow("zenith"))`.
# A study that runs elsewhere is followed by its folder: `ls.explore("studies/digits")`.
#
# ## 4. Are two ends in one valley?
#
# On a plane two ends may look separated by a wall, or not, by accident of the projection. The straight line between
# them is no projection: the barrier on it is measured.

# %%
ls.connectivity.interpolate(loss, states["zenith"][-1], states["cosine"][-1])

# %% [markdown]
# Runs of one seed that shared their first steps are often connected; runs from other initial weights are not, unless
# their neurons are brought into the same order first (`ls.connectivity.align`), or a curve is trained
# (`ls.connectivity.connect`). A barrier seen on a straight line therefore does not mean that there are two valleys.
