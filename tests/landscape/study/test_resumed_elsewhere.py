"""A study whose runs or measurements are begun on one machine and end on another one says so."""

import dataclasses

import numpy as np
import pytest
import torch
from blobs_study import SMALL, asked

from landscape.study import Study, execute, prepare, write_report
from landscape.study.integrity import environment_note
from zenith.training.resume import RunFile

FEWER = dataclasses.replace(SMALL, plane_seeds=0, spectrum_seeds=0)


class StoppedWhenWritten(RunFile):
    def due(self, step):
        return True

    def write(self, state):
        super().write(state)
        raise KeyboardInterrupt


def on_processor(monkeypatch, capability):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)


def run(folder, **keys):
    return execute(prepare(asked(measure=FEWER, **keys), folder, device="cpu"), progress=False)


def interrupted_in_training(folder, replace, **keys):
    """After the first step."""
    replace("RunFile", StoppedWhenWritten, "zenith.training.resume")
    with pytest.raises(KeyboardInterrupt):
        run(folder, **keys)
    replace.undo()


@pytest.mark.parametrize(
    "together",
    [pytest.param(False, id="alone"), pytest.param(True, id="together and reported", marks=pytest.mark.slow)],
)
def test_a_run_that_was_resumed_on_another_processor_is_recorded_and_reported(together, tmp_path, monkeypatch, replace):
    other = "adam" if together else "cosine"  # whose runs are no part of ZENITH's batched model
    keys = {"seeds": 2 if together else 1, "seeds_together": together, "methods": ("zenith", other)}
    on_processor(monkeypatch, "OLD")
    interrupted_in_training(tmp_path, replace, **keys)
    on_processor(monkeypatch, "NEW")
    with pytest.warns(RuntimeWarning, match=r"\.unfinished' was trained to step 1 with processor capability OLD, now"):
        study = run(tmp_path, **keys)
    runs = study.tree["runs"].to_dataset()
    both = ["OLD, then NEW"] * len(study.spec.seeds)
    assert runs["cpu_capability"].sel(optimizer="zenith").values.tolist() == both
    assert study.read_run(str(runs["run_id"].sel(optimizer="zenith").values[0]))["cpu_capability"] == both[0]
    assert set(runs["cpu_capability"].sel(optimizer=other).values) == {"NEW"}
    many = len(both)
    said = f"trained with processor capability 'OLD, then NEW' ({many} runs), NEW ({many} runs). Their rounding differs"
    assert said in environment_note(runs)
    if together:
        write_report(study)
        assert said in " ".join(str(Study.open(tmp_path).report()).split())


@pytest.mark.slow
def test_measurements_that_were_begun_on_another_processor_are_recorded(tmp_path, monkeypatch):
    """Curvature at the initial weights is shared by all methods; the rest is kept every two seconds."""
    on_processor(monkeypatch, "OLD")
    whole = run(tmp_path, seeds=1)
    (lost,) = tmp_path.glob("measures/cosine*.nc")
    lost.unlink()
    (tmp_path / "study.nc").unlink()
    on_processor(monkeypatch, "NEW")
    again = run(tmp_path, seeds=1).tree["runs"].to_dataset()
    assert again["measured_with_cpu_capability"].values.tolist() == [["OLD"], ["OLD, then NEW"]]
    assert "measured with processor capability OLD (1 runs), 'OLD, then NEW' (1 runs)" in environment_note(again)
    assert np.array_equal(whole.tree["runs"]["cpu_capability"], again["cpu_capability"])
    mixed = again.assign(cpu_capability=(("optimizer", "seed"), [["A, then B"], ["A, then B"]]))
    assert "trained with processor capability 'A, then B' (2 runs)" in environment_note(mixed)
