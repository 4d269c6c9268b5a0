"""Conformance: every method of the table has every property, or refuses it; one's own is told what it lacks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from test_loading import place, write  # noqa: F401 (a fixture)

import zenith
from zenith import methods
from zenith.conformance import Outcome, check_property
from zenith.conformance.properties import CHECKS
from zenith.methods import CELLS, METHODS

# Short memories, so that every rule is past its warm-up within the few steps of a check.
SHORT: dict[str, dict[str, Any]] = {
    "zenith": {"window": 3},
    "zenith-adamw": {"window": 3},
    "zenith-muon": {"window": 3},
    "gen": {"every": 2},
    "adamz": {"patience": 5, "stagnation_period": 2},
    "adamz-corrected": {"patience": 5, "stagnation_period": 2},
    "soap": {"precondition_frequency": 3},
    "d-adaptation": {"d0": 1e-3},
    "prodigy": {"d0": 1e-3},
    "dog": {"reps_rel": 1e-3},
    "dowg": {"eps": 1e-2},
}


def test_every_property_of_the_table_has_a_check():
    assert tuple(CHECKS) == tuple(CELLS)
    for row in METHODS.values():
        assert set(row.exceptions) <= set(CELLS), row.name


@pytest.mark.parametrize("key", CELLS)
@pytest.mark.parametrize("name", METHODS)
def test_conformance(name, key):
    row = METHODS[name]
    outcome = check_property(row, key, short=SHORT.get(name))
    assert outcome.status == ("refused" if key in row.exceptions else "passed"), outcome.reason


def test_the_readme_shows_the_tables_matrix():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert methods.battery() in readme, "paste the output of landscape methods --battery"


# ------------------------------------------------------------------------------------------------ methods of one's own

FAST = [name for name in CELLS if name != "sharded"]


class Right(torch.optim.Optimizer):
    """Heavy-ball momentum, kept where it belongs."""

    def __init__(self, params, lr=0.01):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    state = self.state[p]
                    state["velocity"] = p.grad + 0.9 * state.get("velocity", torch.zeros_like(p))
                    p -= group["lr"] * state["velocity"]


class Wrong(Right):
    """Everything that a hasty optimizer does wrong."""

    def __init__(self, params, lr=0.01):
        super().__init__(params, lr)
        self.velocity = {}
        self.first = None

    @torch.no_grad()
    def step(self, closure=None):
        if self.first is None:  # a schedule reaches the first group alone, and only if there is one
            self.first = self.param_groups[0]
        for group in self.param_groups:
            for i, p in enumerate(group["params"]):
                gradient = torch.nan_to_num(p.grad)  # hides NaN; a frozen weight has no gradient
                self.velocity[i, p.shape] = 0.9 * self.velocity.get((i, p.shape), 0.0) + gradient
                p -= self.first["lr"] * self.velocity[i, p.shape]


class Skipping(Right):
    @torch.no_grad()
    def step(self, closure=None):
        if all(p.grad is None or bool(p.grad.isfinite().all()) for g in self.param_groups for p in g["params"]):
            super().step()


def test_a_right_optimizer_passes():
    found = zenith.check_method(Right, only=FAST)
    assert found.passed, found
    assert {outcome.status for outcome in found.outcomes.values()} == {"passed"}
    assert found.method == "Right"
    assert repr(found).startswith("Right: passed 14 properties\n")
    assert found.markdown().count("✓") == 13
    assert "spreads" in found.markdown()


def test_a_wrong_optimizer_is_told_what_it_lacks():
    found = zenith.check_method(Wrong, only=FAST)
    failed = {name: outcome.reason for name, outcome in found.outcomes.items() if outcome.status == "failed"}
    assert not found.passed
    assert {"resume", "frozen", "NaN gradient", "two groups", "checkpoint"} <= failed.keys()
    assert {"learns", "zero gradient", "schedule"}.isdisjoint(failed)
    assert failed["resume"] == "what goes on from a loaded state_dict is another training: the weights differ"
    assert failed["frozen"].startswith("raises TypeError: ")
    assert failed["NaN gradient"] == "the NaN is hidden"
    assert failed["two groups"] == "a group's own lr does not reach its steps"
    assert repr(found).startswith(f"Wrong: FAILED {len(failed)} of 14 properties")
    assert f"{len(set(failed.values()))}. " in found.markdown()
    assert "the NaN is hidden" in found._repr_html_()


def test_what_is_declared_is_checked_too():
    (outcome,) = zenith.check_method(Skipping, only=["NaN gradient"]).outcomes.values()
    assert outcome.reason == "the step is left out: declare nan='skips'"
    declared = zenith.Method("mine", Skipping, nan="skips", exceptions={"resume": "it never does"})
    found = zenith.check_method(declared, only=["NaN gradient", "resume"])
    assert found.outcomes["NaN gradient"].status == "passed"
    assert found.outcomes["resume"].reason.startswith("declared as lacking (it never does), but no error says so")
    assert zenith.check_method("sam", only=["GradScaler"]).outcomes["GradScaler"].status == "refused"


def test_a_function_without_a_default_is_checked_at_the_learning_rate_that_is_given():
    def make(params, lr, memory=100):
        return Right(params, lr=lr)

    with pytest.raises(ValueError, match="method 'make' has no lr"):
        zenith.check_method(make, only=["learns"])
    assert zenith.check_method(make, {"lr": 0.01}, short={"memory": 2}, only=["learns", "two groups"]).passed
    with pytest.raises(ValueError, match="unknown key 'lerns' in only: did you mean 'learns'"):
        zenith.check_method(make, {"lr": 0.01}, only=["lerns"])
    with pytest.raises(ValueError, match="the function of method 'mine' ignores its lr"):
        zenith.check_method(lambda params, lr=0.1: Right(params))


@pytest.mark.slow  # three times two processes
def test_sharding_is_checked_of_files_and_of_what_was_made_in_a_session(place):  # noqa: F811
    write(
        place / "norms.py",
        "import torch\n\n\nclass Normed(torch.optim.Optimizer):\n"
        "    def __init__(self, params, lr=0.1):\n        super().__init__(params, {'lr': lr})\n\n"
        "    @torch.no_grad()\n    def step(self):\n        for p in self.param_groups[0]['params']:\n"
        "            local = getattr(p.grad, '_local_tensor', p.grad)\n"
        "            p -= self.param_groups[0]['lr'] * p.grad / local.norm()\n",
    )
    outcome = zenith.check_method("norms.py:Normed", only=["sharded"]).outcomes["sharded"]
    assert outcome.status == "failed"
    assert re.match(r"the weights differ by .* from those trained whole, in float64", outcome.reason)

    def local(params, lr=0.1):
        return torch.optim.SGD(params, lr=lr, momentum=0.9)

    assert zenith.check_method(("mine", local), only=["sharded"]).outcomes["sharded"].status == "passed"


def test_what_cannot_be_sent_to_other_processes_is_not_called_passed():
    held = iter([])  # does not pickle

    def make(params, lr=0.1, count=3):
        next(held, None)
        return torch.optim.SGD(params, lr=lr)

    unsendable = (x for x in ())
    make.held = unsendable  # type: ignore[attr-defined]
    found = zenith.check_method(make, only=["sharded"])
    assert found.outcomes["sharded"].status == "not checked"
    assert "cannot be sent to other processes" in found.outcomes["sharded"].reason


class Fixed(Right):
    """A rule that has no use for a learning rate."""

    @torch.no_grad()
    def step(self, closure=None):
        held = [group["lr"] for group in self.param_groups]
        for group in self.param_groups:
            group["lr"] = 0.01
        super().step()
        for group, lr in zip(self.param_groups, held, strict=True):
            group["lr"] = lr


def test_a_rule_without_use_for_a_learning_rate_says_so_and_passes():
    """The advice that training gives is followed, and the battery follows it too."""
    with pytest.raises(ValueError, match=r"write zenith.Method\('Fixed', ..., exceptions={'schedule': 'REASON'}\)"):
        zenith.check_method(Fixed)
    declared = zenith.Method(
        "mine", Fixed, exceptions={"schedule": "it has no step size", "two groups": "nor have they"}
    )
    found = zenith.check_method(declared, only=["learns", "schedule", "two groups"])
    assert found.passed
    assert found.outcomes["schedule"] == Outcome("lacking", "it has no step size")
    assert "no (1) | no (2)" in found.markdown()
    with_lr = zenith.Method("mine", Right, exceptions={"schedule": "it has no step size"})
    outcome = zenith.check_method(with_lr, only=["schedule"]).outcomes["schedule"]
    assert outcome.status == "failed"
    assert "declared as lacking (it has no step size), but" in outcome.reason
    with pytest.raises(ValueError, match=r"must be a mapping of properties to reasons: write {'schedule': 'REASON'}"):
        zenith.Method("mine", Fixed, exceptions={"schedule"})
