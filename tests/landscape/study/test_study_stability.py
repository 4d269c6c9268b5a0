"""The ratio to the edge of stability along a study's runs, from its eigenvalues, learning rates and settings."""

import math
import shutil

import numpy as np
import pytest
import torch
import xarray as xr

import landscape as ls
import zenith
from landscape._common.files import read_record, write_record
from landscape.study import execute, prepare
from landscape.study.stability import EDGE, RULE, edge_figure, edge_note, recorder, with_edge

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
RATES = xr.Dataset(  # of runs of four steps: at step 2, and at the last one, which the end applied
    {"lr": (("optimizer", "seed", "measured_at"), [[[0.1, 0.2, 0.4]], [[0.1] * 3], [[0.1] * 3]])},
    coords={"measured_at": [0, 2, 3]},
)


def test_the_rate_is_the_runs_own_where_others_took_more_steps_or_ended_early():
    lr = [[[0.1, 0.2, 0.4, np.nan]], [[0.1, 0.3, np.nan, np.nan]], [[0.1] * 4]]
    rates = xr.Dataset({"lr": (("optimizer", "seed", "measured_at"), lr)}, coords={"measured_at": [0, 2, 3, 9]})
    found = with_edge(curvature([[10.0, 9.5, 4.5], [30.0, 15.0, 10.0], [1.0, 1.0, 1.0]]), rates, SPEC)[EDGE]
    np.testing.assert_allclose(found.values[0, 0, 1:], [10.0 * 0.2 / 2, 5.0 * 0.4 / 2], rtol=1e-6)
    np.testing.assert_allclose(found.values[1, 0, 1:], [15.0 * 0.3 / 3, 10.0 * 0.3 / 3], rtol=1e-6)


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
    assert "Not known for Adam: the state of its optimizer was not recorded." in spec.figure.caption
    assert edge_figure(_Study(curvature([[1.0] * 3] * 3))) is None


@pytest.mark.parametrize("methods", [2, 3])
def test_where_rates_have_nothing_to_do_with_the_eigenvalues_the_sentence_comes_by_chance_alone(methods):
    generator, said, trials = np.random.default_rng(0), 0, 300
    names = ["a", "b", "c"][:methods]
    for _ in range(trials):
        top, ratio = generator.uniform(10, 11, methods), generator.uniform(0.5, 1.5, methods)  # whatever the rates
        data = xr.Dataset(
            {
                "eigenvalue": (("optimizer", "seed", "step", "k"), top[:, None, None, None]),
                EDGE: (("optimizer", "seed", "step"), ratio[:, None, None]),
            },
            coords={"optimizer": names, "seed": [0], "step": [3], "k": [1]},
        )
        note = edge_note(_Study(data))
        said += bool(note)
        assert not note or f"one in {math.factorial(methods)} agrees by chance" in note
    expected = 1 / math.factorial(methods)
    assert abs(said / trials - expected) < 4 * math.sqrt(expected * (1 - expected) / trials)


# Of adaptive methods -------------------------------------------------------------------------------------------------

torch.manual_seed(0)
X = torch.randn(24, 5, dtype=torch.float64) * torch.tensor([3.0, 1.0, 1.0, 0.5, 2.0])
Y = X @ torch.randn(5, 1, dtype=torch.float64)
SQUARES = zenith.Task(
    name="squares",
    model=lambda: torch.nn.Linear(5, 1, bias=False, dtype=torch.float64),
    train=(X, Y),
    test=(X[:6], Y[:6]),
    loss=torch.nn.MSELoss(),
    metric={"error": lambda model, batch: (model(batch[0]) - batch[1]).square().mean()},
)
HESSIAN = 2 * X.T @ X / len(X)


def descended(method, steps, settings):
    """The ratio to the edge after so many full-batch steps, from torch alone."""
    torch.manual_seed(0)
    kinds = {"adam": "Adam", "adamw": "AdamW", "nadam": "NAdam", "rmsprop": "RMSprop", "adagrad": "Adagrad"}
    weight = torch.nn.Parameter(zenith.training.train.initial_model(SQUARES, 0).weight.detach().clone())
    optimizer = getattr(torch.optim, kinds[method])([weight], **settings)
    for _ in range(steps):
        optimizer.zero_grad()
        (X @ weight.T - Y).square().mean().backward()
        optimizer.step()
    state = optimizer.state[weight]
    t, decay = steps, settings.get("weight_decay", 0.0)
    if method in ("adam", "adamw"):
        scale, factor = (1 - 0.9**t) * ((state["exp_avg_sq"] / (1 - 0.999**t)).sqrt() + 1e-8), 38.0
    elif method == "nadam":
        scale = (state["exp_avg_sq"] / (1 - 0.999**t)).sqrt() + 1e-8
        mu = [0.9 * (1 - 0.5 * 0.96 ** (i * 0.004)) for i in range(1, t + 2)]
        now, after = (1 - mu[t - 1]) / (1 - math.prod(mu[:t])), mu[t] / (1 - math.prod(mu))
        factor = 2 / (now + after / 19)
    elif method == "rmsprop":
        scale, factor = state["square_avg"].sqrt() + 1e-8, 2.0
    else:
        scale, factor = state["sum"].sqrt() + 1e-10, 2.0
    shift = 19 * decay if method == "adamw" else 0.0
    matrix = HESSIAN + (decay * torch.eye(5) if method == "adam" else 0)
    root = scale.flatten().rsqrt()
    top = float(torch.linalg.eigvalsh(root[:, None] * matrix * root)[-1]) + shift
    return top * settings["lr"] / factor


SETTINGS = {
    "adam": {"lr": 0.05, "weight_decay": 0.1},
    "adamw": {"lr": 0.05, "weight_decay": 0.1},
    "nadam": {"lr": 0.02},
    "rmsprop": {"lr": 0.01},
    "adagrad": {"lr": 0.1},
}
FEW = ls.MeasureSpec(
    trace_probes=2, sharpness_samples=2, line_points=3, plane_seeds=0, spectrum_seeds=0, tolerance=1e-6
)


@pytest.fixture(scope="module")
def squares(tmp_path_factory):
    """A study on a quadratic, on full batches."""
    spec = ls.StudySpec(
        name="s", task=SQUARES, methods=("constant", *SETTINGS, "zenith-adamw", "muon"), focus="constant", seeds=1,
        steps=9, batch_size=len(X), checkpoints=3, learning_rate=0.01, measure=FEW,
        settings=SETTINGS | {"zenith-adamw": {"window": 2}},
    )  # fmt: skip
    return execute(prepare(spec, tmp_path_factory.mktemp("squares") / "s", device="cpu"), progress=False)


@pytest.mark.parametrize("method", SETTINGS)
def test_adaptive_methods_have_the_ratio_of_their_own_preconditioner(squares, method):
    ratio = squares.tree["curvature"].to_dataset()[EDGE].sel(optimizer=method, seed=0)
    assert ratio["step"].values.tolist() == [0, 1, 4, 9]
    expected = [np.nan, *(descended(method, steps, SETTINGS[method]) for steps in (1, 4, 9))]
    np.testing.assert_allclose(ratio.values, expected, rtol=1e-5)


def test_a_schedule_that_moves_the_learning_rate_moves_the_ratio(squares):
    curvature, traces = squares.tree["curvature"].to_dataset(), squares.tree["traces"].to_dataset()
    own = curvature.sel(optimizer="zenith-adamw", seed=0)
    rates = traces["lr"].sel(optimizer="zenith-adamw", seed=0).values
    assert len(set(rates)) > 3
    applied = rates[np.minimum(own["step"].values, 8)]
    assert np.isfinite(own[EDGE].values[1:]).all()
    np.testing.assert_allclose(own[EDGE], own["stability_ratio_per_lr"] * applied)


def test_methods_that_no_theory_covers_say_so(squares):
    curvature = squares.tree["curvature"].to_dataset()
    assert np.isnan(curvature[EDGE].sel(optimizer="muon")).all()
    assert str(curvature[RULE].sel(optimizer="muon").values) == "no theory of this edge covers its step"
    assert str(curvature[RULE].sel(optimizer="adam").values) == "preconditioned Hessian"
    figure = edge_figure(squares)
    assert "Not known for Muon: no theory of this edge covers its step." in figure.figure.caption
    assert "For Adam, AdamW, NAdam, RMSprop, Adagrad and " in figure.figure.caption
    assert set(figure.draw().lines_) == {"constant", *SETTINGS, "zenith-adamw"}
    run = str(squares.tree["runs"]["run_id"].sel(optimizer="muon", seed=0).values)
    assert not (squares.run_folder(run) / "stability").exists()
    own = ("mine", type("Mine", (torch.optim.Adam,), {"step": lambda self, closure=None: None, "__module__": "mine"}))
    spec = ls.StudySpec(name="s", task=SQUARES, methods=["adam", own], focus="adam")
    assert recorder(spec, "adam") is not None
    assert recorder(spec, "mine") is None  # its step is its own


def test_what_is_recorded_takes_the_place_of_the_weights_once_more_and_changes_no_number(squares):
    run = str(squares.tree["runs"]["run_id"].sel(optimizer="adam", seed=0).values)
    threshold = squares.read_stability(run, 9)
    assert {name: t.dtype for name, t in threshold.preconditioner.items()} == {"weight": torch.float64}
    keys = {"steps": 9, "batch_size": len(X), "checkpoints": 3, "device": "cpu", "window": 1}
    plain = zenith.train(SQUARES, "adam", settings=SETTINGS["adam"], **keys)
    trace = squares.read_trace(run)["steps"].to_dataset()
    np.testing.assert_array_equal(trace["loss"], plain.trace.steps["loss"])
    torch.testing.assert_close(squares.read_checkpoint(run, 9), dict(plain.final), rtol=0, atol=0)
    wide = torch.nn.Linear(100, 100)
    optimizer = torch.optim.Adam(wide.parameters())
    wide(torch.randn(2, 100)).square().mean().backward()
    optimizer.step()
    spec = ls.StudySpec(name="s", task=SQUARES, methods=("adam", "sgd"), focus="adam")
    kept = recorder(spec, "adam")(1, wide, optimizer)
    assert sum(t.nbytes for t in kept["preconditioner"].values()) == sum(p.nbytes for p in wide.parameters())


@pytest.mark.slow
def test_a_study_whose_runs_an_older_version_trained_is_read_and_says_what_it_lacks(squares, tmp_path):
    folder = tmp_path / "old"
    shutil.copytree(squares.path, folder)
    for each in [*folder.glob("runs/*/stability"), folder / "measures"]:
        shutil.rmtree(each)
    for record in folder.glob("runs/*/run.json"):
        write_record(record, read_record(record) | {"stability": []})
    (folder / "study.nc").unlink()
    study = execute(prepare(ls.Study.open(folder).spec.replace(task=SQUARES), folder, device="cpu"), progress=False)
    curvature = study.tree["curvature"].to_dataset()
    assert np.isnan(curvature[EDGE].sel(optimizer="adam")).all()
    assert str(curvature[RULE].sel(optimizer="adam").values) == "the state of its optimizer was not recorded"
    np.testing.assert_array_equal(
        curvature[EDGE].sel(optimizer="constant"),
        squares.tree["curvature"].to_dataset()[EDGE].sel(optimizer="constant"),
    )


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
