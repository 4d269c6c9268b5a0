// What the run table shows of every run, and how it is searched, sorted and hidden: no page needed.

import { number, tick } from "./format.js";
import { recorded } from "./runs.js";

/** What was recorded along training: values at the step. Of a `rule` only some methods have values. */
const ALONG = [
  { series: "loss", title: "loss" },
  { series: "gradient_norm", title: "‖g‖", name: "gradient norm" },
  { series: "lr", title: "LR", name: "learning rate" },
  { series: "mean_gradient_norm", title: "μ", name: "mean gradient norm", rule: true },
  { series: "zenith", title: "Z", name: "running maximum of the mean gradient norm", rule: true },
  { series: "sharpness", title: "sharpness" },
];
const FINAL = {
  train_loss: ["train loss, end", "training loss of the last weights"],
  test_loss: ["test loss, end", "test loss of the last weights"],
  test_accuracy: ["test acc., end", "test accuracy of the last weights"],
};

/** Names of the settings in which runs differ. */
export function variedSettings(runs) {
  const seen = new Map();
  for (const run of runs) {
    for (const [key, value] of Object.entries(run.settings ?? {})) {
      if (!seen.has(key)) seen.set(key, new Set());
      seen.get(key).add(value);
    }
  }
  return [...seen].filter(([, values]) => values.size > 1).map(([key]) => key);
}

/**
 * Columns, that of the method first: {key, title, name?, group?, value(run, step)}.
 *
 * Runs can be chosen by those that are a `group`; what is `along` training has a value at every step, {step, value} of what
 * was recorded last.
 */
export function columnsOf(payload) {
  const { runs } = payload;
  const columns = [];
  const label = (run) => payload.methods.find(({ name }) => name === run.method)?.label || run.method;
  columns.push({ key: "method", title: "method", group: true, value: label });
  if (runs.some(({ study }) => study)) columns.push({ key: "study", title: "study", group: true, value: ({ study }) => study || null });
  const seeds = new Set(runs.map(({ seed }) => seed ?? null));
  if (seeds.size > 1) columns.push({ key: "seed", title: "seed", group: true, value: ({ seed }) => seed ?? null });
  for (const name of variedSettings(runs)) {
    const title = name.replaceAll("_", " ");
    columns.push({ key: `settings.${name}`, title, group: true, value: ({ settings }) => settings?.[name] ?? null });
  }
  for (const { series, title, name, rule } of ALONG) {
    const has = (run) => (series === "sharpness" ? run.sharpness?.value : run.series?.[series])?.some(Number.isFinite);
    if (runs.some(has)) columns.push({ key: series, title, name, along: series, rule, value: (run, step) => recorded(run, series, step)?.value ?? null });
  }
  for (const [name, [title, words]] of Object.entries(FINAL)) {
    if (runs.some(({ final }) => Number.isFinite(final?.[name]))) {
      columns.push({ key: `final.${name}`, title, name: words, value: ({ final }) => final?.[name] ?? null });
    }
  }
  return columns;
}

/** A value of a column as text. */
export function cellText(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value) : number(value, digits);
}

/** A setting as it was typed: 0.1, not 0.1000. */
export function settingText(value) {
  return typeof value === "number" ? tick(value) : cellText(value);
}

/** Names of the runs by their ids; where several would be the same, the settings in which those differ tell them apart. */
export function namesOf(payload) {
  const labels = new Map(payload.methods.map(({ name, label }) => [name, label || name]));
  const base = (run) => {
    const label = labels.get(run.method) ?? run.method;
    return run.seed === null || run.seed === undefined ? label : `${label} · seed ${run.seed}`;
  };
  const groups = new Map();
  for (const run of payload.runs) groups.set(base(run), [...(groups.get(base(run)) ?? []), run]);
  const names = new Map();
  for (const [name, runs] of groups) {
    const varied = runs.length > 1 ? variedSettings(runs) : [];
    const several = new Set(runs.map(({ study }) => study ?? "")).size > 1;
    for (const run of runs) {
      const more = varied.filter((key) => run.settings?.[key] !== undefined).map((key) => `${key} ${settingText(run.settings[key])}`);
      names.set(run.id, [name, ...(several && run.study ? [run.study] : []), ...more].join(" · "));
    }
  }
  return names;
}

/** Names of the runs by their ids as a row of the table has them, and the headings of what they consist of. */
export function shortNamesOf(payload) {
  const columns = columnsOf(payload).filter(({ group }) => group);
  const names = new Map(payload.runs.map((run) => [run.id, columns.map(({ value }) => settingText(value(run))).join(", ")]));
  return { words: columns.map(({ title }) => title).join(", "), names };
}

const COMPARE = {
  "=": (a, b) => a === b,
  ":": (a, b) => a === b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};

/**
 * A function that says whether a run fits `text`: every word of it is in the run's name or settings, and `column=value`,
 * with < > <= >= as well, holds.
 */
export function searchFor(text, columns, names, step) {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const tests = words.map((word) => {
    const parts = word.match(/^([^<>=:]+)(<=|>=|[<>=:])(.+)$/);
    const column = parts && columns.find(({ key, title }) => [key, key.split(".").pop(), title].some((name) => name.toLowerCase() === parts[1]));
    if (!column) return (run) => haystack(run).includes(word);
    const wanted = Number(parts[3]);
    return (run) => {
      const value = column.value(run, step);
      if (value === null) return false;
      if (typeof value === "number" && Number.isFinite(wanted)) return COMPARE[parts[2]](value, wanted);
      return COMPARE[parts[2]](cellText(value).toLowerCase(), parts[3]);
    };
  });
  const haystack = (run) =>
    [names.get(run.id), run.id, ...columns.filter(({ group }) => group).map(({ title, value }) => `${title} ${settingText(value(run))}`)].join(" ").toLowerCase();
  return (run) => tests.every((test) => test(run));
}

/** Runs in the order of a column: `by` is its key, "-key" for descending; what has no value comes last. */
export function sorted(runs, by, columns, step) {
  const down = by.startsWith("-");
  const key = down ? by.slice(1) : by;
  const column = columns.find((each) => each.key === key);
  if (!column) return [...runs];
  const missing = (v) => v === null || v === undefined || Number.isNaN(v);
  const keyed = runs.map((run, i) => ({ run, i, v: column.value(run, step) }));
  keyed.sort((a, b) => {
    if (missing(a.v) || missing(b.v)) return missing(a.v) - missing(b.v) || a.i - b.i;
    const order = typeof a.v === "number" && typeof b.v === "number" ? a.v - b.v : String(a.v).localeCompare(String(b.v), undefined, { numeric: true });
    return (down ? -order : order) || a.i - b.i;
  });
  return keyed.map(({ run }) => run);
}

/** Whether a run is hidden by state {hidden_methods, hidden_seeds, hidden_runs}. */
export function hiddenBy({ hidden_methods, hidden_seeds, hidden_runs }) {
  const [methods, seeds, ids] = [hidden_methods, hidden_seeds, hidden_runs].map((list) => new Set(list));
  return (run) => methods.has(run.method) || seeds.has(run.seed) || ids.has(run.id);
}

/** The state that hides exactly the runs whose ids are in `ids`: whole methods and whole seeds by their names. */
export function hiding(runs, ids) {
  const all = (key) => {
    const shown = new Set(runs.filter(({ id }) => !ids.has(id)).map((run) => run[key]));
    return [...new Set(runs.map((run) => run[key]))].filter((value) => value !== null && value !== undefined && !shown.has(value));
  };
  const hidden_methods = all("method");
  const rest = runs.filter(({ method }) => !hidden_methods.includes(method));
  const hidden_seeds = [...new Set(rest.map(({ seed }) => seed))].filter(
    (seed) => seed !== null && seed !== undefined && rest.every((run) => run.seed !== seed || ids.has(run.id)),
  );
  const by = hiddenBy({ hidden_methods, hidden_seeds, hidden_runs: [] });
  return { hidden_methods, hidden_seeds, hidden_runs: runs.filter((run) => ids.has(run.id) && !by(run)).map(({ id }) => id) };
}
