"""Several studies in one view: every run and plane once, and what cannot be compared in a sentence."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from explorer_page import Page, tiny_study

import landscape as ls
from landscape.explorer.merge import merged
from landscape.explorer.view import Checkpoints, PlaneView, RunView, View, legend_entries

pytest.importorskip("anywidget", reason="the widget needs the extra 'notebook'")

FIGURES = Path(__file__).parents[3] / "figures"


def view_of(method: str = "a", seed: int = 0, start: str = "s", data: str = "d", **settings: object) -> View:
    marks = Checkpoints(np.array([0, 2], dtype=np.int32), x={"p": np.array([0.0, 1.0])}, y={"p": np.array([0.0, 1.0])})
    run = RunView("r", method, seed, "finished", {"loss": np.array([2.0, 1.0])}, marks, settings=settings, start=start)
    axis = np.array([0.0, 1.0])
    plane = PlaneView("p", "plane", seed, axis, axis, np.ones((2, 2)), "x", "y", True)
    return View("t", methods=legend_entries([method]), runs=(run,), planes=(plane,), data=data)


def test_runs_and_planes_of_both_are_there_under_names_of_their_own():
    both = merged({"one": view_of(), "two": view_of()})
    assert [run.id for run in both.runs] == ["one/r", "two/r"]
    assert [run.study for run in both.runs] == ["one", "two"]
    assert [plane.id for plane in both.planes] == ["one-p", "two-p"]
    assert [list(run.checkpoints.x) for run in both.runs] == [["one-p"], ["two-p"]]
    assert len(both.methods) == 1
    assert both.notice == ""


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (view_of(data="e"), "their data are not the same"),
        (view_of(start="t"), "their runs of seed 0 start from different weights"),
        (view_of(seed=1, start="t"), None),
    ],
    ids=["data", "weights", "no common seed"],
)
def test_what_cannot_be_compared_is_one_sentence(other, said):
    notice = merged({"one": view_of(), "two": other}).notice
    assert notice.count(".") == (0 if said is None else 1)
    assert said is None or (said in notice and notice.startswith("Not to be compared between one and two: "))


def test_a_run_that_points_of_a_sweep_share_is_there_once_on_the_planes_of_all():
    views = {f"w{w}": view_of(lr=0.1) for w in (1, 2)}
    settings = {f"w{w}": {"learning_rate": 0.1, "settings.b.window": w} for w in (1, 2)}
    (run,) = merged(views, settings).runs
    assert set(run.checkpoints.x) == {"w1-p", "w2-p"}
    assert dict(run.settings) == {"lr": 0.1}
    apart = merged(views, {name: {"batch_size": int(name[1])} for name in views}).runs
    assert [run.settings["batch_size"] for run in apart] == [1, 2]


def test_studies_are_explored_together(tmp_path):
    explorer = ls.explore([FIGURES / "digits", ls.Study(FIGURES / "names_gru")])
    runs = explorer.content.runs
    assert {run.study for run in runs} == {"digits", "names_gru"}
    assert len(runs) == 48 + 15
    assert "their data are not the same" in explorer.content.notice
    assert explorer.content.notice in explorer.save_html(tmp_path / "both.html").read_text()
    named = ls.explore({"fixed": FIGURES / "digits", "tuned": FIGURES / "digits" / "points" / "tuned"})
    assert {run.study for run in named.content.runs} == {"fixed", "tuned"}
    assert named.content.notice == ""
    for ask in (named.code, named.figure, lambda: named.tree):
        with pytest.raises(ValueError, match="holds several studies"):
            ask()
    with pytest.raises(ValueError, match="the same study is given twice"):
        ls.explore([FIGURES / "digits", FIGURES / "digits"])
    with pytest.raises(ValueError, match="'b' is no study"):
        ls.explore({"a": FIGURES / "digits", "b": 3})


@pytest.mark.slow
def test_a_click_measures_what_is_measured_in_the_study_alone(tmp_path_factory, tmp_path):
    study = tiny_study(tmp_path_factory.getbasetemp())
    shutil.copytree(study.path, tmp_path / "other")
    both = ls.explore({"first": study.path, "sweeps/other": tmp_path / "other"})
    page = Page(both)
    assert page.shows["can"] == {"measure": True, "export": False}
    run = page.shows["runs"][-1]
    assert run["study"] == "sweeps/other"
    both._handle_custom_msg({"type": "measure", "run": run["id"], "checkpoint": 1, "what": "slice"}, [])
    both.wait()
    (told,) = page.of("measured")
    alone = ls.explore(study.path).measure(run["id"].rpartition("/")[2], int(run["checkpoints"]["step"][1]), "slice")
    np.testing.assert_array_equal(told["slice"]["alpha"], alone.result["alpha"].values)
    np.testing.assert_array_equal(told["slice"]["loss"], alone.result["loss"].values)
    without = ls.explore([FIGURES / "digits", FIGURES / "names_gru"])
    assert not Page(without).shows["can"]["measure"], "their weights are not there"


def test_following_several_sends_only_what_is_new():
    from landscape.explorer.diff import difference

    one, two = view_of(), view_of()
    longer = dataclasses.replace(two.runs[0], series={"loss": np.array([2.0, 1.0, 0.5])})
    before = merged({"one": one, "two": two})
    patch = difference(before, merged({"one": one, "two": dataclasses.replace(two, runs=(longer,))}))
    assert [run["id"] for run in patch["runs"]] == ["two/r"]
    np.testing.assert_array_equal(patch["runs"][0]["append"]["series"]["loss"], [0.5])


def test_the_state_of_one_explorer_is_seen_in_another():
    one, other = (ls.explore(FIGURES / "digits") for _ in range(2))
    one.step, one.hidden_runs, one.color_by, one.plane_range = (
        90,
        [one.content.runs[3].id],
        "seed",
        [0.0, 1.0, 2.0, 3.0],
    )
    assert other.state != one.state
    other.state = json.loads(json.dumps(one.state))
    assert (other.step, other.hidden_runs, other.color_by, other.plane_range) == (
        90,
        one.hidden_runs,
        "seed",
        [0.0, 1.0, 2.0, 3.0],
    )
    assert other.state == one.state
    with pytest.raises(ValueError, match="the state has 'stp', which an explorer has not: it has step, "):
        other.state = {"stp": 3}
    front = (Path(__file__).parents[3] / "explorer" / "src" / "host.js").read_text(encoding="utf-8")
    names = re.search(r"SHARED = \[(.*?)\];", front, re.DOTALL)[1]
    assert set(re.findall(r'"(\w+)"', names)) == set(one.state)
