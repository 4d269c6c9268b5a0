"""The explorer follows: what a page was sent piece by piece is what it would have been sent at once."""

from __future__ import annotations

import shutil
import threading
import warnings

import numpy as np
import pytest
import torch
from explorer_page import SPEC, Page, same, tiny_study, unpacked
from torch import nn

import landscape as ls
from landscape.study import Study, execute, prepare
from landscape.study.explore import StudyReader, explore
from zenith.tasks import Data, Metric, Split, Task
from zenith.training.train import train

pytest.importorskip("anywidget", reason="the widget needs the extra 'notebook'")
BUDGET = {"epochs": 3, "batch_size": 8, "window": 3, "checkpoints": 4}


@pytest.fixture
def task() -> Task:
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(60, 4, generator=generator)
    y = (x @ torch.randn(4, 3, generator=generator)).argmax(1)
    data = Data(Split((x[:40], y[:40])), Split((x[40:], y[40:])), "toy", "a linear rule")

    def loss(model, batch):
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    def accuracy(model, batch):
        return (model(batch[0]).argmax(1) == batch[1]).float().mean()

    return Task(
        "toy",
        lambda: nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3)),
        data=lambda _: data,
        loss=loss,
        metric=Metric("accuracy", "accuracy", "", True, accuracy),
    )


@pytest.fixture
def objective(task) -> ls.Objective:
    x, y = task.load(None).train.fields
    return ls.Objective(task.model(), nn.CrossEntropyLoss(), (x, y))


def comparable(shows: dict) -> dict:
    """What is shown, whenever it came: the order of the runs is that of arrival."""
    return shows | {"version": 0, "runs": sorted(shows["runs"], key=lambda run: run["id"])}


def trait(widget) -> dict:
    return unpacked(widget.payload["header"], widget.payload["buffers"])


@pytest.mark.usefixtures("hasty_clock")
def test_a_page_that_followed_training_shows_what_one_opened_afterwards_shows(task, objective):
    widget = explore(objective=objective, points=3)
    page = Page(widget)
    runs = []
    for method in ("zenith", "cosine"):
        runs.append(train(task, method, 0, **BUDGET, on_progress=widget.follow(method)))
        assert not widget.following
    patches = page.of("patch")
    assert len(patches) > 2 * runs[0].total_steps  # one a step, and one at the end
    assert (
        max(
            len(run["append"]["series"]["loss"])
            for p in patches
            for run in p["patch"].get("runs", ())
            if "series" in run.get("append", {})
        )
        == 1
    )
    assert same(page.shows, trait(widget))
    afterwards = explore(runs, objective=objective, points=3)
    assert same(comparable(page.shows), comparable(trait(afterwards)))
    for run, shown in zip(runs, page.shows["runs"], strict=True):
        for name in ("loss", "gradient_norm", "lr", "mean_gradient_norm", "zenith"):
            np.testing.assert_array_equal(shown["series"][name], run.trace.step_array(name))
        assert shown["status"] == "finished"
    assert widget.step == runs[0].total_steps


def test_patches_are_few_where_steps_are_many(task):
    widget = explore()
    page = Page(widget)
    recorder = widget.follow("sgd")
    for step in range(3000):
        recorder.record(loss=1.0 / (step + 1), lr=0.1)
    recorder.close()
    assert len(page.of("patch")) < 1500
    shown = page.shows["runs"][0]
    np.testing.assert_array_equal(shown["series"]["loss"], 1.0 / np.arange(1, 3001))
    assert np.isnan(shown["series"]["gradient_norm"]).all()
    assert shown["status"] == "finished"


@pytest.mark.usefixtures("hasty_clock")
def test_a_loop_of_ones_own_is_followed_with_its_checkpoints(objective):
    widget = explore(objective=objective, points=3)
    page = Page(widget)
    recorder = widget.follow("mine", seed=4)
    state = {name: p.clone() for name, p in objective.parameters.items()}
    kept = []
    for step in range(6):
        for tensor in state.values():
            tensor.mul_(0.9)  # in place, as an optimizer does
        kept.append({name: p.clone() for name, p in state.items()})
        recorder.record(loss=float(step), state=state if step % 2 else None)
    assert page.shows["runs"][0]["checkpoints"]["step"].tolist() == [2, 4, 6]
    assert page.shows["planes"] == []
    recorder.close()
    marks = page.shows["runs"][0]["checkpoints"]
    np.testing.assert_allclose(marks["loss"], [objective.at(kept[i]).value() for i in (1, 3, 5)])
    assert np.isfinite(marks["x"]["seed4"]).all()
    assert page.shows["runs"][0]["seed"] == 4


@pytest.mark.usefixtures("hasty_clock")
def test_new_checkpoints_are_placed_on_a_plane_that_was_there_before(task, objective):
    first = train(task, "cosine", 0, **BUDGET)
    trajectory = ls.project({"cosine": list(first.checkpoints.values())}, names=objective.parameters)
    plane = ls.plane(objective.at(trajectory.origin), trajectory.directions, [-1.0, 0.0, 1.0])
    widget = explore(plane, trajectory=trajectory, runs={"cosine": first}, objective=objective)
    page = Page(widget)
    run = train(task, "zenith", 0, **BUDGET, on_progress=widget.follow("zenith"))
    (shown,) = (each for each in page.shows["runs"] if each["method"] == "zenith")
    true = ls.project(
        list(run.checkpoints.values()),
        origin=trajectory.origin,
        directions=trajectory.directions,
        names=list(objective.parameters),
    )
    np.testing.assert_allclose(shown["checkpoints"]["x"]["plane"], true.coordinates[:, 0], atol=1e-6)
    np.testing.assert_allclose(shown["checkpoints"]["off_plane"]["plane"], true.off_plane, atol=1e-6)


def test_a_run_that_diverges_is_followed_to_where_it_did(task, objective):
    widget = explore(objective=objective, points=3)
    page = Page(widget)
    run = train(task, "constant", 0, **BUDGET | {"settings": {"lr": 1e20}}, on_progress=widget.follow("constant"))
    assert run.status == "diverged"
    assert page.shows["runs"][0]["status"] == "diverged"
    assert not widget.following


def test_drawing_never_ends_a_training(task):
    widget = explore()

    def broken(*_, **__):
        raise OSError("the page is gone")

    widget.send = broken
    with pytest.warns(RuntimeWarning, match="stopped following zenith: the page is gone"):
        run = train(task, "zenith", 0, **BUDGET, on_progress=widget.follow("zenith"))
    assert run.status == "finished"


@pytest.mark.usefixtures("hasty_clock")
def test_a_page_that_opens_late_reads_the_trait(task):
    widget = explore()
    late = []

    def record(trace, checkpoints, status, recorder=widget.follow("zenith")):  # noqa: B008
        recorder(trace, checkpoints, status)
        if len(trace.steps["loss"]) == 7 and not late:
            late.append(Page(widget))

    train(task, "zenith", 0, **BUDGET, on_progress=record)
    assert same(late[0].shows, trait(widget))


# Studies
# ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Study:
    return tiny_study(tmp_path_factory.getbasetemp())


def ends(threads: list[threading.Thread]) -> None:
    """Wait for what was started since there were these threads."""
    for thread in set(threading.enumerate()) - set(threads):
        if thread.name.startswith("Thread-"):
            thread.join(120)
            assert not thread.is_alive()


def in_order(study: Study) -> list:
    """The files of a study as a run of it writes them: each run whole, measures, planes, everything together."""
    names = [study.path / "study.toml", study.path / "study.json"]
    for kind in ("runs", "measures", "planes"):
        names += sorted(path for path in (study.path / kind).iterdir() if not path.name.startswith("."))
    return [*names, study.path / "study.nc"]


def test_every_stage_of_a_study_is_shown_and_the_last_is_the_study(finished, tmp_path):
    there = tmp_path / "growing"
    there.mkdir()
    widget = explore(there, follow=True)
    widget.stop()
    assert "waiting for a study in" in widget.payload["header"]["title"]
    page, reader, counts = Page(widget), StudyReader(there), []
    for path in in_order(finished):
        target = there / path.relative_to(finished.path)
        target.parent.mkdir(exist_ok=True)
        (shutil.copytree if path.is_dir() else shutil.copy)(path, target)
        if target.name == "study.toml":
            continue
        view, done = reader.read()
        widget.update(view, done=done)
        shows = page.shows
        counts.append(
            (len(shows["runs"]), sum(run["sharpness"] is not None for run in shows["runs"]), len(shows["planes"]))
        )
    assert counts == [
        (0, 0, 0),
        (1, 0, 0),
        (2, 0, 0),
        (3, 0, 0),
        (4, 0, 0),
        (4, 1, 0),
        (4, 2, 0),
        (4, 3, 0),
        (4, 4, 0),
        (4, 4, 1),
        (4, 4, 1),
    ]
    assert page.of("patch")[-1]["patch"]["done"] is True
    whole = comparable(trait(explore(finished)))
    assert same(comparable(page.shows), whole)
    assert same(comparable(trait(widget)), whole)


def test_reading_twice_finds_nothing_new(finished, tmp_path):
    shutil.copytree(finished.path, tmp_path / "half")
    (tmp_path / "half" / "study.nc").unlink()
    widget = explore(tmp_path / "half", follow=False)
    page, reader = Page(widget), StudyReader(tmp_path / "half")
    widget.update(reader.read()[0])
    before = len(page.messages)
    widget.update(reader.read()[0])
    assert len(page.messages) == before
    assert "tree = ls.explore(" in widget.code()


@pytest.mark.slow
def test_a_study_that_runs_in_this_process_is_followed_from_a_thread(tmp_path):
    threads = threading.enumerate()
    widget = explore(tmp_path / "study", follow=True)
    page = Page(widget)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study = execute(prepare(SPEC, tmp_path / "study", device="cpu"), progress=False)
    ends(threads)
    assert not widget.following
    assert page.of("patch")[-1]["patch"]["done"] is True
    assert same(comparable(page.shows), comparable(trait(widget)))
    assert {run["id"] for run in page.shows["runs"]} == {
        str(name) for name in study.tree["runs"]["run_id"].values.ravel()
    }


def test_following_stops_when_asked_and_says_what_went_wrong(finished, tmp_path):
    from landscape.explorer.widget import Explorer

    shutil.copytree(finished.path, tmp_path / "half")
    (tmp_path / "half" / "study.nc").unlink()
    threads = threading.enumerate()
    widget = explore(tmp_path / "half")
    assert widget.following
    widget.stop()
    assert not widget.following
    assert threading.enumerate() == threads

    def broken():
        raise OSError("the disk is gone")

    widget = Explorer(StudyReader(tmp_path / "half").read()[0], read=broken)
    widget.follow()
    ends(threads)
    assert widget.status["text"] == "following stopped: the disk is gone"
