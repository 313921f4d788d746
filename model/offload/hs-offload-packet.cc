// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-offload-packet.h"

#include <array>

namespace hoststack
{

const char*
NameOf(FlushReason reason)
{
    static const std::array<const char*, kFlushReasons> names = {
        "off",       "protocol",    "ip-options",    "fragment",   "ip-checksum",   "checksum",
        "malformed", "padded",      "flags",         "window",     "ack",           "options",
        "ttl",       "tos",         "dont-fragment", "ip-id",      "empty",         "longer",
        "sequence",  "size",        "segments",      "timestamps", "duplicate-ack", "refused",
        "push",      "end",         "short",         "no-payload", "poll-end",      "aged",
        "idle",      "bucket-full", "new-flow",
    };
    return names[static_cast<std::size_t>(reason)];
}

OffloadPacket
OffloadRun::At(std::uint32_t i) const
{
    auto packet = first;
    packet.id = ids[i];
    if (i == 0)
    {
        return packet;
    }
    packet.seq += i * first.payload;
    packet.identification = static_cast<std::uint16_t>(first.identification + i);
    const bool isLast = i + 1 == count;
    packet.flags = isLast ? lastFlags : middleFlags;
    if (isLast)
    {
        packet.payload = lastPayload;
        packet.ipLength = LastLength();
    }
    return packet;
}

} // namespace hoststack
