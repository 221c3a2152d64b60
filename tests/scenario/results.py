"""What scenarios count, for `tests/run --report`, and how much of it they do (tests/amounts)."""

import json
import os
from pathlib import Path

from federation import ROOT

FOLDER = os.environ.get("MAILLAGE_RESULTS")  # of tests/run; by hand nothing is kept


def _number(text):
    return int(text) if text.isdigit() else float(text)


def amount(name):
    """MAILLAGE_NAME of the environment, as a number, or what `tests/run` does of it."""
    told = os.environ.get(f"MAILLAGE_{name.upper()}")
    if told:
        return _number(told)
    for line in (ROOT / "tests/amounts").read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words and words[0] == name:
            return _number(words[1])
    raise LookupError(f"tests/amounts has no {name}")


class Counts(dict):
    """Figures of one scenario; tests/figures.py adds them to those of the others."""

    def __init__(self, name, **figures):
        super().__init__(**figures)
        self._file = FOLDER and Path(FOLDER) / f"scenario-{name}-{os.getpid()}.json"

    def write(self):
        if self._file:
            self._file.write_text(json.dumps(self))

    def longest(self, name, seconds):
        self[name] = max(self.get(name, 0), round(seconds, 2))
        self.write()
