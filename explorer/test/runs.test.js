import assert from "node:assert/strict";
import { test } from "node:test";
import { number, plain, powerOfTen, tick } from "../src/format.js";
import { head, lastAt, lastStep, recorded, valueWords } from "../src/runs.js";
import { between, curvesOf, outline, panelsFor, smoothed, specsFor, valueAt, valueRange } from "../src/traceSpecs.js";
import { Store } from "../src/store.js";
import { hostTheme, onDark } from "../src/theme.js";

const run = {
  id: "a-0",
  method: "a",
  seed: 0,
  series: { loss: Float32Array.of(4, 2, 1, NaN), lr: Float32Array.of(1, 1, 0, 0) },
  checkpoints: { step: Int32Array.of(0, 2, 4), x: { p: Float64Array.of(0, 2, NaN) }, y: { p: Float64Array.of(0, 1, 3) } },
  sharpness: { step: Int32Array.of(0, 4), value: Float64Array.of(9, NaN), residual: Float64Array.of(0.1, 2), label: "top λ" },
};

test("heads lie on the line between checkpoints, and are missing where a coordinate is", () => {
  assert.equal(lastAt([0, 2, 4], 3), 1);
  assert.equal(lastAt([1], 0), -1);
  assert.deepEqual(head(run, "p", 2), { x: 2, y: 1, index: 1, exact: true });
  assert.deepEqual(head(run, "p", 1), { x: 1, y: 0.5, index: 0, exact: false });
  assert.equal(head(run, "p", 3), null);
  assert.equal(head(run, "q", 3), null);
});

test("what was recorded last says when", () => {
  assert.deepEqual(recorded(run, "loss", 1), { step: 1, value: 2 });
  assert.equal(recorded(run, "loss", 99).step, 3);
  assert.deepEqual(recorded(run, "sharpness", 3), { step: 0, value: 9, residual: 0.1 });
  assert.equal(recorded(run, "zenith", 3), null);
  assert.equal(lastStep([run]), 4);
});

test("the spoken values name four runs and count the rest", () => {
  const entries = Array.from({ length: 6 }, (_, i) => ({ run: { ...run, id: String(i) }, name: `run ${i}` }));
  assert.equal(
    valueWords(entries, 1),
    "Step 1; run 0: loss 2.000; run 1: loss 2.000; run 2: loss 2.000; run 3: loss 2.000; and 2 more",
  );
  assert.equal(valueWords(entries, 1, "5"), "Step 1; run 5: loss 2.000");
});

test("numbers", () => {
  assert.equal(number(0.012345), "0.01235");
  assert.equal(number(1.5e-7, 2), "1.5·10⁻⁷");
  assert.equal(number(-1234567, 3), "−1.23·10⁶");
  assert.equal(number(123456, 4), "123456");
  assert.equal(number(NaN), "NaN");
  assert.equal(number(-Infinity), "−∞");
  assert.equal(number(undefined), "–");
  assert.equal(number(0), "0");
  assert.equal(tick(1e-5), powerOfTen(-5));
  assert.equal(tick(0.3), "0.3");
  assert.equal(tick(3e-5), "3·10⁻⁵");
  assert.equal(plain("$\\alpha$ (direction 1)"), "α (direction 1)");
});

test("smoothing is TensorBoard's moving average, and what is not finite counts nowhere", () => {
  const values = [3, 1, NaN, 4, 1, 5];
  const weight = 0.6;
  const past = [];
  const expected = values.map((value) => {
    if (Number.isNaN(value)) return NaN;
    past.push(value);
    const weights = past.map((_, i) => weight ** (past.length - 1 - i));
    return past.reduce((sum, v, i) => sum + weights[i] * v, 0) / weights.reduce((sum, w) => sum + w, 0);
  });
  smoothed(values, weight).forEach((value, i) => assert.ok(Object.is(value, expected[i]) || Math.abs(value - expected[i]) < 1e-12));
  assert.deepEqual([...smoothed(values, 0)], values);
});

test("panels exist for what has values; sharpness has its own steps", () => {
  const other = { ...run, id: "a-1", seed: 1, measures: { test_loss: { step: Int32Array.of(2, 4), value: Float64Array.of(7, 6) } } };
  const specs = specsFor([run, other]);
  assert.deepEqual(specs.map(({ key }) => key), ["loss", "test_loss", "lr", "sharpness"]);
  assert.equal(specs[3].title, "Top λ");
  assert.deepEqual(panelsFor(specs, ["lr", "nothing", "loss"]).map(({ key }) => key), ["lr", "loss"]);
  const [curve, ...rest] = curvesOf(specs[1], [{ run, look: {} }, { run: other, look: {} }]);
  assert.equal(rest.length, 0);
  assert.deepEqual(valueAt(curve, 3), { at: 0, step: 2, x: 2, y: 7 });
  assert.equal(valueAt(curve, 1), null);
});

test("an axis of epochs or of time has every run where it was then", () => {
  const timed = { ...run, epoch: 2, series: { ...run.series, seconds: Float64Array.of(0.5, 1, 1.5, 4) } };
  const [spec] = specsFor([timed]);
  const x = (axis) => [...curvesOf(spec, [{ run: timed, look: {} }], { axis })[0].x];
  assert.deepEqual(x("epoch"), [0, 0.5, 1, 1.5]);
  assert.deepEqual(x("seconds"), [0.5, 1, 1.5, 4]);
});

test("seeds become their median between the smallest and the largest, and settings stay apart", () => {
  const made = (seed, lr, loss) => ({ run: { id: `${seed}-${lr}`, method: "a", seed, settings: { lr }, series: { loss } }, look: {} });
  const [spec] = specsFor([run]);
  const curves = curvesOf(spec, [made(0, 1, [1, 5]), made(1, 1, [2, 6]), made(2, 1, [9]), made(0, 2, [8, 8])], { median: true });
  assert.equal(curves.length, 2);
  assert.deepEqual([...curves[0].y], [2, 5.5]);
  assert.deepEqual([[...curves[0].low], [...curves[0].high]], [[1, 5], [9, 6]]);
  assert.equal(curves[1].low, undefined);
});

test("a line of many points covers the pixels that all of them cover", () => {
  const n = 10000;
  const x = Float64Array.from({ length: n }, (_, i) => i);
  const y = x.map((i) => Math.sin(i) * (i % 997 === 0 ? 40 : 1));
  const toX = (value) => (value / n) * 100;
  const points = outline(x, y, [0, n - 1], toX, (value) => value, false);
  assert.ok(points.length <= 2 * 2 * 102);
  for (let pixel = 0; pixel <= 100; pixel++) {
    const own = [...y].filter((_, i) => Math.round(toX(i)) === pixel);
    const drawn = [];
    for (let i = 0; i < points.length; i += 2) if (points[i] === pixel) drawn.push(points[i + 1]);
    assert.deepEqual([Math.min(...drawn), Math.max(...drawn)], [Math.min(...own), Math.max(...own)]);
  }
  assert.deepEqual(outline([0, 1, 2], [1, NaN, -1], [0, 2], (v) => v, (v) => v, true), [0, 1, 1, NaN, 2, NaN]);
  assert.deepEqual(between([0, 1, 2, 3, 4], 1.5, 2.5), [1, 3]);
});

test("ranges leave out what a log axis has no place for", () => {
  const [low, high] = valueRange([[0, 1e-3, NaN, 10]], true);
  assert.ok(low < 1e-3 && low > 1e-4 && high > 10 && high < 100);
  assert.deepEqual(valueRange([[0, NaN]], true), [0.1, 1]);
  assert.equal(valueRange([[0.001, 5]], false)[0], 0);
});

test("the store tells what changed, once, and who changed it", () => {
  const heard = [];
  const store = new Store({ step: 0, selection: [] });
  store.subscribe((changed, origin) => heard.push([[...changed], origin]));
  store.set({ step: 0, selection: [] });
  store.set({ step: 1, selection: [1, 2] }, "host");
  store.set({ selection: [1, 2] });
  assert.deepEqual(heard, [[["step", "selection"], "host"]]);
});

test("themes of the pages around, and colours that show on a dark ground", () => {
  const body = (dataset, classes = []) => ({ dataset, classList: classes });
  assert.equal(hostTheme(body({ jpThemeLight: "false" })), "dark");
  assert.equal(hostTheme(body({ jpThemeLight: "true" })), "light");
  assert.equal(hostTheme(body({ vscodeThemeKind: "vscode-high-contrast" })), "dark");
  assert.equal(hostTheme(body({}, ["vscode-light"])), "light");
  assert.equal(hostTheme(body({})), null);
  assert.equal(onDark("#000000"), "#ffffff");
  assert.equal(onDark("#56b9e9"), "#56b9e9");
});
