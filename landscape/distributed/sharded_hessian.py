"""The Hessian of a sharded objective, with vectors of which each rank holds its own entries."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor, nn

from landscape._common.guesses import guessable
from landscape._common.interrupts import Interrupts
from landscape.curvature.derivative_check import check_once, loss_field
from landscape.curvature.random_rounding import Choices, DepartedError, RandomRounding
from landscape.distributed.sharded_objective import ShardedObjective
from landscape.linalg.operator import DerivativeCheck, Probe, SymmetricOperator, draw
from landscape.objective.differentiability import check_twice_differentiable, explain_missing_derivatives
from landscape.objective.validation import why_not_finite

__all__ = ["ShardedHessianOperator"]

_CHUNK = 2**20  # entries of a random vector drawn at a time; a multiple of 16, as `_drawn` needs


class ShardedHessianOperator(SymmetricOperator):
    """The Hessian of a sharded objective; each rank holds its own entries of a vector.

    Parameters
    ----------
    objective : ShardedObjective

    Attributes
    ----------
    objective : ShardedObjective

    Notes
    -----
    Graphs are built anew at each call, because memory is what sharding is for; a block of vectors shares one.
    Sums over ranks are taken in the parameters' own precision, sums over batches in float64.

    Inside a `with` block, an interrupt (Ctrl-C) of any rank stops all ranks at the end of the same product.

    Examples
    --------
    Under `torchrun` these lines run on every rank; here one process is the only rank:

    >>> import copy
    >>> import torch.distributed as dist
    >>> dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    >>> sharded = ls.distributed.shard_parameters(copy.deepcopy(model))
    >>> everywhere = ls.distributed.ShardedObjective(sharded, torch.nn.CrossEntropyLoss(), (X, y))
    >>> with ls.distributed.ShardedHessianOperator(everywhere) as H:
    ...     top = ls.top_eigenpairs(H)
    >>> bool(abs(top.values - ls.top_eigenpairs(loss).values) < 1e-3 * top.values)
    True
    >>> dist.destroy_process_group()
    """

    @guessable
    def __init__(self, objective: ShardedObjective) -> None:
        if not isinstance(objective, ShardedObjective):
            raise ValueError(
                f"The objective is of type {type(objective).__name__}: shard_parameters(model) and give a "
                "ShardedObjective, or use HessianOperator where the model fits on a device."
            )
        self.objective = objective
        self.products = 0
        self._interrupts = Interrupts()
        self._leaves = objective.leaves()
        self._derivatives: DerivativeCheck | None = None

    def check_derivatives(self) -> None:
        """Compare products with central differences, on all ranks together; see `CurvatureOperator`."""
        if self._derivatives is None:
            self._derivatives = check_once(self.objective, (type(self),), loss_field)

    def __enter__(self) -> Self:
        self._interrupts.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._interrupts.__exit__(kind, error, trace)

    @property
    def derivatives(self) -> DerivativeCheck | None:
        """What comparing the derivatives in products with central differences showed; None before it."""
        return self._derivatives

    def why_not_finite(self) -> str:
        """Return the cause of a product that is not finite: weights, data, or an overflow."""
        return why_not_finite(self.objective)

    @property
    def size(self) -> int:
        """Number of parameters on all ranks."""
        return self.objective.total_parameters

    @property
    def local_size(self) -> int:
        """Number of entries of a vector on this rank."""
        return self.objective.num_parameters

    @property
    def dtype(self) -> torch.dtype:
        """Type of the vectors."""
        return self.objective.dtype

    @property
    def device(self) -> torch.device:
        """Where the vectors live."""
        return self.objective.device

    @property
    def shows_progress(self) -> bool:
        """Whether this rank is the one that shows progress bars."""
        return self.objective.rank == 0

    @property
    def rounding(self) -> float:
        """Relative spacing of the numbers in which products are computed."""
        return self.objective.rounding

    def matvec(self, vector: Tensor) -> Tensor:
        """Product with a vector of which this rank holds shape (local_size,)."""
        return self.matmat(vector[:, None])[:, 0]

    def rounding_errors(self, rows: Tensor, *, thorough: bool = False) -> Tensor | None:
        """Measure the rounding errors of products over all ranks; see `SymmetricOperator`.

        On the first batch of each rank, because ranks gather parameters together. None on all ranks where the
        evaluation of one of them departs from the undisturbed one.
        """
        columns = [tuple(self.objective.unflatten(row).values()) for row in rows.to(self.device, self.dtype)]
        batch, _ = next(iter(self.objective.batches()))
        share = float(self.sum_over_ranks(torch.tensor(float(batch[1]), dtype=torch.float64)))

        def product(rounding: AbstractContextManager[Any]) -> Tensor:
            total = torch.zeros(self.local_size, len(columns), dtype=torch.float64, device=self.device)
            with torch.enable_grad(), rounding:
                self.objective.run(
                    lambda model: self._add_products(self.objective.loss(model, batch), columns, total),
                    self._leaves,
                    second_order=True,
                )
            return total.T / share

        choices = Choices()
        exact = product(choices)
        errors, departed = [], 0.0
        for seed in range(8 if thorough else 4):
            mode = RandomRounding(seed, self.rounding, choices, raises=False)
            errors.append(product(mode) - exact)
            try:
                mode.finish()
            except DepartedError:
                departed = 1.0
        return None if float(self.sum_over_ranks(torch.tensor(departed))) else torch.stack(errors)

    def matmat(self, vectors: Tensor) -> Tensor:
        """Product with the columns of a matrix of which this rank holds shape (local_size, k)."""
        self.check_derivatives()
        vectors = vectors.to(self.device, self.dtype)
        columns = [tuple(self.objective.unflatten(vector).values()) for vector in vectors.unbind(1)]
        self.products += len(columns)
        total = self.objective.l2 * vectors.double()

        def run(model: nn.Module) -> None:
            for batch, _ in self.objective.batches():
                self._add_products(self.objective.loss(model, batch), columns, total)

        with self._interrupts.deferred():
            with torch.enable_grad(), explain_missing_derivatives():
                self.objective.run(run, self._leaves, second_order=True)
            interrupted = self.sum_over_ranks(torch.tensor(float(self._interrupts.pending)))
        self._interrupts.act(bool(interrupted))
        return total.to(self.dtype)

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """Return a vector as a mapping from parameter name to this rank's rows."""
        return self.objective.unflatten(vector)

    def flatten(self, direction: Mapping[str, Tensor]) -> Tensor:
        """Return a mapping from parameter name to this rank's rows as a vector."""
        return self.objective.flatten(direction)

    def sum_over_ranks(self, partial: Tensor) -> Tensor:
        """Complete a sum over vector entries; the result is the same on all ranks."""
        return self.objective.sum_over_ranks(partial)

    def probe(self, generator: torch.Generator, kind: Probe = "gaussian") -> Tensor:
        """Draw this rank's part of the random vector of mean 0 and variance 1 that a single process draws.

        Every rank draws all of it, a chunk at a time, and keeps its entries.
        """
        spans, begin = [], 0
        for layout in self.objective.layouts().values():
            spans.append((begin + layout.span[0], begin + layout.span[1]))
            begin += layout.numel
        parts: list[Tensor] = []
        for first, chunk in _drawn(self.size, generator, kind):
            last = first + len(chunk)
            parts += [
                chunk[max(a, first) - first : min(b, last) - first].to(self.device, self.dtype, copy=True)
                for a, b in spans
                if a < last and b > first
            ]
        return torch.cat(parts) if parts else torch.empty(0, device=self.device, dtype=self.dtype)

    def protocol(self) -> dict[str, Any]:
        """Return the objective's protocol and how products are taken (JSON-able)."""
        return self.objective.protocol() | {
            "operator": "Hessian",
            "product": "exact, reverse over reverse",
            "graph": "rebuilt at each product",
            "attention": "math kernel",
            "derivatives": self._derivatives.description if self._derivatives else "not compared yet",
        }

    def _add_products(self, loss: Tensor, columns: list[tuple[Tensor, ...]], total: Tensor) -> None:
        leaves = tuple(self._leaves.values())
        gradient: tuple[Tensor | None, ...] = (None,) * len(leaves)
        if loss.requires_grad:
            gradient = torch.autograd.grad(loss, leaves, create_graph=True, allow_unused=True)
        check_twice_differentiable(loss, gradient)
        # Parts that are constant in the parameters have no graph and no share in the Hessian.
        curved = [(i, g) for i, g in enumerate(gradient) if g is not None and g.requires_grad]
        for j, parts in enumerate(columns if curved else []):
            rows = torch.autograd.grad(
                [g for _, g in curved],
                leaves,
                [parts[i] for i, _ in curved],
                retain_graph=j + 1 < len(columns),
                allow_unused=True,
            )
            whole = [torch.zeros_like(p) if row is None else row for row, p in zip(rows, leaves, strict=True)]
            total[:, j] += torch.cat([row.reshape(-1) for row in whole])


def _drawn(size: int, generator: torch.Generator, kind: Probe) -> Iterator[tuple[int, Tensor]]:
    """Draw the vector that `draw` returns, in chunks with their offsets.

    `torch.randn` turns uniform numbers into normal ones in groups of 16, the last 16 of a call apart. So chunks are of
    multiples of 16, and the last one is not short.
    """
    first = 0
    while first < size:
        length = size - first if size - first < 2 * _CHUNK else _CHUNK
        yield first, draw(length, generator, kind)
        first += length
