// SPDX-License-Identifier: Apache-2.0
// The dispatch calendar: appointments, and tickets that wait for one, are dragged to a person and a time. With Alt and the
// arrows an appointment that has the focus moves to the next place of its row, or to the person above or below. The page
// is told of the change by the stream of changes; what went wrong is told by the page that is loaded anew.

let dragged;

const send = async (address, fields) => {
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "text/html" } });
  if (!answer.ok) location.reload();
};

const put = (what, slot) => {
  if (what.dataset.unplanned) return send("/dispatch/plan", { ticket: what.dataset.unplanned, slot });
  return send(what.dataset.appointment, { version: what.dataset.version, slot });
};

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-appointment], [data-unplanned]");
  if (dragged) event.dataTransfer?.setData("text/plain", dragged.textContent.trim());
});
document.addEventListener("dragend", () => (dragged = undefined));
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const slot = event.target.closest?.("[data-slot]");
    if (!slot || !dragged) return;
    event.preventDefault();
    slot.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && !slot.contains(dragged)) put(dragged, slot.dataset.slot);
  });
}

// where an appointment goes from here, as a person and a day (with a time in the day view)
const next = (cell, key) => {
  const row = cell.closest("tr");
  const slots = [...row.querySelectorAll("td")];
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (step) {
    for (let i = slots.indexOf(cell) + step; slots[i]; i += step) if (slots[i].dataset.slot) return slots[i].dataset.slot;
    return undefined;
  }
  const rows = [...row.closest("table").querySelectorAll("tbody tr")];
  const other = rows[rows.indexOf(row) + { ArrowDown: 1, ArrowUp: -1 }[key]];
  return cell.dataset.slot && other?.querySelectorAll("td")[slots.indexOf(cell)]?.dataset.slot;
};

document.addEventListener("keydown", (event) => {
  const block = event.altKey && event.key.startsWith("Arrow") && event.target.closest?.("[data-appointment][draggable=true]");
  if (!block) return;
  event.preventDefault();
  const slot = next(block.closest("td"), event.key);
  if (slot) put(block, slot);
});
