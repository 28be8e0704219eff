// The card below a cell whose calls are stepped through.
export default {
  ...view("stepcard", ({ model, el, on, done }) => {
    let asked = 0;
    const count = h("span.cog-note");
    const head = h("div.title", {}, icon("step"), h("b", {}, "Stepping through the calls"), count, h("span.cog-grow"), h("span.cog-note", {}, "secrets masked"));
    // The call that is asked about stands in the question, not in the list.
    const list = callList({ model, done, shown: (row) => row[INDEX] !== asked, changed: (rows) => (count.textContent = rows.size === 1 ? "1 call" : `${rows.size} calls`) });
    el.append(head, list.box, stepPanel({ model, on, done, alone: true }));
    on("step", (step) => {
      const open = ["before", "event", "after"].includes(step.phase) || (step.phase === "running" && !step.to_the_end);
      const now = open ? step.call.index : 0;
      if (now !== asked) { asked = now; list.refresh(); }
    });
  }),
  initialize({ model }) {
    store(model);
    answerPings(model);
  },
};
