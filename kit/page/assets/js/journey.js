// SPDX-License-Identifier: Apache-2.0
// The journey: a button that prints, and keys that answer the questions.

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) print();
});

const typing = (el) => el.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
const questions = () => [...document.querySelectorAll("[data-answers] > li")];

const mark = (li) => {
  for (const x of questions()) x.classList.toggle("cursor", x === li);
  li.scrollIntoView({ block: "nearest" });
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target) || document.querySelector("dialog[open]")) return;
  const all = questions();
  if (!all.length) return;
  const at = all.findIndex((li) => li.classList.contains("cursor"));
  if (event.key === "j") mark(all[Math.min(all.length - 1, at + 1)]);
  else if (event.key === "k") mark(all[Math.max(0, at - 1)]);
  else if (/^[0-5]$/.test(event.key)) all[Math.max(0, at)].querySelector(`[data-answer="${event.key}"]`)?.click();
});
