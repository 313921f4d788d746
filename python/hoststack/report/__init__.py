# SPDX-License-Identifier: GPL-2.0-only
"""One page of results that stands for itself: no network, no server, nothing beside it.

    hoststack.report.write(["results/x55-download"], "x55.html")
    hoststack.report.write([run], "run.html")                # a Run, too

What it draws with (uPlot) is in the page, and its policy lets the page load nothing.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import pathlib
from typing import Any, Iterator, Mapping, Optional, Sequence, Union

from .._files import check_target, name_of, replacing
from .._run import Run, load
from ..errors import StoreError
from ._charts import MOST_POINTS, charts_of, pack
from ._compare import compare
from ._format import told
from ._topology import bottleneck_of, busy_of, draw

__all__ = ["write", "Results"]

HERE = pathlib.Path(__file__).resolve().parent
Results = Union[str, "os.PathLike[str]", Run]
MOST_ROWS = 2000  # of a table; beyond, the page says how many there are


def _library() -> tuple[str, str]:
    """(script, style) of uPlot."""
    import hoststack

    folders = [pathlib.Path(p) / "library" for p in hoststack.__path__]
    folders += [HERE.parent / "library"]
    for folder in folders:
        if (folder / "uPlot.iife.min.js").exists():
            return ((folder / "uPlot.iife.min.js").read_text(encoding="utf-8"),
                    (folder / "uPlot.min.css").read_text(encoding="utf-8"))
    raise StoreError("the library that draws charts (uPlot) is not here: './hoststack report' fetches it from the "
                     "npm registry once, by python/report-library/package-lock.json")


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _embedded(value: Any) -> str:
    """JSON that may stand in a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _rows(frame: Any) -> tuple[list[list[Any]], int]:
    shown = frame.head(MOST_ROWS)
    return ([["" if v != v or v is None else (f"{v:.9g}" if isinstance(v, float) else v) for v in row]
             for row in shown.itertuples(index=False)], len(frame))


def _model(run: Run, label: str, number: int) -> dict[str, Any]:
    """What the page shows of a run."""
    events, all_events = _rows(run.events)
    connections, all_connections = _rows(run.connections)
    expectations = [{**e, "told": told(e["measured"], e["unit"])}
                    for e in run.summary_json["expectations"]]
    why = []
    for (traffic, link), row in run.why.iterrows():
        shares = sorted(((c, float(v)) for c, v in row.items()
                         if c not in ("mostly", "ended") and v == v and float(v) >= 0.005),
                        key=lambda s: -s[1])
        why.append({"who": f"{traffic}, over {link}" if link else traffic, "ended": row.get("ended", ""),
                    "shares": [{"cause": c, "percent": f"{100 * v:.1f}"} for c, v in shares]})
    headline = []
    for traffic in run.scenario.get("traffic", {}):
        parts = [(part, run.metrics.get(f"traffic.{traffic}.{part}")) for part in
                 ("goodput", "bytes", "completion.mean", "response.p99", "delay.mean", "retransmits")]
        headline.append({"who": traffic, "parts": [
            {"name": f"traffic.{traffic}.{p}", "what": p, "told": told(v, run.unit(f"traffic.{traffic}.{p}"))}
            for p, v in parts if v is not None][:4]})
    bottleneck = bottleneck_of(run)
    return {
        "id": f"run{number}", "label": label, "name": run.name, "seed": run.seed, "met": run.met,
        "about": run.scenario.get("about", ""), "simulated": run.simulated_s, "notes": run.notes,
        "headline": headline, "expectations": expectations, "why": why, "topology": draw(run),
        "bottleneck": bottleneck,
        "busy": [{"host": h, "percent": f"{100 * b:.0f}"} for h in run.scenario["hosts"]
                 if (b := busy_of(run, h)) is not None],
        "metrics": [{"name": n, "exact": json.dumps(run.metrics[n]), "told": told(run.metrics[n], run.unit(n)),
                     "unit": run.unit(n)} for n in sorted(run.metrics)],
        "events": events, "all_events": all_events,
        "connections": connections, "all_connections": all_connections,
        "connection_columns": list(run.connections.columns),
    }


def _drawn(run: Run) -> dict[str, Any]:
    """What the page's script draws."""
    marks = [[float(e.time_s), f"{e.what} {e.object}" + (f" ({e.detail})" if e.detail else "")]
             for e in run.events.head(MOST_ROWS).itertuples()]
    return {"charts": charts_of(run), "marks": marks, "end": run.simulated_s, **pack(run)}


def _named(path: Union[str, "os.PathLike[str]"], what: str, expected: str) -> str:
    try:
        return name_of(path, what, expected)
    except ValueError as error:
        raise StoreError(str(error)) from None


@contextlib.contextmanager
def _telling(target: pathlib.Path) -> Iterator[None]:
    """Says of an OSError that it is the page which cannot be written."""
    try:
        yield
    except OSError as error:
        why = error.strerror if target.parent.is_dir() else f"there is no folder {target.parent}"
        raise OSError(f"cannot write the page {target}: {why}") from None


def _found(results: Sequence[Results]) -> tuple[list[tuple[str, Run]], list[pathlib.Path]]:
    """The runs (with labels) and the stores among `results`."""
    runs: list[tuple[str, Run]] = []
    stores = []
    for one in results:
        if isinstance(one, Run):
            runs.append((f"{one.name}, seed {one.seed}", one))
            continue
        path = pathlib.Path(_named(one, "results", "a folder of results, or the file of a sweep"))
        if path.is_file():
            stores.append(path)
        elif (path / "summary.json").is_file():
            runs.append((path.name, load(path)))
        elif path.is_dir() and (below := sorted(p.parent for p in path.glob("*/summary.json"))):
            runs += [(p.name, load(p)) for p in below]
        else:
            raise StoreError(f"{path}: no results are there; expected a folder with summary.json, a folder of such, "
                             "or the file of a sweep (NAME.hoststack.sqlite)")
    seen: dict[str, int] = {}
    named = []
    for label, run in runs:
        seen[label] = seen.get(label, 0) + 1
        named.append((label if seen[label] == 1 else f"{label} ({seen[label]})", run))
    return named, stores


def _groups(runs: Sequence[tuple[str, Run]]) -> Mapping[str, list[Mapping[str, Optional[float]]]]:
    """Runs of the same scenario that differ in the seed only stand together."""
    groups: dict[str, list[Mapping[str, Optional[float]]]] = {}
    labels: dict[str, str] = {}
    for label, run in runs:
        scenario = {k: v for k, v in run.scenario.items() if k not in ("name", "about")}
        scenario["run"] = {k: v for k, v in scenario.get("run", {}).items() if k != "seed"}
        key = json.dumps(scenario, sort_keys=True)
        groups.setdefault(labels.setdefault(key, label), []).append(run.metrics)
    return groups


def _study(path: pathlib.Path) -> dict[str, Any]:
    from .._native import core
    from .._sweep import Sweep

    sweep = Sweep(path)
    frame = sweep.frame()
    if not len(frame):
        raise StoreError(f"{path}: no run of it is done yet")
    columns = list(frame.columns)  # axes, seed, met, metrics
    axes, metrics = columns[:columns.index("seed")], columns[columns.index("met") + 1:]
    groups: dict[str, list[Mapping[str, Optional[float]]]] = {}
    for row in frame.to_dict("records"):
        label = ", ".join(f"{a.rsplit('.', 1)[-1]} {row[a]}" for a in axes) or "all"
        groups.setdefault(label, []).append(
            {m: (None if row[m] is None or row[m] != row[m] else row[m]) for m in metrics})
    return {"label": path.name, "runs": len(frame), "failed": len(sweep.failures),
            "met": int(frame["met"].sum()), "compared": compare(groups, (), lambda name: core.unit_of(name.replace(" (metric)", "")))}


def write(results: Sequence[Results], path: Union[str, "os.PathLike[str]"] = "report.html",
          title: Optional[str] = None) -> pathlib.Path:
    """Writes the page.

    Args:
        results: folders of results, folders of such folders, files of sweeps, or Runs.
        path: of the page.
        title: its heading; without it, the names of the runs.

    Returns:
        `path`.

    Raises:
        StoreError: there are no results, or the library of charts is missing.
        OSError: the page cannot be written; what was there is as it was.
    """
    import jinja2

    from .._native import core

    if isinstance(results, (str, os.PathLike, Run)):
        results = [results]
    target = pathlib.Path(_named(path, "the page", "the path of a file"))
    with _telling(target):
        check_target(path, *(one for one in results if not isinstance(one, Run)))
    library, library_style = _library()
    runs, stores = _found(results)
    studies = [_study(store) for store in stores]
    if not runs and not studies:
        raise StoreError("a report needs results: folders, files of sweeps, or runs")
    wanted = [m for _, run in runs for m in run.expectations["metric"]]
    groups = _groups(runs)
    names = list(dict.fromkeys([run.name for _, run in runs] + [s["label"] for s in studies]))
    if title is None:
        title = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    script = (HERE / "page.js").read_text(encoding="utf-8")
    style = library_style + (HERE / "page.css").read_text(encoding="utf-8")
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True,
                                     trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    models = [_model(run, label, i) for i, (label, run) in enumerate(runs)]
    page = environment.get_template("page.html.j2").render(
        title=title, runs=models, studies=studies, version=core.version, most=MOST_POINTS,
        compared=compare(groups, wanted, core.unit_of) if len(runs) > 1 else [],
        data=_embedded({m["id"]: _drawn(run) for m, (_, run) in zip(models, runs)}),
        thinned=any(len(run._series[n][0]) > MOST_POINTS  # pylint: disable=protected-access
                    for _, run in runs for n in run.series_names),
        style=style, library=library, script=script, most_rows=MOST_ROWS,
        policy="default-src 'none'; script-src " + " ".join(map(_hash, (library, script))) +
               f"; style-src {_hash(style)}; img-src data:; base-uri 'none'; form-action 'none'")
    with _telling(target), replacing(target) as file:
        file.write(page.encode("utf-8", "replace"))
    return target
