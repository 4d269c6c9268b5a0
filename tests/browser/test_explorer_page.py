"""The explorer's front end as a page of its own, opened from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic_explorer as synthetic
from explorer_at_work import cut, number, over_checkpoint, pixels, settle

pytestmark = pytest.mark.slow


def test_everything_is_there_and_named(explorer: Any) -> None:
    assert explorer.inner_text(".lx-title") == "Synthetic study"
    assert explorer.locator(".lx-trace").count() == 6
    assert explorer.locator("tr[data-run]").count() == 8
    assert "contours of the loss" in explorer.get_attribute(".lx-plane-view .lx-stage", "aria-label")
    unnamed = explorer.evaluate(
        """() => [...document.querySelectorAll(".lx :is(button, select, input)")]
          .filter((el) => !el.getAttribute("aria-label") && !el.textContent.trim() && !el.labels?.length)
          .map((el) => el.outerHTML)"""
    )
    assert unnamed == []


def test_the_slider_moves_every_panel(explorer: Any, content: dict[str, Any]) -> None:
    slider = explorer.locator(".lx-slider")
    before = pixels(explorer, ".lx-heads"), pixels(explorer, ".lx-lines"), pixels(explorer, ".lx-trace-overlay")
    slider.focus()
    explorer.keyboard.press("Home")
    for _ in range(3):
        explorer.keyboard.press("ArrowRight")
    settle(explorer)
    assert slider.get_attribute("aria-valuetext") == "step 3 of 400"
    assert explorer.input_value("input[aria-label='Step, exact']") == "3"
    after = pixels(explorer, ".lx-heads"), pixels(explorer, ".lx-lines"), pixels(explorer, ".lx-trace-overlay")
    assert all(a != b for a, b in zip(before, after, strict=True))
    _, _, *row = explorer.locator("tr[data-run]").first.locator("td").all_inner_texts()  # box, seed, values
    series = content["runs"][0]["series"]
    for text, name in zip(row, ("loss", "gradient_norm", "lr", "mean_gradient_norm", "zenith"), strict=False):
        assert number(text) == pytest.approx(float(series[name][3]), rel=1e-3)
    explorer.wait_for_timeout(700)
    spoken = explorer.inner_text("[data-role=announcer]")
    assert spoken.startswith("Step 3; zenith · seed 0: loss ")
    assert spoken.endswith("and 4 more")


def test_no_list_of_choices_looks_as_if_it_were_switched_off(explorer: Any) -> None:
    colors = explorer.eval_on_selector_all(".lx select", "all => all.map((el) => getComputedStyle(el).color)")
    assert len(colors) == 5
    assert set(colors) == {explorer.eval_on_selector(".lx", "el => getComputedStyle(el).color")}


@pytest.mark.parametrize("width", [1440, 900, 420])
def test_no_label_is_broken_into_a_word_a_line(explorer: Any, width: int) -> None:
    explorer.set_viewport_size({"width": width, "height": 900})
    explorer.evaluate("() => document.querySelector('.lx-traces > header .lx-choice').open = true")
    over_checkpoint(explorer)
    settle(explorer)
    broken = explorer.evaluate(
        """() => [...document.querySelectorAll(".lx *")].flatMap((el) => {
          const own = [...el.childNodes].filter((node) => node.nodeType === 3 && node.textContent.trim());
          return own.filter((node) => {
            const range = document.createRange();
            range.selectNodeContents(node);
            const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
            return lines > 1 && node.textContent.trim().split(/\\s+/).length < 2.5 * lines;
          }).map((node) => node.textContent);
        })"""
    )
    assert broken == []


def test_every_control_is_reached_by_the_keyboard(explorer: Any) -> None:
    """Tab goes to each of them; those in a row of the table by arrows, those in a menu when it is open."""
    explorer.evaluate("() => document.activeElement.blur()")
    reached = set()
    for _ in range(90):
        explorer.keyboard.press("Tab")
        mark = explorer.evaluate(
            """() => {
              const all = [...document.querySelectorAll(".lx *")];
              return all.indexOf(document.activeElement);
            }"""
        )
        if mark in reached:
            break
        reached.add(mark)
    missed = explorer.evaluate(
        """(reached) => {
          const all = [...document.querySelectorAll(".lx *")];
          const seen = (el) => el.checkVisibility({ visibilityProperty: true }) && !el.disabled;
          return all.filter((el) => el.matches("button, select, input, summary, [tabindex='0']") && seen(el))
            .filter((el) => !reached.includes(all.indexOf(el)) && !el.closest("tbody"))
            .map((el) => el.outerHTML.slice(0, 120));
        }""",
        sorted(reached),
    )
    assert missed == []


def test_what_cannot_be_compared_is_said_above(page: Any, tmp_path: Path, content: dict[str, Any]) -> None:
    said = "Not to be compared between a and b: their data are not the same."
    path = tmp_path / "two.html"
    runs = [run | {"study": "a" if run["seed"] else "b"} for run in content["runs"]]
    path.write_text(synthetic.page(content | {"notice": said, "runs": runs}), encoding="utf-8")
    page.goto(path.as_uri())
    page.wait_for_selector(".lx-trace canvas")
    assert page.inner_text(".lx-notice") == said
    assert page.locator("th[data-key=study]").count() == 1
    page.select_option("select[aria-label='Show only some runs']", label="study b")
    settle(page)
    assert page.inner_text(".lx-run-count") == "4 of 8 runs shown"


def test_panels_are_chosen_and_ordered_by_key(explorer: Any) -> None:
    def shown() -> list[str]:
        settle(explorer)
        return explorer.eval_on_selector_all(".lx-trace", "all => all.map((panel) => panel.dataset.trace)")

    assert shown() == ["loss", "test_loss", "gradient_norm", "lr", "zenith", "sharpness"]
    summary = explorer.locator(".lx-traces summary.lx-button")
    summary.focus()
    explorer.keyboard.press("Enter")
    box = explorer.get_by_role("checkbox", name="Panel Update norm")
    box.focus()
    explorer.keyboard.press("Space")
    assert shown()[-1] == "update_norm"
    explorer.get_by_role("button", name="Move up Learning rate").focus()
    explorer.keyboard.press("Enter")
    assert shown()[2] == "lr"
    explorer.get_by_role("checkbox", name="Panel Training loss").focus()
    explorer.keyboard.press("Space")
    assert shown()[0] == "test_loss"
    explorer.keyboard.press("Escape")
    assert not explorer.locator(".lx-traces > header .lx-chooser").is_visible()
    assert explorer.evaluate("() => document.activeElement.tagName") == "SUMMARY"


def test_themes(explorer: Any) -> None:
    def ground() -> str:
        return explorer.eval_on_selector(".lx", "el => getComputedStyle(el).backgroundColor")

    assert ground() == "rgb(255, 255, 255)"
    explorer.emulate_media(color_scheme="dark")
    settle(explorer)
    assert ground() == "rgb(20, 23, 27)"
    explorer.evaluate("document.body.dataset.jpThemeLight = 'true'")
    settle(explorer)
    assert ground() == "rgb(255, 255, 255)"
    explorer.select_option("select[aria-label=Theme]", "dark")
    settle(explorer)
    assert ground() == "rgb(20, 23, 27)"


def test_playing_goes_from_checkpoint_to_checkpoint_where_motion_is_reduced(
    explorer: Any, content: dict[str, Any]
) -> None:
    steps = {str(step) for run in content["runs"] for step in run["checkpoints"]["step"]}
    explorer.emulate_media(reduced_motion="reduce")
    explorer.get_by_role("button", name="Play the steps").click()
    seen = set()
    for _ in range(14):
        explorer.wait_for_timeout(100)  # on a busy machine it is longer
        seen.add(explorer.input_value("input[aria-label='Step, exact']"))
    explorer.get_by_role("button", name="Pause").click()
    assert len(seen) > 1
    assert seen <= steps
    explorer.emulate_media(reduced_motion="no-preference")
    explorer.get_by_role("button", name="Play the steps").click()
    explorer.wait_for_function(
        "(steps) => !steps.includes(document.querySelector(\"input[aria-label='Step, exact']\").value)",
        arg=sorted(steps),
    )
    explorer.get_by_role("button", name="Pause").click()


@pytest.mark.parametrize("width", [390, 900])
def test_nothing_is_wider_than_the_page(explorer: Any, width: int) -> None:
    explorer.set_viewport_size({"width": width, "height": 800})
    settle(explorer)
    assert explorer.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1280, 480])
def test_small_values_are_shown_whole(page: Any, tmp_path: Path, width: int):
    content = synthetic.payload()
    for run in content["runs"]:
        for name in run["series"]:
            run["series"][name] = np.asarray(run["series"][name], "f8") * 1.1763e-11
        points = run["checkpoints"]
        points["loss"] = np.asarray(points["loss"], "f8") * 1.1763e-11
        for axis in ("x", "y"):
            points[axis] = {plane: np.asarray(row, "f8") * 1.2345e-4 for plane, row in points[axis].items()}
    path = tmp_path / "small.html"
    path.write_text(synthetic.page(content), encoding="utf-8")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path.as_uri())
    page.wait_for_selector(".lx-trace canvas")
    settle(page)
    assert cut(page, "tr[data-run] td") == []
    over_checkpoint(page)
    settle(page)
    assert all(text.strip() for text in page.locator(".lx-readout").all_inner_texts())
    assert page.locator(".lx-readout > :last-child").count()  # the values, in an element that cannot be cut
    assert cut(page, ".lx-readout > :last-child") == []
    names = ".lx-plane-view .lx-tip:not([hidden]) dt"
    assert "off the plane" in page.locator(names).all_inner_texts()
    heights = page.eval_on_selector_all(names, "all => all.map((element) => element.getClientRects()[0].height)")
    assert max(heights) < 1.5 * min(heights)  # each in one line
    assert page.errors == []
