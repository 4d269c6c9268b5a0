"""The packaged study of the paper's sweeps feeds figures 3a, 3b, 3c, 3g, 3h and 6 and table 4, at any scale."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from landscape.plot import PanelsDisplay
from landscape.study import execute, prepare
from landscape.study.measure_spec import MeasureSpec
from landscape.study.redraw import FigureOptions, draw_paper
from landscape.study.spec import load_spec

WANTED = {"figure_3a", "figure_3b", "figure_3c", "figure_3g", "figure_3h", "figure_6"}
LEAST = MeasureSpec(
    samples=64, trace_probes=2, sharpness_samples=2, line_points=3, plane_seeds=0, spectrum_seeds=0, tolerance=0.1
)


def test_the_packaged_spec_says_each_value_once():
    spec = load_spec("paper")
    assert spec.one_at_a_time
    assert len(spec.grid) == 1 + sum(len(values) - 1 for values in spec.sweep.values())
    base = spec.points()[0][1]
    assert [base.settings_for(name)["lr"] for name in ("zenith", "constant")] == [0.1, 0.1]
    assert base.settings_for("zenith")["window"] == 900 // 20
    assert {base.settings_for(name)["weight_decay"] for name in spec.methods} == {0.0}


@pytest.mark.slow
def test_one_spec_draws_the_papers_sweeps(tmp_path):
    spec = load_spec("paper")
    tiny = spec.replace(sweep={key: values[:2] for key, values in spec.sweep.items()}, epochs=1, seeds=2, measure=LEAST)
    study = execute(prepare(tiny, tmp_path / "s", device="cpu"), progress=False)
    # Of five methods at the base, a second rate of two, a second window of one, and a second strength of all.
    assert len(list((study.path / "runs").iterdir())) == 2 * (5 + 2 + 1 + 5)
    said = draw_paper([study.path], None, FigureOptions(formats=("png",)), None)
    drawn = {path.stem for path in (study.path / "paper" / "figures").glob("*.png")}
    assert drawn >= WANTED
    assert not any(f"missing  {name}" in said for name in (*WANTED, "table_4"))

    keys = list(tiny.sweep)
    points = {tuple(point): study.points[tuple(point)] for point in study.points}

    def ends(key, value, name, method):
        at = tuple(value if each == key else values[0] for each, values in tiny.sweep.items())
        return points[at].analysis.quantity(name).values.sel(optimizer=method).values

    for figure, key, quantity, method in (
        ("figure_3a", "settings.constant.lr", "lambda_max", "constant"),
        ("figure_3c", "settings.constant.lr", "train_loss", "constant"),
        ("figure_3h", "settings.zenith.lr", "test_accuracy", "zenith"),
    ):
        assert key in keys
        with xr.open_dataset(study.path / "paper" / "figures" / f"{figure}.nc") as data:
            (shown,) = PanelsDisplay.from_dataset(data.load()).displays
        assert shown.x.tolist() == sorted(tiny.sweep[key])
        expected = np.stack([ends(key, value, quantity, method) for value in shown.x], axis=-1)
        np.testing.assert_array_equal(shown.values[0], expected)
    table = json.loads((study.path / "paper" / "tables" / "table_4.json").read_text())
    assert [row["l2"] for row in table["records"]] == [0.0, 1e-4] * 5
    found = {(row["method"], row["l2"]): row["mean"] for row in table["records"]}
    for (method, l2), mean in found.items():
        assert mean == pytest.approx(ends("weight_decay", l2, "test_accuracy", method).mean())
