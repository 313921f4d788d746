// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SOFT_IRQ_QUEUE_H
#define HS_SOFT_IRQ_QUEUE_H

#include "ns3/hs-processor.h"
#include "ns3/hs-ring.h"
#include "ns3/hs-units.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace hoststack::host
{

/// What ends a pass over deferred work, and a round of polling in it.
struct SoftIrqLimits
{
    std::uint32_t weight{64};          ///< packets of one poller before the next one's turn
    std::uint32_t budget{300};         ///< packets of one round (netdev_budget)
    TimeNs budgetTime{0};              ///< of one round (netdev_budget_usecs); 0: two ticks
    std::uint32_t restarts{10};        ///< rounds of one pass (MAX_SOFTIRQ_RESTART)
    TimeNs passTime{2 * kMillisecond}; ///< MAX_SOFTIRQ_TIME, in whole ticks and at least one
};

/**
 * The deferred work of one core, and the pass over it that is under way: __do_softirq() and, for
 * pollers, net_rx_action() of Linux (kernel/softirq.c, net/core/dev.c).
 *
 * A pass does what was raised, kind by kind, in rounds. What is raised meanwhile makes another
 * round, unless the pass has had its time or its rounds, or a thread is to have the core: then the
 * rest is left for ksoftirqd. Times are compared in whole ticks, as the kernel does, so a span of
 * one tick is between nothing and a tick.
 */
class SoftIrqQueue
{
  public:
    /// \param tick length of a jiffy
    SoftIrqQueue(const SoftIrqLimits& limits, TimeNs tick);

    /// Work that waits already is not entered twice.
    void Raise(SoftIrq which, Work& work);
    void Forget(const Work& work);

    bool IsPending() const
    {
        return !m_raised[0].Empty() || !m_raised[1].Empty() || !m_raised[2].Empty();
    }

    bool IsInPass() const
    {
        return m_inPass;
    }

    void BeginPass(TimeNs now);
    /**
     * The work that is next in the pass. nullptr: the pass is over; what IsPending() then was not
     * done in time.
     * \param yields a thread is to have the core
     */
    Work* Next(TimeNs now, bool yields);
    /// The work of the last Next() has been done. \p packets: what it took from its queue
    void Did(Sequel sequel, std::uint32_t packets);

    /// Rounds of polling that ended because their packets or time were spent (time_squeeze).
    std::uint64_t Squeezes() const
    {
        return m_squeezes;
    }

  private:
    using Works = Ring<Work*>;
    static constexpr auto kKinds = static_cast<std::size_t>(SoftIrq::Count);
    static_assert(kKinds == 3, "IsPending() names them");

    static void Drop(Works& works, const Work& work);
    static void Append(Works& works, Works& more);
    static bool Holds(const Works& works, const Work& work);

    std::int64_t Ticks(TimeNs at) const
    {
        return at / m_tick;
    }

    void BeginRound(TimeNs now);
    Work* NextPoller(TimeNs now);
    void EndPolling();

    SoftIrqLimits m_limits;
    TimeNs m_tick;
    std::array<Works, kKinds> m_raised; ///< since the round began
    std::array<Works, kKinds> m_round;  ///< of the round, not done yet
    Works m_again;                      ///< pollers that had their weight in this round
    Work* m_current{nullptr};
    SoftIrq m_kind{SoftIrq::Timer}; ///< of m_current
    std::uint32_t m_taken{0};       ///< packets of m_current in its turn
    std::int64_t m_budget{0};       ///< packets left in the round
    std::int64_t m_roundEnd{0};     ///< ticks
    std::int64_t m_passEnd{0};      ///< ticks
    std::uint32_t m_restarts{0};    ///< left
    std::uint64_t m_squeezes{0};
    bool m_hasPolled{false}; ///< somebody's turn has begun in the round
    bool m_inPass{false};
};

} // namespace hoststack::host

#endif // HS_SOFT_IRQ_QUEUE_H
