"""A square plane by other toolkits, each behind the same call: a net and a side to the losses.

Each gets the whole batch at once and the cheapest directions it has; tests/landscape/test_known_defects.py says how far
to trust their axes and values.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
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


def _loss_landscape_3d(net: Net, side: int) -> Any:
    from loss_landscape_3d import LossLandscapeCalculator, generate_random_directions

    model = copy.deepcopy(net.model)  # of which it moves the running statistics, too
    with _quiet():
        u, v = generate_random_directions(model)
        steps = np.linspace(-0.5, 0.5, side)
        centre = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        calculator = LossLandscapeCalculator(model, [(net.inputs, net.targets)], nn.CrossEntropyLoss())
        return calculator.calculate(steps, steps, u, v, centre)


RIVALS = (
    Rival("loss-landscapes", "loss_landscapes", _loss_landscapes),
    Rival("Landscaper", "landscaper", _landscaper),
    Rival("loss-landscape-3d", "loss_landscape_3d", _loss_landscape_3d),
    Rival("pylandscape", "pylandscape", _pylandscape),
)


def installed() -> tuple[list[Rival], dict[str, str]]:
    """Return the rivals that can be imported, with their versions in their names, and why the others cannot."""
    found, missing = [], {}
    for rival in RIVALS:
        try:
            with _quiet():
                __import__(rival.module)
            found.append(dataclasses.replace(rival, name=f"{rival.name} {metadata.version(rival.name)}"))
        except Exception as error:  # imports of abandoned packages fail in many ways
            missing[rival.name] = f"cannot be imported: {error}"
    return found, missing
