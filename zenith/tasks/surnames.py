"""Surnames of 18 languages, one file a language, one name a line (Robertson 2017, practical-pytorch; MIT)."""

from __future__ import annotations

import hashlib
import unicodedata
from functools import partial
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from zenith._common.validation import check_integer
from zenith.tasks.data import Batch, Data, Split, fingerprint
from zenith.tasks.networks.recurrent import Recurrent
from zenith.tasks.subsets import SUBSET_SEED
from zenith.tasks.task import Task

__all__ = ["LANGUAGES", "LETTERS", "BalancedAccuracy", "gru", "load", "lstm"]

LETTERS = "abcdefghijklmnopqrstuvwxyz '-"
PADDING = len(LETTERS)
LANGUAGES = (
    *("Arabic", "Chinese", "Czech", "Dutch", "English", "French", "German", "Greek", "Irish", "Italian", "Japanese"),
    *("Korean", "Polish", "Portuguese", "Russian", "Scottish", "Spanish", "Vietnamese"),
)
_PLACES = ("names", "data/names", ".")


def load(
    data_root: Path | None = None,
    test_share: float = 0.2,
    train_samples: int = 0,
    test_samples: int = 0,
) -> Data:
    """Load the names, split so that none is in both parts.

    Names are spelled in lower case without accents. A name goes to the test set by a hash of its letters, so that it is
    in the same part in whatever languages it occurs; in one language it counts once.

    Parameters
    ----------
    data_root : Path
        A folder that holds ``names/Arabic.txt`` and 17 others, or the files themselves.
    test_share : float
        Share of the different names that go to the test set.
    train_samples, test_samples : int
        So many names, the first of a permutation with a fixed seed, in which languages are as frequent as in all; 0
        for all.

    Returns
    -------
    Data
        Batches ``(X, y)`` of int64: places in `LETTERS` of shape ``(batch, length)``, padded to the batch's longest
        name with 29, and places in `LANGUAGES`.

    Raises
    ------
    FileNotFoundError
        If a file is not there.
    ValueError
        If the share leaves a part empty, or there are fewer names than asked for.
    """
    if not 0 < test_share < 1:
        raise ValueError(f"test_share={test_share!r} must be between 0 and 1, such as 0.2")
    folder = _find(data_root)
    parts: dict[bool, list[tuple[str, int]]] = {False: [], True: []}
    for number, language in enumerate(LANGUAGES):
        lines = (folder / f"{language}.txt").read_text(encoding="utf-8").split("\n")
        for name in sorted({spelled(line) for line in lines} - {""}):
            parts[_place(name) < test_share].append((name, number))
    train, test = (
        _split(parts[False], train_samples, "train_samples"),
        _split(parts[True], test_samples, "test_samples"),
    )
    description = (
        f"surnames of {len(LANGUAGES)} languages in lower case without accents, {len(train)} training and {len(test)} "
        "test names, no name in both parts"
    )
    if train_samples or test_samples:
        description += f", drawn with seed {SUBSET_SEED}"
    return Data(train, test, fingerprint(train, test), description)


def spelled(name: str) -> str:
    """Return a name in lower case, without accents and without what is none of `LETTERS`."""
    plain = unicodedata.normalize("NFD", name.strip().lower())
    return "".join(letter for letter in plain if letter in LETTERS)


def _place(name: str) -> float:
    """Return a number in [0, 1) that depends on the name alone."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32


def _find(data_root: Path | None) -> Path:
    if data_root is None:
        raise FileNotFoundError(
            f"the surnames need a data root: give --data-root DIR with DIR/names/{LANGUAGES[0]}.txt"
        )
    root = Path(data_root)
    for place in _PLACES:
        folder = root / place
        missing = [language for language in LANGUAGES if not (folder / f"{language}.txt").is_file()]
        if not missing:
            return folder
        if len(missing) < len(LANGUAGES):
            raise FileNotFoundError(f"{folder} lacks {missing[0]}.txt: all 18 files of the data set are needed")
    raise FileNotFoundError(
        f"no surnames in {root} ({', '.join(_PLACES)}): put the 18 files of "
        f"https://github.com/spro/practical-pytorch/tree/master/data/names into {root / 'names'}"
    )


def _split(names: list[tuple[str, int]], samples: int, option: str) -> Split:
    order = torch.arange(len(names))
    if chosen := check_integer(option, samples, least=0, most=len(names)):
        order = torch.randperm(len(names), generator=torch.Generator().manual_seed(SUBSET_SEED))[:chosen]
    longest = max((len(name) for name, _ in names), default=0)
    rows = [[*map(LETTERS.index, name), *[PADDING] * (longest - len(name))] for name, _ in names]
    letters = torch.tensor(rows, dtype=torch.uint8).view(len(names), longest)
    return Split(
        (letters[order], torch.tensor([language for _, language in names], dtype=torch.int64)[order]), _trimmed
    )


def _trimmed(letters: Tensor, languages: Tensor) -> Batch:
    longest = int((letters != PADDING).sum(1).max())
    return letters[:, :longest].long(), languages


class BalancedAccuracy:
    """The mean over languages of the share of their names that is found, as scikit-learn's balanced_accuracy_score."""

    higher_is_better = True

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the batches."""
        self._found = torch.zeros(len(LANGUAGES), dtype=torch.float64)
        self._all = torch.zeros(len(LANGUAGES), dtype=torch.float64)

    def update(self, model: nn.Module, batch: Batch) -> None:
        """Take in a batch."""
        names, languages = batch
        right = model(names).argmax(1) == languages
        self._found += torch.bincount(languages[right].cpu(), minlength=len(LANGUAGES))
        self._all += torch.bincount(languages.cpu(), minlength=len(LANGUAGES))

    def compute(self) -> float:
        """Return the mean over the languages that occur."""
        there = self._all > 0
        return float((self._found[there] / self._all[there]).mean())


def gru(
    *,
    embedding: int = 32,
    width: int = 64,
    depth: int = 1,
    dropout: float = 0.0,
    test_share: float = 0.2,
    train_samples: int = 0,
    test_samples: int = 0,
) -> Task:
    """Return the task "names/gru": the language of a surname, by a GRU over its letters.

    Parameters
    ----------
    embedding, width, depth, dropout
        Of `zenith.tasks.networks.recurrent.Recurrent`.
    test_share, train_samples, test_samples
        As of `load`.
    """
    return _task("gru", embedding, width, depth, dropout, test_share, train_samples, test_samples)


def lstm(
    *,
    embedding: int = 32,
    width: int = 64,
    depth: int = 1,
    dropout: float = 0.0,
    test_share: float = 0.2,
    train_samples: int = 0,
    test_samples: int = 0,
) -> Task:
    """Return the task "names/lstm": as `gru`, by an LSTM."""
    return _task("lstm", embedding, width, depth, dropout, test_share, train_samples, test_samples)


def _task(
    cell: Literal["gru", "lstm"],
    embedding: int,
    width: int,
    depth: int,
    dropout: float,
    test_share: float,
    train_samples: int,
    test_samples: int,
) -> Task:
    kind = {"gru": "a GRU", "lstm": "an LSTM"}[cell]
    return Task(
        name=f"names/{cell}",
        description=f"surnames of 18 languages (from --data-root) with {kind} over their letters",
        model=partial(Recurrent, cell, len(LETTERS), len(LANGUAGES), embedding, width, depth, dropout),
        data=partial(load, test_share=test_share, train_samples=train_samples, test_samples=test_samples),
        loss=nn.CrossEntropyLoss(),
        metric={"accuracy": "accuracy", "balanced_accuracy": BalancedAccuracy()},
    )
