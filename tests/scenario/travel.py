"""Changes on their way: nothing is lost, whoever is away or dies."""

import re
import shutil
import signal

import store
from federation import ROOT, Failure, eventually, expect, scenario
from followers import Follower
from records import answer, answers


@scenario
def a_change_reaches_the_national_node(federation):
    loire, rhone, national = federation.usual()
    loire.put("answer", answer("devis"))
    record = eventually(lambda: national.shows("loire", "answer", "devis"), "the record is at the national node")
    expect(record["hub"] == "loire" and record["verified_at"], f"not shown as verified: {record}")
    expect(record["body"] == loire.shows("loire", "answer", "devis")["body"], "the bodies differ")
    federation.agrees()
    national.must("status", "--wait", 10)
    for node in (loire, rhone, national):
        node.must("verify")


@scenario
def an_edited_record_is_shown_once_and_new(federation):
    loire, _, national = federation.usual()
    for text in ("D'abord ceci.", "Puis cela.", "Enfin le reste."):
        loire.put("answer", answer("factures", text))
    eventually(
        lambda: national.shows("loire", "answer", "factures")["body"]["reponse"] == "Enfin le reste.",
        "the last edit is at the national node",
    )
    federation.agrees()
    items = [i for i in national.api("answer?hub=loire")["items"] if i["id"] == "factures"]
    expect(len(items) == 1, f"listed {len(items)} times")


@scenario
def an_offline_hub_catches_up(federation):
    loire, rhone, national = federation.usual()
    federation.agrees()
    rhone.stop()
    loire.bring_in("answer", answers(1200))
    loire.delete("answer", "question-0007")
    national.must("status", "--wait", 10)
    rhone.start()
    federation.agrees()
    expect(rhone.shows("loire", "answer", "question-0007") is None, "a deleted record is shown")


@scenario
def a_hub_works_alone_and_delivers_later(federation):
    loire, _, _ = federation.usual()
    broker = federation.brokers[0]
    federation.agrees()
    broker.stop()
    loire.bring_in("answer", answers(50))
    loire.put("answer", answer("seul"))
    broker.start()
    federation.agrees()


@scenario
def a_broker_killed_in_the_middle_of_changes_loses_nothing(federation):
    loire, rhone, _ = federation.usual()
    broker = federation.brokers[0]
    for turn in range(6):
        loire.bring_in("answer", answers(400, f"tour-{turn}"))
        rhone.put("answer", answer(f"rhone-{turn}"))
        broker.kill()
        loire.put("answer", answer(f"pendant-{turn}"))
        broker.start()
    federation.agrees()


@scenario
def a_broker_without_its_database_is_filled_again(federation):
    loire, _, _ = federation.usual()
    broker = federation.brokers[0]
    loire.bring_in("answer", answers(300))
    federation.agrees()
    broker.kill()
    shutil.rmtree(broker.store)
    broker.start()
    loire.put("answer", answer("apres"))
    federation.agrees()


@scenario
def a_broker_sets_a_damaged_database_aside(federation):
    loire, _, _ = federation.usual()
    broker = federation.brokers[0]
    loire.bring_in("answer", answers(300))
    federation.agrees()
    broker.stop()
    with open(broker.database, "r+b") as database:
        database.seek(4096)
        database.write(b"\0" * 65536)
    broker.start()
    federation.agrees()
    expect(list(broker.store.glob("broker.db.damaged-*")), "the damaged file was not kept")
    expect("moved aside and filled again" in broker.printed(), "its log does not tell")


@scenario
def a_national_node_started_last_gets_everything(federation):
    broker = federation.add_broker()
    loire, rhone = federation.add_node("loire", "hub"), federation.add_node("rhone", "hub")
    national = federation.add_node("national", "aggregator")
    for process in (broker, loire, rhone):
        process.start()
    loire.bring_in("answer", answers(700))
    rhone.put("answer", answer("rhone"))
    loire.stop()
    national.start()
    eventually(lambda: national.shows("loire", "answer", "question-0699"), "the broker speaks for an absent hub")
    loire.start()
    federation.agrees()


@scenario
def with_two_brokers_and_one_frozen_changes_still_arrive(federation):
    loire, _, national = federation.usual(brokers=("a", "b"))
    first, second = federation.brokers
    loire.put("answer", answer("avant"))
    federation.agrees()
    for frozen in (first, second):
        frozen.freeze()
        try:
            loire.put("answer", answer(f"sans-{frozen.name}"))
            eventually(
                lambda: national.shows("loire", "answer", f"sans-{frozen.name}"),
                f"a change arrives while broker {frozen.name} is frozen",
            )
        finally:
            frozen.thaw()
    federation.agrees()


@scenario
def who_comes_late_gets_each_record_once_however_often_it_changed(federation):
    loire, _, _ = federation.usual()
    broker = federation.brokers[0]
    federation.make_key("isere", "hub")
    broker.reload()
    for turn in range(6):
        loire.bring_in("answer", [answer(f"fiche-{number:03d}", f"Version {turn}.") for number in range(400)])
    loire.bring_in("answer", [answer(f"fiche-{number:03d}", "La dernière.") for number in range(200)], "--prune", "--force")
    federation.agrees()
    held = loire.streams()["loire", "answer"]
    deleted = [id for id, item in held.items.items() if item.op == store.DELETE]
    expect((len(held.items), len(deleted)) == (400, 200), f"{len(held.items)} records, {len(deleted)} deleted")
    last = max(item.seq for item in held.items.values())
    expect(last == 7 * 400, f"{last} changes were made")
    with Follower(federation, "isere", broker, "loire", "answer") as late:
        late.heard(lambda batches: batches and batches[-1].upto == last, "it has everything")
        told = sum(batch.items for batch in late.batches())
    expect(told == len(held.items), f"{told} versions were sent for {len(held.items)} records")


def fault_points():
    """Every place in the sources where a daemon can be made to die; operations.py kills the tool."""
    sources = [path for floor in ("broker", "node") for path in (ROOT / floor).rglob("*.c") if path.name != "backup.c"]
    return sorted({name for path in sources for name in re.findall(r'FAULT\("([^"]+)"\)', path.read_text())})


def _work_until_it_dies(process, loire, acknowledged, turn):
    """Starts a process that will die at a fault point, and gives it reasons to pass there."""
    try:
        process.start()
        for number in range(3):
            slug = f"{turn}-{number}"
            body = answer(slug)
            loire.put("answer", body)
            acknowledged.append(slug)
        eventually(lambda: not process.running(), "it dies", within=1)
    except Failure:
        pass  # it died before it was ready, or the command found nobody: both are meant to happen
    if process.running():
        process.kill()
        return False
    return process.ended() == -signal.SIGKILL


@scenario
def a_process_killed_at_any_marked_point_loses_nothing_acknowledged(federation):
    loire, _, national = federation.usual()
    federation.agrees()
    acknowledged = []
    points = fault_points()
    expect(points, "the sources mark no fault point")
    for point in points:
        deaths = 0
        for process in (loire, federation.brokers[0], national):
            for passes in (1, 3):
                process.kill()
                process.env["MAILLAGE_FAULT"] = f"{point}:{passes}"
                deaths += _work_until_it_dies(process, loire, acknowledged, f"{point.replace('.', '-')}-{process.name}-{passes}")
                del process.env["MAILLAGE_FAULT"]
                process.start()
        expect(deaths, f"nobody ever died at {point}")
        federation.agrees()
    missing = [slug for slug in acknowledged if not national.shows("loire", "answer", slug)]
    expect(not missing, f"acknowledged and missing: {missing}")
