// The bands and lines of a plane, as polygons in the plane's own coordinates; cells that touch a value that is not finite
// are listed apart, and nothing is interpolated into them.

import { contours } from "d3-contour";
import { BANDS } from "./colour.js";

/** From d3-contour's grid, where point i is at i + 0.5, to the coordinate of `axis`. */
function coordinate(axis, position) {
  const last = axis.length - 1;
  const at = Math.min(Math.max(position - 0.5, -0.5), last + 0.5);
  const i = Math.min(Math.max(Math.floor(at), 0), last - 1);
  return axis[i] + (at - i) * (axis[i + 1] - axis[i]);
}

/**
 * Polygons of a plane.
 *
 * Returns {bands: [{color, rings}], lines: [{value, rings}], missing: [[i, j]], usable}: rings are flat [x, y, x, y, ...]
 * arrays; a missing cell (i, j) reaches from point (i, j) to (i + 1, j + 1).
 */
export function planeContours(plane, scale) {
  const { alpha, beta, loss } = plane;
  const [n, m] = [alpha.length, beta.length];
  const heights = new Float64Array(n * m);
  const bad = new Uint8Array(n * m);
  for (let i = 0; i < n * m; i++) {
    bad[i] = Number.isFinite(loss[i]) ? 0 : 1;
    heights[i] = bad[i] ? 0 : scale.height(loss[i]);
  }
  const missing = [];
  for (let j = 0; j < m - 1; j++) {
    for (let i = 0; i < n - 1; i++) {
      const k = j * n + i;
      if (bad[k] || bad[k + 1] || bad[k + n] || bad[k + n + 1]) missing.push([i, j]);
    }
  }
  const generator = contours().size([n, m]);
  const rings = (threshold) =>
    generator.contour(heights, threshold).coordinates.flatMap((polygon) =>
      polygon.map((ring) => {
        const flat = new Float64Array(2 * ring.length);
        ring.forEach(([x, y], i) => {
          flat[2 * i] = coordinate(alpha, x);
          flat[2 * i + 1] = coordinate(beta, y);
        });
        return flat;
      }),
    );
  const bands = [];
  for (let i = 1; i < BANDS; i++) bands.push({ color: scale.bandColor(i), rings: rings(i / BANDS) });
  const lines = (scale.flat ? [] : scale.ticks).map((value) => ({ value, rings: rings(scale.height(value)) }));
  return { bands, lines, missing, base: scale.bandColor(0), usable: missing.length < (n - 1) * (m - 1) };
}

/** Pieces of a contour line that lie inside the plane and off the missing cells: flat [x, y, ...] arrays. */
export function openPieces(ring, plane, bad) {
  const { alpha, beta } = plane;
  const [x0, x1] = [alpha[0], alpha[alpha.length - 1]];
  const [y0, y1] = [beta[0], beta[beta.length - 1]];
  const eps = 1e-9;
  const [ex, ey] = [eps * (x1 - x0), eps * (y1 - y0)];
  const pieces = [];
  let piece = [];
  for (let i = 0; i < ring.length; i += 2) {
    const [x, y] = [ring[i], ring[i + 1]];
    const inside = x >= x0 - ex && x <= x1 + ex && y >= y0 - ey && y <= y1 + ey && !bad(x, y);
    if (inside) piece.push(x, y);
    else {
      if (piece.length > 2) pieces.push(piece);
      piece = [];
    }
  }
  if (piece.length > 2) pieces.push(piece);
  return pieces;
}
