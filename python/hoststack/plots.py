# SPDX-License-Identifier: GPL-2.0-only
"""Plots of runs as a paper prints them: one call each, a column wide (3.35 in), 8 pt, colours that people
who see few of them tell apart (Okabe and Ito), and dashes for those who print in grey.

    figure = hoststack.plots.goodput(run, "download")
    hoststack.plots.save(figure, "goodput.pdf")     # the same input gives the same bytes

Each function takes a Run and the name of a traffic (or link), draws on `ax` if one is given, and returns the
figure. A run without what is needed raises UnknownMetric.
"""

from __future__ import annotations

import contextlib
import itertools
import pathlib
from typing import TYPE_CHECKING, Any, Iterator, Mapping, Optional, Sequence

from ._run import Run, _nearest
from .errors import UnknownMetric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["goodput", "subflow_bytes", "window", "rtt", "receive_buffer", "limited_by", "link_queue",
           "completion", "compare", "save", "STYLE"]

#: Okabe and Ito (2008), without yellow, which white paper swallows.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 2)))

STYLE: dict[str, Any] = {
    "figure.figsize": (3.35, 2.1), "figure.dpi": 150, "font.size": 8, "axes.labelsize": 8,
    "axes.titlesize": 8, "xtick.labelsize": 7, "ytick.labelsize": 7, "legend.fontsize": 7,
    "legend.frameon": False, "lines.linewidth": 1.0, "axes.linewidth": 0.6, "axes.grid": True, "axes.axisbelow": True,
    "grid.linewidth": 0.3, "grid.color": "0.85", "axes.spines.top": False, "axes.spines.right": False,
    "pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "hoststack",
}


@contextlib.contextmanager
def _axes(ax: Optional["Axes"], ylabel: str, xlabel: str = "time [s]",
          **legend: Any) -> Iterator["Axes"]:
    """Axes in our style; a figure of their own that no window shows, unless some are given."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        if ax is None:
            ax = Figure(layout="constrained").subplots()
        ax.set_xlabel(xlabel)
        ax.set_ylabel(ylabel)
        yield ax
        if ax.get_legend_handles_labels()[0]:
            ax.legend(**legend)
        ax.margins(x=0)


def _styles() -> Iterator[dict[str, Any]]:
    return ({"color": c, "linestyle": d} for c, d in itertools.cycle(zip(COLOURS, DASHES)))


def _traffic(run: Run, name: str) -> str:
    known = sorted({n.split(".")[1] for n in run.series_names if n.startswith("traffic.")})
    if name not in known:
        hint = "" if known else "the scenario records no series: output.series"
        raise UnknownMetric(f"traffic.{name}", _nearest(name, known), hint)
    return f"traffic.{name}"


def _subflows(run: Run, traffic: str) -> list[str]:
    return sorted({n.split(".")[3] for n in run.series_names if n.startswith(f"{traffic}.subflows.")})


def _line(ax: "Axes", run: Run, name: str, scale: float, label: str, style: Mapping[str, Any],
          **more: Any) -> None:
    series = run.series(name)[name].dropna()
    ax.plot(series.index, series / scale, label=label, **style, **more)


def goodput(run: Run, traffic: str, ax: Optional["Axes"] = None) -> "Figure":
    """Goodput over time in Mbit/s; of a multipath connection stacked by subflow."""
    prefix = _traffic(run, traffic)
    links = _subflows(run, prefix)
    with _axes(ax, "goodput [Mbit/s]") as drawn:
        if links:
            names = [f"{prefix}.subflows.{link}.goodput" for link in links]
            frame = run.series(*names)[names].fillna(0) / 1e6
            drawn.stackplot(frame.index, frame.to_numpy().T, labels=links, colors=COLOURS, alpha=0.8,
                            linewidth=0)
        else:
            _line(drawn, run, f"{prefix}.goodput", 1e6, traffic, next(_styles()))
        drawn.set_ylim(bottom=0)
    return drawn.figure


def subflow_bytes(run: Run, traffic: str, ax: Optional["Axes"] = None) -> "Figure":
    """Bytes of the data stream that each subflow has carried, and what was sent again on another one, in
    MB over time."""
    prefix = _traffic(run, traffic)
    styles = _styles()
    with _axes(ax, "data [MB]") as drawn:
        for link in _subflows(run, prefix):
            _line(drawn, run, f"{prefix}.subflows.{link}.bytes-sent", 1e6, link, next(styles))
        _line(drawn, run, f"{prefix}.reinjected-bytes", 1e6, "sent again elsewhere", next(styles))
    return drawn.figure


def window(run: Run, traffic: str, ax: Optional["Axes"] = None, *, link: str = "") -> "Figure":
    """Congestion window, what is in flight, and the slow-start threshold (where it counts) over time, in
    segments. `link`: of the subflow there."""
    prefix = _traffic(run, traffic) + (f".subflows.{link}" if link else "")
    styles = _styles()
    with _axes(ax, "window [segments]") as drawn:
        for part, label in (("cwnd", "congestion window"), ("in-flight", "in flight")):
            _line(drawn, run, f"{prefix}.{part}", 1, label, next(styles), drawstyle="steps-post")
        if f"{prefix}.ssthresh" in run.series_names:
            series = run.series(f"{prefix}.ssthresh")[f"{prefix}.ssthresh"]
            series = series.where(series < 2**30).dropna()  # before the first loss it says nothing
            if len(series):
                drawn.plot(series.index, series, label="slow-start threshold", **next(styles))
    return drawn.figure


def rtt(run: Run, traffic: str, link: Optional[str] = None, ax: Optional["Axes"] = None) -> "Figure":
    """Smoothed round trip of the sender, of each subflow if there are several, in ms over time; with
    `link` the mean queueing delay there, too."""
    prefix = _traffic(run, traffic)
    styles = _styles()
    with _axes(ax, "delay [ms]") as drawn:
        for path in _subflows(run, prefix):
            _line(drawn, run, f"{prefix}.subflows.{path}.srtt", 1e-3, f"round trip, {path}", next(styles))
        if not _subflows(run, prefix):
            _line(drawn, run, f"{prefix}.srtt", 1e-3, "round trip", next(styles))
        if link is not None:
            _line(drawn, run, f"links.{link}.down.queue-delay.mean", 1e-3, f"queue of {link}", next(styles))
        drawn.set_ylim(bottom=0)
    return drawn.figure


def receive_buffer(run: Run, traffic: str, ax: Optional["Axes"] = None) -> "Figure":
    """The receive buffer, what it holds, and the window that the peer was told, in kB over time."""
    prefix = _traffic(run, traffic)
    styles = _styles()
    with _axes(ax, "receiver [kB]") as drawn:
        for part, label in (("receive-buffer", "buffer"), ("receive-memory", "occupied"),
                            ("peer-window", "announced window")):
            _line(drawn, run, f"{prefix}.{part}", 1e3, label, next(styles), drawstyle="steps-post")
    return drawn.figure


def limited_by(run: Run, ax: Optional["Axes"] = None) -> "Figure":
    """What held each traffic (and subflow) back: shares of time, a bar each."""
    why = run.why.drop(columns=["mostly", "ended"], errors="ignore").fillna(0).astype(float)
    if why.empty:
        raise UnknownMetric("why", "", "no traffic of the run tells what held it back")
    why = why.loc[:, (why > 0.005).any()]
    rows = [f"{traffic}, {link}" if link else traffic for traffic, link in why.index]
    above = {"loc": "lower center", "bbox_to_anchor": (0.4, 1.0), "ncol": 2}
    with _axes(ax, "", "share of time [%]", **above) as drawn:
        left = [0.0] * len(rows)
        for (cause, values), colour, hatch in zip(why.items(), itertools.cycle(COLOURS),
                                                  itertools.cycle(("", "//", "..", "xx", "\\\\"))):
            drawn.barh(rows, values * 100, left=left, color=colour, hatch=hatch, edgecolor="white",
                       linewidth=0.3, label=cause)
            left = [a + b * 100 for a, b in zip(left, values)]
        drawn.invert_yaxis()
    return drawn.figure


def link_queue(run: Run, link: str, direction: str = "down", ax: Optional["Axes"] = None) -> "Figure":
    """The longest queue of each interval in packets, and a mark where the queue dropped some."""
    prefix = f"links.{link}.{direction}"
    with _axes(ax, "queue [packets]") as drawn:
        _line(drawn, run, f"{prefix}.queue.max", 1, "longest queue", next(_styles()),
              drawstyle="steps-post")
        drops = run.series(f"{prefix}.drops.queue")[f"{prefix}.drops.queue"].dropna().diff()
        at = drops[drops > 0].index
        if len(at):
            drawn.plot(at, [0] * len(at), "|", color=COLOURS[3], label="drops", clip_on=False)
        drawn.set_ylim(bottom=0)
    return drawn.figure


def completion(runs: Mapping[str, Run], traffic: str, ax: Optional["Axes"] = None) -> "Figure":
    """The share of connections that have completed within a time (CDF); one line per run."""
    with _axes(ax, "share of connections", "completion time [s]") as drawn:
        for (label, run), style in zip(runs.items(), _styles()):
            _traffic(run, traffic)
            all_of_it = run.connections[run.connections["traffic"] == traffic]
            times = sorted(all_of_it["completion_s"].dropna())
            shares = [(i + 1) / len(all_of_it) for i in range(len(times))]
            drawn.step([0, *times], [0, *shares], where="post", label=label, **style)
        drawn.set_ylim(0, 1)
    return drawn.figure


def compare(groups: Mapping[str, Sequence[Run]], metric: str, ax: Optional["Axes"] = None) -> "Figure":
    """The mean of a metric over the runs (seeds) of each group, with the interval that holds it with
    95 % (Student), in the metric's base unit."""
    from . import _statistics

    unit = next((run.unit(metric) for runs in groups.values() for run in runs), "")
    with _axes(ax, f"{metric} [{unit}]", "") as drawn:
        for place, (label, runs) in enumerate(groups.items()):
            values = [v for v in (run[metric] for run in runs) if v is not None]
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


def save(figure: "Figure", path: Any) -> None:
    """Writes a figure; the same figure gives the same bytes, so that a paper's repository stays quiet.

    Raises:
        ValueError: the name ends in no kind of picture that matplotlib writes.
    """
    import matplotlib

    kind = pathlib.Path(path).suffix
    nothing: dict[str, Any] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(kind, {})
    with matplotlib.rc_context(STYLE):
        figure.savefig(path, metadata=nothing)
