"""Find trainable parameters that the loss does not depend on, and the likely cause.

A model may compute without some of its parameters in eval mode: low-rank adapters merged into the weights, a weight
cached at the last call. They then have zero rows in every matrix, and the rest is measured as if they were constants.
"""

from __future__ import annotations

import copy
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.func import functional_call

from landscape._common.random import preserve_rng
from landscape.objective.batching import first_rows
from landscape.objective.data import Batch
from landscape.objective.differentiability import graph_nodes

if TYPE_CHECKING:
    from landscape.objective.objective import Objective

__all__ = ["warn_of_unreached"]

NAMED = 3
"""Parameters that a warning names."""


def warn_of_unreached(objective: Objective) -> tuple[str, ...]:
    """Return the names of the trainable parameters that get no gradient on any batch.

    Costs one gradient of a few samples where all get one, and a pass over the data where some do not.

    Warns
    -----
    UserWarning
        If `.backward()` reaches any of them in the model as it is, or in training mode, or before adapters were merged.
    """
    first = next(iter(objective.batches()))[0]
    few = first_rows(first) or first
    missing = set(objective.parameters)
    with suppress(Exception):  # not every loss takes few samples
        missing -= _reached(objective, few, missing)
    for batch, _ in objective.batches():
        if not missing:
            return ()
        missing -= _reached(objective, batch, missing)
    if not missing:
        return ()
    names = tuple(name for name in objective.parameters if name in missing)
    # Heads of other tasks are not used by any means; what another state of the model uses is missing here.
    if elsewhere := (
        _merged(objective, missing) or _kept(objective, few, missing) or _reached_elsewhere(objective, few, missing)
    ):
        warnings.warn(_words(names, elsewhere), stacklevel=3)
    return names


def _words(names: tuple[str, ...], elsewhere: str) -> str:
    shown = ", ".join(map(repr, names[:NAMED])) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return (
        f"{len(names)} trainable parameter{'s get' if len(names) > 1 else ' gets'} no gradient: {shown}. {elsewhere}, "
        "so what is measured holds for the model without them: unmerge adapters before building the objective "
        "(model.train() in loralib, model.unmerge_adapter() in peft), or compute from the parameters in eval mode as "
        "well; if they are not meant to be varied, freeze them with requires_grad_(False)."
    )


def _reached(objective: Objective, batch: Batch, names: set[str]) -> set[str]:
    """Return which of the parameters get a gradient, in the objective's own evaluation."""
    leaves = objective.leaves()
    wanted = [name for name in leaves if name in names]

    def run(model: nn.Module) -> set[str]:
        loss = objective.loss(model, batch)
        if not loss.requires_grad:
            return set()
        found = torch.autograd.grad(loss, [leaves[name] for name in wanted], allow_unused=True)
        return {name for name, part in zip(wanted, found, strict=True) if part is not None}

    with torch.enable_grad():
        return objective.run(run, leaves)


def _reached_elsewhere(objective: Objective, batch: Batch, names: set[str]) -> str:
    """Return a sentence on the state of the model in which `.backward()` reaches some of the parameters, or None."""
    model = objective.run(lambda model: model, objective.parameters)  # after which its flags are the user's again
    try:  # on copies, because a forward pass in training mode writes to more than buffers
        if any(module.training for module in model.modules()) and _backward(
            objective, copy.deepcopy(model), batch, names
        ):
            return ".backward() reaches them in the model as it is, but the objective's eval mode computes without them"
        if _backward(objective, copy.deepcopy(model).train(), batch, names):
            return ".backward() reaches them in training mode, but the model computes without them in eval mode"
    except Exception:  # a model that cannot be copied, or does not run on a few samples in training mode
        return ""
    return ""


def _merged(objective: Objective, names: set[str]) -> str:
    """Return a sentence if some of the parameters are adapters merged into the weights, as loralib and peft mark it."""
    model = objective.run(lambda model: model, objective.parameters)
    merged = [name for name, module in model.named_modules() if getattr(module, "merged", False) is True]
    found = any(name.startswith(f"{prefix}." if prefix else "") for prefix in merged for name in names)
    return "They belong to adapters that are merged into the weights" if found else ""


def _kept(objective: Objective, batch: Batch, names: set[str]) -> str:
    """Return a sentence if the loss depends on former tensors of some parameters, by values computed before."""
    model = objective.run(lambda model: model, objective.parameters)
    own = [p for name, p in model.named_parameters() if name in names]
    former = {t.data_ptr() for t in (*own, *(objective.parameters[name] for name in names))}

    def run(model: nn.Module) -> bool:
        loss = objective.loss(model, batch)
        held = (getattr(node, "variable", None) for node in graph_nodes([loss.grad_fn]))
        return any(variable.data_ptr() in former for variable in held if variable is not None)

    try:
        with torch.enable_grad():
            kept = objective.run(run, objective.leaves())
    except Exception:  # not every loss takes few samples
        return ""
    return "The model keeps values that it computed from them at a former call, and takes these instead" if kept else ""


def _backward(objective: Objective, model: nn.Module, batch: Batch, names: set[str]) -> bool:
    """Whether a gradient reaches some of the parameters in a model with its own flags."""
    leaves = objective.leaves()
    wanted = [leaf for name, leaf in leaves.items() if name in names]
    tensors = {name: tensor.clone() for name, tensor in objective.constants.items()} | leaves
    holder = _Holder(model)
    with preserve_rng(objective.device), torch.enable_grad():
        inside = {f"model.{name}": tensor for name, tensor in tensors.items()}
        loss = functional_call(holder, inside, (objective, batch))
        return loss.requires_grad and any(g is not None for g in torch.autograd.grad(loss, wanted, allow_unused=True))


class _Holder(nn.Module):
    """Module for `functional_call` that swaps a model's tensors around the loss."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, objective: Objective, batch: Batch) -> torch.Tensor:
        """Return the loss of the model."""
        return objective.loss(self.model, batch)
