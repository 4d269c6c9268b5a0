// The plane seen from above. Five stacked canvases, each redrawn only when what it shows changes:
// field (bands, axes), ahead (whole trajectories, faint), lines (as far as the step), dots (checkpoints), heads (and pointer).

import { Layer, h, icon } from "./dom.js";
import { number, plain } from "./format.js";
import { nearestIndex, panned, plotFrame, stretch, toScale, wholeWindow, windowAround, zoomed } from "./frame.js";
import { planeContours } from "./contours.js";
import { labelPlaces, margins, paintAxes, paintBar, paintBarMark, paintField, paintLabels } from "./planePaint.js";
import {
  along, nearestCheckpoint, paintAhead, paintDots, paintHeads, paintLines, paintSpan, screenPath,
  shifted, shiftsApart,
} from "./trajectories.js"; // prettier-ignore
import { joined, planeRows, saveMenu, trajectoryRows } from "./panelFiles.js";
import { Tooltip } from "./tooltip.js";
import { head } from "./runs.js";

const MOST_HEIGHT = 540;
const HELP =
  "Arrow keys go along the checkpoints of a run and from run to run; Enter opens a checkpoint; plus and minus zoom; with Shift, arrow keys move what is zoomed; 0 shows all.";
const MOVE = 0.15; // of what is shown, by a key

const axisWord = (label, otherwise) => plain(label) || otherwise;

export class PlanePanel {
  constructor(app) {
    this.app = app;
    this.layers = ["field", "ahead", "lines", "dots", "heads"].map((name) => new Layer(`lx-layer lx-${name}`));
    [this.field, this.ahead, this.lines, this.dots, this.heads] = this.layers;
    this.stage = h("div", {
      class: "lx-stage",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "interactive contour plot",
      "aria-describedby": `${app.id}-plane-help`,
    });
    this.stage.append(...this.layers.map((layer) => layer.canvas));
    this.tooltip = new Tooltip(this.stage);
    const tool = (name, label, action) =>
      h("button", { type: "button", class: "lx-tool", "aria-label": label, title: label, onclick: action }, icon(name));
    const press = (text, label, key) =>
      h("button", { type: "button", class: "lx-mini", "aria-label": label, title: label, text, onclick: () => app.store.set({ [key]: !app.store.get(key) }) });
    this.scaleButton = press("1:1", "To scale, a unit as long along both axes", "to_scale");
    this.apartButton = press("apart", "Draw trajectories apart that lie on one another", "apart");
    this.said = []; // what the picture does to the plane
    this.tools = h(
      "div",
      { class: "lx-tools", role: "group", "aria-label": "Zoom" },
      tool("plus", "Zoom in", () => this.zoom(0.6)),
      tool("minus", "Zoom out", () => this.zoom(1 / 0.6)),
      tool("focus", "Zoom to the trajectories", () => this.zoomToPaths()),
      tool("fit", "Show the whole plane", () => this.show(null)),
      this.scaleButton,
      this.apartButton,
      saveMenu(app, "the plane", {
        image: () => joined(this.layers.map(({ canvas }) => canvas)),
        data: () => planeRows(app.plane()),
        trajectories: () => trajectoryRows(app.entries(), app.plane()),
      }),
    );
    this.el = h(
      "div",
      { class: "lx-plane-view" },
      this.stage,
      h("p", { class: "lx-hidden", id: `${app.id}-plane-help`, text: HELP }),
    );
    this.cursor = null; // {runId, index} under the keyboard
    this.pointer = null;
    this.listen();
  }

  listen() {
    const { stage } = this;
    let drag = null;
    stage.addEventListener("pointermove", (event) => {
      const [x, y] = this.position(event);
      if (drag) {
        const moved = Math.hypot(x - drag.x, y - drag.y);
        if (moved > 3) drag.moved = true;
        if (drag.moved && this.window) {
          const dx = this.frame.invertX(drag.x) - this.frame.invertX(x);
          const dy = this.frame.invertY(drag.y) - this.frame.invertY(y);
          this.show(panned(drag.window, dx, dy, wholeWindow(this.app.plane())));
          return;
        }
      }
      this.point(x, y);
    });
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const [x, y] = this.position(event);
      drag = { x, y, window: this.window, moved: false };
      if (this.window && this.frame?.contains(x, y)) stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener("pointerup", (event) => {
      const wasDrag = drag?.moved && this.window;
      drag = null;
      if (wasDrag || event.button !== 0) return;
      const [x, y] = this.position(event);
      const hit = nearestCheckpoint(this.entries, x, y, event.pointerType === "touch" ? 24 : 14);
      if (hit) this.app.pick(hit.entry.run.id, hit.index);
    });
    stage.addEventListener("pointercancel", () => (drag = null));
    stage.addEventListener("pointerleave", () => this.leave());
    stage.addEventListener("dblclick", (event) => {
      const [x, y] = this.position(event);
      if (this.frame?.contains(x, y)) this.zoom(0.5, x, y);
    });
    stage.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return; // the page scrolls, unless a modifier says zoom
        event.preventDefault();
        const [x, y] = this.position(event);
        this.zoom(Math.exp(event.deltaY * 0.003), x, y);
      },
      { passive: false },
    );
    stage.addEventListener("keydown", (event) => this.key(event));
    stage.addEventListener("blur", () => {
      this.cursor = null;
      this.leave();
    });
  }

  position(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  key(event) {
    const moves = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    if (event.key in moves && event.shiftKey) this.move(...moves[event.key]);
    else if (event.key in moves) this.step(...moves[event.key]);
    else if (event.key === "Enter" && this.cursor) this.app.pick(this.cursor.runId, this.cursor.index, true);
    else if (event.key === "+" || event.key === "=") this.zoom(0.6);
    else if (event.key === "-") this.zoom(1 / 0.6);
    else if (event.key === "0") this.show(null);
    else return;
    event.preventDefault();
  }

  /** Move the keyboard's cursor by checkpoints and runs. */
  step(alongRun, acrossRuns) {
    const { entries } = this;
    if (!entries.length) return;
    let at = entries.findIndex(({ run }) => run.id === this.cursor?.runId);
    if (at < 0) {
      at = 0;
      const here = head(entries[0].run, this.app.plane().id, this.app.store.get("step"));
      this.cursor = { runId: entries[0].run.id, index: here?.index ?? 0 };
    } else {
      at = (at + acrossRuns + entries.length) % entries.length;
      const last = entries[at].points.length / 2 - 1;
      this.cursor = { runId: entries[at].run.id, index: Math.min(Math.max(this.cursor.index + alongRun, 0), last) };
    }
    const entry = entries[at];
    const { index } = this.cursor;
    this.app.hover({ runId: entry.run.id });
    this.readCheckpoint(entry, index);
    this.app.announce(this.words(entry, index), 0);
    this.app.frames.request("heads");
  }

  words({ run, name }, index) {
    const { checkpoints } = run;
    const parts = [`${name}, checkpoint at step ${checkpoints.step[index]}`];
    if (checkpoints.loss) parts.push(`loss ${number(checkpoints.loss[index], 4)}`);
    return parts.join(", ");
  }

  zoom(factor, x, y) {
    if (!this.frame) return;
    const limit = wholeWindow(this.app.plane());
    const view = this.window ?? limit;
    const cx = x === undefined ? (view.x0 + view.x1) / 2 : this.frame.invertX(x);
    const cy = y === undefined ? (view.y0 + view.y1) / 2 : this.frame.invertY(y);
    this.show(zoomed(view, factor, cx, cy, limit));
  }

  /** Move what is shown of a zoomed plane. */
  move(right, down) {
    const { window: view } = this;
    if (view) this.show(panned(view, MOVE * right * (view.x1 - view.x0), -MOVE * down * (view.y1 - view.y0), wholeWindow(this.app.plane())));
  }

  zoomToPaths() {
    const plane = this.app.plane();
    const points = this.entries.flatMap(({ run }) =>
      Array.from(run.checkpoints.x[plane.id], (x, i) => [x, run.checkpoints.y[plane.id][i]]),
    );
    this.show(windowAround(points, wholeWindow(plane)));
  }

  /** Show a part of the plane; null for all of it. */
  show(view) {
    const whole = wholeWindow(this.app.plane());
    const part = view && view.x1 - view.x0 < 0.999 * (whole.x1 - whole.x0);
    this.app.store.set({ plane_range: part ? [view.x0, view.x1, view.y0, view.y1] : [] });
  }

  /** Height the panel wants at a width. */
  heightFor(width) {
    const plane = this.app.plane();
    if (!plane) return 200;
    const view = wholeWindow(plane);
    const shape = this.app.toScale() ? (view.y1 - view.y0) / (view.x1 - view.x0) : 0.7;
    const inner = (margin) =>
      Math.round(Math.min(Math.max(80, width - margin.left - margin.right) * Math.min(Math.max(shape, 0.3), 1.3), MOST_HEIGHT));
    const { context } = this.field;
    const label = this.app.lossLabel();
    this.margin = margins(context, Infinity, label);
    this.margin = margins(context, inner(this.margin), label);
    return inner(this.margin) + this.margin.top + this.margin.bottom;
  }

  resize(width) {
    const height = this.heightFor(width);
    this.stage.style.height = `${height}px`;
    for (const layer of this.layers) layer.resize(width, height);
    this.size = [width, height];
  }

  /** The part of the plane that is shown; null for all of it. */
  get window() {
    const [x0, x1, y0, y1] = this.app.store.get("plane_range");
    return x0 < x1 && y0 < y1 ? { x0, x1, y0, y1 } : null;
  }

  setPlane() {
    this.cursor = null;
    this.shapes = null;
  }

  /** Forget the contours, whose colours depend on the losses of the checkpoints. */
  invalidate() {
    this.shapes = null;
  }

  get entries() {
    return this.placed ?? [];
  }

  drawField() {
    const plane = this.app.plane();
    if (!plane || !this.size) return;
    const { colors } = this.app;
    const scale = this.app.lossScale();
    this.shapes ??= planeContours(plane, scale);
    this.view = this.window ?? wholeWindow(plane);
    this.frame = plotFrame(...this.size, this.margin, this.view, this.app.toScale());
    const context = this.field.clear();
    paintField(context, plane, this.shapes, this.frame, colors);
    this.place();
    this.labels = labelPlaces(this.shapes, plane, this.frame, this.entries.flatMap(({ points }) => along(points)));
    paintLabels(context, this.labels);
    paintAxes(context, plane, this.frame, this.view, colors);
    paintBar(context, scale, this.frame, colors, this.app.lossLabel());
    this.stage.classList.toggle("lx-zoomed", Boolean(this.window));
    this.stage.setAttribute("aria-label", this.label(plane, scale));
  }

  label(plane, scale) {
    const runs = this.entries.length;
    const range = `contours of the loss from ${number(scale.low, 3)} to ${number(scale.high, 3)}`;
    const known = scale.flat ? `a loss of ${number(scale.ticks[0], 3)} everywhere` : range;
    const shown = scale.known ? known : "no loss known";
    return `${plane.label || "Plane"}: ${shown}, trajectories of ${runs} ${runs === 1 ? "run" : "runs"}`;
  }

  /** The run in focus, if it is on this plane; others do not recede before one that is not to be seen. */
  focus() {
    const focus = this.app.focus();
    return this.entries.some(({ run }) => run.id === focus) ? focus : null;
  }

  place() {
    const plane = this.app.plane();
    const entries = this.app.entries().filter(({ run }) => run.checkpoints?.x?.[plane.id]?.length);
    const paths = entries.map(({ run }) => screenPath(run, plane.id, this.frame));
    const shifts = this.app.store.get("apart") ? shiftsApart(paths) : null;
    this.placed = entries.map((entry, i) => {
      const frame = shifts ? shifted(this.frame, shifts[i]) : this.frame;
      return { ...entry, frame, points: shifts ? screenPath(entry.run, plane.id, frame) : paths[i] };
    });
    this.said = [];
    if (plane.orthonormal && !this.app.toScale()) {
      const times = number(stretch(this.frame, this.view), 2);
      this.said.push(`Not to scale: a unit of ${axisWord(plane.ylabel, "β")} is drawn ${times} times as long as one of ${axisWord(plane.xlabel, "α")}.`);
    }
    if (shifts) this.said.push("Trajectories that lie on one another are drawn a few pixels apart.");
    this.app.shell.drawNotes();
    this.scaleButton.hidden = !plane.orthonormal || toScale(plane, false);
    this.scaleButton.setAttribute("aria-pressed", String(this.app.toScale()));
    this.apartButton.setAttribute("aria-pressed", String(this.app.store.get("apart")));
  }

  clip(context) {
    context.save();
    context.beginPath();
    context.rect(this.frame.left, this.frame.top, this.frame.width, this.frame.height);
    context.clip();
  }

  drawPaths() {
    if (!this.frame) return;
    this.place();
    const { ground, ink } = this.app.colors;
    const ahead = this.ahead.clear();
    this.clip(ahead);
    paintAhead(ahead, this.entries, ground);
    ahead.restore();
    const dots = this.dots.clear();
    this.clip(dots);
    paintDots(dots, this.entries, this.app.lossScale(), ground, ink);
    dots.restore();
    this.drawLines();
  }

  drawLines() {
    if (!this.frame) return;
    const { store, colors } = this.app;
    const context = this.lines.clear();
    const plane = this.app.plane().id;
    this.clip(context);
    const span = store.get("selection");
    if (span.length) paintSpan(context, this.entries, plane, span, colors);
    paintLines(context, this.entries, plane, store.get("step"), this.focus(), colors.ground);
    context.restore();
  }

  drawHeads() {
    if (!this.frame) return;
    const { store, colors } = this.app;
    const context = this.heads.clear();
    const plane = this.app.plane();
    this.clip(context);
    paintHeads(context, this.entries, plane.id, store.get("step"), this.focus(), colors.ground);
    const ring = (runId, index, radius, width) => {
      const entry = this.entries.find(({ run }) => run.id === runId);
      if (!entry || 2 * index >= entry.points.length) return;
      const [x, y] = [entry.points[2 * index], entry.points[2 * index + 1]];
      for (const [color, w] of [[colors.ground, width + 2.5], [colors.ink, width]]) {
        context.beginPath();
        context.arc(x, y, radius, 0, 2 * Math.PI);
        context.strokeStyle = color;
        context.lineWidth = w;
        context.stroke();
      }
    };
    const picked = store.get("picked");
    if (picked) ring(picked.runId, picked.index, 9, 1.8);
    if (this.cursor) ring(this.cursor.runId, this.cursor.index, 7, 1.4);
    if (this.pointer?.hit) ring(this.pointer.hit.entry.run.id, this.pointer.hit.index, 6, 1.4);
    else if (this.pointer) this.drawCross(context, colors);
    context.restore();
    if (this.pointer) paintBarMark(context, this.app.lossScale(), this.frame, this.pointer.loss, colors);
  }

  drawCross(context, colors) {
    const { gx, gy } = this.pointer;
    const [x, y] = [this.frame.x(gx), this.frame.y(gy)];
    for (const [color, w] of [[colors.ground, 3], [colors.ink, 1]]) {
      context.beginPath();
      context.moveTo(x - 5, y);
      context.lineTo(x + 5, y);
      context.moveTo(x, y - 5);
      context.lineTo(x, y + 5);
      context.strokeStyle = color;
      context.lineWidth = w;
      context.stroke();
    }
  }

  /** Read the values under the pointer: the nearest grid point's, never one between, and the nearest checkpoint's. */
  point(x, y) {
    if (!this.frame?.contains(x, y)) {
      this.leave();
      return;
    }
    const plane = this.app.plane();
    const [a, b] = [this.frame.invertX(x), this.frame.invertY(y)];
    const [i, j] = [nearestIndex(plane.alpha, a), nearestIndex(plane.beta, b)];
    const loss = plane.loss[j * plane.alpha.length + i];
    const hit = nearestCheckpoint(this.entries, x, y);
    this.pointer = { hit, loss, gx: plane.alpha[i], gy: plane.beta[j] };
    this.stage.classList.toggle("lx-on-checkpoint", Boolean(hit));
    if (hit) {
      this.pointer.loss = hit.entry.run.checkpoints.loss?.[hit.index] ?? loss;
      this.app.hover({ runId: hit.entry.run.id });
      this.readCheckpoint(hit.entry, hit.index);
    } else {
      this.app.hover(null);
      this.tooltip.show(x, y, [
        ["loss", Number.isFinite(loss) ? number(loss, 6) : `${number(loss)} (not finite)`],
        ["at grid point", `α ${number(plane.alpha[i], 5)}, β ${number(plane.beta[j], 5)}`],
        ["pointer", `α ${number(a, 5)}, β ${number(b, 5)}`],
      ]);
    }
    this.app.frames.request("heads");
  }

  readCheckpoint({ run, name, look, points }, index) {
    const { checkpoints } = run;
    const plane = this.app.plane().id;
    const rows = [["step", String(checkpoints.step[index])]];
    if (checkpoints.loss) rows.push(["loss", number(checkpoints.loss[index], 6)]);
    rows.push(["α, β", `${number(checkpoints.x[plane][index], 5)}, ${number(checkpoints.y[plane][index], 5)}`]);
    if (checkpoints.off_plane?.[plane]) rows.push(["off the plane", number(checkpoints.off_plane[plane][index], 4)]);
    this.tooltip.show(points[2 * index], points[2 * index + 1], rows, { text: name, color: look.color });
  }

  leave() {
    this.tooltip.hide();
    if (!this.pointer && !this.app.store.get("hover")) return;
    this.pointer = null;
    this.stage.classList.remove("lx-on-checkpoint");
    this.app.hover(null);
    this.app.frames.request("heads");
  }
}
