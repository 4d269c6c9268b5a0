"""The most memory that this process has held."""

import resource
import sys
from pathlib import Path


def peak_megabytes() -> float:
    """Since its program was started; getrusage counts what the process that started it held as well."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
