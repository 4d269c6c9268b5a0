"""Describe this machine (versions, devices, missing extras) and check that numbers are right on it.

Every check compares with a truth that does not come from the code that is checked: a closed form, plain PyTorch, or the
rule written out. Limits are fixed here; they are what arithmetic allows, with a margin, not what was measured.
"""

from __future__ import annotations

import copy
import importlib.metadata
import math
import os
import platform
import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from packaging.requirements import Requirement
from torch import Tensor, nn
from torch.nn import functional

import zenith
from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.objective.objective import Objective
from landscape.slices.directions import random_direction
from landscape.slices.grid import plane

__all__ = ["Check", "Diagnosis", "Extra", "diagnose"]

DISTRIBUTION = "zenith-landscape"
PURPOSES = {
    "baselines": "optimizers that libraries keep well",
    "detection": "detectors on COCO, and their mean average precision",
    "notebook": "JupyterLab and the explorer",
    "ray": "studies on a Ray cluster",
    "slurm": "studies as Slurm jobs",
    "topology": "topology of planes",
    "vision": "networks, detectors and data sets of torchvision and timm",
}


@dataclass(frozen=True)
class Check:
    """One number compared with the truth.

    Attributes
    ----------
    name, against : str
        What was computed, and what it is compared with.
    error, limit : float
        Measured error and the largest that passes; relative where the name does not say otherwise. NaN where the check
        failed with an exception.
    message : str
        The exception, if there was one.
    seconds : float
        Wall-clock time.
    """

    name: str
    against: str
    error: float
    limit: float
    message: str
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the error is within the limit."""
        return self.error <= self.limit


@dataclass(frozen=True)
class Extra:
    """An optional part of the package.

    Attributes
    ----------
    name, purpose : str
        As in ``pip install zenith-landscape[NAME]``, and what it is for.
    missing : tuple of str
        Requirements that are not met.
    install : str
        The command that meets them and leaves torch as it is; empty if nothing is missing.
    """

    name: str
    purpose: str
    missing: tuple[str, ...]
    install: str


@dataclass(frozen=True)
class Diagnosis:
    """Result of `diagnose`.

    Attributes
    ----------
    versions, machine : dict of str to str
        Packages and what the machine has.
    extras : tuple of Extra
    checks : tuple of Check
    """

    versions: dict[str, str]
    machine: dict[str, str]
    extras: tuple[Extra, ...]
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it; an error that is not finite is None."""
        return asdict(self) | {
            "passed": self.passed,
            "checks": [
                asdict(check) | {"passed": check.passed, "error": None if math.isnan(check.error) else check.error}
                for check in self.checks
            ],
        }


def diagnose(progress: Callable[[Check], None] | None = None) -> Diagnosis:
    """Describe the machine and run every check.

    Parameters
    ----------
    progress : callable, optional
        Called with each check when it is done.

    Returns
    -------
    Diagnosis
        Also when checks fail or raise: look at `passed`.
    """
    checks = []
    for name, against, limit, measure in _checks():
        began = time.perf_counter()
        try:
            error, message = float(measure()), ""
        except Exception as failure:  # what fails here is the finding
            error, message = math.nan, f"{type(failure).__name__}: {failure}".splitlines()[0]
        checks.append(Check(name, against, error, limit, message, time.perf_counter() - began))
        if progress is not None:
            progress(checks[-1])
    return Diagnosis(_versions(), _machine(), tuple(map(_extra, _extras())), tuple(checks))


# ---------------------------------------------------------------------------------------------------------- machine


def _extras() -> list[str]:
    return importlib.metadata.metadata(DISTRIBUTION).get_all("Provides-Extra") or []


def _requirements() -> list[Requirement]:
    return [Requirement(line) for line in importlib.metadata.requires(DISTRIBUTION) or []]


def _versions() -> dict[str, str]:
    core = sorted(r.name for r in _requirements() if r.marker is None)
    return {"python": platform.python_version()} | {
        name: importlib.metadata.version(name) for name in (DISTRIBUTION, *core)
    }


def _machine() -> dict[str, str]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    settings = {name: os.environ[name] for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS") if name in os.environ}
    found = {
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "cores": f"{cores} of {os.cpu_count()} usable",
        "threads": ", ".join([f"torch takes {torch.get_num_threads()}", *(f"{k}={v}" for k, v in settings.items())]),
        "cpu capability": torch.backends.cpu.get_cpu_capability(),
    }
    devices = [
        f"cuda:{i} {torch.cuda.get_device_name(i)}, {torch.cuda.get_device_properties(i).total_memory / 2**30:.0f} GiB"
        for i in range(torch.cuda.device_count())
    ]
    if torch.backends.mps.is_available():
        devices.append("mps (not tested)")
    return found | {"devices": ", ".join(["cpu", *devices])}


def _extra(name: str) -> Extra:
    wanted = [
        r
        for r in _requirements()
        if r.marker and r.marker.evaluate({"extra": name}) and not r.marker.evaluate({"extra": ""})
    ]
    missing = tuple(f"{r.name}{r.specifier}" for r in wanted if not _is_met(r))
    # pip may replace torch by another build to please a new package: the version at hand is asked for as well.
    command = ["pip", "install", *missing, f"torch=={importlib.metadata.version('torch').partition('+')[0]}"]
    return Extra(name, PURPOSES.get(name, ""), missing, shlex.join(command) if missing else "")


def _is_met(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(importlib.metadata.version(requirement.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


# ----------------------------------------------------------------------------------------------------------- checks


def _checks() -> Iterator[tuple[str, str, float, Callable[[], float]]]:
    yield "top eigenvalue by Lanczos, float64", "closed form of a linear regression", 1e-8, _eigenvalue
    yield "Hessian product, float64", "two backward passes in plain PyTorch", 1e-10, lambda: _product(torch.float64)
    yield "Hessian product, float32", "the same in float64", 1e-4, lambda: _product(torch.float32)
    yield "Hessian product, rewritten route", "plain route, float64", 1e-10, _routes
    yield "plane, float64", "moved weights in plain PyTorch", 1e-10, _plane
    yield "ZENITH's learning rates", "Algorithm 1 written out", 1e-12, _rule
    yield "a rerun of training, largest difference of weights", "the first run", 0.0, _rerun
    if torch.cuda.is_available():
        yield "Hessian product on the GPU, float32", "the CPU in float64", 1e-4, lambda: _product(torch.float32, "cuda")


def _network() -> tuple[nn.Module, Tensor, Tensor]:
    """A small convolutional network with batch norm and its data, in float64; the global random state stays."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(1, 4, 3),
            nn.BatchNorm2d(4),
            nn.GELU(),
            nn.Conv2d(4, 4, 3),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(64, 3),
        ).double()
        inputs, targets = torch.randn(24, 1, 8, 8, dtype=torch.float64), torch.randint(3, (24,))
        model(inputs)  # running statistics other than the initial ones
    return model.eval(), inputs, targets


def _relative(found: Tensor, truth: Tensor) -> float:
    return float((found.cpu().double() - truth).norm() / truth.norm())


def _eigenvalue() -> float:
    inputs = torch.randn(64, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with torch.random.fork_rng(devices=[]):
        model = nn.Linear(20, 1, bias=False).double()
    objective = Objective(model, nn.MSELoss(), (inputs, inputs[:, :1]))
    truth = 2 * torch.linalg.matrix_norm(inputs, 2) ** 2 / len(inputs)
    return abs(float(top_eigenpairs(objective, tol=1e-6).values[0]) / float(truth) - 1)


def _product(dtype: torch.dtype, device: str = "cpu") -> float:
    model, inputs, targets = _network()
    parameters = list(model.parameters())
    vector = torch.randn(
        sum(p.numel() for p in parameters), dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    gradient = torch.autograd.grad(functional.cross_entropy(model(inputs), targets), parameters, create_graph=True)
    flat = torch.cat([g.flatten() for g in gradient])
    truth = torch.cat([row.flatten() for row in torch.autograd.grad(flat @ vector, parameters)])
    objective = Objective(model, nn.CrossEntropyLoss(), (inputs, targets), dtype=dtype, device=device)
    with HessianOperator(objective) as hessian:
        return _relative(hessian.matvec(vector.to(device, dtype)), truth)


def _routes() -> float:
    model, inputs, targets = _network()
    objective = Objective(model, nn.CrossEntropyLoss(), (inputs, targets))
    vector = torch.randn(objective.num_parameters, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with HessianOperator(objective, route="plain") as plain, HessianOperator(objective, route="rewritten") as other:
        return _relative(other.matvec(vector), plain.matvec(vector))


def _plane() -> float:
    model, inputs, targets = _network()
    objective = Objective(model, nn.CrossEntropyLoss(), (inputs, targets))
    u, v = (random_direction(objective, seed=seed) for seed in (0, 1))
    steps = [-0.5, 0.0, 0.5]
    picture = plane(objective, (u, v), steps)["loss"]
    worst = 0.0
    for alpha in steps:
        for beta in steps:
            moved = copy.deepcopy(model)
            with torch.no_grad():
                for name, p in moved.named_parameters():
                    p.add_(alpha * u[name] + beta * v[name])
                truth = float(functional.cross_entropy(moved(inputs), targets))
            worst = max(worst, abs(float(picture.sel(alpha=alpha, beta=beta)) / truth - 1))
    return worst


def _rule() -> float:
    """Compare the applied learning rates with the rule of arXiv 2601.15212.

    That is the mean of the last W norms over the largest such mean.
    """
    model, inputs, targets = _network()
    window, rate = 5, 0.1
    optimizer = zenith.Zenith(model.parameters(), lr=rate, window=window)
    norms: list[float] = []
    means: list[float] = []
    worst = 0.0
    for _ in range(25):
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs), targets).backward()
        norms.append(math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters() if p.grad is not None)))
        optimizer.step()
        if len(norms) >= window:
            means.append(math.fsum(norms[-window:]) / window)
        truth = rate * means[-1] / max(means) if means else rate
        worst = max(worst, abs(optimizer.effective_lr / truth - 1))
    return worst


def _rerun() -> float:
    first, second = (zenith.train("digits", "zenith", epochs=1, checkpoints=1, device="cpu").final for _ in range(2))
    return max(float((first[name].double() - second[name].double()).abs().max()) for name in first)
