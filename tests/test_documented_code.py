"""Code that stands in a sentence or a shell block of the documentation is code that works: names, keywords, options."""

import ast
import contextlib
import importlib
import inspect
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import documented
import pytest
import torch
import tyro.extras

import landscape as ls
import landscape.cli.main
import zenith
from landscape.study.papers.spec import read_named
from landscape.study.spec import load_spec

DOCS = documented.ROOT / "docs"
SUBJECTS = ("sharpness", "distributed", "connectivity", "slices", "trajectory")
MADE = ("_made", "api", "notebooks")  # by docs/pages.py
PAGES = [
    *(documented.ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
    *(path for path in sorted(DOCS.rglob("*.md")) if path.relative_to(DOCS).parts[0] not in MADE),
]


def names() -> dict[str, Any]:
    """What a name in a sentence may stand for: the packages, their public names, and those of the displays."""
    found: dict[str, Any] = {"ls": ls, "landscape": ls, "zenith": zenith, "torch": torch}
    for package in (ls.plot, *(getattr(ls, name) for name in SUBJECTS), zenith, ls):
        found |= {name: getattr(package, name) for name in package.__all__}
    # What the pages call `monitor` is what they made, not the package.
    return found | {"monitor": object.__new__(ls.SharpnessMonitor)}


NAMES = names()


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def calls(page: Path) -> Iterator[tuple[str, ast.Call]]:
    """Calls in code that stands in a sentence."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose):
        try:
            tree = ast.parse(code)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield code, node


def resolved(function: ast.expr) -> Any:
    """What is called, or None for what only the reader has, such as their model."""
    if isinstance(function, ast.Name):
        return NAMES.get(function.id)
    if isinstance(function, ast.Attribute):
        inner = resolved(function.value)
        if inspect.ismodule(inner) and not hasattr(inner, function.attr):
            with contextlib.suppress(ModuleNotFoundError):  # a module that nobody has imported yet
                return importlib.import_module(f"{inner.__name__}.{function.attr}")
        return None if inner is None else getattr(inner, function.attr)
    return None


def test_calls_in_sentences_take_the_arguments_that_are_shown() -> None:
    checked = 0
    for page in PAGES:
        for code, call in calls(page):
            function = resolved(call.func)
            if (
                function is None
                or inspect.ismodule(function)
                or (isinstance(call.func, ast.Attribute) and "torch" in ast.unparse(call.func))
            ):
                continue
            parameters = inspect.signature(function).parameters
            takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
            for keyword in call.keywords:
                if keyword.arg is not None:
                    known = keyword.arg in parameters or takes_any
                    assert known, f"{page.name}: `{code}`: {ast.unparse(call.func)} takes no {keyword.arg}="
            given = [a for a in call.args if not (isinstance(a, ast.Constant) and a.value is ...)]
            positional = [p for p in parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
            several = any(p.kind is p.VAR_POSITIONAL for p in parameters.values())
            assert several or len(given) <= len(positional), f"{page.name}: `{code}` gives too many arguments"
            checked += 1
    assert checked > 15


COMMANDS = [
    pytest.param(line, id=f"{page.name}: {line}")
    for page in PAGES
    for block in blocks(page, "sh")
    for line in (each.partition("  #")[0].strip() for each in block.splitlines())
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_are_ones_that_there_are(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program, *arguments = shlex.split(line)
    if program == "make":
        targets = [word for word in arguments if "=" not in word]
        done = subprocess.run(
            ["make", "-n", *targets], cwd=documented.ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    elif program == "landscape":
        ran: list[str] = []
        app = tyro.extras.SubcommandApp()
        for command in COMMANDS_OF_APP:
            function = getattr(landscape.cli.main, command)
            stand_in = _recording(function, ran)
            app.command(stand_in, name=command)
        app.cli(args=arguments)
        assert ran == [arguments[0]]
    elif program == ".venv/bin/python":
        assert arguments[0] == "-m"
        assert all((documented.ROOT / word).exists() for word in arguments if word.startswith(("tests/", "docs")))
    else:
        assert program == "pip"


COMMANDS_OF_APP = ("study", "figures", "explore", "measure", "methods", "tasks", "doctor")


def _recording(function: Any, ran: list[str]) -> Any:
    """A function of the same arguments that only notes its name."""

    def stand_in(*_: Any, **__: Any) -> None:
        ran.append(function.__name__)

    stand_in.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined]
    stand_in.__name__, stand_in.__doc__ = function.__name__, function.__doc__
    stand_in.__annotations__ = inspect.get_annotations(function, eval_str=True)
    return stand_in


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "toml")], ids=lambda page: page.name)
def test_specs_are_read(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "toml"):
        if "project" in tomllib.loads(block):  # of a package's own pyproject.toml
            continue
        for code in blocks(page, "python"):  # the file that a spec refers to, if the page has it
            if code.startswith("# ") and code.split("\n")[0].endswith(".py"):
                (tmp_path / code.split("\n")[0].removeprefix("# ")).write_text(code)
        (tmp_path / "my.toml").write_text(block)
        if "scales" in tomllib.loads(block):  # a paper's experiment, of several studies
            assert read_named(tmp_path / "my.toml").scales
            continue
        assert load_spec(tmp_path / "my.toml").name
