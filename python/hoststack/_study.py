# SPDX-License-Identifier: GPL-2.0-only
"""A study: one scenario, run with every combination of some of its values.

    {"hoststack-study": 1, "name": "buffers", "scenario": "two-paths.json",
     "sweep": {"axes": {"hosts.client.tcp.so-rcvbuf": ["1 MiB", "4 MiB"]},
               "zip": [{"links.a.down.rate": ["10 Mbit/s", "50 Mbit/s"],
                        "links.a.up.rate": ["1 Mbit/s", "5 Mbit/s"]}],
               "replications": 5,
               "except": [{"hosts.client.tcp.so-rcvbuf": "4 MiB", "links.a.down.rate": "10 Mbit/s"}],
               "series": ["traffic.download.goodput"]}}

A scenario with a block `sweep` is a study of itself.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
import pathlib
import re
import zlib
from typing import Any, Iterator, Mapping, NoReturn, Optional, Sequence, Union

from ._files import read_text
from ._source import file_name, plain
from .errors import Issue, ScenarioError

KEYS = ("axes", "zip", "replications", "seeds", "only", "except", "series")
MOST_POINTS = 1_000_000


@dataclasses.dataclass(frozen=True)
class Point:
    """One run of a study: its values, its seed, and who it is.

    Attributes:
        axes: path -> value.
        key: SHA-256 of all that the result depends on: the resolved scenario with the contents of the
            files that it names, the seed, the build, the classes written in Python.
        cost: simulated seconds times what the links carry at most; only for the order.
        packed: the resolved scenario (zlib), which is what is run: a file that changes meanwhile changes nothing.
        inputs: name -> content of the files that it names.
    """

    axes: dict[str, Any]
    seed: int
    key: str
    cost: float
    packed: bytes
    inputs: Mapping[str, bytes]

    def source(self, folder: str) -> dict[str, Any]:
        """The scenario for a worker; its inputs are in `folder`."""
        return {"text": zlib.decompress(self.packed).decode(), "name": "<dict>", "folder": folder,
                "sets": [f"run.seed={self.seed}"]}


@dataclasses.dataclass(frozen=True)
class Study:
    """A study, read and checked."""

    name: str
    scenario: Union[str, dict[str, Any]]
    folder: str
    sweep: dict[str, Any]
    variants: tuple[Any, ...] = ()

    def document(self) -> str:
        """It as text, for the store."""
        return json.dumps({"name": self.name, "scenario": self.scenario, "sweep": self.sweep,
                           "variants": [str(v) for v in self.variants]}, sort_keys=True)

    def chosen(self) -> Iterator[dict[str, Any]]:
        """path -> value of every combination that the filters let through, in the order of the study."""
        groups = [[{path: value} for value in values]
                  for path, values in self.sweep.get("axes", {}).items()]
        for together in self.sweep.get("zip", []):
            groups.append([dict(zip(together, row)) for row in zip(*together.values())])
        for chosen in itertools.product(*groups):
            axes = {path: value for part in chosen for path, value in part.items()}
            if any(_matches(axes, rule) for rule in self.sweep.get("except", [])):
                continue
            only = self.sweep.get("only", [])
            if only and not any(_matches(axes, rule) for rule in only):
                continue
            yield axes

    def seeds(self) -> list[int]:
        if "seeds" in self.sweep:
            return list(self.sweep["seeds"])
        return list(range(1, self.sweep.get("replications", 1) + 1))

    def overrides(self, axes: Mapping[str, Any]) -> dict[str, Any]:
        """What a run lays over the scenario, besides its seed: the axes, and to record no more than the
        study keeps."""
        series = self.sweep.get("series", [])
        kept: dict[str, Any] = {"output.record": list(series)} if series else {"output.series": False}
        return {**axes, **kept, "output.events": False, "sweep": None}

    def points(self) -> list[Point]:
        """Every run, resolved and checked.

        Raises:
            ScenarioError: a run's scenario is wrong; says which values it has.
        """
        from ._execute import execute
        from ._native import core
        from ._source import sets_of, source_of
        from .variants import load, register, source_of as text_of

        classes = [load(v) for v in self.variants]
        register(classes)
        build = [core.build_digest, core.simulator(), *(text_of(c) for c in classes)]
        chosen = list(self.chosen())
        if not chosen:
            raise ScenarioError([Issue("", None, None, "/sweep", "leaves nothing to run: `except` and `only` take every combination",
                                       "at least one run")])
        seeds = self.seeds()
        base = source_of(self.scenario, folder=self.folder if isinstance(self.scenario, dict) else None)
        known: dict[str, bytes] = {}
        found = []
        for axes in chosen:
            sets = sets_of(self.overrides(axes), max(seeds))
            try:
                resolved = execute({"do": "resolve", "source": {**base, "sets": sets}})
            except ScenarioError as error:
                where = ", ".join(f"{p} = {v}" for p, v in axes.items()) or "no axis"
                raise ScenarioError([dataclasses.replace(i, message=f"{i.message} (with {where})")
                                     for i in error.issues]) from None
            inputs = {name: known.setdefault(name, content) for name, content in resolved["inputs"].items()}
            packed = zlib.compress(resolved["text"].encode(), 1)
            document = json.loads(resolved["text"])
            cost = _cost(document, resolved["duration_s"])
            # The seeds of a combination differ in nothing else, and its name changes nothing.
            for key in ("name", "about", "sources"):
                document.pop(key, None)
            document.get("run", {}).pop("seed", None)
            text = json.dumps(document, sort_keys=True)
            for seed in seeds:
                key = hashlib.sha256("\n".join([text, str(seed), *build]).encode()).hexdigest()
                found.append(Point(axes, seed, key, cost, packed, inputs))
        return found


def write_inputs(folder: str, inputs: Mapping[str, bytes]) -> None:
    """Puts the files that scenarios name below `folder`."""
    for name, content in inputs.items():
        path = pathlib.Path(folder, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def _matches(axes: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    return all(axes.get(path) in (value if isinstance(value, list) else [value])
               for path, value in rule.items())


_RATE = re.compile(r"\s*([0-9.]+)\s*([kMG]?)bit/s\s*")
_FACTOR = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}


def _cost(document: Mapping[str, Any], duration_s: float) -> float:
    rates = 0.0
    for link in document.get("links", {}).values():
        for way in ("down", "up"):
            rate = link.get(way, {}).get("rate")
            match = _RATE.fullmatch(rate) if isinstance(rate, str) else None
            rates += float(match[1]) * _FACTOR[match[2]] if match else 1e8
    return duration_s * (rates + 1e6) / 1e6


class _Checker:
    """Collects what is wrong with a study."""

    def __init__(self, file: str):
        self.file = file
        self.issues: list[Issue] = []

    def add(self, pointer: str, message: str, expected: str, nearest: str = "") -> None:
        self.issues.append(Issue(self.file, None, None, pointer, message, expected, nearest))

    def keys(self, pointer: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
        from ._native import core

        for key in given:
            if key not in known:
                self.add(f"{pointer}/{key}", f'unknown key "{key}"', "one of " + ", ".join(known),
                         core.nearest(key, list(known)))

    def values(self, pointer: str, given: Any) -> None:
        if not isinstance(given, list) or not given:
            self.add(pointer, "is no list of values", "a list with a value or more")
        elif len({json.dumps(v, sort_keys=True) for v in given}) != len(given):
            self.add(pointer, "has a value twice", "each value once")


def _check_sweep(sweep: Any, at: str, check: _Checker) -> None:
    if not isinstance(sweep, dict):
        check.add(at, "is no object", "axes, zip, replications or seeds, only, except, series")
        return
    check.keys(at, sweep, KEYS)
    seen: set[str] = set()
    groups = [(f"{at}/axes", sweep.get("axes", {}))]
    zipped = sweep.get("zip", [])
    if not isinstance(zipped, list):
        check.add(f"{at}/zip", "is no list", "a list of objects: path to list of values")
        zipped = []
    groups += [(f"{at}/zip/{i}", part) for i, part in enumerate(zipped)]
    for pointer, group in groups:
        if not isinstance(group, dict):
            check.add(pointer, "is no object", "a path to a list of values")
            continue
        for path, values in group.items():
            check.values(f"{pointer}/{path}", values) if pointer.endswith("axes") else None
            if path in seen:
                check.add(f"{pointer}/{path}", "stands in another axis, too", "each path once")
            seen.add(path)
        lengths = {len(v) if isinstance(v, list) else -1 for v in group.values()}
        if not pointer.endswith("axes") and (len(lengths) != 1 or min(lengths) < 1):
            check.add(pointer, "the lists of zipped axes differ in length, or are none",
                      "lists of one length")
    replications = sweep.get("replications", 1)
    if isinstance(replications, bool) or not isinstance(replications, int) or replications < 1:
        check.add(f"{at}/replications", f"{replications!r} is no number of runs", "1 or more")
    if "seeds" in sweep:
        check.values(f"{at}/seeds", sweep["seeds"])
        if "replications" in sweep:
            check.add(f"{at}/seeds", "stands beside replications", "one of both")
        if isinstance(sweep["seeds"], list) and not all(
                isinstance(s, int) and not isinstance(s, bool) and s >= 0 for s in sweep["seeds"]):
            check.add(f"{at}/seeds", "holds what is no seed", "whole numbers, 0 or more")
    from ._native import core

    for name in ("only", "except"):
        rules = sweep.get(name, [])
        if not isinstance(rules, list) or not all(isinstance(r, dict) and r for r in rules):
            check.add(f"{at}/{name}", "is no list of rules", "a list of objects: path to value(s)")
            continue
        for i, rule in enumerate(rules):
            for path in rule:
                if path not in seen:
                    check.add(f"{at}/{name}/{i}/{path}", "is no axis of this study",
                              "one of " + (", ".join(sorted(seen)) or "none"),
                              core.nearest(path, sorted(seen)))
    series = sweep.get("series", [])
    if not isinstance(series, list) or not all(isinstance(s, str) for s in series):
        check.add(f"{at}/series", "is no list of names", 'for example ["traffic.*.goodput"]')


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)!r:.80} stands twice in an object")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _read_file(file: str) -> Any:
    """The document in a study file, or in a pipe."""
    expected = "a study file"
    try:
        return plain(json.loads(read_text(file), object_pairs_hook=_once, parse_constant=_no_number))
    except OSError as error:
        raise ScenarioError([Issue(file, None, None, "", f"cannot be read: {error.strerror}", expected)]) from None
    except ScenarioError as error:  # a text that cannot be, or too many levels
        raise ScenarioError([dataclasses.replace(issue, file=file) for issue in error.issues]) from None
    except RecursionError:
        raise ScenarioError([Issue(file, None, None, "", "is nested too deeply", expected)]) from None
    except ValueError as error:
        raise ScenarioError([Issue(file, getattr(error, "lineno", None), getattr(error, "colno", None), "",
                                   f"is no JSON: {error}", expected)]) from None


def read(study: Union[str, "os.PathLike[str]", Mapping[str, Any]],
         folder: Optional[str] = None, variants: Sequence[Any] = ()) -> Study:
    """A study file, a scenario file with a block `sweep`, or the same as a dict.

    Raises:
        ScenarioError: it is wrong.
    """
    if isinstance(study, Mapping):
        file, document, base = "", plain(study), folder or "."
    else:
        file = file_name(study, "the study", "a study file, or a scenario with a block `sweep`")
        base = os.path.dirname(file) or "."
        if file.startswith(("/dev/", "/proc/")):  # a shell's <(...)
            base = "."
        document = _read_file(file)
    check = _Checker(file)
    if not isinstance(document, dict):
        check.add("", "is no object", "a study or a scenario")
        raise ScenarioError(check.issues)
    if "hoststack-study" in document:
        check.keys("", document, ("hoststack-study", "name", "about", "scenario", "sweep", "variants"))
        if document["hoststack-study"] != 1:
            check.add("/hoststack-study", f"is version {document['hoststack-study']!r}",
                      "1, the version that this program knows")
        scenario = document.get("scenario")
        if isinstance(scenario, str):
            scenario = os.path.join(base, scenario) if base != "." else scenario
        elif not isinstance(scenario, dict):
            check.add("/scenario", "is no scenario", "the path of a scenario file, or a scenario")
        name = document.get("name", pathlib.Path(file).stem or "study")
        named = document.get("variants", [])
        named = named if isinstance(named, list) else [named]
        classes = [os.path.join(base, v) if isinstance(v, str) and base != "." else v for v in named]
    else:
        if "sweep" not in document:
            check.add("", "says nothing to sweep",
                      'a study file ("hoststack-study": 1), or a scenario with a block `sweep`')
        # A pipe gives it once only, and to this process.
        lasts = file != "-" and os.path.isfile(file) and not file.startswith(("/dev/", "/proc/"))
        scenario, name, classes = (file if lasts else document), document.get("name", "study"), []
    if not isinstance(name, str) or not 1 <= len(name) <= 100 or re.search(r"[/\0\n]", name):
        check.add("/name", f"{name!r:.60} is no name", "a text of 1 to 100 characters without a slash: it names the study's file")
    _check_sweep(document.get("sweep", {}), "/sweep", check)
    if check.issues:
        raise ScenarioError(check.issues)
    sweep = document["sweep"] if "sweep" in document else {}
    from .variants import listed

    assert isinstance(scenario, (str, dict))
    made = Study(str(name), scenario, base, sweep, (*classes, *listed(variants)))
    count = len(sweep["seeds"]) if "seeds" in sweep else sweep.get("replications", 1)
    for group in [*sweep.get("axes", {}).values(),
                  *[next(iter(z.values())) for z in sweep.get("zip", [])]]:
        count *= len(group)
    if count > MOST_POINTS:
        check.add("/sweep", f"asks for {count} runs", f"at most {MOST_POINTS}")
        raise ScenarioError(check.issues)
    return made
