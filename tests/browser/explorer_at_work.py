"""What tests of the explorer do with its page: open it, wait for it, point at it, read it and save from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import synthetic_explorer as synthetic

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
    page.locator(".lx-plane-view .lx-stage").scroll_into_view_if_needed()
    settle(page)  # A plane that a ResizeObserver has yet to lay out again is left from under the pointer.
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


def at_trace(page: Any, key: str, x: float, y: float = 0.5) -> tuple[float, float]:
    """A place on a trace by its shares of the plot's width and height."""
    box = page.locator(f"[data-trace={key}] .lx-trace-overlay").bounding_box()
    return box["x"] + 52 + x * (box["width"] - 70), box["y"] + y * box["height"]


def sweep(rates: Sequence[float], seeds: int) -> dict[str, Any]:
    return synthetic.payload(methods=5, seeds=seeds, steps=60, points=11, rates=rates)


def open_page(page: Any, path: Path, content: dict[str, Any]) -> None:
    """A page of `content` of which every run is shown."""
    path.write_text(synthetic.page(content), encoding="utf-8")
    page.goto(path.as_uri())
    page.wait_for_selector(".lx-trace canvas")
    page.get_by_role("button", name="Show all runs that are found").click()
    settle(page)


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
