"""What a study would do, and what it would take."""

from __future__ import annotations

import re
import tempfile
from functools import partial

import pytest
import torch

import landscape as ls
from landscape.cli.main import app
from landscape.study import MeasureSpec, StudySpec, TuningSpec, estimate, execute, prepare
from landscape.study.trial import Span, TrainCost

SMALL = MeasureSpec(
    samples=32, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, spectrum_probes=2, spectrum_steps=3
)
SPEC = StudySpec(name="s", task="digits", methods=("zenith", "cosine"), seeds=2, steps=4, checkpoints=1, measure=SMALL)


def asked(spec, folder, **keys):
    """Without a trial, unless seconds are given."""
    return estimate(prepare(spec, folder, device="cpu"), **{"seconds": 0} | keys)


def to_do(found):
    return {stage.stage: (stage.there, stage.to_do) for stage in found.stages}


def files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def said_at_work(text):
    """What a study says that it begins to do, by stage."""
    found = re.findall(r"landscape: (.+): (\d+) \w+ to do(?:, (\d+) are there)?", text)
    return {stage: (int(there or 0), int(count)) for stage, count, there in found}


@pytest.mark.slow
def test_it_says_what_is_then_done_and_writes_nothing(tmp_path, capfd):
    folder, store = tmp_path / "s", tmp_path / "store"
    spec = SPEC.replace(seeds=1, store=str(store))
    plan = prepare(spec, folder, device="cpu")
    found = to_do(estimate(plan, seconds=0))
    assert not folder.exists()
    assert not store.exists()
    execute(plan)
    assert (
        said_at_work(capfd.readouterr().err)
        == found
        == {
            "training": (0, 2),
            "measuring": (0, 2),
            "planes and spectra": (0, 3),
        }
    )
    damaged = next((store / "measures").glob("*.nc"))
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:1000])
    before = files(tmp_path)
    assert to_do(estimate(plan, seconds=0))["measuring"] == (1, 1)
    assert files(tmp_path) == before
    damaged.write_bytes(whole)

    done = ls.run_study(spec, tmp_path / "another", device="cpu", dry_run=True)
    assert done.is_done
    assert not (tmp_path / "another").exists()
    assert to_do(done) == {"training": (2, 0), "measuring": (2, 0), "planes and spectra": (3, 0)}
    assert "Everything is trained and measured" in str(done)
    more = estimate(prepare(spec.replace(seeds=3), folder, device="cpu"), seconds=0)
    assert to_do(more) == {"training": (2, 4), "measuring": (2, 4), "planes and spectra": (3, 0)}


class Breaks(torch.optim.SGD):
    taken = 0

    def step(self, closure=None):
        self.taken += 1
        if self.taken > 20:
            raise RuntimeError("no more")
        return super().step(closure)


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """An estimate from a trial, in which one method fails, and the files and random numbers that it left."""
    folder = tmp_path_factory.mktemp("temporary")
    methods = ("zenith", "cosine", ("breaks", lambda params, lr: Breaks(params, lr=lr)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        plan = prepare(SPEC.replace(methods=methods, steps=30), folder / "s", device="cpu")
        before = torch.get_rng_state()
        found = estimate(plan, workers=3, seconds=1000)  # no run is as long
    assert torch.equal(torch.get_rng_state(), before)
    assert list(folder.iterdir()) == []
    return found


def test_estimates_lie_between_their_bounds_and_say_where_they_come_from(tried):
    spans = [span for stage in tried.stages for span in (stage.work, stage.elapsed)]
    assert all(0 < span.low <= span.value <= span.high for span in spans)
    assert tried.work.value == pytest.approx(sum(stage.work.value for stage in tried.stages))
    assert tried.gpu_hours.high == 0
    assert (
        6 * 2 * 24_000 < tried.disk.low == tried.disk.high < 6 * 1_000_000
    )  # two checkpoints of 24 kB in each of six runs
    text = " ".join(str(tried).split())
    assert "3 processes of this machine, 1 thread each, on cpu" in text
    assert re.search(
        r"From a trial of \d+ s \(\d+ steps of zenith, \d+ steps of cosine.*; an eigenvalue took \d+ to", text
    )
    assert "Left out: the start of workers, gathering the results, figures and report" in text


def test_what_cannot_be_tried_is_said_and_the_rest_is_estimated(tried):
    text = " ".join(str(tried).split())
    assert "The trial of training 'breaks' failed (RuntimeError: no more): its time is missing" in text


def test_without_a_trial_it_only_counts(tmp_path):
    found = asked(SPEC, tmp_path / "s")
    assert "Nothing was tried, so its time is unknown." in str(found)
    assert to_do(found)["training"] == (0, 4)


def test_a_cluster_is_named_with_what_each_job_needs(framework, tmp_path):
    framework("submitit")
    engine = {"name": "slurm", "cpus": 4, "memory": 8, "minutes": 30}
    found = asked(SPEC.replace(engine=engine), tmp_path / "s", workers=50)
    assert "at most 50 jobs of slurm at once, each with 4 CPUs, 8 GB, 30 min" in str(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"tuning": TuningSpec(trials=2, space={"lr": [0.01, 1.0]})},
        {"steps": [3, 5], "tuning": TuningSpec(trials=2, space={"lr": [0.01, 1.0]})},
        {"batch_size": [32, 64], "seeds_together": True},
        {"steps": None, "gradients": 5},
        {"methods": ("zenith", "adamw", "sam")},
    ],
)
def test_whatever_is_swept_or_tuned_it_says_what_is_then_done(changes, tmp_path, capfd):
    spec = SPEC.replace(**changes)
    found = to_do(asked(spec, tmp_path / "s"))
    execute(prepare(spec, tmp_path / "s", device="cpu"))
    done = said_at_work(capfd.readouterr().err)
    for stage, counts in found.items():
        if stage.endswith(", tuned"):  # at most
            assert sum(done.get(stage, (0, 0))) <= counts[1]
        else:
            assert done[stage] == counts
    assert asked(spec, tmp_path / "s").is_done


def test_work_is_what_its_parts_come_to():
    step, evaluation = Span(1.0, 2.0, 3.0), Span(10.0, 10.0, 10.0)
    cost = TrainCost(Span(5.0, 5.0, 5.0), step, evaluation, Span(0.5, 0.5, 0.5))
    assert cost.of(101, per_epoch=50) == Span(5 + 100 + 30 + 0.5, 5 + 200 + 30 + 0.5, 5 + 300 + 30 + 0.5)
    for every, evaluations in ((50, 3), (20, 7), (25, 5), (51, 2), (1000, 1)):
        added = cost.of(101, per_epoch=50, evaluate_every=every).value - 5 - 200 - 0.5
        assert added == 10 * evaluations


def test_from_the_command_line(tmp_path, capsys, monkeypatch, replace):
    replace("estimate", partial(estimate, seconds=0), "landscape.study")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(
        'name = "tiny"\ntask = "digits"\nmethods = ["zenith", "cosine"]\nseeds = 1\nsteps = 2\ncheckpoints = 1\n'
        "[measure]\nsamples = 20\ntrace_probes = 2\nsharpness_samples = 2\nline_points = 3\nplane_seeds = 0\n"
        "spectrum_seeds = 0\n"
    )
    assert app.cli(args=["study", "tiny.toml", "--dry-run", "--workers", "1"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"training +0 +2 runs +2 ", printed)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]
