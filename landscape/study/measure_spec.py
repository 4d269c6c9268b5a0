"""What a study measures on every run, and how accurately: the table [measure] of its spec."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from landscape._common.guesses import guessable_class
from landscape.study.limits import positive, shown, whole

__all__ = ["MeasureSpec"]

BATCHNORM_SAMPLES = 1000


@guessable_class
@dataclass(frozen=True, kw_only=True)
class MeasureSpec:
    """Measurements on every run, and their accuracy.

    Attributes
    ----------
    samples : int
        Training samples the loss surface is measured on (a fixed random subset); 0 means all.
    eigenvalues : int
        How many top Hessian eigenvalues at every checkpoint.
    tolerance : float
        Largest residual ||Hv - lambda v|| over |lambda| that counts as converged.
    max_products : int
        Hessian-vector products one checkpoint may cost.
    trace_probes : int
        Random vectors of the trace estimate at the end point.
    sharpness_radius, sharpness_samples : float, int
        rho and the number of antithetic noise pairs of the average-case adaptive sharpness at the end point.
    line_points, line_range : int, float
        1-D slices at alpha in [-line_range, line_range].
    plane_points, plane_seeds : int, int
        Side of the 2-D slice, and for how many seeds it is drawn.
    batchnorm : {"frozen", "recomputed"}
        Batch norm with the running statistics of the training, or with those of training samples in one pass at the
        weights that are measured, which everything there then shares; on planes at every point. Losses and metrics
        during the training are evaluated likewise, which makes other runs; their checkpoints keep the running ones.
        Running statistics lag behind: after a few steps the loss with them may be a thousand times that of training.
    batchnorm_samples : int
        Training samples of that pass (a fixed random subset); 0 means all.
    compiled : bool or "auto"
        Compile Hessian-vector products, which takes a C++ compiler and, for small networks, 3 to 17 s, of which other
        processes find most in torch's cache, and saves a fifth to half of each. "auto" compiles where a trial of the
        study shows that the products to come pay for it, and `landscape.run_study` alone does that. What cannot be
        compiled is measured without, and the protocol of the number says why.
    spectrum_probes, spectrum_steps, spectrum_seeds : int, int, int
        Random vectors of the spectral density at the end point, Lanczos steps from each, and for how many seeds it is
        estimated.

    Examples
    --------
    Fast, for a first look:

    >>> quick = ls.MeasureSpec(samples=500, trace_probes=8, plane_seeds=0, spectrum_seeds=0)
    >>> quick.tolerance, quick.line_points
    (0.001, 41)
    """

    samples: int = 0
    eigenvalues: int = 1
    tolerance: float = 1e-3
    max_products: int = 200
    trace_probes: int = 32
    sharpness_radius: float = 0.05
    sharpness_samples: int = 32
    line_points: int = 41
    line_range: float = 1.0
    plane_points: int = 31
    plane_seeds: int = 1
    spectrum_probes: int = 4
    spectrum_steps: int = 64
    spectrum_seeds: int = 1
    batchnorm: str = "frozen"
    batchnorm_samples: int = BATCHNORM_SAMPLES
    compiled: bool | str = "auto"

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as written to ``study.toml``: without what older versions did not have, if unused."""
        out = dataclasses.asdict(self)
        if self.batchnorm == "frozen":
            del out["batchnorm"], out["batchnorm_samples"]
        if self.compiled == "auto":
            del out["compiled"]
        return out

    def check(self, prefix: str = "") -> None:
        """Raise ValueError for the first value that is out of range; its name comes after `prefix`."""
        for name, least in (
            ("samples", 0),
            ("eigenvalues", 1),
            ("max_products", 2),
            ("trace_probes", 2),
            ("sharpness_samples", 2),
            ("line_points", 3),
            ("plane_points", 3),
            ("plane_seeds", 0),
            ("spectrum_probes", 2),
            ("spectrum_steps", 2),
            ("spectrum_seeds", 0),
            ("batchnorm_samples", 0),
        ):
            whole(f"{prefix}{name}", getattr(self, name), least)
        for name in ("tolerance", "sharpness_radius", "line_range"):
            positive(f"{prefix}{name}", getattr(self, name))
        if not isinstance(self.compiled, bool) and self.compiled != "auto":
            raise ValueError(f'{prefix}compiled must be true, false or "auto", got {shown(self.compiled)}')
        if self.batchnorm not in ("frozen", "recomputed"):
            raise ValueError(f'{prefix}batchnorm must be "frozen" or "recomputed", got {shown(self.batchnorm)}')
        if self.batchnorm == "frozen" and self.batchnorm_samples != BATCHNORM_SAMPLES:
            raise ValueError(
                f"{prefix}batchnorm_samples is {self.batchnorm_samples}, but nothing is recomputed: add batchnorm = "
                '"recomputed", or leave it out'
            )
        if self.batchnorm_samples == 1:
            raise ValueError(f"{prefix}batchnorm_samples is 1, and one sample has no variance: give more, or 0 for all")
        if self.tolerance >= 1:
            raise ValueError(f"{prefix}tolerance must be a relative error below 1, got {self.tolerance!r}")
        if self.max_products < self.eigenvalues:
            raise ValueError(
                f"{prefix}max_products is {self.max_products}, but {self.eigenvalues} eigenvalues take at least as "
                "many products: raise it"
            )
