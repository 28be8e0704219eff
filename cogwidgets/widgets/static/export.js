// The export: a line to choose in, a bar while it runs, and the file that comes of it.

const PACE = 500; // ms between two parts of a file: a notebook server lets about 1 MB a second pass

const about = (seconds) => (seconds < 1.5 ? "about 1 s left" : seconds < 90 ? `about ${Math.round(seconds)} s left` : `about ${Math.round(seconds / 60)} min left`);

export default view("export", ({ model, el, on, send, done }) => {
  let choices = {}, state = { at: "idle" }, shown = {}, named = false, picked = false;

  // -- what there is ------------------------------------------------------------------------

  const file = h("input.cog-field", { type: "text", "aria-label": "Name of the file", spellcheck: "false", autocomplete: "off" });
  const format = h("select.cog-field", { "aria-label": "Format" });
  const quality = h("select.cog-field", { "aria-label": "Quality" });
  const go = h("button.cog-button.primary", { onclick: () => start() }, icon("download"), "Export");
  const form = h("div.cog-export-form", {}, h("b", {}, "Export"), h("span.name", {}, file), format, quality, go);
  const bar = h("div.cog-bar", { role: "progressbar", "aria-label": "Export", "aria-valuemin": 0, "aria-valuemax": 100 }, h("i"));
  const said = h("span.cog-note.said");
  const cancel = h("button.cog-button", { onclick: () => send("cancel") }, "Cancel");
  const work = h("div.cog-export-work", { hidden: true }, h("b", {}, "Export"), bar, said, cancel);
  const ask = h("div.cog-export-ask", { hidden: true });
  const result = h("div.cog-export-result", { hidden: true });
  const pending = h("div.cog-export-ask", { hidden: true });
  const aloud = h("div.cog-visually-hidden", { role: "status" });
  el.append(pending, form, work, ask, result, aloud);

  const start = (more) => send("export", { name: file.value, format: format.value, quality: quality.value, ...more });
  file.addEventListener("input", () => {
    named = true;
    // An ending that is typed is the format.
    const [, stem, ending] = /^(.*)\.([a-z0-9]+)$/i.exec(file.value) ?? [];
    if (ending && choices.formats.includes(ending.toLowerCase())) {
      format.value = ending.toLowerCase();
      file.value = stem;
      picked = true;
      update();
    }
  });
  file.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || go.disabled) return;
    event.preventDefault();
    start();
  });
  format.addEventListener("change", () => { picked = true; update(); });

  const options = (select, values, words) => {
    const kept = select.value;
    if (select.childElementCount !== values.length) select.replaceChildren(...values.map((value) => h("option", { value }, words(value))));
    if (values.includes(kept)) select.value = kept;
  };

  function update() {
    quality.disabled = false;
    const working = state.at === "working";
    form.hidden = working;
    work.hidden = !working;
    go.disabled = !choices.ready;
    go.title = choices.ready ? "" : "There is nothing to export yet";
    if (working) {
      const percent = Math.round(100 * state.fraction);
      bar.firstChild.style.width = `${percent}%`;
      bar.setAttribute("aria-valuenow", percent);
      bar.setAttribute("aria-valuetext", `${state.step}, ${percent} %`);
      said.textContent = state.step === "Stopping" ? "Stopping…" : `${state.step} ${percent} %${state.left === null ? "" : ` · ${about(state.left)}`}`;
      cancel.disabled = state.step === "Stopping";
    }
    ask.hidden = state.at !== "exists";
    if (state.at === "exists" && ask.dataset.name !== state.name) {
      ask.dataset.name = state.name;
      ask.replaceChildren(h("span.cog-grow", {}, `${state.name} is there already.`),
        h("button.cog-button.small", { onclick: () => start({ replace: true }) }, "Replace it"),
        h("button.cog-button.small", { onclick: () => start({ instead: true }) }, "Keep both"),
        h("button.cog-button.quiet.small", { onclick: () => send("back") }, "Not now"));
      ask.querySelector("button").focus();
    } else if (state.at !== "exists") delete ask.dataset.name;
  }

  // -- the file that comes of it ------------------------------------------------------------

  let download = null;
  function drawResult() {
    result.hidden = !shown.name;
    if (!shown.name) return;
    const open = shown.url && h("a.cog-button.small", { href: shown.url, target: "_blank", rel: "noopener noreferrer" }, icon("play"), "Open");
    const label = h("span", {}, "Download");
    download = h("button.cog-button.small", { onclick: () => save(label) }, icon("download"), label);
    result.replaceChildren(h("span.tick", { "aria-hidden": "true" }, icon("check")),
      h("span.cog-cut.file", { title: shown.path }, shown.name),
      h("span.cog-note.cog-grow", {}, [shown.facts, bytes(shown.size), `took ${shown.seconds} s`].filter(Boolean).join(" · ")),
      ...(open ? [open] : []), download, copyButton("Copy the path of the file", () => shown.path));
    aloud.textContent = `${shown.name} is exported.`;
  }

  // From its URL where the browser reaches that, else part by part through the notebook.
  async function save(label) {
    download.disabled = true;
    try {
      let url = shown.download;
      try {
        if (!url) throw new Error("nowhere");
        await fetch(url, { method: "HEAD", mode: "no-cors" });
      } catch {
        url = URL.createObjectURL(await gather(label));
        setTimeout(() => URL.revokeObjectURL(url), 60000);
      }
      const link = h("a", { href: url, download: shown.name, rel: "noopener" });
      if (!url.startsWith("blob:")) link.target = "_blank";
      document.body.append(link);
      link.click();
      link.remove();
      label.textContent = "Download";
    } catch (error) {
      label.textContent = "It did not come: try again";
    }
    download.disabled = false;
  }

  async function gather(label) {
    const parts = [];
    for (let at = 0; at < shown.size; ) {
      const { data } = await part(at);
      if (!data.byteLength) throw new Error("cut short");
      parts.push(data);
      at += data.byteLength;
      label.textContent = `Download ${Math.round((100 * at) / shown.size)} %`;
      if (at < shown.size) await new Promise((go) => setTimeout(go, PACE));
    }
    return new Blob(parts);
  }

  const part = (at) => new Promise((resolve, reject) => {
    const heard = (message, buffers) => {
      if (message.chunk !== at) return;
      model.off("msg:custom", heard);
      clearTimeout(late);
      resolve({ data: buffers[0] });
    };
    const late = setTimeout(() => { model.off("msg:custom", heard); reject(new Error("late")); }, 20000);
    model.on("msg:custom", heard);
    send("chunk", { at });
  });

  // -- what Python says ---------------------------------------------------------------------

  on("choices", (now) => {
    choices = now;
    if (!now.formats) return;
    options(format, now.formats, (value) => value.toUpperCase());
    options(quality, now.qualities, (value) => `${value} quality`);
    if (!named) file.value = now.name;
    if (!picked) format.value = now.format;
    update();
  });
  on("state", (now) => {
    const was = state.at;
    state = now;
    update();
    if (was === "idle" && now.at === "working" && el.contains(document.activeElement)) cancel.focus();
    if (was === "working" && now.at === "idle" && (document.activeElement === document.body || el.contains(document.activeElement))) go.focus({ preventScroll: true });
  });
  on("shown", (now) => { shown = now; drawResult(); });
  on("pending", (names) => {
    pending.hidden = !names.length;
    if (!names.length) return;
    const what = names.length === 1 ? "One export was cut off" : `${names.length} exports were cut off`;
    pending.replaceChildren(h("span.cog-grow", {}, `${what}: ${names.join(", ")}`),
      h("button.cog-button.small", { onclick: () => send("resume") }, icon("retry"), "Resume"),
      h("button.cog-button.quiet.small", { onclick: () => send("drop") }, "Drop"));
  });
});
