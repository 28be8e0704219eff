export default view("sound", ({ el, on }) => {
  const page = h("div.cog-sound-page");
  el.append(page);
  on("page", (html) => { page.innerHTML = html; }); // made by cogwidgets.widgets.sound, which escapes
});
