"""The command `landscape`, also as ``python -m landscape``; Ctrl-C while it is imported is one sentence."""

import os
import sys

from landscape.cli.interrupts import leave_at_once

__all__ = ["main"]


def main() -> None:
    """Run the command, and exit with its code."""
    leave_at_once()
    from landscape.cli.main import main as command  # which takes a while

    try:
        command()
    except BrokenPipeError:  # nobody reads on, as behind `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the last flush
        sys.exit(1)


if __name__ == "__main__":
    main()
