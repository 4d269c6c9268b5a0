"""The objectives that a process measures one run after another with: built, checked and tuned once."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any

from landscape._common.autotuning import ProductRoute
from landscape.curvature.hessian import HessianOperator
from landscape.objective.objective import Objective
from landscape.study.measure import Statistics, at_checkpoint, objective_of
from zenith.tasks import DatasetSplit, Split, Task

__all__ = ["forget_objectives", "kept_objective"]

_MOST = 2
"""Objectives that are kept: of training and of test samples."""

_KEPT: OrderedDict[tuple[Any, ...], tuple[tuple[Any, ...], Objective]] = OrderedDict()
"""By the addresses of task and samples, which are held here so that these stay their own; the last used comes last."""


def kept_objective(
    task: Task,
    split: Split | DatasetSplit,
    samples: int,
    device: str,
    statistics: Statistics | None = None,
    *,
    route: ProductRoute | None = None,
) -> Objective:
    """Return `objective_of` these, as it was made before, if it was.

    What operators find out by trial is found out at the initial weights of seed 0, and what they find out later is
    kept for this caller alone: nothing depends on which runs the process has measured before.

    Parameters
    ----------
    task, split, samples, device, statistics
        As for `objective_of`.
    route : {"rewritten", "compiled"}, optional
        How products with its Hessian will be taken, if they will.
    """
    of = None if statistics is None else (id(statistics[0]), statistics[1])
    key = id(task), id(split), samples, device, route, of
    if key not in _KEPT:
        while len(_KEPT) >= _MOST:
            _KEPT.popitem(last=False)
        held = (task, split, statistics)
        _KEPT[key] = held, _tuned(objective_of(task, split, samples, device, statistics), route)
    _KEPT.move_to_end(key)
    return _KEPT[key][1].with_choices(copy.deepcopy(_KEPT[key][1].choices))


def forget_objectives() -> None:
    """Free the objectives that are kept."""
    _KEPT.clear()


def _tuned(objective: Objective, route: ProductRoute | None) -> Objective:
    try:
        objective.evaluate()
        if route is not None:
            with HessianOperator(at_checkpoint(objective, objective.parameters), route=route) as hessian:
                hessian.matvec(hessian.flatten(objective.parameters))
    except Exception:  # measuring a run says what is wrong, and where
        return objective.with_choices({})
    return objective
