"""Ctrl-C in the command `landscape`: one sentence and exit code 130, whatever it is doing.

Before its work begins, the command leaves at once: KeyboardInterrupt within an import can leave half a module behind,
or be lost in compiled code. While it works, KeyboardInterrupt lets what is finished be kept.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

__all__ = ["INTERRUPTED", "keeping", "leave_at_once"]

INTERRUPTED = 130
"""Exit code."""


def leave_at_once() -> None:
    """Let Ctrl-C end the process with one sentence, without an exception, from now on.

    A process that was started with SIGINT ignored, as in the background of a script, goes on ignoring it.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


@contextlib.contextmanager
def keeping() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt in the block, whose work is kept as far as it came, and leave at once after.

    Without effect where `leave_at_once` had none, as in a Python session.
    """
    if signal.getsignal(signal.SIGINT) is not _leave:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, _leave)


def _leave(number: int, frame: object) -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the interrupt may have come in the middle of a write
            stream.flush()
    os.write(2, b"\nlandscape: interrupted\n")
    os._exit(INTERRUPTED)
