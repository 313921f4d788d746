// SPDX-License-Identifier: GPL-2.0-only

#ifndef LINK_TEST_TOOLS_H
#define LINK_TEST_TOOLS_H

#include "ns3/hs-link-direction.h"

#include <algorithm>
#include <string>
#include <vector>

namespace link_test
{

using namespace hoststack;

inline LinkPacket
Packet(std::uint32_t bytes, std::uint64_t cookie, std::uint8_t traits = 0, std::uint32_t flow = 1)
{
    return {bytes, flow, traits, cookie};
}

/// Everything that is due at or before \p now.
inline std::vector<LinkDelivery>
Collect(LinkDirection& link, TimeNs now)
{
    std::vector<LinkDelivery> all;
    LinkDelivery out;
    while (link.Deliver(now, out))
    {
        all.push_back(out);
    }
    return all;
}

/// Follows NextDelivery as an owner does until nothing is left or \p until has passed.
inline std::vector<LinkDelivery>
Run(LinkDirection& link, TimeNs until = kNever - 1)
{
    std::vector<LinkDelivery> all;
    for (TimeNs next = link.NextDelivery(); next <= until; next = link.NextDelivery())
    {
        const auto due = Collect(link, std::max(next, link.Now()));
        all.insert(all.end(), due.begin(), due.end());
    }
    return all;
}

inline LinkConfig
Plain(BitsPerSecond rate, TimeNs delay)
{
    LinkConfig config;
    config.rate = rate;
    config.delay = delay;
    return config;
}

inline LinkConfig
With(LinkConfig config, const std::string& kind, const LinkParameters& parameters = {})
{
    config.behaviours.push_back({kind, parameters});
    return config;
}

} // namespace link_test

#endif // LINK_TEST_TOOLS_H
