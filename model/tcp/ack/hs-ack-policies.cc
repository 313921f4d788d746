// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ack-counted.h"
#include "ns3/hs-ack-immediate.h"
#include "ns3/hs-ack-linux.h"

namespace hoststack::tcp
{

Registry<AckPolicy, const Config&>&
AckPolicies()
{
    static Registry<AckPolicy, const Config&> registry(
        "ACK policy",
        {
            {"linux",
             "delayed, quick and compressed ACKs as Linux",
             [](const Config& c) { return std::make_unique<LinuxAcks>(c); }},
            {"immediate",
             "every segment at once",
             [](const Config&) { return std::make_unique<ImmediateAcks>(); }},
            {"freebsd",
             "every second segment, every merged unit, or after 40 ms, as FreeBSD",
             [](const Config& c) { return std::make_unique<CountedAcks>(c, 2); }},
            {"every-8th",
             "stretch ACKs: every eighth segment, or after 40 ms",
             [](const Config& c) { return std::make_unique<CountedAcks>(c, 8); }},
            {"every-16th",
             "stretch ACKs: every sixteenth segment, or after 40 ms",
             [](const Config& c) { return std::make_unique<CountedAcks>(c, 16); }},
        });
    return registry;
}

} // namespace hoststack::tcp
