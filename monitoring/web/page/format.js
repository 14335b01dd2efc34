"use strict";
// Numbers and times as people read them. What is not known is a dash, never a zero.

const kUnknown = "–";

function groupDigits(value, digits) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString("en", options).replaceAll(",", "\u202f");
}

function formatCount(value) {
  return value === null || value === undefined ? kUnknown : groupDigits(value, 0);
}

// Digits down to the size of the error.
function formatWithError(value, error) {
  if (value === null || value === undefined || !Number.isFinite(value)) return kUnknown;
  const digits = error > 0 ? Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(error)))) : 1;
  const text = groupDigits(Math.abs(value), digits);
  return (value < 0 && /[1-9]/.test(text) ? "\u2212" : "") + text;
}

function formatExcess(counts) {
  const { excess, excess_low: low, excess_high: high } = counts;
  if (excess === null || low === null || high === null) return { value: kUnknown, interval: "" };
  const error = Math.max(excess - low, high - excess);
  return {
    value: formatWithError(excess, error),
    interval: `+${formatWithError(high - excess, error)} \u2212${formatWithError(excess - low, error)} (68 %)`,
  };
}

function formatPlain(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return kUnknown;
  return Number(value.toPrecision(digits)).toString().replace("-", "\u2212");
}

function formatFactor(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: 4 }).replaceAll(",", "\u202f");
}

// What of a simulated detector's rates is not true, and by how much.
function scalesOf(counts) {
  return [["signal", counts.signal_rate_scale], ["background", counts.background_rate_scale]].filter(([, scale]) => scale !== 1);
}

function formatScale(counts) {
  const scales = scalesOf(counts).map(([what, scale]) => `${what} \u00d7\u202f${scale === null ? "unknown" : formatFactor(scale)}`);
  return `simulated; ${scales.join(", ") || "rates not scaled"}`;
}

function formatEfficiency({ truth_signal_on: made, efficiency }) {
  if (efficiency === null) return "efficiency not known";
  return `\u00d7 efficiency ${formatPlain(efficiency, 3)} = ${formatPlain(made * efficiency, 3)} expected`;
}

function formatPower(value) {
  if (value === null || value === undefined) return kUnknown;
  if (value === 0) return "not known";
  const power = Math.floor(Math.log10(value));
  if (power < 5) return formatPlain(value);
  const superscript = String(power).replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]);
  return `${(value / 10 ** power).toFixed(3)} × 10${superscript}`;
}

function formatDuration(ns) {
  if (ns === null || ns === undefined) return kUnknown;
  if (ns === 0) return "0 s";
  const size = Math.abs(ns);
  if (size < 1e3) return `${ns} ns`;
  if (size < 1e6) return `${formatPlain(ns / 1e3)} µs`;
  if (size < 1e9) return `${formatPlain(ns / 1e6)} ms`;
  if (size < 120e9) return `${formatPlain(ns / 1e9)} s`;
  const seconds = Math.floor(size / 1e9);
  const parts = [[Math.floor(seconds / 86400), "d"], [Math.floor(seconds / 3600) % 24, "h"], [Math.floor(seconds / 60) % 60, "min"], [seconds % 60, "s"]];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts.slice(first, first + 3).map(([amount, unit]) => `${amount} ${unit}`).join(" ");
}

function formatBytes(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let power = 0;
  while (bytes >= 1000 && power < units.length - 1) { bytes /= 1000; ++power; }
  return `${formatPlain(bytes, 3)} ${units[power]}`;
}

// {"ring_overflow": 3} -> "3 ring overflow"
function formatReasons(reasons, formatAmount = formatCount) {
  return Object.entries(reasons || {}).filter(([, amount]) => amount !== 0)
    .map(([reason, amount]) => `${formatAmount(amount)} ${reason.replaceAll("_", " ")}`);
}

function sumOf(reasons) {
  return Object.values(reasons || {}).reduce((sum, amount) => sum + amount, 0);
}

// "2026-01-01T00:00:00.123456789" -> "2026-01-01 00:00:00.123 TAI"
function formatTai(text) {
  return text ? `${text.slice(0, 23).replace("T", " ")} TAI` : kUnknown;
}

function formatUtc(text) {
  return text ? text.replace("T", " ").replace("Z", " UTC") : kUnknown;
}
