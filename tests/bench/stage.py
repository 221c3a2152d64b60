"""A federation to measure: the daemons and settings that ship, and ways to wait that cost little.

A hub is given its records while it does not know the broker; a measurement begins when the broker's public
file is put into its members folder and SIGHUP tells it so.
"""

import json
import math
import os
import sqlite3
import subprocess
import time

import federation
import store
from federation import BUILD, Federation, expect

KIND = "provider"
LOOK = 0.002  # seconds between two looks at a store
DEPARTMENTS = [f"{number:02d}" for number in range(1, 96) if number != 20]

federation.TERRITORIES.update({f"hub-{number}": f"DEP-{number}" for number in DEPARTMENTS})


class Stage(Federation):
    def __init__(self):
        super().__init__()
        # All as shipped but this: a hub that reaches no broker takes changes after 1 s, not 10.
        self.timers = {"reconcile": "1s"}

    def open(self, *hubs):
        """A broker, the national node connected to it, and hubs that do not know the broker yet."""
        broker = self.add_broker()
        nodes = [self.add_node(hub, "hub") for hub in hubs]
        national = self.add_node("national", "aggregator")
        broker.start()
        national.start()
        self.expel("a")
        for node in nodes:
            node.settings["subscribe"] = []  # else each would take, on this one machine, what all have
            node.start()
        return broker, national, nodes

    def link(self, *nodes):
        """From now on they know the broker; gives the moment."""
        self.admit("a")
        start = time.monotonic()
        for node in nodes:
            node.reload()
        return start

    def newcomer(self, like, file):
        """A second node of the same member with an empty store, which does not know the broker."""
        node = self.add_twin(like, file)
        self.expel("a")
        return node.start()


class Look:
    """A reader of one node's store."""

    def __init__(self, node):
        self._node = node
        self._db = sqlite3.connect(f"file:{node.database}?mode=ro", uri=True, timeout=5, isolation_level=None)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._db.close()

    def seq(self, hub):
        """The sequence number that is shown, proven, of the hub's providers; 0 for none."""
        row = self._db.execute("SELECT head FROM stream WHERE hub = ? AND kind = ?", (hub, KIND)).fetchone()
        return store.read_head(row[0]).seq if row and row[0] else 0

    def searchable(self):
        return self._db.execute("SELECT count(*) FROM search_pending").fetchone()[0] == 0

    def wait(self, condition, what, within=60):
        """Until condition() holds; gives the moment."""
        limit = time.monotonic() + within
        while not condition():
            expect(time.monotonic() < limit, f"{self._node.name}: not within {within} s: {what}")
            time.sleep(LOOK)
        return time.monotonic()

    def wait_for_seq(self, seq, *hubs):
        return self.wait(lambda: all(self.seq(hub) >= seq for hub in hubs), f"verified at {seq}")

    def wait_for_search(self):
        return self.wait(self.searchable, "all records can be searched")


def load(*words, within=120):
    """Runs bench_load and gives what it measured."""
    command = [BUILD / "tests/bench/bench_load", *map(str, words)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=within)
    expect(process.returncode == 0, f"bench_load {words[0]}: {process.stderr}")
    return json.loads(process.stdout)


def write(node, count, revisions=1, group=500):
    """Gives a hub that many records, each changed so many times, and waits until it rests."""
    load("write", node.store, count, revisions, group)
    with Look(node) as look:
        look.wait_for_search()


def _pid(node):
    return int((node.store / "lock").read_text())


def memory_mb(node, what):
    """what: "VmRSS" now, "VmHWM" at most so far."""
    with open(f"/proc/{_pid(node)}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(what + ":")) / 1024


def cpu_s(node):
    """Processor time so far, of all threads."""
    with open(f"/proc/{_pid(node)}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.floor(len(ordered) * share))]
