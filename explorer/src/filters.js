// Toggles of methods and seeds.

import { h } from "./dom.js";
import { dashes, markerOutline } from "./markers.js";

/** A method's line and marker as a small picture. */
export function swatch(method, color) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 30 12");
  svg.setAttribute("class", "lx-swatch");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const dash = dashes(method, 1);
  line.setAttribute("d", "M1,6H29");
  line.setAttribute("stroke", color);
  line.setAttribute("stroke-width", dash.length ? "1.8" : "2.4");
  if (dash.length) line.setAttribute("stroke-dasharray", dash.join(" "));
  const mark = document.createElementNS("http://www.w3.org/2000/svg", "path");
  mark.setAttribute("d", markerOutline(method?.marker, 15, 6, 3.4));
  mark.setAttribute("stroke", color);
  mark.setAttribute("stroke-width", "1.4");
  mark.setAttribute("class", "lx-swatch-mark");
  svg.append(line, mark);
  return svg;
}

export class Filters {
  constructor(app) {
    this.app = app;
    this.methods = h("div", { class: "lx-toggles", role: "group", "aria-label": "Methods" });
    this.seeds = h("div", { class: "lx-toggles", role: "group", "aria-label": "Seeds" });
    this.el = h(
      "div",
      { class: "lx-filters" },
      h("div", { class: "lx-filter" }, h("span", { class: "lx-legend", text: "Methods" }), this.methods),
      h("div", { class: "lx-filter" }, h("span", { class: "lx-legend", text: "Seeds" }), this.seeds),
    );
  }

  toggle(key, value) {
    const hidden = this.app.store.get(key);
    const next = hidden.includes(value) ? hidden.filter((item) => item !== value) : [...hidden, value];
    this.app.store.set({ [key]: next });
  }

  button(key, value, label, ...children) {
    return h(
      "button",
      {
        type: "button",
        class: "lx-toggle",
        "data-value": String(value),
        "aria-pressed": String(!this.app.store.get(key).includes(value)),
        "aria-label": label,
        onclick: () => this.toggle(key, value),
      },
      ...children,
    );
  }

  build() {
    const { payload } = this.app;
    const active = document.activeElement;
    const refocus = this.el.contains(active) ? active.dataset.value : null;
    const used = payload.methods.filter(({ name }) => payload.runs.some((run) => run.method === name));
    this.methods.replaceChildren(
      ...used.map((method) =>
        this.button(
          "hidden_methods",
          method.name,
          `Method ${method.label || method.name}`,
          swatch(method, this.app.color(method)),
          h("span", { text: method.label || method.name }),
        ),
      ),
    );
    const seeds = this.app.seeds();
    this.seeds.replaceChildren(
      ...seeds.map((seed) => this.button("hidden_seeds", seed, `Seed ${seed}`, h("span", { text: String(seed) }))),
    );
    this.seeds.parentElement.hidden = seeds.length < 2;
    if (refocus !== null) this.el.querySelector(`[data-value="${CSS.escape(refocus)}"]`)?.focus();
  }

  draw() {
    for (const [group, key] of [[this.methods, "hidden_methods"], [this.seeds, "hidden_seeds"]]) {
      const hidden = this.app.store.get(key).map(String);
      for (const button of group.children) {
        button.setAttribute("aria-pressed", String(!hidden.includes(button.dataset.value)));
      }
    }
  }
}
