"""A small real study end to end: paired, stored, resumed, redrawn, reported."""

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
import tomli_w
import torch
import xarray as xr
from scipy.sparse.linalg import LinearOperator, eigsh

import landscape as ls
import zenith
from landscape._common.atomic import temporary_name
from landscape._common.files import read_json, write_json, write_record, write_tree
from landscape.explorer.page import fragment
from landscape.linalg.spectral_density import Density
from landscape.study import MeasureSpec, Study, StudySpec, execute, prepare, run_study, write_report
from landscape.study import engines as study_engine
from landscape.study.analysis import Quantity
from landscape.study.explore import view_of_study
from landscape.study.study_folder import StudyBusyError
from zenith import tasks
from zenith.training.train import initial_model

SPEC = StudySpec(
    name="small",
    task="digits",
    methods=("zenith", "constant", "cosine"),
    seeds=(0, 1),
    epochs=2,
    batch_size=128,
    checkpoints=3,
    measure=MeasureSpec(
        samples=200,
        trace_probes=4,
        sharpness_samples=4,
        line_points=5,
        plane_points=5,
        spectrum_probes=2,
        spectrum_steps=24,
    ),
)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    return run_study(SPEC, tmp_path_factory.mktemp("studies") / "small", progress=False)


def files(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_tree_has_named_dimensions_and_the_schema_version(study):
    tree = study.tree
    assert tree.attrs["schema_version"] == 2
    assert tree["traces"].sizes == {"optimizer": 3, "seed": 2, "step": 24}
    assert tree["epochs"].sizes == {"optimizer": 3, "seed": 2, "epoch": 3}
    assert tree["curvature"].sizes == {"optimizer": 3, "seed": 2, "step": 4, "k": 1}
    assert tree["lines/random"].sizes == {"optimizer": 3, "seed": 2, "alpha": 5}
    assert tree["lines/eigenvector"].sizes == {"optimizer": 3, "seed": 2, "alpha": 5}
    assert tree["planes/seed0/plane"].sizes == {"alpha": 5, "beta": 5}
    assert tree["spectra"].sizes == {"optimizer": 3, "seed": 1, "probe": 2, "node": 24}
    assert list(tree["traces"]["optimizer"].values) == list(SPEC.methods)
    assert not tree["traces"].to_dataset().isnull().any()["loss"]


def test_store_is_readable_without_us(study):
    assert {path.suffix for path in study.path.rglob("[!.]*") if path.is_file()} == {
        *(".toml", ".json", ".nc", ".safetensors", ".csv", ".tex", ".pdf", ".svg", ".png", ".html", ".md"),
    }
    with xr.open_datatree(study.path / "study.nc") as tree:
        assert "eigenvalue" in tree["curvature"]
    for path in study.path.rglob("*.json"):
        json.loads(path.read_text())


def test_pairs_start_from_equal_weights_and_see_equal_batches(study):
    runs = study.tree["runs"]
    for seed in SPEC.seeds:
        for field in ("initial_weights_sha256", "batch_order_sha256"):
            assert len(set(runs[field].sel({"seed": seed}).values.tolist())) == 1
    assert runs["initial_weights_sha256"].values[0, 0] != runs["initial_weights_sha256"].values[0, 1]


def test_stored_numbers_can_be_measured_again_from_the_stored_weights(study):
    name = next(path.name for path in (study.path / "runs").iterdir() if path.name.startswith("cosine-seed1"))
    task = tasks.get("digits")
    split = task.load(None).train.subset(200, seed=0)
    model = initial_model(task, 0)
    model.load_state_dict(study.read_checkpoint(name, 24))
    x, y = split.batch(torch.arange(200))
    model, x = model.double(), x.double()
    weights = {key: value.detach() for key, value in model.named_parameters()}

    def loss(parameters):
        return torch.nn.functional.cross_entropy(torch.func.functional_call(model, parameters, x), y)

    # An independent route: products through torch.autograd's own vhp in float64, and ARPACK.
    flat = torch.cat([value.reshape(-1) for value in weights.values()])
    sizes = [value.numel() for value in weights.values()]

    def flat_loss(theta):
        pieces = zip(weights, theta.split(sizes), strict=True)
        return loss({key: piece.view_as(weights[key]) for key, piece in pieces})

    def product(vector):
        direction = torch.from_numpy(np.array(vector, dtype=np.float64).reshape(-1))
        return torch.autograd.functional.vhp(flat_loss, flat, direction)[1].numpy()

    hessian = LinearOperator((sum(sizes), sum(sizes)), matvec=product, dtype=np.float64)
    exact = float(eigsh(hessian, k=1, which="LA", tol=1e-10, return_eigenvectors=False)[0])
    row = study.tree["curvature"].isel(step=-1, k=0).sel(optimizer="cosine", seed=1)
    # Some eigenvalue lies within the residual; fp32 products add their rounding.
    assert abs(float(row["eigenvalue"]) - exact) <= float(row["residual"]) + 1e-4 * exact
    assert float(row["loss"]) == pytest.approx(loss(weights).item(), rel=1e-5)
    middle = study.tree["lines/random"].sel(optimizer="cosine", seed=1).sel(alpha=0.0)
    assert float(middle["loss"]) == pytest.approx(loss(weights).item(), rel=1e-5)


def test_spectra_are_quadratures_of_the_end_points(study):
    """Against the other measures of the same matrix: the mean is the trace's, and the ends are the top eigenvalue's."""
    spectra = study.tree["spectra"].sel({"seed": 0})
    curvature = study.tree["curvature"].isel(step=-1, k=0).sel({"seed": 0})
    end = study.tree["end"].sel({"seed": 0})
    for method in SPEC.methods:
        row, top = spectra.sel(optimizer=method), curvature.sel(optimizer=method)
        density = Density(
            *(row[name].values for name in ("ritz_value", "weight", "exhausted")), int(row["parameters"]), 0, {}
        )
        np.testing.assert_allclose(density.weights.sum(axis=1), 1.0, rtol=1e-9)
        assert density.extremes[1] == pytest.approx(float(top["eigenvalue"]), rel=2e-3)
        trace, error = (float(end[name].sel(optimizer=method)) for name in ("trace", "trace_standard_error"))
        estimate = density.moment(1)
        # Of 4 and 2 probes: a t interval for their difference would be wider than this at 99 %.
        assert abs(estimate.value - trace) < 10 * np.hypot(error, estimate.standard_error)
        assert json.loads(str(row["protocol"].values))["products"] == 48


def test_slices_of_a_study_do_not_look_at_the_clock(study):
    for group in ("lines/random", "lines/eigenvector", "planes/seed0/plane"):
        data = study.tree[group].to_dataset()
        found = [data.attrs["protocol"]] if "plane" in group else data["protocol"].values.ravel().tolist()
        assert {"seconds_per_point" in json.loads(text)["route"] for text in found} == {False}, group


def test_trajectories_on_the_plane_carry_their_true_loss(study):
    marks = study.tree["planes/seed0/trajectories"].to_dataset()
    curvature = study.tree["curvature"]
    for method in SPEC.methods:
        mine = marks.isel(point=(marks["optimizer"] == method).values)
        true = curvature["loss"].sel(optimizer=method, seed=0).values
        np.testing.assert_allclose(mine["loss"].values, true, rtol=1e-5)
    assert (marks["off_plane"] >= 0).all()


@pytest.fixture
def refuse_work(replace):
    """Whatever trains or measures fails the test."""

    def refused(name):
        def refuse(*_, **__):
            raise AssertionError(f"{name} has been called again")

        return refuse

    replace("train", refused("train"), "zenith")
    for name in ("HessianOperator", "top_eigenpairs", "average_sharpness", "random_direction", "plane", "project"):
        replace(name, refused(name))


@pytest.mark.usefixtures("refuse_work")
def test_a_finished_study_is_not_run_again(study):
    before = files(study.path)
    execute(prepare(SPEC, study.path), progress=False)
    after = files(study.path)
    assert {name for name in before if before[name] != after[name]} <= {"study.nc"}


def written(folder) -> dict[str, int]:
    """When each run of a study was written, by method and seed."""
    return {path.parent.name.rsplit("-", 1)[0]: path.stat().st_mtime_ns for path in folder.glob("runs/*/run.json")}


def test_an_interrupted_study_continues_and_ends_with_the_same_numbers(study, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(study.path, folder)
    (lost,) = folder.glob("runs/zenith-seed1-*")
    shutil.rmtree(lost)
    for path in [
        *folder.glob("measures/zenith-seed1-*"),
        *folder.glob("planes/*"),
        *folder.glob("spectra/*"),
        folder / "study.nc",
    ]:
        path.unlink()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = temporary_name("zenith-seed1-x").replace(f"-{os.getpid()}-", f"-{dead.pid}-")
    (folder / "runs" / left).mkdir()  # what a kill leaves behind
    before = written(folder)
    again = execute(prepare(SPEC, folder), progress=False)
    assert before.items() < written(folder).items()
    assert written(folder).keys() - before.keys() == {"zenith-seed1"}
    assert not list(folder.rglob("*.tmp"))
    for group in ("traces", "epochs", "curvature", "end", "lines/random", "planes/seed0/plane", "spectra"):
        one, two = study.tree[group].to_dataset(), again.tree[group].to_dataset()
        for name in set(one.data_vars) - {"seconds"}:
            xr.testing.assert_identical(one[name], two[name])


def test_interrupt_in_the_middle_keeps_finished_runs(tmp_path, replace):
    real, done = zenith.train, []

    def interrupted(*args, **keywords):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(args[1])
        return real(*args, **keywords)

    plan = prepare(SPEC, tmp_path / "s")
    replace("train", interrupted, "zenith")
    with pytest.raises(KeyboardInterrupt):
        execute(plan, progress=False)
    assert len(list((tmp_path / "s" / "runs").glob("*/run.json"))) == 2
    with pytest.raises(FileNotFoundError, match="not finished"):
        _ = Study.open(tmp_path / "s").tree


INTERRUPTED = SPEC.replace(
    methods=("zenith", "cosine"), seeds=(0,), measure=dataclasses.replace(SPEC.measure, spectrum_seeds=0)
)


@pytest.mark.slow
def test_ctrl_c_in_each_stage_loses_nothing_that_was_computed(tmp_path, replace):
    """Steps of a run and checkpoints that were measured are not done again, and the numbers are those of no Ctrl-C."""
    usual = execute(prepare(INTERRUPTED, tmp_path / "usual", device="cpu"), progress=False)
    plan = prepare(INTERRUPTED, tmp_path / "study", device="cpu")
    train, solve = zenith.train, ls.top_eigenpairs
    steps, found, presses = [], [], {"train": 10, "top_eigenpairs": 3, "average_sharpness": 1, "plane": 1}

    def pressed(name):
        """Ctrl-C in so many calls from here."""
        if name in presses:
            presses[name] -= 1
            if presses[name] == 0:
                del presses[name]
                signal.raise_signal(signal.SIGINT)

    def training(task, method, seed, *, on_step, **options):
        def step(number, *rest):
            steps.append((method, number))
            pressed("train")
            on_step(number, *rest)

        return train(task, method, seed, on_step=step, **options)

    def eigenpairs(*arguments, **options):
        pressed("top_eigenpairs")
        found.append(solve(*arguments, **options))
        return found[-1]

    def measuring(name):
        measure = getattr(ls if hasattr(ls, name) else ls.sharpness, name)

        def run(*arguments, **options):
            pressed(name)
            return measure(*arguments, **options)

        return run

    replace("train", training, "zenith")
    replace("top_eigenpairs", eigenpairs)
    for name in ("average_sharpness", "plane"):
        replace(name, measuring(name))
    while presses:
        with pytest.raises(KeyboardInterrupt):
            execute(plan, progress=False)
    again = execute(plan, progress=False)
    assert steps == [(method, step) for method in plan.spec.methods for step in range(1, plan.total_steps + 1)]
    # Both methods share the initial weights; the end point, along whose eigenvector a line was to be drawn, once more.
    assert len(found) == 2 * 4 - 1 + 1
    for group in ("traces", "epochs", "curvature", "end", "lines/random", "lines/eigenvector", "planes/seed0/plane"):
        one, two = usual.tree[group].to_dataset(), again.tree[group].to_dataset()
        for name in set(one.data_vars) - {"seconds"}:
            xr.testing.assert_identical(one[name], two[name])
    assert not list(tmp_path.rglob("*.unfinished"))


@pytest.mark.slow
@pytest.mark.usefixtures("refuse_work")
def test_redrawing_computes_nothing_and_gives_the_same_bytes(study, tmp_path, monkeypatch):
    before = files(study.path / "figures")
    assert {name.rsplit(".", 1)[1] for name in before} == {"pdf", "svg", "png", "nc"}
    shutil.copytree(study.path, tmp_path / "copy", ignore=shutil.ignore_patterns("figures"))
    # internal: a page of ten million characters takes a study of hours.
    monkeypatch.setattr("landscape.study.report.LARGEST_PAGE", 1000)
    again = write_report(Study.open(tmp_path / "copy"))
    after = files(tmp_path / "copy" / "figures")
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name] and not name.endswith(".nc")] == []
    assert '<a href="explorer.html">' in again.read_text()
    assert fragment(view_of_study(study)) in (tmp_path / "copy" / "explorer.html").read_text()
    assert fragment(view_of_study(study)) not in again.read_text()


def test_every_figure_of_the_list_is_there_with_its_data(study):
    figures = {path.stem for path in (study.path / "figures").glob("*.pdf")}
    assert figures == {
        *("curves", "traces", "paired_lambda_max", "paired_adaptive_sharpness", "paired_test_accuracy"),
        *("sharpness_against_loss", "line_random", "line_eigenvector", "plane_seed0", "spectra_seed0"),
        *("accuracy_against_lambda_max", "accuracy_against_adaptive_sharpness", "edge_of_stability"),
        "metric_against_cost",
    }
    for name in figures:
        with xr.open_dataset(study.path / "figures" / f"{name}.nc") as data:
            assert data.attrs["caption"]
            assert json.loads(data.attrs["provenance"])["data"]["fingerprint"]


def test_report_is_self_contained_and_says_no_more_than_the_data(study):
    html = (study.path / "report.html").read_text()
    assert not re.search(r"""(src|href)=["']?https?:|url\(["']?https?:|@import|<link""", html)
    # The explorer's code names namespaces and errors by address; that it asks for none of them is tested in a browser.
    text_of_page = re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL)
    assert "<summary>Explorer</summary>" in html
    assert fragment(view_of_study(study)) in html
    assert "http://" not in text_of_page
    assert "https://" not in text_of_page
    assert 'src="data:image/png;base64,' in html
    text = (study.path / "report.md").read_text()
    assert "Not measured" not in text
    assert "2 seeds cannot show any difference" in text
    analysis = read_json(study.path / "analysis.json")
    budgets = " ".join(analysis["budgets"]["sentences"])
    assert text.index(budgets) < min(map(text.index, analysis["conclusion"]))
    assert html.index(f'<p class="soft">{budgets}</p>') < min(map(html.index, analysis["conclusion"]))
    lr = study.tree["traces"]["lr"].sel(optimizer="cosine")
    share = analysis["budgets"]["share_of_constant_learning_rate_integral"]["cosine"]
    assert share == pytest.approx(float(lr.mean()) / SPEC.learning_rate)
    assert "n/a (2 seeds)" in text
    assert not re.search(r"\| (flatter|sharper) \|", text)
    assert "W = 1 steps" in text
    for table in ("summary", "comparisons", "correlations", "runs"):
        assert (study.path / "tables" / f"{table}.csv").read_text().count("\n") >= 2
        assert r"\toprule" in (study.path / "tables" / f"{table}.tex").read_text()


@pytest.mark.slow
def test_workers_do_not_change_the_numbers(study, tmp_path):
    other = execute(prepare(SPEC, tmp_path / "two"), workers=2, progress=False, report=True)
    for group in ("traces", "epochs", "curvature", "end", "lines/random", "planes/seed0/plane", "spectra"):
        one, two = study.tree[group].to_dataset(), other.tree[group].to_dataset()
        for name in set(one.data_vars) - {"seconds"}:
            xr.testing.assert_identical(one[name], two[name])
    by_two = files(other.path)
    write_report(other)
    assert files(other.path) == by_two


@pytest.mark.slow
def test_a_diverging_run_is_recorded_and_the_study_goes_on(tmp_path):
    spec = SPEC.replace(settings={"constant": {"lr": 1e20}}, epochs=1)
    study = run_study(spec, tmp_path / "d", progress=False)
    status = study.tree["runs"]["status"]
    assert set(status.sel(optimizer="constant").values.tolist()) == {"diverged"}
    assert set(status.sel(optimizer="zenith").values.tolist()) == {"finished"}
    text = (tmp_path / "d" / "report.md").read_text()
    assert "2 of 6 runs diverged and have no end point: constant seed 0, constant seed 1." in text
    assert np.isnan(study.tree["end"]["trace"].sel(optimizer="constant")).all()
    assert np.isfinite(study.tree["end"]["trace"].sel(optimizer="zenith")).all()
    assert np.isnan(study.tree["spectra"]["ritz_value"].sel(optimizer="constant")).all()
    assert np.isfinite(study.tree["spectra"]["ritz_value"].sel(optimizer="zenith")).all()


def test_a_study_is_sent_to_another_process_without_its_data(study):
    fresh = Study.open(study.path)
    size = len(pickle.dumps(fresh))
    assert fresh.tree["traces"].sizes["step"]
    assert fresh.analysis.conclusion
    assert len(pickle.dumps(fresh)) <= size
    xr.testing.assert_identical(pickle.loads(pickle.dumps(fresh)).tree["end"], fresh.tree["end"])


def test_a_folder_with_a_different_study_is_refused_and_left_alone(study):
    before = files(study.path)
    with pytest.raises(ValueError, match=r"holds a different study \(epochs is 2 there and 3 here\)"):
        prepare(SPEC.replace(epochs=3), study.path)
    assert files(study.path) == before


@pytest.mark.slow
def test_a_study_grows_by_seeds_and_methods(study, tmp_path):
    """What is there is not computed again, and what comes out is the study that asks for all from the start."""
    folder = tmp_path / "grown"
    few = SPEC.replace(seeds=SPEC.seeds[:1], methods=SPEC.methods[:2])
    Study.create(folder, few, prepare(few, folder).provenance)
    for kind in ("runs", "measures"):  # all but one, to spend less time
        shutil.copytree(study.path / kind, folder / kind, ignore=shutil.ignore_patterns("cosine-seed1-*"))
    assert execute(prepare(few, folder), progress=False).tree["runs"].sizes == {"optimizer": 2, "seed": 1}
    kept = files(folder / "runs") | files(folder / "measures")
    before = written(folder)
    grown = execute(prepare(SPEC, folder), progress=False)
    assert before.items() < written(folder).items()
    assert written(folder).keys() - before.keys() == {"cosine-seed1"}
    assert kept.items() <= (files(folder / "runs") | files(folder / "measures")).items()
    assert Study.open(folder).spec == SPEC
    for group in ("epochs", "curvature", "end", "planes/seed0/plane"):
        xr.testing.assert_identical(study.tree[group].to_dataset(), grown.tree[group].to_dataset())


def test_a_study_that_cannot_grow_is_refused_and_left_alone(study, tmp_path):
    """Fewer seeds than are there; results without the runs; a spec written by hand; a study that is being run."""
    more = SPEC.replace(seeds=(*SPEC.seeds, 7))
    with pytest.raises(ValueError, match=r"holds a different study \(seeds is"):
        prepare(SPEC.replace(seeds=SPEC.seeds[:1]), study.path)
    alone = tmp_path / "alone"
    alone.mkdir()
    for name in ("study.toml", "study.json", "study.nc"):
        shutil.copy(study.path / name, alone)
    before = files(alone)
    with pytest.raises(ValueError, match=r"and cannot grow without its runs/ and measures/: name another folder"):
        prepare(more, alone)
    assert files(alone) == before
    prepare(more, tmp_path / "another")  # the advice
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "study.toml").write_text("# mine\n" + tomli_w.dumps(SPEC.as_dict()))
    with pytest.raises(ValueError, match="holds a different study"):
        prepare(more, tmp_path / "mine")
    before = files(study.path)
    plan = prepare(more, study.path)
    with study.locked(), pytest.raises(StudyBusyError, match="being run by another process"):
        Study.create(plan.out, plan.spec, plan.provenance)
    assert files(study.path) == before


def test_a_spec_of_the_users_in_the_output_folder_is_never_rewritten(tmp_path):
    text = "# mine\n" + tomli_w.dumps(SPEC.as_dict())
    (tmp_path / "study.toml").write_text(text)
    plan = prepare(SPEC, tmp_path)
    Study.create(tmp_path, SPEC, plan.provenance)
    assert (tmp_path / "study.toml").read_text() == text
    (tmp_path / "study.json").unlink()
    with pytest.raises(ValueError, match="holds a different study"):
        prepare(SPEC.replace(epochs=3), tmp_path)


def test_a_kill_in_the_first_write_is_no_obstacle(tmp_path):
    (tmp_path / ".study.toml.abc.tmp").write_text("")
    prepare(SPEC, tmp_path)


@pytest.mark.slow
def test_a_script_without_a_main_guard_runs_in_processes(tmp_path):
    script = tmp_path / "bare.py"
    script.write_text(
        "from landscape.study import MeasureSpec, StudySpec, run_study\n"
        "small = MeasureSpec(samples=64, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3,"
        " plane_seeds=0, spectrum_seeds=0)\n"
        'spec = StudySpec(name="s", task="digits", methods=("zenith", "cosine"), seeds=1, epochs=1, checkpoints=1,'
        " measure=small)\n"
        'print(run_study(spec, out="out", workers=2, progress=False).tree["end"].sizes)\n'
    )
    ended = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("optimizer") == 1  # the script ran once


def test_a_second_process_on_the_same_folder_is_refused(study):
    with study.locked(), pytest.raises(ValueError, match="is being run by another process"):
        execute(prepare(SPEC, study.path), progress=False)


def test_a_damaged_record_another_torch_and_an_unwritable_place_are_refused(study, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(study.path, folder)
    record = json.loads((folder / "study.json").read_text())
    record["provenance"]["versions"]["torch"] = "1.0"
    write_record(folder / "study.json", {name: value for name, value in record.items() if name != "xxh3"})
    with pytest.raises(ValueError, match=r"on another torch \(1.0, now"):
        prepare(SPEC, folder)
    (folder / "study.json").write_text("[]")
    with pytest.raises(ValueError, match=r"study.json' is damaged"):
        Study.open(folder)
    with pytest.raises(ValueError, match="is a file"):
        prepare(SPEC, folder / "study.toml" / "x")


def test_a_run_that_diverges_between_checkpoints_costs_the_others_nothing(study, tmp_path):
    # Its extra step becomes a column that is empty for every other run.
    tree = study.tree["curvature"].to_dataset()
    extra = tree.isel(step=[1]).assign_coords(step=[int(tree["step"][1]) + 1])
    empty = xr.full_like(extra[["loss", "eigenvalue"]], np.nan)
    wider = xr.concat([tree[["loss", "eigenvalue"]], empty], "step").sortby("step")
    whole, padded = (
        Quantity(
            "m", "m", tree["loss"], "log", "", along=xr.Dataset({"loss": t["loss"], "value": t["eigenvalue"].isel(k=0)})
        )
        for t in (tree, wider)
    )
    for one, two in zip(whole.pair("zenith", "cosine"), padded.pair("zenith", "cosine"), strict=True):
        assert np.isfinite(one).all()
        np.testing.assert_array_equal(one, two)


@pytest.mark.slow
def test_an_unconverged_eigenvector_is_not_drawn(tmp_path):
    spec = SPEC.replace(epochs=1, measure=dataclasses.replace(SPEC.measure, max_products=2))
    study = run_study(spec, tmp_path / "u", progress=False)
    assert not (study.tree["curvature"]["converged"] == 1).any()
    assert "/lines/random" in study.tree.groups
    assert "/lines/eigenvector" not in study.tree.groups
    assert not (tmp_path / "u" / "figures" / "line_eigenvector.pdf").exists()
    assert "0 of 24 top eigenvalues converged" in (tmp_path / "u" / "report.md").read_text()


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(ValueError, match="holds files but no study"):
        prepare(SPEC, tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "precious"
    with pytest.raises(ValueError, match="is a file"):
        prepare(SPEC, tmp_path / "thesis.tex")


def test_other_data_under_the_same_spec_is_refused(study):
    plan = prepare(SPEC, study.path)
    other = {**plan.provenance, "data": {**plan.provenance["data"], "fingerprint": "0" * 64}}
    with pytest.raises(ValueError, match="on other data"):
        Study.check_free(study.path, SPEC, other)


def test_a_newer_schema_is_refused(study, tmp_path):
    folder = tmp_path / "newer"
    folder.mkdir()
    shutil.copy(study.path / "study.toml", folder)
    (folder / "study.json").write_text('{"schema_version": 99, "provenance": {}}')
    with pytest.raises(ValueError, match="schema version 99"):
        Study.open(folder)
    with pytest.raises(FileNotFoundError, match="no study in"):
        Study.open(tmp_path / "nothing")


def test_studies_whose_dimension_was_called_method_are_read(study, tmp_path):
    folder = tmp_path / "old"
    folder.mkdir()
    shutil.copy(study.path / "study.toml", folder)
    record = read_json(study.path / "study.json")
    write_json(folder / "study.json", {"schema_version": 1, "provenance": record["provenance"]})

    def old_names(data):
        return data.rename(optimizer="method") if "optimizer" in data.variables else data

    write_tree(folder / "study.nc", study.tree.map_over_datasets(old_names))
    old = Study.open(folder)
    np.testing.assert_array_equal(
        old.tree["curvature"]["eigenvalue"].sel(optimizer="cosine"),
        study.tree["curvature"]["eigenvalue"].sel(optimizer="cosine"),
    )
    assert old.tree.identical(study.tree)
    assert old.analysis.conclusion == study.analysis.conclusion


def test_a_setting_the_optimizer_refuses_is_refused_before_any_work(tmp_path):
    spec = SPEC.replace(settings={"zenith": {"momentum": -1.0}})
    with pytest.raises(ValueError, match="momentum"):
        prepare(spec, tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_a_failing_job_does_not_stop_the_others():
    done = []

    def job(number: int, report: study_engine.Report) -> None:
        if number == 1:
            raise OSError("disk full")
        done.append(number)
        report(1, "")

    with pytest.raises(OSError, match="disk full"):
        study_engine.Engine(1, progress=False).run([(job, (i,)) for i in range(4)], total=4, unit="job", title="t")
    assert done == [0, 2, 3]
