# SPDX-License-Identifier: GPL-2.0-only
"""Who plays the kernels' ends: this machine's kernel in real time, or one built for it in virtual time. Both run
the same program; the second runs it inside a kernel of its own, where time stands still while anything works."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import pathlib
import platform
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, Callable, Iterator, Mapping, NamedTuple, Optional, Sequence

from . import _kernel_build
from ._cannot import Cannot
from ._kernel_source import FIXES, FIXES_OF
from ._scratch import apart, die_with_parent, scratch

MARGIN_S = 120  # beyond a scenario's duration, on a machine that is busy
VIRTUAL_S = 900  # a run in virtual time takes as long as its work
MEMORY = "768M"  # of a kernel in virtual time; estimate: ns-3 takes 150 MB, both ends' buffers the rest
START_NS = 1_700_000_000_000_000_000  # its wall clock; any, but always the same
JIFFY_MS = 4.0  # CONFIG_HZ 250
LOOK_S = 1.0  # between two looks at how far a run has come
HERE = pathlib.Path(__file__).resolve().parent


class Job(NamedTuple):
    """One repetition."""

    arguments: Sequence[str]  # of the program, without --out
    out: pathlib.Path  # folder for its results
    seconds: float  # of the scenario
    repetition: int
    repetitions: int
    tcp_mem: tuple[int, ...] = ()  # net.ipv4.tcp_mem in pages; empty: as the kernel has it
    look: Callable[[float, int], None] = lambda seconds, written: None  # now and then: how long, and bytes of captures
    given_up: threading.Event = threading.Event()  # ends it


class Ended(NamedTuple):
    status: int
    said: str


def _idle_of(cores: Sequence[int]) -> dict[int, int]:
    """Ticks in which each core had nothing to do, since the machine began."""
    found = {}
    with contextlib.suppress(OSError):
        for line in pathlib.Path("/proc/stat").read_text(encoding="ascii").splitlines():
            if match := re.match(r"cpu(\d+) \d+ \d+ \d+ (\d+)", line):
                found[int(match[1])] = int(match[2])
    return {core: found.get(core, 0) for core in cores}


@contextlib.contextmanager
def core_of_its_own() -> Iterator[int]:
    """A core for one kernel in virtual time: where its two processes hand over on one core they take less than half the
    time (measured: 3.2 against 7.8 s on two cores). One that no other twin of this user has, and of these the idlest;
    if all are taken, one of them."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        before = _idle_of(cores)
        time.sleep(0.1)
        after = _idle_of(cores)
        cores.sort(key=lambda core: (before[core] - after[core], -core))
    with contextlib.ExitStack() as stack:
        for core in cores:
            path = pathlib.Path(tempfile.gettempdir()) / f"hoststack-core-{core}-{os.getuid()}.lock"
            with contextlib.suppress(OSError):
                lock = stack.enter_context(open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "w",
                                                encoding="utf-8"))
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
        else:
            core = cores[os.getpid() % len(cores)]
        yield core


def _begin_on(core: int) -> None:
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {core})
    _go_before_others()


def _go_before_others() -> None:
    """A kernel in virtual time hands over between two processes for each of its system calls. Behind other work each
    handover waits for its turn (measured: 3,000 a second on a busy core, before others 54,000). Without the right
    to it, it is as slow as it is; so it is for who has asked to stand back (nice)."""
    die_with_parent()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a kernel that panics would write all its memory
    if os.nice(0) > 0:
        return
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def run_bounded(command: Sequence[str], seconds: float, begin: Callable[[], None] = die_with_parent,
                look: Callable[[float], bool] = lambda took: True, **options: Any) -> Ended:
    """Runs a command that ends with this process, however that ends, and after `seconds` at most.

    Args:
        begin: called in the new process first.
        look: called with the seconds that it has taken, about once a second; what it returns says whether to go on.
    """
    start = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          preexec_fn=begin, **options) as process:  # pylint: disable=subprocess-popen-preexec-fn
        try:
            while True:
                took = time.monotonic() - start
                try:
                    _, said = process.communicate(timeout=max(0.0, min(LOOK_S, seconds - took)))
                    break
                except subprocess.TimeoutExpired:
                    took = time.monotonic() - start
                    if look(took) and took < seconds:
                        continue
                    process.kill()
                    process.communicate()
                    return Ended(3, f"did not end within {seconds:.0f} s" if took >= seconds else "given up")
        except BaseException:
            process.kill()
            raise
    return Ended(process.returncode, said.decode(errors="replace").strip())


def captured(folder: pathlib.Path) -> int:
    """Bytes of all captures below a folder, finished or not."""
    total = 0
    for path in folder.rglob("*.pcapng*"):
        with contextlib.suppress(OSError):  # it may just have been renamed
            total += path.stat().st_size
    return total


def _looked(job: Job, took: float, results: pathlib.Path) -> bool:
    job.look(took, captured(results))
    return not job.given_up.is_set()


class Live:
    """This machine's kernel, in real time."""

    isolated = False  # repetitions disturb each other, and other work on this machine disturbs them

    def __init__(self, program: str):
        self._program = program
        self.name = f"{platform.system()} {platform.release()}, in real time"
        self.parameters: tuple[str, ...] = ()
        self.before: tuple[str, ...] = ()

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
        return run_bounded([self._program, *job.arguments, "--out", str(job.out)], job.seconds + MARGIN_S,
                           look=lambda took: _looked(job, took, job.out))


class Virtual:
    """A kernel as a program (User-Mode Linux) whose time passes only while it waits."""

    isolated = True

    def __init__(self, program: str, version: str, before: Sequence[str] = ()):
        self._program = program
        self._kernel = _kernel_build.provide(version)
        self.before = tuple(before)
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
        # A kernel that is killed leaves processes that it had traced; they go with a namespace of their own. Its first
        # process would not be ended by the signal with which a kernel that has panicked ends itself.
        return [*apart(), "sh", "-c", '"$@"; exit $?', "sh", *kernel]

    def run(self, job: Job) -> Ended:
        mount = shutil.which("mount")
        if not shutil.which("unshare") or not mount:
            raise Cannot("there is no program `unshare` or no `mount` (Debian packages util-linux, mount)")
        job.out.mkdir(parents=True, exist_ok=True)
        with scratch("hoststack-uml-") as folder:
            out = folder / "out"
            out.mkdir()
            shutil.copyfile(mount, out / "mount")
            (out / "mount").chmod(0o755)
            call = [self._program, *job.arguments, "--out", "/run/out/results"]
            variables = "".join(f"export {k}={shlex.quote(os.environ[k])}\n" for k in ("HOSTSTACK_ROOT", "HOSTSTACK_DATA")
                                if k in os.environ)
            (out / "command").write_text(f"cd {shlex.quote(os.getcwd())}\n{variables}exec {shlex.join(call)}\n",
                                         encoding="utf-8")
            with core_of_its_own() as core:
                ended = run_bounded(self._command(folder, job), VIRTUAL_S, functools.partial(_begin_on, core),
                                    lambda took: _looked(job, took, out / "results"),
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


def uml_for(hosts: Mapping[str, str]) -> str:
    """The kernel in virtual time ("uml:6.12") that plays hosts of these profiles: the oldest that is not older than the
    newest release that they name ("linux-6.12.11", "openmptcprouter-0.60-6.1"), else the newest."""
    named = [_release_of(found) for found in map(release_named, hosts.values()) if found]
    known = sorted(FIXES_OF, key=_release_of)
    return "uml:" + next((v for v in known if named and _release_of(v) >= max(named)), known[-1])


def release_named(profile: str) -> str:
    """The release ("6.12") that a profile's name has; empty: none."""
    found = re.findall(r"-(\d+\.\d+)(?:\.\d+)?(?=-|$)", profile)
    return found[-1] if found else ""


def _release_of(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def check_kernel(kernel: str, before: Sequence[str] = ()) -> None:
    """Whether there is such a kernel, and it has these fixes to take out. Runs and builds nothing.

    Raises:
        ValueError: nothing is called so.
        Cannot: it has no such fix.
    """
    version = kernel.removeprefix("uml:")
    if kernel == "uml":
        return
    if kernel != "live" and (version == kernel or version not in FIXES_OF):
        raise ValueError(f"--kernel {kernel}: expected live, uml, {', '.join('uml:' + v for v in FIXES_OF)}")
    if kernel == "live" and before:
        raise Cannot("the kernel of this machine has no parameters that take a fix out; --kernel uml:6.12 does")
    unknown = [fix for fix in before if kernel != "live" and fix not in FIXES_OF[version]]
    if unknown:
        raise Cannot(f"the sources of Linux {version} have no correction {unknown[0]!r} to take out; there are "
                     f"{', '.join(FIXES_OF[version])}")


def engine_of(kernel: str, program: str, before: Sequence[str] = ()) -> "Live | Virtual":
    """What `kernel` ("live", "uml:6.12"; not "uml", see uml_for) names.

    Raises:
        ValueError: nothing is called so.
        Cannot: this machine cannot do it.
    """
    check_kernel(kernel, before)
    return Live(program) if kernel == "live" else Virtual(program, kernel.removeprefix("uml:"), before)
