// SPDX-License-Identifier: GPL-2.0-only

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
        });
    return registry;
}

} // namespace hoststack::tcp
