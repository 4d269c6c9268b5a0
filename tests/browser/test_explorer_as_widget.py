"""The explorer as a widget whose Python is played by the test."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import synthetic_explorer as synthetic
from explorer_at_work import downloaded, pixels, settle

pytestmark = pytest.mark.slow


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
