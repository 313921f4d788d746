#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/window-reopening.md: how soon data comes after a reader has re-opened its window.

Needs a built hoststack (./hoststack build). The words are in docs/window-reopening.in.md; a line
`@NAME@` there is replaced by the table of that name. Every run is a file of scenarios/window/ with
other values laid over it.

With --check it writes nothing and fails if the file is not what it would write. Runs are
deterministic, so the comparison is exact. --jobs N sets how many simulations run at once."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

DOCS = pathlib.Path(__file__).resolve().parent
ROOT = DOCS.parent
PAGE = DOCS / "window-reopening.md"
WORDS = DOCS / "window-reopening.in.md"
SCENARIOS = ROOT / "scenarios" / "window"
READER = "traffic.transfer.reader."
KERNELS = {"6.12.10": "linux-6.12.10", "6.12.11": "linux-6.12.11"}


class Simulator:
    """Runs scenarios with values laid over them, several runs at once."""

    def __init__(self, jobs, program):
        self.program = program
        if not self.program.exists():
            sys.exit(f"{self.program} is missing; run ./hoststack build")
        self.pool = concurrent.futures.ThreadPoolExecutor(jobs)

    def start(self, scenario="reopen-before-fix", **sets):
        return self.pool.submit(self._run, SCENARIOS / (scenario + ".json"), sets)

    def _run(self, scenario, sets):
        with tempfile.TemporaryDirectory() as folder:
            command = [str(self.program), "run", str(scenario), "--json", "--out", folder]
            for path, value in {"output.series": False, "expect": [], **sets}.items():
                command += ["--set", f"{path}={json.dumps(value)}"]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"{' '.join(command)}\n{done.stderr}")
            metrics = json.loads(done.stdout)["metrics"]
        return {name.removeprefix("traffic.transfer."): value for name, value in metrics.items()}


def delays(run):
    """Least, median, 95th percentile and most of the resume delays, ms."""
    if run["resume.count"] == 0:
        return "none"
    values = (run["resume." + name] for name in ("min", "p50", "p95", "max"))
    return " / ".join(f"{value * 1e3:.0f}" for value in values)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def both(simulator, **sets):
    return [simulator.start(**{"hosts.client.os": os_name, **sets}) for os_name in KERNELS.values()]


def compared(simulator, head, cases):
    """One row per case: delays and goodput with either kernel."""
    runs = [(name, both(simulator, **sets)) for name, sets in cases]
    rows = []
    for name, (before, after) in runs:
        before, after = before.result(), after.result()
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
    steps = ("60 kB", "250 kB", "1000 kB", "3000 kB")
    cases = [(value, {READER + "step": value}) for value in steps]
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
        (name, simulator.start(**sets), simulator.start(**sets, **{READER + "reply": None}))
        for name, sets in cases
    ]
    for name, replies, silent in runs:
        replies, silent = replies.result(), silent.result()
        acks = f"{replies['acks']:.0f}, {silent['acks']:.0f}"
        rows.append([name, delays(replies), delays(silent), acks])
    return table(["rule", "with replies, ms", "without, ms", "ACKs"], rows)


TABLES = {
    "by-round-trip": by_round_trip,
    "by-read-size": by_read_size,
    "by-step": by_step,
    "without-effect": without_effect,
    "rules": rules,
}


def write(simulator):
    lines = []
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        name = line.strip("@")
        is_table = line == f"@{name}@" and name in TABLES
        lines.append(TABLES[name](simulator) if is_table else line)
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument(
        "--program", type=pathlib.Path, default=ROOT / "build" / "release" / "hoststack-cli"
    )
    options = parser.parse_args()
    text = write(Simulator(options.jobs, options.program))
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        sys.exit("docs/window-reopening.md is not up to date; run docs/make-window-reopening.py")


if __name__ == "__main__":
    main()
