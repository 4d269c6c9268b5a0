"""`landscape doctor` finds wrong numbers, names what is missing, and says so by its exit code."""

import importlib.metadata
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import landscape as ls
import zenith
from landscape.cli import main as cli
from landscape.cli.doctor import Diagnosis, diagnose


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


class OffEigenvalues:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.values = honest_eigenpairs(*args, **kwargs).values * (1 + 1e-6)


class OffProduct(ls.HessianOperator):
    def matvec(self, vector: Tensor) -> Tensor:
        return super().matvec(vector) * (1 + 1e-3)


class OffRewriting(ls.HessianOperator):
    def matvec(self, vector: Tensor) -> Tensor:
        return super().matvec(vector) * (1 + 1e-8 * (self.protocol()["layers"] != "as they are"))


def off_plane(*args: Any, **kwargs: Any) -> Any:
    return honest_plane(*args, **kwargs) * (1 + 1e-8)


def short_window(params: Any, lr: float, window: int) -> zenith.Zenith:
    return HonestZenith(params, lr=lr, window=window - 1)


def other_seeds(*args: Any, **kwargs: Any) -> zenith.Run:
    return honest_train(*args, seed=next(SEEDS), **kwargs)


honest_eigenpairs, honest_plane = ls.top_eigenpairs, ls.plane
HonestZenith, honest_train, SEEDS = zenith.Zenith, zenith.train, itertools.count()


@pytest.mark.parametrize(
    ("name", "wrong", "found"),
    [
        ("top_eigenpairs", OffEigenvalues, ["top eigenvalue by Lanczos, float64"]),
        (
            "HessianOperator",
            OffProduct,
            ["top eigenvalue by Lanczos, float64", "Hessian product, float64", "Hessian product, float32"],
        ),
        ("HessianOperator", OffRewriting, ["Hessian product, rewritten route"]),
        ("plane", off_plane, ["plane, float64"]),
        ("Zenith", short_window, ["ZENITH's learning rates"]),
        ("train", other_seeds, ["a rerun of training, largest difference of weights"]),
    ],
)
def test_a_wrong_number_is_found(name: str, wrong: Any, found: list[str], replace: Callable[..., None]) -> None:
    replace(name, wrong, "landscape" if name in ls.__all__ else "zenith")
    diagnosis = diagnose()
    assert not diagnosis.passed
    assert [check.name for check in diagnosis.checks if not check.passed and "GPU" not in check.name] == found


def broken(*_: Any, **__: Any) -> None:
    raise RuntimeError("no such kernel\nand more")


def test_an_exception_is_a_failed_check(replace: Callable[..., None]) -> None:
    replace("top_eigenpairs", broken)
    found = diagnose()
    assert not found.passed
    assert [check.message for check in found.checks if not check.passed] == ["RuntimeError: no such kernel"]
    assert found.as_dict()["checks"][0]["error"] is None


def test_a_missing_extra_comes_with_the_line_that_installs_it_and_keeps_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    version = importlib.metadata.version

    def without_torchvision(name: str) -> str:
        if name == "torchvision":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1.0.31" if name == "timm" else version(name)  # which the fast suite goes without

    monkeypatch.setattr(importlib.metadata, "version", without_torchvision)
    vision = next(extra for extra in diagnose().extras if extra.name == "vision")
    assert [name.partition(">")[0] for name in vision.missing] == ["torchvision"]
    assert vision.install.startswith("pip install 'torchvision>=")
    assert vision.install.endswith(f"torch=={version('torch').partition('+')[0]}")


@pytest.mark.parametrize(
    ("fault", "code", "arguments"),
    [
        (None, 0, ["doctor"]),
        (None, 0, ["doctor", "--json"]),
        (OffEigenvalues, 1, ["doctor"]),
        (broken, 1, ["doctor", "--json"]),
    ],
)
def test_the_exit_code_says_whether_the_numbers_are_right(
    fault: Any, code: int, arguments: list[str], replace: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    if fault is not None:
        replace("top_eigenpairs", fault)
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == code
    out = capsys.readouterr().out
    if "--json" in arguments:
        assert json.loads(out)["passed"] == (code == 0)
    else:
        assert ("FAILED" in out) == bool(code)
