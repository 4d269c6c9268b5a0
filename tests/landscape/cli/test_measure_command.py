"""`landscape measure`: saved weights in, the same numbers out as from Python."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import torch
from refusals import check_refusal
from safetensors.torch import save_file
from torch import nn

import landscape as ls
from landscape._common.errors import CannotMeasureError
from landscape.cli import main as cli
from landscape.study.measure_spec import MeasureSpec
from landscape.study.measure_weights import task_objective
from zenith.tasks import fixtures

OWN = """
import torch
import landscape as ls

def make():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    return ls.Objective(model, torch.nn.CrossEntropyLoss(), (torch.randn(60, 5), torch.randint(3, (60,))))

def broken():
    raise KeyError("lost")

def wrong():
    return 3

def unknown():
    torch.manual_seed(0)
    model = torch.nn.Linear(5, 3)
    data = torch.randn(60, 5), torch.randint(3, (60,))
    metrics = {"odd": lambda model, batch: torch.tensor(float("nan"))}
    return ls.Objective(model, torch.nn.CrossEntropyLoss(), data, metrics=metrics)
"""


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["measure", *arguments])
    return ended.value.code


def own() -> ls.Objective:
    """What `make` returns."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))
    return ls.Objective(model, nn.CrossEntropyLoss(), (torch.randn(60, 5), torch.randint(3, (60,))))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path


def test_a_functions_own_weights(folder, capsys):
    assert run("own.py:make", "--eigenvalues", "3", "--json", "--seed", "1") == 0
    (found,) = json.loads(capsys.readouterr().out)
    loss = own()
    with ls.HessianOperator(loss, route="rewritten") as hessian:
        pairs = ls.top_eigenpairs(hessian, k=3, max_products=200, seed=1)
        trace = ls.hessian_trace(hessian, probes=32, seed=1)
    average = ls.sharpness.average_sharpness(loss, rho=0.05, samples=32, seed=1)
    assert found["values"] == {"loss": loss.value()}
    assert found["eigenvalues"]["value"] == pairs.values.tolist()
    assert found["eigenvalues"]["residual"] == pairs.residuals.tolist()
    assert found["eigenvalues"]["protocol"]["samples"] == 60
    assert (found["trace"]["value"], found["trace"]["standard_error"]) == (trace.value, trace.standard_error)
    assert found["adaptive_sharpness"]["value"] == average.value


def test_a_metric_that_is_no_number_costs_nothing_else(folder, capsys):
    assert run("own.py:unknown", "--eigenvalues-only", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["values"]["odd"] is None
    assert found["eigenvalues"]["converged"] == [True]


def test_a_file_named_like_a_module_does_not_stand_for_it(folder, capsys):
    before = sys.modules["random"]
    (folder / "random.py").write_text(OWN)
    assert run("random.py:make", "--eigenvalues-only") == 0
    assert sys.modules["random"] is before


@pytest.mark.parametrize("where", ["spawning.py:make", "spawning:make"])
def test_processes_import_no_file_that_is_named_like_a_module(folder, capsys, where):
    (folder / "random.py").write_text("raise RuntimeError('random.py is no module of Python')")
    (folder / "spawning.py").write_text(f"""{OWN}
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

class Remote(tuple):
    def __reduce__(self):
        return __import__, ("random",)

make_here = make

def make():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(repr, Remote()).result().startswith("<module 'random'")
    return make_here()
""")
    path = sys.path.copy()
    try:
        assert run(where, "--eigenvalues-only") == 0
        assert sys.path == path
        # As a measure with workers does, later in the same process.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            assert pool.submit(abs, -1).result() == 1
    finally:
        sys.modules.pop("spawning", None)


def test_the_path_of_modules_is_as_it_was_whatever_happens(folder, capsys):
    (folder / "lost.py").write_text("import sys\nsys.path.append('a folder of theirs')\nraise KeyError")
    path = sys.path.copy()
    for where in ("own.py:make", "own.py:broken", "own.py:lost", "lost.py:make", "lost:make", "digits"):
        run(where, "--eigenvalues-only")
        assert sys.path == path


def test_what_lies_beside_the_file_is_imported_whenever_it_is_asked_for(folder, capsys):
    """While the function is made, and as late as in a metric."""
    beside = folder / "beside"
    beside.mkdir()
    for name in ("early_sibling", "late_sibling"):
        (beside / f"{name}.py").write_text("ONE = 1.0")
    (beside / "main.py").write_text(f"""{OWN}
import early_sibling

def late(model, batch):
    import late_sibling
    return torch.tensor(late_sibling.ONE)

def make():
    torch.manual_seed(0)
    data = torch.randn(60, 5), torch.randint(3, (60,))
    return ls.Objective(torch.nn.Linear(5, 3), torch.nn.CrossEntropyLoss(), data, metrics={{"late": late}})
""")
    try:
        assert run("beside/main.py:make", "--eigenvalues-only", "--json") == 0
    finally:
        sys.modules.pop("early_sibling", None), sys.modules.pop("late_sibling", None)
    assert json.loads(capsys.readouterr().out)[0]["values"]["late"] == 1.0


def test_a_module_is_found_where_the_command_is_typed(folder, capsys):
    (folder / "a_module_of_mine.py").write_text(OWN)
    assert run("a_module_of_mine:make", "--eigenvalues-only") == 0
    printed = capsys.readouterr().out
    assert "mean loss over 60 samples" in printed
    assert f"{ls.top_eigenpairs(ls.HessianOperator(own(), route='rewritten')).values[0]:#.5g}" in printed
    assert "trace" not in printed


def test_checkpoints_of_a_task_are_measured_one_from_the_other(folder, capsys):
    objective = task_objective("digits", None, MeasureSpec(samples=200))
    first = objective.parameters
    second = {name: 1.01 * p for name, p in first.items()}
    save_file({name: p.contiguous() for name, p in first.items()}, folder / "a.safetensors")
    torch.save({"model": second, "epoch": 3}, folder / "b.pt")
    torch.save({"model": first}, folder / "a.pt")
    assert run("digits", "--samples", "200", "--weights", "a.pt", "b.pt", "--key", "model", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["weights"] for row in found] == ["a", "b"]
    for row, state in zip(found, (first, second), strict=True):
        at = objective.at(state)
        assert row["values"] == at.evaluate()
        truth = ls.top_eigenpairs(at, tol=1e-6)
        error = abs(row["eigenvalues"]["value"][0] - truth.values[0])
        assert error <= row["eigenvalues"]["residual"][0] + truth.residuals[0]
        assert row["eigenvalues"]["converged"] == [True]
    assert [row["eigenvalues"]["protocol"]["start"] for row in found] == ["random", "given"]
    assert run("digits", "--samples", "200", "--weights", "a.safetensors", "--eigenvalues-only", "--test") == 0
    assert "accuracy" in capsys.readouterr().out


def test_batch_norm_of_saved_weights_is_recomputed_if_asked_for(folder, capsys):
    fixtures.write_cifar10(folder, train=60, test=20)
    small = ("--task-settings", "width=0.03125", "--eigenvalues-only", "--samples", "8", "--max-products", "3")
    objective = task_objective("cifar10/vgg19", folder, MeasureSpec(samples=8), settings={"width": 0.03125})
    torch.save(objective.model.state_dict(), folder / "w.pt")

    def loss(*asked):
        run("cifar10/vgg19", "--data-root", str(folder), *small, *asked, "--weights", "w.pt", "--json")
        (found,) = json.loads(capsys.readouterr().out)
        return found["values"]["loss"], found["eigenvalues"]["protocol"]["batchnorm"]

    plain = loss()
    recomputed, told = loss("--batchnorm", "recomputed", "--batchnorm-samples", "0")
    assert plain[1] != told == "frozen, recomputed once"
    assert recomputed != pytest.approx(plain[0], rel=1e-3)
    assert run("own.py:make", "--batchnorm", "recomputed") == 2
    check_refusal(capsys.readouterr(), ["--batchnorm is for tasks"])
    assert run("digits", "--batchnorm-samples", "5", "--weights", "w.pt") == 2
    check_refusal(capsys.readouterr(), ["batchnorm_samples is 5, but nothing is recomputed"])


def test_what_has_not_converged_is_said_and_ends_with_code_1(folder, capsys):
    assert run("own.py:make", "--max-products", "2", "--eigenvalues-only") == 1
    printed = capsys.readouterr()
    assert "NO" in printed.out
    assert "Raise max_products (2) or tol" in printed.err


NAMES = {"eigenvalues": "top eigenvalue", "trace": "Hessian trace", "adaptive_sharpness": "adaptive sharpness"}


def test_the_other_weights_are_measured_where_one_has_diverged(folder, capsys):
    objective = own()
    for name, factor in (("one", 1.0), ("diverged", float("nan")), ("two", 1.1)):
        torch.save({n: p * factor for n, p in objective.parameters.items()}, folder / f"{name}.pt")
    weights = ("--weights", "one.pt", "diverged.pt", "two.pt")
    assert run("own.py:make", *weights, "--json") == 1
    printed = capsys.readouterr()
    one, diverged, two = json.loads(printed.out)
    why = "the loss is nan (a diverged run?), so there is no sharpness"
    assert diverged == {
        "weights": "diverged",
        "values": {"loss": None},
        **dict.fromkeys(NAMES),
        "not_measured": dict.fromkeys(NAMES, why),
    }
    sentence = f"diverged: top eigenvalue, Hessian trace, adaptive sharpness not measured: {why}"
    assert printed.err == f"landscape: 1 measurement could not be made: {sentence}\n"
    assert one["not_measured"] == two["not_measured"] == {}
    assert two["eigenvalues"]["protocol"]["start"] == "given"  # from the last weights that had any
    assert run("own.py:make", *weights) == 1
    printed = capsys.readouterr().out
    assert sentence in printed
    (row,) = [line for line in printed.splitlines() if "│ diverged" in line]
    assert row.count("–") == 6
    assert printed.count("yes") == 2


@pytest.mark.parametrize("lost", NAMES)
def test_what_cannot_be_measured_costs_nothing_else(folder, capsys, replace, lost):
    function = {
        "eigenvalues": "top_eigenpairs",
        "trace": "hessian_trace",
        "adaptive_sharpness": "average_sharpness",
    }[lost]

    def refuse(*arguments, **keywords):
        raise CannotMeasureError("The operator is not symmetric")

    for name in ("a", "b"):
        torch.save(own().parameters, folder / f"{name}.pt")
    assert run("own.py:make", "--weights", "a.pt", "b.pt", "--json") == 0
    whole = json.loads(capsys.readouterr().out)
    replace(function, refuse)
    assert run("own.py:make", "--weights", "a.pt", "b.pt", "--json") == 1
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert [row["weights"] for row in found] == ["a", "b"]
    for row, usual in zip(found, whole, strict=True):
        assert row[lost] is None
        assert row["not_measured"] == {lost: "The operator is not symmetric"}
        kept = [name for name in ("values", *NAMES) if name != lost]
        assert [row[name] for name in kept] == [usual[name] for name in kept]
    assert "2 measurements could not be made, the first: a: " + NAMES[lost] in printed.err
    assert run("own.py:make", "--weights", "a.pt", "b.pt") == 1
    assert f"b: {NAMES[lost]} not measured: The operator is not symmetric" in capsys.readouterr().out


def test_what_a_model_or_a_metric_of_the_users_raises_is_a_reason(folder, capsys):
    (folder / "checked.py").write_text("""
import torch
import landscape as ls

class Checked(torch.nn.Linear):
    def forward(self, x):
        assert torch.isfinite(self.weight).all(), "weights burst"
        return super().forward(x)

def odd(model, batch):
    return {}["lost"] if model.weight.abs().max() > 5 else torch.tensor(1.0)

def make():
    torch.manual_seed(0)
    data = torch.randn(60, 5), torch.randint(3, (60,))
    return ls.Objective(Checked(5, 3), torch.nn.CrossEntropyLoss(), data, metrics={"odd": odd})
""")
    torch.manual_seed(0)
    state = nn.Linear(5, 3).state_dict()
    for name, factor in (("burst", float("inf")), ("large", 40.0), ("fine", 1.0)):
        torch.save({n: p * factor for n, p in state.items()}, folder / f"{name}.pt")
    assert run("checked.py:make", "--weights", "burst.pt", "large.pt", "fine.pt", "--eigenvalues-only", "--json") == 1
    burst, large, fine = json.loads(capsys.readouterr().out)
    assert burst["not_measured"] == dict.fromkeys(("loss", "eigenvalues"), "AssertionError: weights burst")
    assert large["not_measured"] == {"metrics": "KeyError: 'lost'"}
    assert large["values"]["odd"] is None
    assert large["values"]["loss"] > 0
    assert large["eigenvalues"]["converged"] == fine["eigenvalues"]["converged"] == [True]
    assert fine["not_measured"] == {}


def test_an_error_of_the_program_leaves_what_was_measured(folder, capsys, replace):
    original, calls = ls.sharpness.average_sharpness, []

    def wrong(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise TypeError("a fault")
        return original(*args, **kwargs)

    replace("average_sharpness", wrong)
    for name in ("one", "two"):
        torch.save(own().parameters, folder / f"{name}.pt")
    with pytest.raises(TypeError, match="a fault"):
        cli.main(["measure", "own.py:make", "--weights", "one.pt", "two.pt", "--json"])
    assert [row["weights"] for row in json.loads(capsys.readouterr().out)] == ["one"]


@pytest.mark.parametrize("lost", NAMES)
def test_an_interruption_keeps_what_was_finished(folder, capsys, replace, lost):
    """Of the weights in hand as well."""
    function = {
        "eigenvalues": "top_eigenpairs",
        "trace": "hessian_trace",
        "adaptive_sharpness": "average_sharpness",
    }[lost]
    original, calls = getattr(ls if hasattr(ls, function) else ls.sharpness, function), []

    def interrupted(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*args, **kwargs)

    replace(function, interrupted)
    for name in ("one", "two", "three"):
        torch.save(own().parameters, folder / f"{name}.pt")
    assert run("own.py:make", "--weights", "one.pt", "two.pt", "three.pt", "--json") == 130
    printed = capsys.readouterr()
    one, two = json.loads(printed.out)
    assert one["not_measured"] == {}
    before = list(NAMES)[: list(NAMES).index(lost)]
    assert two["not_measured"] == {name: "interrupted" for name in NAMES if name not in before}
    assert two["values"] == one["values"]
    for name in before:
        assert two[name]["value"] == pytest.approx(one[name]["value"], rel=1e-3)
    assert "interrupted" in printed.err


def test_a_part_of_an_estimate_is_kept_with_its_own_error(folder, capsys, replace):
    original = ls.hessian_trace

    def cut(hessian, **options):
        raise ls.Interrupted(original(hessian, **options | {"probes": 5}))

    replace("hessian_trace", cut)
    assert run("own.py:make", "--json") == 130
    (found,) = json.loads(capsys.readouterr().out)
    assert found["trace"]["standard_error"] > 0
    assert found["not_measured"] == {"adaptive_sharpness": "interrupted"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("digits",), ["no weights to measure", "--weights"]),
        (("digit", "--weights", "good.pt"), ["unknown task 'digit'", "did you mean 'digits'"]),
        (("digits", "--weights", "good.pt"), ["'good.pt' do not fit", "lacks the trainable parameter"]),
        (("digits", "--weights", "nowhere.pt"), ["nowhere.pt cannot be read"]),
        (("mnist", "--weights", "good.pt", "--data-root", "nowhere"), ["nowhere", "train-images-idx3-ubyte"]),
        (("digits", "--weights", "good.pt", "--device", "tpu9"), ["device", "tpu9"]),
        (("own.py:make", "--weights", "parts.pt"), ["it has 'model'", "--key"]),
        (("own.py:make", "--eigenvalues", "0"), ["eigenvalues must be", "got 0"]),
        (("own.py:make", "--tolerance", "-1"), ["tolerance must be", "-1"]),
        (("own.py:make", "--eigenvalues", "76"), ["k is 76", "75 parameters"]),
        (("own.py:make", "--tolerance", "2"), ["tolerance must be", "below 1", "got 2"]),
        (
            ("own.py:make", "--eigenvalues", "9", "--max-products", "8"),
            ["max_products is 8", "9 eigenvalues", "raise it"],
        ),
        (("own.py:make", "--samples", "10"), ["--samples is for tasks"]),
        (("own.py:made",), ["'own.py' has no function 'made'"]),
        (("own.py:broken",), ["broken() of 'own.py' failed (KeyError: 'lost')"]),
        (("own.py:wrong",), ["wrong() of 'own.py' returns int"]),
        (("nowhere.py:make",), ["'nowhere.py' cannot be imported", "No such file"]),
        (("no_such_module:make",), ["'no_such_module' cannot be imported"]),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, words, folder, capsys):
    torch.save(own().parameters, folder / "good.pt")
    torch.save({"model": own().parameters}, folder / "parts.pt")
    assert run(*arguments) == 2
    check_refusal(capsys.readouterr(), words)


def test_equal_names_in_two_folders_are_told_apart(folder, capsys):
    for name in ("x", "y"):
        (folder / name).mkdir()
        torch.save(own().parameters, folder / name / "last.pt")
    assert run("own.py:make", "--weights", "x/last.pt", "y/last.pt", "--eigenvalues-only", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["weights"] for row in found] == ["x/last.pt", "y/last.pt"]
    values = np.array([row["eigenvalues"]["value"][0] for row in found])
    np.testing.assert_allclose(values[0], values[1], rtol=1e-5)


def test_prefixes_of_wrappers_are_found_and_said(folder, capsys):
    state = {f"module.{name}": p.clone() for name, p in own().parameters.items()}
    save_file(state, folder / "wrapped.safetensors")
    save_file(state | {"loss.scale": torch.ones(1)}, folder / "more.safetensors")
    options = ("--eigenvalues-only", "--json", "--quiet")
    assert run("own.py:make", *options) == 0
    plain = json.loads(capsys.readouterr().out)[0]["eigenvalues"]["value"]
    for extra in (("wrapped.safetensors",), ("more.safetensors", "--strip-prefix", "module.")):
        assert run("own.py:make", "--weights", *extra, *options) == 0
        out = capsys.readouterr()
        assert json.loads(out.out)[0]["eigenvalues"]["value"] == plain
        assert ("are read without 'module.'" in out.err) == (len(extra) == 1)
    save_file({"head.weight": torch.ones(2)}, folder / "other.safetensors")
    assert run("own.py:make", "--weights", "other.safetensors") == 2
    check_refusal(capsys.readouterr(), ["other.safetensors", "lacks the trainable parameter"])
