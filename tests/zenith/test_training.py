"""The training loop: paired, exact against a hand-written loop, honest about divergence."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from torch import nn

from zenith import methods
from zenith.optimizer.rule import Gauge
from zenith.optimizer.zenith import Zenith
from zenith.tasks import Data, Metric, Split, Task
from zenith.training.train import checkpoint_steps, initial_model, train

SAMPLES, FEATURES, CLASSES = 53, 6, 3


def make_task(dropout: float = 0.0) -> Task:
    def make_model() -> nn.Module:
        return nn.Sequential(
            nn.Linear(FEATURES, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(dropout), nn.Linear(8, CLASSES)
        )

    def load(_: object) -> Data:
        generator = torch.Generator().manual_seed(3)
        x = torch.randn(SAMPLES + 20, FEATURES, generator=generator)
        y = (x @ torch.randn(FEATURES, CLASSES, generator=generator)).argmax(1)
        return Data(Split((x[:SAMPLES], y[:SAMPLES])), Split((x[SAMPLES:], y[SAMPLES:])), "toy", "a linear rule")

    def loss(model: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    def accuracy(model: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        return (model(batch[0]).argmax(1) == batch[1]).float().mean()

    return Task("toy", make_model, data=load, loss=loss, metric=Metric("accuracy", "accuracy", "", True, accuracy))


def final_weights(run) -> torch.Tensor:
    return torch.cat([tensor.double().reshape(-1) for tensor in run.final.values()])


def test_runs_of_a_seed_are_paired_and_seeds_differ():
    task = make_task()
    runs = {name: train(task, name, 0, epochs=2, batch_size=8, window=3) for name in methods.names()}
    assert len({run.initial_weights for run in runs.values()}) == 1
    assert len({run.batch_order for run in runs.values()}) == 1
    first = [run.checkpoints[0] for run in runs.values()]
    assert all(torch.equal(first[0][name], other[name]) for other in first for name in first[0])
    # Equal first batch and equal weights mean an equal first loss and gradient, to the bit.
    assert len({(run.trace.steps["loss"][0], run.trace.steps["gradient_norm"][0]) for run in runs.values()}) == 1
    other_seed = train(task, "zenith", 1, epochs=2, batch_size=8, window=3)
    assert other_seed.initial_weights != runs["zenith"].initial_weights
    assert other_seed.batch_order != runs["zenith"].batch_order


def test_dropout_masks_are_paired_too():
    task = make_task(dropout=0.5)
    runs = [train(task, name, 0, epochs=1, batch_size=8, window=100) for name in ("zenith", "constant")]
    # During ZENITH's warm-up both are SGD at eta0: with the same masks they coincide to the bit.
    assert runs[0].trace.steps["loss"] == runs[1].trace.steps["loss"]


def test_a_rerun_is_bit_identical_and_leaves_the_global_generator_alone():
    task = make_task(dropout=0.2)
    torch.manual_seed(11)
    before = torch.get_rng_state()
    one = train(task, "zenith", 4, epochs=2, batch_size=8, window=4)
    assert torch.equal(torch.get_rng_state(), before)
    torch.randn(5)
    two = train(task, "zenith", 4, epochs=2, batch_size=8, window=4)
    assert torch.equal(final_weights(one), final_weights(two))
    assert one.trace.steps["loss"] == two.trace.steps["loss"]


def test_every_sample_is_seen_once_an_epoch_with_a_ragged_last_batch():
    seen: list[torch.Tensor] = []
    task = make_task()
    data = task.load(None)
    rows = torch.arange(SAMPLES).float()

    def record(index_of: torch.Tensor, x: torch.Tensor, y: torch.Tensor):
        seen.append(index_of)
        return x, y

    train_split = Split((rows, *data.train.fields), record)
    train(task, "constant", 0, data=dataclasses.replace(data, train=train_split), epochs=1, batch_size=8)
    batches = [piece for piece in seen if 2 < len(piece) <= 8]  # checks before training look at one or two samples
    assert sorted(torch.cat(batches).tolist()) == list(range(SAMPLES))
    assert len(batches[-1]) == SAMPLES % 8


def test_matches_a_hand_written_loop():
    task = make_task()
    run = train(task, "step", 2, epochs=3, batch_size=10, settings={"lr": 0.05})
    data, model = task.load(None), initial_model(task, 2).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    total = 3 * math.ceil(SAMPLES / 10)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [math.ceil(total * 0.5), math.ceil(total * 0.75)], 0.1)
    from zenith.training.seeds import stream_seed

    generator = torch.Generator().manual_seed(stream_seed(2, "batches"))
    step = 0
    for _ in range(3):
        for index in torch.randperm(SAMPLES, generator=generator).split(10):
            loss = task.loss(model, data.train.batch(index))
            optimizer.zero_grad()
            loss.backward()
            norm = torch.sqrt(sum((p.grad.double() ** 2).sum() for p in model.parameters()))
            before = torch.cat([p.detach().double().reshape(-1) for p in model.parameters()])
            lr = optimizer.param_groups[0]["lr"]
            optimizer.step()
            after = torch.cat([p.detach().double().reshape(-1) for p in model.parameters()])
            scheduler.step()
            assert run.trace.steps["loss"][step] == loss.item()
            assert run.trace.steps["lr"][step] == lr
            assert run.trace.steps["gradient_norm"][step] == pytest.approx(norm.item(), rel=1e-6)
            assert run.trace.steps["update_norm"][step] == pytest.approx((after - before).norm().item(), rel=1e-5)
            step += 1
    assert step == run.total_steps == len(run.trace.steps["loss"])
    assert all(torch.equal(tensor, run.final[name]) for name, tensor in model.state_dict().items())


def test_trace_carries_the_zenith_rule():
    window = 5
    run = train(make_task(), "zenith", 0, epochs=4, batch_size=8, window=window, settings={"lr": 0.2})
    norms, lrs = run.trace.step_array("gradient_norm"), run.trace.step_array("lr")
    mu, zenith = run.trace.step_array("mean_gradient_norm"), run.trace.step_array("zenith")
    assert np.isnan(mu[: window - 1]).all()
    assert np.isnan(zenith[: window - 1]).all()
    means = np.array([norms[i - window + 1 : i + 1].mean() for i in range(window - 1, len(norms))])
    np.testing.assert_allclose(mu[window - 1 :], means, rtol=1e-12)
    np.testing.assert_allclose(zenith[window - 1 :], np.maximum.accumulate(means), rtol=1e-12)
    np.testing.assert_allclose(lrs[: window - 1], 0.2, rtol=0)
    # Zenith takes its norm from the same gradients inside its step.
    np.testing.assert_allclose(lrs[window - 1 :], 0.2 * means / np.maximum.accumulate(means), rtol=1e-6)


def test_shadow_gauge_uses_the_studys_window_for_every_method():
    run = train(make_task(), "cosine", 0, epochs=2, batch_size=8, window=3)
    assert run.window == 3
    assert np.isfinite(run.trace.step_array("zenith")[2:]).all()
    assert train(make_task(), "zenith", 0, epochs=1, batch_size=8, window=3).settings["window"] == 3
    assert train(make_task(), "zenith", 0, epochs=1, window=3, settings={"window": 7}).settings["window"] == 7


@pytest.mark.parametrize("method", ["zenith", "zenith-adamw", "cosine"])
def test_a_gradient_norm_enters_one_window(method, replace):
    """The recorded mu and Z are the optimizer's own where it follows the rule, not those of a second window."""
    recorded = []

    class Recording(Gauge):
        def update(self, norm):
            recorded.append(norm)
            return super().update(norm)

    replace("Gauge", Recording, "zenith")
    run = train(make_task(), method, 0, epochs=2, batch_size=8, window=3)
    assert recorded == run.trace.steps["gradient_norm"]
    assert np.isfinite(run.trace.step_array("mean_gradient_norm")[2:]).all()


def test_evaluations_are_exact_means_over_the_whole_split():
    task, run = make_task(), train(make_task(), "constant", 0, epochs=2, batch_size=8)
    model = initial_model(task, 0)
    model.load_state_dict(run.final)
    model.eval()
    data = task.load(None)
    with torch.no_grad():
        for name, split in (("train", data.train), ("test", data.test)):
            assert run.trace.epochs[f"{name}_loss"][-1] == pytest.approx(
                task.loss(model, split.fields).item(), rel=1e-6
            )
            accuracy = task.metric.compute(model, split.fields).item()
            assert run.trace.epochs[f"{name}_metric"][-1] == pytest.approx(accuracy, rel=1e-6)
    assert run.trace.epoch_steps == [0, 7, 14]


def test_divergence_is_recorded_and_everything_before_it_kept():
    run = train(make_task(), "constant", 0, epochs=30, batch_size=8, settings={"lr": 1e30})
    assert run.status == "diverged"
    assert run.diverged_at is not None
    assert len(run.trace.steps["loss"]) <= run.diverged_at + 1
    assert np.isfinite(run.trace.step_array("loss")).all()
    assert 0 in run.checkpoints


def test_checkpoints_are_denser_early_and_end_at_the_end():
    assert checkpoint_steps(100, 10) == (0, 1, 4, 9, 16, 25, 36, 49, 64, 81, 100)
    assert checkpoint_steps(3, 10) == (0, 1, 2, 3)
    run = train(make_task(), "zenith", 0, epochs=2, batch_size=8, checkpoints=4, window=3)
    assert tuple(run.checkpoints) == checkpoint_steps(run.total_steps, 4)
    streamed: dict[int, object] = {}
    train(make_task(), "zenith", 0, epochs=2, batch_size=8, checkpoints=4, window=3, on_checkpoint=streamed.__setitem__)
    assert streamed.keys() == run.checkpoints.keys()


def test_a_run_whose_checkpoints_were_streamed_says_so():
    run = train(make_task(), "zenith", 0, epochs=1, window=3, on_checkpoint=lambda step, state: None)
    with pytest.raises(ValueError, match="went to on_checkpoint"):
        _ = run.final


def test_progress_callback_sees_every_step():
    seen = []
    run = train(make_task(), "zenith", 0, epochs=1, batch_size=8, window=3, on_step=lambda *args: seen.append(args))
    assert [step for step, *_ in seen] == list(range(1, run.total_steps + 1))
    assert [loss for _, _, loss, _ in seen] == run.trace.steps["loss"]


def _broken(**changes) -> Task:
    return make_task().replace(**changes)


def frozen_model() -> nn.Module:
    return nn.Linear(FEATURES, CLASSES).requires_grad_(False)


@pytest.mark.parametrize(
    ("task", "keywords", "words"),
    [
        (make_task(), {"epochs": 0}, ["epochs", "0", "at least 1"]),
        (make_task(), {"batch_size": -3}, ["batch_size", "-3"]),
        (make_task(), {"window": 0}, ["window", "0"]),
        (make_task(), {"window": 2.5}, ["window", "2.5"]),
        (make_task(), {"settings": {"lr": 0.0}}, ["0.0", "lr"]),
        (make_task(), {"settings": {"lr": -1.0}}, ["-1.0", "lr"]),
        (make_task(), {"settings": {"lr": 0.0}, "method": "constant"}, ["0.0", "lr", "constant"]),
        (make_task(), {"settings": {"lr": "a"}, "method": "adamw"}, ["'a'", "lr", "adamw"]),
        (make_task(), {"settings": {"momentum": "0.9"}}, ["momentum='0.9'", "zenith", "not a number"]),
        (make_task(), {"settings": {"weight_decay": True}, "method": "adamw"}, ["weight_decay=True", "not a number"]),
        (make_task(), {"settings": {"nesterov": "false"}}, ["nesterov='false'", "not true or false"]),
        (make_task(), {"settings": {"gamma": "x"}, "method": "step"}, ["gamma='x'", "step"]),
        (make_task(), {"settings": ["lr"]}, ["settings=['lr']", "{'lr': 0.1}"]),
        (make_task(), {"options": ["amp"]}, ["options=['amp']", "{'amp': 'bf16'}"]),
        (make_task(), {"device": "gpu"}, ["device='gpu'", "give 'cpu'"]),
        (make_task(), {"device": "cuda:99"}, ["device='cuda:99'", "give 'cpu'"]),
        (make_task(), {"seed": -1}, ["seed", "-1"]),
        (make_task(), {"seed": 1.0}, ["seed", "1.0"]),
        (None, {}, ["task=None", "zenith.tasks.names()"]),
        (make_task(), {"method": torch.optim.SGD}, ["a method is called by its name", "cosine"]),
        (make_task(), {"settings": {"momentun": 0.9}}, ["momentun", "momentum"]),
        (make_task(), {"method": "zenit"}, ["zenit", "did you mean 'zenith'"]),
        ("digit", {}, ["digit", "did you mean 'digits'"]),
        (_broken(model=frozen_model), {}, ["no trainable parameters", "requires_grad"]),
        (_broken(loss=lambda model, batch: model(batch[0]).sum(1)), {}, ["scalar", "(2,)", "average"]),
        (_broken(loss=lambda model, batch: 1.0), {}, ["scalar", "float"]),
    ],
)
def test_bad_input_is_one_clear_sentence_before_any_step(task, keywords, words):
    steps = []
    with pytest.raises(ValueError, match=r".") as caught:
        train(task, keywords.pop("method", "zenith"), **keywords, on_step=lambda *args: steps.append(args))
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert not steps


def test_numpys_integers_are_integers(tmp_path):
    budget = {"epochs": np.int64(1), "batch_size": np.int32(8), "window": np.int64(3), "checkpoints": np.int64(2)}
    run = train(
        make_task(), "zenith", np.int64(2), **budget, device="cpu", resume=tmp_path / "run.pt", save_every=np.int64(2)
    )
    plain = {name: int(value) for name, value in budget.items()}
    assert run.trace.steps["loss"] == train(make_task(), "zenith", 2, **plain, device="cpu").trace.steps["loss"]
    assert type(run.seed) is int


def test_applied_lr_reads_what_was_applied():
    weight = torch.ones(2, requires_grad=True)
    optimizer = Zenith([weight], lr=0.5, window=1)
    for gradient in (4.0, 1.0):
        weight.grad = torch.tensor([gradient, 0.0])
        optimizer.step()
    assert methods.applied_lr(optimizer) == pytest.approx(0.125)
    assert optimizer.param_groups[0]["lr"] == 0.5


@pytest.mark.usefixtures("hasty_clock")
@pytest.mark.parametrize("method", ["zenith", "adamw", "lqa"])
def test_whoever_watches_sees_the_record_grow_and_changes_nothing(method):
    budget = {"epochs": 3, "batch_size": 8, "window": 3, "checkpoints": 4}
    plain = train(make_task(), method, 0, **budget)
    seen = []

    def watch(trace, checkpoints, status):
        seen.append(({name: list(row) for name, row in trace.steps.items()}, sorted(checkpoints), status))

    watched = train(make_task(), method, 0, **budget, on_progress=watch)
    assert torch.equal(final_weights(plain), final_weights(watched))
    same = [name for name in plain.trace.steps if name != "seconds"]
    np.testing.assert_array_equal([plain.trace.steps[n] for n in same], [watched.trace.steps[n] for n in same])
    assert [len(steps["loss"]) for steps, _, _ in seen] == [*range(1, plain.total_steps + 1), plain.total_steps]
    assert [status for _, _, status in seen] == ["running"] * plain.total_steps + ["finished"]
    steps, kept, _ = seen[-1]
    assert kept == sorted(watched.checkpoints)
    np.testing.assert_array_equal([steps[n] for n in same], [plain.trace.steps[n] for n in same])


def test_whoever_watches_is_told_of_divergence():
    calls = []
    run = train(
        make_task(),
        "constant",
        0,
        epochs=3,
        batch_size=8,
        settings={"lr": 1e30},
        on_progress=lambda *a: calls.append(a[2]),
    )
    assert run.status == "diverged"
    assert calls[-1] == "diverged"
