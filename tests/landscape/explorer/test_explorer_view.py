"""What the explorer shows is what was recorded: to the bit, NaN included, in the widget and in the page."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from explorer_page import append, same, unpacked
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import landscape as ls
from landscape.explorer.code_export import script
from landscape.explorer.diff import difference
from landscape.explorer.from_study import view_of_tree
from landscape.explorer.page import fragment, page, thinning
from landscape.explorer.selection import Selection
from landscape.explorer.serialize import embedded, packed, thinned
from landscape.explorer.to_datatree import tree_of_view
from landscape.explorer.view import FINAL, SERIES, Checkpoints, PlaneView, RunView, Sharpness, View, legend_entries

DIGITS = Path(__file__).parents[3] / "figures" / "digits"


@pytest.fixture(scope="module")
def tree() -> xr.DataTree:
    return ls.Study.open(DIGITS).tree


@pytest.fixture(scope="module")
def view(tree) -> View:
    return view_of_tree(tree, title="digits")


@pytest.fixture
def small() -> View:
    """Two runs, one of which diverged, on one plane, with values that are missing."""
    nan = np.nan
    marks = Checkpoints(
        np.array([0, 2], dtype=np.int32),
        np.array([2.0, np.inf]),
        x={"p": np.array([0.0, nan])},
        y={"p": np.array([0.0, nan])},
        off_plane={"p": np.array([0.0, nan])},
    )
    runs = (
        RunView("a-0", "a", 0, "diverged", {"loss": np.array([1.0, np.inf]), "lr": np.array([0.1, 0.1])}, marks),
        RunView(
            "b-0",
            "b",
            0,
            "finished",
            {"loss": np.array([1.0, nan, 0.5])},
            Checkpoints(np.array([0, 3], dtype=np.int32)),
            Sharpness(np.array([0, 3], dtype=np.int32), np.array([4.0, nan]), np.array([1e-3, 0.2]), "λmax"),
        ),
    )
    loss = np.array([[1.0, nan], [2.0, np.inf], [3.0, 4.0]])
    plane = PlaneView("p", "plane", 0, np.array([0.0, 1.0]), np.array([0.0, 1.0, 2.0]), loss, "PC 1", "PC 2", True)
    return View(title="</script><b>", methods=legend_entries(["a", "b"]), runs=runs, planes=(plane,))


def test_the_payload_holds_the_studys_own_arrays(tree, view):
    header, buffers = packed(view.described(measure=False, export=True))
    shown = unpacked(json.loads(json.dumps(header, allow_nan=False)), buffers)
    assert len(shown["runs"]) == 48
    traces, curvature = tree["traces"].to_dataset(), tree["curvature"].to_dataset()
    marks = tree["planes/seed0/trajectories"].to_dataset()
    for run in shown["runs"]:
        at = {"optimizer": run["method"], "seed": run["seed"]}
        assert run["id"] == str(tree["runs"]["run_id"].sel(at).values)
        for name in SERIES:
            np.testing.assert_array_equal(run["series"][name], traces[name].sel(at).values)
        top = curvature.sel(at).isel(k=0)
        np.testing.assert_array_equal(run["sharpness"]["step"], top["step"].values)
        np.testing.assert_array_equal(run["sharpness"]["value"], top["eigenvalue"].values)
        np.testing.assert_array_equal(run["sharpness"]["residual"], top["residual"].values)
        assert (run["seed"] == 0) == ("seed0" in run["checkpoints"]["x"])
        if run["seed"] == 0:
            mine = marks.isel(point=(marks["optimizer"] == run["method"]).values)
            for key, name in (("x", "alpha"), ("y", "beta"), ("off_plane", "off_plane")):
                np.testing.assert_array_equal(run["checkpoints"][key]["seed0"], mine[name].values)
            np.testing.assert_array_equal(run["checkpoints"]["loss"], mine["loss"].values)
        else:
            np.testing.assert_array_equal(run["checkpoints"]["loss"], top["loss"].values)
    (plane,) = shown["planes"]
    surface = tree["planes/seed0/plane"].to_dataset()
    rows = plane["loss"].reshape(len(plane["beta"]), len(plane["alpha"]))
    np.testing.assert_array_equal(rows[3, 7], surface["loss"].isel(beta=3, alpha=7).values)
    np.testing.assert_array_equal(rows, surface["loss"].transpose("beta", "alpha").values)
    np.testing.assert_array_equal(plane["alpha"], surface["alpha"].values)
    assert plane["explained"] == surface.attrs["explained_variance"].tolist()


def test_a_run_carries_its_settings_and_how_it_ended(tree, view):
    ends = tree["end"].to_dataset()
    for run in view.runs:
        at = {"optimizer": run.method, "seed": run.seed}
        assert dict(run.settings) == json.loads(str(tree["runs"]["settings"].sel(at).values))
        for name in FINAL:
            assert run.final[name] == float(ends[name].sel(at))
        tests = tree["epochs"]["test_loss"].sel(at)
        np.testing.assert_array_equal(run.measures["test_loss"].value, tests.values)
        np.testing.assert_array_equal(run.measures["test_loss"].step, tests["steps_taken"].values)
        assert run.epoch == tests["steps_taken"].values[1] == 45
        assert run.measures["trace"].value == [ends["trace"].sel(at)]
        assert run.measures["trace"].residual == [ends["trace_standard_error"].sel(at)]
        assert run.measures["trace"].step == [1800]
    described = next(run for run in view.runs if "milestones" in run.settings).described()
    assert described["settings"]["lr"] == 0.1
    assert "milestones" not in described["settings"], "a list is no value that runs are coloured by"


def test_what_did_not_converge_is_not_shown_as_if_it_had(tree):
    changed = tree.copy(deep=True).load()
    changed["curvature"]["converged"].values[0, 0, 2, 0] = 0
    run = view_of_tree(changed).runs[0]
    assert np.isnan(run.sharpness.value[2])
    assert np.isfinite(run.sharpness.residual[2])
    assert "1 not converged" in run.sharpness.label
    assert "not converged" not in view_of_tree(tree).runs[0].sharpness.label


def test_a_run_that_diverged_ends_where_it_did(tree):
    changed = tree.copy(deep=True)
    at = {"optimizer": 1, "seed": 2}
    changed["runs"]["status"][at] = "diverged"
    changed["runs"]["steps_taken"][at] = 700
    view = view_of_tree(changed)
    (run,) = (run for run in view.runs if (run.method, run.seed) == ("constant", 2))
    assert run.status == "diverged"
    assert {len(row) for row in run.series.values()} == {700}


def test_missing_values_survive_both_ways_of_packing(small):
    described = small.described(measure=True, export=True)
    header, buffers = packed(described)
    whole = unpacked(json.loads(json.dumps(header, allow_nan=False)), buffers)
    page_data = unpacked(json.loads(json.dumps(embedded(described), allow_nan=False)))
    for shown in (whole, page_data):
        np.testing.assert_array_equal(shown["runs"][0]["series"]["loss"], [1.0, np.inf])
        np.testing.assert_array_equal(shown["runs"][1]["series"]["loss"], [1.0, np.nan, 0.5])
        np.testing.assert_array_equal(shown["planes"][0]["loss"].reshape(3, 2)[0], [1.0, np.nan])
        assert np.isinf(shown["planes"][0]["loss"].reshape(3, 2)[1, 1])
        assert shown["runs"][1]["checkpoints"]["loss"] is None
    assert same(whole, page_data)
    narrow = unpacked(embedded(described, single=("series",)))
    assert narrow["runs"][0]["series"]["lr"].dtype == np.float32
    assert narrow["planes"][0]["loss"].dtype == np.float64


@settings(deadline=None)
@given(
    values=arrays(np.float64, st.integers(5, 200), elements=st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf])),
    points=st.integers(2, 40).map(lambda half: 2 * half),
)
def test_a_thinned_series_keeps_its_ends_and_its_extremes_in_every_stretch(values, points):
    assume(len(values) > points)
    kept = thinned(values, points)
    assert len(kept) == points
    np.testing.assert_array_equal(kept[[0, -1]], values[[0, -1]])
    inner, stretches = values[1:-1], points // 2 - 1
    for i in range(stretches):
        part = inner[i * len(inner) // stretches : (i + 1) * len(inner) // stretches]
        known = part[np.isfinite(part)]
        of_stretch = kept[1 + 2 * i : 3 + 2 * i]
        if known.size:
            assert sorted(of_stretch) == [known.min(), known.max()]
            assert list(part).index(of_stretch[0]) <= len(part) - 1 - list(part)[::-1].index(of_stretch[1])
        else:
            assert not np.isfinite(of_stretch).any()


def test_a_page_of_many_runs_stays_small_and_says_that_it_is_thinned(view):
    many = dataclasses.replace(
        view, runs=tuple(dataclasses.replace(run, id=f"{run.id}-{k}") for run in view.runs for k in range(10))
    )
    most = 2_000_000
    points, said = thinning(many, most)
    assert f"to {points} values" in said
    text, empty = fragment(many, most), fragment(dataclasses.replace(many, runs=()), most)
    assert json.dumps(said)[1:-1] in text
    assert len(text) - len(empty) < most + 3000 * len(many.runs)  # checkpoints, sharpness and names are 2,600 a run
    run = unpacked(embedded(many.runs[0].described(), single=("series",), points=points))
    assert {len(row) for row in run["series"].values()} == {points}
    assert thinning(view) == (None, "")


def test_packing_refuses_no_layout_and_keeps_whole_numbers():
    header, buffers = packed(
        {"a": np.arange(6.0).reshape(2, 3).T, "step": np.array([2**31 - 1]), "x": np.float64("nan")}
    )
    np.testing.assert_array_equal(unpacked(header, buffers)["a"], [0, 3, 1, 4, 2, 5])
    assert unpacked(header, buffers)["step"].tolist() == [2**31 - 1]
    assert header["x"] is None


def test_the_page_needs_no_network_and_nothing_in_the_data_ends_it(small):
    text = page(small)
    assert text.count("</script>") == 2  # of the data and of the module
    assert "<title>&lt;/script&gt;&lt;b&gt;</title>" in text
    assert not re.search(r"<(script|link|img|iframe)[^>]*\b(src|href)=", text)
    assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", text)
    assert not re.search(r"\b(fetch|import)\(\s*['\"`]https?:", text)
    data = re.search(r'<script type="application/json" id="explorer-data">(.*?)</script>', text, re.S)[1]
    shown = unpacked(json.loads(data))
    assert shown["title"] == "</script><b>"
    assert shown["can"] == {"measure": False, "export": False}
    np.testing.assert_array_equal(shown["runs"][1]["series"]["loss"], np.float32([1.0, np.nan, 0.5]))


@pytest.mark.parametrize("kind", ["contour", "surface"])
def test_names_in_a_strangers_file_are_no_code(small, kind):
    """The code of a figure is run, and a study's folder may have been written by anybody."""
    hostile = "\"'}\n]; boom(); [\\"
    of_plane = dataclasses.replace(small.planes[0], id=hostile, xlabel=hostile, ylabel=hostile)
    marks = dataclasses.replace(small.runs[0].checkpoints, x={hostile: np.zeros(2)}, y={hostile: np.zeros(2)})
    run = dataclasses.replace(small.runs[0], method=hostile, checkpoints=marks)
    view = dataclasses.replace(
        small, planes=(of_plane,), runs=(run,), methods=legend_entries([hostile]), loss_label=hostile, title=hostile
    )
    code = script(view, Selection(plane=hostile, kind=kind), "")
    calls = [node.func for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    assert "boom" not in {call.id for call in calls if isinstance(call, ast.Name)}
    assert (
        sum(
            node.value == f"planes/{hostile}/plane"
            for node in ast.walk(ast.parse(code))
            if isinstance(node, ast.Constant)
        )
        == 1
    )


def test_the_tree_of_a_view_is_the_studys(tree, view):
    again = tree_of_view(view)
    for name in SERIES:
        xr.testing.assert_identical(
            again["traces"][name].drop_attrs(), tree["traces"].to_dataset()[name].drop_attrs().astype(float)
        )
    for name in ("eigenvalue", "residual"):
        np.testing.assert_array_equal(again["curvature"][name].values, tree["curvature"][name].values)
    np.testing.assert_array_equal(again["planes/seed0/plane"]["loss"].values, tree["planes/seed0/plane"]["loss"].values)
    marks = again["planes/seed0/trajectories"].to_dataset()
    for name in ("optimizer", "steps_taken", "alpha", "beta", "off_plane", "loss"):
        np.testing.assert_array_equal(marks[name].values, tree["planes/seed0/trajectories"][name].values)
    # What is measured beside the sharpness is for the traces of the explorer, not for figures.
    runs = tuple(dataclasses.replace(run, measures={}, epoch=None) for run in view.runs)
    assert same_views(view_of_tree_of(again, view), dataclasses.replace(view, runs=runs))


def view_of_tree_of(tree: xr.DataTree, view: View) -> View:
    """Read back, with what only a whole study says filled in."""
    curvature = tree["curvature"].to_dataset()
    extra = {"products": curvature["loss"].fillna(1.0), "protocol": xr.full_like(curvature["loss"], "x", dtype=object)}
    groups = {name: node.to_dataset() for name, node in tree.subtree_with_keys}
    groups["curvature"] = curvature.assign(extra)
    return dataclasses.replace(
        view_of_tree(xr.DataTree.from_dict(groups)), title=view.title, loss_label=view.loss_label
    )


def same_views(left: View, right: View) -> bool:
    return same(left.described(measure=False, export=False), right.described(measure=False, export=False))


# Patches
# ------------------------------------------------------------------------------------------------------------------


def applied(old: View, new: View) -> bool:
    """Whether the patch between two views makes one into the other."""
    patch = difference(old, new)
    shown = old.described(measure=False, export=False)
    for run in (patch or {}).get("runs", []):
        (target,) = (each for each in shown["runs"] if each["id"] == run["id"])
        append(target, run.get("append", {}))
        target.update({key: value for key, value in run.items() if key not in ("id", "append")})
    for kind, name in (("runs", "new_runs"), ("planes", "planes")):
        for item in (patch or {}).get(name, []):
            shown[kind] = [each for each in shown[kind] if each["id"] != item["id"]] + [item]
    return same(shown, new.described(measure=False, export=False))


def grown(view: View, **changes: object) -> View:
    return dataclasses.replace(view, runs=(view.runs[0], dataclasses.replace(view.runs[1], **changes)))


def test_nothing_is_sent_where_nothing_changed(small):
    assert difference(small, small) is None
    copied = grown(small, series={"loss": small.runs[1].series["loss"].copy()})
    assert difference(small, copied) is None


def test_a_run_that_grew_is_sent_as_what_is_new(small):
    longer = grown(small, series={"loss": np.array([1.0, np.nan, 0.5, 0.25]), "lr": np.array([0.1])})
    patch = difference(small, longer)
    assert list(patch) == ["runs"]
    (run,) = patch["runs"]
    assert run["append"]["series"]["loss"].tolist() == [0.25]
    assert run["append"]["series"]["lr"].tolist() == [0.1]
    assert run["steps"] == 4
    assert applied(small, longer)


def test_a_plane_that_came_later_places_every_checkpoint(small):
    marks = dataclasses.replace(small.runs[1].checkpoints, x={"q": np.array([1.0, 2.0])}, y={"q": np.array([0.0, 1.0])})
    new = dataclasses.replace(
        grown(small, checkpoints=dataclasses.replace(marks, loss=np.array([1.0, 0.5]))),
        planes=(*small.planes, dataclasses.replace(small.planes[0], id="q")),
    )
    assert [len(difference(small, new)[key]) for key in ("planes", "runs")] == [1, 1]
    assert applied(small, new)


def test_a_run_that_changed_otherwise_is_sent_whole(small):
    for changes in ({"series": {"loss": np.array([9.0, np.nan, 0.5])}}, {"series": {}}, {"sharpness": None}):
        new = grown(small, **changes)
        assert [run["id"] for run in difference(small, new)["new_runs"]] == ["b-0"]
        assert applied(small, new)


def test_only_what_is_said_about_a_run_can_change(small):
    new = grown(small, status="running")
    assert difference(small, new) == {"runs": [{"id": "b-0", "status": "running"}]}
    titled = dataclasses.replace(small, title="other", methods=legend_entries(["a", "b", "c"]))
    patch = difference(small, titled)
    assert patch["title"] == "other"
    assert [method["name"] for method in patch["methods"]] == ["c"]
