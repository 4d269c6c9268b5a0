"""Tables of a report, written as CSV (full precision), LaTeX booktabs and Markdown."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from landscape._common.end_points import at_end_points
from landscape._common.escaping import csv_cell, latex, latex_label, markdown_cell
from landscape._common.files import write_text
from landscape._common.summaries import counted
from landscape.stats.paired import PairedComparison
from landscape.study.analysis import Analysis
from landscape.study.conclusions import ALPHA
from landscape.study.failures import failed_words
from landscape.study.missing import EIGENVALUE, LOSS, SHARPNESS, TRACE, reasons_of
from landscape.study.references import label_of
from landscape.study.store import Study
from landscape.study.tuning import WITHIN, chosen_of, is_log
from zenith._common.names import check_file_name

__all__ = ["OTHER_METRICS", "Table", "effect_cell", "mean_sd", "number", "study_tables", "tuning_table", "write_tables"]


OTHER_METRICS = "other_metrics"
"""Name of the table of a task's metrics but the main one."""


@dataclass(frozen=True)
class Table:
    """A table as text for reading, and as records for computing.

    Attributes
    ----------
    name, caption : str
        File stem, and the caption.
    header : tuple of str
        Column titles.
    rows : tuple of tuple of str
        Formatted cells; in plain text, with the signs a reader expects.
    records : tuple of dict
        The same rows at full precision, for CSV.
    """

    name: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    records: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON-able form, which `of` reads."""
        return dataclasses.asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Table:
        """Restore a table from its JSON-able form.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is none.
        """
        header, rows, records = tuple(record["header"]), tuple(map(tuple, record["rows"])), tuple(record["records"])
        words = [record["name"], record["caption"], *header, *(cell for row in rows for cell in row)]
        if not all(isinstance(word, str) for word in words):
            raise TypeError("a name, a caption or a cell is no text")
        if not records or any(each.keys() - records[0].keys() for each in records):
            raise ValueError("it has no records, or records of other columns than the first")
        return cls(record["name"], record["caption"], header, rows, records)

    def to_csv(self) -> str:
        """Return the records as comma-separated values."""
        out = io.StringIO()
        writer = csv.DictWriter(out, fieldnames=list(self.records[0]), lineterminator="\n")
        writer.writerow({key: csv_cell(key) for key in self.records[0]})
        writer.writerows({key: csv_cell(value) for key, value in record.items()} for record in self.records)
        return out.getvalue()

    def to_markdown(self) -> str:
        """Return a Markdown pipe table."""
        lines = [
            "| " + " | ".join(map(markdown_cell, self.header)) + " |",
            "|" + "|".join([" --- "] + [" ---: "] * (len(self.header) - 1)) + "|",
        ]
        return "\n".join(lines + ["| " + " | ".join(map(markdown_cell, row)) + " |" for row in self.rows]) + "\n"

    def to_latex(self) -> str:
        """Return a LaTeX ``table`` environment in the style of booktabs."""
        body = [" & ".join(latex(cell) for cell in row) + r" \\" for row in self.rows]
        return "\n".join(
            [
                r"\begin{table}",
                r"\centering",
                rf"\caption{{{latex(self.caption)}}}",
                rf"\label{{tab:{latex_label(self.name)}}}",
                rf"\begin{{tabular}}{{l{'r' * (len(self.header) - 1)}}}",
                r"\toprule",
                " & ".join(latex(cell) for cell in self.header) + r" \\",
                r"\midrule",
                *body,
                r"\bottomrule",
                r"\end{tabular}",
                r"\end{table}",
                "",
            ]
        )


def study_tables(study: Study, analysis: Analysis) -> tuple[Table, ...]:
    """Summary per method, paired comparisons, correlations with test error, every run, and metrics but the main one."""
    tables = (
        _summary(study, analysis),
        _comparisons(analysis),
        _correlations(analysis),
        _runs(study, analysis),
        *_other_metrics(study),
    )
    of_runs = [each for each in study.not_measured if each.what in (LOSS, EIGENVALUE, TRACE, SHARPNESS)]
    why = f" {reasons_of(of_runs)}" if of_runs else ""
    why += f" {words}" if (words := failed_words(study.tree)) else ""
    return tuple(dataclasses.replace(table, caption=table.caption + why) for table in tables)


def write_tables(folder: Path, tables: Sequence[Table]) -> None:
    """Write every table as ``.csv`` and ``.tex``."""
    for table in tables:
        check_file_name(table.name, "a table")
        write_text(folder / f"{table.name}.csv", table.to_csv())
        write_text(folder / f"{table.name}.tex", table.to_latex())


def _summary(study: Study, analysis: Analysis) -> Table:
    rows, records = [], []
    for name in study.spec.methods:
        row: list[str] = [label_of(name)]
        record: dict[str, Any] = {"method": name}
        for quantity in analysis.per_run:
            values = quantity.values.sel(optimizer=name).values
            values = values[np.isfinite(values)]
            mean = float(np.mean(values)) if values.size else math.nan
            sd = float(np.std(values, ddof=1)) if values.size > 1 else math.nan
            few = f" ({values.size} of {len(study.spec.seeds)})" if values.size < len(study.spec.seeds) else ""
            row.append(mean_sd(mean, sd) + few)
            record |= {f"{quantity.name}_mean": mean, f"{quantity.name}_sd": sd, f"{quantity.name}_n": int(values.size)}
        rows.append(tuple(row))
        records.append(record)
    return Table(
        "summary",
        f"Mean ± standard deviation over {counted(len(study.spec.seeds), 'seed')}; (k of n) where runs diverged, did "
        f"not converge{', failed' if failed_words(study.tree) else ''} or could not be measured.",
        ("method", *(q.label for q in analysis.per_run)),
        tuple(rows),
        tuple(records),
    )


def _other_metrics(study: Study) -> tuple[Table, ...]:
    """Return a table of the task's further metrics, if it has any."""
    epochs = study.tree["epochs"].to_dataset()
    names = [str(name).removeprefix("test_") for name in epochs if str(name).startswith("test_")]
    names = [name for name in names if name not in ("loss", "metric")]
    if not names:
        return ()
    finished = study.tree["runs"]["status"] == "finished"
    last = at_end_points(study.tree, epochs, "epoch").where(finished)
    rows, records = [], []
    for method in study.spec.methods:
        row: list[str] = [label_of(method)]
        record: dict[str, Any] = {"method": method}
        for key in (f"{part}_{name}" for name in names for part in ("train", "test")):
            values = last[key].sel(optimizer=method).values
            values = values[np.isfinite(values)]
            mean = float(np.mean(values)) if values.size else math.nan
            sd = float(np.std(values, ddof=1)) if values.size > 1 else math.nan
            row.append(mean_sd(mean, sd))
            record |= {f"{key}_mean": mean, f"{key}_sd": sd, f"{key}_n": int(values.size)}
        rows.append(tuple(row))
        records.append(record)
    words = {"train": "training", "test": "test"}
    header = tuple(f"{words[part]} {name.replace('_', ' ')}" for name in names for part in words)
    return (
        Table(
            OTHER_METRICS,
            "Further metrics after the last epoch, mean ± standard deviation over "
            f"{counted(len(study.spec.seeds), 'seed')}; nothing is tested or concluded from them.",
            ("method", *header),
            tuple(rows),
            tuple(records),
        ),
    )


def effect_cell(c: PairedComparison) -> str:
    """Return the median ratio (×) or difference (Δ) of a comparison, with its interval where there is one."""
    return ("×" if c.transform == "log" else "Δ ") + _with_interval(*c.median_effect)


def _comparisons(analysis: Analysis) -> Table:
    rows, records = [], []
    for quantity in analysis.quantities:
        for c in analysis.comparisons[quantity.name]:
            log = c.transform == "log"
            mean, mean_interval = (c.ratio, c.ratio_interval) if log else (c.mean_difference, c.interval)
            interval = c.median_effect[1]
            shown = c.p_holm is not None and c.p_holm <= ALPHA
            # An n/a comes first where a reader would take a large p for a small effect.
            possible = c.smallest_p_holm is None or c.smallest_p_holm <= ALPHA
            p = number(c.p_holm) + (" *" if shown else "") if possible else f"n/a ({counted(c.n, 'seed')})"
            rows.append(
                (
                    quantity.label,
                    label_of(c.reference),
                    effect_cell(c),
                    _with_interval(mean, mean_interval),
                    number(c.effect_size),
                    number(c.p_value),
                    p,
                    str(c.n),
                )
            )
            # Per-seed differences are lists; they are in analysis.json.
            scalars = {k: v for k, v in c.as_dict().items() if not isinstance(v, (list, dict))}
            ends = {"interval": mean_interval, "median_interval": interval}
            named = {
                f"{name}_{side}": end
                for name, pair in ends.items()
                for side, end in zip(("low", "high"), pair, strict=True)
            }
            records.append({"quantity": quantity.name, **scalars, **named})
    focus = label_of(analysis.focus)
    return Table(
        "comparisons",
        f"{focus} against each other method, paired over seeds: median ratio (×) or difference (Δ) with an interval "
        "that covers with 95 % or more whatever the distribution (none below 6 pairs), ratio of geometric means or "
        "mean difference with its t interval, which takes the differences for normal (of skewed ones it covers 79 to "
        "90 %), Hedges-corrected effect size d_z, exact sign test p, and p after Holm over the methods of the row's "
        f"quantity; * marks p at most {ALPHA:g} after Holm, and n/a that no outcome of so few seeds could give one. "
        "The quantities are not corrected for each other: where no method differs, up to 30 % of simulated studies had "
        "a star somewhere. The conclusion is corrected over all that it may say.",
        ("quantity", "against", "median [95 % interval]", "mean [95 % t interval]", "d_z", "p", "p (Holm)", "pairs"),
        tuple(rows),
        tuple(records),
    )


def tuning_table(data: xr.Dataset, metric: str) -> Table:
    """Return what the tuning of each method came to, from the trials of a study."""
    rows, records = [], []
    higher = bool(data.attrs["higher_is_better"])
    for method in map(str, data["optimizer"].values):
        own = data.sel(optimizer=method)
        score = own["metric"].mean("trial_seed", skipna=False).values
        known = score[np.isfinite(score)]
        best = float(known.max() if higher else known.min()) if known.size else math.nan
        failed = int((own["failed_because"] != "").any("trial_seed").sum()) if "failed_because" in own else 0
        near = int((np.abs(known - best) <= WITHIN * abs(best)).sum())
        chosen = chosen_of(data, method)
        space = json.loads(str(own["space"].values))
        ends = [
            key
            for key, value in chosen.items()
            if value in (min(at[key] for at in _tried(own, key)), max(at[key] for at in _tried(own, key)))
        ]
        record: dict[str, Any] = {
            "method": method,
            "trials": int(score.size),
            "diverged": int(score.size - known.size - failed),
            **({"failed": failed} if "failed_because" in data else {}),
            "chosen": json.dumps(chosen),
            "best": best,
            "median": float(np.median(known)) if known.size else math.nan,
            "untuned": float(score[0]) if data.attrs["sampler"] != "grid" else math.nan,
            "within_1_percent": near / score.size,
            "training_seconds": float(own["seconds"].sum()),
            "steps": float(own["steps"].sum()),
            "outermost": " ".join(ends),
        }
        records.append(record | {"space": json.dumps(space)})
        said = ", ".join(f"{key} = {value:g}" for key, value in chosen.items()) or "untuned"
        rows.append(
            (
                label_of(method),
                said + (f" (outermost tried: {', '.join(ends)})" if ends else ""),
                _space_words(space, data.attrs["sampler"]),
                *(number(record[key]) for key in ("best", "median", "untuned")),
                f"{near} of {score.size}",
                str(record["diverged"]) + (f", {failed} failed" if failed else ""),
                number(record["training_seconds"]),
            )
        )
    return Table(
        "tuning",
        f"Trials of each method: the setting that is chosen, the space, the validation {metric} of the best, of the "
        f"median and of the untuned setting, how many come within 1 % of the best, how many diverged, and their "
        f"seconds of training. A chosen value that is the outermost tried suggests a wider space.",
        ("method", "chosen", "space", "best", "median", "untuned", "within 1 %", "diverged", "seconds"),
        tuple(rows),
        tuple(records),
    )


def _space_words(space: Mapping[str, Sequence[float]], sampler: str) -> str:
    if sampler == "grid":
        return "; ".join(f"{key} in {', '.join(f'{v:g}' for v in values)}" for key, values in space.items())
    return "; ".join(
        f"{key} from {low:g} to {high:g}{' (log)' if is_log(low, high) else ''}" for key, (low, high) in space.items()
    )


def _tried(own: xr.Dataset, key: str) -> list[dict[str, Any]]:
    settings = [json.loads(str(text)) for text in own["settings"].values]
    return [each for each in settings if key in each]


def _with_interval(estimate: float, interval: tuple[float, float]) -> str:
    low, high = interval
    return number(estimate) + (f" [{number(low)}, {number(high)}]" if math.isfinite(low) else "")


def _correlations(analysis: Analysis) -> Table:
    rows, records = [], []
    for name, c in analysis.correlations.items():
        p_holm = analysis.correlation_p_holm[name]
        rows.append(
            (
                analysis.quantity(name).label,
                number(c.rho),
                number(c.p_value),
                number(p_holm) + (" *" if p_holm <= ALPHA else ""),
                number(c.partial),
                str(c.methods),
                number(c.rho_within),
                str(c.n),
                ", ".join(analysis.influential[name]) or "–",
            )
        )
        records.append(
            {
                "quantity": name,
                "rho": c.rho,
                "p": c.p_value,
                "p_holm": p_holm,
                "smallest_p": c.smallest_p,
                "rho_given_train_loss": c.partial,
                "methods": c.methods,
                "rho_within_seeds": c.rho_within,
                "n": c.n,
                "not_shown_without": " ".join(analysis.influential[name]),
            }
        )
    return Table(
        "correlations",
        "Spearman rank correlation with the test error over methods (mean ranks within seeds), its p under all "
        "permutations of the methods, and after Holm over the measures; rho given the ranks of the training loss, "
        "which both may follow (no p: no test of it holds with so few methods); rho over all runs within seeds, a "
        "description, for runs of one method are no independent evidence; and the methods without whose runs the "
        "correlation is no longer shown.",
        (
            "measure of sharpness",
            "rho",
            "p",
            "p (Holm)",
            "rho given training loss",
            "methods",
            "rho within seeds",
            "runs",
            "not shown without",
        ),
        tuple(rows),
        tuple(records),
    )


def _runs(study: Study, analysis: Analysis) -> Table:
    curvature = study.tree["curvature"].to_dataset()[["residual", "products"]]
    ends = at_end_points(study.tree, curvature, "step").isel(k=0)
    shown = ["status", "training_seconds", "initial_weights_sha256", "batch_order_sha256"]
    columns: dict[Any, xr.DataArray] = {q.name: q.values for q in analysis.per_run}
    columns |= {name: ends[name] for name in ("residual", "products")}
    columns |= dict(study.tree["runs"].to_dataset()[shown].items())
    at = {"optimizer": list(study.spec.methods), "seed": list(study.spec.seeds)}
    values = {name: array.sel(at).transpose("optimizer", "seed").values for name, array in columns.items()}
    rows, records = [], []
    for i, method in enumerate(study.spec.methods):
        for j, seed in enumerate(study.spec.seeds):
            record: dict[str, Any] = {
                "method": method,
                "seed": seed,
                "status": str(values["status"][i, j]),
                **{q.name: float(values[q.name][i, j]) for q in analysis.per_run},
                "lambda_max_residual": float(values["residual"][i, j]),
                "lambda_max_products": float(values["products"][i, j]),
                "training_seconds": float(values["training_seconds"][i, j]),
                "initial_weights_sha256": str(values["initial_weights_sha256"][i, j]),
                "batch_order_sha256": str(values["batch_order_sha256"][i, j]),
            }
            records.append(record)
            rows.append(
                (
                    label_of(method),
                    str(seed),
                    record["status"],
                    *(number(record[q.name]) for q in analysis.per_run),
                    number(record["lambda_max_residual"]),
                    record["initial_weights_sha256"][:8],
                    record["batch_order_sha256"][:8],
                )
            )
    header = ("method", "seed", "status", *(q.label for q in analysis.per_run), "residual", "weights", "batches")
    return Table(
        "runs",
        "Every run: end-point values, the residual ||Hv − λv|| of its top eigenvalue, and the first digits of the "
        "hashes of its initial weights and batch order (equal within a seed).",
        header,
        tuple(rows),
        tuple(records),
    )


def number(value: float | None) -> str:
    """Format a number at three digits; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    if value != 0 and not 1e-3 <= abs(value) < 1e4:
        return f"{value:.2e}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def mean_sd(mean: float, sd: float) -> str:
    """Format a mean with its standard deviation at two digits, both to the same decimal."""
    if not math.isfinite(mean) or not math.isfinite(sd) or sd == 0:
        return number(mean)
    if not 1e-3 <= abs(mean) < 1e4:
        return f"{mean:.2e} ± {sd:.1e}"
    decimals = min(6, max(0, 1 - math.floor(math.log10(sd))))
    return f"{mean:.{decimals}f} ± {sd:.{decimals}f}"
