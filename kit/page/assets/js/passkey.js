// SPDX-License-Identifier: Apache-2.0
// Passkeys: signing in with one, confirming with one and adding one. The buttons appear where the browser can do it.

const able = !!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;

const post = async (url, body) => {
  const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body) });
  const detour = answer.headers.get("X-Detour"); // first show who you are, then come back here
  if (detour) {
    location.assign(`${detour}?back=${encodeURIComponent(location.pathname)}`);
    return new Promise(() => {});
  }
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.error);
  return json;
};

const run = async (button) => {
  const adding = button.dataset.passkey === "add";
  const form = button.closest("form");
  const { token, options } = await post(button.dataset.begin, {});
  const publicKey = adding
    ? PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey)
    : PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
  const credential = adding ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey });
  const value = (name) => form?.elements[name]?.value ?? "";
  const { next } = await post(button.dataset.finish, { token, answer: credential.toJSON(), name: value("name"), back: value("back") });
  location.assign(next);
};

for (const button of document.querySelectorAll("[data-passkey]")) button.hidden = !able;
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey]");
  if (!button) return;
  const error = document.getElementById(button.dataset.error);
  error.hidden = true;
  button.ariaBusy = "true";
  try {
    await run(button);
  } catch (problem) {
    if (problem.name !== "NotAllowedError" && problem.name !== "AbortError") { // the person cancelled
      error.textContent = problem.name === "Error" ? problem.message : error.dataset.fallback;
      error.hidden = false;
    }
  } finally {
    button.ariaBusy = "false";
  }
});
