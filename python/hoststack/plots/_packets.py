# SPDX-License-Identifier: GPL-2.0-only
"""Plots of single packets, from captures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping, Optional, Sequence

from ._style import COLOURS, axes, is_labelled, styles

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def sequence(flow: "pandas.DataFrame", ax: Optional["Axes"] = None) -> "Figure":
    """Time and sequence: data as it was sent, ACKs, and the right edge of the receiver's window, in MB over seconds.

    Args:
        flow: a direction of a connection, of captures.flow().
    """
    sent = flow[(flow.kind == "sent") & (flow.length > 0)]
    answered = flow[flow.kind == "answered"]
    with axes(ax, "sequence [MB]") as drawn:
        drawn.step(answered.time_s, answered.edge / 1e6, where="post", color=COLOURS[2], linestyle="--",
                   label="right edge of the window")
        drawn.vlines(sent.time_s, sent["first"] / 1e6, sent["last"] / 1e6, color=COLOURS[0], linewidth=1.2,
                     label="sent")
        drawn.step(answered.time_s, answered.acknowledged / 1e6, where="post", color=COLOURS[1],
                   label="acknowledged")
        again = sent[sent.again]
        if len(again):
            drawn.plot(again.time_s, again["first"] / 1e6, "x", markersize=3, color=COLOURS[3],
                       label="sent again", linestyle="none")
        blocks = [(at, *map(int, block.split(":"))) for at, text in zip(answered.time_s, answered.sack)
                  if text for block in text.split()]
        if blocks:
            drawn.vlines([b[0] for b in blocks], [b[1] / 1e6 for b in blocks],
                         [b[2] / 1e6 for b in blocks], color=COLOURS[4], linewidth=0.6, label="SACK")
        drawn.set_ylim(bottom=0)
    return drawn.figure


def bursts(flows: Mapping[str, "pandas.DataFrame"], ax: Optional["Axes"] = None, *,
           gap_s: float = 10e-6) -> "Figure":
    """How many data packets follow each other within `gap_s`: the share of packets that are in bursts of
    each size.

    Args:
        flows: label to a direction of a connection (captures.flow()), seen where it is of interest: at the sender
            what its pacing and segmentation make, at the receiver what the path has made of it.
    """
    from ..captures import bursts as found

    is_labelled(flows, "flow")
    return sizes({label: found(flow, gap_s) for label, flow in flows.items()},
                 "packets per burst", ax)


def sizes(groups: Mapping[str, Sequence[int]], what: str = "segments per merged packet",
          ax: Optional["Axes"] = None) -> "Figure":
    """A histogram of sizes (of bursts, of what GRO merged): the share of segments that are in groups of each size.

    Args:
        groups: label to the number of segments in each burst or merged packet.
        what: the name of the axis.
    """
    import numpy

    is_labelled(groups, "sizes")
    most = max((max(list(g), default=1) for g in groups.values()), default=1)
    edges = [1, 2]
    while edges[-1] <= most:
        edges.append(2 * edges[-1] - 1 if edges[-1] > 2 else 3)
    with axes(ax, "share of segments [%]", what) as drawn:
        place = numpy.arange(len(edges) - 1)
        width = 0.8 / max(len(groups), 1)
        for number, (label, group) in enumerate(groups.items()):
            values = numpy.asarray(list(group), dtype="float64")
            share = numpy.histogram(values, edges, weights=values)[0] / max(values.sum(), 1) * 100
            drawn.bar(place + width * (number - (len(groups) - 1) / 2), share, width,
                      color=COLOURS[number % len(COLOURS)], edgecolor="white", linewidth=0.3,
                      hatch=("", "//", "..", "xx")[number % 4], label=label)
        drawn.set_xticks(place, [str(a) if b - a == 1 else f"{a}-{b - 1}"
                                 for a, b in zip(edges, edges[1:])], **({"rotation": 30} if len(place) > 7 else {}))
    return drawn.figure


def lateness(samples: Mapping[str, Sequence[float]], ax: Optional["Axes"] = None) -> "Figure":
    """How much later than asked something happened (a paced burst left, a timer went off): the share of cases
    within a time (CDF).

    Args:
        samples: label to lateness in seconds.
    """
    import numpy

    is_labelled(samples, "seconds")
    with axes(ax, "share of cases", "later than asked [us]") as drawn:
        for (label, values), style in zip(samples.items(), styles()):
            late = numpy.sort(numpy.asarray(list(values), dtype="float64")) * 1e6
            drawn.step([0, *late], [0, *(numpy.arange(1, len(late) + 1) / max(len(late), 1))],
                       where="post", label=label, **style)
        drawn.set_ylim(0, 1)
    return drawn.figure
