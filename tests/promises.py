#!/usr/bin/env python3
"""Writes what tests have counted into tests/PROMISES.md: promises.py REPORT...

A REPORT is what `tests/run --report REPORT` or `tests/run --all --report REPORT PART` wrote; those of one kind are
added up. A column without a report keeps its figures. tests/check/repository.py sees to it that all else of the
section is what this program and tests/amounts say."""

import json
import re
import sys
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import coverage
import figures

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "tests/PROMISES.md"
BEGIN, END = "<!-- figures: written by tests/promises.py -->\n", "<!-- end of figures -->\n"
COLUMNS = ("`tests/run`", "`tests/run --all`")
UNKNOWN = "–"


class Row(NamedTuple):
    happens: str
    handles: str
    shown_by: str
    counted: str  # f: figures of a report; a: tests/amounts
    columns: tuple[int, ...] = (0, 1)  # of COLUMNS


ROWS = [
    Row("messages are lost, doubled, late; clocks are wrong; disks fill up; power goes; stores are restored, wiped, cloned; brokers lie",
        "signed roots, one PULL out, one transaction for items and cursor", "sim: its invariants, on every state",
        "{f.sim_histories} of {a.histories} + {a.histories_asan} histories and the kept ones, {f.sim_failures} failed"),
    Row("a rule of the state machines is not kept", "each rule has somebody who notices", "`tests/sim/mutants`",
        "of {f.mutants} mutants {f.mutants_caught} caught, {f.mutants_explained} explained; {a.mutants_times} times the seeds"),
    Row("the power goes at any write, and what was not synced is lost, all or in part, or torn; any call to the disk fails or finds no room",
        'the hub syncs before it says "saved", brokers and aggregators before they copy the log; a failed sync ends the hub and sets a refillable store aside',
        "`tests/run faults`", "{f.fault_points} points: every call, of {a.fault_scripts} of 5 scripts"),
    Row("there is no memory", "at worst the process ends; the disk is whole", "`tests/run faults`",
        "{f.alloc_fault_points} of {a.allocations} allocations"),
    Row("any process is killed at random under {a.changes_per_s} changes/s", 'what was answered with "saved" is on the disk; the rest is pulled again',
        "`who_is_killed_at_random_under_load_loses_nothing`",
        "{f.kills} of {a.kills} kills; {f.asked_per_s} changes/s asked for, {f.saved_per_s} saved"),
    Row("bytes of a stopped process's files change", "a damaged hub stops and says what to do, the others refill; what only `verify` can see it tells",
        "`bytes_that_change_in_the_files_of_a_stopped_process_are_never_believed`", "{f.flips} of {a.flips} times"),
    Row("a network delays, cuts, falls silent one way or both, forgets connections, throttles, splits into bytes, flips bits",
        "timers, encryption, another broker, proofs", "`whatever_the_network_does_everybody_agrees_once_it_is_well`",
        "{f.proxy_schedules} of {a.proxy_schedules} schedules; agreed within {f.proxy_recovery_s} of {a.healed_s} s after them"),
    Row("a broker restarts", "all that it had is verified by the next heads", "`with_the_shipped_timers_a_restarted_broker_has_everything_verified_in_time`",
        "{f.broker_restarted_s} of at most {a.restarted_s} s"),
    Row("a broker starts with an empty store", "hubs and it compare heads, and it pulls", "`with_the_shipped_timers_a_broker_with_an_empty_store_is_filled_again_in_time`",
        "{f.broker_refilled_records} of {a.refill_records} records in {f.broker_refilled_s} of at most {a.refilled_s} s"),
    Row("a partition heals", "connections are made anew, heads said again", "`with_the_shipped_timers_silence_is_noticed_and_partitions_heal_in_time`",
        "{f.partition_healed_s} of at most {a.healed_s} s"),
    Row("a peer falls silent", "PING and silence", "the same", "{f.silent_peer_noticed_s} of at most {a.noticed_s} s"),
    Row("one broker of two falls silent", "heads of the other one are ahead", "the same", "{f.other_broker_taken_s} of at most {a.taken_s} s"),
    Row("any bytes arrive", "shapes are checked before anything is allocated", "fuzz targets, under AddressSanitizer and UBSan",
        "{f.fuzz_inputs} inputs for {f.fuzz_targets} targets, {f.fuzz_crashes} targets that crashed"),
    Row("a federation works on and on", "the log has a limit; nothing is kept that is not needed", "`tests/run --all soak`",
        "{f.soak_minutes} of {a.soak_minutes} minutes with {f.soak_kills} kills; memory grows by {f.soak_memory_broker_percent} % an hour at"
        " the broker, {f.soak_memory_national_percent} % at the national node; 1 % is allowed", (1,)),
    Row("a mistake is where no test goes", "what is not reached is named", "`tests/run --all coverage`",
        "{f.coverage_schemas_percent} % of the lines of schemas/, {f.coverage_sync_percent} % of broker/sync;"
        f" {coverage.GOAL} % are wanted", (1,)),
    Row("**any of these**", "all of these", 'all streams verified, all records compared, `maillage verify`, every "saved" looked for',
        "**{f.lost} lost, {f.duplicated} duplicated, {f.divergent} divergent, {f.wrong_verified} wrongly verified**"),
]  # fmt: skip


# ---- texts of figures ----


class _Texts(dict):
    """Every name is an attribute; what is not known has a text of its own."""

    def __getattr__(self, name):
        return self.get(name, UNKNOWN)


class _Places(_Texts):
    """Where figures stand in a line, for _read."""

    def __init__(self, column):
        super().__init__(column=column)

    def __getattr__(self, name):
        return f"\0{self['column']} {name}\0"


def _amounts(column):
    lines = (line.split() for line in (ROOT / "tests/amounts").read_text(encoding="utf-8").splitlines())
    return _Texts({words[0]: f"{int(words[1 + column]):,}" for words in lines if words[0] != "#"})


def _commits(reports):
    """The commit; of parts that ran at several, which ran at which."""
    parts = {}
    for report in reports:
        parts.setdefault(report["commit"], []).extend(report["parts_s"])
    if len(parts) == 1:
        return reports[0]["commit"]
    return "; ".join(f"{commit} ({', '.join(sorted(names))})" for commit, names in parts.items())


def _add_up(reports):
    """The texts of all figures of reports of one kind."""
    values = {}
    for report in reports:
        for name, value in report.items():
            if name not in ("commit", "machine"):
                values[name] = figures.merged(name, values.get(name), value)
    values |= {"commit": _commits(reports), "machine": " and ".join(sorted({report["machine"] for report in reports}))}
    if execs := values.get("fuzz_execs"):
        values |= {"fuzz_inputs": sum(execs.values()), "fuzz_targets": len(execs)}
    return _Texts({name: value if isinstance(value, str) else f"{value:,}"
                   for name, value in values.items() if isinstance(value, (int, float, str))})  # fmt: skip


# ---- the section ----


def _lines(texts):
    """Of the section, with the texts of each column's figures."""
    amounts = [_amounts(column) for column in range(len(COLUMNS))]
    yield "| what happens | what handles it | shown by | " + " | ".join(COLUMNS) + " |"
    yield "|---" * (3 + len(COLUMNS)) + "|"
    for row in ROWS:
        counted = [row.counted.format(a=amounts[c], f=texts[c]) if c in row.columns else "" for c in range(len(COLUMNS))]
        yield "| " + " | ".join([row.happens.format(a=amounts[0]), row.handles, row.shown_by, *counted]) + " |"
    for name, f in zip(COLUMNS, texts):
        yield ""
        yield f"{name} at commit {f.commit}, on {f.machine}, {f.run_seconds} s in all."


def _read(page):
    """The texts of each column's figures, and the lines that this program would write otherwise."""
    texts, wrong = [_Texts() for _ in COLUMNS], []
    lines = page.split(BEGIN)[1].split(END)[0].splitlines()
    expected = _lines([_Places(column) for column in range(len(COLUMNS))])
    for line, pattern in zip_longest(lines, expected, fillvalue=""):
        between, places = pattern.split("\0")[::2], pattern.split("\0")[1::2]
        match = re.fullmatch("(.+?)".join(map(re.escape, between)), line)
        if not match:
            wrong.append(line or f"missing: {pattern}")
            continue
        for place, text in zip(places, match.groups()):
            column, name = place.split()
            texts[int(column)][name] = text
    return texts, wrong


def stale_lines():
    """Of the page: their words or amounts are not those of this program and of tests/amounts."""
    return _read(PAGE.read_text(encoding="utf-8"))[1]


def main():
    reports = [json.loads(Path(file).read_text()) for file in sys.argv[1:]]
    page = PAGE.read_text(encoding="utf-8")
    texts, _ = _read(page)
    for column in range(len(COLUMNS)):
        if mine := [report for report in reports if report["all"] == bool(column)]:
            texts[column] = _add_up(mine)
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(before + BEGIN + "\n".join(_lines(texts)) + "\n" + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
