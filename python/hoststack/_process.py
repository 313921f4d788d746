# SPDX-License-Identifier: GPL-2.0-only
"""Processes in which runs live. One that has finished its run waits for the next."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import selectors
import signal
import subprocess
import sys
import threading
import time
from typing import Any, BinaryIO, Callable, Mapping, Optional, cast

from ._files import current_folder
from ._worker import LENGTH, send
from .errors import HoststackError, RunFault, RunTimeout

_BOOT = "import sys; sys.path[:] = {path!r}; from hoststack._worker import main; main()"
_KEPT = 8192  # bytes of standard error that a message may quote


def check_timeout(timeout: Optional[float]) -> None:
    """Raises ValueError unless it is seconds, or None."""
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 < timeout < 1e9):
        raise ValueError(f"timeout is {timeout!r}; expected seconds, more than 0, or None")


class Worker:
    """A process that carries out one request at a time."""

    def __init__(self) -> None:
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        path = [here] + [os.path.abspath(p) if p else current_folder() for p in sys.path if p != here]
        interpreter = sys.executable or "/usr/bin/python3"
        # A session of its own: Ctrl-C on the terminal reaches only the user's interpreter.
        self._process = subprocess.Popen(
            [interpreter, "-c", _BOOT.format(path=path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._in = cast(BinaryIO, self._process.stdin)
        self._out = cast(BinaryIO, self._process.stdout)
        self._err = cast(BinaryIO, self._process.stderr)
        self._said = b""
        self._buffer = bytearray()

    def ask(self, request: Mapping[str, Any], told: Optional[Callable[[float], None]] = None,
            timeout: Optional[float] = None) -> Any:
        """The answer to `request`.

        Raises:
            HoststackError: what went wrong with the request.
            RunFault: the process died.
            RunTimeout: there was no answer within `timeout` seconds.
        """
        end = None if timeout is None else time.monotonic() + timeout
        with contextlib.suppress(BrokenPipeError):  # then reading says why
            send(self._in, request)
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ, self._heard)
            selector.register(self._err, selectors.EVENT_READ, self._printed)
            while True:
                left = None if end is None else max(0.0, end - time.monotonic())
                ready = selector.select(left)
                if not ready and left is not None and left <= 0:
                    raise RunTimeout(f"the run was ended after {timeout:g} s of real time")
                for key, _ in ready:
                    chunk = os.read(key.fd, 1 << 20)
                    if not chunk:
                        selector.unregister(key.fileobj)
                    key.data(chunk)
                for kind, content in self._messages():
                    if kind == "at":
                        if told:
                            told(content)
                    elif kind == "error":
                        raise content
                    else:
                        return content
                if self._out not in [k.fileobj for k in selector.get_map().values()]:
                    self._drain_errors()
                    raise RunFault(self._ending(), self._said.decode(errors="replace").strip())

    def _heard(self, chunk: bytes) -> None:
        self._buffer += chunk

    def _printed(self, chunk: bytes) -> None:
        if chunk:
            self._said = (self._said + chunk)[-_KEPT:]
            sys.stderr.write(chunk.decode(errors="replace"))
            sys.stderr.flush()

    def _messages(self) -> list[tuple[str, Any]]:
        found = []
        while len(self._buffer) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                break
            with memoryview(self._buffer) as view:
                found.append(pickle.loads(view[LENGTH.size:end]))
            del self._buffer[:end]
        return found

    def _drain_errors(self) -> None:
        while True:
            chunk = os.read(self._err.fileno(), 1 << 16)
            if not chunk:
                return
            self._printed(chunk)

    def _ending(self) -> str:
        status = self._process.wait()
        if status >= 0:
            return f"the process of the run ended with status {status}"
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f"the process of the run was ended by {name}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self) -> None:
        """Kills it and leaves it to who waits for its answer."""
        self._process.kill()

    def kill(self) -> None:
        """Ends it now, whatever it does."""
        self._process.kill()
        self.close()

    def close(self) -> None:
        """Lets it end, as it does by itself once no request can come any more."""
        self.let_go()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def let_go(self) -> None:
        """Closes what connects us to it."""
        for stream in (self._in, self._out, self._err):
            with contextlib.suppress(OSError):
                stream.close()


_idle: list[Worker] = []
_lock = threading.Lock()


def close_idle() -> None:
    """Ends the processes that wait for a request."""
    while _idle:
        _idle.pop().close()


def _forget_in_child() -> None:
    """After a fork they are the parent's."""
    for worker in _idle:
        worker.let_go()
    _idle.clear()


atexit.register(close_idle)
os.register_at_fork(after_in_child=_forget_in_child)


def ask(request: Mapping[str, Any], told: Optional[Callable[[float], None]] = None,
        timeout: Optional[float] = None, fresh: bool = False) -> Any:
    """Has `request` carried out in a process of its own, which is ended at once if the wait is
    interrupted (Ctrl-C).

    Args:
        fresh: a new process, which serves this request only.
    """
    request = {**request, "cwd": current_folder()}
    with _lock:
        worker = None if fresh or not _idle else _idle.pop()
    worker = worker or Worker()
    try:
        answer = worker.ask(request, told, timeout)
    except (RunFault, RunTimeout):
        worker.kill()
        raise
    except HoststackError:
        # A mistake of the scenario; the process is as it was.
        _keep(worker, fresh)
        raise
    except BaseException:
        worker.kill()
        raise
    _keep(worker, fresh)
    return answer


def _keep(worker: Worker, fresh: bool) -> None:
    with _lock:
        if not fresh and len(_idle) < (os.cpu_count() or 1):
            _idle.append(worker)
            return
    worker.close()
