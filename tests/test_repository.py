"""What the repository promises about its own files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import h5py
import jupytext
import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("source", sorted((ROOT / "notebooks").glob("*.py")), ids=lambda path: path.stem)
def test_notebooks_are_paired_with_their_sources(source):
    text, executed = jupytext.read(source), jupytext.read(source.with_suffix(".ipynb"))
    assert [(c.cell_type, c.source) for c in text.cells] == [(c.cell_type, c.source) for c in executed.cells]
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code), "run make notebooks"
    assert not any(output.output_type == "error" for cell in code for output in cell.outputs)


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_committed_outputs_read_on_a_web_page(notebook):
    executed = jupytext.read(notebook)
    outputs = [output for cell in executed.cells if cell.cell_type == "code" for output in cell.outputs]
    shown = [output.get("text", "") for output in outputs] + [
        text for output in outputs for kind, text in output.get("data", {}).items() if kind.startswith("text/")
    ]
    assert not [text for text in shown if re.search(r"(?<![\w.:/])/(home|root|tmp|usr|opt|mnt|var|Users)/", text)]
    assert str(ROOT) not in "".join(shown)
    # A widget needs a kernel: a page would show nothing, and JupyterLab a model that is not there.
    assert not [output for output in outputs if "application/vnd.jupyter.widget-view+json" in output.get("data", {})]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) or "text/html" in output.get("data", {}) for output in outputs)


def test_the_data_of_every_committed_figure_can_be_read():
    unread = {}
    for path in sorted((ROOT / "figures").glob("**/figures/*.nc")):
        try:
            with h5py.File(path) as file:
                file.visititems(lambda _, item: dict(item.attrs) and None)
        except (OSError, RuntimeError) as error:
            unread[str(path.relative_to(ROOT))] = str(error)
    assert unread == {}


def test_no_committed_figure_keeps_a_label_that_is_drawn_no_more():
    retired = ("training time to it", "one marker a run", "true loss", "loss per squared parameter unit")
    kept = {
        f"{path.relative_to(ROOT)}: {label}"
        for path in (ROOT / "figures").glob("**/figures/*.nc")
        for label in retired
        if label.encode() in path.read_bytes()
    }
    assert kept == set()


def test_the_notebooks_link_to_files_that_exist():
    for source in (ROOT / "notebooks").glob("*.py"):
        links = re.findall(r"\]\((?!http)([^)#]+)\)", source.read_text())
        assert [link for link in links if not (source.parent / link).exists()] == [], source.name


def _pinned(lock: str) -> dict[str, str]:
    """Versions by normalised name."""
    lines = [line for line in (ROOT / lock).read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines), lines
    return dict(line.lower().replace("_", "-").split("==") for line in lines)


def test_the_lock_pins_every_dependency_exactly_and_keeps_torch():
    pinned = _pinned("requirements.lock")
    assert pinned["torch"] == "2.13.0"
    assert not any(name.startswith("nvidia") for name in pinned)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["notebook"]]
    wanted += project["dependency-groups"]["dev"]
    assert {re.split(r"[>=<]", name)[0].lower() for name in wanted} <= pinned.keys()


def test_the_lock_of_the_integrations_adds_to_the_first_and_replaces_nothing():
    added = _pinned("requirements-integrations.lock")
    assert not added.keys() & _pinned("requirements.lock").keys()
    assert not any(name.startswith(("nvidia", "torch==")) for name in added)
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["integrations"]
    assert {re.split(r"[>=<]", name)[0].lower() for name in wanted} <= added.keys()


def test_what_needs_other_frameworks_runs_with_the_slow_suites():
    """A test that is skipped where one is absent is run by nobody, unless it bears the marker or takes the fixture."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["integrations"]
    names = "|".join(re.split(r"[>=<]", name)[0] for name in wanted)
    skipping = re.compile(rf"""importorskip\(\s*["']({names})\b""")
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if skipping.search(path.read_text())]
    assert [path.name for path in files if not re.search(r"mark\.integrations|mark\.slow", path.read_text())] == []


def test_readme_names_commands_and_files_that_exist():
    readme = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert {"study", "test"} <= set(re.findall(r"\bmake ([a-z-]+)", readme)) <= targets
    links = re.findall(r"\]\((?!http)([^)#]+)\)", readme)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.slow
def test_readme_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "figures").symlink_to(ROOT / "figures")
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert (tmp_path / "plane.pdf").read_bytes().startswith(b"%PDF")
