"""One training step: compute the gradient of a batch and let the method take its step."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from zenith import methods
from zenith.adapters.with_zenith import WithZenith
from zenith.baselines.line_probe import LineProbe
from zenith.optimizer.diagnostics import Diagnostics
from zenith.optimizer.norms import UpdateNorm, gradient_norm, read_back
from zenith.tasks.data import map_tensors
from zenith.training.batches import Piece
from zenith.training.seeds import StepSeeds
from zenith.training.setup import Setup

__all__ = ["StepBatch", "StepResult", "TrainingStep"]


@dataclass(slots=True)
class StepBatch:
    """The samples of one step.

    Attributes
    ----------
    samples : int
        How many there are, on all ranks.
    pieces : sequence of Piece
        What this rank computes.
    shares : sequence of float
        Of the pieces in the mean over the batch; for `TrainingStep` to fill in.
    """

    samples: int
    pieces: Sequence[Piece]
    shares: Sequence[float] = (1.0,)


@dataclass(slots=True)
class StepResult:
    """The numbers of one step.

    Attributes
    ----------
    loss, gradient_norm : float
        Of the whole batch, before the step and before clipping.
    lr : float
        Applied by the step; 0 where a gradient scaler left it out.
    mean_gradient_norm, zenith : float
        mu and Z after the step, where the optimizer follows the ZENITH rule; NaN elsewhere.
    update_norm : Tensor of shape () or None
        Not read back yet; None where it is not measured, or read.
    moved, seconds, gradient_evaluations : float
        The same once it is read, and what the run took until then: for the loop to fill in.
    """

    loss: float
    gradient_norm: float
    lr: float
    mean_gradient_norm: float
    zenith: float
    update_norm: Tensor | None
    moved: float = math.nan
    seconds: float = math.nan
    gradient_evaluations: float = math.nan


class _NotFiniteError(Exception):
    """The loss at the weights is not finite."""


class TrainingStep:
    """Take the training steps of one run.

    Parameters
    ----------
    setup : Setup

    Attributes
    ----------
    rule : Diagnostics or None
        The ZENITH rule that the optimizer follows; None of other optimizers.
    gradient_evaluations : float
        Forward and backward passes over whole batches of the last step, halved: 1 for plain SGD.

    Raises
    ------
    ValueError
        If the method cannot be trained with these options.
    """

    def __init__(self, setup: Setup) -> None:
        model, method, optimizer, options, ranks = (
            setup.model,
            setup.method,
            setup.optimizer,
            setup.options,
            setup.ranks,
        )
        self.params: list[Tensor] = [p for p in model.parameters() if p.requires_grad]
        self.device = self.params[0].device
        self.scaler = torch.amp.GradScaler(self.device.type) if options.amp == "fp16" else None
        self._task, self._method, self._model = setup.task, method, model
        self._optimizer, self._schedule = optimizer, setup.schedule
        self.rule: Diagnostics | None = optimizer.rule if isinstance(optimizer, WithZenith) else None
        if isinstance(optimizer, Diagnostics):
            self.rule = optimizer
        self._options, self._ranks = options, ranks
        backend = options.compile if isinstance(options.compile, str) else "inductor"
        self._called: nn.Module = torch.compile(model, backend=backend) if options.compile else model  # type: ignore[assignment]
        self._at_once = ranks.size == 1 and options.accumulate == 1  # a step computes its batch here and at once
        self._seeds = StepSeeds(setup.seed, self.device, ranks.rank)
        self._update_norm = UpdateNorm(self.params)
        self.gradient_evaluations = 0.0

    def take(self, step: int, batch: StepBatch, late: Sequence[Tensor] = ()) -> tuple[StepResult | None, list[float]]:
        """Take step number `step` on a batch.

        Parameters
        ----------
        step : int
        batch : StepBatch
        late : sequence of Tensor of shape ()
            To be read back along with this step's numbers, so that the device is waited for once.

        Returns
        -------
        StepResult or None
            None if the loss is not finite: no step is taken then.
        list of float
            The values of `late`.
        """
        self._seeds.set(step)
        self.gradient_evaluations = 0.0
        if not self._at_once:
            self._ranks.share_buffers(self._model)
            batch.shares = self._shares(batch)
        measure = step % self._options.update_norm_every == 0
        if "closure" in self._method.needs:
            closure = _Closure(self, step, batch, late, measure)
            try:
                methods.step(self._method, self._optimizer, closure=closure)
            except _NotFiniteError:
                return None, closure.late
            loss, norm, read = closure.loss, closure.norm, closure.late
        else:
            probe = LineProbe(self._model, lambda: self._forward(batch)) if "probe" in self._method.needs else None
            loss, norm, read = self._gradient(batch, late)
            if not math.isfinite(loss):
                return None, read
            if measure:
                self._update_norm.note()
            self._step(loss, norm, probe)
        if self.scaler is not None and not math.isfinite(norm):
            lr = 0.0
            self._pass_over()
        else:
            lr = methods.applied_lr(self._optimizer)
            self._schedule.step()
        rule = self.rule
        mean, zenith = (rule.mean_gradient_norm, rule.zenith) if rule and rule.warmed_up else (math.nan, math.nan)
        return StepResult(loss, norm, lr, mean, zenith, self._update_norm.measure() if measure else None), read

    def _step(self, loss: float, norm: float, probe: LineProbe | None) -> None:
        if self.rule is not None:
            self.rule.set_gradient_norm(norm)  # which would otherwise be computed again
        methods.step(self._method, self._optimizer, loss=loss, probe=probe, scaler=self.scaler)
        if self.scaler is not None:
            self.scaler.update()

    def _pass_over(self) -> None:
        """Advance the schedule, which follows the budget, past a step that was left out."""
        with warnings.catch_warnings():  # torch warns if that is the very first step
            warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")
            self._schedule.step()

    # The gradient
    # ---------------------------------------------------------------------------------------------------------

    def _gradient(self, batch: StepBatch, late: Sequence[Tensor] = ()) -> tuple[float, float, list[float]]:
        """Leave the whole batch's gradient, clipped, in the parameters.

        Return loss, norm before clipping, and `late`.
        """
        for p in self.params:
            p.grad = None
        self.gradient_evaluations += 1
        loss = self._backward(batch.pieces[0], 1.0) if self._at_once else self._backward_of_share(batch)
        if self.scaler is not None:
            self.scaler.unscale_(self._optimizer)
        norm = gradient_norm([p.grad for p in self.params if p.grad is not None])
        if self._options.clip_norm is not None:
            torch.nn.utils.clip_grads_with_norm_(self.params, self._options.clip_norm, norm)
        loss_value, norm_value, *read = read_back([loss, norm, *late])
        return loss_value, norm_value, read

    def _backward(self, piece: Piece, share: float) -> Tensor:
        part = self._loss(piece, share)
        (part if self.scaler is None else self.scaler.scale(part)).backward()
        return part.detach()

    def _backward_of_share(self, batch: StepBatch) -> Tensor:
        """Do this rank's part of the backward pass piece by piece, and sum over the ranks."""
        loss: Tensor | None = None
        for piece, share in zip(batch.pieces, batch.shares, strict=True):
            part = self._backward(piece, share)
            loss = part if loss is None else loss + part
        self._ranks.sum_gradients(self.params)
        return self._over_ranks(loss)

    def _forward(self, batch: StepBatch) -> Tensor:
        """Return the whole batch's mean loss; without gradients over the ranks."""
        self.gradient_evaluations += 0.5
        loss: Tensor | None = None
        for piece, share in zip(batch.pieces, batch.shares, strict=True):
            part = self._loss(piece, share).detach()
            loss = part if loss is None else loss + part
        return self._over_ranks(loss)

    def _shares(self, batch: StepBatch) -> list[float]:
        """Return the pieces' shares of the terms, samples or tokens, of the whole batch's mean loss."""
        loss, by_samples = self._task.loss, [piece.samples / batch.samples for piece in batch.pieces]
        if not loss.counts_terms:
            return by_samples
        weights = [float(loss.weight(piece.batch(), piece.samples)) for piece in batch.pieces]
        total = float(self._ranks.sum(torch.tensor(sum(weights), dtype=torch.float64, device=self.device)))
        return [weight / total for weight in weights] if total else by_samples

    def _over_ranks(self, loss: Tensor | None) -> Tensor:
        if loss is not None and self._ranks.size == 1:
            return loss
        # In one precision on all ranks, those without a sample included.
        return self._ranks.sum(torch.zeros((), device=self.device).double() if loss is None else loss.double())

    def _loss(self, piece: Piece, share: float) -> Tensor:
        """Return what a piece with that share of the samples contributes to the batch's mean loss."""
        batch = piece.batch()
        if self._options.channels_last:
            batch = _channels_last(batch)
        if self._options.amp == "off":
            loss = self._task.loss(self._called, batch)
        else:
            with self._options.autocast(self.device):
                loss = self._task.loss(self._called, batch)
        if share == 0:  # of a piece without terms, whose mean is NaN
            return torch.where(torch.isfinite(loss), loss, 0.0) * share
        return loss if share == 1 else loss * share


class _Closure:
    """A step's gradient as a closure: at the weights first, and then wherever the method calls it."""

    def __init__(
        self, training_step: TrainingStep, step: int, batch: StepBatch, late: Sequence[Tensor], measure: bool
    ) -> None:
        self._training_step, self._step, self._batch, self._measure = training_step, step, batch, measure
        self._pending, self.late = late, list[float]()
        self.loss = self.norm = math.nan
        self._called = False

    def __call__(self) -> float:
        training_step = self._training_step
        if self._called:
            # The same masks as at the weights, and batch-norm statistics of the weights alone.
            training_step._seeds.set(self._step)
            with _kept_buffers(training_step._model):
                return training_step._gradient(self._batch)[0]
        self._called = True
        self.loss, self.norm, self.late = training_step._gradient(self._batch, self._pending)
        if not math.isfinite(self.loss):
            raise _NotFiniteError
        if self._measure:
            training_step._update_norm.note()
        return self.loss


@contextmanager
def _kept_buffers(model: nn.Module) -> Iterator[None]:
    kept = [(buffer, buffer.clone()) for buffer in model.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in kept:
                buffer.copy_(value)


def _channels_last(batch: Any) -> Any:
    return map_tensors(lambda t: t.contiguous(memory_format=torch.channels_last) if t.dim() == 4 else t, batch)
