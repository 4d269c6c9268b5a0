"""The lines of Python that draw a plane with its trajectories: contours, a surface, or the trajectories alone."""

from __future__ import annotations

import numpy as np

from landscape.explorer.shown import Shown
from landscape.explorer.view import PlaneView, RunView, View

__all__ = ["plane_lines"]


def plane_lines(view: View, plane: PlaneView, shown: Shown, runs: list[RunView]) -> list[str]:
    """Return the lines that draw a plane on ``ax``, with the trajectories of `runs` up to ``step``."""
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


def _span_lines(shown: Shown) -> list[str]:
    if not shown.selection:
        return []
    return [
        "for name, path in paths.items():  # what lies within the selected steps",
        "    ax.plot(*path[spans[name]].T, color='black', alpha=0.35, linewidth=5.0, solid_capstyle='round', zorder=2.4)",
    ]


def _bare_lines(plane: PlaneView, shown: Shown) -> list[str]:
    """Trajectories alone, where the loss on the plane was not evaluated."""
    return [
        "for name, look in method_style(list(paths)).items():",
        "    ax.plot(*paths[name].T, color=look.color, linestyle=look.linestyle, linewidth=look.linewidth,",
        "            marker=look.marker, markersize=look.markersize, label=name)",
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
        'ax.plot_surface(alpha, beta, height, cmap="viridis", rcount=101, ccount=101, linewidth=0.0, antialiased=False)',
        *(
            [
                "for name, look in method_style(list(paths)).items():  # each checkpoint at the height of its own loss",
                f"    ax.plot(*paths[name].T, {path}, color=look.color,",
                "            linestyle=look.linestyle, linewidth=look.linewidth, marker=look.marker,",
                "            markersize=look.markersize, label=name, zorder=5.0)",
                'ax.legend(loc="upper right", bbox_to_anchor=(-0.1, 1.0))',
            ]
            if own
            else []
        ),
        f"ax.set(xlabel={plane.xlabel!r}, ylabel={plane.ylabel!r})",
        f"ax.set_zlabel({label!r})",
        "ax.set_box_aspect((4.0, 4.0, 2.6), zoom=0.95)",
    ]
