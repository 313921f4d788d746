#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A box on the way does the same to a frame of ours as to an IP packet of ns-3's.

Every scenario with something that looks into segments or changes them (scenarios/mptcp/middlebox, and all that
take options out) is run with the direct path and without it: both must meet their expectations, with the same
metrics. Exit status 0: pass, 1: fail.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ["HOSTSTACK_SOURCE_DIR"])
BOXES = ("strip-mptcp", "drop-mptcp", "rewrite-payload")
NOT_SCENARIOS = {"profiles", "schema"}


def scenarios():
    folder = SOURCE / "scenarios"
    found = sorted((folder / "mptcp" / "middlebox").glob("*.json"))
    found += [
        path
        for path in sorted(folder.rglob("*.json"))
        if path not in found and not NOT_SCENARIOS & set(path.parts) and any(f'"{box}"' in path.read_text() for box in BOXES)
    ]
    return found


def metrics_of(way, files, folder):
    out = Path(folder) / way
    done = subprocess.run(
        [os.environ["HOSTSTACK_CLI"], "check", "-q", "--out", out, "--set", f"run.direct-path={way}", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"run.direct-path={way}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    results = {path.parent.name: json.loads(path.read_text())["metrics"] for path in out.rglob("summary.json")}
    if len(results) != len(files):
        sys.exit(f"run.direct-path={way}: {len(results)} results of {len(files)} scenarios")
    return results


def main():
    files = scenarios()
    if len(files) < 10:
        sys.exit(f"only {len(files)} scenarios with a box in them; where have they gone?")
    with tempfile.TemporaryDirectory() as folder:
        on, off = (metrics_of(way, files, folder) for way in ("true", "false"))
    failures = 0
    for name in sorted(on):
        for metric in sorted(set(on[name]) | set(off[name])):
            one, other = on[name].get(metric), off[name].get(metric)
            if one != other:
                print(f"{name}: {metric} is {one} with the direct path, {other} without")
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
