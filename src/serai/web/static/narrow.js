// A field that leaves only those rows in sight whose text has what is written in it, and a select
// that leads to another page.

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-narrows]")) narrow(event.target);
});

// What a slider has brought anew is narrowed as well.
document.addEventListener("htmx:after:swap", () => {
  document.querySelectorAll("[data-narrows]").forEach(narrow);
});

function narrow(field) {
  const wanted = field.value.trim().toLocaleLowerCase();
  for (const row of document.querySelectorAll(`${field.dataset.narrows} [data-rows] > tr`)) {
    row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
  }
}

document.addEventListener("change", (event) => {
  const goes = event.target.dataset.goes;
  if (!goes) return;
  const here = new URLSearchParams(location.search);
  here.delete("role");
  location.assign(`${goes}${event.target.value}?${here}`);
});
