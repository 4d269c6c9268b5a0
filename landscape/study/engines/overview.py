"""What the jobs of a study are doing: a table on a terminal or in a notebook, and lines where there is neither.

Engines report to a `Stage` that jobs began, what they reached and how they ended; an `Overview` shows all stages.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING, Any, Self

from landscape._common.escaping import visible
from landscape._common.interrupts import uninterrupted
from landscape._common.summaries import counted

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ["Overview", "Stage", "duration"]

_LINE_EVERY = 60.0  # seconds between two lines of one stage, where there is no terminal
_PAGE_EVERY = 1.0  # seconds between two pictures in a notebook
_AT_WORK = 8  # jobs at work that are shown; a cluster has a thousand
_PAGE_WIDTH = 110
_APART = ("diverged", "failed")
"""Ways to end that are counted by themselves."""
_BAR_FROM = 100  # columns


def duration(seconds: float) -> str:
    """Return seconds in words, of two units at most: 40 s, 3 min, 2 h 10 min, 3 d 4 h."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"


@dataclass
class _AtWork:
    since: float
    units: int = 0
    text: str = ""


class Stage:
    """Jobs of one kind. An engine reports to it, from any thread.

    Parameters
    ----------
    title : str
    item : str
        What jobs are of.
    items : sequence of int
        How many of these each job stands for.
    units : sequence of int
        The work of each job.
    workers : int
        Jobs at once, at most.
    found : Mapping of str to int, optional
        How those ended that need no job, because they were there already.
    elastic : bool
        Whether fewer jobs than that may be at work at once, as on a cluster, which has other users.
    clock : callable
        Seconds.

    Attributes
    ----------
    ended : Counter
        How many ended how: "finished", "diverged", "failed".
    seconds : float or None
        What the stage took, once it is over.
    changed : callable
        Called after a report, with nothing.
    """

    def __init__(
        self,
        title: str,
        item: str,
        items: Sequence[int],
        units: Sequence[int],
        workers: int,
        *,
        found: Mapping[str, int] | None = None,
        elastic: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.title, self.item, self.found = title, item, found or {}
        self.ended = Counter[str]()
        self.seconds: float | None = None
        self.changed: Callable[[], None] = lambda: None
        self._items, self._units, self._workers, self._elastic, self._clock = items, units, workers, elastic, clock
        self._all, self._total = sum(items), sum(units)
        self._waiting, self._most = self._total, max(units, default=0)
        self._at_work: dict[int, _AtWork] = {}
        self._over: set[int] = set()
        self._done, self._busy, self._began = 0, 0.0, clock()
        self._first = math.inf
        self._lock = RLock()

    def reported(self, number: int, units: int, text: str) -> None:
        """Note what a job has done so far, and that it is at work; late reports change nothing."""
        with self._lock:
            if number in self._over:
                return
            job = self._at_work.get(number)
            if job is None:
                job = self._at_work[number] = _AtWork(self._clock())
                self._first = min(self._first, job.since)
                self._waiting -= self._units[number]
            self._done += max(0, units - job.units)
            job.units, job.text = max(units, job.units), text or job.text
        self.changed()

    def again(self, number: int) -> None:
        """Note that a job waits again, whose worker died."""
        with self._lock:
            if number in self._at_work:
                self._busy += self._clock() - self._at_work.pop(number).since
                self._waiting += self._units[number]

    def over(self, number: int, units: int, ended: Mapping[str, int], seconds: float | None = None) -> None:
        """Note that a job is over, and how what it stands for ended; what nothing is said of is finished.

        A job that was over before it was heard of took so many seconds.
        """
        with self._lock:
            if number in self._over:
                return
            self._over.add(number)
            job = self._at_work.pop(number, None)
            now = self._clock()
            if job is None:
                self._waiting -= self._units[number]
            began = job.since if job is not None else None if seconds is None else now - seconds
            if began is not None:
                self._busy += now - began
                self._first = min(self._first, began)
            self._done += max(0, units - (0 if job is None else job.units))
            self.ended.update(ended)
            self.ended["finished"] += max(0, self._items[number] - sum(ended.values()))
        self.changed()

    def fail(self, number: int, count: int | None = None) -> None:
        """Note that a job is over, and all that it stands for has failed, or so many of these."""
        self.over(number, 0, {"failed": self._items[number] if count is None else count})

    def close(self) -> None:
        """Note that the stage is over, or was ended."""
        self.seconds = self._clock() - self._began

    @property
    def is_over(self) -> bool:
        """Whether all jobs are."""
        return len(self._over) == len(self._items)

    def counts(self) -> dict[str, int]:
        """Return how many are done (with those found), running, waiting, diverged and failed, and all of these."""
        with self._lock:
            running = sum(self._items[number] for number in self._at_work)
            ended = self.ended + Counter(self.found)
            others = {how: ended[how] for how in _APART}
            return {
                "all": self._all + sum(self.found.values()),
                "done": sum(ended.values()) - sum(others.values()),
                "running": running,
                "waiting": max(0, self._all - sum(self.ended.values()) - running),
                **others,
            }

    def share_done(self) -> float:
        """Return the share of the work that is done; what diverged has none left."""
        with self._lock:
            left = self._waiting + sum(self._left_of(number) for number in self._at_work)
            return 1 - left / self._total if self._total else 1.0

    def seconds_left(self) -> float | None:
        """Return an estimate from the work that each worker has done so far; None before any is done."""
        with self._lock:
            now, jobs = self._clock(), len(self._items) - len(self._over)
            if jobs == 0:
                return 0.0
            busy = self._busy + sum(now - job.since for job in self._at_work.values())
            if self._done == 0 or busy <= 0:
                return None
            of_running = [self._left_of(number) for number in self._at_work]
            # The last jobs leave workers idle, and none is over sooner than its own work is done.
            longest = max([*of_running, self._most if jobs > len(of_running) else 0])
            at_once = float(min(self._workers, jobs))
            if self._elastic:
                at_once = min(at_once, max(1.0, busy / max(now - self._first, 1e-9)))  # as many as on average so far
            spread = (self._waiting + sum(of_running)) / at_once
            return max(spread, longest) * busy / self._done

    def _left_of(self, number: int) -> int:
        return max(0, self._units[number] - self._at_work[number].units)

    def time_words(self) -> str:
        """Return how long it goes on, or how long it took."""
        if self.seconds is not None:
            return f"{'took' if self.is_over else 'ended after'} {duration(self.seconds)}"
        left = self.seconds_left()
        if left is None:
            return "unknown"
        return f"about {duration(left)}" if left >= 1 else "a moment"

    def at_work(self, most: int) -> tuple[list[str], int]:
        """Return what the jobs at work reported last, those first that began first, and how many more there are."""
        with self._lock:
            shown = [job.text or f"a {self.item} begins" for job in islice(self._at_work.values(), most)]
            return shown, len(self._at_work) - len(shown)


class Overview:
    """Show stages while they run; a context manager.

    On a terminal, a table that is drawn again every second and stays when it is over; the same in a notebook; elsewhere
    lines, one when a stage begins and ends and one a minute between, without control characters.

    Parameters
    ----------
    title : str
        Above the table.
    shown : bool
        Nothing is, if not.
    console : rich.console.Console, optional
        The standard error by default.
    clock : callable
        Seconds.
    """

    def __init__(
        self,
        title: str = "",
        *,
        shown: bool = True,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._title, self._clock = title, clock
        self.stages: list[Stage] = []
        self._live: Any = None
        self._page: Any = None
        self._console = console
        self._said = -1e9
        self._lock = RLock()
        self._way = self._chosen() if shown else "nothing"

    def _chosen(self) -> str:
        from rich.console import Console

        if self._console is None:
            self._console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        console = self._console
        if console.is_jupyter:
            return "page"
        # Not by rich alone, which FORCE_COLOR makes take any file for a terminal.
        return (
            "live" if _is_terminal(console.file) and console.is_terminal and not console.is_dumb_terminal else "lines"
        )

    def __enter__(self) -> Self:
        if self._way == "live":
            from rich.live import Live

            self._live = Live(get_renderable=self.render, console=self._console, refresh_per_second=1)
            self._live.start()
            assert self._console is not None
            self._console.show_cursor()  # where a kill leaves the terminal, it is there
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            with uninterrupted():
                self._live.stop()
            self._live = None

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[Stage]:
        """Show a stage, whose jobs the block runs. One without jobs is not shown."""
        if self._way == "nothing" or stage.is_over:
            yield stage
            return
        with self._lock:
            self.stages.append(stage)
        if self._way == "lines":
            stage.changed = self._say_now_and_then
            there = sum(stage.found.values())
            to_do = stage.counts()["all"] - there
            self._say(f"{stage.title}: {counted(to_do, stage.item)} to do" + f", {there} are there" * bool(there))
        elif self._way == "page":
            stage.changed = self._draw_now_and_then
            self._draw()  # first from here: what threads display may go elsewhere
        try:
            yield stage
        finally:
            stage.close()
            if self._way == "lines":
                self._say(_line(stage))
            elif self._way == "page":
                self._draw()

    # As lines ---------------------------------------------------------------------------------------------------------

    def _say_now_and_then(self) -> None:
        with self._lock:
            if self._clock() - self._said >= _LINE_EVERY:
                self._say(_line(self.stages[-1]))

    def _say(self, line: str) -> None:
        with self._lock:
            self._said = self._clock()
            assert self._console is not None
            with suppress(OSError, ValueError):  # what shows progress is no reason to end: a pipe that is closed
                print(f"landscape: {visible(line)}", file=self._console.file, flush=True)

    # As a table -------------------------------------------------------------------------------------------------------

    def _draw_now_and_then(self) -> None:
        with self._lock:
            if self._clock() - self._said >= _PAGE_EVERY:
                self._draw()

    def _draw(self) -> None:
        from IPython.display import HTML, display

        with self._lock:
            self._said = self._clock()
            page = HTML(_html(self.render(_PAGE_WIDTH)))
            if self._page is None:
                self._page = display(page, display_id=True)
            else:
                self._page.update(page)

    def render(self, width: int | None = None) -> RenderableType:
        """Return the table of all stages, and what is at work in the last one."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        with self._lock:
            stages = list(self.stages)
        columns = width or (80 if self._console is None else self._console.width)
        table = Table(box=None, padding=(0, 2 if columns >= _BAR_FROM else 1, 0, 0), header_style="bold")
        table.add_column("stage", no_wrap=True, overflow="ellipsis")
        if columns >= _BAR_FROM:
            table.add_column("", width=12)
        for name in ("done", "running", "waiting", *_APART):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("time left", no_wrap=True)
        for stage in stages:
            counts = stage.counts()
            bar = [ProgressBar(total=1.0, completed=stage.share_done())] if columns >= _BAR_FROM else []
            table.add_row(
                Text(visible(stage.title)),
                *bar,
                f"{counts['done']} of {counts['all']}",
                str(counts["running"]),
                str(counts["waiting"]),
                *(Text(str(counts[how]), "red" if counts[how] else "") for how in _APART),
                Text(stage.time_words(), "" if stage.seconds is None else "dim"),
            )
        rows: list[RenderableType] = [table]
        if self._title:
            rows.insert(0, Text(visible(self._title), "bold", no_wrap=True, overflow="ellipsis"))
        if stages and stages[-1].seconds is None:
            at_work, more = stages[-1].at_work(_AT_WORK)
            lines = [visible(text) for text in at_work] + ([f"and {more} more"] if more else [])
            rows += [Text(f"  {line}", "dim", no_wrap=True, overflow="ellipsis") for line in lines]
        return Group(*rows)


def _line(stage: Stage) -> str:
    counts = stage.counts()
    said = [f"{counts['done']} of {counted(counts['all'], stage.item)} done"]
    said += [f"{counts[how]} {how}" for how in ("running", "waiting", *_APART) if counts[how]]
    left = "time left " if stage.seconds is None else ""
    return f"{stage.title}: {', '.join(said)}; {left}{stage.time_words()}"


def _html(renderable: RenderableType) -> str:
    """Return what a notebook shows: HTML, in which rich escapes all text."""
    from rich.console import Console

    console = Console(
        record=True,
        file=StringIO(),
        width=_PAGE_WIDTH,
        force_terminal=True,
        force_jupyter=False,
        color_system="truecolor",
    )
    console.print(renderable)
    return console.export_html(inline_styles=True, code_format='<pre style="line-height: 1.3">{code}</pre>')


def _is_terminal(file: Any) -> bool:
    try:
        return bool(file.isatty())
    except (AttributeError, ValueError):  # no file, or a closed one
        return False
