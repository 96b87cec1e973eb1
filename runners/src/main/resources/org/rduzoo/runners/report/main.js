// The page as a whole: what to show first, and what to draw again when the window, the colours or the paper change.

function drawSummary() {
  const g = graph(), r = g.report;
  const at = REPORTS.slice(0, state.report).reduce((n, x) => n + x.graphs.length, 0) + state.graph;
  [...byId("words").children].forEach((article, i) => { article.hidden = i !== at; });
  byId("title").textContent = `${r.pef}: ${r.model} on ${r.where}`;
  const bytes = g.bytes.hbm_read + g.bytes.hbm_written + g.bytes.ddr_read + g.bytes.ddr_written;
  const used = g.memory.find(m => m.peak > 0);
  const tile = (value, label) => el("div", { class: "tile" }, el("b", {}, value), el("span", {}, label));
  put("tiles",
    tile(seconds(g.seconds), `a run of ${g.graph}`),
    tile(between(g.low_s, g.high_s), "as far as the chip is known"),
    tile(percent(g.seconds_by_bound[g.bound_by] / g.seconds), `of the time bound by ${BOUNDS[g.bound_by]}`),
    tile(percent(g.pcu_share), "of PCUs busy"),
    tile(percent(g.utilisation), `of peak: ${scaled(g.flops / g.seconds, "FLOP/s")}`),
    tile(scaled(bytes / g.seconds, "B/s"), `memory traffic: ${scaled(bytes, "B")}`),
    used ? tile(binary(used.peak), `of ${used.level.toUpperCase()} in use`) : "",
    tile(String(g.sections), `sections, ${count(g.programs, "program")}`));
  const words = byId("words").children[at];
  if (!words.querySelector(".badge")) {
    words.querySelector("h3").append(" ", el("span", { class: r.validated ? "badge yes" : "badge" }, r.validated ? "times of such a model are published" : "predicted, unvalidated"));
  }
  put("components", stack(COMPONENTS.map(([key, name, paint], i) =>
    ({ name, value: g.components[key], colour: paint, faded: key === "program_load_s" ? 0.75 : key === "argument_load_s" ? 0.5 : 1 })), g.seconds, "Where the time goes"));
  put("bounds", stack(Object.entries(BOUNDS).map(([key, name]) => ({ name, value: g.seconds_by_bound[key] || 0, colour: key })), g.seconds, "What bounds it"));
  drawNumbers(r);
}

function between(low, high) {
  const [a, unit] = seconds(low).split(" "), b = seconds(high);
  return b.endsWith(` ${unit}`) ? `${a} – ${b}` : `${a} ${unit} – ${b}`;
}

function drawNumbers(r) {
  const amount = (x, unit) => unit === "B/s" ? scaled(x, unit) : unit === "s" ? seconds(x) : digits(x);
  put("parameters", el("table", {},
    el("thead", {}, el("tr", {}, ["Number", "Value", "Range", "From", "Why"].map((h, i) => el("th", { scope: "col", class: i === 1 || i === 2 ? "n" : i === 4 ? "opt" : null }, h)))),
    el("tbody", {}, r.parameters.map(p => el("tr", {}, el("th", { scope: "row" }, p.name.replaceAll("_", " ")), el("td", { class: "n" }, amount(p.value, p.unit)),
      el("td", { class: "n" }, p.low === p.high ? "–" : `${amount(p.low, p.unit)} to ${amount(p.high, p.unit)}`), el("td", {}, p.source), el("td", { class: "opt" }, p.note))))));
  put("arguments", facts([["chip", r.chip], ["tiles", r.num_tiles], ["chips", r.n_chips], ["level", r.level], ...Object.entries(r.arguments)].map(([k, v]) => [k, String(v)])));
}

function drawPickers() {
  const choices = REPORTS.flatMap((r, i) => r.graphs.map((g, k) => [i, k, REPORTS.length > 1 ? `${r.pef}: ${g.graph}` : g.graph]));
  if (choices.length < 2) return;
  const select = el("select", { "aria-label": "Graph to show", onchange: e => { const [i, k] = e.target.value.split(".").map(Number); pickGraph(i, k, -1); } },
    choices.map(([i, k, name]) => el("option", { value: `${i}.${k}` }, name)));
  put("pickers", el("label", {}, "Graph ", select));
  when("graph", () => { select.value = `${state.report}.${state.graph}`; });
}

function drawAll() {
  drawTimeline();
  drawFloor();
  drawStages(section());
  drawRoofline();
  drawMemory();
  drawWhatIf();
}

function start() {
  document.documentElement.classList.add("js");
  drawPickers();
  when("graph", drawSummary);
  [beginTimeline, beginFloor, beginRoofline, beginMemory, beginPaths, beginTable, beginWhatIf].forEach(begin => begin());
  const asked = new URLSearchParams(location.hash.slice(1));
  const number = (key, otherwise) => asked.has(key) && /^\d{1,6}$/.test(asked.get(key)) ? Number(asked.get(key)) : otherwise;
  const report = Math.min(number("report", 0), REPORTS.length - 1);
  const longest = REPORTS[report].graphs.reduce((a, g, i, all) => g.graph === "decode" || (all[a].graph !== "decode" && g.seconds > all[a].seconds) ? i : a, 0);
  const index = Math.min(number("graph", longest), REPORTS[report].graphs.length - 1);
  pickGraph(report, index, number("section", -1));
  let wait = 0, wide = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === wide) return;
    wide = innerWidth;
    clearTimeout(wait);
    wait = setTimeout(drawAll, 100);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  const paper = on => () => { document.documentElement.classList.toggle("print", on); drawAll(); };
  addEventListener("beforeprint", paper(true));
  addEventListener("afterprint", paper(false));
}
start();
