"""A training that is killed while it draws its bar stops no other."""

import subprocess
import sys

SCRIPT = """
import os, signal
from zenith._common.progress import ProgressBar

lock = ProgressBar.get_lock()
child = os.fork()
if not child:
    lock.acquire()
    os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(child, 0)
signal.alarm(60)  # which ends this process where it waits
with ProgressBar(total=1, disable=True):
    print("goes on")
"""


def test_a_killed_process_does_not_take_the_bars_of_others_with_it():
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "goes on\n"), ran.stderr
