// The explorer's two entries: `render` for anywidget, `mount` for everything else.
//
// A page that carries its payload as JSON in <script id="explorer-data"> needs no call: it is mounted on load into the
// element with id "explorer", or right before the script.

import { pageHost, widgetHost } from "./host.js";
import { Explorer } from "./explorer.js";
import { decode } from "./payload.js";

/**
 * Show the explorer of `payload` in `el`.
 *
 * @param {HTMLElement} el
 * @param {object} payload The trait {header, buffers}, or a header whose arrays are base64.
 * @param {object} [host] Who keeps the state and answers requests; see host.js.
 * @returns {{update: (patch: object, buffers?: DataView[]) => void, destroy: () => void}}
 */
export function mount(el, payload, host = pageHost()) {
  const explorer = new Explorer(el, payload, host);
  return {
    update: (patch, buffers = []) => explorer.patch(decode(patch, buffers)),
    destroy: () => explorer.destroy(),
  };
}

function render({ model, el }) {
  const host = widgetHost(model);
  const explorer = new Explorer(el, model.get("payload"), host);
  host.on("msg:custom", (message, buffers) => explorer.message(message, buffers));
  return () => {
    explorer.destroy();
    host.destroy();
  };
}

function mountPage() {
  const data = document.getElementById("explorer-data");
  if (!data || data.dataset.mounted) return;
  data.dataset.mounted = "true";
  let el = document.getElementById("explorer");
  if (!el) {
    el = document.createElement("div");
    data.before(el);
  }
  mount(el, JSON.parse(data.textContent));
}

if (typeof document !== "undefined" && document.getElementById("explorer-data")) mountPage();

export default { render };
