# SPDX-License-Identifier: GPL-2.0-only
"""Folders and processes that go with this process, however it ends."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
from typing import Iterator, Optional

# Its input ends with the process that made the folder; what that one had begun may need a moment to end, too.
_AFTER = 'read -r _ || for again in 1 2 3; do rm -rf -- "$0"; sleep 0.3; done'


def die_with_parent() -> None:
    """Called in a new process."""
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def apart() -> list[str]:
    """What stands before a command so that its own children end with it, in a namespace of processes of their own; needs
    the program `unshare`, and begun with die_with_parent() all of it ends with this process."""
    user = ["--user", "--map-root-user"] if os.getuid() != 0 else []
    return ["unshare", *user, "--pid", "--fork", "--kill-child=KILL"]


@contextlib.contextmanager
def scratch(prefix: str, parent: Optional["os.PathLike[str]"] = None) -> Iterator[pathlib.Path]:
    """A new folder, removed at the end, and by a process of its own if this one is killed."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    with subprocess.Popen(["/bin/sh", "-c", _AFTER, str(folder.resolve())], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as after:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):
                after.communicate(b"done\n")
