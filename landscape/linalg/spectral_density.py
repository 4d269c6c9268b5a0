"""The spectral density of a matrix as Gauss quadratures: its moments, counts of eigenvalues, smoothed curves."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from landscape._common.estimate import Estimate, sample_skewness
from landscape._common.summaries import Summarized, Summary, counted, interval
from landscape._common.validation import check_count, check_level

FloatArray = NDArray[np.float64]
_WHOLE = 1e-6  # accuracy of a number of eigenvalues by bisection


@dataclass(frozen=True, eq=False, repr=False)
class Band(Summarized):
    """Values on a grid with a confidence interval for each.

    Attributes
    ----------
    grid, value, low, high : ndarray, shape (n,)
        Eigenvalues, and the estimate there with the ends of its interval.
    level : float
        Probability of coverage, point by point.
    width : float
        Standard deviation of the Gaussian that the density is smoothed with, in units of the eigenvalues; 0 for none.
    resolved : bool
        Whether the Lanczos steps resolve that width everywhere. If not, the interval covers the density smoothed so
        only as far as Lanczos has it: isolated eigenvalues at the ends of the spectrum, but not detail in its bulk.
    """

    grid: FloatArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    level: float
    width: float = 0.0
    resolved: bool = True

    def _summary(self) -> Summary:
        return Summary(
            f"values at {counted(len(self.grid), 'eigenvalue')} from {interval(self.grid[0], self.grid[-1])}, each "
            f"with a {self.level:.0%} interval" + (f", Gaussian of width {self.width:.3g}" if self.width else ""),
            notes=[]
            if self.resolved
            else ["The Lanczos steps do not resolve that width: take more steps or a wider one."],
        )


@dataclass(frozen=True, eq=False, repr=False)
class Count(Summarized):
    """Estimated number of eigenvalues, with a confidence interval of whole numbers.

    Attributes
    ----------
    value : float
        Unbiased but for what the Lanczos steps leave open.
    low, high : int
        Ends of the interval.
    level : float
        Probability of coverage.
    """

    value: float
    low: int
    high: int
    level: float

    def _summary(self) -> Summary:
        return Summary(f"{self.value:.4g} eigenvalues, {self.level:.0%} interval {self.low} to {self.high}")


@dataclass(frozen=True, eq=False, repr=False)
class Density(Summarized):
    """Quadratures of a spectral density, one per random vector, with estimates from them and their errors.

    The random vectors are the only source of error that the intervals count, except in `cdf` and `count_above`, which
    count what the Lanczos steps leave open as well.

    Attributes
    ----------
    nodes : ndarray, shape (probes, steps)
        Ritz values in ascending order, in units of the loss over squared parameter units; NaN where a Krylov space was
        exhausted before.
    weights : ndarray, shape (probes, steps)
        Non-negative, of sum 1 for each probe; 0 where there is no node.
    exhausted : ndarray of bool, shape (probes,)
        Whether the Krylov space is invariant, so that the quadrature is exact for every function.
    size : int
        Number p of eigenvalues.
    products : int
        Products with the matrix.
    protocol : dict
        How it was measured (JSON-able).

    Examples
    --------
    >>> density = ls.spectral_density(loss, probes=4, steps=16)
    >>> density.weights.sum(axis=1).round(6)
    array([1., 1., 1., 1.])
    >>> count = density.count_above(0.5 * density.extremes[1])
    >>> count.low <= count.value <= count.high
    True
    """

    nodes: FloatArray
    weights: FloatArray
    exhausted: NDArray[np.bool_]
    size: int
    products: int
    protocol: dict[str, Any] = field(repr=False)

    def _summary(self) -> Summary:
        probes, steps = self.nodes.shape
        return Summary(
            f"spectral density of the {self.protocol.get('operator', 'matrix')}, {counted(self.size, 'eigenvalue')}",
            ("what", "value"),
            [
                ("Ritz values", interval(*self.extremes)),
                ("probes × Lanczos steps", f"{probes} × {steps}"),
                ("resolution (standard deviation)", self.resolution),
                ("products", self.products),
            ],
            folded={"Protocol": self.protocol},
        )

    @property
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest Ritz value: the spectrum reaches at least so far (`top_eigenpairs` bounds the rest)."""
        return float(np.nanmin(self.nodes)), float(np.nanmax(self.nodes))

    @property
    def resolution(self) -> float:
        """Narrowest Gaussian, as a standard deviation, that the steps resolve wherever it is placed.

        On a spectrum of half-width R the Chebyshev coefficients of a Gaussian of width s fall off like
        exp(-(d s / R)^2 / 2) in the degree d; at d = 2 steps - 1 they are 1e-3 for this width. 0 if all Krylov spaces
        are exhausted.
        """
        if self.exhausted.all():
            return 0.0
        low, high = self.extremes
        return float(np.sqrt(-2 * np.log(1e-3)) * (high - low) / 2 / (2 * self.nodes.shape[1] - 1))

    def moment(self, order: int) -> Estimate:
        """Estimate tr(H^order), without bias; order 1 is the trace, order 2 the squared Frobenius norm.

        Raises
        ------
        ValueError
            If the order is no whole number of at least 0, or above what the steps integrate exactly.
        """
        degree = check_count(order, "order", 0, "is the order of a moment")
        most = 2 * self.nodes.shape[1] - 1
        if degree > most and not self.exhausted.all():
            raise ValueError(f"order is {degree}: {self.nodes.shape[1]} steps are exact up to order {most}; take more.")
        samples = self.size * (self.weights * np.nan_to_num(self.nodes) ** degree).sum(axis=1)
        error = float(samples.std(ddof=1) / np.sqrt(len(samples)))
        protocol = self.protocol | {"measure": f"trace of the matrix to the power {degree}"}
        return Estimate(float(samples.mean()), error, len(samples), protocol, sample_skewness(samples))

    def cdf(self, grid: ArrayLike, *, level: float = 0.95) -> Band:
        """Return the share of eigenvalues at or below each point, with its confidence interval.

        The interval holds both errors. For the steps: the true distribution of each probe lies between sums of its
        weights (the Chebyshev-Markov-Stieltjes inequalities; Szego 1975, *Orthogonal Polynomials*, sec. 3.41), rigorous
        in exact arithmetic. For the probes: the part of a vector in a space of k dimensions of p is Beta(k/2, (p-k)/2),
        and the mean over probes a Beta variable of the same mean and variance, to a good approximation; the interval
        has every k that this does not reject.

        Raises
        ------
        ValueError
            If the level is not between 0 and 1.
        """
        check_level(level)
        points = np.atleast_1d(np.asarray(grid, dtype=np.float64))
        value, least, most = self._shares(points)
        low, _ = self._numbers(least, level)
        _, high = self._numbers(most, level)
        low, high = np.ceil(low - _WHOLE) / self.size, np.floor(high + _WHOLE) / self.size
        return Band(points, value, low, high, level)

    def count_above(self, threshold: float, *, level: float = 0.95) -> Count:
        """Estimate the number of eigenvalues above a threshold; the interval is that of `cdf`.

        Raises
        ------
        ValueError
            If the level is not between 0 and 1.
        """
        band = self.cdf([float(threshold)], level=level)
        low, high = (self.size - round(self.size * float(end[0])) for end in (band.high, band.low))
        return Count(self.size * (1 - float(band.value[0])), low, high, level)

    def smooth(self, grid: ArrayLike | None = None, *, width: float | None = None, level: float = 0.95) -> Band:
        """Return the density convolved with a Gaussian, with a confidence interval at each point.

        The interval is that of `cdf` for as many eigenvalues as contribute: with the kernel K and its mean height
        h = tr K^2 / tr K among them, v^T K v is taken for h times the share of p tr K / (p h) eigenvalues, which has
        its mean and variance. So it is positive, and skewed as the estimate is where few eigenvalues contribute.

        Parameters
        ----------
        grid : array-like of shape (n,), optional
            Eigenvalues; by default 1,000 or more over all nodes and four widths beyond.
        width : float, optional
            Standard deviation of the Gaussian, in units of the eigenvalues. Default: `resolution`, but at least a
            hundredth of the spectrum's extent (or of its magnitude if it is one point).
        level : float
            Probability of coverage, point by point.

        Returns
        -------
        Band
            In shares of the eigenvalues per unit of the eigenvalue: it integrates to 1.

        Raises
        ------
        ValueError
            If the width is not positive, or the level is not between 0 and 1.
        """
        check_level(level)
        least, most = self.extremes
        extent = most - least
        if width is None:
            width = max(self.resolution, extent / 100) or max(abs(most), 1e-12) / 100
        if not 0 < width < np.inf:
            raise ValueError(f"width is {width!r}: give a positive standard deviation in units of the eigenvalues.")
        if grid is None:
            points = max(1000, int(np.ceil(4 * (extent / width + 8))))
            grid = np.linspace(least - 4 * width, most + 4 * width, min(points, 100_000))
        x = np.asarray(grid, dtype=np.float64)
        value, height, share = np.zeros((3, len(x)))
        for i, point in enumerate(x):
            exponent = -0.5 * ((self.nodes - point) / width) ** 2
            # Relative to the nearest node's, so that nothing underflows in a gap of the spectrum.
            kernel = np.nan_to_num(np.exp(exponent - np.nanmax(exponent)))
            peak = np.exp(np.nanmax(exponent)) / (width * np.sqrt(2 * np.pi))
            first, second = ((self.weights * kernel**power).sum(axis=1).mean() for power in (1, 2))
            value[i] = peak * first
            if second > 0:
                height[i], share[i] = peak * second / first, first**2 / second
        low, high = (height * number / self.size for number in self._numbers(share, level))
        return Band(x, value, low, high, level, float(width), bool(width >= self.resolution))

    def _shares(self, points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the mean share of the spectrum at or below each point, and the bounds that the quadratures give."""
        rows = []
        for nodes, weights, exact in zip(self.nodes, self.weights, self.exhausted, strict=True):
            kept = ~np.isnan(nodes)
            sums = np.concatenate([[0.0], np.cumsum(weights[kept])])
            sums /= sums[-1]
            reached = np.searchsorted(nodes[kept], points, side="right")
            slack = 0 if exact else 1
            below = sums[np.maximum(reached - slack, 0)]
            above = sums[np.minimum(reached + slack, len(sums) - 1)]
            rows.append((sums[reached], below, above))
        value, least, most = np.array(rows).mean(axis=0)
        return value, least, most

    def _numbers(self, share: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
        """Find by bisection the least and greatest number k of eigenvalues that a mean share does not reject."""
        total = len(self.nodes) * (self.size / 2 + 1) - 1  # sum of the Beta law's parameters that gives the variance
        share = np.clip(share, 0.0, 1.0)

        def solve(tail: Any, sign: float) -> FloatArray:
            low, high = np.zeros_like(share), np.full_like(share, self.size)
            for _ in range(60):
                middle = (low + high) / 2
                first = total * middle / self.size
                above = sign * (tail(first, total - first, share) - (1 - level) / 2) > 0
                low, high = np.where(above, low, middle), np.where(above, middle, high)
            return (low + high) / 2

        return solve(special.betaincc, 1.0), solve(special.betainc, -1.0)
