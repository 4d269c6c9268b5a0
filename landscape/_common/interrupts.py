"""Ctrl-C during a measurement: raise with the finished part attached, and stop all ranks together."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, get_args

T = TypeVar("T")

OnInterrupt = Literal["raise", "return"]
"""What a measurement does with what is finished when Ctrl-C ends it: raise `Interrupted` with it, or return it."""


class Stop(StrEnum):
    """What ended a computation; the values are what records say."""

    CONVERGED = "converged"
    BUDGET = "budget"
    MEMORY = "memory"
    ROUNDING = "rounding"
    INTERRUPTED = "interrupted"


class Interrupted(KeyboardInterrupt):
    """Ctrl-C ended a measurement of which a part was finished; a KeyboardInterrupt that carries this part.

    Where nothing was finished by then, it is a plain KeyboardInterrupt, as anywhere in Python. Every measurement that
    can be of use half done takes ``on_interrupt="return"``, for those who would rather go on with the part.

    Attributes
    ----------
    partial : object
        What the function would have returned, of the finished part: an `Eigenpairs`, an `Estimate`, a dataset. Its
        message or protocol says that it was interrupted.

    Examples
    --------
    >>> class Stopped(ls.HessianOperator):  # the third product finds Ctrl-C pressed
    ...     def matvec(self, vector):
    ...         if self.products == 2:
    ...             raise KeyboardInterrupt
    ...         return super().matvec(vector)
    >>> try:
    ...     pairs = ls.top_eigenpairs(Stopped(loss))
    ... except ls.Interrupted as error:
    ...     pairs = error.partial
    >>> pairs.products, pairs.protocol["stop"]
    (2, 'interrupted')
    >>> ls.top_eigenpairs(Stopped(loss), on_interrupt="return").products
    2
    """

    def __init__(self, partial: Any) -> None:
        super().__init__(partial)
        self.partial = partial

    def __str__(self) -> str:
        return f"interrupted; the finished part, of type {type(self.partial).__name__}, is in error.partial"


def check_on_interrupt(on_interrupt: Any) -> None:
    """Raise ValueError for anything but "raise" and "return"."""
    if on_interrupt not in get_args(OnInterrupt):
        raise ValueError(
            f'on_interrupt is {on_interrupt!r}: choose "raise" (Ctrl-C raises landscape.Interrupted, whose `partial` '
            f"is what "
            'was finished) or "return" (which returns that).'
        )


def deliver(result: T, interrupted: bool, on_interrupt: OnInterrupt) -> T:
    """Return a result, or raise it as the `partial` of `Interrupted` if Ctrl-C cut it short.

    With ``on_interrupt="return"`` it is returned in either case.
    """
    if interrupted and on_interrupt == "raise":
        raise Interrupted(result)
    return result


@contextmanager
def without_partial() -> Iterator[None]:
    """Raise an `Interrupted` of the block as a plain KeyboardInterrupt: its part is not the caller's result."""
    try:
        yield
    except Interrupted as error:
        raise KeyboardInterrupt from error


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back until the end of the block, so that what is updated together stays together."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[Any] = []
    before = signal.getsignal(signal.SIGINT)
    if before is None:  # a handler that was not installed from Python cannot be put back
        yield
        return
    signal.signal(signal.SIGINT, lambda number, frame: held.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held and callable(before):
            before(*held[0])


class Interrupts:
    """Deferred Ctrl-C, so that all ranks stop together.

    While deferred, an interrupt is noted instead of leaving the other ranks alone in their collective calls; a second
    one acts at once. As a context manager it defers until the end of the block.
    """

    def __init__(self) -> None:
        self.pending = False
        self._scope = ExitStack()

    def __enter__(self) -> Self:
        self._scope.enter_context(self.deferred())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scope.close()
        if error is None:  # nothing has acted on one since
            self.act(self.pending)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Context that records interrupts, unless one does already or the program handles them itself."""
        main = threading.current_thread() is threading.main_thread()
        if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def act(self, any_rank: bool) -> None:
        """Raise KeyboardInterrupt if any rank was interrupted."""
        if any_rank:
            self.pending = False
            raise KeyboardInterrupt

    def _note(self, number: int, frame: Any) -> None:
        if self.pending:
            signal.default_int_handler(number, frame)
        self.pending = True
