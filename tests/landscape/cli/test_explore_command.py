"""`landscape explore` and the explorer inside a report: one file each, whole without a network."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path

import numpy as np
import pytest
from explorer_page import unpacked

import landscape as ls
from landscape.cli import main as cli
from landscape.explorer import serialize as packing

DIGITS = Path(__file__).parents[3] / "figures" / "digits"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return ended.value.code


def shown(text: str) -> dict:
    return unpacked(json.loads(re.search(r'id="explorer-data">(.*?)</script>', text, re.S)[1]))


def test_it_writes_one_file_and_says_where(tmp_path, capsys):
    out = tmp_path / "deep" / "digits.html"
    assert run("explore", str(DIGITS), "--out", str(out)) == 0
    assert capsys.readouterr().out == f"explorer {out}\n"
    shows = shown(out.read_text())
    assert (shows["title"], len(shows["runs"]), len(shows["planes"])) == ("digits", 48, 1)
    tree = ls.Study.open(DIGITS).tree
    loss = tree["traces"].to_dataset()["loss"].sel(optimizer="zenith", seed=0).values
    (run_,) = (r for r in shows["runs"] if (r["method"], r["seed"]) == ("zenith", 0))
    np.testing.assert_array_equal(run_["series"]["loss"], loss.astype(np.float32))
    assert not list(out.parent.glob(".*"))


def test_it_opens_the_page_if_asked(tmp_path, capsys, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    assert run("explore", str(DIGITS), "--out", str(tmp_path / "a.html"), "--open") == 0
    assert opened == [(tmp_path / "a.html").as_uri()]
    monkeypatch.setattr("webbrowser.open", lambda url: False)
    assert run("explore", str(DIGITS), "--out", str(tmp_path / "a.html"), "--open") == 0
    assert "open the file yourself" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("nowhere",), "no study in 'nowhere'"), ((str(DIGITS), "--out", "file/a.html"), "file")],
)
def test_bad_input_is_one_sentence(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert run("explore", *arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("landscape: ")
    assert words in printed.err
    assert len(printed.err.splitlines()) == 1


def test_the_examples_of_packing_are_true():
    assert doctest.testmod(packing).failed == 0
