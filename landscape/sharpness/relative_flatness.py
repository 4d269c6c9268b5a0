"""Relative flatness of a layer: its curvature in units of its own weights (Petzka et al. 2021)."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from landscape._common.estimate import Estimate
from landscape._common.guesses import guessable
from landscape._common.interrupts import Interrupted, OnInterrupt, check_on_interrupt, deliver
from landscape._common.validation import check_count
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.rescaled import CongruentOperator
from landscape.curvature.spectrum import hessian_trace
from landscape.linalg.probes import BLOCK, Prober
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective

EXACT_PRODUCTS = 1024
"""Products up to which the measure is summed exactly unless `probes` are asked for: a layer of 10 x 100."""

PROBES = 96


@guessable
def relative_flatness(
    objective: Objective,
    layer: str | None = None,
    *,
    probes: int | None = None,
    seed: int = 0,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> Estimate:
    r"""Measure the relative flatness of one layer.

    .. math::
        \kappa^\phi_{\mathrm{Tr}} = \sum_{s, s'} \langle w_s, w_{s'} \rangle \, \mathrm{Tr}(H_{s, s'}), \qquad
        H_{s, s'} = \frac{\partial^2 L}{\partial w_s \, \partial w_{s'}}

    over all pairs of the layer's neurons with weights :math:`w_s`, the rows of its matrix W (Petzka et al. 2021,
    "Relative flatness and generalization", arXiv 2001.00939, definition 3). Despite its name, smaller is flatter. It
    does not change when the layer is multiplied by a number and what comes before or after it divided by that.
    Rescaling single features that enter the layer does change it; the paper normalises them first. For softmax
    cross-entropy on a last layer it is the mean of :math:`|\phi|^2 \, \mathrm{Tr}(W W^T (\mathrm{diag}(p) - p p^T))`.

    It is the trace of :math:`(G^{1/2} \otimes I) H (G^{1/2} \otimes I)` with the Gram matrix :math:`G = W W^T`. For
    small layers that is summed exactly, with rank(W) products for each weight of a neuron; else it is estimated by
    Hutch++.

    Parameters
    ----------
    objective : Objective
        Its penalty counts: l2 adds l2 times the squared norm of W times the length of a row.
    layer : str, optional
        The layer's module, or its weight. Default: the last `torch.nn.Linear` of the model (in the order of its
        modules) with a trainable weight of its own, which for most networks is the one after the penultimate features,
        as in the paper's experiments. A convolution's filters are taken as its neurons, which the paper's theory does
        not cover.
    probes : int, optional
        Products for an estimate by Hutch++, at least 4. Default: exact if that takes at most 1,024 products, else 96.
    seed : int
        Of the probes.
    progress : bool
        Show a bar.
    on_interrupt : {"raise", "return"}
        As for `hessian_trace`; of an exact value no part is of use.

    Returns
    -------
    Estimate
        In units of the loss. Exact values have their rounding as the standard error, and the protocol says "exact".

    Raises
    ------
    ValueError
        For a layer that does not exist, is not trainable or is no matrix, too few probes, or products that are not
        finite.

    Examples
    --------
    >>> flatness = ls.sharpness.relative_flatness(loss)  # of the last linear layer
    >>> flatness.protocol["layer"], flatness.value > 0
    ('2.weight', True)
    """
    expect_objective(objective)
    check_on_interrupt(on_interrupt)
    name = _weight_of(objective, layer)
    block = objective.restrict(name)
    weights = block.parameters[name]
    interrupted = False
    with HessianOperator(block) as hessian:
        operator = _RelativeHessian(hessian, weights)
        if probes is None and operator.rank * operator.columns <= EXACT_PRODUCTS:
            value, error, count = _exact(operator, progress)
            how: dict[str, Any] = {"method": "exact", "products": count, "rounding": error}
            estimate = Estimate(value, error, max(count, 2), operator.protocol() | how)
        else:
            wanted = PROBES if probes is None else check_count(probes, "probes", 4, "products are needed for Hutch++")
            try:
                estimate = hessian_trace(operator, method="hutch++", probes=wanted, seed=seed, progress=progress)
            except Interrupted as stop:
                estimate, interrupted = stop.partial, True
    notes = {"measure": "relative flatness", "layer": name, "neurons": len(weights), "rank": operator.rank}
    if weights.dim() > 2:
        notes["message"] = (
            "The neurons are filters of a convolution, which the theory of arXiv 2001.00939 does not cover."
        )
    found = Estimate(
        estimate.value, estimate.standard_error, estimate.samples, estimate.protocol | notes, estimate.skewness
    )
    return deliver(found, interrupted, on_interrupt)


class _RelativeHessian(CongruentOperator):
    """The Hessian of a layer between square roots of its weights' Gram matrix."""

    def __init__(self, hessian: HessianOperator, weights: Tensor) -> None:
        super().__init__(hessian)
        matrix = weights.reshape(len(weights), -1).double()
        self.columns = matrix.shape[1]
        left, sizes, _ = torch.linalg.svd(matrix, full_matrices=False)
        kept = sizes > torch.finfo(weights.dtype).eps * max(matrix.shape) * sizes.max()
        self.factors = left[:, kept] * sizes[kept]  # G = factors factors^T
        self._root = ((left * sizes) @ left.T).to(self.dtype)

    @property
    def rank(self) -> int:
        """Rank of the weights."""
        return self.factors.shape[1]

    def transform(self, vectors: Tensor) -> Tensor:
        """Return G^1/2, applied to the neurons, times the columns of a matrix of shape (size, k)."""
        neurons = vectors.reshape(len(self._root), -1)
        return (self._root @ neurons).reshape(vectors.shape)

    def protocol(self) -> dict[str, Any]:
        """Return the Hessian's protocol, and how it is scaled (JSON-able)."""
        return self.operator.protocol() | {"operator": "G^1/2 Hessian G^1/2 of one layer, G = W W^T over its neurons"}


def _exact(operator: _RelativeHessian, progress: bool) -> tuple[float, float, int]:
    """Sum the quadratic forms of all u_k (x) e_t, where G = sum_k u_k u_k^T.

    Return it, its rounding and the products.
    """
    count = operator.rank * operator.columns
    forms = np.zeros(count)
    scale = 0.0
    with Prober(operator.operator, 0, total=count, label="relative flatness", progress=progress) as prober:
        for start in range(0, count, BLOCK):
            index = range(start, min(start + BLOCK, count))
            vectors = torch.zeros(operator.size, len(index), dtype=operator.dtype, device=operator.device)
            for position, number in enumerate(index):
                factor, column = divmod(number, operator.columns)
                shaped = vectors[:, position].view(-1, operator.columns)
                shaped[:, column] = operator.factors[:, factor].to(vectors)
            matvecs = prober.multiply(vectors)
            forms[index.start : index.stop] = prober.dots(vectors, matvecs).numpy()
            scale += float((prober.dots(vectors, vectors) * prober.dots(matvecs, matvecs)).sqrt().sum())
    return float(forms.sum()), 4 * operator.rounding * scale, count


def _weight_of(objective: Objective, layer: Any) -> str:
    """Return the name of a layer's weight."""
    if layer is None:
        linear = objective.run(
            lambda model: [name for name, module in model.named_modules() if isinstance(module, nn.Linear)],
            objective.parameters,
        )
        names = [name for name in (f"{module}.weight".lstrip(".") for module in linear) if name in objective.parameters]
        if not names:
            raise ValueError(
                "The model has no Linear layer with a trainable weight of its own: name a layer, such as "
                f"layer={next(iter(objective.parameters))!r}."
            )
        return names[-1]
    fitting = [n for n in objective.restrict(layer).parameters if objective.parameters[n].dim() >= 2]
    if len(fitting) != 1:
        raise ValueError(
            f"layer is {layer!r}, which has {len(fitting)} trainable weight matrices "
            f"({', '.join(fitting[:3]) or 'none'}): name one layer with one."
        )
    return fitting[0]
