"""What the rounding of a run's numbers depends on besides its settings: versions, and the processor's instructions."""

from __future__ import annotations

import numpy as np
import torch

__all__ = ["ENVIRONMENT", "environment"]

ENVIRONMENT = {"torch": "torch", "numpy": "numpy", "cpu_capability": "processor capability"}
"""Keys of an environment, and what they are called in a sentence."""


def environment() -> dict[str, str]:
    """Return the environment of this process."""
    values = torch.__version__, np.__version__, torch.backends.cpu.get_cpu_capability()
    return dict(zip(ENVIRONMENT, map(str, values), strict=True))
