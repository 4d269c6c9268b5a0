"""What of a store is damaged, swapped or lost is found when it is read, named, set aside, and computed again."""

import json
import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from filelock import FileLock

import landscape as ls
from landscape._common.checksums import DamagedFileError
from landscape._common.files import read_json, write_json, write_tensors, write_tree
from landscape.cli import main as cli
from landscape.study import MeasureSpec, Study, StudySpec, execute, prepare
from landscape.study.integrity import environment_note
from landscape.study.study_folder import StudyBusyError

SPEC = StudySpec(
    name="small",
    task="digits",
    methods=("zenith", "cosine"),
    seeds=(0,),
    epochs=1,
    batch_size=256,
    checkpoints=2,
    measure=MeasureSpec(
        samples=100,
        trace_probes=2,
        sharpness_samples=2,
        line_points=3,
        plane_points=3,
        spectrum_probes=2,
        spectrum_steps=4,
    ),
)
KEPT = (".lock", ".locks")
CLOCK = ("seconds", "training_seconds")
AGAIN = "run the same landscape study command again, which sets it aside and computes it again"


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Study:
    folder = tmp_path_factory.mktemp("studies") / "small"
    return execute(prepare(SPEC, folder, device="cpu"), progress=False)


@pytest.fixture
def study(whole, tmp_path) -> Study:
    shutil.copytree(whole.path, tmp_path / "copy")
    return Study.open(tmp_path / "copy")


def again(study: Study) -> Study:
    return execute(prepare(SPEC, study.path, device="cpu"), progress=False)


def one(study: Study, pattern: str) -> Path:
    return sorted(study.path.glob(pattern))[0]


def flip(path: Path, bit: int | None = None) -> None:
    content = bytearray(path.read_bytes())
    bit = 4 * len(content) if bit is None else bit
    content[bit // 8] ^= 1 << (bit % 8)
    path.write_bytes(content)


def assert_same(study: Study, other: Study) -> None:
    for node in other.tree.subtree:
        if node.path.count("/") and node.data_vars:
            mine, theirs = study.tree[node.path].to_dataset(), node.to_dataset()
            not_numbers = [n for n in theirs.data_vars if n in CLOCK or str(n).startswith("measured_with_")]
            xr.testing.assert_identical(mine.drop_vars(not_numbers), theirs.drop_vars(not_numbers))


def readers(study: Study) -> dict[str, Any]:
    """How each kind of file of a study is read."""
    run, second = (path.parent.name for path in sorted(study.path.glob("runs/*/run.json")))
    step = 6
    return {
        f"runs/{run}/run.json": lambda: study.read_run(run),
        f"runs/{run}/trace.nc": lambda: study.read_trace(run),
        f"runs/{second}/checkpoints/step-{step:08d}.safetensors": lambda: study.read_checkpoint(second, step),
        **{
            f"{kind}/{name}.nc": partial(study.read_measure, kind, name)
            for kind in ("measures", "planes", "spectra")
            for name in [one(study, f"{kind}/[!.]*.nc").stem]
        },
        "study.nc": lambda: study.tree,
        "study.toml": lambda: Study.open(study.path),
        "study.json": lambda: Study.open(study.path),
    }


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def foreign(path: Path) -> None:
    path.write_bytes(b"my thesis" * 100)


def lost(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [flip, emptied, truncated, foreign, lost])
def test_damage_is_said_with_the_file_and_a_remedy(whole, study, damage):
    for name, read in readers(study).items():
        shutil.copy(whole.path / name, study.path / name)
        damage(study.path / name)
        if damage is lost and name in ("study.nc", "study.toml", "study.json"):  # as of a study not finished or begun
            with pytest.raises(FileNotFoundError, match=r"run landscape study"):
                read()
        else:
            with pytest.raises(DamagedFileError) as caught:
                read()
            assert str(caught.value).startswith(f"'{study.path / name}' is "), name
            assert str(caught.value).endswith(AGAIN), name
            assert "\n" not in str(caught.value)
        shutil.copy(whole.path / name, study.path / name)


def test_every_bit_of_a_small_file_counts_or_changes_nothing(whole, study):
    """What a flip leaves readable has the content that was written."""
    run = one(study, "runs/*")
    for path, read in (
        (run / "run.json", lambda: study.read_run(run.name)),
        (study.path / "study.json", lambda: Study.open(study.path).provenance),
    ):
        right, content = read(), path.read_bytes()
        for bit in range(0, 8 * len(content), 37):
            flip(path, bit)
            with suppress(DamagedFileError):
                assert read() == right
            path.write_bytes(content)
    path = one(study, "measures/[!.]*.nc")
    right, size, content = study.read_measure("measures", path.stem), 8 * path.stat().st_size, path.read_bytes()
    for bit in (*range(5, size, size // 40), *range(size - 8 * 300, size, 311)):
        flip(path, bit)
        with pytest.raises(DamagedFileError):
            assert not study.read_measure("measures", path.stem).identical(right)
        path.write_bytes(content)


def test_what_is_damaged_is_set_aside_and_computed_again(whole, study, caplog):
    """One file of every kind at once; the numbers are those of the undamaged study."""
    for name in readers(study):
        if name != "study.toml":  # of which study.json would be the only other copy
            flip(study.path / name)
    broken = {name: (study.path / name).read_bytes() for name in readers(study)}
    finished = again(study)
    assert_same(finished, whole)
    damaged = {str(p.relative_to(study.path / "damaged")) for p in (study.path / "damaged").rglob("*") if p.is_file()}
    for name in set(broken) - {"study.toml", "study.nc"}:  # the last is put together of the others each time
        assert name in damaged, name
        assert (study.path / "damaged" / name).read_bytes() == broken[name]
        if not name.endswith("trace.nc"):  # in the folder of the damaged run.json
            assert f"'{study.path / name}' is damaged" in caplog.text
    caplog.clear()
    again(study)
    assert "damaged" not in caplog.text


def test_a_lost_or_changed_spec_is_written_again(whole, study):
    for change in (
        lambda path: path.write_text(path.read_text().replace("batch_size = 256", "batch_size = 128")),
        emptied,
        lost,
    ):
        change(study.path / "study.toml")
        with pytest.raises((DamagedFileError, FileNotFoundError)):
            Study.open(study.path)
        prepare(SPEC, study.path, device="cpu")
        Study.create(study.path, SPEC, whole.provenance)
        assert Study.open(study.path).spec == SPEC
    with pytest.raises(ValueError, match="holds a different study"):
        prepare(SPEC.replace(epochs=2), study.path)


def test_what_belongs_to_another_run_is_not_taken_for_ones_own(whole, study):
    """Two measures, two traces and two checkpoints exchanged, and a trace in a measure's place."""
    first, second = sorted(study.path.glob("measures/[!.]*.nc"))
    runs = sorted(study.path.glob("runs/*"))
    for mine, other in (
        (first, second),
        (runs[0] / "trace.nc", runs[1] / "trace.nc"),
        (runs[0] / "run.json", runs[1] / "run.json"),
        *[
            (runs[0] / "checkpoints" / f"step-{at:08d}.safetensors", other)
            for at, other in (
                (6, runs[1] / "checkpoints" / "step-00000006.safetensors"),
                (2, runs[0] / "checkpoints" / "step-00000006.safetensors"),
            )
        ],
    ):
        shutil.copy(other, mine)
    shutil.copy(runs[1] / "trace.nc", second)
    for read in (
        lambda: study.read_measure("measures", first.stem),
        lambda: study.read_measure("measures", second.stem),
        lambda: study.read_trace(runs[0].name),
        lambda: study.read_run(runs[0].name),
        lambda: study.read_checkpoint(runs[0].name, 6),
        lambda: study.read_checkpoint(runs[0].name, 2),
    ):
        with pytest.raises(DamagedFileError, match=r"\(it belongs elsewhere"):
            read()
    assert_same(again(study), whole)


def test_without_its_last_checkpoint_a_run_has_no_end_point(whole, study):
    """The one before is not measured in its place."""
    last = max(one(study, "runs/zenith-*").glob("checkpoints/*"))
    last.unlink()
    for path in study.path.glob("measures/zenith-*"):
        path.unlink()
    with pytest.raises(DamagedFileError, match=rf"'{last}' is missing: {AGAIN}"):
        study.checkpoint_steps(last.parents[1].name)
    assert_same(again(study), whole)
    assert last.is_file()


@pytest.mark.slow
def test_kept_measurements_and_unfinished_runs_that_are_damaged_cost_only_themselves(whole, study, caplog):
    for path in [*study.path.glob("measures/[!.]*.nc")][:1]:
        path.unlink()
        kept = study.path / "measures" / f".{path.stem}.unfinished"
        kept.mkdir()
        (kept / "00000002.nc").write_bytes(b"what")
    run = one(study, "runs/cosine-*")
    shutil.rmtree(run)
    (run.parent / f".{run.name}.unfinished").write_bytes(b"what")
    assert_same(again(study), whole)
    assert caplog.text.count("set aside in") == 2
    assert not [path for path in study.path.rglob(".*") if path.name not in KEPT and not path.match(".initial-*.nc")]


def test_the_command_says_one_sentence_and_its_remedy_works(study, capsys, monkeypatch):
    monkeypatch.chdir(study.path.parent)
    last = max(one(study, "runs/zenith-*").glob("checkpoints/*"))
    for path, arguments in (
        (study.path / "study.nc", ["figures", "copy"]),
        (study.path / "study.nc", ["explore", "copy"]),
        (last, ["measure", "digits", "--weights", str(last), "--quiet"]),
    ):
        for damage in (flip, emptied, truncated, foreign):
            before = path.read_bytes()
            damage(path)
            with pytest.raises(SystemExit) as ended:
                cli.main(arguments)
            said = capsys.readouterr().err.strip()
            assert ended.value.code == 2
            assert "\n" not in said
            assert path.name in said
            assert said.endswith(AGAIN), said
            path.write_bytes(before)
    flip(last)
    flip(study.path / "study.nc")
    again(study)  # the remedy
    assert Study.open(study.path).tree
    assert study.read_checkpoint(last.parents[1].name, 6)


@pytest.mark.slow
def test_a_store_without_checksums_is_read_and_continued_and_that_is_said_once(whole, study, caplog):
    """Its files as a version without checksums wrote them; exchanged checkpoints and lost ends are found there too."""
    record = read_json(study.path / "study.json")
    write_json(study.path / "study.json", {key: record[key] for key in ("schema_version", "provenance")})
    for path in study.path.glob("runs/*/run.json"):
        new = ("xxh3", "run", "checkpoints", "cpu_capability")
        write_json(path, {key: value for key, value in read_json(path).items() if key not in new})
    for path in study.path.glob("runs/*/checkpoints/*"):
        state = study.read_checkpoint(path.parents[1].name, int(path.stem[5:]))
        write_tensors(path, state, {"run": path.parents[1].name, "step": str(int(path.stem[5:]))})
        text = path.read_bytes()
        path.write_bytes(text.replace(b'"xxh3"', b'"____"'))
    for path in [*study.path.rglob("*.nc")]:
        path.write_bytes(path.read_bytes().partition(b"\n# landscape: ")[0])
    old = Study.open(study.path)
    assert not old.has_checksums
    assert_same(old, whole)
    again(old)
    assert caplog.text.count("was begun by a version that wrote no checksums") == 1
    assert not (study.path / "damaged").exists()
    first, second = sorted(study.path.glob("runs/*/checkpoints"))
    shutil.copy(first / "step-00000006.safetensors", second / "step-00000006.safetensors")
    max(first.iterdir()).unlink()
    with pytest.raises(DamagedFileError, match="belongs elsewhere"):
        old.read_checkpoint(second.parent.name, 6)
    with pytest.raises(DamagedFileError, match="is missing"):
        old.checkpoint_steps(first.parent.name)
    measure, trace = one(study, "measures/[!.]*.nc"), one(study, "runs/*/trace.nc")
    measure.write_bytes(trace.read_bytes().partition(b"\n# landscape: ")[0])
    with pytest.raises(DamagedFileError, match="no file of the kind 'measures'"):
        old.read_measure("measures", measure.stem)
    assert_same(again(old), whole)


def test_two_studies_that_begin_in_one_folder_do_not_mix(tmp_path, monkeypatch):
    """The second finds the folder empty, and then the first is faster; or holds the lock."""
    other = SPEC.replace(methods=("zenith", "step"), batch_size=200)
    folder = tmp_path / "new"
    mine, theirs = (prepare(spec, folder, device="cpu") for spec in (SPEC, other))
    acquire, waiting = FileLock.acquire, [True]

    def overtaken(*arguments, **options):
        if waiting.pop() if waiting else False:
            Study.create(folder, SPEC, mine.provenance)
        return acquire(*arguments, **options)

    monkeypatch.setattr(FileLock, "acquire", overtaken)
    with pytest.raises(ValueError, match="holds a different study"):
        execute(theirs, progress=False)
    assert Study.open(folder).spec == SPEC
    assert not (folder / "runs").exists()
    with Study.open(folder).locked(), pytest.raises(StudyBusyError, match="is being run by another process"):
        execute(mine, progress=False)


def test_runs_of_other_versions_and_processors_are_said(whole):
    runs = whole.tree["runs"].to_dataset()
    assert environment_note(runs) == ""
    assert set(runs["cpu_capability"].values.ravel()) == {torch.backends.cpu.get_cpu_capability()}
    assert set(runs["numpy"].values.ravel()) == set(runs["measured_with_numpy"].values.ravel()) == {np.__version__}
    mixed = runs.assign(
        cpu_capability=(("optimizer", "seed"), [["AVX2"], ["AVX512"]]),
        measured_with_numpy=(("optimizer", "seed"), [["2.1"], [""]]),
    )
    assert environment_note(mixed) == (
        "The runs were trained with processor capability AVX2 (1 runs), AVX512 (1 runs); measured with numpy 2.1 (1 "
        "runs), not recorded (1 runs). Their rounding differs, which training enlarges: a difference between methods "
        "may be one between machines, unless each seed has all its methods on one."
    )


def test_a_gallerys_damaged_files_are_named(tmp_path, capsys):
    figures = tmp_path / "gallery" / "figures"
    for name in ("first", "second"):
        ls.plot.save_figure(
            ls.plot.TraceDisplay([0, 1], [[[2.0, 1.0]]], ["zenith"], ylabel="loss").plot().figure_,
            figures / name,
            xr.Dataset(attrs={"drawn_by": "spectrum"}),
            formats=("svg",),
        )
    for damage in (emptied, foreign, lambda path: None):
        damage(figures / "second.nc")
        (figures / "first.nc").unlink(missing_ok=True)
        with pytest.raises(SystemExit) as ended:
            cli.main(["figures", str(tmp_path / "gallery")])
        said = capsys.readouterr().err.strip()
        assert ended.value.code == 2
        assert said.startswith(f"landscape: '{figures / 'second.nc'}' is damaged (")
        assert said.endswith("put back a copy of it, or delete it, and the others are drawn")


def test_opening_a_study_reads_no_run(whole, monkeypatch):
    opened: list[str] = []
    real = Path.open

    def noted(path, *arguments, **options):
        opened.append(str(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", noted)
    study = Study.open(whole.path)
    assert study.has_checksums
    assert not [path for path in opened if "/runs/" in path]


def test_a_file_of_a_newer_record_is_kept_as_json(whole):
    """Anybody reads them without us."""
    record = json.loads((whole.path / "study.json").read_text())
    assert record["spec"]["methods"] == list(SPEC.methods)
    assert record["checksums"] == "xxh3"
    assert whole.spec.measure.as_dict() == record["spec"]["measure"]


def test_trees_without_a_kind_are_read_as_ever(tmp_path):
    tree = xr.DataTree.from_dict({"/a": xr.Dataset({"x": ("t", np.arange(3.0))})})
    write_tree(tmp_path / "a.nc", tree)
    with xr.open_datatree(tmp_path / "a.nc") as read:
        assert read.load().identical(tree)
