"""Weight matching: permutations of groups of channels that bring one network's weights nearest to another's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from landscape._common.random import cpu_generator
from landscape.connectivity.alignment.permutation_groups import Axis, Segment

Orders = dict[int, NDArray[np.int64]]


@dataclass(frozen=True)
class Matched:
    """Permutations, and the squared distance before and after."""

    orders: Orders
    distance: float
    sweeps: int
    converged: bool
    interrupted: bool


class Matching:
    """Coordinate descent over groups: each is matched exactly with the others held.

    Parameters
    ----------
    tensors : mapping of str to pair of Tensor
        Of the two networks, float64 on the CPU.
    axes : mapping of str to tuple of Axis
    seed : int
    """

    def __init__(
        self, tensors: Mapping[str, tuple[Tensor, Tensor]], axes: Mapping[str, tuple[Axis, ...]], seed: int
    ) -> None:
        self._tensors = tensors
        self._axes = axes
        self._generator = cpu_generator(seed)
        self._places: dict[int, list[tuple[str, int, int, Segment]]] = {}
        for name, dims in axes.items():
            for d, axis in enumerate(dims):
                start = 0
                for segment in axis:
                    if segment.group is not None:
                        self._places.setdefault(segment.group, []).append((name, d, start, segment))
                    start += segment.length
        self._identity: Orders = {g: np.arange(places[0][3].size) for g, places in self._places.items()}
        self._squares = sum(float(a.square().sum() + b.square().sum()) for a, b in tensors.values())

    def distance(self, orders: Orders | None = None) -> float:
        """Return the squared distance of the two networks' tensors, the second one in these orders."""
        return self._squares - 2 * self._similarity(self._tensors, orders or self._identity)

    def solve(self, restarts: int, max_sweeps: int) -> Matched:
        """Return the best orders of all starts."""
        best = Matched(self._identity, self.distance(), 0, False, False)
        try:
            for start in range(2 + restarts):
                if start == 0:
                    orders = dict(self._identity)
                else:
                    orders = (
                        self._from_the_input()
                        if start == 1
                        else {g: self._drawn(len(p)) for g, p in self._identity.items()}
                    )
                found = self._descend(orders, max_sweeps)
                if found.distance < best.distance or start == 0:
                    best = found
        except KeyboardInterrupt:
            return Matched(best.orders, best.distance, best.sweeps, False, True)
        return best

    def _descend(self, orders: Orders, max_sweeps: int) -> Matched:
        for sweep in range(1, max_sweeps + 1):
            changed = False
            groups = list(self._places)
            for i in self._drawn(len(groups)):
                changed |= self._improve(groups[i], orders)
            if not changed:
                return Matched(orders, self.distance(orders), sweep, True, False)
        return Matched(orders, self.distance(orders), max_sweeps, False, False)

    def _improve(self, group: int, orders: Orders) -> bool:
        """Match a group with the others held; return whether that brought the networks nearer."""
        names = {name: self._tensors[name] for name, *_ in self._places[group]}
        candidate = orders | {group: _assignment(self._affinity(group, orders, self._tensors))}
        # A tensor with the group on two dimensions changes otherwise than the assignment knows.
        gain = self._similarity(names, candidate) - self._similarity(names, orders)
        if not gain > 1e-12 * self._squares:
            return False
        orders[group] = candidate[group]
        return True

    def _from_the_input(self) -> Orders:
        """Match groups in the order of the network, each by the tensors whose other dimensions are settled."""
        orders: Orders = dict(self._identity)
        settled: set[int] = set()
        for group in self._places:
            known = [
                name
                for name, dims in self._axes.items()
                if {s.group for axis in dims for s in axis} - {None, group} <= settled
            ]
            orders[group] = _assignment(self._affinity(group, orders, known))
            settled.add(group)
        return orders

    def _affinity(self, group: int, orders: Orders, names: Iterable[str]) -> NDArray[np.float64]:
        """Inner products of the first network's channels with the second one's, the other groups in their orders."""
        size = len(self._identity[group])
        total = np.zeros((size, size))
        among = set(names)
        for name, d, start, segment in self._places[group]:
            if name not in among:
                continue
            one, other = self._tensors[name]
            dims = self._axes[name]
            rest = tuple(axis if i != d else (Segment(None, other.shape[d]),) for i, axis in enumerate(dims))
            rows = [_rows(t, d, start, segment) for t in (one, permuted(other, rest, orders))]
            total += (rows[0] @ rows[1].T).numpy()
        return total

    def _similarity(self, names: Iterable[str], orders: Orders) -> float:
        return sum(
            float((self._tensors[n][0] * permuted(self._tensors[n][1], self._axes[n], orders)).sum()) for n in names
        )

    def _drawn(self, size: int) -> NDArray[np.int64]:
        return torch.randperm(size, generator=self._generator, device="cpu").numpy()


def permuted(tensor: Tensor, axes: tuple[Axis, ...], orders: Mapping[int, NDArray[np.int64]]) -> Tensor:
    """Return a tensor with every dimension in the order of its groups."""
    for d, axis in enumerate(axes):
        if any(segment.group is not None for segment in axis):
            index = torch.from_numpy(positions(axis, orders)).to(tensor.device)
            tensor = tensor.index_select(d, index)
    return tensor


def positions(axis: Axis, orders: Mapping[int, NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return where each position of a permuted axis comes from."""
    found = []
    start = 0
    for segment in axis:
        known = None if segment.group is None else orders.get(segment.group)
        channels = np.arange(segment.size) if known is None else known
        blocks = np.arange(segment.outer)[:, None, None] * segment.size + channels[None, :, None]
        found.append(start + (blocks * segment.inner + np.arange(segment.inner)).reshape(-1))
        start += segment.length
    return np.concatenate(found)


def _rows(tensor: Tensor, d: int, start: int, segment: Segment) -> Tensor:
    """Return the entries of each channel of a segment, shape (size, all others)."""
    part = tensor.narrow(d, start, segment.length).movedim(d, 0)
    part = part.reshape(segment.outer, segment.size, segment.inner, -1)
    return part.movedim(1, 0).reshape(segment.size, -1)


def _assignment(affinity: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray(linear_sum_assignment(affinity, maximize=True)[1], dtype=np.int64)
