# SPDX-License-Identifier: GPL-2.0-only
"""Instructions of one run of a scenario, by valgrind's callgrind: the same on a busy machine."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile


def need_valgrind():
    if not shutil.which("valgrind"):
        print("valgrind is not installed")
        sys.exit(77)


def instructions(program, scenario):
    """Of hoststack-cli PROGRAM with SCENARIO, a dictionary, from start to exit."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, scenario["name"] + ".json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(scenario, file)
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + os.path.join(folder, "out"), program,
             "run", path, "--quiet", "--out", os.path.join(folder, "results")],
            capture_output=True, text=True, check=False)
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not counted:
        sys.exit(f"{scenario['name']}: the run failed\n{done.stdout}{done.stderr}")
    return int(counted.group(1))
