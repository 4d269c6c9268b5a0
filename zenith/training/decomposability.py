"""Whether the loss and the metrics of a task are means over samples, so that batches can be averaged.

A few samples are evaluated together and in parts, at three points: the weighted mean of the parts is the value of the
whole, unless the loss hides what it divides by (targets that are not ignored), or is no mean at all (contrastive
losses, the root of a mean square; Kar, Narasimhan and Jain 2014, "Online and stochastic gradient methods for
non-decomposable loss functions").
"""

from __future__ import annotations

import copy
import math
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from zenith import tasks
from zenith.tasks import Batch, Data, DatasetSplit, Split, Task
from zenith.tasks.data import map_tensors
from zenith.tasks.metrics import Totals, accumulates
from zenith.training.batches import seeded

__all__ = ["check_decomposes"]

TOLERANCE = 1e-5
"""Largest relative difference of a mean from its whole."""
CLEAR = 1e-2
"""A relative difference that rounding in float32 does not explain."""
PRIMES = (31, 29, 23, 19, 17, 13, 11, 7, 5, 3, 2)
"""Samples that are compared: a prime number, so that no part holds its exact share of those that are ignored."""
LOOKED_AT, STANDOUT, WIDE = 4096, 16, 1024
"""Rows of tensors that are searched for those that stand out, how many of these are compared, and the largest number of
values in a row that is searched: more are taken for inputs."""
POINTS = ((0.5, 0.2), (1.0, 0.0), (0.3, 1.0))
"""Shares of the initial weights, and of noise of their size: a loss may hide its weights where all outputs are zero."""

_CHECKED: weakref.WeakKeyDictionary[Task, set[str]] = weakref.WeakKeyDictionary()
"""Fingerprints of the data with which tasks were looked at already in this process."""


def check_decomposes(task: Task, model: nn.Module, data: Data, pieces: int) -> None:
    """Refuse losses and metrics whose values over a set would not be the mean over its batches.

    Once for each task of a process, on a copy of the model. A loss whose terms `count` declares may be no mean over
    samples, if it is not another number that it divides by. What draws random numbers in eval mode is not compared.

    Parameters
    ----------
    pieces : int
        Parts that the batch of a step is computed in.

    Raises
    ------
    ValueError
    """
    seen = _CHECKED.setdefault(task, set())
    key = f"{data.fingerprint} {pieces > 1}"
    if key in seen or tasks.is_built_in(task):
        return
    whole_sets = all(len(split) <= split.rows_at_once for split in data.parts.values())
    mixing = any(isinstance(module, _BatchNorm) and not module.track_running_stats for module in model.modules())
    few = _few(data.train)
    if few is not None and not mixing:
        _check_loss(task, model, few, whole_sets and pieces == 1)
        if not whole_sets:
            _check_metrics(task, model, few)
    seen.add(key)


def _check_loss(task: Task, model: nn.Module, few: _Few, whole: bool) -> None:
    found = _differs(lambda trial, batch, n: _value(Totals(task.loss, ()), 0, trial, batch, n), model, few, POINTS)
    if found is None:
        return
    if found.is_sum:
        raise ValueError(
            f"the loss of task '{task.name}' is the sum over a batch ({found.words}), so that steps and values would "
            f"depend on the batch's size: divide by the number of samples"
        )
    counted = task.loss.count is not None
    hidden = found.has_hidden_weights()
    if whole or (counted and not hidden):
        return
    if counted:
        raise ValueError(
            f"count= of task '{task.name}' is not what its loss divides by ({found.words}), so batches would be "
            f"weighted wrongly: return the number of terms that the mean runs over"
        )
    if hidden:
        raise ValueError(
            f"the loss of task '{task.name}' hides what it divides by, such as the number of targets that are not "
            f"ignored ({found.words}), so its batches cannot be averaged: give count=, a function from a batch to that "
            f"number"
        )
    raise ValueError(
        f"the loss of task '{task.name}' is no mean over samples ({found.words}), so its value depends on how they are "
        f"cut into batches: give count=, such as lambda batch: len(batch[0]), if the mean over batches as they are is "
        f"meant"
    )


def _check_metrics(task: Task, model: nn.Module, few: _Few) -> None:
    for metric in task.metrics:
        if accumulates(metric.compute):
            continue

        def value(trial: nn.Module, batch: Batch, n: int, metric: Any = metric) -> tuple[float, float]:
            return _value(Totals(task.loss, (metric,)), 1, trial, batch, n)

        found = _differs(value, model, few, (POINTS[0], POINTS[-1]))  # where no decision is a tie
        if found is not None and not (task.loss.count is not None and not found.has_hidden_weights()):
            raise ValueError(
                f"the metric '{metric.name}' of task '{task.name}' is no mean over samples ({found.words}), so the "
                f"mean over batches is not its value: give an object that accumulates it (reset, update, compute), "
                f"such as one of torchmetrics, or count= if it is a mean over terms, as of targets that are not ignored"
            )


def _value(totals: Totals, place: int, model: nn.Module, batch: Batch, samples: int) -> tuple[float, float]:
    """Return a value of a batch, and its weight in the mean."""
    totals.add(model, batch, samples)
    return totals.values()[place], totals.weights[place]


Value = Callable[[nn.Module, Batch, int], tuple[float, float]]


@dataclass(frozen=True)
class _Few:
    """A few samples as one batch, and how parts of them are batched."""

    batch: Batch
    samples: int
    parts: Callable[[Tensor], Batch]


@dataclass(frozen=True)
class _Row:
    """The samples together, and in parts."""

    whole: float
    parts: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def mean(self) -> float:
        held = [(value, weight) for value, weight in zip(self.parts, self.weights, strict=True) if weight]
        return sum(value * weight for value, weight in held) / sum(self.weights)


@dataclass(frozen=True)
class _Difference:
    """What was found of a loss or metric that is not the mean of its parts."""

    rows: Sequence[_Row]
    value: Value
    few: _Few
    models: Callable[[], Iterator[tuple[nn.Module, Batch, Callable[[Tensor], Batch]]]]

    @property
    def words(self) -> str:
        row = max(self.rows, key=lambda row: abs(row.whole - row.mean))
        return f"of {self.few.samples} samples {row.whole:.5g}, and the mean of its parts {row.mean:.5g}"

    @property
    def is_sum(self) -> bool:
        return all(math.isclose(row.whole, sum(row.parts), rel_tol=1e-4) for row in self.rows)

    @torch.no_grad()
    def has_hidden_weights(self) -> bool:
        """Whether it is a weighted mean of three parts, with positive weights that are the same at two points.

        The weight of b for that of a follows from their union, ``L_ab = (w_a L_a + w_b L_b) / (w_a + w_b)``.
        """
        chunks = torch.arange(self.few.samples).split(max(1, self.few.samples // 10))
        if len(chunks) < 3:
            return False
        order, ratios = None, []
        for model, _, parts in self.models():

            def values(indices: Sequence[Tensor], model: Any = model, parts: Any = parts) -> list[float]:
                return [self.value(model, parts(index), len(index))[0] for index in indices]

            try:
                if order is None:  # parts as different as possible: near each other every mean is like every other
                    single = values(chunks)
                    order = sorted(range(len(chunks)), key=lambda i: (math.isfinite(single[i]), single[i]))
                third = len(order) // 3
                a, b, c = (
                    torch.cat([chunks[i] for i in part]).sort().values
                    for part in (order[:third], order[third : 2 * third], order[2 * third :])
                )
                pairs = [torch.cat(pair).sort().values for pair in ((a, b), (b, c), (a, c))]
                la, lb, lc, lab, lbc, lac = values([a, b, c, *pairs])
            except Exception:  # whatever a loss does on few samples
                return False
            try:
                ab, bc, ac = (la - lab) / (lab - lb), (lb - lbc) / (lbc - lc), (la - lac) / (lac - lc)
            except ZeroDivisionError:
                return False
            if not min(ab, bc, ac) > 0 or not abs(ab * bc / ac - 1) < 1e-2:
                return False
            ratios.append((ab, bc))
        first, *others = ratios
        return all(abs(one / two - 1) < 1e-2 for other in others for one, two in zip(first, other, strict=True))


def _differs(value: Value, model: nn.Module, few: _Few, points: Sequence[tuple[float, float]]) -> _Difference | None:
    """Return how a value differs from the mean of its parts; None if it does not, or cannot be compared."""
    found: dict[torch.dtype | None, list[_Row]] = {}

    def trials(dtype: torch.dtype | None, at: Sequence[tuple[float, float]]) -> Iterator[Any]:
        for point in at:
            trial = _at(model, point, dtype)

            def placed(batch: Batch) -> Batch:
                return (
                    batch
                    if dtype is None
                    else map_tensors(lambda t: t.to(dtype) if t.is_floating_point() else t, batch)
                )

            yield trial, placed(few.batch), lambda index: placed(few.parts(index))

    def compare(dtype: torch.dtype | None) -> float:
        """Return the largest relative difference."""
        rows, worst = found.setdefault(dtype, []), 0.0
        for trial, batch, parts in trials(dtype, points):
            at_point = _rows(value, trial, batch, parts, few.samples)
            scale = max((abs(v) for row in at_point for v in (row.whole, *row.parts) if math.isfinite(v)), default=0.0)
            gaps = [abs(row.whole - row.mean) / (scale or 1.0) for row in at_point]
            worst = max([worst, *(math.inf if math.isnan(gap) else gap for gap in gaps)])
            rows += at_point
        return worst

    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of parts that no user will ever see
        try:
            gap, dtype = compare(None), None
        except Exception:  # of few samples there may be no value
            return None
        if gap <= TOLERANCE:
            return None
        try:
            gap, dtype = compare(torch.float64), torch.float64
        except Exception:  # whatever a model or a loss does in another type
            if gap <= CLEAR or any(p.dtype.itemsize < 4 for p in model.parameters()):
                return None
        if gap <= TOLERANCE:
            return None
        return _Difference(found[dtype], value, few, lambda: trials(dtype, (POINTS[0], POINTS[-1])))


def _rows(value: Value, model: nn.Module, batch: Batch, parts: Callable[[Tensor], Batch], samples: int) -> list[_Row]:
    """Compare the samples with their halves, and with every third one apart."""
    device = next(model.parameters()).device
    with seeded(0, device):
        whole, weight = value(model, batch, samples)
    with seeded(1, device):
        if value(model, batch, samples)[0] != whole:  # it draws random numbers
            return []
    if not math.isfinite(whole) or not weight:
        return []
    order = torch.arange(samples)
    cuts = [(order[: samples // 2], order[samples // 2 :])]
    if samples > 3:
        cuts.append((order[order % 3 == 1], order[order % 3 != 1]))
    found = []
    for cut in cuts:
        values, weights = zip(*(value(model, parts(index), len(index)) for index in cut), strict=True)
        if sum(weights) > 0:
            found.append(_Row(whole, values, weights))
    return found


def _at(model: nn.Module, point: tuple[float, float], dtype: torch.dtype | None) -> nn.Module:
    """Return a copy of the model at other weights, in eval mode."""
    share, noise = point
    generator = torch.Generator().manual_seed(0)
    other = copy.deepcopy(model).eval()
    if dtype is not None:
        other.to(dtype)
    for p in other.parameters():
        if noise and p.is_floating_point() and p.numel():
            size = float(p.detach().double().square().mean().sqrt())
            drawn = torch.randn(p.shape, generator=generator).to(p)
            p.data.mul_(share).add_(drawn, alpha=noise * (size if 0 < size < math.inf else 0.5))
    return other


# Which samples
# ----------------------------------------------------------------------------------------------------------------------


def _few(split: Split | DatasetSplit) -> _Few | None:
    samples = next((n for n in PRIMES if n <= len(split)), 0)
    if samples < 2:
        return None
    spread = torch.linspace(0, len(split) - 1, samples).long().tolist()
    chosen = _standing_out(split)[: min(STANDOUT, samples // 2)] if isinstance(split, Split) else []
    index = torch.tensor(sorted(list(dict.fromkeys([*chosen, *spread, *range(samples)]))[:samples]))
    batch = split.batch(index.to(split.device))

    def parts(which: Tensor) -> Batch:
        if _has_rows(batch, samples):  # cut as it is, so that paddings stay
            return _rows_of(batch, which, samples)
        return split.batch(index[which].to(split.device))

    return _Few(batch, samples, parts)


def _standing_out(split: Split) -> list[int]:
    """Return rows with the rarest, lowest, highest or missing values of each field, such as ignored targets."""
    looked = torch.linspace(0, len(split) - 1, min(LOOKED_AT, len(split)), device=split.device).long()
    rare: list[Tensor] = []
    extreme: list[Tensor] = []
    for field in split.fields:
        values = field[looked].reshape(len(looked), -1)
        if not 0 < values.shape[1] <= WIDE or values.is_complex():
            continue
        if values.shape[1] == 1 and not values.is_floating_point():
            kinds, counts = values[:, 0].unique(return_counts=True)
            rare += [(values[:, 0] == kind).nonzero()[0, 0] for kind in kinds[counts.argsort()[:4]]]
        numbers = values.to(torch.float32)
        known = numbers.nan_to_num(0.0)
        marks = ((~numbers.isfinite()).sum(1), -known.amin(1), known.amax(1), known.sum(1), -known.sum(1))
        extreme += [mark.argmax() for mark in marks]
    places = [int(looked[row]) for pair in zip(extreme, rare, strict=False) for row in pair]
    return list(dict.fromkeys([*places, *(int(looked[row]) for row in (*rare, *extreme))]))


def _has_rows(batch: Batch, samples: int, nested: bool = False) -> bool:
    """Whether all that a batch holds has one row for each sample."""
    if isinstance(batch, Tensor):
        return batch.dim() > 0 and len(batch) == samples and not batch.is_nested
    if isinstance(batch, Mapping):
        return bool(batch) and all(_has_rows(value, samples, nested=True) for value in batch.values())
    if isinstance(batch, (list, tuple)):
        if nested and len(batch) == samples:
            return True
        return bool(batch) and all(_has_rows(value, samples, nested=True) for value in batch)
    return False


def _rows_of(batch: Batch, which: Tensor, samples: int, nested: bool = False) -> Batch:
    if isinstance(batch, Tensor):
        return batch[which.to(batch.device)]
    if isinstance(batch, Mapping):
        return {name: _rows_of(value, which, samples, nested=True) for name, value in batch.items()}
    if nested and len(batch) == samples:
        return type(batch)(batch[i] for i in which.tolist())
    return tuple(_rows_of(value, which, samples, nested=True) for value in batch)
