// Where the view's state is kept and who answers its requests: a widget's model, or nobody in a standalone page.

/** What the view shares with Python, by the name of its trait. */
export const SHARED = [
  "step", "selection", "hidden_methods", "hidden_seeds", "hidden_runs", "color_by", "sort_by", "search",
  "panels", "x_axis", "x_log", "x_range", "smoothing", "seeds_as", "log_axes", "pinned", "plane_range", "to_scale", "apart", "camera",
  "view", "plane", "theme",
]; // prettier-ignore

const WRITE_EVERY = 80; // ms between writes to the kernel while a slider moves

/** Host over a widget model (anywidget's AFM). */
export function widgetHost(model) {
  const handlers = [];
  let timer = 0;
  const flush = () => {
    timer = 0;
    model.save_changes();
  };
  return {
    live: true,
    get: (key) => model.get(key),
    set(key, value) {
      model.set(key, value);
      if (!timer) timer = setTimeout(flush, WRITE_EVERY);
    },
    send: (content) => model.send(content),
    on(event, handler) {
      model.on(event, handler);
      handlers.push([event, handler]);
    },
    destroy() {
      if (timer) {
        clearTimeout(timer);
        flush();
      }
      for (const [event, handler] of handlers) model.off(event, handler);
    },
  };
}

const ADDRESS = "#explorer=";

/** What the address of the page says was seen: values by name. */
export function readAddress(hash) {
  if (!hash.startsWith(ADDRESS)) return {};
  try {
    const values = JSON.parse(decodeURIComponent(hash.slice(ADDRESS.length)));
    return Object.fromEntries(Object.entries(values).filter(([key]) => SHARED.includes(key)));
  } catch {
    return {}; // a link that was cut off shows the page as it begins
  }
}

/** The part of an address that says what differs from how the page begins; empty where nothing does. */
export function writeAddress(values, initial) {
  const changed = SHARED.filter((key) => key in values && JSON.stringify(values[key]) !== JSON.stringify(initial[key]));
  return changed.length ? ADDRESS + encodeURIComponent(JSON.stringify(Object.fromEntries(changed.map((key) => [key, values[key]])))) : "";
}

/** Host of a page without Python: keeps the state in the page's address, and answers nothing. */
export function pageHost() {
  let values = {};
  let initial = {};
  let timer = 0;
  const handlers = [];
  const flush = () => {
    timer = 0;
    const { pathname, search, hash } = window.location;
    const address = writeAddress(values, initial);
    if (!address && hash && !hash.startsWith(ADDRESS)) return; // another part of the page
    if (address === hash) return;
    try {
      window.history.replaceState(null, "", address || pathname + search);
    } catch {
      window.location.hash = address;
    }
  };
  const moved = () => {
    if (window.location.hash && !window.location.hash.startsWith(ADDRESS)) return;
    values = { ...initial, ...readAddress(window.location.hash) };
    for (const [event, handler] of handlers) if (event.startsWith("change:") && event.slice(7) in values) handler();
  };
  window.addEventListener("hashchange", moved);
  return {
    live: false,
    /** Take how the page begins; returns it with what the address says. */
    begin(from) {
      initial = Object.fromEntries(SHARED.map((key) => [key, from[key]]));
      values = { ...initial, ...readAddress(window.location.hash) };
      return { ...from, ...values };
    },
    get: (key) => values[key],
    set(key, value) {
      values[key] = value;
      if (!timer) timer = setTimeout(flush, 4 * WRITE_EVERY);
    },
    send() {},
    on: (event, handler) => handlers.push([event, handler]),
    destroy() {
      clearTimeout(timer);
      window.removeEventListener("hashchange", moved);
    },
  };
}
