# SPDX-License-Identifier: GPL-2.0-only
"""Packet captures as frames: those that a run writes (`output.pcap`) and one's own, of tcpdump or Wireshark.

    packets = hoststack.captures.read("results/x55-download/vps.pcapng")
    hoststack.captures.flows(packets)             # who talked to whom, the largest first
    flow = hoststack.captures.flow(packets)       # of the largest: bytes from its first one on
    hoststack.plots.sequence(flow)

pcap and pcapng, of Ethernet, raw IP, Linux' "any" device and loopback; IPv4 and IPv6, TCP and UDP. Other packets are left out.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import TYPE_CHECKING, Any, Iterator, Optional, Sequence, Union

from ._files import read_bytes

if TYPE_CHECKING:
    import pandas

__all__ = ["read", "flows", "flow", "bursts"]

# Bytes before the IP header, by link type (pcap-linktype(7)); 1 and 276 are looked into for VLAN tags.
_HEADERS = {0: 4, 1: 14, 12: 0, 14: 0, 101: 0, 108: 4, 113: 16, 228: 0, 229: 0, 276: 20, 7: 0}
_FLAGS = ((1, "F"), (2, "S"), (4, "R"), (8, "P"), (16, "."), (32, "U"), (64, "E"), (128, "C"))
_COLUMNS = ["time_s", "link", "source", "destination", "protocol", "flags", "sequence",
            "acknowledged", "window", "length", "size", "scale", "sack", "mptcp"]

Packet = "tuple[int, str, int, bytes, int]"  # ns, interface, link type, bytes, length on the wire


def _pcap(data: bytes, name: str) -> Iterator[tuple[int, str, int, bytes, int]]:
    magic = data[:4]
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = 1 if magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
    if len(data) < 24:
        raise ValueError(f"{name}: ends in its header")
    kind = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    record = struct.Struct(order + "IIII")
    at = 24
    while at + 16 <= len(data):
        seconds, part, kept, length = record.unpack_from(data, at)
        at += 16
        if at + kept > len(data):
            break  # a capture that was ended in the middle of a packet
        yield seconds * 1_000_000_000 + part * unit, "", kind, data[at:at + kept], length
        at += kept


def _options(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, at)
        if code == 0:
            return
        yield code, data[at + 4:at + 4 + length]
        at += 4 + (length + 3) // 4 * 4


def _pcapng(data: bytes, name: str) -> Iterator[tuple[int, str, int, bytes, int]]:
    order = "<"
    interfaces: list[tuple[int, str, int]] = []  # link type, name, ticks per second
    at = 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        kind, length = struct.unpack_from(order + "II", data, at)
        if length < 12 or length % 4:
            raise ValueError(f"{name}: the block at byte {at} says it has {length} bytes")
        body = data[at + 8:at + length - 4]
        if at + length > len(data):
            return
        at += length
        if kind == 1 and len(body) >= 8:
            found = dict(_options(body[8:], order))
            digits = found.get(9, b"\x06")[0]
            ticks = 1 << (digits & 0x7F) if digits & 0x80 else 10**digits
            interfaces.append((struct.unpack_from(order + "H", body)[0],
                               found.get(2, b"").decode(errors="replace"), ticks))
        elif kind == 6 and len(body) >= 20:
            number, high, low, kept, wire = struct.unpack_from(order + "IIIII", body)
            if number >= len(interfaces):
                raise ValueError(f"{name}: a packet of interface {number}, which the file does not "
                                 "describe")
            link_type, link, ticks = interfaces[number]
            yield ((high << 32 | low) * 1_000_000_000 // ticks, link, link_type,
                   body[20:20 + kept], wire)


def _ip_of(kind: int, data: bytes) -> Optional[bytes]:
    """The IP packet in a frame, or None."""
    skip = _HEADERS[kind]
    if kind == 1:
        while data[skip - 2:skip] in (b"\x81\x00", b"\x88\xa8") and len(data) > skip + 4:
            skip += 4
        if data[skip - 2:skip] == b"\x88\x64":
            skip += 8  # PPPoE
        elif data[skip - 2:skip] not in (b"\x08\x00", b"\x86\xdd"):
            return None
    return data[skip:] if len(data) > skip else None


def _tcp_options(data: bytes) -> tuple[Optional[int], str, str]:
    """(window scale, SACK blocks, subtypes of MPTCP)."""
    scale, sack, mptcp, at = None, "", [], 0
    while at < len(data):
        kind = data[at]
        if kind == 0:
            break
        if kind == 1:
            at += 1
            continue
        if at + 1 >= len(data) or data[at + 1] < 2:
            break
        value = data[at + 2:at + data[at + 1]]
        if kind == 3 and value:
            scale = value[0]
        elif kind == 5:
            edges = struct.unpack(f">{len(value) // 4}I", value[:len(value) // 4 * 4])
            sack = " ".join(f"{a}:{b}" for a, b in zip(edges[::2], edges[1::2]))
        elif kind == 30 and value:
            mptcp.append(str(value[0] >> 4))
        at += data[at + 1]
    return scale, sack, " ".join(mptcp)


def _row(at: int, link: str, ip: bytes, size: int) -> Optional[list[Any]]:
    if ip[0] >> 4 == 4 and len(ip) >= 20:
        head, protocol = (ip[0] & 15) * 4, ip[9]
        total = struct.unpack_from(">H", ip, 2)[0] or size
        if struct.unpack_from(">H", ip, 6)[0] & 0x1FFF:
            return None  # a later fragment
        ends = [socket.inet_ntop(socket.AF_INET, ip[i:i + 4]) for i in (12, 16)]
    elif ip[0] >> 4 == 6 and len(ip) >= 40:
        head, protocol = 40, ip[6]
        total = (struct.unpack_from(">H", ip, 4)[0] or size - 40) + 40
        ends = ["[" + socket.inet_ntop(socket.AF_INET6, ip[i:i + 16]) + "]" for i in (8, 24)]
    else:
        return None
    rest = ip[head:]
    if protocol not in (6, 17) or len(rest) < (20 if protocol == 6 else 8):
        return None
    ports = struct.unpack_from(">HH", rest)
    row = [at / 1e9, link, *(f"{a}:{p}" for a, p in zip(ends, ports))]
    if protocol == 17:
        return [*row, "udp", "", 0, 0, 0, total - head - 8, total, None, "", ""]
    sequence, acknowledged, offset, bits, window = struct.unpack_from(">IIBBH", rest, 4)
    length = (offset >> 4) * 4
    flags = "".join(letter for bit, letter in _FLAGS if bits & bit)
    scale, sack, mptcp = _tcp_options(rest[20:length])
    return [*row, "tcp", flags, sequence, acknowledged, window, total - head - length, total, scale,
            sack, mptcp]


def read(path: Union[str, "os.PathLike[str]"]) -> "pandas.DataFrame":
    """The TCP and UDP packets of a capture, a row each, in the file's order.

    Columns: `time_s` (seconds since the epoch; in a simulated one since the run began), `link` (interface), `source`, `destination`
    ("10.0.0.1:80"), `protocol`, `flags` (as tcpdump writes them), `sequence`, `acknowledged`, `window`
    (as on the wire), `length` (payload, bytes), `size` (IP bytes), `scale` (the SYN's window scale), `sack` ("left:right
    ..."), `mptcp` (numbers of the subtypes).

    Raises:
        OSError: it cannot be read.
        ValueError: it is no capture, or of devices that this does not know.
    """
    import pandas

    return pandas.DataFrame(rows(path), columns=_COLUMNS)


def rows(path: Union[str, "os.PathLike[str]"]) -> list[list[Any]]:
    """The rows of read() as lists, for what walks through them one by one."""
    name = os.fspath(path)
    data = read_bytes(path)
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        packets = _pcapng(data, name)
    elif data[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"):
        packets = _pcap(data, name)
    else:
        raise ValueError(f"{name} is no capture: expected pcap or pcapng, as tcpdump -w and Wireshark "
                         "write them")
    found = []
    for at, link, kind, packet, size in packets:
        if kind not in _HEADERS:
            raise ValueError(f"{name}: link type {kind} is not known here; Ethernet, raw IP, Linux' "
                             "\"any\" device and loopback are")
        ip = _ip_of(kind, packet)
        row = _row(at, link, ip, size - (len(packet) - len(ip))) if ip else None
        if row is not None:
            found.append(row)
    return found


def flows(packets: "pandas.DataFrame") -> "pandas.DataFrame":
    """Who sent to whom: a row per direction of a connection, the one with most payload first. Columns:
    `source`, `destination`, `link`, `packets`, `bytes` (payload), `begin_s`, `end_s`."""
    groups = packets.groupby(["source", "destination", "link"], sort=False)
    frame = groups.agg(packets=("size", "size"), bytes=("length", "sum"), begin_s=("time_s", "min"),
                       end_s=("time_s", "max")).reset_index()
    return frame.sort_values(["bytes", "begin_s"], ascending=[False, True], kind="stable",
                             ignore_index=True)


def _unwrapped(values: Sequence[int], first: int) -> list[int]:
    """Numbers of 32 bits as distances from `first` that do not wrap."""
    result, last = [], 0
    for value in values:
        step = (int(value) - first - last) & 0xFFFFFFFF
        last += step - (1 << 32) if step >= 1 << 31 else step
        result.append(last)
    return result


def flow(packets: "pandas.DataFrame", number: int = 0) -> "pandas.DataFrame":
    """One direction of a TCP connection, number `number` of `flows`: what it sent and what it was answered.

    Columns: `time_s` from the first packet on, `kind` ("sent" or "answered"), `first` and `last` (sent: bytes of the stream,
    counted from 0), `again` (whether all of it had been sent before), `acknowledged`, `edge` (answered: to where it may send), `sack`
    ("left:right ..."), `length`.

    Raises:
        IndexError: there are not so many.
        ValueError: it is no TCP.
    """
    import pandas

    known = flows(packets)
    if not 0 <= number < len(known):
        raise IndexError(f"there is no flow {number}: the capture has {len(known)}")
    one = known.iloc[number]
    forth = (packets.source == one.source) & (packets.destination == one.destination) & \
        (packets.link == one.link)
    back = (packets.source == one.destination) & (packets.destination == one.source) & \
        (packets.link == one.link)
    chosen = packets[forth | back]
    if not (chosen.protocol == "tcp").all():
        raise ValueError(f"flow {number} ({one.source} to {one.destination}) is no TCP")
    sent = packets[forth]
    answered = packets[back & packets["flags"].str.contains(".", regex=False)]
    syn = sent[sent["flags"].str.contains("S")]
    first = int(syn.sequence.iloc[0]) + 1 if len(syn) else int(sent.sequence.iloc[0])
    scales = packets[back].scale.dropna()
    shift = int(scales.iloc[0]) if len(scales) and syn.scale.notna().any() else 0
    begin = float(chosen.time_s.iloc[0])

    here = pandas.DataFrame({"time_s": sent.time_s - begin, "kind": "sent", "length": sent.length})
    here["first"] = _unwrapped(sent.sequence, first)
    here.loc[sent["flags"].str.contains("S"), "first"] += 1
    here["last"] = here["first"] + here.length
    reached = here["last"].cummax().shift(fill_value=-1)
    here["again"] = (here.length > 0) & (here["last"] <= reached)
    there = pandas.DataFrame({"time_s": answered.time_s - begin, "kind": "answered",
                              "length": answered.length})
    there["acknowledged"] = _unwrapped(answered.acknowledged, first)
    windows = [w << (0 if "S" in f else shift) for w, f in zip(answered.window, answered["flags"])]
    there["edge"] = there.acknowledged + windows
    there["sack"] = [" ".join(":".join(str((int(edge) - first) & 0xFFFFFFFF) for edge in block.split(":"))
                              for block in text.split()) for text in answered.sack]
    frame = pandas.concat([here, there]).sort_index().reset_index(drop=True)
    frame["again"] = frame["again"].fillna(False).astype(bool)
    frame["sack"] = frame["sack"].fillna("")
    return frame


def bursts(one: "pandas.DataFrame", gap_s: float = 10e-6) -> "pandas.Series":
    """Data packets of a flow (of `flow`) that followed each other within `gap_s`: their number in each burst,
    indexed by the time at which it began, in seconds."""
    import pandas

    at = one[(one.kind == "sent") & (one.length > 0)].time_s
    burst = (at.diff() > gap_s).cumsum()
    groups = at.groupby(burst)
    return pandas.Series(groups.size().to_numpy(), index=pandas.Index(groups.min(), name="time_s"),
                         name="packets", dtype="int64")
