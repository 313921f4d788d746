// SPDX-License-Identifier: GPL-2.0-only

#ifndef OFFLOAD_TEST_TOOLS_H
#define OFFLOAD_TEST_TOOLS_H

#include "ns3/hs-byte-order.h"
#include "ns3/hs-internet-checksum.h"
#include "ns3/hs-offload-frame.h"
#include "ns3/hs-receive-offload.h"

#include <cstdint>
#include <vector>

namespace hoststack::test
{

using Bytes = std::vector<std::uint8_t>;

/// Keeps the units that come out.
struct UnitList : public ReceiveOffload::Sink
{
    void Deliver(const OffloadUnit& unit) override
    {
        units.push_back(unit);
    }

    void Discard(std::uint32_t id) override
    {
        discarded.push_back(id);
    }

    /// Packets of each unit.
    std::vector<std::size_t> Sizes() const
    {
        std::vector<std::size_t> sizes;
        for (const auto& unit : units)
        {
            sizes.push_back(unit.packets.size());
        }
        return sizes;
    }

    std::vector<OffloadUnit> units;
    std::vector<std::uint32_t> discarded;
};

/// What a frame is made of.
struct FrameRecipe
{
    bool isVersion4{true};
    bool isUdp{false};
    std::uint16_t sourcePort{1000};
    std::uint32_t seq{1};
    std::uint32_t ack{500};
    std::uint16_t flags{kAck};
    std::uint16_t window{1000};
    std::uint8_t typeOfService{0};
    std::uint8_t timeToLive{64};
    std::uint16_t identification{100};
    std::uint16_t fragment{0x4000}; ///< flags and offset as they stand in the header
    Bytes options;                  ///< a multiple of 4
    Bytes payload;
};

/// The bytes of it, with its checksums.
inline Bytes
FrameOf(const FrameRecipe& r)
{
    const std::size_t network = r.isVersion4 ? 20 : 40;
    const std::size_t transport = r.isUdp ? 8 : 20 + r.options.size();
    Bytes frame(14 + network + transport, 0);
    frame[5] = 1;
    frame[11] = 2;
    StoreBig16(frame.data() + 12, r.isVersion4 ? 0x0800 : 0x86dd);
    auto* ip = frame.data() + 14;
    const auto behind = static_cast<std::uint16_t>(transport + r.payload.size());
    const std::uint8_t protocol = r.isUdp ? 17 : 6;
    if (r.isVersion4)
    {
        ip[0] = 0x45;
        ip[1] = r.typeOfService;
        StoreBig16(ip + 2, static_cast<std::uint16_t>(20 + behind));
        StoreBig16(ip + 4, r.identification);
        StoreBig16(ip + 6, r.fragment);
        ip[8] = r.timeToLive;
        ip[9] = protocol;
        StoreBig32(ip + 12, 0x0a000001);
        StoreBig32(ip + 16, 0x0a000002);
        InternetChecksum sum;
        sum.Add(ip, 20);
        StoreBig16(ip + 10, sum.Value());
    }
    else
    {
        StoreBig32(ip, 6u << 28 | std::uint32_t{r.typeOfService} << 20);
        StoreBig16(ip + 4, behind);
        ip[6] = protocol;
        ip[7] = r.timeToLive;
        ip[23] = 1;
        ip[39] = 2;
    }
    auto* tcp = ip + network;
    StoreBig16(tcp, r.sourcePort);
    StoreBig16(tcp + 2, 80);
    if (r.isUdp)
    {
        StoreBig16(tcp + 4, behind);
    }
    else
    {
        StoreBig32(tcp + 4, r.seq);
        StoreBig32(tcp + 8, r.ack);
        StoreBig16(tcp + 12, static_cast<std::uint16_t>(transport / 4 << 12 | r.flags));
        StoreBig16(tcp + 14, r.window);
        std::copy(r.options.begin(), r.options.end(), tcp + 20);
    }
    frame.insert(frame.end(), r.payload.begin(), r.payload.end());
    ip = frame.data() + 14;
    auto* field = ip + network + (r.isUdp ? 6 : 16);
    auto sum = TransportChecksum(ip, ip + network, behind, protocol);
    StoreBig16(field, sum == 0 && r.isUdp ? 0xffff : sum);
    return frame;
}

} // namespace hoststack::test

#endif // OFFLOAD_TEST_TOOLS_H
