"""A task: a model, data, a loss and metrics.

Nothing here assumes images, classes or one forward argument: a batch is whatever the data make, and only the task's own
loss and metrics look inside.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from zenith import tasks
from zenith._common import identity
from zenith._common.loading import Source
from zenith._common.names import check_file_name, lookup
from zenith.tasks.augmentation import Augmentation
from zenith.tasks.data import Batch, Data, DatasetSplit, Split, fingerprint, samples_digest
from zenith.tasks.losses import NAMED_LOSSES, Loss, called, option, takes_targets_first
from zenith.tasks.metrics import Metric, read_metrics
from zenith.tasks.reading import read_part
from zenith.tasks.task_options import Options

__all__ = ["Task"]

VALIDATION_SEED = 0
"""Of the samples that are held out of the training set, the same for all runs."""
_OF_THE_SAME_SOURCE = frozenset({"source", "options", "description", "loss_label", "download"})
"""Parts that no number depends on, nor the name."""


class Task:
    """A model, data, a loss and metrics: everything that is trained on, but the method.

    Parameters
    ----------
    name : str
        What stores and figures call it.
    model : callable
        ``model() -> nn.Module``, a new one at each call, initialised from the global generators of torch, NumPy and
        random, which the caller seeds.
    train, test : data
        A tuple of tensors or arrays with one row per sample, such as ``(X, y)``; a map-style Dataset, or anything with
        a length that gives samples by their index, such as a Hugging Face dataset; a mapping of columns; or a
        DataLoader, of which dataset, collate function and workers are taken, not its order: training has the batch size
        of the run, and no sample is dropped. Tensors are moved to the
        device; arrays mapped from files and Datasets are read when a sample is asked for.
    loss : nn.Module, callable or str
        A criterion of (outputs, targets), or a function of (model, batch): its first parameter is called ``model``, or
        its second ``batch``. It returns the mean over the batch as a scalar tensor. Text is the name of a function of
        torch.nn.functional, such as "cross_entropy".
    metric : str, callable, torchmetrics.Metric, Metric, or a list or mapping of these
        "accuracy", "perplexity", "mean_squared_error", "mean_absolute_error"; a function of (model, batch) or (outputs,
        targets), the mean over the batch; what accumulates over batches, as torchmetrics does. The first is the main
        one. A mapping names them.
    validation : float or data, optional
        The share of the training set that is held out of it, the same samples in every run; or other data.
    augment : callable, optional
        A random change of a single sample, in training only: a transform of torchvision.transforms.v2, or a function of
        the inputs, or of all fields of a sample.
    augment_batch : callable, optional
        The same of a whole batch, on the device. Transforms of torchvision.transforms.v2 draw once for all samples of a
        batch, which is not what they are for; `zenith.tasks.RandomCropAndFlip` draws for each.
    data : callable, optional
        Instead of train and test: ``data(data_root) -> (train, test)``, or a `Data`, called when the task is loaded;
        `data_root` is a `Path`, or None if none was given.
    count : callable, optional
        ``count(batch)``, the number of terms that the loss of a batch is the mean of, such as tokens; batches are
        weighted by it. By default the number of samples; for cross-entropies the targets that are not ignored, and for
        torch's losses of single elements these.
    download : callable, optional
        ``download(data_root)``, which puts there what `data` did not find; called by ``load(data_root, download=True)``
        and ``landscape study --download`` alone.
    description : str
        One line for ``landscape tasks``.
    loss_label : str, optional
        The loss in words, with its unit, for the axes of figures.

    Attributes
    ----------
    metric : Metric
        The main one; `metrics` has all.
    source : Source or None
        Where it was loaded from by `zenith.tasks.get`.
    options : Mapping of str to object
        Those of the function that made it, with their values, as `zenith.tasks.get` was given them.

    Raises
    ------
    ValueError
        If a part is missing or none of the above; the message names it.

    Notes
    -----
    What samples and augmentation draw is a function of the run's seed, the epoch and the sample's index, for any number
    of workers and any method. Everything that is measured sees the samples without augmentation.

    Examples
    --------
    >>> task = zenith.Task(
    ...     name="blobs",
    ...     model=lambda: torch.nn.Linear(4, 3),
    ...     train=(torch.randn(60, 4), torch.randint(3, (60,))),
    ...     test=(torch.randn(30, 4), torch.randint(3, (30,))),
    ...     loss=torch.nn.CrossEntropyLoss(),
    ... )
    >>> run = zenith.train(task, "zenith", epochs=2)
    >>> sorted(run.trace.epochs)
    ['test_loss', 'test_metric', 'train_loss', 'train_metric']
    """

    def __init__(
        self,
        name: str = "own",
        model: Callable[[], nn.Module] | None = None,
        train: Any = None,
        test: Any = None,
        *,
        loss: str | Callable[..., Tensor] | None = None,
        metric: Any = "accuracy",
        validation: Any = None,
        augment: Callable[..., Any] | None = None,
        augment_batch: Callable[..., Any] | None = None,
        data: Callable[[Path | None], Any] | None = None,
        count: Callable[[Batch], Any] | None = None,
        download: Callable[[Path], Any] | None = None,
        description: str = "",
        loss_label: str | None = None,
        source: Source | None = None,
        options: Options | None = None,
    ) -> None:
        self._given = {key: value for key, value in locals().items() if key not in ("self", "__class__")}
        self._known_code: str | None = None
        if name not in tasks._TABLE:  # of which some have a slash
            check_file_name(name, "a task")
        _check_model(name, model)
        loss = lookup(NAMED_LOSSES, loss, "loss function") if isinstance(loss, str) else loss
        _check_where_data_are(name, train, test, data)
        functions = {"loss": loss, "count": count, "augment": augment, "augment_batch": augment_batch}
        for key, value in (functions | {"download": download}).items():
            if (value is None and key == "loss") or (value is not None and not _is_function(value)):
                raise ValueError(f"the {key} of task '{name}' is {_kind(value)}: give {_WANTED[key]}")
        if not isinstance(loss, nn.Module) and takes_targets_first(loss):
            raise ValueError(
                f"the loss of task '{name}' is a function of (targets, outputs), which is called with (outputs, "
                f"targets): write loss=lambda outputs, targets: {called(loss)}(targets, outputs)"
            )
        if (reduction := option(loss, "reduction", "mean")) not in ("mean", "batchmean"):
            raise ValueError(
                f"the loss of task '{name}' has reduction='{reduction}', which depends on the batch's size: leave it "
                f"at 'mean'"
            )
        assert model is not None
        assert loss is not None
        self.name, self.model, self.description, self.source = name, model, description, source
        self.loss = loss if isinstance(loss, Loss) and count is None else Loss(loss, count)
        self.metrics = read_metrics(metric, self.loss, name)
        self.augment = Augmentation(augment) if augment is not None else None
        self.augment_batch = Augmentation(augment_batch) if augment_batch is not None else None
        self.made_with = options if options is not None else Options()
        self.loss_label = loss_label if loss_label is not None else _label(self.loss.criterion)

    def __repr__(self) -> str:
        named = ", ".join(metric.name for metric in self.metrics)
        return f"Task('{self.name}', metric: {named})"

    def __reduce__(self) -> Any:
        return _rebuilt, (self._given, self._code())

    @property
    def metric(self) -> Metric:
        """The main metric."""
        return self.metrics[0]

    @property
    def options(self) -> Mapping[str, Any]:
        """The options that it was made with, defaults included."""
        return self.made_with.values

    def replace(self, **changes: Any) -> Task:
        """Return the task with other parameters.

        One that came from a file is no longer that file's, but for words on it: it has no `source`, and is identified
        by the code and values of its functions, as what is made in a session.

        Examples
        --------
        >>> zenith.tasks.get("digits").replace(name="smooth", loss=torch.nn.CrossEntropyLoss(label_smoothing=0.1))
        Task('smooth', metric: accuracy)
        """
        if changes.keys() - _OF_THE_SAME_SOURCE:
            changes.setdefault("source", None)
        return Task(**{**self._given, **changes})

    def identity(self) -> Any:
        """Return what determines the numbers of a training besides the data, as JSON-able values.

        Of a built-in task its name; of one that was loaded from a file the name and the hash of the file; of one that
        was made in this session the name and a hash of its functions' code and values. And the options that differ from
        the defaults of the function that made it.
        """
        changed = dict(self.made_with.changed)
        options = {"options": changed} if changed else {}
        if self.source is not None:
            return {"name": self.name, **self.source.identity(), **options}
        code = self._code()
        if self.name in tasks._TABLE and code == tasks.get(self.name, **changed)._code():
            return {"name": self.name, **options} if options else self.name
        return {"name": self.name, "code": code}

    def _code(self) -> str:
        """Return a hash of what the task is made of, as it was when this was first called: losses may keep state."""
        if self._known_code is not None:
            return self._known_code
        parts = ("model", "loss", "metric", "augment", "augment_batch", "count", "data")
        described = {part: identity.describe(self._given[part]) for part in parts}
        held_out = self._given["validation"]
        described["validation"] = held_out if isinstance(held_out, (int, float)) else None
        self._known_code = identity.digest(described)
        return self._known_code

    def load(self, data_root: Path | str | None = None, *, download: bool = False) -> Data:
        """Return the task's data, on the CPU.

        Parameters
        ----------
        data_root : path, optional
            Where they are.
        download : bool
            Download them to `data_root` if they are not there.

        Raises
        ------
        FileNotFoundError
            If they are not there, and are not to be downloaded or cannot be.
        ValueError
            For data that are empty, used up, of unknown length, or not the same when they are read twice; with
            `download`, for a task that has nothing to download, or without a data root.

        Examples
        --------
        >>> len(zenith.tasks.get("digits").load().train)
        1437
        """
        if not download:
            return self._loaded(data_root)
        if self._given["download"] is None:
            raise ValueError(f"task '{self.name}' has nothing to download: leave download out")
        if data_root is None:
            raise ValueError(f"the data of task '{self.name}' need a place to be downloaded to: give a data root")
        try:
            return self._loaded(data_root)
        except FileNotFoundError:
            self._given["download"](Path(data_root))
        return self._loaded(data_root)

    def _loaded(self, data_root: Path | str | None) -> Data:
        train, test, held_out = (self._given[key] for key in ("train", "test", "validation"))
        description = known = ""
        if self._given["data"] is not None:
            found = self._given["data"](Path(data_root) if data_root is not None else None)
            if isinstance(found, Data):
                train, test, description = found.train, found.test, found.description
                if held_out is None:
                    held_out, known = found.validation, found.fingerprint
            elif isinstance(found, (tuple, list)) and len(found) == 2:
                train, test = found
            else:
                raise ValueError(
                    f"the data of task '{self.name}' came as {_kind(found)}: return (train, test), or a "
                    f"zenith.tasks.Data"
                )
        parts = {"training": read_part(train, "training", self.name), "test": read_part(test, "test", self.name)}
        sizes = f"{len(parts['training'])} training and {len(parts['test'])} test samples"
        notes, validation = [description or sizes], held_out
        if isinstance(validation, (int, float)) and not isinstance(validation, bool):
            parts["training"], parts["validation"] = self._held_out(parts["training"], float(validation))
            notes.append(
                f"{len(parts['validation'])} training samples are held out for validation, drawn with seed "
                f"{VALIDATION_SEED}"
            )
        elif validation is not None:
            parts["validation"] = read_part(validation, "validation", self.name)
        for part, split in parts.items():
            if isinstance(split, DatasetSplit) and self._draws(split, part):
                notes.append(
                    f"samples of the {part} set draw random numbers: they are measured with one draw for each sample"
                )
        if isinstance(parts["training"], DatasetSplit) and parts["training"].loading.drops_last:
            notes.append("no training sample is dropped, unlike in the DataLoader, for batches are those of the run")
        for key, augmentation in (("augment", self.augment), ("augment_batch", self.augment_batch)):
            if augmentation is not None:
                notes.append(f"{key}={augmentation.name} in training only, measured without")
        return Data(
            parts["training"],
            parts["test"],
            known or fingerprint(*parts.values()),
            "; ".join(notes),
            parts.get("validation"),
        )

    def _held_out(self, train: Split | DatasetSplit, share: float) -> tuple[Split | DatasetSplit, Split | DatasetSplit]:
        if not 0 < share < 1:
            raise ValueError(
                f"validation={share:g} of task '{self.name}' is no share of the training set: give a number between "
                "0 and 1, or data"
            )
        n = round(share * len(train))
        if not 0 < n < len(train):
            raise ValueError(
                f"validation={share:g} of task '{self.name}' would hold out {n} of {len(train)} training samples: "
                f"leave at least one on each side"
            )
        order = torch.randperm(len(train), generator=torch.Generator("cpu").manual_seed(VALIDATION_SEED), device="cpu")
        return train.select(order[n:].sort().values), train.select(order[:n].sort().values)

    def _draws(self, split: DatasetSplit, part: str) -> bool:
        """Whether samples draw random numbers; refuse those that differ under one seed."""
        few = torch.arange(min(2, len(split)))
        if samples_digest(split, few) != samples_digest(split, few):
            raise ValueError(
                f"samples of the {part} set of task '{self.name}' differ when they are read twice, from generators of "
                f"their own: let them draw from the global generators of torch, NumPy or random, which are seeded"
            )
        return split.draws


_WANTED = {
    "loss": "a criterion such as torch.nn.CrossEntropyLoss(), or a function of (model, batch)",
    "count": "a function of a batch that returns the number of terms of its loss",
    "augment": "a transform of torchvision.transforms.v2, or a function of a sample's inputs",
    "augment_batch": "a function of a batch's inputs",
    "download": "a function of data_root, which puts the data there",
}


def _rebuilt(given: dict[str, Any], code: str) -> Task:
    task = Task(**given)
    task._known_code = code
    return task


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, (type, Mapping))


def _kind(value: Any) -> str:
    if value is None:
        return "missing"
    if isinstance(value, type):
        return f"the class {value.__name__}, not an object of it"
    article = "an" if type(value).__name__[0].lower() in "aeiou" else "a"
    return f"{article} {type(value).__name__}"


def _missing(function: Callable[..., Any], *arguments: Any) -> str:
    """Say what stands against calling a function with these arguments; "" if nothing does, or it cannot be asked."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of a function in C
        return ""
    try:
        signature.bind(*arguments)
    except TypeError:
        return f"takes {signature}"
    return ""


def _check_model(name: str, model: Any) -> None:
    if isinstance(model, nn.Module):
        raise ValueError(
            f"the model of task '{name}' is one model, which all runs would share: give a function that makes a new "
            f"one, model=lambda: {type(model).__name__}(...)"
        )
    if not callable(model):
        raise ValueError(
            f"the model of task '{name}' is {_kind(model)}: give a function that makes it, model=lambda: Net(...)"
        )
    if missing := _missing(model):
        raise ValueError(
            f"the model of task '{name}' is a function that {missing}, and is called without arguments, after seeding "
            f"the global generators: write model=lambda: ..."
        )


def _check_where_data_are(name: str, train: Any, test: Any, data: Any) -> None:
    if data is not None:
        if train is not None or test is not None:
            raise ValueError(f"task '{name}' has data= as well as train= or test=: give one of both")
        if not callable(data):
            raise ValueError(
                f"the data of task '{name}' are {_kind(data)}: give a function of data_root that returns (train, "
                "test), or use train= and test="
            )
        if missing := _missing(data, None):
            raise ValueError(
                f"the data of task '{name}' come from a function that {missing}, and is called with data_root (a path, "
                f"or None): write data=lambda data_root: ..."
            )
        return
    for part, value in (("training", train), ("test", test)):
        if value is None:
            key = "train" if part == "training" else "test"
            raise ValueError(
                f"task '{name}' has no {part} set: give {key}=, for example {key}=(X, y), or data=, a function that "
                f"loads both"
            )


def _label(criterion: Any) -> str:
    kinds = {nn.CrossEntropyLoss: "loss (cross-entropy, nats)", nn.MSELoss: "loss (mean squared error)"}
    if criterion is nn.functional.cross_entropy:
        return kinds[nn.CrossEntropyLoss]
    return kinds.get(type(criterion), "loss")
