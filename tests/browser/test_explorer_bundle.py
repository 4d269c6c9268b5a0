"""The explorer's bundle is what its sources and its lock give, and its parts do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from npm_project import installed, run

import landscape

pytestmark = pytest.mark.slow

SOURCES = Path(landscape.__file__).parent.parent / "explorer"
STATIC = Path(landscape.__file__).parent / "explorer" / "static"
BUNDLE = ("explorer.js", "explorer.css", "THIRD_PARTY_LICENSES.txt")
MOST_BYTES = 1_200_000


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with the libraries of the lock."""
    if not SOURCES.is_dir():
        pytest.skip("the sources of the explorer are only in the repository")
    return installed(SOURCES, tmp_path_factory.mktemp("bundle") / "explorer")


def test_the_committed_bundle_is_what_the_sources_give(project: Path, tmp_path: Path) -> None:
    done = run("npm", "run", "build", "--", str(tmp_path), at=project)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(BUNDLE)
    for name in BUNDLE:
        same = (tmp_path / name).read_bytes() == (STATIC / name).read_bytes()
        assert same, (
            f"{name} is not what explorer/ gives: run npm ci && npm run build in explorer/ and commit the result"
        )


def test_the_parts_of_the_page_do_what_they_say(project: Path) -> None:
    done = run("npm", "test", at=project)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_bundle_is_small_whole_and_alone() -> None:
    code = (STATIC / "explorer.js").read_text(encoding="utf-8")
    assert len(code.encode()) < MOST_BYTES
    assert "</script" not in code.lower()
    assert not any(line.startswith("import") for line in code.splitlines())
    style = (STATIC / "explorer.css").read_text(encoding="utf-8")
    assert "@import" not in style
    assert "url(" not in style
    licences = (STATIC / "THIRD_PARTY_LICENSES.txt").read_text(encoding="utf-8")
    for library in ("three", "d3-contour", "d3-scale", "d3-scale-chromatic"):
        assert f"\n{library} " in licences
