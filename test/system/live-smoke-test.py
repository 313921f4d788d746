#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A scenario runs with this machine's kernel as one host, over one path and over two.

Runs scenarios/live. The content of every byte, the kernel's counters and the cleaning up decide;
how fast it was does not, as that is also a matter of what else the machine does. Exit status 0:
pass, 1: fail, 77: skipped, with the reason.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ.get("HOSTSTACK_SOURCE_DIR", Path(__file__).resolve().parents[2]))
SCENARIOS = ["tcp-download", "two-path-download", "two-path-upload"]
SKIPPED = 77


def interfaces():
    return sorted(os.listdir("/sys/class/net"))


def run(cli, arguments):
    return subprocess.run(
        [cli, "live", *arguments], capture_output=True, text=True, check=False, timeout=300
    )


def check(condition, what):
    if not condition:
        print("FAIL:", what)
        sys.exit(1)
    print("ok:", what)


def main():
    cli = os.environ.get("HOSTSTACK_CLI")
    if not cli or not Path(cli).is_file():
        print("skipped: no hoststack-cli (HOSTSTACK_CLI)")
        return SKIPPED
    before = interfaces()
    with tempfile.TemporaryDirectory() as folder:
        for name in SCENARIOS:
            file = SOURCE / "scenarios/live" / f"{name}.json"
            done = run(cli, [str(file), "--out", folder, "--json"])
            if done.returncode == SKIPPED:
                print(done.stderr.strip())
                return SKIPPED
            check(done.returncode in (0, 1), f"{name}: ran ({done.stderr.strip()[:300]})")
            summary = json.loads(done.stdout)
            check(summary["mode"] == "live", f"{name}: says that it was live")
            for entry in summary["expectations"]:
                if entry["metric"].endswith(".goodput"):
                    continue
                check(
                    entry["met"] is not False,
                    f"{name}: {entry['metric']} is {entry['measured']}, {entry['expected']}",
                )
        for name in SCENARIOS[1:]:
            # Without a subflow to ask, a multipath socket of Linux accepts any name.
            file = str(SOURCE / "scenarios/live" / f"{name}.json")
            lacks = run(cli, [file, "--out", folder, "--set", "hosts.server.tcp.congestion=lia"])
            check(lacks.returncode == SKIPPED, f"{name}: a congestion control that is not there")
            check('"lia"' in lacks.stderr, f"{name}: and is named")
        check(interfaces() == before, "no device is left")
    wrong = run(cli, [str(SOURCE / "scenarios/live/tcp-download.json"), "--kernel", "nobody"])
    check(wrong.returncode == 2, "an unknown host is a wrong call")
    check("nobody" in wrong.stderr, "and is named")
    return 0


if __name__ == "__main__":
    sys.exit(main())
