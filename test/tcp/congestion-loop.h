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
        state.cwnd = 10;
        state.srtt = state.minRtt = path.rtt + SerialisationTime(kWire, path.rate);
        state.isPaced = control.NeedsPacing();
        m_tokens = path.policerBurst;
        control.Init(state);
    }

    CongestionState state;
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
            state.now = next;
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
        state.now = end;
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
        return state.srtt + 200 * kMillisecond;
    }

    bool HasData() const
    {
        return state.now < idleFrom || state.now >= idleTo;
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
        if (m_flight.size() >= state.cwnd)
        {
            return kNever;
        }
        if (!HasData())
        {
            return idleTo;
        }
        return std::max(state.now, state.nextSendTime);
    }

    void Send()
    {
        while (HasData() && m_flight.size() < state.cwnd)
        {
            if (m_control.NeedsPacing() && state.nextSendTime > state.now)
            {
                return;
            }
            Transmit();
        }
        state.isCwndLimited = m_flight.size() >= state.cwnd;
        if (!state.isCwndLimited)
        {
            state.appLimitedUntil = std::max<std::uint64_t>(state.delivered + m_flight.size(), 1);
        }
    }

    void Transmit()
    {
        if (m_flight.empty())
        {
            m_control.OnEvent(state, CaEvent::TxStart);
            m_firstSent = m_deliveredTime = state.now;
        }
        state.lastSendTime = state.now;
        Segment segment;
        segment.number = sent++;
        segment.sent = state.now;
        segment.delivered = state.delivered;
        segment.deliveredTime = m_deliveredTime;
        segment.firstSent = m_firstSent;
        segment.isAppLimited = state.appLimitedUntil > 0;
        const auto service = SerialisationTime(kWire, path.rate);
        const auto start = std::max(m_busyUntil, state.now);
        const bool isFull = start - state.now > service * path.queue;
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
            const auto gap = SerialisationTime(state.mss, state.pacingRate * 8);
            state.nextSendTime = std::max(state.nextSendTime, state.now) + gap;
        }
        Count();
    }

    bool PassesPolicer()
    {
        if (path.policedRate == 0)
        {
            return true;
        }
        m_tokens += ToSeconds(state.now - m_tokensTime) * static_cast<double>(path.policedRate) / 8;
        m_tokens = std::min(m_tokens, path.policerBurst);
        m_tokensTime = state.now;
        if (m_tokens < kWire)
        {
            return false;
        }
        m_tokens -= kWire;
        return true;
    }

    void Count()
    {
        state.packetsOut = state.inFlight = static_cast<std::uint32_t>(m_flight.size());
        state.sndNxt = sent * state.mss;
        state.sndUna = (m_flight.empty() ? sent : m_flight.front().number) * state.mss;
    }

    void ReceiveAck()
    {
        RateSample sample;
        sample.priorInFlight = static_cast<std::uint32_t>(m_flight.size());
        Segment newest;
        while (NextAck() <= state.now)
        {
            while (m_flight.front().acked == kNever)
            {
                m_flight.pop_front();
                ++sample.losses;
                ++state.lost;
            }
            newest = m_flight.front();
            m_flight.pop_front();
            ++sample.ackedSacked;
        }
        state.delivered += sample.ackedSacked;
        m_deliveredTime = state.now;
        m_firstSent = newest.sent;
        if (state.appLimitedUntil > 0 && state.delivered > state.appLimitedUntil)
        {
            state.appLimitedUntil = 0;
        }
        Count();

        sample.rtt = state.now - newest.sent;
        state.minRtt = std::min(state.minRtt, sample.rtt);
        state.srtt += (sample.rtt - state.srtt) / 8;
        sample.priorDelivered = newest.delivered;
        sample.isAppLimited = newest.isAppLimited;
        const auto interval =
            std::max(newest.sent - newest.firstSent, state.now - newest.deliveredTime);
        if (interval >= state.minRtt)
        {
            sample.delivered = static_cast<std::int64_t>(state.delivered - newest.delivered);
            sample.interval = interval;
        }

        m_control.OnAcked(state, sample.ackedSacked, sample.rtt);
        if (state.caState != CaState::Open && newest.number >= m_recoveryPoint)
        {
            if (state.caState == CaState::Recovery && !m_control.HasFullControl())
            {
                state.cwnd = state.ssthresh;
            }
            Enter(CaState::Open);
        }
        if (sample.losses > 0 && state.caState == CaState::Open)
        {
            ++recoveries;
            m_recoveryPoint = sent;
            state.priorCwnd = state.cwnd;
            state.ssthresh = m_control.Ssthresh(state);
            state.cwndCount = 0;
            Enter(CaState::Recovery);
            if (!m_control.HasFullControl())
            {
                state.cwnd = state.ssthresh;
            }
        }
        if (!m_control.Control(state, sample))
        {
            if (state.caState != CaState::Recovery && state.isCwndLimited)
            {
                m_control.IncreaseWindow(state, sample.ackedSacked);
            }
            const auto percent = state.cwnd < state.ssthresh / 2 ? 200 : 120;
            state.pacingRate =
                static_cast<BytesPerSecond>(ToSeconds(kSecond) * percent / 100 * state.mss *
                                            state.cwnd / ToSeconds(state.srtt));
        }
        if (onAck)
        {
            onAck(sample);
        }
    }

    void TimeOut()
    {
        state.lost += m_flight.size();
        m_flight.clear();
        Count();
        state.priorCwnd = state.cwnd;
        state.ssthresh = m_control.Ssthresh(state);
        m_control.OnEvent(state, CaEvent::Loss);
        state.cwnd = 1;
        state.cwndCount = 0;
        m_recoveryPoint = sent;
        Enter(CaState::Loss);
    }

    void Enter(CaState next)
    {
        m_control.OnStateChange(state, next);
        state.caState = next;
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
