"""Two processes that run the functions of this module together, and the small models they run them on."""

import functools
import importlib
import multiprocessing
import os
import signal
import traceback
import warnings
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import checkpoint

RANKS = 2
PATIENCE = 400  # seconds; a hang fails the test instead of the whole run


class Gang:
    """Two gloo ranks, waiting for work."""

    def __init__(self, folder: Path) -> None:
        context = multiprocessing.get_context("spawn")
        store = folder / "store"
        ends = [context.Pipe() for _ in range(RANKS)]
        self._pipes = [ours for ours, _ in ends]
        self._processes = [
            context.Process(target=_serve, args=(rank, str(store), theirs), daemon=True)
            for rank, (_, theirs) in enumerate(ends)
        ]
        for process in self._processes:
            process.start()
        for _, theirs in ends:
            theirs.close()

    def call(self, name: str, **arguments: Any) -> list[Any]:
        """Return what function `name(rank, **arguments)` gives on each rank; what it raised is raised here."""
        for pipe in self._pipes:
            pipe.send((name, arguments))
        answers = []
        for rank, pipe in enumerate(self._pipes):
            if not pipe.poll(PATIENCE):
                self.close()
                raise TimeoutError(f"Rank {rank} hangs in {name}({arguments}).")
            answers.append(pipe.recv())
        for _, words in answers:
            if words is not None:
                raise AssertionError(words)
        return [result for result, _ in answers]

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.join()


def _serve(rank: int, store: str, pipe: Any) -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("error")
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=RANKS)
    here = importlib.import_module("two_ranks")
    while True:
        name, arguments = pipe.recv()
        try:
            answer = getattr(here, name)(rank, **arguments), None
        except BaseException:
            answer = None, traceback.format_exc()
        pipe.send(answer)


# ---------------------------------------------------------------------- models

WIDTH, CLASSES = 5, 3


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=WIDTH, dropout=0.3, batch_first=True)
        self.head = nn.Linear(4, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(x).mean(1))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTM(4, 3, batch_first=True)
        self.head = nn.Linear(3, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.cell(x)[0][:, -1])


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, CLASSES)
        self.second.weight = self.first.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.second(torch.tanh(self.first(x)))))


class Odd(nn.Module):
    """A scalar, one row, an unused and a frozen parameter, a list, and a layer that is recomputed."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(1.5))
        self.row = nn.Parameter(torch.randn(1, 4))
        self.unused = nn.Parameter(torch.randn(3))
        self.list = nn.ParameterList([torch.randn(4, 5), torch.randn(5, CLASSES)])
        self.body = nn.Linear(4, 4)
        self.body.weight.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        h = checkpoint(lambda x: torch.tanh(self.body(x * self.row)), x, use_reentrant=False)
        return self.gain * torch.tanh(h @ self.list[0]) @ self.list[1]


class Forces(nn.Module):
    """The negative slopes of a potential, a derivative taken in the forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(CLASSES, WIDTH), nn.Linear(WIDTH, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = x.requires_grad_()
        return -torch.autograd.grad(self.second(torch.tanh(self.first(x))).sum(), x, create_graph=True)[0]


class Tokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.head = nn.Embedding(7, 4), nn.Linear(4, 7)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.embedding(x).cumsum(1))).transpose(1, 2)


def _convnet() -> nn.Module:
    norm = nn.BatchNorm2d(3)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), norm, nn.GELU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(12, CLASSES))
    model(torch.randn(20, 1, 6, 6))  # running statistics other than the initial ones
    return model


MODELS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "mlp": (lambda: nn.Sequential(nn.Linear(4, WIDTH), nn.Tanh(), nn.Linear(WIDTH, CLASSES)), (4,)),
    "convnet": (_convnet, (1, 6, 6)),
    "attention": (Attention, (3, 4)),
    "recurrent": (Recurrent, (3, 4)),
    "tied": (Tied, (4,)),
    "odd": (Odd, (4,)),
    "tokens": (Tokens, (6,)),
    "forces": (Forces, (CLASSES,)),
}
SHARDS = slice(0, 8), slice(8, 11)


def make(kind: str) -> tuple[nn.Module, tuple[Tensor, Tensor]]:
    """A model in float64 and all data; for "tokens" most targets of the second shard are ignored."""
    factory, shape = MODELS[kind]
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = factory().double().train()
        if kind != "tokens":
            return model, (torch.randn(11, *shape, dtype=torch.float64), torch.randint(0, CLASSES, (11,)))
        targets = torch.randint(0, 7, (11, *shape))
        targets[1, 2:] = targets[8:10, 1:] = targets[9] = -100
        return model, (torch.randint(0, 7, (11, *shape)), targets)


def shard(data: tuple[Tensor, Tensor], rank: int) -> tuple[Tensor, Tensor]:
    return data[0][SHARDS[rank]], data[1][SHARDS[rank]]


def truth(kind: str, l2: float) -> tuple[float, Tensor, Tensor]:
    """Loss, gradient and all rows of the Hessian: one batch, eval mode, plain autograd."""
    model, (x, y) = make(kind)
    params = [p for p in model.eval().parameters() if p.requires_grad]
    with sdpa_kernel(SDPBackend.MATH):
        value = functional.cross_entropy(model(x), y) + l2 / 2 * sum(p.square().sum() for p in params)
    parts = torch.autograd.grad(value, params, create_graph=True, materialize_grads=True, allow_unused=True)
    gradient = torch.cat([part.reshape(-1) for part in parts])
    rows = []
    for entry in gradient:
        row = [torch.zeros_like(p) for p in params]
        if entry.requires_grad:
            row = torch.autograd.grad(entry, params, retain_graph=True, materialize_grads=True, allow_unused=True)
        rows.append(torch.cat([part.reshape(-1) for part in row]))
    return float(value.detach()), gradient.detach(), torch.stack(rows)


def random_block(size: int) -> Tensor:
    """Six random columns."""
    return torch.randn(size, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(11))


def _error(function: Any) -> tuple[str, str]:
    try:
        function()
    except BaseException as error:
        return type(error).__name__, str(error)
    return "", ""


# ---------------------------------------------------------------------- data parallel, on each rank


def _local(rank: int, kind: str = "mlp", **options: Any) -> Any:
    from landscape.objective.objective import Objective

    model, data = make(kind)
    return Objective(model, nn.CrossEntropyLoss(), shard(data, rank), **({"batch_size": 4} | options))


def _parallel(rank: int, kind: str = "mlp", **options: Any) -> Any:
    from landscape.curvature.hessian import HessianOperator
    from landscape.distributed.data_parallel import DataParallelOperator

    return DataParallelOperator(HessianOperator(_local(rank, kind, **options)))


def parallel_products(rank: int, kind: str, l2: float) -> dict[str, Any]:
    operator = _parallel(rank, kind, l2=l2)
    block = operator.matmat(torch.eye(operator.size, dtype=torch.float64))
    ones = operator.matvec(torch.ones(operator.size, dtype=torch.float64))
    return {
        "block": block.numpy(),
        "ones": ones.numpy(),
        "products": operator.products,
        "gradient": operator.gradient().numpy(),
        "protocol": operator.protocol(),
        "fingerprint": operator.operator.objective.fingerprint,
    }


def count_reductions(rank: int) -> dict[str, int]:
    operator = _parallel(rank)
    calls: dict[str, int] = {}
    originals = {name: getattr(dist, name) for name in ("all_reduce", "all_gather_object", "broadcast", "barrier")}

    def counted(name: str, *args: Any, **keywords: Any) -> Any:
        calls[name] = calls.get(name, 0) + 1
        return originals[name](*args, **keywords)

    try:
        for name in originals:
            setattr(dist, name, functools.partial(counted, name))
        operator.matvec(torch.ones(operator.size, dtype=torch.float64))
        operator.matmat(torch.ones(operator.size, 3, dtype=torch.float64))
        operator.protocol()
    finally:
        for name, function in originals.items():
            setattr(dist, name, function)
    return calls


def parallel_solvers(rank: int, kind: str) -> dict[str, Any]:
    from landscape.curvature.eigenvalues import top_eigenpairs
    from landscape.curvature.spectrum import hessian_trace

    operator = _parallel(rank, kind)
    top = top_eigenpairs(operator, 2, tol=1e-8)
    trace = hessian_trace(operator, probes=8)
    vectors = [{name: part.numpy() for name, part in vector.items()} for vector in top.vectors]
    return {
        "values": top.values,
        "vectors": vectors,
        "residuals": top.residuals,
        "trace": trace.value,
        "standard_error": trace.standard_error,
        "samples": top.protocol["samples"],
    }


def parallel_float32(rank: int) -> Any:
    operator = _parallel(rank, "convnet", dtype=torch.float32)
    product = operator.matvec(torch.ones(operator.size))
    return str(product.dtype), product.numpy()


def parallel_mismatch(rank: int, what: str) -> tuple[str, str]:
    from landscape.curvature.gauss_newton import GaussNewtonOperator
    from landscape.curvature.hessian import HessianOperator
    from landscape.distributed.data_parallel import DataParallelOperator
    from landscape.objective.objective import Objective

    model, data = make("convnet")
    options: dict[str, Any] = {}
    kind: Any = HessianOperator
    part = shard(data, 0 if what == "data" else rank)
    if rank == 1:
        if what == "weights":
            with torch.no_grad():
                model[0].weight[0, 0, 0, 0] += 1e-12
        elif what == "buffers":
            model[1].running_mean += 1e-12
        elif what == "model":
            model[5].bias.requires_grad_(False)
        elif what == "dtype":
            options["dtype"] = torch.float32
        elif what == "l2":
            options["l2"] = 0.1
        elif what == "weighting":
            options["count"] = lambda batch: len(batch[0])
        elif what == "operator":
            kind = GaussNewtonOperator
        elif what == "no objective":
            kind = _Diagonal
    operator = kind(Objective(model, nn.CrossEntropyLoss(), part, **options))
    return _error(lambda: DataParallelOperator(operator))


class _Diagonal:
    def __init__(self, objective: Any) -> None:
        pass


def parallel_failure(rank: int, how: str) -> tuple[str, str, bool]:
    """Rank 1 fails in its second product; the third is fine again."""
    operator = _parallel(rank)
    ones = torch.ones(operator.size, dtype=torch.float64)
    first = operator.matvec(ones)
    original = operator.operator.matvec

    def fail(vector: Tensor) -> Tensor:
        if how == "nan":
            return original(vector) * float("nan")
        if how == "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
            return original(vector)
        raise (ValueError if how == "value" else RuntimeError)("the disk is on fire")

    if rank == 1 and how not in ("shape", "vectors"):
        operator.operator.matvec = fail
    if how == "nan":
        from landscape.curvature.eigenvalues import top_eigenpairs

        kind, words = _error(lambda: top_eigenpairs(operator))
    elif how == "shape":
        kind, words = _error(lambda: operator.matvec(ones[rank:]))
    elif how == "vectors":
        seeded = torch.Generator().manual_seed(rank)
        kind, words = _error(lambda: operator.matvec(operator.probe(seeded)))
    else:
        kind, words = _error(lambda: operator.matvec(ones))
    operator.operator.matvec = original
    return kind, words, torch.equal(operator.matvec(ones), first)


def parallel_interrupt(rank: int) -> tuple[int, str, bool]:
    """Rank 1 is interrupted between two products of a `with` block, and once more after the last one."""
    operator = _parallel(rank)
    ones = torch.ones(operator.size, dtype=torch.float64)
    usual = signal.getsignal(signal.SIGINT)

    def work() -> None:
        with operator:
            for _ in range(5):
                operator.matvec(ones)
                if rank == 1 and operator.products == 2:
                    os.kill(os.getpid(), signal.SIGINT)

    def leave() -> None:
        with operator:
            operator.matvec(ones)
            if rank == 1:
                os.kill(os.getpid(), signal.SIGINT)

    first, second = _error(work)[0], _error(leave)[0]
    return operator.products, f"{first} {second}".strip(), signal.getsignal(signal.SIGINT) is usual


def interrupted_solver(rank: int, sharded: bool) -> dict[str, Any]:
    """Rank 1 is interrupted in its eighth product."""
    from landscape.curvature.eigenvalues import top_eigenpairs
    from landscape.distributed.sharded_hessian import ShardedHessianOperator

    operator = ShardedHessianOperator(_sharded(rank, "mlp")) if sharded else _parallel(rank)
    local, name = (operator.objective, "run") if sharded else (operator.operator, "matvec")
    original = getattr(local, name)

    def interrupted(*args: Any, **keywords: Any) -> Any:
        if rank == 1 and operator.products == 8:
            os.kill(os.getpid(), signal.SIGINT)
        return original(*args, **keywords)

    setattr(local, name, interrupted)
    with operator:
        top = top_eigenpairs(operator, tol=1e-13, on_interrupt="return")
    return {"values": top.values, "converged": top.converged, "products": top.products, "message": top.message}


# ---------------------------------------------------------------------- sharded, on each rank


def _sharded(rank: int, kind: str, **options: Any) -> Any:
    from landscape.distributed.sharded_objective import ShardedObjective, shard_parameters

    model, data = make(kind)
    shard_parameters(model)
    return ShardedObjective(model, nn.CrossEntropyLoss(), shard(data, rank), **({"batch_size": 4} | options))


def _positions(objective: Any) -> list[int]:
    """Which entries of the full vector this rank holds."""
    positions, begin = [], 0
    for layout in objective.layouts().values():
        positions += range(begin + layout.span[0], begin + layout.span[1])
        begin += layout.numel
    return positions


def sharded_products(rank: int, kind: str, l2: float) -> dict[str, Any]:
    from landscape.distributed.sharded_hessian import ShardedHessianOperator

    objective = _sharded(rank, kind, l2=l2)
    operator = ShardedHessianOperator(objective)
    positions = _positions(objective)
    block = random_block(operator.size)
    value, gradient = objective.value_and_gradient()
    moved = objective.at({name: 2 * p for name, p in objective.parameters.items()})
    return {
        "positions": positions,
        "block": operator.matmat(block[positions]).numpy(),
        "ones": operator.matvec(torch.ones(len(positions), dtype=torch.float64)).numpy(),
        "products": operator.products,
        "sizes": (operator.size, operator.local_size),
        "value": objective.value(),
        "value too": value,
        "moved": moved.value(),
        "gradient": objective.flatten(gradient).numpy(),
        "probe": operator.probe(torch.Generator().manual_seed(5)).numpy(),
        "protocol": operator.protocol(),
    }


def sharded_probe(rank: int, size: int, kind: Any) -> Any:
    """This rank's part of a random vector, rows of one tensor."""
    from landscape.distributed.sharded_hessian import ShardedHessianOperator
    from landscape.distributed.sharded_objective import ShardedObjective, shard_parameters

    model = shard_parameters(nn.Linear(1, size, bias=False).double())
    data = (torch.full((1, 1), rank + 1.0, dtype=torch.float64),)
    objective = ShardedObjective(model, loss=lambda m, b: m(b[0]).square().mean(), data=data)
    return ShardedHessianOperator(objective).probe(torch.Generator().manual_seed(1), kind).numpy()


def sharded_restriction(rank: int) -> dict[str, Any]:
    from landscape.distributed.sharded_hessian import ShardedHessianOperator

    objective = _sharded(rank, "mlp", l2=0.3)
    head = objective.restrict("2")
    operator = ShardedHessianOperator(head)
    product = operator.matvec(torch.ones(operator.local_size, dtype=torch.float64))
    return {
        "positions": _positions(head),
        "product": product.numpy(),
        "size": operator.size,
        "same value": abs(head.value() - objective.value()),
    }


def sharded_solvers(rank: int, kind: str) -> dict[str, Any]:
    from landscape.curvature.eigenvalues import top_eigenpairs
    from landscape.curvature.spectrum import hessian_trace
    from landscape.distributed.sharded_hessian import ShardedHessianOperator

    objective = _sharded(rank, kind)
    operator = ShardedHessianOperator(objective)
    top = top_eigenpairs(operator, 2, tol=1e-8)
    trace = hessian_trace(operator, probes=8)
    vectors = torch.stack([operator.flatten(vector) for vector in top.vectors])
    return {
        "positions": _positions(objective),
        "values": top.values,
        "residuals": top.residuals,
        "vectors": vectors.numpy(),
        "trace": trace.value,
        "standard_error": trace.standard_error,
    }


def sharded_metrics(rank: int) -> dict[str, float]:
    def error_rate(model: nn.Module, batch: Any) -> Tensor:
        return (model(batch[0]).argmax(1) != batch[1]).double().mean()

    return _sharded(rank, "tokens", metrics={"error": error_rate}, batch_size=1).evaluate()


def sharded_model(rank: int) -> dict[str, Any]:
    """What shard_parameters does to a model, and its way back."""
    from torch.distributed.tensor import DTensor

    from landscape.distributed.sharded_objective import ShardedObjective, shard_parameters, unshard_parameters

    model, data = make("tied")
    before = {name: p.detach().clone() for name, p in model.state_dict().items()}
    if rank:
        with torch.no_grad():
            for p in model.parameters():
                p.zero_()  # the values of rank 0 count
    shard_parameters(model)
    held = sum(p.to_local().numel() for p in model.parameters())
    kinds = {type(module) for module in model.modules()}
    objective = ShardedObjective(model, nn.CrossEntropyLoss(), shard(data, rank))
    from_state = objective.at(model.state_dict()).value() == objective.value()
    untouched = all(isinstance(p, DTensor) and p.grad is None for p in model.parameters())
    same_kinds = kinds == {type(module) for module in model.modules()}
    unshard_parameters(model)
    after = model.state_dict()
    return {
        "held": held,
        "from state": from_state,
        "untouched": untouched and same_kinds,
        "names": list(after) == list(before),
        "equal": all(torch.equal(after[name], tensor) for name, tensor in before.items()),
        "tied": model.first.weight is model.second.weight,
        "plain": all(type(p) is nn.Parameter for p in model.parameters()),
    }


def sharded_meta(rank: int) -> float:
    """A model that never was whole: built without memory, filled part by part."""
    from torch.distributed.tensor import distribute_tensor

    from landscape.distributed.sharded_objective import ShardedObjective, shard_parameters

    source, data = make("attention")
    with torch.device("meta"):
        model = MODELS["attention"][0]().double()
    shard_parameters(model, dist.device_mesh.init_device_mesh("cpu", (RANKS,)))
    model.to_empty(device="cpu")
    with torch.no_grad():
        for (_, p), (_, given) in zip(model.named_parameters(), source.named_parameters(), strict=True):
            p.copy_(distribute_tensor(given.detach(), p.device_mesh, p.placements))
    return ShardedObjective(model, nn.CrossEntropyLoss(), shard(data, rank)).value()


def sharded_memory(rank: int) -> dict[str, int]:
    """The most bytes of gathered parameters alive at a time, in a product with eight equal layers."""
    from landscape.distributed.sharded_hessian import ShardedHessianOperator
    from landscape.distributed.sharded_objective import ShardedObjective, shard_parameters

    layers = [layer for _ in range(8) for layer in (nn.Linear(32, 32, bias=False), nn.Tanh())]
    model = shard_parameters(nn.Sequential(*layers))
    x = torch.randn(2, 32, generator=torch.Generator().manual_seed(rank))
    objective = ShardedObjective(model, loss=lambda m, b: m(b[0]).square().mean(), data=(x,))
    record, most = objective.model.gathered, 0
    original = record.gather

    def gather(part: Tensor, layout: Any) -> Tensor:
        nonlocal most
        whole = original(part, layout)
        # internal: no measure of a process's memory is fine enough for a layer.
        alive = sum(layout.numel for reference, _, layout in record._parts.values() if not reference.expired())
        most = max(most, alive * 4)
        return whole

    record.gather = gather
    operator = ShardedHessianOperator(objective)
    operator.matvec(torch.ones(operator.local_size))
    return {"most": most, "layer": 4 * 32 * 32, "entries": operator.local_size}


def sharded_mismatch(rank: int, what: str) -> tuple[str, str]:
    from torch.distributed.tensor import Shard, distribute_tensor

    from landscape.distributed.sharded_hessian import ShardedHessianOperator
    from landscape.distributed.sharded_objective import ShardedObjective, shard_parameters
    from landscape.objective.objective import Objective

    model, data = make("convnet")
    part = shard(data, 0 if what == "data" else rank)
    options: dict[str, Any] = {}
    mesh = dist.device_mesh.init_device_mesh("cpu", (RANKS,))
    if what == "fsdp":
        dist.fsdp.fully_shard(model, mesh=mesh)
    elif what == "columns":
        shard_parameters(model)
        model[5].weight = nn.Parameter(distribute_tensor(model[5].weight.full_tensor().detach(), mesh, [Shard(1)]))
    elif what == "twice":
        return _error(lambda: shard_parameters(shard_parameters(model)))
    elif what == "mesh":
        grid = dist.device_mesh.init_device_mesh("cpu", (1, RANKS), mesh_dim_names=("a", "b"))
        return _error(lambda: shard_parameters(model, grid))
    elif what == "plain operator":
        return _error(lambda: ShardedHessianOperator(Objective(model, nn.CrossEntropyLoss(), part)))
    elif what != "whole":
        shard_parameters(model)
    if rank == 1 and what == "buffers":
        model[1].running_mean += 1e-12
    if rank == 1 and what == "l2":
        options["l2"] = 0.1
    if what in ("subset", "batch size"):
        objective = ShardedObjective(model, nn.CrossEntropyLoss(), part)
        return _error(lambda: objective.subset(2) if what == "subset" else objective.with_batch_size(2))
    return _error(lambda: ShardedObjective(model, nn.CrossEntropyLoss(), part, **options))


def watched_training(rank: int, watched: bool, wrapped: bool) -> dict[str, Any]:
    """A training under DistributedDataParallel; the first rank watches it, and the others wait at the next step."""
    from torch.nn.parallel import DistributedDataParallel

    import landscape as ls

    model, data = make("mlp")
    model = model.float()
    X, y = data[0].float(), data[1]
    parallel = DistributedDataParallel(model)
    optimizer = torch.optim.SGD(parallel.parameters(), lr=0.2)
    monitor = None
    if watched and rank == 0:
        loss = ls.Objective(parallel if wrapped else model, nn.CrossEntropyLoss(), (X, y))
        monitor = ls.SharpnessMonitor(loss, 2, optimizer, trace_probes=0, tol=1e-4)
    rows = torch.arange(len(y))[rank::RANKS]
    for _ in range(4):
        optimizer.zero_grad()
        functional.cross_entropy(parallel(X[rows]), y[rows]).backward()
        optimizer.step()
        if monitor is not None:
            monitor.step()
    found = [] if monitor is None else [(m.step, m.lambda_max, m.message) for m in monitor.record.measurements]
    fresh = ls.Objective(model, nn.CrossEntropyLoss(), (X, y))
    return {
        "weights": {name: p.detach().clone() for name, p in model.named_parameters()},
        "found": found,
        "top": float(ls.top_eigenpairs(fresh, tol=1e-4).values[0]) if rank == 0 else None,
    }
