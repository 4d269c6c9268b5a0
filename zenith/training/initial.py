"""The model that all methods of a seed start from."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.parameter import UninitializedParameter

from zenith._common.streams import preserved_generators, seed_generators, stream_seed
from zenith.tasks import Task

__all__ = ["initial_model"]


def initial_model(task: Task, seed: int) -> nn.Module:
    """Make the model that every method of this seed starts from, on the CPU; the global generators are restored.

    Raises
    ------
    ValueError
        If the task makes no model, or one without trainable parameters.
    """
    # A device that is not in use yet has no state to keep, but is seeded all the same.
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with preserved_generators(), torch.random.fork_rng(devices=devices):
        torch.manual_seed(stream_seed(seed, "weights"))
        seed_generators(stream_seed(seed, "weights"))
        model = task.model()
    if not isinstance(model, nn.Module):
        raise ValueError(
            f"the model of task '{task.name}' came as a {type(model).__name__}: return a torch.nn.Module from the "
            f"function that makes it"
        )
    lazy = [name for name, p in model.named_parameters() if isinstance(p, UninitializedParameter)]
    if lazy:
        raise ValueError(
            f"the model of task '{task.name}' has parameters without a shape yet, such as '{lazy[0]}' of a lazy layer: "
            f"call it once on an input in the function that makes it"
        )
    if not any(p.requires_grad for p in model.parameters()):
        raise ValueError(
            f"the model of task '{task.name}' has no trainable parameters: set requires_grad=True on those to train"
        )
    return model
