# SPDX-License-Identifier: GPL-2.0-only
"""What a scenario yielded when somebody looked at it and said: this is right. One JSON file per scenario,
with a value a line, and its events beside it.

Modes: `exact` (each result file is the same), `tolerance` (each number that is told is within a share of
what it was), `statistical` (over several seeds the means have not moved: Welch's test, Holm's
correction)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import pathlib
from typing import Any, Optional

from . import _statistics
from ._files import is_file, read_text, replacing, told

VERSION = 1
MOST_BYTES = 256 << 20  # of a baseline or its events
FILES = ("summary.json", "series.csv", "events.csv", "connections.csv", "exchanges.csv")
SHARE = 0.05  # of chance that a statistical check fails for no reason
# What is told of any traffic, besides the metrics that the scenario expects something of.
TELLING = (".goodput", ".completion", ".retransmits", ".timeouts", ".response.mean")


class BaselineError(Exception):
    """A baseline file cannot be used."""


def path_of(folder: pathlib.Path, name: str) -> pathlib.Path:
    return folder / f"{name}.json"


def read(folder: pathlib.Path, name: str) -> Optional[dict[str, Any]]:
    """None: there is none."""
    path = path_of(folder, name)
    try:
        if not is_file(path):
            return None
        content = json.loads(read_text(path, MOST_BYTES))
    except OSError as error:
        raise BaselineError(told(error)) from None
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{path}: {error}") from None
    if not isinstance(content, dict) or content.get("hoststack-baseline") != VERSION:
        raise BaselineError(f"{path}: is no baseline of version {VERSION}, which this program knows")
    _check_form(path, content)
    return content


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _check_form(path: pathlib.Path, content: dict[str, Any]) -> None:
    """Raises BaselineError unless all is there that its mode needs; somebody may have edited it."""
    mode = content.get("mode")
    form = {"exact": ("metrics", "files", "series-per-second"), "tolerance": ("metrics", "tolerance"),
            "statistical": ("metrics", "seeds")}.get(mode if isinstance(mode, str) else "")
    if form is None:
        raise BaselineError(f"{path}: /mode: {mode!r:.60} is no mode\n    expected: exact, tolerance or statistical")
    values = content.get("metrics")
    seeds = content.get("seeds", [0, 1])
    share = content.get("tolerance", 0)

    def is_value(value: Any) -> bool:
        return value is None or _is_number(value)

    seconds = content.get("series-per-second", {})
    sound = {
        "metrics": isinstance(values, dict) and all(
            isinstance(v, list) and all(map(is_value, v)) if mode == "statistical" else is_value(v)
            for v in values.values()),
        "files": isinstance(content.get("files"), dict),
        "series-per-second": isinstance(seconds, dict) and all(second.isdecimal() for second in seconds),
        "tolerance": _is_number(share) and 0 <= share < float("inf"),
        "seeds": isinstance(seeds, list) and len(seeds) >= 2 and all(
            isinstance(s, int) and not isinstance(s, bool) and s >= 0 for s in seeds),
    }
    for key in form:
        if key not in content or not sound[key]:
            raise BaselineError(f"{path}: /{key}: is not as --update writes it\n    expected: the file as it was kept, or "
                                "make it anew with --update")


def telling(summary: dict[str, Any]) -> dict[str, Optional[float]]:
    """The numbers that a baseline holds."""
    expected = {e["metric"] for e in summary["expectations"]}
    return {name: value for name, value in summary["metrics"].items()
            if name in expected or (name.startswith("traffic.") and name.count(".") <= 3
                                    and name.endswith(TELLING))}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def seconds_of(series: str) -> dict[str, str]:
    """A digest of the lines of each simulated second."""
    parts: dict[str, list[str]] = {}
    for line in series.splitlines()[1:]:
        parts.setdefault(line.split(",", 1)[0].split(".")[0], []).append(line)
    return {second: _digest("\n".join(lines)) for second, lines in parts.items()}


def _text(folder: pathlib.Path, name: str) -> str:
    path = folder / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def make(results: list[pathlib.Path], mode: str, tolerance: float) -> tuple[dict[str, Any], str]:
    """The baseline of what was run (several seeds: several folders), and its events."""
    summaries = [json.loads(_text(folder, "summary.json")) for folder in results]
    content: dict[str, Any] = {"hoststack-baseline": VERSION, "mode": mode}
    if mode == "statistical":
        content["seeds"] = [s["seed"] for s in summaries]
        told = [telling(s) for s in summaries]
        content["metrics"] = {name: [t.get(name) for t in told] for name in sorted(told[0])}
        return content, ""
    content["metrics"] = telling(summaries[0])
    if mode == "tolerance":
        content["tolerance"] = tolerance
        return content, ""
    content["files"] = {name: hashlib.sha256((results[0] / name).read_bytes()).hexdigest()
                        for name in FILES if (results[0] / name).exists()}
    content["series-per-second"] = seconds_of(_text(results[0], "series.csv"))
    return content, _text(results[0], "events.csv")


def write(folder: pathlib.Path, name: str, content: dict[str, Any], events: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"{name}.events.csv"
    for path in (path_of(folder, name), beside):
        is_file(path)  # a pipe or a device keeps nothing
    with replacing(path_of(folder, name)) as file:
        file.write((json.dumps(content, indent=1, sort_keys=True) + "\n").encode())
    if events:
        with replacing(beside) as file:
            file.write(events.encode())
    else:
        beside.unlink(missing_ok=True)


def first_difference(before: str, now: str, context: int = 5) -> str:
    """The first event that differs, with those before it; "" if all are the same."""
    rows = [list(csv.reader(io.StringIO(text)))[1:] for text in (before, now)]
    for place in range(max(map(len, rows), default=0)):
        old, new = (r[place] if place < len(r) else None for r in rows)
        if old == new:
            continue

        def line(row: Optional[list[str]]) -> str:
            return "nothing more" if row is None else " ".join(
                [f"{float(row[0]):.9f} s", *(part for part in row[1:] if part)])

        told = [f"    {line(row)}" for row in rows[0][max(0, place - context):place]]
        return "\n".join([f"  the first event that differs is number {place + 1}:", *told,
                          f"  - {line(old)}", f"  + {line(new)}"])
    return ""


def _number(value: Optional[float]) -> str:
    return "no value" if value is None else f"{value:.6g}"


def _change(before: Optional[float], now: Optional[float]) -> str:
    share = f" ({now / before - 1:+.3%})" if before and now is not None else ""
    return f"{_number(before)} -> {_number(now)}{share}"


def _moved(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    return [f"  {name}: {_change(before.get(name), now.get(name))}"
            for name in sorted(before.keys() | now.keys()) if before.get(name) != now.get(name)]


def compare(baseline: dict[str, Any], events_before: str,
            results: list[pathlib.Path]) -> list[tuple[str, str]]:
    """(what, text) of each thing that the baseline holds; the text is "" if it is as it was."""
    now, events = make(results, baseline["mode"], baseline.get("tolerance", 0.0))
    before = baseline["metrics"]
    if baseline["mode"] == "exact":
        differing = [n for n in FILES if baseline["files"].get(n) != now["files"].get(n)]
        if not differing:
            return [("results are those of the baseline", "")]
        told = ["differs: " + ", ".join(differing), *_moved(before, now["metrics"])]
        seconds = baseline["series-per-second"]
        for second in sorted(seconds.keys() | now["series-per-second"].keys(), key=int):
            if seconds.get(second) != now["series-per-second"].get(second):
                told.append(f"  the series differ from second {second} on")
                break
        told.append(first_difference(events_before, events) or "  all events are the same")
        return [("results are those of the baseline", "\n".join(told))]
    names = sorted(before.keys() | now["metrics"].keys())
    if baseline["mode"] == "tolerance":
        return [(f"{name} is that of the baseline",
                 _beyond(before.get(name), now["metrics"].get(name), baseline["tolerance"]))
                for name in names]
    return _statistical(before, now["metrics"], names)


def _beyond(before: Optional[float], now: Optional[float], tolerance: float) -> str:
    if before == now:
        return ""
    if before is None or now is None or abs(now - before) > tolerance * abs(before):
        return f"{_change(before, now)}, beyond {tolerance:.3g} of it"
    return ""


def _statistical(before: dict[str, list[Any]], now: dict[str, list[Any]],
                 names: list[str]) -> list[tuple[str, str]]:
    tests = {}
    other = {}
    for name in names:
        a, b = before.get(name, []), now.get(name, [])
        missing = [[v is None for v in values].count(True) for values in (a, b)]
        a, b = ([v for v in values if v is not None] for values in (a, b))
        if len(a) < 2 or len(b) < 2 or missing[0] != missing[1]:
            # Whether there is a value at all is no question of a mean.
            other[name] = "" if (missing[0], len(a)) == (missing[1], len(b)) and (not a or a == b) else \
                f"{len(a)} of {len(a) + missing[0]} runs had a value, now {len(b)} of {len(b) + missing[1]}"
        else:
            tests[name] = (_statistics.welch(a, b, SHARE), _statistics.mean(a), _statistics.mean(b))
    real = _statistics.holm({name: test[0][0] for name, test in tests.items()}, SHARE)
    found = []
    for name in names:
        text = other.get(name, "")
        if name in real:
            (chance, low, high), old, new = tests[name]
            text = (f"mean {_change(old, new)}; the difference is {_number(low)} to {_number(high)} (95 %), "
                    f"by chance with p = {chance:.2g}")
        found.append((f"{name} is that of the baseline", text))
    return found
