# SPDX-License-Identifier: GPL-2.0-only
"""Numbers as people read them."""

from __future__ import annotations

import math
from typing import Optional

_SCALES = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")),
    "bit/s": ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s"), (1.0, "bit/s")),
    "bytes": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
    "share": ((1e-2, "%"),),
}


def scale_of(largest: float, unit: str) -> tuple[float, str]:
    """(divisor, unit) in which numbers up to `largest` are best told."""
    scales = _SCALES.get(unit, ((1.0, "" if unit == "count" else unit),))
    for divisor, name in scales:
        if abs(largest) >= divisor:
            return divisor, name
    return scales[0] if not largest else scales[-1]


def number(value: float) -> str:
    """Four digits that count; no power of ten where people do not expect one."""
    if not math.isfinite(value):
        return "-"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}".replace(",", " ")
    text = f"{value:.4g}"
    return text if "e" not in text else (f"{value:,.0f}".replace(",", " ") if abs(value) > 1 else text)


def told(value: Optional[float], unit: str) -> str:
    """A number with its unit: 283.3 Mbit/s."""
    if value is None or value != value:
        return "none"
    divisor, name = scale_of(value, unit)
    return f"{number(value / divisor)} {name}".strip()
