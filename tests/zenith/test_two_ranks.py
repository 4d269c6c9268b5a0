"""ZENITH under DDP and FSDP2, and the training loop spread over ranks: the numbers of one process, in float64."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from two_ranks_script import (
    BATCH,
    CLIPPED,
    PATIENCE,
    SETTINGS,
    STEPS,
    TASKS,
    TRAINED,
    batch,
    descend,
    groups,
    make_optimizer,
    net,
    record,
    task,
    trained,
)

from zenith import Zenith, ZenithLR
from zenith.training.train import train

SCRIPT = Path(__file__).with_name("two_ranks_script.py")
ALL = slice(0, BATCH)


@pytest.fixture(scope="module")
def ranks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    # As torchrun starts them, but with a file to meet at: nothing here waits for a name server or a port.
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": loopback, "WORLD_SIZE": "2"}
    command = [sys.executable, str(SCRIPT), str(folder)]
    logs = [folder / f"rank-{rank}.log" for rank in range(2)]
    started = []
    for rank, log in enumerate(logs):
        with log.open("w") as file:
            started.append(subprocess.Popen(command, env=environment | {"RANK": str(rank)}, stdout=file, stderr=file))
    try:
        codes = [process.wait(timeout=PATIENCE + 20) for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert codes == [0, 0], "\n\n".join(f"{log.name}:\n{log.read_text()[-3000:]}" for log in logs)
    return [torch.load(folder / f"rank-{rank}.pt", weights_only=True) for rank in range(2)]


def agree(found, expected):
    assert found["weights"].keys() == expected["weights"].keys()
    for name, value in expected["weights"].items():
        torch.testing.assert_close(found["weights"][name], value, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(found["lrs"], expected["lrs"], rtol=1e-11)
    np.testing.assert_allclose(found["norms"], expected["norms"], rtol=1e-11)
    assert found["zenith"] == pytest.approx(expected["zenith"], rel=1e-11)


def alone(**settings):
    model = net()
    optimizer = make_optimizer(model, **settings)
    descend(model, optimizer, ALL)
    assert optimizer.factor < 0.9  # or the rule was never at work
    return record(model, optimizer)


def test_ddp_is_one_process(ranks):
    for found in ranks:
        agree(found["ddp"], alone(momentum=0.9))


def test_gradient_accumulation_under_ddp_is_one_process(ranks):
    for found in ranks:
        agree(found["accumulated"], alone())


@pytest.mark.parametrize("name", SETTINGS)
def test_the_norm_of_sharded_parameters_is_global(ranks, name):
    for found in ranks:
        agree(found[f"fsdp {name}"], alone(**SETTINGS[name]))


def test_a_sharded_norm_may_be_handed_in(ranks):
    model = net()
    optimizer = make_optimizer(model)
    for step in range(STEPS):
        x, y = batch(step)
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x), y).backward()
        optimizer.step(grad_norm=torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5))
    assert max(optimizer.gauge.norms) > 0.5  # or nothing was clipped
    for found in ranks:
        # clip_grad_norm_ sums the squares of sharded gradients in another order, and adds 1e-6.
        agree(found["clipped"], record(model, optimizer))


def test_zenith_lr_on_sharded_parameters_is_one_process(ranks):
    model = net()
    adamw = torch.optim.AdamW(groups(model), lr=0.01)
    driver = ZenithLR(adamw, window=6)
    descend(model, adamw, ALL)
    for found in ranks:
        agree(found["adamw"], record(model, driver))


def test_resume_through_the_distributed_checkpoint_api(ranks):
    for found in ranks:
        agree(found["resumed"], alone(momentum=0.9))


def test_fused_refuses_sharded_parameters(ranks):
    for found in ranks:
        assert "fused=True has no implementation for sharded parameters" in found["fused"]


def test_an_optimizer_of_a_part_takes_the_norm_of_the_whole(ranks):
    model = net()
    model.unused.requires_grad_(False)
    optimizer = Zenith([p for p in model.parameters() if p.requires_grad], lr=0.1, window=6)
    descend(model, optimizer, ALL)
    for found in ranks:
        agree(found["zero"], record(model, optimizer))


def test_ctrl_c_on_one_rank_stops_all(ranks):
    assert [found["stopped"] for found in ranks] == [True, True]


def test_a_budget_of_seconds_is_the_same_steps_on_all_ranks(ranks):
    one, other = (both["timed"] for both in ranks)
    assert one["budget"] == other["budget"]
    assert one["steps"] == other["steps"] == int(0.3 / one["budget"]["seconds_per_step"])
    plain = train(task(), "cosine", 0, steps=one["steps"], batch_size=12, window=4, device="cpu")
    for found in (one, other):
        assert found["lrs"] == plain.trace.steps["lr"]
        for weight, value in plain.final.items():
            torch.testing.assert_close(found["final"][weight], value, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("name", [*TRAINED, *TASKS, "clipped", "stopped"])
def test_training_on_two_ranks_is_training_on_one(ranks, name):
    method, options = {"clipped": ("zenith", CLIPPED), "stopped": ("zenith", {})}.get(name, (name, {}))
    expected = trained(method, options)
    for found in (both[f"train {name}"] for both in ranks):
        assert found["paired"] == expected["paired"]
        assert found["options"] == {**expected["options"], "data_parallel": True, "ranks": 2}
        for part in ("steps", "epochs"):
            for column, numbers in expected[part].items():
                np.testing.assert_allclose(found[part][column], numbers, rtol=1e-8, err_msg=column)
        for weight, value in expected["final"].items():
            torch.testing.assert_close(found["final"][weight], value, rtol=1e-8, atol=1e-11)
