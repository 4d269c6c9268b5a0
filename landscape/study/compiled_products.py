"""Whether a study's Hessian-vector products are compiled: as its spec says, or where a trial shows that this pays.

What a study began with it goes on with, because the numbers of both ways differ in rounding.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from landscape._common.autotuning import timed
from landscape._common.files import read_record, write_record
from landscape.curvature.hessian import HessianOperator
from landscape.study.compiling import gradient_seconds, pays
from landscape.study.jobs import Jobs, parts_of
from landscape.study.measure import at_checkpoint, objective_of, product_route, statistics_of
from landscape.study.plan import Plan
from landscape.study.store import Study
from zenith.training.train import initial_model

__all__ = [
    "ProductTrial",
    "kept_products",
    "products_may_pay",
    "products_words",
    "trial_of_products",
    "with_compiled_products",
]

_LOG = logging.getLogger(__name__)

PRODUCTS = "products"
"""In ``study.json``: whether they are compiled, and why."""
FEWEST_PRODUCTS = 1000
"""Below which nothing is tried: it would take products of a tenth of a second for compiling to pay."""
COMPILING_LEAST, COMPILING_OPERATION = 5.0, 0.4
"""Seconds that a product takes to compile, and those for each operation of the loss, about.

On a busy machine, the digits CNN of 15 operations took 21 s and a GRU of 152 took 91.
"""
SAVED_OF_PRODUCTS, SAVED_OF_CONVOLUTIONS = 0.75, 0.3
"""Share of a product that compiling saves at most, about: of a perceptron on digits, and of the digits CNN."""
WORTH = 2.5
"""How many times the seconds of compiling are to be saved at most, before it is tried; it may save nothing."""
PRODUCTS_OF_EIGENVALUE = 12
"""That one takes to converge at a checkpoint, about; 9 to 13 in the default study."""
GRADIENTS = 3
"""That a product costs, about."""


def with_compiled_products(study: Study, plan: Plan, workers: int) -> Plan:
    """Return a plan that knows whether Hessian-vector products are compiled, where the spec leaves that to a trial.

    Parameters
    ----------
    study : Study
    plan : Plan
    workers : int
    """
    if plan.spec.measure.compiled != "auto":
        return plan
    kept = kept_products(study, plan)
    if kept is not None:
        return replace(plan, compiled_products=kept[0])
    if not plan.spec.engine.is_local or plan.device != "cpu":  # where nothing was measured
        return plan
    products = _products_to_come(study, plan)
    if not products_may_pay(products):
        return plan
    samples = min(plan.spec.measure.samples or math.inf, len(plan.data.train))
    try:
        about = GRADIENTS * gradient_seconds(plan) * samples / min(plan.spec.batch_size, len(plan.data.train))
        operations = _operations(plan)
        if not products_may_pay(products, about / workers, operations):
            return plan
        plain = trial_of_products(plan, compiled=False)
        of_convolutions = "convolutions" in plain.layers
        if not products_may_pay(products, plain.seconds / workers, operations, convolutional=of_convolutions):
            return plan
        compiled = trial_of_products(plan, compiled=True)
    except Exception:  # measuring a run says what is wrong, and where
        return plan
    compiling = max(0.0, compiled.until_first - plain.until_first)
    if compiled.missing:
        _LOG.warning("landscape: Hessian-vector products are not compiled, because %s", compiled.missing)
        because = f"not compiled, because {compiled.missing}"
    else:
        because = (
            f"in a trial a product took {1e3 * plain.seconds:.3g} ms, compiled {1e3 * compiled.seconds:.3g}, and "
            f"compiling {compiling:.3g} s, with about {products} products to come"
        )
    # It is done; every worker takes it from torch's cache on disk, which takes less, but some time.
    saves = not compiled.missing and pays(plain.seconds, compiled.seconds, compiling, products, 1, workers)
    manifest = study.path / "study.json"
    write_record(manifest, read_record(manifest) | {PRODUCTS: {"compiled": saves, "because": because}})
    return replace(plan, compiled_products=saves)


def products_may_pay(
    products: int, seconds: float = math.inf, operations: int = 0, *, convolutional: bool = False
) -> bool:
    """Whether compiling may pay, so that a trial of it does, as far as is known.

    Parameters
    ----------
    products : int
        To come.
    seconds : float
        That one takes without it, about, over the number of workers.
    operations : int
        Of the loss, as autograd counts.
    convolutional : bool
        Whether they are convolutions, which a compiler calls as they are.
    """
    share = SAVED_OF_CONVOLUTIONS if convolutional else SAVED_OF_PRODUCTS
    compiling = COMPILING_LEAST + COMPILING_OPERATION * operations
    return products >= FEWEST_PRODUCTS and share * seconds * products > WORTH * compiling


def _operations(plan: Plan) -> int:
    """Return how many operations the loss of two samples has, as autograd counts."""
    task, train = plan.spec.loaded_task, plan.data.train
    with torch.random.fork_rng(), torch.enable_grad():
        loss = task.loss(initial_model(task, 0), train.batch(torch.arange(min(2, len(train)))))
    seen, left = set[Any](), [loss.grad_fn]
    while left:
        node = left.pop()
        if node is not None and node not in seen:
            seen.add(node)
            left += [before for before, _ in node.next_functions]
    return len(seen)


def kept_products(study: Study, plan: Plan) -> tuple[bool, str] | None:
    """Return whether a study began with compiled products, and why; None if it has not begun."""
    manifest = study.path / "study.json"
    held = read_record(manifest).get(PRODUCTS) if manifest.is_file() else None
    if isinstance(held, Mapping) and isinstance(held.get("compiled"), bool):
        return held["compiled"], str(held.get("because", ""))
    for compiled in (False, True):
        parts = parts_of(study, replace(plan, compiled_products=compiled), lambda there: study)
        names = (name for of_part in Jobs(parts).measures for name in of_part.values())
        if any(study.has_measure("measures", name) for name in names):
            return compiled, ""
    return None


def products_words(study: Study) -> str:
    """Return whether and why products are compiled, if a trial found that out; "" otherwise."""
    held = read_record(study.path / "study.json").get(PRODUCTS)
    if not isinstance(held, Mapping) or not held.get("because"):
        return ""
    because = str(held["because"])
    if because.startswith("not compiled"):
        return f"Hessian-vector products are {because}."
    return f"Hessian-vector products are {'' if held.get('compiled') else 'not '}compiled: {because}."


def _products_to_come(study: Study, plan: Plan) -> int:
    """Return how many products a study will take, about; of tuned settings, as if all their runs were new."""
    parts = parts_of(study, plan, lambda there: study)
    jobs = Jobs(parts, foreseen=True)
    measure = plan.spec.measure
    of_checkpoint = min(measure.max_products, PRODUCTS_OF_EIGENVALUE * measure.eigenvalues)
    of_run = (plan.spec.checkpoints + 1) * of_checkpoint + measure.trace_probes
    runs = len(jobs.measuring().unmeasured)
    if plan.spec.tuning is not None:
        runs += sum(len(of_part) for of_part in jobs.runs)
    return runs * of_run + len(jobs.figures().unknown) * measure.spectrum_probes * measure.spectrum_steps


@dataclass(frozen=True)
class ProductTrial:
    """Of a few products: the seconds of one, and until the first, the layers rewritten, and why it is not compiled."""

    seconds: float
    until_first: float
    layers: str = ""
    missing: str = ""


def trial_of_products(plan: Plan, *, compiled: bool) -> ProductTrial:
    """Take a few products as a study does, at the initial weights of seed 0."""
    task, measure = plan.spec.loaded_task, plan.spec.measure
    began = time.perf_counter()
    objective = objective_of(
        task, plan.data.train, measure.samples, plan.device, statistics_of(measure, plan.data.train)
    )
    route = product_route(replace(measure, compiled=compiled))
    with HessianOperator(at_checkpoint(objective, objective.parameters), route=route) as hessian:
        vector = hessian.flatten(objective.parameters)
        hessian.matvec(vector)
        until_first, times = time.perf_counter() - began, []
        for _ in range(3):
            with timed(torch.device(plan.device)) as seconds:
                hessian.matvec(vector)
            times.append(seconds[0])
        graph = str(hessian.protocol()["graph"])
        layers = str(hessian.protocol()["layers"])
    missing = ""
    if compiled and not graph.startswith("compiled: "):
        missing = graph.partition("not compiled")[2].strip(" :()") or f"their graphs are {graph}"
    return ProductTrial(min(times), until_first, layers, missing)
