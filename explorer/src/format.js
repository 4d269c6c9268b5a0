// Numbers as text.

const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** A power of ten, 10⁻³. */
export function powerOfTen(exponent) {
  return `10${[...String(exponent)].map((c) => SUPERSCRIPT[c]).join("")}`;
}

/** `value` with `digits` significant digits; "–" where there is none. */
export function number(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e6) {
    const text = value.toPrecision(digits);
    return (text.includes("e") ? String(Math.round(value)) : text).replace("-", "−");
  }
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${mantissa.replace("-", "−")}·${powerOfTen(Number(exponent))}`;
}

/** A round number, as an axis shows it. */
export function tick(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(6))).replace("-", "−");
  const [mantissa, exponent] = value.toExponential(5).split("e");
  const factor = String(Number(mantissa)).replace("-", "−");
  return factor === "1" ? powerOfTen(Number(exponent)) : `${factor}·${powerOfTen(Number(exponent))}`;
}

const MATH = { alpha: "α", beta: "β", lambda: "λ", mu: "μ", theta: "θ" };

/** A label without the mathtext that matplotlib would set. */
export function plain(label) {
  return String(label ?? "").replace(/\\(\w+)/g, (_, name) => MATH[name] ?? name).replaceAll("$", "");
}
