"""Every first mistake of docs/mistakes.toml gets the sentence that the page promises, from our own code."""

import re
import shlex
import tomllib
import traceback
from pathlib import Path
from typing import Any

import documented
import pytest

from landscape.cli import main as cli

MISTAKES: list[dict[str, Any]] = tomllib.loads((documented.ROOT / "docs" / "mistakes.toml").read_text())["mistake"]


def says(promised: str) -> re.Pattern[str]:
    """Match the whole message; "..." stands for what differs between machines and versions."""
    return re.compile(".*".join(map(re.escape, promised.split("..."))) + r"\Z", re.DOTALL)


def name(mistake: dict[str, Any]) -> str:
    return f"{mistake['where']}: {mistake['what']}"


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if "code" in m], ids=name)
def test_a_mistake_gets_its_sentence(mistake: dict[str, Any], tmp_path: Path) -> None:
    with documented.workplace(tmp_path):
        names = documented.start()
        with pytest.raises(Exception) as caught:  # noqa: PT011 (which one is compared below)
            exec(mistake["code"], names)
    assert type(caught.value).__name__ == mistake["error"], caught.value
    assert says(mistake["says"]).match(str(caught.value)), str(caught.value)
    raised_in = traceback.extract_tb(caught.value.__traceback__)[-1].filename
    assert Path(raised_in).relative_to(documented.ROOT).parts[0] in ("landscape", "zenith"), raised_in


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if "command" in m], ids=name)
def test_a_mistyped_command_gets_its_sentence(
    mistake: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program, *arguments = shlex.split(mistake["command"])
    assert program == "landscape"
    with documented.workplace(tmp_path), pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert says(mistake["says"]).match(capsys.readouterr().err.strip())


def test_the_table_is_as_long_as_promised_and_has_no_mistake_twice() -> None:
    assert len(MISTAKES) >= 30
    assert len({name(mistake) for mistake in MISTAKES}) == len(MISTAKES)
    assert all(("code" in mistake) != ("command" in mistake) for mistake in MISTAKES)
