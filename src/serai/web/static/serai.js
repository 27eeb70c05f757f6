// What every page does: its theme, dialogs, keys, live figures, sliders; charts when it has some.

import "./gates.js";
import "./keys.js";
import "./live.js";
import "./narrow.js";
import "./slider.js";
import { drawCharts } from "./plots.js";
import { switchTheme } from "./theme.js";

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  const opener = at("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (at("[data-closes]") || event.target.nodeName === "DIALOG") at("dialog")?.close();
  if (at("[data-dismisses]")) at(".toast")?.remove();
  if (at("[data-theme-switch]")) switchTheme();
});

// A dialog that the server sent opens when it arrives.
document.addEventListener("htmx:after:swap", () => {
  document.querySelector("dialog[data-open-now]:not([open])")?.showModal();
  drawCharts(document);
});

document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) event.detail.ctx.request.headers["x-csrftoken"] = token;
});

// Raised by a response with `HX-Trigger: {"toast": {"text": "...", "alert": true}}`.
document.addEventListener("toast", (event) => sayBriefly(event.detail.text, event.detail.alert));

function sayBriefly(text, alert = false) {
  const toasts = document.getElementById("toasts");
  const toast = document.createElement("div");
  toast.className = alert ? "toast toast-alert" : "toast";
  toast.setAttribute("role", alert ? "alert" : "status");
  toast.append(text);
  const close = document.createElement("button");
  close.dataset.dismisses = "";
  close.ariaLabel = toasts.dataset.closeText;
  close.append("×");
  toast.append(close);
  toasts.append(toast);
  if (!alert) setTimeout(() => toast.remove(), 6000);
}

drawCharts(document);

export { sayBriefly };
export { chart } from "./plots.js";
