# SPDX-License-Identifier: GPL-2.0-only
"""Which series of a run stand together in a chart, and their numbers as the page carries them."""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING, Any, Optional

from .._run import Run
from ._format import scale_of

if TYPE_CHECKING:
    import numpy

MOST_POINTS = 50_000  # of a series; beyond, the least and the most of each interval are drawn

# (title, series below the object, those of its subflows); a title stands for one axis.
_TRAFFIC = (
    ("goodput", ("goodput", "back.goodput"), ("goodput",)),
    ("round trip", ("srtt",), ("srtt",)),
    ("window [segments]", ("cwnd", "in-flight"), ("cwnd", "in-flight")),
    ("receiver", ("receive-buffer", "receive-memory", "peer-window"), ()),
    ("send queue", ("send-queue",), ("send-queue",)),
    ("sent again [segments]", ("retransmits",), ("retransmits",)),
)
_LINK = (
    ("rate", ("rate",)),
    ("queue delay", ("queue-delay.mean", "queue-delay.max")),
    ("queue [packets]", ("queue.max",)),
    ("drops [packets]", ("drops.queue", "drops.aqm", "drops.random", "drops.outage", "drops.policed")),
)
_WORDS = {"srtt": "smoothed round trip", "cwnd": "congestion window", "in-flight": "in flight",
          "peer-window": "announced window", "receive-memory": "occupied", "receive-buffer": "buffer",
          "queue-delay.mean": "mean", "queue-delay.max": "longest"}


def _chart(run: Run, title: str, names: list[tuple[str, str]]) -> Optional[dict[str, Any]]:
    """A chart of (name, label); None if nothing of it was recorded."""
    there = [(name, label) for name, label in names if name in set(run.series_names)]
    if len(there) > 1:  # lines that are 0 all the time say nothing beside others
        there = [(n, label) for n, label in there if float(run.series(n)[n].abs().max()) > 0] or there[:1]
    if not there:
        return None
    unit = run.unit(there[0][0])
    largest = max(float(run.series(n)[n].abs().max()) for n, _ in there)
    divisor, shown = scale_of(largest if largest == largest else 0, unit)
    axis = shown or "count"
    return {"title": title if "[" in title else f"{title} [{axis}]", "divisor": divisor,
            "steps": unit in ("bit/s", "share"),
            "lines": [{"name": name, "label": label} for name, label in there]}


def charts_of(run: Run) -> list[dict[str, Any]]:
    """(object, charts) of each traffic, link and host, in the scenario's order."""
    names = run.series_names
    found = []
    for traffic in run.scenario.get("traffic", {}):
        prefix = f"traffic.{traffic}"
        subflows = sorted({n.split(".")[3] for n in names if n.startswith(f"{prefix}.subflows.")})
        charts = []
        for title, own, below in _TRAFFIC:
            lines = [(f"{prefix}.{part}", ("all, " if subflows else "") + _WORDS.get(part, part))
                     for part in own]
            lines += [(f"{prefix}.subflows.{link}.{part}", f"{link}, {_WORDS.get(part, part)}")
                      for link in subflows for part in below]
            charts.append(_chart(run, title, lines))
        found.append({"object": f"traffic {traffic}", "charts": [c for c in charts if c]})
    for link in run.scenario.get("links", {}):
        charts = [_chart(run, title, [(f"links.{link}.{way}.{part}",
                                       way + (f", {_WORDS.get(part, part)}" if len(parts) > 1 else ""))
                                      for way in ("down", "up") for part in parts])
                  for title, parts in _LINK]
        found.append({"object": f"link {link}", "charts": [c for c in charts if c]})
    for host in run.scenario.get("hosts", {}):
        charts = [_chart(run, "memory of sockets", [(f"hosts.{host}.memory.allocated", "allocated")])]
        cores = sorted({n.split(".")[3] for n in names if n.startswith(f"hosts.{host}.cpu.core")})
        charts += [_chart(run, f"{core}", [(f"hosts.{host}.cpu.{core}.{part}", label) for part, label in
                                           (("irq", "hard interrupts"), ("softirq", "soft interrupts"),
                                            ("kernel", "kernel threads"), ("user", "applications"))])
                   for core in cores]
        found.append({"object": f"host {host}", "charts": [c for c in charts if c]})
    return [one for one in found if one["charts"]]


def _thinned(at: "numpy.ndarray", values: "numpy.ndarray") -> "tuple[numpy.ndarray, numpy.ndarray]":
    """The least and the most of each of so many intervals, in the order of time."""
    import numpy

    good = ~numpy.isnan(values)
    at, values = at[good], values[good]
    if len(at) <= MOST_POINTS:
        return at, values
    edges = numpy.linspace(0, len(at), MOST_POINTS // 2 + 1).astype(int)
    kept: set[int] = set()
    for first, last in zip(edges, edges[1:]):
        part = values[first:last]
        kept.update((first + int(part.argmin()), first + int(part.argmax())))
    chosen = numpy.array(sorted(kept))
    return at[chosen], values[chosen]


def pack(run: Run) -> dict[str, Any]:
    """All series: an index (name: place of its times and values, number) and the numbers, compressed."""
    import numpy

    parts: list[bytes] = []
    place, index, thinned = 0, {}, []
    times: dict[bytes, int] = {}

    def put(array: "numpy.ndarray") -> int:
        nonlocal place
        parts.append(numpy.ascontiguousarray(array, "<f8").tobytes())
        place += len(array)
        return place - len(array)

    for name in run.series_names:
        at, values = run._series[name]  # pylint: disable=protected-access
        if len(at) > MOST_POINTS:
            at, values = _thinned(at, values)
            thinned.append(name)
        key = numpy.ascontiguousarray(at, "<f8").tobytes()
        if key not in times:
            times[key] = put(at)
        index[name] = [times[key], put(values), len(at), run.unit(name)]
    data = gzip.compress(b"".join(parts), 6, mtime=0)
    return {"index": index, "data": base64.b64encode(data).decode(), "thinned": thinned}
