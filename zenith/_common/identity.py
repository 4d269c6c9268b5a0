"""What an object made in a session is, for names that two sessions agree on: its code and values, never its address.

A function is described by its compiled code, the values its closure holds, its defaults, and the globals it reads; a
class by its members and bases; what an installed package provides by its name and version; arrays by a hash. Compiled
code, because that is what runs: the text of a file may have changed since. It does not depend on comments or lines, but
on Python's version; what is loaded from a file (`zenith._common.loading`) is described by that file instead.
"""

from __future__ import annotations

import dis
import functools
import hashlib
import json
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

__all__ = ["describe", "digest", "tensor_bytes"]

_OWN = ("zenith", "landscape")
DEEPEST = 100
"""Levels below which an object is described by its class alone."""
_SKIPPED = {
    "__dict__",
    "__weakref__",
    "__doc__",
    "__module__",
    "__firstlineno__",
    "__slotnames__",  # left in a class by copying its objects
    "__static_attributes__",
    "__qualname__",
}


def digest(description: Any) -> str:
    """Return SHA-256 of a JSON-able description, as a hexadecimal string."""
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()


def describe(value: Any) -> Any:
    """Return JSON-able values that are the same wherever and whenever the same `value` is made.

    An object that holds nothing to describe it by (a generator, a lock) is described by its class alone.
    """
    return _Describer().of(value)


class _Describer:
    def __init__(self) -> None:
        self._within: list[int] = []  # what is being described, from the outermost in
        self._done: dict[int, tuple[Any, Any]] = {}  # the object as well, so that no address is used twice

    def of(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, float | complex | bytes | range | PurePath) or value is Ellipsis:
            return {type(value).__name__: repr(value)}
        if isinstance(value, types.FunctionType) and getattr(value, "hooked", False):
            value = getattr(value, "__wrapped__", value)  # torch puts a profiler around the step of a class once used
        if len(self._within) > DEEPEST:
            return {"class": f"{type(value).__module__}.{type(value).__qualname__}"}
        if id(value) in self._within:
            return {"again": len(self._within) - self._within.index(id(value))}
        if id(value) not in self._done:
            self._within.append(id(value))
            self._done[id(value)] = value, self._of_object(value)
            self._within.pop()
        return self._done[id(value)][1]

    def _of_object(self, value: Any) -> Any:
        array = _array(value)
        if array is not None:
            return array
        if isinstance(value, Mapping):
            return {"mapping": [[self.of(key), self.of(item)] for key, item in value.items()]}
        if isinstance(value, list | tuple):
            return [self.of(item) for item in value]
        if isinstance(value, set | frozenset):
            return {"set": sorted(json.dumps(_Describer().of(item), sort_keys=True) for item in value)}
        if isinstance(value, types.ModuleType):
            return {"module": value.__name__, "version": _version(value.__name__)}
        if isinstance(value, types.CodeType):
            return self._code(value)
        if isinstance(value, functools.partial):
            return {"partial": [self.of(value.func), self.of(value.args), self.of(value.keywords)]}
        if isinstance(value, types.MethodType):
            return {"method": [self.of(value.__self__), self.of(value.__func__)]}
        if isinstance(value, staticmethod | classmethod):
            return {type(value).__name__: self.of(value.__func__)}
        if isinstance(value, property):
            return {"property": [self.of(value.fget), self.of(value.fset)]}
        if _named(value):
            # What types in C define, such as str.upper and object.__init__, says only whose it is.
            owner = getattr(value, "__objclass__", None)
            module = getattr(value, "__module__", None) or getattr(owner, "__module__", None) or "builtins"
            return {"name": f"{module}.{value.__qualname__}", "version": _version(module)}
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, type):
            members = {name: self.of(item) for name, item in sorted(vars(value).items()) if name not in _SKIPPED}
            return {"class": value.__qualname__, "bases": self.of(value.__bases__), "members": members}
        held = getattr(value, "__dict__", None)
        slots = [name for cls in type(value).__mro__ for name in _slots(cls) if hasattr(value, name)]
        state = {**(held or {}), **{name: getattr(value, name) for name in slots}}
        return {"object": self.of(type(value)), "state": {str(name): self.of(item) for name, item in state.items()}}

    def _function(self, function: types.FunctionType) -> Any:
        cells = {}
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                cells[name] = self.of(cell.cell_contents)
            except ValueError:  # not bound yet
                cells[name] = None
        read = sorted(set(_globals(function.__code__)) & function.__globals__.keys())
        return {
            "function": self.of(function.__code__),
            "closure": cells,
            "defaults": [self.of(function.__defaults__), self.of(function.__kwdefaults__)],
            "globals": {name: self.of(function.__globals__[name]) for name in read},
        }

    def _code(self, code: types.CodeType) -> Any:
        names = [list(names) for names in (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)]
        counts = [code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags]
        binary = hashlib.sha256(code.co_code + b"|" + code.co_exceptiontable).hexdigest()
        return {"code": binary, "names": names, "counts": counts, "constants": [self.of(c) for c in code.co_consts]}


def _named(value: Any) -> bool:
    """Whether an installed package provides `value`, so that its name says what it is."""
    if not isinstance(value, type | types.FunctionType | types.BuiltinFunctionType | types.WrapperDescriptorType):
        return callable(value) and not hasattr(value, "__dict__") and hasattr(value, "__qualname__")
    if not isinstance(value, type | types.FunctionType):
        return True
    if "<" in value.__qualname__:  # made in a function: its closure counts
        return False
    top = (value.__module__ or "").partition(".")[0]
    if top in _OWN:  # but for users' files, whose modules' names begin with ours
        return not value.__module__.startswith("zenith._common.loading.")
    if top in sys.stdlib_module_names and top != "__main__":
        return True
    file = getattr(sys.modules.get(value.__module__), "__file__", None) or ""
    return "site-packages" in file or "dist-packages" in file


def _version(module: str) -> str:
    return str(getattr(sys.modules.get(module.partition(".")[0]), "__version__", ""))


def tensor_bytes(tensor: Any) -> bytes:
    """Return the elements of a tensor in order, as bytes."""
    import torch

    held = tensor.detach().resolve_conj().resolve_neg().cpu().contiguous()
    # A single element counts as contiguous whatever its stride, which then stands in the way of bytes.
    return held.as_strided((held.numel(),), (1,)).view(torch.uint8).numpy().tobytes()


def _array(value: Any) -> Any:
    """Describe an array or tensor, without importing its library."""
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(value, torch.Tensor):
        raw, about = tensor_bytes(value), f"tensor {value.dtype} {tuple(value.shape)}"
    elif numpy is not None and isinstance(value, numpy.ndarray) and not value.dtype.hasobject:
        raw, about = numpy.ascontiguousarray(value).tobytes(), f"array {value.dtype.str} {value.shape}"
    elif numpy is not None and isinstance(value, numpy.generic):
        return {"number": repr(value)}
    elif torch is not None and isinstance(value, torch.dtype | torch.device):
        return {"torch": str(value)}
    else:
        return None
    return {about: hashlib.sha256(raw).hexdigest()}


def _slots(cls: type) -> tuple[str, ...]:
    slots = vars(cls).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _globals(code: types.CodeType) -> Iterator[str]:
    """Names of the globals that a function and those defined in it read."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _globals(constant)
