"""The result of a stochastic estimator."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from landscape._common.summaries import Summarized, Summary, counted, interval
from landscape._common.validation import check_level


@dataclass(frozen=True, repr=False)
class Estimate(Summarized):
    """A Monte-Carlo mean with its standard error.

    Attributes
    ----------
    value : float
        Mean over the samples, and what was summed exactly where the method does that.
    standard_error : float
        Sample standard deviation over the square root of `samples`, and a rounding error where the protocol has one.
    samples : int
        Number of samples that the standard error comes from; independent ones, unless the protocol says otherwise.
    protocol : dict
        How it was measured (JSON-able).
    skewness : float
        Of one sample, third central moment over the cube of the standard deviation; 0 where not measured.

    Examples
    --------
    >>> trace = ls.hessian_trace(loss, probes=16)
    >>> low, high = trace.interval(0.95)
    >>> low < trace.value < high and trace.products == 16
    True
    >>> float(trace) == trace.value
    True
    """

    value: float
    standard_error: float
    samples: int
    protocol: dict[str, Any] = field(repr=False)
    skewness: float = field(default=0.0, repr=False)

    def _summary(self) -> Summary:
        what = " of the ".join(str(self.protocol[key]) for key in ("measure", "operator") if key in self.protocol)
        # In the words of the arguments that it was asked with.
        probes = self.protocol.get("probes")
        drawn = counted(self.samples, "sample" if probes is None else "probe")
        if probes is not None and probes != self.samples:
            drawn = f"{counted(self.samples, 'sample')} of {counted(probes, 'probe')}"
        text = f"{self.value:.6g} ± {self.standard_error:.2g} (standard error, {drawn})"
        if self.samples > 1:
            text += f", 95 % interval {interval(*self.interval())}"
        notes = [str(self.protocol["message"])] if "message" in self.protocol else []
        return Summary(f"{what}: {text}" if what else text, notes=notes, folded={"Protocol": self.protocol})

    def __float__(self) -> float:
        return float(self.value)

    @property
    def products(self) -> int:
        """Products with the matrix that it took; 0 for a method that takes none."""
        return int(self.protocol.get("products", 0))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return a confidence interval for the true value.

        Student's t with `samples` - 1 degrees of freedom, after Hall's cubic transformation, which takes the samples'
        skewness out (Hall 1992, J. R. Stat. Soc. B 54, 221-228). Where a few large eigenvalues dominate, the samples of
        a quadratic form are skewed like chi-squared with few degrees of freedom, and the plain interval would be too
        short on the side that matters.

        Parameters
        ----------
        level : float
            Probability, between 0 and 1, with which it covers the true value over repetitions with other seeds.

        Returns
        -------
        tuple of float
            Lower and upper end.

        Raises
        ------
        ValueError
            If the level is not between 0 and 1.
        """
        check_level(level)
        quantile = float(stats.t.ppf(0.5 + level / 2, self.samples - 1))
        low, high = (self._shift(sign * quantile) for sign in (1.0, -1.0))
        return self.value - low, self.value - high

    def _shift(self, t: float) -> float:
        """Deviation of the mean at which the transformed statistic is `t`."""
        if abs(self.skewness) < 1e-3:  # its effect is below rounding of the quantile, and the formula divides by it
            return t * self.standard_error
        g, n = self.skewness, self.samples
        root = math.cbrt(1 + g * (t / math.sqrt(n) - g / (6 * n)))
        return 3 / g * (root - 1) * math.sqrt(n) * self.standard_error


def sample_skewness(samples: NDArray[np.float64]) -> float:
    """Return the skewness of samples; 0 where they are equal, or not finite."""
    deviations = samples - samples.mean()
    spread = float(np.sqrt(np.mean(deviations**2)))
    return float(np.mean((deviations / spread) ** 3)) if 0 < spread < math.inf else 0.0
