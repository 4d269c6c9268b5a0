"""Tests of paired differences.

The sign test, valid for any distribution, and the sign-flip test, which assumes symmetry.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary
from landscape._common.validation import TIE_TOLERANCE, as_json, check_level, check_resamples, vector

__all__ = ["SignFlipTest", "median_interval", "sign_flip_test", "sign_test"]

EXACT_UP_TO = 20  # nonzero differences; 2^19 sums are enumerated there, in milliseconds


@dataclass(frozen=True, repr=False)
class SignFlipTest(Summarized):
    """Result of `sign_flip_test`.

    Attributes
    ----------
    mean : float
        Mean of the differences.
    p_value : float
        Two-sided p of the mean.
    smallest_p : float
        Smallest p attainable: 2 / 2^(n - zeros) when exact (1 if every difference is zero), else 1 / (resamples + 1).
    n, zeros : int
        Number of differences, and how many of them are exactly zero. A zero carries no sign to flip.
    exact : bool
        Whether all sign patterns were enumerated.
    resamples, seed : int or None
        Monte Carlo settings; None when exact.
    """

    mean: float
    p_value: float
    smallest_p: float
    n: int
    zeros: int
    exact: bool
    resamples: int | None
    seed: int | None

    def _summary(self) -> Summary:
        how = "exact" if self.exact else f"{self.resamples} resamples"
        return Summary(
            f"mean {self.mean:.4g}, p = {self.p_value:.3g} ({how}; smallest possible {self.smallest_p:.2g}), n = "
            f"{self.n}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-able values."""
        return as_json(asdict(self))


@guessable
def sign_test(differences: ArrayLike) -> float:
    """Return the two-sided exact p of the sign test of whether the median of paired differences is zero.

    Holds for any distribution of the differences, however skewed, and is blind to their size; zeros are left out [1]_.

    Parameters
    ----------
    differences : array-like of shape (n,)
        Finite paired differences, one a seed.

    Returns
    -------
    float
        1 if no difference has a sign.

    Raises
    ------
    ValueError
        If the differences are not one finite vector.

    References
    ----------
    .. [1] Dixon & Mood, "The statistical sign test", J. Am. Stat. Assoc. 41 (1946).

    Examples
    --------
    >>> ls.stats.sign_test([0.3, 0.1, 0.4, 0.2]), ls.stats.sign_test([0.3, 0.1, 0.4, -9.0])
    (0.125, 0.625)
    """
    d = _finite(differences)
    up, down = int(np.count_nonzero(d > 0.0)), int(np.count_nonzero(d < 0.0))
    return min(1.0, 2.0 * float(special.bdtr(min(up, down), up + down, 0.5))) if up + down else 1.0


@guessable
def median_interval(differences: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Return an interval of the median between two ordered differences, by inversion of the sign test.

    Covers the median with probability `level` or more, whatever the distribution.

    Parameters
    ----------
    differences : array-like of shape (n,)
        Finite paired differences.
    level : float
        Least confidence level.

    Returns
    -------
    (float, float)
        NaN where so few differences reach the level with no interval: below 6 for 0.95.

    Raises
    ------
    ValueError
        If the differences are not one finite vector or the level is not in (0, 1).

    Examples
    --------
    >>> ls.stats.median_interval([0.3, 0.1, 0.4, 0.2, 0.5, 0.6])
    (0.1, 0.6)
    """
    d = np.sort(_finite(differences))
    check_level(level)
    outside = 2.0 * special.bdtr(np.arange(d.size // 2), d.size, 0.5)  # of [d_(k + 1), d_(n - k)]
    cut = int(np.count_nonzero(outside <= (1.0 - level) * (1.0 + TIE_TOLERANCE))) - 1
    return (float(d[cut]), float(d[-1 - cut])) if cut >= 0 else (math.nan, math.nan)


def _finite(differences: ArrayLike) -> np.ndarray[Any, np.dtype[np.float64]]:
    d = vector(differences, "differences")
    if not np.isfinite(d).all():
        raise ValueError(
            "differences hold NaN or infinity, which no test can flip; drop the pairs of diverged runs first."
        )
    return d


@guessable
def sign_flip_test(differences: ArrayLike, *, resamples: int = 99_999, seed: int = 0) -> SignFlipTest:
    """Test that paired differences are symmetric about zero, by their mean under all sign flips.

    Exact for up to 20 nonzero differences; beyond that by Monte Carlo with the add-one p-value, which keeps the
    level [1]_. Two methods that are the same under the null give symmetric differences. Taken as a test of the *mean*
    of skewed differences it rejects too often: 10 to 14 % instead of 5 % for exponential ones, n = 8 to 20. `sign_test`
    needs no symmetry.

    Parameters
    ----------
    differences : array-like of shape (n,)
        Finite paired differences, one a seed.
    resamples, seed : int
        Used only where enumeration is out of reach.

    Returns
    -------
    SignFlipTest

    Raises
    ------
    ValueError
        If the differences are not one finite vector.

    References
    ----------
    .. [1] Phipson & Smyth, "Permutation p-values should never be zero", Stat. Appl. Genet. Mol. Biol. 9 (2010).

    Examples
    --------
    >>> ls.stats.sign_flip_test([0.3, 0.1, 0.4, 0.2]).p_value
    0.125
    """
    d = _finite(differences)
    check_resamples(resamples)
    n = d.size
    mean = float(np.mean(d)) if n else math.nan
    magnitude = np.abs(d).max(initial=0.0)
    # Flipping a zero changes nothing, so enumerating the signs of the others gives the same p.
    nonzero = d[d != 0.0] / magnitude if magnitude > 0.0 else d[:0]
    zeros = n - nonzero.size
    if nonzero.size == 0:
        return SignFlipTest(mean, 1.0, 1.0, n, zeros, exact=True, resamples=None, seed=None)
    # Sums that differ by no more than their rounding are ties; a wider margin would take small differences for none.
    rounding = 2.0 * nonzero.size * float(np.finfo(np.float64).eps)
    threshold = abs(math.fsum(nonzero)) - rounding * float(np.abs(nonzero).sum())
    if nonzero.size <= EXACT_UP_TO:
        sums = nonzero[:1]  # |sum| is the same for a pattern and its mirror image: the first sign may stay fixed
        for value in nonzero[1:]:
            sums = np.concatenate((sums + value, sums - value))
        p_value = float(np.mean(np.abs(sums) >= threshold))
        return SignFlipTest(mean, p_value, 2.0 / 2.0**nonzero.size, n, zeros, exact=True, resamples=None, seed=None)
    generator = np.random.default_rng(seed)
    hits = 0
    for start in range(0, resamples, 4096):
        signs = generator.choice((-1.0, 1.0), size=(min(4096, resamples - start), nonzero.size))
        hits += int(np.count_nonzero(np.abs(signs @ nonzero) >= threshold))
    p_value = (hits + 1) / (resamples + 1)
    return SignFlipTest(mean, p_value, 1 / (resamples + 1), n, zeros, exact=False, resamples=resamples, seed=seed)
