// Trajectories over the surface: made once, and shown as far as the step.

import {
  Color, Group, InstancedMesh, Matrix4, Mesh, MeshBasicMaterial, SphereGeometry,
} from "three"; // prettier-ignore
import { Line2 } from "three/addons/lines/Line2.js";
import { LineGeometry } from "three/addons/lines/LineGeometry.js";
import { LineMaterial } from "three/addons/lines/LineMaterial.js";
import { head, lastAt } from "./runs.js";

const DOTS = 1e4; // drawn after every line
const HEAD = new SphereGeometry(0.015, 20, 14);

export class SurfaceTracks {
  constructor() {
    this.paths = new Group(); // lines, checkpoints, heads
    this.marked = new Group(); // the brushed span
    this.placed = [];
    this.tracks = [];
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
    this.tracks = this.placed.map(({ run, look }, i) => ({
      run,
      pieces: shape.draped(run, 0, Infinity).map(({ points, steps }) => ({
        steps,
        ahead: this.addLine(this.paths, points, look.color, 1.2, 0.45, 4 * i),
        halo: this.addLine(this.paths, points, colors.ground, 4.2, 0.85, 4 * i + 1),
        behind: this.addLine(this.paths, points, look.color, 2.4, 1, 4 * i + 2),
      })),
      ball: this.addHead(look),
    }));
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
      const radius = part === "rim" ? 0.0088 : 0.0065;
      const material = new MeshBasicMaterial({ depthTest: false, transparent: true });
      const balls = new InstancedMesh(new SphereGeometry(radius, 12, 8), material, dots.length);
      dots.forEach((dot, i) => {
        balls.setMatrixAt(i, matrix.setPosition(dot.point));
        balls.setColorAt(i, new Color(dot[part]));
      });
      balls.renderOrder = DOTS + k;
      balls.frustumCulled = false;
      this.paths.add(balls);
    });
  }

  addHead(look) {
    const ball = new Mesh(HEAD, new MeshBasicMaterial({ color: new Color(look.color), depthTest: false, transparent: true }));
    ball.renderOrder = DOTS + 2;
    this.paths.add(ball);
    return ball;
  }

  addLine(group, points, color, width, opacity, order) {
    const geometry = new LineGeometry().setPositions(points.flatMap(({ x, y, z }) => [x, y, z]));
    // Seen through the surface, so that no ridge hides where a run went.
    const material = new LineMaterial({ color: new Color(color), linewidth: width, transparent: true, opacity, depthTest: false });
    const line = new Line2(geometry, material);
    line.renderOrder = order;
    line.frustumCulled = false;
    group.add(line);
    return line;
  }

  /** Show the paths up to the step, and the brushed span; only what is drawn of each line changes, not the lines. */
  update(step, span, focus) {
    const recede = this.tracks.some(({ run }) => run.id === focus);
    const { shape } = this;
    for (const { run, pieces, ball } of this.tracks) {
      const faded = recede && run.id !== focus;
      for (const { steps, ahead, halo, behind } of pieces) {
        const count = Math.max(0, lastAt(steps, step));
        halo.geometry.instanceCount = behind.geometry.instanceCount = count;
        halo.visible = behind.visible = count > 0;
        ahead.material.opacity = faded ? 0.15 : 0.45;
        halo.material.opacity = faded ? 0.2 : 0.85;
        behind.material.opacity = faded ? 0.35 : 1;
        behind.material.linewidth = run.id === focus ? 3.6 : 2.4;
      }
      const at = head(run, shape.plane.id, step);
      const z = at ? shape.heightAt(at.x, at.y) : NaN;
      ball.visible = Number.isFinite(z);
      if (ball.visible) shape.place(at.x, at.y, z, ball.position);
    }
    this.mark(span);
  }

  mark(span) {
    const key = span.join();
    if (key === this.shown && this.marked.children.length) return;
    this.shown = key;
    clear(this.marked);
    if (!span.length) return;
    for (const { run } of this.tracks) {
      for (const { points } of this.shape.draped(run, span[0], span[1])) {
        this.addLine(this.marked, points, this.colors.accent, 13, 0.55, -1);
      }
    }
  }

  destroy() {
    clear(this.paths);
    clear(this.marked);
  }
}

/** Remove everything from a group and free what it held on the graphics card. */
export function clear(group) {
  for (const child of [...group.children]) {
    group.remove(child);
    if (child.geometry !== HEAD) child.geometry?.dispose();
    child.material?.dispose();
  }
}
