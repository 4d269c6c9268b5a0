"""Spectral densities at the end points of a study's runs: estimated, and kept as quadratures."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import spectral_density
from landscape.objective.objective import Objective
from landscape.study.measures import ROUTE, START_VECTOR_SEED
from landscape.study.spec import MeasureSpec

__all__ = ["measure_spectrum"]


def measure_spectrum(train: Objective, spec: MeasureSpec) -> xr.Dataset:
    """Estimate the spectral density of the training loss' Hessian.

    Returns
    -------
    xarray.Dataset
        Variables "ritz_value" and "weight" over the dimensions "probe" and "node", "exhausted" over "probe", and the
        scalars "parameters", "products" and "protocol" (JSON); see `landscape.Density`.
    """
    with HessianOperator(train, route=ROUTE) as hessian:
        density = spectral_density(
            hessian, probes=spec.spectrum_probes, steps=spec.spectrum_steps, seed=START_VECTOR_SEED
        )
    return xr.Dataset(
        {
            "ritz_value": (("probe", "node"), density.nodes),
            "weight": (("probe", "node"), density.weights),
            "exhausted": ("probe", density.exhausted.astype(np.int8)),
            "parameters": ((), density.size),
            "products": ((), density.products),
            "protocol": ((), json.dumps(density.protocol)),
        }
    )
