# SPDX-License-Identifier: GPL-2.0-only
"""The part of the validation page on twins: what docs/make-twins.py wrote, a line for each scenario, and what it left
out."""

import collections
import csv
import re

from made_page import DOCS
from validation_runs import table

UNITS = {"bit/s": (1e-6, "Mbit/s"), "s": (1e3, "ms"), "bytes": (1e-3, "kB"), "share": (100, "%"), "count": (1, "")}


def _value(row, first):
    scale, unit = UNITS[row["unit"]]
    middle, least, most = (f"{float(row[name]) * scale:.4g}" for name in first)
    return f"{middle}{'' if least == most else f' ({least}..{most})'} {unit}".strip()


def twins():
    rows = {}
    with (DOCS / "twins.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["scenario"], []).append(row)
    lines = []
    for name, judged in rows.items():
        apart = [r for r in judged if r["verdict"] == "differs"]
        told = "; ".join(f"{r['metric'].split('.', 1)[1]}: {_value(r, ('kernel median', 'least', 'most'))}, model "
                         f"{_value(r, ('model median', 'least of model', 'most of model'))}" for r in apart)
        kernel, _, before = judged[0]["kernel"].partition(", in virtual time")
        lines.append([name, kernel + before.replace(", before the fix", ", before"),
                      f"{len(judged) - len(apart)} of {len(judged)}", f"**{told}**" if told else ""])
    return table(["scenario", "kernel", "metrics that agree", "what differs"], lines)


def twins_left_out():
    reasons = collections.Counter()
    with (DOCS / "twins-left-out.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            reasons[re.sub(r"traffic \S+|host \S+", lambda m: m.group().split()[0] + " ...", row["reason"])] += 1
    return table(["scenarios", "left out, because"], [[str(n), reason] for reason, n in reasons.most_common()])
