"""Find the operation of a model whose derivative is wrong.

Custom autograd functions, hooks, and each torch operation.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._pytree import tree_leaves, tree_map

from landscape._common.random import cpu_generator
from landscape.objective.data import Batch
from landscape.objective.differentiability import graph_nodes

if TYPE_CHECKING:
    from landscape.objective.interface import ObjectiveLike

__all__ = ["Culprits", "blame", "dead_at", "message_of_infinity", "message_of_place"]

CALLS = 500
"""Calls of different operations that are tested."""

STEP = 1e-5


@dataclass
class Culprits:
    """Descriptions of the operations that are to blame, or may be."""

    functions: list[str] = field(default_factory=list)  # custom autograd functions with the modules that apply them
    operations: list[str] = field(default_factory=list)  # torch operations that fail a test of their own
    padded: list[str] = field(default_factory=list)  # embeddings whose padding row matters
    infinite: list[str] = field(default_factory=list)  # operations whose second derivative is not finite
    hooks: list[str] = field(default_factory=list)  # modules with backward hooks


def blame(objective: ObjectiveLike, batch: Batch) -> Culprits:
    """Evaluate the loss of a batch once more, and test the derivatives of each operation in it."""
    culprits = Culprits()
    leaves = objective.space.leaves()

    def run(model: nn.Module) -> None:
        culprits.hooks = [
            _module(name, module) for name, module in model.named_modules() if getattr(module, "_backward_hooks", None)
        ]
        with _Places(model) as places, _Calls(places) as calls:
            loss = objective.loss(model, batch)
        places.note(places.current, loss)
        culprits.functions = list(places.functions)
        for call in calls.calls.values() if not objective.is_sharded else ():  # ranks would have to test alike
            fault = call.fault()
            if fault == "infinite":
                culprits.infinite.append(call.description)
            elif fault:
                (culprits.padded if call.pads else culprits.operations).append(call.description)

    try:
        with torch.enable_grad():
            objective.run(run, leaves, second_order=True)
    except Exception:  # what was found until then is said
        pass
    return culprits


def dead_at(objective: ObjectiveLike, batch: Batch) -> str:
    """Return the operations of which all inputs of a batch are exactly 0, where they have a kink; "" if none."""
    found: dict[str, None] = {}

    def run(model: nn.Module) -> None:
        with _Places(model) as places, _Dead(places, found):
            objective.loss(model, batch)

    with contextlib.suppress(Exception):  # what was found until then is said
        if not objective.is_sharded:
            objective.run(run, objective.space.leaves())
    return _join(list(found))


def message_of_place(culprits: Culprits) -> str:
    """Return a sentence that names what is to blame and what to do."""
    if culprits.padded:
        return (
            f"To blame: the padding row of {_join(culprits.padded)}, which changes the loss and gets no gradient: set "
            "its padding_idx to None, so that the row counts as a parameter like the others (the value stays as it "
            "is), or mask padded positions before they enter the loss."
        )
    if culprits.operations:
        names = _join(culprits.operations)
        return f"To blame: {names}, whose derivatives fail a test of their own: write it with other torch operations."
    if culprits.functions:
        names = _join(culprits.functions)
        return (
            f"To blame: the custom autograd function {names}, whose backward pass is not the derivative of its forward "
            "pass (as in gradient reversal and straight-through estimators), or cannot be differentiated again: "
            f"{_remedy(culprits.functions)}."
        )
    if culprits.hooks:
        hooks = _join(culprits.hooks)
        return f"To blame: backward hooks of {hooks}, which change gradients: remove them before measuring."
    return (
        "No single operation was found to blame: look for hooks on tensors (register_hook) and for backward passes "
        "written by hand, and measure a loss without them."
    )


def message_of_infinity(culprits: Culprits) -> str:
    """Return a sentence for a product that is not finite where the loss and its gradient are."""
    if culprits.infinite:
        return (
            f"A product is not finite although the loss is: the second derivative of {_join(culprits.infinite)} is not "
            "finite at this point, as of a root or a norm at zero: add a small constant under the root."
        )
    if culprits.functions:
        return (
            "A product is not finite although the loss is, and the graph holds the custom autograd function "
            f"{_join(culprits.functions)}: {_remedy(culprits.functions)}."
        )
    return "A product is not finite: the weights or the loss overflow at this point."


def _remedy(functions: list[str]) -> str:
    if any("adjoint" in name.lower() for name in functions):
        return (
            "the adjoint method has no second derivative; call the solver that is differentiated as it is, such as "
            "torchdiffeq.odeint in place of odeint_adjoint"
        )
    return (
        "write its forward pass with torch operations and leave the backward pass to autograd, "
        "or measure a loss without it"
    )


def _join(names: list[str]) -> str:
    return " and ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _module(name: str, module: nn.Module | None) -> str:
    return (
        f"module {name!r} ({type(module).__name__})"
        if name
        else "the model itself"
        if module is not None
        else "the loss"
    )


class _Places:
    """Track which module runs, and collect custom autograd functions in the graphs of modules' outputs."""

    def __init__(self, model: nn.Module) -> None:
        self.functions: dict[str, None] = {}
        self._seen: dict[int, Any] = {}
        self._stack: list[str] = []
        self._model = model
        self._handles: list[Any] = []

    def __enter__(self) -> _Places:
        for name, module in self._model.named_modules():
            description = _module(name, module)

            def enter(module: nn.Module, args: Any, kwargs: Any, description: str = description) -> None:
                self.note(self.current, (args, kwargs))  # what the caller did before
                self._stack.append(description)

            def leave(module: nn.Module, args: Any, output: Any, description: str = description) -> None:
                if self._stack:
                    self._stack.pop()
                self.note(description, output)

            self._handles += [
                module.register_forward_pre_hook(enter, with_kwargs=True),
                module.register_forward_hook(leave),
            ]
        return self

    def __exit__(self, *error: object) -> None:
        for handle in self._handles:
            handle.remove()

    @property
    def current(self) -> str:
        """The innermost module that runs."""
        return self._stack[-1] if self._stack else "the loss"

    def note(self, description: str, output: Any) -> None:
        """Record the custom functions that made a module's output and were not recorded before."""
        ends = [t.grad_fn for t in tree_leaves(output) if isinstance(t, Tensor) and t.grad_fn is not None]
        for node in graph_nodes(ends):
            kind = getattr(node, "_forward_cls", None)
            if kind is None or id(node) in self._seen:
                continue
            self._seen[id(node)] = node  # held, so that the address stays its own
            if not kind.__module__.startswith(("landscape.", "torch.")):
                self.functions.setdefault(f"{kind.__qualname__} in {description}")


class _Calls(TorchFunctionMode):
    """Record one call of every torch operation that takes part in derivatives, by the kind of its arguments."""

    def __init__(self, places: _Places) -> None:
        super().__init__()
        self.calls: dict[Any, _Call] = {}
        self._places = places

    def __enter__(self) -> _Calls:
        super().__enter__()
        return self

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        name = resolve_name(func) or getattr(func, "__name__", "")
        copies = None
        if torch.is_grad_enabled() and len(self.calls) < CALLS and name and not name.endswith(_LEFT_OUT):
            tensors = [t for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)]
            if any(t.requires_grad for t in tensors):
                # Before the call, which may write to its arguments.
                copies = tree_map(_copy, (args, kwargs))
        out = func(*args, **kwargs)
        if copies is not None and any(isinstance(t, Tensor) and t.requires_grad for t in tree_leaves(out)):
            key = name, self._places.current
            call = _Call(f"{name} in {self._places.current}", func, *copies)
            if call.pads and self._places.current != "the loss":
                call.description = self._places.current
            self.calls.setdefault(key, call)
        return out


class _Dead(TorchFunctionMode):
    """Note the operations with a kink at 0 whose inputs are all there."""

    def __init__(self, places: _Places, found: dict[str, None]) -> None:
        super().__init__()
        self._places, self._found = places, found

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = resolve_name(func) or getattr(func, "__name__", "")
        first = next((t for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)), None)
        if name.rpartition(".")[2].strip("_") in _KINKED_AT_ZERO and first is not None and not first.count_nonzero():
            self._found.setdefault(f"{name} in {self._places.current}")
        return func(*args, **(kwargs or {}))


_KINKED_AT_ZERO = frozenset({"relu", "relu6", "leaky_relu", "prelu", "rrelu", "hardtanh", "threshold", "abs", "clamp"})


def _copy(item: Any) -> Any:
    if not isinstance(item, Tensor):
        return item
    return (
        (item.detach().double() if item.is_floating_point() else item.detach())
        .clone()
        .requires_grad_(item.requires_grad)
    )


_LEFT_OUT = (
    "__get__",
    "__set__",
    "requires_grad_",
    "backward",
    "autograd.grad",
    "register_hook",
    "retain_grad",
    "detach",
)


class _Call:
    """One call of an operation."""

    def __init__(self, description: str, func: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.description, self._func, self._args, self._kwargs = description, func, args, kwargs
        self.pads = func is functional.embedding and kwargs.get("padding_idx") is not None

    def fault(self) -> str:
        """Return what is wrong with the operation's derivatives: "first", "second", "infinite" or nothing."""
        try:
            return self._test()
        except Exception:  # what fails here cannot be judged by a test of its own
            return ""

    def _test(self) -> str:
        flat = [t for t in tree_leaves((self._args, self._kwargs)) if isinstance(t, Tensor) and t.requires_grad]
        generator = cpu_generator(0)

        def draw(t: Tensor) -> Tensor:
            return torch.randn(t.shape, generator=generator, dtype=torch.float64, device="cpu").to(t)

        vectors = [draw(t) * (t.detach().abs().mean() + 1e-3) for t in flat]
        weights: list[Tensor] = []

        def slope(step: float, product: bool) -> tuple[list[Tensor], list[Tensor], list[Tensor] | None]:
            moved = iter([(t.detach() + step * v).requires_grad_() for t, v in zip(flat, vectors, strict=True)])
            inputs: list[Tensor] = []

            def swap(item: Any) -> Any:
                if isinstance(item, Tensor) and item.requires_grad:
                    inputs.append(next(moved))
                    return inputs[-1] * 1  # no leaf, which an operation in place would refuse
                return item.clone() if isinstance(item, Tensor) else item

            args, kwargs = tree_map(swap, (self._args, self._kwargs))
            outputs = [t for t in tree_leaves(self._func(*args, **kwargs)) if isinstance(t, Tensor) and t.requires_grad]
            if not weights:
                weights.extend(draw(t) for t in outputs)
            terms = [w * t + w * t.square() / 2 for w, t in zip(weights, outputs, strict=True)]
            total = sum(t.sum() for t in terms)
            assert isinstance(total, Tensor)
            gradient = torch.autograd.grad(total, inputs, create_graph=product, allow_unused=True)
            full = [torch.zeros_like(t) if g is None else g for g, t in zip(gradient, inputs, strict=True)]
            if not product:
                return [t.detach() for t in terms], full, None
            curved = [(g, v) for g, v in zip(gradient, vectors, strict=True) if g is not None and g.requires_grad]
            rows: Any = [None] * len(inputs)
            if curved:
                rows = torch.autograd.grad([g for g, _ in curved], inputs, [v for _, v in curved], allow_unused=True)
            image = [torch.zeros_like(t) if r is None else r for r, t in zip(rows, inputs, strict=True)]
            return [t.detach() for t in terms], [g.detach() for g in full], image

        with torch.enable_grad():
            value, gradient, image = slope(0.0, True)
            (up, up_gradient, _), (down, down_gradient, _) = slope(STEP, False), slope(-STEP, False)
        assert image is not None
        if not all(bool(t.isfinite().all()) for t in image) and all(bool(t.isfinite().all()) for t in gradient):
            return "infinite"
        claimed = sum((g * v).sum() for g, v in zip(gradient, vectors, strict=True))
        # Of each element by itself: what kinks do to either side may cancel in the sum.
        spread = sum((a + b - 2 * c).abs().sum() for a, b, c in zip(up, down, value, strict=True)) / (2 * STEP)
        central = sum((a - b).sum() for a, b in zip(up, down, strict=True)) / (2 * STEP)
        assert isinstance(spread, Tensor)
        assert isinstance(central, Tensor)
        if _off(central - claimed, spread, torch.maximum(central.abs(), torch.as_tensor(claimed).abs())):
            return "first"
        for a, b, c, q in zip(up_gradient, down_gradient, gradient, image, strict=True):
            central, spread = (a - b) / (2 * STEP), (a + b - 2 * c) / (2 * STEP)
            if _off(central - q, spread.norm(), torch.maximum(central.norm(), q.norm())):
                return "second"
        return ""


def _off(error: Tensor, spread: Tensor, size: Tensor) -> bool:
    return bool(error.norm() > 10 * spread + 1e-3 * size + 1e-9)
