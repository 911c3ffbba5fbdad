// SPDX-License-Identifier: Apache-2.0
// Keys in lists: J and K move a cursor over the rows, Enter opens, X ticks, "/" goes to the filter.

const typing = (el) => el.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

const move = (step) => {
  const rows = [...document.querySelectorAll("table[data-rows] tbody tr:not(.group)")].filter((r) => r.offsetParent);
  if (!rows.length) return;
  const at = rows.findIndex((r) => r.classList.contains("cursor"));
  rows[at]?.classList.remove("cursor");
  const row = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step))];
  row.classList.add("cursor");
  row.scrollIntoView({ block: "nearest" });
  row.querySelector("[data-open]")?.focus({ preventScroll: true });
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "x") document.querySelector("tr.cursor input[type=checkbox]")?.click();
  else if (event.key === "/") {
    const field = document.querySelector("[data-filter]");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  }
});

// A whole row opens its link, except where something else was clicked or text was selected.
document.addEventListener("click", (event) => {
  const row = event.target.closest("table[data-rows] tbody tr");
  if (!row || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
  row.querySelector("[data-open]")?.click();
});

// On a small screen the current tab may lie outside of the bar.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) tab.parentElement.scrollLeft = tab.offsetLeft - 48;

document.addEventListener("change", (event) => {
  const row = event.target.closest?.("table[data-rows] tbody tr");
  if (row && event.target.matches("input[type=checkbox]")) row.ariaSelected = String(event.target.checked);
});

// A region that does not scroll needs no place in the tab order.
const stops = () => {
  for (const region of document.querySelectorAll(".table-scroll, .chart-table")) {
    if (region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
  }
};
stops();
addEventListener("resize", stops);
document.addEventListener("toggle", stops, true);
