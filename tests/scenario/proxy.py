"""A network that fails on purpose: a TCP proxy of our own on every line between nodes and brokers.

Schedules come from a seed: which lines fail, how, and for how long, while hubs go on changing records. After
each one the network is well again, and everybody must hold, proven, what the hubs have. A seed repeats the
faults, not the very interleaving: processes are real, and so is their time.
"""

import asyncio
import random
import threading
import time
from typing import NamedTuple

from federation import scenario
from records import answer, answers
from results import Counts, amount

CHUNK = 65536
SCHEDULES = amount("proxy_schedules")
PER_SCENARIO = 10
HEALED_S = amount("healed_s")
NODE, BROKER = 0, 1  # where bytes come from


class Line:
    """A port that leads to a broker through whatever is wrong at the moment.

    Attributes may be set from any thread; a thread of its own moves the bytes."""

    def __init__(self, name, broker, seed=0):
        self.name = name
        self._target = broker.listen.removeprefix("tcp://").rsplit(":", 1)
        self._random = random.Random(seed)
        self._pairs = []
        self.heal()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = self._do(asyncio.start_server(self._join, "127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    # --- what can be wrong ---

    def heal(self):
        self.delay_s = 0.0
        self.bytes_per_s = 0  # 0: as many as there are
        self.single_bytes = False
        self.silent = set()  # of NODE, BROKER: what they say is kept for later, as TCP does
        self.refusing = False
        self.flip_one_in = 0  # chunks; 0: none

    def cut(self):
        """Ends every connection, as a router that was reset would."""

        async def work():
            for _, writer in self._pairs:
                writer.transport.abort()

        self._do(work())

    def forget(self):
        """The connections of now never carry a byte again, and nobody is told. New ones do."""
        for pair in self._pairs:
            pair[0]["dead"] = True

    # --- moving bytes ---

    async def _join(self, reader, writer):
        if self.refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        state = {"dead": False}
        pairs = [(state, writer), (state, far_writer)]
        self._pairs += pairs
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, NODE, state), self._pump(far_reader, writer, BROKER, state)
            )
        finally:
            for pair in pairs:
                self._pairs.remove(pair)

    async def _pump(self, reader, writer, side, state):
        try:
            while chunk := await reader.read(CHUNK):
                while side in self.silent and not state["dead"]:
                    await asyncio.sleep(0.02)
                if not state["dead"]:
                    await self._pass_on(self._damaged(chunk), writer)
        except OSError:
            pass
        if state["dead"]:
            await self._until_forgotten()
        writer.close()

    async def _until_forgotten(self):
        await asyncio.sleep(60)  # a half that was let go is not heard by the other half

    def _damaged(self, chunk):
        if not self.flip_one_in or self._random.randrange(self.flip_one_in):
            return chunk
        damaged = bytearray(chunk)
        damaged[self._random.randrange(len(damaged))] ^= 1 << self._random.randrange(8)
        return bytes(damaged)

    async def _pass_on(self, chunk, writer):
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        at = 0
        while at < len(chunk):
            size = 1 if self.single_bytes else max(1, self.bytes_per_s // 20) if self.bytes_per_s else len(chunk)
            writer.write(chunk[at : at + size])
            await writer.drain()
            await asyncio.sleep(0.05 if self.bytes_per_s and not self.single_bytes else 0)
            at += size


class _Way(NamedTuple):
    """What a node's configuration needs of a broker."""

    name: str
    listen: str


def federation_of_lines(federation, *, brokers=("a", "b"), hubs=("loire", "rhone"), seed=0):
    """Brokers, hubs and the national node, with a line of its own between each two."""
    for name in brokers:
        federation.add_broker(name)
    nodes = [federation.add_node(name, "hub") for name in hubs] + [federation.add_node("national", "aggregator")]
    for broker in federation.brokers:
        broker.start()
    lines = {}
    for node in nodes:
        for broker in federation.brokers:
            key = (node.name, broker.name)
            lines[key] = Line("-".join(key), broker, seed + len(lines))
        node.brokers = [_Way(b.name, lines[node.name, b.name].endpoint) for b in federation.brokers]
    for node in nodes:
        node.start()
    return nodes, lines


# ---- schedules ----


def _delay(line, dice):
    line.delay_s = dice.uniform(0.02, 0.4)


def _throttle(line, dice):
    line.bytes_per_s = dice.choice((2_000, 20_000, 100_000))


def _split(line, dice):
    line.single_bytes = True


def _flip(line, dice):
    line.flip_one_in = dice.choice((1, 3, 10))


def _one_way(line, dice):
    line.silent = {dice.choice((NODE, BROKER))}


def _silence(line, dice):
    line.silent = {NODE, BROKER}


def _cut(line, dice):
    line.refusing = True
    line.cut()


def _reset(line, dice):
    line.cut()


def _half_open(line, dice):
    line.forget()


FAULTS = (_delay, _throttle, _split, _flip, _one_way, _silence, _cut, _reset, _half_open)


def _work(hubs, turn, dice):
    """What hubs do meanwhile; they can, whatever the network does."""
    hub = dice.choice(hubs)
    choice = dice.randrange(4)
    if choice == 0:
        hub.bring_in("answer", answers(dice.randrange(1, 400), f"lot-{dice.randrange(6)}"))
    elif choice == 1:
        hub.put("answer", answer("effacer"))
        hub.delete("answer", "effacer")
    else:
        hub.put("answer", answer(f"fiche-{dice.randrange(20)}", f"Version {turn}."))


def _schedule(federation, nodes, lines, seed):
    """One schedule, and how long everybody then took to agree."""
    dice = random.Random(seed)
    told = []
    for turn in range(dice.randrange(2, 5)):
        for line in dice.sample(sorted(lines), dice.randrange(1, len(lines) + 1)):
            fault = dice.choice(FAULTS)
            fault(lines[line], dice)
            told.append(f"{turn}: {fault.__name__[1:]} {'-'.join(line)}")
        _work(nodes[:-1], turn, dice)
        threading.Event().wait(dice.uniform(0.1, 0.8))
        for line in dice.sample(sorted(lines), dice.randrange(len(lines))):
            lines[line].heal()
    for line in lines.values():
        line.heal()
    begin = time.monotonic()
    try:
        federation.agrees(HEALED_S)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {error}\n" + "\n".join(told)) from error
    return time.monotonic() - begin


def _schedules(federation, first):
    nodes, lines = federation_of_lines(federation, seed=first)
    for hub in nodes[:-1]:
        hub.bring_in("answer", answers(200))
    federation.agrees()
    counts = Counts(f"proxy-{first}", proxy_schedules=0)
    for seed in range(first, min(first + PER_SCENARIO, SCHEDULES + 1)):
        counts.longest("proxy_recovery_s", _schedule(federation, nodes, lines, seed))
        counts["proxy_schedules"] += 1
    counts.write()
    for node in nodes:
        node.must("verify")


@scenario
def whatever_the_network_does_everybody_agrees_once_it_is_well(federation):
    _schedules(federation, 1)


def _register(first):
    def run(federation):
        _schedules(federation, first)

    run.__name__ = f"whatever_the_network_does_from_seed_{first}_everybody_agrees"
    scenario(run)


for _first in range(1 + PER_SCENARIO, SCHEDULES + 1, PER_SCENARIO):
    _register(_first)
