// A notebook's output area as VS Code builds it: its own widget manager on RequireJS, on the connection to a kernel.
// Widgets that it does not bring along are loaded from the folder that pip installed them to, as VS Code does.
import { KernelManager, ServerConnection } from "@jupyterlab/services";
import { activate } from "@vscode/jupyter-ipywidgets8";

const server = new URLSearchParams(location.search).get("server");
const output = document.getElementById("output");

activate();
window.vscIPyWidgets8.load();

const scripts = {
  widgetsRegisteredInRequireJs: new Set(),
  loadWidgetScript: async (name) => window.requirejs.config({ paths: { [name]: `nbextensions/${name}/index` } }),
  successHandler: () => {},
  errorHandler: (name, module, version, error) => console.error(`${name} of ${module} ${version}: ${error}`),
};

const serverSettings = ServerConnection.makeSettings({ baseUrl: server, wsUrl: server.replace("http", "ws") });
const kernel = await new KernelManager({ serverSettings }).startNew({ name: "python3" });
const manager = new window.vscIPyWidgets.WidgetManager(kernel, output, scripts, () => {});

async function show(id) {
  const view = await manager.create_view(await manager.get_model(id));
  const node = output.appendChild(document.createElement("div"));
  await manager.display_view(undefined, view, { node });
}

/** Run code as a cell; returns what went wrong, or null. */
window.run = async (code) => {
  const future = kernel.requestExecute({ code });
  const shown = [];
  future.onIOPub = ({ content }) => {
    const widget = content.data?.["application/vnd.jupyter.widget-view+json"];
    if (widget) shown.push(show(widget.model_id));
  };
  const { content } = await future.done;
  await Promise.all(shown);
  return content.status === "ok" ? null : `${content.ename}: ${content.evalue}`;
};
