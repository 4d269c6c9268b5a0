"""Write an index page: thumbnails of every figure in several folders, between two marks of a Markdown file."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from landscape._common.escaping import markdown, visible
from landscape._common.files import write_text
from landscape.study.spec import packaged_specs

__all__ = ["BEGIN", "END", "write_page"]

BEGIN, END = "<!-- thumbnails: begin -->", "<!-- thumbnails: end -->"
COLUMNS, PIXELS = 4, 210


def write_page(page: Path, folders: Sequence[Path]) -> None:
    """Write thumbnails of all figures of the folders into a page, each linked to its PDF, with title and caption.

    Raises
    ------
    ValueError
        If the page is not there or lacks the two marks.
    """
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"'{page}' lacks the lines {BEGIN} and {END}: write them where the thumbnails belong.")
    sections = "\n\n".join(_section(folder, page.parent) for folder in sorted(folders))
    write_text(page, f"{before}{BEGIN}\n\n{sections}\n\n{END}{after}")


def _section(folder: Path, root: Path) -> str:
    figures = sorted(path for path in (folder / "figures").glob("*.nc"))
    out = [f"### {markdown(folder.name)}", ""]
    links = [f"[{name}]({_link(folder / name, root)})" for name in ("report.md", "tables") if (folder / name).exists()]
    made = _made(figures[0], folder, root.parent) if figures else ""
    if entries := [
        *links,
        *([f"data: `{made}`"] if made else []),
        f"drawn: `landscape figures {_link(folder, root.parent)}`",
    ]:
        out += [" · ".join(entries), ""]
    cells = [_cell(path, root) for path in figures]
    out.append("<table>")
    for start in range(0, len(cells), COLUMNS):
        out += ["<tr>", *cells[start : start + COLUMNS], "</tr>"]
    return "\n".join([*out, "</table>"])


def _cell(path: Path, root: Path) -> str:
    stem = _escaped(_link(path.with_suffix(""), root))
    with xr.open_dataset(path, engine="h5netcdf") as data:
        title, caption = str(data.attrs.get("title", path.stem)), str(data.attrs.get("caption", ""))
    return (
        f'<td valign="bottom" width="{PIXELS}"><a href="{stem}.pdf"><img src="{stem}.png" width="{PIXELS}" '
        f'alt="{_escaped(title)}" title="{_escaped(caption)}"></a><br><sub>{_escaped(title)} '
        f'(<a href="{stem}.svg">svg</a>, <a href="{stem}.nc">data</a>)</sub></td>'
    )


def _escaped(text: str) -> str:
    return html.escape(visible(text))


def _made(path: Path, folder: Path, root: Path) -> str:
    """Return the command that makes the data of a folder, run in `root`."""
    with xr.open_dataset(path, engine="h5netcdf") as data:
        record = json.loads(data.attrs.get("provenance", "{}"))
    if "made_by" in record:
        made = str(record["made_by"]).rsplit(maxsplit=1)[0] + " ..."
    elif "study" in record:
        packaged, spec = record["study"] in packaged_specs(), folder / "study.toml"
        made = f"landscape study {record['study'] if packaged or not spec.is_file() else _link(spec, root)}"
    else:
        made = ""
    return visible(made).replace("`", "'")  # it stands in a span of code


def _link(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
