"""Two hubs and the national node with records of every kind, for a browser to look at.

Prints the addresses of the Loire's and the national portal as one line of JSON, and serves until standard input ends. The
programs are those of MAILLAGE_BUILD, by default .build/release.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("MAILLAGE_BUILD", str(ROOT / ".build/release"))
sys.path.insert(0, str(ROOT / "tests/scenario"))

from federation import Federation  # noqa: E402

EVENTS = 25  # more than a page of the agenda


def event(number):
    day = f"2027-01-{number:02d}"
    return {
        "uid": f"exemple-{number}", "titre": f"Café du numérique n° {number}", "type": "atelier",
        "description": "Une heure pour essayer ensemble un assistant sur **vos** documents.",
        "horaires": [{"debut": f"{day}T18:00:00+01:00", "fin": f"{day}T19:30:00+01:00"}],
        "mode": "presentiel", "lieu": {"nom": "Maison des entreprises", "code_insee": "COM-42218"},
        "fonctions": ["rh", "vente"], "statut": "programme", "demo": True,
    }  # fmt: skip


def fill(hub):
    records = json.loads((Path(__file__).parent / "records.json").read_text(encoding="utf-8"))
    for kind, bodies in records.items():
        hub.bring_in(kind, bodies)
    hub.bring_in("event", [event(number + 1) for number in range(EVENTS)])


def withdraw(hub):
    """A record that was there, and is no more."""
    source = {"nom": "Exemple", "identifiant": "retiree"}
    hub.put("organisation", {"nom": "Exemple retiré", "type": "association", "code_insee": "COM-42218",
                             "source": source, "demo": True})  # fmt: skip
    hub.delete("organisation", "exemple:retiree")


def with_synonyms(hub):
    hub.stop()
    hub.settings["portal"]["synonymes"] = str(ROOT / "config/pilot/synonymes.txt")
    hub.start()


def main():
    with Federation() as federation:
        loire, rhone, national = federation.usual()
        with_synonyms(loire)
        fill(loire)
        withdraw(loire)
        rhone.put("answer", {"question": "Par où commencer ?", "reponse": "Par une tâche qui se répète.", "demo": True})
        federation.agrees()
        print(json.dumps([node.address.rstrip("/") for node in (loire, national)]), flush=True)
        sys.stdin.read()


main()
