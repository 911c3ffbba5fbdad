// SPDX-License-Identifier: Apache-2.0
// The bell counts along. Only one tab of a browser holds the stream, because a browser opens few connections to a server
// that does not speak HTTP/2; that tab tells the others.

const bell = document.querySelector("[data-bell]");
const show = ({ count, label }) => {
  const badge = bell.querySelector("[data-bell-count]");
  if (badge.textContent === count) return;
  badge.textContent = count;
  badge.hidden = count === "";
  bell.ariaLabel = label;
  bell.title = label;
  document.dispatchEvent(new Event("bell:changed"));
};

if (bell?.dataset.bell && navigator.locks && window.BroadcastChannel) {
  const channel = new BroadcastChannel("mainstay-bell");
  channel.addEventListener("message", (e) => show(e.data));
  const leave = new AbortController();
  navigator.locks.request("mainstay-bell", { signal: leave.signal }, () => new Promise((done) => {
    const stream = new EventSource(bell.dataset.bell);
    stream.addEventListener("bell", (e) => {
      const news = JSON.parse(e.data);
      show(news);
      channel.postMessage(news);
    });
    stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) done(); }); // signed out
    addEventListener("pagehide", () => { stream.close(); done(); });
  })).catch(() => {}); // left before its turn
  addEventListener("pagehide", () => leave.abort());
}

// A page that lists the news shows what came meanwhile.
const list = document.querySelector("[data-bell-list]");
if (list) {
  document.addEventListener("bell:changed", async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || list.contains(document.activeElement)) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-bell-list]");
    if (fresh) list.replaceChildren(...fresh.childNodes);
  });
}
