"""A study compiles its Hessian-vector products where a trial shows that those to come pay for it, and keeps to that."""

import json
import shutil
from dataclasses import replace as changed

import pytest
from blobs_study import TASK

import landscape as ls
from landscape._common.files import read_record, write_record
from landscape.study import execute, prepare
from landscape.study.compiled_products import (
    ProductTrial,
    kept_products,
    products_may_pay,
    trial_of_products,
    with_compiled_products,
)
from landscape.study.dry_run import estimate
from landscape.study.jobs import measure_id
from landscape.study.store import Study

COMPILING = "landscape.study.compiled_products"
MEASURED = {"samples": 32, "trace_probes": 2, "sharpness_samples": 2, "line_points": 3, "plane_seeds": 0}
SMALL = ls.MeasureSpec(**MEASURED, spectrum_seeds=0)


def planned(folder, measure=SMALL, **keys):
    given = {"methods": ["sgd", "cosine"], "seeds": 2, "epochs": 1, "batch_size": 20, "checkpoints": 1} | keys
    return prepare(ls.StudySpec(name="a", task=TASK, measure=measure, **given), folder, device="cpu")


def run(folder, measure=SMALL, **keys):
    return execute(planned(folder, measure, **keys), progress=False)


def graphs(study):
    return {json.loads(str(text))["graph"].split(":")[0] for text in study.tree["curvature"]["protocol"].values.ravel()}


def measures(study):
    return sorted(path.name for path in (study.path / "measures").glob("[!.]*.nc"))


def no_trial(*_, **__):
    raise AssertionError("nothing is to be tried")


@pytest.fixture
def tried(replace):
    """Say what the trial finds, for studies that are large enough for one."""

    def finds(plain=0.01, compiled=0.001, compiling=0.1, missing=""):
        found = {False: ProductTrial(plain, 1.0), True: ProductTrial(compiled, 1.0 + compiling, missing=missing)}
        replace("products_may_pay", lambda *_, **__: True, COMPILING)
        replace("trial_of_products", lambda plan, *, compiled: found[compiled], COMPILING)

    return finds


def test_a_small_study_tries_nothing_and_has_the_name_of_an_uncompiled_one(tmp_path, replace):
    replace("trial_of_products", no_trial, COMPILING)
    left, fixed = run(tmp_path / "auto"), run(tmp_path / "fixed", changed(SMALL, compiled=False))
    assert graphs(left) == {"kept"}
    assert "products" not in read_record(left.path / "study.json")
    names = [measures(study) for study in (left, fixed)]
    assert names[0] == names[1]
    assert "compiled" not in left.path.joinpath("study.toml").read_text()
    assert "compiled = false" in fixed.path.joinpath("study.toml").read_text()


def test_a_trial_is_made_where_it_may_pay():
    assert not products_may_pay(900)
    assert products_may_pay(1000)  # as far as that goes
    # A GRU of 150 operations takes a minute to compile, of which two and a half are to be saved at most.
    assert not products_may_pay(4000, 0.05, 150)
    assert products_may_pay(4500, 0.05, 150)
    assert not products_may_pay(4500, 0.05, 150, convolutional=True)


def test_what_pays_is_compiled_and_what_does_not_is_not(tmp_path, tried):
    for seconds, compiles in ((0.001, True), (0.02, False)):
        tried(compiled=seconds, compiling=0.01)
        plan = planned(tmp_path / str(compiles))
        with Study.claimed(plan.out, plan.spec, plan.provenance) as study:
            found = with_compiled_products(study, plan, workers=1)
            assert found.measure.compiled is found.compiled_products is compiles
            # With a checkpoint's 12 products at two checkpoints, and two for the trace, in each of four runs.
            because = f"took 10 ms, compiled {1e3 * seconds:.3g}, and compiling 0.01 s, with about 104 products to come"
            assert kept_products(study, plan) == (compiles, f"in a trial a product {because}")


def test_more_workers_share_what_is_saved_and_each_waits_for_the_compiler(tmp_path, tried):
    tried(plain=0.011, compiled=0.001, compiling=0.8)  # 104 products save a second
    plan = planned(tmp_path / "study")
    for workers, compiles in ((1, True), (2, False)):
        with Study.claimed(tmp_path / str(workers), plan.spec, plan.provenance) as study:
            assert with_compiled_products(study, plan, workers).compiled_products is compiles


@pytest.mark.slow  # torch's compiler
@pytest.mark.parametrize("compiled", [True, False])
def test_a_study_goes_on_as_it_began(tmp_path, tried, replace, compiled):
    tried(compiled=0.0001 if compiled else 1.0)
    study = run(tmp_path / "study")
    if compiled and graphs(study) != {"compiled"}:
        pytest.skip("no C++ compiler here")
    assert graphs(study) == {"compiled" if compiled else "kept"}
    assert ("Hessian-vector products are compiled: in" in str(study.report())) is compiled
    measured = measures(study)
    replace("trial_of_products", no_trial, COMPILING)
    shutil.rmtree(next((study.path / "runs").glob("cosine-seed1-*")))
    (study.path / "measures" / measured[0]).unlink()
    again = run(study.path)
    assert measures(again) == measured
    # Without the record what is there decides, as of a study from before there was a choice.
    manifest = study.path / "study.json"
    write_record(manifest, {key: value for key, value in read_record(manifest).items() if key != "products"})
    (study.path / "measures" / measured[0]).unlink()
    run(study.path)
    assert measures(study) == measured
    plan = estimate(planned(study.path), workers=1)
    assert not sum(stage.to_do for stage in plan.stages)


def test_without_a_compiler_a_study_measures_on_and_says_so_once(tmp_path, tried, caplog):
    tried(missing="InvalidCxxCompiler: no working compiler")
    study = run(tmp_path / "study")
    said = "Hessian-vector products are not compiled, because InvalidCxxCompiler: no working compiler"
    assert [r.getMessage() for r in caplog.records if "compile" in r.getMessage()] == [f"landscape: {said}"]
    assert f"{said}." in " ".join(str(study.report()).split())
    assert graphs(study) == {"kept"}


def test_the_trial_times_products_of_the_study_and_names_what_is_missing(tmp_path, monkeypatch):
    plan = planned(tmp_path / "study")
    found = trial_of_products(plan, compiled=False)
    assert 0 < found.seconds < found.until_first
    assert not found.missing

    def refuse(*_):
        raise RuntimeError("no compiler here")

    monkeypatch.setattr("torch._inductor.compile", refuse)
    assert trial_of_products(plan, compiled=True).missing == "RuntimeError: no compiler here"


def test_compiled_numbers_have_their_own_names(tmp_path):
    plan = planned(tmp_path / "study")
    names = {measure_id(changed(plan, compiled_products=compiled), "sgd-seed0-x") for compiled in (False, True)}
    assert len(names) == 2
    fixed = planned(tmp_path / "other", changed(SMALL, compiled=True))
    assert measure_id(fixed, "sgd-seed0-x") in names
    with pytest.raises(ValueError, match=r"measure\.compiled must be true, false or \"auto\", got 'always'"):
        ls.StudySpec(name="a", task=TASK, measure=changed(SMALL, compiled="always"))
