// What the page shows, what is picked of it, and how numbers and elements are written.

const REPORTS = JSON.parse(document.getElementById("data").textContent);

const COST = ["launch", "programLoad", "argumentLoad", "edges", "execution", "peer", "seconds",
  "busyPipeline", "busyPmu", "busyMesh", "busyHbm", "busyDdr", "busyPeer", "hbmBytes", "ddrBytes", "weightBytes", "peerBytes", "flops", "bound"];

const BOUNDS = { pipeline: "Pipelines", pmu: "Memory units", mesh: "Mesh", hbm: "HBM", ddr: "DDR", peer: "Other chips", start: "Launches and loads", host: "Host" };

const COMPONENTS = [
  ["host_s", "Host", "host"], ["launch_s", "Launch", "start"], ["program_load_s", "Program load", "start"],
  ["argument_load_s", "Argument load", "start"], ["edges_s", "First and last tile", "edges"],
  ["execution_s", "Execution", "accent"], ["peer_wait_s", "Waiting for other chips", "peer"]];

// Rows of numbers become objects when a graph is first shown.
function unpack(report, index) {
  const raw = report.graphs[index];
  if (raw.list) return raw;
  const text = i => raw.texts[i];
  const costs = raw.costs.map(row => Object.fromEntries(COST.map((name, i) => [name, row[i]])));
  raw.report = report;
  raw.list = raw.section_rows.map(([type, path, paths, ops, program, runs, start, cost], id) => ({
    id, type: text(type), path: text(path), paths: paths.map(text), ops: text(ops), program, runs, start, cost: costs[cost], costId: cost,
    total: runs * costs[cost].seconds, bytes: costs[cost].hbmBytes + costs[cost].ddrBytes,
  }));
  for (const s of raw.list) {
    s.share = s.total / raw.seconds;
    s.flops = s.cost.flops;
    s.intensity = s.bytes ? s.cost.flops / s.bytes : 0;
    s.rate = s.cost.flops / s.cost.seconds;
    s.plan = raw.program_plans[s.program];
    s.label = labelOf(s);
  }
  raw.memoryRegions = raw.regions.map(([level, address, bytes, role, name, first, last, moved]) =>
    ({ level: text(level), address, bytes, role: text(role), name: text(name), first, last, moved }));
  return raw;
}

// Where a section lies in the model: its path, or what its paths share with the first and the last of them.
function labelOf(s) {
  if (s.paths.length < 2) return s.paths[0] || "";
  const rest = p => s.path && p.startsWith(`${s.path}.`) ? p.slice(s.path.length + 1) : p;
  const first = rest(s.paths[0]), last = rest(s.paths[s.paths.length - 1]);
  return `${s.path ? `${s.path}: ` : ""}${first} … ${last}`;
}

const state = { report: 0, graph: 0, section: 0 };
const listeners = { graph: [], section: [] };

function graph() { return unpack(REPORTS[state.report], state.graph); }
function section() { return graph().list[state.section]; }
function when(event, listener) { listeners[event].push(listener); }
function tell(event) { listeners[event].forEach(listener => listener()); }

function slowest(g) {
  return g.list.reduce((a, s) => s.total > g.list[a].total ? s.id : a, 0);
}

function pickGraph(report, index, at) {
  state.report = report;
  state.graph = index;
  const g = graph();
  state.section = at >= 0 && at < g.list.length ? at : slowest(g);
  remember();
  tell("graph");
  tell("section");
}

function pickSection(id, scroll) {
  if (id < 0 || id >= graph().list.length) return;
  state.section = id;
  remember();
  tell("section");
  if (scroll) document.getElementById("section").scrollIntoView();
}

// The address says what is picked, so that a link to it can be sent.
function remember() {
  try {
    history.replaceState(null, "", `#report=${state.report}&graph=${state.graph}&section=${state.section}`);
  } catch (e) {
    // Some browsers refuse to for pages from disk, and nothing is lost.
  }
}

function digits(x) {
  const a = Math.abs(x);
  return a === 0 ? "0" : a >= 100 ? x.toFixed(0) : a >= 10 ? x.toFixed(1) : x.toFixed(2);
}
function scaled(x, unit) {
  const prefixes = ["", "k", "M", "G", "T", "P", "E"];
  let i = 0;
  while (Math.abs(x) >= 999.5 && i < prefixes.length - 1) { x /= 1000; i++; }
  return `${digits(x)} ${prefixes[i]}${unit}`;
}
function binary(x) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (x >= 1023.5 && i < units.length - 1) { x /= 1024; i++; }
  return `${digits(x)} ${units[i]}`;
}
function seconds(x) {
  const a = Math.abs(x);
  if (a >= 1 || a === 0) return `${digits(x)} s`;
  if (a >= 1e-3) return `${digits(x * 1e3)} ms`;
  return a >= 1e-6 ? `${digits(x * 1e6)} µs` : `${digits(x * 1e9)} ns`;
}
function percent(x) {
  const p = 100 * x, a = Math.abs(p);
  return `${a > 0 && a < 10 || a > 99 && a < 100 ? p.toFixed(1) : p.toFixed(0)} %`;
}
function count(n, word) { return `${n} ${word}${n === 1 ? "" : "s"}`; }

// Elements: attributes, then children; texts only ever become text.
function el(name, attributes, ...children) { return fill(document.createElement(name), attributes, children); }
function svg(name, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}
function fill(e, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === false || value === undefined || value === null) continue;
    if (key === "style") Object.assign(e.style, value);
    else if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
    else e.setAttribute(key, value === true ? "" : value);
  }
  e.append(...children.flat().filter(c => c !== null && c !== undefined && c !== false));
  return e;
}
function byId(id) { return document.getElementById(id); }
function put(id, ...children) { byId(id).replaceChildren(...children.flat()); }

function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim(); }

function tip(event, text) {
  const box = byId("tip");
  box.hidden = !text;
  if (!text) return;
  box.textContent = text;
  const width = box.offsetWidth, height = box.offsetHeight;
  box.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 4))}px`;
  const above = event.clientY + 18 + height > innerHeight;
  box.style.top = `${Math.max(4, above ? event.clientY - height - 10 : event.clientY + 18)}px`;
}

function about(s) {
  return `Section ${s.id}${s.label ? ` · ${s.label}` : ""}\n${s.type} · ${s.ops}\n`
    + `${seconds(s.total)}${s.runs > 1 ? ` in ${s.runs} runs` : ""}, ${percent(s.share)} of all · bound by ${BOUNDS[s.cost.bound]}`;
}
