// What the trace panels show, and the curves they draw: no page needed.

import { lastAt } from "./runs.js";

/**
 * Panels in their order. `lines` name the series of a run, one value per step; `measure` a quantity with steps of its own.
 * `wide` lines are drawn thicker, `noisy` ones are smoothed; of a `rule` only some methods have values. `more` ones are shown
 * when they are asked for.
 */
export const SPECS = [
  { key: "loss", title: "Training loss", log: true, noisy: true, lines: [{ series: "loss" }] },
  { key: "test_loss", title: "Test loss", log: true, measure: "test_loss" },
  { key: "test_metric", title: "Test metric", log: false, measure: "test_metric", more: true },
  { key: "gradient_norm", title: "Gradient norm", log: true, noisy: true, lines: [{ series: "gradient_norm" }] },
  { key: "update_norm", title: "Update norm", log: true, noisy: true, lines: [{ series: "update_norm" }], more: true },
  { key: "lr", title: "Learning rate", log: false, lines: [{ series: "lr" }] },
  {
    key: "zenith",
    title: "Mean gradient norm μ, its maximum Z",
    log: false,
    rule: true,
    lines: [
      { series: "mean_gradient_norm", name: "μ" },
      { series: "zenith", name: "Z", wide: true },
    ],
  },
  { key: "sharpness", title: "Sharpness", log: true, measure: "sharpness" },
  { key: "edge_of_stability", title: "η λmax / 2", log: false, measure: "edge_of_stability", more: true },
  { key: "trace", title: "Trace of the Hessian", log: true, measure: "trace", more: true },
  { key: "adaptive_sharpness", title: "Adaptive sharpness", log: true, measure: "adaptive_sharpness", more: true },
];

/** What a run measured under a name at steps of its own: {step, value, residual, label}. */
export function measured(run, name) {
  return name === "sharpness" ? run.sharpness : run.measures?.[name];
}

/** The specs that some run has values for, with the title of the sharpness that was measured. */
export function specsFor(runs) {
  return SPECS.filter(({ lines, measure }) =>
    measure
      ? runs.some((run) => measured(run, measure)?.value?.length)
      : runs.some((run) => lines.some(({ series }) => run.series?.[series]?.some(Number.isFinite))),
  ).map((spec) => {
    if (spec.key !== "sharpness") return spec;
    const label = runs.find((run) => run.sharpness?.label)?.sharpness.label;
    return label ? { ...spec, title: label[0].toUpperCase() + label.slice(1) } : spec;
  });
}

/** The panels that are shown: those of `keys` in their order, or else the usual ones. */
export function panelsFor(specs, keys) {
  if (!keys.length) return specs.filter(({ more }) => !more);
  return keys.map((key) => specs.find((spec) => spec.key === key)).filter(Boolean);
}

/**
 * Exponential moving average as of TensorBoard: the past weighs `weight`, and the start, where there is little of it, is
 * corrected for that. What is not finite stays so, and counts nowhere.
 */
export function smoothed(values, weight) {
  const out = new Float64Array(values.length);
  let [mean, share] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) {
      out[i] = value;
      continue;
    }
    mean = weight * mean + (1 - weight) * value;
    share = weight * share + (1 - weight);
    out[i] = mean / share;
  }
  return out;
}

/** Where steps lie on an axis: "step", "epoch" or "seconds" of training; NaN where that is not known. */
export function positions(run, axis, steps) {
  if (axis === "step") return steps;
  if (axis === "epoch") return Float64Array.from(steps, (step) => (run.epoch ? step / run.epoch : NaN));
  const { seconds } = run.series ?? {};
  return Float64Array.from(steps, (step) => seconds?.[Math.min(step, seconds.length - 1)] ?? NaN);
}

const counted = new Map();
function count(n) {
  if (!counted.has(n)) counted.set(n, Float64Array.from({ length: n }, (_, i) => i));
  return counted.get(n);
}

/** The curves of one panel, of runs as `entries`: {entries, line, steps, x, y, raw?, low?, high?, points}. */
export function curvesOf(spec, entries, { axis = "step", smoothing = 0, median = false } = {}) {
  const lines = spec.measure ? [{ measure: spec.measure }] : spec.lines;
  const curves = [];
  for (const entry of entries) {
    lines.forEach(({ series, measure, name, wide }, line) => {
      const own = measure ? measured(entry.run, measure) : null;
      const values = measure ? own?.value : entry.run.series?.[series];
      if (!values?.length || (spec.rule && !values.some(Number.isFinite))) return;
      const steps = measure ? own.step : count(values.length);
      const smooth = spec.noisy && smoothing > 0;
      const y = smooth ? smoothed(values, smoothing) : values;
      curves.push({
        entries: [entry], look: entry.look, line, name, wide, series, measure, steps, x: positions(entry.run, axis, steps), y,
        raw: smooth ? values : null, residual: own?.residual, points: Boolean(measure),
      }); // prettier-ignore
    });
  }
  return median ? medians(curves) : curves;
}

/** The runs that differ in nothing but their seed. */
function kind({ run }) {
  return JSON.stringify([run.study, run.method, Object.entries(run.settings ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Curves of several seeds as their median in the band from the smallest to the largest. */
function medians(curves) {
  const groups = new Map();
  for (const curve of curves) {
    const key = `${curve.line} ${kind(curve.entries[0])}`;
    groups.set(key, [...(groups.get(key) ?? []), curve]);
  }
  return [...groups.values()].map((group) => {
    if (group.length === 1) return group[0];
    const longest = group.reduce((a, b) => (b.steps.length > a.steps.length ? b : a));
    const [y, low, high, x] = [0, 1, 2, 3].map(() => new Float64Array(longest.steps.length).fill(NaN));
    for (let i = 0; i < y.length; i++) {
      const at = group.map((curve) => (curve.points ? curve.steps.indexOf(longest.steps[i]) : i));
      const values = group.map((curve, k) => curve.y[at[k]]).filter(Number.isFinite).sort((a, b) => a - b);
      const places = group.map((curve, k) => curve.x[at[k]]).filter(Number.isFinite).sort((a, b) => a - b);
      x[i] = middle(places);
      if (!values.length) continue;
      [y[i], low[i], high[i]] = [middle(values), values[0], values[values.length - 1]];
    }
    return { ...longest, entries: group.map(({ entries }) => entries[0]), x, y, low, high, raw: null, residual: null };
  });
}

function middle(sorted) {
  const n = sorted.length;
  return n ? (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2 : NaN;
}

/** Place of a curve's last value not after a step; -1 before the first. */
export function placeAt({ steps, y, points }, step) {
  if (points) return lastAt(steps, step);
  // The last step has checkpoints, but no step after it.
  return step < y.length ? step : step === y.length ? y.length - 1 : -1;
}

/** Where a run ended is where its line ends: a step after it has no value. */
export function valueAt(curve, step) {
  const at = placeAt(curve, step);
  return at < 0 ? null : { at, step: curve.steps[at], x: curve.x[at], y: curve.y[at] };
}

/**
 * Range of an axis over the values of some curves between two positions, with a margin.
 *
 * On a log axis values that are not positive have no place: they lie below the axis and do not count.
 */
export function valueRange(columns, log) {
  let [low, high] = [Infinity, -Infinity];
  for (const column of columns) {
    for (const value of column) {
      if (!Number.isFinite(value) || (log && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (high === -Infinity) return log ? [0.1, 1] : [0, 1];
  if (log) {
    const factor = Math.max((high / low) ** 0.06, 1.02);
    return [low / factor, high * factor];
  }
  if (low >= 0 && low < 0.5 * high) low = 0; // a quantity that nears zero is read against zero
  const margin = 0.06 * (high - low) || 0.05 * Math.abs(high) || 0.5;
  return [low === 0 ? 0 : low - margin, high + margin];
}

/** Places [from, to] of ascending x that lie between two positions, with one more at either end. */
export function between(x, low, high) {
  let from = 0;
  let to = x.length - 1;
  while (from < to && !(x[from + 1] >= low)) from++;
  while (to > from && !(x[to - 1] <= high)) to--;
  return [from, to];
}

/**
 * Points [px, py] through which a curve is drawn, as a flat array: all of them where there are few for the pixels, else the
 * smallest and the largest of every pixel in the order in which they come, which covers the same pixels. NaN breaks the line.
 */
export function outline(x, y, [from, to], toX, toY, log, out = []) {
  const width = Math.abs(toX(x[to]) - toX(x[from]));
  const place = (value) => (!Number.isFinite(value) || (log && value <= 0) ? NaN : toY(value));
  if (!(to - from > 3 * width)) {
    for (let i = from; i <= to; i++) out.push(toX(x[i]), place(y[i]));
    return out;
  }
  let pixel = NaN;
  let [low, high, lowAt, highAt] = [NaN, NaN, 0, 0];
  const flush = () => {
    if (Number.isNaN(pixel)) return;
    if (Number.isNaN(low)) out.push(pixel, NaN);
    else if (low === high) out.push(pixel, low);
    else if (lowAt < highAt) out.push(pixel, low, pixel, high);
    else out.push(pixel, high, pixel, low);
  };
  for (let i = from; i <= to; i++) {
    const at = Math.round(toX(x[i]));
    if (at !== pixel) {
      flush();
      [pixel, low, high] = [at, NaN, NaN];
    }
    const py = place(y[i]);
    if (Number.isNaN(py)) continue;
    if (!(py >= low)) [low, lowAt] = [py, i];
    if (!(py <= high)) [high, highAt] = [py, i];
  }
  flush();
  return out;
}
