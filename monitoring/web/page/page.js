"use strict";
// Shows what the server says and how current it is. Everything it writes is text: nothing from a run becomes markup.

const byId = (id) => document.getElementById(id);
let newest = null;       // the last status document
let heardAt = 0;         // performance.now() of it
let connected = false;   // to the server of this page
let chartRun = null;
let points = [];         // [seconds, on, off, on, off, ...]
let chartDetectors = [];
const kMany = 16;        // streams of a detector that have a row each; more share one, until it is unfolded
const unfolded = new Set();   // detectors

function foldButton(detector, text) {
  const button = document.createElement("button");
  button.className = "fold";
  button.dataset.fold = detector;
  button.setAttribute("aria-expanded", unfolded.has(detector));
  button.textContent = text;
  button.onclick = () => {
    if (!unfolded.delete(detector)) unfolded.add(detector);
    showBooks(newest);
  };
  return button;
}

function fillTable(id, rows) {
  const body = byId(id).tBodies[0];
  const focused = document.activeElement.dataset.fold;
  body.replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    cells.forEach((cell, i) => {
      const element = document.createElement(i === 0 ? "th" : "td");
      if (i === 0) element.scope = "row";
      const { text, notes = [], amiss = false, fold } = typeof cell === "object" && cell !== null ? cell : { text: cell };
      element.append(fold === undefined ? text : foldButton(fold, text));
      for (const note of notes) {
        const small = document.createElement("small");
        small.textContent = note;
        element.append(small);
      }
      if (amiss) element.classList.add("amiss");
      row.append(element);
    });
    return row;
  }));
  body.querySelectorAll(".fold").forEach((button) => { if (button.dataset.fold === focused) button.focus(); });
  byId(id).closest("section").hidden = rows.length === 0;
}

function fillList(id, lines) {
  const section = byId(id);
  section.hidden = lines.length === 0;
  section.querySelector("ul").replaceChildren(...lines.map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }));
}

function showConnection() {
  const badge = byId("connection");
  let state = newest ? newest.connection : "waiting";
  let text = { waiting: newest && newest.run === null ? "○ no run yet" : "○ waiting for the run", live: "● live", finished: "■ finished" }[state];
  if (state === "stale") text = `◐ stale since ${formatUtc(newest.last_heard_utc)}`;
  if (!connected && newest) {
    state = "lost";
    text = "✕ no connection to the server";
  } else if (!newest) {
    text = "○ connecting";
  }
  badge.className = `badge ${state}`;
  document.body.dataset.connection = state;
  if (badge.textContent !== text) badge.textContent = text;
}

function showHeader(status) {
  byId("run").textContent = status.run === null ? kUnknown : status.run;
  byId("setup").textContent = status.setup || "";
  document.title = status.run === null ? "Spillway" : `Run ${status.run} · Spillway`;
  const condition = byId("condition");
  const word = status.condition || "";
  condition.textContent = word === "RUNNING" && status.state ? status.state : word.toLowerCase();
  condition.className = `badge ${word.toLowerCase()}`;
  byId("data-time").textContent = formatTai(status.data_time);
  const elapsed = status.begin_ns !== null && status.data_time_ns !== null ? status.data_time_ns - status.begin_ns : null;
  byId("elapsed").textContent = formatDuration(elapsed);
  const running = status.connection === "live" || status.connection === "stale";
  const pace = status.speed > 0 ? `${formatPlain(status.speed)} × real time` : "as fast as possible";
  const lag = status.lag_s >= 0.1 ? `, ${formatPlain(status.lag_s, 2)} s behind` : "";
  byId("pace").textContent = running ? pace + lag : kUnknown;
  byId("as-of").textContent = formatUtc(status.connection === "finished" ? status.ended_utc : status.last_heard_utc);
  const notes = [];
  if (status.started_utc) notes.push(`started ${formatUtc(status.started_utc)}`);
  if (status.digest) notes.push(`digest ${status.digest}`);
  byId("footnote").textContent = notes.join(" · ");
}

function liveOf(status, detector, gate) {
  const line = status.livetime.find((entry) => entry.detector === detector && entry.gate === gate);
  return line ? line.live_ns : null;
}

function showDetectors(status) {
  const home = byId("detectors");
  const names = status.counts.map((counts) => counts.detector);
  const shown = [...home.querySelectorAll("article")].map((card) => card.dataset.detector);
  if (names.length === 0) {
    const empty = document.createElement("p");
    empty.className = "empty";
    empty.textContent = "No counts yet.";
    home.replaceChildren(empty);
    return;
  }
  if (names.join("\n") !== shown.join("\n")) {
    home.replaceChildren(...names.map((name) => {
      const card = byId("detector-card").content.cloneNode(true).firstElementChild;
      card.dataset.detector = name;
      card.setAttribute("aria-label", `Detector ${name}`);
      card.querySelector("h2").textContent = name;
      return card;
    }));
  }
  home.querySelectorAll("article").forEach((card, i) => {
    const counts = status.counts[i];
    const set = (selector, text) => { card.querySelector(selector).textContent = text; };
    const excess = formatExcess(counts);
    set(".on .value", formatCount(counts.on));
    set(".off .value", formatCount(counts.off));
    set(".excess .value", excess.value);
    set(".interval", excess.interval);
    set(".live-on", formatDuration(liveOf(status, counts.detector, "on")));
    set(".live-off", formatDuration(liveOf(status, counts.detector, "off")));
    set(".alpha", formatPlain(counts.alpha));
    set(".pot", formatPower(counts.pot));
    const simulated = counts.truth_signal_on !== null;
    for (const selector of [".scale", ".truth"]) card.querySelector(selector).hidden = !simulated;
    if (!simulated) return;
    set(".scale", formatScale(counts));
    card.querySelector(".scale").classList.toggle("scaled", scalesOf(counts).length > 0);
    set(".truth .value", formatCount(counts.truth_signal_on));
    set(".efficiency", formatEfficiency(counts));
  });
}

// [{detector, streams}], both in the order of their numbers.
function byDetector(streams) {
  const groups = new Map();
  for (const stream of streams) {
    const detector = stream.stream.slice(0, stream.stream.lastIndexOf("/"));
    if (!groups.has(detector)) groups.set(detector, []);
    groups.get(detector).push(stream);
  }
  const byName = new Intl.Collator("en", { numeric: true });
  return [...groups].map(([detector, own]) => ({ detector, streams: own.sort((a, b) => byName.compare(a.stream, b.stream)) }));
}

// The books of several streams as those of one; reasons are added one by one.
function sumOfStreams(streams) {
  const sum = {};
  for (const stream of streams) {
    for (const [key, value] of Object.entries(stream)) {
      if (typeof value === "number") sum[key] = (sum[key] || 0) + value;
      if (typeof value !== "object") continue;
      sum[key] = sum[key] || {};
      for (const [reason, amount] of Object.entries(value)) sum[key][reason] = (sum[key][reason] || 0) + amount;
    }
  }
  return sum;
}

function bookRow(name, books) {
  const reasoned = (reasons) => ({ text: formatCount(sumOf(reasons)), notes: formatReasons(reasons), amiss: sumOf(reasons) > 0 });
  return [
    name, formatCount(books.frames_sent), formatCount(books.frames_received),
    reasoned(books.frames_lost), reasoned(books.frames_rejected),
    { text: formatCount(books.frames_duplicated), amiss: books.frames_duplicated > 0 },
    formatCount(books.frames_outside_run),
  ];
}

function showBooks(status) {
  fillTable("books", byDetector(status.streams).flatMap(({ detector, streams }) => {
    const many = streams.length > kMany;
    const sum = many ? [bookRow({ text: `${detector} (${streams.length} streams)`, fold: detector }, sumOfStreams(streams))] : [];
    if (many && !unfolded.has(detector)) return sum;
    return [...sum, ...streams.map((stream) => bookRow(stream.stream, stream))];
  }));
}

function showTables(status) {
  fillTable("gates", Object.entries(status.gates).map(([facility, gates]) => [
    facility, formatCount(gates.on), formatCount(gates.off), formatCount(gates.random),
    { text: formatCount(sumOf(gates.dropped)), notes: formatReasons(gates.dropped) },
    { text: formatCount(gates.late_pulses), amiss: gates.late_pulses > 0 },
  ]));
  fillTable("livetime", status.livetime.map((line) => [
    line.detector, line.gate, formatDuration(line.live_ns), formatDuration(line.wall_ns),
    line.dead_ns === null ? kUnknown
      : { text: formatDuration(sumOf(line.dead_ns)), notes: formatReasons(line.dead_ns, formatDuration), amiss: sumOf(line.dead_ns) > 0 },
    formatDuration(line.not_read_ns),
  ]));
  showBooks(status);
  fillTable("services", status.services.map((service) => [
    service.process, { text: service.state, amiss: service.state === "error" }, `${formatPlain(service.cpu_s, 3)} s`,
    formatBytes(service.rss_bytes),
    { text: `${formatPlain(service.heartbeat_age_s, 2)} s ago`, amiss: service.heartbeat_age_s > 5 },
    { text: service.waits.length === 0 ? kUnknown : "", notes: service.waits.map((wait) => `${wait.link}: ${formatBytes(wait.bytes)}, ${formatPlain(wait.seconds, 2)} s`) },
  ]));
}

function drawCharts(status) {
  document.querySelectorAll("article.detector").forEach((card) => {
    const i = chartDetectors.indexOf(card.dataset.detector);
    const counts = status.counts.find((line) => line.detector === card.dataset.detector);
    const own = i < 0 ? [] : points.map((point) => [point[0], point[1 + 2 * i], point[2 + 2 * i]]);
    drawChart(card.querySelector(".chart"), card.dataset.detector, own, counts.alpha);
  });
}

// The server keeps the history; between two looks at it, each status adds its own point.
async function updateHistory(status) {
  if (status.run !== chartRun || points.length > 1024) {
    chartRun = status.run;
    points = [];
    chartDetectors = [];
    try {
      const history = await (await fetch("api/v1/history", { cache: "no-store" })).json();
      if (history.run === status.run) {
        points = history.points;
        chartDetectors = history.detectors;
      }
    } catch (error) {
      chartRun = null;   // again with the next status
    }
    drawCharts(newest);
    return;
  }
  if (status.begin_ns !== null && status.data_time_ns !== null && status.counts.length > 0) {
    const point = [(status.data_time_ns - status.begin_ns) * 1e-9];
    for (const counts of status.counts) point.push(counts.on, counts.off);
    if (chartDetectors.length === 0) chartDetectors = status.counts.map((counts) => counts.detector);
    const last = points[points.length - 1];
    if (last && point[0] <= last[0]) points[points.length - 1] = point;
    else points.push(point);
  }
  drawCharts(status);
}

function show(status) {
  newest = status;
  heardAt = performance.now();
  connected = true;
  showConnection();
  showHeader(status);
  fillList("reasons", status.reasons);
  fillList("alarms", status.alarms.slice().reverse());
  showDetectors(status);
  showTables(status);
  updateHistory(status);
}

async function poll() {
  try {
    show(await (await fetch("api/v1/status", { cache: "no-store" })).json());
  } catch (error) {
    connected = false;
    showConnection();
  }
}

let socket = null;
let retryMs = 500;
function listen() {
  socket = new WebSocket(new URL("ws", location.href.replace(/^http/, "ws")));
  socket.onmessage = (event) => {
    retryMs = 500;
    show(JSON.parse(event.data));
  };
  socket.onclose = () => {
    // While there is no WebSocket, plain requests tell whether the server is there at all.
    poll();
    setTimeout(listen, retryMs);
    retryMs = Math.min(10000, 2 * retryMs);
  };
}

// The server speaks at least every 10 s; a connection that is quiet for longer is dead, whatever the browser thinks.
setInterval(() => {
  if (socket && socket.readyState === WebSocket.OPEN && performance.now() - heardAt > 25000) {
    heardAt = performance.now();
    socket.close();
    connected = false;
    showConnection();
  }
}, 1000);

let resizing = 0;
addEventListener("resize", () => {
  cancelAnimationFrame(resizing);
  resizing = requestAnimationFrame(() => { if (newest) drawCharts(newest); });
});

poll();
listen();
