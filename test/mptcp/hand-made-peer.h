// SPDX-License-Identifier: GPL-2.0-only

#ifndef HAND_MADE_PEER_H
#define HAND_MADE_PEER_H

#include "ns3/hs-mptcp-connection.h"
#include "ns3/hs-mptcp-crypto.h"
#include "ns3/hs-tcp-codec.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace hoststack::test
{

/**
 * A multipath connection that was opened by a peer made by hand, with one or two subflows: the peer
 * sends one segment with a mapping of its own at a time, and keeps what the last answer said.
 */
class HandMadePeer : public mptcp::HostServices
{
  public:
    static constexpr std::uint64_t kUsualKey = 0x08090a0b0c0d0e0f;

    /// \p gap: between two packets.
    HandMadePeer(const mptcp::Config& config,
                 int subflows,
                 std::uint32_t mss,
                 TimeNs gap = 50 * kMicrosecond,
                 std::uint64_t key = kUsualKey,
                 TimeNs handshake = 0)
        : m_gap(gap),
          m_key(key),
          m_handshake(handshake),
          connection(
              std::make_unique<mptcp::Connection>(std::make_shared<mptcp::Config>(config), *this))
    {
        Accept(mss);
        if (subflows > 1)
        {
            Join(mss);
        }
    }

    /// Data byte \p offset of the stream is the first one. What is refused is sent again at the
    /// same place of the subflow the next time, unless \p keepsPlace.
    void Data(int subflow, std::uint64_t offset, std::uint32_t length, bool keepsPlace = true)
    {
        auto& flow = *m_flows[static_cast<std::size_t>(subflow)];
        auto segment = Make(flow, kAck | kPsh);
        MptcpOptions options;
        options.Set(MptcpSubtype::Dss);
        options.dss.hasAck = options.dss.ack64 = true;
        options.dss.dataAck = m_ownIdsn + 1;
        options.dss.hasMapping = options.dss.sequence64 = true;
        options.dss.dataSequence = m_peerIdsn + 1 + offset;
        options.dss.subflowSequence = static_cast<std::uint32_t>(flow.next);
        options.dss.length = static_cast<std::uint16_t>(length);
        AppendMptcp(options, segment.options);
        segment.payload = Payload::Virtual(length);
        segment.mss = merged.mss;
        Deliver(flow, {segment, merged.truesize});
        flow.next += length;
        if (flow.answered && flow.acked < flow.next && !keepsPlace)
        {
            flow.next = flow.acked;
        }
    }

    /// A DATA_FIN behind \p offset bytes of the stream: with the \p length bytes before it, or
    /// alone.
    void DataFin(int subflow, std::uint64_t offset, std::uint32_t length = 0)
    {
        auto& flow = *m_flows[static_cast<std::size_t>(subflow)];
        auto segment = Make(flow, kAck | kPsh);
        MptcpOptions options;
        options.Set(MptcpSubtype::Dss);
        auto& dss = options.dss;
        dss.hasAck = dss.ack64 = dss.hasMapping = dss.sequence64 = dss.dataFin = true;
        dss.dataAck = m_ownIdsn + 1;
        dss.dataSequence = m_peerIdsn + 1 + offset - length;
        dss.subflowSequence = length > 0 ? static_cast<std::uint32_t>(flow.next) : 0;
        dss.length = static_cast<std::uint16_t>(length + 1);
        AppendMptcp(options, segment.options);
        segment.payload = Payload::Virtual(length);
        Deliver(flow, segment);
        flow.next += length;
    }

    /// A segment of a subflow without data: its end (kFin), or a reset (kRst).
    void End(int subflow, std::uint16_t flags)
    {
        auto& flow = *m_flows[static_cast<std::size_t>(subflow)];
        Deliver(flow, Make(flow, flags | kAck));
        flow.next += (flags & kFin) != 0 ? 1 : 0;
    }

    /// All of the connection ends at once: kRst or kAck carries it (RFC 8684 section 3.5).
    void FastClose(int subflow, std::uint16_t flags)
    {
        auto& flow = *m_flows[static_cast<std::size_t>(subflow)];
        auto segment = Make(flow, flags);
        MptcpOptions options;
        options.Set(MptcpSubtype::FastClose);
        options.fastClose.receiverKey = m_ownKey;
        AppendMptcp(options, segment.options);
        Deliver(flow, segment);
    }

    /// What comes next on a subflow stands \p bytes further on: behind a hole, or back before one.
    void Move(int subflow, std::int64_t bytes)
    {
        m_flows[static_cast<std::size_t>(subflow)]->next += static_cast<std::uint64_t>(bytes);
    }

    /// A DATA_ACK of \p bytes of the connection's stream.
    void AcknowledgeData(int subflow, std::uint64_t bytes)
    {
        MptcpOptions options;
        options.Set(MptcpSubtype::Dss);
        options.dss.hasAck = options.dss.ack64 = true;
        options.dss.dataAck = m_ownIdsn + 1 + bytes;
        Bare(subflow, options);
    }

    /// An ACK of \p bytes of what the connection has sent on its only subflow, at both levels.
    void Acknowledge(std::uint64_t bytes)
    {
        auto& flow = *m_flows.front();
        auto segment = Make(flow, kAck);
        segment.ack = flow.first + static_cast<std::uint32_t>(1 + bytes);
        MptcpOptions options;
        options.Set(MptcpSubtype::Dss);
        options.dss.hasAck = options.dss.ack64 = true;
        options.dss.dataAck = m_ownIdsn + 1 + bytes;
        AppendMptcp(options, segment.options);
        Deliver(flow, segment);
    }

    void AddAddress(int subflow, std::uint8_t id, const IpAddress& address)
    {
        MptcpOptions options;
        options.Set(MptcpSubtype::AddAddress);
        options.addAddress.addressId = id;
        options.addAddress.address = address;
        options.addAddress.hmac = MptcpAddAddressHmac(m_key, m_ownKey, id, address, 0);
        Bare(subflow, options);
    }

    void RemoveAddress(int subflow, std::uint8_t id)
    {
        MptcpOptions options;
        options.Set(MptcpSubtype::RemoveAddress);
        options.removeAddress.count = 1;
        options.removeAddress.ids[0] = id;
        Bare(subflow, options);
    }

    /// One more join, whose third message has a wrong proof or never comes.
    void TryToJoin(bool goesOn)
    {
        auto flow = std::make_unique<Flow>();
        flow->peer = this;
        flow->number = static_cast<std::uint8_t>(3 + m_joins++ % 200);
        MptcpOptions options;
        options.Set(MptcpSubtype::Join);
        options.join.form = MptcpJoin::Form::Syn;
        options.join.addressId = 9;
        options.join.nonce = kNonce;
        options.join.token = connection->Token();
        now += m_gap;
        flow->id = connection->AcceptJoin(now,
                                          *flow,
                                          At(2, 1, 80),
                                          At(9, flow->number, 40000),
                                          Syn(*flow, 1460, options));
        if (flow->id != 0 && goesOn)
        {
            options.join.form = MptcpJoin::Form::Ack;
            options.join.hmac = {};
            auto ack = Make(*flow, kAck);
            AppendMptcp(options, ack.options);
            Deliver(*flow, ack);
        }
        if (flow->id != 0)
        {
            m_tried.push_back(std::move(flow));
        }
    }

    void Wait(TimeNs time)
    {
        acks = 0;
        Let(time);
    }

    /// Time passes, as a part of the last step.
    void Let(TimeNs time)
    {
        const auto end = now + time;
        while (connection->NextDeadline() <= end)
        {
            now = std::max(now, connection->NextDeadline());
            connection->OnDeadline(now);
        }
        now = end;
    }

    std::uint32_t Read(std::uint32_t most = 1u << 30)
    {
        acks = 0;
        now += m_gap;
        return connection->Read(now, most, nullptr);
    }

    /// What a receive offload has made of the segments that Data() sends.
    struct Merged
    {
        std::uint16_t mss{0};      ///< of its pieces; 0: it is one
        std::uint32_t truesize{0}; ///< 0: it says nothing
    };

    Merged merged;

  private:
    TimeNs m_gap;
    std::uint64_t m_key;
    TimeNs m_handshake;

  public:
    std::unique_ptr<mptcp::Connection> connection;
    TimeNs now{kSecond};
    int acks{0};             ///< by the last step
    std::uint64_t ack{0};    ///< of a subflow, in the last one
    std::uint64_t window{0}; ///< bytes, in the last one
    std::uint64_t dataAck{0};
    std::uint64_t edge{0};           ///< furthest ever announced, in bytes of the stream
    std::uint16_t windowSaid{512};   ///< by the peer, in units of its scale
    std::vector<std::uint32_t> sent; ///< payload of each segment of the connection

  private:
    static constexpr std::uint32_t kNonce = 0x55667788;

    struct Flow : public tcp::SegmentSink
    {
        HandMadePeer* peer{nullptr};
        std::uint32_t id{0};
        TcpSegment last;
        Seq32 first;
        std::uint64_t next{1};  ///< subflow offset of what comes next
        std::uint64_t acked{1}; ///< by the connection
        std::uint8_t shift{0};
        std::uint8_t number{0};
        bool answered{false}; ///< the last segment, at once

        void Transmit(TcpSegment&& segment) override
        {
            peer->OnAnswer(*this, std::move(segment));
        }
    };

    tcp::SegmentSink* OpenSubflow(std::uint32_t, mptcp::Endpoint&, const mptcp::Endpoint&) override
    {
        return nullptr;
    }

    void CloseSubflow(std::uint32_t) override
    {
    }

    void ForgetSubflow(std::uint32_t subflow) override
    {
        m_tried.erase(std::remove_if(m_tried.begin(),
                                     m_tried.end(),
                                     [&](const auto& flow) { return flow->id == subflow; }),
                      m_tried.end());
    }

    void Bare(int subflow, const MptcpOptions& options)
    {
        auto& flow = *m_flows[static_cast<std::size_t>(subflow)];
        auto segment = Make(flow, kAck);
        AppendMptcp(options, segment.options);
        Deliver(flow, segment);
    }

    std::uint64_t RandomBits() override
    {
        return m_random = m_random * 6364136223846793005u + 1442695040888963407u;
    }

    static mptcp::Endpoint At(std::uint8_t network, std::uint8_t host, std::uint16_t port)
    {
        return {IpAddress::V4(0x0a000000u + (network << 8u) + host), port};
    }

    void Accept(std::uint32_t mss)
    {
        auto& flow = NewFlow();
        flow.id = 1;
        MptcpOptions options;
        options.Set(MptcpSubtype::Capable);
        options.capable.form = MptcpCapable::Form::Syn;
        auto syn = Syn(flow, mss, options);
        connection->AcceptSyn(now, flow, At(1, 1, 80), At(1, 2, 40000), syn);
        now += m_handshake;
        options.capable.form = MptcpCapable::Form::Ack;
        options.capable.senderKey = m_key;
        options.capable.receiverKey = m_ownKey;
        auto ack = Make(flow, kAck);
        AppendMptcp(options, ack.options);
        Deliver(flow, ack);
        edge = std::uint64_t{flow.last.window}; // the SYN/ACK's, not scaled
    }

    void Join(std::uint32_t mss)
    {
        Wait(10 * kMillisecond);
        auto& flow = NewFlow();
        MptcpOptions options;
        options.Set(MptcpSubtype::Join);
        options.join.form = MptcpJoin::Form::Syn;
        options.join.addressId = 1;
        options.join.nonce = kNonce;
        options.join.token = connection->Token();
        flow.id = connection->AcceptJoin(now,
                                         flow,
                                         At(2, 1, 80),
                                         At(2, 2, 40001),
                                         Syn(flow, mss, options));
        options.join.form = MptcpJoin::Form::Ack;
        options.join.hmac = MptcpJoinHmac({m_key, kNonce}, {m_ownKey, m_nonce});
        auto ack = Make(flow, kAck);
        AppendMptcp(options, ack.options);
        Deliver(flow, ack);
    }

    Flow& NewFlow()
    {
        m_flows.push_back(std::make_unique<Flow>());
        m_flows.back()->peer = this;
        m_flows.back()->number = static_cast<std::uint8_t>(m_flows.size());
        return *m_flows.back();
    }

    TcpSegment Syn(Flow& flow, std::uint32_t mss, const MptcpOptions& mptcp)
    {
        flow.next = 0;
        auto syn = Make(flow, kSyn);
        flow.next = 1;
        syn.options.hasMss = syn.options.sackPermitted = syn.options.hasWindowScale = true;
        syn.options.mss = static_cast<std::uint16_t>(mss);
        syn.options.windowScale = 7;
        AppendMptcp(mptcp, syn.options);
        return syn;
    }

    TcpSegment Make(const Flow& flow, std::uint16_t flags) const
    {
        TcpSegment segment;
        segment.sourcePort = static_cast<std::uint16_t>(39999 + flow.number);
        segment.destinationPort = 80;
        segment.flags = flags;
        segment.seq = Seq32(static_cast<std::uint32_t>(1000 + flow.next));
        segment.ack = flow.last.seq + flow.last.SequenceLength();
        segment.window = windowSaid;
        segment.options.hasTimestamps = true;
        segment.options.timestampValue = static_cast<std::uint32_t>(now / kMillisecond);
        segment.options.timestampEcho = flow.last.options.timestampValue;
        return segment;
    }

    void Deliver(Flow& flow, const Burst& segment)
    {
        acks = 0;
        flow.answered = false;
        now += m_gap;
        connection->OnSegment(now, flow.id, segment);
    }

    void OnAnswer(Flow& flow, TcpSegment&& segment)
    {
        MptcpOptions options;
        ParseMptcp(segment, options);
        if (segment.Has(kSyn))
        {
            flow.shift = segment.options.windowScale;
            flow.first = segment.seq;
            if (options.Has(MptcpSubtype::Capable))
            {
                m_ownKey = options.capable.senderKey;
                m_ownIdsn = DigestMptcpKey(m_ownKey).initialSequence.Value();
            }
            m_nonce = options.join.nonce;
        }
        else
        {
            ++acks;
            flow.answered = true;
            flow.acked = static_cast<std::uint64_t>(segment.ack.Value()) - 1000;
            ack = flow.acked - 1;
            window = std::uint64_t{segment.window} << flow.shift;
            if (options.Has(MptcpSubtype::Dss) && options.dss.hasAck)
            {
                const Dsn64 idsn(m_peerIdsn);
                dataAck = static_cast<std::uint64_t>(
                    DataAckNear(options.dss, idsn + (1 + dataAck)) - idsn - 1);
                edge = std::max(edge, dataAck + window);
            }
        }
        for (std::uint32_t left = segment.payload.Length(); left > 0;)
        {
            sent.push_back(segment.mss > 0 ? std::min<std::uint32_t>(left, segment.mss) : left);
            left -= sent.back();
        }
        flow.last = std::move(segment);
    }

    std::vector<std::unique_ptr<Flow>> m_flows;
    std::vector<std::unique_ptr<Flow>> m_tried;
    std::uint32_t m_joins{0};
    std::uint64_t m_random{1};
    std::uint64_t m_ownKey{0};
    std::uint64_t m_ownIdsn{0};
    std::uint64_t m_peerIdsn{DigestMptcpKey(m_key).initialSequence.Value()};
    std::uint32_t m_nonce{0};
};

/// The settings of a kernel whose peer is reached through \p device; \p rcvbuf as SO_RCVBUF takes
/// it, 0: the buffer tunes itself.
inline mptcp::Config
MeasuredHost(const std::string& device, std::uint32_t mtu, std::uint32_t rcvbuf)
{
    auto t = std::make_shared<tcp::Config>();
    t->mss = mtu - 40;
    t->receiveBufferMax = 33554432;
    t->tuneWithoutMargin = true;
    if (rcvbuf > 0)
    {
        t->receiveBuffer = 2 * rcvbuf;
        t->receiveBufferLocked = true;
    }
    if (device == "tap_nb")
    {
        t->truesize = SharedBufferScheme("build-skb").Preset();
    }
    mptcp::Config config;
    config.tcp = t;
    config.subflowWindowShrinks = true;
    config.tuneWithoutMargin = true;
    return config;
}

} // namespace hoststack::test

#endif // HAND_MADE_PEER_H
