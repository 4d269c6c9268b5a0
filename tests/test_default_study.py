"""The main job exactly as the README's first command runs it, and the real MNIST and CIFAR-10 through the same door."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from landscape.study import Study

DATA = os.environ.get("DATA_ROOT", "")  # as in make test-slow DATA_ROOT=DATA


def landscape(*arguments: str, cwd: Path) -> str:
    command = [str(Path(sys.executable).with_name("landscape")), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_the_default_study_end_to_end(tmp_path):
    out = landscape("study", "--quiet", cwd=tmp_path)
    folder = tmp_path / "studies" / "digits"
    assert str(folder.relative_to(tmp_path) / "report.html") in out
    tree = Study.open(folder).tree
    assert tree["runs"].sizes == {"optimizer": 6, "seed": 8}
    assert (tree["runs"]["status"] == "finished").all()
    assert (tree["curvature"]["converged"] == 1).all()
    residual = tree["curvature"]["residual"] / abs(tree["curvature"]["eigenvalue"])
    assert float(residual.max()) <= 1e-3
    # Real learning on real data: far from the 10 % of guessing, for every method and seed.
    assert float(tree["epochs"]["test_metric"].isel(epoch=-1).min()) > 0.9
    # ZENITH left its warm-up and never exceeded eta0.
    lr = tree["traces"]["lr"].sel(optimizer="zenith")
    assert np.nanmax(lr) == pytest.approx(0.1)
    assert float(lr.isel(step=-1).max()) < 0.1
    for suffix in ("pdf", "svg", "png", "nc"):
        assert len(list((folder / "figures").glob(f"*.{suffix}"))) == 14 + 4  # and what is compared, tuned
    # Both comparisons, in one report, which says which is which.
    tuned = Study.open(folder).tuned
    assert tuned.tree["runs"].sizes == {"optimizer": 6, "seed": 8}
    assert (tuned.tree["curvature"]["converged"] == 1).all()
    assert Study.open(folder).tree["tuning"].sizes["trial"] == 5
    report = (folder / "report.md").read_text()
    assert "\nIn this first comparison nothing was tuned, and in the second, below, each method is" in report
    assert "\n## Each method at its own best\n" in report
    assert len(report.split()) < 1500


@pytest.mark.slow
@pytest.mark.parametrize("task", ["mnist", "cifar10"])
@pytest.mark.skipif(not DATA, reason="needs DATA_ROOT: the real datasets are not part of the repository")
def test_the_same_study_by_name_on_real_images(task, tmp_path):
    """One short epoch of two methods: the full runs take longer than a test may."""
    spec = tmp_path / f"{task}.toml"
    spec.write_text(
        f'name = "{task}"\ntask = "{task}"\nmethods = ["zenith", "cosine"]\nseeds = 1\nepochs = 1\nbatch_size = 512\n'
        "checkpoints = 2\n[measure]\nsamples = 200\ntrace_probes = 4\nline_points = 5\nplane_points = 5\n"
    )
    out = landscape("study", spec.name, "--data-root", DATA, "--quiet", cwd=tmp_path)
    assert "2 methods" in out
    study = Study.open(tmp_path / "studies" / task)
    assert study.provenance["data"]["train_samples"] == {"mnist": 60_000, "cifar10": 50_000}[task]
    assert (study.tree["curvature"]["converged"] == 1).all()
    first, last = (float(study.tree["epochs"]["train_loss"].isel(epoch=i).mean()) for i in (0, -1))
    assert last < first
