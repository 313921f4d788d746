# SPDX-License-Identifier: GPL-2.0-only
"""Two samples of each metric beside each other: what the kernel did, what the model did."""

from __future__ import annotations

import fnmatch
import statistics
from typing import Any, Iterable, Mapping, NamedTuple, Optional, Sequence

SHARE = 0.05  # of the median, where the scenario says nothing else
CHANCE = 0.05  # below it the rank test holds two samples for different
# What may differ beside a share, by unit: what is too small to mean anything.
FLOORS = {"s": 0.001, "bytes": 1500.0, "count": 2.0, "share": 0.02, "bit/s": 0.0}
# What a user looks at, whether or not the scenario expects something of it.
# Connections are things, and few: one more or less is another run.
WHOLE = ("traffic.*.completed", "traffic.*.fallbacks", "traffic.*.subflow-count")
# Without a value, a transfer did not complete or nothing was answered; both sides' programs would know.
OUTCOMES = ("traffic.*.completion", "traffic.*.response.p50")
HEADLINE = ("traffic.*.goodput", "traffic.*.completion", "traffic.*.bytes", "traffic.*.completed",
            "traffic.*.response.p50", "traffic.*.subflows.*.share")


class Verdict(NamedTuple):
    """What the two samples of a metric say.

    `word`: "same" (the medians are within the tolerance), "alike" (they are not, but the rank test cannot
    tell the samples apart and their ranges overlap), "differs" (neither, or only one of them came to an end), or
    "one-sided" (only one of them has a value).
    """

    metric: str
    unit: str
    judged: bool
    kernel: tuple[float, ...]
    model: tuple[float, ...]
    tolerance: float  # in the metric's unit
    chance: Optional[float]  # of the rank test; None: too few values
    word: str

    @property
    def agrees(self) -> bool:
        return self.word in ("same", "alike")

    @property
    def difference(self) -> Optional[float]:
        """Of the medians, as a share of the kernel's."""
        if not self.kernel or not self.model or not statistics.median(self.kernel):
            return None
        return statistics.median(self.model) / statistics.median(self.kernel) - 1

    def as_json(self) -> dict[str, Any]:
        return {"metric": self.metric, "unit": self.unit, "judged": self.judged, "verdict": self.word,
                "kernel": list(self.kernel), "model": list(self.model), "tolerance": self.tolerance,
                "p": self.chance, "difference": self.difference}


def rank_test(one: Sequence[float], other: Sequence[float]) -> Optional[float]:
    """The chance of ranks as unlike as these, or more, if both come from the same distribution (Mann and Whitney,
    two-sided; exact without ties). None: so few values that no ranks would be unlikely enough."""
    from math import comb

    if not one or not other or 2 / comb(len(one) + len(other), len(one)) > CHANCE:
        return None
    from scipy.stats import mannwhitneyu

    if len(set(one) | set(other)) == 1:
        return 1.0
    return float(mannwhitneyu(one, other, alternative="two-sided").pvalue)


def _tolerances(expectations: Iterable[Mapping[str, Any]]) -> dict[str, Optional[float]]:
    """How far a metric may be off, in its own unit, by what the scenario itself allows; None: it does not say."""
    found: dict[str, Optional[float]] = {}
    bounds: dict[str, dict[str, float]] = {}
    for one in expectations:
        exact = str(one.get("expected", "")).startswith("exactly")
        found.setdefault(one["metric"], 0.0 if exact else one.get("tolerance"))
        for begin in ("at least", "at most"):
            if str(one.get("expected", "")).startswith(begin) and one.get("target") is not None:
                bounds.setdefault(one["metric"], {})[begin] = float(one["target"])
    for name, both in bounds.items():
        if found[name] is None and len(both) == 2:
            found[name] = abs(both["at most"] - both["at least"]) / 2
    return found


def _with_zeros(side: Sequence[Mapping[str, Optional[float]]], expected: Iterable[str]) -> list[dict[str, Optional[float]]]:
    """Counters that are 0 are left out of a summary; what one run of a host counts, another counted as 0. So did all of
    what the scenario expects something of."""
    names = {n for run in side for n in run if ".counters." in n} | set(expected)
    return [{**{n: 0.0 for n in names}, **run} for run in side]


def _is_one_of(metric: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(metric, pattern) for pattern in patterns)


def _verdict(metric: str, unit: str, judged: bool, kernel: tuple[float, ...], model: tuple[float, ...],
             own: Optional[float], share: float) -> Verdict:
    if not kernel or not model:
        ended = _is_one_of(metric, OUTCOMES)
        return Verdict(metric, unit, ended, kernel, model, 0.0, None, "differs" if ended else "one-sided")
    here, there = statistics.median(kernel), statistics.median(model)
    floor = 0.0 if _is_one_of(metric, WHOLE) else FLOORS.get(unit, 0.0)
    tolerance = own if own is not None else max(share * max(abs(here), abs(there)), floor)
    chance = rank_test(kernel, model)
    overlap = min(kernel) <= max(model) and min(model) <= max(kernel)
    if abs(here - there) <= tolerance:
        word = "same"
    elif overlap and (chance is None or chance >= CHANCE):
        word = "alike"
    else:
        word = "differs"
    return Verdict(metric, unit, judged, kernel, model, tolerance, chance, word)


def compare(kernel: Sequence[Mapping[str, Optional[float]]], model: Sequence[Mapping[str, Optional[float]]],
            expectations: Iterable[Mapping[str, Any]] = (), units: Optional[Mapping[str, str]] = None,
            share: float = SHARE) -> list[Verdict]:
    """A verdict per metric that both sides know, those that count first.

    Args:
        kernel: the metrics of each repetition.
        model: the metrics of each seed.
        expectations: of the scenario; what they name is judged, with the tolerance that they give.
        units: of the metrics.
        share: of the median that may be between the two where the scenario gives no tolerance.
    """
    expectations = list(expectations)
    own = _tolerances(expectations)
    counted = [e["metric"] for e in expectations if ".counters." in e["metric"] and not e.get("skipped")]
    kernel, model = _with_zeros(kernel, counted), _with_zeros(model, counted)
    names = {n for run in kernel for n in run} & {n for run in model for n in run}
    verdicts = []
    for name in sorted(names):
        if name.startswith(("live.", "run.")):
            continue
        values = [tuple(float(v) for v in (run.get(name) for run in side) if v is not None) for side in (kernel, model)]
        if not values[0] and not values[1]:
            continue
        judged = name in own or _is_one_of(name, HEADLINE)
        verdicts.append(_verdict(name, (units or {}).get(name, ""), judged, values[0], values[1], own.get(name), share))
    return sorted(verdicts, key=lambda v: (not v.judged, v.agrees, v.metric))
