#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/twins.csv: scenarios on a real kernel beside the model, by ./hoststack twin.

Without files: every scenario of the library but those of scenarios/live/, which are made for one kernel's end. What no
kernel can play is left out, with the reason on standard error. Files that are named replace their own rows and leave
the others as they are, so the table can be made in pieces. It takes hours of a core for all, so it is no part of
the other pages' checks; docs/make-validation.py reads what it wrote."""

import argparse
import csv
import os
import pathlib
import statistics
import sys

DOCS = pathlib.Path(__file__).resolve().parent
ROOT = DOCS.parent
TABLE = DOCS / "twins.csv"
COLUMNS = ["scenario", "kernel", "metric", "unit", "kernel median", "least", "most", "model median", "least of model",
           "most of model", "verdict"]


def number(value):
    return f"{value:.5g}"


def spread(values):
    return [number(statistics.median(values)), number(min(values)), number(max(values))]


def rows_of(name, result):
    """Those metrics that are judged."""
    for verdict in result.verdicts:
        if verdict.judged and verdict.kernel and verdict.model:
            yield [name, result.kernel, verdict.metric, verdict.unit, *spread(verdict.kernel), *spread(verdict.model),
                   verdict.word]


def known():
    if not TABLE.exists():
        return {}
    rows = {}
    with TABLE.open(newline="", encoding="utf-8") as file:
        for row in list(csv.reader(file))[1:]:
            rows.setdefault(row[0], []).append(row)
    return rows


def write(rows):
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for name in sorted(rows):
            writer.writerows(rows[name])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="scenarios; without one: the library")
    parser.add_argument("--kernel", default="uml:6.12")
    parser.add_argument("-n", "--repetitions", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "python"))
    os.environ.setdefault("HOSTSTACK_CLI", str(ROOT / "build" / "release" / "hoststack-cli"))
    os.environ.setdefault("HOSTSTACK_ROOT", str(ROOT))
    try:
        import pandas  # noqa: F401  pylint: disable=unused-import
        import scipy  # noqa: F401  pylint: disable=unused-import
    except ImportError as error:
        sys.exit(f"{error}: needs python3-scipy and python3-pandas of the distribution (/usr/bin/python3)")
    from hoststack.errors import HoststackError
    from hoststack.twin import twin

    library = sorted((ROOT / "scenarios").glob("**/*.json"))
    files = options.files or [f for f in library if f.parent.name not in ("live", "schema") and "profiles" not in f.parts]
    rows = known()
    for file in files:
        name = str(file.resolve().relative_to(ROOT / "scenarios").with_suffix(""))
        try:
            result = twin(file, kernel=options.kernel, repetitions=options.repetitions, seeds=options.seeds,
                          out=ROOT / "results" / "twins")
        except HoststackError as error:
            print(f"{name}: left out: {error}", file=sys.stderr, flush=True)
            rows.pop(name, None)
            continue
        rows[name] = list(rows_of(name, result))
        write(rows)
        print(f"{name}: {'agrees' if result.agrees else 'differs'}", flush=True)


if __name__ == "__main__":
    main()
