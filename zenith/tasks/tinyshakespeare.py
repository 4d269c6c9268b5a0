"""tinyshakespeare: 1,115,394 characters of Shakespeare's plays (Karpathy 2015, from char-rnn; public domain)."""

from __future__ import annotations

import string
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from zenith._common.validation import check_integer
from zenith.tasks.data import Data, Split, fingerprint
from zenith.tasks.networks.transformer import GPT
from zenith.tasks.subsets import SUBSET_SEED
from zenith.tasks.task import Task

__all__ = ["CHARACTERS", "gpt", "load"]

CHARACTERS = "\n !$&',-.3:;?" + string.ascii_uppercase + string.ascii_lowercase
"""The 65 that the text has, in their order."""
_PLACES = ("tinyshakespeare/input.txt", "input.txt", "tinyshakespeare.txt")


def load(data_root: Path | None = None, context: int = 64, train_samples: int = 0, test_samples: int = 0) -> Data:
    """Load the text as windows of `context` characters that do not overlap: the first 90 % to train, the rest to test.

    Parameters
    ----------
    data_root : Path
        A folder that holds ``tinyshakespeare/input.txt``, or ``input.txt`` itself.
    context : int
        Characters that a sample predicts.
    train_samples, test_samples : int
        So many windows, the first of a permutation with a fixed seed; 0 for all.

    Returns
    -------
    Data
        Batches ``(X, y)`` of int64 of shape ``(batch, context)``: places in `CHARACTERS`, and those of the characters
        that follow each.

    Raises
    ------
    FileNotFoundError
        If the text is not there.
    ValueError
        If it has another character, or is too short for a window.
    """
    context = check_integer("context", context)
    path = _find(data_root)
    text = path.read_text(encoding="utf-8")
    number = {character: i for i, character in enumerate(CHARACTERS)}
    if others := sorted(set(text) - set(number)):
        raise ValueError(
            f"{path} has the character {others[0]!r}, which tinyshakespeare has not: download input.txt again"
        )
    tokens = torch.tensor([number[character] for character in text])
    cut = len(tokens) * 9 // 10
    train, test = (
        _part(tokens[:cut], context, train_samples, "train_samples"),
        _part(tokens[cut:], context, test_samples, "test_samples"),
    )
    description = (
        f"tinyshakespeare, {len(text):,} characters, the first nine tenths to train, the rest to test, as windows of "
        f"{context}: {len(train)} training and {len(test)} test windows"
    )
    if train_samples or test_samples:
        description += f", drawn with seed {SUBSET_SEED}"
    return Data(train, test, fingerprint(train, test), description)


def _find(data_root: Path | None) -> Path:
    if data_root is None:
        raise FileNotFoundError(
            "tinyshakespeare needs a data root: give --data-root DIR with tinyshakespeare/input.txt"
        )
    root = Path(data_root)
    for place in _PLACES:
        if (root / place).is_file():
            return root / place
    raise FileNotFoundError(
        f"tinyshakespeare not found in {root} ({', '.join(_PLACES)}): put input.txt of "
        f"https://github.com/karpathy/char-rnn/tree/master/data/tinyshakespeare into {root / 'tinyshakespeare'}"
    )


def _part(tokens: Tensor, context: int, samples: int, option: str) -> Split:
    windows = (len(tokens) - 1) // context
    if windows < 1:
        raise ValueError(
            f"context={context} is longer than the {len(tokens)} characters of a part of the text: choose a shorter one"
        )
    shown, following = (tokens[i : i + windows * context].view(windows, context) for i in (0, 1))
    if not (chosen := check_integer(option, samples, least=0, most=windows)):
        return Split((shown, following))
    order = torch.randperm(windows, generator=torch.Generator().manual_seed(SUBSET_SEED))[:chosen]
    return Split((shown[order], following[order]))


def gpt(
    *,
    context: int = 64,
    width: int = 64,
    depth: int = 2,
    heads: int = 2,
    dropout: float = 0.0,
    train_samples: int = 0,
    test_samples: int = 0,
) -> Task:
    """Return the task "tinyshakespeare/gpt": the next character, by a GPT of its own.

    Parameters
    ----------
    context : int
        Characters of a sample.
    width, depth, heads, dropout
        Of `zenith.tasks.networks.transformer.GPT`.
    train_samples, test_samples : int
        Windows of the text; 0 for all.
    """
    return Task(
        name="tinyshakespeare/gpt",
        description=f"a character-level GPT of {depth} blocks on tinyshakespeare (from --data-root)",
        model=partial(GPT, len(CHARACTERS), context, width, depth, heads, dropout),
        data=partial(load, context=context, train_samples=train_samples, test_samples=test_samples),
        loss=nn.CrossEntropyLoss(),
        metric=["perplexity", "accuracy"],
        loss_label="loss (nats per character)",
    )
