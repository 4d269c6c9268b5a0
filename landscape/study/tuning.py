"""Equal tuning: each method gets the same number of trials, on samples and seeds that no result comes from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from scipy.stats import qmc

from landscape._common.guesses import guessable_class
from landscape.study.limits import check_runs, is_integer, is_number, shown, whole
from zenith._common.names import unknown_keys

if TYPE_CHECKING:
    from landscape.study.spec import StudySpec

__all__ = ["Trial", "TuningSpec", "check_tuning", "chosen_of", "space_of", "trials_of", "tuned_spec", "tuning_dataset"]

FIRST_SEED = 1000
"""Seeds of trials are counted from here where they are given as a number."""
SAMPLER_SEED = 0
FACTOR = 10.0
"""By which the learning rate is varied in both directions where no space is stated."""
WITHIN = 0.01
"""Trials this close to the best one, relative to it, count as equally good in the report."""


@guessable_class
@dataclass(frozen=True, kw_only=True)
class TuningSpec:
    """How each method is tuned, all alike.

    Attributes
    ----------
    trials : int
        Settings that each method is tried at, its untuned ones first.
    sampler : {"sobol", "halton", "grid"}
        How the others are drawn: quasi-random by `scipy.stats.qmc`, or all combinations of lists of values.
    seeds : tuple of int
        Seeds of the trials, never those of the study. A number means so many, counted from 1000.
    validation : float
        Share of the training set that trials are judged on and not trained on, where the task has no validation set.
    space : dict
        What is tuned: a setting, and its least and largest value, drawn on a log scale if they are positive and ten
        times apart; for a grid its values. Below the name of a method, for that method alone. By default the learning
        rate, up to ten times smaller and larger than the untuned one.

    Examples
    --------
    >>> tuning = ls.TuningSpec(trials=4, space={"lr": [0.01, 1.0], "zenith": {"window": [20, 200]}})
    >>> tuning.seeds
    (1000,)
    """

    trials: int = 8
    sampler: str = "sobol"
    seeds: tuple[int, ...] = (FIRST_SEED,)
    validation: float = 0.1
    space: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seeds = self.seeds
        if isinstance(seeds, int) and not isinstance(seeds, bool):
            whole("tuning.seeds", max(seeds, 0), 0)
            seeds = tuple(range(FIRST_SEED, FIRST_SEED + seeds))
        object.__setattr__(self, "seeds", tuple(seeds) if isinstance(seeds, (list, range)) else seeds)

    def as_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists and scalars."""
        space = {
            key: dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else value
            for key, value in self.space.items()
        }
        return {
            "trials": self.trials,
            "sampler": self.sampler,
            "seeds": list(self.seeds),
            "validation": self.validation,
            "space": space,
        }


@dataclass(frozen=True)
class Trial:
    """One setting of one method.

    Attributes
    ----------
    method : str
    settings : dict
        What differs from the untuned settings; empty for these.
    spec : StudySpec
        Of its runs.
    """

    method: str
    settings: dict[str, Any]
    spec: StudySpec


def check_tuning(spec: StudySpec) -> None:
    """Raise ValueError for a tuning that cannot be done, or would use what the results come from."""
    tuning = spec.tuning
    assert tuning is not None
    seeds = tuning.seeds
    valid = isinstance(seeds, tuple) and all(is_integer(s, 0) and s < 2**63 for s in seeds)
    if not valid or not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"tuning.seeds must be different whole numbers from 0 (or how many), got {shown(seeds)}")
    if shared := sorted(set(seeds) & set(spec.seeds)):
        raise ValueError(
            f"tuning.seeds and seeds both have {', '.join(map(str, shared))}, and what is tuned on a seed is not to be "
            f"judged on it: give trials other seeds"
        )
    whole("tuning.trials", tuning.trials, 2)
    check_runs(len(spec.methods), len(seeds), tuning.trials, "trials")
    if tuning.sampler not in ("sobol", "halton", "grid"):
        raise ValueError(f"tuning.sampler must be 'sobol', 'halton' or 'grid', got {tuning.sampler!r}")
    share = tuning.validation
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share < 1:
        raise ValueError(f"tuning.validation must be a share between 0 and 1, got {share!r}")
    if not isinstance(tuning.space, Mapping):
        raise ValueError(
            f"tuning.space must be a table, got {tuning.space!r}: write [tuning.space] with its keys below"
        )
    for key, value in tuning.space.items():
        if isinstance(value, Mapping):
            unknown_keys([key], spec.methods, "[tuning.space]")
    counts = {name: len(_grid(spec, name)) for name in spec.methods} if tuning.sampler == "grid" else {}
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{count} of '{name}'" for name, count in counts.items())
        raise ValueError(f"every method gets as many trials, and these grids have {said}: give grids of one size")
    trials_of(spec)
    for method in spec.methods:
        for key in spec.sweep:
            if both := _changed_by(spec, key, method) & space_of(spec, method).keys():
                raise ValueError(
                    f"{key} is swept, and {', '.join(sorted(both))} of method '{method}' is tuned, which chooses its "
                    f"own at every point: give {key} one value, or tune other settings in [tuning.space]"
                )


def _changed_by(spec: StudySpec, key: str, method: str) -> set[str]:
    """Return the settings of a method that a swept key gives the values of."""
    row, own = spec.loaded_methods[method], spec.settings.get(method, {})
    if key == "learning_rate":
        return {"lr"} if row.shares_lr and "lr" not in own else set()
    first, _, rest = key.partition(".")
    if first == "settings":
        name, _, setting = rest.rpartition(".")
        return {setting} if name == method else set()
    return {key} if key in row.defaults else set()


def space_of(spec: StudySpec, method: str) -> dict[str, tuple[float, ...]]:
    """Return the space of one method: setting -> (least, largest), or the values of a grid.

    Raises
    ------
    ValueError
        If the method has nothing to tune, or a range is none.
    """
    tuning = spec.tuning
    assert tuning is not None
    defaults = spec.loaded_methods[method].defaults
    own = tuning.space.get(method, {})
    own = own if isinstance(own, Mapping) else {}
    unknown_keys(own, tuple(defaults), f"[tuning.space.{method}]")
    shared = {key: value for key, value in tuning.space.items() if not isinstance(value, Mapping)}
    for key in shared:
        if not any(key in spec.loaded_methods[name].defaults for name in spec.methods):
            raise ValueError(f"tuning.space has {key!r}, which none of {list(spec.methods)} has: leave it out")
    space = {key: value for key, value in {**shared, **own}.items() if key in defaults}
    if not tuning.space:
        untuned = spec.settings_for(method).get("lr", defaults.get("lr"))
        if not isinstance(untuned, (int, float)):
            raise ValueError(f"method '{method}' has no learning rate to tune: add [tuning.space.{method}]")
        low, high = untuned / FACTOR, untuned * FACTOR
        space = {"lr": (low, high)}
        if tuning.sampler == "grid":
            space = {"lr": tuple(float(x) for x in np.geomspace(low, high, tuning.trials))}
    if not space:
        raise ValueError(
            f"tuning.space has no setting of method '{method}', so it would not be tuned like the others: add "
            f"[tuning.space.{method}]"
        )
    for key, value in space.items():
        numbers = isinstance(value, (list, tuple)) and all(is_number(v) for v in value)
        if not numbers or (tuning.sampler != "grid" and (len(value) != 2 or value[0] >= value[1])) or not value:
            wanted = "a list of values" if tuning.sampler == "grid" else "its least and largest value"
            raise ValueError(f"tuning.space.{key} of method '{method}' is {shown(value)}: give {wanted}")
    return {key: tuple(value) for key, value in space.items()}


def _grid(spec: StudySpec, method: str) -> list[dict[str, Any]]:
    space = space_of(spec, method)
    count = math.prod(map(len, space.values()))
    whole(f"the number of points of the grid of method '{method}'", count, 1, key="trials")
    points: list[dict[str, Any]] = [{}]
    for key, values in space.items():
        points = [{**point, key: value} for point in points for value in values]
    return points


def settings_tried(spec: StudySpec, method: str) -> list[dict[str, Any]]:
    """Return the settings of a method's trials, the untuned ones, {}, first where they are drawn."""
    tuning = spec.tuning
    assert tuning is not None
    if tuning.sampler == "grid":
        return _grid(spec, method)
    space, defaults = space_of(spec, method), spec.loaded_methods[method].defaults
    n = tuning.trials - 1
    if tuning.sampler == "sobol":
        engine = qmc.Sobol(len(space), scramble=True, rng=SAMPLER_SEED)
        unit = engine.random_base2(math.ceil(math.log2(n)) if n > 1 else 0)[:n]
    else:
        unit = qmc.Halton(len(space), scramble=True, rng=SAMPLER_SEED).random(n)
    out: list[dict[str, Any]] = [{}]
    for row in unit:
        point: dict[str, Any] = {}
        for (key, (low, high)), u in zip(space.items(), row, strict=True):
            value = low * (high / low) ** u if is_log(low, high) else low + (high - low) * u
            integer = isinstance(defaults[key], int) and not isinstance(defaults[key], bool)
            point[key] = round(value) if integer else float(f"{value:.4g}")
        out.append(point)
    return out


def is_log(low: float, high: float) -> bool:
    """Whether a range is drawn from on a log scale."""
    return low > 0 and high / low >= FACTOR


def trials_of(spec: StudySpec) -> tuple[Trial, ...]:
    """Return every trial of every method, with the spec of its runs."""
    tuning = spec.tuning
    assert tuning is not None
    out = []
    for method in spec.methods:
        for settings in settings_tried(spec, method):
            own = {**spec.settings.get(method, {}), **settings}
            changed = spec.derived(
                tuning=None, seeds=tuning.seeds, checkpoints=1, settings={**spec.settings, method: own}
            )
            out.append(Trial(method, settings, changed))
    return tuple(out)


def tuning_dataset(
    spec: StudySpec, outcomes: Mapping[str, Sequence[Mapping[str, Any]]], higher_is_better: bool, validation: int
) -> xr.Dataset:
    """Return the trials as a dataset, with the one that is chosen for each method.

    Parameters
    ----------
    spec : StudySpec
    outcomes : Mapping of str to sequence of Mapping
        Per method and trial: "settings", and lists over the seeds of trials "metric", "loss" (NaN where a run
        diverged or failed), "seconds", "steps", "run_id", "failed_because" ("" where it did not fail).
    higher_is_better : bool
        Of the metric.
    validation : int
        Samples that the trials are judged on.
    """
    tuning, methods = spec.tuning, list(spec.methods)
    assert tuning is not None
    trials = max(len(outcomes[name]) for name in methods)
    dims = ("optimizer", "trial", "trial_seed")

    def table(key: str) -> Any:
        return [[list(each[key]) for each in outcomes[name]] for name in methods]

    metric, loss = np.asarray(table("metric"), float), np.asarray(table("loss"), float)
    reasons = np.asarray(table("failed_because"))
    failed = (reasons != "").any(axis=-1)
    score, tie = metric.mean(axis=-1), loss.mean(axis=-1)  # NaN if any seed diverged or failed
    worse = -score if higher_is_better else score
    chosen = []
    for row in range(len(methods)):
        known = [i for i in range(trials) if np.isfinite(worse[row, i])]
        diverged = [i for i in range(trials) if not failed[row, i]]
        best = min(known, key=lambda i: (worse[row, i], tie[row, i], i)) if known else (*diverged, 0)[0]
        chosen.append(best)
    return xr.Dataset(
        {
            "metric": (dims, metric),
            "loss": (dims, loss),
            "seconds": (dims, np.asarray(table("seconds"), float)),
            "steps": (dims, np.asarray(table("steps"), float)),
            "run_id": (dims, table("run_id")),
            "settings": (
                dims[:2],
                [[json.dumps(dict(each["settings"])) for each in outcomes[name]] for name in methods],
            ),
            "chosen": ("optimizer", np.asarray(chosen, dtype=np.int64)),
            "space": ("optimizer", [json.dumps(space_of(spec, name)) for name in methods]),
            **({"failed_because": (dims, reasons)} if failed.any() else {}),
        },
        coords={"optimizer": methods, "trial": np.arange(trials), "trial_seed": list(tuning.seeds)},
        attrs={
            "sampler": tuning.sampler,
            "validation_samples": validation,
            "higher_is_better": int(higher_is_better),
            "protocol": json.dumps(tuning.as_dict()),
        },
    )


def chosen_of(data: xr.Dataset, method: str) -> dict[str, Any]:
    """Return the settings that were chosen for a method; {} are the untuned ones."""
    at = int(data["chosen"].sel(optimizer=method))
    return json.loads(str(data["settings"].sel(optimizer=method).isel(trial=at).values))


def tuned_spec(spec: StudySpec, data: xr.Dataset) -> StudySpec:
    """Return the spec of the study in which each method has its chosen settings."""
    settings = {name: {**spec.settings.get(name, {}), **chosen_of(data, name)} for name in spec.methods}
    return spec.derived(tuning=None, settings={name: own for name, own in settings.items() if own})
