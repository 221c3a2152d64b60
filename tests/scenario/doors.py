"""Who is let in, and what a member may do there."""

import json
import os
import socket
import subprocess

import store
from federation import BUILD, eventually, expect, run_tool, scenario
from records import answer, answers

NOT_ALLOWED = 2  # a code of ERR, broker/PROTOCOL.md


def _fence(federation, witness, national, slug):
    """Waits until a change made now by somebody else has made the whole way."""
    witness.put("answer", answer(slug))
    eventually(lambda: national.shows(witness.hub, "answer", slug), "an honest change arrives")


@scenario
def a_wrong_key_is_refused(federation):
    federation.add_broker()
    rhone = federation.add_node("rhone", "hub")
    national = federation.add_node("national", "aggregator")
    stranger = federation.add_node("isere", "hub", member=False)
    for process in federation.brokers + federation.nodes:
        process.start()
    stranger.put("answer", answer("etranger"))
    _fence(federation, rhone, national, "temoin")
    _fence(federation, rhone, national, "temoin-2")
    expect(federation.misbehave("isere", federation.brokers[0], "greet")[0] == "silence", "a stranger is welcome")
    for process in (federation.brokers[0], national):
        hubs = {hub for hub, _ in process.streams()}
        expect("isere" not in hubs, f"{process.name} took a stream of a stranger")


@scenario
def a_stranger_under_a_members_name_is_refused(federation):
    loire, rhone, national = federation.usual()
    broker = federation.brokers[0]
    other = federation.folder / "other"
    other.mkdir()
    made = run_tool("keygen", "loire", "--role", "hub", "--territory", "DEP-42", "--out", other)
    expect(made.code == 0, f"keygen: {made.words}")
    twin = federation.add_twin(loire, "faux")
    twin.settings["key"] = "other/loire.key"
    twin.start()
    twin.put("answer", answer("faux"))
    _fence(federation, rhone, national, "temoin")
    loire.put("answer", answer("vrai"))
    eventually(lambda: national.shows("loire", "answer", "vrai"), "the true hub is heard")
    expect("faux" not in broker.streams()["loire", "answer"].items, "the broker took a forged record")
    twin.discard()
    federation.agrees()


@scenario
def a_key_removed_while_connected_is_refused_at_once(federation):
    loire, rhone, national = federation.usual()
    broker = federation.brokers[0]
    loire.put("answer", answer("avant"))
    federation.agrees()
    federation.make_key("isere", "hub")
    broker.reload()
    watcher = subprocess.Popen(federation.raw_peer("isere", broker, "watch"), stdout=subprocess.PIPE, text=True)
    try:
        expect(watcher.stdout.readline() == "pong\n", "a new member is not let in after SIGHUP")
        federation.expel("isere")
        federation.expel("loire")
        broker.reload()
        expect(watcher.stdout.readline() == "refused\n", "a removed member is still answered")
    finally:
        watcher.kill()
        watcher.wait()
    loire.put("answer", answer("apres"))
    _fence(federation, rhone, national, "temoin")
    _fence(federation, rhone, national, "temoin-2")
    expect("apres" not in broker.streams()["loire", "answer"].items, "the broker took a record of a removed member")
    federation.admit("loire")
    broker.reload()
    eventually(lambda: national.shows("loire", "answer", "apres"), "a member that was admitted again is heard")
    federation.agrees()


@scenario
def a_hub_that_publishes_under_anothers_name_is_refused(federation):
    broker = federation.add_broker()
    rhone = federation.add_node("rhone", "hub")
    national = federation.add_node("national", "aggregator")
    federation.make_key("loire", "hub")
    federation.make_key("isere", "hub")
    for process in (broker, rhone, national):
        process.start()
    lines = federation.misbehave("isere", broker, "forge", "loire", "answer")
    expect(lines[:2] == ["welcome", f"refused with {NOT_ALLOWED}"], f"not refused: {lines}")
    _fence(federation, rhone, national, "temoin")
    for process in (broker, national):
        forged = [key for key, stream in process.streams().items() if stream.items and key[0] != "rhone"]
        expect(not forged, f"{process.name} holds forged records: {forged}")
    federation.agrees()


def _knock(broker, count):
    """Bytes that are not even ZeroMQ, and connections that say nothing: gives the open ones."""
    host, port = broker.listen.removeprefix("tcp://").rsplit(":", 1)
    for words in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\xff" * 65536, b"\xff\0\0\0\0\0\0\0\x01\x7f" + b"\0" * 500):
        with socket.create_connection((host, port), timeout=5) as stranger:
            stranger.sendall(words)
    return [socket.create_connection((host, port), timeout=5) for _ in range(count)]


@scenario
def strangers_on_the_port_disturb_nobody(federation):
    loire, _, national = federation.usual()
    idle = _knock(federation.brokers[0], 200)
    try:
        loire.put("answer", answer("pendant"))
        eventually(lambda: national.shows("loire", "answer", "pendant"), "changes arrive beside silent strangers")
    finally:
        for stranger in idle:
            stranger.close()
    federation.agrees()


@scenario
def a_hub_that_replays_anothers_genuine_head_is_refused(federation):
    loire, _, _ = federation.usual()
    broker = federation.brokers[0]
    federation.make_key("isere", "hub")
    broker.reload()
    loire.put("answer", answer("devis"))
    federation.agrees()
    head = store.signed_head(broker.database, "loire", "answer")
    lines = federation.misbehave("isere", broker, "replay", head.hex())
    expect(lines[:2] == ["welcome", f"refused with {NOT_ALLOWED}"], f"not refused: {lines}")
    federation.agrees()


ATTACKS = [
    ("bombs",),
    ("oversized", 2 << 20),
    ("oversized", 64 << 20),
    ("multipart", 3, 10),
    ("multipart", 20000, 1000),
    ("garbage", 2000),
]


@scenario
def garbage_bombs_floods_and_giants_harm_nobody_else(federation):
    loire, _, national = federation.usual()
    broker = federation.brokers[0]
    federation.make_key("isere", "hub")
    broker.reload()
    for number, attack in enumerate(ATTACKS):
        federation.misbehave("isere", broker, *attack)
        expect(broker.running(), f"the broker died of {attack}")
        loire.put("answer", answer(f"pendant-{number}"))
        eventually(lambda: national.shows("loire", "answer", f"pendant-{number}"), f"changes arrive after {attack}")
    expect(federation.misbehave("isere", broker, "greet")[0] == "silence", "ten strikes, and still welcome")
    federation.agrees()


@scenario
def who_is_refused_for_its_strikes_is_let_in_again_when_their_time_is_over(federation):
    federation.timers["strikes"] = "8s"
    federation.usual("loire")
    broker = federation.brokers[0]
    isere = federation.add_node("isere", "hub")
    for process in federation.brokers + federation.nodes[:2]:
        process.reload()
    isere.start()
    isere.put("answer", answer("avant"))
    national = federation.nodes[1]
    eventually(lambda: national.shows("isere", "answer", "avant"), "the new member is heard")
    federation.misbehave("isere", broker, "garbage", 100)
    eventually(lambda: "isere is refused for 8 s after 10 strikes" in broker.printed(), "ten strikes are enough")
    isere.put("answer", answer("pendant"))
    expect(federation.misbehave("isere", broker, "greet")[0] == "silence", "a refused member is let in")
    expect(national.shows("isere", "answer", "pendant") is None, "a refused member is heard")
    eventually(lambda: national.shows("isere", "answer", "pendant"), "it is heard again, without an operator", within=40)
    federation.agrees()


@scenario
def a_second_process_on_a_store_is_turned_away(federation):
    loire, _, _ = federation.usual()
    broker = federation.brokers[0]
    for process, program in ((loire, "maillage-node"), (broker, "maillage-broker")):
        second = subprocess.run([BUILD / program, process.yaml], capture_output=True, text=True, timeout=30)
        expect(second.returncode != 0, f"a second {program} runs on the same store")
        expect(str(process._child.pid) in second.stderr, f"it does not say who holds the store: {second.stderr}")
        expect("ready" not in second.stdout + second.stderr, "it said it was ready")
    loire.put("answer", answer("toujours"))
    federation.agrees()


@scenario
def a_fourth_hub_joins_while_all_run(federation):
    loire, rhone, national = federation.usual()
    isere = federation.add_node("isere", "hub")
    for process in federation.brokers + [loire, rhone, national]:
        process.reload()
    isere.start()
    isere.bring_in("answer", answers(20))
    eventually(lambda: national.shows("isere", "answer", "question-0019"), "the new hub is at the national node")
    national.must("status", "--wait", 10)
    federation.agrees()


@scenario
def a_hub_that_a_node_hears_of_before_it_knows_it_is_shown_once_it_does(federation):
    federation.timers |= {"beat": "10min", "head": "1ms"}  # no head is repeated, or told late
    _, rhone, national = federation.usual()
    broker = federation.brokers[0]
    isere = federation.add_node("isere", "hub")
    broker.reload()
    isere.start()
    isere.put("answer", answer("nouveau"))
    eventually(lambda: "nouveau" in broker.streams()["isere", "answer"].items, "the broker has the record")
    isere.stop()
    _fence(federation, rhone, national, "temoin")
    expect("not signed by that hub" in national.log.read_text(), "the head of a stranger was not refused")
    national.reload()
    eventually(lambda: national.shows("isere", "answer", "nouveau"), "the new hub is at the national node")


@scenario
def bad_configuration_is_told_whole_and_changes_nothing(federation):
    federation.make_key("loire", "hub")
    federation.add_broker().start()
    bad = federation.folder / "bad.yaml"
    bad.write_text(
        "node: {name: loire, rolle: hub, territory: DEP-42}\n"
        "store: store\n"
        "key: keys/loire.key\n"
        "members: members/\n"
        "brokers: [{name: a}]\n"
        "subscribe: [{hub: '*', kinds: ['*']}]\n"
        "timers: {ping: soon}\n",
        encoding="utf-8",
    )
    for answer_ in (run_tool("config", "check", bad), _refused("maillage-node", bad)):
        words = answer_.out + answer_.words
        expect(answer_.code == 3, f"exit code {answer_.code}, not 3: {words}")
        for part in ("bad.yaml:1:", "rolle", "role", "bad.yaml:5:", "endpoint", "bad.yaml:7:", "ping"):
            expect(part in words, f"nothing about {part!r} in: {words}")
    expect(not (federation.folder / "store").exists(), "a store was made from a bad configuration")
    missing = run_tool("config", "check", federation.folder / "none.yaml")
    expect(missing.code == 3, f"a missing file: exit code {missing.code}")
    broken = federation.folder / "broken.yaml"
    broken.write_text("node: {name: loire\nstore: [\n", encoding="utf-8")
    expect(run_tool("config", "check", broken).code == 3, "broken YAML passes")


class _Refused:
    def __init__(self, process):
        self.code, self.out, self.words = process.returncode, process.stdout, process.stderr


def _refused(program, file):
    return _Refused(subprocess.run([BUILD / program, file], capture_output=True, text=True, timeout=30))


@scenario
def a_key_that_others_can_read_is_refused(federation):
    federation.add_broker().start()
    loire = federation.add_node("loire", "hub")
    os.chmod(federation.keys / "loire.key", 0o644)
    loire.write()
    loire.launch(loire.yaml)
    expect(loire.ended() == 3, "a node starts with a key that everyone can read")
    expect("chmod" in loire.printed(), f"it does not say what to do: {loire.printed()}")


@scenario
def bad_input_is_refused_with_field_and_reason_and_nothing_is_saved(federation):
    (loire,) = federation.usual("loire")[:1]
    before = loire.streams()["loire", "answer"].items if ("loire", "answer") in loire.streams() else {}
    cases = [
        ("answer", "{", "JSON"),
        ("answer", json.dumps({"question": "x"}), "reponse"),
        ("answer", json.dumps({**answer("x"), "couleur": "bleu"}), "couleur"),
        ("answer", json.dumps({**answer("x"), "theme": "jardinage"}), "jardinage"),
        ("anser", json.dumps(answer("x")), "answer"),
        ("organisation", json.dumps({"nom": "X", "type": "chambre", "siren": "732829321"}), "732829321"),
        ("answer", json.dumps(answer("x", "a" * 70000)), "reponse"),
    ]
    for kind, body, part in cases:
        refused = loire.tool("put", kind, "-", input=body)
        expect(refused.code in (2, 3), f"{body[:60]}: exit code {refused.code}: {refused.words}")
        expect(part in refused.words + refused.out, f"nothing about {part!r} in: {refused.words}")
    expect(loire.streams().get(("loire", "answer")).items == before, "a refused record left something")


@scenario
def commands_to_a_node_that_does_not_run_say_so(federation):
    federation.add_broker().start()
    loire = federation.add_node("loire", "hub").start()
    loire.put("answer", answer("devis"))
    loire.stop()
    refused = loire.tool("put", "answer", "-", input=json.dumps(answer("autre")))
    expect(refused.code == 4, f"exit code {refused.code}, not 4: {refused.words}")
    expect(loire.must("show", "answer", "devis").json()["question"] == "devis", "reading needs a running node")
