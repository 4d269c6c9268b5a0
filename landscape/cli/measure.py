"""``landscape measure``: measure weights in files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro
from tyro.conf import arg

from landscape._common.escaping import visible
from landscape.cli.interrupts import keeping
from landscape.cli.messages import FAILED, given_settings, interrupted, refuse, say
from landscape.cli.tables import measured_table, print_table

if TYPE_CHECKING:
    from landscape.objective.objective import Objective
    from landscape.study.measure_weights import Sharpness

__all__ = ["measure"]


def measure(
    what: tyro.conf.Positional[str],
    weights: Annotated[tuple[Path, ...], arg(metavar="FILE ...")] = (),
    task_settings: Annotated[tuple[str, ...], arg(metavar="KEY=VALUE ...")] = (),
    key: Annotated[str | None, arg(metavar="NAME")] = None,
    strip_prefix: Annotated[str | None, arg(metavar="TEXT")] = None,
    data_root: Annotated[Path | None, arg(metavar="PATH")] = None,
    test: bool = False,
    samples: Annotated[int, arg(metavar="INT")] = 0,
    batchnorm: Literal["frozen", "recomputed"] = "frozen",
    batchnorm_samples: Annotated[int | None, arg(metavar="INT")] = None,
    eigenvalues: Annotated[int, arg(metavar="INT")] = 1,
    tolerance: Annotated[float, arg(metavar="FLOAT")] = 1e-3,
    max_products: Annotated[int, arg(metavar="INT")] = 200,
    eigenvalues_only: bool = False,
    trace_probes: Annotated[int, arg(metavar="INT")] = 32,
    sharpness_radius: Annotated[float, arg(metavar="FLOAT")] = 0.05,
    sharpness_samples: Annotated[int, arg(metavar="INT")] = 32,
    seed: Annotated[int, arg(metavar="INT")] = 0,
    device: Annotated[str | None, arg(metavar="NAME")] = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Measure the sharpness at saved weights: top Hessian eigenvalues, trace, average-case adaptive sharpness.

    Exit code 1 if an eigenvalue did not converge, or something could not be measured: the reason stands below the
    table, and the rest is measured all the same.

    Args:
        what: A task (see landscape tasks), or FILE.py:FUNCTION or MODULE:FUNCTION that returns a landscape.Objective.
        weights: Files of safetensors or torch.save, Lightning's among them, or folders of Hugging Face's
            save_pretrained, in the order of a trajectory; without any, a function's own weights.
        task_settings: Options of the task, such as width=0.125; for weights in a study's folder by default those that
            they were trained with.
        key: The part of a torch file that holds the weights, such as model.
        strip_prefix: Take the names that begin so, without it, such as "model."; one that all parameters have in a
            file, such as "module." of DistributedDataParallel, is found without asking, and reported.
        data_root: Folder that holds the task's dataset, in its usual layout; digits needs none.
        test: The loss on the task's test set instead of its training set.
        samples: A fixed random subset of so many samples of the task; 0 means all.
        batchnorm: recomputed takes batch norm's statistics anew at each weights, from training samples of the task,
            where the running ones lag behind or the weights are an average.
        batchnorm_samples: How many of them, 1000 by default; 0 means all.
        eigenvalues: How many, the largest first.
        tolerance: Residual over |eigenvalue| that counts as converged.
        max_products: Hessian-vector products that the eigenvalues of one file may take.
        eigenvalues_only: Neither trace nor average-case sharpness.
        trace_probes: Random vectors of the trace.
        sharpness_radius: rho of the average-case sharpness.
        sharpness_samples: Its antithetic pairs of perturbations.
        seed: Of all random vectors.
        device: cpu, cuda or cuda:N for a task; a function's objective is where it is.
        json: Everything with its protocol, as JSON.
        quiet: No progress bars.
    """
    from landscape.study import measure_weights
    from landscape.study.measure_spec import MeasureSpec

    results: list[measure_weights.Sharpness] = []
    code = 0
    try:
        given: dict[str, Any] = {} if batchnorm_samples is None else {"batchnorm_samples": batchnorm_samples}
        spec = MeasureSpec(
            **given,
            samples=samples,
            batchnorm=batchnorm,
            eigenvalues=eigenvalues,
            tolerance=tolerance,
            max_products=max_products,
            trace_probes=trace_probes,
            sharpness_radius=sharpness_radius,
            sharpness_samples=sharpness_samples,
        )
        spec.check()
        with measure_weights.folder_importable(what):
            if ":" in what:
                _check_left_out(
                    "tasks",
                    data_root=data_root,
                    test=test,
                    samples=samples,
                    device=device,
                    task_settings=task_settings,
                    batchnorm=batchnorm == "recomputed",
                )
                objective = measure_weights.made_objective(what)
            elif weights:
                settings = measure_weights.recorded_settings(what, weights) | given_settings(task_settings)
                objective = measure_weights.task_objective(
                    what, data_root, spec, settings=settings, test=test, device=device
                )
            else:
                raise ValueError("no weights to measure: name their files with --weights")
            checked = measure_weights.check_weights(objective, weights, key, strip_prefix, say)
            with keeping():
                measure_weights.measure_weights(
                    objective,
                    checked,
                    spec,
                    seed=seed,
                    eigenvalues_only=eigenvalues_only,
                    progress=not quiet and sys.stderr.isatty(),
                    found=results.append,
                )
    except (ValueError, OSError) as error:
        return refuse(error)
    except KeyboardInterrupt:
        code = interrupted("what was measured by then is on the standard output")
    finally:  # of an error as well that is not ours
        if results and _print_measured(objective, results, json):
            code = code or FAILED
    return code


def _print_measured(objective: Objective, results: Sequence[Sharpness], json: bool) -> bool:
    """Print what was measured, and return whether anything is missing from it or did not converge."""
    from landscape._common.files import json_text
    from landscape.study.missing import summary_of

    missing = [sentence for result in results for sentence in result.missing]
    if json:
        print(json_text([result.as_dict() for result in results]))
    else:
        print(f"{objective}\n")
        print_table(*measured_table(results))
        for sentence in missing:
            print(visible(sentence))
    if missing:
        say(summary_of(missing))
    unfinished = [r for r in results if r.pairs is not None and not r.pairs.converged.all()]
    for result in unfinished:
        assert result.pairs is not None
        say(f"{result.name}: {result.pairs.message}")
    return bool(missing or unfinished)


def _check_left_out(what: str, **given: object) -> None:
    for name, value in given.items():
        if value:
            raise ValueError(
                f"--{name.replace('_', '-')} is for {what}: leave it out where a function makes the objective"
            )
