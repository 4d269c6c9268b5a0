"""The gauge on other optimizers: SGD, where it is Zenith, AdamW, Muon."""

import copy
import math
import pickle

import pytest
import torch
from test_optimizer import SGD_SETTINGS
from test_optimizer_conventions import through_file
from tiny_regression import backward, flat, make_model, train
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from zenith.adapters.with_zenith import ZenithAdamW
from zenith.optimizer.rule import Gauge
from zenith.optimizer.zenith import Zenith
from zenith.optimizer.zenith_lr import ZenithLR


@pytest.mark.parametrize("settings", SGD_SETTINGS[:-1], ids=str)
def test_zenith_lr_on_sgd_is_zenith(settings):
    ours, theirs = make_model(), make_model()
    settings = {"lr": 0.1, **settings}
    zenith = Zenith(ours.parameters(), window=6, **settings)
    sgd = torch.optim.SGD(theirs.parameters(), **settings)
    driver = ZenithLR(sgd, window=6)
    for step in range(40):
        backward(ours, zenith, step)
        backward(theirs, sgd, step)
        zenith.step()
        sgd.step()
        assert driver.effective_lrs == zenith.effective_lrs
        assert (driver.gradient_norm, driver.zenith, driver.factor) == (
            zenith.gradient_norm,
            zenith.zenith,
            zenith.factor,
        )
        assert sgd.param_groups[0]["lr"] == settings["lr"]
    assert torch.equal(flat(ours), flat(theirs))
    assert driver.factor < 1


def test_zenith_lr_drives_adam_through_a_closure():
    with_closure, without = make_model(), make_model()
    closed, plain = (torch.optim.AdamW(m.parameters(), lr=0.01) for m in (with_closure, without))
    drivers = ZenithLR(closed, window=4), ZenithLR(plain, window=4)
    scaled = 0
    for step in range(20):
        if step % 2:
            loss = closed.step(lambda step=step: backward(with_closure, closed, step))
        else:
            loss = closed.step(closure=lambda step=step: backward(with_closure, closed, step))
        assert loss.item() == pytest.approx(backward(without, plain, step).item(), rel=1e-14)
        plain.step()
        assert drivers[0].effective_lr == drivers[1].effective_lr
        assert closed.param_groups[0]["lr"] == 0.01
        scaled += drivers[0].effective_lr < 0.01
    assert torch.equal(flat(with_closure), flat(without))
    assert scaled > 3  # or the rule was never at work


@pytest.mark.parametrize("scheduler", ["none", "before", "after"])
@pytest.mark.parametrize("where", ["closure", "step"])
def test_an_exception_inside_step_leaves_the_learning_rate_unscaled(scheduler, where):
    class Failing(torch.optim.SGD):
        fail = False

        @torch.no_grad()
        def step(self, closure=None):
            if closure is not None:
                with torch.enable_grad():
                    closure()
            if self.fail:
                assert self.param_groups[0]["lr"] != 0.1  # scaled at this very moment
                raise RuntimeError("out of memory")

    x = nn.Parameter(torch.ones(1))
    optimizer = Failing([x], lr=0.1)
    if scheduler == "before":
        LambdaLR(optimizer, lambda _: 1.0)
    driver = ZenithLR(optimizer, window=1)
    if scheduler == "after":
        LambdaLR(optimizer, lambda _: 1.0)
    for norm in (2.0, 1.0):
        x.grad = torch.tensor([norm])
        optimizer.step()
    assert driver.effective_lr == 0.05
    if where == "closure":

        def closure():
            raise RuntimeError("out of memory")

        with pytest.raises(RuntimeError, match="out of memory"):
            optimizer.step(closure)
    else:
        optimizer.fail = True
        with pytest.raises(RuntimeError, match="out of memory"):
            optimizer.step()
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_zenith_lr_resume_is_bit_exact():
    straight = make_model()
    adam = torch.optim.Adam(straight.parameters(), lr=0.02)
    driver = ZenithLR(adam, window=5)
    for step in range(12):
        backward(straight, adam, step)
        adam.step()
    saved = through_file([straight.state_dict(), adam.state_dict(), driver.state_dict()])
    resumed = make_model()
    resumed.load_state_dict(saved[0])
    other_adam = torch.optim.Adam(resumed.parameters(), lr=0.02)
    other = ZenithLR(other_adam)
    other_adam.load_state_dict(saved[1])
    other.load_state_dict(saved[2])
    assert other.effective_lrs == driver.effective_lrs
    for step in range(12, 30):
        for model, optimizer in ((straight, adam), (resumed, other_adam)):
            backward(model, optimizer, step)
            optimizer.step()
    assert torch.equal(flat(straight), flat(resumed))
    assert other.state_dict() == driver.state_dict()


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda held: pickle.loads(pickle.dumps(held))], ids=["deepcopy", "pickle"]
)
@pytest.mark.parametrize("make", [lambda p: ZenithLR(torch.optim.AdamW(p, 0.01), 3), lambda p: ZenithAdamW(p, 3).rule])
def test_a_copy_of_the_rule_drives_the_copy_of_its_optimizer(copied, make):
    model = make_model()
    rule = make(model.parameters())
    train(model, rule.optimizer, range(5))
    other_model, other = copied((model, rule))
    assert other.state_dict() == rule.state_dict()
    for own, driver in ((other_model, other), (model, rule)):
        train(own, driver.optimizer, range(5, 12))
    assert other.optimizer is not rule.optimizer
    assert rule.factor < 1
    assert other.state_dict() == rule.state_dict()
    assert torch.equal(flat(other_model), flat(model))


def test_a_copy_of_a_rule_that_was_removed_drives_nothing():
    rule = ZenithLR(torch.optim.SGD(make_model().parameters(), lr=0.1))
    rule.remove()
    other = copy.deepcopy(rule)
    assert not other.optimizer._optimizer_step_pre_hooks
    assert ZenithLR(other.optimizer).optimizer is other.optimizer


def test_an_optimizer_is_driven_once():
    sgd = torch.optim.SGD(make_model().parameters(), lr=0.1)
    rule = ZenithLR(sgd)
    with pytest.raises(ValueError, match=r"SGD is driven by a ZenithLR already, .* call remove\(\) on the first"):
        ZenithLR(sgd)
    rule.remove()
    assert ZenithLR(sgd).optimizer is sgd


@pytest.mark.parametrize("scheduler", ["none", "before", "after"])
def test_remove_gives_the_optimizer_back(scheduler):
    x = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([x], lr=0.5)
    if scheduler == "before":
        LambdaLR(optimizer, lambda _: 1.0)
    before = optimizer.step
    driver = ZenithLR(optimizer, window=1)
    assert driver.effective_lr == 0.5
    if scheduler == "after":
        LambdaLR(optimizer, lambda _: 1.0)
    for norm in (4.0, 1.0):
        x.grad = torch.tensor([norm])
        optimizer.step()
    driver.remove()
    if scheduler != "after":
        assert optimizer.step == before
    position = x.item()
    optimizer.step()
    assert x.item() == position - 0.5
    assert driver.gauge.norms == (1.0,)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: Zenith(p), "Zenith already scales its learning rate"),
        (lambda p: torch.optim.LBFGS(p), "LBFGS reads its learning rate before it calls the closure"),
    ],
)
def test_zenith_lr_refuses_what_it_cannot_drive(make, message):
    with pytest.raises(ValueError, match=message):
        ZenithLR(make([nn.Parameter(torch.ones(1))]))


def test_zenith_lr_refuses_a_bad_window_and_leaves_the_optimizer_alone():
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1)
    with pytest.raises(ValueError, match="window=0"):
        ZenithLR(optimizer, window=0)
    assert "step" not in vars(optimizer)


def test_zenith_lr_refuses_an_optimizer_without_lr():
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1)
    del optimizer.param_groups[0]["lr"]
    with pytest.raises(ValueError, match="SGD has no 'lr' in its parameter groups"):
        ZenithLR(optimizer)


def test_zenith_lr_repr():
    driver = ZenithLR(torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1), window=3)
    assert repr(driver) == "ZenithLR(SGD, Gauge(window=0/3, mean=nan, zenith=0, factor=1))"


# --- AdamW, Muon, and both on one model -------------------------------------------------------------------------------


def matrices(model):
    return [p for p in model.parameters() if p.ndim == 2]


def others(model):
    return [p for p in model.parameters() if p.ndim != 2]


BASES = {
    "AdamW": lambda model: torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.1),
    "AdamW fused": lambda model: torch.optim.AdamW(model.parameters(), lr=0.02, fused=True),
    "AdamW, tensor lr": lambda model: torch.optim.AdamW(model.parameters(), lr=torch.tensor(0.02), foreach=False),
    "Muon": lambda model: torch.optim.Muon(matrices(model), lr=0.02, weight_decay=0.1),
    "RMSprop": lambda model: torch.optim.RMSprop(model.parameters(), lr=0.01),
}


@pytest.mark.parametrize("base", BASES)
def test_is_the_base_optimizer_at_the_scaled_rate(base):
    ours, oracle = make_model(), make_model()
    driven, plain = BASES[base](ours), BASES[base](oracle)
    driver, gauge = ZenithLR(driven, window=4), Gauge(4)
    eta0 = float(plain.param_groups[0]["lr"])
    for step in range(25):
        backward(ours, driven, step)
        backward(oracle, plain, step)
        own = [p.grad for group in plain.param_groups for p in group["params"]]
        gauge.update(math.sqrt(sum(float((g**2).sum()) for g in own)))
        driven.step()
        lr = eta0 * gauge.factor
        if isinstance(plain.param_groups[0]["lr"], torch.Tensor):
            plain.param_groups[0]["lr"].fill_(lr)
        else:
            plain.param_groups[0]["lr"] = lr
        plain.step()
        assert driver.effective_lr == pytest.approx(lr, rel=1e-6)
        assert float(driven.param_groups[0]["lr"]) == eta0
    torch.testing.assert_close(flat(ours), flat(oracle), rtol=1e-6, atol=1e-9)
    assert gauge.factor < 0.9


def test_two_optimizers_of_one_model_share_its_norm():
    model = make_model()
    muon = torch.optim.Muon(matrices(model), lr=0.02)
    adamw = torch.optim.AdamW(others(model), lr=0.01)
    drivers = ZenithLR(muon, window=3), ZenithLR(adamw, window=3)
    for step in range(12):
        backward(model, muon, step)
        norm = nn.utils.get_total_norm([p.grad for p in model.parameters()])
        muon.step(grad_norm=norm)
        adamw.step(grad_norm=norm.item())
        adamw.zero_grad()
        assert drivers[0].gradient_norm == drivers[1].gradient_norm == norm.item()
        assert drivers[0].factor == drivers[1].factor
    assert drivers[0].factor < 1


def test_a_norm_may_be_handed_in_along_with_a_closure():
    model = make_model()
    adamw = torch.optim.AdamW(model.parameters(), lr=0.01)
    driver = ZenithLR(adamw, window=3)
    adamw.step(lambda: backward(model, adamw, 0), grad_norm=3.0)
    assert driver.gauge.norms == (3.0,)


@pytest.mark.parametrize("fused", [True, False])
def test_grad_scaler(fused):
    x = nn.Parameter(torch.tensor([3.0, 4.0]))
    adamw = torch.optim.AdamW([x], lr=0.1, fused=fused, weight_decay=0.0)
    driver = ZenithLR(adamw, window=2)
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
    for target in (1.0, math.inf):
        before = x.detach().clone()
        adamw.zero_grad()
        scaler.scale((x * x).sum() / 2 * target).backward()
        scaler.step(adamw)
        scaler.update()
    assert torch.equal(x.detach(), before)
    assert driver.gauge.norms == pytest.approx((5.0,))


def test_hidden_step_of_distributed_checkpoint_is_not_recorded():
    from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict

    model = make_model()
    adamw = torch.optim.AdamW(model.parameters(), lr=0.01)
    driver = ZenithLR(adamw, window=3)
    weights = flat(model)
    copy.deepcopy(get_optimizer_state_dict(model, adamw))
    assert driver.gauge.norms == ()
    assert torch.equal(flat(model), weights)


# --- The window in the optimizer's own state --------------------------------------------------------------------------


def straight_and_resumed(make, resume, window=5):
    """Train 12 steps, put what `resume` makes of the optimizer into another, and train both on: they must stay
    equal."""
    model, other = make_model(), make_model()
    optimizer = make(model)
    rule = ZenithLR(optimizer, window=window)
    train(model, optimizer, range(12))
    other.load_state_dict(through_file(model.state_dict()))
    resumed = make(other)
    other_rule = resume(model, optimizer, other, resumed)
    assert other_rule.effective_lrs == rule.effective_lrs
    train(model, optimizer, range(12, 30))
    train(other, resumed, range(12, 30))
    assert torch.equal(flat(model), flat(other))
    assert other_rule.state_dict() == rule.state_dict()
    assert rule.factor < 1


RESUMED = {
    **{name: make for name, make in BASES.items() if name != "AdamW, tensor lr"},
    "SGD": lambda model: torch.optim.SGD(model.parameters(), lr=0.1),
    "two groups": lambda model: torch.optim.Adam([{"params": [p]} for p in model.parameters()], lr=0.02),
}


@pytest.mark.parametrize("order", ["rule first", "state first"])
@pytest.mark.parametrize("base", RESUMED)
def test_the_optimizers_state_alone_resumes_the_rule(base, order):
    """As Lightning, Trainer and Accelerate keep it: `optimizer.state_dict()`, and nothing else."""

    def resume(model, optimizer, other, resumed):
        state = through_file(optimizer.state_dict())
        if order == "rule first":
            rule = ZenithLR(resumed, window=99)
            resumed.load_state_dict(state)
            return rule
        resumed.load_state_dict(state)
        return ZenithLR(resumed, window=99)

    straight_and_resumed(RESUMED[base], resume)


@pytest.mark.parametrize("base", ["AdamW", "SGD"])
@pytest.mark.parametrize("flatten", [False, True])
def test_distributed_state_dicts_resume_the_rule(base, flatten):
    from torch.distributed.checkpoint.state_dict import (
        StateDictOptions,
        get_optimizer_state_dict,
        set_optimizer_state_dict,
    )

    options = StateDictOptions(flatten_optimizer_state_dict=flatten)

    def resume(model, optimizer, other, resumed):
        state = through_file(get_optimizer_state_dict(model, optimizer, options=options))
        rule = ZenithLR(resumed, window=99)
        set_optimizer_state_dict(other, resumed, state, options=options)
        return rule

    straight_and_resumed(RESUMED[base], resume)


@pytest.mark.filterwarnings("ignore:torch.distributed is disabled")
def test_a_checkpoint_of_torch_distributed_resumes_the_rule(tmp_path):
    from torch.distributed import checkpoint
    from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict, set_optimizer_state_dict

    def resume(model, optimizer, other, resumed):
        checkpoint.save({"optimizer": get_optimizer_state_dict(model, optimizer)}, checkpoint_id=tmp_path, no_dist=True)
        rule = ZenithLR(resumed, window=99)
        held = {"optimizer": get_optimizer_state_dict(other, resumed)}
        checkpoint.load(held, checkpoint_id=tmp_path, no_dist=True)
        set_optimizer_state_dict(other, resumed, held["optimizer"])
        return rule

    straight_and_resumed(RESUMED["AdamW"], resume)


def test_a_copy_of_the_optimizer_alone_goes_on_with_the_window_it_holds():
    model = make_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    rule = ZenithLR(optimizer, window=5)
    train(model, optimizer, range(12))
    other_model, other = copy.deepcopy((model, optimizer))
    through_file(other.state_dict())  # what no hook has packed is plain as well
    other_rule = ZenithLR(other)
    train(model, optimizer, range(12, 20))
    train(other_model, other, range(12, 20))
    assert other_rule.state_dict() == rule.state_dict()
    assert torch.equal(flat(other_model), flat(model))


def test_the_state_dict_is_a_copy_and_the_optimizer_prints_in_a_line_for_it():
    model = make_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    rule = ZenithLR(optimizer, window=300)
    train(model, optimizer, range(3))
    kept = optimizer.state_dict()["param_groups"][0]["zenith"]
    assert kept == rule.state_dict()
    assert type(kept) is dict
    train(model, optimizer, range(3, 300))
    assert len(kept["gauge"]["norms"]) == 3
    assert "zenith: Gauge(window=300/300" in repr(optimizer)
    assert max(map(len, repr(optimizer).splitlines())) < 100
    rule.remove()
    assert "zenith" not in optimizer.param_groups[0]


def test_a_state_without_a_window_is_said_to_start_a_new_warm_up():
    plain = make_model()
    sgd = torch.optim.SGD(plain.parameters(), lr=0.1)
    train(plain, sgd, range(3))
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    rule = ZenithLR(optimizer, window=4)
    train(model, optimizer, range(6))
    optimizer.load_state_dict(sgd.state_dict())
    assert rule.gauge.norms == ()
    with pytest.warns(UserWarning, match="holds no window of gradient norms, so ZENITH warms up anew for 4 steps"):
        train(model, optimizer, range(1))
    train(model, optimizer, range(1, 3))  # said once
    held = rule.state_dict()
    optimizer.load_state_dict(sgd.state_dict())
    rule.load_state_dict(held)  # what the warning advises
    train(model, optimizer, range(3, 9))
    assert rule.gauge.warmed_up
