"use strict";
// A strip chart of on counts and expected background against data time, in SVG.

const kSvg = "http://www.w3.org/2000/svg";

function svgElement(name, attributes, text) {
  const element = document.createElementNS(kSvg, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// The smallest of 1, 2, 5 x 10^n that is at least `value`.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value * (1 - 1e-9));
}

// points: [[seconds, on, off], ...]; alpha scales off to the background expected in on, where it is known.
function drawChart(figure, name, points, alpha) {
  figure.replaceChildren();
  if (points.length < 2) {
    const none = document.createElement("p");
    none.className = "none";
    none.textContent = "No history of this run: this page's server was not watching it.";
    if (points.length === 1) none.textContent = "History begins.";
    figure.append(none);
    return;
  }
  const scale = alpha === null ? 1 : alpha;
  const offLabel = alpha === null ? "off" : "α · off";
  // Its text grows with the page's.
  const zoom = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const width = Math.max(280, Math.round((figure.clientWidth || 600) / zoom));
  const height = 150;
  const [left, right, top, bottom] = [48, 70, 10, 20];
  const begin = points[0][0];
  const end = points[points.length - 1][0];
  const highest = Math.max(1, ...points.map(([, on, off]) => Math.max(on, scale * off)));
  // Counts are whole, and so are the labels.
  const step = Math.max(1, roundUp(highest / 3));
  const ceiling = Math.max(step, Math.ceil(highest / step) * step);
  const x = (t) => left + (width - left - right) * (end > begin ? (t - begin) / (end - begin) : 0);
  const y = (n) => height - bottom - (height - top - bottom) * n / ceiling;

  const last = points[points.length - 1];
  const svg = svgElement("svg", {
    viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `${name}: ${last[1]} on and ${formatPlain(scale * last[2])} ${offLabel} counts after ${formatDuration(last[0] * 1e9)} of data`,
  });
  for (let n = 0; n <= ceiling * (1 + 1e-9); n += step) {
    svg.append(svgElement("line", { class: "axis", x1: left, x2: width - right, y1: y(n), y2: y(n) }));
    svg.append(svgElement("text", { x: left - 6, y: y(n) + 4, "text-anchor": "end" }, formatCount(Number(n.toPrecision(6)))));
  }
  svg.append(svgElement("text", { x: left, y: height - 5 }, formatDuration(begin * 1e9)));
  svg.append(svgElement("text", { x: width - right, y: height - 5, "text-anchor": "end" }, `${formatDuration(end * 1e9)} of data`));

  // Counts are steps: they hold until the next point.
  const path = (value) => points.map((point, i) =>
    i === 0 ? `M${x(point[0]).toFixed(1)} ${y(value(point)).toFixed(1)}`
      : `H${x(point[0]).toFixed(1)}V${y(value(point)).toFixed(1)}`).join("");
  svg.append(svgElement("path", { class: "off", d: path(([, , off]) => scale * off) }));
  svg.append(svgElement("path", { class: "on", d: path(([, on]) => on) }));

  let onY = y(last[1]) + 4;
  let offY = y(scale * last[2]) + 4;
  if (Math.abs(onY - offY) < 13) {
    const middle = Math.min((onY + offY) / 2, height - bottom - 6);
    [onY, offY] = onY <= offY ? [middle - 7, middle + 7] : [middle + 7, middle - 7];
  }
  svg.append(svgElement("text", { class: "on", x: width - right + 6, y: onY }, "on"));
  svg.append(svgElement("text", { class: "off", x: width - right + 6, y: offY }, offLabel));
  figure.append(svg);
}
