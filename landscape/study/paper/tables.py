"""Tables 1, 3, 4 and 5 of ZENITH's paper (arXiv:2601.15212), from measured costs and from any studies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from landscape._common.end_points import at_end_points
from landscape.study.failures import failed_words
from landscape.study.paper.parts import best_and_time, words_on_failed
from landscape.study.references import label_of
from landscape.study.store import Study
from landscape.study.tables import Table, mean_sd

__all__ = ["regularised", "table_1", "table_3", "table_4", "table_5"]

SOURCE = "arXiv:2601.15212"
COSTS = ("net", "batch", "method", "step_extra_percent", "step_quartiles", "sgd_ms", "kept_copies", "temporary_copies")


def table_1(costs: Mapping[str, Any], *, net: str | None = None) -> Table:
    """Cost of a step of every method: time relative to SGD's, and memory in copies of the weights.

    Parameters
    ----------
    costs : mapping
        What ``benchmarks/methods.py`` writes: ``rows``, one a method and network, and ``measured_on``.
    net : str, optional
        The network to show, where there are several; the first by default.

    Raises
    ------
    ValueError
        If a row lacks a column, or no row is of the network.
    """
    rows = list(costs.get("rows", ()))
    lacking = sorted({name for name in COSTS for row in rows if name not in row})
    if not rows or lacking:
        raise ValueError(
            "table 1 needs the rows of benchmarks/methods.py; "
            f"{'no row' if not rows else 'without ' + ', '.join(lacking)} given."
        )
    nets = list(dict.fromkeys(row["net"] for row in rows))
    chosen = nets[0] if net is None else net
    if chosen not in nets:
        raise ValueError(f"table 1 has no cost on network '{chosen}'; it has {', '.join(nets)}.")
    kept = [row for row in rows if row["net"] == chosen]
    cells, records = [], []
    for row in kept:
        extra = float(row["step_extra_percent"])
        milliseconds = float(row["sgd_ms"]) * (1 + extra / 100)
        cells.append(
            (
                label_of(row["method"]),
                f"{milliseconds:.2f}",
                f"{extra:.1f}",
                "{:.1f} to {:.1f}".format(*row["step_quartiles"]),
                f"{float(row['kept_copies']):.3g}",
                f"{float(row['temporary_copies']):.3g}",
            )
        )
        record = {name: row[name] for name in COSTS if name != "step_quartiles"}
        record |= {f"step_quartile_{q}": end for q, end in zip((1, 3), row["step_quartiles"], strict=True)}
        records.append({"ms_per_iteration": milliseconds, **record})
    on = costs.get("measured_on", {})
    where = ", ".join(f"{name} {on[name]}" for name in ("processor", "torch", "threads", "repeats") if name in on)
    return Table(
        "table_1",
        f"Cost of a training step on network '{chosen}' at batch size {kept[0]['batch']}: time of its step, extra over "
        "an iteration of SGD measured next to it, and memory in copies of the weights, kept between steps and while "
        f"stepping ({where}). After table 1 of {SOURCE}.",
        ("method", "ms/iteration", "extra time (%)", "quartiles (%)", "kept memory", "temporary memory"),
        tuple(cells),
        tuple(records),
    )


def table_3(studies: Mapping[str, Study]) -> Table:
    """Best test metric of every method and the training time to it, one column a study.

    Parameters
    ----------
    studies : mapping of str to Study
        Finished, by the title of their column. A method that a study lacks has a dash.

    Raises
    ------
    ValueError
        If there is no study.
    """
    return _columns("table_3", studies)


def table_5(studies: Mapping[str, Study]) -> Table:
    """As table 3, for detection: a study records one metric, so boxes, masks and keypoints are columns of their own.

    Raises
    ------
    ValueError
        If there is no study, or its metric is accuracy.
    """
    accurate = [name for name, study in studies.items() if study.tree.attrs["metric"] == "accuracy"]
    if accurate or not studies:
        raise ValueError(
            "table 5 needs studies with another metric than accuracy, such as COCO's mAP50; "
            f"{', '.join(accurate) or 'none'} given: see table 3 for those."
        )
    return _columns("table_5", studies)


def table_4(sweep: Mapping[float, Study]) -> Table:
    """Test metric after the last epoch for several strengths of L2 regularisation, one column each.

    Parameters
    ----------
    sweep : mapping of float to Study
        By the strength, of studies that differ in it alone; the methods that all have and that take one are shown.

    Raises
    ------
    ValueError
        If there are fewer than two studies.
    """
    if len(sweep) < 2:
        raise ValueError(
            "table 4 needs a sweep over the L2 regularisation: give at least two studies that differ in weight_decay "
            f"alone; {len(sweep)} given."
        )
    ordered = dict(sorted(sweep.items()))
    studies = list(ordered.values())
    shared = [name for name in regularised(studies[0]) if all(name in study.spec.methods for study in studies)]
    cells, records = [], []
    for name in shared:
        values = [_last(study, name) for study in studies]
        cells.append(
            (
                label_of(name),
                *(_spread(each, _percent(study)) for each, study in zip(values, studies, strict=True)),
            )
        )
        records += [{"method": name, "l2": l2, **_statistics(each)} for l2, each in zip(ordered, values, strict=True)]
    label = studies[0].tree.attrs["metric_label"]
    return Table(
        "table_4",
        f"Test {label}{_unit(studies[0])} after the last epoch for several strengths of L2 regularisation; "
        f"{_over(studies)}, {_few(studies)}; the CSV has medians too.{words_on_failed(sweep)} After table 4 of "
        f"{SOURCE}.",
        ("method", *(f"L2 = {l2:g}" for l2 in ordered)),
        tuple(cells),
        tuple(records),
    )


def regularised(study: Study) -> list[str]:
    """Methods of a study that take a strength of L2 regularisation."""
    return [name for name, method in study.spec.loaded_methods.items() if "weight_decay" in method.defaults]


def _columns(name: str, studies: Mapping[str, Study]) -> Table:
    number = name.removeprefix("table_")
    if not studies:
        raise ValueError(f"table {number} needs at least one study; none given.")
    found = {title: best_and_time(study) for title, study in studies.items()}
    listed = list(dict.fromkeys(method for study in studies.values() for method in study.spec.methods))
    cells, records = [], []
    for method in listed:
        row = [label_of(method)]
        for title, study in studies.items():
            if method not in study.spec.methods:
                row.append("–")
                continue
            index = study.spec.methods.index(method)
            best, seconds = (array[index] for array in found[title])
            row.append(f"{_spread(best, _percent(study))} / {_duration(seconds)}")
            records.append(
                {
                    "study": title,
                    "method": method,
                    **_statistics(best, "best"),
                    **_statistics(seconds, "seconds"),
                    **_statistics(_last(study, method), "last"),
                }
            )
        cells.append(tuple(row))
    first = next(iter(studies.values()))
    return Table(
        name,
        f"Best test {first.tree.attrs['metric_label']}{_unit(first)} over the epochs and the training time to the "
        f"first epoch that had it; {_over(studies.values())}, {_few(studies.values())}, median time. The best "
        f"epoch is picked on the test set, which flatters every method; the CSV has the last epoch too."
        f"{words_on_failed(studies)} After table {number} of {SOURCE}.",
        ("method", *studies),
        tuple(cells),
        tuple(records),
    )


def _last(study: Study, method: str) -> np.ndarray[Any, Any]:
    """Test metric after the last epoch of the runs of a method, NaN where one diverged or failed."""
    finished = study.tree["runs"]["status"] == "finished"
    last = at_end_points(study.tree, study.tree["epochs"].to_dataset()["test_metric"], "epoch")
    return last.where(finished).sel(optimizer=method).values


def _over(studies: Iterable[Study]) -> str:
    counts = sorted({len(study.spec.seeds) for study in studies})
    if counts == [1]:
        return "one seed"
    return f"mean ± standard deviation over {' to '.join(map(str, dict.fromkeys((counts[0], counts[-1]))))} seeds"


def _few(studies: Iterable[Study]) -> str:
    """What "(k of n)" in a cell is for."""
    return f"(k of n) where runs diverged{' or failed' if any(failed_words(each.tree) for each in studies) else ''}"


def _percent(study: Study) -> float:
    """Factor for display: a fraction without a unit is shown in per cent, as in the paper."""
    return 100.0 if study.tree.attrs["metric_unit"] == "" else 1.0


def _unit(study: Study) -> str:
    return " (%)" if _percent(study) == 100.0 else ""


def _statistics(values: Sequence[float] | np.ndarray[Any, Any], name: str = "") -> dict[str, float]:
    finite = _finite(values)
    prefix = f"{name}_" if name else ""
    return {
        f"{prefix}mean": float(finite.mean()) if finite.size else math.nan,
        f"{prefix}sd": float(finite.std(ddof=1)) if finite.size > 1 else math.nan,
        f"{prefix}median": float(np.median(finite)) if finite.size else math.nan,
        f"{prefix}n": int(finite.size),
    }


def _spread(values: np.ndarray[Any, Any], factor: float) -> str:
    found = _statistics(values * factor)
    few = f" ({found['n']:.0f} of {len(values)})" if found["n"] < len(values) else ""
    if found["sd"] == 0:
        return f"{found['mean']:.4g} ± 0{few}"
    return mean_sd(found["mean"], found["sd"]) + few


def _duration(seconds: np.ndarray[Any, Any]) -> str:
    median = _statistics(seconds)["median"]
    if math.isnan(median):
        return "–"
    for size, unit in ((3600.0, "h"), (60.0, "min")):
        if median >= 2 * size:
            return f"{median / size:.3g} {unit}"
    return f"{median:.3g} s"


def _finite(values: Iterable[float] | np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    array = np.asarray(values, dtype=np.float64)
    return array[np.isfinite(array)]
