"""The ratio to the edge of stability along a study's runs, from its eigenvalues, learning rates and settings."""

import numpy as np
import pytest
import xarray as xr

import landscape as ls
from landscape.study.stability import EDGE, edge_figure, edge_note, with_edge

STEPS = [0, 2, 4]


def curvature(values):
    values = np.asarray(values, float)[:, None, :, None]  # of one seed and eigenvalue
    dims = ("optimizer", "seed", "step", "k")
    return xr.Dataset(
        {"eigenvalue": (dims, values), "converged": (dims, np.ones(values.shape, np.int8))},
        coords={"optimizer": ["constant", "sgd-momentum", "adam"], "seed": [0], "step": STEPS, "k": [1]},
    )


SPEC = ls.StudySpec(
    name="a", task="digits", methods=["constant", "sgd-momentum", "adam"], focus="constant",
    settings={"constant": {"weight_decay": 0.5}, "sgd-momentum": {"momentum": 0.5, "weight_decay": 0.0}},
)  # fmt: skip
RATES = xr.Dataset({"lr": (("optimizer", "seed", "step"), [[[0.1, 0.1, 0.2, 0.4]], [[0.1] * 4], [[0.1] * 4]])})


def test_the_ratio_is_that_of_the_step_after_the_checkpoint_and_of_sgd_only():
    found = with_edge(curvature([[10.0, 9.5, 4.5], [30.0, 15.0, np.nan], [1.0, 1.0, 1.0]]), RATES, SPEC)[EDGE]
    # Weight decay adds to the eigenvalue; 2 / eta of plain SGD, (2 + 2 beta) / eta with momentum.
    expected = [[10.5 * 0.1 / 2, 10.0 * 0.2 / 2, 5.0 * 0.4 / 2], [1.0, 0.5, np.nan], [np.nan] * 3]
    np.testing.assert_allclose(found.values[:, 0], expected, rtol=1e-6)


class _Study:
    def __init__(self, data):
        self.tree = xr.DataTree.from_dict({"/curvature": data})


def test_the_report_names_it_only_where_every_method_is_near_its_edge_in_the_order_of_its_rates():
    def study(top, ratio):
        data = curvature(np.stack([top] * 3, axis=1))
        return _Study(data.assign({EDGE: (("optimizer", "seed", "step"), np.stack([ratio] * 3, axis=1)[:, None])}))

    assert "near its edge of stability (at 0.9 to 1.1 of it)" in edge_note(study([10.0, 20.0, 45.0], [1.0, 0.9, 1.1]))
    assert edge_note(study([10.0, 20.0, 45.0], [1.0, 0.1, 1.1])) == ""  # one is far from it
    assert edge_note(study([10.0, 20.0, 45.0], [1.0, np.nan, 1.1])) == ""  # one is not known
    assert edge_note(study([10.0, 11.0, 12.0], [0.6, 1.0, 1.4])) == ""  # the other way round
    assert edge_note(_Study(curvature([[1.0] * 3] * 3))) == ""


def test_the_figure_leaves_out_what_is_not_known_and_says_so():
    data = with_edge(curvature([[10.0, 9.5, 4.5], [30.0, 15.0, 9.0], [1.0, 1.0, 1.0]]), RATES, SPEC)
    spec = edge_figure(_Study(data))
    assert spec is not None
    drawn = spec.draw()
    assert set(drawn.lines_) == {"constant", "sgd-momentum"}
    assert any(list(line.get_ydata()) == [1.0, 1.0] for line in drawn.ax_.lines)
    assert "Not known for Adam" in spec.figure.caption
    assert edge_figure(_Study(curvature([[1.0] * 3] * 3))) is None


@pytest.mark.slow
def test_a_study_records_it(tmp_path):
    small = ls.MeasureSpec(
        samples=32, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, plane_seeds=0, spectrum_seeds=0
    )
    keys = {"seeds": 1, "epochs": 1, "checkpoints": 1, "measure": small, "progress": False, "learning_rate": 0.05}
    study = ls.run_study("digits", ["zenith", "constant"], out=tmp_path / "s", **keys)
    data = study.tree["curvature"].to_dataset().isel(k=0)
    ratio, top = (data[name].sel(optimizer="constant", seed=0).values for name in (EDGE, "eigenvalue"))
    np.testing.assert_allclose(ratio, 0.05 * top / 2, rtol=1e-5)
