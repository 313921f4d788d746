#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What it costs the simulator to find a segment's connection, by the number of connections.

Counts the instructions of 20,000 look-ups in the protocol's own table, from the device's frame to
the endpoint (valgrind's callgrind; what opens the connections does not count).
Exit status: 0 flat, 1 not, 77 valgrind is not there.
"""

import argparse
import re
import shutil
import subprocess
import sys

PACKETS = 20000
CONNECTIONS = [10, 100, 1000, 10_000, 100_000]
MOST = 1.2


def per_packet(program, connections):
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null",
         program, "--connections", str(connections), "--packets", str(PACKETS)],
        capture_output=True, text=True, check=False)
    counted = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
    if done.returncode != 0 or not counted or int(counted.group(1)) == 0:
        sys.exit(f"{connections} connections: the run failed\n{done.stdout}{done.stderr}")
    return int(counted.group(1)) / PACKETS


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="hs-lookup")
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        print("valgrind is not installed")
        return 77
    costs = {number: per_packet(options.program, number) for number in CONNECTIONS}
    for number, cost in costs.items():
        print(f"{number:7,} connections: {cost:.1f} instructions a packet")
    spread = max(costs.values()) / min(costs.values())
    print(f"dearest : cheapest {spread:.3f} (at most {MOST})")
    return 0 if spread <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
