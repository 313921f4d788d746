// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-config.h"

#include "ns3/hs-buffer-limits.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr TimeNs kShortest = kMillisecond;
constexpr TimeNs kLongest = 365LL * 24 * 3600 * kSecond;
constexpr TimeNs kLargestTick = 3600 * kSecond;
constexpr std::uint32_t kMostSegments = 1u << 24;
constexpr std::uint32_t kLargestBuffer = 0x7fffffff; // sk_rcvbuf and sk_sndbuf are ints
constexpr std::uint32_t kMostRetries = 255;          // the kernel's are 8 bits wide
constexpr std::uint32_t kLargestBlock = 1u << 24;

/// Calls \p visit(value, least, most) for each value that has bounds.
template <class C, class F>
void
VisitBounds(C& c, F visit)
{
    visit(c.mss, 1u, 65535u);
    visit(c.initialCwnd, 1u, kMostSegments);
    visit(c.initialSsthresh, 2u, 0x7fffffffu);
    visit(c.reordering, 1u, kMostSegments);
    visit(c.maxReordering, 1u, kMostSegments);
    visit(c.gsoMaxBytes, 1u, kMostSegments);
    visit(c.gsoMaxSegments, 1u, kMostSegments);
    visit(c.minTsoSegments, 1u, kMostSegments);
    visit(c.pacingSlowStartPercent, 1u, kMostSegments);
    visit(c.pacingAvoidancePercent, 1u, kMostSegments);
    visit(c.pacingShift, 0u, 63u);
    visit(c.receiveBuffer, kLeastReceiveBuffer, kLargestBuffer);
    visit(c.receiveBufferMax, kLeastReceiveBuffer, kLargestBuffer);
    visit(c.sendBuffer, kLeastSendBuffer, kLargestBuffer);
    visit(c.sendBufferMax, kLeastSendBuffer, kLargestBuffer);
    visit(c.notsentLowat, 1u, ~0u);
    visit(c.truesize.head, 0u, kLargestBlock);
    visit(c.truesize.overhead, 0u, kLargestBlock);
    visit(c.truesize.fixedBlock, 0u, kLargestBlock);
    visit(c.synRetries, 0u, kMostRetries);
    visit(c.synLinearTimeouts, 0u, kMostRetries);
    visit(c.synAckRetries, 0u, kMostRetries);
    visit(c.retries2, 0u, kMostRetries);
    visit(c.tick, TimeNs{0}, kLargestTick);
    visit(c.rtoInitial, kShortest, kLongest);
    visit(c.rtoMin, kShortest, kLongest);
    visit(c.rtoMax, kShortest, kLongest);
    visit(c.delayedAckMin, TimeNs{0}, kLongest);
    visit(c.delayedAckMax, TimeNs{0}, kLongest);
    visit(c.compressedAckDelay, TimeNs{0}, kLongest);
    visit(c.compressedAckSlack, TimeNs{0}, kLongest);
    visit(c.userTimeout, TimeNs{0}, kLongest);
    visit(c.timeWait, TimeNs{0}, kLongest);
    visit(c.finWait2, TimeNs{0}, kLongest);
    visit(c.invalidRateLimit, TimeNs{0}, kLongest);
    visit(c.keepAliveTime, kShortest, kLongest);
    visit(c.keepAliveInterval, kShortest, kLongest);
}

} // namespace

std::shared_ptr<const Config>
Usable(std::shared_ptr<const Config> config)
{
    bool fits = true;
    VisitBounds(*config, [&fits](auto value, auto least, auto most) {
        fits = fits && value >= least && value <= most;
    });
    if (fits)
    {
        return config;
    }
    auto copy = std::make_shared<Config>(*config);
    VisitBounds(*copy,
                [](auto& value, auto least, auto most) { value = std::clamp(value, least, most); });
    return copy;
}

} // namespace hoststack::tcp
