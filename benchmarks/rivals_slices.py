"""A square plane by other toolkits, each behind the same call: a net and a side to the losses.

Each gets the whole batch at once and the cheapest directions it has; what their axes and values are worth is another
matter, which tests/landscape/test_slices.py goes into.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from nets import Net
from torch import nn


@dataclass(frozen=True)
class Rival:
    """A toolkit, the module it is imported as, and its plane of `side` times `side` points."""

    name: str
    module: str
    run: Callable[[Net, int], Any]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


def _loss_landscapes(net: Net, side: int) -> Any:
    import loss_landscapes
    from loss_landscapes.metrics import Loss

    with _quiet(), torch.inference_mode(False), torch.no_grad():
        metric = Loss(nn.CrossEntropyLoss(), net.inputs, net.targets)
        return loss_landscapes.random_plane(net.model, metric, distance=1, steps=side, deepcopy_model=True)


def _landscaper(net: Net, side: int) -> Any:
    from landscaper.compute import compute_loss_landscape

    def loss(model: nn.Module, data: Any) -> float:
        return float(nn.functional.cross_entropy(model(data[0]), data[1]))

    torch.manual_seed(0)
    directions = [[torch.randn_like(p) for p in net.model.parameters()] for _ in range(2)]
    with _quiet():
        return compute_loss_landscape(
            net.model, (net.inputs, net.targets), directions, loss, steps=side, dim=2, device="cpu"
        )


def _pylandscape(net: Net, side: int) -> Any:
    from pylandscape.surface import Surface

    with _quiet(), torch.no_grad():
        surface = Surface(net.model, nn.CrossEntropyLoss(), [(net.inputs, net.targets)], device=torch.device("cpu"))
        return surface.random_surface((-1.0, 1.0), side)


RIVALS = (
    Rival("loss-landscapes", "loss_landscapes", _loss_landscapes),
    Rival("Landscaper", "landscaper", _landscaper),
    Rival("pylandscape", "pylandscape", _pylandscape),
)


def installed() -> list[Rival]:
    """Return the rivals that can be imported; says which cannot, and why."""
    found = []
    for rival in RIVALS:
        try:
            with _quiet():
                __import__(rival.module)
        except Exception as error:  # imports of abandoned packages fail in many ways
            print(f"{rival.name} is left out ({error}): see benchmarks/requirements.txt", flush=True)
        else:
            found.append(rival)
    return found
