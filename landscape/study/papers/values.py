"""The papers' own values, from ``values.toml``, and tables in which they stand next to ours."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from landscape.study.references import label_of
from landscape.study.tables import Table
from zenith._common.names import lookup, unknown_keys

__all__ = ["PaperValues", "next_to_paper", "paper_values"]

NOT_IN_PAPER = "not in the paper"
NOT_RUN = "not run"


@dataclass(frozen=True)
class PaperValues:
    """A table of a paper.

    Attributes
    ----------
    name, source : str
        And its place in the paper.
    gives : tuple of str
        What a cell has, such as ("accuracy_percent", "time").
    columns : dict of str to str
        The title of each column, with its units, by its key: a task, or whatever the ``column`` of a study says.
    rows : dict of str to dict of str to str
        Cells as printed, such as "99.51 / 13.1", by method and column.
    """

    name: str
    source: str
    gives: tuple[str, ...]
    columns: Mapping[str, str]
    rows: Mapping[str, Mapping[str, str]]

    def numbers(self, method: str, column: str) -> dict[str, float]:
        """Return the values of a cell, by ``paper_`` and what it is; nothing where the paper gives none."""
        text = self.rows.get(method, {}).get(column, "")
        parts = [float(part) for part in text.split("/")] if text else []
        return {f"paper_{what}": value for what, value in zip(self.gives, parts, strict=bool(parts))}


def paper_values(name: str) -> PaperValues:
    """Return a table of ``values.toml`` by its name.

    Raises
    ------
    ValueError
        If there is none.
    """
    return lookup(_every(), name, "table of the papers' values")


@cache
def _every() -> dict[str, PaperValues]:
    text = (resources.files("landscape.study.papers") / "values.toml").read_text(encoding="utf-8")
    return {name: read_values(name, own) for name, own in tomllib.loads(text).items()}


def read_values(name: str, given: Mapping[str, Any]) -> PaperValues:
    """Read a table of values.

    Raises
    ------
    ValueError
        If a row has not one cell for each column, or a cell not one number for each thing that it gives.
    """
    unknown_keys(given, ("source", "gives", "columns", "rows"), f"the values '{name}'")
    columns, gives = dict(given["columns"]), tuple(given["gives"])
    rows: dict[str, dict[str, str]] = {}
    for method, cells in given["rows"].items():
        if len(cells) != len(columns):
            raise ValueError(f"{method} has {len(cells)} cells in the values '{name}', of {len(columns)} columns")
        rows[method] = dict(zip(columns, map(str, cells), strict=True))
    found = PaperValues(name, str(given["source"]), gives, columns, rows)
    for method in rows:
        for column, cell in rows[method].items():
            try:
                found.numbers(method, column)
            except ValueError as error:
                raise ValueError(
                    f"{method} has {cell!r} in column '{column}' of the values '{name}', and each cell gives "
                    f"{' / '.join(gives)}"
                ) from error
    return found


def next_to_paper(
    table: Table,
    values: PaperValues,
    columns: Mapping[str, str],
    column_of: Callable[[Mapping[str, Any]], str],
) -> Table:
    """Put the paper's values next to ours: a column after each of ours that it has.

    Parameters
    ----------
    table : Table
        Ours: methods down, the first cell of a row being the label of its method.
    values : PaperValues
    columns : dict of str to str
        Keys of the paper's columns, by the titles of ours.
    column_of : callable
        Of a record of the table, the title of our column that it is in.

    Returns
    -------
    Table
        Methods that the paper does not have say so; those that only the paper has come last.
    """
    shown = {title: key for title, key in columns.items() if key in values.columns and title in table.header}
    if not shown:
        return table
    methods = list(dict.fromkeys(str(record["method"]) for record in table.records))
    named = {label_of(method): method for method in methods}
    header: list[str] = []
    for title in table.header:
        header += [title, f"paper: {values.columns[shown[title]]}"] if title in shown else [title]
    rows = []
    for row in table.rows:
        method, cells = named.get(row[0], row[0]), list[str]()
        for title, cell in zip(table.header, row, strict=True):
            cells.append(cell)
            if title in shown:
                cells.append(values.rows[method].get(shown[title]) or "–" if method in values.rows else NOT_IN_PAPER)
        rows.append(tuple(cells))
    records = []
    for record in table.records:
        key = shown.get(column_of(record), "")
        nothing = {f"paper_{what}": None for what in values.gives}
        records.append({**record, **nothing, **values.numbers(str(record["method"]), key)})
    for method in values.rows:
        if method not in methods and any(values.rows[method].get(key) for key in shown.values()):
            cells = [label_of(method)]
            for title in table.header[1:]:
                cells += [NOT_RUN, values.rows[method].get(shown[title]) or "–"] if title in shown else [NOT_RUN]
            rows.append(tuple(cells))
    caption = f"{table.caption} Columns headed 'paper' have the values of {values.source}, as printed there."
    return replace(table, caption=caption, header=tuple(header), rows=tuple(rows), records=tuple(records))
