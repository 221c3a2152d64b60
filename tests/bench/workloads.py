"""What is measured: each function runs one workload once and gives its figures by key."""

import json
import subprocess
import tempfile
import time

import country
import doubles
import importing
import rates
from federation import BUILD, expect, run_tool
from stage import DEPARTMENTS, Look, Stage, cpu_s, load, memory_mb, percentile, write
from visitor import COUNTRY, Crowd, SteadyVisitor, Visitor

RECORDS, REVISIONS = 20000, 5
LARGE = 100000
SUBSCRIBERS = 50
RATE = 200
PER_HUB = 400


def one_round(seconds_of_w2):
    """W1, W2, W3 and W4 on the same records, and an import, in a federation of their own."""
    with Stage() as stage:
        broker, national, (loire, rhone) = stage.open("loire", "rhone")
        figures = idle(rhone, national) | w1(stage, broker, national, loire)
        figures |= w2(national, loire, seconds_of_w2)
        figures |= w4(stage, broker)
        figures |= bring_in(rhone, RECORDS)
        rhone.stop()
        return figures | w3(stage, national)


def idle(hub, national):
    return {"rss_idle_node_mb": max(memory_mb(hub, "VmRSS"), memory_mb(national, "VmRSS"))}


def w1(stage, broker, national, loire):
    """100,000 changes of 20,000 records wait at a hub that meets the broker: until the national node has them."""
    write(loire, RECORDS, REVISIONS)
    processes = {"hub": loire, "broker": broker, "national": national}
    before = {name: cpu_s(process) for name, process in processes.items()}
    with Look(national) as look:
        start = stage.link(loire)
        figures = {"W1_s": look.wait_for_seq(RECORDS * REVISIONS, "loire") - start}
        for name, process in processes.items():
            figures[f"W1_cpu_{name}_s"] = cpu_s(process) - before[name]
        figures["W1_search_s"] = look.wait_for_search() - start
    rss = {name: memory_mb(process, "VmHWM") for name, process in processes.items()}
    figures |= {f"rss_{name}_mb": rss[name] for name in processes}
    return figures | {"rss_node_mb": max(rss["hub"], rss["national"])}


def w2(national, loire, seconds):
    """Single commits at a steady rate: from saved at the hub to shown at the national node."""
    time.sleep(0.5)
    measured = load("rate", loire.store, national.database, "loire", RECORDS, RATE, seconds)
    return {
        "W2_p50_ms": measured["visible_p50_ms"],
        "W2_p99_ms": measured["visible_p99_ms"],
        "W2_save_p50_ms": measured["save_p50_ms"],
        "W2_save_p99_ms": measured["save_p99_ms"],
    }


def w3(stage, national):
    """A new node meets a broker that has 20,000 proven records: until it shows them."""
    with Look(national) as look:
        seq = look.seq("loire")
    subscriber = stage.newcomer(national, "newcomer")
    with Look(subscriber) as look:
        start = stage.link(subscriber)
        figures = {"W3_s": look.wait_for_seq(seq, "loire") - start}
        listed = subscriber.api("provider?limit=1")["items"]
        expect(len(listed) == 1, "the newcomer lists nothing")
        figures["W3_search_s"] = look.wait_for_search() - start
    subscriber.stop()
    return figures


def w4(stage, broker):
    """50 subscribers in one process, who check shapes and keep nothing: deliveries a second."""
    measured = load(
        "subscribe", stage.members, stage.keys / "national.key", broker.name, broker.listen,
        "loire", "provider", SUBSCRIBERS,
    )  # fmt: skip
    expect(measured["deliveries"] == SUBSCRIBERS * RECORDS, f"{measured['deliveries']} deliveries")
    return {"W4_per_s": measured["deliveries"] / measured["seconds"], "W4_connect_s": measured["connect_s"]}


def bring_in(hub, count):
    """`maillage import` of JSON: reading, validating, one transaction."""
    source = hub.folder / f"{count}.json"
    with open(source, "wb") as file:
        subprocess.run([BUILD / "tests/bench/bench_load", "json", str(count)], stdout=file, check=True, timeout=60)
    start = time.monotonic()
    answer = run_tool("--config", hub.yaml, "import", "provider", source, "--json", within=120)
    seconds = time.monotonic() - start
    expect(answer.code == 0, f"import ended with {answer.code}: {answer.words}")
    source.unlink()
    return {"import_per_s": count / seconds}


def imports():
    """What `maillage import` costs; the inventory of the United States where it is at hand."""
    with Stage() as stage:
        _, _, (loire, rhone) = stage.open("loire", "rhone")
        before = memory_mb(loire, "VmRSS")
        loire.get("/")
        figures = {"rss_communes_mb": memory_mb(loire, "VmRSS") - before}
        figures |= importing.checks(loire)
        figures |= importing.inventory(loire)
        return figures


def duplicates():
    """Of records in 16 communes, and of as many in one: ten times the records, how many times the time?"""
    with Stage() as stage:
        _, _, (few, many, few_in_one, many_in_one) = stage.open("loire", "rhone", "hub-01", "hub-03")
        bring_in(few, RECORDS // 10)
        bring_in(many, RECORDS)
        doubles.crowd(few_in_one, RECORDS // 10)
        doubles.crowd(many_in_one, RECORDS)
        seconds = doubles.cpu_s(many)
        return {
            "duplicates_s": seconds,
            "duplicates_growth": seconds / doubles.cpu_s(few),
            "duplicates_growth_one_commune": doubles.cpu_s(many_in_one) / doubles.cpu_s(few_in_one),
        }


def at_size(count, passes):
    """A hub of that many records: catching up, then its portal alone, then while another hub's 20,000 arrive."""
    with Stage() as stage:
        _, national, (loire, rhone) = stage.open("loire", "rhone")
        figures = {f"import_{count}_per_s": bring_in(loire, count)["import_per_s"]}
        write(rhone, RECORDS)
        with Look(loire) as look:
            look.wait_for_search()
        with Look(national) as look:
            start = stage.link(loire)
            figures[f"growth_{count}_s"] = look.wait_for_seq(count, "loire") - start
            look.wait_for_search()
            figures |= portal(national, count, passes)
            figures |= rated(national, passes)
            figures |= crowded_portal(national)
            figures |= busy_portal(stage, look, national, rhone)
        figures[f"rss_node_{count}_mb"] = memory_mb(national, "VmHWM")
        return figures


def portal(national, count, passes):
    pages = {
        "list": Visitor.lists, "record": lambda visitor: visitor.records("loire", count), "search": Visitor.searches,
        "cached": Visitor.cached, "unchanged": Visitor.unchanged,
    }  # fmt: skip
    figures = {}
    with Visitor(national) as visitor:
        for name, look in pages.items():
            look(visitor)
            times = [look(visitor) for _ in range(passes)]
            figures[f"{name}_p50_ms"] = [percentile(one, 0.5) for one in times]
            figures[f"{name}_p99_ms"] = [percentile(one, 0.99) for one in times]
    return figures


def rated(national, passes):
    with rates.beside_nginx(national) as nginx:
        found = [rates.of_portal(national) | nginx() for _ in range(passes)]
    return {key: [one[key] for one in found] for key in found[0]}


def crowded_portal(national):
    """Pages at 50 a second while hundreds of visitors say nothing, or do not take what they asked for."""
    visitor = SteadyVisitor(national, "loire")
    with Crowd(national):
        visitor.start()
        time.sleep(5)
        return {"portal_crowded_p99_ms": visitor.end()}


def busy_portal(stage, look, national, rhone):
    """Pages at 50 a second while 20,000 records of another hub arrive and are indexed."""
    visitor = SteadyVisitor(national, "loire")
    visitor.start()
    start = stage.link(rhone)
    figures = {"busy_s": look.wait_for_seq(RECORDS, "rhone") - start}
    figures["busy_search_s"] = look.wait_for_search() - start
    return figures | {"portal_busy_p99_ms": visitor.end()}


def whole_country(passes):
    """A hub with 100,000 places in all communes, 20,000 use cases and the rest: every kind of page, made anew."""
    with Stage() as stage:
        _, _, (hub,) = stage.open("loire")
        for kind in country.KINDS:
            bring_in_country(hub, kind)
        with Look(hub) as look:
            look.wait_for_search()  # else its work would be counted with the pages
        figures = {}
        with Visitor(hub) as visitor:
            visitor.near()
            times = [visitor.near() for _ in range(passes)]
            figures["near_p50_ms"] = [percentile(one, 0.5) for one in times]
            figures["near_p99_ms"] = [percentile(one, 0.99) for one in times]
            for name, path in COUNTRY.items():
                figures[f"page_{name}_ms"] = [work_ms(hub, visitor, path) for _ in range(passes)]
        return figures | {"rss_country_mb": memory_mb(hub, "VmRSS")}


def bring_in_country(hub, kind):
    source = hub.folder / f"{kind}.json"
    source.write_text(json.dumps(country.records(kind)), encoding="utf-8")
    answer = run_tool("--config", hub.yaml, "import", kind, source, "--json", within=300)
    expect(answer.code == 0, f"import of {kind} ended with {answer.code}: {answer.words}")
    source.unlink()


def work_ms(node, visitor, path):
    """The node's processor time for one answer, made anew."""
    before = rates.processor_s(node.pid())
    visitor.get(path)
    return 1e3 * (rates.processor_s(node.pid()) - before)


def growth_records(count):
    with Stage() as stage:
        _, national, (loire,) = stage.open("loire")
        write(loire, count)
        with Look(national) as look:
            start = stage.link(loire)
            return {f"growth_{count}_s": look.wait_for_seq(count, "loire") - start}


def growth_hubs(count):
    """That many hubs of 400 records each, which all meet the broker at the same time."""
    with Stage() as stage:
        names = [f"hub-{number}" for number in DEPARTMENTS[:count]]
        broker, national, hubs = stage.open(*names)
        for hub in hubs:
            write(hub, PER_HUB)
        with Look(national) as look:
            start = stage.link(*hubs)
            figures = {f"growth_{count}_hubs_s": look.wait_for_seq(PER_HUB, *names) - start}
        return figures | {f"rss_broker_{count}_hubs_mb": memory_mb(broker, "VmHWM")}


def raw():
    """What the libraries below do at best with these records."""
    with tempfile.TemporaryDirectory(prefix="mb-") as folder:
        words = [BUILD / "tests/bench/bench_raw", folder]
        process = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(process.stdout)
