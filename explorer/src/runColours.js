// The colour of a run by the value of a column: a scale that is read alike with every kind of colour vision.

import { scaleLinear, scaleLog } from "d3-scale";
import { interpolatePlasma } from "d3-scale-chromatic";
import { extent, roundValues } from "./colour.js";
import { settingText } from "./runColumns.js";

/** Parts of plasma, whose lightness rises throughout, that stand out from the ground. */
const PART = { light: [0, 0.84], dark: [0.28, 1] };
const LOG_FROM = 30; // ratio of the largest to the smallest value from which a scale of positive ones is logarithmic

/**
 * The scale of `values`, one of each run: {title, color(value), position(value), ticks: [[value, text]], at(position)}.
 *
 * Numbers lie on it by their size, by its logarithm where they span much; words by their order. What has no value has no
 * colour (null).
 */
export function runScale(values, title, theme) {
  const [from, to] = PART[theme] ?? PART.light;
  const at = (position) => interpolatePlasma(from + position * (to - from));
  const given = values.filter((value) => value !== null && value !== undefined && !Number.isNaN(value));
  if (given.every((value) => typeof value === "number") && given.length) {
    const { low, high } = extent([given]) ?? { low: 0, high: 1 };
    const log = low > 0 && high / low >= LOG_FROM;
    const scale = low === high ? () => 0.5 : (log ? scaleLog : scaleLinear)([low, high], [0, 1]).clamp(true);
    const position = (value) => (typeof value === "number" && !Number.isNaN(value) ? scale(value) : null);
    const own = [...new Set(given)].sort((a, b) => a - b);
    const shown = own.length <= 5 || low === high ? own : roundValues(low, high, log, 4);
    return { title, log, position, at, color: (v) => (position(v) === null ? null : at(position(v))), ticks: shown.map((v) => [v, settingText(v)]) };
  }
  const order = [...new Set(given.map(settingText))].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  const position = (value) => {
    const i = value === null || value === undefined ? -1 : order.indexOf(settingText(value));
    return i < 0 ? null : order.length === 1 ? 0.5 : i / (order.length - 1);
  };
  return { title, log: false, words: true, position, at, color: (v) => (position(v) === null ? null : at(position(v))), ticks: order.map((text) => [text, text]) };
}
