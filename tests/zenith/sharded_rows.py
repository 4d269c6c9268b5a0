"""Run by test_conformance.py: every method on weights sharded over two processes beside the same weights whole."""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, Shard, distribute_tensor, init_device_mesh
from torch.multiprocessing.spawn import spawn

from zenith import methods
from zenith.baselines.line_probe import LineProbe

RANKS = 2
STEPS = 12


def trained(name: str, sharded: bool) -> Tensor:
    """The weights after some steps on a made-up loss, whole."""
    mesh = init_device_mesh("cpu", (RANKS,))

    def spread(tensor: Tensor) -> Tensor:
        return distribute_tensor(tensor, mesh, [Shard(0)]) if sharded else tensor

    generator = torch.Generator().manual_seed(0)
    values = [torch.randn(shape, dtype=torch.float64, generator=generator) for shape in ((4, 3), (4,))]
    model = nn.ParameterList([nn.Parameter(spread(value)) for value in values])
    optimizer = methods.make_optimizer(name, model.parameters())
    row = methods.get(name)
    for step in range(STEPS):

        def forward() -> Tensor:
            return torch.stack([torch.cosh(whole(p)).log().sum() for p in model]).sum()

        def closure(step: int = step) -> Tensor:
            noise = torch.Generator().manual_seed(step)
            for p in model:
                value = whole(p)
                p.grad = spread(value.tanh() + 0.1 * torch.randn(value.shape, generator=noise, dtype=value.dtype))
            return forward()

        probe = LineProbe(model, forward) if "probe" in row.needs else None
        loss = None if "closure" in row.needs else closure()
        methods.step(row, optimizer, loss=loss, probe=probe, closure=closure)
    return torch.cat([whole(p).flatten() for p in model])


def whole(p: Tensor) -> Tensor:
    return (p.full_tensor() if isinstance(p, DTensor) else p).detach()


def work(rank: int, rendezvous: str, out: str) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=RANKS)
    found: dict[str, float | str] = {}
    for name in methods.names():
        try:
            found[name] = float((trained(name, True) - trained(name, False)).abs().max())
        except (ValueError, RuntimeError, AssertionError) as error:
            found[name] = f"{type(error).__name__}: {error}"
    if rank == 0:
        Path(out).write_text(json.dumps(found))
    dist.destroy_process_group()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        spawn(work, args=(f"{folder}/rendezvous", sys.argv[1]), nprocs=RANKS)
