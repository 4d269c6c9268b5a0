"""Metadata that the ranks of a process group exchange before any work, and checks that they agree."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch.distributed as dist
from torch import Tensor

from landscape.objective.data import Fingerprint
from landscape.objective.decomposability import refuse_cut
from landscape.objective.objective import Objective

_REMEDIES = {
    "model": "build the same model, with the same frozen parameters, on all",
    "weights": "load the same checkpoint on all, or broadcast the weights of rank 0",
    "constants": "batch-norm statistics differ after data-parallel training: broadcast the buffers of rank 0",
    "dtype": "pass the same dtype on all",
    "l2": "pass the same l2 on all",
    "weighting": "use the same criterion and count on all",
    "operator": "use the same curvature matrix on all",
}


def rank_and_size(group: dist.ProcessGroup | None) -> tuple[int, int]:
    """Return this process's rank and the number of ranks.

    Raises
    ------
    ValueError
        Without a process group, or outside of it.
    """
    if not (dist.is_available() and dist.is_initialized()):
        raise ValueError(
            "There is no process group: start the script with torchrun and call "
            "torch.distributed.init_process_group() first."
        )
    rank = dist.get_rank(group)
    if rank < 0:
        raise ValueError(f"Global rank {dist.get_rank()} does not belong to the group: build the operator inside it.")
    return rank, dist.get_world_size(group)


def all_gather_checked(collect: Callable[[], dict[str, Any]], group: dist.ProcessGroup | None) -> list[dict[str, Any]]:
    """Gather the result of `collect` from all ranks; if it fails on one, all raise ValueError instead of waiting."""
    failure: Exception | None = None
    metadata: dict[str, Any] = {}
    try:
        metadata = collect()
    except Exception as error:  # whatever it is, the other ranks wait for this one
        failure = error
    gathered: list[Any] = [None] * dist.get_world_size(group)
    dist.all_gather_object(gathered, (metadata, failure and str(failure)), group)
    for rank, (_, problem) in enumerate(gathered):
        if problem is not None:
            raise ValueError(f"Rank {rank} cannot take part: {problem}") from failure
    return [metadata for metadata, _ in gathered]


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of named tensors."""
    fingerprint = Fingerprint()
    fingerprint.update(tensors)
    return fingerprint.hexdigest()


def data_metadata(objective: Objective) -> dict[str, Any]:
    """Return the metadata of this rank's data that the other ranks need."""
    data = objective.data
    if objective.decomposes is False and data.from_tensors:
        refuse_cut(
            objective,
            "the ranks' losses do not add up to that of all samples: give each rank a list of batches, if the mean of "
            "their losses is meant, of those",
        )
    return {
        "dtype": str(objective.dtype),
        "l2": objective.l2,
        "weighting": data.weighted_by,
        "weight": data.total_weight,
        "samples": data.num_samples,
        "batches": len(data.batches),
        "mean_over": objective.decomposition.description(len(data.batches)),
        "fingerprint": data.fingerprint,
    }


def check_agreement(metadata: Sequence[Mapping[str, Any]]) -> None:
    """Raise ValueError if a rank differs from rank 0 where all must agree."""
    for what, remedy in _REMEDIES.items():
        for rank, entry in enumerate(metadata):
            if entry.get(what) != metadata[0].get(what):
                raise ValueError(
                    f"Rank {rank} differs from rank 0 in its {what} ({_short(entry.get(what))} against "
                    f"{_short(metadata[0].get(what))}): {remedy}."
                )


def check_disjoint(metadata: Sequence[Mapping[str, Any]]) -> None:
    """Raise ValueError if two ranks hold the same data."""
    first: dict[str, int] = {}
    for rank, entry in enumerate(metadata):
        other = first.setdefault(entry["fingerprint"], rank)
        if other != rank:
            raise ValueError(
                f"Ranks {other} and {rank} hold the same {entry['samples']} samples: "
                "give each rank its own part, such as (X[rank::ranks], y[rank::ranks])."
            )


def combined_protocol(metadata: Sequence[Mapping[str, Any]], group: dist.ProcessGroup | None) -> dict[str, Any]:
    """Return the protocol entries of the data of all ranks together."""
    fingerprints = [entry["fingerprint"] for entry in metadata]
    return {
        "samples": sum(entry["samples"] for entry in metadata),
        "batches": sum(entry["batches"] for entry in metadata),
        "mean_over": "; ".join(dict.fromkeys(entry["mean_over"] for entry in metadata)),
        "fingerprint": hashlib.sha256("".join(fingerprints).encode()).hexdigest(),
        "ranks": len(metadata),
        "backend": dist.get_backend(group),
        "samples_per_rank": [entry["samples"] for entry in metadata],
        "weights_per_rank": [entry["weight"] for entry in metadata],
        "fingerprints_per_rank": fingerprints,
    }


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
