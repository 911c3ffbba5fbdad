// SPDX-License-Identifier: Apache-2.0
// Being told by this browser while no page is open. The button appears where the browser can do it.

const box = document.querySelector("[data-push]");
const able = "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const words = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const browser = () => {
  const of = navigator.userAgentData;
  if (of) return `${of.brands.find((b) => !/not.?a.?brand|chromium/i.test(b.brand))?.brand ?? "Chromium"}, ${of.platform}`;
  const found = /(Firefox|Safari)\//.exec(navigator.userAgent)?.[1] ?? "";
  return [found, navigator.platform].filter(Boolean).join(", ");
};

const subscribe = async (button) => {
  if (await Notification.requestPermission() !== "granted") throw new Error(box.dataset.denied);
  const worker = await navigator.serviceWorker.register("/push-worker.js");
  await navigator.serviceWorker.ready;
  const old = await worker.pushManager.getSubscription();
  await old?.unsubscribe(); // perhaps with another key
  const sub = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.push) });
  const form = button.closest("form");
  form.elements.endpoint.value = sub.endpoint;
  form.elements.key.value = words(sub.getKey("p256dh"));
  form.elements.auth.value = words(sub.getKey("auth"));
  form.elements.name.value = browser();
  form.requestSubmit();
};

if (box) {
  box.querySelector("[data-push-on]").hidden = !able;
  box.querySelector("[data-push-unable]").hidden = able;
  box.querySelector("[data-push-on] button").addEventListener("click", async (event) => {
    event.preventDefault();
    const button = event.currentTarget;
    const error = box.querySelector("[data-push-error]");
    error.hidden = true;
    button.ariaBusy = "true";
    try {
      await subscribe(button);
    } catch (problem) {
      error.textContent = problem.name === "Error" ? problem.message : box.dataset.failed;
      error.hidden = false;
    } finally {
      button.ariaBusy = "false";
    }
  });
}
