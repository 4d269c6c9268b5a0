"""Every kind of file that a store may hold beside runs and measures: damaged, swapped, foreign or left by a kill."""

import itertools
import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

import landscape as ls
import zenith
from landscape._common.atomic import temporary_name
from landscape._common.checksums import DamagedFileError
from landscape._common.files import read_dataset, write_json
from landscape.study import execute, prepare
from landscape.study.kept_steps import KeptSteps
from landscape.study.leftovers import clean_up
from landscape.study.lengths import kept_lengths, recorded_lengths
from landscape.study.log import CannotLogError, RunLog
from landscape.study.redraw import figures_in
from landscape.study.store import Study

MEASURE = ls.MeasureSpec(
    samples=16, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, plane_seeds=0, spectrum_seeds=0
)
X = torch.randn(48, 4, generator=torch.Generator().manual_seed(0))
TASK = zenith.Task(
    "halves",
    lambda: torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2)),
    (X, (X[:, 0] > 0).long()),
    (X, (X[:, 0] > 0).long()),
    loss=torch.nn.CrossEntropyLoss(),
)
SPEC = ls.StudySpec(
    name="kinds",
    task=TASK,
    methods=("zenith", "adamw"),
    seeds=2,
    steps=6,
    batch_size=16,
    checkpoints=2,
    measure=MEASURE,
    seeds_together=False,
)


TOGETHER = SPEC.replace(methods=("zenith", "adam"), seeds=3, seeds_together=True)  # a group each


def run(folder: Path, spec: ls.StudySpec = SPEC) -> Study:
    return execute(prepare(spec, folder, device="cpu"), progress=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Study:
    return run(tmp_path_factory.mktemp("kinds") / "study")


@pytest.fixture
def study(whole, tmp_path) -> Study:
    shutil.copytree(whole.path, tmp_path / "copy")
    return Study.open(tmp_path / "copy")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "a flipped bit": flip,
    "truncated": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "foreign": lambda path: path.write_bytes(b"my thesis" * 99),
}


def same(study: Study, other: Study) -> bool:
    return all(
        study.tree[node.path]
        .to_dataset()
        .drop_vars(["seconds", "training_seconds"], errors="ignore")
        .equals(node.to_dataset().drop_vars(["seconds", "training_seconds"], errors="ignore"))
        for node in other.tree.subtree
        if node.path != "/"
    )


def test_the_stability_of_another_run_or_step_is_not_taken_for_a_runs_own(whole, study):
    runs = sorted(study.path.glob("runs/adamw-*/stability"))
    first, last = (sorted(runs[0].iterdir())[i] for i in (1, -1))
    checkpoint = runs[0].parent / "checkpoints" / last.name
    for mine, other in ((last, runs[1] / last.name), (first, last), (last, checkpoint), (checkpoint, last)):
        before = mine.read_bytes()
        shutil.copy(whole.path / other.relative_to(study.path), mine)
        read = study.read_checkpoint if mine == checkpoint else study.read_stability
        with pytest.raises(DamagedFileError, match=rf"'{mine}' is damaged \(it belongs elsewhere"):
            read(runs[0].parent.name, int(mine.stem[5:]))
        mine.write_bytes(before)
    for damage in DAMAGES.values():
        before = last.read_bytes()
        damage(last)
        with pytest.raises(DamagedFileError, match=str(last)):
            study.read_stability(runs[0].parent.name, int(last.stem[5:]))
        last.write_bytes(before)
    shutil.copy(runs[1] / last.name, last)
    assert same(run(study.path), whole)


def test_a_threshold_that_a_user_saved_has_its_checksum(tmp_path):
    path = tmp_path / "threshold.safetensors"
    ls.curvature.StabilityThreshold.of_sgd(0.1).save(path)
    assert ls.curvature.StabilityThreshold.load(path).value == ls.curvature.StabilityThreshold.of_sgd(0.1).value
    content = path.read_bytes()
    path.write_bytes(content.replace(b"20.0", b"30.0"))
    with pytest.raises(ValueError, match="another checksum"):
        ls.curvature.StabilityThreshold.load(path)


def test_lengths_are_those_of_their_method(tmp_path, caplog):
    lengths = {f"{name}-0": {"method": name, "total_steps": steps} for name, steps in (("zenith", 7), ("lqa", 3))}
    assert kept_lengths(tmp_path, lengths) == recorded_lengths(tmp_path) == lengths
    mine, other = (tmp_path / "lengths" / f"{name}.json" for name in lengths)
    whole = mine.read_bytes()
    damages = {
        **DAMAGES,
        "swapped": lambda path: shutil.copy(other, path),
        "without checksum": lambda path: write_json(path, {"name": "zenith-0", "method": "zenith", "total_steps": 8}),
        "no record": lambda path: write_json(path, {"method": "zenith"}),
    }
    for number, damage in enumerate(damages.values(), 1):
        damage(mine)
        assert recorded_lengths(tmp_path) == {"lqa-0": lengths["lqa-0"]}
        assert kept_lengths(tmp_path, lengths) == recorded_lengths(tmp_path) == lengths
        assert caplog.text.count("set aside in") == number
        assert mine.read_bytes() == whole
    write_json(mine, {"method": "zenith", "total_steps": 9})  # of a version without checksums
    assert recorded_lengths(tmp_path)["zenith-0"]["total_steps"] == 9


@pytest.mark.parametrize("damage", [*DAMAGES.values(), "swapped"], ids=[*DAMAGES, "swapped"])
def test_kept_curvature_that_is_damaged_is_named_set_aside_and_measured_again(whole, study, caplog, damage):
    row = xr.Dataset({"eigenvalue": 1.5}, {"step": 2})
    kept = KeptSteps(study, "a-measure", "initial-weights", "a-run", None)
    other = KeptSteps(study, "another", "initial-others", "a-run", None)
    for step in (0, 2):
        files: list[Path] = []
        for each in (kept, other):
            before = set(study.path.rglob("*.nc"))
            each[step] = row * (step + 1)
            each.write()
            files += set(study.path.rglob("*.nc")) - before
        file, foreign = files
        assert kept[step]["eigenvalue"] == 1.5 * (step + 1)
        shutil.copy(foreign, file) if damage == "swapped" else damage(file)
        assert step not in kept
        assert f"'{file}' is damaged" in caplog.text
        assert not file.exists()
        kept[step] = row
        kept.write()
        assert kept[step]["eigenvalue"] == 1.5


def test_the_data_of_a_galleries_figure_carry_their_checksum(tmp_path):
    figures = tmp_path / "figures"
    ls.plot.save_figure(
        ls.plot.TraceDisplay([0, 1], [[[2.0, 1.0]]], ["zenith"], ylabel="loss").plot().figure_,
        figures / "first",
        xr.Dataset({"x": ("t", np.arange(50.0))}, attrs={"drawn_by": "spectrum"}),
        formats=("svg",),
    )
    path = figures / "first.nc"
    content = path.read_bytes()
    assert read_dataset(path).sizes["t"] == 50
    for at in range(5, len(content) - 300, len(content) // 40):
        changed = bytearray(content)
        changed[at] ^= 4
        path.write_bytes(changed)
        with pytest.raises(DamagedFileError, match=f"{path}.*delete it, and the others are drawn"):
            figures_in(tmp_path)


def test_the_note_of_what_was_logged_of_another_run_is_not_taken_for_ones_own(study, tmp_path):
    notes = [tmp_path / "logs" / f".jsonl-{name}" for name in ("one", "two")]
    with RunLog(Study(tmp_path, study.spec), "jsonl") as log:
        for name, step in (("one", 3), ("two", 5)):
            log(ls.study.log.Numbers(name, {step: {"train/loss": float(step)}}, ends=True))
    shutil.copy(notes[1], notes[0])
    with pytest.raises(CannotLogError, match="it belongs elsewhere, it is the note of another run"):
        RunLog(Study(tmp_path, study.spec), "jsonl").check("one")


# What kills leave -----------------------------------------------------------------------------------------------------


def test_what_dead_writers_left_is_removed_and_what_others_write_is_not(study):
    """A worker of a study that was killed may outlive it, on another machine for long."""
    dead = os.fork()
    if not dead:
        os._exit(0)
    os.waitpid(dead, 0)
    run_name, measure = (next(study.path.glob(f"{kind}/[!.]*")).name for kind in ("runs", "measures"))
    lasting, gone = [], []
    for kind, name in itertools.product(("runs", "measures", "lengths", ".", "figures"), ("theirs", "ours")):
        path = study.path / kind / temporary_name(name)
        path.parent.mkdir(exist_ok=True)
        if name == "theirs":
            path = path.with_name(path.name.replace(f"-{os.getpid()}-", f"-{dead}-"))
        path.mkdir() if kind == "runs" else path.touch()
        (gone if name == "theirs" else lasting).append(path)
    unfinished = [study.path / "runs" / f".{name}.unfinished" for name in (run_name, "other-seed0-0")]
    kept = [study.path / "measures" / f".{name}.unfinished" for name in (measure.removesuffix(".nc"), "other")]
    for path in unfinished:
        path.touch()
    for path in kept:
        path.mkdir()
    gone += [unfinished[0], kept[0]]
    lasting += [unfinished[1], kept[1]]
    clean_up(study)
    assert not [path for path in gone if path.exists()]
    assert all(path.exists() for path in lasting)


def test_what_a_writer_leaves_that_dies_while_the_study_runs_is_removed_at_its_end(tmp_path):
    runs = tmp_path / "study" / "runs"
    writer = subprocess.Popen([sys.executable, "-c", ""])  # in the place of a worker that lost its driver
    writer.wait()
    name = temporary_name("zenith-seed0-0").replace(f"-{os.getpid()}-", f"-{writer.pid}-")
    left = []

    def model() -> torch.nn.Module:
        if runs.is_dir() and not left:
            (runs / name).mkdir()
            left.append(name)
        return TASK.model()

    run(runs.parent, SPEC.replace(task=TASK.replace(model=model)))
    assert left
    assert not (runs / name).exists()


@pytest.fixture(scope="module")
def together(tmp_path_factory) -> Study:
    return run(tmp_path_factory.mktemp("together") / "study", TOGETHER)


def run_killed_after(folder: Path, count: int, replace) -> None:
    """Run the study in a process that is killed when it writes one run more than `count`."""
    written: list[str] = []

    class Killed(Study):
        def write_run(self, name, run):
            if len(written) == count:
                os.kill(os.getpid(), signal.SIGKILL)
            written.append(name)
            super().write_run(name, run)

    pid = os.fork()
    if not pid:
        replace("Study", Killed, "landscape.study")
        run(folder, TOGETHER)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


@pytest.mark.slow
def test_a_group_killed_between_two_of_its_runs_is_not_trained_again(together, tmp_path, replace):
    """The runs that were not written come from the group's file, without a step, as the group was."""
    folder = tmp_path / "study"
    run_killed_after(folder, 2, replace)
    assert len(list(folder.glob("runs/*/run.json"))) == 2
    steps = []
    real_seeds = zenith.train_seeds

    def counted(*arguments, on_step, **options):
        return real_seeds(*arguments, on_step=lambda *now: steps.append(arguments[1]), **options)

    replace("train_seeds", counted, package="zenith.training.seeds_together")
    assert same(run(folder, TOGETHER), together)
    assert set(steps) == {"adam"}
    assert not [path.name for path in folder.glob("runs/.*")]


def test_a_damaged_file_of_a_group_is_set_aside(together, tmp_path, caplog, replace):
    folder = tmp_path / "study"
    shutil.copytree(together.path, folder)
    names = [path.name for path in sorted(folder.glob("runs/zenith-*"))]
    for name in names:
        shutil.rmtree(folder / "runs" / name)
    run_killed_after(folder, 0, replace)
    (unfinished,) = folder.glob("runs/.*.unfinished")
    (group,) = folder.glob("runs/.*.group")
    for path in (unfinished, group):
        flip(path)
    with caplog.at_level(logging.WARNING):
        assert same(run(folder, TOGETHER), together)
    assert caplog.text.count("set aside in") == 2
    assert not list(folder.glob("runs/.*"))


def test_a_file_of_several_runs_is_continued_by_one_process_at_a_time(tmp_path):
    refused = []

    def on_step(step, *_):
        if step == 2:
            with pytest.raises(ValueError, match=r"resume='.*' is in use, another process trains that run") as caught:
                zenith.train_seeds(TASK, "zenith", 2, steps=4, batch_size=16, resume=tmp_path / "two.pt")
            refused.append(str(caught.value))

    runs = zenith.train_seeds(TASK, "zenith", 2, steps=4, batch_size=16, resume=tmp_path / "two.pt", on_step=on_step)
    assert len(refused) == 1
    assert [run.status for run in runs] == ["finished"] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["two.pt"]
