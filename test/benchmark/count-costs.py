#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the cores of a host cost a simulation, beside a free host's.

Counts the instructions of a transfer of 8 MB and of one of 24 MB (valgrind's callgrind); the
difference, without set-up and tear-down, is shared by the packets between. Both ends have costs.
Exit status: 0 within the limit, 1 not, 77 valgrind is not there.
"""

import argparse
import sys

from counted_run import instructions, need_valgrind

# As asked for; 1.80 is measured.
MOST = 2.0
MSS = 1448
MEGABYTE = 10**6
MACHINES = ("n100", "zbt-z8102ax")


def scenario(hardware, megabytes):
    host = {"os": "linux-6.12.11", **({"hardware": hardware} if hardware else {})}
    direction = {"rate": "100 Mbit/s", "delay": "5 ms"}
    return {
        "hoststack": 1,
        "name": "transfer",
        "run": {"duration": "20 s"},
        "output": {"series": False},
        "hosts": {"client": host, "server": host},
        "links": {"lan": {"ends": ["client", "server"], "down": direction, "up": direction}},
        "traffic": {"t": {"kind": "bulk", "from": "server", "to": "client", "opened-by": "receiver",
                          "bytes": f"{megabytes} MB"}},
        "expect": [{"metric": "traffic.t.completion", "at_most": "10 s",
                    "because": "24 MB take 2 s."}],
    }


def per_packet(program, hardware):
    few, many = (instructions(program, scenario(hardware, megabytes)) for megabytes in (8, 24))
    return (many - few) / (16 * MEGABYTE / MSS)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="hoststack-cli")
    options = parser.parse_args()
    need_valgrind()
    free = per_packet(options.program, None)
    status = 0
    for hardware in MACHINES:
        costed = per_packet(options.program, hardware)
        status = status or costed > MOST * free
        print(f"{hardware}: {costed:,.0f} instructions per packet, {costed / free:.2f} of a free host's "
              f"{free:,.0f} (at most {MOST})")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
