"""The edge of stability along the runs of a study: how much of a sharpness is the learning rate of its last steps."""

from __future__ import annotations

import math

import numpy as np
import torch
import xarray as xr

from landscape._common.end_points import at_end_points
from landscape.curvature.stability_threshold import stability_threshold
from landscape.plot import TraceDisplay
from landscape.study.figure_specs import FigureSpec, StudyFigure
from landscape.study.references import label_of
from landscape.study.spec import StudySpec
from landscape.study.store import Study
from zenith import Zenith, methods

__all__ = ["EDGE", "edge_figure", "edge_note", "with_edge"]

EDGE = "edge_of_stability"
"""Name of the variable."""
NEAR = (0.5, 1.5)
"""A ratio between these is near the edge."""


def with_edge(curvature: xr.Dataset, traces: xr.Dataset, spec: StudySpec) -> xr.Dataset:
    """Add the top eigenvalue over the largest at which the method's own step is stable, at every checkpoint.

    1 is the edge of stability (Cohen et al. 2021): eta lambda_max / 2 for plain SGD, with momentum and weight decay as
    `landscape.stability_threshold` has it. The learning rate is the one that the step after the checkpoint applied, at
    the end that of the last step. NaN for methods whose step is not SGD's, whose threshold needs their state.
    """
    steps = np.asarray(curvature["step"], dtype=np.intp)
    out = np.full((curvature.sizes["optimizer"], curvature.sizes["seed"], steps.size), np.nan)
    top = curvature["eigenvalue"].isel(k=0).where(curvature["converged"].isel(k=0) == 1)
    values = top.transpose("optimizer", "seed", "step").values
    rates = traces["lr"].transpose("optimizer", "seed", "step").values
    for row, method in enumerate(map(str, curvature["optimizer"].values)):
        group = _sgd_group(spec, method)
        if group is None:
            continue
        for seed, column in np.ndindex(*out.shape[1:]):
            known = rates[row, seed][np.isfinite(rates[row, seed])]
            if known.size and np.isfinite(values[row, seed, column]):
                rate = float(known[min(steps[column], known.size - 1)])
                out[row, seed, column] = _ratio(values[row, seed, column], group, rate)
    words = "top eigenvalue over the largest at which the method's step is stable; 1 is the edge of stability"
    array = xr.DataArray(out, dims=("optimizer", "seed", "step"), attrs={"description": words})
    return curvature.assign({EDGE: array})


def _sgd_group(spec: StudySpec, method: str) -> dict[str, float] | None:
    """Return the settings of a method's step if it is that of SGD."""
    row = spec.loaded_methods[method]
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = methods.make_optimizer(row, [weight], **methods.resolve_settings(row, spec.settings_for(method)))
    if type(optimizer) not in (torch.optim.SGD, Zenith) or row.averaging:
        return None
    group = optimizer.param_groups[0]
    return {key: group.get(key, 0) for key in ("momentum", "dampening", "weight_decay", "nesterov")}


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


def edge_figure(study: Study) -> FigureSpec | None:
    """Return the spec of the figure of the ratio along training; None where no method's threshold is known."""
    curvature = study.tree["curvature"].to_dataset()
    if EDGE not in curvature or not np.isfinite(curvature[EDGE]).any():
        return None
    ratio = curvature[EDGE].transpose("optimizer", "seed", "step")
    known = [str(name) for name in ratio["optimizer"].values if np.isfinite(ratio.sel(optimizer=name)).any()]
    others = [label_of(str(name)) for name in ratio["optimizer"].values if str(name) not in known]
    without = f" Not known for {', '.join(others)}, whose step is not SGD's." if others else ""
    caption = (
        "Top Hessian eigenvalue over the largest at which the method's own step is stable, at every checkpoint: for "
        "plain SGD eta lambda_max / 2. On full batches sharpness rises to 1 and stays there (Cohen et al. 2021): it is "
        "then a property of the learning rate; the noise of batches keeps it below." + without
    )

    def display() -> _EdgeDisplay:
        steps = np.asarray(ratio["step"], dtype=np.float64)
        values = ratio.sel(optimizer=known).values
        return _EdgeDisplay(steps, values, known, ylabel="λ / edge of stability", xlabel="step", yscale="linear")

    figure = StudyFigure("edge_of_stability", "The edge of stability along training", caption)
    return FigureSpec(figure, ratio.to_dataset(name=EDGE), display)


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
    return (
        f"Every method ends near its edge of stability (at {ratio.min():.2g} to {ratio.max():.2g} of it), and their "
        f"order by the top eigenvalue is that of what their last learning rates allow: the flatness compared here may "
        f"be the learning rate of the last steps."
    )
