// Charts: from what a page says (serai.web.look.charts) to what ECharts draws, in the page's colours.

import * as echarts from "./vendor/echarts/echarts.esm.min.js";
import { writer } from "./dates.js";
import { coast } from "./land.js";
import { colour } from "./theme.js";

const language = document.documentElement.lang;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const drawn = new WeakMap();

export function draw(place) {
  if (drawn.has(place)) return drawn.get(place);
  let spec = JSON.parse(place.querySelector('script[type="application/json"]').textContent);
  place.dataset.drawn = "";
  const box = document.createElement("div");
  box.className = "chart-box";
  place.append(box);
  const plot = echarts.init(box, null, { renderer: "canvas" });
  const show = async (next = spec) => {
    spec = next;
    plot.setOption(spec.points ? await mapOption(spec, place) : seriesOption(spec), true);
  };
  new ResizeObserver(() => {
    plot.resize();
    if (spec.points) show(); // its window on the land has another shape now
  }).observe(box);
  document.addEventListener("theme", () => show());
  if (spec.points) {
    plot.on("click", ({ data }) => data?.href && location.assign(data.href));
    document.addEventListener("places", ({ detail }) => flash(plot, detail));
  }
  const made = { show, plot };
  drawn.set(place, made);
  show();
  return made;
}

// ------------------------------------------------------------------ series over days or names

function seriesOption(spec) {
  const ink = palette();
  const bars = spec.kind !== "lines";
  const days = spec.days;
  return {
    ...frame(ink),
    grid: { left: 4, right: 16, top: 14, bottom: 4, outerBoundsMode: "same", containLabel: true },
    tooltip: { ...tip(ink), trigger: "axis", formatter: (rows) => seriesTip(spec, rows),
      axisPointer: { type: bars ? "shadow" : "line",
        lineStyle: { color: ink.soft, type: "solid", width: 1 },
        shadowStyle: { color: ink.line, opacity: 0.45 } } },
    xAxis: { type: "category", data: spec.places, boundaryGap: bars,
      axisLine: { lineStyle: { color: ink.firm } }, axisTick: { show: false },
      axisLabel: { color: ink.soft, fontSize: 12.5, hideOverlap: true, margin: 10,
        alignMinLabel: bars ? null : "left", alignMaxLabel: bars ? null : "right",
        formatter: days ? dayMark : undefined } },
    yAxis: { type: "value", splitNumber: 4, axisLabel: { color: ink.soft, fontSize: 12.5,
      formatter: (value) => brief(value / 10 ** spec.scale) },
      splitLine: { lineStyle: { color: ink.line } } },
    series: spec.series.map((one, index) => seriesLine(spec, one, index, ink)),
  };
}

function seriesLine(spec, one, index, ink) {
  const paint = one.flow ? colour(`flow-${one.flow}`) : colour(`tone-${one.tone ?? 0}`);
  const common = { name: one.name, data: one.values, color: paint, emphasis: { disabled: true },
    animationDuration: 400, markLine: index ? undefined : todayLine(spec, ink) };
  if (spec.kind === "lines") {
    return { ...common, type: "line", showSymbol: false, connectNulls: false,
      lineStyle: { width: 2, type: one.dashed ? [5, 4] : "solid" },
      areaStyle: spec.series.length === 1 ? { opacity: 0.1 } : undefined };
  }
  return { ...common, type: "bar", barMaxWidth: 28, stack: spec.kind === "stack" ? "all" : undefined,
    itemStyle: { borderRadius: spec.kind === "stack" ? 0 : [2, 2, 0, 0] } };
}

function todayLine(spec, ink) {
  if (!spec.today) return undefined;
  return { silent: true, symbol: "none", animation: false, data: [{ xAxis: spec.today }],
    lineStyle: { color: ink.soft, type: [2, 3], width: 1 }, label: { show: false } };
}

// ------------------------------------------------------------------ points on the land

async function mapOption(spec, place) {
  const ink = palette();
  if (!echarts.getMap("land")) echarts.registerMap("land", await coast(place.dataset.land));
  const paint = colour(`flow-${spec.flow}`);
  const scale = Math.min(1, 0.35 + place.clientWidth / 1600);
  const most = Math.max(1, ...spec.points.map((one) => one.value));
  return {
    ...frame(ink),
    tooltip: { ...tip(ink), trigger: "item", formatter: ({ data }) => pointTip(spec, data) },
    geo: { map: "land", roam: false, silent: true, ...frameOf(spec, place),
      itemStyle: { areaColor: ink.sheet, borderColor: ink.firm, borderWidth: 0.8 } },
    series: [{ id: "points", type: "scatter", coordinateSystem: "geo", color: paint, progressive: 0,
      itemStyle: { color: sheer(paint, 0.62), borderColor: ink.sheet, borderWidth: 0.75 },
      emphasis: { itemStyle: { color: paint, borderColor: ink.ink, borderWidth: 1.5 } },
      symbolSize: (value) => (4 + 22 * Math.sqrt(value[2] / most)) * scale,
      label: { show: true, position: "right", distance: 4, color: ink.ink, fontSize: 12.5,
        textBorderColor: ink.sheet, textBorderWidth: 3,
        formatter: ({ dataIndex, name }) => (dataIndex < 14 ? name : "") },
      labelLayout: { hideOverlap: true },
      data: spec.points.map((one) => ({ name: one.name, href: one.href, cursor: "pointer",
        value: [one.longitude, one.latitude, one.value] }))
        .sort((a, b) => b.value[2] - a.value[2]) }],
  };
}

// The part of the land that holds all points, or that the page has chosen, as large as fits, in the
// proportions of a map.
const NARROWING = 0.8; // a degree of longitude is so much shorter than one of latitude

function frameOf({ points, frame: chosen }, place) {
  const longitudes = chosen ? [chosen.west, chosen.east] : points.map((one) => one.longitude);
  const latitudes = chosen ? [chosen.south, chosen.north] : points.map((one) => one.latitude);
  const [west, east] = [Math.min(...longitudes) - 2, Math.max(...longitudes) + 2];
  const [south, north] = [Math.min(...latitudes) - 1.5, Math.max(...latitudes) + 1.5];
  const shape = ((east - west) * NARROWING) / (north - south);
  const width = Math.min(place.clientWidth, place.clientHeight * shape);
  return { boundingCoords: [[west, north], [east, south]], aspectScale: NARROWING,
    layoutCenter: ["50%", "50%"], layoutSize: Math.max(width, width / shape) };
}

function sheer(paint, share) {
  return paint.replace(/^rgb\((.*)\)$/, `rgba($1, ${share})`);
}

// A ring goes out from where something has just happened.
function flash(plot, places) {
  if (calm || document.hidden) return;
  const rings = places.map((one) => ({ value: [one.longitude, one.latitude],
    itemStyle: { color: colour(`flow-${one.flow}`) } }));
  plot.setOption({ series: [{ id: "flash", type: "effectScatter", coordinateSystem: "geo", silent: true,
    symbolSize: 9, rippleEffect: { scale: 5, period: 1.6, number: 2, brushType: "stroke" }, zlevel: 1,
    data: rings }] });
  clearTimeout(plot.calming);
  plot.calming = setTimeout(() => plot.setOption({ series: [{ id: "flash", data: [] }] }), 3200);
}

// ------------------------------------------------------------------ what all have in common

function palette() {
  return { ink: colour("ink"), soft: colour("ink-soft"), line: colour("line"),
    firm: colour("line-firm"), sheet: colour("sheet") };
}

function frame(ink) {
  return { animation: !calm, aria: { enabled: false },
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink.ink } };
}

// Tooltips are elements with classes: markup with styles in it would be against the page's policy.
function tip() {
  return { className: "chart-tip", borderWidth: 0, padding: 0, backgroundColor: "", extraCssText: "",
    confine: true, transitionDuration: 0 };
}

function seriesTip(spec, rows) {
  const box = tipBox(spec.days ? fullDay(rows[0].name) : rows[0].name);
  for (const { seriesIndex, value } of rows) {
    const one = spec.series[seriesIndex];
    if (value !== null && value !== undefined) box.append(...tipRow(one, one.name, value, spec));
  }
  return box;
}

function pointTip(spec, data) {
  const box = tipBox(data.name);
  box.append(...tipRow(spec, spec.value_label, data.value[2], spec));
  return box;
}

function tipBox(title) {
  const box = document.createElement("div");
  box.className = "chart-tip-rows";
  box.append(element("b", title));
  return box;
}

function tipRow(one, name, value, spec) {
  const colours = one.flow ? `flow-${one.flow}` : `tone-${one.tone ?? 0}`;
  return [element("i", "", colours), element("span", name), element("span", exact(value, spec), "value")];
}

function element(kind, text, className = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = className;
  return made;
}

function exact(value, spec) {
  const number = new Intl.NumberFormat(language, {
    minimumFractionDigits: spec.scale, maximumFractionDigits: spec.scale,
  }).format(value / 10 ** spec.scale);
  return `${number} ${spec.unit_word}`.trim();
}

const compact = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
function brief(value) {
  return compact.format(value);
}

const dayMark = writer({ day: "numeric", month: "short" });
const fullDay = writer({ weekday: "short", day: "numeric", month: "long", year: "numeric" });
