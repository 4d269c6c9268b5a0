// A small table of values beside a point.

import { h, setText } from "./dom.js";

const GAP = 16; // px from the point
const EDGE = 6; // px to the edge of what is seen
const MOST_ROOMY = 20; // rows from which their type is smaller and their names are short
const MOST_SMALL = 120; // rows from which it is smaller still
const LEAST = 360; // px that a list may take if it hides the point

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
    if (title) this.setTitle(title.text, title.color);
    while (this.body.children.length > 2 * rows.length) this.body.lastChild.remove();
    while (this.body.children.length < 2 * rows.length) this.body.append(h(this.body.children.length % 2 ? "dd" : "dt"));
    rows.flat().forEach((text, i) => setText(this.body.children[i], text));
    this.el.hidden = false;
    this.place(x, y, this.room(x, y));
  }

  setTitle(text, color) {
    setText(this.title, text);
    this.title.style.setProperty("--swatch", color);
  }

  /** What is seen of the view, from (x, y) of the parent: to its left, its right, and from the first to the last pixel down. */
  room(x, y) {
    const at = this.parent.getBoundingClientRect();
    const view = this.parent.closest(".lx").getBoundingClientRect();
    const left = Math.max(view.left, 0) + EDGE - at.left;
    const right = Math.min(view.right, document.documentElement.clientWidth) - EDGE - at.left;
    const top = Math.max(view.top, 0) + EDGE - at.top;
    const bottom = Math.min(view.bottom, window.innerHeight) - EDGE - at.top;
    return { left, right, top, bottom, before: x - GAP - left, after: right - x - GAP };
  }

  /** Beside the point where there is room, else where there is most; never outside of what is seen. */
  place(x, y, { left, right, top, bottom, before, after }) {
    const [w, hgt] = [this.el.offsetWidth, this.el.offsetHeight];
    const beside = after >= w || (before < w && after >= before) ? x + GAP : x - GAP - w;
    const down = Math.max(Math.min(y - hgt / 2, bottom - hgt), top);
    this.el.style.transform = `translate(${Math.round(Math.max(Math.min(beside, right - w), left))}px, ${Math.round(down)}px)`;
  }

  hide() {
    this.el.hidden = true;
  }
}

/** A list of runs and their values beside a point: all of them, in as many columns as it takes. */
export class RunsTooltip extends Tooltip {
  constructor(parent) {
    super(parent);
    this.el.classList.add("lx-tip-list");
    this.more = h("p", { class: "lx-tip-more" });
    this.el.append(this.more);
    this.lines = [];
  }

  /** Show rows {name, short, value, color, strong} under a heading beside (x, y); `words` says what short names consist of. */
  showRuns(x, y, heading, rows, words) {
    const small = rows.length > MOST_ROOMY;
    this.el.classList.toggle("lx-small", small);
    this.setTitle(small ? `${heading}: ${words}` : heading, "transparent");
    this.el.hidden = false;
    const room = this.room(x, y);
    this.fill(rows, small);
    this.arrange(rows, small, room);
    this.place(x, y, room);
  }

  fill(rows, small) {
    while (this.lines.length < rows.length) {
      const [name, value] = [h("dt", {}), h("dd", {})];
      this.lines.push({ name, value, el: h("div", { class: "lx-tip-run" }, name, value) });
    }
    while (this.body.children.length > rows.length) this.body.lastChild.remove();
    rows.forEach(({ name, short, value, color, strong }, i) => {
      const line = this.lines[i];
      setText(line.name, small ? short : name);
      setText(line.value, value);
      if (line.color !== color) line.el.style.setProperty("--swatch", (line.color = color));
      line.el.classList.toggle("lx-strong", Boolean(strong));
      if (!line.el.parentNode) this.body.append(line.el);
    });
    this.more.hidden = true;
  }

  /** Columns as high as what is seen; where they have no room beside the point, the rows around the one that is strong. */
  arrange(rows, small, { left, right, top, bottom, before, after }) {
    this.el.classList.toggle("lx-tiny", rows.length > MOST_SMALL);
    this.setColumns(1, rows.length);
    const [line, around] = [this.body.offsetHeight / Math.max(1, rows.length), this.el.offsetHeight - this.body.offsetHeight];
    const most = Math.max(4, Math.floor((bottom - top - around) / line));
    const needed = Math.ceil(rows.length / most);
    if (needed < 2) return;
    this.setColumns(needed, Math.ceil(rows.length / needed));
    const beside = Math.max(before, after, Math.min(right - left, LEAST));
    const width = this.el.offsetWidth;
    if (width <= beside) return;
    const columns = Math.max(1, Math.floor((beside * needed) / width));
    const each = most - 2; // a line is for what is not in sight
    const first = Math.max(0, Math.min(rows.length - columns * each, rows.findIndex(({ strong }) => strong) - Math.floor((columns * each) / 2)));
    const kept = rows.slice(first, first + columns * each);
    this.fill(kept, small);
    this.setColumns(columns, each);
    this.more.hidden = false;
    setText(this.more, `no room here for ${first} above and ${rows.length - first - kept.length} below these`);
  }

  setColumns(count, down) {
    this.body.style.gridTemplate = `repeat(${down}, auto) / repeat(${count}, max-content)`;
  }
}
