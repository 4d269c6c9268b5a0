"""Lanczos' method for a few eigenpairs: one vector at a time, or in blocks; with thick restart.

A small residual shows that an eigenvalue is near, not that it is the one wanted: a start may have next to nothing along an
eigenvector further out, and single-vector Lanczos finds one vector of a multiple eigenvalue. So pairs are confirmed once
they have converged: a fresh random vector, orthogonal to the whole basis, starts steps of its own. What shows up there
joins the search; what does not is bounded, with a stated probability, by `landscape.linalg.error_bounds.counted_bound`, and the
steps go on until eigenvalues further out than the tolerance are excluded.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from landscape.linalg.eigenproblem import Floats, Found, Problem, Request, Stop
from landscape.linalg.error_bounds import (
    chebyshev_bounds,
    component_quantile,
    counted_bound,
    error_estimates,
    excluded,
    lanczos_bound,
)
from landscape.linalg.krylov import Krylov

MISS = 0.01
"""Probability with which the bounds of a certificate may fail."""

_SMALL = 8  # a complement of at most so many dimensions is searched completely


_STEPS = 40  # room for the steps of a confirmation, if there is any


def lanczos(problem: Problem, request: Request, starts: list[Tensor], generator: torch.Generator) -> Found:
    """Find eigenpairs by single-vector Lanczos, from a random vector if no start is given."""
    return _Search(problem, request, starts, generator, block=1).run()


def block_lanczos(problem: Problem, request: Request, starts: list[Tensor], generator: torch.Generator) -> Found:
    """Find eigenpairs by block Lanczos; starts are filled up to a block with random vectors."""
    return _Search(problem, request, starts, generator, block=request.block_size).run()


def certify_pairs(
    problem: Problem, request: Request, vectors: Tensor, images: Tensor, generator: torch.Generator
) -> Found:
    """Exclude eigenvalues further out than pairs found otherwise; go on by Lanczos if one turns up."""
    return _Search(problem, request, [], generator, block=1, adopted=(vectors, images)).run()


@dataclass(frozen=True)
class _Ritz:
    """Ritz pairs, most wanted first; weights are columns."""

    values: Floats
    weights: Floats
    residuals: Floats


@dataclass(frozen=True)
class _Confirmation:
    """The space at the beginning of a confirmation: its dimension, T and E^T E (see `counted_bound`), and the pairs."""

    size: int
    projected: Floats
    outside: Floats
    worth: Floats


class _Search:
    """One search, from the first vector to what was found."""

    def __init__(
        self,
        problem: Problem,
        request: Request,
        starts: list[Tensor],
        generator: torch.Generator,
        block: int,
        adopted: tuple[Tensor, Tensor] | None = None,
    ) -> None:
        self.problem, self.request, self.generator, self.block = problem, request, generator, block
        self.krylov = Krylov(problem)
        random = 0 if adopted else max(block - len(starts), 0) if block > 1 or not starts else 0
        self.fresh = deque([*starts, *(problem.random(generator) for _ in range(random))])
        self.start = "given" if starts else "random"
        self.strictness = 1.0
        self.restarts = 0
        self.change: Floats | None = None
        self.confirming: _Confirmation | None = None
        self.confirmations = 0
        self.certified = False
        self.limit: Stop = "memory"  # what ends a confirmation that has not excluded anything, if not the budget
        self.confirmed: tuple[int, Floats] | None = None  # products it took, bounds
        # While the space is exactly the Krylov space of the starting vectors, its steps count for the bound.
        self.open, self.steps, self.interval = not (starts or adopted), 0, (-np.inf, np.inf)
        if adopted:
            self.krylov.adopt(*adopted, [])

    def run(self) -> Found:
        """Expand the space until the pairs are found, or nothing is left to spend."""
        found: Found | None = None
        ritz = self._ritz()
        try:
            if self.krylov.size:
                found = self._judge(ritz)
            while found is None:
                ritz = self._step(ritz)
                found = self._judge(ritz)
        except KeyboardInterrupt:
            if not self.krylov.size:
                raise
            return self._found(self._ritz(), "interrupted")
        return found

    # ------------------------------------------------------------------ one step

    def _step(self, ritz: _Ritz) -> _Ritz:
        krylov, problem = self.krylov, self.problem
        room = min(self.block, problem.size - krylov.size, problem.left)
        if krylov.size + room > self.request.max_vectors:
            self._restart(ritz)
            ritz = self._ritz()
        candidates, consumed = self._candidates(ritz, room)
        units, own = krylov.orthonormalize(candidates, problem.zero())
        if len(own) < len(candidates):
            self._close()
        if not own:  # nothing of the block is new; random vectors are
            units, _ = krylov.orthonormalize(self._random(1), 0.0)
        krylov.expand(units, consumed)
        if self.request.check_symmetry:
            problem.refuse_asymmetry(krylov.asymmetry)
        self.steps += self.open
        if krylov.drop_negligible_rests(problem.zero()):
            self._close()
        new = self._ritz()
        if self.confirming is None and len(ritz.values) >= (k := self.request.k):
            self.change = np.abs(new.values[:k] - ritz.values[:k])
        return new

    def _candidates(self, ritz: _Ritz, room: int) -> tuple[Tensor, list[int]]:
        """Return the vectors to go on with, and which rests they are."""
        rests = self.krylov.rests
        if self.confirming is not None:
            if self.krylov.size == self.confirming.size:
                return self._random(1), []
            return rests[-1:], [len(rests) - 1]
        if self.fresh:
            return torch.stack([self.fresh.popleft() for _ in range(min(room, len(self.fresh)))]), []
        if self.block > 1:
            used = min(room, len(rests))
            filling = [] if used == room else [self._random(room - used)]
            return torch.cat([rests[:used], *filling]), list(range(used))
        if len(rests) == 0:  # the space is invariant: go on outside
            return self._random(1), []
        row = self._aim(ritz)
        return self.krylov.rests[row : row + 1], [row]

    def _aim(self, ritz: _Ritz) -> int:
        """Return the rest to go on with: the residual of the wanted pair that is furthest from its goal."""
        wanted = slice(0, self.request.k)
        goal = self.problem.threshold(ritz.values[wanted], self.request.tol)
        pair = int(np.argmax(ritz.residuals[wanted] / np.maximum(goal, np.finfo(float).tiny)))
        if len(self.krylov.rests) > 1 and ritz.residuals[pair] <= self.problem.zero():
            return int(np.argmax(np.diag(self.krylov.gram)))
        return self.krylov.aim(ritz.weights[:, pair])

    def _random(self, count: int) -> Tensor:
        """Return random rows; they end the Krylov space of the first ones."""
        self._close()
        return torch.stack([self.problem.random(self.generator) for _ in range(count)])

    def _ritz(self) -> _Ritz:
        values, weights, residuals = self.krylov.ritz()
        order = self.request.order(values)
        return _Ritz(values[order], weights[:, order], residuals[order])

    def _restart(self, ritz: _Ritz, room: int = 0) -> None:
        """Keep the wanted Ritz vectors and as many of the next ones as have proved to help, or as leave some room."""
        self._close()
        k, limit = self.request.k, self.request.max_vectors
        kept = min(k + (limit - k) // 2, limit - self.block - _SMALL, max(limit - room, k))
        self.krylov.restart(ritz.values[:kept], ritz.weights[:, :kept])
        self.restarts += 1

    # ------------------------------------------------------------------ judging

    def _judge(self, ritz: _Ritz) -> Found | None:
        """Return what was found if this is the end."""
        k, problem = self.request.k, self.problem
        complete = self.krylov.size == problem.size
        spent = problem.left == 0
        if self.krylov.size < k and not spent:
            return None
        goal = problem.threshold(ritz.values[:k], self.request.tol)
        errors = self.errors(ritz)
        worst = int(np.argmax(errors / np.maximum(goal, np.finfo(float).tiny)))
        problem.show(ritz.values[worst], ritz.residuals[worst], goal[worst])
        done = bool((errors <= self.strictness * goal).all())
        if not (done or complete or spent):
            self.confirming = None  # something turned up: it joins the search
            return None
        if complete:
            self.certified = True
        if done and not (complete or spent or self.confirmed):
            if self.open and k == self.block == 1:
                # A random start is its own confirmation: its bound is ahead of one that begins anew.
                self.certified = self._bounded(ritz)
                if not self.certified and self.krylov.size < self.request.max_vectors:
                    return None
            if not self.certified and self._confirming(ritz):
                return None
        if done and not self.certified:
            return self._found(ritz, "budget" if spent else self.limit)
        found = self._found(ritz, "converged")
        values, residuals, _, _ = problem.measure(found.vectors, found.images)
        failing = residuals > problem.threshold(values, self.request.tol)
        if self.request.criterion == "value":
            failing &= errors > goal
        if not failing.any():
            return found
        if spent:
            return self._found(ritz, "budget")
        # Rounding can hold a residual above its estimate; going on helps until all of it is rounding.
        self.strictness *= 0.1
        if complete or (residuals[failing] <= problem.zero()).all() or self.strictness * self.request.tol < problem.eps:
            return self._found(ritz, "rounding")
        return None

    def errors(self, ritz: _Ritz) -> Floats:
        """Return the error of each wanted pair in the sense of the criterion."""
        k = self.request.k
        values, residuals = ritz.values[:k], ritz.residuals[:k]
        if self.request.criterion == "residual" or len(ritz.values) < k + 2 or self.change is None:
            return residuals
        estimates = error_estimates(values, residuals, ritz.values[k:], ritz.residuals[k:])
        # A value that still moves has not arrived, whatever the gap seems to be.
        return np.minimum(residuals, np.maximum(estimates, self.change))

    def _confirming(self, ritz: _Ritz) -> bool:
        """Begin or continue the confirmation; return whether it goes on."""
        krylov, problem, limit = self.krylov, self.problem, self.request.max_vectors
        if self.confirming is None:
            return self._begin_confirming(ritz)
        begun = self.confirming.size
        exhausted = self._exhausted()
        if problem.size - begun <= _SMALL and not exhausted:
            return True
        self.certified, better = self._excluded(ritz)
        if not self.certified and not better:  # however long the steps go on: only a smaller residual helps
            self.strictness *= 0.1
            self.confirming = None
            self.limit = "memory" if self.strictness * self.request.tol > self.problem.eps else "rounding"
            return self.limit != "rounding"
        if not exhausted and krylov.size < limit and not self.certified:
            return True
        if (self._worth(ritz) > self.confirming.worth + self._slack(ritz)).any():
            # A copy turned up and has converged at once: there may be more.
            return self._begin_confirming(ritz)
        self.confirmed = krylov.size - begun, self._counted_bounds()
        self.confirming = None
        return False

    def _exhausted(self) -> bool:
        """Whether what the last step left outside the space was rounding."""
        return len(self.krylov.rests) == 0 or self.krylov.coupling[-1, -1] == 0

    def _begin_confirming(self, ritz: _Ritz) -> bool:
        krylov = self.krylov
        self._close()
        self.confirmations += 1
        room = min(_STEPS, self.request.max_vectors // 2)
        if krylov.size > (kept := self._settled(ritz)) and not self._separable(ritz):
            # The rest of the basis is coupled too strongly to what it leaves out: that is searched with it.
            krylov.restart(ritz.values[:kept], ritz.weights[:, :kept])
            self.restarts += 1
            ritz = self._ritz()
        if krylov.size + room > self.request.max_vectors and self.problem.size > self.request.max_vectors:
            self._restart(ritz, room)
        outside = krylov.coupling.T @ krylov.gram @ krylov.coupling
        self.confirming = _Confirmation(krylov.size, krylov.projected.copy(), outside, self._worth(ritz))
        return True

    def _settled(self, ritz: _Ritz) -> int:
        """Return how many leading pairs have small residuals, the wanted ones at least."""
        k = self.request.k
        large = np.flatnonzero(ritz.residuals > self._slack(ritz))
        return max(k, int(large[large >= k].min(initial=len(ritz.values))))

    def _separable(self, ritz: _Ritz) -> bool:
        """Whether the whole basis can exclude what is further out, if its complement reaches as far as the next value."""
        k, which = self.request.k, self.request.which
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
        """Whether eigenvalues beyond the tolerance are excluded where those of the complement lie in an interval."""
        k, which, zero = self.request.k, self.request.which, self.problem.zero()
        if not zero:  # every product so far is zero, random vectors' among them
            return True
        values = ritz.values[:k]
        levels = self.request.worth(values) + self.problem.threshold(values, self.request.tol)
        # Where a random vector's image is rounding, all that is excluded are eigenvalues it would have shown.
        levels += np.where(np.abs(values) <= zero, 2 * zero / component_quantile(self.problem.size, MISS / 4), 0.0)
        low, high = interval
        if which == "smallest":
            return excluded(-projected, outside, (-high, -low), levels)
        return excluded(projected, outside, interval, levels, which == "largest_magnitude")

    def _bounded(self, ritz: _Ritz) -> bool:
        """Whether the steps from the random start alone exclude eigenvalues further out than the tolerance."""
        low, high = self._interval(0, self.problem.size, MISS / 4, block=False)
        outermost = {"largest": high, "smallest": -low, "largest_magnitude": max(high, -low)}[self.request.which]
        return bool(outermost <= self._worth(ritz)[0] + self._slack(ritz))

    def _slack(self, ritz: _Ritz) -> float:
        """Return how far values may still move without being new ones."""
        return float(self.problem.threshold(ritz.values[: self.request.k], self.request.tol).max())

    def _worth(self, ritz: _Ritz) -> Floats:
        return np.sort(self.request.worth(ritz.values[: self.request.k]))

    # ------------------------------------------------------------------ bounds and result

    def _close(self) -> None:
        """End the count of pure Krylov steps, and take the bound they give."""
        if not self.open or not self.steps:
            self.open = False
            return
        self.open = False
        self.interval = self._interval(0, self.problem.size, MISS / 4, self.block > 1)

    def _interval(self, begun: int, dimensions: int, miss: float, block: bool) -> tuple[float, float]:
        """Return bounds of all eigenvalues on the wanted sides, from steps that began at a place of the basis."""
        projected = self.krylov.projected[begun:, begun:]
        which = self.request.which
        if block:
            values = np.linalg.eigvalsh(projected)
            component = component_quantile(dimensions, (miss / 2) ** (1 / self.block))
            return chebyshev_bounds(values[-1], values[0], self.steps, component) or (-np.inf, np.inf)
        rest = 0.0 if self._exhausted() else np.sqrt(self.krylov.gram[-1, -1])
        betas = [*np.diag(projected, 1), max(rest, self.problem.zero())]
        component = component_quantile(dimensions, miss / 2 if which == "largest_magnitude" else miss)
        low = -np.inf if which == "largest" else -lanczos_bound(-np.diag(projected), betas, component)
        high = np.inf if which == "smallest" else lanczos_bound(np.diag(projected), betas, component)
        return low, high

    def _complement(self) -> tuple[float, float]:
        """Return bounds of the eigenvalues on the complement that the confirming steps search."""
        assert self.confirming is not None
        begun = self.confirming.size
        miss = MISS / 2 / 3 ** (self.confirmations - 1)  # 3/4 of the whole, however many confirmations there are
        return self._interval(begun, self.problem.size - begun, miss, block=False)

    def _counted_bounds(self) -> Floats:
        """Return the bounds that the confirming steps give, one per pair."""
        assert self.confirming is not None
        (low, high), projected, outside = self._complement(), self.confirming.projected, self.confirming.outside
        if self.request.which == "smallest":
            projected, low, high = -projected, -np.inf, -low
        magnitude = self.request.which == "largest_magnitude"
        bounds = [counted_bound(projected, outside, (low, high), i, magnitude) for i in range(self.request.k)]
        return np.array(bounds) * (-1 if self.request.which == "smallest" else 1)

    def _excluded(self, ritz: _Ritz) -> tuple[bool, bool]:
        """Return whether eigenvalues further out than the tolerance are excluded, and whether further steps could."""
        assert self.confirming is not None
        begun, projected, outside = self.confirming.size, self.confirming.projected, self.confirming.outside
        if self.krylov.size == begun:
            return False, True
        seen = np.linalg.eigvalsh(self.krylov.projected[begun:, begun:])
        proven, possible = (
            self._excludes(projected, outside, interval, ritz)
            for interval in (self._complement(), (float(seen[0]), float(seen[-1])))
        )
        return proven, possible

    def _bounds(self, ritz: _Ritz) -> tuple[Floats | None, float]:
        """Return the bounds of the certificate and the probability of their failing."""
        k, which = self.request.k, self.request.which
        if self.krylov.size == self.problem.size:  # the Ritz values are the eigenvalues
            bounds = np.sort(self.request.worth(ritz.values))[::-1][:k]
            return (-bounds if which == "smallest" else bounds), 0.0
        self._close()
        low, high = self.interval
        outermost = {"largest": high, "smallest": -low, "largest_magnitude": max(high, -low)}[which]
        bounds = np.full(len(ritz.values[:k]), outermost)
        if self.confirmed is not None:
            counted = self.confirmed[1]
            bounds = np.minimum(bounds, -counted if which == "smallest" else counted)
        if not np.isfinite(bounds).any():
            return None, MISS
        return (-bounds if which == "smallest" else bounds), MISS

    def _found(self, ritz: _Ritz, stop: Stop) -> Found:
        k = self.request.k
        bounds, miss = self._bounds(ritz)
        unit = self.problem.unit or 1.0
        notes: tuple[str, ...] = ()
        if not self.certified:
            notes = ("Eigenvalues further out are not excluded: it stopped before.",)
        return Found(
            vectors=self.krylov.basis.combine(ritz.weights[:, :k]),
            images=self.krylov.images.combine(ritz.weights[:, :k]),
            stop=stop,
            others=ritz.values[k:],
            other_residuals=ritz.residuals[k:],
            bounds=bounds,
            miss=miss,
            start=self.start,
            notes=notes,
            details={
                "restarts": self.restarts,
                "max_vectors": self.request.max_vectors,
                "block_size": self.block,
                "confirmation": f"{self.confirmed[0]} products" if self.confirmed else "none",
                "symmetry": f"u^T H v = v^T H u to {self.krylov.asymmetry * unit:.2g} between basis vectors",
            },
            certified=self.certified,
        )
