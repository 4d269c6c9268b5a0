"""Tasks of a Ray cluster as an executor."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landscape.study.engines.spec import EngineSpec

__all__ = ["RayExecutor"]

_RETRIES = 3
"""How often Ray begins a task again whose machine is gone, elsewhere."""


class RayExecutor(Executor):
    """Send calls to Ray: to the cluster this process is connected to, or the one that ``ray.init`` finds or starts.

    Parameters
    ----------
    spec : EngineSpec
        What each task needs, and the arguments of ``ray.init``, such as ``address``.
    """

    def __init__(self, spec: EngineSpec) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        import ray

        self._ours = not ray.is_initialized()
        if self._ours:
            ray.init(**{"log_to_driver": False, "include_dashboard": False, **spec.options})
        needs: dict[str, Any] = {"num_cpus": spec.cpus, "num_gpus": spec.gpus}
        if spec.memory is not None:
            needs["memory"] = int(spec.memory * 1e9)
        self._remote = ray.remote(_call).options(**needs, max_retries=_RETRIES)
        self._left: dict[Future[Any], Any] = {}

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Send a call as a task."""
        reference, future = self._remote.remote(function, arguments, keywords), Future[Any]()
        self._left[future] = reference
        reference.future().add_done_callback(lambda finished: self._settle(future, finished))
        return future

    def _settle(self, future: Future[Any], finished: Future[Any]) -> None:
        from ray import exceptions

        from landscape.study.engines.spec import WorkerDiedError

        self._left.pop(future, None)
        error = finished.exception()
        if error is None:
            future.set_result(finished.result())
        elif isinstance(error, exceptions.RayTaskError):
            future.set_exception(error.cause)
        elif isinstance(error, exceptions.RayError):
            future.set_exception(WorkerDiedError(str(error).splitlines()[0]))
        else:
            future.set_exception(error)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for the tasks, or cancel them; leave Ray if this executor joined it."""
        import ray

        left = list(self._left.values())
        if cancel_futures:
            for reference in left:
                ray.cancel(reference, force=True)
        elif wait and left:
            ray.wait(left, num_returns=len(left))
        if self._ours:
            ray.shutdown()


def _call(function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    return function(*arguments, **keywords)
