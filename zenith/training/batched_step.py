"""One training step of many models of one architecture, computed as one batched model.

The weights of all models are stacked, the gradient is that of `torch.func.vmap`, and the operations that it comes to
are traced once for each shape of a batch and taken from then on without what vmap costs, which for a small model is
most of a step. Each model stays a view of its part, so that whatever evaluates or saves it works as it is.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.fx.experimental.proxy_tensor import make_fx
from torch.optim import Optimizer
from torch.utils._pytree import tree_flatten, tree_unflatten

from zenith import methods
from zenith.adapters.with_zenith import WithZenith
from zenith.optimizer.diagnostics import Diagnostics
from zenith.optimizer.zenith import Zenith
from zenith.tasks import DatasetSplit, Split
from zenith.training.batches import Batches, Place
from zenith.training.initial import initial_model
from zenith.training.matrix_convolution import MatrixConvolutions
from zenith.training.seeds import StepSeeds
from zenith.training.setup import Setup
from zenith.training.step import StepResult

__all__ = ["BatchedStep", "CannotBatchError", "why_not"]


class CannotBatchError(Exception):
    """Models cannot be trained as one; the message says why."""


def why_not(setups: Sequence[Setup]) -> str | None:
    """Return why runs cannot be trained as one model, as far as their settings tell; None if nothing speaks against it.

    Parameters
    ----------
    setups : sequence of Setup
        Of one task and method.
    """
    first = setups[0]
    if len(setups) < 2:
        return "there is one run"
    for need in ("closure", "probe"):
        if need in first.method.needs:
            return f"method '{first.method.name}' evaluates the loss within its step"
    options = first.options
    for name, changed in (
        ("amp", options.amp != "off"),
        ("channels_last", options.channels_last),
        ("accumulate", options.accumulate > 1),
        ("data_parallel", options.data_parallel),
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
        Of one task and method, that differ in seed and settings. Their models become views of stacked weights.

    Raises
    ------
    CannotBatchError
        If the models cannot be stacked.

    Attributes
    ----------
    compiled : bool
        Whether the steps are.

    Notes
    -----
    What is traced holds the Python code of the first model as it was when it was called. So at steps 0, 1, 2, 4, 8 and
    so on, at the last one, and wherever a batch has another shape, every model computes loss and gradient by itself as
    well, and where these differ by more than rounding the runs are refused.
    """

    def __init__(self, setups: Sequence[Setup]) -> None:
        self._setups = setups
        first = setups[0]
        self._task, self._options, self._models = first.task, first.options, [setup.model for setup in setups]
        self._device = first.device
        self._seeds = [StepSeeds(setup.seed, setup.device) for setup in setups]
        self._programs: dict[Any, Callable[..., Any]] = {}
        self._loss_module = _LossAndBuffers(self._models[0], self._task.loss)
        self._rows: bool | None = None  # whether the transform of the data may be taken of many batches at once
        self._batches: list[Batches] | None = None
        self.compiled = False
        self._params: dict[str, Tensor] = {}
        self._others: dict[str, Tensor] = {}
        self._update: _PerModel | _StackedSGD = _PerModel(setups, self._params)

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
            stacked = torch.stack([t.detach() for t in own if t is not None])
            for t, part in zip(own, stacked, strict=True):
                assert t is not None
                t.data = part
            (self._params if name in trained else self._others)[name] = stacked
        if not self._params:
            raise CannotBatchError("the loss depends on no parameter")
        self._update = _update_of(self._setups, self._params)

    def begin(self, places: Sequence[Iterator[Place]]) -> list[Iterator[Place]]:
        """Prepare the batches at the places of each run, from the first step that is taken on; return the places."""
        task, train = self._task, self._setups[0].data.train
        if isinstance(train, Split) and task.augment is None and task.augment_batch is None:
            return list(places)
        self._batches = [Batches(setup, own) for setup, own in zip(self._setups, places, strict=True)]
        return [iter(batches) for batches in self._batches]

    def close(self) -> None:
        """End what makes batches."""
        for batches in self._batches or ():
            batches.close()

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
        leaves, spec = self._stacked_batch(step, places, checked)
        key = spec, tuple((leaf.shape, leaf.dtype) if isinstance(leaf, Tensor) else leaf for leaf in leaves)
        program = self._programs.get(key)
        expected = None
        if program is None or checked:
            expected = self._by_themselves(step, leaves, spec, active)
        if program is None:
            program = self._programs[key] = self._traced(leaves, spec)
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        gradients, losses, norms, buffers = program(self._params, self._others, tensors)
        for name, value in buffers.items():
            if value is not self._others[name]:
                self._others[name].copy_(value)
        if expected is not None:
            self._compare(expected, gradients, losses)
        loss_values, norm_values = losses.tolist(), norms.tolist()
        moving = [a and math.isfinite(loss) for a, loss in zip(active, loss_values, strict=True)]
        if self._options.clip_norm is not None:
            factors = torch.clamp(self._options.clip_norm / (norms + 1e-6), max=1.0)
            gradients = {name: g * _column(factors, g) for name, g in gradients.items()}
        measure = step % self._options.update_norm_every == 0
        before = [p.clone() for p in self._params.values()] if measure else None
        self._update.take(gradients, loss_values, norm_values, moving)
        moved = [math.nan] * len(moving)
        if before is not None:
            torch._foreach_sub_(before, list(self._params.values()))
            moved = _norms(before).tolist()
        if checked and any(
            p.data_ptr() != self._params[name][i].data_ptr()
            for i, model in enumerate(self._models)
            for name, p in model.named_parameters()
            if name in self._params
        ):
            raise CannotBatchError(f"method '{self._setups[0].method.name}' puts the weights into other memory")
        results: list[StepResult | None] = []
        for i, (setup, goes_on) in enumerate(zip(self._setups, moving, strict=True)):
            if not goes_on:
                results.append(None)
                continue
            lr = methods.applied_lr(setup.optimizer)
            if step == 0:
                with warnings.catch_warnings():  # torch asks for a step of the optimizer before, which was taken here
                    warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")
                    setup.schedule.step()
            else:
                setup.schedule.step()
            mean, zenith = _rule_of(setup)
            results.append(StepResult(loss_values[i], norm_values[i], lr, mean, zenith, None, moved[i]))
        return results

    def restack(self) -> None:
        """Take up the state of the optimizers, which was put back."""
        self._update.restack()

    def _stacked_batch(self, step: int, places: Sequence[Place], checked: bool) -> tuple[list[Any], Any]:
        """Return the leaves of the batches, stacked, and the structure of one."""
        if self._batches is not None:
            made = [b.pieces(place)[0].batch() for b, place in zip(self._batches, places, strict=True)]
            return _stacked(made)
        train = self._setups[0].data.train
        assert isinstance(train, Split)
        index = torch.stack([place.index for place in places]).to(self._device)
        if self._rows is None or checked:
            generator = torch.default_generator.get_state()
            by_one = _stacked([train.batch(own) for own in index])
            if not torch.equal(generator, torch.default_generator.get_state()):
                raise CannotBatchError("the data draw random numbers as batches are made")
            together = _split_rows(train.batch(index.reshape(-1)), *index.shape)
            same = together is not None and _equal(by_one[0], together[0])
            if self._rows and not same:
                raise CannotBatchError("the transform of the data depends on what else is in a batch")
            self._rows = same
            return by_one
        if self._rows:
            together = _split_rows(train.batch(index.reshape(-1)), *index.shape)
            if together is not None:
                return together
        return _stacked([train.batch(own) for own in index])

    def _traced(self, leaves: list[Any], spec: Any) -> Callable[..., Any]:
        """Return the gradients, losses, gradient norms and buffers of all models as a function of stacked tensors."""
        fixed = [None if isinstance(leaf, Tensor) else leaf for leaf in leaves]
        dims = [0 if isinstance(leaf, Tensor) else None for leaf in leaves]
        module = self._loss_module

        def loss_of(params: dict[str, Tensor], others: dict[str, Tensor], *own: Any) -> Any:
            batch = tree_unflatten(list(own), spec)
            tensors = {f"model.{name}": t for name, t in (params | others).items()}
            loss, buffers = functional_call(module, tensors, (batch,))
            return loss, (loss, buffers)

        per_model = vmap(grad(loss_of, has_aux=True), in_dims=(0, 0, *dims), randomness="error")

        def program(params: dict[str, Tensor], others: dict[str, Tensor], tensors: list[Tensor]) -> Any:
            remaining = iter(tensors)
            full = [value if dim is None else next(remaining) for value, dim in zip(fixed, dims, strict=True)]
            with MatrixConvolutions():
                gradients, (losses, buffers) = per_model(params, others, *full)
            return gradients, losses, _norms(list(gradients.values())), buffers

        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        copies = {name: t.clone() for name, t in self._others.items()}  # which a trace changes
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="There is a performance drop")
            traced = make_fx(program)(self._params, copies, tensors)
        if not self._options.compile:
            return traced
        backend = self._options.compile if isinstance(self._options.compile, str) else "inductor"
        compiled = torch.compile(traced, backend=backend, dynamic=False)
        try:
            compiled(self._params, {name: t.clone() for name, t in self._others.items()}, tensors)
        except Exception as error:  # whatever a compiler raises
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            warnings.warn(
                f"the batched model is not compiled ({reason}) and trains without, with the same numbers up to "
                f"rounding: leave compile out, or install a C++ compiler",
                RuntimeWarning,
                stacklevel=2,
            )
            return traced
        self.compiled = True
        return compiled

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
                if (slope is not None) != (name in self._params):
                    raise CannotBatchError(f"the loss of some batches depends on {name}, and that of others does not")
            found.append((loss.detach(), [slopes[name] for name in self._params]))
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


class _LossAndBuffers(nn.Module):
    """The loss of a batch, and the buffers as the forward pass leaves them."""

    def __init__(self, model: nn.Module, loss: Callable[[nn.Module, Any], Tensor]) -> None:
        super().__init__()
        self.model, self._loss = model, loss

    def forward(self, batch: Any) -> tuple[Tensor, dict[str, Tensor]]:
        """Return both."""
        loss = self._loss(self.model, batch)
        return loss, dict(self.model.named_buffers())


def _rule_of(setup: Setup) -> tuple[float, float]:
    optimizer = setup.optimizer
    rule: Diagnostics | None = optimizer.rule if isinstance(optimizer, WithZenith) else None
    if isinstance(optimizer, Diagnostics):
        rule = optimizer
    return (rule.mean_gradient_norm, rule.zenith) if rule and rule.warmed_up else (math.nan, math.nan)


def _column(values: Tensor, like: Tensor) -> Tensor:
    """Return values of shape (models,) so that they multiply stacked tensors."""
    return values.to(like.dtype).view(-1, *([1] * (like.dim() - 1)))


def _norms(stacked: Sequence[Tensor]) -> Tensor:
    """Return the L2 norm of each model's tensors together, shape (models,)."""
    parts = []
    for tensor in stacked:  # in single precision at least, in which a norm does not overflow
        dtype = torch.promote_types(tensor.dtype, torch.float32)
        parts.append(torch.linalg.vector_norm(tensor.reshape(len(tensor), -1), dim=1, dtype=dtype))
    return torch.linalg.vector_norm(torch.stack([part.to(parts[0].dtype) for part in parts]), dim=0)


def _stacked(made: Sequence[Any]) -> tuple[list[Any], Any]:
    flat = [tree_flatten(batch) for batch in made]
    leaves, spec = flat[0]
    out: list[Any] = []
    for place, leaf in enumerate(leaves):
        if any(other_spec != spec for _, other_spec in flat):
            raise CannotBatchError("the batches of the seeds differ in structure")
        own = [other[place] for other, _ in flat]
        if isinstance(leaf, Tensor):
            if any(t.shape != leaf.shape or t.dtype != leaf.dtype for t in own):
                raise CannotBatchError("the batches of the seeds differ in shape")
            out.append(torch.stack(own))
        elif all(value == leaf for value in own):
            out.append(leaf)
        else:
            raise CannotBatchError("the batches of the seeds differ in what is no tensor")
    return out, spec


def _split_rows(batch: Any, models: int, rows: int) -> tuple[list[Any], Any] | None:
    """Return the leaves of a batch of ``models * rows`` samples as those of stacked ones, if they can be."""
    leaves, spec = tree_flatten(batch)
    for leaf in leaves:
        if not isinstance(leaf, Tensor) or not leaf.dim() or len(leaf) != models * rows:
            return None
    return [leaf.unflatten(0, (models, rows)) for leaf in leaves], spec


def _equal(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other) and all(
        isinstance(a, Tensor) and a.dtype == b.dtype and torch.equal(a, b) for a, b in zip(one, other, strict=True)
    )


# How the weights are moved ------------------------------------------------------------------------------------------


def _update_of(setups: Sequence[Setup], params: dict[str, Tensor]) -> _PerModel | _StackedSGD:
    shared = []
    for setup in setups:
        optimizer, group = setup.optimizer, setup.optimizer.param_groups[0]
        flags = ("maximize", "differentiable", "capturable", "per_group_norm", "l2_in_norm")
        if (
            type(optimizer) not in (torch.optim.SGD, Zenith)
            or not _steps_as_its_class(optimizer)
            or len(optimizer.param_groups) > 1
            or not _has_all(group["params"], setup.model, params)
            or any(group.get(flag) for flag in flags)
            or isinstance(group["lr"], Tensor)
        ):
            return _PerModel(setups, params)
        shared.append((group["momentum"] != 0, group["dampening"], group["nesterov"]))
    return _StackedSGD(setups, params) if len(set(shared)) == 1 else _PerModel(setups, params)


def _steps_as_its_class(optimizer: Optimizer) -> bool:
    """Whether a step is what the class says, without hooks and without another function in its place."""
    step = optimizer.__dict__.get("step")  # where schedulers of torch put that of the class, wrapped
    return (
        (step is None or getattr(step, "__wrapped__", None) is type(optimizer).step)
        and not optimizer._optimizer_step_pre_hooks  # internal: torch has no public list
        and not optimizer._optimizer_step_post_hooks
    )


def _has_all(held: Sequence[Tensor], model: nn.Module, params: dict[str, Tensor]) -> bool:
    """Whether an optimizer has all parameters of a model that are trained."""
    there, own = {id(p) for p in held}, dict(model.named_parameters())
    return all(id(own[name]) in there for name in params)


class _PerModel:
    """Every model's own optimizer takes its step, on the views that the models are."""

    def __init__(self, setups: Sequence[Setup], params: dict[str, Tensor]) -> None:
        self._setups = setups
        self._own = [[dict(setup.model.named_parameters())[name] for name in params] for setup in setups]

    def take(
        self, gradients: dict[str, Tensor], losses: Sequence[float], norms: Sequence[float], moving: Sequence[bool]
    ) -> None:
        """Take the step of the runs that are `moving`."""
        for i, setup in enumerate(self._setups):
            if not moving[i]:
                continue
            for p, stacked in zip(self._own[i], gradients.values(), strict=True):
                p.grad = stacked[i]
            optimizer = setup.optimizer
            rule = optimizer.rule if isinstance(optimizer, WithZenith) else optimizer
            if isinstance(rule, Diagnostics):
                rule.set_gradient_norm(norms[i])
            methods.step(setup.method, optimizer, loss=losses[i])
            for p in self._own[i]:
                p.grad = None

    def forget(self, run: int) -> None:
        """Forget what is kept of a run."""

    def restack(self) -> None:
        """Take up the state of the optimizers."""


class _StackedSGD:
    """The step of `torch.optim.SGD`, and of ZENITH on it, for all models at once; the optimizers hold its state."""

    def __init__(self, setups: Sequence[Setup], params: dict[str, Tensor]) -> None:
        self._setups, self._params = setups, list(params.values())
        self._own = [[dict(setup.model.named_parameters())[name] for name in params] for setup in setups]
        groups = [setup.optimizer.param_groups[0] for setup in setups]
        self._decay = [float(group["weight_decay"]) for group in groups]
        self._momentum = [float(group["momentum"]) for group in groups]
        self._dampening, self._nesterov = groups[0]["dampening"], groups[0]["nesterov"]
        self._buffers: list[Tensor] | None = None

    def take(
        self, gradients: dict[str, Tensor], losses: Sequence[float], norms: Sequence[float], moving: Sequence[bool]
    ) -> None:
        """Take the step of the runs that are `moving`."""
        directions: Any = list(gradients.values())
        if not all(moving):
            still = torch.tensor([not moves for moves in moving], device=directions[0].device)
            directions = [d.masked_fill(_mask(still, d), 0.0) for d in directions]
        lrs = [self._lr(i, norm) if moving[i] else 0.0 for i, norm in enumerate(norms)]
        if any(self._decay):
            directions = _plus_scaled(directions, self._params, self._decay)
        if self._momentum[0]:
            if self._buffers is None:
                self._buffers = [d.clone() for d in directions]
                self._link()
            else:
                _scale(self._buffers, self._momentum)
                torch._foreach_add_(self._buffers, directions, alpha=1 - self._dampening)
            directions = _plus_scaled(directions, self._buffers, self._momentum) if self._nesterov else self._buffers
        rates = torch.tensor(lrs, dtype=torch.float64).to(directions[0].device)
        torch._foreach_sub_(self._params, torch._foreach_mul(directions, [_column(rates, d) for d in directions]))

    def _lr(self, run: int, norm: float) -> float:
        optimizer = self._setups[run].optimizer
        group = optimizer.param_groups[0]
        if isinstance(optimizer, Zenith):
            recorded = None if group["lr"] == 0 and norm == 0 else norm
            return float(optimizer.learning_rates([group], recorded)[0])
        return float(group["lr"])

    def forget(self, run: int) -> None:
        """Forget what is kept of a run."""
        for buffer in self._buffers or ():
            buffer[run] = 0.0

    def restack(self) -> None:
        """Take up the state of the optimizers."""
        held = [
            [setup.optimizer.state[p].get("momentum_buffer") for p in own]
            for setup, own in zip(self._setups, self._own, strict=True)
        ]
        if self._momentum[0] and all(buffer is not None for row in held for buffer in row):
            self._buffers = [torch.stack(list(column)) for column in zip(*held, strict=True)]
            self._link()

    def _link(self) -> None:
        for i, (setup, own) in enumerate(zip(self._setups, self._own, strict=True)):
            for p, buffer in zip(own, self._buffers or (), strict=True):
                setup.optimizer.state[p]["momentum_buffer"] = buffer[i]


def _mask(flags: Tensor, like: Tensor) -> Tensor:
    return flags.view(-1, *([1] * (like.dim() - 1)))


def _plus_scaled(tensors: Any, added: Sequence[Tensor], factors: Sequence[float]) -> Any:
    """Return ``tensors + factors * added``, with a factor for each model."""
    if len(set(factors)) == 1:
        return torch._foreach_add(tensors, list(added), alpha=factors[0])
    values = torch.tensor(factors, dtype=torch.float64, device=tensors[0].device)
    return torch._foreach_addcmul(tensors, list(added), [_column(values, t).expand_as(t) for t in tensors])


def _scale(tensors: list[Tensor], factors: Sequence[float]) -> None:
    if len(set(factors)) == 1:
        torch._foreach_mul_(tensors, factors[0])
    else:
        values = torch.tensor(factors, dtype=torch.float64, device=tensors[0].device)
        torch._foreach_mul_(tensors, [_column(values, t) for t in tensors])
