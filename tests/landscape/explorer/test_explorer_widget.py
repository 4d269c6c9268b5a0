"""The widget as the page meets it: what a click asks for is done, told, and equal to what the library gives."""

from __future__ import annotations

import shutil
import sys
import threading
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from explorer_page import SPEC, Page, same, tiny_study, unpacked

import landscape as ls
from landscape.explorer.background_measurement import MeasurementOptions
from landscape.plot import styled
from landscape.study.explore import StudyReader, explore, view_of_study, write_explorer
from landscape.study.measure import objective_of
from zenith import tasks
from zenith.training.train import train

pytest.importorskip("anywidget", reason="the widget needs the extra 'notebook'")

DIGITS = Path(__file__).parents[3] / "figures" / "digits"


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> ls.Study:
    return tiny_study(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def objective() -> ls.Objective:
    task = tasks.get("digits")
    return objective_of(task, task.load(None).train, SPEC.measure.samples, "cpu")


@pytest.fixture
def open_page():
    """Open an explorer on a page; both are closed afterwards."""
    opened = []

    def build(*args, **kwargs):
        widget = explore(*args, **kwargs)
        opened.append(widget)
        return widget, Page(widget)

    yield build
    for widget in opened:
        widget.close()


def click(widget, **message) -> None:
    """A message of the page, to the end of what it starts."""
    widget._handle_custom_msg(message, [])
    widget.wait()


def statuses(widget) -> list[dict]:
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), "status")
    return seen


def test_a_study_its_path_and_its_name_open_alike(study, open_page):
    pages = [open_page(what)[1] for what in (study, study.path, str(study.path))]
    assert all(same(pages[0].shows, page.shows) for page in pages)
    shows = pages[0].shows
    assert shows["can"] == {"measure": True, "export": True}
    assert [method["label"] for method in shows["methods"]] == ["ZENITH", "cosine"]
    assert {len(run["series"]["loss"]) for run in shows["runs"]} == {6}
    assert "Lanczos to a residual of 0.001" in shows["protocol"]


def test_it_begins_at_the_end_and_many_runs_with_one_seed(study, open_page):
    widget, _ = open_page(study)
    assert (widget.step, widget.plane, widget.view, widget.hidden_seeds) == (6, "seed0", "contour", [])
    many, page = open_page(DIGITS)
    assert (many.step, many.hidden_seeds) == (1800, [1, 2, 3, 4, 5, 6, 7])
    assert page.shows["can"]["measure"] is False  # its weights are not kept beside it


def test_a_click_measures_the_eigenvalue_as_the_study_does(study, objective, open_page):
    widget, page = open_page(study)
    run = page.shows["runs"][0]
    seen = statuses(widget)
    click(widget, type="measure", run=run["id"], checkpoint=2, what="eigenvalue")
    (told,) = page.of("measured")
    step = int(run["checkpoints"]["step"][2])
    here = objective.at(study.read_checkpoint(run["id"], step))
    with ls.HessianOperator(here, route="rewritten") as hessian:
        pairs = ls.top_eigenpairs(hessian, tol=1e-3, max_products=60, seed=0)
    assert (told["value"], told["error"]) == (pairs.values[0], pairs.residuals[0])
    assert told["converged"] is True
    assert (told["run"], told["checkpoint"], told["what"]) == (run["id"], 2, "eigenvalue")
    assert told["value"] == run["sharpness"]["value"][2]  # what the study stored
    assert f"{pairs.products} products (100 samples)" in told["text"]
    assert seen[-1]["kind"] == "done"
    assert {status["kind"] for status in seen[:-1]} == {"measuring"}
    assert sum("Hessian-vector products" in status["text"] for status in seen) == pairs.products
    assert widget.measurements[0].result.protocol["products"] == pairs.products


def test_what_does_not_converge_is_told_as_such(study, objective):
    from landscape.explorer.widget import Explorer

    widget = Explorer(
        view_of_study(study),
        at=lambda run, step: objective.at(study.read_checkpoint(run, step)),
        options=lambda run: MeasurementOptions(max_products=2),
    )
    page = Page(widget)
    run = page.shows["runs"][0]
    click(widget, type="measure", run=run["id"], checkpoint=0, what="eigenvalue")
    (told,) = page.of("measured")
    assert told["converged"] is False
    assert "NOT converged" in told["text"]


def test_a_click_measures_the_slice(study, objective, open_page):
    widget, page = open_page(study)
    run = page.shows["runs"][3]
    seen = statuses(widget)
    click(widget, type="measure", run=run["id"], checkpoint=3, what="slice")
    (told,) = page.of("measured")
    here = objective.at(study.read_checkpoint(run["id"], int(run["checkpoints"]["step"][3])))
    line = ls.line(here, ls.random_direction(here, seed=0, normalization="filter"), np.linspace(-1, 1, 5))
    np.testing.assert_array_equal(told["slice"]["alpha"], line["alpha"].values)
    np.testing.assert_allclose(told["slice"]["loss"], line["loss"].values, rtol=1e-5)
    assert told["value"] == pytest.approx(here.value(), rel=1e-6)
    assert told["converged"] is None
    fractions = [status["fraction"] for status in seen if status["fraction"] is not None]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_one_measurement_at_a_time_and_it_can_be_cancelled(open_page, make_case, cross_entropy):
    case, slow = make_case("mlp"), threading.Event()
    begun, go_on = threading.Event(), threading.Event()

    def loss(model, batch):
        if slow.is_set():
            begun.set()
            assert go_on.wait(60)
        return cross_entropy(model, batch)

    objective = ls.Objective(case.model, data=case.data, loss=loss)
    widget, page = open_page([_run(case.model)], objective=objective, points=3)
    ask = {"type": "measure", "run": page.shows["runs"][0]["id"], "checkpoint": 0, "what": "slice"}
    slow.set()
    widget._handle_custom_msg(ask, [])
    assert begun.wait(60)
    seen = statuses(widget)
    widget._handle_custom_msg(ask, [])
    assert any("another measurement is under way" in status["text"] for status in seen)
    widget._handle_custom_msg({"type": "cancel"}, [])
    go_on.set()
    widget.wait()
    assert widget.status == {"kind": "idle", "text": "cancelled", "fraction": None}
    assert not page.of("measured")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"type": "measure", "run": "nobody", "checkpoint": 0, "what": "eigenvalue"}, "there is no run 'nobody'"),
        ({"type": "measure", "run": 0, "checkpoint": 99, "what": "eigenvalue"}, "4 checkpoints, none at place 99"),
        ({"type": "measure", "run": 0, "checkpoint": "a", "what": "eigenvalue"}, "none at place 'a'"),
        ({"type": "measure", "run": 0, "checkpoint": 0, "what": "everything"}, "'everything' cannot be measured"),
        ({"type": "export", "format": "gif"}, "cannot export 'gif': choose one of pdf, svg, png, py"),
        ({"type": "dance"}, "asked for 'dance'"),
        ("text", "asked for None"),
    ],
)
def test_what_a_page_must_not_ask_is_an_error_in_the_page(study, open_page, message, words):
    widget, page = open_page(study)
    if isinstance(message, dict) and message.get("run") == 0:
        message = message | {"run": page.shows["runs"][0]["id"]}
    widget._handle_custom_msg(message, [])
    widget.wait()
    assert widget.status["kind"] == "error"
    assert words in widget.status["text"]
    assert not page.messages


def test_weights_that_are_gone_are_an_error_in_the_page(study, open_page, tmp_path):
    shutil.copytree(study.path, tmp_path / "copy")
    widget, page = open_page(tmp_path / "copy")
    run = page.shows["runs"][0]["id"]
    shutil.rmtree(tmp_path / "copy" / "runs" / run / "checkpoints")
    click(widget, type="measure", run=run, checkpoint=0, what="eigenvalue")
    assert widget.status["kind"] == "error"
    assert "is missing: run the same landscape study command again" in widget.status["text"]


def test_weights_that_are_not_finite_are_an_error_in_the_page(open_page, make_case):
    case = make_case("mlp")
    run = _run(case.model)
    for tensor in run.checkpoints[1].values():
        tensor.fill_(float("nan"))
    widget, page = open_page({"sgd": run}, objective=case.objective(), points=3)
    click(widget, type="measure", run=page.shows["runs"][0]["id"], checkpoint=1, what="eigenvalue")
    assert "not finite" in widget.status["text"]
    assert np.isnan(page.shows["runs"][0]["checkpoints"]["loss"][1])


# Exports
# ------------------------------------------------------------------------------------------------------------------


def picture(figure) -> bytes:
    """What a figure looks like, at the size of a thumbnail."""
    return small(figure, dpi=40)


@styled
def small(figure, dpi: int) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def test_the_page_gets_a_file_of_each_form(study, open_page):
    widget, page = open_page(study)
    widget.step = 3
    for form, begins in {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}.items():
        click(widget, type="export", format=form)
        message, buffers = page.messages[-1]
        assert (message["format"], message["name"]) == (form, f"explorer-step3.{form}")
        assert buffers[0].startswith(begins)
    assert len(page.messages) == 3


@pytest.mark.parametrize(
    "state",
    [
        {"hidden_methods": ["cosine"], "step": 3, "selection": [1, 4]},
        {"hidden_seeds": [0]},
        {"hidden_runs": ["@"], "step": 4},
        {"view": "surface", "step": 2},
    ],
    ids=["one method, early, a span", "another seed", "one run", "surface"],
)
def test_the_code_draws_exactly_the_figure(study, open_page, state):
    widget, page = open_page(study)
    for name, value in state.items():
        setattr(widget, name, [widget.content.runs[0].id] if value == ["@"] else value)
    click(widget, type="export", format="py")
    (message,) = page.of("export")
    names: dict = {}
    exec(compile(message["text"], "exported.py", "exec"), names)  # opens the study anew
    assert picture(names["figure"]) == picture(widget.figure())
    assert message["text"] == widget.code()


def test_the_figure_shows_what_is_shown(study, open_page):
    widget, _ = open_page(study)
    marks = study.tree["planes/seed0/trajectories"].to_dataset()
    widget.hidden_methods, widget.step, widget.selection = ["cosine"], 3, [1, 2]
    figure = widget.figure()
    plane, *traces = figure.axes
    steps = marks["steps_taken"].values[marks["optimizer"].values == "zenith"]
    longest = max((line.get_xydata() for line in plane.lines), key=len)
    expected = np.stack(
        [marks[name].values[marks["optimizer"].values == "zenith"][steps <= 3] for name in ("alpha", "beta")]
    )
    np.testing.assert_array_equal(longest, expected.T)
    labels = [text.get_text() for text in plane.get_legend().get_texts()]
    assert "zenith" in labels
    assert "cosine" not in labels
    panels = [ax for ax in traces if ax.get_xlabel() == "step"]
    assert len(panels) == 6  # loss, gradient norm, learning rate, mu, Z, sharpness
    assert all(ax.lines[-1].get_xdata()[0] == 3 for ax in panels)
    widget.hidden_methods = ["cosine", "zenith"]
    assert [ax.get_xlabel() for ax in widget.figure().axes if ax.get_xlabel()] == [
        plane.get_xlabel()
    ]  # the plane alone


def test_the_figure_leaves_out_a_run_that_is_hidden_alone(study, open_page):
    widget, _ = open_page(study)
    first, *others = widget.content.runs
    assert any(run.method == first.method for run in others)
    before = [len(ax.lines) for ax in widget.figure().axes]
    widget.hidden_runs = [first.id]
    assert widget.shown.runs(widget.content) == others
    assert first.id in {run.id for run in widget.content.runs}
    assert f"hidden = [({first.method!r}, {first.seed})]" in widget.code()
    assert [len(ax.lines) for ax in widget.figure().axes] != before


def test_files_are_named_by_what_they_are(study, open_page, tmp_path):
    widget, _ = open_page(study)
    widget.hidden_methods = ["zenith", "cosine"]
    assert widget.export_figure(tmp_path / "new" / "a.PDF").read_bytes().startswith(b"%PDF")
    assert widget.export_figure(tmp_path / "a.py").read_text() == widget.code()
    with pytest.raises(
        ValueError, match=r"a\.gif' does not say what to write: end it in one of \.pdf, \.svg, \.png, \.py"
    ):
        widget.export_figure(tmp_path / "a.gif")
    assert 'id="explorer-data"' in widget.save_html(tmp_path / "a.html").read_text()
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]


# What is in memory
# --------------------------------------------------------------------------------------------------------


def _run(model, steps=(0, 1, 2), seed=0):
    """A run of a real model, without its training."""
    from types import SimpleNamespace

    generator = torch.Generator().manual_seed(seed)
    state = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    checkpoints = {}
    for step in steps:
        checkpoints[step] = {name: tensor.clone() for name, tensor in state.items()}
        state = {
            name: t + 0.3 * torch.randn(t.shape, generator=generator, dtype=t.dtype) if t.is_floating_point() else t
            for name, t in state.items()
        }
    rows = {name: [1.0 / (i + 1) for i in range(max(steps))] for name in ("loss", "gradient_norm", "lr")}
    trace = SimpleNamespace(steps=rows)
    return SimpleNamespace(method="sgd", seed=seed, trace=trace, checkpoints=checkpoints, status="finished")


def test_runs_get_a_plane_a_seed_with_losses_that_are_the_objectives(open_page, make_case):
    case = make_case("mlp")
    loss = case.objective()
    runs = [_run(case.model), _run(case.model, seed=1)]
    widget, page = open_page(runs, objective=loss, points=4, title="mine")
    assert page.shows["title"] == "mine"
    assert [plane["id"] for plane in page.shows["planes"]] == ["seed0", "seed1"]
    for run, view in zip(runs, page.shows["runs"], strict=True):
        true = [loss.at(state).value() for state in run.checkpoints.values()]
        np.testing.assert_allclose(view["checkpoints"]["loss"], true, rtol=1e-12)
        own = f"seed{run.seed}"
        trajectory = ls.project(list(run.checkpoints.values()), origin="first", names=loss.parameters)
        np.testing.assert_allclose(view["checkpoints"]["x"][own], trajectory.coordinates[:, 0], atol=1e-9)
        np.testing.assert_allclose(view["checkpoints"]["off_plane"][own], trajectory.off_plane, atol=1e-9)
    plane = page.shows["planes"][0]
    surface = ls.plane(
        loss.at(ls.project(list(runs[0].checkpoints.values()), origin="first", names=loss.parameters).origin),
        ls.project(list(runs[0].checkpoints.values()), origin="first", names=loss.parameters).directions,
        plane["alpha"],
        plane["beta"],
    )
    np.testing.assert_allclose(plane["loss"].reshape(4, 4), surface["loss"].values.T, rtol=1e-9)
    names: dict = {"explorer": widget}
    exec(widget.code(), names)
    assert picture(names["figure"]) == picture(widget.figure())


def test_runs_are_taken_by_their_name_as_well(open_page, make_case):
    case = make_case("mlp")
    runs = {"mine": _run(case.model), "other": _run(case.model, seed=1)}
    _, page = open_page(runs=runs, objective=case.objective(), points=3)
    _, same_page = open_page(runs, objective=case.objective(), points=3)
    assert [run["id"] for run in page.shows["runs"]] == [run["id"] for run in same_page.shows["runs"]]
    assert len(page.shows["runs"]) == 2


def test_runs_without_an_objective_show_their_paths_and_say_what_is_missing(open_page, make_case):
    widget, page = open_page(_run(make_case("mlp").model))
    (plane,) = page.shows["planes"]
    assert np.isnan(plane["loss"]).all()
    assert "pass objective= to explore()" in plane["notes"][-1]
    assert np.isfinite(page.shows["runs"][0]["checkpoints"]["x"]["seed0"]).all()
    assert page.shows["runs"][0]["checkpoints"]["loss"] is None
    assert page.shows["can"]["measure"] is False
    assert widget.figure().axes


def test_a_plane_with_its_trajectory_runs_and_losses(open_page, make_case):
    case = make_case("convnet")
    loss = case.objective()
    run = _run(case.model)
    states = {"mine": list(run.checkpoints.values())}
    trajectory = ls.project(states, names=loss.parameters)
    plane = ls.plane(loss.at(trajectory.origin), trajectory.directions, np.linspace(-2, 2, 5))
    losses = ls.trajectory.checkpoint_losses(loss, trajectory, states)
    widget, page = open_page(plane, trajectory=trajectory, runs={"mine": run}, losses=losses, objective=loss)
    (view,) = page.shows["runs"]
    np.testing.assert_array_equal(view["checkpoints"]["x"]["plane"], trajectory.coordinates[:, 0])
    np.testing.assert_array_equal(view["checkpoints"]["loss"], losses["mine"]["loss"].values)
    np.testing.assert_array_equal(page.shows["planes"][0]["loss"].reshape(5, 5), plane["loss"].values.T)
    assert page.shows["planes"][0]["orthonormal"] is True
    click(widget, type="measure", run=view["id"], checkpoint=2, what="eigenvalue")
    (told,) = page.of("measured")
    pairs = ls.top_eigenpairs(loss.at(run.checkpoints[2]))
    assert told["value"] == pytest.approx(pairs.values[0], rel=1e-3)
    assert open_page(plane)[1].shows["runs"] == []
    assert open_page(plane, trajectory=trajectory)[0].measurements == []


def test_a_real_run_is_a_run(open_page):
    run = train("digits", "zenith", epochs=1, batch_size=512, checkpoints=2)
    page = open_page(run)[1]
    np.testing.assert_array_equal(page.shows["runs"][0]["series"]["loss"], run.trace.step_array("loss"))
    assert page.shows["runs"][0]["checkpoints"]["step"].tolist() == sorted(run.checkpoints)


def test_bad_input_is_one_sentence(study, make_case, tmp_path):
    case = make_case("mlp")
    loss = case.objective()
    run = _run(case.model)
    trajectory = ls.project({"a": list(run.checkpoints.values())}, names=loss.parameters)
    plane = ls.plane(loss, trajectory.directions, [0.0, 1.0])
    for call, error, words in (
        (lambda: explore(tmp_path / "nowhere"), FileNotFoundError, "no study in"),
        (lambda: explore(3), ValueError, "there is nothing to explore in a int: give a study"),
        (lambda: explore({}), ValueError, "nothing to explore in a dict"),
        (lambda: explore({"a": 1}), ValueError, "'a' is a int, no training run: give what zenith.train returns"),
        (lambda: explore(study, objective=loss), ValueError, "objective= does not go with a study: leave it out"),
        (lambda: explore(plane, follow=True), ValueError, "follow= does not go with what is in memory"),
        (lambda: explore(run, trajectory=trajectory), ValueError, "trajectory= does not go with runs"),
        (lambda: explore(run, points=1), ValueError, "points is 1"),
        (lambda: explore(plane, runs={"a": run}), ValueError, "runs is given without trajectory="),
        (lambda: explore(plane, trajectory=trajectory, runs={"b": run}), ValueError, "runs has 'b', which is not on"),
        (
            lambda: explore(plane, trajectory=trajectory, losses={"a": [1.0]}),
            ValueError,
            r"losses\['a'\] has shape \(1,\)",
        ),
        (lambda: explore(plane[["finite"]]), ValueError, "no 'loss' over"),
        (lambda: explore(run).measure("sgd-seed0", 0), ValueError, "nothing can be measured here"),
        (lambda: explore(run, objective=loss).measure("sgd-seed0", 7), ValueError, "has no weights of step 7"),
        (lambda: explore(run, objective=loss).measure("adam", 0), ValueError, "there is no run 'adam'"),
        (lambda: explore(run).follow(), ValueError, "there is no study to follow"),
        (lambda: explore(study).follow("zenith"), ValueError, "followed as a whole"),
    ):
        with pytest.raises(error, match=words):
            call()


def test_without_anywidget_it_says_what_to_install_and_the_page_is_written(study, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    # internal: Python keeps what was imported, so that the widget's own import of anywidget has to be made again.
    monkeypatch.delitem(sys.modules, "landscape.explorer.widget", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"needs anywidget: pip install 'zenith-landscape\[notebook\]'"):
        explore(study)
    assert write_explorer(study, tmp_path / "page.html").stat().st_size > 10_000


def test_the_notebook_is_given_a_widget_and_words(study, open_page):
    widget, page = open_page(study)
    bundle = widget._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert same(unpacked(widget.payload["header"], widget.payload["buffers"]), page.shows)
    assert StudyReader(study.path).read()[1] is True
