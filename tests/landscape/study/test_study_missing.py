"""What cannot be measured ends no study: it is missing, with its reason, wherever the study is looked at."""

from __future__ import annotations

import dataclasses
import html
import json
import re
import shutil

import numpy as np
import pytest
import tomli_w
import torch

import zenith
from landscape import Objective, top_eigenpairs
from landscape.cli import main as cli
from landscape.study import MeasureSpec, Study, StudySpec, execute, prepare, run_study, write_report
from landscape.study import index_page as gallery_page
from landscape.study import redraw as drawing
from landscape.study.explore import StudyReader, view_of_study, write_explorer
from landscape.study.figures import figures_of, undrawn
from landscape.study.missing import Attempts, Missing, reason_of
from landscape.study.report import MOST_POINTS
from landscape.study.tables import study_tables

SPEC = StudySpec(
    name="small",
    task="digits",
    methods=("zenith", "cosine"),
    seeds=(0, 1),
    epochs=1,
    batch_size=512,
    checkpoints=2,
    measure=MeasureSpec(
        samples=64,
        trace_probes=4,
        sharpness_samples=2,
        line_points=5,
        plane_points=5,
        spectrum_probes=2,
        spectrum_steps=6,
    ),
)

MEASURES = {
    "top eigenvalue": "top_eigenpairs",
    "Hessian trace": "hessian_trace",
    "adaptive sharpness": "average_sharpness",
    "line along a random direction": "random_direction",
    "loss on the plane": "plane",
    "plane of the trajectories": "project",
    "spectral density": "spectral_density",
}


def failing(error):
    def measure(*arguments, **keywords):
        raise error

    return measure


@pytest.mark.parametrize(
    "error",
    [
        ValueError("the operator is not symmetric"),
        np.linalg.LinAlgError("eigenvalues did not converge"),
        torch.linalg.LinAlgError("eigenvalues did not converge"),
        FloatingPointError("overflow"),
        ZeroDivisionError(),
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_number_may_fail_by_is_noted_in_one_line(error):
    attempt = Attempts()
    assert attempt("trace", failing(error), 7) is None
    ((what, step, reason),) = attempt.rows
    assert (what, step) == ("trace", 7)
    assert reason
    assert "\n" not in reason
    assert ("out of memory" in reason) == ("emory" in f"{type(error).__name__}{error}")


@pytest.mark.parametrize(
    "error", [TypeError("bad"), AttributeError("bad"), RuntimeError("bad"), KeyError("bad"), KeyboardInterrupt()]
)
def test_errors_of_the_program_and_ctrl_c_go_on_their_way(error):
    with pytest.raises(type(error)):
        Attempts()("trace", failing(error))


def test_reasons_say_something():
    assert reason_of(ZeroDivisionError()) == "ZeroDivisionError"
    assert reason_of(ValueError("one\n  two\n\nthree")) == "one two"
    assert str(Missing("trace", "sgd", 3, -1, "why")) == "trace of sgd seed 3: not measured: why"
    assert str(Missing("loss", "", 3, 9, "why")) == "loss of seed 3 at step 9: not measured: why"


ONE_SEED = dataclasses.replace(SPEC, seeds=(0,))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A study, trained and measured."""
    return execute(prepare(SPEC, tmp_path_factory.mktemp("studies") / "small", None, "cpu"), progress=False)


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory):
    """The same with one seed."""
    return execute(prepare(ONE_SEED, tmp_path_factory.mktemp("studies") / "small", None, "cpu"), progress=False)


def without_measurements(study, folder):
    """Copy the runs of a study and no more."""
    shutil.copytree(study.path / "runs", folder / "runs")
    for name in ("study.toml", "study.json"):
        shutil.copy(study.path / name, folder / name)
    return folder


@pytest.fixture
def unmeasured(trained, tmp_path):
    return without_measurements(trained, tmp_path / "small")


@pytest.fixture
def unmeasured_once(trained_once, tmp_path):
    return without_measurements(trained_once, tmp_path / "small")


def test_a_study_of_which_nothing_is_missing_says_nothing(trained_once):
    assert trained_once.not_measured == ()
    assert "Not measured" not in view_of_study(trained_once).protocol
    assert "not_measured" not in trained_once.tree


@pytest.fixture
def without(replace):
    """A study of which something cannot be measured, and the names of what is missing."""

    def make(what):
        for name, function in MEASURES.items():
            if what in (name, "everything"):
                replace(function, failing(ValueError(f"no {name} today")))
        return set(MEASURES) - {"loss on the plane"} if what == "everything" else {what}

    return make


@pytest.mark.slow
@pytest.mark.parametrize("what", ["everything", "loss on the plane"])
def test_a_study_goes_on_without_what_cannot_be_measured(unmeasured, without, replace, what):
    kinds = without(what)
    study = execute(prepare(SPEC, unmeasured, None, "cpu"), progress=False)
    assert {each.what for each in study.not_measured} == kinds
    assert all(each.reason == f"no {each.what} today" for each in study.not_measured)
    tree = study.tree
    assert bool(np.isnan(tree["curvature"]["eigenvalue"]).all()) == ("top eigenvalue" in kinds)
    assert bool(np.isfinite(tree["curvature"]["loss"]).all())
    assert bool(np.isnan(tree["end"]["trace"]).all()) == ("Hessian trace" in kinds)
    assert bool(np.isnan(tree["end"]["adaptive_sharpness"]).all()) == ("adaptive sharpness" in kinds)
    assert ("spectra" in tree) == ("spectral density" not in kinds)
    assert ("planes" in tree) == ("plane of the trajectories" not in kinds)
    view = view_of_study(study)
    assert "Not measured: " in view.protocol
    assert "not converged" not in view.runs[0].sharpness.label
    specs = figures_of(study, study.analysis)
    for table in study_tables(study, study.analysis) if "top eigenvalue" in kinds else ():
        assert (
            "Not measured: top eigenvalue, 12 times (no top eigenvalue today); Hessian trace, 4 times" in table.caption
        )
    if what == "loss on the plane":
        (plane,) = (spec for spec in specs if spec.figure.name == "plane_seed0")
        assert plane.figure.caption.endswith("Not measured: loss on the plane (no loss on the plane today).")
    if what == "everything":
        assert study.analysis.conclusion == (
            "The flatness of ZENITH and cosine is not compared: no measure of it has values of both on any seed.",
            "The test accuracy of ZENITH is not shown to differ from that of cosine, for 2 seeds can show no "
            "difference, however large.",
            "No rank correlation of sharpness with test error is defined: 0 methods with values of both, and it takes "
            "two of "
            "different ranks.",
        )
        drawn = {"curves", "traces", "paired_test_accuracy", "metric_against_cost"}
        assert {spec.figure.name for spec in specs} == drawn
        titles = undrawn(study, [spec.figure for spec in specs])
        assert len(titles) == 9

    # The same command tries again, and forgets what is there by now; what was whole is left alone.
    kept = {path: path.stat().st_mtime_ns for path in unmeasured.glob("runs/*/run.json")}
    replace.undo()
    assert execute(prepare(SPEC, unmeasured, None, "cpu"), progress=False).not_measured == ()
    assert {path: path.stat().st_mtime_ns for path in unmeasured.glob("runs/*/run.json")} == kept


@pytest.mark.slow
@pytest.mark.parametrize("what", ["everything", "loss on the plane"])
def test_the_report_names_what_could_not_be_measured(unmeasured, without, what):
    without(what)
    with pytest.warns(RuntimeWarning, match="could not be made"):
        study = run_study(SPEC, unmeasured, device="cpu", progress=False)
    words, page = ((unmeasured / f"report.{form}").read_text() for form in ("md", "html"))
    assert "## Not measured" in words
    for number, each in enumerate(study.not_measured):
        assert (str(each) in words) == (number < MOST_POINTS)
        assert html.escape(str(each)) in page
    assert "left out of every comparison" in " ".join(study.analysis.notes)
    json.dumps(study.analysis.as_dict())


@pytest.fixture(scope="module")
def diverged(tmp_path_factory):
    """All runs of one method, or all of both, burst at the first step."""
    made = {}

    def make(*methods):
        if methods not in made:
            spec = dataclasses.replace(SPEC, settings={name: {"lr": 1e30} for name in methods})
            made[methods] = execute(prepare(spec, tmp_path_factory.mktemp("burst") / "s", None, "cpu"), progress=False)
        return made[methods]

    return make


@pytest.mark.parametrize("lost", [pytest.param(("zenith",), marks=pytest.mark.slow), ("zenith", "cosine")], ids=str)
def test_nothing_is_concluded_of_runs_that_diverged(diverged, lost):
    study = diverged(*lost)
    assert study.not_measured == ()
    flat, performance, correlation = study.analysis.conclusion
    assert flat == "The flatness of ZENITH and cosine is not compared: no measure of it has values of both on any seed."
    assert performance == "The test accuracy of ZENITH is not compared with that of cosine, for no seed has both."
    assert correlation.startswith("No rank correlation of sharpness with test error is defined")
    assert any("Nothing is left to compare in it." in note for note in study.analysis.notes)
    for comparisons in study.analysis.family.values():
        assert set(comparisons.values()) == {1.0}


@pytest.mark.slow
@pytest.mark.parametrize("what", ["everything", "loss on the plane", "both"])
def test_what_is_missing_stops_no_picture(unmeasured, without, diverged, tmp_path, what):
    """Warnings, which are errors here, of empty axes and means of nothing included."""
    if what == "both":
        folder = diverged("zenith", "cosine").path
    else:
        without(what)
        execute(prepare(SPEC, unmeasured, None, "cpu"), progress=False)
        folder = unmeasured
    study = Study.open(folder)
    drawing.redraw_all([folder])
    drawing.draw_for([folder], drawing.FigureOptions("icml", formats=("png",)), tmp_path / "icml")
    drawing.draw_paper([folder], None, drawing.FigureOptions(formats=("png",)), tmp_path / "paper")
    page = tmp_path / "page.md"
    page.write_text(f"{gallery_page.BEGIN}\n{gallery_page.END}\n")
    drawing.write_page(page, [folder])
    words, explorer = (folder / "report.md").read_text(), write_explorer(study, tmp_path / "explorer.html").read_text()
    repr(study.analysis), study.analysis._repr_html_()
    shutil.copytree(folder, tmp_path / "running", ignore=shutil.ignore_patterns("study.nc"))
    StudyReader(tmp_path / "running").read()
    assert "Not drawn, since" in words or what == "loss on the plane"
    # Nowhere in words or tables; the recorded settings are JSON, which has no NaN.
    assert not re.search(r"\bnan\b", words)
    for each in study.not_measured[:1]:
        assert each.reason in explorer
        assert each.reason in page.read_text() or "sharpness_against_loss" not in page.read_text()


def test_a_study_goes_on_without_one_value_of_one_run(unmeasured_once, trained_once, replace):
    """All the others are the same as without."""
    calls = []

    def once(*arguments, **keywords):
        calls.append(None)
        if len(calls) == 2:
            raise ValueError("The operator is not symmetric")
        return top_eigenpairs(*arguments, **keywords)

    replace("top_eigenpairs", once)
    study = execute(prepare(ONE_SEED, unmeasured_once, None, "cpu"), progress=False)
    (missing,) = study.not_measured
    here, there = study.tree["curvature"]["eigenvalue"], trained_once.tree["curvature"]["eigenvalue"]
    assert np.isnan(here).sum() == 1
    assert np.isnan(here.sel({"optimizer": missing.optimizer, "seed": missing.seed, "step": missing.step, "k": 1}))
    assert bool(((here == there) | np.isnan(here)).all())


@pytest.mark.slow
def test_a_loss_that_is_not_finite_and_one_that_raises_are_missing(unmeasured, replace):
    seen = []

    class Failing(Objective):
        def evaluate(self, *arguments):
            weights = sum(float(p.double().sum()) for p in self.parameters.values())
            if weights in seen:
                return super().evaluate(*arguments)
            seen.append(weights)  # the first are the initial ones
            if len(seen) == 2:
                raise ValueError("no metric of these")
            return super().evaluate(*arguments) | ({"loss": np.inf} if len(seen) == 3 else {})

    replace("Objective", Failing)
    study = execute(prepare(SPEC, unmeasured, None, "cpu"), progress=False)
    assert {(each.what, each.reason) for each in study.not_measured} == {
        ("loss and metric", "no metric of these"),
        ("top eigenvalue", "the loss is inf"),
    }
    assert np.isnan(study.tree["curvature"]["loss"]).sum() == 1


def test_errors_of_the_program_end_a_study(unmeasured_once, replace):
    replace("top_eigenpairs", failing(TypeError("got an unexpected keyword")))
    with pytest.raises(TypeError, match="unexpected keyword"):
        execute(prepare(ONE_SEED, unmeasured_once, None, "cpu"), progress=False)


@pytest.mark.slow
def test_the_command_says_what_is_missing_and_fails(unmeasured, replace, capsys):
    replace("hessian_trace", failing(MemoryError()))
    replace("write_report", lambda study, engine: study.path / "report.html", "landscape.study")
    spec = unmeasured / "study.toml"
    with pytest.raises(SystemExit) as ended:
        cli.main(["study", str(spec), "--out", str(unmeasured), "--device", "cpu", "--workers", "1", "--quiet"])
    assert ended.value.code == 1
    printed = capsys.readouterr()
    assert (
        "4 measurements could not be made, the first: Hessian trace of zenith seed 0: not measured: out of memory"
        in printed.err
    )
    assert "report" in printed.out


def test_a_run_that_cannot_be_trained_is_named_and_the_others_are(tmp_path, replace, capsys):
    """The study goes on, one sentence at the end says so, and the same command tries that run again."""
    replace("write_report", lambda study, engine: study.path / "report.html", "landscape.study")
    usual, tried = zenith.train, []

    def train(task, method, seed, **options):
        tried.append((method, seed))
        if tried == [("zenith", 0)]:
            raise ValueError("no step size is small enough")
        return usual(task, method, seed, **options)

    replace("train", train, "zenith")
    (tmp_path / "small.toml").write_text(tomli_w.dumps(SPEC.as_dict()))
    command = [
        "study",
        str(tmp_path / "small.toml"),
        "--out",
        str(tmp_path / "s"),
        "--device",
        "cpu",
        "--workers",
        "1",
        "--quiet",
    ]
    with pytest.raises(SystemExit) as ended:
        cli.main(command)
    assert ended.value.code == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "landscape: 1 run failed: zenith seed 0 failed: no step size is small enough; the report says which, the same "
        "command tries only these again"
    )
    assert len(list(tmp_path.glob("s/runs/*/run.json"))) == 3
    replace("top_eigenpairs", failing(RuntimeError("stop here")))
    with pytest.raises(SystemExit):
        cli.main(command)
    assert tried[4:] == [("zenith", 0)]


def test_a_study_made_before_there_was_a_list_is_read():
    assert Study.open("figures/mnist").not_measured == ()


@pytest.mark.slow
def test_a_study_whose_runs_interpolate_has_a_report(tmp_path):
    """SOAP fits digits to a loss of 1e-9, where float32 holds no curvature."""
    spec = dataclasses.replace(
        SPEC,
        name="interpolates",
        methods=("zenith", "soap"),
        seeds=(0,),
        epochs=30,
        batch_size=64,
        checkpoints=3,
        measure=dataclasses.replace(SPEC.measure, samples=0),
    )
    study = execute(prepare(spec, tmp_path / "study", None, "cpu"), progress=False)
    assert (write_report(study).parent / "report.md").is_file()
    loss = study.tree["curvature"]["loss"].isel(step=-1)
    assert float(loss.min()) < 1e-6
    values = study.tree["curvature"]["eigenvalue"].isel(k=0)
    lacking = {(each.optimizer, each.step) for each in study.not_measured if each.what == "top eigenvalue"}
    for method in spec.methods:
        for step in values["step"].values:
            assert np.isnan(values.sel({"optimizer": method, "step": step})).item() == ((method, step) in lacking)
