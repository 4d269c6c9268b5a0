"""The explorer's traces: what they read and list, over steps, epochs and time, zoomed and brushed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_at_work import at_trace, cut, number, open_page, pixels, settle, sweep

pytestmark = pytest.mark.slow


def test_the_titles_of_the_traces_are_whole_on_a_telephone(explorer: Any) -> None:
    explorer.set_viewport_size({"width": 390, "height": 800})
    explorer.mouse.move(2, 2)
    settle(explorer)
    titles = explorer.eval_on_selector_all(".lx-trace h4", "all => all.map((h) => h.scrollWidth - h.clientWidth)")
    assert len(titles) == 6
    assert max(titles) <= 0


def test_a_trace_reads_all_runs_at_the_step_in_order_and_moves_it(explorer: Any, content: dict[str, Any]) -> None:
    x, y = at_trace(explorer, "loss", 0.5)
    explorer.mouse.move(x, y)
    settle(explorer)
    inside = "[data-trace=loss] .lx-tip"
    heading = explorer.inner_text(f"{inside} .lx-tip-title")
    step = int(re.fullmatch(r"step (\d+), as recorded", heading)[1])
    names = explorer.locator(f"{inside} dt").all_inner_texts()
    values = explorer.locator(f"{inside} dd").all_inner_texts()
    runs = {
        f"{run['method']} · seed {run['seed']}": float(run["series"]["loss"][step])
        for run in content["runs"]
        if len(run["series"]["loss"]) > step
    }
    assert set(names) == set(runs)
    assert [number(value) for value in values] == pytest.approx([runs[name] for name in names], rel=1e-5)
    assert np.all(np.diff([number(value) for value in values]) <= 0)
    assert cut(explorer, f"{inside} dd") == []
    explorer.mouse.click(x, y)
    assert explorer.input_value("input[aria-label='Step, exact']") == str(step)


@pytest.mark.parametrize("at", [0.02, 0.5, 0.98])
@pytest.mark.parametrize(("rates", "seeds"), [((0.01, 0.1, 1.0), 4), ((0.01, 0.03, 0.1, 0.3, 1.0), 8)])
def test_a_trace_lists_every_run_of_a_sweep_inside_of_the_window(
    page: Any, tmp_path: Path, rates: Sequence[float], seeds: int, at: float
) -> None:
    content = sweep(rates, seeds)
    page.set_viewport_size({"width": 1280, "height": 800})
    open_page(page, tmp_path / "sweep.html", content)
    x, y = at_trace(page, "loss", at)
    page.mouse.move(x, y)
    settle(page)
    inside = "[data-trace=loss] .lx-tip"
    step = int(re.match(r"step (\d+), as recorded: method, seed, lr", page.inner_text(f"{inside} .lx-tip-title"))[1])
    names = page.locator(f"{inside} dt").all_inner_texts()
    values = [number(value) for value in page.locator(f"{inside} dd").all_inner_texts()]
    runs = {
        f"{run['method']}, {run['seed']}, {run['settings']['lr']:g}": float(run["series"]["loss"][step])
        for run in content["runs"]
        if len(run["series"]["loss"]) > step
    }
    assert len(runs) > 0.9 * 5 * seeds * len(rates)
    assert sorted(names) == sorted(runs)
    assert values == pytest.approx([runs[name] for name in names], rel=1e-5)
    assert values == sorted(values, reverse=True)
    assert cut(page, f"{inside} :is(dt, dd)") == []
    box = page.locator(inside).bounding_box()
    assert (box["x"] >= 0, box["y"] >= 0) == (True, True)
    assert (box["x"] + box["width"] <= 1280, box["y"] + box["height"] <= 800) == (True, True)
    assert not box["x"] <= x <= box["x"] + box["width"], "the pointer is to be seen"
    assert page.eval_on_selector(f"{inside} dt", "el => parseFloat(getComputedStyle(el).fontSize)") >= 10
    assert page.errors == []


def test_a_trace_says_how_many_runs_a_small_window_has_no_room_for(page: Any, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    content = sweep((0.01, 0.03, 0.1, 0.3, 1.0), 8)
    open_page(page, tmp_path / "sweep.html", content)
    page.locator("[data-trace=loss]").scroll_into_view_if_needed()
    page.mouse.move(*at_trace(page, "loss", 0.5))
    settle(page)
    inside = "[data-trace=loss] .lx-tip"
    above, below = re.findall(r"\d+", page.inner_text(f"{inside} .lx-tip-more"))
    shown = page.locator(f"{inside} dt").count()
    assert shown + int(above) + int(below) == 200
    assert page.locator(f"{inside} .lx-strong").count() == 1
    box = page.locator(inside).bounding_box()
    assert (box["x"] >= 0, box["x"] + box["width"] <= 390) == (True, True)
    assert (box["y"] >= 0, box["y"] + box["height"] <= 800) == (True, True)


def test_traces_are_smoothed_at_first_and_say_so(explorer: Any) -> None:
    canvas = "[data-trace=loss] .lx-trace-base"
    assert "smoothed (EMA 0.6)" in explorer.inner_text("[data-trace=loss] h4")
    assert "EMA" not in explorer.inner_text("[data-trace=lr] h4")
    before = pixels(explorer, canvas), pixels(explorer, "[data-trace=lr] .lx-trace-base")
    explorer.get_by_label("Smoothing").focus()
    explorer.keyboard.press("Home")
    settle(explorer)
    assert explorer.inner_text("[data-trace=loss] h4") == "Training loss"
    after = pixels(explorer, canvas), pixels(explorer, "[data-trace=lr] .lx-trace-base")
    assert (before[0] != after[0], before[1] == after[1]) == (True, True)


def test_traces_over_epochs_and_time_and_the_median_of_seeds(explorer: Any, content: dict[str, Any]) -> None:
    canvas = "[data-trace=loss] .lx-trace-base"
    seen = [pixels(explorer, canvas)]
    for axis, name in (("epoch", "epoch"), ("seconds", "training time, s")):
        explorer.select_option("select[aria-label='Axis of the traces']", axis)
        settle(explorer)
        assert explorer.inner_text(".lx-axis-name") == name
        seen.append(pixels(explorer, canvas))
    x, y = at_trace(explorer, "lr", 0.5)
    explorer.mouse.move(x, y)
    settle(explorer)
    seconds = max(float(run["series"]["seconds"][-1]) for run in content["runs"]) / 2
    words = explorer.inner_text("[data-trace=lr] .lx-tip-title")
    assert number(re.match(r"(\S+) s", words)[1]) == pytest.approx(seconds, rel=0.02)
    explorer.select_option("select[aria-label='Axis of the traces']", "step")
    explorer.get_by_role("button", name="Median of the seeds").click()
    settle(explorer)
    seen.append(pixels(explorer, canvas))
    assert "median of seeds, smallest to largest" in explorer.inner_text("[data-trace=loss] h4")
    explorer.get_by_role("button", name="Logarithmic axis of steps").click()
    settle(explorer)
    seen.append(pixels(explorer, canvas))
    assert len(set(seen)) == len(seen)


def test_zoom_and_pan_of_the_traces_are_linked(explorer: Any) -> None:
    def drawn() -> list[str]:
        settle(explorer)
        return [pixels(explorer, f"[data-trace={key}] .lx-trace-base") for key in ("loss", "lr", "sharpness")]

    whole = drawn()
    explorer.mouse.move(*at_trace(explorer, "lr", 0.5))
    explorer.keyboard.down("Control")
    explorer.mouse.wheel(0, -300)
    explorer.keyboard.up("Control")
    near = drawn()
    assert all(a != b for a, b in zip(whole, near, strict=True))
    explorer.keyboard.down("Shift")
    explorer.mouse.down()
    explorer.mouse.move(*at_trace(explorer, "lr", 0.3), steps=4)
    explorer.mouse.up()
    explorer.keyboard.up("Shift")
    moved = drawn()
    assert all(a != b for a, b in zip(near, moved, strict=True))
    assert explorer.input_value("input[aria-label='Span of steps, first']") == ""
    explorer.evaluate(
        """() => {
          const canvas = document.querySelector("[data-trace=loss] .lx-trace-overlay");
          canvas.setPointerCapture = () => {};
          const box = canvas.getBoundingClientRect();
          const touch = (type, pointerId, x) => canvas.dispatchEvent(new PointerEvent(type, {
            pointerId, pointerType: "touch", clientX: box.left + x, clientY: box.top + 40, bubbles: true, button: 0 }));
          touch("pointerdown", 1, 150); touch("pointerdown", 2, 200);
          touch("pointermove", 1, 100); touch("pointermove", 2, 300);
          touch("pointerup", 1, 100); touch("pointerup", 2, 300);
        }"""
    )
    assert drawn() != moved
    for name in ("Zoom into the traces", "Earlier", "Later", "Zoom out of the traces", "Show all of the traces"):
        button = explorer.get_by_role("button", name=name, exact=True)
        button.focus()
        explorer.keyboard.press("Enter")
    explorer.mouse.move(5, 5)
    assert drawn() == whole


def test_brushing_a_span_highlights_it_everywhere(explorer: Any) -> None:
    before = pixels(explorer, ".lx-lines"), pixels(explorer, "[data-trace=sharpness] .lx-trace-overlay")
    explorer.mouse.move(*at_trace(explorer, "loss", 0.195))
    explorer.mouse.down()
    explorer.mouse.move(*at_trace(explorer, "loss", 0.5025), steps=5)
    explorer.mouse.up()
    explorer.mouse.move(5, 5)
    settle(explorer)
    span = [int(explorer.input_value(f"input[aria-label='Span of steps, {end}']")) for end in ("first", "last")]
    assert span == pytest.approx([78, 201], abs=3)
    after = pixels(explorer, ".lx-lines"), pixels(explorer, "[data-trace=sharpness] .lx-trace-overlay")
    assert all(a != b for a, b in zip(before, after, strict=True))
    explorer.get_by_role("button", name="Zoom the traces to the span").click()
    settle(explorer)
    explorer.get_by_role("button", name="Clear the span").click()
    explorer.fill("input[aria-label='Span of steps, first']", "300")
    explorer.fill("input[aria-label='Span of steps, last']", "100")
    explorer.keyboard.press("Enter")
    settle(explorer)
    assert explorer.input_value("input[aria-label='Span of steps, last']") in ("100", "300")
    explorer.get_by_role("button", name="Clear the span").click()
    explorer.locator(".lx-title").click()
    settle(explorer)
    assert pixels(explorer, ".lx-lines") == before[0]
