"""``landscape study``: train and measure a study, or a paper's experiment."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from tyro.conf import arg

from landscape._common.escaping import visible
from landscape.cli.interrupts import keeping
from landscape.cli.messages import BAD_INPUT, FAILED, given_settings, interrupted, refuse, say
from landscape.cli.tables import print_table

__all__ = ["study"]

CONTINUES = "finished runs are kept, the same command continues from there"


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
    from landscape.study import estimate, execute, load_spec, prepare
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
        return refuse(error)
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
            done = execute(plan, workers=jobs, progress=not quiet, log=log, report=True)
    except KeyboardInterrupt:
        kept = "what is finished is kept, the same command continues from there"
        return interrupted("nothing was written" if dry_run else kept)
    except (StudyBusyError, CannotLogError, DamagedFileError) as error:
        return refuse(error)
    except Exception as error:
        if (said := sentence_of(error)) is not None:
            say(said)
            return BAD_INPUT
        if not isinstance(error, (OSError, RuntimeError)):
            raise
        say(f"{error}; {CONTINUES}")
        return BAD_INPUT if isinstance(error, OSError) else FAILED
    _announce(done.path / "report.html", time.perf_counter() - began)
    missing, failed = done.not_measured, done.failed_runs
    if missing:
        say(f"{summary_of(missing)}; the report lists all, the same command tries them again")
    if failed:
        say(f"{summary_of_failed(failed)}; the report says which, the same command tries only these again")
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
                say(f"{part} will not be run: {why}")
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
        return interrupted("nothing was written" if dry else "what is finished is kept, the same command continues")
    except (ValueError, OSError) as error:
        return refuse(error)
    _announce(done.report().path, time.perf_counter() - began)
    for part, why in done.outputs.problems.items():
        say(f"{part} was not run: {why}")
    for part, study in done.studies.items():
        if study.failed_runs or study.not_measured:
            say(f"{part} has runs that failed, or measurements that could not be made: its report lists them")
    return 0 if done.whole else FAILED


def _listing(seeds: Sequence[int]) -> str:
    consecutive = len(seeds) > 1 and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds)))
    return f"{seeds[0]} to {seeds[-1]}" if consecutive else ", ".join(map(str, seeds))


def _announce(report: Path, seconds: float) -> None:
    folder = report.parent
    print(f"report   {report}")
    print(f"figures  {folder / 'figures'}")
    print(f"tables   {folder / 'tables'}")
    print(f"done in {seconds:.0f} s")
