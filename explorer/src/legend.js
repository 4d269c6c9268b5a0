// What the colours of the runs mean: the methods, each of which can be hidden at a click, or the bar of a scale.

import { Layer, h } from "./dom.js";
import { dashes, markerOutline } from "./markers.js";
import { FONT } from "./planePaint.js";

const MOST = 12; // methods; the table holds the rest
const BAR = { width: 220, height: 9, margin: 26 };

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

export class Legend {
  constructor(app, toggle) {
    this.app = app;
    this.toggle = toggle;
    this.methods = h("div", { class: "lx-toggles", role: "group", "aria-label": "Methods" });
    this.layer = new Layer("lx-color-bar");
    this.layer.canvas.setAttribute("role", "img");
    this.layer.canvas.removeAttribute("aria-hidden");
    this.el = h("div", { class: "lx-legend" }, this.methods, this.layer.canvas);
  }

  build() {
    const { payload } = this.app;
    const scale = this.app.runScale();
    const active = document.activeElement;
    const refocus = this.methods.contains(active) ? active.dataset.value : null;
    const used = payload.methods.filter(({ name }) => payload.runs.some((run) => run.method === name));
    this.methods.hidden = Boolean(scale);
    this.layer.canvas.style.display = scale ? "" : "none";
    this.methods.replaceChildren(
      ...used.slice(0, MOST).map((method) =>
        h(
          "button",
          {
            type: "button",
            class: "lx-toggle",
            "data-value": method.name,
            "aria-label": `Method ${method.label || method.name}`,
            onclick: () => this.toggle(method.name),
          },
          swatch(method, this.app.color(method)),
          h("span", { text: method.label || method.name }),
        ),
      ),
      used.length > MOST ? h("span", { class: "lx-note", text: `and ${used.length - MOST} more in the table` }) : "",
    );
    if (scale) this.drawBar(scale);
    if (refocus !== null) this.methods.querySelector(`[data-value="${CSS.escape(refocus)}"]`)?.focus();
    this.draw();
  }

  draw() {
    const hidden = this.app.hidden();
    for (const button of this.methods.querySelectorAll("button")) {
      const runs = this.app.payload.runs.filter(({ method }) => method === button.dataset.value);
      const count = runs.filter((run) => !hidden(run)).length;
      button.setAttribute("aria-pressed", count === runs.length ? "true" : count ? "mixed" : "false");
    }
  }

  drawBar(scale) {
    const { colors } = this.app;
    this.layer.resize(BAR.width + 2 * BAR.margin, 34);
    const context = this.layer.clear();
    const x = (position) => BAR.margin + position * BAR.width;
    context.font = FONT;
    context.textBaseline = "top";
    context.fillStyle = colors.ink2;
    for (let i = 0; i < BAR.width; i++) {
      context.fillStyle = scale.at((i + 0.5) / BAR.width);
      context.fillRect(BAR.margin + i, 4, 1.5, BAR.height);
    }
    context.fillStyle = colors.ink2;
    context.strokeStyle = colors.ink3;
    let right = -Infinity;
    for (const [value, text] of scale.ticks) {
      const [at, half] = [x(scale.position(value)), context.measureText(text).width / 2];
      const left = Math.min(Math.max(at - half, 0), this.layer.width - 2 * half);
      context.beginPath();
      context.moveTo(at, 4 + BAR.height);
      context.lineTo(at, 8 + BAR.height);
      context.stroke();
      if (left < right + 8) continue;
      context.textAlign = "left";
      context.fillText(text, left, 10 + BAR.height);
      right = left + 2 * half;
    }
    const words = scale.ticks.map(([, text]) => text).join(", ");
    this.layer.canvas.setAttribute("aria-label", `Colours by ${scale.title}: ${words}`);
  }
}
