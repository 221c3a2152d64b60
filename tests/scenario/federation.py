"""Real brokers and nodes for a scenario, in a folder of its own, on ports that the kernel chooses.

    with Federation() as federation:
        federation.broker()
        loire, national = federation.hub("loire"), federation.aggregator()
        loire.put("answer", {...})
        federation.agrees()

Everything a process prints is kept in NAME.log and shown when the scenario fails. Only children of ours
are ever signalled, and the kernel kills them should this process die first.
"""

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import traceback
import urllib.error
import urllib.request
from pathlib import Path

import store

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("MAILLAGE_BUILD", ROOT / ".build/asan")).resolve()
TERRITORIES = {"loire": "DEP-42", "rhone": "DEP-69", "isere": "DEP-38"}

# A tenth of the defaults of broker/base/timers.c.
TIMERS = {
    "ping": "1s", "silence": "3s", "beat": "6s", "head": "100ms", "answer": "7500ms", "reconcile": "1s",
    "restore": "6s", "change": "500ms", "staging": "6s", "retry": "100ms", "strikes": "6min", "clean": "2h",
}  # fmt: skip

PATIENCE = 20  # seconds: how long anything may take on a busy machine of two cores
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None)
_never = threading.Event()


class Failure(AssertionError):
    """A scenario's expectation that did not hold; the text is for a person."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


class Ended(Failure):
    """A process is no longer there: waiting longer would not help."""


def eventually(condition, what, within=PATIENCE):
    """Waits until condition() is true and gives its value. An exception counts as not yet."""
    limit = _Clock(within)
    last = None
    while True:
        try:
            last = condition()
            if last:
                return last
        except Ended:
            raise
        except (AssertionError, OSError, LookupError, ValueError, TypeError) as error:
            last = error
        if limit.passed():
            raise Failure(f"not within {within} s: {what} (last seen: {last!r})")
        _never.wait(0.03)


class _Clock:
    def __init__(self, seconds):
        self._end = self._now() + seconds

    @staticmethod
    def _now():
        return os.times().elapsed

    def passed(self):
        return self._now() > self._end


class Answer:
    """How a command of the operator's tool ended."""

    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout
        self.words = process.stderr

    def json(self):
        return json.loads(self.out)


def run_tool(*arguments, input=None, env=None, within=60):
    """`maillage ARGUMENTS`, as an operator runs it."""
    process = subprocess.run(
        [BUILD / "maillage", *map(str, arguments)],
        input=input, capture_output=True, text=True, timeout=within, env={**os.environ, **(env or {})},
    )  # fmt: skip
    if "Sanitizer" in process.stderr or process.returncode < 0:
        raise Failure(f"maillage {arguments[0]} broke: {process.returncode}\n{process.stderr}")
    return Answer(process)


def _prepare_child():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs inherit it ignored


class Process:
    """One program of ours under one name, started and ended as often as a scenario likes."""

    def __init__(self, name, program, folder):
        self.name = name
        self.program = program
        self.folder = folder
        self.log = folder / f"{name}.log"
        self.env = {}
        self._child = None
        self._log_start = 0

    def logs(self):
        """The files that tell what happened, to be shown when a scenario fails."""
        return [self.log] if self.log.exists() else []

    def launch(self, *arguments):
        """Starts the program and does not wait for it to be ready."""
        expect(not self.running(), f"{self.name} runs already")
        with open(self.log, "ab") as log:
            self._log_start = log.tell()
            self._child = subprocess.Popen(
                [BUILD / self.program, *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self.env}, preexec_fn=_prepare_child,
            )  # fmt: skip

    def running(self):
        return self._child is not None and self._child.poll() is None

    def pid(self):
        self.must_run()
        return self._child.pid

    def printed(self):
        """What it printed since its last start."""
        with open(self.log, "rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def wait_ready(self):
        """The address of its ready line: "tcp://…" or "http://…"."""

        def ready():
            self.must_run()
            return re.search(r"\bready \S+ \S+ (\S+)", self.printed())

        return eventually(ready, f"{self.name} is ready")[1]

    def must_run(self):
        if not self.running():
            raise Ended(f"{self.name} does not run: {self._child and self._child.poll()}")

    def signal(self, number):
        self.must_run()
        self._child.send_signal(number)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def reload(self):
        self.signal(signal.SIGHUP)

    def kill(self):
        """As a power cut would: no goodbye."""
        self.signal(signal.SIGKILL)
        self._child.wait()

    def stop(self):
        """As an operator would; ends with 0, soon."""
        self.signal(signal.SIGTERM)
        code = self.ended()
        expect(code == 0, f"{self.name} was told to stop and ended with {code}")

    def ended(self, within=PATIENCE):
        """Waits for the end; gives the exit code, negative for a signal."""
        return self._child.wait(timeout=within)

    def discard(self):
        if self.running():
            self._child.kill()
            self._child.wait()

    def complaints(self):
        """What no log may ever contain: a sanitizer's report, a failed assertion."""
        if not self.log.exists():
            return []
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if re.search(r"Sanitizer|runtime error:|Assertion .* failed", line)]


class Broker(Process):
    def __init__(self, name, folder, timers):
        super().__init__(name, "maillage-broker", folder)
        self.yaml = folder / f"{name}.yaml"
        self.store = folder / name
        self.database = self.store / "broker.db"
        self.listen = "tcp://127.0.0.1:*"
        self.timers = timers

    def start(self):
        write_yaml(self.yaml, {
            "broker": {"name": self.name, "listen": self.listen},
            "store": self.name, "key": f"keys/{self.name}.key", "members": "members/",
            "timers": self.timers,
        })  # fmt: skip
        self.launch(self.yaml)
        self.listen = self.wait_ready()  # the next start takes the same port
        return self

    def streams(self):
        return store.read_streams(self.database)


class Node(Process):
    def __init__(self, name, role, folder, brokers, timers, file=None):
        file = file or name
        super().__init__(file, "maillage-node", folder)
        self.yaml = folder / f"{file}.yaml"
        self.store = folder / file
        self.database = self.store / "public.db"
        self.brokers = brokers
        self.schemas = None
        self.address = None
        self.hub = name
        self.settings = {
            "node": {"name": name, "role": role, "title": f"Hub {name}"},
            "store": file, "key": f"keys/{name}.key", "members": "members/",
            "subscribe": [{"hub": "*", "kinds": ["*"]}],
            "portal": {"listen": "127.0.0.1:0"},
            "timers": timers,
        }  # fmt: skip
        if role == "hub":
            self.settings["node"]["territory"] = TERRITORIES[name]

    def write(self):
        brokers = [{"name": broker.name, "endpoint": broker.listen} for broker in self.brokers]
        schemas = {"schemas": str(self.schemas)} if self.schemas else {}
        write_yaml(self.yaml, {**self.settings, "brokers": brokers, **schemas})

    def start(self, *options):
        self.write()
        self.launch(*options, self.yaml)
        self.address = self.wait_ready()
        return self

    def streams(self):
        return store.read_streams(self.database)

    # --- as its operator ---

    def tool(self, *arguments, input=None):
        env = {"MAILLAGE_SCHEMAS": str(self.schemas)} if self.schemas else None
        return run_tool("--config", self.yaml, *arguments, input=input, env=env)

    def must(self, *arguments, input=None):
        answer = self.tool(*arguments, input=input)
        expect(answer.code == 0, f"{self.name}: maillage {' '.join(map(str, arguments))} "
                                 f"ended with {answer.code}: {answer.out}{answer.words}")  # fmt: skip
        return answer

    def put(self, kind, body):
        return self.must("put", kind, "-", input=json.dumps(body))

    def delete(self, kind, id):
        return self.must("delete", kind, id)

    def bring_in(self, kind, bodies, *options):
        """`maillage import` of many records: one transaction."""
        source = self.folder / f"{self.name}-{kind}.json"
        source.write_text(json.dumps(bodies), encoding="utf-8")
        return self.must("import", *options, kind, source)

    # --- as a visitor ---

    def get(self, path):
        """(status, text) of a page."""
        try:
            with urllib.request.urlopen(self.address.rstrip("/") + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")

    def api(self, path):
        status, text = self.get(f"/api/v1/{path}")
        expect(status == 200, f"{self.name}: {path} answers {status}: {text[:200]}")
        return json.loads(text)

    def shows(self, hub, kind, id):
        """The record as the API shows it, or None."""
        status, text = self.get(f"/api/v1/{kind}/{hub}/{id}")
        expect(status in (200, 404, 410), f"{self.name}: {kind} {id} answers {status}: {text[:200]}")
        return json.loads(text) if status == 200 else None


class Federation:
    """A members folder, keys, brokers and nodes; ends them all, whatever happened."""

    def __init__(self):
        # Short: a socket's path has 107 bytes (ipc), and it lies below this folder.
        self.folder = Path(tempfile.mkdtemp(prefix="mf-", dir=os.environ.get("MAILLAGE_TEST_FOLDER", "/tmp")))
        self.keys = self.folder / "keys"
        self.members = self.folder / "members"
        self.keys.mkdir()
        self.members.mkdir()
        self.timers = dict(TIMERS)
        self.brokers = []
        self.nodes = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        processes = self.brokers + self.nodes
        for process in processes:
            process.discard()
        complaints = [f"{p.name}: {line}" for p in processes for line in p.complaints()]
        if error or complaints:
            self._tell(processes)
        shutil.rmtree(self.folder, ignore_errors=True)
        if complaints and not error:
            raise Failure("a program broke:\n" + "\n".join(complaints))

    def _tell(self, processes):
        for log in (log for process in processes for log in process.logs()):
            lines = log.read_text(errors="replace").splitlines()
            print(f"--- {log.name}", *lines[-60:], sep="\n    ")

    def make_key(self, name, role, member=True):
        territory = ["--territory", TERRITORIES[name]] if role == "hub" else []
        answer = run_tool("keygen", name, "--role", role, *territory, "--out", self.keys)
        expect(answer.code == 0, f"keygen {name}: {answer.words}")
        if member:
            self.admit(name)

    def admit(self, name):
        shutil.copy(self.keys / f"{name}.pub", self.members)

    def expel(self, name):
        (self.members / f"{name}.pub").unlink()

    def add_broker(self, name="a"):
        self.make_key(name, "broker")
        broker = Broker(name, self.folder, self.timers)
        self.brokers.append(broker)
        return broker

    def add_node(self, name, role, member=True):
        self.make_key(name, role, member)
        node = Node(name, role, self.folder, list(self.brokers), self.timers)
        self.nodes.append(node)
        return node

    def add_twin(self, node, file):
        """A second node with the name and key of another, on a store of its own."""
        twin = Node(node.hub, node.settings["node"]["role"], self.folder, node.brokers, self.timers, file)
        self.nodes.append(twin)
        return twin

    def usual(self, *hubs, brokers=("a",)):
        """The brokers, these hubs (Loire and Rhône unless told) and the national node, all running.

        All keys come before the first start: whoever starts finds all members."""
        for name in brokers:
            self.add_broker(name)
        for name in hubs or ("loire", "rhone"):
            self.add_node(name, "hub")
        self.add_node("national", "aggregator")
        for process in self.brokers + self.nodes:
            process.start()
        return self.nodes

    def raw_peer(self, member, broker, action, *arguments):
        """The command line of raw_peer.c: a member that does not follow the protocol."""
        key = self.keys / f"{member}.key"
        words = [BUILD / "tests/raw_peer", self.members, key, broker.name, broker.listen, action, *arguments]
        return [str(word) for word in words]

    def misbehave(self, member, broker, action, *arguments):
        """Runs raw_peer to its end; gives what it printed."""
        process = subprocess.run(
            self.raw_peer(member, broker, action, *arguments), capture_output=True, text=True, timeout=60
        )
        expect(process.returncode == 0, f"raw_peer {action}: {process.stderr}")
        return process.stdout.split("\n")

    def differences(self):
        """["where: what"] for every stream whose copies are not yet what its hub has."""
        running = [p for p in self.brokers + self.nodes if p.running()]
        found = []
        holdings = {p.name: p.streams() for p in running}
        own = {key: (p, s) for p in running for key, s in holdings[p.name].items() if s.own}
        for key, (hub, stream) in own.items():
            for process in running:
                if process is not hub:
                    text = store.difference(stream, holdings[process.name].get(key))
                    if text:
                        found.append(f"{'/'.join(key)} at {process.name}: {text}")
        expect(own, "no hub has any stream")
        return found

    def agrees(self, within=PATIENCE):
        """Waits until every running process holds, proven, exactly what every running hub has."""

        def settled():
            found = self.differences()
            expect(not found, "; ".join(found[:5]))
            return True

        eventually(settled, "every node agrees with every hub", within)

    def files_with(self, text):
        """Names of the files below a store, log or dump of ours whose bytes contain the text."""
        wanted = text.encode()
        places = [p.store for p in self.brokers + self.nodes] + [p.log for p in self.brokers + self.nodes]
        files = [f for place in places for f in ([place] if place.is_file() else place.rglob("*"))]
        return [str(f.relative_to(self.folder)) for f in files if f.is_file() and wanted in f.read_bytes()]


def write_yaml(path, settings):
    """JSON is YAML: one key a line, so that an error's position means something."""
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in settings.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


_scenarios = {}


def scenario(function):
    """Registers a scenario; its name is the sentence it proves."""
    _scenarios[function.__name__] = function
    return function


def scenarios():
    return dict(_scenarios)


def run_scenario(name):
    """Runs one scenario and tells whether it held."""
    try:
        with Federation() as federation:
            _scenarios[name](federation)
        return True
    except Exception:
        traceback.print_exc()
        return False
