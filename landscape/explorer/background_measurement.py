"""Measure a checkpoint in the background: its top eigenvalue, or a slice through it; either can be cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor

from landscape._common.autotuning import Route
from landscape.curvature.eigenvalues import Eigenpairs, top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.linalg.operator import WrappedOperator
from landscape.objective.objective import Objective
from landscape.slices.directions import random_direction
from landscape.slices.grid import line

__all__ = ["KINDS", "Cancelled", "Measured", "MeasurementOptions", "Worker", "measure"]

At = Callable[[str, int], Objective]
Kind = Literal["eigenvalue", "slice"]
KINDS = ("eigenvalue", "slice")
Report = Callable[[str, float | None], None]
"""Called with a message and the fraction that is done, None where that is unknown; raises `Cancelled` to stop."""

_PIECES = 8


class Worker:
    """Measure checkpoints, one at a time, in a thread.

    Parameters
    ----------
    at : callable
        ``at(run, step)``, the objective at a checkpoint; may be slow the first time.
    options : callable
        ``options(run)``, how to measure a run, once `at` has been called.
    report : callable
        Given a status: a dict with "kind" ("measuring", "done", "error" or "idle"), "text" and "fraction".
    found : callable
        Given what was measured.

    Attributes
    ----------
    results : list of Measured
        Everything measured so far.
    """

    def __init__(
        self,
        at: At,
        options: Callable[[str], MeasurementOptions],
        report: Callable[[dict[str, Any]], None],
        found: Callable[[Measured], None],
    ) -> None:
        self._at, self._options, self._report, self._found = at, options, report, found
        self._stop = threading.Event()
        self._one = threading.Lock()
        self._thread: threading.Thread | None = None
        self.results: list[Measured] = []

    def start(self, run: str, step: int, what: str) -> bool:
        """Start a measurement; return False if one is running."""
        if not self._one.acquire(blocking=False):
            return False
        self._stop.clear()
        try:
            at = self._read(run, step)
        except Exception as error:
            self._failed(error)
            self._one.release()
            return True
        self._thread = threading.Thread(target=self._attempt, args=(at, run, step, what), daemon=True)
        self._thread.start()
        return True

    def cancel(self) -> None:
        """Stop the running measurement after its current product or points."""
        self._stop.set()

    def wait(self) -> None:
        """Wait until no measurement is running."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def run(self, run: str, step: int, what: str) -> Measured:
        """Measure in this thread, once a running measurement is done."""
        with self._one:
            self._stop.clear()
            return self._measure(self._read(run, step), run, step, what)

    def _attempt(self, at: Objective, run: str, step: int, what: str) -> None:
        try:
            self._measure(at, run, step, what)
        except Cancelled:
            self._report({"kind": "idle", "text": "cancelled", "fraction": None})
        except Exception as error:  # shown where it was asked for: nobody waits for this thread
            self._failed(error)
        finally:
            self._one.release()

    def _failed(self, error: Exception) -> None:
        self._report({"kind": "error", "text": str(error) or type(error).__name__, "fraction": None})

    def _read(self, run: str, step: int) -> Objective:
        stage = f"{run}, step {step}: reading weights and data"
        self._report({"kind": "measuring", "text": stage, "fraction": None})
        return self._at(run, step)

    def _measure(self, at: Objective, run: str, step: int, what: str) -> Measured:
        place = f"{run}, step {step}"

        def report(stage: str, fraction: float | None) -> None:
            if self._stop.is_set():
                raise Cancelled
            self._report({"kind": "measuring", "text": f"{place}: {stage}", "fraction": fraction})

        result = measure(at, run, step, what, self._options(run), report)
        self.results.append(result)
        self._found(result)
        self._report({"kind": "done", "text": f"{place}: {result.text}", "fraction": 1.0})
        return result


class Cancelled(Exception):  # noqa: N818 (not an error)
    """The measurement was cancelled by the user."""


@dataclass(frozen=True)
class MeasurementOptions:
    """Settings of the measurements at checkpoints.

    Attributes
    ----------
    tol, max_products, seed
        Of `landscape.top_eigenpairs`; the seed is that of the slice's direction too.
    route : {"auto", "rewritten", "plain"}
        Of the products and of the slice.
    alphas : ndarray
        Steps along the slice's direction.
    """

    tol: float = 1e-3
    max_products: int | None = None
    seed: int = 0
    route: Route = "auto"
    alphas: NDArray[np.float64] = field(default_factory=lambda: np.linspace(-1.0, 1.0, 51))


@dataclass(frozen=True, eq=False)
class Measured:
    """Result of a measurement at a checkpoint.

    Attributes
    ----------
    run : str
    step : int
    what : {"eigenvalue", "slice"}
    value : float
        The top eigenvalue, or the loss at the checkpoint.
    error : float or None
        Of an eigenvalue, its residual ||Hv - value v||.
    converged : bool or None
        Whether that is as small as was asked for; a slice has nothing to converge.
    text : str
        The result as a sentence.
    result : Eigenpairs or Dataset
        The full result, with its protocol.
    """

    run: str
    step: int
    what: str
    value: float
    error: float | None
    converged: bool | None
    text: str
    result: Eigenpairs | xr.Dataset = field(repr=False)


def measure(at: Objective, run: str, step: int, what: str, options: MeasurementOptions, report: Report) -> Measured:
    """Measure a checkpoint.

    Parameters
    ----------
    at : Objective
        At the checkpoint's weights.
    run, step
        Which checkpoint it is.
    what : {"eigenvalue", "slice"}
        The largest eigenvalue of the Hessian (Lanczos), or the loss along a filter-normalised random direction (Li et
        al. 2018, arXiv 1712.09913, sec. 4).
    options : MeasurementOptions
    report : callable
        Called with progress messages.

    Raises
    ------
    ValueError
        For another `what`, and where the weights or the loss are not finite.
    Cancelled
        If `report` raised it.
    """
    if what == "eigenvalue":
        return _eigenvalue(at, run, step, options, report)
    if what == "slice":
        return _slice(at, run, step, options, report)
    raise ValueError(f"{what!r} cannot be measured at a checkpoint: choose one of {', '.join(map(repr, KINDS))}")


def _eigenvalue(at: Objective, run: str, step: int, options: MeasurementOptions, report: Report) -> Measured:
    with HessianOperator(at, route=options.route) as hessian:
        reporting = _ReportingOperator(hessian, report)
        pairs = top_eigenpairs(reporting, k=1, tol=options.tol, max_products=options.max_products, seed=options.seed)
    value, residual, converged = float(pairs.values[0]), float(pairs.residuals[0]), bool(pairs.converged[0])
    text = (
        f"top Hessian eigenvalue {value:.5g}, residual {residual:.2g}, "
        f"{'converged' if converged else 'NOT converged'} in {pairs.products} products ({at.num_samples} samples)"
    )
    return Measured(run, step, "eigenvalue", value, residual, converged, text, pairs)


def _slice(at: Objective, run: str, step: int, options: MeasurementOptions, report: Report) -> Measured:
    direction = random_direction(at, seed=options.seed, normalization="filter")
    done, parts = 0, []
    for piece in np.array_split(options.alphas, min(_PIECES, len(options.alphas))):
        report(f"{done} of {len(options.alphas)} points", done / len(options.alphas))
        parts.append(line(at, direction, piece, route=options.route))
        done += len(piece)
    report(f"{done} of {done} points", 1.0)
    whole = xr.concat(parts, dim="alpha", combine_attrs="override")
    here = at.value()
    text = (
        f"loss along a filter-normalised random direction (seed {options.seed}), {len(options.alphas)} points; "
        f"{here:.5g} at the checkpoint, up to {float(whole['loss'].max()):.5g} ({at.num_samples} samples)"
    )
    return Measured(run, step, "slice", here, None, None, text, whole)


class _ReportingOperator(WrappedOperator):
    """An operator that reports every matrix-vector product."""

    def __init__(self, operator: HessianOperator, report: Report) -> None:
        super().__init__(operator)
        self._report = report

    def matvec(self, vector: Tensor) -> Tensor:
        """Product with a vector."""
        self._report(f"{self.products} Hessian-vector products", None)
        self.products += 1
        return self.operator.matvec(vector)

    def matmat(self, vectors: Tensor) -> Tensor:
        """Products with the columns of a matrix."""
        self._report(f"{self.products} Hessian-vector products", None)
        self.products += vectors.shape[1]
        return self.operator.matmat(vectors)

    def protocol(self) -> dict[str, Any]:
        """The protocol of the wrapped operator."""
        return self.operator.protocol()
