"""What runs are trained and measured on says which GPU it is, where there is one; here it is a stand-in."""

import json

import pytest
import torch
from blobs_study import SMALL, asked

import landscape as ls
from landscape.study import execute, prepare
from landscape.study.integrity import environment_note
from zenith._common.environment import environment


def test_the_environment_of_a_gpu_has_its_name_and_that_of_a_cpu_has_none(monkeypatch):
    names = {"cuda": "Some GPU", "cuda:1": "Another GPU"}
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device=None: names[str(device)])
    assert environment("cuda")["gpu"] == "Some GPU"
    assert environment(torch.device("cuda:1"))["gpu"] == "Another GPU"
    assert (
        environment()
        == environment(torch.device("cpu"))
        == {k: v for k, v in environment("cuda").items() if k != "gpu"}
    )


@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
def test_runs_and_measures_carry_the_name_and_two_of_them_are_in_the_report(together, tmp_path, replace):
    seen = set()

    def on(name):
        def here(device="cpu"):
            seen.add(str(device))  # that of the plan, not the one that is first on the machine
            return environment() | {"gpu": name}

        return here

    measure = ls.MeasureSpec(**vars(SMALL) | {"plane_seeds": 0, "spectrum_seeds": 0})
    keys = {"measure": measure, "seeds_together": together}
    replace("environment", on("Old GPU"), "zenith._common.environment")
    first = execute(prepare(asked(**keys), tmp_path, device="cpu"), progress=False)
    replace.undo()
    runs = first.tree["runs"].to_dataset()
    assert set(runs["gpu"].values.flat) == set(runs["measured_with_gpu"].values.flat) == {"Old GPU"}
    names = runs["run_id"].values.ravel().tolist()
    assert {json.loads((tmp_path / "runs" / name / "run.json").read_text())["gpu"] for name in names} == {"Old GPU"}
    assert environment_note(runs) == ""
    assert seen == {"cpu"}

    replace("environment", on("New GPU"), "zenith._common.environment")
    more = execute(prepare(asked(seeds=3, **keys), tmp_path, device="cpu"), progress=False)
    replace.undo()
    said = environment_note(more.tree["runs"].to_dataset())
    assert "trained with GPU Old GPU (4 runs), New GPU (2 runs)" in said
    assert "measured with GPU Old GPU (4 runs), New GPU (2 runs)" in said
