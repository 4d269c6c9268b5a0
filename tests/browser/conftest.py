"""A headless Chromium for the tests that look at what a reader sees.

Debian's Chromium is used. Where it is missing and the tests run as root it is installed from Debian's packages, which
is said on the terminal; where that cannot be done the tests are skipped with the reason.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import synthetic_explorer as synthetic
from explorer_at_work import WIDGET, settle

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# WebGL is drawn by the processor, so that no graphics card is needed; --disable-gpu spares everything else that detour,
# which makes pages load several times faster.
FLAGS = ["--no-sandbox", "--disable-gpu", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--hide-scrollbars"]
INSTALL = (
    ("apt-get", "update"),
    ("apt-get", "install", "-y", "--no-install-recommends", "chromium"),
)
INSTALL_SECONDS = 600
VIEWPORT = {"width": 1280, "height": 900}


def _found():
    paths = (shutil.which(name) for name in NAMES)
    return next((path for path in paths if path is not None), None)


def _install():
    """Install Chromium; return why it cannot be used, or None."""
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "Chromium is missing and can only be installed here by root with apt-get: apt-get install chromium"
    sys.__stderr__.write("\nChromium is missing: installing it from Debian's packages (apt-get install chromium)\n")
    for command in INSTALL:
        try:
            done = subprocess.run(
                command,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"Chromium is missing and {' '.join(command)} took longer than {INSTALL_SECONDS} s"
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            return f"Chromium is missing and {' '.join(command)} failed: {last}"
    return None


@pytest.fixture(scope="session")
def chromium():
    """Path of a Chromium."""
    path = _found()
    if path is None:
        reason = _install()
        path = _found()
        if path is None:
            pytest.skip(reason or "Chromium was installed but is not on the PATH")
    return path


@pytest.fixture(scope="session")
def browser(chromium):
    """A running headless Chromium, by Playwright."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is missing: pip install playwright")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser):
    """A fresh page of 1280 x 900; `page.errors` holds its console errors, and its uncaught exceptions with their
    traces."""
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(120_000)  # ms: a page of a busy machine takes its time
    fresh = context.new_page()
    fresh.errors = []
    fresh.on("console", lambda message: fresh.errors.append(message.text) if message.type == "error" else None)
    fresh.on("pageerror", lambda error: fresh.errors.append(error.stack or str(error)))
    yield fresh
    context.close()


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    return synthetic.payload()


@pytest.fixture
def explorer(page: Any, content: dict[str, Any], tmp_path: Path) -> Any:
    """The standalone page; at the end nothing may have been asked of a network, and no error shown."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    path = tmp_path / "explorer.html"
    path.write_text(synthetic.page(content), encoding="utf-8")
    page.goto(path.as_uri())
    page.wait_for_selector(".lx-trace canvas")
    settle(page)
    yield page
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
    assert page.errors == []


@pytest.fixture
def widget(page: Any, content: dict[str, Any]) -> Any:
    """The widget over a model that the test plays."""
    style = (synthetic.STATIC / "explorer.css").read_text(encoding="utf-8")
    page.set_content(f"<!doctype html><html lang=en><style>{style}</style><div id=cell></div></html>")
    header = synthetic.packed(content) | {"can": {"measure": True, "export": True}}
    code = (synthetic.STATIC / "explorer.js").read_text(encoding="utf-8")
    state = {"step": 30, "hidden_methods": ["step"], "hidden_seeds": [], "plane": "random", "following": False}
    page.evaluate(WIDGET, [code, header, state])
    page.wait_for_selector(".lx-trace canvas")
    settle(page)
    yield page
    assert page.errors == []
