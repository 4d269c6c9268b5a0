"""What is typed from memory works, or the error names the right word."""

import copy
import pickle
import subprocess
import sys
from typing import Any

import documented
import numpy as np
import pytest
import torch

import landscape as ls
from landscape._common.guesses import guessable, suggestion

NAMES = documented.start()
LOSS, MODEL, X, Y = (NAMES[name] for name in ("loss", "model", "X", "y"))


def test_inputs_and_targets_one_by_one_and_a_criterion_by_name_are_the_same_objective() -> None:
    for other in (
        ls.Objective(MODEL, torch.nn.CrossEntropyLoss(), X, Y),
        ls.Objective(MODEL, "cross_entropy", X, Y),
        ls.Objective(MODEL, criterion="cross_entropy", data=X, targets=Y),
        ls.Objective(MODEL, "cross_entropy", (X, Y)),
    ):
        assert other.value() == LOSS.value()
        assert other.fingerprint == LOSS.fingerprint


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss", "mse_loss", "l1_loss", "huber_loss", "soft_margin_loss"])
def test_a_criterion_by_name_is_torchs_own(name: str) -> None:
    targets = Y if name in ("cross_entropy", "nll_loss") else torch.nn.functional.one_hot(Y, 3).float()
    value = ls.Objective(MODEL, name, X, targets).value()
    assert value == pytest.approx(getattr(torch.nn.functional, name)(MODEL(X), targets).item(), rel=1e-6)


def test_an_estimate_is_a_number_and_speaks_of_what_it_was_asked_with() -> None:
    trace = ls.hessian_trace(LOSS, probes=5)
    assert float(trace) == trace.value
    assert f"{trace:}".count("5 probes") == 1
    assert "of 9 probes" in repr(ls.hessian_trace(LOSS, method="hutch++", probes=9))
    assert "5 samples" in repr(ls.sharpness.average_sharpness(LOSS, rho=0.1, samples=5))


def test_eigenpairs_have_torchs_names() -> None:
    pairs = ls.top_eigenpairs(LOSS)
    assert pairs.eigenvalues is pairs.values
    assert pairs.eigenvectors is pairs.vectors


def test_slices_draw_their_directions_and_record_how() -> None:
    import json

    u, v = ls.random_direction(LOSS), ls.random_direction(LOSS, seed=1)
    by_hand = ls.plane(LOSS, (u, v), alphas=[-1.0, 0.0, 1.0])
    for same in (
        ls.plane(LOSS, u, v, [-1.0, 0.0, 1.0]),
        ls.plane(LOSS, (u, v), [-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]),
        ls.plane(LOSS, alphas=[-1.0, 0.0, 1.0]),
    ):
        assert same["loss"].equals(by_hand["loss"])
    other = ls.plane(LOSS, alphas=[-1.0, 0.0, 1.0], seed=3)
    made = json.loads(other.attrs["protocol"])["directions"]
    assert [each["seed"] for each in made] == [6, 7]
    again = ls.plane(LOSS, *(ls.random_direction(LOSS, seed=each["seed"]) for each in made), alphas=[-1.0, 0.0, 1.0])
    assert again["loss"].equals(other["loss"])
    assert json.loads(ls.line(LOSS, seed=4).attrs["protocol"])["directions"][0]["seed"] == 4
    plain = {name: p.clone() for name, p in LOSS.parameters.items()}
    assert json.loads(ls.line(LOSS, plain).attrs["protocol"])["directions"] == ["given, not recorded"]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: ls.hessian_trace(LOSS, n_probes=5), r"no argument 'n_probes': did you mean probes\? "),
        (lambda: ls.hessian_trace(LOSS, num_samples=5), r"did you mean probes\? "),
        (lambda: ls.top_eigenpairs(LOSS, n=3), r"did you mean k\? "),
        (lambda: ls.top_eigenpairs(LOSS, 3, 1e-3), r"takes objective, k by position, and 3 positional arguments"),
        (lambda: ls.Objective(MODEL, loss_fn=torch.nn.CrossEntropyLoss(), data=(X, Y)), r"did you mean criterion\? "),
        (lambda: ls.line(LOSS, n_points=5), r"did you mean alphas\? "),
        (lambda: ls.HessianOperator(LOSS, budget=5), r"HessianOperator\(\) has no argument 'budget'"),
        (lambda: ls.sharpness.worst_case_sharpness(LOSS), r"worst_case_sharpness\(\) needs "),
    ],
)
def test_a_misspelt_argument_is_answered_with_the_right_one(call: Any, sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        call()


def test_an_error_from_inside_is_passed_on_as_it_is() -> None:
    @guessable
    def fails(x: int) -> int:
        return x + int(None)  # type: ignore[call-overload,no-any-return]

    with pytest.raises(TypeError, match="NoneType"):
        fails(1)


def test_a_misspelt_attribute_is_answered_with_the_right_one() -> None:
    trace = ls.hessian_trace(LOSS, probes=5)
    with pytest.raises(AttributeError, match=r"did you mean standard_error\? It has "):
        _ = trace.stderr
    with pytest.raises(AttributeError, match=r"did you mean values\?"):
        _ = ls.top_eigenpairs(LOSS).evals
    assert not hasattr(trace, "_repr_png_")
    assert copy.deepcopy(trace) == pickle.loads(pickle.dumps(trace)) == trace


def test_a_property_that_fails_raises_its_own_error() -> None:
    from landscape._common.guesses import Guessable

    class Result(Guessable):
        @property
        def broken(self) -> float:
            return np.zeros(1).no_such_thing  # type: ignore[attr-defined,no-any-return]

    with pytest.raises(AttributeError, match=r"numpy\.ndarray"):
        _ = Result().broken


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("eigenvalues", r"did you mean landscape\.top_eigenpairs\?"),
        ("at_matched_loss", r"it is landscape\.stats\.at_matched_loss\."),
        ("hessian_trase", r"did you mean landscape\.hessian_trace\?"),
        ("zzzz", r"dir\(landscape\) lists"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_right_one(name: str, sentence: str) -> None:
    with pytest.raises(AttributeError, match=sentence):
        getattr(ls, name)


def test_a_suggestion_is_a_valid_name_or_none() -> None:
    assert suggestion("Probes", ["probes", "seed"]) == "probes"
    assert suggestion("random_state", ["probes", "seed"]) == "seed"
    assert suggestion("qqqq", ["probes", "seed"]) is None


def test_the_version_is_said_without_torch() -> None:
    from importlib.metadata import version

    code = "import landscape, sys; print(landscape.__version__); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == version("zenith-landscape")


def test_subjects_are_there_before_anything_was_used_and_stay_what_they_are() -> None:
    code = """
import landscape as ls
for name in ("objective", "curvature", "slices", "trajectory", "connectivity", "sharpness", "distributed", "stats"):
    assert name in dir(ls), name
    package = getattr(ls, name)
    for each in package.__all__:
        getattr(package, each)
    assert getattr(ls, name) is package
before = {name: getattr(ls, name) for name in ls.__all__}
assert all(getattr(ls, name) is thing for name, thing in before.items())
"""
    subprocess.run([sys.executable, "-c", code], check=True)
