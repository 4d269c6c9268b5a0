"""A headless Chromium for the tests that look at what a reader sees.

Debian's Chromium is used. Where it is missing and the tests run as root it is installed from Debian's packages, which
is said on the terminal; where that cannot be done the tests are skipped with the reason.
"""

import os
import shutil
import subprocess
import sys

import pytest

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
