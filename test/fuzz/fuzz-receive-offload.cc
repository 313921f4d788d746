// SPDX-License-Identifier: GPL-2.0-only

/**
 * \file
 * Any bytes as received frames: reading stays inside them, each packet comes out of every receive
 * offload exactly once, none is kept after a poll that finds nothing, and what GRO merged is cut
 * into what came.
 */

#include "fuzz-input.h"
#include "ns3/hs-byte-order.h"
#include "ns3/hs-frame-segmentation.h"
#include "ns3/hs-receive-offload.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

using namespace hoststack;

namespace
{

using Bytes = std::vector<std::uint8_t>;

void
Require(bool holds, const char* what)
{
    if (!holds)
    {
        std::fprintf(stderr, "fuzz-receive-offload: %s\n", what);
        std::abort();
    }
}

struct Arrival
{
    Bytes bytes;
    OffloadFrame frame;
    int delivered{0};
};

class Owner : public ReceiveOffload::Sink
{
  public:
    std::vector<std::unique_ptr<Arrival>> arrivals;
    bool mayLose{false};

  private:
    void Discard(std::uint32_t id) override
    {
        Require(mayLose, "a packet was lost");
        Require(id < arrivals.size() && ++arrivals[id]->delivered == 1, "it went before");
    }

    void Deliver(const OffloadUnit& unit) override
    {
        Require(!unit.packets.empty(), "a unit of nothing");
        Bytes payloads;
        bool losesUrgent = false;
        for (const auto id : unit.packets)
        {
            Require(id < arrivals.size(), "a unit of a packet that never came");
            auto& arrival = *arrivals[id];
            Require(++arrival.delivered == 1, "a packet was delivered twice");
            if (!unit.IsMerged())
            {
                return;
            }
            payloads.insert(payloads.end(),
                            arrival.bytes.begin() +
                                static_cast<std::ptrdiff_t>(arrival.frame.headerLength),
                            arrival.bytes.end());
            const auto at = 14 + arrival.frame.networkLength + 18;
            losesUrgent = losesUrgent || (unit.head.kind == OffloadKind::Tcp &&
                                          LoadBig16(arrival.bytes.data() + at) != 0);
        }
        if (unit.isLossy || unit.isChain || losesUrgent)
        {
            return;
        }
        const auto& first = *arrivals[unit.packets[0]];
        const auto merged = MergedFrame(unit, first.bytes, first.frame, payloads);
        const auto cut = SegmentFrame(merged, first.frame, unit.segmentSize, unit.isFixedId);
        Require(cut.size() == unit.packets.size(), "cut into another number of packets");
        for (std::size_t i = 0; i < cut.size(); ++i)
        {
            Require(cut[i] == arrivals[unit.packets[i]]->bytes, "cut into other packets");
        }
    }
};

/// Makes the checksums right, so that most frames come past them.
void
Repair(Bytes& frame)
{
    constexpr std::size_t kIp = 14;
    if (frame.size() < kIp + 40 || LoadBig16(frame.data() + 12) != 0x0800 || frame[kIp] != 0x45)
    {
        return;
    }
    auto* ip = frame.data() + kIp;
    StoreBig16(ip + 10, 0);
    std::uint32_t sum = 0;
    for (int i = 0; i < 20; i += 2)
    {
        sum += LoadBig16(ip + i);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    StoreBig16(ip + 10, static_cast<std::uint16_t>(~sum));
    const auto field = ip[9] == 17 ? 26 : 36;
    StoreBig16(ip + field, 0);
    StoreBig16(ip + field, TransportChecksum(ip, ip + 20, frame.size() - kIp - 20, ip[9]));
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::Source source(data, size);
    Owner owner;
    OffloadSettings settings;
    settings.flushTimeout = (source.Byte() & 1) * kMillisecond;
    settings.deferInterrupts = source.Byte() % 3;
    settings.entries = 1 + source.Byte() % 8;
    settings.sortArray = 1 + source.Byte();
    const auto names = ReceiveOffloads().Names();
    const auto& name = names[source.Byte() % names.size()];
    owner.mayLose = name.rfind("lro", 0) == 0;
    const auto offload = ReceiveOffloads().Create(name, settings, owner);
    OffloadFrameReader reader;
    TimeNs now = 0;
    std::uint32_t work = 0;
    Bytes frame;
    std::uint32_t step = 0;
    while (!source.Empty() && owner.arrivals.size() < 300)
    {
        const auto what = source.Byte();
        if (what < 32)
        {
            offload->EndPoll(std::min(work, settings.weight), now);
            work = 0;
            now += what * 300 * kMicrosecond;
            if (offload->Deadline() <= now)
            {
                offload->EndPoll(0, now);
            }
            continue;
        }
        if (what < 64 || frame.empty())
        {
            frame.resize(source.Byte() + (what & 1) * 40);
            for (auto& byte : frame)
            {
                byte = source.Byte();
            }
        }
        else if (frame.size() >= 54)
        {
            // The next segment of the same flow, with one byte changed now and then.
            step = static_cast<std::uint32_t>(frame.size() - 34 - (frame[46] >> 4) * 4);
            auto* seq = frame.data() + 38;
            StoreBig32(seq, LoadBig32(seq) + step);
            StoreBig16(frame.data() + 18,
                       static_cast<std::uint16_t>(LoadBig16(frame.data() + 18) + 1));
            if (what > 200)
            {
                frame[source.Byte() % frame.size()] ^= source.Byte();
            }
        }
        if (what & 2)
        {
            Repair(frame);
        }
        auto& arrival = *owner.arrivals.emplace_back(std::make_unique<Arrival>());
        arrival.bytes = frame;
        arrival.frame.packet.id = static_cast<std::uint32_t>(owner.arrivals.size() - 1);
        reader.Read(arrival.bytes, what & 4, 0, arrival.frame);
        if (arrival.frame.packet.kind != OffloadKind::Tcp)
        {
            arrival.frame.packet.options = nullptr; // as of a simulation's fragments
        }
        arrival.frame.packet.wantsMerged = what & 8;
        arrival.frame.packet.hasSocket = what & 16;
        offload->Add(arrival.frame.packet, now);
        ++work;
    }
    for (int i = 0; i < 8; ++i)
    {
        now += kSecond;
        offload->EndPoll(0, now);
    }
    for (const auto& arrival : owner.arrivals)
    {
        Require(arrival->delivered == 1, "a packet was kept for good");
    }
    Require(offload->GetCounters().packets == owner.arrivals.size(), "packets are counted wrongly");
    return 0;
}
