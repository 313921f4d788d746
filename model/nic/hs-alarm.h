// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ALARM_H
#define HS_ALARM_H

#include "ns3/hs-units.h"

#include <ns3/event-impl.h>

#include <array>
#include <cstdint>

namespace ns3
{

/// Aborts with a clear message unless ns-3 counts time in nanoseconds (Time::SetResolution).
void RequireNanosecondResolution();

/// Present simulated time.
hoststack::TimeNs NowNs();

/**
 * The one recurring event of an owner whose deadline moves often: a connection's timers, the next
 * delivery of a link.
 *
 * It is lazy. A deadline that moves later costs nothing: the event stays where it is, and the owner
 * asks again when it goes off. Only a deadline that moves before everything pending schedules an
 * event; nothing is ever cancelled. The event object is reused, so arming allocates nothing beyond
 * the scheduler's own entry.
 */
class HoststackAlarm : public EventImpl
{
  public:
    class Owner
    {
      public:
        /// May be called before the deadline (which has moved since) and must then arm again.
        virtual void OnAlarm(hoststack::TimeNs now) = 0;

      protected:
        ~Owner() = default;
    };

    /// \p context is the node the event belongs to.
    HoststackAlarm(Owner& owner, std::uint32_t context);

    /// Makes sure that the owner is called at \p at or before; kNever asks for nothing. A time in
    /// the past means now.
    void Arm(hoststack::TimeNs now, hoststack::TimeNs at)
    {
        if (at < m_earliest)
        {
            Schedule(now, at);
        }
    }

    /// The owner is going away; pending events do nothing.
    void Detach()
    {
        m_owner = nullptr;
    }

  protected:
    void Notify() override;

  private:
    void Schedule(hoststack::TimeNs now, hoststack::TimeNs at);

    /// Deeper nesting of ever earlier deadlines makes the latest entry forget its predecessor,
    /// which then goes off without effect.
    static constexpr std::size_t kDepth = 4;

    Owner* m_owner;
    hoststack::TimeNs m_earliest{hoststack::kNever};
    std::array<hoststack::TimeNs, kDepth> m_pending; ///< later ones first
    std::uint32_t m_count{0};
    std::uint32_t m_context;
};

} // namespace ns3

#endif // HS_ALARM_H
