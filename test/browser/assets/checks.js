// SPDX-License-Identifier: Apache-2.0
// Checks that run inside the page. The file is one expression, an object of functions.
({
  // wide names what sticks out of the window sideways.
  wide() {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const inside = (el) => {
      for (let p = el.parentElement; p; p = p.parentElement) if (getComputedStyle(p).overflowX !== "visible") return p !== document.body && p !== document.documentElement;
      return false;
    };
    const out = [...document.querySelectorAll("body *")].filter((el) => el.getBoundingClientRect().right > room + 1 && !inside(el));
    return [`${document.documentElement.scrollWidth} > ${room}`, ...out.slice(0, 5).map((el) => el.outerHTML.slice(0, 100))];
  },

  // words is what the page says, without what needs JavaScript by its nature.
  words() {
    const needs = [...document.querySelectorAll("[data-needs-script]")].map((el) => [el, el.style.display]);
    for (const [el] of needs) el.style.display = "none";
    const text = document.querySelector("main").innerText.replace(/\s+/g, " ").trim();
    for (const [el, display] of needs) el.style.display = display;
    return text;
  },

  // keys prepares the walk by Tab: what must be reached, and what has been.
  keys() {
    const name = (el) => el.outerHTML.replace(/\s+/g, " ").slice(0, 110);
    const wanted = new Set([...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter((el) => {
      if (el.disabled || el.type === "hidden" || el.tabIndex < 0 || el.closest("[inert]")) return false;
      if (!el.checkVisibility({ visibilityProperty: true })) return false;
      if (el.type === "radio") { // a group is one stop
        const group = [...document.getElementsByName(el.name)];
        return el === (group.find((r) => r.checked) ?? group[0]);
      }
      return true;
    }));
    const reached = new Set(), dark = [];
    const visible = (el) => {
      for (let e = el, up = 0; e && up < 3; e = e.parentElement, up++) {
        const s = getComputedStyle(e);
        if (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) return true;
      }
      const hit = el.querySelector?.(".hit");
      return !!hit && getComputedStyle(hit).stroke !== "none";
    };
    const note = () => {
      const el = document.activeElement;
      if (!el || el === document.body || reached.has(el)) return;
      reached.add(el);
      if (!visible(el)) dark.push("shows no focus: " + name(el));
    };
    addEventListener("focusin", note);
    globalThis.__keysResult = () => removeEventListener("focusin", note) ?? [...dark, ...[...wanted].filter((el) => !reached.has(el)).map((el) => "not reached: " + name(el))];
    document.body.tabIndex = -1; // begin at the top, wherever an earlier walk ended
    document.body.focus();
    document.body.removeAttribute("tabindex");
    document.body.blur();
    return wanted.size;
  },

  // hardWired names texts that are neither catalogue text in brackets nor data marked translate="no".
  hardWired() {
    const bare = (s) => {
      let depth = 0, rest = "";
      for (const c of s) {
        if (c === "⟦") depth++;
        else if (c === "⟧") depth--;
        else if (depth === 0) rest += c;
      }
      return /\p{L}/u.test(rest);
    };
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
      const el = n.parentElement;
      if (el.closest("script, style, noscript, [translate=no]")) continue;
      if (bare(n.data)) found.push(`<${el.localName}> ${n.data.trim().slice(0, 80)}`);
    }
    for (const el of document.querySelectorAll("body *")) {
      if (el.closest("[translate=no]")) continue;
      for (const a of ["aria-label", "title", "placeholder", "alt", "data-tip", "data-label", "aria-description"]) {
        const v = el.getAttribute(a);
        if (v && bare(v)) found.push(`<${el.localName} ${a}> ${v.slice(0, 80)}`);
      }
    }
    return found;
  },
})
