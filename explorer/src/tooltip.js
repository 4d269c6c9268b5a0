// A small table of values beside a point.

import { h, setText } from "./dom.js";

export class Tooltip {
  constructor(parent) {
    this.parent = parent;
    this.title = h("div", { class: "lx-tip-title" });
    this.body = h("dl", { class: "lx-tip-rows" });
    this.el = h("div", { class: "lx-tip", "aria-hidden": "true", hidden: true }, this.title, this.body);
    parent.append(this.el);
  }

  /** Show [name, value] rows beside (x, y) of the parent, under a title {text, color} if there is one. */
  show(x, y, rows, title = null) {
    this.title.hidden = !title;
    if (title) {
      setText(this.title, title.text);
      this.title.style.setProperty("--swatch", title.color);
    }
    while (this.body.children.length > 2 * rows.length) this.body.lastChild.remove();
    while (this.body.children.length < 2 * rows.length) this.body.append(h(this.body.children.length % 2 ? "dd" : "dt"));
    rows.flat().forEach((text, i) => setText(this.body.children[i], text));
    this.place(x, y);
  }

  place(x, y) {
    this.el.hidden = false;
    const [w, hgt] = [this.el.offsetWidth, this.el.offsetHeight];
    const left = x + 16 + w > this.parent.clientWidth ? Math.max(0, x - 16 - w) : x + 16;
    const top = Math.min(Math.max(0, y - hgt / 2), Math.max(0, this.parent.clientHeight - hgt));
    this.el.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  /** Show rows {name, value, color, strong} under a heading beside (x, y), and a line after them. */
  showRuns(x, y, heading, rows, more) {
    this.title.hidden = false;
    setText(this.title, heading);
    this.title.style.setProperty("--swatch", "transparent");
    this.body.replaceChildren(
      ...rows.flatMap(({ name, value, color, strong }) => [
        h("dt", { class: strong ? "lx-tip-run lx-strong" : "lx-tip-run", style: `--swatch:${color}`, text: name }),
        h("dd", { class: strong ? "lx-strong" : null, text: value }),
      ]),
      ...(more ? [h("dt", { text: more }), h("dd", {})] : []),
    );
    this.place(x, y);
  }

  hide() {
    this.el.hidden = true;
  }
}
