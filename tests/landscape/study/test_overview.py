"""What is shown while a study runs."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from landscape.study.engines import Engine, Overview
from landscape.study.engines.overview import Stage, duration


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock():
    return Clock()


def stage_of(clock, items=(1, 1, 1, 1), units=(10, 10, 10, 10), workers=2, **keys):
    return Stage("training", "run", items, units, workers, clock=clock, **keys)


def text_of(overview, width=120):
    console = Console(width=width, file=StringIO(), record=True)
    console.print(overview.render(width))
    return console.export_text()


def lines_of(clock):
    """An overview without a terminal, and the file that it writes to."""
    file = StringIO()
    return Overview("study 's'", console=Console(file=file, width=80), clock=clock), file


def test_jobs_are_waiting_running_and_then_what_became_of_them(clock):
    stage = stage_of(clock, items=(1, 1, 3, 1), found={"finished": 5, "diverged": 1})
    assert stage.counts() == {"all": 12, "done": 5, "running": 0, "waiting": 6, "diverged": 1, "failed": 0}
    stage.reported(0, 0, "")
    stage.reported(2, 0, "zenith, 3 runs")
    assert stage.counts() == {"all": 12, "done": 5, "running": 4, "waiting": 2, "diverged": 1, "failed": 0}
    stage.over(0, 10, {})
    stage.over(2, 30, {"diverged": 1, "finished": 1})
    stage.fail(3)
    stage.reported(3, 4, "late")
    stage.over(3, 10, {})
    assert stage.counts() == {"all": 12, "done": 8, "running": 0, "waiting": 1, "diverged": 2, "failed": 1}
    assert not stage.is_over
    stage.over(1, 10, {})
    assert stage.is_over


def test_a_job_whose_worker_died_waits_again(clock):
    stage = stage_of(clock)
    stage.reported(1, 4, "")
    stage.again(1)
    stage.again(2)
    assert stage.counts()["waiting"] == 4
    stage.reported(1, 2, "")
    assert stage.counts()["running"] == 1
    assert stage.share_done() == pytest.approx(2 / 40)


def test_time_left_is_unknown_before_any_work_is_done(clock):
    stage = stage_of(clock)
    assert stage.seconds_left() is None
    stage.reported(0, 0, "")
    clock.now = 100.0
    assert stage.time_words() == "unknown"


def test_time_left_is_that_of_the_work_per_worker_so_far(clock):
    stage = stage_of(clock)
    for number in (0, 1):
        stage.reported(number, 0, "")
    clock.now = 10.0
    for number in (0, 1):
        stage.reported(number, 5, "")
    assert stage.seconds_left() == pytest.approx(30.0)  # 30 units, two workers, half a unit a second
    for number in (0, 1):
        clock.now = 20.0
        stage.over(number, 10, {})
    assert stage.seconds_left() == pytest.approx(20.0)
    stage.reported(2, 0, "")
    clock.now = 40.0
    stage.over(2, 10, {})
    assert stage.seconds_left() == pytest.approx(20.0)  # one job is left, which the second worker cannot share
    stage.over(3, 0, {"diverged": 1})
    assert stage.seconds_left() == 0.0
    assert stage.share_done() == 1.0  # what diverged has no work left


def test_on_a_cluster_as_many_are_taken_to_be_at_work_as_were_so_far(clock):
    stage = stage_of(clock, items=[1] * 8, units=[10] * 8, workers=1000, elastic=True)
    clock.now = 3600  # in the queue
    stage.reported(0, 0, "")
    assert stage.seconds_left() is None
    clock.now += 20
    stage.reported(0, 5, "")
    assert stage.seconds_left() == pytest.approx(75 * 4)  # one at a time, 4 s a unit
    stage.over(1, 10, {}, 20.0)  # and one that was over before it was heard of
    # two at a time: 15 units in 40 s of work, so 65 units take 40 / 15 each, by two
    assert stage.seconds_left() == pytest.approx(65 / 2 * 40 / 15)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["report", "again", "over", "fail"]), st.integers(0, 12))))
def test_whatever_is_reported_the_counts_add_up(events):
    clock = Clock()
    stage = stage_of(clock, items=(1, 2, 1, 1, 3, 1), units=(10, 20, 10, 5, 30, 10))
    for number, what, units in events:
        clock.now += 1.0
        if what == "report":
            stage.reported(number, units, "")
        elif what == "again":
            stage.again(number)
        elif what == "over":
            stage.over(number, units, {"diverged": 1})
        else:
            stage.fail(number)
        counts = stage.counts()
        assert counts.pop("all") == 9 == sum(counts.values())
        assert min(counts.values()) >= 0
        assert 0 <= stage.share_done() <= 1
        assert (stage.seconds_left() or 0.0) >= 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0.4, "0 s"), (99, "99 s"), (100, "2 min"), (5900, "98 min"), (6120, "1 h 42 min"), (36000, "10 h")),
        *((200_000, "2 d 7 h"), (10 * 86400, "10 d")),
    ],
)
def test_durations_are_read_at_a_glance(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_has_every_stage_and_what_is_at_work(clock, width):
    with Overview("study 'digits', 2 workers", shown=False, clock=clock) as overview:
        done, at_work = stage_of(clock), stage_of(clock, items=[1] * 20, units=[450] * 20)
        overview.stages += [done, at_work]
        for number in range(4):
            done.over(number, 10, {"diverged": 1} if number == 1 else {})
        clock.now = 75.0
        done.close()
        for number in range(10):
            at_work.reported(number, 45, f"zenith seed {number}: step 45 of 450, loss 0.312, lr 0.1")
        at_work.fail(19)
        clock.now = 85.0
        text = text_of(overview, width)
    lines = [line.split() for line in text.splitlines()]
    assert text.splitlines()[0].rstrip() == "study 'digits', 2 workers"
    bar = ["━" * 12] if width == 120 else []
    assert lines[2] == ["training", *bar, "3", "of", "4", "0", "0", "1", "0", "took", "75", "s"]
    shown = [cell for cell in lines[3] if not set(cell) <= set("━╺╸")]
    assert shown == ["training", "0", "of", "20", "10", "9", "0", "1", "about", "15", "min"]
    assert text.splitlines()[4].strip() == "zenith seed 0: step 45 of 450, loss 0.312, lr 0.1"
    assert text.splitlines()[12].strip() == "and 2 more"
    assert all(len(line) <= width for line in text.splitlines())


@pytest.mark.parametrize("name", ["[red]bold[/red]", "[/]", "\x1b[2J\x1b[31mred", "two\nlines", ":smile:", "a" * 300])
def test_names_are_shown_letter_by_letter(clock, name):
    stage = stage_of(clock)
    overview = Overview(name, shown=False, clock=clock)
    overview.stages.append(stage)
    stage.reported(0, 1, f"{name} seed 0")
    text = text_of(overview)
    assert "\x1b" not in text
    assert len(text.splitlines()) == 4
    assert "[red]" in text or not name.startswith("[red]")
    assert ":smile:" in text or name != ":smile:"


def test_where_there_is_no_terminal_it_says_a_line_a_minute(clock):
    overview, file = lines_of(clock)
    with overview, overview.stage(stage_of(clock, found={"finished": 2})) as stage:
        for second in range(200):
            clock.now = float(second)
            stage.reported(second // 50, second % 50 // 5, "zenith\x1b[2J seed 0")
    said = file.getvalue().splitlines()
    assert said[0] == "landscape: training: 4 runs to do, 2 are there"
    assert len(said) == 5  # at the begin, after each minute and at the end
    assert re.fullmatch(r"landscape: training: 2 of 6 runs done, 2 running, 2 waiting; time left about \d+ s", said[1])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", "".join(said))
    assert said[-1].endswith("ended after 3 min")


def test_nothing_is_said_where_nothing_is_to_be_shown_or_done(clock, capfd):
    with Overview(shown=False) as overview, overview.stage(stage_of(clock)) as stage:
        stage.over(0, 10, {})
    silent, file = lines_of(clock)
    with silent, silent.stage(stage_of(clock, items=(), units=())):
        pass
    assert file.getvalue() == ""
    assert capfd.readouterr() == ("", "")


def test_a_pipe_that_is_closed_ends_no_study(clock):
    overview, file = lines_of(clock)
    file.close()
    with overview, overview.stage(stage_of(clock)) as stage:
        stage.over(0, 10, {})


def test_ctrl_c_leaves_a_terminal_with_a_cursor_and_the_last_table(clock, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    overview = Overview("study 's'", console=Console(file=terminal, force_terminal=True, width=100), clock=clock)

    def interrupted():
        with overview, overview.stage(stage_of(clock)) as stage:
            stage.reported(0, 5, "zenith seed 0")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    written = terminal.getvalue()
    assert "\x1b[?25h" in written  # the cursor is shown
    assert written.rindex("\x1b[?25h") > written.rfind("\x1b[?25l")
    assert "ended after 0 s" in written.rpartition("time left")[2]
    assert written.endswith(("\n", "\x1b[?25h"))


def test_a_dumb_terminal_gets_lines(clock, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    overview = Overview(console=Console(file=terminal, force_terminal=True), clock=clock)
    with overview, overview.stage(stage_of(clock)):
        pass
    assert terminal.getvalue().startswith("landscape: training: 4 runs to do\n")


def test_colours_that_are_forced_make_no_terminal_of_a_file(clock, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    file = StringIO()
    with Overview(console=Console(file=file), clock=clock) as overview, overview.stage(stage_of(clock)):
        pass
    assert "\x1b" not in file.getvalue()


def test_a_notebook_gets_one_output_that_changes(clock, monkeypatch):
    display = pytest.importorskip("IPython.display")
    pages = []

    class Handle:
        def update(self, page):
            pages.append(page.data)

    def shown(page, display_id):
        pages.append(page.data)
        return Handle()

    monkeypatch.setattr(display, "display", shown)
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    console = Console(file=StringIO())
    with Overview("<b>s</b>", console=console, clock=clock) as overview, overview.stage(stage_of(clock)) as stage:
        for tenth in range(25):
            clock.now = tenth / 10
            stage.reported(0, tenth, "<script> seed 0")
    assert len(pages) == 4  # when it begins, twice in 2.5 seconds, and at the end
    assert "&lt;script&gt; seed 0" in pages[1]
    assert not any("<script>" in page or "<b>s" in page for page in pages)
    assert console.file.getvalue() == ""


def step(number, report):
    report(0, f"job {number}")
    if number == 1:
        raise OSError("disk full")
    if number == 2:
        report.end("diverged")
    report(1, f"job {number}: done")


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_an_engine_says_how_its_jobs_ended(clock, workers):
    overview, file = lines_of(clock)
    jobs = [(step, (number,)) for number in range(4)]
    with pytest.raises(OSError, match="disk full"), Engine(workers, progress=overview) as engine:
        engine.run(jobs, total=[1] * 4, unit="run", title="training", items=[1, 1, 2, 1])
    last = file.getvalue().splitlines()[-1]
    assert last.startswith("landscape: training: 3 of 5 runs done, 1 diverged, 1 failed; took ")
