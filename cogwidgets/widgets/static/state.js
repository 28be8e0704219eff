export default view("state", ({ el, model, on, send }) => {
  const note = h("span.cog-note.cog-grow");
  const again = h("button.cog-button.small", { onclick: () => send("look", { again: true }) }, icon("retry"), "Read again");
  const list = h("div.cog-state-parts");
  el.append(h("div.cog-state-head", {}, h("h3.cog-heading", {}, "Raw state"), note, again), list);
  const open = new Set(["draft"]);
  on("parts", (parts) => {
    list.replaceChildren(...parts.map((part) => {
      const body = h("pre.cog-mono", { tabindex: "0" });
      body.innerHTML = part.html; // made by cogwidgets.trace.pretty, which escapes
      const row = h("details", { open: open.has(part.name) }, h("summary", {}, h("b", {}, part.name), " ", h("span.cog-note", {}, part.count)), body);
      row.addEventListener("toggle", () => (row.open ? open.add(part.name) : open.delete(part.name)));
      return row;
    }));
  });
  on("busy", (busy) => { again.disabled = busy; });
  const seen = new IntersectionObserver((rows) => { if (rows.some((row) => row.isIntersecting)) send("look"); });
  seen.observe(el);
  on("version", (version) => { note.textContent = version ? `version ${version}` : ""; if (el.checkVisibility?.() ?? el.offsetParent) send("look"); });
});
