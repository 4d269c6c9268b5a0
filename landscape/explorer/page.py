"""The explorer as one HTML file that needs neither Python nor a network."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

from landscape.explorer.serialize import embedded
from landscape.explorer.view import View

__all__ = ["STATIC", "fragment", "page", "thinning"]

STATIC = Path(__file__).parent / "static"
"""Where the bundle lies; built from ``explorer/`` at the root of the repository."""

MOST_SERIES = 20_000_000
"""Characters that the per-step series of a page may take; beyond, they are thinned."""
_FEWEST = 32
"""Points that a thinned series has at the least."""

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 1rem; font: 15px/1.5 system-ui, sans-serif; background: #ffffff; color: #1b1f24; }
@media (prefers-color-scheme: dark) { body { background: #14181d; color: #e6e9ec; } }
"""


def page(view: View) -> str:
    """Return a whole HTML document.

    Traces are written in float32, which is seven digits; everything else in float64. Where all series together
    are too large for a browser, they are thinned, and the page says so.
    """
    title = html.escape(view.title or "Loss landscape")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{fragment(view)}\n</body>\n</html>\n"
    )


def thinning(view: View, most: int = MOST_SERIES) -> tuple[int | None, str]:
    """Return how many points a per-step series may have so that all take `most` characters, and a sentence.

    None, and no sentence, where that holds of all as they are.
    """
    lengths = [length for run in view.runs for length in run.lengths]
    each = 4 * 4 / 3  # float32 as base64
    if sum(lengths) * each <= most:
        return None, ""
    points = max(_FEWEST, int(most / (each * len(lengths))) // 2 * 2)
    if max(lengths) <= points:
        return None, ""
    return points, (
        f"So that this page stays small, its per-step series are thinned from up to {max(lengths):,} to {points:,} "
        "values each: the smallest and the largest of every stretch, with straight lines between. study.nc holds all, "
        "and landscape.explore in a notebook shows them."
    )


def fragment(view: View, most: int = MOST_SERIES) -> str:
    """Return what a document's body needs to show the explorer: its styles, its data and its module.

    `most` is the number of characters that the per-step series may take before they are thinned.
    """
    points, note = thinning(view, most)
    view = replace(view, protocol="\n".join(filter(None, (view.protocol, note))))
    data = embedded(view.described(measure=False, export=False), single=("series", "measures"), points=points)
    # Nothing in the data can end the element that holds them.
    text = json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f"<style>{_asset('explorer.css')}</style>\n"
        '<div id="explorer"><noscript>This view needs JavaScript.</noscript></div>\n'
        f'<script type="application/json" id="explorer-data">{text}</script>\n'
        f'<script type="module">{_asset("explorer.js")}</script>'
    )


def _asset(name: str) -> str:
    text = (STATIC / name).read_text(encoding="utf-8")
    if name.endswith(".css"):
        return text.replace("</", "<\\/")
    return re.sub(r"</(?=script)", r"<\\/", text, flags=re.IGNORECASE).replace("<!--", "\\x3c!--")
