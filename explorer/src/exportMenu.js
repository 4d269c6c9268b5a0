// Figures of the view: the publication's through Python where there is one, pictures of the screen by the browser.

import { h, icon } from "./dom.js";
import { download, fileName } from "./panelFiles.js";
import { snapshotPng, snapshotSvg } from "./snapshot.js";

const PYTHON = [
  ["pdf", "Figure, PDF"],
  ["svg", "Figure, SVG"],
  ["png", "Figure, PNG"],
  ["py", "Python that draws it"],
];
const BROWSER = [
  ["view-svg", "Picture of this view, SVG"],
  ["view-png", "Picture of this view, PNG"],
];
const TYPES = { pdf: "application/pdf", svg: "image/svg+xml", png: "image/png", py: "text/x-python" };

export class ExportMenu {
  constructor(app) {
    this.app = app;
    this.button = h(
      "button",
      {
        type: "button",
        class: "lx-button",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        onclick: () => this.open(!this.isOpen),
      },
      "Export",
      icon("down"),
    );
    this.list = h("div", { class: "lx-menu", role: "menu", "aria-label": "Export", hidden: true });
    this.el = h("div", { class: "lx-menu-anchor", onkeydown: (event) => this.key(event) }, this.button, this.list);
    this.el.addEventListener("focusout", (event) => {
      if (this.isOpen && event.relatedTarget && !this.el.contains(event.relatedTarget)) this.open(false);
    });
    this.outside = (event) => {
      if (!this.el.contains(event.target)) this.open(false);
    };
    this.code = h("pre", { class: "lx-code", tabindex: "0", role: "region", "aria-label": "Python" });
    this.copied = h("span", { class: "lx-note", role: "status" });
    this.dialog = h(
      "dialog",
      { class: "lx-dialog", "aria-label": "Python that draws this view" },
      h("header", {}, h("h4", { text: "Python that draws this view" })),
      this.code,
      h(
        "footer",
        {},
        this.copied,
        h("button", { type: "button", class: "lx-button", text: "Copy", onclick: () => this.copy() }),
        h("button", { type: "button", class: "lx-button", text: "Close", onclick: () => this.dialog.close() }),
      ),
    );
  }

  get isOpen() {
    return !this.list.hidden;
  }

  open(open) {
    if (open === this.isOpen) return;
    if (open) {
      const { live } = this.app.host;
      const python = this.app.payload.can?.export && live;
      this.list.replaceChildren(
        ...[...(python ? PYTHON : []), ...BROWSER].map(([format, text]) =>
          h("button", { type: "button", role: "menuitem", tabindex: "-1", "data-format": format, text, onclick: () => this.choose(format) }),
        ),
        ...(live && !python ? [h("p", { class: "lx-note", role: "none", text: "Figures and Python are of one study: explore it alone." })] : []),
      );
    }
    this.list.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) {
      this.list.firstChild.focus();
      document.addEventListener("pointerdown", this.outside);
    } else document.removeEventListener("pointerdown", this.outside);
  }

  key(event) {
    if (!this.isOpen) return;
    const items = [...this.list.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement);
    const go = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (go !== undefined) items[go % items.length].focus();
    else if (event.key === "Escape") {
      this.open(false);
      this.button.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  async choose(format) {
    this.open(false);
    this.button.focus();
    const name = fileName(this.app.payload.title);
    if (format === "view-svg") download(new Blob([snapshotSvg(this.app)], { type: TYPES.svg }), `${name}.svg`);
    else if (format === "view-png") download(await snapshotPng(this.app), `${name}.png`);
    else {
      this.app.announce("Drawing the figure", 0);
      this.app.host.send({ type: "export", format });
    }
  }

  /** Take a message {type: "export", format, name, text?} with the file's bytes. */
  received(message, buffers) {
    const bytes = buffers?.[0];
    if (message.format === "py") {
      this.code.textContent = message.text ?? new TextDecoder().decode(bytes);
      this.copied.textContent = "";
      this.dialog.showModal();
    } else if (bytes) {
      download(new Blob([bytes], { type: TYPES[message.format] }), message.name);
      this.app.announce(`${message.name} is saved`, 0);
    }
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.code.textContent);
      this.copied.textContent = "Copied";
    } catch {
      const range = document.createRange(); // no clipboard from an insecure page: select, for the user's own copy
      range.selectNodeContents(this.code);
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      this.copied.textContent = "Selected: copy it with Ctrl+C";
    }
  }
}
