// Prints the borders of the departments in degrees, as node/portal/words/borders.h describes them.
//
//   node borders.js communes.tsv
//
// The drawing they are taken from is one in Mercator's projection, to no stated scale. Scale and place are found by least
// squares: the middle between the outermost communes of a department is the middle of its outline, but for chance. How
// far communes lie outside of the borders that come of it is said on stderr.
'use strict';

const { readFileSync } = require('node:fs');
const { read, largeRings, simpleRing } = require('./drawing.js');

const TOLERANCE = 0.4; // units of the drawing, some 600 m
const LEAST = 0.6; // square units: Yeu and Groix are islands to be seen, rocks are not
const COMMUNES_LEAST = 6; // of which one can say what the outermost are
const THOUSAND = 1000;

const radians = Math.PI / 180;
const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * radians) / 2)) / radians;
const latitude = (y) => (2 * Math.atan(Math.exp(y * radians)) - Math.PI / 2) / radians;

// Department -> [[lon, y]], y as Mercator has it, of its communes whose coordinates are their own.
function communes(path) {
    const places = new Map();
    for (const line of readFileSync(path, 'utf8').split('\n')) {
        const [letter, , department, , lat, lon] = line.split('\t');
        if (letter !== 'C' || !lat) continue;
        if (!places.has(department)) places.set(department, []);
        places.get(department).push([lon / 1e6, mercator(lat / 1e6)]);
    }
    return places;
}

function middle(values) {
    return (Math.min(...values) + Math.max(...values)) / 2;
}

// The line through pairs [x, y] that leaves the least squares, its slope the same for all sets: {slope, starts}.
function fit(sets) {
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const means = sets.map((pairs) => [mean(pairs.map(([x]) => x)), mean(pairs.map(([, y]) => y))]);
    let [above, below] = [0, 0];
    sets.forEach((pairs, i) => pairs.forEach(([x, y]) => {
        above += (x - means[i][0]) * (y - means[i][1]);
        below += (x - means[i][0]) ** 2;
    }));
    return { slope: above / below, starts: means.map(([x, y]) => y - (above / below) * x) };
}

// Units of the drawing -> [lon, y].
function placing(drawn, places) {
    const [across, down] = [[], []];
    for (const [id, rings] of drawn) {
        const there = places.get(id) || [];
        if (there.length < COMMUNES_LEAST) continue;
        across.push([middle(rings[0].map(([x]) => x)), middle(there.map(([lon]) => lon))]);
        down.push([middle(rings[0].map(([, y]) => -y)), middle(there.map(([, y]) => y))]);
    }
    const { slope, starts } = fit([across, down]);
    return ([x, y]) => [slope * x + starts[0], starts[1] - slope * y];
}

function isWithin(ring, [x, y]) {
    return ring.reduce((within, [ax, ay], i) => {
        const [bx, by] = ring.at(i - 1);
        return (ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax ? !within : within;
    }, false);
}

function sayHowTrue(borders, places) {
    let [all, outside] = [0, 0];
    for (const [id, rings] of borders) {
        for (const place of places.get(id) || []) {
            all++;
            outside += !rings.some((ring) => isWithin(ring, place));
        }
    }
    process.stderr.write(`borders: ${outside} of ${all} communes lie outside of their department as it is drawn\n`);
}

// "45232 4360 12 -5 ...": thousandths of degrees, latitude first; the first point, then the way to each next one.
function line(ring) {
    let [lat, lon] = [0, 0];
    return ring.map(([x, y]) => {
        const point = [Math.round(latitude(y) * THOUSAND), Math.round(x * THOUSAND)];
        const step = `${point[0] - lat} ${point[1] - lon}`;
        [lat, lon] = point;
        return step;
    }).join(' ');
}

const places = communes(process.argv[2]);
const drawn = new Map(read().map(({ id, path }) => [id.toUpperCase(), largeRings(path, LEAST)]));
const place = placing(drawn, places);
const borders = new Map();
for (const [id, rings] of drawn) borders.set(id, rings.map((ring) => simpleRing(ring, TOLERANCE).map(place)));
sayHowTrue(borders, places);
process.stdout.write('maillage-borders 1\n');
for (const [id, rings] of borders) process.stdout.write(`DEP-${id}\t${rings.map(line).join('\t')}\n`);
