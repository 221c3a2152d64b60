#!/usr/bin/env python3
"""Answers a second of one portal: a list rendered each time, from the page cache, unchanged (304); and nginx with the same bytes.

    portal_rate.py [--records 2000] [--seconds 3]

The programs are those of MAILLAGE_BUILD, by default .build/release. The portal answers from one thread, so from one core;
nginx has one worker. Without nginx its line is left out.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("MAILLAGE_BUILD", str(ROOT / ".build/release"))
sys.path.insert(0, str(ROOT / "tests/scenario"))

from federation import BUILD, Federation, eventually  # noqa: E402

LEAST = {"rendered": 400, "cached": 4000, "unchanged": 8000}  # a second, on one core
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{ access_log off; keepalive_requests 10000000; types {{ text/html html; }} client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}; }} }}
"""


def record(number):
    return {
        "nom": f"Exemple {number:05d} conseil et intégration", "categorie": "esn", "demo": True,
        "description": "Aide les petites entreprises à trier leurs factures et leurs devis. " * 3,
        "source": {"nom": "exemple", "identifiant": str(number)}, "site": f"https://exemple-{number}.example/", "zone_intervention": ["DEP-42"],
        "fonctions_servies": [["vente", "rh", "production"][number % 3]], "code_insee": "COM-42218",
    }  # fmt: skip


def rate(port, path, seconds, *header):
    client = os.environ.get("MAILLAGE_RATE", BUILD / "tests/bench/bench_portal_rate")
    run = subprocess.run([client, str(port), path, str(seconds), *header], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def unchanged(node, port, seconds):
    """The tag is of the state of now, for the Host that the client names."""
    tag = urllib.request.urlopen(node.address.rstrip("/") + "/annuaire").headers["ETag"]
    return rate(port, "/annuaire", seconds, f"If-None-Match: {tag}")


def beside_nginx(federation, content, seconds):
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.path.exists(program):
        return None
    folder = federation.folder / "nginx"
    folder.mkdir()
    folder.chmod(0o755)
    federation.folder.chmod(0o755)
    (folder / "liste.html").write_bytes(content)
    port = 18000 + os.getpid() % 1000
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port), encoding="utf-8")
    server = subprocess.Popen([program, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        eventually(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/liste.html").status == 200, "nginx answers")
        return rate(port, "/liste.html", seconds)
    finally:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=3)
    arguments = parser.parse_args()
    with Federation() as federation:
        loire, national = federation.usual("loire")
        loire.bring_in("provider", [record(number) for number in range(arguments.records)])
        for process in (national, *federation.brokers):
            process.discard()  # nothing but the portal is measured
        port = urllib.parse.urlsplit(loire.address).port
        answer = urllib.request.urlopen(loire.address.rstrip("/") + "/annuaire")
        content = answer.read()
        found = {
            "rendered": rate(port, "/annuaire?n=%d", arguments.seconds),
            "cached": rate(port, "/annuaire", arguments.seconds),
            "unchanged": unchanged(loire, port, arguments.seconds),
            "json rendered": rate(port, "/api/v1/provider?hub=h%d&hub=loire&limit=20", arguments.seconds),
        }
        nginx = beside_nginx(federation, content, arguments.seconds)
        if nginx:
            found["nginx, same bytes"] = nginx
    good = True
    for what, figures in found.items():
        least = LEAST.get(what, 0)
        good &= figures["per_second"] >= least
        wanted = f"  (at least {least})" if least else ""
        print(f"{what:18} {figures['per_second']:>7}/s  {figures['status']}  {figures['bytes']} bytes{wanted}")
    sys.exit(0 if good else 1)


main()
