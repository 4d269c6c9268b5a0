"""Losses and metrics whose mean over batches is not their value on a set: said before training, with what to do."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import zenith
from zenith.training.evaluation import evaluate

N, D, C = 60, 5, 4
G = torch.Generator().manual_seed(3)
X = torch.randn(N, D, generator=G)
Y = torch.randint(C, (N,), generator=G)
REAL = torch.randn(N, C, generator=G)
BINARY = (torch.rand(N, C, generator=G) > 0.5).float()
IGNORED = Y.where(torch.arange(N) % 9 != 3, -100)
RARE = Y.where(torch.arange(N) != 50, -1)
WEIGHTS = torch.tensor([0.2, 1.0, 3.0, 0.5])


def net():
    return nn.Sequential(nn.Linear(D, 8), nn.Tanh(), nn.Linear(8, C))


def flat():
    """Of which all outputs are zero at first, so that no loss tells samples apart there."""
    model = net()
    nn.init.zeros_(model[2].weight)
    nn.init.zeros_(model[2].bias)
    return model


def task(loss, targets, rows=7, model=net, **changes):
    given = DataLoader(TensorDataset(X, targets), batch_size=rows, collate_fn=_collated) if rows else (X, targets)
    options = {"metric": {"one": _one}, "train": given, "test": given} | changes
    return zenith.Task(name="own", model=model, loss=loss, **options)


def _collated(samples):
    return torch.utils.data.default_collate(samples)


def _one(model, batch):
    return torch.ones(())


def train(own, **options):
    return zenith.train(own, "constant", 0, **{"steps": 2, "batch_size": 7, "device": "cpu", **options})


HIDDEN = {
    "ignored": (
        lambda model, batch: functional.cross_entropy(model(batch[0]), batch[1]),
        IGNORED,
        lambda batch: (batch[1] != -100).sum(),
    ),
    "masked": (
        lambda o, y: functional.cross_entropy(o[y >= 0], y[y >= 0]),
        IGNORED,
        lambda batch: (batch[1] >= 0).sum(),
    ),
    "class weights": (
        lambda outputs, targets: functional.cross_entropy(outputs, targets, weight=WEIGHTS.to(outputs)),
        Y,
        lambda batch: WEIGHTS[batch[1]].double().sum(),
    ),
}
NO_MEANS = {
    "infonce": (lambda o, y: functional.cross_entropy(o @ y.T, torch.arange(len(o))), REAL),
    "root": (lambda o, y: (o - y).square().mean().sqrt(), REAL),
    "dice": (lambda o, b: 1 - (2 * (o.sigmoid() * b).sum() + 1) / ((o.sigmoid() + b).sum() + 1), BINARY),
}
MEANS = {
    "cross-entropy": (nn.CrossEntropyLoss(), IGNORED),
    "batchmean": (nn.KLDivLoss(reduction="batchmean"), REAL.softmax(1)),
    "squares": (nn.MSELoss(), REAL),
    "binary": (nn.BCEWithLogitsLoss(), BINARY),
    "own": (lambda outputs, targets: functional.cross_entropy(outputs, targets), Y),
    "smooth": (lambda model, b: functional.cross_entropy(model(b[0]), b[1], label_smoothing=0.1), Y),
    "quantile": (lambda o, t: torch.maximum(0.9 * (t - o), -0.1 * (t - o)).mean(), REAL),
    "noisy": (lambda o, t: functional.mse_loss(o + torch.randn_like(o), t), REAL),
    "by sample": (lambda o, t: (o - t).square().mean(1).sqrt().mean(), REAL),
}


@pytest.mark.parametrize("model", [net, flat])
@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_weights_are_refused_and_count_gives_them(name, model):
    loss, targets, count = HIDDEN[name]
    steps = []
    with pytest.raises(ValueError, match=r"hides what it divides by.*give count=") as caught:
        train(task(loss, targets, model=model), on_step=lambda *step: steps.append(step))
    assert not steps
    assert "\n" not in str(caught.value)
    counted = task(loss, targets, model=model, count=count)
    run = train(counted)
    trained = net()
    trained.load_state_dict(run.final)
    of_model = name == "ignored"
    whole = loss(trained, (X, targets)) if of_model else loss(trained(X), targets)
    assert run.trace.epochs["train_loss"][-1] == pytest.approx(whole.item(), rel=1e-5)
    with pytest.raises(ValueError, match="count= of task 'own' is not what its loss divides by"):
        train(task(loss, targets, model=model, count=lambda batch: len(batch[0])))


def test_a_single_ignored_target_among_tensors_is_found():
    loss, _, count = HIDDEN["masked"]
    with pytest.raises(ValueError, match="hides what it divides by"):
        train(task(loss, RARE, rows=0), options={"accumulate": 2})
    assert train(task(loss, RARE, rows=0, count=count), options={"accumulate": 2}).status == "finished"


@pytest.mark.parametrize("name", NO_MEANS)
def test_losses_that_are_no_means_are_refused_where_they_would_be_cut(name):
    loss, targets = NO_MEANS[name]
    with pytest.raises(ValueError, match="is no mean over samples"):
        train(task(loss, targets))
    with pytest.raises(ValueError, match="is no mean over samples"):
        train(task(loss, targets, rows=0), options={"accumulate": 2})
    # As a whole, or as the mean over batches that the user means, it is one.
    run = train(task(loss, targets, rows=0))
    trained = net()
    trained.load_state_dict(run.final)
    assert run.trace.epochs["test_loss"][-1] == pytest.approx(loss(trained(X), targets).item(), rel=1e-5)
    run = train(task(loss, targets, count=lambda batch: len(batch[0])))
    trained.load_state_dict(run.final)
    cut = list(zip(X.split(7), targets.split(7), strict=True))
    expected = sum(len(x) * loss(trained(x), y).item() for x, y in cut) / N
    assert run.trace.epochs["test_loss"][-1] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("model", [net, flat])
@pytest.mark.parametrize("name", MEANS)
def test_means_over_samples_are_taken(name, model):
    loss, targets = MEANS[name]
    assert train(task(loss, targets, model=model)).status == "finished"
    assert train(task(loss, targets, model=lambda: model().bfloat16().float())).status == "finished"


def test_a_model_that_mixes_its_samples_is_no_mean_either():
    class Centred(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = net()

        def forward(self, x):
            return self.body(x - x.mean(0))

    with pytest.raises(ValueError, match="is no mean over samples"):
        train(task(nn.CrossEntropyLoss(), Y, model=Centred))


def test_a_metric_that_is_no_mean_is_refused_and_accumulates_instead():
    def recall(outputs, targets):
        hit = outputs.argmax(1) == targets
        per_class = [hit[targets == c].float().mean() for c in range(C) if (targets == c).any()]
        return torch.stack(per_class).mean()

    class Recall:
        def reset(self):
            self.pairs = []

        def update(self, model, batch):
            self.pairs.append((model(batch[0]), batch[1]))

        def compute(self):
            return recall(*map(torch.cat, zip(*self.pairs, strict=True)))

    with pytest.raises(ValueError, match=r"metric 'recall' of task 'own' is no mean over samples.*accumulates it"):
        train(task(nn.CrossEntropyLoss(), Y, metric=recall))
    train(task(nn.CrossEntropyLoss(), Y, rows=0, metric=recall))  # of the whole set at once, it is right
    run = train(task(nn.CrossEntropyLoss(), Y, metric={"recall": Recall()}))
    trained = net()
    trained.load_state_dict(run.final)
    assert run.trace.epochs["test_metric"][-1] == pytest.approx(recall(trained(X), Y).item())


class Lengths(torch.utils.data.Dataset):
    """Sequences of different lengths, with a target for each element."""

    def __len__(self):
        return 23

    def __getitem__(self, index):
        length = 1 + index % 5
        return X[:length, 0] * (index + 1), X[:length, 1]


def in_a_row(samples):
    return torch.cat([x for x, _ in samples])[:, None], torch.cat([y for _, y in samples])[:, None]


def node():
    return nn.Linear(1, 1)


@pytest.mark.parametrize(
    ("criterion", "metric"),
    [
        (nn.MSELoss(), "mean_squared_error"),
        (functional.l1_loss, "mean_absolute_error"),
        (nn.HuberLoss(), "mean_squared_error"),
    ],
    ids=["squares", "l1", "huber"],
)
def test_elements_weigh_ragged_batches_as_the_criterion_does(criterion, metric):
    whole = in_a_row([Lengths()[i] for i in range(23)])
    error = {"mean_squared_error": nn.MSELoss(), "mean_absolute_error": nn.L1Loss()}[metric]
    values = []
    for rows in (3, 23):
        given = DataLoader(Lengths(), batch_size=rows, collate_fn=in_a_row)
        own = zenith.Task(name="own", model=node, train=given, test=given, loss=criterion, metric=metric)
        run = train(own, options={"accumulate": 2})
        trained = node()
        trained.load_state_dict(run.final)
        expected = criterion(trained(whole[0]), whole[1]).item(), error(trained(whole[0]), whole[1]).item()
        assert evaluate(own, trained, own.load().test) == pytest.approx(expected, rel=1e-5)
        values.append(run.trace.steps["loss"])
    plain = train(own).trace.steps["loss"]
    assert values[0] == pytest.approx(plain, rel=1e-5)  # the pieces of a batch as the whole
    hidden = zenith.Task(
        name="own", model=node, train=given, test=given, loss=lambda o, t: criterion(o, t), metric=metric
    )
    with pytest.raises(ValueError, match="hides what it divides by"):
        train(hidden, options={"accumulate": 2})


def test_samples_that_are_columns_of_others_and_tensors_that_numpy_has_not():
    """A single element keeps its stride when it is cut out, and bfloat16 is no type of NumPy's."""
    x, y = X.bfloat16(), Y
    columns = [(X[i : i + 1, 2], X[i : i + 1, 1]) for i in range(N)]
    loss = {"loss": nn.MSELoss(), "metric": "mean_squared_error"}
    own = zenith.Task(name="own", model=node, train=columns, test=columns, **loss)
    assert train(own).status == "finished"
    plain = zenith.Task(name="own", model=node, train=(X[:, 2:3], X[:, 1:2]), test=columns, **loss)
    assert train(plain).trace.steps["loss"] == train(own).trace.steps["loss"]
    half = task(nn.CrossEntropyLoss(), y, train=(x, y), test=(x, y), model=lambda: net().bfloat16())
    assert train(half).status == "finished"
    assert half.load().fingerprint != task(nn.CrossEntropyLoss(), y, train=(X, y), test=(X, y)).load().fingerprint
