"""Projections agree with the SVD of the stacked checkpoints, and say what they lose."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from landscape import trajectory
from landscape.trajectory import project


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
    assert result.explained_variance == pytest.approx((singular**2 / (singular**2).sum())[:2], abs=1e-10)
    assert (result.off_plane**2).sum() == pytest.approx((singular[2:] ** 2).sum(), rel=1e-8, abs=1e-8)
    assert result.coordinates[-1].tolist() == [0, 0]
    u, v = map(flat, result.directions)
    assert [u @ u, u @ v, v @ v] == pytest.approx([1, 0, 1], abs=1e-12)
    check(result, states, states[-1])


def test_long_trajectories_stream_in_blocks(monkeypatch):
    states = walk(23)
    alive, peak = 0, 0

    class Loaded(dict):
        def __init__(self, state):
            nonlocal alive, peak
            super().__init__(state)
            alive += 1
            peak = max(peak, alive)

        def __del__(self):
            nonlocal alive
            alive -= 1

    whole = project(states)
    monkeypatch.setattr(trajectory, "BLOCK", 4)
    streamed = project([lambda s=s: Loaded(s) for s in states], origin=states[-1])
    assert peak <= 2
    assert streamed.coordinates == pytest.approx(whole.coordinates, abs=1e-10)
    assert streamed.explained_variance == pytest.approx(whole.explained_variance, abs=1e-12)

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
    assert result.explained_variance.sum() == pytest.approx(1 - (result.off_plane**2).sum() / (rows**2).sum())
    check(result, states, states[-1])


def test_points_of_a_plane_come_back_exactly():
    u, v = walk(2, 3)
    origin = walk(1, 4)[0]
    points = [(0.0, 0.0), (1.0, -2.0), (0.5, 3.0)]
    states = [{n: origin[n] + a * u[n] + b * v[n] for n in u} for a, b in points]
    result = project(states, origin=origin, directions=(u, v))
    assert result.coordinates == pytest.approx(np.array(points), abs=1e-10)
    assert result.off_plane == pytest.approx(np.zeros(3), abs=1e-9)
    assert result.explained_variance.sum() == pytest.approx(1)


def test_trajectory_on_a_line_is_completed():
    base, step = walk(2)
    states = [{n: base[n] + k * step[n] for n in base} for k in range(5)]
    result = project(states)
    u, v = map(flat, result.directions)
    assert [u @ u, u @ v, v @ v] == pytest.approx([1, 0, 1], abs=1e-12)
    assert result.explained_variance == pytest.approx([1, 0], abs=1e-12)
    assert result.coordinates[:, 1] == pytest.approx(np.zeros(5), abs=1e-10)
    assert np.array_equal(result.coordinates, project(states).coordinates)
    assert project(states[:2]).explained_variance == pytest.approx([1, 0], abs=1e-12)


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
