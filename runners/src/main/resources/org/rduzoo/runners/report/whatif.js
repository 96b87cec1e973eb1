// Two PEFs side by side: where the difference comes from.

const whatif = { graph: -1, depth: 3 };

function drawWhatIf() {
  if (REPORTS.length < 2) {
    put("comparison", el("p", { class: "quiet" }, "Compile the model another way (another chip, other tiles, --o0, another batch) and give both files to ",
      el("code", {}, "rdu report A.pef B.pef"), ": this place then shows where the difference comes from."));
    return;
  }
  const a = graph(), other = REPORTS[1 - state.report];
  const same = other.graphs.findIndex(g => g.graph === a.graph);
  const index = whatif.graph >= 0 && whatif.graph < other.graphs.length ? whatif.graph : Math.max(0, same);
  const b = unpack(other, index);
  const ratio = a.seconds / b.seconds;
  const pick = el("select", { "aria-label": "Graph to compare with", onchange: e => { whatif.graph = Number(e.target.value); drawWhatIf(); } },
    other.graphs.map((g, i) => el("option", { value: i, selected: i === index }, g.graph)));
  put("comparison",
    el("p", {}, el("strong", {}, `${other.pef} takes ${seconds(b.seconds)} where ${a.report.pef} takes ${seconds(a.seconds)}: `),
      ratio >= 1 ? `${digits(ratio)} times as fast.` : `${digits(1 / ratio)} times as slow.`),
    other.graphs.length > 1 ? el("p", {}, el("label", {}, "Compared with graph ", pick)) : "",
    settings(a.report, other), waterfall(a, b), measures(a, b), byPath(a, b));
}

function sideBySide(caption, rows, a, b) {
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, el("table", {},
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ["", a, b, "Difference"].map((h, i) => el("th", { scope: "col", class: i ? "n" : null }, h)))),
    el("tbody", {}, rows)));
}
function row(name, x, y, form) {
  const by = y - x;
  const change = by === 0 ? "" : `${by > 0 ? "+" : "−"}${form(Math.abs(by))}${x > 0 ? ` (${by > 0 ? "+" : "−"}${percent(Math.abs(by) / x)})` : ""}`;
  return el("tr", {}, el("th", { scope: "row" }, name), el("td", { class: "n" }, form(x)), el("td", { class: "n" }, form(y)),
    el("td", { class: `n ${by > 0 ? "worse" : by < 0 ? "better" : ""}` }, change || "the same"));
}

function settings(a, b) {
  const of = r => ({ chip: r.chip, "num-tiles": r.num_tiles, "n-chips": r.n_chips, level: r.level, ...r.arguments });
  const x = of(a), y = of(b);
  const keys = [...new Set([...Object.keys(x), ...Object.keys(y)])].filter(k => String(x[k]) !== String(y[k]) && !/^o[013]$/.test(k));
  if (!keys.length) return el("p", { class: "quiet" }, "Both were compiled with the same arguments.");
  return el("table", {}, el("caption", {}, "Compiled otherwise"),
    el("thead", {}, el("tr", {}, ["", a.pef, b.pef].map(h => el("th", { scope: "col" }, h)))),
    el("tbody", {}, keys.map(k => el("tr", {}, el("th", { scope: "row" }, k),
      el("td", {}, x[k] === undefined ? "–" : String(x[k])), el("td", {}, y[k] === undefined ? "–" : String(y[k]))))));
}

// From the time of one to that of the other, component by component.
function waterfall(a, b) {
  const steps = COMPONENTS.map(([key, name]) => ({ name, by: b.components[key] - a.components[key] })).filter(s => s.by !== 0);
  const W = Math.max(300, byId("comparison").clientWidth), rowHeight = 26, left = W < 600 ? 130 : 190, H = (steps.length + 2) * rowHeight + 10;
  const most = Math.max(a.seconds, b.seconds, ...steps.map((s, i) => a.seconds + steps.slice(0, i + 1).reduce((t, k) => t + k.by, 0)));
  const x = t => left + t / most * (W - left - 90);
  const parts = [];
  const bar = (i, name, from, to, paint, text) => {
    const y = i * rowHeight + 5;
    parts.push(svg("text", { x: left - 10, y: y + 14, "text-anchor": "end" }, name));
    parts.push(svg("rect", { x: x(Math.min(from, to)), y, width: Math.max(1, Math.abs(x(to) - x(from))), height: rowHeight - 7, fill: paint, rx: 2 }));
    parts.push(svg("text", { x: x(Math.max(from, to)) + 6, y: y + 14, class: "quiet" }, text));
  };
  bar(0, short(a.report.pef), 0, a.seconds, "var(--accent)", seconds(a.seconds));
  let at = a.seconds;
  steps.forEach((s, i) => {
    bar(i + 1, s.name, at, at + s.by, s.by > 0 ? "var(--ddr)" : "var(--edges)", `${s.by > 0 ? "+" : "−"}${seconds(Math.abs(s.by))}`);
    at += s.by;
  });
  bar(steps.length + 1, short(b.report.pef), 0, b.seconds, "var(--accent)", seconds(b.seconds));
  return el("div", {}, el("h3", {}, "Where the difference comes from"),
    svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `From ${seconds(a.seconds)} to ${seconds(b.seconds)}: ${steps.map(s => `${s.name} ${s.by > 0 ? "plus" : "minus"} ${seconds(Math.abs(s.by))}`).join(", ")}` }, parts));
}
function short(name) { return name.length > 20 ? `${name.slice(0, 19)}…` : name; }

function measures(a, b) {
  const rows = [row("Time", a.seconds, b.seconds, seconds)];
  for (const [key, name] of COMPONENTS) if (a.components[key] || b.components[key]) rows.push(row(name, a.components[key], b.components[key], seconds));
  for (const [key, name] of Object.entries(BOUNDS)) {
    const x = a.seconds_by_bound[key] || 0, y = b.seconds_by_bound[key] || 0;
    if (x || y) rows.push(row(`Bound by: ${name}`, x, y, seconds));
  }
  const bytes = g => g.bytes.hbm_read + g.bytes.hbm_written + g.bytes.ddr_read + g.bytes.ddr_written;
  rows.push(row("FLOP of a chip", a.flops, b.flops, x => scaled(x, "")));
  rows.push(row("Memory traffic of a chip", bytes(a), bytes(b), x => scaled(x, "B")));
  rows.push(row("Sections", a.sections, b.sections, String));
  rows.push(row("Programs", a.programs, b.programs, String));
  for (const m of a.memory) {
    const n = b.memory.find(k => k.level === m.level);
    if (n && (m.peak || n.peak)) rows.push(row(`${m.level.toUpperCase()} in use`, m.peak, n.peak, binary));
  }
  return [el("h3", {}, "Number by number"), sideBySide("Number by number", rows, a.report.pef, b.report.pef)];
}

function byPath(a, b) {
  const cut = s => s.path.split(".").slice(0, whatif.depth).join(".") || "(no single path)";
  const sums = new Map();
  [a, b].forEach((g, side) => g.list.forEach(s => {
    const sum = sums.get(cut(s)) || [0, 0];
    sum[side] += s.total;
    sums.set(cut(s), sum);
  }));
  const rows = [...sums].sort(([, p], [, q]) => Math.abs(q[1] - q[0]) - Math.abs(p[1] - p[0]));
  const depth = el("select", { onchange: e => { whatif.depth = Number(e.target.value); drawWhatIf(); } },
    [1, 2, 3, 4, 5, 6].map(d => el("option", { value: d, selected: d === whatif.depth }, String(d))));
  return [el("h3", {}, "By model path"), el("p", { class: "tools" }, el("label", {}, "Steps of the path that count ", depth)),
    sideBySide("Time by model path, largest difference first", rows.slice(0, 200).map(([path, [x, y]]) => row(path, x, y, seconds)), a.report.pef, b.report.pef)];
}

function beginWhatIf() { when("graph", () => { whatif.graph = -1; drawWhatIf(); }); }
