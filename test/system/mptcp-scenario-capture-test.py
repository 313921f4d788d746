#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Captures of scenarios over two paths: Wireshark finds nothing wrong, and nothing is wrong.

Each story is simulated with packet captures of both hosts. tshark must find no malformed packet, no
error and no bad checksum in any of them. Tokens and HMACs of joins and announcements, DSS checksums
and the numbers of every mapping are computed here once more from the bytes in the capture.
Exit status 0: pass, 1: fail, 77: skipped.
"""

import copy
import hashlib
import hmac
import importlib.util
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MORE_FIELDS = ["ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport"]
MORE_FIELDS += ["tcp.seq_raw", "tcp.flags", "tcp.options", "tcp.payload", "mptcp.stream"]

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
CAPABLE, JOIN, DSS, ADD, REMOVE, PRIORITY, FAIL, FASTCLOSE, RESET = range(9)
BYTES = 300_000


def load_capture_test():
    path = Path(__file__).with_name("capture-test.py")
    spec = importlib.util.spec_from_file_location("capture_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.FIELDS += [f for f in MORE_FIELDS if f not in module.FIELDS]
    return module


def direction(rate, delay, **more):
    return {"rate": rate, "delay": delay, "queue": "100 packets", **more}


BASE = {
    "hoststack": 1,
    "run": {"duration": "30 s"},
    "output": {"pcap": True, "series": False},
    "hosts": {
        "client": {"os": "linux-6.18", "mptcp": {}},
        "server": {"os": "linux-6.18", "mptcp": {}},
    },
    "links": {
        "dsl": {
            "ends": ["client", "server"],
            "down": direction("4 Mbit/s", "10 ms"),
            "up": direction("4 Mbit/s", "10 ms"),
        },
        "lte": {
            "ends": ["client", "server"],
            "down": direction("3 Mbit/s", "20 ms"),
            "up": direction("3 Mbit/s", "20 ms"),
        },
    },
    "traffic": {"t": {"kind": "bulk", "from": "client", "to": "server", "bytes": f"{BYTES} B"}},
}


def host_event(action):
    return {"events": [{"at": "150 ms", "host": "client", "link": "lte", "action": action}]}


CHECKSUM = {"client": {"mptcp": {"checksum": True}}, "server": {"mptcp": {"checksum": True}}}
LOSSY = {"down": {"loss": "2 %"}, "up": {"loss": "2 %"}}
SIGNAL = {"endpoints": [{"link": "lte", "flags": ["signal"]}]}
ACCEPT = {"endpoints": [], "add-addr-accepted": 1}

# What is laid over BASE, and the options that must then be there, by sender.
STORIES = {
    "join": ({}, {"client": {CAPABLE, JOIN, DSS}, "server": {CAPABLE, JOIN, DSS}}),
    "download": (
        {"traffic": {"t": {"from": "server", "to": "client", "opened-by": "receiver"}}},
        {"client": {CAPABLE, JOIN, DSS}},
    ),
    "ipv6-checksum": (
        {"run": {"ip": 6}, "hosts": CHECKSUM},
        {"client": {CAPABLE, JOIN, DSS}},
    ),
    "checksum-lossy": (
        {"hosts": CHECKSUM, "links": {"dsl": LOSSY, "lte": LOSSY}},
        {"client": {CAPABLE, JOIN, DSS}},
    ),
    "announced": (
        {"hosts": {"client": {"mptcp": ACCEPT}, "server": {"mptcp": SIGNAL}}},
        {"client": {ADD, JOIN}, "server": {ADD}},
    ),
    "announced-ipv6": (
        {"run": {"ip": 6}, "hosts": {"client": {"mptcp": ACCEPT}, "server": {"mptcp": SIGNAL}}},
        {"client": {ADD, JOIN}, "server": {ADD}},
    ),
    "removed": (host_event("remove-endpoint"), {"client": {REMOVE}}),
    "backup": (host_event("set-backup"), {"client": {PRIORITY}}),
    "reset": (host_event("close-subflow"), {"client": {RESET}}),
    "aborted": (
        {
            "run": {"duration": "1 s", "stop-when": "duration"},
            "events": [{"at": "150 ms", "traffic": "t", "action": "abort"}],
        },
        {"client": {FASTCLOSE, RESET}},
    ),
    "fallback": (
        {"hosts": {"server": {"mptcp": None}}, "traffic": {"t": {"protocol": "mptcp"}}},
        {"client": {CAPABLE}},
    ),
}
for way, segments in (("up", "syn"), ("down", "syn-ack"), ("up", "later"), ("down", "later")):
    stripping = {way: {"strip-mptcp": [segments]}}
    STORIES[f"stripped-{segments}-{way}"] = ({"links": {"dsl": stripping}}, {})
UNFINISHED = {"aborted"}  # what is mapped to a subflow need not have left


def merged(base, patch):
    """RFC 7396."""
    result = copy.deepcopy(base)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def options_of(packet):
    """The MPTCP options as bytes, each from its kind on."""
    rest = bytes.fromhex(packet["tcp.options"])
    found = []
    while rest:
        length = 1 if rest[0] <= 1 else rest[1]
        if rest[0] == 30:
            found.append(rest[:length])
        rest = rest[length:]
    return found


def option_of(packet, subtype):
    return next((o for o in packet["options"] if o[2] >> 4 == subtype), None)


def prepare(packets):
    for packet in packets:
        packet["options"] = options_of(packet)
        ends = []
        for end, port in (("src", "srcport"), ("dst", "dstport")):
            address = packet["ip." + end] or packet["ipv6." + end]
            ends.append((address, int(packet["tcp." + port])))
        packet["way"] = tuple(ends)
        packet["bits"] = int(packet["tcp.flags"], 0)
        packet["number"] = int(packet["tcp.seq_raw"])
        packet["data"] = bytes.fromhex(packet["tcp.payload"])
    return packets


def keyed(first, second, message):
    return hmac.new(first + second, message, hashlib.sha256).digest()


def ones_complement_sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return total


class Connection:
    """Both directions of all subflows; \"client\" is who opened it."""

    def __init__(self, packets):
        self.packets = packets
        self.keys = {}
        third = next(o for p in packets for o in p["options"] if o[2] >> 4 == 0 and o[1] >= 20)
        self.keys["client"], self.keys["server"] = third[4:12], third[12:20]
        self.idsn = {
            side: int.from_bytes(hashlib.sha256(key).digest()[-8:], "big")
            for side, key in self.keys.items()
        }
        self.openers = {p["way"] for p in packets if p["bits"] & (SYN | ACK) == SYN}
        self.first = {}
        for packet in packets:
            if packet["bits"] & SYN:
                self.first[packet["way"]] = packet["number"]
        self.mappings = {}
        self.carried = {}

    def side(self, packet):
        """All subflows of these stories are opened by the client."""
        return "client" if packet["way"] in self.openers else "server"

    def other(self, side):
        return "server" if side == "client" else "client"

    def check_joins(self):
        count = 0
        for way in self.openers:
            mine = [p for p in self.packets if p["way"] in (way, way[::-1])]
            joins = [(p, option_of(p, JOIN)) for p in mine if option_of(p, JOIN)]
            if not joins:
                continue
            if all(len(o) != 16 for _, o in joins):
                # Refused: one of the accepting end's own endpoints, which Linux tries, too.
                assert any(p["bits"] & RST for p in mine), "MP_JOIN without an answer"
                continue
            syn = next(o for _, o in joins if len(o) == 12)
            syn_ack = next(o for _, o in joins if len(o) == 16)
            ack = next(o for _, o in joins if len(o) == 24)
            client, server = self.keys["client"], self.keys["server"]
            assert syn[4:8] == hashlib.sha256(server).digest()[:4], "MP_JOIN names another token"
            nonces = syn[8:12], syn_ack[12:16]
            assert syn_ack[4:12] == keyed(server, client, nonces[1] + nonces[0])[:8], "SYN/ACK HMAC"
            assert ack[4:24] == keyed(client, server, nonces[0] + nonces[1])[:20], "ACK HMAC"
            count += 1
        return count

    def check_announcements(self):
        count = 0
        for packet in self.packets:
            option = option_of(packet, ADD)
            if option is None or option[2] & 1:
                continue
            side = self.side(packet)
            size = 4 if len(option) in (16, 18) else 16
            port = option[4 + size : -8] or b"\0\0"
            ipaddress.ip_address(option[4 : 4 + size])
            message = option[3:4] + option[4 : 4 + size] + port
            right = keyed(self.keys[side], self.keys[self.other(side)], message)[-8:]
            assert option[-8:] == right, "HMAC of ADD_ADDR"
            count += 1
        return count

    def mapping(self, packet):
        """(first subflow offset, first data offset, bytes, with DATA_FIN, checksum) or nothing."""
        side = self.side(packet)
        option = option_of(packet, CAPABLE)
        if option is not None and len(option) >= 22:
            checksum = option[22:24] if len(option) == 24 else None
            return 1, 1, int.from_bytes(option[20:22], "big"), False, checksum
        option = option_of(packet, DSS)
        if option is None or not option[3] & 4:
            return None
        at = 4 + (0 if not option[3] & 1 else 8 if option[3] & 2 else 4)
        size = 8 if option[3] & 8 else 4
        sequence = int.from_bytes(option[at : at + size], "big")
        data = (sequence - self.idsn[side]) % (1 << (8 * size))
        at += size
        subflow = int.from_bytes(option[at : at + 4], "big")
        length = int.from_bytes(option[at + 4 : at + 6], "big")
        checksum = option[at + 6 : at + 8] if len(option) >= at + 8 else None
        fin = bool(option[3] & 0x10)
        return subflow, data, length - fin, fin, checksum

    def read_mappings(self):
        for packet in self.packets:
            table = self.mappings.setdefault(packet["way"], {})
            carried = self.carried.setdefault(packet["way"], {})
            found = self.mapping(packet)
            if found is not None and found[2] > 0:
                subflow, data, length, fin, checksum = found
                known = table.setdefault(subflow, [data, length, {}])
                assert known[:2] == [data, length], f"two mappings at {subflow} of a subflow"
                known[2][fin] = checksum
            if not packet["data"]:
                continue
            offset = (packet["number"] - self.first[packet["way"]]) % (1 << 32)
            end = offset + len(packet["data"])
            inside = [b for b, m in table.items() if b <= offset and end <= b + m[1]]
            assert len(inside) == 1, f"{len(inside)} mappings for subflow bytes {offset} to {end}"
            carried.setdefault(inside[0], {})[offset] = packet["data"]

    def check_numbers(self, side):
        """No gap in the data, none in a subflow. Returns bytes of data and bytes carried twice."""
        runs = []
        for way, table in self.mappings.items():
            if (way in self.openers) != (side == "client"):
                continue
            expected = 1
            for subflow, (data, length, _) in sorted(table.items()):
                assert subflow == expected, f"a subflow's mapping begins at {subflow}, not {expected}"
                expected += length
                runs.append((data, data + length))
        end = 1
        twice = 0
        for first, last in sorted(runs):
            assert first <= end, f"nobody carried data {end} to {first}"
            twice += min(last, end) - first
            end = max(last, end)
        return end - 1, twice

    def check_checksums(self):
        """The checksums of all mappings whose bytes are all there. Returns how many."""
        count = 0
        for way, table in self.mappings.items():
            side = "client" if way in self.openers else "server"
            for subflow, (data, length, checksums) in table.items():
                pieces = self.carried[way].get(subflow, {})
                content = b""
                for offset, piece in sorted(pieces.items()):
                    done = offset - subflow - len(content)
                    content += piece[-done:] if done < 0 else piece
                if len(content) != length:
                    continue
                for fin, checksum in checksums.items():
                    if checksum is None:
                        continue
                    header = ((self.idsn[side] + data) % (1 << 64)).to_bytes(8, "big")
                    header += subflow.to_bytes(4, "big") + (length + fin).to_bytes(2, "big")
                    total = ones_complement_sum(header + checksum + content)
                    assert total == 0xFFFF, f"DSS checksum of data {data}"
                    count += 1
        return count

    def check_closing(self):
        for packet in self.packets:
            option = option_of(packet, FASTCLOSE)
            if option is not None:
                side = self.side(packet)
                assert option[4:12] == self.keys[self.other(side)], "MP_FASTCLOSE has another key"
            if option_of(packet, RESET) is not None:
                assert packet["bits"] & RST, "MP_TCPRST belongs on a RST"


def check_story(name, wanted, folder, capture):
    metrics = json.loads((folder / "summary.json").read_text())["metrics"]
    sender = "server" if name == "download" else "client"
    words = []
    for host in ("client", "server"):
        packets = prepare(capture.read(folder / f"{host}.pcapng"))
        assert packets, f"nothing captured at {host}"
        lossless = "lossy" not in name
        bad = [f for f in capture.faults(packets) if lossless or "tcp.analysis" not in f]
        assert not bad, bad
        if name == "fallback" or name.startswith("stripped"):
            assert metrics["traffic.t.fallbacks"] == 1 and metrics["traffic.t.bytes"] == BYTES
            last = packets[-20:]
            assert not any(p["options"] for p in last), "plain TCP still has MPTCP options"
            words.append(f"{sum(1 for p in packets if p['options'])} packets with options")
            continue
        streams = {p["mptcp.stream"] for p in packets if p["options"]}
        assert streams == {"0"}, f"tshark sees the connections {streams}, not one"
        connection = Connection(packets)
        for side, subtypes in wanted.items():
            seen = {o[2] >> 4 for p in packets if connection.side(p) == side for o in p["options"]}
            assert subtypes <= seen, f"{side} sent {sorted(seen)}, not all of {sorted(subtypes)}"
        joins = connection.check_joins()
        assert joins == 1, f"{joins} joins"
        announcements = connection.check_announcements()
        connection.read_mappings()
        connection.check_closing()
        checksums = connection.check_checksums()
        if host == sender and name not in UNFINISHED:
            data, twice = connection.check_numbers(sender)
            assert data == BYTES, f"{data} bytes mapped"
            again = metrics["traffic.t.reinjected-bytes"]
            # What a reset subflow had not sent yet goes to another one, but not twice over the wire.
            right = twice <= again if name == "reset" else twice == again
            assert right, f"{twice} bytes twice, {again} reported"
            assert bool(checksums) == ("checksum" in name), f"{checksums} checksums"
        words.append(f"{len(packets)} packets, {announcements} announced, {checksums} checksums")
    return "; ".join(words)


def check_that_faults_show(folder, capture):
    """A wrong byte anywhere that matters must fail, or the checks above prove nothing."""
    good = prepare(capture.read(folder / "client.pcapng"))
    places = [
        (lambda p: option_of(p, JOIN) is not None and len(option_of(p, JOIN)) == 12, 4),
        (lambda p: option_of(p, JOIN) is not None and len(option_of(p, JOIN)) == 16, 4),
        (lambda p: option_of(p, JOIN) is not None and len(option_of(p, JOIN)) == 24, 23),
        (lambda p: p["data"] and option_of(p, DSS) is not None, 15),
    ]
    for chosen, index in places:
        packets = copy.deepcopy(good)
        packet = next(p for p in packets if chosen(p))
        option = bytearray(packet["options"][0])
        option[index] ^= 1
        packet["options"][0] = bytes(option)
        try:
            connection = Connection(packets)
            connection.check_joins()
            connection.read_mappings()
            connection.check_numbers("client")
            connection.check_checksums()
        except AssertionError:
            continue
        raise AssertionError(f"a wrong byte {index} of an option was not noticed")
    packets = copy.deepcopy(good)
    packet = next(p for p in packets if len(p["data"]) > 100)
    packet["data"] = b"\1" + packet["data"][1:]
    connection = Connection(packets)
    connection.read_mappings()
    try:
        connection.check_checksums()
    except AssertionError:
        return
    raise AssertionError("a wrong byte of data was not noticed")


def main():
    capture = load_capture_test()
    if shutil.which("tshark") is None:
        capture.skip("tshark is not installed (Debian package tshark)")
    program = os.environ.get("HOSTSTACK_CLI", "")
    if not program:
        capture.skip("HOSTSTACK_CLI is not set")
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, (patch, wanted) in STORIES.items():
            scenario = merged(BASE, patch)
            scenario["name"] = name
            file = Path(directory) / f"{name}.json"
            file.write_text(json.dumps(scenario))
            command = [program, "run", "--quiet", "--out", directory, str(file)]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            try:
                assert run.returncode == 0, run.stdout + run.stderr
                print(f"{name}: {check_story(name, wanted, Path(directory) / name, capture)}")
            except AssertionError as error:
                print(f"{name}: FAILED: {error}")
                failures += 1
        check_that_faults_show(Path(directory) / "ipv6-checksum", capture)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
