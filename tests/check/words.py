#!/usr/bin/env python3
"""The words of the portal and of the first records, as TAP: no jargon, short sentences.

Looks at the texts of the templates, of config/pilot/seed and of the fields, and at what the sources of the portal and of the
report say. A word of jargon.txt fails; so does a source whose sentences are longer than LONGEST words on average. The average
of each source is printed, because it is what one wants to see go down.
"""

import html
import json
import re
import sys
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 15.0  # words
FOR_MACHINES = {"uid", "code", "langue", "debut", "fin", "fuseau", "url", "url_source", "site", "source_url"}
FOR_ENGINEERS = {"legal_partners"}  # pages that speak to those who connect software


def jargon():
    lines = (ROOT / "tests/check/jargon.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def plain(text):
    """Without accents, as the list may be written."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def template_text(path):
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"<head>.*?</head>|<script.*?</script>|<svg.*?</svg>|<code>.*?</code>", " ", text, flags=re.S)
    text = re.sub(r"</(p|li|h\d|dt|dd|a|label|button|summary|caption)>", ". ", text)
    text = re.sub(r"\{\{[#^/>!].*?\}\}", " ", text)
    text = re.sub(r"\{\{.*?\}\}", "Mot", text)
    return html.unescape(re.sub(r"<[^>]*>", " ", text))


def field_text(path):
    """What a kind calls its fields, and how it helps to fill them in."""
    return "\n".join(re.findall(r'(?:label|plural|help): ("[^"]*"|[^,}\n]*)', path.read_text(encoding="utf-8")))


def said_text(path):
    """The sentences in a source: its strings of several words."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    text = re.sub(r'"\s*\n\s*"', "", text)
    return "\n".join(string for string in re.findall(r'"((?:[^"\\\n]|\\.)*)"', text) if " " in string)


def texts_of(value, name=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts_of(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner, name)
    elif isinstance(value, str) and " " in value and name not in FOR_MACHINES:
        yield value


def sources():
    """Name and texts of each."""
    templates = sorted((ROOT / "node/portal/templates").glob("*.mustache"))
    yield "templates", {path.stem: template_text(path) for path in templates if path.stem not in FOR_ENGINEERS}
    yield "fields", {path.stem: field_text(path) for path in sorted((ROOT / "schemas/kinds").glob("*.yaml"))}
    said = [*sorted((ROOT / "node/portal").rglob("*.c")), ROOT / "node/report.c"]
    yield "sentences in C", {path.stem: said_text(path) for path in said}
    for path in sorted((ROOT / "config/pilot/seed").glob("*.json")):
        records = json.loads(path.read_text(encoding="utf-8"))
        yield path.stem, {f"{number}": "\n".join(texts_of(record)) for number, record in enumerate(records, 1)}


def sentences(text):
    for sentence in re.split(r"[.!?:;]\s|\n+|[.!?]$", text):
        words = re.findall(r"[^\W_][\w'’-]*", sentence)
        if len(words) > 2:
            yield words


def average(texts):
    lengths = [len(words) for text in texts.values() for words in sentences(text)]
    return sum(lengths) / len(lengths) if lengths else 0.0


def found_jargon(texts, words):
    found = []
    for where, text in texts.items():
        text = re.sub(r"«\s*[\w-]+\s*»", " ", text)  # a word between these marks is being explained
        for word, better in words.items():
            flags = 0 if word.isupper() else re.I  # an abbreviation is one only in capitals
            if re.search(rf"(?<![\w-]){re.escape(plain(word))}s?(?![\w-])", plain(text), flags):
                found.append(f"{where}: '{word}'; say: {better}")
    return found


def tell(number, sentence, problems):
    print(f"{'not ok' if problems else 'ok'} {number} - {sentence}")
    for problem in problems:
        print(f"    {problem}")
    return not problems


def main():
    words, good, number = jargon(), True, 0
    sabotaged = found_jargon({"x": "Un process scalable."}, words)
    good &= tell(1, "a word of jargon is seen", [] if len(sabotaged) == 2 else [f"only {sabotaged}"])
    for number, (name, texts) in enumerate(sources(), 1):
        length = average(texts)
        good &= tell(2 * number, f"{name} use no jargon", found_jargon(texts, words))
        long = [f"{length:.1f} words on average"] if length > LONGEST else []
        good &= tell(2 * number + 1, f"{name} have short sentences, {length:.1f} words on average", long)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
