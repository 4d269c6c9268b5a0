r"""Generalised Gauss-Newton products (Schraudolph 2002, "Fast curvature matrix-vector products"; Martens 2010).

.. math:: G = \sum_b w_b J_b^\top H_b J_b + \lambda I

with J the Jacobian of the model's outputs and H the Hessian of the loss with respect to them: the Hessian without the
curvature of the model itself. It is positive semidefinite where the loss is convex in the outputs.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from landscape._common.guesses import guessable
from landscape.curvature._hvp.batch_product import BatchProduct, batched_grad, joined
from landscape.curvature.derivative_check import Field, Leaves, Values
from landscape.curvature.operator import CurvatureOperator, ProductRoute
from landscape.objective.batching import first_rows
from landscape.objective.criteria import CrossEntropy, OutputsAndLoss, scalar
from landscape.objective.data import Batch, map_tensors, tensors_of
from landscape.objective.differentiability import check_twice_differentiable
from landscape.objective.interface import ObjectiveLike
from landscape.objective.objective import Objective

Middle = Callable[[Sequence[Tensor | None], bool, bool], Sequence[Tensor | None]]


@dataclass(frozen=True)
class Link:
    """Inner part of one batch's J^T M J: tensors z that depend on the parameters, and products with M.

    Attributes
    ----------
    tensors : list of Tensor
    middle : callable
        From a tensor like each z (None for zeros), whether graphs are kept, and whether the tensors have a leading
        dimension more, for a block of vectors, to M times them.
    slopes : list of Tensor or None
        The gradient by each z of what M is the Hessian of, where there is such a function.
    """

    tensors: list[Tensor]
    middle: Middle
    slopes: Sequence[Tensor | None] = ()


def link_field(name: str, link: Link, leaves: Leaves, direction: Sequence[Tensor] | None) -> Values:
    """Return the tensors z of a link, and with a direction v the products J v.

    They are to be compared with central differences.
    """
    tensors = [t.detach() for t in link.tensors]
    entries = [f"tensor {i}" for i in range(len(tensors))]
    if direction is None:
        return Values([name], [entries], [tensors], None)
    claimed = [torch.zeros_like(t) for t in tensors]
    rows = [t for t in link.tensors if t.requires_grad]
    free = tuple(torch.zeros_like(t, requires_grad=True) for t in rows)
    inputs = tuple(leaves.values())
    parts = (
        torch.autograd.grad(rows, inputs, free, create_graph=True, allow_unused=True, retain_graph=True) if rows else ()
    )
    pairs = [(part, v) for part, v in zip(parts, direction, strict=False) if part is not None and part.requires_grad]
    if pairs:
        check_twice_differentiable(rows[0], parts)
        forward = torch.autograd.grad([p for p, _ in pairs], free, [v for _, v in pairs], allow_unused=True)
        found = iter(forward)
        claimed = [
            zero if not t.requires_grad or (column := next(found)) is None else column
            for t, zero in zip(link.tensors, claimed, strict=True)
        ]
    return Values([name], [entries], [tensors], [claimed])


class JacobianProduct:
    """Products with J^T M J of one batch; J is held as the graph of J^T u for a free u."""

    outputs = None  # M may be a derivative of the user's loss

    def __init__(self, link: Link, leaves: Mapping[str, Tensor], *, check: bool) -> None:
        self._leaves = tuple(leaves.values())
        self._middle = link.middle
        self._connected = [tensor.requires_grad for tensor in link.tensors]
        self._rows = [tensor for tensor in link.tensors if tensor.requires_grad]
        # J^T u is linear in u, but not everywhere is it computed so: logcumsumexp takes logarithms of u, and at 0 its
        # derivative by u would be 0.
        self._free = tuple(torch.ones_like(tensor, requires_grad=True) for tensor in self._rows)
        parts: tuple[Tensor | None, ...] = ()
        if self._rows:
            parts = torch.autograd.grad(self._rows, self._leaves, self._free, create_graph=True, allow_unused=True)
            if check:
                check_twice_differentiable(self._rows[0], parts)
        self._transposed = [(i, part) for i, part in enumerate(parts) if part is not None and part.requires_grad]

    def product(self, parts: tuple[Tensor, ...], *, keep: bool, block: bool = False) -> Tensor:
        """Return the flat product with a vector given in parts, one per parameter, or with `block` a stack of them."""
        back: tuple[Tensor | None, ...] = (None,) * len(self._leaves)
        pairs = self._inner(parts, keep, block) if self._transposed else []
        if pairs:
            rows, weights = [row for row, _ in pairs], [weight for _, weight in pairs]
            back = batched_grad(rows, self._leaves, weights, keep, block)
        return joined(back, self._leaves, (len(parts[0]),) if block else ())

    def _inner(self, parts: tuple[Tensor, ...], keep: bool, block: bool) -> list[tuple[Tensor, Tensor]]:
        """Return the tensors z, each with its share of M J v, where there is one."""
        slopes, vectors = [part for _, part in self._transposed], [parts[i] for i, _ in self._transposed]
        forward = iter(batched_grad(slopes, self._free, vectors, keep, block))
        columns = self._middle([next(forward) if here else None for here in self._connected], keep, block)
        inner = [column for column, here in zip(columns, self._connected, strict=True) if here]
        return [(row, column) for row, column in zip(self._rows, inner, strict=True) if column is not None]


_FEW = 8
"""Samples on which the curvature of the loss in the outputs is looked at."""


class GaussNewtonOperator(CurvatureOperator):
    """The generalised Gauss-Newton matrix of an objective at its parameters.

    Parameters
    ----------
    objective : Objective
        Built with `criterion`, or with `outputs` and `output_loss`, which say where the model ends and the loss begins:
        the matrix depends on that.
    memory_budget, route, cuda_graphs
        As for `HessianOperator`.

    Attributes
    ----------
    products : int
        Products with a vector so far; each is a pass over the whole dataset.

    Raises
    ------
    ValueError
        If the split is not known, or leaves nothing: a negative log-likelihood is linear in log-probabilities.

    Examples
    --------
    >>> with ls.curvature.GaussNewtonOperator(loss) as G:
    ...     lowest = ls.top_eigenpairs(G, which="smallest").values[0]
    >>> bool(lowest > -1e-5)  # positive semidefinite, unlike the Hessian
    True
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
        super().__init__(objective, memory_budget=memory_budget, route=route, cuda_graphs=cuda_graphs)
        self._split = known_split(objective, "The Gauss-Newton matrix")
        entropy = CrossEntropy.of(self._split.criterion)
        if entropy and not entropy.logits:
            raise ValueError(
                "NLLLoss is linear in log-probabilities, so its Gauss-Newton matrix with respect to them is zero: let "
                'the model return logits with CrossEntropyLoss, or use FisherOperator(objective, kind="true").'
            )
        self._curves = output_loss_curves(objective, self._split)

    def protocol(self) -> dict[str, Any]:
        """Return the objective's protocol and how products are taken (JSON-able)."""
        description = "" if self._curves else ": zero, because the loss is piecewise linear in the outputs"
        return super().protocol() | {"operator": f"generalised Gauss-Newton{description}"}

    def _field(self) -> Field:
        def field(
            objective: ObjectiveLike, model: nn.Module, batch: Batch, leaves: Leaves, direction: list[Tensor] | None
        ) -> Values:
            assert objective.split is not None
            link = gauss_newton_link(objective, objective.split, model, batch)
            values = link_field("the model's outputs", link, leaves, direction)
            columns = values.claimed[0] if values.claimed else [torch.zeros_like(t) for t in link.tensors]
            slopes = [
                torch.zeros_like(t) if s is None else s.detach() for s, t in zip(link.slopes, link.tensors, strict=True)
            ]
            values.names.append("the loss's gradient by the outputs")
            values.entries.append([f"output {i}" for i in range(len(slopes))])
            values.tensors.append(slopes)
            if values.claimed:
                slopes_moved = link.middle(columns, False, False)
                values.claimed.append(
                    [torch.zeros_like(t) if r is None else r for r, t in zip(slopes_moved, slopes, strict=True)]
                )
            return values

        return field

    def _build(self, model: nn.Module, batch: Batch, position: int) -> BatchProduct:
        link = gauss_newton_link(self.objective, self._split, model, batch)
        return JacobianProduct(link, self._leaves, check=position == 0)


def known_split(objective: ObjectiveLike, what: str) -> OutputsAndLoss:
    """Return how the objective's loss follows from the model's outputs, or raise ValueError."""
    if objective.split is None:
        raise ValueError(
            f"{what} needs to know where the model's outputs end and the loss begins, which loss(model, batch) hides: "
            "build the Objective with criterion=, or with outputs=outputs(model, batch) and "
            "output_loss=output_loss(outputs, batch)."
        )
    return objective.split


def output_loss_curves(objective: ObjectiveLike, split: OutputsAndLoss) -> bool:
    """Return whether the loss is curved in the outputs of a few samples; warn where it is piecewise linear.

    Slopes and a product with the Hessian are taken at the outputs and at others, half as large and moved a little and
    far.

    Raises
    ------
    ValueError
        If the loss is linear in the outputs: its Gauss-Newton matrix is zero.
    """
    batch = next(iter(objective.batches()))[0]
    few = first_rows(batch, _FEW)
    batch = batch if few is None else few
    slopes, curved = [], False

    def run(model: nn.Module) -> Any:
        return map_tensors(lambda tensor: tensor.detach(), outputs_of(objective, split, model, batch))

    try:
        outputs = objective.run_values(run, objective.parameters)
        for moved in (0, 1, 10):
            generator = torch.Generator("cpu").manual_seed(moved)
            inputs: list[Tensor] = []

            def cut(
                tensor: Tensor,
                moved: int = moved,
                generator: torch.Generator = generator,
                inputs: list[Tensor] = inputs,
            ) -> Tensor:
                if not tensor.is_floating_point():
                    return tensor
                noise = torch.randn(tensor.shape, generator=generator, device="cpu").to(tensor)
                inputs.append((tensor * 0.5 + moved * noise if moved else tensor.clone()).requires_grad_())
                return inputs[-1]

            with torch.enable_grad():
                given = map_tensors(cut, outputs)
                loss = objective.run(lambda _, given=given: split.loss(given, batch), objective.parameters)  # type: ignore[misc]
                gradient = torch.autograd.grad(loss, inputs, create_graph=True, allow_unused=True)
                check_twice_differentiable(loss, gradient)
                known = [(x, g) for x, g in zip(inputs, gradient, strict=True) if g is not None]
                slopes.append(torch.cat([g.detach().flatten().double() for _, g in known]))
                live = [g for _, g in known if g.requires_grad]
                if not bool(slopes[-1].isfinite().all()):
                    return True
                if live:
                    probes = [torch.rand(g.shape, generator=generator, device="cpu").to(g) for g in live]
                    second = torch.autograd.grad(live, inputs, probes, allow_unused=True)
                    curved = curved or any(s is not None and bool(s.any()) for s in second)
    except Exception:  # what is wrong with it, the first product says
        return True
    if curved or not slopes[0].numel():
        return True
    if all(s.shape == slopes[0].shape and torch.allclose(slopes[0], s, rtol=1e-4, atol=0) for s in slopes[1:]):
        name = type(split.criterion).__name__ if isinstance(split.criterion, nn.Module) else "loss"
        raise ValueError(
            f"The {name} is linear in the model's outputs, so its Gauss-Newton matrix with respect to them is zero. If "
            "they are log-probabilities, let a log_softmax that belongs to the loss take them: outputs=lambda model, "
            "batch: model(batch[0]) with output_loss=lambda output, batch: criterion(output.log_softmax(1), batch[1]). "
            "Else use HessianOperator."
        )
    warnings.warn(
        "The loss is piecewise linear in the model's outputs, so its Gauss-Newton matrix is zero but for the penalty: "
        "the Hessian has what the model's own curvature adds (HessianOperator).",
        stacklevel=3,
    )
    return False


def outputs_of(objective: ObjectiveLike, split: OutputsAndLoss, model: nn.Module, batch: Batch) -> Any:
    """Return a batch's outputs, in the parameters' precision where the arithmetic is a shorter one.

    Raises
    ------
    ValueError
        If they hold no floating-point tensor.
    """
    with objective.forward_arithmetic():
        outputs = split.outputs(model, batch)
    if not any(tensor.is_floating_point() for tensor in tensors_of(outputs)):
        raise ValueError(
            f"The model's outputs are a {type(outputs).__name__} without floating-point tensors: "
            "return a tensor, or a tuple, list or mapping of tensors (outputs=lambda model, batch: ...)."
        )

    def widen(tensor: Tensor) -> Tensor:
        if not tensor.is_floating_point():
            return tensor
        if torch.finfo(tensor.dtype).eps > torch.finfo(objective.dtype).eps:
            return tensor.to(objective.dtype)
        return tensor.view_as(tensor)  # a use, so that a rewritten convolution at the end is computed

    return map_tensors(widen, outputs)


def gauss_newton_link(objective: ObjectiveLike, split: OutputsAndLoss, model: nn.Module, batch: Batch) -> Link:
    """Return the outputs of a batch and products with the Hessian of the loss with respect to them."""
    outputs = outputs_of(objective, split, model, batch)
    tensors = [tensor for tensor in tensors_of(outputs) if tensor.requires_grad]
    cut = {id(tensor): tensor.detach().requires_grad_() for tensor in tensors}
    with objective.forward_arithmetic():
        loss = scalar(split.loss(map_tensors(lambda t: cut.get(id(t), t), outputs), batch), "loss of the outputs")
    inputs = [cut[id(tensor)] for tensor in tensors]
    gradient: Sequence[Tensor | None] = [None] * len(inputs)
    if loss.requires_grad:
        gradient = torch.autograd.grad(loss, inputs, create_graph=True, allow_unused=True)
        check_twice_differentiable(loss, gradient)
    curved = [(i, g) for i, g in enumerate(gradient) if g is not None and g.requires_grad]

    def middle(columns: Sequence[Tensor | None], keep: bool, block: bool) -> Sequence[Tensor | None]:
        pairs = [(g, column) for i, g in curved if (column := columns[i]) is not None]
        if not pairs:
            return [None] * len(inputs)
        return batched_grad([g for g, _ in pairs], tuple(inputs), [v for _, v in pairs], keep, block)

    return Link(tensors, middle, list(gradient))
