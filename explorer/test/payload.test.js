import assert from "node:assert/strict";
import { test } from "node:test";
import { applyPatch, decode, readPayload } from "../src/payload.js";

const bytes = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const b64 = (array) => Buffer.from(bytes(array)).toString("base64");

test("base64 and buffers decode to the same numbers, whatever the alignment", () => {
  const values = Float64Array.of(1.5, NaN, -Infinity, 0);
  const shifted = new Uint8Array(values.byteLength + 3);
  shifted.set(bytes(values), 3);
  const view = new DataView(shifted.buffer, 3, values.byteLength);
  const fromBuffer = decode({ a: [{ buffer: 0, dtype: "f8" }] }, [view]).a[0];
  const fromText = decode({ a: [{ b64: b64(values), dtype: "f8" }] }).a[0];
  assert.deepEqual(fromBuffer, values);
  assert.deepEqual(fromText, values);
  assert.deepEqual(decode({ b64: b64(Int32Array.of(-1, 7)), dtype: "i4" }), Int32Array.of(-1, 7));
});

test("decoding keeps what is not an array, and a missing buffer or unknown type is an error", () => {
  assert.deepEqual(decode({ a: null, b: "x", c: [1, { d: true }] }), { a: null, b: "x", c: [1, { d: true }] });
  assert.throws(() => decode({ buffer: 2, dtype: "f4" }, []), /buffer 2/);
  assert.throws(() => decode({ b64: "", dtype: "f2" }), /f2/);
});

test("a thinned series has its values where they were, and straight lines between", () => {
  const thinned = (values, length) => [...decode({ b64: b64(Float32Array.from(values)), dtype: "f4", length })];
  assert.deepEqual(thinned([0, 4, 2], 9), [0, 1, 2, 3, 4, 3.5, 3, 2.5, 2]);
  assert.deepEqual(thinned([1, 2, 4], 4), [1, 1.5, 2, 4]);
  assert.deepEqual(thinned([NaN, 4, Infinity], 5), [NaN, NaN, 4, NaN, Infinity]);
});

test("an empty payload is one without runs; another schema is refused", () => {
  assert.deepEqual(readPayload({}).runs, []);
  assert.throws(() => readPayload({ schema: 2 }), /schema 2/);
});

const payload = () => ({
  methods: [{ name: "a" }],
  planes: [{ id: "p" }],
  runs: [
    {
      id: "a-0",
      steps: 2,
      series: { loss: Float32Array.of(3, 2) },
      checkpoints: { step: Int32Array.of(0), x: { p: Float64Array.of(0) } },
      sharpness: null,
    },
  ],
});

test("a patch appends at any depth, sets words, and counts the steps", () => {
  const target = payload();
  const changed = applyPatch(target, {
    runs: [
      {
        id: "a-0",
        status: "finished",
        append: {
          series: { loss: Float32Array.of(1) },
          checkpoints: { step: Int32Array.of(2), x: { p: Float64Array.of(9) } },
          sharpness: { step: Int32Array.of(2), value: Float64Array.of(5), label: "λ" },
        },
      },
    ],
    title: "new",
  });
  const [run] = target.runs;
  assert.deepEqual(run.series.loss, Float32Array.of(3, 2, 1));
  assert.deepEqual(run.checkpoints.x.p, Float64Array.of(0, 9));
  assert.deepEqual(run.sharpness, { step: Int32Array.of(2), value: Float64Array.of(5), label: "λ" });
  assert.equal(run.status, "finished");
  assert.equal(run.steps, 3);
  assert.equal(target.title, "new");
  assert.deepEqual(changed, { runs: true, planes: false, methods: false });
});

test("a patch adds and replaces runs and planes, and refuses an unknown run", () => {
  const target = payload();
  applyPatch(target, { new_runs: [{ id: "b-0" }, { id: "a-0", steps: 7 }], planes: [{ id: "q" }, { id: "p", label: "x" }] });
  assert.deepEqual(target.runs.map(({ id }) => id), ["a-0", "b-0"]);
  assert.equal(target.runs[0].steps, 7);
  assert.deepEqual(target.planes, [{ id: "p", label: "x" }, { id: "q" }]);
  assert.throws(() => applyPatch(target, { runs: [{ id: "c-9", append: {} }] }), /c-9/);
});
