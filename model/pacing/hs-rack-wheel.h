// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RACK_WHEEL_H
#define HS_RACK_WHEEL_H

#include "ns3/hs-rack-pacing.h"
#include "ns3/hs-rack-timers.h"

#include <cstdint>

namespace hoststack
{

/// What a connection asks of HPTS beyond its timers.
struct RackWheelView
{
    RackTimerView timers;
    bool isPacing{false};          ///< rc_always_pace
    bool isFixed{false};           ///< use_fixed_rate
    bool isDynamic{false};         ///< dgp_on; V15
    bool honoursMinimum{true};     ///< timers.honor_hpts_min; V15
    std::uint32_t mostPercent{10}; ///< timers.hpts_max_reduce; V15
    std::uint32_t minSleepUs{260}; ///< get_hpts_min_sleep_time()
    bool isGoodputReady{false};    ///< gp_ready
    bool isDelayedAck{false};      ///< an ACK waits
    bool isKeptAlive{false};
    bool isClosed{false}; ///< beyond CLOSING
    bool isProbingRtt{false};
    bool isUndisturbed{false};   ///< rc_pace_dnd; V15
    std::uint32_t keepIdleMs{0}; ///< 0: two hours
};

/// Why an output call has gone no further.
enum class RackGate : std::uint8_t
{
    Passed = 0,
    TimerHandled = 1, ///< a timer went off, and there is nothing to send for it
    Persist = 2,
    Paced = 3, ///< the pacing wait is not over
};

struct RackPassage
{
    RackGate gate{RackGate::Passed};
    std::uint64_t lateUs{0};
    std::uint64_t earlyUs{0};
    std::uint32_t timer{0}; ///< that went off
};

/**
 * The one entry of a RACK connection on HPTS: at most a timer and a pacing wait (facts sheet
 * freebsd.md, 2.1 to 2.5). Its slip that makes a wait a thousand times too long (2.6) is kept: it
 * needs a wheel that calls too early.
 */
class RackWheel
{
  public:
    explicit RackWheel(RackVersion version)
        : m_version(version)
    {
    }

    /// Asks HPTS for a wait of \p gapUs, or for the timer that is due (rack_start_hpts_timer).
    void Start(RackWheelView& view, const RackMap& map, std::uint64_t nowUs, std::uint32_t gapUs);

    /// The entry of an output call (rack_output); \p isCalledByWheel: HPTS makes it.
    RackPassage Enter(RackWheelView& view,
                      const RackMap& map,
                      std::uint64_t nowUs,
                      bool isCalledByWheel);

    /// Input is processed: timers stop (rack_timer_cancel).
    void Cancel(std::uint64_t nowUs, bool isNothingOut);
    /// The peer's window has opened.
    void LeavePersist();

    /// HPTS has taken it off the wheel.
    void Pop()
    {
        m_isOnWheel = false;
    }

    RackCompensation compensation;
    bool acksMaySend{false};    ///< rc_ack_can_sendout_data
    bool isOverridden{false};   ///< r_timer_override
    std::uint32_t stopped{0};   ///< rc_tmr_stopped
    std::uint64_t expiresUs{0}; ///< rc_timer_exp
    static constexpr std::int64_t kNothing = -1;
    std::int64_t asked{kNothing}; ///< slots of the last insertion

    std::uint32_t Flags() const
    {
        return m_flags;
    }

    bool IsOnWheel() const
    {
        return m_isOnWheel;
    }

    /// When the pacing wait ends; 0: there is none.
    std::uint64_t Target() const
    {
        return (m_flags & kPacingOutput) != 0 ? m_targetUs : 0;
    }

    /// LRO keeps packets for later (TF2_MBUF_QUEUE_READY).
    bool QueuesInput() const
    {
        return m_queuesInput;
    }

    /// Not even a SACK wakes it (TF2_DONT_SACK_QUEUE).
    bool QueuesSacks() const
    {
        return m_queuesSacks;
    }

  private:
    void Insert(std::uint64_t slots);
    std::uint32_t Compensated(const RackWheelView& view, std::uint32_t gapUs);
    std::uint64_t ChooseTimer(RackWheelView& view,
                              const RackMap& map,
                              std::uint64_t nowUs,
                              bool isPaced);
    void ChooseQueueing(const RackWheelView& view);
    bool GoOff(RackWheelView& view,
               const RackMap& map,
               std::uint64_t nowUs,
               bool isCalledByWheel,
               RackPassage& passage);
    void Account(const RackWheelView& view, std::uint64_t nowUs, RackPassage& passage);

    RackVersion m_version;
    std::uint32_t m_flags{0}; ///< rc_hpts_flags
    std::uint64_t m_targetUs{0};
    bool m_isOnWheel{false};
    bool m_queuesInput{false};
    bool m_queuesSacks{false};
};

} // namespace hoststack

#endif // HS_RACK_WHEEL_H
