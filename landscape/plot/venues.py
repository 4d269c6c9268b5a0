"""Figure widths, fonts and limits of venues by name, and a context to draw under them.

Nothing here touches matplotlib's global state: what is `styled` draws under the house style on top of matplotlib's own
defaults, so a figure is the same whatever style the reader's notebook uses.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator, ExitStack
from contextvars import ContextVar, Token
from dataclasses import dataclass
from functools import wraps
from types import TracebackType
from typing import Any, Literal, ParamSpec, Self, TypeVar, overload
from weakref import WeakKeyDictionary

import matplotlib.style
from matplotlib.figure import Figure

from landscape.plot._style import STYLE

__all__ = ["COLUMN_WIDTH", "DOUBLE_WIDTH", "VENUES", "Venue", "style", "styled"]

COLUMN_WIDTH = 3.25  # inches, one column of a two-column page
DOUBLE_WIDTH = 6.75
MILLIMETRE = 1 / 25.4
ASPECT = 0.7  # height over width of a figure that says nothing else

Width = Literal["half", "full"]
P = ParamSpec("P")
R = TypeVar("R")

# Times-like and shipped with matplotlib, so that the text goes with the venue's own and the bytes are the same
# anywhere.
_TIMES: dict[str, Any] = {"font.family": "serif", "font.serif": ["STIXGeneral"], "mathtext.fontset": "stix"}
# What the journal asks for where it is installed; its text stays text in an SVG too ("do not outline text").
_ARIAL: dict[str, Any] = {
    "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans"],
    "svg.fonttype": "none",
}


@dataclass(frozen=True)
class Venue:
    """Figure widths, font and height limit of a venue's template.

    Attributes
    ----------
    full, half : float
        Width in inches of a figure across the text, and of one in a column; where the template has one column, of two
        figures side by side with a quarter of an inch between them, which is our choice.
    height : float
        Of the text block in inches: no figure is higher.
    rc : dict
        rcParams on top of the house style.
    source : str
        Where the numbers are from.

    Examples
    --------
    >>> import landscape as ls
    >>> ls.plot.VENUES["cvpr"].full
    6.875
    """

    full: float
    half: float
    height: float
    rc: dict[str, Any]
    source: str


VENUES = {
    "icml": Venue(6.75, 3.25, 9.0, _TIMES, "icml2025.sty: textwidth 6.75 in, columnsep 0.25 in, textheight 9 in"),
    "neurips": Venue(5.5, 2.625, 9.0, _TIMES, "neurips_2025.sty: textwidth 5.5 in, textheight 9 in, one column"),
    "iclr": Venue(5.5, 2.625, 9.0, _TIMES, "iclr2025_conference.sty: textwidth 5.5 in, textheight 9 in, one column"),
    "cvpr": Venue(
        6.875, 3.28125, 8.875, _TIMES, "cvpr.sty: textwidth 6.875 in, columnsep 0.3125 in, textheight 8.875 in"
    ),
    "nature": Venue(
        183 * MILLIMETRE,
        89 * MILLIMETRE,
        170 * MILLIMETRE,
        _ARIAL,
        "research-figure-guide.nature.com: 89 and 183 mm, at most 170 mm high, Arial or Helvetica of 5 to 7 pt",
    ),
}


@dataclass(frozen=True)
class _Page:
    """The page that figures are currently drawn for."""

    width: float
    height: float
    rc: dict[str, Any]


_HOUSE = _Page(COLUMN_WIDTH, 9.0, {})
_PAGE: ContextVar[_Page | None] = ContextVar("page", default=None)
# Fonts are looked up when a figure is drawn, which in a notebook is after the `with` block that made it.
_MADE_FOR: WeakKeyDictionary[Figure, _Page] = WeakKeyDictionary()


def _current() -> _Page:
    return _PAGE.get() or _HOUSE


def page_width() -> float:
    """Width in inches of the figure to be made."""
    return _current().width


def page_height() -> float:
    """Largest height in inches."""
    return _current().height


def remember_page(figure: Figure) -> None:
    """Store the page of a figure for `as_made`."""
    _MADE_FOR[figure] = _current()


def as_made(figure: Figure) -> _Styled:
    """Return the context in which the figure was made, to draw it again; the current one for a foreign figure."""
    return _Styled(_MADE_FOR.get(figure, _current()))


def style(venue: str | None = None, *, width: Width = "half") -> dict[str, Any]:
    """Return the default style as rcParams, in the sizes and fonts of a venue.

    Parameters
    ----------
    venue : {"icml", "neurips", "iclr", "cvpr", "nature"}, optional
        None is the house style, for a column of 3.25 inches.
    width : {"half", "full"}
        Of a column, or across the text; see `Venue`.

    Returns
    -------
    dict
        For ``matplotlib.pyplot.rc_context``, for figures of your own next to the displays'.

    Raises
    ------
    ValueError
        If venue or width is unknown.

    Examples
    --------
    >>> from landscape.plot import style
    >>> style("neurips", width="full")["figure.figsize"]
    (5.5, 3.85)
    """
    page = _page(venue, width)
    size = (page.width, min(page.height, round(ASPECT * page.width, 4)))
    return STYLE | page.rc | {"figure.figsize": size}


@overload
def styled(function: Callable[P, R]) -> Callable[P, R]: ...


@overload
def styled(function: None = None, *, venue: str | None = None, width: Width = "half") -> _Styled: ...


def styled(
    function: Callable[P, R] | None = None, *, venue: str | None = None, width: Width = "half"
) -> Callable[P, R] | _Styled:
    """Draw in the default style, for a venue: a context manager and decorator.

    Parameters
    ----------
    function : callable, optional
        ``@styled`` on a drawing function: it runs under the style of the place it is called from.
    venue, width : str
        As for `style`. Displays that are plotted inside make figures of this width with the venue's fonts.

    Raises
    ------
    ValueError
        If venue or width is unknown.

    Examples
    --------
    >>> from landscape.plot import TraceDisplay, styled
    >>> with styled(venue="nature"):
    ...     figure = TraceDisplay([0, 1], [[[2.0, 1.0]]], ["zenith"], ylabel="training loss (nats)").plot().figure_
    >>> round(25.4 * float(figure.get_figwidth()), 6)
    89.0
    """
    if function is None:
        return _Styled(_page(venue, width))

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.style.context(["default", STYLE | _current().rc]):
            return function(*args, **kwargs)

    return wrapper


class _Styled(ContextDecorator):
    """The context of `styled`; restores the previous style at its end."""

    def __init__(self, page: _Page) -> None:
        self._page = page
        self._entered: list[tuple[Token[_Page | None], ExitStack]] = []

    def __enter__(self) -> Self:
        stack = ExitStack()
        stack.enter_context(matplotlib.style.context(["default", STYLE | self._page.rc]))
        self._entered.append((_PAGE.set(self._page), stack))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        token, stack = self._entered.pop()
        _PAGE.reset(token)
        stack.close()


def _page(venue: str | None, width: str) -> _Page:
    if width not in ("half", "full"):
        raise ValueError(f"width = {width!r} is unknown; use 'half' or 'full'.")
    if venue is None:
        return _Page(COLUMN_WIDTH if width == "half" else DOUBLE_WIDTH, 9.0, {})
    if venue not in VENUES:
        raise ValueError(f"venue = {venue!r} is unknown; use one of {', '.join(map(repr, VENUES))}.")
    known = VENUES[venue]
    return _Page(known.half if width == "half" else known.full, known.height, known.rc)
