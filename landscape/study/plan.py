"""Check a study before any work: its spec with the data, the device and the folder."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata
from math import ceil
from pathlib import Path
from typing import Any

import torch

from landscape._common.guesses import guessable
from landscape.study.lengths import check_declared, length_id
from landscape.study.measure import at_checkpoint, objective_of, statistics_of
from landscape.study.measure_spec import MeasureSpec
from landscape.study.references import as_zenith_takes, task_of
from landscape.study.sources import check_unchanged, own_parts
from landscape.study.spec import StudySpec, loop_options
from landscape.study.spec_checks import saying
from landscape.study.store import Study
from landscape.study.tuning import trials_of
from zenith import methods
from zenith.tasks import Data, Task
from zenith.training.budget import SCHEDULED
from zenith.training.checks import check_factory, check_precision, check_task
from zenith.training.options import LoopOptions
from zenith.training.train import default_device, initial_model

__all__ = ["Plan", "check_device", "installed_version", "is_here", "load_data", "prepare"]


installed_version = cache(metadata.version)  # which reads a file, and is asked for by every run


@dataclass(frozen=True)
class Plan:
    """A checked study, ready to run.

    Attributes
    ----------
    spec : StudySpec
        What to run.
    out : Path
        The study's folder.
    data_root : Path or None
        Where the task finds its data.
    device : str
        Where every run trains and is measured.
    trials : float
        0 for the study itself; for the trials of a tuning the share of the training set that they are judged on.
    data : Data
        The loaded data. Those of a task with a name do not go into a pickle: each worker reads them once.
    lengths : mapping of str to mapping
        Where the budget is measured, what decided the steps of each method, by `landscape.study.lengths.length_id`.
    slices : bool
        Whether lines, planes and spectra are measured as well, by which no methods are compared.
    compiled : bool
        Whether batched models of several runs are compiled; see `landscape.study.compiling`.
    why_compiled : str
        Why they are, or why not; "" where nobody asked and nothing was tried.
    compiled_products : bool
        Whether Hessian-vector products are compiled where the spec leaves that to a trial.
    """

    spec: StudySpec
    out: Path
    data_root: Path | None
    device: str
    data: Data
    trials: float = 0.0
    lengths: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    slices: bool = True
    compiled: bool = False
    why_compiled: str = ""
    compiled_products: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        return _in_worker, (
            self.spec,
            self.out,
            self.data_root,
            self.device,
            own_parts(self.spec),
            self.trials,
            self.lengths,
            self.slices,
            self.compiled,
            self.why_compiled,
            self.compiled_products,
        )

    @property
    def measure(self) -> MeasureSpec:
        """What is measured, and whether with compiled products."""
        asked = self.spec.measure
        return replace(asked, compiled=self.compiled_products) if asked.compiled == "auto" else asked

    @property
    def total_steps(self) -> int | None:
        """Steps of every run; None where each method has its own, in a budget of seconds or gradient evaluations."""
        kind, amount = self.spec.budget
        if kind not in ("epochs", "steps"):
            return None
        per_epoch = ceil(len(self.data.train) / self.spec.batch_size)
        return int(amount) * (per_epoch if kind == "epochs" else 1)

    def steps(self, method: str) -> int:
        """Return the steps of every run of a method."""
        if self.total_steps is not None:
            return self.total_steps
        return int(self.lengths[length_id(self.spec, method, self.device)]["total_steps"])

    def window(self, method: str) -> int:
        """Return the window W of a method's runs in steps."""
        return self.spec.window_for(self.steps(method))

    def budget(self, method: str) -> dict[str, int]:
        """Return the budget of a run as `zenith.train` takes it: the steps, where these were measured."""
        kind, amount = self.spec.budget
        return {kind: int(amount)} if kind in ("epochs", "steps") else {"steps": self.steps(method)}

    @property
    def provenance(self) -> dict[str, Any]:
        """Provenance that the store records once for the study."""
        return {
            "data": {
                "fingerprint": self.data.fingerprint,
                "description": self.data.description,
                "train_samples": len(self.data.train),
                "test_samples": len(self.data.test),
            },
            **self._common_length,
            "device": self.device,
            "device_name": _device_name(self.device),
            # The kernels that torch chooses for these instructions round differently.
            "cpu_capability": torch.backends.cpu.get_cpu_capability(),
            "commit": _commit(),
            "python": platform.python_version(),
            "versions": {name: installed_version(name) for name in _RECORDED},
            "own": own_parts(self.spec),
            "loss_label": self.spec.loaded_task.loss_label,
            **({"task_options": dict(options)} if (options := self.spec.loaded_task.options) else {}),
        }

    def at(self, spec: StudySpec, out: Path) -> Plan:
        """Return the plan of a point of a sweep, which has other data where it has another task."""
        if spec.loaded_task is self.spec.loaded_task:
            return replace(self, spec=spec, out=out)
        return replace(self, spec=spec, out=out, data=load_data(spec.loaded_task, self.data_root))

    @property
    def _common_length(self) -> dict[str, int]:
        steps = self.total_steps
        return {} if steps is None else {"total_steps": steps, "window": self.spec.window_for(steps)}


_RECORDED = ("zenith-landscape", "torch", "numpy", "scipy", "matplotlib", "xarray", "pyhessian")


@guessable
def prepare(
    spec: StudySpec,
    out: str | Path,
    data_root: str | Path | None = None,
    device: str | None = None,
    *,
    download: bool = False,
) -> Plan:
    """Check everything that can be checked before any work starts; write nothing but data that are downloaded.

    Raises
    ------
    ValueError, FileNotFoundError
        For a bad setting, missing data, an empty dataset, a model that cannot be trained, or an output folder that
        holds something else.
    """
    spec.engine.check_installed()
    where, here = _devices(spec, device)
    root = Path(data_root) if data_root is not None else None
    if download:
        load_data(spec.loaded_task, root, download=True)
    plan = _with_data(spec, Path(out), root, where)
    if spec.tuning is not None:
        trial_data(spec.loaded_task, root, spec.tuning.validation)
    for at, point in spec.points():
        of_point = plan if point is spec else replace(plan, spec=point)
        for method in spec.methods:
            with saying("the sweep cannot have", at):
                _check_settings(of_point, method)
            check_declared(point, method)
        for trial in trials_of(point) if point.tuning is not None else ():
            with saying(f"the tuning of method '{trial.method}' cannot try", trial.settings):
                _check_settings(replace(plan, spec=trial.spec), trial.method)
    Study.check_free(plan.out, spec, plan.provenance)
    _check_task(plan, here)
    for at, point in spec.points() if spec.sweep else ():
        if point.loaded_task is not spec.loaded_task:
            with saying("the sweep cannot have", at):
                _check_task(plan.at(point, plan.out), here)
    return plan


def _check_task(plan: Plan, here: str) -> None:
    """Check what is computed, on one machine's device."""
    spec = plan.spec
    task, model = spec.loaded_task, initial_model(spec.loaded_task, 0).to(here)
    check_factory(task)
    options, data = LoopOptions.of(loop_options(spec)), plan.data.to(here)
    check_task(task, model, data, spec.batch_size, options.accumulate, steps=plan.total_steps)
    check_precision(task, model, data, options)
    for method in spec.methods:
        window = {"window": 1} if spec.loaded_methods[method].shares_window else {}
        methods.try_out(as_zenith_takes(spec, method), window | spec.settings_for(method), model.parameters())
    # An objective checks model, loss and data, so what cannot be measured is refused before anything is trained.
    statistics = statistics_of(spec.measure, plan.data.train)
    objective = objective_of(spec.loaded_task, plan.data.train, spec.measure.samples, here, statistics)
    parameters = at_checkpoint(objective, objective.parameters).num_parameters
    if spec.measure.eigenvalues > parameters:
        raise ValueError(
            f"measure.eigenvalues is {spec.measure.eigenvalues}, but the model of task '{spec.task_name}' has only "
            f"{parameters} parameters: ask for fewer"
        )


def _with_data(
    spec: StudySpec,
    out: Path,
    data_root: Path | None,
    device: str,
    trials: float = 0.0,
    lengths: Any = None,
    *others: Any,
) -> Plan:
    task = spec.loaded_task
    data = trial_data(task, data_root, trials) if trials else load_data(task, data_root)
    return Plan(spec, out, data_root, device, data, trials, lengths or {}, *others)


def _in_worker(
    spec: StudySpec,
    out: Path,
    data_root: Path | None,
    device: str,
    own: Mapping[str, Any],
    trials: float,
    lengths: Any,
    *others: Any,
) -> Plan:
    """Make the plan again in another process, of the same tasks and methods."""
    check_unchanged(own, own_parts(spec), "this study began", "run the same command again")
    return _with_data(spec, out, data_root, device, trials, lengths, *others)


_LOADED: list[tuple[Task, Path | None, float, Data]] = []
"""The data that were read last; a worker serves many runs of one study and reads them once."""


def load_data(task: str | Task, data_root: Path | None, download: bool = False) -> Data:
    """Read the data of a task, which are downloaded first if they are not there, if that is wanted."""
    chosen = task_of(task)
    if download:  # what was read before says nothing of that
        _LOADED.clear()
    return _once(chosen, data_root, 0.0, lambda: _loaded(chosen, data_root, download))


def trial_data(task: Task, data_root: Path | None, share: float) -> Data:
    """Return the data of a tuning's trials: the validation set stands in the place of the test set.

    It is the task's own, or a share of the training set, which trials are then not trained on.
    """

    def load() -> Data:
        data = load_data(task, data_root)
        if data.validation is None:
            data = task.replace(validation=share).load(data_root)
        assert data.validation is not None
        words = f"The trials of a tuning: {data.description}"
        return Data(train=data.train, test=data.validation, description=words)

    return _once(task, data_root, share, load)


def _once(task: Task, data_root: Path | None, share: float, load: Callable[[], Data]) -> Data:
    for held, root, part, data in _LOADED:
        same = held is task or (held.source is not None and held.source == task.source and held.options == task.options)
        if same and (root, part) == (data_root, share):
            return data
    data = load()
    _LOADED[:] = [*_LOADED[-2:], (task, data_root, share, data)]
    return data


def _loaded(chosen: Task, data_root: Path | None, download: bool) -> Data:
    data = chosen.load(data_root, download=download)
    for name, split in (("training", data.train), ("test", data.test)):
        if len(split) == 0:
            raise ValueError(f"the {name} set of task '{chosen.name}' is empty: give it at least one sample")
    return data


def _devices(spec: StudySpec, device: str | None) -> tuple[str, str]:
    """Return the device of the runs, and the one that the checks of a plan are made on.

    Those of a cluster's jobs may be on machines that have what this one has not: they look for themselves.
    """
    if spec.engine.is_local:
        return (where := check_device(device)), where
    wanted = device if device is not None or not spec.engine.gpus else "cuda"
    try:
        return (where := check_device(wanted)), where
    except ValueError:
        if wanted is None or not wanted.startswith("cuda"):
            raise
    if spec.budget[0] == "seconds":
        raise ValueError(
            f"a budget in seconds becomes steps by a trial here, where there is no {wanted!r}: give epochs or steps, "
            f"or start the study where there is one"
        )
    return str(torch.device(wanted)), "cpu"


def is_here(device: str) -> bool:
    """Whether this machine has a device."""
    chosen = torch.device(device)
    return chosen.type == "cpu" or (chosen.index or 0) < torch.cuda.device_count()


def _device_name(device: str) -> str:
    if device == "cpu":
        return platform.machine()
    return torch.cuda.get_device_name(device) if is_here(device) else "a GPU of the cluster"


def check_device(device: str | None, who: str = "torch") -> str:
    """Return the name of a device, the default one if none is asked for; raise ValueError if it is not there.

    Parameters
    ----------
    device : str, optional
    who : str
        Looks for it: torch, or a worker elsewhere.
    """
    try:
        chosen = torch.device(device) if device is not None else default_device()
    except RuntimeError as error:
        raise ValueError(f"device must be cpu, cuda or cuda:N, got {device!r}") from error
    if chosen.type not in ("cpu", "cuda"):
        raise ValueError(f"device must be cpu, cuda or cuda:N, got {device!r}")
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        raise ValueError(
            f"device {device!r} was asked for but {who} sees {torch.cuda.device_count()} GPUs: use --device cpu or "
            f"leave it out" + ("" if who == "torch" else ", or give each job a GPU, gpus = 1 in [engine]")
        )
    return str(chosen)


def _commit() -> str | None:
    """The commit of this package, if it runs from a checkout."""
    root = Path(__file__).parent.parent.parent
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _check_settings(plan: Plan, method: str) -> None:
    """Build optimizer and schedule once on a stand-in weight, so that a refused value is refused now."""
    settings, row = plan.spec.settings_for(method), as_zenith_takes(plan.spec, method)
    try:
        optimizer = methods.make_optimizer(row, [torch.zeros(1, requires_grad=True)], **settings)
        methods.make_schedule(row, optimizer, plan.total_steps or SCHEDULED, **settings)
    except TypeError as error:
        raise ValueError(
            f"a setting of method '{method}' has the wrong type ({error}): its defaults are "
            f"{methods.resolve_settings(row)}"
        ) from error
    except ImportError as error:
        raise ValueError(str(error)) from error
    except ValueError:
        raise
    except Exception as error:  # whatever a function of the user raises
        raise ValueError(
            f"the optimizer of method '{method}' cannot be made with {settings} ({type(error).__name__}: {error}): "
            f"correct its function, or the settings"
        ) from error
