"""The tables that the ``landscape`` command prints. Nothing heavy is imported here, as in `landscape.cli.main`."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from landscape._common.escaping import visible

if TYPE_CHECKING:
    from landscape.cli.doctor import Diagnosis
    from landscape.study.measure_weights import Sharpness
    from zenith.methods import Method

__all__ = [
    "added_as_json",
    "added_table",
    "doctor_tables",
    "measured_table",
    "method_as_json",
    "method_table",
    "print_table",
    "task_options_table",
]

WIDTH = 120  # of tables that go to a file or a pipe
_GAP = "–"

Rows = list[tuple[str, ...]]
Table = tuple[tuple[str, ...], Rows]
"""Header and rows."""


def print_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, lines: bool = False) -> None:
    """Print a table as wide as the terminal; with `lines` between its rows, all but the first line of a cell is dim.

    Cells are shown letter by letter: brackets mean nothing, control characters are written out.
    """
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    def shown(cell: str) -> Text:
        first, break_, rest = visible(cell, keep="\n").partition("\n")
        return Text.assemble(first, (break_ + rest, "dim" if lines else ""))

    # Only prose is wrapped: names are typed again.
    columns = [Column(title, overflow="fold", no_wrap=not title.startswith("what")) for title in header]
    table = Table(*columns, show_lines=lines)
    for row in rows:
        table.add_row(*map(shown, row))
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    console.print(table)


def measured_table(results: Sequence[Sharpness]) -> Table:
    """Return the table of measured values, a row for each set of weights; a dash where one is missing."""
    metrics = [name for name in results[0].values if name != "loss"]
    estimates = any(r.trace is not None or "trace" in r.not_measured for r in results)
    header = ("weights", "loss", *metrics, "eigenvalue", "residual", "converged", "products")
    rows = []
    for result in results:
        pairs = result.pairs
        row = [
            result.name,
            *(f"{result.values[name]:.4g}" for name in ("loss", *metrics)),
        ]
        row += (
            [_GAP] * 4
            if pairs is None
            else [
                "\n".join(f"{value:#.5g}" for value in pairs.values),
                "\n".join(f"{residual:.1e}" for residual in pairs.residuals),
                "\n".join("yes" if converged else "NO" for converged in pairs.converged),
                str(pairs.products),
            ]
        )
        if estimates:
            row += [
                _GAP if each is None else f"{each.value:.4g} ± {each.standard_error:.2g}"
                for each in (result.trace, result.average)
            ]
        rows.append(tuple(row))
    return (*header, *(("trace", "adaptive sharpness") if estimates else ())), rows


def doctor_tables(found: Diagnosis) -> list[Table]:
    """The machine, the extras and the checks of `landscape.cli.doctor`."""
    return [
        (("this machine", "what it has"), list(found.machine.items())),
        (
            ("extra", "what it is for", "what is missing, and the line that installs it"),
            [
                (
                    extra.name,
                    extra.purpose,
                    f"{', '.join(extra.missing)}\n{extra.install}" if extra.missing else "nothing",
                )
                for extra in found.extras
            ],
        ),
        (
            ("what was computed", "what it was compared with", "error", "limit", ""),
            [
                (
                    check.name,
                    check.against,
                    check.message or f"{check.error:.1e}",
                    f"{check.limit:.0e}" if check.limit else "0",
                    "passed" if check.passed else "FAILED",
                )
                for check in found.checks
            ],
        ),
    ]


def method_table(methods: Iterable[Method]) -> Table:
    """Return the table of methods: description, cost and needs."""
    rows: Rows = [
        (
            method.name,
            _about(method),
            ", ".join(sorted(method.needs)) or "-",
            f"{method.memory:g}" + ("+" if method.memory_note else ""),
            "1/tensor" if math.isinf(method.syncs) else f"{method.syncs:g}",
            method.library,
        )
        for method in methods
    ]
    return ("name", "what it does", "needs", "copies", "syncs", "code"), rows


def task_options_table(name: str) -> Table:
    """Return the options of a task, their defaults, and what its function's docstring says of each."""
    import inspect

    from zenith.tasks import maker, parameters

    doc = inspect.getdoc(maker(name)[0]) or ""
    rows: Rows = []
    for key, each in parameters(name).items():
        default = "needed" if each.default is each.empty else json.dumps(each.default, default=str)
        rows.append((key, default, _said_of(key, doc)))
    return (f"option of {name}", "default", "what it is"), rows


def _said_of(name: str, doc: str) -> str:
    """Return what a NumPy docstring says of a parameter; "" if nothing."""
    lines = iter(doc.splitlines())
    for line in lines:
        if not line.startswith(" ") and name in line.partition(" : ")[0].split(", "):
            said = itertools.takewhile(lambda text: text[:1] in (" ", ""), lines)
            return " ".join(text.strip() for text in said).strip()
    return ""


def added_table(group: str, get: Callable[[str], Any]) -> Table:
    """Return the names that installed packages add, by the entry points of a group; a broken one says why it is."""
    from zenith._common.plugins import plugins

    rows: Rows = []
    for plugin in plugins(group):
        try:
            found = get(plugin.name)
        except (ValueError, OSError) as error:
            about = str(error)
        else:
            about = found.description or plugin.reference
            if found.source is None:
                about = f"not reached by this name, which is built in: write '{plugin.reference}'"
        rows.append((plugin.name, about, plugin.distribution))
    return ("name", "what it is", "package"), rows


def added_as_json(group: str, get: Callable[[str], Any]) -> list[dict[str, object]]:
    """Return the methods that installed packages add, in JSON's types; of a broken one its name, package and error."""
    from zenith._common.plugins import plugins

    found: list[dict[str, object]] = []
    for plugin in plugins(group):
        try:
            method = get(plugin.name)
        except (ValueError, OSError) as error:
            found.append({"name": plugin.name, "package": plugin.distribution, "error": str(error)})
            continue
        if method.source is not None:  # a name that is built in reaches the built-in one
            found.append(method_as_json(method))
    return found


def _settings(defaults: dict[str, object]) -> str:
    return ", ".join(f"{name}={_number(value)}" for name, value in defaults.items())


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _about(method: Method) -> str:
    average = f"; evaluated at its {method.evaluated_at} average" if method.averaging else ""
    return f"{method.description}{average}\n{method.citation}\n{_settings(method.defaults)}"


def method_as_json(method: Method) -> dict[str, object]:
    """Return a method in JSON's types; the settings in place of the optimizer's class."""
    left_out = ("optimizer", "optimizer_defaults", "schedule_defaults", "required", "takes_any", "source", "made")
    columns = {f.name: getattr(method, f.name) for f in dataclasses.fields(method) if f.name not in left_out}
    named = method.schedule if isinstance(method.schedule, str) else getattr(method.schedule, "__name__", "its own")
    return columns | {
        "schedule": named,
        "averaging": "" if method.evaluated_at == "weights" else method.evaluated_at,
        "package": method.source.distribution if method.source is not None else "",
        "source": method.source.reference if method.source is not None else "",
        "settings": method.defaults,
        "needs": sorted(method.needs),
        "syncs": "one per tensor" if math.isinf(method.syncs) else method.syncs,
        "licence": method.licence,
        "exceptions": dict(method.exceptions),
    }
