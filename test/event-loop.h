// SPDX-License-Identifier: GPL-2.0-only

#ifndef EVENT_LOOP_H
#define EVENT_LOOP_H

#include "ns3/hs-link-direction.h"
#include "ns3/hs-link-traits.h"
#include "ns3/hs-tcp-codec.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hoststack::test
{

/**
 * Everything a simulator does for two hosts and the links between them, in one page: the drivers of
 * TCP and of multipath tests are built on it. \p Freight is what travels: a struct with a
 * `segment`. Host 0 is the client; direction 0 leads away from it.
 */
template <class Freight>
class EventLoop
{
  public:
    virtual ~EventLoop() = default;

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
            const auto next = NextTime();
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

    TimeNs Now() const
    {
        return m_now;
    }

    LinkDirection& LinkOf(int direction, int path = 0)
    {
        return *m_links[direction][static_cast<std::size_t>(path)];
    }

    /// Hands what happened to the host's callback; call it after application calls from outside.
    virtual void Dispatch(int host) = 0;

  protected:
    void AddPath(const LinkConfig& up,
                 const LinkConfig& down,
                 std::uint64_t seed,
                 const std::string& suffix = "")
    {
        m_links[0].push_back(std::make_unique<LinkDirection>(up, seed, "up" + suffix));
        m_links[1].push_back(std::make_unique<LinkDirection>(down, seed, "down" + suffix));
    }

    int Paths() const
    {
        return static_cast<int>(m_links[0].size());
    }

    /// \p freight leaves host \p from; its filters have let it pass.
    void Offer(int from, int path, Freight&& freight)
    {
        LinkPacket packet;
        packet.bytes = 20 + static_cast<std::uint32_t>(TcpHeaderLength(freight.segment)) +
                       freight.segment.payload.Length();
        packet.traits = LinkTraits(freight.segment);
        packet.cookie = m_nextCookie;
        if (LinkOf(from, path).Offer(m_now, packet))
        {
            m_flight.emplace(m_nextCookie++, std::move(freight));
        }
    }

  private:
    virtual TimeNs NextDeadline(int host) const = 0;
    virtual void OnDeadline(int host) = 0;
    virtual void Receive(int to, const Freight& freight) = 0;

    TimeNs NextTime() const
    {
        TimeNs next = m_calls.empty() ? kNever : m_calls.begin()->first;
        for (int i = 0; i < 2; ++i)
        {
            for (const auto& link : m_links[i])
            {
                next = std::min(next, link->NextDelivery());
            }
            next = std::min(next, NextDeadline(i));
        }
        return next;
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
            for (auto& link : m_links[i])
            {
                LinkDelivery delivery;
                while (link->Deliver(m_now, delivery))
                {
                    Arrive(1 - i, delivery);
                }
            }
            if (NextDeadline(i) <= m_now)
            {
                OnDeadline(i);
                Dispatch(i);
            }
        }
    }

    void Arrive(int to, const LinkDelivery& delivery)
    {
        const auto entry = m_flight.find(delivery.cookie);
        auto freight = std::move(entry->second);
        m_flight.erase(entry);
        if (delivery.dropped == LinkDrop::None)
        {
            if (delivery.congestionExperienced)
            {
                freight.segment.ecn = Ecn::Ce;
            }
            Receive(to, freight);
        }
    }

    TimeNs m_now{0};
    std::vector<std::unique_ptr<LinkDirection>> m_links[2];
    std::map<std::uint64_t, Freight> m_flight;
    std::multimap<TimeNs, std::function<void()>> m_calls;
    std::uint64_t m_nextCookie{0};
};

} // namespace hoststack::test

#endif // EVENT_LOOP_H
