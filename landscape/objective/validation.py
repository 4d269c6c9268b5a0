"""Checks before work starts: an objective is given, and it is a deterministic differentiable scalar."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from landscape._common.errors import CannotMeasureError
from landscape._common.random import alone, find_undrawn, note_undrawn, preserve_rng
from landscape.objective.batching import first_rows
from landscape.objective.criteria import compares_elementwise, scalar, unwrapped
from landscape.objective.data import Batch, map_tensors, place, tensors_of
from landscape.objective.differentiability import explain_missing_derivatives
from landscape.objective.interface import ObjectiveLike
from landscape.objective.metrics import accumulates
from landscape.objective.pytrees import dense_parts, leaves_of

SCALE = 0.5
"""Factor on the parameters at the second point of the determinism check: away from a saturated minimum."""

TRIES = 30
"""Calls of the loss at most to see that it leaves the random states of Python and NumPy alone."""

Evaluation = tuple[float, Tensor]


def expect_objective(value: Any) -> None:
    """Raise ValueError unless an objective is given; the model itself is a common mistake.

    Raises
    ------
    ValueError
    """
    if not isinstance(value, ObjectiveLike):
        raise ValueError(
            f"The objective is a {type(value).__name__}: give landscape.Objective(model, criterion, data), which says "
            "which loss on which data is meant."
        )


def check_loss(objective: ObjectiveLike, repeat: bool) -> None:
    """Evaluate some samples of the first batch, and with `repeat` twice at each of two points.

    Raises
    ------
    ValueError
        If the loss is no scalar that depends on the parameters, or differs between two evaluations.
    """
    _check_scripted(objective.model.module)
    with find_undrawn(objective.model.undrawn) as undrawn:
        # Of metrics it is not known, and what is evaluated is the same for both.
        if objective.metrics:
            _check_loss(objective, repeat, set())
            return
        batch = _check_loss(objective, repeat, undrawn)
        # Where other threads draw all the time it may take some calls until one is seen during which none did.
        for _ in range(0 if alone() else TRIES):
            if len(undrawn) < 2:
                with torch.no_grad():
                    objective.run_values(lambda model: _noted(objective, model, batch, undrawn), objective.parameters)


def _noted(objective: ObjectiveLike, model: nn.Module, batch: Batch, undrawn: set[str]) -> Tensor:
    with note_undrawn(undrawn):
        return objective.loss(model, batch)


def _check_loss(objective: ObjectiveLike, repeat: bool, undrawn: set[str]) -> Batch:
    """Return the samples that it was checked on."""
    batch = next(iter(objective.batches()))[0]
    # Ranks that evaluate together must do so alike, whatever their data.
    if not objective.is_sharded:
        try:
            few = first_rows(batch)
            if few is not None and _check_batch(objective, few, repeat, undrawn):
                return few
        except Exception:  # not every batch can be cut: the whole one decides
            pass
    _check_batch(objective, batch, repeat, undrawn)
    return batch


def _check_scripted(model: nn.Module) -> None:
    """Refuse TorchScript, whose modules compute with parameters of their own whatever they are called with."""
    for name, module in model.named_modules():
        if isinstance(module, torch.jit.ScriptModule) and any(p.requires_grad for p in module.parameters()):
            where = f"The module {name!r}" if name else "The model"
            raise ValueError(
                f"{where} is TorchScript, which keeps its own weights when others are put in their place: "
                "build the model of plain modules and load its state_dict() into them."
            )


def _check_batch(objective: ObjectiveLike, batch: Batch, repeat: bool, undrawn: set[str]) -> bool:
    """Return whether the check was conclusive: there was a finite value with a gradient."""
    try:
        _check_shapes(objective, batch)
        here = _evaluations(objective, objective.parameters, batch, repeat, undrawn)
    except RuntimeError as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        sentence = _explain(error, objective, batch)
        if sentence is None:
            raise
        raise ValueError(sentence) from error
    if repeat:
        # Near a good minimum the loss is saturated: the random part of a loss of 1e-6 is as small as its rounding.
        halves = {n: SCALE * p for n, p in objective.parameters.items()}
        there = _evaluations(objective, halves, batch, repeat, undrawn)
        if (reason := _difference(objective, here, there)) is not None:
            raise ValueError(f"The objective is not deterministic: {reason}; {_cause(objective, batch)}.")
    value, gradient = here[0]
    return math.isfinite(value) and bool(gradient.any())


def _check_shapes(objective: ObjectiveLike, batch: Batch) -> None:
    """Refuse targets that a criterion of equal shapes would broadcast: the mean would pair up the wrong numbers."""
    if objective.split is None or not compares_elementwise(objective.split.criterion):
        return
    outputs = objective.split.outputs
    # As a value, which has graphs: a model of forces takes derivatives of an energy.
    output = objective.run_values(lambda model: outputs(model, objective.lend(batch)), objective.parameters)
    target = batch[1]
    if isinstance(output, Tensor) and isinstance(target, Tensor) and output.shape != target.shape:
        function, _ = unwrapped(objective.split.criterion)
        name = getattr(function, "__name__", type(function).__name__)
        raise ValueError(
            f"The criterion {name} compares outputs of shape {tuple(output.shape)} with targets of shape "
            f"{tuple(target.shape)}: give targets of the outputs' shape (class numbers need CrossEntropyLoss, or "
            "one_hot(targets).float())."
        )


def _evaluations(
    objective: ObjectiveLike, parameters: Mapping[str, Tensor], batch: Batch, repeat: bool, undrawn: set[str]
) -> list[Evaluation]:
    leaves = objective.space.leaves(parameters)

    def once(model: nn.Module) -> Evaluation:
        versions = {name: leaf._version for name, leaf in leaves.items()}
        loss = _noted(objective, model, batch, undrawn)
        edited = [name for name, leaf in leaves.items() if leaf._version != versions[name]]
        if edited:
            raise ValueError(
                f"Evaluating the loss changes the weights '{edited[0]}' in place (max_norm= of an embedding does), so "
                "it is no function of the weights: change them once before, and evaluate without."
            )
        if not loss.requires_grad:
            raise ValueError(
                "The loss does not require a gradient: it is computed without the model's parameters or detached "
                "from them (.item(), .detach(), no_grad, argmax); compute it from the model's output with torch."
            )
        used = [g for g in torch.autograd.grad(loss, tuple(leaves.values()), allow_unused=True) if g is not None]
        if not used:
            raise ValueError(
                "The loss does not depend on any trainable parameter: compute it with the model passed to loss(model, "
                "batch)."
            )
        return float(loss.detach()), torch.cat([_dense(g).reshape(-1).double() for g in used])

    def evaluate(model: nn.Module) -> list[Evaluation]:
        # Both evaluations inside one `run`, which would otherwise rewind the random state in between.
        return [once(model) for _ in range(2 if repeat else 1)]

    with explain_missing_derivatives(), torch.enable_grad():
        return objective.run(evaluate, leaves)


def _difference(objective: ObjectiveLike, *points: list[Evaluation]) -> str | None:
    r"""Compare the two evaluations at each point; return how they differ, or None.

    Even a deterministic loss may change in its last digits from one evaluation to the next: GPUs add in no fixed
    order, and threaded CPU libraries choose kernels by alignment and load. That rounding scales with the terms of the
    sums, not with the sum (a cross-entropy of 1e-6 is a difference of logits of order 10), so a part of the tolerance
    scales with the larger of the two points. A few units in the last place are left for CPUs, where most sums are
    bit-equal, and more for unordered ones. Random layers change values and gradients by orders more at one point at
    least.
    """
    eps = objective.rounding
    factor = min((16 if objective.device.type == "cpu" else 256) * eps, math.sqrt(eps))
    finite = [(a, b) for a, b in points if math.isfinite(a[0]) and math.isfinite(b[0])]
    value_scale = max((abs(a[0]) for a, _ in finite), default=0.0)
    gradient_scale = max((float(a[1].norm()) for a, _ in finite), default=0.0)
    for (value, gradient), (value_again, gradient_again) in finite:
        size, change = float(gradient.norm()), float((gradient - gradient_again).norm())
        same_value = abs(value - value_again) <= factor * max(value_scale, abs(value))
        if not same_value or change > math.sqrt(eps) * size + factor * gradient_scale:
            return (
                f"two evaluations of the first batch gave loss {value:.9g} and {value_again:.9g} and gradients that "
                f"differ by {change:.3g} (norm {size:.3g}), although the model is in eval mode"
            )
    return None


def _cause(objective: ObjectiveLike, batch: Batch) -> str:
    """Return a clause on what makes two evaluations differ, and what to do about it."""
    changed: list[str] = []

    def watched(model: nn.Module) -> list[float]:
        before = _states(model)
        values = [float(objective.loss(model, batch).detach())]
        changed.extend(name for name, state in _states(model).items() if not _same(before.get(name), state))
        return values

    def drawn(model: nn.Module) -> list[float]:
        values = []
        for _ in range(2):
            with preserve_rng(objective.device):
                values.append(float(objective.loss(model, batch).detach()))
        return values

    with torch.enable_grad():
        objective.run(watched, objective.space.leaves())
        if changed:
            names = ", ".join(map(repr, changed[:3])) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
            owners = sorted({_owner(objective, name) for name in changed[:3]})
            return (
                f"the forward pass itself changes {names} of {', '.join(owners)}, as moving averages and observers do: "
                "let it do so only if self.training, or switch it off "
                "(model.apply(torch.ao.quantization.disable_observer))"
            )
        one, two = objective.run(drawn, objective.space.leaves())
    if math.isclose(one, two, rel_tol=1e-6):
        return "remove the randomness (functional dropout needs training=self.training)"
    return (
        "nothing that torch, NumPy and Python draw makes the difference, so the loss or the model remembers its calls "
        "or draws from a generator of its own: let it depend on the parameters and the batch alone"
    )


def _owner(objective: ObjectiveLike, name: str) -> str:
    module, _, _ = name.rpartition(".")
    return type(objective.model.module.get_submodule(module)).__name__


def _states(model: nn.Module) -> dict[str, Any]:
    """Return the state of modules other than parameters: buffers and tensors by their numbers, numbers as they are."""
    found: dict[str, Any] = {}
    for prefix, module in model.named_modules():
        kept = {name: buffer for name, buffer in module._buffers.items() if buffer is not None} | {
            name: value for name, value in vars(module).items() if isinstance(value, (Tensor, int, float))
        }
        for name, value in kept.items():
            found[f"{prefix}.{name}".lstrip(".")] = value.detach().clone() if isinstance(value, Tensor) else value
    return found


def _same(one: Any, two: Any) -> bool:
    if not isinstance(one, Tensor) or not isinstance(two, Tensor):
        return bool(type(one) is type(two) and one == two)
    return one.shape == two.shape and bool(((one == two) | ((one != one) & (two != two))).all())


def why_not_finite(owner: Any) -> str:
    """Return a clause on what makes a product or a gradient not finite.

    Parameters
    ----------
    owner : Objective or operator
        Of the product; one that has an `objective` has weights and data to look at.
    """
    objective: Any = getattr(owner, "objective", owner)
    if not getattr(objective, "is_sharded", True):
        for name, parameter in {**objective.parameters, **objective.space.constants}.items():
            if parameter.is_floating_point() and not bool(torch.isfinite(parameter).all()):
                return f"the weights {name!r} are not finite (a diverged run?)"
        for _, reason in _batches_not_finite(objective):
            return reason
    return "the weights or the loss overflow at this point"


def check_data_finite(objective: ObjectiveLike) -> None:
    """Refuse data that make the loss NaN.

    Its derivatives may be finite all the same, as those of a square by its target.

    Raises
    ------
    CannotMeasureError
    """
    for batch, reason in _batches_not_finite(objective) if not objective.is_sharded else ():

        def loss(model: nn.Module, batch: Batch = batch) -> float:
            return float(objective.loss(model, batch).detach())

        if not math.isfinite(objective.run_values(loss, objective.parameters)):
            raise CannotMeasureError(f"The loss is not finite: {reason}.")


def _batches_not_finite(objective: ObjectiveLike) -> Iterator[tuple[Batch, str]]:
    """Iterate over the batches that hold NaN or infinite values, with a clause that says where."""
    for position, batch in enumerate(objective.data.batches):
        for name, leaf in leaves_of(batch):
            if isinstance(leaf, Tensor) and (where := _first_not_finite(leaf)) is not None:
                yield (
                    objective.lend(batch),
                    f"the data are not finite, first in batch {position} at batch{name}{where}: leave such samples "
                    "out, or replace the values",
                )
                break


def _first_not_finite(tensor: Tensor) -> str | None:
    if not (tensor.is_floating_point() or tensor.is_complex()) or tensor.is_quantized:
        return None
    plain = tensor.layout == torch.strided and not tensor.is_nested
    for part in [tensor.detach()] if plain else dense_parts(tensor.detach()):
        bad = ~torch.isfinite(part)
        if bool(bad.any()):
            return str(bad.nonzero()[0].tolist()) if plain and tensor.dim() else ""
    return None


def _explain(error: RuntimeError, objective: ObjectiveLike, batch: Batch) -> str | None:
    """Return a sentence on what is incompatible in the first batch, with advice that was tried on it.

    None if unknown.
    """
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    if re.search(r"view size is not compatible", reason):
        return (
            f"The model or the loss calls .view on a tensor whose memory is not in order ({reason}): call .reshape "
            "there, or give contiguous data."
        )
    if re.search(r"\b(d?types?|Long|Float|Double|Half|BFloat16|Int)\b", reason):
        if not tensors_of(batch):
            return (
                f"The first batch is a {type(batch).__name__} that shows no tensors, so that dtype= and device= do not "
                f"reach them ({reason}): give batches of tensors in tuples, mappings, dataclasses or objects with "
                "attributes."
            )
        held = f"The first batch holds {_held(batch)}, the parameters {objective.dtype}"
        for remedy, change in _remedies(objective, batch):
            if _works(objective, change):
                if remedy.startswith("targets"):
                    return (
                        f"The targets of the first batch hold {_held(batch[1])}, and the criterion takes "
                        f"{'class indices' if '.long()' in remedy else 'floating-point numbers'} ({reason}): "
                        f"convert them with {remedy.split()[-1]}."
                    )
                return f"{held}, and the model cannot combine them ({reason}): {remedy}."
        return (
            f"{held}, and the model or the loss combines types that do not go together ({reason}): converting the "
            "batch as a whole does not mend that, so look for the tensor that is meant: a part of the batch that needs "
            "another type, or one that the model or the loss makes or holds itself, which is neither parameter nor "
            "buffer."
        )
    if re.search(r"shape|size|dim|channels|rows|columns", reason):
        rest = ""
        if objective.data.from_tensors and len(objective.data.batches) > 1:
            rest = (
                "; the data were cut into batches along their first dimension, so give them as one batch, "
                "[(inputs, targets)], if it does not count samples"
            )
        return (
            f"The model or the loss does not take the first batch, whose tensors have shapes {_shapes(batch)} "
            f"({reason}): give inputs and targets of the shapes that they were written for{rest}."
        )
    return None


def _remedies(objective: ObjectiveLike, batch: Batch) -> Iterator[tuple[str, Batch]]:
    """Iterate over conversions that may make types compatible: a description, and the converted batch."""
    dtype = objective.dtype
    cast = place(batch, objective.device, dtype)
    floats = {t.dtype for t in tensors_of(batch) if t.is_floating_point()}
    if floats - {dtype}:
        yield (
            (
                f"pass dtype={dtype} to evaluate all floating-point tensors in one type, and convert integer inputs "
                "that are no indices with .float()"
            ),
            cast,
        )
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        inputs, targets = cast
        pair: Any = type(batch)
        yield "targets: .long()", pair((inputs, map_tensors(Tensor.long, targets)))
        yield "targets: .float()", pair((inputs, map_tensors(lambda t: t.to(dtype), targets)))
        also = f", and pass dtype={dtype}" if floats - {dtype} or dtype != torch.float32 else ""
        yield (
            f"convert integer inputs with .float(){also}",
            pair((map_tensors(lambda t: t.to(dtype), inputs), targets)),
        )
        yield (
            "convert the inputs, which are indices, with .long()",
            pair((map_tensors(Tensor.long, inputs), targets)),
        )


def _works(objective: ObjectiveLike, batch: Batch) -> bool:
    try:
        objective.run_values(lambda model: objective.loss(model, batch), objective.parameters)
    except Exception:  # whatever is wrong with it
        return False
    return True


def _dense(gradient: Tensor) -> Tensor:
    return gradient if gradient.layout == torch.strided else gradient.to_dense()


def _held(batch: Batch) -> str:
    return " and ".join(sorted({str(t.dtype) for t in tensors_of(batch)}))


def _shapes(batch: Batch) -> str:
    return " and ".join("a nested one" if t.is_nested else str(tuple(t.shape)) for t in tensors_of(batch))


def differentiates(objective: ObjectiveLike) -> bool:
    """Return whether the loss or a metric takes derivatives itself, so that values need graphs as well.

    They are evaluated without gradients and with them; what fails without, or has another value (a gradient penalty
    that is left out), differentiates. The objective must take it for one that does.
    """
    batch = next(iter(objective.batches()))[0]
    few = first_rows(batch) if not objective.is_sharded else None
    for name in ("", *objective.metrics):
        metric = objective.metric_fns[name] if name else None
        if metric is not None and (accumulates(metric) or objective.is_sharded):
            continue

        def measured(model: nn.Module, metric: Any = metric) -> float:
            lent = objective.lend(batch if few is None else few)
            if metric is None:
                return float(objective.loss(model, lent).detach())
            with objective.forward_arithmetic():
                return float(scalar(metric(model, lent), "metric").detach())

        try:
            with_graphs = objective.run_values(measured, objective.parameters)
        except Exception:  # whatever is wrong with it, it is wrong with it later as well
            continue
        try:
            with torch.no_grad():
                without = objective.run(measured, objective.parameters)
        except Exception:  # torch has many ways to say that there is no graph
            return True
        same = math.isclose(with_graphs, without, rel_tol=math.sqrt(objective.rounding), abs_tol=1e-12)
        if not same and (math.isfinite(with_graphs) or math.isfinite(without)):
            return True
    return False
