# SPDX-License-Identifier: GPL-2.0-only
"""Where two packet traces of the same scenario part: the first packet that only one side sends so, or then.

Packets are compared stream by stream (a link, a direction, the connection by its place among those opened there),
as seen at one host. Ports, keys and initial sequence numbers are drawn by chance and left out: numbers count from
a stream's first.
"""

from __future__ import annotations

import pathlib
from typing import Any, NamedTuple, Optional, Sequence, Union

SLACK_S = 0.0015  # what a packet may be earlier or later than the other side's without meaning anything
SHARE = 0.05  # ... or of the time since the connection began
GAP_S = 0.0002  # packets of a burst follow each other within it
AROUND = 3  # packets shown before and after


class Packet(NamedTuple):
    at: float  # s since the first packet of the capture
    flags: str
    first: int  # of its bytes, from the stream's initial number
    acknowledged: int
    length: int
    scale: Optional[int]
    mptcp: str

    def text(self) -> str:
        parts = [f"{self.at * 1000:10.3f} ms", f"[{self.flags}]"]
        if self.length:
            parts.append(f"{self.first}:{self.first + self.length} ({self.length})")
        if self.acknowledged >= 0:
            parts.append(f"ack {self.acknowledged}")
        if self.scale is not None:
            parts.append(f"wscale {self.scale}")
        if self.mptcp:
            parts.append("mptcp " + "+".join(_SUBTYPES.get(s, s) for s in self.mptcp.split()))
        return " ".join(parts)


_SUBTYPES = {"0": "MP_CAPABLE", "1": "MP_JOIN", "2": "DSS", "3": "ADD_ADDR", "4": "REMOVE_ADDR", "5": "MP_PRIO",
             "6": "MP_FAIL", "7": "MP_FASTCLOSE", "8": "MP_TCPRST"}


class Stream(NamedTuple):
    name: str  # "x55, sent, 1"
    link: str
    packets: list[Packet]


class Parting(NamedTuple):
    """The place where they part."""

    kind: str  # handshake, subflows, length, acknowledgement, repetition, timer, end
    stream: str
    number: int  # of the packet in its stream, from 1
    at: float  # s, in the kernel's trace if it has the packet
    about: str
    kernel: list[str]
    model: list[str]

    def as_json(self) -> dict[str, Any]:
        return dict(self._asdict())


def _relative(value: int, first: int) -> int:
    step = (int(value) - first) & 0xFFFFFFFF
    return step - (1 << 32) if step >= 1 << 31 else step


def streams_of(path: pathlib.Path) -> dict[str, Stream]:
    """The streams of a host's capture by name, in the order in which they began."""
    from .. import captures

    begin: Optional[float] = None
    connections: dict[tuple[str, str, str], tuple[str, str]] = {}
    counts: dict[str, int] = {}
    rows: dict[tuple[str, str], list[list[Any]]] = {}
    for row in captures.rows(path):
        at, link, source, destination, protocol = row[:5]
        if protocol != "tcp":
            continue
        begin = at if begin is None else begin
        key = (link, source, destination) if source < destination else (link, destination, source)
        if key not in connections:
            counts[link] = counts.get(link, 0) + 1
            connections[key] = (f"{link} {counts[link]}", source)
        name, opener = connections[key]
        rows.setdefault((name, "forth" if source == opener else "back"), []).append(row)
    result = {}
    for (name, way), sent in rows.items():
        first = sent[0][_SEQUENCE]
        other = rows.get((name, "back" if way == "forth" else "forth"))
        answered = other[0][_SEQUENCE] if other else 0
        packets = [_packet_of(row, begin or 0.0, first, answered) for row in sent]
        result[f"{name}, {way}"] = Stream(f"{name}, {way}", name.rsplit(" ", 1)[0], packets)
    return result


_SEQUENCE = 6  # column of a row of a capture


def _packet_of(row: list[Any], begin: float, first: int, answered: int) -> Packet:
    at, _, _, _, _, flags, sequence, acknowledged, _, length, _, scale, _, mptcp = row
    return Packet(at - begin, flags.replace("P", ""), _relative(sequence, first),
                  _relative(acknowledged, answered) if "." in flags else -1, length, scale, mptcp)


def _bursts(packets: Sequence[Packet], upto: int) -> list[int]:
    sizes: list[int] = []
    last = None
    for packet in packets[:upto]:
        if packet.length:
            if last is None or packet.at - last > GAP_S:
                sizes.append(0)
            sizes[-1] += 1
            last = packet.at
    return sizes


def _kind_of(number: int, here: Packet, there: Packet, before: int) -> tuple[str, str]:
    """What sets two packets of the same place apart."""
    if "S" in here.flags or "S" in there.flags or (number < 2 and not (here.length or there.length)):
        return "handshake", "the options or flags of the handshake are not the same"
    if here.mptcp != there.mptcp and (here.length, here.first) == (there.length, there.first):
        return "options", "the MPTCP options are not the same"
    if bool(here.length) != bool(there.length):
        return "acknowledgement", "one side sends data where the other sends an ACK alone"
    if not here.length:
        return "acknowledgement", "the ACKs do not cover the same bytes"
    if (here.first < before) != (there.first < before):
        return "repetition", "one side repeats what it has sent, the other goes on"
    return "length", "the segments do not have the same bytes"


def _same(here: Packet, there: Packet) -> bool:
    flags = here.flags == there.flags
    return (flags and here.first == there.first and here.length == there.length and here.scale == there.scale
            and here.mptcp == there.mptcp and (bool(here.length) or here.acknowledged == there.acknowledged))


def _part(name: str, kernel: Sequence[Packet], model: Sequence[Packet], slack: float) -> Optional[Parting]:
    reached = 0
    for number, (here, there) in enumerate(zip(kernel, model)):
        late = abs(here.at - there.at) > max(slack, SHARE * here.at)
        if _same(here, there) and not late:
            reached = max(reached, here.first + here.length)
            continue
        if _same(here, there):
            before = f"{(here.at - kernel[number - 1].at) * 1000:.2f} ms after the one before" if number else "first"
            other = f"{(there.at - model[number - 1].at) * 1000:.2f} ms" if number else "first"
            kind, about = "timer", f"the same packet at another time: the kernel's {before}, the model's {other}"
        else:
            kind, about = _kind_of(number, here, there, reached)
        bursts = _bursts(kernel, number + 1), _bursts(model, number + 1)
        if kind in ("length", "timer") and bursts[0] != bursts[1]:
            about += f"; bursts so far: {bursts[0][-5:]} and {bursts[1][-5:]} packets"
        low, high = max(0, number - AROUND), number + AROUND
        return Parting(kind, name, number + 1, here.at, about, [p.text() for p in kernel[low:high]],
                       [p.text() for p in model[low:high]])
    if len(kernel) != len(model):
        number = min(len(kernel), len(model))
        longer = kernel if len(kernel) > number else model
        return Parting("end", name, number + 1, longer[number].at,
                       f"only the {'kernel' if longer is kernel else 'model'} sends more",
                       [p.text() for p in kernel[number - AROUND:number + AROUND]],
                       [p.text() for p in model[number - AROUND:number + AROUND]])
    return None


Trace = Union[pathlib.Path, dict[str, Stream]]


def _streams(trace: Trace) -> dict[str, Stream]:
    return trace if isinstance(trace, dict) else streams_of(trace)


def parting(kernel: Trace, model: Trace, slack: float = SLACK_S) -> Optional[Parting]:
    """The first place where the captures of a host part; None: they do not.

    Args:
        kernel, model: captures (pcapng) of the same host, of one run each, or what streams_of() says of them.
        slack: seconds that a packet may be off.
    """
    here, there = _streams(kernel), _streams(model)
    order = [[s.name for s in side.values() if s.name.endswith("forth")] for side in (here, there)]
    found = []
    if order[0] != order[1]:
        number = next((i for i, (a, b) in enumerate(zip(*order)) if a != b), min(map(len, order)))
        side = here if len(order[0]) > number else there
        name = (order[0] if side is here else order[1])[number]
        found.append(Parting("subflows", name, 1, side[name].packets[0].at,
                             "connections and subflows are not opened in the same order, or not as many",
                             order[0][:number + AROUND], order[1][:number + AROUND]))
    for name in here.keys() & there.keys():
        if (one := _part(name, here[name].packets, there[name].packets, slack)) is not None:
            found.append(one)
    return min(found, key=lambda p: (p.at, p.stream)) if found else None


def all_partings(kernel: Trace, model: Trace, slack: float = SLACK_S) -> list[Parting]:
    """The first place of every stream, the earliest first."""
    here, there = _streams(kernel), _streams(model)
    found = [p for name in here.keys() & there.keys()
             if (p := _part(name, here[name].packets, there[name].packets, slack)) is not None]
    return sorted(found, key=lambda p: (p.at, p.stream))
