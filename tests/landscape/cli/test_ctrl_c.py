"""Ctrl-C in the command: exit code 130 and one sentence, wherever it comes."""

import os
import subprocess
import sys
import textwrap

import pytest

from landscape._common.files import write_toml

# Ctrl-C is pressed when the module of the first argument begins to be imported, or when the jobs of a study have just
# been handed to its workers, of which none has done its imports by then.
SCRIPT = """
import importlib.abc
import os
import signal
import sys

MODULE, *ARGUMENTS = sys.argv[1:]


def press():
    os.killpg(0, signal.SIGINT)  # as a terminal does: to the workers as well


class Pressed(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == MODULE:
            press()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["landscape", *ARGUMENTS]
    sys.meta_path.insert(0, Pressed())
    from landscape.__main__ import main

    if MODULE == "the workers":
        import concurrent.futures

        waited = concurrent.futures.as_completed

        def pressed(futures):
            press()
            return waited(futures)

        concurrent.futures.as_completed = pressed
    main()
"""

SPEC = {
    "name": "tiny",
    "task": "digits",
    "methods": ["zenith", "cosine"],
    "seeds": 2,
    "steps": 2,
    "checkpoints": 1,
    "measure": {"samples": 20, "trace_probes": 2, "sharpness_samples": 2, "line_points": 3, "plane_seeds": 0}
    | {"spectrum_seeds": 0},
}
STUDY = ("study", "tiny.toml", "--device", "cpu", "--quiet")

MODULES = [
    ("tyro", ("--help",)),
    ("torch", STUDY),
    pytest.param("landscape.study.report", STUDY, marks=pytest.mark.slow),
    pytest.param("sklearn", STUDY, marks=pytest.mark.slow),
    pytest.param("torch", ("measure", "own.py:make"), marks=pytest.mark.slow),
    pytest.param("landscape.study.explore", ("explore", "nowhere"), marks=pytest.mark.slow),
    pytest.param("landscape.study.redraw", ("figures", "nowhere"), marks=pytest.mark.slow),
    pytest.param("landscape.cli.doctor", ("doctor",), marks=pytest.mark.slow),
    pytest.param("zenith.methods", ("methods",), marks=pytest.mark.slow),
]


def pressed(folder, module, arguments):
    script = folder / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    write_toml(folder / "tiny.toml", SPEC, "for a test")
    return subprocess.run(
        [sys.executable, str(script), module, *arguments],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(("module", "arguments"), MODULES)
def test_before_any_work_it_leaves_with_one_sentence(module, arguments, tmp_path):
    done = pressed(tmp_path, module, arguments)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "\nlandscape: interrupted\n")
    assert {path.name for path in tmp_path.iterdir()} == {"script.py", "tiny.toml"}


@pytest.mark.slow  # of all that a study imports, in three processes
def test_workers_that_are_still_starting_end_in_silence(tmp_path):
    done = pressed(tmp_path, "the workers", (*STUDY, "--workers", "2"))
    assert done.returncode == 130
    assert "Traceback" not in done.stderr, done.stderr
    warning, *_, sentence = done.stderr.splitlines()
    assert "2 seeds cannot show any difference" in warning
    assert sentence == ("landscape: interrupted: what is finished is kept, the same command continues from there")
    again = pressed(tmp_path, "no module", (*STUDY, "--workers", "1"))
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "studies" / "tiny" / "report.md").is_file()


def test_python_dash_m_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "landscape", "tasks", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "usage: landscape" in done.stdout.lower()


def test_a_process_that_ignores_interrupts_goes_on_ignoring_them():
    code = (
        "import signal\n"
        "from landscape.cli.interrupts import keeping, leave_at_once\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "leave_at_once()\n"
        "with keeping():\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "print('here')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "here\n")


def test_while_it_works_ctrl_c_is_an_exception_and_then_leaves_again():
    code = (
        "import signal\n"
        "from landscape.cli.interrupts import keeping, leave_at_once\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "leave_at_once()\n"
        "try:\n"
        "    with keeping():\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "except KeyboardInterrupt:\n"
        "    print('kept', flush=True)\n"
        "signal.raise_signal(signal.SIGINT)\n"
        "print('not reached')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "kept\n", "\nlandscape: interrupted\n")
