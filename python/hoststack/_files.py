# SPDX-License-Identifier: GPL-2.0-only
"""Files as users name them: what is read may be a pipe, what is written may be a device, and either may be none. Needs
nothing but the standard library. What cannot be used is an OSError, or a ValueError that says what to do."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
import sys
import time
from typing import Any, BinaryIO, Iterator, NoReturn, Optional, Union

Path = Union[str, "os.PathLike[str]"]

MOST_TEXT = 16 << 20  # bytes of a document, as the program takes them
PATIENCE_S = 10.0  # with a pipe from which nothing comes


def legible(text: str) -> str:
    """`text` without what no UTF-8 can say; that is written as Python would."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def name_of(path: Path, what: str, expected: str) -> str:
    """`path` as text.

    Raises:
        ValueError: it is empty, or no name of a file that can be told.
    """
    name = os.fspath(path)
    if not isinstance(name, str):
        name = os.fsdecode(name)
    if not name:
        raise ValueError(f"{what}: is empty\n    expected: {expected}")
    if "\0" in name or legible(name) != name:
        raise ValueError(f"{what}: {legible(repr(name))} is no name of a file: "
                         f"{'it has a zero byte' if chr(0) in name else 'it is no UTF-8'}\n    expected: {expected}")
    return name


def current_folder() -> str:
    """os.getcwd(), which says what to do where there is none."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, "the current folder was removed or replaced: os.chdir() to one that is "
                                "there") from None


def holds_current(folder: Path) -> bool:
    """Whether `folder` is the current folder, or one above it."""
    whole = os.path.realpath(os.path.join(current_folder(), folder))
    here = os.path.realpath(current_folder())
    return os.path.commonpath([whole, here]) == whole


def _fail(path: Path, message: str) -> NoReturn:
    raise OSError(errno.EINVAL, message, os.fspath(path))


def read_bytes(path: Path, most: Optional[int] = None) -> bytes:
    """What is in a file or comes through a pipe; "-" is standard input.

    Raises:
        OSError: it cannot be read, is a device, has more than `most` bytes, or is a pipe from which nothing comes.
    """
    is_input = os.fspath(path) == "-"
    # A pipe must not hold us at its door.
    descriptor = os.dup(0) if is_input else os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode) or not is_input and not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        os.close(descriptor)
        _fail(path, f"is {_kind(mode)}, not a file")
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        parts: list[bytes] = []
        size = 0
        while True:
            if stat.S_ISFIFO(mode) and not is_input:
                _wait(descriptor, path)
            part = file.read(1 << 20)
            if not part:
                return b"".join(parts)
            parts.append(part)
            size += len(part)
            if most is not None and size > most:
                _fail(path, f"is larger than {most >> 20} MiB")


def _wait(descriptor: int, path: Path) -> None:
    """Until a pipe has something or its last writer has gone."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if not poll.poll(PATIENCE_S * 1000):
        _fail(path, "is a pipe from which nothing comes")


def read_text(path: Path, most: int = MOST_TEXT) -> str:
    """As read_bytes, of UTF-8.

    Raises:
        ValueError: it is no UTF-8.
    """
    return read_bytes(path, most).decode("utf-8")


def is_file(path: Path) -> bool:
    """Whether there is a file that can be read twice; False: there is nothing.

    Raises:
        OSError: what is there is no file.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(mode):
        _fail(path, f"is {_kind(mode)}, not a file")
    return True


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"


def check_target(path: Path, *sources: Path) -> None:
    """Raises OSError if nothing can be written to `path`, or it is one of the sources."""
    if os.fspath(path) == "-":
        return
    try:
        found = os.stat(path)
    except FileNotFoundError:
        if os.fspath(path).endswith("/"):
            _fail(path, "names a folder, not a file")
        return
    if stat.S_ISDIR(found.st_mode) or stat.S_ISSOCK(found.st_mode) or stat.S_ISBLK(found.st_mode):
        _fail(path, f"is {_kind(found.st_mode)}, not a file")
    for source in sources if stat.S_ISREG(found.st_mode) else ():
        if os.path.exists(source) and os.path.samestat(found, os.stat(source)):
            _fail(path, "is what is read here; name another file to write to")


def told(error: OSError) -> str:
    """An OSError for people."""
    named = error.filename is not None and error.strerror
    return legible(f"{os.fsdecode(error.filename)}: {error.strerror}" if named else str(error.strerror or error))


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Any]:
    """A binary file whose content stands in `path` when the block ends well, all of it or nothing. What is no regular
    file (a pipe, a device, "-" for standard output) is not replaced but written to.

    Raises:
        OSError: it cannot be written; a file that was there is as it was.
    """
    check_target(path)
    try:
        if os.fspath(path) == "-":
            sys.stdout.flush()
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif os.path.exists(path) and not os.path.isfile(path):
            with _opened(path) as file:
                yield file
        else:
            with _whole(os.path.realpath(path)) as file:  # a link stays one
                yield file
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), os.fspath(path)) from None


@contextlib.contextmanager
def _whole(target: str) -> Iterator[BinaryIO]:
    """A file that takes the place of another one when it is whole."""
    part = os.path.join(os.path.dirname(target), f".hoststack-{os.getpid()}-{time.monotonic_ns()}.part")
    try:
        with open(part, "xb") as file:
            yield file
        os.replace(part, target)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(part)


def _opened(target: Path) -> BinaryIO:
    """A pipe or a device to write to; one that nobody reads must not hold us."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO:
            _fail(target, "is a pipe from which nobody reads")
        raise
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "wb")
