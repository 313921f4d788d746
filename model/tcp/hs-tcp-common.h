// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_COMMON_H
#define HS_TCP_COMMON_H

#include "ns3/hs-event-log.h"
#include "ns3/hs-on-demand.h"
#include "ns3/hs-sequence.h"
#include "ns3/hs-tcp-config.h"
#include "ns3/hs-tcp-extension.h"
#include "ns3/hs-tcp-types.h"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace hoststack::tcp
{

/// Where the parts of a connection hand over what leaves.
class Outlet
{
  public:
    /// An ACK leaves now.
    virtual void SendAck(TimeNs now) = 0;
    /// \p segment leaves at \p departs (Sender::DepartsAt()), with sequence number, flags and data:
    /// the rest is added.
    virtual void Emit(TimeNs now, TcpSegment&& segment, TimeNs departs) = 0;
    /// The SYN leaves again.
    virtual void ResendSyn(TimeNs now) = 0;
    /// Nobody has answered for too long: the connection ends.
    virtual void GiveUp(TimeNs now) = 0;

  protected:
    ~Outlet() = default;
};

/// What both ends agreed to in the handshake, or this end offers until then.
struct Agreement
{
    bool timestamps{false};
    bool sack{false};
    bool scaling{false};
    bool ecn{false};
};

/// How long each Limit has held a sender. What an idle connection knows takes no memory of its own:
/// the handshake, and then nothing to send.
class LimitTimes
{
  public:
    void Add(Limit limit, TimeNs time)
    {
        if (limit == Limit::Handshake)
        {
            m_handshake += time;
        }
        else if (time != 0)
        {
            m_others.Own()[static_cast<std::size_t>(limit)] += time;
        }
    }

    TimeNs Of(Limit limit) const
    {
        return limit == Limit::Handshake ? m_handshake
                                         : (*m_others)[static_cast<std::size_t>(limit)];
    }

    LimitedFor All() const
    {
        auto all = *m_others;
        all[static_cast<std::size_t>(Limit::Handshake)] = m_handshake;
        return all;
    }

  private:
    TimeNs m_handshake{0};
    OnDemand<LimitedFor> m_others;
};

/**
 * What the parts of one connection have in common: whose they are, what was agreed, where it
 * stands and what is counted. The connection owns it; the parts read it, count and raise events.
 */
struct Common
{
    Common(std::shared_ptr<const Config> settings,
           Outlet& way,
           SegmentSink& taker,
           std::uint16_t local,
           std::uint16_t remote,
           Seq32 initial)
        : config(std::move(settings)),
          outlet(way),
          sink(taker),
          localPort(local),
          remotePort(remote),
          iss(initial)
    {
    }

    std::uint32_t TimestampNow(TimeNs now) const
    {
        return static_cast<std::uint32_t>(now / kMillisecond);
    }

    Seq32 SendSeq(std::uint64_t offset) const
    {
        return iss + static_cast<std::uint32_t>(offset);
    }

    Seq32 ReceiveSeq(std::uint64_t offset) const
    {
        return irs + static_cast<std::uint32_t>(offset);
    }

    /// All counts in one.
    Tally Counted() const
    {
        Tally all;
        static_cast<Traffic&>(all) = traffic;
        static_cast<Troubles&>(all) = *troubles;
        all.limitedFor = limitTimes.All();
        return all;
    }

    void Raise(std::uint32_t which)
    {
        events |= which;
    }

    const std::shared_ptr<const Config> config;
    Outlet& outlet;
    SegmentSink& sink;
    Extension* extension{nullptr};
    const std::uint16_t localPort;
    const std::uint16_t remotePort;
    const Seq32 iss;
    Seq32 irs;
    State state{State::Closed};
    bool passive{false};   ///< opened by the peer's SYN
    bool orphaned{false};  ///< the application closed it
    bool moreComes{false}; ///< of a batch, which is answered at its end
    Agreement agreed;
    std::uint32_t events{0}; ///< since the owner last asked
    TimeNs lastReceived{0};
    OnDemand<EventSource> source; ///< notes rare events
    Traffic traffic;
    OnDemand<Troubles> troubles;
    LimitTimes limitTimes;
};

} // namespace hoststack::tcp

#endif // HS_TCP_COMMON_H
