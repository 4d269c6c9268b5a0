"""Run as two processes: ZENITH and the training loop on both, for test_two_ranks.py to compare.

Imported there as well, for what one process does with the same models and batches.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.utils.data import DataLoader, Dataset

from zenith import Zenith, ZenithLR
from zenith.tasks import Data, Metric, Split, Task
from zenith.training.train import Run, train

STEPS, BATCH = 30, 12
PATIENCE = 400
"""Seconds after which a rank that hangs says where. Two ranks wait for each other long on a busy machine."""
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "momentum": {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-2, "foreach": True},
    "for-loop": {"momentum": 0.9, "foreach": False},
    "per group": {"per_group_norm": True},
    "l2": {"l2_in_norm": True, "weight_decay": 0.1},
    "capturable": {"capturable": True, "momentum": 0.9},
}
TRAINED = ("zenith", "cosine", "pal", "sps", "sam", "dog", "adamw")
CLIPPED = {"accumulate": 3, "clip_norm": 0.3}


class Net(nn.Module):
    """Odd shapes: rows that two ranks cannot halve, a scale that only one of them holds, a frozen and an unused
    weight."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 5), nn.Linear(5, 3)
        self.scale = nn.Parameter(torch.ones(1))
        self.unused = nn.Parameter(torch.ones(3))
        self.frozen = nn.Parameter(torch.full((5,), 0.5), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(torch.tanh(self.first(x) + self.frozen)) * self.scale


def net() -> Net:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return Net().double()


def batch(step: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(step)
    x = torch.randn(BATCH, 4, generator=generator, dtype=torch.float64)
    return x, x[:, :3].square()


def groups(model: nn.Module) -> list[dict[str, Any]]:
    named = dict(model.named_parameters())
    first = [p for name, p in named.items() if "first" in name]
    others = [p for name, p in named.items() if "first" not in name and p.requires_grad]
    return [{"params": first, "lr": 0.2}, {"params": others}]


def make_optimizer(model: nn.Module, **settings: Any) -> Zenith:
    return Zenith(groups(model), lr=0.1, window=6, **settings)


def record(model: nn.Module, optimizer: Any) -> dict[str, Any]:
    whole = {
        name: (p.full_tensor() if hasattr(p, "full_tensor") else p).detach().clone()
        for name, p in model.named_parameters()
    }
    return {
        "weights": whole,
        "lrs": optimizer.effective_lrs,
        "norms": optimizer.gauge.norms,
        "zenith": optimizer.zenith,
    }


def descend(model: nn.Module, optimizer: Any, part: slice, steps: range = range(STEPS)) -> None:
    for step in steps:
        x, y = batch(step)
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x[part]), y[part]).backward()
        optimizer.step()


# --- the training loop -----------------------------------------------------------------------------------------------


def task() -> Task:
    def load(_: object) -> Data:
        generator = torch.Generator().manual_seed(3)
        x = torch.randn(85, 4, generator=generator, dtype=torch.float64)
        y = x[:, :3].square()
        return Data(Split((x[:61], y[:61])), Split((x[61:], y[61:])), "toy", "toy")

    def loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        return nn.functional.mse_loss(model(batch[0]), batch[1])

    return Task("toy", lambda: Net().double(), data=load, loss=loss, metric=Metric("loss", "loss", "", False, loss))


class Noisy(Dataset[tuple[Tensor, Tensor]]):
    """Samples that draw, and of which some are not counted."""

    def __len__(self) -> int:
        return 61

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        x = torch.full((4,), index / 61, dtype=torch.float64) + torch.rand(4, dtype=torch.float64)
        return x, torch.tensor(-100 if index % 3 == 0 else index % 3)


class Largest:
    """A metric that is no mean: the largest output."""

    def reset(self) -> None:
        self.found = torch.tensor(-torch.inf)

    def update(self, model: nn.Module, batch: tuple[Tensor, Tensor]) -> None:
        self.found = torch.maximum(self.found, model(batch[0]).max())

    def compute(self) -> Tensor:
        return self.found


def drawn() -> Task:
    """Made by a worker process, weighted by its targets, and with a metric of all batches."""
    loader = DataLoader(Noisy(), num_workers=1, batch_size=16)
    return Task(
        "drawn",
        lambda: Net().double(),
        train=loader,
        test=loader,
        loss=nn.CrossEntropyLoss(),
        metric={"accuracy": "accuracy", "largest": Largest()},
        augment=lambda x: x + 0.1 * torch.randn_like(x),
    )


TASKS = {"drawn": drawn}
"""What is trained on besides `task`, by name."""


def trained(method: str, options: dict[str, Any], resume: Path | None = None) -> dict[str, Any]:
    # 61 samples in batches of 12: the last batch of an epoch has one sample, and the second rank none.
    budget: dict[str, Any] = {"epochs": 3, "batch_size": 12, "window": 4, "device": "cpu"}
    on, method = TASKS.get(method, task)(), "zenith" if method in TASKS else method
    run: Run = train(on, method, 0, **budget, options=options, resume=resume)
    return {
        "steps": {name: column for name, column in run.trace.steps.items() if name != "seconds"},
        "epochs": run.trace.epochs,
        "final": run.final,
        "paired": (run.initial_weights, run.batch_order),
        "options": run.options,
    }


def timed() -> dict[str, Any]:
    options = {"data_parallel": True}
    run: Run = train(task(), "cosine", 0, seconds=0.3, batch_size=12, window=4, device="cpu", options=options)
    return {"budget": run.budget, "steps": run.total_steps, "lrs": run.trace.steps["lr"], "final": run.final}


def stopped(rank: int, file: Path) -> bool:
    """Press Ctrl-C on the second rank in mid-run; return whether that was a KeyboardInterrupt here."""
    calls = 0

    def pressed(module: nn.Module, _: Any) -> None:
        nonlocal calls
        calls += isinstance(module, Net) and module.training and torch.is_grad_enabled()
        if rank == 1 and calls == 7:
            calls += 1  # once
            signal.raise_signal(signal.SIGINT)

    hook = register_module_forward_pre_hook(pressed)
    try:
        trained("zenith", {"data_parallel": True}, resume=file)
    except KeyboardInterrupt:
        return True
    finally:
        hook.remove()
    return False


# --- what the ranks do
# -------------------------------------------------------------------------------------------------


def on_ranks(rank: int, folder: Path) -> dict[str, Any]:
    from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict, set_optimizer_state_dict
    from torch.distributed.fsdp import fully_shard
    from torch.distributed.optim import ZeroRedundancyOptimizer
    from torch.nn.parallel import DistributedDataParallel

    half = slice(rank * BATCH // 2, (rank + 1) * BATCH // 2)
    found: dict[str, Any] = {"timed": timed()}

    model = net()
    ddp = DistributedDataParallel(model, find_unused_parameters=True)
    optimizer = make_optimizer(model, momentum=0.9)
    descend(ddp, optimizer, half)
    found["ddp"] = record(model, optimizer)

    model = net()
    model.unused.requires_grad_(False)  # find_unused_parameters cannot be had together with no_sync
    ddp = DistributedDataParallel(model)
    optimizer = make_optimizer(model)
    for step in range(STEPS):
        x, y = batch(step)
        optimizer.zero_grad()
        for number, index in enumerate(torch.arange(BATCH)[half].split(3)):
            ddp.require_backward_grad_sync = number == 1  # what no_sync() sets
            (nn.functional.mse_loss(ddp(x[index]), y[index]) / 2).backward()
        optimizer.step()
    found["accumulated"] = record(model, optimizer)

    for name, settings in SETTINGS.items():
        model = net()
        fully_shard(model)
        optimizer = make_optimizer(model, **settings)
        descend(model, optimizer, half)
        found[f"fsdp {name}"] = record(model, optimizer)

    model = net()
    fully_shard(model)
    optimizer = make_optimizer(model)
    for step in range(STEPS):
        x, y = batch(step)
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x[half]), y[half]).backward()
        optimizer.step(grad_norm=torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5))
    found["clipped"] = record(model, optimizer)

    model = net()
    fully_shard(model)
    adamw = torch.optim.AdamW(groups(model), lr=0.01)
    driver = ZenithLR(adamw, window=6)
    descend(model, adamw, half)
    found["adamw"] = record(model, driver)

    model = net()
    model.unused.requires_grad_(False)  # the API wants a state of every parameter that could have one
    fully_shard(model)
    optimizer = make_optimizer(model, momentum=0.9)
    descend(model, optimizer, half, range(10))
    saved = get_optimizer_state_dict(model, optimizer)
    weights = {name: value.full_tensor() for name, value in model.state_dict().items()}
    resumed_model = net()
    resumed_model.unused.requires_grad_(False)
    resumed_model.load_state_dict(weights)
    fully_shard(resumed_model)
    resumed = make_optimizer(resumed_model)
    set_optimizer_state_dict(resumed_model, resumed, saved)
    descend(resumed_model, resumed, half, range(10, STEPS))
    found["resumed"] = record(resumed_model, resumed)

    try:
        make_optimizer(model, fused=True)
    except ValueError as error:
        found["fused"] = str(error)

    model = net()
    model.unused.requires_grad_(False)
    ddp = DistributedDataParallel(model)
    # Each rank's optimizer has a part of the parameters only, so it is told the norm of all.
    params = [p for p in model.parameters() if p.requires_grad]
    zero = ZeroRedundancyOptimizer(params, Zenith, lr=0.1, window=6)
    for step in range(STEPS):
        x, y = batch(step)
        zero.zero_grad()
        nn.functional.mse_loss(ddp(x[half]), y[half]).backward()
        zero.step(grad_norm=torch.nn.utils.get_total_norm([p.grad for p in params]))
    found["zero"] = record(model, zero.optim)

    for method in (*TRAINED, *TASKS):
        found[f"train {method}"] = trained(method, {"data_parallel": True})
    found["stopped"] = stopped(rank, folder / "run.pt")
    found["train stopped"] = trained("zenith", {"data_parallel": True}, resume=folder / "run.pt")
    found["train clipped"] = trained("zenith", {"data_parallel": True, **CLIPPED})
    return found


def main() -> None:
    warnings.simplefilter("error")
    warnings.filterwarnings(
        "ignore", message=r"`torch.jit", category=DeprecationWarning
    )  # ZeroRedundancyOptimizer's import
    torch.set_num_threads(1)
    folder, rank = Path(sys.argv[1]), int(os.environ["RANK"])
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    torch.distributed.init_process_group(
        "gloo",
        init_method=f"file://{folder}/store",
        rank=rank,
        world_size=int(os.environ["WORLD_SIZE"]),
        timeout=timedelta(seconds=PATIENCE // 2),
    )
    torch.save(on_ranks(rank, folder), folder / f"rank-{rank}.pt")
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
