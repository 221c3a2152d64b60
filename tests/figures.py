#!/usr/bin/env python3
"""Adds up what the parts of tests/run have counted: figures.py [--all] FOLDER FILE

Each part writes its own FOLDER/*.json, an object of numbers (or of numbers by name). A figure that no part of this
run has counted is null: not run is not zero. tests/promises.py writes them into the page of promises."""

import argparse
import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIGURES = [
    "sim_histories", "sim_failures", "mutants", "mutants_caught", "mutants_explained", "fault_points",
    "alloc_fault_points", "kills", "kills_asan", "asked_per_s", "saved_per_s", "flips", "proxy_schedules", "fuzz_execs", "fuzz_crashes",
    "lost", "duplicated", "divergent", "wrong_verified", "broker_restarted_s", "broker_refilled_s",
    "broker_refilled_records", "partition_healed_s", "silent_peer_noticed_s", "other_broker_taken_s", "proxy_recovery_s",
    "soak_minutes", "soak_kills", "coverage_schemas_percent", "coverage_sync_percent", "run_seconds", "parts_s",
]  # fmt: skip


def _sum(old, new):
    return old + new


# How two counts of one figure become one, by how its name ends; others are added.
TOGETHER = {"_per_s": min, "_s": max, "_percent": max, "_records": max}


def merged(name, old, new):
    if old is None or new is None:
        return new if old is None else old
    if isinstance(new, dict):
        return old | {key: merged(name, old.get(key), value) for key, value in new.items()}
    return next((way for end, way in TOGETHER.items() if name.endswith(end)), _sum)(old, new)


def collect(folder):
    figures = dict.fromkeys(FIGURES)
    for file in sorted(folder.glob("*.json")):
        for name, value in json.loads(file.read_text()).items():
            figures[name] = merged(name, figures.get(name), value)
    return figures


def _printed(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def circumstances(is_all):
    """Of which files the figures are true, and on what they were counted."""
    changed = bool(_printed("git", "status", "--porcelain", "--untracked-files=no"))
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "all": is_all,
        "commit": _printed("git", "rev-parse", "--short=10", "HEAD") + (" and changes" if changed else ""),
        "machine": f"{os.cpu_count()} cores, {processor[1] if processor else 'unknown'}",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="this was a run with --all")
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    figures = circumstances(arguments.all) | collect(arguments.folder)
    arguments.file.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
