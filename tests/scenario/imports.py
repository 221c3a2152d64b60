"""What an animateur does with `maillage import`, with real processes: again, back, mended, interrupted."""

import csv
import itertools
import json
import os
import signal
import subprocess
import urllib.request
from pathlib import Path
from typing import NamedTuple

import store
from federation import BUILD, ROOT, eventually, expect, run_tool, scenario
from pilot import Pilot
from records import answer, answers

DATA = Path(os.environ.get("MAILLAGE_SHARED", ROOT.parent / "shared")) / "data"
CHARENTE = "20230711-charente-lieux-de-mediation-numeriques-nouvelle-aquitaine"

PLACES = [
    {"id": "1", "nom": "Fablab de Roanne", "insee": "COM-42187", "cp": "42300", "ville": "Roanne", "tel": "0477000001"},
    {"id": "2", "nom": "Tiers-lieu de Feurs", "insee": "COM-42094", "cp": "42110", "ville": "Feurs", "tel": "0477000002"},
    {"id": "3", "nom": "Atelier de Lyon", "insee": "COM-69123", "cp": "69001", "ville": "Lyon", "tel": "0478000003"},
    {"id": "4", "nom": "Ailleurs", "insee": "", "cp": "", "ville": "", "tel": ""},
]

MAPPING = {
    "kind": "organisation",
    "source": {"nom": "Essai", "licence": "Licence Ouverte 2.0"},
    "id": "id",
    "columns": {
        "nom": "nom", "code_insee": "insee", "code_postal": "cp", "commune": "ville", "telephone": "tel",
        "type": "genre",
    },
    "constants": {"langue": "fr", "zone_intervention": ["DEP-42"]},
}  # fmt: skip


def _hub(federation):
    broker = federation.add_broker()
    hub = federation.add_node("loire", "hub")
    broker.start()
    return hub.start()


def _write_mapping(federation):
    folder = federation.folder / "imports"
    folder.mkdir(exist_ok=True)
    (folder / "essai.yaml").write_text(json.dumps(MAPPING), encoding="utf-8")


def _places(federation, rows, genre="lieu_accompagnement"):
    """A CSV as others publish it."""
    source = federation.folder / "lieux.csv"
    with open(source, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["id", "nom", "insee", "cp", "ville", "tel", "genre"])
        writer.writeheader()
        writer.writerows({"genre": genre, **row} for row in rows)
    return source


def _import(hub, source, *options, code=0):
    done = hub.tool("import", "organisation", source, "--mapping", "essai", "--json", *options)
    expect(done.code == code, f"import ended with {done.code}, not {code}: {done.out}{done.words}")
    return done.json()


def _ids(hub, kind="organisation"):
    return {row["id"] for row in hub.must("list", kind, "--limit", 200, "--json").json()}


def _counts(report):
    return {name: count for name, count in report["summary"].items() if count and name != "warned"}


def _sequence(hub, kind):
    stream = hub.streams().get(("loire", kind))
    return {id: item for id, item in stream.items.items()} if stream else {}


@scenario
def the_same_file_imported_again_sends_nothing(federation):
    hub = _hub(federation)
    _write_mapping(federation)
    source = _places(federation, PLACES[:3])
    first = _import(hub, source)
    expect(_counts(first) == {"new": 3} and first["import"] == 1, f"first: {first}")
    expect("CSV" in first["files"][0]["read"], f"it does not say what it read: {first['files']}")
    before = _sequence(hub, "organisation")
    again = _import(hub, source)
    expect(_counts(again) == {"same": 3} and again["import"] is None, f"again: {again}")
    expect(_sequence(hub, "organisation") == before, "the second import published something")
    words = hub.must("import", "organisation", source, "--mapping", "essai").words
    expect("rien de nouveau" in words, f"it does not say that nothing is new: {words}")


@scenario
def what_a_source_no_longer_has_is_named_and_pruned_only_when_asked(federation):
    hub = _hub(federation)
    _write_mapping(federation)
    hub.put("organisation", {"nom": "À la main", "type": "chambre", "siren": "732829320", "zone_intervention": ["DEP-42"]})
    _import(hub, _places(federation, PLACES[:3]))
    everything = _ids(hub)
    less = _places(federation, PLACES[:1])
    told = _import(hub, less)
    expect(len(told["gone"]) == 2 and _ids(hub) == everything, f"told: {told}")
    trial = _import(hub, less, "--prune", "--dry-run")
    expect(_counts(trial)["removed"] == 2 and _ids(hub) == everything, f"trial: {trial}")
    bad = _places(federation, PLACES[:1] + [{"id": "9", "nom": "", "tel": "zéro"}])
    refused = _import(hub, bad, "--prune", code=3)
    expect("--force" in refused["error"]["text"] and _ids(hub) == everything, f"with a bad row: {refused}")
    pruned = _import(hub, _places(federation, PLACES[:1]), "--prune")
    expect(_counts(pruned)["removed"] == 2, f"pruned: {pruned}")
    expect(_ids(hub) == everything - set(told["gone"]), "not what was announced is gone")
    back = hub.must("import", "--undo", "--json").json()
    expect(back["done"] and back["removed"] == 2 and _ids(hub) == everything, f"put back: {back}")


@scenario
def an_import_is_taken_back_as_a_whole(federation):
    hub = _hub(federation)
    _write_mapping(federation)
    _import(hub, _places(federation, PLACES[:2]))
    before = {id: hub.must("show", "organisation", id).json() for id in _ids(hub)}
    changed = [{**PLACES[0], "tel": "0477000009"}, PLACES[1], PLACES[2]]
    report = _import(hub, _places(federation, changed))
    expect(_counts(report) == {"new": 1, "changed": 1, "same": 1}, f"report: {report}")
    expect(report["quality"]["before"] is not None, "no comparison with the last import")
    touched = next(row["id"] for row in report["records"] if row["outcome"] == "changed")
    body = hub.must("show", "organisation", touched).json()
    hub.put("organisation", {**body, "telephone": "0477000077"})
    stopped = hub.tool("import", "--undo", report["import"], "--json")
    expect(stopped.code == 3, f"a record changed by hand did not stop it: {stopped.words}")
    expect(stopped.json()["left_ids"] == [touched] and len(_ids(hub)) == 3, f"stopped: {stopped.out}")
    forced = hub.must("import", "--undo", report["import"], "--force", "--json").json()
    expect(forced["done"] and forced["left"] == 1, f"forced: {forced}")
    expect(_ids(hub) == set(before), "the new record stayed")
    twice = hub.tool("import", "--undo", report["import"])
    expect(twice.code == 3 and "déjà" in twice.words, f"twice: {twice.words}")
    history = hub.must("import", "--history", "--json").json()
    expect([one["undone"] for one in history] == [True, False], f"history: {history}")


@scenario
def refused_rows_are_written_mended_and_imported_again(federation):
    hub = _hub(federation)
    _write_mapping(federation)
    rows = [PLACES[0], {**PLACES[1], "genre": "jardin"}, {**PLACES[2], "nom": "=Formule", "genre": "jardin"}]
    source = _places(federation, rows)
    trial = _import(hub, source, "--dry-run", code=3)
    expect(trial["refused_file"] is None, "a trial wrote a file")
    report = _import(hub, source, code=3)
    expect(_counts(report) == {"new": 1, "refused": 2}, f"report: {report}")
    mended = federation.folder / "lieux.csv.refused.csv"
    expect(report["refused_file"] == str(mended), f"written elsewhere: {report['refused_file']}")
    text = mended.read_text(encoding="utf-8")
    expect(text.startswith("\ufeff") and "jardin" in text and "_raison" in text, f"its text: {text}")
    table = list(csv.DictReader(text.removeprefix("\ufeff").splitlines(), delimiter=";"))
    expect([row["_ligne"] for row in table] == ["3", "4"], f"its lines: {table}")
    expect(all(row["_champ"] == "type" for row in table), f"its fields: {table}")
    expect(table[1]["nom"] == "'=Formule", "a spreadsheet would run a formula")
    mended.write_text(text.replace("jardin", "lieu_accompagnement"), encoding="utf-8")
    again = _import(hub, mended)
    expect(_counts(again) == {"new": 2} and again["gone"] == [], f"a few mended rows are no whole source: {again}")
    expect(_import(hub, mended, "--prune", code=3)["error"], "--prune with a part of the source")
    names = {hub.must("show", "organisation", id).json()["nom"] for id in _ids(hub)}
    expect(names == {"Fablab de Roanne", "Tiers-lieu de Feurs", "=Formule"}, f"names: {names}")
    whole = _import(hub, _places(federation, PLACES[:2]))
    expect(len(whole["gone"]) == 1, f"the mended rows are of the same source: {whole}")


@scenario
def refused_rows_of_json_come_back_as_they_were(federation):
    hub = _hub(federation)
    source = federation.folder / "fiches.json"
    good = {"nom": "Un", "type": "chambre", "siren": "732829320", "zone_intervention": ["DEP-42", "REG-84"]}
    source.write_text(json.dumps([{**good, "type": "jardin"}]), encoding="utf-8")
    chosen = federation.folder / "a-corriger.csv"
    refused = hub.tool("import", "organisation", source, "--refused", chosen)
    expect(refused.code == 3 and chosen.exists(), f"refused: {refused.words}")
    chosen.write_text(chosen.read_text(encoding="utf-8").replace("jardin", "chambre"), encoding="utf-8")
    hub.must("import", "organisation", chosen)
    body = hub.must("show", "organisation", "732829320").json()
    expect(body["zone_intervention"] == ["DEP-42", "REG-84"] and body["type"] == "chambre", f"body: {body}")


@scenario
def only_what_lies_in_the_territory_is_kept(federation):
    if not (ROOT / ".build/geo/communes.tsv").exists():
        print("skipped: no geography")
        return
    hub = _hub(federation)
    _write_mapping(federation)
    federation_mapping = dict(MAPPING, constants={"langue": "fr"})
    (federation.folder / "imports/essai.yaml").write_text(json.dumps(federation_mapping), encoding="utf-8")
    source = _places(federation, PLACES)
    report = _import(hub, source, "--only-territory")
    expect(_counts(report) == {"new": 2, "outside": 1, "unplaced": 1}, f"report: {report}")
    names = {hub.must("show", "organisation", id).json()["nom"] for id in _ids(hub)}
    expect(names == {"Fablab de Roanne", "Tiers-lieu de Feurs"}, f"kept: {names}")
    again = _import(hub, source, "--only-territory", "--prune")
    expect(again["gone"] == [] and _counts(again)["same"] == 2, f"again: {again}")


def _many(federation, count, prefix):
    source = federation.folder / f"{prefix}.json"
    source.write_text(json.dumps(answers(count, prefix)), encoding="utf-8")
    return source


@scenario
def an_import_whose_tool_or_node_is_killed_leaves_nothing(federation):
    hub = _hub(federation)
    hub.put("answer", answer("avant"))
    source = _many(federation, 9000, "masse")
    command = [BUILD / "maillage", "--config", hub.yaml, "import", "answer", source]
    for number in (signal.SIGINT, signal.SIGKILL):
        hub.freeze()  # the first chunk is never answered: the tool is in the middle of its import
        tool = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        eventually(lambda: b"masse.json" in os.read(tool.stderr.fileno(), 1000), "the file is read")
        tool.send_signal(number)
        tool.wait(timeout=30)
        tool.stderr.close()
        hub.thaw()
        hub.put("answer", answer(f"pendant-{number}"))
    hub.stop()
    hub.env = {"MAILLAGE_FAULT": "editor.applied:4"}  # the hub's card, its answer, then the import: before COMMIT
    hub.start()
    hub.put("answer", answer("ensuite"))
    hub.put("answer", answer("ensuite-2"))
    cut = hub.tool("import", "answer", source)
    expect(cut.code == 4 and "danger" in cut.words, f"the tool ended with {cut.code}: {cut.words}")
    expect(hub.ended() == -signal.SIGKILL, "the node was to die in the middle of the import")
    hub.env = {}
    hub.start()
    left = {id for id in _sequence(hub, "answer") if id.startswith("masse")}
    expect(not left, f"an interrupted import left {len(left)} records")
    history = hub.must("import", "--history", "--json").json()
    expect(history == [], f"an interrupted import is in the history: {history}")
    hub.must("import", "answer", source)
    federation.agrees()


def _interrupt(command, hub):
    """Ctrl-C while the node does not answer: how the tool ended, and what it said."""
    hub.freeze()
    command = ["env", "--default-signal=INT", *command]  # a shell's background ignores it
    tool = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = ""
    while "masse.json" not in said:  # the file is read
        said += os.read(tool.stderr.fileno(), 1000).decode()
        expect(tool.poll() is None, f"it ended with {tool.returncode}: {said}")
    tool.send_signal(signal.SIGINT)
    out, words = tool.communicate(timeout=30)
    hub.thaw()
    return tool.returncode, out, words


@scenario
def an_import_that_is_interrupted_says_that_nothing_changed(federation):
    hub = _hub(federation)
    source = _many(federation, 9000, "masse")
    before = sorted(path.name for path in federation.folder.iterdir())
    command = [BUILD / "maillage", "--config", hub.yaml, "import", "answer", source]
    for options in ([], ["--json"], ["--dry-run"]):
        code, out, words = _interrupt([*command, *options], hub)
        expect(code == 130, f"{options}: it ended with {code}: {words}")
        expect(words.strip().splitlines()[-1].count("rien n'a été enregistré") == 1, f"{options}: it said {words}")
        expect(not out, f"{options}: it printed {out}")
    expect(sorted(path.name for path in federation.folder.iterdir()) == before, "it left a file behind")
    hub.put("answer", answer("ensuite"))
    expect(not [id for id in _sequence(hub, "answer") if id.startswith("masse")], "a part was recorded")
    expect(hub.must("import", "--history", "--json").json() == [], "it is in the history")


@scenario
def the_name_of_a_mapping_that_is_not_there_is_answered_with_those_that_are(federation):
    hub = _hub(federation)
    _write_mapping(federation)
    source = _places(federation, PLACES[:1])
    near = hub.tool("import", "organisation", source, "--mapping", "esai")
    expect(near.code == 3 and "vouliez-vous dire « essai » ?" in near.words, f"near: {near.words}")
    for word in ("/imports » : essai.", "angers, ", "MAILLAGE_IMPORTS", "chemin"):
        expect(word in near.words, f"it does not say {word}: {near.words}")
    named = run_tool(
        "--config", hub.yaml, "import", "organisation", source, "--mapping", "rien",
        env={"MAILLAGE_IMPORTS": federation.folder / "nulle-part"},
    )  # fmt: skip
    expect("nulle-part », qui n'existe pas" in named.words, f"named: {named.words}")
    missing = hub.tool("import", "organisation", source, "--mapping", "./rien.yaml", "--json")
    expect(missing.code == 3 and "./rien.yaml" in missing.json()["error"]["text"], f"missing: {missing.out}")


@scenario
def a_mapping_with_mistakes_is_refused_in_a_sentence_and_config_check_tells_them(federation):
    hub = _hub(federation)
    _write_mapping(federation)
    broken = federation.folder / "imports/essai.yaml"
    broken.write_text("kind: organisation\nsource: {nom: Essai, licence: Libre}\ncolumns: {nomm: nom}\n", encoding="utf-8")
    refused = hub.tool("import", "organisation", _places(federation, PLACES[:1]), "--mapping", "essai")
    expect(refused.code == 3 and "1 erreur et ne peut pas servir" in refused.words, f"refused: {refused.words}")
    expect("did you mean" not in refused.words and str(broken) in refused.words, f"refused: {refused.words}")
    checked = hub.tool("config", "check", broken)
    expect(checked.code == 3 and "did you mean 'nom'?" in checked.words + checked.out, f"checked: {checked.words}")


@scenario
def an_unreadable_file_is_one_json_error_and_the_card_is_not_importable(federation):
    hub = _hub(federation)
    missing = hub.tool("import", "answer", federation.folder / "rien.json", "--json")
    expect(missing.code == 3 and "rien.json" in missing.json()["error"]["text"], f"missing: {missing.out}")
    broken = federation.folder / "casse.json"
    broken.write_text("[{", encoding="utf-8")
    unreadable = hub.tool("import", "answer", broken, "--json")
    expect(unreadable.code == 3 and "casse.json" in unreadable.json()["error"]["text"], f"broken: {unreadable.out}")
    for command in (["put", "hub"], ["import", "hub"], ["delete", "hub"]):
        card = hub.tool(*command, broken if command[0] != "delete" else "loire")
        expect(card.code == 3 and "YAML" in card.words, f"{command}: {card.code} {card.words}")


class RealFile(NamedTuple):
    mapping: str
    kind: str
    file: str
    refused: int = 0  # rows: the mapping says why


REAL_FILES = [
    RealFile("aix-en-provence", "organisation", "annuaire/hubs/aix-en-provence.json"),
    RealFile("angers", "organisation", "annuaire/hubs/angers.json"),
    RealFile("conseillers-numeriques", "organisation", "annuaire/conseillers-numeriques-structures-2022.json"),
    RealFile("etapes-numerique", "organisation", "annuaire/hubs/etapes-numerique.json"),
    RealFile("hub-lo", "organisation", "annuaire/hubs/hub-lo.json"),
    RealFile("la-creuse", "organisation", "annuaire/hubs/la-creuse.json"),
    RealFile("lieux-standard", "organisation", f"annuaire/standard/{CHARENTE}@926d8162.json"),
    RealFile("lyon-tech-hub", "organisation", "fournisseurs/lyon-tech-hub-communautes.json"),
    RealFile("maine-et-loire", "organisation", "annuaire/hubs/maine-et-loire.json"),
    RealFile("nouvelle-caledonie", "organisation", "annuaire/hubs/nouvelle-caledonie.json"),
    RealFile("paca", "organisation", "annuaire/hubs/paca.json", 4),
    RealFile("french-tech", "provider", "fournisseurs/french-tech-40-120-2023.csv"),
    RealFile("ics", "event", "evenements/lyon-sample-wordpress.ics"),
    RealFile("openagenda", "event", "evenements/openagenda-drome.json"),
    RealFile("opendatasoft", "event", "evenements/opendatasoft-openagenda-paris.json"),
    RealFile("aides", "programme", "programmes/tee-data_gouv_export-2026-06.csv"),
    RealFile("aides-territoires", "programme", "programmes/aides-territoires-periurbain.csv"),
    RealFile("tee", "programme", "programmes/tee-programs-2026-06.json"),
    RealFile("ai-watch", "use_case", "cas-usage/ai-watch-jrc120399.json"),
    RealFile("us-inventory", "use_case", "cas-usage/us-federal-2024_consolidated_ai_inventory_raw_v2.csv", 45),
    RealFile("eurostat", "indicator", "statistiques/eurostat-isoc_e_dii.csv"),
]


def _live(hub):
    """{(kind, id): content} of the records that the hub has."""
    return {
        (kind, id): store.read_body(item)
        for (_, kind), stream in hub.streams().items()
        for id, item in stream.items.items()
        if item.op == store.PUT
    }


def _bring_in(hub, real):
    """Twice: the second time it sends nothing. Gives the number of the import."""
    command = ["import", real.kind, DATA / real.file, "--mapping", real.mapping, "--json", "--refused"]
    report = hub.tool(*command, hub.folder / f"{real.mapping}-1.csv").json()
    counts = report.get("summary", {})
    expect(counts.get("refused") == real.refused, f"{real.mapping}: {counts} {report.get('error')}")
    brought = counts["new"] + counts["repeated"] + counts["skipped"] + counts["refused"]
    expect(counts["new"] and brought == report["rows"], f"{real.mapping}: of {report['rows']} rows {counts}")
    before = hub.streams()
    again = hub.tool(*command, hub.folder / f"{real.mapping}-2.csv").json()
    expect(again["import"] is None and not again["gone"], f"{real.mapping} again: {again['summary']}")
    expect(again["summary"]["same"] == counts["new"], f"{real.mapping} again: {again['summary']}")
    expect(hub.streams() == before, f"{real.mapping}: the second import published something")
    return report["import"]


@scenario
def every_mapping_brings_in_its_real_file_and_gives_it_back(federation):
    if not DATA.is_dir():
        print("skipped: no shared data")
        return
    shipped = {path.stem for path in (ROOT / "config/imports").glob("*.yaml") if "maillage-" not in path.stem}
    tried = {real.mapping for real in REAL_FILES}
    expect(shipped == tried, f"mappings without a real file, or the reverse: {shipped ^ tried}")
    hub = _hub(federation)
    hub.put("organisation", {"nom": "À la main", "type": "chambre", "siren": "732829320", "zone_intervention": ["DEP-42"]})
    before = _live(hub)
    for _, same_kind in itertools.groupby(REAL_FILES, lambda real: real.kind):
        for group in _few(same_kind):
            for number in reversed([_bring_in(hub, real) for real in group]):
                hub.must("import", "--undo", number)
            expect(_live(hub) == before, f"not as before: {group}")
    hub.must("verify")


def _few(of_a_kind):
    """No more at a time than can be taken back (LEDGER_KEPT_IMPORTS)."""
    all_ = list(of_a_kind)
    return [all_[start : start + 5] for start in range(0, len(all_), 5)]


@scenario
def up_with_data_brings_in_what_lies_in_each_department(federation):
    if not DATA.is_dir() or not (ROOT / ".build/geo/communes.tsv").exists():
        print("skipped: no shared data, or no geography")
        return
    pilot = Pilot(federation)
    pilot.start("--with-data")
    pilot.wait_up()
    printed = pilot.printed()
    expect("export MAILLAGE_CONFIG=" in printed, f"it does not say how to command a hub: {printed}")
    for hub, department in (("loire", "DEP-42"), ("rhone", "DEP-69")):
        port = pilot.ports["national"]
        query = f"http://127.0.0.1:{port}/api/v1/organisation?hub={hub}&code_insee={department}&limit=1"
        with urllib.request.urlopen(query, timeout=10) as page:
            total = json.load(page)["total"]
        expect(total >= 60, f"{hub} has {total} places")
