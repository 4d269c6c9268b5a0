// The plane as a surface over (alpha, beta), its height the loss on the colour bar's scale, by three.js. Cells that touch
// a value that is not finite are left out. Drawn when something changes, never continuously.

import {
  AmbientLight, BufferAttribute, BufferGeometry, Color, DirectionalLight, DoubleSide, Group, InstancedMesh, LineBasicMaterial,
  LineSegments, Matrix4, Mesh, MeshBasicMaterial, MeshLambertMaterial, PerspectiveCamera, Raycaster, Scene, SphereGeometry, SRGBColorSpace,
  Vector2, Vector3, WebGLRenderer,
} from "three"; // prettier-ignore
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { Line2 } from "three/addons/lines/Line2.js";
import { LineGeometry } from "three/addons/lines/LineGeometry.js";
import { LineMaterial } from "three/addons/lines/LineMaterial.js";
import { Layer, h, icon } from "./dom.js";
import { number, tick } from "./format.js";
import { fractionalIndex, nearestIndex } from "./frame.js";
import { openPieces, planeContours } from "./contours.js";
import { FONT, axisName, axisTicks, paintBar, paintBarMark } from "./planePaint.js";
import { Tooltip } from "./tooltip.js";
import { head, lastAt } from "./runs.js";

const HEIGHT = 0.62; // of the box, where its longer side is 1
const LIFT = 0.006; // of lines above the surface
const BAR_WIDTH = 92;
const DOTS = 1e4; // drawn after every line
const LEAST_PARTS = 8; // of a path between two checkpoints
const MOST_PARTS = 64;
const HELP = "Arrow keys turn the surface; plus and minus zoom; 0 resets.";

export class SurfacePanel {
  constructor(app) {
    this.app = app;
    this.over = new Layer("lx-layer lx-surface-over");
    this.stage = h("div", {
      class: "lx-stage lx-surface-stage",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "3-D surface",
      "aria-describedby": `${app.id}-surface-help`,
    });
    this.tooltip = new Tooltip(this.stage);
    const tool = (name, label, action) =>
      h("button", { type: "button", class: "lx-tool", "aria-label": label, title: label, onclick: action }, icon(name));
    this.tools = h(
      "div",
      { class: "lx-tools", role: "group", "aria-label": "View of the surface" },
      tool("plus", "Nearer", () => this.dolly(0.8)),
      tool("minus", "Farther", () => this.dolly(1.25)),
      tool("fit", "Reset the view", () => this.reset()),
    );
    this.note = h("p", { class: "lx-empty", hidden: true });
    this.el = h(
      "div",
      { class: "lx-surface-view", hidden: true },
      this.note,
      this.stage,
      h("p", { class: "lx-hidden", id: `${app.id}-surface-help`, text: HELP }),
    );
  }

  /** Make the renderer when the surface is first asked for; say so where the browser has no WebGL. */
  start() {
    if (this.renderer || this.failed) return Boolean(this.renderer);
    try {
      this.renderer = new WebGLRenderer({ antialias: true, alpha: true, preserveDrawingBuffer: true });
    } catch {
      this.failed = true;
      this.note.textContent = "This browser offers no WebGL, which the surface needs; the contours show the same values.";
      this.note.hidden = false;
      this.stage.hidden = this.tools.hidden = true;
      return false;
    }
    this.renderer.outputColorSpace = SRGBColorSpace;
    this.renderer.domElement.className = "lx-layer";
    this.renderer.domElement.setAttribute("aria-hidden", "true");
    this.over.canvas.style.pointerEvents = "none";
    this.stage.prepend(this.renderer.domElement, this.over.canvas);
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(32, 1, 0.01, 50);
    const sun = new DirectionalLight(0xffffff, 1.1);
    sun.position.set(-1, 2, 1);
    this.scene.add(new AmbientLight(0xffffff, 2.3), sun);
    this.fixed = new Group(); // surface, contour lines, box
    this.paths = new Group(); // trajectories and checkpoints
    this.moving = new Group(); // the brushed span
    this.scene.add(this.fixed, this.paths, this.moving);
    this.controls = new OrbitControls(this.camera, this.renderer.domElement);
    this.controls.enablePan = false;
    this.controls.enableDamping = false;
    this.controls.minDistance = 0.6;
    this.controls.maxDistance = 6;
    this.controls.maxPolarAngle = 0.495 * Math.PI;
    this.controls.enableZoom = false; // the wheel scrolls the page; a modifier zooms, below
    this.controls.addEventListener("change", () => this.app.frames.request("heads"));
    this.listen();
    this.reset();
    return true;
  }

  listen() {
    const { stage } = this;
    stage.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.dolly(Math.exp(event.deltaY * 0.003));
      },
      { passive: false },
    );
    stage.addEventListener("keydown", (event) => {
      const turns = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, -0.08], ArrowDown: [0, 0.08] };
      if (event.key in turns) this.turn(...turns[event.key]);
      else if (event.key === "+" || event.key === "=") this.dolly(0.8);
      else if (event.key === "-") this.dolly(1.25);
      else if (event.key === "0") this.reset();
      else return;
      event.preventDefault();
    });
    stage.addEventListener("pointermove", (event) => {
      const box = stage.getBoundingClientRect();
      this.point(event.clientX - box.left, event.clientY - box.top);
    });
    stage.addEventListener("pointerleave", () => {
      this.tooltip.hide();
      this.loss = undefined;
      this.app.hover(null);
      this.app.frames.request("heads");
    });
    let pressed = null;
    stage.addEventListener("pointerdown", (event) => (pressed = [event.clientX, event.clientY]));
    stage.addEventListener("pointerup", (event) => {
      const still = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) < 4;
      const box = stage.getBoundingClientRect();
      const hit = still && this.nearest(event.clientX - box.left, event.clientY - box.top);
      if (hit) this.app.pick(hit.run.id, hit.index);
    });
  }

  turn(azimuth, polar) {
    const offset = this.camera.position.clone().sub(this.controls.target);
    const angle = Math.atan2(offset.x, offset.z) + azimuth;
    const radius = offset.length();
    const tilt = Math.min(Math.max(Math.acos(offset.y / radius) + polar, 0.05), 0.49 * Math.PI);
    offset.set(radius * Math.sin(tilt) * Math.sin(angle), radius * Math.cos(tilt), radius * Math.sin(tilt) * Math.cos(angle));
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
  }

  dolly(factor) {
    const offset = this.camera.position.clone().sub(this.controls.target);
    offset.setLength(Math.min(Math.max(offset.length() * factor, 0.6), 6));
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
    this.app.frames.request("heads");
  }

  reset() {
    if (!this.renderer) return;
    this.controls.target.set(0, 0.17, 0);
    this.camera.position.set(-0.9, 1.5, 1.6);
    this.controls.update();
    this.app.frames.request("heads");
  }

  resize(width) {
    const height = Math.round(Math.min(0.78 * width, 540));
    this.stage.style.height = `${height}px`;
    this.over.resize(width, height);
    this.size = [width, height];
  }

  /** Scene coordinates of (alpha, beta) at a height between 0 and 1. */
  place(x, y, z, out = new Vector3()) {
    const { alpha, beta } = this.app.plane();
    const [w, d] = [alpha[alpha.length - 1] - alpha[0], beta[beta.length - 1] - beta[0]];
    const unit = this.app.plane().orthonormal ? Math.max(w, d) : null;
    return out.set(
      (x - alpha[0] - w / 2) / (unit ?? w),
      HEIGHT * z + LIFT,
      -(y - beta[0] - d / 2) / (unit ?? d),
    );
  }

  /** Height of the surface under (x, y): of the triangle drawn there, NaN outside and in cells that were left out. */
  heightAt(x, y) {
    const { alpha, beta, loss } = this.app.plane();
    const [n, m] = [alpha.length, beta.length];
    const [fi, fj] = [fractionalIndex(alpha, x), fractionalIndex(beta, y)];
    if (!(fi >= 0 && fj >= 0 && fi <= n - 1 && fj <= m - 1)) return NaN;
    const [i, j] = [Math.min(Math.floor(fi), n - 2), Math.min(Math.floor(fj), m - 2)];
    const [s, t] = [fi - i, fj - j];
    const at = (di, dj) => {
      const value = loss[(j + dj) * n + i + di];
      return Number.isFinite(value) ? this.app.lossScale().height(value) : NaN;
    };
    const [a, b, c, d] = [at(0, 0), at(1, 0), at(0, 1), at(1, 1)];
    return s + t <= 1 ? a + s * (b - a) + t * (c - a) : d + (1 - s) * (c - d) + (1 - t) * (b - d);
  }

  drawField() {
    if (!this.start()) return;
    clear(this.fixed);
    const plane = this.app.plane();
    const scale = this.app.lossScale();
    this.addSurface(plane, scale);
    this.addContours(plane, scale);
    this.addBox();
    this.stage.setAttribute(
      "aria-label",
      `${plane.label || "Plane"} as a surface: loss from ${number(scale.low, 3)} to ${number(scale.high, 3)}`,
    );
  }

  addSurface({ alpha, beta, loss }, scale) {
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
    const material = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide, polygonOffset: true, polygonOffsetFactor: 2, polygonOffsetUnits: 4 });
    this.surface = new Mesh(geometry, material);
    this.fixed.add(this.surface);
  }

  addContours(plane, scale) {
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
    this.fixed.add(new LineSegments(geometry, new LineBasicMaterial({ color: 0xffffff, transparent: true, opacity: 0.7 })));
  }

  addBox() {
    const plane = this.app.plane();
    const [x0, x1] = [plane.alpha[0], plane.alpha[plane.alpha.length - 1]];
    const [y0, y1] = [plane.beta[0], plane.beta[plane.beta.length - 1]];
    const corner = (x, y, z) => this.place(x, y, z).setY(HEIGHT * z - 0.004);
    const floor = [corner(x0, y0, 0), corner(x1, y0, 0), corner(x1, y1, 0), corner(x0, y1, 0)];
    const points = floor.flatMap((p, i) => [p, floor[(i + 1) % 4]]);
    const geometry = new BufferGeometry().setFromPoints(points);
    this.fixed.add(new LineSegments(geometry, new LineBasicMaterial({ color: new Color(this.app.colors.ink3) })));
  }

  /** Runs with the scene coordinates of their checkpoints; those off the picture or over a hole have none. */
  entries() {
    const plane = this.app.plane().id;
    return this.app
      .entries()
      .filter(({ run }) => run.checkpoints?.x?.[plane]?.length)
      .map((entry) => {
        const { x, y } = entry.run.checkpoints;
        const points = Array.from(x[plane], (value, i) => {
          const z = this.heightAt(value, y[plane][i]);
          return Number.isFinite(z) ? this.place(value, y[plane][i], z) : null;
        });
        return { ...entry, points };
      });
  }

  drawPaths() {
    if (!this.start()) return;
    clear(this.paths);
    clear(this.moving);
    this.placed = this.entries();
    this.addDots();
    this.tracks = this.placed.map(({ run, look }, i) => ({
      run,
      look,
      pieces: this.draped(run, 0, Infinity).map((piece) => ({
        steps: piece.steps,
        ahead: this.addLine(this.paths, piece.points, look.color, 1.2, 0.45, 4 * i),
        halo: this.addLine(this.paths, piece.points, this.app.colors.ground, 4.2, 0.85, 4 * i + 1),
        behind: this.addLine(this.paths, piece.points, look.color, 2.4, 1, 4 * i + 2),
      })),
      head: this.addHead(look),
    }));
    this.drawLines();
  }

  /** Checkpoints as balls in the colour of their own loss, rimmed in the method's. */
  addDots() {
    const scale = this.app.lossScale();
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

  /**
   * A run's path from one step to another, laid over the surface between checkpoints.
   *
   * Returns the pieces it has where it leaves the picture or crosses a hole: {points, steps}, a step for every point.
   */
  draped(run, from, to) {
    const plane = this.app.plane().id;
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
    const { alpha, beta } = this.app.plane();
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
  drawLines() {
    if (!this.start() || !this.tracks) return;
    const { store } = this.app;
    const step = store.get("step");
    const focus = this.tracks.some(({ run }) => run.id === this.app.focus()) ? this.app.focus() : null;
    const plane = this.app.plane().id;
    for (const { run, pieces, head: ball } of this.tracks) {
      const faded = Boolean(focus) && run.id !== focus;
      for (const { steps, ahead, halo, behind } of pieces) {
        const count = Math.max(0, lastAt(steps, step));
        halo.geometry.instanceCount = behind.geometry.instanceCount = count;
        halo.visible = behind.visible = count > 0;
        ahead.material.opacity = faded ? 0.15 : 0.45;
        halo.material.opacity = faded ? 0.2 : 0.85;
        behind.material.opacity = faded ? 0.35 : 1;
        behind.material.linewidth = run.id === focus ? 3.6 : 2.4;
      }
      const at = head(run, plane, step);
      const z = at ? this.heightAt(at.x, at.y) : NaN;
      ball.visible = Number.isFinite(z);
      if (ball.visible) this.place(at.x, at.y, z, ball.position);
    }
    this.drawSpan();
  }

  drawSpan() {
    const span = this.app.store.get("selection");
    const key = span.join() + (this.tracks ? this.tracks.length : 0);
    if (key === this.spanShown && this.moving.children.length) return;
    this.spanShown = key;
    clear(this.moving);
    if (!span.length) return;
    for (const { run } of this.tracks) {
      for (const { points } of this.draped(run, span[0], span[1])) {
        this.addLine(this.moving, points, this.app.colors.accent, 13, 0.55, -1);
      }
    }
  }

  drawHeads() {
    if (!this.renderer || !this.size) return;
    const [width, height] = this.size;
    const inner = Math.max(120, width - BAR_WIDTH);
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    if (this.drawn !== `${inner}x${height}@${ratio}`) {
      this.drawn = `${inner}x${height}@${ratio}`;
      this.renderer.setPixelRatio(ratio);
      this.renderer.setSize(inner, height);
      this.camera.aspect = inner / height;
      this.camera.updateProjectionMatrix();
    }
    this.renderer.render(this.scene, this.camera);
    this.drawOver(inner, height);
  }

  screen(point) {
    const [width, height] = this.size;
    const inner = Math.max(120, width - BAR_WIDTH);
    const p = point.clone().project(this.camera);
    return [((p.x + 1) / 2) * inner, ((1 - p.y) / 2) * height];
  }

  /** Axis labels, colour bar and marks, in screen space. */
  drawOver(inner, height) {
    const { colors, store } = this.app;
    const context = this.over.clear();
    const plane = this.app.plane();
    const scale = this.app.lossScale();
    const bar = { right: inner - 6, top: 24, bottom: height - 24, height: height - 48 };
    paintBar(context, scale, bar, colors, this.app.lossLabel());
    if (Number.isFinite(this.loss)) paintBarMark(context, scale, bar, this.loss, colors);
    this.labelAxes(context, plane, colors);
    const picked = store.get("picked");
    const point = picked && this.placed?.find(({ run }) => run.id === picked.runId)?.points[picked.index];
    if (point) {
      const [x, y] = this.screen(point);
      for (const [color, width] of [[colors.ground, 4], [colors.ink, 1.8]]) {
        context.beginPath();
        context.arc(x, y, 9, 0, 2 * Math.PI);
        context.strokeStyle = color;
        context.lineWidth = width;
        context.stroke();
      }
    }
  }

  /** Ticks and names along the two edges of the floor that face the viewer. */
  labelAxes(context, plane, colors) {
    const [x0, x1] = [plane.alpha[0], plane.alpha[plane.alpha.length - 1]];
    const [y0, y1] = [plane.beta[0], plane.beta[plane.beta.length - 1]];
    const { x: cx, z: cz } = this.camera.position;
    const nearY = cz > 0 ? y0 : y1; // the edge along alpha
    const nearX = cx > 0 ? x1 : x0; // the edge along beta
    const at = (x, y) => this.screen(this.place(x, y, 0).setY(0));
    this.labelEdge(context, at, axisTicks(x0, x1, 300).map((value) => [value, nearY, tick(value)]), [x0, nearY], [x1, nearY], axisName(plane, 0), colors);
    this.labelEdge(context, at, axisTicks(y0, y1, 240).map((value) => [nearX, value, tick(value)]), [nearX, y0], [nearX, y1], axisName(plane, 1), colors);
  }

  /** Ticks and the name of one edge of the floor, on its outer side and along it. */
  labelEdge(context, at, ticks, from, to, name, colors) {
    const [ax, ay] = at(...from);
    const [bx, by] = at(...to);
    const middle = this.screen(new Vector3(0, 0, 0));
    const length = Math.hypot(bx - ax, by - ay) || 1;
    let [nx, ny] = [(by - ay) / length, (ax - bx) / length];
    if (nx * ((ax + bx) / 2 - middle[0]) + ny * ((ay + by) / 2 - middle[1]) < 0) [nx, ny] = [-nx, -ny];
    context.font = FONT;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = colors.ink2;
    for (const [x, y, text] of ticks) {
      const [px, py] = at(x, y);
      context.fillText(text, px + 13 * nx, py + 11 * ny);
    }
    let angle = Math.atan2(by - ay, bx - ax);
    if (angle > Math.PI / 2) angle -= Math.PI;
    if (angle < -Math.PI / 2) angle += Math.PI;
    context.save();
    context.translate((ax + bx) / 2 + 32 * nx, (ay + by) / 2 + 30 * ny);
    context.rotate(angle);
    context.fillStyle = colors.ink;
    context.fillText(name, 0, 0);
    context.restore();
  }

  nearest(px, py, reach = 12) {
    let best = null;
    for (const { run, look, name, points } of this.placed ?? []) {
      points.forEach((point, index) => {
        if (!point) return;
        const [x, y] = this.screen(point);
        const distance = Math.hypot(x - px, y - py);
        if (distance < (best?.distance ?? reach)) best = { run, look, name, index, distance, x, y };
      });
    }
    return best;
  }

  point(px, py) {
    if (!this.surface) return;
    const hit = this.nearest(px, py);
    this.stage.classList.toggle("lx-on-checkpoint", Boolean(hit));
    const plane = this.app.plane();
    if (hit) {
      const { checkpoints } = hit.run;
      this.loss = checkpoints.loss?.[hit.index];
      const rows = [["step", String(checkpoints.step[hit.index])]];
      if (checkpoints.loss) rows.push(["loss", number(this.loss, 6)]);
      this.tooltip.show(hit.x, hit.y, rows, { text: hit.name, color: hit.look.color });
      this.app.hover({ runId: hit.run.id });
    } else {
      this.app.hover(null);
      const [width, height] = this.size;
      const inner = Math.max(120, width - BAR_WIDTH);
      const ray = new Raycaster();
      ray.setFromCamera(new Vector2((2 * px) / inner - 1, 1 - (2 * py) / height), this.camera);
      const found = px <= inner ? ray.intersectObject(this.surface)[0] : undefined;
      this.loss = undefined;
      if (!found) this.tooltip.hide();
      else {
        const { i, j } = this.gridPoint(found.point);
        this.loss = plane.loss[j * plane.alpha.length + i];
        this.tooltip.show(px, py, [
          ["loss", number(this.loss, 6)],
          ["at grid point", `α ${number(plane.alpha[i], 5)}, β ${number(plane.beta[j], 5)}`],
        ]);
      }
    }
    this.app.frames.request("heads");
  }

  gridPoint({ x, z }) {
    const { alpha, beta, orthonormal } = this.app.plane();
    const [w, d] = [alpha[alpha.length - 1] - alpha[0], beta[beta.length - 1] - beta[0]];
    const unit = orthonormal ? Math.max(w, d) : null;
    return {
      i: nearestIndex(alpha, x * (unit ?? w) + alpha[0] + w / 2),
      j: nearestIndex(beta, -z * (unit ?? d) + beta[0] + d / 2),
    };
  }

  /** The surface as it is drawn now. */
  image() {
    this.drawHeads();
    return this.renderer.domElement;
  }

  destroy() {
    if (!this.renderer) return;
    for (const group of [this.fixed, this.paths, this.moving]) clear(group);
    this.controls.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }
}

const HEAD = new SphereGeometry(0.015, 20, 14);

/** Remove everything from a group and free what it held on the graphics card. */
function clear(group) {
  for (const child of [...group.children]) {
    group.remove(child);
    if (child.geometry !== HEAD) child.geometry?.dispose();
    child.material?.dispose();
  }
}
