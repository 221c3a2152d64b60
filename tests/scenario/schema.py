"""Kinds are data: one more, one newer, one that a node does not know yet."""

import shutil

import store
from federation import ROOT, eventually, expect, scenario
from followers import Follower
from records import answer, answers

WORKSHOP = """\
version: 1
label: Atelier
plural: Ateliers
page: {path: ateliers, title: titre, summary: lieu, sort: titre}
key:
  - [titre]
fields:
  - {name: titre, type: text, label: Titre, need: required, max: 100, search: 3}
  - {name: lieu, type: text, label: Lieu, max: 100, search: 1}
  - {name: fonction, type: code, vocabulary: fonction, label: Fonction, facet: true}
"""

NEW_FIELD = "  - {name: niveau, type: text, label: Niveau, max: 40, search: 1}\n"


def _schemas_of_tomorrow(federation):
    """A copy of the schemas with one more kind and one more field of `answer`."""
    folder = federation.folder / "schemas"
    for part in ("kinds", "vocabularies"):
        shutil.copytree(ROOT / "schemas" / part, folder / part)
    shutil.copy(ROOT / "schemas/common.yaml", folder)
    (folder / "kinds/atelier.yaml").write_text(WORKSHOP, encoding="utf-8")
    kind = folder / "kinds/answer.yaml"
    lines = kind.read_text(encoding="utf-8").replace("version: 1", "version: 2", 1)
    kind.write_text(lines.replace("\nfields:\n", "\nfields:\n" + NEW_FIELD, 1), encoding="utf-8")
    return folder


def _put_workshops(node):
    node.put("atelier", {"titre": "Écrire ses annonces", "lieu": "Roanne", "fonction": "rh", "demo": True})
    node.put("atelier", {"titre": "Chiffrer ses devis", "lieu": "Saint-Étienne", "fonction": "vente", "demo": True})


def _ids(page):
    return sorted(item["id"] for item in page["items"])


def _shows_workshops(node):
    both = ["chiffrer-ses-devis", "ecrire-ses-annonces"]
    expect(_ids(node.api("atelier")) == both, f"listed: {_ids(node.api('atelier'))}")
    expect(_ids(node.api("atelier?q=annonce")) == both[1:], "the search does not find a plural by its singular")
    expect(_ids(node.api("atelier?fonction=vente")) == both[:1], "the filter of the new kind does not work")
    status, page = node.get("/ateliers")
    expect(status == 200 and "Roanne" in page, f"the page of the new kind: {status}")
    status, page = node.get("/ateliers/loire/ecrire-ses-annonces")
    expect(status == 200 and "Écrire ses annonces" in page, f"the record's page: {status}")
    expect('"atelier"' in node.get("/api/v1/counts?kind=atelier")[1], "it is not counted")
    return True


@scenario
def one_yaml_file_adds_a_kind_that_is_put_searched_synchronised_listed_and_counted(federation):
    schemas = _schemas_of_tomorrow(federation)
    broker, loire = federation.add_broker(), federation.add_node("loire", "hub")
    national = federation.add_node("national", "aggregator")
    loire.schemas = national.schemas = schemas
    for process in (broker, loire, national):
        process.start()
    _put_workshops(loire)
    _shows_workshops(loire)
    eventually(lambda: _shows_workshops(national), "the new kind is at the national node")
    exported = loire.must("export", "atelier", "--format", "csv").out
    expect("Écrire ses annonces" in exported, f"the export: {exported}")
    federation.agrees()


@scenario
def an_older_node_keeps_what_it_does_not_know_and_shows_it_once_it_does(federation):
    schemas = _schemas_of_tomorrow(federation)
    broker, loire = federation.add_broker(), federation.add_node("loire", "hub")
    national = federation.add_node("national", "aggregator")
    loire.schemas = schemas
    for process in (broker, loire, national):
        process.start()
    _put_workshops(loire)
    loire.put("answer", {**answer("devis"), "niveau": "débutant"})
    federation.agrees()
    national.must("status", "--wait", 10)
    expect(national.get("/api/v1/atelier")[0] == 404, "an unknown kind has a list")
    expect(national.shows("loire", "answer", "devis"), "a record with an unknown field is not shown")
    before = national.streams()["loire", "answer"]
    national.stop()
    national.schemas = schemas
    national.start()
    eventually(lambda: _shows_workshops(national), "the kind is shown once the node knows it")
    expect(_ids(national.api("answer?q=debutant")) == ["devis"], "the new field is not searched")
    expect(national.streams()["loire", "answer"].items == before.items, "learning a field changed the items")
    federation.agrees()


@scenario
def a_newer_node_shows_what_an_older_one_publishes_and_the_older_one_keeps_what_is_newer(federation):
    loire, rhone, national = federation.usual()
    for node in (rhone, national):
        node.stop()
        node.schemas = _schemas_of_tomorrow(federation) if node is rhone else rhone.schemas
        node.start()
    loire.put("answer", answer("devis"))
    rhone.put("answer", {**answer("factures"), "niveau": "débutant"})
    rhone.put("atelier", {"titre": "Chiffrer ses devis", "lieu": "Lyon", "fonction": "vente", "demo": True})
    federation.agrees()
    expect(_ids(national.api("answer")) == ["devis", "factures"], "the newer node does not show both")
    expect(_ids(national.api("answer?q=debutant")) == ["factures"], "the newer field is not searched")
    expect(_ids(national.api("atelier")) == ["chiffrer-ses-devis"], "the newer kind is not shown")
    expect(loire.shows("rhone", "answer", "factures"), "the older node does not show a record that has a newer field")
    expect("niveau" in store.read_body(loire.streams()["rhone", "answer"].items["factures"]), "it lost the newer field")
    for node in (loire, rhone, national):
        node.must("verify")


@scenario
def learning_a_field_sends_nothing(federation):
    loire, _, national = federation.usual()
    federation.make_key("isere", "hub")
    federation.brokers[0].reload()
    loire.bring_in("answer", answers(500))
    federation.agrees()
    with Follower(federation, "isere", federation.brokers[0], "loire", "answer") as follower:
        follower.heard(lambda batches: sum(batch.items for batch in batches) == 500, "it has everything")
        before = {key: stream.head.seq for key, stream in national.streams().items()}
        loire.stop()
        loire.schemas = _schemas_of_tomorrow(federation)
        loire.start()
        loire.put("organisation", {"nom": "Témoin", "type": "chambre", "zone_intervention": ["DEP-42"],
                                   "source": {"nom": "essai", "identifiant": "1"}, "demo": True})  # fmt: skip
        eventually(lambda: national.api("organisation")["items"], "the witness is at the national node")
        after = {key: stream.head.seq for key, stream in national.streams().items() if key in before}
        del before["loire", "organisation"], after["loire", "organisation"]
        expect(after == before, f"something was changed: {before} became {after}")
        told = sum(batch.items for batch in follower.batches())
        expect(told == 500, f"{told - 500} records were sent again")
    federation.agrees()
