"""A study's files: read and written by several threads, refused by disks, left half by killed writers."""

from __future__ import annotations

import builtins
import errno
import io
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from landscape._common.atomic import written_aside
from landscape._common.checksums import DamagedFileError, checksum_of_tensors
from landscape._common.files import (
    CannotWriteError,
    read_json,
    read_tensors,
    remove_leftovers,
    write_json,
    write_tensors,
    write_tree,
)
from landscape._common.netcdf import Column, Stacked, write_groups

THREADS = """
import sys, threading
from pathlib import Path

import numpy as np
import xarray as xr

from landscape._common.files import read_tree, write_tree

folder, wrong = Path(sys.argv[1]), []
values = np.arange(400.0)
tree = xr.DataTree.from_dict(
    {f"/{k}": xr.Dataset({"x": ("t", k + values), "name": ("t", values.astype(str))}, attrs={"k": k}) for k in range(4)}
)
write_tree(folder / "first.nc", tree)


def work(thread):
    for k in range(3):
        write_tree(folder / f"{thread}-{k}.nc", tree)
        for path in (folder / "first.nc", folder / f"{thread}-{k}.nc"):
            if not read_tree(path).identical(tree):
                wrong.append(path)


threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("wrong:", wrong)
"""


def test_threads_may_read_and_write_at_once(tmp_path: Path) -> None:
    """A library that may not be called so takes the whole process with it, so this one is another."""
    run = subprocess.run(
        [sys.executable, "-c", THREADS, str(tmp_path)], capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout == "wrong: []\n"


@pytest.mark.parametrize("call", ["open", "mkdir", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES])
def test_what_a_disk_refuses_is_one_error_that_names_the_file_and_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    real = open

    def refuse(*arguments: Any, **options: Any) -> Any:
        if call == "open" and arguments[1:] != ("xb",):
            return real(*arguments, **options)
        raise OSError(number, os.strerror(number))

    path = tmp_path / ("new" if call == "mkdir" else ".") / "a.json"
    if call != "mkdir":
        write_json(path, {"a": 1})
    with monkeypatch.context() as patch:
        if call == "open":
            patch.setattr(builtins, "open", refuse)
        else:
            patch.setattr(os, call, refuse)
        for write in (
            lambda: write_json(path, {"a": 2}),
            lambda: write_tensors(path, {"a": torch.ones(2)}, {}),
            lambda: write_tree(path, xr.DataTree()),
        ):
            with pytest.raises(CannotWriteError) as refused:
                write()
            assert str(refused.value).startswith(f"'{path}' cannot be written ({os.strerror(number)}): ")
            assert pickle.loads(pickle.dumps(refused.value)).args == refused.value.args  # as from a worker
    assert [left.name for left in tmp_path.iterdir()] == ([] if call == "mkdir" else ["a.json"])
    if call != "mkdir":
        assert read_json(path) == {"a": 1}


def test_a_file_where_a_folder_belongs_is_named_and_the_advice_works(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("mine")
    path = tmp_path / "runs" / "a" / "b.json"
    with pytest.raises(CannotWriteError, match=rf"'{tmp_path / 'runs'}' .*: move it away, a folder belongs there"):
        write_json(path, {})
    (tmp_path / "runs").rename(tmp_path / "mine")
    write_json(path, {})
    with pytest.raises(CannotWriteError, match="move away the folder that is where a file belongs"):
        write_json(path.parent, {})


def test_what_killed_writers_left_is_removed_and_what_others_write_is_not(tmp_path: Path) -> None:
    """A process is killed between writing aside and moving into place; another one, this, is alive."""
    script = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom landscape._common.files import write_text\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\nwrite_text(Path(sys.argv[1]), 'half')\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path / "a.txt")], check=False)
    assert ended.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    own = tmp_path / left.name.replace(left.name.split("-")[1], str(os.getpid()))
    own.write_text("half")
    folder = tmp_path / ".curves.ab_12cd9"  # of versions that drew in folders
    folder.mkdir()
    (folder / "curves.pdf").write_text("half")
    (tmp_path / ".hidden").write_text("of the user")
    remove_leftovers(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {own.name, folder.name, ".hidden"}
    for path in (own, folder):
        os.utime(path, (0, 0))
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".hidden"]


def test_a_checksum_is_of_content_names_types_and_shapes(tmp_path: Path) -> None:
    tensors = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(True), "c": torch.ones(2, dtype=torch.bfloat16)}
    write_tensors(tmp_path / "a", tensors, {"step": "1"})
    found = read_tensors(tmp_path / "a", {"step": "1"}, required=True)
    assert all(
        torch.equal(found[name], tensor) and found[name].dtype == tensor.dtype for name, tensor in tensors.items()
    )
    with pytest.raises(DamagedFileError, match="its step is '1' and not '2'"):
        read_tensors(tmp_path / "a", {"step": "2"})
    right = checksum_of_tensors(tensors, {})
    for other in (
        {**tensors, "a": tensors["a"].reshape(3, 2)},
        {**tensors, "a": tensors["a"].int()},
        {"d" if name == "a" else name: tensor for name, tensor in tensors.items()},
    ):
        assert checksum_of_tensors(other, {}) != right
    save_file(tensors, tmp_path / "theirs")
    with pytest.raises(DamagedFileError, match="checksum"):
        read_tensors(tmp_path / "theirs", required=True)
    assert read_tensors(tmp_path / "theirs").keys() == tensors.keys()


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(8.0)[::4][:1],
        torch.tensor([1 + 2j, 3.0]).conj(),
        torch.tensor([1 + 2j]).conj().imag,
        torch.zeros(0, 3),
        torch.tensor(2.0, dtype=torch.bfloat16),
    ],
    ids=["one of a stride", "conjugated", "negated", "empty", "a single number"],
)
def test_tensors_of_every_layout_are_written_and_read_with_their_checksum(tensor: torch.Tensor, tmp_path: Path) -> None:
    write_tensors(tmp_path / "a.safetensors", {"w": tensor}, {})
    assert read_tensors(tmp_path / "a.safetensors", required=True)["w"].equal(tensor)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
@settings(max_examples=60, deadline=None)
@given(limit=st.integers(0, 60_000))
def test_hdf5_reads_back_what_a_disk_did_not_take(limit):
    """A library that reads back other bytes than it wrote damages its memory, and ends the process some time later."""
    import resource

    values = np.random.default_rng(0).random((40, 100))
    data = xr.Dataset({"t": ("x", np.array([f"row {i}" for i in range(40)], dtype=object))})
    rows = [((i,), {"c": values[i], "s": f"text {i}"}) for i in range(40)]
    columns = {"c": Column(("x", "y"), np.dtype(float)), "s": Column(("x",), np.dtype(object))}
    stacked = [Stacked("/", columns, rows)]
    right = io.BytesIO()
    write_groups(right, data.assign(y=range(100)), stacked)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        refused = limit < len(right.getvalue())
        with pytest.raises(CannotWriteError, match="file") if refused else nullcontext(), written_aside(path) as file:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
            try:
                write_groups(file, data.assign(y=range(100)), stacked)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)
            failed = file.error is not None
            file.seek(0)
            content = file.read()
        assert failed == refused
        assert content == right.getvalue()
        assert path.exists() != refused
        assert len(os.listdir(folder)) == (not refused)
