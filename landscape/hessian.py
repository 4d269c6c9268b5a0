"""Exact Hessian-vector products of an objective.

Reverse over reverse (Pearlmutter 1994, "Fast exact multiplication by the Hessian"): differentiate the gradient's dot
product with the vector. It works for every layer that PyTorch can differentiate twice, LSTM included, where
forward-over-reverse does not.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from landscape.batches import Batch
from landscape.objective import Objective
from landscape.operators import SymmetricOperator

GIBIBYTE = 2**30


class HessianOperator(SymmetricOperator):
    """The Hessian of an objective at its parameters, as a symmetric linear operator.

    Parameters
    ----------
    objective : Objective
    memory_budget : int
        Bytes. The gradient's graphs are kept from one product to the next if what autograd saves for them beside
        parameters and data, measured while they are built, stays within this for all batches together. That spares the
        gradient (about a third of a product) and gives the same numbers; 0 rebuilds the graph at each product.

    Attributes
    ----------
    products : int
        Products with a vector so far; each is a pass over the whole dataset.

    Notes
    -----
    The kept graphs are freed by `close()`, on leaving a `with` block, or with the operator. Parameters that the loss
    does not use have zero rows.
    """

    def __init__(self, objective: Objective, *, memory_budget: int = GIBIBYTE) -> None:
        if memory_budget < 0:
            raise ValueError(f"memory_budget is {memory_budget}: give the bytes for kept graphs, 0 to keep none.")
        self.objective = objective
        self.products = 0
        self._budget = memory_budget
        self._leaves = objective.leaves()
        self._graphs: list[tuple[_Gradient, float]] | None = None
        self._retain = memory_budget > 0

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.objective.num_parameters

    @property
    def dtype(self) -> torch.dtype:
        """Type of the vectors."""
        return self.objective.dtype

    @property
    def device(self) -> torch.device:
        """Where the vectors live."""
        return self.objective.device

    def matvec(self, vector: Tensor) -> Tensor:
        """Return H v, of shape (num_parameters,), for a vector of that shape.

        Raises
        ------
        ValueError
            If the vector has another shape.
        """
        self.products += 1
        vector = vector.to(self.device, self.dtype)
        parts = tuple(self.objective.unflatten(vector).values())
        with torch.enable_grad():
            terms = self.objective.run(lambda model: self._terms(model, parts), self._leaves, second_order=True)
        if len(terms) == 1:
            return terms[0].add_(vector, alpha=self.objective.l2)
        total = self.objective.l2 * vector.double()
        for term in terms:
            total.add_(term)
        return total.to(self.dtype)

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """Return a vector as a mapping from parameter name to tensor."""
        return self.objective.unflatten(vector)

    def flatten(self, direction: Mapping[str, Tensor]) -> Tensor:
        """Return a mapping from parameter name to tensor as a vector."""
        return self.objective.flatten(direction)

    def protocol(self) -> dict[str, Any]:
        """Return the objective's protocol and how products are taken (JSON-able)."""
        return self.objective.protocol() | {
            "operator": "Hessian",
            "product": "exact, reverse over reverse",
            "graph": "kept" if self._retain else "rebuilt at each product",
            "attention": "math kernel",
        }

    def close(self) -> None:
        """Free the kept graphs; a later product builds them again."""
        self._graphs = None

    def _terms(self, model: nn.Module, parts: tuple[Tensor, ...]) -> list[Tensor]:
        """Return the weighted product of each batch."""
        if self._graphs is not None:
            return [gradient.product(parts, keep=True).mul_(weight) for gradient, weight in self._graphs]
        terms, graphs, share = [], [], 0.0
        held = self.objective.storages()
        first: tuple[int, float] | None = None
        saved: dict[int, int] = {}  # bytes by address, so that a storage counts once however many views are saved
        for batch, weight in self.objective.batches():
            gradient = _Gradient(self.objective, model, batch, self._leaves, saved if self._retain else None)
            size = sum(nbytes for address, nbytes in saved.items() if address not in held)
            share += weight
            first = first or (size, share)
            # Extrapolating to the batches still to come, from the second on, stops the hoarding early.
            to_come = (size - first[0]) / (share - first[1]) * (1 - share) if share > first[1] else 0.0
            self._retain = self._retain and size + to_come <= self._budget
            terms.append(gradient.product(parts, keep=self._retain).mul_(weight))
            if self._retain:
                graphs.append((gradient, weight))
            else:
                graphs.clear()
        self._graphs = graphs if self._retain else None
        return terms


class _Gradient:
    """The gradient of one batch's loss, with its graph.

    The bytes that autograd holds for it go into `saved`, by address, if that is given.
    """

    def __init__(
        self,
        objective: Objective,
        model: nn.Module,
        batch: Batch,
        leaves: Mapping[str, Tensor],
        saved: dict[int, int] | None,
    ) -> None:
        self._leaves = tuple(leaves.values())
        if saved is not None:

            def pack(tensor: Tensor) -> Tensor:
                storage = tensor.untyped_storage()
                saved[storage.data_ptr()] = storage.nbytes()
                return tensor

            with torch.autograd.graph.saved_tensors_hooks(pack, _same):
                gradient = self._differentiate(objective.loss(model, batch))
        else:
            gradient = self._differentiate(objective.loss(model, batch))
        # Parts that are constant in the parameters have no graph and no share in the Hessian.
        self._curved = [(i, g) for i, g in enumerate(gradient) if g is not None and g.requires_grad]

    def _differentiate(self, loss: Tensor) -> tuple[Tensor | None, ...]:
        if not loss.requires_grad:
            return (None,) * len(self._leaves)
        return torch.autograd.grad(loss, self._leaves, create_graph=True, allow_unused=True)

    def product(self, parts: tuple[Tensor, ...], *, keep: bool) -> Tensor:
        """Return the flat product of this batch's Hessian with a vector given in parts, one per parameter."""
        rows: tuple[Tensor | None, ...] = (None,) * len(self._leaves)
        if self._curved:
            rows = torch.autograd.grad(
                [g for _, g in self._curved],
                self._leaves,
                [parts[i] for i, _ in self._curved],
                retain_graph=keep,
                allow_unused=True,
            )
        flat = [
            (torch.zeros_like(leaf) if row is None else row).reshape(-1)
            for row, leaf in zip(rows, self._leaves, strict=True)
        ]
        return torch.cat(flat)


def _same(tensor: Tensor) -> Tensor:
    return tensor
