import assert from "node:assert/strict";
import { test } from "node:test";
import { SHARED, readAddress, writeAddress } from "../src/host.js";

test("an address says what differs from how the page begins, and reads back", () => {
  const initial = { step: 40, hidden_runs: [], search: "", plane: "p" };
  assert.equal(writeAddress(initial, initial), "");
  const seen = { ...initial, step: 7, hidden_runs: ["a&b#c"], search: "lr<0.1 %" };
  assert.deepEqual(readAddress(writeAddress(seen, initial)), { step: 7, hidden_runs: ["a&b#c"], search: "lr<0.1 %" });
});

test("addresses of other things, and links that were cut off, change nothing", () => {
  assert.deepEqual(readAddress("#traces"), {});
  assert.deepEqual(readAddress("#explorer=%7B%22st"), {});
  assert.deepEqual(readAddress('#explorer={"payload":1,"step":3}'), { step: 3 });
  assert.ok(SHARED.includes("camera"));
});
