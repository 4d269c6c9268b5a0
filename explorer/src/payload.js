// The payload as Python sends it, with every array a typed array, and patches that make it grow.
//
// An array is {dtype, buffer: i} in the widget, an index into the message's binary buffers, and {dtype, b64} in a
// standalone page. Little-endian, as NumPy writes them on every machine that runs a browser. A thinned one has a `length`
// too: its values are spread evenly over so many places, with straight lines between.

const TYPES = { f4: Float32Array, f8: Float64Array, i4: Int32Array };

/** Bytes of one array descriptor as an ArrayBuffer of their own, so that any alignment will do. */
function bytes(descriptor, buffers) {
  if (descriptor.b64 !== undefined) {
    const text = atob(descriptor.b64);
    const out = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
    return out.buffer;
  }
  const view = buffers[descriptor.buffer];
  if (view === undefined) throw new Error(`the payload names buffer ${descriptor.buffer}, but has ${buffers.length}`);
  if (view instanceof ArrayBuffer) return view.slice(0);
  return view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
}

/** Values spread evenly over `length` places, and what lies between two of them on the straight line. */
function spread(values, length) {
  const out = new values.constructor(length);
  const last = values.length - 1;
  for (let i = 0; i < last; i++) {
    const from = Math.round((i * (length - 1)) / last);
    const to = Math.round(((i + 1) * (length - 1)) / last);
    for (let k = from; k < to; k++) out[k] = values[i] + ((values[i + 1] - values[i]) * (k - from)) / (to - from);
    // A line to what is not finite has no points between.
    if (!Number.isFinite(values[i + 1] - values[i])) out.fill(NaN, from + 1, to)[from] = values[i];
  }
  out[length - 1] = values[last];
  return out;
}

/** Replace every array descriptor in `value` by a typed array; everything else is copied as it is. */
export function decode(value, buffers = []) {
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((item) => decode(item, buffers));
  if ("dtype" in value && ("buffer" in value || "b64" in value)) {
    const type = TYPES[value.dtype];
    if (!type) throw new Error(`unknown dtype ${value.dtype}; expected one of ${Object.keys(TYPES).join(", ")}`);
    const values = new type(bytes(value, buffers));
    return value.length === undefined ? values : spread(values, value.length);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item, buffers)]));
}

/** The payload of the widget's trait ({header, buffers}) or of a page's JSON, decoded. */
export function readPayload(raw) {
  if (!raw || !Object.keys(raw).length) return empty();
  const payload = raw.header ? decode(raw.header, raw.buffers ?? []) : decode(raw);
  if (payload.schema !== 1) throw new Error(`payload schema ${payload.schema} is not one this explorer reads (1)`);
  return { ...empty(), ...payload };
}

function empty() {
  return { schema: 1, title: "", subtitle: "", methods: [], runs: [], planes: [], can: {}, protocol: "" };
}

function joined(a, b) {
  if (!a) return b;
  if (!b || !b.length) return a;
  const out = new a.constructor(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** Append what `more` holds to the arrays of the same names in `target`, at any depth; other values replace. */
function append(target, more) {
  for (const [key, value] of Object.entries(more)) {
    if (ArrayBuffer.isView(value)) target[key] = joined(target[key], value);
    else if (value !== null && typeof value === "object" && !Array.isArray(value)) append((target[key] ??= {}), value);
    else if (value !== null) target[key] = value;
  }
}

/** Apply a decoded patch in place. Returns what changed: {runs, planes, methods}. */
export function applyPatch(payload, patch) {
  const changed = { runs: false, planes: false, methods: false };
  for (const method of patch.methods ?? []) {
    if (payload.methods.some((known) => known.name === method.name)) continue;
    payload.methods.push(method);
    changed.methods = true;
  }
  for (const run of patch.new_runs ?? []) {
    const at = payload.runs.findIndex((known) => known.id === run.id);
    if (at < 0) payload.runs.push(run);
    else payload.runs[at] = run;
    changed.runs = changed.methods = true;
  }
  for (const { id, append: more, ...rest } of patch.runs ?? []) {
    const run = payload.runs.find((known) => known.id === id);
    if (!run) throw new Error(`the patch is for a run ${id} that the payload lacks`);
    append(run, more ?? {});
    Object.assign(run, rest);
    run.steps = Math.max(run.steps ?? 0, run.series?.loss?.length ?? 0);
    changed.runs = true;
  }
  for (const plane of patch.planes ?? []) {
    const at = payload.planes.findIndex((known) => known.id === plane.id);
    if (at < 0) payload.planes.push(plane);
    else payload.planes[at] = plane;
    changed.planes = true;
  }
  for (const key of ["title", "subtitle", "protocol", "loss_label", "notice"]) if (patch[key] !== undefined) payload[key] = patch[key];
  return changed;
}
