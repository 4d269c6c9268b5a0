// Elements by one call, icons, and canvases that are sharp on any screen.

/** Element `tag` with attributes, properties (`on*` handlers, `text`) and children. */
export function h(tag, attributes = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "text") el.textContent = value;
    else if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else el.setAttribute(key, value === true ? "" : value);
  }
  el.append(...children.filter((child) => child !== null && child !== undefined));
  return el;
}

const ICONS = {
  play: "M4.5 2.5v11l9-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  focus: "M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3M8 5a3 3 0 100 6 3 3 0 000-6z",
  down: "M4 6.5l4 4 4-4",
  up: "M4 9.5l4-4 4 4",
  save: "M8 2v7.5M4.5 6.5L8 10l3.5-3.5M3 13.5h10",
  left: "M9.5 4l-4 4 4 4",
  right: "M6.5 4l4 4-4 4",
};
const FILLED = new Set(["play", "pause"]);

/** A 16-pixel icon that takes the text's colour. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "lx-icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  if (FILLED.has(name)) path.setAttribute("fill", "currentColor");
  else {
    path.setAttribute("fill", "none");
    path.setAttribute("stroke", "currentColor");
    path.setAttribute("stroke-width", "1.5");
    path.setAttribute("stroke-linecap", "round");
    path.setAttribute("stroke-linejoin", "round");
  }
  svg.append(path);
  return svg;
}

/** A canvas whose drawing unit is the CSS pixel. */
export class Layer {
  constructor(className) {
    this.canvas = h("canvas", { class: className, "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    this.width = this.height = 0;
  }

  resize(width, height, ratio = window.devicePixelRatio || 1) {
    this.width = width;
    this.height = height;
    const [w, hgt] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== hgt) {
      this.canvas.width = w;
      this.canvas.height = hgt;
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  clear() {
    this.context.clearRect(0, 0, this.width, this.height);
    return this.context;
  }
}

/** Set an element's text if it is another, which spares the layout when it is not. */
export function setText(el, text) {
  if (el.firstChild?.nodeValue === text) return;
  el.textContent = text;
}
