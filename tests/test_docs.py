"""The documentation tells the truth: every public name has an example that runs, and every link leads somewhere."""

import doctest
import importlib
import inspect
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import documented
import numpydoc.docscrape
import pytest

PACKAGES = ("landscape", "zenith", "landscape.plot")
ALSO = ("zenith.methods", "zenith.tasks")  # modules that are public names themselves

SLOW = {
    "landscape.detection_loss": "builds a detector",
    "landscape.run_study": "trains four networks and draws all figures",
}


def public_names() -> Iterator[tuple[str, Any]]:
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            yield f"{package}.{name}", getattr(module, name)


def documented_objects() -> dict[str, Any]:
    """Public names with a docstring of their own, and the packages; constants are told in their package's docstring."""
    own = {n: o for n, o in public_names() if inspect.isclass(o) or inspect.isroutine(o) or isinstance(o, ModuleType)}
    return own | {name: importlib.import_module(name) for name in (*PACKAGES, *ALSO)}


OBJECTS = documented_objects()


def examples_of(thing: Any) -> list[doctest.Example]:
    return doctest.DocTestParser().get_examples(inspect.getdoc(thing) or "")


@pytest.mark.parametrize("name", OBJECTS)
def test_a_public_name_has_an_example(name: str) -> None:
    doc = inspect.getdoc(OBJECTS[name]) or ""
    assert "\nExamples\n--------\n" in doc, f"the docstring of {name} has no section Examples"
    examples = examples_of(OBJECTS[name])
    assert examples, f"{name}: no example"
    assert not any(doctest.SKIP in example.options for example in examples), f"{name}: an example that is not run"
    assert any(example.want for example in examples), f"{name}: an example that shows nothing"


def test_constants_are_shown_by_their_package() -> None:
    for name, _ in public_names():
        package, _, short = name.rpartition(".")
        if name not in OBJECTS:
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
