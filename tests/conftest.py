"""Packages that only `make test-slow` installs, for the tests of how the lab works with them."""

import contextlib
import warnings
from collections.abc import Callable
from types import ModuleType

import pytest

from landscape import import_torchvision


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that take `framework` are those that `pytest -m integrations` selects."""
    for item in items:
        if "framework" in getattr(item, "fixturenames", ()):
            item.add_marker("integrations")


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
