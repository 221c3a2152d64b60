"""Answers a second of processor time, so of one core: a list made anew, from the page cache, unchanged (304); and nginx.

The portal answers from one thread, nginx runs as one process; both are asked by the same client over the same
connections. What neighbours take of the machine makes the client wait, but costs the server next to nothing.
"""

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

from federation import BUILD, eventually, expect
from visitor import PATH

SECONDS = 1
_passes = itertools.count()
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{ access_log off; keepalive_requests 10000000; types {{ text/html html; }} client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}; }} }}
"""


def processor_s(pid):
    """Processor time so far of all threads, to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def _rate(pid, port, path, *header):
    """Answers for each second that the process works."""
    client = [BUILD / "tests/bench/bench_portal_rate", str(port), path, str(SECONDS), *header]
    before = processor_s(pid)
    run = subprocess.run(client, capture_output=True, text=True, timeout=60)
    spent = processor_s(pid) - before
    expect(run.returncode == 0, f"{path}: {run.stderr}")
    found = json.loads(run.stdout)
    expect(found["status"] == (304 if header else 200), f"{path} answers {found['status']}")
    return found["answered"] / spent


def of_portal(node):
    port, pid = urllib.parse.urlsplit(node.address).port, node.pid()
    tag = urllib.request.urlopen(node.address.rstrip("/") + PATH).headers["ETag"]
    return {
        "list_per_s": _rate(pid, port, f"{PATH}?n={next(_passes)}-%d"),  # else a pass finds what the one before left in the cache
        "cached_per_s": _rate(pid, port, PATH),
        "unchanged_per_s": _rate(pid, port, PATH, f"If-None-Match: {tag}"),
    }


def _write_site(folder, content, port):
    folder.mkdir()
    for place in (folder, folder.parent):
        place.chmod(0o755)  # nginx reads as nobody when it is started by root
    (folder / "liste.html").write_bytes(content)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port), encoding="utf-8")


@contextlib.contextmanager
def beside_nginx(node):
    """Gives a function that measures nginx with a list of the node as its file; without nginx it measures nothing."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.path.exists(program):
        print("no nginx (apt-get install nginx-light): nginx_per_s is left out", file=sys.stderr)
        yield lambda: {}
        return
    folder, port = node.folder / "nginx", 18000 + os.getpid() % 1000
    _write_site(folder, urllib.request.urlopen(node.address.rstrip("/") + PATH).read(), port)
    server = subprocess.Popen([program, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        eventually(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/liste.html").status == 200, "nginx answers")
        yield lambda: {"nginx_per_s": _rate(server.pid, port, "/liste.html")}
    finally:
        server.terminate()
        server.wait()
