"""The built site: its links lead somewhere, and its search finds what people look for."""

import functools
import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, unquote

import pytest

DOCS = Path(__file__).parents[2] / "docs"

FOUND = {  # among the first three
    "Hugging Face": "guide/how-to.html",
    "my Hugging Face model": "guide/how-to.html#measure-my-hugging-face-model",
    "cite": "guide/how-to.html",
    "BibTeX": "guide/how-to.html",
    "Slurm": "guide/studies.html",
    "Ray": "guide/studies.html",
    "W&B": "guide/how-to.html",
    "wandb": "api/generated/landscape.monitor.WandbLogger.html",
    "TensorBoard": "guide/how-to.html",
    "MLflow": "guide/how-to.html",
    "learning-rate sweep": "guide/studies.html",
    "GPU": "guide/how-to.html",
    "edge of stability": "reference/gallery.html#edge-of-stability",
}


class Links(HTMLParser):
    """Where a built page leads, and the anchors it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name, tag) in (("href", "a"), ("src", "img"), ("href", "link"), ("src", "script")):
                self.targets.append(value)
            if value and (name == "id" or (name == "name" and tag == "a")):
                self.anchors.add(value)


def links_of(site: Path) -> tuple[set[str], set[str]]:
    """Return what lies outside of a built site, and what leads nowhere inside."""
    pages = {page: Links(page) for page in site.rglob("*.html") if "_static" not in page.relative_to(site).parts}
    outside, broken = set(), set()
    for page, links in pages.items():
        for target in links.targets:
            address, _, anchor = unquote(target).partition("#")
            if re.match(r"[a-z]+:", address) or address.startswith("//"):
                outside.add(target)
                continue
            there = (page.parent / address.partition("?")[0]).resolve() if address else page
            if not there.is_file() or (anchor and there in pages and anchor not in pages[there].anchors):
                broken.add(f"{page.relative_to(site)}: {target}")
    return outside, broken


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text('<p id="here"></p>')
    (tmp_path / "index.html").write_text(
        '<a href="there.html#here"></a><a href="there.html#gone"></a><a href="away.html"></a><a '
        'href="https://x.org"></a>'
    )
    assert links_of(tmp_path) == ({"https://x.org"}, {"index.html: there.html#gone", "index.html: away.html"})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built without a warning."""
    folder = tmp_path_factory.mktemp("docs")
    built = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q"),
            *("-b", "html", "-d", folder / "trees", DOCS, folder / "site"),
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert built.returncode == 0, built.stderr
    return folder / "site"


@pytest.mark.slow
def test_links_of_the_site_lead_somewhere_and_all_it_shows_is_its_own(site: Path) -> None:
    outside, broken = links_of(site)
    assert not broken
    # Nothing but pages of papers and tools is outside: no style, script or picture comes from the network.
    print("\n".join(sorted(outside)))
    assert not any(re.search(r"\.(js|css|png|svg)(\?|$)", target) for target in outside)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Says nothing of each request."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("asked", FOUND)
def test_the_search_finds_what_people_look_for(address: str, page: Any, asked: str) -> None:
    page.goto(f"{address}/search.html?q={quote_plus(asked)}")
    page.locator("#search-results .search-summary").filter(has_text="found").wait_for()
    links = page.locator("ul.search li > a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    found = [re.sub(r"\?[^#]*", "", link) for link in links]
    assert FOUND[asked] in found[:3], found[:6]
