"""A run that fails is missing data with a reason: the study goes on, says so, and tries that run again."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr
from blobs_study import asked
from made_studies import made_study

import landscape as ls
import zenith
from landscape.cli import main as cli
from landscape.study import Study, execute, prepare, run_study, write_report
from landscape.study.analysis import analyse
from landscape.study.failures import JobFailedError, sentence_of
from landscape.study.paper import tables as paper_tables
from landscape.study.paper.figures import FIGURES


@pytest.fixture
def faulty(replace):
    """`faulty(fails)` has `zenith.train` raise what ``fails(method, seed)`` returns; returns what was tried."""
    usual = zenith.train

    def make(fails):
        tried = []

        def train(task, method, seed, **options):
            tried.append((getattr(method, "name", method), seed))
            error = fails(*tried[-1])
            if error is not None:
                raise error
            return usual(task, method, seed, **options)

        replace("train", train, "zenith")
        return tried

    return make


def test_the_study_goes_on_and_the_same_command_tries_that_run_again(faulty, replace, tmp_path):
    reason = "no such\nlayer"
    faulty(lambda method, seed: AttributeError(reason) if (method, seed) == ("cosine", 0) else None)
    study = execute(prepare(asked(), tmp_path / "s"), progress=False)
    (failed,) = study.failed_runs
    assert (failed.optimizer, failed.seed, failed.reason) == ("cosine", 0, "AttributeError: no such layer")
    status = study.tree["runs"]["status"]
    assert status.sel(optimizer="cosine").values.tolist() == ["failed", "finished"]
    for group, name in (("traces", "loss"), ("epochs", "test_loss"), ("curvature", "loss"), ("end", "trace")):
        lost = study.tree[group][name].sel(seed=0).isnull()
        assert lost.sel(optimizer="cosine").all(), name
        assert not lost.sel(optimizer="zenith").any(), name
    assert "/planes/seed0" in study.tree.groups  # of the other run
    assert "AttributeError: no such\nlayer" in (tmp_path / "s" / "failed" / "runs" / f"{failed.run}.txt").read_text()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("s/*/*") if path.parent.name != "failed"}
    tried = faulty(lambda method, seed: None)
    again = execute(prepare(asked(), tmp_path / "s"), progress=False)
    assert tried == [("cosine", 0)]
    assert again.failed_runs == ()
    assert not list(tmp_path.glob("s/failed"))
    kept = {path for path in before if path.parts[-2] in ("runs", "measures", "spectra")}
    assert {path: path.stat().st_mtime_ns for path in kept} == {path: before[path] for path in kept}
    replace.undo()
    whole = execute(prepare(asked(), tmp_path / "whole"), progress=False)
    for group in ("traces", "epochs", "curvature", "end", "planes/seed0/plane", "spectra"):
        one, two = again.tree[group].to_dataset(), whole.tree[group].to_dataset()
        for name in set(one.data_vars) - {"seconds"}:
            xr.testing.assert_identical(one[name], two[name])


@pytest.mark.slow
def test_the_report_counts_what_failed(faulty, tmp_path):
    faulty(lambda method, seed: AttributeError("no such\nlayer") if (method, seed) == ("cosine", 0) else None)
    with pytest.warns(RuntimeWarning, match="1 run failed: cosine seed 0 failed: AttributeError: no such layer"):
        study = run_study(asked(target=0.5), tmp_path / "s", progress=False)
    words, page = ((tmp_path / "s" / name).read_text() for name in ("report.md", "report.html"))
    assert "## Failed runs" in words
    assert str(study.failed_runs[0]) in words
    assert "1 of 4 runs failed: cosine seed 0." in words
    assert page.count("1 run failed and is missing: cosine seed 0.") > 5  # tables and figures
    assert not re.search(r"\bnan\b", words)
    assert not re.search(r"diverged (runs|and)", words)


def test_a_method_of_which_every_run_fails_ends_the_study_with_that_error(faulty, tmp_path):
    faulty(lambda method, seed: KeyError("lr") if method == "cosine" else None)
    with pytest.raises(KeyError, match="lr") as ended:
        execute(prepare(asked(), tmp_path / "s"), progress=False)
    assert sentence_of(ended.value) == (
        f"no run of 'cosine' could be trained, every one that was tried failed (tracebacks in "
        f"'{tmp_path / 's' / 'failed' / 'runs'}'): KeyError: 'lr'; correct that and run the same command again, "
        f"finished runs are kept"
    )
    assert len(list(tmp_path.glob("s/runs/zenith-*/run.json"))) == 2
    assert not list(tmp_path.glob("s/measures/*"))


def test_a_typo_ends_the_study_after_three_runs(faulty, tmp_path):
    tried = faulty(lambda method, seed: NameError("name 'lrate' is not defined"))
    with pytest.raises(NameError, match="lrate"):
        execute(prepare(asked(seeds=50), tmp_path / "s"), progress=False)
    assert tried == [("zenith", 0), ("zenith", 1), ("zenith", 2)]


@pytest.mark.slow
def test_failures_of_memory_and_of_different_words_are_no_typo(faulty, tmp_path):
    tried = faulty(
        lambda method, seed: (
            None if seed == 4 else MemoryError() if method == "zenith" else ValueError(f"no step for seed {seed}")
        )
    )
    study = execute(prepare(asked(seeds=5), tmp_path / "s"), progress=False)
    assert len(tried) == 10
    assert [each.reason for each in study.failed_runs] == ["out of memory"] * 4 + [
        f"no step for seed {s}" for s in range(4)
    ]


@pytest.mark.slow
def test_what_failed_before_comes_last_so_that_no_study_is_stuck(faulty, tmp_path):
    plan = prepare(asked(seeds=4), tmp_path / "s")
    tried = faulty(lambda method, seed: ValueError("not this") if method == "zenith" and seed < 3 else None)
    with pytest.raises(ValueError, match="not this"):
        execute(plan, progress=False)
    assert len(tried) == 3
    study = execute(plan, progress=False)
    assert sorted(tried[3:8]) == [("cosine", 0), ("cosine", 1), ("cosine", 2), ("cosine", 3), ("zenith", 3)]
    assert [each.seed for each in study.failed_runs] == [0, 1, 2]
    prepare(asked(seeds=5), tmp_path / "s")  # it can grow


def test_a_disk_that_is_full_is_no_failure_of_a_run(faulty, tmp_path):
    faulty(
        lambda method, seed: OSError(28, "No space left on device", "x") if (method, seed) == ("zenith", 0) else None
    )
    with pytest.raises(OSError, match="No space left"):
        execute(prepare(asked(), tmp_path / "s"), progress=False)
    assert not list(tmp_path.glob("s/failed/runs/*"))


@pytest.mark.parametrize(
    "stage", ["top_eigenpairs", *(pytest.param(s, marks=pytest.mark.slow) for s in ("plane", "spectral_density"))]
)
def test_measurements_that_fail_are_missing_and_tried_again(replace, tmp_path, stage):
    usual, calls = getattr(ls, stage), []

    def once(*arguments, **keywords):
        calls.append(None)
        if len(calls) == 1:
            raise TypeError("not of this")
        return usual(*arguments, **keywords)

    replace(stage, once)
    study = execute(prepare(asked(), tmp_path / "s"), progress=False)
    (missing,) = study.not_measured
    assert missing.reason == "TypeError: not of this"
    assert study.failed_runs == ()
    assert list(tmp_path.glob("s/failed/*/*.txt"))
    before = len(calls)
    assert execute(prepare(asked(), tmp_path / "s"), progress=False).not_measured == ()
    assert len(calls) > before
    assert not list(tmp_path.glob("s/failed"))


def test_of_seeds_trained_together_the_others_are_trained_one_by_one(replace, tmp_path):
    usual, tried = zenith.train_seeds, []

    def train_seeds(task, method, seeds, **options):
        tried.append(sorted(set(seeds)))
        if 1 in seeds:
            raise RuntimeError("the loss of seed 1 is no number")
        return usual(task, method, seeds, **options)

    replace("train_seeds", train_seeds, "zenith")
    spec = asked(methods=["zenith", "sam"], seeds=3, seeds_together=True)
    study = execute(prepare(spec, tmp_path / "s"), progress=False)
    assert tried == [[0, 1, 2], [0], [1], [2]]
    (failed,) = study.failed_runs
    assert (failed.optimizer, failed.seed) == ("zenith", 1)
    assert not list(tmp_path.glob("s/runs/.*unfinished*"))


@pytest.mark.slow
def test_a_trial_that_fails_is_never_chosen_and_is_counted(faulty, tmp_path):
    tried = faulty(lambda method, seed: None)
    count = {"n": 0}

    def fails(method, seed):
        count["n"] += (method, seed) == ("zenith", 1000)
        return ArithmeticError("too large") if (method, seed, count["n"]) == ("zenith", 1000, 1) else None

    tried = faulty(fails)
    study = execute(prepare(asked(tuning=ls.TuningSpec(trials=3)), tmp_path / "s"), progress=False)
    (failed,) = study.failed_runs
    assert str(failed) == "zenith seed 1000 in the trial of untuned settings failed: too large"
    data = study.tree["tuning"].to_dataset()
    assert int(data["chosen"].sel(optimizer="zenith")) != 0
    write_report(study)
    assert "0, 1 failed" in (tmp_path / "s" / "report.html").read_text()
    tried.clear()
    again = execute(prepare(asked(tuning=ls.TuningSpec(trials=3)), tmp_path / "s"), progress=False)
    assert again.failed_runs == ()
    assert tried[0] == ("zenith", 1000)


def with_failure(folder, methods, seeds, lost):
    """A made study in which runs failed."""
    study = made_study(folder, methods=methods, seeds=seeds)
    tree = study.tree
    failed = xr.DataArray(
        [[(m, s) in lost for s in seeds] for m in methods],
        dims=("optimizer", "seed"),
        coords={"optimizer": list(methods), "seed": list(seeds)},
    )

    def lose(data):
        if "optimizer" not in data.dims:
            return data
        return data.map(lambda array: array.where(~failed, "" if array.dtype.kind in "OU" else np.nan))

    groups = {name: lose(node.to_dataset(inherit=False)) for name, node in tree.subtree_with_keys}
    runs = groups["runs"]
    runs["status"] = runs["status"].where(~failed, "failed")
    runs["failed_because"] = xr.where(failed, "why", "")
    runs["run_id"] = xr.where(failed, "r", "r")
    study.write_tree(xr.DataTree.from_dict({f"/{name}".replace("/.", "/"): data for name, data in groups.items()}))
    return Study.open(folder)


def test_every_sentence_on_fewer_pairs_says_how_many_and_why(tmp_path):
    seeds = tuple(range(20))
    lost = {("constant", 3), ("constant", 4), ("cosine", 9)}
    analysis = analyse(with_failure(tmp_path / "s", ("zenith", "constant", "cosine"), seeds, lost))
    flatter, performance, correlation, *_ = analysis.conclusion
    assert flatter == (
        "ZENITH ends at flatter points than constant (on 18 of 20 seeds; 2 runs failed) and cosine (on 19 of 20 seeds; "
        "1 run failed) by every measure of flatness used here, also at matched training loss."
    )
    assert performance.count("(on 18 of 20 seeds; 2 runs failed)") == 1
    assert performance.count("(on 19 of 20 seeds; 1 run failed)") == 1
    assert "3 runs failed" in correlation
    assert {c.n for family in analysis.comparisons.values() for c in family} == {18, 19}
    notes = " ".join(analysis.notes)
    assert "3 of 60 runs failed: constant seed 3, constant seed 4, cosine seed 9." in notes
    assert "diverged" not in notes
    assert "What was lost by failures is missing data, not a result" in notes
    assert analysis.as_dict()["failed_runs"] == {"constant": [3, 4], "cosine": [9]}


def test_a_difference_that_is_not_shown_says_so_as_well(tmp_path):
    analysis = analyse(with_failure(tmp_path / "s", ("zenith", "constant"), (0, 1, 2), {("constant", 1)}))
    assert analysis.conclusion[0] == (
        "No difference in flatness between ZENITH and constant (on 2 of 3 seeds; 1 run failed) is shown: "
        "3 seeds can show no difference, however large."
    )


def test_captions_of_the_papers_tables_and_figures_say_what_failed_and_do_not_call_it_diverged(tmp_path):
    failed = with_failure(tmp_path / "a", ("zenith", "constant"), (0, 1, 2), {("constant", 1)})
    whole = made_study(tmp_path / "b", methods=("zenith", "constant"), seeds=(0, 1, 2), decay=0.5)
    words = "1 run failed and is missing: constant seed 1."
    table = paper_tables.table_3({"digits": failed})
    assert "(2 of 3)" in table.rows[1][1]
    assert "(k of n) where runs diverged or failed, median time" in table.caption
    assert f"the last epoch too. {words} After table 3" in table.caption
    assert f" Of 0.1: {words} After table 4" in paper_tables.table_4({0.1: failed, 0.5: whole}).caption
    assert "failed" not in paper_tables.table_3({"digits": whole}).caption
    assert f" {words} After figure 1" in FIGURES["1"]({"digits": failed}).figure.caption
    assert f" Of a: {words} After" in FIGURES["4"]({"a": failed, "b": whole}).figure.caption
    assert f" {words} After figure 3f" in FIGURES["3f"](failed).figure.caption
    assert "failed" not in FIGURES["3f"](whole).figure.caption


@pytest.mark.slow
def test_the_command_ends_with_the_number_the_reason_and_what_to_do(faulty, replace, tmp_path, capsys, monkeypatch):
    replace("write_report", lambda study, engine: study.path / "report.html", "landscape.study")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "import torch, zenith\n"
        "X, y = torch.randn(60, 4), torch.arange(60) % 3\n"
        "task = zenith.Task(name='mine', model=lambda: torch.nn.Linear(4, 3), train=(X, y), test=(X, y),"
        " loss='cross_entropy')\n"
    )
    (tmp_path / "s.toml").write_text(
        'name = "s"\ntask = "mine.py:task"\nmethods = ["zenith", "cosine"]\nseeds = 2\nepochs = 1\ncheckpoints = 1\n'
        "[measure]\nsamples = 20\ntrace_probes = 2\nsharpness_samples = 2\nline_points = 3\nplane_seeds = 0\n"
        "spectrum_seeds = 0\n"
    )

    def run():
        with pytest.raises(SystemExit) as ended:
            cli.main(["study", "s.toml", "--out", "s", "--device", "cpu", "--workers", "1", "--quiet"])
        return ended.value.code, capsys.readouterr().err.splitlines()

    faulty(lambda method, seed: TypeError("got 2 lists") if seed == 1 else None)
    code, said = run()
    assert code == 1
    assert said[-1] == (
        "landscape: 2 runs failed, the first: zenith seed 1 failed: TypeError: got 2 lists; the report says which, "
        "the same command tries only these again"
    )
    tried = faulty(lambda method, seed: None)
    assert run()[0] == 0
    assert tried == [("zenith", 1), ("cosine", 1)]
    (tmp_path / "s.toml").write_text((tmp_path / "s.toml").read_text().replace("epochs = 1", "epochs = 2"))
    faulty(lambda method, seed: TypeError("got 2 lists"))
    with pytest.raises(SystemExit) as ended:
        cli.main(["study", "s.toml", "--out", "t", "--device", "cpu", "--workers", "1", "--quiet"])
    assert ended.value.code == 2
    assert "no run of 'zenith' could be trained" in capsys.readouterr().err.splitlines()[-1]


def test_a_failure_of_a_worker_comes_home_whatever_the_error_is():
    import pickle

    error = JobFailedError("why", "OddError", False, 3)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.kind, again.count, again.original) == ("why", "OddError", 3, again)


DYING = """
import os, signal, torch, zenith
from zenith.training.train import initial_model

X, y = torch.randn(60, 4, generator=torch.Generator().manual_seed(0)), torch.arange(60) % 3
task = zenith.Task(
    name="mine", model=lambda: torch.nn.Linear(4, 3), train=(X, y), test=(X, y), loss="cross_entropy"
)
FIRST = float(next(initial_model(task, 1).parameters()).detach().flatten()[0])

class Dying(torch.optim.SGD):
    def step(self, closure=None):
        weight = self.param_groups[0]["params"][0].detach().flatten()[0]
        self.dies = getattr(self, "dies", float(weight) == FIRST)
        if self.dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().step(closure)

def dying(params, lr):
    return Dying(params, lr=lr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("together", [False, True])
def test_a_run_that_kills_its_worker_is_recorded_and_the_others_are_trained(tmp_path, together):
    (tmp_path / "mine.py").write_text(DYING)
    mine = f"{tmp_path / 'mine.py'}"
    spec = asked(task=f"{mine}:task", methods=["zenith", f"{mine}:dying"], seeds=3, seeds_together=together)
    study = execute(prepare(spec, tmp_path / "s", device="cpu"), workers=2, progress=False)
    (failed,) = study.failed_runs
    assert (failed.optimizer, failed.seed) == ("dying", 1)
    assert "a worker died 3 times at the same job" in failed.reason
