#!/usr/bin/env python3
"""Threads share nothing: no writable static in node/ and broker/ but those named here. TAP.

Looks at what the compiler made of them for a release, where a `static` without `const` cannot hide. Tables of
pointers are in .data.rel.ro: written by the loader, and then no more."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("MAILLAGE_BUILD", ROOT / ".build/release"))
WRITABLE = r"\.(t?data|t?bss)(?!\.rel\.ro)|\*COM\*"

# (object, symbol): why it may be there.
NAMED = {
    ("log.c", "lowest"): "the log level, set by main before any thread starts",
    ("main.c", "argp_program_version"): "declared so by argp.h; nobody writes it",
    ("template.cc", "FOLDER"): "a constant that C++ makes before main",
    ("template.cc", "SUFFIX"): "likewise",
    ("template.cc", "SAFE_TAGS"): "likewise",
    ("template.cc", "__ioinit"): "of the C++ library",
    ("template.cc", "default_begin"): "of the template engine: a constant, made once under the compiler's guard",
    ("template.cc", "default_end"): "likewise",
}

# What is built from node/ and broker/: the two libraries, and the mains.
BUILT = ["libnode.a", "libsync.a"]
MAINS = ["maillage-broker.dir/broker", "maillage-node.dir/node", "maillage.dir/node/cli"]


def objects():
    yield from (BUILD / name for name in BUILT)
    for folder in MAINS:
        yield from (BUILD / "CMakeFiles" / folder).glob("*.o")


def writable(file):
    """(object, symbol) of everything writable in an archive or object file."""
    printed = subprocess.run(["objdump", "-t", "-C", file], capture_output=True, text=True, check=True).stdout
    name = ""
    for line in printed.splitlines():
        if match := re.match(r"(?:.*/)?([^/]+)\.o: +file format", line):
            name = match[1]
        elif match := re.match(r"[0-9a-f]+ .{7} (\S+)\t[0-9a-f]+ +(?:\.hidden )?(.+)$", line):
            section, symbol = match.groups()
            if re.match(WRITABLE, section) and not symbol.startswith((".", "DW.ref.")):
                yield name, re.sub(r"\.\d+$", "", symbol.split("::")[-1])


def no_writable_static_outside_the_named_list():
    found = {pair for file in objects() for pair in writable(file)}
    return [f"{name}: {symbol}" for name, symbol in sorted(found - NAMED.keys())]


def every_named_static_is_still_there():
    found = {pair for file in objects() for pair in writable(file)}
    return [f"{name}: {symbol}" for name, symbol in sorted(NAMED.keys() - found)]


CHECKS = [no_writable_static_outside_the_named_list, every_named_static_is_still_there]


def main():
    print(f"1..{len(CHECKS)}")
    failed = 0
    for number, check in enumerate(CHECKS, 1):
        found = check()
        failed += bool(found)
        print("not ok" if found else "ok", number, "-", check.__name__)
        for line in found:
            print(f"    {line}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
