# SPDX-License-Identifier: GPL-2.0-only
"""Several runs beside each other: means over seeds, with intervals."""

from __future__ import annotations

import math
from html import escape
from typing import Any, Iterable, Mapping, Optional, Sequence

from .. import _statistics
from ._format import number, scale_of


def interval(values: Sequence[float]) -> tuple[float, Optional[float]]:
    """(mean, half the width of the interval that holds it with 95 %: Student); None: one value only."""
    mean = _statistics.mean(values)
    if len(values) < 2:
        return mean, None
    spread = math.sqrt(_statistics.variance(values) / len(values))
    return mean, (_statistics.quantile(0.05, len(values) - 1) * spread if spread else 0.0)


def _drawing(rows: Sequence[tuple[str, float, Optional[float]]], divisor: float, unit: str) -> str:
    """Points with whiskers, one line per group."""
    low = min(m - (w or 0) for _, m, w in rows)
    high = max(m + (w or 0) for _, m, w in rows)
    low, span = (0.0, high or 1.0) if low >= 0 and low < 0.5 * high or high == low else (low, high - low)
    tall, left, wide = 22 * len(rows) + 26, 6, 330

    def x(value: float) -> float:
        return left + 10 + (value - low) / span * (wide - 20)

    parts = []
    for i, (_, mean, width) in enumerate(rows):
        y = 12 + 22 * i
        if width:
            parts.append(f'<path d="M{x(mean - width):.1f},{y}H{x(mean + width):.1f}" class="whisker"/>')
        parts.append(f'<circle cx="{x(mean):.1f}" cy="{y}" r="4" class="point"/>')
    y = tall - 8
    parts.append(f'<path d="M{left},{y - 14}H{wide}" class="axis"/>')
    parts += [f'<text x="{x(v):.1f}" y="{y}" text-anchor="{a}" class="small">{number(v / divisor)}</text>'
              for v, a in ((low, "start"), (low + span, "end"))]
    about = "; ".join(f"{g}: {number(m / divisor)} {unit}" for g, m, _ in rows)
    return (f'<svg viewBox="0 0 {wide + 10} {tall}" role="img" aria-label="{escape(about)}" '
            f'class="intervals">{"".join(parts)}</svg>')


def _common(groups: Mapping[str, Sequence[Mapping[str, Optional[float]]]],
            wanted: Iterable[str]) -> list[str]:
    """Metrics that every group has: those that expectations name first, then what most look at."""
    per_run = [set(run) for runs in groups.values() for run in runs]
    shared = set.intersection(*per_run) if per_run else set()
    usual = ("goodput", "completion.mean", "response.p99", "response.mean", "retransmits", "rtt.mean",
             "queue-delay.mean", "utilisation", "cpu.busiest")
    order = [n for n in dict.fromkeys(wanted) if n in shared]
    order += sorted(n for n in shared if n.endswith(usual) and n.count(".") <= 3 and n not in order)
    return [n for n in order
            if any(run[n] is not None for runs in groups.values() for run in runs)][:24]


def compare(groups: Mapping[str, Sequence[Mapping[str, Optional[float]]]], wanted: Iterable[str],
            unit_of: Any) -> list[dict[str, Any]]:
    """For each common metric: name, unit, a row per group (label, n, mean, interval), a drawing.

    Args:
        groups: label to the metrics of each of its runs.
        wanted: metrics to show first.
    """
    result = []
    for name in _common(groups, wanted):
        rows = []
        for label, runs in groups.items():
            values = [float(v) for v in (run[name] for run in runs) if v is not None]
            if values:
                rows.append((label, len(values), *interval(values)))
        if not rows:
            continue
        unit = unit_of(name) or ""
        divisor, shown = scale_of(max(abs(r[2]) for r in rows), unit)
        result.append({
            "name": name, "unit": shown,
            "rows": [{"label": label, "n": n, "value": mean, "mean": number(mean / divisor),
                      "interval": f"± {number(width / divisor)}" if width is not None else "one run"}
                     for label, n, mean, width in rows],
            "drawing": _drawing([(r[0], r[2], r[3]) for r in rows], divisor, shown)})
    return result
