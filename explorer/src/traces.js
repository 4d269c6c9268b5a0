// The traces along training, one panel per quantity over a common axis: which, in which order, over what, and which part.

import { h, icon } from "./dom.js";
import { panelsFor, positions, specsFor } from "./traceSpecs.js";
import { TracePanel } from "./tracePanel.js";
import { number } from "./format.js";

const AXES = { step: "step", epoch: "epoch", seconds: "training time, s" };

/** All panels. */
export class Traces {
  constructor(app) {
    this.app = app;
    const { store } = app;
    this.panels = [];
    this.made = new Map();
    this.panelHeight = 96;
    this.width = 400;
    this.axisName = h("p", { class: "lx-axis-name" });
    this.axis = h("select", { class: "lx-select", "aria-label": "Axis of the traces", onchange: () => store.set({ x_axis: this.axis.value, x_range: [] }) });
    this.logX = false;
    const pressed = (label, text, title, action) => h("button", { type: "button", class: "lx-mini", "aria-label": label, "aria-pressed": "false", title, text, onclick: action });
    this.logButton = pressed("Logarithmic axis of steps", "log x", "Logarithmic axis of steps", () => store.set({ x_log: !store.get("x_log"), x_range: [] }));
    this.median = pressed("Median of the seeds", "median", "Median of the seeds, in a band from the smallest to the largest", () =>
      store.set({ seeds_as: store.get("seeds_as") === "median" ? "lines" : "median" }),
    );
    this.smoother = h("input", {
      type: "range",
      class: "lx-smoother",
      min: "0",
      max: "0.99",
      step: "0.01",
      "aria-label": "Smoothing",
      title: "Exponential moving average of noisy traces, as TensorBoard's: the raw line is faint",
      oninput: () => store.set({ smoothing: Number(this.smoother.value) }),
    });
    this.smoothLabel = h("span", {});
    const tool = (name, label, action) => h("button", { type: "button", class: "lx-tool", "aria-label": label, title: label, onclick: action }, icon(name));
    this.tools = h(
      "div",
      { class: "lx-tools", role: "group", "aria-label": "Zoom of the traces" },
      tool("plus", "Zoom into the traces", () => this.zoom(0.6)),
      tool("minus", "Zoom out of the traces", () => this.zoom(1 / 0.6)),
      tool("left", "Earlier", () => this.pan(-0.25)),
      tool("right", "Later", () => this.pan(0.25)),
      tool("fit", "Show all of the traces", () => this.show([])),
    );
    this.chooser = h("div", { class: "lx-chooser" });
    this.choice = h("details", { class: "lx-choice" }, h("summary", { class: "lx-button" }, "Panels", icon("down")), this.chooser);
    this.choice.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.choice.open = false;
      this.choice.firstChild.focus();
    });
    this.list = h("div", { class: "lx-trace-list" });
    this.empty = h("p", { class: "lx-empty", text: "No traces were recorded." });
    this.head = h(
      "header",
      { class: "lx-plane-head" },
      h("h3", { text: "Traces" }),
      this.choice,
      this.axis,
      this.logButton,
      this.median,
      h("label", { class: "lx-run-by" }, this.smoothLabel, this.smoother),
      this.tools,
    );
    this.el = h("div", { class: "lx-traces" }, this.head, this.list, this.axisName, this.empty);
  }

  get last() {
    return this.panels[this.panels.length - 1];
  }

  // The axis

  /** Whether every run has positions of its own, so that a step is not one place. */
  get apart() {
    return this.app.store.get("x_axis") === "seconds";
  }

  /** Steps of an epoch of the runs, if they agree. */
  get epoch() {
    return this.app.payload.runs.find(({ epoch }) => epoch)?.epoch ?? null;
  }

  get axes() {
    const { runs } = this.app.payload;
    const epochs = new Set(runs.map(({ epoch }) => epoch ?? null));
    return ["step", ...(epochs.size === 1 && this.epoch ? ["epoch"] : []), ...(runs.some((run) => run.series?.seconds) ? ["seconds"] : [])];
  }

  position(step) {
    const axis = this.app.store.get("x_axis");
    if (axis === "epoch") return step / this.epoch;
    return axis === "step" ? step : NaN;
  }

  /** The step at a position: in time that of the longest run. */
  stepAt(place) {
    const axis = this.app.store.get("x_axis");
    if (axis === "epoch") return place * this.epoch;
    if (axis === "step") return place;
    const run = this.app.entries().map((entry) => entry.run).find(({ series }) => series?.seconds);
    const { seconds } = run?.series ?? { seconds: [] };
    let i = 0;
    while (i < seconds.length - 1 && seconds[i] < place) i++;
    return i;
  }

  words(step, row) {
    const axis = this.app.store.get("x_axis");
    if (axis === "epoch") return `epoch ${number(step / this.epoch, 4)}, step ${step}`;
    return axis === "seconds" && row ? `${number(row.x, 4)} s, step ${step}` : `step ${step}`;
  }

  /** All of the axis that there is. */
  whole() {
    const axis = this.app.store.get("x_axis");
    const last = Math.max(1, this.app.lastStep);
    const low = this.logX ? 1 : 0;
    if (axis === "epoch") return [low / this.epoch, last / this.epoch];
    if (axis === "step") return [low, last];
    let [first, end] = [Infinity, 0];
    for (const { run } of this.app.entries()) {
      const at = positions(run, "seconds", [0, run.steps]);
      if (at[0] > 0 && at[0] < first) [first] = at;
      if (at[1] > end) [, end] = at;
    }
    return end > 0 ? [this.logX ? Math.min(first, end / 2) : 0, end] : [low, 1];
  }

  range() {
    const range = this.app.store.get("x_range");
    return range.length === 2 && range[0] < range[1] ? range : this.whole();
  }

  // Zoom, common to all panels

  show(range) {
    const [low, high] = this.whole();
    if (range.length) {
      const size = Math.min(range[1] - range[0], high - low);
      const from = Math.min(Math.max(range[0], low), high - size);
      range = size >= 0.999 * (high - low) ? [] : [from, from + size];
    }
    this.app.store.set({ x_range: range });
  }

  /** Forth and back between the axis and what zooming is even on. */
  get even() {
    return this.logX ? [Math.log10, (value) => 10 ** value] : [(value) => value, (value) => value];
  }

  zoom(factor, about) {
    const [to, back] = this.even;
    const [a, b] = this.range().map(to);
    const at = about === undefined ? (a + b) / 2 : to(about);
    const least = (to(this.whole()[1]) - to(this.whole()[0])) / 1e4;
    if ((b - a) * factor < least) return;
    this.show([back(at + (a - at) * factor), back(at + (b - at) * factor)]);
  }

  pan(share) {
    const [to, back] = this.even;
    const [a, b] = this.range().map(to);
    this.show([back(a + share * (b - a)), back(b + share * (b - a))]);
  }

  /** Bring places of the axis under pixels of a panel: one moves it, two zoom. */
  fitTo(places, pixels, panel) {
    const [to, back] = this.even;
    const { left, right } = panel.box;
    const [a, b] = this.range().map(to);
    const [p, q] = places.map(to);
    let perPixel = (b - a) / (right - left);
    if (pixels.length === 2 && Math.abs(pixels[1] - pixels[0]) > 8) perPixel = Math.abs((q - p) / (pixels[1] - pixels[0]));
    const from = p - (pixels[0] - left) * perPixel;
    this.show([back(from), back(from + (right - left) * perPixel)]);
  }

  /** Whether the brushed span is what is shown. */
  get zoomed() {
    const span = this.app.store.get("selection").map((step) => this.position(step));
    const range = this.app.store.get("x_range");
    return span.length === 2 && range.length === 2 && span.every((at, i) => Math.abs(at - range[i]) < 1e-9 * Math.abs(at) + 1e-12);
  }

  zoomToSpan() {
    const span = this.app.store.get("selection").map((step) => this.position(step));
    this.show(this.zoomed || span.some(Number.isNaN) ? [] : span);
  }

  // Panels

  /** Make the panels that the runs have values for, keeping those that are there. */
  build() {
    const { store } = this.app;
    this.specs = specsFor(this.app.payload.runs);
    this.keys = keysOf(this.specs);
    const axes = this.axes;
    if (!axes.includes(store.get("x_axis"))) store.set({ x_axis: "step", x_range: [] });
    this.logX = store.get("x_log");
    const shown = panelsFor(this.specs, store.get("panels"));
    this.panels = shown.map((spec) => {
      const key = `${spec.key} ${spec.title}`;
      if (!this.made.has(key)) this.made.set(key, new TracePanel(this, spec));
      return this.made.get(key);
    });
    const elements = this.panels.map((panel) => panel.el);
    if (elements.length !== this.list.children.length || elements.some((el, i) => el !== this.list.children[i])) this.list.replaceChildren(...elements);
    this.empty.hidden = this.specs.length > 0;
    this.head.hidden = this.axisName.hidden = this.specs.length === 0;
    this.drawControls(axes);
    for (const panel of this.panels) panel.build();
    this.placed = null;
  }

  drawControls(axes) {
    const { store } = this.app;
    this.axis.replaceChildren(...axes.map((axis) => h("option", { value: axis, text: AXES[axis] })));
    this.axis.value = store.get("x_axis");
    this.axisName.textContent = AXES[store.get("x_axis")];
    this.logButton.setAttribute("aria-pressed", String(this.logX));
    this.median.setAttribute("aria-pressed", String(store.get("seeds_as") === "median"));
    this.median.hidden = new Set(this.app.payload.runs.map(({ seed }) => seed)).size < 2;
    const smoothing = store.get("smoothing");
    if (document.activeElement !== this.smoother) this.smoother.value = String(smoothing);
    this.smoothLabel.textContent = `smooth ${smoothing.toFixed(2)}`;
    this.smoother.setAttribute("aria-valuetext", smoothing ? `moving average of weight ${smoothing}` : "none");
    this.drawChooser();
  }

  drawChooser() {
    const keys = this.panels.map(({ spec }) => spec.key);
    const others = this.specs.filter(({ key }) => !keys.includes(key));
    const active = document.activeElement;
    const refocus = this.chooser.contains(active) ? active.getAttribute("aria-label") : null;
    const set = (next) => this.app.store.set({ panels: next });
    const move = (key, by) => {
      const at = keys.indexOf(key);
      const next = keys.filter((other) => other !== key);
      next.splice(at + by, 0, key);
      set(next);
    };
    const row = ({ key, title }, at) => {
      const shown = at >= 0;
      const box = h("input", { type: "checkbox", "aria-label": `Panel ${title}`, onchange: () => set(shown ? keys.filter((other) => other !== key) : [...keys, key]) });
      box.checked = shown;
      box.disabled = shown && keys.length === 1;
      const button = (name, label, by, off) =>
        h("button", { type: "button", class: "lx-mini lx-square", "aria-label": `${label} ${title}`, title: label, disabled: off, onclick: () => move(key, by) }, icon(name));
      const order = shown ? [button("up", "Move up", -1, at === 0), button("down", "Move down", 1, at === keys.length - 1)] : [];
      return h("div", { class: "lx-choose" }, h("label", {}, box, h("span", { text: title })), ...order);
    };
    this.chooser.replaceChildren(...this.panels.map(({ spec }, at) => row(spec, at)), ...others.map((spec) => row(spec, -1)));
    if (refocus !== null) this.chooser.querySelector(`[aria-label="${CSS.escape(refocus)}"]`)?.focus();
  }

  /** Whether the runs have values for other panels than there are. */
  outdated() {
    return keysOf(specsFor(this.app.payload.runs)) !== this.keys;
  }

  resize(width, panelHeight) {
    const placed = `${width} ${panelHeight} ${this.panels.length}`;
    if (placed === this.placed) return;
    this.placed = placed;
    this.width = width;
    this.panelHeight = panelHeight;
    for (const panel of this.panels) panel.resize();
    this.draw();
  }

  /** Draw again from longer series of the same runs. */
  refresh() {
    for (const panel of this.panels) panel.build();
    this.draw();
  }

  draw() {
    this.logX = this.app.store.get("x_log");
    for (const panel of this.panels) panel.draw();
  }

  drawCursors() {
    for (const panel of this.panels) panel.drawCursor();
  }
}

function keysOf(specs) {
  return specs.map(({ key, title }) => `${key} ${title}`).join();
}
