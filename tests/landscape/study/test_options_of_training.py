"""Options of the training loop in a study: what they change, that they are recorded, and what is refused."""

import dataclasses
import json
import re

import pytest
import torch

import landscape as ls
import zenith
from landscape.study import execute, prepare, write_report
from landscape.study.jobs import run_id
from landscape.study.lengths import length_id
from landscape.study.spec import load_spec, spec_from_dict

SMALL = ls.MeasureSpec(
    samples=16, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, plane_seeds=0, spectrum_seeds=0
)


def spec_of(**keys):
    given = {"name": "a", "task": "digits", "methods": ["zenith", "cosine"], "seeds": 1, "steps": 3}
    return ls.StudySpec(**given | {"batch_size": 32, "checkpoints": 1, "measure": SMALL} | keys)


def stored(study, method):
    return {path.name: study.read_run(path.name) for path in (study.path / "runs").iterdir() if method in path.name}


OPTIONS = [{"clip_norm": 0.1}]
OPTIONS += [pytest.param(each, marks=pytest.mark.slow) for each in ({"accumulate": 4}, {"amp": "bf16"})]


@pytest.mark.parametrize("options", OPTIONS)
def test_a_study_trains_with_them_as_zenith_does_and_says_so(options, tmp_path):
    study = execute(prepare(spec_of(options=options), tmp_path / "a", device="cpu"), progress=False)
    keys = {"steps": 3, "batch_size": 32, "checkpoints": 1, "window": 1, "device": "cpu"}
    run, plain = (zenith.train("digits", "zenith", 0, **keys, options=each) for each in (options, None))
    ((name, record),) = stored(study, "zenith").items()
    weights = study.read_checkpoint(name, 3)
    assert all(weights[key].equal(value) for key, value in run.final.items())
    assert not all(weights[key].equal(value) for key, value in plain.final.items())
    assert record["options"] == options
    assert ls.Study.open(study.path).spec.options == options
    assert f"{next(iter(options))} = " in write_report(study).with_suffix(".html").read_text()


def test_they_are_part_of_a_runs_identity_and_their_defaults_are_not(tmp_path):
    ids = [
        run_id(prepare(spec_of(**keys), tmp_path / str(i), device="cpu"), "zenith", 0)
        for i, keys in enumerate(
            (
                {},
                {"options": {"amp": "off", "accumulate": 1}},
                {"options": {"clip_norm": 1.0}},
                {"options": {"amp": "bf16"}},
            )
        )
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert "options" not in spec_of().as_dict()


def test_the_steps_of_a_budget_in_seconds_are_of_these_options():
    plain, pieces = (spec_of(steps=None, seconds=1.0, options=options) for options in ({}, {"accumulate": 8}))
    assert length_id(plain, "zenith", "cpu") != length_id(pieces, "zenith", "cpu")


def test_a_spec_file_has_them_in_a_table_and_a_list_is_a_sweep(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text('name = "a"\ntask = "digits"\n[options]\namp = "bf16"\nclip_norm = [0.5, 1.0]\n')
    spec = load_spec(file)
    assert spec.sweep == {"options.clip_norm": (0.5, 1.0)}
    assert [point.options for _, point in spec.points()] == [
        {"amp": "bf16", "clip_norm": 0.5},
        {"amp": "bf16", "clip_norm": 1.0},
    ]
    again = spec_from_dict(spec.as_dict(), "study.toml")
    assert again.sweep == spec.sweep
    assert again.options == spec.options
    assert spec.replace(options={"clip_norm": 2.0}).sweep == {}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"options": {"compile": "none"}}, "options.compile='none' is no backend: give true, or one of "),
        ({"options": {"amp": "fp16"}, "methods": ["zenith", "sam"]}, "method 'sam' computes gradients inside its step"),
        ({"options": {"amp": "bf8"}}, "options.amp='bf8' is no precision: give one of off, bf16, fp16"),
        ({"options": {"clip": 1.0}}, "unknown key 'clip' in [options]: did you mean 'clip_norm'"),
        ({"options": {"clip_norm": -1.0}}, "options.clip_norm must be a positive finite number"),
        ({"options": {"evaluate_every": 5}}, "options.evaluate_every is 5, but it is a key of the spec itself"),
        ({"options": {"batchnorm_samples": 5}}, "write [measure] batchnorm_samples"),
        ({"options": {"data_parallel": True}}, "a study trains each run in one process"),
        ({"options": 3}, "options must be a table, got 3: write [options]"),
        ({"options": {"compile": True}, "seeds_together": True}, "write seeds_together = 'compiled'"),
        ({"options": {"clip_norm": [1.0, -1.0]}}, "the sweep cannot have options.clip_norm = -1.0"),
        ({"sweep": {"options.clip": (1.0, 2.0)}}, "did you mean 'clip_norm'"),
    ],
)
def test_mistakes_are_said_before_anything_is_loaded_or_trained(keys, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        spec_of(**keys)


def test_methods_and_tasks_that_cannot_have_them_are_refused_before_any_work(tmp_path):
    clipless = next(name for name in zenith.methods.names() if not zenith.methods.get(name).clips)
    with pytest.raises(ValueError, match=f"method '{clipless}' makes its step of the loss and the gradient together"):
        spec_of(methods=["zenith", clipless], options={"clip_norm": 1.0})

    def loss(model, batch):
        output = model(batch[0])
        if output.dtype == torch.bfloat16:
            raise RuntimeError("this kernel takes float32")
        return torch.nn.functional.cross_entropy(output, batch[1])

    task = zenith.tasks.get("digits").replace(loss=loss, name="own")
    with pytest.raises(ValueError, match="amp='bf16' cannot be used with task 'own'"):
        prepare(spec_of(task=task, options={"amp": "bf16"}), tmp_path / "b", device="cpu")
    assert not (tmp_path / "b").exists()


@pytest.mark.slow
def test_seeds_are_clipped_together_and_trained_apart_with_amp(tmp_path):
    for options, together in (({"clip_norm": 0.1}, True), ({"amp": "bf16"}, False)):
        spec = spec_of(seeds=2, seeds_together="uncompiled", options=options)
        study = execute(prepare(spec, tmp_path / str(together), device="cpu"), progress=False)
        records = stored(study, "zenith").values()
        assert all(("runs" in record["together"]) == together for record in records)
        assert all(record["options"] == options for record in records)


@pytest.mark.slow
def test_products_of_a_study_are_compiled_where_its_spec_says_so(tmp_path):
    found = []
    for compiled in (False, True):
        spec = spec_of(measure=dataclasses.replace(SMALL, compiled=compiled))
        study = execute(prepare(spec, tmp_path / str(compiled), device="cpu"), progress=False)
        found.append(study.tree["curvature"].to_dataset().sel(optimizer="zenith").isel(seed=0))
    plain, compiled = found
    graphs = [json.loads(str(text))["graph"] for text in compiled["protocol"].values]
    if any("compiler" in graph.lower() for graph in graphs):
        pytest.skip("no C++ compiler here")
    assert all(graph.startswith("compiled: ") for graph in graphs)
    value = [each["eigenvalue"].values for each in found]
    assert (abs(value[0] - value[1]) <= plain["residual"].values + compiled["residual"].values + 1e-5).all()
