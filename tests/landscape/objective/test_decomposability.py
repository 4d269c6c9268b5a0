"""Losses and metrics that are means over samples, and those that are not: told apart, and each treated by what it
is."""

import contextlib

import pytest
import torch
from torch import nn
from torch.nn import functional

import landscape as ls
from landscape.objective.objective import Objective

N, D, C = 70, 5, 4


def net(out=C):
    with torch.random.fork_rng():
        torch.manual_seed(7)
        return nn.Sequential(nn.Linear(D, 8), nn.Tanh(), nn.Linear(8, out))


def data():
    g = torch.Generator().manual_seed(11)
    X = torch.randn(N, D, generator=g)
    y = torch.randint(0, C, (N,), generator=g)
    real = torch.randn(N, C, generator=g)
    return X, y, real, (torch.rand(N, C, generator=g) > 0.5).float(), torch.softmax(real, 1)


X, Y, REAL, BINARY, PROB = data()
SIGNS = 2 * (Y % 2).float() - 1


def on(function, *targets):
    """Loss of outputs and of the batch's further tensors, as a function of model and batch, with the data."""
    return (lambda model, batch: function(model(batch[0]), *batch[1:])), (X, *targets)


def _triplet(model, batch):
    return nn.TripletMarginLoss()(*(model(x) for x in batch))


def _ctc(model, batch):
    x, target, lengths = batch
    logits = model(x).log_softmax(-1).transpose(0, 1)
    return nn.CTCLoss(blank=0)(logits, target, torch.full((len(x),), x.shape[1]), lengths)


G = torch.Generator().manual_seed(5)
SEQUENCES = torch.randn(N, 6, D, generator=G)
LABELS = torch.randint(1, C, (N, 3), generator=G)
LENGTHS = torch.randint(1, 4, (N,), generator=G)
CLASS_WEIGHTS = torch.tensor([0.2, 1.0, 3.0, 0.5])
IGNORED = Y.where(torch.arange(N) % 9 != 3, -100)


def _focal(o, y):
    missing = 1 - o.softmax(1).gather(1, y[:, None])
    return (missing.flatten() ** 2 * functional.cross_entropy(o, y, reduction="none")).mean()


CRITERIA = {
    "mse": (nn.MSELoss(), REAL),
    "l1": (nn.L1Loss(), REAL),
    "smooth l1": (nn.SmoothL1Loss(), REAL),
    "huber": (nn.HuberLoss(), REAL),
    "cross entropy": (nn.CrossEntropyLoss(), Y),
    "class weights": (nn.CrossEntropyLoss(weight=CLASS_WEIGHTS), Y),
    "ignored": (nn.CrossEntropyLoss(), IGNORED),
    "smoothing": (nn.CrossEntropyLoss(label_smoothing=0.1), Y),
    "weights and smoothing": (nn.CrossEntropyLoss(weight=CLASS_WEIGHTS, label_smoothing=0.1), IGNORED),
    "class probabilities": (nn.CrossEntropyLoss(), PROB),
    "bce": (nn.BCEWithLogitsLoss(), BINARY),
    "bce pos weight": (nn.BCEWithLogitsLoss(pos_weight=CLASS_WEIGHTS), BINARY),
    "multilabel margin": (nn.MultiLabelMarginLoss(), (BINARY * (C - 1)).long()),
    "multilabel soft margin": (nn.MultiLabelSoftMarginLoss(), BINARY),
    "multi margin": (nn.MultiMarginLoss(), Y),
    "soft margin": (nn.SoftMarginLoss(), 2 * BINARY - 1),
    "poisson": (nn.PoissonNLLLoss(), REAL.exp().round()),
    "hinge embedding": (nn.HingeEmbeddingLoss(), 2 * BINARY - 1),
}

MEANS = {
    "nll": on(lambda o, y: functional.nll_loss(o.log_softmax(1), y), Y),
    "kl batchmean": on(lambda o, p: functional.kl_div(o.log_softmax(1), p, reduction="batchmean"), PROB),
    "kl mean": on(lambda o, p: (p * (p.log() - o.log_softmax(1))).mean(), PROB),
    "gaussian nll": on(lambda o, t: functional.gaussian_nll_loss(o, t, (o**2 + 0.1).detach() + o.exp()), REAL),
    "focal": on(
        lambda o, y: (
            ((1 - o.softmax(1).gather(1, y[:, None])) ** 2).flatten()
            @ functional.cross_entropy(o, y, reduction="none")
            / len(y)
        ),
        Y,
    ),
    "cosine": on(lambda o, t, s: functional.cosine_embedding_loss(o, t, s), REAL, SIGNS),
    "margin ranking": on(lambda o, s: functional.margin_ranking_loss(o[:, 0], o[:, 1], s, margin=0.3), SIGNS),
    "triplet": (_triplet, (X, X + REAL[:, :1], X.flip(0))),
    "ctc": (_ctc, (SEQUENCES, LABELS, LENGTHS)),
    "dice of each sample": on(
        lambda o, b: (1 - 2 * (o.sigmoid() * b).sum(1) / (o.sigmoid() + b).sum(1)).mean(), BINARY
    ),
    "root of each sample": on(lambda o, t: (o - t).square().mean(1).sqrt().mean(), REAL),
    "logcosh": on(lambda o, t: (o - t).cosh().log().mean(), REAL),
    "quantile": on(lambda o, t: torch.maximum(0.9 * (t - o), -0.1 * (t - o)).mean(), REAL),
    "evidential constant": on(lambda o, t: (o - t).square().mean() + 3.0, REAL),
    "self-distillation": on(lambda o, t: functional.mse_loss(o, o.detach() * 0.5 + t), REAL),
    "entropy": on(lambda o, y: -(o.softmax(1) * o.log_softmax(1)).sum(1).mean(), Y),
    "large outputs": on(lambda o, t: (1e3 * o - 1e3 * t).square().mean(), REAL),
    "sequence by sample": (lambda m, b: functional.cross_entropy(m(b[0]).mean(1), b[1][:, 0]), (SEQUENCES, LABELS)),
}


def _infonce(o, positives):
    a, b = functional.normalize(o, dim=1), functional.normalize(positives, dim=1)
    return functional.cross_entropy(a @ b.T / 0.1, torch.arange(len(a)))


def _supervised_contrastive(o, y):
    z = functional.normalize(o, dim=1)
    logits = z @ z.T / 0.2 - 1e4 * torch.eye(len(z))
    same = (y[:, None] == y).float() - torch.eye(len(z))
    return -((same * logits.log_softmax(1)).sum(1) / same.sum(1).clamp(min=1)).mean()


def _cox(o, time, event):
    order = time.argsort(descending=True)
    risk = o[order, 0]
    return -((risk - risk.logcumsumexp(0)) * event[order]).sum() / event.sum()


def _batch_hard(o, y):
    d = torch.cdist(o, o + 1e-3)
    same = y[:, None] == y
    return (d.where(same, d.new_zeros(())).amax(1) - d.where(~same, d.new_full((), 1e3)).amin(1) + 0.3).relu().mean()


def _concordance(o, t):
    x, y = o.flatten(), t.flatten()
    return 1 - 2 * ((x - x.mean()) * (y - y.mean())).mean() / (
        x.var(correction=0) + y.var(correction=0) + (x.mean() - y.mean()) ** 2
    )


def _mmd(o, t):
    def kernel(a, b):
        return torch.exp(-torch.cdist(a, b).square() / 2).mean()

    return kernel(o, o) + kernel(t, t) - 2 * kernel(o, t)


def _correlations(o, t):
    a, b = ((z - z.mean(0)) / (z.std(0) + 1e-3) for z in (o, t))
    return (a.T @ b / len(a) - torch.eye(C)).square().sum()


TIMES, EVENTS = torch.rand(N, generator=G), (torch.rand(N, generator=G) < 0.6).float()
MASK = (torch.rand(N, generator=G) < 0.8).float()

NO_MEANS = {
    "infonce": on(_infonce, REAL),
    "supervised contrastive": on(_supervised_contrastive, Y),
    "cox": on(_cox, TIMES, EVENTS),
    "root mean square": on(lambda o, t: (o - t).square().mean().sqrt(), REAL),
    "dice": on(lambda o, b: 1 - (2 * (o.sigmoid() * b).sum() + 1) / ((o.sigmoid() + b).sum() + 1), BINARY),
    "tversky": on(lambda o, b: 1 - (o.sigmoid() * b).sum() / (0.3 * o.sigmoid() + 0.7 * b).sum(), BINARY),
    "batch hard triplet": on(_batch_hard, Y),
    "concordance": on(_concordance, REAL),
    "unexplained variance": on(lambda o, t: (o - t).square().sum() / (t - t.mean(0)).square().sum(), REAL),
    "mmd": on(_mmd, REAL),
    "correlations": on(_correlations, REAL),
    "variance hinge": on(lambda o, t: (1 - (o.var(0) + 1e-4).sqrt()).relu().mean() + functional.mse_loss(o, t), REAL),
    "hard examples": on(
        lambda o, y: functional.cross_entropy(o, y, reduction="none").topk(max(1, len(y) // 4)).values.mean(), Y
    ),
    "largest": on(lambda o, y: functional.cross_entropy(o, y, reduction="none").max(), Y),
    "tilted": on(lambda o, y: functional.cross_entropy(o, y, reduction="none").exp().mean().log(), Y),
    "perplexity": on(lambda o, y: functional.cross_entropy(o, y).exp(), Y),
    "mean prediction": on(lambda o, p: functional.kl_div(o.softmax(1).mean(0).log(), p.mean(0), reduction="sum"), PROB),
}


def _hidden_weights(o, y):
    return functional.cross_entropy(o, y, weight=CLASS_WEIGHTS.to(o))


RARE = Y.where(torch.arange(N) != 50, -1)
HIDDEN = {
    "ignored": on(lambda o, y: functional.cross_entropy(o, y), IGNORED),
    "one ignored of 70": on(lambda o, y: functional.cross_entropy(o[y >= 0], y[y >= 0]), RARE),
    "a class dropped": on(lambda o, y: functional.cross_entropy(o[y != 2], y[y != 2]), Y),
    "missing targets": on(
        lambda o, t: (o - t)[t.isfinite()].square().mean(), REAL.where(torch.arange(N)[:, None] % 7 != 5, torch.nan)
    ),
    "class weights": on(_hidden_weights, Y),
    "mask": on(lambda o, y, m: (m * functional.cross_entropy(o, y, reduction="none")).sum() / m.sum(), Y, MASK),
    "by positives": on(
        lambda o, b: functional.binary_cross_entropy_with_logits(o, b, reduction="sum") / b.sum(), BINARY
    ),
}
COUNTS = {
    "ignored": lambda batch: (batch[1] != -100).sum(),
    "one ignored of 70": lambda batch: (batch[1] >= 0).sum(),
    "a class dropped": lambda batch: (batch[1] != 2).sum(),
    "missing targets": lambda batch: batch[1].isfinite().sum(),
    "class weights": lambda batch: CLASS_WEIGHTS[batch[1]].double().sum(),
    "mask": lambda batch: batch[2].sum(),
    "by positives": lambda batch: batch[1].sum(),
}
SUMS = {
    "sum": on(lambda o, y: functional.cross_entropy(o, y, reduction="sum"), Y),
    "sum over a constant": on(lambda o, t: (o - t).square().sum() / N, REAL),
}


def model_at(point):
    """At initial weights; with nothing at all in them; at weights of which the loss is saturated or large."""
    model = net()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_({"initial": 1.0, "zero": 0.0, "large": 30.0}[point])
    return model


def by_hand(model, loss, data):
    """The definition: all samples in one batch."""
    return float(loss(model.eval(), data).detach())


def batches_of(data, rows=16):
    return list(zip(*(t.split(rows) for t in data), strict=True))


# ------------------------------------------------------------------ which is which


@pytest.mark.parametrize(
    ("point", "dtype"),
    [("initial", torch.float64), ("initial", torch.bfloat16), ("zero", None), ("large", None)],
    ids=str,
)
@pytest.mark.parametrize("name", [*CRITERIA, *MEANS])
def test_means_over_samples_are_never_refused(name, point, dtype):
    model = model_at(point)
    arguments = {"data": MEANS[name][1], "loss": MEANS[name][0]} if name in MEANS else {}
    if name in CRITERIA:
        arguments = {"criterion": CRITERIA[name][0], "data": (X, CRITERIA[name][1])}
    try:
        objective = Objective(model, dtype=dtype, batch_size=16, **arguments)
    except (NotImplementedError, ValueError) as error:
        if "not implemented for 'BFloat16'" not in str(error):
            raise
        pytest.skip(f"torch has no such kernel: {error}")
    assert objective.decomposes is True
    one = Objective(model, dtype=dtype, batch_size=N, **arguments)
    if dtype == torch.float64:
        assert objective.value() == pytest.approx(one.value(), rel=1e-12)
        assert one.with_batch_size(9).value() == pytest.approx(one.value(), rel=1e-12)


@pytest.mark.parametrize(
    ("point", "dtype"), [("initial", None), ("initial", torch.float64), ("zero", None), ("large", None)], ids=str
)
@pytest.mark.parametrize("name", [*NO_MEANS, *HIDDEN, *SUMS])
def test_what_is_no_mean_over_samples_is_never_cut(name, point, dtype):
    """In one batch it is an objective; tensors are not cut for it, and the remedy in the message works."""
    loss, data = (NO_MEANS | HIDDEN | SUMS)[name]
    if (name, point) == ("variance hinge", "large"):
        pytest.skip("its hinge is inactive there, which leaves a mean")
    model = model_at(point)
    words = "is a sum" if name in SUMS else "hides what" if name in HIDDEN else "is no mean"
    with pytest.raises(ValueError, match=f"The loss {words}"):
        Objective(model, data=data, loss=loss, batch_size=16, dtype=dtype)
    whole = Objective(model, data=data, loss=loss, batch_size=N, dtype=dtype)
    assert whole.decomposes is False
    assert "nothing: the loss is no mean over samples" in whole.protocol()["mean_over"]
    assert whole.with_batch_size(N).value() == whole.value()  # no cut
    if point == "initial" and dtype is None:
        assert whole.value() == pytest.approx(by_hand(model, loss, data), rel=1e-5)
    for cut in (lambda: whole.with_batch_size(16), lambda: whole.subset(20)):
        with pytest.raises(ValueError, match="build an Objective on"):
            cut()


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_weights_are_given_by_count(name):
    loss, data = HIDDEN[name]
    model = net()
    with pytest.raises(ValueError, match="pass count="):
        Objective(model, data=batches_of(data), loss=loss, dtype=torch.float64)
    counted = Objective(model, data=data, loss=loss, count=COUNTS[name], batch_size=16, dtype=torch.float64)
    whole = Objective(model, data=data, loss=loss, batch_size=N, dtype=torch.float64)
    assert counted.decomposes
    assert counted.value() == pytest.approx(whole.value(), rel=1e-7)  # class weights are float32 in the count
    with pytest.raises(ValueError, match="count= gives weights that are not those of the loss"):
        Objective(model, data=data, loss=loss, count=lambda batch: len(batch[0]), batch_size=16)


@pytest.mark.parametrize("name", NO_MEANS)
def test_batches_of_the_user_are_averaged_as_in_a_training_loop(name):
    loss, data = NO_MEANS[name]
    model, batches = net(), batches_of(data)
    objective = Objective(model, data=batches, loss=loss)
    expected = sum(len(batch[0]) * by_hand(model, loss, batch) for batch in batches) / N
    assert objective.value() == pytest.approx(expected, rel=1e-5)
    assert objective.decomposes is False
    assert "the value depends on how they are cut" in objective.protocol()["mean_over"]
    for other in (
        lambda: objective.with_batch_size(8),
        lambda: objective.subset(30),
        lambda: ls.curvature.minibatch_curvature(objective, 8),
        lambda: ls.sharpness.worst_case_sharpness(objective, rho=0.1, m=8),
        lambda: ls.connectivity.connect(objective, net(), model, batch_size=8, steps=4),
    ):
        with pytest.raises(ValueError, match="build an Objective on"):
            other()


class Hungry:
    """A loss for which the memory holds so many rows."""

    def __init__(self, loss):
        self.loss, self.rows = loss, N

    def __call__(self, model, batch):
        if len(batch[0]) > self.rows:
            raise torch.OutOfMemoryError("out of memory")
        return self.loss(model, batch)


@pytest.mark.parametrize("name", ["infonce", "cox", "root mean square"])
@pytest.mark.parametrize("route", ["auto", "plain"])
def test_curvature_is_that_of_all_samples(name, route):
    """Neither chunks near the caches nor halves after running out of memory may cut such a loss."""
    loss, data = NO_MEANS[name]
    model = net().double()
    data = tuple(t.double() for t in data)
    hungry = Hungry(loss)
    objective = Objective(model, data=data, loss=hungry, batch_size=N)
    parameters = list(model.parameters())
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss(model, data), parameters, create_graph=True)])
    v = torch.linspace(-1, 1, len(gradient), dtype=torch.float64)
    expected = torch.cat([g.flatten() for g in torch.autograd.grad(gradient @ v, parameters)])
    with ls.HessianOperator(objective, route=route) as operator:
        torch.testing.assert_close(operator.matvec(v), expected, rtol=1e-9, atol=1e-12)
        operator.close()
        hungry.rows = N - 1
        with pytest.raises(torch.OutOfMemoryError):
            operator.matvec(v)


def test_a_model_that_mixes_samples_is_no_mean_either():
    class Centred(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = net()

        def forward(self, x):
            return self.body(x - x.mean(0))

    with pytest.raises(ValueError, match="no mean over samples"):
        Objective(Centred(), nn.CrossEntropyLoss(), (X, Y), batch_size=16)


def test_losses_of_one_batch_size_are_not_checked_and_say_so():
    targets = torch.arange(16)

    def loss(model, batch):
        return functional.cross_entropy(model(batch[0]) @ batch[1].T, targets)

    objective = Objective(net(), data=batches_of((X[:64], REAL[:64])), loss=loss)
    assert objective.decomposes is None
    assert objective.protocol()["mean_over"].startswith("batches, by their weights; not checked")


def in_pairs(model, batch):
    """Each row is to be nearest to its neighbour; NaN where one has none."""
    z = functional.normalize(model(batch[0]), dim=1)
    itself = torch.eye(len(z), dtype=torch.bool)
    pairs = (batch[1][:, None] == batch[1]) & ~itself
    return -((z @ z.T).masked_fill(itself, -9.0).log_softmax(1) * pairs).sum(1).div(pairs.sum(1)).mean()


def even(model, batch):
    if len(batch[0]) % 16:
        raise ValueError("give multiples of 16 rows")
    return cross_entropy(model, batch) + rmse(model, (*batch, batch[0][:, :C]))


@pytest.mark.parametrize(("loss", "targets"), [(in_pairs, torch.arange(N) // 2), (even, Y)])
def test_losses_that_take_no_few_samples_are_compared_with_halves(loss, targets):
    """Of 31 samples and their parts they are not finite, or raise."""
    data = X[:64], targets[:64]
    with pytest.raises(ValueError, match=r"no mean over samples \(the loss of 32 samples"):
        Objective(net(), loss=loss, data=data, batch_size=32)
    whole = Objective(net(), loss=loss, data=data)
    assert whole.decomposes is False
    with pytest.raises(ValueError, match="would be another function"):
        whole.with_batch_size(32)


def test_errors_of_samples_and_fewer_samples_are_refused():
    class Root(nn.MSELoss):
        def forward(self, output, target):
            return super().forward(output, target).sqrt()

    objective = Objective(net(), Root(), (X, REAL), batch_size=N)
    with pytest.raises(ValueError, match="single samples have no losses"):
        ls.line(objective, ls.random_direction(objective, seed=0), [0.0, 1.0], resolution=0.1)
    with pytest.raises(ValueError, match="build an Objective on"):
        ls.Objective(net(), Root(), batches_of((X, REAL))).subset(20)


# ------------------------------------------------------------------ metrics


class MacroF1:
    """Mean over classes of the harmonic mean of precision and recall."""

    def reset(self):
        self.pairs = []

    def update(self, model, batch):
        self.pairs.append((model(batch[0]).argmax(1), batch[1]))

    def compute(self):
        return macro_f1_of(*(torch.cat(parts) for parts in zip(*self.pairs, strict=True)))


def macro_f1_of(predicted, target):
    hits = torch.stack([((predicted == c) & (target == c)).sum() for c in range(C)])
    sizes = torch.stack([(predicted == c).sum() + (target == c).sum() for c in range(C)])
    return (2 * hits / sizes.clamp(min=1)).mean()


def macro_f1(model, batch):
    return macro_f1_of(model(batch[0]).argmax(1), batch[1])


def accuracy(model, batch):
    return (model(batch[0]).argmax(1) == batch[1]).float().mean()


def rmse(model, batch):
    return (model(batch[0]) - batch[2]).square().mean().sqrt()


def r2(model, batch):
    return 1 - (model(batch[0]) - batch[2]).square().sum() / (batch[2] - batch[2].mean(0)).square().sum()


def cross_entropy(model, batch):
    return functional.cross_entropy(model(batch[0]), batch[1])


DATA = (X, Y, REAL)


@pytest.mark.parametrize("metric", [macro_f1, rmse, r2])
def test_metrics_that_are_no_means_are_refused_on_several_batches(metric):
    for data in (DATA, batches_of(DATA)):
        with pytest.raises(ValueError, match="The metric 'it' is no mean over samples"):
            Objective(net(), data=data, loss=cross_entropy, metrics={"it": metric}, batch_size=16)
    whole = Objective(net(), data=DATA, loss=cross_entropy, metrics={"it": metric}, batch_size=N)
    assert whole.evaluate()["it"] == pytest.approx(float(metric(net(), DATA).detach()), rel=1e-6)
    with pytest.raises(ValueError, match="without_metrics"):
        whole.with_batch_size(16)
    assert whole.without_metrics().with_batch_size(16).value() == pytest.approx(whole.value(), rel=1e-6)
    hungry = Hungry(cross_entropy)
    whole = Objective(net(), data=DATA, loss=hungry, metrics={"it": metric}, batch_size=N)
    with ls.HessianOperator(whole) as operator:  # which needs no metrics to halve its batches
        v = torch.ones(operator.size)
        product = operator.matvec(v)
        operator.close()
        hungry.rows = 16
        torch.testing.assert_close(operator.matvec(v), product, rtol=1e-4, atol=1e-6)
        assert "halved" in operator.protocol()["out_of_memory"]


def test_metrics_accumulate_over_batches():
    """In values, lines, planes by workers, and beside standard errors: one number, that of all samples."""
    model = net()
    options = {"metrics": {"f1": MacroF1(), "accuracy": accuracy}, "batch_size": 16}
    objective = Objective(model, data=DATA[:2], criterion=nn.CrossEntropyLoss(), **options)
    expected = float(macro_f1(model.eval(), DATA))
    assert objective.evaluate()["f1"] == pytest.approx(expected, abs=1e-7)
    assert objective.with_batch_size(7).evaluate()["f1"] == pytest.approx(expected, abs=1e-7)
    direction = ls.random_direction(objective, seed=0)
    line = ls.line(objective, direction, [0.0, 0.7])
    moved = {n: p + 0.7 * direction[n] for n, p in objective.parameters.items()}
    there = float(torch.func.functional_call(model, moved, (X,)).argmax(1).eq(Y).float().mean())
    assert line["accuracy"].values[1] == pytest.approx(there, abs=1e-6)
    assert line["f1"].values.tolist() == pytest.approx([expected, objective.evaluate(moved)["f1"]], abs=1e-7)
    subset = objective.subset(50)
    errors = ls.line(subset, direction, [0.0, 0.7])
    assert errors["f1"].values[1] == pytest.approx(subset.evaluate(moved)["f1"], abs=1e-7)
    assert "loss_se" in errors
    with pytest.raises(ValueError, match="without_metrics"):
        ls.line(objective, direction, [0.0, 1.0], resolution=0.1)
    assert ls.line(objective.without_metrics(), direction, [0.0, 1.0], resolution=0.1)["samples"].values.max() == N


def test_an_empty_batch_has_no_part_in_a_metric():
    batches = [(X[:0], Y[:0]), (X, Y)]
    objective = Objective(net(), nn.CrossEntropyLoss(), batches, metrics={"accuracy": accuracy})
    assert objective.evaluate()["accuracy"] == pytest.approx(float(accuracy(net().eval(), (X, Y))))


def test_torchmetrics_take_outputs_and_targets():
    with contextlib.suppress(ImportError):
        ls.objective.import_torchvision()  # which torchmetrics imports
    torchmetrics = pytest.importorskip("torchmetrics", reason="torchmetrics is not installed")
    metric = torchmetrics.classification.MulticlassF1Score(C, average="macro")
    objective = Objective(net(), nn.CrossEntropyLoss(), (X, Y), metrics={"f1": metric}, batch_size=16)
    assert objective.evaluate()["f1"] == pytest.approx(float(macro_f1(net().eval(), DATA)), abs=1e-6)
    assert metric._update_count == 0  # the user's own is left alone
    with pytest.raises(ValueError, match="hides the outputs"):
        Objective(net(), data=(X, Y), loss=cross_entropy, metrics={"f1": metric})


def test_an_accumulator_may_edit_its_batch():
    class Editing(MacroF1):
        def update(self, model, batch):
            super().update(model, batch)
            batch[0].zero_()
            batch[1][batch[1] == 1] = 0

    data = X.clone(), Y.clone()
    objective = Objective(net(), nn.CrossEntropyLoss(), data, metrics={"f1": Editing()}, batch_size=16)
    former = objective.evaluate()
    assert objective.evaluate() == former
    assert torch.equal(data[0], X)
    assert torch.equal(data[1], Y)
