"""Algorithm 1 of the paper, line by line: what `zenith.Zenith` is tested against. For reading, not for training.

Saha 2026, "ZENITH" (arXiv:2601.15212), section 2.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

__all__ = ["zenith_sgd"]


def zenith_sgd(
    parameters: Sequence[Tensor], loss: Callable[[list[Tensor]], Tensor], lr: float, window: int
) -> Iterator[tuple[list[Tensor], float]]:
    """Yield the parameters after each step of plain SGD under ZENITH, and the learning rate of the step.

    Parameters
    ----------
    parameters : sequence of Tensor
        theta_0, any shapes.
    loss : callable
        From a list of tensors of these shapes to the loss of the next batch, a scalar.
    lr, window : float, int
        eta_0, and W: the number of gradient norms that are averaged.
    """
    theta, Q, Z = [p.detach() for p in parameters], deque[float](maxlen=window), 0.0
    while True:
        theta = [p.requires_grad_() for p in theta]
        gradient = torch.autograd.grad(loss(theta), theta)
        Q.append(float(torch.cat([g.flatten() for g in gradient]).norm()))
        eta = lr
        if len(Q) == window:
            mu = sum(Q) / window
            Z = max(Z, mu)
            eta = lr * mu / Z if Z > 0 else lr
        theta = [(p - eta * g).detach() for p, g in zip(theta, gradient, strict=True)]
        yield theta, eta
