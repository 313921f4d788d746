# SPDX-License-Identifier: GPL-2.0-only
"""The cores stepped from Python."""

import hoststack
import pytest
from hoststack.cores import MS, NEVER, Link, MultipathConnection, TcpConnection, exchange


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
