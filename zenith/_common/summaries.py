"""Print a run: one line in a terminal, a table in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_CELL = "padding: 0.15em 0.8em"


def html(name: str, title: str, header: Sequence[str], rows: Sequence[Sequence[str]], folded: Mapping[str, Any]) -> str:
    """Return HTML with a title, a table and collapsible details; all text is escaped, colours are the page's."""
    head = "".join(f'<th scope="col" style="{_CELL}; text-align: right">{escape(name)}</th>' for name in header)
    hidden = "".join(_row([name, str(value)], "left") for name, value in folded.items())
    return (
        f"<div><p><strong>{escape(name)}</strong>: {escape(title)}</p>"
        f'<table style="border-collapse: collapse"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(_row(row, 'right') for row in rows)}</tbody></table>"
        '<details><summary style="cursor: pointer">How it was trained</summary>'
        f'<table style="border-collapse: collapse"><tbody>{hidden}</tbody></table></details></div>'
    )


def _row(cells: Sequence[str], side: str) -> str:
    first, *rest = (f'style="{_CELL}; font-weight: normal; text-align: {side}">{escape(text)}' for text in cells)
    return f'<tr><th scope="row" {first}</th>' + "".join(f"<td {text}</td>" for text in rest) + "</tr>"
