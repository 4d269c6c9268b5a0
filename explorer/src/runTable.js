// The table of all runs: searched, sorted, shown and hidden, coloured by what they differ in, and their values at the step.

import { h, icon, setText } from "./dom.js";
import { cellText, columnsOf, hiding, searchFor, settingText, sorted } from "./runColumns.js";
import { recorded } from "./runs.js";
import { number } from "./format.js";
import { Legend, swatch } from "./legend.js";
import { copyText, runRows, saveMenu } from "./panelFiles.js";
import { FONT } from "./planePaint.js";

const READABLE = 200; // ms that a value stays at least while the step moves
const ROW = 24; // px, as the style sheet has it
const ALONG = 80; // px: −1.234·10⁻¹² with its padding
const HEAD = 26; // px of the heading
const MOST_ROWS = 6; // in sight at first
const BEYOND = 4; // rows above and below those in sight
const EYE = 26; // px
const SWATCH = 37; // px beside the method
const MOST_CHOICES = 40; // values of a column that runs are chosen by

export class RunTable {
  constructor(app) {
    this.app = app;
    this.columns = [];
    this.found = [];
    this.rows = new Map(); // those that were in sight, by the ids of their runs
    this.shown = [];
    this.seen = { scrollTop: 0, clientHeight: MOST_ROWS * ROW };
    this.legend = new Legend(app, (method) => this.toggleMethod(method));
    this.count = h("span", { class: "lx-run-count", role: "status" });
    this.search = h("input", {
      type: "search",
      class: "lx-search",
      placeholder: "Search, e.g. seed=3",
      title: "Words of a run's name or settings; column=value, with < > <= >= as well",
      "aria-label": "Search runs",
      oninput: () => app.store.set({ search: this.search.value }),
    });
    const button = (text, label, action) => h("button", { type: "button", class: "lx-button", text, "aria-label": label, title: label, onclick: action });
    this.all = button("All", "Show all runs that are found", () => this.show(this.found, true));
    this.none = button("None", "Hide all runs that are found", () => this.show(this.found, false));
    this.only = h("select", { class: "lx-select lx-only", "aria-label": "Show only some runs", onchange: () => this.choose(), onkeydown: (event) => this.openChoices(event) });
    this.by = h("select", { class: "lx-select", "aria-label": "Colour by", onchange: () => app.store.set({ color_by: this.by.value }) });
    this.head = h("tr", {});
    this.body = h("tbody", {});
    this.above = h("tr", { class: "lx-spacer", "aria-hidden": "true" }, h("td", {}));
    this.below = h("tr", { class: "lx-spacer", "aria-hidden": "true" }, h("td", {}));
    this.table = h("table", { class: "lx-run-table" }, h("thead", {}, this.head), this.body);
    this.scroller = h("div", { class: "lx-run-scroll", role: "region", "aria-label": "Runs and their values at the step", tabindex: "0", title: "A double click copies a value; c copies the row", onscroll: () => this.scroll() }, this.table);
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("dblclick", (event) => this.copyCell(event.target.closest("td")));
    this.body.addEventListener("focusin", (event) => this.activate(event.target));
    this.nothing = h("p", { class: "lx-note", hidden: true, text: "No run is found." });
    this.el = h(
      "section",
      { class: "lx-runs", "aria-label": "Runs" },
      h(
        "div",
        { class: "lx-runs-bar" },
        this.count,
        this.search,
        h("div", { class: "lx-run-choices", role: "group", "aria-label": "Visibility of runs" }, this.all, this.none, this.only),
        saveMenu(app, "the runs", { data: () => runRows(this.columns, this.found, app) }),
        h("label", { class: "lx-run-by" }, h("span", { text: "colour by" }), this.by),
        this.legend.el,
      ),
      this.scroller,
      this.nothing,
    );
  }

  // What is hidden

  show(runs, visible) {
    const hidden = this.app.hidden();
    const { runs: all } = this.app.payload;
    const ids = new Set(all.filter(hidden).map(({ id }) => id));
    for (const { id } of runs) {
      if (visible) ids.delete(id);
      else ids.add(id);
    }
    this.app.store.set(hiding(all, ids));
    this.app.announce(`${all.length - ids.size} of ${all.length} runs shown`, 300);
  }

  toggleMethod(method) {
    const runs = this.app.payload.runs.filter((run) => run.method === method);
    const hidden = this.app.hidden();
    this.show(runs, runs.some(hidden));
  }

  /** Open the list by a key that would take the first choice next to "Only…" at once. */
  openChoices(event) {
    if (!/^(Arrow|Page|Home|End|.$)/.test(event.key) || event.key === " " || event.altKey || event.ctrlKey || event.metaKey || !this.only.showPicker) return;
    event.preventDefault();
    this.only.showPicker();
  }

  /** Show only the runs that the select names. */
  choose() {
    const { runs } = this.app.payload;
    const chosen = this.choices[Number(this.only.value)];
    this.only.value = "";
    if (!chosen) return;
    const keep = new Set(runs.filter((run) => (chosen === "found" ? this.found.includes(run) : settingText(chosen.column.value(run)) === chosen.text)).map(({ id }) => id));
    this.app.store.set(hiding(runs, new Set(runs.filter(({ id }) => !keep.has(id)).map(({ id }) => id))));
    this.app.announce(`${keep.size} of ${runs.length} runs shown`, 300);
  }

  // What is there

  build() {
    const { payload } = this.app;
    this.columns = columnsOf(payload); // the first is the method
    this.buildHead();
    this.buildChoices();
    this.legend.build();
    this.buildWidths();
    const active = document.activeElement;
    const refocus = this.body.contains(active) ? [active.closest("tr").dataset.run, active.tagName] : null;
    this.rows.clear();
    this.order = null;
    this.table.setAttribute("aria-rowcount", String(payload.runs.length + 1));
    this.arrange();
    if (refocus) this.rows.get(refocus[0])?.row.querySelector(refocus[1])?.focus();
    this.el.hidden = !payload.runs.length;
  }

  buildHead() {
    this.master = h("input", { type: "checkbox", "aria-label": "Show all runs that are found", onchange: () => this.show(this.found, this.master.checked) });
    const heading = (key, title, name) =>
      h(
        "th",
        { scope: "col", "data-key": key },
        h("button", { type: "button", class: "lx-sort", title: name ? `Sort by ${name}` : null, "aria-label": name ? `Sort by ${name}` : null, onclick: () => this.sortBy(key) }, h("span", { text: title }), icon("down")),
      );
    this.head.replaceChildren(
      h("th", { scope: "col", class: "lx-eye" }, this.master),
      ...this.columns.map(({ key, title, name }) => heading(key, title, name ?? title)),
    );
  }

  /** Columns as wide as what is in them: laid out once, however their values change. */
  buildWidths() {
    const context = (this.ruler ??= document.createElement("canvas").getContext("2d"));
    context.font = FONT.replace("11px", "12px");
    const longest = (texts) => texts.reduce((most, text) => Math.max(most, context.measureText(text).width), 0);
    const { runs } = this.app.payload;
    const widths = this.columns.map((column, i) => {
      const inside = column.along ? ALONG : longest(runs.map((run) => this.text(column, run))) + 16;
      return Math.ceil(Math.max(longest([column.title]) + 26, inside + (i ? 0 : SWATCH)));
    });
    [EYE, ...widths].forEach((width, i) => (this.head.children[i].style.width = `${width}px`));
    this.table.style.minWidth = `${widths.reduce((sum, width) => sum + width, EYE)}px`;
  }

  /** What a column that does not change with the step says of a run. */
  text({ group, value }, run) {
    return group ? settingText(value(run)) : cellText(value(run));
  }

  buildChoices() {
    this.choices = ["found"];
    const groups = this.columns.filter(({ group }) => group).flatMap((column) => {
      const texts = [...new Set(this.app.payload.runs.map((run) => settingText(column.value(run))))];
      if (texts.length < 2 || texts.length > MOST_CHOICES) return [];
      texts.sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
      const options = texts.map((text) => h("option", { value: String(this.choices.push({ column, text }) - 1), text: `${column.title} ${text}` }));
      return [h("optgroup", { label: column.title }, ...options)];
    });
    this.only.replaceChildren(h("option", { value: "", text: "Only…" }), h("option", { value: "0", text: "the runs found" }), ...groups);
    this.only.value = "";
    const scales = this.columns.filter(({ key, along }) => key !== "method" && !along);
    this.by.replaceChildren(h("option", { value: "method", text: "method" }), ...scales.map(({ key, title }) => h("option", { value: key, text: title })));
    this.by.value = this.app.store.get("color_by");
    if (!this.by.value) this.by.value = "method";
  }

  buildRow(run) {
    const { store } = this.app;
    const name = this.app.nameOf(run);
    const method = this.app.method(run.method);
    const eye = h("input", { type: "checkbox", tabindex: "-1", "aria-label": `Show ${name}`, onchange: () => this.show([run], eye.checked) });
    const pin = h(
      "button",
      {
        type: "button",
        class: "lx-row-button",
        tabindex: "-1",
        "aria-label": `Highlight ${name}`,
        onclick: () => store.set({ pinned: store.get("pinned") === run.id ? "" : run.id }),
      },
      swatch(method, this.app.colorOf(run)),
      h("span", { text: method?.label || run.method }),
    );
    const cells = this.columns.slice(1).map((column) => {
      const value = column.along ? null : column.value(run);
      const text = column.along ? "" : this.text(column, run);
      return h("td", { class: typeof value === "string" ? "lx-words" : null, title: typeof value === "number" && String(value) !== text ? String(value) : null, text });
    });
    const row = h(
      "tr",
      { "data-run": run.id, onpointerenter: () => this.app.hover({ runId: run.id }), onpointerleave: () => this.app.hover(null) },
      h("td", { class: "lx-eye" }, eye),
      h("th", { scope: "row" }, pin),
      ...cells,
    );
    const made = { run, row, eye, pin, cells };
    if (run.id === this.activeId) eye.tabIndex = pin.tabIndex = 0;
    return made;
  }

  row(run) {
    let row = this.rows.get(run.id);
    if (row) return row;
    row = this.buildRow(run);
    this.rows.set(run.id, row);
    this.drawEye(row, this.app.hidden());
    return row;
  }

  /** Put the rows in sight on the page, and room for all others above and below them. */
  place(force = false) {
    const { scrollTop, clientHeight } = this.seen;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - BEYOND);
    const last = Math.min(this.found.length, Math.ceil((scrollTop + clientHeight) / ROW) + BEYOND);
    if (!force && first === this.first && last === this.last) return false;
    [this.first, this.last] = [first, last];
    const active = document.activeElement;
    this.shown = this.found.slice(first, last).map((run) => this.row(run));
    // The table is as high at any moment as all of its rows, lest the place it is scrolled to be lost.
    this.above.firstChild.style.height = `${first * ROW}px`;
    this.below.firstChild.style.height = `${(this.found.length - last) * ROW}px`;
    if (!this.body.children.length) this.body.append(this.above, this.below);
    const rows = this.shown.map(({ row }) => row);
    const stay = new Set(rows);
    let next = this.above.nextSibling;
    rows.forEach((row, i) => {
      row.setAttribute("aria-rowindex", String(first + i + 2));
      if (row === next) next = next.nextSibling;
      else this.body.insertBefore(row, next);
    });
    for (const child of [...this.body.children].slice(1, -1)) if (!stay.has(child)) child.remove();
    if (active !== document.activeElement && this.body.contains(active)) active.focus({ preventScroll: true });
    return true;
  }

  scroll() {
    const { scrollTop, clientHeight } = this.scroller;
    this.seen = { scrollTop, clientHeight };
    if (this.place()) this.drawRows(this.shown);
  }

  // Order and search

  sortBy(key) {
    const now = this.app.store.get("sort_by");
    this.app.store.set({ sort_by: now === key ? `-${key}` : now === `-${key}` ? "" : key });
  }

  /** Bring the rows into order, and leave out those that are not found. */
  arrange() {
    const { store, payload } = this.app;
    const [by, text, step] = [store.get("sort_by"), store.get("search"), store.get("step")];
    if (this.search.value !== text) this.search.value = text;
    const names = this.app.names();
    const ordered = sorted(payload.runs, by, this.columns, step);
    const fits = searchFor(text, this.columns, names, step);
    this.found = ordered.filter(fits);
    const order = this.found.map(({ id }) => id).join("\n");
    if (order !== this.order) {
      this.order = order;
      if (!this.found.some(({ id }) => id === this.activeId)) this.setActive(this.found[0]?.id);
      const rows = Math.max(1, Math.min(this.found.length, MOST_ROWS));
      if (!this.scroller.style.height.endsWith("px") || rows !== this.fitted) this.scroller.style.height = `${HEAD + rows * ROW + (rows < this.found.length ? ROW / 2 : 0)}px`;
      this.fitted = rows;
      this.place(true);
      this.drawRows(this.shown);
    }
    for (const cell of [...this.head.children].slice(1)) {
      const { key } = cell.dataset;
      const sort = by === key ? "ascending" : by === `-${key}` ? "descending" : "none";
      if (cell.getAttribute("aria-sort") !== sort) cell.setAttribute("aria-sort", sort);
    }
    this.nothing.hidden = this.found.length > 0;
    this.drawCount();
  }

  /** Whether rows may change their order, or be found, as the step moves. */
  get moves() {
    const { store } = this.app;
    const by = store.get("sort_by").replace(/^-/, "");
    return this.columns.some(({ key, along }) => along && key === by) || /[<>=:]/.test(store.get("search"));
  }

  // Keyboard: one row is in the order of tabs, arrows go to the others

  setActive(id) {
    const before = this.rows.get(this.activeId);
    if (before) before.eye.tabIndex = before.pin.tabIndex = -1;
    this.activeId = id;
    const now = this.rows.get(id);
    if (now) now.eye.tabIndex = now.pin.tabIndex = 0;
  }

  activate(target) {
    const id = target.closest("tr")?.dataset.run;
    if (id !== undefined && id !== this.activeId) this.setActive(id);
  }

  /** Copy what a cell shows, with all of its digits. */
  copyCell(cell) {
    const run = cell && this.found.find(({ id }) => id === cell.closest("tr").dataset.run);
    const column = this.columns[[...cell.parentElement.children].indexOf(cell) - 1];
    if (run && column) copyText(this.app, String(column.value(run, this.app.store.get("step"))), `${column.title} of ${this.app.nameOf(run)}`);
  }

  key(event) {
    const at = this.found.findIndex(({ id }) => id === this.activeId);
    const last = this.found.length - 1;
    if (event.key === "c" && !event.ctrlKey && !event.metaKey && this.found[at]) {
      const [heading, values] = runRows(this.columns, [this.found[at]], this.app);
      copyText(this.app, [heading, values].map((row) => row.join("\t")).join("\n"), `the values of ${this.app.nameOf(this.found[at])}`);
      return;
    }
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last, PageDown: at + 8, PageUp: at - 8 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const part = document.activeElement.tagName === "INPUT" ? "eye" : "pin";
    const place = Math.min(Math.max(to, 0), last);
    const { scrollTop, clientHeight } = this.scroller;
    const room = clientHeight - HEAD;
    if (place * ROW < scrollTop) this.scroller.scrollTop = place * ROW;
    else if ((place + 1) * ROW > scrollTop + room) this.scroller.scrollTop = (place + 1) * ROW - room;
    this.scroll();
    this.row(this.found[place])[part].focus({ preventScroll: true });
  }

  // Drawing

  /** Bring the table to the step; while it moves, only rows in sight, and no oftener than can be read. */
  draw() {
    clearTimeout(this.later);
    const now = performance.now();
    if (now - (this.drawnAt ?? 0) < READABLE) {
      this.later = setTimeout(() => this.drawAll(), READABLE);
      return;
    }
    this.drawnAt = now;
    this.drawRows(this.shown);
    this.later = setTimeout(() => this.drawAll(), READABLE);
  }

  drawAll() {
    if (this.moves) this.arrange();
    this.drawRows(this.shown);
  }

  drawEye({ run, row, eye }, hidden) {
    eye.checked = !hidden(run);
    row.classList.toggle("lx-off", !eye.checked);
  }

  drawVisible() {
    const hidden = this.app.hidden();
    for (const row of this.rows.values()) this.drawEye(row, hidden);
    this.legend.draw();
    this.drawCount();
  }

  drawCount() {
    const hidden = this.app.hidden();
    const { runs } = this.app.payload;
    const shown = runs.filter((run) => !hidden(run)).length;
    const found = this.found.length < runs.length ? `, ${this.found.length} found` : "";
    setText(this.count, `${shown} of ${runs.length} ${runs.length === 1 ? "run" : "runs"} shown${found}`);
    const on = this.found.filter((run) => !hidden(run)).length;
    this.master.checked = on === this.found.length && on > 0;
    this.master.indeterminate = on > 0 && on < this.found.length;
  }

  drawRows(rows) {
    const { store } = this.app;
    const step = store.get("step");
    const focus = this.app.focus();
    const pinned = store.get("pinned");
    for (const { run, row, pin, cells } of rows) {
      row.classList.toggle("lx-focused", run.id === focus);
      const pressed = String(run.id === pinned);
      if (pin.getAttribute("aria-pressed") !== pressed) pin.setAttribute("aria-pressed", pressed);
      cells.forEach((cell, i) => {
        const { along, rule } = this.columns[i + 1];
        if (!along) return;
        const last = recorded(run, along, step);
        // NaN of a method that has no such quantity means "none"; a sharpness that is NaN did not converge.
        const missing = !last || (rule && Number.isNaN(last.value));
        setText(cell, missing ? "–" : number(last.value, 4));
        const old = Boolean(last) && !missing && last.step < step;
        if (cell.classList.contains("lx-old") !== old) cell.classList.toggle("lx-old", old);
      });
    }
  }

  destroy() {
    clearTimeout(this.later);
  }
}
