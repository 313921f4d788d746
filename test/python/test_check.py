# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios in CI: JUnit XML, baselines, and how a difference is told."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from hoststack import _baseline, _junit, _statistics


@pytest.fixture
def scenarios(short, tmp_path):
    """A folder with one scenario that meets what it expects, one that does not, one that is wrong."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    short["traffic"]["download"]["bytes"] = "1 MB"
    short["links"]["path"]["down"]["queue"] = "10 packets"
    for name, limit in (("good", "1 Mbit/s"), ("bad", "1 Gbit/s")):
        short["name"] = name
        short["expect"] = [{"metric": "traffic.download.goodput", "at_least": limit,
                            "because": f"<{name}> & \"why\""}]
        (folder / f"{name}.json").write_text(json.dumps(short))
    return folder


def check(*arguments):
    done = subprocess.run([sys.executable, "-m", "hoststack", "check", *map(str, arguments)],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_junit_names_what_is_met_missed_and_wrong(scenarios, tmp_path):
    (scenarios / "wrong.json").write_text('{"hoststack": 1, "name": "wrong", "hosst": {}}')
    status, _, _ = check(scenarios, "--junit", tmp_path / "new" / "report.xml")
    assert status == 2
    root = ET.parse(tmp_path / "new" / "report.xml").getroot()
    assert root.tag == "testsuites"
    assert [root.get(k) for k in ("tests", "failures", "errors", "skipped")] == ["5", "1", "1", "0"]
    suites = {s.get("name"): s for s in root}
    assert set(suites) == {"good", "bad", "wrong"}
    assert suites["good"][0].tag == "properties"
    for suite in suites.values():
        names = [(c.get("classname"), c.get("name")) for c in suite.iter("testcase")]
        assert len(set(names)) == len(names)
    failure = suites["bad"].find(".//failure")
    assert "expected at least 1 Gbit/s" in failure.get("message")
    assert 'because <bad> & "why"' in failure.text
    assert "hosst" in suites["wrong"].find(".//error").text


def test_names_are_made_different_and_characters_legal():
    suite = _junit.Suite("s\x00", "f", [_junit.Case("same"), _junit.Case("same", "failure", "\x1b[1m\ud800")],
                         {"a": "b\x07"})
    root = ET.fromstring(_junit.document([suite]))
    assert [c.get("name") for c in root.iter("testcase")] == ["same", "same (2)"]


def test_an_exact_baseline_holds_until_something_moves(scenarios, tmp_path):
    good, base = scenarios / "good.json", tmp_path / "base"
    status, out, _ = check(good, "--baseline", base)
    assert status == 1 and "--update makes it" in out
    status, out, _ = check(good, "--baseline", base, "--update")
    assert status == 0 and "baseline made (exact)" in out
    assert check(good, "--baseline", base)[0] == 0
    before = (base / "good.json").read_bytes()
    status, out, _ = check(good, "--baseline", base, "--set", "links.path.down.queue=12 packets")
    assert status == 1
    for words in ("differs: summary.json", "traffic.download.goodput:", "series differ from second 0",
                  "the first event that differs is number", "\n      - ", "\n      + "):
        assert words in out, words
    assert (base / "good.json").read_bytes() == before
    status, out, _ = check(good, "--baseline", base, "--update", "--set",
                           "links.path.down.queue=12 packets")
    assert status == 0 and "baseline changed (exact)" in out
    assert (base / "good.json").read_bytes() != before
    assert max(len(line) for line in (base / "good.json").read_text().splitlines()) < 150


def test_a_tolerance_lets_small_changes_pass(scenarios, tmp_path):
    good, base = scenarios / "good.json", tmp_path / "base"
    assert check(good, "--baseline", base, "--update", "--mode", "tolerance", "--tolerance", "0.5",
                 "--set", "links.path.down.queue=100 packets")[0] == 0
    assert check(good, "--baseline", base, "--set", "links.path.down.queue=100 packets", "--set",
                 "links.path.down.rate=18 Mbit/s")[0] == 0
    status, out, _ = check(good, "--baseline", base, "--set", "links.path.down.queue=100 packets",
                           "--set", "links.path.down.rate=4 Mbit/s")
    assert status == 1 and "beyond 0.5 of it" in out


def test_a_statistical_baseline_tells_chance_from_change(scenarios, tmp_path):
    good, base = scenarios / "good.json", tmp_path / "base"
    loss = ["--set", 'links.path.down.loss=1 %']
    assert check(good, "--baseline", base, "--update", "--mode", "statistical", "--seeds", "6",
                 *loss)[0] == 0
    kept = json.loads((base / "good.json").read_text())
    assert len(set(kept["metrics"]["traffic.download.goodput"])) > 1
    status, out, _ = check(good, "--baseline", base, *loss)
    assert status == 0, out
    status, out, _ = check(good, "--baseline", base, "--set", "links.path.down.loss=8 %")
    assert status == 1 and "by chance with p =" in out and "(95 %)" in out


def test_the_first_event_that_differs_comes_with_five_before_it():
    head = "time_s,object,what,host,subflow,detail,value\n"
    lines = [f"{i}.5,traffic.t,timeout,a,,,{i}\n" for i in range(9)]
    before, now = head + "".join(lines), head + "".join(lines[:7]) + "7.75,traffic.t,ended,a,,,\n"
    told = _baseline.first_difference(before, now).splitlines()
    assert told[0].endswith("number 8:") and len(told) == 8
    assert told[1].strip().startswith("2.5") and "- 7.500000000 s traffic.t timeout a 7" in told[6]
    assert "+ 7.750000000 s traffic.t ended a" in told[7]
    assert _baseline.first_difference(before, before) == ""
    assert "nothing more" in _baseline.first_difference(before, head)


def test_student_welch_and_holm_are_those_of_the_books():
    # Tables of Student's distribution: 97.5 % and 99.5 %.
    for freedom, t95, t99 in ((1, 12.706, 63.657), (5, 2.571, 4.032), (30, 2.042, 2.750)):
        assert _statistics.quantile(0.05, freedom) == pytest.approx(t95, abs=6e-4)
        assert _statistics.quantile(0.01, freedom) == pytest.approx(t99, abs=6e-4)
        assert _statistics.two_sided(t95, freedom) == pytest.approx(0.05, abs=1e-4)
    # Welch (1947) by hand: means 2 and 5, variances 1 and 4, n 3 each.
    chance, low, high = _statistics.welch([1, 2, 3], [3, 5, 7])
    assert low < 3 < high and chance == pytest.approx(_statistics.two_sided(3 / (5 / 3) ** 0.5, 50 / 17))
    assert _statistics.welch([1, 1], [1, 1])[0] == 1 and _statistics.welch([1, 1], [2, 2])[0] == 0
    assert _statistics.holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == {"a", "d"}


def test_welch_is_that_of_scipy():
    scipy = pytest.importorskip("scipy.stats", reason="python3-scipy is not installed")
    theirs = scipy.ttest_ind([1, 2, 4, 8], [3, 5, 7, 9, 30], equal_var=False).pvalue
    assert _statistics.welch([1, 2, 4, 8], [3, 5, 7, 9, 30])[0] == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("arguments, words", [
    (["--update"], "--baseline DIR"),
    (["--baseline", "BASE", "--seeds", "1"], "2 or more"),
    (["--baseline", "BASE"], "no baseline of version 1"),
    (["--junit", "/proc/none/report.xml"], "/proc/none"),
    (["--junit", "report.xml", "--set", "nonsense"], "path=value"),
])
def test_what_is_wrong_with_a_call_is_told(scenarios, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "BASE").mkdir()
    (tmp_path / "BASE" / "good.json").write_text('{"hoststack-baseline": 99}')
    status, out, err = check(scenarios / "good.json", *arguments)
    assert status == 2 and words in out + err


def test_a_folder_that_is_not_there_is_told(tmp_path):
    status, _, err = check(tmp_path / "none", "--junit", tmp_path / "r.xml")
    assert status == 2 and "does not exist" in err
    assert os.listdir(tmp_path) == []
