"""What the page of results quotes stands in the reports that it names."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "what-we-found.md"
QUOTED = re.compile(r"^<!-- from (\S+) -->\n((?:.+\n)+)", re.MULTILINE)


def missing(page):
    for name, lines in QUOTED.findall(page):
        report = (PAGE.parent / name).read_text(encoding="utf-8")
        for line in lines.splitlines():
            yield from [line] if line.removeprefix("> - ") not in report else []


def test_quotations_and_tables_are_those_of_the_reports():
    page = PAGE.read_text(encoding="utf-8")
    assert len(QUOTED.findall(page)) >= 4
    assert list(missing(page)) == []
    assert list(missing(page.replace("flatter points than exponential", "flatter points than cosine"))) != []


def test_every_quotation_says_where_it_is_from():
    page = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"^> .*$", page, re.MULTILINE)) == set(
        re.findall(r"^> .*$", "".join(lines for _, lines in QUOTED.findall(page)), re.MULTILINE)
    )


def test_the_readme_links_it_on_its_first_screen():
    assert "docs/what-we-found.md" in "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:45])
