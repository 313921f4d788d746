# SPDX-License-Identifier: GPL-2.0-only
"""Schedulers, path managers, window policies, pacers and congestion controls written in Python.

Derive from one of the classes here, give the class a `name`, and name it in a scenario::

    class Fastest(hoststack.Scheduler):
        name = "fastest"

        def get_send(self, view):
            best = None
            for s in view.subflows:
                if s.active and s.memory_free and (best is None or s.srtt < best.srtt):
                    best = s
            if best is not None:
                best.scheduled = True
                view.burst = 16 * best.mss

    hoststack.run(scenario, {"hosts.server.mptcp.scheduler": Fastest})

There is one instance per connection (or subflow), so it may remember things in its attributes. What it
is given is a view: it shows the connection itself, for the time of the call only. What a method decides
is written into the view. With `based_on`, methods that the class does not have are those of a built-in
variant, and super() reaches them.

Times are nanoseconds, sizes bytes, rates bytes per second, windows of a sender segments. An error ends
the run with VariantError, which says where and at which simulated time.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Iterable, Optional

from ._files import legible
from .errors import HoststackError, Issue, ScenarioError

if TYPE_CHECKING:
    from ._core import (CongestionView, Endpoint, LocalEndpoint, PathManagerView, RateSampleView,
                        ReceiveView, SchedulerView)

#: A time that never comes, in nanoseconds.
NEVER = 2**63 - 1


class Variant:
    """What all kinds have in common.

    Attributes:
        name: what scenarios call it; None: the class' own name.
        based_on: a built-in variant whose methods fill the gaps; None: there are none.
    """

    name: Optional[str] = None
    based_on: Optional[str] = None

    _kind = ""
    _required: tuple[str, ...] = ()
    _methods: tuple[str, ...] = ()
    _native: Any = None

    def _built_in(self, method: str) -> Any:
        if self._native is None:
            raise NotImplementedError(
                f"{type(self).__name__} has no {method}() to call: it is based on no built-in variant "
                f"(attribute based_on)")
        return self._native[method]


class Scheduler(Variant):
    """Chooses the subflows of a multipath connection that carry the next data.

    Attributes:
        duplicates: each marked subflow carries a copy of the same new data. None: as `based_on`.
        follows_subflow_timers: the data-level timer waits for the subflows' own.
        checks_staleness: the data-level timer looks for subflows that no longer answer.
    """

    duplicates: Optional[bool] = None
    follows_subflow_timers: Optional[bool] = None
    checks_staleness: Optional[bool] = None

    _kind = "scheduler"
    _required = ("get_send",)
    _methods = ("get_send", "get_retransmit")

    def get_send(self, view: "SchedulerView") -> None:
        """Sets `scheduled` of the subflows that carry the next data, and `view.burst`, the bytes that
        may go before it is asked again (0: one piece of at most 32 KiB). With nothing marked, nothing
        is sent until something changes."""
        self._built_in("get_send")(view)

    def get_retransmit(self, view: "SchedulerView") -> None:
        """The same for data that was sent before and must go again; get_send() unless overridden."""
        self._built_in("get_retransmit")(view)


class PathManager(Variant):
    """Decides which addresses of a multipath connection are announced and which subflows are opened."""

    _kind = "path-manager"
    _required = ("decide",)
    _methods = ("decide", "remove_endpoint", "ignores_announcement")

    def decide(self, view: "PathManagerView") -> None:
        """Looks at `view.event` and asks with `view.open(local, remote)` and `view.announce(endpoint)`
        for what it wants done."""
        self._built_in("decide")(view)

    def remove_endpoint(self, view: "PathManagerView", endpoint: "LocalEndpoint") -> None:
        """An address was taken from the host. Unless overridden, the peer is told and the subflows
        there are closed."""
        self._built_in("remove_endpoint")(view, endpoint)

    def ignores_announcement(self, view: "PathManagerView") -> bool:
        """True if the announcement `view.announced` is only echoed."""
        return False


class WindowPolicy(Variant):
    """Decides which receive window is announced. Sizes are bytes.

    Attributes:
        counts_overhead: a queued segment costs its memory, not only its payload. None: as `based_on`,
            else True.
    """

    counts_overhead: Optional[bool] = None

    _kind = "window"
    _required = ("init", "select", "update_due")
    _methods = ("init", "established", "select", "candidate", "on_data", "on_larger_segment",
                "on_read", "update_due")

    def init(self, state: "ReceiveView", scaling: bool) -> None:
        """Before the SYN leaves: sets `window`, `window_clamp`, `ssthresh` and, if `scaling`,
        `window_shift` (0 to 14)."""
        self._built_in("init")(state, scaling)

    def established(self, state: "ReceiveView") -> None:
        """The handshake is complete."""
        self._built_in("established")(state)

    def select(self, state: "ReceiveView") -> int:
        """The window to announce now; never less than `state.remaining`, which would take back what the
        peer was allowed. Rounded down to what the header can say."""
        return self._built_in("select")(state)

    def candidate(self, state: "ReceiveView") -> int:
        """The same before what was announced is protected; select() unless overridden."""
        return self._built_in("candidate")(state)

    def on_data(self, state: "ReceiveView", length: int, truesize: int) -> None:
        """A segment of `length` bytes was queued, which costs `truesize` of memory."""
        self._built_in("on_data")(state, length, truesize)

    def on_larger_segment(self, state: "ReceiveView", length: int, truesize: int) -> None:
        """A segment larger than any before came."""
        self._built_in("on_larger_segment")(state, length, truesize)

    def on_read(self, state: "ReceiveView") -> None:
        """The application has read up to `state.read`; `state.buffer` may grow."""
        self._built_in("on_read")(state)

    def update_due(self, state: "ReceiveView") -> bool:
        """After a read: whether the window must be announced at once."""
        return self._built_in("update_due")(state)


class Pacer(Variant):
    """Says when the next burst of a sender may leave. Times are nanoseconds.

    Attributes:
        holds_output: False: it never holds anything, and is not asked.
        is_asked: set before the first call: the congestion control asks for pacing, or a largest rate
            is set.
    """

    holds_output: bool = True
    is_asked: bool = False

    _kind = "pacer"
    _required = ("earliest_departure", "on_sent")
    _methods = ("earliest_departure", "on_sent")

    def earliest_departure(self) -> int:
        """The time before which the next burst does not leave; one that is past means now."""
        raise NotImplementedError

    def on_sent(self, now: int, size: int, fresh: int, rate: int) -> None:
        """`size` bytes of payload have left, `fresh` segments of them for the first time, while the
        sender's rate was `rate` bytes/s (0: none known)."""
        raise NotImplementedError


class CongestionControl(Variant):
    """The congestion control of one sender. Counts are segments, times ns, rates bytes/s.

    Attributes:
        has_full_control: control() takes every decision, also in recovery.
        needs_pacing: it sets `pacing_rate`, and segments must be spaced by it.
        needs_ecn: it wants ECN.
    """

    has_full_control: Optional[bool] = None
    needs_pacing: Optional[bool] = None
    needs_ecn: Optional[bool] = None

    _kind = "congestion"
    _required = ("ssthresh", "increase_window")
    _methods = ("init", "ssthresh", "increase_window", "on_acked", "control", "on_state_change",
                "on_event", "undo_cwnd", "phase")

    def init(self, state: "CongestionView") -> None:
        """The connection is established."""
        self._built_in("init")(state)

    def ssthresh(self, state: "CongestionView") -> int:
        """The slow-start threshold of a reduction that begins now."""
        return self._built_in("ssthresh")(state)

    def increase_window(self, state: "CongestionView", acked: int) -> None:
        """`acked` segments were newly acknowledged: writes `state.cwnd`."""
        self._built_in("increase_window")(state, acked)

    def on_acked(self, state: "CongestionView", acked: int, rtt: int) -> None:
        """Every ACK, with the round trip that it measured, or -1."""
        self._built_in("on_acked")(state, acked, rtt)

    def control(self, state: "CongestionView", sample: "RateSampleView") -> bool:
        """Every ACK, with its delivery-rate sample; True if it has set window and rate itself."""
        return self._built_in("control")(state, sample)

    def on_state_change(self, state: "CongestionView", next: str) -> None:
        """`next` is open, disorder, cwr, recovery or loss."""

    def on_event(self, state: "CongestionView", event: str) -> None:
        """`event` is tx-start, cwnd-restart, complete-cwr, loss, ecn-no-ce or ecn-is-ce."""

    def undo_cwnd(self, state: "CongestionView") -> int:
        """The window to return to when a reduction proves needless."""
        return self._built_in("undo_cwnd")(state)

    def phase(self) -> str:
        """A word for the summary."""
        return ""

    @staticmethod
    def slow_start(state: "CongestionView", acked: int) -> int:
        """One segment more per segment acknowledged, up to ssthresh; returns what is left of `acked`."""
        used = min(acked, max(state.ssthresh - state.cwnd, 0))
        state.cwnd = min(state.cwnd + used, state.cwnd_clamp)
        return acked - used

    @staticmethod
    def additive_increase(state: "CongestionView", per: int, acked: int) -> None:
        """One segment more per `per` segments acknowledged; credit is kept in `state.cwnd_count`."""
        cwnd, credit = state.cwnd, state.cwnd_count
        if credit >= per:
            cwnd, credit = cwnd + 1, 0
        credit += acked
        state.cwnd = min(cwnd + credit // per, state.cwnd_clamp)
        state.cwnd_count = credit % per


_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def _wrong(message: str, expected: str) -> ScenarioError:
    return ScenarioError([Issue("", None, None, "", legible(message), expected)])


def name_of(variant: type) -> str:
    """What a scenario calls a class.

    Raises:
        ScenarioError: it is none of the classes here, lacks a method, or cannot be called so.
    """
    if not (isinstance(variant, type) and issubclass(variant, Variant) and variant._kind):
        raise _wrong(f"{variant!r} is no variant",
                     "a class derived from hoststack.Scheduler, PathManager, WindowPolicy, Pacer or "
                     "CongestionControl")
    name = variant.name or variant.__name__
    if not isinstance(name, str) or not _PLAIN.fullmatch(name):
        raise _wrong(f"{name!r} cannot be the name of a variant",
                     "1 to 64 letters, digits, '-', '_' and '.'")
    base = variant.based_on
    if base is not None and not (isinstance(base, str) and legible(base) == base):
        raise _wrong(f"{variant.__name__}.based_on: {base!r:.80} is no name",
                     "a built-in variant, as 'hoststack list' names them, or None")
    if base is None:
        missing = [m for m in variant._required if m not in _own_methods(variant)]
        if missing:
            raise _wrong(f"{variant.__name__} has no {' and no '.join(m + '()' for m in missing)}",
                         "these methods, or a built-in variant to take them from (based_on)")
    return name


def _own_methods(variant: "type[Variant]") -> set[str]:
    """The methods that are not only those of the base class here."""
    base = next(c for c in variant.__mro__ if c.__module__ == __name__)
    return {m for m in variant._methods
            if inspect.getattr_static(variant, m) is not inspect.getattr_static(base, m)}


def register(variants: "Iterable[type[Variant]]") -> None:
    """Makes classes known to the library in this process, by their names.

    Raises:
        ScenarioError: see name_of; or a built-in variant has that name.
    """
    from ._native import core

    for variant in variants:
        name = name_of(variant)
        about = legible((inspect.getdoc(variant) or "written in Python").splitlines()[0])
        try:
            core.register(variant._kind, name, about, variant, _own_methods(variant))
        except ValueError as error:
            raise _wrong(str(error), "a name that is free") from None


def listed(variants: Any) -> list[Any]:
    """Variants as a list; one alone may stand without."""
    if variants is None:
        return []
    if isinstance(variants, (type, str)):
        return [variants]
    if not isinstance(variants, (list, tuple, set, frozenset)):
        raise TypeError(f'variants are classes or texts "FILE.py:CLASS", not a {type(variants).__name__}')
    return list(variants)


def load(variant: Any) -> type:
    """A class, or the class that a text "FILE.py:CLASS" names.

    Raises:
        ScenarioError: there is none.
    """
    if isinstance(variant, type):
        name_of(variant)
        return variant
    if not isinstance(variant, str) or ".py:" not in variant:
        raise _wrong(f"{variant!r} names no class", 'a class, or a text "FILE.py:CLASS"')
    path, _, name = variant.rpartition(":")
    path = os.path.abspath(path)
    if not os.path.isfile(path):
        raise _wrong(f"there is no file {path}", 'a text "FILE.py:CLASS"')
    module_name = "hoststack_variants_" + re.sub(r"\W", "_", path)
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec and spec.loader, path  # it ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except HoststackError:
        raise
    except Exception as error:
        raise _wrong(f"{path} cannot be imported: {type(error).__name__}: {error}",
                     "a Python file that runs by itself") from error
    found = getattr(module, name, None)
    if found is None:
        from ._native import core

        known = [n for n, v in vars(module).items()
                 if isinstance(v, type) and issubclass(v, Variant) and v.__module__ == module_name]
        raise ScenarioError([Issue(path, None, None, "", f"has no class {name}",
                                   "one of " + ", ".join(known) if known else "a class",
                                   core.nearest(name, known))])
    name_of(found)
    import cloudpickle

    # The process of a run does not find the file by its name.
    cloudpickle.register_pickle_by_value(module)
    return found


def source_of(variant: type) -> str:
    """The text of a class, which a study takes for its identity."""
    try:
        return inspect.getsource(variant)
    except (OSError, TypeError):
        import cloudpickle

        return cloudpickle.dumps(variant).hex()
