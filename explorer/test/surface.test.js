import assert from "node:assert/strict";
import { test } from "node:test";
import { lossScale } from "../src/colour.js";
import { SurfaceShape } from "../src/surfaceShape.js";

const axis = [0, 1, 2, 3, 4];
const loss = Float64Array.from(axis.flatMap((y) => axis.map((x) => 10 ** (x + y - 4))));
loss[2 * 5 + 2] = NaN; // the middle: four cells are left out
const plane = { id: "p", alpha: axis, beta: axis, loss, orthonormal: true };
const shape = new SurfaceShape(plane, lossScale([loss]));
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("the surface passes through its points, is flat between them, and has no height where it is not drawn", () => {
  near(shape.heightAt(0, 0), 0);
  near(shape.heightAt(4, 4), 1);
  near(shape.heightAt(3.25, 0.5), 3.75 / 8); // the logarithm is linear here
  assert.ok(Number.isNaN(shape.heightAt(1.5, 1.5)));
  assert.ok(Number.isNaN(shape.heightAt(4.1, 0)));
});

test("places and grid points invert each other", () => {
  assert.deepEqual(shape.gridPoint(shape.place(3, 1, 0.5)), { i: 3, j: 1 });
});

test("cells that touch the hole have no triangle", () => {
  assert.equal(shape.mesh().geometry.index.count, 6 * (16 - 4));
});

test("a path over the surface is broken at the hole, and its steps ascend", () => {
  const run = {
    checkpoints: { step: Int32Array.of(0, 10, 20), x: { p: [0, 4, 4] }, y: { p: [1.5, 1.5, 4] } },
  };
  const pieces = shape.draped(run, 0, Infinity);
  assert.equal(pieces.length, 2);
  for (const { steps } of pieces) assert.deepEqual([...steps].sort((a, b) => a - b), steps);
  assert.ok(pieces[0].steps.at(-1) < 2.6 && pieces[1].steps[0] > 7.4);
  const [part] = shape.draped(run, 12, 15);
  assert.deepEqual([part.steps[0], part.steps.at(-1)], [12, 15]);
  near(part.points[0].x, shape.place(4, 2, 0).x);
});
