"""Answers to a name guessed from memory: the error of an unknown argument or attribute says which one is meant."""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)

# What torch, SciPy, scikit-learn and other toolkits of loss surfaces call the same thing.
_SYNONYMS = (
    ("probes", "samples", "n_samples", "num_samples", "n_probes", "num_vectors", "n_v", "max_iter", "maxiter"),
    ("k", "n", "top_n", "num", "n_components", "num_eigenvalues", "num_eigenthings", "n_eigenvalues"),
    ("alphas", "points", "steps", "n_points", "num_points", "xs", "x", "t", "ts", "grid", "distance", "coefficients"),
    ("betas", "ys", "y"),
    ("data", "dataset", "dataloader", "loader", "train_loader", "x", "inputs"),
    ("targets", "y", "labels", "target"),
    ("criterion", "loss_fn", "loss_function", "loss_func", "loss", "lossfn"),
    ("objective", "loss", "function", "fun", "f"),
    ("seed", "random_state", "rng", "generator", "key", "manual_seed", "seeds"),
    ("workers", "n_jobs", "num_workers", "processes", "jobs"),
    ("progress", "verbose", "show_progress", "tqdm", "bar", "disp"),
    ("tol", "tolerance", "rtol", "atol", "eps", "epsilon"),
    ("max_products", "max_iter", "maxiter", "max_iterations", "iterations", "num_iters", "max_steps"),
    ("radius", "rho", "epsilon", "eps", "sigma"),
    ("l2", "weight_decay"),
    ("direction", "u", "d", "dir", "directions"),
    ("directions", "u", "dirs", "direction", "vectors"),
    ("normalization", "norm", "normalize", "filter_normalize", "filter_norm"),
    ("level", "confidence", "confidence_level"),
    ("path", "out", "file", "filename", "folder", "directory", "name"),
    ("out", "path", "folder", "output", "output_dir", "directory"),
    ("start", "v0", "x0", "init", "initial"),
    ("which", "largest", "order"),
    ("method", "algorithm", "solver", "mode", "estimator"),
    ("weights", "params", "parameters", "state", "state_dict"),
    ("parameters", "params", "weights", "theta"),
    ("values", "eigenvalues", "evals", "w", "eigs"),
    ("vectors", "eigenvectors", "evecs", "v"),
    ("value", "mean", "estimate", "trace", "item", "result"),
    ("standard_error", "std", "stderr", "se", "sem", "std_error", "error", "stdev", "uncertainty"),
    ("interval", "ci", "confidence_interval", "conf_int"),
    ("num_parameters", "n_parameters", "nparams", "numel", "size"),
    ("num_samples", "n_samples", "samples"),
    ("p_value", "p", "pvalue", "pval"),
    ("plot", "show", "draw"),
    ("top_eigenpairs", "eigenvalues", "eigenpairs", "hessian_eigenvalues", "top_eigenvalues", "eigs", "eigsh", "eigh"),
    ("hessian_trace", "trace"),
    ("HessianOperator", "Hessian", "hessian"),
    ("spectral_density", "spectrum", "density", "esd", "slq"),
    ("hessian_diagonal", "diagonal", "diag"),
    ("worst_case_sharpness", "sam_sharpness", "max_sharpness"),
    ("average_sharpness", "adaptive_sharpness"),
    ("plane", "surface", "contour", "plane_2d", "loss_surface", "grid_2d"),
    ("line", "loss_line", "interpolate_1d", "line_1d"),
    ("Objective", "LossFunction", "Problem", "Loss"),
    ("interpolate", "linear_interpolation", "mode_connectivity"),
    ("samples", "probes"),
)


def suggestion(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name that is meant: a known synonym, or the nearest spelling; None if nothing is near."""
    by_lower = {entry.lower(): entry for entry in valid}
    given = name.lower()
    if given in by_lower:
        return by_lower[given]
    spelled = difflib.get_close_matches(given, by_lower, n=1, cutoff=0.8)
    if spelled:
        return by_lower[spelled[0]]
    for meant, *others in _SYNONYMS:
        if meant in by_lower and given in others:
            return by_lower[meant]
    near = difflib.get_close_matches(given, by_lower, n=1)
    return by_lower[near[0]] if near else None


def did_you_mean(name: str, valid: Iterable[str]) -> str:
    """Return "did you mean NAME? ", or "" if nothing is near."""
    meant = suggestion(name, valid)
    return f"did you mean {meant}? " if meant else ""


def guessable(function: Callable[P, R]) -> Callable[P, R]:
    """Let the TypeError of a call with wrong arguments say which are right.

    Costs nothing where the call is right: the signature is looked at only after a TypeError.
    """

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            # One frame: the call itself was refused. An error from inside has more, and is passed on.
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
            message = _why_refused(function, args, kwargs)
            if message is None:
                raise
            raised = TypeError(message)
        raise raised

    return called


def guessable_class(cls: C) -> C:
    """Do as `guessable` for the constructor of a dataclass, which has no `def`."""
    cls.__init__ = guessable(cls.__init__)  # type: ignore[misc]
    return cls


def explain_unknown_name(package: str, name: str, public: Iterable[str]) -> str:
    """Return the message for a name that a package does not have: where it is, or which one is meant."""
    where = f"module {package!r} has no attribute {name!r}"
    public = tuple(public)
    if name.startswith("_"):  # what tools look for; the rest of the package is not imported for it
        return where
    held: dict[str, str] = {}
    for found in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        if found.ispkg and "._" not in found.name:
            names = getattr(importlib.import_module(found.name), "__all__", ())
            held |= {each: f"{found.name}.{each}" for each in names if each not in held}
    if name in held:
        return f"{where}: it is {held[name]}."
    meant = suggestion(name, public) or suggestion(name, held)
    full = held.get(meant, f"{package}.{meant}") if meant and meant not in public else f"{package}.{meant}"
    return f"{where}: did you mean {full}?" if meant else f"{where}: dir({package}) lists what it has."


def _why_refused(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    name = function.__name__
    parameters = list(inspect.signature(function).parameters.values())
    if name == "__init__":
        name, parameters, args = type(args[0]).__name__, parameters[1:], args[1:]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    known = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for given in kwargs:
        if given not in known:
            free = [p for p in known if p not in kwargs and p not in known[: len(args)]]
            meant = did_you_mean(given, free)
            return f"{name}() has no argument {given!r}: {meant}{'It' if meant else 'it'} takes {', '.join(known)}."
    positional = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]
    if len(args) > len(positional) and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
        rest = [f"{p.name}=" for p in parameters if p.kind is p.KEYWORD_ONLY]
        return (
            f"{name}() takes {', '.join(positional)} by position, and {len(args)} positional arguments are given: "
            + (f"pass the others by name ({', '.join(rest)})." if rest else "leave the others out.")
        )
    missing = [
        p.name
        for p in parameters[len(args) :]
        if p.default is p.empty and p.name not in kwargs and p.kind is not p.VAR_POSITIONAL
    ]
    return f"{name}() needs {' and '.join(missing)}: write {name}({_call(parameters)})." if missing else None


def _call(parameters: list[inspect.Parameter]) -> str:
    needed = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]
    return ", ".join(f"{p.name}=..." if p.kind is p.KEYWORD_ONLY else p.name for p in needed)


class Guessable:
    """Base class of results: the AttributeError of an unknown attribute says which one is meant."""

    def __getattr__(self, name: str) -> NoReturn:
        if hasattr(type(self), name):  # a property that has failed: its own error is the one to read
            object.__getattribute__(self, name)
        where = f"{type(self).__name__!r} object has no attribute {name!r}"
        if name.startswith("_"):
            raise AttributeError(where, name=name, obj=self)
        public = sorted(n for n in {*dir(type(self)), *getattr(self, "__dict__", {})} if not n.startswith("_"))
        meant = did_you_mean(name, public)
        raise AttributeError(f"{where}: {meant}{'It' if meant else 'it'} has {', '.join(public)}.", name=name, obj=self)
