// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-config.h"
#include "ns3/hs-window-freebsd.h"
#include "ns3/hs-window-immediate-ack.h"
#include "ns3/hs-window-linux.h"
#include "ns3/hs-window-no-update.h"
#include "ns3/hs-window-rfc1122.h"

namespace hoststack::tcp
{

Registry<WindowPolicy, const Config&>&
WindowPolicies()
{
    static Registry<WindowPolicy, const Config&> registry(
        "receive-window policy",
        {
            {"linux",
             "Linux 6.x: free memory, grows with what arrives, update when it doubles",
             [](const Config& c) { return std::make_unique<LinuxWindow>(c); }},
            {"rfc1122",
             "RFC 1122: the whole buffer, the edge moves by a segment or half the buffer",
             [](const Config&) { return std::make_unique<Rfc1122Window>(); }},
            {"freebsd",
             "FreeBSD 14: payload bytes; a read announces half the buffer, or much of a small one",
             [](const Config&) { return std::make_unique<FreebsdWindow>(); }},
            {"immediate-ack",
             "as linux, but every read sends an ACK (for comparison)",
             [](const Config& c) { return std::make_unique<ImmediateAckWindow>(c); }},
            {"no-update",
             "as linux, but no read announces the window (for comparison)",
             [](const Config& c) { return std::make_unique<NoUpdateWindow>(c); }},
        });
    return registry;
}

} // namespace hoststack::tcp
