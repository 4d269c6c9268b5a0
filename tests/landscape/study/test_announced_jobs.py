"""What a dry run announces is what the study then does, also where it was stopped before."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import torch
from blobs_study import asked

import landscape as ls
from landscape.study import estimate, execute, prepare, run

FOLDERS = {"runs": "*/run.json", "measures": "[!.]*.nc", "planes": "*.nc", "spectra": "*.nc"}


def stored(folder):
    """How many runs, measurements, planes and spectra are in a study's folder."""
    return Counter({kind: len(list((folder / kind).glob(pattern))) for kind, pattern in FOLDERS.items()})


def announced(spec, folder):
    """By stage what is there, and what is to do."""
    found = estimate(prepare(spec, folder, device="cpu"), seconds=0)
    return {stage.stage: (stage.there, stage.to_do) for stage in found.stages}


def done(spec, folder, capfd):
    """Run a study; return what it said that there was to do, by stage, and what it wrote."""
    before = stored(folder)
    capfd.readouterr()
    study = execute(prepare(spec, folder, device="cpu"))
    said = said_at_work(capfd)
    wrote = stored(folder) - before
    wrote["figures"] = wrote.pop("planes", 0) + wrote.pop("spectra", 0)
    return study, said, +wrote


def said_at_work(capfd):
    """What a study says that it begins to do, by stage."""
    found = re.findall(r"landscape: (.+): (\d+) \w+ to do(?:, (\d+) are there)?", capfd.readouterr().err)
    return {stage: (int(there or 0), int(count)) for stage, count, there in found}


class Diverges(torch.optim.SGD):
    def step(self, closure=None):
        super().step(closure)
        with torch.no_grad():
            for group in self.param_groups:
                for weight in group["params"]:
                    weight.fill_(float("nan"))


def diverges(params, lr=0.1):
    return Diverges(params, lr=lr)


JOBS = ("train_job", "measure_job", "plane_job", "spectrum_job")


class StoppedError(KeyboardInterrupt):
    pass


def stopping(count, replace):
    """Let a study be interrupted at the job after the next `count`."""
    left = iter(range(count))

    def until(job):
        def stops(*arguments):
            if next(left, None) is None:
                raise StoppedError
            return job(*arguments)

        return stops

    for name in JOBS:
        replace(name, until(getattr(run, name)), "landscape.study.run")


def test_a_run_that_diverged_has_no_spectrum_to_estimate_and_spectra_that_are_there_are_counted(tmp_path, capfd):
    """Those that were there were not, and a plane of no run was evaluated at each start."""
    spec = asked(methods=["zenith", ("diverges", diverges)], seeds=1)
    found = announced(spec, tmp_path)
    assert found["planes and spectra"] == (0, 3)  # nobody knows yet
    _, said, wrote = done(spec, tmp_path, capfd)
    assert said["planes and spectra"] == (0, 2)
    assert wrote == {"runs": 2, "measures": 2, "figures": 2}
    next((tmp_path / "planes").glob("*.nc")).unlink()
    assert announced(spec, tmp_path)["planes and spectra"] == (1, 1)
    study, said, wrote = done(spec, tmp_path, capfd)
    assert (said, wrote) == ({"planes and spectra": (1, 1)}, {"figures": 1})
    assert study.tree["runs"]["status"].values.tolist() == [["finished"], ["diverged"]]
    both = asked(methods=[("diverges", diverges), ("too", diverges)], seeds=1)
    for stages in ({"training": (0, 2), "measuring": (0, 2)}, {}):
        _, said, wrote = done(both, tmp_path / "both", capfd)
        assert said == stages
        assert wrote == {kind: 2 for kind in ("runs", "measures") if stages}


@pytest.mark.slow
@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
def test_wherever_it_was_stopped_the_rest_is_announced_as_it_is_done(together, tmp_path, capfd, replace):
    """A sweep of two values, each tuned, so that there are two settings, and runs that diverge."""
    tuning = ls.TuningSpec(trials=2, seeds=(7,), space={"lr": [0.05, 0.5]})
    methods = ["zenith", ("diverges", diverges)]
    spec = asked(methods=methods, batch_size=[10, 20], learning_rate=1e-6, tuning=tuning, seeds_together=together)
    stops, compared = 0, Counter()
    while True:
        found, before = announced(spec, tmp_path), stored(tmp_path)
        stopping(4, replace)
        try:
            _, said, wrote = done(spec, tmp_path, capfd)
        except StoppedError:
            stops += 1
            said, wrote = said_at_work(capfd), stored(tmp_path) - before
        else:
            break
        finally:
            replace.undo()
        assert sum(wrote.values()) >= 4 or stops == 0
        for stage, counts in said.items():
            # What trials choose and which runs diverge is not known before.
            unknown = found["tuning"][1] if stage.endswith(", tuned") else found["training"][1]
            if unknown and (stage.endswith(", tuned") or "spectra" in stage):
                assert sum(counts) <= sum(found[stage])
            elif sum(counts):
                assert counts == found[stage], stage
                compared[stage] += 1
    assert stops > 4
    assert compared.keys() >= {"training", "measuring", "planes and spectra", "tuning"}
    assert any(stage.endswith(", tuned") for stage in compared)
    assert estimate(prepare(spec, tmp_path, device="cpu"), seconds=0).is_done
