"""Export the current view as a publication figure, and as the Python code that draws it.

The figure is that code, run.
"""

from __future__ import annotations

import textwrap
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from landscape.explorer.selection import Selection
from landscape.explorer.view import PlaneView, RunView, View
from landscape.plot import styled
from landscape.plot.save import METADATA

__all__ = ["FORMATS", "drawn", "form_of", "plane_lines", "rendered", "script"]

FORMATS = ("pdf", "svg", "png", "py")

_QUANTITIES = {
    "loss": ("training loss of the batch", "log"),
    "gradient_norm": ("gradient norm", "log"),
    "lr": ("applied learning rate", "linear"),
    "mean_gradient_norm": ("mean gradient norm $\\mu$", "linear"),
    "zenith": ("largest mean gradient norm $Z$", "linear"),
}
"""Label and scale of the traces, by name."""


def script(view: View, shown: Selection, tree: str) -> str:
    """Return Python code that draws the selection of a view.

    Parameters
    ----------
    view : View
    shown : Selection
    tree : str
        Lines of Python after which the name ``tree`` is the DataTree of the view; they may use ``ls``.

    Returns
    -------
    str
        A script whose last line leaves the matplotlib Figure in ``figure``.

    Raises
    ------
    ValueError
        If everything is hidden, or no such plane is there.
    """
    plane = _plane(view, shown)
    runs = shown.runs(view)
    # Traces are stacked by method and seed, so a panel shows the grid of what is left of both.
    methods = [entry.name for entry in view.methods if any(run.method == entry.name for run in runs)]
    seeds = sorted({run.seed for run in runs})
    apart = [(r.method, r.seed) for r in view.runs if r not in runs and r.method in methods and r.seed in seeds]
    panels = _panels(view, runs)
    if plane is None and not panels:
        raise ValueError("nothing is left to draw: show at least one method and one seed again")
    body: list[str] = _layout(plane, shown.kind, len(panels))
    if plane is not None:
        on_plane = [run for run in runs if plane.id in run.checkpoints.x]
        body += plane_lines(view, plane, shown, on_plane)
    if panels:
        body += _trace_lines(shown, panels, view, bool(apart))
    body.append("return figure")
    settings = [f"methods = {methods!r}", f"seeds = {seeds!r}"]
    if apart:
        settings.append(f"hidden = {apart!r}")
    if plane is not None:
        settings.append(f"step = {min(shown.step, view.last_step)}")
    if shown.selection:
        settings.append(f"selection = {tuple(shown.selection)!r}")
    plots = ["DOUBLE_WIDTH"]
    if plane is not None and shown.kind != "surface":
        plots.append("PlaneDisplay")
    plots += ["TraceDisplay"] if panels else []
    plots += ["method_style", "styled"]
    lines = [
        "import numpy as np",
        "from matplotlib.figure import Figure",
        "",
        "import landscape as ls",
        f"from landscape.plot import {', '.join(plots)}",
        "",
        *tree.splitlines(),
        *settings,
        "",
        "",
        "@styled",
        "def draw(tree):",
        *("    " + line if line else "" for line in body),
        "",
        "",
        "figure = draw(tree)",
    ]
    return "\n".join(lines) + "\n"


def drawn(view: View, shown: Selection, tree: xr.DataTree) -> Figure:
    """Return the figure that `script` draws of a tree of the view."""
    names: dict[str, Any] = {"tree": tree}
    exec(compile(script(view, shown, ""), "<figure of the explorer>", "exec"), names)
    figure: Figure = names["figure"]
    return figure


@styled
def rendered(figure: Figure, form: str) -> bytes:
    """Return a figure as the bytes of a PDF, SVG or PNG (300 dpi); equal figures give equal bytes.

    Raises
    ------
    ValueError
        For another form.
    """
    if form not in METADATA:
        raise ValueError(f"a figure cannot be written as {form!r}: choose one of {', '.join(FORMATS)}")
    buffer = BytesIO()
    figure.savefig(buffer, format=form, metadata=METADATA[form])
    return buffer.getvalue()


def form_of(path: Path) -> str:
    """Return the format that a file's suffix names.

    Raises
    ------
    ValueError
        If it asks for none that is known.
    """
    form = path.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise ValueError(f"'{path}' does not say what to write: end it in one of {', '.join('.' + f for f in FORMATS)}")
    return form


def _plane(view: View, shown: Selection) -> PlaneView | None:
    if not view.planes:
        return None
    if not shown.plane:
        return view.planes[0]
    for plane in view.planes:
        if plane.id == shown.plane:
            return plane
    raise ValueError(f"there is no plane {shown.plane!r}: choose one of {[plane.id for plane in view.planes]}")


def _panels(view: View, runs: list[RunView]) -> list[str]:
    """Names of the traces that the runs have, and "sharpness"."""
    names = [name for name in _QUANTITIES if any(np.isfinite(run.series.get(name, np.empty(0))).any() for run in runs)]
    measured = any(run.sharpness is not None and np.isfinite(run.sharpness.value).any() for run in runs)
    return names + (["sharpness"] if measured else [])


def _layout(plane: PlaneView | None, kind: str, panels: int) -> list[str]:
    """Return code that makes the figure: the plane above, the traces below in two columns."""
    rows = -(-panels // 2)
    upper = 0.0 if plane is None else 3.1 if kind != "surface" else 3.6
    height = f"{upper + 1.25 * rows + 0.3:g}"
    if not panels:
        place = "111"
        lines = [f'figure = Figure(figsize=(DOUBLE_WIDTH, {height}), layout="constrained")']
    else:
        heights = ([f"{upper:g}"] if plane is not None else []) + ["1.25"] * rows
        lines = [
            f'figure = Figure(figsize=(DOUBLE_WIDTH, {height}), layout="constrained")',
            f"grid = figure.add_gridspec({len(heights)}, 2, height_ratios=({', '.join(heights)},))",
        ]
        place = "grid[0, :]"
    if plane is not None:
        options = ', projection="3d", computed_zorder=False' if kind == "surface" else ""
        lines.append(f"ax = figure.add_subplot({place}{options})")
    return lines


def plane_lines(view: View, plane: PlaneView, shown: Selection, runs: list[RunView]) -> list[str]:
    """Return code that draws a plane on ``ax``, with the trajectories of `runs` up to ``step``."""
    several = len({run.method for run in runs}) < len(runs)
    names = {(f"{run.method}, seed {run.seed}" if several else run.method): (run.method, run.seed) for run in runs}
    own = any(run.checkpoints.loss is not None and np.isfinite(run.checkpoints.loss).any() for run in runs)
    off = any(np.isfinite(run.checkpoints.off_plane.get(plane.id, np.empty(0))).any() for run in runs)
    lines = [
        "",
        # Names come from files, and the lines are run: every one goes in as a literal.
        f"plane = tree[{f'planes/{plane.id}/plane'!r}].to_dataset()",
        f"marks = tree[{f'planes/{plane.id}/trajectories'!r}].to_dataset()",
        "paths, distances, losses, spans = {}, {}, {}, {}",
    ]
    if several:
        lines += [f"for name, (method, seed) in {names!r}.items():"]
        test = '(marks["optimizer"].values == method) & (marks["seed"].values == seed)'
    else:
        lines += [f"for name in {list(names)!r}:"]
        test = 'marks["optimizer"].values == name'
    lines += [
        f'    at = ({test}) & (marks["steps_taken"].values <= step)',
        '    paths[name] = np.stack((marks["alpha"].values[at], marks["beta"].values[at]), axis=1)',
        '    distances[name] = marks["off_plane"].values[at]',
        '    losses[name] = marks["loss"].values[at]',
    ]
    if shown.selection:
        lines.append(
            '    spans[name] = (marks["steps_taken"].values[at] >= selection[0]) & '
            '(marks["steps_taken"].values[at] <= selection[1])'
        )
    if not np.isfinite(plane.loss).any():
        return lines + _bare_lines(plane, shown)
    if shown.kind == "surface":
        return lines + _surface_lines(view, plane, own)
    explained = '    explained_variance=plane.attrs["explained_variance"],' if plane.explained is not None else None
    scale = "log" if (plane.loss[np.isfinite(plane.loss)] > 0).all() else "linear"
    lines += [
        "PlaneDisplay(",
        "    plane,",
        "    trajectories=paths,",
        *(["    off_plane=distances,"] if off else []),
        *(["    losses=losses,"] if own else []),
        *([explained] if explained else []),
        f"    orthonormal={bool(plane.orthonormal)},",
        f"    label={view.loss_label!r},",
        f"    xlabel={plane.xlabel!r},",
        f"    ylabel={plane.ylabel!r},",
        f"    scale={scale!r},",
        ").plot(ax)",
    ]
    return lines + _span_lines(shown)


def _span_lines(shown: Selection) -> list[str]:
    if not shown.selection:
        return []
    return [
        "for name, path in paths.items():  # what lies within the selected steps",
        "    ax.plot(*path[spans[name]].T, color='black', alpha=0.35, linewidth=5.0, solid_capstyle='round', "
        "zorder=2.4)",
    ]


def _bare_lines(plane: PlaneView, shown: Selection) -> list[str]:
    """Return code for trajectories alone, where the loss on the plane was not evaluated."""
    return [
        "for name, style in method_style(list(paths)).items():",
        "    ax.plot(*paths[name].T, color=style.color, linestyle=style.linestyle, linewidth=style.linewidth,",
        "            marker=style.marker, markersize=style.markersize, label=name)",
        *_span_lines(shown),
        f"ax.set(xlabel={plane.xlabel!r}, ylabel={plane.ylabel!r})",
        *(['ax.set_aspect("equal", adjustable="datalim")'] if plane.orthonormal else []),
        'ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4)',
    ]


def _surface_lines(view: View, plane: PlaneView, own: bool) -> list[str]:
    log = bool((plane.loss[np.isfinite(plane.loss)] > 0).all())
    height = "np.log10({})" if log else "{}"
    values = height.format('plane["loss"].transpose("beta", "alpha").values')
    path = height.format("losses[name]")
    label = (r"$\log_{10}$ " if log else "") + view.loss_label.split(" (")[0]
    return [
        'alpha, beta = np.meshgrid(plane["alpha"].values, plane["beta"].values)',
        f"height = {values}",
        'ax.plot_surface(alpha, beta, height, cmap="viridis", rcount=101, ccount=101, linewidth=0.0, '
        "antialiased=False)",
        *(
            [
                "for name, style in method_style(list(paths)).items():  # at the height of each checkpoint's loss",
                f"    ax.plot(*paths[name].T, {path}, color=style.color,",
                "            linestyle=style.linestyle, linewidth=style.linewidth, marker=style.marker,",
                "            markersize=style.markersize, label=name, zorder=5.0)",
                'ax.legend(loc="upper right", bbox_to_anchor=(-0.1, 1.0))',
            ]
            if own
            else []
        ),
        f"ax.set(xlabel={plane.xlabel!r}, ylabel={plane.ylabel!r})",
        f"ax.set_zlabel({label!r})",
        "ax.set_box_aspect((4.0, 4.0, 2.6), zoom=0.95)",
    ]


def _trace_lines(shown: Selection, panels: list[str], view: View, some_hidden: bool) -> list[str]:
    traced = [name for name in panels if name != "sharpness"]
    lines: list[str] = ["", "displays = []"]
    if some_hidden:
        lines += [
            "kept = np.ones((len(methods), len(seeds), 1), dtype=bool)",
            "for method, seed in hidden:",
            "    kept[methods.index(method), seeds.index(seed)] = False",
        ]
    if traced:
        rows = ", ".join(f"({name!r}, {_QUANTITIES[name][0]!r}, {_QUANTITIES[name][1]!r})" for name in traced)
        lines += [
            'traces = tree["traces"].to_dataset().sel(optimizer=methods, seed=seeds)',
            'steps = traces["step"].values',
            "window = max(1, steps.size // 100)",
            *textwrap.wrap(
                f"for name, label, scale in ({rows},):", 110, subsequent_indent="    ", break_long_words=False
            ),
            '    values = traces[name].transpose("optimizer", "seed", "step").values',
            *(["    values = np.where(kept, values, np.nan)"] if some_hidden else []),
            "    displays.append(TraceDisplay(steps, values, methods, ylabel=label, yscale=scale, window=window))",
        ]
    if "sharpness" in panels:
        lines += [
            'curvature = tree["curvature"].to_dataset().sel(optimizer=methods, seed=seeds).isel(k=0)',
            'values = curvature["eigenvalue"].where(curvature["converged"] == 1).transpose("optimizer", "seed", '
            '"step").values',
            *(["values = np.where(kept, values, np.nan)"] if some_hidden else []),
            'displays.append(TraceDisplay(curvature["step"].values, values, methods, ylabel=r"$\\lambda_{\\max}$", '
            'yscale="log"))',
        ]
    first = 1 if view.planes else 0
    lines += [
        "for place, display in enumerate(displays):",
        f"    panel = figure.add_subplot(grid[{first} + place // 2, place % 2])",
        f"    display.plot(panel, legend={'place == 0' if not view.planes else 'False'})",
    ]
    if view.planes:
        lines += [
            "    if place == 0 or display.summary_ != displays[place - 1].summary_:",
            '        panel.set_title(display.summary_.replace("\\n", "; "), loc="left", fontsize=5.5)',
        ]
    if shown.step < view.last_step:
        marker = "step" if view.planes else repr(shown.step)
        lines.append(f'    panel.axvline({marker}, color="0.3", linewidth=0.6, linestyle=(0, (2, 2)), zorder=0.5)')
    if shown.selection:
        lines.append('    panel.axvspan(*selection, color="0.9", linewidth=0.0, zorder=0.0)')
    return lines
