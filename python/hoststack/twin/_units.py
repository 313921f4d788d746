# SPDX-License-Identifier: GPL-2.0-only
"""The units of metrics, as the program lists them."""

from __future__ import annotations

import fnmatch
import functools
import json
import subprocess
from typing import Iterable

from ..errors import ResultsError

PATIENCE_S = 60


@functools.lru_cache(maxsize=None)
def _listed(program: str) -> tuple[tuple[str, str], ...]:
    """Pattern and unit, those of more parts first: `*` stands for a name, in which a dot may be."""
    found = {}
    for what in ("series", "metrics"):
        done = subprocess.run([program, "list", what, "--json"], capture_output=True, text=True, check=False,
                              timeout=PATIENCE_S)
        if done.returncode != 0:
            raise ResultsError(f"{program} list {what}: ended with status {done.returncode}")
        for one in json.loads(done.stdout)[what]:
            found[one["name"]] = one["about"].partition("]")[0].lstrip("[").partition(",")[0]
    return tuple(sorted(found.items(), key=lambda pair: -pair[0].count(".")))


def units_of(program: str, names: Iterable[str]) -> dict[str, str]:
    """The unit of each metric ("s", "bytes", "bit/s", "share", "count").

    Args:
        program: hoststack-cli.
        names: of metrics or of series; counters of hosts, and what is not listed, are counts.
    """
    patterns = _listed(program)
    return {name: "count" if ".counters." in name
            else next((unit for pattern, unit in patterns if fnmatch.fnmatchcase(name, pattern)), "count") for name in names}
