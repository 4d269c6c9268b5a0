"""One training step of many models of one architecture, computed as one batched model.

The weights of all models are stacked, the gradient is that of `torch.func.vmap`, and the operations that it comes to
are traced once for each shape of a batch and taken from then on without what vmap costs, which for a small model is
most of a step. Each model stays a view of its part, so that whatever evaluates or saves it works as it is.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_unflatten

from zenith.adapters.with_zenith import WithZenith
from zenith.optimizer.diagnostics import Diagnostics
from zenith.tasks import DatasetSplit
from zenith.training.batched_data import BatchedData, CannotBatchError
from zenith.training.batched_evaluation import BatchedEvaluation, Measure
from zenith.training.batched_program import Program, compiled, traced
from zenith.training.batched_update import PerModel, StackedSGD, update_of
from zenith.training.batches import Place
from zenith.training.evaluation import has_statistics
from zenith.training.initial import initial_model
from zenith.training.seeds import StepSeeds
from zenith.training.setup import Setup
from zenith.training.stacked import Stacked, column
from zenith.training.step import StepResult

__all__ = ["BatchedStep", "why_not"]


def why_not(setups: Sequence[Setup]) -> str | None:
    """Return why runs cannot be trained as one model, as far as their settings tell; None if nothing speaks against it.

    Parameters
    ----------
    setups : sequence of Setup
        Of one task.
    """
    first = setups[0]
    if len(setups) < 2:
        return "there is one run"
    for setup in setups:
        if {"closure", "probe"} & set(setup.method.needs):
            return f"method '{setup.method.name}' evaluates the loss within its step"
    options = first.options
    for name, changed in (
        ("amp", options.amp != "off"),
        ("channels_last", options.channels_last),
        ("accumulate", options.accumulate > 1),
        ("data_parallel", options.data_parallel),
        ("batchnorm_samples", options.batchnorm_samples is not None and has_statistics(first.model)),
    ):
        if changed:
            return f"the option {name} is for one model at a time"
    if len({setup.total_steps for setup in setups}) > 1:
        return "the runs have different numbers of steps"
    train = first.data.train
    if isinstance(train, DatasetSplit) and train.loading.workers:
        return "the batches are made by worker processes"
    return None


class BatchedStep:
    """Take the training steps of several runs at once.

    Parameters
    ----------
    setups : sequence of Setup
        Of one task, that differ in method, seed and settings. Their models become views of stacked weights.

    Raises
    ------
    CannotBatchError
        If the models cannot be stacked.

    Attributes
    ----------
    data : BatchedData
    compiled : bool
        Whether the steps on whole batches are. The last batch of an epoch, which is shorter, comes too seldom.
    not_compiled : str
        Why the steps are not compiled that were to be.

    Notes
    -----
    What is traced holds the Python code of the first model as it was when it was called. So at steps 0, 1, 2, 4, 8 and
    so on, at the last one, and wherever a batch has another shape, every model computes loss and gradient by itself as
    well, and where these differ by more than rounding the runs are refused.
    """

    def __init__(self, setups: Sequence[Setup]) -> None:
        self._setups, self.data = setups, BatchedData(setups)
        first = setups[0]
        self._task, self._options, self._models = first.task, first.options, [setup.model for setup in setups]
        self._device = first.device
        self._backend = self._options.compile if isinstance(self._options.compile, str) else "inductor"
        self._seeds = [StepSeeds(setup.seed, setup.device) for setup in setups]
        self._programs: dict[Any, Program] = {}
        self._of_rows: Program | None = None  # which transforms the rows of whole batches by itself
        self.compiled, self.not_compiled, self._seconds_compiling = False, "", 0.0
        self._evaluation: BatchedEvaluation | None = None
        self._others: dict[str, Tensor] = {}
        self._params: Stacked
        self._update: PerModel | StackedSGD

    # The models as one --------------------------------------------------------------------------------------------

    def stack(self, example: Place) -> None:
        """Stack the models, as they are.

        Parameters
        ----------
        example : Place
            Of any batch, of which the loss tells what parameters are trained.
        """
        first = self._models[0]
        for name, p in first.named_parameters():
            if p._post_accumulate_grad_hooks:  # internal: torch has no public list; a batched gradient calls none
                raise CannotBatchError(f"{name} has a hook that is called with its gradient")
        trained = {name for name, p in first.named_parameters() if p.requires_grad}
        buffers = [buffer.clone() for buffer in first.buffers()]
        with torch.enable_grad():
            loss = self._task.loss(first, self._setups[0].data.train.batch(example.index.to(self._device)))
            named = [(name, p) for name, p in first.named_parameters() if name in trained]
            found = torch.autograd.grad(loss, [p for _, p in named], allow_unused=True)
        with torch.no_grad():
            for buffer, before in zip(first.buffers(), buffers, strict=True):
                buffer.copy_(before)
        trained -= {name for (name, _), gradient in zip(named, found, strict=True) if gradient is None}
        tables = [dict([*model.named_parameters(), *model.named_buffers()]) for model in self._models]
        for name, tensor in tables[0].items():
            own = [table.get(name) for table in tables]
            if any(t is None or t.shape != tensor.shape or t.dtype != tensor.dtype for t in own):
                raise CannotBatchError(f"the models of the seeds differ in {name}")
            if tensor.is_sparse or not tensor.is_contiguous():
                raise CannotBatchError(f"{name} is not a contiguous tensor")
            if name not in trained:
                self._others[name] = torch.stack([t.detach() for t in own if t is not None])
        names = [name for name in tables[0] if name in trained]
        if not names:
            raise CannotBatchError("the loss depends on no parameter")
        self._params = Stacked([{name: table[name] for name in names} for table in tables])
        for name, stacked in (self._params.views | self._others).items():
            for table, part in zip(tables, stacked, strict=True):
                table[name].data = part
        self._update = update_of(self._setups, self._params)

    @property
    def seconds_compiling(self) -> float:
        """What compiling took, tracing included."""
        return self._seconds_compiling + (self._evaluation.seconds_compiling if self._evaluation is not None else 0.0)

    @property
    def evaluates(self) -> bool:
        """Whether the models are evaluated as one, too."""
        return self._evaluation is not None and self._evaluation.usable

    def measure(self, active: Sequence[bool]) -> Measure | None:
        """Evaluate all models as they are; None if each is to be evaluated by itself, as without a compiler."""
        if not self.compiled:
            return None
        if self._evaluation is None:
            self._evaluation = BatchedEvaluation(self._setups, self._params.views, self._others, self._backend)
        return self._evaluation.take(active)

    def seed(self, run: int, step: int) -> None:
        """Seed the generators of torch as for a step of a run."""
        self._seeds[run].set(step)

    def restart(self, run: int) -> None:
        """Put a run that has diverged back to where it began, from where it moves no more, so that no NaN is left."""
        setup = self._setups[run]
        model, initial = self._models[run], initial_model(setup.task, setup.seed)
        with torch.no_grad():
            pairs = zip(
                [*model.parameters(), *model.buffers()], [*initial.parameters(), *initial.buffers()], strict=True
            )
            for tensor, start in pairs:
                tensor.copy_(start)
        self._update.forget(run)

    # A step -----------------------------------------------------------------------------------------------------------

    def take(self, step: int, places: Sequence[Place], active: Sequence[bool]) -> list[StepResult | None]:
        """Take step number `step`.

        Parameters
        ----------
        step : int
        places : sequence of Place
            Of each run.
        active : sequence of bool
            Which runs have not diverged; the others stay where they are.

        Returns
        -------
        list of StepResult or None
            None where the loss is not finite, or the run not active: no step is taken then.

        Raises
        ------
        CannotBatchError
            If the step cannot be computed for all models at once.
        """
        checked = step & (step - 1) == 0 or step + 1 == self._setups[0].total_steps
        whole = len(places[0].index) == self._setups[0].batch_size
        quick = self._of_rows if whole else None
        leaves, expected = list[Any](), None
        if quick is None or checked:
            leaves, spec = self.data.leaves(places, checked=checked)
            key = spec, tuple((leaf.shape, leaf.dtype) if isinstance(leaf, Tensor) else leaf for leaf in leaves)
            if checked or key not in self._programs:
                expected = self._by_themselves(step, leaves, spec, active)
            if key not in self._programs:
                made = self._compiled(leaves, spec, places) if whole and self._options.compile else None
                self._programs[key] = made or traced(*self._parts(leaves, spec))
            program = self._programs[key]
        else:
            program = quick
        if program is self._of_rows:
            tensors = self.data.rows(places)
        else:
            tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        gradients, losses, norms, buffers = program(self._params.views, self._others, tensors)
        for name, value in buffers.items():
            if value is not self._others[name]:
                self._others[name].copy_(value)
        if expected is not None:
            self._compare(expected, self._params.views_of(gradients), losses)
        loss_values, norm_values = losses.tolist(), norms.tolist()
        moving = [a and math.isfinite(loss) for a, loss in zip(active, loss_values, strict=True)]
        if self._options.clip_norm is not None:
            factors = torch.clamp(self._options.clip_norm / (norms + 1e-6), max=1.0)
            gradients = [g * column(factors, g) for g in gradients]
        measure = step % self._options.update_norm_every == 0
        before = [matrix.clone() for matrix in self._params.matrices] if measure else None
        lrs = self._update.take(gradients, loss_values, norm_values, moving)
        moved = [math.nan] * len(moving)
        if before is not None:
            torch._foreach_sub_(before, self._params.matrices)
            moved = Stacked.norms(before).tolist()
        for i, model in enumerate(self._models if checked else ()):
            if any(
                p.data_ptr() != self._params.views[name][i].data_ptr()
                for name, p in model.named_parameters()
                if name in self._params.views
            ):
                raise CannotBatchError(f"method '{self._setups[i].method.name}' puts the weights into other memory")
        results: list[StepResult | None] = []
        for i, (setup, goes_on) in enumerate(zip(self._setups, moving, strict=True)):
            if not goes_on:
                results.append(None)
                continue
            if step == 0:
                with warnings.catch_warnings():  # torch asks for a step of the optimizer before, which was taken here
                    warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")
                    setup.schedule.step()
            else:
                setup.schedule.step()
            mean, zenith = _rule_of(setup)
            results.append(StepResult(loss_values[i], norm_values[i], lrs[i], mean, zenith, None, moved[i]))
        return results

    def restack(self) -> None:
        """Take up the state of the optimizers, which was put back."""
        self._update.restack()

    def _parts(self, leaves: list[Any], spec: Any) -> Any:
        return self._models[0], self._task.loss, self._params, self._others, leaves, spec

    def _compiled(self, leaves: list[Any], spec: Any, places: Sequence[Place]) -> Program | None:
        """Return the compiled program of batches like these; None, with a warning, if it cannot be compiled."""
        began = time.perf_counter()
        transform = self.data.transform(places)
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)] if transform is None else self.data.rows(places)
        graph = traced(*self._parts(leaves, spec), transform=transform, rows=tensors, to_compile=True)
        try:
            program = compiled(graph, self._backend, (self._params.views, self._others, tensors))
        except Exception as error:  # whatever a compiler raises
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            told = 2 if lines and lines[0].endswith(":") else 1  # the first may only name the backend
            self.not_compiled = " ".join(lines[:told]) or type(error).__name__
            warnings.warn(
                f"the batched model is not compiled ({self.not_compiled}) and trains without, with the same numbers up "
                f"to rounding: leave compile out, or install a C++ compiler",
                RuntimeWarning,
                stacklevel=2,
            )
            return None
        self._seconds_compiling += time.perf_counter() - began
        self.compiled = True
        if transform is not None:
            self._of_rows = program
        return program

    # Each model by itself -------------------------------------------------------------------------------------------

    def _by_themselves(
        self, step: int, leaves: list[Any], spec: Any, active: Sequence[bool]
    ) -> list[tuple[Tensor, list[Tensor]] | None]:
        """Return loss and gradient of every active model, computed as `zenith.train` does; no buffer is changed."""
        before = {name: t.clone() for name, t in self._others.items()}
        found: list[tuple[Tensor, list[Tensor]] | None] = []
        for i, model in enumerate(self._models):
            if not active[i]:
                found.append(None)
                continue
            self.seed(i, step)
            batch = tree_unflatten([leaf[i] if isinstance(leaf, Tensor) else leaf for leaf in leaves], spec)
            params = {name: p for name, p in model.named_parameters() if p.requires_grad}
            loss = self._task.loss(model, batch)
            slopes = dict(zip(params, torch.autograd.grad(loss, list(params.values()), allow_unused=True), strict=True))
            for name, slope in slopes.items():  # an optimizer leaves alone what has no gradient in a step
                if (slope is not None) != (name in self._params.views):
                    raise CannotBatchError(f"the loss of some batches depends on {name}, and that of others does not")
            found.append((loss.detach(), [slopes[name] for name in self._params.views]))
        with torch.no_grad():
            for name, t in self._others.items():
                t.copy_(before[name])
        return found

    def _compare(
        self,
        expected: list[tuple[Tensor, list[Tensor]] | None],
        gradients: dict[str, Tensor],
        losses: Tensor,
    ) -> None:
        for i, own in enumerate(expected):
            if own is None or not math.isfinite(float(own[0])):
                continue
            loss, slopes = own
            tolerance = torch.finfo(loss.dtype).eps ** 0.5
            far = abs(float(losses[i]) - float(loss)) > tolerance * max(abs(float(loss)), tolerance)
            size = gap = 0.0
            for stacked, alone in zip(gradients.values(), slopes, strict=True):
                size += float(alone.double().square().sum())
                gap += float((stacked[i] - alone).double().square().sum())
            apart = not math.sqrt(gap) <= tolerance * max(math.sqrt(size), tolerance)
            if far or (apart and math.isfinite(size)):  # of a run that overflows there is no gradient to compare
                raise CannotBatchError(
                    f"the batched model's numbers are not those of the model by itself (loss {float(losses[i]):.6g} "
                    f"and {float(loss):.6g}, gradients {math.sqrt(gap):.2g} apart)"
                )


def _rule_of(setup: Setup) -> tuple[float, float]:
    optimizer = setup.optimizer
    rule = optimizer.rule if isinstance(optimizer, WithZenith) else optimizer
    if isinstance(rule, Diagnostics) and (gauge := rule.gauge).warmed_up:
        return gauge.mean, gauge.zenith
    return math.nan, math.nan
