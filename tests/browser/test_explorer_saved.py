"""What leaves the explorer: links, pictures, tables and copied values."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_at_work import downloaded, open_page, over_checkpoint, pixels, save, settle

pytestmark = pytest.mark.slow


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
