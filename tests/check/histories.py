#!/usr/bin/env python3
"""A seed tells a history whole: it goes the same alone, after others, and again. Prints TAP.

The simulator keeps connections, statements and answers from one history to the next; were anything of a history
in them, a failing seed could not be seen again."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIMULATOR = ROOT / ".build/release/tests/sim"


def _lived(first, count):
    """All that happened in these histories, added up."""
    printed = subprocess.run([SIMULATOR, "--seed", str(first), "--histories", str(count)], capture_output=True, text=True)
    return [int(number) for number in re.findall(r"\d+", printed.stdout.splitlines()[0])]


def main():
    together, halves = _lived(1, 200), zip(_lived(1, 100), _lived(101, 100))
    same = together == [a + b for a, b in halves] and together == _lived(1, 200)
    print("ok 1" if same else "not ok 1", "- a history is the same alone, after others, and again")


if __name__ == "__main__":
    main()
