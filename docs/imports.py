"""Draw which package imports which, from the code: `python docs/imports.py` writes docs/_static/imports.svg.

Rows are the layers of the import contracts in pyproject.toml. An arrow that other arrows already imply is left out; one
that crosses a row does so at a waypoint between the row's boxes, so that no arrow passes behind a box (layered drawing,
Sugiyama et al. 1981, IEEE Trans. SMC 11, 109-125).
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import grimp
import numpy as np
from scipy.optimize import isotonic_regression

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "_static" / "imports.svg"

WIDTH, HEIGHT, GAP, PITCH, MARGIN = 124, 30, 26, 64, 16  # of a box, between boxes, between rows, around all
ASIDE, APART = 60, 14  # between the two packages, between arrows at one box
SWEEPS = 200

Arrows = dict[str, set[str]]
Place = str | tuple[str, str, int]
"""A box, or the waypoint of an arrow in a row: start, end, row."""


def layers(container: str) -> list[list[str]]:
    """Rows of packages, the highest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (rows,) = [c["layers"] for c in contracts if c["type"] == "layers" and c["containers"] == [container]]
    return [[f"{container}.{name}" for name in re.split(r" [|:] ", row)] for row in rows]


def imports(packages: Iterable[str]) -> Arrows:
    """From each package to those that its modules import."""
    graph = grimp.build_graph("landscape", "zenith", include_external_packages=False)
    names = list(packages)
    home = {module: name for name in names for module in {name} | graph.find_descendants(name)}
    found: Arrows = {name: set() for name in names}
    for module, name in home.items():
        found[name] |= {home[other] for other in graph.find_modules_directly_imported_by(module) if other in home}
        found[name] -= {name}
    return found


def without_implied(arrows: Arrows) -> Arrows:
    """Leave out every arrow for which there is a longer way."""

    def reach(start: str) -> set[str]:
        found, waiting = set(), [start]
        while waiting:
            for other in arrows[waiting.pop()] - found:
                found.add(other)
                waiting.append(other)
        return found

    return {name: ends - {far for end in ends for far in reach(end)} for name, ends in arrows.items()}


def routes(arrows: Arrows, row_of: dict[str, int]) -> list[list[Place]]:
    """Return each arrow as the boxes at its ends and the waypoints between them."""
    return [
        [start, *((start, end, row) for row in range(row_of[start] + 1, row_of[end])), end]
        for start in row_of
        for end in sorted(arrows[start])
    ]


def positions(rows: list[list[Place]], paths: list[list[Place]]) -> dict[Place, float]:
    """Return the middle of every box and waypoint, close to what it is connected with and apart from its neighbours."""
    above, below = defaultdict(list), defaultdict(list)
    for path in paths:
        for upper, lower in pairwise(path):
            above[lower].append(upper)
            below[upper].append(lower)
    at = {place: float(i) for row in rows for i, place in enumerate(row)}
    for sweep in range(SWEEPS):
        near, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for row in order:
            middle = {place: np.mean([at[n] for n in near[place]] or [at[place]]) for place in row}
            row.sort(key=lambda place: (_right(place), middle[place], str(place)))
            at |= {place: float(i) for i, place in enumerate(row)}
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            offsets = np.cumsum([0.0, *(_apart(one, other) for one, other in pairwise(row))])
            wanted = [np.mean([at[n] for n in (*above[place], *below[place])] or [at[place]]) for place in row]
            at |= dict(zip(row, (isotonic_regression(wanted - offsets).x + offsets).tolist(), strict=True))
    left = min(at[place] - _half(place) for place in at)
    return {place: x - left + MARGIN for place, x in at.items()}


def _right(place: Place) -> bool:
    """Whether a place belongs to zenith, which lies on the right."""
    return (place if isinstance(place, str) else place[0]).startswith("zenith")


def _half(place: Place) -> float:
    return WIDTH / 2 if isinstance(place, str) else 0.0


def _apart(one: Place, other: Place) -> float:
    """Distance between the middles of neighbours."""
    gap = GAP if isinstance(one, str) or isinstance(other, str) else APART
    return _half(one) + _half(other) + gap + (ASIDE if _right(one) != _right(other) else 0)


def attached(paths: list[list[Place]], at: dict[Place, float], step: int) -> dict[tuple[Place, ...], float]:
    """Return where each arrow leaves its box (step 1) or reaches it (step -1), side by side in the order they go on."""
    found = {}
    by_box = defaultdict(list)
    for path in paths:
        by_box[path[::step][0]].append(path)
    for box, those in by_box.items():
        those.sort(key=lambda path: at[path[::step][1]])
        for i, path in enumerate(those):
            found[tuple(path)] = at[box] + APART * (i - (len(those) - 1) / 2)
    return found


def svg() -> str:
    """Return the picture: boxes in rows, `zenith` on the right, arrows between the boxes."""
    columns = [layers("landscape"), layers("zenith")]
    deepest = max(map(len, columns))
    row_of = {name: i + deepest - len(column) for column in columns for i, row in enumerate(column) for name in row}
    paths = routes(without_implied(imports(row_of)), row_of)
    rows: list[list[Place]] = [[name for name in row_of if row_of[name] == i] for i in range(deepest)]
    for path in paths:
        for waypoint in path[1:-1]:
            rows[waypoint[2]].append(waypoint)
    at = positions(rows, paths)
    width = f"{max(at[place] + _half(place) for place in at) + MARGIN:.0f}"
    height = f"{MARGIN * 2 + (deepest - 1) * PITCH + HEIGHT}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="DejaVu Sans, Arial, sans-serif" font-size="12">',
        "<title>Imports between the packages</title>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#56606a"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    leaves, reaches = attached(paths, at, 1), attached(paths, at, -1)
    for path in paths:
        xs = [leaves[tuple(path)], *(at[waypoint] for waypoint in path[1:-1]), reaches[tuple(path)]]
        y = MARGIN + row_of[path[0]] * PITCH + HEIGHT
        drawn = f"M{xs[0]:.0f} {y}"
        for x, u in pairwise(xs):  # from below one row to above the next, then down past its boxes
            middle, v = y + (PITCH - HEIGHT) / 2, y + PITCH - HEIGHT
            drawn += f" C{x:.0f} {middle:.0f} {u:.0f} {middle:.0f} {u:.0f} {v} V{v + HEIGHT}"
            y = v + HEIGHT
        drawn = drawn.rpartition(" V")[0]
        lines.append(f'<path d="{drawn}" fill="none" stroke="#56606a" marker-end="url(#head)"/>')
    for column in columns:  # the name of the package over its uppermost box
        x, y = at[column[0][0]] - WIDTH / 2, MARGIN + row_of[column[0][0]] * PITCH
        lines.append(
            f'<text x="{x - 8:.0f}" y="{y + 19}" text-anchor="end" font-weight="bold">'
            f"{column[0][0].partition('.')[0]}</text>"
        )
    for name, row in row_of.items():
        x, y = at[name], MARGIN + row * PITCH
        fill = "#dbe9f6" if name.startswith("landscape") else "#fbe6c8"
        lines.append(
            f'<rect x="{x - WIDTH / 2:.0f}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="4" fill="{fill}" '
            'stroke="#56606a"/>'
        )
        lines.append(f'<text x="{x:.0f}" y="{y + 19}" text-anchor="middle">{name.partition(".")[2]}</text>')
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(svg(), encoding="utf-8")
