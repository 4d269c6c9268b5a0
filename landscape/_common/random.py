"""Random states of the process: restored where they were drawn from, and untouched elsewhere.

PyTorch, NumPy and Python have one random state each for all threads. To rewind it after a measurement is right if the
measurement drew, and wrong if another thread did meanwhile, which would draw the same numbers again. Who drew is seen
by a mode of this thread.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from landscape._common.validation import as_integer

__all__ = ["QUIET", "PrivateGenerators", "alone", "draws", "find_undrawn", "note_undrawn", "preserve_rng"]
_DRAWING = {
    "rand",
    "rand_like",
    "randn",
    "randn_like",
    "randint",
    "randint_like",
    "randperm",
    "normal",
    "normal_",
    "bernoulli",
    "bernoulli_",
    "multinomial",
    "poisson",
    "binomial",
    "uniform_",
    "random_",
    "exponential_",
    "geometric_",
    "cauchy_",
    "log_normal_",
    "kaiming_uniform_",
    "kaiming_normal_",
    "_standard_gamma",
    "_sample_dirichlet",
}
"""Functions that take a generator, and draw from the process's without one."""

QUIET = "landscape: "
"""Beginning of the names of threads of this package that neither draw nor run models."""
_QUIET_MODULES = ("tqdm._monitor", "rich.live")
"""Modules of which all threads are such."""

_DROPPING = {
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "alpha_dropout",
    "feature_alpha_dropout",
    "feature_dropout",
    "native_dropout",
    "rrelu",
    "gumbel_softmax",
    "fractional_max_pool2d",
    "fractional_max_pool3d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d_with_indices",
}
"""Functions that draw from the process's generator, with `training` if they have such an argument."""

_ATTENTION = {"scaled_dot_product_attention": True, "multi_head_attention_forward": False}
"""Functions with `dropout_p`, and whether they drop whatever `training` is."""


def draws(func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Return whether a call of a torch function draws from the process's random state."""
    name = getattr(func, "__name__", "")
    if name in _DRAWING:
        return kwargs.get("generator") is None
    if name in _DROPPING:
        if name.startswith("fractional"):
            return kwargs.get("_random_samples") is None
        return bool(kwargs.get("training", name != "rrelu") and kwargs.get("p", 1))
    if name in _ATTENTION:
        dropped = kwargs.get("dropout_p", args[4] if len(args) > 4 and _ATTENTION[name] else 0.0)
        return bool(dropped) and (_ATTENTION[name] or kwargs.get("training", True))
    return False


@contextmanager
def preserve_rng(device: torch.device, *generators: torch.Generator, undrawn: Collection[str] = ()) -> Iterator[None]:
    """Context that restores the random states it drew from, and those of `generators`.

    Parameters
    ----------
    device : torch.device
        Whose generator counts besides the CPU's.
    *generators : torch.Generator
    undrawn : collection of str
        Which of "python" and "numpy" what runs inside does not draw from, as `find_undrawn` finds out. No mode shows
        who calls them, so while other threads run their states are restored unless they are named here.
    """
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    here = torch.get_rng_state()
    cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    mps = torch.mps.get_rng_state() if device.type == "mps" else None
    states = [generator.get_state() for generator in generators]
    watch = None if alone() else _Watch()
    try:
        with watch or nullcontext():
            yield
    finally:
        kept = () if watch is None else undrawn
        if "python" not in kept:
            random.setstate(python)
        if "numpy" not in kept:
            np.random.set_state(numpy)  # noqa: NPY002
        if watch is None or watch.drew:
            torch.set_rng_state(here)
            if cuda is not None:
                torch.cuda.set_rng_state(cuda, device)
            if mps is not None:
                torch.mps.set_rng_state(mps)
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)


@contextmanager
def find_undrawn(undrawn: set[str]) -> Iterator[set[str]]:
    """Find which of the states "python" and "numpy" a function leaves alone; restore the others on leaving.

    Yields
    ------
    set of str
        To be filled by `note_undrawn`; what is missing there in the end is taken out of `undrawn`.
    """
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    undrawn.update(("python", "numpy"))
    found: set[str] = set()
    try:
        yield found
    finally:
        undrawn.intersection_update(found)
        if "python" not in found:
            random.setstate(python)
        if "numpy" not in found:
            np.random.set_state(numpy)  # noqa: NPY002


@contextmanager
def note_undrawn(found: set[str]) -> Iterator[None]:
    """Context of a call: add "python" and "numpy" to `found` if the call leaves their random states unchanged."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    yield
    if random.getstate() == python:
        found.add("python")
    if _same(np.random.get_state(), numpy):  # noqa: NPY002
        found.add("numpy")


def _same(one: Any, other: Any) -> bool:
    return one[2:] == other[2:] and bool((one[1] == other[1]).all())


def alone() -> bool:
    """Return whether no other thread of Python can draw or run a model.

    Not counted are those that only wait, or send or show what they are given: of tqdm, rich and multiprocessing's
    queues, and of this package, by `QUIET`.
    """
    here = threading.current_thread()
    return all(thread is here or _is_quiet(thread) for thread in threading.enumerate())


def _is_quiet(thread: threading.Thread) -> bool:
    return thread.name.startswith((QUIET, "QueueFeederThread")) or type(thread).__module__ in _QUIET_MODULES


class _Watch(TorchFunctionMode):
    """Record whether this thread draws from the process's random state of torch."""

    def __init__(self) -> None:
        super().__init__()
        self.drew = False

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        self.drew = self.drew or draws(func, args, kwargs)
        return func(*args, **kwargs)


class PrivateGenerators(TorchFunctionMode):
    """Context in which this thread's torch functions draw from private generators instead of the process's.

    Functions that take no generator, such as dropout, go on drawing from the process's.

    Parameters
    ----------
    seed : int, optional
        Of the generators; by default they start where the process's are, and draw the same numbers.
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__()
        self._seed = seed
        self._generators: dict[torch.device, torch.Generator] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if name in _DRAWING and not name.endswith("_like") and kwargs.get("generator") is None:
            kwargs["generator"] = self._generator(_device(args, kwargs))
        return func(*args, **kwargs)

    def _generator(self, device: torch.device) -> torch.Generator:
        if device not in self._generators:
            generator = self._generators[device] = torch.Generator(device)
            if self._seed is not None:
                generator.manual_seed(self._seed)
            elif device.type == "cpu":
                generator.set_state(torch.get_rng_state())
            else:
                generator.set_state(torch.get_device_module(device).get_rng_state(device))
        return self._generators[device]


def _device(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> torch.device:
    """Return where a function draws.

    Where it is asked to, where its tensor is, or where tensors are made by default.
    """
    if kwargs.get("device") is not None:
        return torch.device(kwargs["device"])
    return next(
        (item.device for item in (*args, *kwargs.values()) if isinstance(item, Tensor)), torch.get_default_device()
    )


def cpu_generator(seed: Any) -> torch.Generator:
    """Return a seeded generator on the CPU, whatever the default device is.

    Raises
    ------
    ValueError
        If the seed is no integer.
    """
    number = as_integer(seed)
    if number is None:
        raise ValueError(f"seed is {seed!r}: give an integer.")
    return torch.Generator("cpu").manual_seed(number)


def stream_generator(seed: Any, stream: int) -> torch.Generator:
    """Return a generator of a stream of random vectors that shares none with the seed's other streams.

    What a start was found with says nothing new of what the start has missed.
    """
    generator = cpu_generator(seed)
    if stream:
        word = np.random.SeedSequence([generator.initial_seed(), stream]).generate_state(1, np.uint64)[0]
        generator.manual_seed(int(word >> np.uint64(1)))
    return generator
