"""The explorer's plane and surface: what they read, and that paths and checkpoints on them are seen and opened."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic_explorer as synthetic
from explorer_at_work import number, open_page, over_checkpoint, pixels, settle, sweep, tip

pytestmark = pytest.mark.slow


def test_the_plane_reads_the_grid_and_never_between(explorer: Any, content: dict[str, Any]) -> None:
    plane = content["planes"][0]
    loss = plane["loss"].reshape(len(plane["beta"]), -1)
    box = explorer.locator(".lx-plane-view .lx-stage").bounding_box()
    for fx, fy in ((0.3, 0.3), (0.6, 0.2), (0.13, 0.1)):
        explorer.mouse.move(box["x"] + fx * box["width"], box["y"] + fy * box["height"])
        settle(explorer)
        found = tip(explorer, ".lx-plane-view")
        alpha, beta = (number(part.split()[1]) for part in found["at grid point"].split(", "))
        i, j = np.abs(plane["alpha"] - alpha).argmin(), np.abs(plane["beta"] - beta).argmin()
        assert (plane["alpha"][i], plane["beta"][j]) == pytest.approx((alpha, beta), abs=1e-3)
        if np.isfinite(loss[j, i]):
            assert number(found["loss"]) == pytest.approx(loss[j, i], rel=1e-5)
        else:
            assert found["loss"] == "NaN (not finite)"
    assert not np.isfinite(loss[j, i]), "the last point was meant to lie in the hole"


def test_a_flat_plane_fills_its_half_and_says_that_it_is_not_to_scale(page: Any, tmp_path: Path) -> None:
    content = synthetic.payload()
    plane = content["planes"][0]
    plane["beta"] = 0.1 * plane["beta"]  # twenty times as wide as high
    for run in content["runs"]:
        if "seed0" in run["checkpoints"]["y"]:
            run["checkpoints"]["y"]["seed0"] = 0.1 * run["checkpoints"]["y"]["seed0"]
    path = tmp_path / "flat.html"
    path.write_text(synthetic.page(content), encoding="utf-8")
    page.goto(path.as_uri())
    page.wait_for_selector(".lx-trace canvas")
    settle(page)
    box = page.locator(".lx-plane-view .lx-stage").bounding_box()
    assert box["height"] > 0.55 * box["width"]
    notes = page.inner_text(".lx-notes")
    times = number(re.search(r"Not to scale: a unit of PC 2 is drawn (\S+) times as long as one of PC 1", notes)[1])
    margins_x, margins_y = 52 + 88, 10 + 42
    expected = ((box["height"] - margins_y) / 0.5) / ((box["width"] - margins_x) / 7.0)
    assert times == pytest.approx(expected, rel=0.05)
    scale = page.get_by_role("button", name="To scale, a unit as long along both axes")
    scale.focus()
    page.keyboard.press("Enter")
    settle(page)
    assert "Not to scale" not in page.inner_text(".lx-notes")
    assert page.locator(".lx-plane-view .lx-stage").bounding_box()["height"] < 0.6 * box["height"]
    assert scale.get_attribute("aria-pressed") == "true"
    assert page.errors == []


def test_trajectories_that_lie_on_one_another_are_drawn_apart(explorer: Any) -> None:
    said = "Trajectories that lie on one another are drawn a few pixels apart."
    assert said in explorer.inner_text(".lx-notes")
    before = pixels(explorer, ".lx-lines")
    apart = explorer.get_by_role("button", name="Draw trajectories apart that lie on one another")
    apart.focus()
    explorer.keyboard.press("Enter")
    settle(explorer)
    assert said not in explorer.inner_text(".lx-notes")
    assert pixels(explorer, ".lx-lines") != before


def test_a_checkpoint_opens_by_pointer_and_by_keyboard(explorer: Any, content: dict[str, Any]) -> None:
    x, y = over_checkpoint(explorer)
    found = tip(explorer, ".lx-plane-view")
    explorer.mouse.click(x, y)
    settle(explorer)
    detail = explorer.locator(".lx-detail")
    assert detail.locator("h4").inner_text().endswith(f"step {found['step']}")
    assert found["loss"] in detail.inner_text()
    assert "open the study in a notebook" in detail.inner_text()
    detail.get_by_role("button", name="Close the checkpoint").click()
    settle(explorer)
    assert detail.is_hidden()
    explorer.keyboard.press("ArrowRight")
    explorer.keyboard.press("ArrowLeft")
    explorer.keyboard.press("Enter")
    settle(explorer)
    assert detail.evaluate("el => el === document.activeElement")
    run = content["runs"][0]
    step = int(re.search(r"step (\d+)", detail.locator("h4").inner_text())[1])
    index = list(run["checkpoints"]["step"]).index(step)
    assert f"{run['checkpoints']['loss'][index]:.5g}"[:6] in detail.inner_text()
    assert explorer.input_value("input[aria-label='Step, exact']") == str(step)
    explorer.keyboard.press("Escape")
    settle(explorer)
    assert detail.is_hidden()
    assert explorer.locator(".lx-plane-view .lx-stage").evaluate("el => el === document.activeElement")


def test_zoom_planes_and_scales(explorer: Any) -> None:
    whole = pixels(explorer, ".lx-field")
    explorer.locator(".lx-plane-view .lx-stage").focus()
    explorer.keyboard.press("+")
    settle(explorer)
    assert pixels(explorer, ".lx-field") != whole
    explorer.keyboard.press("0")
    settle(explorer)
    assert pixels(explorer, ".lx-field") == whole
    explorer.select_option("select[aria-label=Plane]", "random")
    settle(explorer)
    assert "Random plane" in explorer.get_attribute(".lx-plane-view .lx-stage", "aria-label")
    log = explorer.get_by_role("button", name="Logarithmic axis of Learning rate")
    canvas = "[data-trace=lr] .lx-trace-base"
    before = pixels(explorer, canvas)
    log.click()
    settle(explorer)
    assert log.get_attribute("aria-pressed") == "true"
    assert pixels(explorer, canvas) != before


def test_the_surface_is_drawn_turns_and_follows_the_step(explorer: Any) -> None:
    explorer.get_by_role("button", name="3-D").click()
    explorer.wait_for_selector(".lx-surface-stage canvas")
    settle(explorer)
    canvas = ".lx-surface-stage canvas >> nth=0"
    drawn = pixels(explorer, canvas)
    colors = explorer.eval_on_selector(
        canvas,
        """(source) => {
          const copy = document.createElement("canvas");
          [copy.width, copy.height] = [source.width, source.height];
          const context = copy.getContext("2d");
          context.drawImage(source, 0, 0);
          const data = context.getImageData(0, 0, copy.width, copy.height).data;
          const seen = new Set();
          const coarse = (i) => (data[i] >> 4) * 256 + (data[i + 1] >> 4) * 16 + (data[i + 2] >> 4);
          for (let i = 0; i < data.length; i += 4) if (data[i + 3]) seen.add(coarse(i));
          return seen.size;
        }""",
    )
    assert colors > 40
    explorer.locator(".lx-surface-stage").focus()
    explorer.keyboard.press("ArrowLeft")
    settle(explorer)
    turned = pixels(explorer, canvas)
    assert turned != drawn
    explorer.locator(".lx-slider").focus()
    explorer.keyboard.press("Home")
    settle(explorer)
    assert pixels(explorer, canvas) != turned


def test_a_sweep_is_as_many_draw_calls_on_the_surface_as_a_few_runs(page: Any, tmp_path: Path) -> None:
    page.add_init_script(
        """for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced"]) {
          WebGL2RenderingContext.prototype[name] = () => { window.calls += 1; };
        }"""
    )
    calls = []
    for seeds in (1, 6):
        open_page(page, tmp_path / "surface.html", sweep((0.1,), seeds))
        page.get_by_role("button", name="3-D").click()
        settle(page)
        page.evaluate("() => { window.calls = 0; }")
        page.locator(".lx-slider").press("ArrowLeft")
        settle(page)
        calls.append(page.evaluate("() => window.calls"))
    assert 0 < calls[0] == calls[1]
    assert page.errors == []


def test_on_the_surface_one_run_stands_out_and_paths_end_at_the_step(explorer: Any) -> None:
    explorer.get_by_role("button", name="3-D").click()
    settle(explorer)
    canvas = ".lx-surface-stage canvas >> nth=0"
    explorer.locator(".lx-slider").press("Home")
    settle(explorer)
    shown = [pixels(explorer, canvas)]
    for name in ("zenith · seed 0", "step · seed 0"):
        explorer.get_by_role("button", name=f"Highlight {name}").press("Enter")
        settle(explorer)
        shown.append(pixels(explorer, canvas))
    explorer.get_by_role("button", name="Highlight step · seed 0").press("Enter")
    settle(explorer)
    assert pixels(explorer, canvas) == shown[0]
    explorer.locator(".lx-slider").press("End")
    settle(explorer)
    shown.append(pixels(explorer, canvas))
    explorer.fill("input[aria-label='Span of steps, first']", "100")
    explorer.fill("input[aria-label='Span of steps, last']", "300")
    explorer.keyboard.press("Enter")
    settle(explorer)
    shown.append(pixels(explorer, canvas))
    assert len(set(shown)) == len(shown)
