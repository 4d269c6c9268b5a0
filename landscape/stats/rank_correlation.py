"""Rank correlation over methods.

Ranks within seeds, an exact permutation test of methods, and the partial correlation.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary, counted
from landscape._common.validation import TIE_TOLERANCE, as_json, check_resamples

__all__ = ["RankCorrelation", "rank_correlation"]

FloatArray = NDArray[np.float64]
EXACT_UP_TO = 8  # methods; 8! = 40,320 permutations are enumerated there, in milliseconds


@dataclass(frozen=True, repr=False)
class RankCorrelation(Summarized):
    """Result of `rank_correlation`.

    Attributes
    ----------
    rho : float
        Spearman's rank correlation over methods, each taken at its mean rank within seeds; NaN if undefined.
    p_value : float
        Two-sided p under permutations of the methods, add-one where they are drawn.
    smallest_p : float
        Smallest p that so many methods can give: 2 / methods! without ties when exact.
    partial : float
        The same correlation with the ranks of a third quantity (the training loss) taken out; NaN if none was given, or
        if it ranks the methods as x or y does, so that nothing is left. It comes without a p: with the handful of
        methods a study has, no test of it keeps its level.
    rho_within : float
        Over all runs, ranks within seeds about their mean: a description of these runs, for runs of one method are no
        independent evidence.
    methods, seeds : int
        Numbers of methods and seeds with any point.
    n, dropped : int
        Points used, and points without finite values.
    exact : bool
        Whether all permutations of the methods were enumerated.
    resamples, seed : int or None
        Of drawn permutations; None when exact.

    Examples
    --------
    >>> found = ls.stats.rank_correlation([[1.0], [2.0], [3.0], [4.0]], [[0.1], [0.2], [0.4], [0.3]])
    >>> found.methods, found.seeds, found.exact
    (4, 1, True)
    """

    rho: float
    p_value: float
    smallest_p: float
    partial: float
    rho_within: float
    methods: int
    seeds: int
    n: int
    dropped: int
    exact: bool
    resamples: int | None
    seed: int | None

    def _summary(self) -> Summary:
        return Summary(self.describe())

    def describe(self, given: str = "the third quantity") -> str:
        """State the result and its method in one sentence; `given` names the variable that `partial` conditions on."""
        how = "all" if self.exact else f"{self.resamples}"
        units = counted(self.methods, "method")
        text = f"Spearman rho over {units} {_is(self.rho)} (mean ranks within {counted(self.seeds, 'seed')}), "
        text += f"p = {self.p_value:.2g} under {how} permutations of the methods"
        if self.exact:
            text += f" (so many allow {self.smallest_p:.2g} at the least)"
        if math.isfinite(self.partial):
            text += f"; given {given} rho = {self.partial:.2f}"
        text += f"; over all {self.n} runs within seeds rho {_is(self.rho_within)}"
        return text + (f"; left out without finite values: {self.dropped}." if self.dropped else ".")

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-able values."""
        return as_json(asdict(self))


def _is(rho: float) -> str:
    return f"= {rho:.2f}" if math.isfinite(rho) else "is undefined"


@guessable
def rank_correlation(
    x: ArrayLike, y: ArrayLike, *, given: ArrayLike | None = None, resamples: int = 9999, seed: int = 0
) -> RankCorrelation:
    """Spearman's rho of x and y over methods, with an exact permutation p.

    Runs of one method share whatever the method does to both x and y, so the runs are not exchangeable and the unit of
    the test is the method [1]_: ranks are taken within each seed, averaged over seeds, and whole methods are permuted.
    The null is that the methods' effects on x are unrelated to their effects on y. With m methods no p is below 2 / m!:
    4 methods (0.083) cannot show a correlation at 0.05.

    Parameters
    ----------
    x, y : array-like of shape (method, seed)
        One value a run; runs without finite values are left out and counted.
    given : array-like of shape (method, seed), optional
        A third quantity, such as the training loss, for the partial correlation.
    resamples, seed : int
        Random permutations of the methods where there are more than 8 (else all are enumerated).

    Returns
    -------
    RankCorrelation

    Raises
    ------
    ValueError
        If the arrays are not of one shape (method, seed).

    References
    ----------
    .. [1] Hurlbert, "Pseudoreplication and the design of ecological field experiments", Ecol. Monogr. 54 (1984).

    Examples
    --------
    >>> from landscape.stats.rank_correlation import rank_correlation
    >>> sharpness = [[1.0, 1.2], [2.0, 1.9], [3.0, 3.1], [4.0, 4.2], [5.0, 5.5]]  # 5 methods, 2 seeds
    >>> error = [[0.02, 0.03], [0.03, 0.04], [0.05, 0.06], [0.07, 0.07], [0.08, 0.09]]
    >>> found = rank_correlation(sharpness, error)
    >>> round(found.rho, 2), round(found.p_value, 4)
    (1.0, 0.0167)
    """
    arrays = [np.asarray(v, dtype=np.float64) for v in ((x, y) if given is None else (x, y, given))]
    if any(v.ndim != 2 or v.shape != arrays[0].shape for v in arrays):
        raise ValueError(
            f"x, y{'' if given is None else ' and given'} have shapes {', '.join(str(v.shape) for v in arrays)}; "
            "pass each with a row a method and a column a seed."
        )
    check_resamples(resamples)
    kept = np.all(np.isfinite(arrays), axis=0)
    ranks = [_ranks_within_seeds(v, kept) for v in arrays]
    of = kept.any(axis=1)
    m, size = int(np.count_nonzero(of)), int(np.count_nonzero(kept))
    # Means of equal ranks may differ by rounding, which is no order.
    levels = [_centred(np.round(np.asarray(np.nanmean(r[of], axis=1)), 9)) for r in ranks]
    u, v = levels[0], levels[1]
    exact = m <= EXACT_UP_TO
    counts: dict[str, Any] = {
        "methods": m,
        "seeds": int(np.count_nonzero(kept.any(axis=0))),
        "n": size,
        "dropped": int(kept.size - size),
        "exact": exact,
        "resamples": None if exact else resamples,
        "seed": None if exact else seed,
    }
    within = _cosine(*(np.where(kept, r * (np.count_nonzero(kept, axis=0) + 1), 0.0).ravel() for r in ranks[:2]))
    smallest = min(1.0, 2.0 / math.factorial(m)) if exact else 1.0 / (resamples + 1)
    rho = _cosine(u, v)
    if math.isnan(rho):
        return RankCorrelation(math.nan, 1.0, smallest, math.nan, within, **counts)
    orders = (
        _orders(m) if exact else np.random.default_rng(seed).permuted(np.tile(np.arange(m), (resamples, 1)), axis=1)
    )
    scale = math.sqrt(float(u @ u) * float(v @ v))
    hits = int(np.count_nonzero(np.abs(v[orders] @ u) >= (abs(rho) - TIE_TOLERANCE) * scale))
    p_value = hits / len(orders) if exact else (hits + 1) / (resamples + 1)
    partial = math.nan if given is None else _cosine(*(_residual(w, levels[2]) for w in (u, v)))
    return RankCorrelation(rho, p_value, smallest, partial, within, **counts)


@lru_cache(maxsize=EXACT_UP_TO)
def _orders(m: int) -> NDArray[np.intp]:
    return np.array(list(itertools.permutations(range(m))), dtype=np.intp).reshape(-1, m)


def _ranks_within_seeds(values: FloatArray, kept: NDArray[np.bool_]) -> FloatArray:
    """Centred mid-ranks within each seed, divided by the number of methods there + 1; NaN where left out."""
    ranks = stats.rankdata(np.where(kept, values, np.nan), axis=0, nan_policy="omit")
    count = np.count_nonzero(kept, axis=0)
    return np.asarray((ranks - (count + 1) / 2) / (count + 1))


def _centred(values: FloatArray) -> FloatArray:
    return stats.rankdata(values) - (values.size + 1) / 2


def _residual(values: FloatArray, on: FloatArray) -> FloatArray:
    """Residual of a centred vector after projection on another; zeros where it is rounding error."""
    square = float(on @ on)
    rest = values - (float(values @ on) / square if square > 0.0 else 0.0) * on
    return rest if float(rest @ rest) > 1e-9 * float(values @ values) else np.zeros_like(rest)


def _cosine(u: FloatArray, v: FloatArray) -> float:
    scale = math.sqrt(float(u @ u) * float(v @ v))
    return float(np.clip(float(u @ v) / scale, -1.0, 1.0)) if scale > 0.0 else math.nan
