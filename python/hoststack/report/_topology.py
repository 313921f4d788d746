# SPDX-License-Identifier: GPL-2.0-only
"""The hosts and links of a scenario as a drawing (SVG)."""

from __future__ import annotations

from html import escape
from typing import Any, Optional

from .._run import Run
from ._format import told

_WIDE, _HIGH, _BOX_W, _BOX_H = 760, 92, 150, 54


def _columns(hosts: list[str], links: dict[str, Any]) -> dict[str, int]:
    """Hosts by their distance from the first end of the first link."""
    column: dict[str, int] = {}
    for start in [link["ends"][0] for link in links.values()] + hosts:
        if start in column:
            continue
        column[start] = 0
        waiting = [start]
        while waiting:
            here = waiting.pop(0)
            for link in links.values():
                if here in link["ends"]:
                    other = link["ends"][1 - link["ends"].index(here)]
                    if other not in column:
                        column[other] = column[here] + 1
                        waiting.append(other)
    return column


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


def draw(run: Run) -> str:
    """An SVG with a title and a description for those who do not see it."""
    hosts, links = list(run.scenario["hosts"]), run.scenario["links"]
    column = _columns(hosts, links)
    rows: dict[int, list[str]] = {}
    for host in hosts:
        rows.setdefault(column[host], []).append(host)
    pairs: dict[frozenset[str], list[str]] = {}
    for name, link in links.items():
        pairs.setdefault(frozenset(link["ends"]), []).append(name)
    deep = max([len(r) for r in rows.values()] + [len(p) for p in pairs.values()])
    high, step = deep * _HIGH + 16, _WIDE - _BOX_W - 4
    step /= max(max(column.values()), 1)
    wide = _WIDE if step >= 260 else int(_BOX_W + 4 + 260 * max(column.values()))
    step = max(step, 260)
    centre = {host: (2 + _BOX_W / 2 + step * c, high * (i + 1) / (len(rows[c]) + 1))
              for c, at in rows.items() for i, host in enumerate(at)}
    busiest = bottleneck_of(run)
    parts, words = [], []
    for pair in pairs.values():
        for i, name in enumerate(pair):
            a, b = links[name]["ends"]
            (x1, y1), (x2, y2) = centre[a], centre[b]
            bend = (i - (len(pair) - 1) / 2) * _HIGH * 0.9
            hot = busiest is not None and busiest.rsplit(".", 1)[0] == name
            parts.append(f'<path d="M{x1:g},{y1:g} Q{(x1 + x2) / 2:g},{(y1 + y2) / 2 + 2 * bend:g} '
                         f'{x2:g},{y2:g}" class="{"hot" if hot else "link"}"/>')
            x, y = (x1 + x2) / 2, (y1 + y2) / 2 + bend
            rates = []
            for way in ("down", "up"):
                rate = run.metrics.get(f"links.{name}.{way}.rate")
                used = run.metrics.get(f"links.{name}.{way}.utilisation")
                if rate is not None:
                    rates.append(f"{way} {told(rate, 'bit/s')}" +
                                 (f" ({used * 100:.0f} % used)" if used is not None else ""))
            parts += [_text(x, y - 24, name + (" - bottleneck" if hot else ""), "name"),
                      *(_text(x, y - 8 + 26 * n, line, "small") for n, line in enumerate(rates))]
            words.append(f"{name} joins {a} and {b}: {', '.join(rates)}" +
                         (", the link most in use" if hot else ""))
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
    return (f'<svg viewBox="0 0 {wide} {high:g}" role="img" aria-label="Topology: {about}" '
            f'class="topology">{"".join(parts)}</svg>')
