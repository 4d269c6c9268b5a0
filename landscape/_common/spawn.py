"""Check that a script can be imported by spawned processes without running again."""

import re
import sys
from pathlib import Path

_GUARD = re.compile(r"""\b__name__\b.*["']__main__["']|["']__main__["'].*\b__name__\b""")  # in one line


def check_spawning(workers: int) -> None:
    """Raise ValueError where spawned processes would do the work of the script that started them all over again.

    They import the main module under another name (Python's documentation of multiprocessing, "Safe importing of main
    module"), so a script has to say what it does as the main module only. A module `__main__` of a package, and what is
    typed in an interactive session, are not imported.
    """
    main = sys.modules["__main__"]
    path = getattr(main, "__file__", None)
    of_package = getattr(getattr(main, "__spec__", None), "name", "").rpartition(".")[2] == "__main__"
    if workers == 1 or path is None or of_package:
        return
    try:
        source = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:  # spawned processes cannot read it either
        return
    if not _GUARD.search(source):
        raise ValueError(
            f"workers={workers} starts processes that import '{Path(path).name}' again: put what it does under "
            'if __name__ == "__main__":, or use workers=1.'
        )
