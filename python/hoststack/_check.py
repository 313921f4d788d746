# SPDX-License-Identifier: GPL-2.0-only
"""./hoststack check with --junit or --baseline: scenarios in CI. The program runs them; this lays what came
out beside what is kept and tells it as JUnit XML. Needs nothing but the standard library."""

from __future__ import annotations

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from typing import Any, Optional, Sequence, TextIO

from . import _baseline
from ._files import check_target, is_file, name_of, read_text, replacing, told as told_of
from ._junit import Case, Suite, document

MOST_SEEDS = 1000
WORDS = {1: "missed", 2: "wrong", 3: "failed", 77: "skipped"}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hoststack check", description="Runs scenarios, judges what they expect, and lays the results "
        "beside a baseline. Exit status: 0 all met and as they were, 1 not, 2 the call, a scenario or a "
        "baseline is wrong, 3 our fault.")
    parser.add_argument("paths", nargs="+", metavar="PATH", help="scenario files, or folders of them")
    parser.add_argument("--junit", metavar="FILE", help="write JUnit XML; - is standard output")
    parser.add_argument("--baseline", metavar="DIR", help="compare with what is kept there")
    parser.add_argument("--update", action="store_true", help="keep the present results as the baseline")
    parser.add_argument("--mode", choices=("exact", "tolerance", "statistical"),
                        help="of baselines that --update makes (others keep theirs); exact without it")
    parser.add_argument("--tolerance", type=float, default=0.02, metavar="SHARE",
                        help="of mode tolerance; 0.02 is 2 %% and what it is without this")
    parser.add_argument("--seeds", type=int, default=10, metavar="N",
                        help="how many seeds mode statistical takes; 10 without it")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", dest="sets")
    parser.add_argument("--seed", type=int)
    parser.add_argument("-j", "--jobs", type=int)
    parser.add_argument("-q", "--quiet", action="store_true", help="print only what is not as it should be")
    return parser


def _check_call(arguments: argparse.Namespace) -> None:
    """Raises CallError, or OSError, for what would go wrong only after the runs, or not at all."""
    try:
        for option, value, expected in (("--junit", arguments.junit, "a file"),
                                        ("--baseline", arguments.baseline, "a folder")):
            if value is not None:
                name_of(value, option, f"the path of {expected}")
    except ValueError as error:
        raise CallError(str(error)) from None
    if arguments.update and arguments.baseline is None:
        raise CallError("--update needs --baseline DIR: where to keep the results")
    if not 2 <= arguments.seeds <= MOST_SEEDS:
        raise CallError(f"--seeds: {arguments.seeds} is no number of seeds\n    expected: 2 or more, at most {MOST_SEEDS}")
    if not 0 <= arguments.tolerance < math.inf:
        raise CallError(f"--tolerance: {arguments.tolerance} is no share\n    expected: 0 or more, as 0.02")
    if arguments.junit is not None:
        check_target(arguments.junit, *arguments.paths)
    if arguments.baseline is not None and os.path.exists(arguments.baseline) and not os.path.isdir(arguments.baseline):
        raise CallError(f"--baseline: {arguments.baseline} is no folder\n    expected: the path of a folder")


class CallError(Exception):
    """The call is wrong, or the program could not say what came of it."""


def _run(arguments: argparse.Namespace, paths: Sequence[str], out: pathlib.Path,
         seed: Optional[int]) -> tuple[list[dict[str, Any]], dict[str, pathlib.Path]]:
    """Runs scenarios. Returns what the program says of each, and where their results are."""
    program = os.environ.get("HOSTSTACK_CLI", "")
    if not program:
        raise CallError("HOSTSTACK_CLI names no program: call this as './hoststack check' or 'hoststack check'")
    call = [program, "check", "--json", "--out", str(out)]
    call += [word for text in arguments.sets for word in ("--set", text)]
    call += ["--seed", str(seed)] if seed is not None else []
    call += ["-j", str(arguments.jobs)] if arguments.jobs is not None else []
    call += ["--", *paths]
    done = subprocess.run(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors="replace", check=False)
    try:
        told = json.loads(done.stdout)
    except ValueError:
        raise CallError(done.stderr.strip() or f"{program} ended with status {done.returncode}") from None
    if not isinstance(told, list):
        raise CallError(done.stderr.strip())
    folders = {}
    for manifest in out.glob("*/manifest.json"):
        command = json.loads(manifest.read_text(encoding="utf-8"))["command"]
        for entry in told:
            call_of = f"run {entry['file']}"
            if command == call_of or command.startswith(f"{call_of} --"):
                folders[entry["file"]] = manifest.parent
    return told, folders


def _expectation(entry: dict[str, Any]) -> Case:
    name = f"{entry['metric']} {entry['expected']}"
    because = f"because {entry['because']}" if entry["because"] else ""
    if entry.get("skipped"):
        return Case(name, "skipped", entry["skipped"])
    if entry["met"]:
        return Case(name)
    measured = "was not measured" if entry["measured"] is None else \
        f"is {entry['measured']:g} {entry['unit']}"
    return Case(name, "failure", f"{entry['metric']} {measured}, expected {entry['expected']}",
                f"{entry['metric']} {measured}, expected {entry['expected']}\n{because}")


def _suite(told: dict[str, Any], name: str) -> Suite:
    status = told["status"]
    if status in (0, 1):
        cases = [Case("runs"), *map(_expectation, told.get("expectations", []))]
    else:
        errors = told.get("errors", [])
        lines = [": ".join(str(e[k]) for k in ("file", "line", "pointer", "message") if e.get(k))
                 for e in errors] or [WORDS.get(status, f"status {status}")]
        cases = [Case("runs", "skipped" if status == 77 else "error", lines[0], "\n".join(lines))]
    return Suite(name, told["file"], cases, {})


def _with_baseline(arguments: argparse.Namespace, suite: Suite, name: str, file: str,
                   result: pathlib.Path, scratch: pathlib.Path) -> list[str]:
    """Compares or updates; returns lines for people about what was kept."""
    folder = pathlib.Path(arguments.baseline)
    kept = _baseline.read(folder, name)
    mode = kept["mode"] if kept and not (arguments.update and arguments.mode) else \
        arguments.mode or "exact"
    results = [result]
    if mode == "statistical" and (kept or arguments.update):
        count = len(kept["seeds"]) if kept and not arguments.update else arguments.seeds
        # Other seeds than the baseline's: the same ones would only show whether anything moved at all.
        first = max(kept["seeds"]) + 1 if kept and not arguments.update else 1
        results = []
        for seed in range(first, first + count):
            _, folders = _run(arguments, [file], scratch / f"seed-{seed}", seed)
            if file not in folders:
                suite.cases.append(Case("runs with other seeds", "error", f"seed {seed} did not run"))
                return []
            results.append(folders[file])
    if arguments.update:
        content, events = _baseline.make(results, mode, (kept or {}).get("tolerance", arguments.tolerance))
        before = kept if kept and kept["mode"] == mode else None
        if before == content:
            return []
        _baseline.write(folder, name, content, events)
        return [f"{name}: baseline {'changed' if kept else 'made'} ({mode})"]
    if kept is None:
        suite.cases.append(Case("has a baseline", "failure", f"{folder} holds no {name}.json",
                                f"{folder} holds no {name}.json; --update makes it"))
        return []
    events_file = folder / f"{name}.events.csv"
    events = read_text(events_file, _baseline.MOST_BYTES) if is_file(events_file) else ""
    for what, text in _baseline.compare(kept, events, results):
        suite.cases.append(Case(what, "failure" if text else "", text.splitlines()[0] if text else "", text))
    return []


def _print(suite: Suite, quiet: bool, out: TextIO) -> None:
    bad = [c for c in suite.cases if c.kind in ("failure", "error")]
    good = sum(not c.kind for c in suite.cases)
    if not bad and quiet:
        return
    print(f"{'✗' if bad else '✓'} {suite.file}: {good} of {len(suite.cases)} as they should be", file=out)
    for case in bad:
        print(f"  {case.name}\n    " + (case.text or case.message).replace("\n", "\n    "), file=out)


def main(argv: Sequence[str]) -> int:
    """The exit status."""
    arguments = _parser().parse_args(argv)
    suites, worst = [], 0
    out = sys.stderr if arguments.junit == "-" else sys.stdout
    try:
        _check_call(arguments)
        with tempfile.TemporaryDirectory(prefix="hoststack-check-") as scratch:
            begin = time.monotonic()
            told, folders = _run(arguments, arguments.paths, pathlib.Path(scratch) / "first",
                                 arguments.seed)
            each = (time.monotonic() - begin) / max(len(told), 1)
            for entry in told:
                file = entry["file"]
                name = folders[file].name if file in folders else pathlib.Path(file).stem
                suite = _suite(entry, name)
                suite.seconds = each
                if file in folders:
                    manifest = json.loads((folders[file] / "manifest.json").read_text(encoding="utf-8"))
                    suite.properties = {k: str(manifest[k]) for k in ("hoststack", "simulator", "seed",
                                                                      "scenario-sha256", "result-sha256")}
                    if arguments.baseline:
                        for line in _with_baseline(arguments, suite, name, file, folders[file],
                                                   pathlib.Path(scratch)):
                            print(line, file=out)
                suites.append(suite)
                _print(suite, arguments.quiet, out)
                kinds = {c.kind for c in suite.cases}
                mine = entry["status"] if entry["status"] in (2, 3) else \
                    1 if kinds & {"failure", "error"} else 0
                worst = max(worst, mine)
        if arguments.junit:
            pathlib.Path(arguments.junit).parent.mkdir(parents=True, exist_ok=True)
            check_target(arguments.junit, *(s.file for s in suites))
            with replacing(arguments.junit) as target:
                target.write(document(suites))
        bad = sum(any(c.kind in ("failure", "error") for c in s.cases) for s in suites)
        if not arguments.quiet or bad:
            print(f"{len(suites)} scenarios, {bad} not as they should be", file=out)
        sys.stdout.flush()
    except (CallError, _baseline.BaselineError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(told_of(error), file=sys.stderr)
        return 2
    return worst
