// Is every rule of the stylesheet of use to a page, and is it as small as it is meant to be?
"use strict";

const MOST_BYTES = 7000; // as it is served, not compressed
const ONLY_SOMETIMES = [".brand img", ".late", ".some"]; // a hub's logo, a hub that is late, a department with many records

// The selectors of a page's stylesheet that no element of it fits; what only a mouse, a key or an address does is taken for done.
const unfit = () => {
    const still = selector => selector.replace(/:is\(:hover, :focus\)|::?(before|after|hover|focus-visible|focus|target)\b/g, "") || "*";
    const selectors = rules => [...rules].flatMap(rule => rule.selectorText ? rule.selectorText.split(/,(?![^(]*\))/) : rule.cssRules ? selectors(rule.cssRules) : []);
    const sheet = [...document.styleSheets].find(({ href }) => href.includes("portail.css"));
    return selectors(sheet.cssRules).map(selector => selector.trim()).filter(selector => !document.querySelector(still(selector)));
};

exports.idleRules = async function idleRules(browser, addresses) {
    const context = await browser.newContext({ locale: "fr-FR" });
    const page = await context.newPage();
    let idle = null;
    for (const address of addresses) {
        await page.goto(address);
        const here = new Set(await page.evaluate(unfit));
        idle = idle ? idle.filter(selector => here.has(selector)) : [...here];
    }
    await context.close();
    return idle.filter(selector => !ONLY_SOMETIMES.includes(selector));
};

exports.stylesheetSize = async function stylesheetSize(base) {
    const size = (await (await fetch(`${base}/static/portail.css`)).arrayBuffer()).byteLength;
    return size > MOST_BYTES ? `${size} bytes, more than ${MOST_BYTES}` : "";
};
