#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""How the work of a whole run grows with its connections: set-up, timers, metrics, tear-down.

Counts the instructions of three runs with n, 2n and 4n connections (valgrind's callgrind). Linear
work grows twice as much from 2n to 4n as from n to 2n; work that is quadratic anywhere grows more.
Exit status: 0 linear, 1 not, 77 valgrind is not there.
"""

import argparse
import sys

from counted_run import instructions, need_valgrind

# Linear is 1. What grows with the logarithm (events in order of time) is a few hundredths.
MOST = 1.05


# What all hosts have beside their system.
KINDS = {
    "TCP": {},
    "MPTCP": {"mptcp": {}},
    "TCP on cores": {"hardware": "n100", "kernel": {"sockets": {"system": "linux"}}},
}


def scenario(connections, kind):
    hosts = {name: {"os": "linux-6.12.11", **KINDS[kind]} for name in ("client", "server")}
    direction = {"rate": "10 Gbit/s", "delay": "1 ms"}
    return {
        "hoststack": 1,
        "name": "many",
        "run": {"duration": "20 s"},
        "output": {"series": False},
        "hosts": hosts,
        "links": {"lan": {"ends": ["client", "server"], "down": direction, "up": direction}},
        "traffic": {"t": {"kind": "request-response", "from": "client", "to": "server",
                          "connections": connections, "response-size": "1 KiB", "count": 1}},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="hoststack-cli")
    parser.add_argument("--connections", type=int, default=500, help="n (default 500)")
    options = parser.parse_args()
    need_valgrind()
    status = 0
    for kind in KINDS:
        n = options.connections // (1 if kind == "TCP" else 2)
        once, twice, four = (instructions(options.program, scenario(n * times, kind))
                             for times in (1, 2, 4))
        growth = (four - twice) / (2 * (twice - once))
        status = status or growth > MOST
        print(f"{kind}: {once:,} with {n}, {twice:,} with {2 * n}, "
              f"{four:,} with {4 * n} connections: {(four - twice) / (2 * n):,.0f} for each more, "
              f"{growth:.3f} of linear (at most {MOST})")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
