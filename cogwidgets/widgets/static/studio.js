let studios = 0;

export default view("studio", async ({ model, el, on, send, done }) => {
  const id = `cog-studio-${++studios}-${Math.random().toString(36).slice(2)}`;

  // -- the set-up line
  const dot = h("span.cog-dot");
  const name = h("b.cog-cut");
  const line = h("span.cog-note.cog-cut", { role: "status" });
  const pills = h("span.cog-pills");
  const summary = h("span.cog-note.cog-summary");
  const resume = h("button.cog-button.small", { hidden: true, onclick: () => send("resume") });
  const again = h("button.cog-button.small", { hidden: true, onclick: () => send("connect") }, icon("retry"), "Try again");
  const undo = h("button.cog-button.small", { onclick: () => send("undo") }, icon("undo"), "Undo");
  const step = h("button.cog-button.small", { "aria-pressed": "false", title: "Pause before each call, look at it, change it", onclick: () => { send("step"); show("calls"); } }, icon("step"), "Step through calls");
  const head = h("header.cog-head", {}, dot, name, line, pills, again, resume, h("span.cog-grow"), summary, undo, step);

  // -- the places of the views
  const place = (what, label) => h(`section.cog-place.cog-place-${what}`, { "aria-label": label });
  const places = {
    files: place("files", "Files"),
    chat: place("chat", "Chat"),
    timeline: place("timeline"), preview: place("preview"), sound: place("sound"), calls: place("calls"), state: place("state"),
    export: place("export", "Export"),
  };
  const TABS = { timeline: "Timeline", preview: "Preview", sound: "Sound report", calls: "Calls", state: "State" };
  const badge = h("span.cog-badge", { hidden: true });
  const tabs = {}, panels = {};
  const strip = h("div.cog-tabs", { role: "tablist", "aria-label": "Views" });
  const right = h("div.cog-right", {}, strip);
  for (const [what, label] of Object.entries(TABS)) {
    tabs[what] = h("button.cog-tab", { role: "tab", id: `${id}-tab-${what}`, "aria-controls": `${id}-${what}`, onclick: () => show(what) }, label, what === "calls" ? badge : null);
    const panel = h("div.cog-tabpanel", { role: "tabpanel", id: `${id}-${what}`, "aria-labelledby": `${id}-tab-${what}`, tabindex: "0" }, places[what]);
    strip.append(tabs[what]);
    right.append(panel);
    panels[what] = panel;
    places[what].removeAttribute("aria-label");
  }
  let shown = "timeline";
  function show(what) {
    shown = what;
    for (const key of Object.keys(TABS)) {
      tabs[key].setAttribute("aria-selected", String(key === what));
      tabs[key].tabIndex = key === what ? 0 : -1;
      panels[key].classList.toggle("off", key !== what);
    }
    right.dataset.shown = what; // in a wide cell the player stands above the timeline
  }
  strip.addEventListener("keydown", (event) => {
    const there = Object.keys(TABS).filter((key) => !tabs[key].hidden);
    const at = there.indexOf(shown);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: there.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(there[(to + there.length) % there.length]);
    tabs[shown].focus();
  });

  // -- the same in Python
  const last = h("code.cog-cut.cog-grow");
  const all = h("pre.cog-script", { hidden: true, tabindex: "0", "aria-label": "All of it in Python" });
  const more = h("button.cog-button.quiet.small", { "aria-expanded": "false", onclick: () => {
    all.hidden = !all.hidden;
    more.setAttribute("aria-expanded", String(!all.hidden));
    more.textContent = all.hidden ? "Show all" : "Show less";
  } }, "Show all");
  const code = h("div.cog-code", {}, h("span.cog-code-label", {}, "Same in Python"), last, more, copyButton("Copy all of it as a cell", () => model.get("script")));

  el.append(head,
    h("div.cog-body", {}, h("div.cog-left", {}, places.files, places.chat), right),
    places.export, code, all);

  // -- drawing
  on("name", (value) => { name.textContent = value; name.title = value; });
  on("status", (status) => {
    dot.className = `cog-dot ${status.state ?? ""}`;
    line.textContent = status.state === "ready" && status.line?.startsWith("Ready") ? "Ready" : status.line ?? "";
    const told = [status.where, typeof status.credits === "number" ? `${status.credits} credits` : null].filter(Boolean);
    pills.replaceChildren(...told.map((text) => h("span.cog-pill", {}, text)));
    again.hidden = status.state !== "failed";
    step.disabled = status.state !== "ready";
  });
  on("summary", (text) => { summary.textContent = text; el.classList.toggle("cog-has-draft", Boolean(text)); });
  on("stepping", (is) => { step.setAttribute("aria-pressed", String(is)); });
  on("asking", (is) => { badge.classList.toggle("asking", is); if (is) show("calls"); });
  el.addEventListener("cog-show", (event) => show(event.detail)); // a view inside asks for another
  on("unfinished", (count) => {
    resume.hidden = !count;
    resume.replaceChildren(icon("retry"), `${count} unfinished export${count === 1 ? "" : "s"}: resume`);
  });
  on("undoable", (can) => { undo.disabled = !can; });
  on("calls", (count) => { badge.hidden = !count; badge.textContent = count; });
  on("last_call", (text) => { last.replaceChildren(...coloured(text || "client = cog.connect()")); last.title = text; });
  on("script", (text) => { all.replaceChildren(...coloured(text)); });

  // -- the views inside
  const standing = {};
  async function embed(parts) {
    for (const [what, ref] of Object.entries(parts)) {
      if (!places[what] || standing[what]?.ref === ref) continue;
      standing[what]?.view?.remove();
      standing[what] = { ref };
      const child = await model.widget_manager.get_model(ref.replace("IPY_MODEL_", ""));
      const made = await model.widget_manager.create_view(child);
      standing[what].view = made;
      places[what].replaceChildren(made.el);
      made.trigger?.("displayed");
    }
    for (const key of Object.keys(TABS)) tabs[key].hidden = !parts[key];
    places.export.hidden = !parts.export;
    if (!parts[shown]) show(Object.keys(TABS).find((key) => parts[key]) ?? "timeline");
  }
  show(shown);
  let queue = Promise.resolve();
  on("parts", (parts) => { queue = queue.then(() => embed(parts)).catch((error) => console.error(error)); });
  done(() => Object.values(standing).forEach((one) => one.view?.remove()));
  await queue;
});

// Strings in colour, so that a call reads at a glance.
function coloured(text) {
  return text.split(/("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/).map((piece, n) => (n % 2 ? h("span.cog-string", {}, piece) : document.createTextNode(piece)));
}
