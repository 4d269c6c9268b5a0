"""Groups of channels of a network, found by tracing it or given by the user."""

import inspect
import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor, fx, nn

from landscape.connectivity.alignment.module_rules import ChannelTracer
from landscape.connectivity.alignment.permutation_groups import Axis, Segment, plain
from landscape.objective.objective import Objective

Unknown = Literal["refuse", "fix"]
Spec = Mapping[str, Sequence[str | tuple[str, int] | None]]


def network_of(objective: Objective) -> nn.Module:
    """Return the model of an objective, to be read only."""
    with torch.no_grad():
        return objective.run(lambda network: network, objective.parameters)


def traced_axes(
    objective: Objective, network: nn.Module, unknown: Unknown
) -> tuple[dict[str, tuple[Axis, ...]], list[str]]:
    """Return the axes of the tensors that can be permuted, by their names, and the operations left in order.

    Raises
    ------
    ValueError
        If the network cannot be traced, or for an operation that is not understood and `unknown` is "refuse".
    """
    call = first_call(objective)
    if call is None:
        raise ValueError("The loss does not call the model as model(...), so it cannot be traced: pass spec=.")
    args, kwargs, _ = call
    bound = inspect.signature(network.forward).bind(*args, **kwargs)
    given = set(bound.arguments)
    bound.apply_defaults()
    constants = {n: v for n, v in bound.arguments.items() if n not in given and v is None}
    try:
        with _eval_mode(network):
            graph = fx.Tracer().trace(network, concrete_args=constants or None)
        traced = fx.GraphModule(network, graph)
        shapes = _shapes(objective, traced, list(bound.arguments.values()))
    except Exception as error:
        reason = str(error).strip().splitlines()
        raise ValueError(
            f"The {type(network).__name__} cannot be traced by torch.fx "
            f"({reason[0] if reason else type(error).__name__}): pass spec=, the permutation groups of its parameters."
        ) from error
    tracer = ChannelTracer(network, shapes, unknown == "fix")
    return tracer.walk(graph), tracer.left_in_order


@contextmanager
def _eval_mode(network: nn.Module) -> Iterator[None]:
    """Trace the model as it is evaluated: no auxiliary heads, no stochastic depth."""
    flags = [(module, module.training) for module in network.modules()]
    try:
        for module, _ in flags:
            module.training = False
        yield
    finally:
        for module, flag in flags:
            module.training = flag


def _shapes(objective: Objective, traced: fx.GraphModule, arguments: list[Any]) -> dict[str, tuple[int, ...]]:
    """Run a traced network at the objective's parameters and note the shape of every tensor by its node."""
    found: dict[str, tuple[int, ...]] = {}

    def run(network: nn.Module) -> None:
        class Recorder(fx.Interpreter):
            def run_node(self, n: fx.Node) -> Any:
                result = super().run_node(n)
                if isinstance(result, Tensor):
                    found[n.name] = tuple(result.shape)
                return result

            def get_attr(self, target: Any, args: Any, kwargs: Any) -> Any:
                try:  # the objective's tensors, not those of the user's model
                    return operator.attrgetter(target)(network)
                except AttributeError:
                    return super().get_attr(target, args, kwargs)

        with objective.forward_arithmetic():
            Recorder(traced).run(*arguments)

    with torch.no_grad():
        objective.run(run, objective.parameters)
    return found


def given_axes(spec: Spec, tensors: Mapping[str, Tensor]) -> dict[str, tuple[Axis, ...]]:
    """Return the axes that a user's spec describes."""
    numbers: dict[str, int] = {}
    sizes: dict[str, tuple[int, str]] = {}
    axes: dict[str, tuple[Axis, ...]] = {}
    for name, entries in spec.items():
        if name not in tensors:
            raise ValueError(
                f"The spec names {name!r}, which the model has not: give names of its parameters or buffers."
            )
        shape = tuple(tensors[name].shape)
        if isinstance(entries, str) or len(entries) != len(shape):
            raise ValueError(f"The spec has {entries!r} for {name!r} of shape {shape}: give one entry per dimension.")
        found: list[Axis] = []
        for entry, long in zip(entries, shape, strict=True):
            if entry is None:
                found.append(plain(long))
                continue
            group, inner = entry if isinstance(entry, tuple) else (entry, 1)
            size, remainder = divmod(long, inner)
            known, where = sizes.setdefault(group, (size, name))
            if remainder or size != known:
                raise ValueError(
                    f"The spec gives group {group!r} {long}/{inner} units in {name!r} and {known} in {where!r}: "
                    "give one number of units to a group."
                )
            found.append((Segment(numbers.setdefault(group, len(numbers)), size, 1, inner),))
        axes[name] = tuple(found)
    return {name: found for name, found in axes.items() if any(s.group is not None for axis in found for s in axis)}


def first_call(point: Objective) -> tuple[tuple[Any, ...], dict[str, Any], Any] | None:
    """Return arguments and result of the first call of the model on the first batch."""
    calls: list[tuple[tuple[Any, ...], dict[str, Any], Any]] = []

    def note(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        calls.append((args, kwargs, result))

    def run(network: nn.Module) -> None:
        batch, _ = next(iter(point.batches()))
        handle = network.register_forward_hook(note, with_kwargs=True)
        try:
            point.loss(network, batch)
        finally:
            handle.remove()

    with torch.no_grad():
        point.run(run, point.parameters)
    return calls[0] if calls else None
