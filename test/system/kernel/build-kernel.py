#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A kernel for twins is built from the distribution's sources, boots in virtual time, and has the parameters that take
fixes out. In a cache of its own, so it is really built: minutes, and 4 GB for a while.

Exit status 0: all well, 1: not, 77: skipped, with the reason.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ.get("HOSTSTACK_SOURCE_DIR", Path(__file__).resolve().parents[3]))
sys.path.insert(0, str(SOURCE / "python"))
VERSION = sys.argv[1] if len(sys.argv) > 1 else "6.12"

from hoststack.twin import _engine, _kernel_build, _kernel_source  # noqa: E402  pylint: disable=wrong-import-position
from hoststack.twin._cannot import Cannot  # noqa: E402  pylint: disable=wrong-import-position


def parameters_of(kernel, folder, before):
    """What the booted kernel says of the parameters."""
    program = folder / "program"
    program.write_text("#!/bin/sh\ncd /sys/module/kernel/parameters && grep . hoststack_* >&2\n", encoding="utf-8")
    program.chmod(0o755)
    engine = _engine.Virtual(str(program), VERSION, before)
    ended = engine.run(_engine.Job([], folder / "out", 1.0, 0, 1))
    if ended.status != 0:
        sys.exit(f"FAIL: {kernel} ended with status {ended.status}: {ended.said}")
    return dict(line.split(":") for line in ended.said.splitlines())


def main():
    with tempfile.TemporaryDirectory(dir=os.environ.get("HOSTSTACK_BUILD_DIR")) as name:
        os.environ["XDG_CACHE_HOME"] = name
        try:
            kernel = _kernel_build.provide(VERSION)
        except Cannot as error:
            print("skipped:", error)
            return 77
        left = [p.name for p in _kernel_build.cache_folder().iterdir() if p.name.startswith("building-")]
        if left:
            print("FAIL: what was made on the way is left:", left)
            return 1
        if _kernel_build.provide(VERSION) != kernel:
            print("FAIL: the second call does not find what the first has built")
            return 1
        names = {_kernel_source.FIXES[f].parameter for f in _kernel_source.FIXES_OF[VERSION]}
        for before in ([], list(_kernel_source.FIXES_OF[VERSION])):
            told = parameters_of(kernel, Path(name), before)
            if set(told) != names or set(told.values()) != {"Y" if before else "N"}:
                print(f"FAIL: with {before or 'all fixes'} the kernel's parameters are {told}")
                return 1
        print("ok:", kernel.parent.name, subprocess.run([kernel, "--version"], check=False, capture_output=True,
                                                         text=True).stdout.strip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
