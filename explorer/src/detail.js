// One checkpoint: what is known of it, and what can be measured there.

import { h, icon, setText } from "./dom.js";
import { number } from "./format.js";
import { nearestIndex } from "./frame.js";
import { copyText } from "./panelFiles.js";
import { SliceChart } from "./sliceChart.js";

const WHAT = { eigenvalue: "Top eigenvalue", slice: "Slice" };

export class Detail {
  constructor(app) {
    this.app = app;
    this.results = new Map();
    this.title = h("h4", {});
    this.facts = h("dl", { class: "lx-facts" });
    this.actions = h("div", { class: "lx-actions" });
    this.bar = h("progress", { class: "lx-progress", max: "1", "aria-label": "Progress of the measurement" });
    this.statusText = h("p", { class: "lx-status", role: "status" });
    this.cancel = h("button", {
      type: "button",
      class: "lx-button",
      text: "Cancel",
      onclick: () => app.host.send({ type: "cancel" }),
    });
    this.progress = h("div", { class: "lx-measuring", hidden: true }, this.bar, this.statusText, this.cancel);
    this.found = h("div", { class: "lx-found" });
    this.el = h(
      "section",
      {
        class: "lx-detail",
        hidden: true,
        "aria-label": "Checkpoint",
        onkeydown: (event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          app.pick(null);
        },
      },
      h(
        "header",
        {},
        this.title,
        h("button", { type: "button", class: "lx-mini", text: "copy", "aria-label": "Copy the values of the checkpoint", onclick: () => this.copy() }),
        h(
          "button",
          { type: "button", class: "lx-mini lx-square", "aria-label": "Close the checkpoint", onclick: () => app.pick(null) },
          icon("close"),
        ),
      ),
      this.facts,
      this.actions,
      this.progress,
      this.found,
    );
    this.el.tabIndex = -1;
    this.buttons = Object.entries(WHAT).map(([what, label]) =>
      h("button", {
        type: "button",
        class: "lx-button",
        "data-what": what,
        text: what === "slice" ? "Slice through it" : "Measure the top eigenvalue",
        "aria-label": `${label} at this checkpoint`,
        onclick: () => this.measure(what),
      }),
    );
  }

  /** Take a message {type: "measured", ...}, whatever checkpoint is shown. */
  measured(message) {
    const key = `${message.run}|${message.checkpoint}`;
    this.results.set(key, { ...this.results.get(key), [message.what]: message });
    this.draw();
    this.drawResults();
    this.app.announce(this.resultText(message), 0);
  }

  resultText({ what, value, error, converged, text }) {
    if (what === "slice") return text || "The slice is measured.";
    const bound = Number.isFinite(error) ? ` ± ${number(error, 2)}` : "";
    const verdict = converged ? "converged" : "not converged";
    return `λ = ${number(value, 5)}${bound}, ${verdict}`;
  }

  measure(what) {
    const { runId, index } = this.app.store.get("picked");
    this.app.host.send({ type: "measure", run: runId, checkpoint: index, what });
  }

  draw() {
    const picked = this.app.store.get("picked");
    const run = picked && this.app.payload.runs.find(({ id }) => id === picked.runId);
    this.el.hidden = !run;
    if (!run) return;
    const { checkpoints } = run;
    const { index } = picked;
    setText(this.title, `${this.app.nameOf(run)}, step ${checkpoints.step[index]}`);
    this.facts.replaceChildren(
      ...this.rows(run, index).flatMap(([name, value]) => [h("dt", { text: name }), h("dd", { text: value })]),
    );
    const can = this.app.payload.can?.measure && this.app.host.live;
    if (can) this.actions.replaceChildren(...this.buttons);
    else {
      const why = this.app.host.live
        ? "Nothing can be measured here: a study needs its folder runs/, with the weights; runs in memory need objective=."
        : "To measure here, open the study in a notebook.";
      this.actions.replaceChildren(h("p", { class: "lx-note", text: why }));
    }
    this.drawStatus();
    if (this.shown !== `${picked.runId}|${index}`) this.drawResults();
  }

  copy() {
    const facts = [...this.facts.querySelectorAll("dt")].map((name) => `${name.textContent}\t${name.nextSibling.textContent}`);
    copyText(this.app, [this.title.textContent, ...facts].join("\n"), "the values of the checkpoint");
  }

  rows(run, index) {
    const { checkpoints } = run;
    const plane = this.app.plane();
    const rows = [];
    if (checkpoints.loss) rows.push(["loss", number(checkpoints.loss[index], 6)]);
    if (checkpoints.test_loss) rows.push(["test loss", number(checkpoints.test_loss[index], 6)]);
    const [x, y] = [checkpoints.x?.[plane?.id]?.[index], checkpoints.y?.[plane?.id]?.[index]];
    if (x !== undefined) {
      rows.push(["α, β", `${number(x, 5)}, ${number(y, 5)}`]);
      const off = checkpoints.off_plane?.[plane.id]?.[index];
      if (off !== undefined) rows.push(["distance from the plane", number(off, 4)]);
      const [i, j] = [nearestIndex(plane.alpha, x), nearestIndex(plane.beta, y)];
      rows.push(["plane’s loss nearby", number(plane.loss[j * plane.alpha.length + i], 6)]);
    }
    const at = Array.from(run.sharpness?.step ?? []).indexOf(checkpoints.step[index]);
    if (at >= 0) {
      const residual = run.sharpness.residual?.[at];
      const error = Number.isFinite(residual) ? ` ± ${number(residual, 2)}` : "";
      const value = run.sharpness.value[at];
      const words = Number.isNaN(value) ? "not converged" : number(value, 5) + error;
      rows.push([`${run.sharpness.label || "sharpness"}, recorded`, words]);
    }
    return rows;
  }

  drawStatus() {
    const status = this.app.store.get("status") ?? {};
    const measuring = status.kind === "measuring";
    this.progress.hidden = !measuring;
    if (Number.isFinite(status.fraction)) this.bar.value = status.fraction;
    else this.bar.removeAttribute("value");
    setText(this.statusText, measuring ? status.text || "Measuring" : "");
    for (const button of this.buttons) button.disabled = measuring;
  }

  drawResults() {
    const picked = this.app.store.get("picked");
    if (!picked) return;
    this.shown = `${picked.runId}|${picked.index}`;
    const results = this.results.get(this.shown) ?? {};
    const parts = [];
    for (const what of Object.keys(WHAT)) {
      const message = results[what];
      if (!message) continue;
      const verdict = message.converged === false ? "lx-result lx-unconverged" : "lx-result";
      const block = h("div", { class: verdict, "data-what": what }, h("h5", { text: WHAT[what] }));
      if (what === "eigenvalue") block.append(h("p", { class: "lx-value", text: this.resultText(message) }));
      if (message.text) block.append(h("p", { class: "lx-note", text: message.text }));
      if (message.slice) block.append(new SliceChart(message.slice, this.app.colors).el);
      parts.push(block);
    }
    this.found.replaceChildren(...parts);
  }
}
