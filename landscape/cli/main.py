"""The ``landscape`` command. Nothing heavy is imported before a command runs, so ``--help`` answers at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro
from tyro.conf import arg
from tyro.extras import SubcommandApp

from landscape._common.escaping import visible
from landscape.cli.interrupts import INTERRUPTED, keeping
from landscape.cli.tables import (
    added_as_json,
    added_table,
    doctor_tables,
    measured_table,
    method_as_json,
    method_table,
    print_table,
    task_options_table,
)

if TYPE_CHECKING:
    from landscape.objective.objective import Objective
    from landscape.study.measure_weights import Sharpness

__all__ = ["main"]

app = SubcommandApp()

LONGEST = 2000
"""Letters of a message."""

FAILED = 1
BAD_INPUT = 2
CONTINUES = "finished runs are kept, the same command continues from there"


@app.command
def study(
    spec: tyro.conf.Positional[str] = "digits",
    data_root: Annotated[Path | None, arg(metavar="PATH")] = None,
    out: Annotated[Path | None, arg(metavar="PATH")] = None,
    methods: Annotated[tuple[str, ...] | None, arg(metavar="NAME ...")] = None,
    focus: Annotated[str | None, arg(metavar="NAME")] = None,
    seeds: Annotated[int | None, arg(metavar="INT")] = None,
    epochs: Annotated[int | None, arg(metavar="INT")] = None,
    steps: Annotated[int | None, arg(metavar="INT")] = None,
    seconds: Annotated[float | None, arg(metavar="FLOAT")] = None,
    gradients: Annotated[float | None, arg(metavar="FLOAT")] = None,
    learning_rate: Annotated[float | None, arg(metavar="FLOAT")] = None,
    window: Annotated[int | None, arg(metavar="INT")] = None,
    task_settings: Annotated[tuple[str, ...], arg(metavar="KEY=VALUE ...")] = (),
    options: Annotated[tuple[str, ...], arg(metavar="KEY=VALUE ...")] = (),
    device: Annotated[str | None, arg(metavar="NAME")] = None,
    workers: Annotated[int | None, arg(metavar="INT")] = None,
    engine: Annotated[Literal["processes", "slurm", "ray"] | None, arg(metavar="NAME")] = None,
    store: Annotated[Path | None, arg(metavar="PATH")] = None,
    download: bool = False,
    log: Annotated[Literal["tensorboard", "wandb", "mlflow", "jsonl"] | None, arg(metavar="NAME")] = None,
    quiet: bool = False,
    dry_run: bool = False,
    scale: Literal["smoke", "small", "paper"] | None = None,
    only: Annotated[tuple[str, ...] | None, arg(metavar="NAME ...")] = None,
    list: bool = False,
) -> int:
    """Run a study, or continue one, then draw its figures and write its report.

    Exit code 1 if a run failed or something could not be measured: it is missing in the report, which says why.

    Args:
        spec: A packaged study (digits, mnist, cifar10), the path of a TOML file, or a paper's experiment such as
            papers/table3, which consists of several studies.
        data_root: Folder that holds the dataset, in its usual layout; digits needs none.
        download: Download the dataset into data_root if it is not there, checked by its official MD5 sum: MNIST,
            CIFAR-10, CIFAR-100 and Food-101.
        out: Folder of the study; studies/NAME by default.
        methods: Train these methods instead of the spec's.
        focus: The method every other one is compared with.
        seeds: How many seeds, counted from 0.
        epochs: Epochs of every run.
        steps: Steps of every run, in the place of epochs.
        seconds: Seconds of training of every run, from which each method's steps are decided by a short trial.
        gradients: Gradient evaluations of every run, from which each method's steps are decided.
        learning_rate: Base learning rate.
        window: ZENITH's window in steps.
        task_settings: Options of the task, such as width=0.125, in the place of the spec's (see landscape tasks NAME).
        options: Options of the training loop, such as amp=bf16 clip_norm=1.0, in the place of the spec's.
        device: cpu, cuda or cuda:N; the GPU if there is one by default.
        workers: Processes; one per core by default. The numbers do not depend on it.
        engine: Train and measure as jobs of slurm or ray; the spec's [engine] says what each job needs.
        store: Folder that keeps runs and measurements for all studies that name it, each trained and measured once.
        log: Send the numbers of every run, while it is trained and measured, to tensorboard, wandb, mlflow or jsonl,
            below logs/ in the study's folder.
        quiet: Do not show what is done, running and waiting.
        dry_run: Only say what would be done, and estimate its time, disk and machine-hours from a trial of some 20
            seconds; nothing is written.
        scale: Of a paper's experiment: a minute (smoke), within an hour on two cores (small, the default), or the
            paper's budget.
        only: Of a paper's experiment, run these of its studies only.
        list: List the packaged studies and the papers' experiments, and run none.
    """
    if list:
        return _list_studies()
    from landscape._common.checksums import DamagedFileError
    from landscape.study import estimate, execute, load_spec, prepare, write_report
    from landscape.study.failures import sentence_of, summary_of_failed
    from landscape.study.log import CannotLogError, check_log
    from landscape.study.missing import summary_of
    from landscape.study.papers.spec import is_named
    from landscape.study.run import available_workers, with_lengths
    from landscape.study.study_folder import StudyBusyError

    began = time.perf_counter()
    try:
        if is_named(spec):
            own = {"methods": methods, "focus": focus, "epochs": epochs, "steps": steps, "seconds": seconds}
            own |= {
                "gradients": gradients,
                "learning_rate": learning_rate,
                "window": window,
                "options": options or None,
            }
            _check_one_study(spec, own)
            return _paper(
                spec,
                scale,
                out,
                data_root,
                device,
                store,
                engine,
                workers,
                seeds,
                only,
                log,
                download=download,
                quiet=quiet,
                dry=dry_run,
            )
        if scale is not None or only is not None:
            raise ValueError(
                f"--{'only' if scale is None else 'scale'} is for the papers' experiments, and '{spec}' is one study: "
                f"leave it out, or name one of landscape study --list"
            )
        asked = load_spec(spec)
        changes = {
            "methods": methods,
            "focus": focus,
            "seeds": seeds,
            "epochs": epochs,
            "steps": steps,
            "seconds": seconds,
            "gradients": gradients,
            "learning_rate": learning_rate,
            "window": window,
            "engine": engine if engine != asked.engine.name else None,
            "store": store,
            "task_settings": asked.task_settings | given_settings(task_settings) if task_settings else None,
            "options": asked.options | given_settings(options, "--options", "amp=bf16") if options else None,
        }
        asked = asked.replace(**{key: value for key, value in changes.items() if value is not None})
        if workers is not None and workers < 1:
            raise ValueError(f"workers must be at least 1, got {workers}")
        if log is not None:
            check_log(log)
        folder = out if out is not None else Path("studies") / asked.name
        plan = with_lengths(prepare(asked, folder, data_root, device, download=download))
    except (ValueError, OSError, ImportError) as error:
        return _refuse(error)
    planned = {method: plan.steps(method) for method in asked.methods}
    shown, unequal = planned[asked.focus], len(set(planned.values())) > 1
    each = ", ".join(f"{count} ({method})" for method, count in planned.items()) if unequal else str(shown)
    window_steps = asked.window_for(shown)
    print(
        f"study '{asked.name}': {len(asked.methods)} methods, seeds {_listing(asked.seeds)}, {each} steps a run on "
        f"{plan.device}; ZENITH window W = {window_steps} steps ({100 * window_steps / shown:.2g} % of the budget)"
    )
    jobs = workers or available_workers(plan.device, asked.engine)
    try:
        with keeping():
            if dry_run:
                print(visible(str(estimate(plan, workers=jobs)), keep="\n"))
                return 0
            done = execute(plan, workers=jobs, progress=not quiet, log=log)
            report = write_report(done)
    except KeyboardInterrupt:
        kept = "what is finished is kept, the same command continues from there"
        return _interrupted("nothing was written" if dry_run else kept)
    except (StudyBusyError, CannotLogError, DamagedFileError) as error:
        return _refuse(error)
    except Exception as error:
        if (said := sentence_of(error)) is not None:
            _say(said)
            return BAD_INPUT
        if not isinstance(error, (OSError, RuntimeError)):
            raise
        _say(f"{error}; {CONTINUES}")
        return BAD_INPUT if isinstance(error, OSError) else FAILED
    _announce(report, time.perf_counter() - began)
    missing, failed = done.not_measured, done.failed_runs
    if missing:
        _say(f"{summary_of(missing)}; the report lists all, the same command tries them again")
    if failed:
        _say(f"{summary_of_failed(failed)}; the report says which, the same command tries only these again")
    return FAILED if missing or failed else 0


def _list_studies() -> int:
    """Print the studies that come with the package."""
    from landscape.study import load_spec, packaged_specs
    from landscape.study.papers.spec import named_studies

    packaged = [(name, load_spec(name, check=False)) for name in packaged_specs()]
    rows = [(name, f"{len(spec.methods)} methods on {spec.task_name}, one study") for name, spec in packaged]
    print_table(("name", "what it is"), [*rows, *named_studies().items()])
    return 0


def _check_one_study(spec: str, given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if value is not None:
            raise ValueError(
                f"--{name.replace('_', '-')} is for a single study, and '{spec}' consists of several: leave it out, or "
                f"run one of them from a spec of your own"
            )


def _paper(
    name: str,
    scale: str | None,
    out: Path | None,
    data_root: Path | None,
    device: str | None,
    store: Path | None,
    engine: str | None,
    workers: int | None,
    seeds: int | None,
    only: Sequence[str] | None,
    log: str | None,
    *,
    download: bool,
    quiet: bool,
    dry: bool,
) -> int:
    """Run a paper's experiment."""
    from landscape.study.engines import EngineSpec
    from landscape.study.log import check_log
    from landscape.study.papers.run import estimate_paper, execute_paper, preparing
    from landscape.study.plan import check_device
    from landscape.study.run import available_workers

    began = time.perf_counter()
    try:
        if workers is not None and workers < 1:
            raise ValueError(f"workers must be at least 1, got {workers}")
        if log is not None:
            check_log(log)
        asked = {"data_root": data_root, "download": download, "device": device, "store": store, "engine": engine}
        with keeping(), preparing(name, scale or "small", out, seeds=seeds, only=only, dry_run=dry, **asked) as plan:
            for part, why in plan.not_run.items():
                _say(f"{part} will not be run: {why}")
            where = EngineSpec(name=engine) if engine is not None else None
            device = next((part.device for part in plan.parts.values()), None) or check_device(device)
            jobs = workers or available_workers(device, where)
            if dry:
                print(visible(str(estimate_paper(plan, workers=jobs)), keep="\n"))
                return 0
            print(f"{plan.named.name}, scale {plan.scale}: {', '.join(plan.parts)} on {device}, into {plan.out}")
            if plan.generated:
                print("no --data-root: the data are generated, and the numbers mean nothing")
            done = execute_paper(plan, workers=jobs, progress=not quiet, log=log)
    except KeyboardInterrupt:
        return _interrupted("nothing was written" if dry else "what is finished is kept, the same command continues")
    except (ValueError, OSError) as error:
        return _refuse(error)
    _announce(done.report().path, time.perf_counter() - began)
    for part, why in done.outputs.problems.items():
        _say(f"{part} was not run: {why}")
    for part, study in done.studies.items():
        if study.failed_runs or study.not_measured:
            _say(f"{part} has runs that failed, or measurements that could not be made: its report lists them")
    return 0 if done.whole else FAILED


@app.command
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
        save_pretrained, in
            the order of a trajectory; without any, a function's own weights.
        task_settings: Options of the task, such as width=0.125; for weights in a study's folder by default those that
        they
            were trained with.
        key: The part of a torch file that holds the weights, such as model.
        strip_prefix: Take the names that begin so, without it, such as "model."; one that all parameters have in a
        file, such
            as "module." of DistributedDataParallel, is found without asking, and reported.
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
            checked = measure_weights.check_weights(objective, weights, key, strip_prefix, _say)
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
        return _refuse(error)
    except KeyboardInterrupt:
        code = _interrupted("what was measured by then is on the standard output")
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
        _say(summary_of(missing))
    unfinished = [r for r in results if r.pairs is not None and not r.pairs.converged.all()]
    for result in unfinished:
        assert result.pairs is not None
        _say(f"{result.name}: {result.pairs.message}")
    return bool(missing or unfinished)


@app.command
def figures(
    folders: tyro.conf.Positional[tuple[Path, ...]],
    paper: bool = False,
    costs: Annotated[Path | None, arg(metavar="PATH")] = None,
    venue: Annotated[Literal["icml", "neurips", "iclr", "cvpr", "nature"] | None, arg(metavar="NAME")] = None,
    width: Literal["half", "full"] | None = None,
    formats: Annotated[tuple[Literal["pdf", "svg", "png", "pgf"], ...] | None, arg(metavar="NAME ...")] = None,
    out: Annotated[Path | None, arg(metavar="PATH")] = None,
    index: Annotated[Path | None, arg(metavar="PATH")] = None,
) -> int:
    """Redraw all figures, tables and the report of finished studies; nothing is trained or measured.

    Args:
        folders: Folders of studies, or of figures with their data.
        paper: Draw the figures and tables of ZENITH's paper instead, from all these studies together.
        costs: What benchmarks/methods.py measured (JSON), for the paper's table 1.
        venue: Draw for icml, neurips, iclr, cvpr or nature, into OUT; the reports stay as they are.
        width: A column (half) or across the text (full), into OUT.
        formats: Any of pdf, svg, png and pgf (needs LaTeX), into OUT.
        out: Where to; FOLDER/paper, and FOLDER/for-VENUE, by default.
        index: Put thumbnails of all folders into this Markdown page.
    """
    from landscape.study import redraw

    began = time.perf_counter()
    try:
        if not folders:
            raise ValueError("no folder to draw: name the folder of a study")
        options = redraw.FigureOptions(venue, width, formats or redraw.FORMATS)
        with keeping():
            if paper:
                done = [redraw.draw_paper(folders, costs, options, out)]
            elif venue or width or formats:
                done = redraw.draw_for(folders, options, out)
            else:
                done = redraw.redraw_all(folders)
            if index is not None:
                redraw.write_page(index, folders)
    except KeyboardInterrupt:
        return _interrupted("each figure is the new one or the old one, whole")
    except (ValueError, OSError) as error:
        return _refuse(error)
    for line in done:
        print(line)
    print(f"done in {time.perf_counter() - began:.0f} s")
    return 0


@app.command
def explore(
    study: tyro.conf.Positional[Path],
    out: Annotated[Path | None, arg(metavar="FILE")] = None,
    open: bool = False,
) -> int:
    """Write the explorer of a study as one HTML file that needs neither Python nor a network.

    Args:
        study: Folder of the study, finished or running; or the .jsonl file of a SharpnessMonitor, or a folder of such.
        out: The file; explorer.html in the study's folder by default.
        open: Open it in the browser.
    """
    import webbrowser

    from landscape.study import Study
    from landscape.study.explore import write_explorer

    try:
        with keeping():
            written = write_explorer(study if study.suffix == ".jsonl" else Study.open(study), out)
    except KeyboardInterrupt:
        return _interrupted("no page was written")
    except (ValueError, OSError) as error:
        return _refuse(error)
    print(f"explorer {written}")
    if open and not webbrowser.open(written.resolve().as_uri()):
        _say("no browser could be opened: open the file yourself")
    return 0


@app.command
def methods(names: tyro.conf.Positional[tuple[str, ...]] = (), json: bool = False, battery: bool = False) -> int:
    """List the methods that can be trained.

    Args:
        names: Only these, by name or as "file.py:name"; all that are built in or added by packages if left out.
        json: Everything the table knows, settings included, as JSON; of one that cannot be used, why.
        battery: What each built-in method was put through, as a Markdown table.
    """
    from zenith.methods import METHODS, get
    from zenith.methods import battery as matrix

    if battery:
        print(matrix(), end="")
        return 0
    try:
        asked = [get(name) for name in names]
    except (ValueError, OSError) as error:
        return _refuse(error)
    if json:
        import json as encoder

        listed = [method_as_json(method) for method in asked or METHODS.values()]
        listed += [] if asked else added_as_json("zenith.methods", get)
        print(encoder.dumps(listed, indent=1, allow_nan=False, default=str))
        return 0
    print_table(*method_table(asked or METHODS.values()), lines=True)
    print(
        "needs: what a step takes besides gradients. copies: of the weights, kept between steps (+: and more, see "
        "--json).\n"
        "syncs: host synchronisations per step on an accelerator. code: the library that takes the step."
    )
    if not asked:
        _print_added("zenith.methods", get)
    return 0


@app.command
def tasks(names: tyro.conf.Positional[tuple[str, ...]] = ()) -> int:
    """List the tasks that can be trained on.

    Args:
        names: The options of these, by name or as "file.py:name", with their defaults; the list of all if left out.
    """
    from zenith.tasks import get
    from zenith.tasks import names as names_of_tasks

    if names:
        try:
            tables = [task_options_table(name) for name in names]
        except (ValueError, OSError) as error:
            return _refuse(error)
        for table in tables:
            print_table(*table)
        return 0
    added = {row[0] for row in added_table("zenith.tasks", get)[1] if "which is built in" not in row[1]}
    rows = [(name, get(name).description) for name in names_of_tasks() if name not in added]
    print_table(("name", "what it is"), rows)
    _print_added("zenith.tasks", get)
    return 0


def _print_added(group: str, get: Callable[[str], Any]) -> None:
    header, rows = added_table(group, get)
    if rows:
        print("added by installed packages:")
        print_table(header, rows)


@app.command
def doctor(json: bool = False) -> int:
    """Say what this machine has and check the numbers on it, in 20 seconds; exit code 1 if one is off.

    Args:
        json: Everything that was found, as JSON.
    """
    from landscape.cli.doctor import diagnose

    found = diagnose()
    if json:
        import json as encoder

        print(encoder.dumps(found.as_dict(), indent=1, allow_nan=False))
        return 0 if found.passed else FAILED
    print(", ".join(f"{name} {version}" for name, version in found.versions.items()) + "\n")
    for table in doctor_tables(found):
        print_table(*table)
    failed = sum(not check.passed for check in found.checks)
    took = f"{sum(check.seconds for check in found.checks):.0f} s"
    print(
        f"{failed} of {len(found.checks)} checks failed"
        if failed
        else f"all {len(found.checks)} checks passed in {took}"
    )
    return FAILED if failed else 0


def given_settings(pairs: Sequence[str], flag: str = "--task-settings", example: str = "width=0.125") -> dict[str, Any]:
    """Read KEY=VALUE pairs, the value as TOML has it, or else as text."""
    import tomllib

    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise ValueError(f"{flag} takes KEY=VALUE, such as {example}, got {pair!r}")
        try:
            found[key] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            found[key] = text
    return found


def _check_left_out(what: str, **given: object) -> None:
    for name, value in given.items():
        if value:
            raise ValueError(
                f"--{name.replace('_', '-')} is for {what}: leave it out where a function makes the objective"
            )


def _listing(seeds: Sequence[int]) -> str:
    consecutive = len(seeds) > 1 and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds)))
    return f"{seeds[0]} to {seeds[-1]}" if consecutive else ", ".join(map(str, seeds))


def _announce(report: Path, seconds: float) -> None:
    folder = report.parent
    print(f"report   {report}")
    print(f"figures  {folder / 'figures'}")
    print(f"tables   {folder / 'tables'}")
    print(f"done in {seconds:.0f} s")


def _say(sentence: str) -> None:
    """Print a sentence on the standard error."""
    print(f"landscape: {visible(sentence, longest=LONGEST)}", file=sys.stderr)


def _interrupted(sentence: str) -> int:
    print(file=sys.stderr)  # behind the ^C of the terminal, or a progress bar
    _say(f"interrupted: {sentence}")
    return INTERRUPTED


def _refuse(error: Exception) -> int:
    _say(str(error))
    return BAD_INPUT


def main(args: list[str] | None = None) -> None:
    """Entry point: parse, run, exit with 0, 2 for bad input, or 130 when interrupted."""
    if (sys.argv[1:] if args is None else args) in (["--version"], ["-V"]):
        from landscape import __version__

        print(f"landscape {__version__}")
        sys.exit(0)
    description = "The loss-landscape lab for PyTorch; landscape --version says which."
    sys.exit(app.cli(prog="landscape", description=description, args=args))


if __name__ == "__main__":
    main()
