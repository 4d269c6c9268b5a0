// Trajectories over the surface: made once, and shown as far as the step. All lines are one call of the graphics card, and all
// heads another, however many runs there are.

import { Color, Group, InstancedBufferAttribute, InstancedMesh, Matrix4, MeshBasicMaterial, SphereGeometry } from "three";
import { LineMaterial } from "three/addons/lines/LineMaterial.js";
import { LineSegments2 } from "three/addons/lines/LineSegments2.js";
import { LineSegmentsGeometry } from "three/addons/lines/LineSegmentsGeometry.js";
import { head } from "./runs.js";

const DOTS = 1e4; // drawn after every line
const HEAD = new SphereGeometry(0.015, 20, 14);
const [AHEAD, HALO, BEHIND, SPAN] = [0, 1, 2, 3]; // kinds of lines, in the order of a run's; the table in WIDTHS follows it

// Of each kind: pixels, pixels of the run in focus, opacity, opacity of other runs than the one in focus.
const WIDTHS = /* glsl */ `
  attribute vec3 drawn; // kind, run, step at the end of the segment
  uniform float shownStep;
  uniform float focusedRun; // -1 for none
  varying float vOpacity;

  vec4 looks(float kind) {
    if (kind < 0.5) return vec4(1.2, 1.2, 0.45, 0.15);
    if (kind < 1.5) return vec4(4.2, 4.2, 0.85, 0.2);
    if (kind < 2.5) return vec4(2.4, 3.6, 1.0, 0.35);
    return vec4(13.0, 13.0, 0.55, 0.55);
  }
`;

export class SurfaceTracks {
  constructor() {
    this.paths = new Group(); // lines, checkpoints, heads
    this.marked = new Group(); // the brushed span
    this.placed = [];
  }

  /** Make the tracks of some runs over a shape. */
  build(shape, entries, colors) {
    clear(this.paths);
    clear(this.marked);
    this.shape = shape;
    this.colors = colors;
    this.placed = entries
      .filter(({ run }) => run.checkpoints?.x?.[shape.plane.id]?.length)
      .map((entry) => ({ ...entry, points: this.points(entry.run) }));
    this.addDots();
    const parts = this.placed.flatMap(({ run, look }, at) => {
      const pieces = shape.draped(run, 0, Infinity);
      return [AHEAD, HALO, BEHIND].flatMap((kind) => pieces.map((piece) => ({ ...piece, kind, run: at, color: kind === HALO ? colors.ground : look.color })));
    });
    this.lines = lines(parts);
    this.paths.add(this.lines);
    this.addHeads();
  }

  /** Scene coordinates of a run's checkpoints; those off the picture or over a hole have none. */
  points(run) {
    const { x, y } = run.checkpoints;
    const plane = this.shape.plane.id;
    return Array.from(x[plane], (value, i) => {
      const z = this.shape.heightAt(value, y[plane][i]);
      return Number.isFinite(z) ? this.shape.place(value, y[plane][i], z) : null;
    });
  }

  /** Checkpoints as balls in the colour of their own loss, rimmed in the method's. */
  addDots() {
    const { scale } = this.shape;
    const dots = this.placed.flatMap(({ run, look, points }) =>
      points.flatMap((point, i) => {
        const color = run.checkpoints.loss ? scale.color(run.checkpoints.loss[i]) : look.color;
        return point && color ? [{ point, fill: color, rim: look.color }] : [];
      }),
    );
    const matrix = new Matrix4();
    ["rim", "fill"].forEach((part, k) => {
      const balls = this.addBalls(new SphereGeometry(part === "rim" ? 0.0088 : 0.0065, 8, 6), dots.map((dot) => dot[part]), DOTS + k);
      dots.forEach((dot, i) => balls.setMatrixAt(i, matrix.setPosition(dot.point)));
    });
  }

  addHeads() {
    this.heads = this.addBalls(HEAD, this.placed.map(({ look }) => look.color), DOTS + 2);
  }

  addBalls(geometry, colors, order) {
    const balls = new InstancedMesh(geometry, new MeshBasicMaterial({ depthTest: false, transparent: true }), colors.length);
    colors.forEach((color, i) => balls.setColorAt(i, new Color(color)));
    balls.renderOrder = order;
    balls.frustumCulled = false;
    this.paths.add(balls);
    return balls;
  }

  /** Show the paths up to the step, and the brushed span; only what is drawn of the lines changes, not the lines. */
  update(step, span, focus) {
    const { shape } = this;
    const { uniforms } = this.lines.material;
    uniforms.shownStep.value = step;
    uniforms.focusedRun.value = this.placed.findIndex(({ run }) => run.id === focus);
    const matrix = new Matrix4();
    this.placed.forEach(({ run }, i) => {
      const at = head(run, shape.plane.id, step);
      const z = at ? shape.heightAt(at.x, at.y) : NaN;
      if (Number.isFinite(z)) matrix.identity().setPosition(shape.place(at.x, at.y, z));
      else matrix.makeScale(0, 0, 0);
      this.heads.setMatrixAt(i, matrix);
    });
    this.heads.instanceMatrix.needsUpdate = true;
    this.mark(span);
  }

  mark(span) {
    const key = span.join();
    if (key === this.shown && this.marked.children.length) return;
    this.shown = key;
    clear(this.marked);
    if (!span.length) return;
    const color = this.colors.accent;
    const parts = this.placed.flatMap(({ run }, at) => this.shape.draped(run, span[0], span[1]).map((piece) => ({ ...piece, kind: SPAN, run: at, color })));
    const marks = lines(parts);
    marks.renderOrder = -1;
    this.marked.add(marks);
  }

  destroy() {
    clear(this.paths);
    clear(this.marked);
  }
}

/** One object of all segments of parts {points, steps, kind, run, color}, the first part below the others. */
function lines(parts) {
  const count = parts.reduce((sum, { points }) => sum + points.length - 1, 0);
  const [places, colors, drawn] = [new Float32Array(6 * count), new Float32Array(6 * count), new Float32Array(3 * count)];
  const color = new Color();
  let k = 0;
  for (const { points, steps, kind, run, color: name } of parts) {
    color.set(name);
    for (let i = 1; i < points.length; i++, k++) {
      points[i - 1].toArray(places, 6 * k);
      points[i].toArray(places, 6 * k + 3);
      color.toArray(colors, 6 * k);
      color.toArray(colors, 6 * k + 3);
      drawn.set([kind, run, steps[i]], 3 * k);
    }
  }
  const geometry = new LineSegmentsGeometry().setPositions(places).setColors(colors);
  geometry.setAttribute("drawn", new InstancedBufferAttribute(drawn, 3));
  const made = new LineSegments2(geometry, lineMaterial());
  made.frustumCulled = false;
  return made;
}

/** three's lines, with a width, an opacity and a step of their own for each segment. */
function lineMaterial() {
  // Seen through the surface, so that no ridge hides where a run went.
  const material = new LineMaterial({ vertexColors: true, transparent: true, depthTest: false });
  Object.assign(material.uniforms, { shownStep: { value: 0 }, focusedRun: { value: -1 } });
  material.vertexShader = replaced(material.vertexShader, [
    ["uniform float linewidth;", WIDTHS],
    ["void main() {", "void main() {\nvec4 look = looks(drawn.x);\nbool isFocused = focusedRun == drawn.y;\nvOpacity = focusedRun < 0.0 || isFocused ? look.z : look.w;"],
    ["offset *= linewidth;", "offset *= isFocused ? look.y : look.x;"],
    ["gl_Position = clip;", "gl_Position = (drawn.x == 1.0 || drawn.x == 2.0) && drawn.z > shownStep ? vec4(2.0, 2.0, 2.0, 1.0) : clip;"],
  ]);
  material.fragmentShader = replaced(material.fragmentShader, [
    ["uniform float linewidth;", "uniform float linewidth;\nvarying float vOpacity;"],
    ["float alpha = opacity;", "float alpha = opacity * vOpacity;"],
  ]);
  return material;
}

function replaced(shader, changes) {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`three's shader of lines has no ${from}`);
    return text.replace(from, to);
  }, shader);
}

/** Remove everything from a group and free what it held on the graphics card. */
export function clear(group) {
  for (const child of [...group.children]) {
    group.remove(child);
    if (child.geometry !== HEAD) child.geometry?.dispose();
    child.material?.dispose();
    if (child.isInstancedMesh) child.dispose();
  }
}
