"""States that a member signs itself, whatever our programs would think of them."""

import struct

import store
from federation import expect

TS = 1795316460000


def packed(value):
    """msgpack in its shortest encoding, the keys of a map in order."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        sizes = ((0x80, b"", "B"), (1 << 8, b"\xcc", "B"), (1 << 16, b"\xcd", ">H"), (1 << 32, b"\xce", ">I"), (1 << 64, b"\xcf", ">Q"))
        mark, form = next((mark, form) for limit, mark, form in sizes if value < limit)
        return mark + struct.pack(form, value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        content = value.encode()
        return _sized(len(content), 0xA0, 32, b"\xd9", b"\xda") + content
    if isinstance(value, bytes):
        return b"\xc4" + bytes([len(value)]) + value
    if isinstance(value, list):
        return _sized(len(value), 0x90, 16, None, b"\xdc") + b"".join(map(packed, value))
    pairs = sorted(value.items(), key=lambda pair: pair[0].encode())
    return _sized(len(pairs), 0x80, 16, None, b"\xde") + b"".join(packed(key) + packed(part) for key, part in pairs)


def _sized(size, fixed, limit, byte, word):
    if size < limit:
        return bytes([fixed | size])
    return byte + bytes([size]) if byte and size < 256 else word + struct.pack(">H", size)


def item(member, kind, seq, id, body):
    return packed([member, kind, seq, id, store.PUT, 1, TS, body])


def publish(federation, member, kind, bodies, life=0):
    """Makes these bodies, by id, the whole stream of a member; gives what raw_peer saw. Life 0: of the clock."""
    numbered = enumerate(bodies.items(), 1)
    items = {id: store.Item(seq, store.PUT, b"", item(member, kind, seq, id, body)) for seq, (id, body) in numbered}
    file = federation.folder / f"{member}-{kind}.hex"
    file.write_text("".join(one.bytes.hex() + "\n" for one in items.values()))
    said = federation.misbehave(member, federation.brokers[0], "publish", life, kind, store.root_of(items).hex(), file)
    expect(said[:2] == ["welcome", "published"], f"{kind}: the broker did not ask for it: {said}")
    return said
