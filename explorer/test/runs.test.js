import assert from "node:assert/strict";
import { test } from "node:test";
import { number, plain, powerOfTen, tick } from "../src/format.js";
import { head, lastAt, lastStep, recorded, valueWords } from "../src/runs.js";
import { alignedData, gapped, specsFor, trailingMean, valueRange } from "../src/traceSpecs.js";
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

test("gaps are null, and complete arrays are not copied", () => {
  assert.deepEqual(gapped(run.series.loss, 5), [4, 2, 1, null, null]);
  assert.equal(gapped(run.series.lr, 4), run.series.lr);
});

test("a trailing mean counts what is there", () => {
  assert.deepEqual(trailingMean([2, 4, null, 6, 8], 2), [2, 3, null, 6, 7]);
});

test("panels exist for what has values; sharpness has its own steps", () => {
  const specs = specsFor([run]);
  assert.deepEqual(specs.map(({ key }) => key), ["loss", "lr", "sharpness"]);
  assert.equal(specs[2].title, "Top λ");
  const other = { ...run, sharpness: { step: Int32Array.of(2), value: Float64Array.of(7) } };
  const [steps, a, b] = alignedData(specs[2], [run, other]);
  assert.deepEqual(steps, [0, 2, 4]);
  assert.deepEqual(a, [9, undefined, null]);
  assert.deepEqual(b, [undefined, 7, undefined]);
});

test("ranges leave out what a log axis has no place for", () => {
  const [low, high] = valueRange([[0, 1e-3, null, 10]], 0, 3, true);
  assert.ok(low < 1e-3 && low > 1e-4 && high > 10 && high < 100);
  assert.deepEqual(valueRange([[0, null]], 0, 1, true), [0.1, 1]);
  assert.equal(valueRange([[0.001, 5]], 0, 1, false)[0], 0);
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
