"""Show text of others where it is read: on a terminal, in Markdown, LaTeX and CSV, without any effect but its letters.

Names, labels and reasons come from specs, plug-ins and files that anybody may have written.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

__all__ = ["csv_cell", "latex", "latex_label", "markdown", "markdown_cell", "visible"]

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Categories of Unicode: control, format (the marks that reorder text among them), surrogates, private use, breaks."""


def visible(text: str, *, longest: int | None = None, keep: str = "") -> str:
    r"""Return text in one line, with control and format characters written out, such as ``\x1b``.

    Parameters
    ----------
    text : str
    longest : int, optional
        Of more letters, the middle is left out.
    keep : str
        Characters that stay as they are, such as a newline.
    """
    out = "".join(_shown(character, keep) for character in text)
    if longest is not None and len(out) > longest:
        half = (longest - 5) // 2
        out = f"{out[:half]} ... {out[-half:]}"
    return out


def _shown(character: str, keep: str) -> str:
    if character in keep or unicodedata.category(character) not in _INVISIBLE:
        return character
    if character in "\t\n\r\v\f\u2028\u2029":
        return " "
    return character.encode("unicode_escape").decode()


def markdown(text: str) -> str:
    """Return text for a line of Markdown, in which no HTML, link, image or code begins."""
    return _behind_backslashes(visible(text).replace("<", "&lt;").replace("](", "]\\("), "`")


def markdown_cell(text: str) -> str:
    """Return text for a cell of a Markdown table."""
    return _behind_backslashes(markdown(text), "|")


def _behind_backslashes(text: str, character: str) -> str:
    r"""Put a backslash before a character, and double those before it, the last of which would be taken for it."""
    return re.sub(rf"(\\*){re.escape(character)}", rf"\1\1\\{character}", text)


_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "_": r"\_",
    "#": r"\#",
    "$": r"\$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "Δ": r"$\Delta$",
    "λ": r"$\lambda$",
    "−": r"$-$",
    "–": "--",
}


def latex(text: str) -> str:
    """Return text for LaTeX, in which no command or group begins or ends."""
    return "".join(_LATEX.get(character, character) for character in visible(text))


def latex_label(text: str) -> str:
    r"""Return text for the inside of ``\label{...}``: letters, digits and ``-_.:`` of ASCII, a dash for all others."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.:") else "-" for c in text)


def csv_cell(value: Any) -> Any:
    """Return a value for CSV: text that a spreadsheet would take for a formula begins with an apostrophe."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if text.lstrip(" ").startswith(("=", "+", "-", "@")) else text
