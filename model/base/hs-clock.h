// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CLOCK_H
#define HS_CLOCK_H

#include "ns3/hs-units.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace hoststack
{

/**
 * The one recurring event of an owner whose deadline moves often: a connection's timers, the next
 * delivery of a link. A clock makes it.
 *
 * It is lazy. A deadline that moves later costs nothing: the event stays where it is, and the owner
 * asks again when it goes off. Only a deadline that moves before everything pending asks the clock
 * for another event; nothing is ever cancelled.
 */
class Alarm
{
  public:
    class Owner
    {
      public:
        /// May be called before the deadline (which has moved since) and must then arm again.
        virtual void OnAlarm(TimeNs now) = 0;

      protected:
        ~Owner() = default;
    };

    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    /// Makes sure that the owner is called at \p at or before; kNever asks for nothing. A time in
    /// the past means now.
    void Arm(TimeNs now, TimeNs at)
    {
        if (at < m_earliest)
        {
            Schedule(now, at);
        }
    }

    /// Nothing of it is pending, and another one of its clock could take its place: an owner that
    /// idles need not keep it.
    virtual bool IsSpare() const
    {
        return false;
    }

  protected:
    explicit Alarm(Owner& owner)
        : m_owner(&owner)
    {
    }

    ~Alarm() = default;

    /// Asks the clock for a call of GoOff() at \p at, which is not before \p now.
    virtual void CallAt(TimeNs now, TimeNs at) = 0;

    /// The time of a CallAt() has come.
    void GoOff(TimeNs now);

    /// For an alarm that takes each deadline as it comes, also one that moves later: what is
    /// pending is no longer, and the next Arm() asks again.
    void ForgetPending()
    {
        m_later = 0;
        m_earliest = kNever;
    }

    bool HasPending() const
    {
        return m_earliest != kNever;
    }

    /// Calls the owner, whatever is pending.
    void CallOwner(TimeNs now);

    /// The owner goes: it is not called any more, and the clock may forget the alarm once its last
    /// event has passed.
    virtual void Retire()
    {
        m_owner = nullptr;
    }

  private:
    friend struct AlarmRelease;

    void Schedule(TimeNs now, TimeNs at);

    /// Deeper nesting of ever earlier deadlines makes the latest entry forget its predecessor,
    /// which then goes off without effect.
    static constexpr std::size_t kDepth = 4;

    Owner* m_owner;
    TimeNs m_earliest{kNever};
    std::array<TimeNs, kDepth - 1> m_pending; ///< those behind it, the latest first
    std::uint32_t m_later{0};                 ///< of these
};

struct AlarmRelease
{
    void operator()(Alarm* alarm) const
    {
        alarm->Retire();
    }
};

using AlarmPointer = std::unique_ptr<Alarm, AlarmRelease>;

/// Tells the time and makes alarms. The simulator's is one implementation, a test's another.
class Clock
{
  public:
    virtual ~Clock() = default;
    virtual TimeNs Now() const = 0;
    virtual AlarmPointer NewAlarm(Alarm::Owner& owner) = 0;

    /**
     * For who is called by an alarm and has nothing else to do in that call: the time is \p at now,
     * as if an alarm had gone off then. \return false: something else comes first, or the clock
     * cannot; nothing was done
     */
    virtual bool AdvanceTo(TimeNs /* at */)
    {
        return false;
    }
};

} // namespace hoststack

#endif // HS_CLOCK_H
