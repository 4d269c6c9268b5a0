// Files of single panels: what a panel shows as a picture, and the numbers behind it as CSV with all of their digits.

import { h, icon } from "./dom.js";
import { FONT } from "./planePaint.js";

export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function fileName(title) {
  return (title || "explorer").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "explorer";
}

/** Copy text, and say aloud that `what` was copied. */
export async function copyText(app, text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No clipboard from an insecure page, or one without the permission: the older way.
    const area = h("textarea", { style: "position:fixed;opacity:0" });
    area.value = text;
    const active = document.activeElement;
    app.shell.root.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    active?.focus({ preventScroll: true });
  }
  app.announce(`Copied ${what}`, 0);
}

/** Rows as the text of a CSV file; what is missing is empty. */
export function csv(rows) {
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    const text = String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";
}

const WORDS = { image: "Picture, PNG", data: "Data, CSV", trajectories: "Trajectories, CSV" };

/** A button that offers the files of a panel: `makers` return a canvas for "image", rows for the others. */
export function saveMenu(app, what, makers, looks = "lx-tool") {
  const summary = h("summary", { class: looks, "aria-label": `Save ${what}`, title: `Save ${what}` }, icon("save"));
  const save = (kind) => {
    menu.open = false;
    summary.focus();
    const name = `${fileName(app.payload.title)}-${fileName(what.replace(/^the /, ""))}`;
    if (kind === "image") makers.image().toBlob((blob) => download(blob, `${name}.png`), "image/png");
    else download(new Blob([csv(makers[kind]())], { type: "text/csv" }), `${name}${kind === "data" ? "" : `-${kind}`}.csv`);
    app.announce(`${what} is saved`, 0);
  };
  const buttons = Object.keys(makers).map((kind) => h("button", { type: "button", text: WORDS[kind], "aria-label": `${WORDS[kind]}: ${what}`, "data-save": kind, onclick: () => save(kind) }));
  const menu = h("details", { class: "lx-choice lx-save" }, summary, h("div", { class: "lx-chooser lx-menu" }, ...buttons));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    summary.focus();
    event.stopPropagation();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  return menu;
}

/** Canvases of one size on one ground, under a title if there is one. */
export function joined(canvases, title = "") {
  const [first] = canvases;
  const ratio = first.width / (parseFloat(first.style.width) || first.width);
  const top = title ? Math.round(22 * ratio) : 0;
  const out = document.createElement("canvas");
  out.width = Math.max(...canvases.map(({ width }) => width));
  out.height = first.height + top;
  const context = out.getContext("2d");
  const style = getComputedStyle(first.closest(".lx"));
  context.fillStyle = style.getPropertyValue("--lx-ground");
  context.fillRect(0, 0, out.width, out.height);
  if (title) {
    context.font = FONT.replace("11px", `600 ${12 * ratio}px`);
    context.fillStyle = style.getPropertyValue("--lx-ink");
    context.fillText(title, 8 * ratio, 15 * ratio);
  }
  for (const canvas of canvases) context.drawImage(canvas, 0, top);
  return out;
}

/** Loss at every point of a plane. */
export function planeRows({ alpha, beta, loss }) {
  const rows = [["alpha", "beta", "loss"]];
  for (let j = 0; j < beta.length; j++) for (let i = 0; i < alpha.length; i++) rows.push([alpha[i], beta[j], loss[j * alpha.length + i]]);
  return rows;
}

/** Checkpoints of the runs that are shown on a plane. */
export function trajectoryRows(entries, plane) {
  const rows = [["run", "step", "alpha", "beta", "off_plane", "loss"]];
  for (const { name, run } of entries) {
    const { step, x, y, off_plane: off, loss } = run.checkpoints ?? {};
    x?.[plane.id]?.forEach((value, i) => rows.push([name, step[i], value, y[plane.id][i], off?.[plane.id]?.[i], loss?.[i]]));
  }
  return rows;
}

/** What the lines of a panel are drawn through, and what was recorded where that is smoothed. */
export function curveRows(curves) {
  const rows = [["run", "quantity", "step", "x", "value", "drawn", "lowest", "highest", "error"]];
  for (const { entries, name, series, measure, steps, x, y, raw, low, high, residual } of curves) {
    const who = entries.length > 1 ? `median of ${entries.map((entry) => entry.name).join("; ")}` : entries[0].name;
    for (let i = 0; i < y.length; i++) rows.push([who, name ?? series ?? measure, steps[i], x[i], (raw ?? y)[i], y[i], low?.[i], high?.[i], residual?.[i]]);
  }
  return rows;
}

/** The run table, with the step that its values are of. */
export function runRows(columns, runs, app) {
  const step = app.store.get("step");
  const heading = ["run", ...columns.map(({ key, along }) => (along ? `${key} at step ${step}` : key))];
  return [heading, ...runs.map((run) => [app.nameOf(run), ...columns.map((column) => column.value(run, step))])];
}
