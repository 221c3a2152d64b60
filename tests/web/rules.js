// What every page of the portal must be. A rule gives "" or what is wrong, for people to read.
//
// inspect() opens a page once and asks all of them; sabotage.js shows that each one sees the defect it is for.
"use strict";

const fs = require("fs");
const { HtmlValidate } = require("html-validate");

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const HOME_BYTES = 50 << 10; // the page and all it loads
const PAGE_BYTES = 100 << 10;
const TABS = 12; // presses of the key that are followed

// Void elements, quotes and white space are matters of taste; the rest of the standard is not.
const validator = new HtmlValidate({
    extends: ["html-validate:standard"],
    rules: { "void-style": "off", "no-trailing-whitespace": "off", "no-inline-style": "error", "long-title": "off" },
});

exports.SENTENCES = {
    status: "answers as it should",
    html: "is valid HTML",
    heading: "has a title and one heading",
    labels: "gives every control a visible label",
    inline: "holds no inline code or style",
    sideways: "does not scroll sideways",
    targets: "has targets of at least 24 px",
    thumb: "has main actions large enough for a thumb",
    axe: "has no violation that axe finds",
    dark: "has none in the dark either",
    skip: "begins with a link to its content",
    focus: "shows where the keyboard is",
    unfolded: "does not scroll sideways unfolded",
    console: "makes no error",
    hosts: "asks no other host",
    cookies: "leaves no cookie",
    weight: "is light",
};

// --- asked inside the page ---

const inPage = {
    heading: () => !document.title ? "no title" : document.querySelectorAll("h1").length === 1 ? "" : "not exactly one h1",
    sideways: () => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth > clientWidth ? `${scrollWidth} px in a window of ${clientWidth}` : "";
    },
    labels: () => {
        const seen = element => element && element.getClientRects().length && element.getBoundingClientRect().width > 1
            && element.innerText.trim();
        const named = control => control.tagName === "BUTTON" ? seen(control) : [...control.labels].some(seen);
        return [...document.querySelectorAll("button, select, textarea, input:not([type=hidden])")]
            .filter(control => control.getClientRects().length && !named(control)).map(control => control.outerHTML).join("\n");
    },
    inline: () => [...document.querySelectorAll("script:not([type='application/ld+json']), style, [style], [onclick]")]
        .map(element => element.outerHTML.slice(0, 100)).join("\n"),
    // WCAG 2.5.8 leaves out links within a sentence, and those that another control does as well: the map beside its list.
    targets: least => [...document.querySelectorAll("a, button, summary, select, input:not([type=hidden])")]
        .filter(element => {
            const { width, height } = element.getBoundingClientRect();
            const within = getComputedStyle(element).display === "inline" && element.parentElement.innerText !== element.innerText;
            const unseen = !width || element.matches(".skip") || element.closest("svg");
            return !within && !unseen && Math.min(width, height) < least;
        }).map(element => element.outerHTML.slice(0, 120)).join("\n"),
    thumb: least => [...document.querySelectorAll("button, .button, .card a, .tiles a, .hubs a, .contact, .choice, summary, input[type=search], nav a")]
        .filter(element => element.getClientRects().length && element.getBoundingClientRect().height < least)
        .map(element => `${element.getBoundingClientRect().height} px: ${element.textContent.trim()}`).join("\n"),
    unfold: () => document.querySelectorAll("details").forEach(details => { details.open = true; }),
    focused: () => {
        const element = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const { bottom, right } = element.getBoundingClientRect();
        return {
            skip: element.matches("a[href='#contenu']"), at: element.outerHTML.slice(0, 120), body: element === document.body,
            seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && bottom > 0 && right > 0,
        };
    },
};

async function axe(page, only) {
    return page.evaluate(async ({ source, options }) => {
        if (!window.axe) (0, eval)(source);
        const { violations } = await window.axe.run(document, options);
        return violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.slice(0, 3).map(node => node.html).join("\n  ")}`).join("\n");
    }, { source: AXE, options: { resultTypes: ["violations"], runOnly: only ? { type: "rule", values: only } : { type: "tag", values: AXE_TAGS } } });
}

// Follows the key through the page's first controls.
async function keyboard(page, found) {
    for (let i = 0; i < TABS && !found.focus; i++) {
        await page.keyboard.press("Tab");
        const focused = await page.evaluate(inPage.focused);
        if (i === 0 && !focused.skip) found.skip = `the first control is ${focused.at}`;
        if (focused.body) break;
        if (!focused.seen) found.focus = `no visible focus on ${focused.at}`;
    }
}

exports.validate = html => validator.validateStringSync(html).results
    .flatMap(result => result.messages).map(({ line, column, message, ruleId }) => `${line}:${column} ${message} (${ruleId})`).join("\n");

// --- all of them, of one page ---

async function watch(page, url, found) {
    let bytes = 0;
    page.on("console", message => {
        const expected = message.text().includes("404") || message.text().includes("410"); // the page itself, an error page
        if (message.type() === "error" && !(found.wanted >= 400 && expected)) found.console += `${message.text()}\n`;
    });
    page.on("pageerror", error => { found.console += `${error.message}\n`; });
    page.on("request", request => {
        if (new URL(request.url()).host !== new URL(url).host) found.hosts += `asked ${request.url()}\n`;
    });
    page.on("requestfinished", async request => {
        const body = await request.response().then(response => response.body()).catch(() => "");
        bytes += body.length;
    });
    return () => bytes;
}

// options: {wanted: HTTP status, home, phone, shot: path without its ending or null, said: list to which what the page says for
// machines is added, {name, data}}
exports.inspect = async function inspect(context, url, options) {
    const found = Object.fromEntries(Object.keys(exports.SENTENCES).map(rule => [rule, ""]));
    found.wanted = options.wanted || 200;
    const page = await context.newPage();
    await page.emulateMedia({ colorScheme: "light" });
    const weight = await watch(page, url, found);
    const response = await page.goto(url, { waitUntil: "load" });
    if (response.status() !== found.wanted) found.status = `${response.status()} at ${url}`;
    found.html = exports.validate(await response.text());
    const said = await page.$$eval("script[type='application/ld+json']", blocks => blocks.map(block => block.textContent));
    (options.said || []).push(...said.map(text => ({ name: url, data: JSON.parse(text) })));
    for (const rule of ["heading", "inline", "sideways"]) found[rule] = await page.evaluate(inPage[rule]);
    found.targets = await page.evaluate(inPage.targets, 24);
    if (options.phone) found.thumb = await page.evaluate(inPage.thumb, 44);
    if (options.shot && (options.phone || options.home)) await page.screenshot({ path: `${options.shot}-light.png`, fullPage: true });
    await keyboard(page, found);
    await page.evaluate(inPage.unfold);
    found.unfolded = await page.evaluate(inPage.sideways);
    found.labels = await page.evaluate(inPage.labels);
    found.axe = await axe(page);
    await page.emulateMedia({ colorScheme: "dark" });
    found.dark = await axe(page, ["color-contrast"]);
    if (options.shot && options.home) await page.screenshot({ path: `${options.shot}-dark.png`, fullPage: true });
    found.cookies = (await context.cookies()).map(cookie => cookie.name).join(", ");
    const most = options.home ? HOME_BYTES : PAGE_BYTES;
    if (weight() > most) found.weight = `${weight()} bytes, more than ${most}`;
    await page.close();
    return found;
};
