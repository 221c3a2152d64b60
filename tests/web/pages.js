// The portal's pages in a real browser, on a phone and on a desk.
//
//   node pages.js [--shots FOLDER] BASE_URL...     portals that already run
//   node pages.js [--shots FOLDER]                 starts a federation of its own first (portals.js)
//
// It finds its pages as a visitor does, by following links from the home page, and prints one TAP line
// for each promise of each page, then "N passed, N failed".
"use strict";

const fs = require("fs");
const path = require("path");
const { chromium } = require("playwright-core");
const { startPortals } = require("./portals.js");

const BROWSER = process.env.CHROMIUM || "/usr/bin/chromium";
const BROWSER_ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const WIDTHS = [360, 1280];
const TARGET_PX = 44; // the least size of what a thumb must hit

let passed = 0;
let failed = 0;

function check(sentence, problem) {
    if (problem) failed++;
    else passed++;
    console.log(`${problem ? "not ok" : "ok"} ${passed + failed} - ${sentence}`);
    if (problem) console.log(`    ${String(problem).replace(/\n/g, "\n    ")}`);
}

// --- what a page must be, asked inside the page ---

const inPage = {
    titleMissing: () => document.title ? "" : "no title",
    headingMissing: () => document.querySelectorAll("h1").length === 1 ? "" : "not exactly one h1",
    scrollsSideways: () => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth > clientWidth ? `${scrollWidth} px in a window of ${clientWidth}` : "";
    },
    unlabelled: () => [...document.querySelectorAll("input, select, textarea")]
        .filter(input => !input.labels.length).map(input => input.outerHTML).join("\n"),
    inlineCode: () => [...document.querySelectorAll("script, style, [style]")]
        .map(element => element.outerHTML.slice(0, 100)).join("\n"),
    smallTargets: least => [...document.querySelectorAll("button, .button, .card a, .contact, input[type=search], nav a")]
        .filter(element => element.getClientRects().length && element.getBoundingClientRect().height < least)
        .map(element => `${element.getBoundingClientRect().height} px: ${element.textContent.trim()}`).join("\n"),
};

// What the visitor's first glance must contain without scrolling.
function firstScreenLacks() {
    const seen = selector => {
        const element = document.querySelector(selector);
        return element && element.getBoundingClientRect().bottom <= window.innerHeight;
    };
    return ["h1", "input[type=search]", "form button"].filter(selector => !seen(selector)).join(", ");
}

// --- visiting ---

async function open(context, url) {
    const page = await context.newPage();
    const complaints = [];
    const expectError = url.includes("nulle-part");
    page.on("console", message => {
        if (message.type() === "error" && !(expectError && message.text().includes("404"))) complaints.push(message.text());
    });
    page.on("pageerror", error => complaints.push(error.message));
    page.on("request", request => {
        if (new URL(request.url()).host !== new URL(url).host) complaints.push(`asked ${request.url()}`);
    });
    const response = await page.goto(url, { waitUntil: "load" });
    return { page, complaints, status: response.status() };
}

async function visit(context, site, name, width, shots) {
    const url = site.pages[name];
    const where = `${site.name} ${name} at ${width} px`;
    const { page, complaints, status } = await open(context, url);
    const wanted = name === "404" ? 404 : 200;
    check(`${where} answers ${wanted}`, status === wanted ? "" : `${status} at ${url}`);
    check(`${where} has a title and one heading`, await page.evaluate(inPage.titleMissing) || await page.evaluate(inPage.headingMissing));
    check(`${where} does not scroll sideways`, await page.evaluate(inPage.scrollsSideways));
    check(`${where} labels its fields and holds no inline code`, await page.evaluate(inPage.unlabelled) || await page.evaluate(inPage.inlineCode));
    check(`${where} is large enough for a thumb`, await page.evaluate(inPage.smallTargets, TARGET_PX));
    if (name === "home") check(`${where} says what it is at first glance`, await page.evaluate(firstScreenLacks));
    if (shots) await page.screenshot({ path: path.join(shots, `${site.name}-${name}-${width}.png`), fullPage: true });
    await page.evaluate(() => document.querySelectorAll("details").forEach(details => { details.open = true; }));
    check(`${where} does not scroll sideways unfolded`, await page.evaluate(inPage.scrollsSideways));
    check(`${where} makes no error and asks no other host`, complaints.join("\n"));
    check(`${where} leaves no cookie`, (await context.cookies()).map(cookie => cookie.name).join(", "));
    await page.close();
}

// The addresses of the pages to look at, by the links a visitor has: home, lists, a record of each, network.
async function discover(context, base) {
    const pages = { home: base + "/", network: base + "/reseau", search: base + "/recherche?q=entreprise", 404: base + "/nulle-part" };
    const { page } = await open(context, pages.home);
    const lists = await page.$$eval(".card a", links => links.map(link => link.href));
    for (const list of lists) {
        const kind = new URL(list).pathname.slice(1);
        pages[kind] = list;
        await page.goto(list);
        const record = await page.$$eval(".row h3 a", links => links.map(link => link.href)[0]);
        if (record) pages[`${kind}-record`] = record;
    }
    await page.close();
    return pages;
}

// The same words must be there without scripts: nothing is made by JavaScript.
async function sameWithoutScripts(browser, site) {
    const words = async javaScriptEnabled => {
        const context = await browser.newContext({ javaScriptEnabled });
        const texts = {};
        for (const [name, url] of Object.entries(site.pages)) {
            const page = await context.newPage();
            await page.goto(url);
            texts[name] = (await page.locator("main").innerText()).replace(/\d\d:\d\d/g, "");
            await page.close();
        }
        await context.close();
        return texts;
    };
    const [withScripts, without] = [await words(true), await words(false)];
    for (const name of Object.keys(site.pages))
        check(`${site.name} ${name} is complete without JavaScript`, without[name] && without[name] === withScripts[name] ? "" : "its text differs");
}

// A visitor narrows a list by the form alone, and finds the way back.
async function filterByForm(browser, site) {
    const list = Object.entries(site.pages).find(([name]) => site.pages[`${name}-record`]);
    if (!list) return;
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
    const page = await context.newPage();
    await page.goto(list[1]);
    await page.fill("input[type=search]", "mot-que-personne-n-ecrit");
    await page.click(".field button");
    check(`${site.name} ${list[0]} says so when nothing is found`, await page.locator(".note").count() ? "" : "no words for an empty list");
    await page.click(".total a");
    check(`${site.name} ${list[0]} leads back to the whole list`, page.url() === list[1] ? "" : page.url());
    await context.close();
}

async function visitSite(browser, base, shots) {
    const finder = await browser.newContext();
    const site = { name: new URL(base).port, pages: await discover(finder, base) };
    await finder.close();
    check(`${site.name} leads from its home page to its lists`, Object.keys(site.pages).length > 5 ? "" : "too few links");
    for (const width of WIDTHS) {
        const context = await browser.newContext({ viewport: { width, height: width < 600 ? 740 : 800 }, locale: "fr-FR" });
        for (const name of Object.keys(site.pages)) await visit(context, site, name, width, shots);
        await context.close();
    }
    await sameWithoutScripts(browser, site);
    await filterByForm(browser, site);
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
        for (const base of portals.bases) await visitSite(browser, base, given.shots);
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
