// Finds the charts of a page, and fetches the drawing program only if there are some.

export async function drawCharts(within) {
  const places = within.querySelectorAll("[data-chart]:not([data-drawn])");
  if (!places.length) return;
  const { draw } = await import("./charts.js");
  for (const place of places) draw(place);
}

// The drawn chart of an element, to feed it new figures: `(await chart(el)).show(spec)`.
export async function chart(element) {
  const { draw } = await import("./charts.js");
  return draw(element);
}
