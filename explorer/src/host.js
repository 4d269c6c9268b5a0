// Where the view's state is kept and who answers its requests: a widget's model, or nobody in a standalone page.

/** What the view shares with Python, by the name of its trait. */
export const SHARED = [
  "step", "selection", "hidden_methods", "hidden_seeds", "hidden_runs", "color_by", "sort_by", "search",
  "panels", "x_axis", "x_log", "x_range", "smoothing", "seeds_as", "view", "plane", "theme",
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

/** Host of a page without Python: remembers nothing and answers nothing. */
export function pageHost() {
  return { live: false, get: () => undefined, set() {}, send() {}, on() {}, destroy() {} };
}
