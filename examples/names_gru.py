"""A GRU that tells the language of a surname from its letters, and an optimizer of one's own.

From this folder: ``landscape study names_gru.toml --data-root DATA``, where DATA/names/*.txt are the files of
https://github.com/spro/practical-pytorch/tree/master/data/names (MIT): one a language, one name a line.
"""

import hashlib
import unicodedata
from pathlib import Path

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

import zenith

LETTERS = "abcdefghijklmnopqrstuvwxyz '-"
PADDING = len(LETTERS)
SHARE = 0.2
"""Of the names that are used, so that a study takes minutes; all of them take five times as long."""


def spelled(name):
    """Return a name as numbers of letters, without accents."""
    plain = unicodedata.normalize("NFD", name.lower())
    return torch.tensor([LETTERS.index(letter) for letter in plain if letter in LETTERS])


def place(name):
    """Return a number in [0, 1) that depends on the name alone: no name is in both parts, in whatever language."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32


def load(data_root):
    """Return the training and the test set as lists of (letters, language)."""
    files = sorted(Path(data_root or ".").glob("names/*.txt"))
    if not files:
        raise FileNotFoundError(f"there is no names/*.txt in '{data_root or '.'}': give --data-root, its folder")
    train, test = [], []
    for language, file in enumerate(files):
        for name in sorted(set(file.read_text(encoding="utf-8").split("\n"))):
            letters = spelled(name)
            if len(letters) and place(name) < SHARE:
                (train if place(name) < 0.75 * SHARE else test).append((letters, language))
    return as_loader(train), as_loader(test)


def as_loader(samples):
    """Return samples with the function that makes a batch of them; the order of a training is not the loader's."""
    return torch.utils.data.DataLoader(samples, batch_size=256, collate_fn=padded)


def padded(samples):
    """Return names of different lengths as one tensor."""
    names, languages = zip(*samples, strict=True)
    return pad_sequence(names, batch_first=True, padding_value=PADDING), torch.tensor(languages)


class Classifier(torch.nn.Module):
    """A GRU over the letters, and a linear layer on its last state."""

    def __init__(self, languages=18, width=32):
        super().__init__()
        self.embedding = torch.nn.Embedding(len(LETTERS) + 1, 16, padding_idx=PADDING)
        self.gru = torch.nn.GRU(16, width, batch_first=True)
        self.head = torch.nn.Linear(width, languages)

    def forward(self, names):
        lengths = (names != PADDING).sum(1)
        packed = pack_padded_sequence(self.embedding(names), lengths.cpu(), batch_first=True, enforce_sorted=False)
        return self.head(self.gru(packed)[1][-1])


class BalancedAccuracy:
    """The mean over languages of the share of their names that is found: no mean over batches."""

    def reset(self):
        self.found, self.all = torch.zeros(18), torch.zeros(18)

    def update(self, model, batch):
        names, languages = batch
        right = model(names).argmax(1) == languages
        self.found += torch.bincount(languages[right].cpu(), minlength=18)
        self.all += torch.bincount(languages.cpu(), minlength=18)

    def compute(self):
        there = self.all > 0
        return (self.found[there] / self.all[there]).mean()


task = zenith.Task(
    name="names-gru",
    model=Classifier,
    data=load,
    loss=torch.nn.CrossEntropyLoss(),
    metric={"accuracy": "accuracy", "balanced_accuracy": BalancedAccuracy()},
    description="a GRU on surnames of 18 languages",
)


class ClippedSGD(torch.optim.SGD):
    """SGD with momentum, of a gradient whose norm is at most `clip` (Pascanu et al. 2013, arXiv:1211.5063)."""

    def __init__(self, params, lr, momentum, clip):
        super().__init__(params, lr=lr, momentum=momentum)
        for group in self.param_groups:
            group["clip"] = clip

    def step(self, closure=None):
        for group in self.param_groups:
            torch.nn.utils.clip_grad_norm_(group["params"], group["clip"])
        return super().step(closure)


def clipped(params, lr, momentum=0.9, clip=0.5):
    """Return the optimizer; it gives `lr` no default, and so gets the learning rate of the study."""
    return ClippedSGD(params, lr, momentum, clip)
