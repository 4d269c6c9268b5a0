"""The parts of the site that are made from the code and its data when the site is built, so that they cannot go stale.

Each function returns a page, or a part of one, as text; `make` writes them where Sphinx finds them.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import re
import tomllib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
ROOT = DOCS.parent

PACKAGES = {
    "landscape": "Measures and draws the loss surface of any PyTorch model.",
    "zenith": "Trains: the ZENITH optimizer, the methods it is compared with, and the paired training loop.",
    "landscape.objective": "The loss of a model on data as a function of its parameters.",
    "landscape.curvature": "Hessian, Gauss-Newton and Fisher operators; eigenvalues, traces, spectra and diagonals.",
    "landscape.slices": "The loss along lines and over planes.",
    "landscape.trajectory": "Trajectories of training on their planes.",
    "landscape.connectivity": "Paths between models: interpolation, curves, alignment.",
    "landscape.sharpness": "Sharpness measures: average, worst-case, relative flatness, basin width.",
    "landscape.distributed": "Objectives and Hessians over several ranks.",
    "landscape.stats": "Paired tests, intervals and rank correlations, for numbers of one's own too.",
    "landscape.monitor": "Watching a training: the monitor, its record, and loggers.",
    "landscape.plot": "Figures: display classes in one style, saved with their data.",
    "landscape.study": "Studies: paired runs, measured, stored, drawn and reported.",
    "zenith.methods": "The table of methods.",
    "zenith.tasks": "The table of tasks.",
}


def make() -> None:
    """Write everything that is made, and take away what no longer is."""
    wanted = {f"api/{name}.rst": api(name) for name in PACKAGES} | {"api/index.md": api_index()}
    wanted |= {"_made/mistakes.md": mistakes(), "_made/methods.md": methods(), "_made/battery.md": battery()}
    wanted |= {"_made/spec.md": spec_keys(), "_made/gallery.md": gallery(), "_made/costs.md": costs()}
    wanted |= {"_made/migration.md": migration()} | reports()
    for name, text in wanted.items():
        _write(DOCS / name, text)
    draw_gallery()
    # Sphinx writes a page for each name of a list; those of names that went away would be left.
    listed = {f"{package}.{name}" for package in PACKAGES for name in own_names(package)}
    for path in [
        *(DOCS / "_made").glob("*.*"),
        *(DOCS / "api").glob("*.*"),
        *(DOCS / "api" / "generated").glob("*.rst"),
        *(DOCS / "reports").rglob("*.md"),
    ]:
        if path.relative_to(DOCS).as_posix() not in wanted and path.stem not in listed:
            path.unlink()
    (DOCS / "notebooks").mkdir(exist_ok=True)
    committed = {path.name: path for path in (ROOT / "notebooks").glob("*.ipynb")}
    for path in (DOCS / "notebooks").glob("*.ipynb"):
        if path.name not in committed:
            path.unlink()
    for name, path in committed.items():
        text = path.read_text(encoding="utf-8").replace("](../docs/", "](../")
        _write(DOCS / "notebooks" / name, text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:  # or Sphinx would read it anew
        path.write_text(text, encoding="utf-8")


# -------------------------------------------------------------------------------------------------------------- API


def groups(package: str) -> Iterator[tuple[str, list[str]]]:
    """Public names under the comments that head them in the package's stub; one group where there is none."""
    module = importlib.import_module(package)
    stub = Path(inspect.getfile(module)).with_suffix(".pyi")
    heading, found = "", []
    for line in stub.read_text(encoding="utf-8").splitlines() if stub.is_file() else ():
        if line.startswith("# "):
            heading = line.removeprefix("# ")
        found += [(heading, name) for name in re.findall(r" as (\w+)$", line)]
    if not found:
        found = [("", name) for name in module.__all__]
    assert sorted(name for _, name in found) == sorted(module.__all__)
    for head, members in groupby(found, key=lambda pair: pair[0]):
        yield head, [name for _, name in members]


def api(package: str) -> str:
    """One page a package: its public names, grouped, each with a page of its own; constants on the spot."""
    module = importlib.import_module(package)
    summary, _, rest = (inspect.getdoc(module) or "").partition("\n\n")
    lines = [package, "=" * len(package), "", f".. currentmodule:: {package}", "", summary, "", rest, ""]
    for heading, names in groups(package):
        if heading:
            lines += [heading.capitalize(), "-" * len(heading), ""]
        own = [name for name in names if name in own_names(package)]
        if own:
            lines += [
                ".. autosummary::",
                "   :toctree: generated",
                "   :nosignatures:",
                "",
                *(f"   {n}" for n in own),
                "",
            ]
        for name in names:
            value = getattr(module, name)
            if inspect.ismodule(value):
                lines += [f"- :doc:`{value.__name__} <{value.__name__}>`", ""]
            elif _elsewhere(package, name):
                lines += [f"- :doc:`{name} <generated/{_elsewhere(package, name)}.{name}>`", ""]
            elif name not in own:
                lines += [f"- ``{name}``: {type(value).__name__}", ""]
    return "\n".join(lines)


def own_names(package: str) -> list[str]:
    """Public names that have their page under this package."""
    module = importlib.import_module(package)
    return [name for name in module.__all__ if _has_page(getattr(module, name)) and not _elsewhere(package, name)]


def _elsewhere(package: str, name: str) -> str | None:
    """The package that lists the same thing before this one, where it has its page."""
    thing = getattr(importlib.import_module(package), name)
    for earlier in list(PACKAGES)[: list(PACKAGES).index(package)]:
        module = importlib.import_module(earlier)
        if name in module.__all__ and getattr(module, name) is thing:
            return earlier
    return None


def _has_page(thing: Any) -> bool:
    return inspect.isclass(thing) or inspect.isroutine(thing)


def api_index() -> str:
    """The list of packages."""
    rows = "\n".join(f"| {{doc}}`{name} <{name}>` | {text} |" for name, text in PACKAGES.items())
    toctree = "\n".join(PACKAGES)
    return (
        "# API reference\n\nFrom the docstrings; every example is run by the tests.\n\n"
        f"| package | |\n| --- | --- |\n{rows}\n\n```{{toctree}}\n:hidden:\n\n{toctree}\n```\n"
    )


# ----------------------------------------------------------------------------------------------------------- tables


def costs() -> str:
    """What benchmarks/README.md says, and below it every table that it speaks of."""
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8").partition("\n")[2]
    text = re.sub(r"\[results/\w+\.md\]\(results/(\w+)\.md\)", r"[The table](#table-\1)", text)
    text = text.replace("](results/", "](../../benchmarks/results/")
    parts = [text]
    for path in sorted((ROOT / "benchmarks" / "results").glob("*.md")):
        parts.append(f"(table-{path.stem})=\n## Table: {path.stem.replace('_', ' ')}\n\n{results(path)}")
    return "\n\n".join(parts)


def migration() -> str:
    """Calls of other toolkits next to ours."""
    table = tomllib.loads((DOCS / "migration.toml").read_text(encoding="utf-8"))["call"]
    parts = []
    for tool, calls in groupby(table, key=lambda call: call["tool"]):
        parts.append(f"### {tool}\n")
        for call in calls:
            parts.append(f"**{call['what']}**\n")
            for side, title in (("theirs", tool), ("ours", "landscape")):
                parts.append(f"{title}:\n\n```python\n{call[side].strip()}\n```\n")
            parts.append(f"{call['note']}\n" if "note" in call else "")
    return "\n".join(parts)


def results(path: Path) -> str:
    """A committed table of measurements, with numbers shortened to three digits and empty columns left out."""
    table, *rest = re.split(r"\n\n", path.read_text(encoding="utf-8").strip(), maxsplit=1)
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]
    head, body = rows[0], rows[2:]
    used = [i for i in range(len(head)) if any(row[i] not in ("", "None") for row in body)]
    lines = [[head[i].replace("_", " ") for i in used], ["---"] * len(used)]
    lines += [[_shortened(row[i]) for i in used] for row in body]
    text = "\n".join(f"| {' | '.join(row)} |" for row in lines)
    return ":::{div} numbers\n" + text + "\n:::\n" + "\n\n".join(["", *rest])


def _shortened(cell: str) -> str:
    if cell == "None":
        return ""
    if re.fullmatch(r"-?\d+\.\d{4,}(e-?\d+)?", cell):
        return f"{float(cell):.3g}"
    return cell


def mistakes() -> str:
    """The table of first mistakes, by part."""
    table = tomllib.loads((DOCS / "mistakes.toml").read_text(encoding="utf-8"))["mistake"]
    parts = []
    for where, entries in groupby(table, key=lambda entry: entry["where"]):
        parts.append(f"## {where}\n")
        for entry in entries:
            language, code = ("sh", entry["command"]) if "command" in entry else ("python", entry["code"])
            said = entry["says"] if "command" in entry else f"{entry['error']}: {entry['says']}"
            parts.append(f"**{entry['what']}**\n\n```{language}\n{code.strip()}\n```\n\n```text\n{said}\n```\n")
    return "\n".join(parts)


def methods() -> str:
    """The table of methods, from the table that the training loop reads."""
    from zenith.methods import METHODS

    rows = [
        f"| `{m.name}` | {m.description}<br>*{m.citation}* | {', '.join(sorted(m.needs)) or '-'} "
        f"| {m.memory:g}{'+' if m.memory_note else ''} | {m.library} |"
        for m in METHODS.values()
    ]
    head = "| name | what it does, and its source | needs | copies | code |\n| --- | --- | --- | --- | --- |\n"
    return head + "\n".join(rows) + "\n"


def battery() -> str:
    """What each method was put through, as `landscape methods --battery` prints it."""
    from zenith.methods import battery as matrix

    return matrix()


def spec_keys() -> str:
    """The keys of a study's spec with their defaults and meaning, from the dataclasses."""
    import dataclasses

    from landscape.study import EngineSpec, MeasureSpec, StudySpec, TuningSpec

    parts = []
    tables = {"Top level": StudySpec, "`[tuning]`": TuningSpec, "`[measure]`": MeasureSpec, "`[engine]`": EngineSpec}
    for title, cls in tables.items():
        meaning = _attributes(inspect.getdoc(cls) or "")
        rows = []
        for field in dataclasses.fields(cls):
            if field.name in ("measure", "makes", "tuning", "engine"):  # a table of its own; read from methods
                continue
            default = "required" if field.default is field.default_factory is dataclasses.MISSING else ""
            if isinstance(field.default, bool):
                default = f"`{str(field.default).lower()}`"
            elif field.default not in (dataclasses.MISSING, None):
                default = f"`{list(field.default) if isinstance(field.default, tuple) else field.default!r}`".replace(
                    "'", '"'
                )
            rows.append(f"| `{field.name}` | {default} | {meaning[field.name]} |")
        parts.append(f"**{title}**\n\n| key | default | meaning |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _attributes(doc: str) -> dict[str, str]:
    section = doc.split("Attributes\n----------\n")[1].split("\n\n")[0]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if not line.startswith(" "):
            names = [name.strip() for name in line.split(" : ")[0].split(",")]
            found |= dict.fromkeys(names, "")
        else:
            found |= {name: f"{found[name]} {line.strip()}".strip() for name in names}
    return found


# ---------------------------------------------------------------------------------------------------------- gallery


def reports() -> dict[str, str]:
    """The committed reports as pages, by the page's path; `with_reports` leads to them."""
    found = {}
    for path in sorted((ROOT / "figures").rglob("report.md")):
        folder = path.parent.relative_to(ROOT / "figures").as_posix()
        up = "../" * (folder.count("/") + 2)
        text = path.read_text(encoding="utf-8")
        for part in ("figures", "tables"):
            text = text.replace(f"]({part}/", f"]({up}figures/{folder}/{part}/")
        found[f"reports/{folder}.md"] = f"---\norphan: true\n---\n\n{text}"
    return found


def with_reports(text: str) -> str:
    """Return a page of docs/ whose links to the repository's reports lead to the site's pages of them."""
    return re.sub(r"\]\(\.\./figures/([\w/-]+)/report\.md\)", r"](reports/\1.md)", text)


def draw_gallery() -> None:
    """Run the Python of the gallery, and save what each block draws under the name of its heading."""
    folder = DOCS / "_made" / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    page = (DOCS / "reference" / "gallery.md").read_text(encoding="utf-8")
    image = r"(?:!\[[^\]]*\]\(\.\./_made/gallery/([\w-]+)\.png\))?"
    blocks = re.findall(rf"^```python\n(.*?)^```\n\n{image}", page, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    with contextlib.chdir(ROOT):
        for code, name in blocks:
            exec(code, names)
            if name:
                names["shown"].figure_.savefig(folder / f"{name}.png", dpi=200)


def gallery() -> str:
    """Thumbnails of the committed figures, each with its caption."""
    import xarray as xr

    parts = []
    for folder in sorted((ROOT / "figures").glob("*/figures")):
        cards = []
        for picture in sorted(folder.glob("*.png")):
            with xr.open_dataset(picture.with_suffix(".nc")) as data:
                caption = str(data.attrs.get("caption", "")) or picture.stem
            where = f"../../figures/{folder.parent.name}/figures/{picture.name}"
            cards.append(f":::{{grid-item}}\n![{picture.stem.replace('_', ' ')}]({where})\n\n{caption}\n:::")
        if cards:
            grid = "::::{grid} 1 1 2 2\n:gutter: 3\n:class-container: gallery\n\n" + "\n".join(cards) + "\n::::\n"
            parts.append(f"### {folder.parent.name}\n\n{grid}")
    return "\n".join(parts)
