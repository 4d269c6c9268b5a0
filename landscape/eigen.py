r"""The algebraically largest eigenvalues of an objective's Hessian, with residuals.

For a symmetric matrix and a unit vector v, an eigenvalue lies within :math:`\lVert Hv - \lambda v\rVert_2` of
:math:`\lambda` (Parlett 1998, *The Symmetric Eigenvalue Problem*, thm 4.5.1). The residuals reported here come from
explicit products, and only they decide what counts as converged.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm.auto import tqdm

from landscape.batches import cpu_generator, whole
from landscape.borrowed import ieee_arithmetic
from landscape.hessian import HessianOperator
from landscape.objective import Objective
from landscape.operators import SymmetricOperator

Method = Literal["lanczos", "power", "pyhessian"]


@dataclass(frozen=True, eq=False)
class Eigenpairs:
    """Eigenvalues and eigenvectors, each with what it is worth.

    Attributes
    ----------
    values : ndarray, shape (k,)
        In descending order (for method "pyhessian" as it returns them), in units of the loss over squared parameter
        units.
    vectors : tuple of k dicts of str to Tensor
        Unit vectors; the entry of largest magnitude is positive.
    residuals : ndarray, shape (k,)
        ||H v - lambda v||, from explicit products.
    converged : ndarray of bool, shape (k,)
        Residual at most tol |lambda|; where lambda is zero to rounding, which is 100 machine epsilons times the
        largest |H v| seen, at most that.
    products : int
        Hessian-vector products used, those for the residuals included.
    message : str
        What happened, and what to raise if something did not converge.
    protocol : dict
        Objective, operator, method, tolerance and results (JSON-able).
    """

    values: NDArray[np.float64]
    vectors: tuple[dict[str, Tensor], ...]
    residuals: NDArray[np.float64]
    converged: NDArray[np.bool_]
    products: int
    message: str
    protocol: dict[str, Any] = field(repr=False)


def top_eigenpairs(
    objective: Objective | SymmetricOperator,
    k: int = 1,
    *,
    method: Method = "lanczos",
    tol: float = 1e-3,
    max_products: int | None = None,
    seed: int = 0,
    progress: bool = False,
) -> Eigenpairs:
    """Compute the k algebraically largest eigenvalues and their eigenvectors.

    Parameters
    ----------
    objective : Objective or SymmetricOperator
        An objective stands for its Hessian.
    k : int
        Number of pairs, multiple eigenvalues counted as often as they occur.
    method : {"lanczos", "power", "pyhessian"}
        "lanczos": band Lanczos with k starting vectors and full reorthogonalisation (Ruhe 1979, Math. Comp. 33);
        plain Lanczos for k = 1. "power": power iteration with deflation, shifted when a negative eigenvalue dominates.
        "pyhessian": the PyHessian package (Yao et al. 2020, arXiv 1912.07145) as an independent check; it returns the
        eigenvalues of largest magnitude and stops on the change per step, so its residuals are often above `tol`.
    tol : float
        Relative to |lambda|; see `Eigenpairs.converged`.
    max_products : int, optional
        Default: 200 k. Lanczos keeps one vector per product.
    seed : int
        Seed of the starting vectors, drawn on the CPU.
    progress : bool
        Show a bar with products, value and residual.

    Returns
    -------
    Eigenpairs
        Whether converged or not: look at `converged` and `message`.

    Raises
    ------
    ValueError
        For impossible arguments, and for weights or products that are not finite.

    Notes
    -----
    A small residual proves that an eigenvalue is near, not that none lies above it. With a random start and a coarse
    `tol` an eigenvalue in a tight cluster at the top can be missed; the error is then of the order of the cluster's
    width. A smaller `tol` rules it out in practice.
    """
    if method not in _METHODS:
        raise ValueError(f"method is {method!r}: choose one of {', '.join(map(repr, _METHODS))}.")
    if not (isinstance(tol, (int, float)) and 0 < tol < 1):
        raise ValueError(f"tol is {tol!r}: give a relative residual between 0 and 1.")
    if isinstance(objective, Objective):
        for name, p in objective.parameters.items():
            if not torch.isfinite(p).all():
                raise ValueError(f"The weights {name!r} are not finite (a diverged run?), so there is no Hessian.")
        with HessianOperator(objective) as hessian:
            return top_eigenpairs(
                hessian, k, method=method, tol=tol, max_products=max_products, seed=seed, progress=progress
            )
    size = objective.size
    pairs = whole(k)
    if pairs is None or not 1 <= pairs <= size:
        raise ValueError(f"k is {k!r}: give a number of eigenpairs between 1 and the {size} parameters.")
    limit = 200 * pairs if max_products is None else whole(max_products)
    if limit is None or limit < 2 * pairs:
        raise ValueError(
            f"max_products is {max_products!r}: {pairs} eigenpairs with their residuals need at least {2 * pairs}."
        )
    generator = cpu_generator(seed)
    # The solvers' own products of vectors need full precision as much as the model's.
    with ieee_arithmetic(), tqdm(total=limit, desc=method, unit="product", disable=not progress) as bar:
        return _METHODS[method](_Counted(objective, bar), pairs, float(tol), limit, generator)


class _Counted:
    """An operator with a budget: counts products, sees the scale of H, and refuses non-finite ones."""

    def __init__(self, operator: SymmetricOperator, bar: Any) -> None:
        self.operator = operator
        self.bar = bar
        self.size = operator.size
        self.dtype = operator.dtype
        self.device = operator.device
        self.eps = float(torch.finfo(operator.dtype).eps)
        self.products = 0
        self.scale = 0.0

    def __call__(self, vector: Tensor) -> Tensor:
        image = self.operator.matvec(vector)
        size = float(image.norm())
        self.products += 1
        self.bar.update()
        if not np.isfinite(size):
            raise ValueError("A Hessian product is not finite: the weights or the loss overflow at this point.")
        self.scale = max(self.scale, size / float(vector.norm()))
        return image

    def random(self, generator: torch.Generator) -> Tensor:
        """Draw a Gaussian vector on the CPU, so that it is the same on every device."""
        return self.operator.probe(generator)

    def threshold(self, values: NDArray[np.float64], tol: float) -> NDArray[np.float64]:
        """Return the residual below which each eigenvalue counts as converged."""
        zero = 100 * self.eps * self.scale
        return np.where(np.abs(values) <= zero, zero, tol * np.abs(values))

    def show(self, value: float, residual: float) -> None:
        """Put the current pair on the progress bar."""
        self.bar.set_postfix(value=f"{value:.6g}", residual=f"{residual:.2g}", refresh=False)


def _lanczos(op: _Counted, k: int, tol: float, limit: int, generator: torch.Generator) -> Eigenpairs:
    """Band Lanczos: the Krylov space of `k` random vectors, built one vector at a time.

    With one starting vector a multiple eigenvalue shows one eigenvector only; with k, up to k of them.
    """
    basis = torch.empty((min(op.size, 16), op.size), dtype=op.dtype, device=op.device)
    projected = np.zeros((0, 0))
    # Vectors yet to enter the basis, with the column of the basis whose image they are the rest of (None: a start).
    pending: deque[tuple[int | None, Tensor]] = deque((None, op.random(generator)) for _ in range(k))
    strictness = 1.0
    while True:
        j = len(projected)
        if j == len(basis):
            basis = torch.cat([basis, torch.empty_like(basis[: min(op.size, 2 * j) - j])])
        basis[j] = _next_vector(op, basis[:j], pending.popleft()[1], generator)
        for _, rest in pending:
            rest -= torch.dot(basis[j], rest) * basis[j]
        image = op(basis[j])
        column = _orthogonalize(image, basis[: j + 1])
        pending.append((j, image))
        projected = np.pad(projected, (0, 1))
        projected[j, :], projected[:, j] = column, column
        if j + 1 < k:
            continue

        values, weights = np.linalg.eigh(projected)
        values, weights = values[::-1][:k], weights[:, ::-1][:, :k]
        estimates = _ritz_residuals(pending, weights)
        op.show(values[0], estimates[0])
        complete = j + 1 == op.size
        spent = op.products + 1 + k > limit
        if not (complete or spent or (estimates <= strictness * op.threshold(values, tol)).all()):
            continue
        vectors = basis[: j + 1].T @ torch.from_numpy(weights.copy()).to(basis)
        vectors /= vectors.norm(dim=0)
        images = torch.stack([op(vector) for vector in vectors.unbind(1)], dim=1)
        result = _result(op, "lanczos", vectors, images, tol, limit, generator.initial_seed())
        # Rounding can hold a residual above its estimate; going on helps until the estimate itself is rounding.
        strictness *= 0.1
        exhausted = complete or op.products + 1 + k > limit or strictness * tol < op.eps
        if result.converged.all() or exhausted:
            return result


def _next_vector(op: _Counted, basis: Tensor, candidate: Tensor, generator: torch.Generator) -> Tensor:
    """Return the unit vector along a candidate's part outside the basis.

    If nothing is left of the candidate, the basis holds an invariant subspace: go on with a random vector.
    """
    floor = 100 * op.eps * op.scale
    while True:
        _orthogonalize(candidate, basis)
        size = float(candidate.norm())
        if size > floor:
            # The division amplifies what is left along the basis: orthogonalise the unit vector once more.
            candidate /= size
            _orthogonalize(candidate, basis)
            return candidate / candidate.norm()
        candidate = op.random(generator)
        candidate /= candidate.norm()
        floor = 0.0


def _orthogonalize(vector: Tensor, basis: Tensor) -> NDArray[np.float64]:
    """Remove the components along the rows of `basis` in place, twice; return them in float64."""
    components = np.zeros(len(basis))
    for _ in range(2):
        part = basis @ vector
        vector -= basis.T @ part
        components += part.double().cpu().numpy()
    return components


def _ritz_residuals(pending: Sequence[tuple[int | None, Tensor]], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Residuals of Ritz pairs: H V y - V T y is the combination of the images' rests outside the basis."""
    columns = [column for column, _ in pending if column is not None]
    rests = torch.stack([rest for column, rest in pending if column is not None])
    gram = (rests @ rests.T).double().cpu().numpy()
    last = weights[columns]
    return np.sqrt(np.maximum(np.einsum("ik,ij,jk->k", last, gram, last), 0.0))


def _power(op: _Counted, k: int, tol: float, limit: int, generator: torch.Generator) -> Eigenpairs:
    """Power iteration, one vector after the other, on the complement of those found.

    Plain iteration finds the eigenvalue of largest magnitude. When that proves negative, or when a negative one of
    nearly the same magnitude holds it up, the matrix is shifted by its norm, which makes the algebraically largest the
    dominant one.
    """
    found = torch.empty((0, op.size), dtype=op.dtype, device=op.device)
    images: list[Tensor] = []
    inner = tol if k == 1 else tol / 2  # leaves room for the coupling between the pairs
    shift = 0.0
    for i in range(k):
        vector = _next_vector(op, found, op.random(generator), generator)
        before: tuple[Tensor, Tensor, float] | None = None
        for step in range(limit):
            image = op(vector)
            value = float(torch.dot(vector.double(), image.double()))
            rest = image - value * vector
            _orthogonalize(rest, found)
            residual = float(rest.norm())
            op.show(value, residual)
            small = residual <= inner * abs(value) or residual <= op.eps * op.scale
            # Each of the pairs still to come keeps at least one product.
            if op.products >= limit - (k - 1 - i) or (small and (value >= 0 or shift)):
                break
            if not shift:
                held_up = before is not None and step >= 8 and _rayleigh_of_rest(before, image) < -0.8 * abs(value)
                if small or held_up or (step >= 8 and value < 0):
                    shift = op.scale
                    vector = _next_vector(op, found, op.random(generator), generator)
                    continue
                before = rest, image, value
            vector = _next_vector(op, found, image + shift * vector, generator)
        found = torch.cat([found, vector[None]])
        images.append(image)
    # Rayleigh-Ritz on the span sorts the pairs and removes their coupling, without further products.
    stacked = torch.stack(images, dim=1)
    projected = (found @ stacked).double().cpu().numpy()
    _, weights = np.linalg.eigh((projected + projected.T) / 2)
    rotation = torch.from_numpy(weights[:, ::-1].copy()).to(found)
    return _result(op, "power", found.T @ rotation, stacked @ rotation, tol, limit, generator.initial_seed())


def _rayleigh_of_rest(before: tuple[Tensor, Tensor, float], image: Tensor) -> float:
    """Rayleigh quotient of the last residual r = H x - value x, about the eigenvalue that contaminates x most.

    It takes no product: the next vector is H x normalised, so that H r = |H x| H x_next - value H x.
    """
    rest, last_image, value = before
    image_of_rest = float(last_image.norm()) * image - value * last_image
    return float(torch.dot(rest, image_of_rest)) / max(float(torch.dot(rest, rest)), torch.finfo(rest.dtype).tiny)


def _result(
    op: _Counted,
    method: Method,
    vectors: Tensor,
    images: Tensor,
    tol: float,
    limit: int,
    seed: int,
    values: NDArray[np.float64] | None = None,
    note: str = "",
) -> Eigenpairs:
    """Judge unit vectors (columns) by their explicit images; Rayleigh quotients unless values are given."""
    vectors, images = vectors.double(), images.double()
    if values is None:
        values = (vectors * images).sum(dim=0).cpu().numpy()
        order = np.argsort(-values, kind="stable")
        values, vectors, images = values[order], vectors[:, order.tolist()], images[:, order.tolist()]
    residuals = (images - vectors * torch.from_numpy(values).to(vectors)).norm(dim=0).cpu().numpy()
    converged = residuals <= op.threshold(values, tol)
    peaks = vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True))
    vectors = vectors * peaks.sign()

    message = f"{converged.sum()} of {len(values)} eigenpairs converged to tol={tol:g} in {op.products} products."
    if not converged.all():
        if method != "pyhessian" and op.products < limit - len(values):
            message += " Rounding limits the residual: raise tol or use an objective with dtype=torch.float64."
        elif method != "pyhessian":
            message += f" Raise max_products ({limit}) or tol."
    if note:
        message += " " + note
    protocol = op.operator.protocol() | {
        "measure": "top eigenpairs",
        "which": "largest magnitude" if method == "pyhessian" else "algebraically largest",
        "method": method,
        "k": len(values),
        "tol": tol,
        "max_products": limit,
        "products": op.products,
        "seed": seed,
        "values": values.tolist(),
        "residuals": residuals.tolist(),
        "converged": converged.tolist(),
        "message": message,
    }
    named = tuple(op.operator.unflatten(vector.to(op.dtype)) for vector in vectors.unbind(1))
    return Eigenpairs(values, named, residuals, converged, op.products, message, protocol)


def _pyhessian(op: _Counted, k: int, tol: float, limit: int, generator: torch.Generator) -> Eigenpairs:
    # Imported here, because it is needed for this method only.
    from landscape.pyhessian_backend import eigenvalues

    if not isinstance(op.operator, HessianOperator):
        raise ValueError('method="pyhessian" needs an Objective, because PyHessian takes a model and data.')
    steps = (limit - k) // k
    values, vectors, products = eigenvalues(
        op.operator.objective, k, tol=tol, max_steps=steps, seed=generator.initial_seed()
    )
    op.products += products
    op.bar.update(products)
    images = torch.stack([op(vector) for vector in vectors.unbind(1)], dim=1)
    note = (
        "Values, signs and order are PyHessian's: it seeks the largest magnitude and stops when the value changes by "
        "less than tol per step; the residuals are of our own products."
    )
    if (values < 0).any():
        note += ' A negative value is not the algebraic top: use method="lanczos" for that.'
    return _result(op, "pyhessian", vectors, images, tol, limit, generator.initial_seed(), values, note)


_METHODS = {"lanczos": _lanczos, "power": _power, "pyhessian": _pyhessian}
