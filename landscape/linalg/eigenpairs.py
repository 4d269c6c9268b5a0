"""The result of every eigensolver: eigenvalues and eigenvectors with their residuals, errors and bounds."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from landscape._common.interrupts import Stop
from landscape._common.summaries import Summarized, Summary, counted
from landscape.linalg.eigenproblem import Problem, SolverOptions, SolverResult
from landscape.linalg.error_bounds import Certificate, certify, error_estimates
from landscape.linalg.operator import SymmetricOperator

WHICH = {
    "largest": "algebraically largest",
    "smallest": "algebraically smallest",
    "largest_magnitude": "largest magnitude",
}

ROUNDING = 32
"""Machine epsilons of |H| by which a value is off because the products are rounded; up to 20 were seen in float32."""


@dataclass(frozen=True, eq=False, repr=False)
class Eigenpairs(Summarized):
    """Eigenvalues and eigenvectors, each with its residual, error estimate and bound.

    Attributes
    ----------
    values : ndarray, shape (k,)
        Most wanted first (for method "pyhessian" as it returns them), in units of the loss over squared parameter
        units. Fewer than k only if it was interrupted before there were k.
    vectors : tuple of k dicts of str to Tensor
        Unit vectors, orthogonal to rounding. The entry of largest magnitude is positive; where vectors are spread over
        ranks, the sum of the cubes of the entries is.
    residuals : ndarray, shape (k,)
        ||H v - value v||, from the products with the vectors that v is combined of, at no further product. An
        eigenvalue lies within it, to the rounding of the products.
    error_estimates : ndarray, shape (k,)
        Estimates of |value - eigenvalue|: min(r, r^2/gap), see `landscape.linalg.error_bounds.error_estimates`, and 32
        machine epsilons of |H| for the rounding of the products.
    converged : ndarray of bool, shape (k,)
        Whether the error that `criterion` names is at most tol |value|; where the value is zero to rounding, which is
        100 machine epsilons times the largest |H v| seen, at most that.
    products : int
        Products with the matrix, all of them.
    message : str
        What happened, and what to raise if something did not converge.
    certificate : Certificate
        What is proven, what holds with a stated probability, and what is an estimate.
    protocol : dict
        Objective, operator, method, tolerance, certificate and results (JSON-able).
    stop : Stop
        What ended the solver, a string: "converged", "budget", "memory", "rounding" or "interrupted".
    stream : int
        Which stream of random numbers it drew from; a start from these pairs takes the next one.

    Examples
    --------
    >>> pairs = ls.top_eigenpairs(loss, k=2)
    >>> pairs.converged
    array([ True,  True])
    >>> bool((pairs.residuals <= 1e-3 * abs(pairs.values)).all())
    True
    >>> sorted(pairs.vectors[0])  # an eigenvector is a direction: a tensor for each parameter
    ['0.bias', '0.weight', '2.bias', '2.weight']
    """

    values: NDArray[np.float64]
    vectors: tuple[dict[str, Tensor], ...]
    residuals: NDArray[np.float64]
    error_estimates: NDArray[np.float64]
    converged: NDArray[np.bool_]
    products: int
    message: str
    certificate: Certificate = field(repr=False)
    protocol: dict[str, Any] = field(repr=False)
    stop: Stop
    stream: int

    @property
    def eigenvalues(self) -> NDArray[np.float64]:
        """The same as `values`."""
        return self.values

    @property
    def eigenvectors(self) -> tuple[dict[str, Tensor], ...]:
        """The same as `vectors`."""
        return self.vectors

    def _summary(self) -> Summary:
        unseen = self.certificate.bounds
        bounds = [None] * len(self.values) if unseen is None else unseen
        columns = (self.values, self.residuals, self.error_estimates, bounds, self.converged)
        missing = int((~self.converged).sum())
        which, matrix = self.protocol.get("which", "wanted"), self.protocol.get("operator", "matrix")
        return Summary(
            f"{counted(len(self.values), 'eigenvalue')} ({which}) of the {matrix}, "
            + (f"{missing} not converged" if missing else "converged"),
            ("place", "value", "residual", "error (estimate)", "bound (probable)", "converged"),
            [(i, f"{value:.6g}", *rest) for i, (value, *rest) in enumerate(zip(*columns, strict=True), start=1)],
            [self.message],
            {"What is proven, probable and estimated": self.certificate.statements, "Protocol": self.protocol},
        )


def assemble_result(
    problem: Problem, options: SolverOptions, method: str, result: SolverResult
) -> tuple[Eigenpairs, bool]:
    """Compute residuals, errors and bounds of a solver's result; also return whether rounding prevents convergence."""
    operator = problem.operator
    values, residuals = problem.measure(result)
    rows, matvecs = result.vectors, result.matvecs
    order = options.order(values)
    if method != "pyhessian" and (order != np.arange(len(order))).any():
        values, residuals = values[order], residuals[order]
        rows, matvecs = rows[order.tolist()], matvecs[order.tolist()]
    goal = problem.threshold(values, options.tol)
    # After Ctrl-C nothing more is evaluated.
    measured = None if result.stop is Stop.INTERRUPTED else problem.errors_of_rounding(rows, goal)
    noise = np.zeros(len(values)) if measured is None else measured
    estimates = error_estimates(values, residuals, result.others, result.other_residuals)
    estimates = estimates + np.maximum(ROUNDING * problem.rounding * problem.scale, noise)
    errors = np.zeros(len(values)) if options.criterion == "value" and result.certified else residuals
    converged = errors + np.where(noise > 0.01 * goal, noise, 0.0) <= goal
    if options.certifies and not result.certified:
        converged[:] = False
    rounded = bool(((noise > 0.1 * goal) & ~converged).any())
    floor = ROUNDING * problem.eps * problem.scale  # of residuals, where rounding was not measured
    limits = rounded or (measured is None and bool(((residuals > goal) & (residuals <= floor) & ~converged).any()))
    begun = result.stop is Stop.BUDGET and bool((residuals > 10 * np.maximum(noise, goal)).any())
    for row, matvec, value in zip(rows, matvecs, values, strict=True):
        matvec.add_(row, alpha=-float(value))  # the residual, of which the certificate needs the inner products
    certificate = certify(problem, options, result, values, residuals, estimates, matvecs, measured)
    unit = problem.unit or 1.0
    values, residuals, estimates = values * unit, residuals * unit, estimates * unit
    vectors = tuple(operator.unflatten(_positive(operator, row)) for row in rows)
    message = _message(problem, options, method, result, converged, limits, begun)
    magnitude = method == "pyhessian"
    protocol = operator.protocol() | {
        "measure": "top eigenpairs",
        "which": WHICH["largest_magnitude" if magnitude else options.which],
        "method": method,
        "k": len(values),
        "tol": options.tol,
        "criterion": options.criterion,
        "residual": "explicit, of the products with the vectors"
        if magnitude
        else "explicit, of the products with the basis",
        "stop": result.stop.value,
        "max_products": problem.limit,
        "products": problem.products,
        "seed": options.seed,
        "stream": options.stream,
        "start": result.start,
        "deflated": len(problem.deflated),
        "precision": "as the objective's",
        "product_rounding": None if measured is None else (measured * unit).tolist(),
        **result.details,
        "values": values.tolist(),
        "residuals": residuals.tolist(),
        "converged": converged.tolist(),
        "certificate": certificate.as_dict(),
        "message": message,
    }
    pairs = Eigenpairs(
        values,
        vectors,
        residuals,
        estimates,
        converged,
        problem.products,
        message,
        certificate,
        protocol,
        result.stop,
        options.stream,
    )
    return pairs, rounded


def _positive(operator: SymmetricOperator, row: Tensor) -> Tensor:
    """Return the vector with its sign fixed: the entry of largest magnitude is positive."""
    if operator.local_size == operator.size:
        return row * row[row.abs().argmax()].sign()
    return row * operator.sum_over_ranks(row.double().pow(3).sum()).sign().to(row.dtype)


def _message(
    problem: Problem,
    options: SolverOptions,
    method: str,
    result: SolverResult,
    converged: NDArray[np.bool_],
    rounded: bool,
    begun: bool,
) -> str:
    """Say what happened, and what to raise: `rounded` if rounding limits a residual, `begun` if one is far from there.

    What is advised has to work when it is followed.
    """
    short = "" if len(converged) == options.k else f" (of {options.k} asked for)"
    sentences = [
        f"{converged.sum()} of {len(converged)} eigenpairs{short} converged to tol={options.tol:g} in "
        f"{problem.products} products."
    ]
    if result.stop is Stop.INTERRUPTED:
        sentences = [f"Interrupted after {problem.products} products.", *sentences]
    elif not converged.all() and method != "pyhessian":
        if begun and rounded:
            sentences.append(
                f"Raise max_products ({problem.limit}), and tol or use an objective with dtype=torch.float64, for "
                "rounding will limit the residual."
            )
        elif result.stop is Stop.ROUNDING or rounded:
            sentences.append("Rounding limits the residual: raise tol or use an objective with dtype=torch.float64.")
        elif result.stop is Stop.MEMORY:
            sentences.append(f"Raise max_vectors ({options.max_vectors}) or tol.")
        else:
            sentences.append(f"Raise max_products ({problem.limit}) or tol.")
    return " ".join([*sentences, *result.notes])
