// SPDX-License-Identifier: GPL-2.0-only

/**
 * \file
 * Any traffic into any NIC, over a link that changes: each frame is taken or lost, what a lossless
 * offload hands up is what was sent, and bursts that cross the link whole give the times and units
 * of single segments.
 */

#include "fuzz-input.h"
#include "ns3/hs-channel.h"
#include "ns3/hs-frame-codec.h"
#include "ns3/hs-link-helper.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-nic-settings.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-receive-path.h"

#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/global-value.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/simulator.h>
#include <ns3/string.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <tuple>
#include <vector>

using namespace ns3;
using hoststack::kMicrosecond;
using hoststack::kMillisecond;
using hoststack::TcpSegment;
using hoststack::TimeNs;
using hoststack::fuzz::Source;

namespace
{

constexpr std::uint32_t kFlows = 2;
constexpr std::uint32_t kMostFrames = 2000;

void
Require(bool holds, const char* what)
{
    if (!holds)
    {
        std::fprintf(stderr, "fuzz-receive-path: %s\n", what);
        std::abort();
    }
}

hoststack::NicSettings
AnyNic(Source& source)
{
    const auto one = [&source](const auto& names) { return names[source.Byte() % names.size()]; };
    hoststack::NicSettings nic;
    nic.polls = source.Byte() % 8 > 0;
    nic.ring = 2 + source.Byte();
    nic.hasHash = source.Byte() % 2 == 0;
    nic.offloadSettings.weight = 1 + source.Byte() % std::min<std::uint32_t>(nic.ring, 64);
    nic.offloadSettings.flushTimeout = source.Byte() % 3 * 20 * kMicrosecond;
    nic.offloadSettings.deferInterrupts = source.Byte() % 3;
    if (nic.polls)
    {
        nic.offload = one(hoststack::ReceiveOffloads().Names());
        nic.offloadSettings.entries = 1 + source.Byte() % 8;
        nic.offloadSettings.sortArray = 1 + source.Byte() % nic.ring;
        nic.moderation = one(hoststack::InterruptModerations().Names());
        nic.moderationSettings.delay = (1 + source.Byte()) * kMicrosecond;
        nic.moderationSettings.packets = source.Byte() % 48;
    }
    return nic;
}

/// One run over the input, and what the receiving node saw of it.
class Exchange : private HoststackPacketInput::Stage
{
  public:
    using Seen = std::vector<std::tuple<TimeNs, std::uint32_t, TcpSegment>>;

    Exchange(Source source, bool bursts)
        : m_source(source)
    {
        Config::SetDefault("ns3::HoststackChannel::Bursts", BooleanValue(bursts));
        GlobalValue::Bind("SimulatorImplementationType",
                          StringValue("ns3::HoststackSimulatorImpl"));
        hoststack::LinkConfig link;
        link.rate = hoststack::BitsPerSecond{100'000'000} * (1 + m_source.Byte() % 100);
        link.delay = m_source.Byte() * kMicrosecond;
        link.queue.packets = 10 + m_source.Byte();
        const auto devices =
            HoststackLinkHelper().Install(CreateObject<Node>(), m_receiver, link, link, "fuzz");
        m_from = DynamicCast<HoststackNetDevice>(devices.Get(0));
        m_to = DynamicCast<HoststackNetDevice>(devices.Get(1));
        const auto nic = AnyNic(m_source);
        m_isLossless = nic.offload == "none" || nic.offload.rfind("gro", 0) == 0;
        m_to->SetNic(nic);
        m_to->SetReceiveCallback(MakeCallback(&Exchange::OnPacket, this));
        HoststackMachine::Of(m_receiver)->Input().Add(*this);
        for (std::uint32_t i = 0; i < kFlows; ++i)
        {
            const auto flow = Create<HoststackFlow>();
            flow->hash = i * 8 * (1 + m_source.Byte() % 2);
            m_flows[i].shared = flow;
        }
        Simulator::ScheduleNow(&Exchange::Step, this);
        Simulator::Run();
        Check();
        HoststackMachine::Of(m_receiver)->Input().Remove(*this);
        Simulator::Destroy();
    }

    const Seen& WhatWasSeen() const
    {
        return m_seen;
    }

  private:
    struct Flow
    {
        Ptr<const HoststackFlow> shared;
        TcpSegment next;
        std::uint16_t identification{0};
        std::vector<TcpSegment> sent; ///< as wire segments
        std::size_t matched{0};       ///< of them, that came or were passed over
    };

    void Step()
    {
        if (m_source.Empty() || m_frames > kMostFrames)
        {
            return;
        }
        const auto what = m_source.Byte();
        if (what < 12)
        {
            Change(what);
        }
        else if (what < 24)
        {
            m_from->Send(Create<Packet>(28 + m_source.Number() % 1400),
                         m_to->GetAddress(),
                         kEtherTypeIpv4);
            ++m_frames;
        }
        else
        {
            SendBurst(m_flows[what % kFlows], what);
        }
        Simulator::Schedule(NanoSeconds(m_source.Byte() % 16 * 1777), &Exchange::Step, this);
    }

    void Change(std::uint8_t what)
    {
        auto& channel = *m_from->GetHoststackChannel();
        switch (what % 4)
        {
        case 0:
            channel.SetRate(0, 1'000'000 + m_source.Number() * std::uint64_t{100'000});
            break;
        case 1:
            channel.SetLoss(0, m_source.Byte() % 2 * 0.3);
            break;
        case 2:
            channel.SetDown(0, m_source.Byte() % 2 == 0);
            break;
        default:
            channel.SetDelay(0, m_source.Byte() * kMicrosecond);
        }
    }

    void SendBurst(Flow& flow, std::uint8_t what)
    {
        auto& next = flow.next;
        next.destinationPort = static_cast<std::uint16_t>(1 + (&flow - m_flows.data()));
        next.flags = hoststack::kAck | ((what & 4) != 0 ? hoststack::kPsh : 0) |
                     (what % 16 == 15 ? hoststack::kCwr : 0);
        next.options.hasTimestamps = (what & 8) != 0;
        next.options.timestampValue += what % 32 == 31 ? 1 : 0;
        next.mss = static_cast<std::uint16_t>(100 + m_source.Number() % 1349);
        next.payload = hoststack::Payload::Virtual(m_source.Byte() % 46 * next.mss +
                                                   m_source.Byte() % next.mss);
        const auto count = next.SegmentCount();
        for (std::uint32_t i = 0; i < count; ++i)
        {
            flow.sent.push_back(CutSegment(next, i));
        }
        m_frames += count;
        m_from->SendBurst(NowNs(),
                          flow.shared,
                          TcpSegment(next),
                          DirectHeaderLength(*flow.shared, next),
                          flow.identification);
        flow.identification = static_cast<std::uint16_t>(flow.identification + count);
        next.seq += next.payload.Length();
        next.ack += what % 64 == 63 ? 1 : 0;
    }

    bool OnPacket(Ptr<NetDevice>, Ptr<const Packet> packet, std::uint16_t, const Address&)
    {
        m_seen.emplace_back(NowNs(), packet->GetSize(), TcpSegment());
        ++m_handedUp;
        return true;
    }

    bool Take(hoststack::host::Context& context,
              HoststackNetDevice& /*device*/,
              const HoststackFrame& frame) override
    {
        m_seen.emplace_back(context.Now(), frame.identification, frame.segment);
        const auto count = frame.segment.SegmentCount();
        m_handedUp += count;
        auto& flow = m_flows[frame.segment.destinationPort - 1];
        for (std::uint32_t i = 0; m_isLossless && i < count; ++i)
        {
            const auto piece = CutSegment(frame.segment, i);
            while (flow.matched < flow.sent.size() && !(flow.sent[flow.matched] == piece))
            {
                ++flow.matched; // it was lost
            }
            Require(flow.matched < flow.sent.size(), "something came that was not sent");
            ++flow.matched;
        }
        return true;
    }

    void Check() const
    {
        const auto& link = m_from->GetHoststackChannel()->Direction(0).Counters();
        const auto& path = m_to->ReceivePath()->GetCounters();
        const auto& offload = m_to->ReceivePath()->OffloadCounters();
        Require(link.offeredPackets == m_frames, "frames did not reach the link");
        Require(path.frames + path.lost == link.deliveredPackets, "a frame was kept");
        Require(offload.packets == path.frames, "the offload kept a packet");
        Require(!m_isLossless || m_handedUp == path.frames, "a frame did not go up");
    }

    Source m_source;
    Ptr<Node> m_receiver{CreateObject<Node>()};
    Ptr<HoststackNetDevice> m_from;
    Ptr<HoststackNetDevice> m_to;
    std::array<Flow, kFlows> m_flows;
    bool m_isLossless{false};
    std::uint64_t m_frames{0};
    std::uint64_t m_handedUp{0};
    Seen m_seen;
};

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const Exchange whole(Source(data, size), true);
    const Exchange singly(Source(data, size), false);
    Require(whole.WhatWasSeen() == singly.WhatWasSeen(), "bursts change what is seen");
    return 0;
}
