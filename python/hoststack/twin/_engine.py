# SPDX-License-Identifier: GPL-2.0-only
"""Who plays the kernels' ends: this machine's kernel in real time, or one built for it in virtual time. Both run
the same program; the second runs it inside a kernel of its own, where time stands still while anything works."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import pathlib
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import Any, Callable, Iterator, NamedTuple, Optional, Sequence

from . import _kernel_build
from ._cannot import Cannot
from ._kernel_source import FIXES, FIXES_OF
from ._scratch import scratch

MARGIN_S = 120  # beyond a scenario's duration, on a machine that is busy
VIRTUAL_S = 900  # a run in virtual time takes as long as its work
MEMORY = "768M"  # of a kernel in virtual time; estimate: ns-3 takes 150 MB, both ends' buffers the rest
START_NS = 1_700_000_000_000_000_000  # its wall clock; any, but always the same
JIFFY_MS = 4.0  # CONFIG_HZ 250
HERE = pathlib.Path(__file__).resolve().parent


class Job(NamedTuple):
    """One repetition."""

    arguments: Sequence[str]  # of the program, without --out
    out: pathlib.Path  # folder for its results
    seconds: float  # of the scenario
    repetition: int
    repetitions: int
    tcp_mem: tuple[int, ...] = ()  # net.ipv4.tcp_mem in pages; empty: as the kernel has it


class Ended(NamedTuple):
    status: int
    said: str


def _die_with_parent() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _go_before_others() -> None:
    """A kernel in virtual time hands over between two processes for each of its system calls. Behind other work each
    handover waits for its turn (measured: 3,000 a second on a busy core, before others 54,000). Without the right
    to it, it is as slow as it is; so it is for who has asked to stand back (nice)."""
    _die_with_parent()
    if os.nice(0) > 0:
        return
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def run_bounded(command: Sequence[str], seconds: float, begin: Callable[[], None] = _die_with_parent,
                **options: Any) -> Ended:
    """Runs a command that ends with this process, however that ends, and after `seconds` at most.

    Args:
        begin: called in the new process first.
    """
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          preexec_fn=begin, **options) as process:  # pylint: disable=subprocess-popen-preexec-fn
        try:
            _, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return Ended(3, f"did not end within {seconds:.0f} s")
        except BaseException:
            process.kill()
            raise
    return Ended(process.returncode, said.decode(errors="replace").strip())


class Live:
    """This machine's kernel, in real time."""

    isolated = False  # repetitions disturb each other, and other work on this machine disturbs them

    def __init__(self, program: str):
        self._program = program
        self.name = f"{platform.system()} {platform.release()}, in real time"
        self.parameters: tuple[str, ...] = ()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Two twins at once would make each other late: the second waits, and says so."""
        path = pathlib.Path(tempfile.gettempdir()) / f"hoststack-twin-{os.getuid()}.lock"
        with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "w", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("hoststack: another twin runs in real time on this machine; this one waits for it",
                      file=sys.stderr, flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def run(self, job: Job) -> Ended:
        return run_bounded([self._program, *job.arguments, "--out", str(job.out)], job.seconds + MARGIN_S)


class Virtual:
    """A kernel as a program (User-Mode Linux) whose time passes only while it waits."""

    isolated = True

    def __init__(self, program: str, version: str, before: Sequence[str] = ()):
        self._program = program
        self._kernel = _kernel_build.provide(version)
        self.parameters = tuple(FIXES[fix].parameter for fix in before)
        release = re.sub(r"^linux-|-[0-9a-f]+$", "", self._kernel.parent.name)
        self.name = f"Linux {release}, in virtual time" + "".join(f", before the fix {fix!r}" for fix in before)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        yield

    def _command(self, folder: pathlib.Path, job: Job) -> list[str]:
        phase = JIFFY_MS / 1000 * job.repetition / job.repetitions
        kernel = [str(self._kernel), f"mem={MEMORY}", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro",
                  "init=/bin/sh", "time-travel=inf-cpu", f"time-travel-start={START_NS}",
                  "con0=null,fd:1", "con=null", "quiet", f"uml_dir={folder}", "umid=kernel",
                  f"hoststack_out={folder / 'out'}", f"hoststack_phase={phase:.6f}",
                  *(f"{name}=1" for name in self.parameters),
                  *([f"hoststack_tcp_mem={','.join(map(str, job.tcp_mem))}"] if job.tcp_mem else []), "--", str(HERE / "uml-init.sh")]
        # A kernel that is killed leaves processes that it had traced; they go with a namespace of their own.
        apart = ["unshare", "--user", "--map-root-user"] if os.getuid() != 0 else ["unshare"]
        return [*apart, "--pid", "--fork", "--kill-child=KILL", *kernel]

    def run(self, job: Job) -> Ended:
        if not shutil.which("unshare"):
            raise Cannot("there is no program `unshare` (Debian package util-linux)")
        job.out.mkdir(parents=True, exist_ok=True)
        with scratch("hoststack-uml-") as folder:
            out = folder / "out"
            out.mkdir()
            call = [self._program, *job.arguments, "--out", "/run/out/results"]
            variables = "".join(f"export {k}={shlex.quote(os.environ[k])}\n" for k in ("HOSTSTACK_ROOT", "HOSTSTACK_DATA")
                                if k in os.environ)
            (out / "command").write_text(f"cd {shlex.quote(os.getcwd())}\n{variables}exec {shlex.join(call)}\n",
                                         encoding="utf-8")
            ended = run_bounded(self._command(folder, job), VIRTUAL_S, _go_before_others,
                                env={**os.environ, "TMPDIR": str(folder)})
            status = self._status(out)
            if status is None:
                return Ended(3, f"the kernel in virtual time ended without a result ({ended.said[-300:]})")
            for result in (out / "results").glob("*"):
                shutil.move(str(result), job.out / result.name)
            return Ended(status, (out / "errors").read_text(encoding="utf-8", errors="replace").strip())

    @staticmethod
    def _status(out: pathlib.Path) -> Optional[int]:
        with contextlib.suppress(OSError, ValueError):
            return int((out / "status").read_text(encoding="utf-8"))
        return None


def check_kernel(kernel: str, before: Sequence[str] = ()) -> None:
    """Whether there is such a kernel, and it has these fixes to take out. Runs and builds nothing.

    Raises:
        ValueError: nothing is called so.
        Cannot: it has no such fix.
    """
    version = kernel.removeprefix("uml:")
    if kernel != "live" and (version == kernel or version not in FIXES_OF):
        raise ValueError(f"--kernel {kernel}: expected live, {', '.join('uml:' + v for v in FIXES_OF)}")
    if kernel == "live" and before:
        raise Cannot("the kernel of this machine has no parameters that take a fix out; --kernel uml:6.12 does")
    unknown = [fix for fix in before if kernel != "live" and fix not in FIXES_OF[version]]
    if unknown:
        raise Cannot(f"the sources of Linux {version} have no correction {unknown[0]!r} to take out; there are "
                     f"{', '.join(FIXES_OF[version])}")


def engine_of(kernel: str, program: str, before: Sequence[str] = ()) -> "Live | Virtual":
    """What `kernel` ("live", "uml:6.12") names.

    Raises:
        ValueError: nothing is called so.
        Cannot: this machine cannot do it.
    """
    check_kernel(kernel, before)
    return Live(program) if kernel == "live" else Virtual(program, kernel.removeprefix("uml:"), before)
