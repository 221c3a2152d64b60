// Shows that the gate fails when it should: the real home page with one defect in it at a time, and the rule that must see it.
"use strict";

const http = require("http");
const { inspect, SENTENCES } = require("./rules.js");

const into = (place, what) => html => html.replace(place, found => `${what}${found}`);
const BEFORE_END = /<\/main>/;

// Rule: what breaks it. `thumb` and the rest are looked at on a phone.
const DEFECTS = {
    html: into(BEFORE_END, "<div><p><div>x</div></p></div>"),
    heading: into(BEFORE_END, "<h1>Encore un titre</h1>"),
    labels: into(BEFORE_END, '<input type="search" aria-label="Invisible" name="x">'),
    inline: into(BEFORE_END, '<p style="margin: 0">x</p>'),
    sideways: into(BEFORE_END, '<img class="sabotage-wide" src="/static/icone.svg" alt="" width="900" height="9">'),
    targets: into(BEFORE_END, '<p><a class="sabotage-block" href="/plan"><img src="/static/icone.svg" alt="plan" width="12" height="12"></a></p>'),
    thumb: into(BEFORE_END, '<p><a class="button sabotage-low" href="/plan">Petit</a></p>'),
    axe: into(BEFORE_END, '<img src="/static/icone.svg" width="9" height="9">'),
    dark: into(BEFORE_END, '<p class="sabotage-dark">Illisible la nuit</p>'),
    skip: html => html.replace(/<a class="skip"[^]*?<\/a>/, ""),
    focus: into(/<\/head>/, '<link rel="stylesheet" href="/sabotage/no-focus.css">'),
    unfolded: into(BEFORE_END, '<details><summary>Plus</summary><img class="sabotage-wide" src="/static/icone.svg" alt="" width="900" height="9"></details>'),
    console: into(BEFORE_END, '<script>console.error("sabotage")</script>'),
    hosts: into(BEFORE_END, '<img src="http://localhost:9/x.svg" alt="">'),
    cookies: into(BEFORE_END, '<script>document.cookie = "sabotage=1"</script>'),
    weight: into(BEFORE_END, `<!-- ${"x".repeat(60 << 10)} -->`),
};

const SHEETS = {
    "/sabotage/no-focus.css": ":focus-visible { outline: none !important; }",
    "/sabotage/looks.css": `.sabotage-wide { max-width: none; width: 900px; } .sabotage-block { display: inline-block; line-height: 1; font-size: 1px; }
        .button.sabotage-low { min-height: 30px; }
        @media (prefers-color-scheme: dark) { .sabotage-dark { color: #333; } }`,
};

// Serves the defects at /defect/RULE and everything else from the portal.
function serve(base, home) {
    return http.createServer(async (request, response) => {
        const rule = request.url.match(/^\/defect\/(\w+)$/)?.[1];
        if (rule) {
            const page = home.replace("</head>", '<link rel="stylesheet" href="/sabotage/looks.css"></head>');
            return response.setHeader("Content-Type", "text/html; charset=utf-8").end(DEFECTS[rule] ? DEFECTS[rule](page) : page);
        }
        if (SHEETS[request.url]) return response.setHeader("Content-Type", "text/css").end(SHEETS[request.url]);
        const answer = await fetch(base + request.url);
        return response.setHeader("Content-Type", answer.headers.get("content-type")).end(Buffer.from(await answer.arrayBuffer()));
    });
}

// each: calls work for each element of a list, a few at a time.
exports.sabotage = async function sabotage(browser, base, check, each) {
    const server = serve(base, await (await fetch(base + "/")).text());
    await new Promise(resolve => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${server.address().port}`;
    const look = async rule => {
        const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: "fr-FR" });
        const found = await inspect(context, `${origin}/defect/${rule}`, { home: true, phone: true });
        await context.close();
        return found;
    };
    const clean = await look("none");
    check("the page without a defect passes", Object.keys(SENTENCES).filter(rule => clean[rule]).map(rule => `${rule}: ${clean[rule]}`).join("\n"));
    await each(Object.keys(DEFECTS), async rule =>
        check(`a page fails that breaks: ${SENTENCES[rule]}`, (await look(rule))[rule] ? "" : "the rule saw nothing"));
    server.close();
    server.closeAllConnections();
};
