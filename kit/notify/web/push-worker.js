// SPDX-License-Identifier: Apache-2.0
// Shows what the server tells this browser while no page is open, and opens the page when somebody clicks on it.

self.addEventListener("push", (event) => {
  let news = {};
  try { news = event.data?.json() ?? {}; } catch { /* what cannot be read is shown without words */ }
  event.waitUntil(self.registration.showNotification(news.title || "Mainstay", { body: news.body || "", tag: news.tag || undefined, renotify: !!news.tag, data: { url: news.url || "/notices" } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const to = new URL(event.notification.data.url, self.location.origin);
  if (to.origin !== self.location.origin) return;
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window" });
    for (const page of open) {
      if ("navigate" in page && page.visibilityState === "visible") {
        await page.focus();
        return page.navigate(to.href).catch(() => self.clients.openWindow(to.href));
      }
    }
    return self.clients.openWindow(to.href);
  })());
});
