// Light or dark: what the user chose, else what the page around the view says, else the system.

import { lab } from "d3-color";

/** The theme that `body` announces (JupyterLab, Notebook, VS Code), or null. */
export function hostTheme(body) {
  const jupyter = body.dataset.jpThemeLight;
  if (jupyter !== undefined) return jupyter === "true" ? "light" : "dark";
  const kind = body.dataset.vscodeThemeKind ?? [...body.classList].find((name) => name.startsWith("vscode-")) ?? "";
  if (!kind.startsWith("vscode-")) return null;
  return kind.includes("light") ? "light" : "dark";
}

/** Calls `changed` whenever the page's or the system's theme may have changed. Returns a function that ends this. */
export function watchTheme(changed) {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(changed);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ["class", "data-jp-theme-light", "data-vscode-theme-kind"],
  });
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}

export function resolveTheme(chosen) {
  if (chosen === "light" || chosen === "dark") return chosen;
  const system = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return hostTheme(document.body) ?? system;
}

/**
 * A method's colour on a dark ground: dark colours get the lightness opposite theirs, which keeps hues and the spread of
 * lightness that tells methods apart in greyscale.
 */
export function onDark(color) {
  const c = lab(color);
  if (!Number.isFinite(c.l)) return color;
  if (c.l < 50) c.l = 100 - c.l;
  return c.formatHex();
}

/** Colours of the drawn parts, read from the style sheet. */
export function palette(root) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(`--lx-${name}`).trim();
  return Object.fromEntries(
    ["ground", "ink", "ink-2", "ink-3", "rule", "grid", "accent", "span", "hatch", "hatch-ground"].map((name) => [
      name.replace(/-(\w)/g, (_, c) => c.toUpperCase()),
      read(name),
    ]),
  );
}
