#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/window-reopening.md: how soon data comes after a reader has re-opened its window.

Needs a built hoststack (./hoststack build). The words are in docs/window-reopening.in.md; a line
`@NAME@` there is replaced by the table of that name. Every run is a file of scenarios/window/ with
other values laid over it.

With --check it writes nothing and fails if the file is not what it would write. Runs are
deterministic, so the comparison is exact. --jobs N sets how many simulations run at once."""

import json

from made_page import DOCS, main, table

READER = "traffic.transfer.reader."
KERNELS = {"6.12.10": "linux-6.12.10", "6.12.11": "linux-6.12.11"}


def start(simulator, scenario="reopen-before-fix", **sets):
    laid = {"expect": [], **sets}
    return simulator.start(f"window/{scenario}",
                           [f"{path}={json.dumps(value)}" for path, value in laid.items()])


def metrics(run):
    return {name.removeprefix("traffic.transfer."): value
            for name, value in run.result()["metrics"].items()}


def delays(run):
    """Least, median, 95th percentile and most of the resume delays, ms."""
    if run["resume.count"] == 0:
        return "none"
    values = (run["resume." + name] for name in ("min", "p50", "p95", "max"))
    return " / ".join(f"{value * 1e3:.0f}" for value in values)


def both(simulator, **sets):
    return [start(simulator, **{"hosts.client.os": os_name, **sets}) for os_name in KERNELS.values()]


def compared(simulator, head, cases):
    """One row per case: delays and goodput with either kernel."""
    runs = [(name, both(simulator, **sets)) for name, sets in cases]
    rows = []
    for name, (before, after) in runs:
        before, after = metrics(before), metrics(after)
        rate = [f"{run['goodput'] / 1e6:.2f}" for run in (before, after)]
        rows.append(
            [name, f"{before['resume.count']:.0f}, {after['resume.count']:.0f}",
             delays(before), delays(after), *rate]
        )
    columns = [head, "closings", "before, ms", "after, ms", "before, Mbit/s", "after, Mbit/s"]
    return table(columns, rows)


def round_trip(milliseconds):
    half = f"{milliseconds / 2:g} ms"
    return {"links.path.down.delay": half, "links.path.up.delay": half}


def by_round_trip(simulator):
    cases = [(f"{value} ms", round_trip(value)) for value in (10, 20, 40, 80, 160)]
    return compared(simulator, "round trip", cases)


def by_read_size(simulator):
    sizes = ("2 KiB", "4 KiB", "8 KiB", "12 KiB", "16 KiB", "64 KiB", "1 MiB")
    cases = [(value, {READER + "read-size": value}) for value in sizes]
    return compared(simulator, "read size", cases)


def by_step(simulator):
    steps = ("60 kB", "72 kB", "250 kB", "1000 kB", "3000 kB")
    cases = [(value, {READER + "step": value, "traffic.transfer.bytes": size})
             for value, size in zip(steps, ("2400 kB", "2400 kB", "10 MB", "10 MB", "10 MB"))]
    return compared(simulator, "step", cases)


def without_effect(simulator):
    rise = [{"at": "1 s", "link": "path", "direction": "down", "rate": "100 Mbit/s"}]
    cases = [
        ("no replies", {"scenario": "reopen-before-fix-one-way"}),
        ("TCP_NODELAY", {"scenario": "reopen-before-fix-nodelay"}),
        ("a reader that keeps up", {"scenario": "never-closed-before-fix"}),
        (
            "the same, and the link's rate rises fivefold after 1 s",
            {
                "scenario": "never-closed-before-fix",
                "links.path.down.rate": "20 Mbit/s",
                "events": rise,
            },
        ),
    ]
    return compared(simulator, "case", cases)


def rules(simulator):
    rows = []
    cases = [
        ("`free-space` (6.12.10)", {"hosts.client.os": "linux-6.12.10"}),
        ("`announced-window` (6.12.11)", {"hosts.client.os": "linux-6.12.11"}),
        ("`immediate-ack`", {"hosts.client.mptcp.reopen": "immediate-ack"}),
        ("`no-update`", {"hosts.client.mptcp.reopen": "no-update"}),
    ]
    for window in ("linux", "immediate-ack", "no-update"):
        sets = {"scenario": "tcp-window-linux", "hosts.client.tcp.window": window}
        cases.append((f"plain TCP, window `{window}`", sets))
    runs = [
        (name, start(simulator, **sets), start(simulator, **sets, **{READER + "reply": None}))
        for name, sets in cases
    ]
    for name, replies, silent in runs:
        replies, silent = metrics(replies), metrics(silent)
        acks = f"{replies['acks']:.0f}, {silent['acks']:.0f}"
        rows.append([name, delays(replies), delays(silent), acks])
    return table(["rule", "with replies, ms", "without, ms", "ACKs"], rows)


def make(simulator):
    makers = {
        "by-round-trip": by_round_trip,
        "by-read-size": by_read_size,
        "by-step": by_step,
        "without-effect": without_effect,
        "rules": rules,
    }
    return {name: maker(simulator) for name, maker in makers.items()}


if __name__ == "__main__":
    main(__doc__, DOCS / "window-reopening.md", make)
