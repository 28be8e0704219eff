// The preview: two players in one place, one heard and seen at a time, at one position. Before is
// put together from pieces of the sources; after is one file. Times are seconds on the timeline.

const SECOND = 1, FRAME = 0.1, TELL = 120; // s, s, ms between two words to Python

Object.assign(ICONS, {
  pause: "M5.500 3v10M10.500 3v10",
  full: "M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10",
});

export default view("preview", ({ model, el, on, send, done }) => {
  let shape = { version: 0, duration: 0, pieces: [], picture: true };
  let after = { state: "none" }, waves = {};
  let mode = "after", at = 0, playing = false, piece = -1, told = 0, seen = false, sought = null;
  const files = new Map(); // URLs that the browser could not reach, and what was sent instead
  const tried = new Set();
  const name = `cog-preview-${Math.random().toString(36).slice(2, 8)}`;

  // -- what is there ------------------------------------------------------------------------

  const video = (label) => h("video", { playsinline: true, preload: "auto", "aria-label": label, tabindex: -1 });
  const players = { before: video("Before"), after: video("After") };
  const poster = h("img.poster", { alt: "", hidden: true });
  const still = h("img.still", { alt: "", hidden: true });
  const note = h("div.cog-preview-note", { role: "status", hidden: true });
  const choice = (value, label) => {
    const input = h("input", { type: "radio", name, value, checked: value === mode });
    input.addEventListener("change", () => input.checked && change(value));
    return [input, h("label", {}, input, h("span", {}, label))];
  };
  const [beforeInput, beforeLabel] = choice("before", "Before");
  const [afterInput, afterLabel] = choice("after", "After");
  const ab = h("div.cog-preview-ab", { role: "radiogroup", "aria-label": "Before or after" }, beforeLabel, afterLabel);
  const screen = h("div.cog-preview-screen", {}, players.before, players.after, still, poster, note, ab);
  const play = h("button.cog-button.icon.cog-preview-play", { "aria-label": "Play", title: "Play (space)", onclick: () => toggle() }, icon("play"));
  const slider = h("input.cog-preview-slider", { type: "range", min: 0, max: 1, step: 0.01, value: 0, "aria-label": "Position" });
  const time = h("span.cog-preview-time", {}, "0:00 / 0:00");
  const mute = h("button.cog-button.quiet.icon", { "aria-label": "Mute", "aria-pressed": "false", title: "Mute", onclick: () => silence() }, icon("sound"));
  const full = h("button.cog-button.quiet.icon", { "aria-label": "Fill the screen", title: "Fill the screen", onclick: () => fill() }, icon("full"));
  const controls = h("div.cog-preview-controls", {}, play, slider, time, mute, full);
  const lane = (title) => {
    const wave = h("div.wave"), spectrum = h("div.spectrum"), said = h("span.cog-note"), line = h("i.line", { "aria-hidden": "true" });
    const ground = h("div.ground", {}, wave, spectrum, line);
    const node = h("div.cog-preview-lane", {}, h("div.head", {}, h("b", {}, title), said), ground);
    ground.addEventListener("pointerdown", (event) => {
      const box = ground.getBoundingClientRect();
      goTo(((event.clientX - box.left) / box.width) * shape.duration);
    });
    return { node, wave, spectrum, said, line };
  };
  const lanes = { before: lane("Before"), after: lane("After") };
  const side = h("div.cog-preview-lanes", {}, lanes.before.node, lanes.after.node,
    h("p.cog-preview-key", {}, h("i.speech"), "speech", h("i.music"), "music and all else", h("i.laid"), h("span.laid", {}, "new music"), h("span.last", {}, "below: 0 to 8 kHz")));
  const empty = h("div.cog-preview-empty", { hidden: true }, icon("play"), h("p", {}, "Nothing to look at yet."),
    h("p.cog-note", {}, "Upload a video, and both versions play here."));
  const body = h("div.cog-preview-body", {}, h("div.cog-preview-player", {}, screen, controls), side);
  el.append(body, empty);

  // -- where we are -------------------------------------------------------------------------

  const pieceAt = (second) => {
    const found = shape.pieces.findIndex((one) => second >= one.start - 1e-3 && second < one.end - 1e-3);
    return found < 0 && shape.pieces.length && second >= shape.pieces.at(-1).end - 1e-3 ? shape.pieces.length - 1 : found;
  };
  const address = (url) => files.get(url) ?? url;
  const player = () => players[mode];
  const ready = () => (mode === "after" ? after.state === "ready" : Boolean(shape.pieces[pieceAt(at)]?.url));

  function load(which, url) {
    const node = players[which], wanted = url ? address(url) : "";
    if (node.dataset.url === (url ?? "") && node._src === wanted) return;
    node.dataset.url = url ?? "";
    node._src = wanted;
    if (wanted) node.src = wanted;
    else node.removeAttribute("src");
    node.load();
  }

  // Put the active player where `at` is.
  function place() {
    if (mode === "after") {
      load("after", after.state === "ready" ? after.url : "");
      aim(players.after, at);
      players.after.playbackRate = 1;
    } else {
      piece = pieceAt(at);
      const it = shape.pieces[piece];
      load("before", it && !it.still ? it.url : "");
      if (it?.still && still.getAttribute("src") !== it.url) still.src = it.url;
      if (it && !it.still) {
        aim(players.before, it.at + (at - it.start) * it.speed);
        players.before.playbackRate = Math.min(16, Math.max(0.07, it.speed));
      }
    }
  }

  function aim(node, second) {
    if (node.readyState >= 1) {
      if (Math.abs(node.currentTime - second) > 0.02) node.currentTime = second;
      delete node._aim;
    } else node._aim = second;
  }

  // A picture has no clock of its own.
  const held = () => mode === "before" && shape.pieces[piece]?.still;
  function hold(passed) {
    at += passed;
    const it = shape.pieces[piece];
    if (at < it.end) return;
    at = Math.min(it.end, shape.duration);
    if (piece + 1 < shape.pieces.length) { place(); start(); } else stop();
  }

  function read() {
    const node = player();
    if (node.seeking || node.readyState < 1 || node._aim !== undefined) return;
    if (mode === "after") at = node.currentTime;
    else {
      const it = shape.pieces[piece];
      if (!it) return;
      at = it.start + (node.currentTime - it.at) / it.speed;
      if (at >= it.end - 0.02) {
        if (piece + 1 < shape.pieces.length) { node.pause(); at = shape.pieces[piece + 1].start; place(); start(); }
        else { at = it.end; stop(); }
      }
    }
  }

  function goTo(second) {
    at = Math.max(0, Math.min(shape.duration, second));
    place();
    show(true);
  }

  function change(next) {
    if (next === mode) return;
    if (playing) read();
    players[mode].pause();
    mode = next;
    (mode === "before" ? beforeInput : afterInput).checked = true;
    place();
    if (playing) start();
    draw();
  }

  // -- playing ------------------------------------------------------------------------------

  async function start() {
    playing = true;
    if (at >= shape.duration - 0.05) { at = 0; place(); }
    wakeUp();
    if (ready() && !held()) {
      try { await player().play(); } catch { /* it is on its way, or cannot be played: `error` tells */ }
    }
    draw();
  }
  function stop() {
    playing = false;
    Object.values(players).forEach((node) => node.pause());
    draw();
    show(true);
  }
  const toggle = () => (playing ? stop() : (place(), start()));
  const silence = () => {
    const muted = !players.after.muted;
    Object.values(players).forEach((node) => (node.muted = muted));
    mute.setAttribute("aria-pressed", String(muted));
    mute.classList.toggle("off", muted);
  };
  const fill = () => (document.fullscreenElement ? document.exitFullscreen() : screen.requestFullscreen?.());

  let frame = 0, before = 0;
  const wakeUp = () => { if (!frame) { before = performance.now(); frame = requestAnimationFrame(tick); } };
  function tick(now) {
    frame = 0;
    if (!playing) return;
    if (held()) hold(Math.max(0, now - before) / 1000);
    else read();
    show(false);
    if (playing) wakeUp();
  }
  done(() => { cancelAnimationFrame(frame); Object.values(players).forEach((node) => { node.pause(); node.removeAttribute("src"); node.load(); }); });
  done(() => files.forEach((url) => URL.revokeObjectURL(url)));

  for (const [which, node] of Object.entries(players)) {
    node.addEventListener("loadedmetadata", () => {
      if (node._aim !== undefined) { node.currentTime = node._aim; delete node._aim; }
      if (which === mode && playing) node.play().catch(() => {});
      draw();
    });
    node.addEventListener("loadeddata", draw);
    node.addEventListener("ended", () => which === mode && mode === "after" && playing && (at = shape.duration, stop()));
    node.addEventListener("error", () => {
      const url = node.dataset.url;
      if (!url || !node.getAttribute("src")) return;
      if (tried.has(url)) { files.set(url, ""); draw(); return; }
      tried.add(url); // the browser may be on another machine: ask for the file itself
      send("fetch", { url });
    });
    node.addEventListener("click", toggle);
  }

  function heard(message, buffers) {
    if (message.file && buffers?.length) {
      files.set(message.file, URL.createObjectURL(new Blob([buffers[0]])));
      place();
      if (playing) start();
    } else if (message.unreachable) files.set(message.unreachable, "");
    draw();
  }
  model.on("msg:custom", heard);
  done(() => model.off("msg:custom", heard));

  // -- drawing ------------------------------------------------------------------------------

  function show(tellNow) {
    slider.value = at;
    slider.setAttribute("aria-valuetext", `${clock(at)} of ${clock(shape.duration)}`);
    time.textContent = `${clock(at)} / ${clock(shape.duration)}`;
    for (const { line } of Object.values(lanes)) line.style.left = `${shape.duration ? (100 * at) / shape.duration : 0}%`;
    const now = performance.now();
    if (tellNow || now - told > TELL) { told = now; send("time", { at }); }
  }

  function draw() {
    const url = mode === "after" ? after.url : shape.pieces[pieceAt(at)]?.url;
    const lost = url !== undefined && files.get(url) === "";
    for (const [which, node] of Object.entries(players)) node.classList.toggle("shown", which === mode && node.readyState >= 2 && !lost && !held());
    still.hidden = !held();
    poster.hidden = held() || !waves.poster || (player().readyState >= 2 && !lost);
    if (waves.poster && poster.getAttribute("src") !== waves.poster) poster.src = waves.poster;
    const say = lost ? ["This video is too large to be sent to this browser, which cannot reach the machine it is on. Export it, and download the file."]
      : mode === "before" ? (url || !shape.pieces.length ? [] : ["The service does not say where the source is."])
      : after.state === "making" ? [h("span.cog-spinner"), `Rendering a quick preview… ${Math.round(100 * after.fraction)} %`]
      : after.state === "offered" ? [h("button.cog-button.small", { onclick: () => send("show", { version: shape.version }) }, "Render a quick preview")]
      : after.state === "failed" ? [h("span", {}, `${after.message} ${after.hint}`), h("button.cog-button.small", { onclick: () => send("retry") }, "Try again")]
      : [];
    note.hidden = !say.length;
    note.replaceChildren(...say);
    play.replaceChildren(icon(playing ? "pause" : "play"));
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    play.title = playing ? "Pause (space)" : "Play (space)";
    for (const which of ["before", "after"]) lanes[which].node.classList.toggle("heard", which === mode);
  }

  const bars = (peaks, tone) => {
    if (!peaks?.some((peak) => peak)) return "";
    const path = peaks.map((peak, n) => {
      const tall = Math.max(0.6, 48 * Math.min(1, peak / 100) ** 0.65);
      return `M${n + 0.5} ${(50 - tall).toFixed(1)}v${(2 * tall).toFixed(1)}`;
    }).join("");
    return `<path class="${tone}" d="${path}"/>`;
  };
  // Only numbers go into these, so there is nothing to escape.
  const picture = (...paths) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    node.setAttribute("viewBox", "0 0 300 100");
    node.setAttribute("preserveAspectRatio", "none");
    node.setAttribute("aria-hidden", "true");
    node.innerHTML = paths.join("");
    return node;
  };
  const spectrum = ({ image, start, end, from, share }) => {
    const part = h("i");
    if (!image || !(share > 0)) return part;
    const size = `${100 / share}% 100%`, place = share < 1 ? `${(100 * from) / (1 - share)}% 0` : "0 0";
    Object.assign(part.style, {
      left: `${(100 * start) / shape.duration}%`, width: `${(100 * (end - start)) / shape.duration}%`,
      maskImage: `url(${image})`, maskSize: size, maskPosition: place, maskRepeat: "no-repeat",
    });
    return part;
  };

  function drawWaves() {
    const { before, voice, spectra, drop } = waves;
    const mixed = voice?.some((peak) => peak);
    lanes.before.wave.replaceChildren(picture(bars(before, mixed ? "music" : "plain"), mixed ? bars(voice, "speech") : ""));
    lanes.before.spectrum.replaceChildren(...(spectra ?? []).map(spectrum));
    lanes.before.spectrum.className = `spectrum ${mixed ? "music" : "plain"}`;
    lanes.before.said.textContent = mixed ? "speech and music" : "";
    const spoken = waves.laid && mixed && waves.after ? voice.map((peak, n) => Math.min(peak, waves.after[n])) : null;
    lanes.after.wave.replaceChildren(picture(bars(waves.after, waves.laid ? "laid" : "speech"), spoken ? bars(spoken, "speech") : ""));
    lanes.after.spectrum.className = `spectrum ${waves.laid ? "laid" : "speech"}`;
    side.classList.toggle("laid", Boolean(waves.laid));
    lanes.after.spectrum.replaceChildren(...(waves.spectrum ? [spectrum({ ...waves.spectrum, start: 0, end: shape.duration, from: 0 })] : []));
    const quieter = drop === null || drop === undefined ? "" : `${waves.laid ? "old " : ""}music ${Math.round(drop)} dB quieter in the pauses`;
    lanes.after.said.textContent = !waves.after ? ({ making: "rendering…", failed: "not rendered" }[after.state] ?? "") : [waves.laid, quieter].filter(Boolean).join(" · ");
    lanes.after.said.title = lanes.after.said.textContent;
    side.classList.toggle("mixed", Boolean(mixed));
    draw();
  }

  // -- what a person does, what Python says -------------------------------------------------

  slider.addEventListener("input", () => goTo(Number(slider.value)));
  el.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inRadio = event.target.type === "radio", onButton = event.target.tagName === "BUTTON";
    if (event.key === " " && !onButton && !inRadio) toggle();
    else if (event.key === "ArrowLeft" && !inRadio) goTo(at - (event.shiftKey ? FRAME : SECOND));
    else if (event.key === "ArrowRight" && !inRadio) goTo(at + (event.shiftKey ? FRAME : SECOND));
    else if (event.key === "Home" && !inRadio) goTo(0);
    else if (event.key === "End" && !inRadio) goTo(shape.duration);
    else if (event.key.toLowerCase() === "b") change(mode === "before" ? "after" : "before");
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  on("shape", (now) => {
    if (!now.version) return;
    shape = now;
    empty.hidden = now.pieces.length > 0;
    body.hidden = !now.pieces.length;
    body.classList.toggle("sound", !now.picture);
    slider.max = now.duration || 1;
    at = Math.min(at, now.duration);
    piece = -1;
    place();
    show(false);
    draw();
    look();
  });
  on("after", (now) => {
    const was = after.state;
    after = now;
    if (mode === "after" && now.state === "ready" && was !== "ready") { place(); if (playing) start(); }
    if (now.state !== "ready" && mode === "after") players.after.pause();
    if (now.state !== was) drawWaves();
    else draw();
    look();
  });
  on("waves", (now) => { waves = now; drawWaves(); });
  on("seek", (now) => {
    if (now.n === undefined || now.n === sought) return;
    sought = now.n;
    if (Math.abs(now.at - at) > 0.05) { at = Math.max(0, Math.min(shape.duration, now.at)); place(); show(false); draw(); }
  });

  // What costs something is made when it is looked at.
  function look() {
    if (seen && shape.pieces.length && after.state === "none" && after.version === shape.version) send("show", { version: shape.version });
  }
  const watcher = new IntersectionObserver((entries) => {
    seen = entries.some((entry) => entry.isIntersecting);
    look();
    if (!seen && playing && !el.isConnected) stop();
  });
  watcher.observe(el);
  done(() => watcher.disconnect());
});
