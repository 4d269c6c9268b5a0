"""Paired training: `zenith.train`, its options and its result."""

from zenith.training.evaluation import evaluate
from zenith.training.options import LoopOptions
from zenith.training.run import Run
from zenith.training.state import State, hash_state
from zenith.training.train import checkpoint_steps, default_device, initial_model

__all__ = [
    "LoopOptions",
    "Run",
    "State",
    "checkpoint_steps",
    "default_device",
    "evaluate",
    "hash_state",
    "initial_model",
]
