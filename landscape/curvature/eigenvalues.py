"""Top eigenvalues of an objective's Hessian, or of any symmetric operator, with their errors and bounds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor
from tqdm.auto import tqdm

from landscape._common.errors import CannotMeasureError
from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, Stop, check_on_interrupt, deliver
from landscape._common.precision import ieee_arithmetic
from landscape._common.random import cpu_generator, stream_generator
from landscape._common.threads import in_main_thread
from landscape._common.validation import as_integer
from landscape.curvature._pyhessian import pyhessian
from landscape.curvature.hessian import HessianOperator
from landscape.linalg.eigenpairs import WHICH, Eigenpairs, assemble_result
from landscape.linalg.eigenproblem import (
    Criterion,
    Problem,
    RoundingDominatesError,
    SolverOptions,
    SolverResult,
    Which,
    flat_directions,
    gradient_start,
    project_initial_vectors,
)
from landscape.linalg.error_bounds import Certificate
from landscape.linalg.lanczos import block_lanczos, lanczos
from landscape.linalg.operator import SymmetricOperator
from landscape.linalg.power_iteration import power
from landscape.objective.interface import ObjectiveLike
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective

__all__ = ["Certificate", "Directions", "Eigenpairs", "Method", "top_eigenpairs"]

Method = Literal["lanczos", "block_lanczos", "power", "pyhessian"]
Solver = Callable[[Problem, SolverOptions, list[Tensor], torch.Generator], SolverResult]
_SOLVERS: dict[str, Solver] = {
    "lanczos": lanczos,
    "block_lanczos": block_lanczos,
    "power": power,
    "pyhessian": pyhessian,
}
_BYTES_OF_VECTORS = 2**30
_COARSEST = 1e-4  # spacing of the numbers in which vectors are kept: a hundred of them count as zero

Directions = Eigenpairs | Mapping[str, Tensor] | Sequence[Mapping[str, Tensor]]


@guessable
def top_eigenpairs(
    objective: Objective | SymmetricOperator,
    k: int = 1,
    *,
    method: Method = "lanczos",
    which: Which = "largest",
    tol: float = 1e-3,
    criterion: Criterion = "residual",
    start: Directions | Literal["gradient"] | None = None,
    deflate: Directions | None = None,
    block_size: int | None = None,
    max_products: int | None = None,
    max_vectors: int | None = None,
    check_symmetry: bool = True,
    seed: int = 0,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> Eigenpairs:
    """Compute k eigenvalues from one end of the spectrum, and their eigenvectors.

    Parameters
    ----------
    objective : Objective or SymmetricOperator
        An objective stands for its Hessian.
    k : int
        Number of pairs, multiple eigenvalues counted as often as they occur.
    method : {"lanczos", "block_lanczos", "power", "pyhessian"}
        "lanczos": one vector at a time, the fewest products. For k > 1 and a random start, a few more products from a
        fresh random vector confirm that no multiple eigenvalue was counted once; see Notes.
        "block_lanczos": for multiple and tightly clustered eigenvalues; more products in total, taken several at once.
        "power": power iteration with deflation, shifted when an eigenvalue that is not wanted dominates.
        "pyhessian": the PyHessian package (Yao et al. 2020, arXiv 1912.07145) as an independent check, with its own
        rules; see Notes.
    which : {"largest", "smallest", "largest_magnitude"}
        Algebraically largest, algebraically smallest (the most negative curvature), or of largest magnitude, either
        sign; of two magnitudes that agree to `tol` the positive one comes first.
    tol : float
        Relative to |value|; see `Eigenpairs.converged`.
    criterion : {"residual", "value"}
        "residual": stop when ||H v - value v|| <= tol |value|, which proves that an eigenvalue is as near.
        "value": stop when the value is as near to the eigenvalue wanted, which fails with probability 0.01 at most over
        the random vectors. The residual may be larger, about the root of it, but products are needed to exclude
        eigenvalues further out: some more than for a residual.
    start : Eigenpairs, mapping, list of mappings or "gradient", optional
        Directions to begin with, such as the eigenpairs at another checkpoint, instead of a random vector. They may
        have been overtaken since: an eigenvector orthogonal to them is out of their reach. So once they have converged,
        products with a fresh random vector orthogonal to all before go on until eigenvalues further out than `tol` are
        excluded, but for a probability of 0.01; without that no pair is called converged. That takes about ln(100
        sqrt(p)) products over the rate of convergence: 3 to 10 measured. A random start excludes as much by its own
        steps, so a given one hardly saves any: 34 products for 31 on a small fully connected network, 23 for 23 on a
        small convnet. "gradient": the gradient of the loss, most of which lies in the span of the top eigenvectors of a
        network that learns to classify (Gur-Ari, Roberts and Dyer 2018, arXiv 1812.04754). It comes with the graph of
        the products, and is a given start like others. Where it is zero the start is random.
    deflate : Eigenpairs, mapping or list of mappings, optional
        Directions whose span is projected out: the eigenpairs are those of P H P on the complement, residuals included.
    block_size : int, optional
        For "block_lanczos": vectors per step. Default: k, at least 2 and at most 8.
    max_products : int, optional
        Default: 200 k.
    max_vectors : int, optional
        Size of the Krylov space at which Lanczos restarts. Memory is that many vectors, allocated as they are needed,
        and about three more. Default: what fits into 1 GiB, at least max(40, 2 k + 20)
        (and room for a few blocks), at most 300.
    check_symmetry : bool
        Compare u^T H v with v^T H u for the vectors that come up anyway, and refuse the operator if they differ by more
        than 10 sqrt(eps) |H| and than the products are rounded.
    seed : int
        Seed of the random vectors, drawn on the CPU.
    progress : bool
        Show a bar with products, value, residual and the products left at the present rate.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` is the pairs as they were by then, or return
        that.

    Returns
    -------
    Eigenpairs
        Whether converged or not: look at `converged` and `message`.

    Raises
    ------
    ValueError
        For impossible arguments; CannotMeasureError, which is one, for an operator that is not symmetric, and for
        weights or products that are not finite.

    Notes
    -----
    A small residual proves that an eigenvalue is near, not that none lies further out. How far out one can lie unseen
    is bounded in `Eigenpairs.certificate`, with probability 0.99 over the random start.

    What every operation inside a product rounds is measured at the vectors found, by rounding at random on some of the
    samples (`landscape.curvature.random_rounding`), and is part of all bounds: where a network fits its data,
    cross-entropy leaves float32 without a right digit of its curvature from a loss of about 1e-8 on. Where that keeps a
    pair from converging, the same function is evaluated in float64 (if it was float32 with full arithmetic) and the
    protocol says so under "precision". Vectors of bfloat16 and float16 have too few digits for a basis: these are
    evaluated in float64 at once.

    A residual alone takes an eigenvector that is nearly the top one for it: in simulations with the two largest
    eigenvalues a part d apart, "converged" was wrong in 30 % of runs at d = 2 tol and in 5 to 9 % at 5 tol; for two or
    three pairs at 2 tol in 15 to 23 % by Lanczos (dimension 1e5), 18 to 22 % by power iteration and up to 3 % by
    blocks. So all of these go on until eigenvalues further out than `tol` are excluded with probability 0.99: one pair
    by "lanczos" by the bound of its own random start, 2 to 5 products more where the top one is separated, the others
    by a multiplicity check, 1 to 10 products more; many more in a dense spectrum. What is zero to rounding excludes
    what a random vector shows, see `certificate.bounds`.

    A multiplicity check takes a fresh random vector, and 3 products or more. With an eigenvalue
    of a small trained network's Hessian doubled, 3 products showed the copy in 75 to 100 % of trials, 5 in nearly
    all; before training, when the spectrum has no outliers, in a third. What it does not find is within
    `certificate.bounds`; where multiple eigenvalues are expected use "block_lanczos", whose block is as large as the
    multiplicity.

    PyHessian 0.1 seeks the largest magnitude, whatever the sign; it stops when the value changes by less than tol per
    step, which is not the error (the rule of its trace is the same kind); by itself it forces eval mode, fails on
    parameters that the loss does not use, weighs batches by samples where the loss is a mean over tokens, and leaves
    gradients with graphs behind, all of which is kept from it here; and its spectral density does not run on current
    PyTorch. Values and order are its own, residuals and flags are ours.

    Examples
    --------
    >>> pairs = ls.top_eigenpairs(loss, k=2)
    >>> pairs.values.round(2), pairs.converged
    (array([0.85, 0.65]), array([ True,  True]))
    >>> power = ls.top_eigenpairs(loss, method="power")  # another method for the same number
    >>> bool(abs(power.values[0] - pairs.values[0]) < pairs.residuals[0] + power.residuals[0])
    True
    >>> lowest = ls.top_eigenpairs(loss, which="smallest")
    >>> bool(lowest.values[0] < 0)  # at untrained weights the loss bends down somewhere
    True
    """
    if isinstance(objective, ObjectiveLike):
        for name, p in objective.parameters.items():
            if not torch.isfinite(p).all():
                raise CannotMeasureError(
                    f"The weights {name!r} are not finite (a diverged run?), so there is no Hessian."
                )
    check_on_interrupt(on_interrupt)
    _check_choice("method", method, _SOLVERS)
    _check_choice("which", which, WHICH)
    _check_choice("criterion", criterion, ("residual", "value"))
    if not (isinstance(tol, (int, float)) and 0 < tol < 1):
        raise ValueError(f"tol is {tol!r}: give a relative error between 0 and 1.")
    if isinstance(objective, ObjectiveLike):
        with HessianOperator(objective) as hessian:
            return top_eigenpairs(
                hessian,
                k,
                method=method,
                which=which,
                tol=tol,
                criterion=criterion,
                start=start,
                deflate=deflate,
                block_size=block_size,
                max_products=max_products,
                max_vectors=max_vectors,
                check_symmetry=check_symmetry,
                seed=seed,
                progress=progress,
                on_interrupt=on_interrupt,
            )
    if not isinstance(objective, SymmetricOperator):
        expect_objective(objective)
    operator = objective
    if method == "pyhessian":
        _check_pyhessian(operator, which, criterion, start, deflate)
    pairs = as_integer(k)
    if pairs is None or not 1 <= pairs <= operator.size:
        raise ValueError(f"k is {k!r}: give a number of eigenpairs between 1 and the {operator.size} parameters.")
    limit = 200 * pairs if max_products is None else as_integer(max_products)
    needed = 2 * pairs if method == "pyhessian" else pairs
    if limit is None or limit < needed:
        raise ValueError(f"max_products is {max_products!r}: {pairs} eigenpairs by {method!r} need at least {needed}.")
    block = _block_size(block_size, pairs, method)
    vectors = _max_vectors(max_vectors, pairs, block, method, operator)
    number = cpu_generator(seed).initial_seed()
    if isinstance(start, str):
        _check_choice("start", start, ("gradient",))
        given = gradient_start(operator)
    else:
        given = flat_directions(operator, _listed(start), "start")
    stream = 0 if start is None or isinstance(start, str) else 1
    if isinstance(start, Eigenpairs):
        stream += start.stream
    certifies = method != "pyhessian"
    options = SolverOptions(
        pairs, which, float(tol), criterion, block, vectors, check_symmetry, number, stream, certifies
    )
    # The solvers' own products of vectors need full precision as much as the model's.
    silent = not (progress and operator.shows_progress)
    with ieee_arithmetic(operator.device), tqdm(total=limit, desc=method, unit="product", disable=silent) as bar:

        def solve(
            matrix: SymmetricOperator, options: SolverOptions, begin: list[Tensor], most: int, gives_way: bool
        ) -> _Answer:
            problem = Problem(matrix, most, flat_directions(matrix, _listed(deflate), "deflate"), bar, gives_way)
            if pairs > problem.size:
                raise ValueError(
                    f"k is {pairs}, but deflation leaves {problem.size} of {operator.size} dimensions: deflate less."
                )
            initial_vectors = project_initial_vectors(problem, begin, together=method == "lanczos")
            result = _SOLVERS[method](problem, options, initial_vectors, stream_generator(seed, options.stream))
            if isinstance(start, str) and initial_vectors and begin is given:
                result = replace(result, start="the gradient")
            return _Answer(*assemble_result(problem, options, method, result), result.stop is Stop.INTERRUPTED)

        answer = _solve(operator, solve, options, given, limit, method != "pyhessian")
        return deliver(answer.pairs, answer.interrupted, on_interrupt)


@dataclass(frozen=True)
class _Answer:
    pairs: Eigenpairs
    rounded: bool  # whether rounding of the products is what keeps a pair from converging
    interrupted: bool


_Solve = Callable[[SymmetricOperator, SolverOptions, list[Tensor], int, bool], _Answer]


def _solve(
    operator: SymmetricOperator,
    solve: _Solve,
    options: SolverOptions,
    given: list[Tensor],
    limit: int,
    may_recast: bool,
) -> _Answer:
    """Solve in the operator's precision, or where that is too coarse, in float64."""
    if operator.dtype == torch.float64 or not may_recast:
        return solve(operator, options, given, limit, False)
    if torch.finfo(operator.dtype).eps > _COARSEST:
        kind = str(operator.dtype).removeprefix("torch.")
        reason = f"in float64, because {kind} holds too few digits for an orthonormal basis"
        exact = _in_float64(operator, lambda matrix: solve(matrix, options, given, limit, False), 0, reason)
        if exact is None:
            raise CannotMeasureError(
                f"The vectors are {kind}, which holds too few digits for an orthonormal basis, and products in float64 "
                "cannot be taken: use an objective with dtype=torch.float32, or an operator on float32 vectors."
            )
        return exact
    try:
        first = solve(operator, options, given, limit, True)
    except RoundingDominatesError as error:
        spent = int(error.args[0])
        left = max(limit - spent, options.k)
        exact = _in_float64(operator, lambda matrix: solve(matrix, options, given, left, False), spent)
        return exact or solve(operator, options, given, left, False)
    left = limit - first.pairs.products
    if not first.rounded or first.interrupted or left < options.k:
        return first
    again = replace(options, stream=options.stream + 1, certifies=True)

    def warm(matrix: SymmetricOperator) -> _Answer:
        return solve(matrix, again, flat_directions(matrix, first.pairs.vectors, "start"), left, False)

    return _in_float64(operator, warm, first.pairs.products) or first


def _in_float64(
    operator: SymmetricOperator, solve: Callable[[SymmetricOperator], _Answer], spent: int, reason: str = ""
) -> _Answer | None:
    """Solve for the same matrix in float64; None if it has no such products."""
    try:
        exact = operator.in_float64()
        if exact is None:
            return None
        with exact:
            answer = solve(exact)
    except (RuntimeError, TypeError):  # of a model that does not run in float64, or a device that has none
        return None
    kind = str(operator.dtype).removeprefix("torch.")
    before = "." if reason else f", of which {spent} were taken before."
    reason = reason or f"in float64, because rounding dominates the products in {kind}"
    pairs = answer.pairs
    total = pairs.products + spent
    message = f"{pairs.message} Computed {reason}{before}"
    update = {"products": total, "message": message, "precision": reason}
    return replace(answer, pairs=replace(pairs, products=total, message=message, protocol=pairs.protocol | update))


def _check_choice(name: str, value: Any, choices: Any) -> None:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}: choose one of {', '.join(map(repr, choices))}.")


def _check_pyhessian(operator: SymmetricOperator, which: Any, criterion: Any, start: Any, deflate: Any) -> None:
    if not isinstance(operator, HessianOperator):
        raise ValueError('method="pyhessian" needs an Objective, because PyHessian takes a model and data.')
    if not in_main_thread():
        raise ValueError(
            'method="pyhessian" draws from the random state of the whole process, which another thread may be using: '
            "call "
            'it in the main thread, or take method="lanczos".'
        )
    if which == "smallest":
        raise ValueError('which is "smallest", but PyHessian seeks the largest magnitude: use method="lanczos".')
    if criterion != "residual" or start is not None or deflate is not None:
        raise ValueError("PyHessian has its own stopping rule and start: leave criterion, start and deflate out.")


def _block_size(given: Any, k: int, method: str) -> int:
    if given is None:
        return min(max(k, 2), 8) if method == "block_lanczos" else 1
    size = as_integer(given)
    if method != "block_lanczos":
        raise ValueError(f'block_size is {given!r}, but method is {method!r}: it is for "block_lanczos".')
    if size is None or size < 1:
        raise ValueError(f"block_size is {given!r}: give a number of vectors, 1 or more.")
    return size


def _max_vectors(given: Any, k: int, block: int, method: str, operator: SymmetricOperator) -> int:
    least = k + 2 * block + 8
    if given is None:
        of_memory = _BYTES_OF_VECTORS // (max(operator.local_size, 1) * operator.dtype.itemsize)
        return max(40, 2 * k + 20, least + 4 * block, min(of_memory, 300))
    vectors = as_integer(given)
    if method not in ("lanczos", "block_lanczos"):
        raise ValueError(f"max_vectors is {given!r}, but {method!r} keeps no Krylov space: leave it out.")
    if vectors is None or vectors < least:
        raise ValueError(f"max_vectors is {given!r}: {k} eigenpairs in blocks of {block} need at least {least}.")
    return vectors


def _listed(given: Directions | None) -> Any:
    """Return directions as an iterable of mappings."""
    if given is None:
        return ()
    return given.vectors if isinstance(given, Eigenpairs) else [given] if isinstance(given, Mapping) else given
