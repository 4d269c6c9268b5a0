"""The record of an objective, for people: what determines its value. It is written last, and no code decides by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from landscape._common.precision import DESCRIPTIONS
from landscape._common.summaries import Summary, counted

if TYPE_CHECKING:
    from landscape.objective.interface import ObjectiveLike
    from landscape.objective.objective import Objective

__all__ = ["record_of", "summary_of"]


def record_of(objective: Objective) -> dict[str, Any]:
    """Return what determines the value: data, weighting, mode, penalty, precision and versions (JSON-able)."""
    space, data, model = objective.space, objective.data, objective.model
    statistics: dict[str, Any] = {}
    if model.recomputes or objective.holds_statistics:
        held = objective.statistics_data
        statistics["batchnorm_data"] = {
            "data": held.source if held else "the objective's own",
            "fingerprint": held.fingerprint if held else data.fingerprint,
            "batches": len(held.batches if held else data.batches),
            "average": "of batch means and unbiased variances, weighted by values per channel",
        }
    return {
        "objective": "mean loss + l2/2 ||theta||^2",
        "data": data.source,
        "fingerprint": data.fingerprint,
        "samples": data.num_samples,
        "subset": data.selection,
        "batches": len(data.batches),
        "weighting": data.weighted_by,
        "mean_over": objective.decomposition.description(len(data.batches)),
        "mode": "eval",
        "batchnorm": model.normalization() + (", recomputed once" if objective.holds_statistics else ""),
        **statistics,
        "l2": objective.l2,
        "parameters": space.num_parameters,
        "without_gradient": list(objective.unreached),
        "restricted_to": list(space.parameters) if space.is_restricted else None,
        "dtype": str(space.dtype).removeprefix("torch."),
        "arithmetic": DESCRIPTIONS[model.arithmetic],
        "device": str(space.device),
        "deterministic": "checked" if objective.is_checked else "not checked",
        "torch": str(torch.__version__),
    }


def summary_of(objective: ObjectiveLike) -> Summary:
    """Return how an objective prints."""
    unreached = f" ({len(objective.unreached)} tensors of them without gradient)" if objective.unreached else ""
    penalty = f", l2 = {objective.l2:g}" if objective.l2 else ""
    dtype = str(objective.dtype).removeprefix("torch.")
    return Summary(
        f"mean loss over {counted(objective.data.num_samples, 'sample')} as a function of "
        f"{counted(objective.total_parameters, 'parameter')}{unreached}, eval mode, batch norm "
        f"{objective.model.normalization()}{penalty}, {dtype} on {objective.device}",
        folded={"Protocol": objective.protocol()},
    )
