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
# # Your own study in ten minutes
#
# Does *your* optimizer reach flatter minima than the ones you know, on *your* model and *your* data, and does that buy
# accuracy? This page takes you from a Dataset, a model and an optimizer to a report that says no more than its runs
# support. Nothing of the package is edited; everything of yours stands in one file.
#
# The data are small so that the page runs in minutes: scikit-learn's 8 x 8 images of digits, in a Dataset like the one
# you have for Fashion-MNIST. Replace the Dataset, the model and the optimizer by yours.

# %%
import logging
import os
import tempfile
from pathlib import Path

import pandas as pd
from IPython.display import Image, display

import landscape as ls
import zenith

os.chdir(tempfile.mkdtemp())  # where the file and the studies of this page go
logging.getLogger("landscape").setLevel(logging.ERROR)  # it warns that few seeds cannot show anything: they cannot

# %% [markdown]
# ## Your file
#
# A task is a model, data, a loss and a metric; an optimizer is a function of the parameters and a learning rate.

# %%
_ = Path("fashion.py").write_text('''
import torch
from sklearn.datasets import load_digits
from torch.utils.data import Dataset

import zenith


class Images(Dataset):
    """As a Dataset of yours: samples by index, transformed when they are asked for."""

    def __init__(self, train):
        images, labels = load_digits(return_X_y=True)
        cut = slice(0, 900) if train else slice(900, 1400)
        self.images = torch.from_numpy(images[cut]).float().reshape(-1, 1, 8, 8) / 16
        self.labels = torch.from_numpy(labels[cut])

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


def network():
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(288, 10)
    )


def shifted(image):
    """An augmentation: a shift of up to one pixel. What it draws depends on (seed, epoch, sample) alone."""
    return torch.roll(image, tuple(torch.randint(-1, 2, (2,)).tolist()), (1, 2))


task = zenith.Task(
    name="fashion",
    model=network,
    train=Images(True),
    test=Images(False),
    validation=0.1,  # held out of the training set; or a Dataset
    augment=shifted,  # in training only: measured without
    loss=torch.nn.CrossEntropyLoss(),
    metric="accuracy",
)


class SignMomentum(torch.optim.Optimizer):
    """An optimizer of one's own, as Lion (Chen et al. 2023) without its second constant."""

    def __init__(self, params, lr, beta=0.9):
        super().__init__(params, {"lr": lr, "beta": beta})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                m = self.state[p].setdefault("momentum", torch.zeros_like(p))
                m.lerp_(p.grad, 1 - group["beta"])
                p.sub_(m.sign(), alpha=group["lr"])


def mine(params, lr=0.003, beta=0.9):
    return SignMomentum(params, lr, beta)
''')
# %% [markdown]
# One run first, to see that it learns:

# %%
run = zenith.train("fashion.py:task", "fashion.py:mine", epochs=3, batch_size=32, window=10)
print([f"{accuracy:.2f}" for accuracy in run.trace.epochs["test_metric"]])

# %% [markdown]
# ## The study
#
# One call trains every method from the same weights on the same batches, per seed, and measures all alike. It goes on
# where it was when it is interrupted, and runs that are there are not run again. Two seeds are for this page: the
# report says what they cannot show, and how many it takes.
#
# One learning rate suits one method more than another. With `tuning`, each method gets the same number of trials as
# well, on the validation set and on a seed that no result comes from.

# %%
keys = {
    "epochs": 3,
    "batch_size": 32,
    "checkpoints": 2,
    "measure": ls.MeasureSpec(
        samples=100, trace_probes=4, sharpness_samples=8, line_points=11, plane_seeds=0, spectrum_seeds=0
    ),
    "progress": False,
}
methods = ["zenith", "cosine", "fashion.py:mine"]
tuning = ls.TuningSpec(trials=3)
study = ls.run_study("fashion.py:task", methods, seeds=2, tuning=tuning, out="studies/fashion", **keys)
text = str(study.report())
print(text[: text.index("## Each method at its own best")])

# %% [markdown]
# The folder holds the page `report.html` with the explorer inside, figures with their data, tables, and every number in
# one netCDF file:

# %%
display(Image("studies/fashion/figures/sharpness_against_loss.png", width=420))
study.tree["curvature"]["eigenvalue"].isel(step=-1, k=0).to_pandas()

# %% [markdown]
# ## Each method at its own best
#
# The report has the second comparison, what the trials cost and how much the setting matters. `study.tuned` is a study
# with a tree and figures of its own.

# %%
print(text[text.index("## Each method at its own best") : text.index("## Protocol")])
pd.read_csv("studies/fashion/tables/tuning.csv").drop(columns=["space"])

# %% [markdown]
# ## A sweep
#
# A list in the place of a number is a grid: one figure of each quantity against what is swept, and a study for each
# value.

# %%
swept = ls.run_study(
    "fashion.py:task",
    ["zenith", "cosine"],
    seeds=1,
    out="studies/swept",
    learning_rate=[0.02, 0.06, 0.2],
    **keys,
)
display(Image("studies/swept/figures/lambda_max_against_learning_rate.png", width=420))
swept.tree["epochs"]["test_metric"].isel(epoch=-1).mean("seed").to_pandas()

# %% [markdown]
# ## From the command line
#
# What the calls above did, written down. `landscape study studies/fashion/study.toml --out studies/fashion` goes on
# with the first of them; if `fashion.py` has changed since, it says so and mixes nothing.

# %%
print(Path("studies/fashion/study.toml").read_text()[:700])
