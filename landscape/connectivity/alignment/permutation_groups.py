"""Axes of a network's tensors that may be permuted together without changing its function.

Every dimension of a tensor has an axis: what its positions stand for. An axis is a run of segments, each either fixed
or the channels of a group, repeated in an outer and an inner order (what flattening a convolution's output makes of its
channels). Operations pass axes on, tie groups to each other (a sum ties what is added) or fix them (an output has a
given order).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Segment:
    """Positions (o * size + c) * inner + i of channel c of a group, 0 <= o < outer, 0 <= i < inner.

    Attributes
    ----------
    group : int or None
        None for positions that are not permuted.
    size, outer, inner : int
    """

    group: int | None
    size: int
    outer: int = 1
    inner: int = 1

    @property
    def length(self) -> int:
        """Number of positions."""
        return self.size * self.outer * self.inner


Axis = tuple[Segment, ...]
"""The positions along one dimension."""


def plain(length: int) -> Axis:
    """Return an axis that is not permuted."""
    return (Segment(None, length),)


def length(axis: Axis) -> int:
    """Return the number of positions along an axis."""
    return sum(segment.length for segment in axis)


class Groups:
    """Groups of channels that are permuted together: tied, composed of others, or fixed."""

    def __init__(self) -> None:
        self._parent: list[int] = []
        self._made_of: dict[int, Axis] = {}
        self._fixed: set[int] = set()

    def new(self, size: int) -> Axis:
        """Return the axis of a new group of channels; a single channel needs none."""
        if size < 2:
            return plain(size)
        self._parent.append(len(self._parent))
        return (Segment(len(self._parent) - 1, size),)

    def resolve(self, axis: Axis) -> Axis:
        """Return an axis in terms of the groups that stand for all those tied to them, None for fixed ones."""
        found: list[Segment] = []
        for segment in axis:
            root = None if segment.group is None else self._find(segment.group)
            if root is None or root in self._fixed:
                found.append(replace(segment, group=None))
            elif root in self._made_of:
                parts = self.resolve(self._made_of[root])
                if segment.outer > 1 and len(parts) > 1:  # not to be written as segments
                    self.fix((parts,))
                    found.append(Segment(None, segment.length))
                    continue
                found += [replace(p, outer=p.outer * segment.outer, inner=p.inner * segment.inner) for p in parts]
            else:
                found.append(replace(segment, group=root))
        return tuple(found)

    def fix(self, axes: Iterable[Axis]) -> None:
        """Leave the order of all groups in these axes as it is."""
        for axis in axes:
            self._fixed.update(s.group for s in self.resolve(axis) if s.group is not None)

    def moves(self, axis: Axis) -> bool:
        """Whether an axis may be permuted, as far as is known."""
        return any(segment.group is not None for segment in self.resolve(axis))

    def tie(self, one: Axis, other: Axis) -> Axis:
        """Let two axes of one length stand for the same positions, and return that axis."""
        one, other = self.resolve(one), self.resolve(other)
        if [replace(s, group=None) for s in one] == [replace(s, group=None) for s in other]:
            for s, u in zip(one, other, strict=True):
                if s.group is None or u.group is None:
                    self.fix(((s, u),))
                elif self._find(s.group) != self._find(u.group):
                    self._parent[self._find(u.group)] = self._find(s.group)
            return one
        for whole, parts in ((one, other), (other, one)):
            (first, *more) = whole
            if first.group is None or more or first.length != first.size:
                continue
            if first.group not in {part.group for part in parts}:
                self._made_of[first.group] = parts
                return parts
        self.fix((one, other))
        return plain(length(one))

    def reshape(self, axes: Sequence[Axis], shape: Shape) -> tuple[Axis, ...]:
        """Return the axes after a reshape: groups survive the flattening of their dimension with others.

        Dimensions are matched in the shortest runs that have as many positions before as after.
        """
        sizes = [length(axis) for axis in axes]
        result: list[Axis] = []
        i = j = 0
        while i < len(sizes) or j < len(shape):
            first_i, first_j = i, j
            i, j = min(i + 1, len(sizes)), min(j + 1, len(shape))
            while math.prod(sizes[first_i:i]) != math.prod(shape[first_j:j]):
                if math.prod(sizes[first_i:i]) < math.prod(shape[first_j:j]):
                    i += 1
                else:
                    j += 1
            result += self._regroup(axes[first_i:i], shape[first_j:j])
        return tuple(result)

    def _regroup(self, axes: Sequence[Axis], shape: Shape) -> list[Axis]:
        moving = [k for k, axis in enumerate(axes) if self.moves(axis)]
        long = [k for k, size in enumerate(shape) if size != 1]
        if len(moving) == 1 and len(long) == 1:
            k = moving[0]
            axis = self.resolve(axes[k])
            outer = math.prod(length(a) for a in axes[:k])
            inner = math.prod(length(a) for a in axes[k + 1 :])
            if outer == 1 or len(axis) == 1:
                merged = tuple(replace(s, outer=s.outer * outer, inner=s.inner * inner) for s in axis)
                return [merged if position in long else plain(1) for position in range(len(shape))]
        self.fix(axes)
        return [plain(size) for size in shape]

    def _find(self, group: int) -> int:
        while self._parent[group] != group:
            group = self._parent[group]
        return group
