"""Finished studies with known numbers, without any training."""

import json

import numpy as np
import xarray as xr

from landscape._common.files import write_json, write_toml, write_tree
from landscape.study import Study
from landscape.study.measure_spec import MeasureSpec
from landscape.study.spec import StudySpec

STEPS, EPOCHS = 20, 4  # steps 5, 10, 15, 20
PROVENANCE = {"total_steps": STEPS, "window": 1, "device": "cpu", "versions": {}, "data": {"fingerprint": "0" * 64}}


def made_study(
    folder,
    *,
    name="made",
    methods=("zenith", "constant"),
    seeds=(0, 1, 2),
    learning_rate=0.1,
    window=2,
    decay=0.0,
    metric="accuracy",
    lost=(),
):
    """A study whose sharpness is (1 + row + seed / 10) / learning_rate, whose best epoch is the third, and so on.

    `lost` are the (method, seed) that diverged.
    """
    spec = StudySpec(
        name=name,
        task="digits",
        methods=methods,
        focus=methods[0],
        seeds=seeds,
        epochs=EPOCHS,
        learning_rate=learning_rate,
        window=window,
        settings={m: {"weight_decay": decay} for m in methods} if decay else {},
        measure=MeasureSpec(plane_seeds=0),
    )
    folder.mkdir(parents=True)
    write_toml(folder / "study.toml", spec.as_dict(), "made")
    write_json(folder / "study.json", {"schema_version": 2, "provenance": PROVENANCE})
    write_tree(folder / "study.nc", _tree(spec, metric, lost, decay))
    return Study.open(folder)


def _tree(spec, metric, lost, decay):
    methods, seeds = list(spec.methods), list(spec.seeds)
    row, seed = np.meshgrid(np.arange(len(methods)), np.arange(len(seeds)), indexing="ij")
    both = ("optimizer", "seed")
    status = [["diverged" if (m, s) in lost else "finished" for s in seeds] for m in methods]
    step, epoch = np.arange(STEPS), np.arange(EPOCHS + 1)
    lr = spec.learning_rate * (1 - step / STEPS) * np.ones((*row.shape, 1))
    # best at the third epoch: 0.5, 0.6, 0.7 + row / 100 + seed / 1000 + decay, 0.65, ...
    course = np.array([0.1, 0.5, 0.6, 0.7, 0.65]) + (row / 100 + seed / 1000 + decay)[..., None]
    eigenvalue = (1 + row + seed / 10)[..., None, None] / spec.learning_rate * np.ones((1, 1, 2, 1))
    loss = spec.learning_rate * (1 + row + seed / 10)[..., None] * np.array([10.0, 1.0])
    alpha = np.linspace(-1, 1, 5)
    groups = {
        "/runs": xr.Dataset({"status": (both, status), "settings": (both, np.full(row.shape, "{}"))}),
        "/traces": xr.Dataset(
            {
                "gradient_norm": ((*both, "step"), lr * 3),
                "lr": ((*both, "step"), lr),
                "seconds": ((*both, "step"), (step + 1.0) * (1 + row)[..., None]),
            },
            coords={"step": step},
        ),
        "/epochs": xr.Dataset(
            {
                "train_loss": ((*both, "epoch"), loss[..., 1:] * np.ones(EPOCHS + 1)),
                "train_metric": ((*both, "epoch"), course),
                "test_loss": ((*both, "epoch"), loss[..., 1:] * np.full(EPOCHS + 1, 2.0)),
                "test_metric": ((*both, "epoch"), course),
            },
            coords={"epoch": epoch, "steps_taken": ("epoch", 5 * epoch)},
        ),
        "/curvature": xr.Dataset(
            {
                "eigenvalue": ((*both, "step", "k"), eigenvalue),
                "converged": ((*both, "step", "k"), np.ones(eigenvalue.shape, np.int8)),
                "loss": ((*both, "step"), loss),
                "protocol": ((*both, "step"), np.full(loss.shape, json.dumps({"samples": 7}))),
            },
            coords={"step": [0, STEPS], "k": [1]},
        ),
        "/end": xr.Dataset(
            {"trace": (both, 2.0 + row + seed / 10), "adaptive_sharpness": (both, 0.5 + row + seed / 10)}
        ),
        "/lines/random": xr.Dataset(
            {"loss": ((*both, "alpha"), 0.1 + (1.0 + row + seed)[..., None] * alpha**2)}, coords={"alpha": alpha}
        ),
    }
    labels = {"optimizer": methods, "seed": seeds}
    root = xr.Dataset(
        attrs={
            "loss_label": "loss (cross-entropy, nats)",
            "metric": metric,
            "metric_label": metric,
            "metric_unit": "",
            "metric_higher_is_better": 1,
        }
    )
    return xr.DataTree.from_dict({"/": root, **{name: data.assign_coords(labels) for name, data in groups.items()}})
