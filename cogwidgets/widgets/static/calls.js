// The call log, live: filter, copy, save, step.
const PLACES = [
  ["", "every call"],
  ["/run_sse", "messages"],
  ["/upload-video/", "uploads"],
  ["/render/", "renders and downloads"],
  ["failure", "failures, after they came"],
];

export default {
  ...view("calls", ({ model, el, on, done }) => {
    done(answerPings(model)); // only a view that is shown can be answered in
    let asked = 0;
    let told = null;

    const count = h("span.cog-note", { "aria-live": "polite" });
    const path = h("input.cog-field.filter", { type: "search", placeholder: "Filter: path or purpose", "aria-label": "Show the calls whose path or purpose has this in it", spellcheck: "false" });
    const failed = h("button.cog-button.small", { "aria-pressed": "false", title: "Show only the calls that failed" }, "Failed");
    const har = h("button.cog-button.small", { title: "Write the calls as HAR 1.2, for a browser's network panel and for cog.replay" }, icon("download"), "Save HAR");
    const where = h("select.cog-field.small.where", { "aria-label": "Where to pause" }, PLACES.map(([value, words]) => h("option", { value }, words)));
    const step = h("button.cog-button.small.switch", { "aria-pressed": "false", title: "Pause at each call from now on" }, icon("step"), h("span", {}, "Step through"));
    const saved = h("div.saved.cog-note", { role: "status" });

    const shown = (row) => {
      if (row[INDEX] === asked) return false;
      if (failed.getAttribute("aria-pressed") === "true" && row[STATE] !== "failed") return false;
      const wanted = path.value.trim().toLowerCase();
      return !wanted || row[PATH].toLowerCase().includes(wanted) || row[PURPOSE].toLowerCase().includes(wanted);
    };
    const changed = (rows, visible) => {
      const bad = [...rows.values()].filter((row) => row[STATE] === "failed").length;
      const all = rows.size === 1 ? "1 call" : `${rows.size.toLocaleString("en")} calls`;
      const filtered = path.value.trim() || failed.getAttribute("aria-pressed") === "true";
      count.textContent = (filtered ? `${visible.toLocaleString("en")} of ${all}` : all) + (bad ? ` · ${bad} failed` : "");
      empty.hidden = visible > 0;
      empty.textContent = rows.size ? "No call fits the filter." : "No calls yet: each one shows up here as it is made.";
    };
    const empty = h("div.empty.cog-note");
    const list = callList({ model, done, shown, changed });

    const filter = () => {
      list.refresh();
      clearTimeout(told);
      told = setTimeout(() => speak(model, "filter", { path: path.value.trim(), failed: failed.getAttribute("aria-pressed") === "true" }), 600);
    };
    path.addEventListener("input", filter);
    failed.addEventListener("click", () => {
      failed.setAttribute("aria-pressed", String(failed.getAttribute("aria-pressed") !== "true"));
      filter();
    });
    har.addEventListener("click", () => speak(model, "har"));
    const turn = (state) => speak(model, "switch", { state, on: where.value });
    step.addEventListener("click", () => turn(step.getAttribute("aria-pressed") !== "true"));
    where.addEventListener("change", () => step.getAttribute("aria-pressed") === "true" && turn(true));

    const line = h("code.cog-cut");
    const same = h("div.same", {}, h("span.cog-note", {}, "Same in Python"), line, h("span.cog-grow"), copyButton("Copy this line of Python", () => line.textContent));
    el.append(
      h("div.title", {}, h("b", {}, "Calls"), count, h("span.cog-grow"), path, failed, har, where, step),
      saved, list.box, empty, stepPanel({ model, on, done }), same,
    );

    on("stepping", (stepping) => {
      const active = "on" in (stepping ?? {});
      step.setAttribute("aria-pressed", String(active));
      step.querySelector("span").textContent = active ? "Stepping" : "Step through";
      if (active) where.value = PLACES.some(([value]) => value === stepping.on) ? stepping.on : "";
    });
    on("saved", (name) => { saved.hidden = !name; saved.textContent = name ? `Saved as ${name}, in the notebook's folder; secrets are masked.` : ""; });
    on("last_call", (said) => { same.hidden = !said; line.textContent = said; });
    on("step", (value) => {
      const open = ["before", "event", "after"].includes(value.phase) || (value.phase === "running" && !value.to_the_end);
      const now = open ? value.call.index : 0;
      if (now !== asked) { asked = now; list.refresh(); }
    });
    done(() => clearTimeout(told));
  }),
  initialize({ model }) {
    store(model);
  },
};
