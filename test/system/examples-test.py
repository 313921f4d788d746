#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every program in examples/ runs, and its output shows what it says.

Exit status 0: pass, 1: fail, 77: skipped.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def numbers(pattern, text):
    found = re.findall(pattern, text)
    assert found, f"no {pattern!r} in:\n{text}"
    return [float(n) for n in found]


def handover(text):
    """Columns of the table by second, then the average."""
    rows = [line.split() for line in text.splitlines() if re.match(r" *\d+ s ", line)]
    return {int(row[0]): (float(row[2]), float(row[3])) for row in rows}


def check_bulk(run):
    assert "ESTAB" in run()


def check_coexist(run):
    assert run()


def check_congestion(run):
    assert run()


def check_mptcp(run):
    both = numbers(r"([\d.]+) Mbit/s", run())[0]
    one = numbers(r"([\d.]+) Mbit/s", run("--single"))[0]
    assert both > 50 > 40 > one, f"{both} Mbit/s over two links of 40 and 25, {one} over the first"


def check_handover(run):
    table = handover(run())
    assert table[3][0] > 30 and table[3][1] > 5, "both links carry data at first"
    assert table[7][0] < 1 and table[7][1] > 15, "LTE goes on while the Wi-Fi is away"
    assert table[15][0] > 30, "the Wi-Fi is used again"
    backup = handover(run("--backup"))
    assert backup[3][1] < 1 < 15 < backup[7][1], "a backup carries data only when it must"


def check_mptcp_devices(run):
    text = run()
    assert numbers(r"([\d.]+) Mbit/s", text)[0] > 24, "10 + 20 Mbit/s, less headers and slow start"
    assert all(megabytes > 8 for megabytes in numbers(r"([\d.]+) MB", text)), text


CHECKS = {
    "hs-example-bulk": check_bulk,
    "hs-example-coexist": check_coexist,
    "hs-example-congestion": check_congestion,
    "hs-example-handover": check_handover,
    "hs-example-mptcp": check_mptcp,
    "hs-example-mptcp-devices": check_mptcp_devices,
}


def main():
    source = Path(os.environ.get("HOSTSTACK_SOURCE_DIR", Path(__file__).resolve().parents[2]))
    build = os.environ.get("HOSTSTACK_BUILD_DIR", "")
    if not build:
        print("skipped: HOSTSTACK_BUILD_DIR is not set")
        return 77
    names = sorted(path.stem for path in (source / "examples").glob("*.cc"))
    assert names == sorted(CHECKS), f"examples {names}, checks {sorted(CHECKS)}"
    programs = {name: Path(build) / name for name in names}
    missing = [name for name, program in programs.items() if not program.exists()]
    if missing:
        print("skipped: not built: " + ", ".join(missing))
        return 77
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, program in programs.items():

            def run(*arguments):
                done = subprocess.run(
                    [program, *arguments], cwd=directory, capture_output=True, text=True
                )
                assert done.returncode == 0, done.stdout + done.stderr
                return done.stdout

            try:
                CHECKS[name](run)
            except AssertionError as error:
                print(f"{name}: {error}")
                failures += 1
    print(f"{len(names) - failures} of {len(names)} examples do what they say")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
