"""A study's files, read by the explorer's thread while others read and write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
