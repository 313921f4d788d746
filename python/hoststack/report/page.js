// SPDX-License-Identifier: GPL-2.0-only
// Draws the series of each run when they come into sight. Numbers are float64 in one compressed block per run.
"use strict";
(async () => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const themeButton = document.getElementById("theme");
  const redraw = [];
  function setTheme(name) {
    root.dataset.theme = name;
    themeButton.textContent = name === "dark" ? "Light" : "Dark";
    redraw.forEach((again) => again());
  }
  themeButton.hidden = false;
  themeButton.addEventListener("click", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));
  dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
  setTheme(dark.matches ? "dark" : "light");

  const everything = JSON.parse(document.getElementById("data").textContent);
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 4], [4, 2], [1, 4]];

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Float64Array(await new Response(stream).arrayBuffer());
  }

  function told(value) {
    if (value === null || value === undefined || Number.isNaN(value)) return "-";
    if (Number.isInteger(value)) return String(value);
    return Number(value.toPrecision(4)).toString();
  }

  function makeRun(section, drawn, numbers) {
    const range = {min: 0, max: drawn.end || 1};
    const charts = [];
    let marks = true;
    let at = range.max;

    function column(name) {
      const [t, v, n] = drawn.index[name];
      return [numbers.subarray(t, t + n), numbers.subarray(v, v + n)];
    }

    function valueAt(name, time) {
      const [t, v] = column(name);
      let low = 0, high = t.length - 1, found = NaN;
      while (low <= high) {
        const middle = (low + high) >> 1;
        if (t[middle] <= time + 1e-12) { found = v[middle]; low = middle + 1; } else high = middle - 1;
      }
      return found;
    }

    function makeChart(parent, spec) {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      caption.textContent = spec.title;
      const place = document.createElement("div");
      place.className = "drawn";
      const list = document.createElement("ul");
      list.className = "lines";
      figure.append(caption, place, list);
      parent.append(figure);
      const shown = spec.lines.map(() => true);
      const entries = spec.lines.map((line, i) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("aria-pressed", "true");
        const swatch = document.createElement("span");
        swatch.className = "swatch";
        swatch.style.borderTopStyle = ["solid", "dashed", "dotted"][Math.min(i, 2)];
        const name = document.createElement("span");
        button.append(swatch, name);
        item.append(button);
        list.append(item);
        button.addEventListener("click", () => {
          shown[i] = !shown[i];
          button.setAttribute("aria-pressed", String(shown[i]));
          if (plot) plot.setSeries(i + 1, {show: shown[i]});
        });
        return {button, swatch, name};
      });
      let plot = null;
      let seen = false;

      function label() {
        spec.lines.forEach((line, i) => {
          entries[i].swatch.style.borderColor = colour(`--c${i % 7}`);
          entries[i].name.textContent = `${line.label}: ${told(valueAt(line.name, at) / spec.divisor)}`;
        });
      }

      function draw() {
        if (!seen) return;
        if (plot) plot.destroy();
        const tables = spec.lines.map((line) => {
          const [t, v] = column(line.name);
          return [t, Float64Array.from(v, (x) => x / spec.divisor)];
        });
        const same = tables.every(([t]) => t.length === tables[0][0].length && t[0] === tables[0][0][0] &&
          t[t.length - 1] === tables[0][0][t.length - 1]);
        const data = same ? [tables[0][0], ...tables.map(([, v]) => v)] : uPlot.join(tables);
        for (let i = 1; i < data.length; ++i)
          data[i] = Array.from(data[i], (x) => (x === undefined || Number.isNaN(x) ? null : x));
        const ink = colour("--quiet"), grid = {stroke: colour("--line"), width: 1};
        const stepped = uPlot.paths.stepped({align: -1});
        plot = new uPlot({
          width: Math.max(place.clientWidth, 240), height: 210, legend: {show: false},
          cursor: {sync: {key: section.id}, drag: {x: true, y: false, setScale: false}},
          select: {show: true},
          scales: {x: {time: false, range: () => [range.min, range.max]},
                   y: {range: (u, low, high) => [Math.min(0, low ?? 0), (high ?? 0) > 0 ? high * 1.06 : 1]}},
          axes: [{stroke: ink, grid, ticks: grid, label: "time [s]", labelSize: 20, size: 34, font: "12px sans-serif", labelFont: "12px sans-serif"},
                 {stroke: ink, grid, ticks: grid, size: 58, font: "12px sans-serif",
                  values: (u, ticks) => ticks.map((x) => told(x))}],
          series: [{}, ...spec.lines.map((line, i) => ({
            label: line.label, stroke: colour(`--c${i % 7}`), width: 1.6, dash: dashes[i % 7], show: shown[i], spanGaps: true,
            points: {show: data[0].length < 3}, ...(spec.steps ? {paths: stepped} : {})}))],
          hooks: {
            drawAxes: [(u) => drawMarks(u)],
            setSelect: [(u) => {
              if (u.select.width < 4) return;
              show(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
              u.setSelect({left: 0, width: 0, top: 0, height: 0}, false);
            }],
          },
        }, data, place);
        const canvas = place.querySelector("canvas");
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `${spec.title} over time; the values are beside the names below`);
      }

      new IntersectionObserver((entries_, observer) => {
        if (!entries_.some((e) => e.isIntersecting)) return;
        observer.disconnect();
        seen = true;
        draw();
      }, {rootMargin: "400px"}).observe(place);
      new ResizeObserver(() => {
        if (plot && Math.abs(plot.width - place.clientWidth) > 1 && place.clientWidth > 0)
          plot.setSize({width: place.clientWidth, height: 210});
      }).observe(place);
      label();
      charts.push({label, draw, rescale: () => plot && plot.setScale("x", {min: range.min, max: range.max}),
                   repaint: () => plot && plot.redraw(false)});
      redraw.push(() => { label(); draw(); });
    }

    function drawMarks(u) {
      if (!marks) return;
      const c = u.ctx;
      c.save();
      c.strokeStyle = colour("--c3");
      c.globalAlpha = drawn.marks.length > 60 ? 0.25 : 0.6;
      c.lineWidth = devicePixelRatio;
      c.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
      let last = -1;
      for (const [time] of drawn.marks) {
        if (time < range.min || time > range.max) continue;
        const x = Math.round(u.valToPos(time, "x", true));
        if (x === last) continue;
        last = x;
        c.beginPath();
        c.moveTo(x, u.bbox.top);
        c.lineTo(x, u.bbox.top + u.bbox.height);
        c.stroke();
      }
      c.restore();
    }

    function show(min, max) {
      const whole = drawn.end || 1, least = whole / 100000;
      const width = Math.min(Math.max(max - min, least), whole);
      range.min = Math.max(0, Math.min(min, whole - width));
      range.max = range.min + width;
      charts.forEach((chart) => chart.rescale());
    }

    const box = section.querySelector(".charts");
    for (const group of drawn.charts) {
      const head = document.createElement("h4");
      head.textContent = group.object;
      box.append(head);
      group.charts.forEach((spec) => makeChart(box, spec));
    }
    if (!drawn.charts.length) box.textContent = "The scenario records no series.";
    const any = section.querySelector('[data-do="any"]');
    for (const name of Object.keys(drawn.index)) any.append(new Option(name, name));
    any.addEventListener("change", () => {
      if (!any.value) return;
      const unit = drawn.index[any.value][3];
      makeChart(box, {title: `${any.value} [${unit || "count"}]`, divisor: 1, steps: false,
                      lines: [{name: any.value, label: any.value}]});
      any.value = "";
    });
    const output = section.querySelector("output");
    section.querySelector('[data-do="at"]').addEventListener("input", (event) => {
      at = range.min + (range.max - range.min) * event.target.value / 1000;
      output.textContent = `${told(at)} s`;
      event.target.setAttribute("aria-valuetext", `${told(at)} s`);
      charts.forEach((chart) => chart.label());
    });
    section.querySelector(".controls").addEventListener("click", (event) => {
      const width = range.max - range.min, middle = (range.min + range.max) / 2;
      switch (event.target.dataset.do) {
      case "in": show(middle - width / 4, middle + width / 4); break;
      case "out": show(middle - width, middle + width); break;
      case "left": show(range.min - width / 2, range.max - width / 2); break;
      case "right": show(range.min + width / 2, range.max + width / 2); break;
      case "all": show(0, drawn.end || 1); break;
      case "marks":
        marks = !marks;
        event.target.setAttribute("aria-pressed", String(marks));
        charts.forEach((chart) => chart.repaint());
      }
    });
  }

  for (const input of document.querySelectorAll('[data-do="find"]')) {
    const rows = input.closest("details").querySelectorAll("tbody tr");
    input.addEventListener("input", () => {
      for (const row of rows) row.hidden = !row.cells[0].textContent.includes(input.value);
    });
  }
  for (const section of document.querySelectorAll("section.run")) {
    const drawn = everything[section.dataset.run];
    makeRun(section, drawn, await unpack(drawn.data));
  }
  root.dataset.ready = "true";
})();
