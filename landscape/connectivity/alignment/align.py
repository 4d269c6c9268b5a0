"""Permute the hidden units of one network to match another's, so that the two can be interpolated (Git Re-Basin)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, check_on_interrupt, deliver
from landscape._common.summaries import Summarized, Summary
from landscape._common.validation import as_integer
from landscape.connectivity.alignment.permutation_groups import Axis
from landscape.connectivity.alignment.tracing import Spec, Unknown, first_call, given_axes, network_of, traced_axes
from landscape.connectivity.alignment.weight_matching import Matching, permuted
from landscape.connectivity.models import Model, at_model
from landscape.objective.data import tensors_of
from landscape.objective.objective import Objective

_ROUNDING = 2**10
"""Spacings of the outputs' numbers by which sums in another order may differ, relative to the largest output."""


@dataclass(frozen=True, eq=False, repr=False)
class Alignment(Summarized):
    """A network with permuted units, and its distance to the one it was aligned with.

    Attributes
    ----------
    state : dict of str to Tensor
        The second model's state, permuted: the same function, batch-norm statistics included.
    permutations : dict of str to ndarray
        By group: unit i of the aligned network is unit p[i] of the second model.
    groups : dict of str to list of str
        The dimensions that are permuted together, as "name[dimension]".
    distance_before, distance_after : float
        Euclidean distance of the two models' parameters.
    converged : bool
        Whether no group could be improved any more with the others held: a local optimum, as the method gives.
    output_error : float
        Largest difference between outputs before and after on the data, relative to the largest output.
    message : str
        What happened.
    protocol : dict
        How it was done (JSON-able).

    Examples
    --------
    >>> found = ls.connectivity.align(loss, model, other)
    >>> found.distance_after <= found.distance_before and found.output_error < 1e-5
    True
    >>> found.groups  # which dimensions are permuted together
    {'group 0': ['0.weight[0]', '0.bias[0]', '2.weight[1]']}
    """

    state: dict[str, Tensor] = field(repr=False)
    permutations: dict[str, NDArray[np.int64]] = field(repr=False)
    groups: dict[str, list[str]] = field(repr=False)
    distance_before: float
    distance_after: float
    converged: bool
    output_error: float
    message: str
    protocol: dict[str, Any] = field(repr=False)

    def _summary(self) -> Summary:
        rows = [
            (group, len(order), int((order != np.arange(len(order))).sum()), ", ".join(self.groups.get(group, ())))
            for group, order in self.permutations.items()
        ]
        return Summary(
            f"distance {self.distance_before:.4g} before, {self.distance_after:.4g} after; "
            + ("a local optimum" if self.converged else "not converged"),
            ("group", "units", "moved", "dimensions"),
            rows,
            [self.message, f"Outputs differ by {self.output_error:.2g} of the largest one."],
            {"Protocol": self.protocol},
        )


@guessable
def align(
    model: Objective | nn.Module,
    a: Model,
    b: Model,
    *,
    spec: Spec | None = None,
    inputs: Any = None,
    unknown: Unknown = "refuse",
    restarts: int = 1,
    max_sweeps: int = 100,
    seed: int = 0,
    on_interrupt: OnInterrupt = "raise",
) -> Alignment:
    r"""Permute the hidden units of b so that its weights are nearest to those of a, without changing its function.

    Weight matching by coordinate descent (Ainsworth et al. 2023, arXiv 2209.04836, algorithm 1): with the other groups
    held, the best order of one group of channels is a linear assignment problem, which is solved exactly. It starts
    from the order given, and from groups matched one after another from the input on, with what is not yet matched
    left out; the nearer result is kept.

    Parameters
    ----------
    model : Objective or torch.nn.Module
        The network, left as it is. Which channels can be permuted together is found by tracing it with torch.fx.
    a, b : Objective, torch.nn.Module or mapping of str to Tensor
        States of that network.
    spec : mapping of str to sequence, optional
        For networks that cannot be traced: parameter or buffer name to one entry per dimension, which is the name of
        its group, None for a fixed order, or (name, k) if each unit stands for k consecutive positions (a linear layer
        after the flattening of k pixels). Names that are left out are not permuted.
    inputs : tensor or tuple of tensors, optional
        With a module: arguments of its call, on which the aligned network is compared. An objective has data.
    unknown : {"refuse", "fix"}
        What to do at an operation whose effect on the order of channels is not known: refuse with its name, or leave
        in order what goes into it.
    restarts : int
        Further starts from random orders.
    max_sweeps : int
        Over all groups, for each start.
    seed : int
        Of the order in which groups are taken, and of the further starts.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` has the best orders so far, not converged, or
        return that.

    Returns
    -------
    Alignment

    Raises
    ------
    ValueError
        If the models do not fit or are not finite, if the network cannot be traced or has an operation that is not
        understood, for a spec that does not fit, or if the permuted network gives other outputs.

    Examples
    --------
    >>> order = torch.tensor([3, 0, 1, 2, 7, 6, 5, 4])  # the same function, its hidden units in another order
    >>> shuffled = dict(model.state_dict())
    >>> shuffled |= {name: shuffled[name][order] for name in ("0.weight", "0.bias")}
    >>> shuffled["2.weight"] = shuffled["2.weight"][:, order]
    >>> found = ls.connectivity.align(loss, model, shuffled)
    >>> round(found.distance_after, 6), found.distance_before > 1
    (0.0, True)
    """
    check_on_interrupt(on_interrupt)
    for name, number, least in (("restarts", restarts, 0), ("max_sweeps", max_sweeps, 1)):
        if as_integer(number) is None or number < least:
            raise ValueError(f"{name} is {number!r}: give an integer of at least {least}.")
    if unknown not in get_args(Unknown):
        raise ValueError(f'unknown is {unknown!r}: choose "refuse" or "fix".')
    objective = _objective(model, inputs)
    first, second = at_model(objective, a, "first model"), at_model(objective, b, "second model")
    for end, word in ((first, "first"), (second, "second")):
        if bad := [name for name, p in end.parameters.items() if not torch.isfinite(p).all()]:
            raise ValueError(f"The {word} model has non-finite values in {bad[0]!r} (a diverged run?): leave it out.")
    network = network_of(objective)
    left: list[str] = []
    if spec is None:
        axes, left = traced_axes(objective, network, unknown)
    else:
        axes = given_axes(spec, second.parameters | dict(second.constants))
    if not axes:
        raise ValueError("No units of the network can be permuted: there is nothing to align.")
    weights = {name for name, _ in network.named_parameters()}
    tensors = {n: (_tensor(first, n), _tensor(second, n)) for n in axes if n in weights}
    others = [n for n in second.parameters if n not in tensors]
    apart = sum(float((_tensor(first, n) - _tensor(second, n)).square().sum()) for n in others)
    matching = Matching(tensors, {name: axes[name] for name in tensors}, seed)
    best = matching.solve(as_integer(restarts) or 0, as_integer(max_sweeps) or 1)
    moved = {
        n: permuted(t, axes[n], best.orders)
        for n, t in (second.parameters | dict(second.constants)).items()
        if n in axes
    }
    error = _compare(second, moved, given=spec is not None)
    before, after = (float(np.sqrt(max(apart + d, 0.0))) for d in (matching.distance(), best.distance))
    dimensions = _dimensions(axes)
    names = _group_names(dimensions, spec, axes)
    message = (
        f"{len(dimensions)} groups; distance {before:.4g} before, {after:.4g} after; "
        + ("interrupted" if best.interrupted else f"{best.sweeps} sweeps")
        + ("" if best.converged or best.interrupted else ", still improving: raise max_sweeps")
        + (f"; left in order before {', '.join(left)}" if left else "")
    )
    protocol = {
        "measure": "permutation alignment",
        "method": "weight matching (Ainsworth et al. 2023), with a start from the input on",
        "groups": {names[g]: places for g, places in dimensions.items()},
        "found_by": "torch.fx" if spec is None else "spec",
        "left_in_order": left,
        "distance_before": before,
        "distance_after": after,
        "sweeps": best.sweeps,
        "starts": 2 + restarts,
        "converged": best.converged,
        "output_error": error,
        "seed": seed,
        "message": message,
    }
    found = Alignment(
        state=_with_state(b, network, axes, best.orders),
        permutations={names[g]: best.orders[g] for g in dimensions},
        groups={names[g]: places for g, places in dimensions.items()},
        distance_before=before,
        distance_after=after,
        converged=best.converged,
        output_error=error,
        message=message,
        protocol=protocol,
    )
    return deliver(found, best.interrupted, on_interrupt)


def _objective(model: Any, inputs: Any) -> Objective:
    """Return the objective itself, or an objective of a module with its inputs."""
    if isinstance(model, Objective):
        if model.is_sharded:
            raise ValueError("The objective's parameters are spread over ranks: align whole models, in one process.")
        return model.with_batchnorm("frozen")
    if not isinstance(model, nn.Module):
        raise ValueError(f"model is a {type(model).__name__}: give the network as a module or an Objective.")
    if inputs is None:
        raise ValueError(
            "The aligned network is compared on data: pass inputs=, arguments of the module, or an Objective."
        )
    batch = inputs if isinstance(inputs, tuple) else (inputs,)

    def loss(network: nn.Module, batch: Any) -> Tensor:
        return sum((t.double().square().mean() for t in _floats(network(*batch))), torch.zeros(()))

    return Objective(model, loss=loss, data=[batch], count=lambda _: 1, check_deterministic=False)


def _tensor(point: Objective, name: str) -> Tensor:
    tensor = point.parameters[name] if name in point.parameters else point.constants[name]
    return tensor.detach().cpu().double()


def _dimensions(axes: Mapping[str, tuple[Axis, ...]]) -> dict[int, list[str]]:
    """Return the dimensions of each group, in the order of the network."""
    found: dict[int, list[str]] = {}
    for name, dims in axes.items():
        for d, axis in enumerate(dims):
            for group in dict.fromkeys(s.group for s in axis if s.group is not None):
                found.setdefault(group, []).append(f"{name}[{d}]")
    return found


def _group_names(
    dimensions: Mapping[int, list[str]], spec: Spec | None, axes: Mapping[str, tuple[Axis, ...]]
) -> dict[int, str]:
    if spec is None:
        return {group: f"group {i}" for i, group in enumerate(dimensions)}
    names: dict[int, str] = {}
    for name, dims in axes.items():
        for entry, axis in zip(spec[name], dims, strict=True):
            if entry is not None and axis[0].group is not None:
                names[axis[0].group] = entry[0] if isinstance(entry, tuple) else entry
    return names


def _compare(second: Objective, moved: Mapping[str, Tensor], *, given: bool) -> float:
    """Return the largest relative difference of the outputs, or raise ValueError if it exceeds rounding."""
    before, after = (_outputs(point) for point in (second, second.at(second.parameters | dict(moved))))
    scale = max((float(t.abs().max()) for t in before if t.numel()), default=0.0)
    error = max((float((t - u).abs().max()) for t, u in zip(before, after, strict=True) if t.numel()), default=0.0)
    error = error / scale if scale else error
    if not error <= _ROUNDING * second.rounding:
        cause = "the spec ties what does not belong together" if given else "an operation mixes the order of channels"
        raise ValueError(
            f"The permuted network gives outputs that differ by {error:.3g} of the largest one, more than rounding: "
            f"{cause}; pass {'another' if given else 'a'} spec=."
        )
    return error


def _outputs(point: Objective) -> list[Tensor]:
    """Return the outputs of the network on the first batch, or the loss if there are none to compare."""
    call = first_call(point)
    if call is None:
        return [torch.tensor([point.value()], dtype=torch.float64)]
    return [t.double() for t in _floats(call[2])]


def _floats(nested: Any) -> list[Tensor]:
    return [t for t in tensors_of(nested) if t.is_floating_point()]


def _with_state(
    b: Model, network: nn.Module, axes: Mapping[str, tuple[Axis, ...]], orders: Mapping[int, NDArray[np.int64]]
) -> dict[str, Tensor]:
    """Return b's state under its own names and in its own types, permuted."""
    if isinstance(b, Objective):
        state: Mapping[str, Tensor] = b.parameters | dict(b.constants)
    else:
        state = getattr(b, "_orig_mod", b).state_dict() if isinstance(b, nn.Module) else b
    named = [*network.named_parameters(remove_duplicate=False), *network.named_buffers(remove_duplicate=False)]
    first: dict[int, str] = {}
    names = {name: first.setdefault(id(tensor), name) for name, tensor in named}
    result = {}
    for name, tensor in state.items():
        canonical = names.get(name.removeprefix("_orig_mod."), name)
        copied = tensor.detach().clone()
        result[name] = permuted(copied, axes[canonical], orders) if canonical in axes else copied
    return result
