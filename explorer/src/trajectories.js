// Painting of the trajectories: what is behind the step in full, what lies ahead faintly, and the span that is brushed.

import { dashes, markerPath } from "./markers.js";
import { head, lastAt } from "./runs.js";

/** Canvas coordinates of a run's checkpoints on a plane: {points: [x, y, ...] with NaN kept, steps}. */
export function screenPath(run, plane, frame) {
  const xs = run.checkpoints.x[plane];
  const ys = run.checkpoints.y[plane];
  const points = new Float64Array(2 * xs.length);
  for (let i = 0; i < xs.length; i++) {
    points[2 * i] = Number.isFinite(xs[i]) ? frame.x(xs[i]) : NaN;
    points[2 * i + 1] = Number.isFinite(ys[i]) ? frame.y(ys[i]) : NaN;
  }
  return points;
}

const CLOSE = 4; // px between paths that lie on one another
const APART = 5; // px between them when they are drawn apart
const MOST_APART = 24; // paths that there is room for

/** Distance of (x, y) from a path. */
function away(points, x, y) {
  let best = Infinity;
  for (let i = 0; i + 3 < points.length; i += 2) {
    const [ax, ay, bx, by] = [points[i], points[i + 1], points[i + 2], points[i + 3]];
    const [dx, dy] = [bx - ax, by - ay];
    const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    const distance = Math.hypot(x - ax - t * dx, y - ay - t * dy);
    if (distance < best) best = distance; // NaN is never nearer
  }
  return best;
}

/** Whether most of a path lies on another. */
function onOne(a, b) {
  const distances = along(a).map(([x, y]) => away(b, x, y));
  return distances.filter((distance) => distance < CLOSE).length > distances.length / 2;
}

/**
 * Shifts [dx, dy] in pixels of each of some paths, across the way they go together, where two of them lie on one another;
 * null where none do, or there are too many.
 */
export function shiftsApart(paths) {
  const n = paths.length;
  if (n < 2 || n > MOST_APART) return null;
  if (!paths.some((a, i) => paths.some((b, k) => k > i && onOne(a, b)))) return null;
  let [dx, dy] = [0, 0];
  for (const points of paths) {
    const [first, last] = [firstFinite(points), lastFinite(points)];
    if (last < 0) continue;
    dx += points[2 * last] - points[2 * first];
    dy += points[2 * last + 1] - points[2 * first + 1];
  }
  const length = Math.hypot(dx, dy) || 1;
  const gap = Math.min(APART, 60 / n);
  return paths.map((_, i) => [((i - (n - 1) / 2) * gap * -dy) / length, ((i - (n - 1) / 2) * gap * dx) / length]);
}

/** A frame whose pixels are shifted. */
export function shifted(frame, [dx, dy]) {
  return { ...frame, x: (value) => frame.x(value) + dx, y: (value) => frame.y(value) + dy };
}

/** Add a line from `start` through points `from` to `to` inclusive to `end`; broken where a coordinate is not finite. */
function trace(context, points, from, to, end = null, start = null) {
  let down = false;
  if (start) {
    context.moveTo(start[0], start[1]);
    down = true;
  }
  for (let i = from; i <= to; i++) {
    const [x, y] = [points[2 * i], points[2 * i + 1]];
    if (Number.isNaN(x) || Number.isNaN(y)) down = false;
    else if (down) context.lineTo(x, y);
    else {
      context.moveTo(x, y);
      down = true;
    }
  }
  if (end && down) context.lineTo(end[0], end[1]);
}

export const MANY = 60; // runs from which lines are drawn without rims and dashes: a frame has 17 ms

/** Items by the colour of their look, in the order in which the colours come. */
export function byColor(items) {
  const groups = new Map();
  for (const item of items) {
    const { color } = item.look;
    if (!groups.has(color)) groups.set(color, []);
    groups.get(color).push(item);
  }
  return groups;
}

/** Draw paths {look, width, add}, where `add` adds one to the current path: their rims in one stroke, then each in its look. */
function strokes(context, paths, halo, dashed) {
  if (!paths.length) return;
  context.lineJoin = "round";
  if (paths.length > MANY) {
    context.lineJoin = "bevel";
    context.lineWidth = 1.25;
    for (const { look, add } of paths) {
      context.strokeStyle = look.color;
      context.beginPath();
      add();
      context.stroke();
    }
    return;
  }
  context.lineCap = "round";
  context.strokeStyle = halo;
  context.lineWidth = Math.max(...paths.map(({ width }) => width)) + 2;
  context.beginPath();
  for (const { add } of paths) add();
  context.stroke();
  context.lineCap = "butt";
  for (const { look, width, add } of paths) {
    context.setLineDash(dashed ? look.dash : []);
    context.strokeStyle = look.color;
    context.lineWidth = width;
    context.beginPath();
    add();
    context.stroke();
  }
  context.setLineDash([]);
}

/** Order in which runs are drawn: solid lines below dashed ones, the focused run on top. */
export function drawingOrder(entries, focus) {
  const rank = ({ run, look }) => (run.id === focus ? 2 : look.dash.length ? 1 : 0);
  return [...entries].sort((a, b) => rank(a) - rank(b));
}

export function lookOf(method, color) {
  return { color, dash: dashes(method), marker: method?.marker ?? "o", solid: !dashes(method).length };
}

/** Whole lines of all runs, faint: what lies ahead of any step. */
export function paintAhead(context, entries, halo) {
  const paths = drawingOrder(entries, null).map(({ look, points }) => ({
    look,
    width: 0.7 * lineWidth(look),
    add: () => trace(context, points, 0, points.length / 2 - 1),
  }));
  context.globalAlpha = 0.34;
  strokes(context, paths, halo, false);
  context.globalAlpha = 1;
}

/** Lines of all runs up to `step`; runs other than `focus` recede while there is one. */
export function paintLines(context, entries, plane, step, focus, halo) {
  const paths = drawingOrder(entries, focus).flatMap(({ run, look, points, frame }) => {
    const index = Math.min(lastAt(run.checkpoints.step, step), points.length / 2 - 1);
    if (index < 0) return [];
    const at = head(run, plane, step);
    const end = at ? [frame.x(at.x), frame.y(at.y)] : null;
    const focused = run.id === focus;
    return [
      { look, focused, width: lineWidth(look) + (focused ? 0.9 : 0), add: () => trace(context, points, 0, index, end) },
    ];
  });
  context.globalAlpha = focus ? 0.3 : 1;
  strokes(context, paths.filter(({ focused }) => !focused), halo, true);
  context.globalAlpha = 1;
  strokes(context, paths.filter(({ focused }) => focused), halo, true);
}

function lineWidth(look) {
  return look.solid ? 2.1 : 1.7;
}

/** The brushed span of steps as a wide, rimmed band under each line. */
export function paintSpan(context, entries, plane, span, colors) {
  context.lineJoin = context.lineCap = "round";
  for (const [color, width, alpha] of [[colors.ground, 14, 0.85], [colors.accent, 11, 0.6]]) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.globalAlpha = alpha;
    for (const { run, points, frame } of entries) {
      const steps = run.checkpoints.step;
      const [a, b] = [head(run, plane, span[0]), head(run, plane, span[1])];
      if (!a || !b) continue;
      const first = lastAt(steps, span[0]) + 1;
      const last = Math.min(lastAt(steps, span[1]), points.length / 2 - 1);
      context.beginPath();
      trace(context, points, first, last, [frame.x(b.x), frame.y(b.y)], [frame.x(a.x), frame.y(a.y)]);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

/** Dots of the checkpoints in the colour of their own true loss, and the start and end marks. */
export function paintDots(context, entries, scale, halo, ink) {
  const count = entries.reduce((sum, { points }) => sum + points.length / 2, 0);
  const radius = count > 800 ? 1.8 : count > 300 ? 2.2 : 3;
  for (const { run, look, points } of entries) {
    const loss = run.checkpoints.loss;
    context.lineWidth = radius > 2 ? 1.1 : 0.7;
    context.strokeStyle = look.color;
    for (let i = 0; i < points.length / 2; i++) {
      const [x, y] = [points[2 * i], points[2 * i + 1]];
      const color = loss ? scale.color(loss[i]) : look.color;
      if (Number.isNaN(x) || Number.isNaN(y) || !color) continue;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fillStyle = color;
      context.fill();
      context.stroke();
    }
  }
  const marks = entries.length > MANY ? 3 : 6; // px of those at the ends
  for (const { look, points } of entries) {
    const [first, last] = [firstFinite(points), lastFinite(points)];
    if (last < 0) continue;
    context.beginPath();
    context.arc(points[2 * first], points[2 * first + 1], 0.6 * marks, 0, 2 * Math.PI);
    context.fillStyle = halo;
    context.fill();
    context.strokeStyle = ink;
    context.lineWidth = 1.2;
    context.stroke();
    if (last === first) continue;
    const path = markerPath(look.marker, points[2 * last], points[2 * last + 1], marks);
    context.lineJoin = "round";
    context.strokeStyle = halo;
    context.lineWidth = 3.6;
    context.stroke(path);
    context.strokeStyle = look.color;
    context.lineWidth = 1.5;
    context.stroke(path);
  }
}

/** Heads of the trajectories: filled at a checkpoint, hollow between two. */
export function paintHeads(context, entries, plane, step, focus, halo) {
  if (entries.length > MANY) {
    paintManyHeads(context, entries, plane, step, focus, halo);
    return;
  }
  for (const { run, look, frame } of drawingOrder(entries, focus)) {
    const at = head(run, plane, step);
    if (!at) continue;
    context.globalAlpha = focus && run.id !== focus ? 0.35 : 1;
    const path = markerPath(look.marker, frame.x(at.x), frame.y(at.y), 4.6);
    context.lineJoin = "round";
    context.strokeStyle = halo;
    context.lineWidth = 4.4;
    context.stroke(path);
    context.fillStyle = at.exact ? look.color : halo;
    context.fill(path);
    context.strokeStyle = look.color;
    context.lineWidth = 1.8;
    context.stroke(path);
  }
  context.globalAlpha = 1;
}

function paintManyHeads(context, entries, plane, step, focus, halo) {
  context.globalAlpha = focus ? 0.35 : 1;
  for (const [color, group] of byColor(entries)) {
    context.beginPath();
    for (const { run, frame } of group) {
      const at = run.id === focus ? null : head(run, plane, step);
      if (at) context.rect(frame.x(at.x) - 2.5, frame.y(at.y) - 2.5, 5, 5);
    }
    context.strokeStyle = halo;
    context.lineWidth = 1.5;
    context.stroke();
    context.fillStyle = color;
    context.fill();
  }
  context.globalAlpha = 1;
  paintHeads(context, entries.filter(({ run }) => run.id === focus), plane, step, focus, halo);
}

export function firstFinite(points) {
  for (let i = 0; i < points.length; i += 2) if (!Number.isNaN(points[i] + points[i + 1])) return i / 2;
  return -1;
}

export function lastFinite(points) {
  for (let i = points.length - 2; i >= 0; i -= 2) if (!Number.isNaN(points[i] + points[i + 1])) return i / 2;
  return -1;
}

/** Points [x, y] at most 24 px apart along a path, at least its ends. */
export function along(points) {
  const out = [];
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]];
    if (Number.isNaN(x + y)) continue;
    const [px, py] = out[out.length - 1] ?? [x, y];
    const parts = Math.min(50, Math.ceil(Math.hypot(x - px, y - py) / 24));
    for (let k = 1; k < parts; k++) out.push([px + (k / parts) * (x - px), py + (k / parts) * (y - py)]);
    if (parts || !out.length || i === points.length - 2) out.push([x, y]);
  }
  return out;
}

/** The checkpoint nearest to a point of the canvas: {entry, index, distance}, or null farther than `reach`. */
export function nearestCheckpoint(entries, x, y, reach = 14) {
  let best = null;
  for (const entry of entries) {
    const { points } = entry;
    for (let i = 0; i < points.length / 2; i++) {
      const distance = Math.hypot(points[2 * i] - x, points[2 * i + 1] - y);
      if (distance <= reach && distance < (best?.distance ?? Infinity)) best = { entry, index: i, distance };
    }
  }
  return best;
}
