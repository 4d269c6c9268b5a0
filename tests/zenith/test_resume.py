"""An interrupted run continues as if it never had been, whatever interrupted it."""

import io
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import tarfile
import threading
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import torch
from killed_script import everything
from test_training import make_task

from zenith import methods
from zenith.training.resume import Interrupts, RunFile, UnusableRunError
from zenith.training.train import train

SCRIPT = Path(__file__).with_name("killed_script.py")
BUDGET = {"epochs": 2, "batch_size": 8, "window": 3, "checkpoints": 4, "device": "cpu"}
FEW = ("zenith", "sam", "dog")


class Stop(BaseException):
    """Like a kill, but for the file, which the process goes on to read."""


def stop_at(last):
    def on_step(step, *_):
        if step == last:
            raise Stop

    return on_step


@pytest.mark.parametrize(
    "names", [pytest.param(FEW, id="few"), pytest.param(methods.names(), id="all", marks=pytest.mark.slow)]
)
def test_a_killed_run_continues_bit_for_bit(names, tmp_path):
    command = [sys.executable, str(SCRIPT), str(tmp_path), "7", *names]
    ran = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    for method, found in json.loads(ran.stdout).items():
        *killed, terminated, finished = found["ends"]
        assert finished == 0, (method, ran.stderr)
        assert set(killed) <= {-signal.SIGKILL, 0}, (method, ran.stderr)
        assert killed.count(-signal.SIGKILL) >= 3, method
        assert terminated in (-signal.SIGTERM, 0), method
        undisturbed, resumed = found["answers"]
        assert undisturbed["steps"] == 30
        assert resumed == undisturbed, method


@pytest.mark.parametrize(
    "options",
    [
        {"amp": "fp16"},
        {"amp": "bf16", "accumulate": 2, "clip_norm": 0.1},
        {"channels_last": True, "update_norm_every": 3},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["zenith", "adamw"])
def test_resumes_bit_for_bit_with_options(method, options, tmp_path):
    task = make_task(dropout=0.3)
    whole = train(task, method, 0, **BUDGET, options=options)
    for last in (3, 9):
        with pytest.raises(Stop):
            train(
                task, method, 0, **BUDGET, options=options, resume=tmp_path / "r", save_every=2, on_step=stop_at(last)
            )
    assert everything(train(task, method, 0, **BUDGET, options=options, resume=tmp_path / "r")) == everything(whole)


def test_a_finished_run_is_returned_from_its_file_without_a_step(tmp_path):
    task, seen = make_task(), []
    whole = train(task, "zenith", 0, **BUDGET, resume=tmp_path / "deep" / "run.pt")
    again = train(task, "zenith", 0, **BUDGET, resume=tmp_path / "deep" / "run.pt", on_step=lambda *a: seen.append(a))
    assert everything(again) == everything(whole)
    assert again.trace.steps["seconds"] == whole.trace.steps["seconds"]
    assert not seen
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["run.pt"]


@pytest.mark.parametrize("lr", [1e30, 2e5])
def test_a_diverged_run_is_too(lr, tmp_path):
    task = make_task()
    settings = {"epochs": 3, "batch_size": 8, "settings": {"lr": lr}, "device": "cpu"}
    whole = train(task, "constant", 0, **settings)
    kept = train(task, "constant", 0, **settings, resume=tmp_path / "run.pt", save_every=1)
    again = train(task, "constant", 0, **settings, resume=tmp_path / "run.pt")
    assert everything(again) == everything(kept) == everything(whole)
    assert again.diverged_at == whole.diverged_at
    if lr == 1e30:
        assert whole.status == "diverged"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_obeyed_once_the_step_is_in_the_file(number, tmp_path):
    received, usual = [], signal.signal(number, lambda *_: received.append(seen[-1]))
    handler = signal.getsignal(number)
    seen = []

    def on_step(step, *_):
        seen.append(step)
        if step == 5:
            signal.raise_signal(number)

    try:
        train(make_task(), "zenith", 0, **BUDGET, resume=tmp_path / "run.pt", on_step=on_step)
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, usual)
    assert seen == [1, 2, 3, 4, 5]
    assert received == [5]
    resumed = train(make_task(), "zenith", 0, **BUDGET, resume=tmp_path / "run.pt")
    assert everything(resumed) == everything(train(make_task(), "zenith", 0, **BUDGET))


def test_ctrl_c_is_a_keyboard_interrupt_as_ever(tmp_path):
    def on_step(step, *_):
        if step == 4:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(make_task(), "zenith", 0, **BUDGET, resume=tmp_path / "run.pt", on_step=on_step)
    assert torch.load(tmp_path / "run.pt", weights_only=True)["state"]["step"] == 4


def test_a_second_signal_acts_at_once():
    with Interrupts() as interrupts:
        signal.raise_signal(signal.SIGINT)
        assert interrupts.asked == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_outside_of_the_main_thread_a_run_is_kept_all_the_same(tmp_path):
    runs = []
    thread = threading.Thread(
        target=lambda: runs.append(train(make_task(), "zenith", 0, **BUDGET, resume=tmp_path / "run.pt"))
    )
    thread.start()
    thread.join()
    assert runs[0].status == "finished"
    assert (tmp_path / "run.pt").exists()


def test_random_states_and_buffers_outside_of_the_state_dict_are_kept(tmp_path):
    class Counting(torch.nn.Sequential):
        def __init__(self, *layers):
            super().__init__(*layers)
            self.register_buffer("calls", torch.zeros(()), persistent=False)

        def forward(self, x):
            if self.training:
                self.calls += 1
            return super().forward(x) * (1 + self.calls / 100)

    task = make_task(dropout=0.2)
    task = task.replace(model=lambda inner=task.model: Counting(*inner()))
    whole = train(task, "zenith", 0, **BUDGET)
    with pytest.raises(Stop):
        train(task, "zenith", 0, **BUDGET, resume=tmp_path / "run.pt", save_every=1, on_step=stop_at(8))
    assert everything(train(task, "zenith", 0, **BUDGET, resume=tmp_path / "run.pt")) == everything(whole)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 1}, ["another run", "initial_weights"]),
        ({"method": "cosine"}, ["another run", "method", "'zenith'", "'cosine'"]),
        ({"settings": {"lr": 0.2}}, ["settings"]),
        ({"epochs": 3}, ["epochs", "2", "3"]),
        ({"batch_size": 9}, ["batch_size"]),
        ({"options": {"accumulate": 2}}, ["options", "accumulate"]),
    ],
)
def test_the_file_of_another_run_is_refused(change, words, tmp_path):
    train(make_task(), "zenith", 0, **BUDGET, resume=tmp_path / "run.pt")
    before = (tmp_path / "run.pt").read_bytes()
    asked = {"method": "zenith", "seed": 0, **BUDGET, **change}
    with pytest.raises(ValueError, match=r".") as caught:
        train(make_task(), **asked, resume=tmp_path / "run.pt")
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert (tmp_path / "run.pt").read_bytes() == before


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (lambda path: path.mkdir(), {}, "is a folder"),
        (lambda path: path.write_text("what"), {}, "is no interrupted run"),
        (lambda path: path.write_text("what"), {"resume": "run.pt/further.pt"}, "no folder to write in"),
        (lambda path: None, {"save_every": 0}, "save_every must be a whole number of steps of at least 1"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_before_any_step(make, options, message, tmp_path):
    make(tmp_path / "run.pt")
    resume = tmp_path / options.pop("resume", "run.pt")
    steps = []
    with pytest.raises(ValueError, match=message):
        train(make_task(), "zenith", 0, **BUDGET, resume=resume, **options, on_step=lambda *a: steps.append(a))
    assert not steps


@contextmanager
def files_limited_to(size):
    """Writing more to a file fails, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_fails_leaves_the_last_file(tmp_path):
    file = RunFile(tmp_path / "run.pt", {"a": 1}, None)
    file.write({"step": 1})
    with files_limited_to(1000), pytest.warns(RuntimeWarning, match=r"could not be kept in resume='.*run\.pt' \(.+\)"):
        file.write({"step": 2, "weights": torch.zeros(10000)})
    assert RunFile(tmp_path / "run.pt", {"a": 1}).read() == {"step": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]


def test_a_run_that_cannot_be_kept_is_returned_all_the_same(tmp_path):
    with (
        files_limited_to(1000),
        pytest.warns(RuntimeWarning, match="could not be kept"),
    ):  # the last write, after the last step
        run = train(make_task(), "zenith", 0, **BUDGET, resume=tmp_path / "run.pt")
    assert run.status == "finished"
    assert everything(run) == everything(train(make_task(), "zenith", 0, **BUDGET))


def test_writes_are_due_by_steps_or_by_the_clock(tmp_path, monkeypatch):
    by_steps = RunFile(tmp_path / "a", {}, every=3)
    assert [by_steps.due(step) for step in range(1, 7)] == [False, False, True, False, False, True]
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    by_clock = RunFile(tmp_path / "b", {})
    assert not by_clock.due(1)
    now[0] += 31
    assert by_clock.due(2)
    by_clock.write({})
    assert not by_clock.due(3)


def test_a_damaged_file_is_never_continued(tmp_path):
    """Each of many bits, and each cut."""
    file = RunFile(tmp_path / "run.pt", {"a": 1})
    file.write({"step": 1, "weights": torch.arange(300.0)})
    content = (tmp_path / "run.pt").read_bytes()
    for bit in range(3, 8 * len(content), len(content) // 20):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << (bit % 8)
        (tmp_path / "run.pt").write_bytes(changed)
        if bit < 8 * (len(content) - 50):
            with pytest.raises(UnusableRunError, match=r"^resume='.*' is .*: delete it to start anew, or name another"):
                RunFile(tmp_path / "run.pt", {"a": 1}).read()
        else:  # in the line with the checksum, without which the content is as good as an older version's
            with suppress(UnusableRunError):
                assert torch.equal(RunFile(tmp_path / "run.pt", {"a": 1}).read()["weights"], torch.arange(300.0))
    for cut in (0, 1, 10, len(content) // 2):
        (tmp_path / "run.pt").write_bytes(content[:cut])
        with pytest.raises(UnusableRunError) as refused:
            RunFile(tmp_path / "run.pt", {"a": 1}).read()
        assert "\n" not in str(refused.value)
    (tmp_path / "run.pt").unlink()  # the advice
    assert RunFile(tmp_path / "run.pt", {"a": 1}).read() is None
    # A file of an older version, which has no checksum.
    torch.save({"format": 1, "identity": json.dumps({"a": 1}), "state": {"step": 3}}, tmp_path / "old.pt")
    assert RunFile(tmp_path / "old.pt", {"a": 1}).read() == {"step": 3}


def test_a_file_is_continued_by_one_process_at_a_time(tmp_path):
    """The second is refused in one sentence, and what the first writes and returns is as ever."""
    path, refused = tmp_path / "run.pt", []

    def on_step(step, *_):
        if step == 5:
            command = [sys.executable, str(SCRIPT.with_name("second_trainer.py")), str(path)]
            refused.append(subprocess.run(command, capture_output=True, text=True, check=False))

    run = train(make_task(), "zenith", 0, **BUDGET, resume=path, save_every=1, on_step=on_step)
    assert everything(run) == everything(train(make_task(), "zenith", 0, **BUDGET))
    assert refused[0].stdout.strip() == (
        f"resume='{path}' is in use, another process trains that run: wait for it, or name another file"
    ), refused[0].stderr[-2000:]
    assert [left.name for left in tmp_path.iterdir()] == ["run.pt"]
    finished = train(make_task(), "zenith", 0, **BUDGET, resume=path)  # the advice
    assert everything(finished) == everything(run)


def test_what_a_killed_writer_left_is_removed(tmp_path):
    (tmp_path / ".run.pt.123-abcdef12.tmp").write_bytes(b"half")
    (tmp_path / ".run.pt.lock").touch()
    train(make_task(), "zenith", 0, **BUDGET, resume=tmp_path / "run.pt")
    assert [left.name for left in tmp_path.iterdir()] == ["run.pt"]


def test_a_file_that_would_fill_memory_is_refused_before_it_is_read(tmp_path):
    """In other formats that torch reads a few bytes announce gigabytes, and compressed ones hold them."""
    path, whole = tmp_path / "run.pt", io.BytesIO()
    tar, old = io.BytesIO(), io.BytesIO()
    info = tarfile.TarInfo("header")
    info.type, info.size = tarfile.XHDTYPE, 2**33 - 1
    tar.write(info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    torch.save({"format": 1, "identity": "{}", "state": 1}, old, _use_new_zipfile_serialization=False)
    torch.save({"format": 1, "identity": "{}", "state": torch.zeros(10**6)}, whole)
    packed = io.BytesIO()
    with zipfile.ZipFile(whole) as parts, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name in parts.namelist():
            file.writestr(name, parts.read(name))
    twice = io.BytesIO(whole.getvalue() * 2)  # one reader goes to the first archive, another one to the second
    for content, words in (
        (tar, "no file that zenith.train wrote"),
        (old, "no file that"),
        (packed, "compressed"),
        (twice, "contradicts itself"),
    ):
        path.write_bytes(content.getvalue())
        with pytest.raises(UnusableRunError, match=rf"^resume='{path}' is no .*{words}.*: delete it"):
            RunFile(path, {"a": 1}).read()


def on_processor(monkeypatch, capability):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)


def test_a_run_that_goes_on_with_another_processor_says_so(tmp_path, monkeypatch):
    """Each step once, in their order; and what is said to do gives a run of one."""
    task, path = make_task(), tmp_path / "run.pt"

    def capabilities(**options):
        found = train(task, "zenith", 0, **BUDGET, resume=path, **options).environments
        assert {each["torch"] for each in found} == {torch.__version__}
        return [each["cpu_capability"] for each in found]

    on_processor(monkeypatch, "OLD")
    for last in (3, 5):  # where it is the same nothing is said
        with pytest.raises(Stop):
            capabilities(save_every=1, on_step=stop_at(last))
    on_processor(monkeypatch, "NEW")
    said = f"resume='{path}' was trained to step 4 with processor capability OLD, now NEW: the run is of both"
    with pytest.warns(RuntimeWarning, match=said), pytest.raises(Stop):
        capabilities(save_every=1, on_step=stop_at(8))
    assert capabilities() == ["OLD", "NEW"]
    on_processor(monkeypatch, "NEWER")
    assert capabilities() == ["OLD", "NEW"]  # no step was left
    path.unlink()  # as the warning advises
    assert capabilities() == ["NEWER"]


def test_a_file_that_does_not_say_what_it_was_trained_with_goes_on(tmp_path, monkeypatch):
    """One of an older version; one that says nonsense is refused."""
    task, path = make_task(), tmp_path / "run.pt"
    with pytest.raises(Stop):
        train(task, "zenith", 0, **BUDGET, resume=path, save_every=1, on_step=stop_at(3))
    held = torch.load(path, weights_only=True)
    for wrong in (7, [], [{"torch": 3}], None):
        held["state"]["environments"] = wrong
        torch.save(held, path)
        with pytest.raises(UnusableRunError, match="holds no state that this run can go on from"):
            train(task, "zenith", 0, **BUDGET, resume=path)
    del held["state"]["environments"]
    torch.save(held, path)
    unknown, here = train(task, "zenith", 0, **BUDGET, resume=path).environments
    assert unknown == {}
    assert here["cpu_capability"] == torch.backends.cpu.get_cpu_capability()


def test_what_is_said_of_a_file_comes_back_from_a_worker(tmp_path):
    (tmp_path / "run.pt").write_bytes(b"what")
    with pytest.raises(UnusableRunError) as refused:
        RunFile(tmp_path / "run.pt", {"a": 1}).read()
    back = pickle.loads(pickle.dumps(refused.value))
    assert (str(back), back.path) == (str(refused.value), tmp_path / "run.pt")
