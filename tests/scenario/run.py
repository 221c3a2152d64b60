#!/usr/bin/env python3
"""Runs scenarios, each in a process of its own: run.py [--jobs N] [--list] [NAME...]

A NAME may be a part of one. Prints TAP ("ok 1 - name") and ends with 1 when any failed.
"""

import argparse
import concurrent.futures
import os
import subprocess
import sys
import time

import doors, erasure, history, hostile, imports, interfaces, keys, liars, operations, outward, pilot, proxy, recovery, schema, torture, travel, visitors, web_attacks, weight  # noqa: E401,F401 each registers its scenarios
from federation import run_scenario, scenarios

LIMIT = int(os.environ.get("MAILLAGE_LIMIT", "240"))  # seconds for one scenario


def run_apart(name):
    """(held, what it printed, seconds): nothing of one scenario can reach another."""
    began = time.monotonic()
    held, printed = _run_apart(name)
    return held, printed, time.monotonic() - began


def _run_apart(name):
    try:
        process = subprocess.run(
            [sys.executable, __file__, "--here", name],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=LIMIT,
        )  # fmt: skip
        return process.returncode == 0, process.stdout
    except subprocess.TimeoutExpired as error:
        return False, (error.stdout or b"").decode(errors="replace") + f"\nnot over after {LIMIT} s\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="of scenarios, or parts of names")
    parser.add_argument("--jobs", type=int, default=3, help="scenarios at a time")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()

    known = list(scenarios())
    if arguments.here:
        sys.exit(0 if run_scenario(arguments.names[0]) else 1)
    chosen = [n for n in known if not arguments.names or any(part in n for part in arguments.names)]
    if arguments.list:
        print(*chosen, sep="\n")
        return
    if not chosen:
        sys.exit(f"no scenario is called {' or '.join(arguments.names)}; --list names them")

    print(f"1..{len(chosen)}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for number, (name, (held, printed, took_s)) in enumerate(zip(chosen, pool.map(run_apart, chosen)), 1):
            print("ok" if held else "not ok", number, "-", name, f"# {took_s:.0f} s", flush=True)
            if not held:
                failed += 1
                print("".join(f"    {line}\n" for line in printed.splitlines()), end="", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
