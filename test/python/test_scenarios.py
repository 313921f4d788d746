# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios from Python: files, dicts, overrides, and how mistakes are told."""

import copy
import json
import pathlib
import pickle

import hoststack
import numpy
import pytest
from hoststack import _source

hypothesis = pytest.importorskip("hypothesis", reason="python3-hypothesis is not installed")
strategies = hypothesis.strategies

ROUNDS = hypothesis.settings(max_examples=40, deadline=None, derandomize=True,
                             suppress_health_check=list(hypothesis.HealthCheck))

NAMES = strategies.text("abcxyz-_019", min_size=1, max_size=8)
SCENARIOS = strategies.fixed_dictionaries({
    "name": NAMES,
    "duration": strategies.integers(1, 10**6).map(lambda n: f"{n} ms"),
    "seed": strategies.integers(0, 2**53 - 1),
    "rate": strategies.integers(1, 10**6).map(lambda n: f"{n} kbit/s"),
    "link": NAMES,
    "about": strategies.text(max_size=30),
})


def made(values):
    """A sound scenario of what hypothesis chose."""
    return {
        "hoststack": 1, "name": values["name"], "about": values["about"],
        "run": {"duration": values["duration"], "seed": values["seed"]},
        "hosts": {"a": {}, "b": {}},
        "links": {values["link"]: {"ends": ["a", "b"], "down": {"rate": values["rate"]},
                                   "up": {"rate": values["rate"]}}},
        "traffic": {"t": {"kind": "bulk", "from": "a", "to": "b"}},
    }


@ROUNDS
@hypothesis.given(SCENARIOS)
def test_a_dict_comes_back_resolved_as_it_was_given(values):
    given = made(values)
    before = copy.deepcopy(given)
    resolved = hoststack.resolve(given)
    assert given == before
    for key, value in given.items():
        if key not in ("hosts", "links"):
            assert resolved[key] == value
    assert resolved["links"][values["link"]]["down"]["rate"] == values["rate"]


@ROUNDS
@hypothesis.given(SCENARIOS)
def test_a_resolved_scenario_resolves_to_itself(values):
    once = hoststack.resolve(made(values))
    assert hoststack.resolve(once) == once


@ROUNDS
@hypothesis.given(SCENARIOS, strategies.integers(1, 10**9), strategies.integers(0, 2**53 - 1))
def test_an_override_is_the_same_as_writing_it_into_the_dict(values, rate, seed):
    given = made(values)
    laid = hoststack.resolve(given, {f"/links/{values['link']}/down/rate": f"{rate} bit/s"}, seed)
    given["links"][values["link"]]["down"]["rate"] = f"{rate} bit/s"
    given["run"]["seed"] = seed
    assert laid == hoststack.resolve(given)


@ROUNDS
@hypothesis.given(strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers(-2**53, 2**53)
    | strategies.floats(allow_nan=False, allow_infinity=False) | strategies.text(max_size=5),
    lambda inner: strategies.lists(inner, max_size=3)
    | strategies.dictionaries(strategies.text(max_size=5), inner, max_size=3), max_leaves=8))
def test_what_json_knows_goes_through_unchanged(value):
    assert _source.plain(value) == value
    assert json.loads(json.dumps(_source.plain(value))) == value


def test_none_removes_what_is_there(short):
    resolved = hoststack.resolve(short, {"traffic.download.bytes": None})
    assert "bytes" not in resolved["traffic"]["download"]


def test_numbers_of_numpy_and_paths_are_plain():
    given = {"a": numpy.int64(3), "b": numpy.float32(0.5), "c": numpy.array([1, 2]),
             "d": pathlib.Path("x/y"), "e": (1, numpy.bool_(True))}
    assert _source.plain(given) == {"a": 3, "b": 0.5, "c": [1, 2], "d": "x/y", "e": [1, True]}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object(), b"x", {3: 1}])
def test_what_json_does_not_know_is_refused_with_its_pointer(short, value):
    short["run"]["odd~name/x"] = value
    with pytest.raises(hoststack.ScenarioError) as caught:
        hoststack.resolve(short)
    assert caught.value.pointer == "/run/odd~0name~1x"


def test_a_mistake_in_a_file_has_line_and_pointer(short, tmp_path):
    file = tmp_path / "wrong.json"
    short["traffic"]["download"]["byts"] = "1 MB"
    file.write_text(json.dumps(short, indent=1))
    line = [i for i, text in enumerate(file.read_text().splitlines(), 1) if "byts" in text][0]
    with pytest.raises(hoststack.ScenarioError) as caught:
        hoststack.run(file)
    error = caught.value
    assert (error.file, error.line, error.pointer, error.nearest) == (
        str(file), line, "/traffic/download/byts", "bytes")
    assert isinstance(error, ValueError) and isinstance(error, hoststack.HoststackError)
    again = pickle.loads(pickle.dumps(error))
    assert again.issues == error.issues and str(again) == str(error)


def test_a_mistake_in_a_dict_has_a_pointer_and_no_line(short):
    short["hosts"]["client"] = {"tcp": {"window": "linus"}}
    short["links"]["path"]["down"]["rate"] = "fast"
    with pytest.raises(hoststack.ScenarioError) as caught:
        hoststack.run(short)
    assert caught.value.line is None and caught.value.file == ""
    assert "/links/path/down/rate" in [issue.pointer for issue in caught.value.issues]


def test_an_override_that_fits_nowhere_is_told_as_such(short):
    with pytest.raises(hoststack.ScenarioError, match="did you mean \"path\"") as caught:
        hoststack.run(short, {"links.pat.down.rate": "1 Mbit/s"})
    assert caught.value.file.startswith("--set links.pat.down.rate")
    for path in ("", "a=b", 3):
        with pytest.raises(hoststack.ScenarioError, match="no path"):
            hoststack.run(short, {path: 1})
    for seed in (-1, True, "1", 1.5):
        with pytest.raises(hoststack.ScenarioError, match="no seed"):
            hoststack.run(short, seed=seed)


def test_the_process_goes_on_after_a_mistake(short):
    with pytest.raises(hoststack.ScenarioError):
        hoststack.run({"hoststack": 1})
    assert hoststack.run(short).name == "short"


def test_files_of_a_dict_are_looked_for_in_its_folder(short, tmp_path):
    (tmp_path / "base.json").write_text(json.dumps(short))
    run = hoststack.run({"hoststack": 1, "name": "derived", "extends": "base.json"}, folder=tmp_path)
    assert run.name == "derived" and run["traffic.download.bytes"] == 300000
    with pytest.raises(TypeError, match="in its own"):
        hoststack.run(tmp_path / "base.json", folder=tmp_path)
    with pytest.raises(TypeError, match="path of a file or a dict"):
        hoststack.run(17)
