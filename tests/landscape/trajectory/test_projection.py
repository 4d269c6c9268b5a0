"""Projections agree with the SVD of the stacked checkpoints, and say what they lose."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from landscape.trajectory.checkpoints import Checkpoint, CheckpointError
from landscape.trajectory.projection import project


def walk(n, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    scale = torch.tensor([5.0, 3.0, 1.0, 0.5, 0.2, 0.1, 0.1])
    steps = torch.randn(n, 7, generator=generator, dtype=torch.float64) * scale
    return [{"a": p[:6].reshape(2, 3).to(dtype), "b": p[6:].to(dtype)} for p in steps.cumsum(0)]


def flat(state):
    return torch.cat([state["a"].flatten(), state["b"]]).double().numpy()


def check(result, states, origin):
    """Coordinates and distances are those of the plane returned."""
    u, v = map(flat, result.directions)
    rows = np.stack([flat(s) for s in states]) - flat(origin)
    rebuilt = result.coordinates @ np.stack([u, v])
    assert np.linalg.norm(rows - rebuilt, axis=1) == pytest.approx(result.off_plane, abs=1e-9)
    assert (rows - rebuilt) @ u == pytest.approx(np.zeros(len(rows)), abs=1e-8)
    assert (rows - rebuilt) @ v == pytest.approx(np.zeros(len(rows)), abs=1e-8)


@settings(max_examples=20, deadline=None)
@given(n=st.integers(3, 12), seed=st.integers(0, 1000))
def test_plane_is_that_of_the_svd(n, seed):
    states = walk(n, seed)
    result = project(states)
    rows = np.stack([flat(s) for s in states]) - flat(states[-1])
    _, singular, right = np.linalg.svd(rows, full_matrices=False)
    for direction, row in zip(result.directions, right, strict=False):
        assert abs(flat(direction) @ row) == pytest.approx(1, abs=1e-6)
    assert result.explained_variance_ratio == pytest.approx((singular**2 / (singular**2).sum())[:2], abs=1e-10)
    assert (result.off_plane**2).sum() == pytest.approx((singular[2:] ** 2).sum(), rel=1e-8, abs=1e-8)
    assert result.coordinates[-1].tolist() == [0, 0]
    assert (result.coordinates.max(axis=0) == np.abs(result.coordinates).max(axis=0)).all()
    u, v = map(flat, result.directions)
    assert [u @ u, u @ v, v @ v] == pytest.approx([1, 0, 1], abs=1e-12)
    check(result, states, states[-1])


@settings(max_examples=8, deadline=None)
@given(n=st.integers(3, 8), seed=st.integers(0, 1000), width=st.integers(9_000, 80_000))
def test_slices_of_any_width_give_the_same(n, seed, width):
    """Of more parameters than are read at a time for the directions, 65,536."""
    generator = torch.Generator().manual_seed(seed)
    steps = torch.randn(n, 70_007, generator=generator, dtype=torch.float64)
    steps[:, :7] *= 300 * torch.tensor([5.0, 3.0, 1.0, 0.5, 0.2, 0.1, 0.1])
    states = [{"a": p[:60_000].reshape(200, 300), "b": p[60_000:]} for p in steps.cumsum(0)]
    whole = project(states)
    sliced = project(states, memory=8 * n**2 + 8 * (n + 2) * width)
    assert sliced.protocol["slices"] == -(-70_007 // width)
    assert sliced.explained_variance_ratio == pytest.approx(whole.explained_variance_ratio, abs=1e-12)
    check(sliced, states, states[-1])
    gap = whole.singular_values[1] - project(states, components=3).singular_values[2]
    if gap > 0.01:
        assert np.abs(sliced.coordinates) == pytest.approx(np.abs(whole.coordinates), abs=1e-9)


def test_functions_are_called_one_at_a_time_and_lazy_iterables_run_through():
    states = walk(23)
    whole = project(states)
    alive, peak, calls = 0, 0, 0

    class Loaded(dict):
        def __init__(self, state):
            nonlocal alive, peak, calls
            super().__init__(state)
            alive, calls = alive + 1, calls + 1
            peak = max(peak, alive)

        def __del__(self):
            nonlocal alive
            alive -= 1

    streamed = project([lambda s=s: Loaded(s) for s in states], origin=states[-1])
    assert peak <= 2
    assert calls == 23 * streamed.protocol["passes"] == 23 * 3
    assert streamed.coordinates == pytest.approx(whole.coordinates, abs=1e-10)
    assert streamed.explained_variance_ratio == pytest.approx(whole.explained_variance_ratio, abs=1e-12)
    with pytest.raises(ValueError, match="state 5 has shape"):
        project(
            [*[lambda s=s: s for s in states[:5]], lambda: {"a": torch.ones(3), "b": torch.ones(1)}], origin=states[0]
        )

    class Lazy:
        def __iter__(self):
            return iter(states)

    assert project(Lazy()).coordinates == pytest.approx(whole.coordinates, abs=1e-10)


def test_several_runs_share_a_plane():
    first, second = walk(5, 0), walk(4, 1)
    both = project(first + second, origin=first[-1])
    alone = project(second, origin=both.origin, directions=both.directions)
    assert alone.coordinates == pytest.approx(both.coordinates[5:], abs=1e-10)
    assert alone.off_plane == pytest.approx(both.off_plane[5:], abs=1e-10)


def test_given_directions_need_not_be_orthonormal():
    states = walk(6)
    u = {"a": torch.ones(2, 3).double(), "b": torch.zeros(1).double()}
    v = {"a": torch.ones(2, 3).double(), "b": torch.full((1,), 0.5).double()}
    result = project(states, directions=(u, v))
    rows = np.stack([flat(s) for s in states]) - flat(states[-1])
    solution, *_ = np.linalg.lstsq(np.stack([flat(u), flat(v)]).T, rows.T, rcond=None)
    assert result.coordinates == pytest.approx(solution.T, abs=1e-9)
    assert torch.equal(result.directions[1]["b"], v["b"])
    assert result.explained_variance_ratio.sum() == pytest.approx(1 - (result.off_plane**2).sum() / (rows**2).sum())
    check(result, states, states[-1])


def test_points_of_a_plane_come_back_exactly():
    u, v = walk(2, 3)
    origin = walk(1, 4)[0]
    points = [(0.0, 0.0), (1.0, -2.0), (0.5, 3.0)]
    states = [{n: origin[n] + a * u[n] + b * v[n] for n in u} for a, b in points]
    result = project(states, origin=origin, directions=(u, v))
    assert result.coordinates == pytest.approx(np.array(points), abs=1e-10)
    assert result.off_plane == pytest.approx(np.zeros(3), abs=1e-9)
    assert result.explained_variance_ratio.sum() == pytest.approx(1)


def test_trajectory_on_a_line_is_completed():
    base, step = walk(2)
    states = [{n: base[n] + k * step[n] for n in base} for k in range(5)]
    result = project(states)
    u, v = map(flat, result.directions)
    assert [u @ u, u @ v, v @ v] == pytest.approx([1, 0, 1], abs=1e-12)
    assert result.explained_variance_ratio == pytest.approx([1, 0], abs=1e-12)
    assert result.coordinates[:, 1] == pytest.approx(np.zeros(5), abs=1e-10)
    assert np.array_equal(result.coordinates, project(states).coordinates)
    assert project(states[:2]).explained_variance_ratio == pytest.approx([1, 0], abs=1e-12)


def test_float32_states_and_buffers_beside_parameters():
    states = walk(6, dtype=torch.float32)
    full = [
        state | {"running_mean": torch.full((2,), float(i)), "count": torch.tensor(i)} for i, state in enumerate(states)
    ]
    result = project(full, origin=states[-1])
    assert result.coordinates == pytest.approx(project(states).coordinates)
    assert result.directions[0]["a"].dtype == torch.float32
    assert result.origin.keys() == {"a", "b"}
    with pytest.raises(ValueError, match=r"'count' is a torch\.int64 buffer"):
        project(full)
    by_directions = project(full, directions=result.directions)
    assert by_directions.coordinates == pytest.approx(result.coordinates, abs=1e-5)


def test_what_cannot_be_projected_is_refused():
    states = walk(4)
    same = [states[0]] * 3
    diverged = [*states, {n: p * torch.nan for n, p in states[0].items()}]
    for arguments, words in [
        ({"states": []}, "no state"),
        ({"states": [], "origin": states[0]}, "no state to project: give at least two"),
        ({"states": [], "origin": states[0], "directions": (states[1], states[2])}, "give at least one"),
        ({"states": iter(states)}, "read only once"),
        ({"states": same}, "All states equal the origin"),
        ({"states": diverged, "origin": states[0]}, "state 4 has non-finite values"),
        ({"states": [*states, {"a": states[0]["a"]}], "origin": states[0]}, "state 4 lacks the parameter 'b'"),
        ({"states": states, "origin": {"a": torch.ones(3)}}, r"shape \(2, 3\) for 'a', the origin \(3,\)"),
        ({"states": states, "directions": (states[0], states[0])}, "zero or parallel"),
        ({"states": [{"w": torch.ones(1)}, {"w": torch.zeros(1)}]}, "single parameter"),
        ({"states": states, "origin": {}}, "origin has no parameters"),
    ]:
        with pytest.raises(ValueError, match=words):
            project(**arguments)


def test_default_device_of_the_caller_does_not_matter():
    states = [{"w": torch.tensor([float(i), 0.0, 0.0])} for i in range(4)]  # on a line: completed at random
    with torch.device("meta"):
        trajectory = project(states)
    assert trajectory.coordinates == pytest.approx(project(states).coordinates)


def test_what_is_no_list_of_states_is_refused():
    state = {"w": torch.ones(3)}
    for states, words in [
        ({"first": state}, "states is a dict: give a list"),
        (7, "states is a int: give a list"),
        ([torch.ones(3)], "The origin"),
        ([torch.ones(3), state], "state 0 is a Tensor: give a mapping"),
    ]:
        with pytest.raises(ValueError, match=words):
            project(states)


# ---------------------------------------------------------------------------------------------- files


def write(folder, states, kind="safetensors"):
    paths = []
    for i, state in enumerate(states):
        paths.append(folder / f"step-{i:02d}.{kind}")
        (save_file if kind == "safetensors" else torch.save)(dict(state), paths[-1])
    return paths


@pytest.mark.parametrize("kind", ["safetensors", "pt"])
def test_files_are_projected_as_their_tensors_are(tmp_path, kind):
    states = [s | {"mean": torch.full((2,), float(i)), "count": torch.tensor(i)} for i, s in enumerate(walk(6))]
    paths = write(tmp_path, states, kind)
    expected = project(states, names=["a", "b"])
    result = project(paths, names=["a", "b"])
    assert np.array_equal(result.coordinates, expected.coordinates)
    assert np.array_equal(result.off_plane, expected.off_plane)
    assert isinstance(result.origin, Checkpoint)  # stays on disk
    assert [*result.origin] == ["a", "b"]
    assert torch.equal(result.origin["a"], states[-1]["a"])
    mixed = project([str(paths[0]), states[1], lambda: states[2], Checkpoint(paths[3]), *paths[4:]], names=["a", "b"])
    assert mixed.coordinates == pytest.approx(expected.coordinates, abs=1e-12)
    onto = write(tmp_path, expected.directions, kind)
    assert project(states, origin=expected.origin, directions=onto).coordinates == pytest.approx(expected.coordinates)


def test_float16_files_have_directions_in_float32(tmp_path):
    states = [{n: t.half() for n, t in state.items()} for state in walk(5)]
    result = project(write(tmp_path, states))
    assert result.directions[0]["a"].dtype == torch.float32
    check_ = project([{n: t.double() for n, t in state.items()} for state in states])
    assert np.abs(result.coordinates) == pytest.approx(np.abs(check_.coordinates), abs=1e-5)


def test_bad_files_are_named_or_masked(tmp_path):
    states = walk(8)
    states[2] = {"a": states[2]["a"] * torch.nan, "b": states[2]["b"]}
    states[5] = {"a": states[5]["a"]}
    states[6] = {"a": torch.ones(3), "b": states[6]["b"]}
    paths = write(tmp_path, states)
    os.truncate(paths[4], paths[4].stat().st_size - 8)
    paths[7].unlink()
    good = [0, 1, 3]
    for i, words in [
        (2, "non-finite"),
        (4, "truncated"),
        (5, "lacks the parameter 'b'"),
        (6, "has shape"),
        (7, "No such"),
    ]:
        with pytest.raises(CheckpointError, match=words) as caught:
            project([*paths[:2], paths[i], paths[3]])
        assert paths[i].name in str(caught.value)
        assert "\n" not in str(caught.value)
    result = project({"one": paths[:5], "two": paths[5:]}, on_bad="mask")
    assert sorted(result.problems) == [2, 4, 5, 6, 7]
    assert all(paths[i].name in result.problems[i] for i in result.problems)
    assert np.isfinite(result.coordinates).all(axis=1).nonzero()[0].tolist() == good
    assert np.isnan(result.off_plane[[2, 4, 5, 6, 7]]).all()
    assert result.protocol["origin"] == "checkpoint 3 of 'one'"
    alone = project([states[i] for i in good])
    assert result.coordinates[good] == pytest.approx(alone.coordinates, abs=1e-12)
    assert result.explained_variance_ratio == pytest.approx(alone.explained_variance_ratio)
    with pytest.raises(CheckpointError, match="No checkpoint can be used"):
        project(paths[4:], on_bad="mask", origin=states[0])
    with pytest.raises(CheckpointError, match=r"The origin \('two', -1\) cannot be used"):
        project({"one": paths[:5], "two": paths[5:]}, on_bad="mask", origin=("two", -1))

    def broken():
        raise OSError("disk on fire")

    masked = project([*states[:2], broken, states[3]], on_bad="mask")
    assert masked.problems == {2: "The state 2 cannot be used: disk on fire"}


MEASURE = """
import sys
from pathlib import Path
import torch
from landscape.trajectory.projection import project
torch.set_num_threads(1)
project([{"w": torch.randn(500)} for _ in range(150)])  # what BLAS and LAPACK allocate at their first call
def resident(field):
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS")
found = project(sorted(Path(sys.argv[1]).iterdir()) * 5)
assert found.coordinates.shape == (80, 2)
print(resident("VmHWM") - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="needs Linux's high-water mark")
def test_a_long_trajectory_on_disk_takes_less_than_three_copies_of_the_model(tmp_path):
    """80 checkpoints of 2e6 float32 parameters, 16 different files; benchmarks/trajectory.py has 1,000 of 1e7."""
    parameters = 2_000_000
    generator = torch.Generator().manual_seed(0)
    position = torch.zeros(parameters)
    for i in range(16):
        position += torch.randn(1, generator=generator) * torch.linspace(-1, 1, parameters) ** (i % 4)
        save_file({"w": position}, tmp_path / f"{i:02d}.safetensors")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert int(done.stdout.split()[-1]) < 3 * 4 * parameters


# ---------------------------------------------------------------------------------------------- runs


def test_each_run_has_the_same_weight_unless_checkpoints_do():
    long, short = walk(12, 0), walk(3, 1)
    origin = walk(1, 2)[0]
    rows = np.stack([flat(s) for s in long + short]) - flat(origin)
    for weighting, weights in [("runs", [1 / 12] * 12 + [1 / 3] * 3), ("checkpoints", [1] * 15)]:
        result = project({"long": long, "short": short}, origin=origin, weighting=weighting)
        _, singular, right = np.linalg.svd(np.sqrt(weights)[:, None] * rows, full_matrices=False)
        for direction, row in zip(result.directions, right, strict=False):
            assert abs(flat(direction) @ row) == pytest.approx(1, abs=1e-9)
        shares = singular**2 / (singular**2).sum()
        assert result.explained_variance_ratio == pytest.approx(shares[:2])
        assert result.singular_values / result.singular_values[0] == pytest.approx(singular[:2] / singular[0])
        assert result.runs == {"long": range(12), "short": range(12, 15)}
        assert np.array_equal(result.paths["short"], result.coordinates[12:])
        assert np.array_equal(result.distances["long"], result.off_plane[:12])
        assert result.protocol["weighting"] == f"equal {weighting}"
        check(result, long + short, origin)


def test_origins():
    runs = {"one": walk(4, 0), "two": walk(5, 1)}
    every = runs["one"] + runs["two"]
    for origin, expected, words in [
        (None, every[-1], "checkpoint 4 of 'two'"),
        ("last", every[-1], "checkpoint 4 of 'two'"),
        ("first", every[0], "checkpoint 0 of 'one'"),
        (("one", -1), every[3], "checkpoint 3 of 'one'"),
        (walk(1, 5)[0], walk(1, 5)[0], "given"),
    ]:
        result = project(runs, origin=origin)
        assert flat(result.origin) == pytest.approx(flat(expected), abs=0)
        assert result.protocol["origin"] == words
        check(result, every, expected)
    mean = project(runs, origin="mean")
    rows = np.stack([flat(s) for s in every])
    expected = (rows[:4].mean(axis=0) + rows[4:].mean(axis=0)) / 2
    assert flat(mean.origin) == pytest.approx(expected, abs=1e-12)
    assert mean.protocol["passes"] == 4
    check(mean, every, mean.origin)
    for origin in [("three", 0), ("one", 4), ("one",), ("one", 0.5)]:
        with pytest.raises(ValueError, match="give \\(run, index\\) with a run of"):
            project(runs, origin=origin)


def test_more_components_than_the_plane_has():
    states = walk(9)
    result = project(states, components=4)
    rows = np.stack([flat(s) for s in states]) - flat(states[-1])
    _, singular, _ = np.linalg.svd(rows, full_matrices=False)
    assert result.coordinates.shape == (9, 4)
    assert result.singular_values == pytest.approx(singular[:4])
    assert result.explained_variance_ratio == pytest.approx((singular**2 / (singular**2).sum())[:4])
    assert result.off_plane == pytest.approx(project(states).off_plane)  # of the plane, not of the four
    basis = np.stack([flat(d) for d in result.directions])
    assert basis @ basis.T == pytest.approx(np.eye(4), abs=1e-12)
    assert rows @ basis.T == pytest.approx(result.coordinates, abs=1e-9)


@pytest.mark.parametrize("ratio", [1e-2, 1e-4, 1e-6, 1e-9])
def test_small_components_are_right_or_said_to_be_rounding(ratio):
    generator = np.random.default_rng(0)
    left, _ = np.linalg.qr(generator.normal(size=(10, 3)))
    right, _ = np.linalg.qr(generator.normal(size=(7, 3)))
    rows = left * [1, ratio, ratio / 2] @ right.T
    states = [{"a": torch.from_numpy(p[:6].reshape(2, 3)), "b": torch.from_numpy(p[6:])} for p in rows]
    result = project(states, origin={"a": torch.zeros(2, 3).double(), "b": torch.zeros(1).double()})
    resolution = result.protocol["resolution"]
    assert resolution == pytest.approx(np.sqrt(10 * 2**-52))
    sine = np.sqrt(max(0.0, 1 - (flat(result.directions[1]) @ right[:, 1]) ** 2))
    if ratio > resolution:
        assert sine < 20 * 2**-52 / (0.75 * ratio**2) + 1e-7  # what the docstring says, and the rounding of the sine
        assert result.singular_values[1] == pytest.approx(ratio, rel=1e-2)
    else:
        assert result.singular_values[1] == 0
    assert abs(flat(result.directions[0]) @ flat(result.directions[1])) < 1e-12
    check(result, states, {"a": torch.zeros(2, 3), "b": torch.zeros(1)})


def test_cosines_with_a_direction():
    states = walk(7)
    result = project(states)
    direction = walk(1, 9)[0]
    expected = [flat(d) @ flat(direction) / np.linalg.norm(flat(direction)) for d in result.directions]
    assert result.cosines(direction) == pytest.approx(expected)
    assert result.cosines(result.directions[1]) == pytest.approx([0, 1], abs=1e-12)
    for bad, words in [
        ({"a": torch.zeros(2, 3), "b": torch.zeros(1)}, "direction is zero"),
        ({"a": torch.zeros(2, 3)}, "direction lacks the parameter 'b'"),
        ({"a": torch.full((2, 3), torch.nan), "b": torch.zeros(1)}, "direction has non-finite values"),
    ]:
        with pytest.raises(ValueError, match=words):
            result.cosines(bad)


def test_options_that_are_none_are_refused(tmp_path):
    states = walk(4)
    for arguments, words in [
        ({"components": 1}, "components is 1"),
        ({"components": 8}, "7 parameters for 8 directions"),
        ({"weighting": "time"}, "weighting is 'time'"),
        ({"on_bad": "skip"}, "on_bad is 'skip'"),
        ({"memory": 0}, "memory is 0"),
        ({"memory": 100}, "too little for the Gram matrix of 4 checkpoints: give"),
        ({"names": ["c"]}, "lacks the parameter 'c' of names"),
        ({"names": []}, "no parameters"),
        ({"origin": tmp_path / "absent.pt"}, "absent.pt cannot be read"),
        ({"directions": states[:3]}, "two mappings"),
        ({"directions": states[0]}, "two mappings"),
        ({"states": "runs/last.pt"}, "states is a str: give a list"),
        (
            {"states": {"one": states, "two": iter(states)}},
            r"states\['two'\] is a list_iterator, which can be read only",
        ),
        ({"states": {"one": []}}, "no state"),
    ]:
        with pytest.raises(ValueError, match=words):
            project(**({"states": states} | arguments))


@pytest.mark.parametrize("theirs", ["", "model."])
def test_an_origin_whose_names_have_a_prefix_is_said_to_and_the_advice_works(theirs):
    one, two = ({"a.w": torch.randn(3), "b": torch.randn(2)} for _ in range(2))
    other, origin = ({prefix + n: t for n, t in state.items()} for prefix, state in ((theirs, one), ("module.", two)))
    own = rf", and its own with '{theirs}'" if theirs else ""
    with pytest.raises(CheckpointError, match=rf"origin's names begin with 'module\.'{own}: strip that"):
        project([other, origin])
    assert (
        len(
            project(
                [{n.removeprefix(p): t for n, t in s.items()} for p, s in ((theirs, other), ("module.", origin))]
            ).coordinates
        )
        == 2
    )
    with pytest.raises(CheckpointError, match=r"of the origin\.$"):
        project([{"c.w": one["b"]}, origin])
