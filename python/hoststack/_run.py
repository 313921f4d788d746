# SPDX-License-Identifier: GPL-2.0-only
"""Running a scenario, and what came of it."""

from __future__ import annotations

import fnmatch
import json
import os
import pathlib
import sys
from collections.abc import Mapping as AbstractMapping
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Optional, Sequence, Union

from . import _process
from ._files import current_folder, holds_current, is_file, legible
from ._source import Scenario, file_name, source_of
from .errors import Issue, ResultsError, RunFault, RunTimeout, ScenarioError, UnknownMetric

if TYPE_CHECKING:
    import numpy
    import pandas

Series = Mapping[str, "tuple[numpy.ndarray, numpy.ndarray]"]


_COLUMNS = {
    "events": ["time_s", "object", "what", "host", "subflow", "detail", "value"],
    "connections": ["traffic", "connection", "opened_s", "connected_s", "first_byte_s", "last_byte_s",
                    "completed", "completion_s", "bytes", "retransmits", "timeouts", "end", "ended_by",
                    "ended_s", "retries"],
    "exchanges": ["traffic", "connection", "exchange", "asked_s", "answered_s", "response_s"],
}
_TEXTS = {"object", "what", "host", "detail", "traffic", "end", "ended_by"}
_NUMBERS = {"connection", "exchange", "bytes"}


def _nearest(name: str, known: Sequence[str]) -> str:
    from ._native import core

    return core.nearest(legible(str(name))[:200], list(known))


class Metrics(AbstractMapping):
    """The numbers of a run by dotted name, in base units (s, bit/s, bytes, shares of 1, counts).
    None: the run yields the metric, but it has no value (the completion time of what did not
    complete). An unknown name raises UnknownMetric, which says what is nearest."""

    def __init__(self, values: Mapping[str, Optional[float]]):
        self._values = dict(values)

    def __getitem__(self, name: str) -> Optional[float]:
        if not isinstance(name, str):
            raise TypeError(f"a metric's name is a text, not a {type(name).__name__}")
        if name not in self._values:
            raise UnknownMetric(name, _nearest(name, list(self._values)))
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __repr__(self) -> str:
        return f"Metrics({self._values!r})"


class _Packed(AbstractMapping):
    """Series as they came from the run (bytes of int64 ns and float64), unpacked when asked for."""

    def __init__(self, columns: Mapping[str, tuple[bytes, bytes]]):
        self._columns = dict(sorted(columns.items()))

    def __getitem__(self, name: str) -> "tuple[numpy.ndarray, numpy.ndarray]":
        import numpy

        at, value = self._columns[name]
        return numpy.frombuffer(at, "<i8") / 1e9, numpy.frombuffer(value, "<f8")

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


class _Filed(AbstractMapping):
    """Series of a results folder, read when first asked for."""

    def __init__(self, path: pathlib.Path):
        self._path = path
        self._groups: Optional[dict[str, Any]] = None

    def _read(self) -> dict[str, Any]:
        if self._groups is None:
            self._groups = {}
            if self._path.exists():
                frame = _frame(self._path, ("time_s", "object", "metric", "value"),
                               dtype={"object": "category", "metric": "category"})
                for (thing, metric), rows in frame.groupby(["object", "metric"], observed=True):
                    self._groups[f"{thing}.{metric}"] = (rows["time_s"].to_numpy(),
                                                         rows["value"].to_numpy())
                self._groups = dict(sorted(self._groups.items()))
        return self._groups

    def __getitem__(self, name: str) -> "tuple[numpy.ndarray, numpy.ndarray]":
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


class Run:
    """What came of one run.

    Attributes:
        name: of the scenario.
        seed: of its random streams.
        met: whether every expectation is met.
        simulated_s: simulated time at which it ended, in seconds.
        metrics: the summary's numbers by name (Metrics).
        notes: what the scenario asked for and the run had no use for, and what else is odd.
        scenario: the scenario with profiles and overrides merged, as a dict.
        text: the summary for people, as the command line prints it.
        folder: of its result files, or None.
    """

    def __init__(self, summary: Mapping[str, Any], series: Series, tables: Mapping[str, Any],
                 scenario: Mapping[str, Any], text: str = "", folder: Optional[str] = None):
        self._summary = dict(summary)
        self._series = series
        self._tables = tables
        self.name: str = summary["name"]
        self.seed: int = summary["seed"]
        self.met: bool = summary["met"]
        self.simulated_s: float = summary["simulated-s"]
        self.notes: list[str] = list(summary["notes"])
        self.metrics = Metrics(summary["metrics"])
        self.scenario: dict[str, Any] = dict(scenario)
        self.text = text
        self.folder = folder

    def __repr__(self) -> str:
        verdict = "met" if self.met else "missed"
        return (f"<hoststack.Run {self.name}, seed {self.seed}: {self.simulated_s:g} s simulated, "
                f"expectations {verdict}>")

    def __str__(self) -> str:
        return self.text or repr(self)

    def __getitem__(self, name: str) -> Optional[float]:
        """`run["traffic.download.goodput"]`: the number of a metric, in its base unit."""
        return self.metrics[name]

    @property
    def summary_json(self) -> dict[str, Any]:
        """The content of summary.json."""
        return self._summary

    @property
    def summary(self) -> "pandas.DataFrame":
        """One row per metric, by name. Columns: `value` (float64, NaN: none) and `unit` (s, bit/s,
        bytes, share, count)."""
        import pandas

        names = sorted(self.metrics)
        values = [self.metrics[name] for name in names]
        return pandas.DataFrame(
            {"value": pandas.array(values, dtype="float64") if values else [],
             "unit": [self.unit(name) for name in names]},
            index=pandas.Index(names, name="metric"),
        )

    def unit(self, name: str) -> str:
        """The unit of a metric or a series: s, bit/s, bytes, share or count; "" if unknown."""
        from ._native import core

        return core.unit_of(legible(name)) or ""

    @property
    def series_names(self) -> list[str]:
        """What `series` can give, sorted."""
        return list(self._series)

    def series(self, *names: str) -> "pandas.DataFrame":
        """Samples over simulated time.

        Args:
            names: full names ("traffic.download.goodput"); `*` stands for any text. None: all.

        Returns:
            One column per name (float64), one row per time at which any of them was sampled. The
            index `time_s` is seconds (float64). NaN where a series has no sample.

        Raises:
            UnknownMetric: nothing is called so; says what is nearest.
        """
        import pandas

        chosen: dict[str, None] = {}
        for name in names or ("*",):
            if not isinstance(name, str):
                raise TypeError(f"series() takes names, one after the other, not a {type(name).__name__}")
            if name in self._series:
                chosen[name] = None
                continue
            matching = fnmatch.filter(self._series, name.replace("[", "[[]")) if "*" in name else []
            if not matching and name != "*":
                known = self.series_names
                hint = "it is in run.metrics; a series of it needs two samples (output.sample), if it has one" \
                    if name in self.metrics else ""
                if not known:
                    hint = "the scenario records no series: output.series"
                raise UnknownMetric(name, _nearest(name, known), hint)
            chosen.update(dict.fromkeys(matching))
        columns = []
        for name in chosen:
            at, value = self._series[name]
            columns.append(pandas.Series(value, index=at, name=name))
        if not columns:
            return pandas.DataFrame(index=pandas.Index([], name="time_s", dtype="float64"))
        frame = pandas.concat(columns, axis=1) if len(columns) > 1 else columns[0].to_frame()
        return frame.sort_index().rename_axis("time_s")

    def _table(self, name: str) -> "pandas.DataFrame":
        import pandas

        table = self._tables[name]
        frame = table() if callable(table) else pandas.DataFrame(table, columns=_COLUMNS[name])
        for column in frame.columns:
            if column in _TEXTS:
                frame[column] = frame[column].fillna("").astype(object)
            elif column != "completed":
                frame[column] = frame[column].astype("int64" if column in _NUMBERS else "float64")
        return frame

    @property
    def events(self) -> "pandas.DataFrame":
        """What happened, in order. Columns: `time_s`, `object`, `what` (words: `hoststack list
        events`), `host`, `subflow`, `detail`, `value` (what it counts depends on `what`)."""
        return self._table("events")

    @property
    def connections(self) -> "pandas.DataFrame":
        """One row per connection: when it opened, got its first and last byte, how much it carried
        and how it ended. Times in seconds, NaN: never. Columns as in connections.csv."""
        return self._table("connections")

    @property
    def exchanges(self) -> "pandas.DataFrame":
        """One row per question and answer: `asked_s`, `answered_s`, `response_s`."""
        return self._table("exchanges")

    @property
    def expectations(self) -> "pandas.DataFrame":
        """One row per expectation of the scenario. Columns: `metric`, `expected` (in words), `unit`,
        `target` and `measured` (base unit), `met`, `margin` (share of the target on the good side of
        the limit), `because`."""
        import pandas

        columns = ["metric", "expected", "unit", "target", "measured", "met", "margin", "because"]
        return pandas.DataFrame(self._summary["expectations"], columns=columns)

    @property
    def why(self) -> "pandas.DataFrame":
        """Why traffic was not faster: one row per traffic and, for multipath, per subflow (index:
        `traffic`, `link`; "" is the connection). Columns: `mostly`, `ended`, and the share of time
        (0 to 1) that each cause held it back; NaN: it is not one."""
        import pandas

        rows = {}
        for traffic, entry in self._summary["why"].items():
            for link, why in {"": entry, **entry.get("subflows", {})}.items():
                rows[traffic, link] = {"mostly": why.get("mostly", ""), "ended": why.get("ended", ""),
                                       **why.get("share-of-time", {})}
        frame = pandas.DataFrame.from_dict(rows, orient="index")
        if not len(frame.columns):
            frame = pandas.DataFrame({"mostly": [], "ended": []})
        frame.index = pandas.MultiIndex.from_tuples(list(rows), names=["traffic", "link"]) \
            if rows else pandas.MultiIndex.from_arrays([[], []], names=["traffic", "link"])
        return frame

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def _progress_bar(scenario_name: str, wanted: Optional[bool]) -> Any:
    """A bar in simulated seconds that shows itself after half a second; None: nobody looks."""
    if wanted is None:
        wanted = sys.stderr.isatty() or "ipykernel" in sys.modules
    if not wanted:
        return None
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(desc=scenario_name, unit="s", delay=0.5, leave=False,
                bar_format="{desc}: {n:.1f} s simulated, {elapsed} of real time, {rate_fmt}")


def from_answer(answer: Mapping[str, Any], folder: Optional[str] = None) -> Run:
    """The run that a process has told."""
    summary = json.loads(answer["summary"])
    return Run(summary, _Packed(answer["series"]), {k: answer[k] for k in
               ("events", "connections", "exchanges")}, json.loads(answer["resolved"]),
               answer["text"], folder)


def run(scenario: Scenario, overrides: Optional[Mapping[str, Any]] = None,
        seed: Optional[int] = None, *, out: Optional[Union[str, "os.PathLike[str]"]] = None,
        variants: Sequence[Any] = (), isolated: bool = True, progress: Optional[bool] = None,
        timeout: Optional[float] = None,
        folder: Optional[Union[str, "os.PathLike[str]"]] = None) -> Run:
    """Simulates a scenario.

    The run has a process of its own: whatever happens to it, this interpreter goes on, and Ctrl-C
    ends it at once. The same scenario, seed and build give the same results.

    Args:
        scenario: path of a scenario file, or the same as a dict.
        overrides: values laid over it: {"links.x55.down.rate": "100 Mbit/s"}; None removes.
        seed: of the random streams, instead of the scenario's.
        out: a folder for the result files that the command line would write; it is replaced whole, so that it can
            be neither the current folder nor one above it.
        variants: classes (see hoststack.Scheduler and its siblings) that the scenario names, or texts
            "FILE.py:CLASS". In a dict, a class may also stand in the place of its name.
        isolated: False: in this process, for teaching and debugging: print and breakpoints work in
            your classes, but a fault of the run is one of the interpreter.
        progress: show a progress bar on standard error; None: on a terminal and in notebooks.
        timeout: seconds of real time after which the run is ended; not with isolated=False.
        folder: where a dict's relative file names are looked for; None: the current folder.

    Raises:
        ScenarioError: the scenario or an override is wrong; says where, and what is nearest.
        VariantError: a variant raised, or its answer cannot be.
        RunFault: the run's process died.
        RunTimeout: it took longer than `timeout`.
        KeyboardInterrupt: Ctrl-C; nothing is written.
    """
    if not isolated and timeout is not None:
        raise ValueError("timeout needs isolated=True: only another process can be ended")
    _process.check_timeout(timeout)
    classes: list[type] = []
    source = source_of(scenario, overrides, seed, folder, classes)
    request = {"do": "run", "source": source, "command": "python hoststack.run",
               "folder": _results_folder(out) if out is not None else ""}
    request.update(_with_variants(variants, classes, isolated))
    bar = _progress_bar(os.path.basename(source["name"]), progress)

    def told(at: float) -> None:
        if bar is not None:
            bar.update(at - bar.n)

    try:
        if isolated:
            answer = _ask(request, told if bar is not None else None, timeout)
        else:
            from ._execute import execute

            answer = execute(request, told)
    finally:
        if bar is not None:
            bar.close()
    return from_answer(answer, str(out) if out is not None else None)


def _results_folder(out: Union[str, "os.PathLike[str]"]) -> str:
    """The whole path of the folder that results replace.

    Raises:
        ScenarioError: it has no name, or who is in it would lose the ground under his feet.
    """
    expected = "the path of a folder for the results"
    name = file_name(out, "out", expected)
    if holds_current(name):
        raise ScenarioError([Issue("", None, None, "", f"out: {name}: results replace the folder whole; it is, or holds, "
                                   "the current folder: name another", expected)])
    return os.path.join(current_folder(), name)


def _with_variants(given: Any, classes: Sequence[type], isolated: bool) -> dict[str, Any]:
    if not classes and (given is None or given == ()):  # the usual case loads nothing
        return {}
    from . import variants as written

    variants = [*written.listed(given), *classes]
    if not variants:
        return {}
    loaded = [written.load(v) for v in variants]
    if not isolated:
        return {"variants": loaded}
    import cloudpickle

    return {"pickled": cloudpickle.dumps(loaded)}


def _ask(request: Mapping[str, Any], told: Optional[Callable[[float], None]],
         timeout: Optional[float]) -> Any:
    """As _process.ask; a run that was ended leaves nothing half written."""
    try:
        return _process.ask(request, told, timeout, fresh="pickled" in request)
    except (RunFault, RunTimeout, KeyboardInterrupt):
        if request.get("folder"):
            from ._execute import discard

            discard(request["folder"])
        raise


def resolve(scenario: Scenario, overrides: Optional[Mapping[str, Any]] = None,
            seed: Optional[int] = None, *, variants: Sequence[Any] = (),
            folder: Optional[Union[str, "os.PathLike[str]"]] = None) -> dict[str, Any]:
    """The scenario with its profiles and overrides merged, as a dict; checks it without running it.

    Raises:
        ScenarioError: as run().
    """
    classes: list[type] = []
    source = source_of(scenario, overrides, seed, folder, classes)
    request = {"do": "resolve", "source": source}
    request.update(_with_variants(variants, classes, True))
    return json.loads(_ask(request, None, None)["text"])


def _damaged(path: pathlib.Path, why: object = "it was cut, or written by something else") -> ResultsError:
    return ResultsError(f"{path} is no whole result file of hoststack: {why}")


def _check_file(path: pathlib.Path) -> None:
    try:
        is_file(path)
    except OSError as error:
        raise _damaged(path, error.strerror) from None


def _check_end(path: pathlib.Path) -> None:
    """Raises ResultsError for a file that was cut: the end of its last line is written last."""
    _check_file(path)
    with open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 1))
        if file.read() != b"\n":
            raise _damaged(path)


def _document(path: pathlib.Path) -> dict[str, Any]:
    _check_file(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _damaged(path, error) from None
    if not isinstance(document, dict):
        raise _damaged(path, "it is no object of JSON")
    return document


def _frame(path: pathlib.Path, columns: Sequence[str], **options: Any) -> "pandas.DataFrame":
    """A CSV file of results that has at least these columns."""
    import pandas

    _check_end(path)
    try:
        frame = pandas.read_csv(path, float_precision="round_trip", **options)
    except ValueError as error:  # of pandas or of the encoding
        raise _damaged(path, error) from None
    missing = [c for c in columns if c not in frame]
    if missing:
        raise _damaged(path, f"it has no column {missing[0]}")
    return frame


def load(folder: Union[str, "os.PathLike[str]"]) -> Run:
    """The run whose results are in `folder`, as the command line or `run(..., out=...)` wrote them.

    Raises:
        FileNotFoundError: there are no results.
        ResultsError: the files are not whole, not of this program, or of a version that it does not know;
            of series and tables when they are asked for.
    """
    import pandas

    if not os.fspath(folder):
        raise FileNotFoundError("folder: is empty; expected the path of a folder of results")
    path = pathlib.Path(folder)
    if not (path / "summary.json").is_file():
        raise FileNotFoundError(f"{legible(str(path))} holds no results: there is no summary.json in it")
    summary = _document(path / "summary.json")
    if summary.get("hoststack-summary") != 1:
        raise ResultsError(f"{path / 'summary.json'} is not a summary of this version of hoststack")

    def table(name: str) -> Callable[[], "pandas.DataFrame"]:
        def read() -> "pandas.DataFrame":
            file = path / f"{name}.csv"
            if not file.exists():
                return pandas.DataFrame(columns=_COLUMNS[name])
            frame = _frame(file, _COLUMNS[name], keep_default_na=False, na_values=[""])
            if "completed" in frame:
                frame["completed"] = frame["completed"].astype(bool)
            return frame
        return read

    scenario = _document(path / "scenario.resolved.json")
    return Run(summary, _Filed(path / "series.csv"),
               {name: table(name) for name in ("events", "connections", "exchanges")}, scenario,
               folder=str(path))
