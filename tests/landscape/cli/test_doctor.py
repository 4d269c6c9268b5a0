"""`landscape doctor` finds wrong numbers, names what is missing, and says so by its exit code."""

import importlib.metadata
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

import zenith
from landscape.cli import doctor
from landscape.cli import main as cli
from landscape.cli.doctor import Check, Diagnosis, diagnose


@pytest.fixture(scope="module")
def healthy() -> Diagnosis:
    state = torch.get_rng_state()
    found = diagnose()
    assert torch.equal(state, torch.get_rng_state())
    return found


def test_every_check_passes_here_and_has_a_limit_that_is_not_what_was_measured(healthy: Diagnosis) -> None:
    assert [check.name for check in healthy.checks if not check.passed] == []
    assert all(0 <= check.error <= check.limit and not check.message for check in healthy.checks)
    assert healthy.passed


def test_versions_machine_and_extras_are_those_of_this_process(healthy: Diagnosis) -> None:
    assert healthy.versions["torch"] == importlib.metadata.version("torch")
    assert f"torch takes {torch.get_num_threads()}" in healthy.machine["threads"]
    assert healthy.machine["devices"].startswith("cpu")
    assert {extra.name for extra in healthy.extras} >= {"baselines", "notebook", "vision"}
    assert all(extra.purpose for extra in healthy.extras)


def _scaled(function: Callable[..., Any], factor: float) -> Callable[..., Any]:
    return lambda *args, **kwargs: function(*args, **kwargs) * factor


def _off_eigenvalue(patch: pytest.MonkeyPatch) -> None:
    honest = doctor.top_eigenpairs

    class Off:
        def __init__(self, values: Any) -> None:
            self.values = values * (1 + 1e-6)

    patch.setattr(doctor, "top_eigenpairs", lambda *args, **kwargs: Off(honest(*args, **kwargs).values))


def _off_product(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(doctor.HessianOperator, "matvec", _scaled(doctor.HessianOperator.matvec, 1 + 1e-3))


def _off_route(patch: pytest.MonkeyPatch) -> None:
    honest = doctor.HessianOperator.matvec
    patch.setattr(
        doctor.HessianOperator,
        "matvec",
        lambda self, vector: honest(self, vector) * (1 + 1e-8 * (self.protocol()["layers"] != "as they are")),
    )


def _off_plane(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(doctor, "plane", _scaled(doctor.plane, 1 + 1e-8))


def _off_rule(patch: pytest.MonkeyPatch) -> None:
    # A window one step too short.
    patch.setattr(
        zenith, "Zenith", lambda params, lr, window, honest=zenith.Zenith: honest(params, lr=lr, window=window - 1)
    )


def _off_rerun(patch: pytest.MonkeyPatch) -> None:
    seeds = iter((0, 1))
    honest = zenith.train
    patch.setattr(zenith, "train", lambda *args, **kwargs: honest(*args, seed=next(seeds), **kwargs))


@pytest.mark.parametrize(
    ("sabotage", "found"),
    [
        (_off_eigenvalue, "top eigenvalue"),
        (_off_product, "Hessian product, float64"),
        (_off_product, "Hessian product, float32"),
        (_off_route, "rewritten route"),
        (_off_plane, "plane"),
        (_off_rule, "ZENITH"),
        (_off_rerun, "rerun"),
    ],
)
def test_a_wrong_number_is_found(
    sabotage: Callable[[pytest.MonkeyPatch], None], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sabotage(monkeypatch)
    (measure, limit), *others = [(check[3], check[2]) for check in doctor._checks() if found in check[0]]
    assert not others
    assert not measure() <= limit


def test_an_exception_is_a_failed_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> float:
        raise RuntimeError("no such kernel\nand more")

    monkeypatch.setattr(doctor, "_checks", lambda: iter([("a product", "the truth", 1.0, broken)]))
    found = diagnose()
    assert not found.passed
    assert found.checks[0].message == "RuntimeError: no such kernel"
    assert found.as_dict()["checks"][0]["error"] is None


def test_a_missing_extra_comes_with_the_line_that_installs_it_and_keeps_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_is_met", lambda requirement: requirement.name != "torchvision")
    vision = next(extra for extra in map(doctor._extra, doctor._extras()) if extra.name == "vision")
    assert [name.partition(">")[0] for name in vision.missing] == ["torchvision"]
    assert vision.install.startswith("pip install 'torchvision>=")
    assert vision.install.endswith(f"torch=={importlib.metadata.version('torch').partition('+')[0]}")


@pytest.mark.parametrize(("error", "code"), [(1e-9, 0), (1e-3, 1), (math.nan, 1)])
@pytest.mark.parametrize("arguments", [["doctor"], ["doctor", "--json"]])
def test_the_exit_code_says_whether_the_numbers_are_right(
    error: float, code: int, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check = Check("a product", "the truth", error, 1e-6, "", 0.1)
    monkeypatch.setattr(
        doctor, "diagnose", lambda: Diagnosis({"torch": "2"}, {"cores": "2"}, (doctor._extra("vision"),), (check,))
    )
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == code
    out = capsys.readouterr().out
    if "--json" in arguments:
        assert json.loads(out)["passed"] == (code == 0)
    else:
        assert ("FAILED" in out) == bool(code)
