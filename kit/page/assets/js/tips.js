// SPDX-License-Identifier: Apache-2.0
// What a column of a chart says when pointed at. The same numbers stand in the chart's table.

const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
tip.setAttribute("aria-hidden", "true");
document.body.append(tip);

const place = (event) => {
  const room = 12;
  const x = Math.min(event.clientX + room, innerWidth - tip.offsetWidth - room);
  const y = event.clientY + room + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - room : event.clientY + room;
  tip.style.translate = `${Math.max(room, x)}px ${y}px`;
};
document.addEventListener("pointermove", (event) => {
  const target = event.target.closest?.("[data-tip]");
  if (!target || event.pointerType === "touch") {
    tip.hidden = true;
    return;
  }
  if (tip.dataset.of !== target.dataset.tip) {
    tip.dataset.of = target.dataset.tip;
    tip.replaceChildren(...target.dataset.tip.split("\n").map((line) => {
      const row = document.createElement("div");
      for (const cell of line.split("\t")) row.append(Object.assign(document.createElement("span"), { textContent: cell }));
      return row;
    }));
  }
  tip.hidden = false;
  place(event);
});
document.addEventListener("pointerleave", () => { tip.hidden = true; });
