"""What every optimizer of `zenith.baselines` does, whatever its rule."""

import copy
import io
import math
import pickle

import pytest
import torch
from line_problem import flat, groups, loss_of, make_model, one_step, trajectory
from torch import nn
from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict

from zenith.baselines import L4, LQA, PAL, SPS, AdamZ, DoWG, GeN
from zenith.baselines.line_probe import LineProbe

RULES = {
    "pal": (PAL, {}),
    "lqa": (LQA, {}),
    "gen": (GeN, {"every": 2}),
    "gen-momentum": (GeN, {"momentum": 0.5}),
    "gen-adam": (GeN, {"base": "adam", "first_step": 1e-3}),
    "dowg": (DoWG, {}),
    "sps": (SPS, {}),
    "sps-smooth": (SPS, {"max_step": None, "batches_per_epoch": 4}),
    "l4": (L4, {}),
    "l4-adam": (L4, {"base": "adam"}),
    "adamz": (AdamZ, {"patience": 4, "stagnation_period": 2}),
    "adamz-corrected": (AdamZ, {"patience": 4, "stagnation_period": 2, "corrected": True}),
}
LINE = [name for name in RULES if RULES[name][0] in (PAL, LQA, GeN)]
WITH_LOSS = [name for name in RULES if RULES[name][0] is not DoWG]
SKIPPING = [name for name in WITH_LOSS if RULES[name][0] in (PAL, LQA, SPS, L4)]

every_rule = pytest.mark.parametrize("name", RULES)


def make(name, model, params=None, **given):
    rule, settings = RULES[name]
    return rule(model.parameters() if params is None else params, **{**settings, **given})


def steps(model, optimizer, first, last):
    for step in range(first, last):
        one_step(model, optimizer, step)


@every_rule
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_resumes_bit_exactly(name, dtype):
    model, resumed = make_model(dtype), make_model(dtype)
    optimizer = make(name, model, weight_decay=0.01)
    steps(model, optimizer, 0, 7)
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
    steps(model, optimizer, 7, 14)
    file.seek(0)
    loaded = torch.load(file, weights_only=True)
    resumed.load_state_dict(loaded["model"])
    other = make(name, resumed)
    other.load_state_dict(loaded["optimizer"])
    steps(resumed, other, 7, 14)
    assert torch.equal(flat(model), flat(resumed))
    assert optimizer.effective_lrs == other.effective_lrs


@every_rule
@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))], ids=["deepcopy", "pickle"]
)
def test_copies_go_on_alike(name, copied):
    model = make_model()
    optimizer = make(name, model)
    steps(model, optimizer, 0, 5)
    twin, its_optimizer = copied((model, optimizer))
    steps(model, optimizer, 5, 10)
    steps(twin, its_optimizer, 5, 10)
    assert torch.equal(flat(model), flat(twin))


@every_rule
def test_groups_of_equal_learning_rates_are_one(name):
    model, other = make_model(), make_model()
    lr = make(name, model).defaults["lr"]
    together = trajectory(model, make(name, model), 12)
    apart = trajectory(other, make(name, other, groups(other, lr, lr)), 12)
    torch.testing.assert_close(together, apart, rtol=1e-9, atol=1e-11)


@every_rule
def test_a_frozen_layer_is_no_part_of_the_rule(name):
    model, alone = make_model(), make_model()
    model[0].requires_grad_(False)
    alone[0].requires_grad_(False)
    steps(model, make(name, model), 0, 6)
    steps(alone, make(name, alone, alone[2].parameters()), 0, 6)
    assert torch.equal(flat(model), flat(alone))
    assert torch.equal(flat(model[0]), flat(make_model()[0]))
    assert not torch.equal(flat(model[2]), flat(make_model()[2]))


@every_rule
def test_an_added_group_moves(name):
    model = make_model()
    optimizer = make(name, model, model[0].parameters())
    steps(model, optimizer, 0, 3)
    optimizer.add_param_group({"params": model[2].parameters()})
    assert optimizer.effective_lrs[1] == optimizer.param_groups[1]["lr"]
    before = flat(model)
    steps(model, optimizer, 3, 7)
    assert not torch.equal(flat(model[0]), before[:30])
    assert not torch.equal(flat(model[2]), before[30:])


@every_rule
def test_gradients_are_left_alone(name):
    model = make_model()
    optimizer = make(name, model, weight_decay=0.1)
    steps(model, optimizer, 0, 2)
    twin = copy.deepcopy(model)
    twin.zero_grad()
    loss_of(twin, 2).backward()
    one_step(model, optimizer, 2)
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(p.grad, q.grad)


@every_rule
def test_at_learning_rate_zero_nothing_moves(name):
    model = make_model()
    optimizer = make(name, model, groups(model, 0.0, 0.0))
    steps(model, optimizer, 0, 3)
    assert torch.equal(flat(model), flat(make_model()))
    assert optimizer.effective_lrs == (0.0, 0.0)


@pytest.mark.parametrize("name", LINE)
def test_a_group_at_learning_rate_zero_is_no_part_of_the_line(name):
    model = make_model()
    seen = []

    def forward():
        seen.append(flat(model[2]))
        return loss_of(model, 0)

    optimizer = make(name, model, groups(model, 0.1, 0.0))
    probe = LineProbe(model, forward)
    loss = forward()
    loss.backward()
    optimizer.step(loss=loss, probe=probe)
    assert len(seen) > 1
    assert all(torch.equal(weights, flat(make_model()[2])) for weights in seen)
    assert not torch.equal(flat(model[0]), flat(make_model()[0]))


@pytest.mark.parametrize("name", LINE)
def test_an_exception_in_the_probe_puts_the_weights_back(name):
    model = make_model(torch.float32)

    def interrupted():
        raise KeyboardInterrupt

    loss = loss_of(model, 0)
    loss.backward()
    with pytest.raises(KeyboardInterrupt):
        make(name, model).step(loss=loss, probe=LineProbe(model, interrupted))
    assert torch.equal(flat(model), flat(make_model(torch.float32)))


@every_rule
def test_a_closure_instead_of_the_loss(name):
    model, other = make_model(), make_model()
    optimizer, its_optimizer = make(name, model), make(name, other)
    for step in range(4):
        probe = LineProbe(other, lambda step=step: loss_of(other, step))

        def closure(step=step):
            its_optimizer.zero_grad()
            loss = loss_of(other, step)
            loss.backward()
            return loss

        value = one_step(model, optimizer, step)
        returned = its_optimizer.step(closure, **({"probe": probe} if name in LINE else {}))
        assert returned.item() == value
    assert torch.equal(flat(model), flat(other))


@every_rule
def test_a_zero_gradient(name):
    model = make_model()
    optimizer = make(name, model)
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    _step(name, model, optimizer, 1.0)
    assert torch.equal(flat(model), flat(make_model()))
    steps(model, optimizer, 0, 3)
    assert flat(model).isfinite().all()
    assert not torch.equal(flat(model), flat(make_model()))


@pytest.mark.parametrize("name", SKIPPING)
@pytest.mark.parametrize(("loss", "gradient"), [(math.nan, 1.0), (math.inf, 1.0), (1.0, math.nan), (1.0, math.inf)])
def test_a_step_that_is_not_finite_is_skipped_and_forgotten(name, loss, gradient):
    model, other = make_model(), make_model()
    optimizer, its_optimizer = make(name, model), make(name, other)
    steps(model, optimizer, 0, 2)
    steps(other, its_optimizer, 0, 2)
    for p in model.parameters():
        p.grad.fill_(gradient)
    _step(name, model, optimizer, loss)
    assert set(optimizer.effective_lrs) == {0.0}
    steps(model, optimizer, 2, 5)
    steps(other, its_optimizer, 2, 5)
    assert torch.equal(flat(model), flat(other))


@pytest.mark.parametrize("name", ["gen", "gen-momentum", "gen-adam", "dowg", "adamz", "adamz-corrected"])
def test_a_gradient_that_is_not_finite_gives_what_sgd_gives(name):
    model = make_model()
    optimizer = make(name, model)
    steps(model, optimizer, 0, 2)
    for p in model.parameters():
        p.grad.fill_(math.nan)
    _step(name, model, optimizer, 1.0)
    assert flat(model).isnan().all()


def _step(name, model, optimizer, loss):
    given = {"loss": loss} if name in WITH_LOSS else {}
    if name in LINE:
        given["probe"] = LineProbe(model, lambda: loss_of(model, 0))
    optimizer.step(**given)


@every_rule
def test_the_hidden_step_of_the_distributed_checkpoint_api(name):
    model, other = make_model(), make_model()
    optimizer, its_optimizer = make(name, model), make(name, other)
    get_optimizer_state_dict(model, optimizer)
    assert torch.equal(flat(model), flat(make_model()))
    if name in WITH_LOSS:
        assert optimizer.effective_lrs == (optimizer.param_groups[0]["lr"],)
    assert torch.equal(trajectory(model, optimizer, 8), trajectory(other, its_optimizer, 8))


@pytest.mark.parametrize("name", WITH_LOSS)
def test_a_step_without_a_loss(name):
    model = make_model()
    optimizer = make(name, model)
    loss = loss_of(model, 0)
    loss.backward()
    with pytest.raises(ValueError, match=r"steps by the batch's loss and was given none: call step\(loss=loss\)"):
        optimizer.step()
    with pytest.raises(ValueError, match=r"steps by the batch's loss and was given none"):
        optimizer.step(lambda: None)
    with pytest.raises(ValueError, match=r"the loss is a tensor of shape \(2,\), not a scalar"):
        optimizer.step(loss=torch.ones(2))
    assert torch.equal(flat(model), flat(make_model()))


@pytest.mark.parametrize("name", LINE)
def test_a_step_without_a_probe(name):
    model = make_model()
    loss = loss_of(model, 0)
    loss.backward()
    with pytest.raises(ValueError, match=r"was given no probe: make zenith\.LineProbe\(model, forward\)"):
        make(name, model).step(loss=loss)


@every_rule
def test_a_state_dict_of_sgd_keeps_the_rules_settings(name):
    model = make_model()
    optimizer = make(name, model)
    memory = {key: optimizer.param_groups[0][key] for key in optimizer.memory}
    sgd = torch.optim.SGD(model.parameters(), lr=0.05)
    optimizer.load_state_dict(sgd.state_dict())
    assert optimizer.param_groups[0]["lr"] == 0.05
    assert {key: optimizer.param_groups[0][key] for key in optimizer.memory} == memory
    kept = set(optimizer.defaults) - set(sgd.defaults)
    assert all(optimizer.param_groups[0][key] == optimizer.defaults[key] for key in kept)
    one_step(model, optimizer, 0)


def test_settings_that_all_groups_share():
    model = make_model()
    with pytest.raises(
        ValueError, match=r"a parameter group has no measuring_step of its own: PAL has one for all groups"
    ):
        PAL([{"params": model.parameters(), "measuring_step": 1.0}])
    optimizer = AdamZ(model[0].parameters())
    with pytest.raises(ValueError, match=r"a parameter group has no patience of its own"):
        optimizer.add_param_group({"params": model[2].parameters(), "patience": 10})
    assert len(optimizer.param_groups) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"lr": -1.0}, r"lr=-1\.0 is out of range: give a finite number of at least 0"),
        ({"lr": math.nan}, r"lr=nan is out of range"),
        ({"lr": math.inf}, r"lr=inf is out of range"),
        ({"lr": torch.ones(2)}, r"lr=tensor\(\[1\., 1\.\]\) is out of range"),
        ({"weight_decay": -0.1}, r"weight_decay=-0\.1 is out of range"),
    ],
)
@every_rule
def test_settings_out_of_range(name, given, message):
    with pytest.raises(ValueError, match=message):
        make(name, make_model(), **given)


@every_rule
def test_parameters_it_cannot_serve(name):
    with pytest.raises(ValueError, match="has no complex parameters: give it their real and imaginary parts"):
        make(name, None, [nn.Parameter(torch.ones(2, dtype=torch.complex64))])
    embedding = nn.Embedding(4, 2, sparse=True)
    loss = embedding(torch.tensor([1, 2])).sum() + 3
    loss.backward()
    optimizer = make(name, embedding)
    with pytest.raises(ValueError, match="has no sparse gradients: make the embedding with sparse=False"):
        optimizer.step(**_given(name, embedding, lambda: embedding(torch.tensor([1, 2])).sum() + 3, loss))


def _given(name, model, forward, loss):
    given = {"loss": loss} if name in WITH_LOSS else {}
    return {**given, "probe": LineProbe(model, forward)} if name in LINE else given


@every_rule
def test_a_tensor_as_learning_rate(name):
    model, other = make_model(), make_model()
    lr = 2.0 ** round(math.log2(make(name, model).defaults["lr"]))  # a number that float32 holds
    plain = trajectory(model, make(name, model, lr=lr), 4)
    assert torch.equal(plain, trajectory(other, make(name, other, lr=torch.tensor(lr)), 4))


@every_rule
def test_schedules_compose_and_the_base_stays(name):
    model = make_model()
    optimizer = make(name, model)
    lr = optimizer.param_groups[0]["lr"]
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1.0 if t < 3 else 0.0)
    for step in range(3):
        one_step(model, optimizer, step)
        assert optimizer.param_groups[0]["lr"] == lr
        schedule.step()
    before = flat(model)
    one_step(model, optimizer, 3)
    assert torch.equal(flat(model), before)
    assert optimizer.effective_lrs == (0.0,)
