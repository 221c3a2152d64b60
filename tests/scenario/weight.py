"""What the pages weigh with what others publish in them: a phone in the country loads them soon."""

import re
import urllib.parse

from federation import expect, scenario
from imports import DATA

KIB = 1024
HOME_MOST = 50 * KIB
PAGE_MOST = 100 * KIB
REAL = [
    ("organisation", "conseillers-numeriques", "annuaire/conseillers-numeriques-structures-2022.json"),
    ("use_case", "us-inventory", "cas-usage/us-federal-2024_consolidated_ai_inventory_raw_v2.csv"),
    ("programme", "tee", "programmes/tee-programs-2026-06.json"),
    ("event", "openagenda", "evenements/openagenda-drome.json"),
    ("indicator", "eurostat", "statistiques/eurostat-isoc_eb_ai-2025.csv"),
]
ASKED = [
    "/", "/recherche?q=num%C3%A9rique", "/acteurs?pres=42000&rayon=100", "/acteurs?code_insee=REG-84",
    "/acteurs?q=mairie&code_insee=DEP-42", "/agenda?mois=2025-03&partout=oui", "/cas-usage?fonction=administration",
    "/chiffres?territoire=PAYS-99109", "/reseau", "/plan",
]  # fmt: skip


def _links(page, start):
    """Addresses of this site in a page that begin so, each once."""
    return list(dict.fromkeys(re.findall(f'href="({re.escape(start)}[^"#]*)"', page)))


class _Visitor:
    """Loads what a browser loads that comes for the first time."""

    def __init__(self, hub):
        self.hub = hub
        self.pages = {}

    def get(self, path):
        path = urllib.parse.quote(path.replace("&amp;", "&"), safe="/?&=%:.,;+")
        if path not in self.pages:
            status, text = self.hub.get(path)
            expect(status == 200, f"{path} answers {status}")
            self.pages[path] = text
        return self.pages[path]

    def weight(self, path):
        page = self.get(path)
        loaded = {link.split("#")[0] for link in re.findall(r'(?:href|src)="(/static/[^"]*)"', page)}
        return sum(len(text.encode()) for text in [page, *map(self.get, loaded)])


def _bring_in(hub):
    for kind, mapping, file in REAL:
        command = ["import", kind, DATA / file, "--mapping", mapping, "--json", "--refused"]
        report = hub.tool(*command, hub.folder / f"{mapping}.csv").json()
        expect(report["summary"]["new"] > 50, f"{mapping}: {report['summary']}")


@scenario
def pages_full_of_real_data_are_light(federation):
    if not DATA.is_dir():
        print("skipped: no shared data")
        return
    broker = federation.add_broker()
    hub = federation.add_node("loire", "hub")
    broker.start()
    hub.start()
    _bring_in(hub)
    visitor = _Visitor(hub)
    lists = [link for link in _links(visitor.get("/plan"), "/") if link.count("/") == 1 and "." not in link]
    records = [record for path in lists[1:] for record in _links(visitor.get(path), f"{path}/")[:3] if ".ics" not in record]
    weights = {path: visitor.weight(path) for path in dict.fromkeys([*ASKED, *lists, *records])}
    expect(len(records) > 10, f"too few records: {records}")
    heavy = {path: weight for path, weight in weights.items() if weight > (HOME_MOST if path == "/" else PAGE_MOST)}
    expect(not heavy, f"too heavy, in bytes: {heavy}")
    heaviest = max(weights, key=weights.get)
    print(f"# home {weights['/']} bytes, {heaviest} {weights[heaviest]}, of {len(weights)} pages")
