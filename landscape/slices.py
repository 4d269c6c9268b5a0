"""Slices of an objective: its values on a line or a plane through parameter space."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from tqdm.auto import tqdm

from landscape.directions import Direction, check_direction, cosine, norm
from landscape.objective import Objective


def line(
    objective: Objective, direction: Direction, alphas: ArrayLike | None = None, *, progress: bool = False
) -> xr.Dataset:
    """Evaluate L(theta + alpha u) and the metrics along a direction u.

    Parameters
    ----------
    objective : Objective
        At theta.
    direction : mapping of str to Tensor
        u, taken as it is.
    alphas : array_like, shape (a,), optional
        Default: 51 points from -1 to 1.
    progress : bool
        Show a bar.

    Returns
    -------
    xarray.Dataset
        Variables "loss" and the metrics over the dimension "alpha", float64; NaN and infinite values are kept. The
        attributes hold "protocol" (JSON) and "norm_alpha", the length of u.

    Raises
    ------
    ValueError
        For a direction that does not fit the parameters, is zero or not finite, or for steps that are no finite list.
    """
    check_direction(objective, direction)
    steps = _steps(alphas, 51, "alphas")
    values = _scan(
        objective, ((objective.parameters, direction, float(a)) for a in steps), len(steps), "line", progress
    )
    protocol = objective.protocol() | {"measure": "line", "norm_alpha": norm(direction)}
    return xr.Dataset(
        {name: ("alpha", row) for name, row in values.items()},
        coords={"alpha": steps},
        attrs={"norm_alpha": protocol["norm_alpha"], "protocol": json.dumps(protocol)},
    )


def plane(
    objective: Objective,
    directions: tuple[Direction, Direction],
    alphas: ArrayLike | None = None,
    betas: ArrayLike | None = None,
    *,
    progress: bool = False,
) -> xr.Dataset:
    """Evaluate L(theta + alpha u + beta v) and the metrics on a grid.

    Parameters
    ----------
    objective : Objective
        At theta.
    directions : tuple of two mappings of str to Tensor
        u and v, taken as they are; they need not be orthogonal (their cosine is recorded) but must not be parallel.
    alphas, betas : array_like, shapes (a,) and (b,), optional
        Default: 25 points from -1 to 1; `betas` defaults to `alphas`.
    progress : bool
        Show a bar.

    Returns
    -------
    xarray.Dataset
        Variables "loss" and the metrics over the dimensions ("alpha", "beta"), float64; NaN and infinite values are
        kept. The attributes hold "protocol" (JSON), "norm_alpha", "norm_beta" and "cosine".

    Raises
    ------
    ValueError
        As for `line`, and for parallel directions.
    """
    if not isinstance(directions, (tuple, list)) or len(directions) != 2:
        given = len(directions) if isinstance(directions, (tuple, list)) else f"a {type(directions).__name__}"
        raise ValueError(f"A plane needs two directions, not {given}.")
    u, v = directions
    check_direction(objective, u, "first direction")
    check_direction(objective, v, "second direction")
    angle = cosine(u, v)
    if 1 - abs(angle) < 1e-9:
        raise ValueError(f"The two directions are parallel (cosine {angle:.9f}), so they span a line: use line().")
    a_steps = _steps(alphas, 25, "alphas")
    b_steps = _steps(alphas if betas is None else betas, 25, "betas")
    points = (
        (row, v, float(b)) for row in (_moved(objective.parameters, u, float(a)) for a in a_steps) for b in b_steps
    )
    values = _scan(objective, points, len(a_steps) * len(b_steps), "plane", progress)
    sizes = {"norm_alpha": norm(u), "norm_beta": norm(v), "cosine": angle}
    protocol = objective.protocol() | {"measure": "plane"} | sizes
    return xr.Dataset(
        {name: (("alpha", "beta"), row.reshape(len(a_steps), len(b_steps))) for name, row in values.items()},
        coords={"alpha": a_steps, "beta": b_steps},
        attrs=sizes | {"protocol": json.dumps(protocol)},
    )


def _moved(parameters: Mapping[str, Tensor], direction: Direction, step: float) -> dict[str, Tensor]:
    return {name: torch.add(p, direction[name].to(p), alpha=step) for name, p in parameters.items()}


def _scan(
    objective: Objective,
    points: Iterable[tuple[Mapping[str, Tensor], Direction, float]],
    total: int,
    label: str,
    progress: bool,
) -> dict[str, NDArray[np.float64]]:
    values = {name: np.empty(total) for name in ("loss", *objective.metrics)}
    bar = tqdm(points, total=total, desc=label, unit="point", disable=not progress)
    for i, (base, direction, step) in enumerate(bar):
        for name, value in objective.evaluate(_moved(base, direction, step)).items():
            values[name][i] = value
    return values


def _steps(values: Any, default: int, name: str) -> NDArray[np.float64]:
    steps = np.linspace(-1.0, 1.0, default) if values is None else np.array(values, dtype=np.float64)
    if steps.ndim != 1 or not steps.size or not np.isfinite(steps).all():
        raise ValueError(f"{name} has shape {steps.shape}: give a non-empty one-dimensional list of finite steps.")
    return steps
