"""Checkpoints of training runs projected onto a plane, in bounded memory, and their distances from it.

`project` finds the plane through a reference point (the origin) by principal components, or takes a given one.
"""

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary, counted
from landscape._common.validation import as_integer
from landscape.trajectory._pca import (
    check_span,
    combine,
    coordinates,
    metric,
    principal_axes,
)
from landscape.trajectory._state_matrix import CheckpointMatrix, FlatLayout, OnBad, Source, State
from landscape.trajectory.checkpoints import Checkpoint, CheckpointError

Origin = State | str | os.PathLike[str] | tuple[str, int] | None

_KEYWORDS = ("last", "first", "mean")


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory(Summarized):
    """Checkpoints on a plane: theta_i = origin + a_i u + b_i v + something orthogonal to the plane.

    Attributes
    ----------
    origin : mapping of str to Tensor
        The point (0, 0) of the plane; a `Checkpoint`, which reads its tensors when they are asked for, where the
        origin is a file.
    directions : tuple of k mappings of str to Tensor
        u, v and further ones if asked for; orthonormal unless the caller gave others.
    coordinates : ndarray, shape (n, k)
        (a_i, b_i, ...), in units of the directions; in parameter units if these are orthonormal. Least squares. NaN
        for checkpoints that were left out.
    explained_variance_ratio : ndarray, shape (k,)
        Share of the weighted sum of squared distances from the origin that lies along u, that v adds to it, and so on.
    off_plane : ndarray, shape (n,)
        Distance of each checkpoint from the plane of the first two directions, in parameter units. The loss drawn at
        the projected point is not the checkpoint's own where this is not small.
    singular_values : ndarray, shape (k,) or (0,)
        Of the matrix with rows sqrt(w_i) (theta_i - origin), where principal components were taken.
    runs : dict of str to range
        Rows of each run, by its name ("run" for a bare list).
    problems : dict of int to str
        Rows left out, with the reason in a sentence each.
    protocol : dict
        How it was measured (JSON-able): origin, weighting, passes over the checkpoints, memory.

    Examples
    --------
    >>> states = [{name: t * p for name, p in loss.parameters.items()} for t in (0.2, 0.6, 1.0)]
    >>> trajectory = ls.project(states)
    >>> trajectory.explained_variance_ratio.round(3)  # these checkpoints lie on a line
    array([1., 0.])
    >>> trajectory.coordinates.shape, bool((trajectory.off_plane < 1e-5).all())
    ((3, 2), True)
    """

    origin: State
    directions: tuple[State, ...]
    coordinates: NDArray[np.float64]
    explained_variance_ratio: NDArray[np.float64]
    off_plane: NDArray[np.float64]
    singular_values: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    runs: Mapping[str, range] = field(default_factory=dict)
    problems: Mapping[int, str] = field(default_factory=dict)
    protocol: dict[str, Any] = field(default_factory=dict, repr=False)

    def _summary(self) -> Summary:
        # A row that was left out has no coordinates; of a run of nothing else there is nothing to say.
        rows = [
            (
                run,
                len(off),
                int(np.isnan(off).sum()),
                off[-1] if len(off) else None,
                np.nanmax(off) if np.isfinite(off).any() else None,
            )
            for run, off in self.distances.items()
        ]
        first, *others = np.cumsum(self.explained_variance_ratio[:2])
        return Summary(
            f"{counted(len(self.coordinates), 'checkpoint')} on a plane that holds {(others or [first])[-1]:.1%} of "
            "their weighted squared distances from its origin",
            ("run", "checkpoints", "left out", "last one's distance from the plane", "largest"),
            rows,
            list(self.problems.values()),
            {"Protocol": self.protocol},
        )

    @property
    def explained_variance(self) -> NDArray[np.float64]:
        """`explained_variance_ratio`, under the name it had until 2026-11; it will go with version 0.2."""
        warnings.warn(
            "Trajectory.explained_variance is a ratio: read explained_variance_ratio, its name since 2026-11-29.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.explained_variance_ratio

    @property
    def is_principal(self) -> bool:
        """Whether the directions are principal components of the checkpoints, rather than given ones."""
        return len(self.singular_values) > 0

    @property
    def paths(self) -> dict[str, NDArray[np.float64]]:
        """Coordinates on the plane by run, each of shape (checkpoints, 2)."""
        return {run: self.coordinates[rows.start : rows.stop, :2] for run, rows in self.runs.items()}

    @property
    def distances(self) -> dict[str, NDArray[np.float64]]:
        """Distances from the plane by run, each of shape (checkpoints,)."""
        return {run: self.off_plane[rows.start : rows.stop] for run, rows in self.runs.items()}

    def cosines(self, direction: State) -> NDArray[np.float64]:
        """Return the cosines between a direction, such as a Hessian eigenvector, and each axis.

        Parameters
        ----------
        direction : mapping of str to Tensor
            With the parameters' names and shapes.

        Returns
        -------
        ndarray, shape (k,)
            Where the axes are orthonormal, the sum of the squares is the share of the direction that they hold.

        Raises
        ------
        ValueError
            If the direction does not fit, is zero or not finite.
        """
        layout = FlatLayout(self.directions[0])
        layout.check(direction, "direction")
        layout.check_finite(direction, "direction")
        inner = metric((*self.directions, direction), layout).numpy()
        if not inner[-1, -1] > 0:
            raise ValueError("The direction is zero: give one along which the parameters change.")
        return inner[-1, :-1] / np.sqrt(inner[-1, -1] * inner.diagonal()[:-1])


@guessable
def project(
    states: Iterable[Source] | Mapping[str, Iterable[Source]],
    *,
    origin: Origin = None,
    directions: Sequence[State | str | os.PathLike[str]] | None = None,
    components: int = 2,
    names: Iterable[str] | None = None,
    weighting: Literal["runs", "checkpoints"] = "runs",
    on_bad: OnBad = "raise",
    memory: int | None = None,
) -> Trajectory:
    r"""Project checkpoints onto the plane of their own principal components, or onto a given one.

    The principal directions are the leading right singular vectors of the matrix with rows
    :math:`\sqrt{w_i} (\theta_i - \theta_0)` (PCA as in Li et al. 2018, arXiv 1712.09913, sec. 7, about the origin
    rather than the mean, so that the origin lies on the plane), with the sign that puts the checkpoint which lies
    farthest along a direction on its positive side. They are found through the n x n Gram matrix, in float64, added up
    over slices of the parameters. That squares the condition number: singular values below :math:`\sqrt{n \epsilon}`
    (1e-6 for n = 4500, epsilon that of float64) of the largest are rounding, and what is left of an axis's error in
    radians is about :math:`\epsilon \sigma_1^2 / (\sigma_k^2 - \sigma_{k+1}^2)`. Coordinates and distances
    come from the directions as they are returned, not from the Gram matrix.

    Parameters
    ----------
    states : sequence of checkpoints, or mapping of run name to sequence of checkpoints
        In order. A checkpoint is a mapping of str to Tensor, the path of a safetensors file or of a state dict saved by
        `torch.save` (read slice by slice; see `landscape.trajectory.Checkpoint` for one inside of a larger mapping),
        or a function returning a mapping, which is called anew for each slice and pass. Other re-iterables are run
        through anew for each slice and pass as well.
    origin : mapping of str to Tensor, path, "last", "first", "mean" or (run, index), optional
        Point of the plane: the last checkpoint of all by default; ("sgd", -1) is the last one of the run "sgd"; the
        mean is the weighted one.
    directions : sequence of two mappings of str to Tensor or paths, optional
        Plane to project on; need not be orthogonal (least squares).
    components : int
        How many principal directions are returned, at least 2; the plane is that of the first two.
    names : iterable of str, optional
        Entries that are coordinates, such as `objective.parameters`. Default: all those of `origin`, else of
        `directions`, else of the last checkpoint; then a state dict's floating-point buffers would be among them.
        Other entries of the states are left out.
    weighting : {"runs", "checkpoints"}
        Whether all runs have the same weight in the components however many checkpoints they have, or all checkpoints.
        One and the same for a single run.
    on_bad : {"raise", "mask"}
        Whether the first checkpoint that is unreadable, truncated, of other shapes or not finite is an error, or all
        such are left out, with NaN coordinates and the reason in `problems`; costs one pass more.
    memory : int, optional
        Bytes of working memory, the returned directions included and the given tensors not; the directions, and 65,536
        entries of a few vectors, are held whatever it is. Default: half a copy of the parameters and one more for each
        direction (and for origin="mean"), so two and a half on a plane, but no less than 16 MiB or two Gram matrices;
        and 64 float64 copies more if some states are functions or lazy, to call them less often.

    Returns
    -------
    Trajectory
        Every checkpoint is read three times in principal components, once (twice in a row) on given directions. What
        the states do not span is completed by fixed pseudo-random directions orthogonal to the others, with explained
        variance 0.

    Raises
    ------
    ValueError
        If the states are empty, all at the origin, not re-iterable, not finite or do not fit together, a file cannot
        be read, an option is wrong or the memory is too little. Files and tensors are compared before any work starts.

    Examples
    --------
    >>> def descend(network, steps=6):
    ...     sgd = torch.optim.SGD(network.parameters(), lr=0.5)
    ...     for _ in range(steps):
    ...         sgd.zero_grad()
    ...         torch.nn.functional.cross_entropy(network(X), y).backward()
    ...         sgd.step()
    ...         yield {name: p.detach().clone() for name, p in network.named_parameters()}
    >>> runs = {"first": list(descend(network())), "second": list(descend(network()))}
    >>> trajectory = ls.project(runs)
    >>> trajectory.paths["first"].shape, bool(trajectory.explained_variance_ratio.sum() <= 1 + 1e-9)
    ((6, 2), True)
    """
    number = as_integer(components)
    if number is None or number < 2:
        raise ValueError(f"components is {components!r}: give a number of directions, at least 2.")
    if weighting not in ("runs", "checkpoints"):
        raise ValueError(f'weighting is {weighting!r}: choose "runs" or "checkpoints".')
    if directions is not None and (isinstance(directions, (Mapping, str)) or len(directions) != 2):
        raise ValueError("directions must be two mappings from parameter name to tensor, or their files.")
    rows = CheckpointMatrix(states, on_bad)
    anchor = (
        _open_checkpoint(origin) if not (origin is None or isinstance(origin, tuple) or origin in _KEYWORDS) else None
    )
    given = None if directions is None else [_open_checkpoint(direction) for direction in directions]
    least = "one" if given else "two"
    if not rows.count:
        raise ValueError(f"There is no state to project: give at least {least} checkpoint{'s' if not given else ''}.")
    names = None if names is None else [*names]
    reference = anchor if anchor is not None else _reference_state(rows, origin, names, on_bad)
    if names is None and anchor is None and given:
        names = [name for name in given[0] if name in reference]
    layout = FlatLayout(reference, names)
    rows.check(layout)
    if not rows.usable:
        raise CheckpointError(f"No checkpoint can be used: {next(iter(rows.problems.values()))}")
    weights = _weights(rows, weighting)
    budget = _budget(memory, rows, layout, number, origin == "mean")
    start: State
    if origin == "mean":
        start = combine(rows, layout, weights[None] / weights.sum(), None, budget)[0]
    else:
        start = _select_coordinates(anchor if anchor is not None else rows.find(_reference_index(rows, origin)), layout)
    layout.check_finite(start, "origin")

    axes: Sequence[State]
    squares, slices = np.empty(0), 0
    if given is not None:
        for i, direction in enumerate(given):
            layout.check(direction, f"direction {i}")
            layout.check_finite(direction, f"direction {i}")
        axes = [_select_coordinates(direction, layout) for direction in given]
        check_span(axes, layout)
    else:
        squares, axes, slices = principal_axes(rows, layout, start, weights, number, budget)
    places, orthogonal, off_span, total = coordinates(rows, layout, axes, start)
    shares = weights @ orthogonal[rows.usable] ** 2
    whole_variance = float(weights @ total[rows.usable])
    return Trajectory(
        origin=start,
        directions=tuple(axes),
        coordinates=places,
        explained_variance_ratio=shares / whole_variance if whole_variance else np.full(len(axes), np.nan),
        off_plane=np.sqrt(off_span + (orthogonal[:, 2:] ** 2).sum(axis=1)),
        singular_values=np.sqrt(squares),
        runs=rows.runs,
        problems=rows.problems,
        protocol={
            "measure": "trajectory",
            "checkpoints": rows.count,
            "used": len(rows.usable),
            "runs": {run: len(indices) for run, indices in rows.runs.items()},
            "parameters": layout.size,
            "origin": _describe_origin(origin, rows),
            "directions": "principal components about the origin" if given is None else "given",
            "weighting": f"equal {weighting}",
            "passes": (3 if given is None else 1) + (origin == "mean") + (on_bad == "mask"),
            "memory_bytes": budget,
            "slices": slices,
            "resolution": float(np.sqrt(len(rows.usable) * np.finfo(np.float64).eps)) if given is None else None,
        },
    )


def _weights(rows: CheckpointMatrix, weighting: str) -> NDArray[np.float64]:
    """Weights of the checkpoints in use, 1 on average."""
    if weighting == "checkpoints":
        return np.ones(len(rows.usable))
    lengths = [sum(i not in rows.problems for i in indices) for indices in rows.runs.values()]
    each = np.concatenate([np.full(n, 1 / n) for n in lengths if n])
    return each * len(each) / each.sum()


def _budget(memory: Any, rows: CheckpointMatrix, layout: FlatLayout, components: int, mean: bool) -> int:
    if memory is None:
        copies = (components + 0.5 + mean) * layout.nbytes
        lazy = 0 if rows.in_parts else 64 * 8 * layout.size
        return int(max(2**24, copies, 16 * len(rows.usable) ** 2)) + lazy
    number = as_integer(memory)
    if number is None or number <= 0:
        raise ValueError(f"memory is {memory!r}: give a positive number of bytes.")
    return number


# ---------------------------------------------------------------------- reference point


def _open_checkpoint(state: Any) -> Any:
    """Open the checkpoint of a path; return anything else unchanged."""
    return Checkpoint(state) if isinstance(state, (str, os.PathLike)) else state


def _select_coordinates(state: State, layout: FlatLayout) -> State:
    """Return the coordinates of a state: a file is read when asked, tensors in memory are copied."""
    if isinstance(state, Checkpoint):
        return state.restricted(layout.like)
    return {name: state[name].detach().clone().to(like) for name, like in layout.like.items()}


def _reference_state(rows: CheckpointMatrix, origin: Any, names: Sequence[str] | None, on_bad: OnBad) -> State:
    """Return the state that sets names and shapes: the origin where it is one of the states, else the last.

    Where misfits are to be masked, one of the commonest shapes, lest all others are the misfits.
    """
    common = rows.majority(names) if on_bad == "mask" and not isinstance(origin, tuple) else None
    if common is not None:
        return rows.find(common)
    while rows.usable:
        index = _reference_index(rows, origin)
        found: list[State] = []
        rows.attempt(index, f"state {index}", lambda index=index, found=found: found.append(rows.find(index)))  # type: ignore[misc]
        if found:
            return found[0]
    raise CheckpointError(f"No checkpoint can be used: {next(iter(rows.problems.values()))}")


def _reference_index(rows: CheckpointMatrix, origin: Any) -> int:
    """Return the index of the state that is the origin."""
    if not isinstance(origin, tuple):
        return rows.usable[0 if origin == "first" else -1]
    run, given = origin if len(origin) == 2 else ("", None)
    position, length = as_integer(given), len(rows.runs.get(run, ()))
    if position is None or not -length <= position < length:
        raise ValueError(
            f"origin is {origin!r}: give (run, index) with a run of {list(rows.runs)} and an index within it."
        )
    index = rows.runs[run][position]
    if index in rows.problems:
        raise CheckpointError(f"The origin {origin!r} cannot be used. {rows.problems[index]}")
    return index


def _describe_origin(origin: Any, rows: CheckpointMatrix) -> str:
    """Return a description of the origin, for the protocol."""
    if origin == "mean":
        return "weighted mean"
    if origin is None or isinstance(origin, tuple) or origin in ("first", "last"):
        index = _reference_index(rows, origin)
        run = next(name for name, indices in rows.runs.items() if index in indices)
        return f"checkpoint {index - rows.runs[run].start} of {run!r}"
    return f"file {origin}" if isinstance(origin, (str, os.PathLike)) else "given"
