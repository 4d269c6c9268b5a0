"""Trace estimators from random probes: Hutchinson, Hutch++ and XTrace.

Hutchinson 1989; Meyer, Musco, Musco and Woodruff 2021 (Hutch++, arXiv 2010.09649); Epperly, Tropp and Webber 2024
(XTrace, arXiv 2301.07825).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from landscape._common.interrupts import Stop
from landscape._common.random import cpu_generator
from landscape.linalg.operator import SymmetricOperator
from landscape.linalg.orthogonal import project_out_
from landscape.linalg.probes import Prober

FloatArray = NDArray[np.float64]
Raw = tuple[float, FloatArray, float, dict[str, Any]]
"""Value, samples, standard error and what the protocol adds."""

_PROBES = 4  # vectors along which rounding is measured

PAIRINGS = 8  # other vectors that each XTrace vector is paired with for the covariance: bounds the work for many


def hutchinson(prober: Prober, count: int) -> Raw:
    """Estimate the trace by the mean of v^T H v over sign vectors."""
    # Vector by vector: the numbers do not depend on how an operator multiplies blocks.
    operator, forms, notes = prober.operator, np.empty(count), dict[str, Any]()
    done = 0
    try:
        for i in range(count):
            vector = operator.probe(prober.generator, "rademacher")
            product = prober.multiply_one(vector)
            forms[i] = float(operator.sum_over_ranks(torch.dot(vector.double(), product.double())))
            done = i + 1
            prober.show(forms[:done])
    except KeyboardInterrupt:
        if done < 2:
            raise
        prober.interrupted = True
        forms, notes = forms[:done], {"probes": done, "stop": Stop.INTERRUPTED.value}
    return float(forms.mean()), forms, _standard_error(forms), notes


def rounding_of_forms(operator: SymmetricOperator, seed: int, error: float) -> float | None:
    """Return the rounding error of the mean of v^T H v; None where it is not measured.

    A few samples and vectors will do where four times what they show is of no account for a standard error; else many.
    """
    generator = cpu_generator(seed)
    rows = torch.stack([operator.probe(generator, "rademacher") for _ in range(_PROBES)])
    moved = 0.0
    for thorough in (False, True):
        errors = operator.rounding_errors(rows, thorough=thorough)
        if errors is None:
            return None
        forms = operator.sum_over_ranks((errors.double() * rows.double()).sum(2)).mean(1)
        moved = (2 if thorough else 4) * float(forms.square().mean().sqrt())
        if moved <= 0.05 * error:
            break
    return moved


def hutch_plus_plus(prober: Prober, count: int, *, square: bool = False) -> Raw:
    """Estimate the trace of H, or of its square, which is the squared Frobenius norm of H."""
    deflation = _deflate(prober, count)

    def forms(vectors: Tensor, matvecs: Tensor) -> Tensor:
        return prober.dots(matvecs if square else vectors, matvecs)

    if deflation.probe_matvecs.shape[1] < 2:
        return _by_sketch(forms(deflation.tests, deflation.sketch))
    exact, samples = (
        float(forms(deflation.basis, deflation.matvecs).sum()),
        forms(deflation.probes, deflation.probe_matvecs).numpy(),
    )
    sizes = prober.dots(deflation.matvecs, deflation.matvecs)
    rounding = 4 * prober.eps * float((sizes if square else sizes.sqrt()).sum())
    error = math.hypot(_standard_error(samples), rounding)
    return exact + float(samples.mean()), samples, error, deflation.notes(count, rounding)


@dataclass(frozen=True)
class _Deflation:
    """The range of H S and probes of its orthogonal complement; parts not finished before Ctrl-C have no columns."""

    tests: Tensor  # S, as many as have a matvec
    sketch: Tensor  # H S
    basis: Tensor  # Q, orthonormal, of the columns of H S
    matvecs: Tensor  # H Q
    probes: Tensor  # (I - Q Q^T) v, as many as have a matvec
    probe_matvecs: Tensor  # their matvecs

    def notes(self, count: int, rounding: float) -> dict[str, Any]:
        """Return the entries for the protocol, where `count` products were asked for."""
        finished = 2 * self.tests.shape[1] + self.probes.shape[1]
        notes: dict[str, Any] = {"range": self.basis.shape[1], "rounding": rounding}
        return notes if finished == count else notes | {"probes": finished, "stop": Stop.INTERRUPTED.value}


def _deflate(prober: Prober, count: int) -> _Deflation:
    rank = min(count // 3, prober.operator.size)
    # Gaussian, because as many of them as the order are independent, which sign vectors need not be.
    tests = prober.draw(rank, "gaussian")
    sketch = prober.multiply_finished(tests)
    none = sketch[:, :0]
    unfinished = _Deflation(tests[:, : sketch.shape[1]], sketch, none, none, none, none)
    if prober.interrupted:
        return unfinished
    try:
        basis = prober.orthonormal(sketch)
        matvecs = prober.multiply(basis)
        probes = prober.draw(count - 2 * rank, "rademacher")
        project_out_(probes, basis, prober.operator.sum_over_ranks)
    except KeyboardInterrupt:
        prober.interrupted = True
        return unfinished
    probe_matvecs = prober.multiply_finished(probes)
    return _Deflation(tests, sketch, basis, matvecs, probes[:, : probe_matvecs.shape[1]], probe_matvecs)


def _by_sketch(forms: Tensor) -> Raw:
    """Estimate by the mean over the Gaussian vectors, where Ctrl-C came before the range was complete."""
    if len(forms) < 2:
        raise KeyboardInterrupt
    samples = forms.numpy()
    notes = {"method": "Hutchinson, Gaussian probes", "probes": len(samples), "stop": Stop.INTERRUPTED.value}
    return float(samples.mean()), samples, _standard_error(samples), notes


def xtrace(prober: Prober, count: int) -> Raw:
    """Estimate the trace by the mean over test vectors, each with the range of all others."""
    size = prober.operator.size
    tests = prober.draw(min(count // 2, size), "gaussian")
    sketch = prober.multiply_finished(tests)
    try:
        if prober.interrupted:
            raise KeyboardInterrupt
        basis = prober.orthonormal(sketch)
        matvecs = prober.multiply(basis)
    except KeyboardInterrupt:
        prober.interrupted = True
        return _by_sketch(prober.dots(tests[:, : sketch.shape[1]], sketch))
    core = prober.gram(basis, matvecs).numpy()
    small = _Sketch(
        size=size,
        core=(core + core.T) / 2,
        inside=prober.gram(basis, tests).numpy(),
        columns=prober.gram(basis, sketch).numpy(),
        forms=prober.dots(tests, sketch).numpy(),
        squares=prober.dots(tests, tests).numpy(),
        tolerance=100 * prober.eps,
    )
    traces = small.leave_one_out()
    rounding = 4 * prober.eps * float(prober.dots(matvecs, matvecs).sqrt().sum())
    variance = float(traces.var(ddof=1)) if len(traces) > 1 else 0.0  # one only if the matrix is a number
    spread = variance / len(traces)
    # The covariance is estimated from few vectors: halfway to `spread`, its value if vectors act on each other in
    # pairs, and no correlation above a half, so that traces that agree exactly are exact.
    covariance = min(small.covariance(traces), variance) if variance else 0.0
    error = math.sqrt(spread + (covariance + spread) / 2 + rounding**2)
    notes = {"range": basis.shape[1], "rounding": rounding, "samples_are": "exchangeable, not independent"}
    return float(traces.mean()), traces, error, notes


@dataclass(frozen=True)
class _Sketch:
    """XTrace in the coordinates of the sketch's range, where leaving a vector out takes no product."""

    size: int
    core: FloatArray  # the matrix on the range
    inside: FloatArray  # test vectors, their part in the range
    columns: FloatArray  # their matvecs
    forms: FloatArray  # v^T H v
    squares: FloatArray  # |v|^2
    tolerance: float

    def leave_one_out(self) -> FloatArray:
        """Return the trace by each vector, with the range of all others."""
        alone = np.arange(len(self.forms))[:, None]
        return self._traces(alone)[:, 0]

    def covariance(self, traces: FloatArray) -> float:
        """Return the covariance of two leave-one-out traces, without bias, or zero if that comes out negative.

        Given the vectors of its range, a trace has the right mean. So of t_i = t_i without j + d_ij and of t_j likewise
        only d_ij and d_ji, what either owes to the other's vector, are correlated.
        """
        first = np.arange(len(traces))
        products = []
        for step in range(1, min(PAIRINGS, len(traces) // 2) + 1):
            pairs = np.stack([first, (first + step) % len(traces)], axis=1)
            products.append((traces[pairs] - self._traces(pairs)).prod(axis=1))
        return max(float(np.mean(products)), 0.0)

    def _traces(self, left_out: NDArray[np.int_]) -> FloatArray:
        """Return the trace by each vector of a row, with the range of all vectors outside the row."""
        count = len(self.forms)
        kept = np.array([np.delete(np.arange(count), row) for row in left_out])
        left, sizes, _ = np.linalg.svd(self.columns.T[kept].transpose(0, 2, 1), full_matrices=False)
        significant = sizes > self.tolerance * sizes.max(axis=1, keepdims=True, initial=0.0)
        basis = left * significant[:, None, :]
        exact = np.einsum("mri,rs,msi->m", basis, self.core, basis)[:, None]
        dimension = self.size - significant.sum(axis=1)[:, None]
        near = self.inside.T[left_out] @ basis @ basis.transpose(0, 2, 1)  # (row, vector, coordinate)
        far = self.squares[left_out] - (near**2).sum(axis=2)
        form = self.forms[left_out] - 2 * (self.columns.T[left_out] * near).sum(axis=2)
        form += ((near @ self.core) * near).sum(axis=2)
        # The vectors' directions outside the range are uniform on the sphere there, whatever their length.
        outside = (dimension > 0) & (far > 0)
        return exact + np.where(outside, dimension * form / np.where(outside, far, 1.0), 0.0)


def _standard_error(samples: FloatArray) -> float:
    return float(samples.std(ddof=1) / np.sqrt(len(samples)))
