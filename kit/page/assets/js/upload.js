// SPDX-License-Identifier: Apache-2.0
// Uploads show how far they are, and files that are too large are refused before they are sent.
// Without this script the form sends the files all the same.

const say = (form, text) => {
  const box = form.querySelector("[data-upload-error]");
  box.querySelector("span").textContent = text;
  box.hidden = text === "";
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-upload]")) return;
  event.preventDefault();
  const button = event.submitter;
  const ready = () => {
    delete form.dataset.sent;
    button?.removeAttribute("aria-busy");
  };
  say(form, "");
  const files = [...form.querySelector("input[type=file]").files];
  const large = files.find((file) => file.size > Number(form.dataset.limit));
  if (large) {
    say(form, `${large.name}: ${form.dataset.large}`);
    ready();
    return;
  }
  const box = form.querySelector("[data-upload-bar]");
  const bar = box.querySelector("progress");
  const share = box.querySelector("[data-upload-share]");
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  box.hidden = false;
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("X-Upload", "yes");
  request.upload.addEventListener("progress", (e) => {
    if (!e.lengthComputable) return;
    bar.max = e.total;
    bar.value = e.loaded;
    share.textContent = percent.format(e.loaded / e.total);
  });
  request.addEventListener("load", () => {
    const next = request.getResponseHeader("X-Next");
    if (next) {
      location.assign(next);
      return;
    }
    box.hidden = true;
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    say(form, answer.querySelector("main .field-error:not([hidden]) span, main .notice-text, main .error p")?.textContent.trim() || form.dataset.broke);
    ready();
  });
  request.addEventListener("error", () => {
    box.hidden = true;
    say(form, form.dataset.broke);
    ready();
  });
  request.send(new FormData(form));
});
