"""Processes that are killed, frozen, without disk space, or find their files changed, while hubs go on writing.

Whatever was done, the check is the same one at the end: every stream verified everywhere, all tables compared
record by record, `maillage verify` agrees, every change that was answered with "saved" is there, and nothing
else is.

tests/amounts says how much of it; MAILLAGE_KILLS, MAILLAGE_FLIPS, MAILLAGE_FROZEN_S, MAILLAGE_SOAK_MINUTES and
MAILLAGE_SEED (1) say otherwise. A build without sanitizers has to keep up with the changes that are asked for."""

import contextlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import store
from federation import BUILD, ROOT, _prepare_child, eventually, expect, scenario
from forging import packed
from operations import Supervisor
from records import answer
from results import Counts, amount

SEED = int(os.environ.get("MAILLAGE_SEED", "1"))
PER_S = amount("changes_per_s")  # of both hubs together
BUSY_PER_S = PER_S  # of one, when hubs are killed: who is away is asked for nothing
IN_FULL = "asan" not in BUILD.name  # fast enough for all of them, also beside other tests
KILLS = "kills" if IN_FULL else "kills_asan"
AGREEMENT_S = 60
TMPFS_SIZE = "24m"


# ---- writers ----


class Writer:
    """writer.c at one hub, and what the hub may hold by what was answered."""

    def __init__(self, hub, per_s):
        self.hub = hub
        self.log = hub.folder / f"{hub.name}.writer"
        schemas = hub.schemas or ROOT / "schemas"
        with open(self.log, "wb") as log:
            self._child = subprocess.Popen(
                [BUILD / "tests/writer", schemas, hub.store, hub.name, str(per_s)],
                stdin=subprocess.PIPE, stdout=log, preexec_fn=_prepare_child,
            )  # fmt: skip

    def stop(self):
        self._child.stdin.close()
        expect(self._child.wait(timeout=150) == 0, "the writer broke")

    def answers(self):
        for line in self.log.read_text().splitlines():
            word, id, value = line.split()
            yield word, id, int(value)

    def asked(self):
        return sum(word == "try" for word, _, _ in self.answers())

    def saved(self):
        return sum(word == "saved" for word, _, _ in self.answers())

    def allowed(self):
        """{id: values}: the last that was saved, or one asked for since and not answered. 0: deleted."""
        values = defaultdict(lambda: {0})
        for word, id, value in self.answers():
            if word == "saved":
                values[id] = {value}
            elif word == "unknown":
                values[id] = values[id] | {value}
        return values


def _values(streams, hub):
    """{id: value} of the records that a store holds of a hub."""
    held = {}
    for id, item in streams[hub, "answer"].items.items():
        held[id] = int(store.read_body(item)["reponse"].split()[1]) if item.op == store.PUT else 0
    return held


# ---- the check ----


WRONG = ("lost", "duplicated", "divergent", "wrong_verified")  # 0, ever


def _counts(name, **figures):
    return Counts(f"{name}-{SEED}", **dict.fromkeys(WRONG, 0), **figures)


def _unproven(process):
    """Streams of others that a store shows and no head proves, whoever runs or does not."""
    found = []
    for key, stream in process.streams().items():
        if stream.own or stream.head is None and not stream.items:
            continue
        proven = stream.head and (stream.head.root, stream.head.count) == (store.root_of(stream.items), len(stream.items))
        if not proven:
            found.append(f"{process.name} shows {'/'.join(key)} without a proof")
    return found


def _note_unproven(process, counts, details):
    found = _unproven(process)
    counts["wrong_verified"] += len(found)
    details += found


def check(federation, writers, counts, details):
    """The one check, of a federation that is left alone: fills counts, fails when any is not 0."""
    try:
        federation.agrees(within=AGREEMENT_S)
    except AssertionError as failure:
        counts["divergent"] += max(1, len(federation.differences()))
        details.append(str(failure))
    for process in federation.brokers + federation.nodes:
        _note_unproven(process, counts, details)
    for node in federation.nodes:
        told = node.tool("verify")
        if told.code:
            counts["divergent"] += 1
            details.append(f"verify at {node.name}: {told.out} {told.words}")
    for writer in writers:
        _check_answers(writer, counts, details)
    counts["saved"] = sum(writer.saved() for writer in writers)
    counts.write()
    wrong = {name: counts[name] for name in WRONG if counts[name]}
    expect(not wrong, f"{wrong}: {'; '.join(details[:5])}")
    expect(counts["saved"], "nothing was ever saved")


def _check_answers(writer, counts, details):
    held, allowed = _values(writer.hub.streams(), writer.hub.hub), writer.allowed()
    for id, values in allowed.items():
        if held.get(id, 0) not in values:
            counts["lost" if held.get(id, 0) == 0 or max(values) > held[id] else "duplicated"] += 1
            details.append(f"{id} is {held.get(id)}, and may be {sorted(values)}")
    extra = [id for id in held if id not in allowed and held[id]]
    counts["duplicated"] += len(extra)
    details += [f"nobody wrote {id}" for id in extra]


def _spoil(process, change, *values):
    with contextlib.closing(sqlite3.connect(process.database, timeout=10)) as db, db:
        db.execute(change, values)


def _with_value(item, value):
    *fields, body = store.unpack(item.bytes)[0]
    return packed([*fields, {**body, "reponse": f"valeur {value}"}])


def _noticed(writer):
    counts = dict.fromkeys(WRONG, 0)
    _check_answers(writer, counts, [])
    return {name for name in WRONG if counts[name]}


@scenario
def the_check_notices_what_is_lost_old_made_up_different_or_unproven(federation):
    loire, rhone, national = federation.usual()
    writer = Writer(loire, PER_S)
    eventually(lambda: writer.saved() > 300, "there is something to look for")
    writer.stop()
    federation.agrees()
    expect(not _noticed(writer) and not _unproven(national), "something is wrong to begin with")
    values = {id: max(values) for id, values in writer.allowed().items()}
    held = loire.streams()["loire", "answer"].items
    lost, old, again = sorted(id for id, value in values.items() if value)[:3]
    loire.stop()
    shutil.copy(loire.database, federation.folder / "sound.db")
    for change, wanted in (
        (("DELETE FROM item WHERE id = ?", lost), "lost"),
        (("UPDATE item SET bytes = ? WHERE id = ?", _with_value(held[old], 0), old), "lost"),
        (("INSERT INTO item SELECT stream, 'nobody', 1 << 40, op, bucket, leaf, bytes FROM item WHERE id = ?", again), "duplicated"),
    ):
        shutil.copy(federation.folder / "sound.db", loire.database)
        _spoil(loire, *change)
        expect(wanted in _noticed(writer), f"{change[0]} is not {wanted}: {_noticed(writer)}")
    shutil.copy(federation.folder / "sound.db", loire.database)
    loire.start()
    federation.agrees()
    _spoil(rhone, "DELETE FROM item WHERE id = ?", lost)
    expect(any(lost in text for text in federation.differences()), "a record that is missing at a node is not noticed")
    expect(len(_unproven(rhone)) == 1, "a state that no head proves is not noticed")
    expect(rhone.tool("verify").code == 1, "verify does not notice it")


def _pause(seconds):
    time.sleep(seconds)  # how long something lasts is what is tried


# ---- killed ----


def _kill_one(federation, chance, counts, details):
    victim = chance.choice(federation.brokers + federation.nodes)
    victim.kill()
    _note_unproven(victim, counts, details)
    _pause(chance.choice((0, 0, 0.5)))
    victim.start()
    counts[KILLS] += 1


@scenario
def who_is_killed_at_random_under_load_loses_nothing(federation):
    chance = random.Random(SEED)
    loire, rhone, _ = federation.usual(brokers=("a", "b"))
    counts, details = _counts("kill", **{KILLS: 0}), []
    writers = [Writer(hub, BUSY_PER_S) for hub in (loire, rhone)]
    began = time.monotonic()
    while counts[KILLS] < amount(KILLS):
        _pause(chance.uniform(0, 1))
        _kill_one(federation, chance, counts, details)
    took_s = time.monotonic() - began
    for writer in writers:
        writer.stop()
    check(federation, writers, counts, details)
    if IN_FULL:
        counts["asked_per_s"] = int(sum(writer.asked() for writer in writers) / took_s)
        counts["saved_per_s"] = int(counts["saved"] / took_s)
        counts.write()
        expect(counts["asked_per_s"] >= PER_S // 4, f"only {counts['asked_per_s']} changes/s: that is no load")


# ---- aborted ----


def _abort(federation, victim, supervisor, counts, details):
    """As libzmq does when it no longer understands the world; a supervisor starts it again."""
    ends = len(supervisor.ends)
    victim.signal(signal.SIGABRT)
    eventually(lambda: len(supervisor.ends) > ends and victim.running() and "ready " in victim.printed(), f"{victim.name} is started again")
    _note_unproven(victim, counts, details)
    expect(supervisor.ends[-1] == -signal.SIGABRT, f"{victim.name} ended with {supervisor.ends[-1]}")
    counts["aborts"] += 1


@scenario
def who_aborts_under_load_is_started_again_and_loses_nothing(federation):
    loire, rhone, national = federation.usual()
    counts, details = _counts("aborts", aborts=0), []
    writers = [Writer(hub, PER_S // 4) for hub in (loire, rhone)]
    victims = (federation.brokers[0], loire, national)
    supervisors = [Supervisor(victim) for victim in victims]
    for _ in range(3):
        for victim, supervisor in zip(victims, supervisors):
            _abort(federation, victim, supervisor, counts, details)
            _pause(0.3)
    for writer in writers:
        writer.stop()
    check(federation, writers, counts, details)
    for supervisor in supervisors:
        supervisor.stop()


# ---- frozen ----


def _frozen(federation, victim):
    """Freezes a process for a while under load; one that its watchdog has ended is started again."""
    writers = [Writer(node, PER_S // 2) for node in federation.nodes if node.settings["node"]["role"] == "hub"]
    counts, details = _counts(f"frozen-{victim.name}"), []
    _pause(1)
    victim.freeze()
    _pause(amount("frozen_s"))
    victim.thaw()
    _pause(1)
    if not victim.running():
        victim.start()
    _pause(1)
    for writer in writers:
        writer.stop()
    check(federation, writers, counts, details)


@scenario
def a_hub_that_is_frozen_for_a_while_goes_on(federation):
    loire, _, _ = federation.usual()
    _frozen(federation, loire)


@scenario
def a_broker_that_is_frozen_for_a_while_goes_on(federation):
    federation.usual()
    _frozen(federation, federation.brokers[0])


@scenario
def a_national_node_that_is_frozen_for_a_while_goes_on(federation):
    _, _, national = federation.usual()
    _frozen(federation, national)


# ---- without disk space ----


class Room:
    """A store's disk: a small tmpfs of its own where we may mount one, else a limit to the size of files."""

    def __init__(self, process):
        self.process = process
        self._ballast = process.store / "ballast"
        process.store.mkdir(mode=0o700)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_SIZE},mode=0700", "tmpfs", process.store]
        self.mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0

    def fill(self):
        if not self.mounted:
            largest = max((f.stat().st_size for f in self.process.store.iterdir() if f.is_file()), default=0)
            self._limit(largest + 4096)
            return
        with open(self._ballast, "wb", buffering=0) as ballast:
            block = bytes(65536)
            while block:
                try:
                    ballast.write(block)
                except OSError:
                    block = block[: len(block) // 2]  # to the last byte

    def free(self):
        if self.mounted:
            self._ballast.unlink(missing_ok=True)
        else:
            self._limit(resource.RLIM_INFINITY)

    def _limit(self, size):
        hard = resource.prlimit(self.process.pid(), resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid(), resource.RLIMIT_FSIZE, (size, hard))

    def unmount(self):
        self.process.discard()
        if self.mounted:
            subprocess.run(["umount", "-l", self.process.store], check=True)


def _full(federation, number):
    """The disk of one of the processes fills up under load; later there is space again."""
    federation.add_broker()
    for name, role in (("loire", "hub"), ("rhone", "hub"), ("national", "aggregator")):
        federation.add_node(name, role)
    processes = federation.brokers + federation.nodes
    victim = processes[number]
    room = Room(victim)
    counts, details = _counts(f"full-{victim.name}"), []
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # inherited: a file that may not grow is an error
    try:
        for process in processes:
            process.start()
        loire, rhone = federation.nodes[:2]
        writers = [Writer(hub, PER_S // 2) for hub in (loire, rhone)]
        _pause(2)
        room.fill()
        before = [writer.saved() for writer in writers]
        _pause(4)
        victim.must_run()
        if victim is loire:
            refused = victim.tool("put", "answer", "-", input=json.dumps(_long_answer()))
            expect(refused.code != 0, "a hub without space says that it saved")
        else:
            expect(writers[0].saved() > before[0], "a hub stops because somebody else's disk is full")
        if victim is not federation.brokers[0]:
            expect(victim.get("/")[0] == 200, "a full disk ends the pages")
        room.free()
        _pause(2)
        victim.must_run()
        for writer in writers:
            writer.stop()
        check(federation, writers, counts, details)
    finally:
        room.unmount()


def _long_answer():
    return {
        "question": "une-longue", "reponse": "Long. " * 1200, "statut": "valide", "theme": "demarrer",
        "langue": "fr", "demo": True,
    }  # fmt: skip


@scenario
def a_broker_whose_disk_is_full_goes_on_when_there_is_space(federation):
    _full(federation, 0)


@scenario
def a_hub_whose_disk_is_full_says_so_and_goes_on_when_there_is_space(federation):
    _full(federation, 1)


@scenario
def a_national_node_whose_disk_is_full_goes_on_when_there_is_space(federation):
    _full(federation, 3)


@scenario
def who_starts_while_its_disk_is_full_waits_for_space(federation):
    broker = federation.add_broker()
    loire = federation.add_node("loire", "hub")
    rooms = [Room(process) for process in (broker, loire)]
    try:
        if not all(room.mounted for room in rooms):
            return  # a limit holds for a process that runs
        for process in (broker, loire):
            process.start()
        loire.put("answer", answer("avant"))
        for process, room in zip((loire, broker), reversed(rooms)):
            process.stop()
            room.fill()
            process.launch(process.yaml)
            eventually(lambda process=process: "waiting for room" in process.log.read_text(), f"{process.name} waits")
            _pause(1)
            process.must_run()
            room.free()
            process.wait_ready()
            process.stop()
            process.start()
        loire.put("answer", answer("ensuite"))
        federation.agrees()
    finally:
        for room in rooms:
            room.unmount()


# ---- changed files ----


def _flip(victim, chance):
    """Changes 1 to 64 bytes of the database or of its log."""
    files = [victim.database.with_name(victim.database.name + end) for end in ("", "-wal")]
    file = chance.choice([f for f in files if f.exists() and f.stat().st_size])
    content = bytearray(file.read_bytes())
    for _ in range(chance.choice((1, 2, 8, 64))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    file.write_bytes(content)


def _agree(federation, within):
    """As `agrees`; who finds its own store damaged and ends is started again, as by its supervisor."""
    try:
        federation.agrees(within)
    except AssertionError:
        ended = [node for node in federation.nodes if not node.running() and "damaged" in node.printed()]
        if not ended:
            raise
        for node in ended:
            node.start()
        federation.agrees(within)


def _is_sound(federation, victim, hub):
    """Does everybody agree, and `maillage verify` too?"""
    try:
        _agree(federation, 15)
    except (AssertionError, sqlite3.Error):  # an id that is no text any more is seen by our own reader
        return False
    return victim in federation.brokers or victim.tool("verify").code == 0


def _start_over(victim, is_hub):
    """What the operator does with a store that is not sound: the steps that a hub's log tells."""
    if victim.running():
        victim.kill()
    if is_hub:
        victim.must("restore", "--empty", "--force")
    else:
        for file in victim.store.glob(victim.database.name + "*"):
            file.unlink()
    victim.start()


def _try_start(victim):
    """Starts it; False when it ended instead. A hub must say what to do then."""
    if hasattr(victim, "write"):
        victim.write()
        victim.launch(victim.yaml)
    else:
        return bool(victim.start())

    def decided():
        return not victim.running() or "ready " in victim.printed()

    eventually(decided, f"{victim.name} is ready, or ends")
    if victim.running():
        victim.address = victim.wait_ready()
        return True
    return False


@scenario
def bytes_that_change_in_the_files_of_a_stopped_process_are_never_believed(federation):
    chance = random.Random(SEED)
    loire, rhone, national = federation.usual()
    counts, details = _counts("flips", flips=0, flips_refused=0, flips_aside=0, flips_unsound=0), []
    writers = [Writer(hub, PER_S // 2) for hub in (loire, rhone)]
    _pause(2)
    for writer in writers:
        writer.stop()
    federation.agrees()
    while counts["flips"] < amount("flips"):
        victim = chance.choice([loire, national, federation.brokers[0]])
        victim.kill()
        _flip(victim, chance)
        counts["flips"] += 1
        started = _try_start(victim)
        if not started:
            expect(victim is loire, f"{victim.name} does not start: {victim.printed()[-300:]}")
            expect("restore --empty" in victim.printed(), f"no word about what to do: {victim.printed()[-300:]}")
            counts["flips_refused"] += 1
        counts["flips_aside"] += "moved aside" in victim.printed()
        others = [p for p in federation.brokers + federation.nodes if p is not victim and p.running()]
        for process in others:
            _note_unproven(process, counts, details)
        if not started or not _is_sound(federation, victim, loire):
            counts["flips_unsound"] += started
            _start_over(victim, victim is loire)
            _agree(federation, AGREEMENT_S)
    check(federation, writers, counts, details)


# ---- at work for long ----

SOAK_MIN = amount("soak_minutes")
SOAK_PER_S = 50
WAL_MAX = 65 << 20  # 64 MiB and a batch
SLOPE_MAX = 0.01  # of the memory, an hour


def _memory_kb(process):
    status = Path(f"/proc/{process.pid()}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


def _descriptors(process):
    return len(os.listdir(f"/proc/{process.pid()}/fd"))


def _slope_an_hour(samples):
    """Of the straight line through (second, kB), as a part of the mean."""
    seconds, sizes = [s for s, _ in samples], [k for _, k in samples]
    middle, mean = statistics.mean(seconds), statistics.mean(sizes)
    rise = sum((s - middle) * (k - mean) for s, k in samples) / sum((s - middle) ** 2 for s in seconds)
    return rise * 3600 / mean


def _wal_size(process):
    log = process.database.with_name(process.database.name + "-wal")
    return log.stat().st_size if log.exists() else 0


def a_federation_at_work_for_long_does_not_grow(federation):
    """The broker and the national node are watched; a hub is killed every minute."""
    chance = random.Random(SEED)
    loire, rhone, national = federation.usual()
    watched = [federation.brokers[0], national]
    counts, details = _counts("soak", soak_minutes=SOAK_MIN, soak_kills=0), []
    writers = [Writer(hub, SOAK_PER_S // 2) for hub in (loire, rhone)]
    samples = {process.name: [] for process in watched}
    warm = min(900, SOAK_MIN * 12)  # s: the first pages, caches and connections of those who come back are no growth
    descriptors = None
    began = killed = time.monotonic()
    while (age := time.monotonic() - began) < warm + SOAK_MIN * 60:
        _pause(min(10, SOAK_MIN * 3))
        if age >= warm:
            descriptors = descriptors or {process.name: _descriptors(process) for process in watched}
            for process in watched:
                samples[process.name].append((age - warm, _memory_kb(process)))
        for process in federation.brokers + federation.nodes:
            expect(_wal_size(process) <= WAL_MAX, f"the log of {process.name} has {_wal_size(process)} bytes")
        if time.monotonic() - killed >= min(60, SOAK_MIN * 10):
            victim = chance.choice((loire, rhone))
            victim.kill()
            victim.start()
            counts["soak_kills"] += 1
            killed = time.monotonic()
    for writer in writers:
        writer.stop()
    check(federation, writers, counts, details)
    for process in watched:
        slope = _slope_an_hour(samples[process.name])
        counts[f"soak_memory_{'national' if process is national else 'broker'}_percent"] = round(100 * slope, 2)
        counts.write()
        expect(abs(_descriptors(process) - descriptors[process.name]) <= 2, f"{process.name} keeps descriptors")
        expect(slope < SLOPE_MAX, f"{process.name} grows by {100 * slope:.1f} % an hour")


if SOAK_MIN:
    scenario(a_federation_at_work_for_long_does_not_grow)
