// Markers by matplotlib's letters, so that a method looks the same here and in the figures.

function polygon(path, points, x, y, r) {
  points.forEach(([px, py], i) => (i ? path.lineTo(x + r * px, y + r * py) : path.moveTo(x + r * px, y + r * py)));
  path.closePath();
}

function regular(sides, turn, inner) {
  const points = [];
  const n = inner ? 2 * sides : sides;
  for (let i = 0; i < n; i++) {
    const angle = turn + (2 * Math.PI * i) / n - Math.PI / 2;
    const r = inner && i % 2 ? inner : 1;
    points.push([r * Math.cos(angle), r * Math.sin(angle)]);
  }
  return points;
}

const PLUS = [
  [-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35],
  [0.35, 1], [-0.35, 1], [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35],
]; // prettier-ignore
const turned = (points, angle) =>
  points.map(([x, y]) => [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)]);

const SHAPES = {
  s: regular(4, Math.PI / 4).map(([x, y]) => [1.2 * x, 1.2 * y]),
  D: regular(4, 0).map(([x, y]) => [1.15 * x, 1.15 * y]),
  d: regular(4, 0).map(([x, y]) => [0.75 * x, 1.25 * y]),
  "^": regular(3, 0).map(([x, y]) => [1.2 * x, 1.2 * y + 0.15]),
  v: regular(3, Math.PI).map(([x, y]) => [1.2 * x, 1.2 * y - 0.15]),
  "<": regular(3, -Math.PI / 2).map(([x, y]) => [1.2 * x + 0.15, 1.2 * y]),
  ">": regular(3, Math.PI / 2).map(([x, y]) => [1.2 * x - 0.15, 1.2 * y]),
  P: PLUS,
  X: turned(PLUS, Math.PI / 4),
  "*": regular(5, 0, 0.45).map(([x, y]) => [1.35 * x, 1.35 * y]),
  h: regular(6, 0).map(([x, y]) => [1.1 * x, 1.1 * y]),
  p: regular(5, 0).map(([x, y]) => [1.1 * x, 1.1 * y]),
};

/** Outline of a marker about (x, y), `r` pixels from middle to edge; a circle where the letter is not known. */
export function markerPath(marker, x, y, r) {
  const path = new Path2D();
  const points = SHAPES[marker];
  if (points) polygon(path, points, x, y, r);
  else path.arc(x, y, r, 0, 2 * Math.PI);
  return path;
}

/** The same as an SVG path. */
export function markerOutline(marker, x, y, r) {
  const points = SHAPES[marker];
  if (!points) return `M${x - r},${y}a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0z`;
  return `M${points.map(([px, py]) => `${(x + r * px).toFixed(2)},${(y + r * py).toFixed(2)}`).join("L")}z`;
}

/** Dash lengths of a method in pixels; empty for a solid line. */
export function dashes(method, scale = 1.25) {
  return Array.isArray(method?.dash) ? method.dash.map((length) => length * scale) : [];
}
