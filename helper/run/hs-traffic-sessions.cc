// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bulk-sender.h"
#include "ns3/hs-request-response.h"
#include "ns3/hs-stream-reader.h"
#include "ns3/hs-traffic-run.h"
#include "ns3/hs-two-way-bulk.h"

// What the program at each end of a traffic does.

namespace ns3
{

namespace
{

using hoststack::TrafficKind;

HoststackWritePattern
PatternOf(const hoststack::WritesSpec& spec)
{
    HoststackWritePattern pattern;
    pattern.sizes = spec.sizes;
    pattern.gap = spec.gap;
    pattern.hold = static_cast<HoststackWritePattern::Hold>(spec.hold);
    return pattern;
}

} // namespace

std::unique_ptr<HoststackSession>
TrafficRun::MakeSession(bool atFrom)
{
    if (m_spec.kind == TrafficKind::RequestResponse)
    {
        if (atFrom)
        {
            return std::make_unique<HoststackRequester>(m_spec.requestSize,
                                                        m_spec.responseSize,
                                                        m_spec.thinkTime,
                                                        m_spec.count,
                                                        PatternOf(m_spec.requestWrites));
        }
        return std::make_unique<HoststackResponder>(m_spec.requestSize,
                                                    m_spec.responseSize,
                                                    PatternOf(m_spec.responseWrites));
    }
    if (m_spec.bothWays)
    {
        return std::make_unique<HoststackTwoWayBulk>(m_spec.bytes, m_spec.writeSize);
    }
    if (atFrom)
    {
        return std::make_unique<HoststackBulkSender>(m_spec.bytes,
                                                     m_spec.writeSize,
                                                     m_spec.reader.reply > 0);
    }
    const auto& reader = m_spec.reader;
    return std::make_unique<HoststackStreamReader>(
        HoststackStreamReader::Pattern{reader.startDelay,
                                       reader.readSize,
                                       reader.pause,
                                       reader.lowWaterMark,
                                       reader.pauseAt,
                                       reader.pauseFor,
                                       reader.wakeLatency,
                                       reader.copyRate,
                                       reader.step,
                                       reader.reply},
        m_spec.stop == hoststack::kNever ? m_spec.bytes : 0);
}

} // namespace ns3
