r"""Curvature over data spread across processes: each rank multiplies with its shard, one reduction adds the products.

.. math:: H v = \sum_r \frac{W_r}{W} H_r v

:math:`W_r` are the samples (or terms, such as tokens) of rank r, :math:`H_r` the curvature of its own mean loss. The
penalty comes out right, because the weights sum to one.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import torch
import torch.distributed as dist
from torch import Tensor

from landscape._common.guesses import guessable
from landscape._common.interrupts import Interrupts
from landscape.curvature.hessian import HessianOperator
from landscape.distributed.ranks import (
    all_gather_checked,
    check_agreement,
    check_disjoint,
    combined_protocol,
    data_metadata,
    digest,
    rank_and_size,
)
from landscape.linalg.operator import SymmetricOperator, WrappedOperator
from landscape.objective.objective import Objective

_DIFFERENT = 1e-6  # spread of a checksum of order one, far above rounding and far below that of other vectors


class DataParallelOperator(WrappedOperator):
    """The curvature of the mean loss over the data of all ranks, by one all-reduce per product.

    Every rank holds the whole model and its own part of the data, and calls the same solver with the same arguments
    and seed; the results are equal on all ranks.

    Parameters
    ----------
    operator : SymmetricOperator
        The curvature of this rank's `Objective`, which is its attribute `objective`: Hessian, Gauss-Newton, Fisher, or
        any other matrix that is a mean over the terms of the loss.
    group : torch.distributed.ProcessGroup, optional
        Default: all ranks.

    Attributes
    ----------
    operator : SymmetricOperator
    rank, ranks : int

    Raises
    ------
    ValueError
        On every rank, if any rank has other weights, buffers, dtype or penalty than rank 0, or the data of another.

    Notes
    -----
    Shards may be unequal. Cut them without gaps or overlap: `X[rank::ranks]`, or
    `Subset(dataset, range(rank, len(dataset), ranks))`. Not with `torch.utils.data.DistributedSampler`: it pads the
    shards to equal length by repeating samples (with `drop_last=True` it leaves some out), which is another mean.

    Products are added in float64, whatever their own precision: the sum of shards is then no less exact than one
    process's sum of batches, for twice the traffic of float32.

    A rank whose product fails says so in the same reduction, and all ranks raise. A rank that dies is noticed by the
    process group: at once with gloo, by torchrun or at the group's timeout with NCCL. Inside a `with` block, an
    interrupt (Ctrl-C) of any rank stops all ranks at the end of the same product, so that a solver returns the same on
    all; a second one acts at once.

    With NCCL, call `torch.cuda.set_device(local_rank)` first.

    Examples
    --------
    Under `torchrun` these lines run on every rank, each with its own part of the data; here one process is the only
    rank:

    >>> import torch.distributed as dist
    >>> dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    >>> rank, ranks = dist.get_rank(), dist.get_world_size()
    >>> local = ls.Objective(model, torch.nn.CrossEntropyLoss(), (X[rank::ranks], y[rank::ranks]))
    >>> with ls.distributed.DataParallelOperator(ls.HessianOperator(local)) as H:
    ...     top = ls.top_eigenpairs(H)
    >>> bool(abs(top.values - ls.top_eigenpairs(loss).values) < 1e-3 * top.values)
    True
    >>> dist.destroy_process_group()
    """

    @guessable
    def __init__(self, operator: SymmetricOperator, group: dist.ProcessGroup | None = None) -> None:
        super().__init__(operator)
        self.group = group
        self.rank, self.ranks = rank_and_size(group)
        self._interrupts = Interrupts()
        metadata = all_gather_checked(lambda: _metadata(operator), group)
        check_agreement(metadata)
        check_disjoint(metadata)
        weights = [entry["weight"] for entry in metadata]
        self._share = weights[self.rank] / sum(weights)
        self._gathered = combined_protocol(metadata, group) | {"reduction": "one all-reduce per product, float64"}

    @property
    def shows_progress(self) -> bool:
        """Whether this rank is the one that shows progress bars."""
        return self.rank == 0

    def matvec(self, vector: Tensor) -> Tensor:
        """Product with a vector of shape (size,), equal on all ranks.

        Raises
        ------
        ValueError
            On all ranks, if they multiply different vectors, or if a rank raises it.
        RuntimeError
            If another rank fails.
        """
        self.products += 1
        return self._reduce(self.operator.matvec, vector, (self.size,))

    def matmat(self, vectors: Tensor) -> Tensor:
        """Product with the columns of a matrix of shape (size, k), by one reduction; raises what `matvec` does."""
        columns = vectors.shape[-1]
        self.products += columns
        return self._reduce(self.operator.matmat, vectors, (self.size, columns))

    def rounding_errors(self, rows: Tensor, *, thorough: bool = False) -> Tensor | None:
        """Measure the rounding errors of products over all ranks; see `SymmetricOperator`.

        None on all ranks where one of them cannot measure it.
        """
        with self._interrupts.deferred():  # an interrupt acts at the next product, on all ranks
            try:
                errors = self.operator.rounding_errors(rows, thorough=thorough)
            except Exception:  # whatever it is, the other ranks wait for this one
                errors = None
            missing = torch.tensor(float(errors is None), device=self.device)
            dist.all_reduce(missing, group=self.group)
            if errors is None or float(missing):
                return None
            total = errors.double() * self._share
            dist.all_reduce(total, group=self.group)
        return total

    def gradient(self) -> Tensor:
        """Return the gradient of the mean loss over all ranks as a flat vector, by one reduction; see `matvec`.

        Raises
        ------
        ValueError
            If the operator is not a Hessian.
        """
        if not isinstance(self.operator, HessianOperator):
            raise ValueError(f"A {type(self.operator).__name__} knows no gradient: give a HessianOperator.")
        hessian, nothing = self.operator, torch.zeros(self.size, dtype=self.dtype, device=self.device)
        return self._reduce(lambda _: hessian.gradient(), nothing, (self.size,))

    def protocol(self) -> dict[str, Any]:
        """Return the operator's protocol with the data of all ranks (JSON-able); no communication."""
        return self.operator.protocol() | self._gathered

    def _reduce(self, multiply: Callable[[Tensor], Tensor], vectors: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Add the ranks' weighted products; a checksum of the vectors and one flag per rank travel with them."""
        entries = shape[0] * (shape[1] if len(shape) > 1 else 1)
        buffer = torch.zeros(entries + 2 + self.ranks, dtype=torch.float64, device=self.device)
        product, checksum, flags = buffer[:entries], buffer[entries : entries + 2], buffer[entries + 2 :]
        failure: Exception | None = None
        with self._interrupts.deferred():
            try:
                product.copy_(multiply(vectors).reshape(-1)).mul_(self._share)
                checksum.copy_(_checksum(vectors))
            except Exception as error:  # whatever it is, the other ranks wait for this one
                failure = error
                buffer.zero_()
            flags[self.rank] = 1.0 if failure else 2.0 if self._interrupts.pending else 0.0
            dist.all_reduce(buffer, group=self.group)
        first, second, *status = buffer[entries:].tolist()
        if 1.0 in status:
            self._raise_together(failure)
        self._interrupts.act(2.0 in status)
        if second - first**2 / self.ranks > _DIFFERENT:
            raise ValueError(
                "The ranks multiply different vectors: call the same function with the same arguments and the same "
                "seed on all of them."
            )
        return product.to(self.dtype).view(shape)

    def _raise_together(self, failure: Exception | None) -> None:
        """Raise on every rank, with the messages of those that failed."""
        failures: list[Any] = [None] * self.ranks
        mine = failure and (isinstance(failure, ValueError), f"{type(failure).__name__}: {failure}")
        dist.all_gather_object(failures, mine, self.group)
        if failure:
            raise failure
        rank, (is_value_error, text) = next((r, word) for r, word in enumerate(failures) if word)
        message = f"Rank {rank} failed in its product with the curvature of its shard: {text}"
        raise (ValueError if is_value_error else RuntimeError)(message)

    def __enter__(self) -> Self:
        self._interrupts.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._interrupts.__exit__(kind, error, trace)


def _metadata(operator: SymmetricOperator) -> dict[str, Any]:
    objective = getattr(operator, "objective", None)
    if not isinstance(objective, Objective):
        raise ValueError(
            f"The {type(operator).__name__} has no objective, so the weight of its data is unknown: "
            "give the curvature of an Objective, such as HessianOperator(objective)."
        )
    return data_metadata(objective) | {
        "model": [(name, tuple(p.shape)) for name, p in objective.parameters.items()],
        "weights": digest(objective.parameters),
        "constants": digest(objective.constants),
        "operator": operator.protocol().get("operator"),
    }


def _checksum(vectors: Tensor) -> Tensor:
    """A number of order one that differs for different random vectors, and its square."""
    total = torch.sum(vectors, dtype=torch.float64)
    norm = torch.linalg.vector_norm(vectors, dtype=torch.float64)
    value = total / norm.clamp_min(torch.finfo(torch.float64).tiny)
    return torch.stack([value, value.square()])
