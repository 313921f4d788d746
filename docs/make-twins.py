#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/twins.csv: scenarios on a real kernel beside the model, by ./hoststack twin.

Without files: every scenario of the library but those of scenarios/live/, which are made for one kernel's end. It
takes hours of a core for all, so it can be stopped at any time and called again: what stands in docs/twins.csv or in
docs/twins-left-out.csv is not done again until its file changes, or --again says so. What is left out, and why: what
no kernel can play, rules for comparison among it; whose ends have cores; what takes longer than --limit. Settings that are impossible on the
kernel (docs/twin.md) are named beside the result. What fails is told and stays to be done (exit status 1). Files that are named are done whatever the tables say.
docs/make-validation.py reads both tables."""

import argparse
import csv
import datetime
import hashlib
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys

DOCS = pathlib.Path(__file__).resolve().parent
ROOT = DOCS.parent
TABLE = DOCS / "twins.csv"
LEFT_OUT = DOCS / "twins-left-out.csv"
KEYS = ["scenario", "digest", "kernel", "made"]
COLUMNS = [*KEYS, "impossible", "metric", "unit", "kernel median", "least", "most", "model median", "least of model",
           "most of model", "verdict"]
REASON = [*KEYS, "reason"]
FIRST = ("window", "mptcp/aggregation", "tcp", "reference", "reports", "memory", "omr")  # folders; then all others
LIMIT_S = 600
# Keys of a host that no kernel here has.
IMPOSSIBLE = ("cores", "costs", "endless", "hardware", "hpts", "kernel", "loopback", "stack")
# Rules of a kernel; what else a block names there is a model's, for comparison.
KERNELS_RULES = {("tcp", "window"): ("linux",), ("tcp", "acks"): ("linux",),
                 ("mptcp", "reopen"): ("announced-window", "free-space")}


def number(value):
    return f"{value:.5g}"


def spread(values):
    return [number(statistics.median(values)), number(min(values)), number(max(values))]


def digest_of(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def name_of(file):
    return str(file.resolve().relative_to(ROOT / "scenarios").with_suffix(""))


def known(table, columns):
    """Rows of each scenario."""
    rows = {}
    if table.exists():
        with table.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                rows.setdefault(row["scenario"], []).append([row.get(column) or "" for column in columns])
    return rows


def write(table, columns, rows):
    """Whole or not at all, whenever this is stopped."""
    fresh = table.with_suffix(".new")
    with fresh.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for name in sorted(rows):
            writer.writerows(rows[name])
    fresh.replace(table)


def in_order(files):
    def place(file):
        name = name_of(file)
        return next((i for i, first in enumerate(FIRST) if name.startswith(first + "/")), len(FIRST)), name

    return sorted(files, key=place)


def one(options):
    """In a process of its own: prints what came of one scenario."""
    sys.path.insert(0, str(ROOT / "python"))
    os.environ.setdefault("HOSTSTACK_CLI", str(ROOT / "build" / "release" / "hoststack-cli"))
    os.environ.setdefault("HOSTSTACK_ROOT", str(ROOT))
    from hoststack.errors import HoststackError
    from hoststack.twin import twin
    from hoststack.twin._cannot import Cannot
    from hoststack.twin._played import document_of, ends_of
    from hoststack.twin._scratch import scratch

    file = options.files[0]
    hosts = document_of(file).get("hosts", {})
    given = sorted({key for end in ends_of(str(file)) for key in IMPOSSIBLE if hosts.get(end, {}).get(key)})
    if given:
        print(json.dumps({"reason": f"its hosts have {', '.join(given)}, which no kernel here has"}))
        return
    for end in ends_of(str(file)):
        for (block, key), known_rules in KERNELS_RULES.items():
            rule = hosts.get(end, {}).get(block, {}).get(key, known_rules[0])
            if rule not in known_rules:
                print(json.dumps({"reason": f"{end} has {block}.{key} = {rule}, a rule for comparison, which no "
                                            "kernel has"}))
                return
    try:
        with scratch("hoststack-twins-") as folder:
            result = twin(file, kernel=options.kernel, repetitions=options.repetitions, seeds=options.seeds, jobs=1,
                          out=folder)
    except HoststackError as error:
        said = " ".join(str(error).split()).replace(f"{ROOT}/", "")
        print(json.dumps({"reason" if isinstance(error, Cannot) else "fault": said[:300]}))
        return
    rows = [[v.metric, v.unit, *spread(v.kernel), *spread(v.model), v.word] for v in result.verdicts
            if v.judged and v.kernel and v.model]
    impossible = sorted({s["key"] for s in result.settings if s["state"] == "impossible"})
    print(json.dumps({"kernel": result.kernel, "agrees": result.agrees, "rows": rows, "impossible": impossible}))


def told_of(file, options):
    """What came of `file`, within the limit."""
    call = [sys.executable, __file__, "--one", str(file), "--kernel", options.kernel, "-n", str(options.repetitions),
            "--seeds", str(options.seeds)]
    try:
        done = subprocess.run(call, stdout=subprocess.PIPE, text=True, timeout=options.limit, check=False)
    except subprocess.TimeoutExpired:
        return {"reason": f"takes more than {options.limit:.0f} s"}
    if done.returncode != 0:
        sys.exit(f"{file}: ended with status {done.returncode}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="scenarios; without one: the library")
    parser.add_argument("--kernel", default="uml:6.12")
    parser.add_argument("-n", "--repetitions", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=LIMIT_S, metavar="SECONDS", help=f"for one scenario ({LIMIT_S})")
    parser.add_argument("--again", action="store_true", help="also what has been done or left out")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        import pandas  # noqa: F401  pylint: disable=unused-import
        import scipy  # noqa: F401  pylint: disable=unused-import
    except ImportError as error:
        sys.exit(f"{error}: needs python3-scipy and python3-pandas of the distribution (/usr/bin/python3)")
    if options.one:
        one(options)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # takes what it has begun along
    library = [f for f in (ROOT / "scenarios").glob("**/*.json")
               if f.parent.name not in ("live", "schema") and "profiles" not in f.parts]
    rows, reasons = known(TABLE, COLUMNS), known(LEFT_OUT, REASON)
    today = datetime.date.today().isoformat()
    faults = 0
    for file in options.files or in_order(library):
        name, digest = name_of(file), digest_of(file)
        has = rows.get(name) or reasons.get(name)
        if has and has[0][1] == digest and not options.again and not options.files:
            continue
        result = told_of(file, options)
        if "fault" in result:  # of this program or this machine: next time again
            faults += 1
            print(f"{name}: failed: {result['fault']}", file=sys.stderr, flush=True)
            continue
        rows.pop(name, None)
        reasons.pop(name, None)
        if "reason" in result:
            reasons[name] = [[name, digest, options.kernel, today, result["reason"]]]
            print(f"{name}: left out: {result['reason']}", file=sys.stderr, flush=True)
        else:
            rows[name] = [[name, digest, result["kernel"], today, " ".join(result["impossible"]), *row]
                          for row in result["rows"]]
            print(f"{name}: {'agrees' if result['agrees'] else 'differs'}", flush=True)
        write(TABLE, COLUMNS, rows)
        write(LEFT_OUT, REASON, reasons)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
