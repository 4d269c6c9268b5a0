"""The explorer's front end as a page of its own, opened from a file, and as a widget whose Python is played by the
test."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic_explorer as synthetic

pytestmark = pytest.mark.slow

# A model as anywidget hands it to `render`; what the view writes and sends is kept for the test to read.
WIDGET = """
async ([code, header, state]) => {
  const bundle = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const handlers = {};
  const values = { ...state, payload: { header, buffers: [] } };
  const fake = {
    sent: [], saved: 0, values,
    get: (key) => values[key],
    set: (key, value) => { values[key] = value; },
    save_changes: () => { fake.saved += 1; },
    send: (content) => fake.sent.push(content),
    on: (event, handler) => { (handlers[event] ??= []).push(handler); },
    off: (event, handler) => { handlers[event] = (handlers[event] ?? []).filter((other) => other !== handler); },
    push: (key, value) => { values[key] = value; for (const f of handlers["change:" + key] ?? []) f(); },
    message: (content, buffers = []) => { for (const f of handlers["msg:custom"] ?? []) f(content, buffers); },
    handlers,
  };
  window.fake = fake;
  window.leave = bundle.default.render({ model: fake, el: document.getElementById("cell") });
}
"""


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


def settle(page: Any) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 200))))"
    )


def number(text: str) -> float:
    """The number that the page has typeset."""
    plain = text.replace("−", "-").replace("∞", "inf")
    power = re.fullmatch(r"(.*)·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", plain)
    if power:
        plain = f"{power[1]}e{power[2].translate(str.maketrans('⁻⁰¹²³⁴⁵⁶⁷⁸⁹', '-0123456789'))}"
    return float(plain)


def pixels(page: Any, selector: str) -> str:
    return page.eval_on_selector(selector, "canvas => canvas.toDataURL()")


def tip(page: Any, inside: str) -> dict[str, str]:
    names = page.locator(f"{inside} .lx-tip:not([hidden]) dt").all_inner_texts()
    values = page.locator(f"{inside} .lx-tip:not([hidden]) dd").all_inner_texts()
    return dict(zip(names, values, strict=True))


def over_checkpoint(page: Any) -> tuple[float, float]:
    """Move the pointer over the plane to where a checkpoint is."""
    x, y = page.evaluate(
        """() => {
          const stage = document.querySelector(".lx-plane-view .lx-stage");
          const box = stage.getBoundingClientRect();
          for (let y = box.top + 20; y < box.bottom - 50; y += 8) {
            for (let x = box.left + 60; x < box.right - 90; x += 8) {
              stage.dispatchEvent(new PointerEvent("pointermove", { clientX: x, clientY: y, bubbles: true }));
              if (stage.classList.contains("lx-on-checkpoint")) return [x, y];
            }
          }
          throw new Error("no checkpoint under the pointer anywhere on the plane");
        }"""
    )
    page.mouse.move(x, y)
    assert page.locator(".lx-on-checkpoint").count()
    return x, y


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


def test_the_titles_of_the_traces_are_whole_on_a_telephone(explorer: Any) -> None:
    explorer.set_viewport_size({"width": 390, "height": 800})
    explorer.mouse.move(2, 2)
    settle(explorer)
    titles = explorer.eval_on_selector_all(".lx-trace h4", "all => all.map((h) => h.scrollWidth - h.clientWidth)")
    assert len(titles) == 6
    assert max(titles) <= 0


def test_no_list_of_choices_looks_as_if_it_were_switched_off(explorer: Any) -> None:
    colors = explorer.eval_on_selector_all(".lx select", "all => all.map((el) => getComputedStyle(el).color)")
    assert len(colors) == 5
    assert set(colors) == {explorer.eval_on_selector(".lx", "el => getComputedStyle(el).color")}


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


def at_trace(page: Any, key: str, x: float, y: float = 0.5) -> tuple[float, float]:
    """A place on a trace by its shares of the plot's width and height."""
    box = page.locator(f"[data-trace={key}] .lx-trace-overlay").bounding_box()
    return box["x"] + 52 + x * (box["width"] - 70), box["y"] + y * box["height"]


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


def sweep(rates: Sequence[float], seeds: int) -> dict[str, Any]:
    return synthetic.payload(methods=5, seeds=seeds, steps=60, points=11, rates=rates)


def open_page(page: Any, path: Path, content: dict[str, Any]) -> None:
    """A page of `content` of which every run is shown."""
    path.write_text(synthetic.page(content), encoding="utf-8")
    page.goto(path.as_uri())
    page.wait_for_selector(".lx-trace canvas")
    page.get_by_role("button", name="Show all runs that are found").click()
    settle(page)


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


def test_a_link_restores_what_was_seen(explorer: Any, browser: Any) -> None:
    begun = explorer.url
    explorer.select_option("select[aria-label='Show only some runs']", label="seed 0")
    explorer.select_option("select[aria-label='Colour by']", "seed")
    explorer.select_option("select[aria-label='Axis of the traces']", "epoch")
    explorer.get_by_role("button", name="Logarithmic axis of Learning rate").click()
    explorer.get_by_role("button", name="Zoom into the traces").click()
    explorer.get_by_role("button", name="Zoom in", exact=True).click()
    explorer.fill("input[aria-label='Step, exact']", "123")
    explorer.keyboard.press("Enter")
    explorer.mouse.move(2, 2)
    explorer.wait_for_timeout(600)
    link = explorer.url
    assert "#explorer=" in link
    canvases = (".lx-field", ".lx-lines", "[data-trace=loss] .lx-trace-base", "[data-trace=lr] .lx-trace-base")
    seen = [pixels(explorer, canvas) for canvas in canvases]
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    other = context.new_page()
    other.goto(link)
    other.wait_for_selector(".lx-trace canvas")
    settle(other)
    assert other.input_value("input[aria-label='Step, exact']") == "123"
    assert other.inner_text(".lx-run-count") == "4 of 8 runs shown"
    assert [pixels(other, canvas) for canvas in canvases] == seen
    other.evaluate("() => { location.hash = '#explorer=' + encodeURIComponent('{\"step\":7}'); }")
    settle(other)
    assert other.input_value("input[aria-label='Step, exact']") == "7"
    assert other.inner_text(".lx-run-count") == "8 of 8 runs shown"
    context.close()
    assert "#" not in begun


def downloaded(page: Any, begin: Callable[[], Any]) -> Any:
    """Return the download that `begin` begins, again if nothing comes of it.

    Headless Chromium loses about one in a hundred: the page has clicked on a link with a file, and no download starts.
    """
    from playwright.sync_api import TimeoutError as NothingCame

    for _ in range(3):
        try:
            with page.expect_download(timeout=20_000) as file:
                begin()
            return file.value
        except NothingCame as error:
            lost = error
    raise lost


def save(page: Any, menu: Any, kind: str) -> Path:
    def by_key() -> None:
        menu.locator("summary").press("Enter")
        menu.locator(f"[data-save={kind}]").press("Enter")

    return Path(downloaded(page, by_key).path())


def test_any_panel_is_saved_as_picture_and_numbers(explorer: Any, content: dict[str, Any]) -> None:
    def saved(what: str, kind: str) -> Any:
        menu = explorer.locator(f"details:has(summary[aria-label='Save {what}'])")
        return save(explorer, menu, kind)

    def rows(path: Any) -> list[dict[str, str]]:
        return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))

    for what in ("the plane", "Training loss", "Top Hessian eigenvalue"):
        assert saved(what, "image").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    loss = rows(saved("Training loss", "data"))
    run = content["runs"][0]
    own = [row for row in loss if row["run"] == "zenith · seed 0"]
    np.testing.assert_array_equal(np.array([float(row["value"]) for row in own], "f4"), run["series"]["loss"])
    assert own[5]["value"] != own[5]["drawn"]
    plane = rows(saved("the plane", "data"))
    np.testing.assert_array_equal(
        [float(row["loss"].replace("Infinity", "inf")) for row in plane], content["planes"][0]["loss"]
    )
    paths = rows(saved("the plane", "trajectories"))
    own = [float(row["alpha"]) for row in paths if row["run"] == "zenith · seed 0"]
    np.testing.assert_array_equal(own, run["checkpoints"]["x"]["seed0"])
    table = rows(saved("the runs", "data"))
    assert table[0]["run"] == "zenith · seed 0"
    assert float(table[0]["final.test_loss"]) == run["final"]["test_loss"]


def test_values_are_copied_with_all_of_their_digits(explorer: Any, content: dict[str, Any]) -> None:
    explorer.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    place = [cell.get_attribute("data-key") for cell in explorer.locator("thead th").all()].index("final.test_loss")
    explorer.locator("tr[data-run]").first.locator(":scope > *").nth(place).dblclick()
    final = content["runs"][0]["final"]["test_loss"]
    assert float(explorer.evaluate("() => window.copied")) == final
    explorer.locator("tr[data-run] input").first.focus()
    explorer.keyboard.press("c")
    names, values = (line.split("\t") for line in explorer.evaluate("() => window.copied").split("\n"))
    assert float(dict(zip(names, values, strict=True))["final.test_loss"]) == final
    over_checkpoint(explorer)
    explorer.keyboard.press("Tab")
    explorer.locator(".lx-plane-view .lx-stage").focus()
    explorer.keyboard.press("ArrowRight")
    explorer.keyboard.press("Enter")
    explorer.get_by_role("button", name="Copy the values of the checkpoint").press("Enter")
    assert "α, β\t" in explorer.evaluate("() => window.copied")


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


def test_every_panel_of_several_studies_is_saved_as_picture_and_numbers(
    page: Any, tmp_path: Path, content: dict[str, Any]
) -> None:
    runs = [
        run | {"id": f"{name}/{run['id']}", "study": name} for name in ("fixed", "tuned") for run in content["runs"]
    ]
    open_page(page, tmp_path / "two.html", content | {"title": "fixed and tuned", "runs": runs})
    rows: dict[str, list[dict[str, str]]] = {}
    for view in ("Contour", "3-D"):
        page.get_by_role("button", name=view).press("Enter")
        settle(page)
        for menu in page.locator("details.lx-save:visible").all():
            what = menu.locator("summary").get_attribute("aria-label")
            for kind in menu.locator("button").evaluate_all("all => all.map((button) => button.dataset.save)"):
                path = save(page, menu, kind)
                if kind == "image":
                    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
                else:
                    rows[f"{what} {kind}"] = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    panels = page.locator(".lx-trace").count()
    assert len(rows) == panels + 4  # the runs; the plane and its trajectories; the surface
    assert all(rows.values())
    assert {row["study"] for row in rows["Save the runs data"]} == {"fixed", "tuned"}
    for name in ("Save Training loss data", "Save the plane trajectories"):
        own = {row["run"] for row in rows[name]}
        assert {"zenith · seed 0 · fixed", "zenith · seed 0 · tuned"} <= own
    assert page.errors == []


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


def test_pictures_of_the_view_are_files(explorer: Any) -> None:
    explorer.get_by_role("button", name="Export").click()
    assert explorer.get_by_role("menuitem").all_inner_texts() == [
        "Picture of this view, SVG",
        "Picture of this view, PNG",
    ]
    explorer.keyboard.press("Escape")

    def first_by_key() -> None:
        explorer.get_by_role("button", name="Export").click()
        explorer.keyboard.press("Enter")

    def second() -> None:
        explorer.get_by_role("button", name="Export").click()
        explorer.get_by_role("menuitem", name="Picture of this view, PNG").click()

    root = ElementTree.fromstring(downloaded(explorer, first_by_key).path().read_text(encoding="utf-8"))
    words = [el.text for el in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Synthetic study", "Training loss, smoothed (EMA 0.6)", "PC 1, 91 % of variance", "step"} <= set(words)
    assert downloaded(explorer, second).path().read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


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


def test_the_widget_starts_from_the_traits_and_writes_them(widget: Any) -> None:
    assert widget.input_value("input[aria-label='Step, exact']") == "30"
    assert widget.get_by_role("button", name="Method step").get_attribute("aria-pressed") == "false"
    assert widget.input_value("select[aria-label=Plane]") == "random"
    widget.get_by_role("checkbox", name="Show zenith · seed 0").click()
    assert widget.evaluate("() => fake.values.hidden_runs") == ["zenith-0"]
    widget.select_option("select[aria-label='Show only some runs']", label="seed 0")
    widget.select_option("select[aria-label='Colour by']", "seed")
    widget.get_by_label("Search runs").fill("seed=0")
    widget.get_by_role("button", name="3-D").click()
    widget.fill("input[aria-label='Step, exact']", "77")
    widget.keyboard.press("Enter")
    widget.wait_for_timeout(200)
    values = widget.evaluate("() => fake.values")
    assert (values["hidden_seeds"], values["view"], values["step"]) == ([1], "surface", 77)
    assert (values["hidden_methods"], values["hidden_runs"]) == ([], [])
    assert (values["color_by"], values["search"]) == ("seed", "seed=0")
    assert widget.evaluate("() => fake.saved") >= 1
    for name, value in {"step": 12, "hidden_seeds": [], "color_by": "method", "selection": [5, 9]}.items():
        widget.evaluate("([name, value]) => fake.push(name, value)", [name, value])
    settle(widget)
    assert widget.input_value("input[aria-label='Step, exact']") == "12"
    assert widget.get_by_role("button", name="Method step").get_attribute("aria-pressed") == "true"
    assert widget.input_value("input[aria-label='Span of steps, last']") == "9"
    widget.evaluate("() => leave()")
    assert widget.locator(".lx").count() == 0
    assert widget.evaluate("() => Object.values(fake.handlers).flat().length") == 0


def test_measuring_sends_shows_progress_and_says_what_converged(widget: Any) -> None:
    widget.locator(".lx-plane-view .lx-stage").focus()
    widget.keyboard.press("ArrowRight")
    widget.keyboard.press("Enter")
    settle(widget)
    widget.locator(".lx-detail [data-what=eigenvalue]").click()
    (sent,) = widget.evaluate("() => fake.sent")
    assert sent["type"] == "measure"
    assert (sent["run"], sent["what"]) == ("zenith-0", "eigenvalue")
    widget.evaluate("() => fake.push('status', { kind: 'measuring', text: 'product 3 of 20', fraction: 0.15 })")
    settle(widget)
    assert widget.eval_on_selector(".lx-progress", "el => el.value") == 0.15
    assert "product 3 of 20" in widget.inner_text(".lx-measuring")
    assert widget.locator(".lx-actions button").first.is_disabled()
    widget.get_by_role("button", name="Cancel").click()
    assert widget.evaluate("() => fake.sent[1].type") == "cancel"
    result = {"type": "measured", "run": sent["run"], "checkpoint": sent["checkpoint"], "what": "eigenvalue"}
    widget.evaluate(
        "(m) => { fake.push('status', { kind: 'idle' }); fake.message(m); }",
        result | {"value": 12.5, "error": 0.25, "converged": False, "text": "stopped after 20 products"},
    )
    settle(widget)
    assert widget.inner_text(".lx-found .lx-value") == "λ = 12.500 ± 0.25, not converged"
    assert "stopped after 20 products" in widget.inner_text(".lx-found")
    line = {"alpha": [-1, 0, 1], "loss": [0.5, 0.1, None]}
    widget.evaluate(
        "(m) => { m.slice.loss[2] = NaN; fake.message(m); }",
        result | {"what": "slice", "value": None, "error": None, "converged": True, "text": "", "slice": line},
    )
    settle(widget)
    assert widget.locator(".lx-slice .lx-missing").count() == 1
    assert "1 values not finite" in widget.locator(".lx-slice title").text_content()
    widget.evaluate("() => fake.push('status', { kind: 'error', text: 'the weights are gone' })")
    settle(widget)
    assert widget.inner_text("[role=alert]") == "the weights are gone"


def test_figures_come_from_python(widget: Any) -> None:
    widget.get_by_role("button", name="Export").click()
    widget.get_by_role("menuitem", name="Figure, PDF").click()
    widget.wait_for_function("() => fake.sent.length === 1")
    assert widget.evaluate("() => fake.sent[0]") == {"type": "export", "format": "pdf"}
    answer = (
        "() => fake.message({ type: 'export', format: 'pdf', name: 'plane.pdf' },"
        " [new DataView(new TextEncoder().encode('%PDF').buffer)])"
    )
    pdf = downloaded(widget, lambda: widget.evaluate(answer))
    assert pdf.suggested_filename == "plane.pdf"
    assert pdf.path().read_bytes() == b"%PDF"
    widget.evaluate("() => fake.message({ type: 'export', format: 'py', name: 'plane.py', text: 'import landscape' })")
    assert widget.inner_text("dialog .lx-code") == "import landscape"
    widget.get_by_role("button", name="Close", exact=True).click()
    assert widget.locator("dialog[open]").count() == 0


def test_live_patches_grow_the_traces_and_following_keeps_to_the_end(widget: Any) -> None:
    widget.evaluate("() => fake.push('following', true)")
    settle(widget)
    before = pixels(widget, "[data-trace=loss] .lx-trace-base")
    more = synthetic.packed({"loss": np.full(50, 0.02, "f4"), "lr": np.full(50, 0.1, "f4")})
    patch = {"runs": [{"id": "zenith-0", "append": {"series": more}}]}
    widget.evaluate("(patch) => fake.message({ type: 'patch', patch })", patch)
    settle(widget)
    assert widget.inner_text(".lx-total") == "of 449"
    assert widget.input_value("input[aria-label='Step, exact']") == "449"
    assert pixels(widget, "[data-trace=loss] .lx-trace-base") != before
    live = widget.get_by_role("button", name="Follow the training")
    assert live.get_attribute("aria-pressed") == "true"
    widget.locator(".lx-slider").focus()
    widget.keyboard.press("Home")
    settle(widget)
    assert live.get_attribute("aria-pressed") == "false"
    assert widget.evaluate("() => fake.values.following") is False
    widget.evaluate("(patch) => fake.message({ type: 'patch', patch })", patch | {"done": True})
    settle(widget)
    assert widget.input_value("input[aria-label='Step, exact']") == "0"
    assert live.is_hidden()


def test_patches_that_are_numbered_are_applied_once_and_in_order(widget: Any, content: dict[str, Any]) -> None:
    header = synthetic.packed(content) | {"can": {}, "version": 4}
    widget.evaluate("(header) => fake.push('payload', { header, buffers: [] })", header)
    more = synthetic.packed({"loss": np.full(10, 0.02, "f4")})
    patch = {"runs": [{"id": "zenith-0", "append": {"series": more}}]}
    for start, version in ((4, 5), (4, 5), (7, 8)):  # applied, known already, one is missing before it
        numbered = patch | {"from": start, "version": version}
        widget.evaluate("(patch) => fake.message({ type: 'patch', patch })", json.loads(json.dumps(numbered)))
    settle(widget)
    assert widget.inner_text(".lx-total") == "of 409"


def test_a_widget_that_starts_empty_fills_while_training_goes_on(widget: Any, content: dict[str, Any]) -> None:
    widget.evaluate("() => fake.push('payload', { header: { schema: 1, version: 1 }, buffers: [] })")
    settle(widget)
    assert "No traces were recorded" in widget.inner_text(".lx-traces")
    assert "No plane was computed" in widget.inner_text(".lx-left")
    blank = {"step": np.zeros(0, "i4"), "x": {}, "y": {}, "off_plane": {}, "loss": None}
    run = {
        "id": "a",
        "method": "zenith",
        "seed": 0,
        "status": "running",
        "steps": 0,
        "series": {},
        "checkpoints": blank,
    }
    first = {"from": 1, "version": 2, "methods": content["methods"][:1], "new_runs": [run]}
    series = {"loss": np.linspace(2, 1, 20).astype("f4")}
    second = {"from": 2, "version": 3, "runs": [{"id": "a", "append": {"series": series}}]}
    third = {"from": 3, "version": 4, "planes": content["planes"][:1]}
    marks = {"step": np.array([0, 19], "i4"), "loss": np.array([2.0, 1e-5]), "x": {"seed0": np.array([0.0, 1.0])}}
    fourth = {
        "from": 4,
        "version": 5,
        "runs": [{"id": "a", "append": {"checkpoints": marks | {"y": {"seed0": np.array([0.0, 1.0])}}}}],
    }
    for patch in (first, second):
        widget.evaluate("(patch) => fake.message({ type: 'patch', patch })", synthetic.packed(patch))
        settle(widget)
    assert widget.locator(".lx-trace h4").all_inner_texts() == ["Training loss, smoothed (EMA 0.6)"]
    assert widget.locator(".lx-run-table thead th").all_inner_texts() == ["", "method", "loss"]
    widget.evaluate("(patch) => fake.message({ type: 'patch', patch })", synthetic.packed(third))
    settle(widget)
    before = pixels(widget, ".lx-field"), pixels(widget, ".lx-dots")
    widget.evaluate("(patch) => fake.message({ type: 'patch', patch })", synthetic.packed(fourth))
    settle(widget)
    after = pixels(widget, ".lx-field"), pixels(widget, ".lx-dots")
    assert all(a != b for a, b in zip(before, after, strict=True)), "a lower loss must widen the colours of both"


def cut(page: Any, selector: str) -> list[str]:
    """Texts that are wider than the element that shows them."""
    return page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)].filter((element) => {
          const text = document.createRange();
          text.selectNodeContents(element);
          const [inner, outer] = [text.getBoundingClientRect(), element.getBoundingClientRect()];
          return inner.left < outer.left - 0.5 || inner.right > outer.right + 0.5;
        }).map((element) => element.textContent)""",
        selector,
    )


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
