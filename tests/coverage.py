#!/usr/bin/env python3
"""Lines of schemas/ and broker/sync that tests reach: coverage.py BUILD [--report FILE]      TAP

BUILD is a build of type Coverage. Runs the unit tests of both floors and the simulator in it,
and reads what gcov says; a line counts once, in whichever of its builds it ran. What is not reached is named,
function by function."""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ["schemas", "broker/sync"]
FLOORS = ["schemas", "sync"]  # whose unit tests are run
GOAL = 95  # percent
HISTORIES = "2000"
NAMED_MAX = 60  # functions to print


def run_tests(build):
    """Each with the data of its own, from zero."""
    for data in build.rglob("*.gcda"):
        data.unlink()
    names = [f"{before}{file.stem}" for floor in FLOORS for file in sorted((ROOT / "tests/unit" / floor).glob("*_test.c"))
             for before in ("", f"{floor}_")]  # fmt: skip
    programs = [[build / "tests" / name] for name in names if (build / "tests" / name).exists()]
    programs.append([build / "tests/sim", "--histories", HISTORIES, "--seeds", ROOT / "tests/sim/seeds.txt"])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ends = list(pool.map(lambda p: subprocess.run(p, cwd=ROOT, capture_output=True, timeout=900).returncode, programs))
    return [str(program[0].name) for program, code in zip(programs, ends) if code]


class Line:
    def __init__(self):
        self.count = 0
        self.function = ""


def read_lines(build):
    """{file: {line: Line}} below FOLDERS."""
    lines = defaultdict(lambda: defaultdict(Line))
    scratch = build / "gcov"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    notes = [n for n in build.rglob("*.gcno") if n.with_suffix(".gcda").exists()]
    for number in range(0, len(notes), 50):
        subprocess.run(["gcov", "--json-format", "--hash-filenames", *notes[number : number + 50]], cwd=scratch, capture_output=True, check=True)
    for file in scratch.glob("*.gcov.json.gz"):
        for source in json.loads(gzip.decompress(file.read_bytes()))["files"]:
            _add(lines, source)
    return lines


def _add(lines, source):
    path = Path(os.path.normpath(ROOT / source["file"])).resolve()
    if not path.is_relative_to(ROOT):
        return
    name = str(path.relative_to(ROOT))
    if not name.startswith(tuple(folder + "/" for folder in FOLDERS)):
        return
    for said in source["lines"]:
        line = lines[name][said["line_number"]]
        line.count += said["count"]
        line.function = said.get("function_name", line.function)


def percent(lines, folder):
    counts = [line.count for name, of in lines.items() if name.startswith(folder + "/") for line in of.values()]
    return 100 * sum(count > 0 for count in counts) / len(counts) if counts else 0.0


def print_missed(lines, folder):
    missed = defaultdict(list)
    for name, of in lines.items():
        for number, line in of.items():
            if name.startswith(folder + "/") and not line.count:
                missed[name, line.function].append(number)
    worst = sorted(missed.items(), key=lambda entry: -len(entry[1]))
    for (name, function), numbers in worst[:NAMED_MAX]:
        print(f"    {name} {function}: {len(numbers)} lines, {', '.join(map(str, sorted(numbers)[:8]))}")
    if len(worst) > NAMED_MAX:
        print(f"    and {len(worst) - NAMED_MAX} functions more, with {sum(len(n) for _, n in worst[NAMED_MAX:])} lines")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    failed = run_tests(build)
    lines = read_lines(build)
    figures = {}
    print(f"1..{len(FOLDERS) + 1}")
    print("ok" if not failed else "not ok", f"1 - every test passes in the build that counts its lines {' '.join(failed)}")
    for number, folder in enumerate(FOLDERS, 2):
        reached = percent(lines, folder)
        figures[f"coverage_{folder.split('/')[-1]}_percent"] = round(reached, 1)
        print("ok" if reached >= GOAL else "not ok", f"{number} - {GOAL} % of the lines of {folder} are tested ({reached:.1f} %)")
        print_missed(lines, folder)
    if arguments.report:
        arguments.report.write_text(json.dumps(figures))
    sys.exit(1 if failed or any(value < GOAL for value in figures.values()) else 0)


if __name__ == "__main__":
    main()
