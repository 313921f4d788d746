#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a run says of itself is what its captures show.

Scenarios of several kinds are simulated with captures of both hosts. From the packets alone this test
computes goodput, bytes, segments, retransmissions, ACKs, round-trip times, packets and bytes that a link
delivered, losses and the time that packets waited for it, and compares them with summary.json.
Exit status 0: pass, 1: fail, 77: skipped.
"""

import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FIELDS = ["frame.interface_name", "frame.time_epoch", "frame.packet_flags_direction", "ip.src", "ip.dst", "ip.id"]
FIELDS += ["ip.len", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.len", "tcp.flags"]
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
OUT = 2
NS = 1_000_000_000

DIRECTION = {"rate": "10 Mbit/s", "delay": "15 ms", "queue": "60 packets"}
BASE = {
    "hoststack": 1,
    "run": {"duration": "30 s"},
    "output": {"pcap": True, "snap-length": "128 B"},
    "hosts": {"a": {"os": "linux-6.18"}, "b": {"os": "linux-6.18"}},
    "links": {"l": {"ends": ["a", "b"], "down": dict(DIRECTION), "up": dict(DIRECTION)}},
    "traffic": {"t": {"kind": "bulk", "from": "b", "to": "a", "opened-by": "receiver", "bytes": "3 MB"}},
}
MPTCP = {"a": {"mptcp": {}}, "b": {"mptcp": {}}}
SECOND = {"ends": ["a", "b"], "down": dict(DIRECTION, rate="5 Mbit/s", delay="40 ms"), "up": dict(DIRECTION)}


def event(at, **what):
    return {"at": at, "link": "l", **what}


def tdd(opened):
    return {"behaviours": [{"kind": "tdd", "pattern": "DDDU", "slot": "5 ms", "open": opened, "phase": "0 s"}]}


# What is laid over BASE.
STORIES = {
    "plain": {},
    "upload": {"traffic": {"t": {"from": "a", "to": "b", "opened-by": "sender"}}},
    "loss": {"links": {"l": {"down": {"loss": "1 %"}}}},
    "bbr": {"hosts": {"b": {"tcp": {"congestion": "bbr"}}}},
    "rate-falls": {"events": [event("500 ms", direction="down", rate="1 Mbit/s"), event("3 s", direction="down", rate="20 Mbit/s")]},
    "hold": {"events": [event("600 ms", down=True, outage="hold"), event("1600 ms", down=False)]},
    "outage": {"events": [event("600 ms", down=True), event("2 s", down=False)]},
    "gate": {"links": {"l": {"up": tdd("U"), "down": tdd("D")}}},
    "slow-reader": {"traffic": {"t": {"kind": "slow-reader", "bytes": "1 MB", "reader": {"read-size": "20 kB", "pause": "40 ms"}}}},
    "several": {"traffic": {"t": {"connections": 3, "bytes": "800 kB"}}},
    "requests": {"traffic": {"t": {"kind": "request-response", "from": "a", "to": "b", "opened-by": None, "bytes": None,
                                   "response-size": "30 kB", "count": 40, "think-time": "10 ms"}}},
    "two-paths": {"hosts": MPTCP, "links": {"m": SECOND}, "traffic": {"t": {"link": "l"}}},
}


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


def merged(base, patch):
    if not isinstance(patch, dict):
        return patch
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def nanoseconds(text):
    seconds, _, rest = text.partition(".")
    return int(seconds) * NS + int((rest + "0" * 9)[:9])


class Packet:
    def __init__(self, line):
        field = dict(zip(FIELDS, line.split("\t")))
        self.link = field["frame.interface_name"].split("/")[-1]
        self.at = nanoseconds(field["frame.time_epoch"])
        self.out = int(field["frame.packet_flags_direction"], 0) & 3 == OUT
        self.size = int(field["ip.len"])
        self.flow = (field["ip.src"], field["tcp.srcport"], field["ip.dst"], field["tcp.dstport"])
        self.seq, self.ack = int(field["tcp.seq_raw"]), int(field["tcp.ack_raw"] or 0)
        self.length, self.flags = int(field["tcp.len"]), int(field["tcp.flags"], 0)
        self.key = (self.link, *self.flow, field["ip.id"], self.seq, self.ack, self.length, self.flags)

    def end(self):
        return self.seq + self.length + bool(self.flags & SYN) + bool(self.flags & FIN)


def read(path):
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"]
    for field in FIELDS:
        command += ["-e", field]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return [Packet(line) for line in run.stdout.splitlines()]


def later(a, b):
    return (a - b) & 0xFFFFFFFF < 0x80000000


def sent_counts(packets):
    """Segments with data, those sent again and their bytes, of what an end sends."""
    segments = again = bytes_again = 0
    highest = {}
    for p in packets:
        if not p.out:
            continue
        known = highest.get(p.flow)
        old = known is not None and p.end() != p.seq and later(known, p.end())
        segments += p.length > 0
        again += old
        bytes_again += p.length if old else 0
        if known is None or later(p.end(), known):
            highest[p.flow] = p.end()
    return segments, again, bytes_again


def pure_acks(packets):
    return sum(1 for p in packets if p.out and p.length == 0 and p.flags & (SYN | FIN | RST | ACK) == ACK)


def waits(sender, receiver, link, stops, delay, until):
    """Of each packet that arrived over a link until a time: how long it waited, from sending, arrival and stops only."""
    sent = collections.defaultdict(collections.deque)
    for p in sender:
        if p.out and p.link == link:
            sent[p.key].append(p.at)
    before = 0
    result = []
    for p in receiver:
        if p.out or p.link != link or p.at > until:
            continue
        begun = sent[p.key].popleft()
        departed = p.at - delay
        begins = max(begun, before)
        still = sum(max(0, min(end, departed) - max(begin, begins)) for begin, end in stops(departed))
        result.append(begins - begun + still)
        before = departed
    return result


def round_trips(packets):
    """Samples of an end that sends without loss: from the first segment that an ACK takes to the ACK, and the last."""
    flight = collections.defaultdict(collections.deque)
    longest, shortest = 0, None
    for p in packets:
        if p.out and p.end() != p.seq:
            flight[p.flow].append((p.end(), p.at))
        elif not p.out and p.flags & ACK:
            waiting = flight[(p.flow[2], p.flow[3], p.flow[0], p.flow[1])]
            taken = []
            while waiting and later(p.ack, waiting[0][0]):
                taken.append(waiting.popleft()[1])
            if taken:
                longest = max(longest, p.at - taken[0])
                newest = p.at - taken[-1]
                shortest = newest if shortest is None else min(shortest, newest)
    return shortest, longest


def near(name, says, shows, tolerance=0.0):
    if says is None or abs(says - shows) > tolerance:
        raise AssertionError(f"{name} is {says}, the captures show {shows}")


def stops_of(story, side):
    if story == "hold":
        return lambda until: [(600_000_000, 1_600_000_000)]
    if story == "gate":
        period, opened = 20_000_000, (range(0, 3) if side == "down" else range(3, 4))
        return lambda until: [
            (turn * period + slot * 5_000_000, turn * period + (slot + 1) * 5_000_000)
            for turn in range(until // period + 1) for slot in range(4) if slot not in opened
        ]
    return lambda until: []


def check(story, scenario, folder):
    summary = json.loads((folder / "summary.json").read_text())
    metrics = summary["metrics"]
    end = round(summary["simulated-s"] * NS)
    hosts = {name: read(folder / f"{name}.pcapng") for name in ("a", "b")}
    traffic = scenario["traffic"]["t"]
    exchange = traffic["kind"] == "request-response"
    source = traffic["to"] if exchange else traffic["from"]
    sink = traffic["from"] if exchange else traffic["to"]
    t = "traffic.t."

    segments, again, bytes_again = sent_counts(hosts[source])
    near(t + "data-segments", metrics[t + "data-segments"], segments)
    near(t + "retransmits", metrics[t + "retransmits"], again)
    near(t + "retransmitted-bytes", metrics[t + "retransmitted-bytes"], bytes_again)
    near(t + "acks", metrics[t + "acks"], pure_acks(hosts[sink]))

    opened = min(p.at for name in hosts for p in hosts[name] if p.out and p.flags & (SYN | ACK) == SYN)
    arrived = [p for p in hosts[sink] if not p.out and p.length > 0 and p.at <= end]
    if traffic["kind"] == "bulk":
        near(t + "first-byte", metrics[t + "first-byte"], (arrived[0].at - opened) / NS, 1e-9)
        if metrics[t + "completion"] is not None:
            near(t + "completion", metrics[t + "completion"], (arrived[-1].at - opened) / NS, 1e-9)
    goodput = metrics[t + "bytes"] * 8 / ((end - opened) / NS)
    near(t + "goodput", metrics[t + "goodput"], goodput, goodput * 1e-9)
    per_connection = 0 if exchange else int(traffic["bytes"].split()[0]) * (10**6 if "MB" in traffic["bytes"] else 10**3)
    if not exchange:
        near(t + "bytes", metrics[t + "bytes"], per_connection * traffic.get("connections", 1))

    if again == 0 and story not in ("two-paths", "several"):
        shortest, longest = round_trips(hosts[source])
        near(t + "rtt.min", metrics[t + "rtt.min"], shortest / NS, 1e-9)
        near(t + "rtt.max", metrics[t + "rtt.max"], longest / NS, 1e-9)

    for link, spec in scenario["links"].items():
        for side, (sender, receiver) in {"down": ("b", "a"), "up": ("a", "b")}.items():
            name = f"links.{link}.{side}."
            got = [p for p in hosts[receiver] if not p.out and p.link == link and p.at <= end]
            near(name + "packets", metrics[name + "packets"], len(got))
            near(name + "delivered", metrics[name + "delivered"], sum(p.size for p in got))
            rate = sum(p.size for p in got) * 8 / (end / NS)
            near(name + "rate", metrics[name + "rate"], rate, rate * 1e-9)
            arrivals = collections.Counter(p.key for p in hosts[receiver] if not p.out and p.link == link)
            delay = round(float(spec[side]["delay"].split()[0]) * 1_000_000)

            def missing(until):
                gone = collections.Counter(p.key for p in hosts[sender] if p.out and p.link == link and p.at <= until)
                return sum((gone - arrivals).values())

            drops = sum(metrics[name + "drops." + why] for why in ("queue", "aqm", "random", "outage", "thinned", "policed"))
            # What was sent last may still be under way.
            if not missing(end - 2 * delay) <= drops <= missing(end):
                raise AssertionError(f"{name}drops is {drops}, the captures show {missing(end)}")
            if story == "outage" or not got:
                continue
            if story == "loss":
                continue  # a packet that is lost holds up those behind it, and no capture has its departure
            waited = waits(hosts[sender], hosts[receiver], link, stops_of(story, side), delay, end)
            # Half a nanosecond per packet is rounding.
            near(name + "queue-delay.mean", metrics[name + "queue-delay.mean"], sum(waited) / len(waited) / NS, 2e-9)
            near(name + "queue-delay.max", metrics[name + "queue-delay.max"], max(waited) / NS, 2e-9)

    if story == "two-paths":
        shares = {k: metrics[f"{t}subflows.{k}.share"] for k in scenario["links"]}
        near("the sum of the shares", sum(shares.values()), 1, 1e-9)
        for reason in ("cwnd", "rwnd", "app", "scheduler", "shared-window", "timeout"):
            mean = sum(shares[k] * metrics[f"{t}subflows.{k}.limited.{reason}"] for k in shares)
            near(t + "limited." + reason, metrics[t + "limited." + reason], mean, 1e-9)
    if exchange:
        lines = (folder / "exchanges.csv").read_text().splitlines()[1:]
        took = sorted(float(line.split(",")[5]) for line in lines)
        near(t + "requests", metrics[t + "requests"], len(took))
        for percent in (50, 95, 99):
            near(f"{t}response.p{percent}", metrics[f"{t}response.p{percent}"], took[-(-percent * len(took) // 100) - 1], 1e-9)


def main():
    if shutil.which("tshark") is None:
        skip("tshark is not installed (Debian package tshark)")
    program = os.environ.get("HOSTSTACK_CLI") or skip("HOSTSTACK_CLI does not name the program")
    failed = 0
    wanted = sys.argv[1:] or list(STORIES)
    with tempfile.TemporaryDirectory() as directory:
        for story in wanted:
            scenario = merged(BASE, STORIES[story])
            scenario["name"] = story
            path = Path(directory) / f"{story}.json"
            path.write_text(json.dumps(scenario))
            subprocess.run([program, "run", str(path), "--quiet", "--out", directory], check=True)
            try:
                check(story, scenario, Path(directory) / story)
            except AssertionError as error:
                failed += 1
                print(f"{story}: {error}")
    print(f"{len(wanted)} runs, {failed} say something else than their captures")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
