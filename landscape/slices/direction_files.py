"""Files of directions, so that two runs, or two sessions, are drawn on the same axes."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from landscape._common.files import write_tensors
from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary, counted
from landscape.objective.data import Fingerprint
from landscape.objective.objective import Objective
from landscape.slices.directions import Direction, RecordedDirection

FORMAT = "landscape directions, version 1"


@dataclass(frozen=True, eq=False, repr=False)
class SavedDirections(Summarized):
    """Directions read from a file by `load_directions`.

    Attributes
    ----------
    directions : dict of str to RecordedDirection
        Under the names they were saved by, each with the protocol that it had then.
    metadata : dict
        Metadata saved with them.
    """

    directions: dict[str, RecordedDirection]
    metadata: dict[str, Any] = field(repr=False)

    def _summary(self) -> Summary:
        return Summary(
            counted(len(self.directions), "direction"),
            ("name", "parameters", "how it was made"),
            [
                (name, sum(t.numel() for t in direction.values()), direction.protocol.get("direction"))
                for name, direction in self.directions.items()
            ],
            folded={"Saved with them": self.metadata},
        )

    def __getitem__(self, name: str) -> RecordedDirection:
        """Return a direction by its name."""
        return self.directions[name]


@guessable
def save_directions(
    path: str | os.PathLike[str], directions: Mapping[str, Direction], metadata: Mapping[str, Any] | None = None
) -> None:
    """Write directions, or points such as the origin of a plane, to one safetensors file, atomically.

    Parameters
    ----------
    path : path
        Replaced if it exists.
    directions : mapping of str to mapping of str to Tensor
        Name to direction, such as {"alpha": u, "beta": v}. A `RecordedDirection` keeps its protocol.
    metadata : mapping, optional
        Anything else to be known about them, as JSON can hold it.

    Raises
    ------
    ValueError
        For no direction, one that is no mapping to finite tensors, or metadata that JSON cannot hold.

    Examples
    --------
    >>> u = ls.random_direction(loss, seed=0)
    >>> ls.slices.save_directions("axes.safetensors", {"alpha": u})
    >>> again = ls.slices.load_directions("axes.safetensors", loss)["alpha"]
    >>> torch.equal(again["0.weight"], u["0.weight"]) and again.protocol == u.protocol
    True
    """
    if not isinstance(directions, Mapping) or not directions:
        raise ValueError('There is no direction to save: give a mapping such as {"alpha": u, "beta": v}.')
    tensors: dict[str, Tensor] = {}
    protocols: dict[str, Any] = {}
    for name, direction in directions.items():
        if not isinstance(name, str) or not name or "/" in name:
            raise ValueError(f"A direction is named {name!r}: give a name without '/'.")
        if not isinstance(direction, Mapping) or not direction:
            raise ValueError(f"The direction {name!r} is a {type(direction).__name__}: give a mapping to tensors.")
        for parameter, tensor in direction.items():
            if not isinstance(tensor, Tensor) or not torch.isfinite(tensor).all():
                raise ValueError(f"The direction {name!r} has no finite tensor for {parameter!r}.")
            # Copies: eigenvectors are parts of one vector, and safetensors refuses shared memory.
            tensors[f"{name}/{parameter}"] = tensor.detach().cpu().contiguous().clone()
        protocols[name] = getattr(direction, "protocol", {})
    try:
        record = json.dumps(
            {
                "protocols": protocols,
                "metadata": dict(metadata or {}),
                "order": {n: list(d) for n, d in directions.items()},
            }
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"The metadata cannot be written as JSON ({error}): give numbers, words and lists.") from error
    header = {"format": FORMAT, "landscape": record, "sha256": _digest(tensors, record)}
    write_tensors(Path(path), tensors, header)


@guessable
def load_directions(path: str | os.PathLike[str], objective: Objective | None = None) -> SavedDirections:
    """Read directions that `save_directions` wrote.

    Parameters
    ----------
    path : path
    objective : Objective, optional
        Whose parameters' names and shapes the directions must have; they come in its types and on its device. It need
        not be the objective they were made for: that is how two runs share their axes.

    Returns
    -------
    SavedDirections

    Raises
    ------
    ValueError
        If the file is damaged, is none of directions, or does not fit the objective.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    Axes made at one model, used at another:

    >>> ls.slices.save_directions("axes.safetensors", {"alpha": ls.random_direction(loss, seed=0)})
    >>> there = loss.at(other.state_dict())
    >>> ls.line(there, ls.slices.load_directions("axes.safetensors", there)["alpha"]).sizes["alpha"]
    51
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"There is no file of directions at {path}.")
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (a file, not a mapping)
    except SafetensorError as error:
        raise ValueError(f"{path} is no whole safetensors file ({error}): save the directions again.") from error
    if header.get("format") != FORMAT:
        raise ValueError(f"{path} holds no directions of save_directions: give a file that it wrote.")
    if header["sha256"] != _digest(tensors, header["landscape"]):
        raise ValueError(f"{path} was changed or damaged after it was saved: save the directions again.")
    record = json.loads(header["landscape"])
    found = {}
    for name, order in record["order"].items():
        direction = {parameter: tensors[f"{name}/{parameter}"] for parameter in order}
        if objective is not None:
            objective.check(direction, f"direction {name!r} of {path}")
            direction = {n: direction[n].to(p.device, p.dtype) for n, p in objective.parameters.items()}
        found[name] = RecordedDirection(direction, record["protocols"][name])
    return SavedDirections(found, record["metadata"])


def _digest(tensors: Mapping[str, Tensor], record: str) -> str:
    fingerprint = Fingerprint()
    fingerprint.update({name: tensors[name] for name in sorted(tensors)})
    return hashlib.sha256(f"{fingerprint.hexdigest()}{record}".encode()).hexdigest()
