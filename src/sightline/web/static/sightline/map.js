// Puts a map that can be zoomed in the place of the still picture. The picture and the table stay for print and for readers
// without scripts; the numbers here are those of the table, fetched from this server and from nowhere else.
const SVG = "http://www.w3.org/2000/svg";

/** Add the pattern that marks a ward without a number: lines, not a colour, so that it is never read as "few". */
function addHatch(svg) {
  const pattern = document.createElementNS(SVG, "pattern");
  const stroke = { id: "sl-hatch", width: "8", height: "8", patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
  for (const [name, value] of Object.entries(stroke)) {
    pattern.setAttribute(name, value);
  }
  const ground = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ width: "8", height: "8", fill: "#ffffff" })) {
    ground.setAttribute(name, value);
  }
  const line = document.createElementNS(SVG, "line");
  for (const [name, value] of Object.entries({ x1: "0", y1: "0", x2: "0", y2: "8", stroke: "#7b8f97", "stroke-width": "3" })) {
    line.setAttribute(name, value);
  }
  pattern.append(ground, line);
  const definitions = document.createElementNS(SVG, "defs");
  definitions.append(pattern);
  svg.prepend(definitions);
}

/** A tooltip made of text, never of markup. */
function words(ward) {
  const box = document.createElement("span");
  const name = document.createElement("strong");
  name.textContent = ward.label;
  box.append(name, document.createElement("br"), ward.words);
  return box;
}

/** Let the keyboard reach a ward, and say the same there as to a pointer. */
function makeReachable(layer, ward) {
  const path = layer.getElement();
  path.setAttribute("tabindex", "0");
  path.setAttribute("role", "img");
  path.setAttribute("aria-label", `${ward.label}: ${ward.words}`);
  path.addEventListener("focus", () => layer.openTooltip());
  path.addEventListener("blur", () => layer.closeTooltip());
}

/** Write a ward's name in its middle, wherever the ward is drawn wide enough for it. */
function nameOnMap(map, layer, ward) {
  const name = document.createElement("span");
  name.textContent = ward.label;
  const label = L.tooltip({ permanent: true, direction: "center", className: ward.dark ? "sl-map__name sl-map__name--dark" : "sl-map__name", interactive: false })
    .setLatLng(layer.getBounds().getCenter())
    .setContent(name)
    .addTo(map);
  const fit = () => {
    const box = label.getElement();
    box.hidden = false;
    box.hidden = box.offsetWidth > layer.getElement().getBoundingClientRect().width;
  };
  map.on("zoomend", fit);
  fit();
}

async function draw(box) {
  const [boundaries, figures] = await Promise.all(
    [box.dataset.boundaries, box.dataset.figures].map(async (address) => {
      const answer = await fetch(address, { credentials: "same-origin" });
      if (!answer.ok) {
        throw new Error(`${address} answered ${answer.status}`);
      }
      return answer.json();
    }),
  );
  const live = box.querySelector(".sl-map__live");
  live.hidden = false;
  const map = L.map(live, { attributionControl: false, scrollWheelZoom: false, zoomSnap: 0.25, fadeAnimation: false });
  const layer = L.geoJSON(boundaries, {
    style: (feature) => {
      const ward = figures.wards[feature.properties.ward_code];
      return {
        color: "#38525c",
        weight: 1.5,
        fillOpacity: 1,
        fillColor: ward && ward.colour ? ward.colour : "url(#sl-hatch)",
      };
    },
    onEachFeature: (feature, shape) => {
      const ward = figures.wards[feature.properties.ward_code];
      if (ward) {
        shape.bindTooltip(words(ward), { sticky: true });
      }
    },
  });
  map.fitBounds(layer.getBounds(), { padding: [12, 12], animate: false });
  layer.addTo(map);
  addHatch(live.querySelector("svg"));
  layer.eachLayer((shape) => {
    const ward = figures.wards[shape.feature.properties.ward_code];
    if (ward) {
      makeReachable(shape, ward);
      nameOnMap(map, shape, ward);
    }
  });
  const still = box.querySelector(".sl-map__still");
  if (still) {
    still.hidden = true;
  }
  const legend = document.querySelector(".sl-legend");
  if (legend) {
    legend.hidden = false;
  }
  box.dataset.drawn = "yes";
}

for (const box of document.querySelectorAll("[data-boundaries]")) {
  // When anything fails the still picture is simply left where it is.
  draw(box).catch((problem) => console.warn("The map could not be drawn:", problem.message));
}
