// Painting of a plane: bands, lines, hatching, axes and colour bar. Drawn once per size, zoom and theme.

import { scaleLinear } from "d3-scale";
import { plain, tick } from "./format.js";
import { BANDS } from "./colour.js";

const MARGIN = { left: 52, right: 88, top: 10, bottom: 42 };
const BAR = { gap: 14, width: 13 };
export const FONT = "11px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";

/** Margins around a plot `height` pixels high: a name of the colour bar that does not fit beside it goes above. */
export function margins(context, height, label) {
  context.font = FONT;
  if (context.measureText(label).width <= height) return MARGIN;
  return { ...MARGIN, right: 62, top: 26 };
}

/** `text`, or as much of it as fits into `room` pixels: what is in brackets or after a comma goes first. */
function fitted(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  return text.split(/ \(|, /)[0];
}

/** Add a ring to the current path, in canvas coordinates. */
function trace(context, ring, frame) {
  context.moveTo(frame.x(ring[0]), frame.y(ring[1]));
  for (let i = 2; i < ring.length; i += 2) context.lineTo(frame.x(ring[i]), frame.y(ring[i + 1]));
  context.closePath();
}

/** Diagonal hatching as a fill. */
export function hatching(context, colors) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 12;
  const c = tile.getContext("2d");
  c.fillStyle = colors.hatchGround;
  c.fillRect(0, 0, 12, 12);
  c.strokeStyle = colors.hatch;
  c.lineWidth = 1.4;
  c.beginPath();
  for (const offset of [-12, 0, 12]) {
    c.moveTo(offset - 1, 13);
    c.lineTo(offset + 13, -1);
  }
  c.stroke();
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(0.5));
  return pattern;
}

export function paintField(context, plane, shapes, frame, colors) {
  const { alpha, beta } = plane;
  const [left, right] = [frame.x(alpha[0]), frame.x(alpha[alpha.length - 1])];
  const [bottom, top] = [frame.y(beta[0]), frame.y(beta[beta.length - 1])];
  context.save();
  context.beginPath();
  context.rect(frame.left, frame.top, frame.width, frame.height);
  context.clip();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  context.fillStyle = shapes.base;
  context.fillRect(left, top, right - left, bottom - top);
  for (const { color, rings } of shapes.bands) {
    context.beginPath();
    for (const ring of rings) trace(context, ring, frame);
    context.fillStyle = color;
    context.fill("evenodd");
  }
  context.strokeStyle = "rgba(255,255,255,0.6)";
  context.lineWidth = 0.7;
  for (const { rings } of shapes.lines) {
    context.beginPath();
    for (const ring of rings) trace(context, ring, frame);
    context.stroke();
  }
  if (shapes.missing.length) {
    context.beginPath();
    for (const [i, j] of shapes.missing) {
      const [x, y] = [frame.x(alpha[i]), frame.y(beta[j + 1])];
      context.rect(x - 0.3, y - 0.3, frame.x(alpha[i + 1]) - x + 0.6, frame.y(beta[j]) - y + 0.6);
    }
    context.fillStyle = hatching(context, colors);
    context.fill();
  }
  context.restore();
}

/** Where each contour's value can be written: on the line, off the edges, missing cells, other labels and `avoid`. */
export function labelPlaces(shapes, plane, frame, avoid) {
  const places = [];
  const { alpha, beta } = plane;
  const cells = new Set(shapes.missing.map(([i, j]) => j * alpha.length + i));
  const cellAt = (axis, value) => {
    let i = 0;
    while (i < axis.length - 2 && value >= axis[i + 1]) i++;
    return i;
  };
  for (const { value, rings } of shapes.lines) {
    let best = null;
    for (const ring of rings) {
      if (ring.length < 24) continue;
      for (let k = 6; k + 7 < ring.length; k += 2) {
        const [x, y] = [frame.x(ring[k]), frame.y(ring[k + 1])];
        const edge = Math.min(x - frame.left, frame.right - x, y - frame.top, frame.bottom - y);
        if (edge < 22) continue;
        if (cells.size && cells.has(cellAt(beta, ring[k + 1]) * alpha.length + cellAt(alpha, ring[k]))) continue;
        let room = Math.min(edge, 90);
        for (const [ax, ay] of avoid) room = Math.min(room, 1.2 * Math.hypot(ax - x, ay - y));
        for (const place of places) room = Math.min(room, Math.hypot(place.x - x, place.y - y));
        if (room > (best?.room ?? 20)) {
          let angle = Math.atan2(frame.y(ring[k + 7]) - frame.y(ring[k - 5]), frame.x(ring[k + 6]) - frame.x(ring[k - 6]));
          if (angle > Math.PI / 2) angle -= Math.PI;
          if (angle < -Math.PI / 2) angle += Math.PI;
          best = { x, y, angle, room, value };
        }
      }
    }
    if (best) places.push(best);
  }
  return places;
}

export function paintLabels(context, places) {
  context.save();
  context.font = `600 10px ${FONT.slice(5)}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const { x, y, angle, value } of places) {
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    context.strokeStyle = "rgba(20,24,32,0.72)";
    context.lineWidth = 3;
    context.strokeText(tick(value), 0, 0);
    context.fillStyle = "#fff";
    context.fillText(tick(value), 0, 0);
    context.restore();
  }
  context.restore();
}

/** Ticks of an axis of `pixels` length between two values. */
export function axisTicks(low, high, pixels) {
  return scaleLinear([low, high], [0, 1]).ticks(Math.max(2, Math.round(pixels / 70)));
}

/** Name of an axis with the share of variance it explains. */
export function axisName(plane, axis) {
  const name = plain(axis === 0 ? plane.xlabel : plane.ylabel) || (axis === 0 ? "α" : "β");
  const share = plane.explained?.[axis];
  if (share === undefined || share === null || name.includes("%")) return name;
  return `${name}, ${Number((100 * share).toPrecision(2))} % of variance`;
}

export function paintAxes(context, plane, frame, view, colors) {
  context.save();
  context.font = FONT;
  context.strokeStyle = colors.ink3;
  context.fillStyle = colors.ink2;
  context.lineWidth = 1;
  context.strokeRect(frame.left - 0.5, frame.top - 0.5, frame.width + 1, frame.height + 1);
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const value of axisTicks(view.x0, view.x1, frame.width)) {
    const x = frame.x(value);
    context.beginPath();
    context.moveTo(x, frame.bottom + 1);
    context.lineTo(x, frame.bottom + 5);
    context.stroke();
    context.fillText(tick(Number(value.toPrecision(10))), x, frame.bottom + 7);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of axisTicks(view.y0, view.y1, frame.height)) {
    const y = frame.y(value);
    context.beginPath();
    context.moveTo(frame.left - 1, y);
    context.lineTo(frame.left - 5, y);
    context.stroke();
    context.fillText(tick(Number(value.toPrecision(10))), frame.left - 8, y);
  }
  context.fillStyle = colors.ink;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillText(fitted(context, axisName(plane, 0), frame.width + 60), frame.left + frame.width / 2, frame.bottom + 35);
  context.translate(12, frame.top + frame.height / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "middle";
  context.fillText(fitted(context, axisName(plane, 1), frame.height + 30), 0, 0);
  context.restore();
}

/** The colour bar right of the frame; none where no loss is known. */
export function paintBar(context, scale, frame, colors, label) {
  if (!scale.known) return;
  const left = frame.right + BAR.gap;
  const bandHeight = frame.height / BANDS;
  context.save();
  for (let i = 0; i < BANDS; i++) {
    context.fillStyle = scale.bandColor(i);
    const y = frame.bottom - (i + 1) * bandHeight;
    context.fillRect(left, y, BAR.width, bandHeight + (i ? 0.5 : 0));
  }
  context.font = FONT;
  context.strokeStyle = colors.ink3;
  context.strokeRect(left - 0.5, frame.top - 0.5, BAR.width + 1, frame.height + 1);
  context.fillStyle = colors.ink2;
  context.textAlign = "left";
  context.textBaseline = "middle";
  let lowest = Infinity;
  for (const value of scale.ticks) {
    const y = frame.bottom - scale.height(value) * frame.height;
    if (lowest - y < 13) continue;
    lowest = y;
    context.beginPath();
    context.moveTo(left + BAR.width + 1, y);
    context.lineTo(left + BAR.width + 4, y);
    context.stroke();
    context.fillText(tick(value), left + BAR.width + 7, y);
  }
  context.fillStyle = colors.ink;
  if (context.measureText(label).width > frame.height) {
    context.textAlign = "right";
    context.fillText(label, left + BAR.width + 34, frame.top - 14);
  } else {
    context.textAlign = "center";
    context.translate(left + BAR.width + 54, frame.top + frame.height / 2);
    context.rotate(Math.PI / 2);
    context.fillText(label, 0, 0);
  }
  context.restore();
}

/** A small triangle at the colour bar that points at a value. */
export function paintBarMark(context, scale, frame, value, colors) {
  if (!Number.isFinite(value)) return;
  const y = frame.bottom - scale.height(value) * frame.height;
  const x = frame.right + BAR.gap - 1;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x - 7, y - 4);
  context.lineTo(x - 7, y + 4);
  context.closePath();
  context.fillStyle = colors.ink;
  context.fill();
}
