// SPDX-License-Identifier: Apache-2.0
// File fields take files that are dropped on them and say what was chosen.

const size = (bytes) => {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let i = 0;
  for (; bytes >= 1000 && i < units.length - 1; i++) bytes /= 1000;
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: units[i], unitDisplay: "short", maximumFractionDigits: i > 1 ? 1 : 0 }).format(bytes);
};

const show = (zone) => {
  const rows = [...zone.querySelector("input[type=file]").files].map((file) => {
    const row = document.createElement("li");
    row.setAttribute("translate", "no");
    const name = document.createElement("span");
    const bytes = document.createElement("span");
    name.textContent = file.name;
    bytes.textContent = size(file.size);
    row.append(name, bytes);
    return row;
  });
  zone.querySelector("[data-drop-files]").replaceChildren(...rows);
};

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", kind === "dragover");
    if (kind !== "drop") return;
    const input = zone.querySelector("input[type=file]");
    const dropped = new DataTransfer();
    for (const file of event.dataTransfer.files) {
      dropped.items.add(file);
      if (!input.multiple) break;
    }
    input.files = dropped.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
document.addEventListener("change", (event) => {
  const zone = event.target.closest?.("[data-drop]");
  if (zone && event.target.type === "file") show(zone);
});
