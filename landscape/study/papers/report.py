"""What a named study ends in: tables next to the papers' values, figures, and a report with every deviation."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from landscape._common.escaping import visible
from landscape._common.files import read_record, remove_leftovers, write_text
from landscape._common.summaries import counted
from landscape.study.failures import failed_words
from landscape.study.figure_specs import FigureSpec
from landscape.study.missing import summary_of
from landscape.study.paper import tables as paper_tables
from landscape.study.paper.collect import Paper, chosen_studies, sweep_over, write_paper
from landscape.study.paper.figures import FIGURES
from landscape.study.papers.costs import read_costs
from landscape.study.papers.medians import ACCURACY, SECONDS, table_of_medians
from landscape.study.papers.spec import NamedStudy, NamedTable, Part, Scale, read_named
from landscape.study.papers.values import next_to_paper, paper_values
from landscape.study.report import Section, as_html, as_markdown
from landscape.study.spec_checks import BUDGETS
from landscape.study.store import Study
from landscape.study.sweep import points_of
from landscape.study.tables import Table

__all__ = ["FILE", "RECORD", "Outputs", "is_named_folder", "write_outputs"]

RECORD = "named.json"
"""By which a folder is known to be that of a named study."""
FILE = "named.toml"
"""The named study itself, where it does not come with the package."""
SCALE_WORDS = {
    "smoke": "Scale smoke: a few steps of tiny networks, to see that the experiment runs. Its numbers mean nothing.",
    "small": "Scale small: what two cores finish within an hour. Budgets, networks and data are smaller than the "
    "paper's, as listed below.",
    "paper": "Scale paper: the budget that the paper states, in seconds of training where it does.",
}
GENERATED = (
    "No folder of datasets was given, so the data were generated: random samples, in the datasets' own formats. They "
    "show that everything runs. NO NUMBER, TABLE OR FIGURE ON THIS PAGE SAYS ANYTHING ABOUT ANY METHOD. For numbers, "
    "give --data-root."
)


@dataclass(frozen=True)
class Outputs:
    """Tables and figures of a named study, and what they lack.

    Attributes
    ----------
    named : NamedStudy
    scale : str
    studies : dict of str to Study
        Finished ones.
    tables : tuple of Table
        With the paper's values.
    figures : tuple of FigureSpec
    not_run : dict of str to str
        Studies, tables and figures that are not there, and why.
    problems : dict of str to str
        Of these, what was asked for and could not be done.
    """

    named: NamedStudy
    scale: str
    studies: Mapping[str, Study]
    tables: tuple[Table, ...]
    figures: tuple[FigureSpec, ...]
    not_run: Mapping[str, str]
    problems: Mapping[str, str]


def is_named_folder(folder: Path) -> bool:
    """Whether a folder is that of a named study."""
    return (folder / RECORD).is_file()


def write_outputs(folder: Path) -> Outputs:
    """Draw tables, figures and the report of a named study from what of it is finished; nothing is trained.

    Raises
    ------
    FileNotFoundError
        If the folder holds no named study.
    """
    if not is_named_folder(folder):
        raise FileNotFoundError(f"no named study in '{folder}': run landscape study papers/NAME --out '{folder}' first")
    record = read_record(folder / RECORD)
    own = folder / FILE
    named, scale_name = read_named(own if own.is_file() else record["named_study"]), str(record["scale"])
    named = replace(named, name=str(record["named_study"]))
    scale = named.scale(scale_name)
    studies = {
        part.name: Study.open(folder / part.name)
        for part in scale.parts
        if not part.costs and (folder / part.name / "study.nc").is_file()
    }
    costs = {part.name: found for part in scale.parts if part.costs and (found := read_costs(folder / part.name))}
    done = {*studies, *costs}
    said = {**record["not_run"], **record.get("left_out", {}), **record["failed"]}
    not_run = {name: why for name, why in said.items() if name not in done}
    not_run |= {part.name: "not run yet" for part in scale.parts if part.name not in done and part.name not in not_run}
    missing: dict[str, str] = {}
    tables = tuple(_tables(named, scale, studies, costs, missing))
    figures = tuple(_figures(named, studies, missing))
    for each in ("figures", "tables"):
        remove_leftovers(folder / each)
    provenance = {name: study.provenance for name, study in studies.items()}
    write_paper(Paper(figures, tables, {}), folder, provenance={"named_study": named.name, **provenance})
    failed = {name: why for name, why in record["failed"].items() if name in not_run}
    could_not = {name: why for name, why in record["not_run"].items() if name in not_run and name not in scale.not_run}
    outputs = Outputs(named, scale_name, studies, tables, figures, {**not_run, **missing}, {**could_not, **failed})
    sections = tuple(_sections(outputs, scale, costs, bool(record["generated"])))
    title = f"{named.title} ({named.name}, {scale_name})"
    write_text(folder / "report.md", as_markdown(title, sections))
    write_text(folder / "report.html", as_html(title, sections, folder))
    return outputs


# Tables ---------------------------------------------------------------------------------------------------------------


def _tables(
    named: NamedStudy,
    scale: Scale,
    studies: Mapping[str, Study],
    costs: Mapping[str, Mapping[str, Any]],
    missing: dict[str, str],
) -> Iterator[Table]:
    """Yield the tables that can be made; note why others cannot."""
    parts = {part.name: part for part in scale.parts if part.name in studies or part.name in costs}
    for table in named.tables:
        found = 0
        try:
            for made in _MAKERS[table.kind](table, parts, studies, costs):
                found += 1
                yield made
        except ValueError as error:
            missing[table.name] = str(error)
            continue
        if not found:
            missing[table.name] = f"no study that '{table.name}' is made of is finished"


def _titles(parts: Mapping[str, Part], studies: Mapping[str, Study]) -> dict[str, Study]:
    """Return studies by the titles of their columns: their task, or their own name where two have the same."""
    names = [studies[name].spec.task_name for name in studies]
    return {
        study.spec.task_name if names.count(study.spec.task_name) == 1 else name: study
        for name, study in studies.items()
        if name in parts
    }


def _of_ends(
    table: NamedTable,
    parts: Mapping[str, Part],
    studies: Mapping[str, Study],
    costs: Mapping[str, Any],
    *,
    make: Callable[[Mapping[str, Study]], Table],
    suits: Callable[[Study], bool],
) -> Iterator[Table]:
    """Yield the one table over all studies that are no sweep."""
    plain = {name: study for name, study in studies.items() if not study.spec.sweep and suits(study)}
    titled = _titles(parts, plain)
    columns = {title: parts[name].column for title, name in zip(titled, plain, strict=True)}
    if titled:
        yield _compared(replace(make(titled), name=table.name), table, columns, lambda record: str(record["study"]))


def _of_strengths(
    table: NamedTable, parts: Mapping[str, Part], studies: Mapping[str, Study], costs: Mapping[str, Any]
) -> Iterator[Table]:
    """Yield a table for each study that sweeps the strength of L2 regularisation."""
    found = {}
    for name, study in studies.items():
        sweep = sweep_over(list(points_of([study])), "weight_decay")
        if sweep:
            found[name] = sweep
    for name, sweep in found.items():
        own = table.name if len(found) == 1 else f"{table.name}_{name}"
        columns = {f"L2 = {l2:g}": f"{parts[name].column} l2={l2:g}" for l2 in sweep}
        made = paper_tables.table_4(sweep)
        made = replace(made, name=own, caption=f"{studies[name].spec.task_name}. {made.caption}")
        yield _compared(made, table, columns, lambda record: f"L2 = {record['l2']:g}")


def _of_costs(
    table: NamedTable, parts: Mapping[str, Part], studies: Mapping[str, Study], costs: Mapping[str, Any]
) -> Iterator[Table]:
    """Yield a table for each measurement of costs."""
    for name, record in costs.items():
        made = paper_tables.table_1(record)
        own = table.name if len(costs) == 1 else f"{table.name}_{name}"
        last = made.header[-1]
        yield _compared(replace(made, name=own), table, {last: parts[name].column}, lambda _, last=last: last)


def _of_medians(
    table: NamedTable, parts: Mapping[str, Part], studies: Mapping[str, Study], costs: Mapping[str, Any]
) -> Iterator[Table]:
    """Yield a table for each study that is no sweep, and one with each method at its own best where they were tuned."""
    plain = {name: study for name, study in studies.items() if not study.spec.sweep and name in parts}
    for name, study in plain.items():
        own = table.name if len(plain) == 1 else f"{table.name}_{name}"
        columns = {ACCURACY: "accuracy", SECONDS: "seconds"}
        yield _compared(table_of_medians(study, own), table, columns, lambda record: str(record["quantity"]))
        if study.spec.tuning is not None:
            tuned = table_of_medians(study.tuned, f"{own}_tuned")
            yield replace(tuned, caption=f"Each method at its own best of its trials. {tuned.caption}")


def _compared(made: Table, table: NamedTable, columns: Mapping[str, str], column_of: Callable[..., str]) -> Table:
    return next_to_paper(made, paper_values(table.values), columns, column_of) if table.values else made


def _is_accurate(study: Study) -> bool:
    return bool(study.tree.attrs["metric"] == "accuracy")


_MAKERS: dict[str, Callable[..., Iterator[Table]]] = {
    "table_1": _of_costs,
    "table_3": partial(_of_ends, make=paper_tables.table_3, suits=_is_accurate),
    "table_4": _of_strengths,
    "table_5": partial(_of_ends, make=paper_tables.table_5, suits=lambda study: not _is_accurate(study)),
    "medians": _of_medians,
}


# Figures --------------------------------------------------------------------------------------------------------------


def _figures(named: NamedStudy, studies: Mapping[str, Study], missing: dict[str, str]) -> Iterator[FigureSpec]:
    """Yield the figures that can be drawn; note why others cannot."""
    if not studies:
        missing.update({f"figure_{number}": "no study that it is drawn from is finished" for number in named.figures})
        return
    given = chosen_studies(list(points_of(studies.values())))
    for number in named.figures:
        figure = FIGURES[number]
        try:
            yield figure(given[figure.studies])
        except ValueError as error:
            missing[figure.name] = str(error)


# The report -----------------------------------------------------------------------------------------------------------


def _sections(
    outputs: Outputs, scale: Scale, costs: Mapping[str, Mapping[str, Any]], generated: bool
) -> Iterator[Section]:
    named = outputs.named
    if generated:
        yield Section("These are generated data", (GENERATED,))
    yield Section("What this is", (f"{named.source}. {SCALE_WORDS[scale.name]}",))
    if named.states:
        yield Section("What the paper states", points=named.states)
    for table in outputs.tables:
        yield Section(table.name.replace("_", " ").capitalize(), (table.caption,), table=table)
    if outputs.figures:
        yield Section("Figures", figures=tuple(spec.figure for spec in outputs.figures))
    yield Section(
        "Deviations from the paper's protocol",
        points=(*named.deviations, *scale.deviations, *_differences(named, scale, outputs.studies, {*costs})),
    )
    if outputs.not_run:
        yield Section("Not run, and why", points=tuple(f"{name}: {why}" for name, why in outputs.not_run.items()))
    if troubles := tuple(_troubles(outputs.studies)):
        yield Section("Failed, diverged or not measured", points=troubles)
    if outputs.studies or costs:
        yield _studies(outputs.studies, costs)


def _differences(named: NamedStudy, scale: Scale, studies: Mapping[str, Study], costs: Set[str]) -> Iterator[str]:
    """Yield how the studies differ from those of the same name at the paper's scale, and where they ran."""
    whole, done = named.scales.get("paper"), {*studies, *costs}
    for part in (each for each in scale.parts if each.name in done):
        stated = None if whole is None else _stated(whole, part)
        if stated is None:
            if whole is not None and scale is not whole:
                yield f"{part.name} is no part of the paper's experiment."
            continue
        if part.costs == stated.costs and (words := "; ".join(_changes(part.given, stated.given))):
            yield f"{part.name}: {words}."
    seeds = sorted({len(study.spec.seeds) for study in studies.values()})
    if seeds:
        many = " to ".join(map(str, dict.fromkeys((seeds[0], seeds[-1]))))
        yield f"Every method was run on {many} seed{'' if seeds == [1] else 's'}."
    devices = sorted(
        {str(study.provenance.get("device_name", study.provenance["device"])) for study in studies.values()}
    )
    if devices:
        yield f"Ran on {', '.join(devices)}, so times are not those of the paper's machine."


def _stated(whole: Scale, part: Part) -> Part | None:
    """Return the study of the paper's scale that a part is, or else stands for."""
    of_column = (each for each in whole.parts if each.column == part.column and each.costs == part.costs)
    return whole.part(part.name) or next(of_column, None)


_WORDS = {
    "batch_size": "batches of {} instead of {}",
    "learning_rate": "learning rate {} instead of {}",
    "window": "window W = {} instead of {}",
    "task": "task {} instead of {}",
}
_NO_PROTOCOL = (
    "name",
    "seeds",
    "measure",
    "checkpoints",
    "threads",
    "seeds_together",
    "focus",
    "target",
    "rounds",
    "block",
)
"""Keys of a spec of which the paper states nothing."""


def _changes(ours: Mapping[str, Any], stated: Mapping[str, Any]) -> Iterator[str]:
    for key, words in _WORDS.items():
        if ours.get(key) != stated.get(key):
            yield words.format(_shown(ours.get(key, "by default")), _shown(stated.get(key, "the default")))
    budgets = [{key: own[key] for key in BUDGETS if key in own} for own in (ours, stated)]
    if budgets[0] != budgets[1] and all(budgets):
        yield "{} instead of {}".format(*(_budget(own) for own in budgets))
    if isinstance(ours.get("methods"), list) and isinstance(stated.get("methods"), list):
        left = [name for name in stated["methods"] if name not in ours["methods"]]
        if left:
            yield f"without {', '.join(left)}"
    settings = ours.get("task_settings", {}), stated.get("task_settings", {})
    for key in dict.fromkeys((*settings[0], *settings[1])):
        own, theirs = (each.get(key) for each in settings)
        if own != theirs:
            yield f"{key} = {_shown(own) if own is not None else 'the default'}" + (
                f" instead of {_shown(theirs)}" if theirs is not None else ""
            )
    for key in ours.keys() | stated.keys():
        known = (*_WORDS, *BUDGETS, *_NO_PROTOCOL, "methods", "task_settings")
        if key not in known and ours.get(key) != stated.get(key):
            own, theirs = (_shown(each[key]) if key in each else "the default" for each in (ours, stated))
            yield f"{key}: {own} instead of {theirs}"


def _budget(own: Mapping[str, Any]) -> str:
    ((key, amount),) = own.items()
    words = {"seconds": "s of training", "gradients": "gradient evaluations"}
    return f"{_shown(amount)} {words.get(key, key)}"


def _shown(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return json.dumps(value)
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _troubles(studies: Mapping[str, Study]) -> Iterator[str]:
    for name, study in studies.items():
        for each in points_of([study]):
            if words := failed_words(each.tree):
                yield f"{name}: {words}"
            diverged = int((each.tree["runs"]["status"] == "diverged").sum())
            if diverged:
                yield f"{name}: {counted(diverged, 'run')} diverged, which counts as a result: (k of n) in tables."
        if study.not_measured:
            yield f"{name}: {summary_of(study.not_measured)}; its own report lists all."


def _studies(studies: Mapping[str, Study], costs: Mapping[str, Mapping[str, Any]]) -> Section:
    rows, records = [], []
    for name, study in studies.items():
        spec, data = study.spec, study.provenance["data"]
        given = {
            "task": spec.task_name,
            "methods": len(spec.methods),
            "seeds": len(spec.seeds),
            "budget": _budget({spec.budget[0]: spec.budget[1]}),
            "batch size": spec.batch_size,
            "training samples": data["train_samples"],
            "test samples": data["test_samples"],
            "data": data["description"],
            "report": f"{name}/report.html" if _has_report(study) else f"landscape figures .../{name}",
        }
        rows.append((name, *map(str, given.values())))
        records.append({"study": name, **given})
    for name, record in costs.items():
        given = dict.fromkeys(records[0] if records else ("task", "methods", "data"), "–")
        given.pop("study", None)
        given |= {"task": record["rows"][0]["net"], "methods": len(record["rows"]), "data": record["description"]}
        rows.append((name, *map(str, given.values())))
        records.append({"study": name, **given})
    header = ("study", *(key for key in records[0] if key != "study"))
    links = "".join(
        f'<li><a href="{quote(name)}/report.html">{html.escape(visible(name))}</a></li>' for name in studies
    )
    table = Table("studies", "", header, tuple(rows), tuple(records))
    words = "Each is a study of its own, with figures, statistics and protocol in its own report."
    return Section("The studies", (words,), table=table, view=f"<ul>{links}</ul>" if links else "")


def _has_report(study: Study) -> bool:
    return (study.path / "report.html").is_file()
