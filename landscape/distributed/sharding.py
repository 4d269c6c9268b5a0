"""Parameters cut into rows over ranks, and gathered by the layers that read them."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import FSDPModule, FullyShardedDataParallel
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor
from torch.multiprocessing.reductions import StorageWeakRef

from landscape._common.guesses import guessable
from landscape.distributed.ranks import rank_and_size

# Before PyTorch 2.13 these have other names.
_all_gather = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor
_reduce_scatter = getattr(dist, "reduce_scatter_single", None) or dist.reduce_scatter_tensor


# ---------------------------------------------------------------------- models


@guessable
def shard_parameters(model: nn.Module, mesh: DeviceMesh | None = None) -> nn.Module:
    """Cut every parameter of a model into rows, in place: rank r keeps the r-th part, as a DTensor.

    Names stay as they are, so that checkpoints are loaded as usual (`torch.distributed.checkpoint`). The model is for
    `ShardedObjective` then; it cannot be called as it stands. Afterwards build optimizers anew: the parameters are new
    tensors, without gradients.

    Parameters
    ----------
    model : torch.nn.Module
        The values of rank 0 count. A model too large for one process is built under `torch.device("meta")`, sharded,
        given memory by `model.to_empty(device=...)` and then loaded.
    mesh : torch.distributed.device_mesh.DeviceMesh, optional
        Of one dimension. Default: all ranks, on the accelerator if parameters are on one, else on the CPU.

    Returns
    -------
    torch.nn.Module
        The same model.

    Raises
    ------
    ValueError
        For a mesh of several dimensions, or a model that is sharded already.

    Examples
    --------
    >>> import copy
    >>> import torch.distributed as dist
    >>> dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)  # torchrun starts many
    >>> sharded = ls.distributed.shard_parameters(copy.deepcopy(model))
    >>> type(sharded[0].weight.data).__name__
    'DTensor'
    >>> dist.destroy_process_group()
    """
    _, ranks = rank_and_size(None)
    if any(isinstance(p, DTensor) for p in model.parameters()):
        raise ValueError("The model has DTensor parameters already: give one whose parameters are plain tensors.")
    if mesh is None:
        kind = next((p.device.type for p in model.parameters() if p.device.type != "meta"), "cpu")
        mesh = init_device_mesh(kind, (ranks,))
    check_mesh(mesh)

    def cut(p: nn.Parameter) -> Tensor:
        return distribute_tensor(p.detach(), mesh, [Shard(0) if p.dim() else Replicate()])

    return _replace(model, cut)


@guessable
def unshard_parameters(model: nn.Module) -> nn.Module:
    """Undo `shard_parameters`, in place: every rank gets all values, as plain parameters.

    Examples
    --------
    >>> import copy
    >>> import torch.distributed as dist
    >>> dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)  # torchrun starts many
    >>> there_and_back = ls.distributed.unshard_parameters(ls.distributed.shard_parameters(copy.deepcopy(model)))
    >>> torch.equal(there_and_back[0].weight, model[0].weight)
    True
    >>> dist.destroy_process_group()
    """
    return _replace(model, lambda p: p.full_tensor() if isinstance(p, DTensor) else p.detach())


def _replace(model: nn.Module, function: Callable[[nn.Parameter], Tensor]) -> nn.Module:
    """Replace parameters one by one; tied ones stay tied."""
    new: dict[int, nn.Parameter] = {}
    kept: list[nn.Parameter] = []  # as long as the old ones are alive, their ids are their own
    for module in model.modules():
        for name, p in list(module._parameters.items()):
            if p is None:
                continue
            if id(p) not in new:
                new[id(p)] = nn.Parameter(function(p), requires_grad=p.requires_grad)
                kept.append(p)
            setattr(module, name, new[id(p)])  # not into _parameters, because recurrent layers keep a list besides
    return model


def check_mesh(mesh: DeviceMesh) -> None:
    """Raise ValueError unless the mesh has one dimension."""
    if mesh.ndim != 1:
        raise ValueError(
            f"The mesh has {mesh.ndim} dimensions: parameters are cut along one, so give a mesh of one, such as "
            'mesh["shard"].'
        )


def mesh_of(model: nn.Module) -> DeviceMesh:
    """Return the mesh of a model's parameters, or raise ValueError unless all are cut in rows over one."""
    if any(isinstance(module, (FSDPModule, FullyShardedDataParallel)) for module in model.modules()):
        raise ValueError(
            "The model is wrapped by FSDP (fully_shard), which has no exact second derivatives: "
            "build it without, and call shard_parameters(model)."
        )
    meshes = set()
    for name, p in model.named_parameters():
        if not isinstance(p, DTensor):
            raise ValueError(f"The parameter {name!r} is not sharded: call shard_parameters(model) first.")
        check_mesh(p.device_mesh)
        if p.placements != ((Shard(0),) if p.dim() else (Replicate(),)):
            raise ValueError(
                f"The parameter {name!r} is placed as {p.placements}: shard along rows, by shard_parameters(model)."
            )
        meshes.add(p.device_mesh)
    if len(meshes) != 1:
        raise ValueError(f"The parameters lie on {len(meshes)} meshes: shard_parameters(model, mesh) puts them on one.")
    return meshes.pop()


# ---------------------------------------------------------------------- a parameter and its parts


@dataclass(frozen=True)
class RowLayout:
    """How a parameter is cut: equal blocks of rows in order of rank, the last ones smaller or empty.

    A scalar is one row, on rank 0.
    """

    shape: torch.Size
    rank: int
    ranks: int
    group: dist.ProcessGroup

    @property
    def numel(self) -> int:
        """Entries of the whole parameter."""
        return math.prod(self.shape)

    @property
    def block(self) -> int:
        """Entries of a full block."""
        rows = self.shape[0] if self.shape else 1
        return math.ceil(rows / self.ranks) * (self.numel // rows if rows else 0)

    @property
    def span(self) -> tuple[int, int]:
        """Where this rank's entries begin and end in the flat parameter."""
        return min(self.rank * self.block, self.numel), min((self.rank + 1) * self.block, self.numel)

    @property
    def local_shape(self) -> tuple[int, ...]:
        """Shape of this rank's rows."""
        begin, end = self.span
        row = self.shape[1:] if self.shape else ()
        return ((end - begin) // max(math.prod(row), 1), *row)

    def part(self, tensor: Tensor) -> Tensor:
        """Return this rank's rows of a parameter, which may be a DTensor, in full, or these rows already."""
        if isinstance(tensor, DTensor):
            tensor = tensor.to_local()
            if self.shape:
                return tensor
        if tensor.shape == self.shape:
            begin, end = self.span
            return tensor.reshape(-1)[begin:end].view(self.local_shape)
        return tensor

    def gather(self, part: Tensor) -> Tensor:
        """The whole parameter, from every rank's part."""
        padded = self._padded(part, self.block)
        whole = part.new_empty(self.ranks * self.block)
        _all_gather(whole, padded, group=self.group)
        return whole[: self.numel].view(self.shape)

    def reduce(self, whole: Tensor) -> Tensor:
        """Return this rank's part of the sum of all ranks' tensors."""
        part = whole.new_empty(self.block)
        _reduce_scatter(part, self._padded(whole, self.ranks * self.block), group=self.group)
        begin, end = self.span
        return part[: end - begin].view(self.local_shape)

    @staticmethod
    def _padded(tensor: Tensor, size: int) -> Tensor:
        flat = tensor.detach().reshape(-1)
        return flat if len(flat) == size else torch.cat([flat, flat.new_zeros(size - len(flat))])


class _Gather(torch.autograd.Function):
    """Gather a parameter from its parts; the gradient with respect to it is summed over the ranks."""

    @staticmethod
    def forward(ctx: Any, part: Tensor, layout: RowLayout, record: "Gathered") -> Tensor:
        ctx.layout, ctx.record = layout, record
        return record.gather(part.detach(), layout)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        return _Reduce.apply(gradient, ctx.layout, ctx.record), None, None


class _Reduce(torch.autograd.Function):
    """The transpose of `_Gather`."""

    @staticmethod
    def forward(ctx: Any, whole: Tensor, layout: RowLayout, record: "Gathered") -> Tensor:
        ctx.layout, ctx.record = layout, record
        return layout.reduce(whole)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        return _Gather.apply(gradient, ctx.layout, ctx.record), None, None


class Gathered:
    """Record of the memory of gathered parameters, so that autograd saves only this rank's parts of them."""

    def __init__(self) -> None:
        self._parts: dict[int, tuple[StorageWeakRef, Tensor, RowLayout]] = {}
        self._limit = 64

    def gather(self, part: Tensor, layout: RowLayout) -> Tensor:
        """Gather a parameter, and note where it lies."""
        whole = layout.gather(part)
        if len(self._parts) >= self._limit:
            self._parts = {key: entry for key, entry in self._parts.items() if not entry[0].expired()}
            self._limit = max(64, 2 * len(self._parts))
        # The weak reference keeps the address from being used again while the entry stands.
        reference = StorageWeakRef(whole.untyped_storage())
        self._parts[reference.cdata] = reference, part, layout
        return whole

    @contextmanager
    def saved_as_parts(self) -> Iterator[None]:
        """Context in which a graph saves this rank's part of a parameter, and gathers the whole again when needed."""
        with torch.autograd.graph.saved_tensors_hooks(self._pack, self._unpack):
            yield

    def _pack(self, tensor: Tensor) -> Any:
        entry = self._parts.get(tensor.untyped_storage()._cdata)
        if entry is None or entry[0].expired() or entry[1].dtype != tensor.dtype:
            return tensor
        _, part, layout = entry
        return part, layout, tensor.shape, tensor.stride(), tensor.storage_offset()

    def _unpack(self, packed: Any) -> Tensor:
        if isinstance(packed, Tensor):
            return packed
        part, layout, *view = packed
        return self.gather(part, layout).as_strided(*view)


def reading(kind: type[nn.Module], layouts: Mapping[str, RowLayout], record: Gathered) -> type[nn.Module]:
    """Return a module class whose parameters are gathered when they are read."""

    def gathered(name: str) -> property:
        return property(lambda module: _Gather.apply(module._parameters[name], layouts[name], record))

    members: dict[str, Any] = {name: gathered(name) for name in layouts}
    if issubclass(kind, nn.RNNBase):  # which keeps a list of its weights, and renews it when they change
        members["_flat_weights"] = property(lambda module: [getattr(module, n) for n in module._flat_weights_names])
        members["_update_flat_weights"] = lambda module: None
    return type(kind.__name__, (kind,), members)
