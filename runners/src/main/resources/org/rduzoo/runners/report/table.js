// The table of sections: it sorts, filters, and leads to each one's place in the model.

const table = { key: "total", down: true, most: 100 };
const COLUMNS = [
  ["id", "Section", "n", s => s.id],
  ["type", "Type", "opt", s => s.type],
  ["path", "Where in the model", "path", s => s.label],
  ["ops", "Operations", "ops opt", s => s.ops],
  ["program", "Program", "n opt", s => s.program],
  ["total", "Time", "n", s => seconds(s.total)],
  ["share", "Share", "n", s => percent(s.share)],
  ["bound", "Bound by", "", s => BOUNDS[s.cost.bound]],
  ["runs", "Runs", "n opt", s => s.runs],
  ["pcus", "PCUs", "n opt", s => percent(s.plan.pcus / graph().report.pcus)],
  ["pmus", "PMUs", "n opt", s => percent(s.plan.pmus / graph().report.pmus)],
  ["flops", "FLOP", "n opt", s => scaled(s.flops, "")],
  ["rate", "FLOP/s", "n opt", s => scaled(s.rate, "")],
  ["bytes", "Bytes", "n opt", s => scaled(s.bytes, "B")],
  ["intensity", "FLOP/B", "n opt", s => digits(s.intensity)],
];
function keyOf(s, key) {
  return key === "bound" ? s.cost.bound : key === "pcus" ? s.plan.pcus : key === "pmus" ? s.plan.pmus : key === "path" ? s.label : s[key];
}

function chosen() {
  const words = byId("filter").value.toLowerCase().split(/\s+/).filter(w => w);
  const type = byId("filter-type").value, bound = byId("filter-bound").value;
  const rows = graph().list.filter(s => {
    const text = `${s.id} ${s.type} ${s.paths.join(" ")} ${s.ops} ${s.cost.bound}`.toLowerCase();
    return (!type || s.type === type) && (!bound || s.cost.bound === bound) && words.every(w => text.includes(w));
  });
  const sign = table.down ? -1 : 1;
  return rows.sort((a, b) => {
    const x = keyOf(a, table.key), y = keyOf(b, table.key);
    return (typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y) * sign || a.id - b.id;
  });
}

function drawTable() {
  const g = graph(), rows = chosen(), shown = rows.slice(0, table.most);
  const total = rows.reduce((sum, s) => sum + s.total, 0);
  byId("table-count").textContent = `${rows.length} of ${count(g.list.length, "section")}, ${seconds(total)} together, ${percent(total / g.seconds)} of the graph${shown.length < rows.length ? `; the first ${shown.length} are shown` : ""}`;
  put("section-table", el("table", { class: byId("all-columns").checked ? "every" : null },
    el("thead", {}, el("tr", {}, COLUMNS.map(([key, title, kind]) => el("th", {
      scope: "col", class: kind, "aria-sort": table.key === key ? (table.down ? "descending" : "ascending") : null,
    }, el("button", { type: "button", onclick: () => sortBy(key) }, title))))),
    el("tbody", {}, shown.map(s => el("tr", { class: s.id === state.section ? "picked" : null, "data-id": s.id },
      COLUMNS.map(([key, , kind, text]) => el("td", { class: kind }, cell(s, key, text(s)))))))));
  byId("show-all").hidden = shown.length === rows.length;
  byId("show-all").textContent = `Show all ${rows.length}`;
}
function cell(s, key, text) {
  if (key === "id") return el("a", { href: "#section", "aria-label": `Show section ${s.id}`, onclick: e => { e.preventDefault(); pickSection(s.id, true); } }, String(text));
  if (key === "path" && s.paths.length) return el("a", { href: "#paths", onclick: e => { e.preventDefault(); openPath(s.paths[0]); } }, text);
  if (key === "bound") return [el("i", { class: "dot", style: { background: `var(--${s.cost.bound})` } }), text];
  return key === "ops" ? el("div", { title: text }, text) : String(text);
}
function sortBy(key) {
  table.down = table.key === key ? !table.down : !["id", "type", "path", "ops", "program", "bound"].includes(key);
  table.key = key;
  drawTable();
  const at = COLUMNS.findIndex(c => c[0] === key);
  byId("section-table").querySelectorAll("thead button")[at].focus();
}
function filterBy(path) {
  byId("filter").value = path;
  drawTable();
  byId("sections").scrollIntoView();
}

function beginTable() {
  let wait = 0;
  byId("filter").oninput = () => { clearTimeout(wait); wait = setTimeout(drawTable, 120); };
  for (const id of ["filter-type", "filter-bound", "all-columns"]) byId(id).onchange = drawTable;
  byId("show-all").onclick = () => { table.most = Infinity; drawTable(); };
  when("graph", () => {
    const g = graph();
    table.most = 100;
    byId("filter").value = "";
    const options = (id, values, name) => put(id, el("option", { value: "" }, "all"), [...new Set(values)].map(v => el("option", { value: v }, name(v))));
    options("filter-type", g.list.map(s => s.type), v => v);
    options("filter-bound", g.list.map(s => s.cost.bound), v => BOUNDS[v]);
    drawTable();
  });
  when("section", () => {
    byId("section-table").querySelectorAll("tr[data-id]").forEach(row => row.classList.toggle("picked", Number(row.dataset.id) === state.section));
  });
}
