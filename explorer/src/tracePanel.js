// One quantity along training. Lines and axes are drawn once per view of them; the cursor, the heads, the brushed span and the run
// under the pointer are on a canvas above.

import { Layer, h, setText } from "./dom.js";
import { number, tick } from "./format.js";
import { roundValues } from "./colour.js";
import { between, curvesOf, outline, placeAt, valueAt, valueRange } from "./traceSpecs.js";
import { FONT } from "./planePaint.js";
import { curveRows, joined, saveMenu } from "./panelFiles.js";
import { RunsTooltip } from "./tooltip.js";
import { listenToTrace } from "./traceGestures.js";

const AXIS = 52; // px left of every panel, so that they align
const RIGHT = 18;
const TOP = 4;
const X_AXIS = 34;
const REACH = 40; // px within which a line is under the pointer
const MANY = 12; // curves from which lines are thinner

export class TracePanel {
  constructor(traces, spec) {
    this.traces = traces;
    this.app = traces.app;
    this.spec = spec;
    this.smoothed = h("span", { class: "lx-smoothed" });
    this.readName = h("span", { class: "lx-read-name" });
    this.readValues = h("span", { class: "lx-read-values" });
    this.readout = h("output", { class: "lx-readout", "aria-live": "off" }, this.readName, this.readValues);
    this.logButton = h("button", {
      type: "button",
      class: "lx-mini",
      "aria-pressed": String(this.log),
      "aria-label": `Logarithmic axis of ${spec.title}`,
      title: "Logarithmic axis",
      text: "log",
      onclick: () => this.toggleLog(),
    });
    this.base = new Layer("lx-trace-base");
    this.overlay = new Layer("lx-trace-overlay");
    this.plot = h("div", { class: "lx-trace-plot", role: "img", "aria-label": `${spec.title} along training` }, this.base.canvas, this.overlay.canvas);
    this.el = h(
      "section",
      { class: "lx-trace", "data-trace": spec.key },
      h(
        "header",
        {},
        h("h4", {}, spec.title, this.smoothed),
        this.readout,
        this.logButton,
        saveMenu(this.app, spec.title, { image: () => joined([this.base.canvas, this.overlay.canvas], this.title()), data: () => curveRows(this.curves) }, "lx-mini lx-square"),
      ),
      this.plot,
    );
    this.tooltip = new RunsTooltip(this.plot);
    listenToTrace(this);
  }

  /** What the panel shows, for a picture of it. */
  title() {
    return `${this.spec.title}${this.smoothed.textContent}, over ${this.traces.axisName.textContent}`;
  }

  get log() {
    return this.spec.log !== this.app.store.get("log_axes").includes(this.spec.key);
  }

  toggleLog() {
    const { key } = this.spec;
    const now = this.app.store.get("log_axes");
    this.app.store.set({ log_axes: now.includes(key) ? now.filter((other) => other !== key) : [...now, key] });
  }

  /** Read the runs anew. */
  build() {
    const { store } = this.app;
    const smoothing = store.get("smoothing");
    this.curves = curvesOf(this.spec, this.app.entries(), {
      axis: store.get("x_axis"),
      smoothing,
      median: store.get("seeds_as") === "median",
    });
    const words = [
      this.spec.noisy && smoothing > 0 ? `smoothed (EMA ${smoothing})` : "",
      this.curves.some(({ low }) => low) ? "median of seeds, smallest to largest" : "",
    ];
    const said = words.filter(Boolean).join(", ");
    setText(this.smoothed, said ? `, ${said}` : "");
  }

  get isLast() {
    return this.traces.last === this;
  }

  resize() {
    const height = this.traces.panelHeight + (this.isLast ? X_AXIS : 4);
    this.plot.style.height = `${height}px`;
    this.base.resize(this.traces.width, height);
    this.overlay.resize(this.traces.width, height);
    this.box = { left: AXIS, right: this.traces.width - RIGHT, top: TOP, bottom: this.traces.panelHeight };
  }

  /** Maps between positions on the axis and pixels. */
  scales() {
    const { left, right, top, bottom } = this.box;
    const [x0, x1] = this.traces.range();
    const logX = this.traces.logX;
    const [a, b] = logX ? [Math.log10(x0), Math.log10(x1)] : [x0, x1];
    const width = right - left;
    this.x = (value) => left + (((logX ? (value > 0 ? Math.log10(value) : NaN) : value) - a) / (b - a)) * width;
    this.invertX = (px) => {
      const at = a + ((px - left) / width) * (b - a);
      return logX ? 10 ** at : at;
    };
    const columns = this.curves.flatMap((curve) => {
      const [from, to] = between(curve.x, x0, x1);
      return [curve.y, curve.low, curve.high].filter(Boolean).map((column) => column.subarray?.(from, to + 1) ?? column.slice(from, to + 1));
    });
    const [low, high] = valueRange(columns, this.log);
    this.range = [low, high];
    const [c, d] = this.log ? [Math.log10(low), Math.log10(high)] : [low, high];
    this.y = (value) => bottom - (((this.log ? Math.log10(value) : value) - c) / (d - c)) * (bottom - top);
  }

  draw() {
    if (!this.box || this.box.right <= this.box.left) return;
    this.scales();
    this.logButton.setAttribute("aria-pressed", String(this.log));
    const context = this.base.clear();
    this.drawAxes(context);
    context.save();
    context.beginPath();
    context.rect(this.box.left - 3, this.box.top - 3, this.box.right - this.box.left + 6, this.box.bottom - this.box.top + 6);
    context.clip();
    context.lineJoin = "bevel";
    for (const curve of this.curves) if (curve.low) this.drawBand(context, curve);
    const many = this.curves.length > MANY;
    context.globalAlpha = many ? 0.1 : 0.22;
    for (const curve of this.curves) if (curve.raw) this.stroke(context, curve, curve.raw, 1, []);
    context.globalAlpha = many ? 0.8 : 0.95;
    for (const curve of this.curves) {
      const dash = curve.points || this.spec.key === "lr" || curve.wide || curve.low ? curve.look.dash : [];
      this.stroke(context, curve, curve.y, curve.wide ? 1.8 : many ? 0.9 : 1.3, this.curves.length > 60 ? [] : dash);
      if (curve.points) this.drawPoints(context, curve);
    }
    context.restore();
  }

  drawAxes(context) {
    const { colors } = this.app;
    const { left, right, top, bottom } = this.box;
    const [x0, x1] = this.traces.range();
    context.font = FONT;
    context.lineWidth = 1;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of roundValues(...this.range, this.log, Math.max(3, Math.round((bottom - top) / 30)))) {
      const y = Math.round(this.y(value)) + 0.5;
      line(context, left, y, right, y, colors.grid);
      context.fillStyle = colors.ink2;
      context.fillText(tick(value), left - 6, y);
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const value of roundValues(x0, x1, this.traces.logX, 6)) {
      const x = Math.round(this.x(value)) + 0.5;
      line(context, x, top, x, bottom, colors.grid);
      if (!this.isLast) continue;
      line(context, x, bottom, x, bottom + 4, colors.rule);
      context.fillStyle = colors.ink2;
      context.fillText(tick(Number(value.toPrecision(10))), x, bottom + 7);
    }
    line(context, left, bottom + 0.5, right, bottom + 0.5, colors.rule);
  }

  /** The part of a curve that is in sight, as pixels. */
  pixels(curve, values) {
    const x = (value) => this.x(value);
    return outline(curve.x, values, between(curve.x, ...this.traces.range()), x, this.y, this.log);
  }

  stroke(context, curve, values, width, dash) {
    context.setLineDash(dash);
    context.strokeStyle = curve.look.color;
    context.lineWidth = width;
    context.beginPath();
    path(context, this.pixels(curve, values));
    context.stroke();
    context.setLineDash([]);
  }

  drawBand(context, curve) {
    const [upper, lower] = [this.pixels(curve, curve.high), this.pixels(curve, curve.low)];
    context.globalAlpha = 0.18;
    context.fillStyle = curve.look.color;
    context.beginPath();
    let down = false;
    const add = (x, y) => {
      if (Number.isNaN(x + y)) return;
      if (down) context.lineTo(x, y);
      else context.moveTo(x, y);
      down = true;
    };
    for (let i = 0; i < upper.length; i += 2) add(upper[i], upper[i + 1]);
    for (let i = lower.length - 2; i >= 0; i -= 2) add(lower[i], lower[i + 1]);
    context.fill();
    context.globalAlpha = 1;
  }

  drawPoints(context, { x, y, residual, look }) {
    const { ground } = this.app.colors;
    const size = this.curves.length > MANY ? 1.6 : 2.4;
    context.lineWidth = 1.2;
    context.strokeStyle = look.color;
    context.fillStyle = ground;
    for (let i = 0; i < x.length; i++) {
      if (!Number.isFinite(y[i]) || (this.log && y[i] <= 0)) continue;
      const [px, py] = [this.x(x[i]), this.y(y[i])];
      if (residual?.[i] > 0 && !(this.log && y[i] <= residual[i])) {
        const [upper, lower] = [this.y(y[i] + residual[i]), this.y(y[i] - residual[i])];
        if (lower - upper > 6) line(context, px, upper, px, lower, look.color); // else it is inside the marker
      }
      context.beginPath();
      context.arc(px, py, size, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
  }

  // What moves

  /** Height of a value; null where there is none or a log axis has no place for it. */
  height(value) {
    return !Number.isFinite(value) || (this.log && value <= 0) ? null : this.y(value);
  }

  drawCursor() {
    if (!this.x) return;
    const { app } = this;
    const { colors, store } = app;
    const { left, right, top, bottom } = this.box;
    const context = this.overlay.clear();
    const span = store.get("selection");
    const place = (step) => this.x(this.traces.position(step));
    context.save();
    context.beginPath();
    context.rect(left - 6, top - 4, right - left + 12, bottom - top + 8);
    context.clip();
    if (span.length) {
      const [a, b] = [place(span[0]), place(span[1])];
      context.fillStyle = colors.span;
      if (Number.isFinite(a + b)) context.fillRect(a, top, Math.max(1, b - a), bottom - top);
    }
    const focus = app.focus();
    const focused = this.curves.filter(({ entries }) => entries.some(({ run }) => run.id === focus));
    for (const curve of focused) {
      const width = curve.wide ? 2.4 : 1.8;
      this.stroke(context, { ...curve, look: { color: colors.ground } }, curve.y, width + 2, []);
      this.stroke(context, curve, curve.y, width, []);
    }
    const hover = store.get("hover");
    if (hover?.step !== undefined && !this.traces.apart) {
      context.setLineDash([2, 3]);
      line(context, place(hover.step), top, place(hover.step), bottom, colors.ink3);
      context.setLineDash([]);
    }
    const step = store.get("step");
    if (!this.traces.apart) {
      context.lineWidth = 1.25;
      line(context, place(step), top, place(step), bottom, colors.ink);
    }
    this.drawHeads(context, step, colors);
    context.restore();
    this.drawReadout(focused, hover?.step ?? step, focus);
  }

  drawHeads(context, step, colors) {
    const many = this.curves.length > 60;
    for (const curve of this.curves) {
      const at = placeAt(curve, step);
      const y = at < 0 ? null : this.height(curve.y[at]);
      if (y === null) continue;
      const x = curve.points || this.traces.apart ? this.x(curve.x[at]) : this.x(this.traces.position(step));
      context.fillStyle = curve.look.color;
      if (many) {
        context.fillRect(x - 2, y - 2, 4, 4);
        continue;
      }
      context.beginPath();
      context.arc(x, y, 3, 0, 2 * Math.PI);
      context.fill();
      context.strokeStyle = colors.ground;
      context.lineWidth = 1.2;
      context.stroke();
    }
  }

  /** What a run recorded, not its smoothed line. */
  exact(curve, at) {
    return (curve.raw ?? curve.y)[at];
  }

  drawReadout(curves, step, focus) {
    const found = curves.map((curve) => [curve, placeAt(curve, step)]);
    const values = found.map(([curve, at]) => {
      const text = number(at < 0 ? null : this.exact(curve, at), 5);
      return curve.name ? `${curve.name} ${text}` : text;
    });
    const entry = this.app.entries().find(({ run }) => run.id === focus);
    setText(this.readName, entry ? (curves[0]?.low ? this.groupName(curves[0]) : entry.name) : "");
    setText(this.readValues, entry ? values.join("  ") || "–" : "");
  }

  groupName(curve) {
    const [{ method, run }] = curve.entries;
    return curve.entries.length > 1 ? `${method?.label || run.method}, median of ${curve.entries.length} seeds` : curve.entries[0].name;
  }

  /** The step under a pixel: of the curve next to it where every run has positions of its own. */
  stepAt(px) {
    return this.app.clampStep(Math.round(this.traces.stepAt(this.invertX(px))));
  }

  /** Read all lines at the pointer's step; the one nearest to it has the focus. */
  point(px, py) {
    const at = this.invertX(px);
    const step = this.stepAt(px);
    const rows = [];
    for (const curve of this.curves) {
      const found = curve.points || this.traces.apart ? nearest(curve, at) : valueAt(curve, step);
      if (!found) continue;
      if (curve.points && Math.abs(this.x(found.x) - px) > REACH) continue;
      const y = this.height(curve.y[found.at]);
      rows.push({ curve, ...found, exact: this.exact(curve, found.at), py: y, away: y === null ? Infinity : Math.abs(y - py) });
    }
    const best = rows.reduce((a, b) => (b.away < (a?.away ?? REACH) ? b : a), null);
    this.app.hover({ step: best?.step ?? step, runId: best?.curve.entries[0].run.id });
    this.showTip(rows, best, best?.step ?? step, px, py);
  }

  showTip(rows, best, step, px, py) {
    rows.sort((a, b) => Number.isNaN(a.exact) - Number.isNaN(b.exact) || b.exact - a.exact);
    const short = this.app.shortNames();
    const lines = rows.map((row) => {
      const { curve, exact } = row;
      const error = curve.residual?.[row.at] > 0 ? ` ± ${number(curve.residual[row.at], 2)}` : "";
      const more = curve.name ? ` · ${curve.name}` : "";
      const [name, alone] = [this.groupName(curve), curve.entries.length === 1];
      return { name: name + more, short: (alone ? short.names.get(curve.entries[0].run.id) : name) + more, value: number(exact, 6) + error, color: curve.look.color, strong: row === best };
    });
    const recorded = this.spec.noisy && this.app.store.get("smoothing") > 0 ? ", as recorded" : "";
    this.tooltip.showRuns(px, py, this.traces.words(step, best ?? rows[0]) + recorded, lines, short.words);
  }

  leave() {
    this.tooltip.hide();
    this.app.hover(null);
  }

  destroy() {
    this.el.remove();
  }
}

/** The point of a curve next to a position. */
function nearest(curve, at) {
  let [low, high] = [0, curve.x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (curve.x[middle] <= at) low = middle;
    else high = middle;
  }
  const i = Math.abs(curve.x[high] - at) < Math.abs(curve.x[low] - at) ? high : low;
  return Number.isFinite(curve.x[i]) ? { at: i, step: curve.steps[i], x: curve.x[i], y: curve.y[i] } : null;
}

function path(context, points) {
  let down = false;
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]];
    if (Number.isNaN(x) || Number.isNaN(y)) down = false;
    else if (down) context.lineTo(x, y);
    else {
      context.moveTo(x, y);
      down = true;
    }
  }
}

function line(context, x0, y0, x1, y1, color) {
  context.strokeStyle = color;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
