// SPDX-License-Identifier: Apache-2.0
// Keys of the inbox of alerts: A acknowledges and S puts off what is ticked, or else the row of the cursor.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const button = document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
  if (!button) return;
  const list = button.closest("[data-bulk]");
  if (list && !list.querySelector("[data-tick]:checked")) {
    const tick = list.querySelector("tr.cursor [data-tick]");
    if (!tick) return;
    tick.click();
  }
  event.preventDefault();
  button.form.requestSubmit(button);
});
