// What a run was like at a step.

import { number } from "./format.js";

/** Index of the last entry of ascending `steps` that is not after `step`; -1 if all are. */
export function lastAt(steps, step) {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Last step that any run has reached. */
export function lastStep(runs) {
  let last = 0;
  for (const run of runs) {
    const steps = run.checkpoints?.step;
    const length = run.series?.loss?.length ?? 0;
    last = Math.max(last, length - 1, steps?.length ? steps[steps.length - 1] : 0);
  }
  return last;
}

/** All steps at which a run has a checkpoint, ascending. */
export function checkpointSteps(runs) {
  const all = new Set();
  for (const run of runs) for (const step of run.checkpoints?.step ?? []) all.add(step);
  return [...all].sort((a, b) => a - b);
}

/**
 * What a run recorded last, not after `step`: {step, value, residual?}, or null if nothing yet.
 *
 * `series` is a name of the run's series, which have one value per step, or "sharpness", which has its own steps.
 */
export function recorded(run, series, step) {
  if (series === "sharpness") {
    const sharpness = run.sharpness;
    const at = sharpness?.step ? lastAt(sharpness.step, step) : -1;
    if (at < 0) return null;
    return { step: sharpness.step[at], value: sharpness.value[at], residual: sharpness.residual?.[at] ?? null };
  }
  const values = run.series?.[series];
  if (!values?.length || step < 0) return null;
  const at = Math.min(step, values.length - 1);
  return { step: at, value: values[at] };
}

/**
 * Where a run is on a plane at a step: on the straight line between the checkpoints around it.
 *
 * Returns {x, y, index, exact}: `index` is the last checkpoint not after the step, `exact` whether the step is that
 * checkpoint's. null before the first checkpoint, or where a coordinate is not finite or missing.
 */
export function head(run, plane, step) {
  const xs = run.checkpoints?.x?.[plane];
  const ys = run.checkpoints?.y?.[plane];
  const steps = run.checkpoints?.step;
  if (!xs?.length || !steps?.length) return null;
  const index = Math.min(lastAt(steps, step), xs.length - 1);
  if (index < 0) return null;
  const exact = steps[index] === step || index === xs.length - 1;
  let [x, y] = [xs[index], ys[index]];
  if (!exact) {
    const t = (step - steps[index]) / (steps[index + 1] - steps[index]);
    x += t * (xs[index + 1] - x);
    y += t * (ys[index + 1] - y);
  }
  return Number.isFinite(x) && Number.isFinite(y) ? { x, y, index, exact } : null;
}

const SPOKEN = 4; // runs that are read out; more would outlast the reader's patience

/** The values of the runs at a step, in words; of the pinned run alone if there is one. */
export function valueWords(entries, step, pinned = null) {
  const chosen = pinned ? entries.filter(({ run }) => run.id === pinned) : entries;
  const parts = chosen.slice(0, SPOKEN).map(({ run, name }) => {
    const last = recorded(run, "loss", step);
    return `${name}: loss ${last ? number(last.value, 4) : "not recorded"}`;
  });
  const more = chosen.length - SPOKEN;
  return [`Step ${step}`, ...parts, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
