"""Every control of the explorer, as the browser's accessibility tree lists them, does by a key what it is there for.

A control that is added without an entry in `CONTROLS` fails the test, as does one without a name or without a focus
that is seen.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import synthetic_explorer as synthetic
from explorer_at_work import WIDGET, settle

pytestmark = pytest.mark.slow

PATIENCE = 10  # seconds until a key has done what it does
DIFFERENT = object()  # from what it was before the key
STATE: dict[str, Any] = {
    "step": 30,
    "selection": [],
    "hidden_methods": [],
    "hidden_seeds": [],
    "hidden_runs": [],
    "color_by": "method",
    "sort_by": "",
    "search": "",
    "panels": [],
    "x_axis": "step",
    "x_log": False,
    "x_range": [],
    "smoothing": 0.5,
    "seeds_as": "lines",
    "log_axes": [],
    "pinned": "",
    "plane_range": [],
    "to_scale": False,
    "apart": True,
    "camera": [],
    "view": "contour",
    "plane": "seed0",
    "theme": "light",
    "status": {"kind": "idle"},
    "following": False,
}
ZOOMED = [0.0, 1.0, -0.05, 0.05]


@dataclass(frozen=True)
class Effect:
    """Keys on a control; `shown`, an expression of the page, becomes `becomes`, from another value before."""

    keys: str
    shown: str
    becomes: Any = DIFFERENT
    given: Mapping[str, Any] = field(default_factory=dict)


def state(keys: str, name: str, becomes: Any = DIFFERENT, **given: Any) -> Effect:
    return Effect(keys, f"fake.values.{name}", becomes, given)


PRESSED = "document.activeElement.getAttribute('aria-pressed')"
OPENED = "document.activeElement.parentElement.open"
TITLES = "[...document.querySelectorAll('.lx-trace h4')].map((h) => h.firstChild.textContent)"
MENU = "document.querySelector('.lx-head [role=menu]').hidden"

# What is in {} of an expression is what the name's group matches, as JSON.
CONTROLS: dict[str, Sequence[Effect]] = {
    "combobox Theme": [state("ArrowDown", "theme", "dark")],
    "button Export": [Effect("Enter", MENU, False)],
    "menuitem Figure, (PDF|SVG|PNG)": [Effect("Enter", "fake.sent.at(-1)?.format.toUpperCase() === {}", True)],
    "menuitem Python that draws it": [Effect("Enter", "fake.sent.at(-1)?.format", "py")],
    "menuitem Picture of this view, (?:SVG|PNG)": [Effect("Enter", "window.saved")],
    "searchbox Search runs": [state("s e", "search", "se")],
    "button Show all runs that are found": [state("Enter", "hidden_methods", [], hidden_methods=["step"])],
    "button Hide all runs that are found": [Effect("Space", "fake.values.hidden_methods.length", 4)],
    "checkbox Show all runs that are found": [Effect("Space", "fake.values.hidden_methods.length", 4)],
    "combobox Show only some runs": [
        state("ArrowDown ArrowDown ArrowDown Enter", "hidden_methods", ["zenith", "step", "exponential"]),
        state("Space End Enter", "hidden_seeds", [0]),
    ],
    "DisclosureTriangle Save .+": [Effect("Enter", OPENED, True)],
    "button (?:Picture, PNG|Data, CSV|Trajectories, CSV): .+": [Effect("Enter", "window.saved")],
    "combobox Colour by": [state("ArrowDown", "color_by", "seed")],
    "button Method .+": [Effect("Space", PRESSED, "false"), Effect("Enter", PRESSED, "false")],
    "region Runs and their values at the step": [Effect("End", "document.activeElement.scrollTop")],
    "checkbox Show .+ · seed .+": [Effect("Space", "document.activeElement.checked", False)],
    "button Highlight .+": [Effect("Enter", PRESSED, "true")],
    "button Sort by .+": [
        Effect("Enter", "document.activeElement.closest('th').getAttribute('aria-sort')", "ascending"),
        Effect("Enter Space", "document.activeElement.closest('th').getAttribute('aria-sort')", "descending"),
    ],
    "combobox Plane": [state("ArrowDown", "plane", "random")],
    "application .+ contours of the loss .+": [
        Effect("ArrowRight", "document.querySelector('[data-role=announcer]').textContent.split(' at ')[0]"),
        Effect("ArrowRight Enter", "document.activeElement.getAttribute('aria-label')", "Checkpoint"),
        state("+", "plane_range"),
        state("-", "plane_range", plane_range=ZOOMED),
        state("0", "plane_range", [], plane_range=ZOOMED),
        *(
            Effect(
                f"Shift+Arrow{way}",
                f"Math.sign(fake.values.plane_range[{end}] - {ZOOMED[end]})",
                sign,
                {"plane_range": ZOOMED},
            )
            for way, end, sign in (("Right", 0, 1), ("Left", 1, -1), ("Up", 2, 1), ("Down", 3, -1))
        ),
    ],
    "button Zoom in": [state("Enter", "plane_range")],
    "button Zoom out": [state("Enter", "plane_range", plane_range=ZOOMED)],
    "button Zoom to the trajectories": [state("Enter", "plane_range", hidden_methods=["zenith", "step"])],
    "button Show the whole plane": [state("Enter", "plane_range", [], plane_range=ZOOMED)],
    "button To scale, a unit as long along both axes": [state("Enter", "to_scale", True)],
    "button Draw trajectories apart that lie on one another": [state("Space", "apart", False)],
    "button Contour": [state("Enter", "view", "contour", view="surface")],
    "button 3-D": [state("Enter", "view", "surface")],
    "application .+ as a surface: .+": [
        *(state(key, "camera") for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "+", "-")),
        state("0", "camera", [], camera=[1.0, 1.5, 1.0]),
    ],
    "button Nearer": [state("Enter", "camera")],
    "button Farther": [state("Enter", "camera")],
    "button Reset the view": [state("Enter", "camera", [], camera=[1.0, 1.5, 1.0])],
    "region Checkpoint": [Effect("Escape", "document.querySelector('.lx-detail').hidden", True)],
    "button Copy the values of the checkpoint": [Effect("Enter", "window.copied")],
    "button Close the checkpoint": [Effect("Enter", "document.querySelector('.lx-detail').hidden", True)],
    "button Top eigenvalue at this checkpoint": [Effect("Enter", "fake.sent.at(-1)?.what", "eigenvalue")],
    "button Slice at this checkpoint": [Effect("Enter", "fake.sent.at(-1)?.what", "slice")],
    "button Cancel": [Effect("Enter", "fake.sent.at(-1)?.type", "cancel")],
    "DisclosureTriangle Panels": [
        Effect("Enter", OPENED, True),
        Effect("Enter Escape Space", OPENED, True),
    ],
    "checkbox Panel (.+)": [Effect("Space", f"{TITLES}.includes({{}})")],
    "button Move (?:up|down) (.+)": [Effect("Enter", f"{TITLES}.indexOf({{}})")],
    "combobox Axis of the traces": [state("ArrowDown", "x_axis", "epoch")],
    "button Logarithmic axis of steps": [state("Enter", "x_log", True)],
    "button Median of the seeds": [state("Enter", "seeds_as", "median")],
    "slider Smoothing": [state("ArrowRight", "smoothing", 0.51), state("Home", "smoothing", 0)],
    "button Zoom into the traces": [state("Enter", "x_range")],
    "button Zoom out of the traces": [state("Enter", "x_range", x_range=[100, 200])],
    "button Earlier": [state("Enter", "x_range", [75, 175], x_range=[100, 200])],
    "button Later": [state("Enter", "x_range", [125, 225], x_range=[100, 200])],
    "button Show all of the traces": [state("Enter", "x_range", [], x_range=[100, 200])],
    "button Logarithmic axis of .+": [Effect("Enter", PRESSED)],
    "button Play the steps": [Effect("Enter", "document.activeElement.getAttribute('aria-label')", "Pause")],
    "slider Step": [
        state("ArrowRight", "step", 31),
        state("ArrowLeft", "step", 29),
        state("Home", "step", 0),
        state("End", "step", 400),
    ],
    "spinbutton Step, exact": [state("Control+A 7 7 Enter", "step", 77)],
    "spinbutton Span of steps, first": [state("9 Tab 5 0 Enter", "selection", [9, 50])],
    "spinbutton Span of steps, last": [state("Control+A 5 Enter", "selection", [2, 5], selection=[2, 9])],
    "button Zoom the traces to the span": [state("Enter", "x_range", [20, 90], selection=[20, 90])],
    "button Clear the span": [state("Enter", "selection", [], selection=[20, 90])],
    "button Follow the training": [state("Enter", "following", False, following=True)],
    "DisclosureTriangle Protocol": [Effect("Enter", OPENED, True)],
    "dialog Python that draws this view": [Effect("Escape", "document.querySelector('.lx-dialog').open", False)],
    "region Python": [Effect("End", "document.activeElement.scrollTop")],
    "button Copy": [
        Effect("Enter", "document.querySelector('.lx-dialog footer [role=status]').textContent.slice(0, 8)", "Selected")
    ],
    "button Close": [Effect("Enter", "document.querySelector('.lx-dialog').open", False)],
}


def pick(page: Any) -> None:
    page.locator(".lx-stage:visible").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")


def open_menus(page: Any) -> None:
    page.evaluate("() => { for (const el of document.querySelectorAll('.lx details')) el.open = true; }")


def open_export(page: Any) -> None:
    page.get_by_role("button", name="Export").press("Enter")


def show_python(page: Any) -> None:
    text = "\n".join(f"line_{i} = {i}" for i in range(200))
    page.evaluate("(text) => fake.message({ type: 'export', format: 'py', name: 'a.py', text })", text)


SCENES: dict[str, tuple[dict[str, Any], Callable[[Any], None]]] = {
    "contour": ({}, lambda _: None),
    "zoomed and brushed": ({"plane_range": ZOOMED, "selection": [20, 90], "following": True}, lambda _: None),
    "surface": ({"view": "surface"}, lambda _: None),
    "checkpoint": ({}, pick),
    "menus": ({}, open_menus),
    "menus of the surface": ({"view": "surface"}, open_menus),
    "export": ({}, open_export),
    "python": ({}, show_python),
    "measuring": ({"status": {"kind": "measuring", "text": "product 3 of 20", "fraction": 0.15}}, pick),
}
# What a notebook's page brings into view; Escape closes what is open.
ANEW = """
(values) => {
  document.querySelector(".lx-dialog").close();
  for (const el of document.querySelectorAll(".lx details")) el.open = false;
  document.querySelector("[aria-label='Pause']")?.click();
  document.querySelector("[aria-label='Close the checkpoint']").click();
  for (const el of document.querySelectorAll(".lx-number")) el.dataset.typing = "no";
  document.querySelector("[data-role=announcer]").textContent = "";
  document.querySelector(".lx-run-scroll").scrollTop = 0;
  document.activeElement.blur();
  for (const [key, value] of Object.entries(values)) fake.push(key, value);
  [window.saved, window.copied, fake.sent.length] = [0, "", 0];
}
"""


def controls(session: Any) -> list[tuple[str, str, bool, int]]:
    """Role, name, whether it is disabled, and the node of everything that can have the focus."""
    found = []
    for node in session.send("Accessibility.getFullAXTree")["nodes"]:
        of = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
        role = node["role"]["value"]
        if not node["ignored"] and of.get("focusable") and role not in ("RootWebArea", "option"):
            found.append((role, node["name"]["value"], bool(of.get("disabled")), node["backendDOMNodeId"]))
    return found


def focused(page: Any, session: Any, node: int, name: str, *, looked_at: bool) -> None:
    """Give a control the focus as a key would, which must be seen where it is `looked_at`."""
    handle = session.send("DOM.resolveNode", {"backendNodeId": node})["object"]["objectId"]

    def call(function: str) -> Any:
        asked = {"objectId": handle, "functionDeclaration": function, "returnByValue": True}
        return session.send("Runtime.callFunctionOn", asked)["result"].get("value")

    call("function () { document.activeElement.blur(); this.scrollIntoView({ block: 'center' }); }")
    x, y, width, height = call(
        "function () { const b = this.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; }"
    )
    clip = {"x": max(0, x - 5), "y": max(0, y - 5), "width": width + 10, "height": height + 10}
    before = page.screenshot(clip=clip) if looked_at else None
    call("function () { this.focus({ preventScroll: true }); }")
    assert call("function () { return this === document.activeElement; }"), f"{name} does not take the focus"
    assert before is None or page.screenshot(clip=clip) != before, f"{name} does not show that it has the focus"


def changed(page: Any, shown: str, before: Any, becomes: Any) -> Any:
    """What an expression of the page gives as soon as it is what it should be, or after some seconds."""
    until = time.monotonic() + PATIENCE
    while True:
        after = page.evaluate(shown)
        if (after != before if becomes is DIFFERENT else after == becomes) or time.monotonic() > until:
            return after
        drawn(page)


def drawn(page: Any) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """Controls that another scene has tried."""
    return set()


@pytest.fixture
def view(page: Any) -> Any:
    content = synthetic.payload()
    content["planes"][0]["beta"] = 0.1 * content["planes"][0]["beta"]  # so that it can be drawn to scale
    for run in content["runs"]:
        for plane, values in run["checkpoints"]["y"].items():
            run["checkpoints"]["y"][plane] = values * (0.1 if plane == "seed0" else 1.0)
    content["protocol"] = "\n".join(f"line {i}" for i in range(60))
    style = (synthetic.STATIC / "explorer.css").read_text(encoding="utf-8")
    page.set_content(f"<!doctype html><html lang=en><style>{style}</style><div id=cell></div></html>")
    page.evaluate(
        """() => {
          window.saved = 0;
          const click = HTMLAnchorElement.prototype.click;
          HTMLAnchorElement.prototype.click = function () {
            if (this.download) window.saved += 1;
            else click.call(this);
          };
          document.execCommand = () => { window.copied = document.activeElement.value; };
        }"""
    )
    header = synthetic.packed(content) | {"can": {"measure": True, "export": True}}
    code = (synthetic.STATIC / "explorer.js").read_text(encoding="utf-8")
    page.evaluate(WIDGET, [code, header, STATE])
    page.wait_for_selector(".lx-trace canvas")
    settle(page)
    yield page
    assert page.errors == []


@pytest.mark.parametrize("scene", list(SCENES))
def test_every_control_does_by_a_key_what_it_is_there_for(view: Any, seen: set[str], scene: str) -> None:
    session = view.context.new_cdp_session(view)
    session.send("DOM.enable")
    values, prepare = SCENES[scene]

    def anew(given: Mapping[str, Any]) -> dict[str, int]:
        view.evaluate(ANEW, STATE | values | dict(given))
        drawn(view)
        prepare(view)
        drawn(view)
        return {f"{role} {name}": node for role, name, disabled, node in controls(session) if not disabled}

    there = controls_of(anew({}))
    assert there, "nothing can have the focus"
    for name in there:
        if name in seen:
            continue
        seen.add(name)
        pattern = next((each for each in CONTROLS if re.fullmatch(each, name)), None)
        assert pattern is not None, f"{name!r} is new: say in CONTROLS what it does by which key"
        groups = re.fullmatch(pattern, name).groups()
        for i, effect in enumerate(CONTROLS[pattern]):
            nodes = anew(effect.given)
            shown = effect.shown.replace("{}", json.dumps(groups[0])) if groups else effect.shown
            focused(view, session, nodes[name], name, looked_at=i == 0)
            before = view.evaluate(shown)
            for key in effect.keys.split():
                view.keyboard.press(key)
            after = changed(view, shown, before, effect.becomes)
            assert before != after, f"{effect.keys} on {name!r} leaves {shown} at {after}"
            assert effect.becomes is DIFFERENT or after == effect.becomes, f"{effect.keys} on {name!r}"


def controls_of(nodes: Mapping[str, int]) -> list[str]:
    unnamed = [name for name in nodes if not name.split(" ", 1)[1].strip()]
    assert unnamed == []
    return list(nodes)


def test_no_entry_is_of_a_control_that_is_gone(seen: set[str]) -> None:
    if not seen:
        pytest.skip("needs the tests above")
    assert [each for each in CONTROLS if not any(re.fullmatch(each, name) for name in seen)] == []
