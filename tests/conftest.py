"""What all tests share: the random state they start from, and packages that only `make test-slow` installs."""

import contextlib
import importlib
import itertools
import os
import random
import shutil
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from landscape.objective import import_torchvision


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


SUBJECTS = ("curvature", "slices", "trajectory", "connectivity", "sharpness", "stats")


class Replacements:
    """Puts functions or classes in the place of public ones, in whichever modules hold these.

    A test that needs a measure to fail names the measure, and not the module that calls it.
    """

    def __init__(self) -> None:
        self._done: list[tuple[Any, Any]] = []

    def __call__(self, name: str, by: Any, package: str = "landscape") -> None:
        where = [package] if package != "landscape" else ["landscape", *(f"landscape.{each}" for each in SUBJECTS)]
        public = next(m for m in map(importlib.import_module, where) if name in m.__all__)
        assert all(by is not other for _, other in self._done), "one for each name, to be found again"
        self._done.append((getattr(public, name), by))
        _exchange(*self._done[-1])

    def undo(self) -> None:
        while self._done:
            original, by = self._done.pop()
            _exchange(by, original)  # modules that were imported meanwhile included


@pytest.fixture
def replace() -> Iterator[Replacements]:
    """`replace(name, by, package="landscape")`, undone at the end."""
    replacements = Replacements()
    yield replacements
    replacements.undo()


def _exchange(old: Any, new: Any) -> None:
    patch = pytest.MonkeyPatch()
    for module in [m for name, m in sys.modules.items() if name.partition(".")[0] in ("landscape", "zenith")]:
        for name in [name for name, held in vars(module).items() if held is old]:
            # internal: faults of a measure that no model or loss brings about, and only of public names.
            patch.setattr(module, name, new)


@pytest.fixture(scope="session")
def compiler() -> str:
    """The C++ compiler that torch compiles with; the test is skipped where there is none."""
    named = (os.environ.get("CXX"), "g++", "clang++")
    found = next((path for name in named if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no C++ compiler is installed")
    return found


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
