// The timeline: lanes for the host, launches, tiles, memories and other chips.

const timeline = { from: 0, to: 1, runs: [] };
const LANE = 24, LABEL = 62;

// Every run of every section, in the order in which they begin. Of very many micro-batches only the first are drawn.
function runsOf(g) {
  if (g.runs) return g.runs;
  const repeated = g.list.filter(s => s.runs > 1);
  const most = Math.max(1, Math.min(g.passes, Math.floor(20000 / Math.max(1, repeated.length))));
  const runs = [];
  for (let pass = 0; pass < most; pass++) {
    for (const s of repeated) runs.push({ s, start: s.start + pass * g.pass_s });
  }
  for (const s of g.list) if (s.runs === 1) runs.push({ s, start: s.start });
  g.left = g.passes > most ? { start: g.components.host_s + most * g.pass_s, seconds: (g.passes - most) * g.pass_s, count: g.passes - most } : null;
  return g.runs = runs;
}

function lanes(g) {
  const used = name => g.list.some(s => s.cost[name] > 0);
  return [
    ["Host", () => []],
    ["Launch", r => [[0, r.s.cost.launch + r.s.cost.programLoad + r.s.cost.argumentLoad, "start"]]],
    ["Tiles", r => tileParts(r.s)],
    ...[["HBM", "busyHbm", "hbm"], ["DDR", "busyDdr", "ddr"], ["P2P", "busyPeer", "peer"]]
      .filter(([, name]) => used(name))
      .map(([title, name, paint]) => [title, r => [[begin(r.s), r.s.cost[name], paint]]]),
  ];
}
function begin(s) { const c = s.cost; return c.launch + c.programLoad + c.argumentLoad + c.edges; }
function tileParts(s) {
  const c = s.cost, at = begin(s);
  const paint = c.bound === "start" ? "pipeline" : c.bound;
  return [[at - c.edges, c.edges, "edges"], [at, c.execution, paint], [at + c.execution, c.peer, "peer"]];
}

function drawTimeline() {
  const g = graph(), rows = lanes(g), runs = runsOf(g);
  const height = rows.length * LANE + 26;
  const { context: c, width } = canvas("timeline-canvas", height);
  const room = width - LABEL, span = timeline.to - timeline.from;
  const x = t => LABEL + (t - timeline.from) / span * room;
  const paints = {};
  for (const name of ["pipeline", "pmu", "mesh", "hbm", "ddr", "peer", "start", "host", "edges"]) paints[name] = colour(name);
  const ink = colour("ink"), quiet = colour("quiet"), line = colour("line");
  rows.forEach(([title], lane) => {
    c.fillStyle = colour("idle");
    c.fillRect(LABEL, lane * LANE + 2, room, LANE - 4);
    c.fillStyle = quiet;
    c.fillText(title, 0, lane * LANE + LANE / 2);
  });
  const bar = (lane, start, length, paint) => {
    const a = Math.max(LABEL, x(start)), b = Math.min(width, x(start + length));
    if (b <= LABEL || a >= width || length <= 0) return;
    c.fillStyle = paint;
    c.fillRect(a, lane * LANE + 2, Math.max(b - a, 0.35), LANE - 4);
  };
  bar(0, 0, g.components.host_s, paints.host);
  for (const r of runs) {
    const end = r.start + r.s.cost.seconds;
    if (end < timeline.from || r.start > timeline.to) continue;
    rows.forEach(([, parts], lane) => {
      for (const [at, length, paint] of parts(r)) bar(lane, r.start + at, length, paints[paint]);
    });
    const wide = (end - r.start) / span * room;
    if (wide > 3) {
      c.fillStyle = colour("card");
      c.fillRect(x(r.start), 2 * LANE + 2, 0.7, LANE - 4);
    }
    if (wide > 60) {
      c.save();
      const left = Math.max(x(r.start), LABEL) + 4;
      c.beginPath();
      c.rect(left, 2 * LANE, Math.min(x(end), width) - left, LANE);
      c.clip();
      c.fillStyle = "#fff";
      c.shadowColor = "#000";
      c.shadowBlur = 3;
      c.fillText(`${r.s.id} ${r.s.label}`, left + (x(begin(r.s)) - x(0)), 2.5 * LANE);
      c.restore();
    }
  }
  if (g.left) {
    bar(2, g.left.start, g.left.seconds, quiet);
    c.fillStyle = colour("card");
    c.fillText(`${g.left.count} more micro-batches`, x(g.left.start) + 6, 2.5 * LANE);
  }
  const s = section();
  c.strokeStyle = colour("pick");
  c.lineWidth = 2;
  const left = Math.max(LABEL, x(s.start)), right = Math.min(width - 1, x(s.start + s.cost.seconds));
  if (right >= LABEL && left <= width) c.strokeRect(left - 1, 1, Math.max(3, right - left + 2), rows.length * LANE - 2);
  c.strokeStyle = line;
  c.fillStyle = quiet;
  c.lineWidth = 1;
  for (const t of ticks(timeline.from, timeline.to, Math.max(2, room / 110))) {
    const at = x(t);
    c.beginPath();
    c.moveTo(at, rows.length * LANE);
    c.lineTo(at, rows.length * LANE + 5);
    c.stroke();
    const text = seconds(t), wide = c.measureText(text).width;
    c.fillText(text, Math.min(width - wide, Math.max(LABEL, at - wide / 2)), rows.length * LANE + 15);
  }
  c.fillStyle = ink;
  byId("window").textContent = `${seconds(timeline.to - timeline.from)} of ${seconds(g.seconds)} shown`;
  byId("timeline-canvas").setAttribute("aria-label",
    `Timeline of ${count(g.list.length, "section")} in ${seconds(g.seconds)}; section ${s.id} is picked, from ${seconds(s.start)} for ${seconds(s.cost.seconds)}`);
}

function zoom(factor, around) {
  const g = graph(), span = timeline.to - timeline.from;
  const middle = around === undefined ? (timeline.from + timeline.to) / 2 : around;
  const next = Math.min(g.seconds, Math.max(g.seconds * 1e-6, span * factor));
  const from = middle - (middle - timeline.from) / span * next;
  show(from, from + next);
}
function show(from, to) {
  const g = graph(), span = Math.min(to - from, g.seconds);
  timeline.from = Math.min(Math.max(0, from), g.seconds - span);
  timeline.to = timeline.from + span;
  drawTimeline();
}
function timeAt(event) {
  const box = byId("timeline-canvas").getBoundingClientRect();
  const room = box.width - LABEL;
  return timeline.from + Math.max(0, event.clientX - box.left - LABEL) / room * (timeline.to - timeline.from);
}
function runAt(t) {
  return runsOf(graph()).find(r => r.start <= t && t < r.start + r.s.cost.seconds);
}

function beginTimeline() {
  const c = byId("timeline-canvas");
  let drag = null;
  c.addEventListener("pointerdown", e => { drag = { x: e.clientX, from: timeline.from, moved: false }; });
  c.addEventListener("pointermove", e => {
    if (drag && e.buttons) {
      const by = (drag.x - e.clientX) / (c.clientWidth - LABEL) * (timeline.to - timeline.from);
      if (Math.abs(drag.x - e.clientX) > 4) {
        drag.moved = true;
        c.setPointerCapture(e.pointerId);
      }
      if (drag.moved) show(drag.from + by, drag.from + by + timeline.to - timeline.from);
      return;
    }
    const run = runAt(timeAt(e));
    tip(e, run ? about(run.s) : timeAt(e) < graph().components.host_s ? `Host: ${seconds(graph().components.host_s)}` : "");
  });
  c.addEventListener("pointerleave", e => tip(e, ""));
  c.addEventListener("pointerup", e => {
    const run = drag && !drag.moved ? runAt(timeAt(e)) : null;
    drag = null;
    if (run) pickSection(run.s.id);
  });
  c.addEventListener("wheel", e => {
    if (!e.ctrlKey && !e.metaKey) return;
    e.preventDefault();
    zoom(e.deltaY > 0 ? 1.25 : 0.8, timeAt(e));
  }, { passive: false });
  c.addEventListener("keydown", e => {
    const act = {
      ArrowLeft: () => pickSection(state.section - 1), ArrowRight: () => pickSection(state.section + 1),
      "+": () => zoom(0.5), "-": () => zoom(2), 0: () => show(0, graph().seconds), Home: () => pickSection(0),
      End: () => pickSection(graph().list.length - 1),
    }[e.key];
    if (act) { e.preventDefault(); act(); }
  });
  byId("zoom-in").onclick = () => zoom(0.5);
  byId("zoom-out").onclick = () => zoom(2);
  byId("zoom-all").onclick = () => show(0, graph().seconds);
  byId("zoom-section").onclick = () => {
    const s = section(), around = s.cost.seconds;
    show(s.start - around / 2, s.start + 1.5 * around);
  };
  legend("timeline-legend", [["Pipelines", "pipeline"], ["Memory units", "pmu"], ["Mesh", "mesh"], ["HBM", "hbm"], ["DDR", "ddr"], ["Other chips", "peer"],
    ["First and last tile", "edges"], ["Launch and loads", "start"], ["Host", "host"]]);
  when("graph", () => { timeline.from = 0; timeline.to = graph().seconds; });
  when("section", () => {
    const s = section(), span = timeline.to - timeline.from;
    if (s.start < timeline.from || s.start > timeline.to) show(s.start - span / 2, s.start + span / 2);
    else drawTimeline();
  });
}
