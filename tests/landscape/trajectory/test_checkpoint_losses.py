"""Losses of checkpoints are those of the model with the checkpoint loaded, and those on the plane the plane's."""

import copy
import json
import os

import numpy as np
import pytest
import torch
from interruption import finished
from safetensors.torch import save_file

import landscape as ls
from landscape.trajectory.losses import checkpoint_losses
from landscape.trajectory.projection import project


@pytest.fixture
def runs(convnet):
    """Two runs of state dicts, running statistics included, each with other ones."""
    generator = torch.Generator().manual_seed(0)

    def step(state, size):
        return {
            n: t + size * torch.rand(t.shape, generator=generator).double() if t.is_floating_point() else t
            for n, t in state.items()
        }

    made = {}
    for run, length in (("slow", 4), ("fast", 3)):
        states = [{n: t.clone() for n, t in convnet.model.state_dict().items()}]
        while len(states) < length:
            states.append(step(states[-1], 0.05 if run == "slow" else 0.2))
        made[run] = states
    return made


def true_loss(case, state):
    model = copy.deepcopy(case.model)
    model.load_state_dict(state)
    return float(case.loss(model).detach())


def test_true_losses_use_the_checkpoint_and_those_on_the_plane_the_plane(convnet, runs, untouched):
    objective = convnet.objective()
    trajectory = project(runs, names=objective.parameters, origin=("slow", -1))
    with untouched(convnet.model):
        found = checkpoint_losses(objective, trajectory, runs)
    assert [*found] == ["slow", "fast"]
    for run, states in runs.items():
        data = found[run]
        assert data["loss"].values == pytest.approx([true_loss(convnet, state) for state in states], rel=1e-12)
        assert data["off_plane"].values == pytest.approx(trajectory.distances[run])
        assert np.stack([data["alpha"], data["beta"]], axis=1) == pytest.approx(trajectory.paths[run])
        assert data["finite"].all()
        assert data["evaluated"].all()
        assert (data["problem"] == "").all()
        for i in range(len(states)):
            alpha, beta = data["alpha"].values[i], data["beta"].values[i]
            plane = ls.plane(objective.at(trajectory.origin), trajectory.directions, [0, alpha], [0, beta])
            assert data["loss_on_plane"].values[i] == plane["loss"].values[1, 1]
    # The frozen statistics are not the checkpoints' own: even on the plane the two losses differ, unless asked to
    # agree.
    last = found["slow"].isel(checkpoint=-1)
    assert float(last["off_plane"]) < 1e-12
    assert abs(float(last["loss"] - last["loss_on_plane"])) > 1e-4
    same = checkpoint_losses(objective, trajectory, runs, buffers="objective")["slow"].isel(checkpoint=-1)
    assert float(same["loss"]) == float(same["loss_on_plane"])
    protocol = json.loads(found["slow"].attrs["protocol"])
    assert (protocol["buffers"], protocol["own_constants"]) == ("checkpoint's", 3)
    assert protocol["trajectory"]["runs"] == {"slow": 4, "fast": 3}


def test_metrics_come_in_the_same_pass_and_the_result_can_be_saved(convnet, runs, tmp_path):
    def error(model, batch):
        return (model(batch[0]).argmax(1) != batch[1]).double().mean()

    objective = convnet.objective(metrics={"error": error})
    trajectory = project(runs["slow"], names=objective.parameters)
    found = checkpoint_losses(objective, trajectory, runs["slow"], progress=True)["run"]
    assert found["error"][0] == objective.at(runs["slow"][0]).evaluate()["error"]
    assert 0 <= found["error_on_plane"][0] <= 1
    found.to_netcdf(tmp_path / "losses.nc")


def test_bad_checkpoints_are_named_and_the_others_evaluated(convnet, runs, tmp_path):
    objective = convnet.objective()
    paths = []
    for i, state in enumerate(runs["slow"] + runs["fast"]):
        if i == 2:
            state = state | {"0.weight": state["0.weight"] * torch.inf}
        if i == 3:
            del state["5.bias"]
        paths.append(tmp_path / f"{i}.safetensors")
        save_file(state, paths[-1])
    os.truncate(paths[4], 500)
    trajectory = project(paths, names=objective.parameters, on_bad="mask")
    assert sorted(trajectory.problems) == [2, 3, 4]
    data = checkpoint_losses(objective, trajectory, paths)["run"]
    assert np.isnan(data["alpha"]).values.tolist() == [False, False, True, True, True, False, False]
    assert data["finite"].values.tolist() == [True, True, False, False, False, True, True]
    assert data["evaluated"].values.tolist() == [True, True, True, False, False, True, True]
    assert np.isnan(data["loss"][2])
    for i, words in [(2, "non-finite"), (3, "lacks the trainable parameter '5.bias'"), (4, "is truncated")]:
        assert words in str(data["problem"].values[i])
        assert f"{i}.safetensors" in str(data["problem"].values[i])
    assert data.attrs["message"].startswith("3 of 7 checkpoints have problems")


def test_nothing_is_lost_on_ctrl_c(convnet, runs, untouched):
    objective = convnet.objective()
    trajectory = project(runs, names=objective.parameters)
    calls = []

    def interrupt(state):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return state

    lazily = {run: [lambda s=s: interrupt(s) for s in states] for run, states in runs.items()}
    with untouched(convnet.model):
        found = finished(checkpoint_losses, objective, trajectory, lazily)
    assert found["slow"]["evaluated"].values.tolist() == [True, True, True, False]
    assert not found["fast"]["evaluated"].any()
    assert found["slow"]["loss"][:3].values == pytest.approx([true_loss(convnet, s) for s in runs["slow"][:3]])
    assert np.isnan(found["slow"]["loss"][3])
    assert found["fast"].attrs["message"] == "Interrupted after 3 of 7 checkpoints; the others are NaN."


def test_what_does_not_belong_together_is_refused(convnet, mlp, runs):
    objective = convnet.objective()
    trajectory = project(runs, names=objective.parameters)
    for arguments, words in [
        ((objective, trajectory, runs["slow"]), r"runs \{'slow': 4, 'fast': 3\} and states has \{'run': 4\}"),
        ((mlp.objective(), trajectory, runs), "trajectory's origin does not have exactly"),
    ]:
        with pytest.raises(ValueError, match=words):
            checkpoint_losses(*arguments)
    with pytest.raises(ValueError, match="buffers is 'mine'"):
        checkpoint_losses(objective, trajectory, runs, buffers="mine")
