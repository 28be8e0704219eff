export default view("chat", ({ model, el, on, send, done }) => {
  // Finished entries are announced; the one that is being written is not, word by word.
  const log = h("div.cog-log", { role: "log", "aria-live": "polite", "aria-label": "Conversation" });
  const live = h("div.cog-live", { "aria-live": "off" });
  const hello = h("p.cog-hello", {}, "Say in your own words what should change: “take the music out”, “put something calm under it”.");
  const pane = h("div.cog-pane", { tabindex: "0", role: "region", "aria-label": "Conversation" }, hello, log, live);
  const down = h("button.cog-button.small.cog-down", { hidden: true, onclick: () => { pinned = true; pin(); } }, "↓ Newest");
  const status = h("div.cog-visually-hidden", { role: "status" });
  const chips = h("div.cog-chips");
  const tries = h("div.cog-tries", {}, h("div.cog-heading", {}, "Try saying"), chips);
  const field = h("textarea.cog-field", { rows: "1", placeholder: "Say what to change…", "aria-label": "Say what to change; Enter sends, Shift and Enter begins a line" });
  const go = h("button.cog-button.primary.cog-send", { onclick: () => say(field.value) }, icon("send"), "Send");
  const stop = h("button.cog-button.cog-send", { hidden: true, onclick: () => { stop.disabled = true; stop.lastChild.textContent = "Stopping"; send("stop"); } }, icon("stop"), h("span", {}, "Stop"));
  el.append(h("h3.cog-visually-hidden", {}, "Chat"), h("div.cog-talk", {}, pane, down), tries,
    h("div.cog-say", {}, field, go, stop), status);

  // -- saying
  let past = null; // how far back the up arrow has gone
  let draft = "";
  function say(text) {
    if (!text.trim() || model.get("busy") || !model.get("ready")) return;
    pinned = true;
    send("say", { text });
    promise(text.trim());
    field.value = "";
    past = null;
    grow();
    field.focus();
  }
  // What was said stands there at once; the kernel may be busy with a cell, and hear of it later.
  let promised = null;
  function promise(text) {
    keep();
    const note = h("span.cog-note", { hidden: true }, "The kernel is busy: it hears this as soon as it is free.");
    promised = h("div.cog-me.pending", {}, text);
    live.replaceChildren(promised, note);
    tries.hidden = true;
    const late = setTimeout(() => { note.hidden = false; pin(); }, 2500);
    promised.over = () => { clearTimeout(late); promised.remove(); note.remove(); promised = null; };
    pin();
  }
  const keep = () => promised?.over();
  done(keep);
  function grow() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight + 2, 120)}px`;
  }
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // a word of Chinese or Japanese is being chosen
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      say(field.value);
    } else if (event.key === "Escape" && model.get("busy")) {
      stop.click();
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const said = model.get("entries").filter((entry) => entry.who === "me").map((entry) => entry.text);
      const first = field.selectionStart === 0 && field.selectionEnd === 0;
      if (event.key === "ArrowUp" && (past !== null || !field.value || first) && said.length) {
        if (past === null) draft = field.value;
        past = Math.max(0, (past ?? said.length) - 1);
        field.value = said[past];
      } else if (event.key === "ArrowDown" && past !== null) {
        past = past + 1 < said.length ? past + 1 : null;
        field.value = past === null ? draft : said[past];
      } else return;
      event.preventDefault();
      grow();
    }
  });

  // -- following the conversation only while the reader is at its end
  let pinned = true;
  const atEnd = () => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 24;
  const pin = () => {
    if (pinned) pane.scrollTop = pane.scrollHeight;
    down.hidden = pinned || pane.scrollHeight <= pane.clientHeight;
  };
  pane.addEventListener("scroll", () => { pinned = atEnd(); down.hidden = pinned; });
  const watcher = new ResizeObserver(pin);
  watcher.observe(pane);
  watcher.observe(log);
  done(() => watcher.disconnect());

  // -- drawing
  const seconds = (value) => (value < 10 ? `${value.toFixed(1)} s` : value < 100 ? `${Math.round(value)} s` : clock(value));
  let drawn = 0;
  on("entries", (entries) => {
    keep();
    if (entries.length < drawn) { log.replaceChildren(); drawn = 0; }
    for (const entry of entries.slice(drawn)) log.append(entry.who === "me" ? mine(entry) : answer(entry));
    drawn = entries.length;
    hello.hidden = drawn > 0;
    offer();
    pin();
  });
  function mine(entry) {
    return h("div.cog-me", {}, h("span.cog-visually-hidden", {}, "You: "), entry.text);
  }
  function answer(entry) {
    const words = h("div.cog-words");
    words.innerHTML = entry.html ?? ""; // made by cogwidgets.widgets.markdown, which escapes all else
    const failed = entry.error?.message;
    return h("div.cog-it", {},
      h("span.cog-visually-hidden", {}, "Answer: "),
      (entry.steps ?? []).map(step),
      entry.text ? words : entry.html ? words : null,
      entry.changes?.length ? h("ul.cog-changes", { "aria-label": "What changed" }, entry.changes.map((change) => h("li", {}, change))) : null,
      entry.file ? h("div.cog-mono.cog-note", {}, entry.file) : null,
      failed ? h("div.cog-failed", {}, h("p", {}, entry.error.message), entry.error.hint ? h("p.cog-note", {}, entry.error.hint) : null) : null,
      h("div.cog-acts", {},
        entry.changes?.length && el.closest(".cog-studio") ? h("button.cog-button.small", { onclick: () => el.dispatchEvent(new CustomEvent("cog-show", { bubbles: true, detail: "preview" })) }, icon("play"), "Before and after") : null,
        (entry.next ?? []).map((text) => h("button.cog-button.small", { onclick: () => say(text) }, text)),
        failed && entry.retry ? h("button.cog-button.small", { onclick: () => say(entry.retry) }, icon("retry"), "Try again") : null,
        entry.text ? copyButton("Copy this answer", () => entry.text, ".cog-copy") : null));
  }
  function step(one) {
    const mark = one.state === "running" ? h("span.cog-spinner") : h(`span.cog-mark.${one.state}`, {}, icon(one.state === "done" ? "check" : "cross"));
    const share = one.state === "running" && one.fraction > 0 && one.fraction < 1 ? ` ${Math.round(100 * one.fraction)}%` : "";
    return h("div.cog-step", {}, mark, h("span.cog-grow.cog-cut", {}, one.label + share), h("span.cog-elapsed", { "data-since": one.state === "running" ? one.seconds : null }, seconds(one.seconds)));
  }

  let heard = 0;
  on("live", (now) => {
    heard = performance.now();
    if (promised && now.seconds === undefined) return;
    if (now.seconds === undefined) { live.replaceChildren(); return; }
    const words = h("div.cog-words");
    words.innerHTML = now.html ?? "";
    live.replaceChildren(...[
      ...(now.steps ?? []).map(step),
      now.html ? words : null,
      now.line ? h("div.cog-step", {}, h("span.cog-grow", {}, now.line), h("span.cog-elapsed", { "data-since": now.seconds }, seconds(now.seconds))) : null,
      !now.line && !now.html && !now.steps?.length ? h("div.cog-thinking", { "aria-hidden": "true" }, h("i"), h("i"), h("i")) : null,
    ].filter(Boolean));
    if (now.line) status.textContent = now.line;
    pin();
  });
  const ticking = setInterval(() => {
    for (const node of live.querySelectorAll("[data-since]")) node.textContent = seconds(Number(node.dataset.since) + (performance.now() - heard) / 1000);
  }, 200);
  done(() => clearInterval(ticking));

  on("busy", (busy) => {
    const hadFocus = el.contains(document.activeElement) && [go, stop].includes(document.activeElement);
    go.hidden = busy;
    stop.hidden = !busy;
    stop.disabled = false;
    stop.lastChild.textContent = "Stop";
    if (hadFocus) (busy ? stop : field).focus();
    status.textContent = busy ? "Working" : "";
    offer();
  });
  on("ready", (ready) => {
    offer();
    go.disabled = !ready;
    field.placeholder = ready ? "Say what to change…" : "Setting things up…";
  });
  on("suggested", offer);
  on("height", (height) => { pane.style.setProperty("--cog-height", `${height}px`); });
  function offer() {
    const suggested = model.get("suggested");
    tries.hidden = model.get("busy") || !suggested.length || !model.get("ready");
    chips.replaceChildren(...suggested.map((one) => h("button.cog-button.small.cog-chip", { onclick: () => (one.do === "say" ? say(one.say) : send(one.do)) }, one.say)));
    tries.firstChild.textContent = drawn ? "Next" : "Try saying";
    pin();
  }
});
