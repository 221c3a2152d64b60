"""Hubs that come back from the past, and hubs that are two."""

import json
import shutil
import sqlite3

import store
from federation import eventually, expect, scenario
from records import answer, answers


def _copy_of(node):
    copy = node.folder / f"{node.name}-copy"
    shutil.copytree(node.store, copy, ignore=shutil.ignore_patterns("*.sock", "lock"))
    return copy


def _restore(node, copy):
    shutil.rmtree(node.store)
    shutil.move(copy, node.store)


def _shown(node, id):
    record = node.shows("loire", "answer", id)
    return record and record["body"]["reponse"]


@scenario
def a_hub_restored_from_an_old_copy_gets_its_newer_records_back(federation):
    loire, _, national = federation.usual()
    loire.bring_in("answer", answers(30))
    loire.put("answer", answer("edite", "avant"))
    federation.agrees()
    loire.stop()
    copy = _copy_of(loire)
    loire.start()
    loire.put("answer", answer("nouveau"))
    loire.put("answer", answer("edite", "après"))
    loire.delete("answer", "question-0003")
    federation.agrees()
    loire.kill()
    _restore(loire, copy)
    loire.start("--after-restore")
    eventually(lambda: _shown(loire, "edite") == "après", "the newer version is back at the hub")
    expect(_shown(loire, "nouveau"), "a published record is missing after the restore")
    expect(not _shown(loire, "question-0003"), "a deleted record came back")
    loire.put("answer", answer("ensuite"))
    federation.agrees()
    expect(_shown(national, "nouveau") and _shown(national, "ensuite"), "the national node lost something")


@scenario
def a_machine_rolled_back_without_a_word_gets_its_published_past_back_each_time(federation):
    loire, _, national = federation.usual()
    loire.bring_in("answer", answers(30))
    federation.agrees()
    loire.freeze()  # as a snapshot does: the files of one moment, the log among them
    copy = _copy_of(loire)
    loire.thaw()
    lives = [national.streams()["loire", "answer"].head.life]
    for turn in range(3):
        loire.put("answer", answer(f"nouveau-{turn}"))
        loire.delete("answer", f"question-000{turn}")
        federation.agrees()
        loire.kill()
        kept = shutil.copytree(copy, f"{copy}-{turn}")
        _restore(loire, kept)
        loire.start()
        eventually(lambda: _shown(loire, f"nouveau-{turn}"), "what was published since is back")
        federation.agrees()
        lives.append(national.streams()["loire", "answer"].head.life)
        for earlier in range(turn + 1):
            expect(_shown(national, f"nouveau-{earlier}"), f"nouveau-{earlier} is lost after {turn + 1} times")
            expect(not _shown(loire, f"question-000{earlier}"), "a deleted record came back")
    expect(lives == sorted(set(lives)), f"a life is not above the one before: {lives}")
    loire.must("verify")


@scenario
def a_hub_that_may_read_one_kind_only_still_gets_its_own_past_back(federation):
    federation.add_broker()
    loire = federation.add_node("loire", "hub")
    national = federation.add_node("national", "aggregator")
    with (federation.members / "loire.pub").open("a") as entry:
        entry.write("reads: [event]\n")
    for process in federation.brokers + federation.nodes:
        process.start()
    loire.put("answer", answer("ancien"))
    federation.agrees()
    loire.stop()
    copy = _copy_of(loire)
    loire.start()
    loire.put("answer", answer("nouveau"))
    federation.agrees()
    loire.kill()
    _restore(loire, copy)
    loire.start("--after-restore")
    eventually(lambda: _shown(loire, "nouveau"), "the published record is back at the hub")
    federation.agrees()
    expect(_shown(national, "nouveau"), "the national node lost something")


@scenario
def a_hub_restored_without_a_broker_wins_and_keeps_what_it_displaces(federation):
    loire, _, national = federation.usual()
    broker = federation.brokers[0]
    loire.put("answer", answer("ancien"))
    federation.agrees()
    loire.stop()
    copy = _copy_of(loire)
    loire.start()
    loire.put("answer", answer("perdu", "Ce texte n'est plus que chez le courtier."))
    federation.agrees()
    loire.kill()
    broker.kill()
    _restore(loire, copy)
    loire.start()
    loire.put("answer", answer("decide-seul"))
    broker.start()
    eventually(lambda: _shown(national, "decide-seul"), "the hub's own state wins")
    federation.agrees()
    expect(not _shown(national, "perdu"), "the displaced record is still shown")
    displaced = loire.must("displaced", "--json").out
    expect("perdu" in displaced, f"the displaced version is not kept: {displaced}")
    loire.must("displaced", "--put-back", "perdu")
    eventually(lambda: _shown(national, "perdu"), "what was put back arrives")
    federation.agrees()


def _fenced(node):
    return node.must("status", "--json").json().get("fenced")


@scenario
def of_two_copies_of_a_hub_one_is_fenced_until_the_operator_says_otherwise(federation):
    loire, _, national = federation.usual()
    loire.put("answer", answer("commun"))
    federation.agrees()
    loire.stop()
    twin = federation.add_twin(loire, "loire2")
    shutil.copytree(loire.store, twin.store, ignore=shutil.ignore_patterns("*.sock", "lock"))
    loire.start()
    loire.put("answer", answer("premier"))
    federation.agrees()
    twin.start()
    eventually(lambda: _fenced(loire), "the older copy is fenced")
    expect(not _fenced(twin), "both are fenced")
    refused = loire.tool("put", "answer", "-", input=json.dumps(answer("refuse")))
    expect(refused.code != 0, "a fenced hub accepts changes")
    expect("unfence" in loire.must("status").out + loire.must("status").words, "the alarm does not say what to do")
    twin.put("answer", answer("second"))
    eventually(lambda: _shown(national, "second"), "the other copy publishes")
    loire.stop()
    loire.start()
    expect(_fenced(loire), "a restart left the fence")
    twin.stop()
    loire.must("unfence")
    loire.put("answer", answer("de-retour"))
    eventually(lambda: _shown(national, "de-retour"), "the operator's choice publishes")
    federation.agrees()


def _spoil(database, id):
    """Changes one byte of a record, as a failing disk would: the rest of the row still looks right."""
    db = sqlite3.connect(database)
    with db:
        number, content = db.execute("SELECT rowid, bytes FROM item WHERE id = ?", (id,)).fetchone()
        place = content.rindex(b"avant")
        db.execute("UPDATE item SET bytes = ? WHERE rowid = ?", (content[:place] + b"apr\xc3\xa8" + content[place + 5 :], number))
    db.close()


@scenario
def what_a_disk_spoiled_at_one_broker_is_never_shown(federation):
    for name in ("a", "b"):
        federation.add_broker(name)
    loire, national = federation.add_node("loire", "hub"), federation.add_node("national", "aggregator")
    for process in federation.brokers + [loire]:
        process.start()
    loire.put("answer", answer("fragile", "avant"))
    federation.agrees()
    spoiled = federation.brokers[0]
    spoiled.stop()
    _spoil(spoiled.database, "fragile")
    spoiled.start()
    national.start()
    eventually(lambda: _shown(national, "fragile"), "the honest broker proves the record")
    expect(_shown(national, "fragile") == "avant", "a spoiled record is shown")
    own, copy = loire.streams()["loire", "answer"], national.streams()["loire", "answer"]
    expect(not store.difference(own, copy), store.difference(own, copy))


@scenario
def verify_finds_what_a_disk_spoiled(federation):
    loire, _, national = federation.usual()
    loire.put("answer", answer("fragile", "avant"))
    federation.agrees()
    national.must("verify")
    national.stop()
    _spoil(national.database, "fragile")
    found = national.tool("verify")
    expect(found.code == 1, f"exit code {found.code}, not 1")
    expect("loire" in found.out + found.words and "answer" in found.out + found.words, "it does not name the stream")


CANARY = "canari-b7c19e4f20d84d6ab5a3"


@scenario
def a_deletion_reaches_everywhere_and_the_body_is_in_no_file(federation):
    federation.timers["clean"] = "2s"
    loire, rhone, national = federation.usual()
    broker = federation.brokers[0]
    loire.put("answer", answer("efface", f"Rappelez le {CANARY} avant midi, {CANARY}."))
    loire.put("answer", answer("reste"))
    federation.agrees()
    expect(national.api(f"answer?q={CANARY}")["items"], "the search does not find the record")
    printed = loire.delete("answer", "efface").out
    expect(CANARY in printed, "the deletion does not print what it deleted")
    eventually(lambda: national.shows("loire", "answer", "efface") is None, "the deletion is at the national node")
    federation.agrees()
    expect(not national.api(f"answer?q={CANARY}")["items"], "the search still finds the record")
    for node in (loire, rhone, national):
        node.must("clean")
    broker.reload()
    eventually(lambda: not federation.files_with(CANARY), "the body is in no file", within=15)
    federation.agrees()
    loire.put("answer", json.loads(printed))
    eventually(lambda: national.shows("loire", "answer", "efface"), "put brings the printed record back")


@scenario
def a_backup_from_before_a_deletion_does_not_bring_the_record_back(federation):
    loire, _, national = federation.usual()
    loire.put("answer", answer("efface", CANARY))
    federation.agrees()
    national.stop()
    copy = _copy_of(national)
    national.start()
    loire.delete("answer", "efface")
    federation.agrees()
    national.kill()
    _restore(national, copy)
    national.start()
    eventually(lambda: national.shows("loire", "answer", "efface") is None, "the deletion is applied again")
    federation.agrees()
