# SPDX-License-Identifier: GPL-2.0-only
"""Mistakes that a careless user makes in a scenario, a profile, a trace or a call; the same seed
makes the same ones. What a key may be is read from the schema, so a new key is tried, too."""

import copy
import json

WORDS = ["", " ", "x", "a.b", "../x", "/", "~0", "näme", "名", "\u202e", "\0", "null", "0", "-1", "e" * 300]
NUMBERS = [0, -1, 1, 2, 1.5, -0.0, 1e-300, 1e300, 2**31, 2**32, 2**53, 2**63, 2**64, -(2**63), 255, 65536, 10**30]
VALUES = [None, True, False, [], {}, [[]], [None], {"": 0}, {"kind": "x"}, *WORDS, *NUMBERS]

# Edges of each kind of quantity. What an honest run would take minutes for is left out: the rates
# between those of today's links and what no link can have, times between seconds and months.
UNITS = {
    "time": ["ns", "us", "ms", "s", "min", "h"],
    "rate": ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "B/s", "MiB/s"],
    "size": ["B", "kB", "MB", "KiB", "GiB"],
    "packets": ["packets", "packet"],
    "segments": ["segments", "segment"],
    "share": ["%", "ppm"],
}
EDGES = {
    "time": ["0 s", "1 ns", "1 us", "999999 ns", "1 ms", "40 ms", "1 s", "3 s", "1 h", "25 h", "1001 h", "1e9 h"],
    "rate": ["0 bit/s", "1 bit/s", "8 bit/s", "9 bit/s", "1 kbit/s", "1 Mbit/s", "1 Gbit/s", "1e9 Gbit/s", "1e18 Gbit/s"],
    "size": ["0 B", "1 B", "63 B", "64 B", "536 B", "1500 B", "64 KiB", "4 MiB", "2 GiB", "4 GiB", "8e9 GB", "1e30 GB"],
    "packets": ["0 packets", "1 packet", "2 packets", "1e18 packets"],
    "segments": ["0 segments", "1 segment", "2 segments", "3 segments", "65535 segments", "4294967295 segments", "1e12 segments"],
    "share": ["0 %", "1 ppm", "0.5 %", "1 %", "99 %", "100 %", "101 %", "1000 %", "1e9 %"],
}
UNITS["queue"] = UNITS["packets"] + UNITS["size"] + UNITS["time"]
EDGES["queue"] = EDGES["packets"] + EDGES["size"] + EDGES["time"]


class Mistakes:
    def __init__(self, random, schema, behaviours):
        self.random = random
        self.schema = schema
        self.behaviours = behaviours
        self.kinds = [
            self.wrong_value, self.wrong_value, self.wrong_quantity, self.wrong_quantity,
            self.edge, self.edge, self.edge, self.edge, self.edge, self.behaviour, self.behaviour,
            self.delete, self.rename, self.swap, self.copy, self.event, self.event,
            self.endpoint, self.expectation, self.twin, self.name,
        ]

    # --- places in a document

    def places(self, document):
        found = []

        def walk(owner):
            items = owner.items() if isinstance(owner, dict) else enumerate(owner)
            for key, value in items:
                found.append((owner, key))
                if isinstance(value, (dict, list)):
                    walk(value)

        walk(document)
        return found

    def place(self, document, fits=lambda value: True):
        places = [(o, k) for o, k in self.places(document) if fits(o[k])]
        return self.random.choice(places) if places else (document, "name")

    def resolve(self, node):
        if "$ref" not in node:
            return node
        return self.schema["definitions"][node["$ref"].rsplit("/", 1)[1]]

    # --- mistakes; each changes a document and says what it did

    def wrong_value(self, document):
        owner, key = self.place(document)
        owner[key] = copy.deepcopy(self.random.choice(VALUES))
        return f"{key} becomes {str(owner[key])[:40]!r}"

    def quantity(self, kind):
        roll = self.random.random()
        if roll < 0.7:
            return self.random.choice(EDGES[kind])
        number = self.random.choice(["-1", "1e3", "1.", ".5", "1,5", "0x10", "1e400", "1e-30", "9" * 30, "NaN", "٣", "", "1 000"])
        unit = self.random.choice(UNITS[kind] + ["", "Mbps", "Mbit", "S", "KB", "segmnets"])
        return number + self.random.choice([" ", "", "  ", "\t"]) + unit

    def wrong_quantity(self, document):
        fits = lambda value: isinstance(value, str) and value[:1].isdigit()
        owner, key = self.place(document, fits)
        owner[key] = self.quantity(self.random.choice(list(EDGES)))
        return f"{key} becomes {owner[key]!r}"

    def value_of(self, raw):
        """An edge of what the schema allows there."""
        node = self.resolve(raw)
        if "x-quantity" in node:
            # The largest rate is honest work for minutes.
            bounds = [raw[key] for key in ("x-minimum", "x-maximum") if key in raw and "Gbit" not in raw[key]]
            roll = self.random.random()
            if bounds and roll < 0.4:
                return self.random.choice(bounds)
            return self.quantity(node["x-quantity"]) if roll < 0.5 else self.random.choice(EDGES[node["x-quantity"]])
        if "enum" in node:
            return self.random.choice(node["enum"] * 3 + ["x"])
        kind = node.get("type")
        if kind == "boolean":
            return self.random.choice([True, False])
        if kind == "integer":
            edges = [0, 1, 2, 3, 5, -1, 2**40]
            edges += 2 * [node[key] for key in ("minimum", "maximum") if key in node and node[key] != 100000]
            return self.random.choice(edges)
        if kind == "array":
            item = node.get("items", {})
            return [self.value_of(item) for _ in range(self.random.choice([0, 1, 1, 2, 3]))]
        if kind == "object":
            keys = list(node.get("properties", {}))
            chosen = self.random.sample(keys, min(len(keys), self.random.choice([0, 1, 1, 2, 3])))
            return {key: self.value_of(node["properties"][key]) for key in chosen}
        registry = {
            "congestion": ["reno", "cubic", "cubic-before-6.14", "bbr", "lia", "wvegas", "ns3:TcpVegas", "ns3:", "ns3:X"],
            "recovery": ["rack-tlp", "dupack", "x"],
            "window": ["linux", "rfc1122", "immediate-ack", "no-update", "x"],
            "pacers": ["none", "internal", "auto", "x"],
            "scheduler": ["default", "bpf_rr", "bpf_red", "redundant", "roundrobin-weighted", "x"],
            "proxy": ["plain", "shadowsocks-rust", "xray", "x"],
            "path-manager": ["kernel", "fullmesh", "ndiffports", "scripted", "x"],
        }.get(node.get("x-registry", ""))
        if registry:
            return self.random.choice(registry[:-1] * 3 + registry[-1:])
        return self.random.choice(WORDS + ["client", "server", "path", "lte", "bulk", "rfc", "linux-6.6"])

    def edge(self, document):
        """A key that belongs there, with a value at the edge."""
        owners = [("run", document.setdefault("run", {})), ("output", document.setdefault("output", {}))]
        for group, definition in (("hosts", "host"), ("links", "link"), ("traffic", "traffic")):
            members = document.get(group)
            for member in members.values() if isinstance(members, dict) else []:
                if not isinstance(member, dict):
                    continue
                owners.append((definition, member))
                if definition == "link":
                    owners += [("direction", member.setdefault(way, {})) for way in ("down", "up")] * 2
                else:
                    owners += [("tcp", member.setdefault("tcp", {}))] * 3
                if definition == "host" and "mptcp" in member:
                    owners += [("mptcp", member["mptcp"])] * 3
        definition, owner = self.random.choice(owners)
        if not isinstance(owner, dict):
            return "nothing"
        properties = self.schema["definitions"][definition]["properties"]
        key = self.random.choice(sorted(properties))
        owner[key] = self.value_of(properties[key])
        return f"{definition} {key} becomes {str(owner[key])[:60]!r}"

    def behaviour(self, document):
        links = document.get("links")
        members = [m for m in links.values() if isinstance(m, dict)] if isinstance(links, dict) else []
        if not members:
            return "nothing"
        way = self.random.choice(members).setdefault(self.random.choice(["down", "up"]), {})
        if not isinstance(way, dict):
            return "nothing"
        kind = self.random.choice(sorted(self.behaviours))
        made = {"kind": kind}
        edges = {
            "duration": EDGES["time"], "bytes": EDGES["size"], "count": [0, 1, 2, 1000, 2**40, -1],
            "probability": [0, 0.001, 0.5, 1, 1.1, -0.1, "1 %", "101 %", 1e300],
            "number": [0, 0.5, 1, 3, -1, 1e300], "flag": [True, False, 1],
            "file": ["good.trace", "bad.trace", "none", "", ".", "/dev/zero"],
        }
        for name, kind_of_value in self.behaviours[kind].items():
            if self.random.random() < 0.8:
                made[name] = self.random.choice(
                    edges.get(kind_of_value, ["drop", "hold", "D", "DDDSU", "X", "", "while-open", "accept"]))
        behaviours = way.setdefault("behaviours", [])
        if isinstance(behaviours, list):
            behaviours.append(made)
        return f"behaviour {json.dumps(made)}"

    def event(self, document):
        properties = self.schema["definitions"]["event"]["properties"]
        made = {"at": self.random.choice(["0 s", "10 ms", "20 ms", "50 ms", "1 h"])}
        form = self.random.choice(["link", "traffic", "host", "any"])
        if form == "link":
            made["link"] = self.name_in(document, "links")
            keys = ["direction", "down", "outage", "rate", "delay", "jitter", "loss", "queue", "strip-mptcp"]
        elif form == "traffic":
            made["traffic"] = self.name_in(document, "traffic")
            made["action"] = self.random.choice(["stop", "abort"])
            keys = ["end"]
        elif form == "host":
            made |= {"host": self.name_in(document, "hosts"), "link": self.name_in(document, "links")}
            made["action"] = self.random.choice(properties["action"]["enum"])
            keys = ["flags"]
        else:
            keys = sorted(properties)
        for key in self.random.sample(keys, min(len(keys), self.random.choice([0, 1, 1, 2, 3]))):
            made[key] = self.value_of(properties[key])
        events = document.setdefault("events", [])
        if isinstance(events, list):
            events.append(made)
        return f"event {json.dumps(made)[:120]}"

    def name_in(self, document, group):
        members = document.get(group)
        names = sorted(members) if isinstance(members, dict) else []
        return self.random.choice(names + ["x"]) if names else "x"

    def endpoint(self, document):
        hosts = document.get("hosts")
        members = [m for m in hosts.values() if isinstance(m, dict)] if isinstance(hosts, dict) else []
        if not members:
            return "nothing"
        block = self.random.choice(members).setdefault("mptcp", {})
        flags = ["subflow", "signal", "backup", "fullmesh", "laminar", "x"]
        made = {
            "link": self.name_in(document, "links"),
            "flags": [self.random.choice(flags) for _ in range(self.random.choice([0, 1, 2, 3]))],
        }
        if isinstance(block, dict):
            endpoints = block.setdefault("endpoints", [])
            if isinstance(endpoints, list):
                endpoints.append(made)
        return f"endpoint {json.dumps(made)}"

    def expectation(self, document):
        suffixes = ["goodput", "completion", "response.p95", "rtt.max", "resume.p50", "fallbacks", "limited.cwnd",
                    "subflows.path.share", "subflows.x.share", "x", ""]
        metric = self.random.choice([
            "traffic." + self.name_in(document, "traffic") + "." + self.random.choice(suffixes),
            "links." + self.name_in(document, "links") + ".down." + self.random.choice(["rate", "drops.queue", "x"]),
            "hosts." + self.name_in(document, "hosts") + ".counters." + self.random.choice(["TcpRetransSegs", "x"]),
            "run.duration", "run", ".", "traffic..goodput", "a" * 300,
        ])
        made = {"metric": metric, "because": self.random.choice(["x", "", 5])}
        for key in self.random.sample(["at_least", "at_most", "equals", "within"], self.random.choice([0, 1, 1, 1, 2])):
            made[key] = self.random.choice(["1 s", "1 Mbit/s", "0 B", 0, 1, -1, 1e300, "5 %", "x", None,
                                            {"target": "1 s", "tolerance": "5 %"}, {"target": 0, "tolerance": "5 %"}])
        expect = document.setdefault("expect", [])
        if isinstance(expect, list):
            expect.append(made)
        return f"expectation {json.dumps(made)[:120]}"

    def delete(self, document):
        owner, key = self.place(document)
        owner.pop(key, None) if isinstance(owner, dict) else owner.pop(key)
        return f"{key} is gone"

    def rename(self, document):
        owner, key = self.place(document)
        if not isinstance(owner, dict):
            return "nothing"
        new = self.random.choice([key + "s", key[:-1], key.upper(), key.replace("-", "_"), "", key + "\0", "ä" + key])
        owner[new] = owner.pop(key, 0)
        return f"{key} is called {new!r}"

    def swap(self, document):
        one, a = self.place(document)
        other, b = self.place(document)
        first, second = copy.deepcopy(one[a]), copy.deepcopy(other[b])
        one[a] = second
        if b in other if isinstance(other, dict) else b < len(other):
            other[b] = first
        return f"{a} and {b} are swapped"

    def copy(self, document):
        one, a = self.place(document)
        other, b = self.place(document)
        other[b] = copy.deepcopy(one[a])
        return f"{b} becomes what {a} is"

    def twin(self, document):
        """One more of something, under a name of its own."""
        group = self.random.choice(["hosts", "links", "traffic"])
        members = document.get(group)
        if isinstance(members, dict) and members:
            name = self.random.choice(sorted(members))
            members[self.random.choice([name + "-2", "a", "zz", "", "a b", "x" * 65])] = copy.deepcopy(members[name])
        return f"one more in {group}"

    def name(self, document):
        document["name"] = self.random.choice(WORDS + [".", "..", "-", "a/b", "C:\\x"])
        return f"name {document['name'][:20]!r}"

    # --- the text of a file

    def spoil_text(self, text):
        """Bytes of a file that is JSON until now."""
        data = text.encode("utf-8", "surrogatepass")
        at = self.random.randrange(len(data))
        form = self.random.randrange(9)
        if form == 0:
            return data[:at], "cut off"
        if form == 1:
            return data[:at] + self.random.choice([b"{", b"}", b",", b'"', b"\\", b"\0", b"\xff", b"//", b"1e999"]) + data[at:], "a byte too many"
        if form == 2:
            return data[:at] + data[at + 1:], "a byte too few"
        if form == 3:
            return b"\xef\xbb\xbf" + data, "a byte-order mark"
        if form == 4:
            return b"[" * self.random.choice([60, 100, 100000]) + data, "nested"
        if form == 5:
            other = self.random.randrange(len(data))
            low, high = sorted((at, other))
            return data[:low] + data[high:], "a piece is gone"
        if form == 6:
            other = self.random.randrange(len(data))
            low, high = sorted((at, other))
            return data[:high] + data[low:], "a piece twice"
        if form == 7:
            return self.random.choice([b"", b"\n", b"null", b"[]", b"{}", b"5", b'"x"', b"\0" * 100]), "something else"
        lines = data.splitlines(keepends=True)
        line = self.random.randrange(len(lines))
        return b"".join(lines[:line] + [lines[line]] + lines[line:]), "a line twice"

    def spoil_trace(self):
        lines = self.random.choice([
            "", "\n", "0\n", "0\n0\n", "1\n", "5\n3\n", "1\n2\nx\n", "-1\n", "1.5\n", "99999999999999999999\n", "1\r\n2\r\n",
            "1 2\n", "\0\n", "1\n" * 10000, "31622400000\n",
        ])
        return lines, f"a trace that begins with {lines[:10]!r}"
