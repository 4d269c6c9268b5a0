"""An object made in a session has one description in every process, and another where its code or values differ."""

import functools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from zenith._common.identity import describe, digest

SESSION = """
import functools, torch
from zenith._common.identity import describe, digest
SCALE = {scale}
class Mine(torch.optim.SGD):
    names = {{"a", "b", "c"}}
    {comment}
    def step(self, closure=None):
        return super().step({argument})
def factory(held):
    return lambda params, lr=0.1: Mine(params, lr=lr * held * SCALE)
print(digest(describe(factory({held}))))
"""
AS_IS = {"scale": 1, "comment": "", "argument": "closure", "held": "torch.arange(3)"}


def session(seed: int = 0, **changes: object) -> str:
    code = SESSION.format(**{**AS_IS, **changes})
    env = {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONHASHSEED": str(seed)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert not ran.returncode, ran.stderr
    return ran.stdout


@pytest.mark.slow  # seven processes
def test_a_session_is_described_alike_in_every_process_and_a_changed_one_is_not():
    first = session()
    assert session(seed=1, comment="# said elsewhere\n") == first
    changes = ({"scale": 2}, {"argument": "None"}, {"held": "torch.arange(1, 4)"}, {"held": "2.0"})
    assert len({first, *(session(**change) for change in changes)}) == 5


def holder(value):
    return lambda: value


@pytest.mark.parametrize(
    ("same", "others"),
    [
        (lambda: holder(2), [lambda: holder(3), lambda: holder("2")]),
        (lambda: torch.arange(3.0), [lambda: torch.arange(3), lambda: torch.arange(3.0)[None], lambda: torch.ones(3)]),
        (lambda: np.arange(3), [lambda: np.arange(4)]),
        (lambda: functools.partial(torch.optim.SGD, lr=1), [lambda: functools.partial(torch.optim.SGD, lr=2)]),
        (lambda: torch.nn.CrossEntropyLoss(), [lambda: torch.nn.CrossEntropyLoss(label_smoothing=0.1)]),
        (lambda: {"a": 1, "b": (1, 2)}, [lambda: {"a": 1, "b": (1, 3)}]),
        (lambda: {1, 2}, [lambda: {1, 3}]),
        (lambda: torch.optim.Adam, [lambda: torch.optim.SGD]),
        (lambda: torch.float32, [lambda: torch.float64]),
        (object, []),
        (lambda: iter([1]), []),
    ],
    ids=["closure", "tensor", "array", "partial", "module", "dict", "set", "class", "dtype", "object", "iterator"],
)
def test_equal_things_are_described_alike_and_different_ones_are_not(same, others):
    assert describe(same()) == describe(same())
    assert "0x" not in str(describe(same()))
    for other in others:
        assert digest(describe(other())) != digest(describe(same()))


def test_deep_things_are_described():
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    assert digest(describe(deep)) == digest(describe([deep[0]]))


def test_things_that_hold_themselves_are_described():
    held: list[object] = []
    held.append(held)
    assert describe(held) == [{"again": 1}]

    def recursive(n):
        return recursive(n - 1) if n else 0

    assert describe(recursive) == describe(recursive)


def test_what_types_in_c_define_is_described_by_name():
    """As the members of a class that takes its comparison or its hash from another."""

    class Own:
        __hash__ = object.__hash__
        upper = str.upper

    assert describe(str.upper) == describe(str.upper) != describe(str.lower)
    assert describe(object.__hash__) != describe(int.__hash__)
    assert digest(describe(Own()))
