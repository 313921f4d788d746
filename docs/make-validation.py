#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/validation.md: runs scenarios and lays the results beside measurements and formulas.

Needs a built hoststack (./hoststack build). The kernel's numbers are in docs/kernel-6.18.csv, the
words in docs/validation.in.md; a line `@NAME@` there is replaced by the table of that name.

With --check it writes nothing and fails if the file is not what it would write. Runs are
deterministic, so the comparison is exact. --jobs N sets how many simulations run at once."""

import csv
import json
import math
import re
import statistics
import sys

from made_page import DOCS, main
from validation_field import field, start_field
from validation_laws import same_control, square_root, start_same_control, start_square_root
from validation_runs import REFERENCE, TRAFFIC, deviation, table
from validation_twins import twins, twins_in_figures, twins_left_out, twins_of_others

KERNEL = DOCS / "kernel-6.18.csv"
SHARE = "subflows.path1.share"
SHARE_POINTS = 0.1
MULTIPATH_SEEDS = 25
CHAOTIC = {"mp-50-20-and-10-80-rb64k", "mp-50-20-and-50-20-loss1-p1-autotune"}


def is_multipath(case):
    return case.startswith("mp-")


class Kernel:
    """The five runs of each case."""

    def __init__(self):
        self.cases = {}
        with KERNEL.open(newline="") as file:
            for row in csv.DictReader(file):
                runs = [float(row[f"run{i}"]) for i in range(1, 6)]
                self.cases.setdefault(row["case"], {})[row["metric"]] = runs

    def median(self, case, metric):
        return statistics.median(self.cases[case][metric])

    def spread(self, case, metric, scale, digits):
        """"46.78 (46.52..46.79)", or just the number when all runs agree."""
        runs = self.cases[case][metric]
        text = [f"{x * scale:.{digits}f}" for x in (statistics.median(runs), min(runs), max(runs))]
        return text[0] if text[1] == text[2] else f"{text[0]} ({text[1]}..{text[2]})"


def number(text):
    """The value of a quantity as a scenario writes it."""
    value = float(re.match(r"[0-9.]+", text)[0])
    for unit, scale in (("Mbit/s", 1e6), ("ms", 1e-3), ("%", 1e-2)):
        if text.endswith(unit):
            return value * scale
    return value


def bound(runs, metric, side):
    """How far a single run may be off: from the kernel's extremes, or from the median share."""
    if metric == SHARE:
        middle = statistics.median(runs)
        return max(0, middle - SHARE_POINTS) if side == "at_least" else middle + SHARE_POINTS
    slack = 0.2 if metric == "read-gap.max" else 0.05
    return min(runs) * (1 - slack) if side == "at_least" else max(runs) * (1 + slack)


def check_expectations(kernel, cases):
    """What a scenario expects must be what the kernel's table says."""
    for case in cases:
        scenario = json.loads((REFERENCE / f"{case}.json").read_text())
        for expected in scenario["expect"]:
            metric = expected["metric"].removeprefix(TRAFFIC)
            if metric not in kernel.cases[case]:
                continue
            if "within" in expected:
                text = str(expected["within"]["target"])
                if abs(number(text) / kernel.median(case, metric) - 1) > 1e-3:
                    sys.exit(f"{case}: {metric} expects {text}, not the kernel's median")
                continue
            for side in {"at_least", "at_most"} & expected.keys() if is_multipath(case) else ():
                limit = bound(kernel.cases[case][metric], metric, side)
                text = str(expected[side])
                if side == "at_least" and limit == 0:
                    sys.exit(f"{case}: {metric} {side} {text} cannot fail; leave it out")
                if abs(number(text) - limit) > max(5e-3 * limit, 6e-4):
                    sys.exit(f"{case}: {metric} {side} {text}, by the kernel's runs {limit:.4g}")


def model_and_kernel(kernel, cases, ours, theirs):
    rows = []
    for case in cases:
        run, other = ours[case].result()["metrics"], theirs[case].result()["metrics"]
        row = [case]
        for metric, scale, digits in (("goodput", 1e-6, 2), ("acks", 1, 0)):
            target = kernel.median(case, metric)
            value = run[TRAFFIC + metric]
            tolerance = 0.15 if metric == "acks" else 0.1 if "short" in case else 0.05
            row += [
                kernel.spread(case, metric, scale, digits),
                f"{value * scale:.{digits}f}",
                deviation(value, target, tolerance),
            ]
            if metric == "goodput":
                done = other[TRAFFIC + "completion"] is not None
                foreign = deviation(other[TRAFFIC + metric], target) if done else "stalls"
        rows.append(row + [foreign])
    return table(
        [
            "case",
            "kernel, Mbit/s",
            "hoststack",
            "",
            "kernel, ACKs",
            "hoststack",
            "",
            "ns-3, goodput",
        ],
        rows,
    )


def further_numbers(kernel, cases, ours):
    rows = []
    for case in cases:
        run = ours[case].result()["metrics"]
        row = [case]
        for metric, scale, digits, name in (
            ("completion", 1e3, 0, TRAFFIC + "completion"),
            ("data-segments", 1, 0, TRAFFIC + "data-segments"),
            ("retransmits", 1, 0, TRAFFIC + "retransmits"),
            ("read-gap.max", 1e3, 1, TRAFFIC + "read-gap.max"),
        ):
            row += [kernel.spread(case, metric, scale, digits), f"{run[name] * scale:.{digits}f}"]
        rows.append(row)
    return table(
        [
            "case",
            "kernel, completion (ms)",
            "hoststack",
            "kernel, data segments",
            "hoststack",
            "kernel, retransmissions",
            "hoststack",
            "kernel, longest read gap (ms)",
            "hoststack",
        ],
        rows,
    )


def zero_window(kernel, ours):
    """Reading goes on where the pause ends: that is measured from the end of the transfer."""
    rows = []
    for case in ("tcp-pauseat1M-rb64k", "tcp-pause2s-rb256k"):
        run = ours[case].result()["metrics"]
        if case == "tcp-pauseat1M-rb64k":
            resumed = statistics.median(kernel.cases[case]["completion"]) - kernel.median(
                case, "after-resume"
            )
        else:
            resumed = run[TRAFFIC + "connect"] + 2.0
        after = run[TRAFFIC + "completion"] - resumed
        target = kernel.median(case, "after-resume")
        rows.append(
            [
                case,
                kernel.spread(case, "zero-window.count", 1, 0),
                f"{run[TRAFFIC + 'zero-window.count']:.0f}",
                kernel.spread(case, "after-resume", 1e3, 0),
                f"{after * 1e3:.0f}",
                deviation(after, target, 0.2),
                f"{run[TRAFFIC + 'resume.max'] * 1e3:.1f}",
                kernel.spread(case, "window-probes", 1, 0),
                f"{run[TRAFFIC + 'zero-window.probes']:.0f}",
            ]
        )
    return table(
        [
            "case",
            "kernel, zero windows",
            "hoststack",
            "kernel, from reading on to the end (ms)",
            "hoststack",
            "",
            "hoststack, first new byte after (ms)",
            "kernel, probes",
            "hoststack",
        ],
        rows,
    )


def rank_test(a, b):
    """Two-sided p-value of the Mann-Whitney U test, normal approximation with continuity."""
    u = sum((x > y) + 0.5 * (x == y) for x in a for y in b)
    n, m = len(a), len(b)
    z = (abs(u - n * m / 2) - 0.5) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(max(z, 0) / math.sqrt(2))


def random_loss(kernel, runs):
    case = "tcp-cubic-50M-40ms-loss1"
    rows = []
    for metric, label, scale, digits in (
        ("goodput", "goodput, Mbit/s", 1e-6, 2),
        ("acks", "ACKs", 1, 0),
        ("retransmits", "retransmissions", 1, 0),
    ):
        theirs = sorted(kernel.cases[case][metric])
        ours = sorted(r.result()["metrics"][TRAFFIC + metric] for r in runs)
        q = statistics.quantiles(ours, n=4)
        rows.append(
            [
                label,
                ", ".join(f"{x * scale:.{digits}f}" for x in theirs),
                f"{statistics.median(ours) * scale:.{digits}f}",
                f"{q[0] * scale:.{digits}f}..{q[2] * scale:.{digits}f}",
                f"{ours[0] * scale:.{digits}f}..{ours[-1] * scale:.{digits}f}",
                f"{rank_test(theirs, ours):.2f}",
            ]
        )
    return table(
        [
            "metric",
            "kernel, five runs",
            f"hoststack, {len(runs)} seeds: median",
            "quartiles",
            "range",
            "p (rank test)",
        ],
        rows,
    )


class Multipath:
    """Kernel cases over two paths: several seeds beside the five runs of the kernel."""

    def __init__(self, kernel, cases, simulator):
        self.kernel = kernel
        self.runs = {
            case: [
                simulator.start(REFERENCE / f"{case}.json", (), seed)
                for seed in range(1, MULTIPATH_SEEDS + 1)
            ]
            for case in cases
        }

    def ours(self, case, metric, default=None):
        """Sorted values of all seeds; a counter that is not there is nought."""
        values = [run.result()["metrics"].get(metric, default) for run in self.runs[case]]
        return sorted(default if value is None else value for value in values)

    def spread(self, values, scale, digits):
        text = [f"{x * scale:.{digits}f}" for x in (statistics.median(values), values[0], values[-1])]
        return text[0] if text[1] == text[2] else f"{text[0]} ({text[1]}..{text[2]})"

    def goodput_and_share(self):
        rows = []
        for case in self.runs:
            goodput = self.ours(case, TRAFFIC + "goodput")
            row = [
                case,
                self.kernel.spread(case, "goodput", 1e-6, 2),
                self.spread(goodput, 1e-6, 2),
                deviation(statistics.median(goodput), self.kernel.median(case, "goodput"), 0.05),
            ]
            if SHARE in self.kernel.cases[case]:
                share = self.ours(case, TRAFFIC + SHARE, 0)
                points = 100 * (statistics.median(share) - self.kernel.median(case, SHARE))
                text = f"{points:+.1f}"
                row += [
                    self.kernel.spread(case, SHARE, 100, 1),
                    self.spread(share, 100, 1),
                    f"**{text}**" if abs(points) > 100 * SHARE_POINTS else text,
                ]
            else:
                row += ["", "", ""]
            rows.append(row)
        return table(
            [
                "case",
                "kernel, Mbit/s",
                "hoststack",
                "",
                "kernel, share of the second path (%)",
                "hoststack",
                "points",
            ],
            rows,
        )

    def distributions(self):
        """Cases where chance decides: all runs of the kernel beside all of ours."""
        rows = []
        for case in self.runs:
            if case in CHAOTIC:
                metric, unit, scale, digits, tolerance = "goodput", "Mbit/s", 1e-6, 2, 0.05
            elif "fail" in case:
                metric, unit, scale, digits, tolerance = "read-gap.max", "ms", 1e3, 0, 0.2
            else:
                continue
            theirs = sorted(self.kernel.cases[case][metric])
            ours = self.ours(case, TRAFFIC + metric)
            q = statistics.quantiles(ours, n=4)

            def show(*values):
                return [f"{x * scale:.{digits}f}" for x in values]

            rows.append(
                [
                    f"{case}, {'longest read gap' if 'fail' in case else metric} ({unit})",
                    ", ".join(show(*theirs)),
                    *show(statistics.median(ours)),
                    "..".join(show(q[0], q[2])),
                    "..".join(show(ours[0], ours[-1])),
                    deviation(statistics.median(ours), statistics.median(theirs), tolerance),
                    deviation(statistics.fmean(ours), statistics.fmean(theirs), tolerance),
                    f"{rank_test(theirs, ours):.2f}",
                ]
            )
        return table(
            [
                "case",
                "kernel, five runs",
                f"hoststack, {MULTIPATH_SEEDS} seeds: median",
                "quartiles",
                "range",
                "medians",
                "means",
                "p (rank test)",
            ],
            rows,
        )

    def further(self):
        rows = []
        for case in self.runs:
            row = [case]
            for metric, name, scale, digits in (
                ("completion", TRAFFIC + "completion", 1e3, 0),
                ("read-gap.max", TRAFFIC + "read-gap.max", 1e3, 0),
                ("acks", TRAFFIC + "acks", 1, 0),
                ("data-segments", TRAFFIC + "data-segments", 1, 0),
                ("retransmits", TRAFFIC + "retransmits", 1, 0),
                ("reinjections", "hosts.server.counters.MPTcpExtMPTCPRetrans", 1, 0),
                ("stale", "hosts.server.counters.MPTcpExtSubflowStale", 1, 0),
            ):
                row += [
                    self.kernel.spread(case, metric, scale, digits),
                    self.spread(self.ours(case, name, 0), scale, digits),
                ]
            rows.append(row)
        head = ["case"]
        for name in (
            "completion (ms)",
            "longest read gap (ms)",
            "ACKs",
            "data segments",
            "retransmissions",
            "MPTCPRetrans",
            "SubflowStale",
        ):
            head += [f"kernel, {name}", "hoststack"]
        return table(head, rows)


# The emulator's seed was 100 + 10 * path + repetition; the link with loss, and its path.
REPLAYS = {
    "tcp-cubic-50M-40ms-loss1": ("path", 0),
    "mp-50-20-and-50-20-loss1-p1-autotune": ("path1", 1),
}


def start_replays(simulator):
    """Each repetition of the kernel with the losses that its emulator drew."""
    runs = {}
    for case, (link, path) in REPLAYS.items():
        for repetition in range(5):
            loss = {
                "kind": "seeded-loss",
                "probability": 0.01,
                "seed": 100 + 10 * path + repetition,
            }
            sets = [
                f'links.{link}.down.loss="0 %"',
                f"links.{link}.down.behaviours={json.dumps([loss])}",
            ]
            runs[case, repetition] = simulator.start(
                REFERENCE / f"{case}.json", sets, repetition + 1
            )
    return runs


def replays(kernel, runs):
    rows = []
    for (case, repetition), run in runs.items():
        row = [f"{case}, {repetition}"]
        for metric, scale, digits in (
            ("completion", 1e3, 0),
            ("data-segments", 1, 0),
            ("retransmits", 1, 0),
        ):
            theirs = kernel.cases[case][metric][repetition]
            ours = run.result()["metrics"][TRAFFIC + metric]
            row += [f"{theirs * scale:.{digits}f}", f"{ours * scale:.{digits}f}"]
            if metric == "completion":
                row.append(deviation(ours, theirs))
        rows.append(row)
    return table(
        [
            "case and repetition",
            "kernel, completion (ms)",
            "replayed",
            "",
            "kernel, data segments",
            "replayed",
            "kernel, retransmissions",
            "replayed",
        ],
        rows,
    )


def make(simulator):
    kernel = Kernel()
    missing = {f.stem for f in REFERENCE.glob("*.json")} ^ set(kernel.cases)
    if missing:
        sys.exit(f"only in one of {REFERENCE} and {KERNEL}: {', '.join(sorted(missing))}")
    check_expectations(kernel, kernel.cases)
    cases = [case for case in kernel.cases if not is_multipath(case)]
    multipath = Multipath(kernel, [case for case in kernel.cases if is_multipath(case)], simulator)
    ours = {case: simulator.start(REFERENCE / f"{case}.json") for case in cases}
    # What is expected names metrics that ns-3's own TCP does not tell.
    foreign = ['hosts.client.stack="ns3"', 'hosts.server.stack="ns3"', "expect=[]"]
    theirs = {case: simulator.start(REFERENCE / f"{case}.json", foreign) for case in cases}
    lossy = [
        simulator.start(REFERENCE / "tcp-cubic-50M-40ms-loss1.json", (), seed)
        for seed in range(1, 101)
    ]
    replayed = start_replays(simulator)
    roots = start_square_root(simulator)
    controls = start_same_control(simulator)
    reports = start_field(simulator)
    tables = {
        "model-and-kernel": lambda: model_and_kernel(kernel, cases, ours, theirs),
        "further-numbers": lambda: further_numbers(kernel, cases, ours),
        "zero-window": lambda: zero_window(kernel, ours),
        "multipath": multipath.goodput_and_share,
        "multipath-distributions": multipath.distributions,
        "multipath-further": multipath.further,
        "random-loss": lambda: random_loss(kernel, lossy),
        "replays": lambda: replays(kernel, replayed),
        "square-root-linux": lambda: square_root(roots, "linux-6.12.11", lambda rtt: rtt + 0.2),
        "square-root-rfc": lambda: square_root(roots, "rfc", lambda rtt: max(1, rtt)),
        "same-control": lambda: same_control(controls),
        "field": lambda: field(reports),
        "twins": twins,
        "twins-in-figures": twins_in_figures,
        "twins-of-others": twins_of_others,
        "twins-left-out": twins_left_out,
    }
    return {name: maker() for name, maker in tables.items()}


if __name__ == "__main__":
    main(__doc__, DOCS / "validation.md", make)
