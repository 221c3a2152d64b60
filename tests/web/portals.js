// Starts the portals to look at (portals.py) and tells their addresses.
"use strict";

const { spawn } = require("child_process");
const path = require("path");
const readline = require("readline");

// { bases, stop }: stop() lets them end with our end of the pipe.
exports.startPortals = async function startPortals() {
    const child = spawn("python3", [path.join(__dirname, "portals.py")], { stdio: ["pipe", "pipe", "inherit"] });
    for await (const line of readline.createInterface({ input: child.stdout }))
        return { bases: JSON.parse(line), stop: () => child.stdin.end() };
    throw new Error("portals.py ended without telling an address");
};
