r"""Neighbourhoods that are scaled with the weights, so that rescaling a network does not change what is measured in them.

A perturbation :math:`\delta` is measured by :math:`\lVert\delta / c\rVert` with one positive length c per parameter.
Kwon et al. 2021, "ASAM" (arXiv 2102.11600), call such a neighbourhood, and the sharpness in it, adaptive.
"""

from typing import Any, Literal

import torch
from torch import Tensor

from landscape.objective.parameters import ParameterSpace

Adaptive = bool | Literal["elementwise", "filterwise"]

SCALES = {
    "plain": "1: a ball in parameter units",
    "elementwise": "|theta| of each parameter, biases and normalisation parameters included",
    "filterwise": "norm of the filter (slice along the first dimension); |theta| for tensors of one dimension or none",
    "box": "|theta| + 1 (Keskar et al. 2017)",
}
"""The lengths c in the protocol's words."""


def scale_name(adaptive: Any) -> str:
    """Return the name in `SCALES` of an `adaptive` argument: True is "elementwise", False "plain".

    Raises
    ------
    ValueError
        For anything else than these and the names "elementwise" and "filterwise".
    """
    if isinstance(adaptive, bool):
        return "elementwise" if adaptive else "plain"
    if adaptive not in ("elementwise", "filterwise"):
        raise ValueError(f"adaptive is {adaptive!r}: choose 'elementwise' (or True), 'filterwise', or False.")
    return adaptive


def lengths(parameters: ParameterSpace, name: str) -> dict[str, Tensor]:
    r"""Return the lengths c of perturbations at the objective's parameters.

    - "plain": 1.
    - "elementwise": :math:`|\theta_i|` for every parameter. Biases and normalisation parameters are treated like weights:
      with c = 1 for them, as in some implementations of ASAM, rescaling a layer together with its bias would change the
      measure.
    - "filterwise": the Euclidean norm of the filter that a weight belongs to, a slice along the first dimension (an
      output channel of a convolution, a row of a linear layer or of an embedding), as everywhere in this package. Kwon
      et al. take filters of convolutions only, and :math:`|\theta_i|` elsewhere. Tensors of one dimension or none have
      filters of one number: :math:`|\theta_i|`.
    - "box": :math:`|\theta_i| + 1`.

    A length of zero, as of a bias that was never trained, means that the parameter is not perturbed. No constant is
    added to avoid that, because it would break the invariance.

    Returns
    -------
    dict of str to Tensor
        Of the parameters' shapes and types.
    """
    return {n: _length(p, name) for n, p in parameters.parameters.items()}


def _length(weights: Tensor, name: str) -> Tensor:
    if name == "plain":
        return torch.ones_like(weights)
    if name == "box":
        return weights.abs() + 1
    if name == "elementwise" or weights.dim() < 2:
        return weights.abs()
    norms = torch.linalg.vector_norm(weights, dim=tuple(range(1, weights.dim())), keepdim=True)
    return norms.expand_as(weights).contiguous()
