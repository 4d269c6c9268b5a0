"""The random streams of a run: one seed each for weights, batches and every step."""

from __future__ import annotations

import torch

from zenith._common.streams import stream_seed

__all__ = ["StepSeeds", "stream_seed"]


class StepSeeds:
    """Seeds torch's generators before every step, so that the steps of a pair draw the same numbers (dropout).

    Parameters
    ----------
    seed : int
        Of the run.
    device : torch.device
        Whose generator is seeded as well as the CPU's.
    rank : int
        Each process draws numbers of its own.
    """

    def __init__(self, seed: int, device: torch.device, rank: int = 0) -> None:
        self._seed, self._suffix = seed, f"-rank-{rank}" if rank else ""
        # torch.manual_seed records a stack trace for its message about forks, half a millisecond a step.
        cuda = [torch.cuda.default_generators[device.index]] if device.type == "cuda" else []
        self._generators = [torch.default_generator, *cuda]
        self._seeds: dict[int, int] = {}

    def set(self, step: int) -> None:
        """Seed the generators for step number `step`."""
        seed = self._seeds.get(step)
        if seed is None:  # many at a time: between two batches, a hash costs twenty times what it does in a row of them
            self._seeds = {n: stream_seed(self._seed, f"step-{n}{self._suffix}") for n in range(step, step + 256)}
            seed = self._seeds[step]
        for generator in self._generators:
            generator.manual_seed(seed)
