"""A study's task with options: identities, resuming, sweeping, and everything that reads them back."""

import dataclasses
import json
from textwrap import dedent

import pytest

import landscape as ls
from landscape.study import execute, prepare
from landscape.study.dry_run import estimate
from landscape.study.explore import StudyReader
from landscape.study.jobs import run_id
from landscape.study.report import write_report
from landscape.study.spec import load_spec, spec_from_dict
from landscape.study.sweep import sweep_words

SMALL = ls.MeasureSpec(
    samples=20, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, plane_seeds=0, spectrum_seeds=0
)
FILE = dedent(
    """
    import torch
    import zenith


    def blobs(n, seed):
        generator = torch.Generator().manual_seed(seed)
        y = torch.randint(3, (n,), generator=generator)
        return torch.randn(n, 4, generator=generator) + 3 * torch.nn.functional.one_hot(y, 4), y


    def make(width=4, train_samples=40, layers=[4]):
        return zenith.Task(
            name="blobs",
            model=lambda: torch.nn.Sequential(torch.nn.Linear(4, width), torch.nn.ReLU(), torch.nn.Linear(width, 3)),
            data=lambda data_root: (blobs(train_samples, 0), blobs(30, 1)),
            loss="cross_entropy",
        )
    """
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    return path


def spec_of(file, **keys):
    given = {"name": "a", "task": f"{file}:make", "methods": ["zenith", "cosine"], "seeds": 1, "epochs": 1}
    return ls.StudySpec(**given | {"batch_size": 20, "checkpoints": 1, "measure": SMALL} | keys)


def test_settings_are_part_of_a_runs_identity_and_their_defaults_are_not(file, tmp_path):
    ids = {
        name: run_id(prepare(spec_of(file, **keys), tmp_path / name), "zenith", 0)
        for name, keys in (
            ("none", {}),
            ("default", {"task_settings": {"width": 4}}),
            ("wide", {"task_settings": {"width": 5}}),
            ("layers", {"task_settings": {"layers": [4, 4]}}),  # a list that is one value
        )
    }
    assert ids["none"] == ids["default"]
    assert len(set(ids.values())) == 3
    spec = spec_of(file)
    assert "task_settings" not in spec.as_dict()


def test_a_study_records_its_settings_goes_on_with_them_and_is_read_back(file, tmp_path):
    out = tmp_path / "out"
    (tmp_path / "study.toml").write_text(
        'name = "a"\ntask = "mine.py:make"\nmethods = ["zenith", "cosine"]\nseeds = 1\nepochs = 1\nbatch_size = 20\n'
        "checkpoints = 1\n[task_settings]\nwidth = 5\n[measure]\nsamples = 20\ntrace_probes = 2\n"
        "sharpness_samples = 2\nline_points = 3\nplane_seeds = 0\nspectrum_seeds = 0\n"
    )
    spec = load_spec(tmp_path / "study.toml")
    assert spec.task_settings == {"width": 5}
    study = execute(prepare(spec, out), progress=False)
    expected = {"width": 5, "train_samples": 40, "layers": [4]}
    assert study.provenance["task_options"] == expected
    (run,) = (out / "runs").glob("zenith-*")
    assert json.loads((run / "run.json").read_text())["task_options"] == expected
    assert ls.Study.open(out).spec.task_settings == {"width": 5}
    # Nothing is trained twice, and other settings are another study.
    assert not any(stage.to_do for stage in estimate(prepare(spec, out), seconds=0).stages)
    with pytest.raises(ValueError, match=r"task_settings\.width is 5 there and 6 here"):
        prepare(spec.replace(task_settings={"width": 6}), out)
    # The explorer measures at the checkpoints with the model that they are of.
    step = max(study.checkpoint_steps(run.name))
    assert StudyReader(out, None).objective_at(run.name, step).num_parameters == 5 * 5 + 6 * 3


@pytest.mark.slow
def test_settings_are_swept_with_other_models_and_other_data(file, tmp_path):
    spec = spec_of(file, task_settings={"train_samples": [40, 60]})
    assert spec.sweep == {"task_settings.train_samples": (40, 60)}
    study = execute(prepare(spec, tmp_path / "out"), progress=False)
    sizes = {at: point.provenance["data"]["train_samples"] for at, point in study.points.items()}
    assert sizes == {40: 40, 60: 60}
    assert [point.spec.task_settings for point in study.points.values()] == [{"train_samples": n} for n in (40, 60)]
    alone = execute(prepare(spec_of(file, task_settings={"train_samples": 60}), tmp_path / "alone"), progress=False)
    names = [{path.name for path in (each / "runs").iterdir()} for each in (tmp_path / "out", tmp_path / "alone")]
    assert names[1] < names[0]
    ends = [each.tree["curvature"]["eigenvalue"].values for each in (study.points[60], alone)]
    assert (ends[0] == ends[1]).all()
    assert "train samples over 40, 60" in sweep_words(study)


@pytest.mark.slow
def test_the_report_says_the_settings(file, tmp_path):
    study = execute(prepare(spec_of(file, task_settings={"width": 5}), tmp_path / "out"), progress=False)
    said = write_report(study).with_suffix(".md").read_text()
    assert "make with width = 5, train_samples = 40, layers = [4]" in said


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"task_settings": {"widht": 3}}, r"unknown key 'widht' in the options of task .* did you mean 'width'\?"),
        ({"task_settings": {"width": "a"}}, "option 'width' of task .* must be a whole number, got 'a'"),
        ({"task_settings": {"width": None}}, "task_settings.width is None, which no file of a spec can hold"),
        ({"task_settings": 3}, r"task_settings must be a table, got 3: write \[task_settings\]"),
        ({"task_settings": {"width": [3, 4.5]}}, "the sweep cannot have task_settings.width = 4.5: option 'width'"),
        ({"sweep": {"task_settings.widht": [3, 4]}}, "unknown key 'widht'"),
        ({"task": "digits", "task_settings": {"width": 3}}, "unknown key 'width' in the options of task 'digits'"),
    ],
)
def test_wrong_settings_are_refused_before_any_work(file, keys, message):
    with pytest.raises(ValueError, match=message):
        spec_of(file, **keys)


def test_a_point_whose_model_cannot_be_made_is_refused_before_any_work(file, tmp_path):
    many = dataclasses.replace(SMALL, eigenvalues=12)
    with pytest.raises(ValueError, match=r"the sweep cannot have task_settings\.width = 1: .* only 11 parameters"):
        prepare(spec_of(file, task_settings={"width": [4, 1]}, measure=many), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_spec_of_a_store_is_read_without_its_file(file):
    there = spec_of(file, task_settings={"width": [3, 5]}).as_dict()
    file.unlink()
    assert spec_from_dict(there, where="a store", check=False).as_dict() == there
