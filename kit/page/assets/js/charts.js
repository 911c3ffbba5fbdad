// SPDX-License-Identifier: Apache-2.0
// Live charts: takes the place of the drawings that the server made, with the same values. All charts of a page share
// cursor and zoom; values that come are appended while the page is open. uPlot draws; it is fetched by pages with charts only.

const lines = ["--c1", "--c3", "--c5", "--c6", "--c2", "--c4"];
const gap = 150; // seconds without a value that interrupt a line, see charts.go
const most = 900; // points after which everything is read anew

const library = () => window.uPlot ? Promise.resolve(window.uPlot) : new Promise((done, fail) => {
  const script = document.createElement("script");
  script.src = new URL("../vendor/uplot.min.js", import.meta.url);
  script.onload = () => done(window.uPlot);
  script.onerror = fail;
  document.head.append(script);
});

// Values as people read them: the same as units.go.
const printer = (lang) => {
  const shorter = [0, 1, 2, 3].map((digits) => new Intl.NumberFormat(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  const parts = [0, 1].map((digits) => new Intl.NumberFormat(lang, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }));
  const short = (v) => {
    const a = Math.abs(v);
    return shorter[Number.isInteger(a) || a >= 100 ? 0 : a < .1 ? 3 : a < 1 ? 2 : 1].format(v);
  };
  const scaled = (v, units) => {
    let i = 0;
    for (; Math.abs(v) >= 1000 && i < units.length - 1; i++) v /= 1000;
    return `${short(v)} ${units[i]}`.trimEnd();
  };
  const amount = (v) => Math.abs(v) >= 10000 ? scaled(v, ["", "k", "M", "G", "T"]) : short(v);
  const time = (v) => {
    const a = Math.abs(v);
    if (a === 0) return "0 s";
    if (a < .001) return short(v * 1e6) + " µs";
    if (a < 1) return short(v * 1e3) + " ms";
    if (a < 120) return short(v) + " s";
    if (a < 7200) return short(v / 60) + " min";
    if (a < 172800) return short(v / 3600) + " h";
    return short(v / 86400) + " d";
  };
  return (unit, v) => {
    switch (unit) {
      case "percent": return parts[Math.abs(v) > 0 && Math.abs(v) < .0995 ? 1 : 0].format(v);
      case "bits": return scaled(v * 8, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"]);
      case "bytes/s": return scaled(v, ["B/s", "KB/s", "MB/s", "GB/s", "TB/s"]);
      case "bytes": return scaled(v, ["B", "KB", "MB", "GB", "TB", "PB"]);
      case "celsius": return shorter[0].format(v) + " °C";
      case "seconds": return time(v);
      case "/s": return amount(v) + "/s";
    }
    return amount(v);
  };
};

// colour is what a token of the style sheet comes to in the theme of the moment.
const colour = (el, token, alpha) => {
  const probe = document.createElement("i");
  probe.style.color = alpha ? `color-mix(in srgb, var(${token}) ${alpha}%, transparent)` : `var(${token})`;
  probe.hidden = true;
  el.append(probe);
  const c = getComputedStyle(probe).color;
  probe.remove();
  return c;
};

const cells = (list) => list?.map((v) => v === false ? undefined : v);
const highest = (list) => list.reduce((m, v) => v > m ? v : m, -Infinity);

class Board {
  constructor(box, uPlot) {
    this.box = box;
    this.uPlot = uPlot;
    this.text = printer(document.documentElement.lang || undefined);
    this.charts = new Map();
    this.lang = document.documentElement.lang || undefined;
    this.zone = box.dataset.zone || undefined;
    try {
      new Intl.DateTimeFormat(this.lang, { timeZone: this.zone });
    } catch {
      this.zone = undefined;
    }
    this.out = box.querySelector("[data-zoom-out]");
    this.out.addEventListener("click", () => this.wide());
    this.sync = uPlot.sync("device");
    new MutationObserver(() => this.paint()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    new ResizeObserver(() => this.fit()).observe(box);
  }

  async load(from, to) {
    const url = new URL(this.box.dataset.charts, location);
    if (from) {
      url.searchParams.set("from", from);
      url.searchParams.set("to", to);
    } else if (this.box.dataset.period) url.searchParams.set("period", this.box.dataset.period);
    else {
      url.searchParams.set("from", this.box.dataset.from);
      url.searchParams.set("to", this.box.dataset.to);
    }
    if (this.box.dataset.only) url.searchParams.set("only", this.box.dataset.only);
    const asked = this.asked = {};
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok || asked !== this.asked) return; // the drawings stay, or a later question is on its way
    const data = await answer.json();
    this.zoomed = !!from;
    this.out.hidden = !this.zoomed;
    this.read = Date.now();
    this.data = data;
    this.show();
  }

  // wide goes back to the whole period.
  wide() { this.load(); }

  show() {
    const { times, charts } = this.data;
    for (const figure of this.box.querySelectorAll("[data-chart]")) {
      const c = charts.find((x) => x.id === figure.dataset.chart);
      if (!c) {
        if (this.charts.has(figure)) this.put(figure, this.charts.get(figure).spec, times.map(() => null));
        continue;
      }
      this.put(figure, c);
    }
  }

  // put draws a chart's values, making it first where it is not there yet.
  put(figure, spec, empty) {
    const { times } = this.data;
    const rows = [[...times]];
    const banded = spec.lines.length === 1 && spec.lines[0].min && !empty;
    for (const l of spec.lines) rows.push(empty ?? cells(l.avg));
    if (banded) rows.push(cells(spec.lines[0].max), cells(spec.lines[0].min));
    let c = this.charts.get(figure);
    const same = c && c.spec.lines.length === spec.lines.length && c.spec.lines.every((l, i) => l.key === spec.lines[i].key) && c.banded === banded;
    if (!same) {
      c?.plot.destroy();
      c = { figure, spec, banded, place: figure.querySelector(".live-plot") };
      c.names = [...figure.querySelectorAll(".live-legend .live-line > span")].map((n) => n.textContent);
      c.values = [...figure.querySelectorAll("[data-value]")];
      c.last = [...figure.querySelectorAll("[data-last]")];
      this.charts.set(figure, c);
      c.plot = this.make(c, rows);
    } else {
      c.spec = spec;
      c.plot.setData(rows, false);
    }
    c.rows = rows;
    this.frame(c);
    this.values(c, null);
  }

  // frame sets the time axis: all charts show the same time, also where a chart has no values.
  frame(c) {
    c.plot.setScale("x", { min: this.data.from, max: Math.max(this.data.to, this.data.times.at(-1) ?? 0) });
  }

  make(c, rows) {
    const { uPlot } = this;
    const { spec, place } = c;
    place.replaceChildren();
    place.classList.add("live-drawn");
    const look = () => ({ ink: colour(place, "--ink-faint"), line: colour(place, "--line"), series: lines.map((t) => colour(place, t)), band: colour(place, "--c1", 16), bad: colour(place, "--bad", 14), warn: colour(place, "--warn", 16), badEdge: colour(place, "--bad"), warnEdge: colour(place, "--warn"), change: colour(place, "--ink-soft") });
    c.look = look();
    c.relook = () => { c.look = look(); };
    const series = [{}, ...spec.lines.map((l, i) => ({
      label: l.key, width: 1.6, dash: Math.floor(i / 6) % 2 ? [5, 4] : undefined, stroke: () => c.look.series[i % 6], points: { show: (u, si) => this.lonely(u, si) ? undefined : false, size: 4, filter: (u, si) => this.alone(u, si) },
    }))];
    let bands;
    if (c.banded) {
      series.push({ label: "max", stroke: "transparent", width: 0, points: { show: false } }, { label: "min", stroke: "transparent", width: 0, points: { show: false } });
      bands = [{ series: [2, 3], fill: () => c.look.band }];
    }
    const plot = new uPlot({
      ...this.size(place),
      padding: [10, 26, 0, 0],
      tzDate: (s) => this.zone ? uPlot.tzDate(new Date(s * 1000), this.zone) : new Date(s * 1000),
      legend: { show: false },
      cursor: { sync: { key: this.sync.key, setSeries: false }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
      scales: { x: { time: true, auto: false }, y: { range: (u, lo, hi) => this.range(spec, lo, hi) } },
      series,
      bands,
      axes: [
        { stroke: () => c.look.ink, grid: { stroke: () => c.look.line, width: 1 }, ticks: { show: false }, size: 26, font: "11px Inter, sans-serif", space: 64, values: (u, at) => this.clock(at) },
        { stroke: () => c.look.ink, grid: { stroke: () => c.look.line, width: 1 }, ticks: { show: false }, size: 62, gap: 6, font: "11px Inter, sans-serif", space: 32, values: (u, at) => at.map((v) => this.text(spec.unit, v)), splits: spec.unit === "bits" ? (u, i, lo, hi) => this.steps(lo, hi) : undefined },
      ],
      hooks: {
        drawClear: [(u) => this.marks(u, c)],
        setCursor: [(u) => this.values(c, u.cursor.idx)],
        setSelect: [(u) => {
          if (u.select.width < 6) return;
          const from = u.posToVal(u.select.left, "x"), to = u.posToVal(u.select.left + u.select.width, "x");
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          this.zoom(from, to);
        }],
        ready: [(u) => u.over.addEventListener("dblclick", () => this.wide())],
      },
    }, rows, place);
    const over = plot.root;
    over.tabIndex = 0;
    over.setAttribute("role", "group");
    over.setAttribute("aria-label", c.figure.querySelector("figcaption").textContent);
    over.addEventListener("keydown", (e) => this.key(e, plot, c));
    over.addEventListener("blur", () => plot.setCursor({ left: -10, top: -10 }));
    return plot;
  }

  // alone are the indices of values with a gap on both sides: only they get a point.
  alone(u, si) {
    const v = u.data[si], out = [];
    for (let i = 0; i < v.length; i++) {
      if (v[i] == null) continue;
      let a = i - 1, b = i + 1;
      while (a >= 0 && v[a] === undefined) a--;
      while (b < v.length && v[b] === undefined) b++;
      if (v[a] == null && v[b] == null) out.push(i);
    }
    return out;
  }

  lonely(u, si) { return this.alone(u, si).length > 0; }

  size(place) { return { width: Math.max(180, Math.floor(place.clientWidth)), height: 184 }; }

  fit() {
    for (const c of this.charts.values()) {
      const s = this.size(c.place);
      if (s.width !== c.plot.width) c.plot.setSize(s);
    }
  }

  paint() {
    for (const c of this.charts.values()) {
      c.relook();
      c.plot.redraw(false);
    }
  }

  // range is from nought, where that is near, to what was reached; a share ends at the whole.
  range(spec, lo, hi) {
    if (spec.most) return [0, spec.most];
    if (lo == null || hi == null) return [0, 1];
    if (lo > 0 && lo < hi * .7) lo = 0;
    if (lo === hi) hi = lo + (lo === 0 ? 1 : Math.abs(lo) * .2);
    return [lo, hi + (hi - lo) * .08];
  }

  // steps are round in bits a second, although the values are bytes.
  steps(lo, hi) {
    const raw = (hi - lo) * 8 / 4, base = 10 ** Math.floor(Math.log10(raw || 1));
    const step = [1, 2, 5, 10].map((m) => m * base).find((s) => s >= raw) / 8;
    const out = [];
    for (let v = Math.ceil(lo / step) * step; v <= hi; v += step) out.push(v);
    return out;
  }

  clock(at) {
    const long = this.data.to - this.data.from > 36 * 3600;
    const days = new Intl.DateTimeFormat(this.lang, { timeZone: this.zone, day: "numeric", month: "short" });
    const hours = new Intl.DateTimeFormat(this.lang, { timeZone: this.zone, hour: "numeric", minute: "2-digit" });
    const finely = this.data.to - this.data.from < 20 * 60;
    const secs = new Intl.DateTimeFormat(this.lang, { timeZone: this.zone, hour: "numeric", minute: "2-digit", second: "2-digit" });
    let last = "";
    return at.map((s) => {
      const d = new Date(s * 1000);
      const day = days.format(d);
      const text = long ? day : finely && s % 60 ? secs.format(d) : hours.format(d);
      if (long && day === last) return "";
      last = day;
      return text;
    });
  }

  // marks draws what happened behind the lines: alerts as spans, changes as ticks at the bottom.
  marks(u, c) {
    const { left, top, width, height } = u.bbox, g = u.ctx, dpr = devicePixelRatio || 1;
    g.save();
    g.beginPath();
    g.rect(left, top, width, height);
    g.clip();
    for (const m of this.data.marks) {
      if (m.series && !c.spec.lines.some((l) => l.key === m.series)) continue;
      const x = u.valToPos(m.at, "x", true);
      if (m.level) {
        const w = Math.max(2 * dpr, u.valToPos(m.to ?? m.at, "x", true) - x);
        g.fillStyle = m.level > 1 ? c.look.bad : c.look.warn;
        g.fillRect(x, top, w, height);
        g.fillStyle = m.level > 1 ? c.look.badEdge : c.look.warnEdge;
        g.fillRect(x, top, w, 2 * dpr);
        continue;
      }
      g.fillStyle = c.look.change;
      g.beginPath();
      g.moveTo(x, top + height - 8 * dpr);
      g.lineTo(x + 4 * dpr, top + height);
      g.lineTo(x - 4 * dpr, top + height);
      g.fill();
    }
    g.restore();
  }

  // values writes what the lines have at the cursor, or had last, behind their names.
  values(c, index) {
    c.spec.lines.forEach((l, i) => {
      const row = c.rows[i + 1];
      let v = index == null ? row.findLast((x) => x != null) : row[index];
      if (index != null && v === undefined) for (let k = index; k >= 0 && v === undefined; k--) v = row[k];
      const text = v == null ? "–" : this.text(c.spec.unit, v);
      if (c.values[i]) c.values[i].textContent = text;
      if (index == null && c.last[i]) c.last[i].textContent = text;
    });
  }

  zoom(from, to) {
    if (to - from < 120) {
      const middle = (from + to) / 2;
      from = middle - 60;
      to = middle + 60;
    }
    this.load(Math.round(from * 1000), Math.min(Math.round(to * 1000), Date.now()));
  }

  key(e, u, c) {
    const { times, from, to } = this.data;
    const at = u.cursor.idx ?? times.length - 1;
    const go = (i) => {
      i = Math.min(Math.max(i, 0), times.length - 1);
      u.setCursor({ left: u.valToPos(times[i], "x"), top: u.over.clientHeight / 2 });
      this.say(c, i);
    };
    const step = e.shiftKey ? 10 : 1;
    switch (e.key) {
      case "ArrowLeft": go(at - step); break;
      case "ArrowRight": go(at + step); break;
      case "Home": go(0); break;
      case "End": go(times.length - 1); break;
      case "+": { const m = times[at], half = (to - from) / 4; this.zoom(m - half, m + half); break; }
      case "-": case "Escape": if (!this.zoomed) return; this.wide(); break;
      default: return;
    }
    e.preventDefault();
    e.stopPropagation();
  }

  // say tells a screen reader what stands at the cursor.
  say(c, i) {
    const when = new Intl.DateTimeFormat(this.lang, { timeZone: this.zone, dateStyle: "short", timeStyle: "short" }).format(new Date(this.data.times[i] * 1000));
    const what = c.spec.lines.map((l, k) => `${c.names[k] ?? l.key} ${c.rows[k + 1][i] == null ? this.box.dataset.none : this.text(c.spec.unit, c.rows[k + 1][i])}`).join(", ");
    this.box.querySelector("[data-live-say]").textContent = this.box.dataset.at.replace("{value}", what).replace("{time}", when);
  }

  // take appends values that came.
  take(at, values) {
    if (!this.data || this.zoomed) return;
    const { times } = this.data;
    if (Date.now() - this.read > Math.max(60, this.data.step) * 1000 || times.length > most) {
      this.load();
      return;
    }
    while (times.length && times.at(-1) >= at) { // the last step is not over yet: it makes room for what was measured
      if (times.length < 2 || at <= times.at(-2)) return;
      times.pop();
      for (const c of this.charts.values()) for (const l of c.spec.lines) for (const list of [l.avg, l.min, l.max]) list?.pop();
    }
    times.push(at);
    const passed = this.data.to - this.data.from;
    this.data.to = at;
    this.data.from = at - passed;
    while (times.length > 2 && times[0] < this.data.from) {
      times.shift();
      for (const c of this.charts.values()) for (const l of c.spec.lines) for (const list of [l.avg, l.min, l.max]) list?.shift();
    }
    for (const m of this.data.marks) if (m.level && m.to >= at - 60 && m.to < at && m.to >= this.data.to - 120) m.to = at;
    for (const c of this.charts.values()) {
      for (const l of c.spec.lines) {
        const v = values[l.key];
        if (v !== undefined) l.since = at;
        const missing = at - (l.since ?? at) > gap ? null : false;
        for (const list of [l.avg, l.min, l.max]) list?.push(v ?? missing);
      }
      this.put(c.figure, c.spec);
    }
    this.box.dispatchEvent(new CustomEvent("live:values"));
    this.box.dataset.seen = at;
  }

  follow() {
    if (!this.box.dataset.stream) return;
    const now = this.box.querySelector("[data-live-now]");
    const stream = new EventSource(this.box.dataset.stream);
    stream.addEventListener("open", () => { now.hidden = false; });
    stream.addEventListener("values", (e) => {
      const { at, values } = JSON.parse(e.data);
      this.take(at, values);
    });
    stream.addEventListener("error", () => { now.hidden = true; });
    addEventListener("pagehide", () => stream.close());
    addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });
  }
}

for (const box of document.querySelectorAll("[data-charts]")) {
  if (!box.querySelector("[data-chart]")) continue;
  library().then(async (uPlot) => {
    const board = new Board(box, uPlot);
    await board.load();
    board.follow();
  }).catch((why) => console.warn("charts:", why)); // the server's drawings stay
}
