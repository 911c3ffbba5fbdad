// SPDX-License-Identifier: Apache-2.0
// The command palette: Ctrl-K or a click opens it, typing asks the server, arrows choose.

const dialog = document.getElementById("palette");
if (dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector(".palette-list");
  const none = dialog.querySelector(".palette-none");
  let asked = 0;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const select = (option) => {
    for (const o of options()) o.setAttribute("aria-selected", String(o === option));
    if (option) {
      option.id ||= "palette-" + options().indexOf(option);
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const ask = async () => {
    const mine = ++asked;
    const answer = await fetch("/palette?q=" + encodeURIComponent(input.value), { headers: { "HX-Request": "true" } });
    const html = answer.ok ? await answer.text() : "";
    if (mine !== asked) return; // a later letter has been typed
    list.innerHTML = html;
    none.hidden = options().length > 0;
    select(options()[0]);
  };
  const open = () => {
    if (dialog.open) return;
    input.value = "";
    list.replaceChildren();
    none.hidden = true;
    dialog.showModal();
    ask();
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    } else if (event.key === " " && event.target.matches?.("[data-palette]")) {
      event.preventDefault();
      open();
    }
  });
  input.addEventListener("input", ask);
  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((o) => o.ariaSelected === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (all.length) select(all[(at + step + all.length) % all.length]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      all[Math.max(at, 0)]?.click();
    }
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop
  });
}
