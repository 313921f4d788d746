# SPDX-License-Identifier: GPL-2.0-only
"""Plots of runs as a paper prints them: one call each, a column wide (3.35 in), 8 pt, colours that people
who see few of them tell apart (Okabe and Ito), and dashes or hatches for those who print in grey.

    figure = hoststack.plots.goodput(run, "download")
    hoststack.plots.save(figure, "goodput.pdf")     # the same input gives the same bytes

Most take a Run and the name of a traffic, link or host; those of single packets take a flow of a capture
(`hoststack.captures`). Each draws on `ax` if one is given, and returns the figure. A run without what is
needed raises UnknownMetric.
"""

from __future__ import annotations

from ._host import cpu, memory, wakeups
from ._packets import bursts, lateness, sequence, sizes
from ._style import STYLE, save
from ._transport import (compare, completion, goodput, limited_by, link_queue, receive_buffer, rtt,
                         subflow_bytes, window)

__all__ = ["goodput", "subflow_bytes", "sequence", "window", "rtt", "receive_buffer", "limited_by", "cpu",
           "memory", "wakeups", "bursts", "sizes", "lateness", "link_queue", "completion", "compare",
           "save", "STYLE"]
