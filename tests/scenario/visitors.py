"""Visitors who take their time, on purpose or not: the portal serves the others, keeps its size, and cuts each in his turn."""

import contextlib
import http.client
import os
import selectors
import socket
import time
import urllib.parse

from federation import eventually, expect, scenario
from hostile import MIB, _small_quarantine, resident
from web_attacks import _own_address

REQUEST_S, PER_ADDRESS, CONNECTIONS = 10, 32, 256  # of node/portal/http/guests.h
WAIT_MS = 1000  # at most, for 99 of 100 others, also beside busy neighbours
LATE_S = 5  # a look at the clock a second, and a busy machine
GROWTH = 160 * MIB  # 64 MiB may wait for the slow; under a sanitizer all is larger


def _portal(federation, listen="127.0.0.1:0"):
    """(node, port) of a hub with lists of 1 MB."""
    loire = federation.add_node("loire", "hub")
    loire.settings["portal"]["listen"] = listen
    _small_quarantine(loire)
    loire.start()
    loire.bring_in("answer", [{"question": f"q-{n}", "reponse": "Un texte. " * 500, "statut": "valide", "demo": True} for n in range(200)])
    port = urllib.parse.urlsplit(loire.address).port
    _wait_ms(port, 20)
    return loire, port


def _wait_ms(port, count=100):
    """How long 99 of 100 visitors wait for a page, each on a line of its own."""
    found = []
    for _ in range(count):
        begin = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        line.request("GET", "/reponses")
        answer = line.getresponse()
        answer.read()
        line.close()
        expect(answer.status == 200, f"a visitor gets {answer.status}")
        found.append(1000 * (time.monotonic() - begin))
    found.sort()
    expect(found[-1] < 5 * WAIT_MS, f"one waits {found[-1]:.0f} ms")
    return found[count * 99 // 100 - 1]


def _lines(node):
    """How many sockets the node has open."""
    folder = f"/proc/{node.pid()}/fd"
    count = 0
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            count += os.readlink(f"{folder}/{name}").startswith("socket:")
    return count


def _connect(address, words=b"", buffer=None):
    line = socket.socket()
    if buffer:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    line.settimeout(5)
    line.connect(address)
    with contextlib.suppress(OSError):  # it may have been cut already
        line.sendall(words)
    line.setblocking(False)
    return line


class _Crowd:
    """Lines that say or read a byte whenever they are told to."""

    def __init__(self, lines):
        self._lines = list(lines)
        self._begin = time.monotonic()
        self.ended_s = []  # when each line was found ended, since the last was opened

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for line in self._lines:
            line.close()

    def each(self, act):
        for line in list(self._lines):
            try:
                alive = act(line)
            except BlockingIOError:
                alive = True
            except OSError:
                alive = False
            if not alive:
                self.ended_s.append(time.monotonic() - self._begin)
                self._lines.remove(line)
                line.close()
        return len(self._lines)


def _read_byte(line):
    return line.recv(1) != b""


def _say_byte(line):
    try:
        if not line.recv(65536):
            return False
    except BlockingIOError:
        pass
    return line.send(b"x") == 1


def _stay(crowd, act, until, every=1.0):
    """Each line acts once per period until the condition holds; gives how many seconds that took."""
    begin, pause = time.monotonic(), selectors.DefaultSelector()
    while not until():
        expect(time.monotonic() - begin < 2 * REQUEST_S + LATE_S, f"not cut: {crowd.each(act)} lines")
        crowd.each(act)
        pause.select(every)
    return time.monotonic() - begin


@scenario
def who_reads_a_byte_a_second_is_cut_and_holds_nobody_up(federation):
    loire, port = _portal(federation)
    before, lines = resident(loire), _lines(loire)
    words = b"GET /api/v1/answer?limit=200 HTTP/1.1\r\nHost: x\r\n\r\n"
    begin = time.monotonic()
    with _Crowd(_connect(("127.0.0.1", port), words, buffer=4096) for _ in range(120)) as crowd:
        _wait_ms(port, 20)  # their answers are made, which takes its time
        waits = _wait_ms(port)
        grown = resident(loire) - before
        expect(waits < WAIT_MS, f"others wait {waits:.0f} ms")
        expect(grown < GROWTH, f"120 answers of 1 MB that nobody takes cost {grown >> 20} MiB")
        _stay(crowd, _read_byte, lambda: _lines(loire) <= lines)
        expect(time.monotonic() - begin > REQUEST_S - 1, "they were given no time")
    expect(_wait_ms(port, 20) < WAIT_MS, "others wait afterwards")


@scenario
def five_hundred_who_say_nothing_hold_nobody_up(federation):
    loire, port = _portal(federation)
    before, lines = resident(loire), _lines(loire)
    with _Crowd(_connect(("127.0.0.1", port)) for _ in range(500)) as crowd:
        waits = _wait_ms(port)
        expect(waits < WAIT_MS, f"others wait {waits:.0f} ms")
        expect(_lines(loire) <= lines + CONNECTIONS, f"{_lines(loire)} lines are open")
        expect(resident(loire) - before < GROWTH / 4, "they cost memory")
        _stay(crowd, _read_byte, lambda: crowd.each(_read_byte) == 0)
        expect(crowd.ended_s[-1] < REQUEST_S + LATE_S, f"the last was cut after {crowd.ended_s[-1]:.0f} s")
    expect(_lines(loire) <= lines, "their lines are still open")


@scenario
def who_sends_a_byte_a_second_is_cut_and_a_slow_body_is_refused_at_once(federation):
    loire, port = _portal(federation)
    body = b"POST /reponses HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx"
    with _Crowd(_connect(("127.0.0.1", port), body) for _ in range(60)) as bodies:
        _stay(bodies, _say_byte, lambda: bodies.each(_say_byte) == 0, every=0.1)
        expect(bodies.ended_s[-1] < REQUEST_S / 2, f"a body is read for {bodies.ended_s[-1]:.0f} s")
    head = b"GET /reponses HTTP/1.1\r\nHost: x\r\nX-"
    with _Crowd(_connect(("127.0.0.1", port), head) for _ in range(200)) as heads:
        waits = _wait_ms(port)
        expect(waits < WAIT_MS, f"others wait {waits:.0f} ms")
        _stay(heads, _say_byte, lambda: heads.each(_say_byte) == 0)
        expect(heads.ended_s[0] > REQUEST_S - LATE_S, f"the first was cut after {heads.ended_s[0]:.0f} s")
        expect(heads.ended_s[-1] < REQUEST_S + LATE_S, f"the last was cut after {heads.ended_s[-1]:.0f} s")


@scenario
def an_address_has_no_more_lines_than_its_share(federation):
    own = _own_address()
    _, port = _portal(federation, "0.0.0.0:0")
    if not own:
        return  # this machine has no other address than its own
    words = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

    def admitted(lines):
        """Those that were answered."""
        found = []
        for line in lines:
            line.settimeout(5)
            with contextlib.suppress(OSError):
                if line.recv(12) == b"HTTP/1.1 200":
                    found.append(line)
        return found

    with _Crowd(_connect((own, port), words) for _ in range(3 * PER_ADDRESS)) as crowd:
        inside = admitted(crowd._lines)
        expect(len(inside) == PER_ADDRESS, f"{len(inside)} lines of one address were answered")
        expect(_wait_ms(port) < WAIT_MS, "others wait")
        for line in inside[:10]:
            line.close()
        eventually(lambda: admitted([_connect((own, port), words)]), "who left makes room")
