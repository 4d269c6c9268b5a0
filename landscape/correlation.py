"""Rank correlation over runs that come in pairs: within seeds, with a permutation test and an interval that respect them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from landscape._inference import TIE_TOLERANCE, check_resamples, plain, vector
from landscape._repr import Summarized, Summary
from landscape.arguments import check_level

__all__ = ["RankCorrelation", "rank_correlation"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class RankCorrelation(Summarized):
    """Result of `rank_correlation`.

    Attributes
    ----------
    rho : float
        Spearman's rank correlation within strata; NaN if a variable is constant in every stratum.
    interval : (float, float)
        Percentile bootstrap over whole strata; NaN with fewer than two strata. With few strata it is too narrow.
    p_value : float
        Two-sided add-one permutation p; y is permuted within strata only.
    n, dropped, strata : int
        Points used, points without two finite values, and number of strata.
    level : float
        Confidence level of the interval.
    resamples, seed : int
        Of the permutations and of the bootstrap.
    """

    rho: float
    interval: tuple[float, float]
    p_value: float
    n: int
    dropped: int
    strata: int
    level: float
    resamples: int
    seed: int

    def _summary(self) -> Summary:
        return Summary(self.describe())

    def describe(self) -> str:
        """Say the result and how it was obtained in one sentence."""
        text = f"Spearman rho within strata = {self.rho:.2f}"
        if all(map(math.isfinite, self.interval)):
            low, high = self.interval
            text += f" ({100 * self.level:g} % bootstrap interval over {self.strata} strata {low:.2f} to {high:.2f})"
        text += f", p = {self.p_value:.2g} from {self.resamples} permutations within strata only, n = {self.n}"
        return text + (f", left out without finite values: {self.dropped}." if self.dropped else ".")

    def as_dict(self) -> dict[str, Any]:
        """Fields as JSON-able values."""
        return plain(asdict(self))


def rank_correlation(
    x: ArrayLike, y: ArrayLike, strata: ArrayLike, *, resamples: int = 9999, seed: int = 0, level: float = 0.95
) -> RankCorrelation:
    """Spearman's rho of x and y within strata, with a permutation p that respects the pairing by seed.

    Ranks are taken within each stratum (seed) and correlated about their stratum means; with one stratum that is Spearman's
    rho. A correlation that comes from seeds differing in both x and y does not count, neither in rho nor in p: y is permuted
    within strata only.

    Parameters
    ----------
    x, y : array-like of shape (n,)
        Points; those with a non-finite coordinate are dropped and counted.
    strata : array-like of shape (n,)
        Label of each point's stratum: its seed.
    resamples, seed : int
        Random permutations, and as many bootstrap draws of whole strata.
    level : float
        Confidence level of the bootstrap interval.

    Returns
    -------
    RankCorrelation

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    a, b, labels = vector(x, "x"), vector(y, "y"), np.asarray(strata)
    if not a.shape == b.shape == labels.shape:
        raise ValueError(f"x, y and strata have shapes {a.shape}, {b.shape}, {labels.shape}; pass one of each a run.")
    check_level(level)
    check_resamples(resamples)
    kept = np.isfinite(a) & np.isfinite(b)
    a, b = a[kept], b[kept]
    group = np.unique(labels[kept], return_inverse=True)[1]
    count = int(group.max(initial=-1)) + 1
    n, dropped = a.size, int(kept.size - a.size)
    u, v = _centred_ranks(a, group, count), _centred_ranks(b, group, count)
    if not u.any() or not v.any():
        return RankCorrelation(math.nan, (math.nan, math.nan), 1.0, n, dropped, count, level, resamples, seed)
    scale = math.sqrt(float(u @ u) * float(v @ v))
    rho = float(u @ v) / scale

    generator = np.random.default_rng(seed)
    permuted = np.tile(v, (resamples, 1))
    for g in range(count):
        members = group == g
        permuted[:, members] = generator.permuted(permuted[:, members], axis=1)
    hits = int(np.count_nonzero(np.abs(permuted @ u) >= (abs(rho) - TIE_TOLERANCE) * scale))

    interval = (math.nan, math.nan)
    if count > 1:
        drawn = generator.multinomial(count, np.full(count, 1 / count), size=resamples)
        products, first, second = (
            drawn @ np.bincount(group, weights=w, minlength=count) for w in (u * v, u * u, v * v)
        )
        norm = np.sqrt(first * second)
        norm[norm == 0.0] = np.nan
        low, high = np.nanquantile(products / norm, [(1 - level) / 2, (1 + level) / 2])
        interval = (float(low), float(high))
    return RankCorrelation(rho, interval, (hits + 1) / (resamples + 1), n, dropped, count, level, resamples, seed)


def _centred_ranks(values: FloatArray, group: NDArray[np.intp], count: int) -> FloatArray:
    """Mid-ranks within each stratum about their mean."""
    ranks = np.zeros_like(values)
    for g in range(count):
        members = group == g
        ranks[members] = stats.rankdata(values[members]) - (np.count_nonzero(members) + 1) / 2
    return ranks
