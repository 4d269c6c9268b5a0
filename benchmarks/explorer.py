"""What a frame of the explorer costs while its step slider is dragged: 20 and 200 runs of 5,000 steps.

python benchmarks/explorer.py

The standalone page is opened in headless Chromium; every animation frame moves the slider. Chromium's own trace says
what the page's main thread did in each frame: scripts, style, layout, painting, and handing over to the compositor. No
graphics card is used: the contour view's canvases are drawn by the main thread itself and count. The 3-D view's WebGL
would be emulated by another process (SwiftShader), which takes seconds for what a graphics card does in a millisecond
and would set the pace: its draw calls are counted and not sent. Results go to benchmarks/results/explorer.{json,md}.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results"
sys.path.insert(0, str(ROOT / "tests" / "browser"))

import synthetic_explorer as synthetic  # noqa: E402

WARM_UP = 20
TRACE_SECONDS = 60
CATEGORIES = ("disabled-by-default-devtools.timeline", "devtools.timeline", "toplevel")
VIEWS = {"contour": "[data-view=contour]", "3-D": "[data-view=surface]"}
FRAMES = 200
COUNTED = """
for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced"]) {
  WebGL2RenderingContext.prototype[name] = () => { window.calls = (window.calls ?? 0) + 1; };
}
"""
RUNS = {20: {"seeds": 4, "rates": (0.1,)}, 200: {"seeds": 8, "rates": (0.01, 0.03, 0.1, 0.3, 1.0)}}  # of 5 methods
FLAGS = ["--no-sandbox", "--disable-gpu", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
TASK = "ThreadControllerImpl::RunTask"
SIZE = {"width": 1280, "height": 800}

SCRUB = """
(frames) => new Promise((resolve) => {
  const slider = document.querySelector(".lx-slider");
  const last = Number(slider.max);
  const times = [];
  let i = 0;
  const frame = (now) => {
    times.push(now);
    if (i === frames) { resolve(times); return; }
    const t = i / frames;
    slider.value = String(Math.round(last * (0.5 - 0.5 * Math.cos(6 * Math.PI * t))));
    performance.mark("frame");
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    i += 1;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})
"""


def traced(session: CDPSession, page: Page, frames: int) -> tuple[list[dict[str, Any]], list[float]]:
    """Chromium's trace events while the slider moves, and the times of the animation frames in ms."""
    events: list[dict[str, Any]] = []
    done: list[bool] = []
    session.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    session.on("Tracing.tracingComplete", lambda _: done.append(True))
    categories = ",".join((*CATEGORIES, "blink.user_timing"))
    session.send("Tracing.start", {"categories": categories, "transferMode": "ReportEvents"})
    times = page.evaluate(SCRUB, frames)
    session.send("Tracing.end")
    deadline = time.monotonic() + TRACE_SECONDS
    while not done:
        if time.monotonic() > deadline:
            raise TimeoutError(f"Chromium did not hand over its trace within {TRACE_SECONDS} s: run it again")
        page.wait_for_timeout(50)
    return events, times


def per_frame(events: Sequence[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Milliseconds of the page's main thread in each frame, from one moved slider to the next: on the processor, by the
    clock.

    The two differ where other programs keep the machine busy.
    """
    marks = sorted((e["ts"], e["pid"], e["tid"]) for e in events if e.get("name") == "frame" and e.get("ph") == "I")
    if len(marks) < 2:
        raise RuntimeError("the trace has no marks of frames: Chromium's format may have changed")
    _, pid, tid = marks[0]
    tasks = [e for e in events if e.get("name") == TASK and (e["pid"], e["tid"]) == (pid, tid) and e.get("ph") == "X"]
    tasks.sort(key=lambda e: e["ts"])
    # A mark is made inside its frame's task, so a task belongs to the last mark before its end.
    busy, wall = [0.0] * len(marks), [0.0] * len(marks)
    at = -1
    for task in tasks:
        end = task["ts"] + task.get("dur", 0)
        while at + 1 < len(marks) and marks[at + 1][0] < end:
            at += 1
        if at >= 0:
            busy[at] += task.get("tdur", 0) / 1000
            wall[at] += task.get("dur", 0) / 1000
    return busy[WARM_UP:-1], wall[WARM_UP:-1]


def measure(page: Page, session: CDPSession, frames: int) -> dict[str, float]:
    page.evaluate("() => { window.calls = 0; }")
    events, times = traced(session, page, frames + WARM_UP)
    calls = page.evaluate("() => window.calls")
    busy, wall = per_frame(events)
    gaps = [b - a for a, b in pairwise(times)][WARM_UP:]
    return {
        "frames": len(busy),
        "median_ms": statistics.median(busy),
        "p95_ms": statistics.quantiles(busy, n=20)[-1],
        "median_wall_ms": statistics.median(wall),
        "interval_ms": statistics.median(gaps),
        "calls": calls / len(times),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--runs", type=int, nargs="*", default=list(RUNS))
    arguments.add_argument("--views", nargs="*", choices=list(VIEWS), default=list(VIEWS))
    arguments.add_argument("--chromium", default="/usr/bin/chromium")
    chosen = arguments.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for runs in chosen.runs:
            path = Path(folder) / f"explorer{runs}.html"
            path.write_text(synthetic.page(crowded(RUNS[runs])), encoding="utf-8")
            for view in chosen.views:
                browser = playwright.chromium.launch(executable_path=chosen.chromium, args=FLAGS)
                page = browser.new_page(viewport=SIZE)
                page.add_init_script(COUNTED)
                page.goto(path.as_uri())
                page.wait_for_selector(".lx-trace canvas")
                page.get_by_role("button", name="Show all runs that are found").click()
                page.click(VIEWS[view])
                page.wait_for_timeout(3000)
                rows.append({"runs": runs, "view": view} | measure(page, page.context.new_cdp_session(page), FRAMES))
                save(rows, browser.version)
                browser.close()


def crowded(sizes: dict[str, Any]) -> dict[str, Any]:
    """A payload with every run on the plane: the most there can be to draw."""
    content = synthetic.payload(methods=5, steps=5000, checkpoints=26, points=101, **sizes)
    for run in content["runs"]:
        first = next(r for r in content["runs"] if r["method"] == run["method"] and r["seed"] == 0)
        count = len(run["checkpoints"]["step"])
        shift = 0.05 * run["seed"] + 0.03 * float(np.log10(run["settings"]["lr"] / 0.1))
        for axis in ("x", "y", "off_plane"):
            run["checkpoints"][axis] = {
                name: (values + shift)[:count] for name, values in first["checkpoints"][axis].items()
            }
    return content


def save(rows: list[dict[str, Any]], version: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    setting: dict[str, Any] = {
        "chromium": version,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "steps": 5000,
        "plane": [101, 101],
    }
    (RESULTS / "explorer.json").write_text(json.dumps({"setting": setting, "rows": rows}, indent=1) + "\n")
    lines = [
        "# A frame of the explorer while its slider is dragged",
        "",
        "Runs of 5,000 steps, 26 checkpoints each, all on a plane of 101 x 101; standalone page of "
        f"{SIZE['width']} x {SIZE['height']} in headless",
        f"Chromium {version}, no graphics card. What the page's main thread did between two moves of the slider, by "
        f"Chromium's",
        "trace: scripts, style, layout, paint, commit. The contour view's canvases are drawn within it; the 3-D "
        "view's draw calls",
        "are counted and not sent, as without a graphics card another process would emulate it and set the pace.",
        f"Load average of the machine ({os.cpu_count()} cores) at the end: {os.getloadavg()[0]:.1f}.",
        "",
        "| runs | view | frames | median, processor ms | 95 % below | median, ms by the clock | median from frame to "
        "frame, ms | draw calls of WebGL a frame |",
        "|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    keys = ("median_ms", "p95_ms", "median_wall_ms", "interval_ms")
    lines += [
        f"| {r['runs']} | {r['view']} | {r['frames']} | "
        + " | ".join(f"{r[k]:.1f}" for k in keys)
        + f" | {r['calls']:.0f} |"
        for r in rows
    ]
    text = "\n".join(lines) + "\n"
    (RESULTS / "explorer.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
