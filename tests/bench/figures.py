"""From many values to one table: medians, units, what must be reached, the machine."""

import os
import resource
import statistics
import time
from pathlib import Path
from typing import NamedTuple


class Goal(NamedTuple):
    text: str
    at_least: bool  # else at most
    must: float
    aim: float | None = None

    def reached(self, value):
        return value >= self.must if self.at_least else value <= self.must


GOALS = {
    "W1_s": Goal("100,000 changes of 20,000 records: a hub catches up, s", False, 1.5, 1.0),
    "W2_p50_ms": Goal("one change, saved to shown, half of them, ms", False, 1.5, 1.0),
    "W2_p99_ms": Goal("the same, 99 of 100, ms", False, 5, 3),
    "W3_s": Goal("a new subscriber of 20,000 records, s", False, 0.9, 0.6),
    "W4_per_s": Goal("deliveries to 50 subscribers, /s", True, 280000, 350000),
    "rss_node_mb": Goal("memory of hub or national node at W1, MB", False, 64, 40),
    "rss_broker_mb": Goal("memory of the broker at W1, MB", False, 32, 24),
    "portal_busy_p99_ms": Goal("first byte of a page during a catch-up, ms", False, 30),
    "search_p99_ms": Goal("search page, made anew, 99 of 100, ms", False, 20),
    "list_per_s": Goal("list pages made anew, /s of one core", True, 400),
    "cached_per_s": Goal("  from the page cache, /s of one core", True, 4000),
    "unchanged_per_s": Goal("  unchanged (304), /s of one core", True, 8000),
    "import_check_per_s": Goal("rows read, mapped, validated, the least of four sources, /s of the tool", True, 15000),
    "import_us_inventory_s": Goal("the inventory of the United States, 2,133 rows, s", False, 1),
}

OTHERS = {
    "W1_search_s": "W1 until all can be searched, s",
    "W1_cpu_hub_s": "processor time in W1: hub, s",
    "W1_cpu_broker_s": "  broker, s",
    "W1_cpu_national_s": "  national node, s",
    "W2_save_p50_ms": "asking the hub to being told it is saved, half, ms",
    "W2_save_p99_ms": "the same, 99 of 100, ms",
    "W3_search_s": "W3 until all can be searched, s",
    "W4_connect_s": "50 subscribers connect, s",
    "import_per_s": "maillage import of 20,000 records, /s",
    "import_100000_per_s": "maillage import of 100,000 records, /s",
    "import_check_structures_per_s": "  structures of conseillers numériques (JSON), /s",
    "import_check_tee_per_s": "  aids with 4 KB each (JSON), /s",
    "import_check_openagenda_per_s": "  events (JSON), /s",
    "import_check_us_inventory_per_s": "  use cases (CSV, Windows-1252), /s",
    "duplicates_s": "maillage duplicates of 20,000 records, processor time, s",
    "duplicates_growth": "  times what 2,000 take",
    "duplicates_growth_one_commune": "  when all are of one commune",
    "rss_communes_mb": "the territories in memory, MB",
    "list_p50_ms": "list page, made anew, half, ms",
    "list_p99_ms": "list page, 99 of 100, ms",
    "record_p50_ms": "record page, made anew, half, ms",
    "record_p99_ms": "record page, 99 of 100, ms",
    "search_p50_ms": "search page, made anew, half, ms",
    "cached_p50_ms": "a list that was asked for before, half, ms",
    "cached_p99_ms": "  99 of 100, ms",
    "unchanged_p50_ms": "a list that the visitor has (304), half, ms",
    "unchanged_p99_ms": "  99 of 100, ms",
    "nginx_per_s": "nginx with the same bytes as a file, /s of one core",
    "portal_crowded_p99_ms": "first byte beside 400 who say or take nothing, 99 of 100, ms",
    "near_p50_ms": "list around a place among 100,000, made anew, half, ms",
    "near_p99_ms": "  99 of 100, ms",
    "page_home_ms": "processor time of a page of a whole country, made anew: home, ms",
    "page_actors_ms": "  list of 100,000 places, ms",
    "page_matrix_ms": "  matrix of 20,000 use cases, ms",
    "page_agenda_ms": "  agenda, ms",
    "page_aids_ms": "  aids, ms",
    "page_figures_ms": "  figures, ms",
    "page_answers_ms": "  answers, ms",
    "page_network_ms": "  state of the network, ms",
    "page_sitemap_ms": "  sitemap.xml, ms",
    "page_addresses_ms": "  5,000 addresses of it, ms",
    "page_catalogue_ms": "  catalog.jsonld, ms",
    "page_atom_ms": "  a feed, ms",
    "page_calendar_ms": "  a calendar, ms",
    "page_table_ms": "  a CSV file, ms",
    "page_map_ms": "  a GeoJSON file, ms",
    "page_metrics_ms": "  metrics, ms",
    "rss_country_mb": "memory of a hub with a whole country's records, MB",
    "busy_s": "20,000 more arrive while pages are asked for, s",
    "busy_search_s": "  until all can be searched, s",
    "growth_1000_s": "a hub of 1,000 records catches up, s",
    "growth_10000_s": "of 10,000, s",
    "growth_20000_s": "of 20,000, s",
    "growth_100000_s": "of 100,000, s",
    "growth_1_hubs_s": "1 hub of 400 records catches up, s",
    "growth_10_hubs_s": "10 at the same time, s",
    "growth_50_hubs_s": "50 at the same time, s",
    "rss_hub_mb": "memory at W1, at most: hub, MB",
    "rss_national_mb": "  national node, MB",
    "rss_idle_node_mb": "  a node without records, now, MB",
    "rss_node_20000_mb": "  national node with 40,000 records and visitors, MB",
    "rss_node_100000_mb": "  national node with 120,000 records and visitors, MB",
    "rss_broker_50_hubs_mb": "  broker of 50 hubs, MB",
    "record_bytes": "one record, bytes",
    "raw_sqlite_per_s": "SQLite upserts, one table, /s",
    "raw_zmq_1_per_s": "libzmq, a record a message, /s",
    "raw_zmq_100_per_s": "  100 records a message, /s",
    "raw_curve_1_per_s": "  with CURVE, a record a message, /s",
    "raw_curve_100_per_s": "  with CURVE, 100 records a message, /s",
    "raw_blake2b_mb_per_s": "BLAKE2b of records, MB/s",
    "raw_msgpack_per_s": "msgpack-c unpacks records, /s",
    "raw_sign_per_s": "Ed25519 signs, /s",
    "raw_verify_per_s": "Ed25519 verifies, /s",
}


def medians(values):
    return {key: statistics.median(list_) for key, list_ in values.items()}


class Machine:
    """What the run took place on, and what else went on there: figures of a busy machine are worth little."""

    def __init__(self):
        self._start = time.monotonic()
        self._others = self._busy_s() - self._own_s()

    @staticmethod
    def _busy_s():
        user, nice, system, _, _, irq, softirq = map(int, Path("/proc/stat").read_text().split(None, 8)[1:8])
        return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def _own_s():
        usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    def facts(self):
        cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        seconds = time.monotonic() - self._start
        others = self._busy_s() - self._own_s() - self._others
        return {
            "cpu": cpu[0].split(":", 1)[1].strip() if cpu else "unknown",
            "cores": os.cpu_count(),
            "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
            "kernel": os.uname().release,
            "seconds": round(seconds),
            "others_percent": round(100 * others / seconds / os.cpu_count()),
        }


def _number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def _spread(list_):
    return f"{_number(min(list_))} to {_number(max(list_))}" if len(list_) > 1 else ""


def table(found, values, of):
    place = "{cpu}, {cores} cores, {memory_gb} GB, Linux {kernel}; {seconds} s; others used {others_percent} % of it"
    lines = [place.format(**of), ""]
    head = ("key", "what", "median", "least to most", "must", "aim", "")
    row = "{:22} {:56} {:>10} {:>24} {:>10} {:>8} {}"
    lines.append(row.format(*head).rstrip())
    for key, goal in GOALS.items():
        if key in found:
            sign = ">=" if goal.at_least else "<="
            aim = _number(goal.aim) if goal.aim else ""
            verdict = "reached" if goal.reached(found[key]) else "MISSED"
            must = f"{sign} {_number(goal.must)}"
            cells = (key, goal.text, _number(found[key]), _spread(values[key]), must, aim, verdict)
            lines.append(row.format(*cells))
    for key, text in OTHERS.items():
        if key in found:
            cells = (key, text, _number(found[key]), _spread(values[key]), "", "", "")
            lines.append(row.format(*cells).rstrip())
    return "\n".join(lines)
