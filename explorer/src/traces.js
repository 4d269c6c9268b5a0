// The traces along training, one panel per quantity over a common axis of steps.

import { h } from "./dom.js";
import { specsFor } from "./traceSpecs.js";
import { TracePanel } from "./tracePanel.js";

const SMOOTHINGS = [1, 10, 50, 200]; // steps

function keysOf(specs) {
  return specs.map(({ key, title }) => `${key} ${title}`).join();
}

/** All panels. */
export class Traces {
  constructor(app) {
    this.app = app;
    this.panels = [];
    this.panelHeight = 96;
    this.width = 400;
    this.zoomed = false;
    this.axisName = h("p", { class: "lx-axis-name", text: "step" });
    this.smoothing = 1;
    this.smoother = h(
      "select",
      {
        class: "lx-select",
        "aria-label": "Smoothing of loss and gradient norm",
        onchange: () => {
          this.smoothing = Number(this.smoother.value);
          this.refresh();
          this.app.frames.request("cursors");
        },
      },
      ...SMOOTHINGS.map((steps) => h("option", { value: steps, text: steps === 1 ? "every step" : `mean of ${steps} steps` })),
    );
    this.list = h("div", { class: "lx-trace-list" });
    this.empty = h("p", { class: "lx-empty", text: "No traces were recorded." });
    this.head = h("header", { class: "lx-plane-head" }, h("h3", { text: "Traces" }), this.smoother);
    this.el = h("div", { class: "lx-traces" }, this.head, this.list, this.axisName, this.empty);
  }

  get last() {
    return this.panels[this.panels.length - 1];
  }

  range() {
    const span = this.app.store.get("selection");
    if (this.zoomed && span.length) return span;
    return [0, Math.max(1, this.app.lastStep)];
  }

  /** Make the panels that the runs have values for, keeping those that are there. */
  build() {
    const specs = specsFor(this.app.payload.runs);
    const keys = keysOf(specs);
    if (keys !== this.keys) {
      for (const panel of this.panels) panel.destroy();
      this.panels = specs.map((spec) => new TracePanel(this, spec));
      this.list.replaceChildren(...this.panels.map((panel) => panel.el));
      this.keys = keys;
    }
    this.empty.hidden = specs.length > 0;
    this.head.hidden = specs.length === 0;
    this.axisName.hidden = specs.length === 0;
    for (const panel of this.panels) panel.build();
  }

  /** Whether the runs have values for other panels than there are. */
  outdated() {
    return keysOf(specsFor(this.app.payload.runs)) !== this.keys;
  }

  resize(width, panelHeight) {
    if (width === this.width && panelHeight === this.panelHeight) return;
    this.width = width;
    this.panelHeight = panelHeight;
    for (const panel of this.panels) panel.resize();
  }

  refresh() {
    for (const panel of this.panels) panel.refresh();
  }

  rescale() {
    for (const panel of this.panels) panel.chart.setData(panel.data, true);
  }

  drawCursors() {
    for (const panel of this.panels) panel.drawCursor();
  }

  destroy() {
    for (const panel of this.panels) panel.destroy();
  }
}
