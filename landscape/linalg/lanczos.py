"""Lanczos' method for a few eigenpairs: one vector at a time, or in blocks; with thick restart.

A small residual shows that an eigenvalue is near, not that it is the one wanted: a start may have next to nothing along
an eigenvector further out, and single-vector Lanczos finds one vector of a multiple eigenvalue. So once pairs have
converged their multiplicity is checked: a fresh random vector, orthogonal to the whole basis, starts steps of its own.
What shows up there joins the search; what does not is bounded, with a stated probability, by
`landscape.linalg.error_bounds.counted_bound`, and the steps go on until eigenvalues further out than the tolerance are
excluded.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from landscape._common.interrupts import Stop
from landscape.linalg.eigenproblem import Floats, Problem, SolverOptions, SolverResult
from landscape.linalg.error_bounds import (
    chebyshev_bounds,
    component_quantile,
    counted_bound,
    error_estimates,
    excluded,
    lanczos_bound,
)
from landscape.linalg.krylov import Krylov

FAILURE_PROBABILITY = 0.01
"""Probability with which the bounds of a certificate may fail."""

_SMALL = 8  # a complement of at most so many dimensions is searched completely


_STEPS = 40  # space for the steps of a multiplicity check, if there is any


def lanczos(
    problem: Problem, options: SolverOptions, initial_vectors: list[Tensor], generator: torch.Generator
) -> SolverResult:
    """Find eigenpairs by single-vector Lanczos, from a random vector if no initial vector is given."""
    return _Search(problem, options, initial_vectors, generator, block=1).run()


def block_lanczos(
    problem: Problem, options: SolverOptions, initial_vectors: list[Tensor], generator: torch.Generator
) -> SolverResult:
    """Find eigenpairs by block Lanczos; initial vectors are filled up to a block with random ones."""
    return _Search(problem, options, initial_vectors, generator, block=options.block_size).run()


def certify_pairs(
    problem: Problem, options: SolverOptions, vectors: Tensor, matvecs: Tensor, generator: torch.Generator
) -> SolverResult:
    """Exclude eigenvalues further out than those of given pairs; continue by Lanczos if there is one."""
    return _Search(problem, options, [], generator, block=1, adopted=(vectors, matvecs)).run()


@dataclass(frozen=True)
class _Ritz:
    """Ritz pairs, most wanted first; weights are columns."""

    values: Floats
    weights: Floats
    residuals: Floats


@dataclass(frozen=True)
class _MultiplicityCheck:
    """The space when a multiplicity check begins.

    Its dimension, T and E^T E (see `counted_bound`), and the sort keys.
    """

    size: int
    projected: Floats
    outside: Floats
    sort_key: Floats


class _Search:
    """One run of Lanczos' method, from the first vector to the result."""

    def __init__(
        self,
        problem: Problem,
        options: SolverOptions,
        initial_vectors: list[Tensor],
        generator: torch.Generator,
        block: int,
        adopted: tuple[Tensor, Tensor] | None = None,
    ) -> None:
        self.problem, self.options, self.generator, self.block = problem, options, generator, block
        self.krylov = Krylov(problem)
        random = 0 if adopted else max(block - len(initial_vectors), 0) if block > 1 or not initial_vectors else 0
        self.fresh = deque([*initial_vectors, *(problem.random(generator) for _ in range(random))])
        self.start = "given" if initial_vectors else "random"
        self.strictness = 1.0
        self.restarts = 0
        self.change: Floats | None = None
        self.check: _MultiplicityCheck | None = None
        self.checks = 0
        self.certified = False
        self.limit = Stop.MEMORY  # what ends a check that has not excluded anything, if not the budget
        self.checked: tuple[int, Floats] | None = None  # products it took, bounds
        # While the space is exactly the Krylov space of the starting vectors, its steps count for the bound.
        self.open, self.steps, self.interval = not (initial_vectors or adopted), 0, (-np.inf, np.inf)
        if adopted:
            self.krylov.adopt(*adopted, [])

    def run(self) -> SolverResult:
        """Expand the space until the pairs have converged or the budget is spent."""
        result: SolverResult | None = None
        ritz = self._ritz()
        try:
            if self.krylov.size:
                result = self._result_if_done(ritz)
            while result is None:
                ritz = self._step(ritz)
                result = self._result_if_done(ritz)
        except KeyboardInterrupt:
            if not self.krylov.size:
                raise
            return self._result(self._ritz(), Stop.INTERRUPTED)
        return result

    # ------------------------------------------------------------------ one step

    def _step(self, ritz: _Ritz) -> _Ritz:
        krylov, problem = self.krylov, self.problem
        count = min(self.block, problem.size - krylov.size, problem.left)
        if krylov.size + count > self.options.max_vectors:
            self._restart(ritz)
            ritz = self._ritz()
        candidates, consumed = self._candidates(ritz, count)
        units, own = krylov.orthonormalize(candidates, problem.zero(), consumed)
        if len(own) < len(candidates):
            self._close()
        if not own:  # nothing of the block is new; random vectors are
            units, _ = krylov.orthonormalize(self._random(1), 0.0)
        # Rows of the residual block that were not independent are still part of the matvecs.
        krylov.expand(units, [row for i, row in enumerate(consumed) if i in own])
        if self.options.check_symmetry:
            problem.refuse_asymmetry(krylov.asymmetry)
        self.steps += self.open
        # A later vector may find what is dropped again, which then counts twice: that has to stay below zero() too.
        if krylov.drop_negligible_residuals(problem.zero() / 4):
            self._close()
        new = self._ritz()
        if self.check is None and len(ritz.values) >= (k := self.options.k):
            self.change = np.abs(new.values[:k] - ritz.values[:k])
        return new

    def _candidates(self, ritz: _Ritz, count: int) -> tuple[Tensor, list[int]]:
        """Return the vectors to expand by, and which rows of the residual block they are."""
        residual_block = self.krylov.residual_block
        if self.check is not None:
            if self.krylov.size == self.check.size:
                return self._random(1), []
            return residual_block[-1:], [len(residual_block) - 1]
        if self.fresh:
            return torch.stack([self.fresh.popleft() for _ in range(min(count, len(self.fresh)))]), []
        if self.block > 1:
            used = min(count, len(residual_block))
            filling = [] if used == count else [self._random(count - used)]
            return torch.cat([residual_block[:used], *filling]), list(range(used))
        if len(residual_block) == 0:  # the space is invariant: go on outside
            return self._random(1), []
        row = self._aim(ritz)
        return self.krylov.residual_block[row : row + 1], [row]

    def _aim(self, ritz: _Ritz) -> int:
        """Return the row of the residual block to expand by.

        The residual of the wanted pair furthest from its tolerance.
        """
        wanted = slice(0, self.options.k)
        goal = self.problem.threshold(ritz.values[wanted], self.options.tol)
        pair = int(np.argmax(ritz.residuals[wanted] / np.maximum(goal, np.finfo(float).tiny)))
        if len(self.krylov.residual_block) > 1 and ritz.residuals[pair] <= self.problem.zero():
            return int(np.argmax(np.diag(self.krylov.gram)))
        return self.krylov.aim(ritz.weights[:, pair])

    def _random(self, count: int) -> Tensor:
        """Return random rows; they end the Krylov space of the first ones."""
        self._close()
        return torch.stack([self.problem.random(self.generator) for _ in range(count)])

    def _ritz(self) -> _Ritz:
        values, weights, residuals = self.krylov.ritz()
        order = self.options.order(values)
        return _Ritz(values[order], weights[:, order], residuals[order])

    def _restart(self, ritz: _Ritz, steps: int = 0) -> None:
        """Restart from the wanted Ritz vectors and some of the next ones, few enough to leave place for `steps`."""
        self._close()
        k, limit = self.options.k, self.options.max_vectors
        kept = min(k + (limit - k) // 2, limit - self.block - _SMALL, max(limit - steps, k))
        self.krylov.restart(ritz.values[:kept], ritz.weights[:, :kept])
        self.restarts += 1

    # ------------------------------------------------------------------ convergence

    def _result_if_done(self, ritz: _Ritz) -> SolverResult | None:
        """Return the result if the search has ended, else None."""
        k, problem = self.options.k, self.problem
        complete = self.krylov.size == problem.size
        spent = problem.left == 0
        if self.krylov.size < k and not spent:
            return None
        goal = problem.threshold(ritz.values[:k], self.options.tol)
        errors = self.errors(ritz)
        worst = int(np.argmax(errors / np.maximum(goal, np.finfo(float).tiny)))
        problem.show(ritz.values[worst], ritz.residuals[worst], goal[worst])
        done = bool((errors <= self.strictness * goal).all())
        if not (done or complete or spent):
            self.check = None  # something turned up: it joins the search
            return None
        if complete:
            self.certified = True
        if done and not (complete or spent or self.checked):
            if self.open and k == self.block == 1:
                # A random start is its own multiplicity check: its bound is ahead of one that begins anew.
                self.certified = self._bounded(ritz)
                if not self.certified and self.krylov.size < self.options.max_vectors:
                    return None
            if not self.certified and self._continue_check(ritz):
                return None
        if done and not self.certified:
            return self._result(ritz, Stop.BUDGET if spent else self.limit)
        result = self._result(ritz, Stop.CONVERGED)
        values, residuals = problem.measure(result)
        failing = residuals > problem.threshold(values, self.options.tol)
        if self.options.criterion == "value":
            failing &= errors > goal
        if not failing.any():
            return result
        if spent:
            return self._result(ritz, Stop.BUDGET)
        # Rounding can hold a residual above its estimate; going on helps until all of it is rounding.
        self.strictness *= 0.1
        if complete or (residuals[failing] <= problem.zero()).all() or self.strictness * self.options.tol < problem.eps:
            return self._result(ritz, Stop.ROUNDING)
        return None

    def errors(self, ritz: _Ritz) -> Floats:
        """Return the error of each wanted pair in the sense of the criterion."""
        k = self.options.k
        values, residuals = ritz.values[:k], ritz.residuals[:k]
        if self.options.criterion == "residual" or len(ritz.values) < k + 2 or self.change is None:
            return residuals
        estimates = error_estimates(values, residuals, ritz.values[k:], ritz.residuals[k:])
        # A value that still moves has not arrived, whatever the gap seems to be.
        return np.minimum(residuals, np.maximum(estimates, self.change))

    def _continue_check(self, ritz: _Ritz) -> bool:
        """Begin or continue the multiplicity check; return whether it goes on."""
        krylov, problem, limit = self.krylov, self.problem, self.options.max_vectors
        if self.check is None:
            return self._begin_check(ritz)
        begun = self.check.size
        exhausted = self._exhausted()
        if problem.size - begun <= _SMALL and not exhausted:
            return True
        self.certified, better = self._excluded(ritz)
        if not self.certified and not better:  # however long the steps go on: only a smaller residual helps
            self.strictness *= 0.1
            self.check = None
            self.limit = Stop.MEMORY if self.strictness * self.options.tol > self.problem.eps else Stop.ROUNDING
            return self.limit is not Stop.ROUNDING
        if not exhausted and krylov.size < limit and not self.certified:
            return True
        if (self._sort_keys(ritz) > self.check.sort_key + self._slack(ritz)).any():
            # A copy turned up and has converged at once: there may be more.
            return self._begin_check(ritz)
        self.checked = krylov.size - begun, self._counted_bounds()
        self.check = None
        return False

    def _exhausted(self) -> bool:
        """Whether the last step's residual was rounding, so that the space is invariant."""
        return len(self.krylov.residual_block) == 0 or self.krylov.coupling[-1, -1] == 0

    def _begin_check(self, ritz: _Ritz) -> bool:
        krylov = self.krylov
        self._close()
        self.checks += 1
        steps = min(_STEPS, self.options.max_vectors // 2)
        if krylov.size > (kept := self._settled(ritz)) and not self._separable(ritz):
            # The rest of the basis is coupled too strongly to what it leaves out: that is searched with it.
            krylov.restart(ritz.values[:kept], ritz.weights[:, :kept])
            self.restarts += 1
            ritz = self._ritz()
        if krylov.size + steps > self.options.max_vectors and self.problem.size > self.options.max_vectors:
            self._restart(ritz, steps)
        outside = krylov.coupling.T @ krylov.gram @ krylov.coupling
        self.check = _MultiplicityCheck(krylov.size, krylov.projected.copy(), outside, self._sort_keys(ritz))
        return True

    def _settled(self, ritz: _Ritz) -> int:
        """Return how many leading pairs have small residuals, the wanted ones at least."""
        k = self.options.k
        large = np.flatnonzero(ritz.residuals > self._slack(ritz))
        return max(k, int(large[large >= k].min(initial=len(ritz.values))))

    def _separable(self, ritz: _Ritz) -> bool:
        """Whether the whole basis can exclude what is further out.

        It is assumed that its complement reaches as far as the next value.
        """
        k, which = self.options.k, self.options.which
        if len(ritz.values) <= k:
            return True
        following, least = float(ritz.values[k]), float(ritz.values.min())
        interval = {
            "largest": (least, following),
            "smallest": (following, float(ritz.values.max())),
            "largest_magnitude": (-abs(following), abs(following)),
        }[which]
        outside = self.krylov.coupling.T @ self.krylov.gram @ self.krylov.coupling
        return self._excludes(self.krylov.projected, outside, interval, ritz)

    def _excludes(self, projected: Floats, outside: Floats, interval: tuple[float, float], ritz: _Ritz) -> bool:
        """Whether eigenvalues beyond the tolerance are excluded if those of the complement lie in the interval."""
        k, which, zero = self.options.k, self.options.which, self.problem.zero()
        if not zero:  # every product so far is zero, random vectors' among them
            return True
        values = ritz.values[:k]
        levels = self.options.sort_key(values) + self.problem.threshold(values, self.options.tol)
        # Where a random vector's matvec is rounding, all that is excluded are eigenvalues it would have shown.
        levels += np.where(
            np.abs(values) <= zero, 2 * zero / component_quantile(self.problem.size, FAILURE_PROBABILITY / 4), 0.0
        )
        low, high = interval
        if which == "smallest":
            return excluded(-projected, outside, (-high, -low), levels)
        return excluded(projected, outside, interval, levels, which == "largest_magnitude")

    def _bounded(self, ritz: _Ritz) -> bool:
        """Whether the steps from the random start alone exclude eigenvalues further out than the tolerance."""
        low, high = self._interval(0, self.problem.size, FAILURE_PROBABILITY / 4, block=False)
        outermost = {"largest": high, "smallest": -low, "largest_magnitude": max(high, -low)}[self.options.which]
        return bool(outermost <= self._sort_keys(ritz)[0] + self._slack(ritz))

    def _slack(self, ritz: _Ritz) -> float:
        """Return how much values may still change without counting as new ones."""
        return float(self.problem.threshold(ritz.values[: self.options.k], self.options.tol).max())

    def _sort_keys(self, ritz: _Ritz) -> Floats:
        return np.sort(self.options.sort_key(ritz.values[: self.options.k]))

    # ------------------------------------------------------------------ bounds and result

    def _close(self) -> None:
        """End the count of pure Krylov steps and record the bound that they give."""
        if not self.open or not self.steps:
            self.open = False
            return
        self.open = False
        self.interval = self._interval(0, self.problem.size, FAILURE_PROBABILITY / 4, self.block > 1)

    def _interval(self, begun: int, dimensions: int, failure_probability: float, block: bool) -> tuple[float, float]:
        """Return bounds of all eigenvalues on the wanted sides, from steps that began at index `begun` of the basis."""
        projected = self.krylov.projected[begun:, begun:]
        which = self.options.which
        if block:
            values = np.linalg.eigvalsh(projected)
            component = component_quantile(dimensions, (failure_probability / 2) ** (1 / self.block))
            return chebyshev_bounds(values[-1], values[0], self.steps, component) or (-np.inf, np.inf)
        last = 0.0 if self._exhausted() else np.sqrt(self.krylov.gram[-1, -1])
        betas = [*np.diag(projected, 1), max(last, self.problem.zero())]
        component = component_quantile(
            dimensions, failure_probability / 2 if which == "largest_magnitude" else failure_probability
        )
        low = -np.inf if which == "largest" else -lanczos_bound(-np.diag(projected), betas, component)
        high = np.inf if which == "smallest" else lanczos_bound(np.diag(projected), betas, component)
        return low, high

    def _complement(self) -> tuple[float, float]:
        """Return bounds of the eigenvalues on the complement that the check searches."""
        assert self.check is not None
        begun = self.check.size
        failure_probability = (
            FAILURE_PROBABILITY / 2 / 3 ** (self.checks - 1)
        )  # 3/4 of the whole, however many checks there are
        return self._interval(begun, self.problem.size - begun, failure_probability, block=False)

    def _counted_bounds(self) -> Floats:
        """Return the bounds that the check gives, one per pair."""
        assert self.check is not None
        (low, high), projected, outside = self._complement(), self.check.projected, self.check.outside
        if self.options.which == "smallest":
            projected, low, high = -projected, -np.inf, -low
        magnitude = self.options.which == "largest_magnitude"
        bounds = [counted_bound(projected, outside, (low, high), i, magnitude) for i in range(self.options.k)]
        return np.array(bounds) * (-1 if self.options.which == "smallest" else 1)

    def _excluded(self, ritz: _Ritz) -> tuple[bool, bool]:
        """Return whether eigenvalues further out than the tolerance are excluded, and whether further steps could."""
        assert self.check is not None
        begun, projected, outside = self.check.size, self.check.projected, self.check.outside
        if self.krylov.size == begun:
            return False, True
        seen = np.linalg.eigvalsh(self.krylov.projected[begun:, begun:])
        proven, possible = (
            self._excludes(projected, outside, interval, ritz)
            for interval in (self._complement(), (float(seen[0]), float(seen[-1])))
        )
        return proven, possible

    def _bounds(self, ritz: _Ritz) -> tuple[Floats | None, float]:
        """Return the bounds of the certificate and their failure probability."""
        k, which = self.options.k, self.options.which
        if self.krylov.size == self.problem.size:  # the Ritz values are the eigenvalues
            bounds = np.sort(self.options.sort_key(ritz.values))[::-1][:k]
            return (-bounds if which == "smallest" else bounds), 0.0
        self._close()
        low, high = self.interval
        outermost = {"largest": high, "smallest": -low, "largest_magnitude": max(high, -low)}[which]
        bounds = np.full(len(ritz.values[:k]), outermost)
        if self.checked is not None:
            counted = self.checked[1]
            bounds = np.minimum(bounds, -counted if which == "smallest" else counted)
        if not np.isfinite(bounds).any():
            return None, FAILURE_PROBABILITY
        return (-bounds if which == "smallest" else bounds), FAILURE_PROBABILITY

    def _result(self, ritz: _Ritz, stop: Stop) -> SolverResult:
        k = self.options.k
        bounds, failure_probability = self._bounds(ritz)
        matvecs, dropped = self.krylov.matvecs(ritz.weights[:, :k])
        unit = self.problem.unit or 1.0
        notes: tuple[str, ...] = ()
        if not self.certified:
            notes = ("Eigenvalues further out are not excluded: it stopped before.",)
        return SolverResult(
            vectors=self.krylov.basis.combine(ritz.weights[:, :k]),
            matvecs=matvecs,
            stop=stop,
            others=ritz.values[k:],
            other_residuals=ritz.residuals[k:],
            bounds=bounds,
            failure_probability=failure_probability,
            start=self.start,
            notes=notes,
            details={
                "restarts": self.restarts,
                "max_vectors": self.options.max_vectors,
                "block_size": self.block,
                "confirmation": f"{self.checked[0]} products" if self.checked else "none",
                "symmetry": f"u^T H v = v^T H u to {self.krylov.asymmetry * unit:.2g} between basis vectors",
            },
            certified=self.certified,
            dropped=dropped,
        )
