"""Tests go through what users call: those that reach for internals of `landscape` or `zenith` are few, and say why.

An internal is a private name that the packages define (`widget._read`), or a patch of anything of theirs. Such a line,
or the line before it, bears a comment `# internal: reason`. What a test patches of the world outside (torch, the clock,
the environment, modules that are not installed) is no internal.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("landscape", "zenith")
FEWER_THAN = 20
PATCHES = {"setattr", "setitem", "delattr", "delitem"}
PRIVATE = re.compile(r"_[a-z]\w*(?<!_)")  # not __dunder__, not _repr_html_, which is IPython's
REASON = re.compile(r"#\s*internal: \S+")


def _private(name: str) -> bool:
    return PRIVATE.fullmatch(name) is not None


@cache
def private_names() -> frozenset[str]:
    """Private names of modules, functions, classes and attributes that the packages define."""
    names = set()
    for path in [path for package in OURS for path in (ROOT / package).rglob("*.py")]:
        names.add(path.stem)
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                    names.add(name)
                case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                    names.add(name)
    return frozenset(filter(_private, names))


class _Uses(ast.NodeVisitor):
    """Lines of one file that use internals, each with what it uses."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self._outside: set[str] = set()  # names that hold something of neither package
        self._modules: set[str] = set()  # names that hold one of their modules or classes

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            self._import(each.asname or each.name.partition(".")[0], each.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for each in node.names:
            self._import(each.asname or each.name, node.module or "")
            if self._is_ours(node.module or "") and _private(each.name):
                self._note(node, f"import {each.name}")

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name | ast.Attribute):
                if self._root(target.value) in self._modules:
                    self._note(node, ast.unparse(target) + " = ")
            elif isinstance(target, ast.Name) and self._root(node.value) in self._outside:
                self._outside.add(target.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
        own = own or (isinstance(node.value, ast.Call) and ast.unparse(node.value) == "super()")
        if not own and self._root(node) not in self._outside:
            self._name(node, node.attr)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        match node.func:
            case ast.Name(id="getattr" | "setattr" | "hasattr" | "delattr" as name) if len(node.args) > 1:
                if isinstance(node.args[1], ast.Constant):
                    self._name(node, str(node.args[1].value))
                if name in PATCHES and self._root(node.args[0]) in self._modules:
                    self._patch(node, node.args[0])
            case ast.Attribute(attr=attr) if attr in PATCHES and node.args:
                self._patch(node, node.args[0])
            case ast.Attribute(value=ast.Name(id="mock" | "mocker"), attr="patch") | ast.Name(id="patch") if node.args:
                self._patch(node, node.args[0])

    def _patch(self, node: ast.Call, target: ast.expr) -> None:
        if isinstance(target, ast.Constant):
            ours = self._is_ours(str(target.value))
        else:
            ours = self._root(target) not in self._outside
        named = node.args[1] if len(node.args) > 1 else None
        if ast.unparse(target) == "sys.modules" and isinstance(named, ast.Constant):
            ours = self._is_ours(str(named.value))
        if ours:
            self._note(node, ast.unparse(node)[:90])

    def _import(self, name: str, module: str) -> None:
        (self._modules if self._is_ours(module) else self._outside).add(name)

    def _name(self, node: ast.expr, name: str) -> None:
        if name in private_names():
            self._note(node, ast.unparse(node)[:90])

    def _note(self, node: ast.stmt | ast.expr, what: str) -> None:
        self.found.append((node.lineno, what))

    @staticmethod
    def _is_ours(module: str) -> bool:
        return module.partition(".")[0] in OURS

    @staticmethod
    def _root(node: ast.expr) -> str:
        while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        return node.id if isinstance(node, ast.Name) else ""


@cache
def uses(source: str) -> list[tuple[int, str]]:
    """Lines that use internals, and what each of them uses."""
    visitor = _Uses()
    visitor.visit(ast.parse(source))
    found = set(visitor.found)
    within = {(at, what) for at, what in found for at_, longer in found if at == at_ and longer.startswith(f"{what}.")}
    return sorted(found - within)


def unexplained(source: str) -> list[tuple[int, str]]:
    """Those uses of which no comment says the reason."""
    lines = ["", *source.splitlines()]
    return [(at, what) for at, what in uses(source) if not any(REASON.search(lines[n]) for n in (at - 1, at))]


def _files() -> Iterator[Path]:
    return (path for path in sorted((ROOT / "tests").rglob("*.py")))


def test_every_use_of_an_internal_says_why():
    bare = [f"{p.relative_to(ROOT)}:{at}: {what}" for p in _files() for at, what in unexplained(p.read_text())]
    assert not bare, "go through public names, or say why not (# internal: reason):\n" + "\n".join(bare)


def test_few_tests_use_internals():
    found = [f"{p.relative_to(ROOT)}:{at}: {what}" for p in _files() for at, what in uses(p.read_text())]
    assert len(found) < FEWER_THAN, "\n".join(found)


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        ("monkeypatch.setattr(grid, 'line', f)", True),
        ("monkeypatch.setattr('landscape.slices.grid.line', f)", True),
        ("monkeypatch.setattr(grid.Line, 'x', f)", True),
        ("monkeypatch.setitem(grid.TABLE, 'x', f)", True),
        ("monkeypatch.setattr(unknown, name, f)", True),
        ("monkeypatch.setitem(sys.modules, 'landscape.slices', None)", True),
        ("mock.patch('zenith.train')", True),
        ("setattr(grid, name, f)", True),
        ("grid.line = f", True),
        ("found._scaled(1)", True),
        ("getattr(found, '_scaled')", True),
        ("from zenith.training.loop import _scaled", True),
        ("grid.plane(f)._scaled", True),
        ("monkeypatch.setattr(torch.Tensor, 'item', f)", False),
        ("monkeypatch.setattr('time.monotonic', f)", False),
        ("monkeypatch.setitem(sys.modules, 'torchvision', None)", False),
        ("monkeypatch.setenv('HOME', 'x')", False),
        ("torch._scaled", False),
        ("found._repr_html_()", False),
        ("found._nobody_has_this", False),
        ("self._scaled", False),
        ("setattr(found, name, f)", False),
        ("found.line = f", False),
    ],
)
def test_the_count_tells_inside_from_outside(line, counted):
    lines = "import sys, torch\nfrom unittest import mock\nfrom landscape.slices import grid\n"
    assert "_scaled" in private_names()
    assert bool(uses(lines + line)) == counted
    assert bool(unexplained(f"{lines}{line}")) == counted
    assert not unexplained(f"{lines}# internal: no other way.\n{line}")
    assert not unexplained(f"{lines}{line}  # internal: no other way.")
    assert bool(unexplained(f"{lines}{line}  # internal:")) == counted
