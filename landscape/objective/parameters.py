"""Trainable parameters of a model, as mappings from name to tensor and as flat vectors, and its constants."""

import copy
import difflib
import fnmatch
import functools
import os
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter


class ParameterSpace:
    """The trainable parameters that an objective is a function of, at one point, and the constants of its model.

    Parameters
    ----------
    model : torch.nn.Module
        Whose values are copied.
    device : torch.device or str, optional
        Default: that of the first parameter.
    dtype : torch.dtype, optional
        For all floating-point values; default: their own.
    local : callable, optional
        `local(tensor)`, what this process holds of a tensor of the model; by default all of it.

    Attributes
    ----------
    parameters : dict of str to Tensor
        Detached copies of the trainable parameters, in the order of `model.named_parameters()`.
    num_parameters : int
    device : torch.device
    dtype : torch.dtype
        Type of flat vectors: the parameters' common one.
    cast : torch.dtype or None
        Type that all floating-point values were converted to, if any.
    buffers : frozenset of str
        Which of the constants are buffers of the model.
    held_constant : tuple of str
        Trainable parameters that `restrict` made constants.

    Raises
    ------
    ValueError
        If no parameter is trainable, or one is complex.
    """

    def __init__(
        self,
        model: nn.Module,
        device: torch.device | str | None,
        dtype: torch.dtype | None,
        local: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise ValueError(f"The model is a {type(model).__name__}: give the torch.nn.Module itself.")
        _check_device(device)
        trainable = {name: p for name, p in model.named_parameters() if p.requires_grad}
        if not trainable:
            raise ValueError(
                "The model has no trainable parameters (none requires a gradient): "
                "call requires_grad_(True) on those to vary."
            )
        for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
            if isinstance(tensor, (UninitializedParameter, UninitializedBuffer)):
                raise ValueError(
                    f"The weights {name!r} have no shape yet, as those of lazy modules: call the model on a batch "
                    f"first."
                )
            if tensor.is_meta:
                raise ValueError(
                    f"The weights {name!r} are on the meta device, which holds shapes and no numbers: load some first, "
                    "such as by model.load_state_dict(state, assign=True)."
                )
        if any(p.is_complex() for p in trainable.values()):
            raise ValueError("The model has complex parameters: give it real ones (view_as_real).")
        self.device = torch.device(device) if device is not None else next(iter(trainable.values())).device
        self.cast = dtype
        self._local = local
        self._aliases = _second_names(model)
        self.parameters: dict[str, Tensor] = {name: self._copy(p) for name, p in trainable.items()}
        constants = {name: p for name, p in model.named_parameters() if name not in trainable} | dict(
            model.named_buffers()
        )
        self._constants: dict[str, Tensor] = {name: self._copy(tensor) for name, tensor in constants.items()}
        self.buffers = frozenset(name for name, _ in model.named_buffers())
        self.held_constant: tuple[str, ...] = ()
        self._measure()

    @property
    def constants(self) -> Mapping[str, Tensor]:
        """Frozen parameters and buffers of the model."""
        return MappingProxyType(self._constants)

    @property
    def is_restricted(self) -> bool:
        """Whether some of the trainable parameters are held constant."""
        return bool(self.held_constant)

    def at(self, state: Mapping[str, Tensor]) -> Self:
        """Return the space at other weights; see `Objective.at`.

        Raises
        ------
        ValueError
            For missing, unknown or mis-shaped entries.
        """
        _check_mapping(state, "state")
        state = {name.removeprefix("_orig_mod."): tensor for name, tensor in state.items()}  # of a compiled model
        aliases = {alias: name for alias, name in self._aliases.items() if alias in state}
        for alias, name in aliases.items():
            one, two = state.setdefault(name, state[alias]), state[alias]
            # Weights of a diverged run hold NaN, which here equals itself.
            if one.shape != two.shape or not torch.allclose(one, two.to(one), rtol=0, atol=0, equal_nan=True):
                raise ValueError(f"The state has different values for the tied weights {alias!r} and {name!r}.")
        known = self.parameters.keys() | self._constants.keys() | aliases.keys()
        if missing := [name for name in self.parameters if name not in state]:
            raise ValueError(
                f"The state lacks the trainable parameter {missing[0]!r} ({len(missing)} missing)."
                + _prefix_hint(missing[0], state)
            )
        if extra := [name for name in state if name not in known]:
            raise ValueError(f"The state has an entry {extra[0]!r} that the model has not ({len(extra)} such).")
        other = copy.copy(self)
        other.parameters = {name: self._checked_copy(name, old, state[name]) for name, old in self.parameters.items()}
        other._constants = {
            name: self._checked_copy(name, old, state[name]) if name in state else old
            for name, old in self._constants.items()
        }
        return other

    def restrict(self, *patterns: str) -> Self:
        """Return the space of some of the trainable parameters, the others constant; see `Objective.restrict`.

        Raises
        ------
        ValueError
            For a pattern that no trainable parameter fits; the message has the nearest names.
        """
        names = matching(patterns, self.parameters, self._aliases)
        other = copy.copy(self)
        other.parameters = {name: self.parameters[name] for name in names}
        held = {name: p for name, p in self.parameters.items() if name not in other.parameters}
        other.held_constant = (*self.held_constant, *held)
        other._constants = self._constants | held
        other._measure()
        return other

    def flatten(self, direction: Mapping[str, Tensor]) -> Tensor:
        """Return the entries of a mapping from parameter name to tensor as one vector of shape (num_parameters,).

        Raises
        ------
        ValueError
            For missing, unknown or mis-shaped entries.
        """
        self.check(direction, "direction")
        return torch.cat([direction[n].reshape(-1).to(self.device, self.dtype) for n in self.parameters])

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """Return a vector of shape (num_parameters,) as a mapping from parameter name to tensor.

        Raises
        ------
        ValueError
            If the vector is no tensor, or has another shape.
        """
        if not isinstance(vector, Tensor):
            raise ValueError(
                f"The vector is a {type(vector).__name__}: give a tensor of shape ({self.num_parameters},)."
            )
        if vector.shape != (self.num_parameters,):
            raise ValueError(f"The vector has shape {tuple(vector.shape)}, not ({self.num_parameters},).")
        parts = vector.split([p.numel() for p in self.parameters.values()])
        return {n: part.view(p.shape).to(p.dtype) for (n, p), part in zip(self.parameters.items(), parts, strict=True)}

    def check(self, mapping: Mapping[str, Tensor], what: str) -> None:
        """Raise ValueError unless `mapping` has exactly the trainable parameters' names and shapes."""
        _check_mapping(mapping, what)
        if mapping.keys() != self.parameters.keys():
            missing = [name for name in self.parameters if name not in mapping]
            extra = [name for name in mapping if name not in self.parameters]
            raise ValueError(
                f"The {what} does not have exactly the trainable parameters' names: "
                f"missing {missing[:3]}, unknown {extra[:3]}."
            )
        for name, parameter in self.parameters.items():
            if mapping[name].shape != parameter.shape:
                raise ValueError(
                    f"The {what} has shape {tuple(mapping[name].shape)} for {name!r}, "
                    f"whose parameter has shape {tuple(parameter.shape)}."
                )

    def given(self, parameters: Mapping[str, Tensor] | None) -> Mapping[str, Tensor]:
        """Return parameters that are given, on the right device and in the right types; None gives the space's own."""
        if parameters is None:
            return self.parameters
        self.check(parameters, "parameter mapping")
        return {name: parameters[name].to(old.device, old.dtype) for name, old in self.parameters.items()}

    def leaves(self, parameters: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """Return tensors that require gradients, to be passed to `run`; they share memory with the parameters."""
        return {name: p.detach().requires_grad_() for name, p in self.given(parameters).items()}

    def tensors(self, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return all that the model computes with: these parameters, and the constants.

        Buffers are copies, because a forward pass may write to them: each evaluation starts from the same ones.
        """
        constants = {name: t.clone() if name in self.buffers else t for name, t in self._constants.items()}
        return constants | dict(parameters)

    def squared_norm(self, parameters: Mapping[str, Tensor]) -> float:
        """Return the squared norm of all trainable parameters, of which those held constant are the space's own."""
        every = [*parameters.values(), *(self._constants[name] for name in self.held_constant)]
        return sum(float(p.detach().double().square().sum()) for p in every)

    def in_dtype(self, dtype: torch.dtype) -> Self:
        """Return the same point with all floating-point values in another type, as copies."""
        other = copy.copy(self)
        other.cast = dtype
        other.parameters = {name: other._copy(p) for name, p in self.parameters.items()}
        other._constants = {name: other._copy(tensor) for name, tensor in self._constants.items()}
        other._measure()
        return other

    def _measure(self) -> None:
        self.num_parameters = sum(p.numel() for p in self.parameters.values())
        self.dtype = functools.reduce(torch.promote_types, (p.dtype for p in self.parameters.values()))

    def _copy(self, tensor: Tensor) -> Tensor:
        tensor = self._local(tensor) if self._local else tensor
        dtype = self.cast if self.cast and tensor.is_floating_point() else tensor.dtype
        return tensor.detach().to(self.device, dtype, copy=True)

    def _checked_copy(self, name: str, old: Tensor, new: Tensor) -> Tensor:
        if new.shape != old.shape:
            raise ValueError(f"The state has shape {tuple(new.shape)} for {name!r}, the model {tuple(old.shape)}.")
        if new.is_meta:
            raise ValueError(
                f"The state has {name!r} on the meta device, which holds no numbers: load the state on another."
            )
        return new.detach().to(self.device, old.dtype, copy=True)


def matching(patterns: Iterable[str], names: Iterable[str], aliases: Mapping[str, str]) -> list[str]:
    """Return the parameters that match any pattern, in the order of `names`.

    Parameters
    ----------
    patterns : iterable of str
        Exact names, module prefixes, or shell patterns.
    names : iterable of str
    aliases : mapping of str to str
        Further names of tied parameters, with the first one.

    Raises
    ------
    ValueError
        Without patterns, and for a pattern that fits none.
    """
    names = list(names)
    every = {name: name for name in names} | {alias: name for alias, name in aliases.items() if name in names}
    chosen: set[str] = set()
    patterns = tuple(patterns)
    if not patterns:
        raise ValueError(f"No parameters are chosen: give names or patterns such as {names[0]!r}.")
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise ValueError(f"The pattern {pattern!r} is a {type(pattern).__name__}: give parameter names as strings.")
        fitting = {every[n] for n in every if n.startswith(f"{pattern}.") or fnmatch.fnmatchcase(n, pattern)}
        if not fitting:
            modules = {name[:end] for name in every for end, letter in enumerate(name) if letter == "."}
            near = difflib.get_close_matches(pattern, sorted(every.keys() | modules), n=3, cutoff=0.3) or names[:3]
            raise ValueError(f"No trainable parameter fits {pattern!r}: the nearest names are {', '.join(near)}.")
        chosen |= fitting
    return [name for name in names if name in chosen]


def _second_names(model: nn.Module) -> dict[str, str]:
    """Return the second names of tied tensors with the first ones."""
    first: dict[int, str] = {}
    every = [*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)]
    return {name: first[id(t)] for name, t in every if first.setdefault(id(t), name) != name}


def _check_mapping(mapping: Any, what: str) -> None:
    """Raise ValueError unless `mapping` goes from names to tensors."""
    if not isinstance(mapping, Mapping):
        hint = "such as objective.unflatten(vector)"
        if hasattr(mapping, "vectors"):
            hint = "such as one of its vectors, .vectors[0]"
        elif isinstance(mapping, nn.Module):
            hint = "such as its .state_dict()"
        elif isinstance(mapping, (str, os.PathLike)):
            hint = "such as landscape.trajectory.Checkpoint(path)"
        raise ValueError(
            f"The {what} is a {type(mapping).__name__}: give a mapping from parameter name to tensor, {hint}."
        )
    for name, tensor in mapping.items():
        if not isinstance(tensor, Tensor):
            raise ValueError(f"The {what} has a {type(tensor).__name__} for {name!r}: give a tensor.")


def _check_device(device: Any) -> None:
    """Raise ValueError unless `device` is one that this machine has."""
    if device is None:
        return
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError):
        raise ValueError(f"device is {device!r}: give 'cpu', 'cuda', 'cuda:0' or the like.") from None
    if found.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device is {device!r}, but torch finds no CUDA device here: give 'cpu'.")
    try:
        torch.empty(1, device=found).sum().item()
    except Exception as error:  # every backend has a way of its own to say so
        reason = str(error).splitlines()[0].split(". ")[0]
        raise ValueError(f"device is {device!r}, on which torch cannot compute here ({reason}): give 'cpu'.") from None


def _prefix_hint(name: str, state: Mapping[str, Any]) -> str:
    """Return which prefix to strip where a wrapper such as DistributedDataParallel added one to all names."""
    longer = next((key for key in state if isinstance(key, str) and key.endswith(f".{name}")), None)
    if longer is None:
        return ""
    prefix = longer.removesuffix(name)
    return (
        f" It has {longer!r}: strip {prefix!r} from its names, or read its file by "
        f"Checkpoint(path, strip_prefix={prefix!r})."
    )
