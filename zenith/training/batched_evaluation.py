"""Evaluate many models of one architecture at once: their outputs are those of one compiled program."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.utils._pytree import tree_flatten, tree_unflatten

from zenith.tasks import Batch, Split
from zenith.tasks.losses import forward
from zenith.tasks.metrics import Totals
from zenith.training.batched_program import Program, compiled, recorded
from zenith.training.evaluation import indices_of, measurements
from zenith.training.matrix_convolution import MatrixConvolutions
from zenith.training.setup import Setup

__all__ = ["BatchedEvaluation", "Measure"]

Measure = Callable[[int, str], tuple[float, ...]]
"""Returns the mean loss and the metrics of a run over a part of the data."""

ROWS = 128
"""Of one call of the program, which is compiled for so many; what is short of them is filled up."""

MOST = 2**24
"""Outputs of all models over one part of the data that are kept at once."""


class BatchedEvaluation:
    """Evaluates the models of several runs, where loss and metrics are functions of a model's outputs.

    Parameters
    ----------
    setups : sequence of Setup
    params, others : dict of str to Tensor
        The models' parameters and all else that they hold, stacked; where they are is not to change.
    backend : str
        Of `torch.compile`.

    Attributes
    ----------
    usable : bool
        Whether models are evaluated at once; else each is by itself.
    seconds_compiling : float

    Notes
    -----
    At the first evaluation every model computes its outputs by itself as well, and at the second, fourth, eighth and so
    on one of them does. Where these differ by more than rounding, every model is evaluated by itself from then on.
    """

    def __init__(
        self, setups: Sequence[Setup], params: dict[str, Tensor], others: dict[str, Tensor], backend: str
    ) -> None:
        self._setups, self._params, self._others, self._backend = setups, params, others, backend
        first = setups[0]
        self.usable = (
            all(setup.method.evaluated_at == "weights" for setup in setups)
            and Totals(first.task.loss, first.task.metrics).of_outputs
            and all(isinstance(split, Split) for split in first.data.parts.values())
        )
        self.seconds_compiling = 0.0
        self._evaluations = 0
        self._programs: dict[Any, Program] = {}

    def take(self, active: Sequence[bool]) -> Measure | None:
        """Compute the outputs of all models; return what measures a run by them, None if each is to be by itself."""
        if not self.usable:
            return None
        self._evaluations += 1
        given: dict[str, tuple[list[Batch], list[Tensor]]] = {}
        try:
            with torch.no_grad():
                for part, split in self._setups[0].data.parts.items():
                    batches = list(split.batches(indices_of(split)))
                    given[part] = batches, [self._outputs(batch) for batch in batches]
                self.usable = self._agree(given, active)
        except Exception:  # whatever a model makes of stacked weights
            self.usable = False
        return partial(self._measured, given) if self.usable else None

    def _measured(self, given: dict[str, tuple[list[Batch], list[Tensor]]], run: int, part: str) -> tuple[float, ...]:
        setup = self._setups[run]
        batches, outputs = given[part]
        known = _Known([each[run] for each in outputs])
        return measurements(setup.task, known, setup.data.parts[part], batches=batches)

    def _outputs(self, batch: Batch) -> Tensor:
        """Return the outputs of all models for a batch, of shape (models, rows, ...)."""
        leaves, spec = tree_flatten(batch)
        if not all(isinstance(leaf, Tensor) and leaf.dim() and len(leaf) == len(leaves[0]) for leaf in leaves):
            raise TypeError("a batch of more than rows")
        rows = len(leaves[0])
        found = []
        for start in range(0, rows, ROWS):
            own = [leaf[start : start + ROWS] for leaf in leaves]
            count = len(own[0])
            if count < ROWS:
                own = [torch.cat([part, part[:1].expand(ROWS - count, *part.shape[1:])]) for part in own]
            found.append(self._program(own, spec)(self._params, self._others, own)[:, :count])
            if found[0][:, :1].numel() * rows > MOST:
                raise MemoryError("the outputs")
        return torch.cat(found, dim=1) if len(found) > 1 else found[0]

    def _program(self, leaves: list[Tensor], spec: Any) -> Program:
        key = spec, tuple((leaf.shape, leaf.dtype) for leaf in leaves)
        if key not in self._programs:
            began = time.perf_counter()
            model = self._setups[0].model
            module = _Outputs(model)

            def of_one(params: dict[str, Tensor], others: dict[str, Tensor], *own: Tensor) -> Tensor:
                tensors = {f"model.{name}": t for name, t in (params | others).items()}
                outputs: Tensor = functional_call(module, tensors, (tree_unflatten(list(own), spec),))
                return outputs

            def program(params: dict[str, Tensor], others: dict[str, Tensor], tensors: list[Tensor]) -> Tensor:
                with MatrixConvolutions(gathered=True):
                    per_model = vmap(of_one, in_dims=(0, 0, *[None] * len(tensors)), randomness="error")
                    return per_model(params, others, *tensors)

            modes = [(part, part.training) for part in model.modules()]
            versions = [leaf._version for leaf in leaves]
            model.eval()
            try:
                graph = recorded(program, (self._params, self._others, leaves))
            finally:
                for part, mode in modes:
                    part.training = mode
            if versions != [leaf._version for leaf in leaves]:
                raise TypeError("a model that changes its inputs")
            self._programs[key] = compiled(graph, self._backend, (self._params, self._others, leaves))
            self.seconds_compiling += time.perf_counter() - began
        return self._programs[key]

    def _agree(self, given: dict[str, tuple[list[Batch], list[Tensor]]], active: Sequence[bool]) -> bool:
        """Whether the outputs are those of the models by themselves, where it is looked at."""
        number, models = self._evaluations, len(self._setups)
        looked_at = range(models) if number == 1 else [number.bit_length() % models] if not number & number - 1 else ()
        for run in looked_at:
            model = self._setups[run].model
            if not active[run]:
                continue
            modes = [(part, part.training) for part in model.modules()]
            model.eval()
            try:
                for batch, outputs in itertools.chain(*(zip(*each, strict=True) for each in given.values())):
                    alone = forward(model, batch)[0]
                    tolerance = torch.finfo(alone.dtype).eps ** 0.5
                    if outputs[run].shape != alone.shape or not torch.isfinite(alone).all():
                        return False
                    if (outputs[run] - alone).norm() > tolerance * alone.norm():
                        return False
            finally:
                for part, mode in modes:
                    part.training = mode
        return True


class _Outputs(nn.Module):
    """The outputs of a model for a batch."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> Any:
        """Return them."""
        return forward(self.model, batch)[0]


class _Known(nn.Module):
    """A model whose outputs for one batch after another are known."""

    def __init__(self, outputs: Sequence[Tensor]) -> None:
        super().__init__()
        self._outputs = iter(outputs)

    def forward(self, *_: Any, **__: Any) -> Tensor:
        """Return the next."""
        return next(self._outputs)
