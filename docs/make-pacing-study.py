#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/studies/pacing.md: MPTCP over paced subflows, to a receiver with GRO.

Needs a built hoststack (./hoststack build). The words are in docs/studies/pacing.in.md; a line
`@NAME@` there is replaced by the table of that name. With --check it writes nothing and fails if the
file is not what it would write."""

import argparse
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

DOCS = pathlib.Path(__file__).resolve().parent
ROOT = DOCS.parent
PAGE = DOCS / "studies" / "pacing.md"
WORDS = DOCS / "studies" / "pacing.in.md"
SCENARIO = ROOT / "scenarios" / "pacing" / "mptcp-paced-subflows.json"
CAPTURE = ["output.pcap=true", "output.snap-length=128 B", "output.series=false"]

# What it is called, and what is set for it.
PACERS = [
    ("none", ["pacing=none", "max-pacing-rate=null"]),
    ("internal", ["pacing=internal"]),
    ("timer-1ms", ["pacing=timer-1ms"]),
    ("soft-timers", ["pacing=soft-timers"]),
    ("hpts, 1 ms", ["pacing=hpts"]),
    ("rack-14, 2", ["pacing-burst=2 segments"]),
    ("rack-14, 10", ["pacing-burst=10 segments"]),
    ("rack-14, 40", ["pacing-burst=40 segments"]),
]
TCP = ["traffic.download.protocol=tcp", "traffic.download.link=first"]
POLLS = ["20 us", "100 us", "500 us", "2 ms"]


def blocks(data):
    """The interface and enhanced packet blocks of a capture."""
    order = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
    at = 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from(order + "II", data, at)
        yield order, kind, data[at + 8:at + length - 4]
        at += length


def packets(path):
    """(interface, time stamp, IP packet), in the order of the capture."""
    for order, kind, body in blocks(path.read_bytes()):
        if kind == 6:
            interface, high, low, kept, _ = struct.unpack_from(order + "5I", body)
            yield interface, (high << 32) | low, body[20:20 + kept]


def options(packet):
    """Ports, payload bytes and TCP options of an IPv4 packet without IP options."""
    total = struct.unpack_from("!H", packet, 2)[0]
    offset = (packet[32] >> 4) * 4
    found, at = [], 40
    while at < 20 + offset:
        kind = packet[at]
        size = 1 if kind <= 1 else packet[at + 1]
        found.append((kind, packet[at:at + size]))
        at += size
    return packet[20:24], total - 20 - offset, found


def mapping(found):
    """(data sequence number, length) of a DSS with a mapping."""
    for kind, option in found:
        if kind == 30 and option[2] >> 4 == 2 and option[3] & 4:
            at = 4 + (0 if not option[3] & 1 else 8 if option[3] & 2 else 4)
            wide = bool(option[3] & 8)
            number = int.from_bytes(option[at:at + (8 if wide else 4)], "big")
            at += (8 if wide else 4) + 4
            return number, int.from_bytes(option[at:at + 2], "big")
    return None


def shape(capture):
    """Mean segments of a burst (what leaves at one instant), and mean bytes of a mapping."""
    bursts, last, mapped = 0, {}, {}
    segments = 0
    for interface, time, packet in packets(capture):
        ports, payload, found = options(packet)
        if payload == 0:
            continue
        flow = (interface, ports)
        segments += 1
        bursts += last.get(flow) != time
        last[flow] = time
        one = mapping(found)
        if one:
            mapped[flow, one[0]] = one[1]
    lengths = [length for length in mapped.values() if length]
    return segments / bursts, sum(lengths) / len(lengths) if lengths else None


def run(program, settings):
    with tempfile.TemporaryDirectory() as folder:
        command = [str(program), "run", str(SCENARIO), "--json", "--out", folder]
        for setting in [*settings, *CAPTURE]:
            command += ["--set", setting]
        done = subprocess.run(command, capture_output=True, text=True)
        # Expectations are the scenario's own, not the variants'.
        if done.returncode not in (0, 1) or not done.stdout.startswith("{"):
            sys.exit(f"{' '.join(command)}\n{done.stderr}{done.stdout}")
        metrics = json.loads(done.stdout)["metrics"]
        capture = next(pathlib.Path(folder).rglob("server.pcapng"))
        return metrics, *shape(capture)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def row(name, found):
    metrics, burst, mapped = found
    return [
        name,
        f"{burst:.1f}",
        "" if mapped is None else f"{mapped / 1000:.1f} kB",
        f"{metrics['hosts.client.nic.merge-factor']:.1f}",
        f"{1000 * metrics['hosts.client.nic.cpu-per-gigabyte']:.0f} ms",
        f"{metrics['traffic.download.goodput'] / 1e6:.1f} Mbit/s",
    ]


HEAD = ["pacer", "segments in a burst", "mapping", "merge factor", "CPU per gigabyte", "goodput"]


def pacers(program, more):
    rows = []
    for name, settings in PACERS:
        found = run(program, [f"hosts.server.tcp.{each}" for each in settings] + more)
        rows.append(row(name, found))
    return rows


def polls(program):
    rows = []
    for burst in ("2 segments", "40 segments"):
        for delay in POLLS:
            found = run(program, [f"hosts.server.tcp.pacing-burst={burst}",
                                  f"hosts.client.nic.interrupt-delay={delay}"])
            rows.append([burst, delay, *row("", found)[3:5]])
    return rows


def make(program):
    tables = {
        "MPTCP": table(HEAD, pacers(program, [])),
        "TCP": table(HEAD[:2] + HEAD[3:],
                     [one[:2] + one[3:] for one in pacers(program, TCP)]),
        "POLLS": table(["burst", "after the first frame", "merge factor", "CPU per gigabyte"],
                       polls(program)),
    }
    lines = []
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        name = line.strip("@")
        lines.append(tables[name] if line == f"@{name}@" else line)
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    parser.add_argument("--program", type=pathlib.Path,
                        default=os.environ.get("HOSTSTACK_CLI", ROOT / "hoststack"))
    parsed = parser.parse_args()
    text = make(parsed.program)
    if not parsed.check:
        PAGE.write_text(text, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != text:
        sys.exit("docs/studies/pacing.md is not up to date; run docs/make-pacing-study.py")


if __name__ == "__main__":
    main()
