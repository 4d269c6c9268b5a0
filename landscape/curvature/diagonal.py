"""The diagonal of a curvature matrix, entry by entry, with its standard errors."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from scipy import stats
from torch import Tensor

from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, Stop, check_on_interrupt, deliver, uninterrupted
from landscape._common.summaries import Summarized, Summary, counted
from landscape._common.validation import check_count, check_level
from landscape.curvature.hessian import operator_of
from landscape.linalg.operator import SymmetricOperator
from landscape.linalg.probes import BLOCK, Prober
from landscape.objective.objective import Objective

DiagonalMethod = Literal["bekas", "exact"]


@dataclass(frozen=True, eq=False, repr=False)
class Diagonal(Summarized):
    """The second derivative of the loss by each parameter alone.

    Attributes
    ----------
    values : dict of str to Tensor
        By parameter name, in the parameter's shape.
    standard_errors : dict of str to Tensor
        Of each entry over the probes; zeros if exact.
    samples : int
        Number of independent probes; 0 if exact.
    products : int
        Products with the matrix.
    protocol : dict
        How it was measured (JSON-able).

    Examples
    --------
    >>> diagonal = ls.curvature.hessian_diagonal(loss, probes=8)
    >>> low, high = diagonal.interval(0.95)
    >>> bool((low["0.weight"] < diagonal.values["0.weight"]).all())
    True
    """

    values: dict[str, Tensor]
    standard_errors: dict[str, Tensor]
    samples: int
    products: int
    protocol: dict[str, Any] = field(repr=False)

    def _summary(self) -> Summary:
        rows = []
        for name, tensor in self.values.items():
            error = float(self.standard_errors[name].double().square().mean().sqrt())
            value = tensor.double()[tensor.isfinite()]
            spread = (float(f(value)) for f in (torch.mean, torch.min, torch.max)) if len(value) else (math.nan,) * 3
            rows.append((name, tuple(tensor.shape), *spread, error))
        matrix = self.protocol.get("operator", "matrix")
        how = f"{counted(self.samples, 'probe')}" if self.samples else "exact"
        known = sum(int(tensor.isfinite().sum()) for tensor in self.values.values())
        if not self.samples and known < sum(tensor.numel() for tensor in self.values.values()):
            how = f"exact, {counted(known, 'entry', 'entries')}, the others NaN"
        return Summary(
            f"diagonal of the {matrix} ({how}, {counted(self.products, 'product')})",
            ("parameter", "shape", "mean", "smallest", "largest", "standard error (rms)"),
            rows,
            folded={"Protocol": self.protocol},
        )

    def interval(self, level: float = 0.95) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return lower and upper ends of each entry's confidence interval, by Student's t; one entry at a time.

        Raises
        ------
        ValueError
            If the level is not between 0 and 1.
        """
        check_level(level)
        quantile = float(stats.t.ppf(0.5 + level / 2, self.samples - 1)) if self.samples else 0.0
        low = {name: value - quantile * self.standard_errors[name] for name, value in self.values.items()}
        high = {name: value + quantile * self.standard_errors[name] for name, value in self.values.items()}
        return low, high


@guessable
def hessian_diagonal(
    objective: Objective | SymmetricOperator,
    *,
    method: DiagonalMethod = "bekas",
    probes: int = 32,
    seed: int = 0,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> Diagonal:
    """Estimate the diagonal of the Hessian, without bias, or compute it.

    Parameters
    ----------
    objective : Objective or SymmetricOperator
        An objective stands for its Hessian.
    method : {"bekas", "exact"}
        "bekas": the mean of v * (H v) over Rademacher vectors v (Bekas, Kokiopoulou and Saad 2007,
        doi:10.1016/j.apnum.2007.01.003); the variance of entry i is the sum of the other squared entries of row i over
        `probes`. "exact": the products with all unit vectors, as many as there are parameters.
    probes : int
        Number of random vectors, each one product; at least 2, for the standard error. Not used if exact.
    seed : int
        Seed of the CPU generator of the probes.
    progress : bool
        Show a bar.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` is the diagonal by the blocks of 8 products
        finished by then, with "stop": "interrupted" in the protocol, or return that; if exact, entries that were not
        reached are NaN.

    Returns
    -------
    Diagonal
        In units of the loss over squared parameter units.

    Raises
    ------
    ValueError
        For an unknown method, fewer than two probes, or if a product is not finite.

    Examples
    --------
    >>> exact = ls.curvature.hessian_diagonal(loss, method="exact")
    >>> exact.values["0.weight"].shape
    torch.Size([8, 4])
    >>> total = float(sum(entries.sum() for entries in exact.values.values()))
    >>> low, high = ls.hessian_trace(loss, probes=48).interval(0.999)
    >>> low < total < high
    True
    """
    if method not in ("bekas", "exact"):
        raise ValueError(f'method is {method!r}: choose "bekas" or "exact".')
    check_on_interrupt(on_interrupt)
    count = check_count(probes, "probes", 2, "are needed for a standard error")
    with operator_of(objective) as operator:
        exact = method == "exact"
        total = operator.size if exact else count
        with Prober(operator, seed, total=total, label="diagonal", progress=progress) as prober:
            mean, error, done = _unit_vectors(prober) if exact else _bekas(prober, count)
        described: dict[str, Any] = {"method": "Bekas, Rademacher probes", "probes": done}
        if exact:
            described = {"method": "unit vectors", "entries": done}
        if done < total:
            described["stop"] = Stop.INTERRUPTED.value
        protocol = operator.protocol() | {"measure": "diagonal", "products": prober.products} | described
        if not exact:
            protocol["seed"] = prober.generator.initial_seed()
        values, errors = (operator.unflatten(vector.to(operator.dtype)) for vector in (mean, error))
    found = Diagonal(values, errors, 0 if exact else done, prober.products, protocol)
    return deliver(found, done < total, on_interrupt)


def _bekas(prober: Prober, count: int) -> tuple[Tensor, Tensor, int]:
    """Return the mean and standard error over the probes, in one pass (Welford 1962), and the number finished."""
    mean = torch.zeros(prober.operator.local_size, dtype=torch.float64, device=prober.operator.device)
    squares = torch.zeros_like(mean)
    done = 0
    try:
        for start in range(0, count, BLOCK):
            vectors = prober.draw(min(BLOCK, count - start), "rademacher")
            samples = (vectors * prober.multiply(vectors)).unbind(1)
            with uninterrupted():
                for done, sample in enumerate(samples, start=start + 1):
                    deviation = sample.double() - mean
                    mean += deviation / done
                    squares += deviation * (sample.double() - mean)
    except KeyboardInterrupt:
        if done < 2:
            raise
    return mean, (squares / (done - 1) / done).sqrt(), done


def _unit_vectors(prober: Prober) -> tuple[Tensor, Tensor, int]:
    operator = prober.operator
    if operator.local_size != operator.size:
        raise ValueError(
            'method="exact" needs all parameters on one process: use method="bekas" on a sharded operator.'
        )
    diagonal = torch.full((operator.size,), torch.nan, dtype=torch.float64, device=operator.device)
    for start in range(0, operator.size, BLOCK):
        rows = torch.arange(start, min(start + BLOCK, operator.size), device=operator.device)
        columns = torch.arange(len(rows), device=operator.device)
        vectors = torch.zeros((operator.size, len(rows)), dtype=operator.dtype, device=operator.device)
        vectors[rows, columns] = 1
        matvecs = prober.multiply_finished(vectors)
        if matvecs.shape[1]:
            diagonal[rows] = matvecs[rows, columns].double()
        if prober.interrupted:
            break
    done = int(diagonal.isfinite().sum())
    if not done:
        raise KeyboardInterrupt
    return diagonal, 0 * diagonal, done  # an error of 0, but NaN where nothing is known
