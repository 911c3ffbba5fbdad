// SPDX-License-Identifier: Apache-2.0
// The editor of agreements: rows come and go without leaving the page, and what would be billed follows what is typed.

let pause = 0, asked = 0;

const post = (url, data) => fetch(url + location.search, { method: "POST", headers: { "HX-Request": "true", Accept: "text/html" }, body: new URLSearchParams(data) });

const forecast = async (form) => {
  const out = form.querySelector("[data-forecast-out]");
  const mine = ++asked;
  try {
    const answer = await post(form.dataset.forecast, new FormData(form));
    const text = answer.ok ? await answer.text() : "";
    if (mine === asked && text) out.innerHTML = text; // not over a newer answer
  } catch {
    // Without an answer the last one stands.
  }
};

const soon = (form) => {
  clearTimeout(pause);
  pause = setTimeout(forecast, 350, form);
};

const rows = async (form, what, focus) => {
  const data = new FormData(form);
  data.set("do", what);
  const box = form.querySelector("[data-editor-rows]");
  const answer = await post(form.getAttribute("action") ?? location.pathname, data);
  if (!answer.ok) return form.requestSubmit();
  box.innerHTML = await answer.text();
  (focus(box) ?? box.querySelector("input:not([type=hidden])"))?.focus();
  soon(form);
};

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("form[data-editor] button[data-quick]");
  if (!button) return;
  event.preventDefault();
  const what = button.value, [act, at] = what.split(":");
  rows(button.form, what, (box) => {
    const last = (s) => [...box.querySelectorAll(s)].at(-1);
    if (act === "add-line") return last('[name^="line-"][name$="-name"]:not([type=hidden])');
    if (act === "add-pot") return last('[name^="pot-"][name$="-name"]');
    if (act === "add-tier") return last(`[name^="line-${at}-tier-"][name$="-upto"]`);
    return box.querySelector('button[value="add-line"]');
  });
});

document.addEventListener("change", (event) => {
  const field = event.target.closest?.("form[data-editor] [data-refresh]");
  if (field) rows(field.form, "refresh", (box) => box.querySelector(`[name="${field.name}"]`));
});

for (const kind of ["input", "change"]) document.addEventListener(kind, (event) => {
  const form = event.target.closest?.("form[data-editor]");
  if (form) soon(form);
});

// A menu closes when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.a-plans[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.a-plans[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
