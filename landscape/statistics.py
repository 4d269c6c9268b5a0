"""Paired inference over seeds: effect, interval, exact test, multiplicity, and the sentence the data support.

Runs of one seed share initial weights, batch order and budget, so methods are compared by their differences within a
seed. With the handful of seeds a study affords, asymptotic p-values are fiction: the tests here enumerate sign flips
(or permute within seeds) and say how small a p the number of seeds allows at all. The comparisons of several methods in one
measure form a family and are adjusted after Holm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from landscape._inference import plain, vector
from landscape._repr import Summarized, Summary, counted, interval
from landscape.arguments import check_level
from landscape.sign_flip import sign_flip_test

__all__ = [
    "PairedComparison",
    "adjust",
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
    differences : tuple of float
        Per-seed differences on the transformed scale, in the order given; NaN where dropped.
    mean_difference : float
        Their mean.
    interval : (float, float)
        Student t interval of the mean difference at `level`, not adjusted for multiplicity; NaN for n < 2.
    level : float
        Confidence level of the interval.
    effect_size : float
        Hedges-corrected d_z = J(n - 1) mean / sd; NaN for n < 3 (where J is 0 or undefined) or if sd is 0.
    p_value, smallest_p : float
        From `sign_flip_test`.
    zeros : int
        Differences that are exactly zero.
    exact : bool
        Whether the test enumerated all sign patterns.
    p_holm, smallest_p_holm : float or None
        Holm-adjusted p, and the smallest adjusted p any outcome could have given; None until `adjust`.
    comparisons : int or None
        Size of the Holm family; None until `adjust`.
    """

    measure: str
    method: str
    reference: str
    transform: Transform
    n: int
    dropped: int
    differences: tuple[float, ...]
    mean_difference: float
    interval: tuple[float, float]
    level: float
    effect_size: float
    p_value: float
    smallest_p: float
    zeros: int
    exact: bool
    p_holm: float | None = None
    smallest_p_holm: float | None = None
    comparisons: int | None = None

    def _summary(self) -> Summary:
        headline = f"{self.measure}, {self.method} against {self.reference}, paired over seeds"
        return replace(comparison_summary([self]), headline=headline)

    @property
    def ratio(self) -> float:
        """Geometric mean of method / reference; NaN unless the transform is "log"."""
        return math.exp(self.mean_difference) if self.transform == "log" else math.nan

    @property
    def ratio_interval(self) -> tuple[float, float]:
        """`interval` as a ratio; NaN unless the transform is "log"."""
        if self.transform != "log":
            return (math.nan, math.nan)
        low, high = np.exp(self.interval)
        return (float(low), float(high))

    def as_dict(self) -> dict[str, Any]:
        """Fields and the ratio with its interval as JSON-able values; a number that does not exist is None."""
        return plain(asdict(self) | {"ratio": self.ratio, "ratio_interval": self.ratio_interval})


def comparison_summary(comparisons: Sequence[PairedComparison]) -> Summary:
    """Return paired comparisons as a table: effect with interval, standardised effect, p and the smallest p possible."""
    rows = []
    for c in comparisons:
        effect, ends = (c.ratio, c.ratio_interval) if c.transform == "log" else (c.mean_difference, c.interval)
        p = [c.p_value, c.p_holm, c.smallest_p if c.smallest_p_holm is None else c.smallest_p_holm]
        kind = "ratio" if c.transform == "log" else "difference"
        rows.append((c.measure, f"{c.method} vs {c.reference}", c.n, kind, effect, interval(*ends), c.effect_size, *p))
    levels = {c.level for c in comparisons}
    level = f"{levels.pop():.0%} interval" if len(levels) == 1 else "interval"
    header = ("measure", "pair", "n", "kind", "effect", level, "d_z", "p", "p (Holm)", "smallest p")
    notes = [
        f"{c.measure}: {counted(c.dropped, 'pair')} without finite values left out." for c in comparisons if c.dropped
    ]
    return Summary(f"{counted(len(rows), 'paired comparison')} over seeds", header, rows, notes)


def paired_comparison(
    values: ArrayLike,
    reference_values: ArrayLike,
    *,
    method: str,
    reference: str,
    measure: str,
    level: float = 0.95,
    transform: Transform = "log",
) -> PairedComparison:
    """Compare a method with a reference over seeds, pair by pair.

    Parameters
    ----------
    values, reference_values : array-like of shape (seed,)
        The measure of both methods, the same seed at the same position. A pair with a non-finite value (a diverged run)
        is dropped and counted: the comparison then speaks only of seeds on which both trained.
    method, reference, measure : str
        Names for the result.
    level : float
        Confidence level of the t interval.
    transform : {"log", "identity"}
        "log" for positive scale measures such as lambda_max: the effect is a ratio. "identity" for accuracies and gaps.

    Returns
    -------
    PairedComparison

    Raises
    ------
    ValueError
        If lengths differ, the level or transform is unknown, or a non-positive value meets the log.
    """
    x, y = vector(values, "values"), vector(reference_values, "reference_values")
    if x.size != y.size:
        raise ValueError(
            f"values has {x.size} seeds but reference_values {y.size}; pair them by seed, NaN where a run is missing."
        )
    check_level(level)
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
    test = sign_flip_test(d)
    sd = float(np.std(d, ddof=1)) if n > 1 else math.nan
    half = float(special.stdtrit(n - 1, 0.5 + level / 2)) * sd / math.sqrt(n) if n > 1 else math.nan
    return PairedComparison(
        measure=measure,
        method=method,
        reference=reference,
        transform=transform,
        n=n,
        dropped=int(x.size - n),
        differences=tuple(map(float, differences)),
        mean_difference=test.mean,
        interval=(test.mean - half, test.mean + half),
        level=level,
        effect_size=_hedges(d, sd),
        p_value=test.p_value,
        smallest_p=test.smallest_p,
        zeros=test.zeros,
        exact=test.exact,
    )


def _hedges(d: FloatArray, sd: float) -> float:
    """Return d_z with the exact small-sample correction J (Hedges 1981, eq. 6e), df = n - 1."""
    df = d.size - 1
    if df < 2 or sd <= 8 * np.finfo(np.float64).eps * float(np.abs(d).max()):
        return math.nan
    correction = math.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / math.sqrt(df / 2)
    return correction * float(np.mean(d)) / sd


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
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = vector(p_values, "p_values")
    bad = p[~((p >= 0.0) & (p <= 1.0))]
    if bad.size:
        raise ValueError(f"p = {bad[0]} is not a probability; leave out comparisons that have no p-value.")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)))
    return adjusted


def adjust(comparisons: Sequence[PairedComparison]) -> list[PairedComparison]:
    """Fill `p_holm`, `smallest_p_holm` and `comparisons`, taking the given comparisons as one family.

    A Holm-adjusted p never falls when a p of the family rises, so adjusting the smallest attainable p-values bounds
    every outcome.
    """
    adjusted = holm([c.p_value for c in comparisons])
    floor = holm([c.smallest_p for c in comparisons])
    return [
        replace(c, p_holm=float(p), smallest_p_holm=float(low), comparisons=len(comparisons))
        for c, p, low in zip(comparisons, adjusted, floor, strict=True)
    ]


def verdict(comparison: PairedComparison, *, alpha: float = 0.05) -> str:
    """Say in one sentence what an adjusted comparison supports, and never more.

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
    shown = c.p_holm <= alpha
    if shown:
        text = f"{c.method} has {'lower' if c.mean_difference < 0.0 else 'higher'} {c.measure} than {c.reference}: "
    else:
        text = f"A difference in {c.measure} between {c.method} and {c.reference} is not shown: "
    if c.transform == "log":
        estimate, (low, high), null = c.ratio, c.ratio_interval, 1.0
        text += f"geometric mean ratio {c.method}/{c.reference} {estimate:.3g}"
    else:
        estimate, (low, high), null = c.mean_difference, c.interval, 0.0
        text += f"mean difference {c.method} - {c.reference} {estimate:.3g}"
    if c.n > 1:
        text += f" (unadjusted {100 * c.level:g} % t interval {low:.3g} to {high:.3g})"
    else:
        text += " (no interval from one pair)"
    text += f" over {seeds}{left_out}, {'exact' if c.exact else 'Monte Carlo'} sign-flip p = {c.p_value:.3g}"
    text += f", {c.p_holm:.3g} after Holm over {c.comparisons} comparison{'s' if c.comparisons > 1 else ''}"
    if shown and low <= null <= high:
        text += f", although the t interval includes {null:g}"
    if c.smallest_p_holm > alpha:
        ties = f" ({c.zeros} tied exactly)" if c.zeros else ""
        text += f"; {seeds}{ties} cannot reach significance at {alpha:g} whatever the outcome"
        text += f" (smallest adjusted p {c.smallest_p_holm:.3g})"
    return text + "."
