# SPDX-License-Identifier: GPL-2.0-only
"""The protocol cores one step at a time, without a simulator: for teaching and for tests.

A core is a function of time and input: segments and calls go in, each with the present time in
nanoseconds, which never goes back; segments and deadlines come out. Nothing happens between the steps::

    a = TcpConnection(local_port=40000, remote_port=80)
    b = TcpConnection(local_port=80, remote_port=40000)
    a.connect(0)
    [syn] = a.take_segments()         # print(syn): S 0:0(0) win 64240 <mss 1460,...>
    b.accept_syn(10_000_000, syn)

`exchange` carries segments to and fro for those who want to skip that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

from ._machine_cores import Hpts, ReceiveOffload, Served, Unit
from ._native import core
from ._source import native_source, source_of
from ._stepped import _Stepped, _told
from .variants import NEVER

if TYPE_CHECKING:
    from ._core import Segment

__all__ = ["TcpConnection", "MultipathConnection", "Link", "ReceiveOffload", "Unit", "Hpts", "Served", "exchange",
           "MS", "NEVER"]

MS = 1_000_000


def _scenario(host: Mapping[str, Any], link: Optional[Mapping[str, Any]] = None,
              variants: tuple[type, ...] = ()) -> Any:
    """The smallest scenario that says it, read as any other."""
    if variants:
        from .variants import register

        register(variants)
    peer = {"mptcp": {}} if "mptcp" in host else {}
    source = source_of({
        "hoststack": 1, "name": "steps", "hosts": {"host": dict(host), "peer": peer},
        "links": {"link": {"ends": ["host", "peer"],
                           **(link or {way: {"rate": "1 Gbit/s"} for way in ("down", "up")})}},
        "traffic": {"none": {"kind": "bulk", "from": "host", "to": "peer"}},
    })
    return native_source(source)


class TcpConnection(_Stepped):
    """One end of a TCP connection.

    Args:
        tcp: settings, as in a scenario's `tcp` block; None: the defaults.
        os: the name of an operating-system profile, or None.
        local_port, remote_port: numbers of the two ends.
        iss: the initial sequence number.
        variants: classes that the settings name.

    Raises:
        ScenarioError: a setting is wrong.
    """

    def __init__(self, tcp: Optional[Mapping[str, Any]] = None, *, os: Optional[str] = None,
                 local_port: int = 40000, remote_port: int = 80, iss: int = 0,
                 variants: tuple[type, ...] = ()):
        host: dict[str, Any] = {"tcp": dict(tcp or {})}
        if os is not None:
            host["os"] = os
        self._core = _told(lambda: core.StepTcp(_scenario(host, None, variants), "host", local_port,
                                                remote_port, iss))

    def connect(self, now: int) -> None:
        """Opens it: a SYN leaves."""
        _told(self._core.connect, now)

    def accept_syn(self, now: int, syn: "Segment") -> None:
        """Opens it as the end that has received `syn`."""
        _told(self._core.accept_syn, now, syn)

    def on_segment(self, now: int, segment: "Segment") -> None:
        """A segment has arrived."""
        _told(self._core.on_segment, now, segment)


class MultipathConnection(_Stepped):
    """One end of a multipath TCP connection. Addresses are pairs ("10.0.0.1", 40000).

    Args:
        mptcp, tcp: settings, as in a scenario's blocks.
        seed: of keys, nonces and sequence numbers.
        variants: classes that the settings name.
    """

    def __init__(self, mptcp: Optional[Mapping[str, Any]] = None,
                 tcp: Optional[Mapping[str, Any]] = None, *, seed: int = 1, host: str = "host",
                 variants: tuple[type, ...] = ()):
        block = {"mptcp": {"enabled": True, **(mptcp or {})}, "tcp": dict(tcp or {})}
        self._core = _told(lambda: core.StepMptcp(_scenario(block, None, variants), "host",
                                                  seed + sum(map(ord, host)) * 1000))

    def connect(self, now: int, local: tuple[str, int], remote: tuple[str, int]) -> None:
        """Opens the first subflow."""
        _told(self._core.connect, now, core.endpoint(*local), core.endpoint(*remote))

    def accept_syn(self, now: int, local: tuple[str, int], remote: tuple[str, int],
                   syn: "Segment") -> None:
        """Opens it as the end that has received `syn`."""
        _told(self._core.accept_syn, now, core.endpoint(*local), core.endpoint(*remote), syn)

    def accept_join(self, now: int, local: tuple[str, int], remote: tuple[str, int],
                    syn: "Segment") -> int:
        """A SYN with MP_JOIN has arrived; returns the subflow's number, or 0: refused."""
        return _told(self._core.accept_join, now, core.endpoint(*local), core.endpoint(*remote), syn)

    def on_segment(self, now: int, local: tuple[str, int], remote: tuple[str, int],
                   segment: "Segment") -> None:
        """A segment has arrived at `local` from `remote`."""
        _told(self._core.on_segment, now, core.endpoint(*local), core.endpoint(*remote), segment)

    def add_endpoint(self, now: int, address: str, id: int, signal: bool = False) -> None:
        """The host has another address: to open a subflow from, or (`signal`) to announce."""
        _told(self._core.add_endpoint, now, core.local_endpoint(address, id, signal))

    def take_segments(self) -> list[tuple[tuple[str, int], tuple[str, int], "Segment"]]:
        """(local, remote, segment) of what has left since the last call."""
        return [((a.address, a.port), (b.address, b.port), s)
                for a, b, s in _told(self._core.take_segments)]


class Link(_Stepped):
    """One direction of a link: packets go in, and come out later or never.

    Args:
        settings: as in `down` or `up` of a scenario's link: rate, delay, queue, loss, behaviours.
        seed: of its chance.
    """

    def __init__(self, settings: Mapping[str, Any], seed: int = 1):
        way = dict(settings)
        self._core = _told(lambda: core.StepLink(_scenario({}, {"down": way, "up": way}), "link",
                                                 True, seed))

    def offer(self, now: int, size: int, cookie: int, pure_ack: bool = False) -> Optional[str]:
        """A packet of `size` IP bytes; returns None, or why it was refused ("queue", "aqm", ...)."""
        return _told(self._core.offer, now, size, cookie, pure_ack)

    def next_delivery(self) -> int:
        """When to call deliver() next, or NEVER."""
        return _told(self._core.next_delivery)

    def deliver(self, now: int) -> list[tuple[int, int, str]]:
        """(time, cookie, "" or why it was lost) of what has arrived by now."""
        return _told(self._core.deliver, now)

    def set_down(self, now: int, down: bool) -> None:
        """Takes the link away, or gives it back."""
        _told(self._core.set_down, now, down)


def exchange(a: TcpConnection, b: TcpConnection, *, now: int = 0, until: int = NEVER,
             delay: int = 10 * MS, lost: Callable[[int, str, "Segment"], bool] = lambda *_: False,
             done: Callable[[], bool] = lambda: False) -> tuple[int, list[tuple[int, str, "Segment"]]]:
    """Carries segments between two ends over a path of constant delay, and calls their deadlines.

    Args:
        a, b: `a` has been told to connect; `b` accepts the first SYN that comes.
        until: time at which to stop; it also stops when nothing more can happen.
        lost: asked with time, sender ("a" or "b") and segment whether that one is lost.
        done: asked after each step whether to stop.

    Returns:
        The time reached, and (time, sender, segment) of all that left.
    """
    ends = {"a": a, "b": b}
    log: list[tuple[int, str, "Segment"]] = []
    flying: list[tuple[int, int, str, "Segment"]] = []
    while True:
        for name, end in ends.items():
            for burst in end.take_segments():
                for segment in burst.cut():
                    log.append((now, name, segment))
                    if not lost(now, name, segment):
                        flying.append((now + delay, len(log), "b" if name == "a" else "a", segment))
        if done():
            return now, log
        next_at = min([f[0] for f in flying] + [end.next_deadline() for end in ends.values()])
        if next_at > until or next_at >= NEVER:
            return min(max(now, until), next_at) if until < NEVER else now, log
        now = max(now, next_at)
        due = sorted(f for f in flying if f[0] <= now)
        flying = [f for f in flying if f[0] > now]
        for _, _, to, segment in due:
            end = ends[to]
            if end.state == "CLOSED" and segment.flags == "S":
                end.accept_syn(now, segment)
            else:
                end.on_segment(now, segment)
        for end in ends.values():
            if end.next_deadline() <= now:
                end.on_deadline(now)
