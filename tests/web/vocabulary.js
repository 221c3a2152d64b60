// Is what a page says for machines in the words of schema.org? Google's typings of the whole vocabulary (schema-dts) know every
// type and which properties it has; the TypeScript compiler compares.
"use strict";

const fs = require("fs");
const os = require("os");
const path = require("path");
const ts = require("typescript");

const OPTIONS = { noEmit: true, strict: true, skipLibCheck: true, types: [], module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 };

function innermost(text) {
    return typeof text === "string" ? text : text.next ? innermost(text.next[0]) : text.messageText;
}

// objects: [{name, data}]. Gives a line for each that says something which schema.org does not know.
exports.misused = function misused(objects) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "vocabulary-"));
    try {
        fs.symlinkSync(path.join(__dirname, "node_modules"), path.join(folder, "node_modules"));
        const file = path.join(folder, "said.ts");
        const lines = objects.map(({ data }, i) => `export const said${i}: WithContext<Thing> = ${JSON.stringify(data)};`);
        fs.writeFileSync(file, ['import type { Thing, WithContext } from "schema-dts";', ...lines].join("\n"));
        return ts.getPreEmitDiagnostics(ts.createProgram([file], OPTIONS)).map(({ file: source, start, messageText }) => {
            const line = source ? source.getLineAndCharacterOfPosition(start).line : 0;
            return `${line ? objects[line - 1].name : "the vocabulary"}: ${innermost(messageText).slice(0, 300)}`;
        });
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
};
