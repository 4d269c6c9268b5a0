"""Runs in the explorer: hidden, searched, sorted, coloured, and gone through by key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import synthetic_explorer as synthetic
from explorer_at_work import number, pixels, settle

pytestmark = pytest.mark.slow


def test_methods_and_single_runs_are_hidden_at_a_click_and_by_key(explorer: Any) -> None:
    before = pixels(explorer, ".lx-dots")
    method = explorer.get_by_role("button", name="Method constant")
    method.focus()
    explorer.keyboard.press("Space")
    settle(explorer)
    assert method.get_attribute("aria-pressed") == "false"
    assert method.evaluate("el => el === document.activeElement")
    assert explorer.inner_text(".lx-run-count") == "6 of 8 runs shown"
    assert pixels(explorer, ".lx-dots") != before
    one = explorer.get_by_role("checkbox", name="Show constant · seed 0")
    one.click()
    settle(explorer)
    assert explorer.inner_text(".lx-run-count") == "7 of 8 runs shown"
    assert method.get_attribute("aria-pressed") == "mixed"
    method.click()
    settle(explorer)
    assert pixels(explorer, ".lx-dots") == before


@pytest.fixture
def many(page: Any, tmp_path: Path) -> Any:
    """The page of a sweep of 60 runs."""
    path = tmp_path / "many.html"
    sweep = synthetic.payload(methods=5, seeds=4, steps=60, points=11, rates=(0.01, 0.1, 1.0))
    path.write_text(synthetic.page(sweep), encoding="utf-8")
    page.goto(path.as_uri())
    page.wait_for_selector(".lx-trace canvas")
    settle(page)
    yield page
    assert page.errors == []


def test_a_sweep_is_searched_sorted_and_shown_by_setting(many: Any) -> None:
    assert many.inner_text(".lx-run-count") == "15 of 60 runs shown"
    assert many.locator("tr[data-run]").count() < 20, "only rows in sight are on the page"
    many.get_by_role("button", name="Show all runs that are found").click()
    settle(many)
    assert many.inner_text(".lx-run-count") == "60 of 60 runs shown"
    many.get_by_label("Search runs").fill("cosine")
    settle(many)
    assert many.locator("tr[data-run]").count() == 0
    many.get_by_label("Search runs").fill("zenith lr>0.05 seed=3")
    settle(many)
    assert many.inner_text(".lx-run-count") == "60 of 60 runs shown, 2 found"
    many.get_by_role("button", name="Hide all runs that are found").click()
    settle(many)
    assert many.inner_text(".lx-run-count") == "58 of 60 runs shown, 2 found"
    many.get_by_label("Search runs").fill("")
    many.select_option("select[aria-label='Show only some runs']", label="lr 1")
    settle(many)
    assert many.inner_text(".lx-run-count") == "20 of 60 runs shown"
    header = many.locator("th[data-key='final.test_loss']")
    header.get_by_role("button").click()
    settle(many)
    assert header.get_attribute("aria-sort") == "ascending"
    place = [cell.get_attribute("data-key") for cell in many.locator("thead th").all()].index("final.test_loss")
    values = many.eval_on_selector_all("tr[data-run]", f"rows => rows.map((row) => row.children[{place}].textContent)")
    numbers = [number(value) for value in values]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 3


def test_runs_are_coloured_by_a_swept_value_with_a_bar(many: Any) -> None:
    def lines() -> str:
        return pixels(many, "[data-trace=loss] canvas")

    before = lines()
    many.select_option("select[aria-label='Colour by']", "settings.lr")
    settle(many)
    assert lines() != before
    assert many.get_by_role("img", name="Colours by lr: 0.01, 0.1, 1").is_visible()
    assert many.get_by_role("button", name="Method zenith").is_hidden()
    colors = many.eval_on_selector_all(
        "tr[data-run] .lx-swatch path:first-child",
        "all => [...new Set(all.map((path) => path.getAttribute('stroke')))]",
    )
    assert len(colors) == 1  # the rows in sight all have lr 0.01
    many.select_option("select[aria-label='Colour by']", "method")
    settle(many)
    assert lines() == before


def test_the_keyboard_goes_from_run_to_run(many: Any) -> None:
    def active() -> str:
        return many.evaluate("() => document.activeElement.getAttribute('aria-label')")

    first = many.locator("tr[data-run] input").first
    first.focus()
    assert active() == "Show zenith · seed 0 · lr 0.01"
    many.keyboard.press("Space")
    settle(many)
    assert many.inner_text(".lx-run-count") == "14 of 60 runs shown"
    many.keyboard.press("End")
    assert active() == "Show polynomial · seed 3 · lr 1"
    many.keyboard.press("ArrowUp")
    many.keyboard.press("Tab")
    assert active() == "Highlight exponential · seed 3 · lr 1"
    many.keyboard.press("Enter")
    settle(many)
    assert many.locator(".lx-row-button[aria-pressed=true]").count() == 1
    many.keyboard.press("Home")
    assert active() == "Highlight zenith · seed 0 · lr 0.01"
