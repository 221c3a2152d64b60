"""Keys that change as planned, that are stolen, that are taken away: who may still speak, and who still hears."""

import shutil

import forging
import store
from federation import eventually, expect, run_tool, scenario
from records import answer, answers

FAR_LIFE = 1 << 61  # beyond any clock, and a thief may sign it


def _new_keys(federation, name):
    """Keys of the same member, in a folder of their own: gives the folder."""
    folder = federation.folder / "renewed"
    made = run_tool("keygen", name, "--role", "hub", "--territory", "DEP-42", "--out", folder)
    expect(made.code == 0, f"keygen: {made.words}")
    return folder


def _reload_all(federation):
    for process in federation.brokers + federation.nodes:
        if process.running():
            process.reload()


@scenario
def what_a_thief_signed_goes_with_the_stolen_key(federation):
    loire, rhone, national = federation.usual()
    broker = federation.brokers[0]
    loire.bring_in("answer", answers(20))
    federation.agrees()
    loire.stop()
    forged = forging.publish(federation, "loire", "answer", {"faux": answer("faux", "Signé par un voleur.")}, FAR_LIFE)
    eventually(lambda: national.shows("loire", "answer", "faux"), f"the thief is believed: {forged}")

    folder = _new_keys(federation, "loire")
    shutil.copy(folder / "loire.pub", federation.members)
    _reload_all(federation)
    loire.settings["key"] = "renewed/loire.key"
    loire.start()
    eventually(lambda: national.shows("loire", "answer", "question-0007"), "the hub is heard with its new key")
    federation.agrees()
    for node in (loire, rhone, national):
        expect(node.shows("loire", "answer", "faux") is None, f"{node.name} shows what the thief signed")
        node.must("verify")
    loire.put("answer", answer("ensuite"))
    federation.agrees()
    expect(federation.misbehave("loire", broker, "greet")[0] == "silence", "the stolen key is let in")
