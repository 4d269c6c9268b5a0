"""Resume interrupted runs: the file of a run, the snapshot it holds, and the signals that stop a run.

The file is replaced as a whole: a process killed at any moment leaves the last complete one. It holds tensors, numbers
and text only, so ``torch.load(weights_only=True)`` reads it. Behind its last byte, where torch does not look, stands
the checksum (XXH3) of the others, which is compared before anything is read.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import threading
import time
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

import torch
import xxhash
from filelock import FileLock, Timeout
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from zenith._common.environment import ENVIRONMENT
from zenith._common.validation import as_integer

__all__ = ["Interrupts", "RunFile", "Snapshot", "UnusableRunError", "held_identity"]

FORMAT = 1
EVERY_SECONDS = 30.0
_MARK = b"\n# zenith, XXH3 of all before: "
_DIGITS = 16
_CHUNK = 1 << 20
_LONGEST_END = 2**16 + 98
"""Bytes of the records at the end of a zip archive, with a comment."""
_PATIENCE = 0.5
"""Seconds in which a process that has just ended gives its file free."""


class UnusableRunError(ValueError):
    """A file that a run cannot continue from: damaged, or of another run.

    Attributes
    ----------
    path : Path
    """

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(path, message)  # both, for an error comes back from a worker by its arguments
        self.path = path

    def __str__(self) -> str:
        return str(self.args[1])


class RunFile:
    """The file that a run is saved to while it trains.

    Parameters
    ----------
    path : Path
        The file; made, with its folder, at the first write.
    identity : Mapping
        Everything that determines the run's numbers, JSON-able.
    every : int or None
        Steps between two writes; None for one every 30 seconds.

    Raises
    ------
    ValueError
        If `path` is a folder or not in one that can be written, or `every` is not an integer of at least 1.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any], every: int | None = None) -> None:
        if path.is_dir():
            raise ValueError(f"resume='{path}' is a folder: name a file to continue from")
        folder = next(above for above in path.absolute().parents if above.exists())
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise ValueError(
                f"resume='{path}' cannot be written, because '{folder}' is no folder to write in: name another"
            )
        self.path, self.every = path, as_integer(every)
        if every is not None and (self.every is None or self.every < 1):
            raise ValueError(f"save_every must be a whole number of steps of at least 1, or left out, got {every!r}")
        self._said_elsewhere = False
        self._identity = json.loads(json.dumps(dict(identity)))
        self._written = time.monotonic()

    def read(self) -> dict[str, Any] | None:
        """Return what `write` was given last, or None if there is no file.

        Raises
        ------
        ValueError
            If the file is none of this kind, or belongs to another run: the message names what differs.
        """
        if not self.path.exists():
            return None
        if not _is_whole(self.path):
            raise UnusableRunError(
                self.path,
                f"resume='{self.path}' is damaged (its content has another checksum than when it was written): delete "
                "it to start anew, or name another file",
            )
        try:
            held = _loaded(self.path)
            there, state = json.loads(held["identity"]), held["state"]
        except Exception as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UnusableRunError(
                self.path,
                f"resume='{self.path}' is no interrupted run ({reason}): delete it to start anew, or name another file",
            ) from error
        differing = [name for name in sorted({*there, *self._identity}) if there.get(name) != self._identity.get(name)]
        if differing:
            name = differing[0]
            raise UnusableRunError(
                self.path,
                f"resume='{self.path}' is another run, its {name} is {there.get(name)!r} and not "
                f"{self._identity.get(name)!r}: name another file, or delete it to start anew",
            )
        return state

    def say_elsewhere(self, before: Mapping[str, str], here: Mapping[str, str], step: int) -> None:
        """Warn, once, that the steps so far were trained with other versions, or another processor or GPU.

        Warns
        -----
        RuntimeWarning
            Their rounding differs.
        """
        names = [name for name in ENVIRONMENT if before.get(name) != here.get(name)]
        if self._said_elsewhere or not names:
            return
        self._said_elsewhere = True
        words = " and ".join(f"{ENVIRONMENT[name]} {before.get(name)}, now {here.get(name)}" for name in names)
        warnings.warn(
            f"resume='{self.path}' was trained to step {step} with {words}: the run is of both, whose rounding "
            "differs, as its environments say; to train all of its steps here, stop it and delete that file",
            RuntimeWarning,
            stacklevel=2,
        )

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Keep other processes from continuing the same file meanwhile; where a file cannot be locked, nothing does.

        Raises
        ------
        ValueError
            If another process does so.
        """
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=_PATIENCE)
        try:
            with suppress(OSError, NotImplementedError):  # a file system without locks; a folder is said when written
                self.path.parent.mkdir(parents=True, exist_ok=True)
                try:
                    lock.acquire()
                except Timeout as error:
                    raise ValueError(
                        f"resume='{self.path}' is in use, another process trains that run: wait for it, or name "
                        "another file"
                    ) from error
                for left in self.path.parent.glob(f".{_escaped(self.path.name)}.*.tmp"):  # by killed processes
                    left.unlink(missing_ok=True)
            yield
        finally:
            if lock.is_locked:
                with suppress(OSError):
                    os.unlink(lock.lock_file)  # while it is held: who waits for it makes another
                lock.release()

    def due(self, step: int) -> bool:
        """Return whether the file is to be written after `step` steps."""
        return time.monotonic() - self._written >= EVERY_SECONDS if self.every is None else step % self.every == 0

    def write(self, state: Mapping[str, Any]) -> None:
        """Replace the file by one that holds `state`.

        Where that fails, on a full disk for example, the last file stays, a warning says so, and the training goes on.
        """
        self._written = time.monotonic()
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(temporary, "xb") as file:
                hashed = _Hashed(file)
                held = {"format": FORMAT, "identity": json.dumps(self._identity), "state": dict(state)}
                torch.save(held, hashed)  # type: ignore[arg-type]  # it only writes and flushes
                file.write(_MARK + hashed.digest.hexdigest().encode())
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        except (OSError, RuntimeError) as error:  # the latter is what torch makes of a full disk
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            warnings.warn(
                f"the run could not be kept in resume='{self.path}' ({reason}), which is as old as its last write: "
                "make room before the next",
                RuntimeWarning,
                stacklevel=2,
            )


class _Hashed:
    """A file that is written from its first byte to its last, and hashed meanwhile."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.digest = file, xxhash.xxh3_64()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def _is_whole(path: Path) -> bool:
    """Whether a file has its checksum; those of older versions have none."""
    behind = len(_MARK) + _DIGITS
    with open(path, "rb") as file:
        length = file.seek(0, 2) - behind
        if length < 0:
            return True
        file.seek(length)
        end = file.read()
        if not end.startswith(_MARK):
            return True
        digest = xxhash.xxh3_64()
        file.seek(0)
        while length > 0 and (chunk := file.read(min(_CHUNK, length))):
            digest.update(chunk)
            length -= len(chunk)
    return end[len(_MARK) :] == digest.hexdigest().encode()


def _loaded(path: Path) -> Any:
    """Read what `RunFile.write` wrote; raise ValueError for files that it never writes, which may fill memory."""
    with open(path, "rb") as file:
        if file.read(2) != b"PK":
            raise ValueError("it is no file that zenith.train wrote")
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
        if any(part.compress_type != zipfile.ZIP_STORED for part in parts):
            raise ValueError("it is compressed, as zenith.train writes none")
        if min((part.header_offset for part in parts), default=1) or not _has_one_directory(file):
            raise ValueError("it is an archive that contradicts itself, as zenith.train writes none")
    return torch.load(path, map_location="cpu", weights_only=True)


def _has_one_directory(file: BinaryIO) -> bool:
    """Whether the end of a large archive stands where its locator says: torch looks there, Python right before it."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_END))
    last = file.read()
    end = last.rfind(b"PK\5\6")
    if end < 20 or last[end - 20 : end - 16] != b"PK\6\7":
        return True
    return int.from_bytes(last[end - 12 : end - 4], "little") == size - len(last) + end - 76


def _escaped(name: str) -> str:
    """Return a name as a pattern of `glob` that matches nothing else."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def held_identity(path: Path) -> dict[str, Any]:
    """Return what the run in a file is, as it was given to `RunFile`; nothing where there is no such file."""
    try:
        return json.loads(_loaded(path)["identity"])
    except Exception:  # said by RunFile.read
        return {}


class Interrupts:
    """Context in which the first Ctrl-C or SIGTERM only sets `asked`; a second one acts at once.

    Leaving the context puts the old handlers back; `obey` then lets the signal do what it would have done. Outside of
    the main thread, where Python handles no signals, nothing changes.
    """

    _SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.asked: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in self._SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        self._put_back()

    def obey(self) -> None:
        """Raise the signal that was noted."""
        self._put_back()
        if self.asked is not None:
            signal.raise_signal(self.asked)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = number
        self._put_back()

    def _put_back(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}


class Snapshot:
    """Save and restore everything that a step changes.

    Parameters
    ----------
    model, optimizer, schedule, scaler
        What is trained, and by what; `scaler` is None without a scaled loss.
    device : torch.device
        Of the model, whose random state is kept as well as the CPU's.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        schedule: LRScheduler,
        scaler: torch.amp.GradScaler | None,
        device: torch.device,
    ) -> None:
        self._model, self._optimizer, self._schedule = model, optimizer, schedule
        self._scaler, self._device = scaler, device

    def take(self) -> dict[str, Any]:
        """Return tensors, numbers and text, not copied: what ``torch.load(weights_only=True)`` reads back."""
        return {
            "model": self._model.state_dict(),
            "other_buffers": self._other_buffers(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "scaler": self._scaler.state_dict() if self._scaler is not None else None,
            "random": self._random_state(),
        }

    def restore(self, held: Mapping[str, Any]) -> None:
        """Put back what `take` returned."""
        self._model.load_state_dict(held["model"])
        with torch.no_grad():
            for name, buffer in self._other_buffers().items():
                buffer.copy_(held["other_buffers"][name])
        self._optimizer.load_state_dict(held["optimizer"])
        self._schedule.load_state_dict(held["schedule"])
        if self._scaler is not None:
            self._scaler.load_state_dict(held["scaler"])
        self._set_random_state(held["random"])

    def _other_buffers(self) -> dict[str, Tensor]:
        """Buffers that the model's state dict leaves out."""
        persistent = self._model.state_dict().keys()
        return {name: buffer for name, buffer in self._model.named_buffers() if name not in persistent}

    def _random_state(self) -> dict[str, Tensor]:
        states = {"cpu": torch.get_rng_state()}
        return states | ({"cuda": torch.cuda.get_rng_state(self._device)} if self._device.type == "cuda" else {})

    def _set_random_state(self, states: Mapping[str, Tensor]) -> None:
        torch.set_rng_state(states["cpu"])
        if self._device.type == "cuda":
            torch.cuda.set_rng_state(states["cuda"], self._device)
