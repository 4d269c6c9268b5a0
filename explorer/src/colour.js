// The scale of the loss: bands of viridis over a logarithm, and round values for its ticks and contours.

import { scaleLinear, scaleLog } from "d3-scale";
import { interpolateViridis } from "d3-scale-chromatic";

export const BANDS = 32; // as the figures have them

/** Round values between low and high, about `wanted` of them, evenly spaced on a log or linear scale. */
export function roundValues(low, high, log, wanted = 6) {
  const inside = (values) => values.filter((value) => value >= low && value <= high);
  if (log) {
    const first = Math.floor(Math.log10(low));
    const last = Math.ceil(Math.log10(high));
    for (const factors of [[1], [1, 3], [1, 2, 5]]) {
      const every = factors.length === 1 ? Math.max(1, Math.ceil((last - first) / (wanted + 1))) : 1;
      const values = [];
      for (let e = first; e <= last; e += every) for (const f of factors) values.push(Number(`${f}e${e}`));
      const found = inside(values);
      if (found.length >= Math.min(wanted - 1, 4)) return found;
    }
  }
  return inside(scaleLinear([low, high], [0, 1]).ticks(wanted));
}

/** Extent of the finite numbers of several arrays: {low, high, lowPositive, zeros, negative}, or null if none is finite. */
export function extent(arrays) {
  let [low, high, lowPositive, zeros] = [Infinity, -Infinity, Infinity, 0];
  for (const array of arrays) {
    for (const value of array) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
      if (value > 0 && value < lowPositive) lowPositive = value;
      if (value === 0) zeros++;
    }
  }
  return high === -Infinity ? null : { low, high, lowPositive, zeros, negative: low < 0 };
}

/**
 * The scale of a plane's loss.
 *
 * Logarithmic unless a value is negative; zeros then take the colour of the smallest positive value (`floored` says so).
 * `height(v)` is the position between 0 and 1, `color(v)` the band's colour, `smooth(v)` the colour without bands. `known` is
 * false where no value is finite: there are colours then, but nothing to name at a bar. A value that is the only one
 * (`flat`) is the only tick.
 */
export function lossScale(arrays) {
  const given = extent(arrays);
  const found = given ?? { low: 1, high: 10, lowPositive: 1, zeros: 0, negative: false };
  const log = !found.negative && Number.isFinite(found.lowPositive);
  let low = log ? found.lowPositive : found.low;
  let high = found.high;
  let ticks = null;
  if (high - low <= 1e-12 * Math.max(Math.abs(low), Math.abs(high))) {
    const margin = 0.01 * Math.abs(low) || 0.5;
    ticks = [low];
    [low, high] = log ? [low / 1.01, high * 1.01] : [low - margin, high + margin];
  }
  const scale = (log ? scaleLog : scaleLinear)([low, high], [0, 1]).clamp(true);
  const height = (value) => (log && value <= 0 ? 0 : scale(value));
  const band = (position) => (Math.min(BANDS - 1, Math.floor(position * BANDS)) + 0.5) / BANDS;
  return {
    known: given !== null,
    flat: ticks !== null,
    log,
    low,
    high,
    floored: log && found.zeros > 0,
    height,
    value: (position) => scale.invert(position),
    color: (value) => (Number.isFinite(value) ? interpolateViridis(band(height(value))) : null),
    bandColor: (i) => interpolateViridis((i + 0.5) / BANDS),
    smooth: (position) => interpolateViridis(position),
    ticks: ticks ?? roundValues(low, high, log),
  };
}
