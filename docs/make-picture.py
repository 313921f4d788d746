#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""make-picture.py [FILE.svg]: the README's picture, docs/pictures/outage.svg. `./hoststack python docs/make-picture.py`

A download over a 5G modem and VDSL as one multipath connection; the modem loses its cell for three seconds. What is
drawn is a run of a scenario of the library, with the package's own plots. The numbers behind it stand in the file as
a comment, by which test/python/test_picture.py sees whether it is still what comes out.
"""

import json
import pathlib
import sys

import hoststack
from hoststack import plots

FILE = pathlib.Path(__file__).parent / "pictures" / "outage.svg"
SCENARIO = hoststack.library / "mptcp" / "x55-vdsl-download.json"
OUTAGE = {"run.duration": "10 s", "output.sample": "100 ms", "events": [{"at": "3 s", "link": "x55", "down": True, "for": "3 s"}]}


def figures(run):
    """Means of what the picture shows, by parts of the time: Mbit/s and ms."""
    names = [n for n in run.series_names if n.endswith(".goodput") and ".subflows." in n] + ["traffic.download.goodput"]
    frame = run.series(*names) / 1e6
    parts = {"before": (1, 3), "outage": (3.5, 6), "after": (7, 10)}
    return {part: {n.removeprefix("traffic.download."): round(float(frame[n].loc[begin:end].mean()), 2) for n in names}
            for part, (begin, end) in parts.items()}


def draw(run):
    import matplotlib
    from matplotlib.figure import Figure

    from hoststack.plots._style import STYLE

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 2.3), layout="constrained", facecolor="white")
        left, right = figure.subplots(1, 2)
    plots.goodput(run, "download", ax=left)
    plots.rtt(run, "download", "x55", ax=right)
    right.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncol=3, columnspacing=1, frameon=False, fontsize=7)
    for ax in (left, right):
        ax.axvspan(3, 6, color="0.92", zorder=0, linewidth=0)
    return figure


def main():
    file = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    run = hoststack.run(SCENARIO, OUTAGE)
    file.parent.mkdir(parents=True, exist_ok=True)
    plots.save(draw(run), file)
    text = file.read_text(encoding="utf-8")
    head, _, body = text.partition("<svg ")
    file.write_text(f"{head}<!-- {json.dumps(figures(run))} -->\n<svg {body}", encoding="utf-8")


if __name__ == "__main__":
    main()
