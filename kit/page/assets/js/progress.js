// SPDX-License-Identifier: Apache-2.0
// Follows long jobs: each bar names the stream of server-sent events that moves it.

const follow = (box) => {
  const bar = box.querySelector("progress");
  const text = box.querySelector("[data-progress-text]");
  const share = box.querySelector("[data-progress-share]");
  const error = box.querySelector("[data-progress-error]");
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  const stream = new EventSource(box.dataset.progress);
  stream.addEventListener("progress", (event) => {
    const state = JSON.parse(event.data);
    if (state.text) text.textContent = state.text;
    if (state.total > 0) {
      bar.max = state.total;
      bar.value = state.done;
      share.textContent = percent.format(state.done / state.total);
    }
    if (state.error) {
      error.textContent = state.error;
      error.hidden = false;
      stream.close();
    } else if (state.next) {
      stream.close();
      location.assign(state.next);
    }
  });
};

const followAll = () => {
  for (const box of document.querySelectorAll("[data-progress]:not([data-followed])")) {
    box.dataset.followed = "yes";
    follow(box);
  }
};
followAll();
document.addEventListener("htmx:after:swap", followAll);
