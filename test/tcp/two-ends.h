// SPDX-License-Identifier: GPL-2.0-only

#ifndef TWO_ENDS_H
#define TWO_ENDS_H

#include "../event-loop.h"
#include "ns3/hs-tcp-connection.h"

#include <functional>
#include <memory>

namespace hoststack::test
{

/// What travels between two ends.
struct WireSegment
{
    TcpSegment segment;
};

/// Two connections joined by one path, and the loop that drives them. Host 0 is the client.
class TwoEnds : public EventLoop<WireSegment>
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
        /// The same of what the connection sends in one piece, before it is cut.
        std::function<bool(TimeNs, TcpSegment&)> onBurst;
        /// Its device holds bursts until their departure.
        bool holdsDepartures{false};
        /// Sees each burst that it holds, and until when.
        std::function<void(TimeNs, const TcpSegment&)> onHeld;

        bool HoldsDepartures() const override
        {
            return holdsDepartures;
        }

        void TransmitAt(TcpSegment&& burst, TimeNs earliest) override
        {
            if (onHeld)
            {
                onHeld(earliest, burst);
            }
            if (earliest <= loop->Now())
            {
                Transmit(std::move(burst));
                return;
            }
            loop->At(earliest,
                     [this, burst = std::move(burst)]() mutable { Transmit(std::move(burst)); });
        }

        void Transmit(TcpSegment&& burst) override
        {
            if (!onBurst || onBurst(loop->Now(), burst))
            {
                SendPieces(burst);
            }
        }

        void SendPieces(const TcpSegment& burst)
        {
            for (std::uint32_t i = 0; i < burst.SegmentCount(); ++i)
            {
                TcpSegment piece = CutSegment(burst, i);
                if (filter && !filter(loop->Now(), piece))
                {
                    continue;
                }
                loop->Offer(index, 0, {std::move(piece)});
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
        AddPath(up, down, seed);
        const tcp::Config* tcps[] = {&client, &server};
        const Seq32 iss[] = {clientIss, serverIss};
        for (int i = 0; i < 2; ++i)
        {
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
        hosts[0].connection->Connect(Now());
        Dispatch(0);
    }

    /// Hands what happened to the host's callback; call it after application calls from outside.
    void Dispatch(int i) override
    {
        const auto events = hosts[i].connection->TakeEvents();
        if (events != 0 && hosts[i].onEvents)
        {
            hosts[i].onEvents(Now(), events);
        }
    }

    LinkDirection& Link(int i)
    {
        return LinkOf(i);
    }

    Host hosts[2];

  protected:
    void Receive(int to, const WireSegment& arrived) override
    {
        const auto& segment = arrived.segment;
        auto& connection = *hosts[to].connection;
        if (connection.GetState() == tcp::State::Closed && segment.Has(kSyn) &&
            !segment.Has(kAck) && to == 1)
        {
            connection.AcceptSyn(Now(), segment);
        }
        else
        {
            connection.OnSegment(Now(), segment);
        }
        Dispatch(to);
    }

  private:
    TimeNs NextDeadline(int i) const override
    {
        return hosts[i].connection->NextDeadline();
    }

    void OnDeadline(int i) override
    {
        hosts[i].connection->OnDeadline(Now());
    }

    std::shared_ptr<tcp::Config> m_configs[2];
};

} // namespace hoststack::test

#endif // TWO_ENDS_H
