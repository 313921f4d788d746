# SPDX-License-Identifier: GPL-2.0-only
"""What the parts of the validation page share: names, deviations, tables of numbers."""

import functools
import math

import made_page
from made_page import SCENARIOS

REFERENCE = SCENARIOS / "reference"
TRAFFIC = "traffic.transfer."

table = functools.partial(made_page.table, rule=" ---: ")


def deviation(value, target, tolerance=math.inf):
    """"+1.2 %", in bold if beyond the tolerance."""
    share = value / target - 1
    text = f"{100 * share:+.1f} %"
    return f"**{text}**" if abs(share) > tolerance else text
