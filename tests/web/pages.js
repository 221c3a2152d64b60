// The portal's pages in a real browser, on a phone and on a desk, by day and by night.
//
//   node pages.js [--shots FOLDER] BASE_URL...     portals that already run
//   node pages.js [--shots FOLDER]                 starts a federation of its own first (portals.js)
//
// It finds its pages as a visitor does, by following links from the home page, asks rules.js what is wrong with each,
// and prints one TAP line for each page and width and for each promise that concerns several pages; then "N passed, N failed".
"use strict";

const fs = require("fs");
const path = require("path");
const { chromium } = require("playwright-core");
const { startPortals } = require("./portals.js");
const { inspect, SENTENCES } = require("./rules.js");
const { sabotage } = require("./sabotage.js");
const { idleRules, stylesheetSize } = require("./stylesheet.js");
const { misused } = require("./vocabulary.js");

const BROWSER = process.env.CHROMIUM || "/usr/bin/chromium";
const BROWSER_ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const WIDTHS = [360, 1280];
const OF_THE_NATIONAL = ["home", "search", "reponses", "reponses-record", "annuaire", "agenda", "agenda-record", "cas-usage", "aides", "chiffres", "reseau"]; // its other pages are a hub's
const STATES = { // what the records of records.json show, and a visitor finds only sometimes
    "agenda-partout": "/agenda?partout=oui", "agenda-vide": "/agenda?type=salon", "agenda-filtre": "/agenda?mode=presentiel",
    "agenda-passe": "/agenda?mois=2026-01", "agenda-mois": "/agenda?mois=2027-01", "annule": "/agenda/loire/exemple-annule",
    "serie": "/agenda/loire/exemple-serie", "affiche": "/agenda/loire/exemple-serie/affiche", "affiche-annule": "/agenda/loire/exemple-annule/affiche",
    "cas-usage-vide": "/cas-usage?fonction=rh&section=rev2:A", "cas-usage-echec": "/cas-usage?concluant=non",
    "aide-ouverte": "/aides/loire/exemple:ouverte", "aide-terminee": "/aides/loire/exemple:terminee", "aides-vide": "/aides?types_aides=garantie",
    "aides-etat": "/aides?etat=terminee", "aides-fautes": "/aides?q=exmeple", "agenda-fautes": "/agenda?q=numerqiue", "cas-usage-fautes": "/cas-usage?q=deivs",
    "retiree": "/acteurs/loire/exemple:retiree", "synonyme": "/recherche?q=chiffrage",
    "besoin": "/annuaire?besoins=pannes&q=camera", "besoin-vide": "/annuaire?besoins=recrutement&q=camera",
    "debat": "/reponses/faut-il-tout-automatiser",
    "chiffres-sujet": "/chiffres?sujet=ia-usage", "chiffres-taille": "/chiffres?dimensions.taille=%3C20",
};
const STATUS = { 404: 404, retiree: 410 }; // of the pages that say that there is nothing
const AT_ONCE = 3; // pages looked at side by side

let passed = 0;
let failed = 0;
const said = []; // by all pages, for machines

function check(sentence, problem) {
    if (problem) failed++;
    else passed++;
    console.log(`${problem ? "not ok" : "ok"} ${passed + failed} - ${sentence}`);
    if (problem) console.log(`    ${String(problem).trim().replace(/\n/g, "\n    ")}`);
}

// --- which pages there are ---

// The addresses by the links a visitor has: home, lists, a record of each, what a search finds and does not find.
async function discover(context, base) {
    const page = await context.newPage();
    await page.goto(base + "/");
    const hrefs = selector => page.$$eval(selector, links => links.map(link => link.href));
    const pages = {
        home: base + "/", search: base + "/recherche?q=entreprise", unasked: base + "/recherche", mistyped: base + "/recherche?q=entrepirse",
        shortened: base + "/recherche?q=entreprise+mot-que-personne-n-ecrit", place: base + "/recherche?q=42300", listed: base + "/annuaire?q=entrepirse", nothing: base + "/recherche?q=mot-que-personne-n-ecrit",
        answerless: base + "/reponses?q=mot-que-personne-n-ecrit", answered: base + "/reponses?irritant=devis", 404: base + "/nulle-part",
    };
    for (const link of await hrefs(".bottom nav a")) pages[new URL(link).pathname.slice(1) || "home"] = link.replace(/\/$/, "") || link;
    pages.home = base + "/";
    pages["annuaire-filtered"] = base + "/annuaire?categorie=editeur&categorie=esn&demo=true";
    pages["annuaire-near"] = base + "/annuaire?pres=42000&rayon=50"; // with its map
    pages["annuaire-unknown"] = base + "/annuaire?pres=atlantide";
    pages["annuaire-empty"] = base + "/annuaire?q=mot-que-personne-n-ecrit&categorie=editeur";
    for (const [name, list] of Object.entries(pages)) {
        await page.goto(list);
        const record = (await hrefs("main .rows .row :is(h3, h4) a, main section .card a")).find(link => new URL(link).pathname.startsWith(`/${name}/`));
        if (record) pages[`${name}-record`] = record;
    }
    await page.close();
    return pages;
}

// --- what each must be ---

async function visit(browser, site, name, width, shots) {
    const context = await browser.newContext({ viewport: { width, height: width < 600 ? 740 : 800 }, locale: "fr-FR" });
    const shot = shots && path.join(shots, `${site.name}-${name}-${width}`);
    const found = await inspect(context, site.pages[name], { wanted: STATUS[name] || 200, home: name === "home", phone: width < 600, shot, said: width === WIDTHS[0] ? said : [] });
    await context.close();
    const wrong = Object.keys(SENTENCES).filter(rule => found[rule]).map(rule => `not: ${SENTENCES[rule]}\n${found[rule]}`);
    check(`${site.name} ${name} at ${width} px keeps every rule`, wrong.join("\n"));
}

// Calls work for each element, a few at a time.
async function each(list, work) {
    const rest = [...list];
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        while (rest.length) await work(rest.shift());
    }));
}

// What the visitor's first glance on a phone must contain without scrolling.
async function firstGlance(browser, site, shots) {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: "fr-FR" });
    const page = await context.newPage();
    await page.goto(site.pages.home);
    const wanted = site.aggregator ? ["h1", ".hubs a"] : ["h1", "input[type=search]", "form button", ".tiles li:last-child"];
    const lacks = await page.evaluate(selectors => selectors.filter(selector => {
        const element = document.querySelector(selector);
        return !element || element.getBoundingClientRect().bottom > window.innerHeight;
    }), wanted);
    check(`${site.name} says at first glance what it is and what one can do`, lacks.join(", "));
    if (shots) await page.screenshot({ path: path.join(shots, `${site.name}-glance.png`) });
    await context.close();
}

// The same words must be there without scripts: nothing is made by JavaScript.
async function sameWithoutScripts(browser, site) {
    const words = async javaScriptEnabled => {
        const context = await browser.newContext({ javaScriptEnabled });
        const texts = {};
        const page = await context.newPage();
        for (const [name, url] of Object.entries(site.pages)) {
            await page.goto(url);
            texts[name] = (await page.locator("main").innerText()).replace(/\d\d:\d\d/g, "");
        }
        await context.close();
        return texts;
    };
    const [withScripts, without] = await Promise.all([words(true), words(false)]);
    const differ = Object.keys(site.pages).filter(name => !without[name] || without[name] !== withScripts[name]);
    check(`${site.name} is complete without JavaScript`, differ.join(", "));
}

// A visitor narrows a list by the form alone, and finds the way back.
async function filterByForm(browser, site) {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
    const page = await context.newPage();
    await page.goto(site.pages.reponses);
    await page.fill("input[type=search]", "mot-que-personne-n-ecrit");
    await page.click(".field button");
    check(`${site.name} says so when nothing is found`, await page.locator(".note").count() ? "" : "no words for an empty list");
    await page.click(".total a");
    check(`${site.name} leads back to the whole list`, page.url() === site.pages.reponses ? "" : page.url());
    await context.close();
}

// An answer is taken to the workshop, a poster hung on a door: one sheet of paper.
async function printsOnOneSheet(browser, site, name) {
    const context = await browser.newContext({ locale: "fr-FR" });
    const page = await context.newPage();
    await page.goto(site.pages[name]);
    const pdf = (await page.pdf({ format: "A4", margin: { top: "12mm", bottom: "12mm", left: "12mm", right: "12mm" } })).toString("latin1");
    const sheets = (pdf.match(/\/Type\s*\/Page\b(?!s)/g) || []).length;
    check(`${site.name} prints ${name} on one sheet`, sheets === 1 ? "" : `${sheets} sheets`);
    await context.close();
}

// What stands in no record is found by what stands for it; what was mistyped, by what was meant; what is gone leads on.
async function findsWhatWasMeant(browser, site) {
    const context = await browser.newContext({ locale: "fr-FR" });
    const page = await context.newPage();
    const shows = async (name, selector) => {
        await page.goto(site.pages[name]);
        return await page.locator(selector).count() ? "" : `no ${selector} at ${site.pages[name]}`;
    };
    check(`${site.name} finds by a synonym`, await shows("synonyme", ".rows .row"));
    for (const list of ["aides", "agenda", "cas-usage"])
        check(`${site.name} finds in ${list} what was meant`, await shows(`${list}-fautes`, ".meant") || await shows(`${list}-fautes`, ".rows .row"));
    check(`${site.name} says which filter to give up`, await shows("besoin-vide", ".ways a"));
    check(`${site.name} leads on from a record that was withdrawn`, await shows("retiree", "main a[href='/acteurs']"));
    await context.close();
}

async function visitSite(browser, base, seeded, shots) {
    const finder = await browser.newContext();
    const site = { name: new URL(base).port, pages: await discover(finder, base) };
    await finder.close();
    const home = await (await fetch(base + "/")).text();
    site.aggregator = home.includes("Trouvez le hub");
    site.name = site.aggregator ? "national" : "loire";
    check(`${site.name} leads from its home page to its lists`, Object.keys(site.pages).length > 20 ? "" : Object.keys(site.pages).join(" "));
    if (seeded && !site.aggregator) for (const [name, target] of Object.entries(STATES)) site.pages[name] = base + target;
    const names = Object.keys(site.pages).filter(name => !site.aggregator || OF_THE_NATIONAL.includes(name));
    const looks = names.flatMap(name => WIDTHS.map(width => [name, width]));
    await each(looks, ([name, width]) => visit(browser, site, name, width, shots));
    await firstGlance(browser, site, shots);
    await sameWithoutScripts(browser, site);
    await filterByForm(browser, site);
    if (site.pages.synonyme) await findsWhatWasMeant(browser, site);
    await printsOnOneSheet(browser, site, "reponses-record");
    if (site.pages.affiche) await printsOnOneSheet(browser, site, "affiche");
    return Object.values(site.pages);
}

async function lookAtTheStylesheet(browser, base, addresses) {
    check("the stylesheet is small", await stylesheetSize(base));
    check(`no rule of the stylesheet is idle on all of ${addresses.length} pages`, (await idleRules(browser, addresses)).join("\n"));
}

function saysItInTheWordsOfSchemaOrg() {
    const types = new Set(said.map(({ data }) => data["@type"]));
    check(`${said.length} descriptions for machines, of ${types.size} types, are in the words of schema.org`, said.length ? misused(said).join("\n") : "none");
    const wrong = [{ name: "wrong", data: { "@context": "https://schema.org", "@type": "Event", startDat: "2027-01-01" } }];
    check("a description fails that has a word of its own", misused(wrong).length === 1 ? "" : "nothing noticed it");
}

function readArguments(words) {
    const given = { shots: null, bases: [] };
    while (words.length) {
        const word = words.shift();
        if (word === "--shots") given.shots = words.shift();
        else given.bases.push(word.replace(/\/$/, ""));
    }
    return given;
}

async function main() {
    const given = readArguments(process.argv.slice(2));
    if (given.shots) fs.mkdirSync(given.shots, { recursive: true });
    const portals = given.bases.length ? { bases: given.bases, stop: () => {} } : await startPortals();
    const browser = await chromium.launch({ executablePath: BROWSER, args: BROWSER_ARGUMENTS });
    try {
        const visited = [];
        for (const base of portals.bases) visited.push(...await visitSite(browser, base, !given.bases.length, given.shots));
        if (!given.bases.length) await lookAtTheStylesheet(browser, portals.bases[0], visited);
        saysItInTheWordsOfSchemaOrg();
        await sabotage(browser, portals.bases[0], check, each);
    } finally {
        await browser.close();
        portals.stop();
    }
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed ? 1 : 0;
}

main().catch(error => {
    console.log(`not ok ${passed + failed + 1} - the pages could be visited\n    ${error.stack.replace(/\n/g, "\n    ")}`);
    process.exitCode = 1;
});
