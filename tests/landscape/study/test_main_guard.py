"""Whether processes can be spawned from a main module."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from landscape.study.process_pool import check_spawning


def as_main(monkeypatch, tmp_path, source: str | None, spec_name: str | None = None) -> None:
    main = ModuleType("__main__")
    if source is not None:
        path = tmp_path / "script.py"
        path.write_text(source)
        main.__file__ = str(path)
    if spec_name is not None:
        main.__spec__ = type(sys.__spec__)(spec_name, None)
    monkeypatch.setitem(sys.modules, "__main__", main)


@pytest.mark.parametrize(
    ("source", "spec_name"),
    [
        ('if __name__ == "__main__":\n    run()\n', None),
        ("if '__main__' == __name__: run()\n", None),
        ('if __name__ in {"__main__", "__mp_main__"}:\n    run()\n', None),
        ("run()\n", "package.__main__"),  # python -m package: not imported by spawned processes
        (None, None),  # an interactive session
    ],
)
def test_what_spawned_processes_do_not_run_again_is_let_through(monkeypatch, tmp_path, source, spec_name):
    as_main(monkeypatch, tmp_path, source, spec_name)
    check_spawning(2)


@pytest.mark.parametrize("spec_name", [None, "package.script"])
def test_what_they_would_run_again_is_refused(monkeypatch, tmp_path, spec_name):
    as_main(monkeypatch, tmp_path, "print(__name__)\nrun()\n", spec_name)
    check_spawning(1)
    with pytest.raises(
        ValueError, match=r"workers=2 starts processes that import 'script.py' again: put what it does under"
    ):
        check_spawning(2)
