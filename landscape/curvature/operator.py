"""Curvature operators: weighted sums of matrices over an objective's batches, multiplied within a memory budget.

The cheapest correct implementation is measured, not assumed. Graphs are kept from one product to the next while they
fit a memory budget. Convolutions and frozen batch norms are rewritten (`_hvp.double_backward`) where that gives the
same product on a few samples in less time. Where memory runs out, graphs are rebuilt at each product, in halves if need
be.
"""

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Self, get_args

import torch
from torch import Tensor, nn

from landscape._common.autotuning import PLAIN, ProductRoute, timed
from landscape._common.errors import CannotMeasureError, is_out_of_memory
from landscape._common.guesses import guessable
from landscape.curvature._hvp.batch_product import BatchProduct
from landscape.curvature._hvp.cuda_graphs import CapturedProduct, CudaGraphCache, on_stream
from landscape.curvature._hvp.graph_memory import forbids_hooks, foreign_hooks, runs_no_python, saved_bytes
from landscape.curvature._hvp.traced import BuildAt, TracedProduct, signature, trace_product
from landscape.curvature._hvp.tuning import ProductPlan, choose_plan
from landscape.curvature.derivative_check import Field, check_once, explain_infinite
from landscape.curvature.random_rounding import Choices, RandomRounding
from landscape.linalg.operator import DerivativeCheck, SymmetricOperator
from landscape.linalg.probes import BLOCK
from landscape.objective.data import Batch, count_samples, tensors_of
from landscape.objective.decomposability import may_be_cut
from landscape.objective.differentiability import explain_missing_derivatives
from landscape.objective.evaluation import forbid_inference_mode
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective, why_not_finite

MEMORY_BUDGET = 2**32
"""Bytes of host memory for graphs kept between products: about what one batch of a few hundred images takes."""

GPU_SHARE = 0.5
"""Share of a GPU's free memory for graphs kept between products."""

_MOST_TRACES = 4
"""Of batches of one shape, where each has numbers that are part of it."""
_FEWEST = 8
"""Samples in which rounding is measured at the least."""


class CurvatureOperator(SymmetricOperator):
    r"""A matrix :math:`\sum_b w_b M_b + \lambda I` over an objective's batches.

    Parameters
    ----------
    objective : Objective
    memory_budget : int, optional
        Bytes. Graphs are kept from one product to the next if what autograd saves for them besides parameters and data,
        measured while they are built, stays within this for all batches together. That spares about half of a product
        and gives the same numbers; 0 rebuilds the graphs at each product. Default: 4 GiB on the host, half of the free
        memory on a GPU.
    route : {"auto", "rewritten", "plain", "compiled"}
        Whether convolutions and frozen batch norms are rewritten so that their second derivatives cost less: the same
        function, equal products to rounding. "auto" compares both on a few samples and takes the faster one, so
        that the last digits may differ from one session to the next; "rewritten" checks equality only, so that reruns
        are bit-identical; "plain" leaves the model's own graph. "compiled" is "rewritten", and writes the product of a
        Hessian down as a list of operations, of which those that the vector does not reach are done once at a point,
        and compiles the others: for hundreds of products of one objective, at one point or many, since compiling takes
        3 to 17 s for small networks. It needs a C++ compiler. What cannot be compiled is "rewritten", and `protocol()`
        says why.
    cuda_graphs : bool
        On a GPU, capture products of kept graphs and launch them as a whole. Off by default: not yet measured on a GPU.

    Attributes
    ----------
    products : int
        Products with a vector so far; each is a pass over the whole dataset.

    Notes
    -----
    The kept graphs are freed by `close()`, on leaving a `with` block, or with the operator.

    With `cuda_graphs`, products of kept graphs are captured as CUDA graphs from the second one on, if they can be: the
    same kernels, started at once, so that nothing waits for the host within a product.
    """

    @guessable
    def __init__(
        self,
        objective: Objective,
        *,
        memory_budget: int | None = None,
        route: ProductRoute = "auto",
        cuda_graphs: bool = False,
    ) -> None:
        if memory_budget is not None and memory_budget < 0:
            raise ValueError(f"memory_budget is {memory_budget}: give the bytes for kept graphs, 0 to keep none.")
        if route not in get_args(ProductRoute):
            raise ValueError(f"route is {route!r}: choose one of {', '.join(map(repr, get_args(ProductRoute)))}.")
        expect_objective(objective)
        if objective.is_sharded:
            raise ValueError(
                "The objective's parameters are spread over ranks: use ShardedHessianOperator(objective), whose "
                "vectors are spread alike."
            )
        self.objective = objective
        self.products = 0
        self._source = objective  # the same loss, cut into smaller batches once memory ran out
        self._leaves = objective.leaves()
        self._sizes = [p.numel() for p in self._leaves.values()]
        self._formats = [(p.shape, p.dtype) for p in self._leaves.values()]
        self._uniform = all(dtype == objective.dtype for _, dtype in self._formats)
        self._budget = _default_budget(objective.device) if memory_budget is None else memory_budget
        self._keeps = self._budget > 0
        self._kept: list[tuple[BatchProduct, float]] | None = None
        self._stands_alone = False  # whether the kept graphs are gone through without the model
        self._route: ProductRoute = route
        self._traced = ""  # how products are compiled, or why not
        self._plan: ProductPlan | None = None
        self._blocks: bool | None = None  # whether blocks of vectors go through the graph at once; None: not yet tried
        self._shortage = "none"
        self._derivatives: DerivativeCheck | None = None
        self._few: dict[int, list[tuple[Batch, float]]] = {}  # samples on which rounding is measured
        # Autograd goes back on the stream that went forward, and the default one cannot be captured.
        captures = cuda_graphs and self.device.type == "cuda"
        self._stream = torch.cuda.Stream(self.device) if captures else None
        self._captured = CudaGraphCache(objective.rounding) if captures else None

    @abstractmethod
    def _field(self) -> Field:
        """Return the field whose derivatives the products are, to be compared with central differences."""

    @abstractmethod
    def _build(self, model: nn.Module, batch: Batch, position: int) -> BatchProduct:
        """Build the graph of a batch, the `position`-th that has a weight; called inside `objective.run`."""

    def _build_at(self) -> BuildAt | None:
        """Return how to build the graph of a batch at other leaves, for those matrices that may be compiled."""
        return None

    @property
    def derivatives(self) -> DerivativeCheck | None:
        """What comparing the derivatives in products with central differences showed; None before it."""
        return self._derivatives

    def why_not_finite(self) -> str:
        """Return what makes a product not finite (weights, data, or an overflow), as the end of a sentence."""
        return why_not_finite(self.objective)

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

    @property
    def rounding(self) -> float:
        """Relative spacing of the numbers in which products are computed."""
        return self.objective.rounding

    def in_float64(self) -> Self | None:
        """Return the same matrix with products in float64.

        None where its arithmetic is that already, or was shortened on purpose.
        """
        if self.dtype == torch.float64 or self.rounding > torch.finfo(self.dtype).eps:
            return None
        return self._of(self.objective.in_float64())

    def rounding_errors(self, rows: Tensor, *, thorough: bool = False) -> Tensor | None:
        """Measure the errors of products by rounding every operation inside them at random; see `SymmetricOperator`.

        It takes three products, with their graphs, of 32 samples; nine of 512 if thorough. Where a sample has many
        terms, as a text has tokens, of as many fewer samples, but no fewer than 8: the loss is a mean over terms.
        """
        terms = max(1.0, self.objective.total_weight / self.objective.num_samples)
        few = self._few_batches(max(_FEWEST, math.ceil((512 if thorough else 32) / terms)))
        rows = rows.to(self.device, self.dtype)
        choices = Choices()
        try:
            exact = self._products_of(few, rows, choices)
            errors = []
            for seed in range(8 if thorough else 2):
                mode = RandomRounding(seed, self.rounding, choices)
                errors.append(self._products_of(few, rows, mode) - exact)
                mode.finish()
            return torch.stack(errors)
        except RuntimeError:  # no memory for it, or operations that are no PyTorch's
            return None

    def matvec(self, vector: Tensor) -> Tensor:
        """Return the product with a vector of shape (num_parameters,).

        Raises
        ------
        ValueError
            If the vector has another shape, or an operation has no second derivative.
        """
        if vector.shape != (self.size,):
            raise ValueError(f"The vector has shape {tuple(vector.shape)}, not ({self.size},).")
        return self._multiply(vector[None])[0]

    def matmat(self, vectors: Tensor) -> Tensor:
        """Return the products with the columns of a matrix of shape (num_parameters, k), one pass for all of them."""
        if vectors.dim() != 2 or len(vectors) != self.size:
            raise ValueError(f"The matrix has shape {tuple(vectors.shape)}, not ({self.size}, k).")
        return self._multiply(vectors.T).T

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """Return a vector as a mapping from parameter name to tensor."""
        return self.objective.unflatten(vector)

    def flatten(self, direction: Mapping[str, Tensor]) -> Tensor:
        """Return a mapping from parameter name to tensor as a vector."""
        return self.objective.flatten(direction)

    def protocol(self) -> dict[str, Any]:
        """Return the objective's protocol and how products are taken (JSON-able)."""
        plan = self._plan
        eager = "on the CPU" if self.device.type == "cpu" else "kernel by kernel"
        return self.objective.protocol() | {
            "product": "exact, reverse over reverse",
            "graph": (self._traced or "kept") if self._keeps else "rebuilt at each product",
            "launch": self._captured.launch if self._captured else eager,
            "layers": plan.layers if plan else "not evaluated yet",
            "chunk": plan.rows if plan and self._source is not self.objective else None,
            "route": f"{self._route}: {plan.reason}" if plan else self._route,
            "attention": "math kernel",
            "derivatives": self._derivatives.description if self._derivatives else "not compared yet",
            "out_of_memory": self._shortage,
        }

    def check_derivatives(self) -> None:
        """Compare the derivatives in products with central differences on a few samples; once per objective.

        The first product does it. The objective at other points, and restricted to fewer parameters, remembers it.

        Raises
        ------
        ValueError
            If they disagree clearly, naming what is to blame.
        """
        if self._derivatives is not None:
            return
        self._derivatives = check_once(self.objective, self._identity(), self._field())

    def close(self) -> None:
        """Free the kept graphs; a later product builds them again."""
        self._kept = None
        if self._captured is not None:
            self._captured.clear()

    # ------------------------------------------------------------------ products

    def _multiply(self, rows: Tensor) -> Tensor:
        """Return the products with the rows of a matrix."""
        self.check_derivatives()
        self.products += len(rows)
        rows = rows.to(self.device, self.dtype)
        captured = self._captured
        if captured is None:
            return self._finite(self._eager(rows))
        results: list[Tensor] = []
        while len(rows) or not results:
            count = BLOCK if captured.possible and self._keeps else len(rows)
            results.append(captured.call(rows[:count], self._eager, self._capture, lambda: self._kept is not None))
            rows = rows[count:]
        return self._finite(results[0] if len(results) == 1 else torch.cat(results))

    def _finite(self, products: Tensor) -> Tensor:
        """Return products; raise an error if they are not finite, which would turn every estimate into NaN."""
        # A sum is finite only if all are, and takes a tenth of the time of asking each.
        if not math.isfinite(float(products.sum())) and not bool(products.isfinite().all()):
            raise CannotMeasureError(explain_infinite(self.objective))
        return products

    def _eager(self, rows: Tensor) -> Tensor:
        """Return products with rows, in the memory that is available."""
        return self._pass(partial(self._sum, rows=rows))

    def _pass(self, total: Callable[[Iterable[tuple[BatchProduct, float]]], Tensor]) -> Tensor:
        """Return a sum over all batches, in the memory that is available."""
        while True:
            try:
                return self._try(total)
            except RuntimeError as error:  # of which torch.OutOfMemoryError is one
                if self._keeps and forbids_hooks(error):
                    self._keeps = False  # what cannot be weighed is not kept
                    continue
                if not is_out_of_memory(error):
                    raise
                cause = error.with_traceback(None)  # which holds the graphs
            self._save_memory(cause)

    def _try(self, total: Callable[[Iterable[tuple[BatchProduct, float]]], Tensor]) -> Tensor:
        """Run over all batches once."""
        with on_stream(self._stream), torch.enable_grad(), explain_missing_derivatives():
            if self._kept is not None and self._stands_alone:
                forbid_inference_mode()
                with self._source.model.graph_arithmetic():
                    result = total(self._kept)
            else:
                result = self._source.run(lambda model: total(self._matrices(model)), self._leaves, second_order=True)
        # Memory of that stream goes back to it: what leaves is a copy on the caller's.
        return result.clone() if self._stream else result

    def _sum(self, matrices: Iterable[tuple[BatchProduct, float]], rows: Tensor) -> Tensor:
        """Add the products of all batches."""
        total, first = torch.empty_like(rows), 1.0
        for position, (matrix, weight) in enumerate(matrices):
            if position == 0:
                first = weight
            elif position == 1:  # a sum over batches is taken in float64
                total = total.double().mul_(first)
            for where, product in self._products_with(matrix, rows):
                if position == 0 and len(product) == len(rows):
                    total = product
                elif position == 0:
                    total[where] = product
                else:
                    total[where].add_(product, alpha=weight)
        if position == 0 and first != 1.0:
            total = first * total
        if self.objective.l2:
            total = total.add(rows, alpha=self.objective.l2)
        return total.to(self.dtype)

    def _products_with(self, matrix: BatchProduct, rows: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """Iterate over the products of one batch's matrix with some of the rows each."""
        if len(rows) > 1 and self._keeps and self._blocks is not False:
            for start in range(0, len(rows), BLOCK):
                where = slice(start, start + BLOCK)
                yield where, self._block(matrix, rows[where], self._parts_of)
            return
        for i, row in enumerate(rows):
            product = matrix.product(self._parts_of(row), keep=self._keeps or i + 1 < len(rows))
            yield slice(i, i + 1), product[None]

    def _parts_of(self, flat: Tensor) -> tuple[Tensor, ...]:
        """Return a vector, or rows of them, in parts of the parameters' shapes and types."""
        parts = flat.split(self._sizes, dim=-1)
        lead = flat.shape[:-1]
        if not lead and self._uniform:
            return tuple(part.reshape(shape) for part, (shape, _) in zip(parts, self._formats, strict=True))
        return tuple(
            part.reshape((*lead, *shape)).to(dtype) for part, (shape, dtype) in zip(parts, self._formats, strict=True)
        )

    def _capture(self, rows: Tensor) -> CapturedProduct:
        """Capture the products of the kept graphs with so many rows."""

        def capture(model: nn.Module) -> CapturedProduct:
            # Checkpointed modules go forward again inside, and read these.
            holding = self._kept, list(model.parameters()), list(model.buffers())
            assert self._stream is not None
            assert self._kept is not None
            data = [tensor for batch, _ in self._source.batches() for tensor in tensors_of(batch)]
            return CapturedProduct(partial(self._sum, self._kept), rows, self._stream, holding, watching=data)

        with torch.enable_grad():
            return self._source.run(capture, self._leaves, second_order=True)

    def _block(self, matrix: BatchProduct, rows: Tensor, parts_of: Callable[[Tensor], tuple[Tensor, ...]]) -> Tensor:
        """Multiply one kept graph by several vectors: at once if that is measured to be faster, else in turn."""

        def in_turn() -> Tensor:
            return torch.stack([matrix.product(parts_of(row), keep=True) for row in rows])

        def at_once() -> Tensor:
            return matrix.product(parts_of(rows), keep=True, block=True)

        if self._blocks:
            return at_once()
        plan = self._plan
        # Batched convolutions lose by far; and a choice by the clock is not for those who want the same bits again.
        if self._route != "auto" or len(rows) < 4 or (plan is not None and plan.rewritten):
            return in_turn()
        with timed(self.device) as slow:
            result = in_turn()
        try:
            at_once()  # the first call of a batched graph sets it up
            with timed(self.device) as fast:
                at_once()
        except RuntimeError:
            self._blocks = False
            return result
        self._blocks = fast[0] < slow[0]
        return result

    def _matrices(self, model: nn.Module) -> Iterator[tuple[BatchProduct, float]]:
        """Iterate over the batches' matrices and weights, keeping the graphs while the budget allows."""
        if self._kept is not None:
            yield from self._kept
            return
        if self._plan is None:
            self._plan = self._choose_plan(model)
            if self._plan.rows is not None:
                self._rebatch(self._plan.rows)
        kept: list[tuple[BatchProduct, float]] = []
        held, saved = self.objective.storages(), dict[int, int]()
        done, first, alone = 0.0, None, True
        for position, (batch, weight) in enumerate(self._source.batches()):
            with foreign_hooks() as hooks, saved_bytes(saved if self._keeps else None), self._plan.mode():
                matrix = self._traced_product(model, batch) or self._build(model, batch, position)
            if isinstance(matrix, TracedProduct):
                saved |= matrix.saved
            outputs = matrix.outputs
            alone = alone and not hooks and outputs is not None and runs_no_python(outputs)
            # By address, so that a storage counts once however many views of it are saved.
            size, done = sum(nbytes for address, nbytes in saved.items() if address not in held), done + weight
            first = first or (size, done)
            # Extrapolating to the batches still to come, from the second on, stops the hoarding early.
            to_come = (size - first[0]) / (done - first[1]) * (1 - done) if done > first[1] else 0.0
            self._keeps = self._keeps and size + to_come <= self._budget
            if self._keeps:
                kept.append((matrix, weight))
            else:
                kept.clear()
            yield matrix, weight
        self._kept, self._stands_alone = (kept, alone) if self._keeps else (None, False)

    def _traced_product(self, model: nn.Module, batch: Batch) -> TracedProduct | None:
        """Return the matrix of a batch by a compiled trace, made once for all points; None where there is none."""
        build = self._build_at()
        if self._route != "compiled" or not self._keeps:
            return None
        if build is None:
            self._traced = "kept; not compiled: only products of the Hessian are"
            return None
        shape = None if self.objective.differentiates else signature(batch)
        if shape is None:
            self._traced = "kept; not compiled: the data are more than plain tensors"
            return None
        assert self._plan is not None
        key = "trace", *self._identity(), tuple(self._leaves), self.dtype, self._plan.layers, shape
        known = self.objective.choices.setdefault(key, [])
        for trace, found in known:
            product = None if trace is None else TracedProduct.of(trace, model, batch, self._leaves)
            if product is not None:
                self._traced = found
                return product
        # A trace that was pickled is gone, and is made again.
        refused = [found for trace, found in known if trace is None and not found.startswith("compiled")]
        if not refused and len(known) < _MOST_TRACES:
            known.append(trace_product(build, model, batch, self._leaves, self._plan.mode))
            return self._traced_product(model, batch)
        self._traced = f"kept; {refused[0] if refused else 'not compiled: lengths or masks differ from batch to batch'}"
        return None

    # ------------------------------------------------------------------ precision

    def _of(self, objective: Objective) -> Self:
        """Return the same matrix of another objective."""
        route = "rewritten" if self._route == "compiled" else self._route  # for few products it does not pay
        return type(self)(objective, memory_budget=self._budget, route=route)

    def _few_batches(self, count: int) -> list[tuple[Batch, float]]:
        """Return some samples, evenly spaced, as batches with their weights.

        The first batch if samples cannot be separated.
        """
        if count not in self._few:
            objective, total = self.objective, self.objective.num_samples
            if self._may_rebatch() and self._samples_are_separate():
                objective = objective.subset(torch.arange(min(count, total), device="cpu") * total // min(count, total))
                self._few[count] = list(objective.batches())
            else:
                self._few[count] = [(next(objective.batches())[0], 1.0)]
        return self._few[count]

    def _products_of(
        self, batches: list[tuple[Batch, float]], rows: Tensor, rounding: AbstractContextManager[Any]
    ) -> Tensor:
        """Return products with rows of the matrix of some batches, in float64."""

        def total(model: nn.Module) -> Tensor:
            sums = torch.zeros_like(rows, dtype=torch.float64)
            for position, (batch, weight) in enumerate(batches):
                matrix = self._build(model, batch, position)
                for i, row in enumerate(rows):
                    parts = tuple(self.objective.unflatten(row).values())
                    sums[i] += weight * matrix.product(parts, keep=True)
            return sums.detach()

        with torch.enable_grad(), rounding:
            return self.objective.run(total, self._leaves, second_order=True)

    # ------------------------------------------------------------------ memory

    def _save_memory(self, cause: BaseException) -> None:
        """Drop kept graphs, then halve the batches; raise an error if a batch of one sample is too large."""
        self.close()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if self._keeps:
            self._keeps = False
            self._shortage = "graphs rebuilt at each product after running out of memory"
            return
        rows = max((count_samples(batch) or 1 for batch, _ in self._source.batches()), default=1)
        if rows == 1 or not self._rebatch(rows // 2):
            raise cause
        self._shortage = f"halved to {rows // 2} rows after running out of memory"

    def _rebatch(self, rows: int) -> bool:
        """Split the data into smaller batches, if that does not change the matrix."""
        if not self._may_rebatch():
            return False
        try:
            smaller = self._source.without_metrics().with_batch_size(rows)
        except ValueError:  # the value depends on the batches
            return False
        if not self._samples_are_separate():
            return False
        self._source = smaller
        return True

    def _samples_are_separate(self) -> bool:
        known = self.objective.choices
        if "separate" not in known:
            known["separate"] = may_be_cut(self.objective)
        return bool(known["separate"])

    def _may_rebatch(self) -> bool:
        """Whether smaller batches give the same matrix."""
        return True

    def _choose_plan(self, model: nn.Module) -> ProductPlan:
        """Choose how graphs are built, once for all points of the objective."""
        largest = max(count_samples(batch) or 0 for batch, _ in self.objective.batches())
        key = *self._identity(), self._route, self._keeps, tuple(self._leaves), self.objective.num_samples, largest
        known = self.objective.choices
        if key in known:
            return known[key]

        def build(batch: Batch) -> BatchProduct:
            return self._build(model, batch, 0)

        try:
            plan = choose_plan(self.objective, model, self._leaves, build, self._route, self._keeps)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            return ProductPlan(PLAIN, "no memory to try it")
        if plan.final:
            known[key] = plan
        return plan

    def _identity(self) -> tuple[Any, ...]:
        """Return a key for which matrix of the objective this is."""
        return (type(self),)


def _default_budget(device: torch.device) -> int:
    return int(GPU_SHARE * torch.cuda.mem_get_info(device)[0]) if device.type == "cuda" else MEMORY_BUDGET
