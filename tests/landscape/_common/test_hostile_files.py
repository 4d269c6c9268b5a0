"""Files that promise more than they hold, or hold what nobody wrote: one sentence, and no memory."""

import gzip
import json
import re
import resource
import struct

import h5py
import numpy as np
import pytest
import torch
from torch import nn

import landscape as ls
import zenith
from landscape._common.checksums import DamagedFileError, read_seal
from landscape._common.files import read_json, read_tree
from zenith.tasks.file_formats import read_idx


@pytest.fixture
def little_memory():
    """At most 400 MB more in the block; the peak of a process never sinks again, so it is compared with itself."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000


def idx(dimensions, sizes, data=b""):
    return struct.pack(">HBB", 0, 8, dimensions) + b"".join(struct.pack(">I", size) for size in sizes) + data


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (idx(1, [10]) + bytes(2**29), "truncated or damaged"),  # half a gigabyte behind ten numbers
        (idx(3, [60000, 100, 100]), "where 300,000,000 suffice"),
        (idx(255, [2**31] * 255), "where 300,000,000 suffice"),
        (idx(3, [2, 3]), "truncated or damaged"),
    ],
    ids=["long", "large", "deep", "short"],
)
def test_a_packed_file_is_unpacked_as_far_as_its_header_says(content, words, tmp_path, little_memory):
    path = tmp_path / "images.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(content)
    del content
    with pytest.raises(ValueError, match=words) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_an_honest_packed_file_is_read(tmp_path):
    with gzip.open(tmp_path / "labels.gz", "wb") as file:
        file.write(idx(1, [3], b"\1\2\3"))
    assert read_idx(tmp_path / "labels.gz").tolist() == [1, 2, 3]


def test_a_thousand_bytes_of_netcdf_do_not_fill_the_memory(tmp_path, little_memory):
    path = tmp_path / "study.nc"
    with h5py.File(path, "w") as file:
        file.create_dataset("step", shape=(10**9,), dtype="f8", chunks=(10**6,), compression="gzip")
    assert path.stat().st_size < 10_000
    with pytest.raises(
        ValueError, match=r"declares arrays of 8,000,000,000 bytes, more than its [\d,]+ bytes can hold"
    ):
        read_tree(path)


def test_values_of_other_files_are_not_read(tmp_path):
    (tmp_path / "secret").write_bytes(np.arange(4.0).tobytes())
    with h5py.File(tmp_path / "study.nc", "w") as file:
        file.create_dataset("loss", shape=(4,), dtype="f8", external=[(str(tmp_path / "secret"), 0, 32)])
    with pytest.raises(ValueError, match="takes the values of 'loss' from another file"):
        read_tree(tmp_path / "study.nc")


def test_json_without_end_is_a_value_error(tmp_path):
    (tmp_path / "a.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="deeper than Python reads"):
        read_json(tmp_path / "a.json")


F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
HEADERS = {
    "negative shape": {"a": F32 | {"shape": [-2]}},
    "negative offset": {"a": F32 | {"data_offsets": [-8, 0]}},
    "float shape": {"a": F32 | {"shape": [2.0]}},
    "true shape": {"a": F32 | {"shape": [True], "data_offsets": [0, 4]}},
    "huge shape": {"a": F32 | {"shape": [2**70]}},
    "overflowing shape": {"a": F32 | {"shape": [2**61, 2**61, 0], "data_offsets": [0, 4]}},
    "text shape": {"a": F32 | {"shape": "22"}},
    "nested shape": {"a": F32 | {"shape": [[2]]}},
    "huge offset": {"a": F32 | {"data_offsets": [2**80, 2**80 + 8]}},
    "three offsets": {"a": F32 | {"data_offsets": [0, 4, 8]}},
    "null": {"a": None},
    "number": {"a": 3},
    "list": [F32],
    "dtype": {"a": F32 | {"dtype": ["F32"]}},
}


@pytest.mark.parametrize("name", [*HEADERS, "depth"])
def test_hostile_safetensors_headers_are_checkpoint_errors(name, tmp_path):
    header = b"[" * 100_000 if name == "depth" else json.dumps(HEADERS[name]).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    with pytest.raises(ls.trajectory.CheckpointError, match=re.escape(str(path))) as caught:
        dict(ls.trajectory.Checkpoint(path))
    assert len(str(caught.value)) < 500


def test_one_number_in_the_place_of_a_billion_is_no_tensor(tmp_path, little_memory):
    torch.save({"a": torch.zeros(1).expand(2**30)}, tmp_path / "a.pt")
    with pytest.raises(ls.trajectory.CheckpointError, match="1,073,741,824 views of fewer numbers"):
        ls.trajectory.Checkpoint(tmp_path / "a.pt")


def task():
    data = (torch.randn(16, 3, generator=torch.Generator().manual_seed(0)), torch.arange(16) % 2)
    return zenith.Task("mine", lambda: nn.Linear(3, 2), data, data, loss=nn.CrossEntropyLoss())


class StopError(Exception):
    pass


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """The file of a run of four steps that two were taken of, and what starts it."""
    own, path = task(), tmp_path_factory.mktemp("resume") / "run.pt"

    def run(file, **options):
        return zenith.train(own, "zenith", steps=4, batch_size=8, checkpoints=2, resume=file, save_every=1, **options)

    def stop(step, *_):
        if step == 2:
            raise StopError

    with pytest.raises(StopError):
        run(path, on_step=stop)
    return torch.load(path, weights_only=True), run


CHANGES = {
    "empty": lambda state: state.clear(),
    "null step": lambda state: state.update(step=None),
    "null weights": lambda state: state.update(kept=None),
    "null model": lambda state: state.update(model=None),
    "step out of range": lambda state: state.update(step=10**9),
    "negative step": lambda state: state.update(step=-1),
    "batches out of range": lambda state: state.update(batches_seen=10**12),
    "text": lambda state: state.update(batches_seen="1"),
    "weights of no step": lambda state: state["kept"].update({10**6: state["model"]}),
    "weights of no model": lambda state: state["kept"].update({0: {}}),
    "trace of no step": lambda state: state["trace"]["steps"].update(loss=torch.zeros(0)),
    "no random state": lambda state: state.update(random={}),
    "no optimizer": lambda state: state.update(optimizer={"state": {}, "param_groups": []}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_of_a_run_without_its_state_is_one_sentence(interrupted, change, tmp_path):
    held, run = interrupted
    torch.save(held, tmp_path / "run.pt")
    hostile = torch.load(tmp_path / "run.pt", weights_only=True)  # a copy
    CHANGES[change](hostile["state"])
    torch.save(hostile, tmp_path / "run.pt")
    with pytest.raises(ValueError, match=r"run\.pt' holds no state that this run can go on from") as caught:
        run(tmp_path / "run.pt")
    assert "\n" not in str(caught.value)
    (tmp_path / "run.pt").unlink()  # as the message says
    assert run(tmp_path / "run.pt").status == "finished"


@pytest.mark.parametrize("line", ["[99, [0.5]]", "[-1, [0.5]]", "[0, []]", "[0, [0.5, 0.5]]"])
def test_a_plane_file_with_other_points_is_one_sentence(line, tmp_path):
    data = (torch.randn(8, 3), torch.arange(8) % 2)
    loss = ls.Objective(nn.Linear(3, 2), nn.CrossEntropyLoss(), data)
    direction = ls.random_direction(loss, seed=0)
    path = tmp_path / "line.jsonl"
    ls.line(loss, direction, [-1.0, 0.0, 1.0], path=path)
    heading = path.read_text().splitlines()[0]
    path.write_text(f"{heading}\n{line}\n")
    with pytest.raises(ValueError, match=r"line\.jsonl is damaged: it has \d values at point -?\d+"):
        ls.line(loss, direction, [-1.0, 0.0, 1.0], path=path)
    path.unlink()
    assert ls.line(loss, direction, [-1.0, 0.0, 1.0], path=path).sizes["alpha"] == 3


@pytest.mark.parametrize(
    "event",
    [
        {"event": "steps", "first": 10**13, "loss": [], "gradient_norm": [], "lr": []},
        {"event": "steps", "first": 99_000_000, "loss": [], "gradient_norm": [], "lr": []},
        {"event": "steps", "first": 1, "loss": [1], "gradient_norm": [1], "lr": [1, 2]},
        {"event": "steps", "first": None},
        {"event": "steps", "first": 1, "loss": 3},
        {"event": "measured", "step": 10**30},
        {"event": "measured"},
        {"event": "resumed", "step": "x"},
        {},
        3,
        None,
    ],
)
def test_a_record_with_a_hostile_line_is_one_sentence(event, tmp_path, little_memory):
    path = tmp_path / "record.jsonl"
    start = {"event": "start", "schema": 1, "name": "mine", "seed": 0}
    series = {"mean_gradient_norm": [], "zenith": []}
    hostile = event | series if isinstance(event, dict) and "gradient_norm" in event else event
    path.write_text(json.dumps(start) + "\n" + json.dumps(hostile) + "\n")
    with pytest.raises(ValueError, match=r"record\.jsonl' is damaged in line 2"):
        ls.monitor.MonitorRecord.open(path)


def test_the_number_of_a_seed_that_is_none_is_no_record(tmp_path):
    path = tmp_path / "record.jsonl"
    path.write_text('{"event": "start", "schema": 1, "name": "mine", "seed": Infinity}\n')
    with pytest.raises(ValueError, match="is no record of a SharpnessMonitor"):
        ls.monitor.MonitorRecord.open(path)


@pytest.mark.parametrize("line", [b'{"bytes": NaN, "xxh3": "0"}', b"[" * 4000, b"[]", b'{"bytes": "3"}'])
def test_an_illegible_line_with_a_checksum_is_damage(line, tmp_path):
    path = tmp_path / "study.nc"
    path.write_bytes(b"abc\n# landscape: " + line + b"\n")
    with pytest.raises(DamagedFileError, match="the line with its checksum is illegible"):
        read_seal(path)
