"""Tables of medians over repetitions: every metric at the end of the runs, the curvature there, and the time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from landscape._common.end_points import at_end_points
from landscape.plot._study_data import over_steps
from landscape.study.references import label_of
from landscape.study.store import Study
from landscape.study.tables import Table

__all__ = ["table_of_medians"]

ACCURACY = "accuracy, train mode (%)"
"""Title of the column that AdamZ's authors report."""
SECONDS = "time (s)"
_TRAIN_MODE = "_train_mode"
_CURVATURE = {"eigenvalue": "top eigenvalue λ", "adaptive_sharpness": "adaptive sharpness"}


def table_of_medians(study: Study, name: str = "medians") -> Table:
    """Medians and quartiles over the runs of every method: test metrics and curvature at the end, and training time.

    A metric of train mode is named so; all others are of eval mode.

    Parameters
    ----------
    study : Study
    name : str
        Of the files.
    """
    quantities = dict(_quantities(study))
    cells, records = [], []
    for method in study.spec.methods:
        row = [label_of(method)]
        for title, values in quantities.items():
            found = np.asarray(values.sel(optimizer=method).values, dtype=np.float64)
            finite = found[np.isfinite(found)]
            quartiles = np.quantile(finite, (0.25, 0.5, 0.75)) if finite.size else [math.nan] * 3
            row.append(_cell(finite, quartiles, len(found)))
            first, median, third = map(float, quartiles)
            record = {"method": method, "quantity": title, "median": median, "quartile_1": first, "quartile_3": third}
            records.append({**record, "runs": len(found), "finite": int(finite.size)})
        cells.append(tuple(row))
    seeds = len(study.spec.seeds)
    return Table(
        name,
        f"{study.spec.task_name}: {'one run' if seeds == 1 else f'medians over {seeds} runs [quartiles]'}, after the "
        "last epoch, test metrics in eval mode unless the column says train mode; (k of n) where runs diverged, failed "
        "or could not be measured.",
        ("method", *quantities),
        tuple(cells),
        tuple(records),
    )


def _quantities(study: Study) -> Iterator[tuple[str, xr.DataArray]]:
    """Yield what a column shows, over optimizer and seed, NaN where a run did not finish."""
    tree = study.tree
    finished = tree["runs"]["status"] == "finished"
    epochs = tree["epochs"].to_dataset()
    label, unit = tree.attrs["metric_label"], tree.attrs["metric_unit"]
    tests = [str(key).removeprefix("test_") for key in epochs if str(key).startswith("test_") and key != "test_loss"]
    both = any(quantity.endswith(_TRAIN_MODE) for quantity in tests)
    for quantity in tests:
        last = at_end_points(tree, epochs[f"test_{quantity}"], "epoch").where(finished)
        in_train_mode = quantity.endswith(_TRAIN_MODE)
        words = label if quantity == "metric" else quantity.removesuffix(_TRAIN_MODE).replace("_", " ")
        share = words.endswith("accuracy") and not (quantity == "metric" and unit)
        shown = "%" if share else unit if quantity == "metric" else ""
        title = words + (f", {'train' if in_train_mode else 'eval'} mode" if both else "")
        yield f"{title} ({shown})" if shown else title, 100 * last if share else last
    for key, words in _CURVATURE.items():
        found = _at_end(tree, key)
        if found is not None:
            yield words, found.where(finished)
    yield SECONDS, over_steps(study, "seconds", partial(np.fmax.reduce, axis=-1)).where(finished)


def _at_end(tree: xr.DataTree, key: str) -> xr.DataArray | None:
    if key == "eigenvalue" and "curvature" in tree:
        curvature = tree["curvature"].to_dataset()
        if key in curvature:
            top = at_end_points(tree, curvature[key], "step").isel(k=0)
            if "converged" in curvature:
                top = top.where(at_end_points(tree, curvature["converged"], "step").isel(k=0).astype(bool))
            return top
    if "end" in tree and key in tree["end"].to_dataset():
        return tree["end"].to_dataset()[key]
    return None


def _cell(finite: NDArray[np.float64], quartiles: Any, runs: int) -> str:
    if not finite.size:
        return "–"
    first, median, third = quartiles
    few = f" ({finite.size} of {runs})" if finite.size < runs else ""
    return f"{median:.4g} [{first:.4g}, {third:.4g}]{few}" if finite.size > 1 else f"{median:.4g}{few}"
