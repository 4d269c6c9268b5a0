"""Studies: many paired runs, measured, stored, drawn and reported."""

from __future__ import annotations

import warnings
from pathlib import Path

from landscape.study.analysis import Analysis, analyse, compare
from landscape.study.missing import summary_of
from landscape.study.plan import Plan, prepare
from landscape.study.report import write_report
from landscape.study.run import execute
from landscape.study.spec import MeasureSpec, StudySpec, load_spec, packaged_specs
from landscape.study.store import Study

__all__ = [
    "Analysis",
    "MeasureSpec",
    "Plan",
    "Study",
    "StudySpec",
    "analyse",
    "compare",
    "execute",
    "load_spec",
    "packaged_specs",
    "prepare",
    "run_study",
    "write_report",
]


def run_study(
    spec: StudySpec | str | Path,
    out: str | Path,
    *,
    data_root: str | Path | None = None,
    device: str | None = None,
    workers: int = 1,
    progress: bool = True,
) -> Study:
    """Run a study, or continue it, then draw its figures and write its report.

    Parameters
    ----------
    spec : StudySpec, str or path
        A spec, the name of a packaged one, or a TOML file.
    out : path
        The study's folder. Finished runs found there are not run again.
    data_root : path, optional
        Where the task's dataset lies; not needed for digits.
    device : str, optional
        The GPU if there is one, else the CPU.
    workers : int
        Processes; the numbers do not depend on it. More than one needs a script guarded by ``if __name__ ==
        "__main__"``.
    progress : bool
        Show progress bars.

    Returns
    -------
    Study
        Finished, with figures and report in its folder. What could not be measured is in `not_measured` and in the
        report, with the reasons, and a warning says how much it is.

    Raises
    ------
    ValueError, FileNotFoundError
        Before any work starts, if anything asked for cannot be done.

    Examples
    --------
    >>> from landscape.study import MeasureSpec, StudySpec
    >>> small = MeasureSpec(
    ...     samples=64, trace_probes=4, sharpness_samples=2, line_points=5, plane_points=5, spectrum_steps=8
    ... )
    >>> spec = StudySpec(
    ...     name="small",
    ...     task="digits",
    ...     methods=("zenith", "cosine"),
    ...     seeds=(0, 1),
    ...     epochs=1,
    ...     checkpoints=1,
    ...     measure=small,
    ... )
    >>> study = ls.run_study(spec, "studies/small", device="cpu", progress=False)
    >>> (study.path / "report.md").is_file()
    True
    """
    plan = prepare(spec if isinstance(spec, StudySpec) else load_spec(spec), out, data_root, device)
    study = execute(plan, workers=workers, progress=progress)
    write_report(study)
    if missing := study.not_measured:
        warnings.warn(f"{summary_of(missing)}; study.not_measured has the reasons", RuntimeWarning, stacklevel=2)
    return study
