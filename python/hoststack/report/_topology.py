# SPDX-License-Identifier: GPL-2.0-only
"""The hosts and links of a scenario as a drawing (SVG)."""

from __future__ import annotations

from html import escape
from typing import Any, Optional

from .._run import Run
from ._format import told

_STEP, _BOX_W, _BOX_H = 330, 140, 54
_LABEL_W, _LABEL_H = 180, 70  # of a link: name and two rates


def _distances(start: str, links: dict[str, Any]) -> dict[str, int]:
    """How many links away each host is that can be reached."""
    found = {start: 0}
    waiting = [start]
    while waiting:
        here = waiting.pop(0)
        for link in links.values():
            if here in link["ends"]:
                other = link["ends"][1 - link["ends"].index(here)]
                if other not in found:
                    found[other] = found[here] + 1
                    waiting.append(other)
    return found


def _columns(hosts: list[str], links: dict[str, Any]) -> dict[str, int]:
    """Hosts by their distance from an end of the longest way."""
    column: dict[str, int] = {}
    for host in hosts:
        if host not in column:
            near = [h for h in hosts if h in _distances(host, links)]
            start = max(near, key=lambda h: max(_distances(h, links).values()))
            column.update(_distances(start, links))
    return column


def _place(x: float, y: float, boxes: list[tuple[float, float]], labels: list[tuple[float, float]]) -> float:
    """The height nearest to `y` at which a label at `x` covers no host and no other label."""
    step = 6.0
    for n in range(1000):
        at = y + step * ((n + 1) // 2) * (-1 if n % 2 else 1)
        if all(abs(x - bx) >= (_LABEL_W + _BOX_W) / 2 or abs(at - by) >= (_LABEL_H + _BOX_H) / 2 for bx, by in boxes) and \
                all(abs(x - lx) >= _LABEL_W or abs(at - ly) >= _LABEL_H for lx, ly in labels):
            return at
    return y


def bottleneck_of(run: Run) -> Optional[str]:
    """The direction of a link that was in use most of the time: "x55.down"."""
    used = {name[len("links."):-len(".utilisation")]: value for name, value in run.metrics.items()
            if name.startswith("links.") and name.endswith(".utilisation") and value}
    return max(used, key=lambda way: used[way]) if used else None


def busy_of(run: Run, host: str) -> Optional[float]:
    """The share of time that the host's busiest core worked; None: its work takes no time."""
    return run.metrics.get(f"hosts.{host}.cpu.busiest")


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "middle") -> str:
    return (f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
            + (f' class="{kind}"' if kind else "") + f">{escape(text)}</text>")


def _link(run: Run, name: str, ends: tuple[tuple[float, float], tuple[float, float]], label: tuple[float, float],
          busiest: Optional[str]) -> tuple[list[str], str]:
    """A link as a curve below its label, and what to say of it."""
    hot = busiest is not None and busiest.rsplit(".", 1)[0] == name
    rates, most = [], 0.0
    for way in ("down", "up"):
        rate = run.metrics.get(f"links.{name}.{way}.rate")
        used = run.metrics.get(f"links.{name}.{way}.utilisation")
        most = max(most, used or 0.0)
        if rate is not None:
            rates.append(f"{way} {told(rate, 'bit/s')}" + (f", {used * 100:.0f} %" if used is not None else ""))
    full = most >= 0.9
    (x1, y1), (x2, y2) = ends
    x, y = label
    said = " - bottleneck" if full else " - most in use" if hot else ""
    drawn = [f'<path d="M{x1:g},{y1:g} Q{2 * x - (x1 + x2) / 2:g},{2 * y - (y1 + y2) / 2:g} {x2:g},{y2:g}" '
             f'class="{"hot" if full else "link"}"/>', _text(x, y - 24, name + said, "name"),
             *(_text(x, y - 8 + 26 * n, line, "small") for n, line in enumerate(rates))]
    return drawn, f"{', '.join(rates)}" + (f",{said[2:]}" if said else "")


def draw(run: Run) -> str:
    """An SVG with a title and a description for those who do not see it."""
    hosts, links = list(run.scenario["hosts"]), run.scenario["links"]
    column = _columns(hosts, links)
    rows: dict[int, list[str]] = {}
    for host in hosts:
        rows.setdefault(column[host], []).append(host)
    centre = {host: (_BOX_W / 2 + 2 + _STEP * c, (_LABEL_H + _BOX_H) * (i - (len(at) - 1) / 2))
              for c, at in rows.items() for i, host in enumerate(at)}
    pairs: dict[frozenset[str], list[str]] = {}
    for name, link in links.items():
        pairs.setdefault(frozenset(link["ends"]), []).append(name)
    labels: dict[str, tuple[float, float]] = {}
    for pair in pairs.values():
        for i, name in enumerate(pair):
            (x1, y1), (x2, y2) = (centre[end] for end in links[name]["ends"])
            x = (x1 + x2) / 2 + (_STEP / 2 if x1 == x2 else 0)
            wish = (y1 + y2) / 2 + (i - (len(pair) - 1) / 2) * (_LABEL_H + 14)
            labels[name] = (x, _place(x, wish, list(centre.values()), list(labels.values())))
    heights = [y for _, y in labels.values()] + [y for _, y in centre.values()]
    top, high = min(heights) - _LABEL_H / 2 - 6, max(heights) - min(heights) + _LABEL_H + 12
    wide = max([x + _BOX_W / 2 for x, _ in centre.values()] + [x + _LABEL_W / 2 for x, _ in labels.values()]) + 2
    parts, words = [], []
    busiest = bottleneck_of(run)
    for name, link in links.items():
        a, b = link["ends"]
        drawn, said = _link(run, name, (centre[a], centre[b]), labels[name], busiest)
        parts += drawn
        words.append(f"{name} joins {a} and {b}: {said}")
    for host, (x, y) in centre.items():
        parts.append(f'<rect x="{x - _BOX_W / 2:g}" y="{y - _BOX_H / 2:g}" width="{_BOX_W}" '
                     f'height="{_BOX_H}" rx="6" class="host"/>')
        busy = busy_of(run, host)
        spec = run.scenario["hosts"][host]
        below = [str(spec.get("hardware") or spec.get("os") or "")]
        if busy is not None:
            below.append(f"busiest core {busy * 100:.0f} %")
            words.append(f"the busiest core of {host} worked {busy * 100:.0f} % of the time")
        below = [t for t in below if t]
        parts.append(_text(x, y + 5 - 8 * len(below), host, "name"))
        parts += [_text(x, y + 21 - 8 * len(below) + 15 * n, t, "small") for n, t in enumerate(below)]
    about = escape("; ".join(words) or "hosts without links")
    return (f'<svg viewBox="0 {top:g} {wide:g} {high:g}" role="img" aria-label="Topology: {about}" class="topology" '
            f'width="{wide:.0f}" height="{high:.0f}">{"".join(parts)}</svg>')
