"""Whether a loss or a metric decomposes over samples, so that a weighted mean over batches is its value on all of them.

Contrastive losses, Cox's partial likelihood, the root of a mean square or Dice do not decompose (Kar, Narasimhan and
Jain 2014, "Online and stochastic gradient methods for non-decomposable loss functions"); means over targets that are
not ignored do, once it is known how many these are. A few samples are evaluated together and in parts, at two points.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from landscape._common.errors import is_out_of_memory
from landscape.objective.criteria import scalar
from landscape.objective.data import Batch, count_samples, place
from landscape.objective.distinct_samples import few_samples, largest_batch, pick
from landscape.objective.metrics import ACCUMULATOR, accumulates

if TYPE_CHECKING:
    from landscape.objective.interface import ObjectiveLike
    from landscape.objective.objective import Objective

__all__ = ["Decomposition", "check_loss_decomposes", "check_metrics_decompose", "decompose", "refuse_cut"]

Kind = Literal["mean", "sum", "hidden weights", "no mean", "unknown"]
Measure = Callable[["Objective", nn.Module, Batch], Tensor]
"""From an objective, its model as `run` hands it out and a batch to a scalar."""

TOLERANCE = 1e-5
"""Largest relative difference of a mean from its whole, for what is not in a type of lower precision."""

CLEAR = 1e-2
"""A relative difference that rounding does not explain, whatever cancels in the model."""

NEAR, FAR = (0.5, 0.2), (0.3, 1.0)
"""Other points: shares of the parameters and of noise of their size."""

SAME = 0.3
"""Part by which a difference may change from one precision to the other and still be no rounding."""


@dataclass(frozen=True)
class Decomposition:
    """Result of comparing a loss or metric of a few samples with those of their parts.

    Attributes
    ----------
    kind : {"mean", "sum", "hidden weights", "no mean", "unknown"}
        "hidden weights" is a mean whose weights are others than those of the batches.
    samples : int
        How many were compared.
    whole, parts : float
        Value of the samples together, and weighted mean of their parts, where they differ most.
    reason : str
        Why it is unknown.
    """

    kind: Kind
    samples: int = 0
    whole: float = math.nan
    parts: float = math.nan
    reason: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether a weighted mean over any batches is the value; None if that is not known."""
        return None if self.kind == "unknown" else self.kind == "mean"

    def description(self, batches: int) -> str:
        """Return for the protocol what the objective is a mean over, given in how many batches."""
        if self.holds:
            return f"samples, which {self.samples} of them confirm"
        if self.holds is None:
            return f"batches, by their weights; not checked for samples: {self.reason}"
        if batches == 1:
            return "nothing: the loss is no mean over samples, and taken of all together"
        return "batches as they are: the loss is no mean over samples, so the value depends on how they are cut"

    def evidence(self, what: str) -> str:
        """Return the measured numbers as a clause of a sentence."""
        parts = f"the mean of its parts {self.parts:.5g}" if math.isfinite(self.parts) else "its parts have none alone"
        return f"{what} of {self.samples} samples is {self.whole:.5g}, and {parts}"


def decompose(
    objective: Objective, measure: Measure, weight_of: Callable[[Batch], float], *, here: bool = True
) -> Decomposition:
    """Compare a few samples with their parts.

    Parameters
    ----------
    objective : Objective
    measure : callable
    weight_of : callable
        From a batch to its weight in the mean.
    here : bool
        Whether to compare at the objective's own parameters as well as elsewhere. Not for what counts decisions, of
        which those of a tie may go either way.
    """
    objective = _plain(objective)
    near = _elsewhere(objective.parameters, *NEAR)
    points = [near, *([objective.parameters] if here else []), _elsewhere(objective.parameters, *FAR)]
    rows: list[_Row] = []
    # Some losses take no few samples (they need pairs, or a number of their own): then the largest batch is halved.
    for groups in (few_samples(objective.data), largest_batch(objective.data)):
        if not groups:
            return Decomposition("unknown", reason="the batches show no two samples that can be cut apart")
        found = [_compare(objective, measure, weight_of, groups, point) for point in points]
        rows = [row for point in found for row in point]
        if rows:
            break
    samples = sum(count_samples(group) or 0 for group in groups)
    if not rows:
        return Decomposition("unknown", reason="neither a few samples nor a batch and its halves can be evaluated")
    # At the objective's own parameters the loss may be saturated, and its rounding that of numbers a million times
    # larger.
    sizes = [max((abs(value) for row in point for value in row.finite), default=0.0) for point in found]
    scales = [max(size, sizes[0]) if here and i == 1 else size for i, size in enumerate(sizes)]
    gaps = [row.difference / (scale or 1.0) for point, scale in zip(found, scales, strict=True) for row in point]
    worst = max(range(len(rows)), key=gaps.__getitem__)
    eps = torch.finfo(objective.dtype).eps
    holds = Decomposition("mean", samples, rows[worst].whole, rows[worst].mean)
    if eps <= TOLERANCE and gaps[worst] <= TOLERANCE:
        return holds
    if eps > TOLERANCE or gaps[worst] <= CLEAR:
        exact = [row for point in points for row in _compare_exactly(objective, measure, weight_of, groups, point)]
        if len(exact) != len(rows):
            return Decomposition("unknown", samples, reason=f"rounding in {objective.dtype} hides it")
        one, two = (torch.tensor([row.whole - row.mean for row in part], dtype=torch.float64) for part in (rows, exact))
        if eps > TOLERANCE and all(
            row.difference <= 10 * TOLERANCE * max(map(abs, row.finite), default=0.0) for row in exact
        ):
            return holds
        if eps <= TOLERANCE and float((one - two).norm()) > SAME * float(one.norm()):
            return holds  # rounding, which differs from one type to the other
        rows = exact
    kind = _kind(objective, measure, groups[0], (points[0], points[-1]), rows)
    return Decomposition(kind, samples, rows[worst].whole, rows[worst].mean)


def check_loss_decomposes(objective: Objective) -> Decomposition:
    """Return whether the loss is a mean over samples.

    Raises
    ------
    ValueError
        If it is not, and tensors are to be cut into batches.
    """
    if why := _why_not(objective):
        return Decomposition("unknown", reason=why)

    def loss(objective: Objective, model: nn.Module, batch: Batch) -> Tensor:
        return objective.loss(model, batch)

    found = decompose(objective, loss, objective.data.weight_of)
    ours, count = objective.data.from_tensors, objective.data.count
    if found.holds is not False or len(objective.data.batches) == 1 or (count and not (ours and _adds_up(objective))):
        return found  # weights that are given hold for the batches as they are
    evidence, one = found.evidence("the loss"), f"batch_size={objective.num_samples} for one batch of all samples"
    if found.kind == "sum":
        raise ValueError(
            f"The loss is a sum over samples, not a mean ({evidence}), so a mean over batches depends on how they are "
            'cut: divide by the number of samples of the batch (.mean(), reduction="mean").'
        )
    if found.kind == "hidden weights":
        cause = "count= gives weights that are not those of the loss, which divides by others"
        hidden = (
            "The loss hides what it divides by, such as the number of targets that are not ignored, or their weights"
        )
        raise ValueError(
            f"{cause if count else hidden} ({evidence}), so batches cannot be averaged: pass count=, a function from a "
            f"batch to that number{f', or {one}' if ours else ''}."
        )
    if ours:
        rows = max(size or 0 for size in objective.data.sizes)
        raise ValueError(
            f"The loss is no mean over samples ({evidence}), so in batches of {rows} it would be another function: "
            f"pass {one}, or a list of batches if the mean of their losses is meant, as a training loop takes it."
        )
    return found


def check_metrics_decompose(objective: Objective) -> tuple[str, ...]:
    """Return the names of metrics that are no mean over samples, which one batch of all samples may have.

    Raises
    ------
    ValueError
        For such a metric on several batches.
    """
    if _why_not(objective):
        return ()
    names = []
    for name, metric in objective.metric_fns.items():
        if accumulates(metric):
            continue
        found = decompose(objective, _measure_of(metric), objective.data.metric_weight_of, here=False)
        if found.holds is not False:
            continue
        names.append(name)
        if len(objective.data.batches) > 1:
            one = f"batch_size={objective.num_samples}" if objective.data.from_tensors else "one batch of all samples"
            raise ValueError(
                f"The metric {name!r} is no mean over samples ({found.evidence('its value')}), so the mean over "
                f"batches is not its value on all of them: give an object that accumulates it ({ACCUMULATOR}); or "
                f"{one}; or count= if it is a mean over terms, such as targets that are not ignored."
            )
    return tuple(names)


def refuse_cut(objective: Objective, consequence: str, *, other_batches: bool = False) -> None:
    """Refuse to cut the data of a loss that is no mean over samples.

    Parameters
    ----------
    objective : Objective
    consequence : str
        What that would do, as a clause.
    other_batches : bool
        Whether samples are put into other batches, on which metrics and batch norms may depend.

    Raises
    ------
    ValueError
    """
    model = objective.model
    own_statistics = model.recomputes and objective.statistics_data is None
    if other_batches and (model.uses_batch_statistics or own_statistics):
        raise ValueError(
            "Batch norm normalises with the statistics of each batch here, so other batches are another function: "
            "cut the data as you mean them before."
        )
    found = objective.decomposition
    if found.holds is False:
        what = {"sum": "a sum over samples", "hidden weights": "a mean with weights that it hides"}
        raise ValueError(
            f"The loss is {what.get(found.kind, 'no mean over samples')} ({found.evidence('the loss')}), so "
            f"{consequence} that you mean."
        )
    for name in objective.undivided_metrics if other_batches else ():
        raise ValueError(
            f"The metric {name!r} is no mean over samples, so it would change with the batches: use "
            f"objective.without_metrics(), or build the Objective with an object that accumulates it ({ACCUMULATOR})."
        )


def _measure_of(metric: Any) -> Measure:
    def measure(objective: Objective, model: nn.Module, batch: Batch) -> Tensor:
        with objective.forward_arithmetic():
            return scalar(metric(model, batch), "metric")

    return measure


def _why_not(objective: Objective) -> str:
    """Return the reason why nothing can be compared, or None."""
    if objective.is_sharded:
        return "all ranks evaluate together"
    model = objective.model
    return model.normalization() if model.uses_batch_statistics and not model.recomputes else ""


def _adds_up(objective: Objective) -> bool:
    """Return whether count= is a sum over samples, rather than weights of batches."""
    count = objective.data.count
    assert count is not None
    for batch in objective.data.batches:
        size = count_samples(batch) or 0
        if size > 1:
            parts = pick(batch, *torch.arange(size, device="cpu").tensor_split([size // 2]))
            return math.isclose(sum(float(count(part)) for part in parts), float(count(batch)), rel_tol=1e-6)
    return True


# ---------------------------------------------------------------------- what is compared


@dataclass(frozen=True)
class _Row:
    """One partition of one group of samples at one point."""

    whole: float
    parts: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Weighted mean of the parts; a part of weight zero has none in it, whatever its value."""
        held = [(value, weight) for value, weight in zip(self.parts, self.weights, strict=True) if weight]
        return sum(value * weight for value, weight in held) / sum(self.weights)

    @property
    def difference(self) -> float:
        found = abs(self.whole - self.mean)
        return math.inf if math.isnan(found) else found

    @property
    def finite(self) -> list[float]:
        return [value for value in (self.whole, *self.parts) if math.isfinite(value)]


def _plain(objective: Objective) -> Objective:
    """Return the objective in full precision with frozen batch norm.

    The comparison is about the loss, not about rounding.
    """
    other = copy.copy(objective)
    other.model = objective.model.configured(arithmetic="ieee", batchnorm="frozen")
    return other


def _compare(
    objective: Objective,
    measure: Measure,
    weight_of: Callable[[Batch], float],
    groups: Sequence[Batch],
    point: Mapping[str, Tensor],
    dtype: torch.dtype | None = None,
) -> list[_Row]:
    """Return the partitions of the groups that can be evaluated and are finite as a whole."""
    rows = []
    for group in groups:
        whole = _values(objective, measure, [group], point, dtype)
        if whole is None or not math.isfinite(whole[0]) or not weight_of(group):
            continue
        for parts in _partitions(group):
            weights = tuple(float(weight_of(part)) for part in parts)
            values = _values(objective, measure, parts, point, dtype)
            if values is not None and sum(weights) > 0:
                rows.append(_Row(whole[0], tuple(values), weights))
    return rows


def _compare_exactly(
    objective: Objective,
    measure: Measure,
    weight_of: Callable[[Batch], float],
    groups: Sequence[Batch],
    point: Mapping[str, Tensor],
) -> list[_Row]:
    """Return the same in float64, or nothing if the model or the loss cannot be evaluated in it."""
    try:
        return _compare(objective.in_float64(), measure, weight_of, groups, point, torch.float64)
    except Exception:  # whatever a model or loss does in another type
        return []


def _values(
    objective: Objective,
    measure: Measure,
    batches: Sequence[Batch],
    point: Mapping[str, Tensor],
    dtype: torch.dtype | None = None,
) -> list[float] | None:
    """Return the measured values of batches, or None if one of them fails."""
    if dtype is not None:
        batches = [place(batch, objective.device, dtype) for batch in batches]

    def run(model: nn.Module) -> list[float]:
        return [float(measure(objective, model, objective.lend(batch))) for batch in batches]

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that no user will ever see
            return objective.run_values(run, objective.space.given(point))
    except Exception:  # whatever a loss does on few samples
        return None


def _partitions(group: Batch) -> Iterator[list[Batch]]:
    """Two ways to cut a batch in two: in the middle, and every third sample apart."""
    size = count_samples(group) or 0
    order = torch.arange(size, device="cpu")
    yield pick(group, order[: size // 2], order[size // 2 :])
    if size > 3:
        yield pick(group, order[order % 3 == 1], order[order % 3 != 1])


def _elsewhere(parameters: Mapping[str, Tensor], share: float, noise_share: float) -> dict[str, Tensor]:
    """Return other parameters: a share of them and noise, where the loss is not saturated and nothing is zero.

    Random numbers are drawn for the first dimension and for the others together, as many as there are rows and columns.
    """
    generator = torch.Generator("cpu").manual_seed(0)
    moved = {}
    for name, p in parameters.items():
        if not p.numel() or not p.is_floating_point():
            moved[name] = p
            continue
        columns = p.numel() // p.shape[0] if p.dim() else 1
        draws = [torch.randn(n, generator=generator, device="cpu") for n in (p.numel() // columns, columns)]
        noise = (draws[0][:, None] * draws[1]).reshape(p.shape).to(p)
        size = float(p.detach().double().square().mean().sqrt())
        moved[name] = share * p + noise_share * (size if 0 < size < math.inf else 0.5) * noise
    return moved


# ---------------------------------------------------------------------- which kind


def _kind(
    objective: Objective,
    measure: Measure,
    group: Batch,
    points: Sequence[Mapping[str, Tensor]],
    rows: Sequence[_Row],
) -> Kind:
    tolerance = max(TOLERANCE, 100 * torch.finfo(objective.dtype).eps)
    if all(math.isclose(row.whole, sum(row.parts), rel_tol=tolerance) for row in rows):
        return "sum"
    return "hidden weights" if _weights_are_hidden(objective, measure, group, points) else "no mean"


def _weights_are_hidden(
    objective: Objective, measure: Measure, group: Batch, points: Sequence[Mapping[str, Tensor]]
) -> bool:
    """Whether the loss is a weighted mean of three parts, with weights that are the same at two points.

    The weight of b for that of a follows from their union: :math:`L_{ab} = (w_a L_a + w_b L_b) / (w_a + w_b)`. A mean
    has positive ones that fit together; of an InfoNCE loss they are negative, and of a root mean square they depend on
    the parameters.
    """
    size = count_samples(group) or 0
    chunks = list(torch.arange(size, device="cpu").split(max(1, size // 10)))
    single = _values(objective, measure, pick(group, *chunks), points[0])
    if single is None or len(chunks) < 3:
        return False
    # Parts as different as possible, since near each other every mean is like every other.
    order = sorted(range(len(chunks)), key=lambda i: single[i] if math.isfinite(single[i]) else -math.inf)
    third = len(order) // 3
    a, b, c = (
        torch.cat([chunks[i] for i in part]).sort().values
        for part in (order[:third], order[third : 2 * third], order[2 * third :])
    )
    unions = [a, b, c, *(torch.cat(pair).sort().values for pair in ((a, b), (b, c), (a, c)))]
    ratios = []
    for point in points:
        values = _values(objective, measure, pick(group, *unions), point)
        if values is None or not all(map(math.isfinite, values)):
            return False
        la, lb, lc, lab, lbc, lac = values
        steps = [(la, lab, lb), (lb, lbc, lc), (la, lac, lc)]
        change = min(
            abs(one - other) for first, middle, last in steps for one, other in ((first, middle), (middle, last))
        )
        if not change:
            return False
        ab, bc, ac = ((first - middle) / (middle - last) for first, middle, last in steps)
        noise = 100 * torch.finfo(objective.dtype).eps * max(map(abs, values)) / change
        if min(ab, bc, ac) <= 0 or abs(ab * bc / ac - 1) > 1e-3 + noise:
            return False
        ratios.append((ab, bc, noise))
    (ab, bc, noise), (ab2, bc2, noise2) = ratios
    return all(abs(one / two - 1) <= 1e-3 + noise + noise2 for one, two in ((ab, ab2), (bc, bc2)))


def may_be_cut(objective: ObjectiveLike) -> bool:
    """Whether the loss is a mean over samples, as far as a few of them show; a contrastive one is not."""
    if objective.decomposes is not None:
        return objective.decomposes
    for rows in (16, 4, 2):
        try:
            few = objective.subset(range(min(rows, objective.data.num_samples)))
            whole, halves = few.value(), few.with_batch_size(max(1, few.data.num_samples // 2)).value()
        except ValueError:  # batches that cannot be cut
            return False
        except RuntimeError as error:
            if is_out_of_memory(error):
                continue
            return False
        return abs(halves - whole) <= 100 * objective.rounding * max(abs(whole), abs(halves))
    return True
