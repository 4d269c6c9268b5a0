// The plane as a surface in three.js's coordinates: its mesh, its contour lines, its floor, and paths laid over it. Cells that
// touch a value that is not finite are left out.

import {
  BufferAttribute, BufferGeometry, Color, DoubleSide, LineBasicMaterial, LineSegments, Mesh, MeshLambertMaterial, Vector3,
} from "three"; // prettier-ignore
import { openPieces, planeContours } from "./contours.js";
import { fractionalIndex, nearestIndex } from "./frame.js";
import { head, lastAt } from "./runs.js";

const HEIGHT = 0.62; // of the box, where its longer side is 1
const LIFT = 0.006; // of lines above the surface
const LEAST_PARTS = 8; // of a path between two checkpoints
const MOST_PARTS = 64;

export class SurfaceShape {
  /** @param {object} plane Of the payload. @param {object} scale Its loss scale, whose `height` is the surface's. @param {boolean} equal To scale. */
  constructor(plane, scale, equal = plane.orthonormal) {
    const { alpha, beta } = plane;
    this.plane = plane;
    this.scale = scale;
    const [w, d] = [alpha[alpha.length - 1] - alpha[0], beta[beta.length - 1] - beta[0]];
    this.units = equal ? [Math.max(w, d), Math.max(w, d)] : [w, d];
    this.middle = [alpha[0] + w / 2, beta[0] + d / 2];
  }

  /** Scene coordinates of (alpha, beta) at a height between 0 and 1. */
  place(x, y, z, out = new Vector3()) {
    return out.set((x - this.middle[0]) / this.units[0], HEIGHT * z + LIFT, -(y - this.middle[1]) / this.units[1]);
  }

  /** Indices of the grid point nearest to a point of the scene. */
  gridPoint({ x, z }) {
    return {
      i: nearestIndex(this.plane.alpha, x * this.units[0] + this.middle[0]),
      j: nearestIndex(this.plane.beta, -z * this.units[1] + this.middle[1]),
    };
  }

  /** Height of the surface under (x, y): of the triangle drawn there, NaN outside and in cells that were left out. */
  heightAt(x, y) {
    const { alpha, beta, loss } = this.plane;
    const [n, m] = [alpha.length, beta.length];
    const [fi, fj] = [fractionalIndex(alpha, x), fractionalIndex(beta, y)];
    if (!(fi >= 0 && fj >= 0 && fi <= n - 1 && fj <= m - 1)) return NaN;
    const [i, j] = [Math.min(Math.floor(fi), n - 2), Math.min(Math.floor(fj), m - 2)];
    const [s, t] = [fi - i, fj - j];
    const at = (di, dj) => {
      const value = loss[(j + dj) * n + i + di];
      return Number.isFinite(value) ? this.scale.height(value) : NaN;
    };
    const [a, b, c, d] = [at(0, 0), at(1, 0), at(0, 1), at(1, 1)];
    if (Number.isNaN(a + b + c + d)) return NaN; // the whole cell is left out
    return s + t <= 1 ? a + s * (b - a) + t * (c - a) : d + (1 - s) * (c - d) + (1 - t) * (b - d);
  }

  mesh() {
    const { alpha, beta, loss } = this.plane;
    const { scale } = this;
    const [n, m] = [alpha.length, beta.length];
    const positions = new Float32Array(3 * n * m);
    const colors = new Float32Array(3 * n * m);
    const [p, c] = [new Vector3(), new Color()];
    for (let j = 0; j < m; j++) {
      for (let i = 0; i < n; i++) {
        const k = j * n + i;
        const z = Number.isFinite(loss[k]) ? scale.height(loss[k]) : 0;
        this.place(alpha[i], beta[j], z, p);
        positions.set([p.x, p.y - LIFT, p.z], 3 * k);
        c.setStyle(scale.smooth(z));
        colors.set([c.r, c.g, c.b], 3 * k);
      }
    }
    const index = [];
    const finite = (k) => Number.isFinite(loss[k]);
    for (let j = 0; j < m - 1; j++) {
      for (let i = 0; i < n - 1; i++) {
        const k = j * n + i;
        if (![k, k + 1, k + n, k + n + 1].every(finite)) continue;
        index.push(k, k + 1, k + n, k + 1, k + n + 1, k + n);
      }
    }
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(positions, 3));
    geometry.setAttribute("color", new BufferAttribute(colors, 3));
    geometry.setIndex(index);
    geometry.computeVertexNormals();
    const material = new MeshLambertMaterial({
      vertexColors: true,
      side: DoubleSide,
      polygonOffset: true, // behind the lines on it
      polygonOffsetFactor: 2,
      polygonOffsetUnits: 4,
    });
    return new Mesh(geometry, material);
  }

  contourLines() {
    const { plane, scale } = this;
    const shapes = planeContours(plane, scale);
    const { alpha, beta } = plane;
    const missing = new Set(shapes.missing.map(([i, j]) => j * alpha.length + i));
    const bad = (x, y) => {
      const i = Math.min(Math.max(Math.floor(fractionalIndex(alpha, x)), 0), alpha.length - 2);
      const j = Math.min(Math.max(Math.floor(fractionalIndex(beta, y)), 0), beta.length - 2);
      return missing.has(j * alpha.length + i);
    };
    const points = [];
    for (const { value, rings } of shapes.lines) {
      const z = scale.height(value);
      for (const ring of rings) {
        for (const piece of openPieces(ring, plane, bad)) {
          for (let k = 0; k + 3 < piece.length; k += 2) {
            points.push(this.place(piece[k], piece[k + 1], z), this.place(piece[k + 2], piece[k + 3], z));
          }
        }
      }
    }
    const geometry = new BufferGeometry().setFromPoints(points);
    return new LineSegments(geometry, new LineBasicMaterial({ color: 0xffffff, transparent: true, opacity: 0.7 }));
  }

  floor(color) {
    const { alpha, beta } = this.plane;
    const [x0, x1, y0, y1] = [alpha[0], alpha[alpha.length - 1], beta[0], beta[beta.length - 1]];
    const corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map(([x, y]) => this.onFloor(x, y));
    const geometry = new BufferGeometry().setFromPoints(corners.flatMap((p, i) => [p, corners[(i + 1) % 4]]));
    return new LineSegments(geometry, new LineBasicMaterial({ color: new Color(color) }));
  }

  /** A height between 0 and 1 above (x, y), not of the surface. */
  above(x, y, z) {
    return this.place(x, y, z).setY(HEIGHT * z);
  }

  onFloor(x, y) {
    return this.place(x, y, 0).setY(-0.004);
  }

  /**
   * A run's path from one step to another, laid over the surface between checkpoints.
   *
   * Returns the pieces it has where it leaves the picture or crosses a hole: {points, steps}, a step for every point.
   */
  draped(run, from, to) {
    const plane = this.plane.id;
    const { x, y, step } = run.checkpoints;
    const [xs, ys] = [x[plane], y[plane]];
    const stops = [];
    const start = head(run, plane, from);
    if (start && !start.exact) stops.push([start.x, start.y, from]);
    const last = Math.min(lastAt(step, to), xs.length - 1);
    for (let i = Math.max(0, lastAt(step, from - 1) + 1); i <= last; i++) stops.push([xs[i], ys[i], step[i]]);
    const end = to === Infinity ? null : head(run, plane, to);
    if (end && !end.exact) stops.push([end.x, end.y, to]);
    const pieces = [{ points: [], steps: [] }];
    const add = (px, py, at) => {
      const z = this.heightAt(px, py);
      const piece = pieces[pieces.length - 1];
      if (Number.isFinite(z)) {
        piece.points.push(this.place(px, py, z + 0.004));
        piece.steps.push(at);
      } else if (piece.points.length) pieces.push({ points: [], steps: [] });
    };
    const { alpha, beta } = this.plane;
    const [cw, ch] = [(alpha[alpha.length - 1] - alpha[0]) / alpha.length, (beta[beta.length - 1] - beta[0]) / beta.length];
    stops.forEach(([px, py, at], i) => {
      if (i) {
        const [qx, qy, before] = stops[i - 1];
        const cells = Math.ceil(Math.max(Math.abs(px - qx) / cw, Math.abs(py - qy) / ch)) || 1;
        const parts = Math.min(MOST_PARTS, Math.max(LEAST_PARTS, cells));
        for (let k = 1; k < parts; k++) {
          const t = k / parts;
          add(qx + t * (px - qx), qy + t * (py - qy), before + t * (at - before));
        }
      }
      add(px, py, at);
    });
    return pieces.filter((piece) => piece.points.length > 1);
  }
}
