"""Curvature layer by layer: the diagonal blocks of the Hessian, each on its own."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, check_on_interrupt, deliver, without_partial
from landscape._common.validation import check_count
from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import hessian_trace
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective

Grouping = Literal["module", "parameter"]


@guessable
def layer_curvature(
    objective: Objective,
    *,
    by: Grouping | Mapping[str, Iterable[str]] = "module",
    k: int = 1,
    tol: float = 1e-3,
    max_products: int | None = None,
    probes: int = 32,
    seed: int = 0,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> xr.Dataset:
    """Measure top eigenvalues and trace of each layer's block of the Hessian.

    A block is the Hessian by one layer's parameters, all others held constant. The blocks' traces add up to the trace
    of the whole; a block's top eigenvalue is at most that of the whole (interlacing), but says nothing of the curvature
    between layers.

    Parameters
    ----------
    objective : Objective
    by : {"module", "parameter"} or mapping of str to iterable of str
        What a layer is: the parameters of one module (without those of its children; the model's own are
        "(model)"), one parameter, or groups by name, with parameter names or patterns as `Objective.restrict` takes
        them.
    k : int
        Eigenvalues per layer.
    tol, max_products
        As for `top_eigenpairs`.
    probes : int
        Products per layer for the trace by Hutch++, at least 4; exact for layers of at most a third as many parameters.
    seed : int
        Of starting vectors and probes.
    progress : bool
        Show a bar over layers.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` has the layers finished by then, or return
        that.

    Returns
    -------
    xarray.Dataset
        Over `layer`: `parameters` (their number), `trace` with `trace_standard_error`, `trace_per_parameter` and
        `products`; over `layer` and `k`: `eigenvalue` (descending), `residual` and `converged`, NaN and False where a
        layer has fewer than k parameters. In units of the loss over squared parameter units. The attribute "protocol"
        is a JSON object by layer.

    Raises
    ------
    ValueError
        For an unknown grouping or names, k below 1, too few probes, or products that are not finite.

    Examples
    --------
    >>> layers = ls.curvature.layer_curvature(loss, probes=8)
    >>> layers["layer"].values.tolist()
    ['0', '2']
    >>> top = ls.top_eigenpairs(loss).values[0]
    >>> bool((layers["eigenvalue"].isel(k=0) <= 1.001 * top).all())  # a block's is at most that of the whole
    True
    """
    check_on_interrupt(on_interrupt)
    count = check_count(k, "k", 1, "eigenvalue is asked for")
    groups = _groups(objective, by)
    rows = np.arange(len(groups))
    eigenvalue, residual = np.full((2, len(groups), count), np.nan)
    converged = np.zeros((len(groups), count), dtype=bool)
    blocks = [objective.restrict(*members) for members in groups.values()]
    parameters, products = np.array([block.num_parameters for block in blocks]), np.zeros(len(groups), dtype=np.int64)
    trace, error = np.zeros((2, len(groups)))
    protocols: dict[str, Any] = {}
    interrupted = False
    bar = tqdm(zip(groups, blocks, strict=True), total=len(groups), desc="layers", unit="layer", disable=not progress)
    for row, (name, block) in zip(rows, bar, strict=True):
        kept = min(count, block.num_parameters)
        try:
            with without_partial(), HessianOperator(block) as operator:
                pairs = top_eigenpairs(operator, kept, tol=tol, max_products=max_products, seed=seed)
                estimate = hessian_trace(operator, method="hutch++", probes=probes, seed=seed)
        except KeyboardInterrupt:
            if not protocols:
                raise
            interrupted = True
            break
        eigenvalue[row, :kept], residual[row, :kept] = pairs.values, pairs.residuals
        converged[row, :kept] = pairs.converged
        trace[row], error[row] = estimate.value, estimate.standard_error
        products[row] = pairs.products + estimate.products
        protocols[name] = {"parameters": list(block.parameters), "top": pairs.protocol, "trace": estimate.protocol}
    bar.close()
    found = xr.Dataset(
        {
            "parameters": ("layer", parameters),
            "eigenvalue": (("layer", "k"), eigenvalue),
            "residual": (("layer", "k"), residual),
            "converged": (("layer", "k"), converged),
            "trace": ("layer", trace),
            "trace_standard_error": ("layer", error),
            "trace_per_parameter": ("layer", trace / parameters),
            "products": ("layer", products),
        },
        coords={"layer": list(groups), "k": np.arange(1, count + 1)},
        attrs={"protocol": json.dumps(protocols)},
    ).isel(layer=slice(len(protocols)))
    return deliver(found, interrupted, on_interrupt)


def _groups(objective: Objective, by: Grouping | Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return the names of each layer's parameters, in the order of the model."""
    expect_objective(objective)
    if isinstance(by, Mapping):
        if not by:
            raise ValueError("by is an empty mapping: name at least one group of parameters.")
        groups = {
            str(name): [patterns] if isinstance(patterns, str) else list(patterns) for name, patterns in by.items()
        }
        if empty := [name for name, patterns in groups.items() if not patterns]:
            raise ValueError(f"The group {empty[0]!r} has no parameters: give it names or patterns.")
        return groups
    if by == "parameter":
        return {name: [name] for name in objective.parameters}
    if by != "module":
        raise ValueError(
            f'by is {by!r}: choose "module", "parameter", or give a mapping from group to parameter names.'
        )
    groups = {}
    for name in objective.parameters:
        groups.setdefault(name.rpartition(".")[0] or "(model)", []).append(name)
    return groups
