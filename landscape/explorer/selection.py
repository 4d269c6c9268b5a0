"""What of a view is shown, as its controls stand."""

from __future__ import annotations

from dataclasses import dataclass

from landscape.explorer.view import RunView, View

__all__ = ["Shown", "other_seeds"]

MANY = 12
"""More runs than these begin with the seed of the first plane alone."""


@dataclass(frozen=True)
class Shown:
    """What of a view is shown.

    Attributes
    ----------
    plane : str
        Its id; empty for none.
    kind : {"contour", "surface"}
    step : int
        Trajectories are drawn up to there.
    selection : tuple of two ints, or empty
        A span of steps that is highlighted.
    hidden_methods, hidden_seeds : frozenset
    """

    plane: str = ""
    kind: str = "contour"
    step: int = 2**31 - 1
    selection: tuple[int, ...] = ()
    hidden_methods: frozenset[str] = frozenset()
    hidden_seeds: frozenset[int] = frozenset()

    def runs(self, view: View) -> list[RunView]:
        """The runs that are not hidden."""
        return [r for r in view.runs if r.method not in self.hidden_methods and r.seed not in self.hidden_seeds]


def other_seeds(content: View) -> list[int]:
    """Of many runs, the seeds that are not the first plane's, whose runs would hide its own."""
    if len(content.runs) <= MANY or not content.planes or content.planes[0].seed is None:
        return []
    return sorted({run.seed for run in content.runs} - {content.planes[0].seed})
