"""Tasks of one's own: what people have as data, losses and metrics, and the sentence that a mistake gets."""

from __future__ import annotations

import functools
import math
import pickle
import re
import textwrap

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset, WeightedRandomSampler

import zenith
from zenith import tasks
from zenith.tasks.data import DatasetSplit, Split
from zenith.training.checks import check_factory
from zenith.training.evaluation import evaluate, measurements

FEATURES, CLASSES = 6, 3


def data(n=53, seed=3):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, FEATURES, generator=generator)
    return x, (x[:, :CLASSES]).argmax(1)


def net():
    return nn.Sequential(nn.Linear(FEATURES, 8), nn.ReLU(), nn.Linear(8, CLASSES))


class Samples(Dataset):
    """A map-style dataset, which counts what is asked of it."""

    def __init__(self, n=53, transform=None):
        self.x, self.y = data(n)
        self.transform, self.asked = transform, 0

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        self.asked += 1
        x = self.x[index]
        return (x if self.transform is None else self.transform(x)), int(self.y[index])


def task(**changes):
    given = {"name": "own", "model": net, "train": data(), "test": data(20, 4), "loss": nn.CrossEntropyLoss()}
    return zenith.Task(**{**given, **changes})


def trained(own, method="zenith", **budget):
    return zenith.train(own, method, 0, **{"epochs": 2, "batch_size": 8, "window": 3, "device": "cpu", **budget})


def numbers(run):
    steps = {name: column for name, column in run.trace.steps.items() if name != "seconds"}
    return str((steps, run.trace.epochs)), [tensor.tolist() for tensor in run.final.values()]


# --- data ------------------------------------------------------------------------------------------------------------


def mapped(tmp_path):
    """The same arrays, mapped from files."""
    x, y = data()
    np.save(tmp_path / "x.npy", x.numpy())
    np.save(tmp_path / "y.npy", y.numpy())
    return np.load(tmp_path / "x.npy", mmap_mode="r"), np.load(tmp_path / "y.npy", mmap_mode="r")


KINDS = {
    "arrays": lambda _: tuple(field.numpy() for field in data()),
    "mapped": mapped,
    "TensorDataset": lambda _: TensorDataset(*data()),
    "Subset": lambda _: Subset(TensorDataset(*data(60)), list(range(60))[:53]),
    "samples": lambda _: list(zip(*data(), strict=True)),
    "Dataset": lambda _: Samples(),
    "DataLoader": lambda _: DataLoader(Samples(), batch_size=5, shuffle=True),
    "workers": lambda _: DataLoader(Samples(), num_workers=2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_are_those_of_tensors_whatever_holds_the_samples(kind, tmp_path):
    fields = tuple(field[:53] for field in data(60)) if kind == "Subset" else data()
    expected = trained(task(train=fields))
    found = trained(task(train=KINDS[kind](tmp_path)))
    assert found.batch_order == expected.batch_order
    # The evaluation of a dataset has smaller batches, whose sums round otherwise; the steps are the same to the bit.
    assert found.trace.steps["loss"] == expected.trace.steps["loss"]
    assert numbers(found)[1] == numbers(expected)[1]
    for name, column in expected.trace.epochs.items():
        np.testing.assert_allclose(found.trace.epochs[name], column, rtol=1e-6)


def test_columns_make_mappings():
    x, y = data()

    def loss(model, batch):
        return nn.functional.cross_entropy(model(batch["x"]), batch["y"])

    own = task(train={"x": x, "y": y}, test={"x": x, "y": y}, loss=loss, metric={"accuracy": right})
    assert trained(own).trace.steps["loss"] == trained(task(test=data())).trace.steps["loss"]


def right(model, batch):
    return (model(batch["x"]).argmax(1) == batch["y"]).float().mean()


def test_samples_that_are_mappings_are_collated():
    x, y = data()
    rows = [{"x": x[i], "y": y[i]} for i in range(len(x))]

    def loss(model, batch):
        return nn.functional.cross_entropy(model(batch["x"]), batch["y"])

    own = task(train=rows, test=rows, loss=loss, metric={"accuracy": right})
    assert trained(own).trace.steps["loss"] == trained(task(test=data())).trace.steps["loss"]


def test_nothing_of_a_dataset_is_read_that_is_not_asked_for():
    samples = Samples(5000)
    own = task(train=samples, test=data(20, 4))
    loaded = own.load()
    assert isinstance(loaded.train, DatasetSplit)
    assert samples.asked <= 2 * 64 + 4
    samples.asked = 0
    loaded.train.batch(torch.tensor([4999, 3]))
    assert samples.asked == 2


def test_validation_is_held_out_once_and_evaluated_like_the_test_set():
    own = task(validation=0.2)
    loaded = own.load()
    assert (len(loaded.train), len(loaded.validation)) == (42, 11)
    rows = {tuple(row) for row in data()[0].tolist()}
    parts = [{tuple(row) for row in split.fields[0].tolist()} for split in (loaded.train, loaded.validation)]
    assert parts[0] | parts[1] == rows
    assert not parts[0] & parts[1]
    assert torch.equal(own.load().validation.fields[0], loaded.validation.fields[0])
    run = trained(own)
    model = net()
    model.load_state_dict(run.final)
    assert run.trace.epochs["validation_loss"][-1] == evaluate(own, model, loaded.validation)[0]
    elsewhere = task(validation=data(9, 5)).load()
    assert len(elsewhere.train) == 53
    assert len(elsewhere.validation) == 9
    assert loaded.fingerprint != task().load().fingerprint != elsewhere.fingerprint


# --- losses and metrics ----------------------------------------------------------------------------------------------


class Text(Dataset):
    """Token sequences of different lengths."""

    def __init__(self, n=21):
        generator = torch.Generator().manual_seed(1)
        lengths = torch.randint(1, 9, (n,), generator=generator).tolist()
        self.rows = [torch.randint(5, (length + 1,), generator=generator) for length in lengths]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return self.rows[index][:-1], self.rows[index][1:]


def padded(samples):
    inputs, targets = zip(*samples, strict=True)
    pad = nn.utils.rnn.pad_sequence
    return pad(inputs, batch_first=True), pad(targets, batch_first=True, padding_value=-100)


class Language(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(5, 7), nn.Linear(7, 5)

    def forward(self, tokens):
        return self.head(self.embedding(tokens)).transpose(1, 2)


def text(rows=4, **changes):
    loader = DataLoader(Text(), batch_size=rows, collate_fn=padded)
    given = {"name": "text", "model": Language, "train": loader, "test": loader, "loss": nn.CrossEntropyLoss()}
    return zenith.Task(**{**given, "metric": ["perplexity", "accuracy"], **changes})


def test_padded_text_is_weighted_by_its_tokens_however_it_is_cut():
    torch.manual_seed(0)
    model, (inputs, targets) = Language(), padded(list(Text()))
    outputs = model(inputs)
    counted = targets != -100
    loss = nn.functional.cross_entropy(outputs, targets).item()
    accuracy = (outputs.argmax(1) == targets)[counted].float().mean().item()
    for rows in (1, 4, 5, 21):
        own = text(rows)
        found = measurements(own, model, own.load().test)
        assert found == pytest.approx((loss, math.exp(loss), accuracy), rel=1e-6)


def test_count_weights_a_loss_that_hides_its_tokens():
    def loss(model, batch):
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    torch.manual_seed(0)
    model = Language()
    own = text(4, loss=loss, count=lambda batch: (batch[1] != -100).sum(), metric={"same": loss})
    expected = measurements(text(21), model, text().load().test)[0]
    assert measurements(own, model, own.load().test) == pytest.approx((expected, expected), rel=1e-6)


def test_a_criterion_with_arguments_bound_is_that_criterion():
    """Targets that functools.partial ignores are neither weighted nor counted as wrong."""
    given = DataLoader(Text(), batch_size=4, collate_fn=marked)
    bound = functools.partial(functools.partial(nn.functional.cross_entropy, ignore_index=-1), label_smoothing=0.1)
    torch.manual_seed(0)
    model, (inputs, targets) = Language(), marked(list(Text()))
    counted = targets != -1
    own = text(loss=bound, train=given, test=given, metric="accuracy")
    accuracy = (model(inputs).argmax(1) == targets)[counted].float().mean().item()
    assert measurements(own, model, own.load().test) == pytest.approx(
        (bound(model(inputs), targets).item(), accuracy), rel=1e-6
    )


def marked(samples):
    inputs, targets = padded(samples)
    return inputs, targets.masked_fill(targets == -100, -1)


@pytest.mark.parametrize("arguments", ["outputs, targets", "model, batch"])
def test_count_weights_metrics_of_either_kind(arguments):
    def of_outputs(outputs, targets):
        counted = targets != -100
        return (outputs.argmax(1) == targets)[counted].float().mean()

    def of_model(model, batch):
        return of_outputs(model(batch[0]), batch[1])

    metric = {"right": of_outputs if arguments == "outputs, targets" else of_model}
    own = text(4, metric=metric, count=lambda batch: (batch[1] != -100).sum())
    torch.manual_seed(0)
    model, (inputs, targets) = Language(), padded(list(Text()))
    found = measurements(own, model, own.load().test)[1]
    assert found == pytest.approx(of_outputs(model(inputs), targets).item(), rel=1e-6)


def normed():
    return nn.Sequential(nn.Linear(FEATURES, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, CLASSES))


@pytest.mark.parametrize(("batch_size", "pieces"), [(13, 1), (10, 2), (52, 1), (1, 1)])
def test_a_batch_of_one_that_batch_norm_cannot_take_is_said_before_any_step(batch_size, pieces):
    steps, own, options = [], task(model=normed), {"accumulate": pieces}
    with pytest.raises(ValueError, match=r"such as \d+, for no sample is dropped") as caught:
        trained(own, batch_size=batch_size, options=options, on_step=lambda *args: steps.append(args))
    assert not steps
    advised = int(re.search(r"such as (\d+)", str(caught.value))[1])
    assert trained(own, batch_size=advised, options=options).status == "finished"


def test_a_batch_of_one_is_taken_where_it_can_be():
    assert trained(task(), batch_size=13).status == "finished"


@pytest.mark.parametrize("method", ["zenith", "sam"])
def test_gradients_accumulate_by_tokens(method):
    """Each piece of a batch is weighted by its tokens, so that the gradient is that of the whole batch."""
    whole = trained(text(), method, epochs=1, batch_size=7)
    pieces = trained(text(), method, epochs=1, batch_size=7, options={"accumulate": 3})
    np.testing.assert_allclose(pieces.trace.steps["loss"], whole.trace.steps["loss"], rtol=1e-5)
    np.testing.assert_allclose(pieces.trace.steps["gradient_norm"], whole.trace.steps["gradient_norm"], rtol=1e-4)


def test_class_weights_count_as_in_one_batch():
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0, 0.2]))
    own = task(loss=criterion, train=DataLoader(Samples(), batch_size=7))
    torch.manual_seed(0)
    model = net()
    x, y = data()
    assert evaluate(own, model, own.load().train)[0] == pytest.approx(criterion(model(x), y).item(), rel=1e-6)


class MacroRecall:
    """The mean of the classes' recalls, which is no mean over batches."""

    def reset(self):
        self.found, self.there = torch.zeros(CLASSES), torch.zeros(CLASSES)

    def update(self, model, batch):
        x, y = batch
        hit = model(x).argmax(1) == y
        self.there += torch.bincount(y, minlength=CLASSES)
        self.found += torch.bincount(y[hit], minlength=CLASSES)

    def compute(self):
        return (self.found / self.there).mean()


def outputs_recall(outputs, targets):
    return (outputs.argmax(1) == targets).float().mean()


def test_metrics_of_all_kinds_are_recorded_under_their_names():
    own = task(metric={"recall": MacroRecall(), "hits": outputs_recall, "accuracy": "accuracy"}, validation=0.2)
    run = trained(own)
    names = {
        f"{part}_{name}" for part in ("train", "test", "validation") for name in ("loss", "metric", "hits", "accuracy")
    }
    assert run.trace.epochs.keys() == names
    model = net()
    model.load_state_dict(run.final)
    x, y = data(20, 4)
    metric = MacroRecall()
    metric.reset()
    metric.update(model, (x, y))
    assert run.trace.epochs["test_metric"][-1] == pytest.approx(float(metric.compute()), rel=1e-6)
    assert run.trace.epochs["test_hits"] == pytest.approx(run.trace.epochs["test_accuracy"], rel=1e-6)


@pytest.mark.integrations
def test_a_metric_of_torchmetrics_is_right_for_any_cut(framework):
    torchmetrics = framework("torchmetrics")
    f1 = torchmetrics.classification.MulticlassF1Score(num_classes=CLASSES, average="macro")
    torch.manual_seed(0)
    model = net()
    x, y = data()
    expected = f1(model(x), y).item()
    f1.reset()
    for rows in (1, 7, 53):
        own = task(train=DataLoader(Samples(), batch_size=rows), metric=["accuracy", f1])
        found = measurements(own, model, own.load().train)
        assert found[2] == pytest.approx(expected, rel=1e-6)
    assert own.metrics[1].name == "MulticlassF1Score"
    assert f1._update_count == 0  # the user's own is not touched
    assert "test_MulticlassF1Score" in trained(own).trace.epochs


class Several(nn.Module):
    """As the metrics of torchmetrics are that compute several numbers, of detections for example."""

    def reset(self):
        self.sizes = []

    def update(self, outputs, targets):
        self.sizes.append((outputs.argmax(1) == targets).float())

    def compute(self):
        right = torch.cat(self.sizes)
        return {"right": right.mean(), "wrong": 1 - right.mean(), "each": right}


def test_one_of_several_numbers_is_named():
    run = trained(task(metric={"wrong": Several(), "accuracy": "accuracy"}))
    np.testing.assert_allclose(1 - np.array(run.trace.epochs["test_metric"]), run.trace.epochs["test_accuracy"])
    with pytest.raises(ValueError, match=r"the metric 'Several' computes right, wrong, each: name it after one"):
        trained(task(metric=Several()))
    with pytest.raises(ValueError, match=r"'each' must be a number, got shape \(2,\)"):
        trained(task(metric={"each": Several()}))


def test_a_binary_accuracy_counts_its_criterions_side():
    x, _ = data()
    y = (x[:, 0] > 0).float()
    own = task(model=one_score, train=(x, y), test=(x, y), loss=nn.BCEWithLogitsLoss())
    torch.manual_seed(0)
    model = one_score()
    expected = ((torch.sigmoid(model(x)) > 0.5) == (y == 1)).float().mean().item()
    assert evaluate(own, model, own.load().test)[1] == pytest.approx(expected)


def one_score():
    return nn.Sequential(nn.Linear(FEATURES, 1), nn.Flatten(0))


# --- by name ---------------------------------------------------------------------------------------------------------

FILE = textwrap.dedent(
    """
    import torch
    import zenith

    generator = torch.Generator().manual_seed(0)
    X, y = torch.randn(40, 4, generator=generator), torch.randint(3, (40,), generator=generator)


    def make():
        return zenith.Task(
            name="filed",
            model=lambda: torch.nn.Linear(4, 3),
            train=(X, y),
            test=(X, y),
            loss=torch.nn.CrossEntropyLoss(),
        )


    task = make()
    number = 3
    """
)


@pytest.mark.parametrize("attribute", ["task", "make"])
def test_a_task_in_a_file_is_trained_and_its_change_is_another_identity(attribute, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(FILE)
    found = tasks.get(f"mine.py:{attribute}", tmp_path)
    assert found.source.path == str(file)
    assert found.source.attribute == attribute
    assert trained(f"{file}:{attribute}").trace.steps["loss"] == trained(found).trace.steps["loss"]
    assert tasks.get(f"{file}:{attribute}").identity() == found.identity()
    file.write_text(FILE.replace("manual_seed(0)", "manual_seed(1)"))
    assert tasks.get(f"{file}:{attribute}").identity() != found.identity()


def test_a_package_adds_names(tmp_path, monkeypatch):
    (tmp_path / "their_tasks.py").write_text(FILE)
    about = tmp_path / "their_tasks-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: their-tasks\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[zenith.tasks]\nfiled = their_tasks:make\ndigits = their_tasks:task\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert (tasks.names()[0], tasks.names()[-1]) == ("digits", "filed")
    found = tasks.get("filed")
    assert found.source.distribution == "their-tasks 1.0"
    assert found.identity()["name"] == "filed"
    assert tasks.get("digits").source is None  # the built-in names stay
    with pytest.raises(ValueError, match="did you mean 'filed'"):
        tasks.get("fled")


def test_identities_tell_tasks_apart_and_not_sessions():
    assert tasks.get("digits").identity() == "digits"
    assert pickle.loads(pickle.dumps(tasks.get("digits"))).identity() == "digits"
    changed = tasks.get("digits").replace(loss=nn.CrossEntropyLoss(label_smoothing=0.1))
    assert changed.identity() not in ("digits", tasks.get("mnist").identity())
    assert task().identity() == task().identity()
    others = [
        task(model=lambda: nn.Linear(FEATURES, CLASSES)),
        task(loss=nn.CrossEntropyLoss(label_smoothing=0.1)),
        task(metric={"recall": MacroRecall()}),
        task(augment=lambda x: x + 1),
        task(augment=lambda x: x + 2),
        task(validation=0.1),
    ]
    assert len({str(one.identity()) for one in [task(), *others]}) == 7


class Counting:
    """A loss that keeps state."""

    def __init__(self):
        self.calls = 0

    def __call__(self, model, batch):
        self.calls += 1
        return nn.functional.cross_entropy(model(batch[0]), batch[1])


def test_an_identity_does_not_change_by_use():
    metric, loss = MacroRecall(), Counting()
    own = task(metric={"recall": metric}, loss=loss)
    before = own.identity()
    trained(own)
    assert loss.calls > 14
    assert not vars(metric)
    assert own.identity() == before == pickle.loads(pickle.dumps(own)).identity()
    assert task(metric={"recall": MacroRecall()}, loss=Counting()).identity() == before


# --- mistakes --------------------------------------------------------------------------------------------------------


class Endless(IterableDataset):
    def __iter__(self):
        yield data()


class NoLength:
    def __getitem__(self, index):
        return data()


class OwnGenerator(Samples):
    def __init__(self):
        super().__init__()
        self.generator = np.random.default_rng(0)

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x + self.generator.normal(), y


SHARED = net()


def unseeded():
    model = net()
    model[0].bias.data += torch.rand(8, generator=OWN)
    return model


OWN = torch.Generator().manual_seed(0)
REGRESSION = {"train": (data()[0], data()[0][:, 0]), "test": (data()[0], data()[0][:, 0]), "metric": {"x": abs}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"test": None}, ["no test set", "test=(X, y)"]),
        ({"model": SHARED}, ["one model", "model=lambda: Sequential(...)"]),
        ({"model": lambda: SHARED}, ["returns the same model", "make a new one"]),
        ({"model": unseeded}, ["other weights at a second call", "global generator"]),
        ({"model": lambda: 3}, ["came as a int", "torch.nn.Module"]),
        ({"model": None}, ["the model of task 'own' is missing"]),
        ({"train": (row for row in [data()])}, ["generator", "used up"]),
        ({"train": iter([data()])}, ["used up"]),
        ({"train": Endless()}, ["Endless", "iterable dataset"]),
        ({"train": DataLoader(Endless())}, ["Endless", "iterable dataset"]),
        ({"train": NoLength()}, ["without a length", "__len__"]),
        ({"train": []}, ["training set of task 'own' is empty"]),
        ({"test": (torch.zeros(0, 6), torch.zeros(0))}, ["test set of task 'own' is empty"]),
        ({"train": list(data())}, ["a list of 2 tensors", "(X, y)"]),
        ({"train": (data()[0], data()[1][:5])}, ["[53, 5] rows"]),
        ({"train": {"train": data()}}, ["a mapping of train", "one of its parts"]),
        ({"train": "mnist"}, ["the text 'mnist'"]),
        ({"train": 3}, ["a int", "map-style"]),
        ({"train": Samples}, ["the class Samples"]),
        ({"train": OwnGenerator()}, ["differ when they are read twice", "global generators"]),
        ({"train": DataLoader(Samples(), sampler=WeightedRandomSampler([1.0] * 53, 53))}, ["WeightedRandomSampler"]),
        ({"train": DataLoader(Samples(), batch_size=None)}, ["batch_size=None"]),
        ({"train": Text()}, ["make no batch", "collate_fn"]),
        ({"validation": 1.5}, ["validation=1.5", "between 0 and 1"]),
        ({"validation": 0.001}, ["would hold out 0 of 53"]),
        ({"loss": nn.CrossEntropyLoss}, ["the class CrossEntropyLoss"]),
        ({"loss": None}, ["the loss of task 'own' is missing"]),
        ({"loss": nn.CrossEntropyLoss(reduction="none")}, ["reduction='none'"]),
        ({"loss": lambda model, batch: model(batch[0]).sum(1)}, ["scalar tensor", "shape (2,)"]),
        (
            {"loss": lambda outputs, targets: nn.functional.cross_entropy(outputs, targets, reduction="sum")},
            ["the sum"],
        ),
        ({"loss": functools.partial(nn.functional.cross_entropy, reduction="sum")}, ["reduction='sum'"]),
        ({"loss": nn.MSELoss(), "model": lambda: nn.Linear(FEATURES, 1)} | REGRESSION, ["another shape", "[:, None]"]),
        ({"loss": lambda outputs, targets: outputs @ targets}, ["called with (outputs, targets)"]),
        ({"train": (data()[0][:, :3], data()[1])}, ["does not take the inputs", "(2, 3) of float32"]),
        ({"train": (data()[0].double(), data()[1])}, ["does not take the inputs", "of float64"]),
        ({"train": (*data(), data()[1])}, ["(inputs, targets)", "3 fields"]),
        ({"metric": "acuracy"}, ["did you mean 'accuracy'"]),
        ({"metric": lambda model, batch: 0}, ["lambda", "its name"]),
        ({"metric": {"vector": lambda model, batch: model(batch[0]).argmax(1)}}, ["'vector'", "shape (2,)"]),
        ({"metric": {"missing": 3}}, ["a int", "torchmetrics"]),
        ({"metric": MacroRecall}, ["the class MacroRecall"]),
        ({"metric": ["accuracy", "accuracy"]}, ["two metrics of the name 'accuracy'"]),
        ({"metric": ["accuracy", {"loss": 1}]}, ["a dict"]),
        ({"metric": []}, ["no metric"]),
        ({"loss": nn.MSELoss(), "train": (data()[0], torch.zeros(53, 3))}, ["accuracy", "mean_squared_error"]),
        ({"augment": lambda x, y: x}, ["returned 1", "as many"]),
        ({"augment": lambda x: x.nothing}, ["cannot be applied"]),
        ({"augment_batch": lambda x: x.nothing}, ["augment_batch", "cannot be applied"]),
        ({"augment": 3}, ["the augment of task 'own' is an int"]),
        ({"data": data}, ["data= as well as train="]),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else None,
)
def test_a_mistake_is_one_sentence_before_any_step(changes, words):
    steps = []
    with pytest.raises(ValueError, match=r".") as caught:
        zenith.train(task(**changes), "zenith", window=3, device="cpu", on_step=lambda *args: steps.append(args))
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert not steps


def test_a_factory_is_tried_once_in_a_process():
    made = []
    own = task(model=lambda: made.append(1) or net())
    check_factory(own)
    check_factory(own)
    assert len(made) == 2


def test_a_file_that_holds_no_task_says_so(tmp_path):
    (tmp_path / "mine.py").write_text(FILE)
    with pytest.raises(ValueError, match=r"is a int: name a zenith\.Task"):
        tasks.get("mine.py:number", tmp_path)
    with pytest.raises(ValueError, match="did you mean 'task'"):
        tasks.get("mine.py:tusk", tmp_path)
    with pytest.raises(ValueError, match="is no task"):
        tasks.get(3)


def test_splits_stay_what_they_are():
    split = Split(data())
    assert task(train=split).load().train is split
