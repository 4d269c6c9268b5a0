"""Paired inference over seeds: effect, interval, exact test, correction for multiplicity, and conclusion.

Runs of one seed share initial weights, batch order and budget, so methods are compared by their differences within a
seed. With the handful of seeds a study affords, asymptotic p-values are fiction: the tests here are exact and say how
small a p the number of seeds allows at all. A direction is claimed by the sign test, which holds for any distribution
of the differences; the sign-flip test stands next to it for differences known to be symmetric. The comparisons of
several methods in one measure form a family and are adjusted after Holm; `graphical` adjusts families whose claims wait
for each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary, counted, interval
from landscape._common.validation import as_json, check_level, vector
from landscape.stats.sign_flip_test import median_interval, sign_flip_test, sign_test

__all__ = [
    "PairedComparison",
    "adjust",
    "graphical",
    "holm",
    "paired_comparison",
    "verdict",
]

FloatArray = NDArray[np.float64]
Transform = Literal["log", "identity"]


@dataclass(frozen=True, repr=False)
class PairedComparison(Summarized):
    """One method against a reference over paired seeds; result of `paired_comparison`.

    Attributes
    ----------
    measure, method, reference : str
        What is compared and for whom.
    transform : {"log", "identity"}
        Scale of the differences: ln(method) - ln(reference), or method - reference.
    n, dropped : int
        Pairs used, and pairs left out because one of the two runs has no finite value (it diverged).
    lost_method, lost_reference : int
        Runs without a finite value, by side: what is left speaks of the seeds on which that side did not fail.
    differences : tuple of float
        Per-seed differences on the transformed scale, in the order given; NaN where dropped.
    mean_difference : float
        Their mean.
    interval : (float, float)
        Student t interval of the mean difference at `level`, not adjusted for multiplicity; NaN for n < 2. It takes the
        differences for normal: of skewed ones (exponential to log-normal, n = 8 to 20) it covers 79 to 90 % where it
        says 95.
    median_difference : float
        Median of the differences.
    median_interval : (float, float)
        Interval of the median that covers with `level` or more whatever the distribution, not adjusted for
        multiplicity; NaN where so few pairs have none (below 6 for 0.95). See
        `landscape.stats.sign_flip_test.median_interval`.
    level : float
        Confidence level of both intervals.
    effect_size : float
        Hedges-corrected d_z = J(n - 1) mean / sd; NaN for n < 3 (where J is 0 or undefined) or if sd is 0.
    p_value : float
        Exact two-sided p of the sign test: whether the median difference is zero, for any distribution.
    smallest_p, smallest_p_with_ties : float
        Smallest p that any outcome of n pairs could give, 2 / 2^n, and that pairs tied as these are could, 2 / 2^(n -
        zeros).
    zeros : int
        Differences that are exactly zero.
    p_holm, smallest_p_holm, smallest_p_holm_with_ties : float or None
        Holm-adjusted p, and what it could have been at the least; None until `adjust`.
    comparisons : int or None
        Size of the Holm family; None until `adjust`.

    Examples
    --------
    >>> comparison = ls.paired_comparison([1.0, 2.0, 4.0], [2.0, 4.0, 8.0])
    >>> round(comparison.ratio, 6), comparison.n, comparison.smallest_p  # three pairs cannot show less
    (0.5, 3, 0.25)
    """

    measure: str
    method: str
    reference: str
    transform: Transform
    n: int
    dropped: int
    lost_method: int
    lost_reference: int
    differences: tuple[float, ...]
    mean_difference: float
    interval: tuple[float, float]
    median_difference: float
    median_interval: tuple[float, float]
    level: float
    effect_size: float
    p_value: float
    smallest_p: float
    smallest_p_with_ties: float
    zeros: int
    p_holm: float | None = None
    smallest_p_holm: float | None = None
    smallest_p_holm_with_ties: float | None = None
    comparisons: int | None = None

    def _summary(self) -> Summary:
        headline = f"{self.measure}, {self.method} against {self.reference}, paired over seeds"
        return replace(comparison_summary([self]), headline=headline)

    @property
    def direction(self) -> int:
        """1 where the method is above the reference in more seeds than below, -1 where in fewer, else 0."""
        return int(np.sign(np.nansum(np.sign(self.differences))))

    @cached_property
    def p_sign_flip(self) -> float:
        """Exact p of `sign_flip_test`, which assumes differences symmetric about zero under the null.

        Computed on access.
        """
        return sign_flip_test([d for d in self.differences if math.isfinite(d)]).p_value

    @property
    def ratio(self) -> float:
        """Geometric mean of method / reference; NaN unless the transform is "log"."""
        return math.exp(self.mean_difference) if self.transform == "log" else math.nan

    @property
    def ratio_interval(self) -> tuple[float, float]:
        """`interval` as a ratio; NaN unless the transform is "log"."""
        return self._as_ratio(self.interval)

    @property
    def median_ratio(self) -> float:
        """Median of method / reference; NaN unless the transform is "log"."""
        return math.exp(self.median_difference) if self.transform == "log" else math.nan

    @property
    def median_ratio_interval(self) -> tuple[float, float]:
        """`median_interval` as a ratio; NaN unless the transform is "log"."""
        return self._as_ratio(self.median_interval)

    @property
    def median_effect(self) -> tuple[float, tuple[float, float]]:
        """The median with its interval: as ratios if the transform is "log", else as differences."""
        if self.transform == "log":
            return self.median_ratio, self.median_ratio_interval
        return self.median_difference, self.median_interval

    def _as_ratio(self, ends: tuple[float, float]) -> tuple[float, float]:
        low, high = np.exp(ends) if self.transform == "log" else (math.nan, math.nan)
        return (float(low), float(high))

    def as_dict(self) -> dict[str, Any]:
        """Return fields, sign-flip p and ratios with intervals as JSON-able values; an undefined number is None."""
        derived = ("p_sign_flip", "ratio", "ratio_interval", "median_ratio", "median_ratio_interval")
        return as_json(asdict(self) | {name: getattr(self, name) for name in derived})


def comparison_summary(comparisons: Sequence[PairedComparison]) -> Summary:
    """Return paired comparisons as a table.

    Mean effect with t interval, standardised effect, p and the smallest p possible.
    """
    rows = []
    for c in comparisons:
        effect, ends = (c.ratio, c.ratio_interval) if c.transform == "log" else (c.mean_difference, c.interval)
        p = [c.p_value, c.p_holm, c.smallest_p if c.smallest_p_holm is None else c.smallest_p_holm]
        kind = "ratio" if c.transform == "log" else "difference"
        rows.append((c.measure, f"{c.method} vs {c.reference}", c.n, kind, effect, interval(*ends), c.effect_size, *p))
    levels = {c.level for c in comparisons}
    level = f"{levels.pop():.0%} t interval" if len(levels) == 1 else "t interval"
    header = ("measure", "pair", "n", "kind", "effect", level, "d_z", "p", "p (Holm)", "smallest p")
    notes = [
        f"{c.measure}: {counted(c.dropped, 'pair')} without finite values left out." for c in comparisons if c.dropped
    ]
    return Summary(f"{counted(len(rows), 'paired comparison')} over seeds", header, rows, notes)


@guessable
def paired_comparison(
    values: ArrayLike,
    reference_values: ArrayLike,
    *,
    method: str = "a",
    reference: str = "b",
    measure: str = "value",
    level: float = 0.95,
    transform: Transform = "log",
) -> PairedComparison:
    """Compare a method with a reference over seeds, pair by pair.

    Of a study, `Study.compare` does it in every quantity; this is for numbers of one's own.

    Parameters
    ----------
    values, reference_values : array-like of shape (seed,)
        The measure of both methods, the same seed at the same position. A pair with a non-finite value (a diverged run)
        is dropped and counted: the comparison then speaks only of seeds on which both trained.
    method, reference, measure : str
        Names for the result.
    level : float
        Confidence level of the intervals.
    transform : {"log", "identity"}
        "log" for positive scale measures such as lambda_max: the effect is a ratio. "identity" for accuracies and gaps.

    Returns
    -------
    PairedComparison

    Raises
    ------
    ValueError
        If lengths differ, the level or transform is unknown, or a non-positive value meets the log.

    Examples
    --------
    >>> a, b = [1.1, 0.9, 1.3, 1.2, 1.0, 1.4], [1.5, 1.3, 1.4, 1.9, 1.2, 1.7]  # of six seeds each
    >>> comparison = ls.paired_comparison(a, b)
    >>> comparison.n, comparison.p_value, round(comparison.ratio, 3)
    (6, 0.03125, 0.767)
    """
    x, y = vector(values, "values"), vector(reference_values, "reference_values")
    if x.size != y.size:
        raise ValueError(
            f"values has {x.size} seeds but reference_values {y.size}; pair them by seed, NaN where a run is missing."
        )
    check_level(level)
    lost = [int(np.count_nonzero(~np.isfinite(v))) for v in (x, y)]
    kept = np.isfinite(x) & np.isfinite(y)
    if transform == "log":
        smallest = min(x[kept].min(initial=np.inf), y[kept].min(initial=np.inf))
        if smallest <= 0.0:
            raise ValueError(f'{measure} = {smallest:g} has no logarithm; compare it with transform="identity".')
        x, y = np.log(np.where(kept, x, np.nan)), np.log(np.where(kept, y, np.nan))
    elif transform != "identity":
        raise ValueError(f'transform = {transform!r} is unknown; use "log" for positive measures or "identity".')
    differences = np.where(kept, x, np.nan) - np.where(kept, y, np.nan)
    d = differences[kept]
    n = d.size
    zeros = int(np.count_nonzero(d == 0.0))
    mean = float(np.mean(d)) if n else math.nan
    sd = float(np.std(d, ddof=1)) if n > 1 else math.nan
    half = float(special.stdtrit(n - 1, 0.5 + level / 2)) * sd / math.sqrt(n) if n > 1 else math.nan
    return PairedComparison(
        measure=measure,
        method=method,
        reference=reference,
        transform=transform,
        n=n,
        dropped=int(x.size - n),
        lost_method=lost[0],
        lost_reference=lost[1],
        differences=tuple(map(float, differences)),
        mean_difference=mean,
        interval=(mean - half, mean + half),
        median_difference=float(np.median(d)) if n else math.nan,
        median_interval=median_interval(d, level),
        level=level,
        effect_size=_hedges(d, sd),
        p_value=sign_test(d),
        smallest_p=min(1.0, 2.0 / 2.0**n),
        smallest_p_with_ties=min(1.0, 2.0 / 2.0 ** (n - zeros)),
        zeros=zeros,
    )


def _hedges(d: FloatArray, sd: float) -> float:
    """Return d_z with the exact small-sample correction J (Hedges 1981, eq. 6e), df = n - 1."""
    df = d.size - 1
    if df < 2 or sd <= 8 * np.finfo(np.float64).eps * float(np.abs(d).max()):
        return math.nan
    correction = math.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / math.sqrt(df / 2)
    return correction * float(np.mean(d)) / sd


@guessable
def holm(p_values: ArrayLike) -> FloatArray:
    """Adjust p-values of one family after Holm (1979): family-wise error at most alpha under any dependence.

    Parameters
    ----------
    p_values : array-like of shape (m,)
        In [0, 1].

    Returns
    -------
    ndarray of shape (m,)
        Adjusted p-values in the given order; reject where at most alpha.

    Raises
    ------
    ValueError
        If a p-value is outside [0, 1] or NaN.

    Examples
    --------
    >>> ls.stats.holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = _probabilities(p_values)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)))
    return adjusted


@guessable
def graphical(p_values: ArrayLike, weights: ArrayLike, transitions: ArrayLike) -> FloatArray:
    """Adjust p-values of claims that are tested in a hierarchy, by the graphical procedure of Bretz et al. [1]_.

    Every claim starts with a share of the error rate and, once shown, hands its share on. Family-wise error is at most
    alpha under any dependence. Holm's correction and fixed sequences are special cases.

    Parameters
    ----------
    p_values, weights : array-like of shape (m,)
        P-values in [0, 1], and shares: not negative, sum at most 1.
    transitions : array-like of shape (m, m)
        Row i: what part of its share claim i hands on to each other one; not negative, sums at most 1, diagonal 0.

    Returns
    -------
    ndarray of shape (m,)
        Adjusted p-values in the given order; reject where at most alpha.

    Raises
    ------
    ValueError
        If a p-value is no probability, or weights or transitions break these rules.

    References
    ----------
    .. [1] Bretz, Maurer, Brannath & Posch, "A graphical approach to sequentially rejective multiple test procedures",
       Stat. Med. 28 (2009), algorithm 1.

    Examples
    --------
    The second claim is only tested once the first is shown, and then at the whole error rate:

    >>> ls.stats.graphical([0.03, 0.04], [1, 0], [[0, 1], [0, 0]]).tolist()
    [0.03, 0.04]
    """
    p = _probabilities(p_values)
    w, g = np.array(weights, dtype=np.float64), np.array(transitions, dtype=np.float64)
    m = p.size
    if w.shape != (m,) or g.shape != (m, m):
        raise ValueError(f"{m} p-values need {m} weights and {m} x {m} transitions, not {w.shape} and {g.shape}.")
    sums = np.append(g.sum(axis=1), w.sum())
    if (w < 0.0).any() or (g < 0.0).any() or np.diag(g).any() or (sums > 1.0 + 1e-9).any():
        raise ValueError("weights and rows of transitions are shares: not negative, at most 1 in sum, none to itself.")
    adjusted, left, least = np.ones(m), list(range(m)), 0.0
    while left:
        needed = [p[i] / w[i] if w[i] > 0.0 else np.inf for i in left]
        j = left.pop(int(np.argmin(needed)))
        least = max(least, min(needed))
        if least >= 1.0:
            break
        adjusted[j] = least
        w[left] += w[j] * g[j, left]
        loop = g[left, j] * g[j, left]
        through = g[np.ix_(left, left)] + np.outer(g[left, j], g[j, left])
        through = np.divide(
            through, (1.0 - loop)[:, None], out=np.zeros_like(through), where=(loop < 1.0 - 1e-12)[:, None]
        )
        np.fill_diagonal(through, 0.0)
        g[np.ix_(left, left)] = through
    return adjusted


def _probabilities(p_values: ArrayLike) -> FloatArray:
    p = vector(p_values, "p_values")
    bad = p[~((p >= 0.0) & (p <= 1.0))]
    if bad.size:
        raise ValueError(f"p = {bad[0]} is not a probability; leave out comparisons that have no p-value.")
    return p


def adjust(comparisons: Sequence[PairedComparison]) -> list[PairedComparison]:
    """Adjust the p-values of comparisons as one family, and fill `comparisons`.

    A Holm-adjusted p never falls when a p of the family rises, so adjusting the smallest attainable p-values bounds
    every outcome.

    Parameters
    ----------
    comparisons : sequence of PairedComparison
        All that are looked at together, such as one method against each other one in one quantity.

    Returns
    -------
    list of PairedComparison
        With `p_holm` and the smallest values that it could have taken.

    Examples
    --------
    >>> mine, others = [0.91, 0.93, 0.92, 0.94, 0.95, 0.93], ([0.90, 0.91, 0.91, 0.92, 0.93, 0.90], [0.9] * 6)
    >>> family = ls.stats.adjust([ls.paired_comparison(mine, other) for other in others])
    >>> [comparison.p_holm for comparison in family]
    [0.0625, 0.0625]
    """
    p, least, tied = (
        holm([getattr(c, name) for c in comparisons]) for name in ("p_value", "smallest_p", "smallest_p_with_ties")
    )
    return [
        replace(
            c,
            p_holm=float(p[i]),
            smallest_p_holm=float(least[i]),
            smallest_p_holm_with_ties=float(tied[i]),
            comparisons=len(comparisons),
        )
        for i, c in enumerate(comparisons)
    ]


def verdict(comparison: PairedComparison, *, alpha: float = 0.05) -> str:
    """State in one sentence what an adjusted comparison supports.

    Parameters
    ----------
    comparison : PairedComparison
        After `adjust`.
    alpha : float
        Family-wise significance level.

    Returns
    -------
    str
        A direction is claimed only if `p_holm` <= alpha; otherwise the difference is "not shown", and if no outcome
        could have been significant with these seeds the sentence says that too.

    Raises
    ------
    ValueError
        If the comparison was not adjusted or alpha is not in (0, 1).

    Examples
    --------
    >>> alone = ls.stats.adjust([ls.paired_comparison([0.91, 0.93, 0.92], [0.90, 0.91, 0.91])])
    >>> "3 paired seeds cannot reach significance" in ls.stats.verdict(alone[0])
    True
    """
    c = comparison
    if not 0.0 < alpha < 1.0:
        raise ValueError(f"alpha = {alpha} is not a significance level; pass a number between 0 and 1 such as 0.05.")
    if c.p_holm is None or c.smallest_p_holm is None or c.comparisons is None:
        raise ValueError(
            f"the comparison of {c.method} with {c.reference} has no Holm p; pass its whole family to adjust first."
        )
    left_out = f" ({c.dropped} of {c.n + c.dropped} left out: a run without a finite value)" if c.dropped else ""
    if c.n == 0:
        return (
            f"A difference in {c.measure} between {c.method} and {c.reference} is not shown: no paired seeds{left_out}."
        )
    seeds = f"{c.n} paired seed{'s' if c.n > 1 else ''}"
    if c.p_holm <= alpha:
        text = f"{c.method} has {'lower' if c.direction < 0 else 'higher'} {c.measure} than {c.reference}: "
    else:
        text = f"A difference in {c.measure} between {c.method} and {c.reference} is not shown: "
    if c.transform == "log":
        median, (low, high), mean = c.median_ratio, c.median_ratio_interval, c.ratio
        text += f"median ratio {c.method}/{c.reference} {median:.3g}"
        kind = "geometric mean ratio"
    else:
        median, (low, high), mean = c.median_difference, c.median_interval, c.mean_difference
        text += f"median difference {c.method} - {c.reference} {median:.3g}"
        kind = "mean difference"
    if math.isfinite(low):
        text += f" (unadjusted interval of at least {100 * c.level:g} %: {low:.3g} to {high:.3g})"
    else:
        text += f" (no {100 * c.level:g} % interval from {seeds})"
    text += f", {kind} {mean:.3g}, over {seeds}{left_out}, exact sign test p = {c.p_value:.3g}"
    text += f", {c.p_holm:.3g} after Holm over {c.comparisons} comparison{'s' if c.comparisons > 1 else ''}"
    if c.smallest_p_holm > alpha:
        ties = f" ({c.zeros} tied exactly)" if c.zeros else ""
        text += f"; {seeds}{ties} cannot reach significance at {alpha:g} whatever the outcome"
        text += f" (smallest adjusted p {c.smallest_p_holm:.3g})"
    elif c.smallest_p_holm_with_ties is not None and c.smallest_p_holm_with_ties > alpha:
        text += (
            f"; with {c.zeros} of {c.n} pairs tied exactly, the others could not have reached significance at {alpha:g}"
        )
        text += f" (smallest adjusted p {c.smallest_p_holm_with_ties:.3g})"
    return text + "."
