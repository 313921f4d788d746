# SPDX-License-Identifier: GPL-2.0-only
"""How all plots look, and how they are written."""

from __future__ import annotations

import contextlib
import itertools
import pathlib
from typing import TYPE_CHECKING, Any, Iterator, Mapping, Optional

from .._files import name_of, replacing
from .._run import Run, _nearest
from ..errors import UnknownMetric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Okabe and Ito (2008), without yellow, which white paper swallows.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 2)))

#: A legend above the axes, where it covers nothing.
_LEGEND: dict[str, Any] = {"loc": "lower center", "bbox_to_anchor": (0.45, 1.0), "ncol": 2}
HATCHES = ("", "//", "..", "xx", "\\\\")

STYLE: dict[str, Any] = {
    "figure.figsize": (3.35, 2.1), "figure.dpi": 150, "font.size": 8, "axes.labelsize": 8,
    "axes.titlesize": 8, "xtick.labelsize": 7, "ytick.labelsize": 7, "legend.fontsize": 7,
    "legend.frameon": False, "lines.linewidth": 1.0, "axes.linewidth": 0.6, "axes.grid": True, "axes.axisbelow": True,
    "grid.linewidth": 0.3, "grid.color": "0.85", "axes.spines.top": False, "axes.spines.right": False,
    "pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "hoststack",
}


@contextlib.contextmanager
def axes(ax: Optional["Axes"], ylabel: str, xlabel: str = "time [s]") -> Iterator["Axes"]:
    """Axes in our style; a figure of their own that no window shows, unless some are given."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        if ax is None:
            ax = Figure(layout="constrained").subplots()
        ax.set_xlabel(xlabel)
        ax.set_ylabel(ylabel)
        yield ax
        if ax.get_legend_handles_labels()[0]:
            ax.legend(**_LEGEND)
        ax.margins(x=0)


def is_run(run: Any) -> None:
    if not isinstance(run, Run):
        raise TypeError(f"plots take what hoststack.run() or load() gave, not a {type(run).__name__}")


def is_labelled(groups: Any, what: str) -> None:
    """Raises unless there is something to draw, with a label each."""
    if not isinstance(groups, Mapping) or not groups:
        raise TypeError(f"expected a dict, label to {what}, with at least one entry, not {groups!r:.60}")


def styles() -> Iterator[dict[str, Any]]:
    return ({"color": c, "linestyle": d} for c, d in itertools.cycle(zip(COLOURS, DASHES)))


def traffic_of(run: Run, name: str) -> str:
    is_run(run)
    known = sorted({n.split(".")[1] for n in run.series_names if n.startswith("traffic.")})
    if name not in known:
        hint = "" if known else "the scenario records no series: output.series"
        raise UnknownMetric(f"traffic.{name}", _nearest(name, known), hint)
    return f"traffic.{name}"


def subflows_of(run: Run, traffic: str) -> list[str]:
    return sorted({n.split(".")[3] for n in run.series_names if n.startswith(f"{traffic}.subflows.")})


def line(ax: "Axes", run: Run, name: str, scale: float, label: str, style: Mapping[str, Any],
         **more: Any) -> None:
    series = run.series(name)[name].dropna()
    ax.plot(series.index, series / scale, label=label, **style, **more)


def save(figure: "Figure", path: Any) -> None:
    """Writes a figure; the same figure gives the same bytes, so that a paper's repository stays quiet.

    Raises:
        ValueError: the name ends in no kind of picture that matplotlib writes.
    """
    import matplotlib

    path = name_of(path, "the picture", "the path of a file")
    if not pathlib.Path(path).suffix:
        path += "." + matplotlib.rcParams["savefig.format"]
    kind = pathlib.Path(path).suffix[1:].lower()
    dates: dict[str, dict[str, None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    # The layout begins where the last drawing has left it, so that a picture would depend on those before it.
    for ax in figure.axes:
        if ax.get_subplotspec() is not None:
            ax._set_position(ax.get_subplotspec().get_position(figure))  # pylint: disable=protected-access
    with matplotlib.rc_context(STYLE), replacing(path) as file:
        figure.savefig(file, metadata=dates.get(kind, {}), format=kind)
