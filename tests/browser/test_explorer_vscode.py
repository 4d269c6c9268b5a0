"""The explorer in what VS Code shows widgets with.

VS Code's Jupyter extension cannot be installed without its marketplace. Its widget manager can: the page here is its
bundle, on a real kernel, in headless Chromium.
"""

from __future__ import annotations

import functools
import http.server
import shutil
import sys
import threading
from pathlib import Path

import pytest
from notebook_server import SECONDS, served
from npm_project import installed, run

pytestmark = pytest.mark.slow

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is missing: pip install playwright").expect
pytest.importorskip("jupyterlab", reason="JupyterLab is missing: pip install 'zenith-landscape[notebook]'")
pytest.importorskip("anywidget", reason="anywidget is missing: pip install 'zenith-landscape[notebook]'")

REPOSITORY = Path(__file__).parents[2]
PAGE = """<!doctype html>
<meta charset="utf-8"><link rel="icon" href="data:,">
<script src="require.js"></script>
<body class="vscode-light"><div id="output"></div><script type="module" src="host.js"></script></body>
"""
SHOWN = f"""
import landscape as ls
explorer = ls.explore(ls.Study.open({str(REPOSITORY / "figures" / "digits")!r}))
explorer
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """Address of the page, with RequireJS and the widgets that pip installed beside it."""
    project = installed(Path(__file__).parent / "vscode", tmp_path_factory.mktemp("vscode") / "host")
    pages = tmp_path_factory.mktemp("pages")
    bundled = run("npx", "esbuild", "host.js", "--bundle", "--format=esm", f"--outfile={pages / 'host.js'}", at=project)
    assert bundled.returncode == 0, bundled.stderr
    shutil.copy(project / "node_modules" / "requirejs" / "require.js", pages)
    shutil.copytree(Path(sys.prefix) / "share" / "jupyter" / "nbextensions", pages / "nbextensions")
    (pages / "index.html").write_text(PAGE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=pages)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    own, folder = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    with served("jupyter_server", folder, own, "--ServerApp.allow_origin=*") as address:
        yield address


def test_what_vs_code_shows_widgets_with_shows_the_explorer(host, kernels, page, tmp_path):
    page.set_default_timeout(1000 * SECONDS)
    abroad = []
    page.on("request", lambda request: abroad.append(request.url) if request.url.startswith("https:") else None)
    page.goto(f"{host}/?server={kernels}")
    page.wait_for_function("window.run !== undefined")

    def cell(code: str) -> None:
        assert page.evaluate("code => window.run(code)", code) is None

    cell(SHOWN)
    page.set_default_timeout(30_000)
    view = page.locator(".lx")
    view.wait_for()
    # From the page to Python.
    view.get_by_label("Step, exact").fill("250")
    view.get_by_label("Step, exact").press("Enter")
    view.locator(".lx-toggle[data-value='cosine']").click()
    heard = "assert explorer.step == 250 and explorer.hidden_methods == ['cosine']"
    page.wait_for_function("async code => (await window.run(code)) === null", arg=heard, polling=200)
    page.screenshot(path=tmp_path / "light.png")
    # From Python to the page, 3-D included.
    cell("explorer.step = 120; explorer.hidden_methods = []; explorer.view = 'surface'")
    expect(view.get_by_label("Step, exact")).to_have_value("120")
    page.wait_for_timeout(500)
    page.screenshot(path=tmp_path / "surface.png")
    # VS Code names its theme on the body.
    light = view.evaluate("element => getComputedStyle(element).backgroundColor")
    page.evaluate("document.body.className = 'vscode-dark'")
    page.wait_for_function(
        "light => getComputedStyle(document.querySelector('.lx')).backgroundColor !== light", arg=light
    )
    page.screenshot(path=tmp_path / "dark.png")
    assert page.errors == []
    assert abroad == []  # nothing from a CDN
