# SPDX-License-Identifier: GPL-2.0-only
"""Running what a study still lacks: on this machine's cores, or on a Dask cluster."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys
import tempfile
import threading
import time
from typing import Any, Mapping, Optional, Sequence, Union

from . import _study
from ._files import current_folder
from ._process import Worker, check_timeout
from ._store import OTHER_STUDY, Store, check_store
from ._study import Point, write_inputs
from .errors import HoststackError, RunFault, RunTimeout, StoreError


class Progress:
    """What a sweep tells while it runs: a line that moves on a terminal, one per tenth elsewhere."""

    def __init__(self, store: Store, study: int, quiet: bool = False):
        self._store, self._study, self._quiet = store, study, quiet
        self._begin = time.monotonic()
        self._tty = sys.stderr.isatty()
        self._shown = -1
        counts = store.count(study)
        self._total = sum(n for n, _ in counts.values())
        self._done_before = self._sum(counts)

    @staticmethod
    def _sum(counts: Mapping[str, tuple[int, float]]) -> float:
        return sum(counts.get(s, (0, 0.0))[1] for s in ("done", "failed"))

    def update(self, last: bool = False) -> None:
        if self._quiet:
            return
        counts = self._store.count(self._study)
        done = counts.get("done", (0, 0))[0]
        failed = counts.get("failed", (0, 0))[0]
        cost, whole = self._sum(counts), sum(c for _, c in counts.values())
        elapsed = time.monotonic() - self._begin
        here = cost - self._done_before
        left = f", {_span(elapsed * (whole - cost) / here)} left" if here > 0 and not last else ""
        text = f"{done + failed} of {self._total} runs" + (f", {failed} failed" if failed else "") + \
            f", {_span(elapsed)}{left}"
        if self._tty:
            sys.stderr.write(f"\r\033[K{text}" + ("\n" if last else ""))
        else:
            tenth = int(10 * cost / whole) if whole else 10
            if tenth <= self._shown and not last:
                return
            self._shown = tenth
            sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _span(seconds: float) -> str:
    seconds = int(seconds + 0.5)
    if seconds < 100:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 6000 else f"{seconds // 3600} h {seconds // 60 % 60} min"


def _request(pickled: Optional[bytes]) -> dict[str, Any]:
    """What a worker is asked for, without the scenario."""
    return {"do": "run", "brief": True, **({"pickled": pickled} if pickled else {})}


class _Local:
    """Threads that each have a process in which runs live, one after another."""

    def __init__(self, store: Store, study_id: int, points: Mapping[str, Point], pickled: Optional[bytes],
                 timeout: Optional[float], inputs: str):
        self._path, self._study_id = store.path, study_id
        self._points, self._timeout = points, timeout
        self._request = {**_request(pickled), "cwd": current_folder()}
        self._inputs = inputs
        self._workers: dict[int, Worker] = {}
        self._stop = threading.Event()
        self.error: Optional[BaseException] = None

    def run(self, jobs: int, progress: Progress, store: Store) -> None:
        threads = [threading.Thread(target=self._work, args=(i,), daemon=True) for i in range(jobs)]
        try:
            for thread in threads:
                thread.start()
            beat = time.monotonic()
            while any(t.is_alive() for t in threads):
                for thread in threads:
                    thread.join(0.2 / len(threads))
                progress.update()
                if time.monotonic() - beat > 15:
                    store.beat()
                    beat = time.monotonic()
        finally:
            self._stop.set()
            for worker in list(self._workers.values()):
                worker.end()
            for thread in threads:
                thread.join(10)
        if self.error:
            raise self.error

    def _work(self, number: int) -> None:
        try:
            with Store(self._path) as store:
                while not self._stop.is_set():
                    key = store.claim(self._study_id)
                    if key is None:
                        return
                    self._one(number, store, key)
        except BaseException as error:  # pylint: disable=broad-except
            self.error = self.error or error
            self._stop.set()
        finally:
            worker = self._workers.pop(number, None)
            if worker is not None:
                worker.close()

    def _one(self, number: int, store: Store, key: str) -> None:
        point = self._points.get(key)
        if point is None:
            store.give_back(key)
            raise StoreError(OTHER_STUDY.format(self._path))
        worker = self._workers.get(number)
        if worker is None:
            worker = self._workers[number] = Worker()
        begin = time.monotonic()
        try:
            answer = worker.ask({**self._request, "source": point.source(self._inputs)}, None, self._timeout)
        except (RunFault, RunTimeout) as error:
            worker.kill()
            del self._workers[number]
            if self._stop.is_set():
                store.give_back(key)
            else:
                store.fail(key, str(error))
            return
        except HoststackError as error:
            store.fail(key, str(error))
            return
        try:
            store.keep(key, answer, time.monotonic() - begin)
        except StoreError:
            with contextlib.suppress(StoreError):
                store.give_back(key)
            raise


def _code() -> dict[str, str]:
    from ._native import core

    return {"digest": core.build_digest, "version": core.version, "simulator": core.simulator()}


class Sweep:
    """What a study has yielded so far; `frame()` is what most want.

    Attributes:
        counts: state ("done", "failed", "missing", "running") -> number of runs.
        failures: (key, axes, seed, error) of the runs that failed.
    """

    def __init__(self, path: pathlib.Path, name: Optional[str] = None):
        self.path = path
        with Store(path, existing=True) as store:
            self._study = store.study_id(name)
            self.counts = {s: n for s, (n, _) in store.count(self._study).items()}
            self.failures = store.failures(self._study)

    def frame(self, *metrics: str) -> Any:
        """One row per run that is done: a column per axis, `seed`, `met`, and one per metric (all of
        them, or those named).

        Raises:
            UnknownMetric: no run has a metric of that name.
        """
        import pandas

        from ._run import _nearest
        from .errors import UnknownMetric

        with Store(self.path, existing=True) as store:
            frame = pandas.DataFrame(store.columns(self._study, metrics))
            for name in metrics:
                if name not in frame and len(frame):
                    raise UnknownMetric(name, _nearest(name, sorted(store.columns(self._study))))
        return frame

    def series(self, name: str) -> list[tuple[dict[str, Any], int, Any]]:
        """(axes, seed, pandas Series over seconds) of each run; the study must have kept it
        (`series`)."""
        import numpy
        import pandas

        from ._run import _nearest
        from .errors import UnknownMetric

        with Store(self.path, existing=True) as store:
            known = store.series_names(self._study)
            if name not in known:
                raise UnknownMetric(name, _nearest(name, known),
                                    "" if known else "the study keeps no series: its key `series`")
            return [(axes, seed, pandas.Series(numpy.frombuffer(v, "<f8"),
                                               index=numpy.frombuffer(t, "<i8") / 1e9, name=name))
                    for _, axes, seed, t, v in store.series(self._study, name)]


def sweep(study: Union[str, "os.PathLike[str]", Mapping[str, Any]],
          store: Optional[Union[str, "os.PathLike[str]"]] = None, *, jobs: Optional[int] = None,
          cluster: Optional[str] = None, retry: bool = False, variants: Sequence[Any] = (),
          timeout: Optional[float] = None, quiet: bool = False,
          folder: Optional[str] = None) -> Sweep:
    """Runs what a study still lacks, the dearest first.

    Args:
        study: a study file, a scenario file with a block `sweep`, or the same as a dict.
        store: the file that keeps the runs; None: `NAME.hoststack.sqlite` beside the study file.
        jobs: how many at once on this machine; None: one per core.
        cluster: the address of a Dask scheduler, whose workers do the runs instead.
        retry: do again what failed before.
        variants: classes that the study names; a study file may name them itself ("FILE.py:CLASS").
        timeout: seconds of real time for one run.
        quiet: tell no progress.

    Raises:
        ScenarioError: the study, or the scenario of one of its runs, is wrong; nothing was run.
        StoreError: the store cannot be used, or the cluster has another build.
        KeyboardInterrupt: Ctrl-C; what was done is kept, the rest is missing.
    """
    check_timeout(timeout)
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or not 1 <= jobs <= 1024):
        raise ValueError(f"jobs is {jobs!r}; expected a whole number, 1 to 1024, or None: one per core")
    if cluster is not None and not cluster:
        raise StoreError("the cluster: is empty\n    expected: the address of a Dask scheduler")
    if store is not None:  # before the study is resolved, which may take a while
        check_store(store)
    read = _study.read(study, folder, variants)
    points = read.points()
    base = pathlib.Path(read.folder) if not isinstance(study, Mapping) else pathlib.Path()
    path = pathlib.Path(os.fsdecode(store)) if store is not None else base / f"{read.name}.hoststack.sqlite"
    pickled = None
    if read.variants:
        import cloudpickle

        from .variants import load

        pickled = cloudpickle.dumps([load(v) for v in read.variants])
    by_key = {p.key: p for p in points}
    with Store(path) as opened:
        number = opened.enter(read, points, _code(), retry)
        progress = Progress(opened, number, quiet)
        progress.update()
        try:
            if cluster:
                from ._cluster import run_on

                run_on(cluster, opened, number, by_key, _request(pickled), progress, timeout)
            else:
                with tempfile.TemporaryDirectory(prefix="hoststack-sweep-") as inputs:
                    write_inputs(inputs, {n: c for p in points for n, c in p.inputs.items()})
                    _Local(opened, number, by_key, pickled, timeout, inputs).run(
                        jobs or os.cpu_count() or 1, progress, opened)
        finally:
            opened.give_back()
            progress.update(last=True)
    return Sweep(path, read.name)
