"""Compare derivatives with central differences, once per objective, before anything is estimated from them.

PyTorch returns what an operation's backward pass says. Where that is wrong, by a fault in the operation or because it
is meant to be (gradient reversal, straight-through estimators), products with the Hessian are wrong as well, often
symmetric and silently. Here a few samples are evaluated at theta + h v and theta - h v for one random v, in float64
where the model can: the change of the loss is compared with the gradient, and the change of the gradient with the
product.

The difference of the two one-sided differences measures what a central one is good for: rounding, truncation and the
kinks of piecewise linear networks that lie in between. Only a clear disagreement at two steps and in two directions,
reproduced to a part of its size, is an error; what cannot be decided is recorded as such.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map

from landscape._common.errors import is_out_of_memory
from landscape._common.random import cpu_generator
from landscape.curvature._derivative_blame import Culprits, blame, dead_at, message_of_infinity, message_of_place
from landscape.linalg.operator import Agreement, DerivativeCheck
from landscape.objective.batching import first_rows
from landscape.objective.data import Batch, place
from landscape.objective.differentiability import check_twice_differentiable, graph_nodes
from landscape.objective.validation import check_data_finite, why_not_finite

if TYPE_CHECKING:
    from landscape.objective.interface import ObjectiveLike

__all__ = ["Field", "check_derivatives", "check_gradient", "check_once", "loss_field"]

ROWS = 8
"""Samples of the first batch that are compared."""

BRIEF = 3
"""Steps at the point itself, if none of them shows a fault, before another point is tried."""

AGAIN = 4
"""Points at which it is tried, at most, while it is not decided."""


BATCHES = 4
"""Batches that are searched for what makes a product infinite."""

NEGLIGIBLE = 1e-13
"""Absolute errors that are no fault: probabilities and their differences are rounded to some 1e-16 of 1, whatever
remains."""

LARGEST = 2**26
"""Parameters up to which copies in float64 are made; larger models are compared in their own precision."""

STEPS = (1e-6, 1e-7, 1e-5, 1e-8, 1e-4, 1e-3, 1e-2)
"""Steps relative to the parameters, in float64: smaller ones where there are kinks, larger ones where numbers are
rounded."""

SHORT_STEPS = (1e-2, 3e-2, 3e-3)
"""Steps in the objective's own shorter precision."""

Tensors = list[Tensor]
Leaves = Mapping[str, Tensor]


@dataclass(frozen=True)
class Values:
    """Values of a field at a point, in groups, and autograd's derivative of it along a direction."""

    names: list[str]  # descriptions of the groups
    entries: list[list[str]]  # of the tensors in each
    tensors: list[Tensors]
    claimed: list[Tensors] | None


Field = Callable[["ObjectiveLike", nn.Module, Batch, Leaves, "Tensors | None"], Values]
"""Function of (objective, model, batch, leaves, direction); without a direction nothing is claimed."""


def loss_field(
    objective: ObjectiveLike, model: nn.Module, batch: Batch, leaves: Leaves, direction: Tensors | None
) -> Values:
    """The loss with its gradient, and the gradient with a product of the Hessian."""
    inputs = tuple(leaves.values())
    loss = objective.loss(model, batch)
    gradient: Sequence[Tensor | None] = [None] * len(inputs)
    if loss.requires_grad:
        gradient = torch.autograd.grad(loss, inputs, create_graph=direction is not None, allow_unused=True)
    full = [torch.zeros_like(p) if g is None else g for g, p in zip(gradient, inputs, strict=True)]
    claimed = None
    if direction is not None:
        check_twice_differentiable(loss, gradient)
        slope = sum((g.detach() * v).sum() for g, v in zip(full, direction, strict=True))
        curved = [(g, v) for g, v in zip(gradient, direction, strict=True) if g is not None and g.requires_grad]
        rows: Sequence[Tensor | None] = [None] * len(inputs)
        if curved:
            rows = torch.autograd.grad([g for g, _ in curved], inputs, [v for _, v in curved], allow_unused=True)
        assert isinstance(slope, Tensor)
        claimed = [
            [over_ranks(objective, slope)],
            [torch.zeros_like(p) if r is None else r for r, p in zip(rows, inputs, strict=True)],
        ]
    return Values(
        ["the loss", "the gradient"],
        [["loss"], list(leaves)],
        [[over_ranks(objective, loss.detach())], [g.detach() for g in full]],
        claimed,
    )


def check_gradient(objective: ObjectiveLike) -> None:
    """Compare the gradient alone with differences of the loss.

    Once per objective, for measures that ascend or descend by it.

    Raises
    ------
    ValueError
        If they disagree clearly, with what is to blame, or the data make the loss NaN.
    """
    check_once(objective, ("gradient",), _gradient_field)


def _gradient_field(
    objective: ObjectiveLike, model: nn.Module, batch: Batch, leaves: Leaves, direction: Tensors | None
) -> Values:
    """The loss with its gradient."""
    values = loss_field(objective, model, batch, leaves, None)
    claimed = None
    if direction is not None:
        slope = torch.stack([(g * v).sum() for g, v in zip(values.tensors[1], direction, strict=True)]).sum()
        claimed = [[over_ranks(objective, slope)]]
    return Values(values.names[:1], values.entries[:1], values.tensors[:1], claimed)


def check_once(objective: ObjectiveLike, matrix: tuple[Any, ...], field: Field) -> DerivativeCheck:
    """Check the derivatives of a matrix of an objective, or remember it from another point or more parameters.

    What was not decided is tried again at other points, a few times: it says nothing of them.
    """
    names, known = frozenset(objective.parameters), objective.choices.setdefault(("derivatives", *matrix), {})
    # By weak references: restricted objectives share tensors, and an address is used again once a point is gone.
    tried: list[list[weakref.ref[Tensor]]] = objective.choices.setdefault(("derivatives", *matrix, "tried"), [])
    here = {id(p) for p in objective.parameters.values()}
    found: DerivativeCheck | None = next((found for wider, found in known.items() if names <= wider), None)
    again = (
        found is not None
        and found.agreement is Agreement.UNDECIDED
        and len(tried) < AGAIN
        and not any(id(ref()) in here for point in tried for ref in point)
    )
    if found is None or again:
        found = known[names] = check_derivatives(objective, field)
        if found.agreement is Agreement.UNDECIDED:
            tried.append([weakref.ref(p) for p in objective.parameters.values()])
    return found


def check_derivatives(objective: ObjectiveLike, field: Field) -> DerivativeCheck:
    """Compare derivatives with central differences on a few samples; return the outcome.

    Costs about eight gradients of eight samples; tens of them where something looks wrong.

    Raises
    ------
    ValueError
        If they disagree clearly, with what is to blame, or the data make the loss NaN.

    Warns
    -----
    UserWarning
        If they agree only with detached values held constant.
    """
    check_data_finite(objective)
    batch = next(iter(objective.batches()))[0]
    problems = []
    if objective.dtype != torch.float64 or objective.rounding > torch.finfo(torch.float64).eps:
        if objective.total_parameters <= LARGEST and objective.device.type != "mps":
            problems.append(True)
        problems.append(False)
    else:
        problems.append(True)
    found: _Verdict | None = None
    for double in problems:
        problem: _Problem | None = None
        try:
            problem = _Problem(objective.in_float64() if double else objective, _few(objective, batch), field, double)
            found = problem.compare()
        except (
            Exception
        ) as error:  # what a model does not do on few samples or in float64; the product itself says more
            if is_out_of_memory(error) and not double:
                return DerivativeCheck(Agreement.NOT_COMPARED, "not compared: no memory for it")
            continue
        break  # what float64 leaves undecided, a shorter precision would only take for its own rounding
    if found is None or problem is None:
        return DerivativeCheck(Agreement.NOT_COMPARED, "not compared: a few samples cannot be evaluated on their own")
    precision = "float64" if problem.double else str(objective.dtype).removeprefix("torch.")
    if found.kind != "agree" or not problem.double:
        _refuse_fake_quantization(problem)
    if found.kind == "agree":
        return DerivativeCheck(Agreement.AGREE, f"agree with central differences in {precision}")
    if found.kind == "undecided":
        dead = dead_at(problem.objective, problem.batch)
        why = f": all inputs of {dead} are exactly 0, where it has no derivative" if dead else ""
        return DerivativeCheck(Agreement.UNDECIDED, f"not decided by central differences in {precision}{why}")
    if problem.agrees_when_held():
        return DerivativeCheck(Agreement.AGREE, _warn_of_detached(objective, problem))
    raise ValueError(_sentence(problem, found))


@dataclass(frozen=True)
class _Verdict:
    kind: str  # "agree", "differ" or "undecided"
    group: int = 0
    entry: str = ""
    claimed: float = 0.0
    difference: float = 0.0
    size: float = 0.0


@dataclass(frozen=True)
class _Comparison:
    """Comparison of a group at one step: central differences, their error, clearly wrong entries, and agreement."""

    central: Tensors
    error: Tensor
    wrong: Tensor
    agrees: bool


class _Problem:
    """A field on a few samples."""

    def __init__(self, objective: ObjectiveLike, batch: Batch, field: Field, double: bool) -> None:
        self.objective, self.field, self.double = objective, field, double
        self.batch = place(batch, objective.device, torch.float64) if double else batch
        self.steps = STEPS if double else SHORT_STEPS
        # Kinks that lie between points a hundredth apart change a product by much; float32 shows gross faults only.
        self.tolerance, self.limit = (1e-4, 1e-3) if double else (2e-2, 0.5)

    def compare(self) -> _Verdict:
        """Compare at the point, then a little away from it, where no unit is exactly at its kink."""
        here = self.objective.parameters
        found = self._along(0, here, brief=True)
        aside = {n: p + 1e-2 * d for (n, p), d in zip(here.items(), self._direction(2), strict=True)}
        if found.kind == "undecided":
            found = self._along(0, aside)
        if found.kind == "differ":
            # Where a loss is saturated, the rounding of probabilities near 1 is all that large weights amplify; where a
            # network is dead, the kinks of all samples are at the point itself, and what they do to either side may
            # cancel by chance in the sum over samples. A fault is one at smaller weights too, and a little aside.
            halved = {n: 0.5 * p for n, p in here.items()}
            for parameters in (here, halved, aside):
                if self._along(1, parameters).kind == "agree":
                    return _Verdict("undecided")
        return found

    def agrees_when_held(self) -> bool:
        """Whether derivatives agree once detached values are held at those of the point."""
        try:
            return self._along(0, self.objective.parameters, held=True).kind == "agree"
        except Exception:
            return False

    def evaluate(self, parameters: Leaves, direction: Tensors | None, mode: _Held | None = None) -> Values:
        """Evaluate the field at a point."""
        leaves = {name: p.detach().requires_grad_() for name, p in parameters.items()}

        objective = self.objective if mode is None else self.objective.within(mode)

        def once(model: nn.Module) -> Values:
            return self.field(objective, model, self.batch, leaves, direction)

        with torch.enable_grad():
            return objective.run(once, leaves, second_order=True)

    def _direction(self, seed: int) -> Tensors:
        """Draw a direction in which every parameter moves in proportion to its size."""
        generator = cpu_generator(seed)
        parameters = self.objective.parameters
        sizes = {
            n: float(p.detach().double().square().mean().sqrt()) if p.numel() else 0.0 for n, p in parameters.items()
        }
        least = 0.1 * max(sizes.values(), default=1.0) or 1.0
        return [
            (torch.randn(p.shape, generator=generator, dtype=torch.float64, device="cpu") * max(sizes[n], least)).to(p)
            for n, p in parameters.items()
        ]

    def _along(self, seed: int, parameters: Leaves, held: bool = False, brief: bool = False) -> _Verdict:
        direction = self._direction(seed)
        recording = _Held() if held else None
        here = self.evaluate(parameters, direction, recording)
        assert here.claimed is not None

        def moved(step: float) -> list[Tensors]:
            point = {n: p + step * v for (n, p), v in zip(parameters.items(), direction, strict=True)}
            return self.evaluate(point, None, recording.replay() if recording else None).tensors

        looks: list[list[_Comparison]] = [[] for _ in here.tensors]
        agreed = [False] * len(looks)
        for step in self.steps:
            ahead, behind = moved(step), moved(-step)
            for group, seen in enumerate(looks):
                if not agreed[group]:
                    seen.append(self._look(step, here.tensors[group], ahead[group], behind[group], here.claimed[group]))
                    agreed[group] = seen[-1].agrees and not any(bool(look.wrong.any()) for look in seen)
            if all(agreed):
                return _Verdict("agree")
            if brief and step == self.steps[BRIEF - 1] and not any(bool(s.wrong.any()) for seen in looks for s in seen):
                return _Verdict("undecided")  # another point may decide it, other steps will not
        for group, seen in enumerate(looks):
            if not agreed[group] and (fault := self._fault(seen)) is not None:
                look, entry = fault
                claimed, central = here.claimed[group][entry], look.central[entry]
                size = max(float(self._norms([claimed])), float(self._norms([central])))
                return _Verdict(
                    "differ",
                    group,
                    here.entries[group][entry],
                    _signed(claimed),
                    _signed(central),
                    float(look.error[entry]) / size,
                )
        settled = all(done or any(look.agrees for look in seen) for done, seen in zip(agreed, looks, strict=True))
        return _Verdict("agree" if settled else "undecided")

    def _look(self, step: float, here: Tensors, ahead: Tensors, behind: Tensors, claimed: Tensors) -> _Comparison:
        """Compare a group at one step."""
        central = [(a - b) / (2 * step) for a, b in zip(ahead, behind, strict=True)]
        spread = self._norms([(a + b - 2 * c) / (2 * step) for a, b, c in zip(ahead, behind, here, strict=True)])
        error = self._norms([c - q for c, q in zip(central, claimed, strict=True)])
        size = torch.maximum(self._norms(central), self._norms(claimed))
        if not (error.isfinite().all() and spread.isfinite().all()):
            return _Comparison(
                central, torch.full_like(error, torch.inf), torch.zeros_like(error, dtype=torch.bool), False
            )
        noise, total = float(spread.norm()), float(size.norm())
        # Rounding that happens to cancel in the spread.
        rounding = 4 * _spacing(here) * float(self._norms(here).norm()) / step
        decisive = noise + rounding <= 0.02 * total or total <= 10 * rounding
        # What does not move at all may be smaller than the rounding of what it is the difference of: a cross-entropy of
        # 1e-100 is 0 to float64, and its gradient is not. Nor can derivatives as small as that rounding be judged.
        still = torch.tensor([torch.equal(a, b) for a, b in zip(ahead, behind, strict=True)], dtype=torch.float64)
        lost = still * _spacing(here) / step + NEGLIGIBLE
        wrong = error > 10 * spread + 3 * (noise + rounding) + self.limit * size + lost
        right = error <= 3 * spread + noise + rounding + self.tolerance * size
        return _Comparison(central, error, wrong, decisive and bool(right.all()))

    def _fault(self, seen: list[_Comparison]) -> tuple[_Comparison, int] | None:
        """Return where an entry is clearly off, at two steps alike, and no less so at any other.

        A jump across a kink grows as the step shrinks, and what a model rounds to float32 inside vanishes as it grows;
        a fault does neither.
        """
        for i, look in enumerate(seen):
            for other in seen[:i]:
                apart = self._norms([a - b for a, b in zip(look.central, other.central, strict=True)])
                alike = look.wrong & other.wrong & (apart <= 0.2 * look.error)
                for one in seen:
                    alike &= one.error >= 0.5 * look.error
                if alike.any():
                    return look, int(torch.where(alike, look.error, 0.0).argmax())
        return None

    def _norms(self, tensors: Tensors) -> Tensor:
        """Return the norms of tensors, over all ranks where they are spread, as a float64 tensor on the CPU."""
        if not tensors:
            return torch.zeros(0, dtype=torch.float64)
        squares = torch.stack([t.double().square().sum() for t in tensors]).cpu()
        return over_ranks(self.objective, squares).sqrt()


def explain_infinite(objective: ObjectiveLike) -> str:
    """Return a sentence for a product that is not finite, naming the operation if the loss itself is finite."""
    batches = [batch for batch, _ in objective.batches()]
    for batch in batches[:BATCHES]:
        description = message_of_infinity(blame(objective, batch))
        if description != message_of_infinity(Culprits()):
            return description
    return f"A product is not finite: {why_not_finite(objective)}."


def over_ranks(objective: ObjectiveLike, partial: Tensor) -> Tensor:
    """Add partial sums from all ranks, where parameters are spread over them."""
    return objective.sum_over_ranks(partial)


def _spacing(tensors: Tensors) -> float:
    """Return the relative spacing of the numbers that tensors hold.

    Models may compute in float32 and return float64.
    """
    if not tensors:
        return 0.0
    short = all(torch.equal(t, t.float().to(t.dtype)) for t in tensors)
    return torch.finfo(torch.float32 if short else tensors[0].dtype).eps


def _signed(tensor: Tensor) -> float:
    return float(tensor) if tensor.numel() == 1 else float(tensor.double().norm())


def _few(objective: ObjectiveLike, batch: Batch) -> Batch:
    few = first_rows(batch, ROWS) if not objective.is_sharded else None
    return batch if few is None else few


def _sentence(problem: _Problem, found: _Verdict) -> str:
    names = problem.evaluate(problem.objective.parameters, None).names
    culprits = blame(problem.objective, problem.batch)
    what = f"The derivative that autograd gives for {names[found.group]} is wrong"
    if found.group == 0 and names[0] == "the loss":
        what = "The gradient that autograd gives is not that of the loss"
        details = f"{found.claimed:.4g} along a direction where central differences give {found.difference:.4g}"
    else:
        details = f"a product differs from central differences by {found.size:.2g} of its size in {found.entry!r}"
    place = message_of_place(culprits)
    return f"{what}: {details}, on {'a few samples'}. {place}"


def _refuse_fake_quantization(problem: _Problem) -> None:
    """Refuse fake quantisation, whose backward pass leaves the rounding out; float32 is too coarse for differences."""
    objective = problem.objective

    def rounds(model: nn.Module) -> bool:
        ends = [objective.loss(model, problem.batch).grad_fn]
        return any(kind in type(node).__name__ for node in graph_nodes(ends) for kind in ("FakeQuant", "FqHelper"))

    with torch.enable_grad():
        if objective.run(rounds, objective.space.leaves()):
            raise ValueError(
                "The loss rounds weights or activations (fake quantization), and its backward pass leaves the rounding "
                "out, so there is no Hessian of what value() and slices show: measure the model without rounding, "
                "model.apply(torch.ao.quantization.disable_fake_quant), or before it is prepared for quantization."
            )


def _warn_of_detached(objective: ObjectiveLike, problem: _Problem) -> str:
    description = "agree with central differences once detached values are held constant"
    from landscape.objective.detection import is_detector  # whose proposals are constants by design

    model = objective.run(lambda model: model, objective.parameters)
    kinds = {kind for module in model.modules() for kind in type(module).__mro__}
    if not any(map(is_detector, kinds)):
        warnings.warn(
            "The loss depends on the parameters through values that are detached (detach(), .data or no_grad()), so "
            "its derivatives are those of the loss with these held constant, not of the loss which value() and slices "
            "show: remove the detaching, or say so where you report it.",
            stacklevel=2,
        )
    return description


class _Held(TorchFunctionMode):
    """Record detached values and those computed without gradients, in the order of the calls."""

    def __init__(self, kept: list[Tensor] | None = None) -> None:
        super().__init__()
        self.kept: list[Tensor] = []
        self._given: Iterator[Tensor] | None = None if kept is None else iter(kept)

    def replay(self) -> _Held:
        """Return a mode that returns the recorded values."""
        return _Held(self.kept)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        if func not in _DETACHING and torch.is_grad_enabled():
            return out
        return tree_map(self._swap, out)

    def _swap(self, item: Any) -> Any:
        if not isinstance(item, Tensor) or not item.is_floating_point():
            return item
        if self._given is None:
            self.kept.append(item.clone())  # what follows may write to it
            return item
        former = next(self._given)
        if former.shape != item.shape:
            raise ValueError("Another number of values is detached at another point.")
        return former.clone()


_DETACHING = {Tensor.detach, torch.detach, Tensor.data.__get__}  # type: ignore[attr-defined]
