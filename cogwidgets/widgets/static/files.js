// CRC-32 as zlib has it (RFC 1952, 8).
const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
function crc32(data) {
  let crc = -1;
  for (let i = 0; i < data.length; i++) crc = CRC[(crc ^ data[i]) & 255] ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

const PATIENCE = 120_000; // ms for the kernel's answer to one piece: a cell may be running

// Send one file in pieces, one on the way at a time, so that nothing piles up anywhere.
function sender({ model, send, limits }) {
  const waiting = new Map(); // id -> what is told of the kernel's answer
  const heard = (message) => waiting.get(message?.id)?.(message);
  model.on("msg:custom", heard);
  const ask = (what, fields, buffers) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("the kernel does not answer")), PATIENCE);
      waiting.set(fields.id, (answer) => {
        clearTimeout(late);
        waiting.delete(fields.id);
        resolve(answer);
      });
      send(what, fields, buffers);
    });
  const cancelled = new Set(), ours = new Set();
  return {
    ours,
    async file(file) {
      const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
      ours.add(id);
      let answer = await ask("begin", { id, name: file.name, size: file.size, modified: file.lastModified });
      if (answer.received === undefined) return; // it was refused, and the kernel has said why
      let offset = answer.received; // some of it may be there, where a page was reloaded
      let next = read(file, offset, limits().piece);
      while (offset < file.size && answer.received === offset && !cancelled.has(id)) {
        const data = await next;
        next = offset + data.length < file.size ? read(file, offset + data.length, limits().piece) : null;
        answer = await ask("piece", { id, offset, crc: crc32(data) }, [data.buffer]);
        offset += data.length;
      }
    },
    cancel(id) {
      cancelled.add(id);
      waiting.get(id)?.({ id });
      send("cancel", { id });
    },
    close: () => model.off("msg:custom", heard),
  };
}
async function read(file, start, length) {
  return new Uint8Array(await file.slice(start, start + length).arrayBuffer());
}

const KINDS = { video: "film", audio: "sound", image: "image", folder: "folder" };

export default view("files", ({ model, el, on, send, done }) => {
  const limits = () => model.get("limits");
  const pieces = sender({ model, send, limits });
  done(pieces.close);

  const list = h("ul.cog-files-list", { "aria-label": "Files in this session" });
  const moving = h("ul.cog-files-list", { "aria-label": "Files on their way" });
  const refused = h("div", { role: "alert" });
  const choose = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-label": "Files of this computer" });
  choose.addEventListener("change", () => { take(choose.files); choose.value = ""; });

  const sample = h("button.cog-button.primary", { onclick: () => { promise(limits().sample.name); send("sample"); } }, icon("play"), "Try the sample video");
  const chooseButton = h("button.cog-button", { onclick: () => choose.click() }, icon("upload"), h("span"));
  const browseButton = h("button.cog-button", { "aria-expanded": "false", onclick: () => open(panel === "browse" ? null : "browse") }, icon("folder"), h("span"));
  const linkButton = h("button.cog-button", { "aria-expanded": "false", onclick: () => open(panel === "link" ? null : "link") }, icon("link"), h("span"));
  const invitation = h("p.cog-files-invitation", {});
  const drop = h("div.cog-files-drop", {}, invitation, h("div.cog-files-ways", {}, sample, chooseButton, browseButton, linkButton));
  const place = h("div.cog-files-place");
  el.append(h("div.cog-files-body", {}, h("h3.cog-heading", {}, "Files"), list, moving, refused, drop, place, choose));

  // -- which of the panels is open
  let panel = null;
  function open(name) {
    panel = name;
    el.classList.toggle("cog-browsing", name === "browse");
    browseButton.setAttribute("aria-expanded", String(name === "browse"));
    linkButton.setAttribute("aria-expanded", String(name === "link"));
    place.replaceChildren(...(name === "browse" ? [browser.node] : name === "link" ? [linker.node] : []));
    if (name === "browse") { send("browse", { path: model.get("listing").path }); browser.focus(); }
    if (name === "link") linker.focus();
  }
  const browser = makeBrowser({ model, send, promise, close: () => { open(null); browseButton.focus(); } });
  const linker = makeLinker({ send, promise, close: () => { open(null); linkButton.focus(); } });
  on("listing", browser.draw);
  on("glances", browser.glance);

  // -- files of the browser's machine
  async function take(files) {
    const wrong = [];
    const good = [...files].filter((file) => {
      const ending = file.name.toLowerCase().split(".").pop();
      const why = !limits().types.includes(ending) ? "not a type that can be edited"
        : file.size > limits().bytes ? `${bytes(file.size)}: at most ${bytes(limits().bytes)} can be taken`
        : file.size === 0 ? "empty" : "";
      if (why) wrong.push(`${file.name}: ${why}.`);
      return !why;
    });
    say(wrong, wrong.length ? `Supported are ${limits().types.join(", ")}.` : "");
    for (const file of good) {
      try {
        await pieces.file(file);
      } catch (error) {
        say([`${file.name} could not be sent: ${error.message}.`], "Choose it again.");
      }
    }
  }
  function say(lines, hint) {
    refused.replaceChildren(...(lines.length ? [h("div.cog-error", {},
      h("div", {}, lines.map((line) => h("p", {}, line)), h("p", {}, hint)),
      h("button.cog-button.quiet.small.icon", { "aria-label": "Close this message", onclick: () => say([], "") }, icon("cross")))] : []));
  }
  let over = 0;
  const isFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  el.addEventListener("dragenter", (event) => { if (isFiles(event)) { event.preventDefault(); over++; el.classList.add("cog-over"); } });
  el.addEventListener("dragover", (event) => { if (isFiles(event)) { event.preventDefault(); event.dataTransfer.dropEffect = "copy"; } });
  el.addEventListener("dragleave", (event) => { if (isFiles(event) && --over <= 0) { over = 0; el.classList.remove("cog-over"); } });
  el.addEventListener("drop", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    over = 0;
    el.classList.remove("cog-over");
    take(event.dataTransfer.files);
  });

  // -- what the session holds, and what is on its way
  on("uploads", draw);
  on("ready", draw);
  on("error", () => { drawMoving(model.get("transfers")); draw(); }); // it may have been refused at once
  on("transfers", (rows) => { drawMoving(rows); draw(); });
  function draw() {
    const uploads = model.get("uploads"), ready = model.get("ready");
    const some = uploads.length > 0 || model.get("transfers").length > 0;
    el.classList.toggle("cog-some", some);
    list.hidden = !uploads.length;
    list.replaceChildren(...uploads.map((one) => h("li.cog-file", {},
      picture(one),
      h("div.cog-grow", {}, h("div.cog-file-name.cog-cut", { title: one.name }, one.name), h("div.cog-note.cog-cut", {}, told(one))),
      h("span.cog-file-ok", {}, icon("check"), h("span.cog-visually-hidden", {}, "uploaded")))));
    sample.hidden = some;
    invitation.textContent = some ? "Drop more, or" : "Drop a video here, or";
    for (const [button, long, short] of [[chooseButton, "Choose files", "Choose"], [browseButton, "Browse the kernel", "Browse"], [linkButton, "Paste a link", "Link"]]) {
      button.classList.toggle("small", some);
      button.lastChild.textContent = some ? short : long;
      button.setAttribute("aria-label", long);
      button.title = { [short]: long, "Browse": "Browse the files of the kernel's machine" }[short];
    }
    for (const button of [sample, chooseButton, browseButton, linkButton]) button.disabled = !ready;
  }
  // A line stands there at once; the kernel's own takes its place.
  function promise(name) {
    moving.hidden = false;
    moving.append(movingRow({ id: "", name, step: "Waiting", fraction: 0 }));
    moving.lastChild.querySelector(".cog-note").textContent = "Waiting";
    moving.lastChild.querySelector("button").disabled = true;
    sample.disabled = true;
  }
  function drawMoving(rows) {
    moving.hidden = !rows.length;
    // Keep the nodes, so that a Cancel button with the focus keeps it.
    const old = new Map([...moving.children].map((node) => [node.dataset.id, node]));
    moving.replaceChildren(...rows.map((row) => {
      const node = old.get(row.id) ?? movingRow(row);
      const percent = Math.round(100 * row.fraction);
      const lost = row.step === "Receiving" && !pieces.ours.has(row.id);
      node.querySelector(".cog-note").textContent = lost ? `Cut off at ${percent}%: choose it again to go on` : row.step === "Waiting" ? `Waiting · ${bytes(row.size)}` : `${row.step} ${percent}%${row.size ? ` · ${bytes(row.size)}` : ""}`;
      const bar = node.querySelector(".cog-bar");
      bar.setAttribute("aria-valuenow", percent);
      bar.firstChild.style.width = `${percent}%`;
      return node;
    }));
  }
  function movingRow(row) {
    return h("li.cog-file", { "data-id": row.id },
      h("div.cog-thumb", {}, icon(KINDS[row.kind] ?? "film")),
      h("div.cog-grow", {}, h("div.cog-file-name.cog-cut", { title: row.name }, row.name), h("div.cog-note.cog-cut", {}),
        h("div.cog-bar", { role: "progressbar", "aria-label": `Upload of ${row.name}`, "aria-valuemin": "0", "aria-valuemax": "100" }, h("i"))),
      h("button.cog-button.quiet.small.icon", { "aria-label": `Cancel ${row.name}`, title: "Cancel", onclick: () => pieces.cancel(row.id) }, icon("cross")));
  }
});

function told(one) {
  return [one.duration ? clock(one.duration) : null, one.size ? bytes(one.size) : null, one.width ? `${one.width}×${one.height}` : null].filter(Boolean).join(" · ");
}
function picture(one) {
  const box = h("div.cog-thumb");
  if ((one.thumb ?? "").startsWith("data:image/jpeg;base64,")) box.append(h("img", { src: one.thumb, alt: "" }));
  else box.append(icon(KINDS[one.kind] ?? "file"));
  return box;
}

function makeLinker({ send, promise, close }) {
  const field = h("input.cog-field", { type: "url", placeholder: "https://…/video.mp4", "aria-label": "Address of a video" });
  const go = () => { if (field.value.trim()) { promise(field.value.trim().split("/").pop()); send("fetch", { url: field.value }); field.value = ""; close(); } };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go();
    if (event.key === "Escape") close();
  });
  const node = h("div.cog-files-link", {}, field, h("button.cog-button.primary", { onclick: go }, "Fetch"));
  return { node, focus: () => field.focus() };
}

// A folder as a list box: type to find, arrows to move, Space to choose, Enter to open or to upload.
let browsers = 0;
function makeBrowser({ model, send, promise, close }) {
  const name = `cog-browse-${++browsers}-${Math.random().toString(36).slice(2)}`;
  const crumbs = h("nav.cog-crumbs", { "aria-label": "Folder" });
  const find = h("input.cog-field", { type: "text", placeholder: "Type to find", role: "combobox", "aria-label": "Find in this folder", "aria-expanded": "true", "aria-controls": name, "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false" });
  const box = h("ul.cog-folder", { id: name, role: "listbox", "aria-multiselectable": "true", "aria-label": "Files of the kernel's machine" });
  const upload = h("button.cog-button.primary.small", { onclick: go });
  const note = h("span.cog-note.cog-grow");
  const node = h("div.cog-browser", {}, crumbs, find, box, h("div.cog-browser-foot", {}, note, h("button.cog-button.small", { onclick: close }, "Close"), upload));
  const chosen = new Set();
  let entries = [], at = 0, path = null;

  const shown = () => {
    const wanted = find.value.trim().toLowerCase();
    return entries.filter((entry) => entry.name.toLowerCase().includes(wanted));
  };
  function go() {
    if (!chosen.size) return;
    for (const path of chosen) promise(path.split(/[/\\]/).pop());
    send("upload", { paths: [...chosen] });
    chosen.clear();
    close();
  }
  function enter(folder) {
    find.value = "";
    at = 0;
    send("browse", { path: folder });
  }
  function choose(entry) {
    if (entry.kind === "folder") return enter(entry.path);
    if (entry.why) return;
    if (!chosen.delete(entry.path)) chosen.add(entry.path);
    render();
  }
  function parent() {
    const way = model.get("listing").crumbs ?? [];
    if (way.length > 1) enter(way[way.length - 2][1]);
  }
  find.addEventListener("input", () => { at = 0; render(); });
  find.addEventListener("keydown", (event) => {
    const rows = shown();
    const entry = rows[at];
    if (event.key === "ArrowDown") at = Math.min(at + 1, rows.length - 1);
    else if (event.key === "ArrowUp") at = Math.max(at - 1, 0);
    else if (event.key === "Home" && !find.value) at = 0;
    else if (event.key === "End" && !find.value) at = rows.length - 1;
    else if (event.key === " " && entry && (!find.value || event.ctrlKey)) choose(entry);
    else if (event.key === "Enter" && entry) {
      if (entry.kind === "folder") enter(entry.path);
      else { if (!chosen.size && !entry.why) chosen.add(entry.path); go(); }
    } else if (event.key === "Backspace" && !find.value) parent();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    render();
  });
  function draw(listing) {
    if (!listing.path) return;
    if (listing.path !== path) { at = 0; box.scrollTop = 0; chosen.clear(); }
    path = listing.path;
    entries = listing.entries;
    const way = listing.crumbs.slice(-4);
    crumbs.replaceChildren(
      ...(listing.crumbs.length > way.length ? [h("button.cog-link", { "aria-label": "Further up", onclick: () => enter(listing.crumbs[listing.crumbs.length - 5][1]) }, "…"), icon("right")] : []),
      ...way.flatMap(([label, to], n) => [n ? icon("right") : null,
        n === way.length - 1 ? h("b.cog-cut", { "aria-current": "location" }, label) : h("button.cog-link.cog-cut", { onclick: () => enter(to) }, label)]).filter(Boolean));
    note.title = listing.path;
    render();
  }
  function render() {
    const rows = shown();
    const seen = model.get("glances");
    at = Math.min(at, Math.max(0, rows.length - 1));
    box.replaceChildren(...rows.map((entry, n) => {
      const glance = seen[entry.path] ?? {};
      const isFolder = entry.kind === "folder";
      return h("li.cog-entry", {
        id: `${name}-${n}`, role: "option", class: [n === at ? "at" : "", entry.why ? "off" : ""].join(" "),
        "aria-selected": String(chosen.has(entry.path)), "aria-disabled": entry.why ? "true" : null, title: entry.name,
        onmousedown: (event) => event.preventDefault(), // the focus stays in the field
        onclick: () => { at = n; choose(entry); },
        ondblclick: () => { if (!isFolder && !entry.why) { chosen.add(entry.path); go(); } },
      },
      h("span.cog-tick", { hidden: isFolder }, chosen.has(entry.path) ? icon("check") : null),
      picture({ ...glance, kind: entry.kind }),
      h("span.cog-grow.cog-cut", {}, entry.name),
      h("span.cog-note", {}, isFolder ? "" : [entry.why || null, glance.duration ? clock(glance.duration) : null, entry.why ? null : bytes(entry.size)].filter(Boolean).join(" · ")));
    }));
    if (!rows.length) box.append(h("li.cog-note.cog-empty", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, entries.length ? "Nothing here has such a name." : "No folders, no media here."));
    find.setAttribute("aria-activedescendant", rows.length ? `${name}-${at}` : "");
    box.children[at]?.scrollIntoView?.({ block: "nearest" });
    const left = (model.get("listing").count ?? 0) - entries.length;
    const size = entries.filter((entry) => chosen.has(entry.path)).reduce((sum, entry) => sum + entry.size, 0);
    note.textContent = chosen.size ? bytes(size) : left > 0 ? `${left} more` : "";
    upload.disabled = !chosen.size;
    upload.textContent = chosen.size > 1 ? `Upload ${chosen.size} files` : "Upload";
  }
  return { node, draw, glance: () => { if (node.isConnected) render(); }, focus: () => { render(); find.focus(); } };
}
