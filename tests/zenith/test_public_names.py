"""What ``import zenith`` offers."""

import importlib
import pickle
import subprocess
import sys

import pytest

import zenith
from zenith import baselines


@pytest.mark.parametrize("name", zenith.__all__)
def test_a_public_name_is_the_object_of_its_module(name):
    offered = getattr(zenith, name)
    assert name in dir(zenith)
    home = offered.__name__ if name in ("methods", "tasks") else offered.__module__
    assert home.startswith("zenith.")
    assert importlib.import_module(home) is offered or getattr(importlib.import_module(home), name) is offered


def test_every_own_rival_is_offered_and_pickles_by_its_name():
    assert set(baselines.__all__) <= set(zenith.__all__)
    assert pickle.loads(pickle.dumps(zenith.AdamZ)) is baselines.AdamZ


def test_another_name_is_no_attribute():
    with pytest.raises(AttributeError, match="No zenith attribute Zenit"):
        zenith.Zenit  # noqa: B018


def test_the_import_alone_loads_nothing_slow():
    code = (
        "import sys, zenith; print([m for m in ('torch', 'sklearn', 'torchvision', 'landscape') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
