#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs every scenario, with the direct path and without, and with bursts that cross links segment by
segment, and holds the results to test/fingerprints.json: a digest of each result file but the manifest, and the metrics that say most.

What moved is printed by scenario, file and metric. --update writes the file anew; whoever commits it
says why these scenarios moved. In a merge conflict the file is not mended but made again.

Exit status: 0 nothing moved and every expectation is met, 1 otherwise.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEPT = ROOT / "test" / "fingerprints.json"
ABOUT = "Digests of all results; made by './hoststack fingerprints --update', never by hand."
WAYS = {"on": [], "off": ["--set", "run.direct-path=false"], "singly": []}
# ns-3's own variable for what attributes begin with.
SINGLY = {"NS_ATTRIBUTE_DEFAULT": "ns3::HoststackChannel::Bursts=false"}
# Beside the metrics of a scenario's expectations.
TELLING = ("goodput", "completion", "retransmits", "timeouts", "ended.at")
MOST_METRICS = 12
# Stands for what is the same in all of them.
EVERY = "(every scenario)"


def run_all(cli, folder):
    """Simulates the library all ways; the exit status of the first that is not 0."""
    worst = 0
    for way, options in WAYS.items():
        done = subprocess.run(
            [cli, "check", "scenarios", "--quiet", "--out", folder / way, *options],
            cwd=ROOT, check=False, env={**os.environ, **(SINGLY if way == "singly" else {})},
        )
        worst = worst or done.returncode
    return worst


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def telling_metrics(summary):
    names = {expectation["metric"] for expectation in summary["expectations"]} | {"run.duration"}
    for name in summary["metrics"]:
        group, _, rest = name.partition(".")
        if group == "traffic" and rest.partition(".")[2] in TELLING:
            names.add(name)
    # A counter that is 0 is in no summary.
    return {name: rounded(summary["metrics"].get(name, 0)) for name in sorted(names)}


def rounded(value):
    return float(f"{value:.9g}") if isinstance(value, float) else value


def fingerprint(on, off, singly):
    files = digests(on)
    # The setting itself stands in the resolved scenario, and so do the names of its inputs.
    others = {
        name: digest for name, digest in digests(off).items() if name != "scenario.resolved.json"
    }
    summary = json.loads((on / "summary.json").read_text(encoding="utf-8"))
    found = {"files": files, "metrics": telling_metrics(summary)}
    differing = {name: digest for name, digest in others.items() if files.get(name) != digest}
    if differing:
        found["without direct path"] = differing
    if differing := dict(changed_items(files, digests(singly))):
        found["segment by segment"] = differing
    return found


def changed_items(files, others):
    return ((name, digest) for name, digest in others.items() if files.get(name) != digest)


def fingerprints(folder):
    names = sorted(path.name for path in (folder / "on").iterdir() if path.is_dir())
    found = {name: fingerprint(*(folder / way / name for way in WAYS)) for name in names}
    same = set.intersection(*(set(entry["files"].items()) for entry in found.values()))
    for entry in found.values():
        entry["files"] = dict(sorted(entry["files"].items() - same))
    return {EVERY: {"files": dict(sorted(same)), "metrics": {}}, **found}


def read_kept():
    """Nothing if it is missing or has the marks of a merge conflict in it."""
    try:
        return json.loads(KEPT.read_text(encoding="utf-8"))["scenarios"]
    except (OSError, ValueError):
        print(f"{KEPT.relative_to(ROOT)} cannot be read: everything counts as new")
        return {}


def write_kept(found):
    # A line per scenario: what moved is one changed line.
    lines = [f'{json.dumps(name)}: {json.dumps(found[name])}' for name in sorted(found)]
    KEPT.write_text(
        f'{{"about": {json.dumps(ABOUT)},\n"scenarios": {{\n' + ",\n".join(lines) + "\n}}\n",
        encoding="utf-8",
    )


def changed_keys(before, after):
    return [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]


def shown(value):
    return "nothing" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def metric_lines(before, after):
    for name in changed_keys(before, after):
        old, new = before.get(name), after.get(name)
        share = f" ({(new - old) / abs(old):+.3%})" if old and new is not None else ""
        yield f"    {name}: {shown(old)} -> {shown(new)}{share}"


def describe(before, after):
    """What moved between two fingerprints of one scenario, a line each."""
    lines = []
    for part, label in (
        ("files", ""),
        ("without direct path", "without direct path "),
        ("segment by segment", "segment by segment "),
    ):
        moved = changed_keys(before.get(part, {}), after.get(part, {}))
        if moved:
            lines.append(f"    {label}{', '.join(moved)}")
    metrics = list(metric_lines(before["metrics"], after["metrics"]))
    if not metrics and "summary.json" in changed_keys(before["files"], after["files"]):
        lines.append("    (no metric that is kept)")
    rest = len(metrics) - MOST_METRICS
    return lines + metrics[:MOST_METRICS] + ([f"    and {rest} metrics more"] if rest > 0 else [])


def report(before, after):
    """Prints what moved. Returns how many scenarios did."""
    moved = changed_keys(before, after)
    for name in moved:
        if name not in before or name not in after:
            print(f"{name}: {'new' if name in after else 'gone'}")
            continue
        print(f"{name}: moved")
        print("\n".join(describe(before[name], after[name])))
    print(f"{len(after.keys() - {EVERY})} scenarios, {len(set(moved) - {EVERY})} moved")
    return len(moved)


def main():
    parser = argparse.ArgumentParser(
        prog="hoststack fingerprints",
        description="Runs every scenario and holds the results to test/fingerprints.json.",
    )
    parser.add_argument("--update", action="store_true", help="write test/fingerprints.json anew")
    parser.add_argument("--keep", metavar="FOLDER", type=pathlib.Path, help="keep the results there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep.resolve() if options.keep else pathlib.Path(temporary)
        status = run_all(os.environ["HOSTSTACK_CLI"], folder)
        if status > 1:
            return status
        after = fingerprints(folder)
    moved = report(read_kept(), after)
    if options.update:
        write_kept(after)
        print(f"wrote {KEPT.relative_to(ROOT)}" if moved else "nothing to write anew")
    elif moved:
        print("meant? './hoststack fingerprints --update' writes them; the commit says why they moved")
    return 1 if status or (moved and not options.update) else 0


if __name__ == "__main__":
    sys.exit(main())
