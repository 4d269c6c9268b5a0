// State of one view, and one drawing per animation frame however often it changes.

function same(a, b) {
  if (a === b) return true;
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => item === b[i]);
}

/** Values by name; listeners hear the set of names that changed. */
export class Store {
  constructor(values) {
    this.values = { ...values };
    this.listeners = [];
  }

  get(key) {
    return this.values[key];
  }

  /** Set several values; `origin` tells listeners where the change came from. */
  set(values, origin = "view") {
    const changed = new Set();
    for (const [key, value] of Object.entries(values)) {
      if (same(this.values[key], value)) continue;
      this.values[key] = value;
      changed.add(key);
    }
    if (changed.size) for (const listener of this.listeners) listener(changed, origin);
  }

  subscribe(listener) {
    this.listeners.push(listener);
  }
}

/** Collects what needs drawing and draws it in the next animation frame. */
export class Frames {
  constructor(draw) {
    this.draw = draw;
    this.dirty = new Set();
    this.handle = 0;
  }

  request(...parts) {
    for (const part of parts) this.dirty.add(part);
    if (!this.handle) this.handle = requestAnimationFrame(() => this.flush());
  }

  flush() {
    this.handle = 0;
    const parts = this.dirty;
    this.dirty = new Set();
    this.draw(parts);
  }

  cancel() {
    cancelAnimationFrame(this.handle);
    this.dirty.clear();
  }
}
