"""Minima of a grid of values and their depths: 0-dimensional persistence of sublevel sets.

Water rises over the grid. Where it enters at a local minimum a component is born; where two components meet, the one
with the higher minimum dies (the elder rule; Edelsbrunner and Harer 2010, Computational Topology, sec. VII.1). Death
minus birth is the height that has to be climbed to get out of a minimum to a deeper one. It is exact on the grid and
moves by no more than the largest change of a value (Cohen-Steiner et al. 2007, Discrete Comput. Geom. 37, 103-120).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape._common.summaries import Summarized, Summary, counted

_NEIGHBOURS = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]


@dataclass(frozen=True, eq=False, repr=False)
class Minima(Summarized):
    """Local minima of a grid, the most persistent first.

    Attributes
    ----------
    births, deaths : ndarray, shape (m,)
        Values at the minimum and at the saddle to a deeper one; infinite where there is none (the deepest minimum, and
        the deepest of each part that non-finite cells cut off).
    cells : ndarray of int, shape (m, 2)
        Indices of the minimum; of the first cell where several are equal.
    saddles : ndarray of int, shape (m, 2)
        Indices of the saddle; -1 where there is none.
    on_border : ndarray of bool, shape (m,)
        Whether the minimum lies on the border of the grid: the surface may well go on falling outside.
    """

    births: NDArray[np.float64]
    deaths: NDArray[np.float64]
    cells: NDArray[np.int64]
    saddles: NDArray[np.int64]
    on_border: NDArray[np.bool_]

    def _summary(self) -> Summary:
        border = self.on_border
        rows = list(zip(map(tuple, self.cells), self.births, self.persistences, border, strict=True))
        return Summary(
            f"{counted(len(self.births), 'local minimum', 'local minima')}, the most persistent first",
            ("cell", "value", "persistence", "on the border"),
            [(tuple(map(int, at)), *rest) for at, *rest in rows],
        )

    @property
    def persistences(self) -> NDArray[np.float64]:
        """Deaths minus births, shape (m,)."""
        return self.deaths - self.births

    def above(self, threshold: float) -> int:
        """Return the number of minima of a persistence above a threshold, in the unit of the values."""
        return int((self.persistences > threshold).sum())


def find_minima(values: NDArray[np.float64]) -> Minima:
    """Return the minima of a grid with their persistence, by union-find over the cells in order of their values.

    Parameters
    ----------
    values : ndarray, shape (a, b)
        Non-finite cells are walls. Cells that share an edge or a corner are neighbours, so that a valley along the
        diagonal is one minimum (gudhi's `CubicalComplex(top_dimensional_cells=values)` has the same).

    Returns
    -------
    Minima
        Those of persistence zero (plateaus) are left out.
    """
    rows, columns = values.shape
    flat = values.ravel()
    order = np.argsort(flat, kind="stable")
    order = order[np.isfinite(flat[order])]
    rank = {int(cell): i for i, cell in enumerate(order)}
    parent: dict[int, int] = {}

    def root(cell: int) -> int:
        while parent[cell] != cell:
            parent[cell] = parent[parent[cell]]
            cell = parent[cell]
        return cell

    pairs: list[tuple[int, int]] = []
    for cell in map(int, order):
        i, j = divmod(cell, columns)
        around = [(i + di) * columns + j + dj for di, dj in _NEIGHBOURS if 0 <= i + di < rows and 0 <= j + dj < columns]
        met = sorted({root(other) for other in around if other in parent}, key=rank.__getitem__)
        parent[cell] = met[0] if met else cell
        for younger in met[1:]:
            parent[younger] = met[0]
            if flat[cell] > flat[younger]:
                pairs.append((younger, cell))
    endless = [(cell, -1) for cell in parent if parent[cell] == cell]
    pairs.sort(key=lambda pair: flat[pair[0]] - flat[pair[1]])
    found = np.array(sorted(endless, key=lambda pair: rank[pair[0]]) + pairs, dtype=np.int64).reshape(-1, 2)
    born, died = found.T
    cells = np.stack(np.divmod(born, columns), axis=1)
    saddles = np.where((died >= 0)[:, None], np.stack(np.divmod(died, columns), axis=1), -1)
    border = (cells == 0).any(axis=1) | (cells == np.array([rows - 1, columns - 1])).any(axis=1)
    return Minima(flat[born], np.where(died >= 0, flat[died], np.inf), cells, saddles, border)
