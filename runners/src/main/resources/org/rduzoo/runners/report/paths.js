// The model: a tree of its paths, with the sections that compute each.

// A section is within a part if all of its paths are; it touches every part that one of them is in.
function tree(g) {
  if (g.tree) return g.tree;
  const node = (name, path) => ({ name, path, within: 0, touched: 0, sections: 0, last: -1, children: new Map() });
  const root = node("", "");
  for (const s of g.list) {
    for (const path of s.paths) {
      let at = root;
      for (const step of path.split(".")) {
        const deeper = at.path ? `${at.path}.${step}` : step;
        if (!at.children.has(step)) at.children.set(step, node(step, deeper));
        at = at.children.get(step);
        if (at.last === s.id) continue;
        at.last = s.id;
        at.sections++;
        at.touched += s.total;
        if (s.path === at.path || s.path.startsWith(`${at.path}.`)) at.within += s.total;
      }
    }
  }
  return g.tree = root;
}

function drawPaths() {
  const g = graph();
  put("path-tree", el("div", { class: "tree" }, branch(tree(g), g.seconds, 0)));
}

function branch(node, whole, level) {
  return el("ul", {}, [...node.children.values()].map(child => el("li", {},
    child.children.size ? lazy(child, whole, level) : el("div", { class: "leaf", "data-path": child.path }, line(child, whole)))));
}

// What is closed is not built, so that a model of any depth shows at once.
function lazy(child, whole, level) {
  const box = el("details", { "data-path": child.path }, el("summary", {}, line(child, whole)));
  box.build = () => { if (box.children.length === 1) box.append(branch(child, whole, level + 1)); };
  if (level < 1) {
    box.open = true;
    box.build();
  }
  box.addEventListener("toggle", box.build);
  return box;
}

function line(node, whole) {
  const bar = (value, opacity) => el("span", { class: "bar", style: { width: `${Math.max(0, 100 * value / whole)}%`, opacity, background: "var(--accent)" } });
  return [
    el("span", { class: "name" }, node.name),
    el("span", { class: "bars", title: `${seconds(node.within)} within, ${seconds(node.touched)} with shared sections` }, bar(node.within, 1), bar(node.touched - node.within, 0.3)),
    el("span", { class: "n" }, node.within > 0 ? seconds(node.within) : "shared"),
    el("span", { class: "n" }, node.within > 0 ? percent(node.within / whole) : ""),
    el("button", { type: "button", "aria-label": `${count(node.sections, "section")} of ${node.path}`, onclick: e => { e.preventDefault(); e.stopPropagation(); filterBy(node.path); } }, count(node.sections, "section")),
  ];
}

// Opens the tree at a path and shows it.
function openPath(path) {
  const steps = path.split(".");
  let found = null;
  for (let i = 1; i <= steps.length; i++) {
    const at = steps.slice(0, i).join(".");
    const next = [...byId("path-tree").querySelectorAll("[data-path]")].find(e => e.dataset.path === at);
    if (!next) break;
    found = next;
    if (found.build) {
      found.build();
      if (i < steps.length) found.open = true;
    }
  }
  byId("path-tree").querySelectorAll(".marked").forEach(e => e.classList.remove("marked"));
  if (!found) return;
  const row = found.matches("details") ? found.firstChild : found;
  row.classList.add("marked");
  row.scrollIntoView({ block: "center" });
  row.tabIndex = 0;
  row.focus({ preventScroll: true });
}

function beginPaths() { when("graph", drawPaths); }
