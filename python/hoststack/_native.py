# SPDX-License-Identifier: GPL-2.0-only
"""The compiled module, told where the package's own data is."""

from __future__ import annotations

import os
import pathlib

DATA = pathlib.Path(__file__).resolve().parent / "data"

if (DATA / "scenarios" / "schema").is_dir():
    # Installed: schema and profiles came with the package.
    os.environ.setdefault("HOSTSTACK_SCENARIOS", str(DATA / "scenarios"))

try:
    from . import _core as core
except ImportError as error:
    raise ImportError(
        "hoststack's compiled module cannot be loaded. In a source tree: './hoststack python' builds "
        "it and starts an interpreter that finds it. It is built for Debian's /usr/bin/python3; "
        f"({error})"
    ) from error

__all__ = ["core"]
