"""What eigensolvers have in common: the problem with its budget of products, their options and their results."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from landscape._common.errors import CannotMeasureError
from landscape._common.interrupts import Stop
from landscape.linalg.operator import Agreement, SymmetricOperator, moderate_unit, safe_norm
from landscape.linalg.orthogonal import project_out_rows_, row_products, slabs, square_norms, subtract_rows_

Which = Literal["largest", "smallest", "largest_magnitude"]
Criterion = Literal["residual", "value"]
Floats = NDArray[np.float64]


class RoundingDominatesError(ArithmeticError):
    """Rounding makes the products too asymmetric for a solver to start from."""


@dataclass(frozen=True)
class SolverOptions:
    """Options of an eigensolver; see `landscape.top_eigenpairs`.

    The random vectors are those of stream number `stream` of the seed. `certifies`: no pair counts as converged before
    eigenvalues further out are excluded, with a stated probability.
    """

    k: int
    which: Which
    tol: float
    criterion: Criterion
    block_size: int
    max_vectors: int
    check_symmetry: bool
    seed: int
    stream: int
    certifies: bool

    def sort_key(self, values: Floats) -> Floats:
        """Return a sort key for each eigenvalue: the most wanted one has the largest."""
        return {"largest": values, "smallest": -values, "largest_magnitude": np.abs(values)}[self.which]

    def order(self, values: Floats) -> NDArray[np.intp]:
        """Return the indices of eigenvalues, most wanted first.

        Of two magnitudes that agree to the tolerance the positive eigenvalue comes first.
        """
        sort_key = self.sort_key(values)
        if self.which == "largest_magnitude":
            sort_key = np.where(values > 0, sort_key * (1 + self.tol), sort_key)
        return np.argsort(-sort_key, kind="stable")


@dataclass(frozen=True)
class SolverResult:
    """What an eigensolver returns, from which `assemble_result` makes `Eigenpairs`.

    Attributes
    ----------
    vectors, matvecs : Tensor, shape (at most k, local_size)
        Orthonormal to rounding, and the products with them; `Problem.measure` makes unit vectors of them.
    stop : Stop
        Why it stopped.
    others, other_residuals : ndarray
        Ritz values other than the wanted ones with their residuals, for gaps.
    bounds : ndarray or None
        Beyond bounds[i] lie at most i eigenvalues, all i at once, except with `failure_probability` over the random
        start.
    failure_probability : float
    start : str
        How the iteration was started, for the protocol.
    notes : tuple of str
        Sentences for the message.
    details : dict
        For the protocol.
    values : ndarray or None
        Values to be reported instead of Rayleigh quotients.
    certified : bool
        Whether `bounds` exclude eigenvalues further out than the tolerance.
    dropped : ndarray or None
        Norms of what `matvecs` lack of the products, all of it rounding, in directions that are not known.
    """

    vectors: Tensor
    matvecs: Tensor
    stop: Stop
    others: Floats
    other_residuals: Floats
    bounds: Floats | None
    failure_probability: float
    start: str
    notes: tuple[str, ...]
    details: dict[str, Any]
    values: Floats | None = None
    certified: bool = False
    dropped: Floats | None = None


class Problem:
    """An operator on the complement of deflated directions, with a budget of products.

    Vectors are rows here: a block has shape (b, local_size).

    Attributes
    ----------
    size : int
        Dimension of the space that is searched.
    products, limit : int
    unit : float
        What products are divided by, a power of two: 1, or about the size of the first product where its square would
        overflow or vanish. All that the solvers see is in this unit.
    gives_way : bool
        Whether to raise RoundingDominatesError where rounding makes products asymmetric.
    scale : float
        Largest |H v| of a unit vector v so far.
    eps : float
        Unit of rounding of the vectors.
    rounding : float
        Unit of rounding of the products, if that is coarser.
    """

    def __init__(
        self, operator: SymmetricOperator, limit: int, directions: list[Tensor], bar: Any, gives_way: bool = False
    ) -> None:
        self.operator = operator
        self.limit = limit
        self.products = 0
        self.unit: float | None = None
        self.scale = 0.0
        self.eps = float(torch.finfo(operator.dtype).eps)
        self.rounding = max(operator.rounding, self.eps)
        self.noise: float | None = None  # of a product with a unit vector, by rounding; None: not measured
        self.bar, self._gives_way = bar, gives_way
        self._history: list[tuple[int, float]] = []
        self.deflated = torch.empty((0, operator.local_size), dtype=operator.dtype, device=operator.device)
        for direction in directions:
            self._deflate(direction)
        self.size = operator.size - len(self.deflated)

    def _deflate(self, direction: Tensor) -> None:
        direction = direction / safe_norm(self.operator, direction).to(direction.dtype)
        row = direction[None]
        components, square = project_out_rows_(row, [self.deflated], self.sum)
        before = float(square + components.square().sum())
        if float(square) > (1e3 * self.eps) ** 2 * before:  # else it lies in the span of the earlier ones
            row /= square.sqrt().to(row.dtype)
            _, square = project_out_rows_(row, [self.deflated], self.sum)
            self.deflated = torch.cat([self.deflated, row / square.sqrt().to(row.dtype)])

    @property
    def left(self) -> int:
        """Products that may still be taken."""
        return self.limit - self.products

    def sum(self, partial: Tensor) -> Tensor:
        """Complete sums over vector entries, where these are spread over ranks."""
        return self.operator.sum_over_ranks(partial)

    def norm(self, vector: Tensor) -> Tensor:
        """Return the norm as a float64 scalar on the device."""
        return self.sum(square_norms(vector[None])[0]).sqrt()

    def without(self, unit: Tensor, rows: Tensor) -> Tensor:
        """Return rows minus their components along orthonormal rows: one pass, in new memory if there are any."""
        if not len(unit):
            return rows
        rows = rows.clone()
        subtract_rows_(rows, [unit], self.sum(row_products([unit], rows)).to(rows.dtype))
        return rows

    def random(self, generator: torch.Generator) -> Tensor:
        """Draw a Gaussian vector in the searched space."""
        return self.without(self.deflated, self.operator.probe(generator)[None])[0]

    def multiply(self, units: Tensor) -> Tensor:
        """Return the products with unit rows, as rows in memory of their own, which may be overwritten."""
        single = len(units) == 1  # some operators have a cheaper path for one vector
        matvecs = self.operator.matvec(units[0])[None] if single else self.operator.matmat(units.T).T.contiguous()
        matvecs = matvecs.detach()
        if matvecs.untyped_storage().data_ptr() == units.untyped_storage().data_ptr() or matvecs.is_inference():
            matvecs = matvecs.clone()  # of an operator such as the identity, which returns the vector itself
        self.products += len(units)
        self.bar.update(len(units))
        if self.unit is None:
            self.unit = moderate_unit(self.operator, matvecs)
        if self.unit not in (None, 1.0):
            matvecs = matvecs / self.unit
        return self.without(self.deflated, matvecs)

    def observe(self, norms: Floats) -> None:
        """Record the norms |H v| of unit vectors; raise an error for those that are not finite."""
        if not np.isfinite(norms).all():
            raise CannotMeasureError(f"A product is not finite: {self.operator.why_not_finite()}.")
        self.scale = max(self.scale, float(norms.max()))

    def refuse_asymmetry(self, asymmetry: float) -> None:
        """Raise CannotMeasureError if |u^T H v - v^T H u| of unit vectors is more than rounding and noise explain."""
        allowed = 10 * self.rounding**0.5 * self.scale
        if asymmetry > allowed:
            if self.noise is None:
                self.noise = self._measure_noise()
            allowed = max(allowed, self.noise)
            if asymmetry <= allowed and self._gives_way:
                raise RoundingDominatesError(self.products)
        if asymmetry > allowed:
            asymmetry, scale, allowed = (number * (self.unit or 1.0) for number in (asymmetry, self.scale, allowed))
            raise CannotMeasureError(
                f"The operator is not symmetric: u^T H v and v^T H u differ by {asymmetry:.2g} for unit vectors, where "
                f"|H v| is up to {scale:.2g} and {allowed:.1g} is allowed. {self._cause_of_asymmetry()}"
            )

    def _cause_of_asymmetry(self) -> str:
        """Return sentences that name what breaks the symmetry and what to do about it."""
        checked = self.operator.derivatives
        if checked is None:
            return "These solvers need H = H^T: give them (H + H^T)/2."
        if checked.agreement is not Agreement.AGREE:
            return (
                f"Its derivatives were {checked.description}: look for derivatives written by hand (custom autograd "
                "functions, hooks), and use an objective with dtype=torch.float64, in which a wrong one is named."
            )
        advice = "use an objective with dtype=torch.float64"
        if self.operator.dtype == torch.float64:
            advice = "make the model evaluate in float64 throughout, by deterministic operations"
        return (
            f"Its derivatives {checked.description}, so what breaks the symmetry is rounding or noise inside the "
            f"products: {advice}."
        )

    def errors_of_rounding(self, rows: Tensor, goal: Floats) -> Floats | None:
        """Return the rounding errors of the products with unit rows; None where they cannot be measured.

        A few samples will do where ten times what they show is of no account for errors of a size `goal`; else many.
        """
        for thorough, safety in ((False, 10.0), (True, 4.0)):
            errors = self.operator.rounding_errors(rows, thorough=thorough)
            if errors is None:
                return None
            norms = torch.stack([torch.stack([self.norm(row) for row in trial]) for trial in errors])
            sizes = norms.square().mean(dim=0).sqrt().cpu().numpy() * safety / (self.unit or 1.0)
            if (sizes <= 0.05 * goal).all():
                break
        return np.asarray(sizes, dtype=np.float64)

    def _measure_noise(self) -> float:
        """Return the rounding error of the product with a unit vector.

        That vector is itself the normalised product with a random one.
        """
        generator = torch.Generator().manual_seed(0)
        vector = self.random(generator)
        product = self.operator.matvec(vector / self.norm(vector).to(vector.dtype))
        self.products += 1
        norm = self.norm(product)
        if not float(norm) > 0:
            product, norm = vector, self.norm(vector)
        errors = self.errors_of_rounding((product / norm)[None].to(vector.dtype), np.zeros(1))
        return 0.0 if errors is None else float(errors[0])

    def zero(self) -> float:
        """Return the size below which a value is zero to rounding."""
        return 100 * self.eps * self.scale

    def threshold(self, values: Floats, tol: float) -> Floats:
        """Return the error below which each eigenvalue counts as converged."""
        zero = self.zero()
        return np.where(np.abs(values) <= zero, zero, tol * np.abs(values))

    def show(self, value: float, error: float, target: float) -> None:
        """Show the slowest pair on the progress bar, with the products it still takes at the present rate."""
        self._history = [*self._history[-5:], (self.products, float(np.log(max(error, 1e-300))))]
        (first, high), (last, low) = self._history[0], self._history[-1]
        unit = self.unit or 1.0
        shown = {"value": f"{value * unit:.6g}", "residual": f"{error * unit:.2g}"}
        if low < high and target > 0:
            left = (low - np.log(target)) * (last - first) / (high - low)
            shown["left"] = f"~{max(int(np.ceil(left)), 0)}"
        self.bar.set_postfix(shown, refresh=False)

    def measure(self, result: SolverResult) -> tuple[Floats, Floats]:
        """Return Rayleigh quotients and residuals of a result's vectors, from their matvecs.

        Both are scaled, in place, so that the vectors are unit vectors. Residuals are of the result's own values, if it
        has any, with all that was dropped added. Sums are those of float64 numbers, slab by slab.
        """
        numbers = []
        for i, (x, z) in enumerate(zip(result.vectors, result.matvecs, strict=True)):
            square, along = self.sum(_float64_sums(x, z)[:2]).unbind()
            value = along / square if result.values is None else along.new_tensor(result.values[i])
            scale = square.rsqrt().to(x.dtype)
            residual = self.sum(_float64_sums(x, z, value)[2:])[0] / square
            x *= scale
            z *= scale
            numbers.append(torch.stack([value, residual.clamp_min(0.0).sqrt()]))
        values, residuals = torch.stack(numbers, dim=1).cpu().numpy()
        return values, residuals if result.dropped is None else residuals + result.dropped


def _float64_sums(x: Tensor, z: Tensor, value: Tensor | float = 0.0) -> Tensor:
    """Return x.x, x.z and |z - value x|^2 of two vectors, computed in float64."""
    sums = x.new_zeros(3, dtype=torch.float64)
    for slab in slabs(x, len(x)):
        a, b = x[slab].double(), z[slab].double()
        rest = b - value * a
        sums += torch.stack([a @ a, a @ b, rest @ rest])
    return sums


def flat_directions(operator: SymmetricOperator, mappings: Any, what: str) -> list[Tensor]:
    """Return mappings from parameter name to tensor as flat vectors, none of them zero."""
    try:
        flat = [operator.flatten(mapping).to(operator.device, operator.dtype) for mapping in mappings]
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(
            f"{what} is no direction of this matrix ({error}): give Eigenpairs, a mapping from parameter name to "
            "tensor, or a list of them."
        ) from error
    for vector in flat:
        norm = float(safe_norm(operator, vector))
        if not (np.isfinite(norm) and norm > 0):
            raise ValueError(f"A direction in {what} is zero or not finite: leave it out.")
    return flat


def gradient_start(operator: SymmetricOperator) -> list[Tensor]:
    """Return the gradient at an operator's point as the only direction, or none where it is zero.

    Raises
    ------
    ValueError
        If the operator knows no gradient.
    """
    gradient = getattr(operator, "gradient", None)
    if gradient is None:
        raise ValueError(
            f'start is "gradient", but a {type(operator).__name__} knows none: give an Objective or a HessianOperator, '
            "or the direction itself, such as objective.value_and_gradient()[1]."
        )
    flat: Tensor = gradient()
    norm = safe_norm(operator, flat)
    if not bool(torch.isfinite(norm)):
        raise CannotMeasureError(f"The gradient is not finite: {operator.why_not_finite()}.")
    return [flat / norm.to(flat.dtype)] if float(norm) else []


def project_initial_vectors(problem: Problem, directions: list[Tensor], *, together: bool) -> list[Tensor]:
    """Project the given directions, or their sum if they go `together`, on the searched space.

    Leave out those that vanish.
    """
    units = [direction / safe_norm(problem.operator, direction).to(direction.dtype) for direction in directions]
    if together and units:
        units = [torch.stack(units).sum(dim=0)]
    inside = [problem.without(problem.deflated, unit[None])[0] for unit in units]
    return [unit for unit in inside if float(problem.norm(unit)) > 1e3 * problem.eps]
