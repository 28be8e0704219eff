// What shows calls: rows that open, requests, answers, events. Used by stepcard.js and calls.js.

// The order in which Python's row_of gives a row.
const [INDEX, PURPOSE, METHOD, PATH, SHORT, STATUS, SECONDS, SIZE, EVENTS, STATE, OUTCOME, SHARES, STARTED] = Array(13).keys();
const PHASES = ["connect", "send", "wait", "receive"];
const MARKS = { running: "○", good: "●", failed: "●", odd: "◇" };
const AT_ONCE = 100; // rows in the page; the older ones come by a button

// Say something to Python: through the comm, and by the side channel where Python has offered it
// (see control.py). Whichever comes second is dropped there, by its id.
function speak(model, what, fields) {
  const message = { do: what, id: `${Date.now()}-${Math.random().toString(36).slice(2)}`, ...fields };
  model.send(message);
  const url = model.get("ping")?.url;
  if (url) fetch(url, { method: "POST", mode: "no-cors", body: JSON.stringify(message) }).catch(() => {});
}

// The rows of a model, kept while its views come and go.
const stores = new Map();
function store(model) {
  const { key, first, rows } = JSON.parse(model.get("rows"));
  if (!stores.has(key)) {
    const kept = { rows: new Map(rows.map((row) => [row[INDEX], row])), hearers: new Set() };
    stores.set(key, kept);
    model.on("msg:custom", (message) => {
      if (message.what !== "rows") return;
      for (const row of message.rows) kept.rows.set(row[INDEX], row);
      for (const hearer of kept.hearers) hearer(message.rows);
    });
    // What changed while this module was on its way.
    const running = [...kept.rows.values()].find((row) => row[STATE] === "running");
    speak(model, "rows", { from: running ? running[INDEX] : rows.length ? rows[rows.length - 1][INDEX] + 1 : first });
    if (rows.length && rows[0][INDEX] > first) speak(model, "rows", { from: first, to: rows[0][INDEX] - 1 });
  }
  return stores.get(key);
}

function seconds(value) {
  if (value === null || value === undefined) return "";
  if (value < 1) return value < 0.01 ? `${(1000 * value).toFixed(1)} ms` : `${Math.round(1000 * value)} ms`;
  return value < 60 ? `${value.toFixed(value < 10 ? 2 : 1)} s` : `${clock(value)} min`;
}
function size(count) {
  if (count < 1000) return `${count} B`;
  return count < 10_000 ? `${(count / 1000).toFixed(1)} kB` : bytes(count);
}

// JSON as text nodes in colours; whatever the text says, it stays text.
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\b\d[\d.eE+-]*|\btrue\b|\bfalse\b|\bnull\b)/g;
function json(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(TOKEN)) {
    nodes.push(text.slice(from, found.index));
    const [all, string, colon, word] = found;
    nodes.push(h(colon ? "span.key" : word ? "span.word" : "span.text", {}, string ?? word), colon ?? "");
    from = found.index + all.length;
  }
  return [...nodes, text.slice(from)].filter(Boolean);
}

function pre(label, ...inner) {
  return h("pre.body", { tabindex: 0, role: "group", "aria-label": label }, ...inner); // it scrolls: by keys too
}

function body(of, label) {
  if (!of.body) return h("div.cog-note", {}, "no body");
  const rest = of.more ? h("div.cog-note", {}, `… ${of.more.toLocaleString("en")} more characters`) : null;
  return [pre(label, of.json ? json(of.body) : of.body), rest];
}

function headers(pairs, open) {
  if (!pairs.length) return null;
  const lines = pairs.flatMap(([name, value]) => [h("span.key", {}, `${name}: `), `${value}\n`]);
  return h("details.fold", { open }, h("summary", {}, `${pairs.length} headers`), pre("Headers", ...lines));
}

function request(of, { open = false } = {}) {
  const said = of.size ? ` · ${size(of.size)}` : "";
  const parts = of.parts.map((p) => (p.file === null ? `${p.name}: ${p.text}` : `${p.name}: ${p.file} · ${p.type ?? "no type"}${p.size === null ? "" : ` · ${size(p.size)}`}`));
  return h("div.half", {}, h("h4", {}, "Request", h("span.cog-note", {}, said)), headers(of.headers, open), parts.length ? pre("Parts", parts.join("\n")) : body(of, "Request body"));
}

function answer(of, outcome) {
  if (!of) return h("div.half", {}, h("h4", {}, "Answer"), h("div.cog-note", {}, outcome));
  const inside = of.events.length ? events(of.events, of.left) : body(of, "Answer body");
  return h("div.half", {}, h("h4", {}, "Answer", h("span.cog-note", {}, ` · ${of.status} · ${size(of.size)}`)), headers(of.headers), inside);
}

function event([at, kind, gist, data], open = false) {
  const line = [h("span.at", {}, `+${at.toFixed(2)} s`), h("span.kind", {}, kind), h("span.cog-cut", {}, gist)];
  if (!data.trim()) return h("div.event", {}, h("div.line", {}, line));
  const laidOut = data[0] === "{" || data[0] === "[";
  return h("details.event", { open }, h("summary.line", {}, line), pre("Event", laidOut ? json(data) : data));
}
function events(list, left) {
  const first = left ? h("div.cog-note", {}, `… ${left} earlier events`) : null;
  return h("div.events", {}, first, list.map((one) => event(one)));
}

// A bar that says where the time went; its length is the share of the longest call shown.
function bar(shares, total, longest) {
  if (!shares || !total || !longest) return h("span.bar");
  const inner = shares.map((share, n) => (share > 0.004 * total ? h(`i.${PHASES[n]}`, { style: `width:${(100 * share) / total}%` }) : null));
  const said = shares.map((share, n) => `${PHASES[n]} ${seconds(share)}`).join(", ");
  return h("span.bar", { title: said, role: "img", "aria-label": said }, h("span", { style: `width:${Math.max(1.5, (100 * total) / longest)}%` }, inner));
}

// Copy a call as curl or Python: Python writes it, the clipboard gets it.
function snippets(model, index) {
  const button = (kind, label) => {
    const said = h("span", {}, label);
    const node = h("button.cog-button.quiet.small", { title: `Copy call ${index} as ${label}` }, icon("copy"), said);
    node.addEventListener("click", () => {
      const got = async (message) => {
        if (message.what !== "snippet" || message.index !== index || message.kind !== kind) return;
        model.off("msg:custom", got);
        await copy(message.text);
        said.textContent = "Copied";
        setTimeout(() => (said.textContent = label), 1500);
      };
      model.on("msg:custom", got);
      speak(model, "snippet", { index, kind });
    });
    return node;
  };
  return h("div.copies", {}, button("curl", "curl"), button("python", "Python"));
}

// One row; its inside is asked for when it is opened.
function callRow(model, row, longest) {
  const many = row[EVENTS] ? `${row[EVENTS]} ${row[EVENTS] === 1 ? "event" : "events"}` : row[STATUS] ? size(row[SIZE]) : "";
  const status = h("span.status", { title: row[OUTCOME] }, h("span.mark", { "aria-hidden": "true" }, MARKS[row[STATE]]), ` ${row[STATUS] ?? (row[STATE] === "running" ? "…" : "none")}`);
  const line = h("summary", {},
    h("span.number", {}, row[INDEX]), status,
    h("span.purpose.cog-cut", { title: row[PURPOSE] }, row[PURPOSE]),
    h("span.path.cog-cut", { title: `${row[METHOD]} ${row[PATH]}` }, h("b", {}, row[METHOD]), ` ${row[SHORT]}`),
    h("span.time", {}, seconds(row[SECONDS])), bar(row[SHARES], row[SECONDS], longest), h("span.many", {}, many));
  const inside = h("div.inside", {}, h("div.cog-note", {}, "Reading…"));
  const node = h("details.call", { class: row[STATE], "data-index": row[INDEX] }, line, inside);
  const ask = () => speak(model, "open", { index: row[INDEX] });
  node.addEventListener("toggle", () => node.open && ask());
  node.ask = ask;
  node.fill = (message) => {
    const notes = [row[OUTCOME], ...(row[SHARES] ?? []).map((share, n) => (share ? `${PHASES[n]} ${seconds(share)}` : "")), new Date(1000 * row[STARTED]).toLocaleTimeString()];
    inside.replaceChildren(
      h("div.top", {}, h("span.cog-mono.url", {}, message.url), snippets(model, row[INDEX])),
      h("div.cog-note", {}, [message.section, ...notes].filter(Boolean).join(" · ")),
      h("div.halves", {}, request(message.request), answer(message.answer, row[OUTCOME])),
    );
  };
  return node;
}

// The list. `shown(row)` filters; `refresh()` draws it anew, as after another filter.
function callList({ model, done, shown = () => true, changed = () => {} }) {
  const kept = store(model);
  const nodes = new Map();
  const older = h("button.cog-link.older");
  const list = h("div.rows", { role: "group", "aria-label": "Calls" });
  const box = h("div.list", { tabindex: -1 }, older, list);
  let limit = AT_ONCE;
  let longest = 0;
  const rest = () => box.scrollHeight - box.scrollTop - box.clientHeight;
  const place = (row) => {
    const before = nodes.get(row[INDEX]);
    const node = callRow(model, row, longest);
    nodes.set(row[INDEX], node);
    if (!before) return node;
    const focused = before.contains(document.activeElement);
    node.open = before.open; // asks for its inside again: it has changed
    before.replaceWith(node);
    if (focused) node.querySelector("summary").focus();
    return null;
  };
  const refresh = () => {
    const all = [...kept.rows.values()].filter(shown).sort((one, other) => one[INDEX] - other[INDEX]);
    const cut = all.slice(-limit);
    longest = cut.reduce((most, row) => Math.max(most, row[SECONDS] ?? 0), 0);
    const open = new Set([...nodes].filter(([, node]) => node.open).map(([index]) => index));
    nodes.clear();
    list.replaceChildren(...cut.map(place));
    for (const index of open) if (nodes.has(index)) nodes.get(index).open = true;
    older.hidden = cut.length === all.length;
    older.textContent = `${(all.length - cut.length).toLocaleString("en")} older calls`;
    changed(kept.rows, all.length);
  };
  older.addEventListener("click", () => { limit += AT_ONCE; refresh(); });
  const hearer = (rows) => {
    const follow = rest() < 30;
    const most = rows.reduce((so, row) => Math.max(so, row[SECONDS] ?? 0), 0);
    const fresh = rows.filter((row) => !nodes.has(row[INDEX]));
    const late = fresh.some((row) => row[INDEX] < (list.lastElementChild?.dataset.index ?? 0)); // older ones
    if (most > longest || late || (fresh.length && nodes.size + fresh.length > limit + AT_ONCE)) refresh();
    else {
      for (const row of rows) {
        if (shown(row)) { const node = place(row); if (node) list.append(node); }
        else if (nodes.has(row[INDEX])) { nodes.get(row[INDEX]).remove(); nodes.delete(row[INDEX]); }
      }
      changed(kept.rows, list.childElementCount);
    }
    if (follow) box.scrollTop = box.scrollHeight;
  };
  const inside = (message) => message.what === "inside" && nodes.get(message.index)?.fill(message);
  kept.hearers.add(hearer);
  model.on("msg:custom", inside);
  done(() => { kept.hearers.delete(hearer); model.off("msg:custom", inside); });
  refresh();
  requestAnimationFrame(() => (box.scrollTop = box.scrollHeight));
  return { box, refresh };
}
