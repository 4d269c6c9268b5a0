"""The explorer as one HTML file that needs neither Python nor a network."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

from landscape.explorer.serialize import embedded
from landscape.explorer.view import View

__all__ = ["STATIC", "fragment", "page"]

STATIC = Path(__file__).parent / "static"
"""Where the bundle lies; built from ``explorer/`` at the root of the repository."""

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 1rem; font: 15px/1.5 system-ui, sans-serif; background: #ffffff; color: #1b1f24; }
@media (prefers-color-scheme: dark) { body { background: #14181d; color: #e6e9ec; } }
"""


def page(view: View) -> str:
    """Return a whole HTML document.

    Per-step series are written in float32, which is seven digits; everything else in float64.
    """
    title = html.escape(view.title or "Loss landscape")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{fragment(view)}\n</body>\n</html>\n"
    )


def fragment(view: View) -> str:
    """Return what a document's body needs to show the explorer: its styles, its data and its module."""
    data = embedded(view.described(measure=False, export=False), single=("series",))
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
