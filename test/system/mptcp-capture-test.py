#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Wireshark's dissector reads our MPTCP options, and what depends on the keys is right.

Runs the core's MPTCP capture sample: four connections (IPv4 and IPv6, without and with DSS
checksums) of two subflows. tshark joins the subflows by their tokens; tokens, HMACs and checksums
are computed here once more from the fields it shows. Exit status 0: pass, 1: fail, 77: skipped.
"""

import hashlib
import hmac
import importlib.util
import ipaddress
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

OPTION_FIELDS = [
    "subtype",
    "version",
    "sendkey",
    "recvkey",
    "recvtok",
    "sendrand",
    "sendtrunchmac",
    "sendhmac",
    "addaddrtrunchmac",
    "addrid",
    "ipv4",
    "ipv6",
    "port",
    "echo",
    "backup.flag",
    "rawdataseqno",
    "rawdataack",
    "dataack8.flag",
    "datafin.flag",
    "subflowseqno",
    "datalvllen",
    "rst_reason",
    "flag_T.flag",
]
OTHER_FIELDS = ["mptcp.stream", "tcp.stream", "mptcp.expected_token", "tcp.flags", "tcp.payload"]
OTHER_FIELDS += ["tcp.options"]

CONNECTIONS = 4
PACKETS = 2 * 33 + 2 * 27
SUBTYPES = {str(n) for n in range(9)}
SYN, RST, ACK = 0x02, 0x04, 0x10


def load_capture_test():
    path = Path(__file__).with_name("capture-test.py")
    spec = importlib.util.spec_from_file_location("capture_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.FIELDS += OTHER_FIELDS + ["tcp.options.mptcp." + name for name in OPTION_FIELDS]
    return module


def option(packet, name):
    return packet["tcp.options.mptcp." + name]


def is_option(packet, subtype):
    return str(subtype) in option(packet, "subtype").split(",")


def flags(packet):
    return int(packet["tcp.flags"], 0) & (SYN | RST | ACK)


def word(value, size):
    return int(value, 0).to_bytes(size, "big")


def keyed(first, second, message):
    return hmac.new(first + second, message, hashlib.sha256).digest()


def connection_keys(packets):
    """The keys of client and server, from the third packet of the handshake."""
    packet = next(p for p in packets if is_option(p, 0) and option(p, "recvkey"))
    return word(option(packet, "sendkey"), 8), word(option(packet, "recvkey"), 8)


def check_join(packets, client, server):
    syn, syn_ack, ack = [p for p in packets if is_option(p, 1)]
    token = hashlib.sha256(server).digest()[:4]
    assert word(option(syn, "recvtok"), 4) == token, "MP_JOIN names another token"
    nonces = word(option(syn, "sendrand"), 4), word(option(syn_ack, "sendrand"), 4)
    short = keyed(server, client, nonces[1] + nonces[0])[:8]
    assert word(option(syn_ack, "sendtrunchmac"), 8) == short, "HMAC of the SYN/ACK"
    long = keyed(client, server, nonces[0] + nonces[1])[:20].hex()
    assert option(ack, "sendhmac").replace(":", "") == long, "HMAC of the third ACK"


def check_address(packets, client, server):
    announced, echoed = [p for p in packets if is_option(p, 3)]
    assert int(option(announced, "echo") or "0", 0) == 0
    assert int(option(echoed, "echo"), 0) == 1 and not option(echoed, "addaddrtrunchmac")
    address = ipaddress.ip_address(option(announced, "ipv4") or option(announced, "ipv6"))
    message = bytes([int(option(announced, "addrid"))]) + address.packed
    message += int(option(announced, "port") or 0).to_bytes(2, "big")
    right = keyed(server, client, message)[-8:]
    assert word(option(announced, "addaddrtrunchmac"), 8) == right, "HMAC of ADD_ADDR"


def ones_complement_sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return total


def dss_checksum(packet):
    """From the bytes: Wireshark 4.0 has no field for it in a DSS. Nothing if there is none."""
    options = bytes.fromhex(packet["tcp.options"])
    while options:
        length = 1 if options[0] == 1 else options[1]
        if options[0] == 30:
            capable = options[2] >> 4 == 0 and length == 24
            if capable or (options[2] >> 4 == 2 and options[3] & 4 and length in (24, 28)):
                return options[length - 2 : length]
        options = options[length:]
    return b""


def check_mappings(packets, client, server):
    """Numbers follow each other from IDSN + 1 on; checksums are right. Returns checksums seen."""
    expected = {}
    content = {}
    for key in (client, server):
        idsn = int.from_bytes(hashlib.sha256(key).digest()[-8:], "big")
        expected[key] = (idsn + 1) % 2**64
    seen = 0
    for packet in packets:
        if not option(packet, "datalvllen"):
            continue
        length = int(option(packet, "datalvllen"))
        payload = bytes.fromhex(packet["tcp.payload"])
        if is_option(packet, 0):
            key, sequence, offset = client, expected[client], 1
        else:
            sequence = int(option(packet, "rawdataseqno"))
            offset = int(option(packet, "subflowseqno"))
            key = client if (client, sequence) in content or sequence == expected[client] else server
        data = content[(key, sequence)] = content.get((key, sequence), b"") + payload
        fin = int(option(packet, "datafin.flag") or "0", 0)
        if len(data) + fin < length:
            continue
        assert sequence == expected[key], f"mapping begins at {sequence}, not {expected[key]}"
        expected[key] = (sequence + length) % 2**64
        checksum = dss_checksum(packet)
        if checksum:
            header = sequence.to_bytes(8, "big") + offset.to_bytes(4, "big")
            header += length.to_bytes(2, "big") + checksum
            assert ones_complement_sum(header + data) == 0xFFFF, f"DSS checksum at {sequence}"
            seen += 1
    return seen


def check_connection(packets):
    """Raises AssertionError; returns the number of DSS checksums."""
    assert len({p["tcp.stream"] for p in packets}) == 2, "two subflows"
    client, server = connection_keys(packets)
    tokens = {int(t, 0) for p in packets for t in p["mptcp.expected_token"].split(",") if t}
    mine = {int.from_bytes(hashlib.sha256(k).digest()[:4], "big") for k in (client, server)}
    assert tokens == mine, f"tshark computes the tokens {tokens}, not {mine}"
    check_join(packets, client, server)
    check_address(packets, client, server)
    for packet in packets:
        if is_option(packet, 8):
            assert flags(packet) & RST, "MP_TCPRST belongs on a RST"
        if is_option(packet, 7):
            assert word(option(packet, "recvkey"), 8) == server, "MP_FASTCLOSE has another key"
    reset = next(p for p in packets if is_option(p, 6))
    assert int(option(reset, "rst_reason"), 0) == 6 and int(option(reset, "flag_T.flag"), 0) == 1
    return check_mappings(packets, client, server)


def check(packets, faults):
    assert len(packets) == PACKETS, f"{len(packets)} packets instead of {PACKETS}"
    assert not faults(packets), faults(packets)
    assert {s for p in packets for s in option(p, "subtype").split(",")} == SUBTYPES
    streams = sorted({int(p["mptcp.stream"]) for p in packets})
    assert streams == list(range(CONNECTIONS)), f"tshark sees the connections {streams}"
    checksums = []
    for stream in streams:
        checksums.append(check_connection([p for p in packets if p["mptcp.stream"] == str(stream)]))
    # MP_CAPABLE with data and four mappings; IPv4 ends with two DATA_FINs.
    assert checksums == [0, 7, 0, 5], checksums


def check_that_faults_show(packets):
    """One wrong bit in any of these fields must fail, or the checks above prove nothing."""
    connection = [p for p in packets if p["mptcp.stream"] == "1"]
    for name in ("recvtok", "sendrand", "sendtrunchmac", "addaddrtrunchmac", "rawdataseqno"):
        broken = [dict(p) for p in connection]
        packet = next(p for p in broken if option(p, name))
        packet["tcp.options.mptcp." + name] = str(int(option(packet, name), 0) ^ 1)
        try:
            check_connection(broken)
        except AssertionError:
            continue
        raise AssertionError(f"a wrong {name} was not noticed")
    broken = [dict(p) for p in connection]
    packet = next(p for p in broken if p["tcp.payload"])
    packet["tcp.payload"] = "00" + packet["tcp.payload"][2:]
    try:
        check_connection(broken)
    except AssertionError:
        return
    raise AssertionError("a wrong byte of data was not noticed")


def main():
    capture = load_capture_test()
    if shutil.which("tshark") is None:
        capture.skip("tshark is not installed (Debian package tshark)")
    build = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("HOSTSTACK_BUILD_DIR", "")
    if not build:
        capture.skip("HOSTSTACK_BUILD_DIR is not set and no build directory was given")
    program = capture.find_test_program(Path(build))
    with tempfile.TemporaryDirectory() as directory:
        environment = dict(os.environ, HOSTSTACK_CAPTURE_DIR=directory)
        subprocess.run([str(program), "[mptcp-capture-sample]"], check=True, env=environment)
        packets = capture.read(Path(directory) / "mptcp.pcapng")
    check(packets, capture.faults)
    check_that_faults_show(packets)
    print(f"tshark read {PACKETS} MPTCP packets of {CONNECTIONS} connections, none malformed")


if __name__ == "__main__":
    main()
