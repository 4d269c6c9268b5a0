"""Batch-norm statistics that are recomputed for an evaluation: what they are, and that nothing else changes."""

import pytest
import torch

import zenith
from zenith.tasks.data import Split
from zenith.training.evaluation import evaluate, recomputed_statistics

GENERATOR = torch.Generator().manual_seed(0)
X, Y = torch.randn(50, 4, generator=GENERATOR) * 3 + 1, torch.randint(3, (50,), generator=GENERATOR)


def model():
    return torch.nn.Sequential(
        torch.nn.Linear(4, 6),
        torch.nn.BatchNorm1d(6),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.5),
        torch.nn.Linear(6, 5),
        torch.nn.BatchNorm1d(5),
        torch.nn.ReLU(),
        torch.nn.Linear(5, 3),
    )


def task():
    return zenith.Task(name="normed", model=model, train=(X[:40], Y[:40]), test=(X[40:], Y[40:]), loss="cross_entropy")


class FewRows(Split):
    """Evaluated in batches of at most 16."""

    rows_at_once = 16


def averages(net, x, sizes):
    """The statistics of both layers in float64, by hand: batches of these sizes, each normalised with its own."""
    net = net.double()
    means, variances = ([], []), ([], [])
    for batch in x.double().split(sizes):
        for place, (linear, norm) in enumerate(((net[0], net[1]), (net[4], net[5]))):
            z = batch @ linear.weight.T + linear.bias
            mean, variance = z.mean(0), ((z - z.mean(0)) ** 2).sum(0) / (len(z) - 1)
            means[place].append(mean)
            variances[place].append(variance)
            biased = variance * (len(z) - 1) / len(z)
            batch = ((z - mean) / (biased + norm.eps).sqrt() * norm.weight + norm.bias).clamp(min=0)
    return [torch.stack(each).mean(0) for pair in zip(means, variances, strict=True) for each in pair]


@pytest.mark.parametrize(("split", "sizes"), [(Split, [40]), (FewRows, [14, 13, 13])])
def test_they_are_the_averages_of_the_batches_layer_after_layer_and_do_not_stay(split, sizes):
    torch.manual_seed(1)
    net = model()
    for parameter in net.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    expected = averages(model_like(net), X[:40], sizes)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    net.train()
    with recomputed_statistics(task(), net, split((X[:40], Y[:40])), 0):
        found = [net[1].running_mean, net[1].running_var, net[5].running_mean, net[5].running_var]
        for ours, theirs in zip(found, expected, strict=True):
            torch.testing.assert_close(ours.double(), theirs.detach(), rtol=1e-5, atol=1e-6)
        assert net.training
        assert net[3].training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert net[1].momentum == 0.1


def model_like(net):
    other = model()
    other.load_state_dict(net.state_dict())
    return other


def test_the_loss_is_that_of_training_up_to_the_unbiased_variance():
    torch.manual_seed(2)
    net, whole = model(), Split((X[:40], Y[:40]))
    net[3].p = 0.0
    with recomputed_statistics(task(), net, whole, 0):
        found, _ = evaluate(task(), net, whole)
    lagging, _ = evaluate(task(), net, whole)
    with torch.no_grad():
        in_training = float(torch.nn.functional.cross_entropy(net.train()(X[:40]), Y[:40]))
    assert found == pytest.approx(in_training, rel=0.5 / 39)
    assert abs(lagging - in_training) > 3 * abs(found - in_training)


def test_training_and_checkpoints_do_not_depend_on_them():
    runs = [
        zenith.train(task(), "sgd", steps=6, batch_size=10, checkpoints=2, options=options)
        for options in (None, {"batchnorm_samples": 0}, {"batchnorm_samples": 30})
    ]
    plain, *others = runs
    for run in others:
        assert run.trace.steps["loss"] == plain.trace.steps["loss"]
        for step, state in plain.checkpoints.items():
            assert all(torch.equal(value, run.checkpoints[step][name]) for name, value in state.items())
    assert len({tuple(run.trace.epochs["train_loss"]) for run in runs}) == 3
    assert runs[2].options == {"batchnorm_samples": 30}
    net = model()
    net.load_state_dict(plain.final)
    whole = Split((X[:40], Y[:40]))
    with recomputed_statistics(task(), net, whole, 30):
        assert evaluate(task(), net, whole)[0] == others[1].trace.epochs["train_loss"][-1]


def test_a_model_without_batch_norm_has_the_same_run():
    losses = [
        zenith.train("digits", "sgd", steps=2, options=options).trace.epochs["train_loss"]
        for options in (None, {"batchnorm_samples": 100})
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    ("samples", "message"), [(1, "one sample has no variance"), (-1, "batchnorm_samples must be a whole number")]
)
def test_wrong_numbers_are_refused(samples, message):
    with pytest.raises(ValueError, match=message):
        zenith.LoopOptions(batchnorm_samples=samples)


def test_seeds_are_trained_one_after_another():
    with pytest.warns(RuntimeWarning, match="batchnorm_samples is for one model at a time"):
        runs = zenith.train_seeds(task(), "sgd", 2, steps=3, batch_size=10, options={"batchnorm_samples": 0})
    alone = zenith.train(task(), "sgd", 1, steps=3, batch_size=10, options={"batchnorm_samples": 0})
    assert runs[1].trace.epochs["train_loss"] == alone.trace.epochs["train_loss"]
