#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Wireshark's dissector reads our captures: nothing malformed, nothing missing, checksums right.

Runs the core's capture sample and reads both files with tshark. Finds the build in
HOSTSTACK_BUILD_DIR (or the first argument). Exit status 0: pass, 1: fail, 77: skipped.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FIELDS = [
    "frame.interface_name",
    "frame.time_epoch",
    "frame.comment",
    "frame.packet_flags_direction",
    "ip.version",
    "tcp.len",
    "tcp.options.sack.count",
    "ip.checksum.status",
    "tcp.checksum.status",
    "_ws.malformed",
    "tcp.analysis.lost_segment",
    "tcp.analysis.ack_lost_segment",
    "_ws.expert.severity",
]
GOOD = "1"  # Wireshark's proto_checksum_vals: 0 bad, 1 good
EXPERT_ERROR = 0x00800000  # Wireshark's PI_ERROR

PACKETS = 28
PAYLOAD_BYTES = 2 * (24 + 3 * 1428 + 17 + 1428)


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


def find_test_program(build):
    for name in ("test/hs-test-core", "hs-test-core"):
        if (build / name).is_file():
            return build / name
    skip(f"no hs-test-core under {build}: build it first")


def read(path):
    """The packets of a capture, each as a dictionary of tshark's fields."""
    command = ["tshark", "-n", "-2", "-r", str(path)]
    command += ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]
    command += ["-T", "fields", "-E", "separator=/t", "-E", "occurrence=a"]
    for field in FIELDS:
        command += ["-e", field]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise AssertionError(f"tshark cannot read {path.name}: {run.stderr}")
    return [dict(zip(FIELDS, line.split("\t"))) for line in run.stdout.splitlines()]


def faults(packets):
    """What is wrong with packets of which all should be good, as sentences."""
    found = []
    for number, packet in enumerate(packets, 1):
        for field in ("_ws.malformed", "tcp.analysis.lost_segment", "tcp.analysis.ack_lost_segment"):
            if packet[field]:
                found.append(f"packet {number}: {field}")
        if packet["tcp.checksum.status"] != GOOD:
            found.append(f"packet {number}: TCP checksum status {packet['tcp.checksum.status']!r}")
        if packet["ip.version"] == "4" and packet["ip.checksum.status"] != GOOD:
            found.append(f"packet {number}: IP checksum status {packet['ip.checksum.status']!r}")
        severities = [int(s, 0) for s in packet["_ws.expert.severity"].split(",") if s]
        if any(s >= EXPERT_ERROR for s in severities):
            found.append(f"packet {number}: expert error")
    return found


def check_sample(path, pcapng):
    packets = read(path)
    assert len(packets) == PACKETS, f"{len(packets)} packets instead of {PACKETS}"
    assert not faults(packets), faults(packets)
    assert sum(int(p["tcp.len"]) for p in packets) == PAYLOAD_BYTES
    assert sum(1 for p in packets if p["tcp.options.sack.count"] == "1") == 2
    half = PACKETS // 2
    assert all(p["ip.version"] == "4" for p in packets[:half])
    assert all(p["ip.version"] == "6" for p in packets[half:])
    assert packets[1]["frame.time_epoch"] == "0.001000001", packets[1]["frame.time_epoch"]
    assert packets[half]["frame.time_epoch"] == "5.123456789", packets[half]["frame.time_epoch"]
    if pcapng:
        assert {p["frame.interface_name"] for p in packets[:half]} == {"pc/eth0"}
        assert {p["frame.interface_name"] for p in packets[half:]} == {"router/x55"}
        assert packets[0]["frame.comment"] == "the first segment"
        directions = [p["frame.packet_flags_direction"] for p in packets[:2]]
        assert [int(d, 0) for d in directions] == [2, 1], directions


def check_that_faults_show(path):
    """A broken copy must fail, or the checks above prove nothing."""
    broken = bytearray(path.read_bytes())
    # File header 24, record header 16, IPv4 header 20: TCP data offset, then checksum.
    broken[24 + 16 + 20 + 12] = 0xF0
    broken[24 + 16 + 20 + 16] ^= 0xFF
    copy = path.with_name("broken.pcap")
    copy.write_bytes(broken)
    assert faults(read(copy)), "tshark found nothing wrong with a broken packet"


def main():
    if shutil.which("tshark") is None:
        skip("tshark is not installed (Debian package tshark)")
    build = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("HOSTSTACK_BUILD_DIR", "")
    if not build:
        skip("HOSTSTACK_BUILD_DIR is not set and no build directory was given")
    program = find_test_program(Path(build))
    with tempfile.TemporaryDirectory() as directory:
        environment = dict(os.environ, HOSTSTACK_CAPTURE_DIR=directory)
        subprocess.run([str(program), "[capture-sample]"], check=True, env=environment)
        check_sample(Path(directory) / "sample.pcapng", pcapng=True)
        check_sample(Path(directory) / "sample.pcap", pcapng=False)
        check_that_faults_show(Path(directory) / "sample.pcap")
    print(f"tshark read {PACKETS} packets in pcapng and pcap, none malformed")


if __name__ == "__main__":
    main()
