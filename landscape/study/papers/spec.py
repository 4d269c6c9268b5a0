"""Named studies, read from TOML: which ordinary studies one consists of at each scale, and what it ends in.

::

    title = "Accuracy, and the time to it"
    source = "arXiv:2601.15212, table 3"
    states = ["..."]                    # what the paper states of it, a sentence each
    deviations = ["..."]                # from the paper's protocol, at any scale
    figures = ["1", "4"]                # figures of ZENITH's paper
    studies_of = "table3"               # take the scales of another named study, instead of those below

    [[tables]]
    kind = "table_3"                    # table_1, table_3, table_4, table_5, or medians
    values = "table_3"                  # the paper's own, from values.toml
    name = "table_3"                    # of the file; kind by default

    [base]                              # keys of all studies below, at any scale
    batch_size = 128

    [scales.smoke]                      # smoke, small, paper
    deviations = ["..."]
    not_run = {"food101-dla" = "why"}
    base = {seeds = 1}                  # keys of all studies of this scale

    [[scales.smoke.studies]]            # a study: the keys of any spec, or the name of a packaged one
    name = "cifar10-vgg19"
    task = "cifar10/vgg19"
    column = "cifar10/vgg19"            # of the paper's table, where it is not called as the task

    [[scales.smoke.studies]]            # the study of that name in another named study, with what is given here over it
    from = "table3"
    name = "mnist-efficientnet"

    [[scales.smoke.costs]]              # a measurement of what a step costs
    name = "costs"
    task = "cifar10/vgg19"
    methods = ["zenith", "pal"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from landscape.study.paper.figures import FIGURES
from landscape.study.spec import StudySpec, load_spec, packaged_specs, spec_from_dict
from landscape.study.spec_checks import BUDGETS
from zenith._common.names import check_file_name, lookup, unknown_keys

__all__ = ["PREFIX", "SCALES", "NamedStudy", "NamedTable", "Part", "Scale", "is_named", "named_studies", "read_named"]

PREFIX = "papers/"
"""Before the name of a named study; it may be left out."""
SCALES = ("smoke", "small", "paper")
RESERVED = ("figures", "tables", "failed", "generated")
"""Names of folders next to those of the studies."""
KINDS = ("table_1", "table_3", "table_4", "table_5", "medians")
"""What a table may show."""
_OF_FILE = ("title", "source", "states", "deviations", "figures", "tables", "studies_of", "base", "scales")
_OF_SCALE = ("deviations", "not_run", "base", "studies", "costs")
_OF_TABLE = ("kind", "values", "name")
_OF_COSTS = ("name", "task", "task_settings", "methods", "settings", "batch_size", "learning_rate", "rounds", "block")


@dataclass(frozen=True)
class NamedTable:
    """A table that a named study ends in.

    Attributes
    ----------
    kind : str
        One of ``KINDS``; "medians" is a table for each study, with every test metric, the curvature at the end, and the
        time.
    values : str
        The paper's own, by their name in ``values.toml``; "" where it gives none.
    name : str
        Of the files.
    """

    kind: str
    values: str = ""
    name: str = ""


@dataclass(frozen=True)
class Part:
    """An ordinary study, or a measurement of costs, of which a named study consists.

    Attributes
    ----------
    name : str
        Of it, and of its folder.
    given : dict
        Keys of a spec, as in a file of its own.
    column : str
        Of the paper's tables.
    costs : bool
        Whether it measures what a step costs.
    where : str
        For messages.
    base : Path
        Paths of files start from here.
    """

    name: str
    given: Mapping[str, Any]
    column: str
    costs: bool = False
    where: str = ""
    base: Path = field(default_factory=Path.cwd)

    @property
    def task(self) -> str:
        """The name of its task."""
        return str(self.given["task"])

    def spec(self) -> StudySpec:
        """Return the checked spec of the study, which loads its task and methods.

        Raises
        ------
        ValueError
            If a key, the task or a method is none, or a value is out of range.
        """
        return spec_from_dict(self.given, self.where, self.base)


@dataclass(frozen=True)
class Scale:
    """The studies of a named study at one scale."""

    name: str
    parts: tuple[Part, ...]
    deviations: tuple[str, ...] = ()
    not_run: Mapping[str, str] = field(default_factory=dict)

    def part(self, name: str) -> Part | None:
        """Return a part by its name, if there is one."""
        return next((part for part in self.parts if part.name == name), None)


@dataclass(frozen=True)
class NamedStudy:
    """A paper's experiment: studies at several scales, and the tables and figures that they end in.

    Attributes
    ----------
    name, title, source : str
        As asked for, with `PREFIX`; a line on it; the place in the paper.
    states, deviations : tuple of str
        What the paper states, and where every scale differs from that.
    figures : tuple of str
        Numbers of figures of ZENITH's paper.
    tables : tuple of NamedTable
    scales : dict of str to Scale
    file : Path or None
        Of one that does not come with the package.
    """

    name: str
    title: str
    source: str
    states: tuple[str, ...]
    deviations: tuple[str, ...]
    figures: tuple[str, ...]
    tables: tuple[NamedTable, ...]
    scales: Mapping[str, Scale]
    file: Path | None = None

    def scale(self, name: str) -> Scale:
        """Return the studies at a scale.

        Raises
        ------
        ValueError
            If there is no such scale.
        """
        return lookup(self.scales, name, "scale")


def named_studies() -> dict[str, str]:
    """Return the titles of all named studies, by name."""
    return {
        PREFIX + name: str(_parsed(path, PREFIX + name).get("title", "")) for name, path in sorted(_files().items())
    }


def is_named(name: str) -> bool:
    """Whether text names a named study or begins like one, or is the path of a file that holds one."""
    if name.endswith(".toml"):
        try:
            return bool({"scales", "studies_of"} & tomllib.loads(Path(name).read_text(encoding="utf-8")).keys())
        except (OSError, ValueError, RecursionError):  # said where it is read as a study
            return False
    return name.startswith(PREFIX) or name in _files()


def read_named(name: str | Path) -> NamedStudy:
    """Read a named study: its name, with or without "papers/", or the path of a TOML file.

    No task and no method is loaded.

    Raises
    ------
    ValueError
        For an unknown name or key (naming the nearest valid one), a missing or misplaced value, or a file that is no
        TOML.
    FileNotFoundError
        If there is no such file.
    """
    if str(name).endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise FileNotFoundError(f"no named study at '{path}': name one of {', '.join(named_studies())}")
        found = _read(path.stem, path, str(path))
        base = path.resolve().parent
        scales = {
            key: replace(scale, parts=tuple(replace(part, base=base) for part in scale.parts))
            for key, scale in found.scales.items()
        }
        return replace(found, scales=scales, file=path)
    files = _files()
    short = str(name).removeprefix(PREFIX)
    if short not in files:
        lookup({PREFIX + each: "" for each in files}, PREFIX + short, "named study")
    return _read(PREFIX + short, files[short], PREFIX + short)


def _files() -> dict[str, Traversable]:
    """Return the files of the named studies by their names, without `PREFIX`."""
    found: dict[str, Traversable] = {}

    def look(folder: Traversable, before: str) -> None:
        for entry in folder.iterdir():
            if entry.is_dir():
                look(entry, f"{before}{entry.name}/")
            elif entry.name.endswith(".toml"):
                found[before + entry.name.removesuffix(".toml")] = entry

    look(resources.files("landscape.study") / "specs" / "papers", "")
    return found


def _parsed(path: Traversable | Path, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"'{where}' is not valid TOML ({error}): correct that line") from error


def _read(name: str, path: Traversable | Path, where: str) -> NamedStudy:
    given = _parsed(path, where)
    unknown_keys(given, _OF_FILE, f"'{where}'")
    for required in ("title", "source"):
        if not isinstance(given.get(required), str) or not given[required]:
            raise ValueError(f"'{where}' has no '{required}': add {required} = \"...\"")
    if ("studies_of" in given) == ("scales" in given):
        raise ValueError(
            f"'{where}' needs scales of its own, [scales.smoke] and so on, or studies_of = \"...\"; one of both"
        )
    figures = _texts(given.get("figures", []), "figures", where)
    for number in figures:
        lookup(FIGURES, number, "figure")
    tables = tuple(_tables(given.get("tables", []), where))
    if not figures and not tables:
        raise ValueError(f"'{where}' ends in nothing: give figures = [...] or [[tables]]")
    if "studies_of" in given:
        other = read_named(str(given["studies_of"]))
        if PREFIX + str(given["studies_of"]).removeprefix(PREFIX) == name:
            raise ValueError(f"'{where}' takes its studies from itself: name another in studies_of")
        scales = other.scales
        if not any(table.kind == "table_1" for table in tables):  # which alone shows costs
            scales = {
                key: replace(each, parts=tuple(p for p in each.parts if not p.costs)) for key, each in scales.items()
            }
    else:
        every = _mapping(given.get("base", {}), "[base]", where)
        scales = {
            key: _scale(key, own, every, where) for key, own in _mapping(given["scales"], "[scales]", where).items()
        }
        unknown_keys(scales, SCALES, f"the scales of '{where}'")
    return NamedStudy(
        name=name,
        title=given["title"],
        source=given["source"],
        states=_texts(given.get("states", []), "states", where),
        deviations=_texts(given.get("deviations", []), "deviations", where),
        figures=figures,
        tables=tables,
        scales={key: scales[key] for key in SCALES if key in scales},
    )


def _tables(given: Any, where: str) -> Iterator[NamedTable]:
    if not isinstance(given, list):
        raise ValueError(f"tables of '{where}' must be tables, got {given!r}: write [[tables]]")
    for own in given:
        unknown_keys(_mapping(own, "[[tables]]", where), _OF_TABLE, f"[[tables]] of '{where}'")
        kind = lookup(dict.fromkeys(KINDS, ""), own.get("kind", ""), "kind of table") or str(own["kind"])
        name = str(own.get("name", kind))
        check_file_name(name, f"a table of '{where}'")
        yield NamedTable(kind, str(own.get("values", "")), name)


def _scale(name: str, given: Any, every: Mapping[str, Any], where: str) -> Scale:
    place = f"[scales.{name}]"
    unknown_keys(_mapping(given, place, where), _OF_SCALE, f"{place} of '{where}'")
    base = _merged(every, _mapping(given.get("base", {}), f"{place} base", where))
    not_run = {str(key): str(why) for key, why in _mapping(given.get("not_run", {}), f"{place} not_run", where).items()}
    parts = [_part(own, base, name, where) for own in _list(given.get("studies", []), f"{place} studies", where)]
    parts += [_costs(own, base, f"{where}, {name}") for own in _list(given.get("costs", []), f"{place} costs", where)]
    if not parts and not not_run:
        raise ValueError(f"{place} of '{where}' has no studies: write [[scales.{name}.studies]]")
    names = [part.name for part in parts]
    for each in names:
        if names.count(each) > 1:
            raise ValueError(f"{place} of '{where}' has two studies called '{each}': call each by a name of its own")
    return Scale(name, tuple(parts), _texts(given.get("deviations", []), f"{place} deviations", where), not_run)


def _part(given: Any, base: Mapping[str, Any], scale: str, file: str) -> Part:
    where = f"{file}, {scale}"
    own = dict(_mapping(given, "[[studies]]", where))
    if "from" in own:
        return _taken(own, scale, where)
    column = own.pop("column", None)
    if "spec" in own:
        unknown_keys(own, ("spec", "name"), f"a study of '{where}' that is another's spec")
        lookup(dict.fromkeys(packaged_specs(), ""), own["spec"], "study")
        merged = load_spec(own["spec"], check=False).as_dict() | {"name": own.get("name", own["spec"])}
    else:
        merged = _merged(base, own)
    return _named(merged, column, where, costs=False)


def _taken(own: dict[str, Any], scale: str, where: str) -> Part:
    """Return the study of another named study at the same scale, with one's own keys over it."""
    other = read_named(str(own.pop("from"))).scale(scale)
    parts = {part.name: part for part in other.parts if not part.costs}
    part = lookup(parts, own.get("name", ""), f"study at scale {scale}")
    column = own.pop("column", part.column)
    return _named(_merged(part.given, own), column, where, costs=False)


def _costs(given: Any, base: Mapping[str, Any], where: str) -> Part:
    own = dict(_mapping(given, "[[costs]]", where))
    column = own.pop("column", None)
    unknown_keys(own, _OF_COSTS, f"a measurement of costs of '{where}'")
    merged = _merged({key: value for key, value in base.items() if key in _OF_COSTS}, own)
    if not isinstance(merged.get("methods"), list) or not merged["methods"]:
        raise ValueError(f"the costs of '{where}' have no 'methods': add methods = [...]")
    return _named(merged, column, where, costs=True)


def _named(merged: Mapping[str, Any], column: Any, where: str, *, costs: bool) -> Part:
    for required in ("name", "task"):
        if not isinstance(merged.get(required), str) or not merged[required]:
            raise ValueError(f"a study of '{where}' has no '{required}': add {required} = \"...\"")
    check_file_name(merged["name"], f"a study of '{where}'")
    if merged["name"] in RESERVED:
        raise ValueError(f"'{merged['name']}' is a folder of the outputs of '{where}': call the study by another name")
    return Part(merged["name"], merged, merged["task"] if column is None else str(column), costs, where)


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return keys of a base with one's own over them, table by table; a budget replaces any other."""
    out = dict(base)
    if any(key in own for key in BUDGETS):
        out = {key: value for key, value in out.items() if key not in BUDGETS}
    for key, value in own.items():
        former = out.get(key)
        both = isinstance(former, Mapping) and isinstance(value, Mapping)
        out[key] = _merged(former, value) if both else value  # type: ignore[arg-type]
    return out


def _mapping(given: Any, what: str, where: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ValueError(f"{what} of '{where}' must be a table, got {given!r}")
    return given


def _list(given: Any, what: str, where: str) -> list[Any]:
    if not isinstance(given, list):
        raise ValueError(f"{what} of '{where}' must be a list of tables, got {given!r}")
    return given


def _texts(given: Any, what: str, where: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise ValueError(f"{what} of '{where}' must be a list of texts, got {given!r}")
    return tuple(given)
