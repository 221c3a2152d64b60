#!/usr/bin/env python3
"""The golden vectors, checked by a second implementation that shares no line with the first. Prints TAP.

Python's standard library has BLAKE2b but no Ed25519, so the signature itself is left to the C test.
"""

import json
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/scenario"))

from store import Head, Item, blake2b, root_of, unpack  # noqa: E402

VECTORS = json.loads((ROOT / "schemas/golden/vectors.json").read_text(encoding="utf-8"))

_UNSIGNED = ((0x7F, "B", b""), (0xFF, ">B", b"\xcc"), (0xFFFF, ">H", b"\xcd"), (0xFFFFFFFF, ">I", b"\xce"))
_SIGNED = ((-0x20, "b", b""), (-0x80, ">b", b"\xd0"), (-0x8000, ">h", b"\xd1"), (-0x80000000, ">i", b"\xd2"))


def pack_integer(value):
    if value >= 0:
        for most, form, tag in _UNSIGNED:
            if value <= most:
                return tag + struct.pack(form, value)
        return b"\xcf" + struct.pack(">Q", value)
    for least, form, tag in _SIGNED:
        if value >= least:
            return tag + struct.pack(form, value)
    return b"\xd3" + struct.pack(">q", value)


def pack_size(size, short, short_most, *wider):
    if size <= short_most:
        return bytes([short | size])
    tag, form = next((tag, form) for tag, form, most in wider if size <= most)
    return bytes([tag]) + struct.pack(form, size)


def pack(value):
    """Canonical msgpack: sorted keys, shortest forms."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return pack_integer(value)
    if isinstance(value, str):
        text = value.encode()
        return pack_size(len(text), 0xA0, 31, (0xD9, ">B", 255), (0xDA, ">H", 65535), (0xDB, ">I", 1 << 32)) + text
    if isinstance(value, list):
        return pack_size(len(value), 0x90, 15, (0xDC, ">H", 65535)) + b"".join(map(pack, value))
    pairs = sorted(value.items(), key=lambda pair: pair[0].encode())
    return pack_size(len(pairs), 0x80, 15, (0xDE, ">H", 65535)) + b"".join(pack(k) + pack(v) for k, v in pairs)


def bodies_are_canonical():
    contents = [bytes.fromhex(body["body"]) for body in VECTORS["bodies"]]
    return all(pack(unpack(content)[0]) == content for content in contents)


def messages_are_whole():
    frames = {name: bytes.fromhex(frame) for name, frame in VECTORS["messages"].items()}
    return all(unpack(frame)[1] == len(frame) for frame in frames.values())


def items():
    for vector in VECTORS["stream"]["items"]:
        content = bytes.fromhex(vector["item"])
        yield vector, Item(vector["seq"], vector["op"], blake2b(content), content)


def items_and_leaves_agree():
    stream = VECTORS["stream"]
    for vector, item in items():
        body = unpack(bytes.fromhex(vector["body"]))[0] if vector.get("body") else None
        fields = [stream["hub"], stream["kind"], *(vector[k] for k in ("seq", "id", "op", "sv", "ts")), body]
        if pack(fields) != item.bytes or item.leaf.hex() != vector["leaf"]:
            return False
    return True


def ids_fall_into_their_buckets():
    return all(blake2b(vector["id"].encode())[0] == vector["bucket"] for vector, _ in items())


def the_root_follows_from_the_items():
    return root_of({vector["id"]: item for vector, item in items()}).hex() == VECTORS["stream"]["root"]


def the_head_says_what_was_signed():
    vector, stream = VECTORS["head"], VECTORS["stream"]
    content = bytes.fromhex(vector["bytes"])
    fields, end = unpack(content)
    wanted = Head(stream["hub"], stream["kind"], *(vector[k] for k in ("life", "seq", "beat", "count")),
                  bytes.fromhex(stream["root"]))  # fmt: skip
    return Head(*fields) == wanted and len(content) == end + 64


CHECKS = [
    bodies_are_canonical,
    messages_are_whole,
    items_and_leaves_agree,
    ids_fall_into_their_buckets,
    the_root_follows_from_the_items,
    the_head_says_what_was_signed,
]


def main():
    print(f"1..{len(CHECKS)}")
    held = [check() for check in CHECKS]
    for number, (check, good) in enumerate(zip(CHECKS, held), 1):
        print("ok" if good else "not ok", number, "- golden:", check.__name__)
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
