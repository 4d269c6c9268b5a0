"""Zenith's rule: what the norm contains, and the learning rate that comes of it."""

import math
from collections import deque

import numpy as np
import pytest
import torch
from tiny_regression import backward, flat, make_batch, make_model, set_gradient_norm, train
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from zenith.optimizer.zenith import Zenith

# --- the rule ---------------------------------------------------------------------------------------------------------


def test_literal_transcription_of_algorithm_1():
    window, eta0 = 30, 0.2
    model, oracle = make_model(), make_model()
    optimizer = Zenith(model.parameters(), lr=eta0, window=window)
    queue, zenith = deque(), 0.0
    decayed = 0
    for step in range(300):
        inputs, targets = make_batch(step)
        gradients = torch.autograd.grad(nn.functional.mse_loss(oracle(inputs), targets), tuple(oracle.parameters()))
        queue.append(math.sqrt(sum(float((g**2).sum()) for g in gradients)))
        if len(queue) > window:
            queue.popleft()
        eta = eta0
        if len(queue) == window:
            mu = sum(queue) / window
            zenith = max(zenith, mu)
            eta = eta0 if zenith == 0 else eta0 * mu / zenith
        with torch.no_grad():
            for p, g in zip(oracle.parameters(), gradients, strict=True):
                p -= eta * g
        backward(model, optimizer, step)
        optimizer.step()
        assert optimizer.effective_lr == pytest.approx(eta, rel=1e-11)
        assert optimizer.gradient_norm == pytest.approx(queue[-1], rel=1e-11)
        assert optimizer.zenith == pytest.approx(zenith, rel=1e-11)
        decayed += eta < eta0
    torch.testing.assert_close(flat(model), flat(oracle), rtol=1e-10, atol=1e-12)
    assert decayed > 200  # or the rule was never at work


SGD_SETTINGS = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "dampening": 0.5},
    {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-2},
    {"weight_decay": 1e-2, "maximize": True, "lr": 1e-3},
    {"momentum": 0.9, "foreach": True},
    {"momentum": 0.9, "weight_decay": 1e-2, "fused": True},
    {"lr": torch.tensor(0.05)},
]


@pytest.mark.parametrize("settings", SGD_SETTINGS, ids=str)
def test_fewer_steps_than_the_window_are_sgd_bit_for_bit(settings):
    ours, theirs = make_model(torch.float32), make_model(torch.float32)
    zenith = Zenith(ours.parameters(), window=41, **{"lr": 0.1, **settings})
    sgd = torch.optim.SGD(theirs.parameters(), **{"lr": 0.1, **settings})
    for step in range(40):
        backward(ours, zenith, step)
        backward(theirs, sgd, step)
        zenith.step()
        sgd.step()
        assert zenith.zenith == 0.0
        assert not zenith.warmed_up
    assert torch.equal(flat(ours), flat(theirs))


@pytest.mark.parametrize("settings", SGD_SETTINGS, ids=str)
def test_every_later_step_is_sgd_at_the_effective_lr(settings):
    ours, theirs = make_model(), make_model()
    zenith = Zenith(ours.parameters(), window=5, **{"lr": 0.1, **settings})
    sgd = torch.optim.SGD(theirs.parameters(), **{"lr": 0.1, **settings})
    for step in range(40):
        backward(ours, zenith, step)
        zenith.step()
        backward(theirs, sgd, step)
        sgd.param_groups[0]["lr"] = zenith.effective_lr
        sgd.step()
    torch.testing.assert_close(flat(ours), flat(theirs), rtol=1e-12, atol=0)
    assert zenith.effective_lr != settings.get("lr", 0.1)


def test_scalar_quadratic_with_window_one_decays_like_one_over_t():
    curvature, eta0, steps = 2.0, 0.1, 6000
    x = nn.Parameter(torch.tensor([3.0], dtype=torch.float64))
    optimizer = Zenith([x], lr=eta0, window=1)
    for _ in range(steps):
        x.grad = curvature * x.detach()
        optimizer.step()
    # eta_t t -> 1 / lambda and g_t -> Z / (eta0 lambda t), with corrections of order log(t) / t.
    assert optimizer.zenith == 6.0
    assert optimizer.effective_lr * steps == pytest.approx(1 / curvature, rel=5e-3)
    assert optimizer.gradient_norm == pytest.approx(optimizer.zenith / (eta0 * curvature * steps), rel=5e-3)


@pytest.mark.parametrize("sigma", [0.01, 0.1, 1.0])
def test_noise_floor_keeps_the_learning_rate_up(sigma):
    dimension, eta0, window = 100, 0.1, 50
    generator = torch.Generator().manual_seed(0)
    x = nn.Parameter(torch.ones(dimension, dtype=torch.float64))
    optimizer = Zenith([x], lr=eta0, window=window)
    late = []
    for step in range(6000):
        x.grad = x.detach() + sigma * torch.randn(dimension, dtype=torch.float64, generator=generator)
        optimizer.step()
        if step >= 5000:
            late.append(optimizer.effective_lr)
    # In the stationary state x_i has variance sigma^2 eta / (2 - eta), and ||g|| is a scaled chi variable.
    eta = float(np.mean(late))
    chi = math.sqrt(2) * math.exp(math.lgamma((dimension + 1) / 2) - math.lgamma(dimension / 2))
    noise_gradient = sigma * chi * math.sqrt(1 + eta / (2 - eta))
    assert eta / eta0 == pytest.approx(noise_gradient / optimizer.zenith, rel=0.02)


def test_one_spike_scales_the_learning_rate_for_good():
    x = nn.Parameter(torch.zeros(4, dtype=torch.float64))
    optimizer = Zenith([x], lr=0.1)
    for norm in [1.0] * 500 + [1000.0] + [1.0] * 500:
        set_gradient_norm(x, norm)
        optimizer.step()
    assert optimizer.effective_lr / 0.1 == pytest.approx(1 / (1 + 999 / 500), rel=1e-12)
    assert round(optimizer.factor, 4) == 0.3336


def test_learning_rate_returns_to_eta0_exactly_at_a_new_maximum():
    x = nn.Parameter(torch.zeros(4, dtype=torch.float64))
    optimizer = Zenith([x], lr=0.1, window=3)
    rates = []
    for norm in (3.0, 2.0, 1.0, 1.0, 1.0, 7.0, 11.0):
        set_gradient_norm(x, norm)
        optimizer.step()
        rates.append(optimizer.effective_lr)
    assert rates[:3] == [0.1] * 3
    assert all(rate < 0.1 for rate in rates[3:5])
    assert rates[5:] == [0.1] * 2


def test_loss_scale_leaves_the_learning_rates_unchanged():
    rates = []
    for scale in (1.0, 1000.0):
        x = nn.Parameter(torch.zeros(3, dtype=torch.float64))
        optimizer = Zenith([x], lr=0.1, window=4)
        run = []
        for step in range(40):
            x.grad = scale * torch.randn(3, dtype=torch.float64, generator=torch.Generator().manual_seed(step))
            optimizer.step()
            run.append(optimizer.effective_lr)
        rates.append(run)
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-12)
    assert all(0 <= rate <= 0.1 for rate in rates[0])
    assert min(rates[0]) < 0.1


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_non_finite_norm_is_not_recorded_and_the_step_is_sgds(bad):
    x, fine = (nn.Parameter(torch.zeros(2, dtype=torch.float64)) for _ in range(2))
    optimizer = Zenith([x, fine], lr=0.1, window=3)
    for norm in (4.0, 3.0, 2.0, 1.0):
        set_gradient_norm(x, norm)
        set_gradient_norm(fine, 0.0)
        optimizer.step()
    factor, zenith, norms, before = optimizer.factor, optimizer.zenith, optimizer.gauge.norms, fine.detach().clone()
    x.grad = torch.tensor([bad, 0.0], dtype=torch.float64)
    fine.grad = torch.ones_like(fine)
    optimizer.step()
    assert not math.isfinite(optimizer.gradient_norm)
    assert (optimizer.factor, optimizer.zenith, optimizer.gauge.norms) == (factor, zenith, norms)
    assert torch.equal(fine.detach(), before - 0.1 * factor)  # SGD would move it too
    assert not math.isfinite(x[0].item())
    set_gradient_norm(x, 2.0)
    set_gradient_norm(fine, 0.0)
    optimizer.step()
    assert optimizer.mean_gradient_norm == pytest.approx((2 + 1 + 2) / 3)


# --- what the norm contains -------------------------------------------------------------------------------------------


def test_norm_is_global_over_groups_and_before_weight_decay():
    a, b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(3))
    groups = [{"params": [a], "lr": 0.2, "weight_decay": 0.5}, {"params": [b]}]
    optimizer = Zenith(groups, lr=0.05, window=1)
    assert optimizer.effective_lrs == (0.2, 0.05)
    for scale in (2.0, 1.0):
        a.grad, b.grad = torch.full((2,), 3.0 * scale), torch.full((3,), -1.0 * scale)
        optimizer.step()
        assert optimizer.gradient_norm == pytest.approx(scale * math.sqrt(2 * 9 + 3), rel=1e-6)
    assert optimizer.effective_lrs == pytest.approx((0.1, 0.025), rel=1e-6)
    assert optimizer.effective_lr == optimizer.effective_lrs[0]
    assert [group["lr"] for group in optimizer.param_groups] == [0.2, 0.05]
    torch.testing.assert_close(b.detach(), torch.full((3,), 1 + 0.05 * 2 + 0.025))


def test_frozen_and_unused_parameters_are_skipped():
    model = make_model()
    model[0].weight.requires_grad_(False)
    unused = nn.Parameter(torch.ones(3, dtype=torch.float64))
    frozen = model[0].weight.clone()
    optimizer = Zenith([*model.parameters(), unused], window=3, momentum=0.9)
    train(model, optimizer, range(6))
    assert torch.equal(model[0].weight, frozen)
    assert torch.equal(unused.detach(), torch.ones(3, dtype=torch.float64))
    gradients = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    assert optimizer.gradient_norm == pytest.approx(gradients.norm().item(), rel=1e-14)


def test_step_without_any_gradient_records_nothing():
    optimizer = Zenith([nn.Parameter(torch.ones(2))], window=3)
    optimizer.step()
    assert math.isnan(optimizer.gradient_norm)
    assert optimizer.gauge.norms == ()


def test_half_precision_gradients_do_not_overflow_the_norm():
    x = nn.Parameter(torch.zeros(100, dtype=torch.float16))
    optimizer = Zenith([x], lr=1e-6, window=2)
    x.grad = torch.full_like(x, 2.0e4)
    optimizer.step()
    assert optimizer.gradient_norm == pytest.approx(2.0e5, rel=1e-3)


def test_sparse_gradients():
    torch.manual_seed(0)
    embedding = nn.Embedding(5, 2, sparse=True)
    optimizer = Zenith(embedding.parameters(), lr=0.1, window=2)
    before = embedding.weight.detach().clone()
    embedding(torch.tensor([1, 1, 3])).sum().backward()
    optimizer.step()
    assert optimizer.gradient_norm == pytest.approx(math.sqrt(2 * 2**2 + 2 * 1**2))  # row 1 was used twice
    change = torch.zeros(5, 2)
    change[1], change[3] = -0.2, -0.1
    torch.testing.assert_close(embedding.weight.detach() - before, change)


@pytest.mark.parametrize("fused", [True, False])
def test_grad_scaler_norm_is_unscaled_and_skipped_steps_are_not_recorded(fused):
    x = nn.Parameter(torch.tensor([3.0, 4.0]))
    optimizer = Zenith([x], lr=0.1, window=2, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
    for target in (1.0, math.inf, 1.0):
        before = x.detach().clone()
        optimizer.zero_grad()
        scaler.scale((x * x).sum() / 2 * target).backward()
        scaler.step(optimizer)
        scaler.update()
        if math.isinf(target):
            assert torch.equal(x.detach(), before)
    assert optimizer.gauge.norms == pytest.approx((5.0, 4.5))


# --- what the paper leaves open ---------------------------------------------------------------------------------------


def test_a_norm_per_group_is_an_optimizer_per_group():
    model, parts = make_model(), make_model()
    settings = {"window": 4, "per_group_norm": True, "weight_decay": 0.01}
    optimizer = Zenith(
        [{"params": model[0].parameters(), "lr": 0.2}, {"params": model[2].parameters()}], lr=0.1, **settings
    )
    alone = [
        Zenith(layer.parameters(), lr=lr, window=4, weight_decay=0.01)
        for layer, lr in ((parts[0], 0.2), (parts[2], 0.1))
    ]
    for step in range(30):
        backward(model, optimizer, step)
        optimizer.step()
        parts.zero_grad()
        inputs, targets = make_batch(step)
        nn.functional.mse_loss(parts(inputs), targets).backward()
        for one in alone:
            one.step()
        assert [gauge.norms for gauge in optimizer.gauges] == [one.gauge.norms for one in alone]
        assert optimizer.effective_lrs == (alone[0].effective_lr, alone[1].effective_lr)
    assert torch.equal(flat(model), flat(parts))
    assert alone[0].factor != alone[1].factor


def test_a_group_added_later_has_a_window_of_its_own():
    a, b = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    optimizer = Zenith([a], lr=0.1, window=2, per_group_norm=True)
    a.grad = torch.tensor([3.0])
    optimizer.step()
    optimizer.add_param_group({"params": [b]})
    a.grad, b.grad = torch.tensor([3.0]), torch.tensor([4.0])
    optimizer.step()
    assert [gauge.norms for gauge in optimizer.gauges] == [(3.0, 3.0), (4.0,)]
    assert [gauge.window for gauge in optimizer.gauges] == [2, 2]
    a.grad = None  # a group without a gradient records nothing
    optimizer.step()
    assert [gauge.norms for gauge in optimizer.gauges] == [(3.0, 3.0), (4.0, 4.0)]


@pytest.mark.parametrize("maximize", [False, True])
def test_the_norm_may_contain_the_l2_term(maximize):
    model = make_model()
    optimizer = Zenith(model.parameters(), window=3, l2_in_norm=True, weight_decay=0.3, maximize=maximize, lr=1e-3)
    sign = -1.0 if maximize else 1.0
    for step in range(8):
        backward(model, optimizer, step)
        terms = [sign * p.grad + 0.3 * p.detach() for p in model.parameters()]
        optimizer.step()
        assert optimizer.gradient_norm == pytest.approx(
            torch.cat([t.flatten() for t in terms]).norm().item(), rel=1e-12
        )


def test_the_l2_term_under_a_gradient_scaler_is_not_scaled():
    norms = []
    for scale in (1.0, 64.0):
        x = nn.Parameter(torch.tensor([3.0, 4.0]))
        optimizer = Zenith([x], lr=0.1, window=2, fused=True, l2_in_norm=True, weight_decay=0.5)
        scaler = torch.amp.GradScaler("cpu", init_scale=scale)
        for _ in range(2):
            optimizer.zero_grad()
            scaler.scale((x * x).sum() / 2).backward()
            scaler.step(optimizer)
            scaler.update()
        norms.append(optimizer.gauge.norms)
    assert norms[0] == pytest.approx((7.5, 7.5 * 0.85))
    assert norms[1] == pytest.approx(norms[0])


@pytest.mark.parametrize("settings", [{}, {"capturable": True}], ids=["host", "device"])
def test_hidden_step_with_the_l2_term_is_not_recorded(settings):
    from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict

    model = make_model()
    optimizer = Zenith(model.parameters(), window=4, l2_in_norm=True, weight_decay=0.1, **settings)
    get_optimizer_state_dict(model, optimizer)
    assert optimizer.gauge.norms == ()


# --- a norm that is handed in -----------------------------------------------------------------------------------------


def test_clipping_need_not_hide_the_norm():
    clipped, oracle = make_model(), make_model()
    optimizer, other = Zenith(clipped.parameters(), window=4), Zenith(oracle.parameters(), window=4)
    for step in range(15):
        backward(clipped, optimizer, step)
        raw = nn.utils.clip_grad_norm_(clipped.parameters(), 0.5)
        optimizer.step(grad_norm=raw if step % 2 else raw.item())
        assert optimizer.gradient_norm == raw.item()
        # The same by hand: the rule on the raw norm, SGD on the clipped gradient.
        backward(oracle, other, step)
        factor = other.gauge.update(nn.utils.clip_grad_norm_(oracle.parameters(), 0.5).item())
        with torch.no_grad():
            for p in oracle.parameters():
                p -= 0.1 * factor * p.grad
    torch.testing.assert_close(flat(clipped), flat(oracle), rtol=1e-12, atol=1e-14)
    assert max(optimizer.gauge.norms) > 0.5  # or nothing was clipped
    assert optimizer.factor < 1


class Norms(TorchDispatchMode):
    """Counts the norms that torch computes."""

    count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += "norm" in str(function)
        return function(*args, **(kwargs or {}))


def test_a_norm_that_is_handed_in_is_not_computed():
    x = nn.Parameter(torch.ones(2))
    optimizer = Zenith([x], window=3)
    x.grad = torch.ones(2)
    with Norms() as norms:
        optimizer.step(grad_norm=2.5)
        assert norms.count == 0
        optimizer.step()
        assert norms.count > 0
    assert optimizer.gauge.norms == (2.5, pytest.approx(2**0.5))


def test_norms_per_group_are_handed_in_as_a_list():
    a, b = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    optimizer = Zenith([{"params": [a]}, {"params": [b]}], window=2, per_group_norm=True)
    a.grad, b.grad = torch.ones(1), torch.ones(1)
    optimizer.step(grad_norm=[3.0, torch.tensor(5.0)])
    assert [gauge.norms for gauge in optimizer.gauges] == [(3.0,), (5.0,)]
    for wrong in (3.0, [1.0, 2.0, 3.0]):
        with pytest.raises(ValueError, match=r"grad_norm has \d norms for 2 to record"):
            optimizer.step(grad_norm=wrong)


@pytest.mark.parametrize(
    ("norm", "message"),
    [
        (-1.0, r"gradient norm -1\.0 is negative"),
        (torch.ones(3), r"grad_norm has shape \(3,\) where a number is expected"),
        ("1", r"grad_norm has a str where a number is expected"),
    ],
)
def test_what_is_no_norm_is_refused_before_the_step(norm, message):
    x = nn.Parameter(torch.ones(1))
    optimizer = Zenith([x])
    x.grad = torch.ones(1)
    with pytest.raises(ValueError, match=message):
        optimizer.step(grad_norm=norm)
    assert x.item() == 1.0
    optimizer.step(grad_norm=np.float32(2.0))
    assert optimizer.gradient_norm == 2.0


@pytest.mark.parametrize("fused", [True, False])
def test_a_handed_in_norm_of_a_skipped_step_is_not_recorded(fused):
    x = nn.Parameter(torch.tensor([3.0, 4.0]))
    optimizer = Zenith([x], lr=0.1, window=2, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    for target in (math.inf, 1.0):
        optimizer.zero_grad()
        scaler.scale((x * x).sum() / 2 * target).backward()
        scaler.step(optimizer, grad_norm=5.0)
        scaler.update()
    assert optimizer.gauge.norms == (5.0,)
