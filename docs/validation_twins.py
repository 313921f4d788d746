# SPDX-License-Identifier: GPL-2.0-only
"""The part of the validation page on twins: what docs/make-twins.py wrote, a line for each scenario."""

import csv

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
        lines.append([name, judged[0]["kernel"].split(",")[0], f"{len(judged) - len(apart)} of {len(judged)}",
                      f"**{told}**" if told else ""])
    return table(["scenario", "kernel", "metrics that agree", "what differs"], lines)
