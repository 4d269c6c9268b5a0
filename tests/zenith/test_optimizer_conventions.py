"""Zenith and ZenithLR keep the conventions of torch.optim."""

import copy
import io
import math
import pickle
from collections import deque

import numpy as np
import pytest
import torch
from tiny_regression import backward, flat, make_batch, make_model, train
from torch import nn
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
)
from torch.optim.swa_utils import SWALR

from zenith.optimizer.zenith import Zenith
from zenith.optimizer.zenith_lr import ZenithLR

# --- torch.optim conventions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [Zenith, lambda p, **s: ZenithLR(torch.optim.SGD(p, s["lr"]), s["window"]).optimizer])
@pytest.mark.parametrize(
    "schedule",
    [
        lambda optimizer: LambdaLR(optimizer, lambda step: 1 / (1 + step)),
        lambda optimizer: CosineAnnealingLR(optimizer, T_max=30),
        lambda optimizer: ExponentialLR(optimizer, 0.9),
        lambda optimizer: OneCycleLR(optimizer, max_lr=0.5, total_steps=31, cycle_momentum=False),
        lambda optimizer: SequentialLR(
            optimizer, [LinearLR(optimizer, 0.1, total_iters=5), CosineAnnealingLR(optimizer, 25)], milestones=[5]
        ),
        lambda optimizer: SWALR(optimizer, swa_lr=0.05, anneal_epochs=5),
    ],
    ids=["lambda", "cosine", "exponential", "one cycle", "warm-up and cosine", "swa"],
)
def test_applied_rate_is_schedule_times_factor(make, schedule):
    alone = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.2)
    alone_schedule = schedule(alone)
    model = make_model()
    optimizer = make(model.parameters(), lr=0.2, window=5)
    scheduler = schedule(optimizer)
    window = deque(maxlen=5)
    zenith = 0.0
    for step in range(30):
        expected = alone.param_groups[0]["lr"]
        (applied,) = train(model, optimizer, [step], scheduler)
        window.append(torch.cat([p.grad.flatten() for p in model.parameters()]).norm().item())
        if len(window) == 5:
            zenith = max(zenith, np.mean(window))
            expected *= np.mean(window) / zenith
        assert applied == pytest.approx(expected, rel=1e-6)
        alone.step()
        alone_schedule.step()
        assert optimizer.param_groups[0]["lr"] == alone.param_groups[0]["lr"]


def test_a_plateau_cuts_the_applied_rate():
    model = make_model()
    optimizer = Zenith(model.parameters(), lr=0.1, window=5)
    schedule = ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    for loss in (1.0, 1.0):
        (applied,) = train(model, optimizer, [0])
        schedule.step(loss)
    assert applied == pytest.approx(0.1)
    assert train(model, optimizer, [1]) == pytest.approx([0.05])


def test_one_cycle_may_cycle_the_momentum():
    models = [make_model(), make_model()]
    for model, kind in zip(models, (Zenith, torch.optim.SGD), strict=True):
        optimizer = kind(model.parameters(), lr=0.1, momentum=0.9)
        schedule = OneCycleLR(optimizer, max_lr=0.2, total_steps=9)
        train(model, optimizer, range(8), schedule)
    assert torch.equal(flat(models[0]), flat(models[1]))  # within the warm-up


def test_effective_lr_is_what_the_last_step_applied_not_the_next():
    x = nn.Parameter(torch.ones(1))
    optimizer = Zenith([x], lr=0.2)
    schedule = LambdaLR(optimizer, lambda step: 0.5**step)
    assert optimizer.effective_lr == 0.2
    x.grad = torch.ones(1)
    optimizer.step()
    schedule.step()
    assert optimizer.effective_lr == 0.2
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_zero_lr_of_a_warm_up_schedule_still_records():
    x = nn.Parameter(torch.ones(1))
    optimizer = Zenith([x], window=2)
    optimizer.param_groups[0]["lr"] = 0.0
    x.grad = torch.ones(1)
    optimizer.step()
    assert optimizer.gauge.norms == (1.0,)
    assert optimizer.effective_lr == 0.0


def test_closure_is_called_once_with_gradients_enabled():
    model = make_model()
    optimizer = Zenith(model.parameters(), window=5)
    calls = []

    def closure():
        calls.append(torch.is_grad_enabled())
        return backward(model, optimizer, 0)

    assert optimizer.step(closure).item() > 0
    assert calls == [True]
    gradient = torch.cat([p.grad.flatten() for p in model.parameters()])
    assert optimizer.gradient_norm == pytest.approx(gradient.norm().item(), rel=1e-14)


def test_step_hooks_fire_once_beside_a_plain_sgd():
    torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1)
    x = nn.Parameter(torch.ones(1))
    optimizer, fired = Zenith([x]), []
    optimizer.register_step_post_hook(lambda *_: fired.append(1))
    x.grad = torch.ones(1)
    optimizer.step()
    assert fired == [1]


@pytest.mark.parametrize("flatten", [False, True])
def test_hidden_step_of_distributed_checkpoint_is_not_recorded(flatten):
    from torch.distributed.checkpoint.state_dict import (
        StateDictOptions,
        get_optimizer_state_dict,
        set_optimizer_state_dict,
    )

    options = StateDictOptions(flatten_optimizer_state_dict=flatten)
    model = make_model()
    optimizer = Zenith(model.parameters(), window=4, momentum=0.9)
    weights = flat(model)
    get_optimizer_state_dict(model, optimizer, options=options)  # zero gradients, zero LR, step(closure=None)
    assert optimizer.gauge.norms == ()
    assert optimizer.effective_lr == 0.1
    assert torch.equal(flat(model), weights)
    train(model, optimizer, range(7))
    optimizer.zero_grad()
    saved = copy.deepcopy(get_optimizer_state_dict(model, optimizer, options=options))
    resumed_model = make_model()
    resumed_model.load_state_dict(model.state_dict())
    resumed = Zenith(resumed_model.parameters(), momentum=0.9)
    set_optimizer_state_dict(resumed_model, resumed, saved, options=options)
    assert train(resumed_model, resumed, range(7, 12)) == train(model, optimizer, range(7, 12))


def through_file(value):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


@pytest.mark.parametrize("stop", [4, 10, 27])
@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9, "nesterov": True}], ids=["plain", "nesterov"])
def test_resume_is_bit_exact(stop, settings):
    straight = make_model(torch.float32)
    optimizer = Zenith(straight.parameters(), window=10, **settings)
    train(straight, optimizer, range(stop))
    saved = through_file({"model": straight.state_dict(), "optimizer": optimizer.state_dict()})
    expected = train(straight, optimizer, range(stop, 40))

    resumed = make_model(torch.float32)
    resumed.load_state_dict(saved["model"])
    other = Zenith(resumed.parameters(), lr=0.3, window=500)  # the checkpoint's settings win
    other.load_state_dict(saved["optimizer"])
    assert other.window == 10
    assert train(resumed, other, range(stop, 40)) == expected
    assert torch.equal(flat(resumed), flat(straight))
    assert (other.zenith, other.effective_lrs) == (optimizer.zenith, optimizer.effective_lrs)


def test_state_dict_is_a_snapshot():
    model = make_model()
    optimizer = Zenith(model.parameters(), window=3)
    train(model, optimizer, range(2))
    state = optimizer.state_dict()
    before = copy.deepcopy(state["param_groups"])
    train(model, optimizer, range(2, 9))
    assert state["param_groups"] == before


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))], ids=["copy", "pickle"]
)
def test_copies_continue_bit_for_bit_and_on_their_own(copied):
    model = make_model()
    optimizer = Zenith(model.parameters(), window=5, momentum=0.9)
    train(model, optimizer, range(8))
    other_model, other = copied((model, optimizer))
    expected = train(model, optimizer, range(8, 20))
    assert other.gauge.norms != optimizer.gauge.norms
    assert train(other_model, other, range(8, 20)) == expected
    assert torch.equal(flat(model), flat(other_model))


def test_a_checkpoint_of_sgd_starts_a_new_warm_up():
    model = make_model()
    sgd = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    train(model, sgd, range(5))
    optimizer = Zenith(model.parameters(), window=7)
    optimizer.load_state_dict(sgd.state_dict())
    assert (optimizer.window, optimizer.gauge.norms, optimizer.effective_lr) == (7, (), 0.02)
    train(model, optimizer, range(5, 15))
    assert optimizer.warmed_up


def test_added_group_joins_the_norm():
    a, b = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    optimizer = Zenith([a], lr=0.1, window=1)
    optimizer.add_param_group({"params": [b], "lr": 0.4})
    a.grad, b.grad = torch.tensor([3.0]), torch.tensor([4.0])
    optimizer.step()
    assert optimizer.gradient_norm == 5.0
    assert optimizer.effective_lrs == (0.1, 0.4)
    assert "gauge" not in optimizer.param_groups[1]


@pytest.mark.parametrize("settings", [{}, {"capturable": True}, {"per_group_norm": True}], ids=str)
@pytest.mark.parametrize("place", [0, 1])
def test_an_empty_group_changes_nothing(settings, place):
    def steps(groups_of):
        model = make_model()
        optimizer = Zenith(groups_of(list(model.parameters())), lr=0.1, window=3, **settings)
        train(model, optimizer, range(4))
        again = Zenith(groups_of(list(model.parameters())), lr=0.1, window=3, **settings)
        again.load_state_dict(through_file(optimizer.state_dict()))
        train(model, again, range(4, 8))
        return flat(model)

    def with_empty(params):
        groups = [{"params": params}]
        groups.insert(place, {"params": [], "weight_decay": 0.1})
        return groups

    assert torch.equal(steps(with_empty), steps(lambda params: params))


def test_repr_shows_the_settings_and_not_the_norms():
    x = nn.Parameter(torch.ones(1))
    optimizer = Zenith([x], lr=0.125, window=300)
    for _ in range(300):
        x.grad = torch.full((1,), 0.123456)
        optimizer.step()
    assert "window=300/300" in repr(optimizer)
    assert "lr=0.125" in repr(optimizer)
    assert len(repr(optimizer)) < 400


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": 0.0}, r"lr=0.0 is not a learning rate: give a positive finite number"),
        ({"lr": -0.1}, r"lr=-0.1 is not a learning rate"),
        ({"lr": math.inf}, r"lr=inf is not a learning rate"),
        ({"lr": math.nan}, r"lr=nan is not a learning rate"),
        ({"lr": torch.ones(2)}, r"lr has 2 elements"),
        ({"window": 0}, r"window=0 holds no step"),
        ({"window": 10.0}, r"window=10.0 is not an integer"),
        ({"momentum": -0.5}, r"momentum=-0.5 is out of range"),
        ({"momentum": "0.9"}, r"momentum='0.9' is not a number"),
        ({"weight_decay": None}, r"weight_decay=None is not a number"),
        ({"weight_decay": math.nan}, r"weight_decay=nan is out of range"),
        ({"nesterov": True}, r"Nesterov momentum needs a positive momentum"),
        ({"fused": True, "foreach": True}, r"fused=True and foreach=True exclude each other"),
        ({"fused": True, "differentiable": True}, r"differentiable=True has no fused and no capturable step"),
        ({"capturable": True, "differentiable": True}, r"differentiable=True has no fused and no capturable step"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Zenith([nn.Parameter(torch.ones(1))], **settings)


@pytest.mark.parametrize(("key", "message"), [("lr", "lr=-1"), ("window", "no window of its own")])
def test_bad_group_is_refused(key, message):
    with pytest.raises(ValueError, match=message):
        Zenith([{"params": [nn.Parameter(torch.ones(1))], key: -1}])


# --- more of torch.optim's conventions --------------------------------------------------------------------------------


def test_complex_parameters():
    ours = nn.Parameter(torch.tensor([1 + 2j, 3 - 1j]))
    theirs = nn.Parameter(torch.tensor([1 + 2j, 3 - 1j]))
    for settings in ({}, {"foreach": True, "momentum": 0.9}):
        zenith, sgd = Zenith([ours], lr=0.1, window=2, **settings), torch.optim.SGD([theirs], lr=0.1, **settings)
        for _ in range(6):
            for p, optimizer in ((ours, zenith), (theirs, sgd)):
                p.grad = p.detach().clone() * (1 + 1j)
                if optimizer is zenith:
                    norm = p.grad.norm().item()
                    optimizer.step()
                else:
                    optimizer.param_groups[0]["lr"] = zenith.effective_lr
                    optimizer.step()
            assert zenith.gradient_norm == pytest.approx(norm, rel=1e-6)
        assert zenith.factor < 1
        torch.testing.assert_close(ours.detach(), theirs.detach())


def test_the_first_step_may_overflow_with_fused_momentum():
    # torch.optim.SGD keeps uninitialised momentum then.
    x = nn.Parameter(torch.tensor([3.0, 4.0]))
    optimizer = Zenith([x], lr=0.1, window=2, fused=True, momentum=0.9)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    for target in (math.inf, 1.0):
        optimizer.zero_grad()
        scaler.scale((x * x).sum() / 2 * target).backward()
        scaler.step(optimizer)
        scaler.update()
    torch.testing.assert_close(x.detach(), torch.tensor([2.7, 3.6]))
    torch.testing.assert_close(optimizer.state[x]["momentum_buffer"], torch.tensor([3.0, 4.0]))


def test_groups_of_different_implementations_under_a_gradient_scaler():
    a, b = nn.Parameter(torch.tensor([3.0])), nn.Parameter(torch.tensor([4.0]))
    optimizer = Zenith([{"params": [a], "fused": True}, {"params": [b]}], lr=0.1, window=2)
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
    scaler.scale((a * a + b * b).sum() / 2).backward()
    scaler.step(optimizer)
    assert optimizer.gauge.norms == pytest.approx((5.0,))
    torch.testing.assert_close(torch.cat([a, b]).detach(), torch.tensor([2.7, 3.6]))


def test_gradient_accumulation_is_one_batch():
    whole, parts = make_model(), make_model()
    one, other = Zenith(whole.parameters(), window=3), Zenith(parts.parameters(), window=3)
    for step in range(10):
        backward(whole, one, step)
        one.step()
        other.zero_grad()
        inputs, targets = make_batch(step)
        for index in torch.arange(8).split(3):
            (nn.functional.mse_loss(parts(inputs[index]), targets[index]) * len(index) / 8).backward()
        other.step()
    torch.testing.assert_close(flat(parts), flat(whole), rtol=1e-12, atol=1e-14)
    assert other.gauge.norms == pytest.approx(one.gauge.norms, rel=1e-12)


def test_named_parameters():
    model = make_model()
    optimizer = Zenith(model.named_parameters(), window=3)
    train(model, optimizer, range(4))
    assert optimizer.param_groups[0]["param_names"][0] == "0.weight"


def test_settings_of_an_older_checkpoint_are_the_defaults():
    model = make_model()
    optimizer = Zenith(model.parameters(), window=3)
    train(model, optimizer, range(4))
    saved = optimizer.state_dict()
    for name in ("window", "capturable", "per_group_norm", "l2_in_norm"):
        del saved["param_groups"][0][name]
    other = Zenith(model.parameters(), window=8)
    other.load_state_dict(saved)
    assert other.window == 3
    train(model, other, range(4, 6))
    assert other.param_groups[0]["window"] == 3


def test_extra_memory_is_the_window_and_a_few_numbers():
    model = nn.Linear(50, 40)
    for capturable in (False, True):
        optimizer = Zenith(model.parameters(), window=20, capturable=capturable)
        for step in range(50):
            model.zero_grad()
            model(torch.full((2, 50), float(step % 7))).square().mean().backward()
            optimizer.step()
        assert not any(optimizer.state.values())
        numbers = 0
        for value in optimizer.param_groups[0]["gauge"].values():
            numbers += (
                value.numel() if isinstance(value, torch.Tensor) else len(value) if isinstance(value, list) else 1
            )
        assert 20 <= numbers <= 20 + 12


# --- differentiable steps ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}], ids=str)
@pytest.mark.parametrize("as_tensor", [False, True], ids=["float lr", "tensor lr"])
def test_derivatives_through_differentiable_steps_are_sgds_at_the_factors(settings, as_tensor):
    def derivatives(make, factors=None):
        start = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64, requires_grad=True)
        gradients = [(start.detach() * 0.8**k).requires_grad_() for k in range(8)]
        eta = torch.tensor(0.2, dtype=torch.float64, requires_grad=as_tensor)
        weights = start.clone()
        optimizer = make([weights], eta if as_tensor else 0.2, differentiable=True, **settings)
        seen = []
        for k, gradient in enumerate(gradients):
            weights.grad = gradient
            if factors is not None:
                optimizer.param_groups[0]["lr"] = (eta if as_tensor else 0.2) * factors[k]
            optimizer.step()
            seen.append(getattr(optimizer, "factor", None))
        wanted = [start, *gradients, *([eta] if as_tensor else [])]
        return torch.autograd.grad(weights.pow(3).sum(), wanted), seen

    found, factors = derivatives(lambda params, lr, **s: Zenith(params, lr, window=3, **s))
    expected, _ = derivatives(torch.optim.SGD, factors)
    assert factors[-1] < 0.6
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)
        assert ours.any()
