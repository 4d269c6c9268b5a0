// The plane as a surface over (alpha, beta), its height the loss on the colour bar's scale, by three.js. Drawn when something
// changes, never continuously.

import {
  AmbientLight, DirectionalLight, Group, PerspectiveCamera, Raycaster, Scene, SRGBColorSpace, Vector2, Vector3, WebGLRenderer,
} from "three"; // prettier-ignore
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { Layer, h, icon } from "./dom.js";
import { number } from "./format.js";
import { paintBar, paintBarMark } from "./planePaint.js";
import { labelFloor, labelHeight } from "./surfaceLabels.js";
import { SurfaceShape } from "./surfaceShape.js";
import { SurfaceTracks, clear } from "./surfaceTracks.js";
import { joined, planeRows, saveMenu } from "./panelFiles.js";
import { Tooltip } from "./tooltip.js";

const BAR_WIDTH = 92;
const EYE = [-1.1, 1.7, 1.9]; // at first
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
      saveMenu(app, "the surface", { image: () => joined([this.image(), this.over.canvas]), data: () => planeRows(app.plane()) }),
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
    this.fixed = new Group(); // surface, contour lines, floor
    this.tracks = new SurfaceTracks();
    this.scene.add(this.fixed, this.tracks.marked, this.tracks.paths);
    this.controls = new OrbitControls(this.camera, this.renderer.domElement);
    this.controls.enablePan = false;
    this.controls.enableDamping = false;
    this.controls.minDistance = 0.6;
    this.controls.maxDistance = 6;
    this.controls.maxPolarAngle = 0.495 * Math.PI;
    this.controls.addEventListener("end", () => this.keep());
    this.controls.enableZoom = false; // the wheel scrolls the page; a modifier zooms, below
    this.controls.addEventListener("change", () => this.app.frames.request("heads"));
    this.listen();
    this.look();
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
    this.keep();
  }

  dolly(factor) {
    const offset = this.camera.position.clone().sub(this.controls.target);
    offset.setLength(Math.min(Math.max(offset.length() * factor, 0.6), 6));
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
    this.keep();
  }

  reset() {
    if (!this.renderer) return;
    this.app.store.set({ camera: [] });
    this.look();
    this.app.frames.request("heads");
  }

  /** See the surface from where the state says. */
  look() {
    if (!this.renderer) return;
    const camera = this.app.store.get("camera");
    this.controls.target.set(0, 0.17, 0);
    this.camera.position.set(...(camera.length === 3 ? camera : EYE));
    this.controls.update();
  }

  /** Keep where the surface is seen from. */
  keep() {
    this.app.store.set({ camera: this.camera.position.toArray().map((value) => Number(value.toFixed(4))) });
  }

  resize(width) {
    const height = Math.round(Math.min(0.68 * width, 540));
    this.stage.style.height = `${height}px`;
    this.over.resize(width, height);
    this.size = [width, height];
  }

  drawField() {
    if (!this.start()) return;
    clear(this.fixed);
    const plane = this.app.plane();
    const scale = this.app.lossScale();
    this.shape = new SurfaceShape(plane, scale, this.app.toScale());
    this.surface = this.shape.mesh();
    this.fixed.add(this.surface, this.shape.contourLines(), this.shape.floor(this.app.colors.ink3));
    this.stage.setAttribute(
      "aria-label",
      `${plane.label || "Plane"} as a surface: loss from ${number(scale.low, 3)} to ${number(scale.high, 3)}`,
    );
  }

  drawPaths() {
    if (!this.start() || !this.shape) return;
    this.tracks.build(this.shape, this.app.entries(), this.app.colors);
    this.drawLines();
  }

  drawLines() {
    if (!this.start() || !this.shape) return;
    const { store } = this.app;
    this.tracks.update(store.get("step"), store.get("selection"), this.app.focus());
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
    const at = (x, y) => this.screen(this.shape.onFloor(x, y));
    labelFloor(context, plane, at, this.camera.position, this.screen(new Vector3(0, 0, 0)), colors);
    if (scale.known) labelHeight(context, plane, scale, (x, y, z) => this.screen(this.shape.above(x, y, z)), this.app.lossLabel(), colors);
    const picked = store.get("picked");
    const point = picked && this.tracks.placed.find(({ run }) => run.id === picked.runId)?.points[picked.index];
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

  nearest(px, py, reach = 12) {
    let best = null;
    for (const { run, look, name, points } of this.tracks.placed) {
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
        const { i, j } = this.shape.gridPoint(found.point);
        this.loss = plane.loss[j * plane.alpha.length + i];
        this.tooltip.show(px, py, [
          ["loss", number(this.loss, 6)],
          ["at grid point", `α ${number(plane.alpha[i], 5)}, β ${number(plane.beta[j], 5)}`],
        ]);
      }
    }
    this.app.frames.request("heads");
  }

  /** The surface as it is drawn now. */
  image() {
    this.drawHeads();
    return this.renderer.domElement;
  }

  destroy() {
    if (!this.renderer) return;
    clear(this.fixed);
    this.tracks.destroy();
    this.controls.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }
}
