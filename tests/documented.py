"""What the documentation's examples start from: the lines in the docstring of `landscape`, and a folder to write
into."""

import contextlib
import doctest
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt

import landscape
import zenith

ROOT = Path(__file__).parent.parent


def start() -> dict[str, Any]:
    """Return the names that an example may use, made anew."""
    parser = doctest.DocTestParser()
    lines = parser.get_examples(landscape.__doc__ or "")
    names: dict[str, Any] = {"landscape": landscape, "zenith": zenith}
    for example in lines[: next(i for i, line in enumerate(lines) if line.want)]:
        exec(example.source, names)
    return names


@contextlib.contextmanager
def workplace(folder: Path) -> Iterator[None]:
    """Work in `folder`, beside the committed figures; give threads, random states and figures back."""
    folder.mkdir(exist_ok=True)
    (folder / "figures").symlink_to(ROOT / "figures")
    threads, states = torch.get_num_threads(), (torch.get_rng_state(), random.getstate(), np.random.get_state())  # noqa: NPY002
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        torch.set_num_threads(1)
        yield
    torch.set_num_threads(threads)
    torch.set_rng_state(states[0])
    random.setstate(states[1])
    np.random.set_state(states[2])  # noqa: NPY002
    plt.close("all")
