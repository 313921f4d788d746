#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""This machine's kernel speaks multipath TCP with a simulated host: one scenario per behaviour.

Runs every file of scenarios/live (or those named as arguments) with `live`. Their expectations are
about content, byte for byte, and about the kernel's own counters; none is about speed, but for
loose bounds. A machine that stands still for a second makes handshakes time out, so a miss is tried
once more; more than MOST_RETRIES of these are a failure all the same.
Exit status 0: all met, 1: not, 77: skipped, with the reason.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(os.environ.get("HOSTSTACK_SOURCE_DIR", Path(__file__).resolve().parents[2]))
SKIPPED = 77
MOST_RETRIES = 3
PATIENCE = 120  # seconds for one run; the longest scenario may take 30 s and a minute for its end


def interfaces():
    return sorted(os.listdir("/sys/class/net"))


def left_of(session):
    """Processes of that session; the kernel's side may take a moment to go."""
    for _ in range(20):
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            state, own_session = fields[0], int(fields[3])
            if own_session == session and state != "Z":
                found.append(entry.name)
        if not found:
            return []
        time.sleep(0.1)
    return found


def run(command):
    """Exit status, output, error output, processes that are left."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += f"took longer than {PATIENCE} s"
        return process.returncode, out, err, left_of(process.pid)


def missed(report):
    lines = report.splitlines()
    return [
        f"{line.strip()} -- {lines[i + 1].strip() if i + 1 < len(lines) else ''}"
        for i, line in enumerate(lines)
        if line.lstrip().startswith("\u2717")
    ]


def main():
    cli = os.environ.get("HOSTSTACK_CLI")
    if not cli or not Path(cli).is_file():
        print("skipped: no hoststack-cli (HOSTSTACK_CLI)")
        return SKIPPED
    wanted = sys.argv[1:]
    files = [
        file
        for file in sorted((SOURCE / "scenarios/live").glob("*.json"))
        if not wanted or file.stem in wanted
    ]
    if not files:
        print("FAIL: no scenario")
        return 1
    devices = interfaces()
    failures = 0
    retries = 0
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            for is_last in (retries >= MOST_RETRIES, True):
                status, out, err, left = run([cli, "live", str(file), "--out", folder])
                if status == SKIPPED:
                    print("skipped:", err.strip())
                    return SKIPPED
                print("ok:" if status == 0 and not left else "MISSED:", file.stem)
                if status != 0:
                    for line in missed(out) or [err.strip()[:500]]:
                        print("     ", line)
                if left:
                    print("      processes are left:", " ".join(left))
                if status != 1 or left or is_last:
                    break
                retries += 1
            failures += 1 if status != 0 or left else 0
    if interfaces() != devices:
        print("FAIL: devices are left:", interfaces())
        failures += 1
    print(f"{len(files)} scenarios, {failures} failures, {retries} tried again")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
