// Where on the canvas a plane's coordinates are.

/** Index whose value in ascending `axis` is nearest to `value`. */
export function nearestIndex(axis, value) {
  let best = 0;
  for (let i = 1; i < axis.length; i++) if (Math.abs(axis[i] - value) < Math.abs(axis[best] - value)) best = i;
  return best;
}

/** Position of `value` between the points of ascending `axis`, in points; extrapolated from the outer cells. */
export function fractionalIndex(axis, value) {
  let i = 0;
  while (i < axis.length - 2 && value > axis[i + 1]) i++;
  return i + (value - axis[i]) / (axis[i + 1] - axis[i]);
}

/** The part of a plane that is shown: {x0, x1, y0, y1}, all of it. */
export function wholeWindow(plane) {
  const { alpha, beta } = plane;
  return { x0: alpha[0], x1: alpha[alpha.length - 1], y0: beta[0], y1: beta[beta.length - 1] };
}

/** `view` scaled by `factor` about (x, y), and kept inside `limit` (at most as large, moved inwards). */
export function zoomed(view, factor, x, y, limit) {
  const clampAxis = (a0, a1, centre, l0, l1) => {
    const size = Math.min((a1 - a0) * factor, l1 - l0);
    let low = centre - (size * (centre - a0)) / (a1 - a0);
    low = Math.min(Math.max(low, l0), l1 - size);
    return [low, low + size];
  };
  const [x0, x1] = clampAxis(view.x0, view.x1, x, limit.x0, limit.x1);
  const [y0, y1] = clampAxis(view.y0, view.y1, y, limit.y0, limit.y1);
  return { x0, x1, y0, y1 };
}

/** `view` moved by (dx, dy), kept inside `limit`. */
export function panned(view, dx, dy, limit) {
  const mx = Math.min(Math.max(dx, limit.x0 - view.x0), limit.x1 - view.x1);
  const my = Math.min(Math.max(dy, limit.y0 - view.y0), limit.y1 - view.y1);
  return { x0: view.x0 + mx, x1: view.x1 + mx, y0: view.y0 + my, y1: view.y1 + my };
}

/** The smallest window of the plane's shape around some points, with a margin, kept inside the plane. */
export function windowAround(points, limit, margin = 0.12) {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    x0 = Math.min(x0, x);
    x1 = Math.max(x1, x);
    y0 = Math.min(y0, y);
    y1 = Math.max(y1, y);
  }
  if (x1 < x0) return limit;
  const [w, h] = [limit.x1 - limit.x0, limit.y1 - limit.y0];
  const size = Math.min(1, Math.max((x1 - x0) / w, (y1 - y0) / h, 1e-3) * (1 + 2 * margin));
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const full = { x0: cx - (size * w) / 2, x1: cx + (size * w) / 2, y0: cy - (size * h) / 2, y1: cy + (size * h) / 2 };
  return panned(full, 0, 0, limit);
}

/**
 * The rectangle of the plot inside a panel of the given size, and the maps between it and the plane.
 *
 * `equal` keeps one unit as long along both axes.
 */
export function plotFrame(width, height, margin, view, equal) {
  let w = Math.max(10, width - margin.left - margin.right);
  let h = Math.max(10, height - margin.top - margin.bottom);
  if (equal) {
    const scale = Math.min(w / (view.x1 - view.x0), h / (view.y1 - view.y0));
    w = scale * (view.x1 - view.x0);
    h = scale * (view.y1 - view.y0);
  }
  const left = margin.left;
  const top = margin.top;
  return {
    left,
    top,
    width: w,
    height: h,
    right: left + w,
    bottom: top + h,
    x: (value) => left + ((value - view.x0) / (view.x1 - view.x0)) * w,
    y: (value) => top + h - ((value - view.y0) / (view.y1 - view.y0)) * h,
    invertX: (px) => view.x0 + ((px - left) / w) * (view.x1 - view.x0),
    invertY: (py) => view.y0 + ((top + h - py) / h) * (view.y1 - view.y0),
    contains: (px, py) => px >= left && px <= left + w && py >= top && py <= top + h,
  };
}

const NEAR_SQUARE = [0.6, 1.3]; // height by width of planes that fill their panel to scale

/** Whether a plane is drawn to scale, one unit as long along both axes: where that fills its panel, or where it is asked for. */
export function toScale({ alpha, beta, orthonormal }, asked) {
  const shape = (beta[beta.length - 1] - beta[0]) / (alpha[alpha.length - 1] - alpha[0]);
  return Boolean(orthonormal && (asked || (shape >= NEAR_SQUARE[0] && shape <= NEAR_SQUARE[1])));
}

/** How often a unit of the second axis is as long on the screen as one of the first. */
export function stretch({ width, height }, { x0, x1, y0, y1 }) {
  return height / (y1 - y0) / (width / (x1 - x0));
}
