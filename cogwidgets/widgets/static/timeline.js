// The timeline: lanes that scroll and zoom, and a table, both drawn from what Python sends of the
// part that is seen. Times are seconds, sizes pixels.

const LABEL = 20, STRIP = 36, WAVE = 34, FLAT = 28, GAP = 6, RULER = 26, TILE = 64, BAR = 3;
const ROW = 29, BLOCK = 200, MOST = 400; // of the table; pixels a second at most
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const COLUMNS = ["track", "kind", "name", "start", "end", "length", "volume", "changed"];

let views = 0;

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes ?? {})) if (value !== null) node.setAttribute(name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

// "0:07", and "0:07.4" where tenths count.
function moment(seconds, tenths) {
  const units = Math.round(seconds * 10);
  const minutes = Math.floor(units / 600), rest = units % 600;
  const text = `${minutes}:${String(Math.floor(rest / 10)).padStart(2, "0")}`;
  return tenths && rest % 10 ? `${text}.${rest % 10}` : text;
}

const percent = (volume) => (volume === null ? "–" : `${Math.round(volume * 100)} %`);
const loud = (peak) => Math.min(1, peak / 100) ** 0.65;

export default view("timeline", ({ model, el, on, send, done }) => {
  const id = `t${++views}-${Math.random().toString(36).slice(2, 8)}`;
  let shape = { version: 0, duration: 0, lanes: [], rows: 0, summary: "", removed: [] };
  let seen = { start: 0, end: 0, scale: 0, whole: true, clips: [], version: 0 };
  let asked = null; // the window that Python has been asked for
  let rows = new Map(), askedRows = new Set();
  const sketches = new Map();
  let scale = 0; // pixels a second; 0 fits the whole
  let selected = -1, playhead = 0, dragging = false, drawnFor = "";
  let looked = 0; // the second that was last chosen, which zooming stays at

  // -- what is there ------------------------------------------------------------------------

  const summary = h("p.cog-timeline-summary");
  const removed = h("p.cog-timeline-removed", { hidden: true });
  const tool = (label, text, fn) => h("button.cog-button.quiet.small.icon", { "aria-label": label, title: label, onclick: fn }, text);
  const tools = h("div.cog-timeline-tools", { role: "group", "aria-label": "Zoom" },
    tool("Zoom out", "−", () => zoom(1 / 1.6)),
    h("button.cog-button.quiet.small", { title: "Show the whole timeline", onclick: () => fit() }, "Fit"),
    tool("Zoom in", "+", () => zoom(1.6)));
  const kept = svg("defs");
  const body = svg("g");
  const picture = svg("svg", { class: "cog-timeline-picture", role: "img" }, kept, body);
  const knob = h("div.cog-timeline-playhead", { "aria-hidden": "true" }, h("i"));
  const spacer = h("div.cog-timeline-spacer", {}, picture, knob);
  const scroller = h("div.cog-timeline-scroller", {}, spacer);
  const ruler = h("div.cog-timeline-ruler", { role: "slider", tabindex: 0, "aria-label": "Playhead", "aria-valuemin": 0 });
  spacer.append(ruler);
  const names = h("div.cog-timeline-names", { "aria-hidden": "true" });
  const lanes = h("div.cog-timeline-lanes", {}, names, scroller);
  const empty = h("div.cog-timeline-empty", { hidden: true }, icon("film"), h("p", {}, "Nothing on the timeline yet."),
    h("p.cog-note", {}, "Upload a video, and it appears here."));
  const head = h("div.cog-timeline-row.cog-timeline-head", { role: "row" },
    COLUMNS.map((name) => h(`span.${name}`, { role: "columnheader" }, name)));
  const list = h("div.cog-timeline-list", { role: "rowgroup" });
  const grid = h("div.cog-timeline-grid", { role: "grid", tabindex: 0, "aria-label": "Segments of the timeline" }, head, list);
  el.append(h("div.cog-timeline-top", {}, h("div.cog-grow", {}, summary, removed), tools), lanes, empty, grid);

  // -- where things are ---------------------------------------------------------------------

  const width = () => Math.max(50, scroller.clientWidth - 8); // less its padding
  const length = () => Math.max(shape.duration, 0.001);
  const fitted = () => (width() - 12) / length();
  const factor = () => Math.max(scale, fitted());
  const tall = (lane) => {
    const inside = (filmed(lane) ? STRIP : 0) + (lane.sounds ? WAVE : 0);
    return inside ? LABEL + inside : FLAT;
  };
  const films = () => new Set(seen.clips.filter((c) => c.picture && sketches.get(c.picture)?.thumbnails.length).map((c) => c.track));
  let filmedTracks = new Set();
  const filmed = (lane) => filmedTracks.has(lane.index);
  const places = () => {
    let y = RULER;
    return shape.lanes.map((lane) => {
      const place = { lane, y, height: tall(lane) };
      y += place.height + GAP;
      return place;
    });
  };

  // -- drawing ------------------------------------------------------------------------------

  function resize() {
    const all = places();
    const height = all.length ? all.at(-1).y + all.at(-1).height + GAP : RULER;
    spacer.style.width = `${Math.max(width(), factor() * length() + 12)}px`;
    spacer.style.height = picture.style.height = names.style.height = knob.style.height = `${height}px`;
    picture.setAttribute("height", height);
    names.replaceChildren(...all.map(({ lane, y, height: tall }) =>
      h("div", { style: `top:${y}px;height:${tall}px`, title: lane.name }, h("i", {}, String(lane.index)), h("span.cog-cut", {}, lane.name))));
    drawnFor = "";
    draw();
  }

  function draw() {
    const per = factor(), wide = width(), left = scroller.scrollLeft;
    const from = Math.max(0, left - wide) / per, to = (left + 2 * wide) / per;
    const inside = left >= picture._left && left + wide <= picture._right;
    const key = `${shape.version} ${per} ${seen.start} ${seen.end} ${seen.scale} ${sketches.size} ${selected} ${wide}`;
    if (!inside || key !== drawnFor) {
      drawnFor = key;
      picture._left = Math.max(0, left - wide);
      picture._right = left + 2 * wide;
      const x = (second) => second * per - picture._left;
      picture.style.left = `${picture._left}px`;
      picture.setAttribute("width", 3 * wide);
      picture.setAttribute("aria-label", shape.summary);
      const all = places();
      const bottom = all.length ? all.at(-1).y + all.at(-1).height : RULER;
      body.replaceChildren(...marks(from, Math.min(to, length()), per, x, bottom),
        ...all.flatMap((place) => seen.clips.filter((clip) => clip.track === place.lane.index && clip.end >= from && clip.start <= to)
          .map((clip) => drawClip(clip, place, x, per))));
    }
    ask(left / per, (left + wide) / per, per);
    movePlayhead();
  }

  function marks(from, to, per, x, bottom) {
    const step = STEPS.find((s) => s * per >= 64) ?? 3600 * Math.ceil(64 / per / 3600);
    const found = [];
    for (let n = Math.ceil(from / step - 1e-9); n * step <= to + 1e-9; n++) {
      const at = x(n * step);
      found.push(svg("path", { d: `M${at} ${RULER - 7}V${bottom}`, class: "mark" }),
        svg("text", { x: at + (n === 0 ? 1 : 0), y: 14, class: "time", "text-anchor": n === 0 ? "start" : "middle" }, moment(n * step, step < 1)));
    }
    return found;
  }

  function drawClip(clip, { y, height, lane }, x, per) {
    const left = x(clip.start), wide = Math.max(2, (clip.end - clip.start) * per - 1);
    const chosen = clip.row <= selected && selected < clip.row + clip.count;
    const classes = ["clip", clip.hue, clip.count > 1 ? "run" : "", clip.changed ? "changed" : "", chosen ? "chosen" : ""];
    const told = clip.count > 1 ? `${clip.count} clips` : clip.label;
    const node = svg("svg", { x: left, y, width: wide, height, class: classes.filter(Boolean).join(" "), "data-row": clip.row },
      svg("title", {}, `${told} · ${moment(clip.start, true)}–${moment(clip.end, true)}${clip.changed ? ` · ${clip.changed}` : ""}`),
      svg("rect", { class: "ground", width: "100%", height: "100%", rx: 5 }));
    if (clip.count === 1) {
      // Only what can be seen of a long clip is drawn.
      const near = Math.max(0, -left), far = Math.min(wide, 3 * width() - left);
      if (filmed(lane)) node.append(...strip(clip, near, far, per));
      if (lane.sounds) node.append(...waves(clip, height - WAVE, near, far, per));
      const at = Math.max(8, Math.min(near + 8, wide - 40));
      const room = wide - at - 6, base = height > FLAT ? 14 : 18;
      const quoted = clip.hue === "text" && wideOf(`“${clip.label}”`) <= room; // only where there is room
      const text = cut([quoted ? `“${clip.label}”` : clip.label, clip.note].filter(Boolean).join(" · "), room);
      if (text) node.append(svg("text", { x: at, y: base, class: "label" }, text));
      if (clip.changed && wideOf(clip.changed) < room - wideOf(text) - 12)
        node.append(svg("text", { x: wide - 8, y: base, class: "note", "text-anchor": "end" }, clip.changed));
    }
    node.append(svg("rect", { class: "edge", x: 1, y: 1, width: Math.max(0.5, wide - 2), height: height - 2, rx: 4.5 }));
    return node;
  }

  const pen = document.createElement("canvas").getContext("2d");
  pen.font = '600 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
  const wideOf = (text) => pen.measureText(text).width;
  const cut = (text, room) => {
    if (text.length > 200) text = text.slice(0, 200);
    if (wideOf(text) <= room) return text;
    let letters = Math.min(text.length, Math.floor(room / 4));
    while (letters > 2 && wideOf(`${text.slice(0, letters)}…`) > room) letters--;
    return letters > 2 ? `${text.slice(0, letters)}…` : "";
  };

  // Which second of its source a clip plays at a second of the timeline.
  function sourceTime(clip, second, sketch) {
    const at = clip.at + (clip.reverse ? clip.end - second : second - clip.start) * clip.speed;
    return clip.loop && sketch.duration ? at % sketch.duration : at;
  }

  function strip(clip, near, far, per) {
    const sketch = sketches.get(clip.picture);
    if (!sketch?.thumbnails.length) return [];
    const drawn = [];
    for (let n = Math.floor(near / TILE); n * TILE < far; n++) {
      const at = sourceTime(clip, clip.start + ((n + 0.5) * TILE) / per, sketch);
      const shown = sketch.thumbnails.findLast((one) => one.at <= at + 1e-6) ?? sketch.thumbnails[0];
      drawn.push(svg("use", { href: `#${keep(shown)}`, x: n * TILE, y: LABEL }));
    }
    return drawn;
  }

  // Each thumbnail is decoded once; what is drawn again and again only points at it.
  function keep(shown) {
    if (!shown.id) {
      shown.id = `${id}-${kept.childElementCount}`;
      kept.append(svg("image", { id: shown.id, href: shown.image, width: TILE, height: STRIP, preserveAspectRatio: "xMidYMid slice" }));
    }
    return shown.id;
  }

  function waves(clip, y, near, far, per) {
    const drawn = [];
    const was = sketches.get(clip.was), heard = sketches.get(clip.sound);
    const hue = clip.was ? "speech" : clip.hue;
    const within = (second) => clip.removed.some(([from, to]) => second >= from && second < to);
    if (was && clip.removed.length) drawn.push(wave(clip, was, y, near, far, per, "gone", (second) => (within(second) ? 1 : 0)));
    if (heard) drawn.push(wave(clip, heard, y, near, far, per, hue, () => clip.gain));
    for (const [from, to] of clip.removed)
      drawn.push(svg("path", { class: "removed", d: `M${(from - clip.start) * per} ${y + WAVE - 2}H${(to - clip.start) * per}` },
        svg("title", {}, `music removed ${moment(from, true)}–${moment(to, true)}`)));
    return drawn;
  }

  function wave(clip, sketch, y, near, far, per, name, gain) {
    const middle = y + WAVE / 2, half = (WAVE / 2) * 0.9;
    const { peaks, per_second: rate } = sketch;
    const bar = (BAR / per) * clip.speed * rate; // peaks that one bar stands for
    let path = "";
    for (let n = Math.floor(near / BAR); n * BAR < far; n++) {
      const second = clip.start + (n * BAR) / per;
      const first = sourceTime(clip, clip.reverse ? second + BAR / per : second, sketch) * rate;
      let peak = 0;
      for (let i = Math.max(0, Math.floor(first)); i < Math.max(first + bar, Math.floor(first) + 1); i++) peak = Math.max(peak, peaks[i] ?? 0);
      const tall = Math.max(0.5, half * loud(peak * gain(second)));
      path += `M${n * BAR + 1.5} ${(middle - tall).toFixed(1)}v${(2 * tall).toFixed(1)}`;
    }
    return svg("path", { class: `wave ${name}`, d: path });
  }

  let waiting = 0;
  const later = () => (waiting ||= requestAnimationFrame(() => { waiting = 0; draw(); }));

  // -- asking Python for what is missing ----------------------------------------------------

  function ask(start, end, per) {
    const covered = seen.version === shape.version && seen.start <= start + 1e-6 && seen.end >= Math.min(end, length()) - 1e-6;
    const fine = seen.whole || seen.scale >= per * 0.9;
    if (!(covered && fine) && !asked && shape.rows) {
      const span = end - start;
      asked = { from: id, start: Math.max(0, start - span), end: Math.min(end + span, length()) };
      send("see", { ...asked, pixels: (asked.end - asked.start) * per });
    }
    const wanted = new Set(seen.clips.flatMap((c) => (c.count === 1 && c.end >= start && c.start <= end ? [c.picture, c.sound, c.was] : [])));
    const missing = [...wanted].filter((source) => source && !sketches.has(source));
    if (missing.length) {
      missing.forEach((source) => sketches.set(source, undefined));
      send("sketch", { sources: missing });
    }
  }

  function heard(message) {
    if (message.window && message.to === id) {
      asked = null;
      if (message.window.version === shape.version) seen = message.window;
      later();
    } else if (message.rows && message.to === id) {
      takeRows(message.rows);
      drawRows();
    } else if (message.sketch) {
      sketches.set(message.sketch, message.drawn ?? undefined);
      drawnFor = "";
      const films_ = films();
      if (films_.size !== filmedTracks.size) { filmedTracks = films_; resize(); }
      else later();
    }
  }
  model.on("msg:custom", heard);
  done(() => model.off("msg:custom", heard));

  // -- the table ----------------------------------------------------------------------------

  function takeRows(part) {
    if (part.version !== shape.version) return;
    part.rows.forEach((row, n) => rows.set(part.first + n, row));
  }

  function drawRows() {
    const top = grid.scrollTop, count = Math.ceil(grid.clientHeight / ROW) + 8;
    const first = Math.max(0, Math.floor(top / ROW) - 4), last = Math.min(shape.rows, first + count);
    list.style.height = `${shape.rows * ROW}px`;
    const drawn = [];
    for (let n = first; n < last; n++) {
      const row = rows.get(n);
      const block = Math.floor(n / BLOCK) * BLOCK;
      if (!row && !askedRows.has(block)) {
        askedRows.add(block);
        send("rows", { from: id, first: block });
      }
      drawn.push(drawRow(n, row));
    }
    list.replaceChildren(...drawn);
    if (selected >= first && selected < last) grid.setAttribute("aria-activedescendant", `${id}-row-${selected}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  function drawRow(n, row) {
    const cell = (name, text, extra = {}) => h(`span.${name}`, { role: "gridcell", ...extra }, text);
    const cells = !row ? [cell("name", "…")] : [
      cell("track", String(row.track)),
      h("span.kind", { role: "gridcell" }, h(`i.${row.hue}`, { "aria-hidden": "true" }), row.kind),
      cell("name", row.name, { title: row.name }),
      cell("start", moment(row.start, true)), cell("end", moment(row.end, true)), cell("length", moment(row.end - row.start, true)),
      cell("volume", percent(row.volume)), cell("changed", row.changed, { title: row.changed || null })];
    return h("div.cog-timeline-row", {
      role: "row", id: `${id}-row-${n}`, "aria-rowindex": n + 2, "aria-selected": String(n === selected),
      style: `top:${n * ROW}px`, class: n === selected ? "chosen" : "", onclick: () => { select(n, true); grid.focus({ preventScroll: true }); },
    }, cells);
  }

  // -- selecting, seeking, zooming ----------------------------------------------------------

  let settling = 0;
  function select(row, settled) {
    selected = Math.max(-1, Math.min(shape.rows - 1, row));
    clearTimeout(settling);
    send("select", { row: selected, settled });
    if (rows.get(selected)) looked = rows.get(selected).start;
    if (rows.get(selected)) reveal(rows.get(selected).start, rows.get(selected).end);
    if (!settled) settling = setTimeout(() => send("select", { row: selected, settled: true }), 500);
    showSelection();
  }

  function showSelection() {
    if (selected >= 0) {
      const top = selected * ROW, view = grid.clientHeight - ROW;
      if (top < grid.scrollTop) grid.scrollTop = top;
      else if (top + ROW > grid.scrollTop + view) grid.scrollTop = top + ROW - view;
    }
    drawRows();
    drawnFor = "";
    later();
  }

  // Bring a second into sight, unless some of what lasts until `end` is.
  function reveal(second, end = second) {
    if (!scale) return; // all is in sight
    const x = second * factor();
    if (end * factor() > scroller.scrollLeft && x < scroller.scrollLeft + width() - 20 && end > second) return;
    if (x < scroller.scrollLeft || x > scroller.scrollLeft + width() - 20) scroller.scrollLeft = Math.max(0, x - width() / 3);
  }

  function seek(second, tell = true) {
    looked = playhead = Math.max(0, Math.min(length(), second));
    movePlayhead();
    if (tell) send("seek", { at: playhead });
  }

  function movePlayhead() {
    knob.style.transform = `translateX(${playhead * factor()}px)`;
    ruler.setAttribute("aria-valuenow", playhead.toFixed(1));
    ruler.setAttribute("aria-valuetext", moment(playhead, true));
  }

  function zoom(by, about) {
    const before = factor(), wide = width();
    const chosen = looked * before - scroller.scrollLeft;
    const x = about ?? (chosen >= 0 && chosen <= wide ? chosen : wide / 2);
    const second = (scroller.scrollLeft + x) / before;
    scale = Math.max(fitted(), Math.min(Math.max(MOST, fitted()), before * by));
    if (scale <= fitted() * 1.001) scale = 0;
    spacer.style.width = `${Math.max(wide, factor() * length() + 12)}px`;
    scroller.scrollLeft = second * factor() - x;
    later();
  }

  function fit() {
    scale = 0;
    scroller.scrollLeft = 0;
    resize();
  }

  scroller.addEventListener("scroll", later);
  scroller.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX - scroller.getBoundingClientRect().left);
  }, { passive: false });

  picture.addEventListener("click", (event) => {
    const clip = event.target.closest(".clip");
    if (clip) select(Number(clip.dataset.row), true);
    seek(secondAt(event));
  });
  picture.addEventListener("dblclick", (event) => {
    const clip = event.target.closest(".clip");
    const it = clip && seen.clips.find((one) => one.row === Number(clip.dataset.row));
    if (!it || it.end <= it.start) return;
    scale = Math.min(Math.max(MOST, fitted()), (width() * 0.9) / (it.end - it.start));
    resize();
    scroller.scrollLeft = it.start * factor() - width() * 0.05;
  });

  const secondAt = (event) => (event.clientX - spacer.getBoundingClientRect().left) / factor();
  ruler.addEventListener("pointerdown", (event) => {
    dragging = true;
    ruler.setPointerCapture(event.pointerId);
    seek(secondAt(event));
  });
  ruler.addEventListener("pointermove", (event) => dragging && seek(secondAt(event)));
  const drop = () => (dragging = false);
  ruler.addEventListener("pointerup", drop);
  ruler.addEventListener("pointercancel", drop);
  ruler.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.1 : event.key.startsWith("Page") ? 10 : 1;
    const to = { ArrowLeft: playhead - step, ArrowDown: playhead - step, PageDown: playhead - step, ArrowRight: playhead + step,
      ArrowUp: playhead + step, PageUp: playhead + step, Home: 0, End: length() }[event.key];
    if (to !== undefined) { seek(to); reveal(playhead); }
    else if (event.key === "+" || event.key === "=") zoom(1.6);
    else if (event.key === "-") zoom(1 / 1.6);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  grid.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(grid.clientHeight / ROW) - 2);
    const to = { ArrowDown: selected + 1, ArrowUp: Math.max(0, selected - 1), PageDown: selected + page, PageUp: Math.max(0, selected - page),
      Home: 0, End: shape.rows - 1 }[event.key];
    if (to !== undefined && shape.rows) select(to, false);
    else if (event.key === "Escape" && selected >= 0) select(-1, true);
    else if (event.key === "Enter" && rows.get(selected)) { seek(rows.get(selected).start); reveal(playhead); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  grid.addEventListener("scroll", drawRows);

  // -- what Python says ---------------------------------------------------------------------

  on("shape", (now) => {
    if (!now.version) return;
    shape = now;
    rows = new Map();
    askedRows = new Set();
    asked = null;
    summary.textContent = now.summary;
    summary.title = now.summary;
    removed.hidden = !now.removed.length;
    removed.textContent = `Removed: ${now.removed.join(", ")}`;
    empty.hidden = now.rows > 0;
    lanes.hidden = grid.hidden = tools.hidden = summary.hidden = !now.rows;
    ruler.setAttribute("aria-valuemax", now.duration.toFixed(1));
    grid.setAttribute("aria-rowcount", now.rows + 1);
    refresh();
  });
  on("seen", (now) => { if (now.version) { seen = now; refresh(); } });
  on("table", (now) => { if (now.version) refresh(); });
  on("selected", (row) => {
    if (row === selected) return;
    selected = row;
    showSelection();
    if (rows.get(row)) reveal(rows.get(row).start);
  });
  on("playhead", (second) => {
    if (dragging) return;
    const place = (at) => at * factor() - scroller.scrollLeft;
    const followed = scale && place(playhead) >= 0 && place(playhead) <= width();
    playhead = second;
    // While it plays it is kept in sight.
    if (followed && (place(second) > width() - 20 || place(second) < 0)) scroller.scrollLeft += place(second) - 40;
    movePlayhead();
  });
  function refresh() {
    const [first, whole] = [model.get("table"), model.get("seen")];
    if (first.version === shape.version) takeRows(first);
    if (whole.version !== shape.version) return; // it is on its way
    filmedTracks = films();
    resize();
    drawRows();
  }

  const watcher = new ResizeObserver(() => { resize(); drawRows(); });
  watcher.observe(lanes);
  watcher.observe(grid);
  done(() => watcher.disconnect());
});
