// SPDX-License-Identifier: GPL-2.0-only

#ifndef TWO_ENDS_H
#define TWO_ENDS_H

#include "ns3/hs-link-direction.h"
#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-connection.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace hoststack::test
{

/**
 * Two connections joined by two link directions, and a loop that drives them to a given time:
 * everything a simulator does for the core, in one page. Host 0 is the client.
 */
class TwoEnds
{
  public:
    struct Host : public tcp::SegmentSink
    {
        TwoEnds* loop{nullptr};
        int index{0};
        std::unique_ptr<tcp::Connection> connection;
        /// Called after each input, with the events it raised.
        std::function<void(TimeNs, std::uint32_t)> onEvents;
        /// May see, change or refuse (false) each wire segment on its way out.
        std::function<bool(TimeNs, TcpSegment&)> filter;

        void Transmit(TcpSegment&& burst) override
        {
            for (std::uint32_t i = 0; i < burst.SegmentCount(); ++i)
            {
                TcpSegment piece = CutSegment(burst, i);
                if (filter && !filter(loop->m_now, piece))
                {
                    continue;
                }
                loop->Offer(index, std::move(piece));
            }
        }
    };

    TwoEnds(const tcp::Config& client,
            const tcp::Config& server,
            const LinkConfig& up,
            const LinkConfig& down,
            std::uint64_t seed,
            Seq32 clientIss = Seq32(1000),
            Seq32 serverIss = Seq32(5000))
    {
        const LinkConfig* configs[] = {&up, &down};
        const tcp::Config* tcps[] = {&client, &server};
        const Seq32 iss[] = {clientIss, serverIss};
        for (int i = 0; i < 2; ++i)
        {
            m_links[i] = std::make_unique<LinkDirection>(*configs[i], seed, i == 0 ? "up" : "down");
            hosts[i].loop = this;
            hosts[i].index = i;
            m_configs[i] = std::make_shared<tcp::Config>(*tcps[i]);
            hosts[i].connection = std::make_unique<tcp::Connection>(m_configs[i],
                                                                    hosts[i],
                                                                    i == 0 ? 40000 : 80,
                                                                    i == 0 ? 80 : 40000,
                                                                    iss[i]);
        }
    }

    void Start()
    {
        hosts[0].connection->Connect(m_now);
        Dispatch(0);
    }

    /// Calls \p f at \p at.
    void At(TimeNs at, std::function<void()> f)
    {
        m_calls.emplace(at, std::move(f));
    }

    /// Runs until \p end, or until \p done says so. \return the time reached.
    TimeNs Run(TimeNs end, const std::function<bool()>& done = nullptr)
    {
        while (!done || !done())
        {
            TimeNs next = kNever;
            for (int i = 0; i < 2; ++i)
            {
                next = std::min(
                    {next, m_links[i]->NextDelivery(), hosts[i].connection->NextDeadline()});
            }
            if (!m_calls.empty())
            {
                next = std::min(next, m_calls.begin()->first);
            }
            if (next > end)
            {
                m_now = end;
                break;
            }
            m_now = std::max(m_now, next);
            Step();
        }
        return m_now;
    }

    /// Hands what happened to the host's callback; call it after application calls from outside.
    void Dispatch(int i)
    {
        const auto events = hosts[i].connection->TakeEvents();
        if (events != 0 && hosts[i].onEvents)
        {
            hosts[i].onEvents(m_now, events);
        }
    }

    TimeNs Now() const
    {
        return m_now;
    }

    LinkDirection& Link(int i)
    {
        return *m_links[i];
    }

    Host hosts[2];

  private:
    void Offer(int from, TcpSegment&& segment)
    {
        LinkPacket packet;
        packet.bytes =
            20 + static_cast<std::uint32_t>(TcpHeaderLength(segment)) + segment.payload.Length();
        packet.cookie = m_nextCookie;
        if (segment.payload.Length() == 0 && !segment.Has(kSyn) && !segment.Has(kFin))
        {
            packet.traits |= LinkPacket::kPureAck;
        }
        if (segment.options.sackCount > 0)
        {
            packet.traits |= LinkPacket::kHasSackOrSignalling;
        }
        if (segment.ecn != Ecn::NotEct)
        {
            packet.traits |= LinkPacket::kEcnCapable;
        }
        if (m_links[from]->Offer(m_now, packet))
        {
            m_flight.emplace(m_nextCookie++, std::move(segment));
        }
    }

    void Step()
    {
        while (!m_calls.empty() && m_calls.begin()->first <= m_now)
        {
            auto f = std::move(m_calls.begin()->second);
            m_calls.erase(m_calls.begin());
            f();
            Dispatch(0);
            Dispatch(1);
        }
        for (int i = 0; i < 2; ++i)
        {
            LinkDelivery delivery;
            while (m_links[i]->Deliver(m_now, delivery))
            {
                auto entry = m_flight.find(delivery.cookie);
                if (delivery.dropped == LinkDrop::None)
                {
                    if (delivery.congestionExperienced)
                    {
                        entry->second.ecn = Ecn::Ce;
                    }
                    Receive(1 - i, entry->second);
                }
                m_flight.erase(entry);
            }
            if (hosts[i].connection->NextDeadline() <= m_now)
            {
                hosts[i].connection->OnDeadline(m_now);
                Dispatch(i);
            }
        }
    }

    void Receive(int to, const TcpSegment& segment)
    {
        auto& connection = *hosts[to].connection;
        if (connection.GetState() == tcp::State::Closed && segment.Has(kSyn) &&
            !segment.Has(kAck) && to == 1)
        {
            connection.AcceptSyn(m_now, segment);
        }
        else
        {
            connection.OnSegment(m_now, segment);
        }
        Dispatch(to);
    }

    TimeNs m_now{0};
    std::unique_ptr<LinkDirection> m_links[2];
    std::shared_ptr<tcp::Config> m_configs[2];
    std::map<std::uint64_t, TcpSegment> m_flight;
    std::multimap<TimeNs, std::function<void()>> m_calls;
    std::uint64_t m_nextCookie{0};
};

} // namespace hoststack::test

#endif // TWO_ENDS_H
