#!/usr/bin/env python3
"""Small checks of the repository itself, as TAP: what a reader or another machine would stumble over."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))
import promises  # noqa: E402

MAILLAGE = Path(os.environ.get("MAILLAGE_BUILD", ROOT / ".build/release")) / "maillage"

# Each floor may include itself and what lies below; node/ and broker/ do not know each other's programs.
BELOW = {"schemas": {"schemas"}, "broker": {"schemas", "broker"}, "node": {"schemas", "broker", "node"}}

UNSAFE = r"\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|strtok|system|popen|pthread_mutex_\w+)\s*\("


def tracked(*patterns):
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--", *patterns], capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def lines_matching(pattern, files):
    found = []
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(lines, 1)
            if re.search(pattern, line)
        ]
    return found


def no_file_names_a_machine():
    pattern = r"(^|[\s\"'=(:])/(home|root|Users|mnt|work|farm|build)/\w"
    return lines_matching(pattern, [f for f in tracked() if f != Path(__file__)])


def lockfiles_name_no_registry():
    return lines_matching(r"\"resolved\"|https?://[^\"]*regist", tracked("*package-lock.json"))


def includes_point_downwards():
    found = []
    for floor, allowed in BELOW.items():
        for file in tracked(f"{floor}/*.c", f"{floor}/*.h", f"{floor}/*.cc"):
            for name in re.findall(r'^#include "([^"]+)"', file.read_text(encoding="utf-8"), re.M):
                upward = name.split("/")[0] not in allowed
                if upward or name == "broker/broker.h" and floor == "node":
                    found.append(f"{file.relative_to(ROOT)} includes {name}")
                elif not (ROOT / name).exists():
                    found.append(f"{file.relative_to(ROOT)} includes {name}, which does not exist")
    return found


def no_unsafe_call():
    return lines_matching(UNSAFE, tracked("schemas/*.[ch]", "broker/*.[ch]", "node/*.[ch]", "node/*.cc"))


def commands_can_be_run():
    programs = ["config/pilot/up", "config/packages", "tests/run", ".ci/run", "tests/scenario/run.py"]
    return [f"{name} cannot be run" for name in programs if not os.access(ROOT / name, os.X_OK)]


def shell_scripts_parse():
    found = []
    for file in tracked():
        if file.suffix in ("", ".sh") and file.read_bytes()[:64].startswith(b"#!/usr/bin/env bash"):
            parsed = subprocess.run(["bash", "-n", file], capture_output=True, text=True)
            found += parsed.stderr.splitlines()
    return found


def every_shipped_configuration_is_right():
    files = tracked("config/*.yaml", "schemas/*.yaml")
    if not files:
        return ["no YAML file is shipped"]
    checked = subprocess.run([MAILLAGE, "config", "check", *files], capture_output=True, text=True)
    return [] if checked.returncode == 0 else (checked.stdout + checked.stderr).splitlines()


def every_seed_is_an_array_of_records():
    found = []
    for file in tracked("config/pilot/seed/*.json"):
        records = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            found.append(f"{file.relative_to(ROOT)} is not an array of objects")
    return found


def promises_name_tests_that_exist():
    named = re.findall(r"`(?:\w+: )?([a-z]\w*_\w+)`", (ROOT / "tests/PROMISES.md").read_text(encoding="utf-8"))
    sources = "".join(f.read_text(encoding="utf-8") for f in tracked("tests/scenario/*.py", "tests/unit/*.c"))
    exists = set(re.findall(r"^(?:def|static void)\s+(\w+)\(", sources, re.M)) | {"like_this"}
    return [f"tests/PROMISES.md names {name}, which is no test" for name in named if name not in exists]


def promises_have_the_amounts_of_the_tests():
    return [f"tests/promises.py would not write: {line}" for line in promises.stale_lines()]


CHECKS = [
    no_file_names_a_machine,
    lockfiles_name_no_registry,
    includes_point_downwards,
    no_unsafe_call,
    commands_can_be_run,
    shell_scripts_parse,
    every_shipped_configuration_is_right,
    every_seed_is_an_array_of_records,
    promises_name_tests_that_exist,
    promises_have_the_amounts_of_the_tests,
]


def main():
    print(f"1..{len(CHECKS)}")
    failed = False
    for number, check in enumerate(CHECKS, 1):
        found = check()
        print("not ok" if found else "ok", number, "-", check.__name__)
        for line in found:
            print(f"    {line}")
        failed |= bool(found)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
