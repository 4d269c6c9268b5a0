"""Files give back the tensors that were saved, whole and in slices, and damage is named in one sentence."""

import json
import os
import re
import struct
import subprocess
import sys
import tracemalloc
import warnings
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from landscape.objective.objective import Objective
from landscape.trajectory.checkpoints import Checkpoint, CheckpointError, missing_prefix
from landscape.trajectory.projection import project


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


def test_safetensors_headers_of_every_length_are_read(tmp_path):
    # The first byte of a file is the lowest one of the header's length: 128 is also the first byte of a pickle.
    lengths = set()
    for width in range(1, 300, 7):
        save_file({"w" * width: torch.ones(2)}, tmp_path / "a.safetensors")
        assert torch.equal(Checkpoint(tmp_path / "a.safetensors")["w" * width], torch.ones(2))
        lengths.add((tmp_path / "a.safetensors").read_bytes()[0])
    assert 128 in lengths


def test_equal_layouts_are_kept_once(tmp_path):
    known = {}
    states = []
    for i in range(3):
        save_file({"w": torch.full((4,), float(i))}, tmp_path / f"{i}.safetensors")
        states.append(Checkpoint(tmp_path / f"{i}.safetensors").share_index(known))
    assert len(known) == 1
    assert states[2]["w"].tolist() == [2] * 4


def test_many_checkpoints_of_one_layout_weigh_little(tmp_path):
    save_file({f"layer.{i}.weight": torch.ones(2) for i in range(300)}, tmp_path / "a.safetensors")
    sizes = []
    for known in (None, {}):
        tracemalloc.start()
        states = [Checkpoint(tmp_path / "a.safetensors")]  # with what is made once
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(10):
            state = Checkpoint(tmp_path / "a.safetensors")
            states.append(state if known is None else state.share_index(known))
        sizes.append(tracemalloc.get_traced_memory()[0] - before)
        tracemalloc.stop()
    assert sizes[1] < 0.3 * sizes[0]


def test_an_objective_takes_a_file_as_a_state(tmp_path, convnet):
    objective = convnet.objective()
    state = {name: t.clone() for name, t in convnet.model.state_dict().items()}
    state["0.weight"] += 0.1
    save_file(state, tmp_path / "a.safetensors")
    moved = objective.at(Checkpoint(tmp_path / "a.safetensors"))
    assert isinstance(moved, Objective)
    assert moved.value() == objective.at(state).value() != objective.value()


# ---------------------------------------------------------------- as frameworks write them


@pytest.fixture
def net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))


@pytest.fixture
def objective(net):
    data = torch.randn(20, 3, generator=torch.Generator().manual_seed(1)), torch.arange(20) % 2
    return Objective(net, torch.nn.CrossEntropyLoss(), data)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.", "net.", "module._orig_mod."])
@pytest.mark.parametrize("kind", ["safetensors", "pt"])
def test_prefixes_of_wrappers_are_stripped_or_named(tmp_path, net, objective, prefix, kind):
    others = {"criterion.weight": torch.ones(2)} if prefix == "model." else {}
    path = save(tmp_path, {f"{prefix}{name}": p.detach() for name, p in net.state_dict().items()} | others, kind)
    state = Checkpoint(path, strip_prefix=prefix)
    assert state.keys() == net.state_dict().keys()
    assert objective.at(state).value() == objective.value()
    assert objective.at(Checkpoint(path).without_prefix(prefix)).value() == objective.value()
    assert missing_prefix(Checkpoint(path), net.state_dict()) == prefix
    assert missing_prefix(state, net.state_dict()) is None
    moved = {name: p + 1 for name, p in objective.parameters.items()}
    with pytest.raises(CheckpointError, match="strip_prefix=") as error:
        project([moved, path], origin=objective.parameters)
    advised = re.search(r"strip_prefix='([^']*)'", str(error.value)).group(1)
    assert (
        project([moved, Checkpoint(path, strip_prefix=advised)], origin=objective.parameters).coordinates.shape[0] == 2
    )
    if not prefix.startswith("_orig_mod"):  # which names of compiled models lose anyway
        with pytest.raises(ValueError, match="strip_prefix=") as error:
            objective.at(Checkpoint(path))
        advised = re.search(r"strip_prefix='([^']*)'", str(error.value)).group(1)
        assert objective.at(Checkpoint(path, strip_prefix=advised)).value() == objective.value()
    with pytest.raises(CheckpointError, match=r"no names that begin with 'nothing\.': its names are '"):
        Checkpoint(path, strip_prefix="nothing.")


def sharded(folder, tensors):
    """As Hugging Face's save_pretrained cuts a model in files."""
    files = {name: f"model-0000{1 + i % 2}-of-00002.safetensors" for i, name in enumerate(tensors)}
    for file in set(files.values()):
        save_file({name: tensors[name] for name in tensors if files[name] == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": files}))


def test_weights_in_several_files_are_one_checkpoint(tmp_path, net, objective):
    state = {name: p.detach() + 1 for name, p in net.state_dict().items()}
    sharded(tmp_path, state)
    for path in (tmp_path, tmp_path / "model.safetensors.index.json"):
        read = Checkpoint(path)
        assert read.keys() == state.keys()
        assert objective.at(read).value() == objective.at(state).value()
    found = project([objective.parameters, tmp_path], origin=objective.parameters)
    assert found.coordinates[1, 0] == pytest.approx(sum(p.numel() for p in state.values()) ** 0.5)
    (tmp_path / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"00002\.safetensors cannot be read"):
        Checkpoint(tmp_path)
    (tmp_path / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../a.safetensors"}}')
    with pytest.raises(CheckpointError, match="names files of other folders"):
        Checkpoint(tmp_path)
    (tmp_path / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(CheckpointError, match="no legible weight_map"):
        Checkpoint(tmp_path)
    (tmp_path / "model.safetensors.index.json").unlink()
    with pytest.raises(CheckpointError, match=r"Is a directory without model\.safetensors"):
        Checkpoint(tmp_path)


def test_folders_of_distributed_checkpoints_are_refused_with_a_remedy_that_works(tmp_path, net, objective):
    import torch.distributed.checkpoint as dcp

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is one process only
        dcp.save({"model": net.state_dict()}, checkpoint_id=tmp_path / "dcp", no_dist=True)
    with pytest.raises(CheckpointError, match="index is a pickle") as error:
        Checkpoint(tmp_path / "dcp")
    command = re.search(r"run python (-m [^,]*), and", str(error.value)).group(1)
    target = tmp_path / "whole.pt"
    subprocess.run([sys.executable, *command.replace("FILE.pt", str(target)).split()], check=True, capture_output=True)
    assert objective.at(Checkpoint(target, key="model")).value() == objective.value()


def test_files_of_lightning_are_read(framework, tmp_path, net, objective):
    lightning = framework("lightning")

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.save_hyperparameters({"width": 4})
            self.model = net

        def training_step(self, batch):
            return torch.nn.functional.cross_entropy(self.model(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=0.01)

    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(8, 3), torch.arange(8) % 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice on the number of workers, and on srun where that is installed
        trainer = lightning.Trainer(
            max_epochs=1,
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            accelerator="cpu",
            default_root_dir=tmp_path,
            enable_checkpointing=False,
        )
        trainer.fit(Module(), data)
    trainer.save_checkpoint(tmp_path / "run.ckpt")
    state = Checkpoint(tmp_path / "run.ckpt", strip_prefix="model.")
    assert state.key_ == "state_dict"
    assert objective.at(state).value() == objective.at(net.state_dict()).value()


def test_folders_of_transformers_are_read(framework, tmp_path):
    transformers = framework("transformers")
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(n_embd=16, n_layer=1, n_head=2, vocab_size=40))
    model.save_pretrained(tmp_path / "whole")
    model.save_pretrained(tmp_path / "cut", max_shard_size="20KB")
    for folder in ("whole", "cut"):
        state = Checkpoint(tmp_path / folder)
        assert all(torch.equal(state[name], p) for name, p in model.named_parameters())


def test_a_file_that_would_fill_memory_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "weights.pt"
    torch.save({"a": torch.zeros(10**6)}, path)
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(tmp_path / "packed.pt", "w", zipfile.ZIP_DEFLATED) as file:
        for name in parts.namelist():
            file.writestr(name, parts.read(name))
    with pytest.raises(CheckpointError, match=r"is a compressed zip file, which torch.save never writes: save it"):
        Checkpoint(tmp_path / "packed.pt")
    torch.save(torch.load(tmp_path / "packed.pt"), tmp_path / "anew.pt")  # the advice
    assert torch.equal(Checkpoint(tmp_path / "anew.pt")["a"], torch.zeros(10**6))
    with zipfile.ZipFile(tmp_path / "long.pt", "w") as file:
        file.writestr("archive/data.pkl", b"\x80\x02" + b"]" * 31_000_000)
    with pytest.raises(CheckpointError, match=r"holds 31,000,002 bytes besides its tensors, where 30,000,000 suff"):
        Checkpoint(tmp_path / "long.pt")
    length = 31_000_000
    header = tmp_path / "header.safetensors"
    with header.open("wb") as file:
        file.write(length.to_bytes(8, "little"))
        file.truncate(length + 8)
    with pytest.raises(CheckpointError, match=r"header has 31,000,000 bytes, where 30,000,000 suffice: save it anew"):
        Checkpoint(header)
    index = tmp_path / "model.safetensors.index.json"
    with index.open("wb") as file:
        file.truncate(length)
    with pytest.raises(CheckpointError, match=r"no legible weight_map .*31,000,000 bytes, where 30,000,000 suffice"):
        Checkpoint(index)


def directory_of(archive):
    """Where an archive that torch.save wrote has its list of parts, and where that ends."""
    end = archive.rfind(b"PK\5\6")
    size, place = struct.unpack("<QQ", archive[end - 36 : end - 20])
    assert end == place + size + 76
    return place, place + size


def changed(archive, at, value):
    return archive[:at] + value + archive[at + len(value) :]


def with_name_of_another(archive):
    return archive.replace(b"two/data/0", b"two/data/1", 1)


def with_places_exchanged(archive):
    """In the list of parts only."""
    start, end = directory_of(archive)
    first, second = (archive.index(name, start, end) - 4 for name in (b"two/data/0", b"two/data/1"))
    one, other = archive[first : first + 4], archive[second : second + 4]
    return changed(changed(archive, first, other), second, one)


def with_other_method(archive):
    return changed(archive, archive.index(b"two/data/0") - 22, b"\x08\0")


def with_two_of_a_name(archive):
    start, end = directory_of(archive)
    return changed(archive, archive.index(b"two/data/1", start, end), b"two/data/0")


def with_two_directories(archive):
    """Torch's reader goes to the first of them, Python's to the second."""
    start, end = directory_of(archive)
    listed, record, last = archive[start:end], archive[end : end + 56], archive[end + 56 :]
    second = changed(record, 48, struct.pack("<Q", start + len(listed) + 56))
    return archive[: end + 56] + listed + second + changed(last, 8, struct.pack("<Q", end))


def with_illegible_list(archive):
    """Python's reader refuses one of a later version of the format, torch's takes no notice."""
    return changed(archive, directory_of(archive)[0] + 6, b"\x63\0")


CONTRADICTIONS = {
    "another archive before it": lambda archive: archive + archive,
    "name": with_name_of_another,
    "places": with_places_exchanged,
    "method": with_other_method,
    "directories": with_two_directories,
    "illegible": with_illegible_list,
    "one name twice": with_two_of_a_name,
}


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_archives_in_which_readers_find_different_things_are_refused(kind, tmp_path):
    """What is compared of an archive has to be that of which torch reads tensors."""
    path = tmp_path / "two.pt"
    torch.save({"v": torch.full((4,), 1.0), "w": torch.full((4,), 2.0)}, path)
    path.write_bytes(CONTRADICTIONS[kind](path.read_bytes()))
    with pytest.raises(CheckpointError, match=r"two\.pt is (a zip archive that contra|truncated or corr)"):
        Checkpoint(path)
    if kind != "one name twice":  # the advice, where torch reads it
        torch.save(torch.load(path), tmp_path / "anew.pt")
        assert sorted(Checkpoint(tmp_path / "anew.pt")) == ["v", "w"]


def test_a_tensor_that_claims_more_than_its_part_of_the_archive_is_refused(tmp_path):
    """Behind it are the bytes of the next tensor."""
    torch.save({"v": torch.full((4,), 1.0), "w": torch.full((4,), 2.0)}, tmp_path / "two.pt")
    content = (tmp_path / "two.pt").read_bytes()
    assert content.count(b"K\x04") == 4  # of a storage and a shape for each
    (tmp_path / "two.pt").write_bytes(content.replace(b"K\x04", b"K\x30", 2))
    with pytest.raises(CheckpointError, match=r"two\.pt is corrupt: 'v' reaches beyond its end"):
        Checkpoint(tmp_path / "two.pt")


@pytest.mark.slow
def test_an_archive_of_very_many_parts_is_read(tmp_path):
    """Of more than the 65,535 of the old format."""
    torch.save({str(i): torch.full((1,), float(i)) for i in range(65_600)}, tmp_path / "many.pt")
    state = Checkpoint(tmp_path / "many.pt")
    assert (len(state), state["65599"].item()) == (65_600, 65_599.0)
