// Ticks and names of the surface's floor, in screen space.

import { tick } from "./format.js";
import { FONT, axisName, axisTicks } from "./planePaint.js";

/**
 * Label the two edges of the floor that face the viewer.
 *
 * `at` gives the screen position of (alpha, beta) on the floor, `eye` is the camera's position, `middle` the floor's on the
 * screen.
 */
export function labelFloor(context, plane, at, eye, middle, colors) {
  const { alpha, beta } = plane;
  const [x0, x1, y0, y1] = [alpha[0], alpha[alpha.length - 1], beta[0], beta[beta.length - 1]];
  const nearY = eye.z > 0 ? y0 : y1; // the edge along alpha
  const nearX = eye.x > 0 ? x1 : x0; // the edge along beta
  const edge = (from, to, ticks, name) => labelEdge(context, at, middle, { from, to, ticks, name }, colors);
  edge([x0, nearY], [x1, nearY], axisTicks(x0, x1, 300).map((value) => [value, nearY, tick(value)]), axisName(plane, 0));
  edge([nearX, y0], [nearX, y1], axisTicks(y0, y1, 240).map((value) => [nearX, value, tick(value)]), axisName(plane, 1));
}

/** An axis of the loss at the corner of the floor that is leftmost on the screen; `at` gives that of (alpha, beta, height). */
export function labelHeight(context, plane, scale, at, name, colors) {
  const { alpha, beta } = plane;
  const corners = [alpha[0], alpha[alpha.length - 1]].flatMap((x) => [beta[0], beta[beta.length - 1]].map((y) => [x, y]));
  const [x, y] = corners.reduce((a, b) => (at(...b, 0)[0] < at(...a, 0)[0] ? b : a));
  const [[left, bottom], [right, top]] = [at(x, y, 0), at(x, y, 1)];
  context.strokeStyle = colors.ink3;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, bottom);
  context.lineTo(right, top);
  context.stroke();
  context.font = FONT;
  context.textAlign = "right";
  context.textBaseline = "middle";
  let lowest = Infinity;
  for (const value of scale.ticks) {
    const [px, py] = at(x, y, scale.height(value));
    if (lowest - py < 13) continue;
    lowest = py;
    context.beginPath();
    context.moveTo(px - 5, py);
    context.lineTo(px, py);
    context.stroke();
    context.fillStyle = colors.ink2;
    context.fillText(tick(value), px - 8, py);
  }
  context.fillStyle = colors.ink;
  context.textAlign = "left";
  context.fillText(name, Math.max(4, right - 40), Math.max(10, top - 14));
}

/** Ticks and the name of one edge of the floor, on its outer side and along it. */
function labelEdge(context, at, middle, { from, to, ticks, name }, colors) {
  const [ax, ay] = at(...from);
  const [bx, by] = at(...to);
  const length = Math.hypot(bx - ax, by - ay) || 1;
  let [nx, ny] = [(by - ay) / length, (ax - bx) / length];
  if (nx * ((ax + bx) / 2 - middle[0]) + ny * ((ay + by) / 2 - middle[1]) < 0) [nx, ny] = [-nx, -ny];
  context.font = FONT;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = colors.ink2;
  for (const [x, y, text] of ticks) {
    const [px, py] = at(x, y);
    context.strokeStyle = colors.ink3;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(px, py);
    context.lineTo(px + 5 * nx, py + 5 * ny);
    context.stroke();
    context.fillText(text, px + 15 * nx, py + 13 * ny);
  }
  let angle = Math.atan2(by - ay, bx - ax);
  if (angle > Math.PI / 2) angle -= Math.PI;
  if (angle < -Math.PI / 2) angle += Math.PI;
  context.save();
  context.translate((ax + bx) / 2 + 34 * nx, (ay + by) / 2 + 32 * ny);
  context.rotate(angle);
  context.fillStyle = colors.ink;
  context.fillText(name, 0, 0);
  context.restore();
}
