"""`maillage import` of what others publish, where ../shared/data is: rows a second checked, an inventory brought in."""

import csv
import itertools
import json
import os
import resource
import time
from pathlib import Path
from typing import NamedTuple

from federation import ROOT, expect, run_tool

DATA = Path(os.environ.get("MAILLAGE_SHARED", ROOT.parent / "shared")) / "data"
MAPPINGS = {"MAILLAGE_IMPORTS": ROOT / "config/imports"}
ROWS = 16000  # of the aids, with 4 KB each, hardly more fit into the 64 MiB of a file


class Source(NamedTuple):
    kind: str
    mapping: str
    file: str
    key: str  # the column that makes an id of its own for each row


SOURCES = {
    "structures": Source(
        "organisation", "conseillers-numeriques", "annuaire/conseillers-numeriques-structures-2022.json", "id"
    ),
    "tee": Source("programme", "tee", "programmes/tee-programs-2026-06.json", "id"),
    "openagenda": Source("event", "openagenda", "evenements/openagenda-drome.json", "uid"),
    "us_inventory": Source(
        "use_case", "us-inventory", "cas-usage/us-federal-2024_consolidated_ai_inventory_raw_v2.csv", "Use Case Name"
    ),
}


def _read(file):
    if file.suffix == ".json":
        return json.loads(file.read_text(encoding="utf-8"))
    with open(file, newline="", encoding="latin-1") as source:  # any byte is one character, and comes back
        return list(csv.DictReader(source))


def _write(rows, file):
    if file.suffix == ".json":
        file.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        return
    with open(file, "w", newline="", encoding="latin-1") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def _repeated(source, count):
    """The rows of a file again and again, each with an id of its own."""
    rows = itertools.cycle(_read(DATA / source.file))
    return [row | {source.key: f"{number} {row[source.key]}"} for number, row in zip(range(count), rows)]


def _imported(answer, rows, new):
    """An import that was refused as a whole says nothing of rows."""
    said = f"{rows} fiches lues, {new} nouvelles"
    expect(answer.code in (0, 3) and said in answer.out, f"{answer.code}, not {said}: {answer.out}{answer.words[-1000:]}")


def check_per_s(hub, source):
    """Rows a second of the tool's processor time: read, mapped, validated, compared with what is there."""
    file = hub.folder / f"check{Path(source.file).suffix}"
    _write(_repeated(source, ROWS), file)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = run_tool(
        "--config", hub.yaml, "import", source.kind, file, "--mapping", source.mapping, "--dry-run",
        env=MAPPINGS, within=120,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    file.unlink()
    _imported(answer, ROWS, ROWS)
    return ROWS / (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def checks(hub):
    """Each source, and the least of them; nothing where there is no shared data."""
    rates = {
        f"import_check_{name}_per_s": check_per_s(hub, source)
        for name, source in SOURCES.items()
        if (DATA / source.file).exists()
    }
    return rates | {"import_check_per_s": min(rates.values())} if rates else {}


def inventory(hub):
    """The 2,133 use cases of the United States into a hub that has none: from the command to its end."""
    source = SOURCES["us_inventory"]
    if not (DATA / source.file).exists():
        return {}
    start = time.monotonic()
    answer = run_tool(
        "--config", hub.yaml, "import", source.kind, DATA / source.file, "--mapping", source.mapping,
        "--refused", hub.folder / "refused.csv", env=MAPPINGS, within=60,
    )  # fmt: skip
    seconds = time.monotonic() - start
    _imported(answer, 2133, 2082)
    return {"import_us_inventory_s": seconds}
