// SPDX-License-Identifier: Apache-2.0
// The knowledge: articles that fit while one writes, their text put into the reply, the preview of a text, a fresh password.

const ask = async (url, fields) => {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields), headers: { "HX-Request": "true", Accept: "text/html" } });
  return answer.ok ? answer.text() : null;
};

// Calls fn some time after the last of many calls.
const later = (ms, fn) => {
  let waiting = 0;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(fn, ms);
  };
};

const target = () => document.querySelector("[data-write]") ?? document.querySelector("form [name=body]");
const offer = (box) => {
  for (const button of box.querySelectorAll("[data-insert]")) button.hidden = !target();
};

for (const box of document.querySelectorAll("[data-suggest]")) {
  offer(box);
  const from = box.dataset.suggestFrom;
  let last = 0;
  const look = later(600, async () => {
    const text = [...document.querySelectorAll(from)].map((field) => field.value).join("\n");
    const mine = ++last;
    const html = await ask(box.dataset.suggest, { text, client: box.dataset.suggestClient, ticket: box.dataset.suggestTicket });
    if (html === null || mine !== last) return; // a later question was asked meanwhile
    box.innerHTML = html;
    offer(box);
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches(from)) look();
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const write = button && target();
  if (!write) return;
  const before = write.value.slice(0, write.selectionStart);
  const gap = before && !before.endsWith("\n") ? "\n\n" : "";
  write.setRangeText(gap + button.dataset.insert, write.selectionStart, write.selectionEnd, "end");
  write.dispatchEvent(new Event("input", { bubbles: true }));
  write.focus();
});

for (const form of document.querySelectorAll("[data-preview]")) {
  const part = document.querySelector("[data-preview-part]");
  form.dataset.live = "yes";
  form.querySelector("[data-body]").addEventListener("input", later(500, async () => {
    const html = await ask(form.dataset.preview, { body: form.querySelector("[data-body]").value });
    if (html !== null) part.innerHTML = html;
  }));
}

for (const form of document.querySelectorAll("[data-generate]")) {
  for (const hidden of form.querySelectorAll("[data-k-live]")) hidden.hidden = false;
  const shown = () => form.querySelector("#generated").textContent.trim();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    delete form.dataset.sent;
    const html = await ask(form.action, new FormData(form));
    if (html === null) return;
    form.querySelector("[data-generated]").innerHTML = html;
    for (const copy of form.querySelectorAll("[data-copy]")) copy.hidden = false;
    event.submitter?.removeAttribute("aria-busy");
  });
  form.querySelector("[data-use]").addEventListener("click", () => {
    const secret = document.querySelector("[name=secret]");
    secret.value = shown();
    secret.type = "text";
    secret.focus();
  });
}
