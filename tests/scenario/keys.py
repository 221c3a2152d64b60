"""Keys that change as planned, that are stolen, that are taken away: who may still speak, and who still hears."""

import shutil

import forging
import torture
import yaml
from federation import eventually, expect, run_tool, scenario, write_yaml
from followers import Follower
from records import answer, answers

FAR_LIFE = 1 << 61  # beyond any clock, and a thief may sign it


def _new_keys(federation, name, *role):
    """Keys of the same member, in a folder of their own: gives the folder."""
    folder = federation.folder / "renewed"
    made = run_tool("keygen", name, "--out", folder, "--role", *(role or ("hub", "--territory", "DEP-42")))
    expect(made.code == 0, f"keygen: {made.words}")
    return folder


def _reload_all(federation):
    for process in federation.brokers + federation.nodes:
        if process.running():
            process.reload()


def _steal(federation, national):
    """A thief publishes under the hub's name, with a life that no clock gives."""
    said = forging.publish(federation, "loire", "answer", {"faux": answer("faux", "Signé par un voleur.")}, FAR_LIFE)
    eventually(lambda: national.shows("loire", "answer", "faux"), f"the thief is believed: {said}")


def _renew(federation, loire, processes):
    """What the operators do then: the new key alone among the members, and the hub started with it."""
    shutil.copy(_new_keys(federation, "loire") / "loire.pub", federation.members)
    for process in processes:
        process.reload()
    if loire.running():
        loire.stop()
    loire.settings["key"] = "renewed/loire.key"
    loire.start()


def _nothing_forged_is_left(federation):
    for node in federation.nodes:
        expect(node.shows("loire", "answer", "faux") is None, f"{node.name} shows what the thief signed")
        node.must("verify")
    for broker in federation.brokers:
        expect("faux" not in broker.streams()["loire", "answer"].items, f"{broker.name} holds what the thief signed")
        expect(federation.misbehave("loire", broker, "greet")[0] == "silence", f"{broker.name} lets the stolen key in")


@scenario
def what_a_thief_signed_goes_with_the_stolen_key(federation):
    loire, rhone, national = federation.usual(brokers=("a", "b"))
    first, late = federation.brokers
    loire.bring_in("answer", answers(20))
    federation.agrees()
    loire.stop()
    _steal(federation, national)
    _renew(federation, loire, [first, rhone, national])
    eventually(lambda: national.shows("loire", "answer", "question-0007"), "the hub is heard with its new key")
    expect(national.shows("loire", "answer", "faux") is None, "what the thief signed is shown beside it")
    late.reload()  # its operator was away: until now it believed the thief
    federation.agrees()
    loire.put("answer", answer("ensuite"))
    federation.agrees()
    _nothing_forged_is_left(federation)


@scenario
def a_hub_that_a_thief_fenced_off_goes_on_with_its_new_key(federation):
    loire, rhone, national = federation.usual()
    loire.bring_in("answer", answers(20))
    federation.agrees()
    _steal(federation, national)
    eventually(lambda: loire.must("status", "--json").json().get("fenced"), "the hub notices that somebody speaks for it")
    _renew(federation, loire, [*federation.brokers, rhone, national])
    eventually(lambda: national.shows("loire", "answer", "faux") is None, "what the thief signed is hidden")
    expect(loire.must("status", "--json").json().get("fenced"), "a restart left the fence")
    loire.must("unfence")
    eventually(lambda: national.shows("loire", "answer", "question-0007"), "the hub is heard again")
    loire.put("answer", answer("ensuite"))
    federation.agrees()
    _nothing_forged_is_left(federation)


def _both(old, new):
    """An entry with the keys of two: the new ones count beside the old."""
    entry = yaml.safe_load(old.read_text())
    for name, keys in yaml.safe_load(new.read_text()).items():
        if isinstance(keys, list):
            entry[name] = keys + entry[name]
    return entry


@scenario
def a_key_that_changes_as_planned_under_load_loses_nothing(federation):
    loire, rhone, _ = federation.usual()
    broker = federation.brokers[0]
    counts, details = torture._counts("rotation"), []
    writers = [torture.Writer(hub, torture.PER_S // 4) for hub in (loire, rhone)]
    folder, entry = _new_keys(federation, "loire"), federation.members / "loire.pub"
    eventually(lambda: writers[0].saved() > 20, "the hubs are at work")
    write_yaml(entry, _both(entry, folder / "loire.pub"))
    _reload_all(federation)
    loire.stop()
    loire.settings["key"] = "renewed/loire.key"
    loire.start()
    before = writers[0].saved()
    eventually(lambda: writers[0].saved() > before + 20, "the hub goes on with its new key")
    federation.misbehave("loire", broker, "greet")  # the old one, while both count
    shutil.copy(folder / "loire.pub", entry)
    _reload_all(federation)
    before = writers[0].saved()
    eventually(lambda: writers[0].saved() > before + 20, "the hub goes on when the old key is taken")
    for writer in writers:
        writer.stop()
    torture.check(federation, writers, counts, details)
    log = broker.log.read_text()
    expect("strike" not in log and "refused" not in log, "somebody was refused")
    expect(federation.misbehave("loire", broker, "greet")[0] == "silence", "the old key is still let in")


@scenario
def a_broker_whose_key_changes_as_planned_is_found_again_by_all_who_were_told(federation):
    loire, rhone, national = federation.usual()
    broker = federation.brokers[0]
    loire.put("answer", answer("avant"))
    federation.agrees()
    folder, entry = _new_keys(federation, "a", "broker"), federation.members / "a.pub"
    write_yaml(entry, _both(entry, folder / "a.pub"))
    for node in (loire, national):  # Rhône's operator is away
        node.reload()
    broker.stop()
    shutil.copy(folder / "a.key", federation.keys)
    broker.start()
    loire.put("answer", answer("apres"))
    eventually(lambda: national.shows("loire", "answer", "apres"), "those who know the new key are connected")
    expect("apres" not in rhone.streams()["loire", "answer"].items, "who knows the old key only talks to whoever has another")
    shutil.copy(folder / "a.pub", entry)
    _reload_all(federation)
    federation.agrees()
    loire.put("answer", answer("ensuite"))
    federation.agrees()


# ---- who no longer hears ----


def _narrowed(entry):
    """The member may read one kind only from now on."""
    write_yaml(entry, {**yaml.safe_load(entry.read_text()), "reads": ["event"]})


@scenario
def who_is_no_member_or_may_not_read_a_kind_any_more_hears_no_change_he_had_asked_for(federation):
    loire, rhone, national = federation.usual()
    broker = federation.brokers[0]
    federation.make_key("isere", "hub")
    broker.reload()
    loire.put("answer", answer("avant"))
    federation.agrees()
    entry = federation.members / "isere.pub"
    for number, change in enumerate((_narrowed, lambda entry: entry.unlink())):
        federation.admit("isere")
        broker.reload()
        with Follower(federation, "isere", broker, "loire", "answer") as follower:
            follower.heard(lambda batches: batches and batches[-1].upto == _seq(loire), "it has all that there is")
            loire.put("answer", answer(f"pour-tous-{number}"))
            follower.heard(lambda batches: batches[-1].upto == _seq(loire), "it hears the next change")
            heard = follower.batches()
            change(entry)
            broker.reload()
            read_again = "isere disconnected: its entry"
            eventually(lambda: broker.printed().count(read_again) > number, "the broker has read the members again")
            loire.put("answer", answer(f"pas-pour-tous-{number}"))
            eventually(lambda: national.shows("loire", "answer", f"pas-pour-tous-{number}"), "the others hear of it")
            rhone.put("answer", answer(f"temoin-{number}"))
            eventually(lambda: national.shows("rhone", "answer", f"temoin-{number}"), "a change later")
            expect(follower.batches() == heard, f"it was told: {follower.batches()[len(heard):]}")


def _seq(hub):
    return max(item.seq for item in hub.streams()[hub.hub, "answer"].items.values())
