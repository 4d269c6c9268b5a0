"""The ``landscape`` command. Nothing heavy is imported before a command runs, so ``--help`` answers at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from tyro.conf import arg
from tyro.extras import SubcommandApp

from landscape.cli.interrupts import keeping
from landscape.cli.measure import measure
from landscape.cli.messages import FAILED, interrupted, refuse, say
from landscape.cli.study import study
from landscape.cli.tables import (
    added_as_json,
    added_table,
    doctor_tables,
    method_as_json,
    method_table,
    print_table,
    task_options_table,
)

__all__ = ["main"]

app = SubcommandApp()
app.command(study)
app.command(measure)


@app.command
def figures(
    folders: tyro.conf.Positional[tuple[Path, ...]],
    paper: bool = False,
    costs: Annotated[Path | None, arg(metavar="PATH")] = None,
    venue: Annotated[Literal["icml", "neurips", "iclr", "cvpr", "nature"] | None, arg(metavar="NAME")] = None,
    width: Literal["half", "full"] | None = None,
    formats: Annotated[tuple[Literal["pdf", "svg", "png", "pgf"], ...] | None, arg(metavar="NAME ...")] = None,
    out: Annotated[Path | None, arg(metavar="PATH")] = None,
    index: Annotated[Path | None, arg(metavar="PATH")] = None,
) -> int:
    """Redraw all figures, tables and the report of finished studies; nothing is trained or measured.

    Args:
        folders: Folders of studies, or of figures with their data.
        paper: Draw the figures and tables of ZENITH's paper instead, from all these studies together.
        costs: What benchmarks/methods.py measured (JSON), for the paper's table 1.
        venue: Draw for icml, neurips, iclr, cvpr or nature, into OUT; the reports stay as they are.
        width: A column (half) or across the text (full), into OUT.
        formats: Any of pdf, svg, png and pgf (needs LaTeX), into OUT.
        out: Where to; FOLDER/paper, and FOLDER/for-VENUE, by default.
        index: Put thumbnails of all folders into this Markdown page.
    """
    from landscape.study import redraw

    began = time.perf_counter()
    try:
        if not folders:
            raise ValueError("no folder to draw: name the folder of a study")
        options = redraw.FigureOptions(venue, width, formats or redraw.FORMATS)
        with keeping():
            if paper:
                done = [redraw.draw_paper(folders, costs, options, out)]
            elif venue or width or formats:
                done = redraw.draw_for(folders, options, out)
            else:
                done = redraw.redraw_all(folders)
            if index is not None:
                redraw.write_page(index, folders)
    except KeyboardInterrupt:
        return interrupted("each figure is the new one or the old one, whole")
    except (ValueError, OSError) as error:
        return refuse(error)
    for line in done:
        print(line)
    print(f"done in {time.perf_counter() - began:.0f} s")
    return 0


@app.command
def explore(
    study: tyro.conf.Positional[Path],
    out: Annotated[Path | None, arg(metavar="FILE")] = None,
    open: bool = False,
) -> int:
    """Write the explorer of a study as one HTML file that needs neither Python nor a network.

    Args:
        study: Folder of the study, finished or running; or the .jsonl file of a SharpnessMonitor, or a folder of such.
        out: The file; explorer.html in the study's folder by default.
        open: Open it in the browser.
    """
    import webbrowser

    from landscape.study import Study
    from landscape.study.explore import write_explorer

    try:
        with keeping():
            written = write_explorer(study if study.suffix == ".jsonl" else Study.open(study), out)
    except KeyboardInterrupt:
        return interrupted("no page was written")
    except (ValueError, OSError) as error:
        return refuse(error)
    print(f"explorer {written}")
    if open and not webbrowser.open(written.resolve().as_uri()):
        say("no browser could be opened: open the file yourself")
    return 0


@app.command
def methods(names: tyro.conf.Positional[tuple[str, ...]] = (), json: bool = False, battery: bool = False) -> int:
    """List the methods that can be trained.

    Args:
        names: Only these, by name or as "file.py:name"; all that are built in or added by packages if left out.
        json: Everything the table knows, settings included, as JSON; of one that cannot be used, why.
        battery: What each built-in method was put through, as a Markdown table.
    """
    from zenith.methods import METHODS, get
    from zenith.methods import battery as matrix

    if battery:
        print(matrix(), end="")
        return 0
    try:
        asked = [get(name) for name in names]
    except (ValueError, OSError) as error:
        return refuse(error)
    if json:
        import json as encoder

        listed = [method_as_json(method) for method in asked or METHODS.values()]
        listed += [] if asked else added_as_json("zenith.methods", get)
        print(encoder.dumps(listed, indent=1, allow_nan=False, default=str))
        return 0
    print_table(*method_table(asked or METHODS.values()), lines=True)
    print(
        "needs: what a step takes besides gradients. copies: of the weights, kept between steps (+: and more, see "
        "--json).\n"
        "syncs: host synchronisations per step on an accelerator. code: the library that takes the step."
    )
    if not asked:
        _print_added("zenith.methods", get)
    return 0


@app.command
def tasks(names: tyro.conf.Positional[tuple[str, ...]] = ()) -> int:
    """List the tasks that can be trained on.

    Args:
        names: The options of these, by name or as "file.py:name", with their defaults; the list of all if left out.
    """
    from zenith.tasks import get
    from zenith.tasks import names as names_of_tasks

    if names:
        try:
            tables = [task_options_table(name) for name in names]
        except (ValueError, OSError) as error:
            return refuse(error)
        for table in tables:
            print_table(*table)
        return 0
    added = {row[0] for row in added_table("zenith.tasks", get)[1] if "which is built in" not in row[1]}
    rows = [(name, get(name).description) for name in names_of_tasks() if name not in added]
    print_table(("name", "what it is"), rows)
    _print_added("zenith.tasks", get)
    return 0


def _print_added(group: str, get: Callable[[str], Any]) -> None:
    header, rows = added_table(group, get)
    if rows:
        print("added by installed packages:")
        print_table(header, rows)


@app.command
def doctor(json: bool = False) -> int:
    """Say what this machine has and check the numbers on it, in 20 seconds; exit code 1 if one is off.

    Args:
        json: Everything that was found, as JSON.
    """
    from landscape.cli.doctor import diagnose

    found = diagnose()
    if json:
        import json as encoder

        print(encoder.dumps(found.as_dict(), indent=1, allow_nan=False))
        return 0 if found.passed else FAILED
    print(", ".join(f"{name} {version}" for name, version in found.versions.items()) + "\n")
    for table in doctor_tables(found):
        print_table(*table)
    failed = sum(not check.passed for check in found.checks)
    took = f"{sum(check.seconds for check in found.checks):.0f} s"
    print(
        f"{failed} of {len(found.checks)} checks failed"
        if failed
        else f"all {len(found.checks)} checks passed in {took}"
    )
    return FAILED if failed else 0


def main(args: list[str] | None = None) -> None:
    """Entry point: parse, run, exit with 0, 2 for bad input, or 130 when interrupted."""
    if (sys.argv[1:] if args is None else args) in (["--version"], ["-V"]):
        from landscape import __version__

        print(f"landscape {__version__}")
        sys.exit(0)
    description = "The loss-landscape lab for PyTorch; landscape --version says which."
    sys.exit(app.cli(prog="landscape", description=description, args=args))


if __name__ == "__main__":
    main()
