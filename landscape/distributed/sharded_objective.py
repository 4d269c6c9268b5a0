r"""The loss of a model larger than a device: every parameter is cut into rows, one part per rank.

A parameter is gathered when a layer reads it, and freed when the layer is done; derivatives take the way back, and sum
over the ranks. Both ways are linear and each other's transpose, so derivatives of any order are exact, and for the
Hessian no vector of full length ever exists: each rank holds its own entries of it. FSDP (`fully_shard`) works alike,
but cuts the graph of the gradient, and so has no exact second derivatives.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from landscape.distributed.ranks import (
    all_gather_checked,
    check_agreement,
    check_disjoint,
    combined_protocol,
    data_metadata,
    digest,
    rank_and_size,
)
from landscape.distributed.sharding import Gathered, RowLayout, mesh_of, reading, shard_parameters, unshard_parameters
from landscape.objective.criteria import scalar
from landscape.objective.data import Batch
from landscape.objective.metrics import Metric, accumulates
from landscape.objective.objective import Objective

__all__ = ["ShardedObjective", "shard_parameters", "unshard_parameters"]

T = TypeVar("T")


class ShardedObjective(Objective):
    """The mean loss over the data of all ranks, of a model whose parameters are spread over them.

    It is built and called on all ranks together. Values are those of all data; mappings from name to tensor, such as
    `parameters`, gradients and directions, hold this rank's rows, and flat vectors this rank's entries.

    Parameters
    ----------
    model : torch.nn.Module
        After `shard_parameters(model, mesh)`. Ranks must take the same way through it, whatever their data: they
        gather parameters together.
    criterion, data, **options
        See `Objective`; `data` are this rank's own. Shards may be unequal; cut them as `DataParallelOperator` says.
        On a device, build one batch per rank if it fits: each batch gathers all parameters.

    Attributes
    ----------
    rank, ranks : int
    num_parameters, num_samples : int
        Of this rank.

    Raises
    ------
    ValueError
        For what `Objective` refuses, and if the ranks disagree.

    Notes
    -----
    Autograd keeps parts of parameters and gathers again in the backward pass, so that no more than the parameters of
    one layer are whole at a time; activations are kept, unless layers are wrapped in `torch.utils.checkpoint`. If a
    rank fails in the middle of an evaluation, the others wait for it until its process ends.

    Random directions come from `ShardedHessianOperator.probe`; `random_direction` would give every rank the same rows.

    Examples
    --------
    Under `torchrun` these lines run on every rank; here one process is the only rank:

    >>> import copy
    >>> import torch.distributed as dist
    >>> dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    >>> rank, ranks = dist.get_rank(), dist.get_world_size()
    >>> sharded = ls.shard_parameters(copy.deepcopy(model))
    >>> everywhere = ls.ShardedObjective(sharded, torch.nn.CrossEntropyLoss(), (X[rank::ranks], y[rank::ranks]))
    >>> value, gradient = everywhere.value_and_gradient()
    >>> abs(value - loss.value()) < 1e-6
    True
    >>> dist.destroy_process_group()
    """

    is_sharded = True

    def __init__(
        self,
        model: nn.Module,
        criterion: Callable[[Any, Any], Tensor] | None = None,
        data: Any = None,
        **options: Any,
    ) -> None:
        rank_and_size(None)
        self._record = Gathered()
        self._gathered: dict[str, Any] = {}
        self._rounds: list[tuple[Batch, float]] | None = None
        model = getattr(model, "_orig_mod", model)
        mesh = mesh_of(model)
        self._group = mesh.get_group()
        self.rank, self.ranks = rank_and_size(self._group)
        self._layouts: dict[str, RowLayout] = {}
        self._readers: dict[nn.Module, type[nn.Module]] = {}
        for prefix, module in model.named_modules():
            own = {n: self._layout(p) for n, p in module._parameters.items() if isinstance(p, DTensor)}
            self._layouts |= {f"{prefix}.{name}".lstrip("."): layout for name, layout in own.items()}
            if own:
                self._readers[module] = reading(type(module), own, self._record)
        for name, metric in (options.get("metrics") or {}).items():
            if accumulates(metric):
                raise ValueError(
                    f"The metric {name!r} accumulates over batches, which lie on several ranks here: leave it out, or "
                    "evaluate it on an Objective of the whole model."
                )
        super().__init__(model, criterion, data, **options)
        metadata = all_gather_checked(self._metadata, self._group)
        check_agreement(metadata)
        check_disjoint(metadata)
        self._gathered = combined_protocol(metadata, self._group)
        share = self.total_weight / sum(entry["weight"] for entry in metadata)
        samples = self.total_weight if self._count else self.num_samples
        self._metric_share = samples / sum(entry["weight" if self._count else "samples"] for entry in metadata)
        self._most_batches = max(entry["batches"] for entry in metadata)
        rounds = [(batch, weight * share) for batch, weight in super().batches()]
        # Ranks gather parameters together: those with fewer batches evaluate one of theirs again, at weight zero.
        most = max(entry["rounds"] for entry in metadata)
        self._rounds = rounds + [(rounds[0][0], 0.0)] * (most - len(rounds))

    @property
    def total_parameters(self) -> int:
        """Number of trainable parameters of the whole model."""
        return sum(layout.numel for layout in self.layouts().values())

    @property
    def split(self) -> None:
        """None: outputs and loss are not separated, because the weight of this rank's data is a factor of the loss."""
        return

    def batches(self) -> Iterator[tuple[Batch, float]]:
        """Iterate over this rank's batches, each paired with its weight in L, which `loss` multiplies by.

        Yield weight one.
        """
        rounds = super().batches() if self._rounds is None else self._rounds
        return (((batch, weight), 1.0) for batch, weight in rounds)

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """Mean loss of a batch times its weight: derivatives sum over ranks, so the weight must be inside."""
        rows, weight = batch
        return super().loss(model, rows) * weight

    def _execute(self, function: Callable[[nn.Module], T], parameters: Mapping[str, Tensor], second_order: bool) -> T:
        """Return `function(model)`, where a parameter is gathered when the model reads it."""
        kinds = {module: type(module) for module in self._readers}
        try:
            for module, reader in self._readers.items():
                module.__class__ = reader
            with self._record.saved_as_parts():
                return super()._execute(function, parameters, second_order)
        finally:
            for module, kind in kinds.items():
                module.__class__ = kind

    def value_and_gradient(self, parameters: Mapping[str, Tensor] | None = None) -> tuple[float, dict[str, Tensor]]:
        """Return L over all data, and this rank's rows of its gradient."""
        value, gradient = super().value_and_gradient(parameters)
        return float(self.sum_over_ranks(torch.tensor(value, dtype=torch.float64))), gradient

    def sum_over_ranks(self, partial: Tensor) -> Tensor:
        """Return the sum of all ranks' tensors, the same on all."""
        total = partial.to(self.device, copy=True, memory_format=torch.contiguous_format)
        if total.numel():
            dist.all_reduce(total, group=self._group)
        return total.to(partial.device)

    def at(self, state: Mapping[str, Tensor]) -> "ShardedObjective":
        """Return the same objective at other weights.

        The weights may be DTensors (as in a state dict), this rank's rows, or whole tensors.
        """
        if isinstance(state, Mapping):
            state = {
                name: self._layouts[name].part(tensor)
                if name in self._layouts and isinstance(tensor, Tensor)
                else tensor
                for name, tensor in state.items()
            }
        other = super().at(state)
        assert isinstance(other, ShardedObjective)
        return other

    def subset(self, samples: Any, *, seed: int = 0) -> NoReturn:
        """Not for sharded models, where all ranks must agree: build another objective on the samples you want."""
        raise ValueError("A sharded objective has no subset: build another ShardedObjective on each rank's samples.")

    def with_batch_size(self, rows: int) -> NoReturn:
        """Not for sharded models, where all ranks must agree: build another objective with that batch size."""
        raise ValueError("A sharded objective keeps its batches: build another ShardedObjective with batch_size.")

    def protocol(self) -> dict[str, Any]:
        """What determines the value, with the data of all ranks (JSON-able); no communication."""
        return (
            super().protocol()
            | self._gathered
            | {
                "parameters": self.total_parameters,
                "parameters_on": "all ranks, in rows (DTensor Shard(0))",
                "reduction": "one reduce-scatter per use of a parameter, in its own precision",
            }
        )

    def layouts(self) -> dict[str, RowLayout]:
        """The layout of each trainable parameter: how it is cut into rows."""
        return {name: self._layouts[name] for name in self.parameters}

    def _layout(self, p: DTensor) -> RowLayout:
        return RowLayout(p.shape, self.rank, self.ranks, self._group)

    def _copy(self, tensor: Tensor) -> Tensor:
        return super()._copy(self._layout(tensor).part(tensor.detach()) if isinstance(tensor, DTensor) else tensor)

    def _means(self, parameters: Mapping[str, Tensor] | None, metrics: Mapping[str, Metric]) -> dict[str, float]:
        given = self._given(parameters)
        sums = torch.zeros(1 + len(metrics), dtype=torch.float64)
        sums[0] = self._penalty(given)
        shares = [share * self._metric_share for share in self._metric_weights]
        padding = self._most_batches - len(shares)

        def run(model: nn.Module) -> None:
            for batch, _ in self.batches():
                sums[0] += float(self.loss(model, batch).detach())
            rounds = [*zip(self._batches, shares, strict=True), *[(self._batches[0], 0.0)] * padding]
            for batch, share in rounds if metrics else []:
                for i, (name, metric) in enumerate(metrics.items(), 1):
                    assert callable(metric)
                    sums[i] += share * float(scalar(metric(model, batch), f"metric {name!r}").detach())

        self.run_values(run, given)
        means = self.sum_over_ranks(sums).tolist()
        return dict(zip(("loss", *metrics), means, strict=True))

    def _metadata(self) -> dict[str, Any]:
        buffers = {name: tensor for name, tensor in self.constants.items() if name in self._buffers}
        return data_metadata(self) | {
            "model": [(name, tuple(layout.shape)) for name, layout in self.layouts().items()],
            "constants": digest(buffers),
            "rounds": sum(1 for _ in super().batches()),
        }
