"""What a store holds, read from its SQLite file without any of our C code.

The root of a stream is computed here a second time, from broker/PROTOCOL.md alone (hashlib's BLAKE2b,
a msgpack reader of a few lines), so that a mistake in the programs cannot agree with itself.
"""

import hashlib
import sqlite3
import struct
from pathlib import Path
from typing import NamedTuple

PUT, DELETE = 1, 2


class Item(NamedTuple):
    seq: int
    op: int
    leaf: bytes
    bytes: bytes


class Head(NamedTuple):
    hub: str
    kind: str
    life: int
    seq: int
    beat: int
    count: int
    root: bytes


class Stream(NamedTuple):
    own: bool
    head: Head | None
    items: dict[str, Item]
    staged: int
    resync: bool


def unpack(data, at=0):
    """The msgpack value at an offset, and the offset after it. Only what items and heads contain."""
    first = data[at]
    at += 1
    if first < 0x80:
        return first, at
    if first >= 0xE0:
        return first - 0x100, at
    if 0x80 <= first < 0x90:
        return _unpack_map(data, at, first & 0x0F)
    if 0x90 <= first < 0xA0:
        return _unpack_list(data, at, first & 0x0F)
    if 0xA0 <= first < 0xC0:
        return _unpack_text(data, at, first & 0x1F)
    if first in _FIXED:
        return _FIXED[first], at
    if first in _NUMBERS:
        size = struct.calcsize(_NUMBERS[first])
        return struct.unpack_from(_NUMBERS[first], data, at)[0], at + size
    length, read = _SIZED[first]
    size = struct.calcsize(length)
    return read(data, at + size, struct.unpack_from(length, data, at)[0])


def _unpack_bytes(data, at, size):
    return bytes(data[at : at + size]), at + size


def _unpack_text(data, at, size):
    return data[at : at + size].decode(), at + size


def _unpack_list(data, at, count):
    values = []
    for _ in range(count):
        value, at = unpack(data, at)
        values.append(value)
    return values, at


def _unpack_map(data, at, count):
    values = {}
    for _ in range(count):
        key, at = unpack(data, at)
        values[key], at = unpack(data, at)
    return values, at


_FIXED = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = {0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q", 0xCB: ">d"}
_SIZED = {
    0xC4: (">B", _unpack_bytes), 0xC5: (">H", _unpack_bytes), 0xC6: (">I", _unpack_bytes),
    0xD9: (">B", _unpack_text), 0xDA: (">H", _unpack_text), 0xDB: (">I", _unpack_text),
    0xDC: (">H", _unpack_list), 0xDD: (">I", _unpack_list),
    0xDE: (">H", _unpack_map), 0xDF: (">I", _unpack_map),
}  # fmt: skip


def read_head(data):
    return Head(*unpack(data)[0]) if data else None


def read_body(item):
    return unpack(item.bytes)[0][7]


def blake2b(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def root_of(items):
    """PROTOCOL.md section 3, from the bytes of the items alone."""
    buckets = [[] for _ in range(256)]
    for id, item in sorted(items.items(), key=lambda pair: pair[0].encode()):
        hashed = id.encode()
        buckets[blake2b(hashed)[0]].append(hashed + blake2b(item.bytes))
    return blake2b(b"".join(blake2b(b"".join(bucket)) for bucket in buckets))


def read_streams(path):
    """{(hub, kind): Stream} of a store that may be in use: one short read transaction."""
    if not Path(path).exists():
        return {}
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5, isolation_level=None)
    try:
        db.execute("BEGIN")
        streams = {}
        rows = db.execute("SELECT stream, hub, kind, own, head, resync FROM stream").fetchall()
        for number, hub, kind, own, head, resync in rows:
            items = db.execute("SELECT id, seq, op, leaf, bytes FROM item WHERE stream = ?", (number,))
            staged = db.execute("SELECT count(*) FROM staged WHERE stream = ?", (number,)).fetchone()[0]
            streams[hub, kind] = Stream(
                bool(own),
                read_head(head),
                {id: Item(seq, op, leaf, content) for id, seq, op, leaf, content in items},
                staged,
                bool(resync),
            )
        return streams
    finally:
        db.close()


def signed_head(path, hub, kind):
    """The bytes of a head as its hub signed them."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
    try:
        return db.execute("SELECT head FROM stream WHERE hub = ? AND kind = ?", (hub, kind)).fetchone()[0]
    finally:
        db.close()


def difference(own, copy):
    """What keeps a copy of a stream from being what its hub has: a sentence, or "" when nothing does."""
    if copy is None:
        return "not there at all"
    if copy.staged or copy.resync:
        return f"still catching up ({copy.staged} rows staged)"
    if copy.head is None:
        return "nothing proven yet"
    if copy.items != own.items:
        lost = sorted(own.items.keys() - copy.items.keys())
        extra = sorted(copy.items.keys() - own.items.keys())
        other = sorted(id for id in own.items.keys() & copy.items.keys() if own.items[id] != copy.items[id])
        return f"lost {lost[:5]}, extra {extra[:5]}, different {other[:5]}"
    root = root_of(copy.items)
    if (copy.head.root, copy.head.count) != (root, len(copy.items)):
        return "the signed head is not that of the items"
    newest = max((item.seq for item in copy.items.values()), default=0)
    if copy.head.seq < newest:
        return f"an item has seq {newest} and the head {copy.head.seq}"
    return ""
