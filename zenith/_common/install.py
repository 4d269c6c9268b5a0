"""The command that installs an optional package."""

from __future__ import annotations

import importlib.metadata
import shlex

__all__ = ["install_command"]


def install_command(package: str) -> str:
    """Return what to type in a shell: quoted, since zsh reads brackets, and with the version of torch at hand.

    pip may replace torch by another build to please a new package.
    """
    torch = importlib.metadata.version("torch").partition("+")[0]
    return shlex.join(["pip", "install", package, f"torch=={torch}"])
