// One quantity along training. uPlot draws it once; the step's line, the heads, the brushed span and the run under the pointer
// are on a canvas above it.

import uPlot from "uplot";
import { Layer, h, setText } from "./dom.js";
import { number, tick } from "./format.js";
import { roundValues } from "./colour.js";
import { alignedData, valueRange } from "./traceSpecs.js";
import { recorded } from "./runs.js";
import { FONT } from "./planePaint.js";
import { MANY, byColor } from "./trajectories.js";
import { Tooltip } from "./tooltip.js";

const AXIS = 52; // px left of every panel, so that they align
const X_AXIS = 32;
const REACH = 40; // px within which a line is under the pointer
const DRAG = 4; // px before a press becomes a brush
const RIM = 6; // px of the overlay left and right of the plot, for marks at the first and the last step

export class TracePanel {
  constructor(traces, spec) {
    this.traces = traces;
    this.app = traces.app;
    this.spec = spec;
    this.log = spec.log;
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
      onclick: () => this.setLog(!this.log),
    });
    this.plot = h("div", { class: "lx-trace-plot", role: "img", "aria-label": `${spec.title} along the steps` });
    this.el = h(
      "section",
      { class: "lx-trace", "data-trace": spec.key },
      h("header", {}, h("h4", {}, spec.title, this.smoothed), this.readout, this.logButton),
      this.plot,
    );
    this.overlay = new Layer("lx-trace-overlay");
    this.listen();
  }

  setLog(log) {
    this.log = log;
    this.logButton.setAttribute("aria-pressed", String(log));
    this.build();
    this.app.frames.request("cursors");
  }

  build() {
    const { app, spec } = this;
    const { colors } = app;
    this.chart?.destroy();
    this.runs = app.entries();
    this.read();
    const many = this.runs.length > 12;
    const series = this.runs.flatMap(({ look }) =>
      spec.lines.map(({ wide }) => ({
        stroke: look.color,
        width: wide ? 1.8 : many ? 0.9 : 1.1,
        alpha: many ? 0.75 : 0.9,
        dash: spec.points || spec.key === "lr" || wide ? look.dash.map((length) => length * devicePixelRatio) : undefined,
        spanGaps: Boolean(spec.points),
        points: { show: Boolean(spec.points), size: 5, width: 1.2, fill: colors.ground },
      })),
    );
    const { last } = this.traces;
    const grid = { stroke: colors.grid, width: 1 };
    const ticks = { stroke: colors.rule, width: 1, size: 4 };
    const axis = { stroke: colors.ink2, font: FONT, grid, ticks, gap: 4 };
    const options = {
      width: this.traces.width,
      height: this.height(),
      padding: [4, 18, last === this ? 0 : 6, 0],
      legend: { show: false },
      cursor: { show: false },
      select: { show: false },
      scales: {
        x: { time: false, range: () => this.traces.range() },
        y: { distr: this.log ? 3 : 1, range: () => this.range() },
      },
      axes: [
        {
          ...axis,
          show: true,
          size: last === this ? X_AXIS : 0,
          ticks: { ...ticks, show: last === this },
          values: (_, values) => values.map((value) => (last === this && Number.isInteger(value) ? tick(value) : "")),
        },
        {
          ...axis,
          size: AXIS,
          splits: (_, __, low, high) => roundValues(low, high, this.log, Math.max(3, Math.round(this.height() / 30))),
          filter: (_, values) => values, // uPlot's own would thin a logarithmic axis further
          values: (_, values) => values.map(tick),
        },
      ],
      series: [{}, ...series],
      hooks: { draw: [(u) => this.drawn(u)] },
    };
    this.chart = new uPlot(options, this.data, this.plot);
    this.chart.over.append(this.overlay.canvas);
  }

  /** uPlot lays out and draws after the call that asked for it; what lies above the plot follows then. */
  drawn(u) {
    this.drawResiduals(u);
    const { width, height } = u.bbox;
    this.overlay.resize(width / devicePixelRatio + 2 * RIM, height / devicePixelRatio);
    this.overlay.context.translate(RIM, 0);
    this.app.frames.request("cursors");
  }

  height() {
    return this.traces.panelHeight + (this.traces.last === this ? X_AXIS : 0);
  }

  range() {
    const [x0, x1] = this.traces.range();
    const [x, ...columns] = this.data;
    let [from, to] = [0, x.length - 1];
    while (from < to && x[from] < x0) from++;
    while (to > from && x[to] > x1) to--;
    return valueRange(columns, from, to, this.log);
  }

  resize() {
    this.chart.setSize({ width: this.traces.width, height: this.height() });
  }

  /** Draw again from longer series of the same runs. */
  refresh() {
    this.read();
    this.chart.setData(this.data, true);
  }

  read() {
    const { smoothing } = this.traces;
    this.data = alignedData(this.spec, this.runs.map(({ run }) => run), smoothing);
    setText(this.smoothed, this.spec.noisy && smoothing > 1 ? `, mean of ${smoothing} steps` : "");
  }

  /** Height to draw a run's line at at a step: of the smoothed line where it is smoothed. */
  drawnValue(place, line, step) {
    if (this.spec.points) return recorded(this.runs[place].run, "sharpness", step)?.value;
    const column = this.data[1 + place * this.spec.lines.length + line];
    const { length } = this.runs[place].run.series?.[this.spec.lines[line].series] ?? [];
    return column[step === length ? step - 1 : step]; // the last step has checkpoints, but no step after it
  }

  /** Bars of one residual up and down around each sharpness, where they can be seen. */
  drawResiduals(u) {
    if (!this.spec.points) return;
    const { ctx } = u;
    ctx.save();
    ctx.lineWidth = 1.2 * devicePixelRatio;
    for (const { run, look } of this.runs) {
      const { step, value, residual } = run.sharpness ?? {};
      if (!residual) continue;
      ctx.strokeStyle = look.color;
      step.forEach((s, i) => {
        if (!(residual[i] > 0) || (this.log && value[i] <= residual[i])) return;
        const [a, b] = [value[i] - residual[i], value[i] + residual[i]].map((v) => u.valToPos(v, "y", true));
        if (a - b < 6 * devicePixelRatio) return; // inside the marker
        const x = u.valToPos(s, "x", true);
        ctx.beginPath();
        ctx.moveTo(x, a);
        ctx.lineTo(x, b);
        ctx.stroke();
      });
    }
    ctx.restore();
  }

  /** Canvas height of a value; null where there is none or a log axis has no place for it. */
  y(value) {
    if (!Number.isFinite(value) || (this.log && value <= 0)) return null;
    return this.chart.valToPos(value, "y");
  }

  drawCursor() {
    const { app, overlay, chart } = this;
    const { colors, store } = app;
    const { height } = overlay;
    const width = overlay.width - 2 * RIM;
    const { context } = overlay;
    context.clearRect(-RIM, 0, overlay.width, height);
    const x = (step) => chart.valToPos(step, "x");
    const span = store.get("selection");
    if (span.length) {
      context.fillStyle = colors.span;
      context.fillRect(x(span[0]), 0, Math.max(1, x(span[1]) - x(span[0])), height);
    }
    const focus = app.focus();
    const focused = this.runs.find(({ run }) => run.id === focus);
    if (focused) this.drawRun(context, focused, x, colors);
    const hover = store.get("hover");
    if (hover?.step !== undefined) {
      context.setLineDash([2, 3]);
      vertical(context, x(hover.step), height, colors.ink3, 1);
      context.setLineDash([]);
    }
    const step = store.get("step");
    const at = x(step);
    if (at >= -1 && at <= width + 1) {
      vertical(context, at, height, colors.ink, 1.25);
      const many = this.runs.length > MANY;
      const dots = [];
      this.runs.forEach(({ run, look }, place) => {
        for (let line = 0; line < this.spec.lines.length; line++) {
          const y = this.y(this.drawnValue(place, line, step));
          if (y === null) continue;
          if (many) {
            dots.push({ look, y, x: this.spec.points ? x(recorded(run, "sharpness", step).step) : at });
            continue;
          }
          context.beginPath();
          context.arc(this.spec.points ? x(recorded(run, "sharpness", step).step) : at, y, 3, 0, 2 * Math.PI);
          context.fillStyle = look.color;
          context.fill();
          context.strokeStyle = colors.ground;
          context.lineWidth = 1.2;
          context.stroke();
        }
      });
      for (const [color, group] of byColor(dots)) {
        context.fillStyle = color;
        for (const { x: left, y } of group) context.fillRect(left - 2, y - 2, 4, 4);
      }
    }
    this.drawReadout(focused, hover?.step ?? step);
  }

  drawRun(context, { run, look }, x, colors) {
    this.spec.lines.forEach(({ wide }, line) => {
      const column = this.data[1 + this.runs.findIndex((entry) => entry.run.id === run.id) * this.spec.lines.length + line];
      const steps = this.data[0];
      context.beginPath();
      let down = false;
      for (let i = 0; i < steps.length; i++) {
        if (column[i] === undefined && this.spec.points) continue;
        const y = column[i] === null || column[i] === undefined ? null : this.y(column[i]);
        if (y === null) down = false;
        else if (down) context.lineTo(x(steps[i]), y);
        else {
          context.moveTo(x(steps[i]), y);
          down = true;
        }
      }
      context.lineJoin = "round";
      context.strokeStyle = colors.ground;
      context.lineWidth = wide ? 4.6 : 3.6;
      context.stroke();
      context.strokeStyle = look.color;
      context.lineWidth = wide ? 2.4 : 1.7;
      context.stroke();
    });
  }

  drawReadout(entry, step) {
    if (!entry) {
      setText(this.readName, "");
      setText(this.readValues, "");
      return;
    }
    const values = this.spec.lines.map(({ series, name }) => {
      const value = recorded(entry.run, series, step)?.value;
      const text = this.spec.rule && Number.isNaN(value) ? "–" : number(value, 5);
      return name ? `${name} ${text}` : text;
    });
    setText(this.readName, entry.name);
    setText(this.readValues, values.join("  "));
  }

  listen() {
    const { canvas } = this.overlay;
    this.tooltip = new Tooltip(this.plot);
    let press = null;
    const stepAt = (event) => {
      const box = canvas.getBoundingClientRect();
      return this.app.clampStep(Math.round(this.chart.posToVal(event.clientX - box.left - RIM, "x")));
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      press = { x: event.clientX, step: stepAt(event), brushing: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (press && Math.abs(event.clientX - press.x) > DRAG) press.brushing = true;
      if (press?.brushing) {
        const to = stepAt(event);
        this.app.store.set({ selection: to === press.step ? [] : [Math.min(press.step, to), Math.max(press.step, to)] });
      }
      this.point(event);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (press && !press.brushing) this.app.scrub(stepAt(event));
      press = null;
    });
    canvas.addEventListener("pointercancel", () => (press = null));
    canvas.addEventListener("pointerleave", () => {
      this.tooltip.hide();
      this.app.hover(null);
    });
  }

  /** Read the line nearest to the pointer at the pointer's step. */
  point(event) {
    const box = this.overlay.canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left - RIM, event.clientY - box.top];
    const step = this.app.clampStep(Math.round(this.chart.posToVal(px, "x")));
    let best = null;
    this.runs.forEach((entry, place) =>
      this.spec.lines.forEach(({ series, name }, line) => {
        const found = this.reading(entry.run, series, step, px);
        const y = found && this.y(this.spec.points ? found.value : this.drawnValue(place, line, step));
        if (found === null || y === null) return;
        const distance = Math.abs(y - py);
        if (distance < (best?.distance ?? REACH)) best = { ...found, entry, y, distance, name, drawn: this.drawnValue(place, line, step) };
      }),
    );
    this.app.hover({ step: best?.step ?? step, runId: best?.entry.run.id });
    const { left, top } = this.offset();
    const rows = [["step", String(best?.step ?? step)]];
    if (best) {
      const error = best.residual ? ` ± ${number(best.residual, 2)}` : "";
      rows.push([best.name ?? "value", number(best.value, 6) + error]);
      if (this.smoothed.textContent) rows.push([`mean of ${this.traces.smoothing}`, number(best.drawn, 6)]);
    }
    this.tooltip.show(
      left + this.chart.valToPos(best?.step ?? step, "x"),
      top + (best?.y ?? py),
      rows,
      best ? { text: best.entry.name, color: best.entry.look.color } : null,
    );
  }

  /** What a run recorded at a step; of sharpness what it recorded nearest to the pointer. */
  reading(run, series, step, px) {
    if (series !== "sharpness") {
      const value = run.series?.[series]?.[step];
      return value === undefined ? null : { step, value };
    }
    let best = null;
    run.sharpness?.step?.forEach((s, i) => {
      const distance = Math.abs(this.chart.valToPos(s, "x") - px);
      if (distance < (best?.away ?? REACH)) {
        best = { step: s, value: run.sharpness.value[i], residual: run.sharpness.residual?.[i], away: distance };
      }
    });
    return best;
  }

  offset() {
    const { left, top } = this.chart.over.style;
    return { left: parseFloat(left), top: parseFloat(top) };
  }

  destroy() {
    this.chart?.destroy();
    this.el.remove();
  }
}

function vertical(context, x, height, color, width) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, height);
  context.stroke();
}
