r"""The edge of stability: the curvature compared with the largest at which the optimizer's own step is stable.

On a quadratic with Hessian H, gradient descent with step size :math:`\eta` converges if :math:`\lambda_{max}(H) <
2 / \eta` and diverges above. Trained with full batches, networks drive their sharpness up to that value and stay there
(Cohen et al. 2021, "Gradient descent on neural networks typically occurs at the edge of stability", arXiv 2103.00065):
their sharpness is then a property of the step size. Adaptive methods do the same with the eigenvalue of
:math:`P^{-1/2} H P^{-1/2}` (Cohen et al. 2022, "Adaptive gradient methods at the edge of stability", arXiv 2207.14484).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from landscape._common.autotuning import ProductRoute
from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary
from landscape.curvature.eigenvalues import Directions, Eigenpairs, top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.rescaled import PreconditionedOperator, ShiftedOperator
from landscape.curvature.stability_threshold import StabilityThreshold, threshold_for
from landscape.linalg.operator import SymmetricOperator
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective

__all__ = ["EdgeOfStability", "edge_of_stability"]


@dataclass(frozen=True, eq=False, repr=False)
class EdgeOfStability(Summarized):
    r"""How near the step is to the edge of stability.

    Attributes
    ----------
    value : float
        The top eigenvalue over the threshold: :math:`\eta \lambda_{max} / 2` for gradient descent. 1 is the edge; NaN
        where the threshold is not known.
    eigenvalue, residual : float
        Of the matrix that the threshold is for, weight decay included.
    converged : bool
        Whether the eigenvalue converged; False where there is none.
    threshold : StabilityThreshold
    products : int
        Hessian-vector products it took; 0 where the top eigenpair of the Hessian was known and is the one needed.
    message : str
        What was compared, or why it was not.
    pairs : Eigenpairs or None
        In the coordinates of P, to start the next search with.
    protocol : dict
        How it was measured (JSON-able).

    Examples
    --------
    >>> edge = ls.edge_of_stability(loss, ls.curvature.StabilityThreshold.of_sgd(lr=0.1))
    >>> edge.value < 1, edge.threshold.value  # gradient descent with this step is stable here
    (True, 20.0)
    """

    value: float
    eigenvalue: float
    residual: float
    converged: bool
    threshold: StabilityThreshold
    products: int
    message: str
    pairs: Eigenpairs | None = field(default=None, repr=False)
    protocol: dict[str, Any] = field(default_factory=dict, repr=False)

    def _summary(self) -> Summary:
        if math.isnan(self.value):
            return Summary(f"unknown: {self.message}")
        state = "" if self.converged else ", not converged"
        return Summary(f"{self.value:.4g} of the stability threshold{state}", notes=[self.message])


@guessable
def edge_of_stability(
    objective: Objective | HessianOperator,
    optimizer: Any,
    *,
    pairs: Eigenpairs | None = None,
    start: Directions | None = None,
    tol: float = 1e-3,
    max_products: int | None = None,
    route: ProductRoute = "auto",
    seed: int = 0,
) -> EdgeOfStability:
    r"""Compare the top eigenvalue with the largest at which the optimizer's step is stable.

    Parameters
    ----------
    objective : Objective or HessianOperator
        At the weights after the optimizer's last step, such as `loss.at(model.state_dict())`.
    optimizer : torch.optim.Optimizer or StabilityThreshold
        See `stability_threshold`, which an optimizer is asked for at the model that the objective was built on.
    pairs : Eigenpairs, optional
        The top eigenpair of the Hessian here, if it is known: for SGD that is the one needed.
    start : optional
        As for `top_eigenpairs`, in the coordinates of the preconditioned matrix: the `pairs` of a former result.
    tol, max_products, route, seed
        As for `top_eigenpairs` and `HessianOperator`.

    Returns
    -------
    EdgeOfStability

    Raises
    ------
    ValueError
        If the optimizer is none, or is another model's. Where the objective's own `l2` and the optimizer's weight decay
        are both set and differ, because one penalty must not count twice.

    Notes
    -----
    A value that stays near 1 means that the sharpness follows the step size: dividing the learning rate by two would
    let it double. With mini-batches it settles below 1 (arXiv 2103.00065, section 6). The loss must be that of the
    training, up to dropout and batch statistics, which an objective in eval mode leaves out.

    A penalty `l2` of the objective equal to the weight decay stands for it and counts once.

    Examples
    --------
    >>> sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> edge = ls.edge_of_stability(loss, sgd)
    >>> bool(abs(edge.value - 0.1 * ls.top_eigenpairs(loss).values[0] / 2) < 1e-4)
    True
    """
    hessian = objective if isinstance(objective, HessianOperator) else None
    at = hessian.objective if hessian is not None else objective
    if not isinstance(at, Objective):
        expect_objective(at)
        raise AssertionError
    if at.is_sharded:
        raise ValueError("The objective's parameters are spread over ranks: the edge of stability needs them whole.")
    threshold = optimizer if isinstance(optimizer, StabilityThreshold) else threshold_for(at, optimizer)
    decay, shift, note = _without_penalty(threshold, at)
    protocol: dict[str, Any] = {"rule": threshold.rule, "threshold": threshold.value, "lr": threshold.lr}
    if math.isnan(threshold.value):
        return EdgeOfStability(
            math.nan, math.nan, math.nan, False, threshold, 0, threshold.rule, None, at.protocol() | protocol
        )
    moved = at.parameters if threshold.moved is None else [n for n in at.parameters if n in set(threshold.moved)]
    if not moved:
        raise ValueError("The optimizer moves none of the objective's parameters: give the objective of its model.")
    plain = threshold.preconditioner is None and decay is None and len(moved) == len(at.parameters)
    if plain and pairs is not None:
        found, products = pairs, 0
    else:
        made = None
        if hessian is None or len(moved) < len(at.parameters):
            part = at if len(moved) == len(at.parameters) else at.restrict(*moved)
            hessian = made = HessianOperator(part, route=route)
        before = hessian.products
        try:
            matrix: SymmetricOperator = hessian if decay is None else ShiftedOperator(hessian, decay)
            if threshold.preconditioner is not None:
                matrix = PreconditionedOperator(matrix, threshold.preconditioner)
            found = top_eigenpairs(matrix, start=start, tol=tol, max_products=max_products, seed=seed)
            products = hessian.products - before
        finally:
            if made is not None:
                made.close()
    eigenvalue, residual = float(found.values[0]) + shift, float(found.residuals[0])
    words = f"top eigenvalue {eigenvalue:.6g}, threshold {threshold.value:.6g} ({threshold.rule}){note}"
    if len(moved) < len(at.parameters):
        words += f"; over the {len(moved)} of {len(at.parameters)} tensors that the optimizer moves"
    if not found.converged[0]:
        words += f". {found.message}"
    protocol |= {"weight_decay": "in the matrix" if decay is not None else shift, "edge_of_stability": words}
    return EdgeOfStability(
        eigenvalue / threshold.value,
        eigenvalue,
        residual,
        bool(found.converged[0]),
        threshold,
        products,
        words,
        found,
        found.protocol | protocol,
    )


def _without_penalty(
    threshold: StabilityThreshold, objective: Objective
) -> tuple[dict[str, Tensor] | None, float, str]:
    """Return the weight decay that the objective's own penalty does not stand for already, and a note on that."""
    decays = threshold.decay is not None or threshold.shift != 0
    if not objective.l2 or not decays:
        return threshold.decay, threshold.shift, ""
    if threshold.decay is None and math.isclose(threshold.shift, objective.l2, rel_tol=1e-6):
        return None, 0.0, "; the objective's l2 is the weight decay"
    raise ValueError(
        f"The objective has a penalty of its own (l2 = {objective.l2:g}) and the optimizer another weight decay: build "
        "the objective with l2=0, so that the optimizer's counts, and counts once."
    )
