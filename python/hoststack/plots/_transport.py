# SPDX-License-Identifier: GPL-2.0-only
"""Plots of connections and links."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Mapping, Optional, Sequence

from .. import _statistics
from .._run import Run
from ..errors import UnknownMetric
from ..report._format import scale_of
from ._style import COLOURS, HATCHES, axes, is_labelled, is_run, line, styles, subflows_of, traffic_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def goodput(run: Run, traffic: str, ax: Optional["Axes"] = None) -> "Figure":
    """Goodput over time in Mbit/s; of a multipath connection stacked by subflow."""
    prefix = traffic_of(run, traffic)
    links = subflows_of(run, prefix)
    with axes(ax, "goodput [Mbit/s]") as drawn:
        if links:
            names = [f"{prefix}.subflows.{link}.goodput" for link in links]
            frame = run.series(*names)[names].fillna(0) / 1e6
            drawn.stackplot(frame.index, frame.to_numpy().T, labels=links, colors=COLOURS, alpha=0.8,
                            linewidth=0)
        else:
            line(drawn, run, f"{prefix}.goodput", 1e6, traffic, next(styles()))
        drawn.set_ylim(bottom=0)
    return drawn.figure


def subflow_bytes(run: Run, traffic: str, ax: Optional["Axes"] = None) -> "Figure":
    """Bytes of the data stream that each subflow has carried, and what was sent again on another one, in
    MB over time."""
    prefix = traffic_of(run, traffic)
    style = styles()
    with axes(ax, "data [MB]") as drawn:
        for link in subflows_of(run, prefix):
            line(drawn, run, f"{prefix}.subflows.{link}.bytes-sent", 1e6, link, next(style))
        line(drawn, run, f"{prefix}.reinjected-bytes", 1e6, "sent again elsewhere", next(style))
    return drawn.figure


def window(run: Run, traffic: str, ax: Optional["Axes"] = None, *, link: str = "") -> "Figure":
    """Congestion window, what is in flight, and the slow-start threshold (where it counts) over time, in
    segments. `link`: of the subflow there."""
    prefix = traffic_of(run, traffic) + (f".subflows.{link}" if link else "")
    style = styles()
    with axes(ax, "window [segments]") as drawn:
        for part, label in (("cwnd", "congestion window"), ("in-flight", "in flight")):
            line(drawn, run, f"{prefix}.{part}", 1, label, next(style), drawstyle="steps-post")
        if f"{prefix}.ssthresh" in run.series_names:
            series = run.series(f"{prefix}.ssthresh")[f"{prefix}.ssthresh"]
            series = series.where(series < 2**30).dropna()  # before the first loss it says nothing
            if len(series):
                drawn.plot(series.index, series, label="slow-start threshold", drawstyle="steps-post", **next(style))
    return drawn.figure


def rtt(run: Run, traffic: str, link: Optional[str] = None, ax: Optional["Axes"] = None) -> "Figure":
    """Smoothed round trip of the sender, of each subflow if there are several, in ms over time; with
    `link` the mean queueing delay there, too."""
    prefix = traffic_of(run, traffic)
    style = styles()
    with axes(ax, "delay [ms]") as drawn:
        for path in subflows_of(run, prefix):
            line(drawn, run, f"{prefix}.subflows.{path}.srtt", 1e-3, f"round trip, {path}", next(style))
        if not subflows_of(run, prefix):
            line(drawn, run, f"{prefix}.srtt", 1e-3, "round trip", next(style))
        if link is not None:
            line(drawn, run, f"links.{link}.down.queue-delay.mean", 1e-3, f"queue of {link}", next(style))
        drawn.set_ylim(bottom=0)
    return drawn.figure


def receive_buffer(run: Run, traffic: str, ax: Optional["Axes"] = None) -> "Figure":
    """The receive buffer, what it holds, and the window that the peer was told, in kB over time."""
    prefix = traffic_of(run, traffic)
    style = styles()
    with axes(ax, "receiver [kB]") as drawn:
        for part, label in (("receive-buffer", "buffer"), ("receive-memory", "occupied"),
                            ("peer-window", "announced window")):
            line(drawn, run, f"{prefix}.{part}", 1e3, label, next(style), drawstyle="steps-post")
    return drawn.figure


def limited_by(run: Run, ax: Optional["Axes"] = None) -> "Figure":
    """What held each traffic (and subflow) back: shares of time, a bar each."""
    is_run(run)
    why = run.why.drop(columns=["mostly", "ended"], errors="ignore").fillna(0).astype(float)
    if why.empty:
        raise UnknownMetric("why", "", "no traffic of the run tells what held it back")
    why = why.loc[:, (why > 0.005).any()]
    rows = [f"{traffic}, {link}" if link else traffic for traffic, link in why.index]
    with axes(ax, "", "share of time [%]") as drawn:
        left = [0.0] * len(rows)
        for (cause, values), colour, hatch in zip(why.items(), itertools.cycle(COLOURS),
                                                  itertools.cycle(HATCHES)):
            drawn.barh(rows, values * 100, left=left, color=colour, hatch=hatch, edgecolor="white",
                       linewidth=0.3, label=cause)
            left = [a + b * 100 for a, b in zip(left, values)]
        drawn.invert_yaxis()
    return drawn.figure


def link_queue(run: Run, link: str, direction: str = "down", ax: Optional["Axes"] = None) -> "Figure":
    """The longest queue of each interval in packets, and a mark where the queue dropped some."""
    is_run(run)
    prefix = f"links.{link}.{direction}"
    with axes(ax, "queue [packets]") as drawn:
        line(drawn, run, f"{prefix}.queue.max", 1, "longest queue", next(styles()),
              drawstyle="steps-post")
        drops = run.series(f"{prefix}.drops.queue")[f"{prefix}.drops.queue"].dropna().diff()
        at = drops[drops > 0].index
        if len(at):
            drawn.plot(at, [0] * len(at), "|", color=COLOURS[3], label="drops", clip_on=False)
        drawn.set_ylim(bottom=0)
    return drawn.figure


def completion(runs: Mapping[str, Run], traffic: str, ax: Optional["Axes"] = None) -> "Figure":
    """The share of connections that have completed within a time (CDF); one line per run."""
    is_labelled(runs, "run")
    with axes(ax, "share of connections", "completion time [s]") as drawn:
        for (label, run), style in zip(runs.items(), styles()):
            traffic_of(run, traffic)
            all_of_it = run.connections[run.connections["traffic"] == traffic]
            times = sorted(all_of_it["completion_s"].dropna())
            shares = [(i + 1) / len(all_of_it) for i in range(len(times))]
            drawn.step([0, *times], [0, *shares], where="post", label=label, **style)
        drawn.set_ylim(0, 1)
    return drawn.figure


def compare(groups: Mapping[str, Sequence[Run]], metric: str, ax: Optional["Axes"] = None) -> "Figure":
    """The mean of a metric over the runs (seeds) of each group, with the interval that holds it with
    95 % (Student)."""
    is_labelled(groups, "runs")
    for runs in groups.values():
        for run in (runs if isinstance(runs, (list, tuple)) else [None]):
            is_run(run)
    unit = next((run.unit(metric) for runs in groups.values() for run in runs), "")
    found = [[v for v in (run[metric] for run in runs) if v is not None] for runs in groups.values()]
    divisor, unit = scale_of(max((abs(v) for values in found for v in values), default=0.0), unit)
    with axes(ax, f"{metric} [{unit}]" if unit else metric, "") as drawn:
        for place, values in enumerate([v / divisor for v in values] for values in found):
            if not values:
                continue
            width = 0.0
            if len(values) > 1:
                width = _statistics.quantile(0.05, len(values) - 1) * \
                    (_statistics.variance(values) / len(values)) ** 0.5
            drawn.errorbar([place], [_statistics.mean(values)], yerr=[width], fmt="o", markersize=3,
                           capsize=3, color=COLOURS[place % len(COLOURS)])
        drawn.set_xticks(range(len(groups)), list(groups))
        drawn.set_xlim(-0.5, len(groups) - 0.5)
    drawn.set_xlim(-0.5, len(groups) - 0.5)
    return drawn.figure
