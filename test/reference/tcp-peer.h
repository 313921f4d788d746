// SPDX-License-Identifier: GPL-2.0-only

#ifndef TCP_PEER_H
#define TCP_PEER_H

#include "ns3/hs-tcp-connection.h"

#include <memory>
#include <string>

namespace hoststack::reference
{

/// The settings of the measured kernel whose peer is reached through a device of kind \p mode
/// (README of the reference files); \p rcvbuf as SO_RCVBUF takes it, 0: the buffer tunes itself.
inline std::shared_ptr<tcp::Config>
MeasuredKernel(const std::string& mode, std::uint32_t mtu, std::uint32_t rcvbuf)
{
    auto config = std::make_shared<tcp::Config>();
    config->mss = mtu - 40;
    config->receiveBufferMax = 33554432;
    config->tuneWithoutMargin = true;
    if (rcvbuf > 0)
    {
        config->receiveBuffer = 2 * rcvbuf;
        config->receiveBufferLocked = true;
    }
    const bool ethernet = mode.rfind("tap", 0) == 0;
    const char* scheme = mode == "tap_nb"                          ? "build-skb"
                         : mode == "tap_frags"                     ? "napi-frags"
                         : mode.find("_vnet") != std::string::npos ? "virtio"
                                                                   : "copied";
    config->truesize = SharedBufferScheme(scheme).Preset();
    config->truesize.linkHeader = ethernet ? 14 : 0;
    return config;
}

/**
 * A TCP connection of ours that a peer made by hand has opened: the peer sends one packet at a
 * time and keeps what the last answer said. Stream offsets: the first data byte is 0.
 */
class TcpPeer : public tcp::SegmentSink
{
  public:
    TcpPeer(std::shared_ptr<tcp::Config> config, TimeNs gap)
        : m_gap(gap)
    {
        const auto mss = config->mss;
        connection = std::make_unique<tcp::Connection>(config, *this, 80, 40000, Seq32(1));
        auto syn = Make(kSyn, 0, 0);
        syn.options.hasMss = syn.options.sackPermitted = syn.options.hasWindowScale = true;
        syn.options.mss = static_cast<std::uint16_t>(mss);
        syn.options.windowScale = 7;
        connection->AcceptSyn(now, syn);
        m_shift = m_last.options.windowScale;
        synWindow = m_last.window;
        edge = m_last.window;
        Deliver(Make(kAck, 1, 0));
    }

    void Transmit(TcpSegment&& segment) override
    {
        m_last = std::move(segment);
        m_echo = m_last.Has(kSyn) ? m_last.options.timestampValue : m_echo;
        ++acks;
        if (!m_last.Has(kSyn))
        {
            edge = std::max(edge, AckOffset() + Window());
        }
    }

    void Data(std::uint64_t offset, std::uint32_t length, std::uint32_t gsoSize = 0)
    {
        auto segment = Make(kAck | kPsh, 1 + offset, length);
        if (gsoSize > 0 && length > gsoSize)
        {
            segment.mss = static_cast<std::uint16_t>(gsoSize);
        }
        Deliver(segment);
    }

    /// A segment with other flags at \p offset.
    void Flags(std::uint16_t flags, std::uint64_t offset, std::uint32_t length = 0)
    {
        Deliver(Make(flags, 1 + offset, length));
    }

    void Wait(TimeNs time)
    {
        acks = 0;
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

    std::uint64_t AckOffset() const
    {
        return m_last.ack.Value() - 1001;
    }

    std::uint64_t Window() const
    {
        return std::uint64_t{m_last.window} << m_shift;
    }

    std::unique_ptr<tcp::Connection> connection;
    TimeNs now{kSecond};
    int acks{0};           ///< by the last step
    std::uint64_t edge{0}; ///< furthest ever announced
    std::uint32_t synWindow{0};

  private:
    void Deliver(const TcpSegment& segment)
    {
        acks = 0;
        Pass(m_gap);
        connection->OnSegment(now, segment);
    }

    void Pass(TimeNs time)
    {
        const auto end = now + time;
        while (connection && connection->NextDeadline() <= end)
        {
            now = std::max(now, connection->NextDeadline());
            connection->OnDeadline(now);
        }
        now = end;
    }

    TcpSegment Make(std::uint16_t flags, std::uint64_t offset, std::uint32_t length) const
    {
        TcpSegment segment;
        segment.sourcePort = 40000;
        segment.destinationPort = 80;
        segment.flags = flags;
        segment.seq = Seq32(static_cast<std::uint32_t>(1000 + offset));
        segment.ack = Seq32(2);
        segment.window = 512;
        segment.options.hasTimestamps = true;
        segment.options.timestampValue = static_cast<std::uint32_t>(now / kMillisecond);
        segment.options.timestampEcho = m_echo;
        segment.payload = Payload::Virtual(length);
        return segment;
    }

    TimeNs m_gap;
    TcpSegment m_last;
    std::uint32_t m_echo{0}; ///< the timestamp of the SYN/ACK for ever
    std::uint8_t m_shift{0};
};

} // namespace hoststack::reference

#endif // TCP_PEER_H
