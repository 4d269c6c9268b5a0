"""CUDA graphs: a computation recorded once and launched as a whole, without Python and without waiting for the host.

On a GPU a product of a small network is mostly Python: hundreds of kernels of microseconds each, started one by one. A
recorded one is started with one call. What may be recorded is a function of one tensor whose other inputs keep their
memory and which never waits for the device; anything else fails while it is recorded, and is called as before.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


class Replay:
    """A function of one tensor, recorded as a CUDA graph.

    Parameters
    ----------
    function : callable
        From a tensor to a new tensor. It must have run before on `stream`, so that libraries are set up.
    example : Tensor
        Of the shape, type and device of all later arguments.
    stream : torch.cuda.Stream
        Of the function's former calls; autograd goes back over operations on the stream that they ran on.
    holding : object
        Whatever must live as long as the recording, because the function reads it.
    watching : sequence of Tensor
        Inputs that somebody else could write to.

    Raises
    ------
    RuntimeError
        If the function cannot be recorded.
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
        with beside(stream):
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


@contextmanager
def beside(stream: torch.cuda.Stream | None) -> Iterator[None]:
    """Run the body on another stream, after what was started on the current one, which then waits for it."""
    if stream is None:
        yield
        return
    current = torch.cuda.current_stream(stream.device)
    stream.wait_stream(current)
    with torch.cuda.stream(stream):
        yield
    current.wait_stream(stream)
