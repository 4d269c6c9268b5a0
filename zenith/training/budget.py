"""How long a run may train: epochs, steps, seconds or gradient evaluations, and how many steps that is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import torch

from zenith import methods
from zenith._common.streams import preserved_generators
from zenith._common.validation import MOST_COUNTED, check_integer
from zenith.methods import Method
from zenith.training.batches import Batches, order
from zenith.training.setup import Setup
from zenith.training.step import StepBatch, TrainingStep

__all__ = ["SCHEDULED", "Budget", "gradient_evaluations_of", "measure", "spending", "steps_within"]

EPOCHS = 10
WARM_UP, LEAST, MOST = 3, 20, 200
"""Steps of a trial: not timed, and at least and at most timed."""
SHARE, LONGEST = 0.05, 2.0
"""A trial goes on, up to `MOST` steps, for this share of the budget, and for so many seconds at most."""
SCHEDULED = 1000
"""Steps that the schedule of a trial is told, of which it sees the first."""


@dataclass(frozen=True)
class Budget:
    """What a run may spend.

    Attributes
    ----------
    by : {"epochs", "steps", "seconds", "gradients"}
    amount : int or float
    """

    by: str
    amount: float

    @classmethod
    def of(cls, *, epochs: Any, steps: Any, seconds: Any, gradients: Any) -> Budget:
        """Return the one that is given; 10 epochs if none is.

        Raises
        ------
        ValueError
            If there are two, or the amount is no positive number.
        """
        given = {"epochs": epochs, "steps": steps, "seconds": seconds, "gradients": gradients}
        chosen = {by: amount for by, amount in given.items() if amount is not None}
        if len(chosen) > 1:
            both = " and ".join(f"{by}={amount!r}" for by, amount in chosen.items())
            raise ValueError(f"{both} are {len(chosen)} budgets of one run: give one of them")
        ((by, amount),) = chosen.items() or (("epochs", EPOCHS),)
        if by in ("epochs", "steps"):
            return cls(by, check_integer(by, amount))
        if isinstance(amount, bool) or not isinstance(amount, Real) or not 0 < amount < math.inf:  # type: ignore[operator]
            raise ValueError(f"{by} must be a positive finite number, got {amount!r}")
        if amount > MOST_COUNTED:  # type: ignore[operator]
            raise ValueError(f"{by} must be at most {MOST_COUNTED:,}: no machine computes so long")
        return cls(by, float(amount))

    def request(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        return {"by": self.by, "amount": self.amount}


def gradient_evaluations_of(method: Method, settings: Mapping[str, Any]) -> float | None:
    """Return the gradient evaluations that a step of a method takes, as declared; None where only a trial can tell."""
    if not methods.is_built_in(method) and {"closure", "probe"} & set(method.needs):
        return None
    return sum(methods.passes(method, settings)) / 2


def spending(
    budget: Budget, method: Method, settings: Mapping[str, Any], trial: Callable[[], Setup] | None = None
) -> dict[str, Any]:
    """Return a budget with what a step of a method takes of it, as declared or else found by `measure`.

    Parameters
    ----------
    budget : Budget
    method : Method
    settings : Mapping
        All that the method has.
    trial : callable, optional
        Returns what `measure` takes; without it only what is declared is known, and else the budget alone returned.
    """
    spent = budget.request()
    if budget.by not in ("seconds", "gradients"):
        return spent
    declared = gradient_evaluations_of(method, settings) if budget.by == "gradients" else None
    if declared is not None:
        return spent | {"gradient_evaluations_per_step": declared}
    return spent if trial is None else spent | measure(trial(), budget)


def steps_within(budget: Budget, steps_per_epoch: int, cost: Mapping[str, Any]) -> int:
    """Return the steps that a budget allows.

    Parameters
    ----------
    budget : Budget
    steps_per_epoch : int
    cost : Mapping
        With "seconds_per_step" or "gradient_evaluations_per_step" where the budget is in these.

    Raises
    ------
    ValueError
        If it allows none.
    """
    if budget.by in ("epochs", "steps"):
        return int(budget.amount) * (steps_per_epoch if budget.by == "epochs" else 1)
    key, unit = {
        "seconds": ("seconds_per_step", "s"),
        "gradients": ("gradient_evaluations_per_step", "gradient evaluations"),
    }[budget.by]
    steps = math.floor(budget.amount / cost[key] * (1 + 1e-12))  # the quotient of floats may fall just short
    if steps < 1:
        raise ValueError(
            f"{budget.by}={budget.amount:g} allows no step, because one takes {cost[key]:.3g} {unit}: give more"
        )
    return steps


def measure(trial: Setup, budget: Budget) -> dict[str, Any]:
    """Take the steps that a run begins with, for the seconds and gradient evaluations of one.

    Setting up, evaluations and checkpoints are left out, as in `Trace`. The global generators are put back.

    Parameters
    ----------
    trial : Setup
        Of the run, with a model, an optimizer and a schedule of its own, which is told `SCHEDULED` steps.
    budget : Budget
        Whose size decides how long the trial goes on.

    Returns
    -------
    dict
        ``seconds_per_step`` (mean), ``standard_deviation`` (of single steps, in seconds),
        ``gradient_evaluations_per_step`` (mean), ``trial_steps``, ``warm_up_steps``, ``threads``.
    """
    taken: list[tuple[float, float]] = []
    cuda = [trial.device.index] if trial.device.type == "cuda" else []
    with preserved_generators(), torch.random.fork_rng(devices=cuda), closing(_steps(trial)) as steps:
        for step in steps:
            taken.append(step)
            timed = [seconds for seconds, _ in taken[WARM_UP:]]
            if _enough(len(timed), sum(timed), budget, trial.ranks.size):
                break
    kept = taken[WARM_UP:] or taken  # fewer where the loss is not finite from the start
    seconds, gradients = (np.array(column) for column in zip(*kept, strict=True))
    found = {
        "seconds_per_step": float(seconds.mean()),
        "standard_deviation": float(seconds.std(ddof=1)) if len(seconds) > 1 else None,
        "gradient_evaluations_per_step": float(gradients.mean()),
        "trial_steps": len(kept),
        "warm_up_steps": WARM_UP,
        "threads": torch.get_num_threads(),
    }
    return trial.ranks.same(found)


def _steps(trial: Setup) -> Generator[tuple[float, float], None, None]:
    """Take step after step; yield the seconds and gradient evaluations of each."""
    training_step = TrainingStep(trial)
    batches = Batches(trial, order(trial.seed, len(trial.data.train), trial.batch_size, WARM_UP + MOST))
    try:
        for number, place in enumerate(batches):
            began = time.perf_counter()
            result, _ = training_step.take(number, StepBatch(len(place.index), batches.pieces(place)))
            if result is not None and result.update_norm is not None:
                result.update_norm.item()
            elif trial.device.type == "cuda":
                torch.cuda.synchronize(trial.device)
            yield time.perf_counter() - began, training_step.gradient_evaluations
            if result is None:
                return
    finally:
        batches.close()


def _enough(steps: int, seconds: float, budget: Budget, ranks: int) -> bool:
    if ranks > 1 or budget.by != "seconds":  # all ranks take the same steps
        return steps >= LEAST
    wanted = min(SHARE * budget.amount, LONGEST)
    return (steps >= LEAST and seconds >= wanted) or (steps >= LEAST // 4 and seconds >= 2 * wanted)
