# SPDX-License-Identifier: GPL-2.0-only
"""Captures as frames: of runs, and of other programs."""

import struct

import hoststack
import pytest
from hoststack import captures


@pytest.fixture(scope="module")
def captured(tmp_path_factory):
    from conftest import _SHORT

    folder = tmp_path_factory.mktemp("captured") / "short"
    run = hoststack.run(_SHORT, {"output.pcap": True, "links.path.down.queue": "10 packets"}, out=folder)
    return run, {host: captures.read(folder / f"{host}.pcapng") for host in ("server", "client")}


def test_a_capture_holds_what_the_run_says_of_it(captured):
    run, packets = captured
    sent = packets["server"].query("destination.str.endswith(':5001')")
    assert (sent.length > 0).sum() == run["traffic.download.data-segments"]
    flow = captures.flow(packets["server"])
    assert flow.again.sum() == run["traffic.download.retransmits"] > 0
    assert flow[flow.length > 0]["last"].max() == run["traffic.download.bytes"] == flow.acknowledged.max() - 1  # and the FIN
    answers = flow[flow.kind == "answered"]
    assert (answers.edge >= answers.acknowledged).all() and answers.edge.max() > 100_000
    assert set(captures.flows(packets["client"]).link) == {"path"}
    assert list(captures.flows(packets["server"]).bytes)[0] == sent.length.sum()
    assert "+" not in flow.sack.iloc[-1] and flow.sack.str.contains(r"^\d+:\d+").any()
    assert captures.bursts(flow).sum() == run["traffic.download.data-segments"]


def frame(kind, payload=b"hello", *, sequence=0xFFFFFFFE, flags=0x18):
    tcp = struct.pack(">HHIIBBHHH", 1000, 80, sequence, 7, 5 << 4, flags, 500, 0, 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, b"\x0a\0\0\1", b"\x0a\0\0\2") + tcp
    return {1: b"\0" * 12 + b"\x08\0" + ip, 101: ip, 113: b"\0" * 14 + b"\x08\0" + ip,
            "vlan": b"\0" * 12 + b"\x81\0\0\5\x08\0" + ip}[kind]


def pcap(kind, packets, order="<", magic=0xA1B2C3D4):
    text = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, kind)
    for i, packet in enumerate(packets):
        text += struct.pack(order + "IIII", i, 5, len(packet), len(packet)) + packet
    return text


@pytest.mark.parametrize("kind", [1, 101, 113])
@pytest.mark.parametrize("order", ["<", ">"])
def test_captures_of_other_programs_are_read(tmp_path, kind, order):
    file = tmp_path / "x.pcap"
    file.write_bytes(pcap(kind, [frame(kind), frame(kind, b"abc", sequence=3)], order))
    packets = captures.read(file)
    assert list(packets.source) == ["10.0.0.1:1000"] * 2 and list(packets.length) == [5, 3]
    assert list(packets.time_s) == [0.000005, 1.000005] and list(packets["flags"]) == ["P."] * 2
    # Sequence numbers that wrap go on.
    assert list(captures.flow(packets)["first"]) == [0, 5]


def test_nanoseconds_and_vlan_tags_are_known_and_other_packets_left_out(tmp_path):
    file = tmp_path / "x.pcap"
    other = b"\0" * 12 + b"\x08\x06" + b"\0" * 28
    file.write_bytes(pcap(1, [frame("vlan"), other], magic=0xA1B23C4D))
    packets = captures.read(file)
    assert len(packets) == 1 and packets.time_s[0] == 5e-9


def test_what_is_no_capture_or_cut_is_told_or_read_as_far_as_it_goes(tmp_path):
    file = tmp_path / "x.pcap"
    whole = pcap(101, [frame(101), frame(101)])
    file.write_bytes(whole[:-3])
    assert len(captures.read(file)) == 1
    for content, words in ((b"{}", "is no capture"), (b"", "is no capture"), (whole[:10], "header"),
                           (pcap(147, [b"x"]), "link type 147"),
                           (b"\x0a\x0d\x0d\x0a\x0d\0\0\0\x4d\x3c\x2b\x1a\0", "block at byte 0")):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=words):
            captures.read(file)
    file.write_bytes(whole)
    with pytest.raises(IndexError, match="has 1"):
        captures.flow(captures.read(file), 1)


def test_any_bytes_are_read_or_refused(tmp_path):
    hypothesis = pytest.importorskip("hypothesis", reason="python3-hypothesis is not installed")
    from hypothesis import strategies as st

    file = tmp_path / "x.pcap"
    whole = pcap(1, [frame(1), frame("vlan")])

    @hypothesis.settings(max_examples=200, deadline=None, derandomize=True, database=None)
    @hypothesis.given(st.integers(0, len(whole) - 1), st.binary(max_size=40))
    def check(at, some):
        file.write_bytes((whole[:at] + some + whole[at + len(some):])[:4096])
        try:
            captures.read(file)
        except ValueError:
            pass

    check()
