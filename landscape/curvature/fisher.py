r"""Fisher matrices: mean outer products of gradients, under the data's labels or the model's own.

.. math:: F = \sum_n w_n \, \mathbb{E}_{y} \left[ \nabla \ell_n(y) \nabla \ell_n(y)^\top \right] \Big/ \sum_n w_n

The n run over the terms of the mean that the loss is: samples, or for cross-entropy and NLL criteria the targets that
are not ignored (tokens), weighted by their class; :math:`\ell_n` is a term without its weight. The empirical Fisher
matrix takes the data's labels y, which makes it another matrix (Kunstner, Hennig and Balles 2019, "Limitations of the
empirical Fisher approximation"); the true one the model's own distribution :math:`p(y) \propto e^{-\ell(y)}`.
The penalty adds l2 on the diagonal, as to the Hessian. Gradients of single samples are never formed:
:math:`F v = J^\top (w \odot J v)` with J the Jacobian of the vector of all terms.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self, get_args

import torch
from torch import Tensor, nn

from landscape._common.guesses import guessable
from landscape._common.random import cpu_generator
from landscape._common.validation import as_integer
from landscape.curvature._hvp.batch_product import BatchProduct
from landscape.curvature.derivative_check import Field, Leaves, Values
from landscape.curvature.gauss_newton import (
    JacobianProduct,
    Link,
    gauss_newton_link,
    known_split,
    link_field,
    outputs_of,
)
from landscape.curvature.operator import CurvatureOperator, ProductRoute
from landscape.objective.criteria import CrossEntropy, OutputsAndLoss, PerExampleLosses, is_mse, per_example_losses
from landscape.objective.data import Batch, tensors_of
from landscape.objective.interface import ObjectiveLike
from landscape.objective.objective import Objective

Kind = Literal["empirical", "true", "sampled"]


class FisherOperator(CurvatureOperator):
    r"""A Fisher matrix of an objective at its parameters; positive semidefinite.

    Parameters
    ----------
    objective : Objective
    kind : {"empirical", "true", "sampled"}
        Under the data's labels; under the model's distribution, exactly; or under labels drawn from it once, at the
        start. For softmax cross-entropy the true one is the Gauss-Newton matrix and computed as such; for the mean
        squared error over d outputs also, the distribution being a Gaussian of variance d/2.
    per_sample_loss : callable, optional
        `per_sample_loss(model, batch)`, the terms of the batch's mean as a tensor of shape (terms,): for "empirical"
        and losses whose terms are not known. Those of a language model may be tokens or whole sequences; the matrix
        depends on the choice.
    samples : int
        Labels drawn for each term of "sampled".
    seed : int
        Of the draw.
    memory_budget, route, cuda_graphs
        As for `HessianOperator`.

    Attributes
    ----------
    products : int
        Products with a vector so far; each is a pass over the whole dataset.

    Raises
    ------
    ValueError
        If the terms or the distribution are not known, or the terms' mean is not the loss.

    Examples
    --------
    >>> v = torch.randn(loss.num_parameters)
    >>> with ls.curvature.FisherOperator(loss, kind="true") as F, ls.curvature.GaussNewtonOperator(loss) as G:
    ...     torch.allclose(F.matvec(v), G.matvec(v))  # for softmax cross-entropy they are the same matrix
    True
    """

    @guessable
    def __init__(
        self,
        objective: Objective,
        kind: Kind = "empirical",
        *,
        per_sample_loss: Callable[[nn.Module, Batch], Tensor] | None = None,
        samples: int = 1,
        seed: int = 0,
        memory_budget: int | None = None,
        route: ProductRoute = "auto",
        cuda_graphs: bool = False,
    ) -> None:
        super().__init__(objective, memory_budget=memory_budget, route=route, cuda_graphs=cuda_graphs)
        if kind not in get_args(Kind):
            raise ValueError(f'kind is {kind!r}: choose "empirical", "true" or "sampled".')
        if per_sample_loss is not None and kind != "empirical":
            raise ValueError(f'per_sample_loss holds the data\'s labels, so it does not go with kind="{kind}".')
        if (number := as_integer(samples)) is None or number < 1:
            raise ValueError(f"samples is {samples!r}: give the labels to draw for each term, at least 1.")
        self._kind, self._samples, self._seed = kind, number, seed
        self._per_sample_loss = per_sample_loss
        self._terms: PerExampleLosses | None = None
        if per_sample_loss is None:
            self._split = known_split(objective, _needed(kind))
            self._entropy = CrossEntropy.of(self._split.criterion)
            self._terms = _terms(self._split, kind)
        self._labels: list[Tensor] = []
        if objective.differentiates:
            objective.run_values(self._prepare, objective.parameters)
        else:
            with torch.no_grad():
                objective.run(self._prepare, objective.parameters, second_order=True)

    def _identity(self) -> tuple[Any, ...]:
        return type(self), self._kind, self._per_sample_loss

    def protocol(self) -> dict[str, Any]:
        """Return the objective's protocol, the kind of matrix, its terms, and how products are taken (JSON-able)."""
        labels = {
            "empirical": "the data's",
            "true": "expectation over the model's distribution",
            "sampled": f"{self._samples} drawn from the model's distribution for each term, seed {self._seed}",
        }
        terms = "targets" if self._per_sample_loss is None and self._entropy else "samples"
        return super().protocol() | {
            "operator": f"Fisher, {self._kind}",
            "labels": labels[self._kind],
            "terms": "per_sample_loss(model, batch)" if self._per_sample_loss else terms,
        }

    def _prepare(self, model: nn.Module) -> None:
        """Draw labels, and check that the terms average to the loss."""
        generator = cpu_generator(self._seed)
        for position, (batch, _) in enumerate(self.objective.batches()):
            if self._kind == "sampled":
                output = outputs_of(self.objective, self._split, model, batch)
                self._labels.append(self._draw(output, generator))
            elif self._kind == "empirical" and not position:
                losses, weights = self._losses(model, batch)
                mean = float(losses.detach().double() @ weights)
                loss = float(self.objective.loss(model, batch).detach())
                tolerance = max(math.sqrt(torch.finfo(losses.dtype).eps), self.objective.rounding)
                if not math.isclose(mean, loss, rel_tol=tolerance, abs_tol=tolerance) and math.isfinite(loss):
                    raise ValueError(
                        f"The terms of the first batch average to {mean:.6g}, but its loss is {loss:.6g}: "
                        "per_sample_loss must return every term of the mean that the loss is."
                    )

    def _field(self) -> Field:
        def field(
            objective: ObjectiveLike, model: nn.Module, batch: Batch, leaves: Leaves, direction: list[Tensor] | None
        ) -> Values:
            if self._per_sample_loss is not None:
                losses, weights = self._losses(model, batch)
                return link_field("the terms of the loss", _weighted(losses, weights), leaves, direction)
            assert objective.split is not None
            output = outputs_of(objective, objective.split, model, batch)
            tensors = [t for t in tensors_of(output) if t.requires_grad]
            return link_field("the model's outputs", Link(tensors, _nothing), leaves, direction)

        return field

    def _build(self, model: nn.Module, batch: Batch, position: int) -> BatchProduct:
        return JacobianProduct(self._link(model, batch, position), self._leaves, check=position == 0)

    def _of(self, objective: Objective) -> Self:
        return type(self)(
            objective,
            self._kind,
            per_sample_loss=self._per_sample_loss,
            samples=self._samples,
            seed=self._seed,
            memory_budget=self._budget,
            route=self._route,
            cuda_graphs=self._captured is not None,
        )

    def _may_rebatch(self) -> bool:
        return self._kind != "sampled"  # whose labels belong to the batches

    def _link(self, model: nn.Module, batch: Batch, position: int) -> Link:
        if self._kind == "empirical":
            losses, weights = self._losses(model, batch)
            return _weighted(losses, weights)
        if self._kind == "true" and (self._entropy is None or self._entropy.logits):
            return gauss_newton_link(self.objective, self._split, model, batch)
        output = outputs_of(self.objective, self._split, model, batch)
        if self._kind == "true":  # sum over classes of p J J^T, J of the log-probabilities
            assert self._entropy is not None
            rows = self._entropy.log_probabilities(output)
            weight = _normalised(self._entropy.weights(batch[1]))
            return _weighted(rows, rows.detach().exp() * weight[:, None].to(rows))
        labels = self._labels[position].to(output.device)
        if self._entropy is None:
            labels = labels[:, : len(output)]  # a trial takes the first samples of a batch
            losses = (output - labels).square().reshape(*labels.shape[:2], -1).mean(2)
            return _weighted(losses, torch.full_like(losses, 1 / losses.numel()))
        rows = self._entropy.log_probabilities(output)
        losses = -rows.gather(1, labels[: len(rows)])
        weight = _normalised(self._entropy.weights(batch[1])) / self._samples
        return _weighted(losses, weight[:, None].expand_as(losses))

    def _losses(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the terms of a batch under the data's labels, and weights that sum to one."""
        if self._terms is not None:
            output = outputs_of(self.objective, self._split, model, batch)
            losses, weights = self._terms(output, batch[1])
            return losses, _normalised(weights)
        assert self._per_sample_loss is not None
        with self.objective.forward_arithmetic():
            losses = self._per_sample_loss(model, batch)
        if not isinstance(losses, Tensor) or losses.dim() != 1 or not len(losses):
            found = tuple(losses.shape) if isinstance(losses, Tensor) else type(losses).__name__
            raise ValueError(f"per_sample_loss returned {found}: return the terms as a tensor of shape (terms,).")
        return losses, torch.full_like(losses, 1 / len(losses), dtype=torch.float64)

    def _draw(self, output: Tensor, generator: torch.Generator) -> Tensor:
        """Draw labels from the model's distribution on the CPU, of shape (terms, samples) or (samples, *outputs)."""
        if self._entropy is None:
            shape = (self._samples, *output.shape)
            noise = torch.randn(shape, generator=generator, dtype=torch.float64, device="cpu")
            spread = math.sqrt(output[0].numel() / 2)
            return (output.cpu().double() + spread * noise).to(output.dtype)
        probabilities = self._entropy.log_probabilities(output).cpu().double().exp()
        return torch.multinomial(probabilities, self._samples, replacement=True, generator=generator)


def _needed(kind: Kind) -> str:
    if kind == "empirical":
        return "The empirical Fisher matrix needs per_sample_loss=, or it"
    return f'The Fisher matrix of kind="{kind}"'


def _terms(split: OutputsAndLoss, kind: Kind) -> PerExampleLosses | None:
    """Return the terms under the data's labels, after checking that the kind of matrix is known for the criterion."""
    name = getattr(split.criterion, "__name__", type(split.criterion).__name__)
    if kind == "empirical":
        terms = per_example_losses(split.criterion) if split.criterion is not None else None
        if terms is None:
            raise ValueError(
                f"The terms of the loss are not known ({'output_loss' if split.criterion is None else name} has no "
                "reduction): pass per_sample_loss=per_sample_loss(model, batch), which returns them as a vector."
            )
        return terms
    entropy = CrossEntropy.of(split.criterion)
    if entropy is None and not is_mse(split.criterion):
        raise ValueError(
            f'kind="{kind}" needs the distribution that the loss stands for, which is known for criteria of '
            "cross-entropy, NLL and mean squared error only: use GaussNewtonOperator, or kind='empirical'."
        )
    if entropy and entropy.class_weights is not None and entropy.smoothing:
        raise ValueError(
            f'kind="{kind}" is not defined for class weights with label smoothing: the loss is no likelihood; '
            "use GaussNewtonOperator."
        )
    return None


def _normalised(weights: Tensor) -> Tensor:
    return weights.double() / weights.double().sum()


def _nothing(columns: Sequence[Tensor | None], keep: bool, block: bool) -> Sequence[Tensor | None]:
    return columns


def _weighted(tensor: Tensor, weights: Tensor) -> Link:
    """Return a link whose inner matrix is diagonal."""
    diagonal = weights.to(tensor)

    def middle(columns: Sequence[Tensor | None], keep: bool, block: bool) -> Sequence[Tensor | None]:
        return [None if column is None else diagonal * column for column in columns]

    return Link([tensor], middle)
