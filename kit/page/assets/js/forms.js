// SPDX-License-Identifier: Apache-2.0
// Forms: passwords that can be shown, one sending at a time, selects that act at once.

for (const button of document.querySelectorAll("[data-reveal], [data-copy]")) button.hidden = false;

// A new account starts in the time zone of its browser.
for (const zone of document.querySelectorAll("input[data-zone]")) zone.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const input = button.parentElement.querySelector("input");
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.ariaPressed = String(!shown);
  input.focus();
});

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault(); // a double click sends once
  event.target.dataset.sent = "yes";
  if (event.submitter) event.submitter.ariaBusy = "true";
});
addEventListener("pageshow", () => { // back again from the page cache: the form may be sent anew
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
  for (const busy of document.querySelectorAll("button[aria-busy]")) busy.removeAttribute("aria-busy");
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

// Copies the text of another element, for tokens and links.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  const [word, mark] = button.querySelectorAll("span");
  word.hidden = true;
  mark.hidden = false;
  setTimeout(() => { word.hidden = false; mark.hidden = true; }, 1500);
});
