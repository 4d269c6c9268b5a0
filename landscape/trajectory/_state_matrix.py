"""Checkpoints as the rows of a matrix that is never in memory at once: it is read in slices of its columns."""

import math
import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from landscape.trajectory.checkpoints import Checkpoint, CheckpointError, Piece, missing_prefix

State = Mapping[str, Tensor]
Source = State | str | os.PathLike[str] | Callable[[], State]
"""A checkpoint: its tensors, a file, or a function that returns the tensors."""

OnBad = Literal["raise", "mask"]
READ_ENTRIES = 2**16
"""Entries read at a time where nothing is kept of them."""


class FlatLayout:
    """The entries of a state that are coordinates, and their positions in the flat vector of all coordinates.

    Parameters
    ----------
    reference : mapping of str to Tensor
        Sets the names, shapes and types.
    names : iterable of str, optional
        Those to take; all by default.

    Raises
    ------
    ValueError
        If there are none, or one is no parameter.
    """

    def __init__(self, reference: State, names: Iterable[str] | None = None) -> None:
        chosen = [*reference] if names is None and isinstance(reference, Mapping) else [*(names or ())]
        if not isinstance(reference, Mapping) or not chosen:
            raise ValueError("The origin has no parameters: give a mapping from parameter name to tensor.")
        if missing := [name for name in chosen if name not in reference]:
            raise CheckpointError(f"The origin lacks the parameter {missing[0]!r} of names.")
        self.like = {name: _like(reference, name) for name in chosen}
        for name, tensor in self.like.items():
            if not tensor.is_floating_point():
                raise ValueError(
                    f"{name!r} is a {tensor.dtype} buffer, not a parameter: pass an origin that holds parameters "
                    "only, such as Objective.parameters, or names=objective.parameters."
                )
        self._names = [*self.like]
        self._ends = [*accumulate(tensor.numel() for tensor in self.like.values())]
        self.size = self._ends[-1]
        self.nbytes = sum(t.numel() * t.dtype.itemsize for t in self.like.values())

    def pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """Return the slices of tensors that make up entries `start` to `stop` of the flat vector."""
        i = bisect_right(self._ends, start)
        while start < stop:
            begin = self._ends[i - 1] if i else 0
            end = min(stop, self._ends[i])
            if end > start:
                yield self._names[i], start - begin, end - begin
            start, i = end, i + 1

    def check(self, state: Any, what: str) -> None:
        """Raise ValueError unless a state has all the coordinates, in their shapes."""
        if not isinstance(state, Mapping):
            raise CheckpointError(
                f"The {what} is a {type(state).__name__}: give a mapping from parameter name to tensor."
            )
        for name, like in self.like.items():
            if name not in state:
                raise CheckpointError(f"The {what} lacks the parameter {name!r} of the origin.{self._hint(state)}")
            shape = tuple(_like(state, name).shape)
            if shape != tuple(like.shape):
                raise CheckpointError(f"The {what} has shape {shape} for {name!r}, the origin {tuple(like.shape)}.")

    def _hint(self, state: State) -> str:
        prefix = missing_prefix(state, self.like)
        if prefix is None:
            return self._origin_hint(state)
        remedy = f"give Checkpoint(path, strip_prefix={prefix!r})" if isinstance(state, Checkpoint) else "strip it"
        return f" It has all of them under names that begin with {prefix!r}: {remedy}."

    def _origin_hint(self, state: State) -> str:
        """Return the advice for an origin whose names have a prefix, alone or with those of the state."""
        own = next(iter(self.like))
        tails = [own.split(".", parts)[-1] for parts in range(1, own.count(".") + 1)]
        for tail in tails:
            prefix = own.removesuffix(tail)
            bare = [name.removeprefix(prefix) for name in self.like]
            if all(name.startswith(prefix) for name in self.like):
                theirs = "" if all(name in state for name in bare) else missing_prefix(state, bare)
                if theirs is not None:
                    also = f", and its own with {theirs!r}" if theirs else ""
                    return (
                        f" The origin's names begin with {prefix!r}{also}: strip that, of files by Checkpoint(path, "
                        "strip_prefix=...)."
                    )
        return ""

    def read(self, state: State, start: int, stop: int, out: Tensor) -> None:
        """Copy entries `start` to `stop` of a state's flat vector into a float64 vector on the CPU."""
        if isinstance(state, Checkpoint):
            state.read(self.pieces(start, stop), out)
            return
        at = 0
        for name, first, last in self.pieces(start, stop):
            out[at : at + last - first] = state[name].detach().reshape(-1)[first:last]
            at += last - first

    def write(self, vector: Tensor, start: int, state: State) -> None:
        """Copy a vector into entries `start` and after of a state's flat vector; its tensors must be contiguous."""
        at = 0
        for name, first, last in self.pieces(start, start + len(vector)):
            state[name].view(-1)[first:last] = vector[at : at + last - first].to(state[name])
            at += last - first

    def empty(self) -> dict[str, Tensor]:
        """Return tensors like the reference's without values, half precision promoted to float32."""
        return {
            name: torch.empty(
                like.shape,
                dtype=torch.promote_types(like.dtype, torch.float32),
                device="cpu" if like.device.type == "meta" else like.device,
            )
            for name, like in self.like.items()
        }

    def slices(self, width: int) -> Iterator[tuple[int, int]]:
        """Cut the flat vector in slices of `width` entries."""
        for start in range(0, self.size, width):
            yield start, min(self.size, start + width)

    def check_finite(self, state: State, what: str) -> None:
        """Raise ValueError if a state has NaN or infinite coordinates."""
        buffer = torch.empty(min(READ_ENTRIES, self.size), dtype=torch.float64, device="cpu")
        for start, stop in self.slices(READ_ENTRIES):
            values = buffer[: stop - start]
            self.read(state, start, stop, values)
            if not finite(values):
                raise not_finite(what)


def finite(values: Tensor) -> bool:
    """Whether all entries are finite.

    A sum shows it without the memory of a mask (float64 does not overflow on weights).
    """
    return math.isfinite(float(values.sum()))


def not_finite(what: str) -> CheckpointError:
    """Return the error for a diverged state."""
    return CheckpointError(f"The {what} has non-finite values (a diverged run?): leave it out of the projection.")


def _like(state: State, name: str) -> Tensor:
    return state.like(name) if isinstance(state, Checkpoint) else state[name].detach()


class CheckpointMatrix:
    """The checkpoints of one or several runs, read again at each pass.

    Parameters
    ----------
    states : iterable of checkpoints, or mapping of run name to one
        Re-iterable. A checkpoint is a mapping from name to tensor, a file or a function returning a mapping.
    on_bad : {"raise", "mask"}
        What happens to checkpoints that cannot be used: the first is an error, or all are left out.

    Attributes
    ----------
    runs : dict of str to range
        Indices of each run's checkpoints.
    problems : dict of int to str
        What is wrong with those left out.
    in_parts : bool
        Whether states can be read in parts; functions have to be called, and lazy iterables run through, for each.

    Raises
    ------
    ValueError
        If it is neither, or can be read only once.
    """

    def __init__(self, states: Any, on_bad: OnBad) -> None:
        if on_bad not in ("raise", "mask"):
            raise ValueError(f'on_bad is {on_bad!r}: choose "raise" or "mask".')
        self._mask = on_bad == "mask"
        self.problems: dict[int, str] = {}
        self._items: dict[str, Iterable[Any]] = {}
        self.runs: dict[str, range] = {}
        self.in_parts = True
        self._named = isinstance(states, Mapping)
        self._indices: dict[Any, Any] = {}
        count = 0
        for run, items in states.items() if self._named else [("run", states)]:
            self._check_iterable(states, run, items)
            held = isinstance(items, Sequence)
            opened = [self._opened(count + i, item) for i, item in enumerate(items)] if held else items
            self.in_parts &= held and not any(callable(item) for item in opened)
            self._items[str(run)] = opened
            length = len(opened) if isinstance(opened, list) else sum(1 for _ in opened)
            self.runs[str(run)] = range(count, count + length)
            count += length
        self.count = count

    def __iter__(self) -> Iterator[tuple[int, str, Any]]:
        """Iterate over index, description and checkpoint of all that can be used."""
        for run, items in self._items.items():
            for index, item in zip(self.runs[run], items, strict=True):
                if index not in self.problems:
                    item = item if isinstance(items, list) else self._opened(index, item)
                    if index not in self.problems:
                        yield index, self._describe(run, index, item), item

    @property
    def usable(self) -> list[int]:
        """Indices of the checkpoints that can be used."""
        return [i for i in range(self.count) if i not in self.problems]

    def load(self, layout: FlatLayout) -> Iterator[tuple[int, str, State]]:
        """Iterate over checkpoints, functions called and their results compared with the layout."""
        for index, what, item in self:
            state = self.resolve(item)
            if state is not item:
                layout.check(state, what)
            yield index, what, state

    def resolve(self, item: Any) -> State:
        """Return the tensors of a checkpoint: functions are called."""
        return item() if callable(item) else item

    def majority(self, names: Sequence[str] | None) -> int | None:
        """Return the index of the last checkpoint of the commonest names and shapes, without calling functions."""
        seen: dict[Any, list[int]] = {}
        for index, _, item in self:
            if isinstance(item, Mapping) and all(name in item for name in names or ()):
                signature = tuple((name, tuple(_like(item, name).shape)) for name in names or item)
                seen.setdefault(signature, []).append(index)
        return max(seen.values(), key=lambda indices: (len(indices), indices))[-1] if seen else None

    def find(self, index: int) -> State:
        """Return one checkpoint's tensors."""
        return self.resolve(next(item for i, _, item in self if i == index))

    def attempt(self, index: int, what: str, check: Callable[[], Any]) -> None:
        """Run a check of a checkpoint; where they are to be masked, one that fails is left out from here on."""
        if not self._mask:
            check()
            return
        try:
            check()
        except CheckpointError as error:
            self.problems[index] = str(error)
        except Exception as error:  # a function of the user's, whose file may be broken in any way
            self.problems[index] = f"The {what} cannot be used: {error}"

    def check(self, layout: FlatLayout) -> None:
        """Compare names and shapes with the layout; where checkpoints are to be masked, read their values as well."""
        for index, what, item in self:
            if self._mask:
                self.attempt(index, what, lambda item=item, what=what: self._screen(layout, item, what))  # type: ignore[misc]
            elif not callable(item):
                layout.check(item, what)

    def _screen(self, layout: FlatLayout, item: Any, what: str) -> None:
        state = self.resolve(item)
        layout.check(state, what)
        layout.check_finite(state, what)

    def _opened(self, index: int, item: Any) -> Any:
        if not isinstance(item, (str, os.PathLike)):
            return item
        found: list[Checkpoint] = []
        self.attempt(index, f"checkpoint {item}", lambda: found.append(Checkpoint(item).share_index(self._indices)))
        return found[0] if found else Path(item)

    def _describe(self, run: str, index: int, item: Any) -> str:
        if isinstance(item, Checkpoint):
            return f"checkpoint {item.path}"
        return f"state {index - self.runs[run].start}" + (f" of run {run!r}" if self._named else "")

    def _check_iterable(self, states: Any, run: Any, items: Any) -> None:
        what = f"states[{run!r}]" if self._named else "states"
        if self._named and (isinstance(items, (Mapping, str)) or not isinstance(items, Iterable)):
            raise ValueError(
                f"states is a {type(states).__name__}: give a list of checkpoints, such as [*runs.values()], or lists "
                f"of them by the name of the run, not a {type(items).__name__} for {run!r}."
            )
        if isinstance(items, (str, os.PathLike)) or not isinstance(items, Iterable):
            raise ValueError(
                f"{what} is a {type(items).__name__}: give a list of checkpoints, such as [*runs.values()]."
            )
        if iter(items) is items:
            raise ValueError(f"{what} is a {type(items).__name__}, which can be read only once: pass a list.")
