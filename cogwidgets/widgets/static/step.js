// The question of a paused call. Used by stepcard.js and calls.js.

// Answer each ping, so that Python knows somebody is here and which way reaches it.
function answerPings(model) {
  const pong = () => {
    const { n } = model.get("ping") ?? {};
    if (n) speak(model, "pong", { n });
  };
  model.on("change:ping", pong);
  pong();
  return () => model.off("change:ping", pong);
}

const KEYS = { s: "send", i: "into", e: "edit", k: "skip", r: "run", t: "stop" };

// `alone`: the panel of one cell's stepping, not of whatever comes.
function stepPanel({ model, on, done, alone = false }) {
  const head = h("div.head", { role: "status", "aria-live": "polite" });
  const main = h("div.main");
  const actions = h("div.actions", { role: "group", "aria-label": "What to do with this call" });
  const panel = h("section.step", { tabindex: -1, "aria-label": "Stepping through the calls", hidden: true }, head, main, actions);
  let step = {};
  let timer = null;

  const decide = (choice, fields) => {
    if (panel.contains(document.activeElement)) panel.focus(); // the buttons go; the next find it here
    for (const button of actions.querySelectorAll("button")) button.disabled = true;
    speak(model, "decide", { n: step.n, choice, ...fields });
  };
  const button = (name, label, onclick, { primary = false, key = "", picture = "", title = "" } = {}) =>
    h("button.cog-button", { class: primary ? "primary" : "", onclick, "data-name": name, title: title || (key && `${label} (${key.toUpperCase()})`), "aria-keyshortcuts": key || null }, picture && icon(picture), label);

  const title = (words, tone, call) => {
    panel.dataset.tone = tone;
    head.replaceChildren(
      h("b.said", {}, tone === "busy" ? h("span.cog-spinner", { "aria-hidden": "true" }) : null, words),
      call ? h("span", {}, call.purpose) : null,
      call ? h("span.where.cog-cut", { title: call.url }, h("span.method", {}, call.method), h("span.cog-mono", {}, ` ${call.path}`)) : null,
      call?.section ? h("span.cog-pill", { title: "Where the contract speaks of this call" }, call.section) : null,
    );
  };

  const stop = () => button("stop", "Stop", () => decide("stop"), { key: "t", picture: "stop", title: "Stop here: the code gets Stopped (T)" });
  const run = () => button("run", "Run to end", () => decide("run"), { key: "r", picture: "play", title: "Go on, and pause no more (R)" });

  const halt = () => button("halt", "Stop", (pressed) => {
    pressed.currentTarget.disabled = true;
    speak(model, "halt", { n: step.n });
  }, { key: "t", picture: "stop", title: "Stop what runs: the code gets Stopped (T)" });

  const PHASES_OF = {
    before() {
      title(`Paused before call ${step.call.index}`, "ask", step.call);
      if (step.wrong) { edit(step.edited, step.wrong); return; }
      const { request: asked } = step;
      const editable = !asked.parts.length && (asked.json || !asked.body);
      main.replaceChildren(request(asked));
      actions.replaceChildren(
        button("send", "Send", () => decide("send"), { primary: true, key: "s", picture: "step", title: "Send this call, and show its answer (S)" }),
        ...(step.stream ? [button("into", "Into events", () => decide("into"), { key: "i", title: "Send this call, and pause at each event of its stream (I)" })] : []),
        ...(editable ? [button("edit", asked.body ? "Edit body" : "Add a body", () => fetchBody(), { key: "e" })] : []),
        button("skip", "Skip", () => skip(), { key: "k", title: "Do not send it, and choose the answer that the code gets (K)" }),
        run(), stop(), h("span.cog-grow"), snippets(model, step.call.index),
      );
    },
    event() {
      const shown = step.events;
      title(`Event ${step.left + shown.length} of call ${step.call.index}`, "ask", step.call);
      const list = h("div.events", { "aria-label": "Events so far", role: "group" }, shown.map((one, n) => event(one, n === shown.length - 1)));
      main.replaceChildren(h("div.half", {}, list));
      list.scrollTop = list.scrollHeight;
      actions.replaceChildren(
        button("into", "Next event", () => decide("into"), { primary: true, key: "i", picture: "step" }),
        button("send", "Rest of the stream", () => decide("send"), { key: "s", title: "Hand the other events on, and show the whole answer (S)" }),
        run(), stop(),
      );
    },
    after() {
      const took = step.seconds === null ? "" : ` in ${seconds(step.seconds)}`;
      title(`Answer to call ${step.call.index}: ${step.call.outcome}${took}`, step.call.failed ? "bad" : "good", step.call);
      const asked = h("details.fold", {}, h("summary", {}, "Request"), request(step.request));
      main.replaceChildren(answer(step.answer, step.call.outcome), asked);
      actions.replaceChildren(
        button("send", "Go on", () => decide("send"), { primary: true, key: "s", picture: "step", title: "Hand this answer to the code (S)" }),
        run(), stop(), h("span.cog-grow"), snippets(model, step.call.index),
      );
    },
    running() {
      const words = step.to_the_end ? "Running to the end" : "Sent, waiting for what comes";
      const took = h("span.took");
      title(h("span", {}, words, took), "busy", step.to_the_end ? null : step.call);
      const tick = () => { const past = Date.now() / 1000 - step.since; took.textContent = past > 1 ? ` · ${clock(past)}` : "…"; };
      tick();
      timer = setInterval(tick, 500);
      main.replaceChildren();
      actions.replaceChildren(halt());
    },
    between() {
      title(alone ? "Going on to the next call" : "The next call pauses here", "quiet");
      main.replaceChildren();
      actions.replaceChildren(...(alone ? [halt()] : []));
    },
    ended() { title(`Stopped at call ${step.call.index}`, "bad", step.call); main.replaceChildren(); actions.replaceChildren(); },
    nobody() { title("No call is paused: no browser answered from here", "quiet"); main.replaceChildren(); actions.replaceChildren(); },
  };

  // -- editing and skipping -----------------------------------------------------------------

  const fetchBody = () => {
    const n = step.n;
    const got = (message) => {
      if (message.what !== "body") return;
      model.off("msg:custom", got);
      if (message.n === step.n) edit(message.text);
    };
    model.on("msg:custom", got);
    speak(model, "body", { n });
  };

  function edit(text, wrong = "") {
    const note = h("div.wrong", { role: "alert" });
    const area = h("textarea.cog-field.cog-mono", { "aria-label": "JSON body", spellcheck: "false", rows: Math.min(18, Math.max(4, text.split("\n").length + 1)) });
    area.value = text;
    const send = button("edited", "Send edited", () => decide("edit", { body: area.value }), { primary: true, picture: "step" });
    const check = (said = "") => {
      try { JSON.parse(area.value); } catch (error) { said = error.message; }
      note.textContent = said && `Not yet: ${said}`;
      area.setAttribute("aria-invalid", String(Boolean(said)));
      send.disabled = Boolean(said) && !wrong;
    };
    area.addEventListener("input", () => { wrong = ""; check(); });
    area.addEventListener("keydown", (pressed) => {
      pressed.stopPropagation(); // Shift+Enter and the rest belong to the text
      if (pressed.key === "Escape") back();
      if (pressed.key === "Enter" && (pressed.ctrlKey || pressed.metaKey) && !send.disabled) send.click();
    });
    const back = () => { step = { ...step, wrong: "" }; PHASES_OF.before(); focusFirst(); };
    main.replaceChildren(h("div.half", {}, h("h4", {}, "Request body", h("span.cog-note", {}, " · what is masked stays what it is · Ctrl+Enter sends, Esc goes back")), area, note));
    actions.replaceChildren(send, button("back", "Back", back));
    check(wrong);
    area.focus();
  }

  function skip() {
    const choice = h("select.cog-field", { "aria-label": "The answer that the code gets" }, step.instead.map(([key, words]) => h("option", { value: key }, words)));
    const last = step.instead.findLast(([key]) => key.startsWith("call "));
    if (last) choice.value = step.instead.find(([key]) => key.startsWith("call "))[0];
    choice.addEventListener("keydown", (pressed) => pressed.stopPropagation());
    const back = () => { PHASES_OF.before(); focusFirst(); };
    actions.replaceChildren(h("label.instead", {}, "Give the code", choice), button("skipped", "Skip the call", () => decide("skip", { instead: choice.value }), { primary: true }), button("back", "Back", back));
    choice.focus();
  }

  // -- keys and focus -----------------------------------------------------------------------

  const focusFirst = () => (actions.querySelector("button") ?? panel).focus({ preventScroll: true });
  panel.addEventListener("keydown", (pressed) => {
    if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
    const name = KEYS[pressed.key.toLowerCase()];
    const found = name && [...actions.querySelectorAll("button")].find((one) => one.getAttribute("aria-keyshortcuts") === pressed.key.toLowerCase());
    if (!found || found.disabled) return;
    pressed.preventDefault();
    pressed.stopPropagation();
    found.click();
  });

  on("step", (value) => {
    step = value ?? {};
    clearInterval(timer);
    const held = panel.contains(document.activeElement);
    panel.hidden = !PHASES_OF[step.phase];
    panel.dataset.phase = step.phase ?? "";
    if (panel.hidden) return;
    PHASES_OF[step.phase]();
    if (held && !main.contains(document.activeElement)) (["running", "between"].includes(step.phase) ? panel : { focus: focusFirst }).focus();
    if (step.phase === "before" || step.phase === "after") panel.scrollIntoView?.({ block: "nearest" });
  });
  done(() => clearInterval(timer));
  return panel;
}
