"""How long it takes until everybody holds everything again, proven, with the timers that are shipped.

MAILLAGE_REFILL_RECORDS says how many records a broker with an empty store gets again; tests/amounts otherwise."""

import shutil
import time

import store
from federation import eventually, expect, scenario
from proxy import BROKER, NODE, federation_of_lines
from records import answer, answers
from results import Counts, amount

RESTARTED_S, REFILLED_S = amount("restarted_s"), amount("refilled_s")  # a broker with its store, and one without
HEALED_S, NOTICED_S, TAKEN_S = amount("healed_s"), amount("noticed_s"), amount("taken_s")


def _timed(counts, name, condition, what, within):
    """Waits for a condition, and counts how long that took."""
    began = time.monotonic()
    eventually(condition, what, within)
    counts.longest(name, time.monotonic() - began)


@scenario
def with_the_shipped_timers_silence_is_noticed_and_partitions_heal_in_time(federation):
    federation.timers.clear()
    counts = Counts("silence")
    (loire, national), lines = federation_of_lines(federation, hubs=("loire",))
    loire.put("answer", answer("avant"))
    federation.agrees()

    for name in ("a", "b"):  # one of them is the source
        line = lines["national", name]
        line.silent = {NODE, BROKER}
        loire.put("answer", answer(f"sans-{name}"))
        _timed(counts, "other_broker_taken_s", lambda: national.shows("loire", "answer", f"sans-{name}"),
               f"the other broker than {name} is taken", TAKEN_S)  # fmt: skip
        line.heal()
        federation.agrees()

    for name in ("a", "b"):
        lines["loire", name].refusing = True
        lines["loire", name].cut()
    loire.put("answer", answer("a-part"))
    lines["national", "a"].forget()
    _timed(
        counts, "silent_peer_noticed_s",
        lambda: "le relais « a » ne dit plus rien" in national.log.read_text()
        and "national disconnected: silence" in federation.brokers[0].log.read_text(),
        "both ends notice that the other one is silent", NOTICED_S,
    )  # fmt: skip
    expect(national.shows("loire", "answer", "a-part") is None, "the hub was not cut off")

    for line in lines.values():
        line.heal()
    _timed(counts, "partition_healed_s", lambda: national.shows("loire", "answer", "a-part"),
           "what the hub did meanwhile arrives", HEALED_S)  # fmt: skip
    federation.agrees(HEALED_S)


@scenario
def with_the_shipped_timers_a_restarted_broker_has_everything_verified_in_time(federation):
    federation.timers.clear()
    loire, rhone, _ = federation.usual()
    broker = federation.brokers[0]
    loire.bring_in("answer", answers(300))
    federation.agrees()
    broker.kill()
    loire.put("answer", answer("pendant"))
    rhone.put("answer", answer("aussi"))
    began = time.monotonic()
    broker.start()
    federation.agrees(within=RESTARTED_S)
    Counts("restarted").longest("broker_restarted_s", time.monotonic() - began)


def _root(hub):
    """Of all that a hub holds of its own."""
    return store.root_of(hub.streams()[hub.hub, "answer"].items)


def _proves(process, hub, root):
    """Looks at the head alone: who proves 100,000 records is not to be disturbed."""
    head = store.read_head(store.signed_head(process.database, hub.hub, "answer"))
    return head and head.root == root


def _all_prove(processes, hub, root, within):
    end = time.monotonic() + within
    for process in processes:
        left_s = end - time.monotonic()
        eventually(lambda: _proves(process, hub, root), f"{process.name} has everything, proven", left_s)


@scenario
def with_the_shipped_timers_a_broker_with_an_empty_store_is_filled_again_in_time(federation):
    federation.timers.clear()
    records = amount("refill_records")
    loire, rhone, national = federation.usual()
    broker = federation.brokers[0]
    loire.bring_in("answer", answers(records))
    _all_prove([rhone, national], loire, _root(loire), within=3 * REFILLED_S)
    broker.kill()
    shutil.rmtree(broker.store)
    loire.put("answer", answer("question-0000", "Changé pendant que le relais n'était pas là."))
    root = _root(loire)
    counts = Counts("refilled", broker_refilled_records=records)
    began = time.monotonic()
    broker.start()
    _all_prove([broker, national], loire, root, within=REFILLED_S)
    counts.longest("broker_refilled_s", time.monotonic() - began)
    federation.agrees(within=3 * REFILLED_S)
