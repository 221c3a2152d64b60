"""Members without a store that follow one stream, as raw_peer.c does it, and tell what they are sent."""

import os
import subprocess
from typing import NamedTuple

from federation import _prepare_child, eventually, expect


class Batch(NamedTuple):
    after: int
    upto: int
    items: int


class Follower:
    """A member that follows one stream, and takes its time (raw_peer.c)."""

    def __init__(self, federation, member, broker, hub, kind, pause_ms=0):
        self._told = open(federation.folder / f"follower-{len(os.listdir(federation.folder))}.log", "w+b")
        self._child = subprocess.Popen(
            federation.raw_peer(member, broker, "follow", hub, kind, pause_ms), stdout=self._told, stderr=self._told,
            preexec_fn=_prepare_child,
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._child.kill()
        self._child.wait()
        self._told.close()

    def batches(self):
        """What it was sent until now, in order."""
        expect(self._child.poll() is None, f"a follower ended: {self._lines()}")
        return [Batch(*map(int, line.split()[1:])) for line in self._lines() if line.startswith("batch ")]

    def _lines(self):
        size = os.fstat(self._told.fileno()).st_size
        return os.pread(self._told.fileno(), size, 0).decode().splitlines()

    def heard(self, condition, what):
        eventually(lambda: condition(self.batches()), what)
