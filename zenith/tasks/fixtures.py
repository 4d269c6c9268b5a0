"""Generated datasets in the exact formats of the real ones: for smoke runs and tests. Their numbers mean nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from zenith.tasks import surnames, tinyshakespeare

__all__ = ["write_names", "write_tinyshakespeare"]


def write_tinyshakespeare(root: Path, characters: int = 20_000) -> None:
    """Write ``tinyshakespeare/input.txt`` of so many characters, all 65 of the real text among them."""
    generator = np.random.default_rng(0)
    alphabet = np.array(list(tinyshakespeare.CHARACTERS))
    words = ["".join(generator.choice(alphabet[-26:], generator.integers(2, 8))) for _ in range(50)]
    text = "".join(alphabet) + "\n"
    while len(text) < characters:
        text += " ".join(generator.choice(words, 8)).capitalize() + ".\n"
    folder = Path(root) / "tinyshakespeare"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "input.txt").write_text(text[:characters], encoding="utf-8", newline="\n")


def write_names(root: Path, names: int = 30) -> None:
    """Write ``names/LANGUAGE.txt`` for the 18 languages, so many names each, of letters that each language prefers."""
    folder = Path(root) / "names"
    folder.mkdir(parents=True, exist_ok=True)
    letters = np.array(list(surnames.LETTERS[:26]))
    for number, language in enumerate(surnames.LANGUAGES):
        generator = np.random.default_rng(number)
        preferred = np.roll(letters, -number)[:8]
        lines = {"".join(generator.choice(preferred, generator.integers(3, 12))).capitalize() for _ in range(2 * names)}
        (folder / f"{language}.txt").write_text("\n".join(sorted(lines)[:names]) + "\n", encoding="utf-8", newline="\n")
