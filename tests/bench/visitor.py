"""A visitor of a portal: one connection that stays open, each answer timed."""

import http.client
import itertools
import re
import socket
import threading
import time
import urllib.parse
from pathlib import Path

from federation import expect
from stage import KIND, percentile

LISTS = [
    "", "fonctions_servies=vente", "fonctions_servies=production", "zone_intervention=DEP-42",
    "zone_intervention=REG-84", "technologies=vision", "technologies=generative_texte", "categorie=esn",
    "tailles_servies=0", "sections_servies=F", "fonctions_servies=vente&zone_intervention=DEP-42",
    "fonctions_servies=rh&tailles_servies=10-19", "technologies=agentique&technologies=rpa",
    "categorie=startup&technologies=vision&zone_intervention=DEP-42", "sections_servies=C&technologies=iot",
    "fonctions_servies=administration&categorie=cabinet_conseil", "zone_intervention=DEP-42&zone_intervention=DEP-69",
    "tailles_servies=0&tailles_servies=1-9", "sections_servies=I&fonctions_servies=vente",
    "categorie=integrateur&fonctions_servies=logistique&zone_intervention=DEP-38",
]  # fmt: skip
PAGES_DEEP = 10
PATH = "/annuaire"

PLACES = ("Saint-Étienne (42)", "42300", "Feurs", "Lyon", "Paris", "75011", "Brest", "Lille", "Ajaccio", "Saint-Denis (974)")
RADII = (10, 25, 50, 100)
NEAR = [
    f"/acteurs?pres={urllib.parse.quote(place)}&rayon={radius}{more}"
    for place in PLACES for radius in RADII for more in ("", "&type=chambre")
]  # fmt: skip
COUNTRY = {
    "home": "/", "actors": "/acteurs", "matrix": "/cas-usage", "agenda": "/agenda", "aids": "/aides", "figures": "/chiffres",
    "answers": "/reponses", "network": "/reseau", "sitemap": "/sitemap.xml", "addresses": "/sitemap/0.xml", "catalogue": "/catalog.jsonld",
    "atom": "/acteurs.atom", "calendar": "/agenda.ics", "table": "/acteurs.csv", "map": "/acteurs.geojson", "metrics": "/metrics",
}  # fmt: skip


class Visitor:
    """Asks for pages that nobody has asked for before: each is made, none comes from the portal's cache."""

    _numbers = itertools.count()

    def __init__(self, node):
        host = urllib.parse.urlsplit(node.address).netloc
        self._connection = http.client.HTTPConnection(host, timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._connection.close()

    def _ask(self, path, status=200, headers={}):
        """(ms to the first byte, ms to the last, text, tag)"""
        start = time.perf_counter()
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        first = time.perf_counter()
        text = answer.read()
        whole = time.perf_counter()
        expect(answer.status == status, f"{path} answers {answer.status}: {text[:200]!r}")
        return (first - start) * 1e3, (whole - start) * 1e3, text.decode(), answer.headers["ETag"]

    def get(self, path):
        """(ms to the first byte, ms to the last, text)"""
        return self._ask(f"{path}{'&' if '?' in path else '?'}n={next(self._numbers)}")[:3]

    def lists(self):
        """Each list and the pages after it."""
        times = []
        for query in LISTS:
            path = f"{PATH}?{query}"
            for _ in range(PAGES_DEEP):
                _, whole, text = self.get(path)
                times.append(whole)
                after = re.search(r'href="[^"]*[?&;]after=([^"&]+)', text)
                if not after:
                    break
                path = f"{PATH}?{query}&after={after[1]}"
        return times

    def records(self, hub, count):
        """200 record pages, far apart."""
        return [self.get(f"{PATH}/{hub}/mesure:p{n * 7919 % count:06d}")[1] for n in range(200)]

    def searches(self):
        """What people type, from searches.txt."""
        words = (Path(__file__).parent / "searches.txt").read_text(encoding="utf-8").splitlines()
        return [self.get("/recherche?q=" + urllib.parse.quote(line))[1] for line in words]

    def near(self):
        """What lies around places, in all radii."""
        return [self.get(path)[1] for path in NEAR]

    def cached(self):
        """Lists that were asked for before."""
        paths = [f"{PATH}?{query}" for query in LISTS]
        for path in paths:
            self._ask(path)
        return [self._ask(path)[1] for path in paths for _ in range(PAGES_DEEP)]

    def unchanged(self):
        """The same, by a visitor who has them: answered by 304."""
        tags = {path: self._ask(path)[3] for path in (f"{PATH}?{query}" for query in LISTS)}
        return [
            self._ask(path, 304, {"If-None-Match": tag})[1] for path, tag in tags.items() for _ in range(PAGES_DEEP)
        ]


class SteadyVisitor(threading.Thread):
    """Looks at lists, records and searches at a rate, until told to stop; keeps times to the first byte.

    A time counts from when the request was due, so that a portal that stands still is not spared the
    requests that it kept from being sent."""

    def __init__(self, node, hub, per_s=50):
        super().__init__(daemon=True)
        self._node, self._hub, self._every = node, hub, 1 / per_s
        self._enough = threading.Event()
        self.first_ms = []

    def run(self):
        pages = [f"{PATH}?{query}" for query in LISTS[:8]]
        pages += [f"{PATH}/{self._hub}/mesure:p{n:06d}" for n in range(8)]
        pages += ["/recherche?q=" + urllib.parse.quote(words) for words in ("devis artisan", "caméra qualité atelier")]
        due = time.perf_counter()
        with Visitor(self._node) as visitor:
            while not self._enough.is_set():
                path = pages[len(self.first_ms) % len(pages)]
                late = max(0, time.perf_counter() - due)
                self.first_ms.append(visitor.get(path)[0] + late * 1e3)
                due += self._every
                self._enough.wait(max(0, due - time.perf_counter()))

    def end(self):
        """p99 of the times, ms."""
        self._enough.set()
        self.join(30)
        expect(len(self.first_ms) > 10, "the visitor saw too little")
        return percentile(self.first_ms, 0.99)


class Crowd:
    """Visitors who hold a connection each: 300 who say nothing, 100 who ask for a megabyte and take none of it."""

    SILENT, DEAF = 300, 100
    ASKED = b"GET /api/v1/provider?limit=200 HTTP/1.1\r\nHost: x\r\n\r\n"

    def __init__(self, node):
        place = urllib.parse.urlsplit(node.address)
        self._address = place.hostname, place.port
        self._lines = []

    def __enter__(self):
        for number in range(self.SILENT + self.DEAF):
            line = socket.socket()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.connect(self._address)
            if number >= self.SILENT:
                line.sendall(self.ASKED)
            self._lines.append(line)
        return self

    def __exit__(self, *error):
        for line in self._lines:
            line.close()
