"""The documentation tells the truth: a public name has an example that runs, a link to a file leads there."""

import doctest
import importlib
import inspect
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import documented
import numpy as np
import numpydoc.docscrape
import pytest

SUBJECTS = tuple(
    f"landscape.{name}"
    for name in (
        "objective",
        "curvature",
        "slices",
        "trajectory",
        "connectivity",
        "sharpness",
        "distributed",
        "stats",
        "monitor",
        "plot",
    )
)
PACKAGES = ("landscape", "zenith", *SUBJECTS)
ALSO = ("zenith.methods", "zenith.tasks")  # modules that are public names themselves

SLOW = {
    "landscape.objective.detection_loss": "builds a detector",
    "landscape.run_paper": "trains two networks and draws two figures",
    "landscape.run_study": "trains four networks and draws all figures",
}


def public_names() -> Iterator[tuple[str, Any]]:
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            yield f"{package}.{name}", getattr(module, name)


def documented_objects() -> dict[str, Any]:
    """Public names with a docstring of their own, and the packages; constants are told in their package's docstring."""
    own: dict[str, Any] = {}
    for name, thing in public_names():
        named = inspect.isclass(thing) or inspect.isroutine(thing) or isinstance(thing, ModuleType)
        if named and not any(thing is other for other in own.values()):  # most are in `landscape` too
            own[name] = thing
    return own | {name: importlib.import_module(name) for name in (*PACKAGES, *ALSO)}


OBJECTS = documented_objects()


def examples_of(thing: Any) -> list[doctest.Example]:
    return doctest.DocTestParser().get_examples(inspect.getdoc(thing) or "")


@pytest.mark.parametrize("name", OBJECTS)
def test_a_public_name_has_an_example(name: str) -> None:
    doc = inspect.getdoc(OBJECTS[name]) or ""
    assert "\nExamples\n--------\n" in doc, f"the docstring of {name} has no section Examples"
    examples = examples_of(OBJECTS[name])
    run = [example for example in examples if doctest.SKIP not in example.options]
    assert any(example.want for example in run), f"{name}: no example that runs and shows something"


def test_constants_are_shown_by_their_package() -> None:
    for name, thing in public_names():
        package, _, short = name.rpartition(".")
        if not any(thing is other for other in OBJECTS.values()):
            shown = "".join(example.source for example in examples_of(importlib.import_module(package)))
            assert short in shown, f"no example of {package} shows {short}"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in OBJECTS]
)
def test_examples_run(name: str, tmp_path: Path) -> None:
    doc = inspect.getdoc(OBJECTS[name]) or ""
    parser = doctest.DocTestParser()
    with documented.workplace(tmp_path):
        test = parser.get_doctest(doc, documented.start(), name, name, 0)
        report: list[str] = []
        doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(test, out=report.append)
    assert not report, "".join(report)


def test_docstrings_parse_as_numpy_docstrings() -> None:
    for name, thing in OBJECTS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            sections = numpydoc.docscrape.NumpyDocString(inspect.getdoc(thing) or "")
        assert sections["Summary"], f"{name} has no summary"


# ------------------------------------------------------------------------------------------------------------- pages

DOCS = documented.ROOT / "docs"
MADE = ("_made", "api", "notebooks")  # by docs/pages.py
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if path.relative_to(DOCS).parts[0] not in MADE]
TEXTS = [*PAGES, *(documented.ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md"))]


def python_of(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def test_every_figure_of_the_gallery_stands_below_its_ten_lines() -> None:
    page = documented.ROOT / "docs" / "reference" / "gallery.md"
    first, *drawing = python_of(page)
    figures = re.findall(r"^```\n\n!\[.+\]\(\.\./_made/gallery/([\w-]+)\.png\)$", page.read_text("utf-8"), re.MULTILINE)
    assert len(set(figures)) == len(figures) == len(drawing) >= 12
    assert "shown" not in first
    assert all("shown = " in code and len(code.splitlines()) <= 10 for code in drawing)


FRAMEWORKS = {
    "guide/how-to.md": ("transformers",),
    "guide/frameworks.md": ("accelerate", "lightning", "transformers"),
    "guide/monitor.md": ("accelerate", "lightning", "tensorboard", "transformers"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if python_of(page)], ids=lambda page: page.relative_to(DOCS).as_posix()
)
def test_the_python_of_a_page_runs_from_top_to_bottom(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    needed = FRAMEWORKS.get(page.relative_to(DOCS).as_posix(), ())
    for name in needed:
        request.getfixturevalue("framework")(name)
    with documented.workplace(tmp_path), warnings.catch_warnings():
        if needed:
            warnings.simplefilter("ignore")  # theirs
        names = documented.start()
        for block in python_of(page):
            exec(compile(block, str(page), "exec"), names)


@pytest.mark.slow
def test_the_python_of_the_readme_runs_from_top_to_bottom(tmp_path: Path) -> None:
    with documented.workplace(tmp_path):
        names = documented.start()
        for block in python_of(documented.ROOT / "README.md"):
            exec(compile(block, "README.md", "exec"), names)


def test_the_start_that_the_guide_shows_is_the_one_that_examples_have() -> None:
    (shown,) = python_of(DOCS / "guide" / "index.md")
    lines = [line.strip() for line in shown.splitlines() if line.strip()]
    docstring = inspect.getdoc(importlib.import_module("landscape")) or ""
    told = [line[4:].strip() for line in docstring.splitlines() if line.startswith((">>> ", "... "))]
    assert lines == told[: len(lines)]


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.relative_to(documented.ROOT).as_posix())
def test_relative_links_of_a_page_lead_to_files(text: Path) -> None:
    body = re.sub(r"^```.*?^```", "", text.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", body):
        if not re.match(r"https?://|mailto:|#|\.\./_made/gallery/", target):  # drawn when the site is built
            assert (text.parent / target.partition("#")[0]).exists(), f"{text.name}: no {target}"


def test_the_tree_in_contributing_is_the_tree() -> None:
    text = (documented.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (plan,) = re.findall(r"^```text\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"^  (?:(\w+)/,? *)(?:(\w+)/,? *)?(?:(\w+)/,? *)?(?:(\w+)/,? *)?", plan, flags=re.MULTILINE))
    packages = {path.name for path in (documented.ROOT / "landscape").iterdir() if (path / "__init__.py").is_file()}
    assert {name for names in named for name in names if name} == packages


def test_the_places_where_new_things_go_are_there() -> None:
    text = (documented.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = "".join(line for line in text.splitlines(keepends=True) if line.startswith("| "))
    places = re.findall(r"`((?:landscape|zenith|tests|docs)/[\w/.]*)`", table)
    assert len(places) > 12
    assert [place for place in places if not (documented.ROOT / place).exists()] == []


def test_the_architecture_page_is_that_of_the_code() -> None:
    page = documented.ROOT / "docs" / "architecture.md"
    places = re.findall(r"`((?:landscape|zenith|docs)/[\w/.]*)`", page.read_text(encoding="utf-8"))
    assert len(places) > 15
    assert [place for place in places if not (documented.ROOT / place).exists()] == []
    run = subprocess.run(
        [sys.executable, "-c", "import imports; print(imports.svg() == imports.PICTURE.read_text(encoding='utf-8'))"],
        env=os.environ | {"PYTHONPATH": f"{page.parent}{os.pathsep}{documented.ROOT}"},
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == "True", (
        run.stderr or "run python docs/imports.py: packages import one another otherwise now"
    )


def test_no_arrow_of_the_picture_of_imports_passes_behind_a_box() -> None:
    text = (documented.ROOT / "docs" / "_static" / "imports.svg").read_text(encoding="utf-8")
    found = re.findall(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" rx', text)
    left, top, width, height = np.array(found, dtype=float).T[..., None]
    arrows = re.findall(r'<path d="(M[^"]*)" fill="none"', text)
    assert len(left) > 10
    assert len(arrows) > 10
    t = np.linspace(0.0, 1.0, 50)
    for arrow in arrows:
        x, y = (float(part) for part in arrow[1:].split()[:2])
        for kind, numbers in re.findall(r"([CV])([-\d. ]+)", arrow):
            parts = [float(part) for part in numbers.split()]
            corners = parts if kind == "C" else [x, y, x, parts[0], x, parts[0]]
            (a, b, c), (d, e, f) = corners[::2], corners[1::2]
            across = x * (1 - t) ** 3 + 3 * a * t * (1 - t) ** 2 + 3 * b * t**2 * (1 - t) + c * t**3
            down = y * (1 - t) ** 3 + 3 * d * t * (1 - t) ** 2 + 3 * e * t**2 * (1 - t) + f * t**3
            inside = (left < across) & (across < left + width) & (top < down) & (down < top + height)
            assert not inside.any(), arrow
            x, y = c, f
