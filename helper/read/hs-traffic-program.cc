// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-traffic-program.h"

#include "ns3/hs-bulk-sender.h"
#include "ns3/hs-requester.h"
#include "ns3/hs-responder.h"
#include "ns3/hs-stream-reader.h"
#include "ns3/hs-two-way-bulk.h"

namespace hoststack
{

std::unique_ptr<Program>
MakeTrafficProgram(const TrafficSpec& traffic, bool atFrom)
{
    const auto& t = traffic;
    if (t.kind == TrafficKind::RequestResponse)
    {
        if (atFrom)
        {
            return std::make_unique<Requester>(t.requestSize,
                                               t.responseSize,
                                               t.thinkTime,
                                               t.count,
                                               t.requestWrites);
        }
        return std::make_unique<Responder>(t.requestSize, t.responseSize, t.responseWrites);
    }
    if (t.bothWays)
    {
        return std::make_unique<TwoWayBulk>(t.bytes, t.writeSize);
    }
    if (atFrom)
    {
        return std::make_unique<BulkSender>(t.bytes, t.writeSize, t.reader.reply > 0);
    }
    return std::make_unique<StreamReader>(t.reader, t.stop == kNever ? t.bytes : 0);
}

} // namespace hoststack
