# SPDX-License-Identifier: GPL-2.0-only
"""What the parts of the validation page share: runs of scenarios, and tables."""

import concurrent.futures
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

DOCS = pathlib.Path(__file__).resolve().parent
ROOT = DOCS.parent
REFERENCE = ROOT / "scenarios" / "reference"
TRAFFIC = "traffic.transfer."


class Simulator:
    """Runs scenarios, several at once, and hands out their metrics."""

    def __init__(self, jobs, program):
        self.program = program
        if not self.program.exists():
            sys.exit(f"{self.program} is missing; run ./hoststack build")
        self.pool = concurrent.futures.ThreadPoolExecutor(jobs)

    def start(self, scenario, sets=(), seed=None):
        """A future of the metrics of one run; absent ones are None."""
        return self.pool.submit(self._run, scenario, list(sets), seed)

    def _run(self, scenario, sets, seed):
        with tempfile.TemporaryDirectory() as folder:
            command = [str(self.program), "run", str(scenario), "--json", "--out", folder]
            for item in ["output.series=false", *sets]:
                command += ["--set", item]
            if seed is not None:
                command += ["--seed", str(seed)]
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                env={**os.environ, "HOSTSTACK_ROOT": str(ROOT)},
            )
        if done.returncode > 1:
            sys.exit(f"{' '.join(command)}\n{done.stderr}{done.stdout}")
        return json.loads(done.stdout)["metrics"]


def table(head, rows):
    """A Markdown table; the first column is text, the others are right-aligned."""
    lines = ["| " + " | ".join(head) + " |"]
    lines.append("|" + "|".join([" --- "] + [" ---: "] * (len(head) - 1)) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def deviation(value, target, tolerance=math.inf):
    """"+1.2 %", in bold if beyond the tolerance."""
    share = value / target - 1
    text = f"{100 * share:+.1f} %"
    return f"**{text}**" if abs(share) > tolerance else text
