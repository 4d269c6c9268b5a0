"""Batch-norm statistics recomputed at every point: those of update_bn, of the right data, without a trace."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.fisher import FisherOperator
from landscape.curvature.gauss_newton import GaussNewtonOperator
from landscape.curvature.hessian import HessianOperator
from landscape.objective.objective import Objective
from landscape.sharpness.average import average_sharpness


def moved(model, seed=0):
    """A copy of a model whose statistics no longer fit its weights."""
    generator = torch.Generator().manual_seed(seed)
    other = copy.deepcopy(model)
    with torch.no_grad():
        for p in other.parameters():
            p += 0.3 * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return other


def parameters(model):
    return {n: p.detach() for n, p in model.named_parameters()}


def by_hand(model, batches):
    """Weighted means of the batches' means and unbiased variances, layer by layer, in one pass over each batch."""
    model = copy.deepcopy(model).train()
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    sums = [[0.0, 0.0, 0] for _ in norms]
    seen = {}
    for norm in norms:
        norm.register_forward_hook(lambda norm, args, _: seen.update({norm: args[0]}))
    for x in batches:
        with torch.no_grad():
            model(x)
        for total, norm in zip(sums, norms, strict=True):
            flat = seen[norm].movedim(1, 0).flatten(1)
            total[0] = total[0] + flat.shape[1] * flat.mean(1)
            total[1] = total[1] + flat.shape[1] * flat.var(1, correction=1)
            total[2] += flat.shape[1]
    for (mean, variance, count), norm in zip(sums, norms, strict=True):
        norm.running_mean, norm.running_var = mean / count, variance / count
    return model.eval()


@pytest.fixture
def deep():
    """Two batch norms, the second of which sees what the first one makes of a batch."""
    torch.manual_seed(4)
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(48, 5),
        nn.BatchNorm1d(5),
        nn.Tanh(),
        nn.Linear(5, 3),
    ).double()
    data = torch.randn(11, 1, 6, 6).double(), torch.randint(3, (11,))
    return model, data


def test_one_batch_gives_what_update_bn_gives(deep):
    model, data = deep
    objective = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed")
    truth = moved(model)
    torch.optim.swa_utils.update_bn([data[0]], truth)
    found = objective.batchnorm_statistics(parameters(truth))
    assert set(found) == {n for n, _ in model.named_buffers() if "running" in n}
    assert all(torch.equal(found[n], b) for n, b in truth.named_buffers() if n in found)
    expected = functional.cross_entropy(truth.eval()(data[0]), data[1])
    assert objective.value(parameters(truth)) == pytest.approx(expected.item(), rel=1e-14)


def test_ragged_batches_count_for_what_they_hold(deep):
    model, data = deep
    objective = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed", batch_size=4)
    point = moved(model)
    truth = by_hand(point, data[0].split(4))
    found = objective.batchnorm_statistics(parameters(point))
    for name, buffer in truth.named_buffers():
        if name in found:
            torch.testing.assert_close(found[name], buffer, rtol=1e-13, atol=1e-14)
    expected = functional.cross_entropy(truth(data[0]), data[1])
    assert objective.value(parameters(point)) == pytest.approx(expected.item(), rel=1e-13)
    plain = copy.deepcopy(point)
    torch.optim.swa_utils.update_bn(data[0].split(4), plain)
    assert not torch.allclose(found["1.running_mean"], plain[1].running_mean, rtol=1e-6)  # counts the last batch double


def test_statistics_come_from_the_data_that_are_named(deep):
    model, data = deep
    training = torch.randn(9, 1, 6, 6).double(), torch.zeros(9, dtype=torch.long)
    options = {"batchnorm": "recomputed", "batchnorm_data": training}
    test_loss = Objective(model, nn.CrossEntropyLoss(), data, **options)
    point = moved(model)
    truth = by_hand(point, [training[0]])
    expected = functional.cross_entropy(truth(data[0]), data[1])
    assert test_loss.value(parameters(point)) == pytest.approx(expected.item(), rel=1e-13)
    rebatch = test_loss.with_batch_size(3)  # not the batches that the statistics are taken of
    assert rebatch.value(parameters(point)) == pytest.approx(expected.item(), rel=1e-13)
    part = test_loss.subset([0, 3, 5])
    few = functional.cross_entropy(truth(data[0][[0, 3, 5]]), data[1][[0, 3, 5]])
    assert part.value(parameters(point)) == pytest.approx(few.item(), rel=1e-13)
    again = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed", batchnorm_data=rebatch.batchnorm_data)
    assert again.value(parameters(point)) == test_loss.value(parameters(point))
    note = test_loss.protocol()
    own = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed").protocol()
    assert note["batchnorm"] == own["batchnorm"] == "recomputed"
    assert note["batchnorm_data"]["fingerprint"] != note["fingerprint"] == own["batchnorm_data"]["fingerprint"]
    assert own["batchnorm_data"]["data"] == "the objective's own"


def test_dropout_stays_off_and_metrics_see_the_same_statistics():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.5), nn.BatchNorm1d(6), nn.Linear(6, 3)).double()
    data = torch.randn(8, 4).double(), torch.randint(3, (8,))
    metric = {"again": lambda m, b: functional.cross_entropy(m(b[0]), b[1])}
    objective = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed", metrics=metric)
    values = objective.evaluate()
    assert values["loss"] == values["again"] == objective.value()
    model[1].p = 0.0
    assert values["loss"] == objective.value()


def test_statistics_of_a_diverged_checkpoint_do_no_harm(deep):
    model, data = deep
    objective = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed")
    broken = {n: torch.full_like(b, torch.nan) for n, b in model.named_buffers() if "running" in n}
    assert objective.at({**objective.parameters, **broken}).value() == objective.value()


def test_rescaled_weights_below_a_batch_norm_leave_the_function_alone(deep):
    model, data = deep
    objective = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed", dtype=torch.float64)
    norm_free = {n: (50.0 * p if n in ("0.weight", "0.bias") else p) for n, p in objective.parameters.items()}
    assert objective.value(norm_free) == pytest.approx(objective.value(), rel=1e-4)  # eps of the norm
    assert objective.with_batchnorm("frozen").value(norm_free) != pytest.approx(objective.value(), rel=1e-2)


def test_model_is_left_as_it_was(deep, untouched):
    model, data = deep
    model[1].momentum = 0.25
    model.train()
    objective = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed")
    before = [sorted(vars(m)) for m in model.modules()]
    with untouched(model):
        objective.evaluate(parameters(moved(model)))
        objective.batchnorm_statistics()

    def stop(*_):
        raise KeyboardInterrupt

    handle = model[4].register_forward_hook(stop)
    with untouched(model), pytest.raises(KeyboardInterrupt):
        objective.value()
    handle.remove()
    assert model[1].momentum == 0.25
    assert [sorted(vars(m)) for m in model.modules()] == before
    assert not any(m._forward_pre_hooks or m._forward_pre_hooks_with_kwargs for m in model.modules())


@pytest.mark.parametrize(
    "measure",
    [
        lambda o: o.value_and_gradient(),
        lambda o: top_eigenpairs(o),
        lambda o: top_eigenpairs(o, method="pyhessian"),
        lambda o: HessianOperator(o, route="plain").matvec(torch.ones(o.num_parameters, dtype=o.dtype)),
        lambda o: HessianOperator(o, memory_budget=0).matvec(torch.ones(o.num_parameters, dtype=o.dtype)),
        lambda o: GaussNewtonOperator(o).matvec(torch.ones(o.num_parameters, dtype=o.dtype)),
        lambda o: FisherOperator(o, kind="empirical").matvec(torch.ones(o.num_parameters, dtype=o.dtype)),
    ],
)
def test_derivatives_are_refused_with_what_to_use_instead(deep, measure):
    model, data = deep
    objective = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed")
    with pytest.raises(ValueError, match=r'has no derivatives.*with_batchnorm\("frozen"\)'):
        measure(objective)


def test_statistics_held_where_they_were_recomputed_have_derivatives(deep):
    model, data = deep
    objective = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed")
    held = objective.with_batchnorm("frozen").at({**objective.parameters, **objective.batchnorm_statistics()})
    value, gradient = held.value_and_gradient()
    assert value == pytest.approx(objective.value(), rel=1e-14)
    truth = by_hand(model, [data[0]])
    functional.cross_entropy(truth(data[0]), data[1]).backward()
    for name, p in truth.named_parameters():
        torch.testing.assert_close(gradient[name], p.grad, rtol=1e-10, atol=1e-13)


def test_measures_without_derivatives_work(deep):
    model, data = deep
    objective = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed")
    assert average_sharpness(objective, rho=0.01, samples=2).protocol["batchnorm"] == "recomputed"


def test_a_model_without_running_statistics_has_none_to_recompute(mlp):
    objective = mlp.objective(batchnorm="recomputed")
    assert objective.batchnorm == "recomputed"
    assert objective.protocol()["batchnorm"] == "frozen"
    assert "batchnorm_data" not in objective.protocol()
    assert objective.value() == mlp.objective().value()
    assert objective.value_and_gradient()[0] == pytest.approx(objective.value())
    assert objective.batchnorm_statistics() == {}
    bare = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5, track_running_stats=False), nn.Linear(5, 3)).double()
    words = Objective(bare, nn.CrossEntropyLoss(), mlp.data, batchnorm="recomputed").protocol()["batchnorm"]
    assert words == "batch statistics (no running statistics)"


def test_what_has_no_meaning_is_refused(deep):
    model, data = deep
    for options, words in [
        ({"batchnorm": "recompute"}, "batchnorm is 'recompute': choose"),
        ({"batchnorm_data": data}, "batchnorm_data is given, but batchnorm is 'frozen'"),
        ({"batchnorm": "recomputed", "batchnorm_data": []}, "The dataset is empty"),
    ]:
        with pytest.raises(ValueError, match=words):
            Objective(model, nn.CrossEntropyLoss(), data, **options)
    single = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed", batch_size=5)  # 5 + 5 + 1
    with pytest.raises(ValueError, match=r"1 value\(s\) per channel"):
        single.value()
    with pytest.raises(ValueError, match="other batches are another function"):
        single.with_batch_size(3)


def test_running_statistics_that_were_there_are_kept_by_a_norm_that_is_not_called():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.idle, self.head = nn.BatchNorm1d(4), nn.BatchNorm1d(4), nn.Linear(4, 3)

        def forward(self, x):
            return self.head(self.used(x))

    model = Idle().double()
    model.idle.running_mean.fill_(7.0)
    objective = Objective(
        model, nn.CrossEntropyLoss(), (torch.randn(6, 4).double(), torch.randint(3, (6,))), batchnorm="recomputed"
    )
    assert torch.equal(objective.batchnorm_statistics()["idle.running_mean"], torch.full((4,), 7.0).double())


def test_a_norm_called_twice_averages_both_calls():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.head = nn.BatchNorm1d(4), nn.Linear(4, 3)

        def forward(self, x):
            return self.head(self.norm(self.norm(x) + 3))

    model = Twice().double()
    data = torch.randn(6, 4).double(), torch.randint(3, (6,))
    objective = Objective(model, nn.CrossEntropyLoss(), data, batchnorm="recomputed")
    truth = copy.deepcopy(model)
    torch.optim.swa_utils.update_bn([data[0]], truth)
    torch.testing.assert_close(objective.batchnorm_statistics()["norm.running_mean"], truth.norm.running_mean)
