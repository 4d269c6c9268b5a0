"""Progress bars."""

from __future__ import annotations

import threading

from tqdm.auto import tqdm

__all__ = ["ProgressBar"]


class ProgressBar(tqdm):
    """tqdm's bar without the lock and the thread that processes inherit from one another.

    Its lock is shared with the processes that are forked, and one that is killed while it holds it, even to make a bar
    that is not shown, stops all others for ever; the thread that watches the bars may hold it when a process is forked.
    """

    monitor_interval = 0


ProgressBar.set_lock(threading.RLock())
