// SPDX-License-Identifier: Apache-2.0
// A small search within a page: what is typed is looked for at the form's address, and what was found stands below.

for (const form of document.querySelectorAll("[data-find-into]")) {
  const into = document.getElementById(form.dataset.findInto);
  let waiting = 0;
  let asked = 0;
  const find = async () => {
    const mine = ++asked;
    const answer = await fetch(`${form.action}?${new URLSearchParams(new FormData(form))}`, { headers: { "HX-Request": "true", Accept: "text/html" } });
    if (answer.ok && mine === asked) into.innerHTML = await answer.text(); // an answer that comes late is an old one
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(find, 200);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    find();
  });
}
