import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, hiddenBy, hiding, namesOf, searchFor, settingText, sorted } from "../src/runColumns.js";
import { runScale } from "../src/runColours.js";

const runs = ["a", "b"].flatMap((method) =>
  [0, 1].flatMap((seed) =>
    [0.01, 0.1].map((lr) => ({
      id: `${method}-${seed}-${lr}`,
      method,
      seed,
      settings: { lr, momentum: 0.9 },
      final: method === "a" ? { test_loss: lr * (1 + seed) } : {},
      series: { loss: Float32Array.of(2, lr) },
    })),
  ),
);
const payload = { methods: [{ name: "a", label: "A" }, { name: "b", label: "B" }], runs };
const columns = columnsOf(payload);
const names = namesOf(payload);
const ids = (found) => found.map(({ id }) => id);

test("columns are what runs differ in, what was recorded, and how they ended", () => {
  assert.deepEqual(columns.map(({ key }) => key), ["method", "seed", "settings.lr", "loss", "final.test_loss"]);
  assert.equal(names.get("a-1-0.01"), "A · seed 1 · lr 0.01");
  assert.equal(namesOf({ ...payload, runs: runs.slice(0, 1) }).get("a-0-0.01"), "A · seed 0");
  assert.equal(settingText(1e-5), "10⁻⁵");
});

test("runs of several studies have a column of them, and names that say which", () => {
  const two = { methods: payload.methods, runs: ["x", "y"].map((study) => ({ ...runs[0], id: study, study })) };
  assert.deepEqual(columnsOf(two).map(({ key }) => key).slice(0, 2), ["method", "study"]);
  assert.deepEqual([...namesOf(two).values()], ["A · seed 0 · x", "A · seed 0 · y"]);
});

test("runs are sorted by any column, and what has no value comes last either way", () => {
  assert.deepEqual(ids(sorted(runs, "final.test_loss", columns, 0)).slice(0, 4), ["a-0-0.01", "a-1-0.01", "a-0-0.1", "a-1-0.1"]);
  const down = ids(sorted(runs, "-final.test_loss", columns, 0));
  assert.equal(down[0], "a-1-0.1");
  assert.ok(down.slice(4).every((id) => id.startsWith("b")));
  assert.equal(ids(sorted(runs, "-loss", columns, 1))[0], "a-0-0.1");
  assert.deepEqual(sorted(runs, "nothing", columns, 0), runs);
});

test("a search takes words, and comparisons of columns", () => {
  const found = (text) => ids(runs.filter(searchFor(text, columns, names, 1)));
  assert.deepEqual(found("a seed=1 lr<0.05"), ["a-1-0.01"]);
  assert.deepEqual(found("method=b lr>=0.1"), ["b-0-0.1", "b-1-0.1"]);
  assert.deepEqual(found("nowhere"), []);
  assert.equal(found("  ").length, 8);
  assert.equal(found("test_loss>0.15").join(), "a-1-0.1");
  assert.equal(found("loss<0.05").length, 4);
});

test("hiding names whole methods and seeds, and else the runs, and hides exactly those", () => {
  const all = ids(runs);
  for (let bits = 0; bits < 1 << all.length; bits++) {
    const wanted = new Set(all.filter((_, i) => bits & (1 << i)));
    const by = hiddenBy(hiding(runs, wanted));
    assert.deepEqual(ids(runs.filter(by)), all.filter((id) => wanted.has(id)));
  }
  const seed = new Set(ids(runs.filter((run) => run.seed === 1)));
  assert.deepEqual(hiding(runs, seed), { hidden_methods: [], hidden_seeds: [1], hidden_runs: [] });
  assert.deepEqual(hiding(runs, new Set(["a-0-0.1"])).hidden_runs, ["a-0-0.1"]);
});

test("colours by a value: in order of size, by its logarithm where it spans much, none where it is missing", () => {
  const scale = runScale([0.001, 0.1, 1, null], "lr", "light");
  assert.ok(scale.log);
  assert.deepEqual(scale.ticks.map(([, text]) => text), ["0.001", "0.1", "1"]);
  assert.ok(Math.abs(scale.position(0.1) - 2 / 3) < 1e-12);
  assert.equal(scale.color(null), null);
  const grey = (color) => color.match(/[0-9a-f]{2}/g).map((c) => parseInt(c, 16)).reduce((sum, c, i) => sum + c * [0.299, 0.587, 0.114][i], 0);
  for (const theme of ["light", "dark"]) {
    const { at } = runScale([0, 1], "x", theme);
    const levels = Array.from({ length: 11 }, (_, i) => grey(at(i / 10)));
    assert.ok(levels.every((level, i) => !i || level > levels[i - 1]), "lightness must rise, which every eye sees");
  }
  const words = runScale(["sgd", "adam", true], "what", "light");
  assert.deepEqual(words.ticks.map(([, text]) => text), ["adam", "sgd", "yes"]);
  assert.equal(runScale([2, 2], "x", "light").position(2), 0.5);
});
