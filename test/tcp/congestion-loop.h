// SPDX-License-Identifier: GPL-2.0-only

#ifndef CONGESTION_LOOP_H
#define CONGESTION_LOOP_H

#include "ns3/hs-congestion-control.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>

namespace hoststack::tcp::test
{

/**
 * One bulk sender with ideal selective acknowledgements over one bottleneck: serialisation,
 * drop-tail queue, propagation; every segment acknowledged, or all of a slot at once. A gap before
 * a delivered segment is a loss at once; a recovery lasts until all that was in flight when it
 * began is resolved. It exists to close the loop around a CongestionControl in tests.
 */
class CongestionLoop
{
  public:
    struct Path
    {
        BitsPerSecond rate{50'000'000};
        TimeNs rtt{40 * kMillisecond}; ///< propagation, both ways
        std::uint32_t queue{167};      ///< segments beside the one in service
        TimeNs ackSlot{0};             ///< ACKs leave at multiples of it; 0: at once
        BitsPerSecond policedRate{0};  ///< token bucket in front of the queue; 0: none
        double policerBurst{0};        ///< bytes
    };

    CongestionLoop(CongestionControl& control, const Path& bottleneck)
        : path(bottleneck),
          m_control(control)
    {
        state.SetCwnd(10);
        state.Tell().srtt = state.Tell().minRtt = path.rtt + SerialisationTime(kWire, path.rate);
        state.Tell().isPaced = control.NeedsPacing();
        m_tokens = path.policerBurst;
        control.Init(state);
    }

    CongestionLedger state;
    Path path;
    std::function<void(const RateSample&)> onAck; ///< after every ACK
    std::function<bool(std::uint64_t)> drop;      ///< by number of transmission
    TimeNs idleFrom{kNever};                      ///< the application writes nothing ...
    TimeNs idleTo{kNever};                        ///< ... until then
    std::uint64_t sent{0};
    std::uint64_t recoveries{0};

    double GoodputBits(std::uint64_t segments, TimeNs time) const
    {
        return static_cast<double>(segments) * kWire * 8 / ToSeconds(time);
    }

    static constexpr std::uint32_t kWire = 1500;

    void RunUntil(TimeNs end)
    {
        Send();
        while (true)
        {
            const auto ack = NextAck();
            const auto send = NextSend();
            const auto timeout = m_flight.empty() ? kNever
                                 : ack == kNever  ? m_flight.back().sent + Rto()
                                                  : kNever;
            const auto next = std::min({ack, send, timeout});
            if (next > end)
            {
                break;
            }
            state.Tell().now = next;
            if (next == ack)
            {
                ReceiveAck();
            }
            else if (next == timeout)
            {
                TimeOut();
            }
            Send();
        }
        state.Tell().now = end;
    }

  private:
    struct Segment
    {
        std::uint64_t number{0};
        TimeNs sent{0};
        TimeNs acked{kNever};
        std::uint64_t delivered{0};
        TimeNs deliveredTime{0};
        TimeNs firstSent{0};
        bool isAppLimited{false};
    };

    TimeNs Rto() const
    {
        return state.Facts().srtt + 200 * kMillisecond;
    }

    bool HasData() const
    {
        return state.Facts().now < idleFrom || state.Facts().now >= idleTo;
    }

    TimeNs NextAck() const
    {
        for (const auto& segment : m_flight)
        {
            if (segment.acked != kNever)
            {
                return segment.acked;
            }
        }
        return kNever;
    }

    TimeNs NextSend() const
    {
        if (m_flight.size() >= state.Cwnd())
        {
            return kNever;
        }
        if (!HasData())
        {
            return idleTo;
        }
        return std::max(state.Facts().now, state.Facts().nextSendTime);
    }

    void Send()
    {
        while (HasData() && m_flight.size() < state.Cwnd())
        {
            if (m_control.NeedsPacing() && state.Facts().nextSendTime > state.Facts().now)
            {
                return;
            }
            Transmit();
        }
        state.Tell().isCwndLimited = m_flight.size() >= state.Cwnd();
        if (!state.Facts().isCwndLimited)
        {
            state.Tell().appLimitedUntil =
                std::max<std::uint64_t>(state.Facts().delivered + m_flight.size(), 1);
        }
    }

    void Transmit()
    {
        if (m_flight.empty())
        {
            m_control.OnEvent(state, CaEvent::TxStart);
            m_firstSent = m_deliveredTime = state.Facts().now;
        }
        state.Tell().lastSendTime = state.Facts().now;
        Segment segment;
        segment.number = sent++;
        segment.sent = state.Facts().now;
        segment.delivered = state.Facts().delivered;
        segment.deliveredTime = m_deliveredTime;
        segment.firstSent = m_firstSent;
        segment.isAppLimited = state.Facts().appLimitedUntil > 0;
        const auto service = SerialisationTime(kWire, path.rate);
        const auto start = std::max(m_busyUntil, state.Facts().now);
        const bool isFull = start - state.Facts().now > service * path.queue;
        if (!isFull && !(drop && drop(segment.number)) && PassesPolicer())
        {
            m_busyUntil = start + service;
            auto leaves = m_busyUntil + path.rtt / 2;
            if (path.ackSlot > 0)
            {
                leaves = (leaves + path.ackSlot - 1) / path.ackSlot * path.ackSlot;
            }
            segment.acked = std::max(leaves + path.rtt - path.rtt / 2, m_lastAck);
            m_lastAck = segment.acked;
        }
        m_flight.push_back(segment);
        if (m_control.NeedsPacing())
        {
            const auto gap = SerialisationTime(state.Facts().mss, state.PacingRate() * 8);
            state.Tell().nextSendTime =
                std::max(state.Facts().nextSendTime, state.Facts().now) + gap;
        }
        Count();
    }

    bool PassesPolicer()
    {
        if (path.policedRate == 0)
        {
            return true;
        }
        m_tokens +=
            ToSeconds(state.Facts().now - m_tokensTime) * static_cast<double>(path.policedRate) / 8;
        m_tokens = std::min(m_tokens, path.policerBurst);
        m_tokensTime = state.Facts().now;
        if (m_tokens < kWire)
        {
            return false;
        }
        m_tokens -= kWire;
        return true;
    }

    void Count()
    {
        state.Tell().packetsOut = state.Tell().inFlight =
            static_cast<std::uint32_t>(m_flight.size());
        state.Tell().sndNxt = sent * state.Facts().mss;
        state.Tell().sndUna =
            (m_flight.empty() ? sent : m_flight.front().number) * state.Facts().mss;
    }

    void ReceiveAck()
    {
        RateSample sample;
        sample.priorInFlight = static_cast<std::uint32_t>(m_flight.size());
        Segment newest;
        while (NextAck() <= state.Facts().now)
        {
            while (m_flight.front().acked == kNever)
            {
                m_flight.pop_front();
                ++sample.losses;
                ++state.Tell().lost;
            }
            newest = m_flight.front();
            m_flight.pop_front();
            ++sample.ackedSacked;
        }
        state.Tell().delivered += sample.ackedSacked;
        m_deliveredTime = state.Facts().now;
        m_firstSent = newest.sent;
        if (state.Facts().appLimitedUntil > 0 &&
            state.Facts().delivered > state.Facts().appLimitedUntil)
        {
            state.Tell().appLimitedUntil = 0;
        }
        Count();

        sample.rtt = state.Facts().now - newest.sent;
        state.Tell().minRtt = std::min(state.Facts().minRtt, sample.rtt);
        state.Tell().srtt += (sample.rtt - state.Facts().srtt) / 8;
        sample.priorDelivered = newest.delivered;
        sample.isAppLimited = newest.isAppLimited;
        const auto interval =
            std::max(newest.sent - newest.firstSent, state.Facts().now - newest.deliveredTime);
        if (interval >= state.Facts().minRtt)
        {
            sample.delivered =
                static_cast<std::int64_t>(state.Facts().delivered - newest.delivered);
            sample.interval = interval;
        }

        m_control.OnAcked(state, sample.ackedSacked, sample.rtt);
        if (state.Facts().caState != CaState::Open && newest.number >= m_recoveryPoint)
        {
            if (state.Facts().caState == CaState::Recovery && !m_control.HasFullControl())
            {
                state.SetCwnd(state.Ssthresh());
            }
            Enter(CaState::Open);
        }
        if (sample.losses > 0 && state.Facts().caState == CaState::Open)
        {
            ++recoveries;
            m_recoveryPoint = sent;
            state.Tell().priorCwnd = state.Cwnd();
            state.SetSsthresh(m_control.Ssthresh(state));
            state.SetCwndCount(0);
            Enter(CaState::Recovery);
            if (!m_control.HasFullControl())
            {
                state.SetCwnd(state.Ssthresh());
            }
        }
        if (!m_control.Control(state, sample))
        {
            if (state.Facts().caState != CaState::Recovery && state.Facts().isCwndLimited)
            {
                m_control.IncreaseWindow(state, sample.ackedSacked);
            }
            const auto percent = state.Cwnd() < state.Ssthresh() / 2 ? 200 : 120;
            state.SetPacingRate(static_cast<BytesPerSecond>(ToSeconds(kSecond) * percent / 100 *
                                                            state.Facts().mss * state.Cwnd() /
                                                            ToSeconds(state.Facts().srtt)));
        }
        if (onAck)
        {
            onAck(sample);
        }
    }

    void TimeOut()
    {
        state.Tell().lost += m_flight.size();
        m_flight.clear();
        Count();
        state.Tell().priorCwnd = state.Cwnd();
        state.SetSsthresh(m_control.Ssthresh(state));
        m_control.OnEvent(state, CaEvent::Loss);
        state.SetCwnd(1);
        state.SetCwndCount(0);
        m_recoveryPoint = sent;
        Enter(CaState::Loss);
    }

    void Enter(CaState next)
    {
        m_control.OnStateChange(state, next);
        state.Tell().caState = next;
    }

    CongestionControl& m_control;
    std::deque<Segment> m_flight;
    TimeNs m_busyUntil{0};
    TimeNs m_lastAck{0};
    TimeNs m_deliveredTime{0};
    TimeNs m_firstSent{0};
    std::uint64_t m_recoveryPoint{0};
    double m_tokens{0};
    TimeNs m_tokensTime{0};
};

} // namespace hoststack::tcp::test

#endif // CONGESTION_LOOP_H
