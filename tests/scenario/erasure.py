"""What is deleted is gone: from every file of every node, and a backup does not bring it back."""

import json
import os
import re
import shutil

from federation import eventually, expect, scenario
from history import _copy_of, _restore
from records import answer, answers

CANARY = "canari-9f31c7e2b84d50a6e1c87b3d4f"  # 32 bytes and more, in one record only
assert len(CANARY) >= 32


def _files_with_canary(federation, but=(), text=CANARY):
    """All files of the federation, but those that the operator made and keeps: imports and backups."""
    wanted, found = text.encode(), []
    for folder, _, names in os.walk(federation.folder):
        for name in names:
            path = os.path.join(folder, name)
            if name not in but and os.path.isfile(path):
                with open(path, "rb") as file:
                    if wanted in file.read():
                        found.append(os.path.relpath(path, federation.folder))
    return found


def _gone(federation, but=(), within=30):
    def gone():
        found = _files_with_canary(federation, but)
        expect(not found, f"still in {found}")
        return True

    eventually(gone, "the canary is in no file", within)


def _deleted_everywhere(federation, hub, id):
    for node in federation.nodes:
        eventually(lambda: node.shows(hub, "answer", id) is None, f"{node.name} no longer shows it")
    federation.agrees()


def _clean_all(federation):
    for node in federation.nodes:
        node.must("clean")
    for broker in federation.brokers:
        broker.reload()


def _spread(federation, loire):
    """The canary goes wherever a record can go: search, pages, an import and the one that replaced it."""
    loire.bring_in("answer", answers(40))
    loire.bring_in("answer", [answer("efface", f"Appelez {CANARY}.")])
    loire.bring_in("answer", [answer("efface", f"Appelez plutôt {CANARY} avant midi.")])
    federation.agrees()
    for node in federation.nodes:
        expect(node.api(f"answer?q={CANARY}")["items"], f"{node.name} does not find it")
    os.remove(federation.folder / "loire-answer.json")  # the operator's own file


@scenario
def an_erased_record_is_in_no_file_of_any_node_after_maillage_clean(federation):
    loire, _, _ = federation.usual()
    _spread(federation, loire)
    expect(_files_with_canary(federation), "the canary is nowhere to begin with")
    loire.delete("answer", "efface")
    _deleted_everywhere(federation, "loire", "efface")
    for kind in ("json", "csv"):
        expect(CANARY not in loire.must("export", "answer", "--format", kind).out, f"it is in the {kind} export")
    _clean_all(federation)
    _gone(federation)
    for process in federation.nodes + federation.brokers:
        process.stop()
    expect(not _files_with_canary(federation), "it came back when all ended")


@scenario
def an_erased_record_is_in_no_file_after_the_timed_clean_up_also_of_files_moved_aside(federation):
    federation.timers["clean"] = "3s"
    loire, _, national = federation.usual()
    broker = federation.brokers[0]
    _spread(federation, loire)
    for process in (broker, national):  # each gets a damaged file beside its new one
        process.stop()
        content = bytearray(process.database.read_bytes())
        content[4096:8192] = b"\xa5" * 4096
        process.database.write_bytes(content)
        process.start()
        expect(list(process.store.glob("*.damaged-*")), f"{process.name} moved nothing aside")
    federation.agrees()
    expect(any("damaged" in name for name in _files_with_canary(federation)), "no file moved aside has it")
    loire.delete("answer", "efface")
    _deleted_everywhere(federation, "loire", "efface")
    _gone(federation)


def _restore_hub_or_national(federation, node, file):
    node.kill()
    node.must("restore", file, "--force")
    node.start()


def _nobody_has_it_after_a_restore(federation, process, restore, kept):
    """`restore` puts back what `process` held before the deletion."""
    restore()
    eventually(lambda: not federation.differences(), "all agree again")
    for node in federation.nodes:
        expect(node.shows("loire", "answer", "efface") is None, f"{node.name} shows it after {process.name}'s restore")
    federation.agrees()
    for node in federation.nodes:
        node.must("clean", "--force")
    for broker in federation.brokers:
        broker.reload()
    _gone(federation, but=kept)


@scenario
def a_backup_of_any_node_from_before_an_erasure_does_not_bring_it_back(federation):
    loire, _, national = federation.usual()
    broker = federation.brokers[0]
    _spread(federation, loire)
    for node in (loire, national):
        node.must("backup", federation.folder / f"{node.name}.db")
    broker.stop()
    shutil.copy(broker.database, federation.folder / "courtier.db")
    broker.start()
    federation.agrees()
    kept = ("loire.db", "national.db", "courtier.db")
    loire.delete("answer", "efface")
    _deleted_everywhere(federation, "loire", "efface")

    def restore_broker():
        broker.kill()
        for file in broker.store.glob("broker.db*"):
            file.unlink()
        shutil.copy(federation.folder / "courtier.db", broker.database)
        broker.start()

    for node in (national, loire):
        _nobody_has_it_after_a_restore(
            federation, node,
            lambda: _restore_hub_or_national(federation, node, federation.folder / f"{node.name}.db"), kept,
        )  # fmt: skip
    _nobody_has_it_after_a_restore(federation, broker, restore_broker, kept)
    for node in (loire, national):
        expect(re.search(CANARY, (federation.folder / f"{node.name}.db").read_bytes().decode("latin1")),
               "a backup does hold what was erased since: the help says so")  # fmt: skip


@scenario
def clean_says_which_replaced_file_still_holds_what_was_erased(federation):
    loire, _, _ = federation.usual()
    file = federation.folder / "avant.db"
    loire.must("backup", file)
    _spread(federation, loire)
    loire.stop()
    loire.must("restore", file, "--force")
    loire.start()
    federation.agrees()
    loire.delete("answer", "efface")
    _deleted_everywhere(federation, "loire", "efface")
    told = loire.must("clean").words
    expect("public.db.replaced-" in told and "--force" in told, f"it does not say what is kept: {told}")
    expect(any("replaced" in name for name in _files_with_canary(federation)), "no replaced file has it")
    loire.must("clean", "--force")
    _clean_all(federation)
    _gone(federation)


@scenario
def what_was_displaced_of_a_record_is_erased_with_it(federation):
    loire, _, national = federation.usual()
    broker = federation.brokers[0]
    loire.put("answer", answer("ancien"))
    federation.agrees()
    loire.stop()
    copy = _copy_of(loire)
    loire.start()
    loire.put("answer", answer("efface", f"Appelez {CANARY}."))
    federation.agrees()
    loire.kill()
    broker.kill()
    _restore(loire, copy)
    loire.start()
    loire.put("answer", answer("efface", "Décidé seul."))
    broker.start()
    eventually(lambda: "efface" in loire.must("displaced", "--json").out, "the broker's version is kept aside")
    federation.agrees()
    expect(any(name.startswith("loire/") for name in _files_with_canary(federation)), "it is not kept with its words")
    loire.delete("answer", "efface")
    _deleted_everywhere(federation, "loire", "efface")
    expect("efface" not in loire.must("displaced", "--json").out, "an erased record is still kept aside")
    _clean_all(federation)
    _gone(federation)


@scenario
def an_erasure_that_a_hub_restored_alone_does_not_know_is_told_and_can_be_repeated(federation):
    loire, _, national = federation.usual()
    broker = federation.brokers[0]
    _spread(federation, loire)
    loire.must("backup", federation.folder / "loire.db")
    loire.delete("answer", "efface")
    _deleted_everywhere(federation, "loire", "efface")
    broker.kill()
    _restore_hub_or_national(federation, loire, federation.folder / "loire.db")
    eventually(lambda: loire.tool("put", "answer", "-", input=json.dumps(answer("seul"))).code == 0, "it decides alone")
    broker.start()
    eventually(lambda: national.shows("loire", "answer", "seul"), "the hub's own state wins")
    expect("maillage displaced" in loire.must("status").words, "the hub does not say that it knows less than it published")
    kept = json.loads(loire.must("displaced", "--json").out)
    expect([(one["id"], one["deleted"]) for one in kept] == [("efface", True)], f"the erasure is not kept: {kept}")
    loire.must("displaced", "--put-back", kept[0]["number"])
    _deleted_everywhere(federation, "loire", "efface")
    for node in federation.nodes:
        node.must("clean", "--force")
    broker.reload()
    _gone(federation, but=("loire.db",))
