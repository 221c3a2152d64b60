"""Backups, restores, damaged files, programs that hang: what an operator does, typed as we tell it."""

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading

from federation import ROOT, eventually, expect, run_tool, scenario
from records import answer, answers

STOPPED = threading.Event()  # never set: how long something lasts is what is tried


def _backup(node, name="sauvegarde.db"):
    file = node.folder / name
    node.must("backup", file)
    return file


def _damage(node):
    """Overwrites what SQLite reads first, as a failing disk would; the node must not run."""
    for part in ("-wal", "-shm"):
        node.database.with_name(node.database.name + part).unlink(missing_ok=True)
    with open(node.database, "r+b") as file:
        for page in range(0, node.database.stat().st_size, 4096):
            file.seek(page + 100)
            file.write(b"\xa5" * 900)


def _refused_to_another_account(hub, file):
    """Who restores as root leaves what the node's own account cannot open."""
    if os.geteuid() != 0:
        return
    os.chown(hub.store, 65534, -1)
    told = hub.tool("restore", file, "--force")
    os.chown(hub.store, 0, -1)
    expect(told.code == 5 and "un autre compte" in told.words, f"the account does not matter: {told.code} {told.words}")


@scenario
def a_hub_restored_from_its_backup_catches_up_by_itself(federation):
    loire, _, national = federation.usual()
    loire.bring_in("answer", answers(50))
    federation.agrees()
    file = _backup(loire)
    expect(file.stat().st_mode & 0o777 == 0o600, "others may read the backup")
    loire.put("answer", answer("nouveau"))
    loire.delete("answer", "question-0003")
    federation.agrees()
    running = loire.tool("restore", file)
    expect(running.code == 5, f"a running node's store is replaced: {running.code} {running.words}")
    loire.kill()
    _refused_to_another_account(loire, file)
    refused = loire.tool("restore", file)
    expect(refused.code == 5 and "--force" in refused.words, f"what would lose data is done: {refused.words}")
    emptied = loire.tool("restore", "--empty")
    expect(emptied.code == 5 and "--force" in emptied.words, f"everything is thrown away unasked: {emptied.code} {emptied.words}")
    expect(not list(loire.store.glob("public.db.replaced-*")), "what was refused moved the store")
    tried = loire.must("restore", file, "--force", "--dry-run", "--json").json()
    expect(tried["own_behind"] == 2 and not tried["restored"], f"the losses are not told: {tried}")
    expect(not list(loire.store.glob("public.db.replaced-*")), "a dry run moved the store")
    loire.must("restore", file, "--force")
    loire.start()  # without --after-restore: the store says so itself
    eventually(lambda: "restored store has caught up" in loire.printed(), "it caught up")
    eventually(lambda: loire.shows("loire", "answer", "nouveau"), "the newer record is back")
    expect(not loire.shows("loire", "answer", "question-0003"), "a deleted record came back")
    loire.put("answer", answer("ensuite"))
    federation.agrees()
    expect(national.shows("loire", "answer", "ensuite"), "the restored hub does not publish")
    loire.must("verify")
    expect(list(loire.store.glob("public.db.replaced-*")), "the former store was deleted")


@scenario
def a_backup_under_load_is_whole_and_of_one_moment(federation):
    loire, _, _ = federation.usual()
    loire.bring_in("answer", answers(300))
    federation.agrees()
    for round in range(5):
        loire.put("answer", answer(f"pendant-{round}"))
        _backup(loire, f"pendant-{round}.db")
    refused = loire.tool("backup", loire.folder / "pendant-0.db")
    expect(refused.code == 3 and "--force" in refused.words, f"a backup is overwritten: {refused.words}")
    loire.must("backup", loire.folder / "pendant-0.db", "--force")
    loire.stop()
    expect(loire.must("backup", loire.folder / "arret.db", "--json").json()["node"] == "loire", "not told what it is")
    for file in ("pendant-4.db", "arret.db"):
        told = loire.must("restore", loire.folder / file, "--dry-run", "--json").json()
        own = next(s for s in told["streams"] if s["hub"] == "loire" and s["kind"] == "answer")
        expect(own["backup"]["count"] == 305 and own["wrong"] is None, f"{file} is not whole: {own}")
    expect(not list(loire.folder.glob("*.db.*")), "something is left beside the backups")


@scenario
def a_backup_that_is_not_ours_is_refused_and_nothing_changes(federation):
    loire, rhone, _ = federation.usual()
    federation.agrees()
    file = _backup(rhone)
    spoiled = loire.folder / "abimee.db"
    whole = _backup(loire, "entiere.db")
    content = bytearray(whole.read_bytes())
    for place in range(len(content) // 2, len(content), 4096):
        content[place : place + 64] = b"\xa5" * 64
    spoiled.write_bytes(content)
    text = loire.folder / "texte.db"
    text.write_text("ceci n'est pas une sauvegarde")
    loire.stop()
    before = loire.database.read_bytes()
    for wrong in (file, spoiled, text, loire.database, loire.folder / "absente.db"):
        answered = loire.tool("restore", wrong, "--force")
        expect(answered.code == 3, f"{wrong.name}: {answered.code} {answered.words}")
    expect(loire.database.read_bytes() == before, "the store was changed")
    expect(not list(loire.store.glob("restore.*")), "something is left in the store's folder")
    loire.start()
    federation.agrees()


@scenario
def a_backup_that_is_killed_leaves_nothing_under_its_name(federation):
    loire, _, _ = federation.usual()
    loire.put("answer", answer("gardee"))
    file = federation.folder / "coupee.db"
    try:
        run_tool("--config", loire.yaml, "backup", file, env={"MAILLAGE_FAULT": "backup.made"})
        expect(False, "backup.made is no fault point")
    except AssertionError as killed:
        expect("broke: -9" in str(killed), str(killed))
    expect(not file.exists(), "half a backup has the name of a whole one")
    answered = run_tool("--config", loire.yaml, "backup", file)
    expect(answered.code == 0 and file.exists(), f"again: {answered.code} {answered.words}")


@scenario
def a_restore_that_is_killed_leaves_the_old_store_or_the_new_one(federation):
    loire, _, _ = federation.usual()
    loire.put("answer", answer("ancien"))
    federation.agrees()
    file = _backup(loire)
    loire.put("answer", answer("nouveau"))
    federation.agrees()
    for point in ("restore.committed", "restore.moved"):
        loire.stop()
        try:
            run_tool("--config", loire.yaml, "restore", file, "--force", env={"MAILLAGE_FAULT": point})
            expect(False, f"{point} is no fault point")
        except AssertionError as killed:
            expect("broke: -9" in str(killed), str(killed))
        loire.start()
        eventually(lambda: "restored store has caught up" in loire.printed(), f"{point}: the restore is finished")
        eventually(lambda: loire.shows("loire", "answer", "nouveau"), f"{point}: the newer record is back")
        federation.agrees()


def _steps(printed):
    """The commands between « » that a log tells the operator to type."""
    return re.findall(r"« (maillage [^»]*?) »", printed)


def _type(node, command, backup):
    """Types it as printed, but for the two words in capitals that stand for the operator's own files."""
    words = shlex.split(command.replace("FICHIER.yaml", str(node.yaml)).replace("SAUVEGARDE", str(backup)))
    answered = run_tool(*words[1:])
    expect(answered.code == 0, f"{command}: {answered.code} {answered.words}")


@scenario
def a_damaged_hub_says_what_to_do_and_that_works_as_printed(federation):
    loire, _, national = federation.usual()
    loire.bring_in("answer", answers(20))
    file = _backup(loire)
    loire.put("answer", answer("apres"))
    federation.agrees()
    for step, words in enumerate(("restore SAUVEGARDE", "restore --empty")):
        loire.stop()
        _damage(loire)
        loire.launch(loire.yaml)
        expect(loire.ended() == 1, "the node starts with a damaged file")
        steps = _steps(loire.printed())
        expect(len(steps) == 2 and words in steps[step], f"the log does not say what to do: {steps}")
        _type(loire, steps[step], file)
        loire.start()
        eventually(lambda: loire.shows("loire", "answer", "apres"), f"{words}: what was published is back")
        loire.put("answer", answer(f"ensuite-{step}"))
        federation.agrees()
        expect(national.shows("loire", "answer", "question-0007"), "the national node lost something")


@scenario
def a_national_node_with_a_damaged_file_rebuilds_it_and_says_so(federation):
    loire, _, national = federation.usual()
    loire.bring_in("answer", answers(20))
    federation.agrees()
    for _ in range(3):
        national.stop()
        _damage(national)
        national.start()
        federation.agrees()
    told = national.must("status", "--json").json()["node"]
    expect(told["rebuilt_at"], f"status does not tell: {told}")
    expect("reconstruit" in national.must("status").words, "status tells nobody")
    status, page = national.get("/reseau")
    expect(status == 200 and "a refait ses données" in page, "the page does not tell")
    kept = [f for f in national.store.glob("public.db.damaged-*") if re.search(r"-\d+$", f.name)]
    expect(len(kept) <= 2, f"damaged files pile up: {kept}")
    national.must("clean")
    expect(not list(national.store.glob("public.db.damaged-*")), "clean leaves damaged files")
    expect("reconstruit" not in loire.must("status").words, "another node says it too")


def _rot(file):
    """One bit of one record: SQLite sees nothing."""
    with contextlib.closing(sqlite3.connect(file)) as db, db:
        row, spoiled = db.execute("SELECT rowid, bytes FROM item WHERE id LIKE '%question-0007'").fetchone()
        spoiled = bytearray(spoiled)
        spoiled[-2] ^= 1
        db.execute("UPDATE item SET bytes = ? WHERE rowid = ?", (bytes(spoiled), row))


def _holds(process, count):
    """False also while its store is being made anew."""
    with contextlib.suppress(sqlite3.OperationalError, KeyError):
        return len(process.streams()["loire", "answer"].items) == count
    return False


@scenario
def a_bit_that_rots_on_a_disk_is_found_and_the_store_filled_again(federation):
    federation.timers["clean"] = "2s"  # once round the whole store
    loire, _, national = federation.usual()
    broker = federation.brokers[0]
    loire.bring_in("answer", answers(20))
    federation.agrees()
    broker.stop()
    _rot(broker.database)
    broker.start()
    eventually(lambda: "the disk did not keep it" in broker.log.read_text(), "the broker finds it")
    eventually(lambda: _holds(broker, 20), "it is filled again")
    federation.agrees()
    national.stop()
    _rot(national.database)
    national.start()
    expect(national.ended() == 1 and "the disk did not keep it" in national.printed(), "the national node finds nothing")
    national.start()
    federation.agrees()
    expect("reconstruit" in national.must("status").words, "status tells nobody")
    loire.stop()
    _rot(loire.database)
    loire.start()
    eventually(lambda: "maillage verify" in loire.log.read_text(), "the hub finds it, and says what to do")
    expect(loire.running(), "a hub gives up its own records")


@scenario
def a_broker_that_lost_its_file_while_hubs_are_connected_is_filled_again(federation):
    loire, _, national = federation.usual()
    broker = federation.brokers[0]
    loire.bring_in("answer", answers(20))
    federation.agrees()
    broker.kill()
    for file in broker.store.glob("broker.db*"):
        file.unlink()
    broker.start()
    federation.agrees()
    loire.put("answer", answer("ensuite"))
    federation.agrees()
    expect(national.shows("loire", "answer", "ensuite"), "nothing goes through the broker")


class Supervisor(threading.Thread):
    """Starts a program again when a signal ended it, as systemd does with Restart=always."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process = process
        self.ends = []
        self._over = False
        self.start()

    def run(self):
        while not self._over:
            self.ends.append(self.process.ended(within=None))
            self.process.env.pop("MAILLAGE_FAULT", None)
            if not self._over:
                self.process.start()

    def stop(self):
        self._over = True
        self.process.kill()
        self.join()


def _a_stuck_loop_is_restarted(federation, process, point):
    process.stop()
    process.env["MAILLAGE_FAULT"] = point
    process.start()
    supervisor = Supervisor(process)
    eventually(lambda: supervisor.ends, f"{point}: the stuck process ends itself", within=30)
    expect(supervisor.ends == [-signal.SIGABRT], f"{point}: it ended otherwise: {supervisor.ends}")
    expect("supervisor starts it again" in process.log.read_text(), f"{point}: it does not say why")
    # running: what the one that ended has printed is not the new one's word
    eventually(lambda: process.running() and "ready" in process.printed(), f"{point}: it is started again")
    process.wait_ready()
    federation.agrees()
    supervisor.stop()
    process.start()


@scenario
def a_loop_that_hangs_ends_its_process_and_a_supervisor_starts_it_again(federation):
    federation.timers["stuck"] = "3s"
    loire, _, national = federation.usual()
    loire.put("answer", answer("avant"))
    federation.agrees()
    _a_stuck_loop_is_restarted(federation, loire, "hub.tick:9")
    _a_stuck_loop_is_restarted(federation, national, "portal.tick:2")
    _a_stuck_loop_is_restarted(federation, federation.brokers[0], "broker.tick:9")
    loire.put("answer", answer("apres"))
    federation.agrees()
    expect(national.shows("loire", "answer", "apres"), "nothing goes on")


@scenario
def a_process_that_was_stopped_for_longer_than_a_loop_may_hang_goes_on(federation):
    federation.timers["stuck"] = "2s"
    loire, _, national = federation.usual()
    broker = federation.brokers[0]
    loire.put("answer", answer("avant"))
    federation.agrees()
    for process in (loire, broker, national):
        process.freeze()
        STOPPED.wait(5)
        process.thaw()
    loire.put("answer", answer("apres"))
    federation.agrees()
    for process in (loire, broker, national):
        process.must_run()


UNITS = sorted((ROOT / "config/systemd").glob("maillage-*@.service"))
@scenario
def a_clean_up_of_a_large_file_is_no_stuck_loop(federation):
    federation.timers["stuck"] = "3s"  # less than the clean-up takes
    loire, _, national = federation.usual()
    broker = federation.brokers[0]
    loire.put("answer", answer("avant"))
    federation.agrees()
    for process in (loire, national, broker):
        process.stop()
        process.env["MAILLAGE_FAULT"] = "clean"
        process.start()
    broker.reload()
    for node in (loire, national):
        node.must("clean", "--force")
    for process in (loire, national, broker):
        process.must_run()
        expect("stuck" not in process.printed(), f"{process.name}: a clean-up is taken for a hang")
    loire.put("answer", answer("ensuite"))
    federation.agrees()


HANGING_S, FILES, MEMORY = 60, 4096, 1 << 30  # timers.stuck as shipped; at least; at most


def _unit(file):
    """{key: the values it is given}."""
    found = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", file.read_text(), re.M):
        found.setdefault(key, []).append(value)
    return found


def _seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s|min)", text).groups()
    return int(number) * {"s": 1, "min": 60}[unit]


@scenario
def the_shipped_units_start_again_what_ends_and_bound_what_it_may_take(federation):
    served = [unit for unit in map(_unit, UNITS) if unit["Type"] == ["notify"]]
    expect(len(served) == 2, f"units of a node and of a broker: {[file.name for file in UNITS]}")
    for unit in served:
        expect(unit["Restart"] == ["always"] and _seconds(unit["RestartSec"][0]) <= 5, "what ends is not started again soon")
        expect(_seconds(unit["WatchdogSec"][0]) > HANGING_S, "systemd kills a loop before it can say which one hangs")
        slowest = int(unit["StartLimitBurst"][0]) * _seconds(unit["RestartSec"][0])
        expect(slowest < _seconds(unit["StartLimitIntervalSec"][0]), "a crash loop never ends")
        expect(int(unit["LimitNOFILE"][0]) >= FILES and unit["MemoryMax"] == ["1G"], "files or memory have no limit, or too few")
        expect(unit["RestartPreventExitStatus"] == ["2 3"], "a wrong configuration is tried again and again")
    if shutil.which("systemd-analyze"):
        command = ["systemd-analyze", "verify", "--man=no", *UNITS]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60).stderr
        wrong = [line for line in said.splitlines() if "maillage" in line and "is not executable" not in line]
        expect(not wrong, "\n".join(wrong))


def _listen(path):
    """What systemd gives to a Type=notify service: a socket that hears READY=1 and WATCHDOG=1."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(path))
    listener.settimeout(20)
    return listener


def _hear(listener, word):
    heard = set()
    while word not in heard:
        heard.update(listener.recv(4096).decode().split("\n"))
    return heard


@scenario
def programs_tell_their_supervisor_when_they_serve_live_and_end(federation):
    federation.timers["stuck"] = "4s"
    federation.add_broker()
    federation.add_node("loire", "hub")
    for process in federation.brokers + federation.nodes:
        path = federation.folder / f"{process.name}.notify"
        with _listen(path) as listener:
            process.env["NOTIFY_SOCKET"] = str(path)
            process.start()
            _hear(listener, "READY=1")
            _hear(listener, "WATCHDOG=1")
            process.stop()
            _hear(listener, "STOPPING=1")
