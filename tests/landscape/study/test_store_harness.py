"""Small studies that are damaged, killed and starved of disk at random; LANDSCAPE_HARNESS=10 does ten times as much."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("store_harness.py")
TIMES = float(os.environ.get("LANDSCAPE_HARNESS", "1"))
SEED = "0"

pytestmark = pytest.mark.slow


def harness(what: str, folder: Path, count: int, preload: Path | None = None) -> dict[str, Any]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"} | ({"LD_PRELOAD": str(preload)} if preload else {})
    return ran_to_its_end([str(SCRIPT), what, str(folder), str(round(count * TIMES)), SEED], environment)


def ran_to_its_end(script: list[str], environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, *script]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert ran.returncode == 0, ran.stderr[-4000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    print(json.dumps(found))
    assert found["wrong"] == []
    return found


def test_damaged_files_give_a_sentence_or_the_right_answer_and_are_computed_again(tmp_path):
    found = harness("damage", tmp_path, 2000)
    assert set(found["outcomes"]) <= {"a sentence", "the right answer"}
    assert sum(found["outcomes"].values()) == round(2000 * TIMES)
    assert found["recomputed"]
    assert found["megabytes"] < 1024


@pytest.mark.skipif(sys.platform != "linux", reason="forks, and finds its workers in /proc")
@pytest.mark.parametrize(("more", "count"), [([], 10), (["workers"], 8)], ids=["alone", "workers"])
def test_killed_studies_end_with_the_same_numbers_and_train_nothing_twice(tmp_path, more, count):
    """In every phase; with workers the driver is killed, a worker, or all of them."""
    count = round(count * TIMES)
    script = [str(SCRIPT.with_name("kill_harness.py")), str(tmp_path / "work"), str(count), SEED, *more]
    found = ran_to_its_end(script, {**os.environ, "OMP_NUM_THREADS": "1"})
    assert found["killed"] >= count
    assert found["trainings"]


def test_wherever_a_write_fails_the_study_goes_on_once_it_can(tmp_path):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler, on Linux, to put a failing disk before the C library")
    library = tmp_path / "faults.so"
    source = SCRIPT.with_name("faults.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    found = harness("faults", tmp_path / "work", 16, library)
    assert found["outcomes"]["one sentence"]
    assert found["outcomes"]["finished identically"] == found["tried"]
