"""A study that recomputes batch-norm statistics: all its numbers at a checkpoint are those of one network."""

import dataclasses
import json

import numpy as np
import pytest
import torch

import landscape as ls
import zenith
from landscape.study import execute, prepare
from landscape.study.jobs import measure_id, run_id
from landscape.study.measure import at_checkpoint, objective_of, statistics_of
from landscape.study.measure_weights import measure_weights

SMALL = ls.MeasureSpec(
    samples=40, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, plane_seeds=1, spectrum_seeds=0
)
RECOMPUTED = dataclasses.replace(SMALL, batchnorm="recomputed", batchnorm_samples=50)


def blobs(n, seed):
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(3, (n,), generator=generator)
    return torch.randn(n, 4, generator=generator) * 5 + 9 * torch.nn.functional.one_hot(y, 4), y


def model():
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Tanh(), torch.nn.Linear(8, 3))


def task():
    return zenith.Task(name="normed", model=model, train=blobs(60, 0), test=blobs(30, 1), loss="cross_entropy")


def spec_of(measure):
    return ls.StudySpec(
        name="a",
        task=task(),
        methods=["zenith", "cosine"],
        seeds=1,
        steps=4,
        batch_size=20,
        checkpoints=2,
        measure=measure,
    )


def test_what_is_not_recomputed_has_the_identities_that_it_had(tmp_path):
    assert "batchnorm" not in spec_of(SMALL).as_dict()["measure"]
    plain, recomputed = (prepare(spec_of(each), tmp_path / "a") for each in (SMALL, RECOMPUTED))
    assert run_id(plain, "zenith", 0) != run_id(recomputed, "zenith", 0)
    assert measure_id(plain, "x") != measure_id(recomputed, "x")
    assert recomputed.spec.as_dict()["measure"]["batchnorm"] == "recomputed"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return execute(prepare(spec_of(RECOMPUTED), tmp_path_factory.mktemp("study")), progress=False)


def test_everything_at_a_checkpoint_is_measured_with_the_statistics_recomputed_there(study):
    (name,) = (path.name for path in (study.path / "runs").glob("zenith-*"))
    state = study.read_checkpoint(name, 4)
    net = model()
    net.load_state_dict(state)
    data = task().load()
    chosen = data.train.subset(50).fields[0]
    with torch.no_grad():
        z = net[0](chosen.double().float()).double()
        net[1].running_mean.copy_(z.mean(0))
        net[1].running_var.copy_(z.var(0, unbiased=True))
        measured = data.train.subset(40)
        net.eval()
        loss = float(torch.nn.functional.cross_entropy(net(measured.fields[0]), measured.fields[1]))
        on_test = float(torch.nn.functional.cross_entropy(net(data.test.fields[0]), data.test.fields[1]))
    there = study.tree["curvature"].sel(optimizer="zenith", seed=0).isel(step=-1)
    assert float(there["loss"]) == pytest.approx(loss, rel=1e-5)
    end = study.tree["end"].sel(optimizer="zenith", seed=0)
    assert float(end["test_loss"]) == pytest.approx(on_test, rel=1e-5)
    # Its eigenvalue is that of the Hessian with these statistics held.
    names = [name for name, _ in net.named_parameters()]
    flat = torch.cat([net.get_parameter(name).detach().flatten() for name in names]).double()
    net.double()

    def loss_of(vector):
        pieces = vector.split([net.get_parameter(name).numel() for name in names])
        weights = {name: piece.view_as(net.get_parameter(name)) for name, piece in zip(names, pieces, strict=True)}
        outputs = torch.func.functional_call(net, weights, (measured.fields[0].double(),))
        return torch.nn.functional.cross_entropy(outputs, measured.fields[1])

    largest = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss_of, flat))[-1]
    assert float(there["eigenvalue"].isel(k=0)) == pytest.approx(float(largest), rel=2e-3)
    assert "frozen, recomputed once" in str(end["trace_protocol"].values)
    # The losses along the training are evaluated likewise, and the weights that are kept have the running statistics.
    traced = study.tree["epochs"].sel(optimizer="zenith", seed=0)["test_loss"].values
    assert traced[np.isfinite(traced)][-1] == pytest.approx(on_test, rel=1e-5)
    assert not torch.allclose(state["1.running_mean"].double(), z.mean(0), rtol=0.05)
    # On a plane no point has statistics of its own: they are recomputed at each.
    plane = study.tree["planes/seed0"]
    assert json.loads(plane["plane"].attrs["protocol"])["batchnorm"] == "recomputed"
    marks = plane["trajectories"].to_dataset()
    at_end = marks["loss"].values[(marks["optimizer"].values == "zenith") & (marks["steps_taken"].values == 4)]
    assert at_end == pytest.approx(loss, rel=1e-5)


def test_saved_weights_are_measured_as_in_the_study(study):
    (name,) = (path.name for path in (study.path / "runs").glob("zenith-*"))
    data, found = task().load(), []
    objective = objective_of(task(), data.train, 40, "cpu", statistics_of(RECOMPUTED, data.train))
    state = study.read_checkpoint(name, 4)
    measure_weights(objective, {"end": state}, RECOMPUTED, found=found.append)
    there = study.tree["curvature"].sel(optimizer="zenith", seed=0).isel(step=-1)
    assert found[0].values["loss"] == float(there["loss"])
    assert found[0].pairs.values[0] == pytest.approx(float(there["eigenvalue"].isel(k=0)), rel=1e-3)
    assert found[0].pairs.protocol["batchnorm"] == "frozen, recomputed once"


def test_what_is_held_has_the_value_and_derivatives():
    data = task().load()
    objective = objective_of(task(), data.train, 0, "cpu", (data.train, 0))
    state = {name: value + 0.1 for name, value in objective.parameters.items()}
    held = at_checkpoint(objective, state)
    assert held.value() == objective.at(state).value()
    assert held.protocol()["batchnorm"] == "frozen, recomputed once"
    assert held.protocol()["batchnorm_data"]["batches"] == 1
    _, gradient = held.value_and_gradient()
    direction = {name: torch.ones_like(value) for name, value in gradient.items()}
    steps = [held.at({name: state[name] + sign * 1e-3 * direction[name] for name in state}).value() for sign in (1, -1)]
    slope = sum(float((gradient[name] * direction[name]).sum()) for name in gradient)
    assert (steps[0] - steps[1]) / 2e-3 == pytest.approx(slope, rel=1e-2)
    assert held.with_batchnorm("frozen").protocol()["batchnorm"] == "frozen"


def test_a_model_without_batch_norm_holds_none():
    digits = zenith.tasks.get("digits")
    train = digits.load().train
    held = objective_of(digits, train, 50, "cpu", (train, 50)).with_held_statistics()
    assert held.protocol()["batchnorm"] == "frozen"
    assert held.value() == objective_of(digits, train, 50, "cpu").value()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"batchnorm": "recompute"}, 'measure.batchnorm must be "frozen" or "recomputed", got \'recompute\''),
        ({"batchnorm_samples": 10}, "measure.batchnorm_samples is 10, but nothing is recomputed: add batchnorm"),
        ({"batchnorm": "recomputed", "batchnorm_samples": 1}, "one sample has no variance"),
    ],
)
def test_wrong_values_are_refused(keys, message):
    with pytest.raises(ValueError, match=message):
        spec_of(dataclasses.replace(SMALL, **keys))
