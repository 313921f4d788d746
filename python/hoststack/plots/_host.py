# SPDX-License-Identifier: GPL-2.0-only
"""Plots of what happens inside a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .._run import Run, _nearest
from ..errors import UnknownMetric
from ._style import COLOURS, HATCHES, axes, is_run, line, styles, traffic_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: What a core does, from the most urgent on, by the name of its series.
_CONTEXTS = (("irq", "hard interrupts"), ("softirq", "soft interrupts"), ("kernel", "kernel threads"),
             ("user", "applications"))


def _host_of(run: Run, name: str, part: str, hint: str) -> str:
    is_run(run)
    known = sorted({n.split(".")[1] for n in run.series_names if n.startswith("hosts.") and f".{part}." in n})
    if name not in known:
        raise UnknownMetric(f"hosts.{name}.{part}", _nearest(name, known), "" if known else hint)
    return f"hosts.{name}"


def cpu(run: Run, host: str, core: int = 0, ax: Optional["Axes"] = None) -> "Figure":
    """What a core of a host does over time, in % by context, stacked: hard and soft interrupts, threads of the kernel, applications. The
    host must have a cost table (a hardware profile with prices)."""
    prefix = _host_of(run, host, "cpu", "no host of the scenario has prices: its work takes no time")
    names = {label: f"{prefix}.cpu.core{core}.{part}" for part, label in _CONTEXTS}
    frame = run.series(*names.values())[list(names.values())].fillna(0) * 100
    with axes(ax, f"core {core} of {host} [%]") as drawn:
        filled = drawn.stackplot(frame.index, frame.to_numpy().T, labels=list(names), colors=COLOURS,
                                 linewidth=0, alpha=0.85)
        for area, hatch in zip(filled, HATCHES):
            area.set(hatch=hatch, edgecolor="white")
        drawn.set_ylim(0, 100)
    return drawn.figure


def memory(run: Run, host: str, ax: Optional["Axes"] = None) -> "Figure":
    """Memory of a host's sockets in MB over time, with the thresholds at which it calls itself short and at
    which it grants no more (tcp_mem). A threshold far beyond what was used is left out."""
    prefix = _host_of(run, host, "memory", "no host of the scenario counts its memory: hosts.NAME.memory")
    style = styles()
    name = f"{prefix}.memory.allocated"
    with axes(ax, f"sockets of {host} [MB]") as drawn:
        line(drawn, run, name, 1e6, "allocated", next(style), drawstyle="steps-post")
        most = run.series(name)[name].max() / 1e6
        for part, label in (("pressure", "short of memory"), ("most", "grants no more")):
            limit = run.metrics.get(f"{prefix}.memory.threshold.{part}", None)
            drawn_as = next(style)
            if limit is not None and limit / 1e6 <= 4 * max(most, 0.1):
                drawn.axhline(limit / 1e6, label=label, **drawn_as)
        drawn.set_ylim(bottom=0)
    return drawn.figure


def wakeups(run: Run, traffic: str, host: str = "", ax: Optional["Axes"] = None) -> "Figure":
    """How often per second the reader of a traffic was given data; with `host`, how often its cores changed from one thread to another and
    were interrupted, too (it must have a cost table)."""
    prefix = traffic_of(run, traffic)
    style = styles()
    with axes(ax, "per second") as drawn:
        _rate(drawn, run, [f"{prefix}.reads"], "reads", next(style))
        if host:
            cpus = _host_of(run, host, "cpu", "no host of the scenario has prices: its work takes no time")
            for part, label in (("switches", "changes of thread"), ("interrupts", "interrupts")):
                names = [n for n in run.series_names
                         if n.startswith(f"{cpus}.cpu.core") and n.endswith(f".{part}")]
                if names:
                    _rate(drawn, run, names, label, next(style))
        drawn.set_ylim(bottom=0)
    return drawn.figure


def _rate(ax: "Axes", run: Run, names: list[str], label: str, style: dict) -> None:
    """Totals as what was added per second, steps that end at each sample."""
    total = run.series(*names)[names].sum(axis=1)
    at = total.index.to_numpy()
    rate = total.diff().to_numpy()[1:] / (at[1:] - at[:-1])
    ax.step(at[1:], rate, where="pre", label=label, **style)
