// SPDX-License-Identifier: Apache-2.0
// Dialogs open from a button, ask before a form is sent, and close on the backdrop. Toasts close too.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialog)?.showModal();
    return;
  }
  if (event.target.closest("[data-close-dialog]")) {
    event.target.closest("dialog").close();
    return;
  }
  if (event.target.matches("dialog.dialog")) event.target.close(); // the backdrop
  event.target.closest("[data-close-toast]")?.closest("[data-toast]").remove();
});

// Without this script the button of the form sends it at once.
document.addEventListener("submit", (event) => {
  const id = event.target.dataset.confirm;
  if (!id || event.submitter?.matches("[data-yes]")) return;
  event.preventDefault();
  document.getElementById(id).showModal();
});

// A good message leaves by itself; one that says something went wrong stays until it is closed.
for (const toast of document.querySelectorAll("[data-toast].tone-good")) {
  let timer = setTimeout(() => toast.remove(), 8000);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("focusin", () => clearTimeout(timer));
}
