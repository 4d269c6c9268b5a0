"""Measure the curvature inside somebody else's training loop, and leave no trace in it."""

from __future__ import annotations

import json
import math
import os
import time
import warnings
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import torch
import xarray as xr
from torch import Tensor

from landscape._common.autotuning import Route
from landscape._common.guesses import guessable
from landscape._common.interrupts import uninterrupted
from landscape._common.precision import ieee_arithmetic
from landscape._common.summaries import Summarized, Summary
from landscape._common.validation import as_integer, check_count
from landscape.curvature.eigenvalues import Eigenpairs, top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import hessian_trace
from landscape.curvature.stability import edge_of_stability
from landscape.curvature.stability_threshold import applied_lrs, live_model, threshold_for, unwrapped
from landscape.monitor.loggers import Logger
from landscape.monitor.record import SCHEMA, SERIES, Measurement, MonitorRecord, RecordFile, event_of
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective

__all__ = ["SharpnessMonitor"]

ROUTE: Route = "rewritten"
"""How products are taken: not chosen by the clock, so that a training that is run again gives the same bits."""


class _Rounding:
    """Rounding errors of products, as they were measured at a point of a training."""

    def __init__(self, rows: Tensor, errors: Tensor, loss: float) -> None:
        self.rows, self.errors, self.loss, self.used = rows, errors, loss, 0

    def holds(self, rows: Tensor, loss: float) -> bool:
        """Whether they bound those of products with rows of about these directions, at a point of about this loss."""
        if self.used >= REUSED or not loss >= 0.8 * self.loss or rows.shape != self.rows.shape:
            return False
        return bool((torch.cosine_similarity(rows, self.rows, dim=1).abs() > 0.9).all())


REUSED = 9
"""Measurements for which a rounding error is taken for known."""


class _WatchedHessian(HessianOperator):
    """A Hessian that takes twice the rounding errors of a former point for its own, where the loss is still as large.

    What products round grows as the data are fitted and p (1 - p) is lost to 1 - p: it is measured again as soon as the
    loss has fallen by a fifth, the vectors have turned, after nine measurements, and in any case on many samples where
    twice the former errors are of account.
    """

    def __init__(self, objective: Objective, loss: float, known: list[_Rounding]) -> None:
        super().__init__(objective, route=ROUTE)
        self._loss, self._known = loss, known

    def rounding_errors(self, rows: Tensor, *, thorough: bool = False) -> Tensor | None:
        """Return rounding errors as `HessianOperator` measures them, or twice those known."""
        if thorough:
            return super().rounding_errors(rows, thorough=True)
        for known in self._known:
            if known.holds(rows, self._loss):
                known.used += 1
                return 2 * known.errors * (rows.norm(dim=1) / known.rows.norm(dim=1))[:, None]
        errors = super().rounding_errors(rows)
        if errors is not None:
            self._known[:] = [_Rounding(rows.clone(), errors, self._loss), *self._known[:3]]
        return errors

    def _of(self, objective: Objective) -> Self:
        return type(self)(objective, self._loss, [])


class SharpnessMonitor(Summarized):
    r"""Measure the curvature while a model is trained, in a loop of one's own or a framework's.

    Call `step` after every `optimizer.step()`. Every so many steps it measures loss, gradient norm, top Hessian
    eigenvalue (each search starts from the last one's eigenvector), trace, and how near the step is to the edge of
    stability, :math:`\eta \lambda_{max} / 2` for gradient descent. The training's numbers are the same bits with and
    without it: weights, gradients, buffers, modes, random states and optimizer are left as they are.

    Parameters
    ----------
    objective : Objective
        Built on the model that is trained, whose weights are read whenever something is measured; its data, such as a
        few hundred training samples, stay fixed.
    every : int
        Steps between two measurements.
    optimizer : torch.optim.Optimizer, optional
        Of the training; for the learning rate, the edge of stability, and mu and Z of a ZENITH optimizer. A
        `zenith.ZenithLR` or a framework's wrapper will do.
    max_share : float, optional
        Leave a measurement out while measuring would take more than this share of the time since the first step.
    trace_probes : int
        Products for the trace, by Hutchinson; 0 leaves it out.
    tol, max_products : float, int
        Of the top eigenvalue, as for `top_eigenpairs`: relative residual, and at most so many products.
    window : int, optional
        W: follow mu, the mean of the last W gradient norms, and Z, the largest such mean, as ZENITH does. The norms are
        those handed to `step`, or else of the gradients that lie in the model then, which clipping has changed.
        Without it, mu and Z are those of a ZENITH optimizer, if it is one.
    path : path, optional
        A file for the record, such as "record.jsonl", which `landscape.explore` follows while it grows and
        `landscape.monitor.MonitorRecord` reads.
    resume : bool
        Go on with a file that exists.
    loggers : iterable of Logger
        Where the numbers go besides; see `landscape.monitor`.
    name : str, optional
        What the training is called; by default after its optimizer.
    seed : int
        Of the random vectors; and what the run is called by besides its name.

    Attributes
    ----------
    record : MonitorRecord
        Everything so far.
    seconds, products : float, int
        What all measurements cost.

    Raises
    ------
    ValueError
        If a setting is out of its range, the optimizer is another model's, or the loss has no curvature that could be
        measured: before the training starts.

    Notes
    -----
    What cannot be measured, or fails, at some step is recorded as NaN with the reason, and a warning says so once: a
    training does not end for it. A call costs microseconds where nothing is measured; a measurement some 20 to 50
    Hessian-vector products with the objective's data (for each Adam-like method twice), of about two gradients each,
    and in float32 a search for what they round, a few tenths of a second on a small network. What was found so is taken
    for known, twice as large, for up to nine measurements while the loss has not fallen by a fifth. The record has both
    costs.

    The model's forward hooks, if it has any, see the measurements as well.

    The learning rate is read when `step` is called: call it before a scheduler's step.

    Examples
    --------
    >>> sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> monitor = ls.SharpnessMonitor(loss, every=5, optimizer=sgd)
    >>> for _ in range(10):
    ...     sgd.zero_grad()
    ...     value = torch.nn.functional.cross_entropy(model(X), y)
    ...     value.backward()
    ...     sgd.step()
    ...     _ = monitor.step(value)
    >>> [m.step for m in monitor.record.measurements], monitor.record.measurements[-1].converged
    ([5, 10], True)
    """

    @guessable
    def __init__(
        self,
        objective: Objective,
        every: int = 200,
        optimizer: Any = None,
        *,
        max_share: float | None = None,
        trace_probes: int = 8,
        tol: float = 1e-2,
        max_products: int = 200,
        window: int | None = None,
        path: str | os.PathLike[str] | None = None,
        resume: bool = False,
        loggers: Iterable[Logger] = (),
        name: str | None = None,
        seed: int = 0,
    ) -> None:
        if not isinstance(objective, Objective):
            expect_objective(objective)
        self.every = check_count(every, "every", 1, "step lies between two measurements")
        if max_share is not None and not 0 < max_share < 1:
            raise ValueError(f"max_share is {max_share!r}: give a share of the time between 0 and 1, such as 0.1.")
        probes = as_integer(trace_probes)
        if probes is None or not (probes == 0 or probes >= 2):
            raise ValueError(f"trace_probes is {trace_probes!r}: give at least 2, or 0 for no trace.")
        if window is not None:
            check_count(window, "window", 1, "gradient norm is needed for a mean")
        if not 0 < tol < 1:
            raise ValueError(f"tol is {tol!r}: give a relative error between 0 and 1.")
        if objective.is_sharded:
            raise ValueError("The objective's parameters are spread over ranks: a monitor needs them whole.")
        if objective.batchnorm == "recomputed":
            raise ValueError(
                'batchnorm="recomputed" has no derivatives: give the monitor objective.with_batchnorm("frozen"), which '
                'takes the running statistics of the training, or "batch".'
            )
        self.objective, self.max_share, self.trace_probes = objective, max_share, probes
        self.tol, self.window = float(tol), window
        self.max_products = check_count(max_products, "max_products", 2, "are needed")
        self.loggers = list(loggers)
        for logger in self.loggers:
            if not isinstance(logger, Logger):
                raise ValueError(
                    f"A logger is a {type(logger).__name__}, without log(step, values) and close(): give one of "
                    "landscape.monitor, such as TensorBoardLogger(folder)."
                )
        self._model = live_model(objective)
        self.optimizer: Any = None
        if optimizer is not None:
            self.watch_optimizer(optimizer)
        with HessianOperator(objective, route=ROUTE) as hessian:
            hessian.check_derivatives()  # whatever forbids curvature is said now
        self.name = name or ("training" if optimizer is None else type(optimizer).__name__.lower())
        self.seed = seed
        self.seconds, self.products = 0.0, 0
        self._start = self._described()
        self._file = None if path is None else RecordFile(path, self._start, resume)
        former = None if self._file is None else self._file.former
        self.record = MonitorRecord(self._start) if former is None else former
        self._steps = self._last_due = 0
        if former is not None:
            self._steps = self._last_due = former.steps_taken
        self._resumed = former is not None
        self._pending: list[tuple[int, dict[str, Any]]] = []  # (step, what is known of it)
        self._norms: deque[float] = deque(maxlen=window)
        self._zenith = 0.0
        self._pairs: Eigenpairs | None = None
        self._edge_pairs: Eigenpairs | None = None
        self._rounding: list[_Rounding] = []
        self._began: float | None = None
        self._last_cost = 0.0
        self._warned: set[str] = set()
        self._closed = False

    # In the loop ---------------------------------------------------------------------------------------------------

    def step(self, loss: Any = None, *, gradient_norm: Any = None, step: int | None = None) -> Measurement | None:
        """Take note of one optimizer step; measure if it is time to.

        Parameters
        ----------
        loss : float or Tensor, optional
            Of the step's batch, for the record; a tensor is not waited for until the record is written.
        gradient_norm : float or Tensor, optional
            Of the step's batch, before clipping.
        step : int, optional
            Steps taken so far, if they are counted elsewhere; by default one more than before. A smaller number than
            before means that the training goes on from an earlier checkpoint: what was recorded after that is dropped
            from the record (and stays in its file).

        Returns
        -------
        Measurement or None
            What was measured, if anything.

        Raises
        ------
        ValueError
            If the monitor is closed.
        """
        if self._closed:
            raise ValueError("The monitor is closed: make a new one, with resume=True if it is to go on with the file.")
        now = self._steps + 1 if step is None else check_count(step, "step", 1, "step has been taken by now")
        if self._began is None:
            self._began = time.perf_counter()
        if now <= self._steps or self._resumed:
            self._flush()
            self._emit({"event": "resumed", "step": now - 1})
            self._last_due, self._resumed = now - 1, False
        self._steps = now
        self._note(loss, gradient_norm)
        if now // self.every <= self._last_due // self.every:
            return None
        self._last_due = now
        self._flush()
        return self.measure() if self._may_measure() else None

    def measure(self) -> Measurement:
        """Measure now, at the model's present weights, whether it is time to or not.

        Returns
        -------
        Measurement
            Also added to the record, its file and the loggers.
        """
        began = time.perf_counter()
        row: dict[str, Any] = {"step": self._steps}
        notes: list[str] = []
        try:
            # The caller may be inside any of these.
            with torch.inference_mode(False), torch.enable_grad(), ieee_arithmetic(self.objective.device):
                self._measure(row, notes)
        except Exception as error:  # a training does not end for it
            notes.append(f"{type(error).__name__}: {error}")
            self._warn(f"The monitor could not measure at step {self._steps}: {error}")
        except BaseException:
            notes.append("interrupted")
            raise
        finally:
            row["seconds"] = self._last_cost = time.perf_counter() - began
            found = Measurement(**row, message="; ".join(notes))
            self.seconds += found.seconds
            self.products += found.products
            self._emit(event_of(found))
            values = found.values()
            for logger in list(self.loggers):
                try:
                    logger.log(found.step, values)
                except Exception as error:
                    self.loggers.remove(logger)
                    self._warn(f"{type(logger).__name__} failed and gets no more numbers: {error}")
        return found

    def close(self, status: str = "finished") -> None:
        """Write what is left, end the record with a status, and close the loggers."""
        if self._closed:
            return
        self._flush()
        self._closed = True
        self._emit({"event": "end", "status": status, "seconds": self.seconds, "products": self.products})
        for logger in self.loggers:
            try:
                logger.close()
            except Exception as error:
                self._warn(f"{type(logger).__name__} could not be closed: {error}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close("finished" if kind is None else f"ended by {kind.__name__}")

    def watch_optimizer(self, optimizer: Any) -> None:
        """Name the training's optimizer, where it is made after the monitor.

        Raises
        ------
        ValueError
            If it is none, has no learning rate, or is another model's.
        """
        unwrapped(optimizer)
        threshold_for(self.objective, optimizer)
        self.optimizer = optimizer

    # In a framework --------------------------------------------------------------------------------------------------

    def lightning(self) -> Any:
        """Return a `lightning.Callback` that calls `step` after every optimizer step and `close` at the end.

        Without an optimizer of its own the monitor takes the trainer's, if there is one.

        Raises
        ------
        ModuleNotFoundError
            Without the package lightning (or pytorch-lightning).
        """
        from landscape.monitor.lightning import callback

        return callback(self)

    def transformers(self) -> Any:
        """Return a `transformers.TrainerCallback` that calls `step` after every optimizer step and `close` at the end.

        Without an optimizer of its own the monitor takes the trainer's.

        Raises
        ------
        ModuleNotFoundError
            Without the package transformers.
        """
        from landscape.monitor.huggingface import callback

        return callback(self)

    # What there is by now --------------------------------------------------------------------------------------------

    @property
    def tree(self) -> xr.DataTree:
        """The record as a DataTree laid out like `Study.tree`, which the displays take: `from_study(monitor)`."""
        self._flush()
        return self.record.tree

    def _summary(self) -> Summary:
        record = self.record._summary()
        return replace(record, notes=[f"{self.products} products in {self.seconds:.3g} s"])

    # Internals -------------------------------------------------------------------------------------------------------

    def _measure(self, row: dict[str, Any], notes: list[str]) -> None:
        """Fill a row with what can be measured, as it comes, so that nothing is lost if something fails."""
        if self.optimizer is not None:
            row["lr"] = applied_lrs(self.optimizer)[0]
        row["mean_gradient_norm"], row["zenith"] = self._mu_and_zenith(wait=True)
        weights = [*self._model.named_parameters(), *self._model.named_buffers()]
        at = self.objective.at({name: tensor.detach() for name, tensor in weights})
        row["protocol"] = at.protocol()
        row["loss"], gradient = at.value_and_gradient()
        row["gradient_norm"] = float(at.flatten(gradient).double().norm())
        if not math.isfinite(row["loss"]):
            notes.append(f"the loss is {row['loss']}, so there is no curvature")
            return
        with _WatchedHessian(at, row["loss"], self._rounding) as hessian:
            try:
                pairs = top_eigenpairs(
                    hessian, start=self._pairs, tol=self.tol, max_products=self.max_products, seed=self.seed
                )
                self._pairs = pairs
                row |= {
                    "lambda_max": float(pairs.values[0]),
                    "residual": float(pairs.residuals[0]),
                    "converged": bool(pairs.converged[0]),
                    "protocol": pairs.protocol,
                }
                if not pairs.converged[0]:
                    notes.append(f"lambda_max: {pairs.message}")
                self._edge(row, notes, hessian, pairs)
                if self.trace_probes:
                    trace = hessian_trace(hessian, probes=self.trace_probes, seed=self.seed)
                    row["trace"], row["trace_error"] = trace.value, trace.standard_error
            finally:
                row["products"] = hessian.products + row.pop("_elsewhere", 0)

    def _edge(self, row: dict[str, Any], notes: list[str], hessian: HessianOperator, pairs: Eigenpairs) -> None:
        if self.optimizer is None:
            notes.append("stability: no optimizer was given")
            return
        threshold = threshold_for(self.objective, self.optimizer)
        before = hessian.products
        edge = edge_of_stability(
            hessian,
            threshold,
            pairs=pairs,
            start=self._edge_pairs,
            tol=self.tol,
            max_products=self.max_products,
            route=ROUTE,
            seed=self.seed,
        )
        row["_elsewhere"] = edge.products - (hessian.products - before)  # on fewer parameters
        if edge.pairs is not pairs:
            self._edge_pairs = edge.pairs
        row |= {
            "stability": edge.value,
            "stability_threshold": threshold.value,
            "stability_eigenvalue": edge.eigenvalue,
            "stability_residual": edge.residual,
            "stability_converged": edge.converged,
        }
        notes.append(f"stability: {edge.message}")

    def _note(self, loss: Any, gradient_norm: Any) -> None:
        """Take what is known of a step without waiting for a device."""
        if self.window is not None and gradient_norm is None:
            gradients = [p.grad for p in self._model.parameters() if p.grad is not None]
            if gradients:
                gradient_norm = torch.nn.utils.get_total_norm(gradients)
        if self.window is not None and gradient_norm is not None:
            self._take_norm(float(gradient_norm))
        mean, zenith = self._mu_and_zenith(wait=False)
        if gradient_norm is None:
            gradient_norm = self._told("gradient_norm")
        given = {"loss": loss, "gradient_norm": gradient_norm, "lr": self._lr(), "mean_gradient_norm": mean}
        given = {n: v.detach() if isinstance(v, Tensor) else v for n, v in (given | {"zenith": zenith}).items()}
        if self._pending and self._pending[-1][0] + 1 != self._steps:  # some were not counted, or not noted
            self._flush()
        self._pending.append((self._steps, given))

    def _take_norm(self, norm: float) -> None:
        """ZENITH's rule: the mean of the last W norms once there are W, and the largest of these."""
        if math.isfinite(norm):
            self._norms.append(norm)
            if len(self._norms) == self.window:
                self._zenith = max(self._zenith, sum(self._norms) / len(self._norms))

    def _mu_and_zenith(self, *, wait: bool) -> tuple[float, float]:
        if self.window is not None:
            full = len(self._norms) == self.window
            return (sum(self._norms) / len(self._norms) if full else math.nan), self._zenith
        mean, zenith = (self._told(name, wait=wait) for name in ("mean_gradient_norm", "zenith"))
        return math.nan if mean is None else mean, math.nan if zenith is None else zenith

    def _told(self, name: str, *, wait: bool = False) -> float | None:
        """Return a diagnostic of a ZENITH optimizer, or None; read from a device only if that may be waited for."""
        if self.optimizer is None:
            return None
        inner, _ = unwrapped(self.optimizer)
        group = inner.param_groups[0]
        if group.get("capturable") and not wait:
            return None
        for each in (self.optimizer, inner, getattr(inner, "rule", None)):
            value = getattr(each, name, None)
            if isinstance(value, (int, float)):
                return float(value)
        held = group.get("zenith")  # of a ZenithLR that drives the optimizer
        if isinstance(held, Mapping) and isinstance(held.get("gauge"), Mapping):
            keys = {"gradient_norm": "norm", "mean_gradient_norm": "mean", "zenith": "zenith"}
            return float(held["gauge"][keys[name]])
        return None

    def _lr(self) -> float:
        if self.optimizer is None:
            return math.nan
        group = unwrapped(self.optimizer)[0].param_groups[0]
        if group.get("capturable") or (isinstance(group["lr"], Tensor) and group["lr"].device.type != "cpu"):
            return math.nan  # reading it would wait for the device
        return applied_lrs(self.optimizer)[0]

    def _may_measure(self) -> bool:
        if self.max_share is None or not self.seconds:
            return True
        assert self._began is not None
        elapsed = time.perf_counter() - self._began
        return self.seconds + self._last_cost <= self.max_share * (elapsed + self._last_cost)

    def _flush(self) -> None:
        """Turn the notes of steps into an event."""
        if not self._pending:
            return
        series = {
            name: [math.nan if row[name] is None else float(row[name]) for _, row in self._pending] for name in SERIES
        }
        with uninterrupted():
            self._emit({"event": "steps", "first": self._pending[0][0], **series})
            self._pending.clear()

    def _emit(self, event: Mapping[str, Any]) -> None:
        self.record.add(event)
        if self._file is not None:
            try:
                self._file.write(event)
            except OSError as error:
                self._warn(
                    f"'{self._file.path}' could not be written, and lacks what is recorded from here on: {error}"
                )

    def _warn(self, text: str) -> None:
        kind = text.partition(":")[2]
        if kind not in self._warned:  # the same reason once
            self._warned.add(kind)
            warnings.warn(text, RuntimeWarning, stacklevel=4)

    def _described(self) -> dict[str, Any]:
        label, unit = (self.objective.loss_attributes.get(key, "") for key in ("long_name", "units"))
        if unit:
            label = f"{label.removesuffix(')')}{', ' if label.endswith(')') else ' ('}{unit})"
        described: dict[str, Any] = {}
        if self.optimizer is not None:
            inner, _ = unwrapped(self.optimizer)
            described = {"class": type(inner).__name__, "groups": [_plain(group) for group in inner.param_groups]}
        return {
            "event": "start",
            "schema": SCHEMA,
            "name": self.name,
            "seed": self.seed,
            "every": self.every,
            "loss_label": label,
            "objective": self.objective.protocol(),
            "optimizer": described,
            "tol": self.tol,
            "max_products": self.max_products,
            "trace_probes": self.trace_probes,
            "max_share": self.max_share,
            "window": self.window,
        }


def _plain(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a parameter group that JSON holds."""
    found: dict[str, Any] = {}
    for name, value in group.items():
        if name == "params" or (isinstance(value, Tensor) and value.numel() != 1):
            continue
        plain = value.item() if isinstance(value, Tensor) and value.device.type == "cpu" else value
        try:
            json.dumps(plain)
        except (TypeError, ValueError):
            continue
        if isinstance(plain, (bool, int, float, str, list, tuple)) or plain is None:
            found[name] = list(plain) if isinstance(plain, tuple) else plain
    return found
