// Coast lines from the world atlas (TopoJSON): what a map of points needs to be recognised.

let land = null;

export function coast(address) {
  land ??= fetch(address).then((answer) => answer.json()).then(decode);
  return land;
}

// Arcs are written as differences on a grid; a ring is a row of arcs, some of them backwards.
function decode(topology) {
  const { scale, translate } = topology.transform;
  const arcs = topology.arcs.map((arc) => {
    let x = 0, y = 0;
    return arc.map(([dx, dy]) => {
      x += dx;
      y += dy;
      return [x * scale[0] + translate[0], y * scale[1] + translate[1]];
    });
  });
  const ring = (refs) => refs.flatMap((ref, index) => {
    const arc = ref < 0 ? arcs[~ref].slice().reverse() : arcs[ref];
    return index ? arc.slice(1) : arc;
  });
  const polygons = topology.objects.land.geometries.flatMap((one) =>
    (one.type === "Polygon" ? [one.arcs] : one.arcs).map((rings) => rings.map(ring)));
  return {
    type: "FeatureCollection",
    features: [{
      type: "Feature",
      properties: { name: "land" },
      geometry: { type: "MultiPolygon", coordinates: polygons },
    }],
  };
}
