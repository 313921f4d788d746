// SPDX-License-Identifier: GPL-2.0-only

#ifndef HPTS_HOST_H
#define HPTS_HOST_H

#include "ns3/hs-hpts.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace hoststack::test
{

/// A machine on which nothing takes time: a clock, and timers and threads that are always punctual.
class HptsHost : public HptsPlatform
{
  public:
    explicit HptsHost(const std::string& version,
                      HptsTopology topology = {},
                      TimeNs start = 5 * kSecond)
        : now(start),
          hpts(HptsVersionByName(version), topology, *this),
          m_callouts(topology.cpus, kNever),
          m_threads(topology.cpus, kNever)
    {
        hpts.Start();
    }

    TimeNs Now() override
    {
        return now;
    }

    void WakeThread(std::uint16_t wheel) override
    {
        ++wakeUps;
        m_threads[wheel] = std::min(m_threads[wheel], now);
    }

    void ArmCallout(std::uint16_t wheel, std::uint32_t us, bool /*wasPending*/) override
    {
        m_callouts[wheel] = now + us * kMicrosecond;
    }

    void StopCallout(std::uint16_t wheel, bool /*wasPending*/) override
    {
        m_callouts[wheel] = kNever;
    }

    std::uint32_t Random() override
    {
        return random++;
    }

    void OnSlotsWalked(std::uint16_t /*wheel*/, std::uint32_t slots) override
    {
        ++steps;
        now += slotCost * slots;
    }

    void OnRunEnd(const HptsRun& run) override
    {
        ++runs;
        lastRun = run;
    }

    /// Lets \p time pass, with all that is due in it.
    void RunFor(TimeNs time)
    {
        const TimeNs end = now + time;
        for (;;)
        {
            std::uint16_t wheel = 0;
            TimeNs first = kNever;
            for (std::uint16_t i = 0; i < hpts.Wheels(); ++i)
            {
                const TimeNs at = std::min(m_threads[i], m_callouts[i]);
                if (at < first)
                {
                    first = at;
                    wheel = i;
                }
            }
            if (first > end)
            {
                break;
            }
            now = std::max(now, first);
            if (m_threads[wheel] <= m_callouts[wheel])
            {
                m_threads[wheel] = kNever;
                hpts.OnThread(wheel);
            }
            else
            {
                m_callouts[wheel] = kNever;
                hpts.OnCallout(wheel);
            }
        }
        now = std::max(now, end);
    }

    HptsWheel& Wheel()
    {
        return hpts.Wheel(0);
    }

    TimeNs now;
    TimeNs slotCost{0};
    std::uint32_t random{0};
    std::uint64_t wakeUps{0};
    std::uint64_t runs{0};
    std::uint64_t steps{0}; ///< slots served, and stretches of empty ones
    HptsRun lastRun{};
    Hpts hpts;

  private:
    std::vector<TimeNs> m_callouts;
    std::vector<TimeNs> m_threads;
};

/// A connection that asks again each time for \p gapUs later (0: never) and notes when it was
/// served.
class HptsVisitor : public HptsEntry
{
  public:
    explicit HptsVisitor(HptsHost& machine, std::uint64_t gap = 0)
        : host(machine),
          gapUs(gap)
    {
        isCpuSet = true;
    }

    HptsVisitor(HptsVisitor&& other) noexcept = delete;

    virtual ~HptsVisitor()
    {
        host.hpts.Forget(*this);
    }

    bool OnOutput(const HptsWheel& wheel) override
    {
        ++calls;
        at = host.now;
        delayedByUs = wheel.DelayedBy();
        if (gapUs != 0)
        {
            host.hpts.Insert(*this, gapUs);
        }
        return true;
    }

    HptsInsertion In(std::uint64_t us)
    {
        due = host.now + static_cast<TimeNs>(us) * kMicrosecond;
        return host.hpts.Insert(*this, us);
    }

    /// Microseconds between what it asked for and what it got.
    std::int64_t LateUs() const
    {
        return (at - due) / kMicrosecond;
    }

    HptsHost& host;
    std::uint64_t gapUs;
    std::uint64_t calls{0};
    TimeNs due{0};
    TimeNs at{0};
    std::uint32_t delayedByUs{0};
};

} // namespace hoststack::test

#endif // HPTS_HOST_H
