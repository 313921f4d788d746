#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/studies/pacing.md: MPTCP over paced subflows, to a receiver with GRO.

Needs a built hoststack (./hoststack build). The words are in docs/studies/pacing.in.md; a line
`@NAME@` there is replaced by the table of that name. With --check it writes nothing and fails if the
file is not what it would write."""

import struct

from made_page import DOCS, main, table

SCENARIO = "pacing/mptcp-paced-subflows"
CAPTURE = ["output.pcap=true", "output.snap-length=128 B"]

SERVER = "hosts.server.tcp"
# What it is called, and what is set for it. Unpaced, slow start overflows 400 packets at a time that
# one packet more or less decides, and the rate with it (200 to 1300 Mbit/s): it gets a queue that
# takes the whole transfer.
UNPACED = [f"{SERVER}.max-pacing-rate=null",
           "links.first.down.queue=20000 packets", "links.second.down.queue=20000 packets"]
PACERS = [
    ("none", [f"{SERVER}.pacing=none", *UNPACED]),
    ("internal", [f"{SERVER}.pacing=internal"]),
    ("timer-1ms", [f"{SERVER}.pacing=timer-1ms"]),
    ("soft-timers", [f"{SERVER}.pacing=soft-timers"]),
    ("hpts, 1 ms", [f"{SERVER}.pacing=hpts"]),
    ("rack-14, 2", [f"{SERVER}.pacing-burst=2 segments"]),
    ("rack-14, 10", [f"{SERVER}.pacing-burst=10 segments"]),
    ("rack-14, 40", [f"{SERVER}.pacing-burst=40 segments"]),
    ("rack-15, 40", [f"{SERVER}.pacing=rack-15", f"{SERVER}.pacing-burst=40 segments"]),
    ("rack-14-unpaced", [f"{SERVER}.pacing=rack-14-unpaced", *UNPACED]),
    ("rack-15-unpaced", [f"{SERVER}.pacing=rack-15-unpaced", *UNPACED]),
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


def run(simulator, settings):
    """A future: metrics, and what the capture shows."""
    return simulator.start(SCENARIO, [*settings, *CAPTURE],
                           look=lambda folder: shape(next(folder.rglob("server.pcapng"))))


def row(name, run):
    result = run.result()
    metrics, (burst, mapped) = result["metrics"], result["looked"]
    return [
        name,
        f"{burst:.1f}",
        "" if mapped is None else f"{mapped / 1000:.1f} kB",
        f"{metrics['hosts.client.nic.merge-factor']:.1f}",
        f"{1000 * metrics['hosts.client.nic.cpu-per-gigabyte']:.0f} ms",
        f"{metrics['traffic.download.goodput'] / 1e6:.1f} Mbit/s",
    ]


HEAD = ["pacer", "segments in a burst", "mapping", "merge factor", "CPU per gigabyte", "goodput"]


def pacers(simulator, more):
    runs = [(name, run(simulator, settings + more)) for name, settings in PACERS]
    return [row(*each) for each in runs]


def polls(simulator):
    runs = [(burst, delay, run(simulator, [f"{SERVER}.pacing-burst={burst}",
                                           f"hosts.client.nic.interrupt-delay={delay}"]))
            for burst in ("2 segments", "40 segments") for delay in POLLS]
    return [[burst, delay, *row("", each)[3:5]] for burst, delay, each in runs]


def make(simulator):
    return {
        "MPTCP": table(HEAD, pacers(simulator, [])),
        "TCP": table(HEAD[:2] + HEAD[3:],
                     [one[:2] + one[3:] for one in pacers(simulator, TCP)]),
        "POLLS": table(["burst", "after the first frame", "merge factor", "CPU per gigabyte"],
                       polls(simulator)),
    }


if __name__ == "__main__":
    main(__doc__, DOCS / "studies" / "pacing.md", make)
