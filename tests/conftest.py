"""What all tests share: the random state they start from, and packages that only `make test-slow` installs."""

import contextlib
import itertools
import random
import time
import warnings
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
import torch

from landscape import import_torchvision


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    _seed()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call() -> None:
    _seed()  # again: fixtures of a module draw only for its first test


def _seed() -> None:
    """Every test starts from one random state, whichever ran before it."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that take `framework` are those that `pytest -m integrations` selects."""
    for item in items:
        if "framework" in getattr(item, "fixturenames", ()):
            item.add_marker("integrations")


@pytest.fixture
def hasty_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks at the clock a minute passes: whatever is done every so many seconds is done each time."""
    ticks = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: 60.0 * next(ticks))


@pytest.fixture(scope="session")
def framework() -> Callable[[str], ModuleType]:
    """Import a module of the dependency group `integrations` by name; the test is skipped where it is not installed."""

    def load(name: str) -> ModuleType:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # theirs, at import
            with contextlib.suppress(ModuleNotFoundError):
                import_torchvision()  # which several import, and which may need help to load
            return pytest.importorskip(
                name, reason=f"{name} is not installed: make test-slow installs requirements-integrations.lock"
            )

    return load
