"""Loss and metrics of every batch, losses of single samples, and their means with standard errors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from landscape.objective.criteria import PerExampleLosses, per_example_losses
from landscape.objective.data import Batch, count_samples
from landscape.objective.interface import ObjectiveLike
from landscape.objective.metrics import Metric, accumulates, computed, measure
from landscape.objective.shared_forward import one_forward

__all__ = ["LossAndMetrics", "SampleLosses", "standard_error"]


@dataclass(frozen=True)
class SampleLosses:
    """The loss as a ratio of sums over samples: sum of `sums` over sum of `weights`, both of shape (n,)."""

    sums: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """The weighted mean over the samples."""
        return float(self.sums.sum() / self.weights.sum())

    def joined(self, other: SampleLosses) -> SampleLosses:
        """Return these samples and others."""
        return SampleLosses(np.concatenate([self.sums, other.sums]), np.concatenate([self.weights, other.weights]))


def standard_error(sample: SampleLosses, minus: SampleLosses | None = None, population: int | None = None) -> float:
    r"""Return the standard error of a mean over samples, or of its difference to that of the same samples elsewhere.

    That of a ratio of sums, by linearisation (Cochran 1977, Sampling Techniques, eqs. 2.46 and 6.13), with
    :math:`r_i = s_i - \bar\ell\, w_i`:

    .. math:: \frac{1}{\sum w} \sqrt{\frac{n}{n - 1} \sum_i r_i^2 \Bigl(1 - \frac{n}{N}\Bigr)}

    Parameters
    ----------
    sample, minus : SampleLosses
    population : int, optional
        N, where the samples are drawn without replacement from so many and the mean over these is meant; by default
        the mean over what they are drawn from is meant, however many that are.
    """
    n = len(sample.sums)
    with np.errstate(all="ignore"):
        residuals = sample.sums - sample.mean * sample.weights
        if minus is not None:
            residuals = residuals - (minus.sums - minus.mean * minus.weights)
        left = 1.0 if population is None else 1 - n / population
        spread = float((residuals**2).sum()) * left
        return math.sqrt(n / (n - 1) * spread) / float(sample.weights.sum()) if n > 1 else math.nan


class LossAndMetrics:
    """The loss and the metrics of an objective, and the losses of single samples where errors are wanted.

    Parameters
    ----------
    objective : Objective
    errors : bool
        Whether to keep the losses of single samples.

    Raises
    ------
    ValueError
        If they are wanted and not known.
    """

    def __init__(self, objective: ObjectiveLike, errors: bool = False) -> None:
        self.objective = objective
        self.metrics: Mapping[str, Metric] = objective.metric_fns
        self._per_example_losses = _per_example_losses(objective) if errors else None
        if errors and (reason := why_no_sample_losses(objective)):
            raise ValueError(reason)

    @property
    def errors(self) -> bool:
        """Whether the losses of single samples are kept."""
        return self._per_example_losses is not None

    @property
    def accumulates(self) -> bool:
        """Whether a metric accumulates over the batches, which takes them in as they are measured."""
        return any(map(accumulates, self.metrics.values()))

    def of_batches(self, model: nn.Module, batches: Sequence[Batch] | None = None) -> list[dict[str, Tensor]]:
        """Return the results of each batch, on its device; under `objective.run_values`.

        Parameters
        ----------
        model : torch.nn.Module
            What `run_values` hands out.
        batches : sequence, optional
            The objective's own in another layout of memory.
        """
        objective = self.objective
        for metric in self.metrics.values():
            if accumulates(metric):
                metric.reset()  # type: ignore[union-attr]
        data = objective.data
        weights = zip(data.weights, data.metric_weights, strict=True)
        given = map(objective.lend, data.batches) if batches is None else batches
        return [
            self._of_batch(model, batch, bool(weight), bool(share))
            for batch, (weight, share) in zip(given, weights, strict=True)
        ]

    def _of_batch(self, model: nn.Module, batch: Batch, in_loss: bool, in_metrics: bool) -> dict[str, Tensor]:
        if not (self.metrics and in_metrics):
            return self._results(model, batch, in_loss, in_metrics)
        with one_forward(self.objective, model, batch):
            return self._results(model, batch, in_loss, in_metrics)

    def _results(self, model: nn.Module, batch: Batch, in_loss: bool, in_metrics: bool) -> dict[str, Tensor]:
        objective, results = self.objective, {}
        if self._per_example_losses is None:
            if in_loss:
                results["loss"] = objective.loss(model, batch)
        else:
            assert objective.split is not None
            with objective.forward_arithmetic():
                losses, weights = self._per_example_losses(objective.split.outputs(model, batch), batch[1])
            results |= {"losses": losses, "weights": weights}
        for name, metric in self.metrics.items() if in_metrics else ():
            with objective.forward_arithmetic():
                value = measure(metric, name, objective.split, model, batch)
            if value is not None:
                results[f"metric {name}"] = value
        return results

    def total(
        self, results: Iterable[Mapping[str, Tensor]], parameters: Mapping[str, Tensor]
    ) -> tuple[dict[str, float], SampleLosses | None]:
        """Return loss and metrics from the results of all batches, and the losses of single samples if kept."""
        objective = self.objective
        penalty = objective.penalty(parameters)
        values = {"loss": penalty} | dict.fromkeys(self.metrics, 0.0)
        kept: list[SampleLosses] = []
        data = objective.data
        shares = zip(data.batches, data.weights, data.metric_weights, results, strict=True)
        for batch, weight, share, result in shares:
            if self._per_example_losses is not None:
                kept.append(_per_sample(result["losses"], result["weights"], batch))
            elif "loss" in result:
                values["loss"] += weight * float(result["loss"].detach())
            for name in self.metrics:
                if f"metric {name}" in result:
                    values[name] += share * float(result[f"metric {name}"])
        values |= {name: computed(metric, name, values[name]) for name, metric in self.metrics.items()}
        samples = None
        if kept:
            samples = SampleLosses(np.concatenate([k.sums for k in kept]), np.concatenate([k.weights for k in kept]))
            with np.errstate(all="ignore"):
                values["loss"] = samples.mean + penalty
        return values, samples


def why_no_sample_losses(objective: ObjectiveLike) -> str | None:
    """Return in one sentence why the losses of single samples are not known, or None if they are."""
    if objective.data.count is not None:
        return "count= weighs the batches, so the losses of single samples are not known: leave it to the criterion."
    if objective.decomposes is False:
        return (
            "The loss is no mean over samples, so single samples have no losses of their own: leave out standard "
            "errors."
        )
    if _per_example_losses(objective) is None:
        return (
            "The losses of single samples are not known of a loss(model, batch) or a criterion without "
            'reduction="none": give criterion= as a torch loss such as nn.CrossEntropyLoss().'
        )
    return None


def _per_example_losses(objective: ObjectiveLike) -> PerExampleLosses | None:
    split = objective.split
    if split is None or split.criterion is None or objective.data.count is not None:
        return None
    return per_example_losses(split.criterion)


def _per_sample(losses: Tensor, weights: Tensor, batch: Batch) -> SampleLosses:
    """Sum the losses of each sample.

    Those of the tokens of a sequence, for example, are not independent of each other.
    """
    rows = count_samples(batch) or len(losses)
    rows = rows if len(losses) % rows == 0 else len(losses)
    w = weights.double()
    # A term of weight zero has no part in the mean, whatever its loss.
    s = torch.where(w != 0, w * losses.detach().double(), 0.0)
    sums, totals = (t.reshape(rows, -1).sum(1).cpu().numpy() for t in (s, w))
    return SampleLosses(sums, totals)


def batches_of(objective: ObjectiveLike) -> Sequence[Any]:
    """Return the objective's batches, those of weight zero included."""
    return [objective.lend(batch) for batch in objective.data.batches]
