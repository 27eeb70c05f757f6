// The slider through days: it names the day while it moves, and asks for the page when it rests.

import { writer } from "./dates.js";

const DAY = 86_400_000;
const words = writer({ weekday: "long", day: "numeric", month: "long", year: "numeric" });

document.addEventListener("input", (event) => {
  const slider = event.target.closest("[data-slider]");
  if (slider && event.target.type === "range") name(slider);
});

document.addEventListener("change", (event) => {
  const slider = event.target.closest("[data-slider]");
  if (!slider) return;
  if (event.target.type === "date") {
    if (!event.target.value || !event.target.checkValidity()) return;
    const range = slider.querySelector("input[type=range]");
    range.value = (Date.parse(event.target.value) - Date.parse(range.dataset.first)) / DAY;
    name(slider);
  }
  slider.requestSubmit();
});

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-slider] [data-step]");
  if (!step) return;
  const slider = step.closest("[data-slider]");
  const range = slider.querySelector("input[type=range]");
  range.value = Number(range.value) + Number(step.dataset.step);
  name(slider);
  slider.requestSubmit();
});

function name(slider) {
  const range = slider.querySelector("input[type=range]");
  const day = new Date(Date.parse(range.dataset.first) + Number(range.value) * DAY);
  slider.querySelector("input[type=date]").value = day.toISOString().slice(0, 10);
  slider.querySelector("output").textContent = words(day);
  range.setAttribute("aria-valuetext", words(day));
}
