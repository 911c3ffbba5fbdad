// SPDX-License-Identifier: Apache-2.0
// The desk: choosing several tickets, drafts that are kept while one writes, texts that are inserted, keys.

const count = (form) => {
  const n = form.querySelectorAll("[data-tick]:checked").length;
  form.querySelector("[data-bulk-count]").textContent = n ? new Intl.NumberFormat(document.documentElement.lang).format(n) : "";
};
const begin = () => {
  for (const form of document.querySelectorAll("[data-bulk]")) {
    form.dataset.scripted = "yes";
    if (form.querySelector("[data-bulk-count]")) count(form);
  }
};
begin();
document.addEventListener("live:after", begin);
document.addEventListener("change", (event) => {
  const form = event.target.matches?.("[data-tick]") && event.target.closest("[data-bulk]");
  if (form && form.querySelector("[data-bulk-count]")) count(form);
});

// A draft is kept two seconds after the last letter; the answer says who else is here.
for (const form of document.querySelectorAll("[data-composer]")) {
  const write = form.querySelector("[data-write]");
  const presence = form.querySelector("[data-presence]");
  let waiting = 0;
  let sent = false;
  const keep = async () => {
    if (sent) return;
    const body = new URLSearchParams({ body: write.value, public: form.querySelector("[name=public]:checked").value });
    const answer = await fetch(form.dataset.composer, { method: "POST", body, headers: { "HX-Request": "true", Accept: "text/html" } });
    if (answer.ok) presence.innerHTML = await answer.text();
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, 2000);
  };
  form.addEventListener("input", soon);
  form.addEventListener("submit", () => {
    sent = true;
    clearTimeout(waiting);
  });
  setInterval(() => { if (!document.hidden) keep(); }, 30000);
  form.querySelector("[data-canned]")?.addEventListener("change", (event) => {
    write.setRangeText(event.target.value, write.selectionStart, write.selectionEnd, "end");
    event.target.value = "";
    write.focus();
    soon();
  });
  write.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

const typing = (el) => el.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  const form = document.querySelector("[data-composer]");
  const mode = { r: "yes", n: "no" }[event.key];
  if (!form || !mode) return;
  event.preventDefault();
  form.querySelector(`[name=public][value=${mode}]`).checked = true;
  form.querySelector("[data-write]").focus();
});

// Cards move between columns by dragging, or with Alt and an arrow key while they have the focus. The page is told by the
// stream of changes; without it the board is fetched anew.
let dragged;
const move = async (card, column) => {
  if (!column || column.contains(card)) return;
  column.querySelector("ul").prepend(card);
  card.querySelector("a").focus();
  const answer = await fetch(card.dataset.card, { method: "POST", body: new URLSearchParams({ status: column.dataset.column }), headers: { Accept: "text/html" } });
  if (!answer.ok) location.reload();
};
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-card]");
  event.dataTransfer?.setData("text/plain", dragged?.querySelector("a").textContent ?? "");
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const column = event.target.closest?.("[data-column]");
    if (!column || !dragged) return;
    event.preventDefault();
    column.classList.toggle("over", kind === "dragover");
    if (kind === "drop") move(dragged, column);
  });
}
document.addEventListener("keydown", (event) => {
  const card = event.altKey && event.target.closest?.("[data-card]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!card || !step) return;
  event.preventDefault();
  const columns = [...document.querySelectorAll("[data-column]")];
  move(card, columns[columns.indexOf(card.closest("[data-column]")) + step]);
});
