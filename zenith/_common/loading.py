"""Load what a user refers to by text: ``"file.py:name"`` or ``"package.module:name"``, and record where it is from.

A file is imported as a submodule of this one, whose name spells the file's path, so that pickle and cloudpickle find
its classes and functions again in another process. What is recorded is what was executed: the bytes of the file are
hashed and then compiled, and files of the same folder that it imports are hashed as well.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from zenith._common.names import nearest

__all__ = ["Source", "is_reference", "load"]

__path__: list[str] = []  # that of a package without files: its submodules are the users' files
_PREFIX = f"{__name__}."
_OURS = ("zenith", "landscape")
"""Packages that are no part of a user's file, even where it lies beside them."""
_HASHES: dict[str, dict[str, str]] = {}
"""Of modules that were loaded: file -> SHA-256 of what was executed, the module's own file first."""


@dataclass(frozen=True)
class Source:
    """Where a loaded object is from.

    Attributes
    ----------
    path, attribute : str
        The file, absolute, and the name in it.
    sha256 : str
        Of the file's bytes that were executed.
    imports : Mapping of str to str
        SHA-256 of the files of its folder that it imports, directly or not, by their path from there.
    commit : str or None
        The git commit that is checked out, where it holds the file.
    modified : bool
        Whether the file, or one that it imports, differs from that commit.
    distribution : str
        Name and version of the installed package it belongs to; "" for a user's own file.
    """

    path: str
    attribute: str
    sha256: str
    imports: Mapping[str, str] = field(default_factory=dict)
    commit: str | None = None
    modified: bool = False
    distribution: str = ""

    @property
    def reference(self) -> str:
        """``file.py:name``, which loads the object again from any folder."""
        return f"{self.path}:{self.attribute}"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-able values."""
        return asdict(self) | {"imports": dict(self.imports)}

    def identity(self) -> dict[str, Any]:
        """Return the part that determines numbers: contents and name, wherever the file is."""
        own = {"attribute": self.attribute, "sha256": self.sha256, "imports": dict(sorted(self.imports.items()))}
        return own | ({"distribution": self.distribution} if self.distribution else {})


def is_reference(text: str) -> bool:
    """Return whether `text` refers to a file or module, and is no plain name."""
    return ":" in text or text.endswith(".py")


def load(reference: str, base: Path | str | None = None) -> tuple[Any, Source]:
    """Return the object that `reference` names, and where it is from.

    Parameters
    ----------
    reference : str
        ``"file.py:name"`` or ``"package.module:name"``; the name may have dots.
    base : path, optional
        The folder that relative paths start from, in which modules are looked for after all other places; the current
        one otherwise.

    Notes
    -----
    A file may import others of its folder, as when Python runs it. A file that changed is loaded anew.

    Raises
    ------
    FileNotFoundError
        If there is no such file or module.
    ValueError
        If the file or module cannot be imported, naming the line, or has nothing of that name.
    """
    place, colon, attribute = reference.rpartition(":")
    if not colon or not place or not attribute:
        example = f"{reference.strip(':')}:NAME" if reference.strip(":") else "file.py:NAME"
        raise ValueError(f"{reference!r} does not say what to take from where: write it as '{example}'")
    folder = Path(base).expanduser().absolute() if base is not None else Path.cwd()
    if place.endswith(".py") or "/" in place or os.sep in place:
        path = (folder / Path(place).expanduser()).resolve()
        module, hashes, root = _file(path, place)
        distribution = ""
    else:
        module, hashes, root = _module(place, folder)
        distribution = _distribution(place) if _installed(root) else ""
    found = _attribute(module, attribute, place)
    own, *others = hashes
    commit, modified = (None, False) if distribution else _commit([Path(name) for name in hashes])
    imports = {Path(name).relative_to(root).as_posix(): hashes[name] for name in others}
    return found, Source(own, attribute, hashes[own], imports, commit, modified, distribution)


def _attribute(module: ModuleType, attribute: str, place: str) -> Any:
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            own = [name for name, value in vars(module).items() if name[0] != "_" and not isinstance(value, ModuleType)]
            there = f"it has {', '.join(own)}" if own else "it has no names"
            raise ValueError(f"'{place}' has no {attribute!r}: {nearest(attribute, own)}{there}")
        found = getattr(found, part)
    return found


# Files
# ----------------------------------------------------------------------------------------------------------------------


def _file(path: Path, place: str) -> tuple[ModuleType, dict[str, str], Path]:
    """Return the module of a file, the hashes of what it executed, and the folder they are relative to."""
    if not os.path.isfile(path):  # False for a name longer than the system takes, too
        others = [entry.name for entry in path.parent.glob("*.py")] if os.path.isdir(path.parent) else []
        near = nearest(path.name, others).strip()
        moved = (
            f"put it back, or correct {place!r}"
            if os.path.isabs(place)
            else f"correct {place!r}, or change to its folder"
        )
        raise FileNotFoundError(f"there is no file '{path}': {near or moved}")
    name = _PREFIX + str(path).replace("%", "%25").replace(".", "%2E")
    loaded = _HASHES.get(name)
    if name in sys.modules and loaded is not None and loaded != _hashes([path, *_imported_files(path).values()]):
        del sys.modules[name]
    module = importlib.import_module(name)
    return module, _HASHES[name], path.parent


class _Files(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports users' files, here and in the processes that unpickle what is in them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(_PREFIX):
            return None
        file = fullname.removeprefix(_PREFIX).replace("%2E", ".").replace("%25", "%")
        if not os.path.isfile(file):
            return None
        return importlib.util.spec_from_file_location(fullname, file, loader=self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        path = Path(str(module.__file__))
        code = path.read_bytes()
        helpers = _imported_files(path)
        hashes = _hashes(list(helpers.values()))
        _make_way(path, helpers, hashes)
        folder, writes = str(path.parent), sys.dont_write_bytecode
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        sys.dont_write_bytecode = True  # bytecode is taken for that of the next version, if that follows in a second
        try:
            exec(compile(code, path, "exec", dont_inherit=True), module.__dict__)
        except (Exception, SystemExit) as error:
            raise ValueError(_reason(path, path.parent, error)) from error
        finally:
            sys.dont_write_bytecode = writes
            sys.path.remove(folder)
            if folder not in sys.path:  # last, for what functions import when they are called, also in workers
                sys.path.append(folder)
        _HASHES[module.__name__] = {str(path): hashlib.sha256(code).hexdigest(), **hashes}
        for name, helper in helpers.items():
            if name in sys.modules:
                _HASHES[name] = {str(helper): hashes[str(helper)]}


sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != _Files.__name__] + [_Files()]


def _make_way(path: Path, helpers: Mapping[str, Path], hashes: Mapping[str, str]) -> None:
    """Have a file's imports find the files of its own folder as they are now."""
    changed = False
    for name, helper in helpers.items():
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names:
            raise ValueError(
                f"'{path.name}' imports {name}, and '{helper}' has the name of a module of Python: rename that file"
            )
        held = sys.modules.get(name)
        if held is None:
            continue
        there = getattr(held, "__file__", None)
        if there is None or Path(there).resolve() != helper:
            raise ValueError(
                f"'{path.name}' imports {name} from its folder, '{helper}', but another module of that name is loaded "
                f"already ({there or 'built in'}): rename one of them"
            )
        changed |= _HASHES.get(name, {}).get(str(helper), hashes[str(helper)]) != hashes[str(helper)]
    for name in helpers if changed else ():  # all, because they import one another
        sys.modules.pop(name, None)


def _imported_files(path: Path, root: Path | None = None) -> dict[str, Path]:
    """Return the modules under `root` that a file imports, directly or not: dotted name -> file.

    Read from the text rather than from what is loaded, so that the answer does not depend on what else was imported.
    """
    root = path.parent if root is None else root
    found: dict[str, Path] = {}
    parts = path.relative_to(root).with_suffix("").parts
    todo = [(path, ".".join(parts[:-1]))]
    while todo:
        file, package = todo.pop()
        for name in _imported_names(file, package):
            if name.partition(".")[0] in _OURS:
                continue
            pieces = name.split(".")
            for end in range(1, len(pieces) + 1):
                prefix, below = ".".join(pieces[:end]), root.joinpath(*pieces[:end])
                candidates = (below / "__init__.py", below.with_suffix(".py"))
                there = next((each.resolve() for each in candidates if each.is_file()), None)
                if there is not None and prefix not in found and there != path:
                    found[prefix] = there
                    inside = prefix if there.name == "__init__.py" else prefix.rpartition(".")[0]
                    todo.append((there, inside))
    return dict(sorted(found.items()))


def _imported_names(file: Path, package: str) -> Iterator[str]:
    """Dotted names that a file's import statements may mean, wherever in the file they are."""
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError:  # said, with its line, by the import
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - (node.level - 1)] if node.level and package else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            if node.level and not package:
                continue
            yield from ([start] if start else [])
            yield from (f"{start}.{alias.name}" if start else alias.name for alias in node.names if alias.name != "*")


def _hashes(files: Sequence[Path]) -> dict[str, str]:
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _reason(path: Path, root: Path, error: BaseException) -> str:
    """Say in one sentence why a file cannot be imported, where, and what to do."""
    if isinstance(error, SyntaxError):
        return f"'{error.filename}' is not Python, line {error.lineno}: {error.msg}: correct it"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(root)]
    at = frames[-1] if frames else None
    where = f"'{at.filename}', line {at.lineno}," if at is not None else f"'{path}'"
    if isinstance(error, ImportError) and (error.name or "").startswith(__name__):
        return f"{where} imports relative to a package, which a file alone is not: write 'import NAME' without dots"
    if isinstance(error, ModuleNotFoundError) and error.name is not None:
        return (
            f"{where} imports {error.name}, which is neither installed here nor a file of its folder: install it, or "
            f"put it there"
        )
    if "torchvision::nms does not exist" in str(error):
        return (
            f"{where} imports torchvision (as torchmetrics does), whose compiled operators are those of another build "
            f"of torch: install the one for torch {sys.modules['torch'].__version__}, or write "
            f"landscape.objective.import_torchvision() above that line"
        )
    if isinstance(error, SystemExit):
        return f"{where} ends the program when it is imported: put what it runs below if __name__ == '__main__':"
    return f"{where} raises {type(error).__name__} when it is imported ({error}): correct it"


# Modules
# ----------------------------------------------------------------------------------------------------------------------


def _module(name: str, folder: Path) -> tuple[ModuleType, dict[str, str], Path]:
    """Return a module, the hashes of the files it was read from, and the folder they are relative to."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
        importlib.invalidate_caches()
    fresh = name not in sys.modules
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise FileNotFoundError(
                f"there is no module '{name}', neither installed nor in '{folder}': correct the name, or write the "
                f"path of a file that ends in .py"
            ) from error
        raise ValueError(_reason(Path(name), folder, error)) from error
    except (Exception, SystemExit) as error:
        raise ValueError(_reason(Path(name), folder, error)) from error
    path = Path(getattr(module, "__file__", None) or "").resolve()
    if not path.is_file():
        raise ValueError(f"module '{name}' has no file, so what it holds cannot be recorded: name one that has")
    depth = name.count(".") + (path.name == "__init__.py")
    root = path.parents[depth]
    installed = _installed(root)
    others = {} if installed else _imported_files(path, root)
    others = {name: file for name, file in others.items() if name.partition(".")[0] not in sys.stdlib_module_names}
    hashes = _hashes([path, *others.values()])
    held = _HASHES.setdefault(name, hashes)
    if fresh:
        _HASHES[name] = held = hashes
    if held != hashes:
        raise ValueError(f"module '{name}' changed on disk since it was imported: start Python anew")
    return module, hashes, root


def _installed(root: Path) -> bool:
    return any(part in ("site-packages", "dist-packages") for part in root.parts)


def _distribution(module: str) -> str:
    """Name and version of the package that installed a module."""
    from importlib import metadata

    names = metadata.packages_distributions().get(module.partition(".")[0], [])
    return ", ".join(f"{name} {metadata.version(name)}" for name in sorted(set(names)))


def _commit(files: Sequence[Path]) -> tuple[str | None, bool]:
    """The commit whose checkout holds the first of `files`, and whether one of them differs from it."""
    own, *_ = files
    git = ["git", "--no-optional-locks", "-C", str(own.parent)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    answers = []
    for command in (
        ["ls-files", "--error-unmatch", "--", own.name],
        ["status", "--porcelain=v2", "--branch", "--", *map(str, files)],
    ):
        try:
            ran = subprocess.run([*git, *command], capture_output=True, text=True, env=clean, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None, False
        if ran.returncode:
            return None, False
        answers.append(ran.stdout.splitlines())
    commits = [line.split()[-1] for line in answers[1] if line.startswith("# branch.oid")]
    commit = next((found for found in commits if found != "(initial)"), None)
    return commit, commit is not None and any(line[:1] != "#" for line in answers[1])
