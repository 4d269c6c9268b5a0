"""Files give back the tensors that were saved, whole and in slices, and damage is named in one sentence."""

import os

import pytest
import torch
from safetensors.torch import save_file

from landscape.checkpoints import Checkpoint, CheckpointError
from landscape.objective import Objective


@pytest.fixture
def tensors():
    generator = torch.Generator().manual_seed(0)
    draw = torch.randn(3, 4, generator=generator)
    return {
        "float": draw,
        "half": draw.half(),
        "brain": draw.bfloat16(),
        "double": draw.double()[1],
        "count": torch.tensor(7),
        "mask": draw > 0,
        "empty": torch.empty(0, 5),
        "convolution": torch.randn(2, 3, 4, 5, generator=generator),
    }


def save(folder, tensors, kind):
    path = folder / f"state.{kind}"
    if kind == "safetensors":
        save_file(tensors, path, metadata={"format": "pt"})
    else:
        torch.save(tensors, path)
    return path


@pytest.mark.parametrize("kind", ["safetensors", "pt"])
def test_tensors_come_back(tmp_path, tensors, kind):
    state = Checkpoint(save(tmp_path, tensors, kind))
    assert state.keys() == tensors.keys()
    assert len(state) == 8
    assert "absent" not in state
    for name, tensor in tensors.items():
        assert torch.equal(state[name], tensor)
        assert state[name].dtype == tensor.dtype
        assert state.like(name).shape == tensor.shape
    assert [*state.restricted(["half", "float"])] == ["half", "float"]
    with pytest.raises(KeyError):
        state["absent"]


@pytest.mark.parametrize("kind", ["safetensors", "pt"])
def test_slices_come_one_after_the_other_in_the_type_asked_for(tmp_path, tensors, kind):
    state = Checkpoint(save(tmp_path, tensors, kind))
    out = torch.empty(11, dtype=torch.float64)
    state.read([("float", 5, 12), ("brain", 0, 2), ("convolution", 118, 120)], out)
    parts = tensors["float"].flatten()[5:], tensors["brain"].flatten()[:2], tensors["convolution"].flatten()[118:]
    assert torch.equal(out, torch.cat([part.double() for part in parts]))


def test_views_and_other_memory_orders_of_torch_files(tmp_path):
    base = torch.arange(120.0)
    tensors = {
        "view": base[10:34].view(4, 6),
        "transposed": base.view(10, 12).T,
        "channels last": base.view(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "every other": base[1::2],
    }
    torch.save(tensors, tmp_path / "a.pt")
    state = Checkpoint(tmp_path / "a.pt")
    for name, tensor in tensors.items():
        assert torch.equal(state[name], tensor)
        out = torch.empty(7, dtype=torch.float64)
        state.read([(name, 9, 16)], out)
        assert torch.equal(out, tensor.flatten()[9:16].double())


def test_parts_of_torch_files(tmp_path, tensors):
    torch.save({"model": tensors, "epoch": 3}, tmp_path / "a.pth")
    assert torch.equal(Checkpoint(tmp_path / "a.pth", key="model")["half"], tensors["half"])
    with pytest.raises(
        CheckpointError, match=r"a\.pth is not a mapping from name to tensor \(it has 'model', 'epoch'\)"
    ):
        Checkpoint(tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match=r"has no part 'net' \(it has 'model', 'epoch'\)"):
        Checkpoint(tmp_path / "a.pth", key="net")
    with pytest.raises(CheckpointError, match="is no torch file"):
        Checkpoint(save(tmp_path, tensors, "safetensors"), key="model")


@pytest.mark.parametrize("kind", ["safetensors", "pt"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.999])
def test_truncated_files_are_named(tmp_path, tensors, kind, share):
    tensors["weight"] = torch.zeros(5000)
    path = save(tmp_path, tensors, kind)
    os.truncate(path, int(share * path.stat().st_size))
    with pytest.raises(CheckpointError, match=rf"The checkpoint \S*state\.{kind} is truncated") as caught:
        Checkpoint(path)
    assert "\n" not in str(caught.value)


def test_a_file_cut_after_it_was_opened_is_named(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"w": torch.zeros(1000)}, path)
    state = Checkpoint(path)
    os.truncate(path, 2000)
    with pytest.raises(CheckpointError, match=r"a\.safetensors became shorter"):
        state["w"]
    path.unlink()
    with pytest.raises(CheckpointError, match=r"a\.safetensors cannot be read \(No such file"):
        state["w"]


def test_what_is_no_checkpoint_is_refused(tmp_path):
    def written(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    def saved(name, content, **options):
        torch.save(content, tmp_path / name, **options)
        return tmp_path / name

    header = b'{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}'
    unknown = b'{"w":{"dtype":"X7","shape":[2],"data_offsets":[0,8]}}'
    for path, words in [
        (tmp_path / "absent", "No such file"),
        (tmp_path, "Is a directory"),
        (written("empty", b""), "is empty"),
        (written("text", b"this is some text"), "neither a safetensors file"),
        (written("short", b"abc"), "neither a safetensors file"),
        (written("json", (4).to_bytes(8, "little") + b"{]}}"), "no legible safetensors header"),
        (written("lengths", len(header).to_bytes(8, "little") + header + bytes(8)), "contradict the shapes"),
        (written("type", len(unknown).to_bytes(8, "little") + unknown + bytes(8)), "no legible safetensors header"),
        (saved("old.pt", {"w": torch.ones(2)}, _use_new_zipfile_serialization=False), "torch before 1.6"),
        (saved("code.pt", torch.nn.Linear(2, 2)), "holds more than tensors"),
        (saved("sparse.pt", {"w": torch.eye(3).to_sparse_coo()}), "as no dense tensor"),
        (saved("list.pt", [torch.ones(2)]), "not a mapping from name to tensor"),
    ]:
        with pytest.raises(CheckpointError, match=words) as caught:
            Checkpoint(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_equal_layouts_are_kept_once(tmp_path):
    known = {}
    states = []
    for i in range(3):
        save_file({"w": torch.full((4,), float(i))}, tmp_path / f"{i}.safetensors")
        states.append(Checkpoint(tmp_path / f"{i}.safetensors").share_index(known))
    assert len(known) == 1
    assert states[0]._index is states[2]._index
    assert states[2]["w"].tolist() == [2] * 4


def test_an_objective_takes_a_file_as_a_state(tmp_path, convnet):
    objective = convnet.objective()
    state = {name: t.clone() for name, t in convnet.model.state_dict().items()}
    state["0.weight"] += 0.1
    save_file(state, tmp_path / "a.safetensors")
    moved = objective.at(Checkpoint(tmp_path / "a.safetensors"))
    assert isinstance(moved, Objective)
    assert moved.value() == objective.at(state).value() != objective.value()
