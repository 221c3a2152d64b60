"""What hostile words, addresses, requests and visitors do to a portal: nothing.

The words are typed at one hub, and come from another one whose descriptions of the kinds let anything into any
field; every page, twin, feed and file of both portals is then read by parsers, which must find the elements and
attributes that plain words give, and no other.
"""

import copy
import html.parser
import http.client
import itertools
import json
import os
import re
import shutil
import socket
import time
import urllib.parse
import xml.etree.ElementTree

import forging
import store
import yaml
from federation import ROOT, eventually, expect, scenario
from hostile import MIB, _small_quarantine, resident
from interfaces import _filled, _say, _statuses

EVERY = bool(os.environ.get("MAILLAGE_EVERY_PAGE"))  # each payload in each field, and each page is read
SAMPLE = 1 if EVERY else 8  # every n-th record's page is read
AT_ONCE = 20  # hostile records of each kind in one state
MARK = "zq7"  # in every payload that could become an element, an attribute or a script
PLAIN = ["Un texte simple.", "Bonjour", "essai", "Deux mots"]


# ---- payloads ----

_EVENTS = ("onerror", "onload", "onclick", "onmouseover", "onfocus", "ontoggle", "onbegin", "onpointerenter")
_ELEMENTS = (
    "script", "img", "svg", "iframe", "object", "embed", "base", "meta", "link", "style", "form", "input", "textarea",
    "video", "audio", "details", "math", "template", "noscript", "title", "xmp", "plaintext", "marquee", "body",
)  # fmt: skip
_URLS = (
    f"javascript:{MARK}()", f"JaVaScRiPt:{MARK}()", f" javascript:{MARK}()", f"java\tscript:{MARK}()", f"java\nscript:{MARK}()",
    f"javascript&colon;{MARK}()", f"&#106;avascript:{MARK}()", f"\x01javascript:{MARK}()", f"vbscript:{MARK}",
    f"data:text/html,<script>{MARK}</script>", f"data:text/html;base64,PHNjcmlwdD4=#{MARK}", f"//{MARK}.example/x.js",
    f"\\\\{MARK}.example\\x", f"https:\\{MARK}.example", f"http://{MARK}.example@127.0.0.1/", f"feed:javascript:{MARK}()",
    f"jar:https://{MARK}.example!/x", f"view-source:{MARK}", f"file:///etc/{MARK}", f"blob:{MARK}", f"ws://{MARK}.example",
    f"https://{MARK}.example/\"onmouseover=\"{MARK}", f"https://{MARK}.example/'><{MARK}>", f"https://{MARK}.example/?<{MARK}>",
    f"mailto:{MARK}@example.fr?bcc=x\r\nX: y", f"tel:+33<{MARK}>",
)  # fmt: skip
_BREAKOUTS = (
    f"\"><{MARK}>", f"'><{MARK}>", f"`><{MARK}>", f"\" {MARK}=\"1", f"' {MARK}='1", f" {MARK}=1 ", f"\"/{MARK}=\"", f"--><{MARK}>",
    f"]]><{MARK}>", f"</title><{MARK}>", f"</script><{MARK}>", f"</SCRIPT ><{MARK}>", f"</textarea><{MARK}>", f"</style><{MARK}>",
    f"</a><{MARK}>", f"</option></select><{MARK}>", f"</table><{MARK}>", f"<!--<{MARK}>", f"<![CDATA[<{MARK}>]]>", f"<?{MARK} x?>",
    f"<!DOCTYPE {MARK}>", f"<!ENTITY {MARK} SYSTEM 'file:///etc/passwd'>", f"<{MARK}", f"<{MARK}/>", f"</{MARK}>", f"<\x00{MARK}>",
    f"<{MARK}\u2028>", f"\\\"><{MARK}>", f"\\u003c{MARK}\\u003e", f"\\x3c{MARK}\\x3e", f"%3C{MARK}%3E", f"&lt;{MARK}&gt;",
    f"&#60;{MARK}&#62;", f"&#x3c;{MARK}&#x3e;", f"&#0000060{MARK}&#62", f"+ADw-{MARK}+AD4-", f"\ufe64{MARK}\ufe65", f"\uff1c{MARK}\uff1e",
    f"\u02c2{MARK}\u02c3", f"\u3008{MARK}\u3009", f"\u226e{MARK}\u226f",
)  # fmt: skip
_SCRIPTS = (
    f"';{MARK}();//", f"\";{MARK}();//", f"`;{MARK}();//", f"${{{MARK}()}}", f"{{{{{MARK}}}}}", f"{{{{{{{MARK}}}}}}}", f"{{{{&{MARK}}}}}",
    f"{{{{#{MARK}}}}}x{{{{/{MARK}}}}}", f"{{{{=<% %>=}}}}<%{MARK}%>", f"<%= {MARK} %>", f"#{{{MARK}}}", f"[[{MARK}]]", f"{{%{MARK}%}}",
    f"${MARK}", f"\\'-{MARK}()-\\'", f"\u2028{MARK}()", f"\u2029{MARK}()", f"*/{MARK}()/*", f"\\\n{MARK}()", f"</script><!--{MARK}",
)  # fmt: skip
_STYLES = (
    f"}}*{{background:url(//{MARK}.example)}}", f"expression({MARK}())", f"@import '//{MARK}.example';", f"x;{MARK}:1", f"url(javascript:{MARK}())",
    f"-moz-binding:url(//{MARK}.example)", f"behavior:url({MARK})", f"\\3c {MARK}",
)  # fmt: skip
_MARKDOWN = (
    f"[x](javascript:{MARK}())", f"[x](java\nscript:{MARK}())", f"[x](<javascript:{MARK}()>)", f"![x](https://{MARK}.example/suivi.png)",
    f"![x](javascript:{MARK}())", f"[x][y]\n\n[y]: javascript:{MARK}()", f"<javascript:{MARK}()>", f"[x](data:text/html,{MARK})",
    f"[x](\"onclick=\"{MARK})", f"[x](https://e.example \"t\" {MARK}=\"1)", f"[<{MARK}>](https://e.example)", f"`<{MARK}>`",
    f"```\n<{MARK}>\n```", f"    <{MARK}>", f"<{MARK}>**x**</{MARK}>", f"&lt;{MARK}&gt;", f"\\<{MARK}>", f"- <{MARK}>\n- x",
    f"[x](&#106;avascript:{MARK}())", f"[x](JAVASCRIPT:{MARK}())", f"[x](//{MARK}.example)", f"<https://{MARK}.example/'\"><{MARK}>",
    f"![{MARK}\" onerror=\"{MARK}](x)", f"# <{MARK}>", f"> <{MARK}>", f"1. <{MARK}>", f"***<{MARK}>***", f"[^1]\n\n[^1]: <{MARK}>",
)  # fmt: skip
_UNICODE = (
    f"\ufeff<{MARK}>", f"\u202e<{MARK}>\u202c", f"\u2066<{MARK}>\u2069", f"\u200b<\u200b{MARK}>", f"<\u0301{MARK}>", f"\U0001f600<{MARK}>",
    "\u202egpj.exe", "a\u0300\u0301\u0302\u0303" * 20, "\ufdd0<" + MARK + ">", "\U000e0001<" + MARK + ">", f"İ<{MARK}>", f"ﬁ<{MARK}>",
    f"\u0085<{MARK}>", f"\u00a0<{MARK}>", f"\u1680<{MARK}>", f"\u180e<{MARK}>", f"ſcript<{MARK}>", f"<ſcript {MARK}>", f"\ud7ff<{MARK}>",
)  # fmt: skip
_FORMULAS = (
    f"=cmd|' /C {MARK}'!A0", f"+{MARK}", f"-{MARK}", f"@SUM({MARK})", f"\t={MARK}", f"\r={MARK}", f"\"={MARK}", f"a,b\"c\r\nd={MARK}",
    f"BEGIN:VEVENT\r\nSUMMARY:{MARK}\r\nEND:VEVENT", f"x\nATTACH:http://{MARK}.example", f"x\\nURL:{MARK}", f"\u0000{MARK}",
)  # fmt: skip


def _payloads():
    found = []
    for element, event in zip(_ELEMENTS, itertools.cycle(_EVENTS)):
        found.append(f"<{element} src=x {event}={MARK}()>{MARK}</{element}>")
        found.append(f"<{element.upper()}/{event}='{MARK}()'//{MARK}")
    found += [f'<svg><g {event}="{MARK}()"></g></svg>' for event in _EVENTS]
    found += [f'"{event}="{MARK}()" x="' for event in _EVENTS] + [f"'{event}='{MARK}()' x='" for event in _EVENTS]
    found += [*_URLS, *_BREAKOUTS, *_SCRIPTS, *_STYLES, *_MARKDOWN, *_UNICODE, *_FORMULAS]
    return list(dict.fromkeys(found))


PAYLOADS = _payloads()
# What nobody can see is refused where it is typed: controls, marks of direction, separators, the byte order mark.
_INVISIBLE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufdd0\U000e0001]")
HIDDEN = [word for word in PAYLOADS if _INVISIBLE.search(word)]
SEEN = [word for word in PAYLOADS if not _INVISIBLE.search(word)]


# ---- records that carry them ----

_SAMPLES = {
    "bool": True, "integer": 3, "decimal": 2.5, "degrees": 4.5, "interval": [1, 2], "date": "2027-05-01",
    "instant": "2027-05-01T18:00:00+02:00", "siren": "732829320", "siret": "73282932000074", "naf": {"nomenclature": "rev2", "code": "62.01Z"}, "cog": "DEP-42",
    "url": "https://exemple.example/", "tel": "04 77 00 00 00", "courriel": "contact@exemple.example", "rna": "W421000001",
}  # fmt: skip
_WORDS = ("text", "markdown")
_LOOSE = [*_WORDS, *(kind for kind in _SAMPLES if kind not in ("bool", "integer", "decimal", "degrees", "interval")), "code"]


def _kinds():
    common = yaml.safe_load((ROOT / "schemas/common.yaml").read_text())["fields"]
    for file in sorted((ROOT / "schemas/kinds").glob("*.yaml")):
        kind = yaml.safe_load(file.read_text())
        yield file.stem, kind, kind["fields"] + common


def _first_term(vocabulary):
    terms = yaml.safe_load((ROOT / f"schemas/vocabularies/{vocabulary}.yaml").read_text())["terms"]
    return next(iter(terms))


class _Writer:
    """Makes bodies of words of a list: a place in the n-th body has the n-th word after the place's own first
    one, so that as many bodies as there are words have each word in each place that it fits in."""

    def __init__(self, words, loose):
        self._words = words
        self._loose = loose
        self._number = self._place = 0
        self.used = set()

    def _word(self, limit, lines=True):
        self._place += 1
        for step in range(len(self._words)):
            word = self._words[(self._number + self._place + step) % len(self._words)]
            if len(word) + 8 <= limit and (lines or not re.search("[\n\t]", word)):
                self.used.add(word)
                return word
        return "x"

    def value(self, field):
        kind = field["type"]
        if kind in _WORDS or (self._loose and kind in _LOOSE):
            limit = field.get("max", 2000) if kind in _WORDS else 2000
            return self._word(limit, kind == "markdown") if limit > 12 else "x" * min(limit, 5)
        if kind == "code":
            return _first_term(field["vocabulary"])
        if kind == "list":
            return [self.value(field["entry"])]
        if kind == "map":
            return self.body(field["fields"])
        return _SAMPLES[kind]

    def body(self, fields):
        return {field["name"]: self.value(field) for field in fields}

    def next_body(self, fields):
        self._number += 1
        self._place = 0
        return self.body(fields)

    def record(self, name, kind, fields):
        """A body with a key of its own; each word at the beginning of a field in some record."""
        body = self.next_body(fields)
        if not self._loose:  # else one number would be the key of all of them
            body = {name: value for name, value in body.items() if name not in ("siren", "siret", "rna")}
        for path in {path for key in kind["key"] for path in key}:
            place, *rest = path.split(".")
            part = body
            while rest:
                part, place = part.get(place, {}), rest.pop(0)
            if part.get(place) in self.used:
                part[place] = f"{part[place]} {self._number}"
        return body


def _loosened(field):
    """The same field, of a hub that lets any text into it."""
    field = copy.deepcopy(field)
    kind = field["type"]
    if kind == "list":
        field["entry"] = _loosened(field["entry"])
    elif kind == "map":
        field["fields"] = [_loosened(part) for part in field["fields"]]
    elif kind in _LOOSE and kind not in _WORDS:
        field = {key: value for key, value in field.items() if key in ("name", "label", "help")} | {"type": "text", "max": 2000}
    if kind in _WORDS:
        field["max"] = max(field.get("max", 0), 2000)
    field.pop("need", None)
    field.pop("facet", None)
    return field


def _loose_schemas(federation):
    """The kinds as a hub of another version might have them."""
    folder = federation.folder / "loose"
    (folder / "kinds").mkdir(parents=True)
    shutil.copytree(ROOT / "schemas/vocabularies", folder / "vocabularies")
    common = yaml.safe_load((ROOT / "schemas/common.yaml").read_text())
    common["fields"] = [_loosened(field) for field in common["fields"]]
    (folder / "common.yaml").write_text(json.dumps(common), encoding="utf-8")
    for name, kind, _ in _kinds():
        kind = {**kind, "version": kind["version"] + 1, "fields": [_loosened(field) for field in kind["fields"]]}
        for told_of_fields in ("rules", "facets"):
            kind.pop(told_of_fields, None)
        (folder / f"kinds/{name}.yaml").write_text(json.dumps(kind), encoding="utf-8")
    return folder


def _fill(hub, words, loose, count):
    """Brings in `count` records of each kind, of which nearly all must be taken."""
    for name, kind, fields in _kinds():
        writer = _Writer(words, loose)
        bodies = [writer.record(name, kind, fields) for _ in range(count)]
        source = hub.folder / f"{hub.name}-{name}.json"
        source.write_text(json.dumps(bodies), encoding="utf-8")
        done = hub.tool("import", name, source)
        taken = re.search(r"(\d+) nouvelle", done.out)
        why = "\n".join(line for line in done.words.splitlines() if "erreur" in line)
        expect(name == "hub" or (taken and int(taken[1]) >= 0.8 * count), f"{hub.name}, {name}: {done.out}{why[:2000]}")


# ---- reading pages ----


class _Page(html.parser.HTMLParser):
    """The elements and attributes of a page, and what they lead to."""

    LOADS = {("img", "src"), ("script", "src"), ("link", "href"), ("form", "action"), ("iframe", "src"), ("use", "href"),
             ("source", "srcset"), ("img", "srcset"), ("object", "data"), ("video", "src"), ("input", "src")}  # fmt: skip
    NO_LOAD = {"canonical", "alternate", "next", "prev", "search", "license", "me"}

    def __init__(self, text, origin):
        super().__init__(convert_charrefs=True)
        self.shape, self.trouble, self._script = set(), [], None
        self._origin = origin
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.shape.add((tag, ""))
        values = dict(attributes)
        for name, value in attributes:
            self.shape.add((tag, name))
            if name.startswith("on") or name in ("style", "srcdoc", "formaction", "http-equiv"):
                self.trouble.append(f"<{tag} {name}={value}>")
            if name in ("href", "src", "action", "data", "srcset", "cite", "poster"):
                self._look_at(tag, name, value or "", values)
        if tag == "script":
            self._script = values.get("type", "")
            if self._script != "application/ld+json" and "src" not in values:
                self.trouble.append("a script in the page")

    def handle_endtag(self, tag):
        if tag == "script":
            self._script = None

    def handle_data(self, data):
        if self._script == "application/ld+json":
            try:
                json.loads(data)
            except ValueError:
                self.trouble.append(f"no JSON-LD: {data[:80]}")

    def handle_comment(self, data):
        if MARK in data:
            self.trouble.append(f"a comment: {data[:80]}")

    def unknown_decl(self, data):
        self.trouble.append(f"a declaration: {data[:80]}")

    handle_pi = unknown_decl

    def _look_at(self, tag, name, value, attributes):
        scheme = re.match(r"[\s\x00-\x20]*([a-zA-Z][\w+.-]*)\s*:", value)
        if scheme and scheme[1].lower() not in ("http", "https", "mailto", "tel", "webcal"):
            self.trouble.append(f"<{tag} {name}={value}>")
        loads = (tag, name) in self.LOADS and not (tag == "link" and set(attributes.get("rel", "").split()) <= self.NO_LOAD)
        if loads and not (value.startswith("/") and not value.startswith("//")) and not value.startswith(("#", self._origin)):
            self.trouble.append(f"asks another host: <{tag} {name}={value}>")


class _Visitor:
    """Asks for many pages on one connection."""

    def __init__(self, node):
        place = urllib.parse.urlsplit(node.address)
        self.origin = f"http://{place.netloc}/"
        self._line = http.client.HTTPConnection(place.hostname, place.port, timeout=20)

    def get(self, path):
        """(status, type, text)."""
        self._line.request("GET", urllib.parse.quote(path, safe="/?=&%+-._~:,"))
        answer_ = self._line.getresponse()
        content = answer_.read()
        policy = answer_.headers.get("Content-Security-Policy", "")
        expect(policy.startswith("default-src 'self'; ") and "unsafe" not in policy, f"{path}: its policy is {policy!r}")
        expect(answer_.headers.get("X-Content-Type-Options") == "nosniff", f"{path} may be taken for another type")
        return answer_.status, answer_.headers.get("Content-Type", "").split(";")[0], content.decode()


def _api_pages(visitor, kind, hub):
    """The records of a hub, 200 at a time; the first 200 only, when not every page is read."""
    place = f"/api/v1/{kind}?limit=200&hub={hub}"
    page = json.loads(visitor.get(place)[2])
    yield page
    while EVERY and page.get("next"):
        page = json.loads(visitor.get(f"{place}&after={urllib.parse.quote(page['next'], safe='')}")[2])
        yield page


def _paths(visitor, hubs, sample):
    """The pages of a portal: its lists, and what every n-th record of these hubs has."""
    kinds = json.loads(visitor.get("/api/v1/kinds")[2])["kinds"]
    for path in ("/", "/recherche?q=essai", "/reseau", "/sitemap.xml", "/catalog.jsonld", "/opensearch.xml", "/plan", "/mentions"):
        yield path
    for number, kind in enumerate(kinds):
        place = f"/{kind['path']}"
        yield from (place, place + ".atom", place + ".csv", place + ".json", place + ".ics", f"/embed/{kind['path']}")
        yield from (f"/sitemap/{kind['path']}.xml", f"/api/v1/{kind['kind']}.atom")
        ids, onward = [], []
        for hub in hubs:
            for page in _api_pages(visitor, kind["kind"], hub):
                ids += [(item["hub"], item["id"]) for item in page.get("items", [])]
                onward += [page["next"]] if page.get("next") else []
        yield from (f"{place}?after={urllib.parse.quote(next_, safe='')}" for next_ in onward)
        for at, (hub, id_) in enumerate(ids):
            if at % sample == 0:
                record = f"{place}/{hub}/{urllib.parse.quote(id_, safe='')}"
                yield record
                if at % (8 * sample) == number:
                    yield from (record + ".json", record + ".ics", record + "/affiche")


def _read(status, kind, text, origin):
    """(shape, trouble) of an answer: elements, and what no page may have."""
    if status != 200:
        return set(), [f"answers {status}"] if status >= 500 else []
    if kind == "text/html":
        page = _Page(text, origin)
        trouble = page.trouble + [f"unescaped: {word!r}" for word in _RAW if word in text]
        return page.shape, trouble
    if kind.endswith("xml"):
        xml_ = xml.etree.ElementTree.fromstring(text)
        return {(element.tag, name) for element in xml_.iter() for name in ["", *element.attrib]}, []
    if kind.endswith("json"):
        json.loads(text)
    if kind == "text/calendar":
        odd = [line for line in text.split("\r\n") if re.match(r"(ATTACH|BEGIN:VEVENT SUMMARY)|\n", line) or "\n" in line]
        return set(), [f"a line of its own: {line!r}" for line in odd]
    if kind == "text/csv":
        return set(), [f"a formula: {cell!r}" for cell in re.findall(r'(?:^|,|\n)"?([=+@][^",\n]*)', text) if MARK in cell]
    return set(), []


_RAW = [word for word in PAYLOADS if re.search(r"<[a-zA-Z/!?]", word)]


def _shape(node, hubs, sample):
    """Everything that the answers of a portal are made of, and how many of them show a hostile word."""
    visitor, shape, found, shown = _Visitor(node), set(), [], 0
    for path in _paths(visitor, hubs, sample):
        answer_ = visitor.get(path)
        part, trouble = _read(*answer_, visitor.origin)
        shape |= part
        found += [f"{path}: {what}" for what in trouble]
        shown += MARK in answer_[2]
    expect(not found, f"{node.name}: {len(found)} times, such as\n" + "\n".join(found[:5]))
    return shape, shown


# What markdown and long texts may add to what plain words give.
_TEXT = {
    "p", "strong", "em", "ul", "ol", "li", "a", "code", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr", "br", "span",
    "abbr", "div",
}  # fmt: skip
_TEXT_ATTRIBUTES = {"", "href", "rel", "start", "class", "lang", "translate", "id"}


def _strange(shape, plain):
    return sorted(
        (tag, name) for tag, name in shape - plain if MARK in tag + name or not (tag in _TEXT and name in _TEXT_ATTRIBUTES)
    )


@scenario
def hostile_words_in_every_field_of_every_kind_are_only_words(federation):
    expect(len(PAYLOADS) >= 200, f"only {len(PAYLOADS)} payloads")
    loire, rhone, national = federation.usual()
    rhone.stop()
    rhone.schemas = _loose_schemas(federation)
    rhone.start()
    _fill(loire, PLAIN, False, 3)
    _fill(rhone, PLAIN, True, 3)
    federation.agrees()
    plain = {node.name: _shape(node, ("loire", "rhone"), 1)[0] for node in (loire, national)}
    count = len(SEEN) if EVERY else 60
    _fill(loire, SEEN, False, count)
    _fill(rhone, SEEN, True, count)
    federation.agrees()
    records = national.api("organisation?hub=rhone&limit=1")["total"]
    expect(records > 50, f"only {records} records came from the other hub")
    for node, hubs in ((loire, ("loire", "rhone")), (national, ("rhone", "loire"))):
        shape, shown = _shape(node, hubs, SAMPLE)
        strange = _strange(shape, plain[node.name])
        expect(not strange, f"{node.name}: words became elements or attributes: {strange[:10]}")
        expect(shown > 70, f"{node.name}: only {shown} answers show a hostile word")


# ---- a peer that is not our program ----


def _publish(federation, member, words, count, turn=0):
    """One state of each kind, with the next words each turn; gives {kind: bodies by id}."""
    published = {}
    for name, kind, fields in _kinds():
        writer = _Writer(words[turn * count :] + words[: turn * count], True)
        bodies = [writer.next_body(fields) for _ in range(count)]
        if name == "hub":
            bodies = [{**body, "code": member} for body in bodies]
        published[name] = {f"x-{n}": body for n, body in enumerate(bodies, 1)}
        forging.publish(federation, member, name, published[name])
    return published


def _heard(national, member, published):
    streams = national.streams()
    held = {name: {id: store.read_body(item) for id, item in streams[member, name].items.items()} for name in published}
    return held == published


@scenario
def hostile_words_signed_by_a_member_that_checks_nothing_are_only_words(federation):
    federation.add_broker()
    national = federation.add_node("national", "aggregator")
    federation.make_key("isere", "hub")
    for process in federation.brokers + [national]:
        process.start()
    published = _publish(federation, "isere", PLAIN, 3)
    eventually(lambda: _heard(national, "isere", published), "the plain words are at the national node")
    plain, _ = _shape(national, ("isere",), 1)
    words = HIDDEN + SEEN
    for turn in range(-(-len(words) // AT_ONCE) if EVERY else 1):
        published = _publish(federation, "isere", words, AT_ONCE, turn)
        eventually(lambda: _heard(national, "isere", published), "the hostile ones are too")
        shape, shown = _shape(national, ("isere",), 1 if EVERY else 4)
        strange = _strange(shape, plain)
        expect(not strange, f"words became elements or attributes: {strange[:10]}")
        expect(shown > 40, f"only {shown} answers show a hostile word")


# ---- addresses ----

_SQL = (
    "'", "''", "\"", "`", "\\", "' OR 1=1 --", "\" OR \"\"=\"", "') OR ('1'='1", "1 OR 1=1", "1; DROP TABLE item; --", "' UNION SELECT 1,2,3 --",
    "x' AND randomblob(1000000000) --", "'||(SELECT hex(bytes) FROM item)||'", "*", "\"*\"", "NEAR(a b)", "a NOT b", "-a", "a^2", "{a b}:c",
    "%", "_", "%00", "0x41", "1e309", "-1", "99999999999999999999", "NULL", "' ATTACH 'x' AS y --", "load_extension('x')", "\u02bc OR 1=1", "a" * 1900,
)  # fmt: skip


@scenario
def words_meant_for_sql_in_every_parameter_find_nothing_more(federation):
    loire = _filled(federation)
    visitor = _Visitor(loire)
    document = json.loads(visitor.get("/api/v1/openapi.json")[2])
    before, asked = loire.streams(), 0
    totals = {kind["kind"]: loire.api(f"{kind['kind']}?limit=1")["total"] for kind in loire.api("kinds")["kinds"]}
    for path, item in document["paths"].items():
        names = [p["name"] for p in map(lambda p: _resolved(document, p), item["get"]["parameters"]) if p["in"] == "query"]
        for name, word in itertools.product(names, _SQL):
            place = re.sub(r"{\w+}", "x", path) + f"?{name}={urllib.parse.quote(word, safe='')}"
            status, _, text = visitor.get(place)
            expect(status in (200, 400, 404, 414), f"{place} answers {status}")
            kind = path.split("/")[3]
            if status == 200 and kind in totals and "total" in text[:200]:
                expect(json.loads(text)["total"] <= totals[kind], f"{place} finds more than there is")
            asked += 1
    for path in [f"/{kind['path']}" for kind in loire.api("kinds")["kinds"]] + ["/recherche"]:
        for name, word in itertools.product(("q", "hub", "after", "territoire", "page", "x"), _SQL):
            status = visitor.get(f"{path}?{name}={urllib.parse.quote(word, safe='')}")[0]
            expect(status in (200, 400, 404, 414), f"{path}?{name}={word} answers {status}")
            asked += 1
    expect(asked > 1000, f"only {asked} questions")
    expect(loire.streams() == before, "a question changed the store")


def _resolved(document, part):
    while "$ref" in part:
        name = part["$ref"].removeprefix("#/").split("/")
        part = document
        for piece in name:
            part = part[piece]
    return part


def _climbing():
    """100 ways to say `../`, from places where files are served and from others."""
    ups = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "..%5c", "..%c0%af", "..%252f", "....//", "..;/", ".%00./", "..%ef%bc%8f")
    ends = ("etc/passwd", "keys/loire.key", "public.db")
    for start, up, end in itertools.product(("/", "/static/", "/sitemap/", "/api/v1/"), ups, ends):
        yield f"{start}{up * 6}{end}"
    yield from ("//etc/passwd", "/static//etc/passwd", "/static/hub.css%00.png", "/static/.", "/static/..", "/static/%2e", "file:///etc/passwd",
                "/proc/self/environ", "/static/logo/../../keys/loire.key")  # fmt: skip


@scenario
def no_address_climbs_out_of_the_portal(federation):
    loire = _filled(federation)
    secret = (federation.keys / "loire.key").read_bytes()[-60:]
    tried = 0
    for path in _climbing():
        heard = _say(loire, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        statuses = _statuses(heard)
        expect(statuses in ([400], [404], [308]), f"{path} answers {statuses}")
        expect(not any(part in heard for part in (b"root:", secret, b"SQLite format", b"PATH=")), f"{path} gives a file away")
        tried += 1
    expect(tried >= 100, f"only {tried} addresses")


# ---- requests ----

_BEHIND = b"GET /healthz?behind HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
_CHUNKED = b"0\r\n\r\n"


def _ambiguous():
    """Requests of which a proxy and a server may disagree where they end."""
    codings = (
        b"chunked", b" chunked", b"\tchunked", b"Chunked", b"chunked ", b"xchunked", b"chunked, identity", b"identity, chunked",
        b"chunked;q=1", b"\"chunked\"", b"\x0bchunked", b"", b"gzip", b"chunk",
    )  # fmt: skip
    for coding in codings:
        yield b"Transfer-Encoding: " + coding
        yield b"Transfer-Encoding:" + coding + b"\r\nContent-Length: 4"
    names = (b"Transfer-Encoding ", b" Transfer-Encoding", b"\tTransfer-Encoding", b"Transfer-Encoding\t", b"Transfer-Encoding\x00")
    for name in names:
        yield name + b": chunked"
    for fold in (b"\r\n ", b"\r\n\t", b"\n ", b"\r\n  "):
        yield b"Transfer-Encoding:" + fold + b"chunked"
        yield b"Content-Length:" + fold + b"44"
        yield b"Content-Length: 0" + fold + b"44"
        yield b"X: y" + fold + b"Transfer-Encoding: chunked"
    for length in (b"+5", b"-1", b"0x5", b"5 5", b"5,5", b"5;", b"5\x00", b"05", b"5e0", b"99999999999999999999", b"", b"a"):
        yield b"Content-Length: " + length
    yield from (b"Content-Length: 0\r\nContent-Length: 5", b"Content-Length: 5\r\nContent-Length: 0", b"content-length: 5\r\nCONTENT-LENGTH: 6")
    yield from (b"Host: y", b"Host: x, y\r\nHost: x", b"A: b\rTransfer-Encoding: chunked", b"X-\xe9: y", b"X Y: z")


@scenario
def requests_that_two_readers_read_differently_are_the_last_of_their_connection(federation):
    loire = _filled(federation)
    tried = 0
    for method, header in itertools.product((b"GET", b"POST"), _ambiguous()):
        words = method + b" / HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n"
        heard = _say(loire, words + _CHUNKED + _BEHIND) + _say(loire, words + _BEHIND)
        expect(b"\r\n\r\nok\n" not in heard, f"{words}: the request behind it was answered")
        statuses = _statuses(heard)
        expect(all(400 <= status < 600 for status in statuses), f"{words}: {statuses}")
        tried += 1
    expect(tried >= 40, f"only {tried} requests")
    expect(loire.get("/healthz")[0] == 200, "it no longer answers")


# ---- visitors ----


def _own_address():
    """An address of this machine that is not loopback, or None; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return None


def _slow(address, count):
    crowd = []
    for _ in range(count):
        line = socket.create_connection(address, timeout=5)
        line.setblocking(False)
        crowd.append(line)
        try:
            line.send(b"GET / HTTP/1.1\r\nHost: x\r\nX-")
        except OSError:
            pass  # it was not let in
    return crowd


def _waits_ms(port, count=20):
    """How long visitors of this machine wait for a page, each on a line of its own."""
    found = []
    for _ in range(count):
        begin = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        line.request("GET", "/annuaire")
        answer_ = line.getresponse()
        answer_.read()
        line.close()
        expect(answer_.status == 200, f"a visitor gets {answer_.status}")
        found.append(1000 * (time.monotonic() - begin))
    return sorted(found)


@scenario
def slow_visitors_and_huge_bodies_hold_nobody_up(federation):
    broker = federation.add_broker()
    loire, national = federation.add_node("loire", "hub"), federation.add_node("national", "aggregator")
    loire.settings["portal"]["listen"] = "0.0.0.0:0"
    _small_quarantine(loire)
    for process in (broker, loire, national):
        process.start()
    loire.bring_in("answer", [{"question": f"q-{n}", "reponse": "Un texte. " * 500, "statut": "valide", "demo": True} for n in range(200)])
    port = urllib.parse.urlsplit(loire.address).port
    _waits_ms(port)
    before = resident(loire)
    own = _own_address()
    crowd = _slow((own, port), 2000) if own else []
    crowd += _slow(("127.0.0.1", port), 150)
    greedy = []
    try:
        waits = _waits_ms(port)
        expect(waits[-1] < 1000, f"a visitor waits {waits[-1]:.0f} ms beside {len(crowd)} slow ones")
        for _ in range(20):  # they ask for much, again and again, and read nothing
            line = socket.create_connection(("127.0.0.1", port), timeout=5)
            greedy.append(line)
            line.sendall(b"GET /api/v1/answer?limit=200 HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        expect(_waits_ms(port)[-1] < 2000, "visitors wait for those who do not read")
        grown = resident(loire) - before
        expect(grown < 256 * MIB, f"those who do not read cost {grown >> 20} MiB")
    finally:
        for line in crowd + greedy:
            line.close()
    huge = b"POST /annuaire HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n"
    heard = _say_much((("127.0.0.1", port)), huge, 16 * MIB)
    expect(_statuses(heard) in ([], [400], [405], [413]), f"a huge body is answered {_statuses(heard)}")
    expect(_waits_ms(port)[-1] < 1000, "visitors wait after a huge body")


def _say_much(address, words, size):
    """Says words, then as much more as is taken; gives what came back."""
    heard = b""
    with socket.create_connection(address, timeout=20) as line:
        try:
            line.sendall(words)
            for _ in range(size // 65536):
                line.sendall(b"x" * 65536)
        except OSError:
            pass
        try:
            while chunk := line.recv(65536):
                heard += chunk
        except OSError:
            pass
    return heard
