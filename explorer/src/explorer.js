// The whole view: its state, its parts, and which part is drawn anew when something changes.

import { applyPatch, decode, readPayload } from "./payload.js";
import { SHARED } from "./host.js";
import { Frames, Store } from "./store.js";
import { onDark, palette, resolveTheme, watchTheme } from "./theme.js";
import { lossScale } from "./colour.js";
import { lastStep, valueWords } from "./runs.js";
import { columnsOf, hiddenBy, namesOf, shortNamesOf } from "./runColumns.js";
import { runScale } from "./runColours.js";
import { toScale } from "./frame.js";
import { lookOf } from "./trajectories.js";
import { Shell } from "./shell.js";
import { RunTable } from "./runTable.js";
import { Transport } from "./transport.js";
import { PlanePanel } from "./planePanel.js";
import { SurfacePanel } from "./surfacePanel.js";
import { Traces } from "./traces.js";
import { Detail } from "./detail.js";
import { ExportMenu } from "./exportMenu.js";
import { plain } from "./format.js";

const DEFAULTS = {
  step: 0,
  selection: [],
  hidden_methods: [],
  hidden_seeds: [],
  hidden_runs: [],
  color_by: "method",
  sort_by: "",
  search: "",
  panels: [],
  x_axis: "step",
  x_log: false,
  x_range: [],
  smoothing: 0.6,
  seeds_as: "lines",
  view: "contour",
  plane: "",
  theme: "auto",
  status: { kind: "idle" },
  following: false,
  hover: null, // {runId?, step?} under the pointer
  pinned: "", // run highlighted by its row
  log_axes: [], // panels whose axis is logarithmic where it usually is not, or the other way round
  plane_range: [], // part of the plane that is shown, [x0, x1, y0, y1]
  to_scale: false, // a plane one unit of which is as long along both axes
  apart: true, // trajectories that lie on one another
  camera: [], // where the surface is seen from
  picked: null, // {runId, index} of the checkpoint that is open
};
const FROM_HOST = [...SHARED, "status", "following"];
const MANY_RUNS = 12; // more than these start with the seed of the plane alone, where nobody said otherwise
let count = 0;

export class Explorer {
  constructor(el, payload, host) {
    this.host = host;
    this.id = `lx${++count}`;
    this.payload = readPayload(payload);
    this.store = new Store(this.initial());
    this.live = Boolean(this.store.get("following"));
    this.lastStep = lastStep(this.payload.runs);
    this.frames = new Frames((parts) => this.draw(parts));
    this.build(el);
    this.store.subscribe((changed, origin) => this.changed(changed, origin));
    for (const key of FROM_HOST) host.on(`change:${key}`, () => this.store.set({ [key]: host.get(key) }, "host"));
    host.on("change:payload", () => this.replace(host.get("payload")));
    this.unwatch = watchTheme(() => this.applyTheme());
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.shell.root);
    this.rebuild();
  }

  initial() {
    const values = { ...DEFAULTS };
    for (const key of FROM_HOST) {
      const value = this.host.get(key);
      if (value !== undefined && value !== null) values[key] = value;
    }
    const { planes, runs } = this.payload;
    if (!planes.some(({ id }) => id === values.plane)) values.plane = planes[0]?.id ?? "";
    if (!this.host.live) {
      values.step = lastStep(runs);
      const seed = planes.find(({ id }) => id === values.plane)?.seed;
      const seeds = this.seeds();
      if (runs.length > MANY_RUNS && seeds.includes(seed)) values.hidden_seeds = seeds.filter((other) => other !== seed);
    }
    return this.host.begin?.(values) ?? values;
  }

  build(el) {
    this.table = new RunTable(this);
    this.plan = new PlanePanel(this);
    this.surface = new SurfacePanel(this);
    this.traces = new Traces(this);
    this.detail = new Detail(this);
    this.transport = new Transport(this);
    this.menu = new ExportMenu(this);
    this.shell = new Shell(this);
    el.append(this.shell.root);
  }

  // What the parts ask

  plane() {
    return this.payload.planes.find(({ id }) => id === this.store.get("plane")) ?? this.payload.planes[0];
  }

  seeds() {
    const seeds = new Set(this.payload.runs.map((run) => run.seed));
    return [...seeds].filter((seed) => seed !== null && seed !== undefined).sort((a, b) => a - b);
  }

  method(name) {
    return this.payload.methods.find((method) => method.name === name);
  }

  color(method) {
    const color = method?.color ?? "#656364";
    return this.theme === "dark" ? onDark(color) : color;
  }

  /** Names of the runs by their ids. */
  names() {
    this.named ??= namesOf(this.payload);
    return this.named;
  }

  /** The same as rows of the table have them, for where there is little room. */
  shortNames() {
    this.shortly ??= shortNamesOf(this.payload);
    return this.shortly;
  }

  nameOf(run) {
    return this.names().get(run.id);
  }

  /** A function that says whether a run is hidden. */
  hidden() {
    const get = (key) => this.store.get(key);
    return hiddenBy({ hidden_methods: get("hidden_methods"), hidden_seeds: get("hidden_seeds"), hidden_runs: get("hidden_runs") });
  }

  /** The scale that runs are coloured by; null for the colours of their methods. */
  runScale() {
    const by = this.store.get("color_by");
    if (this.scaled?.by !== by) {
      const column = by === "method" ? null : columnsOf(this.payload).find(({ key, along }) => key === by && !along);
      this.scaled = { by, column, scale: column ? runScale(this.payload.runs.map((run) => column.value(run)), column.title, this.theme) : null };
    }
    return this.scaled.scale;
  }

  colorOf(run) {
    const scale = this.runScale();
    return scale ? scale.color(this.scaled.column.value(run)) ?? this.colors.ink3 : this.color(this.method(run.method));
  }

  /** The runs that are shown, with their looks. */
  entries() {
    if (this.shown) return this.shown;
    const hidden = this.hidden();
    const order = new Map(this.payload.methods.map(({ name }, i) => [name, i]));
    this.shown = this.payload.runs
      .filter((run) => !hidden(run))
      .sort((a, b) => (order.get(a.method) ?? 0) - (order.get(b.method) ?? 0))
      .map((run) => {
        const method = this.method(run.method);
        return { run, method, look: lookOf(method, this.colorOf(run)), name: this.nameOf(run) };
      });
    return this.shown;
  }

  /** Whether the plane is drawn to scale. */
  toScale() {
    return toScale(this.plane(), this.store.get("to_scale"));
  }

  lossScale() {
    if (!this.scale) {
      const plane = this.plane();
      const dots = this.payload.runs
        .filter((run) => run.checkpoints?.loss && run.checkpoints.x?.[plane.id])
        .map((run) => run.checkpoints.loss.filter((value) => value > 0));
      this.scale = lossScale([plane.loss, ...dots]);
    }
    return this.scale;
  }

  /** Widen the colour scale where new checkpoints need it; contours that keep their levels are kept. */
  rescale() {
    const before = this.scale;
    this.scale = null;
    if (!before || !this.plane()) return;
    const { low, high, known } = this.lossScale();
    if (low === before.low && high === before.high && known === before.known) return;
    this.plan.invalidate();
    this.frames.request("field");
  }

  lossLabel() {
    return plain(this.payload.loss_label) || "loss";
  }

  focus() {
    return this.store.get("hover")?.runId ?? (this.store.get("pinned") || null);
  }

  reducedMotion() {
    return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  clampStep(step) {
    return Math.min(Math.max(Number.isFinite(step) ? Math.round(step) : 0, 0), this.lastStep);
  }

  // What the parts do

  scrub(step) {
    const to = this.clampStep(step);
    this.store.set({ step: to, following: this.store.get("following") && to === this.lastStep });
    this.transport.draw();
  }

  hover(what) {
    const now = this.store.get("hover");
    if (now?.runId === what?.runId && now?.step === what?.step) return;
    this.store.set({ hover: what });
  }

  pick(runId, index, byKeyboard = false) {
    this.store.set({ picked: runId === null ? null : { runId, index } });
    if (runId === null) this.plan.stage.focus({ preventScroll: true });
    else {
      this.detail.draw();
      if (byKeyboard) this.detail.el.focus();
      const run = this.payload.runs.find(({ id }) => id === runId);
      this.scrub(run.checkpoints.step[index]);
    }
  }

  /** Speak `text`, after a pause in which nothing newer came. */
  announce(text, delay = 600) {
    this.shell.announce(text, delay);
  }

  // What changes

  changed(changed, origin) {
    if (origin !== "host") {
      for (const key of SHARED) if (changed.has(key)) this.host.set(key, this.store.get(key));
      if (changed.has("following")) this.host.set("following", this.store.get("following"));
    }
    const has = (...keys) => keys.some((key) => changed.has(key));
    if (has("theme")) this.applyTheme();
    if (has("plane")) {
      if (!has("plane_range") && origin !== "host") this.store.set({ plane_range: [] });
      this.newPlane();
    }
    if (has("plane_range")) this.frames.request("field", "paths", "heads");
    if (has("to_scale")) this.frames.request("layout", "field", "paths", "heads");
    if (has("apart")) this.frames.request("field", "paths", "heads");
    if (has("camera")) {
      this.surface.look();
      this.frames.request("heads");
    }
    if (has("log_axes")) this.frames.request("traces", "cursors");
    if (has("hidden_methods", "hidden_seeds", "hidden_runs")) {
      this.shown = null;
      this.frames.request("toggles", "build", "field", "paths", "heads", "cursors");
    }
    if (has("color_by")) {
      this.shown = null;
      this.frames.request("table", "build", "paths", "heads", "cursors");
    }
    if (has("sort_by", "search")) this.frames.request("order");
    if (has("panels", "x_axis", "x_log", "smoothing", "seeds_as")) this.frames.request("build", "cursors", "transport");
    if (has("x_range")) this.frames.request("traces", "cursors", "transport");
    if (has("view")) this.frames.request("view", "field", "paths", "heads");
    if (has("step")) {
      this.frames.request("lines", "heads", "cursors", "values", "transport");
      this.announce(valueWords(this.entries(), this.store.get("step"), this.store.get("pinned")));
    }
    if (has("selection")) {
      this.frames.request("lines", "heads", "cursors", "transport");
    }
    if (has("hover", "pinned")) this.frames.request("lines", "heads", "cursors", "values");
    if (has("picked", "status")) this.frames.request("detail", "heads");
    if (has("following")) {
      this.live ||= this.store.get("following");
      this.frames.request("transport");
      if (this.store.get("following")) this.store.set({ step: this.lastStep });
    }
  }

  newPlane() {
    this.scale = null;
    this.plan.setPlane();
    this.frames.request("planes", "layout", "field", "paths", "heads", "detail");
  }

  /** Everything anew, from another payload, unless patches have already brought what it holds. */
  replace(raw) {
    const version = (raw?.header ?? raw)?.version;
    if (version !== undefined && version <= this.payload.version) return;
    const payload = readPayload(raw);
    this.payload = payload;
    const picked = this.store.get("picked");
    if (picked && !payload.runs.some(({ id }) => id === picked.runId)) this.store.set({ picked: null });
    this.store.set({ hover: null });
    if (!this.payload.planes.some(({ id }) => id === this.store.get("plane"))) {
      this.store.set({ plane: this.payload.planes[0]?.id ?? "" });
    }
    this.rebuild();
  }

  rebuild() {
    this.lastStep = lastStep(this.payload.runs);
    this.shown = this.scale = this.named = this.shortly = this.scaled = null;
    this.plan.setPlane();
    this.applyTheme();
    this.shell.drawWords();
    this.frames.request("planes", "table", "build", "layout", "view", "field", "paths", "heads", "cursors", "values", "transport", "detail"); // prettier-ignore
  }

  /**
   * Take a decoded patch of a running training.
   *
   * Where patches are numbered, one that was already applied is left out, and so is one before which another is
   * missing: the whole payload, which follows, brings both.
   */
  patch(patch) {
    const { version } = this.payload;
    if (version !== undefined && patch.version !== undefined && (patch.version <= version || patch.from > version)) return;
    if (patch.version !== undefined) this.payload.version = patch.version;
    const changed = applyPatch(this.payload, patch);
    const last = lastStep(this.payload.runs);
    const grown = last !== this.lastStep;
    this.lastStep = last;
    this.shell.drawWords();
    if (changed.planes || changed.methods) this.rebuild();
    else if (changed.runs) {
      // A quantity that had no values so far gets a panel and a column.
      if (this.traces.outdated()) this.frames.request("table");
      this.frames.request(this.traces.outdated() ? "build" : "series", "paths", "heads", "cursors", "values", "detail");
      this.rescale();
    }
    if (grown) this.frames.request("steps");
    if (patch.done) {
      this.live = false;
      this.frames.request("transport");
    }
    if (this.store.get("following")) this.store.set({ step: last });
  }

  /** Take a message of the kernel. */
  message(message, buffers) {
    if (message.type === "patch") this.patch(decode(message.patch, buffers));
    else if (message.type === "measured") this.detail.measured(decode(message, buffers));
    else if (message.type === "export") this.menu.received(message, buffers);
  }

  // Drawing

  applyTheme() {
    const theme = resolveTheme(this.store.get("theme"));
    this.shell.root.dataset.theme = theme;
    this.shell.themes.value = this.store.get("theme");
    const colors = palette(this.shell.root);
    if (theme === this.theme && colors.ground === this.colors.ground) return;
    this.theme = theme;
    this.colors = colors;
    this.shown = this.scaled = null;
    this.detail.shown = null;
    this.frames.request("table", "build", "field", "paths", "heads", "cursors", "values", "detail");
  }

  resize() {
    const width = this.shell.root.clientWidth;
    if (width === this.width) return;
    this.width = width;
    this.applyTheme(); // a cell's view may be built before it is on the page, where colours have no values yet
    this.frames.request("layout", "field", "paths", "heads", "cursors", "values");
  }

  layout() {
    if (!this.shell.root.clientWidth) return;
    const left = this.shell.left.clientWidth;
    this.plan.resize(left);
    this.surface.resize(left);
    const beside = this.shell.right.offsetTop < this.shell.left.offsetTop + this.shell.left.offsetHeight && this.shell.right.offsetLeft > 0;
    const height = Math.max(84, Math.min(240, Math.floor(((beside ? 596 : 560) - 40) / Math.max(1, this.traces.panels.length) - 26)));
    this.traces.resize(this.shell.right.clientWidth, height);
  }

  draw(parts) {
    const has = (...names) => names.some((name) => parts.has(name));
    const flat = this.store.get("view") !== "surface";
    if (has("planes")) this.shell.drawPlanes();
    if (has("table")) this.table.build();
    else {
      if (has("toggles")) this.table.drawVisible();
      if (has("order")) this.table.arrange();
    }
    if (has("build")) this.traces.build();
    else if (has("series")) this.traces.refresh();
    else if (has("traces")) this.traces.draw();
    if (has("steps")) this.transport.build();
    if (has("planes")) this.transport.build();
    if (has("layout", "planes", "build")) this.layout();
    if (has("view", "planes")) this.shell.drawView();
    if (this.plane()) {
      const panel = flat ? this.plan : this.surface;
      if (has("field")) panel.drawField();
      if (has("paths", "field")) panel.drawPaths();
      else if (has("lines")) panel.drawLines();
      if (has("heads", "paths", "field")) panel.drawHeads();
    }
    if (has("cursors", "series", "traces", "build", "layout")) this.traces.drawCursors();
    if (has("values", "series")) this.table.draw();
    if (has("transport", "steps")) this.transport.draw();
    if (has("detail")) {
      this.detail.draw();
      this.shell.drawAlert();
    }
  }

  destroy() {
    this.frames.cancel();
    this.unwatch();
    this.observer.disconnect();
    this.transport.destroy();
    this.table.destroy();
    this.surface.destroy();
    this.shell.destroy();
  }
}
