"""A broker that lies: somebody who knows how has changed what it holds, so that it agrees with itself.

The hubs are away, so nobody mends it. Whoever pulls from it alone shows nothing of what was changed; beside an
honest broker everything is proven."""

import contextlib
import shutil
import sqlite3
import threading
from typing import NamedTuple

import store
from federation import eventually, expect, scenario
from forging import packed
from web_attacks import PLAIN, _fill

SIGNATURE = 64
HUB, KIND, SEQ, ID, OP, SV, TS, BODY = range(8)  # of an item
STAYS = threading.Event()  # never set


class Known(NamedTuple):
    """What a liar has to work with: one stream as it was, and as it is; heads as their hub signed them."""

    was: dict
    was_head: bytes
    items: dict
    head: bytes
    of_another_hub: bytes
    of_another_kind: bytes


# ---- lies about records: each gives the items to hold ----


def _written(item, **changes):
    """The same item with other fields, packed as a hub would."""
    fields = store.unpack(item.bytes)[0]
    expect(packed(fields) == item.bytes, "an item is not packed again as it was")
    for name, value in changes.items():
        fields[globals()[name]] = value
    return store.Item(fields[SEQ], fields[OP], b"", packed(fields))


def _puts(known):
    return [id for id, item in sorted(known.items.items()) if item.op == store.PUT]


def _in_one(**changes):
    def lie(known):
        id = _puts(known)[0]
        return {**known.items, id: _written(known.items[id], **changes)}

    return lie


def _a_word_more(known):
    id = _puts(known)[0]
    body = store.read_body(known.items[id])
    return {**known.items, id: _written(known.items[id], BODY={**body, "zz": "faux"})}


def _of_another_record(known):
    one, other = _puts(known)[:2]
    return {**known.items, one: _written(known.items[one], ID=other)}


def _bodies_exchanged(known):
    one, other = (known.items[id] for id in _puts(known)[:2])
    bodies = store.read_body(one), store.read_body(other)
    return {**known.items, _puts(known)[0]: _written(one, BODY=bodies[1]), _puts(known)[1]: _written(other, BODY=bodies[0])}


def _numbers_exchanged(known):
    ids = _puts(known)[:2]
    one, other = (known.items[id] for id in ids)
    return {**known.items, ids[0]: _written(one, SEQ=other.seq), ids[1]: _written(other, SEQ=one.seq)}


def _one_missing(known):
    gone = _puts(known)[0]
    return {id: item for id, item in known.items.items() if id != gone}


def _one_more(known):
    free = min(set(range(1, 99)) - {item.seq for item in known.items.values()})
    item = known.items[_puts(known)[0]]
    return {**known.items, "faux": _written(item, ID="faux", SEQ=free)}


def _deleted_come_back(known):
    return {id: known.was[id] if item.op == store.DELETE else item for id, item in known.items.items()}


def _an_older_version(known):
    id = next(id for id in _puts(known) if known.was[id] != known.items[id])
    return {**known.items, id: known.was[id]}


def _all_as_it_was(known):
    return known.was


RECORDS = [
    _a_word_more, _in_one(TS=1), _in_one(SV=9), _in_one(OP=store.DELETE, BODY=None), _in_one(HUB="rhone"), _in_one(KIND="x"),
    _in_one(SEQ=99), _of_another_record, _bodies_exchanged, _numbers_exchanged, _one_missing, _one_more, _deleted_come_back,
    _an_older_version, _all_as_it_was,
]  # fmt: skip


# ---- lies about heads: each gives the head to show ----


def _head_with(name, change):
    def lie(known):
        head = store.read_head(known.head[:-SIGNATURE])
        return packed(list(head._replace(**{name: change(getattr(head, name))}))) + known.head[-SIGNATURE:]

    return lie


def _one_more_than(number):
    return number + 1


def _other_root(root):
    return bytes([root[0] ^ 1]) + root[1:]


def _other_signature(known):
    return known.head[:-1] + bytes([known.head[-1] ^ 1])


def _older_head(known):
    return known.was_head


def _head_of_another_hub(known):
    return known.of_another_hub


def _head_of_another_kind(known):
    return known.of_another_kind


HEADS = [
    *(_head_with(name, _one_more_than) for name in ("life", "seq", "beat", "count")), _head_with("root", _other_root), _other_signature,
    _older_head, _head_of_another_hub, _head_of_another_kind,
]  # fmt: skip

LIES = [("items", lie) for lie in RECORDS] + [("head", lie) for lie in HEADS]


# ---- a store that agrees with itself ----


def _hold(db, stream, items, head):
    """Makes this the stream, with every hash as it should be."""
    db.execute("DELETE FROM item WHERE stream = ?", (stream,))
    buckets = [[] for _ in range(256)]
    for id, item in sorted(items.items(), key=lambda pair: pair[0].encode()):
        leaf, bucket = store.blake2b(item.bytes), store.blake2b(id.encode())[0]
        buckets[bucket].append(id.encode() + leaf)
        db.execute("INSERT INTO item(stream, id, seq, op, bucket, leaf, bytes) VALUES(?, ?, ?, ?, ?, ?, ?)",
                   (stream, id, item.seq, item.op, bucket, leaf, item.bytes))  # fmt: skip
    for number, bucket in enumerate(buckets):
        db.execute("UPDATE bucket SET hash = ? WHERE stream = ? AND n = ?", (store.blake2b(b"".join(bucket)), stream, number))
    db.execute("UPDATE stream SET head = ?, known_head = ? WHERE stream = ?", (head, head, stream))


def _lie(database, was, honest, lies):
    """`lies`: {kind: lie}, about streams of Loire. `was`: a copy of the database from before."""
    before, now = store.read_streams(was), store.read_streams(database)
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        for kind, (part, lie) in lies.items():
            known = Known(
                before["loire", kind].items, store.signed_head(was, "loire", kind), now["loire", kind].items,
                store.signed_head(database, "loire", kind), store.signed_head(was, "rhone", "hub"),
                store.signed_head(was, "loire", honest),
            )  # fmt: skip
            told = {"items": known.items, "head": known.head} | {part: lie(known)}
            expect(told != {"items": known.items, "head": known.head}, f"{lie} says the truth")
            stream = db.execute("SELECT stream FROM stream WHERE hub = 'loire' AND kind = ?", (kind,)).fetchone()[0]
            _hold(db, stream, told["items"], told["head"])


def _rounds(lies, kinds):
    """All of them, as many at a time as there are kinds: {kind: lie}."""
    while lies:
        yield dict(zip(kinds, lies))
        lies = lies[len(kinds) :]


# ---- what happens ----


def _work(loire, kinds):
    """Of each kind one record is deleted, and one deleted and put back."""
    for kind in kinds:
        gone, again = (item["id"] for item in loire.api(f"{kind}?hub=loire&limit=2")["items"])
        loire.delete(kind, gone)
        body = loire.delete(kind, again).out
        loire.must("put", kind, "-", input=body)


def _start_anew(national, brokers):
    if national.running():
        national.stop()
    shutil.rmtree(national.store)
    national.brokers = brokers
    national.start()


def _believes_nothing(national, honest, kinds):
    eventually(lambda: national.streams()["loire", honest].head, "what was left alone is proven")
    STAYS.wait(1.5)  # long enough for all others, which were asked for in the same moment
    streams = national.streams()
    for kind in kinds:
        stream = streams.get(("loire", kind))
        expect(not stream or not stream.items and not stream.head, f"the national node shows {kind}, which nobody signed")


def _has_all_of(loire, national):
    held = national.streams()
    found = [text for key, own in loire.streams().items() if own.own and (text := store.difference(own, held.get(key)))]
    expect(not found, "; ".join(found[:3]))
    return True


@scenario
def a_broker_that_lies_about_records_and_heads_is_not_believed(federation):
    federation.timers["clean"] = "24h"  # else the liar would notice itself what it holds
    loire, rhone, national = federation.usual(brokers=("a", "b"))
    liar, other = federation.brokers
    _fill(loire, PLAIN, False, 4)
    federation.agrees()
    liar.stop()
    was, now = federation.folder / "was.db", federation.folder / "now.db"
    shutil.copy(liar.database, was)
    liar.start()
    honest, *kinds = sorted(kind for hub, kind in loire.streams() if hub == "loire" and kind != "hub")
    _work(loire, kinds)
    federation.agrees()
    for process in (loire, rhone, liar):
        process.stop()
    shutil.copy(liar.database, now)
    for lies in _rounds(LIES, kinds):
        if liar.running():
            liar.stop()
        shutil.copy(now, liar.database)
        _lie(liar.database, was, honest, lies)
        liar.start()
        _start_anew(national, [liar])
        _believes_nothing(national, honest, lies)
        national.stop()
        national.brokers = [liar, other]
        national.start()
        eventually(lambda: _has_all_of(loire, national), "the honest broker proves everything")
        national.must("verify")
    for hub in (loire, rhone):
        hub.start()
    federation.agrees()


# ---- the judge of all other scenarios ----


def _spoiled_columns(database, kinds):
    """What a disk does: one column of one row, and no hash is made right."""
    changes = ("UPDATE item SET leaf = zeroblob(32)", "UPDATE item SET bytes = substr(bytes, 1, length(bytes) - 1) || 'X'",
               "UPDATE item SET seq = seq + 1000", "UPDATE item SET bucket = (bucket + 1) % 256", "DELETE FROM item")  # fmt: skip
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        for kind, change in zip(kinds, changes):
            row = db.execute("SELECT i.rowid FROM item i JOIN stream s USING (stream) WHERE s.hub = 'loire' AND s.kind = ?", (kind,))
            db.execute(f"{change} WHERE rowid = ?", row.fetchone())


def _found_wrong(node):
    told = node.tool("verify", "--json")
    expect(told.code == 1, f"verify ended with {told.code}: {told.words}")
    return {stream["kind"] for stream in told.json()["streams"] if not stream["ok"] and stream["hub"] == "loire"}


@scenario
def verify_finds_every_stream_of_a_store_that_was_changed_in_any_way(federation):
    loire, _, national = federation.usual()
    _fill(loire, PLAIN, False, 4)
    federation.agrees()
    national.stop()
    was, now = federation.folder / "was.db", federation.folder / "now.db"
    shutil.copy(national.database, was)
    national.start()
    kinds = sorted(kind for hub, kind in loire.streams() if hub == "loire" and kind not in ("answer", "hub"))
    _work(loire, kinds)
    federation.agrees()
    national.must("verify")
    national.stop()
    shutil.copy(national.database, now)
    for lies in _rounds(LIES, kinds):
        shutil.copy(now, national.database)
        _lie(national.database, was, "answer", lies)
        expect(_found_wrong(national) == set(lies), f"verify finds {_found_wrong(national)} of {lies}")
    shutil.copy(now, national.database)
    _spoiled_columns(national.database, kinds)
    expect(_found_wrong(national) == set(kinds[:5]), f"verify finds {_found_wrong(national)}")
