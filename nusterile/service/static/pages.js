"use strict";
// What makes the pages handier: search as one types, sorting, copying, limits under the pointer.
// Everything is there without it. Text is only ever set as text, never as markup.

const make = (name, attributes = {}, ...children) => {
  const svg = ["svg", "path", "line", "rect", "text", "clipPath"].includes(name);
  const element = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

// ---- catalogue ---------------------------------------------------------------------------

const search = document.querySelector("form.search");
if (search) {
  const cards = [...document.querySelectorAll(".card")];
  const count = document.querySelector(".count");
  const show = () => {
    const words = search.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const card of cards) {
      card.hidden = !words.every((word) => card.dataset.text.includes(word));
    }
    const shown = cards.filter((card) => !card.hidden).length;
    count.textContent = `${shown} of ${cards.length} products`;
  };
  const orders = {
    name: (a, b) => a.dataset.name.localeCompare(b.dataset.name),
    newest: (a, b) => Number(b.dataset.modified) - Number(a.dataset.modified),
    largest: (a, b) => Number(b.dataset.bytes) - Number(a.dataset.bytes),
  };
  const sort = () => document.querySelector(".cards").append(...cards.sort(orders[search.sort.value]));
  // What a search by the server left out cannot be shown again without asking it.
  if (!new URLSearchParams(location.search).get("q")) {
    search.q.addEventListener("input", show);
    search.addEventListener("submit", (event) => event.preventDefault());
    search.querySelector("button").hidden = true;
    show();
  }
  search.sort.addEventListener("change", sort);
  sort();
}

// ---- copying -----------------------------------------------------------------------------

const copied = async (element) => {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    // Without encryption browsers have no clipboard; the text is selected for the keyboard.
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
};
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    const done = await copied(button.parentElement.querySelector("pre"));
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

// ---- limits against the mass ---------------------------------------------------------------

const WIDEST = 900, NARROWEST = 280, HEIGHT = 440, MOST_DECADES = 6, LEFT = 74, RIGHT = 16, TOP = 12, BOTTOM = 52;
const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const power = (n) => `10${[...String(n)].map((sign) => SUPERSCRIPTS[sign]).join("")}`;
const written = (value) => {
  const [mantissa, exponent] = value.toExponential(2).split("e");
  return `${mantissa} × ${power(Number(exponent))}`;
};
const decades = (low, high) => {
  const found = [];
  for (let n = Math.ceil(low); n <= Math.floor(high); n += 1) found.push(n);
  return found;
};

class Plot {
  constructor(figure) {
    this.figure = figure;
    this.address = figure.dataset.limits;
    this.choices = JSON.parse(figure.dataset.choices);
    this.off = new Set();
    this.kept = new Map();
    this.at = null;
    const { flavors, levels, degrees, selections } = this.choices;
    this.flavor = this.select("Flavour", flavors);
    this.level = this.select("Confidence level", levels.map((l) => [String(l), `${+(100 * l).toPrecision(6)} %`]));
    this.dof = this.select("Degrees of freedom", degrees.map((d) => [String(d), String(d)]));
    this.chart = make("svg", { class: "chart", role: "img" });
    this.width = NARROWEST;
    this.mass = make("input", { type: "range", min: "0", step: "1", id: "mass" });
    this.massText = make("output", { for: "mass" });
    this.readout = make("ul", { class: "readout" });
    this.legend = make("fieldset", { class: "legend" }, make("legend", {}, "Lines"));
    selections.forEach(([name, label], index) => {
      const box = make("input", { type: "checkbox", checked: "" });
      box.addEventListener("change", () => {
        if (box.checked) this.off.delete(name); else this.off.add(name);
        this.draw();
      });
      const swatch = make("svg", { class: "swatch", viewBox: "0 0 28 12", "aria-hidden": "true" },
        make("path", { d: "M0 6H28", class: this.style(index) }));
      this.legend.append(make("label", {}, box, swatch, label));
    });
    this.mass.addEventListener("input", () => { this.at = Number(this.mass.value); this.point(); });
    this.chart.addEventListener("pointermove", (event) => this.hover(event));
    this.chart.addEventListener("pointerdown", (event) => this.hover(event));
  }

  // Those next to each other differ in colour and dashes; the main one is full and heavy.
  style(index) {
    const { selections, main } = this.choices;
    return selections[index][0] === main ? "line-8 main" : `line-${index % 8} dash-${index % 3}`;
  }

  select(label, values) {
    const select = make("select");
    for (const [value, text] of values) select.append(make("option", { value }, text));
    select.addEventListener("change", () => this.load());
    select.label = make("label", {}, label, select);
    return select;
  }

  async start() {
    await this.load();
    new ResizeObserver(() => this.fit()).observe(this.figure);
    const masses = make("div", { class: "masses" },
      make("label", { for: "mass" }, "Mass"), this.mass, this.massText);
    this.figure.replaceChildren(
      make("div", { class: "controls" }, this.flavor.label, this.level.label, this.dof.label),
      this.chart, masses, this.readout, this.legend);
  }

  // Letters keep their size, whatever the width of the screen.
  fit() {
    const width = Math.max(Math.min(this.figure.clientWidth, WIDEST), NARROWEST);
    if (width !== this.width) {
      this.width = width;
      this.draw();
    }
  }

  async load() {
    const query = new URLSearchParams({ flavor: this.flavor.value, cl: this.level.value, dof: this.dof.value });
    const address = `${this.address}?${query}`;
    if (!this.kept.has(address)) {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error((await answer.json()).error);
      this.kept.set(address, await answer.json());
    }
    const { columns, rows } = this.kept.get(address);
    const [selection, mass, limit, status] = ["selection", "m_4", "limit", "status"].map((name) => columns.indexOf(name));
    this.masses = [...new Set(rows.map((row) => row[mass]))].sort((a, b) => a - b);
    this.curves = new Map(this.choices.selections.map(([name]) => [name, []]));
    for (const row of rows) this.curves.get(row[selection])?.push([row[mass], row[limit], row[status]]);
    this.mass.max = String(this.masses.length - 1);
    this.at = Math.min(this.at ?? Math.floor(this.masses.length / 2), this.masses.length - 1);
    this.mass.value = String(this.at);
    this.draw();
  }

  draw() {
    const limits = [...this.curves.values()].flat().map((point) => point[1]).filter((value) => value > 0);
    const positive = this.masses.filter((value) => value > 0);
    this.x = this.scale(Math.log10(positive[0] ?? 1e-3), Math.log10(positive.at(-1) ?? 1), LEFT, this.width - RIGHT);
    const [low, high] = limits.length ? [Math.min(...limits), Math.max(...limits)] : [1e-12, 1e-6];
    const bottom = Math.floor(Math.log10(low));
    const top = Math.min(Math.ceil(Math.log10(high) + 1e-9), bottom + MOST_DECADES);
    this.y = this.scale(bottom, top, HEIGHT - BOTTOM, TOP);
    this.chart.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    const { flavors } = this.choices;
    const flavor = flavors.find(([name]) => name === this.flavor.value)[1];
    this.chart.setAttribute("aria-label",
      `Upper limits on the moment against the sterile mass, flavour ${flavor}, ${this.level.value} confidence level`);
    const inside = { x: LEFT, y: TOP, width: this.width - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM };
    const parts = [make("clipPath", { id: "inside" }, make("rect", inside))];
    for (const n of decades(this.x.low, this.x.high)) {
      const x = this.x(n);
      parts.push(make("line", { x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM, class: "grid" }));
      parts.push(make("text", { x, y: HEIGHT - BOTTOM + 20, "text-anchor": "middle" }, power(n)));
    }
    for (const n of decades(this.y.low, this.y.high)) {
      const y = this.y(n);
      parts.push(make("line", { x1: LEFT, x2: this.width - RIGHT, y1: y, y2: y, class: "grid" }));
      parts.push(make("text", { x: LEFT - 8, y: y + 4, "text-anchor": "end" }, power(n)));
    }
    parts.push(make("rect", { ...inside, class: "frame" }));
    parts.push(make("text", { x: (LEFT + this.width - RIGHT) / 2, y: HEIGHT - 10, "text-anchor": "middle" }, "sterile mass m₄ [MeV]"));
    parts.push(make("text", { x: 0, y: 0, transform: `translate(18 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)`, "text-anchor": "middle" }, "moment [μB]"));
    this.choices.selections.forEach(([name], index) => {
      if (!this.off.has(name)) {
        parts.push(make("path", { d: this.outline(this.curves.get(name)), class: `curve ${this.style(index)}`, "clip-path": "url(#inside)", "data-selection": name }));
      }
    });
    this.guide = make("line", { y1: TOP, y2: HEIGHT - BOTTOM, class: "guide" });
    this.chart.replaceChildren(...parts, this.guide);
    this.point();
  }

  scale(low, high, from, to) {
    const span = high > low ? high - low : 1;
    const place = (value) => from + ((value - low) / span) * (to - from);
    return Object.assign(place, { low, high, from, to, span });
  }

  outline(points) {
    let pen = "M";
    let path = "";
    for (const [mass, limit] of points) {
      if (limit > 0 && mass > 0) {
        path += `${pen}${this.x(Math.log10(mass)).toFixed(2)} ${this.y(Math.log10(limit)).toFixed(2)}`;
        pen = "L";
      } else {
        pen = "M";
      }
    }
    return path;
  }

  hover(event) {
    const box = this.chart.getBoundingClientRect();
    const across = ((event.clientX - box.left) / box.width) * this.width;
    const wanted = this.x.low + ((across - this.x.from) / (this.x.to - this.x.from)) * this.x.span;
    let nearest = 0;
    this.masses.forEach((mass, index) => {
      const far = (m) => Math.abs(Math.log10(m || 1e-9) - wanted);
      if (far(mass) < far(this.masses[nearest])) nearest = index;
    });
    this.at = nearest;
    this.mass.value = String(nearest);
    this.point();
  }

  point() {
    const mass = this.masses[this.at];
    const text = `m₄ = ${mass.toPrecision(4)} MeV`;
    this.massText.textContent = text;
    this.mass.setAttribute("aria-valuetext", text);
    const x = this.x(Math.log10(mass || 10 ** this.x.low));
    this.guide.setAttribute("x1", x);
    this.guide.setAttribute("x2", x);
    this.readout.replaceChildren(...this.choices.selections.filter(([name]) => !this.off.has(name)).map(([name, label]) => {
      const found = this.curves.get(name).find((point) => point[0] === mass);
      const value = found && found[1] !== null ? `${written(found[1])} μB` : `no limit (${found ? found[2] : "–"})`;
      return make("li", {}, make("span", {}, label), make("span", {}, value));
    }));
  }
}

for (const figure of document.querySelectorAll("figure.plot")) {
  new Plot(figure).start().catch((error) => {
    figure.append(make("p", { class: "notice" }, `The numbers cannot be shown: ${error.message}`));
  });
}
