"""What the rounding of a run's numbers depends on besides its settings: versions, and what computes them."""

from __future__ import annotations

import numpy as np
import torch

__all__ = ["ENVIRONMENT", "environment"]

ENVIRONMENT = {"torch": "torch", "numpy": "numpy", "cpu_capability": "processor capability", "gpu": "GPU"}
"""Keys of an environment, and what they are called in a sentence."""


def environment(device: torch.device | str = "cpu") -> dict[str, str]:
    """Return the environment of this process, with the name of the GPU that `device` is; of a CPU without one."""
    values = torch.__version__, np.__version__, torch.backends.cpu.get_cpu_capability()
    found = dict(zip(ENVIRONMENT, map(str, values), strict=False))
    return found | ({"gpu": torch.cuda.get_device_name(device)} if torch.device(device).type == "cuda" else {})
