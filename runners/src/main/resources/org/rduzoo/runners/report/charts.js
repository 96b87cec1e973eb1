// What several pictures share: canvases that are sharp, stacked bars, legends, tables of facts.

// A canvas of this height in CSS pixels, ready to be drawn on.
function canvas(id, height, width) {
  const c = byId(id), scale = window.devicePixelRatio || 1;
  const wide = width || c.clientWidth || c.parentElement.clientWidth;
  c.style.height = `${height}px`;
  if (width) c.style.width = `${width}px`;
  c.width = Math.max(1, Math.round(wide * scale));
  c.height = Math.max(1, Math.round(height * scale));
  const context = c.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, wide, height);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  return { context, width: wide, height };
}

// A bar of parts that add up, with a legend that names each.
function stack(parts, whole, label) {
  const shown = parts.filter(p => p.value > 0);
  const text = shown.map(p => `${p.name} ${percent(p.value / whole)}`).join(", ");
  return [
    el("div", { class: "stack", role: "img", "aria-label": `${label}: ${text}` },
      shown.map(p => el("i", {
        style: { flex: `${1000 * p.value / whole} 0 0`, background: `var(--${p.colour})`, opacity: p.faded || 1 },
        onmousemove: e => tip(e, `${p.name}\n${seconds(p.value)}, ${percent(p.value / whole)}`),
        onmouseleave: e => tip(e, ""),
      }))),
    el("ul", { class: "legend" }, shown.map(p => el("li", {},
      el("i", { style: { background: `var(--${p.colour})`, opacity: p.faded || 1 } }),
      `${p.name} `, el("b", {}, seconds(p.value)), ` ${percent(p.value / whole)}`))),
  ];
}

function legend(id, entries) {
  put(id, entries.map(([name, variable, opacity]) =>
    el("li", {}, el("i", { style: { background: `var(--${variable})`, opacity: opacity || 1 } }), name)));
}

function facts(pairs) {
  return el("dl", { class: "facts" }, pairs.filter(p => p).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

// Round numbers for an axis from 0 to `most`.
function ticks(least, most, want) {
  const raw = (most - least) / want, size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(f => f * size).find(s => s >= raw);
  const out = [];
  for (let t = Math.ceil(least / step) * step; t <= most + step * 1e-9; t += step) out.push(t);
  return out;
}

// Hues that differ, for however many things.
function hue(i, dark) { return `hsl(${(i * 137.508 + 210) % 360} 62% ${dark ? 62 : 48}%)`; }
function isDark() { return matchMedia("(prefers-color-scheme: dark)").matches && !document.documentElement.classList.contains("print"); }
