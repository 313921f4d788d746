# SPDX-License-Identifier: GPL-2.0-only
"""Careless input: each wrong call is told as what it is, ends by itself, and leaves what was there."""

import json
import os
import pathlib
import stat
import subprocess
import threading

import hoststack
import pytest
from hoststack import _baseline, _files
from hoststack.__main__ import main

SOURCE = pathlib.Path(os.environ["HOSTSTACK_SOURCE_DIR"])
HALF = "half \ud800 a character"


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    monkeypatch.setattr(_files, "PATIENCE_S", 0.2)


@pytest.fixture
def here(short, tmp_path, monkeypatch):
    """A folder with a scenario, a study, a pipe to which nobody writes, and a folder in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.json").write_text(json.dumps(short))
    (tmp_path / "study.json").write_text(json.dumps({
        "hoststack-study": 1, "name": "study", "scenario": "s.json",
        "sweep": {"axes": {"links.path.down.rate": ["10 Mbit/s"]}}}))
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.fixture
def stored(here, capsys):
    """`here`, and in it what a sweep has made."""
    assert main(["sweep", "study.json", "--store", "runs.csv", "-q"]) == 0
    capsys.readouterr()
    return here


def listing(folder):
    return {path.relative_to(folder): (stat.S_IFMT(path.stat().st_mode),
                                       path.read_bytes() if path.is_file() else None)
            for path in folder.rglob("*") if not path.name.endswith(("-wal", "-shm"))}


def refused(folder, capsys, arguments, words):
    before = listing(folder)
    try:
        status = main(arguments)
    except SystemExit as end:
        status = end.code
    told = capsys.readouterr()
    assert status == 2, told
    assert words in told.err and "Traceback" not in told.err
    assert listing(folder) == before


@pytest.mark.parametrize("arguments, words", [
    (["sweep", ""], "the study: is empty"),
    (["sweep", "/dev/zero"], "is a device"),
    (["sweep", "pipe"], "a pipe from which nothing comes"),
    (["sweep", "folder"], "is a folder"),
    *((["sweep", "study.json", "--store", store], words) for store, words in (
        ("", "is empty"), (".", "it is a folder"), ("pipe", "it is a pipe"), ("/dev/null", "it is a device"),
        ("-", "keep nothing"), ("s.json", "not a database"), ("nowhere/x", "no folder nowhere"))),
    (["sweep", "study.json", "--cluster", ""], "the cluster: is empty"),
    (["sweep", "study.json", "-j", "0"], "1 to 1024"),
    (["sweep", "study.json", "--timeout", "nan"], "more than 0"),
    *((["export", store, "x.csv"], words) for store, words in (
        ("", "is empty"), (".", "it is a folder"), ("pipe", "it is a pipe"), ("/dev/null", "it is a device"))),
    (["report", "", "-o", "x.html"], "is empty"),
    (["report", "pipe", "-o", "x.html"], "no results"),
])
def test_a_wrong_call_of_sweep_export_or_report_is_refused(here, capsys, arguments, words):
    refused(here, capsys, arguments, words)


@pytest.mark.parametrize("arguments", [
    ["notebook", "--run"], ["notebook", "--run", ""], ["notebook", "--run", "/dev/null"], ["install", ""],
    ["install", "/dev/null"], ["docs", "--plane"]])
def test_the_front_door_refuses_a_wrong_call_before_it_builds(arguments):
    done = subprocess.run([SOURCE / "hoststack", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "building" not in done.stderr and "hoststack: " in done.stderr


@pytest.mark.parametrize("arguments, words", [
    *((["check", "s.json", "--junit", file], words) for file, words in (
        ("", "--junit: is empty"), ("folder", "is a folder"), ("pipe", "nobody reads"), ("s.json", "is what is read"),
        ("s.json/x", "Not a directory"))),
    (["check", ".", "--junit", "s.json"], "is what is read"),
    (["check", "s.json", "--junit", "x.xml", "-j", "0"], "1 to 1024"),
    (["check", "s.json", "--baseline", ""], "--baseline: is empty"),
    (["check", "s.json", "--baseline", "pipe", "--update"], "is no folder"),
    (["check", "s.json", "--baseline", "folder", "--tolerance", "nan"], "is no share"),
    (["check", "s.json", "--baseline", "folder", "--tolerance", "inf"], "is no share"),
    (["check", "s.json", "--baseline", "folder", "--seeds", "1000000000"], "at most 1000"),
])
def test_a_wrong_call_of_check_is_refused(here, capsys, arguments, words):
    refused(here, capsys, arguments, words)


@pytest.mark.parametrize("file, words", [
    ("", "is empty"), ("folder", "is a folder"), ("pipe", "nobody reads"), ("pipe.csv", "nobody reads"),
    ("runs.csv", "is what is read"), ("nowhere/x.csv", "nowhere")])
def test_what_is_no_file_or_is_read_is_not_replaced(stored, capsys, file, words):
    refused(stored, capsys, ["report", "runs.csv", "-o", file], words)
    refused(stored, capsys, ["export", "runs.csv", file],
            words if file.endswith(".csv") or not file else "no kind of file")


@pytest.mark.parametrize("arguments, begin", [
    (["check", "s.json", "--junit"], b"<?xml"), (["export", "runs.csv"], b"links."),
    (["report", "runs.csv", "-o"], b"<!DOCTYPE html>")])
def test_a_pipe_that_somebody_reads_gets_what_a_file_would(stored, arguments, begin):
    got = []
    reader = threading.Thread(target=lambda: got.append((stored / "pipe.csv").read_bytes()), daemon=True)
    reader.start()
    status = main([*arguments, "pipe.csv"])
    if status == 2 and arguments[0] == "report":
        pytest.skip("the library of charts is not here")
    reader.join(10)
    assert status == 0 and got and got[0].startswith(begin)
    assert (stored / "pipe.csv").is_fifo()


def test_a_study_comes_through_a_pipe(here, short, capsys):
    short["sweep"] = {"axes": {"links.path.down.rate": ["10 Mbit/s", "20 Mbit/s"]}}
    writer = threading.Thread(target=(here / "pipe").write_text, args=(json.dumps(short),), daemon=True)
    writer.start()
    assert main(["sweep", "pipe", "-q", "--store", "runs"]) == 0
    writer.join(10)
    assert hoststack.Sweep("runs").counts == {"done": 2}


@pytest.mark.parametrize("text, words", [
    ('{"hoststack-study": 1, "name": "\\ud800"}', "/name"), ("[" * 100000, "too deeply"),
    ('{"sweep": {}, "sweep": {}}', "twice"), ('{"sweep": NaN}', "NaN"), ("[1]", "is no object"),
    ("\xff", "is no JSON")])
def test_what_is_no_study_is_told_with_its_file(here, text, words):
    (here / "wrong.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(hoststack.ScenarioError, match="wrong.json.*" + words):
        hoststack.sweep("wrong.json", quiet=True)


def test_a_study_has_a_largest_size(here):
    with open("wrong.json", "wb") as file:
        file.truncate(_files.MOST_TEXT + 1)
    with pytest.raises(hoststack.ScenarioError, match="larger than 16 MiB"):
        hoststack.sweep("wrong.json", quiet=True)


@pytest.mark.parametrize("content", [
    {}, {"mode": 5}, {"mode": "exact", "metrics": {}}, {"mode": "tolerance", "metrics": {}, "tolerance": "2 %"},
    {"mode": "statistical", "metrics": {"a": 1}, "seeds": [1, 2]}, {"mode": "statistical", "metrics": {}, "seeds": []}])
def test_a_baseline_that_somebody_has_broken_is_told(tmp_path, content):
    (tmp_path / "x.json").write_text(json.dumps({"hoststack-baseline": 1, **content}))
    with pytest.raises(_baseline.BaselineError, match="x.json: /"):
        _baseline.read(tmp_path, "x")


def test_a_baseline_is_not_kept_in_a_pipe(here, capsys):
    for name in ("short.json", "short.events.csv"):
        os.mkfifo(here / "folder" / name)
        refused(here, capsys, ["check", "s.json", "--baseline", "folder", "--update"], f"{name}: is a pipe")
        (here / "folder" / name).unlink()


@pytest.mark.parametrize("out", ["", b"", ".", "..", "/", "folder/..", "link", "a\0b", "a\ud800", "pipe"])
def test_results_do_not_replace_the_ground_under_the_caller(here, short, out):
    (here / "link").symlink_to("..")
    before = listing(here)
    with pytest.raises(hoststack.ScenarioError, match="out: |pipe: Not a directory"):
        hoststack.run(short, out=out)
    assert listing(here) == before
    assert os.getcwd() == os.fspath(here)


def test_a_current_folder_that_is_gone_is_told(here, short, monkeypatch):
    monkeypatch.chdir(here / "folder")
    (here / "folder").rmdir()
    with pytest.raises(FileNotFoundError, match="the current folder was removed or replaced"):
        hoststack.run(short)
    monkeypatch.chdir(here)
    assert hoststack.run(short).met


@pytest.mark.parametrize("call, pointer", [
    (lambda s: hoststack.run({**s, "about": HALF}), "/about"),
    (lambda s: hoststack.run({**s, HALF: 1}), ""),
    (lambda s: hoststack.run(s, {"about": HALF}), "/about"),
    (lambda s: hoststack.run(s, {HALF: 1}), ""),
    (lambda s: hoststack.run(HALF), ""),
    (lambda s: hoststack.run("a\0b"), ""),
    (lambda s: hoststack.resolve({**s, "expect": [{"metric": HALF}]}), "/expect/0/metric"),
    (lambda s: hoststack.sweep({**s, "sweep": {"axes": {"about": [HALF]}}}), "/sweep/axes/about/0"),
    (lambda s: hoststack.cores.TcpConnection(os=HALF), "/hosts/host/os"),
    (lambda s: hoststack.run(s, variants=[type("Half", (hoststack.Scheduler,), {"based_on": HALF})]), ""),
])
def test_half_a_character_is_a_mistake_of_the_scenario(short, call, pointer):
    with pytest.raises(hoststack.ScenarioError) as caught:
        call(short)
    assert caught.value.pointer == pointer
    str(caught.value).encode()  # what is told can be written


def test_half_a_character_that_a_variant_raises_is_told(multipath):
    class Raises(hoststack.Scheduler):
        """Raises at once."""

        name = "raises"

        def get_send(self, view):
            raise ValueError(HALF)

    multipath["hosts"]["server"]["mptcp"]["scheduler"] = Raises
    with pytest.raises(hoststack.VariantError, match=r"ValueError: half \\ud800 a character"):
        hoststack.run(multipath)


def test_half_a_character_is_no_metric(short):
    run = hoststack.run(short)
    for call in (lambda: run[HALF], lambda: run.series(HALF)):
        with pytest.raises(hoststack.UnknownMetric) as caught:
            call()
        str(caught.value).encode()
    assert run.unit(HALF) == ""


def test_a_capture_or_a_picture_is_no_device_or_pipe(here):
    with pytest.raises(OSError, match="is a device"):
        hoststack.captures.read("/dev/zero")
    with pytest.raises(OSError, match="nothing comes"):
        hoststack.captures.read("pipe")
    figure = pytest.importorskip("matplotlib.figure").Figure()
    (here / "pipe").rename("pipe.svg")
    with pytest.raises(OSError, match="nobody reads"):
        hoststack.plots.save(figure, "pipe.svg")
    with pytest.raises(ValueError, match="is empty"):
        hoststack.plots.save(figure, "")
