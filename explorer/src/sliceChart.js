// The loss along a line through a checkpoint.

import { scaleLinear, scaleLog } from "d3-scale";
import { extent, roundValues } from "./colour.js";
import { number, tick } from "./format.js";

const SIZE = { width: 340, height: 150, left: 50, right: 12, top: 10, bottom: 32 };

function svg(tag, attributes, text) {
  const el = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) el.setAttribute(key, value);
  if (text !== undefined) el.textContent = text;
  return el;
}

export class SliceChart {
  /** @param {{alpha: ArrayLike<number>, loss: ArrayLike<number>}} slice Not-finite losses leave gaps, which are marked. */
  constructor({ alpha, loss }, colors) {
    const { width, height, left, right, top, bottom } = SIZE;
    const found = extent([loss]) ?? { low: 0, high: 1, lowPositive: 1, negative: false };
    const log = found.low > 0 && found.high / found.low > 20;
    const margin = log ? (found.high / found.low) ** 0.05 : 0.06 * (found.high - found.low || 1);
    const domain = log ? [found.low / margin, found.high * margin] : [found.low - margin, found.high + margin];
    const x = scaleLinear([alpha[0], alpha[alpha.length - 1]], [left, width - right]);
    const y = (log ? scaleLog : scaleLinear)(domain, [height - bottom, top]);
    const missing = Array.from(loss).filter((value) => !Number.isFinite(value)).length;
    const label = `Loss along the line, from ${number(found.low, 4)} to ${number(found.high, 4)}`;
    this.el = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "lx-slice", role: "img" });
    this.el.append(svg("title", {}, missing ? `${label}; ${missing} values not finite` : label));
    for (const value of roundValues(...domain, log, 4)) {
      this.el.append(
        svg("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), stroke: colors.grid }),
        svg("text", { x: left - 6, y: y(value), "text-anchor": "end", "dominant-baseline": "middle" }, tick(value)),
      );
    }
    for (const value of x.ticks(5)) {
      this.el.append(svg("text", { x: x(value), y: height - bottom + 14, "text-anchor": "middle" }, tick(value)));
    }
    this.el.append(
      svg("text", { x: (left + width - right) / 2, y: height - 3, "text-anchor": "middle" }, "α along the direction"),
      svg("text", { x: 12, y: (top + height - bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${(top + height - bottom) / 2})` }, "loss"),
    );
    if (alpha[0] <= 0 && alpha[alpha.length - 1] >= 0) {
      this.el.append(svg("line", { x1: x(0), x2: x(0), y1: top, y2: height - bottom, stroke: colors.ink3, "stroke-dasharray": "2 3" }));
    }
    let path = "";
    let down = false;
    for (let i = 0; i < alpha.length; i++) {
      if (Number.isFinite(loss[i])) {
        path += `${down ? "L" : "M"}${x(alpha[i]).toFixed(1)},${y(loss[i]).toFixed(1)}`;
        down = true;
      } else {
        down = false;
        this.el.append(svg("text", { x: x(alpha[i]), y: top + 6, "text-anchor": "middle", class: "lx-missing" }, "×"));
      }
    }
    this.el.append(svg("path", { d: path, fill: "none", stroke: colors.accent, "stroke-width": 1.8, "stroke-linejoin": "round" }));
  }
}
