"""Directions on disk: the same tensors and notes again, on another model's axes too, and no silent damage."""

import pytest
import torch
from safetensors.torch import save_file

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.slices.direction_files import load_directions, save_directions
from landscape.slices.directions import random_direction


def test_what_was_saved_comes_back_bit_for_bit(mlp, tmp_path):
    objective = mlp.objective()
    u = random_direction(objective, seed=0)
    vector = top_eigenpairs(objective).vectors[0]  # parts of one vector in memory
    path = tmp_path / "axes.safetensors"
    save_directions(path, {"alpha": u, "beta": vector}, {"why": ["a", 1, None]})
    found = load_directions(path)
    assert list(found.directions) == ["alpha", "beta"]
    assert list(found["alpha"]) == list(u)
    assert all(torch.equal(found["alpha"][n], u[n]) for n in u)
    assert all(torch.equal(found["beta"][n], vector[n]) for n in vector)
    assert found["alpha"].protocol == u.protocol
    assert found["beta"].protocol == {}
    assert found.metadata == {"why": ["a", 1, None]}
    assert [p.name for p in tmp_path.iterdir()] == ["axes.safetensors"]  # nothing temporary is left


def test_another_run_is_drawn_on_the_same_axes(mlp, tmp_path):
    save_directions(tmp_path / "axes", {"u": random_direction(mlp.objective(), seed=0)})
    other = mlp.objective(dtype=torch.float32)
    other = other.at({n: p + 1 for n, p in other.parameters.items()})
    found = load_directions(tmp_path / "axes", other)["u"]
    assert {d.dtype for d in found.values()} == {torch.float32}
    other.value({n: p + found[n] for n, p in other.parameters.items()})


def test_files_that_do_not_fit_are_refused(mlp, convnet, make_case, tmp_path):
    path = tmp_path / "axes"
    u = random_direction(mlp.objective(), seed=0)
    save_directions(path, {"u": u})
    with pytest.raises(ValueError, match=r"direction 'u' of .* does not have exactly the trainable parameters' names"):
        load_directions(path, make_case("tied").objective())
    save_directions(path, {"u": u | {"0.bias": torch.ones(2)}})
    with pytest.raises(ValueError, match=r"has shape \(2,\) for '0\.bias', whose parameter has shape \(5,\)"):
        load_directions(path, mlp.objective())
    with pytest.raises(FileNotFoundError, match="no file of directions"):
        load_directions(tmp_path / "nowhere")
    save_file({"weight": torch.ones(2)}, path)
    with pytest.raises(ValueError, match="holds no directions of save_directions"):
        load_directions(path)


@pytest.mark.parametrize("damage", ["truncated", "changed", "empty"])
def test_damage_is_noticed(mlp, tmp_path, damage):
    path = tmp_path / "axes"
    save_directions(path, {"u": random_direction(mlp.objective(), seed=0)})
    content = bytearray(path.read_bytes())
    if damage == "changed":
        content[-3] ^= 64
    path.write_bytes({"truncated": content[:-9], "changed": content, "empty": b""}[damage])
    with pytest.raises(ValueError, match="changed or damaged" if damage == "changed" else "no whole safetensors file"):
        load_directions(path)


def test_what_cannot_be_saved_is_refused_and_leaves_the_old_file(mlp, tmp_path):
    path = tmp_path / "axes"
    u = random_direction(mlp.objective(), seed=0)
    save_directions(path, {"u": u})
    before = path.read_bytes()
    for directions, metadata, words in [
        ({}, None, "no direction to save"),
        (u["0.weight"], None, "no direction to save"),
        ({"a/b": u}, None, "named 'a/b'"),
        ({"u": []}, None, "is a list: give a mapping"),
        ({"u": u | {"0.bias": torch.full((5,), torch.nan)}}, None, r"'u' has no finite tensor for '0\.bias'"),
        ({"u": u}, {"when": object()}, "cannot be written as JSON"),
    ]:
        with pytest.raises(ValueError, match=words):
            save_directions(path, directions, metadata)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["axes"]
