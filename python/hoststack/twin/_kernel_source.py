# SPDX-License-Identifier: GPL-2.0-only
"""What is changed in a kernel's sources before it is built, and how it is configured. Nothing of a kernel is
here: an edit names a place by a few words of it and says what is put there.

Each of FIXES takes a correction out again, by a kernel parameter that is off unless a profile asks for it; one
build shows both."""

from __future__ import annotations

import pathlib
import re
from typing import NamedTuple

from ..errors import HoststackError


class Edit(NamedTuple):
    file: str
    place: str  # a regular expression that is found `times` times
    instead: str  # as re.sub takes it
    times: int = 1


class Fix(NamedTuple):
    """A correction of the kernel that a parameter takes out."""

    parameter: str
    about: str
    edits: tuple[Edit, ...]


# CONFIG_HZ of distributions' kernels is 250 (Debian) or 1000; User-Mode Linux knows 100 only, a grid of 10 ms
# for retransmission timers and delayed ACKs.
ALWAYS = (Edit("arch/um/Kconfig", r"(config HZ\n\s+int\n\s+default )100\n", r"\g<1>250\n"),)

FIXES = {
    "window-update": Fix(
        "hoststack_note_when_sized",
        "2ca06a2f6531 (6.13, 6.12.11): what a re-opened window is compared with is the window last announced; "
        "before, the free space when options were last sized",
        (Edit("net/mptcp/options.c", r"\n(#include \"mib\.h\"\n)",
              r"\n\1#include <linux/moduleparam.h>\n\nstatic bool hoststack_note_when_sized;\n"
              r"core_param(hoststack_note_when_sized, hoststack_note_when_sized, bool, 0444);\n"),
         Edit("net/mptcp/options.c", r"\n\tWRITE_ONCE\(msk->old_wspace, tp->rcv_wnd\);",
              "\n\tif (!hoststack_note_when_sized)\n\t\tWRITE_ONCE(msk->old_wspace, tp->rcv_wnd);", 2),
         Edit("net/mptcp/options.c", r"(\n\topts->ext_copy\.use_ack = 1;\n)",
              r"\1\tif (hoststack_note_when_sized)\n"
              r"\t\tWRITE_ONCE(msk->old_wspace, __mptcp_space((struct sock *)msk));\n"))),
    "readiness": Fix(
        "hoststack_wake_without_data",
        "e226d9259dc4 (6.13, 6.12.11): a multipath socket without data is not readable; before, it was while "
        "the kernel's TCP memory was under pressure",
        (Edit("net/mptcp/protocol.h", r"\n(static inline bool mptcp_epollin_ready\()",
              r"\nextern bool hoststack_wake_without_data;\n\1"),
         Edit("net/mptcp/protocol.h", r"\n\tif \(!data_avail\)\n", "\n\tif (!data_avail && !hoststack_wake_without_data)\n"),
         Edit("net/mptcp/protocol.c", r"\n(#include \"mib\.h\"\n)",
              r"\n\1#include <linux/moduleparam.h>\n\nbool hoststack_wake_without_data;\n"
              r"core_param(hoststack_wake_without_data, hoststack_wake_without_data, bool, 0444);\n"))),
    "window-resync": Fix(
        "hoststack_without_resync",
        "rwin_update (November 2025, 6.12.y): before it takes data a subflow learns how far the others have opened the "
        "shared window",
        (Edit("net/mptcp/options.c", r"\n(#include \"mib\.h\"\n)",
              r"\n\1#include <linux/moduleparam.h>\n\nstatic bool hoststack_without_resync;\n"
              r"core_param(hoststack_without_resync, hoststack_without_resync, bool, 0444);\n"),
         Edit("net/mptcp/options.c", r"\n\trwin_update\(msk, sk, skb\);",
              "\n\tif (!hoststack_without_resync)\n\t\trwin_update(msk, sk, skb);"))),
    "window-shrink": Fix(
        "hoststack_keep_window",
        "da23be77e129 (June 2026, 6.12.y): a subflow's own window may shrink when it announces the shared one; before, "
        "data beyond a hole that another subflow filled opened the shared window though no memory was free",
        (Edit("net/mptcp/options.c", r"\n(#include \"mib\.h\"\n)",
              r"\n\1#include <linux/moduleparam.h>\n\nstatic bool hoststack_keep_window;\n"
              r"core_param(hoststack_keep_window, hoststack_keep_window, bool, 0444);\n"),
         Edit("net/mptcp/options.c", r"\n\tif \(skb\)\n(\t\ttp->rcv_wnd = tp->rcv_nxt - tp->rcv_wup;)",
              r"\n\tif (skb && !hoststack_keep_window)\n\1"))),
    "hystart-rounds": Fix(
        "hoststack_late_rounds",
        "25c1a9ca53db (6.14, and later releases of 6.12): HyStart of CUBIC notices the beginning of a round whatever the "
        "window; before, only from 16 segments on, so the first round began in the middle of a train",
        (Edit("net/ipv4/tcp_cubic.c", r"\n(static int hystart_low_window )",
              r"\nstatic bool hoststack_late_rounds;\n"
              r"core_param(hoststack_late_rounds, hoststack_late_rounds, bool, 0444);\n\1"),
         Edit("net/ipv4/tcp_cubic.c", r"\n\tif \((after\(tp->snd_una, ca->end_seq\))\)\n",
              r"\n\tif ((!hoststack_late_rounds || tcp_snd_cwnd(tp) >= hystart_low_window) &&\n\t    \1)\n"))),
}

# What of FIXES the sources of a version have at all: 6.1.y polls otherwise, and never had the one of readiness.
FIXES_OF = {"6.12": ("window-update", "readiness", "window-resync", "window-shrink", "hystart-rounds"),
            "6.1": ("window-update", "window-resync", "window-shrink", "hystart-rounds")}

CONFIG = """
CONFIG_NET=y
CONFIG_INET=y
CONFIG_IPV6=y
CONFIG_MPTCP=y
CONFIG_MPTCP_IPV6=y
CONFIG_INET_MPTCP_DIAG=y
CONFIG_TUN=y
CONFIG_PACKET=y
CONFIG_UNIX=y
CONFIG_IP_ADVANCED_ROUTER=y
CONFIG_IP_MULTIPLE_TABLES=y
CONFIG_NET_NS=y
CONFIG_USER_NS=y
CONFIG_NAMESPACES=y
CONFIG_TCP_CONG_ADVANCED=y
CONFIG_TCP_CONG_CUBIC=y
CONFIG_TCP_CONG_BBR=y
CONFIG_NET_SCHED=y
CONFIG_NET_SCH_FQ=y
CONFIG_NET_SCH_FQ_CODEL=y
CONFIG_HOSTFS=y
CONFIG_DEVTMPFS=y
CONFIG_TMPFS=y
CONFIG_PROC_FS=y
CONFIG_SYSFS=y
CONFIG_EPOLL=y
CONFIG_TIMERFD=y
CONFIG_EVENTFD=y
CONFIG_HIGH_RES_TIMERS=y
CONFIG_NO_HZ_IDLE=y
CONFIG_UML_TIME_TRAVEL_SUPPORT=y
# CONFIG_MODULES is not set
# CONFIG_SOUND is not set
# CONFIG_UML_SOUND is not set
# CONFIG_EXT4_FS is not set
# CONFIG_REISERFS_FS is not set
# CONFIG_BLK_DEV_LOOP is not set
# CONFIG_DEBUG_INFO is not set
CONFIG_DEBUG_INFO_NONE=y
# CONFIG_QUOTA is not set
# CONFIG_AUTOFS_FS is not set
# CONFIG_ISO9660_FS is not set
# CONFIG_WLAN is not set
"""

# Without one of these the kernel could not play anything.
REQUIRED = ("MPTCP", "TUN", "HOSTFS", "NET_NS", "UML_TIME_TRAVEL_SUPPORT", "HIGH_RES_TIMERS", "EPOLL")


def edits_of(version: str) -> tuple[Edit, ...]:
    return ALWAYS + tuple(e for name in FIXES_OF[version] for e in FIXES[name].edits)


def prepare(tree: pathlib.Path, version: str) -> None:
    """Changes the sources in `tree`.

    Raises:
        HoststackError: a place is not as these edits know it.
    """
    for edit in edits_of(version):
        path = tree / edit.file
        text = path.read_text(encoding="utf-8")
        changed, count = re.subn(edit.place, edit.instead, text)
        if count != edit.times:
            raise HoststackError(f"the sources of Linux {version} are not as expected: {edit.file} has {count} "
                                 f"places like {edit.place!r}, expected {edit.times}")
        path.write_text(changed, encoding="utf-8")
