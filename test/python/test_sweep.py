# SPDX-License-Identifier: GPL-2.0-only
"""Studies: what they ask for, what the store keeps, and what becomes of sweeps that are ended."""

import dataclasses
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time

import hoststack
import numpy
import pandas
import pytest
from hoststack import _process, _store, _study, _sweep
from hoststack.__main__ import main
from hoststack._store import Store

RATE = "links.path.down.rate"


@pytest.fixture
def study(short, tmp_path):
    """Four points of two seeds in a file, and its scenario beside it."""
    short["traffic"]["download"]["bytes"] = "50 kB"
    (tmp_path / "short.json").write_text(json.dumps(short))
    document = {"hoststack-study": 1, "name": "rates", "scenario": "short.json",
                "sweep": {"axes": {RATE: ["10 Mbit/s", "20 Mbit/s"],
                                   "links.path.down.delay": ["5 ms", "10 ms"]},
                          "replications": 2}}
    file = tmp_path / "study.json"
    file.write_text(json.dumps(document))
    return file


def changed(study, **parts):
    document = json.loads(study.read_text())
    document["sweep"].update(parts)
    study.write_text(json.dumps(document))
    return study


def test_a_sweep_runs_every_combination_once(study):
    done = hoststack.sweep(study, quiet=True)
    assert done.counts == {"done": 8}
    frame = done.frame("traffic.download.goodput")
    assert list(frame.columns) == [RATE, "links.path.down.delay", "seed", "met",
                                   "traffic.download.goodput"]
    assert len(frame.drop_duplicates([RATE, "links.path.down.delay", "seed"])) == 8
    one = frame[(frame[RATE] == "20 Mbit/s") & (frame["links.path.down.delay"] == "5 ms")].iloc[0]
    alone = hoststack.run(study.parent / "short.json",
                          {RATE: "20 Mbit/s", "links.path.down.delay": "5 ms"}, int(one["seed"]))
    assert one["traffic.download.goodput"] == alone["traffic.download.goodput"]
    with pytest.raises(hoststack.UnknownMetric, match='did you mean "traffic.download.goodput"'):
        done.frame("traffic.download.godput")


def test_only_what_is_missing_is_run(study):
    hoststack.sweep(study, quiet=True)
    again = hoststack.sweep(changed(study, replications=3), quiet=True)
    assert again.counts == {"done": 12}
    with sqlite3.connect(again.path) as db:
        assert db.execute("SELECT max(attempts), sum(attempts) FROM run").fetchone() == (1, 12)
    (study.parent / "short.json").write_text(
        (study.parent / "short.json").read_text().replace('"name": "short"', '"name": "other"'))
    hoststack.sweep(study, quiet=True)
    with sqlite3.connect(again.path) as db:
        assert db.execute("SELECT count(*) FROM run").fetchone() == (12,)


def test_zipped_axes_seeds_and_filters_choose_the_runs(study):
    zipped = [{RATE: ["10 Mbit/s", "20 Mbit/s"], "links.path.up.rate": ["1 Mbit/s", "2 Mbit/s"]}]
    document = json.loads(study.read_text())
    document["sweep"] = {"zip": zipped, "seeds": [7, 9],
                         "axes": {"links.path.down.delay": ["5 ms", "10 ms"]},
                         "except": [{RATE: "10 Mbit/s", "links.path.down.delay": ["10 ms"]}]}
    study.write_text(json.dumps(document))
    read = _study.read(study)
    points = [(p.axes[RATE], p.axes["links.path.up.rate"], p.axes["links.path.down.delay"], p.seed)
              for p in read.points()]
    assert points == [("10 Mbit/s", "1 Mbit/s", "5 ms", 7), ("10 Mbit/s", "1 Mbit/s", "5 ms", 9),
                      ("20 Mbit/s", "2 Mbit/s", "5 ms", 7), ("20 Mbit/s", "2 Mbit/s", "5 ms", 9),
                      ("20 Mbit/s", "2 Mbit/s", "10 ms", 7), ("20 Mbit/s", "2 Mbit/s", "10 ms", 9)]


def test_a_scenario_with_a_sweep_is_a_study_and_still_a_scenario(short, tmp_path):
    short["sweep"] = {"axes": {RATE: ["10 Mbit/s", "20 Mbit/s"]}}
    file = tmp_path / "short.json"
    file.write_text(json.dumps(short))
    assert hoststack.run(file).met
    done = hoststack.sweep(file, quiet=True)
    assert done.counts == {"done": 2} and done.path == tmp_path / "short.hoststack.sqlite"


def test_a_scenario_that_is_changed_while_its_study_runs_changes_no_run(study):
    alone = hoststack.run(study.parent / "short.json", {RATE: "10 Mbit/s", "links.path.down.delay": "5 ms"}, 1)
    points = _study.read(study).points()
    document = json.loads((study.parent / "short.json").read_text())
    document["traffic"]["download"]["bytes"] = "70 kB"
    (study.parent / "short.json").write_text(json.dumps(document))
    answer = _process.ask({"do": "run", "brief": True, "source": points[0].source("")})
    assert json.loads(answer["summary"])["metrics"] == dict(alone.metrics)
    assert {p.key for p in points}.isdisjoint(p.key for p in _study.read(study).points())


def test_the_files_that_a_scenario_names_are_part_of_its_runs(study, library, tmp_path, monkeypatch):
    trace = tmp_path / "a.trace"
    trace.write_text("".join(f"{ms}\n" for ms in range(1, 400)))
    document = json.loads((study.parent / "short.json").read_text())
    document["links"]["path"]["down"] = {"delay": "5 ms", "behaviours": [{"kind": "trace", "file": "a.trace"}]}
    (study.parent / "short.json").write_text(json.dumps(document))
    changed(study, axes={"links.path.up.delay": ["5 ms", "10 ms"]})
    before = hoststack.sweep(study, quiet=True)
    alone = hoststack.run(study.parent / "short.json", {"links.path.up.delay": "5 ms"}, 1)
    assert before.frame().iloc[0]["traffic.download.completion"] == alone["traffic.download.completion"]
    trace.write_text("".join(f"{ms}\n" for ms in range(1, 800, 2)))
    after = hoststack.sweep(study, quiet=True)
    with sqlite3.connect(after.path) as db:
        assert db.execute("SELECT count(*) FROM run").fetchone() == (8,)
    assert after.frame().iloc[0]["traffic.download.completion"] > alone["traffic.download.completion"]


def test_two_sweeps_of_one_name_that_mean_different_things_do_not_mix(study, monkeypatch):
    changed(study, replications=40)
    other = json.loads(study.read_text())
    other["sweep"]["axes"][RATE] = ["30 Mbit/s", "40 Mbit/s"]
    code = _sweep._code()
    claim = Store.claim

    def late(store, number):
        """What another sweep does meanwhile."""
        monkeypatch.setattr(Store, "claim", claim)
        read = _study.read(other, folder=str(study.parent))
        with Store(store.path) as second:
            second.enter(read, read.points(), code)
        return claim(store, number)

    monkeypatch.setattr(Store, "claim", late)
    other["scenario"] = json.loads((study.parent / "short.json").read_text())
    with pytest.raises(hoststack.StoreError, match="another sweep has changed the study"):
        hoststack.sweep(study, quiet=True, jobs=1)
    with sqlite3.connect(study.parent / "rates.hoststack.sqlite") as db:
        assert db.execute("SELECT count(*) FROM run WHERE state = 'running'").fetchone() == (0,)


def test_what_a_store_keeps_of_a_run_is_small_and_it_finds_the_next_one_at_once(study):
    """A study of 10,000 runs keeps some hundred numbers of each, and asks as often what comes next."""
    points = _study.read(changed(study, replications=2)).points()
    many = [dataclasses.replace(points[i % len(points)], key=f"{i:064}", seed=i) for i in range(10000)]
    answer = {"summary": json.dumps({"met": True, "simulated-s": 1, "expectations": [], "metrics": {
        f"traffic.download.number-{i}": i / 7 for i in range(300)}}), "series": {}}
    with Store(study.parent / "s.sqlite") as store:
        number = store.enter(_study.read(study), many, {"digest": "d", "version": "v", "simulator": "s"})
        plan = " ".join(row[3] for row in store._db.execute(
            "EXPLAIN QUERY PLAN SELECT id FROM run WHERE state = 'missing' AND EXISTS (SELECT 1 FROM point WHERE "
            "point.run = run.id AND study = 1) ORDER BY cost DESC, id LIMIT 1"))
        assert "waiting" in plan and "TEMP B-TREE" not in plan
        for _ in range(500):
            store.keep(store.claim(number), answer, 0.1)
        found = store.columns(number, ["traffic.download.number-7"])
        assert len(found["seed"]) == 500 and set(found["traffic.download.number-7"]) == {1.0}
        size = store._db.execute("SELECT sum(pgsize) FROM dbstat WHERE name = 'metric'").fetchone()[0] \
            if store._db.execute("SELECT sqlite_compileoption_used('ENABLE_DBSTAT_VTAB')").fetchone()[0] else 0
        assert size < 500 * 300 * 20


def test_the_dearest_run_is_first(study):
    points = {p.key: p for p in _study.read(changed(study, axes={
        RATE: ["1 Mbit/s", "100 Mbit/s", "10 Mbit/s"]}, replications=1)).points()}
    with Store(study.parent / "s.sqlite") as store:
        number = store.enter(_study.read(study), list(points.values()),
                             {"digest": "d", "version": "v", "simulator": "s"})
        order = [points[store.claim(number)].axes[RATE] for _ in points]
        assert order == ["100 Mbit/s", "10 Mbit/s", "1 Mbit/s"]
        assert store.claim(number) is None


@pytest.mark.parametrize("parts, pointer, nearest", [
    ({"axis": {}}, "/sweep/axis", "axes"),
    ({"axes": {RATE: []}}, f"/sweep/axes/{RATE}", ""),
    ({"axes": {RATE: ["1 Mbit/s", "1 Mbit/s"]}}, f"/sweep/axes/{RATE}", ""),
    ({"zip": [{"a": [1, 2], "b": [1]}]}, "/sweep/zip/0", ""),
    ({"zip": [{RATE: ["1 Mbit/s"]}]}, f"/sweep/zip/0/{RATE}", ""),
    ({"replications": 0}, "/sweep/replications", ""),
    ({"seeds": [-1]}, "/sweep/seeds", ""),
    ({"except": [{"links.path.down.rat": 1}]}, "/sweep/except/0/links.path.down.rat", RATE),
    ({"replications": 10**7}, "/sweep", ""),
    ({"except": [{RATE: ["10 Mbit/s", "20 Mbit/s"]}]}, "/sweep", ""),
])
def test_a_mistake_in_a_study_is_told_before_anything_runs(study, parts, pointer, nearest):
    with pytest.raises(hoststack.ScenarioError) as caught:
        hoststack.sweep(changed(study, **parts), quiet=True)
    assert (pointer, nearest) in [(i.pointer, i.nearest) for i in caught.value.issues]
    assert not list(study.parent.glob("*.sqlite"))


def test_a_value_that_the_scenario_refuses_is_told_with_its_axes(study):
    with pytest.raises(hoststack.ScenarioError, match="with links.path.down.rate = fast"):
        hoststack.sweep(changed(study, axes={RATE: ["1 Mbit/s", "fast"]}), quiet=True)


def test_a_run_that_fails_is_a_row_and_tried_again_only_on_request(study, tmp_path):
    (tmp_path / "moody.py").write_text(
        "import hoststack, pathlib\n"
        "class Moody(hoststack.CongestionControl):\n"
        "    name, based_on = 'moody', 'reno'\n"
        "    def init(self, state):\n"
        f"        if not pathlib.Path({str(tmp_path / 'calm')!r}).exists(): 1 / 0\n")
    document = json.loads(study.read_text())
    document["variants"] = ["moody.py:Moody"]
    document["sweep"] = {"axes": {"hosts.server": [{"tcp": {"congestion": "moody"}},
                                                   {"tcp": {"congestion": "reno"}}]}}
    study.write_text(json.dumps(document))
    first = hoststack.sweep(study, quiet=True)
    assert first.counts == {"done": 1, "failed": 1}
    assert "ZeroDivisionError" in first.failures[0][3]
    (tmp_path / "calm").write_text("")
    assert hoststack.sweep(study, quiet=True).counts == {"done": 1, "failed": 1}
    assert hoststack.sweep(study, quiet=True, retry=True).counts == {"done": 2}


def test_series_are_kept_if_asked_for_and_exported(study, tmp_path):
    done = hoststack.sweep(changed(study, series=["traffic.download.goodput"]), quiet=True)
    series = done.series("traffic.download.goodput")
    assert len(series) == 8
    axes, seed, values = series[0]
    alone = hoststack.run(study.parent / "short.json", axes, seed)
    assert values.equals(alone.series("traffic.download.goodput")["traffic.download.goodput"])
    program = [sys.executable, "-m", "hoststack", "export", str(done.path)]
    subprocess.run([*program, str(tmp_path / "all.csv")], check=True)
    frame = pandas.read_csv(tmp_path / "all.csv")
    assert len(frame) == 8 and RATE in frame
    subprocess.run([*program, str(tmp_path / "all.npz")], check=True)
    arrays = numpy.load(tmp_path / "all.npz")
    assert len(arrays["seed"]) == 8
    assert (arrays["series/traffic.download.goodput/0/v"] == values.to_numpy()).all()
    wrong = subprocess.run([*program, str(tmp_path / "all.xyz")], capture_output=True, text=True)
    assert wrong.returncode == 2 and ".csv, .npz or .parquet" in wrong.stderr
    parquet = subprocess.run([*program, str(tmp_path / "all.parquet")], capture_output=True, text=True)
    assert parquet.returncode == (0 if "pyarrow" in sys.modules else parquet.returncode)
    assert parquet.returncode == 0 or "pyarrow" in parquet.stderr


def sweep_process(study, *arguments):
    return subprocess.Popen([sys.executable, "-m", "hoststack", "sweep", str(study), "-j", "2",
                             *arguments], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def done_runs(path):
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as db:
            return db.execute("SELECT count(*) FROM run WHERE state = 'done'").fetchone()[0]
    except sqlite3.Error:
        return 0


def killed_in_the_middle(study, count, kills):
    """A sweep that is killed `kills` times and then left alone: complete, and each run counted once."""
    changed(study, axes={RATE: ["10 Mbit/s", "20 Mbit/s"]}, replications=count // 2)
    path = study.parent / "rates.hoststack.sqlite"
    for kill in range(kills):
        process = sweep_process(study)
        target = (kill + 1) * count // (kills + 2)
        deadline = time.monotonic() + 300
        while done_runs(path) < target and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.communicate()
        assert 0 < done_runs(path) < count
    before = done_runs(path)
    process = sweep_process(study)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    with Store(path) as store:
        assert store.integrity() == "ok"
        number = store.study_id("rates")
        assert {s: n for s, (n, _) in store.count(number).items()} == {"done": count}
        rows = pandas.DataFrame(store.columns(number)).to_dict("records")
    with sqlite3.connect(path) as db:
        repeated = db.execute("SELECT sum(attempts) FROM run").fetchone()[0] - count
        empty = db.execute("SELECT count(*) FROM run WHERE id NOT IN (SELECT run FROM metric)").fetchone()
    assert before < count and empty == (0,)
    assert repeated <= 2 * kills  # at most the runs in flight
    for row in rows[:: max(1, count // 5)]:
        alone = hoststack.run(study.parent / "short.json", {RATE: row[RATE]}, row["seed"])
        assert alone["traffic.download.goodput"] == row["traffic.download.goodput"]


def test_a_sweep_that_is_killed_loses_at_most_the_runs_in_flight(study):
    killed_in_the_middle(study, 60, 1)


@pytest.mark.long
def test_a_sweep_of_500_runs_survives_several_kills(study):
    killed_in_the_middle(study, 500, 4)


def test_two_sweeps_share_a_store_without_doing_anything_twice(study):
    changed(study, replications=15)
    both = [sweep_process(study), sweep_process(study)]
    for process in both:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    with sqlite3.connect(study.parent / "rates.hoststack.sqlite") as db:
        assert db.execute("SELECT count(*), sum(attempts) FROM run WHERE state = 'done'").fetchone() == \
            (60, 60)


def test_ctrl_c_keeps_what_is_done_and_gives_back_the_rest(study):
    changed(study, replications=500)
    process = sweep_process(study)
    path = study.parent / "rates.hoststack.sqlite"
    while done_runs(path) < 3 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "goes on from there" in err
    with sqlite3.connect(path) as db:
        states = dict(db.execute("SELECT state, count(*) FROM run GROUP BY state"))
    assert set(states) == {"done", "missing"} and states["done"] >= 3


def test_runs_of_a_sweep_that_is_dead_are_taken_back(study, monkeypatch):
    points = _study.read(study).points()
    with Store(study.parent / "s.sqlite") as store:
        number = store.enter(_study.read(study), points,
                             {"digest": "d", "version": "v", "simulator": "s"})
        host, boot, pid, began = json.loads(store.owner)
        store.claim(number)
        assert store.take_back() == 0
        for owner, dead in (([host, "another boot", pid, began], True), ([host, boot, 2**22 + 1, "1"], True),
                            ([host, boot, pid, "1"], True), (["elsewhere", boot, pid, began], False)):
            store._db.execute("UPDATE run SET owner = ?, heartbeat = ? WHERE state = 'running'",
                              (json.dumps(owner), time.time()))
            assert store.take_back() == dead
            if dead:
                store.claim(number)
        monkeypatch.setattr(_store, "SILENT_S", -1)
        assert store.take_back() == 1


def test_stores_that_cannot_be_used_are_refused_with_the_reason(study, tmp_path, monkeypatch):
    with pytest.raises(hoststack.StoreError, match="cannot be opened|not of hoststack|not a database"):
        (tmp_path / "text.sqlite").write_text("this is not a database at all, but some text" * 50)
        Store(tmp_path / "text.sqlite")
    with sqlite3.connect(tmp_path / "other.sqlite") as db:
        db.execute("CREATE TABLE t(x)")
    with pytest.raises(hoststack.StoreError, match="not of hoststack"):
        Store(tmp_path / "other.sqlite")
    Store(tmp_path / "new.sqlite").close()
    with sqlite3.connect(tmp_path / "new.sqlite") as db:
        db.execute(f"PRAGMA user_version={_store.VERSION + 1}")
    with pytest.raises(hoststack.StoreError, match="newer hoststack"):
        hoststack.sweep(study, tmp_path / "new.sqlite", quiet=True)
    with sqlite3.connect(tmp_path / "new.sqlite") as db:
        db.execute("PRAGMA user_version=0")
    with pytest.raises(hoststack.StoreError, match="older hoststack"):
        hoststack.sweep(study, tmp_path / "new.sqlite", quiet=True)
    for place, words in ((tmp_path, "it is a folder"), (tmp_path / "no" / "s.sqlite", "there is no folder")):
        with pytest.raises(hoststack.StoreError, match=words):
            hoststack.sweep(study, place, quiet=True)
    with pytest.raises(hoststack.StoreError, match="no store"):
        Store(tmp_path / "none.sqlite", existing=True)
    monkeypatch.setattr(_store, "file_system_of", lambda path: "nfs4")
    with pytest.raises(hoststack.StoreError, match="network file system"):
        Store(tmp_path / "nfs.sqlite")


def test_a_damaged_store_is_told_as_that_by_all_that_read_it(study, tmp_path, capsys):
    done = hoststack.sweep(study, tmp_path / "s.sqlite", quiet=True)
    content = bytearray(done.path.read_bytes())
    content[4096:20480] = bytes(range(256)) * 64
    (tmp_path / "damaged.sqlite").write_bytes(content)
    with pytest.raises(hoststack.StoreError, match="damaged|cannot be opened"):
        hoststack.sweep(study, tmp_path / "damaged.sqlite", quiet=True)
    assert main(["export", str(tmp_path / "damaged.sqlite"), str(tmp_path / "x.csv")]) == 2
    assert "damaged" in capsys.readouterr().err
    with sqlite3.connect(done.path) as db:
        db.execute("DROP TABLE metric")
    with pytest.raises(hoststack.StoreError, match="has no table metric"):
        hoststack.sweep(study, done.path, quiet=True)


def test_a_store_on_a_medium_that_is_read_only_is_read_and_not_written(study, tmp_path):
    folder = tmp_path / "medium"
    folder.mkdir()
    hoststack.sweep(study, folder / "s.sqlite", quiet=True)
    script = tmp_path / "reads.py"
    script.write_text("import sys, hoststack\n"
                      "from hoststack.__main__ import main\n"
                      "status = main(['export', sys.argv[1], sys.argv[2]])\n"
                      "try:\n    hoststack.sweep(sys.argv[3], sys.argv[1], quiet=True)\n"
                      "except hoststack.StoreError as error:\n    print(error, status)\n")
    done = subprocess.run(["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"', folder,
                           sys.executable, script, folder / "s.sqlite", tmp_path / "out.csv", study], capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("a file system that is read-only needs root")
    assert "nothing can be written into" in done.stdout and done.stdout.rstrip().endswith(" 0"), done.stdout + done.stderr
    assert len(pandas.read_csv(tmp_path / "out.csv")) == 8


@pytest.mark.parametrize("jobs", [0, -1, 1.5, "2", True, 10**6])
def test_a_number_of_jobs_that_cannot_be_is_refused_before_anything_starts(study, jobs):
    with pytest.raises(ValueError, match="expected a whole number, 1 to 1024"):
        hoststack.sweep(study, jobs=jobs, quiet=True)
    assert not list(study.parent.glob("*.sqlite"))


def test_file_systems_are_told_apart():
    assert _store.file_system_of(pathlib.Path("/proc/self")) == "proc"
    assert _store.file_system_of(pathlib.Path("/dev/shm")) in ("tmpfs", "overlay", "")


def test_a_full_disk_ends_a_sweep_and_keeps_what_is_there(study, tmp_path):
    space = tmp_path / "small"
    space.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(space)],
                                           capture_output=True).returncode != 0:
        pytest.skip("a small file system needs root")
    try:
        changed(study, replications=200, series=["*"])
        with pytest.raises(hoststack.StoreError, match="full"):
            hoststack.sweep(study, space / "s.sqlite", quiet=True, jobs=2)
        with sqlite3.connect(space / "s.sqlite") as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        subprocess.run(["umount", "-l", str(space)], check=False)


def test_two_results_of_one_run_are_a_defect(study):
    point = _study.read(study).points()[0]
    with Store(study.parent / "s.sqlite") as store:
        number = store.enter(_study.read(study), [point],
                             {"digest": "d", "version": "v", "simulator": "s"})
        key = store.claim(number)
        answer = {"summary": json.dumps({"met": True, "simulated-s": 1, "metrics": {"x": 1},
                                         "expectations": []}), "series": {}}
        store.keep(key, answer, 1.0)
        store.keep(key, answer, 1.0)
        with pytest.raises(hoststack.StoreError, match="defect"):
            store.keep(key, {**answer, "summary": answer["summary"].replace("1,", "2,")}, 1.0)
