// The table of what every run was at the step.

import { h, setText } from "./dom.js";
import { number } from "./format.js";
import { recorded } from "./runs.js";
import { swatch } from "./filters.js";

const COLUMNS = [
  { series: "loss", title: "loss" },
  { series: "gradient_norm", title: "‖g‖", name: "gradient norm" },
  { series: "lr", title: "LR", name: "learning rate" },
  { series: "mean_gradient_norm", title: "μ", name: "mean gradient norm", rule: true },
  { series: "zenith", title: "Z", name: "running maximum of the mean gradient norm", rule: true },
  { series: "sharpness", title: "sharpness" },
];

const READABLE = 200; // ms that a value stays at least while the step moves
const NAME = 132; // px, at least
const VALUE = 77; // px: −1.234·10⁻¹² with its padding
const ROW = 24; // px, as the style sheet has it
const MOST_HEIGHT = 218; // px, likewise

export class Values {
  constructor(app) {
    this.app = app;
    this.rows = [];
    this.seen = { scrollTop: 0, clientHeight: MOST_HEIGHT };
    this.caption = h("span", { class: "lx-values-step" });
    this.body = h("tbody", {});
    this.head = h("tr", {});
    this.table = h("table", { class: "lx-values-table" }, h("thead", {}, this.head), this.body);
    this.scroller = h(
      "div",
      { class: "lx-values-scroll", tabindex: "0", role: "region", "aria-label": "Values of every run at the step", onscroll: () => this.draw() },
      this.table,
    );
    this.el = h(
      "section",
      { class: "lx-values" },
      h("header", {}, h("h4", {}, "Values at step ", this.caption), h("span", { class: "lx-note", text: "grey: recorded earlier" })),
      this.scroller,
    );
  }

  build() {
    const entries = this.app.entries();
    const { payload, store } = this.app;
    this.columns = COLUMNS.filter(({ series }) =>
      payload.runs.some((run) => (series === "sharpness" ? run.sharpness?.value : run.series?.[series])?.some(Number.isFinite)),
    );
    this.head.replaceChildren(
      h("th", { scope: "col", text: "run" }),
      ...this.columns.map(({ title, name }) => h("th", { scope: "col", title: name, "aria-label": name, text: title })),
    );
    this.table.style.minWidth = `${NAME + VALUE * this.columns.length}px`;
    for (const cell of [...this.head.children].slice(1)) cell.style.width = `${VALUE}px`;
    const seeds = new Set(entries.map(({ run }) => run.seed));
    this.seed = seeds.size === 1 ? [...seeds][0] : null;
    this.rows = entries.map(({ run, name, look, method }) => {
      const pin = h(
        "button",
        {
          type: "button",
          class: "lx-row-button",
          "aria-label": `Highlight ${name}`,
          onclick: () => store.set({ pinned: store.get("pinned") === run.id ? null : run.id }),
        },
        swatch(method, look.color),
        h("span", { text: this.seed === null ? name : method?.label || run.method }),
      );
      const cells = this.columns.map(() => h("td", {}, ""));
      const row = h(
        "tr",
        {
          onpointerenter: () => this.app.hover({ runId: run.id }),
          onpointerleave: () => this.app.hover(null),
        },
        h("th", { scope: "row" }, pin),
        ...cells,
      );
      return { run, row, pin, cells };
    });
    this.body.replaceChildren(...this.rows.map(({ row }) => row));
    this.drawRows(this.rows);
    this.el.hidden = !entries.length;
  }

  resize(width) {
    this.narrow = width < 500;
  }

  /** Bring the table to the step; while it moves, only rows in sight, and no oftener than can be read. */
  draw() {
    clearTimeout(this.later);
    const now = performance.now();
    if (now - (this.drawnAt ?? 0) < READABLE) {
      this.later = setTimeout(() => this.drawAll(), READABLE);
      return;
    }
    this.drawnAt = now;
    const { scrollTop, clientHeight } = this.seen;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - 1);
    this.drawRows(this.rows.slice(first, Math.ceil((scrollTop + clientHeight) / ROW)));
    this.later = setTimeout(() => this.drawAll(), READABLE);
  }

  drawAll() {
    const { scrollTop, clientHeight } = this.scroller;
    this.seen = { scrollTop, clientHeight: clientHeight || MOST_HEIGHT };
    this.drawRows(this.rows);
  }

  drawRows(rows) {
    const { store } = this.app;
    const step = store.get("step");
    const focus = this.app.focus();
    const pinned = store.get("pinned");
    setText(this.caption, this.seed === null ? String(step) : `${step}, seed ${this.seed}`);
    const digits = this.narrow ? 3 : 4;
    for (const { run, row, pin, cells } of rows) {
      row.classList.toggle("lx-focused", run.id === focus);
      const pressed = String(run.id === pinned);
      if (pin.getAttribute("aria-pressed") !== pressed) pin.setAttribute("aria-pressed", pressed);
      cells.forEach((cell, i) => {
        const { series, rule } = this.columns[i];
        const last = recorded(run, series, step);
        // NaN of a method that has no such quantity means "none"; a sharpness that is NaN did not converge.
        const missing = !last || (rule && Number.isNaN(last.value));
        setText(cell, missing ? "–" : number(last.value, digits));
        const old = Boolean(last) && !missing && last.step < step;
        if (cell.classList.contains("lx-old") !== old) cell.classList.toggle("lx-old", old);
      });
    }
  }

  destroy() {
    clearTimeout(this.later);
  }
}
