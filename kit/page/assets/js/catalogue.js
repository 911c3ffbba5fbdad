// SPDX-License-Identifier: Apache-2.0
// Catalogue: of a price's form only the fields that its model uses are shown, and forms of rows grow.

const fit = (form) => {
  const model = form.querySelector("input[name=model]:checked")?.value;
  for (const part of form.querySelectorAll("[data-models]")) part.hidden = !part.dataset.models.split(" ").includes(model);
};
for (const form of document.querySelectorAll("[data-price-form]")) fit(form);
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-price-form]");
  if (form && event.target.name === "model") fit(form);
});

// A further row is a copy of the last one, with the next number in its names and nothing typed.
const grow = (list) => {
  const last = list.lastElementChild, row = last.cloneNode(true), next = list.children.length;
  for (const el of row.querySelectorAll("[name], [id], [for]")) {
    for (const name of ["name", "id", "for"]) if (el.hasAttribute(name)) el.setAttribute(name, el.getAttribute(name).replace(/-\d+$/, `-${next}`));
    if (el.matches("input")) el.value = "";
    if (el.matches("select")) el.selectedIndex = 0;
  }
  list.append(row);
  row.querySelector("input, select").focus();
};
for (const [button, list] of [["[data-add-tier]", "[data-tiers]"], ["[data-add-line]", "[data-lines]"]]) {
  for (const el of document.querySelectorAll(button)) el.hidden = false;
  document.addEventListener("click", (event) => {
    const el = event.target.closest?.(button);
    if (el) grow(el.closest("form").querySelector(list));
  });
}
