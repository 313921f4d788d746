# SPDX-License-Identifier: GPL-2.0-only
"""The cores stepped from Python."""

import hoststack
import pytest
from hoststack.cores import (MS, NEVER, Hpts, Link, MultipathConnection, ReceiveOffload, TcpConnection,
                             exchange)


def two_ends(**tcp):
    return (TcpConnection(tcp, local_port=40000, remote_port=80),
            TcpConnection(tcp, local_port=80, remote_port=40000, iss=7000))


def test_a_handshake_is_three_segments():
    a, b = two_ends()
    a.connect(0)
    now, log = exchange(a, b, until=100 * MS, done=lambda: b.state == "ESTAB")
    assert [(name, segment.flags) for _, name, segment in log] == [("a", "S"), ("b", "S."),
                                                                  ("a", ".")]
    assert now == 30 * MS
    assert "mss 1460" in str(log[0][2]) and repr(log[0][2]).startswith("<S ")


def test_what_is_written_is_read_even_if_a_segment_is_lost():
    a, b = two_ends()
    a.connect(0)
    exchange(a, b, done=lambda: a.state == "ESTAB")
    data = bytes(range(256)) * 40
    assert a.send(20 * MS, data) == len(data)
    got = []
    losses = []

    def lost(now, name, segment):
        if name == "a" and len(segment) and not losses:
            losses.append(segment)
            return True
        return False

    now, log = exchange(a, b, now=20 * MS, lost=lost, until=5000 * MS,
                        done=lambda: b.available == len(data))
    got = b.read(now)
    assert got == data and len(losses) == 1
    again = [s for _, name, s in log if name == "a" and s.seq == losses[0].seq and len(s)]
    assert len(again) == 2
    assert a.info(now)["srtt"] >= 20 * MS and a.info(now)["cwnd"] >= 1


def test_time_does_not_go_back_and_nothing_is_opened_twice():
    a, _ = two_ends()
    a.connect(5 * MS)
    with pytest.raises(ValueError, match="lies before"):
        a.on_deadline(4 * MS)
    with pytest.raises(ValueError, match="opened before"):
        a.connect(6 * MS)
    with pytest.raises(hoststack.ScenarioError, match='did you mean "linux"'):
        TcpConnection({"window": "linus"})


def test_a_variant_of_python_takes_part():
    class Half(hoststack.CongestionControl):
        name = "step-half"
        based_on = "reno"

        def init(self, state):
            state.cwnd = 2

    a, b = two_ends()
    a = TcpConnection({"congestion": "step-half"}, variants=(Half,))
    a.connect(0)
    exchange(a, b, done=lambda: a.state == "ESTAB")
    a.send(20 * MS, bytes(20000))
    assert sum(len(s) for s in a.take_segments()) <= 2 * 1460

    class Bad(Half):
        name = "step-bad"

        def init(self, state):
            raise KeyError("here")

    a, b = TcpConnection({"congestion": "step-bad"}, variants=(Bad,)), two_ends()[1]
    a.connect(0)
    with pytest.raises(hoststack.VariantError, match="KeyError") as caught:
        exchange(a, b, until=100 * MS)
    assert caught.value.variant == "step-bad" and "test_cores.py" in caught.value.traceback


def test_a_multipath_connection_joins_from_a_second_address():
    here, there = ("10.1.0.1", 40000), ("10.1.0.2", 80)
    a, b = MultipathConnection(host="a"), MultipathConnection(host="b")
    a.connect(0, here, there)
    flying, subflows, accepted = [], set(), False
    sent = 0
    for now in range(0, 2000 * MS, 5 * MS):
        for end, other in ((a, b), (b, a)):
            for local, remote, burst in end.take_segments():
                subflows.add(frozenset((local[0], remote[0])))
                flying += [(now + 10 * MS, other, remote, local, s) for s in burst.cut()]
        due, flying = [f for f in flying if f[0] <= now], [f for f in flying if f[0] > now]
        for _, end, local, remote, segment in due:
            if end is b and segment.flags == "S":
                if accepted:
                    assert b.accept_join(now, local, remote, segment) > 0
                else:
                    b.accept_syn(now, local, remote, segment)
                accepted = True
            else:
                end.on_segment(now, local, remote, segment)
        for end in (a, b):
            if end.next_deadline() <= now:
                end.on_deadline(now)
        if now == 100 * MS:
            a.add_endpoint(now, "10.2.0.1", 2)
        if now >= 50 * MS and sent < 100000:
            sent += a.send(now, bytes(2000))
        b.read(now)
    assert len(subflows) == 2
    info = b.info(2000 * MS)
    assert info["bytes_received"] == sent and not info["fallback"]
    assert len([s for s in info["subflows"] if s["established"]]) == 2
    with pytest.raises(ValueError, match="no IPv4 or IPv6"):
        a.connect(0, ("ten", 1), there)


def test_a_link_takes_its_time_and_drops_what_has_no_room():
    link = Link({"rate": "12 Mbit/s", "delay": "10 ms", "queue": "2 packets"})
    refused = [link.offer(0, 1500, i) for i in range(5)]
    assert refused[:2] == [None, None] and "queue" in refused
    assert link.next_delivery() == 11 * MS
    arrived = link.deliver(20 * MS)
    assert [(at, cookie) for at, cookie, why in arrived][:2] == [(11 * MS, 0), (12 * MS, 1)]
    assert all(why == "" for _, _, why in arrived)
    assert link.next_delivery() == NEVER
    link.set_down(20 * MS, True)
    assert link.offer(21 * MS, 1500, 9) == "outage"


def burst_of(count):
    """The segments of a burst as they travel."""
    a, b = two_ends()
    a.connect(0)
    now, _ = exchange(a, b, done=lambda: a.state == "ESTAB" and b.state == "ESTAB")
    a.send(now, bytes(1448 * count))
    return [s for burst in a.take_segments() for s in burst.cut()][:count]


def test_gro_puts_packets_together_until_one_has_psh():
    gro = ReceiveOffload("gro")
    segments = burst_of(4)
    numbers = [gro.add(MS, s) for s in segments]
    assert gro.end_poll(MS, len(segments)) is True
    units = gro.take_units()
    assert [n for u in units for n in u.packets] == numbers and len(units) < len(segments)
    assert sum(u.payload for u in units) == 4 * 1448
    pushed = [n for n, s in zip(numbers, segments) if "P" in s.flags]
    assert [u.packets[-1] for u in units if u.why == "push"] == pushed
    assert all(u.segment_size == 1448 and not u.is_lossy for u in units if len(u.packets) > 1)
    counted = gro.counters()
    assert (counted["packets"], counted["units"], counted["discarded"]) == (4, len(units), 0)
    assert sum(counted["reasons"].values()) == len(units)


def test_a_hole_ends_a_unit_of_gro_and_other_flows_have_their_own():
    gro = ReceiveOffload("gro")
    first, _, third, *_ = burst_of(4)
    assert "P" not in first.flags and "P" not in third.flags
    gro.add(0, first, flow=1, hash=1)
    gro.add(0, first, flow=2, hash=2)
    gro.add(0, third, flow=1, hash=1)
    gro.end_poll(0, 3)
    whys = {u.packets: u.why for u in gro.take_units()}
    assert whys == {(1,): "sequence", (2,): "poll-end", (3,): "poll-end"}


def test_a_frame_of_bytes_goes_the_same_way():
    gro = ReceiveOffload("gro")
    with pytest.raises(TypeError):
        gro.add_frame(0, "text")
    number = gro.add_frame(0, bytes(60))
    assert [(u.packets, u.why) for u in gro.take_units()] == [((number,), "protocol")]


def test_wrong_names_and_numbers_of_an_offload_name_the_nearest():
    with pytest.raises(ValueError, match='did you mean "gro"'):
        ReceiveOffload("grow")
    with pytest.raises(ValueError, match='did you mean "flush_timeout"'):
        ReceiveOffload("gro", flush_timeouts=1)
    with pytest.raises(ValueError, match="weight is 0; expected a whole number"):
        ReceiveOffload("gro", weight=0)
    gro = ReceiveOffload("gro")
    gro.add(5, burst_of(1)[0])
    with pytest.raises(ValueError, match="lies before"):
        gro.end_poll(4)
    assert "gro-list" in ReceiveOffload.names()


def test_hpts_serves_a_connection_in_the_rhythm_that_it_asks_for():
    hpts = Hpts("14.0", start=5000 * MS)
    hpts.insert(5000 * MS, 7, us=1000, again=1000)
    served = hpts.run(until=5100 * MS)
    assert 90 <= len(served) <= 101 and {s.connection for s in served} == {7}
    assert all(s.late >= -10_000 for s in served)
    assert hpts.counters()["runs_by_thread"] >= len(served)
    hpts.remove(5100 * MS, 7)
    assert hpts.run(until=5200 * MS) == [] and hpts.state()["count"] == 0


def test_a_thread_that_comes_late_serves_late_and_the_hook_makes_up_for_it():
    punctual, late, hooked = (Hpts("14.0", start=5000 * MS) for _ in range(3))
    for hpts in (punctual, late, hooked):
        hpts.insert(5000 * MS, 1, us=1000, again=1000)
    on_time = punctual.run(until=5050 * MS)
    behind = late.run(until=5050 * MS, late=3 * MS)
    assert max(s.late for s in on_time) < max(s.late for s in behind)
    for now in range(5000 * MS, 5050 * MS, 100_000):
        hooked.soft_timer(now)
    assert len(hooked.take_served()) > len(behind)


def test_a_shorter_request_waits_for_the_longer_one_within_the_time_the_wheel_had_slept():
    # The timer counts from when it was armed, what is left of the sleep from the last run.
    hpts = Hpts("14.0", start=5000 * MS)
    hpts.insert(5010 * MS, 1, us=100_000)  # the wheel has slept for 10 ms
    within, beyond = 5101 * MS, 5091 * MS
    hpts.insert(5011 * MS, 2, us=(within - 5011 * MS) // 1000)
    served = {s.connection: s for s in hpts.run(until=5200 * MS)}
    assert served[2].late == served[2].at - within == 5110 * MS - within
    hpts = Hpts("14.0", start=5000 * MS)
    hpts.insert(5010 * MS, 1, us=100_000)
    hpts.insert(5011 * MS, 2, us=(beyond - 5011 * MS) // 1000)
    served = {s.connection: s for s in hpts.run(until=5200 * MS)}
    assert abs(served[2].late) <= 10_000


def test_wrong_calls_of_hpts_say_what_is_expected():
    with pytest.raises(ValueError, match='did you mean "14.0"'):
        Hpts("14")
    with pytest.raises(ValueError, match='did you mean "minsleep"'):
        Hpts(sysctls={"minslep": 250})
    with pytest.raises(ValueError, match="50"):
        Hpts(sysctls={"minsleep": 10})
    hpts = Hpts()
    hpts.insert(0, 1, us=1000)
    with pytest.raises(ValueError, match="is on a wheel"):
        hpts.insert(0, 1, us=1000)
    with pytest.raises(ValueError, match="there are 1 CPUs"):
        hpts.insert(0, 2, us=1000, cpu=1)
    with pytest.raises(ValueError, match="multiple of l3_groups"):
        Hpts(cpus=3, l3_groups=2)
    assert "15-usec" in Hpts.versions() and "minsleep" in Hpts.sysctls()
