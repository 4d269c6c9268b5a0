"""The top Hessian eigenvalue by other toolkits, each behind the same call: a net and a setting to value and products.

Every toolkit gets the whole batch at once, which is the form in which each is fastest and right, eval mode, and the one
attention kernel that has a second derivative; without that they all fail on attention.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from nets import Net
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

Result = tuple[float, int | None]


@dataclass(frozen=True)
class Rival:
    """A toolkit with the settings to try, the cheapest first."""

    name: str
    settings: Sequence[Any]
    run: Callable[[Net, Any], Result]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        with sdpa_kernel(SDPBackend.MATH):
            yield


def _pyhessian(net: Net, tol: float) -> Result:
    import pyhessian

    with _quiet():
        torch.manual_seed(0)
        solver = pyhessian.hessian(net.model, nn.CrossEntropyLoss(), data=(net.inputs, net.targets), cuda=False)
        values, _ = solver.eigenvalues(maxIter=300, tol=tol, top_n=1)
        for p in net.model.parameters():
            p.grad = None
    return values[0], None


def _eigenthings(net: Net) -> Any:
    from hessian_eigenthings.loss_fns.standard import supervised_loss
    from hessian_eigenthings.operators.hessian import HessianOperator

    return HessianOperator(net.model, [(net.inputs, net.targets)], supervised_loss(nn.CrossEntropyLoss()))


def _eigenthings_lanczos(net: Net, steps: int) -> Result:
    from hessian_eigenthings.algorithms.lanczos import lanczos

    with _quiet():
        result = lanczos(_eigenthings(net), k=1, max_iter=steps, which="LA", seed=0)
    return float(result.eigenvalues[0]), steps


def _curvlinops(net: Net, setting: tuple[int, float]) -> Result:
    from curvlinops import HessianLinearOperator

    ncv, tol = setting
    with _quiet():
        operator = HessianLinearOperator(
            net.model, nn.CrossEntropyLoss(), list(net.model.parameters()), [(net.inputs, net.targets)]
        ).to_scipy()
        products = 0

        def multiply(vector: Any) -> Any:
            nonlocal products
            products += 1
            return operator @ vector

        counted = LinearOperator(operator.shape, matvec=multiply, dtype=operator.dtype)
        torch.manual_seed(0)
        start = torch.randn(operator.shape[0]).numpy()
        values = eigsh(counted, k=1, which="LA", ncv=ncv, tol=tol, v0=start, return_eigenvectors=False)
    return float(values[0]), products


RIVALS = (
    Rival("PyHessian 0.1", (1e-2, 1e-3, 1e-4, 1e-6), _pyhessian),
    Rival("hessian-eigenthings 1.0.0a5, Lanczos", (5, 6, 8, 10, 12, 15, 20, 30, 50), _eigenthings_lanczos),
    Rival("curvlinops 3.0.1 + eigsh", ((4, 1e-2), (8, 1e-3), (20, 1e-3), (20, 1e-6)), _curvlinops),
)
