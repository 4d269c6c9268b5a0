// The frame around the parts: title, choices of plane, view and theme, where everything goes, and what is said aloud.

import { h, setText } from "./dom.js";
import { plain } from "./format.js";

export class Shell {
  constructor(app) {
    this.app = app;
    this.title = h("h2", { class: "lx-title" });
    this.subtitle = h("p", { class: "lx-subtitle" });
    this.notice = h("p", { class: "lx-notice", role: "note" });
    this.views = h(
      "div",
      { class: "lx-segments", role: "group", "aria-label": "View of the plane" },
      ...[["contour", "Contour"], ["surface", "3-D"]].map(([view, text]) =>
        h("button", { type: "button", "data-view": view, text, onclick: () => this.app.store.set({ view }) }),
      ),
    );
    this.planes = h("select", {
      class: "lx-select",
      "aria-label": "Plane",
      onchange: () => this.app.store.set({ plane: this.planes.value }),
    });
    this.themes = h(
      "select",
      { class: "lx-select", "aria-label": "Theme", onchange: () => this.app.store.set({ theme: this.themes.value }) },
      ...["auto", "light", "dark"].map((theme) => h("option", { value: theme, text: theme })),
    );
    this.alert = h("div", { class: "lx-alert", role: "alert" });
    this.planeTitle = h("h3", {});
    this.notes = h("ul", { class: "lx-notes" });
    this.noPlane = h("p", { class: "lx-empty", text: "No plane was computed: the traces are all there is to see." });
    this.left = h(
      "div",
      { class: "lx-left" },
      h("header", { class: "lx-plane-head" }, this.planeTitle, this.planes, this.app.plan.tools, this.app.surface.tools, this.views),
      this.app.plan.el,
      this.app.surface.el,
      this.noPlane,
      this.notes,
      this.app.detail.el,
    );
    this.right = h("div", { class: "lx-right" }, this.app.traces.el);
    this.protocol = h("pre", { class: "lx-protocol-text" });
    this.folded = h("details", { class: "lx-protocol" }, h("summary", { text: "Protocol" }), this.protocol);
    this.announcer = h("div", { class: "lx-hidden", role: "status", "aria-live": "polite", "data-role": "announcer" });
    this.root = h(
      "section",
      // Keys typed here are for the explorer, not for the notebook around it, which would take arrows and Enter.
      { class: "lx", "aria-label": "Explorer of loss landscapes", "data-lm-suppress-shortcuts": "true" },
      h(
        "header",
        { class: "lx-head" },
        h("div", { class: "lx-titles" }, this.title, this.subtitle),
        h("div", { class: "lx-head-tools" }, this.themes, this.app.menu.el),
      ),
      this.notice,
      this.alert,
      this.app.table.el,
      h("div", { class: "lx-main" }, this.left, this.right),
      this.app.transport.el,
      this.folded,
      this.announcer,
      this.app.menu.dialog,
    );
    this.root.addEventListener("keydown", (event) => event.stopPropagation());
  }

  /** Words of the payload. */
  drawWords() {
    const { title, subtitle, protocol, notice } = this.app.payload;
    setText(this.notice, notice || "");
    this.notice.hidden = !notice;
    this.title.textContent = plain(title) || "Explorer";
    this.subtitle.textContent = plain(subtitle);
    this.protocol.textContent = protocol || "";
    this.folded.hidden = !protocol;
  }

  /** Speak `text`, after a pause in which nothing newer came. */
  announce(text, delay) {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => (this.announcer.textContent = text), delay);
  }

  drawPlanes() {
    const { planes } = this.app.payload;
    const plane = this.app.plane();
    this.planes.replaceChildren(...planes.map(({ id, label }) => h("option", { value: id, text: plain(label) || id })));
    this.planes.value = plane?.id ?? "";
    this.planes.hidden = planes.length < 2;
    this.planeTitle.textContent = plane ? plain(plane.label) || plane.id : "Plane";
    this.planeTitle.hidden = planes.length > 1;
    this.drawNotes();
    this.noPlane.hidden = Boolean(plane);
    this.views.hidden = !plane;
  }

  /** What the plane hides, and what its picture does to it. */
  drawNotes() {
    const flat = this.app.store.get("view") !== "surface";
    const notes = [...(this.app.plane()?.notes ?? []).map(plain), ...(flat ? this.app.plan.said : [])];
    const text = notes.join("\n");
    if (text === this.noted) return;
    this.noted = text;
    this.notes.replaceChildren(...notes.map((note) => h("li", { text: note })));
  }

  drawAlert() {
    const status = this.app.store.get("status");
    setText(this.alert, status?.kind === "error" ? status.text || "Something went wrong." : "");
  }

  drawView() {
    const flat = this.app.store.get("view") !== "surface";
    this.app.plan.el.hidden = !flat || !this.app.plane();
    this.app.surface.el.hidden = flat || !this.app.plane();
    this.drawNotes();
    this.app.plan.tools.hidden = this.app.plan.el.hidden;
    this.app.surface.tools.hidden = this.app.surface.el.hidden || Boolean(this.app.surface.failed);
    for (const button of this.views.children) {
      button.setAttribute("aria-pressed", String((button.dataset.view === "surface") === !flat));
    }
  }

  destroy() {
    clearTimeout(this.speaking);
    this.root.remove();
  }
}
