# SPDX-License-Identifier: GPL-2.0-only
"""The part of the validation page on field reports: scenarios/field beside what users observed."""

import json

from made_page import SCENARIOS
from validation_runs import table

FIELD = SCENARIOS / "field"


def start_field(simulator):
    return {path: simulator.start(path) for path in sorted(FIELD.glob("*.json"))}


def field(runs):
    rows = []
    for path, run in runs.items():
        scenario = json.loads(path.read_text())
        metrics = run.result()["metrics"]
        for expected in scenario["expect"]:
            value = metrics[expected["metric"]] / 1e6
            if "within" in expected:
                target = float(expected["within"]["target"].split()[0])
                tolerance = float(expected["within"]["tolerance"].split()[0])
                low, high = target - tolerance, target + tolerance
            else:
                low, high = 0, float(expected["at_most"].split()[0])
            rows.append([
                f"{path.stem}, {expected['metric'].split('.')[1]}",
                expected["because"].split(";")[0].removeprefix("observed "),
                f"{low:g} to {high:g}",
                f"{value:.1f}",
                "hit" if low <= value <= high else "**miss**",
                expected.get("known-miss", ""),
            ])
    return table(
        ["set", "observed", "band (Mbit/s)", "hoststack (Mbit/s)", "", "what the model lacks"], rows
    )
