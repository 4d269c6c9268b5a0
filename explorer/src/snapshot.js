// The view as a picture of its own: an SVG of what the screen shows, and a PNG drawn from it.

import { plain, tick } from "./format.js";
import { axisName, axisTicks } from "./planePaint.js";
import { BANDS, roundValues } from "./colour.js";
import { markerOutline } from "./markers.js";
import { firstFinite, lastFinite, screenPath, shifted, shiftsApart } from "./trajectories.js";
import { head } from "./runs.js";
import { plotFrame, wholeWindow } from "./frame.js";
import { planeContours } from "./contours.js";
import { between, outline, valueRange } from "./traceSpecs.js";
import { scaleLinear, scaleLog } from "d3-scale";

const WIDTH = 1120;
const PLANE = { left: 0, width: 560, margin: { left: 56, right: 96, top: 16, bottom: 46 } };
const TRACE = { left: 640, right: WIDTH - 16, height: 82, gap: 30 };
const FAMILY = "Helvetica, Arial, sans-serif";

function escape(text) {
  return String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
}

function el(tag, attributes, content = "") {
  const text = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([key, value]) => ` ${key}="${escape(typeof value === "number" ? Number(value.toFixed(2)) : value)}"`)
    .join("");
  return `<${tag}${text}>${content}</${tag}>`;
}

const text = (x, y, content, attributes = {}) => el("text", { x, y, ...attributes }, escape(content));
const point = (x, y) => `${x.toFixed(1)},${y.toFixed(1)}`;

function ringsPath(rings, frame) {
  return rings
    .map((ring) => {
      const points = [];
      for (let i = 0; i < ring.length; i += 2) points.push(point(frame.x(ring[i]), frame.y(ring[i + 1])));
      return `M${points.join("L")}Z`;
    })
    .join("");
}

/** Path through [x, y] pairs, broken where a coordinate is null or NaN. */
function linePath(count, at) {
  let path = "";
  let down = false;
  for (let i = 0; i < count; i++) {
    const [x, y] = at(i);
    if (x === null || y === null || Number.isNaN(x) || Number.isNaN(y)) down = false;
    else {
      path += `${down ? "L" : "M"}${point(x, y)}`;
      down = true;
    }
  }
  return path;
}

function planeSvg(app, top) {
  const plane = app.plane();
  const { colors } = app;
  const view = app.plan.window ?? wholeWindow(plane);
  const shape = app.toScale() ? (view.y1 - view.y0) / (view.x1 - view.x0) : 0.7;
  const inner = PLANE.width - PLANE.margin.left - PLANE.margin.right;
  const height = Math.min(inner * Math.min(Math.max(shape, 0.3), 1.3), 520) + PLANE.margin.top + PLANE.margin.bottom;
  const margin = { ...PLANE.margin, top: top + PLANE.margin.top };
  const frame = plotFrame(PLANE.width, top + height, margin, view, app.toScale());
  const scale = app.lossScale();
  const shapes = planeContours(plane, scale);
  const { alpha, beta } = plane;
  const box = { x: frame.left, y: frame.top, width: frame.width, height: frame.height };
  const fill = shapes.bands.map(({ color, rings }) =>
    el("path", { d: ringsPath(rings, frame), fill: color, "fill-rule": "evenodd" }),
  );
  const lines = shapes.lines.map(({ rings }) =>
    el("path", { d: ringsPath(rings, frame), fill: "none", stroke: "#fff", "stroke-opacity": 0.6, "stroke-width": 0.7 }),
  );
  const missing = shapes.missing.map(([i, j]) => {
    const [x, y] = [frame.x(alpha[i]), frame.y(beta[j + 1])];
    return `M${point(x, y)}H${frame.x(alpha[i + 1]).toFixed(1)}V${frame.y(beta[j]).toFixed(1)}H${x.toFixed(1)}Z`;
  });
  const whole = wholeWindow(plane);
  const field = { x: frame.x(whole.x0), y: frame.y(whole.y1), width: frame.x(whole.x1) - frame.x(whole.x0), height: frame.y(whole.y0) - frame.y(whole.y1) };
  const parts = [
    el("clipPath", { id: "plane" }, el("rect", box)),
    el("clipPath", { id: "field" }, el("rect", field)),
    `<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="${colors.hatchGround}"/><path d="M-1,7L7,-1" stroke="${colors.hatch}" stroke-width="0.8"/></pattern>`,
    el("g", { "clip-path": "url(#plane)" }, [
      el("g", { "clip-path": "url(#field)" }, [
        el("rect", { ...field, fill: shapes.base }),
        ...fill,
        ...lines,
        missing.length ? el("path", { d: missing.join(""), fill: "url(#hatch)" }) : "",
      ].join("")),
      pathsSvg(app, plane, frame, scale),
    ].join("")),
    el("rect", { ...box, fill: "none", stroke: colors.ink3 }),
  ];
  for (const value of axisTicks(view.x0, view.x1, frame.width)) {
    parts.push(text(frame.x(value), frame.bottom + 16, tick(Number(value.toPrecision(10))), { "text-anchor": "middle" }));
    parts.push(el("path", { d: `M${point(frame.x(value), frame.bottom)}v4`, stroke: colors.ink3 }));
  }
  for (const value of axisTicks(view.y0, view.y1, frame.height)) {
    parts.push(text(frame.left - 8, frame.y(value) + 4, tick(Number(value.toPrecision(10))), { "text-anchor": "end" }));
    parts.push(el("path", { d: `M${point(frame.left, frame.y(value))}h-4`, stroke: colors.ink3 }));
  }
  const [cx, cy] = [frame.left + frame.width / 2, frame.top + frame.height / 2];
  parts.push(text(cx, frame.bottom + 36, axisName(plane, 0), { "text-anchor": "middle", fill: colors.ink }));
  parts.push(text(0, 0, axisName(plane, 1), { "text-anchor": "middle", fill: colors.ink, transform: `translate(14 ${cy.toFixed(1)}) rotate(-90)` }));
  if (scale.known) parts.push(...barSvg(app, scale, frame, cy));
  app.plan.said.forEach((line, i) => parts.push(text(frame.left, frame.bottom + 56 + 14 * i, line)));
  return { svg: parts.join(""), bottom: frame.bottom + PLANE.margin.bottom + 14 * app.plan.said.length };
}

function barSvg(app, scale, frame, middle) {
  const [left, band] = [frame.right + 14, frame.height / BANDS];
  const bands = Array.from({ length: BANDS }, (_, i) =>
    el("rect", { x: left, y: frame.bottom - (i + 1) * band, width: 13, height: band + (i ? 0.5 : 0), fill: scale.bandColor(i) }),
  );
  const ticks = scale.ticks.map((value) => text(left + 19, frame.bottom - scale.height(value) * frame.height + 4, tick(value)));
  const turned = `translate(${left + 66} ${middle.toFixed(1)}) rotate(90)`;
  return [...bands, ...ticks, text(0, 0, app.lossLabel(), { "text-anchor": "middle", fill: app.colors.ink, transform: turned })];
}

function pathsSvg(app, plane, frame, scale) {
  const { colors } = app;
  const parts = [];
  const entries = app.entries().filter(({ run }) => run.checkpoints?.x?.[plane.id]?.length);
  const paths = entries.map(({ run }) => screenPath(run, plane.id, frame));
  const shifts = app.store.get("apart") ? shiftsApart(paths) : null;
  const placed = entries.map((entry, i) => {
    const own = shifts ? shifted(frame, shifts[i]) : frame;
    return { ...entry, frame: own, points: shifts ? screenPath(entry.run, plane.id, own) : paths[i] };
  });
  for (const { look, points } of placed) {
    const d = linePath(points.length / 2, (i) => [points[2 * i], points[2 * i + 1]]);
    const width = look.solid ? 2.1 : 1.7;
    parts.push(el("path", { d, fill: "none", stroke: colors.ground, "stroke-width": width + 2, "stroke-linejoin": "round" }));
    parts.push(el("path", { d, fill: "none", stroke: look.color, "stroke-width": width, "stroke-dasharray": look.dash.join(" ") }));
  }
  for (const { run, look, points } of placed) {
    for (let i = 0; i < points.length / 2; i++) {
      const color = run.checkpoints.loss ? scale.color(run.checkpoints.loss[i]) : look.color;
      if (!color || Number.isNaN(points[2 * i] + points[2 * i + 1])) continue;
      parts.push(el("circle", { cx: points[2 * i], cy: points[2 * i + 1], r: 3, fill: color, stroke: look.color, "stroke-width": 1.1 }));
    }
    const [first, last] = [firstFinite(points), lastFinite(points)];
    if (last < 0) continue;
    parts.push(el("circle", { cx: points[2 * first], cy: points[2 * first + 1], r: 3.6, fill: colors.ground, stroke: colors.ink, "stroke-width": 1.2 }));
    const d = markerOutline(look.marker, points[2 * last], points[2 * last + 1], 6);
    parts.push(el("path", { d, fill: "none", stroke: colors.ground, "stroke-width": 3.6 }));
    parts.push(el("path", { d, fill: "none", stroke: look.color, "stroke-width": 1.5 }));
  }
  for (const { run, look, frame: own } of placed) {
    const at = head(run, plane.id, app.store.get("step"));
    if (!at) continue;
    const d = markerOutline(look.marker, own.x(at.x), own.y(at.y), 4.6);
    parts.push(el("path", { d, stroke: colors.ground, "stroke-width": 4.4 }));
    parts.push(el("path", { d, fill: at.exact ? look.color : colors.ground, stroke: look.color, "stroke-width": 1.8 }));
  }
  return parts.join("");
}

function surfaceSvg(app, top) {
  const { width, height } = app.surface.over;
  const scale = PLANE.width / width;
  const image = app.surface.image();
  const layer = (source, w) =>
    el("image", { x: 0, y: top, width: w * scale, height: height * scale, href: source.toDataURL("image/png") });
  return { svg: layer(image, parseFloat(image.style.width)) + layer(app.surface.over.canvas, width), bottom: top + height * scale };
}

function tracesSvg(app, top) {
  const { colors, store, traces } = app;
  const [x0, x1] = traces.range();
  const x = (traces.logX ? scaleLog : scaleLinear)([x0, x1], [TRACE.left, TRACE.right]);
  const at = traces.apart ? null : traces.position(store.get("step"));
  const span = traces.apart ? [] : store.get("selection").map((step) => traces.position(step));
  const parts = [];
  let y0 = top;
  traces.panels.forEach((panel, k) => {
    const { spec, log, curves } = panel;
    const [low, high] = panel.range ?? valueRange(curves.map(({ y }) => y), log);
    const [upper, lower] = [y0 + 16, y0 + 16 + TRACE.height];
    const y = (log ? scaleLog : scaleLinear)([low, high], [lower, upper]);
    const clip = `trace${k}`;
    parts.push(el("clipPath", { id: clip }, el("rect", { x: TRACE.left, y: upper, width: TRACE.right - TRACE.left, height: TRACE.height })));
    parts.push(text(TRACE.left, y0 + 10, spec.title + panel.smoothed.textContent, { "font-weight": 600, fill: colors.ink }));
    for (const value of roundValues(low, high, log, 3)) {
      parts.push(el("path", { d: `M${TRACE.left},${y(value).toFixed(1)}H${TRACE.right}`, stroke: colors.grid }));
      parts.push(text(TRACE.left - 6, y(value) + 4, tick(value), { "text-anchor": "end" }));
    }
    if (span.length) {
      parts.push(el("rect", { x: x(span[0]), y: upper, width: x(span[1]) - x(span[0]), height: TRACE.height, fill: colors.span, "clip-path": `url(#${clip})` }));
    }
    const drawn = (curve, values) => {
      const places = (value) => (traces.logX && !(value > 0) ? NaN : x(value));
      const points = outline(curve.x, values, between(curve.x, x0, x1), places, y, log);
      return linePath(points.length / 2, (i) => [points[2 * i], points[2 * i + 1]]);
    };
    const add = (d, attributes) => d && parts.push(el("path", { d, fill: "none", "clip-path": `url(#${clip})`, ...attributes }));
    for (const curve of curves) for (const edge of [curve.low, curve.high]) if (edge) add(drawn(curve, edge), { stroke: curve.look.color, "stroke-width": 0.6, "stroke-opacity": 0.5 });
    for (const curve of curves) if (curve.raw) add(drawn(curve, curve.raw), { stroke: curve.look.color, "stroke-width": 0.8, "stroke-opacity": 0.22 });
    for (const curve of curves) {
      const dashed = curve.points || spec.key === "lr" || curve.wide;
      add(drawn(curve, curve.y), { stroke: curve.look.color, "stroke-width": curve.wide ? 1.8 : 1.2, "stroke-dasharray": dashed ? curve.look.dash.join(" ") : "" });
      if (!curve.points) continue;
      for (let i = 0; i < curve.x.length; i++) {
        if (Number.isFinite(curve.y[i]) && !(log && curve.y[i] <= 0)) parts.push(el("circle", { cx: x(curve.x[i]), cy: y(curve.y[i]), r: 2, fill: colors.ground, stroke: curve.look.color, "clip-path": `url(#${clip})` }));
      }
    }
    if (at >= x0 && at <= x1) parts.push(el("path", { d: `M${x(at).toFixed(1)},${upper}V${lower}`, stroke: colors.ink }));
    if (k === traces.panels.length - 1) {
      for (const value of roundValues(x0, x1, traces.logX, 6)) parts.push(text(x(value), lower + 16, tick(value), { "text-anchor": "middle" }));
      parts.push(text((TRACE.left + TRACE.right) / 2, lower + 34, traces.axisName.textContent, { "text-anchor": "middle", fill: colors.ink }));
    }
    y0 = lower + TRACE.gap - 16;
  });
  return { svg: parts.join(""), bottom: y0 + 40 };
}

function legendSvg(app, top) {
  const { colors } = app;
  let x = 20;
  let y = top;
  const used = new Map(app.entries().map(({ method, look }) => [method?.name, { method, look }]));
  const parts = [];
  for (const { method, look } of used.values()) {
    const label = method?.label || method?.name || "";
    const width = 44 + 7 * label.length;
    if (x + width > WIDTH - 20) [x, y] = [20, y + 20];
    parts.push(el("path", { d: `M${x},${y - 4}h30`, stroke: look.color, "stroke-width": 2, "stroke-dasharray": look.dash.join(" ") }));
    parts.push(el("path", { d: markerOutline(look.marker, x + 15, y - 4, 3.6), fill: colors.ground, stroke: look.color, "stroke-width": 1.4 }));
    parts.push(text(x + 37, y, label, { fill: colors.ink }));
    x += width + 16;
  }
  return { svg: parts.join(""), bottom: y };
}

/** The view as the text of an SVG file. */
export function snapshotSvg(app) {
  const { colors } = app;
  const parts = [text(20, 30, plain(app.payload.title) || "Explorer", { "font-size": 17, "font-weight": 600, fill: colors.ink })];
  parts.push(text(20, 50, plain(app.payload.subtitle)));
  const legend = legendSvg(app, 76);
  const top = legend.bottom + 22;
  const left = app.plane()
    ? app.store.get("view") === "surface" && app.surface.renderer
      ? surfaceSvg(app, top)
      : planeSvg(app, top)
    : { svg: "", bottom: top };
  const right = tracesSvg(app, top);
  const height = Math.ceil(Math.max(left.bottom, right.bottom)) + 8;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="${FAMILY}" font-size="11" fill="${colors.ink2}">` +
    el("rect", { width: WIDTH, height, fill: colors.ground }) +
    [...parts, legend.svg, left.svg, right.svg].join("") +
    "</svg>"
  );
}

/** The same as a PNG of twice its size. */
export async function snapshotPng(app) {
  const url = URL.createObjectURL(new Blob([snapshotSvg(app)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * image.naturalWidth;
    canvas.height = 2 * image.naturalHeight;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}
