// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ns3-clock.h"

#include "ns3/hs-pooled.h"

#include <ns3/fatal-error.h>

namespace ns3
{

namespace
{

class ClockAlarm : public hoststack::BrieflyPooled,
                   public HoststackAlarmEvent,
                   public hoststack::Alarm
{
  public:
    ClockAlarm(Owner& owner, std::uint32_t context)
        : Alarm(owner),
          m_context(context)
    {
    }

    bool IsSpare() const override
    {
        return !HasPending();
    }

  protected:
    void Notify() override
    {
        GoOff(NowNs());
    }

    void CallAt(hoststack::TimeNs now, hoststack::TimeNs at) override
    {
        Ref(); // the simulator drops one reference when the event has run
        if (auto* own = HoststackSimulatorImpl::Current())
        {
            own->CallAt(m_context, at, this);
            return;
        }
        Simulator::ScheduleWithContext(m_context, TimeStep(at - now), this);
    }

    void Retire() override
    {
        Alarm::Retire();
        Unref();
    }

    const std::uint32_t m_context;
};

class EarlyAlarm final : public ClockAlarm
{
  public:
    EarlyAlarm(Owner& owner, std::uint32_t context, std::uint32_t number)
        : ClockAlarm(owner, context),
          m_number(number)
    {
    }

  protected:
    void CallAt(hoststack::TimeNs now, hoststack::TimeNs at) override
    {
        auto* own = HoststackSimulatorImpl::Current();
        if (own == nullptr)
        {
            ClockAlarm::CallAt(now, at);
            return;
        }
        Ref();
        own->CallEarlyAt(m_context, at, this, m_number);
    }

  private:
    const std::uint32_t m_number;
};

} // namespace

void
RequireNanosecondResolution()
{
    if (Time::GetResolution() != Time::NS)
    {
        NS_FATAL_ERROR(
            "hoststack counts time in nanoseconds, but Time::SetResolution chose another "
            "unit; leave ns-3's default (Time::NS)");
    }
}

hoststack::AlarmPointer
HoststackClock::NewAlarm(hoststack::Alarm::Owner& owner)
{
    return hoststack::AlarmPointer(new ClockAlarm(owner, m_context));
}

hoststack::AlarmPointer
HoststackClock::NewEarlyAlarm(hoststack::Alarm::Owner& owner, std::uint32_t number)
{
    return hoststack::AlarmPointer(new EarlyAlarm(owner, m_context, number));
}

} // namespace ns3
