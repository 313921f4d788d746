# SPDX-License-Identifier: GPL-2.0-only
"""Comparing samples: Welch's test and interval, and Holm's correction for many of them. With the standard
library only, as checks in CI use it."""

from __future__ import annotations

import math
from typing import Mapping, Sequence


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    """Of a sample (n - 1)."""
    centre = mean(values)
    return math.fsum((v - centre) ** 2 for v in values) / (len(values) - 1)


def _continued_fraction(a: float, b: float, x: float) -> float:
    """Of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz' method."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    result = d
    for m in range(1, 500):
        for step in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1 + step * d
            c = 1 + step / c
            d = 1 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            result *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return result


def _incomplete_beta(a: float, b: float, x: float) -> float:
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
                     + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _continued_fraction(a, b, x) / a
    return 1 - front * _continued_fraction(b, a, 1 - x) / b


def two_sided(t: float, freedom: float) -> float:
    """The chance of a Student t as far from 0 as `t`, or further."""
    return _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def quantile(share: float, freedom: float) -> float:
    """The t that `two_sided` gives the chance `share`."""
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided(middle, freedom) > share else (low, middle)
    return (low + high) / 2


def welch(before: Sequence[float], now: Sequence[float],
          share: float = 0.05) -> tuple[float, float, float]:
    """(chance of so large a difference if there is none, low end and high end of the interval of the
    difference of the means that holds with 1 - `share`)."""
    difference = mean(now) - mean(before)
    a, b = variance(before) / len(before), variance(now) / len(now)
    if a + b == 0:
        return (1.0 if difference == 0 else 0.0), difference, difference
    freedom = (a + b) ** 2 / (a * a / (len(before) - 1) + b * b / (len(now) - 1))
    width = quantile(share, freedom) * math.sqrt(a + b)
    return (two_sided(difference / math.sqrt(a + b), freedom), difference - width, difference + width)


def holm(chances: Mapping[str, float], share: float = 0.05) -> set[str]:
    """Which of several differences are real, with at most `share` of chance that any of them is not
    (Holm, 1979)."""
    found = set()
    ordered = sorted(chances, key=lambda name: (chances[name], name))
    for place, name in enumerate(ordered):
        if chances[name] > share / (len(ordered) - place):
            break
        found.add(name)
    return found
