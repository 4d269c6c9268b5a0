"""Budgets of the methods of a study: work per step, learning rates, and which settings were tuned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from landscape.plot._study_data import over_steps
from landscape.study.lengths import steps_of
from landscape.study.references import label_of
from zenith import methods
from zenith.methods import METHODS

if TYPE_CHECKING:
    from landscape.study.store import Study

__all__ = ["Budgets", "budgets_of"]


@dataclass(frozen=True)
class Budgets:
    """Differences between methods that equal numbers of steps leave.

    Attributes
    ----------
    steps : dict of str to int
        Of every run of each method.
    passes : dict of str to (float, float)
        Forward and backward passes over a batch per step, per method.
    learning_rate : float
        The base learning rate of the methods in `lr_share`.
    lr_share : dict of str to float
        Sum of the learning rates that a method applied over that of a constant `learning_rate`, mean over its finished
        runs; of the methods whose learning rate means what plain SGD's does. NaN if no run finished.
    own_settings : dict of str to dict
        What the spec sets for a method alone.
    tuned : str
        Whether the settings were tuned, in words.
    budget : dict
        ``by`` and ``amount``, where these are seconds or gradient evaluations, and ``spent``, the median of every
        method's finished runs.
    """

    steps: dict[str, int]
    passes: dict[str, tuple[float, float]]
    learning_rate: float
    lr_share: dict[str, float]
    own_settings: dict[str, dict[str, Any]]
    tuned: str = "Nothing was tuned"
    budget: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "steps": self.steps if self.unequal else next(iter(self.steps.values())),
            **({"budget": self.budget} if self.budget else {}),
            "passes_per_step": {
                name: {"forward": forward, "backward": backward} for name, (forward, backward) in self.passes.items()
            },
            "base_learning_rate": self.learning_rate,
            "share_of_constant_learning_rate_integral": self.lr_share,
            "tuned": False,
            "own_settings": self.own_settings,
            "sentences": [*self._set(), *self._rates(), *self._work()],  # in the order of the report
        }

    @property
    def unequal(self) -> bool:
        """Whether methods take unequal numbers of steps."""
        return len(set(self.steps.values())) > 1

    def sentences(self) -> tuple[str, ...]:
        """Describe the budgets in a few sentences."""
        return (*self._set(), *self._work(), *self._rates())

    def opening(self) -> str:
        """Describe the budgets, beginning with a budget that was set and whether anything was tuned."""
        return " ".join((*self._set(), *self._rates(), *self._work()))

    def _set(self) -> tuple[str, ...]:
        """Say which budget of seconds or gradient evaluations was set, and what each method did with it."""
        if not self.budget:
            return ()
        seconds, amount = self.budget["by"] == "seconds", self.budget["amount"]
        unit, how = (
            ("s of training", "by a trial of each method")
            if seconds
            else ("gradient evaluations", "by what a step of its method takes")
        )
        each = ", ".join(
            f"{_and([name])} takes {steps} steps ({self.budget['spent'][name]:.3g}{' s' if seconds else ''} spent)"
            for name, steps in self.steps.items()
        )
        ends = "End points are compared at equal budget, not at equal steps; the report has both."
        return (
            f"Every run has a budget of {amount:g} {unit}, turned into steps {how} before any training: {each}. The "
            "schedule of each is told its steps.",
            *([ends] if self.unequal else []),
        )

    def _work(self) -> tuple[str, ...]:
        takes = "its steps" if self.unequal else f"{next(iter(self.steps.values()))} steps"
        alike: dict[tuple[float, float], list[str]] = {}
        for name, passes in sorted(self.passes.items(), key=lambda item: item[1]):
            alike.setdefault(passes, []).append(name)
        if len(alike) == 1:
            ((forward, backward),) = alike
            word = "pass" if forward == backward == 1 else "passes"
            return (
                f"Every method takes {takes}, each of {forward:.3g} forward and {backward:.3g} backward "
                f"{word} over a batch.",
            )
        groups = "; ".join(f"{f:.3g} and {b:.3g} for {_and(names)}" for (f, b), names in alike.items())
        return (
            (
                "The forward and backward passes of a step are"
                if self.unequal
                else f"Equal steps are not equal work: every method takes {takes}, but the forward and backward passes "
                f"of a step are"
            )
            + f" {groups}.",
        )

    def _rates(self) -> tuple[str, ...]:
        alike: dict[str, list[str]] = {}
        for name, settings in self.own_settings.items():
            alike.setdefault(", ".join(f"{key} = {value}" for key, value in settings.items()), []).append(name)
        own = "; ".join(
            f"{'each' if len(names) == len(self.passes) > 1 else _and(names)} with {words}"
            for words, names in alike.items()
        )
        note = f" (the spec sets {own})" if own else ""
        others = [name for name in self.passes if name not in self.lr_share]
        if not self.lr_share:
            return (f"{self.tuned}: every method has its defaults{note}.",)
        base = f"one base learning rate, {self.learning_rate:g}, for {_and(list(self.lr_share))}"
        out = f"{self.tuned}: {base}{', and defaults for ' + _and(others) if others else ''}{note}."
        known = {name: share for name, share in self.lr_share.items() if np.isfinite(share)}
        if len(known) < 2:
            return (out,)
        own_steps = " over its own steps" if self.unequal else ""
        shares = ", ".join(f"{_and([name])} {100 * share:.3g} %" for name, share in _largest_first(known))
        return (
            out,
            f"Of the learning-rate integral of a constant {self.learning_rate:g}{own_steps} they spend: {shares}. A "
            "difference between methods may be one between learning rates.",
        )


def budgets_of(study: Study) -> Budgets:
    """Return the budgets of a finished study, the learning rates from its recorded traces."""
    spec, tree = study.spec, study.tree
    steps, of_methods = steps_of(study), _of_methods(study)
    finished = tree["runs"]["status"] == "finished"
    spent = over_steps(study, "lr", lambda rates: np.nansum(rates, axis=-1)).where(finished)
    own = xr.DataArray([steps[str(name)] for name in spent["optimizer"].values], dims="optimizer")
    shares = (spent / (spec.learning_rate * own)).mean("seed")
    return Budgets(
        steps=steps,
        passes={name: tuple(each["passes"]) for name, each in of_methods.items()},
        learning_rate=spec.learning_rate,
        # The rate of a method of one's own may mean anything.
        lr_share={
            name: float(shares.sel(optimizer=name)) if name in METHODS else np.nan
            for name, each in of_methods.items()
            if each["shares_lr"]
        },
        own_settings={name: dict(settings) for name, settings in spec.settings.items() if settings},
        tuned=_tuned(study),
        budget=_budget(study),
    )


def _budget(study: Study) -> dict[str, Any]:
    """Return the budget and what the median run of each method spent of it, where it is no number of steps."""
    by, amount = study.spec.budget
    if by not in ("seconds", "gradients"):
        return {}
    runs = study.tree["runs"].to_dataset()
    column = "seconds" if by == "seconds" else "gradient_evaluations"
    spent = over_steps(study, column, partial(np.fmax.reduce, axis=-1))
    median = spent.where(runs["status"] == "finished").median("seed")
    return {
        "by": by,
        "amount": amount,
        "spent": {name: float(median.sel(optimizer=name)) for name in study.spec.methods},
    }


def _tuned(study: Study) -> str:
    if study.is_tuned:
        return "Every method was tuned by the same number of trials"
    if study.spec.tuning is not None:
        return "In this first comparison nothing was tuned, and in the second, below, each method is at its own best"
    return "Nothing was tuned"


def _of_methods(study: Study) -> dict[str, Mapping[str, Any]]:
    """Return passes per step and whether it takes the study's learning rate of every method, loading nothing."""
    own, spec = study.provenance.get("own", {}), study.spec
    found: dict[str, Mapping[str, Any]] = {}
    for name in spec.methods:
        if f"method {name}" in own:
            found[name] = own[f"method {name}"]
            continue
        row = METHODS[name]
        base = {"lr": spec.learning_rate} if row.shares_lr else {}
        passes = methods.passes(name, {**base, **spec.settings.get(name, {})})
        found[name] = {"passes": passes, "shares_lr": row.shares_lr}
    return found


def _largest_first(shares: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(shares.items(), key=lambda item: -item[1])


def _and(names: Sequence[str]) -> str:
    labels = [label_of(name) for name in names]
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
