#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/studies/calibration.md: which figure costs were fitted to, what was then predicted, what
one setting changes in the headline scenario, and how much hangs on each cost.

Needs a built hoststack (./hoststack build). The words are in docs/studies/calibration.in.md; a line
`@NAME@` there is replaced by the table of that name. With --check it writes nothing and fails if the
file is not what it would write. It runs some 770 simulations, most of which take a third of a second:
about five minutes of a core."""

import json

from made_page import DOCS, SCENARIOS, main, table

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
# With eight connections, where memory is no limit in the 5 s of these runs.
EIGHT = [row for row in WHAT_IFS if "hosts" in "".join(row[1])]


def profile(name):
    """A hardware profile with what it extends."""
    own = json.loads((SCENARIOS / f"profiles/hardware/{name}.json").read_text())
    return {**profile(own["extends"]), **own} if "extends" in own else own


def hardware(claim):
    """The profile of a claim's router, which an extended file may have; "": it costs nothing."""
    scenario = json.loads((SCENARIOS / f"claims/{claim}.json").read_text())
    name = scenario.get("hosts", {}).get("router", {}).get("hardware", "")
    return name if name or "extends" not in scenario else hardware(scenario["extends"].removesuffix(".json"))


# What has no costs has no price to change.
CLAIMS = sorted(path.stem for path in (SCENARIOS / "claims").glob("*.json") if hardware(path.stem))
BOX = profile("zbt-z8102ax")["costs"]
ALL = list(BOX) + [cost for cost in profile("n100")["costs"] if cost not in BOX]


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
        goodputs = [mbits(run.result()["metrics"][GOODPUT]) for run in ceiling] or ["-", "-"]
        moved = []
        for claim, pair in claims.items():
            for run, word in zip(pair, ("half", "twice")):
                found = changes(base[claim].result(), run.result())
                if found != "the same":
                    moved.append(f"{claim} at {word}: {found}")
        rows.append([f"`{cost}`", BOX.get(cost, "-"), *goodputs, "; ".join(moved) or "none"])
    return table(["cost", "a Cortex-A53's", "ceiling at half (Mbit/s)", "at twice",
                  "statements that come out otherwise"], rows)


def scaled(number, unit, factor):
    """A span has whole nanoseconds."""
    return f"{round(number * factor) if unit == 'ns' else number * factor:g}"


def at(scenario, cost, prices, start):
    """Runs of \p scenario at half and twice the price of \p cost; none if it has no such price."""
    if cost not in prices:
        return []
    number, unit = prices[cost].split()
    return [start(scenario, [f"hosts.router.costs.{cost}={scaled(float(number), unit, factor)} {unit}"])
            for factor in (0.5, 2)]


def make(simulator):
    start = simulator.start
    limits = {name: start(f"omr/ceiling-{name}") for name in CEILINGS}
    many = [(about, sets, start(HEADLINE, sets)) for about, sets in WHAT_IFS]
    eight = [(about, sets, start(HEADLINE, ["traffic.download.connections=8", *sets]))
             for about, sets in EIGHT]
    base = {claim: start(f"claims/{claim}") for claim in CLAIMS}
    boxes = {claim: profile(hardware(claim)) for claim in CLAIMS}
    by_factor = {claim: [start(f"claims/{claim}",
                               [f"hosts.router.cost-factor={boxes[claim]['cost-factor'] * factor}"])
                         for factor in (0.5, 2)] for claim in CLAIMS}
    by_cost = {cost: (at("omr/ceiling-z8102ax", cost, BOX, start),
                      {claim: at(f"claims/{claim}", cost, boxes[claim]["costs"], start)
                       for claim in CLAIMS})
               for cost in ALL}
    return {
        "CEILINGS": ceilings(limits),
        "MANY": what_ifs(many),
        "EIGHT": what_ifs(eight),
        "FACTORS": factors(base, by_factor),
        "COSTS": costs(base, by_cost),
    }


if __name__ == "__main__":
    main(__doc__, DOCS / "studies" / "calibration.md", make)
