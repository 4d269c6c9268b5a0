"""Paths between two models: segments, Bezier curves and polygonal chains, as weighted sums of control points."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import comb
from torch import Tensor

from landscape.slices.directions import dot

Kind = Literal["bezier", "chain"]
_NODES = 64


class Path:
    r"""A curve phi(t) from one point of parameter space (t = 0) to another (t = 1).

    .. math:: \phi(t) = \sum_{i=0}^{n} c_i(t) P_i

    with the Bernstein polynomials :math:`c_i = \binom{n}{i} t^i (1 - t)^{n - i}` for a Bezier curve (Garipov et al.
    2018, arXiv 1802.10026, eq. 5 for n = 2), and hat functions on n equal pieces for a polygonal chain (eq. 4). With
    n = 1 both are the straight segment.

    Parameters
    ----------
    points : sequence of mappings of str to Tensor
        Control points P_0, ..., P_n; the first and the last are the ends.
    kind : {"bezier", "chain"}
    constants : pair of mappings of str to Tensor, optional
        Frozen parameters and buffers of the two ends, under equal names. Those that differ must be floating-point: in
        between they are (1 - t) first + t last.

    Attributes
    ----------
    kind : str
    points : tuple of dict of str to Tensor
    bends : int
        Control points between the ends.

    Raises
    ------
    ValueError
        For fewer than two points, an unknown kind, points that do not fit together, or constants that differ and
        cannot be interpolated.
    """

    def __init__(
        self,
        points: Sequence[Mapping[str, Tensor]],
        kind: Kind = "bezier",
        constants: tuple[Mapping[str, Tensor], Mapping[str, Tensor]] | None = None,
    ) -> None:
        if kind not in get_args(Kind):
            raise ValueError(f'kind is {kind!r}: choose "bezier" or "chain".')
        if len(points) < 2:
            raise ValueError(f"A path needs two ends, not {len(points)} point(s).")
        shapes = [{name: tensor.shape for name, tensor in point.items()} for point in points]
        if any(shape != shapes[0] for shape in shapes):
            raise ValueError("The points of the path have different names or shapes: give points of one model.")
        self.kind = kind
        self.points = tuple(dict(point) for point in points)
        first, last = constants or ({}, {})
        moving = difference(first, last)
        for name in moving:
            if not first[name].is_floating_point():
                raise ValueError(
                    f"The ends have different values of the buffer {name!r}, which is {first[name].dtype} and cannot "
                    "be interpolated: give both models the same."
                )
        self._fixed = {name: tensor for name, tensor in first.items() if name not in moving}
        self._moving = [{name: end[name] for name in moving} for end in (first, last)]

    @property
    def bends(self) -> int:
        """Control points between the ends."""
        return len(self.points) - 2

    def coefficients(self, t: float) -> NDArray[np.float64]:
        """Return c_i(t), shape (n + 1,); they sum to one.

        Raises
        ------
        ValueError
            If t is not between 0 and 1.
        """
        if not 0 <= t <= 1:
            raise ValueError(f"t is {t!r}: a path goes from 0 to 1.")
        n = len(self.points) - 1
        i = np.arange(n + 1)
        if self.kind == "bezier":
            return np.asarray(comb(n, i) * t**i * (1.0 - t) ** (n - i), dtype=np.float64)
        return np.maximum(0.0, 1.0 - np.abs(n * t - i))

    def at(self, t: float) -> dict[str, Tensor]:
        """Return phi(t), a tensor per parameter, summed in float64; at t = 0 and 1 the ends, bit for bit."""
        weights = self.coefficients(t)
        used = [(float(c), point) for c, point in zip(weights, self.points, strict=True) if c]
        return _combine(used)

    def constants_at(self, t: float) -> dict[str, Tensor]:
        """Return the frozen parameters and buffers at t, as far as the path has any."""
        return self._fixed | _combine([(c, end) for c, end in zip((1.0 - t, t), self._moving, strict=True) if c])

    def with_control_points(self, interior: Sequence[Mapping[str, Tensor]]) -> Self:
        """Return the path with the same ends and constants, and other control points between them."""
        other = copy.copy(self)
        other.points = (self.points[0], *(dict(point) for point in interior), self.points[-1])
        return other

    @property
    def moves_constants(self) -> bool:
        """Whether frozen parameters or buffers differ between the ends."""
        return bool(self._moving[0])

    def length(self) -> float:
        """Return the arc length, in parameter units: exact for a chain, to about 1e-12 for a smooth Bezier curve."""
        steps = [
            {name: b[name].double() - a[name].double() for name in a}
            for a, b in zip(self.points, self.points[1:], strict=False)
        ]
        gram = np.array([[dot(u, v) for v in steps] for u in steps])
        n = len(steps)
        if self.kind == "chain" or n == 1:
            return float(np.sqrt(np.diagonal(gram)).sum())
        nodes, shares = np.polynomial.legendre.leggauss(_NODES)
        i = np.arange(n)
        t = (nodes[:, None] + 1) / 2
        speed = n * comb(n - 1, i) * t**i * (1 - t) ** (n - 1 - i)
        squared = np.einsum("ki,ij,kj->k", speed, gram, speed)
        return float(shares @ np.sqrt(np.maximum(squared, 0.0)) / 2)

    def protocol(self) -> dict[str, Any]:
        """Return what the path is (JSON-able)."""
        return {
            "path": "straight segment" if not self.bends else f"{self.kind} with {self.bends} bend(s)",
            "length": self.length(),
            "constants": "interpolated linearly" if self.moves_constants else "equal at both ends",
        }


def straight(
    first: Mapping[str, Tensor],
    last: Mapping[str, Tensor],
    *,
    bends: int = 0,
    kind: Kind = "bezier",
    constants: tuple[Mapping[str, Tensor], Mapping[str, Tensor]] | None = None,
) -> Path:
    """Return the straight path between two points, with control points at equal distances on it."""
    shares = np.linspace(0.0, 1.0, bends + 2)[1:-1]
    interior = [_combine([(1.0 - float(s), first), (float(s), last)]) for s in shares]
    return Path([first, *interior, last], kind, constants)


def _combine(terms: Sequence[tuple[float, Mapping[str, Tensor]]]) -> dict[str, Tensor]:
    """Weighted sum of mappings, in float64, in the types of the first; a single term of weight one is only copied."""
    (weight, first), *others = terms
    if not others and weight == 1.0:
        return {name: tensor.detach().clone() for name, tensor in first.items()}
    found = {}
    for name, tensor in first.items():
        total = weight * tensor.detach().double()
        for share, other in others:
            total.add_(other[name].detach().double(), alpha=share)
        found[name] = total.to(tensor.dtype)
    return found


def difference(first: Mapping[str, Tensor], last: Mapping[str, Tensor]) -> list[str]:
    """Return the names of the tensors that differ; NaN equals NaN."""
    return [n for n, one in first.items() if not torch.allclose(one, last[n].to(one), rtol=0, atol=0, equal_nan=True)]
