# SPDX-License-Identifier: GPL-2.0-only
"""Variants written in Python: what they decide counts, what is wrong with them is told, what they cost."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import types

import hoststack
import pytest
from hoststack import variants

pytest.importorskip("cloudpickle", reason="python3-cloudpickle is not installed")

SCHEDULER = "hosts.server.mptcp.scheduler"
KEPT = []


class Fastest(hoststack.Scheduler):
    """the least round trip"""

    name = "fastest"

    def get_send(self, view):
        best = None
        for s in view.subflows:
            if s.active and s.memory_free and (best is None or s.srtt < best.srtt):
                best = s
        if best is not None:
            best.scheduled = True
            view.burst = 16 * best.mss


class First(hoststack.Scheduler):
    """Sends on the oldest subflow."""

    place = 0

    def get_send(self, view):
        usable = [s for s in view.subflows if s.active]
        if usable and usable[self.place].memory_free:
            usable[self.place].scheduled = True


class Last(First):
    """Sends on the youngest one."""

    place = -1


class Wrapped(hoststack.Scheduler):
    """What `based_on` does, counted."""

    name = "wrapped"
    based_on = "default"
    calls = 0

    def get_send(self, view):
        Wrapped.calls += 1
        super().get_send(view)


def both_ways(scenario, overrides):
    """Isolated and in this process: the results are the same."""
    one = hoststack.run(scenario, overrides)
    two = hoststack.run(scenario, overrides, isolated=False)
    assert one.summary_json == two.summary_json
    return one


def test_a_python_scheduler_carries_a_transfer(multipath):
    run = both_ways(multipath, {SCHEDULER: Fastest})
    assert run["traffic.download.completion"] is not None
    assert run.scenario["hosts"]["server"]["mptcp"]["scheduler"] == "fastest"


def test_what_a_scheduler_marks_is_where_the_data_goes(multipath):
    one = hoststack.run(multipath, {SCHEDULER: First})
    two = hoststack.run(multipath, {SCHEDULER: Last})
    assert one["traffic.download.subflows.fast.share"] == 1
    assert two["traffic.download.subflows.slow.share"] > 0.5


def test_a_class_based_on_a_built_in_one_does_the_same(multipath):
    plain = hoststack.run(multipath)
    wrapped = hoststack.run(multipath, {SCHEDULER: Wrapped}, isolated=False)
    assert Wrapped.calls > 10
    assert wrapped.metrics == plain.metrics


def test_a_class_in_a_dict_stands_for_its_name(multipath):
    multipath["hosts"]["server"]["mptcp"]["scheduler"] = Fastest
    assert hoststack.run(multipath).metrics == hoststack.run(
        multipath, {SCHEDULER: "fastest"}, variants=[Fastest]).metrics


def test_a_class_of_a_file_is_named_by_a_text(multipath, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import hoststack\nclass Mine(hoststack.Scheduler):\n"
                    "    def get_send(self, view):\n"
                    "        for s in view.subflows: s.scheduled = s.active and s.memory_free\n")
    run = hoststack.run(multipath, {SCHEDULER: "Mine"}, variants=[f"{file}:Mine"])
    assert run["traffic.download.bytes"] == 2e6
    with pytest.raises(hoststack.ScenarioError, match='did you mean "Mine"'):
        hoststack.run(multipath, variants=[f"{file}:Mind"])
    file.write_text("1/0")
    with pytest.raises(hoststack.ScenarioError, match="ZeroDivisionError"):
        hoststack.run(multipath, variants=[f"{file}:Mine"])
    with pytest.raises(hoststack.ScenarioError, match="no file"):
        hoststack.run(multipath, variants=[f"{tmp_path}/none.py:Mine"])


class FullMesh(hoststack.PathManager):
    """A subflow from each endpoint to the peer's first address."""

    name = "python-mesh"

    def decide(self, view):
        if view.is_server or view.event != "established":
            return
        first = view.subflows[0]
        for endpoint in view.endpoints:
            if endpoint.address != first.local.address:
                view.open(endpoint, first.remote)


class NoPaths(hoststack.PathManager):
    def decide(self, view):
        pass


def test_a_python_path_manager_decides_how_many_subflows_there_are(multipath):
    managers = [f"hosts.{host}.mptcp.path-manager" for host in ("client", "server")]
    none = both_ways(multipath, dict.fromkeys(managers, NoPaths))
    assert not none.metrics.get("traffic.download.subflows.slow.share", 0)
    mesh = both_ways(multipath, dict.fromkeys(managers, FullMesh))
    assert mesh["traffic.download.subflows.slow.share"] > 0.05


class Constant(hoststack.WindowPolicy):
    """A window of constant size."""

    name = "constant"
    size = 20000

    def init(self, state, scaling):
        state.window_shift = 7 if scaling else 0
        state.window_clamp = state.window = state.ssthresh = self.size

    def select(self, state):
        return max(self.size, state.remaining)

    def update_due(self, state):
        return False


class AsLinux(hoststack.WindowPolicy):
    based_on = "linux"

    def select(self, state):
        return super().select(state)

    def update_due(self, state):
        return super().update_due(state)


def test_a_python_window_policy_decides_the_rate(short):
    run = both_ways(short, {"hosts.client": {"tcp": {"window": Constant}}})
    limit = 20000 * 8 / 0.02
    assert 0.5 * limit < run["traffic.download.goodput"] < limit
    assert run["traffic.download.limited.rwnd"] > 0.5
    plain = hoststack.run(short)
    assert hoststack.run(short, {"hosts.client": {"tcp": {"window": AsLinux}}}).metrics == plain.metrics


class Metronome(hoststack.Pacer):
    """A burst every ten milliseconds."""

    name = "metronome"

    def __init__(self):
        self.next = 0

    def earliest_departure(self):
        return self.next

    def on_sent(self, now, size, fresh, rate):
        self.next = now + 10_000_000


def test_a_python_pacer_decides_when_bursts_leave(short):
    run = both_ways(short, {"hosts.server": {"tcp": {"pacing": Metronome}}})
    plain = hoststack.run(short)
    assert run["traffic.download.goodput"] < 0.8 * plain["traffic.download.goodput"]


class Scalable(hoststack.CongestionControl):
    """Scalable TCP (Kelly, 2003)"""

    name = "scalable"

    def ssthresh(self, state):
        return max(state.cwnd - state.cwnd // 8, 2)

    def increase_window(self, state, acked):
        if state.in_slow_start:
            acked = self.slow_start(state, acked)
        if acked > 0:
            self.additive_increase(state, min(state.cwnd, 100), acked)


class PythonReno(hoststack.CongestionControl):
    name = "python-reno"

    def ssthresh(self, state):
        return max(state.cwnd // 2, 2)

    def increase_window(self, state, acked):
        if state.in_slow_start:
            acked = self.slow_start(state, acked)
        if acked > 0:
            self.additive_increase(state, state.cwnd, acked)


def test_a_python_congestion_control_does_what_it_says(short):
    overrides = {"traffic.download.bytes": "5 MB", "run.duration": "20 s",
                 "links.path.down.queue": "30 ms"}
    congestion = "hosts.server.tcp.congestion"
    ours = both_ways(short, {**overrides, congestion: PythonReno})
    theirs = hoststack.run(short, {**overrides, congestion: "reno"})
    assert ours["traffic.download.retransmits"] > 0
    assert ours.series().equals(theirs.series())
    scalable = both_ways(short, {**overrides, congestion: Scalable})
    assert not ours.series().equals(scalable.series())


class Raises(hoststack.Scheduler):
    def get_send(self, view):
        if view.now > 300_000_000:
            raise KeyError("what I forgot")
        for s in view.subflows:
            s.scheduled = s.active and s.memory_free


class Answers(hoststack.Scheduler):
    def get_send(self, view):
        return view.subflows[0]


class Nonsense(hoststack.Scheduler):
    def get_send(self, view):
        view.burst = "much"


class TooMuch(hoststack.Scheduler):
    def get_send(self, view):
        view.burst = 2**64


class ReadOnly(hoststack.Scheduler):
    def get_send(self, view):
        view.subflows[0].srtt = 0


class Misspelt(hoststack.Scheduler):
    def get_send(self, view):
        view.subflows[0].schedulled = True


class Keeps(hoststack.Scheduler):
    def get_send(self, view):
        if KEPT:
            KEPT[0].srtt
        KEPT.append(view.subflows[0])
        view.subflows[0].scheduled = True


class Sulks(hoststack.Scheduler):
    def __init__(self):
        raise OSError("no such mood")

    def get_send(self, view):
        pass


@pytest.mark.parametrize("scheduler, words", [
    (Raises, ["get_send", "raised at 0.3", "KeyError", "what I forgot"]),
    (Answers, ["expected nothing"]),
    (Nonsense, ["burst", "whole number"]),
    (TooMuch, ["burst", "expected 0 to 9223372036854775807"]),
    (ReadOnly, ["srtt", "not writable"]),
    (Misspelt, ["schedulled"]),
    (Keeps, ["SubflowView was kept after the call"]),
    (Sulks, ["no such mood"]),
])
def test_a_scheduler_that_misbehaves_ends_its_run_and_nothing_else(multipath, scheduler, words):
    for isolated in (True, False):
        KEPT.clear()
        with pytest.raises(hoststack.VariantError) as caught:
            hoststack.run(multipath, {SCHEDULER: scheduler}, isolated=isolated)
        for word in words:
            assert word in str(caught.value)
        assert caught.value.variant == scheduler.__name__ and caught.value.time_s >= 0
        if "raised" in caught.value.args[0]:
            assert "Traceback" in caught.value.traceback
    assert hoststack.run(multipath).met


class Shrinks(Constant):
    name = "shrinks"

    def select(self, state):
        return 0


class NoWindow(PythonReno):
    name = "no-window"

    def increase_window(self, state, acked):
        state.cwnd = 0


class WrongThreshold(PythonReno):
    name = "wrong-threshold"

    def ssthresh(self, state):
        return -3


class NoTime(Metronome):
    name = "no-time"

    def earliest_departure(self):
        return None


@pytest.mark.parametrize("host, setting, variant, words", [
    ("client", "window", Shrinks, "takes back"),
    ("server", "congestion", NoWindow, "cwnd is 0, expected 1 to"),
    ("server", "congestion", WrongThreshold, "is -3, expected 1 to"),
    ("server", "pacing", NoTime, "None, expected a whole number"),
])
def test_answers_that_cannot_be_are_refused(short, host, setting, variant, words):
    with pytest.raises(hoststack.VariantError, match=words):
        hoststack.run(short, {f"hosts.{host}": {"tcp": {setting: variant}},
                              "links.path.down.queue": "10 packets",
                              "traffic.download.bytes": "2 MB"})


class Loops(hoststack.Scheduler):
    def get_send(self, view):
        while True:
            pass


@pytest.mark.parametrize("isolated", [True, False])
def test_ctrl_c_ends_a_scheduler_that_loops(multipath, isolated):
    threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        hoststack.run(multipath, {SCHEDULER: Loops}, isolated=isolated)
    assert time.monotonic() - begin < 10
    with pytest.raises(hoststack.RunTimeout):
        hoststack.run(multipath, {SCHEDULER: Loops}, timeout=0.5)
    assert hoststack.run(multipath).met


def test_names_and_classes_that_cannot_be_are_refused(multipath):
    class Default(Fastest):
        name = "default"

    class Empty(hoststack.Scheduler):
        pass

    class Spaced(Fastest):
        name = "two words"

    for scheduler, words in ((Default, "built-in scheduler"), (Empty, "has no get_send"),
                             (Spaced, "name of a variant"), (dict, "no variant"),
                             ("nobody", "unknown scheduler|is not a known|nobody")):
        with pytest.raises(hoststack.ScenarioError, match=words):
            hoststack.run(multipath, {SCHEDULER: scheduler})
    with pytest.raises(hoststack.ScenarioError, match="names no class"):
        hoststack.run(multipath, variants=[7])


def test_a_class_of_the_main_program_goes_to_the_run(multipath, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import hoststack, json, sys\n"
        "class Mine(hoststack.Scheduler):\n"
        "    def get_send(self, view):\n"
        "        print('asked')\n"
        "        for s in view.subflows: s.scheduled = s.active and s.memory_free\n"
        "run = hoststack.run(json.load(sys.stdin), {'hosts.server.mptcp.scheduler': Mine})\n"
        "print(run['traffic.download.bytes'])\n")
    done = subprocess.run([sys.executable, program], input=json.dumps(multipath),
                          capture_output=True, text=True, check=True)
    assert done.stdout == "2000000\n"
    assert "asked" in done.stderr


class Trivial(hoststack.Scheduler):
    name = "trivial"

    def get_send(self, view):
        pass


def test_a_view_costs_no_more_than_an_object_of_python():
    """Figures: docs/extending/python.md. Against the same code on plain objects in the same minute, so
    that a slow machine is no failure."""
    from hoststack._native import core

    class Plain:
        __slots__ = ("subflows", "burst", "active", "memory_free", "srtt", "scheduled", "mss")

    view = Plain()
    view.subflows = tuple(Plain() for _ in range(3))
    for i, s in enumerate(view.subflows):
        s.active = s.memory_free = True
        s.srtt, s.mss = (30 - i) * 10**6, 1448
    variants.register([Trivial, Fastest])
    # The interpreter adapts a piece of code to what it sees: each way has one of its own.
    code = Fastest.get_send.__code__
    function = types.FunctionType(code.replace(), {})
    calls = 20000

    def plain():
        begin = time.thread_time_ns()
        for _ in range(calls):
            function(None, view)
        return (time.thread_time_ns() - begin) / calls

    rounds = [(core.time_scheduler("trivial", 3, calls), core.time_scheduler("fastest", 3, calls),
               plain()) for _ in range(15)]
    trivial, ours, theirs = (min(column) for column in zip(*rounds))
    built_in = core.time_scheduler("bpf_first", 3, calls)
    print(f"C++ {built_in:.0f} ns, trivial {trivial:.0f} ns, eight lines {ours:.0f} ns, "
          f"the same on plain objects {theirs:.0f} ns")
    assert ours < 3 * theirs
    assert trivial < theirs
