"""Remove what killed processes left in a study's folder, and nothing that another process may still be writing."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from landscape._common.files import remove_leftovers
from landscape.study.engines.spec import JOBS
from landscape.study.integrity import DAMAGED
from landscape.study.store import Study
from landscape.study.together import forget_finished_groups

__all__ = ["clean_up"]


def clean_up(study: Study, *, finished: bool = False) -> None:
    """Remove temporary files of dead writers, and what finished jobs went on from.

    Workers of a study that was killed, on this machine or another one, may outlive it for a while: their files stay,
    and what they read, until the study has finished, when there is nothing left for them to do.
    """
    if finished:
        for path in study.path.glob(f"{JOBS}/landscape-*"):
            shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):  # it holds the output of jobs, or there is none
            (study.path / JOBS).rmdir()
    folders = {study.path, study.root}
    for above in tuple(folders):
        folders |= {path for path in above.iterdir() if path.is_dir()}
        folders |= {path for path in above.glob("points/**/") if DAMAGED not in path.parts}
    for folder in folders:
        remove_leftovers(folder)
    for path in study.root.glob("runs/.*.unfinished"):
        if study.has_run(_name(path)):
            path.unlink(missing_ok=True)
            path.with_name(f".{path.name}.lock").unlink(missing_ok=True)
    for path in study.root.glob("measures/.*.unfinished"):
        if study.has_measure("measures", _name(path)):
            shutil.rmtree(path, ignore_errors=True)
    forget_finished_groups(study)


def _name(path: Path) -> str:
    return path.name.removeprefix(".").removesuffix(".unfinished")
