"""Tasks as one would write them first: each is taken, or told in one sentence what to write, which then works."""

import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    SequentialSampler,
    TensorDataset,
    random_split,
)

import zenith

G = torch.Generator().manual_seed(0)
X = torch.randn(50, 4, generator=G)
Y = X[:, :3].argmax(1)


def net():
    return nn.Linear(4, 3)


def task(**changes):
    given = {"name": "own", "model": net, "train": (X, Y), "test": (X, Y), "loss": nn.CrossEntropyLoss(), **changes}
    return zenith.Task(**{key: value for key, value in given.items() if value is not ...})


def train(own):
    return zenith.train(own, "constant", 0, steps=4, batch_size=16, device="cpu", checkpoints=1)


def losses(own):
    return train(own).trace.steps["loss"]


def halves():
    return random_split(TensorDataset(X, Y), [30, 20], generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ...},
        {"loss": "cross_entropy"},
        {"loss": nn.functional.cross_entropy},
        {"loss": lambda model, b: nn.functional.cross_entropy(model(b[0]), b[1])},
        {"metric": {"right": lambda preds, target: (preds.argmax(1) == target).float().mean()}},
        {"metric": {"right": lambda logits, labels: np.mean(logits.argmax(1).numpy() == labels.numpy())}},
        {"metric": {"right": lambda net, b: float((net(b[0]).argmax(1) == b[1]).float().mean())}},
        {"train": TensorDataset(X, Y)},
        {"train": DataLoader(TensorDataset(X, Y), batch_size=7, drop_last=True)},
        {"train": DataLoader(TensorDataset(X, Y), batch_sampler=BatchSampler(SequentialSampler(X), 7, drop_last=True))},
        {"train": ConcatDataset([TensorDataset(X[:20], Y[:20]), TensorDataset(X[20:], Y[20:])])},
        {"train": TensorDataset(X[:20], Y[:20]) + TensorDataset(X[20:], Y[20:])},
        {"train": [(x, int(y)) for x, y in zip(X, Y, strict=True)]},
        {"train": ..., "test": ..., "data": lambda data_root: ((X, Y), (X, Y))},
    ],
    ids=[
        "no name",
        "loss by name",
        "loss as a function",
        "loss of model and b",
        "preds, target",
        "numpy metric",
        "net and b",
        "TensorDataset",
        "drop_last",
        "batch_sampler",
        "ConcatDataset",
        "sum",
        "list",
        "data",
    ],
)
def test_is_the_same_training(changes):
    assert losses(task(**changes)) == losses(task())


def test_parts_of_a_dataset():
    first, second = halves()
    own = task(train=first, test=DataLoader(second, batch_size=6))
    assert losses(own) == losses(task(train=DataLoader(first, shuffle=True), test=(X, Y)))
    assert losses(own) == losses(task(train=(X[first.indices], Y[first.indices])))
    assert (len(own.load().train), len(own.load().test)) == (30, 20)


@pytest.mark.parametrize(
    "loader",
    [
        DataLoader(list(zip(X, Y, strict=True)), batch_size=7, drop_last=True),
        DataLoader(list(zip(X, Y, strict=True)), batch_sampler=BatchSampler(SequentialSampler(X), 7, drop_last=True)),
    ],
    ids=["drop_last", "batch_sampler"],
)
def test_what_a_loader_would_drop_is_kept_and_said(loader):
    assert "no training sample is dropped, unlike in the DataLoader" in task(train=loader).load().description
    assert losses(task(train=loader)) == losses(task())
    assert "dropped" not in task(train=list(zip(X, Y, strict=True))).load().description


class Frame:
    """As pandas' are."""

    def __init__(self, held):
        self._held = held

    def to_numpy(self):
        return self._held.numpy()


def true_first(y_true, y_pred):
    return (y_pred.argmax(1) == y_true).float().mean()


def error(target, output):
    return nn.functional.cross_entropy(output, target)


def no_arguments():
    return (X, Y), (X, Y)


class Lists(Dataset):
    """Rows of numbers in lists, as of a Hugging Face dataset without a format."""

    def __len__(self):
        return len(X)

    def __getitem__(self, index):
        return {"x": X[index].tolist(), "label": int(Y[index])}


def of_mapping(model, batch):
    return nn.functional.cross_entropy(model(batch["x"]), batch["label"])


@pytest.mark.parametrize(
    ("wrong", "message", "right"),
    [
        (
            {"loss": "crossentropy"},
            r"unknown loss function 'crossentropy': did you mean 'cross_entropy'\?",
            {"loss": "cross_entropy"},
        ),
        ({"model": ...}, "the model of task 'own' is missing: give a function that makes it", {}),
        ({"loss": ...}, "the loss of task 'own' is missing: give a criterion such as", {}),
        (
            {"model": lambda seed: net()},
            r"is a function that takes \(seed\), and is called without arguments.*write model=lambda: ...",
            {"model": lambda: net()},
        ),
        (
            {"model": lambda: nn.LazyLinear(3)},
            "has parameters without a shape yet, such as 'weight' of a lazy layer: call it once on an input",
            {},
        ),
        (
            {"train": ..., "test": ..., "data": no_arguments},
            r"a function that takes \(\), and is called with data_root \(a path, or None\): write data=lambda",
            {"train": ..., "test": ..., "data": lambda data_root: no_arguments()},
        ),
        (
            {"train": (Frame(X), Frame(Y))},
            r"the training set of task 'own' is made of Frame, Frame: give arrays .* such as \(X.to_numpy\(\), y.to_nu",
            {"train": (Frame(X).to_numpy(), Frame(Y).to_numpy())},
        ),
        (
            {"test": Frame(X)},
            "the test set of task 'own' is made of Frame: give arrays",
            {},
        ),
        (
            {"train": (X.tolist(), Y.tolist())},
            r"is a tuple of 2 lists: give tensors .*such as \(torch.tensor\(X\), torch.tensor\(y\)\)",
            {"train": (torch.tensor(X.tolist()), torch.tensor(Y.tolist()))},
        ),
        (
            {"metric": true_first},
            r"of \(targets, outputs\), which is called with \(outputs, targets\): give {'true_first': lambda outputs, "
            r"targets: true_first\(targets, outputs\)}",
            {"metric": {"true_first": lambda outputs, targets: true_first(targets, outputs)}},
        ),
        (
            {"loss": error},
            r"of \(targets, outputs\).*write loss=lambda outputs, targets: error\(targets, outputs\)",
            {"loss": lambda outputs, targets: error(targets, outputs)},
        ),
        (
            {"loss": lambda m, b: nn.functional.cross_entropy(m(b[0]), b[1])},
            r"call its parameters \(model, batch\) if it takes these",
            {"loss": lambda model, batch: nn.functional.cross_entropy(model(batch[0]), batch[1])},
        ),
    ],
    ids=[
        "misspelled loss",
        "no model",
        "no loss",
        "model of a seed",
        "lazy layer",
        "data of nothing",
        "frames",
        "frame",
        "lists",
        "truth first in a metric",
        "truth first in a loss",
        "loss of m and b",
    ],
)
def test_a_sentence_says_what_to_write(wrong, message, right):
    with pytest.raises(ValueError, match=message) as caught:
        train(task(**wrong))
    assert "\n" not in str(caught.value)
    assert losses(task(**right)) == losses(task())


def test_lists_of_numbers_are_not_cut_into_columns():
    own = {"loss": of_mapping, "metric": {"one": lambda model, batch: 1.0}}
    with pytest.raises(ValueError, match=r"hold lists of numbers, .*with_format\('torch'\).*collate_fn"):
        train(task(train=Lists(), test=Lists(), **own))

    def together(rows):
        return {name: torch.tensor([row[name] for row in rows]) for name in ("x", "label")}

    loader = DataLoader(Lists(), collate_fn=together)
    assert losses(task(train=loader, test=loader, **own)) == losses(task())


def test_the_name_of_a_loss_is_that_of_torch():
    found = task(loss="mse_loss", train=(X, X[:, :3]), test=(X, X[:, :3]), metric="mean_squared_error")
    assert found.loss.criterion is nn.functional.mse_loss
    assert re.fullmatch(r"Task\('own', metric: mean_squared_error\)", repr(found))
    assert task(name=...).name == "own"


class Single(nn.Linear):
    """Takes nothing but float32."""

    def forward(self, x):
        if torch.is_autocast_enabled("cpu"):
            raise RuntimeError("this kernel takes float32 alone")
        return super().forward(x)


def test_mixed_precision_that_cannot_be_is_said_before_any_step():
    steps = []

    def run(own, amp):
        steps.clear()
        return zenith.train(
            own, "constant", steps=3, device="cpu", options={"amp": amp}, on_step=lambda *step: steps.append(step)
        )

    for dtype in (torch.bfloat16, torch.float16):
        fields = X.to(dtype), Y
        half = task(model=lambda dtype=dtype: net().to(dtype), train=fields, test=fields)
        name = str(dtype).removeprefix("torch.")
        with pytest.raises(
            ValueError, match=f"amp='fp16' scales .* 'own' has some in {name}: make the model in float32"
        ):
            run(half, "fp16")
        assert not steps
        assert run(half, "off").status == run(half, "bf16").status == "finished"
    alone = task(model=lambda: Single(4, 3))
    with pytest.raises(
        ValueError, match=r"amp='bf16' cannot be used with task 'own' \(this kernel takes .* leave it out"
    ):
        run(alone, "bf16")
    assert not steps

    def without(model, batch):
        with torch.autocast("cpu", enabled=False):
            return nn.functional.cross_entropy(model(batch[0]), batch[1])

    assert run(task(model=lambda: Single(4, 3), loss=without), "bf16").status == "finished"
    assert run(task(), "bf16").status == run(task(), "fp16").status == "finished"
