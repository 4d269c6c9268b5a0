"""The explorer as a Jupyter widget: holds the view, answers requests of the page, and sends changes as patches."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import traitlets
import xarray as xr
from matplotlib.figure import Figure

from landscape._common.files import write_bytes, write_text
from landscape.explorer.background_measurement import At, Measured, MeasurementOptions, Worker
from landscape.explorer.code_export import FORMATS, drawn, form_of, rendered, script
from landscape.explorer.diff import difference
from landscape.explorer.from_memory import Memory
from landscape.explorer.page import STATIC, page
from landscape.explorer.recorder import Recorder
from landscape.explorer.selection import Selection, other_seeds
from landscape.explorer.serialize import packed
from landscape.explorer.to_datatree import tree_of_view
from landscape.explorer.view import View

try:
    import anywidget
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "the explorer in a notebook needs anywidget: pip install 'zenith-landscape[notebook]' (landscape explore STUDY "
        "writes the same view as an HTML file without it)"
    ) from error

__all__ = ["Explorer"]

TREE = "tree = explorer.tree  # explorer: what landscape.explore returned"
SYNC_FIRST, SYNC_LAST = (
    1.0,
    30.0,
)  # seconds between two whole payloads while following; doubles from the first to the last
POLL = 1.0  # seconds between two readings of a study's folder

SEEN = (
    *("step", "selection", "hidden_methods", "hidden_seeds", "hidden_runs", "color_by", "sort_by", "search", "panels"),
    *("x_axis", "x_log", "x_range", "smoothing", "seeds_as", "log_axes", "pinned", "plane_range"),
    *("to_scale", "apart", "camera"),
    *("view", "plane", "theme"),
)
"""Names of the traits that say what is seen, as the front end has them."""

Read = Callable[[], tuple[View, bool]]


class Explorer(anywidget.AnyWidget):
    """An interactive view of planes, trajectories and traces; made by `landscape.explore`.

    The last line of a notebook's cell shows it. Its state is in traits, which can be set as well as read.

    Attributes
    ----------
    step : int
        Where the slider stands.
    selection : list
        The span of steps that is highlighted, [from, to] or [].
    hidden_methods, hidden_seeds, hidden_runs : list
        A run is hidden with its method, with its seed, or by its id.
    color_by : str
        "method", or a column of the run table by its key: "seed", "settings.lr", "final.test_loss".
    sort_by : str
        A column by its key, with "-" in front for descending; empty for the order of the study.
    search : str
        Words that the rows of the run table are searched for.
    panels : list of str
        Keys of the traces in their order: "loss", "test_loss", "lr"; empty for the usual ones.
    x_axis : {"step", "epoch", "seconds"}
        What traces are drawn over.
    x_log : bool
    x_range : list of float
        The part of that axis that is shown, [from, to] or [].
    smoothing : float
        Weight of the past in the exponential moving average of noisy traces, from 0 (none) to 0.999.
    seeds_as : {"lines", "median"}
        Every run, or the median of the seeds in a band from the smallest to the largest.
    log_axes : list of str
        Keys of the traces whose axis is not as usual: linear where it is logarithmic at first, or the other way round.
    pinned : str
        Id of the run that is highlighted.
    to_scale : bool
        A plane of orthonormal directions with one unit as long along both axes, though it leaves room in its panel.
    apart : bool
        Whether trajectories that lie on one another are drawn a few pixels apart.
    plane_range, camera : list of float
        The part of the plane that is shown, [x0, x1, y0, y1], and where the surface is seen from, or [].
    state : dict
        All of these by name; what one explorer showed, another of the same data shows when it is given its state.
    view : {"contour", "surface"}
    plane : str
        Id of the plane that is shown.
    theme : {"auto", "light", "dark"}
    following : bool
        Whether the slider keeps to the end of a training that goes on.
    status : dict
        Of the measurement under way: "kind", "text", "fraction".

    Examples
    --------
    >>> explorer = ls.explore("studies/digits")  # doctest: +SKIP
    >>> explorer.step, explorer.hidden_methods = 700, ["step"]  # doctest: +SKIP
    >>> explorer.export_figure("figure.pdf")  # doctest: +SKIP
    >>> print(explorer.code())  # doctest: +SKIP
    """

    _esm = STATIC / "explorer.js"
    _css = STATIC / "explorer.css"

    payload = traitlets.Dict().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    selection = traitlets.List(traitlets.Int()).tag(sync=True)
    hidden_methods = traitlets.List(traitlets.Unicode()).tag(sync=True)
    hidden_seeds = traitlets.List(traitlets.Int()).tag(sync=True)
    hidden_runs = traitlets.List(traitlets.Unicode()).tag(sync=True)
    color_by = traitlets.Unicode("method").tag(sync=True)
    sort_by = traitlets.Unicode("").tag(sync=True)
    search = traitlets.Unicode("").tag(sync=True)
    panels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    x_axis = traitlets.Enum(["step", "epoch", "seconds"], default_value="step").tag(sync=True)
    x_log = traitlets.Bool(False).tag(sync=True)
    x_range = traitlets.List(traitlets.Float()).tag(sync=True)
    smoothing = traitlets.Float(0.6, min=0.0, max=0.999).tag(sync=True)
    seeds_as = traitlets.Enum(["lines", "median"], default_value="lines").tag(sync=True)
    log_axes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    pinned = traitlets.Unicode("").tag(sync=True)
    plane_range = traitlets.List(traitlets.Float()).tag(sync=True)
    to_scale = traitlets.Bool(False).tag(sync=True)
    apart = traitlets.Bool(True).tag(sync=True)
    camera = traitlets.List(traitlets.Float()).tag(sync=True)
    view = traitlets.Enum(["contour", "surface"], default_value="contour").tag(sync=True)
    plane = traitlets.Unicode("").tag(sync=True)
    theme = traitlets.Enum(["auto", "light", "dark"], default_value="auto").tag(sync=True)
    status = traitlets.Dict({"kind": "idle", "text": "", "fraction": None}).tag(sync=True)
    following = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        content: View,
        *,
        at: At | None = None,
        options: Callable[[str], MeasurementOptions] = lambda _: MeasurementOptions(),
        tree: str = TREE,
        memory: Memory | None = None,
        read: Read | None = None,
    ) -> None:
        self._content, self._tree, self._memory, self._read = content, tree, memory, read
        self._can = {"measure": at is not None, "export": bool(tree)}
        self._version = 0
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._watcher: threading.Thread | None = None
        self._worker = None if at is None else Worker(at, options, self._set_status, self._show_measured)
        super().__init__(
            payload=self._packed(),
            step=content.last_step,
            plane=content.planes[0].id if content.planes else "",
            hidden_seeds=other_seeds(content),
        )
        self._synced, self._gap = time.monotonic(), SYNC_FIRST
        self.on_msg(self._on_message)

    # What is shown
    # ------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> dict[str, Any]:
        """What is seen, by name: JSON-able, to be kept and set again."""
        return {name: getattr(self, name) for name in SEEN}

    @state.setter
    def state(self, values: Mapping[str, Any]) -> None:
        unknown = [name for name in values if name not in SEEN]
        if unknown:
            raise ValueError(f"the state has {unknown[0]!r}, which an explorer has not: it has {', '.join(SEEN)}")
        with self.hold_trait_notifications():
            for name, value in values.items():
                setattr(self, name, value)

    @property
    def content(self) -> View:
        """What the explorer shows: its runs, planes and words."""
        return self._content

    @property
    def tree(self) -> xr.DataTree:
        """All data of the view as a DataTree laid out like `Study.tree`: runs, traces, curvature and planes.

        Raises
        ------
        ValueError
            If the view holds several studies.
        """
        self._refuse_several()
        return tree_of_view(self._content)

    def _refuse_several(self) -> None:
        if not self._tree:
            raise ValueError(
                "this explorer holds several studies, which no one tree and figure of a study can: explore one of them"
            )

    @property
    def measurements(self) -> list[Measured]:
        """All measurements made in this explorer, each with its full result."""
        return [] if self._worker is None else list(self._worker.results)

    def update(self, content: View, *, done: bool = False) -> None:
        """Show another view; only changes are sent to the page.

        Parameters
        ----------
        content : View
            With the runs and planes that were there before, grown or changed.
        done : bool
            Nothing more will come.
        """
        with self._lock:
            patch = difference(self._content, content)
            self._content = content
            if patch is not None or done:
                self._version += 1
                change = (
                    (patch or {})
                    | {"from": self._version - 1, "version": self._version}
                    | ({"done": True} if done else {})
                )
                message, buffers = packed({"type": "patch", "patch": change})
                self.send(message, buffers)
            if not self.plane and content.planes:
                self.plane = content.planes[0].id
            if self.following:
                self.step = content.last_step
            # Messages reach the pages that are open; one that opens later, or was still loading, reads the trait.
            if done or time.monotonic() - self._synced >= self._gap:
                self._sync()
            if done:
                self.following = False

    def _sync(self) -> None:
        self.payload = self._packed()
        self._synced, self._gap = time.monotonic(), min(2 * self._gap, SYNC_LAST)

    def _packed(self) -> dict[str, Any]:
        described = self._content.described(**self._can) | {"version": self._version}
        header, buffers = packed(described)
        return {"header": header, "buffers": buffers}

    # Following
    # ----------------------------------------------------------------------------------------------------------

    def follow(self, method: str | None = None, seed: int = 0) -> Recorder | None:
        """Follow a training run while it is running.

        Parameters
        ----------
        method : str, optional
            What the run is called. Left out for a study, whose folder is then looked at every second, in a thread,
            until it is finished or `stop` is called.
        seed : int

        Returns
        -------
        Recorder or None
            For a run: give it to the training loop, or tell it every step.

        Raises
        ------
        ValueError
            If a study is to be followed as a run, or there is no study.

        Examples
        --------
        >>> explorer = ls.explore()  # doctest: +SKIP
        >>> display(explorer)  # doctest: +SKIP
        >>> train("digits", "zenith", on_progress=explorer.follow("zenith"))  # doctest: +SKIP
        """
        if method is not None:
            if self._memory is None:
                raise ValueError(
                    "this explorer shows a study, which is followed as a whole: leave method out, or follow a run in "
                    "an explorer of its own, landscape.explore().follow(method)"
                )
            self.following = True
            self._gap = SYNC_FIRST
            return Recorder(self._memory, self.update, method, seed)
        if self._read is None:
            raise ValueError("there is no study to follow: name the run's method, follow('zenith')")
        if self._watcher is None or not self._watcher.is_alive():
            self._stop.clear()
            self._gap = SYNC_FIRST
            self.following = True
            self._watcher = threading.Thread(target=self._watch, daemon=True)
            self._watcher.start()
        return None

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()
        self.following = False
        watcher = self._watcher
        if watcher is not None and watcher is not threading.current_thread():
            watcher.join()

    def _watch(self) -> None:
        assert self._read is not None
        finished = False
        while not finished and not self._stop.is_set():
            try:
                content, finished = self._read()
                self.update(content, done=finished)
            except Exception as error:  # nobody waits for this thread
                self._set_status({"kind": "error", "text": f"following stopped: {error}", "fraction": None})
                return
            self._stop.wait(0.0 if finished else POLL)

    def close(self) -> None:
        """Stop following and measuring, and remove the widget."""
        self._stop.set()
        if self._worker is not None:
            self._worker.cancel()
        super().close()

    # Measuring
    # ----------------------------------------------------------------------------------------------------------

    def measure(self, run: str, step: int, what: str = "eigenvalue") -> Measured:
        """Measure a checkpoint and wait for the result, as a click on it does in the background.

        Parameters
        ----------
        run : str
            Id of the run.
        step : int
            One of its checkpoints'.
        what : {"eigenvalue", "slice"}

        Raises
        ------
        ValueError
            If there are no weights, or nothing to measure them with.
        """
        if self._worker is None:
            raise ValueError(
                "nothing can be measured here, as there are no weights or no loss: open a study with its checkpoints, "
                "or pass runs and objective= to explore()"
            )
        return self._worker.run(self._content.run(run).id, step, what)

    def wait(self) -> None:
        """Wait until no measurement is running."""
        if self._worker is not None:
            self._worker.wait()

    def _set_status(self, status: dict[str, Any]) -> None:
        self.status = status

    def _show_measured(self, found: Measured) -> None:
        steps = self._content.run(found.run).checkpoints.step
        message: dict[str, Any] = {
            "type": "measured",
            "run": found.run,
            "checkpoint": int(np.flatnonzero(steps == found.step)[0]),
            "what": found.what,
            "value": found.value,
            "error": found.error,
            "converged": found.converged,
            "text": found.text,
        }
        if found.what == "slice":
            assert isinstance(found.result, xr.Dataset)
            message["slice"] = {"alpha": found.result["alpha"].values, "loss": found.result["loss"].values}
        self.send(*packed(message))

    # Exporting
    # ----------------------------------------------------------------------------------------------------------

    @property
    def shown(self) -> Selection:
        """The current selection of the view."""
        return Selection(
            self.plane,
            self.view,
            self.step,
            tuple(int(step) for step in self.selection),
            frozenset(self.hidden_methods),
            frozenset(int(seed) for seed in self.hidden_seeds),
            frozenset(self.hidden_runs),
        )

    def code(self) -> str:
        """Python code that draws the current view, as `export_figure` does."""
        self._refuse_several()
        return script(self._content, self.shown, self._tree)

    def figure(self) -> Figure:
        """The current view as a matplotlib figure in the style of all others."""
        return drawn(self._content, self.shown, self.tree)

    def export_figure(self, path: str | os.PathLike[str]) -> Path:
        """Write the current view as a publication figure.

        Parameters
        ----------
        path : path
            Ends in .pdf, .svg or .png; or in .py for the code that draws it.

        Raises
        ------
        ValueError
            If the name says none of these, or everything is hidden.
        """
        target = Path(path)
        form = form_of(target)
        write_bytes(target, self._exported(form))
        return target

    def save_html(self, path: str | os.PathLike[str]) -> Path:
        """Write everything as one HTML file that needs neither Python nor a network."""
        target = Path(path)
        write_text(target, page(self._content))
        return target

    def _exported(self, form: str) -> bytes:
        return self.code().encode() if form == "py" else rendered(self.figure(), form)

    # Requests of the page
    # -----------------------------------------------------------------------------------------------

    def _on_message(self, _: Any, message: Any, buffers: Any) -> None:
        try:
            self._answer(message)
        except Exception as error:  # the page shows it; a traceback in the kernel's log helps nobody
            self._set_status({"kind": "error", "text": str(error) or type(error).__name__, "fraction": None})

    def _answer(self, message: Any) -> None:
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "measure":
            run = self._content.run(str(message.get("run")))
            place = message.get("checkpoint")
            if not isinstance(place, int) or not 0 <= place < len(run.checkpoints.step):
                raise ValueError(f"run {run.id!r} has {len(run.checkpoints.step)} checkpoints, none at place {place!r}")
            if self._worker is None:
                raise ValueError("nothing can be measured here: there are no weights or no loss")
            if not self._worker.start(run.id, int(run.checkpoints.step[place]), str(message.get("what"))):
                raise ValueError("another measurement is under way: wait for it, or cancel it")
        elif kind == "cancel":
            if self._worker is not None:
                self._worker.cancel()
        elif kind == "export":
            form = str(message.get("format"))
            if form not in FORMATS:
                raise ValueError(f"cannot export {form!r}: choose one of {', '.join(FORMATS)}")
            content = self._exported(form)
            answer = {"type": "export", "format": form, "name": f"explorer-step{self.step}.{form}"}
            self.send(answer | ({"text": content.decode()} if form == "py" else {}), [content])
        else:
            raise ValueError(f"a page asked for {kind!r}, which this version does not know: reload the page")
