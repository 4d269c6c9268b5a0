"""The edge of stability along the runs of a study: how much of a sharpness is the learning rate of its last steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Literal

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from landscape._common.end_points import at_end_points, planned_steps
from landscape.curvature.rescaled import ADAPTIVE
from landscape.curvature.stability_threshold import stability_threshold, unwrapped
from landscape.plot import TraceDisplay
from landscape.plot._base import plain_log_ticks
from landscape.study.figure_specs import FigureSpec, StudyFigure
from landscape.study.references import label_of
from landscape.study.spec import StudySpec
from landscape.study.store import Study
from zenith import Zenith, methods

__all__ = ["EDGE", "edge_figure", "edge_note", "recorder", "with_edge"]

Array = NDArray[np.float64]

EDGE = "edge_of_stability"
"""Name of the variable."""
RULE = f"{EDGE}_rule"
PER_LR = "stability_ratio_per_lr"
"""Measured at the checkpoints of adaptive methods."""
NEAR = (0.5, 1.5)
"""A ratio between these is near the edge."""
LARGEST_LINEAR = 3.0
"""Above, as after the first steps of adaptive methods, whose preconditioners are small, the axis is logarithmic."""
LEAST_SHOWN = 1e-2
"""On such an axis; a schedule ends at a learning rate near 0."""
PLAIN, PRECONDITIONED = "Hessian", "preconditioned Hessian"
UNKNOWN, AVERAGED = "no theory of this edge covers its step", "it is evaluated at an average of its weights"
UNRECORDED = "the state of its optimizer was not recorded"


def with_edge(curvature: xr.Dataset, traces: xr.Dataset, spec: StudySpec) -> xr.Dataset:
    """Add the top eigenvalue over the largest at which the method's own step is stable, at every checkpoint.

    1 is the edge of stability: eta lambda_max / 2 for plain SGD, with momentum and weight decay as
    `landscape.curvature.stability_threshold` has it (Cohen et al. 2021), and for adaptive methods that of the Hessian
    preconditioned with what the optimizer divides its step by (Cohen et al. 2022). The learning rate is the one that
    the step after the checkpoint applied, at the end that of the last step. NaN for other methods, before the first
    step of an adaptive one, and where an eigenvalue did not converge; `RULE` says of which matrix, or why not.
    `traces` has the rates of these steps over ``measured_at``, as `landscape.study.gather` has them.
    """
    steps = np.asarray(curvature["step"], dtype=np.intp)
    out = np.full((curvature.sizes["optimizer"], curvature.sizes["seed"], steps.size), np.nan)
    top = curvature["eigenvalue"].isel(k=0).where(curvature["converged"].isel(k=0) == 1)
    values = top.transpose("optimizer", "seed", "step").values
    adaptive = np.full_like(out, np.nan)
    if PER_LR in curvature:
        known = curvature[PER_LR].where(curvature["preconditioned_converged"] == 1)
        adaptive = known.transpose("optimizer", "seed", "step").values
    rates, rates_at = traces["lr"].transpose("optimizer", "seed", "measured_at").values, traces["measured_at"].values
    rules = []
    for row, method in enumerate(map(str, curvature["optimizer"].values)):
        group, rule = _step_of(spec, method)
        if group is None and rule == PRECONDITIONED and np.isnan(adaptive[row]).all():
            rule = UNRECORDED
        rules.append(rule)
        for seed, column in np.ndindex(*out.shape[1:]):
            ends = np.flatnonzero(np.isfinite(rates[row, seed]))
            found = adaptive[row, seed, column] if group is None else values[row, seed, column]
            if ends.size and np.isfinite(found):
                at = min(int(np.searchsorted(rates_at, steps[column])), int(ends[-1]))
                rate = float(rates[row, seed, at])
                out[row, seed, column] = found * rate if group is None else _ratio(found, group, rate)
    words = "top eigenvalue over the largest at which the method's step is stable; 1 is the edge of stability"
    array = xr.DataArray(out, dims=("optimizer", "seed", "step"), attrs={"description": words})
    return curvature.assign({EDGE: array, RULE: ("optimizer", rules)})


def recorder(spec: StudySpec, method: str) -> Callable[[int, nn.Module, Optimizer], dict[str, Any]] | None:
    """Return what `zenith.train` is to record for the edge of stability: None where it takes no optimizer's state."""
    group, rule = _step_of(spec, method)
    return _threshold_here if group is None and rule == PRECONDITIONED else None


def _threshold_here(step: int, model: nn.Module, optimizer: Optimizer) -> dict[str, Any]:
    """Return the fields of the `StabilityThreshold` at a learning rate of 1, in the precision of the weights."""
    found = stability_threshold(optimizer, model, lr=1.0)
    types = {name: torch.promote_types(p.dtype, torch.float32) for name, p in model.named_parameters()}

    def kept(diagonal: dict[str, Tensor] | None) -> dict[str, Tensor] | None:
        return None if diagonal is None else {name: t.to("cpu", types[name]) for name, t in diagonal.items()}

    plain = {field.name: getattr(found, field.name) for field in fields(found)}
    return plain | {"preconditioner": kept(found.preconditioner), "decay": kept(found.decay)}


def _step_of(spec: StudySpec, method: str) -> tuple[dict[str, float] | None, str]:
    """Return the settings of a method's step if it is that of SGD, and which rule there is for it."""
    row = spec.loaded_methods[method]
    if row.averaging:
        return None, AVERAGED
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = methods.make_optimizer(row, [weight], **methods.resolve_settings(row, spec.settings_for(method)))
    if type(optimizer) in (torch.optim.SGD, Zenith):
        group = optimizer.param_groups[0]
        return {key: group.get(key, 0) for key in ("momentum", "dampening", "weight_decay", "nesterov")}, PLAIN
    try:
        inner, _ = unwrapped(optimizer)
    except ValueError:
        return None, UNKNOWN
    # A subclass of a user's whose step is its own is another method.
    known = isinstance(inner, ADAPTIVE) and inner.step.__module__.partition(".")[0] in ("torch", "zenith")
    return None, PRECONDITIONED if known else UNKNOWN


def _ratio(eigenvalue: float, group: dict[str, float], rate: float) -> float:
    if rate <= 0:
        return 0.0
    model = torch.nn.Linear(1, 1, bias=False)
    threshold = stability_threshold(torch.optim.SGD(model.parameters(), lr=rate, **group), model)  # type: ignore[arg-type]
    return (eigenvalue + threshold.shift) / threshold.value


class _EdgeDisplay(TraceDisplay):
    """Ratios along training, with a line at the edge."""

    def _draw(self) -> None:
        super()._draw()
        self.ax_.axhline(1.0, color="0.45", linewidth=0.7, linestyle=(0, (4, 2)), zorder=1.0)
        if self.yscale == "log":
            low, high = self.ax_.get_ylim()
            self.ax_.set_ylim(max(low, LEAST_SHOWN), max(high, 1.5))
            plain_log_ticks(self.ax_.yaxis, *self.ax_.get_ylim())


def edge_figure(study: Study) -> FigureSpec | None:
    """Return the spec of the figure of the ratio along training; None where no method's threshold is known."""
    curvature = study.tree["curvature"].to_dataset()
    if EDGE not in curvature or not np.isfinite(curvature[EDGE]).any():
        return None
    ratio = curvature[EDGE].transpose("optimizer", "seed", "step")
    known = [str(name) for name in ratio["optimizer"].values if np.isfinite(ratio.sel(optimizer=name)).any()]
    adaptive = [label_of(name) for name in known if _rule_of(curvature, name) == PRECONDITIONED]
    own = (
        f" For {_and(adaptive)} the Hessian is preconditioned as the optimizer preconditions its step, and there "
        "is no value before the first step (Cohen et al. 2022)."
        if adaptive
        else ""
    )
    others: dict[str, list[str]] = {}
    for name in map(str, ratio["optimizer"].values):
        if name not in known:
            others.setdefault(_rule_of(curvature, name), []).append(label_of(name))
    without = "".join(f" Not known for {_and(names)}: {why}." for why, names in others.items())
    caption = (
        "Top Hessian eigenvalue over the largest at which the method's own step is stable, at every checkpoint: for "
        "plain SGD eta lambda_max / 2. On full batches sharpness rises to 1 and stays there (Cohen et al. 2021): it is "
        "then a property of the learning rate; the noise of batches keeps it below." + own + without
    )

    def display() -> _EdgeDisplay:
        steps, values = _to_each_end(study.tree, ratio.sel(optimizer=known))
        scale: Literal["log", "linear"] = "log" if np.nanmax(values) > LARGEST_LINEAR else "linear"
        return _EdgeDisplay(steps, values, known, ylabel="λ / edge of stability", xlabel="step", yscale=scale)

    figure = StudyFigure("edge_of_stability", "The edge of stability along training", caption)
    return FigureSpec(figure, ratio.to_dataset(name=EDGE), display)


def _rule_of(curvature: xr.Dataset, method: str) -> str:
    """Return by which rule a method's ratio is known, or why it is not; of an older study that it is not SGD's."""
    return str(curvature[RULE].sel(optimizer=method).values) if RULE in curvature else "its step is not SGD's"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _to_each_end(tree: xr.DataTree, ratio: xr.DataArray) -> tuple[Array, Array]:
    """Return steps and values; of each method its own checkpoints, where methods take unequal numbers of steps."""
    steps, values = np.asarray(ratio["step"], dtype=np.float64), ratio.values
    planned = planned_steps(tree)
    if planned is None:
        return steps, values
    ends = planned.sel(optimizer=ratio["optimizer"]).isel(seed=0).values
    own = [
        np.flatnonzero((np.isfinite(of_method).any(axis=0) | (steps == end)) & (steps <= end))
        for of_method, end in zip(values, ends, strict=True)
    ]
    x = np.full((len(own), max(map(len, own))), np.nan)
    y = np.full((*values.shape[:2], x.shape[1]), np.nan)
    for row, columns in enumerate(own):
        x[row, : len(columns)], y[row, :, : len(columns)] = steps[columns], values[row][:, columns]
    return x, y


def edge_note(study: Study) -> str:
    """Return a sentence if the learning rates of the last steps explain the ranking by the top eigenvalue, else ""."""
    curvature = study.tree["curvature"].to_dataset()
    if EDGE not in curvature:
        return ""
    ends = at_end_points(study.tree, curvature[[EDGE, "eigenvalue"]], "step").isel(k=0).median("seed")
    ratio, top = ends[EDGE].values, ends["eigenvalue"].values
    if len(ratio) < 2 or not np.isfinite(ratio).all() or not all(NEAR[0] <= value <= NEAR[1] for value in ratio):
        return ""
    allowed = top / ratio
    if list(np.argsort(top)) != list(np.argsort(allowed)) or math.isclose(allowed.min(), allowed.max(), rel_tol=1e-3):
        return ""
    adaptive = any(_rule_of(curvature, str(name)) == PRECONDITIONED for name in curvature["optimizer"].values)
    rates = "last learning rates and preconditioners" if adaptive else "last learning rates"
    return (
        f"Every method ends near its edge of stability (at {ratio.min():.2g} to {ratio.max():.2g} of it), and their "
        f"order by the top eigenvalue, in the median over seeds, is that of what their {rates} allow: the flatness "
        f"compared here may be the learning rate of the last steps. Of the orders of {len(ratio)} methods one in "
        f"{math.factorial(len(ratio))} agrees by chance."
    )
