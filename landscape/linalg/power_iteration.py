"""Power iteration with deflation, one vector after the other.

Plain iteration finds the eigenvalue of largest magnitude. For the algebraically largest the matrix is shifted by its
norm once a negative eigenvalue dominates, or one of nearly the same magnitude holds the iteration up; for the smallest
all is done on -H. For the largest magnitude, two eigenvalues of opposite signs are separated on the span of the last
two iterates, which takes no product.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from landscape._common.interrupts import Stop
from landscape.linalg.eigenproblem import Floats, Problem, SolverOptions, SolverResult
from landscape.linalg.error_bounds import component_quantile, power_bound
from landscape.linalg.lanczos import FAILURE_PROBABILITY, certify_pairs

_PATIENCE = 8  # steps before the iteration may be called held up
_STILL = 32  # steps over which a residual that hardly falls is what the earlier pairs have left in the space


def power(
    problem: Problem, options: SolverOptions, initial_vectors: list[Tensor], generator: torch.Generator
) -> SolverResult:
    """Find eigenpairs by power iteration, each from its initial vector if there is one, else from a random vector."""
    return _Iteration(problem, options, initial_vectors, generator).run()


@dataclass
class _State:
    """The current unit vector with its matvec, and its numbers on the host."""

    vector: Tensor
    product: Tensor
    residual_vector: Tensor
    value: float
    residual: float
    contaminant: float  # Rayleigh quotient of the last residual: about the eigenvalue that holds the vector up most


class _Iteration:
    def __init__(
        self, problem: Problem, options: SolverOptions, initial_vectors: list[Tensor], generator: torch.Generator
    ) -> None:
        self.problem, self.options, self.initial_vectors, self.generator = problem, options, initial_vectors, generator
        self.sign = -1.0 if options.which == "smallest" else 1.0
        self.vectors = problem.deflated[:0]
        self.matvecs = problem.deflated[:0]
        self.contaminants: list[float] = []
        self.shift = 0.0
        self.asymmetry = 0.0
        self.state: _State | None = None
        self.before: _State | None = None
        # H^steps on a random vector, and |(H + shift) x|^2 of it: what the bound needs.
        self.steps, self.square, self.pure = 0, 0.0, True
        self.first: tuple[int, float, float] | None = None  # steps, square, shift

    def run(self) -> SolverResult:
        """Iterate for each pair; then sort and decouple them by Rayleigh-Ritz on their span, at no further product."""
        stop = Stop.CONVERGED
        try:
            for i in range(self.options.k):
                self._pair(i)
                self._keep()
        except KeyboardInterrupt:
            if self.state is not None:
                self._keep()
            if not len(self.vectors):
                raise
            stop = Stop.INTERRUPTED
        matvecs = self.sign * self.matvecs
        projected = self.problem.sum((self.vectors @ matvecs.T).double()).cpu().numpy()
        values, weights = np.linalg.eigh((projected + projected.T) / 2)
        order = self.options.order(values)
        rotation = torch.from_numpy(weights[:, order].T.copy()).to(self.vectors)
        if stop is Stop.CONVERGED and self.problem.left < self.options.k:
            stop = Stop.BUDGET
        details = {
            "shift": self.shift * (self.problem.unit or 1.0),
            "symmetry": f"u^T H v = v^T H u to {self.asymmetry * (self.problem.unit or 1.0):.2g} between iterates",
        }
        start = "given" if self.initial_vectors else "random"
        vectors, matvecs = rotation @ self.vectors, rotation @ matvecs
        if stop is Stop.CONVERGED and self.problem.left > 0:
            result = certify_pairs(self.problem, self.options, vectors, matvecs, self.generator)
            bounds = self._bounds() if result.bounds is None else result.bounds
            return replace(result, start=start, details=result.details | details, bounds=bounds)
        return SolverResult(
            vectors=vectors,
            matvecs=matvecs,
            stop=stop,
            others=self.sign * np.array(self.contaminants),
            other_residuals=np.zeros(len(self.contaminants)),
            bounds=self._bounds(),
            failure_probability=FAILURE_PROBABILITY,
            start=start,
            notes=(),
            details=details,
        )

    def _keep(self) -> None:
        assert self.state is not None
        self.vectors = torch.cat([self.vectors, self.state.vector[None]])
        self.matvecs = torch.cat([self.matvecs, self.state.product[None]])
        self.contaminants.append(self.state.contaminant)
        self.state = None
        self.first = self.first or (self.steps, self.square, self.shift)

    def _pair(self, i: int) -> None:
        """Iterate to the next eigenvector on the complement of those found."""
        options, problem = self.options, self.problem
        reserve = options.k - 1 - i  # each of the pairs still to come keeps at least one product
        inner = options.tol if options.k == 1 else options.tol / 2  # leaves room for the coupling between the pairs
        vector = self._unit(self.initial_vectors[i]) if i < len(self.initial_vectors) else self._random()
        self.steps, self.pure = 0, True
        step, reached = 0, np.inf
        while True:
            state = self._multiply(vector)
            if len(self.vectors) and step % _STILL == _STILL - 1:
                if state.residual > 0.99 * reached:
                    return
                reached = state.residual
            goal = float(problem.threshold(np.array([state.value]), inner)[0])
            problem.show(self.sign * state.value, state.residual, goal)
            small = state.residual <= goal or state.residual <= problem.eps * problem.scale
            signed = options.which == "largest_magnitude" or state.value >= 0 or self.shift > 0
            if problem.left <= reserve or (small and signed):
                return
            opposed = step >= _PATIENCE and state.contaminant < -0.8 * abs(state.value)
            if options.which == "largest_magnitude":
                held_up = step >= _PATIENCE and state.contaminant * state.value < -0.8 * state.value**2
                if held_up:
                    state = self._split()
                    if state.residual <= inner * abs(state.value):
                        return
            elif not self.shift and (small or opposed or (step >= _PATIENCE and state.value < 0)):
                self.shift = problem.scale
                vector, self.steps, step = self._random(), 0, 0
                self.state = None
                continue
            step += 1
            vector = self._next(state)

    def _multiply(self, vector: Tensor) -> _State:
        """Take the product with a unit vector, and bring all its numbers to the host in one transfer."""
        problem, before = self.problem, self.state
        product = self.sign * problem.multiply(vector[None])[0]
        value = problem.sum((vector.double() * product.double()).sum())
        residual_vector = problem.without(self.vectors, (product - value.to(product.dtype) * vector)[None])[0]
        # |(H + shift) x|, of the sum itself: its expansion in |H x| cancels where the shift is nearly an eigenvalue.
        moved = problem.norm(product + self.shift * vector) if self.shift else problem.norm(product)
        numbers = [problem.norm(product), value, problem.norm(residual_vector), moved]
        if before is not None:
            pairs = (
                (before.vector, product),
                (vector, before.product),
                (before.residual_vector, product),
                (before.residual_vector, before.product),
                (before.residual_vector, before.residual_vector),
                (before.product, before.product),
            )
            numbers += list(
                problem.sum(torch.stack([torch.dot(left.double(), right.double()) for left, right in pairs]))
            )
        norm, number, residual, moved_norm, *dots = torch.stack(numbers).cpu().tolist()
        problem.observe(np.array([norm]))
        contaminant = number
        if before is not None:
            forth, back, residual_product, residual_before, residual_square, square = dots
            self.asymmetry = max(self.asymmetry, abs(forth - back))
            if self.options.check_symmetry:
                problem.refuse_asymmetry(self.asymmetry)
            if residual_square > 0 and not self.shift:
                # H r = |H x| H x_next - value H x, because x_next = H x / |H x|.
                contaminant = (square**0.5 * residual_product - before.value * residual_before) / residual_square
            elif self.shift:
                contaminant = before.contaminant
        if self.pure:
            self.square = moved_norm**2
            self.steps += before is not None
        self.before = before
        self.state = _State(vector, product, residual_vector, number, residual, contaminant)
        return self.state

    def _next(self, state: _State) -> Tensor:
        """Return the normalised product with the shifted matrix; a random vector if it vanishes."""
        if state.residual**2 + (state.value + self.shift) ** 2 <= self.problem.zero() ** 2:
            return self._random()
        return self._unit(state.product + self.shift * state.vector)

    def _random(self) -> Tensor:
        return self._unit(self.problem.random(self.generator))

    def _unit(self, vector: Tensor) -> Tensor:
        """Return the unit vector along the part orthogonal to the pairs found and the deflated directions."""
        row = vector[None]
        for _ in range(2):
            row = self.problem.without(self.vectors, self.problem.without(self.problem.deflated, row))
        row = row / self.problem.norm(row[0])
        # The division amplifies what is left along the others.
        row = self.problem.without(self.vectors, row)
        return (row / self.problem.norm(row[0]))[0].to(vector.dtype)

    def _split(self) -> _State:
        """Replace the iterate by the wanted Ritz vector on the span of the last two, whose matvecs are known."""
        state, before, problem = self.state, self.before, self.problem
        assert state is not None
        assert before is not None
        part = problem.sum(torch.dot(state.vector, before.vector))
        other = before.vector - part * state.vector
        norm = problem.norm(other).to(other.dtype)
        vectors = torch.stack([state.vector, other / norm])
        matvecs = torch.stack([state.product, (before.product - part * state.product) / norm])
        projected = problem.sum((vectors @ matvecs.T).double()).cpu().numpy()
        values, weights = np.linalg.eigh((projected + projected.T) / 2)
        best = weights[:, self.options.order(values)[0]]
        combination = torch.from_numpy(best.copy()).to(vectors)
        vector, product = combination @ vectors, combination @ matvecs
        value = problem.sum(torch.dot(vector, product))
        residual_vector = problem.without(self.vectors, (product - value * vector)[None])[0]
        number, residual = torch.stack([value.double(), problem.norm(residual_vector)]).cpu().tolist()
        self.pure = False
        self.state = _State(vector, product, residual_vector, number, residual, state.contaminant)
        return self.state

    def _bounds(self) -> Floats | None:
        if self.first is None or self.initial_vectors:  # of a given start nothing is known
            return None
        steps, square, shift = self.first
        # Half the probability: the first start or, after a shift, the second decides.
        component = component_quantile(self.problem.size, FAILURE_PROBABILITY / 2)
        bound = power_bound(square, steps, component) - shift
        return np.full(len(self.vectors), self.sign * bound)
