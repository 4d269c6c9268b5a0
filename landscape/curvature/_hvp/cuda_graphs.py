"""CUDA graphs: capture a computation once and launch it as a whole, without Python and without waiting for the host.

On a GPU a product of a small network is mostly Python: hundreds of kernels of microseconds each, started one by one. A
captured one is started with one call. What can be captured is a function of one tensor whose other inputs keep their
memory and which never waits for the device; anything else fails while it is captured, and is called as before.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


class CapturedProduct:
    """A function of one tensor, captured as a CUDA graph.

    Parameters
    ----------
    function : callable
        From a tensor to a new tensor. It must have run before on `stream`, so that libraries are set up.
    example : Tensor
        Of the shape, type and device of all later arguments.
    stream : torch.cuda.Stream
        Of the function's former calls; autograd goes back over operations on the stream that they ran on.
    holding : object
        Whatever must live as long as the captured graph, because the function reads it.
    watching : sequence of Tensor
        Inputs that somebody else could write to.

    Raises
    ------
    RuntimeError
        If the function cannot be captured.
    """

    def __init__(
        self,
        function: Callable[[Tensor], Tensor],
        example: Tensor,
        stream: torch.cuda.Stream,
        holding: Any = None,
        *,
        watching: Sequence[Tensor] = (),
    ) -> None:
        self._input = example.clone()
        self._holding = holding
        self._watching = watching
        self._versions = [tensor._version for tensor in watching]
        self._graph = torch.cuda.CUDAGraph()
        with on_stream(stream):
            # Other threads, such as a data loader's, may go on allocating meanwhile.
            self._graph.capture_begin(capture_error_mode="thread_local")
            try:
                self._output = function(self._input)
            finally:
                self._graph.capture_end()

    def stale(self) -> bool:
        """Whether a watched tensor has been written to since."""
        return self._versions != [tensor._version for tensor in self._watching]

    def __call__(self, argument: Tensor) -> Tensor:
        """Return the function's value in a new tensor, without waiting for it."""
        self._input.copy_(argument)
        self._graph.replay()
        return self._output.clone()


class CudaGraphCache:
    """Captured graphs of a function of rows, one for each number of rows.

    A function is called as it is the first time, so that libraries are set up; the second time it is captured, and
    the captured product compared with what the first call gave.

    Parameters
    ----------
    rounding : float
        Relative spacing of the numbers in which the function computes.

    Attributes
    ----------
    possible : bool
        Whether graphs are captured; not after one capture has failed.
    launch : str
        How the function is called, for the protocol.
    """

    def __init__(self, rounding: float) -> None:
        self.possible = True
        self.launch = "kernel by kernel"
        self._rounding = rounding
        self._first: dict[int, tuple[Tensor, Tensor]] = {}  # by the number of rows, what the first call gave
        self._captured: dict[int, CapturedProduct] = {}

    def call(
        self,
        rows: Tensor,
        function: Callable[[Tensor], Tensor],
        capture: Callable[[Tensor], CapturedProduct],
        repeatable: Callable[[], bool],
    ) -> Tensor:
        """Return the function's value, by a captured graph where there is one or one can be made.

        Parameters
        ----------
        rows : Tensor, shape (count, ...)
        function : callable
        capture : callable
            From rows to the captured function. A RuntimeError says that it cannot be captured.
        repeatable : callable
            Whether what the function read the last time is still there to be read again.
        """
        count = len(rows)
        if not self.possible:
            return function(rows)
        if count in self._captured and not self._captured[count].stale():
            return self._captured[count](rows)
        if not repeatable() or count not in self._first:
            result = function(rows)
            if repeatable():
                self._first[count] = rows.clone(), result
            return result
        earlier, expected = self._first.pop(count)
        try:
            captured = capture(earlier)
            difference = float((captured(earlier) - expected).norm())
        except RuntimeError as error:
            self._give_up(f"it cannot be captured ({str(error).splitlines()[0]})")
            return function(rows)
        if not difference <= 64 * self._rounding * float(expected.norm()):  # sums on GPUs have no fixed order
            self._give_up(f"the captured product differs by {difference:.2g}")
            return function(rows)
        self._captured[count], self.launch = captured, "captured as a CUDA graph"
        return captured(rows)

    def clear(self) -> None:
        """Drop all captured graphs."""
        self._captured.clear()
        self._first.clear()

    def _give_up(self, reason: str) -> None:
        self.possible, self.launch = False, f"kernel by kernel: {reason}"
        self.clear()


@contextmanager
def on_stream(stream: torch.cuda.Stream | None) -> Iterator[None]:
    """Run the body on another stream, after the work queued on the current one, which then waits for it."""
    if stream is None:
        yield
        return
    current = torch.cuda.current_stream(stream.device)
    stream.wait_stream(current)
    with torch.cuda.stream(stream):
        yield
    current.wait_stream(stream)
