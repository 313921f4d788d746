# SPDX-License-Identifier: GPL-2.0-only
"""./hoststack twin: the command line."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys
from typing import Sequence

from .._files import told as told_of
from ..errors import HoststackError, ResultsError
from ._cannot import Cannot
from ._compare import SHARE
from ._kernel_source import FIXES, FIXES_OF
from ._text import overview_of, reservation_of
from ._twin import MOST, REPETITIONS, SEEDS, Twin, twin

MET, DIFFERS, WRONG, FAULT, CANNOT = 0, 1, 2, 3, 77


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= MOST:
        raise argparse.ArgumentTypeError(f"expected 1 to {MOST}, not {text!r}")
    return number


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise argparse.ArgumentTypeError(f"expected a share as 0.05, not {text!r}")
    return share


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hoststack twin", description="Runs scenarios with real kernels at both ends and lays what they did beside "
        "the model. Exit status: 0 both agree in all that is judged, 1 they do not, 2 a scenario or the call is wrong, 3 our "
        "fault, 77 this machine cannot do it.",
        epilog="Fixes that --before takes out: " + "; ".join(f"{n}: {f.about}" for n, f in FIXES.items()))
    parser.add_argument("files", nargs="+", metavar="FILE", help="scenario files")
    parser.add_argument("--kernel", default="live", metavar="KERNEL",
                        help="live: this machine's, in real time (default); "
                        + ", ".join(f"uml:{v}" for v in FIXES_OF) + ": built once, in virtual time; uml: the one of these "
                        "that the hosts' profiles name")
    parser.add_argument("--before", action="append", choices=sorted(FIXES), metavar="FIX",
                        help="take a fix out of a uml kernel; without it, those that the hosts' profiles do not have")
    parser.add_argument("-n", "--repetitions", type=_count, default=REPETITIONS, help=f"of the kernel ({REPETITIONS})")
    parser.add_argument("--seeds", type=_count, default=SEEDS, help=f"of the model ({SEEDS})")
    parser.add_argument("--tolerance", type=_share, default=SHARE, metavar="SHARE",
                        help=f"of the median, where the scenario says nothing else ({SHARE})")
    parser.add_argument("--late", type=_share, metavar="SECONDS",
                        help="live: how late a packet may be before a run does not count; without it, a tenth of the "
                        "shortest round trip, and 0.002 at least")
    parser.add_argument("--set", action="append", default=[], dest="sets", metavar="PATH=VALUE",
                        help="lay a value over the scenario, for both")
    parser.add_argument("--out", default="results/twin", metavar="FOLDER", help="where results go (results/twin)")
    parser.add_argument("-j", "--jobs", type=_count, help="runs at once where they do not disturb each other; without it one per core, of kernels one less")
    parser.add_argument("--json", action="store_true", help="print JSON for machines on standard output")
    parser.add_argument("-q", "--quiet", action="store_true", help="tell no progress")
    return parser


def _one(file: str, arguments: argparse.Namespace) -> tuple[int, "Twin | str"]:
    def told(line: str) -> None:
        if not arguments.quiet:
            print(f"hoststack: {file}: {line}", file=sys.stderr, flush=True)

    try:
        result = twin(file, kernel=arguments.kernel, repetitions=arguments.repetitions, seeds=arguments.seeds,
                      sets=arguments.sets, before=arguments.before, out=arguments.out, share=arguments.tolerance,
                      late=arguments.late, jobs=arguments.jobs, told=told)
        return (MET if result.agrees else DIFFERS), result
    except Cannot as error:
        return CANNOT, f"{file}: skipped: {error}"
    except (ResultsError, ValueError) as error:
        return WRONG, str(error)
    except OSError as error:
        return WRONG, told_of(error)
    except HoststackError as error:
        return FAULT, str(error)


def _page(results: Sequence[Twin], out: str) -> None:
    from ._page import write

    page = write(results, pathlib.Path(out) / "twin.html")
    print(f"hoststack: {page}", file=sys.stderr, flush=True)


def main(argv: Sequence[str]) -> int:
    """The exit status."""
    arguments = _parser().parse_args(list(argv))
    worst = MET
    results: list[Twin] = []
    lines = []
    severity = {MET: 0, CANNOT: 1, DIFFERS: 2, WRONG: 3, FAULT: 4}
    for file in arguments.files:
        status, told = _one(file, arguments)
        worst = max(worst, status, key=severity.__getitem__)
        if isinstance(told, Twin):
            results.append(told)
            lines.append({"file": file, "status": status, **told.as_json()})
            if not arguments.json:
                print(told.text, flush=True)
        else:
            print(told, file=sys.stderr, flush=True)
            lines.append({"file": file, "status": status, "said": told})
    if arguments.json:
        print(json.dumps(lines, indent=1), flush=True)
    if len(lines) > 1 and not arguments.json:
        print(_overview(lines, results), flush=True)
    if results:
        os.makedirs(arguments.out, exist_ok=True)
        _page(results, arguments.out)
    return worst


def _overview(lines: Sequence[dict], results: Sequence[Twin]) -> str:
    """All scenarios at a glance."""
    words = {MET: "agrees", DIFFERS: "DIFFERS", CANNOT: "skipped", WRONG: "wrong", FAULT: "failed"}
    rows = []
    for one in lines:
        judged = [v for v in one.get("verdicts", []) if v["judged"]]
        apart = [v["metric"] for v in judged if v["verdict"] == "differs"]
        rows.append(f"  {words[one['status']]:8} {one.get('name', one['file'])}"
                    + (f": {', '.join(apart)}" if apart else "") + reservation_of(one.get("settings", [])))
    figures = ["", overview_of(results)] if results else []
    return "\n".join(["all:", *rows, *figures])
