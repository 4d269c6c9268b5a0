"""The explorer in a real notebook: a real study, a real kernel, JupyterLab and Notebook 7 in headless Chromium.

Whatever a reader does in the page must reach Python, which writes down what it hears; what Python does must reach the
page.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from notebook_server import SECONDS, served

pytestmark = pytest.mark.slow

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is missing: pip install playwright").expect
nbformat = pytest.importorskip("nbformat", reason="JupyterLab is missing: pip install 'zenith-landscape[notebook]'")
pytest.importorskip("jupyterlab", reason="JupyterLab is missing: pip install 'zenith-landscape[notebook]'")
pytest.importorskip("anywidget", reason="anywidget is missing: pip install 'zenith-landscape[notebook]'")

STUDY = """
import json, os, pathlib
import landscape as ls
from landscape.study import MeasureSpec, StudySpec, execute, prepare
from zenith.training.train import train

spec = StudySpec(
    name="tiny", task="digits", methods=("zenith", "cosine"), seeds=(0, 1), epochs=2, batch_size=128, checkpoints=4,
    window=3,
    measure=MeasureSpec(
        samples=200, trace_probes=2, sharpness_samples=2, line_points=9, plane_points=15, plane_seeds=2
    ),
)
study = execute(prepare(spec, "study", device="cpu"), progress=False)
"""
SHOWN = """
explorer = ls.explore(study)

def write(entry):
    with pathlib.Path("heard.jsonl").open("a") as file:
        file.write(json.dumps(entry) + chr(10))

traits = ["step", "selection", "hidden_methods", "hidden_seeds", "hidden_runs", "view", "plane", "theme", "status"]
explorer.observe(lambda change: write({"trait": change["name"], "value": change["new"]}), traits)
explorer.on_msg(lambda _, message, buffers: write({"message": message}))
explorer
"""
LIVE = """
live = ls.explore(title="as it goes")
live
"""
TRAINED = """
for method in ("zenith", "cosine"):
    train("digits", method, epochs=6, batch_size=64, window=20, on_progress=live.follow(method))
write({"trained": [[run.id, run.steps, run.status] for run in live._content.runs]})
"""
LATER = """
import time
time.sleep(2)
explorer.hidden_methods = []
explorer.view = "contour"
explorer.step = 7
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    where = tmp_path_factory.mktemp("notebook")
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in (STUDY, SHOWN, LIVE, TRAINED)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), where / "explore.ipynb")
    # The study that the first notebook makes is found by the second, which only opens it.
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in (STUDY, SHOWN.replace("heard", "again"), LATER)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), where / "again.ipynb")
    return where


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    """Address of a Jupyter server of our own, that knows no user's settings."""
    own = tmp_path_factory.mktemp("jupyter")
    news = own / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text('{"fetchNews": "false"}')  # or it asks, over what is below
    settings = {
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
    }
    flags = (
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    )
    with served("jupyterlab", folder, own, *flags, **settings) as address:
        yield address


class Heard:
    """What Python wrote down."""

    def __init__(self, page, path: Path) -> None:
        self.page, self.path = page, path

    def entries(self) -> list[dict]:
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []

    def last(self, trait: str):
        return next((e["value"] for e in reversed(self.entries()) if e.get("trait") == trait), None)

    def until(self, condition, seconds: float = 60.0) -> None:
        """Wait until Python has heard something; the page goes on meanwhile."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not heard in {seconds} s; the last: {self.entries()[-5:]}"
            self.page.wait_for_timeout(50)


def ours(errors: list[str]) -> list[str]:
    """Errors that are not of Jupyter's own pages: those ask for what a server without extensions has not, and some of
    their promises fail as they load. The explorer's module runs from a blob, which every trace through it names."""
    missing = re.compile(r"Failed to load resource.*(404|403)")
    foreign = re.compile(r"/static/(lab|notebook)/")
    return [e for e in errors if not missing.search(e) and (not foreign.search(e) or "blob:" in e)]


KERNEL_IS_READY = """
() => {
  const context = window.jupyterapp?.shell?.currentWidget?.sessionContext;
  return context?.session?.kernel?.connectionStatus === "connected" && context.kernelDisplayStatus === "idle";
}
"""


def run_all(page) -> None:
    """Run every cell, once there is a kernel to run them."""
    page.wait_for_function(KERNEL_IS_READY, timeout=1000 * SECONDS)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")


def test_every_control_reaches_python_in_jupyterlab(server, folder, page, tmp_path):
    page.set_default_timeout(30_000)
    page.set_viewport_size({"width": 1500, "height": 1100})
    page.goto(f"{server}/lab/tree/explore.ipynb?reset")
    run_all(page)
    view = page.locator(".lx").first
    view.wait_for(timeout=1000 * SECONDS)
    heard = Heard(page, folder / "heard.jsonl")
    heard.until(lambda: any("trained" in entry for entry in heard.entries()), SECONDS)

    # What was followed shows all of it, though the page was loading when the first steps were taken.
    (trained,) = (entry["trained"] for entry in heard.entries() if "trained" in entry)
    live = page.locator(".lx").nth(1)
    live.scroll_into_view_if_needed()
    assert "as it goes" in live.locator(".lx-title").inner_text()
    assert {run for run, _, _ in trained} == {"zenith-seed0", "cosine-seed0"}
    assert {status for _, _, status in trained} == {"finished"}
    steps = trained[0][1]
    live.locator(".lx-total", has_text=f"of {steps}").wait_for()
    expect(live.get_by_label("Step, exact")).to_have_value(str(steps))
    expect(live.locator(".lx-toggle[data-value='zenith'], .lx-toggle[data-value='cosine']")).to_have_count(2)
    page.screenshot(path=tmp_path / "live.png")

    # The study: every control, one by one.
    view.scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "study.png")
    number = view.get_by_label("Step, exact")
    expect(number).to_have_value("24")
    number.fill("11")
    number.press("Enter")
    heard.until(lambda: heard.last("step") == 11)
    view.get_by_label("Step", exact=True).focus()
    page.keyboard.press("Home")
    heard.until(lambda: heard.last("step") == 0)
    view.get_by_label("Span of steps, first").fill("3")
    view.get_by_label("Span of steps, last").fill("9")
    view.get_by_label("Span of steps, last").press("Enter")
    heard.until(lambda: heard.last("selection") == [3, 9])
    view.get_by_label("Clear the span").click()
    heard.until(lambda: heard.last("selection") == [])
    view.locator("select[aria-label='Show only some runs']").select_option(label="seed 0")
    heard.until(lambda: heard.last("hidden_seeds") == [1])
    view.get_by_role("button", name="Show all runs that are found").click()
    heard.until(lambda: heard.last("hidden_seeds") == [])
    view.locator(".lx-toggle[data-value='cosine']").click()
    heard.until(lambda: heard.last("hidden_methods") == ["cosine"])
    view.get_by_label("Plane", exact=True).select_option("seed1")
    heard.until(lambda: heard.last("plane") == "seed1")
    view.get_by_label("Plane", exact=True).select_option("seed0")
    heard.until(lambda: heard.last("plane") == "seed0")
    view.get_by_role("button", name="3-D").click()
    heard.until(lambda: heard.last("view") == "surface")
    page.wait_for_timeout(500)
    page.screenshot(path=tmp_path / "surface.png")
    view.get_by_role("button", name="Contour").click()
    heard.until(lambda: heard.last("view") == "contour")
    view.get_by_label("Theme").select_option("dark")
    heard.until(lambda: heard.last("theme") == "dark")
    view.get_by_label("Theme").select_option("auto")
    heard.until(lambda: heard.last("theme") == "auto")

    # A checkpoint, by keyboard: measured, with what it is worth.
    view.locator(".lx-stage").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    detail = view.locator(".lx-detail")
    detail.wait_for()
    for what, words in (("eigenvalue", "converged in"), ("slice", "filter-normalised random direction")):
        detail.locator(f"button[data-what='{what}']").click()
        heard.until(lambda: (heard.last("status") or {}).get("kind") in ("done", "error"), SECONDS)
        assert heard.last("status")["kind"] == "done", heard.last("status")
        assert words in heard.last("status")["text"]
        detail.locator(f".lx-result[data-what='{what}']").wait_for()
        (folder / "heard.jsonl").write_text("")  # so that the next status is that of the next measurement
    assert "λ = " in detail.locator("[data-what='eigenvalue'] .lx-value").inner_text()
    assert "converged" in detail.locator("[data-what='eigenvalue'] .lx-value").inner_text()
    detail.scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "measured.png")

    # Exports: a file is downloaded, the code is shown.
    with page.expect_download(timeout=1000 * SECONDS) as download:
        view.get_by_role("button", name="Export").click()
        view.locator("[data-format='pdf']").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    view.get_by_role("button", name="Export").click()
    view.locator("[data-format='py']").click()
    code = view.locator(".lx-code")
    code.wait_for()
    assert "figure = draw(tree)" in code.inner_text()
    assert "methods = ['zenith']" in code.inner_text()
    view.get_by_role("button", name="Close", exact=True).click()
    assert ours(page.errors) == []
    assert not view.locator(".lx-bad").count()


def test_python_reaches_the_page_in_notebook_7(server, folder, page, tmp_path):
    page.set_default_timeout(30_000)
    page.goto(f"{server}/notebooks/again.ipynb")
    run_all(page)
    view = page.locator(".lx").first
    view.wait_for(timeout=1000 * SECONDS)
    heard = Heard(page, folder / "again.jsonl")
    heard.until(lambda: heard.last("step") == 7, SECONDS)
    page.wait_for_function("document.querySelector('.lx-slider').value === '7'")
    view.locator(".lx-toggle[data-value='zenith']").click()
    heard.until(lambda: heard.last("hidden_methods") == ["zenith"])
    page.screenshot(path=tmp_path / "notebook.png")
    assert ours(page.errors) == []
