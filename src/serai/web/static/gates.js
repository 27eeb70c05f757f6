// The gates of a rehearsal open and close in the order in which their buyers were answered.

const WHOLE = 1800; // milliseconds on the screen, however short it really was
const calm = matchMedia("(prefers-reduced-motion: reduce)");

document.addEventListener("htmx:after:swap", () => {
  for (const bench of document.querySelectorAll("[data-gates]:not([data-played])")) play(bench);
});

function play(bench) {
  bench.dataset.played = "";
  if (calm.matches) return;
  const gates = [...bench.querySelectorAll("[data-after]")];
  const last = Math.max(1, ...gates.map((gate) => Number(gate.dataset.after)));
  for (const gate of gates) {
    gate.animate(
      [{ fill: "transparent", strokeDasharray: "3 3" }, { fill: "transparent", strokeDasharray: "3 3" }],
      { duration: (WHOLE * Number(gate.dataset.after)) / last },
    );
  }
}
