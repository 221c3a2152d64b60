"""Members and strangers who do harm on purpose, while honest peers go on."""

import base64
import contextlib
import itertools
import os
import re
import resource
import socket
import statistics
import subprocess
import time
from pathlib import Path

import forging
import store
from doors import NOT_ALLOWED
from federation import _prepare_child, eventually, expect, run_tool, scenario
from followers import Follower
from records import answer, answers

MIB = 1 << 20
CONNECTIONS = 2000
FAST, SLOW_MS = 12, 1500  # subscribers; how long the slow one takes for an answer
CROWD, SESSIONS_PER_MEMBER = 400, 256  # the second of broker/broker.c
FAIR_MS = 2000  # within which an honest change arrives, whatever the others do (sanitizers, two cores)


def _member(federation, name="isere"):
    """One more member, who will not behave."""
    federation.make_key(name, "hub")
    for process in federation.brokers:
        process.reload()


def _small_quarantine(process):
    """Else the sanitizer itself keeps 256 MiB of what was freed."""
    process.env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"


def resident(process):
    """Bytes of memory that a process has now."""
    pages = Path(f"/proc/{process._child.pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


def _arrives_ms(hub, national, slug):
    """How long an honest change takes."""
    begin = time.monotonic()
    hub.put("answer", answer(slug))
    eventually(lambda: national.shows(hub.hub, "answer", slug), "an honest change arrives")
    return 1000 * (time.monotonic() - begin)


# ---- members ----


@scenario
def a_member_that_pulls_and_never_reads_costs_the_broker_little(federation):
    broker = federation.add_broker()
    _small_quarantine(broker)
    loire, national = federation.add_node("loire", "hub"), federation.add_node("national", "aggregator")
    federation.make_key("isere", "hub")
    for process in (broker, loire, national):
        process.start()
    loire.bring_in("answer", [answer(f"long-{n}", "Un texte long. " * 200) for n in range(100)])
    federation.agrees()
    before = resident(broker)
    hoarders = [
        subprocess.Popen(federation.raw_peer("isere", broker, "hoard", "loire", "answer", 3000), stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    try:
        for hoarder in hoarders:
            expect(hoarder.stdout.readline() == b"welcome\n", "the member is not let in")
            expect(hoarder.stdout.readline() == b"sent 3000\n", "its requests are not taken")
        times = [_arrives_ms(loire, national, f"pendant-{n}") for n in range(10)]
        grown = resident(broker) - before
        expect(grown < 64 * MIB, f"the broker keeps {grown >> 20} MiB for two peers that do not read")
        expect(sorted(times)[-2] < FAIR_MS, f"others wait: {times}")
        slow = federation.misbehave("isere", broker, "slowly", "loire", "answer", 100, 5)
        expect(slow[:2] == ["welcome", "batches 100"], f"one that reads slowly gets all, even beside these: {slow}")
    finally:
        for hoarder in hoarders:
            hoarder.kill()
            hoarder.wait()
    federation.agrees()


def _all_heard_ms(hub, followers, slug):
    """How long a change takes until the last of them has it."""
    begin = time.monotonic()
    hub.put("answer", answer(slug, "Un texte long. " * 500))
    seq = max(item.seq for item in hub.streams()[hub.hub, "answer"].items.values())
    for follower in followers:
        follower.heard(lambda batches: batches and batches[-1].upto >= seq, "a change is heard")
    return 1000 * (time.monotonic() - begin)


@scenario
def a_slow_subscriber_among_fast_ones_gets_fewer_and_larger_answers_and_holds_nobody_up(federation):
    broker = federation.add_broker()
    _small_quarantine(broker)
    loire = federation.add_node("loire", "hub")
    federation.make_key("isere", "hub")
    for process in (broker, loire):
        process.start()
    loire.bring_in("answer", answers(5))
    with contextlib.ExitStack() as crowd:
        fast = [crowd.enter_context(Follower(federation, "isere", broker, "loire", "answer")) for _ in range(FAST)]
        alone = [_all_heard_ms(loire, fast, f"sans-{n}") for n in range(10)]
        before = resident(broker)
        slow = crowd.enter_context(Follower(federation, "isere", broker, "loire", "answer", SLOW_MS))
        beside = [_all_heard_ms(loire, fast, f"avec-{n}") for n in range(60)]
        seq = max(item.seq for item in loire.streams()["loire", "answer"].items.values())
        slow.heard(lambda batches: batches and batches[-1].upto == seq, "the slow one has everything in the end")
        told = slow.batches()
        expect(sum(batch.items for batch in told) == seq, f"the slow one got records twice, or not at all: {told}")
        expect(len(told) < 30, f"the slow one got {len(told)} answers for 60 changes")
        expect(all(one.upto == next_.after for one, next_ in zip(told, told[1:])), f"an answer does not follow: {told}")
        expect(statistics.median(beside) < 2 * statistics.median(alone) + 100, f"beside a slow one: {beside}; without: {alone}")
        grown = resident(broker) - before
        expect(grown < 16 * MIB, f"the broker keeps {grown >> 20} MiB for one that reads slowly")


@scenario
def a_member_with_hundreds_of_connections_keeps_the_youngest_and_costs_little(federation):
    federation.timers |= {"ping": "10s", "silence": "30s"}  # none of them is silent for too long
    broker = federation.add_broker()
    _small_quarantine(broker)
    loire, national = federation.add_node("loire", "hub"), federation.add_node("national", "aggregator")
    federation.make_key("isere", "hub")
    for process in (broker, loire, national):
        process.start()
    loire.bring_in("answer", answers(50))
    federation.agrees()
    before = resident(broker)
    crowd = subprocess.Popen(federation.raw_peer("isere", broker, "crowd", CROWD), stdout=subprocess.PIPE, preexec_fn=_prepare_child)
    try:
        expect(crowd.stdout.readline() == f"welcome {CROWD}\n".encode(), "a member's connections are not let in")
        connected, ended = (broker.printed().count(f"isere {word}") for word in ("connected", "disconnected"))
        expect(connected == CROWD, f"{connected} connections")
        expect(CROWD - ended == SESSIONS_PER_MEMBER, f"{CROWD - ended} connections of one member are kept")
        times = [_arrives_ms(loire, national, f"pendant-{n}") for n in range(5)]
        expect(sorted(times)[-2] < FAIR_MS, f"others wait: {times}")
        grown = resident(broker) - before
        expect(grown < 96 * MIB, f"{CROWD} connections of a member cost the broker {grown >> 20} MiB")
    finally:
        crowd.kill()
        crowd.wait()
    eventually(lambda: broker.printed().count("isere disconnected") == CROWD, "the broker notices that they are gone")
    federation.agrees()


@scenario
def each_field_of_a_head_forged_one_by_one_is_refused(federation):
    federation.timers["strikes"] = "50ms"  # each forgery is to be looked at, not the member after ten
    loire, rhone, _ = federation.usual()
    broker = federation.brokers[0]
    _member(federation)
    loire.put("answer", answer("devis"))
    rhone.put("answer", answer("factures"))
    federation.agrees()
    head = store.signed_head(broker.database, "loire", "answer")
    welcome, *lines = federation.misbehave("isere", broker, "fields", head.hex())
    told = {tuple(line.split()[:2]): int(line.split()[2]) for line in lines if line}
    expect(welcome == "welcome" and len(told) == 17, f"not all were tried: {lines}")
    wrong = {what: code for what, code in told.items() if code != NOT_ALLOWED}
    expect(not wrong, f"not refused: {wrong}")
    strikes = broker.log.read_text().count("strike against isere")
    expect(strikes == len(told), f"{strikes} strikes for {len(told)} forgeries")
    expect(not [key for key in broker.streams() if key[0] == "isere"], "the broker holds a forged stream")
    federation.agrees()


@scenario
def frames_and_floods_at_the_limit_harm_nobody_else(federation):
    federation.timers["strikes"] = "50ms"
    broker = federation.add_broker()
    _small_quarantine(broker)
    loire, national = federation.add_node("loire", "hub"), federation.add_node("national", "aggregator")
    federation.make_key("isere", "hub")
    for process in (broker, loire, national):
        process.start()
    loire.put("answer", answer("avant"))
    federation.agrees()
    before = resident(broker)
    for size in (MIB - 1, MIB, MIB + 1):
        federation.misbehave("isere", broker, "oversized", size)
        _arrives_ms(loire, national, f"cadre-{size}")
    log = broker.log.read_text()
    expect(log.count("strike against isere") == 2, "a frame beyond the limit was read, or one within it was not")
    federation.misbehave("isere", broker, "multipart", 8, MIB)
    eventually(lambda: broker.log.read_text().count("strike against isere") == 3, "many frames are a strike")
    federation.misbehave("isere", broker, "multipart", 300, MIB)
    eventually(lambda: "far more than was asked" in broker.log.read_text(), "a message without end is cut")
    _arrives_ms(loire, national, "apres")
    grown = resident(broker) - before
    expect(grown < 96 * MIB, f"the broker kept {grown >> 20} MiB of a message of many frames")
    federation.agrees()


ITEM_MAX = 64 * 1024


def _body_of(size):
    """A body whose item, of isere and the id `x`, has so many bytes."""
    body = {"question": "x", "reponse": "a" * (size - 300)}
    body["reponse"] += "a" * (size - len(forging.item("isere", "answer", 1, "x", body)))
    return body


@scenario
def an_item_beyond_the_limit_is_refused_and_one_at_the_limit_travels(federation):
    broker = federation.add_broker()
    loire, national = federation.add_node("loire", "hub"), federation.add_node("national", "aggregator")
    federation.make_key("isere", "hub")
    for process in (broker, loire, national):
        process.start()
    for size in (ITEM_MAX - 1, ITEM_MAX):
        forging.publish(federation, "isere", "answer", {"x": _body_of(size)})
        eventually(
            lambda: len(national.streams()["isere", "answer"].items["x"].bytes) == size, f"an item of {size} bytes travels"
        )
    said = forging.publish(federation, "isere", "answer", {"x": _body_of(ITEM_MAX + 1)})
    loire.put("answer", answer("ensuite"))
    eventually(lambda: national.shows("loire", "answer", "ensuite"), "an honest change arrives")
    for process in (broker, national):
        kept = len(process.streams()["isere", "answer"].items["x"].bytes)
        expect(kept == ITEM_MAX, f"{process.name} has an item of {kept} bytes: {said}")


@scenario
def a_broker_whose_handler_of_keys_is_gone_lets_nobody_in(federation):
    broker = federation.add_broker()
    broker.env["MAILLAGE_FAULT"] = "zap.serve:4"
    loire, rhone, national = (
        federation.add_node(name, role) for name, role in (("loire", "hub"), ("rhone", "hub"), ("national", "aggregator"))
    )
    for name in ("isere", "inconnu"):
        federation.make_key(name, "hub" if name == "isere" else "aggregator", member=name == "isere")
    for process in (broker, loire, rhone, national):
        process.start()
        if process is not broker:
            eventually(lambda: f"{process.name} connected" in broker.log.read_text(), "the member is let in")
    # The fourth question finds nobody who answers, and so does every one after it.
    for name in ("isere", "inconnu"):
        expect(federation.misbehave(name, broker, "greet")[0] == "silence", f"{name} is let in without being asked for its key")
    loire.put("answer", answer("devis"))
    federation.agrees()
    broker.kill()
    del broker.env["MAILLAGE_FAULT"]
    broker.start()
    expect(federation.misbehave("isere", broker, "greet")[0] == "welcome", "a restart does not mend it")
    federation.agrees()


# ---- strangers ----

# What a stranger's connection may say before it falls silent: nothing, half a greeting, a greeting of another
# mechanism, a greeting of ours and no handshake.
GREETING = b"\xff" + b"\0" * 7 + b"\x01\x7f\x03\0"
OPENINGS = [
    b"",
    b"\xff\0\0\0\0",
    GREETING + b"NULL".ljust(20, b"\0") + b"\0" * 32,
    GREETING + b"CURVE".ljust(20, b"\0") + b"\0" * 32,
    GREETING + b"CURVE".ljust(20, b"\0") + b"\0" * 32 + b"\x04\xc8\x05HELLO" + b"\x01\0" + b"\0" * 192,
]


def _crowd(address, count, openings):
    """Connections that say one of these and then nothing. What is closed meanwhile is closed."""
    host, port = address
    crowd = []
    for opening, _ in zip(itertools.cycle(openings), range(count)):
        stranger = socket.create_connection((host, port), timeout=5)
        crowd.append(stranger)
        stranger.setblocking(False)
        try:
            stranger.send(opening)
        except OSError:
            pass  # it was not wanted
    return crowd


def _disperse(crowd):
    for stranger in crowd:
        stranger.close()


def _limit_of_files(process):
    limits = Path(f"/proc/{process._child.pid}/limits").read_text()
    return [int(number) for number in re.search(r"Max open files\s+(\d+)\s+(\d+)", limits).groups()]


@scenario
def thousands_of_idle_and_half_open_connections_disturb_nobody(federation):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
    loire, _, national = federation.usual()
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    broker = federation.brokers[0]
    for process in (broker, loire, national):
        soft, most = _limit_of_files(process)
        expect(soft == most, f"{process.name} may open {soft} files of {most}")
    _member(federation)
    before = resident(broker)
    host, port = broker.listen.removeprefix("tcp://").rsplit(":", 1)
    crowd = _crowd((host, int(port)), min(CONNECTIONS, hard - 200), OPENINGS)
    try:
        times = [_arrives_ms(loire, national, f"pendant-{n}") for n in range(5)]
        expect(sorted(times)[-2] < FAIR_MS, f"honest changes wait beside {len(crowd)} strangers: {times}")
        expect(federation.misbehave("isere", broker, "greet")[0] == "welcome", "a member finds no place among strangers")
        grown = resident(broker) - before
        expect(grown < 512 * MIB, f"{len(crowd)} strangers cost the broker {grown >> 20} MiB")
    finally:
        _disperse(crowd)
    expect("isere" not in broker.streams(), "a stranger became a stream")
    federation.agrees()


# ---- secrets ----


def _spellings(key_file):
    """Every way in which a secret of this file could be written down."""
    text = key_file.read_text()
    found = {}
    for line in re.findall(r"^\s*(\w+):\s*(.+)$", text, re.M):
        name, value = line[0], line[1].strip().strip("'\"")
        if not re.search(r"secret|seed|sign", name) or len(value) < 40:
            continue
        raw = bytes.fromhex(value) if re.fullmatch("[0-9a-f]{64}", value) else _z85(value)
        spellings = [value.encode(), raw, raw.hex().encode(), raw.hex().upper().encode(), _to_z85(raw)]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            spellings.append(encode(raw).rstrip(b"="))
        found[f"{key_file.name}: {name}"] = spellings
    return found


_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def _z85(text):
    groups = [text[at : at + 5] for at in range(0, len(text), 5)]
    values = [sum(_Z85.index(c) * 85 ** (4 - i) for i, c in enumerate(group)) for group in groups]
    return b"".join(value.to_bytes(4, "big") for value in values)


def _to_z85(raw):
    out = ""
    for at in range(0, len(raw), 4):
        value = int.from_bytes(raw[at : at + 4], "big")
        out += "".join(_Z85[value // 85**power % 85] for power in (4, 3, 2, 1, 0))
    return out.encode()


def _told_of_process(process):
    """What any user of the machine sees of it."""
    place = Path(f"/proc/{process._child.pid}")
    return (place / "cmdline").read_bytes() + (place / "comm").read_bytes()


@scenario
def secrets_are_in_no_log_process_list_database_or_export(federation):
    loire, rhone, national = federation.usual()
    broker = federation.brokers[0]
    loire.bring_in("answer", answers(20))
    federation.agrees()
    said = b"".join(_told_of_process(p) for p in federation.brokers + federation.nodes)
    for node in (loire, national):
        for command in (["status"], ["status", "--json"], ["verify"], ["export", "answer"], ["list", "answer"]):
            done = node.tool(*command)
            said += (done.out + done.words).encode()
        for path in ("/", "/metrics", "/api/v1/openapi.json", "/reseau", "/catalog.jsonld"):
            said += node.get(path)[1].encode()
    # Bad key files are when a message might quote them.
    good = federation.keys / "loire.key"
    for number, damage in enumerate((lambda t: t[:-20], lambda t: t.replace("hub", "hubb"), lambda t: t + "more: x\n", str.upper)):
        bad = federation.keys / f"bad-{number}.key"
        bad.write_text(damage(good.read_text()))
        bad.chmod(0o600)
        text = loire.yaml.read_text().replace("keys/loire.key", f"keys/{bad.name}")
        copy = federation.folder / f"bad-{number}.yaml"
        copy.write_text(text)
        done = run_tool("config", "check", copy)
        said += (done.out + done.words).encode()
        rhone.stop()
        rhone.launch(copy)
        expect(rhone.ended() != 0, "a node starts with a bad key file")
        said += rhone.log.read_bytes()
        rhone.start()
    places = [p.store for p in federation.brokers + federation.nodes] + [federation.folder]
    files = {f for place in places for f in place.rglob("*") if f.is_file() and f.parent != federation.keys}
    secrets = {}
    for file in federation.keys.glob("*.key"):
        if not file.name.startswith("bad-"):
            secrets |= _spellings(file)
    expect(len(secrets) >= 5, f"too few secrets are looked for: {sorted(secrets)}")
    for name, spellings in secrets.items():
        for spelling in spellings:
            expect(spelling not in said, f"{name} is told to somebody")
    for file in files:
        content = file.read_bytes()
        for name, spellings in secrets.items():
            expect(not any(s in content for s in spellings), f"{name} is in {file.relative_to(federation.folder)}")
    broker.must_run()
