"""Autotuning of Hessian-vector products: choose the cheapest graph that gives the same product.

On a few samples the model's own layers are compared with rewritten ones (`_hvp.double_backward`), and the memory of the
graph is measured, so that on a CPU the data can be cut into chunks whose intermediate results stay near the caches.
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from landscape._common.autotuning import PLAIN, ProductRoute, timed
from landscape._common.errors import is_out_of_memory
from landscape.curvature._hvp.batch_product import Build
from landscape.curvature._hvp.double_backward import DoubleBackwardMode
from landscape.curvature._hvp.graph_memory import forbids_hooks, saved_bytes
from landscape.objective.batching import first_rows
from landscape.objective.data import Batch, count_samples
from landscape.objective.objective import Objective

CHUNK_BYTES = 2**27
"""What autograd saves for one chunk of samples on a CPU; measured on transformers, whose products it makes a third
faster."""

_CLEAR_SECONDS = 5e-3
"""A candidate that takes less measures the overhead of Python rather than the cost of the layers."""

_REPEATS = 2
"""Products that are timed where one takes less, the least of which counts: what disturbs one only lengthens it."""

_AMORTIZED = 8
"""Products that a kept graph is typically used for."""


@dataclass(frozen=True)
class ProductPlan:
    """How graphs of products are built.

    Attributes
    ----------
    layers : str
        Description of what is rewritten.
    reason : str
        Why.
    rewritten, channels_last : bool
    rows : int or None
        Samples of a chunk; None for the batches as they are.
    final : bool
        Whether it holds at other points of the objective as well.
    """

    layers: str
    reason: str
    rewritten: bool = False
    channels_last: bool = False
    rows: int | None = None
    final: bool = True

    def mode(self) -> AbstractContextManager[Any]:
        """Return the context in which a loss is evaluated."""
        if not self.rewritten:
            return nullcontext()
        return DoubleBackwardMode(channels_last=self.channels_last)


def choose_plan(
    objective: Objective, model: nn.Module, leaves: Mapping[str, Tensor], build: Build, route: ProductRoute, keeps: bool
) -> ProductPlan:
    """Choose how to build the graphs of an objective's curvature; called inside `objective.run`.

    Parameters
    ----------
    objective : Objective
    model : torch.nn.Module
        As handed out by `objective.run`.
    leaves : mapping of str to Tensor
        What is differentiated by.
    build : callable
        From a batch to its product.
    route : {"auto", "rewritten", "plain", "compiled"}
        "auto" takes the faster implementation, "plain" the model's own, the others the rewritten one if its product is
        the same.
    keeps : bool
        Whether graphs are kept from one product to the next.
    """
    if route == "plain":
        return ProductPlan(PLAIN, "as given")
    whole = next(objective.batches())[0]
    rows = max(4, min(objective.num_samples // 4, max(16, objective.num_samples // 32)))
    few = first_rows(whole, rows)
    if few is None and route == "auto":
        return ProductPlan(PLAIN, "no few samples to try it on")
    batch = whole if few is None else few
    seen = _rewritable(objective, model, batch)
    if seen is None:
        return ProductPlan(PLAIN, "the model cannot be rewritten")
    if not seen.convolutions + seen.batch_norms + seen.recurrent:
        return ProductPlan(PLAIN, "nothing to rewrite", rows=_chunk_rows(objective, batch, build))
    chunk = _chunk_rows(objective, batch, build)
    reference = _Candidate(build, batch, nullcontext, leaves)
    while (
        route == "auto"
        and few is not None
        and rows < objective.num_samples // 2
        and reference.seconds(keeps) < _CLEAR_SECONDS
    ):
        rows *= 2
        few = first_rows(whole, rows)
        batch = whole if few is None else few
        reference = _Candidate(build, batch, nullcontext, leaves)
    if not reference.is_informative():
        return ProductPlan(PLAIN, "a product of a few samples is zero or not finite", final=False)
    plan = _compare(reference, build, batch, leaves, route, keeps)
    if not plan.rewritten:
        return replace(plan, rows=chunk)
    description = _description(seen)
    return replace(plan, layers=f"{description}, {plan.layers}" if seen.convolutions else description, rows=chunk)


def _description(seen: DoubleBackwardMode) -> str:
    parts = []
    if seen.convolutions or seen.batch_norms:
        parts = [
            f"{seen.convolutions} convolutions rewritten",
            f"{seen.folded} of {seen.batch_norms} batch norms folded in",
        ]
    if seen.recurrent:
        parts.append(f"{seen.recurrent} LSTM calls without oneDNN")
    return ", ".join(parts)


def _rewritable(objective: Objective, model: nn.Module, batch: Batch) -> DoubleBackwardMode | None:
    """Count the layers that can be rewritten; None if the loss cannot be evaluated with them in any layout."""
    for channels_last in (True, False):
        with torch.no_grad(), DoubleBackwardMode(channels_last=channels_last) as seen:
            try:
                objective.loss(model, batch)
            except Exception as error:  # whatever a model does that the interception cannot follow
                if is_out_of_memory(error):
                    raise
                continue
        return seen
    return None


def _chunk_rows(objective: Objective, batch: Batch, build: Build) -> int | None:
    """Return how many samples make a chunk that fits the caches, if that is fewer than the batches have."""
    rows = count_samples(batch)
    if rows is None or objective.device.type != "cpu":
        return None
    saved: dict[int, int] = {}
    try:
        with saved_bytes(saved):
            kept = build(batch)  # held until here, so that addresses stay distinct
    except RuntimeError as error:
        if forbids_hooks(error):
            return None
        raise
    held = objective.storages()
    size = sum(nbytes for address, nbytes in saved.items() if address not in held)
    del kept
    fitting = max(8, int(CHUNK_BYTES * rows / max(size, 1)))
    largest = max(count_samples(other) or 0 for other, _ in objective.batches())
    return fitting if fitting < largest else None


def _compare(
    reference: "_Candidate",
    build: Build,
    batch: Batch,
    leaves: Mapping[str, Tensor],
    route: ProductRoute,
    keeps: bool,
) -> ProductPlan:
    """Compare rewritten layers with the model's own."""
    usual, reason = reference.seconds(keeps), ""
    for layout in ("channels last", "channels first"):
        mode = functools.partial(DoubleBackwardMode, channels_last=layout == "channels last")
        try:
            candidate = _Candidate(build, batch, mode, leaves)
        except RuntimeError as error:  # such as a view that a layout forbids, or a checkpointed module
            if is_out_of_memory(error):
                raise
            reason = reason or "the rewritten model cannot be differentiated"
            continue
        if not candidate.equals(reference):
            reason = reason or "the rewritten product differs from the plain one"
            continue
        if route != "auto":
            return ProductPlan(layout, "equal to the plain product", True, layout == "channels last")
        seconds = candidate.seconds(keeps)
        reason = (
            f"on {count_samples(batch)} samples a plain product took {1e3 * usual:.3g} ms, "
            f"a rewritten one {1e3 * seconds:.3g} ms"
        )
        if seconds < usual:
            return ProductPlan(layout, reason, True, layout == "channels last")
    return ProductPlan(PLAIN, reason)


def same_product(mine: Tensor, theirs: Tensor, sizes: Sequence[int]) -> bool:
    """Whether two flat products agree, parameter by parameter.

    Rounding moves a few pre-activations of piecewise linear networks across their kinks, which changes the product by
    more than rounding does, but by far less than a wrong formula.
    """
    eps = torch.finfo(theirs.dtype).eps
    tolerance, floor = (1e-8 if eps < 1e-10 else 2e-2), 64 * eps * float(theirs.norm())
    return all(
        float((own - other).norm()) <= tolerance * float(other.norm()) + floor
        for own, other in zip(mine.split(sizes), theirs.split(sizes), strict=True)
    )


class _Candidate:
    """An implementation under test: its product of a few samples' matrix with a fixed vector, and its time."""

    def __init__(
        self, build: Build, batch: Batch, mode: Callable[[], AbstractContextManager[Any]], leaves: Mapping[str, Tensor]
    ) -> None:
        generator = torch.Generator("cpu").manual_seed(0)
        self._parts = tuple(
            torch.randn(p.shape, generator=generator, device="cpu").to(p.device, p.dtype) for p in leaves.values()
        )
        self._device = self._parts[0].device
        with timed(self._device) as building, mode():
            self._matrix = build(batch)
        self._building = building[0]
        self.product = self._matrix.product(self._parts, keep=True)  # the first of a process takes longer

    def is_informative(self) -> bool:
        """Whether the product can be compared: it is finite, and not zero for most parameters."""
        parts = self.product.split([part.numel() for part in self._parts])
        return bool(self.product.isfinite().all()) and 2 * sum(bool(part.any()) for part in parts) >= len(parts)

    def equals(self, other: "_Candidate") -> bool:
        """Whether the products agree."""
        return same_product(self.product, other.product, [part.numel() for part in self._parts])

    def seconds(self, keeps: bool) -> float:
        """Time of one product, with its share of building the graph."""
        least = math.inf
        for _ in range(_REPEATS):
            with timed(self._device) as elapsed:
                self._matrix.product(self._parts, keep=True)
            least = min(least, elapsed[0])
            if elapsed[0] > _CLEAR_SECONDS:
                break
        return least + self._building / (_AMORTIZED if keeps else 1)
