"""config/pilot/up, as the README shows it, on a folder and ports of its own."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import textwrap
import urllib.request
from pathlib import Path

from federation import ROOT, Process, eventually, expect, scenario

UP = ROOT / "config/pilot/up"
MAILLAGE = ROOT / ".build/release/maillage"
START = 300  # seconds: the first start may have to build
NODE_KIB, BROKER_KIB = 24 * 1024, 16 * 1024  # resident, when idle


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Pilot(Process):
    """`up` on the scenario's folder, whose name has a space in it."""

    def __init__(self, federation):
        super().__init__("up", UP, federation.folder)
        self.var = federation.folder / "mes données"
        names = ("broker", "loire", "rhone", "national")
        self.ports = dict(zip(names, _free_ports(4)))
        ports = [word for name in names for word in (f"--{name}-port", self.ports[name])]
        self.words = ["--var", self.var, *ports]
        federation.nodes.append(self)
        self.store = self.var

    def logs(self):
        return super().logs() + sorted((self.var / "log").glob("*.log"))

    def start(self, *options):
        self.launch(*self.words, *options)

    def wait_up(self):
        def printed():
            self.must_run()
            return "Ctrl-C" in self.printed()

        eventually(printed, "up prints the addresses", START)
        return self

    def services(self):
        """{name of the YAML file: pid} of its children."""
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                parent = entry.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1]
                words = entry.joinpath("cmdline").read_bytes().decode().split("\0")
            except (OSError, IndexError):
                continue
            if parent == str(self._child.pid) and "maillage-" in words[0]:
                found[Path(words[1]).stem] = int(entry.name)
        return found

    def api(self, node, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[node]}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)

    def tool(self, node, *arguments, input=None):
        return subprocess.run(
            [MAILLAGE, "--config", self.var / f"config/{node}.yaml", *arguments],
            input=input, capture_output=True, text=True, check=True, timeout=30,
        ).stdout  # fmt: skip


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _resident_kib(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


@scenario
def up_check_proves_a_record_at_the_national_node(federation):
    pilot = Pilot(federation)
    pilot.start("--check")
    code = pilot.ended(START)
    expect(code == 0, f"up --check ended with {code}")
    expect(" ms" in pilot.printed(), "it does not tell the delay")


@scenario
def up_starts_the_seeded_pilot_and_ctrl_c_leaves_no_process(federation):
    pilot = Pilot(federation)
    pilot.start()
    pilot.wait_up()
    services = pilot.services()
    expect(services.keys() == {"broker", "loire", "rhone", "national"}, f"it runs {services}")
    organisations = pilot.api("national", "organisation?hub=loire")["items"]
    expect(len(organisations) == 12, f"{len(organisations)} organisations are seeded, not 12")
    expect(pilot.api("national", "hub")["items"], "no hub has its own record")
    for name, pid in services.items():
        most = BROKER_KIB if name == "broker" else NODE_KIB
        expect(_resident_kib(pid) <= most, f"an idle {name} takes {_resident_kib(pid)} KiB")

    second = subprocess.run([UP, *map(str, pilot.words)], capture_output=True, text=True, timeout=60)
    expect(second.returncode == 1 and "tourne déjà" in second.stderr, f"a second up: {second.stderr}")

    edited = {**organisations[0]["body"], "demo": True}
    pilot.tool("loire", "put", "organisation", "-", input=json.dumps(edited))
    pilot.signal(signal.SIGINT)
    pilot.ended()
    expect(not [pid for pid in services.values() if _alive(pid)], "Ctrl-C left a process")

    began = os.times().elapsed
    pilot.start()
    pilot.wait_up()
    expect(os.times().elapsed - began < 10, "a second start is not instant")
    place = f"organisation/loire/{organisations[0]['id']}"
    expect(pilot.api("national", place)["body"].get("demo"), "a second start lost an edit")
    pilot.signal(signal.SIGTERM)
    pilot.ended()


@scenario
def up_reports_a_dead_service_with_its_own_log_and_stops_the_others(federation):
    pilot = Pilot(federation)
    pilot.start()
    pilot.wait_up()
    services = pilot.services()
    os.kill(services["rhone"], signal.SIGKILL)
    expect(pilot.ended() == 1, "up does not end with 1")
    expect("le service rhone" in pilot.printed(), "it does not name the service")
    expect("ready" in pilot.printed(), "it does not show the service's log")
    expect(not [pid for pid in services.values() if _alive(pid)], "it left a process")


@scenario
def up_killed_itself_leaves_no_process(federation):
    pilot = Pilot(federation)
    pilot.start()
    pilot.wait_up()
    services = pilot.services()
    pilot.kill()
    eventually(lambda: not [pid for pid in services.values() if _alive(pid)], "the services end too")


@scenario
def up_on_a_port_in_use_says_which_service(federation):
    pilot = Pilot(federation)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", pilot.ports["rhone"]))
        taken.listen()
        pilot.start()
        expect(pilot.ended(START) == 1, "up does not end with 1")
    expect("le service rhone" in pilot.printed(), f"it does not name the service: {pilot.printed()}")
    expect("--rhone-port N" in pilot.printed(), f"it does not name the option: {pilot.printed()}")


def _readme_department():
    """(the YAML, the commands) of the README's section on a department more."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## A department more\n")[1].split("\n## ")[0]
    yaml, commands = re.findall(r"(?:^    .+\n)+", text, re.M)
    return textwrap.dedent(yaml), textwrap.dedent(commands).splitlines()


@scenario
def a_third_department_is_one_yaml_its_pub_and_two_commands(federation):
    pilot = Pilot(federation)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
    pilot.start()
    signal.signal(signal.SIGHUP, before)
    pilot.wait_up()
    yaml, commands = _readme_department()
    yaml = yaml.replace(":4270", f":{pilot.ports['broker']}").replace(":8038", ":0")
    (pilot.var / "isere.yaml").write_text(yaml, encoding="utf-8")
    here = f"cd {shlex.quote(str(ROOT))};"
    *before, serve = [line.replace("config/pilot/var", shlex.quote(str(pilot.var))) for line in commands]
    for line in before:
        subprocess.run(["bash", "-euc", here + line], check=True, timeout=30)
    isere = Process("isere", "/bin/bash", federation.folder)
    isere.store = pilot.var / "isere"
    federation.nodes.append(isere)
    isere.launch("-c", f"{here} exec {serve}")
    isere.wait_ready()
    eventually(lambda: pilot.api("national", "hub/isere/isere")["verified_at"], "the new hub is at the national node")
    expect(pilot.running(), "up did not survive SIGHUP")
    pilot.signal(signal.SIGTERM)
    pilot.ended()
