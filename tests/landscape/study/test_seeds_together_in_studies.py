"""A study whose seeds are trained as one batched model is the study of single runs, up to rounding, and says so."""

import dataclasses
import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest
import torch
import xarray as xr
from blobs_study import SMALL, TASK

import landscape as ls
from landscape._common.files import read_record, write_record
from landscape.study import execute, prepare
from landscape.study.compiling import may_pay, pays
from landscape.study.jobs import run_id
from landscape.study.run import train_job
from landscape.study.together import discard_group, groups_of, words
from zenith.training.resume import RunFile
from zenith.training.seeds_together import train_seeds

WITHOUT_PLANES = dataclasses.replace(SMALL, plane_seeds=0, spectrum_seeds=0)


def planned(folder, task=TASK, **keys):
    given = {"methods": ["zenith", "sam"], "seeds": 3, "epochs": 2, "batch_size": 20, "checkpoints": 1}
    spec = ls.StudySpec(**{"name": "a", "task": task, "measure": WITHOUT_PLANES, "seeds_together": True} | given | keys)
    return prepare(spec, folder, device="cpu")


def run(folder, task=TASK, **keys):
    return execute(planned(folder, task, **keys), progress=False)


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    return run(tmp_path_factory.mktemp("together") / "study")


def test_the_numbers_are_those_of_single_runs_under_other_names(together, tmp_path):
    alone = run(tmp_path / "alone", seeds_together=False)
    ids = [study.tree["runs"]["run_id"].sel(optimizer="zenith").values for study in (together, alone)]
    assert not set(ids[0]) & set(ids[1])
    assert (together.tree["runs"]["run_id"] == alone.tree["runs"]["run_id"]).sel(optimizer="sam").all()
    for group, name in (("traces", "loss"), ("traces", "zenith"), ("epochs", "test_loss"), ("curvature", "eigenvalue")):
        np.testing.assert_allclose(together.tree[group][name], alone.tree[group][name], rtol=1e-3, err_msg=name)
    for name in ("initial_weights_sha256", "batch_order_sha256"):
        np.testing.assert_array_equal(together.tree["runs"][name], alone.tree["runs"][name])
    assert "batched model" not in str(alone.report())


@pytest.mark.slow
def test_record_and_report_say_how_each_run_was_trained(together):
    recorded = together.tree["runs"]["together"]
    assert [json.loads(text) for text in recorded.sel(optimizer="zenith").values] == [
        {"runs": 3, "compiled": False}
    ] * 3
    assert list(recorded.sel(optimizer="sam").values) == ["{}"] * 3
    assert "3 of 6 runs were trained as batched models of several runs, 3 were trained by themselves" in (
        " ".join(str(together.report()).split())
    )


def test_a_run_that_is_lost_is_trained_again(together, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(together.path, folder)
    (lost,) = folder.glob("runs/zenith-seed1-*")
    shutil.rmtree(lost)
    again = run(folder)
    # In rounding it may depend on how many others there are, here one and there two.
    np.testing.assert_allclose(again.tree["traces"]["loss"], together.tree["traces"]["loss"], rtol=1e-5)
    np.testing.assert_allclose(again.tree["epochs"]["test_loss"], together.tree["epochs"]["test_loss"], rtol=1e-5)
    assert not list(folder.glob("runs/.*unfinished*"))


@pytest.mark.parametrize("alone", [False, True], ids=["together", "one after another"])
def test_a_file_to_continue_from_that_is_damaged_is_set_aside(alone, tmp_path, replace):
    task = TASK
    if alone:
        task = TASK.replace(model=lambda: torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Dropout()))
    folder = tmp_path / "study"

    class StoppedWhenWritten(RunFile):
        def write(self, state):
            super().write(state)
            raise KeyboardInterrupt

    keys = {"methods": ["zenith", "cosine"], "seeds": 2}
    replace("RunFile", StoppedWhenWritten, "zenith.training.resume")
    with pytest.raises(KeyboardInterrupt):
        run(folder, task, **keys)
    replace.undo()
    (left,) = [file for file in folder.glob("runs/.*.unfinished*") if file.suffix != ".lock"]
    content = bytearray(left.read_bytes())
    content[len(content) // 2] ^= 1
    left.write_bytes(content)
    study = run(folder, task, **keys)
    assert (study.tree["runs"]["status"] == "finished").all()
    assert list(folder.glob("damaged/runs/*.unfinished*"))


def test_nothing_is_kept_of_a_group_that_is_going_to_be_trained_run_by_run(tmp_path, replace):
    """As where its worker has died: its file, its record, and the files of its runs; those of others stay."""

    class StoppedWhenWritten(RunFile):
        def due(self, step):
            return True

        def write(self, state):
            super().write(state)
            raise KeyboardInterrupt

    keys = {"methods": ["zenith", "cosine"], "seeds": 2}
    replace("RunFile", StoppedWhenWritten, "zenith.training.resume")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, **keys)
    replace.undo()
    study = ls.Study.open(tmp_path)
    plan = planned(tmp_path, **keys)
    runs = {run_id(plan, method, seed): (0, method, seed) for method in study.spec.methods for seed in (0, 1)}
    begun = next(group for group in groups_of([(study, plan)], runs, runs) if "zenith" in next(iter(group)))
    (kept,) = tmp_path.glob("runs/.*.unfinished")
    assert kept.with_suffix(".group").is_file()
    kept.with_name(f"{kept.name}.1").write_bytes(b"of one run")
    other = kept.with_name(kept.name.replace("zenith", "cosine"))
    other.write_bytes(b"of another group")
    discard_group([(study, plan)], begun)
    assert [path.name for path in tmp_path.glob("runs/.*")] == [other.name]


def test_groups_of_two_studies_at_once_that_share_a_run_train_it_once(tmp_path, replace):
    trained, together, met = [], train_seeds, threading.Barrier(2, timeout=60)

    def noted(task, methods, seeds, **keywords):
        trained.extend(seeds)
        return together(task, methods, seeds, **keywords)

    def waited(*arguments, **keywords):
        with suppress(threading.BrokenBarrierError):
            met.wait()  # both have seen that nothing is trained
        return train_job(*arguments, **keywords)

    replace("train_seeds", noted, "zenith.training.seeds_together")
    replace("train_job", waited, "landscape.study.run")

    def study(name, seeds):
        return run(tmp_path / name, methods=["zenith", "cosine"], seeds=seeds, store=tmp_path / "store")

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(study, ["one", "two"], [[0, 1], [1, 2, 3]])
    assert sorted(trained) == sorted([0, 1, 2, 3] * 2)
    xr.testing.assert_identical(*(each.tree["traces"].to_dataset().sel(seed=1).drop_attrs() for each in (one, two)))
    assert not list((tmp_path / "store").glob("runs/.*"))


@pytest.mark.slow
def test_what_cannot_be_batched_is_trained_by_itself_and_named(tmp_path):
    task = TASK.replace(
        model=lambda: torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(), torch.nn.Linear(8, 3))
    )
    study = run(tmp_path / "study", task, methods=["zenith", "cosine"], seeds=2)
    assert "4 were to be and were trained by themselves (the model or its loss draws random numbers" in " ".join(
        str(study.report()).split()
    )
    assert not list((tmp_path / "study").glob("runs/.*unfinished*"))


def test_trials_and_runs_of_all_methods_that_step_as_sgd_are_one_model(tmp_path):
    tuned = run(tmp_path / "study", methods=["zenith", "cosine"], seeds=2, tuning=ls.TuningSpec(trials=3))
    for trials in tuned.tree["tuning"]["run_id"].values.reshape(2, -1):
        assert [tuned.read_run(name)["together"] for name in trials] == [{"runs": 6, "compiled": False}] * 3
    for name in tuned.tree["runs"]["run_id"].values.ravel():
        assert tuned.read_run(name)["together"]["runs"] == 4


def test_groups_are_of_one_step_and_about_one_size_whoever_trains_them(tmp_path):
    spec = ls.StudySpec(
        name="a", task=TASK, methods=["zenith", "adam", "cosine"], seeds=9, epochs=1, batch_size=20, seeds_together=True
    )
    plan = prepare(spec, tmp_path / "study", device="cpu")
    runs = {f"{method} {seed}": (0, method, seed) for method in spec.methods for seed in spec.seeds}
    groups = groups_of([(None, plan)], runs)
    assert sorted(name for group in groups for name in group) == sorted(runs)
    assert [sorted({method for _, method, _ in group.values()}) for group in groups] == [
        ["zenith"],
        ["cosine"],
        ["adam"],
        ["adam"],
    ]
    assert [len(group) for group in groups] == [9, 9, 4, 5]


def test_compiling_pays_from_so_much_work_on():
    assert not may_pay(seconds=100, sizes=1, workers=1)
    assert may_pay(seconds=1000, sizes=1, workers=1)
    assert not may_pay(seconds=1000, sizes=1, workers=10)
    assert not pays(plain=0.01, compiled=0.02, compiling=1, steps=10**6, sizes=1, workers=1)  # slower compiled
    assert not pays(plain=0.02, compiled=0.01, compiling=30, steps=2900, sizes=1, workers=1)
    assert pays(plain=0.02, compiled=0.01, compiling=30, steps=3100, sizes=1, workers=1)
    assert not pays(plain=0.02, compiled=0.01, compiling=30, steps=3100, sizes=1, workers=2)


COMPILING = "landscape.study.compiling"


def no_trial(*_, **__):
    raise AssertionError("nothing is to be tried")


def records(study):
    return [json.loads(text) for text in study.tree["runs"]["together"].values.ravel()]


@pytest.mark.slow
def test_the_trial_decides_for_the_whole_study_and_for_its_continuation(tmp_path, replace):
    keys = {"methods": ["zenith", "cosine"], "seeds": 2}
    replace("may_pay", lambda *_: True, COMPILING)
    trials = {False: (0.01, 0.0, ""), True: (0.02, 1.0, "")}
    replace("trial_of_compiling", lambda parts, group, compiled: trials[compiled], COMPILING)
    plain = run(tmp_path / "plain", **keys)
    because = "in a trial a step of 4 runs took 10 ms, compiled 20, and compiling 1 s"
    assert records(plain) == [{"runs": 4, "compiled": False, "because": because}] * 4

    replace("trial_of_compiling", no_trial, COMPILING)
    (lost,) = plain.path.glob("runs/zenith-seed1-*")
    shutil.rmtree(lost)
    again = run(plain.path, **keys)
    assert (again.tree["runs"]["run_id"] == plain.tree["runs"]["run_id"]).all()
    # Without the record what is there decides, as of a study from before there was a choice.
    manifest = plain.path / "study.json"
    record = read_record(manifest)
    write_record(manifest, {key: value for key, value in record.items() if key != "batched_models"})
    shutil.rmtree(next(plain.path.glob("runs/zenith-seed1-*")))
    again = run(plain.path, **keys)
    assert (again.tree["runs"]["run_id"] == plain.tree["runs"]["run_id"]).all()


@pytest.mark.slow
def test_without_a_compiler_a_study_that_asks_for_it_trains_on_and_says_so_once(tmp_path, replace, caplog):
    trials = {False: (0.01, 0.0, ""), True: (0.01, 0.0, "no C++ compiler found")}
    replace("trial_of_compiling", lambda parts, group, compiled: trials[compiled], COMPILING)
    study = run(tmp_path / "study", methods=["zenith", "cosine"], seeds=2, seeds_together="compiled")
    (said,) = [r.getMessage() for r in caplog.records if "not compiled" in r.getMessage()]
    assert said == "landscape: the batched models are not compiled, because no C++ compiler found"
    assert not any(each["compiled"] for each in records(study))
    assert {each["because"] for each in records(study)} == {"not compiled, because no C++ compiler found"}


@pytest.mark.slow
def test_a_trial_that_fails_leaves_the_study_uncompiled(tmp_path, replace):
    def fails(parts, group, compiled):
        raise ArithmeticError("no number")

    replace("trial_of_compiling", fails, COMPILING)
    study = run(tmp_path / "study", methods=["zenith", "cosine"], seeds=2, seeds_together="compiled")
    because = "not compiled, because a trial of it fails (ArithmeticError: no number)"
    assert records(study) == [{"runs": 4, "compiled": False, "because": because}] * 4


@pytest.mark.slow
def test_a_small_study_makes_no_trial(tmp_path, replace):
    replace("trial_of_compiling", no_trial, COMPILING)
    for fixed in (True, "uncompiled"):
        study = run(tmp_path / str(fixed), methods=["zenith", "cosine"], seeds=2, seeds_together=fixed)
        assert records(study) == [{"runs": 4, "compiled": False}] * 4


@pytest.mark.slow  # torch's compiler
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its own
def test_a_compiled_study_is_the_same_up_to_rounding_and_other_runs(tmp_path, compiler):
    keys = {"methods": ["zenith", "cosine"], "seeds": 2}
    compiled = run(tmp_path / "compiled", seeds_together="compiled", **keys)
    assert all(each["compiled"] and "ms, compiled" in each["because"] for each in records(compiled))
    assert "4 of 4 runs were trained as batched models of several runs, 4 of them compiled" in " ".join(
        str(compiled.report()).split()
    )
    plain = run(tmp_path / "plain", seeds_together="uncompiled", **keys)
    assert not set(compiled.tree["runs"]["run_id"].values.ravel()) & set(plain.tree["runs"]["run_id"].values.ravel())
    np.testing.assert_allclose(compiled.tree["traces"]["loss"], plain.tree["traces"]["loss"], rtol=1e-3)


def test_words_on_studies_of_all_kinds():
    one, alone, single = '{"runs": 3}', '{"reason": "of this"}', "{}"
    assert words([single, ""]) == ""
    assert words([one] * 3).startswith("3 of 3 runs were trained as batched models")
    assert "1 were to be and were trained by themselves (of this), 1 were" in words([one, alone, single])
    compiled, without = '{"runs": 3, "compiled": true}', '{"runs": 3, "compiled": false, "not_compiled": "no compiler"}'
    assert words([compiled, without]).startswith(
        "2 of 2 runs were trained as batched models of several runs, 1 of them compiled, some were to be compiled and "
        "were not (no compiler)"
    )


def test_a_value_that_is_no_choice_is_refused():
    with pytest.raises(ValueError, match="seeds_together must be true or false, got 'yes'"):
        ls.StudySpec(name="a", task="digits", seeds_together="yes")
