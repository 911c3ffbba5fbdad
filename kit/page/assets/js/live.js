// SPDX-License-Identifier: Apache-2.0
// Lists and threads that follow what others do: a stream of server-sent events says that something changed, and the part
// is fetched anew. What is ticked, where the cursor stands and what has the focus stays.

const refresh = async (box) => {
  const part = document.getElementById(box.dataset.liveInto);
  if (Number(part.dataset.pages ?? 1) > 1 && scrollY > 400) { // far down in a long list: it would jump
    addEventListener("scrollend", () => refresh(box), { once: true });
    return;
  }
  const from = new URL(box.dataset.liveFrom, location);
  const lang = new URLSearchParams(location.search).get("lang"); // a link can carry a language
  if (lang) from.searchParams.set("lang", lang);
  const answer = await fetch(from, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!answer.ok || part.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), textarea, select")) return;
  const ticked = new Set([...part.querySelectorAll("[data-tick]:checked")].map((t) => t.value));
  const at = part.querySelector("tr.cursor [data-tick]")?.value;
  const focused = part.contains(document.activeElement);
  part.innerHTML = await answer.text();
  for (const t of part.querySelectorAll("[data-tick]")) {
    if (ticked.has(t.value)) {
      t.checked = true;
      t.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (t.value === at) {
      t.closest("tr").classList.add("cursor");
      if (focused) t.closest("tr").querySelector("[data-open]")?.focus({ preventScroll: true });
    }
  }
  document.dispatchEvent(new Event("live:after"));
};

for (const box of document.querySelectorAll("[data-live]")) {
  const stream = new EventSource(box.dataset.live);
  let waiting = 0, lost = 0;
  stream.addEventListener("open", () => {
    clearTimeout(lost);
    delete box.dataset.lost;
  });
  stream.addEventListener("error", () => {
    clearTimeout(lost);
    if (box.dataset.lostText) lost = setTimeout(async () => { // a screen that nobody reloads must not show yesterday
      box.dataset.lost = "yes";
      const answer = await fetch(box.dataset.liveFrom, { headers: { "HX-Request": "true" } }).catch(() => null);
      if (answer?.ok || answer?.status === 404) location.reload(); // the stream alone had ended, or the link was revoked
    }, 10_000);
  });
  stream.addEventListener("open", () => refresh(box)); // what happened between the page and the stream, or while it was cut off
  stream.addEventListener("changed", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => refresh(box), 250); // many changes at once are fetched once
  });
  addEventListener("pagehide", () => stream.close());
}
