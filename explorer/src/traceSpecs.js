// What the trace panels show, and the numbers uPlot draws them from.

/**
 * Panels in their order. `lines` name the series of a run; `wide` lines are drawn thicker, `noisy` ones may be smoothed;
 * of a `rule` only some methods have values.
 */
export const SPECS = [
  { key: "loss", title: "Training loss", log: true, noisy: true, lines: [{ series: "loss" }] },
  { key: "gradient_norm", title: "Gradient norm", log: true, noisy: true, lines: [{ series: "gradient_norm" }] },
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
  { key: "sharpness", title: "Sharpness", log: true, lines: [{ series: "sharpness" }], points: true },
];

/** The specs that some run has values for, with the title of the sharpness that was measured. */
export function specsFor(runs) {
  return SPECS.filter(({ key, lines }) =>
    key === "sharpness"
      ? runs.some((run) => run.sharpness?.value?.length)
      : runs.some((run) => lines.some(({ series }) => run.series?.[series]?.some(Number.isFinite))),
  ).map((spec) => {
    if (spec.key !== "sharpness") return spec;
    const label = runs.find((run) => run.sharpness?.label)?.sharpness.label;
    return label ? { ...spec, title: label[0].toUpperCase() + label.slice(1) } : spec;
  });
}

/** `values` with null where uPlot must leave a gap, of length `n`; the array itself where nothing is missing. */
export function gapped(values, n) {
  if (values?.length === n && values.every(Number.isFinite)) return values;
  const out = new Array(n).fill(null);
  const length = Math.min(n, values?.length ?? 0);
  for (let i = 0; i < length; i++) if (Number.isFinite(values[i])) out[i] = values[i];
  return out;
}

/** Mean of the last `window` entries of `values`, fewer at the start; null stays null and counts nowhere. */
export function trailingMean(values, window) {
  const out = new Array(values.length).fill(null);
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== null) [sum, count] = [sum + values[i], count + 1];
    const old = i >= window ? values[i - window] : null;
    if (old !== null) [sum, count] = [sum - old, count - 1];
    if (values[i] !== null) out[i] = sum / count;
  }
  return out;
}

/**
 * uPlot's aligned data of one panel: [x, ...one array per run and line].
 *
 * Series have one value per step from 0; sharpness has its own, sparser steps. Noisy ones are smoothed over the last
 * `smoothing` steps.
 */
export function alignedData(spec, runs, smoothing = 1) {
  if (!spec.points) {
    const n = Math.max(1, ...runs.map((run) => run.series?.loss?.length ?? 0));
    const x = Float64Array.from({ length: n }, (_, i) => i);
    const column = (values) => {
      const whole = gapped(values, n);
      return spec.noisy && smoothing > 1 ? trailingMean(whole, smoothing) : whole;
    };
    return [x, ...runs.flatMap((run) => spec.lines.map(({ series }) => column(run.series?.[series])))];
  }
  const steps = [...new Set(runs.flatMap((run) => Array.from(run.sharpness?.step ?? [])))].sort((a, b) => a - b);
  const place = new Map(steps.map((step, i) => [step, i]));
  const columns = runs.map((run) => {
    const column = new Array(steps.length).fill(undefined);
    run.sharpness?.step?.forEach((step, i) => {
      const value = run.sharpness.value[i];
      column[place.get(step)] = Number.isFinite(value) ? value : null;
    });
    return column;
  });
  return [steps, ...columns];
}

/**
 * Range of an axis over the values at indices [from, to] of some columns, with a margin.
 *
 * On a log axis values that are not positive have no place: they lie below the axis and do not count.
 */
export function valueRange(columns, from, to, log) {
  let [low, high] = [Infinity, -Infinity];
  for (const column of columns) {
    for (let i = from; i <= Math.min(to, column.length - 1); i++) {
      const value = column[i];
      if (value === null || value === undefined || (log && value <= 0)) continue;
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
