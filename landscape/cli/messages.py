"""What the commands say, and how they read pairs of settings."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from landscape._common.escaping import visible
from landscape.cli.interrupts import INTERRUPTED

__all__ = ["BAD_INPUT", "FAILED", "given_settings", "interrupted", "refuse", "say"]

LONGEST = 2000
"""Letters of a message."""

FAILED = 1
BAD_INPUT = 2


def say(sentence: str) -> None:
    """Print a sentence on the standard error."""
    print(f"landscape: {visible(sentence, longest=LONGEST)}", file=sys.stderr)


def interrupted(sentence: str) -> int:
    """Say that Ctrl-C ended the command; return its exit code."""
    print(file=sys.stderr)  # behind the ^C of the terminal, or a progress bar
    say(f"interrupted: {sentence}")
    return INTERRUPTED


def refuse(error: Exception) -> int:
    """Say what is wrong with what was given; return the exit code."""
    say(str(error))
    return BAD_INPUT


def given_settings(pairs: Sequence[str], flag: str = "--task-settings", example: str = "width=0.125") -> dict[str, Any]:
    """Read KEY=VALUE pairs, the value as TOML has it, or else as text."""
    import tomllib

    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise ValueError(f"{flag} takes KEY=VALUE, such as {example}, got {pair!r}")
        try:
            found[key] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            found[key] = text
    return found
