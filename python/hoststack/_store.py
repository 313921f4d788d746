# SPDX-License-Identifier: GPL-2.0-only
"""The file that keeps the runs of studies: SQLite in WAL mode. Several sweeps may use it at once; one
that is killed leaves nothing half written, and its runs are taken up again."""

from __future__ import annotations

import array
import contextlib
import errno
import hashlib
import json
import math
import os
import pathlib
import re
import socket
import sqlite3
import time
import zlib
from typing import Any, Iterable, Iterator, Mapping, Optional, Sequence, Union

from ._files import is_file, legible, name_of, told
from ._study import Point, Study
from .errors import StoreError

VERSION = 2
APPLICATION = 0x68735354  # "hsST"
OTHER_STUDY = ("{}: another sweep has changed the study meanwhile; what is done is kept, and the same call goes on with "
               "the study as it is now")
SILENT_S = 120.0  # a sweep elsewhere that has not been heard of for so long is dead
# File systems whose locks do not hold what SQLite's write-ahead log needs of them (sqlite.org/wal.html).
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "lustre", "gpfs", "ceph", "afs",
           "fuse.glusterfs", "fuse.ceph", "9p", "beegfs", "fhgfs_client", "orangefs", "ncpfs"}

# A run is known to other programs by its key, and in here by its number: a sweep writes some hundred numbers a run, side
# by side, and no more than them.
SCHEMA = """
CREATE TABLE code(digest TEXT PRIMARY KEY, version TEXT, simulator TEXT) WITHOUT ROWID;
CREATE TABLE study(id INTEGER PRIMARY KEY, name TEXT UNIQUE, document TEXT);
CREATE TABLE run(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, code TEXT, cost REAL, state TEXT NOT NULL, owner TEXT,
    heartbeat REAL, attempts INTEGER DEFAULT 0, error TEXT, result_digest TEXT, elapsed_s REAL, met INTEGER,
    simulated_s REAL);
CREATE INDEX waiting ON run(cost DESC, id) WHERE state = 'missing';
CREATE INDEX busy ON run(owner) WHERE state = 'running';
CREATE TABLE point(study INTEGER, number INTEGER, run INTEGER, seed INTEGER, axes TEXT,
    PRIMARY KEY(study, number)) WITHOUT ROWID;
CREATE INDEX point_run ON point(run, study);
CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE metric(run INTEGER, name INTEGER, value REAL, PRIMARY KEY(run, name)) WITHOUT ROWID;
CREATE TABLE verdict(run INTEGER, number INTEGER, metric TEXT, expected TEXT, met INTEGER, measured REAL,
    PRIMARY KEY(run, number)) WITHOUT ROWID;
CREATE TABLE series(run INTEGER, name INTEGER, n INTEGER, t BLOB, v BLOB, PRIMARY KEY(run, name)) WITHOUT ROWID;
"""


def file_system_of(path: pathlib.Path) -> str:
    """The type of the file system that holds `path`, as /proc/self/mountinfo calls it."""
    real = os.path.realpath(path)
    best, kind = "", ""
    try:
        lines = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    for line in lines:
        before, _, after = line.partition(" - ")
        mount = before.split()[4].encode().decode("unicode_escape")
        inside = real == mount or real.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, after.split()[0]
    return kind


def _boot_id() -> str:
    try:
        return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _start_time(pid: int) -> Optional[str]:
    """When a process began, in ticks; None: there is none."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rsplit(")", 1)[1].split()
    return None if fields[0] in "ZX" else fields[19]


def own_name() -> str:
    """This process, as the owner of runs."""
    return json.dumps([socket.gethostname(), _boot_id(), os.getpid(), _start_time(os.getpid())])


def _is_dead(owner: str, heartbeat: Optional[float]) -> bool:
    host, boot, pid, began = json.loads(owner)
    if host == socket.gethostname():
        return boot != _boot_id() or _start_time(pid) != began
    return time.time() - (heartbeat or 0) > SILENT_S


def check_store(path: Union[str, "os.PathLike[str]"]) -> pathlib.Path:
    """The path of a store that may be there or not yet.

    Raises:
        StoreError: it, or a file that SQLite keeps beside it, cannot be a file.
    """
    expected = "the path of a file that keeps runs"
    try:
        found = pathlib.Path(name_of(path, "the store", expected))
        if os.fspath(path) == "-":
            raise ValueError(f"the store: - is standard input and output, which keep nothing\n    expected: {expected}")
        for file in (str(found), *(f"{found}-{kind}" for kind in ("wal", "shm", "journal"))):
            is_file(file)
    except ValueError as error:
        raise StoreError(str(error)) from None
    except OSError as error:
        if isinstance(error, NotADirectoryError):
            raise StoreError(f"{path} cannot be opened as a store: there is no folder {found.parent}") from None
        why = f"it {error.strerror}" if error.errno == errno.EINVAL and error.filename == str(found) else told(error)
        raise StoreError(f"{path} cannot be opened as a store: {why}\n    expected: {expected}") from None
    return found


class Store:
    """An open store.

    Args:
        path: of the file; made if it does not exist, unless `existing`.

    Raises:
        StoreError: it is on a network file system, not a store, or of a newer version.
    """

    def __init__(self, path: Union[str, "os.PathLike[str]"], existing: bool = False):
        self.path = check_store(path)
        if existing and not self.path.exists():
            raise StoreError(f"there is no store {self.path}")
        kind = file_system_of(self.path.parent)
        if kind in NETWORK:
            raise StoreError(f"{self.path} lies on a network file system ({kind}), on which SQLite's log "
                             "is not safe: choose a local folder with --store, and copy the file later")
        self._names: dict[str, int] = {}
        try:
            self._db = self._connect(existing)
            self._open()
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} cannot be opened as a store: {self._why(error)}") from None
        self.owner = own_name()

    def _connect(self, existing: bool) -> sqlite3.Connection:
        options: dict[str, Any] = {"timeout": 60, "isolation_level": None, "check_same_thread": False}
        log = self.path.with_name(self.path.name + "-wal")
        self._writable = os.access(self.path.parent, os.W_OK)
        if existing and not self._writable:
            # On a medium that is read-only nobody writes, and the log has nothing that is not in the file.
            if log.exists() and log.stat().st_size:
                raise StoreError(f"{self.path} was not closed where it was written: copy it with {log.name} to a folder "
                                 "that can be written")
            return sqlite3.connect(self.path.resolve().as_uri() + "?immutable=1", uri=True, **options)
        return sqlite3.connect(self.path.absolute(), **options)  # ":memory:" is a file as any other

    def _why(self, error: sqlite3.Error) -> str:
        """What SQLite's message means for this file."""
        if not self.path.parent.is_dir():
            return f"there is no folder {self.path.parent}"
        if not self._writable:
            return f"nothing can be written into {self.path.parent or '.'}: choose another file with --store"
        return str(error)

    def _open(self) -> None:
        # Tables first: who is making the store meanwhile has made the rest when they are there.
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        application = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if tables and application != APPLICATION:
            raise StoreError(f"{self.path} is a database, but not of hoststack's studies")
        if tables and version < VERSION:
            raise StoreError(f"{self.path} was written by an older hoststack (version {version} of stores; this one "
                             f"knows {VERSION}): export it with that one, and begin a new file")
        if version > VERSION:
            raise StoreError(f"{self.path} was written by a newer hoststack (version {version} of stores; "
                             f"this one knows {VERSION}): use that one")
        known = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        missing = sorted(set(re.findall(r"CREATE TABLE (\w+)", SCHEMA)) - known)
        if tables and missing:
            raise StoreError(f"{self.path} is damaged: it has no table {missing[0]}")
        if not self._writable:
            return
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA busy_timeout=60000")
        if not tables:
            with self.change():
                if not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    for statement in SCHEMA.split(";"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA application_id={APPLICATION}")
                    self._db.execute(f"PRAGMA user_version={VERSION}")

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        with contextlib.suppress(sqlite3.Error):
            self.close()
        if isinstance(error, sqlite3.DatabaseError):
            raise StoreError(f"{self.path} is damaged: {error}. What can be read is saved by: "
                             f"sqlite3 {self.path.name} .recover | sqlite3 saved.sqlite") from None

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """All of it or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            self._names.clear()  # some may not be written
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise StoreError(f"{self.path} cannot be written: {error}; what was there is kept") \
                    from None
            raise

    def enter(self, study: Study, points: Sequence[Point], code: Mapping[str, str],
              retry: bool = False) -> int:
        """Makes a study and its runs known; what is known already stays. Returns the study's id."""
        with self.change():
            self._db.execute("INSERT OR IGNORE INTO code VALUES(?, ?, ?)",
                             (code["digest"], code["version"], code["simulator"]))
            self._db.execute("INSERT INTO study(name, document) VALUES(?, ?) ON CONFLICT(name) DO UPDATE "
                             "SET document = excluded.document", (study.name, study.document()))
            number = self._db.execute("SELECT id FROM study WHERE name = ?", (study.name,)).fetchone()[0]
            self._db.execute("DELETE FROM point WHERE study = ?", (number,))
            self._db.executemany(
                "INSERT OR IGNORE INTO run(key, code, cost, state) VALUES(?, ?, ?, 'missing')",
                ((p.key, code["digest"], p.cost) for p in points))
            self._db.executemany(
                "INSERT INTO point SELECT ?, ?, id, ?, ? FROM run WHERE key = ?",
                ((number, i, p.seed, json.dumps(p.axes), p.key) for i, p in enumerate(points)))
            if retry:
                self._db.execute("UPDATE run SET state = 'missing', error = NULL WHERE state = 'failed' "
                                 "AND id IN (SELECT run FROM point WHERE study = ?)", (number,))
        self.take_back()
        return number

    def take_back(self) -> int:
        """Runs of sweeps that are dead become missing again. Returns how many."""
        with self.change():
            dead = [(key,) for key, owner, beat in
                    self._db.execute("SELECT key, owner, heartbeat FROM run WHERE state = 'running'")
                    if _is_dead(owner, beat)]
            self._db.executemany("UPDATE run SET state = 'missing', owner = NULL WHERE key = ?", dead)
        return len(dead)

    def beat(self) -> None:
        """Says that this sweep lives."""
        with self.change():
            self._db.execute("UPDATE run SET heartbeat = ? WHERE owner = ? AND state = 'running'",
                             (time.time(), self.owner))

    def claim(self, study: int) -> Optional[str]:
        """The key of the dearest run that is missing, which is ours from now on."""
        with self.change():
            row = self._db.execute(
                "UPDATE run SET state = 'running', owner = ?, heartbeat = ?, attempts = attempts + 1 "
                "WHERE id = (SELECT id FROM run WHERE state = 'missing' AND EXISTS (SELECT 1 FROM point WHERE "
                "point.run = run.id AND study = ?) ORDER BY cost DESC, id LIMIT 1) RETURNING key",
                (self.owner, time.time(), study)).fetchone()
        return row[0] if row else None

    def give_back(self, key: Optional[str] = None) -> None:
        """A run of ours (or all of them) is missing again: it was not done."""
        with self.change():
            self._db.execute("UPDATE run SET state = 'missing', owner = NULL, attempts = attempts - 1 "
                             "WHERE owner = ? AND state = 'running' AND (key = ? OR ? IS NULL)",
                             (self.owner, key, key))

    def fail(self, key: str, error: str) -> None:
        with self.change():
            self._db.execute("UPDATE run SET state = 'failed', error = ? WHERE key = ? AND owner = ? AND "
                             "state = 'running'", (error, key, self.owner))

    def keep(self, key: str, answer: Mapping[str, Any], elapsed: float) -> None:
        """Writes what a run has yielded, unless somebody else has done so meanwhile.

        Raises:
            StoreError: the same run has yielded something else before.
        """
        summary = json.loads(answer["summary"])
        digest = hashlib.sha256(answer["summary"].encode()).hexdigest()
        with self.change():
            run, state, before = self._db.execute("SELECT id, state, result_digest FROM run WHERE key = ?",
                                                  (key,)).fetchone()
            if state == "done":
                if before != digest:
                    raise StoreError(f"run {key[:12]} has yielded two results: that is a defect of the "
                                     "program; please report it")
                return
            self._db.execute("UPDATE run SET state = 'done', result_digest = ?, elapsed_s = ?, met = ?, "
                             "simulated_s = ?, error = NULL WHERE id = ?",
                             (digest, elapsed, summary["met"], summary["simulated-s"], run))
            metrics, series = summary["metrics"], answer["series"]
            known = self._numbers([*metrics, *series])
            self._db.executemany("INSERT INTO metric VALUES(?, ?, ?)",
                                 sorted((run, known[n], v) for n, v in metrics.items()))
            self._db.executemany("INSERT INTO verdict VALUES(?, ?, ?, ?, ?, ?)",
                                 ((run, i, e["metric"], e["expected"], e["met"], e["measured"])
                                  for i, e in enumerate(summary["expectations"])))
            self._db.executemany(
                "INSERT INTO series VALUES(?, ?, ?, ?, ?)",
                ((run, known[n], len(v) // 8, zlib.compress(t), zlib.compress(v))
                 for n, (t, v) in series.items()))

    def _numbers(self, names: Iterable[str]) -> Mapping[str, int]:
        """The numbers of names, which get one if they have none. Within a change."""
        new = [(n,) for n in names if n not in self._names]
        if new:
            self._db.executemany("INSERT OR IGNORE INTO name(text) VALUES(?)", new)
            self._names.update(self._db.execute("SELECT text, id FROM name"))
        return self._names

    def count(self, study: int) -> dict[str, tuple[int, float]]:
        """state -> (runs, their cost)"""
        return {state: (n, cost) for state, n, cost in self._db.execute(
            "SELECT state, count(*), sum(cost) FROM run WHERE id IN (SELECT run FROM point WHERE "
            "study = ?) GROUP BY state", (study,))}

    def studies(self) -> list[str]:
        return [name for (name,) in self._db.execute("SELECT name FROM study ORDER BY id")]

    def study_id(self, name: Optional[str]) -> int:
        """The number of a study; None: of the only one there is."""
        known = self.studies()
        if name is None and len(known) == 1:
            name = known[0]
        if name not in known:
            from ._native import core

            nearest = core.nearest(legible(name or ""), known)
            raise StoreError(f"{self.path} has no study " + (f'"{legible(name)}"' if name is not None else "that is meant "
                             "without a name") + f", but {', '.join(known) or 'none'}" +
                             (f'; did you mean "{nearest}"?' if nearest else ""))
        return self._db.execute("SELECT id FROM study WHERE name = ?", (name,)).fetchone()[0]

    def failures(self, study: int) -> list[tuple[str, dict[str, Any], int, str]]:
        """(key, axes, seed, error) of the runs that failed."""
        return [(key, json.loads(axes), seed, error) for key, axes, seed, error in self._db.execute(
            "SELECT key, axes, seed, error FROM point JOIN run ON run.id = point.run WHERE study = ? AND "
            "state = 'failed' ORDER BY number", (study,))]

    def columns(self, study: int, metrics: Iterable[str] = ()) -> dict[str, Any]:
        """name -> one value for each run that is done, in the order of the study: axes, seed, met, and its metrics
        (float64; NaN: it has none). A metric that is called as an axis (a link's rate is both) has " (metric)"
        behind its name."""
        wanted = set(metrics)
        names = {number: text for text, number in self._db.execute("SELECT text, id FROM name ORDER BY text")
                 if not wanted or text in wanted}
        one = f" AND name = {next(iter(names))}" if len(names) == 1 else ""
        axes: list[dict[str, Any]] = []
        seeds, met = [], []
        values: dict[int, array.array[float]] = {}
        points = self._db.execute(
            "SELECT run, axes, seed, met FROM point JOIN run ON run.id = point.run WHERE study = ? AND state = 'done' "
            "ORDER BY number", (study,)).fetchall()
        none = array.array("d", [math.nan]) * len(points)
        for place, (run, text, seed, is_met) in enumerate(points):
            axes.append(json.loads(text))
            seeds.append(seed)
            met.append(bool(is_met))
            for name, value in self._db.execute(f"SELECT name, value FROM metric WHERE run = ?{one}", (run,)):
                if name in names:
                    column = values.get(name)
                    if column is None:
                        column = values[name] = none[:]
                    if value is not None:
                        column[place] = value
        found: dict[str, Any] = {path: [a.get(path) for a in axes] for path in dict.fromkeys(p for a in axes for p in a)}
        taken = set(found)
        if points:
            found.update(seed=seeds, met=met)
        found.update({f"{text} (metric)" if text in taken else text: values[number]
                      for number, text in names.items() if number in values})
        return found

    def series(self, study: int, name: str) -> Iterator[tuple[int, dict[str, Any], int, bytes, bytes]]:
        """(row of `columns`, axes, seed, times as int64 ns, values as float64) of the runs that have it."""
        done = self._db.execute("SELECT run, axes, seed FROM point JOIN run ON run.id = point.run WHERE study = ? AND "
                                "state = 'done' ORDER BY number", (study,)).fetchall()
        number = self._db.execute("SELECT id FROM name WHERE text = ?", (name,)).fetchone()
        for row, (run, axes, seed) in enumerate(done):
            found = self._db.execute("SELECT t, v FROM series WHERE run = ? AND name = ?",
                                     (run, *(number or (None,)))).fetchone()
            if found:
                yield row, json.loads(axes), seed, zlib.decompress(found[0]), zlib.decompress(found[1])

    def series_names(self, study: int) -> list[str]:
        return [n for (n,) in self._db.execute(
            "SELECT text FROM name WHERE id IN (SELECT series.name FROM series JOIN point ON series.run = point.run "
            "WHERE study = ?) ORDER BY text", (study,))]

    def integrity(self) -> str:
        """"ok", or what SQLite finds wrong."""
        return self._db.execute("PRAGMA integrity_check").fetchone()[0]
