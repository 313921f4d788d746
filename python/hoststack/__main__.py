# SPDX-License-Identifier: GPL-2.0-only
"""python3 -m hoststack: the commands that need the package."""

from __future__ import annotations

import argparse
import io
import signal
import sys
from typing import Any, Mapping, Optional, Sequence

from ._files import told
from .errors import HoststackError, ResultsError, ScenarioError, StoreError


def _seconds(text: str) -> float:
    from ._process import check_timeout

    try:
        check_timeout(float(text))
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected seconds, more than 0, not {text!r}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hoststack", description="The commands of hoststack that need its Python package.")
    commands = parser.add_subparsers(dest="command", required=True)
    sweep = commands.add_parser(
        "sweep", help="run what a study still lacks",
        description="Runs what a study still lacks, the dearest first, and keeps it in one file. A sweep "
        "that was ended, in whatever way, goes on where it was. Exit status: 0 all runs are done, 1 some "
        "failed, 2 the study or the call is wrong.")
    sweep.add_argument("study", help="a study file, or a scenario with a block `sweep`; - is standard input")
    sweep.add_argument("--store", help="the file that keeps the runs; NAME.hoststack.sqlite beside the "
                       "study without it")
    sweep.add_argument("-j", "--jobs", type=int, help="how many at once; one per core without it")
    sweep.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler whose workers do the runs")
    sweep.add_argument("--retry", action="store_true", help="do again what failed before")
    sweep.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="real time for one run")
    sweep.add_argument("--dry-run", action="store_true", help="only say which runs there would be")
    sweep.add_argument("-q", "--quiet", action="store_true", help="tell no progress")
    export = commands.add_parser(
        "export", help="write what a store holds to a file",
        description="Writes a row per run: axes, seed, met, metrics. An .npz file has the series, too.")
    export.add_argument("store", help="a file that a sweep has made")
    export.add_argument("file", help="FILE.csv, FILE.npz or, with pyarrow, FILE.parquet")
    export.add_argument("--study", help="its name, if the store has several")
    report = commands.add_parser(
        "report", help="write a page of results",
        description="Writes one HTML page that stands for itself: summary, expectations, why, topology, series, "
        "events; several runs are laid beside each other.")
    report.add_argument("results", nargs="+", help="a folder of results, a folder of such folders, or the file of "
                        "a sweep")
    report.add_argument("-o", "--out", default="report.html", help="the page (report.html); - is standard output")
    report.add_argument("--title", help="its heading")
    return parser


def _values(axes: Mapping[str, Any]) -> str:
    return ", ".join(f"{path} = {value}" for path, value in axes.items())


def _sweep(arguments: argparse.Namespace) -> int:
    from . import _study
    from ._sweep import sweep

    if arguments.jobs is not None and not 1 <= arguments.jobs <= 1024:
        raise StoreError("--jobs: expected 1 to 1024")
    if arguments.dry_run:
        points = _study.read(arguments.study).points()
        for point in sorted(points, key=lambda p: -p.cost):
            print(f"{point.key[:12]}  seed {point.seed}  {_values(point.axes)}")
        sys.stdout.flush()
        return 0
    done = sweep(arguments.study, arguments.store, jobs=arguments.jobs, cluster=arguments.cluster,
                 retry=arguments.retry, timeout=arguments.timeout, quiet=arguments.quiet)
    for _, axes, seed, error in done.failures:
        print(f"failed: seed {seed}, {_values(axes)}: {error.splitlines()[0] if error else ''}",
              file=sys.stderr)
    if not arguments.quiet:
        print(f"{done.counts.get('done', 0)} runs are in {done.path}", flush=True)
    return 1 if done.failures else 0


def main(argv: Optional[Sequence[str]] = None) -> int:
    """The exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == ["check"]:
        from ._check import main as check

        return check(given[1:])
    if given[:1] == ["twin"]:
        from .twin._command import main as twin

        try:
            return twin(given[1:])
        except KeyboardInterrupt:
            print("\ninterrupted: nothing of the run was kept", file=sys.stderr)
            return 128 + signal.SIGINT
    arguments = _parser().parse_args(given)
    try:
        if arguments.command == "sweep":
            return _sweep(arguments)
        if arguments.command == "report":
            from .report import write

            page = write(arguments.results, arguments.out, arguments.title)
            if arguments.out != "-":
                print(page, flush=True)
            return 0
        from ._export import export

        rows = export(arguments.store, arguments.file, arguments.study)
        print(f"{rows} rows", flush=True)
        return 0
    except (ScenarioError, StoreError, ResultsError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(told(error), file=sys.stderr)
        return 2
    except HoststackError as error:
        print(error, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("\ninterrupted: what is done is kept, the same command goes on from there",
              file=sys.stderr)
        return 128 + signal.SIGINT


if __name__ == "__main__":
    # A file's name may be no UTF-8; a message about it is one.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
