"""Write the report of a study as self-contained HTML and as Markdown.

The page opens with the answer: one table, three figures, and what limits them. All else is folded; in Markdown, which
cannot fold, it is named with the files that hold it.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from landscape._common.escaping import markdown, visible
from landscape._common.files import remove_leftovers, write_json, write_text
from landscape._common.guesses import guessable
from landscape._common.summaries import counted
from landscape.explorer.page import fragment, thinning
from landscape.study.analysis import Analysis, texts_of
from landscape.study.answer import ANSWER, answer_table, lead_figures
from landscape.study.both_settings import PREFIX, comparisons_of_both, settings_words, summary_of_both
from landscape.study.budgets import Budgets, budgets_of
from landscape.study.compiled_products import products_words
from landscape.study.conclusions import ALPHA, FOR_PAIRS
from landscape.study.costs import COST_FIGURE, costs_of, equal_cost_table, target_table
from landscape.study.engines import Engine
from landscape.study.explore import view_of_study, write_explorer
from landscape.study.failures import FAILED, FOLDER
from landscape.study.figure_specs import StudyFigure, save_figures
from landscape.study.figures import draw_figures, undrawn
from landscape.study.integrity import environment_note
from landscape.study.lengths import steps_of, steps_words, window_words
from landscape.study.monitored import MonitoredStudy
from landscape.study.references import label_of
from landscape.study.spec import StudySpec, budget_words
from landscape.study.stability import edge_note
from landscape.study.store import Study
from landscape.study.sweep import sweep_figures, sweep_table, sweep_words
from landscape.study.tables import OTHER_METRICS, Table, study_tables, tuning_table, write_tables
from landscape.study.together import words
from zenith.training.options import LoopOptions

__all__ = ["MOST_POINTS", "Section", "as_html", "as_markdown", "write_report"]

LARGEST_PAGE = 10_000_000
"""Characters of a page: where the explorer would make it larger, it is a page of its own."""
SERIES_INSIDE = 2_500_000
"""Characters of it that its per-step series take at most: beyond, they are thinned."""
MOST_ROWS = 2_000
"""Rows of a table that the page shows; the file has all."""
LONGEST_NUMBER = 20
"""Characters of a cell that is not broken into lines."""

MOST_POINTS = 20
"""Points of a list that Markdown shows, where the page shows all."""


@dataclass(frozen=True)
class Section:
    """A heading of a report and its content, in order.

    Attributes
    ----------
    title : str
        The heading.
    paragraphs, points, figures, table, view
        Content. `view` is HTML that Markdown has no counterpart of.
    folded : bool
        Opened by a click on the page.
    only_named : bool
        Markdown names its figures and its table with their files, and shows nothing else of it.
    leads : bool
        Its figures stand in one row, and the page unfolds their captions.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    figures: tuple[StudyFigure, ...] = ()
    table: Table | None = None
    folded: bool = False
    only_named: bool = False
    leads: bool = False
    view: str = ""


@guessable
def write_report(study: Study, engine: Engine | None = None) -> Path:
    """Analyse a finished study and write its figures, tables, ``analysis.json``, ``report.md`` and ``report.html``.

    Nothing is trained or measured. Returns the path of ``report.html``. What a killed drawing left behind is removed.
    Figures are drawn by the workers of the engine, if one is given.
    """
    if isinstance(study, MonitoredStudy):
        return Path(study.report().path)
    for folder in (study.path, study.path / "figures", study.path / "tables"):
        remove_leftovers(folder)
    if study.spec.sweep:
        return _write_sweep(study, engine)
    analysis, budgets = study.analysis, budgets_of(study)
    tables = {table.name: table for table in study_tables(study, analysis)}
    tables[ANSWER] = answer_table(study)
    record = analysis.as_dict() | {"budgets": budgets.as_dict() | {"tuned": study.is_tuned}}
    if study.spec.tuning is not None:
        record["own_best"] = study.tuned.analysis.as_dict()
    write_json(study.path / "analysis.json", record)
    write_tables(study.path / "tables", tuple(tables.values()))
    figures = draw_figures(study, analysis, engine)
    title = f"{study.spec.name}: does {label_of(study.spec.focus)} find flatter minima, and do they generalise?"
    sections = tuple(_sections(study, analysis, budgets, tables, figures))
    write_text(study.path / "report.md", as_markdown(title, sections))
    # After the figures, which it shows in motion.
    for explorer in _explorers(study):
        shown = [each for s in sections for each in ((s, explorer) if s.title == FURTHER else (s,))]
        page = as_html(title, shown, study.path)
        if len(page) <= LARGEST_PAGE:
            break
    write_text(study.path / "report.html", page)
    return study.path / "report.html"


def _tables_of_both(study: Study, analysis: Analysis, tables: dict[str, Table]) -> dict[str, Table]:
    """Write the tables of each method at its own best, and return those of both comparisons by what they stand for."""
    best = study_tables(study.tuned, study.tuned.analysis)
    own = {each.name: replace(each, name=f"{PREFIX}{each.name}") for each in best[:2]}
    both = {
        "summary": summary_of_both(study, tables["summary"], own["summary"]),
        "comparisons": comparisons_of_both(analysis, study.tuned.analysis, ALPHA),
    }
    others = {PREFIX + each.name: replace(each, name=PREFIX + each.name) for each in best if each.name == OTHER_METRICS}
    write_tables(study.path / "tables", (*own.values(), *both.values(), *others.values()))
    return both | others


FURTHER = "Further figures"
INFERENCE = (
    "Inference is paired over seeds: exact sign test of the median difference, which holds for any distribution of the "
    f"differences. All that the conclusion may say is one family at the level {ALPHA:g}: {FOR_PAIRS * ALPHA:.2g} for "
    "the comparisons, spent on the measures of flatness one after the other and then on the test metric (graphical "
    f"procedure of Bretz et al. 2009), and {(1 - FOR_PAIRS) * ALPHA:.2g} for the correlations. Tables but that of the "
    "answer are adjusted after Holm over the methods within each quantity only; intervals are not corrected."
)


def _costs(study: Study, figures: Sequence[StudyFigure]) -> tuple[Section, ...]:
    """Sections on what the runs cost, and on the cost of the target."""
    costs = costs_of(study)
    if costs is None:
        return ()
    table = equal_cost_table(study, costs)
    out = [_folded("Equal steps and equal cost", (table.caption,), figures=tuple(figures), table=table)]
    if study.spec.target is not None:
        reached = target_table(study, costs)
        write_tables(study.path / "tables", (reached,))
        out.append(_folded("Cost of the target", (reached.caption,), table=reached))
    write_tables(study.path / "tables", (table,))
    return tuple(out)


def _write_sweep(study: Study, engine: Engine | None) -> Path:
    table, specs = sweep_table(study), sweep_figures(study)
    write_tables(study.path / "tables", (table,))
    provenance = {"study": study.spec.name, **study.provenance}
    save_figures(specs, study.path / "figures", provenance, engine)
    links = tuple(f"points/{each.path.name}" for each in study.points.values())
    sections = (
        Section("What is swept", (sweep_words(study),)),
        *_not_measured(study),
        Section("Figures", figures=tuple(spec.figure for spec in specs)),
        Section("Medians", (table.caption,), table=table),
        Section(
            "Points",
            ("Each has a report of its own, written by study.points[...].report() or landscape figures FOLDER.",),
            points=links,
        ),
    )
    title = f"{study.spec.name}: a sweep of {', '.join(study.spec.sweep)}"
    write_text(study.path / "report.md", as_markdown(title, sections))
    write_text(study.path / "report.html", as_html(title, sections, study.path))
    return study.path / "report.html"


def _folded(title: str, paragraphs: tuple[str, ...] = (), **content: Any) -> Section:
    return Section(title, paragraphs, folded=True, only_named=True, **content)


def _at_own_best(study: Study) -> tuple[Section, Section]:
    """Sections on each method at its own best: the conclusion, and the trials behind it."""
    data, tuned, spec = study.tree["tuning"].to_dataset(), study.tuned, study.spec
    assert spec.tuning is not None
    metric = study.tree.attrs["metric_label"]
    table = tuning_table(data, metric)
    write_tables(study.path / "tables", (table,))
    seconds, trained = float(data["seconds"].sum()), float(study.tree["runs"]["training_seconds"].sum())
    seeds = ", ".join(map(str, spec.tuning.seeds))
    drawn = {"grid": "a grid", "sobol": "a scrambled Sobol sequence", "halton": "a scrambled Halton sequence"}
    settings = "; ".join(f"{label_of(name)}: {settings_words(study, name)}" for name in spec.methods)
    words = (
        f"This second comparison has each method at its own best: {settings}. Each was tuned by {data.sizes['trial']} "
        f"trials on {counted(len(spec.tuning.seeds), 'seed')} ({seeds}), judged by the {metric} on "
        f"{data.attrs['validation_samples']} validation samples at the end of the run. Neither those samples nor those "
        "seeds are in any result here. So few trials find a good setting rather than the best one: other seeds may "
        "choose another. These claims are a family of their own at the level 0.05, as those of the conclusion above "
        "are: over both together, up to 10 % of studies may say something false."
    )
    trials = (
        f"From {drawn[spec.tuning.sampler]} over the space in the table. The trials took {seconds:.3g} s of training, "
        f"{seconds / trained:.2g} times that of the untuned runs."
    )
    return (
        Section("Each method at its own best", (words,), points=tuned.analysis.conclusion, folded=True),
        _folded("Trials", (trials, table.caption), table=table),
    )


def _sections(
    study: Study,
    analysis: Analysis,
    budgets: Budgets,
    tables: dict[str, Table],
    drawn: Sequence[StudyFigure],
) -> Iterator[Section]:
    answer, leading = tables[ANSWER], lead_figures(study, drawn)
    cost = [figure for figure in drawn if figure.name == COST_FIGURE]
    own_best = [figure for figure in drawn if figure.name.startswith(PREFIX)]
    other = [figure for figure in drawn if figure not in (*leading, *cost, *own_best)]
    yield Section("Answer", (answer.caption, budgets.opening()), table=answer, figures=leading, leads=True)
    yield Section("What limits it", points=(*_limits(study, analysis), *_undrawn(study, drawn)))
    yield from _not_measured(study)
    yield Section("Conclusion", points=analysis.conclusion, folded=True)
    trials = []
    if study.spec.tuning is not None:
        conclusion, of_trials = _at_own_best(study)
        yield conclusion
        trials = [of_trials]
    yield _folded(FURTHER, figures=tuple(other))
    if study.spec.tuning is not None:
        yield _folded("Figures at own best", figures=tuple(own_best))
        tables |= _tables_of_both(study, analysis, tables)
    yield _folded("Per method", (tables["summary"].caption,), table=tables["summary"])
    for name, where in ((OTHER_METRICS, ""), (PREFIX + OTHER_METRICS, " at own best")):
        if name in tables:
            yield _folded(f"Other metrics{where}", (tables[name].caption,), table=tables[name])
    yield _folded("Paired comparisons", (tables["comparisons"].caption,), table=tables["comparisons"])
    yield from _costs(study, cost)
    yield _folded("Sharpness and test error", (tables["correlations"].caption,), table=tables["correlations"])
    yield from trials
    yield _folded("Every run", (tables["runs"].caption,), table=tables["runs"])
    defined = tuple(f"{q.label}: {q.definition}." for q in analysis.quantities)
    yield Section("Protocol", _protocol_words(study), folded=True)
    yield _folded("How differences are tested", (INFERENCE,))
    yield _folded("What the quantities are", points=defined)
    yield _folded("Recorded settings", points=_protocol_records(study))


def _limits(study: Study, analysis: Analysis) -> Iterator[str]:
    notes = [*analysis.notes, *_notes(study)]
    yield from notes
    if study.spec.tuning is not None:
        said = {sentence for note in notes for sentence in _in_sentences(note)}
        for note in (*study.tuned.analysis.notes, *_notes(study.tuned)):
            if new := [sentence for sentence in _in_sentences(note) if sentence not in said]:
                yield f"With each method at its own best: {' '.join(new)}"


def _in_sentences(text: str) -> list[str]:
    return re.split(r"(?<=\.) (?=[A-Z])", text)


def _notes(study: Study) -> Iterator[str]:
    """What limits a study besides its analysis."""
    yield from filter(None, (edge_note(study), environment_note(study.tree["runs"].to_dataset())))


def _not_measured(study: Study) -> tuple[Section, ...]:
    """Sections on failed runs and on missing measurements, if any; elsewhere they are missing values."""
    missing, failed = study.not_measured, study.failed_runs
    sections = []
    if failed:
        where = study.root / FOLDER / "runs"
        words = (
            f"{counted(len(failed), 'run')} failed, by an error, for want of memory, or because a worker was killed. "
            "That is no property of a method, and nothing is known of where they would have ended: they are missing "
            "everywhere, and no seed is compared on which one of the two runs failed. The same command tries them "
            f"again. Tracebacks are in '{where}'."
        )
        sections.append(Section("Failed runs", (words,), tuple(str(each) for each in failed)))
    if not missing:
        return tuple(sections)
    text = (
        f"{counted(len(missing), 'measurement')} could not be made. In figures and tables they are missing, as the "
        "counts (k of n) say. The same command tries them again."
    )
    return (*sections, Section("Not measured", (text,), tuple(str(each) for each in missing)))


def _undrawn(study: Study, figures: Sequence[StudyFigure]) -> tuple[str, ...]:
    titles = undrawn(study, figures)
    if not titles:
        return ()
    return (f"Not drawn, since no run, or too few, has the values: {'; '.join(titles)}.",)


def _explorers(study: Study) -> Iterator[Section]:
    """The explorer inside the page, and as a page of its own."""
    text = "Scrub through the steps, hide methods and seeds, read exact values, mark a span of steps."
    view = view_of_study(study)
    _, thinned = thinning(view, SERIES_INSIDE)
    inside = f'<div class="explorer">{fragment(view, SERIES_INSIDE)}</div>'
    yield Section("Explorer", (text, thinned) if thinned else (text,), folded=True, view=inside)
    page = write_explorer(study)
    yield Section("Explorer", (text,), folded=True, view=f'<p><a href="{page.name}">Open the explorer</a></p>')


def _protocol_words(study: Study) -> tuple[str, ...]:
    spec, provenance = study.spec, study.provenance
    total, data = max(steps_of(study).values()), provenance["data"]
    auto = "5 % of the budget, at most the paper's 500" if spec.window == "auto" else "as the spec asks"
    sizes = f"{data['train_samples']} training and {data['test_samples']} test samples"
    described = data["description"] if sizes in data["description"] else f"{data['description']} {sizes}"
    augmented = "augmentation as said of the data" if "augment" in data["description"] else "no augmentation"
    return (
        f"Data: {described}, fingerprint {data['fingerprint'][:16]}.",
        *((f"Task: {spec.task_name} with {_listed(options)}.",) if (options := provenance.get("task_options")) else ()),
        f"Training: {budget_words(spec)} of batch size {spec.batch_size}, that is {steps_words(study)}; base learning "
        f"rate {spec.learning_rate:g}; {augmented}; {_options(spec)}{spec.threads} CPU thread(s) per run on "
        f"{provenance['device']}. Within a seed all methods start from bit-identical weights and see the same batches "
        f"in the same order; the hashes are in the table of runs. {_together(study)}".rstrip(),
        *((words_of_products,) if (words_of_products := products_words(study)) else ()),
        f"ZENITH's window is W = {window_words(study)} ({auto}); the paper's default of 500 would hold the learning "
        f"rate constant for the first {min(500, total)} of {total} steps.",
    )


def _options(spec: StudySpec) -> str:
    options = LoopOptions.of(spec.options).changed()
    return f"{_listed(options)} (training only: curvature is of the loss in full precision); " if options else ""


def _listed(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {json.dumps(value)}" for name, value in options.items())


def _together(study: Study) -> str:
    runs = study.tree["runs"].to_dataset()
    if "together" not in runs:  # in studies of before
        return ""
    return words(list(runs["together"].values[runs["status"].values != FAILED]))


def _protocol_records(study: Study) -> tuple[str, ...]:
    tree, spec = study.tree, study.spec
    recorded = tree["runs"].to_dataset()["settings"]
    settings = {name: str(recorded.sel(optimizer=name).values[0]) for name in spec.methods}
    records = {
        "versions": study.provenance["versions"],
        "measure": spec.as_dict()["measure"],
        **{f"method {name}": json.loads(text) for name, text in settings.items()},
    }
    # Of the first run as an example; study.nc holds every run's own.
    for group, name in (("curvature", "protocol"), ("end", "trace_protocol"), ("end", "adaptive_sharpness_protocol")):
        if group in tree:
            known = filter(None, texts_of(tree[group].to_dataset()[name], backward=True))
            records[f"{group} {name}"] = json.loads(next(known, "{}"))
    return tuple(f"{name}: {json.dumps(record)}" for name, record in records.items())


def as_markdown(title: str, sections: Sequence[Section]) -> str:
    """Return a report as Markdown; of sections that are only named, the files with their figures and tables."""
    out = [f"# {markdown(title)}", ""]
    for section in sections:
        if section.only_named:
            continue
        table = [] if section.table is None else [section.table.to_markdown(), ""]
        paragraphs = [line for paragraph in section.paragraphs for line in (markdown(paragraph), "")]
        out += [f"## {section.title}", ""]
        out += [*table, *paragraphs] if section.leads else paragraphs
        if section.points:
            rest = len(section.points) - MOST_POINTS
            out += [f"- {markdown(point)}" for point in section.points[:MOST_POINTS]]
            out += [*([f"- {rest} more are in report.html."] if rest > 0 else []), ""]
        for figure in section.figures:
            image = f"![{markdown(figure.title)}](figures/{quote(figure.name)}.png)"
            out += [image, "", *([] if section.leads else [f"*{markdown(figure.caption)}*", ""])]
        if not section.leads:
            out += table
    named = [line for section in sections if section.only_named for line in _named(section)]
    if named:
        out += [
            "## Further figures and tables",
            "",
            "Captions and values are in report.html.",
            "",
            *named,
        ]
    return "\n".join(out).rstrip() + "\n"


def _named(section: Section) -> Iterator[str]:
    """Yield one point with the files of a section, if it has any."""
    files = [f"[{markdown(each.name.replace('_', ' '))}](figures/{quote(each.name)}.png)" for each in section.figures]
    files += [] if section.table is None else [f"[table](tables/{quote(section.table.name)}.csv)"]
    if files:
        yield f"- {section.title}: {', '.join(files)}"


_STYLE = """
:root { color-scheme: light dark; --fg: #1b1f24; --bg: #ffffff; --soft: #59636e; --line: #d1d9e0; --card: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --fg: #e6e9ec; --bg: #14181d; --soft: #9aa5b1; --line: #39424c; } }
body { margin: 0 auto; max-width: 76rem; padding: 1.2rem 1.25rem 4rem; background: var(--bg); color: var(--fg);
  font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
.table { overflow-x: auto; }
.table table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; }
.table th, .table td { padding: .3rem .5rem; text-align: right; vertical-align: bottom; }
.table th, .table td { border-bottom: 1px solid var(--line); }
.table td { white-space: nowrap; } .table td.words { white-space: normal; min-width: 7rem; }
.table th { max-width: 9rem; font-weight: 600; }
.table th:first-child, .table td:first-child { text-align: left; }
figure { margin: 0; } figure img { max-width: 100%; height: auto; background: var(--card); border-radius: 4px; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 1.8rem 1.5rem; }
@media (max-width: 34rem) { .figures { grid-template-columns: 1fr; } }
figcaption { font-size: .85rem; color: var(--soft); margin-top: .4rem; } li { margin: .3rem 0; }
p:not(.soft), li { max-width: 62rem; }
li, p { overflow-wrap: anywhere; } .folded > summary { cursor: pointer; font-weight: 600; font-size: 1.15rem; }
.folded { margin: 1rem 0 .6rem; }
.leads { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1rem; margin-top: .6rem; }
.leads figcaption summary { cursor: pointer; } .soft { font-size: .85rem; color: var(--soft); margin: .4rem 0; }
@media (max-width: 48rem) { .leads { grid-template-columns: 1fr; } }
.wide h2 { margin: 1rem 0 .3rem; } .wide .table td { white-space: nowrap; padding: .22rem .5rem; }
.explorer { width: min(100vw - 2.5rem, 84rem); margin-left: calc(50% - min(100vw - 2.5rem, 84rem) / 2); }
"""


def as_html(title: str, sections: Sequence[Section], folder: Path) -> str:
    """Return a report as a page that holds the figures of a folder."""
    body = "\n".join(_html_section(section, folder) for section in sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_escaped(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{_escaped(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def _escaped(text: str) -> str:
    return html.escape(visible(text))


def _html_section(section: Section, folder: Path) -> str:
    paragraphs = [f"<p>{_escaped(paragraph)}</p>" for paragraph in section.paragraphs]
    table = [] if section.table is None else [_html_table(section.table)]
    if section.leads:
        out = [*table, *(f'<p class="soft">{_escaped(paragraph)}</p>' for paragraph in section.paragraphs)]
        out.append('<div class="leads">' + "".join(_html_figure(f, folder, True) for f in section.figures) + "</div>")
    else:
        out = paragraphs
        if section.points:
            out.append("<ul>" + "".join(f"<li>{_escaped(point)}</li>" for point in section.points) + "</ul>")
        if section.figures:
            out.append('<div class="figures">' + "".join(_html_figure(f, folder) for f in section.figures) + "</div>")
        out += table
    if section.view:
        out.append(section.view)
    body = "\n".join(out)
    if section.folded:
        return f'<details class="folded"><summary>{_escaped(section.title)}</summary>\n{body}\n</details>'
    of_leads = ' class="wide"' if section.leads else ""
    return f"<section{of_leads}><h2>{_escaped(section.title)}</h2>\n{body}\n</section>"


def _html_figure(figure: StudyFigure, folder: Path, caption_folded: bool = False) -> str:
    encoded = base64.b64encode((folder / "figures" / f"{figure.name}.png").read_bytes()).decode()
    title, caption = _escaped(figure.title), _escaped(figure.caption)
    if caption_folded:
        caption = f"<details><summary>{title}</summary>{caption}</details>"
    image = f'<img src="data:image/png;base64,{encoded}" alt="{title}">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{_escaped(cell)}</th>" for cell in table.header)
    shown = table.rows[:MOST_ROWS]
    rows = "".join("<tr>" + "".join(map(_html_cell, row)) + "</tr>" for row in shown)
    rest = len(table.rows) - len(shown)
    more = f"<p>{rest:,} more rows are in tables/{_escaped(table.name)}.csv.</p>" if rest else ""
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{more}'


def _html_cell(cell: str) -> str:
    # Words break into lines, so that a table is no wider than the page; a number with its interval does not.
    words = ' class="words"' if len(cell) > LONGEST_NUMBER and " " in cell else ""
    return f"<td{words}>{_escaped(cell)}</td>"
