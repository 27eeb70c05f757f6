// Figures that move by themselves, from one stream of server-sent events per page.
//
// `event: figures`, data `{"name": "1,284", ...}`: texts for [data-live-figure="name"].
// `event: places`, data `[{"longitude": ..., "latitude": ..., "flow": ...}]`: flash on a map.
// `event: <name>`, data `<li>...</li>`: goes on top of [data-live-list="<name>"].

const address = document.body.dataset.live;
const lamp = document.querySelector("[data-live-lamp]");
let stream = null;

if (address) {
  listen();
  // A page in the background does not hold one of the browser's few connections.
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
}

function listen() {
  if (stream) return;
  stream = new EventSource(address);
  stream.onopen = () => show("on");
  stream.onerror = () => show("lost");
  stream.addEventListener("figures", (event) => setFigures(JSON.parse(event.data)));
  stream.addEventListener("places", (event) => document.dispatchEvent(
    new CustomEvent("places", { detail: JSON.parse(event.data) })));
  for (const list of document.querySelectorAll("[data-live-list]")) {
    stream.addEventListener(list.dataset.liveList, (event) => putOnTop(list, event.data));
  }
}

function rest() {
  stream?.close();
  stream = null;
  show("off");
}

function show(state) {
  if (lamp) lamp.dataset.state = state;
}

function setFigures(figures) {
  for (const [name, text] of Object.entries(figures)) {
    for (const place of document.querySelectorAll(`[data-live-figure="${CSS.escape(name)}"]`)) {
      const number = place.querySelector(".figure-number") ?? place;
      if (number.textContent === text) continue;
      number.textContent = text;
      place.classList.remove("moved");
      void place.offsetWidth; // so that the same animation begins again
      place.classList.add("moved");
    }
  }
}

function putOnTop(list, markup) {
  const made = new DOMParser().parseFromString(`<ol>${markup}</ol>`, "text/html");
  const rows = [...made.querySelectorAll("ol > li")];
  rows.forEach((row) => row.classList.add("fresh"));
  list.prepend(...rows);
  const keep = Number(list.dataset.liveKeep);
  while (list.children.length > keep) list.lastElementChild.remove();
}
