"""What never goes out: no question to an address that somebody else chose, no column that nobody asked for."""

import csv
import itertools
import socket
import urllib.parse

import web_attacks
from erasure import _files_with_canary
from federation import expect, scenario
from imports import PLACES, _import, _write_mapping
from interfaces import _say
from web_attacks import PLAIN, _api_pages, _fill, _paths, _Visitor

PRIVATE = "canari-prive-5d1e8c40b7f2a963"


class Trap:
    """A port that nobody has a reason to speak to."""

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._listener.setblocking(False)
        self.place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        return self

    def __exit__(self, *error):
        self._listener.close()

    def was_entered(self):
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True


def _requests_that_name(place):
    url = f"http://{place}/x"
    quoted = urllib.parse.quote(url, safe="")
    yield f"GET {url} HTTP/1.1\r\nHost: {place}\r\n"
    yield f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n"
    for name, path in itertools.product(("url", "q", "source", "next", "after", "callback", "image"), ("/", "/recherche", "/api/v1/answer")):
        yield f"GET {path}?{name}={quoted} HTTP/1.1\r\nHost: x\r\n"
    for header in ("Host", "Referer", "Origin", "X-Forwarded-Host", "Forwarded", "Location", "X-Original-URL", "Link", "Refresh"):
        yield f"GET / HTTP/1.1\r\nHost: x\r\n{header}: {url}\r\n" if header != "Host" else f"GET / HTTP/1.1\r\nHost: {place}\r\n"


@scenario
def no_address_that_a_record_or_a_visitor_names_is_ever_asked(federation):
    with Trap() as trap:
        url = f"http://{trap.place}/x"
        web_attacks._SAMPLES["url"] = url
        loire, _, national = federation.usual()
        _fill(loire, [f"![image]({url})", f"[lien]({url})", f"<img src={url}>", url, *PLAIN], False, 10)
        federation.agrees()
        held = [item for kind in ("organisation", "event") for page in _api_pages(_Visitor(national), kind, "loire") for item in page["items"]]
        expect(sum(url in str(item) for item in held) >= 10, "the records do not name the address")
        for node in (loire, national):
            visitor = _Visitor(node)
            for path in _paths(visitor, ("loire",), 8):
                visitor.get(path)
            for words in _requests_that_name(trap.place):
                _say(node, f"{words}Connection: close\r\n\r\n".encode())
        for kind in ("json", "csv"):
            loire.must("export", "organisation", "--format", kind)
        loire.must("verify")
        expect(not trap.was_entered(), "somebody asked an address that a record or a visitor named")
        with socket.create_connection(tuple(trap.place.split(":"))):
            expect(trap.was_entered(), "the trap does not work")


@scenario
def a_column_that_no_field_reads_stays_in_its_file(federation):
    loire, _, national = federation.usual()
    _write_mapping(federation)
    source = federation.folder / "lieux.csv"
    with open(source, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*PLACES[0], "genre", "gerant", "remarque"])
        writer.writeheader()
        for number, row in enumerate(PLACES):
            writer.writerow({**row, "genre": "lieu_accompagnement", "gerant": f"{PRIVATE}-{number}", "remarque": PRIVATE})
        writer.writerow({**PLACES[0], "id": "9", "genre": "rien de tel", "gerant": PRIVATE})
    _import(loire, source, code=3)
    federation.agrees()
    expect(len(national.api("organisation?hub=loire")["items"]) == len(PLACES), "the rows did not travel")
    _import(loire, source, code=3)
    loire.must("import", "--undo", "--force")
    federation.agrees()
    found = _files_with_canary(federation, text=PRIVATE)
    expect(all(name.startswith("lieux.csv") for name in found), f"what nobody asked for is in {found}")
    expect(len(found) > 1, "the refused row was not given back as it was")
