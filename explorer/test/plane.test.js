import assert from "node:assert/strict";
import { test } from "node:test";
import { BANDS, lossScale, roundValues } from "../src/colour.js";
import { paintBar } from "../src/planePaint.js";
import { openPieces, planeContours } from "../src/contours.js";
import { fractionalIndex, nearestIndex, panned, plotFrame, windowAround, zoomed } from "../src/frame.js";
import { stretch, toScale } from "../src/frame.js";
import { shifted, shiftsApart } from "../src/trajectories.js";
import { labelHeight } from "../src/surfaceLabels.js";

const near = (a, b, tolerance = 1e-9) => assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);

function grid(alpha, beta, f) {
  return { alpha, beta, loss: Float64Array.from(beta.flatMap((y) => alpha.map((x) => f(x, y)))) };
}
const range = (a, b, n) => Array.from({ length: n }, (_, i) => a + (i * (b - a)) / (n - 1));

test("the scale is logarithmic, floors zeros, and is linear where a value is negative", () => {
  const log = lossScale([[1e-4, 1, NaN, Infinity]]);
  near(log.height(1e-2), 0.5);
  assert.ok(log.log && !log.floored);
  const zeros = lossScale([[0, 1e-3, 1]]);
  assert.ok(zeros.floored);
  assert.equal(zeros.height(0), 0);
  assert.equal(zeros.low, 1e-3);
  const linear = lossScale([[-1, 3]]);
  assert.ok(!linear.log);
  near(linear.height(1), 0.5);
  assert.equal(log.color(NaN), null);
  assert.equal(log.bandColor(0), log.color(1e-4));
  assert.equal(log.bandColor(BANDS - 1), log.color(1));
});

test("a flat plane still has a range, of which its bar names the one value there is", () => {
  const scale = lossScale([[2, NaN, 2]]);
  assert.ok(scale.low < 2 && scale.high > 2 && scale.known && scale.flat);
  assert.deepEqual(scale.ticks, [2]);
  assert.deepEqual(planeContours(grid([0, 1, 2], [0, 1, 2], () => 2), scale).lines, []);
  assert.ok(!lossScale([[2, 3]]).flat);
});

test("where no loss is finite no value is named", () => {
  for (const arrays of [[[NaN, Infinity]], [[], []]]) {
    const scale = lossScale(arrays);
    assert.ok(!scale.known && scale.height(3) >= 0);
  }
  assert.ok(lossScale([[NaN], [4, 5]]).known); // a checkpoint's own
});

test("no bar is painted where no loss is known", () => {
  const painted = [];
  const context = new Proxy({}, { get: (_, name) => (name === "measureText" ? () => ({ width: 1 }) : () => painted.push(name)) });
  const frame = { right: 100, top: 0, bottom: 100, height: 100 };
  paintBar(context, lossScale([[NaN]]), frame, {}, "loss");
  assert.deepEqual(painted, []);
  paintBar(context, lossScale([[1, 2]]), frame, {}, "loss");
  assert.ok(painted.filter((name) => name === "fillRect").length === BANDS);
});

test("round values lie inside and are round", () => {
  assert.deepEqual(roundValues(0.02, 40, true), [0.03, 0.1, 0.3, 1, 3, 10, 30]);
  assert.deepEqual(roundValues(0, 1, false, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.ok(roundValues(1e-30, 1e30, true).length < 12);
});

test("contours of a linear field lie where the field has their value, on an uneven grid too", () => {
  const alpha = [0, 1, 2, 4, 8];
  const plane = grid(alpha, range(0, 3, 4), (x) => 1 + x);
  const scale = { height: (v) => (v - 1) / 8, bandColor: () => "#000", ticks: [3, 7] };
  const { lines } = planeContours(plane, scale);
  for (const { value, rings } of lines) {
    const [piece] = rings.flatMap((ring) => openPieces(ring, plane, () => false));
    for (let i = 0; i < piece.length; i += 2) near(piece[i], value - 1);
  }
});

test("cells that touch a value that is not finite are missing, and their neighbours are as without it", () => {
  const axis = range(0, 4, 5);
  const plane = grid(axis, axis, (x, y) => 1 + x + y);
  const scale = lossScale([plane.loss]);
  const whole = planeContours(plane, scale);
  const holed = { ...plane, loss: plane.loss.slice() };
  holed.loss[0] = NaN; // corner: one cell
  holed.loss[4 * 5 + 2] = Infinity; // edge: two cells
  const shapes = planeContours(holed, scale);
  assert.deepEqual(shapes.missing, [[0, 0], [1, 3], [2, 3]]);
  const key = (cell) => cell.join();
  const missing = new Set(shapes.missing.map(key));
  const bad = (x, y) => missing.has(key([Math.min(Math.floor(x), 3), Math.min(Math.floor(y), 3)]));
  const points = (contours) =>
    new Set(
      contours.lines
        .flatMap(({ rings }) => rings.flatMap((ring) => openPieces(ring, plane, bad)))
        .flatMap((piece) => Array.from({ length: piece.length / 2 }, (_, i) => `${piece[2 * i].toFixed(9)} ${piece[2 * i + 1].toFixed(9)}`)),
    );
  const [a, b] = [points(whole), points(shapes)];
  assert.ok(a.size > 5);
  for (const point of a) {
    const [x, y] = point.split(" ").map(Number);
    const touches = [...missing].some((cell) => {
      const [i, j] = cell.split(",").map(Number);
      return x >= i && x <= i + 1 && y >= j && y <= j + 1;
    });
    if (!touches) assert.ok(b.has(point), point);
  }
});

test("indices on an uneven axis", () => {
  const axis = [0, 1, 4, 10];
  assert.equal(nearestIndex(axis, 2.4), 1);
  assert.equal(nearestIndex(axis, 2.6), 2);
  assert.equal(nearestIndex(axis, 99), 3);
  near(fractionalIndex(axis, 7), 2.5);
  near(fractionalIndex(axis, -1), -1);
});

test("a frame of equal aspect has the same unit along both axes, and inverts", () => {
  const frame = plotFrame(500, 400, { left: 50, right: 50, top: 10, bottom: 40 }, { x0: -2, x1: 6, y0: 0, y1: 2 }, true);
  near((frame.x(1) - frame.x(0)) / (frame.y(0) - frame.y(1)), 1);
  near(frame.invertX(frame.x(3.3)), 3.3);
  near(frame.invertY(frame.y(1.1)), 1.1);
  assert.ok(frame.contains(frame.x(0), frame.y(1)) && !frame.contains(frame.left - 1, frame.top));
});

test("zooming keeps the point under the pointer, and stays inside the plane", () => {
  const limit = { x0: 0, x1: 10, y0: 0, y1: 5 };
  const view = zoomed(limit, 0.5, 4, 2, limit);
  near((4 - view.x0) / (view.x1 - view.x0), 0.4);
  near(view.y1 - view.y0, 2.5);
  assert.deepEqual(zoomed(view, 10, 9, 4, limit), limit);
  assert.deepEqual(panned(view, -100, 100, limit), { x0: 0, x1: 5, y0: 2.5, y1: 5 });
  const around = windowAround([[9.5, 4.9], [9.9, 4.7], [NaN, 0]], limit);
  assert.ok(around.x1 <= 10 && around.y1 <= 5 && around.x0 < 9.5 && around.y0 < 4.7);
  near((around.x1 - around.x0) / (around.y1 - around.y0), 2);
});

test("planes that would leave much of their panel empty are stretched, unless they are asked for to scale", () => {
  const plane = (height, orthonormal = true) => ({ alpha: [0, 10], beta: [0, height], orthonormal });
  assert.deepEqual([3, 8, 12, 20].map((height) => toScale(plane(height), false)), [false, true, true, false]);
  assert.deepEqual([3, 20].map((height) => toScale(plane(height), true)), [true, true]);
  assert.equal(toScale(plane(8, false), true), false);
  assert.equal(stretch({ width: 100, height: 60 }, { x0: 0, x1: 10, y0: 0, y1: 2 }), 3);
});

test("paths that lie on one another are shifted across their way, others stay", () => {
  const path = (dy) => Float64Array.of(0, dy, 50, dy, 100, dy);
  const shifts = shiftsApart([path(0), path(1), path(200)]);
  assert.deepEqual(shifts.map(([dx]) => Math.abs(dx)), [0, 0, 0]);
  assert.deepEqual(shifts.map(([, dy]) => dy), [-5, 0, 5]);
  assert.equal(shiftsApart([path(0), path(30)]), null);
  assert.equal(shiftsApart([path(0)]), null);
  assert.equal(shiftsApart(Array.from({ length: 30 }, () => path(0))), null);
  const frame = shifted({ x: (v) => v, y: (v) => -v, left: 3 }, [1, 2]);
  assert.deepEqual([frame.x(5), frame.y(5), frame.left], [6, -3, 3]);
});

test("the surface has an axis of the loss with all of its ticks", () => {
  const written = [];
  const context = new Proxy({}, { get: (_, name) => (name === "fillText" ? (text) => written.push(text) : () => {}), set: () => true });
  const scale = { ticks: [0.01, 0.1, 1], height: (value) => (Math.log10(value) + 2) / 2 };
  labelHeight(context, { alpha: [0, 1], beta: [0, 1] }, scale, (x, y, z) => [100 * x + 10 * y, 300 - 200 * z], "loss", {});
  assert.deepEqual(written, ["0.01", "0.1", "1", "loss"]);
});
