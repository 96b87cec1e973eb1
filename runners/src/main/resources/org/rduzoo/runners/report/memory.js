// The memory map over time.

const memory = { borders: false };
const ROLES = { weight: "Weights", state: "State (caches, moments)", input: "Inputs", border: "Between sections", output: "Outputs" };

function beginsOf(g) {
  if (!g.begins) {
    g.begins = [0];
    for (const s of g.list) g.begins.push(g.begins[s.id] + s.cost.seconds);
  }
  return g.begins;
}

function drawMemory() {
  const g = graph();
  const shown = g.memory.filter(m => m.peak > 0);
  put("memory-maps", shown.map(m => el("div", {},
    el("h3", {}, `${m.level.toUpperCase()}: ${binary(m.peak)} of ${binary(m.capacity)} in use at most (${percent(m.peak / m.capacity)})`),
    el("canvas", { id: `memory-${m.level}`, role: "img", "aria-label": `Map of ${m.level.toUpperCase()}, ${binary(m.peak)} in use at most` }))));
  shown.forEach(m => drawLevel(g, m));
  legend("memory-legend", Object.entries(ROLES).map(([role, name]) => [name, role]));
  const largest = [...g.memoryRegions].sort((a, b) => b.bytes - a.bytes).slice(0, 3);
  byId("memory-text").textContent = `Largest: ${largest.map(x => `${x.name || "a value"} (${ROLES[x.role].toLowerCase()}, ${binary(x.bytes)})`).join("; ")}.${g.passes > 1 ? " One micro-batch is shown, then what runs once." : ""}`;
}

function drawLevel(g, m) {
  const all = g.memoryRegions.filter(x => x.level === m.level);
  const living = x => x.role === "weight" || x.role === "state";
  const kept = all.filter(living).reduce((top, x) => Math.max(top, x.address + x.bytes), 0);
  const low = memory.borders && kept < m.peak ? kept : 0, span = Math.max(1, m.peak - low);
  const id = `memory-${m.level}`, height = 240, left = LABEL, foot = 20;
  const { context: c, width } = canvas(id, height);
  const begins = beginsOf(g), whole = begins[begins.length - 1], room = width - left;
  const x = i => left + begins[i] / whole * room;
  const y = a => (height - foot) * (1 - Math.min(1, Math.max(0, (a - low) / span)));
  c.fillStyle = colour("idle");
  c.fillRect(left, 0, room, height - foot);
  const boxes = [];
  const edge = colour("card");
  for (const region of all) {
    if (region.address + region.bytes <= low) continue;
    const a = x(region.first), b = x(region.last + 1), top = y(region.address + region.bytes), bottom = y(region.address);
    c.fillStyle = colour(region.role);
    c.globalAlpha = 0.85;
    c.fillRect(a, top, Math.max(1, b - a), Math.max(0.6, bottom - top));
    c.globalAlpha = 1;
    if (bottom - top > 3) {
      c.fillStyle = edge;
      c.fillRect(a, top, Math.max(1, b - a), 0.5);
    }
    boxes.push({ a, b: Math.max(a + 1, b), top, bottom, region });
  }
  const s = section();
  c.strokeStyle = colour("pick");
  c.lineWidth = 1.5;
  c.strokeRect(x(s.id), 1, Math.max(1.5, x(s.id + 1) - x(s.id)), height - foot - 2);
  c.fillStyle = colour("quiet");
  for (const at of [low, low + span / 2, low + span]) {
    c.fillText(binary(at), 0, Math.min(height - foot - 7, Math.max(7, y(at))));
  }
  c.fillText("section 0", left, height - 8);
  const last = `section ${g.list.length - 1}`;
  c.fillText(last, width - c.measureText(last).width, height - 8);
  const box = byId(id);
  box.onpointermove = e => {
    const at = box.getBoundingClientRect(), px = e.clientX - at.left, py = e.clientY - at.top;
    const hit = boxes.findLast(k => k.a <= px && px < k.b && k.top <= py && py < Math.max(k.bottom, k.top + 2));
    tip(e, hit ? `${hit.region.name || "a value"}\n${ROLES[hit.region.role]} · ${binary(hit.region.bytes)} at ${hit.region.address}\nsections ${hit.region.first} to ${hit.region.last} · ${scaled(hit.region.moved, "B")} moved` : "");
  };
  box.onpointerleave = e => tip(e, "");
}

function beginMemory() {
  const choose = borders => () => {
    memory.borders = borders;
    byId("memory-all").setAttribute("aria-pressed", String(!borders));
    byId("memory-borders").setAttribute("aria-pressed", String(borders));
    drawMemory();
  };
  byId("memory-all").onclick = choose(false);
  byId("memory-borders").onclick = choose(true);
  when("section", drawMemory);
}
