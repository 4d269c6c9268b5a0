"""Numbers that no machine holds, or no study ends with, are refused before any work, with the reason."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from landscape.study import MeasureSpec, StudySpec, load_spec, prepare
from landscape.study.store import point_name

SPEC = 'name = "a"\ntask = "digits"\n'

REFUSED = [
    ("seeds = 10000000000", "seeds must be at most 100,000", "a run of every method"),
    ("seeds = [9223372036854775808]", "different whole numbers", ""),
    ("checkpoints = 1000000000000", "checkpoints must be at most 10,000", "a copy of the weights"),
    ("steps = 10000000000000", "steps must be at most", "in memory"),
    ("epochs = 10000000000000", "epochs must be at most", "in memory"),
    ("seconds = 1e300", "seconds must be at most 1e+08", "three years"),
    ("gradients = 1e300", "gradients must be at most 1e+08", "in memory"),
    ("batch_size = 10000000000000", "batch_size must be at most", "in memory"),
    ("threads = 100000", "threads must be at most", "no machine"),
    ("window = 10000000000000", "window must be at most", "mean"),
    ("learning_rate = 1e300", "learning_rate must be at most", "float32"),
    (f"learning_rate = {10**400}", "learning_rate must be at most", "float32"),
    (f"target = {10**400}", "target must be a value of the test metric", ""),
    ("[measure]\nline_points = 10000000000000", "measure.line_points must be at most", "evaluated"),
    ("[measure]\nplane_points = 100000", "measure.plane_points must be at most", "evaluated"),
    ("[measure]\nline_range = 1e300", "measure.line_range must be at most", "float32"),
    ("[measure]\nspectrum_steps = 100000000", "measure.spectrum_steps must be at most", "in memory"),
    ("[settings.zenith]\nweight_decay = 1e300", "weight_decay of method 'zenith'", "float32"),
    (f"[settings.zenith]\nmomentum = {10**400}", "momentum of method 'zenith'", "float32"),
    ("[settings.zenith]\nwindow = 10000000000000", "window of method 'zenith'", "mean"),
    ("[settings.zenith]\nmomentum = [[[[[[[[1]]]]]]]]", "momentum of method 'zenith'", "deep"),
    ("[tuning]\ntrials = 1000000000", "tuning.trials must be at most", "a run of every method"),
    ("[tuning]\nseeds = 10000000000", "tuning.seeds must be at most", "a run of every method"),
    (f"[tuning.space]\nlr = [1, {10**400}]", "tuning.space.lr", ""),
    (f"learning_rate = {[i / 9 for i in range(1, 4000)]}\nbatch_size = {list(range(1, 4000))}", "runs", "1,000,000"),
    ("[sweep]\nbatch_size = 3", "batch_size is swept over 3", "at least two"),
    ("x = " + "[" * 5000, "deeper than Python reads", "flatten"),
    ("seeds = " + "9" * 5000, "is not valid TOML", "digits"),
    ("# " + "x" * 11_000_000, "11,000,0", "no spec"),
]


@pytest.mark.parametrize(("line", "what", "why"), REFUSED, ids=range(len(REFUSED)))
def test_beyond_a_limit_the_reason_is_given_at_once(line, what, why, tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text(SPEC + line + "\n")
    with pytest.raises(ValueError, match=r"^[^\n]*\Z") as caught:
        load_spec(path)
    message = str(caught.value)
    assert what in message
    assert why in message
    assert len(message) < 700


def test_at_the_limits_a_spec_is_a_spec():
    spec = StudySpec(
        name="a",
        task="digits",
        seeds=100_000,
        steps=10**8,
        checkpoints=10_000,
        learning_rate=1e30,
        measure=MeasureSpec(line_points=100_001, plane_points=1001, line_range=1e30),
    )
    assert len(spec.seeds) == 100_000


def test_keys_that_vary_one_at_a_time_are_no_product_of_runs():
    values = tuple(i / 100 for i in range(1, 200))
    sweep = {"learning_rate": values, "weight_decay": values, "momentum": values}
    spec = StudySpec(name="a", task="digits", methods=("zenith", "constant"), sweep=sweep, one_at_a_time=True)
    assert len(spec.grid) == 1 + 3 * 198
    with pytest.raises(ValueError, match="the study would have 47,283,594 runs"):
        spec.replace(one_at_a_time=False)


def test_a_point_of_a_sweep_over_many_keys_has_a_name_that_a_folder_can_have(tmp_path):
    at = {f"settings.zenith.setting_{i}": 0.1 + i for i in range(30)}
    (tmp_path / point_name(at)).mkdir()
    assert point_name(at) != point_name(at | {"settings.zenith.setting_29": 0.5})
    assert point_name({"learning_rate": 0.1}) == "learning_rate=0.1"


def test_more_checkpoints_than_steps_are_all_steps_at_once():
    from zenith.training.train import checkpoint_steps

    def defined(total, n):
        return tuple(sorted({round(total * (i / n) ** 2) for i in range(n + 1)}))

    assert all(checkpoint_steps(t, n) == defined(t, n) for t in range(40) for n in range(1, 90))
    assert checkpoint_steps(3, 10**12) == (0, 1, 2, 3)


def test_a_function_of_a_method_that_fails_is_named_before_any_work(tmp_path):
    def broken(params, lr=0.1):
        raise KeyError("mine")

    spec = StudySpec(name="a", task="digits", methods=["zenith", ("broken", broken)], steps=1)
    with pytest.raises(ValueError, match=r"optimizer of method 'broken' cannot be made.*KeyError: 'mine'"):
        prepare(spec, tmp_path / "out", device="cpu")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tuning": {"sampler": "grid", "trials": 2, "space": {"lr": [0.1, -0.0]}}}, "try lr = -0.0: lr of method"),
        (
            {"tuning": {"trials": 4, "space": {"lr": [-1.0, 1.0]}}},
            "try lr = -.*: lr of method 'zenith' must be a positive",
        ),
        ({"tuning": {"trials": 4, "space": {"zenith": {"window": [0, 2]}, "lr": [0.1, 1]}}}, "window = 0.*at least 1"),
        ({"tuning": {"trials": 4, "space": {"momentum": [-3.0, 0.9]}}}, "try momentum = -.*: .*[mM]omentum"),
        ({"sweep": {"momentum": [0.9, -1.0]}}, "the sweep cannot have momentum = -1.0: .*[mM]omentum"),
    ],
)
def test_settings_that_a_trial_or_a_point_would_have_are_checked_before_any_work(changes, said, tmp_path):
    """They were runs that failed, one after another, at every start."""
    with pytest.raises(ValueError, match=said):
        prepare(StudySpec(name="a", task="digits", methods=("zenith", "cosine"), steps=1, **changes), tmp_path / "out")


@pytest.mark.slow  # ten thousand specs, about a minute
def test_ten_thousand_wrong_specs_are_refused_in_a_sentence_or_right(tmp_path):
    script = Path(__file__).with_name("spec_fuzzer.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), "10000", "40", "2"],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["crashes"] == []
    assert sum(found["outcomes"].values()) == 10_000
    assert found["outcomes"]["accepted"] > 200  # wrong in nothing that matters: they are read, planned and written
    assert found["kinds"] > 100  # of sentences
    assert found["run"]["run"] == 2
    assert found["peak_mib"] < 1024
