"""Timing and options of autotuning, for Hessian-vector products and for evaluations of slices."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

Route = Literal["auto", "rewritten", "plain"]
ProductRoute = Literal["auto", "rewritten", "plain", "compiled"]


PLAIN = "as they are"


@contextmanager
def timed(device: torch.device) -> Iterator[list[float]]:
    """Context that measures the seconds its body takes, as the only entry of the list.

    On CPUs the lesser of wall and CPU time: other processes on the same cores only lengthen the one, and the threads of
    this one only the other.
    """
    elapsed = [0.0]
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    start, cpu = time.perf_counter(), time.process_time()
    yield elapsed
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elapsed[0] = time.perf_counter() - start
    if device.type == "cpu":
        elapsed[0] = min(elapsed[0], time.process_time() - cpu)
