"""Symmetric operators: matrices known by their products with vectors, which all solvers and estimators take."""

import copy
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum, auto
from types import TracebackType
from typing import Any, Literal, Self

import torch
from scipy.sparse.linalg import LinearOperator
from torch import Tensor

Probe = Literal["gaussian", "rademacher"]


class Agreement(Enum):
    """Whether derivatives agree with central differences."""

    AGREE = auto()
    UNDECIDED = auto()
    NOT_COMPARED = auto()


@dataclass(frozen=True)
class DerivativeCheck:
    """Outcome of comparing the derivatives in an operator's products with central differences, and its description."""

    agreement: Agreement
    description: str


class SymmetricOperator(ABC):
    """A symmetric matrix of order `size`, multiplied by flat vectors.

    On one process a vector has `size` entries. Where the parameters are spread over ranks, each rank holds `local_size`
    of them, and `sum_over_ranks` completes dot products; everything else is written once for both.

    Attributes
    ----------
    products : int
        Products with a vector so far, a block of k counted as k.
    """

    products: int = 0

    @property
    @abstractmethod
    def size(self) -> int:
        """Number of rows."""

    @property
    @abstractmethod
    def dtype(self) -> torch.dtype:
        """Type of the vectors."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where the vectors live."""

    @abstractmethod
    def matvec(self, vector: Tensor) -> Tensor:
        """Product with a vector of shape (local_size,), in a new tensor; adds one to `products`."""

    @abstractmethod
    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """Return a vector as a mapping from parameter name to tensor."""

    @abstractmethod
    def flatten(self, direction: Any) -> Tensor:
        """Return a mapping from parameter name to tensor as a vector of shape (local_size,)."""

    @abstractmethod
    def protocol(self) -> dict[str, Any]:
        """Return the matrix and how it is multiplied, as a JSON-able dict."""

    @property
    def local_size(self) -> int:
        """Number of entries of a vector that this process holds."""
        return self.size

    @property
    def rounding(self) -> float:
        """Relative spacing of the numbers in which products are computed."""
        return float(torch.finfo(self.dtype).eps)

    def rounding_errors(self, rows: Tensor, *, thorough: bool = False) -> Tensor | None:
        """Measure the errors of products that come from rounding inside them.

        Parameters
        ----------
        rows : Tensor, shape (k, local_size)
        thorough : bool
            On many samples and trials; else on a few.

        Returns
        -------
        Tensor, shape (trials, k, local_size), or None
            Random errors like those of the products with the rows, estimates; None where they cannot be measured.
        """
        return None

    @property
    def derivatives(self) -> DerivativeCheck | None:
        """What comparing the derivatives in products with central differences showed; None where none are taken."""
        return None

    def in_float64(self) -> "SymmetricOperator | None":
        """Return the same matrix with products in float64; None where these would be no more exact."""
        return None

    def why_not_finite(self) -> str:
        """Return what may make a product not finite, as the end of a sentence."""
        return "the weights or the loss overflow at this point"

    @property
    def shows_progress(self) -> bool:
        """Whether this process is the one to show progress bars."""
        return True

    def __repr__(self) -> str:
        kind = str(self.dtype).removeprefix("torch.")
        shape = f"{self.size} x {self.size}"
        return f"{type(self).__name__}({shape}, {kind} on {self.device}, {self.products} products so far)"

    def matmat(self, vectors: Tensor) -> Tensor:
        """Product with the columns of a matrix of shape (local_size, k); adds k to `products`."""
        return torch.stack([self.matvec(vector) for vector in vectors.unbind(1)], dim=1)

    def sum_over_ranks(self, partial: Tensor) -> Tensor:
        """Add partial sums over vector entries from all ranks; the identity on one process."""
        return partial

    def probe(self, generator: torch.Generator, kind: Probe = "gaussian") -> Tensor:
        """Draw a random vector of independent entries of mean 0 and variance 1.

        It is drawn on the CPU in float64 and then moved, so that it is the same on every device.
        """
        return draw(self.size, generator, kind).to(self.device, self.dtype)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.size, self.size

    @property
    def T(self) -> Self:  # noqa: N802 (the name of matrices)
        """The transpose: the matrix itself."""
        return self

    def adjoint(self) -> Self:
        """Return the conjugate transpose: the matrix itself."""
        return self

    def __matmul__(self, vectors: Tensor) -> Tensor:
        """Product with a vector or with the columns of a matrix."""
        return self.matvec(vectors) if vectors.dim() == 1 else self.matmat(vectors)

    def __rmatmul__(self, vectors: Tensor) -> Tensor:
        """Product from the left: of a vector, or of the rows of a matrix of shape (k, local_size)."""
        return self.matvec(vectors) if vectors.dim() == 1 else self.matmat(vectors.T).T

    def to_scipy(self) -> LinearOperator:
        """Return `as_linear_operator()`, by the name under which curvlinops asks for it."""
        return self.as_linear_operator()

    def as_linear_operator(self) -> LinearOperator:
        """Return the operator for SciPy's solvers, on NumPy vectors and matrices."""
        dtype = torch.empty(0, dtype=self.dtype).numpy().dtype

        def matvec(vector: Any) -> Any:
            return self.matvec(torch.from_numpy(vector.reshape(-1)).to(self.device, self.dtype)).cpu().numpy()

        def matmat(vectors: Any) -> Any:
            return self.matmat(torch.from_numpy(vectors).to(self.device, self.dtype)).cpu().numpy()

        shape = (self.size, self.size)
        return LinearOperator(shape, matvec=matvec, rmatvec=matvec, matmat=matmat, rmatmat=matmat, dtype=dtype)

    def close(self) -> None:
        """Free memory kept between products; a later product builds it again."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class WrappedOperator(SymmetricOperator):
    """An operator made from another one: the same vectors, other products.

    Parameters
    ----------
    operator : SymmetricOperator

    Attributes
    ----------
    operator : SymmetricOperator
    """

    def __init__(self, operator: SymmetricOperator) -> None:
        self.operator = operator
        self.products = 0

    def _in_float64(self) -> Self | None:
        """Return a copy around the wrapped operator in float64; None where products would be no more exact."""
        inner = self.operator.in_float64()
        if inner is None:
            return None
        other = copy.copy(self)
        WrappedOperator.__init__(other, inner)
        return other

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.operator.size

    @property
    def local_size(self) -> int:
        """Number of entries of a vector that this process holds."""
        return self.operator.local_size

    @property
    def dtype(self) -> torch.dtype:
        """Type of the vectors."""
        return self.operator.dtype

    @property
    def device(self) -> torch.device:
        """Where the vectors live."""
        return self.operator.device

    @property
    def rounding(self) -> float:
        """Relative spacing of the numbers in which products are computed."""
        return self.operator.rounding

    @property
    def derivatives(self) -> DerivativeCheck | None:
        """What comparing the wrapped operator's derivatives with central differences showed."""
        return self.operator.derivatives

    def why_not_finite(self) -> str:
        """Return what may make a product of the wrapped operator not finite, as the end of a sentence."""
        return self.operator.why_not_finite()

    @property
    def shows_progress(self) -> bool:
        """Whether this process is the one to show progress bars."""
        return self.operator.shows_progress

    def sum_over_ranks(self, partial: Tensor) -> Tensor:
        """Add partial sums over vector entries from all ranks."""
        return self.operator.sum_over_ranks(partial)

    def probe(self, generator: torch.Generator, kind: Probe = "gaussian") -> Tensor:
        """Draw a random vector, as the wrapped operator does."""
        return self.operator.probe(generator, kind)

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """Return a vector as a mapping from parameter name to tensor."""
        return self.operator.unflatten(vector)

    def flatten(self, direction: Any) -> Tensor:
        """Return a mapping from parameter name to tensor as a vector of shape (local_size,)."""
        return self.operator.flatten(direction)

    def close(self) -> None:
        """Free the memory that the wrapped operator keeps between products."""
        self.operator.close()


def draw(size: int, generator: torch.Generator, kind: Probe) -> Tensor:
    """Draw a float64 vector of `size` independent entries of mean 0 and variance 1 on the CPU."""
    if kind == "rademacher":
        signs = torch.randint(0, 2, (size,), generator=generator, device="cpu").mul_(2).sub_(1)
        return signs.double()
    if kind == "gaussian":
        return torch.randn(size, generator=generator, dtype=torch.float64, device="cpu")
    raise ValueError(f'kind is {kind!r}: choose "gaussian" or "rademacher".')


def safe_norm(operator: SymmetricOperator, vector: Tensor) -> Tensor:
    """Return the norm of a vector as a float64 scalar on the device; no square of an entry overflows or vanishes."""
    largest = operator.sum_over_ranks(vector.abs().amax().double() if vector.numel() else vector.new_zeros(()).double())
    unit = torch.where((largest > 0) & torch.isfinite(largest), largest, 1.0)
    square = torch.linalg.vector_norm(vector / unit.to(vector.dtype), dtype=torch.float64).square()
    return unit * operator.sum_over_ranks(square).sqrt()


def moderate_unit(operator: SymmetricOperator, matvecs: Tensor) -> float | None:
    """Return a unit for products in which none of their squares overflows or vanishes.

    It is 1 where the first products, `matvecs`, are of moderate size, else a power of two about as large as these; None
    where they are zero, so that nothing is known yet.
    """
    size = float(operator.sum_over_ranks(matvecs.abs().amax().double().reshape(1)).cpu().numpy()[0])
    if not 0 < size < math.inf:
        return None
    exponent = round(math.log2(size))
    moderate, most = (30, 120) if torch.finfo(matvecs.dtype).eps > 1e-10 else (200, 1000)
    return 1.0 if abs(exponent) <= moderate else 2.0 ** max(min(exponent, most), -most)
