"""What a training records at its checkpoints: kept through interruptions, without a trace in the numbers."""

import pytest
import torch
from test_training import make_task

from zenith.training.train import train

REST = {"batch_size": 8, "window": 3, "checkpoints": 3, "device": "cpu", "epochs": 2}


def second_moments(step, model, optimizer):
    assert not torch.is_grad_enabled()
    state = [optimizer.state[p].get("exp_avg_sq") for p in model.parameters()]
    return {"step": step, "v": [None if each is None else each.clone() for each in state]}


class StopError(Exception):
    pass


def test_what_is_recorded_is_kept_at_every_checkpoint_and_changes_nothing():
    plain, run = train(make_task(), "adam", **REST), train(make_task(), "adam", record=second_moments, **REST)
    assert plain.recorded == {}
    assert list(run.recorded) == list(run.checkpoints)
    assert [each["step"] for each in run.recorded.values()] == list(run.checkpoints)
    assert run.recorded[0]["v"] == [None] * len(run.recorded[0]["v"])
    torch.testing.assert_close(run.final, plain.final, rtol=0, atol=0, equal_nan=True)
    assert run.trace.steps["loss"] == plain.trace.steps["loss"]


def test_an_interrupted_run_keeps_what_was_recorded_before(tmp_path):
    whole = train(make_task(), "adam", record=second_moments, **REST)
    at = sorted(whole.checkpoints)[2] + 1

    def stop(step, *_):
        if step == at:
            raise StopError

    keys = {"record": second_moments, "resume": tmp_path / "run", "save_every": 1, **REST}
    with pytest.raises(StopError):
        train(make_task(), "adam", on_step=stop, **keys)
    torch.load(tmp_path / "run", weights_only=True)
    again = train(make_task(), "adam", **keys)
    assert list(again.recorded) == list(whole.recorded)
    for step, each in whole.recorded.items():
        for mine, theirs in zip(again.recorded[step]["v"], each["v"], strict=True):
            assert (mine is None and theirs is None) or torch.equal(mine, theirs)


def test_a_file_from_before_anything_was_recorded_is_continued(tmp_path):
    def stop(step, *_):
        if step == 3:
            raise StopError

    keys = {"resume": tmp_path / "run", "save_every": 1, **REST}
    with pytest.raises(StopError):
        train(make_task(), "adam", on_step=stop, **keys)
    held = torch.load(tmp_path / "run", weights_only=True)
    del held["state"]["recorded"]
    torch.save(held, tmp_path / "run")
    run = train(make_task(), "adam", record=second_moments, **keys)
    assert 0 not in run.recorded
    assert max(run.recorded) == run.total_steps
