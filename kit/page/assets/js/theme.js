// SPDX-License-Identifier: Apache-2.0
// The theme button changes the colours at once and lets the server keep the choice.

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("[name=theme]");
  const theme = button.value;
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  const body = new URLSearchParams({ theme, back: location.pathname + location.search });
  await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  // The button's next step, icon and words come from the server, in the reader's language.
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const fresh = page.querySelector("[data-theme-form]");
  if (!fresh) return;
  const had = document.activeElement === button;
  form.replaceWith(fresh);
  if (had) fresh.querySelector("button").focus();
});
