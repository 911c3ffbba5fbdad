// SPDX-License-Identifier: Apache-2.0
// Quotes: the sums follow what is ticked. The server reckons them; without script a button asks for them.

for (const button of document.querySelectorAll("[data-quote-sums]")) button.hidden = true;

let asked = 0;
document.addEventListener("change", async (event) => {
  const form = event.target.closest?.("[data-quote-choice]");
  if (!form || !event.target.name.startsWith("choice")) return;
  const query = new URLSearchParams({ sum: "yes" });
  for (const [name, value] of new FormData(form)) if (name.startsWith("choice")) query.append(name, value);
  const mine = ++asked;
  const answer = await fetch(`${location.pathname}?${query}`, { headers: { Accept: "text/html" } });
  const sums = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("q-sums");
  if (!sums || mine !== asked) return; // a newer choice is on its way
  sums.dataset.fresh = "yes";
  document.getElementById("q-sums").replaceWith(document.adoptNode(sums));
});
