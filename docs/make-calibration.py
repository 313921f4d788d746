#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/studies/calibration.md: which figure costs were fitted to, what was then predicted, what
one setting changes in the headline scenario, and how much hangs on each cost.

Needs a built hoststack (./hoststack build). The words are in docs/studies/calibration.in.md; a line
`@NAME@` there is replaced by the table of that name. With --check it writes nothing and fails if the
file is not what it would write. It runs some 300 simulations, which takes about two minutes of a core."""

import json

from made_page import DOCS, SCENARIOS, main, table

PRICES = json.loads((SCENARIOS / "profiles/hardware/cortex-a53.json").read_text())["costs"]
GOODPUT = "traffic.download.goodput"

CEILINGS = ["z8102ax", "rpi4-plain", "rpi4-aead", "rpi5", "n100", "bpi-r4"]

# The headline scenario with one setting changed each time.
HEADLINE = "omr/filogic-64-connections"
WHAT_IFS = [
    ("as it is", []),
    ("8 connections instead of 64", ["traffic.download.connections=8"]),
    ("kernel 6.6", ["hosts.router.os=openmptcprouter-0.63-6.6"]),
    ("kernel 6.12.10", ["hosts.router.os=openmptcprouter-0.63-6.12.10"]),
    ("256 MiB", ["hosts.router.memory.ram=256 MiB"]),
    ("512 MiB", ["hosts.router.memory.ram=512 MiB"]),
    ("1 GiB", ["hosts.router.memory.ram=1 GiB"]),
    ("another box: N100", ["hosts.router.hardware=n100"]),
    ("another box: Raspberry Pi 5", ["hosts.router.hardware=rpi5"]),
    ("the router's scheduler: bpf_rr", ["hosts.router.mptcp.scheduler=bpf_rr"]),
    ("the VPS's scheduler: redundant", ["hosts.vps.mptcp.scheduler=redundant"]),
]
# With eight connections, where memory is no limit.
EIGHT = [row for row in WHAT_IFS if "hosts" in "".join(row[1])]

CLAIMS = ["S1-1-bpf-red", "S1-1-bpf-rr", "S1-2-bpf-red-n100", "S1-3-bpf-red-1gib",
          "S1-5-bpf-rr-unequal", "S1-7-6.12", "S1-8-default", "S1-9-stall"]
# Those whose verdict could hang on a single price; the others have a part of a factor of two.
PRICED = ["S1-1-bpf-red", "S1-3-bpf-red-1gib", "S1-8-default"]


def mbits(value):
    return f"{value / 1e6:.0f}"


def busiest(result):
    return f"{100 * result['metrics']['hosts.router.cpu.busiest']:.0f} %"


def ceilings(runs):
    rows = []
    for name, run in runs.items():
        scenario = json.loads((SCENARIOS / f"omr/ceiling-{name}.json").read_text())
        expected = scenario["expect"][0]
        result = run.result()
        goodput = result["metrics"][GOODPUT]
        target = float(expected["within"]["target"].split()[0])
        share = float(expected["within"]["tolerance"].split()[0]) / 100
        hit = abs(goodput / 1e6 - target) <= share * target
        rows.append([name, expected["because"].split(":")[0].split(",")[0].split(" from")[0].rstrip("."),
                     f"{target:g} +- {100 * share:g} %", mbits(goodput), busiest(result),
                     "hit" if hit else "**miss**", expected.get("known-miss", "")])
    return table(["ceiling-", "", "reported (Mbit/s)", "hoststack", "busiest core", "",
                  "what the model lacks"], rows)


def what_ifs(rows):
    shown = []
    for about, sets, run in rows:
        result = run.result()
        metrics = result["metrics"]
        pressed = metrics.get("hosts.router.memory.pressure.begins", 0) > 0
        full = metrics["hosts.router.cpu.busiest"] >= 0.9
        limit = "memory" if pressed else "lines and a core" if full else "lines"
        shown.append([about, f"`--set {sets[0]}`" if sets else "",
                      mbits(metrics["traffic.download.legs.vps-router.goodput"]),
                      busiest(result), f"{metrics['hosts.router.memory.allocated.max'] / 2**20:.1f}"
                      if "hosts.router.memory.allocated.max" in metrics else "-", limit])
    return table(["what if", "setting", "Mbit/s", "busiest core", "sockets' memory at most (MiB)",
                  "limit"], shown)


def verdicts(result):
    return {f"{e['metric']} {e['expected']}": e["met"] for e in result["expectations"]}


def changes(base, other):
    """How many of the claim's statements come out otherwise."""
    was, now = verdicts(base), verdicts(other)
    names = [name.removeprefix("traffic.").removeprefix("hosts.router.")
             for name in was if was[name] != now[name]]
    return "the same" if not names else "**" + ", ".join(names) + "**"


def factors(base, runs):
    rows = []
    for claim in CLAIMS:
        half, twice = (run.result() for run in runs[claim])
        first = base[claim].result()
        met = sum(verdicts(first).values())
        rows.append([claim, f"{met} of {len(verdicts(first))} as claimed", changes(first, half),
                     changes(first, twice)])
    return table(["claim", "at the costs as they are", "at half", "at twice"], rows)


def costs(base, runs):
    rows = []
    for cost, (ceiling, claims) in runs.items():
        goodputs = [mbits(run.result()["metrics"][GOODPUT]) for run in ceiling]
        moved = []
        for claim, pair in claims.items():
            for run, word in zip(pair, ("half", "twice")):
                found = changes(base[claim].result(), run.result())
                if found != "the same":
                    moved.append(f"{claim} at {word}: {found}")
        rows.append([f"`{cost}`", PRICES[cost], *goodputs, "; ".join(moved) or "none"])
    return table(["cost", "a Cortex-A53's", "ceiling at half (Mbit/s)", "at twice",
                  "statements that come out otherwise"], rows)


def scaled(cost, factor):
    number, unit = PRICES[cost].split()
    return f"{float(number) * factor:g} {unit}"


def make(simulator):
    start = simulator.start
    limits = {name: start(f"omr/ceiling-{name}") for name in CEILINGS}
    many = [(about, sets, start(HEADLINE, sets)) for about, sets in WHAT_IFS]
    eight = [(about, sets, start(HEADLINE, ["traffic.download.connections=8", *sets]))
             for about, sets in EIGHT]
    base = {claim: start(f"claims/{claim}") for claim in CLAIMS}
    profile = {"S1-2-bpf-red-n100": "n100"}
    by_factor = {}
    for claim in CLAIMS:
        name = profile.get(claim, "zbt-z8102ax")
        factor = json.loads((SCENARIOS / f"profiles/hardware/{name}.json").read_text())["cost-factor"]
        by_factor[claim] = [start(f"claims/{claim}", [f"hosts.router.cost-factor={factor * f}"])
                            for f in (0.5, 2)]
    by_cost = {}
    for cost in PRICES:
        sets = [[f'hosts.router.costs.{cost}={scaled(cost, f)}'] for f in (0.5, 2)]
        by_cost[cost] = ([start("omr/ceiling-z8102ax", one) for one in sets],
                         {claim: [start(f"claims/{claim}", one) for one in sets]
                          for claim in PRICED})
    return {
        "CEILINGS": ceilings(limits),
        "MANY": what_ifs(many),
        "EIGHT": what_ifs(eight),
        "FACTORS": factors(base, by_factor),
        "COSTS": costs(base, by_cost),
    }


if __name__ == "__main__":
    main(__doc__, DOCS / "studies" / "calibration.md", make)
