"""`ls.run_study(task, methods)`: what may stand in the place of a name, kept in the store and found again."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import torch

import landscape as ls
import zenith
from landscape.cli import main as cli
from landscape.study import execute, load_spec, prepare
from landscape.study.spec import spec_from_dict

FILE = """
import torch

def my_adam(params, lr=0.003, beta=0.9):
    return torch.optim.Adam(params, lr=lr, betas=(beta, 0.999))

def my_sgd(params, lr):
    return torch.optim.SGD(params, lr=lr)
"""
SMALL = ls.MeasureSpec(
    samples=64, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, plane_seeds=0, spectrum_seeds=0
)
SHORT: dict[str, Any] = {"seeds": 1, "epochs": 1, "checkpoints": 1, "measure": SMALL}


@pytest.fixture(scope="module")
def own_file(tmp_path_factory):
    return tmp_path_factory.mktemp("own") / "mine.py"


@pytest.fixture
def file(own_file, monkeypatch):
    monkeypatch.chdir(own_file.parent)
    own_file.write_text(FILE)
    return own_file


def rms(params, lr):
    return torch.optim.RMSprop(params, lr=lr / 100)


def test_tables_of_a_spec_may_be_mappings():
    """As they are in TOML; in the one call, `measure={"samples": 64}`."""
    tables: dict[str, Any] = {"measure": {"samples": 64}, "tuning": {"trials": 3, "space": {"lr": [0.01, 1.0]}}}
    spec = ls.StudySpec(name="a", task="digits", methods=["zenith", "constant"], **tables)
    assert (spec.measure, spec.tuning) == (ls.MeasureSpec(samples=64), ls.TuningSpec(**tables["tuning"]))
    with pytest.raises(ValueError, match=r"did you mean 'samples'"):
        ls.run_study("digits", ["zenith", "constant"], measure={"sample": 64})
    with pytest.raises(ValueError, match=r"measure must be a table.*ls.MeasureSpec"):
        ls.run_study("digits", ["zenith", "constant"], measure=64)


def test_methods_are_names_references_objects_and_pairs_in_any_mixture(file):
    method = zenith.Method("rms", rms)
    spec = ls.StudySpec(
        name="a", task="digits", methods=["zenith", "mine.py:my_adam", method, ("sgd-of-mine", "mine.py:my_sgd")]
    )
    assert spec.methods == ("zenith", "my_adam", "rms", "sgd-of-mine")
    assert spec.loaded_methods["sgd-of-mine"].name == "sgd-of-mine"
    # The study's rate is for methods that give lr no default, and their settings are those of their functions.
    assert spec.settings_for("sgd-of-mine") == {"lr": 0.1}
    assert spec.settings_for("my_adam") == {}
    assert spec.replace(settings={"my_adam": {"beta": 0.8}}).settings_for("my_adam") == {"beta": 0.8}
    with pytest.raises(ValueError, match=r"betta.*did you mean 'beta'"):
        spec.replace(settings={"my_adam": {"betta": 0.8}})


def test_a_table_of_methods_has_make_beside_the_settings_and_an_empty_one_means_a_built_in(file):
    toml = """
        name = "a"
        task = "digits"
        seeds = 5
        [methods.zenith]
        [methods.mine]
        make = "mine.py:my_adam"
        beta = 0.8
        [methods.short]
        make = "zenith"
        window = 7
        [methods.cosine]
        lr = 0.2
    """
    (file.parent / "sub").mkdir(exist_ok=True)
    (file.parent / "sub" / "study.toml").write_text(toml.replace("mine.py", "../mine.py"))
    spec = load_spec(file.parent / "sub" / "study.toml")  # whose folder the paths start from
    assert spec.methods == ("zenith", "mine", "short", "cosine")
    assert spec.seeds == (0, 1, 2, 3, 4)
    assert spec.settings == {"mine": {"beta": 0.8}, "short": {"window": 7}, "cosine": {"lr": 0.2}}
    assert spec.loaded_methods["short"].optimizer is zenith.methods.get("zenith").optimizer
    again = spec_from_dict(spec.as_dict(), "a")
    assert again == spec
    assert spec_from_dict(spec.as_dict(file.parent / "elsewhere"), "a", file.parent / "elsewhere") == spec


def test_seeds_as_a_number_mean_so_many_everywhere():
    assert ls.StudySpec(name="a", task="digits", seeds=3).seeds == (0, 1, 2)
    assert ls.StudySpec(name="a", task="digits", seeds=(3, 5)).seeds == (3, 5)
    assert spec_from_dict({"name": "a", "task": "digits", "seeds": 3}, "a").seeds == (0, 1, 2)
    with pytest.raises(ValueError, match="seeds must be different whole numbers"):
        ls.StudySpec(name="a", task="digits", seeds=0)


@pytest.mark.parametrize(
    ("methods", "words"),
    [
        ("zenith", r"at least two different ones, got \['zenith'\]"),  # no letters
        (["cosine", ("zenith", rms)], "'zenith' is the name of a built-in method"),
        ([("mine", rms), ("mine", rms)], "two methods are called 'mine': give each a name of its own"),
        (["zenith", rms], "methods must be a list of names, got <function rms.*pair"),
        (["zenith", ("mine", 3)], "methods must be a list of names"),
        ({"zenith": {}, "mine": 3}, r"methods.mine must be a table.*\[methods.mine\]"),
        (["zenith", "none.py:mine"], "there is no file"),
    ],
)
def test_what_is_no_method_gets_one_sentence(methods, words, tmp_path):
    with pytest.raises((ValueError, FileNotFoundError), match=words) as caught:
        ls.run_study("digits", methods, out=tmp_path / "s", **SHORT)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "s").exists()


def test_a_missing_list_of_methods_and_an_unknown_key_are_refused_before_anything_is_loaded(tmp_path):
    with pytest.raises(ValueError, match="has no methods: give a list such as"):
        ls.run_study(zenith.tasks.get("digits"), out=tmp_path / "s")
    with pytest.raises(ValueError, match=r"unknown key 'epoch' in run_study.*did you mean 'epochs'"):
        ls.run_study("digits", ["zenith", "cosine"], epoch=3, out=tmp_path / "s")
    with pytest.raises(ValueError, match="one budget, got epochs = 3 and steps = 4"):
        ls.run_study("digits", ["zenith", "cosine"], epochs=3, steps=4, out=tmp_path / "s")


@pytest.fixture(scope="module")
def own_study(own_file):
    own_file.write_text(FILE)
    spec = ls.StudySpec(name="own", task="digits", methods=["zenith", f"{own_file}:my_adam", ("rms", rms)], **SHORT)
    return execute(prepare(spec, own_file.parent / "studies" / "own", device="cpu"), progress=False)


def test_the_store_says_where_everything_is_from_and_the_same_call_trains_nothing(own_study, file, replace):
    written = tomllib.loads((own_study.path / "study.toml").read_text())
    assert written["methods"] == {
        "zenith": {},
        "my_adam": {"make": "../../mine.py:my_adam"},
        "rms": {"make": "<rms>"},
    }
    recorded = own_study.provenance["own"]
    assert recorded.keys() == {"method my_adam", "method rms"}
    assert recorded["method my_adam"]["source"]["path"] == "mine.py"
    assert len(recorded["method my_adam"]["source"]["sha256"]) == 64

    def refuse(*_, **__):
        raise AssertionError("a run was trained again")

    replace("train", refuse, "zenith")
    spec = ls.StudySpec(name="own", task="digits", methods=["zenith", "mine.py:my_adam", ("rms", rms)], **SHORT)
    again = execute(prepare(spec, "studies/own", device="cpu"), progress=False)
    assert again.tree["epochs"].equals(own_study.tree["epochs"])


def test_a_finished_study_is_read_where_its_files_are_not(own_study, file):
    file.unlink()
    study = ls.Study.open(own_study.path)
    assert study.spec.methods == ("zenith", "my_adam", "rms")
    assert "my_adam" in str(study.report())
    assert ls.compare(study, "my_adam", "zenith")["test_loss"].n == 1


def test_a_changed_file_and_a_changed_function_are_refused_by_name(own_study, file):
    def spec(make):
        return ls.StudySpec(name="own", task="digits", methods=["zenith", "mine.py:my_adam", ("rms", make)], **SHORT)

    with pytest.raises(ValueError, match=r"the method 'rms' has changed, in its code or in a value"):
        prepare(spec(lambda params, lr: torch.optim.RMSprop(params, lr=lr / 10)), own_study.path, device="cpu")
    file.write_text(FILE + "\n# changed\n")
    message = r"'.*mine.py', of which the method 'my_adam' is, has changed \(SHA-256 .* then, .* now\).*another folder"
    with pytest.raises(ValueError, match=message):
        prepare(spec(rms), own_study.path, device="cpu")


def test_the_command_line_goes_on_with_files_and_says_what_it_lacks_of_a_session(own_study, file, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["study", str(own_study.path / "study.toml"), "--out", str(own_study.path)])
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert re.search(r"the method 'rms' was an object of a Python session.*\[methods.rms\]", said)


@pytest.mark.slow
def test_more_methods_are_added_to_a_study_of_files(file):
    first = ls.StudySpec(name="own", task="digits", methods=["zenith", "mine.py:my_adam"], **SHORT)
    study = execute(prepare(first, "studies/grown", device="cpu"), progress=False)
    before = {path.name for path in (study.path / "runs").iterdir()}
    more = first.replace(methods=("zenith", "my_adam", "mine.py:my_sgd"))
    grown = execute(prepare(more, "studies/grown", device="cpu"), progress=False)
    after = {path.name for path in (grown.path / "runs").iterdir()}
    assert before < after
    assert len(after) == 3
    assert set(grown.provenance["own"]) == {"method my_adam", "method my_sgd"}


@pytest.mark.slow
def test_lambdas_go_to_workers_and_give_the_same_bits_there(tmp_path):
    methods = ["zenith", ("mine", lambda params, lr: torch.optim.SGD(params, lr=lr / 2))]
    studies = [
        ls.run_study("digits", methods, out=tmp_path / str(workers), workers=workers, progress=False, **SHORT)
        for workers in (1, 2)
    ]
    one, two = (study.tree["curvature"]["eigenvalue"] for study in studies)
    assert one.equals(two)


def test_runs_are_compared_without_a_study():
    runs = [zenith.train("digits", name, seed, epochs=1) for name in ("zenith", "cosine") for seed in (0, 1)]
    found = ls.compare(runs, "zenith", "cosine")
    expected = [
        a.trace.epochs["test_loss"][-1] / b.trace.epochs["test_loss"][-1]
        for a, b in zip(runs[:2], runs[2:], strict=True)
    ]
    assert found["test_loss"].n == 2
    assert found["test_loss"].ratio == pytest.approx((expected[0] * expected[1]) ** 0.5)
    with pytest.raises(ValueError, match="there is no method 'adam': choose among zenith, cosine"):
        ls.compare(runs, "zenith", "adam")
    other = zenith.train("digits", "cosine", 0, epochs=1, batch_size=32)
    with pytest.raises(ValueError, match="seed 0 are not paired"):
        ls.compare([runs[0], other], "zenith", "cosine")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda params, lr=0.1: torch.optim.SGD(params, lr=0.01), "ignores its lr"),
        (
            torch.optim.LBFGS,
            r"steps by closure and does not say so: write zenith.Method\('mine', ..., needs={'closure'}",
        ),
    ],
    ids=["ignores its learning rate", "needs a closure"],
)
def test_an_optimizer_that_cannot_be_trained_with_is_said_before_any_run(make, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        ls.run_study("digits", ["zenith", ("mine", make)], seeds=2, epochs=1, out=tmp_path / "a", progress=False)
    assert not (tmp_path / "a").exists()


def test_a_task_that_cannot_be_trained_on_is_said_before_any_run(tmp_path):
    x = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
    given = torch.utils.data.DataLoader([(row, i % 3) for i, row in enumerate(x)], batch_size=8)

    def loss(outputs, targets):
        return torch.nn.functional.cross_entropy(outputs[targets > 0], targets[targets > 0])

    own = zenith.Task(name="own", model=lambda: torch.nn.Linear(4, 3), train=given, test=given, loss=loss)
    with pytest.raises(ValueError, match=r"hides what it divides by.*give count="):
        ls.run_study(own, ["zenith", "cosine"], seeds=2, epochs=1, out=tmp_path / "a", progress=False)
    assert not (tmp_path / "a").exists()
