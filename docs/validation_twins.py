# SPDX-License-Identifier: GPL-2.0-only
"""The part of the validation page on twins: what docs/make-twins.py wrote, a line for each scenario, and what it left
out."""

import collections
import csv
import re

from made_page import DOCS
from validation_runs import table

# Settings of built-in kernel behaviour that decide nothing in a scenario without lost SYNs; tested where they do.
HARMLESS = {"mptcp.syn-retransmits-before-fallback"}
UNITS = {"bit/s": (1e-6, "Mbit/s"), "s": (1e3, "ms"), "bytes": (1e-3, "kB"), "share": (100, "%"), "count": (1, "")}


def _value(row, first):
    scale, unit = UNITS[row["unit"]]
    middle, least, most = (f"{float(row[name]) * scale:.4g}" for name in first)
    return f"{middle}{'' if least == most else f' ({least}..{most})'} {unit}".strip()


def _by_scenario():
    """Those whose settings the kernel can have, and the others."""
    playable, others = {}, {}
    with (DOCS / "twins.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            missing = set(row["impossible"].split()) - HARMLESS
            (others if missing else playable).setdefault(row["scenario"], []).append(row)
    return playable, others


def _apart(judged):
    return [row for row in judged if row["verdict"] == "differs"]


def _told(judged):
    apart = "; ".join(f"{r['metric'].split('.', 1)[1]}: {_value(r, ('kernel median', 'least', 'most'))}, model "
                      f"{_value(r, ('model median', 'least of model', 'most of model'))}" for r in _apart(judged))
    return [f"{len(judged) - len(_apart(judged))} of {len(judged)}", f"**{apart}**" if apart else ""]


def twins():
    lines = []
    for name, judged in _by_scenario()[0].items():
        kernel, _, before = judged[0]["kernel"].partition(", in virtual time")
        lines.append([name, kernel.removeprefix("Linux ") + before.replace(", before the fix", ", before"),
                      judged[0]["made"], *_told(judged)])
    return table(["scenario", "Linux", "made", "metrics that agree", "what differs"], lines)


def twins_of_others():
    lines = [[name, " ".join(sorted(set(judged[0]["impossible"].split()) - HARMLESS)), judged[0]["made"],
              *_told(judged)]
             for name, judged in _by_scenario()[1].items()]
    return table(["scenario", "which the kernel has not", "made", "metrics that agree", "what differs"], lines)


def twins_in_figures():
    """One sentence."""
    playable, others = _by_scenario()
    judged = [row for rows in playable.values() for row in rows]
    agree = sum(not _apart(rows) for rows in playable.values())
    return (f"Of {len(playable)} scenarios {agree} agree in all that is judged, {len(judged) - len(_apart(judged))} "
            f"of {len(judged)} metrics. {len(others)} more have a setting that the kernel has not.")


def twins_left_out():
    reasons = collections.Counter()
    with (DOCS / "twins-left-out.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            reasons[re.sub(r"traffic \S+|host \S+", lambda m: m.group().split()[0] + " ...", row["reason"])] += 1
    return table(["scenarios", "left out, because"], [[str(n), reason] for reason, n in reasons.most_common()])
