"""What an adaptive plane's search has found, as a dataset with its statement and its protocol."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from landscape.directions import Direction, cosine, norm
from landscape.interpolation import interpolate_linearly
from landscape.kinks import union_of_kinks
from landscape.objective.objective import Objective
from landscape.refinement import CONFIDENCE, Outcome, Samples, Settings


def loss_name(prefix: str, name: str = "loss") -> str:
    """Return what a value of an objective is called."""
    return f"{prefix}_{name}" if prefix else name


def message_of(samples: Samples, outcome: Outcome, settings: Settings) -> str:
    """Return what a search has found and what its check supports."""
    said = []
    if not outcome.converged:
        why = "too few were left for a whole check."
        if outcome.bent:
            why = f"the error is estimated to exceed the tolerance at {outcome.bent} points."
        said.append(f"Not converged within {samples.count} evaluations: {why}")
    if outcome.used.all():
        said.append("Every point of the grid was evaluated.")
    elif outcome.final:
        check = outcome.final
        said.append(
            f"{check.exceeding} of {check.points} held-out points exceed the tolerance: with {CONFIDENCE:.0%} "
            f"confidence at most {check.at_most} of the {check.population - check.points} interpolated points do."
        )
    else:
        said.append("The last check was not passed.")
    for loss in samples.losses:
        tolerance, spread = settings.tolerance(samples, loss)
        if tolerance > settings.error * spread:
            whose = "" if len(samples.losses) == 1 else f" of {loss}"
            said.append(
                f"The tolerance{whose} is {tolerance:.2g}, four roundings of the loss: pass dtype=torch.float64 for less."
            )
    return " ".join(said)


def dataset(
    objectives: Mapping[str, Objective],
    directions: tuple[Direction, Direction],
    samples: Samples,
    outcome: Outcome | None,
    settings: Settings,
    message: str,
    route: Mapping[str, Any],
) -> xr.Dataset:
    """Return the picture; without an outcome what was evaluated, and NaN elsewhere."""
    known = samples.known
    variables = {name: np.where(known, values, np.nan) for name, values in samples.values.items()}
    errors = {loss: np.full(len(known), np.nan) for loss in samples.losses}
    if outcome is not None:
        for name, values in samples.values.items():
            if name in errors:
                fit = outcome.fits[name]
                guess = fit.values if samples.scale == "linear" else 10.0**fit.values
                errors[name] = np.where(np.isnan(guess) & np.isfinite(fit.errors), np.nan, fit.errors)
            else:
                guess = interpolate_linearly(samples.points, values, outcome.used)
            variables[name] = np.where(known, variables[name], guess)
    variables |= {f"{loss}_error": np.where(known, 0.0, error) for loss, error in errors.items()}
    variables["evaluated"] = known
    told = {"route": route} | _summary(samples, outcome, settings, message)
    sizes = {"norm_alpha": norm(directions[0]), "norm_beta": norm(directions[1]), "cosine": cosine(*directions)}
    protocols = {prefix: objective.protocol() for prefix, objective in objectives.items()}
    of_objective: dict[str, Any] = protocols.get("") or {"objectives": protocols}
    protocol = of_objective | {"measure": "adaptive plane", "kinks": union_of_kinks(objectives)} | sizes | told
    shape = (len(samples.a), len(samples.b))
    finite = np.all([np.isfinite(variables[loss]) for loss in samples.losses], axis=0)
    surface = xr.Dataset(
        {name: (("alpha", "beta"), values.reshape(shape)) for name, values in variables.items()},
        coords={"alpha": samples.a, "beta": samples.b, "finite": (("alpha", "beta"), finite.reshape(shape))},
        attrs=sizes
        | {
            "converged": int(told["converged"]),
            "message": told["message"],
            "evaluations": samples.count,
            "held_out_error": _largest_share(samples, outcome, settings),
            "protocol": json.dumps(protocol),
        },
    )
    for loss in samples.losses:
        surface[f"{loss}_error"].attrs["of"] = f"log10({loss})" if samples.scale == "log" else loss
    return surface


def _summary(samples: Samples, outcome: Outcome | None, settings: Settings, message: str) -> dict[str, Any]:
    check = outcome.final if outcome else None
    tolerances = {loss: settings.tolerance(samples, loss) for loss in samples.losses}

    def each(values: Mapping[str, float]) -> Any:
        """Return the value of the one loss, or one for each; None where it is not finite."""
        plain = {loss: value if math.isfinite(value) else None for loss, value in values.items()}
        return plain if len(plain) > 1 or "loss" not in plain else plain["loss"]

    return {
        "interpolation": "cubic radial basis functions with a linear polynomial",
        "scale": samples.scale,
        "error": settings.error,
        "dynamic_range": each({loss: spread for loss, (_, spread) in tolerances.items()}),
        "tolerance": each({loss: tolerance for loss, (tolerance, _) in tolerances.items()}),
        "grid": len(samples.known),
        "evaluations": samples.count,
        "resumed": samples.reused,
        "max_evaluations": settings.budget,
        "seed": settings.seed,
        "converged": bool(outcome and outcome.converged),
        "message": message,
        "held_out_error": each(_shares(samples, outcome, settings)),
        "confidence": CONFIDENCE,
        "interpolated": int((~samples.known).sum()),
        "exceeding_at_most": check.at_most if check else None,
        "estimates_hold": check.covered / check.points if check else None,
        "metric_errors": {n: e if math.isfinite(e) else None for n, e in check.others.items()} if check else {},
        "checks": [{"points": c.points, "exceeding": c.exceeding} for c in outcome.checks] if outcome else [],
    }


def _shares(samples: Samples, outcome: Outcome | None, settings: Settings) -> dict[str, float]:
    """Return each loss's largest error in the last check as a share of its dynamic range; NaN without one."""
    shares = dict.fromkeys(samples.losses, math.nan)
    if outcome and outcome.final:
        for loss, largest in outcome.final.largest.items():
            if spread := settings.tolerance(samples, loss)[1]:
                shares[loss] = largest / spread
    return shares


def _largest_share(samples: Samples, outcome: Outcome | None, settings: Settings) -> float:
    """NaN where a loss was taken for finite and is not, too."""
    shares = [share for share in _shares(samples, outcome, settings).values() if not math.isnan(share)]
    return top if math.isfinite(top := max(shares, default=math.nan)) else math.nan
