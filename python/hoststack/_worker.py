# SPDX-License-Identifier: GPL-2.0-only
"""The process of a run. Requests come on standard input, answers go to standard output, each a pickle
behind its length (8 bytes, little-endian). What the run prints goes to standard error."""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
from typing import Any, BinaryIO

from .errors import HoststackError, RunFault

LENGTH = struct.Struct("<Q")


def send(stream: BinaryIO, message: Any) -> None:
    body = pickle.dumps(message, protocol=5)
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Raises EOFError at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    return pickle.loads(stream.read(LENGTH.unpack(head)[0]))


def _end_with_parent() -> None:
    """Looks every second whether the parent still lives, also while Python code of a user loops: a
    signal handler runs between two of its steps."""
    parent = os.getppid()

    def look(*_: Any) -> None:
        if os.getppid() != parent:
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    _end_with_parent()
    from ._execute import execute

    while True:
        try:
            request = receive(requests)
        except EOFError:
            os._exit(0)  # nothing is left to tidy up
        try:
            os.chdir(request["cwd"])
            if request.get("pickled"):
                import cloudpickle

                request["variants"] = cloudpickle.loads(request["pickled"])
            answer = execute(request, lambda at: send(answers, ("at", at)))
            message = ("done", answer)
        except BrokenPipeError:
            return
        except HoststackError as error:
            message = ("error", error)
        except BaseException as error:  # pylint: disable=broad-except
            message = ("error", RunFault(f"the run failed: {type(error).__name__}: {error}"))
        send(answers, message)
