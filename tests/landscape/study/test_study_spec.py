"""Specs: packaged ones load, every default is written out, every mistake gets one clear sentence."""

from __future__ import annotations

import tomllib

import pytest
import tomli_w

from landscape.study.conclusions import ALPHA, FOR_PAIRS, too_few_seeds
from landscape.study.measure_spec import MeasureSpec
from landscape.study.spec import StudySpec, load_spec, packaged_specs, spec_from_dict


def test_packaged_specs_load_and_compare_zenith_with_the_five_schedules():
    assert packaged_specs() == ("cifar10", "digits", "mnist", "paper")
    for name in ("cifar10", "digits", "mnist"):
        spec = load_spec(name)
        assert spec.task == spec.name == name
        assert set(spec.methods) == {"zenith", "constant", "step", "exponential", "polynomial", "cosine"}
        # Seeds enough for the exact sign test of each comparison at its share of what the comparisons may spend.
        assert 2 / 2 ** len(spec.seeds) * (len(spec.methods) - 1) <= FOR_PAIRS * ALPHA
        assert too_few_seeds(len(spec.seeds), len(spec.methods) - 1) == ""


def test_a_spec_survives_toml_with_every_default_written_out():
    spec = StudySpec(name="a", task="digits", seeds=(3, 1), settings={"step": {"gamma": 0.2}})
    text = tomli_w.dumps(spec.as_dict())
    later = {"batchnorm", "batchnorm_samples", "compiled"}  # keys without which older versions named what they measured
    assert set(tomllib.loads(text)["measure"]) == set(MeasureSpec.__dataclass_fields__) - later
    assert spec_from_dict(tomllib.loads(text), "a") == spec
    recomputed = spec.replace(measure=MeasureSpec(batchnorm="recomputed", compiled=True))
    text = tomli_w.dumps(recomputed.as_dict())
    assert set(tomllib.loads(text)["measure"]) == set(MeasureSpec.__dataclass_fields__)
    assert spec_from_dict(tomllib.loads(text), "a") == recomputed


def test_auto_window_is_a_twentieth_of_the_budget_and_at_most_the_papers():
    spec = StudySpec(name="a", task="digits")
    assert [spec.window_for(steps) for steps in (1, 19, 690, 39_063)] == [1, 1, 34, 500]
    assert spec.replace(window=7).window_for(690) == 7


def test_base_lr_goes_to_automatic_methods_and_schedules_only():
    spec = StudySpec(
        name="a",
        task="digits",
        methods=("zenith", "cosine", "adamw"),
        learning_rate=0.3,
        settings={"cosine": {"lr": 0.2}},
    )
    assert spec.settings_for("zenith") == {"lr": 0.3}
    assert spec.settings_for("cosine") == {"lr": 0.2}
    assert spec.settings_for("adamw") == {}


BASE = {"name": "a", "task": "digits"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"methods": ["zenith", "cosin"]}, ["cosin", "did you mean 'cosine'"]),
        ({"task": "digit"}, ["digit", "did you mean 'digits'"]),
        ({"epoch": 3}, ["epoch", "did you mean 'epochs'"]),
        ({"measure": {"tolerence": 1e-3}}, ["tolerence", "did you mean 'tolerance'", "[measure]"]),
        ({"settings": {"step": {"gama": 0.1}}}, ["gama", "did you mean 'gamma'"]),
        ({"settings": {"adamw": {"lr": 0.1}}}, ["adamw", "[settings]"]),
        ({"window": 0}, ["window", "0"]),
        ({"evaluate_every": 0}, ["evaluate_every", "0"]),
        ({"window": "all"}, ["window", "all"]),
        ({"window": True}, ["window", "True"]),
        ({"settings": {"zenith": {"window": -1}}}, ["window", "-1"]),
        ({"learning_rate": 0}, ["learning_rate", "0"]),
        ({"learning_rate": -0.1}, ["learning_rate", "-0.1"]),
        ({"learning_rate": float("nan")}, ["learning_rate", "nan"]),
        ({"settings": {"cosine": {"lr": -1}}}, ["cosine", "-1"]),
        ({"epochs": 0}, ["epochs", "0"]),
        ({"batch_size": 1.5}, ["batch_size", "1.5"]),
        ({"seeds": 0}, ["seeds", "[]"]),
        ({"seeds": [1, 1]}, ["seeds", "[1, 1]"]),
        ({"seeds": [-1, 2]}, ["seeds", "-1"]),
        ({"methods": "zenith"}, ["methods", "list"]),
        ({"methods": ["zenith"]}, ["methods", "two"]),
        ({"methods": ["constant", "cosine"], "focus": "zenith"}, ["focus", "zenith"]),
        ({"name": "../evil"}, ["name", "../evil"]),
        ({"measure": {"plane_points": 2}}, ["plane_points", "2"]),
        ({"measure": {"tolerance": 0}}, ["tolerance", "0"]),
        ({"measure": 3}, ["measure", "3"]),
        ({"name": 5}, ["name", "5"]),
        ({"task": ["digits"]}, ["task", "digits"]),
        ({"methods": [["zenith"], ["cosine"]]}, ["methods", "names"]),
        ({"methods": {"zenith": 1, "cosine": 2}}, ["methods", "list"]),
        ({"seeds": [2**63, 1]}, ["seeds", str(2**63)]),
        ({"settings": 3}, ["settings", "3"]),
        ({"settings": {"zenith": 3}}, ["settings.zenith", "3"]),
        ({"settings": {"zenith": {"momentum": float("nan")}}}, ["momentum", "nan"]),
    ],
)
def test_mistakes_get_one_clear_sentence(changes, words):
    with pytest.raises(ValueError, match=r".") as caught:
        spec_from_dict({**BASE, **changes}, "my.toml")
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_missing_required_key_unknown_name_missing_file_and_broken_toml(tmp_path):
    with pytest.raises(ValueError, match="has no 'task'"):
        spec_from_dict({"name": "a"}, "my.toml")
    with pytest.raises(ValueError, match="unknown study 'digit': did you mean 'digits'"):
        load_spec("digit")
    with pytest.raises(FileNotFoundError, match="no spec at"):
        load_spec(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = \n")
    with pytest.raises(ValueError, match="not valid TOML"):
        load_spec(broken)


def test_the_focus_is_zenith_or_the_first_method():
    assert StudySpec(name="a", task="digits", methods=["cosine", "zenith"]).focus == "zenith"
    spec = StudySpec(name="a", task="digits", methods=["cosine", "adamw"])
    assert spec.focus == "cosine"
    assert spec_from_dict({"name": "a", "task": "digits", "methods": ["cosine", "adamw"]}, "a") == spec
    assert tomllib.loads(tomli_w.dumps(spec.as_dict()))["focus"] == "cosine"
