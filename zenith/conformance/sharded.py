"""The steps of methods on weights sharded over two processes, compared with those on the same weights whole."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, Shard, distribute_tensor, init_device_mesh
from torch.multiprocessing.spawn import spawn

from zenith import methods
from zenith.baselines.line_probe import LineProbe
from zenith.methods import METHODS, Method

__all__ = ["largest_difference", "main"]

RANKS = 2
STEPS = 12

Case = tuple[Any, dict[str, Any]]
"""What `methods.get` takes, or a method, and its settings."""


def largest_difference(row: Method, settings: Mapping[str, Any]) -> float | str:
    """Return by how much the weights of one method differ at most, or its error; those of all built-in ones at once.

    The error begins with "NotCheckedError" where the method cannot be sent to other processes.
    """
    if row.name in METHODS and not settings:
        return _built_in()[list(METHODS).index(row.name)]
    sent: Any = row
    if row.source is not None:
        sent = row.source.reference if row.name == row.source.attribute else (row.name, row.source.reference)
    return _differences([(sent, dict(settings))])[0]


@cache
def _built_in() -> list[float | str]:
    return _differences([(name, {}) for name in METHODS])


def _differences(cases: Sequence[Case]) -> list[float | str]:
    try:
        packed = _packed(list(cases))
    except Exception as error:
        reason = str(error).splitlines()[0]
        missing = "; pip install cloudpickle, or put it into a file" if isinstance(error, ImportError) else ""
        return [f"NotCheckedError: it cannot be sent to other processes ({reason}){missing}"] * len(cases)
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "cases", Path(folder) / "found.json"
        given.write_bytes(packed)
        paths = os.pathsep.join([str(Path(path).absolute()) for path in sys.path if path and Path(path).exists()])
        done = subprocess.run(
            [sys.executable, "-c", f"from {__name__} import main; main()", given, out],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env=os.environ | {"PYTHONPATH": paths},
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            return [f"NotCheckedError: its two processes failed ({lines[-1]})"] * len(cases)
        return json.loads(out.read_text())


def _packed(cases: list[Case]) -> bytes:
    if not any(isinstance(case, Method) for case, _ in cases):
        return pickle.dumps(cases)
    return importlib.import_module("cloudpickle").dumps(cases)  # what was made in a session


def _trained(row: Method, settings: Mapping[str, Any], sharded: bool) -> Tensor:
    """The weights after some steps on a made-up loss, whole."""
    mesh = init_device_mesh("cpu", (RANKS,))

    def spread(tensor: Tensor) -> Tensor:
        return distribute_tensor(tensor, mesh, [Shard(0)]) if sharded else tensor

    generator = torch.Generator().manual_seed(0)
    values = [torch.randn(shape, dtype=torch.float64, generator=generator) for shape in ((4, 3), (4,))]
    model = nn.ParameterList([nn.Parameter(spread(value)) for value in values])
    optimizer = methods.make_optimizer(row, model.parameters(), **settings)
    for step in range(STEPS):

        def forward() -> Tensor:
            return torch.stack([torch.cosh(_whole(p)).log().sum() for p in model]).sum()

        def closure(step: int = step) -> Tensor:
            noise = torch.Generator().manual_seed(step)
            for p in model:
                value = _whole(p)
                p.grad = spread(value.tanh() + 0.1 * torch.randn(value.shape, generator=noise, dtype=value.dtype))
            return forward()

        probe = LineProbe(model, forward) if "probe" in row.needs else None
        loss = None if "closure" in row.needs else closure()
        methods.step(row, optimizer, loss=loss, probe=probe, closure=closure)
    return torch.cat([_whole(p).flatten() for p in model])


def _whole(p: Tensor) -> Tensor:
    return (p.full_tensor() if isinstance(p, DTensor) else p).detach()


def _work(rank: int, rendezvous: str, given: str, out: str) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=RANKS)
    found: list[float | str] = []
    for method, settings in pickle.loads(Path(given).read_bytes()):
        try:
            row = methods.get(method)
            found.append(float((_trained(row, settings, True) - _trained(row, settings, False)).abs().max()))
        except Exception as error:  # whatever an optimizer of somebody raises is what is found of it
            found.append(f"{type(error).__name__}: {error}")
    if rank == 0:
        Path(out).write_text(json.dumps(found))
    dist.destroy_process_group()


def main() -> None:
    """Write the differences of pickled cases as JSON; the two paths are the arguments of the program."""
    with tempfile.TemporaryDirectory() as folder:
        spawn(_work, args=(f"{folder}/rendezvous", sys.argv[1], sys.argv[2]), nprocs=RANKS)
