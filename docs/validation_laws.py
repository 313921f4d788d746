# SPDX-License-Identifier: GPL-2.0-only
"""Tables of the validation page that need no measurement: the square-root law, and the same
congestion control in two stacks."""

import math
import statistics

from made_page import SCENARIOS
from validation_runs import REFERENCE, TRAFFIC, deviation, table

MSS = 1448
LOSSES = (0.001, 0.005, 0.01, 0.02, 0.05)
RTTS = (0.02, 0.1)
SEEDS = 8
EVENTS = 250  # losses per run


def pftk(p, rtt, timeout, b):
    """Full model without a window limit, bit/s (Padhye et al. 1998, equation 30)."""
    loss = rtt * math.sqrt(2 * b * p / 3)
    wait = timeout * min(1, 3 * math.sqrt(3 * b * p / 8)) * p * (1 + 32 * p * p)
    return 8 * MSS / (loss + wait)


def start_square_root(simulator):
    runs = {}
    for stack in ("linux-6.12.11", "rfc"):
        for p in LOSSES:
            for rtt in RTTS:
                duration = math.ceil(EVENTS / p * rtt / (1.31 / math.sqrt(p)))
                sets = [
                    f'links.path.down.loss="{p * 100:g} %"',
                    f'links.path.down.delay="{rtt * 500:g} ms"',
                    f'links.path.up.delay="{rtt * 500:g} ms"',
                    'links.path.down.rate="1 Gbit/s"',
                    'links.path.up.rate="1 Gbit/s"',
                    f'run.duration="{duration} s"',
                    f'traffic.download.duration="{duration} s"',
                    f'hosts.client.os="{stack}"',
                    f'hosts.server.os="{stack}"',
                    'hosts.client.tcp.receive-buffer="4 MiB"',
                    'hosts.server.tcp.send-buffer="4 MiB"',
                ]
                file = SCENARIOS / "tcp" / "lossy-link.json"
                runs[stack, p, rtt] = [
                    simulator.start(file, sets, seed) for seed in range(1, SEEDS + 1)
                ]
    return runs


def square_root(runs, stack, timeout):
    rows = []
    for p in LOSSES:
        for rtt in RTTS:
            results = [r.result()["metrics"] for r in runs[stack, p, rtt]]
            goodputs = [r["traffic.download.goodput"] for r in results]
            mean = statistics.fmean(goodputs)
            error = statistics.stdev(goodputs) / math.sqrt(len(goodputs))
            mathis = 8 * MSS / rtt * math.sqrt(1.5 / p)
            ott = 8 * MSS / rtt * 1.309 / math.sqrt(p)
            timeouts = sum(r["traffic.download.timeouts"] for r in results)
            segments = sum(r["traffic.download.data-segments"] for r in results)
            rows.append(
                [
                    f"{p * 100:g} %, {rtt * 1e3:g} ms",
                    f"{mean * 1e-6:.3f}",
                    f"{100 * error / mean:.1f} %",
                    f"{timeouts / (segments * p):.3f}",
                    f"{mean / ott:.2f}",
                    f"{mean / mathis:.2f}",
                    f"{mean / pftk(p, rtt, timeout(rtt), 1):.2f}",
                    f"{mean / pftk(p, rtt, timeout(rtt), 2):.2f}",
                ]
            )
    return table(
        [
            "loss, RTT",
            "hoststack, Mbit/s",
            "standard error",
            "time-outs per loss",
            "over 1.31 / sqrt(p)",
            "over Mathis, b = 1",
            "over PFTK, b = 1",
            "over PFTK, b = 2",
        ],
        rows,
    )


LINKS = {
    "10 Mbit/s, 20 ms, 1 BDP": ("10 Mbit/s", "10 ms", "17 packets", "0 %", "20 MB"),
    "50 Mbit/s, 40 ms, 1 BDP": ("50 Mbit/s", "20 ms", "167 packets", "0 %", "100 MB"),
    "50 Mbit/s, 40 ms, 4 BDP": ("50 Mbit/s", "20 ms", "667 packets", "0 %", "100 MB"),
    "50 Mbit/s, 40 ms, 0.1 % loss": ("50 Mbit/s", "20 ms", "167 packets", "0.1 %", "40 MB"),
    "50 Mbit/s, 40 ms, 1 % loss": ("50 Mbit/s", "20 ms", "167 packets", "1 %", "20 MB"),
}
CONTROLS = {
    "ours": ("reno", "cubic"),
    "adapted": ("ns3:TcpLinuxReno", "ns3:TcpCubic"),
}


def start_same_control(simulator):
    """Our stack and ns-3's, over our link, with the same congestion control."""
    runs = {}
    base = REFERENCE / "tcp-cubic-50M-40ms.json"
    for link, (rate, delay, queue, loss, size) in LINKS.items():
        for index in (0, 1):
            for kind, stack in (("ours", "hoststack"), ("adapted", "hoststack"), ("ours", "ns3")):
                control = CONTROLS[kind][index]
                sets = [
                    f'links.path.down.rate="{rate}"',
                    f'links.path.up.rate="{rate}"',
                    f'links.path.down.delay="{delay}"',
                    f'links.path.up.delay="{delay}"',
                    f'links.path.down.queue="{queue}"',
                    f'links.path.down.loss="{loss}"',
                    f'traffic.transfer.bytes="{size}"',
                    'run.duration="600 s"',
                ]
                for host in ("client", "server"):
                    sets += [
                        f'hosts.{host}.stack="{stack}"',
                        f'hosts.{host}.tcp.congestion="{control}"',
                    ]
                seeds = range(1, 9) if loss != "0 %" else (1,)
                runs[link, index, kind, stack] = [simulator.start(base, sets, s) for s in seeds]
    return runs


def same_control(runs):
    rows = []
    for index, name in enumerate(("Reno", "CUBIC")):
        for link in LINKS:

            def mean(kind, stack, metric):
                values = [r.result()["metrics"][TRAFFIC + metric] for r in runs[link, index, kind, stack]]
                return statistics.fmean(values)

            foreign = mean("ours", "ns3", "goodput")
            adapted = mean("adapted", "hoststack", "goodput")
            own = mean("ours", "hoststack", "goodput")
            rows.append(
                [
                    f"{name}, {link}",
                    f"{foreign * 1e-6:.2f}",
                    f"{adapted * 1e-6:.2f}",
                    deviation(adapted, foreign),
                    f"{own * 1e-6:.2f}",
                    deviation(own, foreign),
                    f"{mean('ours', 'ns3', 'retransmits'):.0f}",
                    f"{mean('adapted', 'hoststack', 'retransmits'):.0f}",
                    f"{mean('ours', 'hoststack', 'retransmits'):.0f}",
                ]
            )
    return table(
        [
            "case",
            "ns-3, Mbit/s",
            "hoststack with ns-3's control",
            "",
            "hoststack with its own",
            "",
            "ns-3, retransmissions",
            "hoststack with ns-3's",
            "hoststack with its own",
        ],
        rows,
    )
