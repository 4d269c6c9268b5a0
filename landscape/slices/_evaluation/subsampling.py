"""Sequential sampling: evaluate a point on few samples where they determine its loss well enough, else on all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import stdtrit  # scipy.stats takes a second to import, which every worker would wait for
from torch import Tensor

from landscape._common.autotuning import Route
from landscape._common.random import cpu_generator
from landscape.objective.criteria import input_and_target, never_negative
from landscape.objective.interface import ObjectiveLike
from landscape.objective.metrics import accumulates
from landscape.objective.per_sample import SampleLosses, batches_of, standard_error, why_no_sample_losses
from landscape.slices._evaluation.evaluator import Evaluator

__all__ = ["SequentialSamplingEvaluator"]

FIRST_SHARE = 16
"""The first stage has this part of the samples; each later one doubles them."""

FEWEST = 32
"""Samples of the first stage at least, so that their mean is near a normal distribution."""

BLOCK = 16
"""Points that are decided together."""

ROUNDING = 1e-9
"""Part of the ceiling by which a proof has to exceed it, for the rounding of sums in float64."""


class SequentialSamplingEvaluator:
    r"""Evaluate one objective at points, each on as few samples as the accuracy asked for allows.

    The samples are put in random order once; a point is evaluated on the first :math:`n_1 < n_2 < \dots < N` of them,
    each time on the new ones only, until one of two things holds.

    With `ceiling`, that the samples so far prove the loss to lie above it: no loss of a sample is negative, so their
    sum over the weight of all N samples is a lower bound. It assumes nothing of the others.

    With `resolution`, that the half-width of a Student-t interval for the loss on all N samples, with finite-population
    correction (Cochran 1977, Sampling Techniques, sec. 2.8), is at most that part of the lower end's height above the
    loss at the origin. The confidence is for each point, over all its stages (Bonferroni), and approximate: where a few
    samples carry most of the loss, a stage that misses them is surer than it should be.

    Points that are not finite are evaluated on all samples.

    Parameters
    ----------
    objective : Objective
    directions : sequence of mappings of str to Tensor
    resolution : float, optional
        Colour resolution, as a part of a point's height above the origin's loss.
    ceiling : float, optional
        Top of the colour scale, in units of the loss. This or the resolution is needed, or both.
    confidence : float
        Of each point's interval.
    route : {"auto", "rewritten", "plain"}
    seed : int
        Of the order of the samples.

    Attributes
    ----------
    names : list of str
        "loss" (on the samples taken), the metrics, "loss_se" (of the loss on all samples, zero where all were taken)
        and "samples".

    Raises
    ------
    ValueError
        If the losses of single samples are not known, or with a ceiling not known to be free of negative ones, or for a
        number out of range.
    """

    def __init__(
        self,
        objective: ObjectiveLike,
        directions: Sequence[Mapping[str, Tensor]],
        *,
        resolution: float | None = None,
        ceiling: float | None = None,
        confidence: float = 0.999,
        route: Route = "auto",
        seed: int = 0,
    ) -> None:
        if resolution is not None and not 0 < resolution < 1:
            raise ValueError(f"resolution is {resolution!r}: give a part of the height of a point, such as 0.02.")
        if not 0 < confidence < 1:
            raise ValueError(f"confidence is {confidence!r}: give a number between 0 and 1, such as 0.999.")
        if ceiling is not None and not (isinstance(ceiling, Real) and math.isfinite(ceiling)):
            raise ValueError(f"ceiling is {ceiling!r}: give a finite loss, such as that of guessing.")
        if words := why_no_sample_losses(objective):
            raise ValueError(f"resolution= and ceiling= use per-sample losses. {words}")
        for name, metric in objective.metric_fns.items():
            if accumulates(metric) or name in objective.undivided_metrics:
                raise ValueError(
                    f"resolution= and ceiling= take some of the samples, and the metric {name!r} is no mean over "
                    "samples: use objective.without_metrics(), or leave both out."
                )
        if ceiling is not None and not _never_negative(objective):
            raise ValueError(
                "ceiling= needs losses of samples that are never negative, which is known of torch's cross-entropy, "
                "squared, absolute, Huber and binary losses only: use resolution=."
            )
        self._objective, self._confidence, self._seed = objective, confidence, seed
        self._resolution, self._ceiling = resolution, ceiling
        total = objective.data.num_samples
        ends = [max(FEWEST, total // FIRST_SHARE)]
        while ends[-1] < total:
            ends.append(min(2 * ends[-1], total))
        self._ends = [min(ends[0], total), *ends[1:]]
        order = torch.randperm(total, generator=cpu_generator(seed), device="cpu")
        starts = [0, *self._ends[:-1]]
        self._stages = [
            Evaluator({"": objective.subset(order[a:b].sort().values)}, directions, route=route, errors={"": True})
            for a, b in zip(starts, self._ends, strict=True)
        ]
        self.names = ["loss", *objective.metrics, "loss_se", "samples"]
        self._dimensions = len(directions)
        self._centre: float | None = None
        self._weight = math.nan

    def evaluate(self, points: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Iterate over blocks of values, as `Evaluator.evaluate` does."""
        if self._centre is None:
            self._centre = float(self._decide(np.zeros((1, self._dimensions)), -np.inf)[0][0])
        for start in range(0, len(points), BLOCK):
            yield start, self._decide(points[start : start + BLOCK], self._centre)

    def metadata(self) -> dict[str, Any]:
        """Return how points are evaluated, for the protocol."""
        entries: dict[str, Any] = {"stages": self._ends, "seed": self._seed}
        words = []
        if self._ceiling is not None:
            entries["ceiling"] = self._ceiling
            words.append(
                f"the sum of their losses, none of which is negative, proves the loss on all samples above "
                f"{self._ceiling:g}"
            )
        if self._resolution is not None:
            entries |= {"resolution": self._resolution, "confidence": self._confidence}
            words.append(
                f"a Student-t interval with finite-population correction, of confidence {self._confidence:g} for each "
                f"point over all its stages, has a half-width below {self._resolution:g} of the point's height above "
                f"the origin; it takes means of at least {FEWEST} samples for normally distributed"
            )
        entries["words"] = "fewer samples where " + ", or where ".join(words)
        return {"": self._stages[-1].metadata()[""], "halving": entries}

    def _decide(self, points: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
        """Return the values at points; at a floor of minus infinity on all samples."""
        metrics = self._objective.metrics
        rows = np.full((len(points), len(self.names)), np.nan)
        known: list[SampleLosses | None] = [None] * len(points)
        sums = np.zeros((len(points), len(metrics)))
        left = list(range(len(points)))
        level = 1 - (1 - self._confidence) / (2 * max(1, len(self._stages) - 1))
        for stage, end in zip(self._stages, self._ends, strict=True):
            undecided = []
            for i, (values, fresh) in zip(left, stage.samples(points[left]), strict=True):
                known[i] = sample = fresh if (before := known[i]) is None else before.joined(fresh)
                weight = len(fresh.sums)
                sums[i] += [weight * values[name] for name in metrics]
                with np.errstate(all="ignore"):
                    # An infinite loss stays one.
                    penalty = values["loss"] - fresh.mean if np.isfinite(values["loss"]) else 0.0
                    loss = sample.mean + penalty
                error = standard_error(sample, population=self._objective.data.num_samples)
                rows[i] = [loss, *(sums[i] / end), error, end]
                half = error * float(stdtrit(end - 1, level)) if end > 1 else np.inf
                seen = self._resolution is not None and half <= self._resolution * (loss - half - floor)
                if not (np.isfinite(loss) and (seen or self._proven(sample, penalty))) or floor == -np.inf:
                    undecided.append(i)
            left = undecided
            if not left:
                break
        if floor == -np.inf and (centre := known[0]) is not None:
            self._weight = float(centre.weights.sum())  # that of all samples, wherever the point
        return rows

    def _proven(self, sample: SampleLosses, penalty: float) -> bool:
        """Whether the loss on all samples lies above the ceiling, whatever those of the others are."""
        if self._ceiling is None:
            return False
        return float(sample.sums.sum()) / self._weight + penalty > self._ceiling + ROUNDING * abs(self._ceiling)


def _never_negative(objective: ObjectiveLike) -> bool:
    criterion = objective.split.criterion if objective.split is not None else None
    return never_negative(criterion, (input_and_target(batch)[1] for batch in batches_of(objective)))
