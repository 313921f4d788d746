# SPDX-License-Identifier: GPL-2.0-only
"""What a machine does around TCP, one step at a time: receive offloads (GRO, LRO) and FreeBSD's HPTS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, NamedTuple, Optional

from ._native import core
from ._stepped import _Stepped, _told
from .variants import NEVER

if TYPE_CHECKING:
    from ._core import Segment


class Unit(NamedTuple):
    """What goes up to IP: one packet, or several as one."""

    packets: tuple[int, ...]  #: numbers that add() gave, in order
    payload: int  #: bytes
    segment_size: int  #: payload of each packet but the last; 0: it is one packet
    seq: int
    ack: int
    flags: str  #: letters of FSRP.UEWe
    why: str  #: the rule that ended it: "poll-end", "push", "options", ...
    is_lossy: bool  #: headers are lost: the packets cannot be made again
    is_chain: bool  #: the packets as they came, one behind the other


_SETTINGS = {"weight": 1, "tick": 1, "flush_timeout": 0, "defer_interrupts": 0, "udp_forwarding": 0, "entries": 1,
             "sort_array": 1, "segments": 1, "bytes": 1, "aggregation": 1, "age": 1}


def _whole(name: str, value: Any, least: int, most: int = 2**63 - 1) -> int:
    if not hasattr(value, "__index__") or not least <= value.__index__() <= most:
        raise ValueError(f"{name} is {value!r}; expected a whole number, {least} to {most}")
    return value.__index__()


class ReceiveOffload:
    """Puts received packets together, between a driver's poll and IP::

        gro = ReceiveOffload("gro")
        for segment in burst.cut():
            gro.add(now, segment)
        gro.end_poll(now)
        gro.take_units()        # [Unit(packets=(1, 2, ...), ..., why="poll-end")]

    Args:
        name: "gro", "gro-list", "lro", "lro-hardware", "lro-freebsd", ..., "none"; `ReceiveOffload.names()` has all.
        settings: those that the offload knows. Times in ns: tick, flush_timeout, aggregation, age. Counts: weight
            (packets of a full poll), defer_interrupts, entries, sort_array, segments; bytes; udp_forwarding (bool).

    Raises:
        ValueError: no offload has that name (the message has the nearest), or a setting is none.
    """

    def __init__(self, name: str = "gro", **settings: int):
        for key, value in settings.items():
            if key not in _SETTINGS:
                near = core.nearest(key, list(_SETTINGS))
                raise ValueError(f"{key!r} is no setting of a receive offload" + (f'; did you mean "{near}"?' if near else
                                 "; expected one of " + ", ".join(_SETTINGS)))
            _whole(key, value, _SETTINGS[key], 2**63 - 1 if key in ("tick", "flush_timeout", "aggregation", "age") else
                   1 if key == "udp_forwarding" else 2**20)
        self.name = name
        self._core = core.StepOffload(name, {k: bool(v) if k == "udp_forwarding" else v.__index__() for k, v in settings.items()})

    @staticmethod
    def names() -> dict[str, str]:
        """Each offload's name, and what it is."""
        return dict(core.receive_offloads())

    def add(self, now: int, segment: "Segment", *, flow: int = 1, hash: int = 0, ttl: int = 64, tos: int = 0,
            has_socket: bool = True) -> int:
        """The poll has taken a TCP segment, in an IPv4 packet. Returns its number, from 1 on.

        Args:
            flow: whose it is; addresses and ports are equal within one.
            hash: the NIC's flow hash; 0: it gives none.
            has_socket: somebody on this host receives the flow; else it is forwarded.

        Raises:
            ValueError: time goes back, or `segment` is a burst; `segment.cut()` has the packets that travel.
        """
        return self._core.add(now, segment, _whole("flow", flow, 0), _whole("hash", hash, 0, 2**32 - 1), _whole("ttl", ttl, 0, 255),
                              _whole("tos", tos, 0, 255), has_socket)

    def add_frame(self, now: int, frame: bytes, hash: int = 0) -> int:
        """The same with the bytes of an Ethernet frame, as a capture has it; checksums are verified."""
        return self._core.add_frame(now, bytes(frame), _whole("hash", hash, 0, 2**32 - 1))

    def end_poll(self, now: int, work: int = 1) -> bool:
        """A poll has ended that took `work` packets. Returns whether the interrupt may come again."""
        return self._core.end_poll(now, _whole("work", work, 0, 2**20))

    def next_deadline(self) -> int:
        """ns at which a poll is due even if nothing arrives; NEVER: none."""
        return self._core.next_deadline()

    def take_units(self) -> list[Unit]:
        """What has gone up since the last call, in order."""
        units: list[dict[str, Any]] = self._core.take_units()
        return [Unit(tuple(u.pop("packets")), **u) for u in units]

    def take_discarded(self) -> list[int]:
        """Numbers of the packets that are gone since the last call; only lossy offloads do that (ACKs)."""
        return list(self._core.take_discarded())

    def counters(self) -> dict[str, Any]:
        """packets, units, discarded, and `reasons`: units by the rule that ended them."""
        return self._core.counters()


class Served(NamedTuple):
    """A connection was served by a wheel."""

    at: int  #: ns
    connection: int
    late: int  #: ns after what it asked for; negative: before
    wheel: int  #: number of the CPU


class Hpts(_Stepped):
    """FreeBSD's High Precision Timer System: one wheel for each CPU, by which RACK and BBR pace::

        hpts = Hpts()
        hpts.insert(0, 1, us=1000, again=1000)    # connection 1 asks for each millisecond
        hpts.run(until=10 * MS)                   # [Served(at=1000000, connection=1, late=0, wheel=0), ...]

    A machine of your own calls on_deadline() when its timers and threads really run, and soft_timer() where FreeBSD does: at each
    return from a system call and after each batch of received packets.

    Args:
        version: "14.0", ...; `Hpts.versions()` has all.
        cpus, l3_groups: CPUs, in so many groups that share a cache.
        sysctls: net.inet.tcp.hpts.*; `Hpts.sysctls()` has all.
        seed: of the CPU that a connection gets by chance.
        start: ns since boot.

    Raises:
        ValueError: a name or value is wrong; the message has the nearest, or what is allowed.
    """

    def __init__(self, version: str = "14.0", *, cpus: int = 1, l3_groups: int = 1,
                 sysctls: Optional[Mapping[str, int]] = None, seed: int = 1, start: int = 0):
        self._core = core.StepHpts(version, _whole("cpus", cpus, 1, 1024), _whole("l3_groups", l3_groups, 1, 1024),
                                   _whole("seed", seed, 0), _whole("start", start, 0))
        for name, value in (sysctls or {}).items():
            self.set_sysctl(name, value)

    @staticmethod
    def versions() -> dict[str, str]:
        """Each version's name, and what it is."""
        return dict(core.hpts_versions())

    @staticmethod
    def sysctls() -> dict[str, str]:
        """Each sysctl's name, with its unit and what it does."""
        return dict(core.hpts_sysctls())

    def insert(self, now: int, connection: int, us: int, *, again: int = 0, cpu: Optional[int] = None) -> dict[str, Any]:
        """`connection` (any number) is to be served in `us` microseconds (tcp_hpts_insert).

        Args:
            again: it asks for so many microseconds again each time it is served; 0: it does not.
            cpu: whose wheel; None: by chance for a new connection, as the kernel does.

        Returns:
            What the kernel's diagnosis has: taken, slot, remaining, request, have_slept, yet_to_sleep, rearm_us.

        Raises:
            ValueError: it is on a wheel already, or there is no such CPU.
        """
        return self._core.insert(now, connection, _whole("us", us, 0, 2**40), _whole("again", again, 0, 2**40),
                                 -1 if cpu is None else _whole("cpu", cpu, 0, 65535))

    def remove(self, now: int, connection: int) -> None:
        """It is not to be served any more (tcp_hpts_remove)."""
        self._core.remove(now, connection)

    def next_deadline(self) -> int:
        """ns at which the next timer goes off or a woken thread wants to run."""
        return self._core.next_deadline()

    def on_deadline(self, now: int) -> None:
        """Timers that have gone off by now, and threads that were woken, run. Being late is allowed; that is the point."""
        _told(self._core.on_deadline, now)

    def soft_timer(self, now: int, cpu: int = 0) -> None:
        """The hook (tcp_hpts_softclock) on that CPU."""
        self._core.soft_timer(now, _whole("cpu", cpu, 0, 65535))

    def set_sysctl(self, name: str, value: int) -> None:
        """Writes a sysctl. ValueError: there is none of that name, or the kernel refuses the value."""
        self._core.set_sysctl(name, _whole(name, value, -2**31, 2**31 - 1))

    def take_served(self) -> list[Served]:
        """Who was served since the last call."""
        return [Served(*s) for s in self._core.take_served()]

    def run(self, until: int, *, late: int = 0) -> list[Served]:
        """Lets time pass on a machine on which timers and threads come `late` ns after they are due. Returns who was served."""
        _whole("late", late, 0)
        served = self.take_served()
        while self.next_deadline() + late <= until and self.next_deadline() < NEVER:
            self.on_deadline(self.next_deadline() + late)
            served += self.take_served()
        return served

    def counters(self) -> dict[str, int]:
        """inserts, removes, runs_by_thread, runs_by_hook, idle_hooks, timeout_wakeups, direct_awakenings, ..."""
        return self._core.counters()

    def state(self, cpu: int = 0) -> dict[str, Any]:
        """What a debugger would see of a wheel: count, slots, sleep_us, on_min_sleep, over_threshold; ns of timer_at, thread_at."""
        return self._core.state(_whole("cpu", cpu, 0, 65535))
