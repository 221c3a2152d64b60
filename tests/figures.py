#!/usr/bin/env python3
"""Adds up what the parts of tests/run have counted: figures.py FOLDER FILE

Each part writes its own FOLDER/*.json, an object of numbers (or of numbers by name). Counts are added, times are
the longest, and a figure that no part of this run has counted is null: not run is not zero."""

import json
import sys
from pathlib import Path

FIGURES = [
    "sim_histories", "sim_failures", "mutants", "mutants_caught", "mutants_explained", "fault_points",
    "alloc_fault_points", "kills", "flips", "proxy_schedules", "fuzz_execs", "fuzz_crashes", "lost", "duplicated",
    "divergent", "wrong_verified", "broker_restarted_s", "partition_healed_s", "silent_peer_noticed_s",
    "other_broker_taken_s", "coverage_schemas_percent", "coverage_sync_percent",
]  # fmt: skip
WORST = ("_s", "_percent")  # endings of what is not added: a time, where the longest counts; or a part's own


def merged(name, old, new):
    if isinstance(new, dict):
        return {**(old or {}), **{key: merged(key, (old or {}).get(key), value) for key, value in new.items()}}
    if old is None:
        return new
    return max(old, new) if name.endswith(WORST) else old + new


def collect(folder):
    figures = dict.fromkeys(FIGURES)
    for file in sorted(folder.glob("*.json")):
        for name, value in json.loads(file.read_text()).items():
            if isinstance(value, (int, float, dict)):
                figures[name] = merged(name, figures.get(name), value)
    return figures


def main():
    folder, file = map(Path, sys.argv[1:3])
    file.write_text(json.dumps(collect(folder), indent=2) + "\n")


if __name__ == "__main__":
    main()
