"""Half-finished slices go on where they stopped, and are not taken for others."""

import json
import math
import signal
from contextlib import suppress

import numpy as np
import pytest
import slice_workers
from torch import nn

from landscape.objective.objective import Objective
from landscape.slices._evaluation.resume_file import PointFile
from landscape.slices.directions import random_direction
from landscape.slices.grid import line, plane


def test_values_come_back_with_all_their_bits(tmp_path):
    path = tmp_path / "deep" / "file.jsonl"
    rows = np.array([[0.1, math.nan], [-math.inf, 1e-320]])
    PointFile(path, {"kind": "test"}).append([3, 0], rows)
    found = PointFile(path, {"kind": "test"}).found
    assert list(found) == [3, 0]
    assert np.array([found[3], found[0]]).tobytes() == rows.tobytes()


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_line_that_a_kill_has_cut_off_is_dropped(tmp_path, cut):
    path = tmp_path / "file.jsonl"
    store = PointFile(path, {"kind": "test"})
    store.append([0], np.array([[1.5]]))
    whole = path.read_bytes()
    store.append([1], np.array([[2.5]]))
    path.write_bytes(path.read_bytes()[:-cut])
    again = PointFile(path, {"kind": "test"})
    assert again.found == {0: [1.5]}
    assert path.read_bytes() == whole
    again.append([1], np.array([[2.5]]))
    assert PointFile(path, {"kind": "test"}).found == {0: [1.5], 1: [2.5]}


def test_a_heading_that_a_kill_has_cut_off_is_written_again(tmp_path):
    path = tmp_path / "file.jsonl"
    PointFile(path, {"kind": "test"})
    path.write_bytes(path.read_bytes()[:5])
    assert PointFile(path, {"kind": "test"}).found == {}
    assert json.loads(path.read_text()) == {"kind": "test"}


def test_other_files_are_refused_and_left_alone(tmp_path):
    path = tmp_path / "file.txt"
    for text, words in [
        ("my thesis", "is not a half-finished slice"),
        ("my thesis\n", "is not a half-finished slice"),
        ('{"kind": "test"}\n[0, [1.0\n[1, [2.0]]\n', "damaged in line 2"),
        ('{"kind": "test"}\n7\n', "damaged in line 2"),
        ('{"kind": "other"}\n', "differs from this one in its kind"),
    ]:
        path.write_text(text)
        with pytest.raises(ValueError, match=words):
            PointFile(path, {"kind": "test"})
        assert path.read_text() == text


def test_every_flip_of_a_point_is_found_and_the_advice_works(tmp_path):
    """Bits of the lines of points, in the place of a digit as well; and a line of another slice's file."""
    path, rows = tmp_path / "file.jsonl", np.array([[0.1, 2.5], [-3.0, 1e-7]])
    PointFile(path, {"kind": "test"}).append([3, 0], rows)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    second = whole.index(b"\n", first) + 1
    for bit in range(8 * first, 8 * (second - 1)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(changed)
        with suppress(ValueError):
            assert PointFile(path, {"kind": "test"}).found == {3: [0.1, 2.5], 0: [-3.0, 1e-7]}
    path.write_bytes(whole.replace(b"2.5", b"2.7"))
    with pytest.raises(ValueError, match="damaged in line 2: delete that line, and its point is redone"):
        PointFile(path, {"kind": "test"})
    path.write_bytes(whole[:first] + whole[second:])  # the advice
    assert PointFile(path, {"kind": "test"}).found == {0: [-3.0, 1e-7]}
    PointFile(tmp_path / "other.jsonl", {"kind": "other"}).append([0], rows[1:])
    path.write_bytes(whole[:first] + (tmp_path / "other.jsonl").read_bytes().split(b"\n")[1] + b"\n")
    with pytest.raises(ValueError, match="damaged in line 2"):
        PointFile(path, {"kind": "test"})


def test_a_heading_in_another_order_is_the_same(tmp_path):
    path, rows = tmp_path / "file.jsonl", np.array([[0.5], [1.5]])
    PointFile(path, {"kind": "test", "of": {"a": 1, "b": 2}}).append([0], rows[:1])
    turned = {"of": {"b": 2, "a": 1}, "kind": "test"}
    PointFile(path, turned).append([1], rows[1:])
    assert PointFile(path, turned).found == PointFile(path, {"kind": "test", "of": {"a": 1, "b": 2}}).found
    assert PointFile(path, turned).found == {0: [0.5], 1: [1.5]}


def test_points_of_an_older_version_are_read(tmp_path):
    path = tmp_path / "file.jsonl"
    path.write_text('{"kind": "test"}\n[4, [1.5, NaN]]\n')
    ((index, values),) = PointFile(path, {"kind": "test"}).found.items()
    assert (index, values[0], math.isnan(values[1])) == (4, 1.5, True)


def test_slices_of_something_else_are_not_continued(convnet, tmp_path):
    objective = convnet.objective()
    u, v = random_direction(objective, seed=0), random_direction(objective, seed=1)
    path = tmp_path / "line.jsonl"
    first = line(objective, u, [0.0, 1.0], path=path)
    again = line(objective, u, [0.0, 1.0], path=path)
    assert np.array_equal(first.loss, again.loss)
    assert json.loads(again.attrs["protocol"])["resumed"] == 2
    elsewhere = objective.at({n: 2 * p for n, p in objective.parameters.items()})
    statistics = objective.at(objective.parameters | {"1.running_mean": objective.constants["1.running_mean"] + 1})
    fewer = Objective(convnet.model, nn.CrossEntropyLoss(), [convnet.data])
    for call, what in [
        (lambda: line(objective, v, [0.0, 1.0], path=path), "directions"),
        (lambda: line(objective, u, [0.0, 2.0], path=path), "grid"),
        (lambda: line(elsewhere, u, [0.0, 1.0], path=path), "weights"),
        (lambda: line(statistics, u, [0.0, 1.0], path=path), "weights"),
        (lambda: line(fewer.subset(range(7)), u, [0.0, 1.0], path=path, standard_error=False), "data or loss"),
        (lambda: line(objective, u, [0.0, 1.0], path=path, standard_error=True), "variables"),
        (lambda: plane(objective, (u, v), [0.0, 1.0], path=path), "kind"),
    ]:
        before = path.read_text()
        with pytest.raises(ValueError, match=f"differs from this one in its {what}"):
            call()
        assert path.read_text() == before


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_plane_goes_on_point_by_point(tmp_path):
    path = tmp_path / "plane.jsonl"
    assert slice_workers.killed(path, points=4) == -signal.SIGKILL
    done = {index for index, _ in map(json.loads, path.read_text().split("\n")[1:-1])}
    assert 4 <= len(done) < 25
    evaluated = 0

    def counting(model, batch):
        nonlocal evaluated
        evaluated += 1
        return slice_workers.accuracy(model, batch)

    objective = slice_workers.make(counting)
    evaluated = 0  # what is checked at construction is no point
    surface = plane(objective, slice_workers.directions(objective), slice_workers.STEPS, route="plain", path=path)
    batches, at_origin = 3, 1  # by which the file is recognised
    assert evaluated == batches * (at_origin + 25 - len(done))
    assert json.loads(surface.attrs["protocol"])["resumed"] == len(done)
    whole = plane(objective, slice_workers.directions(objective), slice_workers.STEPS, route="plain")
    assert surface.drop_attrs().identical(whole.drop_attrs())


def test_a_metric_of_another_meaning_is_not_continued(mlp, tmp_path):
    def accuracy(model, batch):
        return (model(batch[0]).argmax(1) == batch[1]).double().mean()

    def error(model, batch):
        return 1 - accuracy(model, batch)

    path = tmp_path / "line.jsonl"
    u = random_direction(mlp.objective(), seed=0)
    line(mlp.objective(metrics={"score": accuracy}), u, [0.0, 1.0], path=path)
    for metrics, what in [
        ({"score": error}, "values at the origin"),
        ({"other": accuracy}, "variables"),
        ({"score": accuracy, "error": error}, "variables"),
        ({}, "variables"),
    ]:
        with pytest.raises(ValueError, match=f"differs from this one in its {what}"):
            line(mlp.objective(metrics=metrics), u, [0.0, 1.0], path=path)
    again = line(mlp.objective(metrics={"score": accuracy}), u, [0.0, 1.0], path=path)
    assert json.loads(again.attrs["protocol"])["resumed"] == 2
