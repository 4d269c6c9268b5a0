"""How a step is computed may change; what it computes may not, but for the rounding that was asked for."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from test_training import FEATURES, final_weights, make_task
from torch import nn

from zenith import methods
from zenith.training.options import LoopOptions
from zenith.training.train import initial_model, train

BUDGET = {"epochs": 2, "batch_size": 8, "window": 3, "device": "cpu"}


def double_task():
    """Without batch norm, which sees the pieces of a batch one by one, and in float64."""
    task = make_task()
    data = task.load(None)

    def double(split):
        return dataclasses.replace(split, fields=(split.fields[0].double(), split.fields[1]))

    data = dataclasses.replace(data, train=double(data.train), test=double(data.test))
    return task.replace(
        data=lambda _: data,
        model=lambda: nn.Sequential(nn.Linear(FEATURES, 8), nn.Tanh(), nn.Linear(8, 3)).double(),
    )


@pytest.mark.parametrize("method", ["zenith", "adamw", "pal", "sps", "sam"])
def test_accumulated_pieces_are_the_batch(method):
    whole = train(double_task(), method, 0, **BUDGET)
    pieces = train(double_task(), method, 0, **BUDGET, options={"accumulate": 3})
    assert pieces.batch_order == whole.batch_order
    assert pieces.options == {"accumulate": 3}
    for name in ("loss", "gradient_norm", "lr", "update_norm"):
        np.testing.assert_allclose(pieces.trace.steps[name], whole.trace.steps[name], rtol=1e-8, err_msg=name)
    torch.testing.assert_close(final_weights(pieces), final_weights(whole), rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("method", ["zenith", "constant"])
def test_clipping_is_torchs_and_the_norm_recorded_is_the_one_before(method):
    task, clip = double_task(), 0.4
    run = train(task, method, 0, **BUDGET, settings={"lr": 0.3}, options={"clip_norm": clip})
    norms, lrs = run.trace.step_array("gradient_norm"), run.trace.step_array("lr")
    expected = lrs * norms * np.minimum(1, clip / (norms + 1e-6))
    np.testing.assert_allclose(run.trace.steps["update_norm"], expected, rtol=1e-9)
    assert (norms > clip).any()
    if method == "zenith":
        mu, zenith = run.trace.step_array("mean_gradient_norm"), run.trace.step_array("zenith")
        np.testing.assert_allclose(lrs[2:], 0.3 * mu[2:] / zenith[2:], rtol=1e-12)


def test_zenith_on_adamw_sees_the_norm_before_clipping():
    run = train(double_task(), "zenith-adamw", 0, **BUDGET, options={"clip_norm": 0.05})
    mu, zenith = run.trace.step_array("mean_gradient_norm"), run.trace.step_array("zenith")
    np.testing.assert_allclose(run.trace.step_array("lr")[2:], 1e-3 * mu[2:] / zenith[2:], rtol=1e-12)
    assert (mu[2:] < zenith[2:]).any()


@pytest.mark.parametrize("method", ["pal", "sps", "ali-g", "l4"])
def test_clipping_is_refused_where_loss_and_gradient_make_the_step(method):
    with pytest.raises(ValueError, match=f"method '{method}' makes its step of the loss and the gradient together"):
        train(make_task(), method, 0, **BUDGET, options={"clip_norm": 1.0})


def test_the_update_norm_may_be_measured_now_and_then():
    every = train(make_task(), "zenith", 0, **BUDGET)
    some = train(make_task(), "zenith", 0, **BUDGET, options={"update_norm_every": 4})
    assert torch.equal(final_weights(every), final_weights(some))
    measured = np.arange(every.total_steps) % 4 == 0
    found, expected = some.trace.step_array("update_norm"), every.trace.step_array("update_norm")
    assert np.array_equal(found[measured], expected[measured])
    assert np.isnan(found[~measured]).all()


@pytest.mark.parametrize(
    ("every", "expected"),
    [  # of three epochs of seven steps, of which the run has two less
        (None, [0, 7, 14, 19]),
        (3, [0, 3, 6, 7, 10, 13, 14, 17, 19]),
        (7, [0, 7, 14, 19]),
        (8, [0, 14, 19]),
        (100, [0, 19]),
    ],
)
def test_losses_and_metrics_are_evaluated_within_epochs_or_after_several(every, expected):
    data = make_task().load(None)
    few = dataclasses.replace(data, train=data.train.select(torch.arange(52)))
    budget = {"steps": 19, "batch_size": 8, "window": 3, "device": "cpu"}
    plain = train(make_task(), "zenith", 0, data=few, **budget)
    options = {"evaluate_every": every} if every else {}
    run = train(make_task(), "zenith", 0, data=few, **budget, options=options)
    assert run.trace.epoch_steps == expected
    assert torch.equal(final_weights(run), final_weights(plain))
    assert run.trace.epochs["test_loss"][-1] == plain.trace.epochs["test_loss"][-1]


@pytest.mark.parametrize("amp", ["bf16", "fp16"])
def test_mixed_precision_computes_in_it_and_ends_nearby(amp):
    seen = set()
    task = make_task()

    def loss(model, batch, inner=task.loss):
        if model.training:
            seen.add(model[0](batch[0]).dtype)
        return inner(model, batch)

    exact = train(make_task(), "zenith", 0, **BUDGET)
    run = train(task.replace(loss=loss), "zenith", 0, **BUDGET, options={"amp": amp})
    assert seen == {torch.bfloat16 if amp == "bf16" else torch.float16}
    assert run.options == {"amp": amp}
    assert run.trace.steps["loss"][0] == pytest.approx(exact.trace.steps["loss"][0], rel=0.05)
    assert run.trace.epochs["train_loss"][-1] == pytest.approx(exact.trace.epochs["train_loss"][-1], rel=0.1)
    assert all(tensor.dtype in (torch.float32, torch.int64) for tensor in run.final.values())


@pytest.mark.parametrize("method", ["zenith", "cosine", "sps"])
def test_a_step_that_overflows_in_half_precision_is_left_out(method):
    task = make_task()
    # Times 65536, where the scale starts, its gradient is beyond half precision.
    task = task.replace(loss=lambda model, batch, inner=task.loss: 20 * inner(model, batch))
    run = train(task, method, 0, **BUDGET, options={"amp": "fp16"})
    norms, lrs, moved = (run.trace.step_array(name) for name in ("gradient_norm", "lr", "update_norm"))
    left_out = ~np.isfinite(norms)
    assert left_out[0]
    assert not left_out.all()
    assert run.status == "finished"
    assert (lrs[left_out] == 0).all()
    assert (moved[left_out] == 0).all()
    assert (lrs[~left_out] > 0).all()
    assert len(norms) == run.total_steps


def test_channels_last_changes_the_order_in_memory_alone():
    from zenith import tasks

    formats = []
    task = tasks.get("digits")

    def loss(model, batch, inner=task.loss):
        if model.training:
            formats.append((batch[0].is_contiguous(memory_format=torch.channels_last), model[2].weight.stride(1)))
        return inner(model, batch)

    small = {"epochs": 1, "batch_size": 128, "window": 3, "device": "cpu"}
    plain = train(task, "zenith", 0, **small)
    run = train(task.replace(loss=loss), "zenith", 0, **small, options={"channels_last": True})
    assert set(formats) == {(True, 1)}
    assert run.initial_weights == plain.initial_weights
    assert all(tensor.is_contiguous() for tensor in run.final.values())
    np.testing.assert_allclose(run.trace.steps["loss"], plain.trace.steps["loss"], rtol=1e-4)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # of torch's own imports
def test_compiled_models_train_alike_and_keep_their_names():
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    plain = train(make_task(), "zenith", 0, **BUDGET)
    run = train(make_task(), "zenith", 0, **BUDGET, options={"compile": "eager"})
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] >= 1
    assert run.final.keys() == plain.final.keys()
    torch.testing.assert_close(final_weights(run), final_weights(plain), rtol=1e-4, atol=1e-6)
    torch._dynamo.reset()


def test_averaging_methods_are_evaluated_and_kept_at_their_average():
    task = make_task()
    run = train(task, "dog", 0, **BUDGET, settings={"reps_rel": 0.1})
    assert run.evaluated_at == methods.get("dog").averaging == "polynomial decay"
    assert train(task, "constant", 0, **BUDGET).evaluated_at == "weights"
    data, model = task.load(None), initial_model(task, 0)
    model.load_state_dict(run.final)
    model.eval()
    with torch.no_grad():
        loss = task.loss(model, data.train.fields).item()
    assert run.trace.epochs["train_loss"][-1] == pytest.approx(loss, rel=1e-6)
    # Batch-norm statistics are those of the average: one batch holds the whole training set.
    hidden = data.train.fields[0] @ run.final["0.weight"].T + run.final["0.bias"]
    torch.testing.assert_close(run.final["1.running_mean"], hidden.mean(0), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(run.final["1.running_var"], hidden.var(0), rtol=1e-4, atol=1e-5)


def test_sam_leaves_batch_norm_statistics_and_masks_to_the_first_pass():
    seen = []
    task = make_task(dropout=0.5)

    def loss(model, batch, inner=task.loss):
        result = inner(model, batch)
        if model.training:
            seen.append((model[1].num_batches_tracked.item(), torch.get_rng_state().sum().item()))
        return result

    run = train(task.replace(loss=loss), "sam", 0, **BUDGET)
    assert len(seen) == 2 * run.total_steps
    first, second = seen[::2], seen[1::2]
    assert [count for count, _ in first] == list(range(1, run.total_steps + 1))
    # The second pass ends at the same random state; its own count is put back.
    assert [state for _, state in first] == [state for _, state in second]
    assert run.final["1.num_batches_tracked"].item() == run.total_steps


@pytest.mark.parametrize("method", ["sam", "pal", "constant"])
def test_divergence_is_recorded_whatever_the_method_needs(method):
    task = make_task()
    calls = []

    def loss(model, batch, inner=task.loss):
        calls.append(model.training)
        result = inner(model, batch)
        return result * math.nan if sum(calls) > 10 else result

    run = train(task.replace(loss=loss), method, 0, **BUDGET)
    assert run.status == "diverged"
    assert run.diverged_at == len(run.trace.steps["loss"])
    assert np.isfinite(run.trace.step_array("loss")).all()
    assert all(torch.isfinite(tensor).all() for tensor in run.final.values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"amp": "half"}, "amp='half' is no precision: give one of off, bf16, fp16"),
        ({"accumulate": 0}, "accumulate must be a whole number of at least 1, got 0"),
        ({"accumulate": True}, "accumulate must be a whole number"),
        ({"update_norm_every": 0}, "update_norm_every must be a whole number"),
        ({"evaluate_every": 0}, "evaluate_every must be a whole number of at least 1, got 0"),
        ({"clip_norm": 0.0}, "clip_norm must be a positive finite number, or left out, got 0.0"),
        ({"clip_norm": math.inf}, "clip_norm must be a positive finite number"),
        ({"channels_last": 1}, "channels_last must be true or false"),
        ({"compile": 3}, "compile must be true, false or the name of a backend"),
        ({"acumulate": 2}, "did you mean 'accumulate'"),
        ({"data_parallel": True}, "start it with torchrun"),
    ],
)
def test_bad_options_are_refused_before_any_step(options, message):
    steps = []
    with pytest.raises(ValueError, match=message) as caught:
        train(make_task(), "zenith", 0, **BUDGET, options=options, on_step=lambda *a: steps.append(a))
    assert "\n" not in str(caught.value)
    assert not steps


def test_half_precision_is_refused_where_the_loss_cannot_be_scaled():
    with pytest.raises(ValueError, match=r"method 'sam' .* use amp='bf16'"):
        train(make_task(), "sam", 0, **BUDGET, options={"amp": "fp16"})


def test_only_what_differs_from_the_default_enters_an_identity():
    assert LoopOptions().changed() == {}
    assert LoopOptions.of({"amp": "off", "clip_norm": 2.0}).changed() == {"clip_norm": 2.0}
    assert LoopOptions.of(None) == LoopOptions()
    assert train(make_task(), "zenith", 0, **BUDGET).options == {}


def test_numpys_integers_are_kept_as_pythons():
    changed = LoopOptions(accumulate=np.int64(2)).changed()
    assert changed == {"accumulate": 2}
    assert type(changed["accumulate"]) is int
