"""The part of a view that is shown: plane, step, span of steps, and what is hidden."""

from __future__ import annotations

from dataclasses import dataclass

from landscape.explorer.view import RunView, View

__all__ = ["Selection", "other_seeds"]

MANY = 12
"""More runs than these begin with the seed of the first plane alone."""


@dataclass(frozen=True)
class Selection:
    """The part of a view that is shown.

    Attributes
    ----------
    plane : str
        Its id; empty for none.
    kind : {"contour", "surface"}
    step : int
        Trajectories are drawn up to there.
    selection : tuple of two ints, or empty
        A span of steps that is highlighted.
    hidden_methods, hidden_seeds, hidden_runs : frozenset
        A run is hidden with its method, with its seed, or by its id.
    """

    plane: str = ""
    kind: str = "contour"
    step: int = 2**31 - 1
    selection: tuple[int, ...] = ()
    hidden_methods: frozenset[str] = frozenset()
    hidden_seeds: frozenset[int] = frozenset()
    hidden_runs: frozenset[str] = frozenset()

    def runs(self, view: View) -> list[RunView]:
        """The runs that are not hidden."""
        return [
            run
            for run in view.runs
            if run.method not in self.hidden_methods
            and run.seed not in self.hidden_seeds
            and run.id not in self.hidden_runs
        ]


def other_seeds(content: View) -> list[int]:
    """Seeds to hide at first: of a view with many runs, all but that of the first plane."""
    if len(content.runs) <= MANY or not content.planes or content.planes[0].seed is None:
        return []
    return sorted({run.seed for run in content.runs} - {content.planes[0].seed})
