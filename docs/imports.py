"""Draw which package imports which, from the code: `python docs/imports.py` writes docs/_static/imports.svg.

Rows are the layers of the import contracts in pyproject.toml. An arrow that other arrows already imply is left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "_static" / "imports.svg"

WIDTH, HEIGHT, GAP, PITCH, MARGIN = 124, 30, 26, 64, 16  # of a box, between boxes, between rows, around all

Arrows = dict[str, set[str]]


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


def svg() -> str:
    """Return the picture: boxes in rows, `zenith` on the right."""
    columns = [layers("landscape"), layers("zenith")]
    arrows = without_implied(imports(name for column in columns for row in column for name in row))
    widest = [max(map(len, column)) for column in columns]
    place: dict[str, tuple[float, float]] = {}
    left = float(MARGIN)
    for column, most in zip(columns, widest, strict=True):
        width = most * (WIDTH + GAP) - GAP
        for i, row in enumerate(column):
            start = left + (width - (len(row) * (WIDTH + GAP) - GAP)) / 2
            down = MARGIN + i * PITCH + (max(map(len, columns)) - len(column)) * PITCH
            place |= {name: (start + j * (WIDTH + GAP), down) for j, name in enumerate(row)}
        left += width + 2 * GAP
    size = f"{left - 2 * GAP + MARGIN:.0f}", f"{MARGIN * 2 + (max(map(len, columns)) - 1) * PITCH + HEIGHT:.0f}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" width="{size[0]}" '
        f'height="{size[1]}" '
        'font-family="DejaVu Sans, Arial, sans-serif" font-size="12">',
        "<title>Imports between the packages</title>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#56606a"/></marker></defs>',
        f'<rect width="{size[0]}" height="{size[1]}" fill="#ffffff"/>',
    ]
    for name in place:
        x, y = place[name]
        for end in sorted(arrows[name]):
            u, v = place[end]
            from_x, to_x = x + WIDTH / 2, u + WIDTH / 2
            lines.append(
                f'<path d="M{from_x:.0f} {y + HEIGHT:.0f} C{from_x:.0f} {(y + HEIGHT + v) / 2:.0f} {to_x:.0f} '
                f'{(y + HEIGHT + v) / 2:.0f} {to_x:.0f} {v:.0f}" fill="none" stroke="#56606a" marker-end="url(#head)"/>'
            )
    for column in columns:  # the name of the package over its uppermost box
        x, y = place[column[0][0]]
        lines.append(
            f'<text x="{x - 8:.0f}" y="{y + 19:.0f}" text-anchor="end" '
            f'font-weight="bold">{column[0][0].partition(".")[0]}</text>'
        )
    for name, (x, y) in place.items():
        fill = "#dbe9f6" if name.startswith("landscape") else "#fbe6c8"
        lines.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="4" fill="{fill}" stroke="#56606a"/>'
        )
        lines.append(
            f'<text x="{x + WIDTH / 2:.0f}" y="{y + 19:.0f}" text-anchor="middle">{name.partition(".")[2]}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(svg(), encoding="utf-8")
