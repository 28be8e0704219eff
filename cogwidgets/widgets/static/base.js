// What all views share; it stands in front of each view's own module, which says
//   export default view("meter", ({ model, el, on, send }) => { el.append(h("meter", …)); on("level", (level) => …); });

// Make an element: h("button.cog-button.primary", { onclick, "aria-label": "…" }, "text", child, …).
// Text always becomes a text node, so whatever the service says stays text.
function h(kind, attributes, ...children) {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  if (tag === "button") node.type = "button";
  for (const [name, value] of Object.entries(attributes ?? {})) put(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// Set one attribute, property or listener; null and false take an attribute away.
function put(node, name, value) {
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "class") node.classList.add(...value.split(" ").filter(Boolean));
  else if (["value", "checked", "disabled", "hidden", "textContent", "htmlFor"].includes(name)) node[name] = value;
  else if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

const ICONS = {
  file: "M4 1.8h5.2L12.5 5v9.2H4zM9 1.8V5h3.5",
  folder: "M1.8 3.5h4.4l1.6 1.8h6.4v7.2H1.8z",
  film: "M2 3h12v10H2zM5 3v10M11 3v10M2 6.3h3M2 9.7h3M11 6.3h3M11 9.7h3",
  sound: "M2 6.2v3.6h2.4L8 13V3L4.4 6.2zM10.4 5.8a3.2 3.2 0 0 1 0 4.4M12.3 3.9a5.8 5.8 0 0 1 0 8.2",
  image: "M2 3h12v10H2zM2 11l3.6-3.6 3 3L10.8 8.200 14 11.400M10.300 6a.7.7 0 1 0 .01 0",
  upload: "M8 10.500V2.500M4.800 5.600 8 2.400l3.200 3.200M2.500 10.500v3h11v-3",
  download: "M8 2.500v8M4.800 7.400 8 10.600l3.200-3.200M2.500 10.500v3h11v-3",
  link: "M6.800 9.200a2.600 2.600 0 0 0 3.700 0l2.300-2.300a2.600 2.600 0 0 0-3.700-3.700l-.9.9M9.200 6.800a2.600 2.600 0 0 0-3.700 0L3.200 9.100a2.600 2.600 0 0 0 3.700 3.700l.9-.9",
  check: "M3 8.500 6.300 12 13 4.500",
  cross: "M4 4l8 8M12 4l-8 8",
  copy: "M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3",
  stop: "M4.500 4.500h7v7h-7z",
  send: "M8 13V3M4 7l4-4 4 4",
  undo: "M5.500 3 2.500 6l3 3M2.500 6h6.300a4 4 0 0 1 0 8H6",
  retry: "M13 8a5 5 0 1 1-1.500-3.600M13 2v3h-3",
  step: "M3 3.500v9l6-4.500zM12 3.500v9",
  play: "M4.500 3v10l8-5z",
  right: "M6 3.500 10.500 8 6 12.500",
  up: "M3.500 10 8 5.500 12.500 10",
  plus: "M8 3v10M3 8h10",
  dot: "M8 8h.01",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "cog-icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// "0:24", "1:02:03"; "3.4 MB"; "0.9 s".
function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
function bytes(count) {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} GB`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(count < 1e8 ? 1 : 0)} MB`;
  return count >= 1000 ? `${Math.round(count / 1000)} kB` : `${count} B`;
}

// A token's colour as the browser resolves it in this place, for a canvas: ink(el, "--cog-music").
function ink(el, token) {
  const probe = h("span", { style: `color: var(${token}); display: none` });
  el.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // An insecure page, or a frame without the permission.
    const area = h("textarea", { style: "position:fixed;opacity:0" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

// A button that copies what `text()` gives, and says so for a moment.
function copyButton(label, text, extra = "") {
  const said = h("span", {}, "Copy");
  const button = h(`button.cog-button.quiet.small${extra}`, { "aria-label": label, title: label }, icon("copy"), said);
  button.addEventListener("click", async () => {
    await copy(text());
    said.textContent = "Copied";
    setTimeout(() => (said.textContent = "Copy"), 1500);
  });
  return button;
}

// Join a view together. `build` gets:
//   el           the element to fill
//   on(name, fn) calls fn(value) now and whenever Python sets the trait
//   send(what, fields, buffers)  has Python do `what`: View._do_<what>
//   done(fn)     calls fn when the view goes
function view(name, build) {
  return {
    async render({ model, el }) {
      const gone = [];
      const done = (fn) => gone.push(fn);
      el.classList.add("cog", "cog-card", `cog-${name}`);
      // A key that is pressed in here is no command of the notebook (JupyterLab, Notebook 7).
      const keep = (event) => event.target.setAttribute?.("data-lm-suppress-shortcuts", "true");
      el.addEventListener("focusin", keep);
      done(() => el.removeEventListener("focusin", keep));
      const on = (trait, fn) => {
        const changed = () => fn(model.get(trait));
        model.on(`change:${trait}`, changed);
        done(() => model.off(`change:${trait}`, changed));
        changed();
      };
      const send = (what, fields, buffers) => model.send({ do: what, ...fields }, undefined, buffers);
      const alert = h("div", { role: "alert" });
      await build({ model, el, on, send, done });
      el.append(alert);
      on("error", (error) => {
        const said = error && error.message;
        alert.replaceChildren(
          ...(said
            ? [
                h("div.cog-error", {},
                  h("div", {}, h("p", {}, error.message), error.hint ? h("p", {}, error.hint) : null),
                  h("button.cog-button.quiet.small.icon", { "aria-label": "Close this message", onclick: () => send("dismiss") }, icon("cross"))),
              ]
            : []),
        );
      });
      return () => gone.forEach((fn) => fn());
    },
  };
}
