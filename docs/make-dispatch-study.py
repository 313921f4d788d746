#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/studies/dispatch.md: what systems need to find, poll and lock sockets.

Needs a built hoststack (./hoststack build). The words are in docs/studies/dispatch.in.md; a line
`@NAME@` there is replaced by the table of that name. With --check it writes nothing and fails if the
file is not what it would write."""

import json
import subprocess

from made_page import DOCS, main, table

# Medians on the machine whose prices the model has (docs/models/dispatch.md), ns.
MEASURED = [
    ("smoltcp, poll() with a segment in and its ACK out", "tcp.smoltcp.n{}.cost",
     {1: 152, 10: 360, 100: 2060, 1000: 18871, 10000: 298956, 100000: 3771218}),
    ("Linux, a segment and its ACK", "tcp.linux.n{}.cost",
     {1: 1172, 10: 1207, 100: 1218, 1000: 1239, 10000: 2148}),
    ("Linux, a UDP datagram", "udp.linux.n{}.cost", {1: 682, 100: 727, 10000: 1075}),
]


def run(simulator, name):
    metrics = simulator.start(f"dispatch/{name}").result()["metrics"]
    prefix = "dispatch."
    return {key.removeprefix(prefix): value for key, value in metrics.items()
            if key.startswith(prefix)}


def time(seconds):
    ns = seconds * 1e9
    for unit, size in (("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.0f} ns"


def count(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def share(value):
    return f"{100 * value:.0f} %"


def matrix(metrics, order, study, suffix, show, label):
    """Systems, in that order, by sizes."""
    names = [key.split(".") for key in metrics
             if key.startswith(study + ".") and key.split(".", 3)[3] == suffix]
    systems = sorted({name[1] for name in names}, key=order.index)
    sizes = sorted({name[2] for name in names},
                   key=lambda size: int("".join(c for c in size if c.isdigit()) or 0))
    rows = [[system] + [show(metrics[f"{study}.{system}.{size}.{suffix}"]) for size in sizes]
            for system in systems]
    return table(["system"] + [label(size) for size in sizes], rows)


def sockets(size):
    return f"{int(size[1:]):,} sockets" if size != "n1" else "1 socket"


def cores(size):
    return size.removeprefix("cores") + (" cores" if size != "cores1" else " core")


def copied(size):
    kib = int(size.removeprefix("copy")) // 1024
    return f"{kib} KiB" if kib < 1024 else f"{kib // 1024} MiB"


def side_by_side(growth, many, order):
    """Stage by stage with 1,000 sockets; locks with four packets per poll."""
    rows = []
    for system in order:
        one, eight = f"tcp.{system}.n1000", f"one-interface.{system}.cores8"
        rows.append([system, time(growth[f"{one}.cost"]), time(growth[f"{one}.cost.lookup"]),
                     time(growth[f"{one}.cost.notification"]), count(growth[f"{one}.visits"]),
                     f"{many[f'{eight}.speedup']:.2f}", share(many[f"{eight}.lock.waited"])])
    return table(["system", "cost per packet", "of it look-up", "of it walks and sets",
                  "sockets touched", "8 cores : 1", "of 8 cores' time waiting"], rows)


def saturated(many, order):
    """What 8 cores reach where one lock covers the poll."""
    rows = []
    for system in order:
        at = f"one-interface.{system}.cores8"
        if f"{at}.bound" in many:
            rate, bound = many[f"{at}.rate"], many[f"{at}.bound"]
            rows.append([system, f"{rate / 1e3:,.0f}", f"{bound / 1e3:,.0f}",
                         f"{rate / bound:.2f}"])
    return table(["system", "1,000 packets/s with 8 cores", "1 / T_c", "ratio"], rows)


def loopback(copies, order):
    rows = []
    for system in order:
        at = f"loopback.{system}.copy65536"
        if f"{at}.copies" in copies:
            rows.append([system, f"{copies[f'{at}.copies']:.0f}", time(copies[f"{at}.copy"]),
                         time(copies[f"{at}.cost"])])
    return table(["system", "copies between the kernel's buffers", "all copies", "whole message"],
                 rows)


def measured(metrics):
    rows = []
    for about, pattern, values in MEASURED:
        for size, value in values.items():
            model = metrics[pattern.format(size)] * 1e9
            rows.append([about, f"{size:,}", time(value / 1e9), time(model / 1e9),
                         f"{model / value:.2f}"])
    return table(["what", "sockets", "measured", "model", "ratio"], rows)


def make(simulator):
    listed = subprocess.run([str(simulator.program), "list", "systems", "--json"], check=True,
                            capture_output=True, text=True).stdout
    order = [entry["name"] for entry in json.loads(listed)["systems"]]
    growth, many, copies, waits = (run(simulator, name)
                                   for name in ("growth", "cores", "copies", "time-wait"))
    return {
        "STAGES": side_by_side(growth, many, order),
        "SATURATED": saturated(many, order),
        "LOOPBACK": loopback(copies, order),
        "COST": matrix(growth, order, "tcp", "cost", time, sockets),
        "VISITS": matrix(growth, order, "tcp", "visits", count, sockets),
        "BUSY": matrix(growth, order, "tcp-busy", "cost", time, sockets),
        "UDP": matrix(growth, order, "udp", "cost", time, sockets),
        "CORES": "\n\n".join(
            f"{about}:\n\n" + matrix(many, order, study, "speedup", "{:.2f}".format, cores)
            for study, about in (("one-interface", "All cores poll one interface"),
                                 ("own-interfaces", "Each core polls its own"),
                                 ("one-socket", "All packets are for one socket"))),
        "WAITED": matrix(many, order, "one-interface", "lock.waited", share, cores),
        "COPY": matrix(copies, order, "cold", "poll-wait.p99", time, copied),
        "FAULT": matrix(copies, order, "faults", "poll-wait.p99", time, copied),
        "TIMEWAIT": table(["system", "first", "last", "most sockets"],
                          [[system, *(time(waits[f"short.{system}.{at}.cost"])
                                      for at in ("first", "last")),
                            f"{waits[f'short.{system}.last.sockets']:,.0f}"]
                           for system in ("asterinas-s0", "asterinas-s2", "asterinas-s2b",
                                          "asterinas-s3", "asterinas-s4", "linux")]),
        "MEASURED": measured(growth),
    }


if __name__ == "__main__":
    main(__doc__, DOCS / "studies" / "dispatch.md", make)
