// The roofline: what a second yields, over how much is computed with each byte.

function drawRoofline() {
  const g = graph(), r = g.report;
  const groups = new Map();
  for (const s of g.list) {
    if (!s.flops || !s.bytes) continue;
    const group = groups.get(s.costId) || { first: s, seconds: 0, sections: [] };
    group.seconds += s.total;
    group.sections.push(s.id);
    groups.set(s.costId, group);
  }
  const points = [...groups.values()].sort((a, b) => b.seconds - a.seconds);
  if (!points.length) {
    put("roofline-chart", el("p", { class: "quiet" }, "No section computes anything on values from memory."));
    return;
  }
  const W = Math.max(300, byId("roofline-chart").clientWidth), H = W < 600 ? 320 : 420, left = 62, right = 20, top = 16, bottom = 44;
  const log = Math.log10;
  // What takes no time worth a look does not stretch the axes; it stands at their end.
  const seen = points.filter(p => p.seconds > 1e-3 * g.seconds);
  const xs = seen.map(p => p.first.intensity), ys = seen.map(p => p.first.rate);
  const ridge = Math.max(...r.memories.map(m => r.peak / m.stream));
  const x0 = Math.floor(log(Math.min(...xs, 1)) - 0.2), x1 = Math.ceil(log(Math.max(...xs, ridge)));
  const y1 = Math.ceil(log(r.peak)), y0 = Math.max(y1 - 9, Math.floor(log(Math.min(...ys, r.peak / 100))));
  const x = v => left + (Math.min(x1, Math.max(x0, log(v))) - x0) / (x1 - x0) * (W - left - right);
  const y = v => H - bottom - (Math.max(y0, log(v)) - y0) / (y1 - y0) * (H - top - bottom);
  const parts = [];
  for (let e = x0; e <= x1; e++) {
    parts.push(svg("line", { x1: x(10 ** e), x2: x(10 ** e), y1: top, y2: H - bottom, stroke: "var(--line)" }));
    parts.push(svg("text", { x: x(10 ** e), y: H - bottom + 16, "text-anchor": "middle", class: "quiet" }, power(e)));
  }
  for (let e = y0; e <= y1; e++) {
    parts.push(svg("line", { x1: left, x2: W - right, y1: y(10 ** e), y2: y(10 ** e), stroke: "var(--line)" }));
    parts.push(svg("text", { x: left - 8, y: y(10 ** e) + 4, "text-anchor": "end", class: "quiet" }, scaled(10 ** e, "")));
  }
  parts.push(svg("text", { x: (left + W - right) / 2, y: H - 8, "text-anchor": "middle" }, "FLOP a byte of memory traffic"));
  parts.push(svg("text", { x: 14, y: (top + H - bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 14 ${(top + H - bottom) / 2})` }, "FLOP a second"));
  const roof = (level, label, dash) => {
    parts.push(svg("line", { x1: left, x2: W - right, y1: y(level), y2: y(level), stroke: "var(--pipeline)", "stroke-width": 2, "stroke-dasharray": dash }));
    parts.push(svg("text", { x: W - right - 4, y: y(level) - 6, "text-anchor": "end" }, `${label} ${scaled(level, "FLOP/s")}`));
  };
  roof(r.peak, "peak", null);
  roof(r.peak * r.sustained, "sustained", "6 4");
  for (const m of r.memories) {
    const from = Math.max(10 ** x0, 10 ** y0 / m.stream), to = Math.min(10 ** x1, r.peak / m.stream);
    if (to <= from) continue;
    parts.push(svg("line", { x1: x(from), y1: y(from * m.stream), x2: x(to), y2: y(to * m.stream), stroke: `var(--${m.name})`, "stroke-width": 2 }));
    const at = from * (to / from) ** 0.12;
    parts.push(svg("text", { x: x(at) + 6, y: y(at * m.stream) + 16 }, `${m.name.toUpperCase()} ${scaled(m.stream, "B/s")}`));
  }
  const most = points[0].seconds;
  for (const p of points) {
    const s = p.first, picked = p.sections.includes(state.section);
    const text = `${count(p.sections.length, "section")} such as ${about(s)}\ntogether ${seconds(p.seconds)}; ${scaled(s.rate, "FLOP/s")} at ${digits(s.intensity)} FLOP a byte`;
    const pick = () => pickSection(p.sections[0]);
    parts.push(svg("circle", {
      cx: x(s.intensity), cy: y(s.rate), r: 3.5 + 15 * Math.sqrt(p.seconds / most), fill: `var(--${s.cost.bound})`, "fill-opacity": 0.55,
      stroke: picked ? "var(--pick)" : `var(--${s.cost.bound})`, "stroke-width": picked ? 3 : 1, role: "button", tabindex: 0, "aria-label": text,
      onclick: pick, onkeydown: e => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); pick(); } },
      onmousemove: e => tip(e, text), onmouseleave: e => tip(e, ""),
    }));
  }
  put("roofline-chart", svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "group", "aria-label": "Roofline" }, parts));
}
function power(e) { return e >= 0 && e <= 3 ? String(10 ** e) : e < 0 && e > -4 ? (10 ** e).toFixed(-e) : `1e${e}`; }

function beginRoofline() { when("section", drawRoofline); }
