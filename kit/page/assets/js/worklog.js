// SPDX-License-Identifier: Apache-2.0
// Work: what an entry comes to while it is typed, and the time of a running timer.

const fields = ["id", "person", "client", "ticket", "type", "day", "start", "end", "time", "after", "coverage"];
let pause, asked = 0;

const ask = async (form) => {
  const out = form.querySelector("[data-quote-out]");
  const data = new FormData(form), query = new URLSearchParams();
  for (const f of fields) if (data.get(f)) query.set(f, data.get(f));
  const mine = ++asked;
  try {
    const answer = await fetch(`${form.dataset.quote}?${query}`);
    const text = answer.ok ? await answer.text() : "";
    if (mine === asked) out.textContent = text; // not over a newer answer
  } catch {
    out.textContent = "";
  }
};

for (const kind of ["input", "change"]) document.addEventListener(kind, (event) => {
  const form = event.target.closest?.("form[data-quote]");
  if (!form || !fields.includes(event.target.name)) return;
  clearTimeout(pause);
  pause = setTimeout(ask, 200, form);
});

const tick = () => {
  for (const el of document.querySelectorAll("[data-since]")) {
    const s = Math.max(0, Math.floor((Date.now() - Date.parse(el.dataset.since)) / 1000));
    const two = (n) => String(n).padStart(2, "0");
    el.hidden = false;
    el.textContent = `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  }
};
if (document.querySelector("[data-since]")) {
  tick();
  setInterval(tick, 1000);
}
