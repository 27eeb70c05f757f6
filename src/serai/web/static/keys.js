// The keyboard: `g` and a letter goes to a page, `/` searches, `j` and `k` walk a table's rows.

import { switchTheme } from "./theme.js";

let goingUntil = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  if (performance.now() < goingUntil) {
    goingUntil = 0;
    const link = document.querySelector(`.side [data-key="${CSS.escape(event.key)}"]`);
    if (link) return act(event, () => link.click());
  }
  const deed = DEEDS[event.key];
  if (deed) deed(event);
});

const DEEDS = {
  g: () => { goingUntil = performance.now() + 1200; },
  "/": (event) => act(event, () => document.querySelector("[data-search]")?.focus()),
  "?": (event) => act(event, () => document.getElementById("keys")?.showModal()),
  t: () => switchTheme(),
  j: (event) => walk(event, 1),
  k: (event) => walk(event, -1),
  Enter: (event) => {
    if (event.target === document.body || event.target.matches("tr")) {
      document.querySelector("tr.is-here a")?.click();
    }
  },
};

function act(event, deed) {
  event.preventDefault();
  deed();
}

function walk(event, by) {
  const rows = [...document.querySelectorAll("[data-rows] > tr:has(a)")];
  if (!rows.length) return;
  event.preventDefault();
  const here = rows.findIndex((row) => row.classList.contains("is-here"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, here + by))];
  rows[here]?.classList.remove("is-here");
  next.classList.add("is-here");
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
