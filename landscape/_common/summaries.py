"""Print results: a few lines in a terminal, a table with the protocol folded away in a notebook."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from landscape._common.guesses import Guessable

ROWS = 40
"""Rows of a table that are shown, followed by the number of those that are not."""

_ITEMS = 12
_NUMBER = re.compile(r"-?(\d+\.?\d*(e[-+]?\d+)?|nan|inf)|–")
_WIDTH = 110
# No colour of our own: text and lines inherit the page's, so that light and dark themes both read.
_LINE = "border-bottom: 1px solid currentColor"
_CELL = "padding: 0.15em 0.8em; vertical-align: top"


@dataclass(frozen=True)
class Summary:
    """Headline, table and notes of a result.

    Attributes
    ----------
    headline : str
        What it is and what came out, in one line.
    header, rows : sequences
        A table; cells are shown as `cell` writes them.
    notes : sequence of str
        Sentences below it, such as the result's message.
    folded : mapping of str to mapping or sequence of str
        By title, what a notebook shows when it is unfolded; a terminal does not show it.
    """

    headline: str
    header: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    notes: Sequence[str] = ()
    folded: Mapping[str, Mapping[str, Any] | Sequence[str]] = field(default_factory=dict)


class Summarized(Guessable):
    """Base class of results, which print their `_summary`."""

    def _summary(self) -> Summary:
        raise NotImplementedError

    def __repr__(self) -> str:
        return as_text(type(self).__name__, self._summary())

    def _repr_html_(self) -> str:
        return as_html(type(self).__name__, self._summary())


def cell(value: Any) -> str:
    """Return a value as a table shows it: four significant digits, yes or no, a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    if isinstance(value, (tuple, list)):
        shown = ", ".join(cell(item) for item in value[:_ITEMS])
        return shown + (f", … ({len(value)} in all)" if len(value) > _ITEMS else "")
    return str(value)


def interval(low: float, high: float) -> str:
    """Return an interval as "low to high": a dash would look like a minus sign."""
    return f"{cell(float(low))} to {cell(float(high))}"


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """Return a count with its noun."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


def as_text(name: str, summary: Summary) -> str:
    """Return the summary for a terminal."""
    lines = [f"{name}: {summary.headline}"]
    if summary.rows:
        shown = [list(summary.header), *([cell(value) for value in row] for row in summary.rows[:ROWS])]
        widths = [max(len(line[i]) for line in shown) for i in range(len(shown[0]))]
        right = _numeric(summary)
        for line in shown:
            pieces = [
                text.rjust(width) if to_right else text.ljust(width)
                for text, width, to_right in zip(line, widths, right, strict=True)
            ]
            lines.append(("  " + "  ".join(pieces)).rstrip())
        lines += [f"  {more}" for more in _more(summary)]
    for note in summary.notes:
        lines += textwrap.wrap(note, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_long_words=False)
    return "\n".join(lines)


def as_html(name: str, summary: Summary) -> str:
    """Return the summary for a notebook; everything is escaped, and nothing but the page gives colours."""
    parts = [f"<p><strong>{escape(name)}</strong>: {escape(summary.headline)}</p>"]
    if summary.rows:
        right = _numeric(summary)
        head = "".join(
            f'<th scope="col" style="{_CELL}; {_LINE}; text-align: {_side(to_right)}">{escape(title)}</th>'
            for title, to_right in zip(summary.header, right, strict=True)
        )
        body = "".join(_row([cell(value) for value in row], right) for row in summary.rows[:ROWS])
        parts.append(
            f'<table aria-label="{escape(name)}" style="border-collapse: collapse">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )
        parts += [f"<p>{escape(more)}</p>" for more in _more(summary)]
    parts += [f"<p>{escape(note)}</p>" for note in summary.notes]
    parts += [_fold(title, content) for title, content in summary.folded.items() if content]
    return f'<div style="max-width: 80em; overflow-x: auto">{"".join(parts)}</div>'


def _more(summary: Summary) -> list[str]:
    hidden = len(summary.rows) - ROWS
    return [f"… and {hidden} more"] if hidden > 0 else []


def _numeric(summary: Summary) -> list[bool]:
    """Return for every column whether it holds numbers, which are aligned to the right."""
    columns = zip(*summary.rows, strict=True)
    return [all(_NUMBER.fullmatch(cell(value)) for value in column) for column in columns]


def _side(right: bool) -> str:
    return "right" if right else "left"


def _row(cells: Sequence[str], right: Sequence[bool]) -> str:
    first, *rest = (
        f'style="{_CELL}; font-weight: normal; text-align: {_side(to_right)}">{escape(text)}'
        for text, to_right in zip(cells, right, strict=True)
    )
    return f'<tr><th scope="row" {first}</th>' + "".join(f"<td {text}</td>" for text in rest) + "</tr>"


def _fold(title: str, content: Mapping[str, Any] | Sequence[str]) -> str:
    if isinstance(content, Mapping):
        rows = "".join(_entries(content))
        inside = f'<table aria-label="{escape(title)}" style="border-collapse: collapse"><tbody>{rows}</tbody></table>'
    else:
        inside = f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in content)}</ul>"
    return f'<details><summary style="cursor: pointer">{escape(title)}</summary>{inside}</details>'


def _entries(content: Mapping[str, Any], prefix: str = "") -> list[str]:
    rows: list[str] = []
    for key, value in content.items():
        if isinstance(value, Mapping):
            rows += _entries(value, f"{prefix}{key}.")
        else:
            rows.append(_row([f"{prefix}{key}", cell(value)], [False, False]))
    return rows
