# SPDX-License-Identifier: GPL-2.0-only
"""A twin's result as people read it on a terminal."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any, Sequence

from ..report._format import number, scale_of

if TYPE_CHECKING:
    from ._compare import Verdict
    from ._twin import Twin

MOST_OTHERS = 12  # metrics shown that are not judged
MOST_PARTINGS = 3
MOST_KEYS = 3
MOST_GLANCED = 2  # figures of a scenario in the list of all
HEADER = ("verdict", "metric", "kernel", "model", "model/kernel", "p")


def sample_text(values: Sequence[float], unit: str, largest: float) -> str:
    """The median, and the range behind it if there is one, "55.1 (54.9 to 55.3) Mbit/s", in the unit that suits
    `largest`."""
    if not values:
        return "none"
    divisor, name = scale_of(largest, unit)
    middle = number(statistics.median(values) / divisor)
    low, high = min(values) / divisor, max(values) / divisor
    spread = f" ({number(low)} to {number(high)})" if number(low) != number(high) else ""
    return f"{middle}{spread} {name}".strip()


def row_of(verdict: "Verdict") -> tuple[str, ...]:
    difference = verdict.difference
    largest = max(abs(value) for value in (*verdict.kernel, *verdict.model))
    return (verdict.word, verdict.metric, sample_text(verdict.kernel, verdict.unit, largest),
            sample_text(verdict.model, verdict.unit, largest), "" if difference is None else f"{100 * difference:+.1f} %",
            "" if verdict.chance is None else f"{verdict.chance:.2g}")


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _settings(result: "Twin") -> list[str]:
    lines = []
    for state in ("applied", "differs", "impossible"):
        found = [s for s in result.settings if s["state"] == state]
        if not found:
            continue
        if state == "applied":
            lines.append(f"  settings applied: {len(found)}")
        else:
            lines.append(f"  settings that {'differ' if state == 'differs' else 'are impossible here'}:")
            lines += [f"    {s['host']} {s['key']} = {s['wanted']}: {s['detail']}" for s in found]
    return lines


def reservation_of(settings: Sequence[dict[str, Any]]) -> str:
    """What must stand beside a judgement where the kernel cannot be what the scenario wants."""
    keys = list(dict.fromkeys(s["key"] for s in settings if s["state"] == "impossible"))
    more = f" and {len(keys) - MOST_KEYS} more" if len(keys) > MOST_KEYS else ""
    return f", without {', '.join(keys[:MOST_KEYS])}{more}: impossible here" if keys else ""


def _figures_of(result: "Twin") -> list["Verdict"]:
    """What shows at a glance what a scenario is about: what is apart, else what it expects something of."""
    apart = [v for v in result.verdicts if v.judged and not v.agrees]
    if apart:
        return apart[:MOST_GLANCED]
    order = list(dict.fromkeys(e["metric"] for e in result.expectations if not e["metric"].endswith(".completed")))
    wanted = sorted((v for v in result.verdicts if v.metric in order), key=lambda v: (v.unit == "count", order.index(v.metric)))
    return (wanted or [v for v in result.verdicts if v.metric.endswith(".goodput")])[:MOST_GLANCED]


def glance_of(results: Sequence["Twin"]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Kernel beside model, and scenario below scenario, so that a kernel before a fix can be compared with one after it:
    name, fixes that were taken out of its kernel but not of all, verdict as row_of() has it."""
    common = set.intersection(*(set(r.before) for r in results)) if results else set()
    return [(r.name, ", ".join(fix for fix in r.before if fix not in common), row_of(v))
            for r in results for v in _figures_of(r)]


def overview_of(results: Sequence["Twin"]) -> str:
    """glance_of() as people read it on a terminal."""
    rows = glance_of(results)
    lines: list[tuple[str, ...]] = [("verdict", "scenario", "before the fix", "metric", "kernel", "model")]
    last = ""
    for name, before, (word, metric, kernel, model, *_) in rows:
        lines.append((word, *(("", "") if name == last else (name, before)), metric, kernel, model))
        last = name
    if not any(before for _, before, _ in rows):
        lines = [line[:2] + line[3:] for line in lines]
    return "\n".join(_aligned(lines))


def text_of(result: "Twin") -> str:
    judged = [v for v in result.verdicts if v.judged]
    others = [v for v in result.verdicts if not v.judged]
    apart = [v for v in others if not v.agrees and v.word != "one-sided"]
    agreeing = sum(v.agrees for v in judged)
    kernels, models = max(len(v.kernel) for v in result.verdicts), max(len(v.model) for v in result.verdicts)
    lines = [f"{result.name}: {'agrees' if result.agrees else 'DIFFERS'} ({agreeing} of {len(judged)} judged metrics"
             f"{reservation_of(result.settings)})",
             f"  {result.kernel}: {_counted(kernels, 'repetition')}, beside {_counted(models, 'seed')} of the model"]
    late = max(result.lateness_s, default=0.0)
    lines.append(f"  packets at most {late * 1000:.3g} ms late" + (f"; {_counted(result.rejected, 'repetition')} more in which the "
                 "machine stood still" if result.rejected else ""))
    lines += ["", *_aligned([HEADER, *map(row_of, judged)])]
    if apart:
        lines += ["", f"  not judged, and not the same ({len(apart)} of {len(others)}):",
                  *_aligned([row_of(v) for v in apart[:MOST_OTHERS]])]
        if len(apart) > MOST_OTHERS:
            lines.append(f"  ... and {len(apart) - MOST_OTHERS} more, in twin.html and twin.json")
    missed = [e for e in result.expectations if e["judged-in"] and e["met-in"] < e["judged-in"]]
    if missed:
        lines += ["", "  what the scenario expects and the kernel does not do:"]
        lines += [f"    {e['metric']} {e['expected']}: met in {e['met-in']} of {e['judged-in']} (model: "
                  f"{e['met-by-model-in']} of {models})" for e in missed]
    unknown = list(dict.fromkeys(e["metric"] for e in result.expectations if not e["judged-in"]))
    if unknown:
        lines += ["", "  what the scenario expects and a kernel does not know: " + ", ".join(unknown)]
    if result.partings:
        lines += ["", "  where the packets part (first repetition, first seed):"]
        for one in result.partings[:MOST_PARTINGS]:
            lines.append(f"    {one.kind}: packet {one.number} of {one.stream}, {one.at * 1000:.2f} ms: {one.about}")
            for who, packets in (("kernel", one.kernel), ("model", one.model)):
                lines += [f"      {who}  {text}" for text in packets]
    lines += ["", *_settings(result), f"  results in {result.folder}"]
    return "\n".join(lines) + "\n"
