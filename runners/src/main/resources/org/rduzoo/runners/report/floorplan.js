// The section that is picked: what it costs, where it lies on the chip, and its stages.

const floor = { size: 1, units: new Map(), marked: -1 };
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// A program's stages and buffers, with the places that they take on the grid.
function placed(s) {
  const plan = s.plan, g = graph(), grid = g.report.grid;
  if (!plan.placed) {
    const stages = plan.stages.map(([op, path, depth, cycles, bound, critical, at, pcus, from, to], id) =>
      ({ id, op: g.texts[op], path: g.texts[path], depth, cycles, bound, critical, at, pcus, from, to }));
    const buffers = plan.buffers.map(([producer, consumers, tileBytes, depth, stays, valueBytes, at, pmus], id) =>
      ({ id, producer, consumers, tileBytes, depth, stays, valueBytes, at, pmus, stage: consumers.length ? consumers[0] : producer }));
    plan.placed = { stages, buffers };
  }
  return { ...plan.placed, grid };
}

function drawFloor() {
  const s = section(), { stages, buffers, grid } = placed(s), r = graph().report;
  const room = byId("floor").parentElement.clientWidth;
  const size = Math.max(5, Math.min(16, Math.floor(room / grid.columns)));
  floor.size = size;
  floor.units.clear();
  const { context: c } = canvas("floor", grid.rows * size, grid.columns * size);
  const dark = isDark(), idle = colour("idle"), ink = colour("pick");
  const square = ([column, row], paint, memory, faded) => {
    c.globalAlpha = faded ? 0.25 : 1;
    c.fillStyle = paint;
    if (memory) {
      c.beginPath();
      c.arc((column + 0.5) * size, (row + 0.5) * size, size * 0.3, 0, 7);
      c.fill();
    } else {
      c.fillRect(column * size + 0.5, row * size + 0.5, size - 1, size - 1);
    }
    c.globalAlpha = 1;
  };
  grid.pcus.forEach(site => square(site, idle, false));
  grid.pmus.forEach(site => square(site, idle, true));
  const take = (line, at, count, draw) => {
    for (let i = 0; i < Math.min(count, line.length); i++) draw(line[(at + i) % line.length]);
  };
  for (const b of buffers) {
    const away = floor.marked >= 0 && b.stage !== floor.marked;
    take(grid.pmus, b.at, b.pmus, site => {
      square(site, b.stage < 0 ? colour("quiet") : hue(b.stage, dark), true, away);
      floor.units.set(site[1] * grid.columns + site[0], { buffer: b });
    });
  }
  for (const t of stages) {
    const away = floor.marked >= 0 && t.id !== floor.marked;
    take(grid.pcus, t.at, t.pcus, site => {
      square(site, hue(t.id, dark), false, away);
      floor.units.set(site[1] * grid.columns + site[0], { stage: t });
    });
  }
  if (byId("show-links").checked) drawLinks(c, s.plan, grid, size, ink);
  c.strokeStyle = colour("quiet");
  c.lineWidth = 1.5;
  const tiles = new Map();
  for (const [column, row, tile] of [...grid.pcus, ...grid.pmus]) {
    const t = tiles.get(tile) || [1e9, 1e9, 0, 0];
    tiles.set(tile, [Math.min(t[0], column), Math.min(t[1], row), Math.max(t[2], column + 1), Math.max(t[3], row + 1)]);
  }
  for (const [a, b, d, e] of tiles.values()) c.strokeRect(a * size, b * size, (d - a) * size, (e - b) * size);
  const text = `${count(stages.length, "stage")} on ${s.plan.pcus} of ${r.pcus} PCUs (${percent(s.plan.pcus / r.pcus)}), ${count(buffers.length, "buffer")} on ${s.plan.pmus} of ${r.pmus} PMUs (${percent(s.plan.pmus / r.pmus)}), in ${count(tiles.size, "tile")}`;
  byId("floor-text").textContent = `${text}. The busiest link passes on ${scaled(s.plan.busiest, "B")} a run.`;
  byId("floor").setAttribute("aria-label", `Floor plan: ${text}`);
}

function drawLinks(c, plan, grid, size, ink) {
  c.strokeStyle = ink;
  c.lineCap = "round";
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      for (let down = 0; down < 2; down++) {
        const level = BASE64.indexOf(plan.links[2 * (row * grid.columns + column) + down]) / 63;
        if (level <= 0) continue;
        c.globalAlpha = 0.15 + 0.85 * level;
        c.lineWidth = 0.5 + level * size / 4;
        const x = (column + 0.5) * size, y = (row + 0.5) * size;
        c.beginPath();
        c.moveTo(x, y);
        c.lineTo(down ? x : x + size, down ? y + size : y);
        c.stroke();
      }
    }
  }
  c.globalAlpha = 1;
}

function unitText(unit, stages) {
  if (unit.stage) {
    const t = unit.stage;
    return `PCU of stage ${t.id}: ${t.op}\n${t.path}\n${t.pcus} PCUs, ${scaled(t.cycles, "cycles")}, bound by ${BOUNDS[t.bound]}${t.critical ? ", critical" : ""}`;
  }
  const b = unit.buffer;
  const ends = `${b.producer < 0 ? "memory" : `stage ${b.producer} (${stages[b.producer].op})`} → ${b.consumers.map(i => `stage ${i} (${stages[i].op})`).join(", ") || "memory"}`;
  return `PMU of buffer ${b.id}: ${ends}\n${b.pmus} PMUs, ${b.stays ? "stays, " : `${b.depth} tiles of `}${scaled(b.tileBytes, "B")}`;
}

function drawSection() {
  const s = section(), c = s.cost, r = graph().report;
  byId("section-h").textContent = `Section ${s.id}${s.label ? ` · ${s.label}` : ""}`;
  const parts = [["Launch", c.launch, "start"], ["Program load", c.programLoad, "start", 0.75], ["Argument load", c.argumentLoad, "start", 0.5],
    ["First and last tile", c.edges, "edges"], ["Execution", c.execution, c.bound === "start" ? "pipeline" : c.bound], ["Waiting for other chips", c.peer, "peer", 0.6]];
  put("section-facts",
    el("p", {}, `${s.type}: ${s.ops}. `, s.paths.length ? el("a", { href: "#paths", onclick: e => { e.preventDefault(); openPath(s.paths[0]); } }, "Its place in the model") : ""),
    stack(parts.map(([name, value, paint, faded]) => ({ name, value, colour: paint, faded })), c.seconds, "A run of the section"),
    facts([
      ["A run", `${seconds(c.seconds)} · ${scaled(c.seconds * r.clock, "cycles")}`],
      s.runs > 1 && ["All runs", `${s.runs} × = ${seconds(s.total)}`],
      ["Of the graph", percent(s.share)],
      ["Bound by", BOUNDS[c.bound]],
      ["Program", `${s.program}, ${digits(s.plan.tiles)} tiles deep`],
      ["Pipeline busy", seconds(c.busyPipeline)],
      ["Memory units, mesh", `${seconds(c.busyPmu)}, ${seconds(c.busyMesh)}`],
      c.busyHbm > 0 && ["HBM busy", seconds(c.busyHbm)],
      c.busyDdr > 0 && ["DDR busy", seconds(c.busyDdr)],
      c.busyPeer > 0 && ["P2P busy", seconds(c.busyPeer)],
      ["FLOP", `${scaled(c.flops, "")} at ${scaled(s.rate, "FLOP/s")}`],
      c.hbmBytes > 0 && ["HBM traffic", scaled(c.hbmBytes, "B")],
      c.ddrBytes > 0 && ["DDR traffic", scaled(c.ddrBytes, "B")],
      c.weightBytes > 0 && ["of it weights", scaled(c.weightBytes, "B")],
      c.peerBytes > 0 && ["To other chips", scaled(c.peerBytes, "B")],
      ["FLOP a byte", digits(s.intensity)],
    ]));
  floor.marked = -1;
  drawFloor();
  drawStages(s);
}

function drawStages(s) {
  const { stages } = placed(s), dark = isDark();
  const common = s.path ? `${s.path}.` : "";
  const lane = 18, wide = 220;
  put("stages", el("table", {},
    el("thead", {}, el("tr", {}, ["Stage", "Operation", "Where", "Depth", "PCUs", "Cycles", "Bound by", "At work"].map((h, i) =>
      el("th", { scope: "col", class: i === 0 || i >= 3 && i < 6 ? "n" : i === 2 || i >= 6 ? "opt" : null }, h)))),
    el("tbody", {}, stages.map(t => el("tr", {
      onmouseenter: () => mark(t.id), onmouseleave: () => mark(-1),
    },
    el("td", { class: "n" }, el("i", { class: "dot", style: { background: hue(t.id, dark) } }), String(t.id)),
    el("td", {}, t.op, t.critical ? el("strong", {}, " · critical") : null),
    el("td", { class: "path opt" }, t.path.startsWith(common) ? t.path.slice(common.length) : t.path),
    el("td", { class: "n" }, String(t.depth)),
    el("td", { class: "n" }, String(t.pcus)),
    el("td", { class: "n" }, scaled(t.cycles, "")),
    el("td", { class: "opt" }, BOUNDS[t.bound]),
    el("td", { class: "opt" }, svg("svg", { viewBox: `0 0 ${wide} ${lane}`, style: { width: `${wide}px`, height: `${lane}px` }, "aria-hidden": "true" },
      svg("rect", { x: 0, y: 3, width: wide, height: lane - 6, fill: "var(--idle)" }),
      svg("rect", { x: t.from * wide, y: 3, width: Math.max(1, (t.to - t.from) * wide), height: lane - 6, fill: hue(t.id, dark) }))))))));
}
function mark(stage) {
  floor.marked = stage;
  drawFloor();
}

function beginFloor() {
  byId("show-links").onchange = drawFloor;
  byId("previous").onclick = () => pickSection(state.section - 1);
  byId("next").onclick = () => pickSection(state.section + 1);
  byId("slowest").onclick = () => pickSection(slowest(graph()));
  const c = byId("floor");
  c.addEventListener("pointermove", e => {
    const box = c.getBoundingClientRect(), { grid, stages } = placed(section());
    const unit = floor.units.get(Math.floor((e.clientY - box.top) / floor.size) * grid.columns + Math.floor((e.clientX - box.left) / floor.size));
    tip(e, unit ? unitText(unit, stages) : "A unit that this section does not use");
  });
  c.addEventListener("pointerleave", e => tip(e, ""));
  when("section", drawSection);
}
