r"""The loss of a model larger than a device: every parameter is cut into rows, one part per rank.

A parameter is gathered when a layer reads it, and freed when the layer is done; derivatives take the way back, and sum
over the ranks. Both ways are linear and each other's transpose, so derivatives of any order are exact, and for the
Hessian no vector of full length ever exists: each rank holds its own entries of it. FSDP (`fully_shard`) works alike,
but cuts the graph of the gradient, and so has no exact second derivatives.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, NoReturn, Self, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary
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
from landscape.objective.batching import WeightedBatches
from landscape.objective.batchnorm import BatchNorm
from landscape.objective.criteria import scalar
from landscape.objective.data import Batch
from landscape.objective.evaluation import value_and_gradient
from landscape.objective.functional_model import FunctionalModel
from landscape.objective.metrics import Metric, accumulates
from landscape.objective.objective import Objective
from landscape.objective.parameters import ParameterSpace
from landscape.objective.record import summary_of

__all__ = ["ShardedModel", "ShardedObjective", "shard_parameters", "unshard_parameters"]

T = TypeVar("T")


class ShardedModel(FunctionalModel):
    """A model after `shard_parameters` as a function of this rank's rows, which are gathered when the model reads them.

    Parameters
    ----------
    module : torch.nn.Module

    Attributes
    ----------
    group : torch.distributed.ProcessGroup
    rank, ranks : int
    layouts : dict of str to RowLayout
        How each parameter is cut.
    gathered : Gathered
        What has been gathered.

    Raises
    ------
    ValueError
        If the parameters are not cut in rows over one mesh.
    """

    is_sharded = True

    def __init__(self, module: nn.Module) -> None:
        mesh = mesh_of(module)
        super().__init__(module, torch.device("cpu"))
        self.group = mesh.get_group()
        self.rank, self.ranks = rank_and_size(self.group)
        self.gathered = Gathered()
        self.layouts: dict[str, RowLayout] = {}
        self._readers: dict[nn.Module, type[nn.Module]] = {}
        for prefix, part in module.named_modules():
            own = {n: self._layout(p) for n, p in part._parameters.items() if isinstance(p, DTensor)}
            self.layouts |= {f"{prefix}.{name}".lstrip("."): layout for name, layout in own.items()}
            if own:
                self._readers[part] = reading(type(part), own, self.gathered)

    def local(self, tensor: Tensor) -> Tensor:
        """Return this rank's rows of a parameter, and all of any other tensor."""
        return self._layout(tensor).part(tensor.detach()) if isinstance(tensor, DTensor) else tensor

    def run(self, function: Callable[[nn.Module], T], tensors: Mapping[str, Tensor], second_order: bool) -> T:
        """Return `function(module)`, where a parameter is gathered when the module reads it."""
        kinds = {module: type(module) for module in self._readers}
        try:
            for module, reader in self._readers.items():
                module.__class__ = reader
            with self.gathered.saved_as_parts():
                return super().run(function, tensors, second_order)
        finally:
            for module, kind in kinds.items():
                module.__class__ = kind

    def _layout(self, p: DTensor) -> RowLayout:
        return RowLayout(p.shape, self.rank, self.ranks, self.group)


class ShardedObjective(Summarized):
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
    local : Objective
        This rank's rows of the parameters and its data. Its evaluations gather parameters, so that all ranks make
        them together; its weights are those among this rank's batches.
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
    >>> sharded = ls.distributed.shard_parameters(copy.deepcopy(model))
    >>> part = X[rank::ranks], y[rank::ranks]
    >>> everywhere = ls.distributed.ShardedObjective(sharded, torch.nn.CrossEntropyLoss(), part)
    >>> value, gradient = everywhere.value_and_gradient()
    >>> abs(value - loss.value()) < 1e-6
    True
    >>> dist.destroy_process_group()
    """

    is_sharded = True
    """Whether this process holds parts of the parameters, and others the rest."""

    @guessable
    def __init__(
        self,
        model: nn.Module,
        criterion: Callable[[Any, Any], Tensor] | None = None,
        data: Any = None,
        **options: Any,
    ) -> None:
        rank_and_size(None)
        functional = ShardedModel(getattr(model, "_orig_mod", model))
        for name, metric in (options.get("metrics") or {}).items():
            if accumulates(metric):
                raise ValueError(
                    f"The metric {name!r} accumulates over batches, which lie on several ranks here: leave it out, or "
                    "evaluate it on an Objective of the whole model."
                )
        self.group, self.rank, self.ranks = functional.group, functional.rank, functional.ranks
        self.local = Objective(functional, criterion, data, **options)
        metadata = all_gather_checked(self._metadata, self.group)
        check_agreement(metadata)
        check_disjoint(metadata)
        self._combined = combined_protocol(metadata, self.group)
        counted = self.local.data.count is not None
        self._share = self.local.total_weight / sum(entry["weight"] for entry in metadata)
        samples = self.local.total_weight if counted else self.local.num_samples
        self._metric_share = samples / sum(entry["weight" if counted else "samples"] for entry in metadata)
        # Ranks gather parameters together: those with fewer batches evaluate one of theirs again, at weight zero.
        self._rounds = max(entry["rounds"] for entry in metadata)
        self._most_batches = max(entry["batches"] for entry in metadata)

    def _of(self, local: Objective) -> Self:
        """Return the same data with another objective of this rank."""
        other = copy.copy(self)
        other.local = local
        return other

    # ------------------------------------------------------------------ parameters

    @property
    def space(self) -> ParameterSpace:
        """The parameters, of which this rank holds rows."""
        return self.local.space

    @property
    def parameters(self) -> dict[str, Tensor]:
        """The trainable parameters, in this rank's rows."""
        return self.local.parameters

    @property
    def constants(self) -> Mapping[str, Tensor]:
        """Frozen parameters, in this rank's rows, and buffers of the model."""
        return self.local.constants

    @property
    def num_parameters(self) -> int:
        """Number of trainable parameters of this rank."""
        return self.local.num_parameters

    @property
    def total_parameters(self) -> int:
        """Number of trainable parameters of the whole model."""
        return sum(layout.numel for layout in self.layouts().values())

    @property
    def device(self) -> torch.device:
        """Where the objective is evaluated."""
        return self.local.device

    @property
    def dtype(self) -> torch.dtype:
        """Type of flat parameter vectors: the parameters' common one."""
        return self.local.dtype

    @property
    def unreached(self) -> tuple[str, ...]:
        """Names of the parameters that the loss is known not to use: none, because ranks would have to try alike."""
        return self.local.unreached

    def layouts(self) -> dict[str, RowLayout]:
        """The layout of each trainable parameter: how it is cut into rows."""
        model = self.local.model
        assert isinstance(model, ShardedModel)
        return {name: model.layouts[name] for name in self.parameters}

    def at(self, state: Mapping[str, Tensor]) -> Self:
        """Return the same objective at other weights.

        The weights may be DTensors (as in a state dict), this rank's rows, or whole tensors.
        """
        model = self.local.model
        assert isinstance(model, ShardedModel)
        if isinstance(state, Mapping):
            state = {
                name: model.layouts[name].part(tensor)
                if name in model.layouts and isinstance(tensor, Tensor)
                else tensor
                for name, tensor in state.items()
            }
        return self._of(self.local.at(state))

    def restrict(self, *patterns: str) -> Self:
        """Return the same loss as a function of some of the parameters; see `Objective.restrict`."""
        return self._of(self.local.restrict(*patterns))

    def flatten(self, direction: Mapping[str, Tensor]) -> Tensor:
        """Return this rank's rows of a direction as one vector of shape (num_parameters,)."""
        return self.local.flatten(direction)

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """Return this rank's entries of a vector, of shape (num_parameters,), as a mapping from parameter name."""
        return self.local.unflatten(vector)

    def check(self, mapping: Mapping[str, Tensor], what: str) -> None:
        """Raise ValueError unless `mapping` has exactly the names and shapes of this rank's rows."""
        self.local.check(mapping, what)

    def leaves(self, parameters: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """Return this rank's rows as tensors that require gradients; see `Objective.leaves`."""
        return self.local.leaves(parameters)

    # ------------------------------------------------------------------ data

    @property
    def data(self) -> WeightedBatches:
        """The batches of this rank, with their weights among each other."""
        return self.local.data

    @property
    def num_samples(self) -> int:
        """Number of samples of this rank."""
        return self.local.num_samples

    @property
    def total_weight(self) -> float:
        """The weights of this rank's batches, added up."""
        return self.local.total_weight

    @property
    def fingerprint(self) -> str:
        """SHA-256 of this rank's data."""
        return self.local.fingerprint

    def batches(self) -> Iterator[tuple[Batch, float]]:
        """Iterate over this rank's batches, each paired with its weight in L, which `loss` multiplies by.

        Yield weight one.
        """
        rounds = [(batch, weight * self._share) for batch, weight in self.local.batches()]
        rounds += [(rounds[0][0], 0.0)] * (self._rounds - len(rounds))
        return (((batch, weight), 1.0) for batch, weight in rounds)

    def lend(self, batch: Batch) -> Batch:
        """Return a batch for the loss; see `Objective.lend`."""
        return self.local.lend(batch)

    def subset(self, samples: Any, *, seed: int = 0) -> NoReturn:
        """Not for sharded models, where all ranks must agree: build another objective on the samples you want."""
        raise ValueError("A sharded objective has no subset: build another ShardedObjective on each rank's samples.")

    def with_batch_size(self, rows: int) -> NoReturn:
        """Not for sharded models, where all ranks must agree: build another objective with that batch size."""
        raise ValueError("A sharded objective keeps its batches: build another ShardedObjective with batch_size.")

    # ------------------------------------------------------------------ loss and metrics

    @property
    def model(self) -> FunctionalModel:
        """The model, which gathers its parameters."""
        return self.local.model

    @property
    def metric_fns(self) -> Mapping[str, Metric]:
        """The metrics by name."""
        return self.local.metric_fns

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics."""
        return self.local.metrics

    @property
    def undivided_metrics(self) -> tuple[str, ...]:
        """Names of metrics that are known to be no mean over samples: none, because ranks would have to try alike."""
        return self.local.undivided_metrics

    @property
    def l2(self) -> float:
        """Coefficient of the penalty l2/2 ||theta||^2."""
        return self.local.l2

    @property
    def rounding(self) -> float:
        """Relative spacing of numbers in which the value is computed."""
        return self.local.rounding

    @property
    def split(self) -> None:
        """None: outputs and loss are not separated, because the weight of this rank's data is a factor of the loss."""
        return

    @property
    def decomposes(self) -> bool | None:
        """None: whether L is the same however the data are cut is not tried, because all ranks evaluate together."""
        return self.local.decomposes

    @property
    def differentiates(self) -> bool:
        """Whether the loss takes derivatives itself, so that values need graphs as well."""
        return self.local.differentiates

    @property
    def loss_attributes(self) -> dict[str, str]:
        """Name and unit of the loss; see `Objective.loss_attributes`."""
        return self.local.loss_attributes

    @property
    def choices(self) -> dict[Any, Any]:
        """What operators have found out about this model by trial, shared with the objective at other points."""
        return self.local.choices

    def without_metrics(self) -> Self:
        """Return the loss alone."""
        return self._of(self.local.without_metrics())

    @property
    def batchnorm(self) -> BatchNorm:
        """How batch norm is treated: "frozen" or "batch"."""
        return self.local.batchnorm

    def with_batchnorm(self, batchnorm: BatchNorm) -> Self:
        """Return the same loss with another treatment of batch norm; see `Objective.with_batchnorm`."""
        return self._of(self.local.with_batchnorm(batchnorm))

    def in_float64(self) -> Self:
        """Return the same function in float64; see `Objective.in_float64`."""
        return self._of(self.local.in_float64())

    def within(self, context: AbstractContextManager[Any]) -> Self:
        """Return the same loss, evaluated inside a reusable context."""
        return self._of(self.local.within(context))

    # ------------------------------------------------------------------ values

    def value(self, parameters: Mapping[str, Tensor] | None = None) -> float:
        """Return L over all data, at `parameters` (default: the objective's own)."""
        return self._means(parameters, {})["loss"]

    def evaluate(self, parameters: Mapping[str, Tensor] | None = None) -> dict[str, float]:
        """Return L under "loss" and the metrics under their names, over all data."""
        return self._means(parameters, self.metric_fns)

    def value_and_gradient(self, parameters: Mapping[str, Tensor] | None = None) -> tuple[float, dict[str, Tensor]]:
        """Return L over all data, and this rank's rows of its gradient."""
        value, gradient = value_and_gradient(self, parameters)
        return float(self.sum_over_ranks(torch.tensor(value, dtype=torch.float64))), gradient

    def penalty(self, parameters: Mapping[str, Tensor]) -> float:
        """Return this rank's part of l2/2 ||theta||^2."""
        return self.local.penalty(parameters)

    def sum_over_ranks(self, partial: Tensor) -> Tensor:
        """Return the sum of all ranks' tensors, the same on all."""
        total = partial.to(self.device, copy=True, memory_format=torch.contiguous_format)
        if total.numel():
            dist.all_reduce(total, group=self.group)
        return total.to(partial.device)

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """Mean loss of a batch times its weight: derivatives sum over ranks, so the weight must be inside."""
        rows, weight = batch
        return self.local.loss(model, rows) * weight

    def forward_arithmetic(self) -> AbstractContextManager[None]:
        """Return the context in which forward passes run in the objective's arithmetic."""
        return self.local.forward_arithmetic()

    def run(
        self, function: Callable[[nn.Module], T], parameters: Mapping[str, Tensor], *, second_order: bool = False
    ) -> T:
        """Return `function(model)`, where the model has these rows of the parameters; see `Objective.run`."""
        return self.local.run(function, parameters, second_order=second_order)

    def run_values(self, function: Callable[[nn.Module], T], parameters: Mapping[str, Tensor]) -> T:
        """Return `function(model)` for values only; see `Objective.run_values`."""
        return self.local.run_values(function, parameters)

    # ------------------------------------------------------------------ record

    def protocol(self) -> dict[str, Any]:
        """What determines the value, with the data of all ranks (JSON-able); no communication."""
        return (
            self.local.protocol()
            | self._combined
            | {
                "parameters": self.total_parameters,
                "parameters_on": "all ranks, in rows (DTensor Shard(0))",
                "reduction": "one reduce-scatter per use of a parameter, in its own precision",
            }
        )

    def _summary(self) -> Summary:
        return summary_of(self)

    def _means(self, parameters: Mapping[str, Tensor] | None, metrics: Mapping[str, Metric]) -> dict[str, float]:
        given, data = self.space.given(parameters), self.data
        sums = torch.zeros(1 + len(metrics), dtype=torch.float64)
        sums[0] = self.penalty(given)
        shares = [share * self._metric_share for share in data.metric_weights]
        padding = self._most_batches - len(shares)

        def run(model: nn.Module) -> None:
            for batch, _ in self.batches():
                sums[0] += float(self.loss(model, batch).detach())
            rounds = [*zip(data.batches, shares, strict=True), *[(data.batches[0], 0.0)] * padding]
            for batch, share in rounds if metrics else []:
                for i, (name, metric) in enumerate(metrics.items(), 1):
                    assert callable(metric)
                    sums[i] += share * float(scalar(metric(model, batch), f"metric {name!r}").detach())

        self.run_values(run, given)
        means = self.sum_over_ranks(sums).tolist()
        return dict(zip(("loss", *metrics), means, strict=True))

    def _metadata(self) -> dict[str, Any]:
        buffers = {name: tensor for name, tensor in self.constants.items() if name in self.space.buffers}
        return data_metadata(self.local) | {
            "model": [(name, tuple(layout.shape)) for name, layout in self.layouts().items()],
            "constants": digest(buffers),
            "rounds": sum(1 for _ in self.data.weighted()),
        }
