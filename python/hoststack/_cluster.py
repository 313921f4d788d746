# SPDX-License-Identifier: GPL-2.0-only
"""Runs on a Dask cluster. Only this process writes to the store; a task is one run, in a process of its
own on a worker of the cluster, and gives back what it yielded."""

from __future__ import annotations

import tempfile
import time
from typing import Any, Mapping, Optional

from ._store import OTHER_STUDY, Store
from ._study import Point, write_inputs
from .errors import HoststackError, StoreError


def task(request: Mapping[str, Any], point: Point, timeout: Optional[float]) -> tuple[str, Any, float]:
    """("done", answer, seconds) or ("failed", text, seconds); runs on the cluster, which needs none of our files."""
    from . import _process

    begin = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="hoststack-run-") as folder:
            write_inputs(folder, point.inputs)
            answer = _process.ask({**request, "source": point.source(folder)}, None, timeout, fresh="pickled" in request)
        return "done", answer, time.monotonic() - begin
    except HoststackError as error:
        return "failed", str(error), time.monotonic() - begin


def build() -> str:
    """The digest of a worker's build; runs on the cluster."""
    from ._native import core

    return core.build_digest


def _own_build() -> str:
    return build()


def _versions(client: Any) -> dict[str, dict[str, Any]]:
    """Who (we, the scheduler, each worker) -> package -> version."""
    told = client.get_versions()
    return {"client": told["client"]["packages"], "the scheduler": told["scheduler"]["packages"],
            **{worker: told["workers"][worker]["packages"] for worker in sorted(told["workers"])}}


def _check(client: Any, address: str) -> None:
    """Raises StoreError if a worker would not give the results that this process would, or not understand it."""
    versions = _versions(client)
    ours = versions.pop("client")
    for who, theirs in versions.items():
        for package in ("python", "distributed", "cloudpickle"):
            # 3.11.2.final.0 and 3.11.7.final.0 understand each other.
            a, b = (str(v.get(package)).split(".")[:2] if package == "python" else v.get(package) for v in (ours, theirs))
            if a != b:
                raise StoreError(f"{who} of {address} has {package} {theirs.get(package)}, this process has {ours.get(package)}: "
                                 "they do not understand each other. Use the same on all machines")
    own = _own_build()
    try:
        found = client.run(build)
    except Exception as error:
        raise StoreError(f"the workers of {address} cannot use the package hoststack ({error}): they need "
                         "the same build, the same Python, and PYTHONPATH") from None
    if not found:
        raise StoreError(f"the cluster at {address} has no workers")
    for worker, digest in sorted(found.items()):
        if digest != own:
            raise StoreError(f"{worker} has another build of hoststack ({digest[:12]}) than this process "
                             f"({own[:12]}): its results would be those of another program")


def run_on(address: str, store: Store, study: int, points: Mapping[str, Point],
           request: Mapping[str, Any], progress: Any, timeout: Optional[float]) -> None:
    """Has the cluster do what is missing.

    Raises:
        StoreError: it cannot be reached, or has another build.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise StoreError("a cluster needs Dask: apt-get install python3-distributed") from None
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except Exception as error:  # of Dask, whatever another version makes of our greeting
        raise StoreError(f"no Dask scheduler answers at {address}: {error or type(error).__name__}") from None
    try:
        _check(client, address)
        asked: dict[Any, str] = {}
        queue = as_completed(loop=client.loop)

        def feed() -> bool:
            key = store.claim(study)
            if key is None:
                return False
            point = points.get(key)
            if point is None:
                store.give_back(key)
                raise StoreError(OTHER_STUDY.format(store.path))
            future = client.submit(task, request, point, timeout, priority=point.cost, pure=False, retries=0)
            asked[future] = key
            queue.add(future)
            return True

        # A few more than can run, so that no worker waits; other sweeps find the rest.
        for _ in range(2 * sum(client.nthreads().values()) + 1):
            if not feed():
                break
        beat = time.monotonic()
        while asked:
            for future in queue.next_batch(block=False):
                key = asked.pop(future)
                try:
                    state, content, elapsed = future.result()
                except Exception as error:  # the worker itself died
                    state, content, elapsed = "failed", f"the worker of the cluster died: {error}", 0.0
                if state == "done":
                    store.keep(key, content, elapsed)
                else:
                    store.fail(key, content)
                future.release()
                feed()
            time.sleep(0.02)
            progress.update()
            if time.monotonic() - beat > 15:
                store.beat()
                beat = time.monotonic()
    finally:
        client.close()
