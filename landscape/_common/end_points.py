"""The end point of every run of a study, whose runs may take unequal numbers of steps."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import xarray as xr

__all__ = ["at_end_points", "planned_steps"]

Data = TypeVar("Data", xr.Dataset, xr.DataArray)


def planned_steps(tree: xr.DataTree) -> xr.DataArray | None:
    """Return the steps that each run was to take, over optimizer and seed; None if they are equal, or of old studies.

    Parameters
    ----------
    tree : xarray.DataTree
        Of a study.
    """
    planned = tree["runs"].to_dataset().get("total_steps") if "runs" in tree else None
    if planned is None or bool((planned == planned.values.flat[0]).all()):
        return None
    return planned.astype(np.int64)


def at_end_points(tree: xr.DataTree, data: Data, dim: str) -> Data:
    """Return values at the last step of each run, which a diverged run may not have reached.

    Parameters
    ----------
    tree : xarray.DataTree
        Of the study.
    data : Dataset or DataArray
        Of its group ``curvature``, over "step", or of ``epochs``, over "epoch".
    dim : str
        Which of these.
    """
    planned = planned_steps(tree)
    if planned is None:
        return data.isel({dim: -1})
    at = tree["epochs"].to_dataset()["steps_taken"] if dim == "epoch" else data["step"]
    # A method all of whose runs diverged may have no value at its last step: any other is missing as well.
    index = planned.copy(data=np.searchsorted(at.values, planned.values).clip(max=at.size - 1))
    return data.isel({dim: index.reset_coords(drop=True)})
