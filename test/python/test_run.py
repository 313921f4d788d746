# SPDX-License-Identifier: GPL-2.0-only
"""Runs from Python: the same results as the command line's, as frames."""

import json
import os
import re
import shutil
import subprocess

import hoststack
import pandas
import pandas.testing
import pytest
from conftest import SOURCE


def test_a_run_yields_what_the_command_line_writes(library, tmp_path):
    file = library / "links" / "x55-download.json"
    subprocess.run([os.environ["HOSTSTACK_CLI"], "run", str(file), "--set", "run.duration=2 s",
                    "--seed", "7", "-q", "--out", str(tmp_path)], check=False)
    run = hoststack.run(file, {"run.duration": "2 s"}, 7, out=tmp_path / "ours")
    written = tmp_path / "x55-download"
    for name in ("summary.json", "series.csv", "events.csv", "connections.csv",
                 "scenario.resolved.json"):
        assert (written / name).read_bytes() == (tmp_path / "ours" / name).read_bytes(), name
    theirs = hoststack.load(written)
    for name in ("events", "connections", "exchanges", "summary", "expectations", "why"):
        pandas.testing.assert_frame_equal(getattr(run, name), getattr(theirs, name))
    pandas.testing.assert_frame_equal(run.series(), theirs.series())
    assert run.summary_json == json.loads((written / "summary.json").read_text())
    assert run.seed == 7 and run.simulated_s == 2


def test_exchanges_are_a_frame_and_equal_to_the_file(short, tmp_path):
    short["traffic"] = {"web": {"kind": "request-response", "from": "client", "to": "server",
                                "request-size": "200 B", "response-size": "10 kB", "count": 5}}
    run = hoststack.run(short, out=tmp_path / "r")
    assert len(run.exchanges) == 5
    assert (run.exchanges["response_s"] > 0.02).all()
    pandas.testing.assert_frame_equal(run.exchanges, hoststack.load(tmp_path / "r").exchanges)


def test_the_summary_has_values_and_units(short):
    run = hoststack.run(short)
    assert list(run.summary.columns) == ["value", "unit"]
    assert run.summary.loc["traffic.download.goodput", "unit"] == "bit/s"
    assert run.summary.loc["traffic.download.goodput", "value"] == run["traffic.download.goodput"]
    assert run.unit("traffic.download.completion") == "s"


def test_series_are_chosen_by_names_and_patterns(short):
    run = hoststack.run(short)
    one = run.series("traffic.download.goodput")
    assert list(one.columns) == ["traffic.download.goodput"] and one.index.name == "time_s"
    some = run.series("links.path.*.queue.max", "traffic.download.goodput")
    assert len(some.columns) == 3
    assert len(run.series().columns) == len(run.series_names)


def test_a_metric_that_does_not_exist_names_the_nearest(short):
    run = hoststack.run(short)
    with pytest.raises(hoststack.UnknownMetric) as caught:
        run["traffic.download.godput"]
    assert caught.value.nearest == "traffic.download.goodput"
    with pytest.raises(KeyError, match="did you mean \"traffic.download.goodput\""):
        run.series("traffic.download.goodputs")
    with pytest.raises(hoststack.UnknownMetric, match="it is in run.metrics"):
        run.series("run.duration")
    silent = hoststack.run(short, {"output.series": False})
    with pytest.raises(hoststack.UnknownMetric, match="output.series"):
        silent.series("traffic.download.goodput")
    assert silent.series().empty


def test_only_what_is_recorded_is_in_the_series(short):
    run = hoststack.run(short, {"output.record": ["links.path.down.*"]})
    assert run.series_names and all(n.startswith("links.path.down.") for n in run.series_names)


def test_why_tells_shares_of_time(multipath):
    why = hoststack.run(multipath).why
    assert set(why.index.get_level_values("link")) == {"", "fast", "slow"}
    shares = why.loc[("download", "")].drop(["mostly", "ended"]).astype(float)
    assert shares.sum() == pytest.approx(1, abs=0.01)


def test_expectations_are_judged(short):
    short["expect"] = [{"metric": "traffic.download.goodput", "at_least": "1 Gbit/s",
                        "because": "It cannot."}]
    run = hoststack.run(short)
    assert not run.met
    row = run.expectations.iloc[0]
    assert not row["met"] and row["because"] == "It cannot." and row["target"] == 1e9


def test_progress_is_told_and_not_shown_elsewhere(library, capfd):
    hoststack.run(library / "links" / "x55-download.json", progress=True)
    shown = capfd.readouterr().err
    assert shown == "" or "s simulated" in shown
    hoststack.run(library / "links" / "x55-download.json")
    assert capfd.readouterr().err == ""


def test_the_package_imports_nothing_heavy():
    code = ("import sys, hoststack; hoststack.run; "
            "heavy = {'numpy', 'pandas', 'matplotlib', 'hoststack._core'} & set(sys.modules); "
            "sys.exit(str(heavy) if heavy else 0)")
    subprocess.run(["/usr/bin/python3", "-c", code], check=True)


def test_a_folder_without_results_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        hoststack.load(tmp_path)
    (tmp_path / "summary.json").write_text('{"hoststack-summary": 99}')
    with pytest.raises(ValueError, match="not a summary of this version"):
        hoststack.load(tmp_path)


@pytest.mark.parametrize("page", ["python.md", "extending/python.md"])
def test_the_examples_of_the_pages_run(page, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(SOURCE)
    pytest.importorskip("matplotlib").use("agg")
    pytest.importorskip("cloudpickle")
    blocks = re.findall(r"```python\n(.*?)```", (SOURCE / "docs" / page).read_text(), re.DOTALL)
    assert blocks
    names = {"__name__": "__main__"}
    for block in blocks:
        # One page is one session. What it writes goes elsewhere.
        block = block.replace('"goodput.pdf"', repr(str(tmp_path / "goodput.pdf")))
        exec(compile(block, page, "exec"), names)  # pylint: disable=exec-used


@pytest.mark.parametrize("call, words", [
    (lambda short: hoststack.run(short, ["run.duration"]), "overrides are a dict"),
    (lambda short: hoststack.run(short, timeout=float("nan")), "timeout is nan; expected seconds"),
    (lambda short: hoststack.run(short, timeout=-1), "timeout is -1; expected seconds"),
    (lambda short: hoststack.run(short, folder="/no/such"), "'/no/such' is no folder"),
    (lambda short: hoststack.run(short, variants=3), "variants are classes or texts"),
    (lambda short: hoststack.run(3), "path of a file or a dict, not a int"),
    (lambda short: hoststack.run(short).series(["traffic.download.goodput"]), "one after the other, not a list"),
    (lambda short: hoststack.run(short)[3], "a text, not a int"),
])
def test_arguments_of_another_kind_are_refused_with_what_is_expected(short, call, words):
    with pytest.raises((TypeError, ValueError, NotADirectoryError), match=words):
        call(short)


def test_a_scenario_that_holds_itself_is_refused(short):
    short["hosts"]["client"]["tcp"] = short["hosts"]
    with pytest.raises(hoststack.ScenarioError, match="nested too deeply, or holds itself"):
        hoststack.run(short)


def test_a_file_of_bytes_that_are_no_text_is_a_mistake_of_the_file(tmp_path):
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00{}")
    with pytest.raises(hoststack.ScenarioError, match="is not JSON") as caught:
        hoststack.run(tmp_path / "bytes.json")
    assert caught.value.line == 1


@pytest.mark.parametrize("name", ["summary.json", "scenario.resolved.json", "series.csv", "events.csv", "connections.csv"])
@pytest.mark.parametrize("damage", [lambda text: text[:len(text) // 2 + 1].rstrip(b"\n"), lambda text: b"", lambda text: b"[1, 2]\n",
                                    lambda text: b"\xff\x00\xfe\n"], ids=["cut", "empty", "other", "bytes"])
def test_results_that_are_damaged_are_told_by_their_file(kept, tmp_path, name, damage):
    shutil.copytree(kept, tmp_path / "results")
    file = tmp_path / "results" / name
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(hoststack.ResultsError, match=re.escape(name)):
        run = hoststack.load(tmp_path / "results")
        assert run.series("*") is run.events is run.connections


@pytest.fixture(scope="module")
def kept(tmp_path_factory, library):
    folder = tmp_path_factory.mktemp("kept") / "results"
    hoststack.run(library / "links" / "x55-download.json", {"run.duration": "0.2 s"}, out=folder)
    return folder
