"""One measurement at a time, in a thread of its own, so that the notebook stays free; it can be stopped.

A training that goes on meanwhile is not disturbed: the thread measures on a private copy of the model (`landscape._common.threads`), and
the objective is made by whoever asks, because making a model draws random numbers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from landscape.explorer.measuring import Cancelled, How, Measured, measure
from landscape.objective.objective import Objective

__all__ = ["Worker"]

At = Callable[[str, int], Objective]


class Worker:
    """Measures checkpoints.

    Parameters
    ----------
    at : callable
        ``at(run, step)``, the objective at a checkpoint; may be slow the first time.
    how : callable
        Returns how to measure, once `at` has been called.
    tell : callable
        Given a status: a dict with "kind" ("measuring", "done", "error" or "idle"), "text" and "fraction".
    found : callable
        Given what was measured.

    Attributes
    ----------
    results : list of Measured
        Everything measured so far.
    """

    def __init__(
        self, at: At, how: Callable[[], How], tell: Callable[[dict[str, Any]], None], found: Callable[[Measured], None]
    ) -> None:
        self._at, self._how, self._tell, self._found = at, how, tell, found
        self._stop = threading.Event()
        self._one = threading.Lock()
        self._thread: threading.Thread | None = None
        self.results: list[Measured] = []

    def start(self, run: str, step: int, what: str) -> bool:
        """Begin a measurement; False if one is under way."""
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
        """Stop what is under way, after the product or the points that it is at."""
        self._stop.set()

    def wait(self) -> None:
        """Return when nothing is under way."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def run(self, run: str, step: int, what: str) -> Measured:
        """Measure here and now, after what is under way."""
        with self._one:
            self._stop.clear()
            return self._measure(self._read(run, step), run, step, what)

    def _attempt(self, at: Objective, run: str, step: int, what: str) -> None:
        try:
            self._measure(at, run, step, what)
        except Cancelled:
            self._tell({"kind": "idle", "text": "cancelled", "fraction": None})
        except Exception as error:  # shown where it was asked for: nobody waits for this thread
            self._failed(error)
        finally:
            self._one.release()

    def _failed(self, error: Exception) -> None:
        self._tell({"kind": "error", "text": str(error) or type(error).__name__, "fraction": None})

    def _read(self, run: str, step: int) -> Objective:
        words = f"{run}, step {step}: reading weights and data"
        self._tell({"kind": "measuring", "text": words, "fraction": None})
        return self._at(run, step)

    def _measure(self, at: Objective, run: str, step: int, what: str) -> Measured:
        place = f"{run}, step {step}"

        def tell(words: str, fraction: float | None) -> None:
            if self._stop.is_set():
                raise Cancelled
            self._tell({"kind": "measuring", "text": f"{place}: {words}", "fraction": fraction})

        result = measure(at, run, step, what, self._how(), tell)
        self.results.append(result)
        self._found(result)
        self._tell({"kind": "done", "text": f"{place}: {result.text}", "fraction": 1.0})
        return result
