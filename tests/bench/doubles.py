"""`maillage duplicates`: the tool's processor time, and records that all lie in one commune."""

import json
import resource
import subprocess

from federation import BUILD, expect, run_tool


def crowd(hub, count):
    """So many records, all in one commune."""
    words = [BUILD / "tests/bench/bench_load", "json", str(count)]
    records = json.loads(subprocess.run(words, capture_output=True, check=True, timeout=60).stdout)
    source = hub.folder / "crowd.json"
    moved = [record | {"commune": "Roanne"} for record in records]
    source.write_text(json.dumps(moved, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    answer = run_tool("--config", hub.yaml, "import", "provider", source, "--json", within=120)
    expect(answer.code == 0, f"import ended with {answer.code}: {answer.words}")
    source.unlink()


def cpu_s(hub):
    """Once; the least of three."""
    return min(_once_s(hub) for _ in range(3))


def _once_s(hub):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = run_tool("--config", hub.yaml, "duplicates", "provider", "--json", within=120)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    expect(answer.code == 0, f"duplicates ended with {answer.code}: {answer.words}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
