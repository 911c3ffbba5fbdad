// SPDX-License-Identifier: Apache-2.0
// Long lists go on by themselves: when the end of a page comes near, the next one is fetched and its rows are added. Rows
// far out of sight are not drawn by the browser (content-visibility). Without this script one turns pages.

const most = 40; // pages in one list; then one turns pages again

const follow = (list) => {
  const next = list.querySelector(".pager [rel=next]");
  if (!next) return;
  new IntersectionObserver(async ([seen], observer) => {
    if (!seen.isIntersecting || Number(list.dataset.pages ?? 1) >= most) return;
    observer.disconnect();
    const answer = await fetch(next.href, { headers: { "HX-Request": "true", Accept: "text/html" } });
    if (!answer.ok) return;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    const have = new Set([...list.querySelectorAll("[data-tick]")].map((t) => t.value)); // the list may have moved on meanwhile
    const rows = [...part.querySelectorAll("table[data-rows] tbody tr")].filter((r) => !have.has(r.querySelector("[data-tick]")?.value));
    list.querySelector("table[data-rows] tbody").append(...rows);
    list.dataset.pages = Number(list.dataset.pages ?? 1) + 1;
    const older = part.querySelector(".pager [rel=next]");
    if (older) {
      next.href = older.href;
      follow(list);
    } else list.querySelector(".pager").remove();
  }, { rootMargin: "800px" }).observe(next);
};

const begin = () => {
  for (const list of document.querySelectorAll("[data-more]")) {
    delete list.dataset.pages;
    follow(list);
  }
};
begin();
document.addEventListener("live:after", begin);
