# SPDX-License-Identifier: GPL-2.0-only
"""A kernel as a program (User-Mode Linux), built from the distribution's sources and kept in the user's cache."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
from typing import Iterator, Optional, Sequence

from . import _kernel_source as source
from ._cannot import Cannot
from ._scratch import apart, die_with_parent, scratch

TOOLS = {"apt-get": "apt", "dpkg-deb": "dpkg", "make": "make", "gcc": "gcc", "flex": "flex", "bison": "bison",
         "bc": "bc", "xz": "xz-utils", "tar": "tar"}
TOLD_EVERY_S = 30
OBJECTS = 920  # files that are compiled (measured)
ROOM = 4 << 30  # bytes that sources and objects take while it is built (measured: 3.1 GB)


def cache_folder() -> pathlib.Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return pathlib.Path(base) / "hoststack" / "kernels"


def digest(version: str) -> str:
    """Of what makes a build what it is, besides the sources."""
    text = json.dumps([source.CONFIG, source.edits_of(version)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def cached(version: str) -> Optional[pathlib.Path]:
    """The newest kernel of `version` that is built as this package builds it."""
    found = [p for p in cache_folder().glob(f"linux-{version}.*-{digest(version)}/linux") if os.access(p, os.X_OK)]

    def release(path: pathlib.Path) -> tuple[int, ...]:
        return tuple(int(n) for n in re.findall(r"\d+", path.parent.name.rsplit("-", 1)[0]))

    return max(found, key=release) if found else None


def _say(text: str) -> None:
    print(f"hoststack: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _alone(folder: pathlib.Path) -> Iterator[None]:
    """One build at a time; what a build that was killed has left is removed."""
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob("building-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


@contextlib.contextmanager
def _telling(made: pathlib.Path) -> Iterator[None]:
    """Says every half minute how many files are compiled."""
    over = threading.Event()

    def tell() -> None:
        begin = time.monotonic()
        while not over.wait(TOLD_EVERY_S):
            count = sum(1 for _ in made.rglob("*.o"))
            _say(f"{count} of some {OBJECTS} files compiled in {(time.monotonic() - begin) / 60:.1f} minutes")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


@functools.lru_cache
def _together() -> tuple[str, ...]:
    """apart(), if this user may have namespaces of processes."""
    may = shutil.which("unshare") and subprocess.run([*apart(), "true"], check=False, capture_output=True).returncode == 0
    return tuple(apart()) if may else ()


def _call(command: list[str], folder: pathlib.Path, log: pathlib.Path, together: Sequence[str] = (),
          **variables: str) -> str:
    with open(log, "a", encoding="utf-8") as out:
        done = subprocess.run([*together, *command], cwd=folder, stdout=subprocess.PIPE, stderr=out, text=True, check=False,
                              stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C", **variables},
                              preexec_fn=die_with_parent)  # pylint: disable=subprocess-popen-preexec-fn
        out.write(done.stdout)
    if done.returncode != 0:
        last = " ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:])
        raise Cannot(f"`{' '.join(command[:3])} ...` failed: {last[-600:]}")
    return done.stdout


def _candidate(version: str) -> str:
    """The version of the package with the sources that the registry has."""
    if not shutil.which("apt-cache"):
        raise Cannot(f"no kernel {version} is built yet, and there is no apt to get its sources with")
    told = subprocess.run(["apt-cache", "policy", f"linux-source-{version}"], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, check=False, env={**os.environ, "LC_ALL": "C"}).stdout
    match = re.search(r"Candidate: (\d[^\s]*)", told)
    if not match:
        raise Cannot(f"the registry of packages has no linux-source-{version} (Debian 12: bookworm-security has 6.1 "
                     "and 6.12; `apt-get update` first)")
    return match.group(1)


def _build(version: str, package: str, work: pathlib.Path, log: pathlib.Path, jobs: int) -> pathlib.Path:
    _call(["apt-get", "download", f"linux-source-{version}={package}"], work, log)
    (archive,) = work.glob("*.deb")
    _call(["dpkg-deb", "-x", archive.name, "package"], work, log)
    archive.unlink()
    (packed,) = (work / "package").glob("usr/src/*.tar.xz")
    _call(["tar", "-xJf", str(packed)], work, log)
    shutil.rmtree(work / "package")
    (tree,) = (p for p in work.glob("linux-source-*") if p.is_dir())
    source.prepare(tree, version)
    (work / "fragment").write_text(source.CONFIG, encoding="utf-8")
    made = work / "made"
    made.mkdir()
    make = ["make", "-s", "ARCH=um", f"O={made}"]
    stamp = {"KBUILD_BUILD_TIMESTAMP": "@0", "KBUILD_BUILD_USER": "hoststack", "KBUILD_BUILD_HOST": "hoststack"}
    _call([*make, "defconfig"], tree, log)
    _call(["scripts/kconfig/merge_config.sh", "-m", "-O", str(made), str(made / ".config"), str(work / "fragment")],
          tree, log)
    _call([*make, "olddefconfig"], tree, log)
    config = (made / ".config").read_text(encoding="utf-8")
    missing = [name for name in source.REQUIRED if f"CONFIG_{name}=y\n" not in config]
    if missing:
        raise Cannot(f"the sources of {version} cannot be configured with {', '.join(missing)}")
    with _telling(made):
        _call([*make, f"-j{jobs}", "linux"], tree, log, _together(), **stamp)
    return made


def provide(version: str) -> pathlib.Path:
    """The kernel of `version` as a program; built, which takes minutes, unless it is in the cache.

    Raises:
        Cannot: this machine cannot build it; says why.
    """
    if version not in source.FIXES_OF:
        raise Cannot(f"no kernel uml:{version}; there are {', '.join('uml:' + v for v in source.FIXES_OF)}")
    if found := cached(version):
        return found
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    if missing:
        raise Cannot(f"no kernel {version} is built yet, and to build it these are missing: {' '.join(missing)} "
                     "(apt-get install)")
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        if found := cached(version):
            return found
        if shutil.disk_usage(folder).free < ROOM:
            raise Cannot(f"building a kernel takes {ROOM >> 30} GB for a while, and {folder} has less")
        package = _candidate(version)
        release = re.match(r"[\d.]+", package).group(0)  # type: ignore[union-attr]
        log = folder / f"linux-{release}.log"
        log.write_text("", encoding="utf-8")
        _say(f"building Linux {release} as a program, once (six to ten core-minutes; log: {log})")
        target = folder / f"linux-{release}-{digest(version)}"
        with scratch("building-", folder) as work:
            made = _build(version, package, work, log, len(os.sched_getaffinity(0)))
            shutil.rmtree(target, ignore_errors=True)
            part = work / "result"
            part.mkdir()
            shutil.copy2(made / "linux", part / "linux")
            (part / "about.json").write_text(json.dumps({
                "package": f"linux-source-{version} {package}", "config": source.CONFIG.split(),
                "parameters": {source.FIXES[f].parameter: source.FIXES[f].about for f in source.FIXES_OF[version]},
            }, indent=1) + "\n", encoding="utf-8")
            part.rename(target)
        log.unlink()
        return target / "linux"
